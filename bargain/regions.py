"""The verdict over two numbers of a document: where the offer holds, and what fails first where it does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._tables import Tabular
from bargain.errors import DocumentError
from bargain.findings import Verdict, number
from bargain.games import Floats
from bargain.offers import Offer
from bargain.verdict import check

Span = tuple[float, float]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Regions(Tabular):
    """What the verdict is at each pair of two numbers.

    Attributes
    ----------
    offer : Offer
        As it stands, with the numbers in `present`.
    x, y : str
        Paths of the two numbers.
    xs, ys : (k,), (m,) arrays
        Their values.
    causes : (m, k) array of str
        At `(ys[j], xs[i])`: "holds", "undecided", "not an offer" where the document refuses the pair, else the
        check that fails by the largest margin, in its own unit.
    present : (float, float)
        The offer's own numbers.
    """

    offer: Offer
    x: str
    y: str
    xs: Floats
    ys: Floats
    causes: npt.NDArray[np.str_]
    present: tuple[float, float]

    @property
    def share(self) -> float:
        """The share of the pairs at which the offer holds."""
        return float((self.causes == "holds").mean())

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a pair, for a table."""
        return [
            {self.x: float(x), self.y: float(y), "verdict": str(self.causes[j, i])}
            for j, y in enumerate(self.ys)
            for i, x in enumerate(self.xs)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the regions as plain data."""
        return {
            "x": self.x,
            "y": self.y,
            "xs": self.xs.tolist(),
            "ys": self.ys.tolist(),
            "verdicts": self.causes.tolist(),
            "present": list(self.present),
            "share": self.share,
        }

    def __str__(self) -> str:
        names, counts = np.unique(self.causes, return_counts=True)
        order = sorted(zip(names, counts, strict=True), key=lambda pair: (pair[0] != "holds", -pair[1]))
        lines = [f"In this model, over {self.causes.size} pairs of {self.x} and {self.y}:"]
        lines += [f"  {number(100 * count / self.causes.size)} % {_words(str(name))}" for name, count in order]
        return "\n".join(lines)


def _words(cause: str) -> str:
    return cause if cause in ("holds", "undecided", "not an offer") else f"fails, most by {cause}"


def verdict_regions(
    offer: Offer,
    x: str,
    y: str,
    *,
    spans: Mapping[str, Span] | None = None,
    points: int = 21,
    progress: Progress | None = None,
) -> Regions:
    """Check an offer at each pair of two of its numbers.

    Parameters
    ----------
    offer : Offer
    x, y : str
        Paths of two numbers, e.g. "terms.fund.value" and "players.Leader.discount". A cost that equals its value
        moves with it.
    spans : mapping from path to (least, greatest), optional
        Unstated: from 0 to twice the number, a probability or discount factor over all it can be.
    points : int
        Values of each number, at least 2. The cost is points^2 checks, a few milliseconds each.
    progress : callable, optional
        Called with the pairs done and their number.

    Returns
    -------
    Regions

    Raises
    ------
    DocumentError   for a path that names no number of the document

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/unpaid.yaml")
    >>> spans = {"terms.fund.value": (0, 10), "players.Leader.discount": (0, 0.9)}
    >>> print(bg.verdict_regions(offer, *spans, spans=spans, points=6))
    In this model, over 36 pairs of terms.fund.value and players.Leader.discount:
      50 % holds
      30.5556 % fails, most by compliance
      19.4444 % fails, most by credibility
    """
    if points < 2:
        raise ValueError(f"points is {points}; at least 2 are needed.")
    numbers = offer.numbers()
    for path in (x, y):
        if path not in numbers:
            offer.replace({path: 0.0})  # raises, with the nearest path
            numbers = {**numbers, path: 0.0}
    xs, ys = (np.linspace(*(spans or {}).get(path, _span(path, numbers[path])), points) for path in (x, y))
    follow = {path: path.removesuffix("value") + "cost" for path in (x, y) if path.endswith(".value")}
    follow = {path: cost for path, cost in follow.items() if numbers.get(cost) == numbers[path] and cost not in (x, y)}
    causes = np.empty((points, points), dtype="<U32")
    for j, b in enumerate(ys.tolist()):
        for i, a in enumerate(xs.tolist()):
            changes = {x: a, y: b}
            changes |= {cost: changes[path] for path, cost in follow.items()}
            try:
                causes[j, i] = _cause(check(offer.replace(changes), cross_check=False))
            except DocumentError:
                causes[j, i] = "not an offer"
            if progress is not None:
                progress(j * points + i + 1, points * points)
    return Regions(offer, x, y, xs, ys, causes, (float(numbers[x]), float(numbers[y])))


def _span(path: str, value: float) -> Span:
    if path.endswith((".discount", ".detection", ".probability")):
        return (0.0, 0.99) if path.endswith(".discount") else (0.0, 1.0)
    return (0.0, 2 * value) if value > 0 else (2 * value, 0.0) if value < 0 else (0.0, 1.0)


def _cause(verdict: Verdict) -> str:
    if verdict.holds is not False:
        return "holds" if verdict.holds else "undecided"
    return min(verdict.failures, key=lambda finding: finding.margin or 0.0).check
