"""Published and textbook numbers on promises, read off offers on a table. One test a source."""

from __future__ import annotations

from fractions import Fraction

import pytest

import bargain as bg
from offers import dilemma, table


def compliance(offer: bg.Offer) -> float:
    margin = bg.check(offer).finding("compliance", "A").margin
    assert margin is not None
    return margin


def test_friedman_1971_grim_trigger() -> None:
    """delta* = (T - R)/(T - P) = 1/2 at payoffs 5, 3, 1, 0."""
    assert bg.check(dilemma(terms=[])).critical_discount_factors == {"A": 0.5, "B": 0.5}
    assert compliance(dilemma(terms=[], discount=0.5)) == 0


def test_williamson_1983_hostage() -> None:
    """One shot, a hostage H deters when q*H >= T - R: with q = 1/2 the least is 4; at delta = 1/4 and q = 1, 4/3."""

    def pledged(hostage: float, detection: float, discount: float) -> bg.Offer:
        backing = [
            part
            for player in "AB"
            for part in (
                {"kind": "escrow", "by": player, "amount": hostage},
                {"kind": "monitoring", "of": player, "detection": detection},
            )
        ]
        return dilemma(terms=[], discount=discount, backing=backing)

    assert compliance(pledged(4, 0.5, 0)) == pytest.approx(0, abs=1e-12)
    assert bg.check(pledged(4, 0.5, 0)).holds
    assert not bg.check(pledged(3.999, 0.5, 0)).holds
    assert compliance(pledged(4 / 3, 1, 0.25)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(("loss", "factor"), [(0.05, None), (0.7, 62 / 63), (0.8, 31 / 36)])
def test_levin_2003_a_flow_is_self_enforcing_up_to_delta_times_what_its_payer_would_lose(
    loss: float, factor: float | None
) -> None:
    """b <= delta*L: at b = 31/45 the critical factor is b/L, none where L < b."""
    flow = 31 / 45
    offer = table(
        {"Provider": [[loss, 0]], "Recipient": [[0, 0]]},
        {"Provider": ["lead"], "Recipient": ["join", "leave"]},
        {"Provider": "lead", "Recipient": "join"},
        disagreement={"Provider": "lead", "Recipient": "leave"},
        terms=[
            {"id": "flow", "cluster": "financial", "from": "Provider", "to": "Recipient", "value": flow, "cost": flow}
        ],
    )
    found = bg.check(offer).critical_discount_factors["Provider"]
    assert found == (None if factor is None else pytest.approx(factor))


def test_aumann_1974_chicken_pays_for_patience_nothing() -> None:
    """In chicken (6, 2, 7, 0) sharing the road is kept from delta = (7 - 6)/(7 - u_P): u_P is the equilibrium's."""
    actions = {"A": ["dare", "yield"], "B": ["dare", "yield"]}
    payoffs = {"A": [[0, 7], [2, 6]], "B": [[0, 2], [7, 6]]}
    asks = {"A": "yield", "B": "yield"}
    # If A's preferred equilibrium (dare, yield) is what follows a breach, A has nothing to fear.
    feared = table(payoffs, actions, asks, terms=[], disagreement={"A": "yield", "B": "dare"})
    assert bg.check(feared).critical_discount_factors["A"] == pytest.approx(1 / 5)
    loved = table(payoffs, actions, asks, terms=[], disagreement={"A": "dare", "B": "yield"})
    assert bg.check(loved).critical_discount_factors["A"] is None


# The solvers behind them, on the games themselves

DILEMMA = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])


def test_friedman_1971_of_the_game_itself() -> None:
    """delta* = (T - R)/(T - P) = 1/2, exactly."""
    assert bg.critical_discount_factor(DILEMMA, [0, 0]).exact["player 1"] == Fraction(1, 2)


def test_axelrod_hamilton_1981_tit_for_tat() -> None:
    """max((T - R)/(T - P), (T - R)/(R - S)) = 2/3 at 5, 3, 1, 0, exactly; breaking every other period binds."""
    found = bg.strategy_factor(DILEMMA, [0, 0], "tit for tat")
    assert set(found.exact.values()) == {max(Fraction(2, 4), Fraction(2, 3))}
    assert found.deviations["player 1"] == "break, keep again and again"
    assert found.residual() < 1e-12


def test_abreu_1986_carrot_and_stick_in_a_linear_duopoly() -> None:
    """Price 1 - Q, no costs: the monopoly output shared needs 9/17 under Cournot reversion, 9/32 with a stick at 5/12.

    On a grid of 24ths. Gains from deviating are 1/64 in both phases, and 1/8 - 5/72 = 1/18 is at stake.
    """
    q = [Fraction(k, 24) for k in range(25)]
    first = [[a * max(0, 1 - a - b) for b in q] for a in q]
    market = bg.NormalFormGame.from_bimatrix(first, [list(row) for row in zip(*first, strict=True)])
    assert bg.critical_discount_factor(market, [6, 6], punishment=[8, 8]).factor == pytest.approx(9 / 17)
    assert bg.critical_discount_factor(market, [6, 6], punishment=[8, 8]).exact["player 2"] == Fraction(9, 17)
    assert bg.carrot_and_stick(market, [6, 6], stick=[10, 10]).exact == Fraction(9, 32)


