"""The documentation site: it builds without a warning, twice to the same bytes, asks for nothing, fits a screen."""

from __future__ import annotations

import hashlib
import re
import runpy
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import pages

pytest.importorskip("sphinx", reason="the site is built with the extra `docs`")
pytestmark = pytest.mark.long
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def digests(site: Path) -> dict[str, str]:
    """Every file that a reader gets, by its digest."""
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file() and path.name not in (".buildinfo", "environment.pickle")
    }


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    # A process of its own: Sphinx changes the process it runs in.
    for out in ("first", "second"):
        run = pages.python(pages.ROOT / "docs" / "build.py", folder / out)
        assert run.returncode == 0, run.stdout + run.stderr
    return folder


def test_two_builds_are_the_same_bytes(site: Path) -> None:
    assert digests(site / "first") == digests(site / "second")


def test_every_page_is_in_the_contents(site: Path) -> None:
    build = runpy.run_path(str(pages.ROOT / "docs" / "build.py"))
    for page in pages.pages():
        if page.parent == pages.ROOT and page.stem not in ("README", "CONTRIBUTING", "CHANGELOG"):
            continue
        assert (site / "first" / build["place"](page).with_suffix(".html")).exists(), page


def test_every_public_name_has_an_entry(site: Path) -> None:
    import bargain as bg

    listed = (site / "first" / "reference" / "api").glob("*.html")
    entries = "".join(page.read_text(encoding="utf-8") for page in listed)
    missing = [name for name in bg.__all__ if name != "__version__" and f'id="bargain.{name}"' not in entries]
    assert not missing


def test_entries_of_public_names_read_as_written(site: Path) -> None:
    """No markup is left over, words are no links, several names keep all of them, and nothing private is shown."""
    for page in sorted((site / "first" / "reference" / "api").glob("*.html")):
        entry = page.read_text(encoding="utf-8").partition("<article")[2].partition("</article>")[0]
        fields = "".join(re.findall(r'<dl class="field-list.*?</dl>', entry, re.S))
        assert " -- " not in re.sub(r"<pre>.*?</pre>", "", fields, flags=re.S), page.stem
        assert not re.findall(
            r'<a class="reference [^"]*" href="[^"]*" title="bargain\.[^"]*\.[a-z_]+"><em>', fields
        ), page.stem
        assert not re.findall(r"<strong>\w+</strong> \(<em>\w+,</em>", fields), page.stem
        assert ">Type<" not in fields, page.stem
        assert ">Variables<" not in fields, page.stem
        assert not re.findall(r'class="sig-param[^>]*><span class="n"><span class="pre">_', entry), page.stem
        assert "model_config" not in entry, page.stem


def test_keys_of_a_document_are_shown_with_what_the_schema_says_of_them(site: Path) -> None:
    import bargain as bg

    entry = (site / "first" / "reference" / "api" / "offers.html").read_text(encoding="utf-8")
    shown = dict(re.findall(r"<li><p><strong>(\w+)</strong> \((?:(?!</li>).)*?\) – (.*?)</p></li>", entry, re.S))
    assert shown.keys() >= bg.Offer.model_fields.keys() | bg.Term.model_fields.keys()
    assert shown["from_"] == bg.Term.model_fields["from_"].description
    assert "BeforeValidator" not in entry


def test_results_without_a_public_name_have_an_entry(site: Path) -> None:
    pages_of_names = site / "first" / "reference" / "api"
    for module, name in (("cores", "LeastCore"), ("nucleoli", "Nucleolus"), ("tu", "Allocation"), ("checks", "Row")):
        text = (pages_of_names / f"{module}.html").read_text(encoding="utf-8")
        assert f'id="bargain.{module}.{name}"' in text
    assert 'href="#bargain.cores.LeastCore"' in (pages_of_names / "cores.html").read_text(encoding="utf-8")
    verdict = (pages_of_names / "findings.html").read_text(encoding="utf-8")
    assert "<strong>critical_discount_factors</strong>" in verdict


def test_what_a_class_has_from_another_is_shown_with_it(site: Path) -> None:
    for module, name in (("coalitions", "MembershipGame.mask"), ("findings", "Verdict.to_frame")):
        text = (site / "first" / "reference" / "api" / f"{module}.html").read_text(encoding="utf-8")
        assert f'id="bargain.{name}"' in text


