"""What the shell offers when TAB is pressed: documents, worked examples, models."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bargain.examples_library import Example


def documents(incomplete: str) -> list[str]:
    """Return the offer documents, and the folders that may hold some, that begin as typed.

    >>> documents("examples/lead_race/o"), documents("examples/lead_")
    (['examples/lead_race/offer.yaml'], ['examples/lead_race/'])
    """
    typed = Path(incomplete).expanduser()
    folder = typed if incomplete.endswith("/") else typed.parent
    shown = incomplete[: incomplete.rfind("/") + 1]
    hidden = incomplete[len(shown) :].startswith(".")
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    found = [f"{shown}{each.name}/" for each in entries if each.is_dir()]
    found += [f"{shown}{each.name}" for each in entries if each.suffix in (".yaml", ".yml") and each.is_file()]
    return [each for each in _beginning(found, incomplete) if hidden or not each[len(shown) :].startswith(".")]


def models(incomplete: str) -> list[str]:
    """Return the installed models that begin as typed.

    >>> models("lead")
    ['lead_race']
    """
    import bargain as bg

    return _beginning(bg.models(), incomplete)


def examples(incomplete: str) -> list[str]:
    """Return the worked examples that begin as typed.

    >>> examples("lead")
    ['lead_race']
    """
    return _beginning((example.name for example in _library()), incomplete)


def documents_and_examples(incomplete: str) -> list[str]:
    """Return documents, and the documents of worked examples by name, that begin as typed.

    >>> documents_and_examples("lead_race/u")
    ['lead_race/unpaid']
    """
    named = (f"{example.name}/{document.stem}" for example in _library() for document in example.documents)
    return [*documents(incomplete), *_beginning(named, incomplete)]


def anything_to_show(incomplete: str) -> list[str]:
    """Return models, documents and worked examples that begin as typed.

    >>> anything_to_show("lead_race/tw")
    ['lead_race/two_followers']
    """
    return [*models(incomplete), *documents_and_examples(incomplete)]


def _library() -> tuple[Example, ...]:
    from bargain.examples_library import examples

    return examples()


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
