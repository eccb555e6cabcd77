"""Pictures of margins: every requirement of a verdict as a bar, and those of two offers side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bargain._pictures import (
    COLOURS,
    LINE,
    WIDTH,
    Picture,
    Row,
    add_legend,
    draw_rows,
    new_figure,
    rows_height,
    style,
    wrapped,
)
from bargain.comparison import Comparison, Shift
from bargain.descriptions import check_words, named, summary
from bargain.errors import BargainError
from bargain.findings import MARKS, Finding, Verdict, signed

MOST_ROWS = 16
"""Requirements drawn one by one; of more, those that many players meet are drawn as one, by the least margin."""
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "holds": {"color": COLOURS["blue"], "hatch": None, "edgecolor": "white", "zorder": 2},
    "fails": {"color": COLOURS["vermillion"], "hatch": "///", "edgecolor": "white", "zorder": 2},
    "undecided": {"color": COLOURS["orange"], "hatch": "...", "edgecolor": "white", "zorder": 2},
}
SIDES: tuple[Mapping[str, Any], ...] = (
    {"color": COLOURS["grey"], "edgecolor": "white", "zorder": 2},
    {"color": COLOURS["blue"], "hatch": "///", "edgecolor": "white", "zorder": 2},
)


def plot_margins(verdict: Verdict) -> Picture:
    """Draw the margin of every requirement of a verdict as a bar, one panel for each unit.

    A margin at or above zero holds. Where there are more than 16, a requirement that several players meet is drawn
    once, with the least of their margins.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    Picture

    Raises
    ------
    BargainError   if no finding has a margin

    Examples
    --------
    >>> import bargain as bg
    >>> picture = bg.plot_margins(bg.check(bg.read_offer("examples/lead_race/unpaid.yaml")))
    >>> picture.title
    'The offer fails in this model. 1 of 8 requirements fails: does what is asked (Follower).'
    """
    shown = [finding for finding in verdict.findings if finding.margin is not None]
    if not shown:
        raise BargainError("No finding of this verdict has a margin: there is nothing to draw.")
    left_out = [finding for finding in verdict.findings if finding.margin is None]
    title = f"The offer {'is ' * (verdict.holds is None)}{verdict.status} in this model{summary(verdict)}"
    words = [f"{verdict.title.removesuffix('.')}." if verdict.title else "", title]
    words += [f"{_requirement(each.name)}: {each.status}, {signed(each.margin or 0)} {each.unit}." for each in shown]
    words += [f"{_requirement(each.name)}: {each.status}." for each in left_out]

    panels: dict[str, list[Row]] = {}
    for group in _grouped(shown):
        least = min(group, key=lambda finding: finding.margin or 0.0)
        many = f"{check_words(least.check)}, {len(group)} players, least {least.player}"
        what = _requirement(least.name) if len(group) == 1 else many
        bars = [(float(least.margin or 0.0), LOOKS[least.status])]
        panels.setdefault(least.unit, []).append((f"{what}: {_outcome(least.margin, least.status)}", bars))
    below = [
        f"{MARKS[status]} {status}: {named([each for each in left_out if each.status == status])}"
        for status in dict.fromkeys(each.status for each in left_out)
    ]
    picture = _bars(f"{verdict.title}\n{title}".strip(), panels, below)
    return Picture(picture, title, " ".join(word for word in words if word))


def plot_comparison(comparison: Comparison) -> Picture:
    """Draw the margins of two offers beside each other, one panel for each unit; words mark what turns.

    Where there are more than 16 requirements, those that turn are drawn, and those that move most besides.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    Picture

    Raises
    ------
    BargainError   if no finding has a margin in either offer

    Examples
    --------
    >>> import bargain as bg
    >>> names = ("unpaid", "offer")
    >>> offers = [bg.read_offer(f"examples/lead_race/{name}.yaml") for name in names]
    >>> bg.plot_comparison(bg.compare(*offers)).title
    'A fails, B holds in this model. Turns: does what is asked, Follower. Gains: Follower. Loses: Leader.'
    """
    shifts = [each for each in comparison.findings if {each.margin_before, each.margin_after} != {None}]
    if not shifts:
        raise BargainError("No finding of the two offers has a margin: there is nothing to draw.")
    title = _verdicts(comparison)
    offers = [
        f"{side}: {name} ({model})" for side, name, model in zip("AB", comparison.names, comparison.models, strict=True)
    ]
    words = [title, *(f"{each}." for each in offers), *(f"{_shift(each)}." for each in shifts)]

    drawn = sorted(shifts, key=lambda shift: (not shift.turns, -abs(shift.change or 0.0)))[:MOST_ROWS]
    panels: dict[str, list[Row]] = {}
    for shift in shifts:
        if shift in drawn:
            margins = (shift.margin_before, shift.margin_after)
            bars = [(float(margin or 0.0), look) for margin, look in zip(margins, SIDES, strict=True)]
            panels.setdefault(shift.unit, []).append((_shift(shift), bars))
    rest = len(shifts) - len(drawn)
    more = "margin that keeps its status moves" if rest == 1 else "margins that keep their status move"
    below = [f"{rest} more {more} less."] if rest else []
    return Picture(_bars(title, panels, below, offers), title, " ".join([*words, *comparison.remarks]))


def _bars(title: str, panels: Mapping[str, Sequence[Row]], below: Iterable[str], offers: Sequence[str] = ()) -> Any:
    """Draw a panel of rows for each unit, and what else there is to say below them."""
    folded = {unit: [(wrapped(words, WIDTH - 0.3), bars) for words, bars in rows] for unit, rows in panels.items()}
    heights = [rows_height(rows) for rows in folded.values()]
    text = "\n".join(wrapped(line, WIDTH - 0.2, 10) for line in below)
    lines = sum(each.count("\n") + 1 for each in (wrapped(title, WIDTH - 0.15, 12), text, *offers))
    with style():
        figure = new_figure(WIDTH, sum(heights) + 0.75 * len(heights) + LINE * lines + 0.3, title)
        axes = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel, (unit, rows) in zip(axes, folded.items(), strict=True):
            draw_rows(panel, rows, f"margin, {unit}" if unit else "margin")
        if offers:
            for label, look in zip(offers, SIDES, strict=True):
                axes[0].bar(0, 0, label=label, **look)
            add_legend(figure, text)
        elif text:
            figure.supxlabel(text, x=0.01, ha="left", fontsize=10, color="#404040")
    return figure


def _grouped(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings one by one or, of many, those of one check, unit and status together if they hold."""
    if len(findings) <= MOST_ROWS:
        return [[finding] for finding in findings]
    groups: dict[tuple[Any, ...], list[Finding]] = {}
    for finding in findings:
        alone = finding.name if finding.status != "holds" else None
        groups.setdefault((finding.check, finding.unit, finding.status, alone), []).append(finding)
    return list(groups.values())


