"""The search behind `sensitivity`: where, on the way out from a number, does a finding first turn?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bargain.errors import BargainError
from bargain.findings import Finding, Status
from bargain.offers import Offer
from bargain.verdict import Evaluation

STEPS = 12
"""Grid points on each side of a number, in equal ratios up to a factor of two."""
PRECISION = 1e-10
"""Width, relative to the number, at which a search for a turning value ends."""
PROBES = 24
"""Evaluations spent on a margin that comes close to zero between two grid points."""

Findings = Mapping[str, Finding]


@dataclass(frozen=True)
class Found:
    """Where the finding `name` turns, and what it turns to."""

    at: float
    name: str
    after: Status
    also: tuple[str, ...] = ()


class Probe:
    """One number of an offer and the findings at other values of it."""

    def __init__(self, offer: Offer, path: str, value: float, base: Findings, *, whole: bool) -> None:
        self.offer = offer
        self.path = path
        self.value = value
        self.base = base
        self.whole = whole
        self.evaluations = 0
        self._seen: dict[float, Findings | None] = {value: base}
        self._changed: dict[float, Offer | None] = {}

    def changed(self, value: float) -> Offer | None:
        """Return the offer with the number at a value, None where that makes no valid document."""
        if value not in self._changed:
            try:
                self._changed[value] = self.offer.replace({self.path: int(value) if self.whole else value})
            except BargainError:
                self._changed[value] = None
        return self._changed[value]

    def findings(self, value: float) -> Findings | None:
        """Return the findings at a value by name, None where they cannot be had."""
        if value not in self._seen:
            offer = self.changed(value)
            found = None
            if offer is not None:
                self.evaluations += 1
                evaluated = Evaluation(offer, cross_check=False).findings
                found = {finding.name: finding for finding in evaluated}
            self._seen[value] = found
        return self._seen[value]

    def turned(self, value: float) -> list[str]:
        """Return the names of the findings that differ in status from those of the offer."""
        found = self.findings(value)
        return [] if found is None else [n for n, was in self.base.items() if found[n].status != was.status]

    def margin(self, value: float, name: str) -> float | None:
        """Return the margin of a finding at a value."""
        found = self.findings(value)
        return None if found is None else found[name].margin

    def after(self, value: float, name: str) -> Status:
        """Return the status of a finding at a value."""
        found = self.findings(value)
        assert found is not None
        return found[name].status

    def distance(self, value: float) -> float:
        """Return how far a value is from the number, relative to it."""
        return abs(value - self.value) / abs(self.value)

    @cached_property
    def above(self) -> tuple[float, ...]:
        """The grid from the number up, as far as the document stays valid."""
        return tuple(self._outwards(1))

    @cached_property
    def below(self) -> tuple[float, ...]:
        """The grid from the number down, as far as the document stays valid."""
        return tuple(self._outwards(-1))

    @property
    def idle(self) -> bool:
        """Whether the number moves no margin at all, next to where it stands and at both ends."""
        base = [(finding.status, finding.margin) for finding in self.base.values()]
        for grid in (self.above, self.below):
            for point in {*grid[:1], *grid[-1:]}:
                found = self.findings(point)
                if found is None or [(each.status, each.margin) for each in found.values()] != base:
                    return False
        return True

    def _outwards(self, direction: int) -> Iterator[float]:
        last = self.value
        for step in range(1, STEPS + 1):
            point = self.value * 2 ** (direction * step / STEPS)
            point = float(round(point)) if self.whole else point
            if point == last:
                continue
            if self.changed(point) is None:
                end = last if self.whole else self._last_valid(last, point)
                if end != last:
                    yield end
                return
            yield point
            last = point

    def _last_valid(self, valid: float, beyond: float) -> float:
        """Return the value closest to the end of the valid range, which is often 1."""
        if valid < 1 < beyond:
            if self.changed(1.0) is not None:
                return 1.0
            beyond = 1.0
        while abs(beyond - valid) > 1e-9 * abs(self.value):
            middle = (valid + beyond) / 2
            if self.changed(middle) is None:
                beyond = middle
            else:
                valid = middle
        return valid


def nearest_turn(probe: Probe) -> Found | None:
    """Return the turn nearest to the number, searched for outwards on both sides."""
    if probe.idle:
        return None
    above = _turn_outwards(probe, probe.above, probe.below, math.inf)
    limit = math.inf if above is None else probe.distance(above.at)
    below = _turn_outwards(probe, probe.below, probe.above, limit)
    return min((turn for turn in (above, below) if turn), key=lambda turn: probe.distance(turn.at), default=None)


def _turn_outwards(probe: Probe, grid: Sequence[float], other: Sequence[float], limit: float) -> Found | None:
    """Walk the grid outwards and return the first turn; give up once the distance passes the limit."""
    # The point before the number is one of the other side, so that a margin least at the number itself is seen.
    path = [point for point in (*other[:1], probe.value) if not probe.turned(point)]
    for point in grid:
        last = path[-1]
        if probe.distance(last) > limit:
            return None
        path.append(point)
        found = _closed_in(probe, last, point) if probe.turned(point) else None
        hidden = _hidden_turn(probe, path[-3:]) if len(path) > 2 else None
        nearest = [turn for turn in (found, hidden) if turn is not None]
        if nearest:
            return min(nearest, key=lambda turn: probe.distance(turn.at))
    return None


def _closed_in(probe: Probe, inside: float, outside: float) -> Found:
    """Return where the first finding turns between a value at which none has and one at which some have."""
    while True:
        name = probe.turned(outside)[0]
        near, far = _crossing(probe, inside, outside, name)
        if not probe.turned(near):
            # A margin below zero by less than the tolerance still counts as a tie: the status is that beyond.
            beyond = far if name in probe.turned(far) else outside
            return Found(far, name, probe.after(beyond, name), _others(name, probe.turned(far)))
        # Another finding has turned before this one.
        outside = near


def _crossing(probe: Probe, inside: float, outside: float, name: str) -> tuple[float, float]:
    """Close in on the value at which a finding turns, by its margin's sign or, failing that, by its status.

    Return a value on either side of it, the one nearer to `inside` first.
    """
    narrow = 1.0 if probe.whole else PRECISION * abs(probe.value)
    start, end = probe.margin(inside, name), probe.margin(outside, name)
    signed = start is not None and end is not None and start * end < 0
    a, b = inside, outside
    at_a, at_b = start or 0.0, end or 0.0
    halve, moved = not signed, 0
    while abs(b - a) > narrow:
        width = abs(b - a)
        least = narrow / width / 2
        step = 0.5 if halve else min(max(at_a / (at_a - at_b), least), 1 - least)
        point = a + step * (b - a)
        if probe.whole:
            point = float(round(min(max(point, min(a, b) + 1), max(a, b) - 1)))
        margin = probe.margin(point, name)
        if signed and margin is not None:
            stays = margin * at_a > 0
        else:
            stays = probe.findings(point) is not None and name not in probe.turned(point)
        if stays:
            a, at_a, at_b = point, margin or at_a, at_b / 2 if moved == 1 else at_b
        else:
            b, at_b, at_a = point, margin or at_b, at_a / 2 if moved == -1 else at_a
        halve = not signed or (abs(b - a) > width / 2 and not halve)
        moved = 1 if stays else -1
    return a, b


def _hidden_turn(probe: Probe, points: Sequence[float]) -> Found | None:
    """Search between three points for a turn that none of them shows: a margin that comes near zero and back."""
    first, middle, last = points
    turned = {name for point in points for name in probe.turned(point)}
    for name in probe.base:
        margins = [None] if name in turned else [probe.margin(point, name) for point in points]
        if any(margin is None for margin in margins):
            continue
        before, at, after = (abs(margin) for margin in margins if margin is not None)
        if at < before and at <= after and at <= max(before, after) - at:
            probed = _probe_between(probe, name, first, last)
            if probed is not None:
                nearer = (first, middle) if (probed - middle) * (last - middle) < 0 else (middle,)
                return _closed_in(probe, min(nearer, key=probe.distance), probed)
    return None


def _probe_between(probe: Probe, name: str, low: float, high: float) -> float | None:
    """Search for the margin's least size by golden sections; return a value at which the finding has turned."""
    ratio = (math.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    for _ in range(PROBES // 2):
        sizes = []
        for point in (left, right):
            if name in probe.turned(point):
                return point
            margin = probe.margin(point, name)
            sizes.append(math.inf if margin is None else abs(margin))
        if sizes[0] <= sizes[1]:
            high, right = right, left
            left = high - ratio * (high - low)
        else:
            low, left = left, right
            right = low + ratio * (high - low)
    return None


def turn_of_an_amount(probe: Probe, evaluation: Evaluation) -> Found | None:
    """Return the nearest turn of a value, cost or escrow: every row is linear in it."""
    system = evaluation.system.with_turns(probe.path, probe.value / 2, 2 * probe.value)
    slopes = system.matrix[:, system.variables.index(probe.path)]
    zeros = [
        probe.value - float(margin) / float(slope)
        for margin, slope in zip(system.slack(), slopes, strict=True)
        if slope
    ]
    found = [turn for end in (2 * probe.value, probe.value / 2) if (turn := _first(probe, zeros, end)) is not None]
    return min(found, key=lambda turn: probe.distance(turn.at), default=None)


def _first(probe: Probe, zeros: Iterable[float], end: float) -> Found | None:
    """Return the first of `zeros` on the way to `end` behind which a finding differs."""
    low, high = sorted((probe.value, end))
    way = sorted({low, high, *(zero for zero in zeros if low <= zero <= high)}, key=probe.distance)
    for at, following in itertools.pairwise(way):
        if abs(following - at) <= 1e-9 * probe.value:
            continue
        beyond = (at + following) / 2
        if turned := probe.turned(beyond):
            return Found(at, turned[0], probe.after(beyond, turned[0]), _others(turned[0], turned))
    return None


def _others(name: str, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)
