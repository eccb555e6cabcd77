"""What the others can hold a player down to, and what it can be sure of."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np

from bargain import _exact
from bargain._lp import solve_lp
from bargain.errors import SolverError
from bargain.games import Floats, GameError, NormalFormGame, as_fractions

Strategies = Literal["pure", "mixed", "correlated"]
MOST_PIVOTS = 2000
MOST_ACTIONS = 40
"""Actions of both sides up to which a minmax payoff is computed in rationals."""


@dataclass(frozen=True, eq=False)
class MinmaxPayoffs:
    """What the others can hold each player down to.

    Attributes
    ----------
    game : NormalFormGame
    strategies : "pure", "mixed" or "correlated"
        How the others may choose: one profile, independent mixtures, or a joint mixture drawn in secret.
    payoffs : (n,) array of float
        The least that the others, as far as was found, can hold each player to.
    bounds : (n,) array of float
        What the player can be sure of: no punishment of any kind brings it below. Below `payoffs` only where three or
        more players mix independently. For "pure" the same as `payoffs`, sure only as long as the others do not mix.
    exact : n Fractions, or None
        The payoffs as rationals, where the game's are and no program was too large.
    punishments : one tuple a player
        For each player the others' joint mixture: probabilities over their joint actions, in the players' order.
    defences : n (m_i,) arrays
        The mixture with which the player is sure of its bound; not a number for "pure", where it replies instead.
    """

    game: NormalFormGame = field(repr=False)
    strategies: Strategies
    payoffs: Floats
    bounds: Floats
    exact: tuple[Fraction, ...] | None
    punishments: tuple[Floats, ...] = field(repr=False)
    defences: tuple[Floats, ...] = field(repr=False)

    def residual(self) -> float:
        """Recompute by how much a punishment lets its player have more, or a defence secures less, than stated."""
        worst = 0.0
        for i, (held, sure) in enumerate(zip(self.payoffs, self.bounds, strict=True)):
            table = np.moveaxis(self.game.payoffs[i], i, 0).reshape(self.game.shape[i], -1)
            worst = max(worst, abs(float((table @ self.punishments[i]).max()) - float(held)))
            if self.strategies != "pure":
                worst = max(worst, float(sure) - float((self.defences[i] @ table).min()))
        return worst


def minmax_payoffs(game: NormalFormGame, strategies: Strategies = "mixed") -> MinmaxPayoffs:
    """Return the least payoff to which the others can hold each player: its worst punishment, credible or not.

    The minimum over what the others do of the maximum over a_i of u_i(a_i, .). No equilibrium of the repeated game in
    which the others choose in that way gives a player less. With pure strategies the others settle on one joint action;
    mixed: each draws alone; correlated: they draw together in secret. For two players the last two are the same, and
    equal to what the player can be sure of (von Neumann 1928). For three or more, what independent mixtures can do lies
    between `bounds` and `payoffs`.

    Parameters
    ----------
    game : NormalFormGame
    strategies : "pure", "mixed" or "correlated"

    Returns
    -------
    MinmaxPayoffs

    Raises
    ------
    GameError   for an unknown kind

    Notes
    -----
    One linear program a player, in rationals for small rational games. Independent mixtures of three or more are
    searched by improving one punisher at a time from every best pure punishment and from the correlated one's margins:
    an upper bound.

    Examples
    --------
    >>> import bargain as bg
    >>> pennies = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> [bg.minmax_payoffs(pennies, kind).payoffs.tolist() for kind in ("pure", "mixed")]
    [[1.0, 1.0], [0.0, 0.0]]
    """
    if strategies not in get_args(Strategies):
        raise GameError(f"No kind of strategies is called {strategies!r}. Kinds: pure, mixed, correlated.")
    payoffs: list[Any] = []
    bounds: list[Any] = []
    punishments, defences = [], []
    for i in range(game.n_players):
        source = game.fractions if game.exact else game.payoffs
        table = np.moveaxis(source[i], i, 0).reshape(game.shape[i], -1)
        if strategies == "pure":
            best = table.max(axis=0)
            column = int(best.argmin())
            value = best[column]
            punishment = np.eye(table.shape[1])[column]
            defence = np.full(len(table), np.nan)
            sure = value
        else:
            defence, punishment, sure = opposed(table)
            value = sure
            if strategies == "mixed" and game.n_players > 2:
                punishment, value = _independent(game, i, punishment, float(sure))
        payoffs.append(value)
        bounds.append(sure)
        punishments.append(punishment)
        defences.append(defence)
    exact = tuple(payoffs) if all(isinstance(value, Fraction) for value in payoffs) else None
    arrays = [np.array([float(value) for value in values]) for values in (payoffs, bounds)]
    return MinmaxPayoffs(game, strategies, arrays[0], arrays[1], exact, tuple(punishments), tuple(defences))


def opposed(table: Any) -> tuple[Floats, Floats, Any]:
    """Optimal strategies and value of a table whose rows maximise and whose columns minimise.

    In rationals where the table holds fractions and is small, or has a saddle point.
    """
    exact = _exactly(table)
    if exact is not None:
        return exact
    floats, moved = _between_1_and_2(table)
    x, y = _most_secure(moved), _most_secure(3 - moved.T)
    return x, y, float((x @ floats).min())


def game_value(table: Any) -> Any:
    """The value of such a table alone, by one linear program in place of two."""
    exact = _exactly(table)
    if exact is not None:
        return exact[2]
    floats, moved = _between_1_and_2(table)
    return float((_most_secure(moved) @ floats).min())


def _exactly(table: Any) -> tuple[Floats, Floats, Any] | None:
    """`opposed` where there is a saddle point or a small table of fractions."""
    row, column = int(table.min(axis=1).argmax()), int(table.max(axis=0).argmin())
    if table[row].min() == table[:, column].max():
        return np.eye(len(table))[row], np.eye(table.shape[1])[column], table[row].min()
    if table.dtype == object and sum(table.shape) <= MOST_ACTIONS:
        whole, factor = _exact.whole(table.tolist())
        end = _exact.lemke_howson(whole, [[-entry for entry in row] for row in whole], 0, MOST_PIVOTS)
        if end is not None:
            x, y = (np.array(own, dtype=object) for own in end[:2])
            worth = x @ (as_fractions(np.array(whole, dtype=object)) @ y) / factor
            return x.astype(float), y.astype(float), Fraction(worth)
    return None


def _between_1_and_2(table: Any) -> tuple[Floats, Floats]:
    """The table in floats, as it is and moved and scaled."""
    floats = table.astype(float)
    low = float(floats.min())
    return floats, 1 + (floats - low) / (float(floats.max()) - low or 1.0)


def _most_secure(moved: Floats) -> Floats:
    """The mixture of rows whose least payoff over the columns is greatest."""
    found = solve_lp(np.ones(len(moved)), moved.T, np.ones(moved.shape[1]))
    if found.x is None:
        raise SolverError("The linear program of a maximin did not finish. Please report the game.")
    return np.asarray(found.x / found.x.sum())


def _independent(game: NormalFormGame, player: int, joint: Floats, sure: float) -> tuple[Floats, float]:
    """Punishers who mix independently, improved in turn until nobody alone lowers the player's payoff further."""
    others = [j for j in range(game.n_players) if j != player]
    shape = [game.shape[j] for j in others]
    table = np.moveaxis(game.payoffs[player], player, 0)
    spread = float(np.abs(table).max()) or 1.0
    flat = table.reshape(len(table), -1)
    columns = [
        joint,
        *np.eye(flat.shape[1])[np.argsort(flat.max(axis=0))[:4]],
        np.full(flat.shape[1], 1 / flat.shape[1]),
    ]
    best: tuple[float, Floats] | None = None
    for start in columns:
        cube = start.reshape(shape)
        mixes = [cube.sum(axis=tuple(k for k in range(len(shape)) if k != at)) for at in range(len(shape))]
        value = np.inf
        for _ in range(200):
            for at in range(len(mixes)):
                left = table
                for k in reversed(range(len(mixes))):
                    if k != at:
                        left = np.moveaxis(left, k + 1, -1) @ mixes[k]
                _, mixes[at], _ = opposed(left)
            product = mixes[0]
            for mix in mixes[1:]:
                product = np.multiply.outer(product, mix)
            found = float((flat @ product.ravel()).max())
            if found >= value - 1e-13 * spread:
                break
            value = found
        product = product.ravel()
        reached = float((flat @ product).max())
        if best is None or reached < best[0]:
            best = (reached, product)
        if best[0] <= sure + 1e-12 * spread:
            break
    assert best is not None
    return best[1], best[0]
