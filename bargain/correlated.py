"""Correlated and coarse correlated equilibrium: what an honest broker can bring about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._hull import Pair, hull
from bargain._optima import MOST_CELLS, Optimum, optima_in_turn, optimum
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import Floats, GameError, NormalFormGame, as_fractions
from bargain.strategic import Equilibrium, nash_equilibria

Goal = Literal["welfare", "egalitarian"]
CORNERS = 1e-9
"""How far beyond an edge, for payoffs scaled to 1, a corner of the payoff polygon must lie to count."""
MOST_CORNERS = 500
UNSOLVED = "The linear program of a correlated equilibrium is {}. Please report the game."
ROUNDING = 1e-14
"""Probabilities below this are zero: what a linear program in floats leaves."""


@dataclass(frozen=True, eq=False)
class CorrelatedEquilibrium:
    """A distribution over profiles from which nobody gains by departing, best for a stated goal.

    Attributes
    ----------
    game : NormalFormGame
    distribution : (m_1, ..., m_n) array
        The probability of each profile.
    payoffs : (n,) array
    value : float
        What was maximised: the sum of payoffs, the least payoff, or the stated combination.
    coarse : bool
        Whether players must decide before they hear their recommendation.
    weights : (n,) array or None
        On the players' payoffs in the goal; for "egalitarian" those that prove the least payoff greatest. None where
        each profile was given a value.
    worth : (m_1, ..., m_n) array
        The goal at each profile.
    multipliers : dict
        (player, recommended action, other action) -> price of the constraint, where above zero; the recommended
        action is None if coarse.
    exact : dict of profile -> Fraction, or None
        The distribution in rationals, where that is known to be optimal.
    """

    game: NormalFormGame = field(repr=False)
    distribution: Floats
    payoffs: Floats
    value: float
    coarse: bool
    weights: Floats | None
    worth: Floats = field(repr=False)
    multipliers: dict[tuple[int, int | None, int], float] = field(repr=False)
    exact: dict[tuple[int, ...], Fraction] | None

    @property
    def profiles(self) -> dict[tuple[str, ...], float]:
        """The profiles that may be drawn, by name, with their probabilities, the likeliest first."""
        played = [tuple(map(int, at)) for at in np.argwhere(self.distribution > 0)]
        played.sort(key=lambda at: (-self.distribution[at], at))
        return {self.game.label(at): float(self.distribution[at]) for at in played}

    def residual(self) -> float:
        """Return the most that a player gains by departing from a recommendation, on average, or a sum off 1.

        Recomputed from the game: max over (i, a, b) of sum over s with s_i = a of p(s) [u_i(b, s_-i) - u_i(s)].
        """
        worst = max(abs(float(self.distribution.sum()) - 1), -float(self.distribution.min()))
        for _, _, _, gain in _gains(self.game.payoffs, self.coarse):
            worst = max(worst, -float((gain * self.distribution).sum()))
        return worst

    def bound(self) -> float:
        """Return what no (coarse) correlated equilibrium can exceed, from the multipliers alone (weak duality).

        For any prices y >= 0 it is max over s of worth(s) + sum y(i, a, b) [u_i(s) - u_i(b, s_-i)] over s_i = a.
        """
        total = self.worth.copy()
        for player, action, other, gain in _gains(self.game.payoffs, self.coarse):
            price = self.multipliers.get((player, action, other), 0.0)
            if price:
                total = total + price * gain
        return float(total.max())

    @property
    def gap(self) -> float:
        """How far the value may lie below the greatest one: zero but for rounding."""
        return self.bound() - self.value

    def __str__(self) -> str:
        named = {
            self.game.label(at): str(p)
            for at, p in sorted((self.exact or {}).items(), key=lambda entry: (-entry[1], entry[0]))
        } or {label: number(p) for label, p in self.profiles.items()}
        lines = [f"{p}: ({', '.join(label)})" for label, p in named.items()]
        paid = ", ".join(f"{name} {number(u)}" for name, u in zip(self.game.players, self.payoffs, strict=True))
        return "\n".join([*lines, f"Payoffs: {paid}"])


def correlated_equilibrium(
    game: NormalFormGame, *, maximise: Goal | npt.ArrayLike = "welfare", coarse: bool = False
) -> CorrelatedEquilibrium:
    """Find the correlated equilibrium that is best for a goal.

    A broker draws a profile s with probability p(s) and tells each player its own action in private. With s_-i the
    actions of the others than i, nobody gains by another action: sum over s_-i of
    p(a, s_-i) [u_i(a, s_-i) - u_i(b, s_-i)] >= 0 for all i, a, b. In a *coarse* one each must follow or leave before it
    hears: sum over s of p(s) [u_i(s) - u_i(b, s_-i)] >= 0 for all i, b.

    Parameters
    ----------
    game : NormalFormGame
    maximise : "welfare", "egalitarian", (n,) array or (m_1, ..., m_n) array
        The sum of payoffs; the least payoff, and then the sum; payoffs times weights; a value of each profile.
    coarse : bool

    Returns
    -------
    CorrelatedEquilibrium
        With `residual()`, recomputed from the game, and `gap`, from the multipliers that prove it best; for small
        games with rational payoffs also exact.

    Raises
    ------
    GameError     for a goal that does not fit the game
    SolverError   if the linear program does not finish

    Notes
    -----
    One linear program by HiGHS: a variable a profile, sum_i m_i (m_i - 1) rows; 6 players with 4 actions each take
    about a tenth of a second. At a vertex no more profiles have a probability than there are rows.

    References
    ----------
    Aumann, R. J. (1974). Subjectivity and correlation in randomized strategies. Journal of Mathematical Economics 1,
    67-96. Moulin, H., Vial, J.-P. (1978). Strategically zero-sum games. International Journal of Game Theory 7,
    201-221 (coarse).

    Examples
    --------
    Chicken: a broker who rules out the crash brings the sum of payoffs to 10.5; it is 9 in the pure equilibria.

    >>> import bargain as bg
    >>> names = [("swerve", "drive on")] * 2
    >>> own, others = [[6, 2], [7, 0]], [[6, 7], [2, 0]]
    >>> game = bg.NormalFormGame.from_bimatrix(own, others, actions=names)
    >>> best = bg.correlated_equilibrium(game)
    >>> print(best)
    1/2: (swerve, swerve)
    1/4: (swerve, drive on)
    1/4: (drive on, swerve)
    Payoffs: player 1 5.25, player 2 5.25
    >>> best.value, best.residual(), best.gap
    (10.5, 0.0, 0.0)
    """
    n = game.n_players
    if isinstance(maximise, str):
        if maximise not in ("welfare", "egalitarian"):
            raise GameError(f"No goal is called {maximise!r}. Goals: welfare, egalitarian, or an array.")
        goal: Any = np.ones(n, dtype=int)
    else:
        goal = np.asarray(maximise)
        if goal.shape not in ((n,), game.shape):
            raise GameError(
                f"maximise has shape {goal.shape}: it holds a weight for each of {n} players, or a value for each "
                f"profile, {game.shape}."
            )
        if goal.dtype.kind not in "iufO" or not np.isfinite(goal.astype(float)).all():
            raise GameError("maximise holds something that is no finite number.")
    rows = sum(m * (m - 1) if not coarse else m for m in game.shape)
    rational = game.exact and goal.dtype.kind != "f" and (rows + n + 2) * game.payoffs[0].size <= MOST_CELLS
    payoffs = game.fractions if rational else game.payoffs
    goal = as_fractions(goal) if rational else goal.astype(float)
    worth = np.tensordot(goal, payoffs, axes=1) if goal.shape == (n,) else goal
    keys, table = _rows(payoffs, coarse)
    if isinstance(maximise, str) and maximise == "egalitarian":
        return _egalitarian(game, payoffs, worth, keys, table, coarse)
    found = _solved(worth.ravel(), table, np.zeros((0, table.shape[1])), np.zeros(0))
    weights = goal.astype(float) if goal.shape == (n,) else None
    prices = found.duals[: len(keys)]
    return _answer(game, found, weights, worth, keys, prices, coarse, None)


def _gains(payoffs: Any, coarse: bool) -> list[tuple[int, int | None, int, Any]]:
    """For each constraint what obedience brings at each profile, zero where it does not speak of the profile."""
    found: list[tuple[int, int | None, int, Any]] = []
    for i, own in enumerate(payoffs):
        for b in range(own.shape[i]):
            lead = own - np.take(own, [b], axis=i)
            if coarse:
                found.append((i, None, b, lead))
                continue
            for a in range(own.shape[i]):
                if a != b:
                    only = np.zeros_like(lead)
                    at = (*(slice(None),) * i, a)
                    only[at] = lead[at]
                    found.append((i, a, b, only))
    return found


def _rows(payoffs: Any, coarse: bool) -> tuple[list[tuple[int, int | None, int]], Any]:
    gains = _gains(payoffs, coarse)
    count = payoffs[0].size
    table = np.zeros((len(gains), count), dtype=payoffs.dtype)
    for row, (*_, gain) in enumerate(gains):
        table[row] = gain.ravel()
    return [(i, a, b) for i, a, b, _ in gains], table


def _solved(worth: Any, table: Any, more: Any, least: Any) -> Optimum:
    """Maximise worth @ p over distributions with table @ p >= 0 and more @ p >= least."""
    one = np.ones((1, table.shape[1]), dtype=int)
    rational = table.dtype == object
    if rational:
        one = as_fractions(one)
        more, least = more.astype(object), least.astype(object)
    a = np.vstack([table, more, one, -one])
    zeros = np.full(len(table), Fraction(0) if rational else 0.0)
    ends = np.array([Fraction(1), Fraction(-1)] if rational else [1.0, -1.0])
    found = optimum(-worth, a, np.concatenate([zeros, least, ends]))
    if found.status != "optimal":
        raise SolverError(UNSOLVED.format(found.status))
    return found


def _egalitarian(
    game: NormalFormGame,
    payoffs: Any,
    welfare: Any,
    keys: list[tuple[int, int | None, int]],
    table: Any,
    coarse: bool,
) -> CorrelatedEquilibrium:
    """First the greatest least payoff, then the greatest sum that leaves it."""
    n, count = game.n_players, table.shape[1]
    low = payoffs.min()
    rational = table.dtype == object
    zero, unit = (Fraction(0), Fraction(1)) if rational else (0.0, 1.0)
    # One more column: by how much the least payoff is above the lowest of the table, as a share of the range.
    flat = payoffs.reshape(n, -1) - low
    size = flat.max() or unit
    wide = np.hstack([np.vstack([table, flat]), np.array([[zero]] * len(table) + [[-size]] * n)])
    ones = np.array([[unit] * count + [zero]])
    goal = np.array([zero] * count + [-unit])
    right = np.array([zero] * len(wide) + [unit, -unit])
    program = np.vstack([wide, ones, -ones])
    first = optimum(goal, program, right) if rational else None
    if first is not None and first.exact is not None:
        least: Any = first.exact[0][-1] * size
        second = _solved(welfare.ravel(), table, flat, np.array([least] * n))
    else:
        parts = (goal, np.append(-welfare.ravel(), 0), program, right)
        first, second = optima_in_turn(*(part.astype(float) for part in parts))
        if second.status != "optimal":
            raise SolverError(UNSOLVED.format(second.status))
        least, second = second.x[-1] * float(size), replace(second, x=second.x[:-1])
    prices, shares = first.duals[: len(keys)], first.duals[len(keys) : len(keys) + n]
    total = shares.sum()
    value = float(least + low)
    worth = np.tensordot(shares / total, game.payoffs, axes=1)
    return _answer(game, second, shares / total, worth, keys, prices / total, coarse, value)


def _answer(
    game: NormalFormGame,
    found: Optimum,
    weights: Floats | None,
    worth: Any,
    keys: Sequence[tuple[int, int | None, int]],
    prices: Floats,
    coarse: bool,
    value: float | None,
) -> CorrelatedEquilibrium:
    shape = game.shape
    p = np.where(found.x < ROUNDING, 0.0, found.x)
    p /= p.sum()
    exact = None
    if found.exact is not None:
        drawn = np.array(found.exact[0], dtype=object)
        exact = {tuple(map(int, np.unravel_index(at, shape))): drawn[at] for at in np.flatnonzero(drawn).tolist()}
        p = drawn.astype(float)
        if value is None:
            prices = np.array(found.exact[1][: len(keys)], dtype=float)
    distribution = p.reshape(shape)
    payoffs = game.payoffs.reshape(game.n_players, -1) @ p
    worth = np.asarray(worth, dtype=float)
    for array in (distribution, payoffs, worth):
        array.flags.writeable = False
    if value is None:
        value = float((worth * distribution).sum())
    elif exact is None:
        value = float(payoffs.min())
    multipliers = {key: float(price) for key, price in zip(keys, prices, strict=True) if price > 0}
    return CorrelatedEquilibrium(game, distribution, payoffs, value, coarse, weights, worth, multipliers, exact)


def correlated_payoffs(game: NormalFormGame, *, coarse: bool = False) -> Floats:
    """Return the corners of the polygon of payoffs that two players can have in correlated equilibria.

    All payoffs (u_1(p), u_2(p)) of (coarse) correlated equilibria p; a point or a segment has one corner or two.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    coarse : bool

    Returns
    -------
    (k, 2) array, anticlockwise, from the lowest payoff of the first player on

    Raises
    ------
    GameError     for any other number of players
    SolverError   if a linear program does not finish

    Notes
    -----
    One linear program a corner and one an edge: the farthest point beyond each edge, until there is none.

    References
    ----------
    Aumann, R. J. (1974). Journal of Mathematical Economics 1, 67-96, section 4.

    Examples
    --------
    >>> import bargain as bg
    >>> chicken = bg.NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> bg.correlated_payoffs(chicken).round(6).tolist()
    [[2.0, 7.0], [3.6, 3.6], [7.0, 2.0], [5.25, 5.25]]
    """
    if game.n_players != 2:
        raise GameError(f"The polygon of payoffs is one of two players; this game has {game.n_players}.")
    _, table = _rows(game.payoffs, coarse)
    axes = (1, 2)
    size = np.ptp(game.payoffs, axis=axes)
    size[size == 0] = 1.0
    flat = game.payoffs.reshape(2, -1)

    def farthest(direction: Floats) -> Floats:
        found = _solved((direction / size) @ flat, table, np.zeros((0, table.shape[1])), np.zeros(0))
        return np.asarray(flat @ (found.x / found.x.sum()) / size)

    def beyond(a: Floats, b: Floats, left: int) -> list[Floats]:
        step = b - a
        if left <= 0 or float(np.abs(step).max()) <= CORNERS:
            return []
        normal = np.array([step[1], -step[0]]) / np.linalg.norm(step)
        point = farthest(normal)
        if normal @ (point - a) <= CORNERS:
            return []
        return [*beyond(a, point, left // 2), point, *beyond(point, b, left // 2)]

    ends = [farthest(np.array(d)) for d in ((-1.0, 0.0), (0.0, -1.0), (1.0, 0.0), (0.0, 1.0))]
    ring: list[Floats] = []
    for at, end in enumerate(ends):
        ring += [end, *beyond(end, ends[(at + 1) % 4], MOST_CORNERS)]
    corners = _corners(ring)
    return np.asarray(np.array(corners) * size, dtype=float)


def _corners(ring: Sequence[Floats]) -> list[Pair]:
    """The corners of what a ring of points encloses, from the leftmost lowest on."""
    points = hull([(float(x), float(y)) for x, y in ring], CORNERS)
    start = min(range(len(points)), key=lambda i: (round(points[i][0], 9), round(points[i][1], 9)))
    return [*points[start:], *points[:start]]


@dataclass(frozen=True, eq=False)
class Brokerage:
    """What an honest broker adds to the best Nash equilibrium.

    Attributes
    ----------
    correlated : CorrelatedEquilibrium
    nash : Equilibrium or None
        The best for the goal of the Nash equilibria that are known; None if none is.
    gain : float or None
        The value of the one less that of the other.
    complete : bool
        Whether no Nash equilibrium does better than `nash`; else the gain may be smaller than stated.
    """

    correlated: CorrelatedEquilibrium
    nash: Equilibrium | None
    gain: float | None
    complete: bool


def honest_broker(
    game: NormalFormGame, *, maximise: Goal | npt.ArrayLike = "welfare", seconds: float | None = None
) -> Brokerage:
    """Compare the best correlated equilibrium with the best Nash equilibrium, for the same goal.

    The difference is what a broker, who sees no more than its own dice and can force nobody, is worth: a state that
    all trust to recommend, such as a middle power.

    Parameters
    ----------
    game : NormalFormGame
    maximise : as in `correlated_equilibrium`
    seconds : float, optional
        For the Nash equilibria of three players or more, as in `nash_equilibria`.

    Returns
    -------
    Brokerage

    Raises
    ------
    GameError     for a goal that does not fit the game
    SolverError   if the linear program does not finish

    References
    ----------
    Aumann, R. J. (1974). Journal of Mathematical Economics 1, 67-96.

    Examples
    --------
    >>> import bargain as bg
    >>> names = [("swerve", "drive on")] * 2
    >>> own, others = [[6, 2], [7, 0]], [[6, 7], [2, 0]]
    >>> chicken = bg.NormalFormGame.from_bimatrix(own, others, actions=names)
    >>> answer = bg.honest_broker(chicken)
    >>> round(answer.gain, 6), answer.complete
    (1.166667, True)
    >>> answer.nash.label
    ('2/3 swerve + 1/3 drive on', '2/3 swerve + 1/3 drive on')
    """
    best = correlated_equilibrium(game, maximise=maximise)
    known = nash_equilibria(game, cross_check=False, seconds=seconds)
    least = isinstance(maximise, str) and maximise == "egalitarian"

    def value(equilibrium: Equilibrium) -> float:
        if least:
            return float(equilibrium.payoffs.min())
        total: Any = best.worth
        for own in reversed(equilibrium.strategies):
            total = total @ own
        return float(total)

    nash = max(known.equilibria, key=value, default=None)
    # Within a maximal Nash subset a sum is greatest at a listed point; the least of several payoffs need not be.
    complete = known.complete and not (least and bool(known.degenerate))
    return Brokerage(best, nash, None if nash is None else best.value - value(nash), complete)
