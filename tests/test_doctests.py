"""Every example in a docstring runs, from the repository's root."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
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
