"""Coalitions of many players: rows written as they are needed, against all rows at once and against brute force."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain import _lp, system
from bargain.blocking import MOST_ENTRIES
from offers import table


@pytest.fixture
def lazy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start with few rows for any number of players."""
    monkeypatch.setattr(system, "ALL_COALITIONS", 0)


def names(n: int) -> list[str]:
    return [f"P{i}" for i in range(n)]


def signing(rng: np.random.Generator, n: int, **more: Any) -> bg.Offer:
    """A coalition for safety of unlike states in which the first pays all the others."""
    players, payer = names(n), names(n)[0]
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "safe_coalition",
            "parameters": {
                "benefit": [round(float(b), 2) for b in (10, *rng.uniform(0.5, 2, n - 1))],
                "cost": [round(float(c), 2) for c in rng.uniform(0.5, 2, n)],
            },
            "players": {player: {"capability": 1, "discount": 0.9} for player in players},
            "asks": dict.fromkeys(players, "join"),
            "terms": [
                {"id": f"t{i}", "cluster": "financial", "from": payer, "to": player, "value": 0, "cost": 0}
                for i, player in enumerate(players)
                if i
            ],
            "disagreement": dict.fromkeys(players, "stay"),
            **more,
        }
    )


def finite(rng: np.random.Generator, n: int) -> bg.Offer:
    """A random game of two actions each in which everyone may pay the next; all act for the common good, or not."""
    players = names(n)
    payoffs = {player: rng.integers(0, 6, (2,) * n).astype(float) for player in players}
    for table_ in payoffs.values():
        table_[(0,) * n] = float(rng.integers(4, 9))
    return table(
        {player: payoffs[player].tolist() for player in players},
        {player: ["a", "b"] for player in players},
        dict.fromkeys(players, "a"),
        terms=[
            {"id": f"t{i}", "cluster": "financial", "from": players[i], "to": players[(i + 1) % n], "value": 0.5,
             "cost": 0.5}
            for i in range(n)
        ],
        disagreement=dict.fromkeys(players, "b"),
        blocking=str(rng.choice(["alpha", "gamma"])),
    )  # fmt: skip


def same(few: Any, all_: Any) -> None:
    assert few.status == all_.status
    assert few.cost == pytest.approx(all_.cost, rel=1e-6, abs=1e-6)
    singles = [{change.path: change.new for change in each.single_changes} for each in (few, all_)]
    assert singles[0] == pytest.approx(singles[1], rel=1e-7, abs=1e-7)
    if few.status == "impossible":
        assert few.certificate.verify()
        assert all_.certificate.verify()
    elif few.status in ("repaired", "designed"):
        assert bg.check(few.offer).holds


DRAWS = [(kind, n, seed) for kind in ("signing", "finite") for n, seed in itertools.product((2, 3, 5), range(2))]


