"""The worked examples: what each document's verdict is, what its script asserts, what its README states."""

from __future__ import annotations

import csv
import re
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import bargain as bg
import pages

EXAMPLES = pages.ROOT / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/README.md"))
DOCUMENTS = sorted(EXAMPLES.rglob("*.yaml"))

# For each document the findings that fail, and whether repair can mend them. None fail: the offer holds.
EXPECTED: dict[str, tuple[set[str], str]] = {
    "lead_race/offer": (set(), "holds"),
    "lead_race/unpaid": ({"compliance[Follower]"}, "repaired"),
    "lead_race/power_instead": (
        {"participation[Leader]", "compliance[Follower]", "no_blocking_coalition", "power_safety"},
        "impossible",
    ),
    "lead_race/strong_follower": (set(), "holds"),
    "lead_race/two_followers": ({"compliance[Second]"}, "repaired"),
    "lead_race/runs_out": ({"compliance[Follower]"}, "repaired"),
    "windfall_promise/offer": (set(), "holds"),
    "windfall_promise/unbacked": ({"credibility[Provider]"}, "repaired"),
    "windfall_promise/escrow": (set(), "holds"),
    "windfall_promise/power": (set(), "holds"),
    "monitored_access/offer": (set(), "holds"),
    "monitored_access/too_little": ({"compliance[Recipient]"}, "repaired"),
    "ten_countries/offer": ({"no_blocking_coalition"}, "impossible"),
    "ten_countries/best_with_sharing": (
        {"credibility[C2]", "credibility[C4]", "no_blocking_coalition"},
        "impossible",
    ),
    "ten_countries/ends_if_broken": ({"no_blocking_coalition"}, "impossible"),
    "complementarity/offer": (set(), "holds"),
    "complementarity/unpaid": ({"no_blocking_coalition"}, "repaired"),
    "complementarity/one_technology": ({"no_blocking_coalition"}, "impossible"),
    "complementarity/two_of_three": (set(), "holds"),
    "capacity_club/offer": ({"participation[Leader]", "no_blocking_coalition"}, "impossible"),
    "capacity_club/leader_asked": ({"participation[Leader]", "no_blocking_coalition"}, "impossible"),
    "safe_coalition/offer": (set(), "holds"),
    "safe_coalition/power_instead": (
        {f"{check}[{state}]" for check in ("compliance", "internal_stability") for state in ("North", "East", "South")},
        "impossible",
    ),
    "safe_coalition/power_revocable": (set(), "holds"),
    "safe_coalition/unpaid": (
        {
            "no_blocking_coalition",
            *(
                f"{check}[{state}]"
                for check in ("participation", "compliance", "internal_stability")
                for state in ("North", "East", "South")
            ),
        },
        "repaired",
    ),
    "safety_race/offer": (set(), "holds"),
    "safety_race/unshared": ({"compliance[Leader]", "compliance[Follower]"}, "repaired"),
    "safety_race/power_instead": ({"compliance[Leader]", "compliance[Follower]"}, "repaired"),
    "power_transition/offer": (set(), "holds"),
    "power_transition/too_fast": ({"participation[Leader]", "compliance[Leader]", "no_blocking_coalition"}, "repaired"),
    "power_transition/in_steps": (set(), "holds"),
    "strategic_vigilance/offer": (set(), "holds"),
    "strategic_vigilance/unassured": ({"compliance[North]", "compliance[South]"}, "repaired"),
    "strategic_vigilance/with_power": ({"compliance[North]", "credibility[North]"}, "repaired"),
    "ai_divide/offer": (set(), "holds"),
    "ai_divide/unheard": ({"participation[Buyer]", "compliance[Buyer]", "no_blocking_coalition"}, "repaired"),
    "ai_divide/own_system": ({"participation[Buyer]", "compliance[Buyer]", "no_blocking_coalition"}, "impossible"),
    "balance_of_power/offer": (set(), "holds"),
    "balance_of_power/unpaid": (
        {"participation[Front]", "compliance[Front]", "no_blocking_coalition"},
        "repaired",
    ),
    "balance_of_power/balanced": (set(), "holds"),
    "resource_heterogeneity/offer": (set(), "holds"),
    "resource_heterogeneity/unpaid": (
        {"participation[Innovator]", "compliance[Innovator]", "no_blocking_coalition"},
        "repaired",
    ),
    "resource_heterogeneity/outvoted": (
        {"participation[Innovator]", "compliance[Innovator]", "no_blocking_coalition"},
        "impossible",
    ),
    "marshall_plan/offer": (set(), "holds"),
    "marshall_plan/tempted": ({"credibility[United States]", "no_blocking_coalition"}, "repaired"),
    "marshall_plan/charity": (
        {
            "participation[United States]",
            "credibility[United States]",
            "no_blocking_coalition",
            "provider_interest[United States]",
        },
        "repaired",
    ),
    "relationship_linkage/offer": (set(), "holds"),
    "relationship_linkage/friends": (set(), "holds"),
    "relationship_linkage/rivals": ({"compliance[Recipient]"}, "repaired"),
    "shared_vision/offer": (set(), "holds"),
    "shared_vision/public": (set(), "holds"),
    "shared_vision/all_asked": ({f"compliance[{state}]" for state in ("First", "Second", "Third")}, "repaired"),
    "domain_cooperation/offer": (set(), "holds"),
    "domain_cooperation/hard_alone": ({"compliance[North]", "compliance[South]"}, "repaired"),
    "domain_cooperation/unequal": (set(), "holds"),
    "joined_issues/offer": (set(), "holds"),
    "joined_issues/race_alone": ({"compliance[Follower]"}, "repaired"),
    "joined_issues/rivals": ({"compliance[Follower]"}, "repaired"),
    "role_play/offer": (set(), "holds"),
    "role_play/opening": ({"compliance[Follower]"}, "repaired"),
    "role_play/counter": (
        {
            "participation[Leader]",
            "compliance[Leader]",
            "credibility[Leader]",
            "no_blocking_coalition",
            "power_safety",
        },
        "impossible",
    ),
    "your_own_game/offer": (set(), "holds"),
    "your_own_game/from_file": ({"compliance[South]"}, "repaired"),
}


