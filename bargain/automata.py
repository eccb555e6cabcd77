"""Strategies with a few states, tit for tat and its kin: how patient two players must be to answer each other so."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from bargain.findings import number
from bargain.games import GameError, NormalFormGame
from bargain.payoff_sets import checked_factor
from bargain.repeated import Incentive, Interval, critical_factor, discount_factors_that_hold
from bargain.triggers import Profile, checked_profile, per_player

MOST_STATES = 10
"""Of one strategy: best replies are compared choice by choice, two to the power of the states."""
MOST_DENOMINATOR = 10**6
"""Of a root that is looked for among the rationals."""


@dataclass(frozen=True)
class Automaton:
    """A strategy with finitely many states; the first is where it starts.

    Attributes
    ----------
    name : str
    keeps : one bool a state
        Whether it plays the asked action there, or punishes.
    moves : one 2 x 2 table of states a state
        `moves[state][own][other]`: where it goes when it did (1) or did not (0) play its asked action, and the other
        player did or did not play its own.
    """

    name: str
    keeps: tuple[bool, ...]
    moves: tuple[tuple[tuple[int, int], tuple[int, int]], ...]

    def __post_init__(self) -> None:
        count = len(self.keeps)
        if not 1 <= count <= MOST_STATES or len(self.moves) != count:
            raise GameError(
                f"{self.name!r} has {count} states and moves from {len(self.moves)}: as many of both, "
                f"from 1 to {MOST_STATES}, were expected."
            )
        shape = np.shape(self.moves)
        if shape != (count, 2, 2) or not all(0 <= to < count for to in np.ravel(self.moves)):
            raise GameError(f"The moves of {self.name!r} must be a 2 x 2 table of states 0 to {count - 1} a state.")


def _standing() -> Automaton:
    """Who breaks without being provoked falls into bad standing until it keeps again; punish the bad while good."""
    states = [(True, True), (False, True), (True, False), (False, False)]  # own standing, the other's; True: good

    def after(own: bool, other: bool, kept: bool) -> bool:
        return kept or (own and not other)

    def turn(own: bool, other: bool, a: bool, b: bool) -> int:
        return states.index((after(own, other, a), after(other, own, b)))

    moves = tuple(
        (
            (turn(*state, False, False), turn(*state, False, True)),
            (turn(*state, True, False), turn(*state, True, True)),
        )
        for state in states
    )
    return Automaton("contrite tit for tat", tuple(not own or other for own, other in states), moves)


STRATEGIES = {
    each.name: each
    for each in (
        Automaton("always keep", (True,), (((0, 0), (0, 0)),)),
        Automaton("always break", (False,), (((0, 0), (0, 0)),)),
        Automaton("grim trigger", (True, False), (((1, 1), (1, 0)), ((1, 1), (1, 1)))),
        Automaton("tit for tat", (True, False), (((1, 0), (1, 0)),) * 2),
        Automaton("tit for two tats", (True, True, False), (((1, 0), (1, 0)), ((2, 0), (2, 0)), ((2, 0), (2, 0)))),
        Automaton("win-stay, lose-shift", (True, False), (((0, 1), (1, 0)),) * 2),
        _standing(),
    )
}
"""The strategies that are known by name."""


@dataclass(frozen=True, eq=False)
class StrategyFactor:
    """How patient two players must be for strategies with states to be best replies to each other.

    Attributes
    ----------
    game : NormalFormGame
    profile, punishment : tuple of int
        What each player is asked to play, and what it plays to punish.
    strategies : tuple of Automaton
    factor : float or None
        The least discount factor above which neither gains by any other play of the whole game; None: none below 1.
    factors : dict
        The same for each player.
    exact : dict
        The factors as rationals, where payoffs are rational and the factor is.
    intervals : dict
        For each player all discount factors that hold, as closed intervals, 1 standing for an end open at the top.
    perfect : dict
        For each player the discount factors at which it also carries the strategy out after any history: no single
        deviation gains in any pair of states that some history leads to.
    deviations : dict
        The play that sets each player's factor, from the first period, e.g. "break, keep, then break, keep, ...".
    discounts, margins : dict, or None
        The players' own discount factors, where given, and what the best other play costs, on average a period.
    holds, holds_perfectly : bool or None
        Whether nobody gains there by any other play, and whether also after any history.
    """

    game: NormalFormGame = field(repr=False)
    profile: tuple[int, ...]
    punishment: tuple[int, ...]
    strategies: tuple[Automaton, ...]
    factor: float | None
    factors: dict[str, float | None]
    exact: dict[str, Fraction | None]
    intervals: dict[str, tuple[Interval, ...]]
    perfect: dict[str, tuple[Interval, ...]]
    deviations: dict[str, str]
    discounts: dict[str, float] | None = None
    margins: dict[str, float] | None = None
    holds: bool | None = None
    holds_perfectly: bool | None = None

    def residual(self) -> float:
        """Recompute, at each factor, what the best other play gains there: it should be nothing.

        By value iteration against the other player's strategy and by playing the two strategies out, in payoff units.
        """
        play = _Play(self.game, self.profile, self.punishment, self.strategies, self.game.payoffs)
        worst = 0.0
        for i, name in enumerate(self.game.players):
            factor = self.factors[name]
            if factor is not None and 0 < factor < 0.999:
                worst = max(worst, abs(play.best_worth(i, factor) - play.worth(i, (0, 0), factor)))
        return worst

    def __str__(self) -> str:
        words = ", ".join(self.game.label(self.profile))
        lines = [f"({words}), played by {' against '.join(each.name for each in self.strategies)}:"]
        for name in self.game.players:
            other = self.deviations[name]
            beside = "" if not other else f"; otherwise {other} gains"
            lines.append(
                f"  {name}: a best reply {_when(self.intervals[name])} in this model{beside}. "
                f"After any history: {_when(self.perfect[name])}."
            )
        return "\n".join(lines)


def _when(intervals: Sequence[Interval]) -> str:
    if not intervals:
        return "at no discount factor"
    spans = [f"from {number(low)} {'on' if high == 1 else f'to {number(high)}'}" for low, high in intervals]
    return " and ".join(spans)


def strategy_factor(
    game: NormalFormGame,
    profile: Profile,
    strategy: Any = "tit for tat",
    punishment: Profile | None = None,
    *,
    discounts: Any = None,
) -> StrategyFactor:
    """Find how patient two players must be for tit for tat, or another strategy with states, to be an equilibrium.

    Against a strategy with m states a best reply keeps or breaks in each of them: the streams of payoffs of all 2^m are
    compared with that of following one's own strategy. In a prisoner's dilemma, where T is what breaking pays against
    one who keeps, R keeping on both sides, P breaking on both and S keeping against one who breaks, T > R > P > S, tit
    for tat is a best reply to itself iff the discount factor delta is at least the larger of `(T-R)/(T-P)`, against
    breaking for ever, and `(T-R)/(R-S)`, against breaking every other period (Axelrod & Hamilton 1981).

    Parameters
    ----------
    game : NormalFormGame
        Two players, any number of actions.
    profile : action numbers, names, or a mapping
        What each is asked to play; to break is to play anything else.
    strategy : name or Automaton, or a pair or a mapping of these by player
        always keep, always break, grim trigger, tit for tat, tit for two tats, win-stay, lose-shift, or contrite tit
        for tat (who breaks unprovoked is in bad standing until it keeps once; only the bad are punished).
    punishment : the same as profile, optional
        What each plays when its strategy does not keep; with two actions, the other one.
    discounts : number, sequence or mapping by player, optional
        Everybody's own discount factor: says whether the strategies hold there.

    Returns
    -------
    StrategyFactor
        Intervals for being a best reply (Nash) and for carrying it out after any history (subgame perfect).

    Raises
    ------
    GameError   for other than two players, profiles that do not fit, an unknown strategy, discount factors outside
        [0, 1)

    Notes
    -----
    Two streams that become periodic differ by a polynomial in delta over a positive factor; its roots bound the
    intervals. Cost 2^m streams, m at most 10. One-shot deviations from every pair of states that some history reaches
    decide perfection (Mailath & Samuelson 2006, proposition 2.2.1). Actions are seen without error.

    References
    ----------
    Axelrod, R., Hamilton, W. D. (1981). The evolution of cooperation. Science 211, 1390-1396.
    Boyd, R. (1989). Mistakes allow evolutionary stability in the repeated prisoner's dilemma game. Journal of
    Theoretical Biology 136, 47-56.
    Nowak, M., Sigmund, K. (1993). A strategy of win-stay, lose-shift that outperforms tit-for-tat in the Prisoner's
    Dilemma game. Nature 364, 56-58.

    Examples
    --------
    >>> import bargain as bg
    >>> names = [("restrain", "race")] * 2
    >>> own, others = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
    >>> dilemma = bg.NormalFormGame.from_bimatrix(own, others, ["A", "B"], names)
    >>> found = bg.strategy_factor(dilemma, ["restrain", "restrain"], "tit for tat")
    >>> found.exact["A"], found.perfect["A"]
    (Fraction(2, 3), ())
    >>> asked, strategy = ["restrain", "restrain"], "contrite tit for tat"
    >>> contrite = bg.strategy_factor(dilemma, asked, strategy, discounts=0.7)
    >>> contrite.deviations["A"], contrite.holds_perfectly
    ('break, keep again and again', True)
    """
    if game.n_players != 2:
        raise GameError(f"Strategies that answer each other are for two players; this game has {game.n_players}.")
    asked = checked_profile(game, profile)
    if punishment is not None:
        punished = checked_profile(game, punishment)
    elif game.shape == (2, 2):
        punished = (1 - asked[0], 1 - asked[1])
    else:
        raise GameError("State the punishment: with other than two actions each it does not follow from the profile.")
    if any(a == b for a, b in zip(asked, punished, strict=True)):
        raise GameError("A player that is asked to play its punishment never breaks: state another one.")
    pair = _pair(game, strategy)
    given = None
    if discounts is not None:
        given = per_player(game, discounts, "discount factor")
        for name, own in given.items():
            checked_factor(own, f"The discount factor of {name}")
    play = _Play(game, asked, punished, pair, game.fractions if game.exact else game.payoffs)
    factors: dict[str, float | None] = {}
    exact: dict[str, Fraction | None] = {}
    intervals, perfect, deviations = {}, {}, {}
    margins: dict[str, float] = {}
    holds = holds_perfectly = True
    for i, name in enumerate(game.players):
        tolerance = 0.0 if game.exact else 1e-12 * float(np.abs(game.payoffs[i]).max())
        streams = [play.reply(i, choice) for choice in play.choices(i)]
        rows = [play.ahead(i, (0, 0), stream) for stream in streams]
        single = [play.ahead(i, at, other) for at in play.reached() for other in play.once(i, at)]
        intervals[name] = discount_factors_that_hold(map(_row, rows), tolerance)
        perfect[name] = discount_factors_that_hold(map(_row, [*rows, *single]), tolerance)
        factors[name] = critical_factor(intervals[name])
        exact[name] = rational = _rational(factors[name], rows) if game.exact else None
        if rational is not None:
            factors[name] = float(rational)
        deviations[name] = _binding(factors[name], streams, rows)
        if given is not None:
            delta: Any = given[name] if game.exact else float(given[name])
            margins[name] = float(min((play.margin(row, delta) for row in rows), default=0))
            holds = holds and margins[name] >= -tolerance
            holds_perfectly = holds_perfectly and all(_value(row, delta) >= -tolerance for row in (*rows, *single))
    needed = [2.0 if own is None else own for own in factors.values()]
    return StrategyFactor(
        game,
        asked,
        punished,
        pair,
        None if max(needed) > 1 else max(needed),
        factors,
        exact,
        intervals,
        perfect,
        deviations,
        None if given is None else {name: float(delta) for name, delta in given.items()},
        None if given is None else margins,
        None if given is None else holds,
        None if given is None else holds and holds_perfectly,
    )


def _pair(game: NormalFormGame, strategy: Any) -> tuple[Automaton, Automaton]:
    if isinstance(strategy, Mapping):
        if set(strategy) != set(game.players):
            raise GameError(f"One strategy a player was expected, for {' and '.join(game.players)}.")
        strategy = [strategy[name] for name in game.players]
    each = [strategy] * 2 if isinstance(strategy, str | Automaton) else list(strategy)
    if len(each) != 2:
        raise GameError(f"{len(each)} strategies for two players.")
    found = []
    for own in each:
        if not isinstance(own, Automaton) and own not in STRATEGIES:
            raise GameError(f"No strategy is called {own!r}. Known: {'; '.join(STRATEGIES)}.")
        found.append(own if isinstance(own, Automaton) else STRATEGIES[own])
    return found[0], found[1]


@dataclass(frozen=True)
class _Stream:
    """A player's payoffs period by period: some, then others over and over; and whether it keeps in each."""

    first: tuple[Any, ...]
    cycle: tuple[Any, ...]
    kept: tuple[bool, ...]

    def __getitem__(self, period: int) -> Any:
        early = len(self.first)
        return self.first[period] if period < early else self.cycle[(period - early) % len(self.cycle)]


