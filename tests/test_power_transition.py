"""Shifting power: published conditions, backward induction against a second way, and the largest peaceful transfer."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain_models import PowerTransition
from model_tools import DRAWS, best_replies, bisect, closed_forms


def shift(*path, **others):
    return PowerTransition(p=path, **others)


def exact(*path, **others):
    return shift(*path, **others).in_rationals()


def critical(**others):
    """The largest later chance with peace, found on the game: the decliner bargains while that is a best reply."""

    def content(chance):
        game = shift(0.2, chance, **others).normal_form()
        return game.payoffs[0, 0, 0] - game.payoffs[0, 1, 0]

    return bisect(content, 0.2, 1.0)


@pytest.mark.parametrize(
    ("horizon", "beta", "expected"),
    [(2, 1.0, 0.6333), (2, 0.0, 0.4333), ("infinite", 0.0, 0.22333), ("infinite", 1.0, 0.24333)],
)
def test_reference_critical_chances(horizon, beta, expected):
    assert critical(horizon=horizon, decliner_power=beta) == pytest.approx(expected, abs=5e-5)
    model = shift(0.2, horizon=horizon, decliner_power=beta)
    assert model.largest_peaceful_chance() == pytest.approx(expected, abs=5e-5)


def test_reference_a_sudden_shift_is_war_and_a_gradual_one_peace():
    sudden, gradual = shift(0.2, 0.25).course(), shift(0.2, 0.22, 0.25).course()
    assert (sudden.war, gradual.war) == (1, None)
    assert sudden.values == pytest.approx((7.9, 1.9))
    assert gradual.values == pytest.approx((8.056, 1.944))
    games = [shift(*path).normal_form() for path in ((0.2, 0.25), (0.2, 0.22, 0.25))]
    assert [(0, 0) in best_replies(game) for game in games] == [False, True]
    assert [shift(*path).risk((0, 0), (4.0, 1.0)) for path in ((0.2, 0.25), (0.2, 0.22, 0.25))] == [0, 0]
    assert shift(0.2, 0.25).risk((1, 0), (4.0, 1.0)) == 1


def test_fearon_1995_preventive_war():
    """delta p_2 - p_1 > c_D (1-delta)^2: war at p .2 -> .8, delta .9, c_D .5; slack 103/200, critical p_2 41/180."""
    numbers = {"decliner_power": 0.0, "c_D": 0.5, "c_R": 0.0}
    assert shift(0.2, 0.8, **numbers).course().war == 1
    delta, cost = Fraction(9, 10), Fraction(1, 2)
    assert delta * Fraction(4, 5) - Fraction(1, 5) - cost * (1 - delta) ** 2 == Fraction(103, 200)
    model = exact(0.2, 0.8, **numbers)
    kept, fought = model.course().kept[0], model.course().war_values[0][0]
    assert (fought - kept) * (1 - delta) == Fraction(103, 200)
    assert shift(0.2, **numbers).largest_peaceful_chance() == pytest.approx(41 / 180, abs=1e-12)
    at_it = model.model_copy(update={"p": (Fraction(1, 5), Fraction(41, 180))})
    above = model.model_copy(update={"p": (Fraction(1, 5), Fraction(41, 180) + Fraction(1, 10**12))})
    assert (at_it.course().war, above.course().war) == (None, 1)


def test_powell_2006_general_condition():
    """War destroys a tenth: 1 + delta (1/(1-delta) - M_R(2)) = 3.52 < 7.2 = M_D(1); critical p_2 .3456790."""
    numbers = {"c_D": 0.0, "c_R": 0.0, "destruction": 0.1}
    course = shift(0.2, 0.8, **numbers).course()
    assert course.war == 1
    assert course.kept[0] == pytest.approx(3.52)
    assert course.war_values[0][0] == pytest.approx(7.2)
    assert shift(0.2, **numbers).largest_peaceful_chance() == pytest.approx(0.3456790123456788, abs=1e-9)


def test_power_back_and_a_committed_flow_cost_the_riser_the_same():
    """Fearon and Powell's shift .2 -> .8, a tenth destroyed: give back 229/405 of power, or promise 31/45 of it."""
    model = shift(0.2, 0.8, c_D=0.0, c_R=0.0, destruction=0.1, decliner_power=0.0)
    least_power = 0.8 - model.largest_peaceful_chance()
    assert least_power == pytest.approx(229 / 405, abs=1e-12)
    assert model.committed_flow() == pytest.approx(31 / 45, abs=1e-12)
    assert model.course().war == 1, "an uncommitted promise fails"
    kept = shift(0.2, 0.8 - least_power, c_D=0.0, c_R=0.0, destruction=0.1, decliner_power=0.0).course()
    flows = 1 - model.committed_flow(), 1 - float(kept.divisions[-1]) / 10
    assert flows == pytest.approx((14 / 45, 14 / 45))


