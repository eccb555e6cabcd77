"""Offers on models in which states sign or stay out: stability inside and outside, through the one system."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bargain as bg
from bargain_models import SafeCoalition

STATES = tuple("ABCDE")


def signing(members: str, *, terms: list[dict[str, Any]] | None = None, **more: Any) -> bg.Offer:
    """An offer on five alike states with linear benefits b = c = 1, the letters of `members` asked to join."""
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "safe_coalition",
            "players": {state: {"capability": 1, "discount": 0.9} for state in STATES},
            "asks": {state: "join" if state in members else "stay" for state in STATES},
            "disagreement": dict.fromkeys(STATES, "stay"),
            "terms": terms or [],
            **more,
        }
    )


def pay(giver: str, taker: str, amount: float, **more: Any) -> dict[str, Any]:
    term = {"id": giver + taker, "cluster": "financial", "from": giver, "to": taker, "value": amount, "cost": amount}
    return {**term, **more}


@pytest.mark.parametrize("members", ["AB", "ABC", "ABCD", "ABCDE"])
def test_barrett_1994_the_gain_of_staying_in(members: str) -> None:
    """Linear benefits, b = c = 1: the gain of the s-th member is -(s - 1)(s - 3)/2, so three is a tie."""
    verdict, s = bg.check(signing(members)), len(members)
    inside = verdict.finding("internal_stability", "A")
    assert inside.margin == pytest.approx(-(s - 1) * (s - 3) / 2, abs=1e-9)
    assert inside.status == ("holds" if s <= 3 else "fails")
    outside = verdict.finding("external_stability", "E")
    if members == "ABCDE":
        assert outside.status == "not applicable"
    else:
        assert outside.margin == pytest.approx(s * (s - 2) / 2, abs=1e-9)
        assert verdict.finding("compliance", "E").status == "not applicable"


def test_margins_agree_with_the_stability_of_the_membership_game() -> None:
    model = SafeCoalition(players=STATES, benefit=(3.0, 1.0, 2.0, 1.0, 0.5), cost=(1.0, 2.0, 1.0, 0.5, 1.0))
    game = model.membership()
    found = bg.stability(game)
    for members in ("AC", "BCD", "ABCD"):
        parameters = {"benefit": [3, 1, 2, 1, 0.5], "cost": [1, 2, 1, 0.5, 1]}
        verdict, mask = bg.check(signing(members, parameters=parameters)), game.mask(list(members))
        inside = [verdict.finding("internal_stability", state).margin for state in members]
        outside = [verdict.finding("external_stability", state).margin for state in STATES if state not in members]
        assert min(inside) == pytest.approx(found.internal[mask], abs=1e-9)  # type: ignore[type-var]
        assert min(outside) == pytest.approx(found.external[mask], abs=1e-9)  # type: ignore[type-var]


def test_a_term_counts_between_signatories_only() -> None:
    """D has 1.5 more outside a coalition of four; paid 2 it stays in. Among three the payment does not count."""
    paid = bg.check(signing("ABCD", terms=[pay("A", "D", 2)]))
    assert paid.finding("internal_stability", "D").margin == pytest.approx(-1.5 + 2)
    assert paid.finding("internal_stability", "A").margin == pytest.approx(-1.5 - 2)
    three = bg.check(signing("ABC", terms=[pay("A", "D", 2)]))
    assert three.payoffs["agreement"] == bg.check(signing("ABC")).payoffs["agreement"]
    # ... but D would have it if it joined.
    assert three.finding("external_stability", "D").margin == pytest.approx(1.5 - 2)
    assert three.finding("credibility", "A").status == "not applicable"


def test_patience_carries_what_a_single_period_does_not() -> None:
    """Compliance is the dynamic form: a member that leaves is out for good, the others go on without it.

    At s = 3 leaving changes nothing in the period itself or later; at s = 2 each period in is worth 1/2 more.
    """
    for members, gain in (("AB", 0.5), ("ABC", 0.0)):
        margin = bg.check(signing(members)).finding("compliance", "A").margin
        assert margin == pytest.approx(0.9 * gain + 0.1 * gain, abs=1e-9)


def test_where_the_coalition_dissolves_members_have_more_to_lose() -> None:
    dissolving = signing("ABCD", breakdown=dict.fromkeys(STATES, "stay"))
    verdict = bg.check(dissolving)
    singles = SafeCoalition(players=STATES).membership().at(0)
    assert verdict.payoffs["breakdown"]["A"] == singles[0]
    four = SafeCoalition(players=STATES).membership().at(0b1111)
    three = SafeCoalition(players=STATES).membership().at(0b1110)
    expected = 0.9 * (four[0] - singles[0]) - 0.1 * (three[0] - four[0])
    assert verdict.finding("compliance", "A").margin == pytest.approx(expected)
    assert verdict.finding("compliance", "A").status == "holds"


def test_repair_finds_the_transfers_that_make_a_coalition_internally_stable() -> None:
    """The money needed is the shortfall of the coalition; from outside it, nothing can be moved."""
    terms = [pay("A", state, 0) for state in "BCD"]
    parameters = {"benefit": [6, 1, 1, 1, 1], "cost": 1}
    offer = signing("ABCD", terms=terms, parameters=parameters)
    game = SafeCoalition(players=STATES, benefit=(6.0, 1.0, 1.0, 1.0, 1.0)).membership()
    surplus = bg.stability(game).surplus[game.mask(list("ABCD"))]
    fixed = bg.repair(offer)
    if surplus >= 0:
        assert fixed.status == "repaired"
        again = bg.check(fixed.offer)
        assert again.holds
        needed = -np.minimum(0, game.at(15)[1:4] - game.after_moving(15)[1:4])
        assert fixed.cost == pytest.approx(needed.sum(), abs=1e-4)
    else:
        assert fixed.status == "impossible"
    poor = bg.repair(signing("ABCD", terms=terms))
    assert poor.status == "impossible"
    assert poor.certificate is not None
    assert poor.certificate.verify()


def test_worths_are_those_of_coalitions_that_sign() -> None:
    verdict = bg.check(signing("ABCDE"))
    game = SafeCoalition(players=STATES).membership()
    kept = game.at(31)
    least = min(
        kept[[i for i in range(5) if mask >> i & 1]].sum() - game.worths[mask]
        for mask in range(1, 31)
        if mask.bit_count() > 1
    )
    found = verdict.finding("no_blocking_coalition").margin
    assert found == pytest.approx(min(least, float((kept - game.at(0)).min())))


def dissolving(members: str = "ABCD", **more: Any) -> bg.Offer:
    return signing(members, breakdown="dissolve", **more)


def test_to_dissolve_is_that_everyone_stays_out() -> None:
    """Barrett's four: 4 inside, 4.5 + 1 outside three, 4.5 with nobody in; b = c = 1, n = 5."""
    word, profile = dissolving(), signing("ABCD", breakdown=dict.fromkeys(STATES, "stay"))
    model = SafeCoalition(players=STATES).membership()
    in_four, alone = model.at(0b1111)[0], model.at(0)[0]
    verdict = bg.check(word)
    assert [f.to_dict() for f in verdict.findings] == [f.to_dict() for f in bg.check(profile).findings]
    assert verdict.payoffs["breakdown"] == dict.fromkeys(STATES, alone)
    # The period of the breach itself: the three others still act as one. Internal stability speaks of that period.
    leaving = model.at(0b1110)[0]
    assert verdict.finding("internal_stability", "A").margin == pytest.approx(in_four - leaving)
    for discount in (0.0, 0.3, 0.9):
        patient = word.replace({"players.A.discount": discount})
        expected = discount * (in_four - alone) - (1 - discount) * (leaving - in_four)
        assert bg.check(patient).finding("compliance", "A").margin == pytest.approx(expected)


