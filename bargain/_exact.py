"""Two-player equilibria in whole numbers: best-reply polyhedra, Lemke-Howson paths, linear systems.

Labels are bits: bit i for action i of the row player, bit m + j for action j of the column player. A strategy
carries the labels of its player's unplayed actions and of the other player's best replies to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

Vertex = tuple[int, list[int]]
"""Label mask, and (strategy times its sum, the other player's payoff times the same) as whole numbers."""


def whole(table: Iterable[Iterable[Fraction]]) -> tuple[list[list[int]], int]:
    """Return the table times the least factor that makes every entry a whole number, and that factor."""
    rows = [list(row) for row in table]
    factor = math.lcm(*(entry.denominator for row in rows for entry in row))
    return [[int(entry * factor) for entry in row] for row in rows], factor


def most_vertices(dimension: int, others: int) -> int:
    """Bound the vertices of the best-reply polyhedron of a player with so many actions against so many.

    McMullen's upper bound theorem (1970): a polytope of dimension d with k facets has at most
    C(k - ceil(d/2), floor(d/2)) + C(k - floor(d/2) - 1, ceil(d/2) - 1) vertices.
    """
    facets, half, rest = dimension + others, dimension // 2, (dimension + 1) // 2
    return math.comb(facets - rest, half) + math.comb(facets - half - 1, rest - 1)


def best_reply_vertices(payoffs: Sequence[Sequence[int]]) -> list[Vertex]:
    """List the vertices of {(x, v): x >= 0, sum x = 1, v >= sum_i x_i payoffs[i][j] for all j}.

    Double description (Motzkin, Raiffa, Thompson, Thrall 1953) on the cone over it: the inequalities are
    added one by one, and each cuts the edges between a ray that satisfies it and a ray that does not. Two rays
    span an edge iff no third ray is tight wherever both are; where one of them is tight in exactly d
    inequalities it is enough that they share d - 1. Labels here: bit i for x_i = 0, bit d + j for j a best
    reply.
    """
    d, n_replies = len(payoffs), len(payoffs[0])
    zeros = (1 << d) - 1
    rays: list[Vertex] = [(zeros, [0] * d + [1])]
    for i in range(d):
        unit = [int(k == i) for k in range(d)]
        rays.append((zeros & ~(1 << i) | 1 << d, [*unit, payoffs[i][0]]))
    for j in range(1, n_replies):
        bit = 1 << (d + j)
        column = [row[j] for row in payoffs]
        above: list[tuple[int, list[int], int]] = []
        below: list[tuple[int, list[int], int]] = []
        kept: list[Vertex] = []
        for mask, ray in rays:
            slack = ray[d] - sum(a * b for a, b in zip(column, ray, strict=False) if b)
            if slack < 0:
                below.append((mask, ray, -slack))
            elif slack > 0:
                above.append((mask, ray, slack))
                kept.append((mask, ray))
            else:
                kept.append((mask | bit, ray))
        masks = [mask for mask, _ in rays]
        for mask_a, ray_a, slack_a in above:
            simple = mask_a.bit_count() == d
            for mask_b, ray_b, slack_b in below:
                common = mask_a & mask_b
                if common.bit_count() < d - 1:
                    continue
                if not simple and mask_b.bit_count() > d and _third(masks, common):
                    continue
                joined = [slack_b * a + slack_a * b for a, b in zip(ray_a, ray_b, strict=True)]
                divisor = math.gcd(*joined)
                kept.append((common | bit, [entry // divisor for entry in joined]))
        rays = kept
    return [(mask, ray) for mask, ray in rays if any(ray[:d])]


def _third(masks: Sequence[int], common: int) -> bool:
    """Whether more than two rays are tight wherever `common` says."""
    count = 0
    for mask in masks:
        if mask & common == common:
            count += 1
            if count > 2:
                return True
    return False


def equilibrium_vertices(
    A: Sequence[Sequence[int]], B: Sequence[Sequence[int]]
) -> tuple[list[tuple[Vertex, Vertex]], bool]:
    """Return all extreme equilibria of a bimatrix game, as pairs of vertices, and whether it is degenerate.

    A pair of vertices that carry all labels between them is an equilibrium, and every equilibrium is a mixture
    of such pairs (Winkels 1979; Jansen 1981). The game is degenerate iff some strategy has more best replies
    than played actions: iff a vertex carries more labels than its player has actions, for what is tight at a
    point is tight at every vertex of its face.
    """
    m, n = len(A), len(A[0])
    rows = best_reply_vertices(B)
    turned = best_reply_vertices([list(column) for column in zip(*A, strict=True)])
    columns = [((mask & (1 << n) - 1) << m | mask >> n, ray) for mask, ray in turned]
    full = (1 << m + n) - 1
    pairs = [(x, y) for x in rows for y in columns if x[0] | y[0] == full]
    degenerate = any(x[0].bit_count() > m for x in rows) or any(y[0].bit_count() > n for y in columns)
    return pairs, degenerate


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