def by_recursion(model):
    """Values and first war as a recursion from the front, in rationals, the lasting state written out."""
    path, delta = model.path((Fraction(4), Fraction(1))), model.delta
    beta, d = model.decliner_power, model.destruction
    n = None if model.horizon == "infinite" else int(model.horizon)

    def value(t):
        if n is not None and t > n:
            return (0, 0), None
        p = path[min(t, len(path)) - 1]
        if n is None and t >= len(path):
            pie, after, war = 1 / (1 - delta), (0, 0), None
            worth = pie
        else:
            (after, war), pie = value(t + 1), 1
            worth = 1 / (1 - delta) if n is None else sum(delta**s for s in range(n - t + 1))
        fight = ((1 - d) * (1 - p) * worth - model.c_D, (1 - d) * p * worth - model.c_R)
        needs = [fight[0] - delta * after[0], fight[1] - delta * after[1]]
        low, high = max(0, needs[0]), min(pie, pie - needs[1])
        if needs[0] > pie or needs[1] > pie or sum(max(0, need) for need in needs) > pie:
            return fight, t
        part = (1 - beta) * low + beta * high
        return (part + delta * after[0], pie - part + delta * after[1]), war

    return value(1)


def draw(rng):
    path = tuple(round(float(p), 3) for p in np.sort(rng.uniform(0, 1, int(rng.integers(1, 5)))))
    numbers = {
        "delta": rng.uniform(0.3, 0.95),
        "c_D": rng.uniform(0, 0.2),
        "c_R": rng.uniform(0, 0.2),
        "decliner_power": rng.uniform(0, 1),
        "destruction": rng.choice([0.0, 0.2]),
    }
    horizon = "infinite" if rng.random() < 0.5 else int(rng.integers(1, 7))
    return shift(*path, horizon=horizon, **{name: round(float(value), 3) for name, value in numbers.items()})


def test_backward_induction_and_the_finite_form():
    """On 200 random paths: values by recursion in rationals, peace iff bargaining is an equilibrium of the game."""
    rng = np.random.default_rng(8)
    seen = {"war now": 0, "war later": 0, "peace": 0}
    for _ in range(DRAWS):
        model = draw(rng)
        course, rationals = model.course(), model.in_rationals()
        values, war = by_recursion(rationals)
        assert rationals.course().values == values
        assert rationals.course().war == war
        assert course.values == pytest.approx([float(v) for v in values], abs=1e-9)
        game = rationals.normal_form((Fraction(4), Fraction(1)))
        assert ((0, 0) in [each.profile for each in bg.nash_equilibria(game, cross_check=False)]) == (war != 1)
        assert bool(rationals.risk((0, 0), (Fraction(4), Fraction(1)))) == (rationals.course().later_war)
        if war is None:
            pies = 1 / (1 - rationals.delta) if model.horizon == "infinite" else None
            assert pies is None or sum(values) == pies
        seen["peace" if war is None else "war now" if war == 1 else "war later"] += 1
    assert min(seen.values()) >= 5, seen


def test_closed_forms():
    rng, at = np.random.default_rng(9), closed_forms(PowerTransition)
    found = 0
    for _ in range(DRAWS):
        horizon = ("infinite", 2)[int(rng.integers(2))]
        numbers = {
            "delta": float(rng.uniform(0.3, 0.95)),
            "c_D": float(rng.uniform(0, 0.3)),
            "c_R": float(rng.uniform(0, 0.3)),
            "decliner_power": float(rng.uniform(0, 1)),
            "destruction": float(rng.uniform(0, 0.2)),
        }
        delta, p_1 = numbers["delta"], float(rng.uniform(0, 0.6))
        pies = (1 / (1 - delta),) * 2 if horizon == "infinite" else (1 + delta, 1.0)
        k = tuple(rng.uniform(0.5, 5, 2).tolist())
        values = numbers | {"p_1": p_1, "p_2": 0.5, "pies_1": pies[0], "pies_2": pies[1]}
        values |= {"capability_decliner": k[0], "capability_riser": k[1]}
        model = shift(p_1, horizon=horizon, **numbers)
        largest = at("largest later chance that keeps the peace", values)
        assert at("decliner's value of war today", values) == pytest.approx(float(model.course().war_values[0][0]))
        flow = at("part of every later pie that would keep the peace if promised", values)
        assert model.committed_flow() == pytest.approx(max(0, flow))
        if not p_1 < largest < 1:
            continue
        later = shift(p_1, largest, horizon=horizon, **numbers).course()
        worth = [float(v) for v in later.war_values[1]] if len(later.war_values) > 1 else (0, 0)
        if min(worth) < 0 or later.war_values[0][1] - delta * (later.kept[1]) > 1:
            continue  # a side that would be left with nothing: the formula says it does not cover it
        found += 1
        assert model.largest_peaceful_chance() == pytest.approx(largest, abs=1e-9)
        values["p_2"] = largest
        assert at("decliner's loss by peace today", values) == pytest.approx(0, abs=1e-9)
        assert at("decliner's value from the second period on", values) * delta + 1 == pytest.approx(
            float(later.kept[0]), abs=1e-9
        )
        transfer = at("largest power transfer that keeps the peace", values)
        assert model.largest_peaceful_power(k) == pytest.approx(transfer, abs=1e-6)
        powered = shift(p_1, horizon=horizon, phase_in=1, **numbers)
        for more, war in ((-1e-6, None), (1e-6, 1)):
            if k[1] + transfer + more > 0:
                assert powered.course((k[0], k[1] + transfer + more)).war == war
    assert found > DRAWS / 5, found


