"""Every example in a docstring runs, from the repository's root, and docstrings tell what every public field is."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
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


PUBLIC = {name: getattr(bargain, name) for name in bargain.__all__}


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    failed, _ = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert failed == 0


def test_public_functions_carry_examples() -> None:
    functions = {name: thing for name, thing in PUBLIC.items() if inspect.isfunction(thing)}
    bare = [name for name, function in functions.items() if ">>>" not in (function.__doc__ or "")]
    assert not bare


def parts(thing: object) -> tuple[str, dict[str, str]]:
    """What a docstring says first, and its sections by heading."""
    summary, *sections = re.split(r"^(\w[\w ]*)\n-{3,}\n", inspect.getdoc(thing) or "", flags=re.M)
    return summary, dict(zip(sections[::2], sections[1::2], strict=True))


def entries(section: str) -> set[str]:
    """The names that have an entry in a section."""
    found = re.findall(r"^\*{0,2}(\w+(?:, \w+)*)(?= :|$)", section, flags=re.M)
    return {name for names in found for name in names.split(", ")}


def untold_fields(cls: type) -> list[str]:
    """The public fields of a dataclass that have no entry of their own and no backticks in what stands before them."""
    summary, sections = parts(cls)
    told = {word for code in re.findall(r"`([^`]+)`", summary) for word in re.findall(r"\w+", code)}
    for heading in ("Attributes", "Parameters"):
        told |= entries(sections.get(heading, ""))
    names = [field.name for field in dataclasses.fields(cls)]
    return [name for name in names if not name.startswith("_") and name not in told]


def test_public_dataclasses_tell_what_each_field_is() -> None:
    classes = {
        name: thing for name, thing in PUBLIC.items() if isinstance(thing, type) and dataclasses.is_dataclass(thing)
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


def lacking(function: Callable[..., object]) -> list[str]:
    """The parameters without an entry, and the sections that are missing.

    A method without parameters says in its first sentence what it returns.
    """
    _, sections = parts(function)
    signature = inspect.signature(function)
    names = [name for name in signature.parameters if name not in ("self", "cls") and not name.startswith("_")]
    missing = [name for name in names if name not in entries(sections.get("Parameters", ""))]
    returns = signature.return_annotation not in ("None", None)
    if returns and "Returns" not in sections and (names or "." not in function.__qualname__):
        missing.append("Returns")
    body = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
    if any(isinstance(node, ast.Raise) for node in ast.walk(body)) and "Raises" not in sections:
        missing.append("Raises")
    return missing


def functions_of(public: dict[str, object]) -> Iterator[tuple[str, Callable[..., object]]]:
    """Public functions, and the public methods of public classes with those that they inherit in this package."""
    for name, thing in public.items():
        if inspect.isfunction(thing):
            yield name, inspect.unwrap(thing)
        for cls in thing.__mro__ if isinstance(thing, type) else ():
            for method, value in vars(cls).items():
                function = getattr(value, "__func__", value)
                hidden = method.startswith(("_", "model_"))  # the latter are pydantic's
                if cls.__module__.startswith("bargain.") and inspect.isfunction(function) and not hidden:
                    yield f"{cls.__name__}.{method}", function


def test_public_functions_tell_what_they_take_return_and_raise() -> None:
    functions = dict(functions_of(PUBLIC))
    assert {"check", "Offer.replace", "Players.mask"} <= functions.keys()
    assert {name: missing for name, function in functions.items() if (missing := lacking(function))} == {}


def test_a_section_that_is_missing_is_noticed() -> None:
    def example(first: int, second: int, *, third: int, _hidden: int = 0) -> int:
        """Add.

        Parameters
        ----------
        first, third : int
            More than `second`.
        """
        if first:
            raise ValueError
        return second + third

    assert lacking(example) == ["second", "Returns", "Raises"]
