"""Ends of Lemke-Howson paths in games too large for the full list: followed in floats, solved in whole numbers.

Labels are as in `_exact`: i for action i of the row player, m + j for action j of the column player.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from bargain._exact import equalisers, lemke_howson

Floats = npt.NDArray[np.float64]
Table = Sequence[Sequence[int]]
Pair = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]

FLOAT_WORK = 400_000_000
"""Entries of the tableaux that paths in floats may compute: about a second."""
EXACT_WORK = 4_000_000
"""The same for a path in whole numbers, followed where those in floats come to nothing."""
MOST_SUPPORT = 150
"""Played actions up to which the end of a path is solved in whole numbers."""
ZERO = 1e-9
STEP = 20_000
"""Entries at least that a step counts as, for what it costs beside them."""
SOLVE = 500
"""Entries that one operation in whole numbers counts as."""
APART = 1e-6
"""By how much the right sides differ from 1, so that ties cannot send a path in circles."""


def path_ends(A: Table, B: Table) -> tuple[list[Pair], int]:
    """Return equilibria at the ends of Lemke-Howson paths, and how many paths were followed to their end.

    One path starts at each label. In floats a path may err; what it ends at is therefore only a guess which actions are
    played, from which the strategies are solved and checked in whole numbers.
    """
    m, n = len(A), len(A[0])
    starts = _tableaux(A, B)
    cost = max(STEP, (m + n + 1) * max(m, n))
    work, followed = FLOAT_WORK, 0
    ends: dict[tuple[tuple[int, ...], tuple[int, ...]], Pair | None] = {}
    for label in range(m + n):
        played, steps = _followed([table.copy() for table in starts], label, m, work // cost)
        work -= steps * cost
        if played is None:
            if work < cost:
                break
            continue
        if played not in ends:
            work -= SOLVE * len(played[0]) ** 3
            ends[played] = _solved(A, B, *played)
        followed += ends[played] is not None
    found = dict.fromkeys(end for end in ends.values() if end is not None)
    if not found:
        exact = lemke_howson(A, B, 0, max(1, EXACT_WORK // (max(m, n) * (m + n))))
        if exact is not None:
            followed = 1
            found[tuple(exact[0]), tuple(exact[1])] = None
    return list(found), followed


def _tableaux(A: Table, B: Table) -> list[Floats]:
    """The column player's payoffs against x and the row player's against y, moved and scaled to lie between 1 and 2."""
    tables = []
    for payoffs, own_first in ((list(zip(*B, strict=True)), True), (A, False)):
        low, high = min(map(min, payoffs)), max(map(max, payoffs))
        span = max(high - low, 1)
        table = np.array([[(entry - low) / span for entry in row] for row in payoffs]) + 1
        slack = np.eye(len(table))
        right = 1 + APART * np.random.default_rng(0).random((len(table), 1))
        tables.append(np.hstack([table, slack, right] if own_first else [slack, table, right]))
    return tables


def _followed(
    tables: list[Floats], label: int, m: int, budget: int
) -> tuple[tuple[tuple[int, ...], tuple[int, ...]] | None, int]:
    """The actions that both play at the end of a path, and its steps; None where it does not end in time."""
    n = len(tables[0])
    bases = (list(range(m, m + n)), list(range(m)))
    turn, entering = (0 if label < m else 1), label
    for step in range(1, budget + 1):
        table, basis = tables[turn], bases[turn]
        column = table[:, entering]
        rows = np.flatnonzero(column > ZERO)
        if not rows.size:
            return None, step
        ratios = table[rows, -1] / column[rows]
        tied = rows[ratios <= ratios.min() + ZERO]
        row = int(tied[np.argmax(column[tied])])
        table[row] /= table[row, entering]
        factors = table[:, entering].copy()
        factors[row] = 0
        table -= np.outer(factors, table[row])
        entering, basis[row] = basis[row], entering
        if entering == label:
            own = (tuple(sorted(a for a in bases[0] if a < m)), tuple(sorted(a - m for a in bases[1] if a >= m)))
            return own, step
        turn = 1 - turn
    return None, budget


def _solved(A: Table, B: Table, rows: Sequence[int], columns: Sequence[int]) -> Pair | None:
    """The equilibrium in which just these actions are played, if there is one."""
    if len(rows) != len(columns) or not 1 <= len(rows) <= MOST_SUPPORT:
        return None
    turned = list(zip(*A, strict=True))
    x, y = _strategy(B, rows, columns), _strategy(turned, columns, rows)
    return None if x is None or y is None else (x, y)


def _strategy(payoffs: Table, support: Sequence[int], replies: Sequence[int]) -> tuple[Fraction, ...] | None:
    """The strategy on the support to which the replies are all best; payoffs are the other player's."""
    weights = equalisers([[payoffs[i][j] for i in support] for j in replies])
    if not weights or min(weights) < 0:
        return None
    values = [
        sum(weight * payoffs[i][j] for i, weight in zip(support, weights, strict=True)) for j in range(len(payoffs[0]))
    ]
    best = max(values)
    if any(values[j] != best for j in replies):
        return None
    strategy, total = [Fraction(0)] * len(payoffs), sum(weights)
    for i, weight in zip(support, weights, strict=True):
        strategy[i] = Fraction(weight, total)
    return tuple(strategy)
