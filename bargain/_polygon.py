"""Bargaining in closed form: two players over a polygon, edge by edge; any players over a list of outcomes."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt

from bargain._feasible import ROUNDING, Answer, Points, Rule, Status
from bargain.findings import number
from bargain.games import Floats


def upper_right(gains: Floats) -> list[int]:
    """Return the corners of the frontier of a polygon, rows of a (k, 2) table, by increasing first gain.

    From the best point for player 2 to the best one for player 1; along it each step gains one and costs the other.
    """
    order = np.lexsort((gains[:, 1], gains[:, 0]))[::-1]
    chain: list[int] = []
    highest = -np.inf
    for k in order:
        if gains[k, 1] <= highest:
            continue
        highest = gains[k, 1]
        while len(chain) > 1 and _turn(gains[chain[-2]], gains[chain[-1]], gains[k]) <= 0:
            chain.pop()
        chain.append(int(k))
    return chain[::-1]


def _turn(a: Floats, b: Floats, c: Floats) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def rational_part(corners: Floats) -> Floats | None:
    """Return the corners of the part of a frontier on which nobody loses, None if there is none."""
    part: Floats | None = corners
    for _ in range(2):
        part = None if part is None else _from_zero(part)[::-1, ::-1] if part[-1, 0] >= 0 else None
    return part


def _from_zero(corners: Floats) -> Floats:
    """Cut off what lies left of a first gain of zero."""
    first = int(np.argmax(corners[:, 0] >= 0))
    rest = corners[first:]
    if first == 0 or rest[0, 0] == 0:
        return rest
    (x, y), (right, low) = corners[first - 1], rest[0]
    height = y + (low - y) * (x / (x - right))
    size = max(abs(y), abs(low))
    return np.vstack([[0.0, 0.0 if abs(height) <= ROUNDING * size else height], rest])


def equal_point(corners: Floats, directions: Floats) -> Floats:
    """Return the point of a frontier where the least of gains / directions is greatest."""
    lead = corners[:, 0] * directions[1] - corners[:, 1] * directions[0]
    if lead[0] >= 0:
        return np.asarray(corners[0])
    if lead[-1] <= 0:
        return np.asarray(corners[-1])
    k = int(np.argmax(lead >= 0))
    part = lead[k - 1] / (lead[k - 1] - lead[k])
    return np.asarray(corners[k - 1] + part * (corners[k] - corners[k - 1]))


def nash_point(corners: Floats, weights: Floats) -> Floats:
    """Return the point of a frontier without losses where the weighted product of gains is greatest."""
    points = [corners[0], corners[-1]]
    for a, b in itertools.pairwise(corners):
        step = b - a
        part = -(weights[0] * step[0] * a[1] + weights[1] * step[1] * a[0]) / (weights.sum() * step[0] * step[1])
        points.append(a + min(max(part, 0.0), 1.0) * step)
    with np.errstate(divide="ignore"):
        values = [float(weights @ np.log(point)) for point in points]
    return np.asarray(points[int(np.argmax(values))])


def solve_polygon(rule: Rule, feasible: Points, disagreement: Floats, weights: Floats) -> Answer:
    """Solve for two players who may draw lots between the outcomes."""
    scale = feasible.spread(disagreement)
    gains = feasible.gains(disagreement) / scale
    chain = upper_right(gains)
    corners = gains[chain]
    part = rational_part(corners)
    if part is None:
        closest = equal_point(corners, np.ones(2))
        return Answer("not rational", losing(closest * scale))
    ideal = np.array([part[-1, 0], part[0, 1]])
    worth = weights * (scale if rule == "utilitarian" else 1.0)
    shares = weights * (ideal if rule == "Kalai-Smorodinsky" else 1 / scale)
    if rule == "Nash":
        found = nash_point(part, weights)
    elif rule == "utilitarian":
        total = part @ worth
        found = equal_point(part[total >= total.max() - ROUNDING * np.abs(total).max()], ideal)
    else:
        found = equal_point(part, shares)
    lottery, around = _place(corners, found)
    whole = np.zeros(len(gains))
    whole[chain] = lottery
    status, why = gaining(ideal)
    return Answer(
        status,
        why,
        payoffs=whole @ feasible.points,
        ideal=disagreement + ideal * scale,
        lottery=whole,
        normals=tuple(normal / scale for normal in _prices(rule, found, around, worth, shares)),
    )


def _place(corners: Floats, point: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """The lottery between corners that gives a point of the frontier, and the normals on its left and right."""
    lottery = np.zeros(len(corners))
    edges = [np.array([a[1] - b[1], b[0] - a[0]]) for a, b in itertools.pairwise(corners)]
    edges = [np.array([0.0, 1.0]), *(edge / edge.sum() for edge in edges), np.array([1.0, 0.0])]
    near = np.abs(corners - point).max(axis=1)
    if near.min() <= 1e-15:
        k = int(near.argmin())
        lottery[k] = 1.0
        return lottery, (edges[k], edges[k + 1])
    k = min(max(int(np.searchsorted(corners[:, 0], point[0])), 1), len(corners) - 1)
    a, b = corners[k - 1], corners[k]
    axis = int(np.abs(b - a).argmax())
    share = min(max((point - a)[axis] / (b - a)[axis], 0.0), 1.0)
    lottery[k - 1], lottery[k] = 1 - share, share
    return lottery, (edges[k], edges[k])


def _prices(rule: Rule, point: Floats, around: tuple[Floats, Floats], worth: Floats, shares: Floats) -> list[Floats]:
    """Prices of scaled gains under which nothing reachable is worth more than the point, as the rule demands."""
    left, right = around
    between = (left + right) / 2
    if rule in ("Nash", "utilitarian"):
        wanted = worth
        if rule == "Nash" and (point > 0).any():
            wanted = np.where(point > 0, worth / np.where(point > 0, point, 1.0), 0.0)
        if (point > 0).all():
            return [wanted]
        # A player without a gain may be given any price above its own that still supports the set.
        of = point > 0 if (point > 0).any() else np.array([True, True])
        return [np.maximum(between * (wanted[of] / between[of]).max(), np.where(point > 0, 0.0, wanted))]
    lead = point[0] * shares[1] - point[1] * shares[0]
    if lead > 0 and left[0] == 0:
        return [left, between]
    if lead < 0 and right[1] == 0:
        return [right, between]
    return [between]


def solve_outcomes(rule: Rule, feasible: Points, disagreement: Floats, weights: Floats) -> Answer:
    """Solve for any number of players who must settle on one of the listed outcomes."""
    gains = feasible.gains(disagreement)
    rational = np.flatnonzero((gains >= 0).all(axis=1))
    if not rational.size:
        closest = gains[int((gains / feasible.spread(disagreement)).min(axis=1).argmax())]
        return Answer("not rational", losing(closest))
    choice = gains[rational]
    ideal = choice.max(axis=0)
    relative = choice[:, ideal > 0] / ideal[ideal > 0]
    if rule == "Nash":
        # Where no outcome makes everybody gain, as many as possible do; among those it is the product that counts.
        gainers = (choice > 0).sum(axis=1)
        logs = np.log(choice, out=np.zeros_like(choice), where=choice > 0)
        tied = _greatest(np.column_stack([gainers, logs @ weights / weights.sum()]))
    elif rule == "utilitarian":
        tied = _greatest((choice @ weights)[:, None])
    else:
        shares = relative / weights[ideal > 0] if rule == "Kalai-Smorodinsky" else choice / weights
        tied = _greatest(np.sort(shares, axis=1))
    tied = tied[_order(relative[tied])]
    lottery = np.zeros(len(gains))
    lottery[rational[tied[0]]] = 1.0
    status, why = gaining(ideal)
    if status == "solved" and rule == "Nash" and (choice[tied[0]] <= 0).any():
        status, why = "some cannot gain", "No outcome lets every player gain; as many as possible do."
    return Answer(
        status,
        why,
        payoffs=feasible.points[rational[tied[0]]].copy(),
        ideal=disagreement + ideal,
        lottery=lottery,
        alternatives=np.unique(feasible.points[rational[tied]], axis=0),
    )


def _greatest(keys: Floats) -> npt.NDArray[np.intp]:
    """The rows that are greatest when compared column after column."""
    rows = np.arange(len(keys))
    for column in keys.T:
        own = column[rows]
        rows = rows[own >= own.max() - ROUNDING * max(1e-300, float(np.abs(own).max()))]
    return rows


def _order(relative: Floats) -> npt.NDArray[np.intp]:
    """The rows from the most to the least equal relative gains, earlier rows first where that leaves a tie."""
    if not relative.shape[1]:
        return np.arange(len(relative))
    first = _greatest(np.sort(relative, axis=1))
    return np.concatenate([first, np.setdiff1d(np.arange(len(relative)), first)])


def gaining(ideal: Floats) -> tuple[Status, str]:
    """Return the status of a problem by the most that each player can gain, and why it is not plainly solved."""
    stuck = [str(i + 1) for i, gain in enumerate(ideal) if gain <= 0]
    if not stuck:
        return "solved", ""
    if len(stuck) == len(ideal):
        return "no gain", "Disagreement is on the frontier: whatever one player gains another loses."
    who = f"Player {stuck[0]}" if len(stuck) == 1 else f"Players {', '.join(stuck)}"
    return "some cannot gain", f"{who} cannot gain unless another loses; the others share what there is."


def losing(closest: Floats) -> str:
    """Say who falls short of disagreement where least is lost."""
    short = [f"player {i + 1} {number(-float(gain))} short" for i, gain in enumerate(closest) if gain < 0]
    return (
        "No outcome gives every player at least its disagreement payoff. The closest leaves "
        f"{' and '.join(short)} of it."
    )
