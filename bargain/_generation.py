"""Abreu and Sannikov's (2014) iteration from outside, whose limit is the set of equilibrium payoffs of two players.

In floats on payoffs scaled to spread from 0 to 1, and in rationals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bargain._exact import whole_table
from bargain._hull import Pair, cut, cuts, distance, hull, hull_of_array, outside
from bargain._polygon import upper_right
from bargain.games import Floats, NormalFormGame

SLACK = 1e-12
"""Payoffs closer than this count as equal, each player's spread of payoffs being 1."""
ROUNDING = 1e-15
JUMP = 1e-7
"""A last step longer than this, on the same scale, is taken for the end of a finite iteration."""
NEAR = 1e-9
"""What lies deeper than this within a set, on the same scale, lies within it whatever rounding did."""
SHORT = 1e-5
"""Sides shorter than this, but not zero, along an axis make a cut too inexact for that."""
FEW = 36
"""Profiles up to which the iteration in rationals is tried first, and reads all of them in every step."""
MOST_EXACT_PROFILES = 400
MOST_EXACT_STEPS = 40
MOST_EXACT_BITS = 400
MANY = 40
"""Profiles from which on a step is computed on arrays."""
SMALL = 0.003
"""A step shorter than this, on the same scale, may have small ones in its wake, for which few profiles matter."""
WAKE = 4.0
"""How many times as long as that step they may be in all."""
FINER = 1e-4
"""Fewer profiles are looked for once steps are smaller by this,"""
HANDFUL = 16
"""unless there are no more than that: to look costs as much as ten steps."""


class Shrunk(NamedTuple):
    """The outcome of the iteration in floats; no corners: the empty set."""

    corners: list[Pair]
    steps: int
    settled: bool
    jumped: bool
    """Whether it came to its end at once rather than by ever smaller steps, as it does where it is finite."""


class Stage:
    """A game of two players in floats, each player's payoffs scaled to spread from 0 to 1."""

    def __init__(self, game: NormalFormGame, discount: float) -> None:
        table = game.payoffs
        self.low = table.reshape(2, -1).min(axis=1)
        spread = table.reshape(2, -1).max(axis=1) - self.low
        self.spread = np.where(spread > 0, spread, 1.0)
        self.discount = discount
        self.flows = self.scaled(table.reshape(2, -1).T)
        gains = [(table[i].max(axis=i, keepdims=True) - table[i]).ravel() / self.spread[i] for i in (0, 1)]
        self.gains = np.stack(gains, axis=1)
        self.least = (np.array([table[0].max(axis=0).min(), table[1].max(axis=1).min()]) - self.low) / self.spread

    def scaled(self, points: Floats) -> Floats:
        return np.asarray((points - self.low) / self.spread)

    def unscaled(self, corners: Sequence[Pair]) -> Floats:
        return np.asarray(np.array(corners, dtype=float).reshape(-1, 2) * self.spread + self.low)

    def shrink(self, corners: list[Pair], most: int, firmness: float, slack: float) -> Shrunk:
        """Iterate the operator from a set that contains the answer.

        Every tempted player must keep its promise with `firmness` to spare, up to rounding.
        """
        delta = self.discount
        tempted = self.gains * (1 - delta) / delta if delta else np.where(self.gains > 0, np.inf, 0.0)
        wanted = tempted + firmness * (self.gains > 0)
        stay = np.isfinite(wanted).all(axis=1)
        flows, wanted = self.flows[stay], wanted[stay]
        few: list[tuple[Any, Any]] | None = None
        leash = math.inf
        threat = (
            max(float(self.least[0]), min(x for x, _ in corners)),
            max(float(self.least[1]), min(y for _, y in corners)),
        )
        steps, jumped = 0, True
        while steps < most:
            if few is None:
                table = np.array(corners, dtype=float)
                keep = _reachable(table, threat + wanted - SLACK)
                flows, wanted = flows[keep], wanted[keep]
                if len(flows) <= MANY:
                    few, leash = _paired(flows, wanted), math.inf
            if few is None:
                new = hull_of_array(_generated(flows, threat + wanted, table, delta), ROUNDING)
            else:
                few, points = _kept(few, threat, corners, delta)
                new = hull(points, ROUNDING)
            moved = _moved(corners, threat, new) if new else math.inf
            if moved > leash:
                few, leash = None, math.inf
                continue
            steps += 1
            if not new:
                return Shrunk([], steps, True, jumped)
            leash -= moved
            if moved < SMALL and WAKE * moved < leash * FINER and (few is None or len(few) > HANDFUL):
                some = (flows, wanted) if few is None else tuple(map(np.array, zip(*few, strict=True)))
                matter = _mattering(some[0], threat + some[1], np.array(new), delta, WAKE * moved)
                if np.count_nonzero(matter) <= MANY:
                    few, leash = _paired(some[0][matter], some[1][matter]), WAKE * moved
            threat = (max(threat[0], min(x for x, _ in new)), max(threat[1], min(y for _, y in new)))
            corners = new
            if moved <= slack:
                return Shrunk(corners, steps, True, jumped)
            jumped = moved > JUMP
        return Shrunk(corners, most, False, jumped)


