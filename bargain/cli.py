"""The command `bargain`: check, explain, repair and design offer documents.

Exit codes: 0 holds, 1 fails, 2 bad document or usage, 3 undecided. Results go to stdout, all else to stderr. What a
command needs is imported when it runs, so that `bargain --help` answers at once.
"""

from __future__ import annotations

import contextlib
import csv
import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import bargain as bg
from bargain.errors import BargainError, DocumentError

if TYPE_CHECKING:
    from bargain.findings import Verdict
    from bargain.offers import Offer
    from bargain.repairs import Repair

BAD = 2
EXIT: Mapping[bool | None, int] = {True: 0, False: 1, None: 3}
WORST_FIRST = (BAD, 1, 3, 0)


class Commands(TyperGroup):
    """The commands, each of which returns its exit code; whatever stops one is told in a sentence."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line; output that fails while help is printed is told as it is in `invoke`."""
        if not _is_unicode(sys.stdout):
            from bargain.console import tolerate

            tolerate(sys.stdout)
        try:
            return super().main(*args, **{**extra, "prog_name": "bargain"})
        except OSError as error:
            sys.exit(_stopped(error))

    def invoke(self, ctx: Any) -> Any:
        """Run one command and leave with its exit code."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BargainError as error:
            _complain(error)
            code = BAD
        except KeyboardInterrupt:
            typer.echo("Stopped before it was finished.", err=True)
            code = BAD
        except OSError as error:
            code = _stopped(error)
        raise typer.Exit(code or 0)


def _stopped(error: OSError) -> int:
    """Say what could not be written, and keep the interpreter from trying once more on its way out."""
    if isinstance(error, BrokenPipeError):
        reason = "The output was closed before all of it was written."
    else:
        reason = f"{error.filename or 'The output'} cannot be written: {error.strerror or error}."
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with contextlib.suppress(OSError):
        typer.echo(reason, err=True)
    return BAD


def _is_unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


app = typer.Typer(
    cls=Commands,
    name="bargain",
    help="Check, repair and design offers to share the benefits of advanced AI.",
    epilog="Exit codes: 0 holds, 1 fails, 2 bad document or usage, 3 undecided.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[str, typer.Argument(metavar="FILE", help="An offer document.", show_default=False)]
Files = Annotated[list[str], typer.Argument(metavar="FILE", help="Offer documents.", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the offer first, e.g. terms.fund.value=8; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as comma-separated values.")]
Output = Annotated[str | None, typer.Option("--output", "-o", metavar="OUT", help="Write the new offer here.")]
Margin = Annotated[
    float | None,
    typer.Option(metavar="X", help="The least margin to aim at (default: just enough to be safe from rounding)."),
]


class Cost(StrEnum):
    """What `design` can minimise."""

    COST = "cost"


class Least(StrEnum):
    """What `design` can maximise: the least margin."""

    MARGIN = "margin"


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        typer.echo(f"bargain {bg.__version__}")
        raise typer.Exit(0)


@app.command()
def check(
    files: Files,
    settings: Settings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    html: Annotated[str | None, typer.Option(metavar="OUT", help="Write a report, one HTML file.")] = None,
    figure: Annotated[str | None, typer.Option(metavar="OUT", help="Draw the margins, as .svg or .png.")] = None,
) -> int:
    """Check offers: does each of them hold in its model?"""
    _one_format(as_json, as_csv)
    if len(files) == 1:
        return _check_one(files[0], settings, as_json, as_csv, html, figure)
    if html or figure:
        raise typer.BadParameter("--html and --figure take one document; name one file.")
    reports: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    lines: list[tuple[str, str, str]] = []
    codes = set()
    for file in files:
        try:
            verdict = bg.check(_read(file, settings))
        except BargainError as error:
            _complain(error)
            faults = error.faults if isinstance(error, DocumentError) else ()
            reports.append({"file": file, "faults": [vars(fault) for fault in faults] or [{"what": str(error)}]})
            count = max(1, len(faults))
            lines.append(("unreadable", file, f"{count} fault{'s' if count > 1 else ''} in the document."))
            codes.add(BAD)
            continue
        codes.add(EXIT[verdict.holds])
        reports.append({"file": file, **verdict.to_dict()})
        if as_csv:
            rows += _finding_rows(verdict, file)
        lines.append((_status(verdict), file, verdict.headline))
    if as_json:
        _print_json(reports)
    elif as_csv:
        _print_csv(rows)
    else:
        from bargain.console import print_verdicts

        print_verdicts(lines)
    return next(code for code in WORST_FIRST if code in codes)


def _check_one(
    file: str, settings: list[str] | None, as_json: bool, as_csv: bool, html: str | None, figure: str | None
) -> int:
    offer = _read(file, settings)
    verdict = bg.check(offer)
    if html is not None:
        from bargain._files import write_text_atomically

        write_text_atomically(html, bg.html_report(offer, verdict))
        typer.echo(f"Written: {html}", err=True)
    if figure is not None:
        bg.save_figure(bg.plot_margins(verdict), figure)
        typer.echo(f"Written: {figure}", err=True)
    if as_json:
        _print_json(verdict.to_dict())
    elif as_csv:
        _print_csv(_finding_rows(verdict, file))
    else:
        from bargain.console import print_verdict

        changed = [word for setting in settings or () for word in ("--set", setting)]
        print_verdict(verdict, offer, shlex.join([file, *changed]))
    return EXIT[verdict.holds]


def _status(verdict: Verdict) -> str:
    from bargain.console import status_of

    return status_of(verdict.holds)


def _finding_rows(verdict: Verdict, file: str) -> list[dict[str, Any]]:
    from bargain.console import finding_rows

    return [{"file": file, **row} for row in finding_rows(verdict)]


@app.command()
def explain(file: File, settings: Settings = None, as_json: AsJson = False) -> int:
    """Work each finding by hand, with its numbers put in."""
    why = bg.explain(_read(file, settings))
    _print_result(why, as_json)
    return EXIT[why.holds]


@app.command()
def sensitivity(file: File, settings: Settings = None, as_json: AsJson = False, as_csv: AsCsv = False) -> int:
    """Find the nearest value of each number that turns a finding."""
    with _progress() as progress:
        found = bg.sensitivity(_read(file, settings), progress=progress)
    _print_result(found, as_json, as_csv)
    return 0


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
def repair(
    file: File, output: Output = None, margin: Margin = None, settings: Settings = None, as_json: AsJson = False
) -> int:
    """Find the cheapest change that makes an offer hold."""
    found = bg.repair(_read(file, settings), margin=_margin(margin))
    return _print_repair(found, output, as_json)


@app.command()
def design(
    file: File,
    minimise: Annotated[Cost | None, typer.Option(help="Pay as little as possible (the default).")] = None,
    maximise: Annotated[Least | None, typer.Option(help="Make the least margin as large as possible.")] = None,
    free: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="An amount that may change, e.g. terms.fund.value; repeatable."),
    ] = None,
    margin: Margin = None,
    output: Output = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> int:
    """Find the best amounts of terms and escrows."""
    if minimise and maximise:
        raise typer.BadParameter("--minimise and --maximise exclude each other; state one.")
    goal: dict[str, Any] = {"maximise": "margin"} if maximise else {"minimise": "cost"}
    found = bg.design(_read(file, settings), free=free or None, margin=_margin(margin), **goal)
    return _print_repair(found, output, as_json)


def _margin(margin: float | None) -> float | None:
    if margin is not None and not 0 <= margin < float("inf"):
        raise typer.BadParameter(f"--margin is {margin}; it must be a finite number, at least 0.")
    return margin


def _print_repair(found: Repair, output: str | None, as_json: bool) -> int:
    good = found.status in ("holds", "repaired", "designed")
    if good and output is not None:
        bg.write_offer(found.offer, output)
        typer.echo(f"Written: {output}", err=True)
    _print_result(found, as_json)
    return 0 if good else 1


@app.command()
def frontier(
    file: File,
    term: Annotated[str, typer.Argument(metavar="TERM", help="The id of a term.", show_default=False)],
    settings: Settings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> int:
    """Show what one term's amount does to credibility."""
    _print_result(bg.credibility_frontier(_read(file, settings), term), as_json, as_csv)
    return 0


