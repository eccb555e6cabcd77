"""Tit for tat and its kin: closed forms, rules played out history by history, bad input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain.automata import STRATEGIES

F = Fraction
NAMES = [("restrain", "race")] * 2
ASKED = ["restrain", "restrain"]
DILEMMA = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], ["A", "B"], NAMES)
LONG = 60
"""Periods after which, at the discount factors tried here, hardly anything is left."""
DELTAS = (0.1, 0.35, 0.62, 0.8)
VISIBLE = 1e-4
"""Differences in payoff above this are no matter of what comes after those periods."""

# The strategies again, as rules on both players' histories (1: kept), with no states

History = Sequence[int]
Rule = Callable[[History, History], int]


def contrite(own: History, other: History) -> int:
    good = [1, 1]
    for played in zip(own, other, strict=True):
        good = [int(played[k] or (good[k] and not good[1 - k])) for k in (0, 1)]
    return 0 if good == [1, 0] else 1


RULES: dict[str, Rule] = {
    "always keep": lambda own, other: 1,
    "always break": lambda own, other: 0,
    "grim trigger": lambda own, other: int(all(own) and all(other)),
    "tit for tat": lambda own, other: other[-1] if other else 1,
    "tit for two tats": lambda own, other: int(any(other[-2:]) or len(other) < 2),
    "win-stay, lose-shift": lambda own, other: int(own[-1] == other[-1]) if own else 1,
    "contrite tit for tat": contrite,
}


def played(
    rules: Sequence[Rule], start: Sequence[Sequence[int]], forced: dict[tuple[int, int], int], length: int
) -> list[list[int]]:
    """Histories that go on from `start` by the rules; `forced[player, period]` overrides a rule."""
    past = [list(own) for own in start]
    for period in range(len(start[0]), len(start[0]) + length):
        now = [forced.get((k, period), rules[k](past[k], past[1 - k])) for k in (0, 1)]
        for k in (0, 1):
            past[k].append(now[k])
    return [own[len(start[0]) :] for own in past]


def worth(table: np.ndarray, player: int, course: list[list[int]], delta: float) -> float:
    """The average payoff of a course of a 2 x 2 game in which action 0 keeps."""
    paid = table[player][1 - np.array(course[0]), 1 - np.array(course[1])]
    return float((1 - delta) * (paid * delta ** np.arange(len(paid))).sum())


def within(intervals: Sequence[tuple[float, float]], delta: float) -> bool:
    return any(low <= delta <= high for low, high in intervals)


cells = st.lists(st.integers(-4, 6), min_size=8, max_size=8)
named = st.sampled_from(sorted(STRATEGIES))


def test_every_known_strategy_is_tried_here() -> None:
    assert set(RULES) == set(STRATEGIES)


@settings(max_examples=30)
@given(cells, named, named)
def test_best_replies_against_all_periodic_courses(cells: list[int], first: str, second: str) -> None:
    """Against m <= 4 states some best reply is periodic after a start, m periods in all: all such are played."""
    game = bg.NormalFormGame(np.array(cells).reshape(2, 2, 2))
    found = bg.strategy_factor(game, [0, 0], [first, second])
    assert found.residual() < 1e-9
    rules = [RULES[first], RULES[second]]
    plans = [
        [*early, *itertools.islice(itertools.cycle(again), LONG - start)]
        for start in range(4)
        for period in range(1, 5 - start)
        for early in itertools.product((0, 1), repeat=start)
        for again in itertools.product((0, 1), repeat=period)
    ]
    follow = played(rules, [[], []], {}, LONG)
    for i, name in enumerate(game.players):
        courses = [played(rules, [[], []], {(i, t): keep for t, keep in enumerate(plan)}, LONG) for plan in plans]
        for delta in DELTAS:
            best = max(worth(game.payoffs, i, course, delta) for course in courses)
            gain = best - worth(game.payoffs, i, follow, delta)
            if gain > VISIBLE or gain <= 1e-12:
                assert within(found.intervals[name], delta) is (gain <= 1e-12)


@settings(max_examples=20)
@given(cells, named, named)
def test_perfection_against_one_shot_deviations_after_every_short_history(
    cells: list[int], first: str, second: str
) -> None:
    game = bg.NormalFormGame(np.array(cells).reshape(2, 2, 2))
    found = bg.strategy_factor(game, [0, 0], [first, second])
    rules = [RULES[first], RULES[second]]
    periods = list(itertools.product((0, 1), repeat=2))
    histories = [
        [list(own) for own in zip(*past, strict=True)] or [[], []]
        for n in range(4)
        for past in itertools.product(periods, repeat=n)
    ]
    worst = {(i, delta): -np.inf for i in (0, 1) for delta in DELTAS}
    for past in histories:
        follow = played(rules, past, {}, LONG)
        for i in (0, 1):
            once = played(rules, past, {(i, len(past[0])): 1 - follow[i][0]}, LONG)
            for delta in DELTAS:
                gain = worth(game.payoffs, i, once, delta) - worth(game.payoffs, i, follow, delta)
                worst[i, delta] = max(worst[i, delta], gain)
    for (i, delta), gain in worst.items():
        if abs(gain) > VISIBLE:
            assert within(found.perfect[game.players[i]], delta) is (gain < 0)


def dilemmas(count: int, seed: int) -> list[tuple[Fraction, ...]]:
    """T > R > P > S at random, as fractions; one in two has 2 R < T + S, so that taking turns pays more."""
    rng, found = np.random.default_rng(seed), []
    while len(found) < count:
        drawn = sorted({F(int(rng.integers(-50, 50)), int(rng.integers(1, 8))) for _ in range(4)}, reverse=True)
        if len(drawn) == 4:
            found.append(tuple(drawn))
    return found


def test_closed_forms_on_200_prisoners_dilemmas() -> None:
    """Tit for tat: max((T-R)/(T-P), (T-R)/(R-S)); grim trigger: (T-R)/(T-P); win-stay, lose-shift: (T-R)/(R-P)."""
    turns = 0
    for t, r, p, s in dilemmas(200, seed=2):
        game = bg.NormalFormGame.from_bimatrix([[r, s], [t, p]], [[r, t], [s, p]])

        def factor(strategy: str, game: bg.NormalFormGame = game) -> Fraction | None:
            found = bg.strategy_factor(game, [0, 0], strategy)
            assert found.exact["player 1"] == found.exact["player 2"]
            assert (found.factor is None) is (found.exact["player 1"] is None)
            return found.exact["player 1"]

        def below_one(value: Fraction) -> Fraction | None:
            return value if value < 1 else None

        kind = max((t - r) / (t - p), (t - r) / (r - s))
        assert factor("tit for tat") == factor("contrite tit for tat") == below_one(kind)
        assert (
            factor("grim trigger") == (t - r) / (t - p) == bg.critical_discount_factor(game, [0, 0]).exact["player 1"]
        )
        # Breaking for ever against it alternates T and P.
        assert factor("win-stay, lose-shift") == below_one((t - r) / (r - p))
        assert factor("tit for two tats") is None
        turns += 2 * r < t + s
    assert 50 < turns < 150


def test_nobody_carries_out_tit_for_tat_and_its_contrite_form_is_perfect() -> None:
    """After one breach two that answer in kind take turns: worth it at delta <= 1/4 or >= 2/3 by turns, never both."""
    plain = bg.strategy_factor(DILEMMA, ASKED, "tit for tat", discounts=0.7)
    assert (plain.holds, plain.holds_perfectly, plain.perfect) == (True, False, {"A": (), "B": ()})
    contrite = bg.strategy_factor(DILEMMA, ASKED, "contrite tit for tat", discounts=F(2, 3))
    assert (contrite.holds, contrite.holds_perfectly) == (True, True)
    assert contrite.margins == {"A": 0, "B": 0}
    assert "break, keep again and again" in str(contrite)
    assert "After any history: at no discount factor" in str(plain)


def test_unequal_players_different_strategies_and_discount_factors() -> None:
    """B's T is 4: it needs 1/3 where A needs 2/3; against grim trigger tit for tat needs (T-R)/(T-P)."""
    game = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 4], [0, 1]], ["A", "B"], NAMES)
    found = bg.strategy_factor(game, ASKED, "tit for tat", discounts={"A": 0.6, "B": 0.6})
    assert found.exact == {"A": F(2, 3), "B": F(1, 3)}
    assert found.factor == pytest.approx(2 / 3)
    assert found.holds is False
    assert found.margins is not None
    assert found.margins["A"] == pytest.approx(3 - (5 + 0.6 * 0) / 1.6)
    assert bg.strategy_factor(game, ASKED, "tit for tat", discounts=[F(2, 3), F(1, 3)]).holds is True
    mixed = bg.strategy_factor(game, ASKED, {"A": "tit for tat", "B": "grim trigger"})
    assert mixed.exact == {"A": F(1, 2), "B": F(1, 3)}


