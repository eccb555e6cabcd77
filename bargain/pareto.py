"""The Pareto frontier of what players can reach together, as points for drawing."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from bargain._convex import equalise, scale_gains, solve_transfers
from bargain._feasible import Answer, ConvexSet, FeasibleSet, Points, as_feasible, one_each
from bargain._polygon import rational_part, upper_right
from bargain.errors import SolverError
from bargain.games import Floats, GameError


def pareto_frontier(
    feasible: npt.ArrayLike | ConvexSet,
    disagreement: npt.ArrayLike | None = None,
    *,
    count: int = 50,
    transfers: bool = False,
    lotteries: bool = True,
) -> Floats:
    """Return points of the Pareto frontier, for drawing: nobody can have more unless another has less.

    Parameters
    ----------
    feasible, transfers, lotteries
        As for `nash_bargaining`.
    disagreement : (n,) array, optional
        Keep to the part of the frontier on which nobody is below it. A ConvexSet and transfers need it.
    count : int
        How many points are asked for at least, where the frontier has no corners to list.

    Returns
    -------
    (m, n) read-only array
        Two players over a polygon: its corners, joined by straight lines. Without lotteries: the outcomes that no
        other outcome dominates. With transfers: the n corners of the simplex. Else the proportional solutions, each
        lexicographically refined, in directions spread evenly over the simplex of relative gains. In increasing
        order of the first player's payoff; empty where nothing is feasible.

    Raises
    ------
    GameError   as `nash_bargaining`; for a disagreement point missing where it is needed; count below 2
    SolverError   if the frontier is unbounded or the solver stopped early

    Examples
    --------
    >>> import bargain as bg
    >>> bg.pareto_frontier([[0, 4], [1, 1], [3, 3], [4, 0]], [0, 1]).round(12).tolist()
    [[0.0, 4.0], [3.0, 3.0], [3.666666666667, 1.0]]
    """
    own = as_feasible(feasible, lotteries)
    n = own.n_players
    if count < 2:
        raise GameError(f"A frontier of {count} points cannot be drawn: ask for 2 or more.")
    if disagreement is None:
        if transfers or isinstance(own, ConvexSet):
            raise GameError("Without a disagreement point this frontier has no ends: state one.")
        disagreement = own.points.min(axis=0)
    point = one_each(disagreement, n, "disagreement")
    if transfers:
        whole = solve_transfers("Nash", own, point, np.ones(n))
        surplus = np.zeros(0) if whole.ideal is None else (whole.ideal - point)[:1]
        found = point + np.eye(n) * surplus if surplus.size else np.zeros((0, n))
    elif isinstance(own, Points) and not (own.lotteries and n > 1):
        gains = own.gains(point)
        kept = [k for k in np.flatnonzero((gains >= 0).all(axis=1)) if not _dominated(own.points[k], own.points)]
        found = own.points[kept]
    elif isinstance(own, Points) and n == 2:
        scale = own.spread(point)
        gains = own.gains(point) / scale
        part = rational_part(gains[upper_right(gains)])
        found = np.zeros((0, n)) if part is None else point + part * scale
    else:
        found = _proportional(own, point, count)
    found = np.unique(found, axis=0)
    found.flags.writeable = False
    return found


def _dominated(point: Floats, points: Floats) -> bool:
    return bool(((points >= point).all(axis=1) & (points > point).any(axis=1)).any())


def _proportional(feasible: FeasibleSet, disagreement: Floats, count: int) -> Floats:
    """The refined proportional solutions in directions spread evenly over the simplex."""
    n = feasible.n_players
    scaled = scale_gains(feasible, disagreement)
    if isinstance(scaled, Answer):
        if scaled.status in ("unbounded", "unfinished"):
            raise SolverError(f"The frontier cannot be drawn. {scaled.why}")
        return np.zeros((0, n))
    steps = next(m for m in itertools.count(1) if math.comb(m + n - 1, n - 1) >= count)
    bars = itertools.combinations(range(steps + n - 1), n - 1)
    grid = np.diff([(-1, *own, steps + n - 1) for own in bars], axis=1) - 1
    found = []
    for direction in grid * scaled.ideal:
        # A player whose direction is 0 comes last in the refinement, so that it is not left with less than it can have.
        if direction.any():
            equalise(scaled, np.maximum(direction, 1e-6 * direction.max()))
            found.append(scaled.program.found.payoffs)
    return np.array(found) if found else disagreement[None]
