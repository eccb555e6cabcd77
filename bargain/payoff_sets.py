"""What two players can credibly promise each other: all equilibrium payoffs of the game played for ever."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._exact import whole_table
from bargain._hull import Pair, cut, cuts, distance, hull, hull_of_array, outside
from bargain._polygon import upper_right
from bargain.findings import number
from bargain.games import Floats, GameError, NormalFormGame, as_number

PayoffSetStatus = Literal["found", "empty", "unfinished"]

SLACK = 1e-12
"""Payoffs closer than this count as equal, each player's spread of payoffs being 1."""
ROUNDING = 1e-15
FIRMNESS = 1e-9
"""By how much every promise of the inner set is kept strictly, on the same scale."""
JUMP = 1e-7
"""A last step longer than this, on the same scale, is taken for the end of a finite iteration."""
NEAR = 1e-9
"""What lies deeper than this within a set, on the same scale, lies within it whatever rounding did."""
SHORT = 1e-5
"""Sides shorter than this, but not zero, along an axis make a cut too inexact for that."""
FEW = 36
"""Profiles up to which the iteration in rationals is tried first, and reads all of them in every step."""
MOST_EXACT_PROFILES = 400
MOST_EXACT_STEPS = 40
MOST_EXACT_BITS = 400
MANY = 40
"""Profiles from which on a step is computed on arrays."""


@dataclass(frozen=True, eq=False)
class PayoffSet:
    """The payoffs of all pure-strategy subgame-perfect equilibria of a repeated game with public randomisation.

    Attributes
    ----------
    game : NormalFormGame
    discount : float
    status : "found", "empty" or "unfinished"
        Unfinished: the vertices bound the set from outside; what lies outside them is no such payoff.
    vertices : (k, 2) read-only array of float
        Corners of the set, averages a period, counter-clockwise; one for a point, two for a segment.
    exact_vertices : tuple of pairs of Fraction, or None
        The same as rationals, where payoffs and discount factor are rational and the iteration ended exactly.
    iterations : int
    """

    game: NormalFormGame = field(repr=False)
    discount: float
    status: PayoffSetStatus
    vertices: Floats
    exact_vertices: tuple[tuple[Fraction, Fraction], ...] | None
    iterations: int

    @property
    def threat_point(self) -> Floats:
        """(2,): the worst equilibrium payoff of each player, with which its deviations are punished."""
        return self.vertices.min(axis=0) if len(self.vertices) else np.full(2, np.nan)

    @property
    def dimension(self) -> int:
        """2 for a polygon, 1 for a segment, 0 for a point, -1 for the empty set."""
        return min(len(self.vertices), 3) - 1

    @property
    def frontier(self) -> Floats:
        """(k, 2): the credible Pareto frontier, by increasing payoff of the first player."""
        return self.vertices[upper_right(self.vertices)] if len(self.vertices) else self.vertices

    @cached_property
    def inner(self) -> Floats:
        """(k, 2): corners of a set that is certainly within the equilibrium payoffs.

        It generates itself with every promise kept strictly, by a billionth of the payoffs' spread, so that rounding
        cannot have made a promise credible. Equal to `vertices` where these are exact. Where a promise holds with
        equality only, the set may be smaller than the vertices say: `gap` tells.
        """
        if self.exact_vertices is not None or not len(self.vertices):
            return self.vertices
        stage = _Stage(self.game, self.discount)
        start = hull_of_array(stage.scaled(self.vertices), 0.0)
        corners, _, settled = stage.shrink(start, 20_000, FIRMNESS, 1e-3 * FIRMNESS * (1 - self.discount))
        found = stage.unscaled(corners) if settled else np.empty((0, 2))
        found.flags.writeable = False
        return found

    @property
    def gap(self) -> float:
        """How far, at most, the vertices reach beyond what is certainly an equilibrium payoff, in payoff units."""
        if not len(self.vertices):
            return 0.0
        return distance(self.vertices, self.inner) if len(self.inner) else math.inf

    def contains(self, payoffs: Sequence[float], tolerance: float = 1e-9) -> bool:
        """Whether a pair of average payoffs lies within the vertices, up to `tolerance` of the largest payoff."""
        point = np.asarray(payoffs, dtype=float)
        if point.shape != (2,):
            raise GameError(f"A pair of payoffs was expected, got {payoffs!r}.")
        slack = tolerance * max(1e-300, float(np.abs(self.game.payoffs).max()))
        return bool(len(self.vertices)) and float(outside(point, self.vertices)) <= slack

    def residual(self) -> float:
        """Recompute, in payoff units, by how much the worst vertex fails to be supported.

        A vertex v is supported by a profile a if the continuation w = (v - (1 - delta) u(a))/delta lies in the set
        and delta*(w_i - threat_i) >= (1 - delta)*(gain from i's best deviation at a) for both players. Zero for the
        empty set.
        """
        if not len(self.vertices):
            return 0.0
        table, delta = self.game.payoffs, self.discount
        flows = table.reshape(2, -1).T
        gains = np.stack([(table[i].max(axis=i, keepdims=True) - table[i]).ravel() for i in (0, 1)], axis=1)
        if delta == 0:
            steady = flows[(gains <= 0).all(axis=1)]
            return float(np.abs(self.vertices[:, None] - steady).max(axis=2).min(axis=1).max())
        onwards = (self.vertices[:, None] - (1 - delta) * flows) / delta
        missing = (self.threat_point + (1 - delta) / delta * gains - onwards).max(axis=2)
        return float(np.maximum(np.maximum(outside(onwards, self.vertices), missing), 0.0).min(axis=1).max())

    def to_dict(self) -> dict[str, Any]:
        """Return the set as plain data."""
        return {
            "players": list(self.game.players),
            "discount": self.discount,
            "status": self.status,
            "vertices": self.vertices.tolist(),
            "threat_point": self.threat_point.tolist() if len(self.vertices) else None,
            "frontier": self.frontier.tolist(),
            "exact": self.exact_vertices is not None,
            "residual": self.residual(),
        }

    def __str__(self) -> str:
        factor = number(self.discount)
        if not len(self.vertices):
            return (
                f"No pure-strategy equilibrium exists in this model at a discount factor of {factor}; "
                "strategies that randomise in private are not searched."
            )
        shape = ("a single point", "a segment", f"a polygon with {len(self.vertices)} corners")[self.dimension]
        worst = " and ".join(number(float(x)) for x in self.threat_point)
        ends = [f"({number(x)}, {number(y)})" for x, y in self.frontier.tolist()]
        lines = [
            f"Equilibrium payoffs at a discount factor of {factor}: {shape}.",
            f"Worst equilibrium payoffs of {' and '.join(self.game.players)}: {worst}.",
            f"Credible frontier: {', '.join(ends)}.",
        ]
        if self.status == "unfinished":
            lines.append(f"Not finished after {self.iterations} steps: no pure equilibrium's payoff lies outside.")
        return "\n".join(lines)


