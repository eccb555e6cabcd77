"""The levels of `_levels` in rational arithmetic, for up to ten players: a simplex method over all coalitions.

The dual of a level's program weighs unsettled coalitions so that they cancel out modulo the settled ones. It has as
many rows as there are free players, plus one, and a column for each coalition; whichever coalition has the largest
excess enters. The lexicographic rule keeps ties from cycling.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from bargain._levels import Level, Outcome, level, size_weights
from bargain._spans import Echelon, incidence
from bargain.coalitions import coalition_sizes
from bargain.tu import CoalitionalGame, subset_sums

Row = list[Fraction]


@dataclass(frozen=True)
class Column:
    """A column of the dual: what it is, its entries (the last one counts towards the sum of weights), its worth."""

    name: Any
    entries: Sequence[Fraction]
    worth: Fraction


def maximise(
    basis: list[Column], inverse: list[Row], entering: Callable[[Row], Column | None]
) -> tuple[list[Column], Row, Row]:
    """Maximise the worth of weights >= 0 on columns whose weighted sum is (0, ..., 0, 1).

    Parameters
    ----------
    basis : the columns to begin with; their weights must not be negative
    inverse : the inverse of the matrix of these columns
    entering : returns a column worth more than the multipliers say, or None

    Returns
    -------
    basis, weights, multipliers

    Notes
    -----
    Of the rows that block, the lexicographically least leaves (Dantzig, Orden & Wolfe 1955), so that the method
    ends whichever columns `entering` picks.
    """
    # Rows hold the weight first, then the row of the inverse.
    rows = [[row[-1], *row] for row in inverse]
    while True:
        multipliers = [
            sum((column.worth * row[k] for column, row in zip(basis, rows, strict=True) if column.worth), Fraction(0))
            for k in range(1, len(rows) + 1)
        ]
        column = entering(multipliers)
        if column is None:
            return basis, [row[0] for row in rows], multipliers
        pairs = [(k, entry) for k, entry in enumerate(column.entries, start=1) if entry]
        change = [sum((row[k] * entry for k, entry in pairs), Fraction(0)) for row in rows]
        candidates = [at for at, step in enumerate(change) if step > 0]
        for k in range(len(rows) + 1):
            ratios = [rows[at][k] / change[at] for at in candidates]
            least = min(ratios)
            candidates = [at for at, ratio in zip(candidates, ratios, strict=True) if ratio == least]
            if len(candidates) == 1:
                break
        leaving = candidates[0]
        pivot = [entry / change[leaving] if entry else entry for entry in rows[leaving]]
        for at, step in enumerate(change):
            if at == leaving:
                rows[at] = pivot
            elif step:
                rows[at] = [a - step * b if b else a for a, b in zip(rows[at], pivot, strict=True)]
        basis[leaving] = column


def solve_levels_exactly(
    game: CoalitionalGame, *, per_capita: bool = False, floors: bool = False, first: bool = False
) -> Outcome:
    """Solve the levels of a game of two players or more in rationals; as `solve_levels`."""
    problem = _Problem(game, per_capita, floors)
    levels: list[Level] = []
    while problem.span.rank < game.n_players:
        levels.append(problem.next_level())
        if first:
            break
    return Outcome(tuple(problem.x), levels[0].excess, tuple(levels))


class _Problem:
    """The levels found so far: payoffs that keep to them, and the span of the settled coalitions."""

    def __init__(self, game: CoalitionalGame, per_capita: bool, floors: bool) -> None:
        self.n, self.floors = game.n_players, floors
        self.sizes = size_weights(self.n, per_capita)
        self.worths = game.fractions
        self.unit = math.lcm(*(worth.denominator for worth in self.worths))
        self.whole = np.array([int(worth * self.unit) for worth in self.worths], dtype=object)
        self.weights = np.array([self.sizes[size] for size in coalition_sizes(self.n)], dtype=object)
        self.span = Echelon(self.n)
        self.span.add([1] * self.n)
        self.x = [self.worths[-1] / self.n] * self.n

    def excess(self, mask: int) -> Fraction:
        """The excess of one coalition at the payoffs so far."""
        taken = sum((self.x[i] for i in range(self.n) if mask >> i & 1), Fraction(0))
        return Fraction(self.worths[mask] - taken)

    def next_level(self) -> Level:
        """Solve one level, and settle what is tight in it."""
        free, n, grand = self.span.free, self.n, (1 << self.n) - 1
        settled = np.ones(1 << n, dtype=bool)
        for vector in self.span.complement():
            settled &= subset_sums(np.array(vector, dtype=object)) == 0
        head = Fraction(self.span.head)

        def column(mask: int, floor: bool = False) -> Column:
            rest = self.span.reduce(incidence(mask, n))
            last = 0 if floor else self.sizes[mask.bit_count()]
            return Column((mask, floor), [Fraction(rest[i]) for i in free] + [Fraction(last)], self.excess(mask))

        def moved(multipliers: Row) -> Row:
            moves = []
            for i in range(n):
                rest = self.span.reduce(incidence(1 << i, n))
                moves.append(
                    sum((m * rest[f] for m, f in zip(multipliers, free, strict=False) if rest[f]), Fraction(0))
                )
            return moves

        unsettled = np.flatnonzero(~settled)
        weights, whole = self.weights[unsettled], self.whole[unsettled]

        def entering(multipliers: Row) -> Column | None:
            x = [share + move for share, move in zip(self.x, moved(multipliers), strict=True)]
            epsilon = multipliers[-1]
            factor = math.lcm(self.unit, epsilon.denominator, *(share.denominator for share in x))
            # Whole numbers compare faster than fractions: everything times the factor.
            shares = np.array([int(share * factor) for share in x], dtype=object)
            gaps = whole * (factor // self.unit) - subset_sums(shares)[unsettled] - int(epsilon * factor) * weights
            worst = int(np.argmax(gaps))
            if gaps[worst] > 0:
                return column(int(unsettled[worst]))
            if self.floors:
                lowest = max(range(n), key=lambda i: self.worths[1 << i] - x[i])
                if self.worths[1 << lowest] > x[lowest]:
                    return column(1 << lowest, floor=True)
            return None

        # Singletons of the free players, and the complement of the first: weights 1/2 on these two cancel out.
        start = [column(1 << i) for i in free] + [column(grand ^ 1 << free[0])]
        pair = start[0].entries[-1] + start[-1].entries[-1]
        last = [-own.entries[-1] / head / pair for own in start[:-1]] + [1 / pair]
        inverse = [[Fraction(k == at) / head for k in range(len(free))] + [Fraction(0)] for at in range(len(free))]
        inverse[0] = [a + b for a, b in zip(inverse[0], last, strict=True)]
        basis, found, multipliers = maximise(start, [*inverse, last], entering)
        self.x = [share + move for share, move in zip(self.x, moved(multipliers), strict=True)]
        tight = [(own.name, weight) for own, weight in zip(basis, found, strict=True) if weight]
        for (mask, _), _ in tight:
            self.span.add(incidence(mask, n))
        total = sum(weight for (_, floor), weight in tight if not floor)
        return level(multipliers[-1], [name for name, _ in tight], [weight / total for _, weight in tight])
