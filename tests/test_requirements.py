"""The requirement system: worked numbers, and margins found a second way by following the game through time."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bargain as bg
from bargain.agreement import Agreement
from bargain.system import build_system
from offers import dilemma, race, table, windfall


def margins(offer: bg.Offer) -> dict[str, float]:
    system = bg.requirements(offer)
    return dict(zip(system.names, map(float, system.slack()), strict=True))


def test_reference_document() -> None:
    verdict = bg.check(race())
    expected = {
        ("participation", "Leader"): 27.690770,
        ("participation", "Follower"): 8.215740,
        ("compliance", "Leader"): 24.754698,
        ("compliance", "Follower"): 7.205076,
        ("credibility", "Leader"): 24.321693,
    }
    for key, margin in expected.items():
        assert verdict.finding(*key).margin == pytest.approx(margin, abs=5e-7)
    payoffs = verdict.payoffs
    assert payoffs["agreement"] == pytest.approx({"Leader": 8.836306, "Follower": 13.189015}, abs=5e-7)
    assert payoffs["disagreement"] == pytest.approx({"Leader": -18.854464, "Follower": 4.973275}, abs=5e-7)
    factors = verdict.critical_discount_factors
    assert factors == pytest.approx({"Leader": 0.178090, "Follower": 0.187095}, abs=5e-7)
    assert verdict.holds is True
    assert verdict.finding("credibility", "Follower").status == "not applicable"


def test_a_price_moves_the_credibility_problem_from_the_recipient_to_the_provider() -> None:
    nothing = bg.check(race(fund=0)).critical_discount_factors
    assert nothing["Follower"] == pytest.approx(0.781, abs=5e-4)
    assert bg.check(race(fund=10)).critical_discount_factors["Leader"] == pytest.approx(0.297, abs=5e-4)


def test_money_in_advance_moves_participation_and_no_compliance_margin() -> None:
    """Money in advance is sunk when a deviation is weighed.

    The follower is paid 6 once, in advance: an average of (1 - 0.9) * 6 = 0.6 a period. Restraint at pause 6 is
    worth 7.189015 to it, the status quo 4.973275, so participation is 7.189015 + 0.6 - 4.973275 = 2.815740.
    Compliance: 0.9 * (7.189015 - 4.973275) - 0.1 * (15.079916 - 7.189015) = 1.994166 - 0.789090 = 1.205076,
    whatever was paid before.
    """
    advance = {"terms.fund.timing": "upfront"}
    paid = margins(race(paths=advance))
    more = margins(race(fund=12, paths=advance))
    assert paid["participation[Follower]"] == pytest.approx(2.815740, abs=5e-7)
    assert more["participation[Follower]"] == pytest.approx(2.815740 + 0.6, abs=5e-7)
    assert paid["compliance[Follower:race@always]"] == pytest.approx(1.205076, abs=5e-7)
    for name, margin in paid.items():
        if not name.startswith(("participation", "no_blocking_coalition")):
            assert more[name] == margin
    assert not any(name.startswith("credibility") for name in paid)


def test_a_windfall_promise_is_judged_before_and_after_the_arrival() -> None:
    """A share of 4.5 of a windfall that arrives with hazard 0.1, discount factors 0.9.

    Before: omega = 0.09 / (1 - 0.81) = 0.473684, the prospect is worth 2.131579 to the recipient. It forgoes 2, and
    would have 0 by refusing: 0.9 * (-2 - 0) + 2.131579 - 0.1 * (0 + 2) = 0.131579.
    After: the recipient has -2 + 4.5 = 2.5 and loses it: 0.9 * 2.5 - 0.1 * (0 - 2.5) = 2.5. The provider has
    5 - 4.5 = 0.5, saves 4.5 by keeping the money, and suffers a harm of 20 * 1/5 = 4 once:
    0.9 * (0.5 - 0) - 0.1 * (4.5 - 4) = 0.4.
    """
    found = margins(windfall())
    assert found["compliance[Recipient:refuse@before]"] == pytest.approx(0.9 * -2 + 0.09 / 0.19 * 4.5 - 0.2)
    assert found["compliance[Recipient:refuse@after]"] == pytest.approx(2.5)
    assert found["credibility[Provider:withhold share@after]"] == pytest.approx(0.4)
    assert not any(name.startswith("credibility") and "before" in name for name in found)
    assert found["participation[Recipient]"] == pytest.approx(-2 + 0.09 / 0.19 * 4.5)
    assert found["participation[Provider]"] == pytest.approx(5 - 0.09 / 0.19 * 4.5)


def test_windfall_reference_numbers() -> None:
    """M5: the least promise is 4.2222; repeated B_max is 4.9; the recipient's factor r/(r(1-lambda)+lambda*B)."""
    least = 2 * 0.19 / 0.09
    at_least = {"terms__share__value": least, "terms__share__cost": least}
    assert margins(windfall(**at_least))["participation[Recipient]"] == pytest.approx(0, abs=1e-12)
    assert margins(windfall(**at_least))["compliance[Recipient:refuse@before]"] == pytest.approx(0, abs=1e-12)
    most = {"terms__share__value": 4.9, "terms__share__cost": 4.9}
    assert margins(windfall(**most))["credibility[Provider:withhold share@after]"] == pytest.approx(0, abs=1e-12)
    factor = bg.check(windfall()).critical_discount_factors["Recipient"]
    assert factor == pytest.approx(2 / (2 * 0.9 + 0.1 * 4.5))