def equilibrium_payoff_set(game: NormalFormGame, discount: Any, *, max_iterations: int = 2000) -> PayoffSet:
    """Compute every payoff pair that two players can reach in an equilibrium of the game repeated for ever.

    The largest set V of payoff pairs that generates itself: every corner of V is (1 - delta) u(a) + delta w, with w
    in V worth more to each player i than deviating from a once and getting its worst payoff in V for ever after:
    delta (w_i - min V_i) >= (1 - delta) (max u_i(., a_-i) - u_i(a)). Pure strategies; a public lottery may choose
    between continuations. What lies outside V no promise of pure actions can make credible; players who randomise in
    private, as in matching pennies, may reach more, or have an equilibrium where V is empty.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    discount : number, or one for each player (a sequence, or a mapping by name)
        In [0, 1), and the same for both.
    max_iterations : int

    Returns
    -------
    PayoffSet
        Points, segments and the empty set included.

    Raises
    ------
    GameError   for other than two players, a discount factor outside [0, 1), unequal discount factors

    Notes
    -----
    Abreu and Sannikov's iteration from outside: a profile adds its own payoff, or at most four continuations at which
    a player is just held to its promise. It stops when neither punishments nor corners move. With rational payoffs
    and discount factor it is done in rationals too, where it comes to an end. Cost: about the number of profiles
    that can be sustained times the corners, a step.

    References
    ----------
    Abreu, D., Sannikov, Y. (2014). An algorithm for two-player repeated games with perfect monitoring. Theoretical
    Economics 9, 313-338.
    Abreu, D., Pearce, D., Stacchetti, E. (1990). Toward a theory of discounted repeated games with imperfect
    monitoring. Econometrica 58, 1041-1063.

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> bg.equilibrium_payoff_set(dilemma, 0.1).vertices.tolist()
    [[3.0, 3.0]]
    >>> bg.equilibrium_payoff_set(dilemma, 0.15).vertices.tolist()
    [[3.0, 3.0], [9.0, 9.0]]
    >>> print(bg.equilibrium_payoff_set(dilemma, 0.5))
    Equilibrium payoffs at a discount factor of 0.5: a polygon with 4 corners.
    Worst equilibrium payoffs of player 1 and player 2: 3 and 3.
    Credible frontier: (3, 9.75), (9, 9), (9.75, 3).
    """
    if game.n_players != 2:
        raise GameError(
            f"The set of equilibrium payoffs is computed for two players; this game has {game.n_players}. "
            "critical_discount_factor() with a stated punishment works for any number."
        )
    factor = _one_factor(game, discount)
    stage, exact, found = _Stage(game, float(factor)), None, None
    few = game.payoffs[0].size <= FEW
    if game.exact and few:
        found = _exactly(game, factor, stage)
    if found is None:
        rough, steps, settled = stage.shrink(hull_of_array(stage.flows, 0), max_iterations, 0.0, SLACK)
        vertices = stage.unscaled(rough)
        status: PayoffSetStatus = ("found" if settled else "unfinished") if rough else "empty"
        if game.exact and not few and settled and stage.jumped:
            found = _exactly(game, factor, stage)
    if found is not None:
        corners, steps = found
        vertices = np.array([[float(x), float(y)] for x, y in corners]).reshape(-1, 2)
        status = "found" if corners else "empty"
        exact = tuple(corners)
    vertices.flags.writeable = False
    return PayoffSet(game, float(factor), status, vertices, exact, steps)


