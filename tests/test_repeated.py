"""The arithmetic of promises over time, against brute force, rationals and numbers that are known by hand."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bargain._affine import Affine
from bargain.repeated import (
    Incentive,
    Interval,
    critical_factor,
    discount_factors_that_hold,
    incentive_margin,
    windfall_weight,
)

halves = st.integers(-12, 12).map(lambda n: n / 2)
quarters = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
hazards = st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.9, 1.0])
plain = st.builds(Incentive, gain=halves, temptation=halves, detection=quarters)
windfalls = st.builds(Incentive, gain=halves, temptation=halves, detection=quarters, windfall=halves, hazard=hazards)
finite = st.builds(Incentive, gain=halves, temptation=halves, detection=quarters, periods=st.integers(1, 9))
promises = st.one_of(plain, windfalls, finite)


def exact_margin(promise: Incentive, discount: Fraction) -> Fraction:
    """The inequality of the theory, recomputed term by term in rationals."""
    q, gain, temptation = map(Fraction, (promise.detection, promise.gain, promise.temptation))
    hazard, windfall = Fraction(promise.hazard), Fraction(promise.windfall)
    if promise.periods is None:
        future = discount * gain
    else:
        future = (1 - discount) * sum(discount**k for k in range(1, promise.periods + 1)) * gain
    weight = discount * hazard / (1 - discount * (1 - hazard)) if hazard else Fraction(0)
    return q * (future + weight * windfall) - (1 - discount) * temptation


def within(intervals: tuple[Interval, ...], discount: float, slack: float = 0.0) -> bool:
    return any(low - slack <= discount <= high + slack for low, high in intervals)


def by_scan(rows: list[Incentive], points: int) -> tuple[np.ndarray, np.ndarray]:
    """Which discount factors of an even grid hold, in rationals."""
    grid = [Fraction(k, points) for k in range(points)]
    holds = [all(exact_margin(row, delta) >= 0 for row in rows) for delta in grid]
    return np.array([float(delta) for delta in grid]), np.array(holds)


@given(st.lists(promises, min_size=1, max_size=4))
def test_intervals_agree_with_a_scan_in_rationals(rows: list[Incentive]) -> None:
    intervals = discount_factors_that_hold(rows)
    for delta, holds in zip(*by_scan(rows, 97), strict=True):
        near = any(abs(delta - root) < 1e-9 for row in rows for root in row.roots())
        if near:
            # Exactly on a root a rational may fall on either side of the rounded one.
            assert not holds or within(intervals, delta, 1e-9)
        else:
            assert within(intervals, delta) == holds, (delta, intervals)


@given(st.lists(promises, min_size=1, max_size=4))
def test_intervals_are_in_order_and_apart(rows: list[Incentive]) -> None:
    intervals = discount_factors_that_hold(rows)
    assert all(0 <= low <= high <= 1 for low, high in intervals)
    assert all(high < low for (_, high), (low, _) in pairwise(intervals))


@given(st.lists(promises, min_size=1, max_size=4))
def test_the_ends_of_intervals_are_where_a_margin_is_zero(rows: list[Incentive]) -> None:
    for low, high in discount_factors_that_hold(rows):
        for end in {low, high} - {0.0, 1.0}:
            assert min(abs(row.margin(end)) for row in rows) < 1e-12


@given(st.lists(promises, min_size=1, max_size=4))
def test_the_critical_factor_of_many_promises_is_the_largest_of_each(rows: list[Incentive]) -> None:
    each = [critical_factor(discount_factors_that_hold([row])) for row in rows]
    together = critical_factor(discount_factors_that_hold(rows))
    if None in each:
        assert together is None
    else:
        assert together == pytest.approx(max(factor for factor in each if factor is not None), abs=1e-12)


@given(promises, st.fractions(0, Fraction(99, 100), max_denominator=200))
def test_margin_is_that_of_the_theory(promise: Incentive, discount: Fraction) -> None:
    assert promise.margin(float(discount)) == pytest.approx(float(exact_margin(promise, discount)), abs=1e-11)


@given(promises, st.fractions(0, Fraction(99, 100), max_denominator=200))
def test_margin_computes_exactly_in_rationals(promise: Incentive, discount: Fraction) -> None:
    margin = incentive_margin(
        discount=discount,
        detection=Fraction(promise.detection),
        gain=Fraction(promise.gain),
        temptation=Fraction(promise.temptation),
        windfall=Fraction(promise.windfall),
        hazard=Fraction(promise.hazard),
        periods=promise.periods,
    )
    assert isinstance(margin, Fraction | int)
    assert margin == exact_margin(promise, discount)


@given(promises)
def test_every_root_is_a_root(promise: Incentive) -> None:
    roots = promise.roots()
    assert roots == sorted(roots)
    assert all(0 < root < 1 and abs(promise.margin(root)) < 1e-12 for root in roots)


@given(promises)
def test_a_change_of_sign_is_never_without_a_root(promise: Incentive) -> None:
    grid = [Fraction(k, 211) for k in range(211)]
    margins = [exact_margin(promise, delta) for delta in grid]
    for (low, before), (high, after) in pairwise(zip(grid, margins, strict=True)):
        if before * after < 0:
            slack = Fraction(1, 10**9)
            assert any(low - slack < root < high + slack for root in promise.roots())


@given(promises)
def test_scaling_the_money_leaves_patience_alone(promise: Incentive) -> None:
    million = Incentive(
        promise.gain * 1e6,
        promise.temptation * 1e6,
        promise.detection,
        promise.windfall * 1e6,
        promise.hazard,
        promise.periods,
    )
    ours, theirs = ([*discount_factors_that_hold([row])] for row in (promise, million))
    assert np.ravel(ours) == pytest.approx(np.ravel(theirs), abs=1e-7)


# Numbers known by hand


def dilemma(periods: int | None = None) -> Incentive:
    """A prisoner's dilemma with payoffs 5, 3, 1, 0: keeping pays 3, breaking 5 once and 1 afterwards."""
    return Incentive(gain=3 - 1, temptation=5 - 3, periods=periods)


