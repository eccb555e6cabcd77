"""Pictures of games of two players: best replies, what they can bargain for, what they can promise each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._hull import hull_of_array
from bargain._pictures import (
    COLOURS,
    MARKERS,
    WIDTH,
    Picture,
    add_legend,
    colour,
    light,
    listed,
    name_axes,
    new_figure,
    short,
    style,
)
from bargain.bargaining import BargainingSolution, ConvexSet
from bargain.findings import mixture_words, number
from bargain.games import Floats, GameError, NormalFormGame
from bargain.minmax import minmax_payoffs
from bargain.pareto import pareto_frontier
from bargain.payoff_sets import PayoffSet
from bargain.strategic import nash_equilibria

RULES = MARKERS[2:]
"""Marks of bargaining rules: not those of outcomes and of the disagreement point."""
REPLIES = (("blue", "solid", 4.5), ("vermillion", "dashed", 2.2))


def plot_best_replies(game: NormalFormGame) -> Picture:
    """Draw the best replies of two players with two actions each; they cross at the equilibria.

    Across: the probability with which the first player plays its first action; upwards: the second player's.

    Parameters
    ----------
    game : NormalFormGame

    Returns
    -------
    Picture

    Raises
    ------
    GameError   unless there are two players with two actions each

    Examples
    --------
    >>> import bargain as bg
    >>> own, others, names = [[5, 0], [3, 3]], [[5, 3], [0, 3]], [("stag", "hare")] * 2
    >>> hunt = bg.NormalFormGame.from_bimatrix(own, others, actions=names)
    >>> bg.plot_best_replies(hunt).title
    '3 equilibria, where the best replies cross'
    """
    if game.shape != (2, 2):
        raise GameError(f"Best replies are drawn for 2 x 2 actions; this game has {' x '.join(map(str, game.shape))}.")
    found = nash_equilibria(game, cross_check=False)
    count = len(found.equilibria)
    title = f"{count} equilibri{'um' if count == 1 else 'a'}, where the best replies cross"
    if found.degenerate and count > 1:
        title = f"The best replies share {count} extreme equilibria, and mixtures of some of them"
    (first, _), (second, _) = game.actions
    words = [f"{title}."]
    with style():
        figure = new_figure(WIDTH, 6.2, title)
        panel = figure.subplots()
        for i, (name, line, width) in enumerate(REPLIES):
            boxes = _replies(game.payoffs[0] if i == 0 else game.payoffs[1].T)
            words.append(f"{game.players[i]}: {_said(boxes, game, i)}.")
            for k, (own, others) in enumerate(boxes):
                x, y = (own, others) if i == 0 else (others, own)
                label = f"best replies of {game.players[i]}" if k == 0 else None
                if own[0] != own[1] and others[0] != others[1]:
                    corner, size = (x[0], y[0]), (x[1] - x[0], y[1] - y[0])
                    panel.add_patch(_patch(corner, size, COLOURS[name], label))
                else:
                    panel.plot(x, y, color=COLOURS[name], linestyle=line, linewidth=width, label=label, clip_on=False)
        for k, equilibrium in enumerate(found.equilibria):
            played = equilibrium.label
            if not equilibrium.exact:  # with probabilities as short as payoffs
                choices = zip(equilibrium.strategies, game.actions, strict=True)
                played = tuple(mixture_words(own, names, short) for own, names in choices)
            outcome = f"({', '.join(played)}): {', '.join(short(float(u)) for u in equilibrium.payoffs)}"
            panel.plot(
                *([float(own[0])] for own in equilibrium.strategies),
                MARKERS[k % len(MARKERS)],
                ms=11,
                color=COLOURS["black"],
                markeredgecolor="white",
                label=outcome,
                zorder=5,
                clip_on=False,
            )
            words.append(f"Equilibrium {equilibrium}.")
        panel.set_xlim(-0.02, 1.02)
        panel.set_ylim(-0.02, 1.02)
        ask = "probability that {} plays {}"
        name_axes(panel, ask.format(game.players[0], first), ask.format(game.players[1], second))
        light(panel)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


Pieces = list[tuple[tuple[float, float], tuple[float, float]]]


def _replies(payoffs: npt.NDArray[Any]) -> Pieces:
    """The best-reply correspondence: (range of one's own probability, range of the other's) piece by piece.

    `payoffs[a, b]` is one's own at one's action a and the other's b.
    """
    at_one, at_zero = (float(payoffs[0, b] - payoffs[1, b]) for b in (0, 1))
    cuts = [0.0, 1.0]
    if at_one * at_zero < 0:
        cuts.insert(1, at_zero / (at_zero - at_one))
    pieces: Pieces = []
    for low, high in itertools.pairwise(cuts):
        middle = (low + high) / 2
        lead = middle * at_one + (1 - middle) * at_zero
        own = (1.0, 1.0) if lead > 0 else (0.0, 0.0) if lead < 0 else (0.0, 1.0)
        pieces.append((own, (low, high)))
    ties = [q for q in cuts if abs(q * at_one + (1 - q) * at_zero) <= 1e-12 * max(abs(at_one), abs(at_zero))]
    if at_one or at_zero:
        pieces += [((0.0, 1.0), (q, q)) for q in ties]
    return pieces


def _said(pieces: Pieces, game: NormalFormGame, i: int) -> str:
    own, other = game.actions[i], game.actions[1 - i]
    parts = []
    for (low, high), (left, right) in pieces:
        what = f"{own[0]} or {own[1]} alike" if low != high else own[0] if low else own[1]
        when = f"is {number(left)}" if left == right else f"is from {number(left)} to {number(right)}"
        parts.append(f"{what} is best where the probability of {other[0]} {when}")
    return "; ".join(parts)


def _patch(corner: tuple[float, float], size: tuple[float, float], face: str, label: str | None) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(corner, *size, facecolor="none", edgecolor=face, hatch="//", linewidth=0, label=label)


def plot_bargaining(
    feasible: npt.ArrayLike | ConvexSet, solutions: Sequence[BargainingSolution], *, transfers: bool = False
) -> Picture:
    """Draw what two players can reach, where they stand without agreement, and what bargaining rules pick.

    Parameters
    ----------
    feasible, transfers
        As for `nash_bargaining`.
    solutions : sequence of BargainingSolution
        At least one, all from the same disagreement point.

    Returns
    -------
    Picture

    Raises
    ------
    GameError   unless there are two players and a solution, and all solutions share one disagreement point

    Examples
    --------
    >>> import bargain as bg
    >>> outcomes, alone = [[0, 4], [3, 3], [4, 0]], [0, 1]
    >>> rules = (bg.nash_bargaining, bg.kalai_smorodinsky)
    >>> bg.plot_bargaining(outcomes, [rule(outcomes, alone) for rule in rules]).title
    'Where bargaining leads from (0, 1)'
    """
    if not solutions or any(len(each.disagreement) != 2 for each in solutions):
        raise GameError("Bargaining is drawn for two players and at least one solution.")
    start = solutions[0].disagreement
    if any((each.disagreement != start).any() for each in solutions):
        raise GameError("The solutions start from different disagreement points: draw one picture for each.")
    frontier = pareto_frontier(feasible, start, transfers=transfers)
    names = solutions[0].players
    title = f"Where bargaining leads from ({', '.join(short(float(d)) for d in start)})"
    words = [f"{title}."]
    with style():
        figure = new_figure(WIDTH, 6.0, title)
        panel = figure.subplots()
        if not isinstance(feasible, ConvexSet):
            points = np.asarray(feasible, dtype=float)
            panel.plot(*points.T, "o", ms=4, color=COLOURS["grey"], label="outcomes")
        panel.plot(*frontier.T, "-", color=COLOURS["black"], linewidth=1.6, label="frontier")
        panel.plot(*start, "s", ms=9, color=COLOURS["grey"], markeredgecolor="black", label="without agreement")
        for k, each in enumerate(solutions):
            if each.payoffs is None:
                words.append(f"{each.rule}: {each.why}")
                continue
            said = f"{each.rule}: {', '.join(short(float(u)) for u in each.payoffs)}"
            words.append(f"{said}.")
            look: dict[str, Any] = {"color": colour(k), "markeredgecolor": "white", "zorder": 5, "clip_on": False}
            panel.plot(*each.payoffs, RULES[k % len(RULES)], ms=12 - k, label=said, **look)
        panel.axvline(start[0], color=COLOURS["grey"], linewidth=0.8, linestyle=(0, (2, 2)))
        panel.axhline(start[1], color=COLOURS["grey"], linewidth=0.8, linestyle=(0, (2, 2)))
        name_axes(panel, f"payoff of {names[0]}", f"payoff of {names[1]}")
        light(panel)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


FILLS: tuple[tuple[str, str | None], ...] = (("sky", None), ("orange", "///"), ("green", "\\\\\\"), ("purple", "..."))
"""Colour and hatch of each set of equilibrium payoffs, from the most patient to the least."""
SEGMENTS: tuple[Any, ...] = ("solid", (0, (4, 1)), (0, (2, 1)), (0, (1, 0.5)))
"""Kinds of line of those that are segments."""


def plot_payoff_set(*sets: PayoffSet) -> Picture:
    """Draw what two players can credibly promise each other, within all that their actions could give them.

    All pairs of payoffs that public lotteries over the actions reach are outlined; within it, the part in which each
    has at least its minmax payoff in pure strategies; and in it the equilibrium payoffs, for one or several discount
    factors.

    Parameters
    ----------
    *sets : PayoffSet
        One to four, of one game.

    Returns
    -------
    Picture

    Raises
    ------
    GameError   for none, more than four, or sets of different games

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> sets = [bg.equilibrium_payoff_set(dilemma, delta) for delta in (0.15, 0.5)]
    >>> bg.plot_payoff_set(*sets).title
    'What the two can credibly promise each other at discount factors of 0.15 and 0.5'
    """
    if not 1 <= len(sets) <= len(FILLS):
        raise GameError(f"{len(sets)} sets: one to {len(FILLS)} can be told apart in a picture.")
    game = sets[0].game
    if any(each.game.shape != game.shape or (each.game.payoffs != game.payoffs).any() for each in sets):
        raise GameError("The sets belong to different games: draw one picture for each.")
    ordered = sorted(sets, key=lambda each: each.discount)
    factors = listed([number(each.discount) for each in ordered])
    at = "discount factors" if len(sets) > 1 else "a discount factor"
    title = f"What the two can credibly promise each other at {at} of {factors}"
    flows = game.payoffs.reshape(2, -1).T
    least = minmax_payoffs(game, "pure").payoffs
    outline = np.array(hull_of_array(flows, 0.0), dtype=float)
    words = [
        f"{title}.",
        f"All payoffs of {' and '.join(game.players)} lie between the corners {_pairs(outline)}.",
        f"Each can be held to no less than {' and '.join(number(float(u)) for u in least)}.",
        *(str(each) for each in ordered),
    ]
    with style():
        figure = new_figure(WIDTH, 6.0, title)
        panel = figure.subplots()
        reach = np.ptp(flows, axis=0)
        margin = 0.06 * np.where(reach > 0, reach, 1.0)
        low, high = flows.min(axis=0) - margin, flows.max(axis=0) + margin
        panel.set_xlim(low[0], high[0])
        panel.set_ylim(low[1], high[1])
        for k, each in enumerate(ordered[::-1]):
            face, hatch = FILLS[k]
            _draw_set(panel, each, COLOURS[face], hatch, k)
        look: dict[str, Any] = {"color": COLOURS["black"], "zorder": 1.5}
        closed = np.vstack([outline, outline[:1]])
        panel.plot(*closed.T, linestyle="dashdot", linewidth=1.2, label="all that lotteries over actions give", **look)
        panel.plot(*flows.T, "o", ms=5, label="the outcomes", **look)
        corner = np.array([[least[0], high[1]], least, [high[0], least[1]]])
        panel.plot(
            *corner.T,
            linestyle="dotted",
            linewidth=1.6,
            label="left of it or below: less than any punishment leaves",
            **look,
        )
        name_axes(
            panel, f"payoff of {game.players[0]}, average a period", f"payoff of {game.players[1]}, average a period"
        )
        light(panel)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


def _draw_set(panel: Any, found: PayoffSet, face: str, hatch: str | None, k: int) -> None:
    """Draw a polygon, a segment, a point, or only the name of an empty set."""
    from matplotlib.patheffects import Normal, withStroke

    within = "nothing beyond it" if found.status == "unfinished" else "equilibrium payoffs"
    label = f"discount factor {number(found.discount)}: {within}"
    corners = found.vertices
    if found.dimension == 2:
        solid = {"facecolor": face} if hatch is None else {"facecolor": "none", "hatch": hatch}
        panel.fill(*corners.T, edgecolor=face, linewidth=2, label=label, zorder=1 + 0.1 * k, **solid)
    elif found.dimension == 1:
        edge = withStroke(linewidth=9 - k, foreground=COLOURS["black"])  # a segment may lie on a fill as dark as itself
        look: dict[str, Any] = {"color": face, "linestyle": SEGMENTS[k], "path_effects": [edge, Normal()]}
        panel.plot(*corners.T, linewidth=7 - k, label=label, zorder=2 + 0.1 * k, **look)
    else:
        what = label if len(corners) else f"{label}: none"
        points: Floats = corners if len(corners) else np.full((1, 2), np.nan)
        panel.plot(*points.T, RULES[k], color=face, ms=13, markeredgecolor="black", label=what, zorder=3 + 0.1 * k)


def _pairs(points: Floats) -> str:
    return ", ".join(f"({short(x)}, {short(y)})" for x, y in points.tolist())
