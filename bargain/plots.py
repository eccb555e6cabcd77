"""Pictures of the core, of all coalitions by surplus and of the frontier of credible amounts; how they are written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bargain._pictures import (
    COLOURS,
    WIDTH,
    Picture,
    add_legend,
    colour,
    counted,
    light,
    name_axes,
    new_figure,
    save_figure,
    short,
    style,
)
from bargain.coalitions import coalition_sizes
from bargain.core_plots import core_vertices, plot_core
from bargain.findings import number, signed
from bargain.frontier import Frontier
from bargain.games import Floats, GameError
from bargain.line_plots import LINES
from bargain.margin_plots import plot_margins
from bargain.membership import Stability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Picture", "core_vertices", "plot_core", "plot_frontier", "plot_margins", "plot_stability", "save_figure"]

MOST_POINTS = 1 << 12
"""Coalitions drawn one by one; where there are more, bars show the range of each size."""
MOST_NAMED = 8
"""Stable coalitions that are named in a picture."""
SKEW = 20
"""The least surplus over the largest beyond which the scale is logarithmic below zero."""


def plot_stability(stability: Stability) -> Picture:
    """Draw all coalitions of two or more by size and surplus, and mark those that are stable.

    The surplus is what the members together gain by staying in, each against leaving alone: at or above zero
    transfers among them can keep the coalition together.

    Parameters
    ----------
    stability : Stability

    Returns
    -------
    Picture

    Raises
    ------
    GameError   for one player alone

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.MembershipGame([[1, 1], [0, 3], [3, 0], [2, 2]])
    >>> picture = bg.plot_stability(bg.stability(game))
    >>> picture.title
    'Of 1 coalition of two or more, none is stable, none could be kept together by transfers'
    """
    game, surplus = stability.game, stability.surplus
    sizes = coalition_sizes(game.n_players)
    several = np.flatnonzero(sizes > 1)
    if not several.size:
        raise GameError("One player: there are no coalitions of two or more to draw.")
    kept = np.zeros(len(sizes), dtype=bool)
    kept[list(stability.potentially_stable)] = True
    stable = stability.stable
    title = (
        f"Of {len(several)} coalition{'s' * (len(several) > 1)} of two or more, {len(stable) or 'none'} "
        f"{'is' if len(stable) < 2 else 'are'} stable, {kept.sum() or 'none'} could be kept together by transfers"
    )
    lines = [f"{game.label(mask)}: surplus {counted(float(surplus[mask]))}" for mask in stable[:MOST_NAMED]]
    more = len(stable) - len(lines)
    words = [f"{title}."]
    words += [f"Stable: {game.label(mask)}: surplus {signed(float(surplus[mask]))}." for mask in stable[:MOST_NAMED]]
    words += [f"And {more} more stable ones."] if more else []
    columns = {size: np.flatnonzero(sizes == size) for size in range(2, game.n_players + 1)}
    for size, masks in columns.items():
        low, high = number(surplus[masks].min()), number(surplus[masks].max())
        words.append(f"Size {size}: surplus from {low} to {high}, {kept[masks].sum()} of {len(masks)} could be kept.")

    with style():
        figure = new_figure(WIDTH, 5.2 + 0.3 * len(lines), title)
        panel = figure.subplots()
        panel.axhline(0, color=COLOURS["black"], linewidth=1)
        few = len(several) <= MOST_POINTS
        across = sizes.astype(float)
        if few:  # Spread each column out, so that neighbours do not hide each other.
            for size, masks in columns.items():
                across[masks] = size + 0.7 * ((np.arange(len(masks)) + 0.5) / len(masks) - 0.5)
        for chosen, verb, marker, hue in ((~kept, "no transfers", "x", "grey"), (kept, "transfers", "o", "sky")):
            shown = {size: masks[chosen[masks]] for size, masks in columns.items() if chosen[masks].any()}
            if not shown:
                continue
            label = f"{verb} among members can keep it together ({sum(map(len, shown.values()))})"
            if few:
                every = np.concatenate(list(shown.values()))
                size_of_mark = 5 if len(several) < 100 else 3
                panel.plot(across[every], surplus[every], marker, color=COLOURS[hue], ms=size_of_mark, label=label)
                continue
            lowest, highest = (np.array([end(surplus[masks]) for masks in shown.values()]) for end in (np.min, np.max))
            panel.bar(
                list(shown),
                highest - lowest,
                bottom=lowest,
                width=0.7,
                color=COLOURS[hue],
                edgecolor=COLOURS[hue],
                fill=marker == "o",
                hatch="xx" if marker == "x" else None,
                label=f"{label}; least to largest surplus",
            )
        for k, line in enumerate(lines):
            at = across[stable[k]], surplus[stable[k]]
            name = f"stable ({k + 1})" if len(stable) > 1 else "stable"
            look: dict[str, Any] = {"ms": 14, "color": COLOURS["vermillion"], "markeredgecolor": "black", "zorder": 5}
            panel.plot(*at, "*", label=f"{name}: {line}", **look)
            if len(stable) > 1:
                panel.annotate(f"{k + 1}", at, xytext=(7, 3), textcoords="offset points", fontsize=9)
        if more:
            rest = list(stable[MOST_NAMED:])
            look = {"ms": 9, "color": COLOURS["orange"], "markeredgecolor": "black", "zorder": 4}
            panel.plot(across[rest], surplus[rest], "*", label=f"stable, {more} more", **look)
        panel.set_xticks(list(columns))
        panel.set_xlim(1.5, game.n_players + 0.5)
        least, most = float(surplus[several].min()), float(surplus[several].max())
        note, low_end = "", None
        if -least > SKEW * most > 0:
            # The coalitions that matter would all lie on the line.
            panel.set_yscale("symlog", linthresh=most)
            low_end = 1.5 * least
            first, last = math.ceil(math.log10(2 * most)), math.floor(math.log10(-least))
            decades = range(first, last + 1, 1 + (last - first) // 5)
            panel.set_yticks([*(-(10.0**k) for k in decades), 0.0, most])
            panel.set_yticks([], minor=True)
            panel.yaxis.set_major_formatter(lambda value, _: short(value))
            note = f" (logarithmic below {number(-float(f'{most:.4g}'))})"
        panel.margins(y=0.08)
        panel.set_ylim(bottom=low_end)
        name_axes(panel, "members of the coalition", f"surplus: what members gain together by staying in{note}")
        light(panel)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


def plot_frontier(frontier: Frontier) -> Picture:
    """Draw how patient each player must be to keep its promises, as one term's amount moves.

    Parameters
    ----------
    frontier : Frontier

    Returns
    -------
    Picture

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> front = bg.credibility_frontier(offer, "fund", points=21)
    >>> bg.plot_frontier(front).title
    'The most credible amount of fund is 6.07: a discount factor of 0.1802 is enough'
    """
    best, least = frontier.most_credible, frontier.least_factor
    if best is None or least is None:
        title = f"No amount of {frontier.term} makes every promise credible"
    else:
        title = (
            f"The most credible amount of {frontier.term} is {number(float(f'{best:.4g}'))}: "
            f"a discount factor of {number(float(f'{least:.4g}'))} is enough"
        )
    words = [f"{title}.", frontier.words]
    with style():
        figure = new_figure(WIDTH, 5.0, title)
        panel = figure.subplots()
        for k, player in enumerate(frontier.players):
            factors = frontier.factors[:, k]
            kept = frontier.amounts[~np.isnan(factors)]
            if kept.size:
                ends = [(float(at), float(factors[frontier.amounts == at][0])) for at in (kept[0], kept[-1])]
                path = " to ".join(f"{number(float(f'{y:.4g}'))} at {number(float(f'{x:.4g}'))}" for x, y in ends)
                words.append(f"{player}: critical discount factor from {path}.")
            else:
                words.append(f"{player}: keeps no promise at any of these amounts.")
            panel.plot(
                frontier.amounts,
                factors,
                color=colour(k),
                linestyle=LINES[k % len(LINES)],
                linewidth=2.2,
                label=f"{player}" if kept.size else f"{player}: keeps no promise at any of these amounts",
            )
        broken = np.asarray(np.isnan(frontier.factors).any(axis=1))
        _shade(panel, frontier.amounts, broken, "somebody breaks its promise however patient")
        present = f"the offer as it stands: {number(frontier.present)}"
        panel.axvline(frontier.present, color=COLOURS["black"], linewidth=1.2, linestyle=(0, (1, 2)), label=present)
        if best is not None and least is not None:
            panel.plot(
                [best],
                [least],
                marker="D",
                markersize=10,
                linestyle="none",
                color=COLOURS["vermillion"],
                markeredgecolor="white",
                label=f"most credible: {number(float(f'{best:.4g}'))}",
                zorder=5,
                clip_on=False,
            )
        panel.set_ylim(-0.02, 1.02)
        drawn = [*frontier.amounts.tolist(), frontier.present]
        panel.set_xlim(min(drawn), max(drawn) if max(drawn) > min(drawn) else min(drawn) + 1)
        unit = f", {frontier.unit}" if frontier.unit else ""
        name_axes(
            panel, f"{frontier.term}{unit}", "critical discount factor: the patience needed to keep every promise"
        )
        light(panel)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


def _shade(panel: Axes, amounts: Floats, chosen: npt.NDArray[np.bool_], label: str) -> None:
    """Shade the stretches of the grid at which `chosen` holds; a single point is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]]).astype(int)))
    stretches = [(start, stop - 1) for start, stop in edges.reshape(-1, 2).tolist() if stop - start > 1]
    for k, (start, last) in enumerate(stretches):
        look: dict[str, Any] = {"facecolor": "none", "edgecolor": COLOURS["grey"], "hatch": "///", "linewidth": 0}
        panel.axvspan(float(amounts[start]), float(amounts[last]), label=label if k == 0 else None, **look)