def _paired(flows: Floats, wanted: Floats) -> list[tuple[Any, Any]]:
    return list(zip(flows.tolist(), wanted.tolist(), strict=True))


def _kept(
    few: list[tuple[Any, Any]], threat: Pair, corners: list[Pair], delta: float
) -> tuple[list[tuple[Any, Any]], list[Pair]]:
    """The profiles whose demands may still be met, and what they add."""
    alive, points = [], []
    right, top = max(x for x, _ in corners) + SLACK, max(y for _, y in corners) + SLACK
    for profile in few:
        flow, (first, second) = profile
        demand = (threat[0] + first, threat[1] + second)
        if demand[0] <= right and demand[1] <= top:
            alive.append(profile)
            points += continuations(flow, demand, corners, delta, SLACK)
    return alive, points


def _moved(corners: list[Pair], threat: Pair, new: list[Pair]) -> float:
    """How far, at most, a step moved the punishments and, along an axis, the set."""
    moves = [min(x for x, _ in new) - threat[0], min(y for _, y in new) - threat[1]]
    if len(new) == len(corners):
        moves += [max(abs(a - c), abs(b - d)) for (a, b), (c, d) in zip(new, corners, strict=True)]
    else:
        moves.append(distance(np.array(new), np.array(corners)))
    return float(max(moves))


def _mattering(flows: Floats, demands: Floats, corners: Floats, delta: float, leash: float) -> Any:
    """Which profiles may add to the sets to come, as long as set and punishments move by no more than `leash`.

    `demands` are those of the step that led to the corners. What a profile adds later is its own payoff or a
    continuation within the set of now with one coordinate between the demand and twice the leash above it: a box,
    whose corners are looked at. A set that moved by the leash still holds what lies twice as deep in it.
    """
    steady = (flows >= demands - SLACK).all(axis=1)
    added, owner = [flows[steady]], [np.flatnonzero(steady)]
    for axis in (0, 1):
        at, floor = demands[:, axis] - SLACK, demands[:, 1 - axis] - SLACK
        ends = [cuts(corners, axis, at + shift, 2 * leash + SLACK) for shift in (0.0, 2 * leash + 2 * SLACK)]
        greatest = np.maximum(ends[0][1], ends[1][1])
        least = np.minimum(np.maximum(np.minimum(ends[0][0], ends[1][0]), floor), greatest)
        bound = np.flatnonzero(greatest >= floor)
        for shift in (0.0, 2 * leash + 2 * SLACK):
            for value in (least, greatest):
                box = np.stack([at + shift, value] if axis == 0 else [value, at + shift], axis=1)[bound]
                added.append((1 - delta) * flows[bound] + delta * box)
                owner.append(bound)
    near = outside(np.concatenate(added), corners) > -2 * leash
    matter = np.zeros(len(flows), dtype=bool)
    matter[np.concatenate(owner)[near]] = True
    return matter


def _reachable(corners: Floats, demands: Floats) -> Any:
    """Which demands some point of the set meets; the others never will, for the set only shrinks."""
    chain = corners[upper_right(corners)]
    best = np.interp(demands[:, 0], chain[:, 0], chain[:, 1], right=-np.inf)
    return best >= demands[:, 1]


def continuations(
    flow: Sequence[Any], demand: Sequence[Any], corners: Sequence[Pair], delta: Any, slack: float = 0
) -> list[Pair]:
    """Return the payoffs that one profile adds: its own for ever, or those that just hold a player to it."""
    x, y = flow
    own = cut(corners, 0, x, slack) if x >= demand[0] - slack and y >= demand[1] - slack else None
    if own is not None and own[0] - slack <= y <= own[1] + slack:
        return [(x, y)]
    found: list[Pair] = []
    for axis in (0, 1):
        at, floor = demand[axis], demand[1 - axis]
        span = cut(corners, axis, at, slack)
        if span is not None and span[1] >= floor - slack:
            for value in (max(span[0], min(floor, span[1])), span[1]):
                w = (at, value) if axis == 0 else (value, at)
                found.append(((1 - delta) * x + delta * w[0], (1 - delta) * y + delta * w[1]))
    return found


def _generated(flows: Floats, demands: Floats, corners: Floats, delta: float) -> Floats:
    """`continuations` of many profiles at once."""
    return np.concatenate([points for points, _ in _by_profile(flows, demands, corners, delta)])


def _by_profile(
    flows: Floats, demands: Floats, corners: Floats, delta: float
) -> list[tuple[Floats, npt.NDArray[np.int64]]]:
    """The same in parts, with the number of the profile of each point."""
    least, greatest = cuts(corners, 0, flows[:, 0], SLACK)
    steady = (flows >= demands - SLACK).all(axis=1) & (flows[:, 1] >= least - SLACK) & (flows[:, 1] <= greatest + SLACK)
    parts = [(flows[steady], np.flatnonzero(steady))]
    tied = np.flatnonzero(~steady)
    flows, demands = flows[tied], demands[tied]
    for axis in (0, 1):
        at, floor = demands[:, axis], demands[:, 1 - axis]
        least, greatest = cuts(corners, axis, at, SLACK)
        bound = greatest >= floor - SLACK
        for value in (np.maximum(least, np.minimum(floor, greatest)), greatest):
            onwards = np.stack([at, value] if axis == 0 else [value, at], axis=1)
            parts.append(((1 - delta) * flows[bound] + delta * onwards[bound], tied[bound]))
    return parts