@pytest.mark.parametrize(("periods", "factor"), [(1, None), (2, 0.618034), (3, 0.543689), (None, 0.5)])
def test_friedman_1971_and_finite_punishment(periods: int | None, factor: float | None) -> None:
    more: dict[str, Any] = {} if periods is None else {"punishment_periods": periods}
    found = bg.check(dilemma(terms=[], **more)).critical_discount_factors
    assert found == pytest.approx({"A": factor, "B": factor}, abs=5e-7)


def test_a_tie_is_decided_in_rationals() -> None:
    at = bg.check(dilemma(terms=[], discount=0.5))
    assert at.holds is True
    assert at.finding("compliance", "A").exact
    # 1/3 as a decimal lies a hair below the critical factor of a dilemma with payoffs 4, 3, 1.
    actions = {"A": ["c", "d"], "B": ["c", "d"]}
    payoffs = {"A": [[3, 0], [4, 1]], "B": [[3, 4], [0, 1]]}
    below = table(payoffs, actions, {"A": "c", "B": "c"}, discount=0.333333333333, terms=[])
    finding = bg.check(below).finding("compliance", "A")
    assert (finding.status, finding.exact) == ("fails", True)
    above = table(payoffs, actions, {"A": "c", "B": "c"}, discount=0.333333333334, terms=[])
    assert bg.check(above).finding("compliance", "A").status == "holds"


def test_a_tie_of_an_irrational_model_holds_within_tolerance() -> None:
    offer = race(fund=0)
    tie = race(fund=0, discount=bg.check(offer).critical_discount_factors["Follower"])
    finding = bg.check(tie).finding("compliance", "Follower")
    assert finding.status == "holds"
    assert "tie within tolerance" in finding.words
    assert not finding.exact


