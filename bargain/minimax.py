"""Games in which what one gains the other loses: value, optimal strategies, and the proof."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from bargain import _exact
from bargain._lp import solve_lp
from bargain.errors import SolverError
from bargain.games import Floats, GameError, NormalFormGame, action_payoffs

PLAYED = 1e-9
"""A probability, or a slack of payoffs scaled to 1, below which a linear program's figure counts as zero."""


@dataclass(frozen=True, eq=False)
class ZeroSumSolution:
    """Value and optimal strategies of a game in which the payoffs of two players add up to a constant.

    Attributes
    ----------
    value : float
        What the row player can secure, and the column player hold it to.
    values : (2,) array
        The same for both: the column player's is the constant less `value`.
    strategies : two (m_i,) arrays of probabilities
    exact : Fraction, or None
        The value as a rational where the payoffs are rational and the proof succeeds in rationals.
    exact_strategies : two tuples of Fraction, or None
    game : NormalFormGame
    """

    value: float
    values: Floats
    strategies: tuple[Floats, Floats]
    exact: Fraction | None
    exact_strategies: tuple[tuple[Fraction, ...], ...] | None
    game: NormalFormGame = field(repr=False)

    def bounds(self) -> tuple[float, float]:
        """Return what the row player's strategy secures at least, and what the column player's allows at most.

        Recomputed from the game. The value lies between them, whoever found the strategies.
        """
        x, y = self.strategies
        return float((x @ self.game.payoffs[0]).min()), float((self.game.payoffs[0] @ y).max())

    def residual(self) -> float:
        """Return the width of `bounds()`: how far the value can be from the truth."""
        low, high = self.bounds()
        return high - low

    def __str__(self) -> str:
        shown = "; ".join(", ".join(f"{p:.6g}" for p in own) for own in self.strategies)
        value = self.exact if self.exact is not None else f"{self.value:.6g}"
        return f"Value {value} to {self.game.players[0]}; optimal strategies {shown}"


def zero_sum(game: NormalFormGame) -> ZeroSumSolution:
    """Solve a two-player game whose payoffs add up to the same number in every cell.

    With A[i, j] what the first player gets, x and y the mixtures of the two,
    value = max_x min_j sum_i x_i A[i, j] = min_y max_i sum_j A[i, j] y_j (von Neumann 1928). Optimal strategies are
    the maximin strategies: x secures the value whatever the other does. Every pair of them is an equilibrium.

    Parameters
    ----------
    game : NormalFormGame
        Two players; sums may differ by 1e-9 of the largest payoff where payoffs are floats, by nothing where exact.

    Returns
    -------
    ZeroSumSolution
        `bounds()` is the certificate.

    Raises
    ------
    GameError   for another number of players, or a sum that is not constant (two cells are named)
    SolverError   if the linear program is not solved

    Notes
    -----
    One linear program, whose dual is the other player's. Its active constraints are then solved in rationals, and the
    exact value stands if both exact bounds meet. Hundreds of actions take less than a second in floats.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.NormalFormGame.from_bimatrix([[3, -1], [-2, 1]], [[-3, 1], [2, -1]])
    >>> print(bg.zero_sum(game))
    Value 1/7 to player 1; optimal strategies 0.428571, 0.571429; 0.285714, 0.714286
    """
    if game.n_players != 2:
        raise GameError(f"A zero-sum game has two players; this one has {game.n_players}.")
    constant = _constant(game)
    A = game.payoffs[0]
    span = float(A.max() - A.min()) or 1.0
    table = (A - A.min()) / span + 1.0
    solved = solve_lp(np.ones(len(A)), table.T, np.ones(A.shape[1]))
    if solved.x is None or solved.duals is None:
        raise SolverError(f"The linear program of a {A.shape} zero-sum game was not solved: please report the game.")
    x, y = (np.clip(own, 0.0, None) for own in (solved.x, solved.duals))
    x, y = x / x.sum(), y / y.sum()
    exact = _exact_solution(game, table, x, y) if game.exact else None
    if exact is not None:
        x, y = (np.array([float(p) for p in own]) for own in exact[1])
        value = float(exact[0])
    else:
        value = float((x @ A).min() + (A @ y).max()) / 2
    values = np.array([value, float(constant) - value])
    for array in (x, y, values):
        array.flags.writeable = False
    return ZeroSumSolution(value, values, (x, y), exact and exact[0], exact and exact[1], game)


def _constant(game: NormalFormGame) -> Any:
    table: Any = game.fractions if game.exact else game.payoffs
    sums = table[0] + table[1]
    most, least = (np.unravel_index(int(at), sums.shape) for at in (sums.argmax(), sums.argmin()))
    allowed = 0 if game.exact else 1e-9 * np.abs(game.payoffs).max()
    if sums[most] - sums[least] > allowed:
        cells = [f"{float(sums[at]):.6g} at ({', '.join(game.label([int(a) for a in at]))})" for at in (most, least)]
        raise GameError(f"The payoffs do not add up to one number: {cells[0]}, {cells[1]}. Use nash_equilibria.")
    return sums[least]


def _exact_solution(
    game: NormalFormGame, table: Floats, x: Floats, y: Floats
) -> tuple[Fraction, tuple[tuple[Fraction, ...], ...]] | None:
    """Value and strategies in rationals from the active constraints, or None if these do not prove it."""
    A = game.fractions[0]
    secured, allowed = x @ table, table @ y
    columns, rows = secured < secured.min() + PLAYED, allowed > allowed.max() - PLAYED
    x_exact, y_exact = _equalising(A, x, columns), _equalising(A.T, y, rows)
    if x_exact is None or y_exact is None or min(*x_exact, *y_exact) < 0:
        return None
    low = action_payoffs({1: A}, (x_exact, y_exact), 1).min()
    high = action_payoffs({0: A}, (x_exact, y_exact), 0).max()
    return (low, (tuple(x_exact), tuple(y_exact))) if low == high else None


def _equalising(A: Any, near: Floats, replies: Any) -> Any:
    """The strategy on the played actions, near the one given, that gets the same against all the replies."""
    played = np.flatnonzero(near > PLAYED)
    rows = [[*A[played, j].tolist(), Fraction(-1)] for j in np.flatnonzero(replies)]
    total = [Fraction(1)] * len(played) + [Fraction(0)]
    guess = [*map(Fraction, near[played].tolist()), Fraction(0)]
    solved = _exact.solve([*rows, total], [Fraction(0)] * len(rows) + [Fraction(1)], guess)
    if solved is None:
        return None
    strategy = np.full(len(near), Fraction(0), dtype=object)
    strategy[played] = solved[:-1]
    return strategy
