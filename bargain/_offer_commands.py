"""The commands that take an offer: check it, explain it, repair and design it, move its numbers."""

from __future__ import annotations

import contextlib
import math
import shlex
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

import bargain as bg
from bargain._completion import documents_and_examples
from bargain._terminal import (
    BAD,
    EXIT,
    WORST_FIRST,
    AsCsv,
    AsJson,
    File,
    Files,
    Output,
    Settings,
    complain,
    one_format,
    print_csv,
    print_json,
    print_result,
    read,
    say,
)
from bargain.errors import BargainError, DocumentError

if TYPE_CHECKING:
    from bargain.repairs import Repair

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


def check(
    files: Files,
    settings: Settings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
    html: Annotated[str | None, typer.Option(metavar="OUT", help="Write a report, one HTML file.")] = None,
    figure: Annotated[str | None, typer.Option(metavar="OUT", help="Draw the margins, as .svg or .png.")] = None,
) -> int:
    """Check offers: does each of them hold in its model?"""
    one_format(as_json, as_csv)
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
            verdict = bg.check(read(file, settings))
        except BargainError as error:
            complain(error)
            faults = error.faults if isinstance(error, DocumentError) else ()
            reports.append({"file": file, "faults": [vars(fault) for fault in faults] or [{"what": str(error)}]})
            count = max(1, len(faults))
            lines.append(("unreadable", file, f"{count} fault{'s' if count > 1 else ''} in the document."))
            codes.add(BAD)
            continue
        codes.add(EXIT[verdict.holds])
        reports.append({"file": file, **verdict.to_dict()})
        if as_csv:
            rows += [{"file": file, **row} for row in verdict.to_rows()]
        lines.append((verdict.status, file, verdict.headline))
    if as_json:
        print_json(reports)
    elif as_csv:
        print_csv(rows)
    else:
        from bargain.console import print_verdicts

        print_verdicts(lines)
    return next(code for code in WORST_FIRST if code in codes)


def _check_one(
    file: str, settings: list[str] | None, as_json: bool, as_csv: bool, html: str | None, figure: str | None
) -> int:
    offer = read(file, settings)
    verdict = bg.check(offer)
    mended = None
    if html is not None:
        from bargain._files import write_text_atomically

        mended = bg.repair(offer) if verdict.holds is False else None
        write_text_atomically(html, bg.html_report(offer, verdict, mended))
        typer.echo(f"Written: {html}", err=True)
    if figure is not None:
        bg.save_figure(bg.plot_margins(verdict), figure)
        typer.echo(f"Written: {figure}", err=True)
    if as_json:
        print_json(verdict.to_dict())
    elif as_csv:
        print_csv([{"file": file, **row} for row in verdict.to_rows()])
    else:
        from bargain.console import print_verdict

        changed = [word for setting in settings or () for word in ("--set", setting)]
        print_verdict(verdict, offer, shlex.join([file, *changed]), mended)
    return EXIT[verdict.holds]


def explain(file: File, settings: Settings = None, as_json: AsJson = False) -> int:
    """Work each finding by hand, with its numbers put in."""
    why = bg.explain(read(file, settings))
    if as_json:
        print_json(why.to_dict())
    else:
        say(why.lines)
    return EXIT[why.holds]


def sensitivity(file: File, settings: Settings = None, as_json: AsJson = False, as_csv: AsCsv = False) -> int:
    """Find the nearest value of each number that turns a finding."""
    with _progress() as progress:
        found = bg.sensitivity(read(file, settings), progress=progress)
    print_result(found, as_json, as_csv)
    return 0


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("checking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def repair(
    file: File, output: Output = None, margin: Margin = None, settings: Settings = None, as_json: AsJson = False
) -> int:
    """Find the cheapest change that makes an offer hold."""
    found = bg.repair(read(file, settings), margin=_margin(margin))
    return _print_repair(found, output, as_json)


def design(
    file: File,
    minimise: Annotated[Cost | None, typer.Option(help="Pay as little as possible (the default).")] = None,
    maximise: Annotated[Least | None, typer.Option(help="Make the least margin as large as possible.")] = None,
    free: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="An amount that may change, e.g. terms.fund.value; repeatable."),
    ] = None,
    schedule: Annotated[
        int | None,
        typer.Option(metavar="N", help="Choose what is given in each of N periods, the last one lasting."),
    ] = None,
    margin: Margin = None,
    output: Output = None,
    settings: Settings = None,
    as_json: AsJson = False,
) -> int:
    """Find the best amounts of terms and escrows."""
    from bargain.offers import MOST_PERIODS

    if minimise and maximise:
        raise typer.BadParameter("--minimise and --maximise exclude each other; state one.")
    if schedule is not None and not 1 <= schedule <= MOST_PERIODS:
        raise typer.BadParameter(f"--schedule is {schedule}; it is a number of periods from 1 to {MOST_PERIODS}.")
    goal: dict[str, Any] = {"maximise": "margin"} if maximise else {"minimise": "cost"}
    offer = read(file, settings)
    found = bg.design(offer, free=free or None, margin=_margin(margin), schedule=schedule, **goal)
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
    print_result(found, as_json)
    return 0 if good else 1


def frontier(
    file: File,
    term: Annotated[str, typer.Argument(metavar="TERM", help="The id of a term.", show_default=False)],
    settings: Settings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> int:
    """Show what one term's amount does to credibility."""
    print_result(bg.credibility_frontier(read(file, settings), term), as_json, as_csv)
    return 0


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
        found = bg.verdict_regions(read(file, settings), *named, spans=spans, points=points, progress=progress)
    if figure is not None:
        bg.save_figure(bg.plot_regions(found), figure)
        typer.echo(f"Written: {figure}", err=True)
    print_result(found, as_json, as_csv)
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


def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A", help="An offer document, or a worked example.", autocompletion=documents_and_examples
        ),
    ],
    b: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]",
            help="Another one; default: the worked example most like A.",
            autocompletion=documents_and_examples,
        ),
    ] = None,
    figure: Annotated[str | None, typer.Option(metavar="OUT", help="Draw both's margins, as .svg or .png.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> int:
    """Set an offer beside another, or the nearest example."""
    from bargain.examples_library import document_of

    one = read(document_of(a), None)
    if b is None:
        b, other = bg.nearest_example(one)
        typer.echo(f"The worked example most like it: {b}", err=True)
    else:
        other = read(document_of(b), None)
    found = bg.compare(one, other, names=(a, b))
    if figure is not None:
        bg.save_figure(bg.plot_comparison(found), figure)
        typer.echo(f"Written: {figure}", err=True)
    print_result(found, as_json, as_csv)
    return 0