@pytest.mark.parametrize(
    ("periods", "expected"),
    [(None, 0.5), (1, None), (2, 0.6180339887498949), (3, 0.5436890126920764)],
)
def test_the_prisoners_dilemma_by_length_of_punishment(periods: int | None, expected: float | None) -> None:
    factor = critical_factor(discount_factors_that_hold([dilemma(periods)]))
    assert factor == (None if expected is None else pytest.approx(expected, abs=1e-15))


def test_long_punishment_tends_to_punishment_for_ever() -> None:
    factors = [critical_factor(discount_factors_that_hold([dilemma(periods)])) for periods in range(2, 60)]
    assert all(later < earlier for earlier, later in pairwise(factors[:40]) if earlier and later)
    assert factors[-1] == pytest.approx(0.5, abs=1e-15)
    assert critical_factor(discount_factors_that_hold([dilemma(10_000)])) == pytest.approx(0.5, abs=1e-15)


def test_one_period_of_punishment_that_just_does_not_do() -> None:
    """With T = 1 the sum is delta itself: the promise needs delta >= temptation / gain."""
    assert discount_factors_that_hold([Incentive(gain=4, temptation=3, periods=1)]) == ((0.75, 1.0),)
    assert discount_factors_that_hold([Incentive(gain=3, temptation=3, periods=1)]) == ()


@pytest.mark.parametrize("excess", [1e-3, 1e-6, 1e-9])
def test_finite_punishment_close_to_patience_of_one(excess: float) -> None:
    """With T = 2 and gain 1 the root solves d + d^2 = t: d = (sqrt(1 + 4t) - 1)/2, near 1 for t near 2."""
    from decimal import Decimal

    temptation = 2 - excess
    by_hand = ((1 + 4 * Decimal(temptation)).sqrt() - 1) / 2
    (root,) = Incentive(gain=1, temptation=temptation, periods=2).roots()
    assert 1 - root == pytest.approx(float(1 - by_hand), rel=1e-6)


def test_weight_of_a_windfall() -> None:
    """Reference figures of the windfall promise: discount factor 0.9, hazard 0.1."""
    assert windfall_weight(0.9, 0.1) == pytest.approx(9 / 19, abs=1e-15)
    assert windfall_weight(Fraction(9, 10), Fraction(1, 10)) == Fraction(9, 19)
    assert windfall_weight(0.9, 1.0) == pytest.approx(0.9)
    assert windfall_weight(0.0, 0.3) == 0


@given(st.floats(0.0, 0.99), st.floats(0.01, 1.0))
def test_weight_of_a_windfall_is_the_sum_over_arrival_dates(discount: float, hazard: float) -> None:
    """A flow of 1 from the period after the arrival in period t on is worth delta^(t+1) on average."""
    dates = np.arange(40_000)
    chances = hazard * (1 - hazard) ** dates
    summed = float(chances @ discount ** (dates + 1.0))
    assert windfall_weight(discount, hazard) == pytest.approx(summed, abs=1e-12)


@pytest.mark.parametrize(
    ("forgone", "hazard", "promised"), [(2.0, 0.1, 4.5), (2.0, 0.5, 3.0), (1.0, 0.02, 60.0), (3.0, 1.0, 4.0)]
)
def test_the_prospect_of_a_windfall(forgone: float, hazard: float, promised: float) -> None:
    """A recipient that forgoes r a period for a windfall B: delta* = r / (r(1 - lambda) + lambda*B).

    It keeps the agreed flow -r, would have 0 by refusing, and falls back to 0.
    """
    row = Incentive(gain=-forgone, temptation=forgone, windfall=promised, hazard=hazard)
    expected = forgone / (forgone * (1 - hazard) + hazard * promised)
    assert critical_factor(discount_factors_that_hold([row])) == pytest.approx(expected, abs=1e-14)