def test_numbers_and_arrows_are_not_broken_at_their_hyphen(site: Path) -> None:
    for module, shown in (("cores", "453-460"), ("findings", "1e-9"), ("findings", "-&gt;"), ("joint", "n-person")):
        text = (site / "first" / "reference" / "api" / f"{module}.html").read_text(encoding="utf-8")
        assert f'<span class="together">{shown}</span>' in text


def test_pictures_of_notebooks_are_described_and_nothing_is_left_of_sliders(site: Path) -> None:
    notebooks = sorted((pages.ROOT / "notebooks").glob("*.ipynb"))
    for notebook in notebooks:
        text = (site / "first" / "notebooks" / f"{notebook.stem}.html").read_text(encoding="utf-8")
        words = re.findall(r'<img alt="([^"]*)" src="[^"]*_images', text)
        assert not [alt for alt in words if alt.endswith((".svg", ".png")) or len(alt) < 20], notebook.stem
        assert "jupyter.widget" not in text


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as run:
        chromium = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@dataclass(frozen=True)
class Visit:
    """What a browser shows of a page."""

    name: str
    too_wide: dict[int, int]
    """Pixels that do not fit, by the width of the screen."""
    formulas: tuple[int, int, int]
    """Set, faulty, written."""
    scrolled: dict[int, list[int]]
    """Pixels by which displayed formulas are wider than their boxes, by the width of the screen."""
    wide_blocks: int
    """Blocks of code that scroll on a computer."""
    broken: list[str]
    """Words of headings and of code that stand on two lines of a telephone."""
    astray: list[str]
    """Code, with the punctuation behind it that a telephone shows on the next line."""


FORMULAS = (
    "!window.MathJax ? [0, 0, document.querySelectorAll('.math').length] : MathJax.startup.promise.then(() => "
    "['mjx-container', '[data-mml-node=merror]', '.math'].map(what => document.querySelectorAll(what).length))"
)
SCROLLED = (
    "[...document.querySelectorAll('mjx-container[display=true]')]"
    ".map(formula => formula.scrollWidth - formula.clientWidth).filter(over => over > 0)"
)
BROKEN = r"""() => [...document.querySelectorAll(":is(h1, h2, h3, h4), .content .literal .pre")].flatMap(place => {
    const whole = place.matches(".pre") ? /.+/g : /[^\s_–-]+/g, broken = []
    const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    for (let text = walk.nextNode(); text; text = walk.nextNode())
        for (const word of text.data.matchAll(whole)) {
            const range = document.createRange()
            range.setStart(text, word.index)
            range.setEnd(text, word.index + word[0].length)
            const lines = new Set([...range.getClientRects()].filter(box => box.width).map(box => Math.round(box.top)))
            if (lines.size > 1 && word[0].length < 38) broken.push(word[0])
        }
    return broken
})"""
"""Words of headings, and words of code of less than a telephone's width, that do not stand on one line."""
ASTRAY = r"""() => {
    const found = [], walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT)
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
        const before = text.previousSibling
        if (!/^[.,:;)\]?!]/.test(text.data) || !before?.matches?.("code, a:has(code)")) continue
        const range = document.createRange()
        range.setStart(text, 0)
        range.setEnd(text, 1)
        const mark = range.getBoundingClientRect(), boxes = [...before.getClientRects()]
        if (boxes.length && mark.top > boxes.at(-1).bottom) found.push(before.textContent + text.data.slice(0, 9))
    }
    return found
}"""
"""Punctuation on the line below the code that it belongs to."""
BLOCKS = "[...document.querySelectorAll('pre')].filter(block => block.scrollWidth > block.clientWidth).length"
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def visited(site: Path, browser: Any) -> tuple[list[Visit], list[str]]:
    """Every page, opened once and looked at in both widths, and all that was asked for on the way."""
    asked: list[str] = []
    visits = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for path in sorted((site / "first").rglob("*.html")):
        page.goto(path.as_uri(), wait_until="load")
        formulas, wide, scrolled = page.evaluate(FORMULAS), {}, {}
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            wide[width], scrolled[width] = page.evaluate(OVER), page.evaluate(SCROLLED)
            if width == 1280:
                blocks = page.evaluate(BLOCKS)
        name, words, codes = path.relative_to(site / "first").as_posix(), page.evaluate(BROKEN), page.evaluate(ASTRAY)
        visits.append(Visit(name, wide, tuple(formulas), scrolled, blocks, words, codes))
    page.close()
    return visits, asked


