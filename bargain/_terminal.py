"""What the commands share: their arguments, reading an offer, printing a result.

What a command needs is imported when it runs, so that `bargain --help` answers at once.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

import bargain as bg
from bargain._completion import documents
from bargain.errors import BargainError

if TYPE_CHECKING:
    from bargain.offers import Offer

BAD = 2
EXIT: Mapping[bool | None, int] = {True: 0, False: 1, None: 3}
WORST_FIRST = (BAD, 1, 3, 0)

File = Annotated[
    str,
    typer.Argument(metavar="FILE", help="An offer document.", show_default=False, autocompletion=documents),
]
Files = Annotated[
    list[str], typer.Argument(metavar="FILE", help="Offer documents.", show_default=False, autocompletion=documents)
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the offer first, e.g. terms.fund.value=8; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as comma-separated values.")]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="OUT", help="Write the new offer here.")]


def is_unicode(stream: Any) -> bool:
    """Tell whether a stream can carry every sign."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def read(file: str, settings: Sequence[str] | None) -> Offer:
    """Read an offer and apply `--set`."""
    offer: Offer = bg.read_offer(file)
    if not settings:
        return offer
    changes: dict[str, Any] = {}
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path.strip():
            raise typer.BadParameter(f"--set {setting}: write PATH=VALUE, e.g. terms.fund.value=8.")
        changes[path.strip()] = _scalar(text.strip())
    return offer.replace(changes)


def _scalar(text: str) -> Any:
    """Read a value as a document would: a number, true, a text, a list or a range in braces."""
    from bargain._yaml import UnreadableError, plain_scalar, read_yaml

    if text[:1] not in ("[", "{", '"', "'"):
        return plain_scalar(text)
    try:
        tree = read_yaml(f"value: {text}\n")
        troubles = tree.troubles
    except UnreadableError as error:
        troubles = [error.trouble]
    if troubles:
        raise typer.BadParameter(f"--set: {text}: {troubles[0].what}.")
    return tree.data["value"]


def one_format(as_json: bool, as_csv: bool) -> None:
    """Refuse two formats at once."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other; state one.")


def print_result(result: Any, as_json: bool, as_csv: bool = False) -> None:
    """Print a result as words, JSON or comma-separated values."""
    one_format(as_json, as_csv)
    if as_json:
        print_json(result.to_dict())
    elif as_csv:
        print_csv(result.to_rows())
    else:
        say(str(result).splitlines())


def say(lines: Iterable[str]) -> None:
    """Print lines on stdout, folded where they are too long, without what could drive the terminal."""
    from bargain.console import columns
    from bargain.descriptions import folded
    from bargain.findings import harmless

    typer.echo(harmless(folded(lines, columns())))


def complain(error: BargainError) -> None:
    """Print what is wrong on stderr."""
    from bargain.findings import harmless

    typer.echo(harmless(str(error)), err=True)


def print_rows(rows: list[dict[str, Any]], as_json: bool, as_csv: bool) -> None:
    """Print a list as a table, JSON or comma-separated values."""
    one_format(as_json, as_csv)
    if as_json:
        print_json(rows)
    elif as_csv:
        print_csv(rows)
    elif rows:
        from bargain.console import print_table

        print_table(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])


def print_json(value: Any) -> None:
    """Print plain data as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=not is_unicode(sys.stdout), allow_nan=False))


def print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as comma-separated values, their keys as the header."""
    listed = list(rows)
    if listed:
        writer = csv.DictWriter(sys.stdout, list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)
