"""The documentation site: it builds without a warning, twice to the same bytes, asks for nothing, fits a screen."""

from __future__ import annotations

import hashlib
import re
import runpy
import shutil
from collections.abc import Iterator
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


def test_pages_ask_for_nothing_outside_and_fit_the_screen(site: Path, browser: Any) -> None:
    asked: list[str] = []
    wide: list[str] = []
    for width in (1280, 390):
        page = browser.new_page(viewport={"width": width, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        for path in sorted((site / "first").rglob("*.html")):
            page.goto(path.as_uri(), wait_until="load")
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                wide.append(f"{path.relative_to(site)} is {over} pixels too wide at {width}")
        page.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    assert not wide


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


def test_names_are_not_broken_on_a_telephone(site: Path, browser: Any) -> None:
    """A heading breaks behind the underscore of a name, code between its words."""
    page, found = browser.new_page(viewport={"width": 390, "height": 800}), {}
    for path in sorted((site / "first").rglob("*.html")):
        page.goto(path.as_uri(), wait_until="load")
        found[path.relative_to(site / "first").as_posix()] = page.evaluate(BROKEN)
    page.close()
    assert {name: words for name, words in found.items() if words} == {}


def test_blocks_of_code_fit_the_screen_of_a_computer(site: Path, browser: Any) -> None:
    """The tests of pages count a hundred columns; what docstrings show is left to scroll."""
    page, wide = browser.new_page(viewport={"width": 1280, "height": 800}), []
    over = "[...document.querySelectorAll('pre')].filter(block => block.scrollWidth > block.clientWidth).length"
    for path in sorted((site / "first").rglob("*.html")):
        if path.parent.name != "api":
            page.goto(path.as_uri(), wait_until="load")
            wide += [path.relative_to(site).as_posix()] * page.evaluate(over)
    page.close()
    assert wide == []


def test_a_number_and_its_percent_sign_stay_together(site: Path) -> None:
    for path in (site / "first").rglob("*.html"):
        prose = re.sub(
            r"<(pre|code|script|title|svg)\b.*?</\1>|<[^>]*>", "", path.read_text(encoding="utf-8"), flags=re.S
        )
        assert not re.search(r"\d %", prose), path.name


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


def test_formulas_are_set(site: Path, browser: Any) -> None:
    """MathJax turns every formula into a picture of it, and reports no fault in one."""
    page = browser.new_page()
    typeset = "MathJax.startup.promise.then(() => ['mjx-container', '[data-mml-node=merror]', '.math'].map(what => "
    typeset += "document.querySelectorAll(what).length))"
    for path in sorted((site / "first" / "explanation").rglob("*.html")):
        if 'class="math' in path.read_text(encoding="utf-8"):
            page.goto(path.as_uri(), wait_until="load")
            shown, faulty, written = page.evaluate(typeset)
            assert shown == written > 0, path.name
            assert faulty == 0, path.name
    page.close()
