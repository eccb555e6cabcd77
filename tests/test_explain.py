"""Findings worked by hand: what is shown can be recomputed, from what is shown."""

from __future__ import annotations

import json
import math
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import bargain as bg
from bargain.findings import signed
from offers import race, table, windfall

PENNIES = {"A": [[1, -1], [-1, 1]], "B": [[-1, 1], [1, -1]]}
MEETING = {"A": [[2, 0], [0, 1]], "B": [[2, 0], [0, 1]]}
MOVES = {"A": ["left", "right"], "B": ["left", "right"]}
DILEMMA = {"A": [[3, 0], [5, 1]], "B": [[3, 5], [0, 1]]}
KEEP = {"A": ["keep", "break"], "B": ["keep", "break"]}
BOTH_KEEP = {"A": "keep", "B": "keep"}


def fund(**more):
    return {"id": "fund", "cluster": "financial", "from": "A", "to": "B", "value": 1.1, "cost": 0.7, **more}


OFFERS = {
    "race": race(),
    "race, nothing paid": race(fund=0, discount=0.3),
    "race with stakes and strong contest": race(
        paths={
            "players.Leader.stake": 7,
            "players.Follower.stake": 3,
            "decisiveness": 2.5,
            "terms.fund.power": 0.3,
            "limits.risk": "not_worse",
            "limits.provider_margin": 1.5,
        }
    ),
    "windfall": windfall(),
    "windfall that is power": windfall(
        terms__share__power=0.5, players__Provider__stake=4, players__Recipient__stake=4
    ),
    "windfall with everything behind it": windfall(
        backing__escrow__Provider__amount=2.3,
        backing__reputation__Provider__amount=0.4,
        backing__guarantee__Provider__probability=0.25,
        backing__monitoring__Provider__detection=0.8,
        cost_of_capital=0.07,
    ),
    "paid upfront": table(DILEMMA, KEEP, BOTH_KEEP, terms=[fund(timing="upfront"), fund(id="aid")]),
    "short punishment": table(DILEMMA, KEEP, BOTH_KEEP, terms=[fund()], punishment_periods=3),
    "a lasting seat": table(
        DILEMMA,
        KEEP,
        BOTH_KEEP,
        terms=[fund(id="seat", cluster="seat_at_table"), fund(id="chips", cluster="frontier_ai", power=0.4)],
        backing=[{"kind": "monitoring", "of": "B", "detection": 0.6}],
        players={"A": {"stake": 2}, "B": {"stake": 1}},
    ),
    "mixed without agreement": table(PENNIES, MOVES, {"A": "left", "B": "left"}, terms=[fund(value=3, cost=3)]),
    "which equilibrium": table(MEETING, MOVES, {"A": "left", "B": "left"}, terms=[fund(value=1, cost=0.8)]),
    "a tie": table(DILEMMA, KEEP, BOTH_KEEP, discount=0.5, terms=[]),
}


def evaluated(text: str) -> float:
    """Evaluate arithmetic as it is shown, by Python's own reading of it."""
    plain = text.replace("−", "-").replace("·", "*").replace("^", "**").replace("[", "(").replace("]", ")")
    plain = re.sub(r"\|(.*?)\|", r"abs(\1)", plain)
    assert re.fullmatch(r"[-+*/(). 0-9e]*(abs[-+*/(). 0-9e]*)?", plain), text
    return float(eval(plain, {"__builtins__": {}, "abs": abs}))


def put_in(formula: str, numbers: dict[str, str]) -> str:
    pattern = "|".join(re.escape(symbol) for symbol in sorted(numbers, key=len, reverse=True))
    return re.sub(pattern, lambda match: f"({numbers[match[0]]})", formula)


@pytest.fixture(scope="module", params=OFFERS, ids=lambda name: name.replace(" ", "_"))
def explained(request):
    offer = OFFERS[request.param]
    return bg.check(offer), bg.explain(offer)


def workings(why):
    return [(worked, working) for worked in why.findings for working in worked.workings]


def test_margins_follow_from_the_formula_and_the_parts_as_shown(explained):
    _, why = explained
    assert workings(why)
    for worked, working in workings(why):
        shown = {part.symbol: part.shown for part in reversed(working.parts)}
        found = evaluated(put_in(working.margin.formula, shown))
        tie = abs(working.margin.value) <= worked.finding.tolerance
        assert working.margin.shown == ("0" if tie else signed(found)), working.name


def test_every_equation_yields_what_it_shows(explained):
    _, why = explained
    equations = [e for _, working in workings(why) for e in (*working.parts, working.margin)]
    equations += [each.equation for each in why.patience if each.equation]
    for equation in equations:
        shown = float(equation.shown.replace("−", "-"))
        assert shown == pytest.approx(equation.value, rel=5.1e-6, abs=1e-8)
        if equation.formula:
            assert evaluated(equation.substituted) == pytest.approx(shown, rel=5.1e-6, abs=1e-8), equation


def test_the_working_is_that_of_the_finding(explained):
    verdict, why = explained
    assert why.holds is verdict.holds
    assert [worked.finding for worked in why.findings] == list(verdict.findings)
    for worked in why.findings:
        finding = worked.finding
        assert len(worked.workings) == {"not applicable": 0, "undecided": 2}.get(finding.status, 1)
        for working in worked.workings[:1]:
            assert working.margin.value == finding.margin
            assert working.name.startswith(finding.check + "[")
            assert bool(worked.required)
        assert worked.closing.startswith(finding.words)


def test_critical_discount_factors_are_worked(explained):
    verdict, why = explained
    for each in why.patience:
        assert each.critical == verdict.critical_discount_factors[each.player]
        if each.equation and each.equation.symbol == "δ*":
            assert each.equation.value == pytest.approx(each.critical, abs=1e-9)


