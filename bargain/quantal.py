"""Logit quantal response: players who choose better actions more often, and the path to one equilibrium."""

from __future__ import annotations

import numbers
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise

import numpy as np

from bargain.games import Floats, GameError, NormalFormGame, action_payoffs
from bargain.strategic import regret

MOST_STEPS = 20_000
"""Steps along the path of a game after which it is given up."""
NEWTON_STEPS = 12
"""Corrections of one step before a shorter one is tried."""
ACCURACY = 1e-11
"""Residual of the logit equations, in log-probabilities, at which a point counts as solved."""
LARGEST_PRECISION = 1e12
"""Precision, times the range of payoffs, beyond which floats no longer tell the actions apart."""


@dataclass(frozen=True, eq=False)
class LogitEquilibrium:
    """A logit quantal response equilibrium on the branch that starts at uniform play.

    Attributes
    ----------
    strategies : one (m_i,) array of probabilities a player
    payoffs : (n,) array of expected payoffs
    precision : float
        How sharply players respond, in 1 / unit of the payoffs. 0: uniform play.
    regret : float
        The most that any player could gain by an action for sure.
    status : "solved", or "unfinished" if the path was given up on the way, at the precision that is shown
    game : NormalFormGame
    """

    strategies: tuple[Floats, ...]
    payoffs: Floats
    precision: float
    regret: float
    status: str
    game: NormalFormGame = field(repr=False)

    def residual(self) -> float:
        """Return the largest difference between a probability and the logit response to the others' play."""
        largest = 0.0
        for i, own in enumerate(self.strategies):
            values = self.precision * action_payoffs(self.game.payoffs, self.strategies, i)
            weights = np.exp(values - values.max())
            largest = max(largest, float(np.abs(weights / weights.sum() - own).max()))
        return largest

    def __str__(self) -> str:
        shown = "; ".join(", ".join(f"{p:.6g}" for p in own) for own in self.strategies)
        given_up = ", beyond which the path was given up" if self.status == "unfinished" else ""
        return f"Logit response at precision {self.precision:.6g}{given_up}: {shown}"


@dataclass(frozen=True, eq=False)
class LogitPath:
    """The branch of logit equilibria from uniform play to its end.

    Attributes
    ----------
    points : tuple of LogitEquilibrium
        Along the branch; the precision need not rise everywhere.
    regret : float
        Of the last point: how far it is from a Nash equilibrium.
    status : "limit" if each player's regret fell below the wanted share of its range of payoffs, else "unfinished"
    """

    points: tuple[LogitEquilibrium, ...]
    regret: float
    status: str

    @property
    def end(self) -> LogitEquilibrium:
        """The last point."""
        return self.points[-1]


def logit_equilibrium(game: NormalFormGame, precision: float = 2.0) -> LogitEquilibrium:
    """Return the logit equilibrium at a precision, on the branch that starts at uniform play.

    sigma_i(a) = exp(precision u_i(a, sigma_-i)) / sum_b exp(precision u_i(b, sigma_-i)) for every player i and action
    a. Precision 0 is uniform play; as it rises the branch leads to a Nash equilibrium. Several logit equilibria may
    exist at one precision; the branch from uniform play picks the first it meets.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    precision : float
        At least 0, in 1 / unit of the payoffs: payoffs times 10 at a tenth of the precision is the same.

    Returns
    -------
    LogitEquilibrium
        `residual()` checks it. `status` is "unfinished" if 20 000 steps did not reach the precision.

    Raises
    ------
    GameError   for a precision that is negative or not finite

    Notes
    -----
    The branch is followed in log-probabilities by Newton's method and pseudo-arclength (Turocy 2005), so that it may
    turn. A step costs one dense linear system with as many unknowns as there are actions.

    References
    ----------
    McKelvey, R., Palfrey, T. (1995). Quantal response equilibria for normal form games. Games and Economic Behavior
    10, 6-38. Turocy, T. (2005). A dynamic homotopy interpretation of the logistic quantal response equilibrium
    correspondence. Games and Economic Behavior 51, 243-263.

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> print(bg.logit_equilibrium(dilemma, precision=1.0))
    Logit response at precision 1: 0.226751, 0.773249; 0.226751, 0.773249
    """
    if not (isinstance(precision, numbers.Real) and 0 <= precision < np.inf):
        raise GameError(f"The precision is {precision}: it must be a finite number of at least 0.")
    span = _range(game)
    branch = _Branch(game, span)
    target = precision * span
    while branch.precision < target:
        before = branch.point
        if not branch.step():
            return branch.shown("unfinished")
        if branch.precision > target and not branch.back_to(before, target):
            branch.point = before
            branch.length /= 8
    return branch.shown("solved")


