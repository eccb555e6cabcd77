"""The three algorithms of nashpy, kept from hanging and warning: a second opinion on two-player games."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bargain.games import Floats, NormalFormGame

Pair = tuple[Floats, Floats]

MOST_SUPPORTS = 200
"""Pairs of equal supports up to which the two enumerations take milliseconds: 5 x 4 actions, 10 x 2."""
MOST_PIVOTS = 200
"""Steps after which a Lemke-Howson path is given up: in floating point it may never end."""


def second_opinions(game: NormalFormGame) -> dict[str, list[Pair]]:
    """Return what each of nashpy's algorithms gives for a game of two players, unchecked.

    Payoffs are first scaled to at most 1 by a power of two, which rounds nothing: far larger ones overflow in
    Qhull and end the process. The two enumerations are left out of games with more than `MOST_SUPPORTS` pairs
    of equal supports.
    """
    m, n = game.shape
    _, exponents = np.frexp(np.abs(game.payoffs).max(axis=(1, 2), keepdims=True))
    game = NormalFormGame(np.ldexp(game.payoffs, -exponents))
    runs: dict[str, Callable[[NormalFormGame], Iterator[Any]]] = {"Lemke-Howson": _lemke_howson}
    if math.comb(m + n, m) - 1 <= MOST_SUPPORTS:
        runs["support enumeration"] = lambda same: same.to_nashpy().support_enumeration(non_degenerate=True)
        runs["vertex enumeration"] = _vertex_enumeration
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return {name: _collect(run(game), (m, n)) for name, run in runs.items()}


def _collect(run: Iterator[Any], shape: tuple[int, int]) -> list[Pair]:
    """What the run gives before it ends or fails, without what has the wrong shape or is no number."""
    from scipy.spatial import QhullError

    found: list[Pair] = []
    try:
        for x, y in run:
            x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
            if (x.shape, y.shape) == ((shape[0],), (shape[1],)) and np.isfinite([*x, *y]).all():
                found.append((x, y))
    except (QhullError, ValueError, LookupError):
        pass  # no interior, or no label to drop: how nashpy gives up on a game
    return found


def _vertex_enumeration(game: NormalFormGame) -> Iterator[Pair]:
    """Match nashpy's vertices; its own loop builds the second polytope again for each vertex of the first."""
    A, B = game.payoffs - np.minimum(game.payoffs.min(axis=(1, 2), keepdims=True), 0)
    m, n = game.shape
    columns = list(_vertices(A))
    for x, x_labels in _vertices(B.T):
        turned = {(label + m) % (m + n) for label in x_labels}
        for y, y_labels in columns:
            if len(turned | y_labels) == m + n:
                yield x / sum(x), y / sum(y)


def _vertices(payoffs: Floats) -> Iterator[tuple[Floats, set[int]]]:
    """Vertices other than 0 of {z >= 0, payoffs @ z <= 1}, with labels; nashpy takes an LP to start inside."""
    from nashpy.polytope import build_halfspaces, labels
    from scipy.spatial import HalfspaceIntersection

    halfspaces = build_halfspaces(payoffs)
    inside = np.full(payoffs.shape[1], 0.5 / (payoffs.sum(axis=1).max() or 1.0))
    for vertex in HalfspaceIntersection(halfspaces, inside).intersections:
        if np.isfinite(vertex).all() and not np.isclose(vertex, 0).all():
            yield vertex, labels(vertex, halfspaces)


def _lemke_howson(game: NormalFormGame) -> Iterator[Pair]:
    """Follow nashpy's tableaux from every label; its own loop has no limit."""
    from nashpy.linalg import create_col_tableau, create_row_tableau

    A, B = game.payoffs
    for label in range(sum(game.shape)):
        column, row = create_col_tableau(A, True), create_row_tableau(B, True)
        order = (row, column) if label in row.non_basic_variables else (column, row)
        entering = label
        for tableau in itertools.islice(itertools.cycle(order), MOST_PIVOTS):
            entering = tableau.pivot_and_drop_label(entering)
            if column.non_basic_variables | row.non_basic_variables == column.labels:
                x = row.to_strategy(column.non_basic_variables)
                y = column.to_strategy(row.non_basic_variables)
                yield x, y
                break
