"""Actions that no reasonable player takes: dominance, its iteration, rationalizability; each step with its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from bargain._lp import infeasibility_weights, solve_lp
from bargain.findings import mixture_words
from bargain.games import Floats, GameError, NormalFormGame

Kind = Literal["strict", "weak"]


@dataclass(frozen=True, eq=False)
class Elimination:
    """One action that is taken out, and what is better.

    Attributes
    ----------
    player, action : int
    by : (m_i,) array of probabilities
        The strategy, over all actions of the player, that dominates it: one action, or a mixture.
    margin : float
        The least advantage of `by` over the profiles that were left; the largest one where dominance is weak.
    """

    player: int
    action: int
    by: Floats
    margin: float


@dataclass(frozen=True, eq=False)
class Reduction:
    """What is left of a game after actions are taken out in rounds.

    Attributes
    ----------
    kind : "strict", "weak", or "point": not a best reply to any profile that was left
    rounds : tuple of tuples of Elimination
        In this order; all of one round are dominated in the game that the rounds before left.
    actions : one tuple of action numbers a player, those that are left
    beliefs : dict
        (player, action) -> exact probabilities over the profiles of the others that are left, in the order of the
        array: a belief to which the action is a best reply. Of full support where dominance is weak.
    original : NormalFormGame
        The game before anything was taken out.
    """

    kind: str
    rounds: tuple[tuple[Elimination, ...], ...]
    actions: tuple[tuple[int, ...], ...]
    beliefs: dict[tuple[int, int], tuple[Fraction, ...]]
    original: NormalFormGame = field(repr=False)

    @property
    def game(self) -> NormalFormGame:
        """The game of the actions that are left."""
        given = self.original.given[np.ix_(range(self.original.n_players), *self.actions)]
        names = [[own[a] for a in left] for own, left in zip(self.original.actions, self.actions, strict=True)]
        return NormalFormGame(given, self.original.players, names)

    @property
    def profile(self) -> tuple[int, ...] | None:
        """The one profile that is left, if the game is dominance solvable."""
        return tuple(own[0] for own in self.actions) if all(len(own) == 1 for own in self.actions) else None

    def verify(self) -> bool:
        """Whether every elimination and every belief holds, recomputed from the game."""
        game, kept = self.original, [list(range(count)) for count in self.original.shape]
        for eliminated in self.rounds:
            for one in eliminated:
                table = _table(game.payoffs, kept, one.player, range(game.shape[one.player]))
                gain = one.by @ table - table[one.action]
                rounding = 1e-12 * float(np.abs(table).max(initial=1e-300))
                if self.kind == "strict" and not gain.min() > -rounding:
                    return False
                if self.kind == "weak" and not (gain.min() >= -rounding and gain.max() > 0):
                    return False
                if self.kind == "point" and (table.max(axis=0) == table[one.action]).any():
                    return False
            for one in eliminated:
                kept[one.player].remove(one.action)
        if tuple(map(tuple, kept)) != self.actions:
            return False
        for (player, action), belief in self.beliefs.items():
            exact = _table(game.fractions, kept, player, kept[player]) @ np.array(belief, dtype=object)
            if min(belief) < 0 or sum(belief) != 1 or exact.max() != exact[kept[player].index(action)]:
                return False
        return len(self.beliefs) == sum(map(len, kept))

    def __str__(self) -> str:
        players, names = self.original.players, self.original.actions
        lines = []
        for number, eliminated in enumerate(self.rounds, 1):
            for one in eliminated:
                weights = [p if p > 1e-12 else 0 for p in one.by]
                said = f" ({mixture_words(weights, names[one.player])})" if any(weights) else ""
                lines.append(f"{number}. {players[one.player]}: {names[one.player][one.action]} goes{said}")
        left = "; ".join(
            f"{player}: {', '.join(own[a] for a in kept)}"
            for player, own, kept in zip(players, names, self.actions, strict=True)
        )
        return "\n".join([*lines, f"Left: {left}"])


def iterated_dominance(game: NormalFormGame, kind: Kind = "strict") -> Reduction:
    """Take out dominated actions, mixtures counting as dominators, until none is left.

    Action a of player i is strictly dominated if some mixture p of its actions has
    sum_b p_b u_i(b, s) > u_i(a, s) for every profile s of the others; weakly if >= for every s and > for one.
    All dominated actions of all players go in the same round. For strict dominance any other order leaves the same
    game; for weak dominance another order may leave another one, so that the order of `rounds` is part of the answer.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    kind : "strict" or "weak"

    Returns
    -------
    Reduction
        `verify()` checks every step; `beliefs` proves that what is left is not dominated.

    Raises
    ------
    GameError   for another kind

    Notes
    -----
    An action is not strictly dominated iff it is a best reply to some belief about the others' joint play, not weakly
    iff to one of full support (Gale & Sherman 1950; Pearce 1984, lemmas 3 and 4). One side of this alternative is
    found by a linear program and the decision made in rationals, ties included. Cost: at most one linear program an
    action and round, with a row for each profile of the others.

    References
    ----------
    Pearce, D. (1984). Rationalizable strategic behavior and the problem of perfection. Econometrica 52, 1029-1050.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.NormalFormGame.from_bimatrix(
    ...     [[3, 0], [0, 3], [1, 1]], [[1, 0], [0, 1], [2, 0]],
    ...     players=["Row", "Column"],
    ...     actions=[("up", "middle", "down"), ("left", "right")])
    >>> print(bg.iterated_dominance(game))
    1. Row: down goes (0.5 up + 0.5 middle)
    Left: Row: up, middle; Column: left, right
    """
    if kind not in ("strict", "weak"):
        raise GameError(f'The kind of dominance is {kind!r}: it must be "strict" or "weak".')
    return _reduced(game, kind, _strictly if kind == "strict" else _weakly)


def rationalizable(game: NormalFormGame, conjectures: Literal["correlated", "point"] = "correlated") -> Reduction:
    """Return the actions that players can defend by what others can defend by ... and so on for ever.

    With "correlated" conjectures an action must be a best reply to some probability distribution over the others'
    remaining profiles: what survives is what iterated strict dominance leaves (Pearce 1984). With two players this is
    rationalizability as Bernheim and Pearce define it, for there is nobody to correlate; with more, their independent
    conjectures may leave less. With "point" conjectures an action must be a best reply to one profile for sure: point
    rationalizability (Bernheim 1984).

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    conjectures : "correlated" or "point"

    Returns
    -------
    Reduction
        `beliefs` holds a conjecture that defends each remaining action.

    Raises
    ------
    GameError   for other conjectures

    References
    ----------
    Bernheim, B. D. (1984). Rationalizable strategic behavior. Econometrica 52, 1007-1028.

    Examples
    --------
    >>> import bargain as bg
    >>> row, column = [[3, 0], [0, 3], [2, 2]], [[1, 0], [0, 1], [1, 0]]
    >>> game = bg.NormalFormGame.from_bimatrix(row, column)
    >>> bg.rationalizable(game).actions, bg.rationalizable(game, "point").actions
    (((0, 1, 2), (0, 1)), ((0, 1), (0, 1)))
    """
    if conjectures not in ("correlated", "point"):
        raise GameError(f'The conjectures are {conjectures!r}: they must be "correlated" or "point".')
    return _reduced(game, "strict", _strictly) if conjectures == "correlated" else _reduced(game, "point", _never_best)


Test = Callable[[Any, int], tuple[Floats, float] | tuple[Fraction, ...]]
"""A table (own actions x others' profiles) and an action -> what dominates it and by how much, or a belief."""


def _reduced(game: NormalFormGame, kind: str, test: Test) -> Reduction:
    kept = [list(range(count)) for count in game.shape]
    rounds: list[tuple[Elimination, ...]] = []
    while True:
        gone: list[Elimination] = []
        beliefs: dict[tuple[int, int], tuple[Fraction, ...]] = {}
        for player, own in enumerate(kept):
            table = _table(game.fractions, kept, player, own)
            for at, action in enumerate(own):
                answer = test(table, at)
                if isinstance(answer[0], Fraction):
                    beliefs[player, action] = answer
                    continue
                strategy = np.zeros(game.shape[player])
                strategy[own] = answer[0]
                strategy.flags.writeable = False
                gone.append(Elimination(player, action, strategy, float(answer[1])))
        if not gone:
            return Reduction(kind, tuple(rounds), tuple(map(tuple, kept)), beliefs, game)
        rounds.append(tuple(gone))
        for one in gone:
            kept[one.player].remove(one.action)


def _table(payoffs: Any, kept: list[list[int]], player: int, own: Any) -> Any:
    """A player's payoffs: its actions `own` against the others' profiles that are left."""
    chosen = [list(own) if i == player else left for i, left in enumerate(kept)]
    return np.moveaxis(payoffs[player][np.ix_(*chosen)], player, 0).reshape(len(chosen[player]), -1)


def _sure(count: int, at: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(int(k == at)) for k in range(count))


def _never_best(table: Any, at: int) -> tuple[Floats, float] | tuple[Fraction, ...]:
    best = np.flatnonzero(table[at] == table.max(axis=0))
    if len(best):
        return _sure(table.shape[1], int(best[0]))
    return np.zeros(len(table)), float((table.max(axis=0) - table[at]).min())


def _strictly(table: Any, at: int) -> tuple[Floats, float] | tuple[Fraction, ...]:
    """A profile to which the action is best, an action that beats it everywhere, or a linear program."""
    best = np.flatnonzero(table[at] == table.max(axis=0))
    if len(best):
        return _sure(table.shape[1], int(best[0]))
    gains = table - table[at]
    least = gains.min(axis=1)
    if least.max() > 0:
        by = int(least.argmax())
        return np.eye(len(table))[by], float(least[by])
    scale = abs(gains).max()
    others = np.flatnonzero(np.arange(len(table)) != at)
    scaled = (gains[others] / scale).T
    belief = infeasibility_weights(scaled.tolist(), [Fraction(1)] * len(scaled))
    if belief is not None:
        return belief
    return _mixture(scaled, np.ones(len(scaled)), others, len(table), float(scale), np.min)


def _weakly(table: Any, at: int) -> tuple[Floats, float] | tuple[Fraction, ...]:
    """The same, where it is enough to be better somewhere and nowhere worse."""
    gains = table - table[at]
    for by in np.flatnonzero((gains >= 0).all(axis=1) & (gains > 0).any(axis=1)).tolist():
        return np.eye(len(table))[by], float(gains[by].max())
    scale = abs(gains).max() or Fraction(1)
    others = np.flatnonzero(np.arange(len(table)) != at)
    scaled = (gains[others] / scale).T
    rows = np.concatenate([scaled, scaled.sum(axis=0, keepdims=True)])
    needed = [Fraction(0)] * len(scaled) + [Fraction(1)]
    weights = infeasibility_weights(rows.tolist(), needed)
    if weights is not None:
        full = [weight + weights[-1] for weight in weights[:-1]]
        return tuple(weight / sum(full) for weight in full)
    return _mixture(rows, np.array(needed, dtype=float), others, len(table), float(scale), np.max)


def _mixture(
    rows: Any, needed: Floats, others: Any, count: int, scale: float, measure: Callable[[Floats], Any]
) -> tuple[Floats, float]:
    """The weights that are known to exist, as probabilities, and their advantage where it counts."""
    matrix = rows.astype(float)
    solved = solve_lp(np.ones(len(others)), matrix, needed)
    strategy = np.zeros(count)
    strategy[others] = solved.x if solved.x is not None else 1.0
    strategy /= strategy.sum()
    gain = matrix[: len(matrix) - int(needed[0] == 0)] @ strategy[others]
    return strategy, float(measure(gain)) * scale