def test_pages_ask_for_nothing_outside(visited: tuple[list[Visit], list[str]]) -> None:
    assert len(visited[0]) > 150
    assert not [url for url in visited[1] if not url.startswith(("file:", "data:", "blob:"))]


def test_pages_fit_the_screen(visited: tuple[list[Visit], list[str]]) -> None:
    assert not [(visit.name, visit.too_wide) for visit in visited[0] if max(visit.too_wide.values()) > 0]


def test_formulas_are_set(visited: tuple[list[Visit], list[str]]) -> None:
    """MathJax turns every formula into a picture of it, and reports no fault in one."""
    assert not [(visit.name, visit.formulas) for visit in visited[0] if visit.formulas[0] != visit.formulas[2]]
    assert not [(visit.name, visit.formulas) for visit in visited[0] if visit.formulas[1]]
    assert sum(visit.formulas[0] > 0 for visit in visited[0] if visit.name.startswith("explanation/")) > 30


def test_formulas_are_no_wider_than_their_boxes(visited: tuple[list[Visit], list[str]]) -> None:
    """Not on a computer, nor on a telephone, where only what notebooks work out may be scrolled."""
    assert not [(visit.name, visit.scrolled[1280]) for visit in visited[0] if visit.scrolled[1280]]
    pages_of_text = [visit for visit in visited[0] if not visit.name.startswith("notebooks/")]
    assert not [(visit.name, visit.scrolled[390]) for visit in pages_of_text if visit.scrolled[390]]


def test_names_are_not_broken_on_a_telephone(visited: tuple[list[Visit], list[str]]) -> None:
    """A heading breaks behind the underscore of a name, code between its words."""
    assert {visit.name: visit.broken for visit in visited[0] if visit.broken} == {}


def test_no_line_begins_with_the_punctuation_behind_code(visited: tuple[list[Visit], list[str]]) -> None:
    assert {visit.name: visit.astray for visit in visited[0] if visit.astray} == {}


def test_an_option_stands_beside_its_value(site: Path) -> None:
    page = (site / "first" / "reference" / "cli.html").read_text(encoding="utf-8")
    heading = re.search(r"<h2>repair .*?</h2>", page)
    assert heading
    assert '<span class="together">[--margin X]</span>' in heading[0]
    assert '<span class="together">--schedule<span class="w"> </span><span class="m">4</span></span>' in page
    broken_number = (site / "first" / "how-to" / "repair-an-offer.html").read_text(encoding="utf-8")
    assert '<span class="together">--margin<span class="w"> </span><span class="m">0</span>.5</span>' in broken_number


def test_blocks_of_code_fit_the_screen_of_a_computer(visited: tuple[list[Visit], list[str]]) -> None:
    """The tests of pages count a hundred columns; what docstrings show is left to scroll."""
    assert not [visit.name for visit in visited[0] if visit.wide_blocks and "/api/" not in visit.name]


def test_a_number_and_its_percent_sign_stay_together(site: Path) -> None:
    for path in (site / "first").rglob("*.html"):
        prose = re.sub(
            r"<(pre|code|script|title|svg)\b.*?</\1>|<[^>]*>", "", path.read_text(encoding="utf-8"), flags=re.S
        )
        assert not re.search(r"\d %", prose), path.name


def test_no_comma_stands_beside_the_wrong_formula(site: Path) -> None:
    page = (site / "first" / "explanation" / "models" / "shared_vision.html").read_text(encoding="utf-8")
    prose = re.sub(r"<[^>]*>", "", page)
    assert r"\(B\) is benefit, \(c\) is cost, \(0 \lt c \lt B\), \(M\) is threshold." in prose


def test_a_search_page_without_words_asks_for_them(site: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((site / "first" / "search.html").as_uri())
    page.fill("#furo-main-content input[name=q]", "nucleolus")
    page.click("#furo-main-content button")
    page.wait_for_selector("#search-results li a")
    assert page.input_value("#furo-main-content input[name=q]") == "nucleolus"
    page.close()


def test_search_answers_from_files_alone(site: Path, browser: Any) -> None:
    page, faults = browser.new_page(), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((site / "first" / "search.html").as_uri() + "?q=nucleolus")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a", "links => links.map(link => link.getAttribute('href'))")
    page.close()
    assert any(link.startswith("explanation/nucleolus.html") for link in found)
    assert not faults
