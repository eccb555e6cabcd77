"""Pictures of an offer beside its margins: power before and after, and the verdict over two numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bargain._pictures import (
    COLOURS,
    WIDTH,
    Picture,
    Row,
    add_legend,
    colour,
    draw_rows,
    light,
    name_axes,
    new_figure,
    rows_height,
    style,
    wrapped,
)
from bargain.descriptions import check_words, number_words
from bargain.findings import Verdict, number, signed
from bargain.margin_plots import SIDES
from bargain.regions import Regions

if TYPE_CHECKING:
    from matplotlib.patches import Rectangle

HATCHES = ("///", "\\\\\\", "...", "xxx", "---", "|||", "ooo", "+++")


def plot_power(verdict: Verdict) -> Picture:
    """Draw every player's share of power before and after the offer, and by how much it shifts.

    Parameters
    ----------
    verdict : Verdict

    Returns
    -------
    Picture

    Examples
    --------
    >>> import bargain as bg
    >>> verdict = bg.check(bg.read_offer("examples/lead_race/power_instead.yaml"))
    >>> bg.plot_power(verdict).title
    'The largest shift of power is 0.0606, from Leader to Follower'
    """
    before, after, shift = (verdict.power[key] for key in ("before", "after", "shift"))
    players = list(before)
    gains, loses = max(players, key=shift.__getitem__), min(players, key=shift.__getitem__)
    largest = max(abs(moved) for moved in shift.values())
    title = "No share of power moves"
    if largest > 1e-12:
        title = f"The largest shift of power is {number(float(f'{largest:.3g}'))}, from {loses} to {gains}"
    words = [f"{title}."] + [
        f"{player}: {number(before[player])} before, {number(after[player])} after ({signed(shift[player])})."
        for player in players
    ]
    rows: list[Row] = [
        (
            wrapped(
                f"{player}: {before[player]:.4f} → {after[player]:.4f} ({signed(float(f'{shift[player]:.3g}'))})",
                WIDTH - 0.3,
            ),
            ((before[player], SIDES[0]), (after[player], SIDES[1])),
        )
        for player in players
    ]
    with style():
        figure = new_figure(WIDTH, 1.9 + rows_height(rows), title)
        panel = figure.subplots()
        draw_rows(panel, rows, "share of all power")
        for bar, label in zip(panel.patches[:2], ("before", "after"), strict=True):
            bar.set_label(label)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


def plot_regions(regions: Regions) -> Picture:
    """Draw where an offer holds over two of its numbers, and what fails most where it does not.

    Parameters
    ----------
    regions : Regions

    Returns
    -------
    Picture

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/unpaid.yaml")
    >>> spans = {"terms.fund.value": (0, 10), "players.Leader.discount": (0, 0.9)}
    >>> bg.plot_regions(bg.verdict_regions(offer, *spans, spans=spans, points=6)).title
    'The offer holds at 50 % of the pairs drawn'
    """
    title = f"The offer holds at {100 * regions.share:.0f} % of the pairs drawn"
    across, upwards = (number_words(regions.offer, path) for path in (regions.x, regions.y))
    names = sorted(set(regions.causes.ravel().tolist()), key=lambda name: (name != "holds", name))
    edges = [_edges(values) for values in (regions.xs, regions.ys)]
    with style():
        figure = new_figure(WIDTH, 6.2, title)
        panel = figure.subplots()
        failing = [name for name in names if name != "holds"]
        for name in names:
            if name == "holds":
                face, hatch, label = COLOURS["sky"], None, "holds"
            else:
                at = failing.index(name)
                face, hatch = colour(at) if name != "undecided" else COLOURS["grey"], HATCHES[at % len(HATCHES)]
                label = name if name in ("undecided", "not an offer") else f"fails: {check_words(name)}"
            for k, (x, y, wide, high) in enumerate(_boxes(regions.causes == name, *edges)):
                panel.add_patch(
                    _box(x, y, wide, high, face if name == "holds" else "white", face, hatch, label if k == 0 else None)
                )
        present = f"the offer as it stands: {number(regions.present[0])}, {number(regions.present[1])}"
        panel.plot(
            *regions.present,
            "D",
            ms=9,
            color=COLOURS["black"],
            markeredgecolor="white",
            label=present,
            zorder=5,
            clip_on=False,
        )
        panel.set_xlim(edges[0][0], edges[0][-1])
        panel.set_ylim(edges[1][0], edges[1][-1])
        name_axes(panel, across, upwards)
        light(panel)
        add_legend(figure)
    return Picture(
        figure, title, f"{title}. Across: {across} ({regions.x}). Upwards: {upwards} ({regions.y}). {regions}"
    )


def _edges(values: np.ndarray) -> list[float]:
    middle = (values[1:] + values[:-1]) / 2
    return [float(values[0]), *map(float, middle), float(values[-1])]


def _boxes(chosen: np.ndarray, across: list[float], up: list[float]) -> list[tuple[float, float, float, float]]:
    """The chosen cells as boxes: neighbours in a row together, and rows that are alike."""
    boxes = []
    waiting: dict[tuple[int, int], int] = {}
    for j, row in enumerate([*chosen, np.zeros(chosen.shape[1], dtype=bool)]):
        turns = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]]).astype(int)))
        spans = {(start, stop) for start, stop in turns.reshape(-1, 2).tolist()}
        for start, stop in sorted(waiting.keys() - spans):
            below = waiting.pop((start, stop))
            boxes.append((across[start], up[below], across[stop] - across[start], up[j] - up[below]))
        for span in sorted(spans - waiting.keys()):
            waiting[span] = j
    return boxes


def _box(
    x: float, y: float, wide: float, high: float, face: str, edge: str, hatch: str | None, label: str | None
) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (x, y), wide, high, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0 if hatch else 0.6, label=label
    )