def test_levin_2003_binary_effort() -> None:
    """delta* = c/(y - s) = 4/(10 - 2) = 1/2."""
    assert bg.relational_contract([0, 10], [0, 4], 2).exact[1] == Fraction(1, 2)


def test_green_porter_1984_trigger_on_a_bad_signal() -> None:
    """alpha = .1, beta = .7 at 5, 3, 1: delta* = 2/3; none where (beta - alpha)(R - P) <= alpha(T - R)."""
    found = bg.noisy_trigger(DILEMMA, [0, 0], [["0.1", "0.7"], ["0.7", "1"]])
    assert found.exact["player 1"] == Fraction(2, 3)
    perfect = bg.noisy_trigger(DILEMMA, [0, 0], [[0, 1], [1, 1]])
    assert perfect.exact["player 1"] == Fraction(1, 2)
    assert bg.noisy_trigger(DILEMMA, [0, 0], [["0.35", "0.7"], ["0.7", "1"]]).factor is None


def test_williamson_1983_of_the_pledge_itself() -> None:
    """H >= (T - R)/q = 4; at delta = 1/4 and q = 1, 4/3; a holder that values it seizes what is worth too much."""
    assert bg.least_hostage(gain=2, detection=Fraction(1, 2)).least == 4
    assert bg.least_hostage(gain=2, loss=2, discount=Fraction(1, 4)).least == Fraction(4, 3)
    seized = bg.least_hostage(gain=2, loss=2, discount=Fraction(1, 4), worth_to_holder=1)
    assert (seized.most, seized.works) == (Fraction(2, 3), False)


def pair_of(gain: int, loss: int, name: str) -> bg.Domain:
    return bg.Domain(name, {"A": 0}, {"A": gain}, {"A": -loss})


def test_bernheim_whinston_1990_pooling_issues() -> None:
    """Alone 2/5 and 3/5, linked 1/2; at .55 linkage carries both; identical issues gain nothing."""
    issues = [pair_of(2, 3, "one"), pair_of(3, 2, "two")]
    found = bg.pooled_critical_factor(issues)
    assert (found.alone["one"]["A"], found.alone["two"]["A"], found.exact["A"]) == (0.4, 0.6, Fraction(1, 2))
    assert bg.best_pool(issues, 0.55).chosen == ("one", "two")
    assert bg.best_pool(issues[1:], 0.55).chosen == ()
    twins = [pair_of(2, 3, "one"), pair_of(2, 3, "two")]
    assert bg.pooled_critical_factor(twins).exact["A"] == Fraction(2, 5)


def test_bernheim_whinston_1990_conglomerates_and_a_local_firm() -> None:
    """Two markets of profit 1: alone 1/2 (two firms) and 2/3 (three), linked 3/5, the local firm getting 2/5."""
    found = bg.market_shares({"A": (1, ["first", "second"]), "B": (1, ["first", "second", "local"])})
    assert found.alone == {"A": pytest.approx(1 / 2), "B": pytest.approx(2 / 3)}
    assert found.exact == Fraction(3, 5)
    assert found.shares["B"]["local"] == pytest.approx(2 / 5)
    assert found.residual() < 1e-9


def test_unequal_players_can_pool_what_neither_domain_sustains() -> None:
    """Gains (1, 3) and (3, 1), losses (3, 1) and (1, 3): alone .75, pooled .5."""
    domains = [
        bg.Domain("one", {"A": 0, "B": 0}, {"A": 1, "B": 3}, {"A": -3, "B": -1}),
        bg.Domain("two", {"A": 0, "B": 0}, {"A": 3, "B": 1}, {"A": -1, "B": -3}),
    ]
    found = bg.pooled_critical_factor(domains)
    assert (found.alone_factor, found.factor) == (0.75, 0.5)


def test_kocherlakota_1996_three_regimes() -> None:
    """Log utility, incomes 3 and 1 with equal chances: nothing up to .5, everything from .738 on."""
    found = bg.sharing_thresholds([[3, 1], [1, 3]], [0.5, 0.5])
    assert found.none_up_to == pytest.approx(0.5)
    assert found.full_from == pytest.approx(0.738, abs=5e-4)


def test_power_and_committed_benefits_cost_the_provider_the_same() -> None:
    """p 1/5 to 4/5, delta 9/10, a tenth destroyed: s >= 229/405, b >= 31/45, 14/45 left to the provider either way."""
    found = bg.power_or_benefit(Fraction(1, 5), Fraction(4, 5), Fraction(9, 10), Fraction(1, 10))
    assert found.uncommitted_margin < 0
    assert (found.least_power, found.least_benefit) == (Fraction(229, 405), Fraction(31, 45))
    assert found.provider_with_power == found.provider_with_benefit == Fraction(14, 45)


@pytest.mark.parametrize(
    ("loss", "factor"),
    [(Fraction(1, 20), None), (Fraction(7, 10), Fraction(62, 63)), (Fraction(4, 5), Fraction(31, 36))],
)
def test_a_flow_that_only_the_relationship_enforces(loss: Fraction, factor: Fraction | None) -> None:
    """b = 31/45 is kept iff b <= delta*L: the payer's stage game has it pay or keep the money."""
    flow = Fraction(31, 45)
    game = bg.NormalFormGame([[[loss - flow, -flow], [loss, 0]], [[flow, flow], [0, 0]]], ["payer", "recipient"])
    found = bg.critical_discount_factor(game, [0, 0], punishment=[1, 1])
    assert found.exact["payer"] == factor