@pytest.mark.parametrize(("kind", "n", "seed"), DRAWS)
def test_few_rows_give_what_all_rows_give(kind: str, n: int, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = (signing if kind == "signing" else finite)(np.random.default_rng(seed), n)
    whole = bg.requirements(offer)
    everything = [bg.check(offer), bg.repair(offer), bg.design(offer), bg.design(offer, maximise="margin")]
    turned = kind == "signing" and n == 3
    turns = bg.sensitivity(offer).to_dict() if turned else {}
    monkeypatch.setattr(system, "ALL_COALITIONS", 0)
    assert whole.complete
    verdict, repaired, cheapest, safest = (
        bg.check(offer), bg.repair(offer), bg.design(offer), bg.design(offer, maximise="margin")
    )  # fmt: skip
    assert [f.to_dict() for f in verdict.findings] == [f.to_dict() for f in everything[0].findings]
    same(repaired, everything[1])
    same(cheapest, everything[2])
    same(safest, everything[3])
    assert safest.least_margin == pytest.approx(everything[3].least_margin, abs=1e-6)
    if turned:
        assert bg.sensitivity(offer).to_dict() == turns


@pytest.mark.parametrize("seed", range(6))
def test_the_scan_against_brute_force(seed: int, lazy: None) -> None:
    rng = np.random.default_rng(seed)
    offer = signing(rng, 7)
    found = bg.requirements(offer)
    x = rng.uniform(0, 20, len(found.variables))
    agreement = found.coalitions.agreement
    amounts = dict(zip(found.variables, x.tolist(), strict=True))
    kept = [float(agreement.agreement_payoff(player).at(amounts)) for player in agreement.players]
    game = offer.build_model().membership()
    margins = {}
    for mask in range(1, 127):
        members = [i for i in range(7) if mask >> i & 1]
        inside = [game.payoffs[mask if len(members) > 1 else 0, i] for i in members]
        margins[mask] = sum(kept[i] for i in members) - sum(inside)
    rows = found.violated(x, below=np.inf, most=200)
    known = {row.coalition for row in found.rows if row.coalition}
    assert {row.coalition for row in rows} | known == set(margins)
    assert not {row.coalition for row in rows} & known
    for row in rows:
        assert float(row.margin.at(amounts)) == pytest.approx(margins[row.coalition], abs=1e-9)
    ordered = [margins[row.coalition] for row in rows]
    assert ordered == pytest.approx(sorted(ordered), abs=1e-9)
    extended = found.with_rows(rows)
    assert extended.complete
    assert not extended.violated(x, below=np.inf)
    assert extended.slack(x).min() <= min(margins.values()) + 1e-9


def test_rows_in_use_name_the_least_margins() -> None:
    offer = signing(np.random.default_rng(3), 9)
    found = bg.requirements(offer)
    assert not found.complete
    margins = found.coalitions.margins(found.point)
    least = min(row.margin.at(found.coalitions.agreement.amounts) for row in found.rows if row.coalition)
    assert float(least) == pytest.approx(float(margins.min()), abs=1e-9)
    finding = bg.check(offer).finding("no_blocking_coalition")
    assert finding.margin == pytest.approx(float(margins.min()))
    assert finding.method == "least of 510 rows"
    worst = int(margins.argmin())
    assert finding.witness["coalition"] == [f"P{i}" for i in range(9) if worst >> i & 1]
    assert "alone" in finding.words or "on their own" in finding.words


@pytest.mark.parametrize("n", [8, 12, 16])
def test_a_repair_of_many_players_holds_at_every_coalition(n: int) -> None:
    """Costs of effort so unlike that a payer can hold all the others, where the model allows it at all."""
    rng = np.random.default_rng(n)
    offer = signing(rng, n).replace({"parameters.benefit": [100.0, *[0.01] * (n - 1)]})
    fixed = bg.repair(offer)
    assert fixed.status in ("repaired", "impossible")
    if fixed.status == "impossible":
        assert fixed.certificate is not None
        assert fixed.certificate.verify()
        return
    found = bg.requirements(fixed.offer)
    assert found.coalitions.margins(found.point).min() >= -found.tolerance
    assert bg.check(fixed.offer).holds


def test_some_of_these_repairs_succeed_and_some_cannot() -> None:
    statuses = {
        bg.repair(signing(np.random.default_rng(n), n).replace(change)).status
        for n in (8,)
        for change in ({}, {"parameters.benefit": [100.0, *[0.01] * (n - 1)]})
    }
    assert statuses == {"repaired", "impossible"}


def level(n: int, share: float) -> bg.Offer:
    """A game in which everyone has the same whatever anyone does: every coalition ties."""
    players = names(n)
    return table(
        {player: np.full((2,) * n, share).tolist() for player in players},
        {player: ["a", "b"] for player in players},
        dict.fromkeys(players, "a"),
        terms=[],
        disagreement=dict.fromkeys(players, "b"),
    )


def test_ties_of_all_coalitions_are_decided_exactly() -> None:
    """Every coalition has 0.1 a head with and without the agreement: 254 exact ties, which hold."""
    finding = bg.check(level(8, 0.1)).finding("no_blocking_coalition")
    assert (finding.status, finding.exact) == ("holds", True)
    assert "exact tie" in finding.words


def test_what_is_too_large_is_not_applicable_and_says_how_large() -> None:
    assert bg.check(level(7, 1.0)).finding("no_blocking_coalition").status == "holds"
    large = bg.check(level(11, 1.0)).finding("no_blocking_coalition")
    assert MOST_ENTRIES < 2**22
    assert large.status == "not applicable"
    assert large.words == (
        "What each of 2,046 coalitions can be sure of is a linear program over 2,048 profiles of actions, 4,194,304 "
        "numbers in all, more than the 2,097,152 that are tried."
    )


def test_one_player_has_no_coalition() -> None:
    offer = table(
        {"A": [1.0, 0.0]}, {"A": ["a", "b"]}, {"A": "a"}, terms=[], disagreement={"A": "b"}
    )  # fmt: skip
    finding = bg.check(offer).finding("no_blocking_coalition")
    assert (finding.status, finding.words) == ("not applicable", "There is no coalition short of all players.")


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(7, 9))
def test_margins_change_sign_where_the_status_does(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    offer = signing(rng, n)
    changes = {f"terms.t{i}.{key}": round(float(rng.uniform(0, 30)), 3) for i in range(1, n) for key in ("value",)}
    changes |= {path.replace("value", "cost"): amount for path, amount in changes.items()}
    finding = bg.check(offer.replace(changes)).finding("no_blocking_coalition")
    assert finding.margin is not None
    assert (finding.status == "holds") == (finding.margin >= -finding.tolerance)


def test_no_solver_is_asked_where_nothing_is_violated(monkeypatch: pytest.MonkeyPatch) -> None:
    """An offer that holds is not solved for: the scan alone tells that no coalition blocks."""
    offer = signing(np.random.default_rng(8), 8).replace({"parameters.benefit": [100.0, *[0.01] * 7]})
    fixed = bg.repair(offer).offer

    def never(*args: Any, **more: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(_lp, "solve_lp", never)
    assert bg.check(fixed).holds


def venture(rng: np.random.Generator, n: int, pooling: str) -> bg.Offer:
    """A venture of unlike states whose gain the first holds and pays out: the core binds in many places."""
    players = names(n)
    inputs = {name: [round(float(each), 2) for each in rng.uniform(1, 10, n)] for name in ("technology", "labour")}
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "complementarity",
            "parameters": {**inputs, "pooling": pooling, "division": "first"},
            "players": {player: {"capability": 1, "discount": 0.9} for player in players},
            "asks": dict.fromkeys(players, "join"),
            "terms": [
                {"id": f"t{i}", "cluster": "financial", "from": players[0], "to": player, "value": 0, "cost": 0}
                for i, player in enumerate(players)
                if i
            ],
            "disagreement": dict.fromkeys(players, "stay"),
        }
    )