def test_several_equilibria_leave_the_verdict_open_until_one_is_stated() -> None:
    # A stag hunt: both hunting (4, 4), both staying (3, 3), and one mixed equilibrium. Asked to stay and paid
    # nothing, participation depends on which equilibrium is the status quo.
    actions = {"A": ["hunt", "stay"], "B": ["hunt", "stay"]}
    payoffs = {"A": [[4, 1], [3, 3]], "B": [[4, 3], [1, 3]]}
    asks = {"A": "stay", "B": "stay"}
    verdict = bg.check(table(payoffs, actions, asks, terms=[]))
    finding = verdict.finding("participation", "A")
    assert verdict.holds is None
    assert finding.status == "undecided"
    assert finding.witness["fails_with"] == {"A": "hunt", "B": "hunt"}
    assert finding.witness["holds_with"] == {"A": "stay", "B": "stay"}
    hunted = bg.check(table(payoffs, actions, asks, terms=[], disagreement={"A": "hunt", "B": "hunt"}))
    stayed = bg.check(table(payoffs, actions, asks, terms=[], disagreement={"A": "stay", "B": "stay"}))
    assert (hunted.holds, stayed.holds) == (False, True)
    assert not hunted.remarks
    off = bg.check(table(payoffs, actions, asks, terms=[], disagreement={"A": "hunt", "B": "stay"}))
    assert "not a Nash equilibrium" in off.remarks[0]


def test_irrevocable_power_stays_after_the_break() -> None:
    access = {"id": "chips", "cluster": "frontier_ai", "from": "Leader", "to": "Follower", "power": 0.6}
    terms = race().data["terms"]

    def with_term(**more: Any) -> Agreement:
        data = race().data
        data["terms"] = [*terms, {**access, **more}]
        return Agreement(bg.make_offer(data))

    assert with_term(revocable=False).broken("always") == (4.0, 2.6)
    assert with_term(timing="upfront").broken("always") == (4.0, 2.6)
    # Monitoring of the follower is stated as 1, so nothing leaks; without the statement everything does.
    assert with_term().broken("always") == (4.0, 2.0)
    data = race().data
    data["terms"] = [access]
    for detection, stays in ((0.25, 0.45), (None, 0.6)):
        data["backing"] = (
            [] if detection is None else [{"kind": "monitoring", "of": "Follower", "detection": detection}]
        )
        agreement = Agreement(bg.make_offer(data))
        assert agreement.broken("always") == pytest.approx((4.0, 2 + stays))
        term = agreement.offer.terms[0]
        assert agreement.withholding("always", (term,)) == pytest.approx((4.0, 2 + stays))
        assert agreement.agreed("always") == pytest.approx((4.0, 2.6))


def test_joint_deviations_are_rows_of_compliance() -> None:
    """The leader may drop its pause and keep the money as well."""
    found = margins(race())
    alone, both = "compliance[Leader:pause 0@always]", "compliance[Leader:pause 0, withhold fund@always]"
    assert found[both] == pytest.approx(found[alone] - 0.1 * 6)


def test_every_set_of_revocable_power_is_withheld_in_a_row_of_its_own() -> None:
    data = race().data
    data["terms"] += [
        {"id": name, "cluster": "frontier_ai", "from": "Leader", "to": "Follower", "power": 0.1, "cost": 1}
        for name in ("chips", "models")
    ]
    names = [name for name in margins(bg.make_offer(data)) if name.startswith("credibility")]
    withheld = [name.split("withhold ")[1].split("@")[0] for name in names]
    assert sorted(withheld) == ["fund", "fund, chips", "fund, chips, models", "fund, models"]


def test_a_guarantee_leaves_less_to_save_and_reputation_and_escrow_add_a_penalty() -> None:
    """Withholding 6 saves 6 * (1 - gamma); a detected breach costs E + rho, once: 0.1 of it on average."""
    base = margins(race())["credibility[Leader:withhold fund@always]"]
    data = race().data
    data["backing"] += [
        {"kind": "guarantee", "of": "Leader", "probability": 0.25},
        {"kind": "reputation", "of": "Leader", "amount": 3},
        {"kind": "escrow", "by": "Leader", "amount": 2},
    ]
    backed = margins(bg.make_offer(data))["credibility[Leader:withhold fund@always]"]
    assert backed == pytest.approx(base + 0.1 * (6 * 0.25 + 3 + 2))


