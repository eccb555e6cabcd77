"""The layers of docs/architecture.md, read off the imports; and what `import bargain` may load."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def layers() -> dict[str, int]:
    """The layer of each module, from the table in docs/architecture.md."""
    table = runpy.run_path(str(ROOT / "docs/layers.py"))["layers"]()
    return {"__init__": 6} | {module: layer for layer, (_, modules) in table.items() for module in modules}


LAYERS = layers()
HEAVY = ("cvxpy", "nashpy", "numba", "sympy", "scipy", "matplotlib", "highspy", "ruamel", "pydantic", "numpy")


def imported(path: Path, *, everywhere: bool = True) -> set[str]:
    """The modules that a file imports, at the top level only unless `everywhere`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    nodes = list(ast.walk(tree)) if everywhere else tree.body
    names: set[str] = set()
    for node in nodes:
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def own(names: set[str]) -> set[str]:
    """The modules of this package among imported names."""
    return {name.split(".")[1] for name in names if name.startswith("bargain.")} & set(LAYERS)


@pytest.mark.parametrize("path", sorted((ROOT / "bargain").glob("*.py")), ids=lambda path: path.stem)
def test_imports_point_down(path: Path) -> None:
    assert path.stem in LAYERS, f"{path.name} has no layer; add it to the table in docs/architecture.md"
    higher = {name for name in own(imported(path)) if LAYERS[name] > LAYERS[path.stem]}
    if path.stem not in ("__init__", "__main__"):
        assert not higher


@pytest.mark.parametrize("path", sorted((ROOT / "models").rglob("*.py")), ids=lambda path: path.stem)
def test_models_import_layers_0_and_1_only(path: Path) -> None:
    assert all(LAYERS[name] <= 1 for name in own(imported(path)))


@pytest.mark.parametrize("path", sorted((ROOT / "bargain").glob("*.py")), ids=lambda path: path.stem)
def test_heavy_libraries_are_imported_where_they_are_needed(path: Path) -> None:
    allowed = ("pydantic", "numpy")
    top = {name.split(".")[0] for name in imported(path, everywhere=False)}
    assert not {name for name in HEAVY if name not in allowed} & top


def loaded_by(code: str) -> set[str]:
    """The heavy libraries in memory after running code in a fresh interpreter."""
    script = f"{code}\nimport sys; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_import_bargain_loads_nothing_heavy() -> None:
    assert loaded_by("import bargain") == set()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['bargain', '--help']\n"
        "from bargain.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    assert loaded_by(code) == set()


def test_modules_stay_readable() -> None:
    long = {p.name for p in (ROOT / "bargain").glob("*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 500}
    assert not long
