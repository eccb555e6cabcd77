"""Convex sets of pairs of numbers: their corners, where a line cuts them, how far a point lies outside.

What works on plain numbers works on floats and on fractions alike; corners run counter-clockwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bargain.games import Floats

Pair = tuple[Any, Any]

ANGLES = np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
DIRECTIONS = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
"""(64, 2): the directions in which two sets are compared."""
FEW = 200


def hull(points: Sequence[Pair], slack: float = 0) -> list[Pair]:
    """Return the corners of the convex hull, from the lexicographically least (Andrew's monotone chain).

    Corners within `slack` of the others' hull may be left out; a segment has two corners, a point one.
    """
    ordered = sorted(set(points))
    if len(ordered) > 2:
        ordered = [*_chain(ordered)[:-1], *_chain(ordered[::-1])[:-1]]
    return _simplified(ordered, slack) if slack else ordered


def _chain(ordered: Sequence[Pair]) -> list[Pair]:
    kept: list[Pair] = []
    for c in ordered:
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (c[0] - a[0]) * (b[1] - a[1]) < (c[1] - a[1]) * (b[0] - a[0]):
                break
            kept.pop()
        kept.append(c)
    return kept


def _simplified(corners: list[Pair], slack: float) -> list[Pair]:
    """Leave out corners that are within `slack` of the segment between their neighbours."""
    at = 0
    while at < len(corners) and len(corners) > 1:
        a, b, c = corners[at - 1], corners[at], corners[(at + 1) % len(corners)]
        ax, ay, cx, cy = a[0] - b[0], a[1] - b[1], c[0] - b[0], c[1] - b[1]
        near = max(abs(ax), abs(ay)) <= slack or max(abs(cx), abs(cy)) <= slack
        between = ax * cx + ay * cy < 0 and abs(ax * cy - ay * cx) <= slack * (abs(ax - cx) + abs(ay - cy))
        if near or (between and len(corners) > 2):
            del corners[at]
        else:
            at += 1
    return corners


def hull_of_array(points: Floats, slack: float) -> list[Pair]:
    """Return `hull` of the rows of a (k, 2) array; of many rows those well inside are dropped first."""
    if len(points) > FEW:
        extremes = hull([(x, y) for x, y in points[(DIRECTIONS @ points.T).argmax(axis=1)].tolist()], slack)
        points = np.vstack([points[outside(points, np.array(extremes)) > 0], extremes])
    return hull([(x, y) for x, y in points.tolist()], slack)


def cut(corners: Sequence[Pair], axis: int, at: Any, slack: float = 0) -> tuple[Any, Any] | None:
    """Return the least and greatest other coordinate where coordinate `axis` is `at`; None if it never is.

    Corners within `slack` of the line count as on it: rounding must not tell the two ends of an edge apart.
    """
    other = 1 - axis
    values = []
    a = corners[-1]
    p = a[axis] - at
    for b in corners:
        q = b[axis] - at
        if -slack <= q <= slack:
            values.append(b[other])
        elif p < 0 < q or q < 0 < p:
            values.append(a[other] - (b[other] - a[other]) * p / (q - p))
        a, p = b, q
    return (min(values), max(values)) if values else None


def cuts(corners: Floats, axis: int, at: Floats, slack: float) -> tuple[Floats, Floats]:
    """Return `cut` for many lines: least and greatest other coordinate, infinite (wrongly ordered) where empty."""
    a, b = corners[np.arange(-1, len(corners) - 1), :, None], corners[:, :, None]
    p, q, low, high = a[:, axis], b[:, axis], a[:, 1 - axis], b[:, 1 - axis]
    part = (at - p) / np.where(q == p, 1.0, q - p)
    reached = np.abs(at - q) <= slack
    values = np.where(reached, high, low + (high - low) * part)
    met = reached | ((q != p) & (part > 0) & (part < 1))
    return np.where(met, values, np.inf).min(axis=0), np.where(met, values, -np.inf).max(axis=0)


def sides(corners: Floats) -> tuple[Floats, Floats]:
    """Return unit normals (k, 2) and offsets (k,) of half-planes whose intersection is the hull of the corners."""
    if len(corners) == 1:
        normals = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
        return normals, normals @ corners[0]
    steps = corners[np.arange(1 - len(corners), 1)] - corners
    normals = np.stack([steps[:, 1], -steps[:, 0]], axis=1)
    if len(corners) == 2:
        normals = np.vstack([normals, steps])
    normals = normals / np.hypot(normals[:, 0], normals[:, 1])[:, None]
    return normals, np.asarray((normals @ corners.T).max(axis=1))


def outside(points: Floats, corners: Floats) -> Floats:
    """Return how far each of (..., 2) points violates a side of the hull of the corners; at most 0 inside."""
    normals, offsets = sides(corners)
    beyond = normals @ points.reshape(-1, 2).T - offsets[:, None]
    return np.asarray(beyond.max(axis=0).reshape(points.shape[:-1]))


def distance(a: Floats, b: Floats) -> float:
    """Return the largest difference in how far two sets reach, over `DIRECTIONS` and the sides of both."""
    normals = np.vstack([DIRECTIONS, sides(a)[0], sides(b)[0]])
    return float(np.abs((normals @ a.T).max(axis=1) - (normals @ b.T).max(axis=1)).max())