def test_escrow_costs_its_holder_capital_until_the_break() -> None:
    plain = margins(race(paths={"backing.escrow.Leader.amount": 5}))
    costly = margins(race(paths={"backing.escrow.Leader.amount": 5, "cost_of_capital": 0.04}))
    assert costly["participation[Leader]"] == pytest.approx(plain["participation[Leader]"] - 0.2)
    row = "credibility[Leader:withhold fund@always]"
    assert costly[row] == pytest.approx(plain[row] - 0.9 * 0.2)


def test_largest_credible_transfer() -> None:
    """x_max = (delta*q*G + (1-delta)*K) / ((1-delta)*(1-gamma) + delta*q), G the gain before paying."""
    delta, q, gamma, escrow = 0.3, 0.6, 0.2, 4.0
    data = race(discount=delta).data
    data["backing"] = [
        {"kind": "monitoring", "of": "Leader", "detection": q},
        {"kind": "guarantee", "of": "Leader", "probability": gamma},
        {"kind": "escrow", "by": "Leader", "amount": escrow},
    ]
    gain = 14.836306 + 18.854464
    most = (delta * q * gain + (1 - delta) * q * escrow) / ((1 - delta) * (1 - gamma) + delta * q)
    offer = bg.make_offer(data).replace({"terms.fund.value": most, "terms.fund.cost": most})
    assert margins(offer)["credibility[Leader:withhold fund@always]"] == pytest.approx(0, abs=1e-6)


def random_offer(seed: int) -> bg.Offer:
    """A random document on a random table, a lead race or a windfall promise, with every kind of term."""
    rng = random.Random(seed)

    def draw(low: float, high: float) -> float:
        return round(rng.uniform(low, high), 3)

    kind = rng.choice(["table", "lead_race", "windfall_promise"])
    names = ["A", "B", "C"][: rng.choice([2, 2, 3]) if kind == "table" else 2]
    data: dict[str, Any] = {"schema": "bargain/offer@1", "model": kind}
    if kind == "table":
        actions = {name: ["x", "y", "z"][: rng.choice([2, 3])] for name in names}
        shape = [len(own) for own in actions.values()]
        tables = {n: np.round(np.array([rng.uniform(-5, 5) for _ in range(int(np.prod(shape)))]), 2) for n in names}
        data["parameters"] = {"actions": actions, "payoffs": {n: t.reshape(shape).tolist() for n, t in tables.items()}}
        asks = {name: rng.choice(own) for name, own in actions.items()}
    elif kind == "lead_race":
        asks = {"A": rng.choice(["pause 3", "pause 6", "pause 12"]), "B": rng.choice(["refrain", "race"])}
    else:
        asks = {"A": "develop", "B": "forgo"}
    data["players"] = {
        name: {"capability": draw(1, 5), "stake": rng.choice([0, draw(0, 5)]), "discount": draw(0.1, 0.97)}
        for name in names
    }
    data["asks"] = asks
    with_windfall = rng.random() < 0.5
    terms = []
    for i in range(rng.randint(1, 4)):
        giver, taker = rng.sample(names, 2)
        timing = rng.choice(["upfront", "conditional", "conditional", *(["windfall"] if with_windfall else [])])
        cluster = rng.choice(["financial", "financial", "frontier_ai", "national_security"])
        term: dict[str, Any] = {"id": f"t{i}", "cluster": cluster, "from": giver, "to": taker, "timing": timing}
        term["value"] = rng.choice([0, draw(0, 8)])
        term["cost"] = rng.choice([0, term["value"], draw(0, 8)])
        if cluster != "financial":
            term["power"] = draw(0, 1)
            term["revocable"] = rng.choice([True, False])
        terms.append(term)
    data["terms"] = terms
    if any(term["timing"] == "windfall" for term in terms):
        data["hazard"] = draw(0.02, 0.5)
    elif rng.random() < 0.3:
        data["punishment_periods"] = rng.randint(1, 6)
    backing: list[dict[str, Any]] = []
    for name in names:
        if rng.random() < 0.5:
            backing.append({"kind": "monitoring", "of": name, "detection": draw(0.2, 1)})
        if rng.random() < 0.3:
            backing.append({"kind": "guarantee", "of": name, "probability": draw(0, 1)})
        if rng.random() < 0.4:
            backing.append({"kind": "escrow", "by": name, "amount": draw(0, 10)})
        if rng.random() < 0.2:
            backing.append({"kind": "reputation", "of": name, "amount": draw(0, 5)})
    data["backing"] = backing
    data["cost_of_capital"] = rng.choice([0, draw(0, 0.1)])
    if kind == "table":
        data["disagreement"] = {name: rng.choice(own) for name, own in actions.items()}
    return bg.make_offer(data)


