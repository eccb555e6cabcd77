"""What the command line prints: verdicts and lists as tables, for a terminal or for a file."""

from __future__ import annotations

import codecs
import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from bargain.descriptions import GREEK, WIDTH, check_words, named, summary
from bargain.findings import IN_FULL, MARKS, Finding, Verdict, harmless, number, signed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bargain.offers import Offer
    from bargain.repairs import Repair

MOST_NARROW = 30
GAP = 2
"""Blanks between the columns of a table."""

STYLES: Mapping[str, str] = {
    "holds": "#009E73",
    "fails": "#D55E00",
    "undecided": "#CC79A7",
    "not applicable": "dim",
    "unreadable": "#D55E00",
}
"""Colours of Okabe & Ito (2008), told apart by readers of every kind of colour vision."""

PLAIN: Mapping[str, str] = {
    "✓": "+", "✗": "x", "–": "-", "−": "-", "→": "->", "·": "*", "∞": "inf", "…": "...", "≤": "<=", "≥": ">=",
    "≠": "!=", "∈": "in", "Σ": "sum", "ā": "abar", **{sign: name for name, sign in GREEK.items()},
}  # fmt: skip
"""What stands for a sign where the output cannot carry it."""


def tolerate(stream: TextIO) -> None:
    """Let a stream whose encoding lacks a sign write its plain form instead of failing."""

    def plainly(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end

    codecs.register_error("bargain.plain", plainly)
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="bargain.plain")


def columns() -> int:
    """Return the columns that words may take: those of the terminal, and no more than are easily read."""
    stated = sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdecimal()
    return max(MOST_NARROW, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns)) if stated else WIDTH


@contextlib.contextmanager
def console() -> Iterator[Console]:
    """Give a console whose output goes to stdout without the blanks that rich sets behind table rows.

    Rich itself leaves colours out where NO_COLOR is set or stdout is no terminal.
    """
    from rich.console import Console

    fixed = None if sys.stdout.isatty() or "COLUMNS" in os.environ else WIDTH
    out = Console(file=sys.stdout, width=fixed, markup=False, highlight=False, emoji=False)
    with out.capture() as printed:
        yield out
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in printed.get().splitlines()))


def print_verdict(verdict: Verdict, offer: Offer, target: str, mended: Repair | None = None) -> None:
    """Print a whole verdict; `target` is what other commands take to look at the same offer, `mended` its repair."""
    status = verdict.status
    head = _text(f"{MARKS[status]} {status.upper()} in this model ({verdict.model})", f"bold {STYLES[status]}")
    absent = [finding for finding in verdict.shown if finding.status == "not applicable"]
    with console() as out:
        if verdict.title:
            out.print(_text(verdict.title, "bold"))
        out.print(head.append(summary(verdict), "not bold default"), "", sep="\n")
        out.print(_findings(verdict, out.width))
        if absent:
            mark = MARKS["not applicable"]
            out.print(_text(f"{mark} not applicable: {named(absent)}", STYLES["not applicable"]))
        out.print("", _payoffs(verdict, out.width), "", _power(verdict, offer, out.width), "", sep="\n")
        for line in [*verdict_notes(verdict), *_hints(verdict, offer, target, mended)]:
            out.print(_text(line))


def print_verdicts(lines: Iterable[tuple[str, str, str]]) -> None:
    """Print one line a file, however long: status, file, sentence."""
    rows = [(_mark(status), _text(file), _text(sentence)) for status, file, sentence in lines]
    wide = [max((row[i].cell_len for row in rows), default=0) + 2 for i in range(2)]
    with console() as out:
        for mark, file, sentence in rows:
            mark.pad_right(wide[0] - mark.cell_len)
            file.pad_right(wide[1] - file.cell_len)
            out.print(mark + file + sentence, soft_wrap=True)