def as_factor(value: Any) -> Fraction:
    """Return a discount factor or a probability as the rational it is written as, a float by its decimals."""
    plain = as_number(value)
    return Fraction(repr(plain)) if isinstance(plain, float) else Fraction(plain)


def checked_factor(value: Any, what: str = "A discount factor") -> Fraction:
    """Return a discount factor in [0, 1) as a rational."""
    try:
        factor = as_factor(value)
    except ValueError as error:
        raise GameError(f"{what} {error}. It is a number from 0 up to but not including 1.") from None
    if not 0 <= factor < 1:
        raise GameError(f"{what} is {number(float(factor))}. It is at least 0 and below 1.")
    return factor


def _one_factor(game: NormalFormGame, discount: Any) -> Fraction:
    if isinstance(discount, Mapping):
        missing = [name for name in game.players if name not in discount]
        if missing:
            raise GameError(f"{missing[0]} has no discount factor. Players: {', '.join(game.players)}.")
        discount = [discount[name] for name in game.players]
    if not isinstance(discount, Sequence | np.ndarray):
        return checked_factor(discount)
    factors = {checked_factor(value) for value in discount}
    if len(factors) > 1:
        words = ", ".join(number(float(value)) for value in discount)
        raise GameError(
            f"The discount factors {words} differ. The set of equilibrium payoffs is computed for equal ones: "
            "players of unequal patience can trade payoffs over time, which changes what is feasible at all "
            "(Lehrer & Pauzner 1999). critical_discount_factor() takes unequal factors."
        )
    return factors.pop()