@pytest.mark.parametrize("seed", range(60))
def test_margins_equal_matrix_times_amounts_plus_constants(seed: int) -> None:
    offer = random_offer(seed)
    system = bg.requirements(offer)
    verdict = bg.check(offer)
    x = np.array(
        [
            offer.number(name) if "escrow" not in name else offer.amount("escrow", name.split(".")[2])
            for name in system.variables
        ]
    )
    slack = system.matrix @ x + system.constants
    rows = dict(zip(system.names, slack, strict=True))
    assert np.allclose(slack, system.slack())
    for finding in verdict.findings:
        own = [
            rows[row.name]
            for row, applies in zip(system.rows, system.applies(), strict=True)
            if (row.check, row.player) == (finding.check, finding.player) and applies
        ]
        assert bool(finding.method) == (finding.margin is not None)
        if finding.status == "not applicable":
            assert not own
        else:
            assert finding.margin == min(own)
    # The same in rationals, where the model is rational: two arithmetics, one system.
    exact = Agreement(offer, exact=True)
    if exact.rational:
        again = [float(row.margin.at(exact.amounts)) for row in build_system(exact).rows]
        assert np.allclose(again, slack, rtol=1e-9, atol=1e-9)
        assert all(isinstance(row.margin.at(exact.amounts), Fraction | int) for row in build_system(exact).rows)


@pytest.mark.parametrize("seed", range(60))
def test_margins_by_following_the_game_through_time(seed: int) -> None:
    """A margin is the value of keeping the agreement less the value of breaking it once, summed period by period."""
    offer = random_offer(seed)
    agreement = Agreement(offer)
    point = {name: float(amount) for name, amount in agreement.amounts.items()}
    horizon = 4000
    for row in bg.requirements(offer).rows:
        if row.incentive is None:
            continue
        assert row.player is not None
        player, state = row.player, row.state
        delta, hazard = float(agreement.discount(player)), float(agreement.hazard)
        q = float(agreement.detection(player))
        quo = agreement.scenarios[row.scenario]
        keep = {s: float(agreement.agreed_flow(player, s).at(point)) for s in agreement.states}
        broken = float(agreement.broken_flow(player, state, quo).at(point))
        done = row.witness["deviation"]
        action = None if done is None else agreement.actions[agreement.index[player]].index(done)
        withheld = [term for term in offer.terms if term.id in (row.witness["withheld"] or ())]
        deviation = float(agreement.deviation_flow(player, state, action, withheld).at(point))
        penalty = float(agreement.penalty(player, state).at(point))
        # value[s] with t periods to go, the agreement kept throughout
        value = dict.fromkeys(agreement.states, 0.0)
        for _ in range(horizon):
            later = {
                s: hazard * value["after"] + (1 - hazard) * value["before"] if s == "before" else value[s]
                for s in value
            }
            value = {s: keep[s] + delta * later[s] for s in value}
        onward = hazard * value["after"] + (1 - hazard) * value["before"] if state == "before" else value[state]
        periods = offer.punishment_periods
        if periods is None:
            punished = broken / (1 - delta)
        else:
            punished = sum(delta**t * broken for t in range(periods)) + delta**periods * value[state]
        kept = keep[state] + delta * onward
        broke = deviation - penalty + delta * (q * punished + (1 - q) * onward)
        assert (1 - delta) * (kept - broke) == pytest.approx(float(row.margin.at(point)), abs=1e-7), row.name