def test_a_windfall_too_small_to_wait_for() -> None:
    row = Incentive(gain=-2, temptation=2, windfall=1.9, hazard=0.1)
    assert discount_factors_that_hold([row]) == ()


def test_a_quadratic_with_two_roots_leaves_two_intervals() -> None:
    """Chosen so that (1 - delta*(1 - lambda)) * margin = (delta - 1/4) * (delta - 1/2) * 3.

    With lambda = 1/2, q = 1: -(A + B)/2 = 3, A + W/2 + 3B/2 = -9/4, -B = 3/8.
    """
    temptation = -3 / 8
    gain = -6 - temptation
    windfall = 2 * (-9 / 4 - gain - 1.5 * temptation)
    row = Incentive(gain=gain, temptation=temptation, windfall=windfall, hazard=0.5)
    assert row.roots() == pytest.approx([0.25, 0.5], abs=1e-15)
    intervals = discount_factors_that_hold([row])
    assert np.array(intervals) == pytest.approx(np.array([[0, 0.25], [0.5, 1]]), abs=1e-15)
    assert critical_factor(intervals) == pytest.approx(0.5)
    assert row.margin(0.3) < 0 < row.margin(0.2)


def test_a_quadratic_that_holds_in_the_middle_only() -> None:
    """The same with the opposite sign: patience first makes, then breaks the promise."""
    temptation = 3 / 8
    gain = 6 - temptation
    windfall = 2 * (9 / 4 - gain - 1.5 * temptation)
    row = Incentive(gain=gain, temptation=temptation, windfall=windfall, hazard=0.5)
    ((low, high),) = discount_factors_that_hold([row])
    assert (low, high) == pytest.approx((0.25, 0.5), abs=1e-15)
    assert critical_factor([(low, high)]) is None


def test_a_quadratic_that_touches_zero() -> None:
    """(delta - 1/2)^2 times 4: holds everywhere; times -4: at the one point only."""
    for sign, expected in ((1, [(0.0, 1.0)]), (-1, [(0.5, 0.5)])):
        # With lambda = 1/2, q = 1: -(A + B)/2 = 4, A + W/2 + 3B/2 = -4, -B = 1.
        temptation, gain = -1.0 * sign, -7.0 * sign
        windfall = 2 * (-4 * sign - gain - 1.5 * temptation)
        row = Incentive(gain=gain, temptation=temptation, windfall=windfall, hazard=0.5)
        assert list(discount_factors_that_hold([row])) == expected


def test_patience_breaks_a_promise_that_only_a_penalty_keeps() -> None:
    """f_A < u_P and K > f_D - f_A: holds for delta <= (K - g)/(K - g + q*(u_P - f_A))."""
    for detection, net, loss in [(1.0, 0.25, 1.0), (0.5, 2.0, 3.0), (0.9, 1.0, 40.0)]:
        row = Incentive(gain=-loss, temptation=-net, detection=detection)
        ((low, high),) = discount_factors_that_hold([row])
        assert low == 0
        assert high == pytest.approx(net / (net + detection * loss), abs=1e-15)
        assert critical_factor([(low, high)]) is None


def test_two_promises_may_share_a_single_discount_factor() -> None:
    """One holds from one half on, the other up to one half."""
    rows = [Incentive(gain=2, temptation=2), Incentive(gain=-2, temptation=-2)]
    assert discount_factors_that_hold(rows) == ((0.5, 0.5),)
    assert critical_factor(discount_factors_that_hold(rows)) is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (Incentive(gain=1, temptation=0), ((0.0, 1.0),)),
        (Incentive(gain=0, temptation=0), ((0.0, 1.0),)),
        (Incentive(gain=0, temptation=-1), ((0.0, 1.0),)),
        (Incentive(gain=0, temptation=1), ()),
        (Incentive(gain=-1, temptation=0), ((0.0, 0.0),)),
        (Incentive(gain=5, temptation=1, detection=0), ()),
        (Incentive(gain=5, temptation=0, detection=0), ((0.0, 1.0),)),
        (Incentive(gain=1, temptation=-1), ((0.0, 1.0),)),
        (Incentive(gain=-1, temptation=1), ()),
        (Incentive(gain=-1, temptation=-1, periods=1), ()),
    ],
    ids=repr,
)
def test_corner_cases(row: Incentive, expected: tuple[Interval, ...]) -> None:
    if row.periods == 1:
        # (1 - delta) * (-delta + 1): zero only in the limit, so it holds throughout.
        expected = ((0.0, 1.0),)
    assert discount_factors_that_hold([row]) == expected


