"""Published and textbook numbers on promises, read off offers on a table. One test a source."""

from __future__ import annotations

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