class _Stage:
    """A game of two players in floats, each player's payoffs scaled to spread from 0 to 1."""

    def __init__(self, game: NormalFormGame, discount: float) -> None:
        table = game.payoffs
        self.low = table.reshape(2, -1).min(axis=1)
        spread = table.reshape(2, -1).max(axis=1) - self.low
        self.spread = np.where(spread > 0, spread, 1.0)
        self.discount = discount
        self.jumped = True
        """Whether `shrink` came to its end at once rather than by ever smaller steps, as it does where it is finite."""
        self.flows = self.scaled(table.reshape(2, -1).T)
        gains = [(table[i].max(axis=i, keepdims=True) - table[i]).ravel() / self.spread[i] for i in (0, 1)]
        self.gains = np.stack(gains, axis=1)
        self.least = (np.array([table[0].max(axis=0).min(), table[1].max(axis=1).min()]) - self.low) / self.spread

    def scaled(self, points: Floats) -> Floats:
        return np.asarray((points - self.low) / self.spread)

    def unscaled(self, corners: Sequence[Pair]) -> Floats:
        return np.asarray(np.array(corners, dtype=float).reshape(-1, 2) * self.spread + self.low)

    def shrink(self, corners: list[Pair], most: int, firmness: float, slack: float) -> tuple[list[Pair], int, bool]:
        """Iterate the operator from a set that contains the answer: corners, steps, whether they settled.

        Every tempted player must keep its promise with `firmness` to spare, up to rounding.
        """
        delta = self.discount
        tempted = self.gains * (1 - delta) / delta if delta else np.where(self.gains > 0, np.inf, 0.0)
        wanted = tempted + firmness * (self.gains > 0)
        stay = np.isfinite(wanted).all(axis=1)
        flows, wanted = self.flows[stay], wanted[stay]
        few: list[tuple[Any, Any]] | None = None
        table: Floats = np.empty((0, 2))
        threat = (
            max(float(self.least[0]), min(x for x, _ in corners)),
            max(float(self.least[1]), min(y for _, y in corners)),
        )
        for steps in range(1, most + 1):
            if few is None:
                table = np.array(corners, dtype=float)
                keep = _reachable(table, threat + wanted - SLACK)
                flows, wanted = flows[keep], wanted[keep]
                if len(flows) <= MANY:
                    few = list(zip(flows.tolist(), wanted.tolist(), strict=True))
            if few is None:
                new = hull_of_array(_generated(flows, threat + wanted, table, delta), ROUNDING)
            else:
                points, alive = [], []
                right, top = max(x for x, _ in corners) + SLACK, max(y for _, y in corners) + SLACK
                for profile in few:
                    flow, (first, second) = profile
                    demand = (threat[0] + first, threat[1] + second)
                    if demand[0] <= right and demand[1] <= top:
                        alive.append(profile)
                        points += continuations(flow, demand, corners, delta, SLACK)
                few = alive
                new = hull(points, ROUNDING)
            if not new:
                return [], steps, True
            least = (max(threat[0], min(x for x, _ in new)), max(threat[1], min(y for _, y in new)))
            moved = max(least[0] - threat[0], least[1] - threat[1])
            if moved <= slack:
                if len(new) == len(corners):
                    moved = max(max(abs(a - c), abs(b - d)) for (a, b), (c, d) in zip(new, corners, strict=True))
                else:
                    moved = distance(np.array(new), np.array(corners))
            corners, threat = new, least
            if moved <= slack:
                return corners, steps, True
            self.jumped = moved > JUMP
        return corners, most, False


def _reachable(corners: Floats, demands: Floats) -> Any:
    """Which demands some point of the set meets; the others never will, for the set only shrinks."""
    chain = corners[upper_right(corners)]
    best = np.interp(demands[:, 0], chain[:, 0], chain[:, 1], right=-np.inf)
    return best >= demands[:, 1]


def continuations(
    flow: Sequence[Any], demand: Sequence[Any], corners: Sequence[Pair], delta: Any, slack: float = 0
) -> list[Pair]:
    """Return the payoffs that one profile adds: its own for ever, or those that just hold a player to it."""
    x, y = flow
    own = cut(corners, 0, x, slack) if x >= demand[0] - slack and y >= demand[1] - slack else None
    if own is not None and own[0] - slack <= y <= own[1] + slack:
        return [(x, y)]
    found: list[Pair] = []
    for axis in (0, 1):
        at, floor = demand[axis], demand[1 - axis]
        span = cut(corners, axis, at, slack)
        if span is not None and span[1] >= floor - slack:
            for value in (max(span[0], min(floor, span[1])), span[1]):
                w = (at, value) if axis == 0 else (value, at)
                found.append(((1 - delta) * x + delta * w[0], (1 - delta) * y + delta * w[1]))
    return found


def _generated(flows: Floats, demands: Floats, corners: Floats, delta: float) -> Floats:
    """`continuations` of many profiles at once."""
    return np.concatenate([points for points, _ in _by_profile(flows, demands, corners, delta)])


def _by_profile(
    flows: Floats, demands: Floats, corners: Floats, delta: float
) -> list[tuple[Floats, npt.NDArray[np.int64]]]:
    """The same in parts, with the number of the profile of each point."""
    least, greatest = cuts(corners, 0, flows[:, 0], SLACK)
    steady = (flows >= demands - SLACK).all(axis=1) & (flows[:, 1] >= least - SLACK) & (flows[:, 1] <= greatest + SLACK)
    parts = [(flows[steady], np.flatnonzero(steady))]
    tied = np.flatnonzero(~steady)
    flows, demands = flows[tied], demands[tied]
    for axis in (0, 1):
        at, floor = demands[:, axis], demands[:, 1 - axis]
        least, greatest = cuts(corners, axis, at, SLACK)
        bound = greatest >= floor - SLACK
        for value in (np.maximum(least, np.minimum(floor, greatest)), greatest):
            onwards = np.stack([at, value] if axis == 0 else [value, at], axis=1)
            parts.append(((1 - delta) * flows[bound] + delta * onwards[bound], tied[bound]))
    return parts