def _verdicts(comparison: Comparison) -> str:
    """Say in a line what becomes of the verdict, which findings turn and who gains."""
    status = ("is undecided" if holds is None else "holds" if holds else "fails" for holds in comparison.holds)
    turned = [_requirement(shift.name) for shift in comparison.turned]
    who = [("Gains", comparison.gainers), ("Loses", comparison.losers)]
    said = [
        f"{', '.join(f'{side} {verb}' for side, verb in zip('AB', status, strict=True))} in this model",
        f"Turns: {'; '.join(turned)}" if turned else "No finding turns",
        *(f"{verb}: {', '.join(names)}" for verb, names in who if names),
    ]
    return f"{'. '.join(said)}."


def _requirement(name: str) -> str:
    """A finding's name in plain words, e.g. `compliance[Follower]`."""
    check, _, player = name.partition("[")
    return f"{check_words(check)}, {player.removesuffix(']')}" if player else check_words(check)


def _shift(shift: Shift) -> str:
    before, after = _outcome(shift.margin_before, shift.before), _outcome(shift.margin_after, shift.after)
    return f"{_requirement(shift.name)}: {before} → {after}{', turns' if shift.turns else ''}"


def _outcome(margin: float | None, status: str | None) -> str:
    if status is None or margin is None:
        return status or "absent"
    return f"{signed(float(f'{margin:.4g}'))} {MARKS[status]} {status}"
