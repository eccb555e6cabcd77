"""What the command line prints: verdicts and lists as tables, for a terminal or for a file."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from bargain.descriptions import GREEK, WIDTH, check_words, named, summary
from bargain.findings import MARKS, Finding, Verdict, number, signed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from bargain.offers import Offer
    from bargain.repairs import Repair

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


def text_width() -> int:
    """Return the columns of running text: those of the terminal or of COLUMNS, but no more than read well."""
    return min(WIDTH, max(40, shutil.get_terminal_size((WIDTH, 24)).columns))


def harmless(text: str) -> str:
    """Leave out control characters, with which a document could drive the reader's terminal.

    >>> harmless("a\\x1b[31mred")
    'a[31mred'
    """
    return _CONTROL.sub("", text)


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def tolerate(stream: TextIO) -> None:
    """Let a stream whose encoding lacks a sign write its plain form instead of failing."""

    def plainly(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end

    codecs.register_error("bargain.plain", plainly)
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="bargain.plain")


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
        out.print(_findings(verdict))
        if absent:
            mark = MARKS["not applicable"]
            out.print(_text(f"{mark} not applicable: {named(absent)}", STYLES["not applicable"]))
        out.print("", _payoffs(verdict), "", _power(verdict, offer), "", sep="\n")
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
    table = _table(*header)
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    with console() as out:
        out.print(table)


def _table(*header: str, right: Sequence[int] = (), title: str = "") -> Table:
    from rich.table import Table

    table = Table(
        box=None,
        show_header=bool(header),
        header_style="dim",
        padding=(0, 2, 0, 0),
        pad_edge=False,
        title=title or None,
        title_justify="left",
        title_style="bold",
    )
    for i, name in enumerate(header):
        table.add_column(_text(name), justify="right" if i in right else "left", overflow="fold", no_wrap=i in right)
    return table


def _text(words: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(harmless(words), style)


def _mark(status: str) -> Text:
    return _text(f"{MARKS.get(status, '✗')} {status}", STYLES[status])


def _findings(verdict: Verdict) -> Table:
    table = _table("status", "check", "player", "margin", "in this model", right=(3,))
    for finding, margin in applicable(verdict):
        table.add_row(
            _mark(finding.status),
            _text(check_words(finding.check)),
            _text(finding.player or "all"),
            _text(margin),
            _text(finding.words.replace(", in this model.", ".")),
        )
    return table


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


def _payoffs(verdict: Verdict) -> Table:
    unit = f", {verdict.unit}" if verdict.unit else ""
    table = _table(*PAYOFF_COLUMNS, right=(1, 2, 3, 4), title=f"Payoffs a period{unit}")
    for player, *cells in payoff_rows(verdict):
        table.add_row(_text(player), *cells)
    return table


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

    A number that so few decimals would show as zero is written by itself.

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
        if float(text) == 0:
            text = f"{0:.{decimals}f}" if value == 0 else (signed if signs else number)(value)
        texts.append(text.replace("-", "−"))
    return texts


def _power(verdict: Verdict, offer: Offer) -> Table:
    table = _table(*POWER_COLUMNS, right=(1, 2, 3, 4), title="Patience (discount factors) and power (shares)")
    for player, *cells in power_rows(verdict, offer):
        table.add_row(_text(player), *cells)
    return table


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
