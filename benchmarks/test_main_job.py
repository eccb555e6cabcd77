"""The main job in one process, nothing remembered between calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import bargain as bg

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "examples/lead_race/offer.yaml").read_text(encoding="utf-8")
JOBS: dict[str, Any] = {
    "read_offer": lambda offer: bg.parse_offer(TEXT),
    "check": lambda offer: bg.check(offer),
    "check, without the cross-check by nashpy": lambda offer: bg.check(offer, cross_check=False),
    "requirements": lambda offer: bg.requirements(offer),
    "repair (unpaid, impatient)": lambda offer: bg.repair(offer.replace(UNPAID)),
    "design": lambda offer: bg.design(offer),
    "credibility_frontier": lambda offer: bg.credibility_frontier(offer, "fund"),
    "explain": lambda offer: bg.explain(offer),
    "sensitivity": lambda offer: bg.sensitivity(offer),
}
UNPAID = {
    "terms.fund.value": 0,
    "terms.fund.cost": 0,
    "players.Leader.discount": 0.5,
    "players.Follower.discount": 0.5,
}


@pytest.mark.benchmark(group="the main job, two players")
@pytest.mark.parametrize("name", JOBS)
def test_main_job(benchmark: Any, name: str) -> None:
    def fresh() -> tuple[tuple[Any], dict[str, Any]]:
        return (bg.parse_offer(TEXT),), {}

    rounds = 3 if name == "sensitivity" else 20
    benchmark.pedantic(JOBS[name], setup=fresh, rounds=rounds, warmup_rounds=1)
