"""One equilibrium of a game of any size: a path from the middle of all strategies to the game itself.

Each player's payoff is mixed with the logarithm of its weights: (1 - t) u_i + t sum_a w_a log s_a. At t = 1 the weights
w decide alone; as t falls to 0 its points tend to equilibria (the logarithmic game of van Damme 1987, Harsanyi 1975).
With w in general position the path has neither end nor fork before t = 0; it may turn back in t.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bargain._located import Located, locate, own_first, slopes_of
from bargain._supports import Budget
from bargain.games import Floats

Whole = npt.NDArray[np.int64]

SEED = 20
"""Of the weights, which are the same in every run."""
SPREAD = 0.1
LARGEST_STEP = 2.0
SMALLEST_STEP = 1e-9
READ = 0.3
"""What reading a payoff once costs, counted in numbers that the search by supports looks at."""


def trace(payoffs: Floats, budget: Budget) -> Located | None:
    """Follow the path until the actions that stay in play give an equilibrium; None if the budget ends first.

    Parameters
    ----------
    payoffs : (n, m_1, ..., m_n) array, each player's scaled to a range of at most 1
    """
    shape, tables = payoffs.shape[1:], own_first(payoffs)
    n, total = len(shape), sum(shape)
    cuts: Whole = np.cumsum(shape)[:-1]
    owner: Whole = np.repeat(np.arange(n), shape)
    weights = 1 + SPREAD * np.random.default_rng(SEED).random(total)
    sums = np.bincount(owner, weights)
    point = np.concatenate([weights / sums[owner], sums, [1.0]])
    tangent = np.zeros(total + n + 1)
    tangent[-1] = -1.0
    length, tried = 0.1, 1.0
    while not budget.over and length > SMALLEST_STEP:
        budget.spend(READ * payoffs.size)
        _, slopes = _system(tables, point, weights, owner, cuts)
        try:
            direction = np.linalg.solve(np.vstack([slopes, tangent]), np.eye(total + n + 1)[-1])
        except np.linalg.LinAlgError:
            return None
        direction /= np.linalg.norm(direction)
        moved = _corrected(tables, point + length * direction, direction, weights, owner, cuts, budget)
        if moved is None:
            length /= 3
            continue
        length = min(1.5 * length, LARGEST_STEP)
        point, tangent = moved, direction
        if point[-1] < 0.6 * tried:
            tried = float(point[-1])
            if (end := _finished(payoffs, tables, point, owner, cuts)) is not None:
                return end
    return None


def _system(
    tables: Sequence[Floats], point: Floats, weights: Floats, owner: Whole, cuts: Whole
) -> tuple[Floats, Floats]:
    """S (mu - (1 - t) u) - t w = 0 for every action, sum s = 1 for every player; and the slopes in (s, mu, t)."""
    total = len(owner)
    n = len(point) - total - 1
    own, levels, t = point[:total], point[total:-1], point[-1]
    strategies = np.split(own, cuts)
    starts = np.concatenate([[0], cuts])
    values = np.zeros(total)
    cross = np.zeros((total, total))
    for i, pairs in enumerate(slopes_of(tables, strategies)):
        rows = slice(starts[i], starts[i] + len(strategies[i]))
        for j, table in pairs.items():
            cross[rows, starts[j] : starts[j] + len(strategies[j])] = table
            values[rows] = table @ strategies[j]
    slack = levels[owner] - (1 - t) * values
    member = np.eye(n)[owner]
    equations = np.concatenate([own * slack - t * weights, member.T @ own - 1])
    slopes = np.zeros((total + n, total + n + 1))
    slopes[:total, :total] = np.diag(slack) - (1 - t) * own[:, None] * cross
    slopes[:total, total:-1] = own[:, None] * member
    slopes[:total, -1] = own * values - weights
    slopes[total:, :total] = member.T
    return equations, slopes


def _corrected(
    tables: Sequence[Floats],
    guess: Floats,
    direction: Floats,
    weights: Floats,
    owner: Whole,
    cuts: Whole,
    budget: Budget,
) -> Floats | None:
    """Back to the path at right angles to the direction; None if that fails or leaves what is positive."""
    total = len(owner)
    point = guess
    for _ in range(5):
        if point[:total].min() <= 0 or point[-1] <= 0:
            return None
        budget.spend(READ * sum(table.size for table in tables))
        equations, slopes = _system(tables, point, weights, owner, cuts)
        slack = np.diag(slopes)[:total]
        size = float(np.abs(equations).max())
        if size < 1e-3 * point[-1] and size < 1e-6:
            return point if (equations[:total] + point[-1] * weights > 0).all() and np.isfinite(slack).all() else None
        try:
            step = np.linalg.solve(np.vstack([slopes, direction]), np.append(-equations, 0.0))
        except np.linalg.LinAlgError:
            return None
        point = point + step
    return None


def _finished(payoffs: Floats, tables: Sequence[Floats], point: Floats, owner: Whole, cuts: Whole) -> Located | None:
    """The equilibrium with the actions whose weight is above their shortfall, if there is one."""
    total = len(owner)
    strategies = np.split(point[:total], cuts)
    supports: list[Sequence[int]] = []
    level, t = point[total:-1], point[-1]
    for i, (own, pairs) in enumerate(zip(strategies, slopes_of(tables, strategies), strict=True)):
        j, table = next(iter(pairs.items()))
        shortfall = level[i] - (1 - t) * (table @ strategies[j])
        supports.append(np.flatnonzero(own > shortfall).tolist() or [int(np.argmax(own))])
    start = [own[list(at)] / own[list(at)].sum() for own, at in zip(strategies, supports, strict=True)]
    if sum(map(len, supports)) - len(supports) > 200:
        return None
    found = locate(payoffs, supports, start)
    good = found is not None and found.least >= 0 and found.temptation <= 1e-12
    return found if good else None
