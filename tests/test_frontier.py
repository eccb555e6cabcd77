"""The credible amount: closed forms, numbers of the lead race, and every point checked again from the document."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest

import bargain as bg
from bargain_models import LeadRace
from offers import RACE, dilemma, race, table, windfall
from test_requirements import random_offer


def checked(offer: bg.Offer, term_id: str, amount: float) -> dict[str, float]:
    """Critical factors from the whole document with the amount put in: games solved and rows built again."""
    term = next(term for term in offer.terms if term.id == term_id)
    changes = {f"terms.{term_id}.value": amount}
    if term.value > 0:
        changes[f"terms.{term_id}.cost"] = amount * (term.cost / term.value)
    elif term.cost == 0:
        changes[f"terms.{term_id}.cost"] = amount
    factors = bg.check(offer.replace(changes), cross_check=False).critical_discount_factors
    return {player: math.nan if factor is None else factor for player, factor in factors.items()}


def largest(factors: dict[str, float]) -> float:
    return math.inf if any(map(math.isnan, factors.values())) else max(factors.values())


def tempted(**more: Any) -> bg.Offer:
    """A dilemma in which A gains 4 by defecting alone and B gains 2; B pays A to cooperate."""
    actions = {"A": ["cooperate", "defect"], "B": ["cooperate", "defect"]}
    payoffs = {"A": [[3, 0], [7, 1]], "B": [[3, 5], [0, 1]]}
    pay = {"id": "pay", "cluster": "financial", "from": "B", "to": "A", "value": 1, "cost": 1}
    more = {"terms": [pay], **more}
    return table(payoffs, actions, {"A": "cooperate", "B": "cooperate"}, **more)


# Known by hand


def test_the_race_with_a_lead() -> None:
    """Reference figures: .781 with nothing paid, .187 and .178 at 6, .297 at 10; about 6 is most credible."""
    front = bg.credibility_frontier(race(), "fund", amounts=[0, 6, 10])
    assert front.players == ("Leader", "Follower")
    by_player = dict(zip(front.players, front.factors.T, strict=True))
    assert by_player["Follower"] == pytest.approx([0.780764, 0.187095, 0], abs=1e-6)
    assert by_player["Leader"] == pytest.approx([0, 0.178090, 0.296817], abs=1e-6)
    assert front.most_credible is not None
    assert 6.0 < front.most_credible < 6.1
    assert front.decisive == ("Leader", "Follower")
    assert (front.present, front.unit) == (6.0, "USD bn per year")


def test_the_crossing_against_the_closed_forms_of_the_model() -> None:
    """(price - x)/A = x/B at x = price*B/(A + B), A and B the denominators of the model's closed forms."""
    import sympy

    forms, symbols = LeadRace.thresholds(), LeadRace.symbols()
    model = LeadRace()
    base = model.payoff((1, 1), (4.0, 2.0))
    values = {name: getattr(model, name) for name in model.parameter_names() if name != "pauses"} | {
        "capability_leader": 4.0,
        "capability_follower": 2.0,
        "pause": 6.0,
        "disagreement_leader": base[0],
        "disagreement_follower": base[1],
    }
    at = {symbols[name]: value for name, value in values.items()}
    paid = symbols["payment"]
    follower = forms["follower's critical discount factor"].subs(at)
    leader = forms["leader's critical discount factor for paying"].subs(at)
    (amount,) = sympy.solve(follower - leader, paid)
    front = bg.credibility_frontier(race(), "fund")
    assert front.most_credible == pytest.approx(float(amount), rel=1e-14)
    assert front.least_factor == pytest.approx(float(leader.subs(paid, amount)), rel=1e-14)


def test_the_crossing_in_a_dilemma() -> None:
    """A keeps from (4 - x)/6 on, B from max((2 + x)/4, 2/(4 - x), x/2) on: they meet at x = 0.4 and 0.6."""
    front = bg.credibility_frontier(tempted(), "pay")
    assert front.most_credible == pytest.approx(0.4, abs=1e-14)
    assert front.least_factor == pytest.approx(0.6, abs=1e-14)
    assert front.amounts[[0, -1]] == pytest.approx([0, 2])
    x = front.amounts[:-1]
    by_hand = np.array([(4 - x) / 6, np.max([(2 + x) / 4, 2 / (4 - x), x / 2], axis=0)]).T
    assert front.factors[:-1] == pytest.approx(by_hand, abs=1e-13)
    # At 2 nothing is left for B to lose: it pays what cooperation is worth.
    assert math.isnan(front.factors[-1, 1])


def test_the_grid_does_not_matter() -> None:
    coarse = bg.credibility_frontier(tempted(), "pay", points=2)
    assert coarse.amounts.shape == (2,)
    assert coarse.most_credible == pytest.approx(0.4, abs=1e-14)