def test_text_and_data(explained):
    _, why = explained
    text = str(why)
    assert max(map(len, text.splitlines())) <= 100
    assert json.loads(json.dumps(why.to_dict(), allow_nan=False))["schema"] == "bargain/explanation@1"
    for worked, working in workings(why):
        assert working.name in text
        assert worked.finding.status in text
    with pytest.raises(FrozenInstanceError):
        why.title = "another"


def test_the_amount_that_is_said_to_turn_a_finding_turns_it():
    offer = OFFERS["race, nothing paid"]
    why = bg.explain(offer)
    worked = next(w for w in why.findings if w.finding.check == "compliance" and w.finding.player == "Follower")
    found = re.search(r"(\S+) alone, moved from (\S+) to (\S+), would close this gap", worked.closing)
    assert found
    system = bg.requirements(offer)
    margins = dict(zip(system.names, system.slack({found[1]: float(found[3])}), strict=True))
    assert margins[worked.workings[0].name] == pytest.approx(0, abs=1e-4)
    assert worked.finding.margin < -1


def test_undecided_findings_are_worked_against_both_equilibria():
    why = bg.explain(OFFERS["which equilibrium"])
    worked = next(w for w in why.findings if w.finding.status == "undecided")
    least, most = worked.workings
    assert least.margin.value < 0 < most.margin.value
    assert least.setting == "against (A: left, B: left)"
    assert most.setting != least.setting


def test_a_mixed_disagreement_is_named_with_its_probabilities():
    why = bg.explain(OFFERS["mixed without agreement"])
    assert "A: 0.5 left + 0.5 right" in str(why).replace("\n        ", " ")


def test_parts_are_named_after_the_document():
    working = bg.explain(race()).findings[1].workings[0]
    u_A = working.parts[0]
    assert (u_A.formula, u_A.meaning) == ("U_A + value of fund", "payoff a period under the agreement")
    assert u_A.value == pytest.approx(13.189, abs=1e-3)


PATIENCE = {
    "no promise": (race(), "Follower", None),
    "closed form": (table(DILEMMA, KEEP, BOTH_KEEP, terms=[]), 0.5, "its own is 0.9"),
    "no patience needed": (table(MEETING, MOVES, {"A": "left", "B": "left"}, terms=[]), 0.0, "no patience is needed"),
    "too short": (
        table(DILEMMA, KEEP, BOTH_KEEP, terms=[], punishment_periods=1),
        None,
        "too short a punishment for any patience",
    ),
    "short": (table(DILEMMA, KEEP, BOTH_KEEP, terms=[], punishment_periods=3), 0.543689, "the root of δ + … + δ^3"),
    "unseen": (
        table(DILEMMA, KEEP, BOTH_KEEP, terms=[], backing=[{"kind": "monitoring", "of": "A", "detection": 0}]),
        None,
        "gains 2 at once and is never detected",
    ),
    "nothing to lose": (
        table(DILEMMA, KEEP, BOTH_KEEP, terms=[fund(value=2, cost=2)]),
        None,
        "costs nothing later (f_A − u_P = 0)",
    ),
    "patience breaks it": (
        table(
            {"A": [[3, 0], [4, 3.5]], "B": [[3, 5], [0, 3.5]]},
            KEEP,
            BOTH_KEEP,
            terms=[],
            backing=[{"kind": "escrow", "by": "A", "amount": 3}],
        ),
        None,
        "more patience breaks it",
    ),
    "awaited windfall": (windfall(), 0.5, "Decided by credibility[Provider"),
}


@pytest.mark.parametrize("case", list(PATIENCE)[1:])
def test_patience_is_explained_in_each_case(case):
    offer, critical, words = PATIENCE[case]
    each = bg.explain(offer).patience[0]
    assert words in each.words
    assert each.critical == (critical if critical is None else pytest.approx(critical, abs=1e-6))


def test_patience_that_breaks_a_promise_is_worked_from_above():
    each = bg.explain(PATIENCE["patience breaks it"][0]).patience[0]
    assert each.equation is not None
    assert each.equation.symbol == "greatest δ"
    # (K − g)/(K − g + q(u_P − f_A)) with K = 3, g = 1, u_P = 3.5, f_A = 3
    assert each.equation.value == pytest.approx(0.8)


def test_players_without_promises_and_awaited_windfalls_are_told():
    why = bg.explain(windfall())
    assert "a quadratic in δ while the windfall is awaited" in why.patience[1].words
    alone = bg.explain(
        table({"A": [[1, 2]], "B": [[1, 2]]}, {"A": ["wait"], "B": ["a", "b"]}, {"A": "wait", "B": "b"}, terms=[])
    )
    assert alone.patience[0].words == "A has no promise that it could break."
    assert alone.patience[0].row is None


def test_digits_grow_until_the_margin_comes_out():
    why = bg.explain(race(fund=6.123456789012, paths={"players.Follower.discount": 0.18123456}))
    for _, working in workings(why):
        shown = {part.symbol: part.shown for part in reversed(working.parts)}
        assert signed(evaluated(put_in(working.margin.formula, shown))) == working.margin.shown
    assert not math.isnan(why.patience[0].critical)


def test_the_page_shows_what_is_printed():
    root = Path(__file__).parents[1]
    page = (root / "docs/how-to/explain-a-verdict.md").read_text(encoding="utf-8")
    excerpts = re.findall(r"<!-- from the output of: bargain explain (\S+) -->\n```text\n(.*?)\n```", page, re.S)
    assert len(excerpts) == 2
    for file, excerpt in excerpts:
        assert f"\n{excerpt}\n" in f"\n{bg.explain(bg.read_offer(root / file))}\n"
