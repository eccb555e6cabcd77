"""What stands one above the other in a picture of claims: lines, marks and regions, each drawn and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from bargain._pictures import COLOURS, MARKERS, colour, name_axes, short
from bargain.verdict_plots import HATCHES, _boxes, _edges

DASHES = ("solid", "dashed", "dotted", "dashdot")
STROKES = tuple(hatch for hatch in HATCHES if not set(hatch) & set(".o"))
"""Hatches of straight lines: dots and rings make a file ten times as large."""


class Panel(Protocol):
    """One of the drawings that stand one above the other."""

    def words(self) -> str:
        """What it shows, in words and numbers."""

    def draw(self, axes: Any) -> None:
        """Draw it, with what belongs in its legend labelled."""


@dataclass(frozen=True)
class Lines:
    """Lines over one number."""

    across: str
    upwards: str
    x: Sequence[float]
    lines: Mapping[str, Sequence[float]]

    def words(self) -> str:
        """The lines in words: their values at both ends and in the middle."""
        at = sorted({0, len(self.x) // 2, len(self.x) - 1})
        said = []
        for name, y in self.lines.items():
            known = [k for k in range(len(y)) if np.isfinite(y[k])]
            shown = at if len(known) == len(y) else sorted({known[0], known[-1]})
            said.append(f"{name}: " + ", ".join(f"{short(float(y[k]))} at {short(float(self.x[k]))}" for k in shown))
        return f"{self.upwards.capitalize()} over {self.across}. " + "; ".join(said) + "."

    def draw(self, axes: Any) -> None:
        """Draw the lines, told apart by dashes and marks as well as by colour."""
        for k, (name, y) in enumerate(self.lines.items()):
            every = max(1, len(self.x) // 8)
            axes.plot(
                self.x, y, color=colour(k), linestyle=DASHES[k % 4], marker=MARKERS[k], markevery=every, label=name
            )
        name_axes(axes, self.across, self.upwards)
        axes.margins(y=0.12)
        axes.locator_params(axis="y", nbins=6)
        if all(isinstance(each, int) for each in self.x):
            axes.set_xticks(self.x[:: 1 + len(self.x) // 8])


@dataclass(frozen=True)
class Marks:
    """A few numbers for each of several named things, one row a thing."""

    across: str
    names: Sequence[str]
    marks: Mapping[str, Sequence[float]]

    def words(self) -> str:
        """All of the numbers."""
        said = (
            f"{name}: " + ", ".join(f"{what} {short(float(x[k]))}" for what, x in self.marks.items())
            for k, name in enumerate(self.names)
        )
        return f"{self.across.capitalize()}. " + "; ".join(said) + "."

    def draw(self, axes: Any) -> None:
        """Draw a row of marks for each thing, the first on top; a mark over another leaves its rim to be seen."""
        rows = range(len(self.names), 0, -1)
        for k, (what, x) in enumerate(self.marks.items()):
            axes.plot(x, rows, linestyle="none", color=colour(k), marker=MARKERS[k], ms=11 - 4 * k, label=what)
        ends = list(self.marks.values())
        axes.hlines(rows, np.min(ends, axis=0), np.max(ends, axis=0), color=COLOURS["grey"], zorder=1)
        axes.set_yticks(list(rows), self.names)
        axes.set_ylim(0.4, len(self.names) + 0.6)
        axes.set_xlabel(self.across)


@dataclass(frozen=True)
class Regions:
    """Which of several things is the case, over two numbers: `found[j][i]` at x[i] and y[j]."""

    across: str
    upwards: str
    x: Sequence[float]
    y: Sequence[float]
    found: Sequence[Sequence[str]]

    def words(self) -> str:
        """The order of the regions along the lowest, the middle and the highest row."""
        said = []
        for j in (0, len(self.y) // 2, len(self.y) - 1):
            turns = [i for i, name in enumerate(self.found[j]) if i == 0 or name != self.found[j][i - 1]]
            rows = ", ".join(f"{self.found[j][i]} from {short(float(self.x[i]))}" for i in turns)
            said.append(f"at {short(float(self.y[j]))}: {rows}")
        return f"Over {self.across}, by {self.upwards}: {'; '.join(said)}."

    def draw(self, axes: Any) -> None:
        """Fill each region with strokes of its own."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        found, edges = np.array(self.found), [_edges(np.asarray(each)) for each in (self.x, self.y)]
        for k, name in enumerate(sorted(set(found.ravel().tolist()))):
            boxes = [
                Path([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)], closed=True)
                for x, y, wide, high in _boxes(found == name, *edges)
            ]
            shape = Path.make_compound_path(*boxes)
            axes.add_patch(PathPatch(shape, fc="white", ec=colour(k), hatch=STROKES[k], linewidth=0, label=name))
        axes.set_xlim(edges[0][0], edges[0][-1])
        axes.set_ylim(edges[1][0], edges[1][-1])
        name_axes(axes, self.across, self.upwards)