def print_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table of texts."""
    with console() as out:
        out.print(_table(out.width, header, rows))


def _table(
    room: int,
    header: Sequence[str],
    rows: Iterable[Sequence[str | Text]],
    *,
    right: Sequence[int] = (),
    title: str = "",
) -> Table:
    """Return a table so many columns wide that loses nothing, and breaks words only where it cannot be helped."""
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=None,
        header_style="dim",
        padding=(0, GAP, 0, 0),
        pad_edge=False,
        title=title or None,
        title_justify="left",
        title_style="bold",
    )
    cells = [[each if isinstance(each, Text) else _text(each) for each in row] for row in rows]
    names = [_text(name) for name in header]
    for i, (name, width) in enumerate(zip(names, _widths([names, *cells], room), strict=True)):
        table.add_column(name, justify="right" if i in right else "left", overflow="fold", width=width)
    for row in cells:
        table.add_row(*row)
    return table


def _widths(rows: Sequence[Sequence[Text]], room: int) -> list[int]:
    """Give every column what it needs or, where there is too little room, take from the widest that can break lines."""
    from rich.cells import cell_len

    columns = list(zip(*rows, strict=True))
    widths = [max(cell.cell_len for cell in column) for column in columns]
    least = [max((cell_len(word) for cell in column for word in cell.plain.split()), default=0) for column in columns]
    over = sum(widths) + GAP * (len(widths) - 1) - room
    for _ in range(over):
        spare = [i for i, width in enumerate(widths) if width > least[i]] or range(len(widths))
        widths[max(spare, key=widths.__getitem__)] -= 1
    return [max(1, width) for width in widths]


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(harmless(words), style)


def _mark(status: str) -> Text:
    return _text(f"{MARKS.get(status, '✗')} {status}", STYLES[status])


def _findings(verdict: Verdict, room: int) -> Table:
    rows: list[list[str | Text]] = [
        [
            _mark(finding.status),
            check_words(finding.check),
            finding.player or "all",
            margin,
            finding.words.replace(", in this model.", "."),
        ]
        for finding, margin in applicable(verdict)
    ]
    return _table(room, ("status", "check", "player", "margin", "in this model"), rows, right=(3,))


def applicable(verdict: Verdict) -> list[tuple[Finding, str]]:
    """Return the findings that apply, each with its margin as it is shown."""
    shown = [finding for finding in verdict.findings if finding.status != "not applicable"]
    return list(zip(shown, aligned([_margin(finding) for finding in shown], signs=True), strict=True))


def _margin(finding: Finding) -> float | None:
    """Return the margin, 0 where it counts as zero."""
    tie = finding.margin is not None and abs(finding.margin) <= finding.tolerance
    return 0.0 if tie else finding.margin


PAYOFF_COLUMNS = ("player", "without agreement", "with it", "gain", "after a breakdown")
POWER_COLUMNS = ("player", "patience needed", "it has", "power before", "after", "kind of sharing")


def _payoffs(verdict: Verdict, room: int) -> Table:
    unit = f", {verdict.unit}" if verdict.unit else ""
    right, title = (1, 2, 3, 4), f"Payoffs a period{unit}"
    return _table(room, PAYOFF_COLUMNS, payoff_rows(verdict), right=right, title=title)


def payoff_rows(verdict: Verdict) -> list[tuple[str, ...]]:
    """Return the cells of `PAYOFF_COLUMNS`, a row a player."""
    kept = verdict.payoffs["agreement"]
    before, after = verdict.payoffs.get("disagreement", {}), verdict.payoffs.get("breakdown", {})
    gains = [kept[player] - before[player] if player in before else None for player in kept]
    without, broken = ([other.get(player) for player in kept] for other in (before, after))
    decimals = shared_decimals([*kept.values(), *without, *gains, *broken])
    columns = (without, list(kept.values()), gains, broken)
    return list(zip(kept, *(aligned(column, decimals, signs=column is gains) for column in columns), strict=True))


def shared_decimals(values: Iterable[float | None]) -> int:
    """Return the decimals with which the largest of some numbers has about six digits, 6 at most."""
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    return min(6, max(0, 6 - len(f"{largest:.0f}")))


def aligned(values: Sequence[float | None], decimals: int | None = None, *, signs: bool = False) -> list[str]:
    """Write numbers with the same number of decimals; None is unknown.

    A number that so few decimals would show as zero, or that has more than 15 digits, is written by itself.

    >>> aligned([27.6908, -0.5, 1e-7], signs=True)
    ['+27.6908', '−0.5000', '+1e−07']
    """
    decimals = shared_decimals(values) if decimals is None else decimals
    texts = []
    for value in values:
        if value is None:
            texts.append("unknown")
            continue
        text = f"{value:+.{decimals}f}" if signs else f"{value:.{decimals}f}"
        if abs(value) >= IN_FULL[1] or (float(text) == 0 and value != 0):
            text = (signed if signs else number)(value)
        elif float(text) == 0:
            text = f"{0:.{decimals}f}"
        texts.append(text.replace("-", "−"))
    return texts


def _power(verdict: Verdict, offer: Offer, room: int) -> Table:
    right, title = (1, 2, 3, 4), "Patience (discount factors) and power (shares)"
    return _table(room, POWER_COLUMNS, power_rows(verdict, offer), right=right, title=title)


def power_rows(verdict: Verdict, offer: Offer) -> list[tuple[str, ...]]:
    """Return the cells of `POWER_COLUMNS`, a row a player."""
    power = verdict.power
    return [
        (
            player,
            patience_words(verdict, player),
            number(offer.players[player].discount),
            f"{power['before'][player]:.4f}",
            f"{power['after'][player]:.4f}",
            power["kind"].get(player, ""),
        )
        for player in verdict.payoffs["agreement"]
    ]


def patience_words(verdict: Verdict, player: str) -> str:
    """Return the discount factors at which a player keeps every promise, shortly."""
    intervals = verdict.discount_factors_that_hold[player]
    if not intervals:
        return "none is enough"
    if len(intervals) == 1 and intervals[0][1] == 1:
        return f"{intervals[0][0]:.4g}"
    spans = (f"{low:.4g} to {high:.4g}" for low, high in intervals)
    return " or ".join(spans)


def verdict_notes(verdict: Verdict) -> Iterator[str]:
    """Say what stands beside the findings: risk, votes, third parties, remarks."""
    if verdict.risk is not None:
        yield f"Risk: {verdict.risk['before']:.4f} without the agreement, {verdict.risk['after']:.4f} with it."
    voting = verdict.power.get("voting")
    if voting:
        moved = (f"{name} {voting['before'][name]:.3f} → {voting['after'][name]:.3f}" for name in voting["after"])
        yield f"Voting power: {', '.join(moved)}."
    for player, change in verdict.power["third_parties"].items():
        if change:
            yield f"{player} is no party to any term; the shift of power is worth {signed(change)} to it."
    for remark in verdict.remarks:
        yield f"Note: {remark}"


def _hints(verdict: Verdict, offer: Offer, target: str, mended: Repair | None) -> Iterator[str]:
    if verdict.assumed:
        count = len(verdict.assumed)
        lead = "1 number carries" if count == 1 else f"{count} numbers carry"
        yield f"{lead} no source; bargain sensitivity {target} tells which of them decide."
    if verdict.holds is False:
        yield from _outlook(offer, target, mended)


MOST_SOLVED = 50
"""Amounts times players up to which a failing offer's repair is worked out at once."""


def _outlook(offer: Offer, target: str, mended: Repair | None) -> Iterable[str]:
    """Say whether a failing offer can be repaired, where that is quickly found out, and where to read more."""
    n = len(offer.players)
    if mended is None and n <= 6 and n * (len(offer.terms) + n) <= MOST_SOLVED:
        from bargain.repairs import repair

        mended = repair(offer)
    if mended is not None and mended.status == "repaired":
        yield f"Other amounts mend it, at a cost of {number(mended.cost)} {offer.unit}".rstrip() + "."
        yield f"The cheapest repair: bargain repair {target}"
    elif mended is not None and mended.status == "impossible":
        yield f"No other amounts mend it; which requirements stand in the way: bargain repair {target}"
    else:
        yield f"Do other amounts mend it, and which are the cheapest? bargain repair {target}"