@pytest.mark.parametrize(("n", "pooling"), [(7, "sum"), (8, "sum"), (9, "sum"), (7, "max")])
def test_rounds_of_rows_end_where_all_rows_would(n: int, pooling: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offer = venture(np.random.default_rng(n), n, pooling)
    escrow = {f"backing.escrow.{offer.player_names[0]}.amount": 1000}  # the payer's promises are believed
    offer = offer.replace(escrow)
    few = [bg.repair(offer), bg.design(offer, maximise="margin")]
    monkeypatch.setattr(system, "ALL_COALITIONS", n)
    every = [bg.repair(offer), bg.design(offer, maximise="margin")]
    for one, other in zip(few, every, strict=True):
        same(one, other)
    statuses = [each.status for each in few]
    assert statuses == (["impossible"] * 2 if pooling == "max" else ["repaired", "designed"])
    if pooling == "sum":
        assert few[1].least_margin == pytest.approx(every[1].least_margin, abs=1e-6)


def test_room_for_ties_only_is_room() -> None:
    """Twelve with constant returns: the core has no room to speak of, and the repair holds by ties."""
    fixed = bg.repair(venture(np.random.default_rng(12), 12, "sum"))
    assert (fixed.status, fixed.margin) == ("repaired", 0.0)
    verdict = bg.check(fixed.offer)
    assert verdict.holds
    assert verdict.finding("no_blocking_coalition").margin == pytest.approx(0, abs=1e-7)
