"""Capacity clubs: reference numbers, payoffs written out in a second way, and the closed forms."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bargain.games import GameError
from bargain.membership import stability
from bargain.partition import stable_structures
from bargain.power import concentration, gini, power_shares
from bargain.structures import PartitionGame
from bargain_models.capacity_club import CapacityClub
from model_tools import DRAWS, closed_forms

NAMES = ("A", "B", "C", "D")


def slowly(model, capabilities, clubs):
    """Payoffs under given clubs, straight from the definition."""
    n = len(model.players)
    pooled = list(capabilities)
    for club in clubs:
        for i in club:
            pooled[i] += model.spillover * sum(capabilities[j] for j in club if j != i)
    stakes = model.stake if isinstance(model.stake, tuple) else (model.stake,) * n
    fees = {i: model.fee for club in clubs if len(club) > 1 for i in club}
    shares = power_shares(pooled, model.decisiveness)
    return [stakes[i] * shares[i] - fees.get(i, 0.0) for i in range(n)]


def draw_club(rng, n=None, **more):
    n = n or int(rng.integers(2, 7))
    values = {
        "stake": tuple(rng.uniform(0, 200, n).tolist()),
        "spillover": float(rng.uniform(0, 1)),
        "fee": float(rng.uniform(0, 10)),
        "decisiveness": float(rng.choice([1.0, 0.3, 2.5])),
    }
    return CapacityClub(players=tuple("ABCDEFG"[:n]), **values | more), tuple(rng.uniform(0.1, 10, n).tolist())


def test_reference():
    model = CapacityClub(players=NAMES)
    game = model.membership()
    assert game.at(["A", "B"]) == pytest.approx([43.4545, 34.3636, 9.0909, 9.0909], abs=5e-5)
    assert game.at([1, 2, 3]) == pytest.approx([33.3333, 23, 18.8333, 18.8333], abs=5e-5)
    assert game.at([]) == pytest.approx([50, 25, 12.5, 12.5], rel=1e-15)
    assert stability(game).stable == (0b1110,)
    report = model.report([1, 2, 3])
    assert report.concentration == pytest.approx(0.2604, abs=5e-5)
    assert report.concentration_before == pytest.approx(0.3438, abs=5e-5)


def test_reference_by_hand():
    """The club {A, B} in fractions: 4 + 2/2 and 2 + 4/2 of a total of 11."""
    expected = [100 * Fraction(5, 11) - 2, 100 * Fraction(4, 11) - 2, Fraction(100, 11), Fraction(100, 11)]
    assert CapacityClub().membership().at([0, 1]) == pytest.approx([float(each) for each in expected], rel=1e-14)


def test_counter_clubs_cycle():
    game = CapacityClub(players=NAMES).partition()
    assert stable_structures(game).rows == ()
    # Every one of the 15 structures loses somebody, one by one.
    for row in range(15):
        assert stable_structures(game).moves(row), game.label(row)


def test_a_higher_fee_leaves_all_single():
    model = CapacityClub(fee=6.0)
    assert stability(model.membership()).stable == ()
    assert 0 in stability(model.membership()).stable_alone


def test_nearly_equal_states_form_the_grand_club():
    model = CapacityClub(players=NAMES[:3])
    assert stability(model.membership((3.0, 2.0, 2.0))).stable == (0b111,)


def test_paid_leader_joins():
    """Without a payment the leader stays out of every stable club; paid by the second state it joins."""
    game = CapacityClub(players=NAMES).membership()
    assert not any(mask & 1 for mask in stability(game).stable)
    assert stability(game.with_term("B", "A", value=7, cost=7)).stable == (0b1111,)


def test_payoffs_against_the_definition():
    rng = np.random.default_rng(10)
    for _ in range(40):
        model, k = draw_club(rng)
        n, game, several = len(k), model.membership(k), model.partition(k)
        for mask in range(1 << n):
            club = [i for i in range(n) if mask >> i & 1]
            assert game.at(mask) == pytest.approx(slowly(model, k, [club]), rel=1e-12, abs=1e-12)
        for row in rng.choice(len(several.payoffs), 5):
            structure = several.structure(int(row))
            assert several.payoffs[row] == pytest.approx(slowly(model, k, structure), rel=1e-12, abs=1e-12)
        # One club and everyone else alone is a structure too.
        club = int(rng.integers(1, 1 << n))
        structure = [club, *(1 << i for i in range(n) if not club >> i & 1)]
        assert several.payoffs[several.row(structure)] == pytest.approx(game.at(club), rel=1e-13)


def test_many_states_in_blocks():
    """17 states: more coalitions than are handled at a time."""
    rng = np.random.default_rng(11)
    model, k = CapacityClub(players=tuple(f"S{i}" for i in range(17))), tuple(rng.uniform(1, 5, 17).tolist())
    game = model.membership(k)
    for mask in (1, 1 << 16, 0x15555, (1 << 17) - 1, 0x8001):
        club = [i for i in range(17) if mask >> i & 1]
        assert game.at(mask) == pytest.approx(slowly(model, k, [club]), rel=1e-12)
        assert game.payoffs[mask] == pytest.approx(game.at(mask), rel=1e-15)


def test_alone_is_alone():
    game = CapacityClub(fee=7.3, decisiveness=1.7).membership((3.1, 2.2, 1.3, 0.4))
    for i in range(4):
        np.testing.assert_array_equal(game.payoffs[1 << i], game.payoffs[0])


def test_reports():
    model = CapacityClub(players=NAMES)
    report = model.report(["A", "D"], ["B", "C"])
    assert report.clubs == (0b1001, 0b0110)
    np.testing.assert_allclose(report.capabilities, [4.5, 2.5, 2.0, 3.0])
    np.testing.assert_allclose(report.shares, np.array([4.5, 2.5, 2.0, 3.0]) / 12)
    assert report.payoffs == pytest.approx(slowly(model, (4, 2, 1, 1), [[0, 3], [1, 2]]))
    assert report.gini == pytest.approx(gini([4.5, 2.5, 2.0, 3.0]))
    assert report.gini_before == pytest.approx(0.3125)
    assert report.concentration == pytest.approx(concentration(report.shares))
    assert report.outsiders_loss == 0
    assert report.members_gain == pytest.approx(-8)  # Power is zero-sum, so four fees are what is lost.
    alone = model.report(["A"])
    assert alone.clubs == ()
    np.testing.assert_array_equal(alone.gains, 0)
    one = model.report(["B", "C"])
    assert one.outsiders_loss == pytest.approx(50 + 12.5 - one.payoffs[0] - one.payoffs[3])
    with pytest.raises(GameError, match="B stands in two clubs"):
        model.report(["A", "B"], ["B", "C"])


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1))
def test_laws(seed):
    """Power is zero-sum; outsiders never gain; who brings least gains power in a pair; scale does not matter."""
    rng = np.random.default_rng(seed)
    model, k = draw_club(rng, stake=100.0, decisiveness=1.0, fee=0.0)
    game = model.membership(k)
    np.testing.assert_allclose(game.welfare, 100.0, rtol=1e-12)
    masks = np.arange(game.n_coalitions)
    for i in range(len(k)):
        outside = masks >> i & 1 == 0
        assert (game.payoffs[outside, i] <= game.payoffs[0, i] * (1 + 1e-12)).all()
    i, j = np.argsort(k)[:2]
    assert game.at([int(i), int(j)])[i] >= game.payoffs[0, i] * (1 - 1e-12)
    np.testing.assert_allclose(model.membership([1e200 * each for each in k]).payoffs, game.payoffs, rtol=1e-9)


def test_closed_forms():
    rng, at = np.random.default_rng(12), closed_forms(CapacityClub)
    gained = 0
    for _ in range(DRAWS):
        stake = float(rng.uniform(1, 200))
        model, k = draw_club(rng, stake=stake, decisiveness=1.0, spillover=float(rng.uniform(0.05, 1)))
        n, game = len(k), model.membership(k)
        club = rng.permutation(n)[: int(rng.integers(2, n + 1))].tolist()
        i = club[0]
        values = model.parameters() | {"own": k[i], "total": sum(k), "members": len(club), "partner": k[club[1]]}
        values["club"] = sum(k[j] for j in club)
        assert at("member's payoff", values) == pytest.approx(game.at(club)[i], rel=1e-10, abs=1e-10)
        if len(club) < n:
            j = next(j for j in range(n) if j not in club)
            assert at("outsider's payoff", values | {"own": k[j]}) == pytest.approx(game.at(club)[j], rel=1e-10)

        pair = club[:2]
        gain = game.at(pair) - game.at([])
        free = model.model_copy(update={"fee": 0.0}).membership(k)
        power_gain = free.at(pair)[i] - free.at([])[i]
        assert at("fee up to which a state gains from a pair", values) == pytest.approx(power_gain, abs=1e-9)
        assert at("least payment that makes a pair worthwhile to a state", values) == pytest.approx(-gain[i], abs=1e-9)
        together = at("fee up to which a pair gains together", values)
        assert 2 * (together - model.fee) == pytest.approx(gain[pair].sum(), abs=1e-9)
        condition = at("partner's capability times the total, less what it must exceed", values)
        if abs(power_gain) > 1e-9:
            gained += power_gain > 0
            assert (condition > 0) == (power_gain > 0)
    assert 20 < gained < DRAWS - 20


def test_strongest_states_alone_in_the_world_gain_nothing_together():
    game = CapacityClub(players=("A", "B"), fee=0.0).membership((3.0, 1.0))
    assert game.worths[3] == pytest.approx(game.payoffs[0].sum())


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"stake": (1.0, 2.0), "players": NAMES}, "stake has 2 numbers for 4 states"),
        ({"stake": -1.0}, "greater than or equal to 0"),
        ({"spillover": 1.5}, "less than or equal to 1"),
        ({"fee": float("inf")}, "finite"),
        ({"decisiveness": 0.0}, "greater than 0"),
    ],
)
def test_parameters_out_of_range(wrong, words):
    with pytest.raises(ValidationError, match=words):
        CapacityClub(**wrong)


def test_players():
    assert CapacityClub(stake=(1.0, 2.0)).players == ("State 1", "State 2")
    assert CapacityClub().membership().players == ("State 1", "State 2", "State 3", "State 4")
    assert isinstance(CapacityClub(players=NAMES[:2]).partition(), PartitionGame)
    with pytest.raises(GameError, match="26 players; 1 to 25"):
        CapacityClub(players=tuple(f"S{i}" for i in range(26))).membership()
    with pytest.raises(ValueError, match="4 finite capabilities above zero"):
        CapacityClub().membership((1.0, 2.0))
