"""The pages are tests: their code runs, their commands and outputs are real, their links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import bargain as bg
import pages

PAGES = pages.pages()
DOCS = [page for page in PAGES if page.is_relative_to(pages.ROOT / "docs")]


def links(page: Path) -> list[str]:
    """The relative links of a page."""
    targets = [match["target"] for match in pages.LINK.finditer(pages.prose(page))]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """The headings of a page as the fragments that links name."""
    headings = re.findall(r"^#+ (.+)$", pages.FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_python_blocks_run_and_marked_numbers_follow(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pages.ROOT)
    namespace: dict[str, Any] = {"__name__": "page"}
    for block in pages.blocks(page, "python"):
        if block.run:
            code = "\n" * (block.line - 1) + block.body
            exec(compile(code, str(page), "exec"), namespace)
    if not page.is_relative_to(pages.ROOT / "examples"):
        assert not pages.wrong_numbers(page, namespace)


@pytest.mark.parametrize("page", [page for page in PAGES if pages.steps(page)], ids=pages.name)
def test_commands_and_outputs(page: Path) -> None:
    with pages.workplace():
        for step in pages.steps(page):
            code, out, err = pages.bargain(step.command)
            if step.shown is not None:
                assert pages.tidy(out) == step.shown, f"{step.command}: python tests/pages.py writes it anew"
            elif step.exit is not None:
                assert code == step.exit, f"{step.command}: exit {code}\n{err}"
            else:
                assert code in (0, 1, 3), f"{step.command}: exit {code}\n{err}"


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_whole_documents_are_offers(page: Path) -> None:
    for block in pages.blocks(page, "yaml"):
        if block.run and block.body.startswith("schema:"):
            assert bg.parse_offer(block.body).model


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_links_resolve(page: Path) -> None:
    for target in links(page):
        path, _, fragment = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.is_relative_to(pages.ROOT), target
        assert place.exists(), target
        if fragment and place.suffix == ".md":
            assert fragment in anchors(place), target


def test_every_page_is_reachable_from_the_index() -> None:
    index = pages.ROOT / "docs" / "index.md"
    reached, waiting = set(), [index]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = ((page.parent / target.partition("#")[0]).resolve() for target in links(page))
            waiting += [target for target in targets if target.suffix == ".md" and target.is_relative_to(index.parent)]
    assert {pages.name(page) for page in DOCS} == {pages.name(page) for page in reached}


def headings(page: Path) -> list[str]:
    """The headings of the second level, in order."""
    return re.findall(r"^## (.+)$", pages.FENCE.sub("", page.read_text(encoding="utf-8")), re.M)


EXPLANATION = pages.ROOT / "docs" / "explanation"
CONCEPT = ["Definition", "Meaning for an agreement", "How it is computed", "Limits", "Sources"]
MODEL = ["What is assumed", "Where the numbers come from", "What the model cannot show"]


@pytest.mark.parametrize("page", sorted(EXPLANATION.glob("*.md")), ids=pages.name)
def test_a_page_on_a_concept_has_its_five_parts(page: Path) -> None:
    if page.stem != "requirements":
        assert [heading for heading in headings(page) if heading in CONCEPT] == CONCEPT


@pytest.mark.parametrize("page", sorted((EXPLANATION / "models").glob("*.md")), ids=pages.name)
def test_a_page_on_a_model_has_its_three_parts(page: Path) -> None:
    assert [heading for heading in headings(page) if heading in MODEL] == MODEL


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_code_of_pages_fits_the_screen(page: Path) -> None:
    """A block of code is 100 characters wide at 1280 pixels; lines of commands wrap."""
    for block in pages.blocks(page, "python", "yaml", "text"):
        for at, line in enumerate(block.body.splitlines()):
            assert len(line) <= 100, f"line {block.line + at}"


@pytest.mark.parametrize("page", PAGES, ids=pages.name)
def test_the_command_of_an_output_stands_above_it(page: Path) -> None:
    """The comment that names it is for the tests alone: readers do not see it."""
    text = page.read_text(encoding="utf-8")
    for match in pages.OUTPUT.finditer(text):
        above = re.sub(r"<!--.*?-->|\\\n", " ", text[: match.start()], flags=re.S)
        assert " ".join(match["command"].split()) in " ".join(above.split())


def test_architecture_names_every_module() -> None:
    text = (pages.ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = re.findall(r"^\|.*\|$", text.partition("## Layers")[2].partition("\n## ")[0], re.M)
    named = {word for row in table for word in re.findall(r"`(\w+)`", row.split("|")[2])}
    modules = {path.stem for path in (pages.ROOT / "bargain").glob("*.py")} - {"__init__"}
    assert not modules - named, "name them in a row of docs/architecture.md"
    assert not named - modules, "docs/architecture.md names modules that are not there"


CITED = re.compile(r"(?P<last>[A-Z][\w'’-]+)(?: et al\.)?,? \(?(?P<year>(?:19|20)\d\d)[a-z]?\)")
NOT_CITED = {"November", "SAGT"}


def test_every_source_is_in_the_bibliography() -> None:
    entries = re.findall(
        r"author = \{(.*?)\}, title.*?year = \{(\d{4})\}", pages.BIBLIOGRAPHY.read_text(encoding="utf-8")
    )
    files = [*PAGES, *(pages.ROOT / "bargain").glob("*.py"), *(pages.ROOT / "models").rglob("*.py")]
    missing = set()
    for file in files:
        for match in CITED.finditer(file.read_text(encoding="utf-8")):
            last = match["last"].removesuffix("'s").removesuffix("’s").rstrip("'")
            if last not in NOT_CITED and not any(last in who and match["year"] == year for who, year in entries):
                missing.add(f"{last} {match['year']} ({pages.name(file)})")
    assert sorted(missing) == [], "add them to docs/references.bib"


def test_the_paper_cites_what_is_in_the_bibliography() -> None:
    cited = set(re.findall(r"@(\w+)", (pages.ROOT / "paper" / "paper.md").read_text(encoding="utf-8")))
    assert cited
    assert cited <= set(re.findall(r"^@\w+\{(\w+),", pages.BIBLIOGRAPHY.read_text(encoding="utf-8"), re.M))