def test_more_actions_and_a_better_breach_than_the_punishment() -> None:
    """To cheat is worth more than to retaliate; retaliation where cheating pays more is no best way to punish."""
    first = [[3, 0, 0], [6, 1, 0], [4, 0, 1]]
    game = bg.NormalFormGame.from_bimatrix(first, np.array(first).T.tolist())
    found = bg.strategy_factor(game, [0, 0], "grim trigger", [2, 2])
    assert found.exact["player 1"] == bg.critical_discount_factor(game, [0, 0], [2, 2]).exact["player 1"] == F(3, 5)
    assert found.perfect["player 1"][0][0] == pytest.approx(0.6)
    with pytest.raises(bg.GameError, match="State the punishment"):
        bg.strategy_factor(game, [0, 0])
    soft = [[3, 0, 0], [6, 1, 2], [4, 0, 1]]  # against a punishing rival, cheating pays 2, punishing back 1
    game = bg.NormalFormGame.from_bimatrix(soft, np.array(soft).T.tolist())
    assert bg.strategy_factor(game, [0, 0], "grim trigger", [2, 2]).exact["player 1"] == F(3, 4)
    assert bg.strategy_factor(game, [0, 0], "grim trigger", [2, 2]).perfect["player 1"] == ()


def test_a_strategy_of_ones_own_and_floats() -> None:
    """Two periods of punishment, answered in step: delta + delta^2 >= 1, the golden ratio; no rational."""
    two = bg.Automaton(
        "two periods",
        (True, False, False),
        (((1, 1), (1, 0)), ((2, 2), (2, 2)), ((0, 0), (0, 0))),
    )
    found = bg.strategy_factor(DILEMMA, ASKED, two)
    assert found.factor == pytest.approx((5**0.5 - 1) / 2, abs=1e-12)
    assert found.exact == {"A": None, "B": None}
    assert found.factor == pytest.approx(bg.critical_discount_factor(DILEMMA, ASKED, periods=2).factor)
    floats = bg.NormalFormGame(DILEMMA.payoffs / 7)
    assert bg.strategy_factor(floats, [0, 0]).factor == pytest.approx(2 / 3)
    assert bg.strategy_factor(floats, [0, 0]).exact == {"player 1": None, "player 2": None}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strategy": "tit for tats"}, "No strategy is called 'tit for tats'. Known: always keep"),
        ({"strategy": ["tit for tat"]}, "1 strategies for two players"),
        ({"strategy": {"A": "tit for tat"}}, "One strategy a player"),
        ({"punishment": ["restrain", "race"]}, "never breaks"),
        ({"profile": ["restrain", "run"]}, "no action"),
        ({"discounts": 1}, "below 1"),
        ({"game": bg.NormalFormGame(np.zeros((3, 2, 2, 2))), "profile": [0, 0, 0]}, "this game has 3"),
    ],
)
def test_bad_input_is_named(changes: dict[str, object], words: str) -> None:
    arguments: dict[str, object] = {"game": DILEMMA, "profile": ASKED, **changes}
    with pytest.raises(bg.GameError, match=words):
        bg.strategy_factor(**arguments)  # type: ignore[arg-type]


def test_bad_automata_are_refused() -> None:
    with pytest.raises(bg.GameError, match="as many of both"):
        bg.Automaton("x", (True, False), (((0, 0), (0, 0)),))
    with pytest.raises(bg.GameError, match="states 0 to 0"):
        bg.Automaton("x", (True,), (((0, 1), (0, 0)),))
