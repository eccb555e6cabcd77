"""The core in a picture: in the triangle for three players, in the tetrahedron for four, solutions marked in it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bargain._pictures import (
    COLOURS,
    MARKERS,
    WIDTH,
    Picture,
    add_legend,
    colour,
    listed,
    new_figure,
    short,
    style,
    wrapped,
)
from bargain.cores import core, least_core
from bargain.findings import number
from bargain.games import Floats, GameError
from bargain.nucleoli import nucleolus, prenucleolus
from bargain.tu import TOLERANCE, CoalitionalGame, Worths, as_game, as_payoffs
from bargain.values import shapley_value, tau_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def core_vertices(v: Worths, epsilon: float = 0.0) -> Floats:
    """Return the corners of the core of a game of at most five players, or of the core with concessions.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    epsilon : float
        What every proper coalition concedes: x(S) >= v(S) - epsilon.

    Returns
    -------
    (corners, n) array, lexicographic order; no rows where it is empty

    Raises
    ------
    GameError   for one player, and for more than five

    Notes
    -----
    Every choice of n - 1 coalitions that pins down an allocation is tried; corners nearer than 1e-7 of the largest
    absolute worth are one.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.core_vertices([0, 0, 0, 2, 0, 2, 2, 4]).tolist()
    [[0.0, 2.0, 2.0], [2.0, 0.0, 2.0], [2.0, 2.0, 0.0]]
    """
    game = as_game(v)
    n = game.n_players
    if not 2 <= n <= 5:
        raise GameError(f"{n} players: corners of the core are found for 2 to 5.")
    scale = game.scale or 1.0
    masks = np.arange(1, game.grand)
    inside = (masks[:, None] >> np.arange(n) & 1).astype(float)
    least = (game.values[masks] - epsilon) / scale
    total = game.values[-1] / scale
    chosen = np.array(list(itertools.combinations(range(len(masks)), n - 1)))
    systems = np.concatenate([inside[chosen], np.ones((len(chosen), 1, n))], axis=1)
    sides = np.column_stack([least[chosen], np.full(len(chosen), total)])
    regular = np.abs(np.linalg.det(systems)) > 0.5  # Determinants of zeros and ones are whole numbers.
    points = np.linalg.solve(systems[regular], sides[regular][:, :, None])[:, :, 0]
    points = points[(points @ inside.T >= least - TOLERANCE).all(axis=1)]
    corners: list[Floats] = []
    for point in points:
        if all(np.abs(point - corner).max() > 1e-7 for corner in corners):
            corners.append(point)
    found = scale * np.array(corners).reshape(-1, n) + 0.0
    return found[np.lexsort(found.round(9).T[::-1])]


def plot_core(v: Worths, solutions: Mapping[str, Any] | None = None) -> Picture:
    """Draw the core of a game of three players in the triangle, of four in the tetrahedron, with solutions in it.

    Where the core is empty the least core is drawn instead, as an outline, with what coalitions must concede.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    solutions : name -> allocation or (n,) payoffs, optional
        Points to mark. Default: nucleolus, Shapley value and tau value where they exist, and, where the core is empty,
        the prenucleolus, which lies in the least core.

    Returns
    -------
    Picture

    Raises
    ------
    GameError   unless there are three or four players, for payoffs of another number of players, and for more than
                eight solutions

    Examples
    --------
    >>> import bargain as bg
    >>> picture = bg.plot_core([0, 0, 0, 2, 0, 2, 2, 4])
    >>> picture.title
    'The core: shares that no coalition can better on its own'
    """
    game = as_game(v)
    n = game.n_players
    if n not in (3, 4):
        raise GameError(f"{n} players: the core is drawn for three, in a triangle, and for four, in a tetrahedron.")
    found = core(game)
    if solutions is None:
        least = () if found.nonempty else (prenucleolus(game),)
        standard = (nucleolus(game), *least, shapley_value(game), tau_value(game))
        solutions = {each.solution[0].upper() + each.solution[1:]: each for each in standard}
    if len(solutions) > len(MARKERS):
        raise GameError(f"{len(solutions)} solutions: at most {len(MARKERS)} can be told apart in a picture.")
    missing = [name for name, each in solutions.items() if getattr(each, "payoffs", each) is None]
    points = {name: as_payoffs(game, each).astype(float) for name, each in solutions.items() if name not in missing}
    epsilon = 0.0 if found.nonempty else least_core(game).epsilon
    corners = core_vertices(game, epsilon)
    frame = _Frame.around(game, np.vstack([corners, *points.values()]))
    words = [
        f"All ways to share {number(game.values[-1])} among {listed(game.players)}, "
        f"{'a triangle' if n == 3 else 'a tetrahedron in two views'}."
    ]
    several = "corner" if len(corners) == 1 else "corners"
    if found.nonempty:
        title = "The core: shares that no coalition can better on its own"
        region = f"Core, {len(corners)} {several}" if len(corners) > 1 else "Core, a single point"
    else:
        title = "The core is empty: however they share, some coalition can do better on its own"
        region = f"Least core: every coalition must concede {number(epsilon)}"
    words.append(f"{title.removesuffix('.')}.")
    if len(corners):
        kind = "The core" if found.nonempty else f"If every coalition concedes {number(epsilon)} the least core"
        words.append(f"{kind} has {len(corners)} {several}: {'; '.join(_payoffs(corner) for corner in corners)}.")
    words += [f"{name}: {_payoffs(point)}." for name, point in points.items()]
    words += [f"{name}: none." for name in missing]

    with style():
        figure = new_figure(WIDTH, 7.6 if n == 3 else 11, title)
        panels = figure.subplots(len(frame.views), 1, squeeze=False)[:, 0]
        for panel, view, side in zip(panels, frame.views, ("the front", "the left"), strict=False):
            if n == 4:
                # Above the name of the corner on top, however many lines that takes.
                lines = 1 + _corner(game, frame, 3).count("\n")
                panel.set_title(f"seen from {side}", fontsize=11, loc="left", pad=14 * lines + 16)
            _draw_frame(panel, game, frame, view)
            _draw_region(
                panel, game, frame.place(corners, view), corners, epsilon, empty=not found.nonempty, words=region
            )
            for k, (name, point) in enumerate(points.items()):
                panel.plot(
                    *frame.place(point[None], view).T,
                    marker=MARKERS[k],
                    markersize=max(13 - 2.4 * k, 5),
                    linestyle="none",
                    color=colour(k),
                    markeredgecolor="white",
                    label=f"{name}: {_payoffs(point)}",
                    zorder=5,
                )
        lowest = _payoffs(frame.least).replace(" ", "\N{NO-BREAK SPACE}")
        heading = (
            f"Every point shares {short(game.values[-1])}; in a corner all others have their least, "
            f"{lowest}.\nPayoffs are in the order {', '.join(game.players)}."
        )
        add_legend(figure, heading)
    return Picture(figure, title, " ".join(words))


@dataclass(frozen=True, eq=False)
class _Frame:
    """The simplex in which allocations are drawn: nobody has less than `least`, and `room` is left to share."""

    least: Floats
    room: float
    views: tuple[Floats, ...]
    """Where the corners of the simplex stand on paper and how near they are, (n, 3), one array a view."""

    @classmethod
    def around(cls, game: CoalitionalGame, points: Floats) -> _Frame:
        """The imputations, widened to hold every point that is drawn and never flat."""
        n, total, scale = game.n_players, float(game.values[-1]), game.scale or 1.0
        alone = game.values[[1 << i for i in range(n)]]
        least = np.vstack([alone[None], points]).min(axis=0)
        if total - least.sum() < 1e-6 * scale:
            least = least - 0.1 * scale
        return cls(least, total - float(least.sum()), _TRIANGLE if n == 3 else _TETRAHEDRON)

    def place(self, points: Floats, view: Floats) -> Floats:
        """Where allocations stand on paper, (points, 2)."""
        return np.asarray((points - self.least) / self.room @ view[:, :2])


def _views() -> tuple[Floats, ...]:
    """The regular tetrahedron, its fourth corner on top, seen from two sides and slightly from above."""
    base = [(np.cos(turn), np.sin(turn), -1 / np.sqrt(8)) for turn in np.radians([210, 330, 90])]
    corners = np.array([*base, (0, 0, 3 / np.sqrt(8))])
    found = []
    for turn in np.radians([-50.0, 40.0]):
        rise = np.radians(18.0)
        about = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
        tilt = np.array([[1, 0, 0], [0, np.cos(rise), -np.sin(rise)], [0, np.sin(rise), np.cos(rise)]])
        x, deep, y = tilt @ about @ corners.T
        found.append(np.column_stack([x, y, -deep]))
    return tuple(found)


_TRIANGLE = (np.array([[-np.sqrt(3) / 2, -0.5, 0], [np.sqrt(3) / 2, -0.5, 0], [0, 1.0, 0]]),)
_TETRAHEDRON = _views()


def _draw_frame(panel: Axes, game: CoalitionalGame, frame: _Frame, view: Floats) -> None:
    """Draw the simplex with its corners named and, in the triangle, what each coalition rejects."""
    n = game.n_players
    panel.set_aspect("equal")
    panel.set_axis_off()
    centre = view[:, :2].mean(axis=0)
    for i in range(n):
        away = view[i, :2] - centre
        across, up = away / np.linalg.norm(away)
        panel.annotate(
            _corner(game, frame, i),
            (float(view[i, 0]), float(view[i, 1])),
            xytext=(7 * across, 7 * up),
            textcoords="offset points",
            ha="center" if abs(across) < 0.5 else ("left" if across > 0 else "right"),
            va="bottom" if up > 0.3 else ("top" if up < -0.3 else "center"),
            annotation_clip=False,
        )
    for i, j in itertools.combinations(range(n), 2):
        # An edge is behind where both faces that meet in it look away.
        hidden = n == 4 and not any(_faces_us(view, i, j, k) for k in range(4) if k not in (i, j))
        panel.plot(*view[[i, j], :2].T, color="black", linewidth=1, linestyle=(0, (4, 4)) if hidden else "solid")
    if n == 3:
        panel.fill(*view[:, :2].T, facecolor="none", gid="simplex")
        _draw_limits(panel, game, frame, view)


def _corner(game: CoalitionalGame, frame: _Frame, i: int) -> str:
    """A player's name and what it has in its corner."""
    return wrapped(f"{game.players[i]}\n{short(frame.least[i] + frame.room)}", 1.4)