def key(document: Path) -> str:
    return document.relative_to(EXAMPLES).with_suffix("").as_posix()


@cache
def namespace(folder: Path) -> dict[str, Any]:
    return {**runpy.run_path(str(folder / "run.py")), "bg": bg}


@pytest.mark.parametrize("document", DOCUMENTS, ids=key)
def test_verdict(document: Path) -> None:
    failing, _ = EXPECTED[key(document)]
    verdict = bg.check(bg.read_offer(document))
    assert {finding.name for finding in verdict.failures} == failing
    assert verdict.holds is (not failing)


@pytest.mark.parametrize("document", DOCUMENTS, ids=key)
def test_repair(document: Path) -> None:
    _, status = EXPECTED[key(document)]
    repair = bg.repair(bg.read_offer(document))
    assert repair.status == status
    assert bg.check(repair.offer).holds is (status != "impossible")


def test_no_entry_without_a_document() -> None:
    assert set(EXPECTED) == {key(document) for document in DOCUMENTS}


@pytest.mark.parametrize("document", DOCUMENTS, ids=key)
def test_document_names_its_sources(document: Path) -> None:
    offer = bg.read_offer(document)
    assert offer.title
    assert offer.description
    assert offer.sources


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_folder_is_complete(folder: Path) -> None:
    assert (folder / "offer.yaml").is_file()
    assert (folder / "run.py").is_file()
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert all(f"({path.name})" in readme for path in folder.glob("*.yaml")), "a document the README does not name"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_script(folder: Path, tmp_path: Path) -> None:
    script = folder / "run.py"
    source = script.read_text(encoding="utf-8").rstrip().splitlines()
    assert len(source) <= 60
    assert source[-1].startswith("assert ")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not done.stderr


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_numbers_of_the_readme(folder: Path) -> None:
    page = folder / "README.md"
    assert pages.NUMBER.search(pages.prose(page))
    assert not pages.wrong_numbers(page, namespace(folder))
    assert not pages.unmarked_numbers(page)


def test_figures_of_the_marshall_plan_agree_with_one_another() -> None:
    """Grants and loans make totals, totals the printed sum; the offer's terms are a year's average of them."""
    folder = EXAMPLES / "marshall_plan"
    with (folder / "allotments.csv").open(encoding="utf-8") as file:
        rows = {row.pop("country"): list(map(float, row.values())) for row in csv.DictReader(file)}
    assert len(rows) == 15
    for total, grants, loans, people in rows.values():
        assert total == pytest.approx(grants + loans)
        assert min(grants, loans) >= 0
        assert people > 0
    assert sum(total for total, *_ in rows.values()) == pytest.approx(12_918.8)
    assert list(rows) == sorted(rows, key=lambda name: -rows[name][0])
    saved = sum(0.025 / (1 - 1.025**-35) / 1.05**year for year in range(1, 36))
    offer = bg.read_offer(folder / "offer.yaml")
    for name in ("United Kingdom", "France", "Italy", "West Germany"):
        _, grants, loans, _ = rows[name]
        place = name.lower().replace(" ", "_")
        terms = {term.id: term for term in offer.terms if term.to == name}
        assert set(terms) == {f"grants_{place}", f"loans_{place}"}
        for kind, amount in (("grants", grants), ("loans", (1 - saved) * loans)):
            term = terms[f"{kind}_{place}"]
            assert term.value == term.cost == pytest.approx(amount / 4.25, abs=0.051)
    assert any("30 June 1952" in str(source) and "(1975)" in str(source) for source in offer.sources)


TERMS = (
    "affinity",
    "best repl(?:y|ies)",
    "core",
    "(?<!security )dilemma",
    "discount factors?",
    "equilibri(?:um|a)",
    "escrows?",
    "external stability",
    "internal stability",
    "margins?",
    "median voter",
    "payoffs?",
    "power-sharing",
    "stag hunt",
    "status quo",
    "surplus",
)
"""Words of the field that no reader need know: they stand in bold or italics where they first stand, and explained."""


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_term_is_defined_where_it_first_stands(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"<!--.*?-->|```.*?```|`[^`]*`|!\[.*?\]\(.*?\)|\]\(.*?\)", "", text, flags=re.S)
    text = re.sub(r"^#.*$", "", text, flags=re.M)
    marked = [match.span() for match in re.finditer(r"(\*{1,2})(?=\S)[^*]+?\1", text)]
    for term in TERMS:
        first = re.search(rf"\b(?:{term})\b", text, re.I)
        if first is not None:
            around = text[max(0, first.start() - 60) : first.end() + 60]
            assert any(start <= first.start() and first.end() <= end for start, end in marked), around