@app.command()
def regions(
    file: File,
    x: Annotated[str, typer.Argument(metavar="X", help="A number, and its span: PATH or PATH=LEAST:GREATEST.")],
    y: Annotated[str, typer.Argument(metavar="Y", help="Another one.")],
    points: Annotated[int, typer.Option(metavar="N", help="Values of each number.", min=2, max=200)] = 21,
    figure: Annotated[str | None, typer.Option(metavar="OUT", help="Draw the regions, as .svg or .png.")] = None,
    settings: Settings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> int:
    """Show where the offer holds over two of its numbers."""
    named = dict(_span(each) for each in (x, y))
    if len(named) == 1:
        raise typer.BadParameter(f"X and Y are both {next(iter(named))}; name two numbers.")
    spans = {path: span for path, span in named.items() if span is not None}
    with _progress() as progress:
        found = bg.verdict_regions(_read(file, settings), *named, spans=spans, points=points, progress=progress)
    if figure is not None:
        bg.save_figure(bg.plot_regions(found), figure)
        typer.echo(f"Written: {figure}", err=True)
    _print_result(found, as_json, as_csv)
    return 0


def _span(text: str) -> tuple[str, tuple[float, float] | None]:
    path, equals, span = text.partition("=")
    if not equals:
        return path, None
    low, colon, high = span.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = 1.0, 0.0
    if not (colon and -math.inf < ends[0] < ends[1] < math.inf):
        raise typer.BadParameter(f"{text}: write PATH=LEAST:GREATEST, e.g. terms.fund.value=0:10.")
    return path, ends


@app.command()
def models(as_json: AsJson = False, as_csv: AsCsv = False) -> int:
    """List the installed models and their questions."""
    from bargain.registry import model_class

    found = [model_class(name) for name in bg.models()]
    rows = [{"model": cls.name, "players": " and ".join(cls.roles), "question": cls.question} for cls in found]
    _print_rows(rows, as_json, as_csv)
    return 0


@app.command()
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
            _print_json(model_facts(cls))
        else:
            _say(model_words(cls))
        return 0
    if not Path(what).exists():
        raise BargainError(f"{what}: neither a model nor a file. Installed models: {', '.join(bg.models())}.")
    offer = _read(what, settings)
    words = offer_words(offer)
    if as_json:
        _print_json({"file": what, "words": words, "document": offer.data})
    else:
        _say(words)
    return 0


@app.command()
def schema() -> int:
    """Print the JSON Schema of offer documents, for editors."""
    _print_json(bg.offer_schema())
    return 0


@app.command()
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
            rows.append({"example": file, "verdict": _status(verdict), "title": verdict.title or example.title})
    if not rows:
        typer.echo("No worked examples are installed.", err=True)
    _print_rows(rows, as_json, as_csv)
    return 0


def _read(file: str, settings: Sequence[str] | None) -> Offer:
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


def _one_format(as_json: bool, as_csv: bool) -> None:
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other; state one.")


def _print_result(result: Any, as_json: bool, as_csv: bool = False) -> None:
    _one_format(as_json, as_csv)
    if as_json:
        _print_json(result.to_dict())
    elif as_csv:
        _print_csv(result.to_rows())
    else:
        from bargain.descriptions import folded

        _say(folded(str(result).splitlines()))


def _say(text: str) -> None:
    from bargain.console import harmless

    typer.echo(harmless(text))


def _complain(error: BargainError) -> None:
    from bargain.console import harmless

    typer.echo(harmless(str(error)), err=True)


def _print_rows(rows: list[dict[str, Any]], as_json: bool, as_csv: bool) -> None:
    _one_format(as_json, as_csv)
    if as_json:
        _print_json(rows)
    elif as_csv:
        _print_csv(rows)
    elif rows:
        from bargain.console import print_table

        print_table(list(rows[0]), [[str(cell) for cell in row.values()] for row in rows])


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=not _is_unicode(sys.stdout), allow_nan=False))


def _print_csv(rows: Iterable[Mapping[str, Any]]) -> None:
    listed = list(rows)
    if listed:
        writer = csv.DictWriter(sys.stdout, list(listed[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(listed)


main: Callable[[], Any] = app
"""The console script."""
