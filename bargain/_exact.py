"""Two-player equilibria in whole numbers: pairs of vertices, Lemke-Howson paths, linear systems.

Labels are bits: bit i for action i of the row player, bit m + j for action j of the column player. A strategy
carries the labels of its player's unplayed actions and of the other player's best replies to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from operator import mul, sub
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain import _vertices

Vertex = tuple[int, list[int]]
"""Label mask, and the strategy as whole numbers up to their sum."""


def whole(table: Iterable[Iterable[Fraction | int | float]]) -> tuple[list[list[int]], int]:
    """Return the table times the least factor that makes every entry a whole number, and that factor.

    Floats count as the rationals they are.
    """
    rows = [[entry.as_integer_ratio() for entry in row] for row in table]
    factor = math.lcm(*(denominator for row in rows for _, denominator in row))
    return [[numerator * (factor // denominator) for numerator, denominator in row] for row in rows], factor


def whole_table(payoffs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.object_], int]:
    """Return one player's payoffs times the least factor that makes all whole numbers, and that factor."""
    rows, factor = whole([payoffs.ravel()])
    return np.array(rows[0], dtype=object).reshape(payoffs.shape), factor


def equilibrium_vertices(
    A: Sequence[Sequence[int]], B: Sequence[Sequence[int]]
) -> tuple[list[tuple[Vertex, Vertex]], bool]:
    """Return all extreme equilibria of a bimatrix game, as pairs of vertices, and whether it is degenerate.

    A pair of vertices that carry all labels between them is an equilibrium, and every equilibrium is a mixture
    of such pairs (Winkels 1979; Jansen 1981). The game is degenerate iff some strategy has more best replies
    than played actions: iff a vertex carries more labels than its player has actions, for what is tight at a
    point is tight at every vertex of its face.

    Raises
    ------
    OutOfReachError   if a player has too many vertices
    """
    m, n = len(A), len(A[0])
    rows = _Side(B)
    columns = _Side([list(column) for column in zip(*A, strict=True)])
    low = (1 << n) - 1
    turned = (columns.masks & low) << m | columns.masks >> n
    missing = rows.masks ^ (1 << m + n) - 1
    if rows.simple and columns.simple:
        _, at_x, at_y = np.intersect1d(missing, turned, assume_unique=True, return_indices=True)
    else:
        lacks = [np.flatnonzero(turned & mask == mask) for mask in missing]
        at_x = np.repeat(np.arange(len(lacks)), [len(found) for found in lacks])
        at_y = np.concatenate(lacks)
    xs = {x: (int(rows.masks[x]), rows.strategy(x)) for x in at_x.tolist()}
    ys = {y: (int(turned[y]), columns.strategy(y)) for y in at_y.tolist()}
    pairs = [(xs[x], ys[y]) for x, y in zip(at_x.tolist(), at_y.tolist(), strict=True)]
    return pairs, not (rows.simple and columns.simple)


class _Side:
    """All vertices of one player's polytope: their labels, whether all are simple, and strategies on demand."""

    def __init__(self, payoffs: Sequence[Sequence[int]]) -> None:
        self.payoffs = payoffs
        self.count = len(payoffs)
        self.masks: npt.NDArray[Any]
        self.rays: npt.NDArray[np.object_] | None = None
        found = _vertices.simple_vertices(payoffs)
        if found is not None:
            masks, doubtful = found
            self.simple = all(self._is_simple_vertex(int(masks[at])) for at in doubtful)
            if self.simple:
                self.masks = masks[masks != (1 << self.count) - 1]
                return
        self.masks, self.rays = _vertices.exact_vertices(payoffs)
        self.simple = all(mask.bit_count() == self.count for mask in self.masks.tolist())

    def strategy(self, at: int) -> list[int]:
        """The strategy at a vertex as whole numbers up to their sum."""
        if self.rays is not None:
            return list(self.rays[at])
        support, weights = self._solved(int(self.masks[at]))
        strategy = [0] * self.count
        for i, weight in zip(support, weights, strict=True):
            strategy[i] = weight
        return strategy

    def _solved(self, mask: int) -> tuple[list[int], list[int]]:
        """The played actions and their weights where exactly the labels of the mask are tight."""
        support = [i for i in range(self.count) if not mask >> i & 1]
        replies = [j for j in range(len(self.payoffs[0])) if mask >> (self.count + j) & 1]
        return support, equalisers([[self.payoffs[i][j] for i in support] for j in replies])

    def _is_simple_vertex(self, mask: int) -> bool:
        """Whether in whole numbers exactly the labels of the mask are tight at a point, and its matrix regular."""
        support, weights = self._solved(mask)
        if not support:
            return True  # the origin
        if not weights or min(weights) <= 0:
            return False
        values = [
            sum(weight * self.payoffs[i][j] for i, weight in zip(support, weights, strict=True))
            for j in range(len(self.payoffs[0]))
        ]
        best = max(values)
        return all((value == best) == bool(mask >> (self.count + j) & 1) for j, value in enumerate(values))


