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
"""Labels up to which a face and a place among the labels of all vertices fit together into 63 bits."""
PLACES = 22
"""Bits that hold such a place: those of `MOST_VERTICES` times as many actions as there may be."""
TIE = 1e-11
"""A slack below this, of payoffs scaled to 1, is left to whole numbers."""
LARGEST_SUM = 4.5
"""Largest sum of the coordinates of a point that the bound on rounding allows for; at a vertex it is at most 4."""
KEPT = 1 << 24
"""Bytes of a block after whose release glibc keeps freed memory of this size for the next array. By default it returns
every 128 kB to the system, and a third of the time would go into fetching them again."""
UNIT = 2.0**-53
"""Half the distance from 1 to the next float."""


class OutOfReachError(Exception):
    """There are more vertices than are enumerated."""


def simple_vertices(payoffs: Sequence[Sequence[int]]) -> tuple[Ints, Ints] | None:
    """Return the label masks of all vertices if each has exactly as many labels as there are actions.

    The inequalities are added one by one, those that cut most first; each cuts the edges between a vertex that
    satisfies it and one that does not. As long as every vertex is simple, one edge leaves it for each of its labels,
    and it is kept where that edge ends. The result is proved as in `_unproved`. None: there are ties or near ties, and
    whole numbers must decide.

    Returns
    -------
    masks : (k,) array, the origin (no strategy) among them
    doubtful : positions of vertices that the proof leaves to an exact check; the rest stands or falls with them

    Raises
    ------
    OutOfReachError   with more than `MOST_VERTICES` vertices
    """
    m, n = len(payoffs), len(payoffs[0])
    np.empty(KEPT, dtype=np.int8)  # given back at once
    low, high = min(map(min, payoffs)), max(map(max, payoffs))
    if m + n > MOST_LABELS or (high == low and n > 1):
        return None
    span = max(high - low, 1)
    table = np.array([[(entry - low) / span for entry in row] for row in payoffs]) + 0.25
    first, *others = np.argsort(-table.sum(axis=0), kind="stable").tolist()
    points, marks, ends = _simplex(table[:, first], first)
    masks = marks.sum(axis=1)
    free = np.empty(0, dtype=np.int64)
    for j in others:
        slack = 1 - points @ table[:, j]
        if np.abs(slack).min() < TIE:
            return None
        beyond = slack < 0
        gone = np.flatnonzero(beyond)
        at, place = np.divmod(np.flatnonzero(~beyond.take(ends[gone] // m)), m)
        cut, count = gone[at], len(at)
        if len(points) - len(gone) - len(free) + count > MOST_VERTICES:
            raise OutOfReachError
        stay = ends.take(cut * m + place)
        kept = stay // m
        inside = slack.take(kept)
        outside = slack.take(cut)
        crossings = points.take(cut, axis=0)
        crossings += (points.take(kept, axis=0) - crossings) * (outside / (outside - inside))[:, None]
        labels = marks.take(cut, axis=0)
        lost = np.arange(0, count * m, m) + place
        held = masks.take(cut) ^ labels.take(lost)
        labels.put(lost, labels[:, 0])
        labels[:, 0] = 1 << m + j
        slots = np.concatenate([gone, free])
        if len(slots) < count:
            size = len(points) + count - len(slots)
            slots = np.concatenate([slots, np.arange(len(points), size)])
            for each in (points, marks, ends):
                each.resize((size, m), refcheck=False)
            masks.resize(size, refcheck=False)
        slots, free = slots[:count], slots[count:]
        links = _links(labels, held)
        links += ((slots - np.arange(count)) * m).take(links // m)
        links[:, 0] = stay
        ends.put(stay, slots * m)
        points[slots], marks[slots], ends[slots], masks[slots] = crossings, labels, links, held | 1 << m + j
        points[free] = 0  # beyond no inequality
    if len(free):
        used = np.delete(np.arange(len(points)), free)
        moved = np.zeros(len(points), dtype=np.int64)
        moved[used] = np.arange(len(used)) - used
        points, marks, ends, masks = points[used], marks[used], ends[used], masks[used]
        ends += moved[ends // m] * m
    doubtful = _unproved(table, points, marks, ends // m)
    return None if doubtful is None else (masks, doubtful)


def _simplex(column: Floats, j: int) -> tuple[Floats, Ints, Ints]:
    """The vertices of {x >= 0, x @ column <= 1}, the origin first, one a row: points, labels, ends of edges.

    Labels are single bits. The edge that drops the label at some place ends at vertex `end // m`, which has another
    label for it, at place `end % m`.
    """
    m = len(column)
    own = np.arange(m)
    points = np.zeros((m + 1, m))
    points[own + 1, own] = 1 / column
    marks = np.full((m + 1, m), np.int64(1) << own)
    marks[own + 1, own] = 1 << m + j
    ends = np.full((m + 1, m), (own + 1) * m)
    ends[0] += own
    ends[1:] += own[:, None]
    ends[own + 1, own] = own
    return points, marks, ends


def _links(marks: Ints, held: Ints) -> Ints:
    """Where the edges of the vertices of a new facet end, but for those that leave it, which drop the first label.

    `held` are the labels of each but for the new one. Two vertices with the same labels but one are the ends of an
    edge. There is an even number of them: their labels without the new one are those of a polygon, of which a cut
    leaves an even number of edges.
    """
    links = np.arange(marks.size).reshape(marks.shape)
    keys = (marks[:, 1:] ^ held[:, None]) << PLACES | links[:, 1:]
    met = np.sort(keys, axis=None) & (1 << PLACES) - 1
    links.put(met[::2], met[1::2])
    links.put(met[1::2], met[::2])
    return links


def _unproved(table: Floats, points: Floats, marks: Ints, far: Ints) -> Ints | None:
    """Prove in floats that these are the labels of all vertices; return which of them need an exact check.

    A row of `marks` names m inequalities. Two things make the list whole: each such set determines a vertex at
    which all others are strictly slack, no two rows the same one; and for each m - 1 of its labels there is another
    row that shares just these, the other end of that edge. Then the list is closed under moving along edges, and the
    graph of a polytope is connected (Balinski 1961).

    The second is checked on the labels. The first: let v be the computed point of a row S, w_k the one that shares
    all but label k, E the matrix of the w_k - v, and sigma_l the true slacks, which are affine. The matrix
    F[l, k] = sigma_l(w_k) - sigma_l(v), l and k in S, is minus the normals of S times E. Off the diagonal it is at
    most 2 rho, rho the largest slack where there should be none; on it, at least sigma_k(w_k) - rho. So if
    tau = min_k sigma_k(w_k) - 2 m rho > 0, then F, with it the matrix of S, is regular, the true vertex is
    v + E c with |c| <= rho / tau, and no slack there differs from that at v by more than m (rho / tau) 2 top, top
    the largest slack anywhere. rho, tau and the slacks include the rounding of the table and of its product with the
    points: less than (8 m + 40) units of 2^-53, as 0 <= x, sum x <= 4.5 and 1/4 <= T <= 5/4.
    """
    m, n = table.shape
    points, marks, far = points.T.copy(), marks.T.copy(), far.T.copy()
    masks = np.bitwise_or.reduce(marks)
    ranked = np.sort(masks)
    if (masks != marks.sum(axis=0)).any() or (ranked[1:] == ranked[:-1]).any():
        return None
    if (masks.take(far) & masks != masks ^ marks).any():
        return None
    if points.min() < 0 or points.sum(axis=0).max() > LARGEST_SUM:
        return None
    labels = np.frexp(marks)[1] - np.int64(1)
    slack = np.empty((m + n, len(masks)))
    slack[:m] = points
    np.subtract(1, table.T @ points, out=slack[m:])
    rounding = (8 * m + 40) * UNIT
    labels *= len(masks)
    tight = labels + np.arange(len(masks))
    rho = float(np.abs(slack.take(tight)).max()) + rounding
    top = float(max(slack.max(), -slack.min())) + rounding
    labels += far
    tau = slack.take(labels).min(axis=0) - rounding - 2 * m * rho
    slack.put(tight, np.inf)
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
        labels = tight[:, : m + j].astype(float)
        shared = _shared(labels[above], labels[below])
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
            holders = (_shared(common, labels) == common.sum(axis=1, keepdims=True)).sum(axis=1)
            sure[part] = holders == 2
        first, second = first[sure], second[sure]
        stays = slack >= 0
        if np.count_nonzero(stays) + len(first) > MOST_RAYS:
            raise OutOfReachError
        joined = rays[second] * slack[first, None] - rays[first] * slack[second, None]
        joined //= np.gcd.reduce(joined, axis=1)[:, None]
        marks = tight[first] & tight[second]
        marks[:, m + j] = True
        rays = np.concatenate([rays[stays], joined])
        tight = np.concatenate([tight[stays], marks])
    played = (rays[:, :m] != 0).any(axis=1)
    bits = np.array([1 << label for label in range(m + n)], dtype=np.int64 if m + n < 63 else object)
    return tight[played] @ bits, rays[played, :m].astype(object)


def _shared(some: Floats, others: Floats) -> Floats:
    """How many labels, zeros and ones in rows, each of some rays shares with each of others."""
    with np.errstate(invalid="ignore"):  # a flag that some kernels of OpenBLAS raise whatever the numbers
        return some @ others.T
