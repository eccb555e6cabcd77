"""The notebooks run in a fresh kernel, solutions of exercises included, and are stored without outputs.

Each has a twin in text form that says the same.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

import pages

pytestmark = pytest.mark.long
NOTEBOOKS = sorted((pages.ROOT / "notebooks").glob("*.ipynb"))
WIDTH = 88
"""Characters in a line of a page of the site; `notebooks/ruff.toml` holds code to it."""
SOLUTION = re.compile(r"<details><summary>Solution</summary>.*?```python\n(.*?)```.*?</details>", re.S)
WARNINGS = "import warnings\nwarnings.simplefilter('error')"


def read(notebook: Path) -> Any:
    return nbformat.read(notebook, as_version=4)


def with_solutions(notebook: Path) -> Any:
    """The notebook with warnings as errors, and the solutions of its exercises as cells."""
    nb = read(notebook)
    cells = [nbformat.v4.new_code_cell(WARNINGS)]
    for cell in nb.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cells += [nbformat.v4.new_code_cell(code) for code in SOLUTION.findall(cell.source)]
    nb.cells = cells
    return nb


@pytest.fixture(scope="session", params=NOTEBOOKS, ids=lambda notebook: notebook.stem)
def executed(request: pytest.FixtureRequest) -> Any:
    """The executed notebook, one run a session."""
    from nbclient import NotebookClient

    nb = with_solutions(request.param)
    place = {"metadata": {"path": request.param.parent}}
    NotebookClient(nb, timeout=120, kernel_name="python3", resources=place).execute()
    return nb


def test_notebook_runs_to_its_end(executed: Any) -> None:
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code)
    errors = [output for cell in code for output in cell.outputs if output.get("name") == "stderr"]
    assert not errors


def test_what_a_notebook_prints_is_not_wider_than_a_page(executed: Any) -> None:
    printed = [
        output for cell in executed.cells for output in cell.get("outputs", ()) if output.get("name") == "stdout"
    ]
    wide = [line for output in printed for line in output.text.splitlines() if len(line) > WIDTH]
    assert not wide


def test_what_a_notebook_shows_is_a_picture_a_table_or_a_formula(executed: Any) -> None:
    shown = [output.data for cell in executed.cells for output in cell.get("outputs", ()) if "data" in output]
    widgets = "application/vnd.jupyter.widget-view+json"
    assert all({"image/svg+xml", "text/html", "text/latex", widgets} & set(data) for data in shown)


def test_notebook_has_three_solved_exercises(executed: Any) -> None:
    assert sum(len(SOLUTION.findall(cell.source)) for cell in executed.cells if cell.cell_type == "markdown") == 3


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebook_is_stored_clean(notebook: Path) -> None:
    nb = read(notebook)
    assert set(nb.metadata) <= {"kernelspec", "language_info"}
    assert dict(nb.metadata.language_info) == {"name": "python"}
    for cell in nb.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebook_opens_with_a_question_and_asserts_what_it_says(notebook: Path) -> None:
    nb = read(notebook)
    assert "?" in nb.cells[0].source
    code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    assert sum("assert " in source for source in code) >= len(code) / 2
    # Public names only.
    assert not any(re.search(r"\bbargain\._|\bbg\._|\bfrom bargain\.", source) for source in code)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebook_bears_its_number_and_hands_over_to_the_next(notebook: Path) -> None:
    nb, at = read(notebook), NOTEBOOKS.index(notebook)
    assert nb.cells[0].source.startswith(f"# {at + 1} · ")
    text = "".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")
    follows = NOTEBOOKS[at + 1].name if at + 1 < len(NOTEBOOKS) else "../docs/how-to/role-play.md"
    assert f"]({follows})" in text


def test_start_page_names_each_notebook_once() -> None:
    page = (pages.ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d\d_\w+\.ipynb)\)", page) == [notebook.name for notebook in NOTEBOOKS]


def test_code_of_notebooks_is_held_to_the_width_of_a_page() -> None:
    assert f"line-length = {WIDTH}\n" in (pages.ROOT / "notebooks" / "ruff.toml").read_text(encoding="utf-8")


def sources(nb: Any) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in nb.cells]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_notebook_and_its_twin_agree(notebook: Path) -> None:
    import jupytext

    twin = jupytext.read(notebook.parent / "text" / f"{notebook.stem}.md")
    assert sources(twin) == sources(read(notebook))


def test_no_twin_is_left_alone() -> None:
    twins = (pages.ROOT / "notebooks" / "text").iterdir()
    assert {twin.name for twin in twins} == {f"{notebook.stem}.md" for notebook in NOTEBOOKS}
