"""Which of several equilibria: by welfare, by dominance of payoffs or of risk, by the logit path; best-reply paths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from bargain.games import GameError, NormalFormGame
from bargain.quantal import logit_path
from bargain.strategic import Equilibrium, EquilibriumSet, nash_equilibria

Criterion = Literal["welfare", "worst", "egalitarian", "payoff dominance", "risk dominance", "entropy", "logit"]
CRITERIA: tuple[Criterion, ...] = (
    "welfare",
    "worst",
    "egalitarian",
    "payoff dominance",
    "risk dominance",
    "entropy",
    "logit",
)
TIE = 1e-9
"""Scores that differ by less, as a share of the largest, count as equal."""
NEAR = 1e-3
"""How near in every probability the end of the logit path must come to an equilibrium to count as that one."""


@dataclass(frozen=True, eq=False)
class Selection:
    """The equilibrium that a criterion picks, or why it picks none.

    Attributes
    ----------
    equilibrium : Equilibrium or None
        None if the criterion picks none: `words` says why.
    ties : tuple of Equilibrium
        All that do equally well, the one picked among them; empty if there is none.
    by : the criterion
    score : float or None
        What the criterion compares, of the one picked.
    complete : bool
        Whether the choice was among all equilibria of the game.
    words : str
    """

    equilibrium: Equilibrium | None
    ties: tuple[Equilibrium, ...]
    by: str
    score: float | None
    complete: bool
    words: str

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, eq=False)
class RiskDominance:
    """Which of two pure equilibria of two players risk-dominates the other.

    Attributes
    ----------
    first, second : profiles
    losses : ((float, float), (float, float))
        What each player loses by moving alone from `first` to its action in `second`, and the other way round.
    products : (float, float)
        The products of the losses: the larger one risk-dominates.
    thresholds : (float or None, float or None)
        The least probability that the other one plays `first` from which on a player does so too; None where the
        player has nothing to lose either way.
    dominant : "first", "second" or None for a tie
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    losses: tuple[tuple[float, float], tuple[float, float]]
    products: tuple[float, float]
    thresholds: tuple[float | None, float | None]
    dominant: Literal["first", "second"] | None


@dataclass(frozen=True, eq=False)
class BestReplyPath:
    """The profiles that players pass through who reply in turn.

    Attributes
    ----------
    profiles : tuple of profiles, the start first
    cycle : tuple of profiles
        Those that repeat for ever; empty if the path ends.
    equilibrium : profile, or None
        The pure equilibrium at which it ends.
    status : "equilibrium", "cycle", or "unfinished" after the given number of rounds
    game : NormalFormGame
    """

    profiles: tuple[tuple[int, ...], ...]
    cycle: tuple[tuple[int, ...], ...]
    equilibrium: tuple[int, ...] | None
    status: str
    game: NormalFormGame = field(repr=False)