@pytest.mark.parametrize("seed", range(40))
def test_at_the_critical_factor_deviating_in_every_period_gains_nothing(seed: int) -> None:
    """If one deviation is worth nothing more, neither is deviating for ever until detected."""
    offer = random_offer(seed)
    if offer.punishment_periods is not None:
        return
    factors = bg.check(offer).critical_discount_factors
    tested = 0
    for player, factor in factors.items():
        if not factor:
            continue
        at = offer.replace({f"players.{player}.discount": factor})
        agreement = Agreement(at)
        point = {name: float(amount) for name, amount in agreement.amounts.items()}
        for row in bg.requirements(at).rows:
            if row.player != player or row.incentive is None or abs(float(row.margin.at(point))) > 1e-9:
                continue
            if row.state == "before":
                continue  # after an arrival the deviation is another one
            delta, q = factor, row.incentive.detection
            kept = float(agreement.agreed_flow(player, row.state).at(point))
            broken = kept - row.incentive.gain
            once = kept + row.incentive.temptation  # f_D - K
            for_ever = ((1 - delta) * once + delta * q * broken) / (1 - delta * (1 - q))
            assert for_ever == pytest.approx(kept, abs=1e-7)
            tested += 1
    if any(factors.values()) and len(agreement.states) == 1:
        assert tested


def test_requirements_of_one_term_offer_have_the_documented_names() -> None:
    system = bg.requirements(race())
    assert system.variables == (
        "terms.fund.value",
        "terms.fund.cost",
        "backing.escrow.Leader.amount",
        "backing.escrow.Follower.amount",
    )
    assert "compliance[Follower:race@always]" in system.names
    moved = system.slack({"terms.fund.value": 7.0, "terms.fund.cost": 7.0})
    assert moved == pytest.approx(bg.requirements(race(fund=7)).slack())
    with pytest.raises(KeyError, match=r"no variable terms\.funds\.value"):
        system.slack({"terms.funds.value": 1.0})


def test_provider_interest_and_power_limits() -> None:
    offer = race(paths={"limits.provider_margin": 20})
    finding = bg.check(offer).finding("provider_interest", "Leader")
    assert finding.margin == pytest.approx(27.690770 - 20, abs=5e-7)
    assert bg.check(offer).finding("provider_interest", "Follower").status == "not applicable"
    assert bg.check(race()).finding("power_safety").margin == pytest.approx(0.02)
    assert bg.check(race()).finding("dominance").margin == pytest.approx(0.8 - 2 / 3)
    assert bg.check(race()).finding("risk").status == "not applicable"
    risky = bg.check(race(paths={"limits.risk": "not_worse"}))
    assert risky.finding("risk").margin == pytest.approx(0.39323 - 0.2432, abs=2e-4) or risky.risk is not None
    assert risky.risk is not None
    assert risky.finding("risk").margin == pytest.approx(risky.risk["before"] - risky.risk["after"])


def test_three_players_with_dominant_actions_have_one_status_quo() -> None:
    names = ["A", "B", "C"]
    payoffs = {name: np.zeros((2, 2, 2)) for name in names}
    for profile in itertools.product(range(2), repeat=3):
        for i, name in enumerate(names):
            # 1 = contribute: each contribution is worth 2 to everybody and costs 3.
            payoffs[name][profile] = 2 * sum(profile) - 3 * profile[i]
    offer = table(
        {name: array.tolist() for name, array in payoffs.items()},
        {name: ["keep", "contribute"] for name in names},
        dict.fromkeys(names, "contribute"),
        terms=[],
    )
    verdict = bg.check(offer)
    assert verdict.payoffs["disagreement"] == dict.fromkeys(names, 0.0)
    assert verdict.critical_discount_factors == pytest.approx(dict.fromkeys(names, 0.25))
    assert verdict.holds is True
    assert not verdict.remarks


