"""Moving first: what a leader gains by committing itself before the others choose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from bargain._optima import Optimum, optimum
from bargain.errors import SolverError
from bargain.findings import mixture_words, number
from bargain.games import Floats, GameError, NormalFormGame
from bargain.strategic import nash_equilibria

Ties = Literal["strong", "weak"]


@dataclass(frozen=True, eq=False)
class Commitment:
    """The best a leader can commit itself to, and how the followers answer.

    Attributes
    ----------
    game : NormalFormGame
    leader : int
    ties : "strong" or "weak"
        Whether followers with several best replies choose the best for the leader, or the worst.
    strategies : one (m_i,) array of probabilities a player
    payoffs : (n,) array
    value : float
        What the leader gets; if not `attained`, what it can come as close to as it likes.
    attained : bool
        False: at `strategies` itself the followers are indifferent and the worst answer is worse; the leader gets
        nearly `value` by a commitment next to it.
    exact : tuple of Fraction, or None
        The leader's probabilities in rationals.
    complete : bool
        Whether all the answers of several followers are known (two followers: always).
    """

    game: NormalFormGame = field(repr=False)
    leader: int
    ties: Ties
    strategies: tuple[Floats, ...]
    payoffs: Floats
    value: float
    attained: bool
    exact: tuple[Fraction, ...] | None
    complete: bool

    def residual(self) -> float:
        """Return the most that a follower gains by another answer; recomputed from the game."""
        gains = [0.0]
        for i in range(self.game.n_players):
            if i != self.leader:
                others = [own if j != i else 0 for j, own in enumerate(self.strategies)]
                best = max(
                    float(self.game.expected_payoffs([*others[:i], a, *others[i + 1 :]])[i])
                    for a in range(self.game.shape[i])
                )
                gains.append(best - float(self.game.expected_payoffs(self.strategies)[i]))
        return max(gains)

    def __str__(self) -> str:
        shown: Sequence[Any] = self.exact or self.strategies[self.leader].tolist()
        names = self.game.actions[self.leader]
        words = mixture_words(shown, names)
        answers = ", ".join(
            mixture_words(own, labels)
            for i, (own, labels) in enumerate(zip(self.strategies, self.game.actions, strict=True))
            if i != self.leader
        )
        near = "" if self.attained else "nearly "
        return (
            f"{self.game.players[self.leader]} commits to {words}, gets {near}{number(self.value)}; answer: {answers}"
        )


def stackelberg(
    game: NormalFormGame,
    leader: int | str = 0,
    *,
    mixed: bool = True,
    ties: Ties = "strong",
    seconds: float | None = None,
) -> Commitment:
    """Find the strategy to which a leader best commits itself before the others choose.

    Two players: for each answer j of the follower the best commitment x, a probability for each action of the leader,
    that makes j a best reply, max `x @ U_L[:, j]` subject to `x @ (U_F[:, j] - U_F[:, k]) >= 0` for all k, with U_L and
    U_F the payoffs of leader and follower, and of these the best (Conitzer & Sandholm 2006). With `ties` "strong" the
    follower breaks ties for the leader. With "weak" it breaks them against it: only answers that are strictly best
    somewhere count, together with their twins that pay the follower the same everywhere, of which it takes the worst
    for the leader; the value is then a supremum (von Stengel & Zamir 2010).

    Parameters
    ----------
    game : NormalFormGame
        Two players; any number if `mixed` is False: the followers then play a Nash equilibrium among themselves, the
        best or the worst for the leader.
    leader : int or str
        The number or the name of the player.
    mixed : bool
        Whether the leader can commit itself to probabilities, that is be seen to draw lots.
    ties : "strong" or "weak"
    seconds : float, optional
        For the equilibria of three followers or more, as in `nash_equilibria`.

    Returns
    -------
    Commitment

    Raises
    ------
    GameError     for an unknown leader, or a mixed commitment against several followers
    SolverError   if a linear program does not finish

    Notes
    -----
    One linear program an answer (two if weak). Small games with rational payoffs are solved in rationals too.

    References
    ----------
    Conitzer, V., Sandholm, T. (2006). Computing the optimal strategy to commit to. EC'06, 82-90. von Stengel, B.,
    Zamir, S. (2010). Leadership games with convex strategy sets. Games and Economic Behavior 69, 446-457.

    Examples
    --------
    >>> import bargain as bg
    >>> first, second = [[2, 4], [1, 3]], [[1, 0], [0, 1]]
    >>> players, actions = ["Leader", "Follower"], [("up", "down"), ("left", "right")]
    >>> game = bg.NormalFormGame.from_bimatrix(first, second, players, actions)
    >>> print(bg.stackelberg(game, mixed=False))
    Leader commits to down, gets 3; answer: right
    >>> print(bg.stackelberg(game))
    Leader commits to 1/2 up + 1/2 down, gets 3.5; answer: right
    >>> bg.stackelberg(game, ties="weak").attained
    False
    """
    if isinstance(leader, str):
        if leader not in game.players:
            raise GameError(f"No player is called {leader!r}. Players: {', '.join(game.players)}.")
        leader = game.players.index(leader)
    if isinstance(leader, bool) or not isinstance(leader, int | np.integer):
        raise GameError(f"The leader is {leader!r}: the name of a player or its number, counted from 0, was expected.")
    if not 0 <= leader < game.n_players:
        raise GameError(f"There are {game.n_players} players, counted from 0: there is no {leader}.")
    if ties not in ("strong", "weak"):
        raise GameError(f"ties is {ties!r}; it is 'strong' or 'weak'.")
    if game.n_players == 1 or not mixed:
        return _pure(game, leader, ties, seconds)
    if game.n_players > 2:
        raise GameError(
            f"A mixed commitment is known against one follower; this game has {game.n_players - 1}. With mixed=False "
            "the leader commits itself to one action."
        )
    return _mixed(game, leader, ties)


def _pure(game: NormalFormGame, leader: int, ties: Ties, seconds: float | None) -> Commitment:
    best: Commitment | None = None
    complete = True
    n = game.n_players
    others = [i for i in range(n) if i != leader]
    for action in range(game.shape[leader]):
        commitment = np.eye(game.shape[leader])[action]
        answers: list[tuple[Floats, ...]] = [()]
        if others:
            given = np.take(game.given[others], action, axis=1 + leader)
            rest = NormalFormGame(given, [game.players[i] for i in others], [game.actions[i] for i in others])
            known = nash_equilibria(rest, cross_check=False, seconds=seconds)
            complete &= known.complete
            answers = [equilibrium.strategies for equilibrium in known.equilibria]
        results = []
        for answer in answers:
            strategies = [*answer]
            strategies.insert(leader, commitment)
            results.append((tuple(strategies), game.expected_payoffs(strategies)))
        if not results:
            continue
        pick = (max if ties == "strong" else min)(results, key=lambda entry: float(entry[1][leader]))
        value = float(pick[1][leader])
        if best is None or value > best.value:
            exact = tuple(Fraction(int(weight)) for weight in commitment)
            best = Commitment(game, leader, ties, *pick, value, True, exact if game.exact else None, True)
    if best is None:
        raise SolverError("No answer of the followers was found to any action of the leader: allow more seconds.")
    return Commitment(game, leader, ties, best.strategies, best.payoffs, best.value, True, best.exact, complete)


def _mixed(game: NormalFormGame, leader: int, ties: Ties) -> Commitment:
    follower = 1 - leader
    table: Any = game.fractions if game.exact else game.payoffs
    ours, theirs = (table[i] if leader == 0 else table[i].T for i in (leader, follower))
    best: tuple[float, Optimum, int] | None = None
    for answer in range(ours.shape[1]):
        gaps = theirs[:, [answer]] - theirs
        twins = [answer] if ties == "strong" else np.flatnonzero((gaps == 0).all(axis=0)).tolist()
        if ties == "weak" and (answer != twins[0] or not _has_room(gaps, twins)):
            continue
        found, value = _best_against(ours, gaps, twins)
        if found.status == "optimal" and (best is None or value > best[0]):
            best = value, found, answer
    if best is None:
        raise SolverError("No answer of the follower is a best reply to any commitment. Please report the game.")
    value, found, answer = best
    m = ours.shape[0]
    exact = None if found.exact is None else found.exact[0][:m]
    if exact is None:
        x = found.x[:m] / found.x[:m].sum()
        replies, attained = _replies(ours.astype(float), theirs.astype(float), x, ties, answer)
    else:
        x = np.array(exact, dtype=float)
        replies, attained = _replies(ours, theirs, np.array(exact, dtype=object), ties, answer)
    strategies = [x, np.eye(ours.shape[1])[replies]]
    if leader:
        strategies.reverse()
    payoffs = game.expected_payoffs(strategies)
    attained = attained or ties == "strong"
    return Commitment(game, leader, ties, tuple(strategies), payoffs, value, attained, exact, True)


def _best_against(ours: Any, gaps: Any, twins: list[int]) -> tuple[Optimum, float]:
    """The best commitment that makes the answers `twins` best replies, the least of them counting; and its value."""
    m = ours.shape[0]
    rational = ours.dtype == object
    zero, unit = (Fraction(0), Fraction(1)) if rational else (0.0, 1.0)
    low = ours.min()
    size = ours.max() - low or unit
    # The last variable is the leader's payoff above the lowest of its table, as a share of the range.
    obey = np.hstack([gaps.T, np.full((gaps.shape[1], 1), zero)])
    gets = np.hstack([(ours[:, twins] - low).T / size, np.full((len(twins), 1), -unit)])
    one = np.array([[unit] * m + [zero]])
    goal = np.array([zero] * m + [-unit])
    right = np.array([zero] * (len(obey) + len(gets)) + [unit, -unit])
    found = optimum(goal, np.vstack([obey, gets, one, -one]), right)
    if found.status not in ("optimal", "infeasible"):
        raise SolverError(f"The linear program of a commitment is {found.status}. Please report the game.")
    if found.status == "infeasible":
        return found, -np.inf
    if found.exact is not None:
        return found, float(found.exact[0][-1] * size + low)
    x = found.x[:m] / found.x[:m].sum()
    return found, float((np.asarray(ours, dtype=float)[:, twins].T @ x).min())


def _has_room(gaps: Any, twins: list[int]) -> bool:
    """Whether some commitment makes the answer strictly better than all others but its twins."""
    others = [k for k in range(gaps.shape[1]) if k not in twins]
    if not others:
        return True
    values = np.asarray(gaps[:, others], dtype=float).T
    values = values / (np.abs(values).max() or 1.0)
    count = values.shape[1]
    one = np.append(np.ones(count), 0.0)[None, :]
    rows = np.vstack([np.hstack([values, -np.ones((len(others), 1))]), one, -one])
    found = optimum(np.append(np.zeros(count), -1.0), rows, np.append(np.zeros(len(others)), [1.0, -1.0]))
    return found.status == "optimal" and found.x[-1] > 1e-9


def _replies(ours: Any, theirs: Any, x: Any, ties: Ties, answer: int) -> tuple[int, bool]:
    """The follower's answer at the commitment, and whether the leader gets there what was found."""
    pays = x @ theirs
    slack = 0 if pays.dtype == object else 1e-9 * float(np.abs(theirs).max())
    best = [k for k in range(len(pays)) if pays[k] >= min(pays.max() - slack, pays[answer])]
    gets = x @ ours
    if ties == "strong":
        return answer, True
    worst = min(best, key=lambda k: gets[k])
    twins = [k for k in best if (theirs[:, k] == theirs[:, answer]).all()]
    level = min(twins, key=lambda k: gets[k])
    return (worst, True) if gets[worst] >= gets[level] else (level, False)