def select_equilibrium(
    game: NormalFormGame, by: Criterion = "welfare", equilibria: EquilibriumSet | None = None
) -> Selection:
    """Pick one of the equilibria of a game.

    * "welfare", "worst": the largest, the least sum of payoffs; "egalitarian": the largest least payoff.
    * "payoff dominance": no player prefers another one, and someone prefers this one to each other (Harsanyi &
      Selten 1988); none in most games.
    * "risk dominance": two players; risk-dominates each other pure equilibrium, see `risk_dominance`.
    * "entropy": the largest sum over players of sum_a p_a log(1/p_a): the least told to anyone.
    * "logit": the end of the path of logit equilibria from uniform play, see `logit_path`.

    Parameters
    ----------
    game : NormalFormGame
    by : criterion
    equilibria : EquilibriumSet, optional
        Those to choose from; default all that `nash_equilibria` finds.

    Returns
    -------
    Selection
        Ties, to 1e-9 of the largest score, are listed; the first in the order of the list is the one picked.

    Raises
    ------
    GameError   for an unknown criterion, or "risk dominance" with another number of players than two

    Notes
    -----
    In a degenerate game of two players the equilibria are mixtures of the listed ones within `components()`. There the
    sum of payoffs is linear in each player's mixture, so that its largest and least values are among the listed ones;
    the egalitarian and the entropy criterion speak of the listed ones alone.

    Examples
    --------
    >>> import bargain as bg
    >>> rows, columns = [[5, 0], [3, 3]], [[5, 3], [0, 3]]
    >>> hunt = bg.NormalFormGame.from_bimatrix(rows, columns, actions=[("stag", "hare")] * 2)
    >>> for by in ("welfare", "risk dominance", "logit"):
    ...     print(bg.select_equilibrium(hunt, by))
    By welfare: (stag, stag): 5, 5
    By risk dominance: (hare, hare): 3, 3
    By logit: (hare, hare): 3, 3
    """
    if by not in CRITERIA:
        raise GameError(f"There is no criterion {by!r}. Criteria: {', '.join(CRITERIA)}.")
    found = nash_equilibria(game, cross_check=False) if equilibria is None else equilibria
    if not len(found):
        return Selection(None, (), by, None, found.complete, "There is no equilibrium to choose from.")
    if by == "payoff dominance":
        scores, why = _payoff_dominance(found), "no equilibrium is at least as good as every other for all players"
    elif by == "risk dominance":
        scores, why = _risk_scores(game, found), "no pure equilibrium risk-dominates all others"
    elif by == "logit":
        scores, why = _logit_scores(game, found)
    else:
        scores, why = [_score(by, equilibrium) for equilibrium in found], ""
    best = max(scores)
    if best == -math.inf:
        return Selection(None, (), by, None, found.complete, f"By {by}: {why}.")
    margin = TIE * max(abs(score) for score in scores if score > -math.inf)
    ties = tuple(one for one, score in zip(found, scores, strict=True) if score >= best - margin)
    words = f"By {by}: {ties[0]}" + (f", equal with {len(ties) - 1} more" if len(ties) > 1 else "")
    score = -best if by == "worst" else best
    return Selection(ties[0], ties, by, score, found.complete, words)


def risk_dominance(game: NormalFormGame, first: Sequence[int], second: Sequence[int]) -> RiskDominance:
    """Compare two pure equilibria of two players by the losses from leaving each.

    Let U and V be the profiles, both players with different actions in them. In the game of these four cells player i
    loses u_i = u_i(U) - u_i(V_i, U_j) by leaving U alone and v_i by leaving V. U risk-dominates V iff
    u_1 u_2 > v_1 v_2 (Harsanyi & Selten 1988, section 3.9; Nash's product applied to deviation losses). Player i
    prefers its action in U from the belief p_i = v_i / (u_i + v_i) that the other plays U on; U risk-dominates iff
    p_1 + p_2 < 1.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    first, second : profiles of action numbers
        Equilibria of the four cells in which both players act differently.

    Returns
    -------
    RiskDominance

    Raises
    ------
    GameError   for other numbers of players, equal actions, a profile that is no equilibrium of the four cells

    Examples
    --------
    >>> import bargain as bg
    >>> hunt = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    >>> compared = bg.risk_dominance(hunt, (0, 0), (1, 1))
    >>> compared.products, compared.thresholds, compared.dominant
    ((4.0, 9.0), (0.6, 0.6), 'second')
    """
    if game.n_players != 2:
        raise GameError(f"Risk dominance compares equilibria of two players; this game has {game.n_players}.")
    one, other = tuple(first), tuple(second)
    game.label(one), game.label(other)
    if any(a == b for a, b in zip(one, other, strict=True)):
        raise GameError(
            f"The profiles {one} and {other} share an action: risk dominance needs two different ones each."
        )
    losses = [_losses(game, one, other), _losses(game, other, one)]
    for profile, lost in zip((one, other), losses, strict=True):
        if min(lost) < 0:
            raise GameError(f"{profile} is no equilibrium: a player gains {float(-min(lost)):.6g} by the other action.")
    products = [lost[0] * lost[1] for lost in losses]
    thresholds = [float(v / (u + v)) if u + v else None for u, v in zip(*losses, strict=True)]
    dominant: Literal["first", "second"] | None = None
    if products[0] != products[1]:
        dominant = "first" if products[0] > products[1] else "second"
    pairs = tuple((float(lost[0]), float(lost[1])) for lost in losses)
    return RiskDominance(
        one,
        other,
        (pairs[0], pairs[1]),
        (float(products[0]), float(products[1])),
        (thresholds[0], thresholds[1]),
        dominant,
    )


