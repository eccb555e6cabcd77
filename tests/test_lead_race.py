"""The race with a lead: its reference numbers, found in two ways, and its closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

import bargain as bg
from bargain_models import LeadRace
from model_tools import DRAWS, best_replies, closed_forms, critical, only_equilibrium

PAUSES = (0, 3, 6, 9, 12)


def paid(model, amount, capabilities=None):
    """The game in which the leader pays a follower that refrains."""
    game = model.normal_form(capabilities)
    payoffs = game.payoffs.copy()
    payoffs[0, :, 0] -= amount
    payoffs[1, :, 0] += amount
    return bg.NormalFormGame(payoffs, players=game.players, actions=game.actions)


def test_reference():
    model = LeadRace()
    equilibrium = only_equilibrium(model.normal_form())
    assert equilibrium.label == ("pause 3", "race")
    assert equilibrium.payoffs == pytest.approx([-18.854, 4.973], abs=5e-4)
    assert model.risk(equilibrium.profile, (4.0, 2.0)) == pytest.approx(0.3932, abs=5e-5)
    assert model.payoff((2, 0), (4.0, 2.0)) == pytest.approx((14.836, 7.189), abs=5e-4)
    assert model.payoff((2, 1), (4.0, 2.0))[1] == pytest.approx(15.080, abs=5e-4)


def test_by_hand():
    """The reference profile (pause 3, race), every step written out."""
    lead = 12 * math.log(4 / (2 * math.exp(0.4)))
    first = 1 / (1 + math.exp(-(lead - 3) / 3))
    own, other = 0.5 * math.exp(-3 / 6), 0.5
    risk = first * own + (1 - first) * other
    leader = 100 * (first * (1 - own) + (1 - first) * (1 - other) * 0.1) - 150 * risk
    follower = 100 * ((1 - first) * (1 - other) + first * (1 - own) * 0.1) - 50 * risk - 2
    assert LeadRace().payoff((1, 1), (4.0, 2.0)) == pytest.approx((leader, follower), rel=1e-13)
    assert LeadRace().risk((1, 1), (4.0, 2.0)) == pytest.approx(risk, rel=1e-13)


def test_payment_buys_safety():
    equilibrium = only_equilibrium(paid(LeadRace(), 10))
    assert equilibrium.label == ("pause 6", "refrain")
    assert equilibrium.payoffs == pytest.approx([4.84, 17.19], abs=5e-3)
    assert LeadRace().risk(equilibrium.profile, (4.0, 2.0)) == pytest.approx(0.284, abs=5e-4)


@pytest.mark.parametrize(("amount", "count"), [(7.8908, 1), (7.8910, 3), (8.0, 3), (8.3484, 3), (8.3486, 1)])
def test_three_equilibria_between_two_payments(amount, count):
    game = paid(LeadRace(), amount)
    found = bg.nash_equilibria(game)
    assert found.complete
    assert len(found) == count
    assert len(best_replies(game)) == (2 if count == 3 else 1)
    prices = [np.diff(LeadRace().normal_form().payoffs[1, row])[0] for row in (2, 1)]
    assert prices == pytest.approx([7.8909, 8.3485], abs=5e-5)


def test_shared_power_instead():
    model, stronger = LeadRace(), (4.0, 2.6)
    assert model.risk(only_equilibrium(model.normal_form(stronger)).profile, stronger) == pytest.approx(
        0.4422, abs=5e-5
    )
    for amount, action in ((10.5967, "race"), (10.5969, "refrain")):
        labels = [each.label for each in bg.nash_equilibria(paid(model, amount, stronger))]
        assert any("refrain" in label for label in labels) == (action == "refrain")
    bought = only_equilibrium(paid(model, 15, stronger))
    assert bought.label == ("pause 3", "refrain")
    assert model.risk(bought.profile, stronger) == pytest.approx(0.368, abs=5e-4)
    assert bought.payoffs[0] == pytest.approx(-21.59, abs=5e-3)


def test_close_follower_leaves_no_pause():
    equilibrium = only_equilibrium(LeadRace().normal_form((4.0, 3.2)))
    assert equilibrium.label[0] == "pause 0"
    assert LeadRace().risk(equilibrium.profile, (4.0, 3.2)) == pytest.approx(0.5, abs=1e-15)


def test_strong_follower_stops_racing():
    before, after = (only_equilibrium(LeadRace().normal_form((4.0, k))) for k in (8.0, 8.1))
    assert (before.label[1], after.label[1]) == ("race", "refrain")
    assert before.payoffs[0] == pytest.approx(-69.44, abs=5e-3)
    assert after.payoffs[0] == pytest.approx(-67.47, abs=5e-3)


def test_two_followers():
    model = LeadRace(players=("A", "B", "C"))
    k = (4.0, 2.0, 1.8)
    assert model.payoff((1, 1, 0), k) == pytest.approx((-18.8545, 4.9733, -13.5899), abs=5e-5)
    # The weaker follower is never first: it keeps a tenth of the prize unless there is an accident.
    risk = model.risk((1, 1, 0), k)
    assert model.payoff((1, 1, 0), k)[2] == pytest.approx(100 * 0.1 * (1 - risk) - 50 * risk, rel=1e-13)
    assert model.payoff((1, 1, 0), k)[:2] == LeadRace().payoff((1, 1), (4.0, 2.0))


def test_swapping_followers_swaps_payoffs():
    model = LeadRace(players=("A", "B", "C", "D"))
    game, swapped = model.normal_form((4.0, 2.0, 1.8, 2.9)), model.normal_form((4.0, 2.9, 1.8, 2.0))
    np.testing.assert_allclose(swapped.payoffs, game.payoffs[[0, 3, 2, 1]].transpose(0, 1, 4, 3, 2), rtol=1e-13)


def test_level_followers_share_the_rivals_place():
    model, near = LeadRace(players=("A", "B", "C")), 1e-9
    for profile, k in (((1, 0, 0), (4.0, 2.0, 2.0)), ((1, 1, 0), (4.0, 2.0, 2.0 * math.exp(0.4)))):
        level = model.payoff(profile, k)
        ahead = model.payoff(profile, (k[0], k[1] * (1 + near), k[2]))
        behind = model.payoff(profile, (k[0], k[1] * (1 - near), k[2]))
        assert abs(ahead[1] - behind[1]) > 1, "being the rival must matter for this test to bite"
        assert level == pytest.approx(tuple((a + b) / 2 for a, b in zip(ahead, behind, strict=True)), rel=1e-6)
    three = LeadRace(players=("A", "B", "C", "D")).payoff((1, 0, 0, 0), (4.0, 2.0, 2.0, 2.0))
    rival, other = LeadRace(players=("A", "B", "C")).payoff((1, 0, 0), (4.0, 2.0, 1.0))[1:]
    assert three[1:] == pytest.approx([(rival + 2 * other) / 3] * 3, rel=1e-13)


def test_extreme_capabilities():
    model = LeadRace(lead_spread=1e-300)
    assert model.payoff((0, 0), (1e300, 1e-300)) == pytest.approx((100 * 0.5 - 75, 100 * 0.1 * 0.5 - 25))
    assert model.payoff((0, 0), (1e-300, 1e300)) == pytest.approx((100 * 0.5 * 0.1 - 75, 50 - 25))
    assert np.isfinite(LeadRace().normal_form((1e300, 1e-300)).payoffs).all()


def test_with_eight_followers_fits():
    model = LeadRace(players=tuple("ABCDEFGHI"))
    game = model.normal_form((4.0, 2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3))
    assert game.payoffs.shape == (9, 5, *(2,) * 8)
    assert model.capabilities() == (4.0, *(2.0,) * 8)


@pytest.mark.parametrize(
    ("pauses", "words"),
    [
        ((), "at least one pause"),
        ((0.0, -1.0), "zero or more; got -1.0"),
        ((0.0, math.inf), "zero or more; got inf"),
        ((3.0, 4.5, 3.0), "listed once; got 3, 4.5, 3"),
    ],
)
def test_pauses(pauses, words):
    with pytest.raises(ValidationError, match=words):
        LeadRace(pauses=pauses)


def test_action_names():
    model = LeadRace(pauses=[0, 4.5, 6.0000001, 6])
    assert model.actions()[0] == ("pause 0", "pause 4.5", "pause 6.0000001", "pause 6")


def draw_race(rng):
    values = {
        "months_per_efold": rng.uniform(1, 30),
        "lead_spread": rng.uniform(0.5, 10),
        "accident_risk": rng.uniform(0, 1),
        "safety_timescale": rng.uniform(1, 20),
        "follower_risk": rng.uniform(0, 1),
        "prize": rng.uniform(1, 200),
        "enmity": rng.uniform(0, 1),
        "race_cost": rng.uniform(0, 5),
        "race_boost": rng.uniform(0, 1),
        "leader_loss": rng.uniform(0, 200),
        "follower_loss": rng.uniform(0, 200),
    }
    return {name: float(value) for name, value in values.items()}


def test_closed_forms():
    rng, at = np.random.default_rng(2), closed_forms(LeadRace)
    promised = 0
    for _ in range(DRAWS):
        values, pause, k = draw_race(rng), float(rng.uniform(0, 12)), tuple(rng.uniform(0.5, 8, 2).tolist())
        model = LeadRace(pauses=(pause,), **values)
        game = model.normal_form(k)
        values |= {"capability_leader": k[0], "capability_follower": k[1], "pause": pause}
        values |= {"payment": 0.0, "disagreement_leader": 0.0, "disagreement_follower": 0.0}
        for races, verb in enumerate(("refrains", "races")):
            leader, follower = game.payoffs[:, 0, races]
            assert at(f"leader's payoff if the follower {verb}", values) == pytest.approx(leader, rel=1e-9)
            assert at(f"follower's payoff if it {verb}", values) == pytest.approx(follower, rel=1e-9, abs=1e-9)
            risk = model.risk((0, races), k)
            assert at(f"accident risk if the follower {verb}", values) == pytest.approx(risk, rel=1e-9)

        price = at("least payment that makes refraining a best reply", values)
        for more, action in ((1e-6, 0), (-1e-6, 1)):
            assert [each.profile for each in bg.nash_equilibria(paid(model, price + more, k))] == [(0, action)]

        # Paid less than the price, the follower keeps the promise only for the sake of the future.
        payment, fallback = price - rng.uniform(0.1, 5), game.payoffs[:, 0, 0] - rng.uniform(0.1, 5, 2)
        worse = np.add(fallback, (-payment, payment))
        values |= {"payment": payment, "disagreement_leader": worse[0], "disagreement_follower": worse[1]}
        follower = critical(game.payoffs[1, 0, 0] + payment, game.payoffs[1, 0, 1], worse[1])
        assert at("follower's critical discount factor", values) == pytest.approx(follower, abs=1e-9)
        if payment > 0:
            promised += 1
            leader = critical(game.payoffs[0, 0, 0] - payment, game.payoffs[0, 0, 0], worse[0])
            assert at("leader's critical discount factor for paying", values) == pytest.approx(leader, abs=1e-9)
    assert promised > 20


def test_critical_discount_factors_of_the_reference():
    status_quo = LeadRace().payoff((1, 1), (4.0, 2.0))
    values = LeadRace().parameters() | {"capability_leader": 4.0, "capability_follower": 2.0, "pause": 6.0}
    values |= {"disagreement_leader": status_quo[0], "disagreement_follower": status_quo[1]}
    at = closed_forms(LeadRace)
    follower, leader = "follower's critical discount factor", "leader's critical discount factor for paying"
    assert at(follower, values | {"payment": 6.0}) == pytest.approx(0.187, abs=5e-4)
    assert at(follower, values | {"payment": 0.0}) == pytest.approx(0.781, abs=5e-4)
    assert at(leader, values | {"payment": 6.0}) == pytest.approx(0.178, abs=5e-4)
    assert at(leader, values | {"payment": 10.0}) == pytest.approx(0.297, abs=5e-4)


@given(
    seed=st.integers(0, 2**32 - 1),
    pause=st.sampled_from(PAUSES),
    races=st.sampled_from((0, 1)),
    k=st.tuples(*[st.floats(0.01, 100)] * 3),
)
def test_a_stronger_follower_never_helps_the_leader(seed, pause, races, k):
    values = draw_race(np.random.default_rng(seed))
    assume(values["follower_risk"] >= values["accident_risk"] * math.exp(-pause / values["safety_timescale"]))
    model = LeadRace(pauses=(float(pause),), **values)
    leader, *followers = k
    weak, strong = (model.payoff((0, races), (leader, follower))[0] for follower in sorted(followers))
    assert strong <= weak + 1e-9