def _faces_us(view: Floats, *corners: int) -> bool:
    """Whether a face of the tetrahedron is seen from outside."""
    (rest,) = {0, 1, 2, 3} - set(corners)
    a, b, c = view[list(corners)]
    normal = np.cross(b - a, c - a)
    return bool(normal[2] * np.sign(normal @ (a - view[rest])) > 0)


def _draw_limits(panel: Axes, game: CoalitionalGame, frame: _Frame, view: Floats) -> None:
    """Draw the line on which each coalition has just its worth; strokes point to the side that it rejects."""
    from matplotlib.patheffects import withTickedStroke

    for mask in sorted(range(1, game.grand), key=lambda mask: -mask.bit_count()):
        members = game.members(mask)
        pair = len(members) == 2
        # The one player whose payoff alone decides: the outsider has at most, the loner at least so much.
        (one,) = {0, 1, 2} - set(members) if pair else members
        limit = float(game.values[-1] - game.values[mask] if pair else game.values[mask])
        level = (limit - frame.least[one]) / frame.room
        if not 1e-9 < level < 1 - 1e-9:
            continue
        others = [k for k in range(3) if k != one]
        ends = np.array([level * view[one, :2] + (1 - level) * view[k, :2] for k in others])
        rejected = view[one, :2] - ends[0] if pair else ends[0] - view[one, :2]
        along = ends[1] - ends[0]
        left = along[0] * rejected[1] - along[1] * rejected[0] > 0
        panel.plot(
            *ends.T,
            color=COLOURS[("blue", "green", "purple")[one]],
            linewidth=1.3,
            linestyle="solid" if pair else "dashed",
            path_effects=[withTickedStroke(angle=90 if left else -90, spacing=(9, 5, 15)[one], length=0.5)],
            label=f"{game.label(mask)} rejects the side with the strokes: "
            f"less than\N{NO-BREAK SPACE}{short(game.values[mask])}",
        )


