"""Repair and design: least cost, found again by brute force and by another solver; proofs that nothing helps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

import bargain as bg
from bargain.findings import number
from bargain.verdict import Evaluation
from offers import dilemma, race, windfall
from test_requirements import random_offer


def test_the_least_payment_when_nothing_is_paid() -> None:
    offer = race(fund=0, discount=0.5)
    assert [finding.name for finding in bg.check(offer).failures] == ["compliance[Follower]"]
    fixed = bg.repair(offer, margin=0.25)
    assert fixed.status == "repaired"
    after = bg.check(fixed.offer)
    assert after.holds
    assert after.finding("compliance", "Follower").margin == pytest.approx(0.25, abs=1e-9)
    # With q = 1 each unit paid adds delta + (1 - delta) = 1 to the margin.
    lacking = bg.check(offer).finding("compliance", "Follower").margin
    assert lacking is not None
    assert fixed.cost == pytest.approx(0.25 - lacking, abs=1e-9)
    # Brute force: no smaller payment reaches the margin.
    for payment in np.linspace(0, fixed.cost * (1 - 1e-6), 200):
        verdict = bg.check(race(fund=float(payment), discount=0.5), cross_check=False)
        assert min(f.margin for f in verdict.findings if f.player and f.margin is not None) < 0.25


def test_an_offer_that_holds_is_left_alone() -> None:
    fixed = bg.repair(race())
    assert (fixed.status, fixed.changes, fixed.offer) == ("holds", (), race())
    assert "nothing to repair" in str(fixed)


def test_no_single_change_is_enough() -> None:
    # The leader gives too little and cannot be believed: patience is short, so both price and escrow must move.
    offer = race(fund=0, discount=0.15, paths={"cost_of_capital": 0.1})
    fixed = bg.repair(offer)
    assert fixed.status == "repaired"
    assert not fixed.single_changes
    assert "No single change is enough." in str(fixed)
    assert bg.check(fixed.offer).holds


def test_a_promise_without_backing_is_repaired_by_escrow_that_it_did_not_have() -> None:
    offer = windfall(parameters__harm=0, players__Provider__discount=0.5)
    assert [finding.name for finding in bg.check(offer).failures] == ["credibility[Provider]"]
    fixed = bg.repair(offer)
    # The share cannot fall: the recipient needs 4.2222. After: 0.5*0.5 - 0.5*(4.5 - E) >= 0 at E = 4.
    assert fixed.new_backing == ("backing.escrow.Provider.amount",)
    assert "does not have yet" in str(fixed)
    assert bg.check(fixed.offer).holds
    assert fixed.offer.amount("escrow", "Provider") <= 4 + 1e-6  # type: ignore[operator]


def test_an_offer_without_amounts_is_repaired_by_new_backing_or_not_at_all() -> None:
    impatient = dilemma(terms=[], discount=0.4)
    fixed = bg.repair(impatient)
    assert fixed.status == "repaired"
    assert set(fixed.new_backing) == {f"backing.escrow.{player}.amount" for player in "AB"}
    assert bg.check(fixed.offer).holds
    hopeless = bg.repair(dilemma(terms=[], disagreement={"A": "defect", "B": "cooperate"}))
    assert hopeless.status == "impossible"
    assert hopeless.certificate is not None
    assert hopeless.certificate.verify()
    nothing = bg.design(impatient)
    assert nothing.status == "impossible"
    assert nothing.certificate is not None
    assert nothing.certificate.verify()
    assert bg.design(dilemma(terms=[], discount=0.9)).status == "designed"


def test_nothing_can_help_where_no_amount_moves_the_failing_row() -> None:
    offer = race(paths={"limits.dominance": 0.5})
    result = bg.repair(offer)
    assert result.status == "impossible"
    assert result.certificate is not None
    assert result.certificate.names == ("dominance[Leader]",)
    assert result.certificate.verify()
    assert result.certificate.shortfall == pytest.approx(2 / 3 - 0.5)


def test_clashing_requirements_are_named_with_weights() -> None:
    # Whatever is paid in a dilemma moves from one player to the other: together they have 4 from cooperating and
    # the status quo is stated as 2 and 3.
    offer = dilemma(
        terms=[{"id": "pay", "cluster": "financial", "from": "A", "to": "B", "value": 1, "cost": 1}],
        disagreement={"A": "defect", "B": "cooperate"},
        limits={"provider_margin": 1},
    )
    result = bg.repair(offer)
    assert result.status == "impossible"
    clash = result.certificate
    assert clash is not None
    assert clash.verify()
    remultiplied = sum(w * n for w, n in zip(clash.weights, clash.needs, strict=True))
    assert isinstance(remultiplied, Fraction)
    assert remultiplied > 0
    for j in range(len(clash.variables)):
        assert sum(w * row[j] for w, row in zip(clash.weights, clash.slopes, strict=True)) <= 0
    assert all(name in str(result) for name in clash.names)


def least_cost_by_scipy(offer: bg.Offer, margin: float, players: set[str]) -> float | None:
    """The cheapest repair stated afresh, from `bg.requirements` alone: None where there is none."""
    system = bg.requirements(offer)
    column = {name: j for j, name in enumerate(system.variables)}
    levers: list[tuple[np.ndarray, float, float]] = []
    for term in offer.terms:
        move = np.zeros(len(column))
        move[column[f"terms.{term.id}.value"]] = 1
        if term.value > 0 or term.cost == 0:
            move[column[f"terms.{term.id}.cost"]] = term.cost / term.value if term.value else 1.0
        delta = offer.players[term.from_].discount
        weight = {"upfront": 1 - delta, "conditional": 1.0}.get(term.timing)
        if weight is None:
            assert offer.hazard is not None
            weight = delta * offer.hazard / (1 - delta * (1 - offer.hazard))
        levers.append((move, weight, term.value))
    for player in offer.player_names:
        if player in players:
            move = np.zeros(len(column))
            move[column[f"backing.escrow.{player}.amount"]] = 1
            levers.append((move, offer.cost_of_capital, offer.amount("escrow", player) or 0.0))
    moves = np.array([move for move, _, _ in levers]).T
    slopes, slack = system.matrix @ moves, system.slack()
    movable = {name for move, _, _ in levers for name, entry in zip(system.variables, move, strict=True) if entry}
    kept = [i for i, row in enumerate(system.rows) if not row.needs or movable & set(row.needs) or system.applies()[i]]
    need = np.array([margin - slack[i] if np.any(slopes[i]) else -slack[i] - system.tolerance for i in kept])
    weights = np.array([weight for _, weight, _ in levers])
    found = linprog(
        np.concatenate([weights, weights]) + 1e-9,
        A_ub=-np.hstack([slopes[kept], -slopes[kept]]),
        b_ub=-need,
        bounds=[(0, None)] * len(levers) + [(0, level) for _, _, level in levers],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return float(weights @ (found.x[: len(levers)] + found.x[len(levers) :])) if found.status == 0 else None


@pytest.mark.parametrize("seed", range(80))
def test_no_cheaper_repair_exists(seed: int) -> None:
    offer = random_offer(seed)
    fixed = bg.repair(offer)
    declared = {part.by for part in offer.backing if part.kind == "escrow"}
    everyone = set(offer.player_names)
    best = [least_cost_by_scipy(offer, fixed.margin, players) for players in (declared, everyone)]
    if fixed.status == "holds":
        return
    if fixed.status == "impossible":
        assert best == [None, None]
        assert fixed.certificate is not None
        assert fixed.certificate.verify()
        return
    assert fixed.status == "repaired"
    least = best[0] if best[0] is not None else best[1]
    assert least is not None
    scale = max(1.0, abs(least))
    assert fixed.cost == pytest.approx(least, abs=2e-5 * scale)
    # Each single change passes, and an hour before it does not.
    for change in fixed.single_changes:
        alone = {change.path: change.new}
        if change.path.endswith(".value"):
            term = next(t for t in offer.terms if f"terms.{t.id}.value" == change.path)
            if term.value or not term.cost:
                ratio = term.cost / term.value if term.value else 1.0
                alone[f"terms.{term.id}.cost"] = change.new * ratio
        assert Evaluation(offer.replace(alone), cross_check=False).holds


def test_a_repaired_offer_written_out_and_read_back_holds(tmp_path: Path) -> None:
    """For 1,000 random documents; what cannot be repaired carries a proof."""
    outcomes: dict[str, int] = {}
    for seed in range(1000, 2000):
        fixed = bg.repair(random_offer(seed))
        outcomes[fixed.status] = outcomes.get(fixed.status, 0) + 1
        if fixed.status == "impossible":
            assert fixed.certificate is not None
            assert fixed.certificate.verify()
            continue
        path = tmp_path / "offer.yaml"
        bg.write_offer(fixed.offer, path)
        again = bg.read_offer(path)
        assert again == fixed.offer
        assert bg.check(again, cross_check=False).holds, seed
    assert set(outcomes) == {"holds", "repaired", "impossible"}
    assert min(outcomes.values()) > 20


@pytest.mark.parametrize("seed", range(200, 300))
def test_a_designed_offer_written_out_and_read_back_holds(seed: int, tmp_path: Path) -> None:
    offer = random_offer(seed)
    objective: dict[str, Any] = {"maximise": "margin"} if seed % 2 else {"minimise": "cost"}
    best = bg.design(offer, **objective)
    if best.status == "impossible":
        assert best.certificate is not None
        assert best.certificate.verify()
        assert bg.repair(offer).status != "holds"
        return
    if best.status == "unbounded":
        assert objective == {"maximise": "margin"}
        return
    assert best.status == "designed"
    bg.write_offer(best.offer, tmp_path / "offer.yaml")
    assert bg.check(bg.read_offer(tmp_path / "offer.yaml"), cross_check=False).holds


def test_design_at_least_cost_meets_the_repair_from_nothing() -> None:
    cheap = bg.design(race(discount=0.5), minimise="cost", free=["terms.fund.value"], margin=0.1)
    assert cheap.cost == pytest.approx(bg.repair(race(fund=0, discount=0.5), margin=0.1).cost, abs=1e-9)


def test_design_with_the_largest_least_margin_against_a_scan() -> None:
    best = bg.design(race(), maximise="margin", free=["terms.fund.value"])
    assert best.least_margin is not None

    def least(payment: float) -> float:
        verdict = bg.check(race(fund=payment), cross_check=False)
        return min(f.margin for f in verdict.findings if f.player and f.margin is not None)

    scan = max(least(payment) for payment in np.linspace(0, 40, 401))
    assert best.least_margin == pytest.approx(least(best.changes[0].new), abs=1e-6)
    assert scan - 1e-9 <= best.least_margin <= scan + 0.1


def test_design_frees_costs_and_bounds_amounts() -> None:
    alone = bg.design(race(), maximise="margin", free=["terms.fund.value"], at_most={"terms.fund.value": 8})
    assert alone.changes[0].new == pytest.approx(8, abs=1e-6)
    assert bg.design(race(), maximise="margin", free=["terms.fund.value", "terms.fund.cost"]).status == "unbounded" or (
        bg.check(bg.design(race(), free=["terms.fund.value", "terms.fund.cost"]).offer).holds
    )
    with pytest.raises(bg.BargainError, match=r"terms\.funds\.value: no amount of this offer"):
        bg.design(race(), free=["terms.funds.value"])
    with pytest.raises(ValueError, match="state one"):
        bg.design(race(), minimise="cost", maximise="margin")
    with pytest.raises(ValueError, match="at least 0"):
        bg.repair(race(), margin=-1)


def test_results_are_plain_data() -> None:
    import json

    for result in (
        bg.repair(race(fund=0, discount=0.5)),
        bg.repair(race(paths={"limits.dominance": 0.5})),
        bg.design(race()),
    ):
        data = json.loads(json.dumps(result.to_dict(), allow_nan=False))
        assert (data["status"], data["unit"]) == (result.status, result.offer.unit)


@pytest.mark.parametrize("schedule", [None, 3])
def test_a_bound_that_stands_in_the_way_is_named_in_the_proof(schedule: int | None) -> None:
    offer = bg.read_offer("examples/lead_race/unpaid.yaml")
    least = bg.design(offer, free=["terms.fund.value"]).changes[0].new
    for bound, status in ((0.99 * least, "impossible"), (1.01 * least, "designed")):
        found = bg.design(offer, free=["terms.fund.value"], at_most={"terms.fund.value": bound}, schedule=schedule)
        assert found.status == status
    found = bg.design(offer, free=["terms.fund.value"], at_most={"terms.fund.value": least / 2}, schedule=schedule)
    assert found.certificate is not None
    assert found.certificate.verify()
    path = "terms.fund.value" if schedule is None else "terms.fund.schedule.2"
    assert f"{path} at most {number(least / 2)} (weight" in str(found)
    assert found.variables[-1] == path
