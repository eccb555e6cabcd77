"""Vertices of best-reply polytopes: found in floats and proved to be all, or in whole numbers where that fails.

The polytope of a player with m actions whose opponent has n replies is {x >= 0, x @ T <= 1}, T the opponent's payoffs
made positive. Its labels are bits: bit i for x_i = 0, bit m + j for reply j being best (column j of T tight).
"""

from __future__ import annotations

from collections.abc import Sequence

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
TIE = 1e-11
"""A slack below this, of payoffs scaled to 1, is left to whole numbers."""
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
    bits = np.int64(1) << np.arange(m + n, dtype=np.int64)
    unplayed = bits[:m].sum()
    masks = np.concatenate([[unplayed], (unplayed ^ bits[:m]) | bits[m]])
    points = np.zeros((m, m + 1))
    points[np.arange(m), np.arange(1, m + 1)] = 1 / table[:, 0]
    for j in range(1, n):
        slack = 1 - table[:, j] @ points
        if np.abs(slack).min() < TIE:
            return None
        beyond = slack < 0
        if not beyond.any():
            continue
        faces, ends, _ = _edges(masks, bits[: m + j])
        first, second = ends[:-1], ends[1:]
        cut = (faces[:-1] == faces[1:]) & (beyond[first] != beyond[second])
        first, second = first[cut], second[cut]
        here, there = np.abs(slack[first]), np.abs(slack[second])
        crossing = (points[:, first] * there + points[:, second] * here) / (here + there)
        points = np.concatenate([points[:, ~beyond], crossing], axis=1)
        masks = np.concatenate([masks[~beyond], faces[:-1][cut] | bits[m + j]])
        if len(masks) > MOST_VERTICES:
            raise OutOfReachError
    doubtful = _unproved(table, masks, points)
    return None if doubtful is None else (masks, doubtful)


def _edges(masks: Ints, bits: Ints) -> tuple[Ints, Ints, Ints]:
    """All ways to drop one label of one vertex, sorted by what is left: that, the vertex, the label's place."""
    size = len(masks)
    room = int(size * len(bits)).bit_length()
    keys = (masks ^ bits[:, None]) << room
    keys |= np.arange(size * len(bits)).reshape(keys.shape)
    ordered = keys[(masks & bits[:, None]) != 0]
    ordered.sort()
    place, vertex = np.divmod(ordered & ((1 << room) - 1), size)
    return ordered >> room, vertex, place


def _unproved(table: Floats, masks: Ints, points: Floats) -> Ints | None:
    """Prove in floats that the masks are those of all vertices; return which of them need an exact check.

    Every mask names m inequalities. Two things make the list whole: each set of m labels determines a vertex at which
    all others are strictly slack, and each of its m subsets of m - 1 labels, an edge, belongs to exactly one other
    mask. Then the list is closed under moving along edges, and the graph of a polytope is connected (Balinski 1961).

    The second is checked on the masks. The first: let v be the computed point of a mask S, w_k the one that shares
    all but label k, E the matrix of the w_k - v, and sigma_l the true slacks, which are affine. The matrix
    F[l, k] = sigma_l(w_k) - sigma_l(v), l and k in S, is minus the normals of S times E. Off the diagonal it is at
    most 2 rho, rho the largest slack where there should be none; on it, at least sigma_k(w_k) - rho. So if
    tau = min_k sigma_k(w_k) - 2 m rho > 0, then F, with it the matrix of S, is regular, the true vertex is
    v + E c with |c| <= rho / tau, and no slack there differs from that at v by more than m (rho / tau) 2 top, top
    the largest slack anywhere. rho, tau and the slacks include the rounding of the table and of its product with the
    points: at most (4 m + 32) units of 2^-53, as x @ T <= 1 and T >= 1/4 bound all terms.
    """
    m, n = table.shape
    size = len(masks)
    bits = np.int64(1) << np.arange(m + n, dtype=np.int64)
    faces, vertex, place = _edges(masks, bits)
    if len(faces) != m * size or len(faces) % 2:
        return None
    if (faces[::2] != faces[1::2]).any() or (faces[1:-1:2] == faces[2::2]).any():
        return None
    tight = (masks & bits[:, None]) != 0
    slack = np.concatenate([points, 1 - table.T @ points])
    rounding = (4 * m + 32) * UNIT
    rho = float(np.abs(slack * tight).max()) + rounding
    top = float(np.abs(slack).max()) + rounding
    gap = np.where(tight, np.inf, slack).min(axis=0) - rounding
    lengths = np.full((m + n, size), np.inf)
    lengths[place[::2], vertex[::2]] = slack[place[::2], vertex[1::2]]
    lengths[place[1::2], vertex[1::2]] = slack[place[1::2], vertex[::2]]
    tau = lengths.min(axis=0) - rounding - 2 * m * rho
    proved = (tau > 0) & (gap > 0) & (gap * tau > 2.1 * m * rho * top)
    return np.flatnonzero(~proved)


def exact_vertices(payoffs: Sequence[Sequence[int]]) -> tuple[list[int], npt.NDArray[np.object_]]:
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
    rays, tight = rays[played].astype(object), tight[played]
    masks = [sum(1 << label for label in np.flatnonzero(row).tolist()) for row in tight]
    return masks, rays[:, :m]