def _draw_region(
    panel: Axes,
    game: CoalitionalGame,
    places: Floats,
    corners: Floats,
    epsilon: float,
    *,
    empty: bool,
    words: str,
) -> None:
    """Draw the core as an area, or the least core of a game without one as an outline; flat ones as line or point."""
    fill = COLOURS["vermillion" if empty else "sky"]
    scale = game.scale or 1.0
    spread: Any = np.linalg.svd((corners - corners.mean(axis=0)) / scale, compute_uv=False) if len(corners) else []
    dimension = int(np.sum(np.asarray(spread) > 1e-6))
    look: dict[str, Any] = {"gid": "least core" if empty else "core", "zorder": 2}
    if dimension < 2:
        order = np.lexsort(places.T)[[0, -1][: len(places)]]
        style = {"marker": "h", "markersize": 18, "markerfacecolor": "none" if empty else fill, "linestyle": "none"}
        panel.plot(*places[order].T, color=fill, label=words, **look, **(style if dimension == 0 else {"linewidth": 5}))
        return
    faces = [np.arange(len(corners))]
    if dimension == 3:
        tight = [
            corners @ np.array([mask >> i & 1 for i in range(game.n_players)])
            <= game.values[mask] - epsilon + 1e-7 * scale
            for mask in range(1, game.grand)
        ]
        faces = [np.flatnonzero(each) for each in tight if each.sum() > 2]
    for k, face in enumerate(faces):
        around = places[face] - places[face].mean(axis=0)
        turn = np.argsort(np.arctan2(around[:, 1], around[:, 0]))
        panel.fill(
            *places[face][turn].T,
            facecolor="none" if empty else fill,
            edgecolor=COLOURS["vermillion" if empty else "blue"],
            alpha=1 if empty else (0.55 if dimension == 2 else 0.3),
            linewidth=1.5,
            linestyle="dashed" if empty else "solid",
            label=words if k == 0 else None,
            **look,
        )


def _payoffs(point: Floats) -> str:
    tiny = 1e-12 * np.abs(point).max(initial=0.0)
    return "(" + ", ".join(short(0.0 if abs(each) <= tiny else each) for each in point) + ")"