def three(asked: str, **more: Any) -> bg.Offer:
    """Three players have 3 each if all choose a; any two that choose b together have 10 each, at the third's cost."""
    names = ["A", "B", "C"]
    payoffs = {name: np.zeros((2, 2, 2)) for name in names}
    for profile in itertools.product(range(2), repeat=3):
        for i, name in enumerate(names):
            pair = sum(profile) == 2
            payoffs[name][profile] = 3 if not any(profile) else (10 if profile[i] else -20) if pair else 0
    return table(
        {name: array.tolist() for name, array in payoffs.items()},
        {name: ["a", "b"] for name in names},
        dict.fromkeys(names, asked),
        terms=[],
        disagreement=dict.fromkeys(names, asked),
        **more,
    )


def test_a_pair_that_does_better_alone_blocks() -> None:
    """Two players that both choose b have 20 if the third chooses a, and 0 if it joins them: sure of 0, not of 20.

    If the third replies singly it avoids the loss of 20 and chooses b: gamma gives the pair 0 as well.
    """
    for blocking in ("alpha", "gamma"):
        offer = three("a", blocking=blocking)
        worths = bg.requirements(offer).coalitions.worths
        by_hand = bg.characteristic_function(Agreement(offer).game((1.0, 1.0, 1.0)), blocking).values
        assert worths[3] == by_hand[3]
        # v({i}) is the stated disagreement point.
        assert [worths[mask] for mask in (1, 2, 4)] == [3, 3, 3]
        finding = bg.check(offer).finding("no_blocking_coalition")
        assert finding.margin == pytest.approx(min(0, 6 - worths[3]))
        assert finding.status == ("holds" if worths[3] <= 6 else "fails")


def test_a_blocking_coalition_is_named_and_bought_off() -> None:
    # A and B can secure 4 together by choosing y; asked to choose x they have 1 each, and C has 10.
    names = ["A", "B", "C"]
    payoffs = {name: np.zeros((2, 2, 1)) for name in names}
    for profile in itertools.product(range(2), range(2), range(1)):
        both = profile[:2] == (1, 1)
        payoffs["A"][profile] = payoffs["B"][profile] = 2 if both else 1
        payoffs["C"][profile] = 0 if both else 10 - 3 * sum(profile)
    offer = table(
        {name: array.tolist() for name, array in payoffs.items()},
        {"A": ["x", "y"], "B": ["x", "y"], "C": ["stand"]},
        {"A": "x", "B": "x", "C": "stand"},
        terms=[
            {"id": f"to{name}", "cluster": "financial", "from": "C", "to": name, "value": 0.1, "cost": 0.1}
            for name in "AB"
        ],
        disagreement={"A": "y", "B": "x", "C": "stand"},
    )
    verdict = bg.check(offer)
    finding = verdict.finding("no_blocking_coalition")
    assert [failure.name for failure in verdict.failures] == ["no_blocking_coalition"]
    assert (finding.status, finding.witness["coalition"]) == ("fails", ["A", "B"])
    assert finding.margin == pytest.approx(2.2 - 4)
    assert "A and B would have 1.8 more on their own" in finding.words
    fixed = bg.repair(offer)
    assert fixed.cost == pytest.approx(1.8, abs=1e-6)
    assert bg.check(fixed.offer).holds


def test_large_numbers_are_written_alike_in_tables_and_sentences() -> None:
    from bargain.console import aligned
    from bargain.findings import number

    for value in (123456.4, 98_000_000.0, -2_517_900_000.0):
        assert number(value) == aligned([value])[0]
    assert (number(1e20), number(1e-7), number(99999.94)) == ("1e+20", "1e-07".replace("-", "−"), "99999.9")