def test_a_coalition_that_dissolves_asks_for_less_patience() -> None:
    parameters = {"benefit": [6, 1, 1, 1, 1], "cost": 1}
    terms = [pay("A", state, 3) for state in "BCD"]
    goes_on, dissolves = (bg.check(signing("ABCD", terms=terms, parameters=parameters, **more)) for more in (
        {}, {"breakdown": "dissolve"}))  # fmt: skip
    assert dissolves.finding("internal_stability", "A").margin == goes_on.finding("internal_stability", "A").margin
    for state in "ABCD":
        assert dissolves.finding("compliance", state).margin > goes_on.finding("compliance", state).margin


def test_the_other_verbs_know_a_coalition_that_dissolves() -> None:
    offer = dissolving(terms=[pay("A", "B", 1)])
    why = str(bg.explain(offer))
    assert "the coalition dissolved" in why
    text = bg.offer_text(offer)
    assert "breakdown: dissolve" in text
    assert bg.parse_offer(text) == offer
    assert bg.parse_offer(text).dissolves
    assert bg.parse_offer(bg.offer_text(offer.replace({"terms.AB.value": 2}))).dissolves
    assert bg.sensitivity(offer).turns
    assert bg.credibility_frontier(offer, "AB") is not None
    assert offer.replace({"breakdown": {}}).breakdown == {}
    assert signing("ABCD").replace({"breakdown": "dissolve"}) == dissolving()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"breakdown": "disolve"}, "breakdown: 'disolve' is not a breakdown that is known. Known: dissolve; perhaps"),
        ({"breakdown": 3}, "breakdown: the number 3 stands where keys with values are expected"),
        ({"breakdown": {"A": "stay"}}, "the profile leaves this player out"),
        ({"breakdown.A": "stay"}, "breakdown.B: the profile leaves this player out"),
    ],
)
def test_faults_of_a_breakdown(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(bg.DocumentError) as error:
        dissolving().replace(changes)
    assert words in str(error.value)


# Affinity: who signs where states mind what others have


def friends(alpha: float, states: str = "ABCDE") -> dict[str, dict[str, float]]:
    return {one: {other: alpha for other in states if other != one} for one in states}


@pytest.mark.parametrize(("members", "turn"), [("ABCD", 1 / 9), ("ABCDE", 2 / 7)])
def test_friends_sign_what_strangers_do_not(members: str, turn: float) -> None:
    """Five alike, b = c = 1: the s-th member gains -(s-1)(s-3)/2 + alpha*(s-1)*[(s - 3/2) + 2(5 - s)] by being in.

    By being in it moves the sum of efforts by 2(s - 1); the other members bear (2s - 1)/2 of it as cost.
    """
    s = len(members)
    for alpha in (-0.2, 0.0, turn - 1e-6, turn + 1e-6, 0.9):
        inside = bg.check(signing(members, affinity=friends(alpha))).finding("internal_stability", "A")
        gain = -(s - 1) * (s - 3) / 2 + alpha * (s - 1) * (s - 1.5 + 2 * (5 - s))
        assert inside.margin == pytest.approx(gain, abs=1e-9)
        assert inside.status == ("holds" if alpha > turn else "fails")


@pytest.mark.parametrize("seed", range(4))
def test_affinity_weighs_what_every_coalition_gives_and_power_but_no_term(seed: int) -> None:
    """Each margin against one worked by hand from the model's payoffs; a payment of 1 counts as 1 to either end."""
    rng = np.random.default_rng(seed)
    alphas = np.round(rng.uniform(-1, 1, (5, 5)), 2)
    np.fill_diagonal(alphas, 0)
    benefit, cost = np.round(rng.uniform(0.2, 4, (2, 5)), 2)
    k, stakes = np.round(rng.uniform(1, 4, 5), 2), np.round(rng.uniform(0, 9, 5), 2)
    offer = signing(
        "ABC",
        terms=[pay("A", "B", 1.5), pay("C", "D", 7.0)],
        parameters={"benefit": benefit.tolist(), "cost": cost.tolist()},
        players={
            state: {"capability": float(k[i]), "discount": 0.9, "stake": float(stakes[i])}
            for i, state in enumerate(STATES)
        },
        affinity={one: {other: float(alphas[i, j]) for j, other in enumerate(STATES) if j != i}
                  for i, one in enumerate(STATES)},
    )  # fmt: skip

    def felt(mask: int) -> Any:
        inside = np.array([mask >> i & 1 for i in range(5)], dtype=bool)
        efforts = np.where(inside, benefit[inside].sum(), benefit) / cost
        own = benefit * efforts.sum() - cost * efforts**2 / 2 + stakes * k / k.sum()
        return own + alphas @ own

    verdict, asked, paid = bg.check(offer), felt(0b111), np.array([-1.5, 1.5, 0, 0, 0])
    for i, state in enumerate(STATES):
        gain = verdict.finding("participation", state).margin
        assert gain == pytest.approx(asked[i] + paid[i] - felt(0)[i], rel=1e-9)
        check = "internal_stability" if i < 3 else "external_stability"
        # If D joined it would have the 7 that C promises to a member.
        joining = {3: 7.0}.get(i, 0.0)
        stays = asked[i] + paid[i] - felt(0b111 ^ 1 << i)[i] - joining
        assert verdict.finding(check, state).margin == pytest.approx(stays, rel=1e-9, abs=1e-9)
        if i == 1:  # B is paid while it is in: out once, with breaches seen at once, and for ever after.
            kept = 0.1 * (asked[i] + paid[i] - felt(0b101)[i]) + 0.9 * stays
            assert verdict.finding("compliance", state).margin == pytest.approx(kept, rel=1e-9, abs=1e-9)
    blocks = {}
    for mask in range(1, 31):
        members = [i for i in range(5) if mask >> i & 1]
        worth = felt(0)[members].sum() if len(members) == 1 else felt(mask)[members].sum()
        blocks[mask] = (asked + paid)[members].sum() - worth
    assert verdict.finding("no_blocking_coalition").margin == pytest.approx(min(blocks.values()), rel=1e-9)
    assert verdict.efficiency["best_welfare"] == pytest.approx(max(felt(mask).sum() for mask in range(32)), rel=1e-9)


@pytest.mark.parametrize("alpha", [-0.02, 0.05])
def test_repair_and_design_where_friends_or_rivals_sign(alpha: float) -> None:
    """The least payments that keep four of five: what each lacks by itself, alpha weighing payoffs and no payment.

    29 are lacking where alpha is 0. By being in, B moves the sum of efforts by 11, from 26 to 37, worth 6*11 to A and
    11 to each of the three others; A, C and D do 9 instead of 8, at a cost of (81 - 64)/2 each.
    """
    rich = {"benefit": [6, 1, 1, 1, 1], "cost": 1}
    offer = signing("ABCD", terms=[pay("A", each, 1.0) for each in "BCD"], parameters=rich, affinity=friends(alpha))
    free = [f"terms.A{each}.value" for each in "BCD"]
    least, repaired = bg.design(offer, minimise="cost", free=free), bg.repair(offer)
    assert bg.check(offer).holds is False
    assert least.status == "designed"
    assert repaired.status == "repaired"
    assert bg.check(least.offer).holds
    assert bg.check(repaired.offer).holds
    lacking = 29 - alpha * (9 * 11 - 3 * 17 / 2)
    assert [least.offer.number(path) for path in free] == pytest.approx([lacking] * 3, abs=1e-5)


def test_a_club_of_rivals_is_linked_like_any_model() -> None:
    """What a member of capacity_club counts for a rival's power comes out of its own."""
    club = bg.read_offer("examples/capacity_club/offer.yaml")
    linked = club.replace({"affinity.Second.Leader": -0.5})
    before, after = club.build_model().membership().payoffs, linked.build_model().membership().payoffs
    np.testing.assert_allclose(after[:, 1], before[:, 1] - 0.5 * before[:, 0])
    np.testing.assert_allclose(np.delete(after, 1, axis=1), np.delete(before, 1, axis=1))
    np.testing.assert_allclose(
        linked.build_model().normal_form().payoffs[1], club.build_model().normal_form().payoffs[1] - 0.5 * (
            club.build_model().normal_form().payoffs[0])
    )  # fmt: skip