def test_largest_peaceful_power():
    model = shift(0.2, phase_in=1)
    largest = model.largest_peaceful_power((4.0, 1.0))
    assert largest == pytest.approx(4 * 0.2433333333 / 0.7566666667 - 1, abs=1e-8)
    assert model.course((4.0, 1 + largest - 1e-9)).war is None
    assert model.course((4.0, 1 + largest + 1e-9)).war == 1
    # Money does not move p: without `phase_in` capabilities are of no account.
    assert shift(0.2).course((4.0, 100.0)) == shift(0.2).course((4.0, 1.0))
    assert shift(0.9, c_R=5.0, delta=0.0).largest_peaceful_power() == math.inf
    assert shift(0.5).largest_peaceful_power((1.0, 4.0)) < 0


def test_where_war_is_free_a_little_rise_is_peaceful():
    """At no cost of war p* = p_1 A_1/(delta A_2), whatever the shares of the gain, since there is none to share."""
    rng = np.random.default_rng(10)
    for _ in range(DRAWS):
        delta, now = float(rng.uniform(0.3, 0.99)), float(rng.uniform(0.01, 0.99))
        horizon = ("infinite", int(rng.integers(2, 200)))[int(rng.integers(2))]
        free = {"delta": delta, "decliner_power": float(rng.uniform(0, 1)), "horizon": horizon, "c_D": 0.0, "c_R": 0.0}
        pies = math.inf if horizon == "infinite" else sum(delta**t for t in range(horizon))
        expected = min(1.0, now / delta if horizon == "infinite" else now * pies / (pies - 1))
        model = shift(now, **free)
        assert model.course().war is None
        assert model.largest_peaceful_chance() == pytest.approx(expected, abs=1e-11)
        if expected < 1 and horizon == "infinite":
            wars = [exact(now, expected + step, **free).course().war for step in (-1e-9, 1e-9)]
            assert wars == [None, 1]


def test_a_constant_path_is_peace_at_any_numbers():
    rng = np.random.default_rng(11)
    for _ in range(DRAWS):
        numbers = {name: float(rng.choice([0, rng.uniform(0, 2)])) for name in ("c_D", "c_R")}
        numbers |= {name: float(rng.uniform(0, 1)) for name in ("decliner_power", "destruction")}
        model = shift(float(rng.uniform(0, 1)), delta=float(rng.choice([0, 0.5, 0.95])), **numbers)
        assert model.course().war is None
        assert model.largest_peaceful_chance() >= model.p[0]


def test_power_that_falls():
    """Falling power makes the riser of today the one that fights; a single period never does."""
    model = shift(0.9, c_D=0.0, c_R=0.0, destruction=0.0, horizon=1)
    assert model.course().war is None
    falling = shift(1.0, 0.0, c_D=0.0, c_R=0.0)  # the riser wins today and never after: it is the one that fights
    assert falling.course().war == 1
    assert falling.course().divisions[0] is None
    assert falling.course().kept[1] < falling.course().war_values[0][1]
    assert (0, 0) not in best_replies(falling.normal_form())


def test_the_same_power_in_steps_keeps_the_peace():
    """From .2 to a third at once is war; in equal steps it is peace from some number of steps on."""
    peace = [shift(0.2, phase_in=steps).course((4.0, 2.0)).war is None for steps in range(1, 21)]
    assert peace[0] is False
    assert peace[-1] is True
    assert peace == sorted(peace)
    assert shift(0.2, phase_in=3).path((4.0, 2.0)) == pytest.approx((0.2, 0.2 + 0.4 / 9, 0.2 + 0.8 / 9, 1 / 3))


def test_war_later_is_told():
    model = shift(0.2, 0.2, 0.9)
    assert model.course().war == 2
    assert model.course().later_war
    assert model.risk((0, 0), (4.0, 1.0)) == 1


def test_one_period_is_a_single_division():
    course = shift(0.3, horizon=1, decliner_power=0.5).course()
    assert course.values == pytest.approx((0.7 - 0.1 + 0.5 * 0.2, 0.3 - 0.1 + 0.5 * 0.2))
    assert shift(0.3, horizon=1).committed_flow() == 0


def test_long_horizon_nears_the_infinite_one():
    finite, infinite = (shift(0.2, 0.22, 0.25, horizon=horizon).course().values for horizon in (400, "infinite"))
    assert finite == pytest.approx(infinite, abs=1e-9)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"p": ()}, "at least one chance"),
        ({"p": (1.2,)}, "less than or equal to 1"),
        ({"p": (0.5,) * 10_001}, "at most 10000 periods; got 10001"),
        ({"horizon": 0}, "greater than or equal to 1"),
        ({"horizon": 2.5}, "horizon"),
        ({"horizon": "for ever"}, "infinite"),
        ({"phase_in": -1}, "greater than or equal to 0"),
    ],
)
def test_numbers(numbers, words):
    with pytest.raises(ValidationError, match=words):
        PowerTransition(**numbers)
