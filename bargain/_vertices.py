"""Vertices of best-reply polytopes: found in floats and proved to be all, or in whole numbers where that fails.

The polytope of a player with m actions whose opponent has n replies is {x >= 0, x @ T <= 1}, T the opponent's payoffs
made positive. Its labels are bits: bit i for x_i = 0, bit m + j for reply j being best (column j of T tight).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_VERTICES = 60_000
"""Vertices met at one time up to which a polytope is enumerated in floats: random games of 15 x 15."""
MOST_RAYS = 6_000
"""The same in whole numbers."""
MOST_COMPARISONS = 400_000_000
"""Comparisons of labels that the enumeration in whole numbers may make: a few seconds."""
MOST_LABELS = 40
"""Labels up to which a face and the number of a vertex fit together into 63 bits."""
NUMBER, PLACE = 16, 6
"""Bits that hold the number of a vertex, and the row in which a label of it stands."""
TIE = 1e-11
"""A slack below this, of payoffs scaled to 1, is left to whole numbers."""
LARGEST_SUM = 4.5
"""Largest sum of the coordinates of a point that the bound on rounding allows for; at a vertex it is at most 4."""
UNIT = 2.0**-53
"""Half the distance from 1 to the next float."""


class OutOfReachError(Exception):
    """There are more vertices than are enumerated."""


def simple_vertices(payoffs: Sequence[Sequence[int]]) -> tuple[Ints, Ints] | None:
    """Return the label masks of all vertices if each has exactly as many labels as there are actions.

    The inequalities are added one by one; each cuts the edges between a vertex that satisfies it and one that does
    not, and since every vertex is simple an edge is a pair of vertices with one label apart. The result is proved as
    in `_unproved`. None: there are ties or near ties, and whole numbers must decide.

    Returns
    -------
    masks : (k,) array, the origin (no strategy) among them
    doubtful : positions of vertices that the proof leaves to an exact check; the rest stands or falls with them

    Raises
    ------
    OutOfReachError   with more than `MOST_VERTICES` vertices
    """
    m, n = len(payoffs), len(payoffs[0])
    low, high = min(map(min, payoffs)), max(map(max, payoffs))
    if m + n > MOST_LABELS or (high == low and n > 1):
        return None
    span = max(high - low, 1)
    table = np.array([[(entry - low) / span for entry in row] for row in payoffs]) + 0.25
    labels = np.tile(np.arange(m)[:, None], m + 1)
    labels[np.arange(m), np.arange(1, m + 1)] = m
    points = np.zeros((m, m + 1))
    points[np.arange(m), np.arange(1, m + 1)] = 1 / table[:, 0]
    for j in range(1, n):
        slack = 1 - table[:, j] @ points
        if np.abs(slack).min() < TIE:
            return None
        beyond = slack < 0
        if not beyond.any():
            continue
        keys = _edges(labels)
        side = beyond[keys & (1 << NUMBER) - 1]
        cut = np.flatnonzero((side[1:] != side[:-1]) & (keys[1:] ^ keys[:-1] < 1 << NUMBER + PLACE))
        (first, row), (second, _) = _ends(keys[cut]), _ends(keys[cut + 1])
        here, there = np.abs(slack[first]), np.abs(slack[second])
        crossing, target = points[:, first], points[:, second]
        target -= crossing
        target *= here / (here + there)
        crossing += target
        points = np.concatenate([points[:, ~beyond], crossing], axis=1)
        added = labels[:, first]
        added[row, np.arange(len(first))] = m + j
        labels = np.concatenate([labels[:, ~beyond], added], axis=1)
        if labels.shape[1] > MOST_VERTICES:
            raise OutOfReachError
    doubtful = _unproved(table, labels, points)
    return None if doubtful is None else (_masks(labels), doubtful)


def _masks(labels: Ints) -> Ints:
    masks: Ints = np.bitwise_or.reduce(np.int64(1) << labels, axis=0)
    return masks


def _edges(labels: Ints) -> Ints:
    """All ways to drop one label of one vertex, as sorted keys: what is left, the row of that label, the vertex."""
    bits = np.int64(1) << NUMBER + PLACE << labels
    vertices = np.bitwise_or.reduce(bits, axis=0) | np.arange(labels.shape[1])
    bits ^= np.arange(len(labels))[:, None] << NUMBER
    bits ^= vertices
    keys = bits.ravel()
    keys.sort()
    return keys


def _ends(keys: Ints) -> tuple[Ints, Ints]:
    """The vertices and the rows of keys."""
    return keys & (1 << NUMBER) - 1, keys >> NUMBER & (1 << PLACE) - 1


def _unproved(table: Floats, labels: Ints, points: Floats) -> Ints | None:
    """Prove in floats that these are the labels of all vertices; return which of them need an exact check.

    A column of `labels` names m inequalities. Two things make the list whole: each such set determines a vertex at
    which all others are strictly slack, and each of its m subsets of m - 1 labels, an edge, belongs to just one other
    column. Then the list is closed under moving along edges, and the graph of a polytope is connected (Balinski 1961).

    The second is checked on the labels. The first: let v be the computed point of a column S, w_k the one that shares
    all but label k, E the matrix of the w_k - v, and sigma_l the true slacks, which are affine. The matrix
    F[l, k] = sigma_l(w_k) - sigma_l(v), l and k in S, is minus the normals of S times E. Off the diagonal it is at
    most 2 rho, rho the largest slack where there should be none; on it, at least sigma_k(w_k) - rho. So if
    tau = min_k sigma_k(w_k) - 2 m rho > 0, then F, with it the matrix of S, is regular, the true vertex is
    v + E c with |c| <= rho / tau, and no slack there differs from that at v by more than m (rho / tau) 2 top, top
    the largest slack anywhere. rho, tau and the slacks include the rounding of the table and of its product with the
    points: less than (8 m + 40) units of 2^-53, as 0 <= x, sum x <= 4.5 and 1/4 <= T <= 5/4.
    """
    m, size = labels.shape
    keys = _edges(labels)
    faces = keys >> NUMBER + PLACE
    if len(faces) % 2 or (faces[::2] != faces[1::2]).any() or (faces[1:-1:2] == faces[2::2]).any():
        return None
    if points.min() < 0 or points.sum(axis=0).max() > LARGEST_SUM:
        return None
    slack = np.concatenate([points, 1 - table.T @ points])
    rounding = (8 * m + 40) * UNIT
    rho = float(np.abs(np.take_along_axis(slack, labels, axis=0)).max()) + rounding
    top = float(np.abs(slack).max()) + rounding
    lengths = np.empty((m, size))
    (here, row), (there, other) = _ends(keys[::2]), _ends(keys[1::2])
    lengths[row, here] = slack[labels[row, here], there]
    lengths[other, there] = slack[labels[other, there], here]
    tau = lengths.min(axis=0) - rounding - 2 * m * rho
    np.put_along_axis(slack, labels, np.inf, axis=0)
    gap = slack.min(axis=0) - rounding
    proved = (tau > 0) & (gap > 0) & (gap * tau > 2.1 * m * rho * top)
    return np.flatnonzero(~proved)


def exact_vertices(payoffs: Sequence[Sequence[int]]) -> tuple[npt.NDArray[Any], npt.NDArray[np.object_]]:
    """Return label masks and strategies, in whole numbers up to their sum, of all vertices but the origin.

    Double description (Motzkin, Raiffa, Thompson, Thrall 1953) on the cone {(x, v): x >= 0, v >= x @ payoffs}: the
    inequalities are added one by one, and each cuts the edges between a ray that satisfies it and a ray that does
    not. Two rays span an edge iff no third ray is tight wherever both are; where one of them is tight in exactly m
    inequalities it is enough that they share m - 1. Numbers stay in 64 bits as long as a bound on the next step
    allows, and are Python's from then on.

    Raises
    ------
    OutOfReachError   with more than `MOST_RAYS` rays or `MOST_COMPARISONS` comparisons
    """
    m, n = len(payoffs), len(payoffs[0])
    low = min(map(min, payoffs))
    table = np.array([[entry - low for entry in row] for row in payoffs], dtype=object)
    tight = np.zeros((m + 1, m + n), dtype=bool)
    tight[:, :m] = True
    tight[np.arange(1, m + 1), np.arange(m)] = False
    tight[1:, m] = True
    rays = np.zeros((m + 1, m + 1), dtype=object)
    rays[0, m] = 1
    rays[np.arange(1, m + 1), np.arange(m)] = 1
    rays[1:, m] = table[:, 0]
    if int(table.max()) < 2**31:
        table, rays = table.astype(np.int64), rays.astype(np.int64)
    budget = MOST_COMPARISONS
    for j in range(1, n):
        if rays.dtype != object:
            largest = int(np.abs(rays).max())
            slack_bound = largest * (1 + m * int(table[:, j].max()))
            if 2 * slack_bound * largest >= 2**62:
                table, rays = table.astype(object), rays.astype(object)
        slack = rays[:, m] - rays[:, :m] @ table[:, j]
        above, below = np.flatnonzero(slack > 0), np.flatnonzero(slack < 0)
        tight[:, m + j] = slack == 0
        if not len(below):
            continue
        budget -= len(above) * len(below)
        if budget < 0:
            raise OutOfReachError
        labels = tight[:, : m + j].astype(np.float32)
        shared = labels[above] @ labels[below].T
        first, second = (ends[at] for ends, at in zip((above, below), np.nonzero(shared >= m - 1), strict=True))
        count = labels.sum(axis=1)
        sure = (count[first] == m) | (count[second] == m)
        doubted = np.flatnonzero(~sure)
        budget -= len(doubted) * len(rays)
        if budget < 0:
            raise OutOfReachError
        for start in range(0, len(doubted), 2048):
            part = doubted[start : start + 2048]
            common = labels[first[part]] * labels[second[part]]
            holders = (common @ labels.T == common.sum(axis=1, keepdims=True)).sum(axis=1)
            sure[part] = holders == 2
        first, second = first[sure], second[sure]
        joined = rays[second] * slack[first, None] - rays[first] * slack[second, None]
        joined //= np.gcd.reduce(joined, axis=1)[:, None]
        marks = tight[first] & tight[second]
        marks[:, m + j] = True
        stays = slack >= 0
        rays = np.concatenate([rays[stays], joined])
        tight = np.concatenate([tight[stays], marks])
        if len(rays) > MOST_RAYS:
            raise OutOfReachError
    played = (rays[:, :m] != 0).any(axis=1)
    bits = np.array([1 << label for label in range(m + n)], dtype=np.int64 if m + n < 63 else object)
    return tight[played] @ bits, rays[played, :m].astype(object)