class _Play:
    """Two strategies in a game: what is played in each pair of states, what follows, and what it is worth."""

    def __init__(
        self,
        game: NormalFormGame,
        asked: Sequence[int],
        punished: Sequence[int],
        strategies: Sequence[Automaton],
        table: Any,
    ) -> None:
        self.asked, self.punished, self.strategies, self.table = asked, punished, strategies, table
        self.game = game

    def payoff(self, player: int, action: int, other: int) -> Any:
        """One player's payoff at its action and the other's."""
        return self.table[player][(action, other) if player == 0 else (other, action)]

    def action(self, player: int, state: int) -> int:
        """What a player's strategy plays in a state."""
        return (self.asked if self.strategies[player].keeps[state] else self.punished)[player]

    def best(self, player: int, other: int, keep: bool, besides: int = -1) -> Any:
        """The most that keeping, or breaking, pays a player in this period, one action left out; None if none is."""
        actions = [a for a in range(self.game.shape[player]) if (a == self.asked[player]) is keep and a != besides]
        return max((self.payoff(player, a, other) for a in actions), default=None)

    def after(self, states: tuple[int, int], kept: tuple[bool, bool]) -> tuple[int, int]:
        """The pair of states after a period."""
        first, second = self.strategies
        return first.moves[states[0]][kept[0]][kept[1]], second.moves[states[1]][kept[1]][kept[0]]

    def following(self, player: int, states: tuple[int, int]) -> _Stream:
        """A player's payoffs when both follow their strategies from a pair of states."""

        def step(at: tuple[int, int]) -> tuple[Any, bool, tuple[int, int]]:
            kept = (self.strategies[0].keeps[at[0]], self.strategies[1].keeps[at[1]])
            paid = self.payoff(player, self.action(player, at[player]), self.action(1 - player, at[1 - player]))
            return paid, kept[player], self.after(at, kept)

        return _stream(states, step)

    def choices(self, player: int) -> list[tuple[bool, ...]]:
        """Keep or break in each of the other's states."""
        return list(itertools.product((True, False), repeat=len(self.strategies[1 - player].keeps)))

    def reply(self, player: int, choice: Sequence[bool]) -> _Stream:
        """A player's payoffs when it keeps or breaks by the other's state alone."""
        other = self.strategies[1 - player]

        def step(at: int) -> tuple[Any, bool, int]:
            paid = self.best(player, self.action(1 - player, at), choice[at])
            return paid, choice[at], other.moves[at][other.keeps[at]][choice[at]]

        return _stream(0, step)

    def once(self, player: int, states: tuple[int, int]) -> Iterator[_Stream]:
        """A player's payoffs when it does once what its strategy does not, both following theirs afterwards."""
        prescribed = self.action(player, states[player])
        for keep in (True, False):
            paid = self.best(player, self.action(1 - player, states[1 - player]), keep, prescribed)
            if paid is None:
                continue
            kept = [self.strategies[k].keeps[states[k]] for k in (0, 1)]
            kept[player] = keep
            rest = self.following(player, self.after(states, (kept[0], kept[1])))
            yield _Stream((paid, *rest.first), rest.cycle, (keep, *rest.kept))

    def reached(self) -> list[tuple[int, int]]:
        """The pairs of states that some history leads to."""
        found, new = {(0, 0)}, [(0, 0)]
        while new:
            states = new.pop()
            for kept in itertools.product((True, False), repeat=2):
                after = self.after(states, (kept[0], kept[1]))
                if after not in found:
                    found.add(after)
                    new.append(after)
        return sorted(found)

    def ahead(self, player: int, states: tuple[int, int], other: _Stream) -> tuple[tuple[Any, ...], int]:
        """Coefficients of what following is worth beyond another stream, times 1 - delta^c; and c."""
        own = self.following(player, states)
        early, period = max(len(own.first), len(other.first)), math.lcm(len(own.cycle), len(other.cycle))
        gaps = [own[t] - other[t] for t in range(early + period)]
        # (1 - delta^c) times the sum over early periods, plus delta^early times one round of the cycle.
        coefficients = [0 * gaps[0]] * (early + period)
        for t, gap in enumerate(gaps):
            coefficients[t] += gap
            if t < early:
                coefficients[t + period] -= gap
        return tuple(coefficients), period

    @staticmethod
    def margin(row: tuple[tuple[Any, ...], int], delta: Any) -> Any:
        """What following is worth beyond the other stream, on average a period."""
        return (1 - delta) * _value(row, delta) / (1 - delta ** row[1])

    def worth(self, player: int, states: tuple[int, int], delta: float) -> float:
        """The average worth of following, played out until what is left is worth nothing."""
        own, total = self.following(player, states), 0.0
        for t in range(math.ceil(-40 / math.log(delta))):
            total += (1 - delta) * delta**t * float(own[t])
        return total

    def best_worth(self, player: int, delta: float) -> float:
        """The average worth of a best reply, by value iteration over the other's states."""
        other = self.strategies[1 - player]
        count = len(other.keeps)
        pays = [[float(self.best(player, self.action(1 - player, s), bool(k))) for k in (0, 1)] for s in range(count)]
        worths = [0.0] * count
        for _ in range(math.ceil(-40 / math.log(delta))):
            worths = [
                max((1 - delta) * pays[s][k] + delta * worths[other.moves[s][other.keeps[s]][k]] for k in (0, 1))
                for s in range(count)
            ]
        return worths[0]