def _exactly(
    game: NormalFormGame, delta: Fraction, stage: _Stage
) -> tuple[list[tuple[Fraction, Fraction]], int] | None:
    """The same iteration in rationals; None unless it comes to a standstill before the numbers grow long."""
    if game.payoffs[0].size > MOST_EXACT_PROFILES:
        return None
    tables, units = zip(*(whole_table(own) for own in game.fractions), strict=True)
    gains = [(own.max(axis=i, keepdims=True) - own).ravel().tolist() for i, own in enumerate(tables)]
    threat = (tables[0].max(axis=0).min(), tables[1].max(axis=1).min())
    odds = (1 - delta) / delta if delta else None
    flows = list(zip(tables[0].ravel().tolist(), tables[1].ravel().tolist(), strict=True))
    asked = [at for at, own in enumerate(zip(*gains, strict=True)) if odds is not None or own == (0, 0)]
    wanted = [(gains[0][at] * odds, gains[1][at] * odds) if odds is not None else (0, 0) for at in asked]
    chosen = [flows[at] for at in asked]
    rough = _Rough(stage, asked, units)
    corners: list[Pair] = hull(flows)
    for steps in range(1, MOST_EXACT_STEPS + 1):
        points: dict[int, list[Pair]] = {}
        new: list[Pair] = []
        rough.start(corners, threat)
        while missing := rough.missing(new, points):
            for at in missing:
                demand = (threat[0] + wanted[at][0], threat[1] + wanted[at][1])
                points[at] = continuations(chosen[at], demand, corners, delta)
            new = hull([point for own in points.values() for point in own])
        if not new:
            return [], steps
        least = (max(threat[0], min(x for x, _ in new)), max(threat[1], min(y for _, y in new)))
        if new == corners and least == threat:
            return [(Fraction(x) / units[0], Fraction(y) / units[1]) for x, y in new], steps
        if max(Fraction(entry).denominator.bit_length() for corner in new for entry in corner) > MOST_EXACT_BITS:
            return None
        corners, threat = new, least
    return None


class _Rough:
    """One step in floats, which says whose continuations can matter to the set: only these are computed exactly.

    A profile is left out only if all its points, or more, are well within what the others generate.
    """

    def __init__(self, stage: _Stage, asked: Sequence[int], units: Sequence[int]) -> None:
        self.stage, self.units = stage, units
        self.everyone = set(range(len(asked)))
        low, high = np.abs(stage.low), np.abs(stage.low + stage.spread)
        self.all = len(asked) <= FEW or not stage.discount or bool((np.maximum(low, high) > 1e3 * stage.spread).any())
        self.flows = stage.flows[asked]
        odds = (1 - stage.discount) / stage.discount if stage.discount else 0.0
        self.wanted = stage.gains[asked] * odds

    def scaled(self, corners: Sequence[Pair]) -> Floats:
        plain = [[float(Fraction(x) / self.units[0]), float(Fraction(y) / self.units[1])] for x, y in corners]
        return self.stage.scaled(np.array(plain))

    def start(self, corners: Sequence[Pair], threat: Pair) -> None:
        """Look at one step from these corners and punishments."""
        if self.all:
            return
        table = self.scaled(corners)
        demands = self.scaled([threat])[0] + self.wanted
        sides = np.abs(np.roll(table, -1, axis=0) - table)
        self.doubtful = set(self.everyone) if bool(((sides > 0) & (sides < SHORT)).any()) else set()
        beyond = outside(self.flows, table)
        short = (demands - self.flows).max(axis=1)
        unsure = (np.maximum(beyond, short) >= -NEAR) & (np.maximum(beyond, short) <= NEAR)
        self.doubtful |= set(np.flatnonzero(unsure).tolist())
        parts = _by_profile(self.flows, demands, table, self.stage.discount)
        self.points = np.concatenate([points for points, _ in parts])
        self.owner = np.concatenate([owner for _, owner in parts])

    def missing(self, new: Sequence[Pair], known: Mapping[int, Any]) -> set[int]:
        """The profiles to be computed beside those that are known, which generate `new`."""
        if self.all:
            return self.everyone - known.keys()
        if not known and len(self.points):
            around: Floats = np.array(hull_of_array(self.points, 0.0))
            near = outside(self.points, around) > -1e-7
            return self.doubtful | set(self.owner[near].tolist())
        if not known:
            return self.doubtful
        left = ~np.isin(self.owner, list(known))
        if len(new) > 2 and left.any():
            left[left] = outside(self.points[left], self.scaled(new)) > -NEAR
        return set(self.owner[left].tolist())
