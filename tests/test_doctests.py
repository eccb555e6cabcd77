"""Every example in a docstring runs, from the repository's root, and docstrings tell what every public field is."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import bargain
import bargain_models

ROOT = Path(__file__).parents[1]
MODULES = [
    f"{package.__name__}.{module.name}"
    for package in (bargain, bargain_models)
    for module in pkgutil.iter_modules(package.__path__)
    if module.name != "__main__"
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, _ = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert failed == 0


def test_public_functions_carry_examples() -> None:
    functions = {name: getattr(bargain, name) for name in bargain.__all__}
    functions = {name: thing for name, thing in functions.items() if callable(thing) and not isinstance(thing, type)}
    bare = [name for name, function in functions.items() if ">>>" not in (function.__doc__ or "")]
    assert not bare


def untold_fields(cls: type) -> list[str]:
    """The public fields of a dataclass that have no entry of their own and no backticks in what stands before them."""
    text = inspect.getdoc(cls) or ""
    summary, *sections = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.M)
    told = {word for code in re.findall(r"`([^`]+)`", summary) for word in re.findall(r"\w+", code)}
    for heading, entries in zip(sections[::2], sections[1::2], strict=True):
        if heading in ("Attributes", "Parameters"):
            for names in re.findall(r"^(\w+(?:, \w+)*)(?= :|$)", entries, flags=re.M):
                told.update(names.split(", "))
    names = [field.name for field in dataclasses.fields(cls)]
    return [name for name in names if not name.startswith("_") and name not in told]


def test_public_dataclasses_tell_what_each_field_is() -> None:
    public = {name: getattr(bargain, name) for name in bargain.__all__}
    classes = {
        name: thing for name, thing in public.items() if isinstance(thing, type) and dataclasses.is_dataclass(thing)
    }
    assert {"Verdict", "Equilibrium", "Design"} <= classes.keys()
    assert {name: untold for name, cls in classes.items() if (untold := untold_fields(cls))} == {}


def test_a_field_that_is_only_mentioned_in_passing_is_untold() -> None:
    @dataclasses.dataclass
    class Example:
        """It holds `first`, and speaks of third.

        Attributes
        ----------
        second, last : int
            More than `third`.
        """

        first: int
        second: int
        third: int
        last: int
        _hidden: int

    assert untold_fields(Example) == ["third"]
