"""Pictures of games: best replies of two players with two actions each, and what two players can bargain for."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._pictures import COLOURS, MARKERS, Picture, colour, light, new_figure, short, style
from bargain.bargaining import BargainingSolution, ConvexSet
from bargain.findings import number
from bargain.games import GameError, NormalFormGame
from bargain.pareto import pareto_frontier
from bargain.strategic import nash_equilibria

RULES = MARKERS[2:]
"""Marks of bargaining rules: not those of outcomes and of the disagreement point."""
REPLIES = (("blue", "solid", 4.5), ("vermillion", "dashed", 2.2))


def plot_best_replies(game: NormalFormGame) -> Picture:
    """Draw the best replies of two players with two actions each; they cross at the equilibria.

    Across: the probability with which the first player plays its first action; upwards: the second player's.

    Raises
    ------
    GameError   unless there are two players with two actions each

    Examples
    --------
    >>> import bargain as bg
    >>> hunt = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]], actions=[("stag", "hare")] * 2)
    >>> plot_best_replies(hunt).title
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
        figure = new_figure(6.4, 6.6, title)
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
            outcome = f"({', '.join(equilibrium.label)}): {', '.join(short(float(u)) for u in equilibrium.payoffs)}"
            panel.plot(
                *([float(own[0])] for own in equilibrium.strategies),
                MARKERS[k % len(MARKERS)],
                ms=11,
                color=COLOURS["black"],
                markeredgecolor="white",
                label=textwrap.fill(outcome, 72),
                zorder=5,
                clip_on=False,
            )
            words.append(f"Equilibrium {equilibrium}.")
        panel.set_xlim(-0.02, 1.02)
        panel.set_ylim(-0.02, 1.02)
        panel.set_xlabel(f"probability that {game.players[0]} plays {first}")
        panel.set_ylabel(f"probability that {game.players[1]} plays {second}")
        light(panel)
        figure.legend(loc="outside lower left", frameon=False)
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

    Raises
    ------
    GameError   unless there are two players and a solution, and all solutions share one disagreement point

    Examples
    --------
    >>> import bargain as bg
    >>> outcomes, alone = [[0, 4], [3, 3], [4, 0]], [0, 1]
    >>> rules = (bg.nash_bargaining, bg.kalai_smorodinsky)
    >>> plot_bargaining(outcomes, [rule(outcomes, alone) for rule in rules]).title
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
        figure = new_figure(6.8, 6.4, title)
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
        panel.set_xlabel(f"payoff of {names[0]}")
        panel.set_ylabel(f"payoff of {names[1]}")
        light(panel)
        figure.legend(loc="outside lower left", frameon=False)
    return Picture(figure, title, " ".join(words))
