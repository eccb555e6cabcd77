"""The commands about what is installed: models, worked examples, the format of documents, and drafts to begin from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import bargain as bg
from bargain._terminal import AsCsv, AsJson, Settings, print_json, print_rows, read, say
from bargain.errors import BargainError


def models(as_json: AsJson = False, as_csv: AsCsv = False) -> int:
    """List the installed models and their questions."""
    from bargain.registry import model_class

    found = [model_class(name) for name in bg.models()]
    rows = [{"model": cls.name, "players": " and ".join(cls.roles), "question": cls.question} for cls in found]
    print_rows(rows, as_json, as_csv)
    return 0


def show(
    what: Annotated[str, typer.Argument(metavar="MODEL|FILE", show_default=False)],
    settings: Settings = None,
    as_json: AsJson = False,
) -> int:
    """Describe a model, or tell an offer in words."""
    from bargain.descriptions import model_facts, model_words, offer_words
    from bargain.registry import model_class

    if what in bg.models():
        if settings:
            raise typer.BadParameter("--set changes an offer; a model has nothing to set.")
        cls = model_class(what)
        if as_json:
            print_json(model_facts(cls))
        else:
            say(model_words(cls))
        return 0
    if not Path(what).exists():
        raise BargainError(f"{what}: neither a model nor a file. Installed models: {', '.join(bg.models())}.")
    offer = read(what, settings)
    words = offer_words(offer)
    if as_json:
        print_json({"file": what, "words": words, "document": offer.data})
    else:
        say(words)
    return 0


def schema() -> int:
    """Print the JSON Schema of offer documents, for editors."""
    print_json(bg.offer_schema())
    return 0


def examples(
    copy: Annotated[str | None, typer.Option(metavar="NAME", help="Copy this example.")] = None,
    to: Annotated[str, typer.Option(metavar="DIR", help="The folder to copy it into.")] = ".",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> int:
    """List the worked examples, or copy one."""
    from bargain.examples_library import copy_example
    from bargain.examples_library import examples as worked_examples

    if copy is not None:
        typer.echo(f"{copy_example(copy, Path(to))}")
        return 0
    rows = []
    for example in worked_examples():
        for document in example.documents:
            verdict = bg.check(bg.read_offer(document), cross_check=False)
            file = f"{example.name}/{document.name}"
            rows.append({"example": file, "verdict": verdict.status, "title": verdict.title or example.title})
    if not rows:
        typer.echo("No worked examples are installed.", err=True)
    print_rows(rows, as_json, as_csv)
    return 0