def logit_path(game: NormalFormGame, accuracy: float = 1e-6) -> LogitPath:
    """Follow the logit equilibria from uniform play until the regret is a small share of the range of payoffs.

    The limit of the branch as precision rises is a Nash equilibrium, for almost all games a single one (McKelvey &
    Palfrey 1995): a selection that starts without favour. Payoffs times a factor give the same path at precisions
    divided by it, and the same stop.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    accuracy : float
        Regret at which to stop: each player's, as a share of the difference between its largest and least payoff.

    Returns
    -------
    LogitPath

    Raises
    ------
    GameError   for an accuracy that is not between 0 and 1

    Examples
    --------
    >>> import bargain as bg
    >>> stag_hunt = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    >>> path = bg.logit_path(stag_hunt)
    >>> path.status, [own.round(3).tolist() for own in path.end.strategies]
    ('limit', [[0.0, 1.0], [0.0, 1.0]])
    """
    if not 0 < accuracy < 1:
        raise GameError(f"The accuracy is {accuracy}: it must lie between 0 and 1.")
    span = _range(game)
    branch = _Branch(game, span)
    points = [branch.shown("solved")]
    while branch.shortfall() > accuracy:
        if not branch.step() or branch.precision > LARGEST_PRECISION:
            return LogitPath(tuple(points), points[-1].regret, "unfinished")
        points.append(branch.shown("solved"))
    return LogitPath(tuple(points), points[-1].regret, "limit")


def _range(game: NormalFormGame) -> float:
    axes = tuple(range(1, game.n_players + 1))
    span = float((game.payoffs.max(axis=axes) - game.payoffs.min(axis=axes)).max())
    return span or 1.0