def test_the_search_stays_within_the_amounts_asked_about() -> None:
    beyond = bg.credibility_frontier(tempted(), "pay", amounts=[1.5, 1.0])
    assert beyond.amounts.tolist() == [1.0, 1.5]
    assert beyond.most_credible == 1.0
    below = bg.credibility_frontier(tempted(), "pay", amounts=[0.0, 0.25])
    assert below.most_credible == pytest.approx(0.25)
    assert below.decisive == ("A",)
    assert "there may be a better one" in str(below)


@pytest.mark.parametrize(("periods", "expected"), [(1, None), (2, 0.4), (3, 0.4), (50, 0.4)])
def test_punishment_for_some_periods(periods: int, expected: float | None) -> None:
    """delta + ... + delta^T = (4 - x)/(2 + x) for A and (2 + x)/(2 - x) for B, which meet at 3/2, x = 0.4."""
    front = bg.credibility_frontier(tempted(punishment_periods=periods), "pay")
    if expected is None:
        # A needs x >= 1, B x <= 0.
        assert (front.most_credible, front.least_factor, front.decisive) == (None, None, ())
        assert "A keeps them only from 1 on" in str(front)
        assert "B keeps them only up to 0" in str(front)
        return
    assert front.most_credible == pytest.approx(expected, abs=1e-12)
    assert front.least_factor is not None
    assert sum(front.least_factor**k for k in range(1, periods + 1)) == pytest.approx(1.5, abs=1e-12)


def test_a_windfall_promise() -> None:
    """The recipient's factor is r/(r(1 - lambda) + lambda*B), the provider's (B - K)/(B - K + g - B) after it.

    With r = 2, lambda = 0.1, g = 5, k = (4, 1), harm 20 the recipient's share is 1/5 and K = 4 after the arrival.
    """
    front = bg.credibility_frontier(windfall(), "share", amounts=np.linspace(3, 6, 31))
    recipient = 2 / (2 * 0.9 + 0.1 * front.amounts)
    provider = np.where(front.amounts > 4, (front.amounts - 4) / (5 - 4), 0.0)
    assert front.factors[:, 1] == pytest.approx(np.where(recipient < 1, recipient, math.nan), abs=1e-12, nan_ok=True)
    assert front.factors[:, 0] == pytest.approx(
        np.where(front.amounts < 5 - 1e-9, provider, math.nan), abs=1e-12, nan_ok=True
    )
    # B - 4 = 2/(1.8 + 0.1B): 0.1B^2 + 1.4B - 9.2 = 0.
    crossing = (-1.4 + math.sqrt(1.96 + 4 * 0.1 * 9.2)) / 0.2
    assert front.most_credible == pytest.approx(crossing, rel=1e-14)
    assert front.least_factor == pytest.approx(crossing - 4, rel=1e-13)


def test_a_windfall_of_nothing_is_no_promise() -> None:
    """The provider's row falls away where the windfall costs nothing."""
    front = bg.credibility_frontier(windfall(), "share", amounts=[0, 1])
    assert front.factors[0, 0] == checked(windfall(), "share", 0.0)["Provider"] == 0
    assert front.most_credible is None


# Against the verdict