def _stream(state: Any, step: Any) -> _Stream:
    """The payoffs along the path of a map from states to (payoff, kept, next state)."""
    seen: dict[Any, int] = {}
    paid: list[Any] = []
    kept: list[bool] = []
    while state not in seen:
        seen[state] = len(paid)
        payoff, keeps, state = step(state)
        paid.append(payoff)
        kept.append(keeps)
    start = seen[state]
    return _Stream(tuple(paid[:start]), tuple(paid[start:]), tuple(kept))


def _row(coefficients: tuple[tuple[Any, ...], int]) -> Incentive:
    """The same as a promise: what it costs now, and what follows, period by period."""
    first, *later = map(float, coefficients[0])
    return Incentive(gain=0.0, temptation=-first, ahead=tuple(later))


def _value(row: tuple[tuple[Any, ...], int], delta: Any) -> Any:
    total = 0 * delta
    for coefficient in reversed(row[0]):
        total = total * delta + coefficient
    return total


def _rational(factor: float | None, rows: Sequence[tuple[tuple[Any, ...], int]]) -> Fraction | None:
    """The factor as a rational, if one of the polynomials is exactly zero there."""
    if factor is None or not factor:
        return None if factor is None else Fraction(0)
    guess = Fraction(factor).limit_denominator(MOST_DENOMINATOR)
    near = abs(float(guess) - factor) <= 1e-12
    return guess if near and any(any(row[0]) and _value(row, guess) == 0 for row in rows) else None


def _binding(factor: float | None, streams: Sequence[_Stream], rows: Sequence[tuple[tuple[Any, ...], int]]) -> str:
    """The other play that pays most where patience just does not suffice, in words."""
    if factor == 0:
        return ""
    below = 1 - 1e-6 if factor is None else factor * (1 - 1e-6)
    worths = [float(_Play.margin(row, below)) for row in rows]
    stream = streams[int(np.argmin(worths))]
    words = ["keep" if kept else "break" for kept in stream.kept]
    start = len(stream.first)
    if len(set(words[start:])) == 1:
        early, again = words[:start], f"{words[start]} for ever"
        while early and early[-1] == words[start]:
            early.pop()
    else:
        early, again = words[:start], f"{', '.join(words[start:])} again and again"
    return f"{', '.join(early)}, then {again}" if early else again