def exactly(game: NormalFormGame, delta: Fraction, stage: Stage) -> tuple[list[tuple[Fraction, Fraction]], int] | None:
    """The same iteration in rationals; None unless it comes to a standstill before the numbers grow long."""
    if game.payoffs[0].size > MOST_EXACT_PROFILES:
        return None
    tables, units = zip(*(whole_table(own) for own in game.fractions), strict=True)
    gains = [(own.max(axis=i, keepdims=True) - own).ravel().tolist() for i, own in enumerate(tables)]
    threat = (tables[0].max(axis=0).min(), tables[1].max(axis=1).min())
    odds = (1 - delta) / delta if delta else None
    flows = list(zip(tables[0].ravel().tolist(), tables[1].ravel().tolist(), strict=True))
    asked = [at for at, own in enumerate(zip(*gains, strict=True)) if odds is not None or own == (0, 0)]
    wanted = [(gains[0][at] * odds, gains[1][at] * odds) if odds is not None else (0, 0) for at in asked]
    chosen = [flows[at] for at in asked]
    rough = _Rough(stage, asked, units)
    corners: list[Pair] = hull(flows)
    for steps in range(1, MOST_EXACT_STEPS + 1):
        points: dict[int, list[Pair]] = {}
        new: list[Pair] = []
        rough.start(corners, threat)
        while missing := rough.missing(new, points):
            for at in missing:
                demand = (threat[0] + wanted[at][0], threat[1] + wanted[at][1])
                points[at] = continuations(chosen[at], demand, corners, delta)
            new = hull([point for own in points.values() for point in own])
        if not new:
            return [], steps
        least = (max(threat[0], min(x for x, _ in new)), max(threat[1], min(y for _, y in new)))
        if new == corners and least == threat:
            return [(Fraction(x) / units[0], Fraction(y) / units[1]) for x, y in new], steps
        if max(Fraction(entry).denominator.bit_length() for corner in new for entry in corner) > MOST_EXACT_BITS:
            return None
        corners, threat = new, least
    return None


class _Rough:
    """One step in floats, which says whose continuations can matter to the set: only these are computed exactly.

    A profile is left out only if all its points, or more, are well within what the others generate.
    """

    def __init__(self, stage: Stage, asked: Sequence[int], units: Sequence[int]) -> None:
        self.stage, self.units = stage, units
        self.everyone = set(range(len(asked)))
        low, high = np.abs(stage.low), np.abs(stage.low + stage.spread)
        self.all = len(asked) <= FEW or not stage.discount or bool((np.maximum(low, high) > 1e3 * stage.spread).any())
        self.flows = stage.flows[asked]
        odds = (1 - stage.discount) / stage.discount if stage.discount else 0.0
        self.wanted = stage.gains[asked] * odds

    def scaled(self, corners: Sequence[Pair]) -> Floats:
        plain = [[float(Fraction(x) / self.units[0]), float(Fraction(y) / self.units[1])] for x, y in corners]
        return self.stage.scaled(np.array(plain))

    def start(self, corners: Sequence[Pair], threat: Pair) -> None:
        """Look at one step from these corners and punishments."""
        if self.all:
            return
        table = self.scaled(corners)
        demands = self.scaled([threat])[0] + self.wanted
        sides = np.abs(np.roll(table, -1, axis=0) - table)
        self.doubtful = set(self.everyone) if bool(((sides > 0) & (sides < SHORT)).any()) else set()
        beyond = outside(self.flows, table)
        short = (demands - self.flows).max(axis=1)
        unsure = (np.maximum(beyond, short) >= -NEAR) & (np.maximum(beyond, short) <= NEAR)
        self.doubtful |= set(np.flatnonzero(unsure).tolist())
        parts = _by_profile(self.flows, demands, table, self.stage.discount)
        self.points = np.concatenate([points for points, _ in parts])
        self.owner = np.concatenate([owner for _, owner in parts])

    def missing(self, new: Sequence[Pair], known: Mapping[int, Any]) -> set[int]:
        """The profiles to be computed beside those that are known, which generate `new`."""
        if self.all:
            return self.everyone - known.keys()
        if not known and len(self.points):
            around: Floats = np.array(hull_of_array(self.points, 0.0))
            near = outside(self.points, around) > -1e-7
            return self.doubtful | set(self.owner[near].tolist())
        if not known:
            return self.doubtful
        left = ~np.isin(self.owner, list(known))
        if len(new) > 2 and left.any():
            left[left] = outside(self.points[left], self.scaled(new)) > -NEAR
        return set(self.owner[left].tolist())
