"""Agreements against groups: strong and coalition-proof equilibria, and the joint deviations that break them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._optima import optimum
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import Floats, GameError, NormalFormGame, Strategy
from bargain.strategic import pure_equilibria

TOLERANCE = 1e-9
"""Gains below this, times the largest payoff, are rounding where payoffs are floats."""
MOST_PLAYERS = 12
MOST_PROFILES = 1_000_000
MOST_PAIRS = 20_000_000
"""Pairs of profiles compared at most in one look for coalition-proof equilibria."""


@dataclass(frozen=True, eq=False)
class JointDeviation:
    """What a coalition can do together while the others play on, and what each member gains by it.

    Attributes
    ----------
    game : NormalFormGame
    coalition : tuple of int
        The players that move.
    actions : dict of tuple of int -> float
        Their joint actions, in the order of `coalition`, with probabilities.
    gains : tuple of float
        One a member.
    """

    game: NormalFormGame = field(repr=False)
    coalition: tuple[int, ...]
    actions: dict[tuple[int, ...], float]
    gains: tuple[float, ...]

    def __str__(self) -> str:
        names = [self.game.players[i] for i in self.coalition]
        drawn = [
            (f"{number(p)} " if p < 1 else "")
            + "("
            + ", ".join(self.game.actions[i][a] for i, a in zip(self.coalition, joint, strict=True))
            + ")"
            for joint, p in self.actions.items()
        ]
        gains = ", ".join(f"{name} {number(gain)}" for name, gain in zip(names, self.gains, strict=True))
        return f"{', '.join(names)} move to {' + '.join(drawn)} and gain {gains}"


def joint_deviation(
    game: NormalFormGame, strategies: Sequence[Strategy], *, weak: bool = False, mixed: bool = False
) -> JointDeviation | None:
    """Return the smallest coalition's joint deviation that its members all gain by; None in a strong equilibrium.

    A profile is a strong equilibrium (Aumann 1959) if no coalition C has a joint action a_C with
    u_i(a_C, s_-C) > u_i(s) for every i in C, the others playing on.

    Parameters
    ----------
    game : NormalFormGame
        At most 12 players.
    strategies : n strategies
        Each an (m_i,) array of probabilities or the number of an action.
    weak : bool
        Count also deviations by which nobody in C loses and somebody gains (none: a *super strong* equilibrium).
    mixed : bool
        Let C draw its joint action at random, by a linear program for each coalition.

    Returns
    -------
    JointDeviation or None
        The deviation of the first smallest coalition for which the least gain of a member (if weak: the sum) is
        greatest.

    Raises
    ------
    GameError   for more players, or strategies that do not fit

    Notes
    -----
    Pure deviations from a pure profile are compared exactly where payoffs are rational; else gains below 1e-9 of the
    largest payoff are rounding.

    References
    ----------
    Aumann, R. J. (1959). Acceptable points in general cooperative n-person games. Contributions to the Theory of Games
    IV, 287-324.

    Examples
    --------
    Mutual defection in a prisoner's dilemma stands against each prisoner, not against both.

    >>> import bargain as bg
    >>> own, others, names = [[3, 0], [5, 1]], [[3, 5], [0, 1]], [("keep", "break")] * 2
    >>> dilemma = bg.NormalFormGame.from_bimatrix(own, others, ["North", "South"], names)
    >>> print(bg.joint_deviation(dilemma, [1, 1]))
    North, South move to (keep, keep) and gain North 2, South 2
    """
    _few(game)
    vectors: list[Any] = list(game.mixed(strategies))
    pure = all(int((own != 0).sum()) == 1 for own in vectors)
    table, slack = _compared(game, pure)
    for size in range(1, game.n_players + 1):
        best: tuple[Any, JointDeviation] | None = None
        for coalition in itertools.combinations(range(game.n_players), size):
            gains = _joint_gains(table, vectors, coalition, pure)
            found = _best(gains, weak, mixed, slack)
            if found is None:
                continue
            drawn, gained = found
            score = gained.sum() if weak else gained.min()
            if best is None or score > best[0]:
                actions = {tuple(map(int, np.unravel_index(at, gains.shape[1:]))): float(p) for at, p in drawn.items()}
                best = score, JointDeviation(game, coalition, actions, tuple(map(float, gained)))
        if best is not None:
            return best[1]
    return None


def _few(game: NormalFormGame) -> None:
    if game.n_players > MOST_PLAYERS:
        raise GameError(
            f"{game.n_players} players form 2**{game.n_players} coalitions; at most {MOST_PLAYERS} are possible here."
        )


def _compared(game: NormalFormGame, pure: bool) -> tuple[Any, float]:
    """The payoffs by which deviations are judged, exact where that is possible, and what is rounding."""
    if game.exact and pure:
        return game.comparable, 0.0
    return game.payoffs, TOLERANCE * float(np.abs(game.payoffs).max())


def _joint_gains(table: Any, vectors: Sequence[Any], coalition: Sequence[int], pure: bool) -> Any:
    """What each member gains by each joint action: (members, *their actions)."""
    n = len(vectors)
    rows = []
    for i in coalition:
        own = table[i]
        stays = own
        for j in reversed(range(n)):
            if pure:
                stays = np.take(stays, int(np.argmax(vectors[j])), axis=j)
                own = own if j in coalition else np.take(own, int(np.argmax(vectors[j])), axis=j)
            else:
                stays = np.moveaxis(stays, j, -1) @ vectors[j]
                own = own if j in coalition else np.moveaxis(own, j, -1) @ vectors[j]
        rows.append(own - stays)
    return np.stack(rows)


def _best(gains: Any, weak: bool, mixed: bool, slack: float) -> tuple[dict[int, float], Any] | None:
    return _drawn(gains, weak, slack) if mixed and len(gains) > 1 else _best_pure(gains, weak, slack)


def _best_pure(gains: Any, weak: bool, slack: float) -> tuple[dict[int, float], Any] | None:
    flat = gains.reshape(len(gains), -1)
    least = flat.min(axis=0)
    score = flat.sum(axis=0) if weak else least
    good = ((least >= -slack) & (score > slack * (len(gains) if weak else 1))).astype(bool)
    if not good.any():
        return None
    candidates = np.flatnonzero(good)
    at = int(candidates[int(np.argmax(score[candidates]))])
    return {at: 1.0}, flat[:, at]


def _drawn(gains: Any, weak: bool, slack: float) -> tuple[dict[int, float], Floats] | None:
    """The lottery over joint actions with the greatest least gain, or greatest sum without a loss."""
    flat = np.asarray(gains, dtype=float).reshape(len(gains), -1)
    size = float(np.abs(flat).max())
    if size == 0:
        return None
    count = flat.shape[1]
    scaled = flat / size
    one = np.append(np.ones(count), 0.0)[None, :]
    # The last column is the least gain; it starts from 0, for staying is a lottery too.
    members = np.hstack([scaled, np.full((len(flat), 1), 0.0 if weak else -1.0)])
    goal = np.append(-scaled.sum(axis=0), 0.0) if weak else np.append(np.zeros(count), -1.0)
    found = optimum(goal, np.vstack([members, one, -one]), np.concatenate([np.zeros(len(flat)), [1.0, -1.0]]))
    if found.status == "infeasible":
        return None
    if found.status != "optimal":
        raise SolverError(f"The linear program of a joint deviation is {found.status}. Please report the game.")
    p = found.x[:-1]
    gained = flat @ p
    enough = gained.sum() > slack * len(flat) if weak else gained.min() > slack
    return ({int(at): float(p[at]) for at in np.flatnonzero(p > 1e-12)}, gained) if enough else None


def strong_equilibria(game: NormalFormGame, *, weak: bool = False, mixed: bool = False) -> list[tuple[int, ...]]:
    """Return the pure strong equilibria as profiles of action numbers, in lexicographic order.

    No coalition has a joint deviation by which all its members gain; see `joint_deviation` for the keywords and for
    the coalition that breaks a given profile. Often there is none.

    Parameters
    ----------
    game : NormalFormGame
        At most 12 players and a million profiles.
    weak, mixed : bool

    Returns
    -------
    list of tuples of int

    Raises
    ------
    GameError   for larger games

    References
    ----------
    Aumann, R. J. (1959), as in `joint_deviation`.

    Examples
    --------
    >>> import bargain as bg
    >>> stag_hunt = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    >>> bg.pure_equilibria(stag_hunt), bg.strong_equilibria(stag_hunt)
    ([(0, 0), (1, 1)], [(0, 0)])
    """
    _small(game)
    table, slack = _compared(game, pure=True)
    left = pure_equilibria(game)
    units = [np.eye(count) for count in game.shape]

    def gains(profile: tuple[int, ...], coalition: tuple[int, ...]) -> Any:
        return _joint_gains(table, [own[at] for own, at in zip(units, profile, strict=True)], coalition, pure=True)

    for size in range(2, game.n_players + 1):
        for coalition in itertools.combinations(range(game.n_players), size):
            if not left:
                return []
            wishes = [(table[i].max(axis=coalition, keepdims=True) > table[i]).astype(bool) for i in coalition]
            tempted = (np.any if weak else np.all)(wishes, axis=0)
            left = [p for p in left if not (tempted[p] and _best(gains(p, coalition), weak, mixed, slack))]
    return left


def _small(game: NormalFormGame) -> None:
    _few(game)
    if game.payoffs[0].size > MOST_PROFILES:
        raise GameError(f"The game has {game.payoffs[0].size:,} profiles; at most {MOST_PROFILES:,} are possible here.")


def coalition_proof_equilibria(game: NormalFormGame) -> list[tuple[int, ...]]:
    """Return the pure coalition-proof equilibria as profiles of action numbers, in lexicographic order.

    Only deviations count that are themselves proof against further ones by part of the deviators. Defined by
    recursion: one player alone must play a best reply; for more, a profile is *self-enforcing* if every proper
    coalition's part is coalition-proof in the game that the others' actions leave it, and coalition-proof if no other
    self-enforcing profile is better for all.

    Parameters
    ----------
    game : NormalFormGame
        At most 12 players and a million profiles.

    Returns
    -------
    list of tuples of int

    Raises
    ------
    GameError   for larger games

    Notes
    -----
    Among pure profiles, ties decided exactly on rational payoffs. For each coalition the self-enforcing profiles that
    share the others' actions are compared in pairs. Each strong equilibrium is coalition-proof; for two players the
    coalition-proof ones are the Nash equilibria that no other Nash equilibrium beats for both.

    References
    ----------
    Bernheim, B. D., Peleg, B., Whinston, M. D. (1987). Coalition-proof Nash equilibria I. Concepts. Journal of Economic
    Theory 42, 1-12.

    Examples
    --------
    Mutual defection is coalition-proof: the joint way out is not safe from either prisoner.

    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> bg.strong_equilibria(dilemma), bg.coalition_proof_equilibria(dilemma)
    ([], [(1, 1)])
    """
    _small(game)
    n, table = game.n_players, game.comparable
    proof: dict[int, npt.NDArray[np.bool_]] = {}
    for mask in sorted(range(1, 1 << n), key=lambda m: (m.bit_count(), m)):
        members = [i for i in range(n) if mask >> i & 1]
        if len(members) == 1:
            own = table[members[0]]
            proof[mask] = (own == own.max(axis=members[0], keepdims=True)).astype(bool)
            continue
        enforcing = np.ones(game.shape, dtype=bool)
        for i in members:
            enforcing &= proof[mask ^ 1 << i]
        proof[mask] = _unbeaten(table, enforcing, members)
    return [tuple(map(int, profile)) for profile in np.argwhere(proof[(1 << n) - 1])]


def _unbeaten(table: Any, enforcing: npt.NDArray[np.bool_], members: list[int]) -> npt.NDArray[np.bool_]:
    """The marked profiles that no marked one with the same actions of the others betters for all the members."""
    others = [i for i in range(enforcing.ndim) if i not in members]
    order = [*others, *members]
    shape = tuple(enforcing.shape[i] for i in order)
    groups = int(np.prod(shape[: len(others)], dtype=int))
    marked = np.transpose(enforcing, order).reshape(groups, -1)
    values = np.stack([np.transpose(table[i], order).reshape(groups, -1) for i in members])
    kept = marked.copy()
    for group in np.flatnonzero(marked.sum(axis=1) > 1).tolist():
        at = np.flatnonzero(marked[group])
        if len(at) ** 2 * len(members) > MOST_PAIRS:
            raise GameError(f"{len(at):,} self-enforcing profiles are too many to compare in pairs.")
        own = values[:, group, at]
        better = np.ones((len(at), len(at)), dtype=bool)
        for payoff in own:
            better &= (payoff[:, None] > payoff[None, :]).astype(bool)
        kept[group, at] = ~better.any(axis=0)
    return np.transpose(kept.reshape(shape), np.argsort(order))