def best_reply_path(
    game: NormalFormGame, start: Sequence[int], order: Sequence[int] | None = None, most: int = 10_000
) -> BestReplyPath:
    """Let the players reply in turn, each with the first of its best actions, staying where the present one is best.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    start : profile of action numbers
    order : player numbers, optional
        Who moves in a round, again and again; default all in order.
    most : int
        Rounds after which the path is given up.

    Returns
    -------
    BestReplyPath
        It ends at a pure equilibrium or repeats itself: after a round the future depends on the profile alone. In
        potential games it always ends (Monderer & Shapley 1996).

    Raises
    ------
    GameError   for a start that does not fit, or an order that leaves a player out

    Examples
    --------
    >>> import bargain as bg
    >>> pennies = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    >>> bg.best_reply_path(pennies, (0, 0)).cycle
    ((0, 1), (1, 1), (1, 0), (0, 0))
    """
    game.label(tuple(start))
    turns = list(range(game.n_players)) if order is None else list(order)
    if set(turns) != set(range(game.n_players)):
        raise GameError(f"The order {turns} must name every player, counted from 0, and no other.")
    table = game.comparable
    now = tuple(int(action) for action in start)
    profiles, seen = [now], {now: 0}
    for _ in range(most):
        moved = False
        for player in turns:
            choices: tuple[Any, ...] = (player, *now[:player], slice(None), *now[player + 1 :])
            line = table[choices]
            if line[now[player]] < line.max():
                now = (*now[:player], int(line.argmax()), *now[player + 1 :])
                profiles.append(now)
                moved = True
        if not moved:
            return BestReplyPath(tuple(profiles), (), now, "equilibrium", game)
        if now in seen:
            return BestReplyPath(tuple(profiles), tuple(profiles[seen[now] : -1]), None, "cycle", game)
        seen[now] = len(profiles) - 1
    return BestReplyPath(tuple(profiles), (), None, "unfinished", game)


def _score(by: str, equilibrium: Equilibrium) -> float:
    if by == "entropy":
        played = [own[own > 0] for own in equilibrium.strategies]
        return float(-sum((own * np.log(own)).sum() for own in played))
    if by == "egalitarian":
        return float(equilibrium.payoffs.min())
    return float(equilibrium.payoffs.sum()) * (-1 if by == "worst" else 1)


def _payoff_dominance(found: EquilibriumSet) -> list[float]:
    """The sum of payoffs where nobody prefers another equilibrium, else minus infinity."""
    payoffs = np.array([equilibrium.payoffs for equilibrium in found])
    near = TIE * np.abs(payoffs).max()
    best = (payoffs >= payoffs.max(axis=0) - near).all(axis=1)
    return [float(own.sum()) if good else -math.inf for own, good in zip(payoffs, best, strict=True)]


def _risk_scores(game: NormalFormGame, found: EquilibriumSet) -> list[float]:
    """The least ratio of products against any other pure equilibrium where it is above 1, else minus infinity."""
    if game.n_players != 2:
        raise GameError(f"Risk dominance compares equilibria of two players; this game has {game.n_players}.")
    pure = [equilibrium.profile for equilibrium in found if equilibrium.profile is not None]
    scores = []
    for equilibrium in found:
        own = equilibrium.profile
        ratios = [math.inf]
        for other in pure:
            if own is None or other == own:
                continue
            if own[0] == other[0] or own[1] == other[1]:
                ratios.append(1.0)
                continue
            here, there = risk_dominance(game, own, other).products
            ratios.append(here / there if there else math.inf if here else 1.0)
        wins = own is not None and min(ratios) > 1
        scores.append(min(*ratios, 1e300) if wins else -math.inf)
    return scores


def _logit_scores(game: NormalFormGame, found: EquilibriumSet) -> tuple[list[float], str]:
    """Zero for the equilibrium at which the logit path ends, minus infinity for the others."""
    for accuracy in (1e-6, 1e-9):
        path = logit_path(game, accuracy)
        if path.status != "limit":
            return [-math.inf] * len(found), f"the logit path was given up at a regret of {path.regret:.3g}"
        ends = np.concatenate(path.end.strategies)
        far = [float(np.abs(np.concatenate(one.strategies) - ends).max()) for one in found]
        if min(far) <= NEAR:
            return [0.0 if distance == min(far) else -math.inf for distance in far], ""
    return [-math.inf] * len(found), "the logit path ends away from the listed equilibria"


def _losses(game: NormalFormGame, at: tuple[int, ...], other: tuple[int, ...]) -> list[Fraction]:
    table = game.fractions
    return [
        table[0][at] - table[0][other[0], at[1]],
        table[1][at] - table[1][at[0], other[1]],
    ]
