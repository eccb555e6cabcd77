"""Power shares and voting power: laws, brute force, and what is refused."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain.coalitional import _by_listing, _by_table, voting_power
from bargain.games import GameError
from bargain.power import concentration, gini, power_intensity, power_shares, power_shift, sharing_kind

capabilities = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=8)
rationals = st.lists(st.fractions(Fraction(1, 100), 100), min_size=1, max_size=6)


@given(capabilities, st.floats(0.1, 20))
def test_shares_add_up_and_keep_the_order(values, decisiveness):
    shares = power_shares(values, decisiveness)
    assert math.fsum(shares) == pytest.approx(1, abs=1e-12)
    assert all(0 <= share <= 1 for share in shares)
    assert [shares[i] for i in np.argsort(values, kind="stable")] == sorted(shares)


@given(capabilities, st.floats(0.1, 5), st.sampled_from([1e-300, 1e-8, 3.0, 1e100, 1e300]))
def test_the_unit_of_capability_does_not_matter(values, decisiveness, unit):
    scaled = [value * unit for value in values]
    assert power_shares(scaled, decisiveness) == pytest.approx(power_shares(values, decisiveness), rel=1e-9)


@given(rationals, st.integers(1, 4))
def test_rational_capabilities_give_exact_shares(values, decisiveness):
    shares = power_shares(values, decisiveness)
    assert all(isinstance(share, Fraction) for share in shares)
    assert sum(shares) == 1
    total = sum(value**decisiveness for value in values)
    assert shares == tuple(value**decisiveness / total for value in values)
    floats = power_shares([float(value) for value in values], decisiveness)
    assert floats == pytest.approx([float(share) for share in shares], rel=1e-12)


def test_large_decisiveness_neither_overflows_nor_divides_by_zero():
    assert power_shares([1e300, 2e300, 2e300], 1e6) == (0.0, 0.5, 0.5)
    assert power_shares([5e-324, 0.0], 3.0) == (1.0, 0.0)
    assert power_shares([3.0, 1.0], 1e-300) == (0.5, 0.5)


def test_kinds_of_result():
    array = power_shares(np.array([4.0, 2.0]))
    assert isinstance(array, np.ndarray)
    assert array.tolist() == [4 / 6, 2 / 6]
    assert power_shares([Fraction(1), Fraction(3)], 0.5) == pytest.approx((0.366025, 0.633975), abs=1e-6)
    assert power_shares([Fraction(1), 3]) == (Fraction(1, 4), Fraction(3, 4))
    assert power_shares([1, 3]) == (0.25, 0.75)


@pytest.mark.parametrize(
    ("values", "decisiveness", "words"),
    [
        ([1, -2], 1.0, "Capability 2 is -2"),
        ([1, float("nan")], 1.0, "Capability 2 is nan"),
        ([float("inf")], 1.0, "Capability 1 is inf"),
        ([1, "2"], 1.0, "Capability 2 is '2'"),
        ([True, 1], 1.0, "Capability 1 is True"),
        ([0, 0], 1.0, "No capability among"),
        ([], 1.0, "No capability among"),
        ([1, 2], 0.0, "decisiveness is 0.0"),
        ([1, 2], float("nan"), "decisiveness is nan"),
    ],
)
def test_bad_capabilities_are_refused(values, decisiveness, words):
    with pytest.raises(GameError) as error:
        power_shares(values, decisiveness)
    assert words in str(error.value)


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 10)), min_size=2, max_size=5))
def test_power_is_zero_sum(pairs):
    before = [start for start, _ in pairs]
    shift = power_shift(before, [start + gain for start, gain in pairs])
    assert math.fsum(shift) == pytest.approx(0, abs=1e-12)


def test_shift_of_the_race_with_a_lead():
    """Capabilities 4 and 2, of which the follower is given 0.6 more: 2.6/6.6 - 2/6."""
    assert power_shift([4, 2], [4, 2.6])[1] == pytest.approx(2.6 / 6.6 - 1 / 3)
    with pytest.raises(GameError, match="2 capabilities before and 1 after"):
        power_shift([1, 2], [1])


def test_intensity_and_kind():
    assert power_intensity(6, 1, 40, 0.05) == 0.25
    assert power_intensity(6, 0.5, 40, 0.05) == pytest.approx(0.4)
    assert power_intensity(0, 1, 40, 0.05) == 1
    assert power_intensity(6, 1, 0, 0.05) == power_intensity(0, 1, 0, 0) == 0
    assert power_intensity(Fraction(6), 1, Fraction(40), Fraction(-1, 20)) == Fraction(1, 4)
    assert sharing_kind(0.02) == sharing_kind(-0.02) == "benefit-sharing"
    assert sharing_kind(0.0201) == sharing_kind(-0.0201) == "power-sharing"
    assert sharing_kind(0.05, tolerance=0.1) == "benefit-sharing"


@given(capabilities)
def test_concentration_and_inequality_lie_in_their_ranges(values):
    shares, n = power_shares(values), len(values)
    assert 1 / n - 1e-12 <= concentration(shares) <= 1 + 1e-12
    assert -1e-12 <= gini(shares) <= 1 - 1 / n + 1e-12
    pairs = sum(abs(a - b) for a in shares for b in shares)
    assert gini(shares) == pytest.approx(pairs / (2 * n * sum(shares)), abs=1e-12)


def test_concentration_of_equal_shares_and_of_one():
    assert (concentration([0.25] * 4), gini([0.25] * 4)) == (0.25, 0)
    assert (concentration([1, 0, 0, 0]), gini([1, 0, 0, 0])) == (1, 0.75)
    with pytest.raises(GameError, match="add up to nothing"):
        gini([0, 0])


# Voting power


def by_orders(weights, quota):
    """Shapley-Shubik by its definition: how often each member is the pivot, over all orders."""
    pivots = [0] * len(weights)
    for order in itertools.permutations(range(len(weights))):
        votes = Fraction(0)
        for member in order:
            votes += weights[member]
            if votes >= quota:
                pivots[member] += 1
                break
    return [pivot / math.factorial(len(weights)) for pivot in pivots]


def by_subsets(weights, quota):
    """Normalised Banzhaf by its definition: how many coalitions each member swings."""
    swings = [0] * len(weights)
    for chosen in itertools.product([False, True], repeat=len(weights)):
        votes = sum((w for w, inside in zip(weights, chosen, strict=True) if inside), Fraction(0))
        for member, inside in enumerate(chosen):
            swings[member] += bool(inside and votes >= quota > votes - weights[member])
    return [swing / sum(swings) for swing in swings]


bodies = st.lists(st.integers(0, 9) | st.fractions(0, 9, max_denominator=7), min_size=1, max_size=6).filter(any)


@settings(max_examples=80)
@given(bodies, st.fractions(Fraction(1, 50), 1))
def test_voting_power_against_the_definitions(weights, part):
    quota = part * sum(weights)
    assert voting_power(weights, quota) == pytest.approx(by_orders(weights, quota), abs=1e-12)
    assert voting_power(weights, quota, "banzhaf") == pytest.approx(by_subsets(weights, quota), abs=1e-12)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=9).filter(any), st.data())
def test_the_table_and_the_listing_count_the_same_swings(votes, data):
    quota = data.draw(st.integers(1, sum(votes)))
    assert dict(_by_table(votes, quota)) == dict(_by_listing(votes, quota))


@given(bodies, st.fractions(Fraction(1, 50), 1), st.sampled_from(["shapley-shubik", "banzhaf"]))
@settings(max_examples=60)
def test_laws_of_voting_power(weights, part, index):
    quota = part * sum(weights)
    power = voting_power(weights, quota, index)
    assert math.fsum(power) == pytest.approx(1, abs=1e-12)
    assert all(share == 0 for share, weight in zip(power, weights, strict=True) if weight == 0)
    assert [power[i] for i in np.argsort(weights, kind="stable")] == sorted(power)
    assert voting_power([7 * weight for weight in weights], 7 * quota, index) == power
    assert voting_power([*weights, 0], quota, index)[:-1] == pytest.approx(power, abs=1e-12)


def test_votes_that_floats_would_miscount_do_reach_the_quota():
    assert 0.1 + 0.1 + 0.1 != 0.3
    assert voting_power([0.1, 0.1, 0.1], 0.3) == (1 / 3,) * 3
    assert voting_power([0.1, 0.2, 0.7], 0.3, "banzhaf") == voting_power([1, 2, 7], 3, "banzhaf")


def test_unequal_votes_of_a_quota_no_table_can_hold():
    weights = [10.0**9 + k * math.pi for k in range(9)]
    assert voting_power(weights, 4.5e9) == pytest.approx([1 / 9] * 9, abs=1e-12)
    tiny = [1e-200, 1e200, 1.0]
    assert voting_power(tiny, 1e200) == (0, 1, 0)


def test_many_members_with_equal_votes():
    assert voting_power([1] * 101, 51) == pytest.approx([1 / 101] * 101, rel=1e-12)


@pytest.mark.parametrize(
    ("weights", "quota", "index", "words"),
    [
        ([1, -1], 1, "shapley-shubik", "weight of member 2 is -1"),
        ([1, float("nan")], 1, "shapley-shubik", "weight of member 2 is nan"),
        ([1, "2"], 1, "shapley-shubik", "weight of member 2 is '2'"),
        ([1, True], 1, "shapley-shubik", "weight of member 2 is True"),
        ([1, 2], float("inf"), "shapley-shubik", "quota is inf"),
        ([1, 2], 0, "shapley-shubik", "The quota is 0 and all votes together are 3"),
        ([1, 2], 4, "shapley-shubik", "The quota is 4 and all votes together are 3"),
        ([], 1, "shapley-shubik", "all votes together are 0"),
        ([1, 2], 2, "shapley", "No index is called 'shapley'"),
        ([math.sqrt(k) for k in range(1, 26)], 40, "banzhaf", "25 members"),
    ],
)
def test_bad_bodies_are_refused(weights, quota, index, words):
    with pytest.raises(bg.BargainError) as error:
        voting_power(weights, quota, index)
    assert words in str(error.value)