@pytest.mark.parametrize("seed", range(12))
def test_every_point_is_what_check_finds(seed: int) -> None:
    offer = random_offer(seed)
    for term in offer.terms:
        front = bg.credibility_frontier(offer, term.id, points=7)
        # At the end of the default range a gain is zero by construction, up to rounding.
        for amount, factors in zip(front.amounts[:-1], front.factors[:-1], strict=True):
            expected = checked(offer, term.id, float(amount))
            assert dict(zip(front.players, factors, strict=True)) == pytest.approx(expected, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("seed", range(12))
def test_no_amount_does_better(seed: int) -> None:
    """A scan of amounts, each checked from the document; the least largest factor is the frontier's."""
    offer = random_offer(seed)
    term = offer.terms[0]
    front = bg.credibility_frontier(offer, term.id, points=15)
    scan = np.linspace(0, front.amounts[-1], 30)[:-1]
    found = {float(amount): largest(checked(offer, term.id, float(amount))) for amount in scan}
    if front.most_credible is None:
        assert min(found.values()) == math.inf
        return
    assert front.least_factor is not None
    assert largest(checked(offer, term.id, front.most_credible)) == pytest.approx(front.least_factor, abs=1e-9)
    assert front.least_factor <= min(found.values()) + 1e-9
    # Of several that are as good it is the least one.
    better = [amount for amount, factor in found.items() if factor < front.least_factor - 1e-9]
    assert not better
    assert not [a for a, f in found.items() if a < front.most_credible - 1e-6 and f <= front.least_factor]


@pytest.mark.parametrize("seed", range(12))
def test_a_single_valley(seed: int) -> None:
    """The largest factor falls, then rises: what the search rests on."""
    offer = random_offer(seed)
    front = bg.credibility_frontier(offer, offer.terms[0].id, amounts=np.linspace(1e-3, 20, 60))
    tops = np.where(np.isnan(front.factors).any(axis=1), np.inf, front.factors.max(axis=1))
    lowest = int(np.argmin(tops))
    falling, rising = tops[: lowest + 1], tops[lowest:]
    assert all(b <= a + 1e-9 for a, b in itertools.pairwise(falling))
    assert all(b >= a - 1e-9 for a, b in itertools.pairwise(rising))


def test_several_equilibria_must_all_keep_the_promise() -> None:
    """A stag hunt has three status quos; the one that is best for the player makes its promise hardest to keep."""
    actions = {"A": ["stag", "hare"], "B": ["stag", "hare"]}
    payoffs = {"A": [[4, 0], [3, 2]], "B": [[4, 3], [0, 2]]}
    pay = {"id": "pay", "cluster": "financial", "from": "A", "to": "B", "value": 0.5, "cost": 0.5}
    offer = table(payoffs, actions, {"A": "stag", "B": "stag"}, terms=[pay])
    front = bg.credibility_frontier(offer, "pay", amounts=[0.0, 0.25, 0.5])
    for amount, factors in zip(front.amounts, front.factors, strict=True):
        expected = checked(offer, "pay", float(amount))
        assert dict(zip(front.players, factors, strict=True)) == pytest.approx(expected, nan_ok=True)
    # Where hunting goes on without the agreement, A has nothing to lose by not paying.
    assert math.isnan(front.factors[1, 0])
    settled = offer.replace({"disagreement": {"A": "hare", "B": "hare"}})
    assert bg.credibility_frontier(settled, "pay").factors[0, 0] == 0


# What it says


def test_nobody_can_be_held_where_nothing_is_seen() -> None:
    offer = tempted(backing=[{"kind": "monitoring", "of": "B", "detection": 0}])
    front = bg.credibility_frontier(offer, "pay")
    assert front.most_credible is None
    assert np.isnan(front.factors[:, 1]).all()
    assert "B keeps its promises at no amount" in str(front)
    assert front.to_dict()["most_credible"] is None


def test_an_amount_that_matters_to_nobodys_promise() -> None:
    """Money paid upfront is sunk when promises are weighed."""
    offer = race(paths={"terms.fund.timing": "upfront"})
    front = bg.credibility_frontier(offer, "fund")
    assert np.ptp(front.factors, axis=0) == pytest.approx([0, 0])
    assert "matters to nobody's promise" in str(front)
    assert front.most_credible == 0
    assert front.amounts[-1] == 12


def test_the_cost_moves_along() -> None:
    offer = race(paths={"terms.fund.cost": 3})
    front = bg.credibility_frontier(offer, "fund", amounts=[8])
    both = offer.replace({"terms.fund.value": 8, "terms.fund.cost": 4})
    expected = bg.check(both).critical_discount_factors
    assert dict(zip(front.players, front.factors[0], strict=True)) == pytest.approx(expected)


def test_from_nothing_cost_and_value_are_one() -> None:
    assert bg.credibility_frontier(race(fund=0), "fund").most_credible == pytest.approx(
        bg.credibility_frontier(race(), "fund").most_credible, rel=1e-13
    )


def test_a_free_benefit_may_grow_without_limit() -> None:
    """What costs its giver nothing has no largest credible amount: twice the present one is looked at."""
    front = bg.credibility_frontier(race(paths={"terms.fund.cost": 0}), "fund")
    assert front.amounts[-1] == 12
    assert front.least_factor == 0
    racing, refraining = (LeadRace().payoff((2, races), (4.0, 2.0))[1] for races in (1, 0))
    assert front.most_credible == pytest.approx(racing - refraining, rel=1e-11)
    assert front.decisive == ()


def test_unknown_terms_and_amounts_that_are_none() -> None:
    with pytest.raises(bg.BargainError, match=r"no term 'found'; its terms are fund\."):
        bg.credibility_frontier(race(), "found")
    with pytest.raises(bg.BargainError, match="it has no terms"):
        bg.credibility_frontier(dilemma(terms=[]), "fund")
    for amounts in ([], [-1.0], [math.nan], [math.inf]):
        with pytest.raises(bg.BargainError, match="finite numbers, none below 0"):
            bg.credibility_frontier(race(), "fund", amounts=amounts)
    with pytest.raises(bg.BargainError, match="points is 1"):
        bg.credibility_frontier(race(), "fund", points=1)


def test_plain_data() -> None:
    front = bg.credibility_frontier(bg.parse_offer(RACE), "fund", points=5)
    data = json.loads(json.dumps(front.to_dict(), allow_nan=False))
    assert data["schema"] == "bargain/frontier@1"
    assert list(data["critical_discount_factors"]) == ["Leader", "Follower"]
    assert data["critical_discount_factors"]["Leader"][-1] is None
    assert data["present_factors"]["Follower"] == pytest.approx(0.187095, abs=1e-6)
    rows = front.to_rows()
    assert [row["amount"] for row in rows] == front.amounts.tolist()
    assert list(rows[0]) == ["amount", "Leader", "Follower"]
    assert rows[-1]["Leader"] is None
    assert str(front).splitlines()[0].startswith("fund is most credible at 6.07001 USD bn per year")
    with pytest.raises(ValueError, match="read-only"):
        front.factors[0, 0] = 1
