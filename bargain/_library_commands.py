"""The commands about what is installed: models, worked examples, the format of documents, and drafts to begin from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import bargain as bg
from bargain import _completion as completion
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
    what: Annotated[
        str,
        typer.Argument(metavar="MODEL|FILE|EXAMPLE", show_default=False, autocompletion=completion.anything_to_show),
    ],
    settings: Settings = None,
    as_json: AsJson = False,
) -> int:
    """Describe a model, or tell an offer in words."""
    from bargain.console import columns
    from bargain.descriptions import model_facts, model_words, offer_lines, offer_words
    from bargain.examples_library import document_of, documents_on
    from bargain.registry import model_class

    if what in bg.models():
        if settings:
            raise typer.BadParameter("--set changes an offer; a model has nothing to set.")
        cls = model_class(what)
        used = documents_on(what)
        if as_json:
            print_json({**model_facts(cls), "examples": used})
        else:
            say(model_words(cls, used, columns()).splitlines())
        return 0
    file = document_of(what)
    if not Path(file).exists():
        raise BargainError(
            f"{what}: neither a model nor a file nor a worked example. Installed models: {', '.join(bg.models())}."
        )
    offer = read(file, settings)
    if as_json:
        print_json({"file": what, "words": offer_words(offer), "document": offer.data})
    else:
        say(offer_lines(offer))
    return 0


def schema() -> int:
    """Print the JSON Schema of offer documents, for editors."""
    print_json(bg.offer_schema())
    return 0


def examples(
    copy: Annotated[
        str | None, typer.Option(metavar="NAME", help="Copy this example.", autocompletion=completion.examples)
    ] = None,
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


new = typer.Typer(help="Begin an offer, or a model of your own.", no_args_is_help=True, rich_markup_mode=None)


@new.command("offer")
def new_offer(
    model: Annotated[
        str, typer.Option(metavar="NAME", help="The model to write it for.", autocompletion=completion.models)
    ],
    output: Annotated[str | None, typer.Option("--output", "-o", metavar="OUT", help="Write it here.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that stands there.")] = False,
) -> int:
    """Write a commented offer on a model; without -o it is printed."""
    text = bg.draft_offer(model)
    if output is None:
        typer.echo(text, nl=False)
        return 0
    if Path(output).exists() and not force:
        raise BargainError(f"{output} exists already. Give another name with -o, or --force to replace it.")
    from bargain._files import write_text_atomically

    write_text_atomically(output, text)
    typer.echo(f"Written: {output}", err=True)
    return 0


@new.command("model")
def new_model(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and _.", show_default=False)],
    to: Annotated[str, typer.Option(metavar="DIR", help="The folder to put the package into.")] = ".",
) -> int:
    """Write a package with a model to begin from."""
    typer.echo(f"{bg.draft_model(name, to)}")
    return 0