def test_no_promise_holds_at_any_patience() -> None:
    assert discount_factors_that_hold([]) == ((0.0, 1.0),)
    assert critical_factor([(0.0, 1.0)]) == 0
    assert critical_factor([]) is None
    assert critical_factor([(0.2, 0.4)]) is None


def test_rounding_of_payoffs_does_not_move_a_threshold_from_zero_to_one() -> None:
    noise = 0.1 + 0.2 - 0.3
    assert noise > 0
    assert discount_factors_that_hold([Incentive(gain=0.0, temptation=noise)]) == ()
    assert discount_factors_that_hold([Incentive(gain=0.0, temptation=noise)], 1e-13) == ((0.0, 1.0),)
    assert discount_factors_that_hold([Incentive(gain=-noise, temptation=-1.0)], 1e-13) == ((0.0, 1.0),)


def test_equal_thresholds_that_round_differently_stay_one_threshold() -> None:
    """Rows that are multiples of one another have one root, which scaling may round apart."""
    generator = random.Random(5)
    for _ in range(300):
        gain, temptation = generator.uniform(0.1, 9), generator.uniform(0.1, 9)
        rows = [Incentive(gain * scale, temptation * scale) for scale in (1, 0.1, 3, 7, 1 / 3)]
        ((low, high),) = discount_factors_that_hold(rows)
        assert high == 1
        assert low == pytest.approx(temptation / (gain + temptation), abs=1e-15)


def test_margin_takes_affine_functions_of_the_amounts() -> None:
    paid = Affine(0.0, {"v": 1.0})
    margin = incentive_margin(discount=0.5, detection=1.0, gain=2.0 + paid, temptation=3.0 - paid)
    assert margin.at({"v": 0.25}) == pytest.approx(0.5 * 2.25 - 0.5 * 2.75)


# The one-shot deviation principle


@given(
    st.floats(-20, 20),
    st.floats(0.1, 20),
    st.floats(0.1, 20),
    st.floats(0.05, 1.0),
    st.floats(0.0, 1.0),
)
def test_at_the_critical_factor_deviating_for_ever_gains_nothing_either(
    kept: float, advantage: float, once: float, detection: float, part: float
) -> None:
    """V = (1 - delta)*(f_D - K) + delta*(q*u_P + (1 - q)*V) equals f_A at delta*."""
    broken, deviation, penalty = kept - advantage, kept + once, part * once
    row = Incentive(gain=advantage, temptation=once - penalty, detection=detection)
    delta = critical_factor(discount_factors_that_hold([row]))
    assert delta is not None
    value = ((1 - delta) * (deviation - penalty) + delta * detection * broken) / (1 - delta * (1 - detection))
    if delta > 0:
        assert value == pytest.approx(kept, abs=1e-9)
    else:
        assert value <= kept + 1e-9


@given(st.floats(0.5, 9), st.floats(0.05, 1.0), st.floats(0.02, 1.0), st.floats(1.1, 30))
def test_the_same_before_a_windfall(forgone: float, detection: float, hazard: float, ratio: float) -> None:
    """Deviating in every period until the windfall arrives: after it the promise is kept.

    V = (1 - delta)*f_D + delta*(q*u_P + (1 - q)*(lambda*(f_A + W)
    + (1 - lambda)*V)); f_A = -r, f_D = u_P = 0.
    """
    windfall = forgone * ratio
    row = Incentive(gain=-forgone, temptation=forgone, detection=detection, windfall=windfall, hazard=hazard)
    delta = critical_factor(discount_factors_that_hold([row]))
    if delta is None:
        return
    stay = delta * (1 - detection)
    deviating = stay * hazard * (windfall - forgone) / (1 - stay * (1 - hazard))
    keeping = -forgone + windfall_weight(delta, hazard) * windfall
    assert deviating == pytest.approx(keeping, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_simulated_payoffs_change_order_at_the_critical_factor(seed: int) -> None:
    """Sum a long path of payoffs: one deviation, T periods of punishment, then the agreement again."""
    generator = random.Random(seed)
    kept, broken, once = generator.uniform(1, 5), generator.uniform(-3, 0), generator.uniform(0.5, 3)
    periods = generator.randrange(2, 8)
    row = Incentive(gain=kept - broken, temptation=once, periods=periods)
    factor = critical_factor(discount_factors_that_hold([row]))
    assert factor is not None
    for delta, better in ((factor + 1e-4, True), (factor - 1e-4, False)):
        path = np.full(4000, kept)
        path[0] += once
        path[1 : periods + 1] = broken
        weights = (1 - delta) * delta ** np.arange(4000.0)
        assert (weights @ (kept - path) > 0) == better
