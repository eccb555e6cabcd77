"""Pictures of lines: how something that a model or an offer gives moves with one number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._pictures import (
    COLOURS,
    MARKERS,
    WIDTH,
    Picture,
    add_legend,
    colour,
    light,
    name_axes,
    new_figure,
    short,
    style,
)
from bargain.errors import BargainError

LINES = ("solid", "dashed", "dashdot", "dotted")
MOST_LINES = 8
MARKS_PER_LINE = 9


def plot_lines(
    x: npt.ArrayLike,
    series: Mapping[str, npt.ArrayLike],
    *,
    x_label: str,
    y_label: str,
    title: str,
    points: Mapping[str, tuple[float, float]] | None = None,
) -> Picture:
    """Draw up to eight lines over one number; kinds of line and marks tell them apart as well as colours.

    Parameters
    ----------
    x : (k,) array
        Rising, at least two numbers.
    series : mapping of name to (k,) array
        NaN where there is no value: the line has a gap there.
    x_label, y_label : str
        What is drawn, with its unit.
    title : str
        What the picture shows, in a line.
    points : mapping of name to (x, y)
        Single points to mark, such as an offer as it stands.

    Returns
    -------
    Picture

    Raises
    ------
    BargainError   if the numbers do not rise, a line has another length or no value at all, or there are too many lines

    Examples
    --------
    >>> import bargain as bg
    >>> import numpy as np
    >>> years = np.arange(1, 4)
    >>> words = {"x_label": "year", "y_label": "worth today", "title": "Patience"}
    >>> bg.plot_lines(years, {"at 0.9": 0.9**years}, **words).alt_text
    'Patience. Worth today over year. At 0.9: from 0.9 at 1 to 0.729 at 3.'
    """
    across = np.asarray(x, dtype=float)
    if across.ndim != 1 or len(across) < 2 or not (np.diff(across) > 0).all():
        raise BargainError("The numbers across must be two or more, each above the one before.")
    if not 1 <= len(series) <= MOST_LINES:
        raise BargainError(
            f"{len(series)} lines: one to {MOST_LINES} can be told apart. Draw them in several pictures."
        )
    lines = {name: np.asarray(values, dtype=float) for name, values in series.items()}
    for name, values in lines.items():
        if values.shape != across.shape or not np.isfinite(values).any():
            raise BargainError(
                f"{name}: {len(across)} numbers are needed, one for each number across, not all missing."
            )
    words = [f"{title}.", f"{_capital(' '.join(y_label.split()))} over {x_label}."]
    words += [f"{_capital(name)}: {_said(across, values)}." for name, values in lines.items()]
    words += [f"{_capital(name)}: {short(at[1])} at {short(at[0])}." for name, at in (points or {}).items()]
    with style():
        from matplotlib.ticker import MaxNLocator

        figure = new_figure(WIDTH, 4.4 + 0.22 * len(lines), title)
        panel = figure.subplots()
        step = max(1, (len(across) - 1) // MARKS_PER_LINE)
        for k, (name, values) in enumerate(lines.items()):
            # Marks of different lines stand at different places, so that lines that meet can be followed.
            look: dict[str, Any] = {"linestyle": LINES[k % len(LINES)], "marker": MARKERS[k], "color": colour(k)}
            start = k * step // len(lines)
            panel.plot(across, values, markevery=(start, step), ms=6, linewidth=2, label=name, clip_on=False, **look)
        for k, (name, at) in enumerate((points or {}).items()):
            mark: dict[str, Any] = {"color": COLOURS["black"], "markeredgecolor": "white", "zorder": 5}
            panel.plot(*at, MARKERS[-1 - k], ms=14, label=f"{name}: {short(at[1])}", clip_on=False, **mark)
        drawn = np.concatenate([*lines.values(), [at[1] for at in (points or {}).values()]])
        if np.nanmin(drawn) < 0 < np.nanmax(drawn):
            panel.axhline(0, color=COLOURS["black"], linewidth=0.8)
        panel.set_xlim(across[0], across[-1])
        if (across == across.round()).all():
            panel.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        name_axes(panel, x_label, " ".join(y_label.split()))
        light(panel)
        add_legend(figure)
    return Picture(figure, title, " ".join(words))


def _said(x: npt.NDArray[Any], y: npt.NDArray[Any]) -> str:
    """A line in words: its ends, and where it is highest or lowest in between."""
    there = np.flatnonzero(np.isfinite(y))
    first, last = there[0], there[-1]
    ends = [first, last]
    text = " to ".join(f"{short(float(y[at]))} at {short(float(x[at]))}" for at in ends)
    text = f"from {text}"
    if y[there].min() == y[there].max():
        return f"{short(float(y[first]))} throughout"
    for what, pick in (("highest", np.nanargmax), ("lowest", np.nanargmin)):
        at = pick(y)
        if not np.isclose(y[at], y[ends], rtol=1e-6, atol=0).any():
            text += f", {what} {short(float(y[at]))} at {short(float(x[at]))}"
    return text


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