def equalisers(rows: Sequence[Sequence[int]]) -> list[int]:
    """Return the weights, coprime whole numbers, with which all rows, as many as columns, have the same value.

    Bareiss' (1968) elimination on the differences from the first row; empty if there is no row, not just one such
    line of weights, or the first of them is 0. The sum may be negative.
    """
    if not rows:
        return []
    first = rows[0]
    table = [[*map(sub, row[1:], first[1:]), first[0] - row[0]] for row in rows[1:]]
    size, divisor = len(table), 1
    for at in range(size - 1):
        found = next((row for row in range(at, size) if table[row][at]), None)
        if found is None:
            return []
        table[at], table[found] = table[found], table[at]
        pivot, head = table[at], table[at][at]
        for position in range(at + 1, size):
            row, factor = table[position], table[position][at]
            rest = zip(row[at + 1 :], pivot[at + 1 :], strict=True)
            row[at + 1 :] = [(a * head - factor * b) // divisor for a, b in rest]
        divisor = head
    determinant = table[-1][-2] if table else 1
    if not determinant:
        return []
    solved: list[int] = []
    for at in reversed(range(size)):
        row = table[at]
        known = sum(map(mul, row[at + 1 : size], solved))
        solved.insert(0, (determinant * row[-1] - known) // row[at])
    divisor = math.gcd(determinant, *solved) * (1 if determinant > 0 else -1)
    return [entry // divisor for entry in (determinant, *solved)]


def lemke_howson(
    A: Sequence[Sequence[int]], B: Sequence[Sequence[int]], label: int, budget: int
) -> tuple[list[Fraction], list[Fraction], int] | None:
    """Follow the path of Lemke and Howson (1964) from one missing label, for at most `budget` steps.

    Integer pivoting with the lexicographic rule, so that degenerate games cannot cycle (von Stengel 2002).
    Returns both strategies and the steps taken; None if the path is longer.
    """
    m, n = len(A), len(A[0])
    low_a, low_b = min(map(min, A)) - 1, min(map(min, B)) - 1
    tables = (
        [[B[i][j] - low_b for i in range(m)] + [int(k == j) for k in range(n)] + [1] for j in range(n)],
        [[int(k == i) for k in range(m)] + [A[i][j] - low_a for j in range(n)] + [1] for i in range(m)],
    )
    bases = (list(range(m, m + n)), list(range(m)))
    slacks = (range(m, m + n), range(m))
    divisors = [1, 1]
    turn, entering = (0 if label < m else 1), label
    for step in range(1, budget + 1):
        table, basis = tables[turn], bases[turn]
        row = _leaving(table, entering, slacks[turn])
        divisors[turn] = _pivot(table, row, entering, divisors[turn])
        entering, basis[row] = basis[row], entering
        if entering == label:
            x = _strategy(tables[0], bases[0], range(m))
            y = _strategy(tables[1], bases[1], range(m, m + n))
            return x, y, step
        turn = 1 - turn
    return None


def _leaving(table: Sequence[Sequence[int]], entering: int, slacks: Iterable[int]) -> int:
    """The row of least ratio, ties broken by the columns that were the identity at the start."""
    rows = [row for row in range(len(table)) if table[row][entering] > 0]
    for column in (-1, *slacks):
        if len(rows) == 1:
            break
        ratios = [Fraction(table[row][column], table[row][entering]) for row in rows]
        least = min(ratios)
        rows = [row for row, ratio in zip(rows, ratios, strict=True) if ratio == least]
    return rows[0]


def _pivot(table: list[list[int]], at: int, entering: int, divisor: int) -> int:
    """Pivot in whole numbers (the divisions leave no rest); return the next divisor."""
    pivot = table[at]
    head = pivot[entering]
    for position, row in enumerate(table):
        if position != at:
            factor = row[entering]
            table[position] = [(a * head - factor * b) // divisor for a, b in zip(row, pivot, strict=True)]
    return head


def _strategy(table: Sequence[Sequence[int]], basis: Sequence[int], own: Sequence[int]) -> list[Fraction]:
    weights = {label: row[-1] for row, label in zip(table, basis, strict=True)}
    total = sum(weights.get(label, 0) for label in own)
    return [Fraction(weights.get(label, 0), total) for label in own]


def solve(
    matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction], near: Sequence[Fraction]
) -> list[Fraction] | None:
    """Solve matrix @ x = right exactly; what it leaves free is taken from `near`. None: no solution."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    pivots: list[int] = []
    for column in range(len(near)):
        at = len(pivots)
        found = next((row for row in range(at, len(rows)) if rows[row][column]), None)
        if found is None:
            continue
        rows[at], rows[found] = rows[found], rows[at]
        head = rows[at][column]
        rows[at] = [entry / head for entry in rows[at]]
        for row in range(len(rows)):
            factor = rows[row][column]
            if row != at and factor:
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[at], strict=True)]
        pivots.append(column)
    if any(row[-1] for row in rows[len(pivots) :]):
        return None
    solution = list(near)
    free = [column for column in range(len(near)) if column not in pivots]
    for solved, column in zip(rows, pivots, strict=False):
        solution[column] = solved[-1] - sum((solved[k] * near[k] for k in free), Fraction(0))
    return solution


def indifferent(payoffs: Any, replies: Sequence[int], support: Sequence[int], near: npt.NDArray[np.float64]) -> Any:
    """Return the strategy on the support, closest in its free parts to `near`, that makes all the replies equal."""
    table = payoffs[np.ix_(replies, support)]
    equations = [*(table[1:] - table[:1]).tolist(), [Fraction(1)] * len(support)]
    right = [Fraction(0)] * (len(replies) - 1) + [Fraction(1)]
    weights = solve(equations, right, [Fraction(float(near[at])) for at in support])
    if weights is None:
        return None
    strategy = np.full(len(near), Fraction(0), dtype=object)
    strategy[list(support)] = weights
    return strategy
