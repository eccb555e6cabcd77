"""The main job in one process, nothing remembered between calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import Job, Row, Section

import bargain as bg

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "examples/lead_race/offer.yaml").read_text(encoding="utf-8")
JOBS: dict[str, Any] = {
    "read_offer": lambda offer: offer,
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


def fresh(job: Callable[[bg.Offer], Any]) -> Callable[[int], Job]:
    """A job on an offer that has been read just now; reading it is timed as well."""
    return lambda _: lambda: job(bg.parse_offer(TEXT))


SECTIONS = [
    Section(
        "The main job, two players",
        {name: Row(fresh(job)) for name, job in JOBS.items()},
        base=None,
        note="Each time with reading the document, so that nothing is remembered.",
    )
]
