"""Balance of power: reference chances, closed form against enumeration and simulation, the AIs' own bargain."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain_models import BalanceOfPower
from bargain_models.balance_of_power import Simulation
from model_tools import DRAWS, best_replies, closed_forms


def by_enumeration(capabilities, a, rho, theta, grabbing=()):
    """Every combination of aligned developers, in rationals."""
    k = [Fraction(each).limit_denominator(10**6) for each in capabilities]
    need, good = Fraction(theta).limit_denominator(10**6) * sum(k), 0.0
    for drawn in itertools.product((True, False), repeat=len(k)):
        held = sum(each for i, each in enumerate(k) if drawn[i] and i not in grabbing)
        chance = math.prod(a if each else 1 - a for each in drawn) * (1 - rho)
        chance += rho * (a * all(drawn) + (1 - a) * (not any(drawn)))
        good += chance * (held >= need)
    return good


@pytest.mark.parametrize(
    ("rho", "expected"),
    [(0.0, (0.8, 0.896, 0.9421, 0.9804, 0.999)), (0.5, (0.8, 0.848, 0.871, 0.8902, 0.8995))],
)
def test_reference_odd_numbers_of_equal_developers(rho, expected):
    model = BalanceOfPower(correlation=rho)
    found = [model.chance_good([1.0] * m) for m in (1, 3, 5, 9, 21)]
    assert found == pytest.approx(expected, abs=5e-5)
    for m, chance in zip((1, 3, 5, 9), found, strict=False):
        assert by_enumeration([1] * m, 0.8, rho, 0.5) == pytest.approx(chance)


def test_reference_unaligned_majority_gets_worse_with_more():
    falling = [BalanceOfPower(aligned=0.4).chance_good([1.0] * m) for m in (1, 3, 5, 9, 21)]
    assert falling == sorted(falling, reverse=True)
    assert falling[0] == pytest.approx(0.4)


def test_reference_ties_are_good():
    model = BalanceOfPower(aligned=0.4)
    assert model.chance_good([1.0] * 2) == pytest.approx(0.64)
    assert model.chance_good([1.0] * 4) == pytest.approx(0.5248)
    # A tie of unequal decimals is a tie too, though 0.1 + 0.2 is not 0.3 in floats.
    assert model.chance_good((0.1, 0.2, 0.3)) == pytest.approx(by_enumeration((0.1, 0.2, 0.3), 0.4, 0, 0.5))


def test_many_are_safer_iff_alignment_beats_the_threshold():
    for a, theta in itertools.product((0.35, 0.5, 0.65, 0.8), (0.4, 0.55, 0.7)):
        model = BalanceOfPower(aligned=a, threshold=theta)
        one, many = model.chance_good([1.0]), model.chance_good([1.0] * 201)
        assert (many > one) == (a > theta)
        together = model.model_copy(update={"correlation": 1.0})
        assert together.chance_good([1.0] * 201) == pytest.approx(together.chance_good([1.0]))


def draw(rng, most=8):
    n = int(rng.integers(1, most))
    numbers = {
        "aligned": round(float(rng.uniform(0.05, 0.95)), 3),
        "correlation": round(float(rng.uniform(0, 1)), 3),
        "threshold": round(float(rng.uniform(0.05, 1)), 2),
        "prize": float(rng.uniform(1, 20)),
        "rebellion_cost": float(rng.uniform(0, 3)),
        "bargain": tuple(rng.uniform(0, 8, n).tolist()),
    }
    return numbers, tuple(float(each) for each in rng.integers(1, 9, n))


def test_closed_form_against_enumeration_and_simulation():
    """On 200 random draws."""
    rng, seen = np.random.default_rng(16), set()
    for seed in range(DRAWS):
        numbers, k = draw(rng)
        model = BalanceOfPower(**numbers)
        chance = model.chance_good(k)
        brute = by_enumeration(k, model.aligned, model.correlation, model.threshold)
        assert chance == pytest.approx(brute, abs=1e-12)
        assert model.risk((0,) * len(k), k) == pytest.approx(1 - brute, abs=1e-12)
        assert model.simulate(k, draws=4000, seed=seed).agrees_with(chance)
        profile = tuple(rng.integers(0, 2, len(k)).tolist())
        grabbing = {i for i, action in enumerate(profile) if action}
        brute = by_enumeration(k, model.aligned, model.correlation, model.threshold, grabbing)
        assert 1 - model.risk(profile, k) == pytest.approx(brute, abs=1e-12)
        seen.add(len(k))
    assert seen == set(range(1, 8))


def test_sympy_forms_of_equal_developers():
    rng, at = np.random.default_rng(17), closed_forms(BalanceOfPower)
    for round_ in range(DRAWS):
        numbers, _ = draw(rng)
        numbers |= {"threshold": 0.5, "bargain": 4.0}
        model = BalanceOfPower(**numbers)
        values = numbers | {"share": float(rng.uniform(0, 1)), "target": float(rng.uniform(0, 1)), "m": 2}
        for m in (2, 3):
            chance = at(f"chance of a good outcome, {m} equal developers, threshold 1/2", values)
            assert model.chance_good([1.0] * m) == pytest.approx(chance)
        for m in (1, 2, 3, 4, 5, 9):
            chance = at("chance of a good outcome, m equal developers, threshold 1/2", values | {"m": m})
            assert model.chance_good([1.0] * m) == pytest.approx(chance)
        if model.aligned > 0.6 and round_ < 20:
            many = at("chance of a good outcome, ever more developers, aligned above threshold", values)
            assert model.chance_good([1.0] * 201) == pytest.approx(many, abs=5e-3)
            most = at("largest correlation, ever more developers, aligned above threshold", values)
            if most < 1:
                assert model.largest_correlation(values["target"], [1.0] * 201) == pytest.approx(most, abs=5e-2)


def test_the_bargain_of_an_ai_against_the_games_best_replies():
    """On 200 random draws each developer cooperates iff its part covers what a grab is worth."""
    rng, at, seen = np.random.default_rng(18), closed_forms(BalanceOfPower), {True: 0, False: 0}
    for _ in range(DRAWS):
        numbers, k = draw(rng, most=5)
        model = BalanceOfPower(**numbers)
        n, game = len(k), model.normal_form(k)
        calm, total = (0,) * n, sum(k)
        for i in range(n):
            values = numbers | {"bargain": numbers["bargain"][i], "share": k[i] / total, "target": 0.5, "m": n}
            least = at("least bargain at which a developer cooperates", values)
            assert model.least_bargain(k)[i] == pytest.approx(max(0, least))
            largest = at("largest power share at which a developer cooperates", values)
            assert model.largest_share(i) == pytest.approx(min(1, largest))
            alone = tuple(int(j == i) for j in range(n))
            cooperates = bool(game.payoffs[(i, *calm)] >= game.payoffs[(i, *alone)])
            assert cooperates == (values["bargain"] >= least) == (k[i] / total <= largest)
            seen[cooperates] += 1
        assert (calm in best_replies(game)) == all(
            own >= least for own, least in zip(numbers["bargain"], model.least_bargain(k), strict=True)
        )
    assert min(seen.values()) > 50, seen


def test_payoffs_by_hand():
    model = BalanceOfPower(bargain=(4.0, 3.0, 2.0))
    k = (6.0, 2.0, 2.0)
    assert model.payoff((0, 0, 0), k) == pytest.approx((4, 3, 2))
    assert model.payoff((1, 0, 0), k) == pytest.approx((5, 1.2, 0.8))
    assert model.payoff((1, 1, 0), k) == pytest.approx((5, 1, 0.4))
    found = bg.nash_equilibria(BalanceOfPower().normal_form())
    assert (0, 0, 0) in [each.profile for each in found]


def test_largest_correlation():
    nine = [1.0] * 9
    model = BalanceOfPower()
    most = model.largest_correlation(0.95, nine)
    assert model.model_copy(update={"correlation": most}).chance_good(nine) == pytest.approx(0.95)
    assert model.largest_correlation(0.7, nine) == 1
    assert model.largest_correlation(0.999, nine) is None
    # Where more developers are worse, correlation helps.
    assert BalanceOfPower(aligned=0.4).largest_correlation(0.4, nine) == 1


def test_a_dominant_developer_is_as_good_as_one():
    model = BalanceOfPower()
    assert model.chance_good((5.0, 1.0, 1.0, 1.0, 1.0)) == pytest.approx(0.8 + 0.2 * 0)
    assert model.chance_good((4.0, 1.0, 1.0, 1.0, 1.0)) == pytest.approx(0.8 + 0.2 * 0.8**4)


def test_edges():
    model = BalanceOfPower(threshold=0.0, aligned=0.1)
    assert model.chance_good() == 1
    assert model.risk((1, 1, 1), (1.0, 1.0, 1.0)) == 0
    assert BalanceOfPower(threshold=1.0).chance_good() == pytest.approx(0.512)
    assert BalanceOfPower().risk((1, 1, 1), (1.0, 1.0, 1.0)) == 1
    assert BalanceOfPower(prize=0.0).largest_share() == 1
    assert BalanceOfPower(prize=0.0, bargain=-2).largest_share() == -math.inf
    assert [BalanceOfPower(aligned=a).chance_good() for a in (0.0, 1.0)] == [0, 1]


def test_in_rationals():
    exact = BalanceOfPower(correlation=0.5).in_rationals()
    assert exact.chance_good() == Fraction(106, 125)
    assert exact.least_bargain((Fraction(6), Fraction(2), Fraction(2))) == (5, 1, 1)


def test_sizes():
    """A thousand equal developers are counted by their sums; fifty unequal ones have too many, and are drawn."""
    assert BalanceOfPower().chance_good([1.0] * 1000) == pytest.approx(1)
    rng = np.random.default_rng(19)
    unequal = rng.uniform(1, 2, 50).tolist()
    with pytest.raises(ValueError, match="50 developers make too many different sums of power; use simulate"):
        BalanceOfPower(aligned=0.55).chance_good(unequal)
    found = BalanceOfPower(aligned=0.55).simulate(unequal, draws=20_000)
    assert 0.7 < found.chance < 0.85
    assert found == BalanceOfPower(aligned=0.55).simulate(unequal, draws=20_000)


def test_words_for_what_cannot_be():
    with pytest.raises(ValidationError, match="bargain has 2 numbers for 3 developers"):
        BalanceOfPower(players=("A", "B", "C"), bargain=(1.0, 2.0))
    with pytest.raises(ValueError, match="0 draws tell nothing"):
        BalanceOfPower().simulate(draws=0)
    with pytest.raises(ValueError, match="above zero are needed"):
        BalanceOfPower().chance_good([1.0, 0.0])
    assert BalanceOfPower(bargain=(1.0, 2.0)).players == ("Developer 1", "Developer 2")
    assert Simulation(5, 10).chance == 0.5