class _Branch:
    """A point (log-probabilities, precision times range) on the branch, and the way on from it."""

    def __init__(self, game: NormalFormGame, span: float) -> None:
        self.game, self.span = game, span
        axes = tuple(range(1, game.n_players + 1))
        self.payoffs = (game.payoffs - game.payoffs.min(axis=axes, keepdims=True)) / span
        ends = np.cumsum((0, *game.shape)).tolist()
        self.parts = [slice(low, high) for low, high in pairwise(ends)]
        start = np.concatenate([np.full(count, -np.log(count)) for count in game.shape])
        self.point = np.append(start, 0.0)
        self.heading = np.append(np.zeros(len(start)), 1.0)
        self.length = 0.05
        self.steps = 0

    @property
    def precision(self) -> float:
        return float(self.point[-1])

    def shown(self, status: str) -> LogitEquilibrium:
        strategies = self._strategies(self.point)
        strategies = tuple(own / own.sum() for own in strategies)
        payoffs = self.game.expected_payoffs(strategies)
        for array in (*strategies, payoffs):
            array.flags.writeable = False
        return LogitEquilibrium(
            strategies, payoffs, self.precision / self.span, regret(self.game, strategies), status, self.game
        )

    def shortfall(self) -> float:
        """The largest regret of a player as a share of its own range of payoffs."""
        strategies = self._strategies(self.point)
        largest = 0.0
        for i, own in enumerate(strategies):
            values = action_payoffs(self.payoffs, strategies, i)
            largest = max(largest, float(values.max() - own @ values) / (float(np.ptp(self.payoffs[i])) or 1.0))
        return largest

    def step(self) -> bool:
        """Move on along the branch; False after `MOST_STEPS` steps or where none is short enough."""
        tangent = self._tangent(self.point)
        if tangent @ self.heading < 0:
            tangent = -tangent
        while self.length > 1e-10 * (1 + self.precision) and self.steps < MOST_STEPS:
            self.steps += 1
            reached, used = self._corrected(self.point + self.length * tangent, tangent)
            if reached is not None and np.abs(reached - self.point - self.length * tangent).max() < self.length / 2:
                self.point, self.heading = reached, tangent
                self.length *= 2.0 if used <= 3 else 1.2 if used <= 5 else 0.7
                return True
            self.length /= 3
        return False

    def back_to(self, before: Floats, precision: float) -> bool:
        """Move to a precision between the last two points, if these are close enough to stay on the branch."""
        stretch = self.point - before
        guess = before + (precision - before[-1]) / stretch[-1] * stretch
        level = np.append(np.zeros(len(guess) - 1), 1.0)
        reached, _ = self._corrected(guess, level)
        if reached is None or np.abs(reached - guess).max() > 0.1 * np.abs(stretch).max():
            return False
        reached[-1] = precision
        self.point = reached
        return True

    def _strategies(self, point: Floats) -> tuple[Floats, ...]:
        return tuple(np.exp(np.minimum(point[part], 1.0)) for part in self.parts)

    def _system(self, point: Floats) -> tuple[Floats, Floats]:
        """Residuals and their derivatives: logs of odds against precision times gains, and sums of 1."""
        size = len(point) - 1
        strategies = self._strategies(point)
        residual, slopes = np.empty(size), np.zeros((size, size + 1))
        for i, part in enumerate(self.parts):
            first = part.start
            values = action_payoffs(self.payoffs, strategies, i)
            logs = point[part]
            rest = slice(first + 1, part.stop)
            residual[first] = np.log(strategies[i].sum())
            slopes[first, part] = strategies[i] / strategies[i].sum()
            residual[rest] = logs[1:] - logs[0] - point[-1] * (values[1:] - values[0])
            slopes[rest, rest] = np.eye(len(logs) - 1)
            slopes[rest, first] = -1.0
            slopes[rest, -1] = values[0] - values[1:]
            for j, other in enumerate(self.parts):
                if j != i:
                    table = self._pair(strategies, i, j) * strategies[j]
                    slopes[rest, other] = -point[-1] * (table[1:] - table[0])
        return residual, slopes

    def _pair(self, strategies: tuple[Floats, ...], i: int, j: int) -> Floats:
        """The payoffs of i over its own actions and those of j, the others averaged out."""
        others = [k for k in reversed(range(len(strategies))) if k not in (i, j)]
        table = reduce(lambda left, k: np.moveaxis(left, k, -1) @ strategies[k], others, self.payoffs[i])
        pair: Floats = table if i < j else table.T
        return pair

    def _tangent(self, point: Floats) -> Floats:
        _, slopes = self._system(point)
        _, _, rows = np.linalg.svd(slopes)
        tangent: Floats = rows[-1]
        return tangent

    def _corrected(self, guess: Floats, normal: Floats) -> tuple[Floats | None, int]:
        """Newton's method in the plane through the guess that is normal to the given direction."""
        point = guess.copy()
        for used in range(1, NEWTON_STEPS + 1):
            residual, slopes = self._system(point)
            if not np.isfinite(residual).all():
                break
            matrix = np.vstack([slopes, normal])
            target = np.append(residual, normal @ (point - guess))
            try:
                change = np.linalg.solve(matrix, target)
            except np.linalg.LinAlgError:
                break
            point = point - change
            if np.abs(change).max() < ACCURACY * (1 + np.abs(point).max()):
                return (point, used) if point[-1] >= 0 else (None, used)
        return None, NEWTON_STEPS
