"""Smallest largest excesses, level after level, by linear programs whose rows are generated as they are needed.

minimise epsilon subject to x(S) + w(S) epsilon >= v(S) for every coalition S that is not settled. The coalitions of
positive dual weight are tight in every solution: they are settled, and the next level asks for the others. With
w = 1 the first level is the least core and all levels together the prenucleolus; with w = |S| they are the
per-capita one, whose first level times n is the subsidy that a core takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._lp import OPTIONS, infeasibility_weights
from bargain._spans import Echelon, Excesses, Masks, Settled, incidence, relation
from bargain.tu import CoalitionalGame

Floats = npt.NDArray[np.float64]

FEASIBLE = 1e-11
"""Excesses up to this share of the largest worth above epsilon count as none."""
POSITIVE = 1e-9
"""Dual weights above this are positive; at each level they add up to 1."""
ALL_ROWS = 8
"""Players up to which all coalitions are rows from the start."""


@dataclass(frozen=True)
class Level:
    """Coalitions that no allocation can do better by all at once, given the levels above.

    Attributes
    ----------
    excess : float or Fraction
        Their common excess, a head where excesses are counted so.
    coalitions : bit masks
    weights : one Fraction each
        Above zero; with the floors, they add up to a combination of the coalitions settled before and the grand one.
    floors : players held at what they are worth alone
    floor_weights : one Fraction each, above zero
    """

    excess: Any
    coalitions: tuple[int, ...]
    weights: tuple[Fraction, ...]
    floors: tuple[int, ...] = ()
    floor_weights: tuple[Fraction, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """Payoffs, epsilon of the first level, and the levels; `payoffs` is None if a program did not finish."""

    payoffs: Any
    epsilon: Any
    levels: tuple[Level, ...]


UNFINISHED = Outcome(None, None, ())


def size_weights(n: int, per_capita: bool) -> list[int]:
    """Return the weight of epsilon for each size of coalition; the empty and the grand one have none."""
    return [0, *(s if per_capita else 1 for s in range(1, n)), 0]


def weigh(columns: Sequence[tuple[int, bool]], span: Echelon) -> tuple[tuple[Fraction, ...], list[int]] | None:
    """Weigh coalitions and floors, given as (mask, whether it is a floor), so that they cancel out modulo the span.

    Returns
    -------
    weights above zero, those of the coalitions adding up to 1, and the columns they belong to; None if there are none
    """
    vectors = [span.reduce(incidence(mask, span.width)) for mask, _ in columns]
    used = list(range(len(columns)))
    found: Sequence[Any] | None = relation(vectors)
    if found is None:
        rows = [[Fraction(entry) for entry in (*own, *(-entry for entry in own))] for own in vectors]
        found = infeasibility_weights(rows, [Fraction(0 if floor else 1) for _, floor in columns])
        if found is None:
            return None
        used = [at for at, weight in enumerate(found) if weight]
        found = [found[at] for at in used]
    total = sum(weight for at, weight in zip(used, found, strict=True) if not columns[at][1])
    return tuple(Fraction(weight) / total for weight in found), used


def level(excess: Any, columns: Sequence[tuple[int, bool]], weights: Sequence[Fraction]) -> Level:
    """Put coalitions and floors with their weights together as a level."""
    pairs = sorted(zip(columns, weights, strict=True))
    inner = [(mask, weight) for (mask, floor), weight in pairs if not floor]
    floors = [(mask.bit_length() - 1, weight) for (mask, floor), weight in pairs if floor]
    return Level(
        excess,
        tuple(mask for mask, _ in inner),
        tuple(weight for _, weight in inner),
        tuple(player for player, _ in floors),
        tuple(weight for _, weight in floors),
    )


def solve_levels(
    game: CoalitionalGame, *, per_capita: bool = False, floors: bool = False, first: bool = False
) -> Outcome:
    """Solve the levels in floats.

    Parameters
    ----------
    game : CoalitionalGame
        Two players or more.
    per_capita : bool
        Count excesses a head.
    floors : bool
        Whether nobody may get less than it is worth alone; the game must allow it.
    first : bool
        Stop after the first level.
    """
    n = game.n_players
    sizes = size_weights(n, per_capita)
    excesses = Excesses(game.values, sizes)
    singles = game.values[[1 << i for i in range(n)]]
    scale = excesses.largest(singles) or 1.0
    slack = max(FEASIBLE * scale, 8 * n * np.finfo(float).eps * max(game.scale, float(np.abs(singles).sum())))
    program = _Program(game.values, singles, scale, sizes, floors)
    grand = (1 << n) - 1
    every, few = range(1, grand), [mask for i in range(n) for mask in (1 << i, grand ^ 1 << i)]
    program.add(np.array(every if n <= ALL_ROWS else few))
    span = Echelon(n)
    span.add([1] * n)
    levels: list[Level] = []
    while span.rank < n:
        settled = Settled(span, seed=len(levels))
        while True:
            if not program.solve():
                return UNFINISHED
            x = singles + scale * program.x
            masks, _ = excesses.above(x, scale * program.epsilon, settled, slack, 3 * n)
            if not program.add(masks):
                break
        columns = program.tight()
        found = weigh(columns, span) if columns else None
        if found is None:
            return UNFINISHED
        columns = [columns[at] for at in found[1]]
        levels.append(level(scale * program.epsilon, columns, found[0]))
        if first:
            return Outcome(x, levels[0].excess, tuple(levels))
        rank = span.rank
        program.settle(columns, [span.add(incidence(mask, n)) for mask, _ in columns], Settled(span, seed=-1))
        if span.rank == rank:
            return UNFINISHED
    payoffs, excess = _common_solution(program, levels)
    levels = [replace(own, excess=scale * e) for own, e in zip(levels, excess, strict=True)]
    return Outcome(singles + scale * payoffs, levels[0].excess, tuple(levels))


def _common_solution(program: _Program, levels: Sequence[Level]) -> tuple[Floats, Floats]:
    """Payoffs and excesses that solve the rows of all levels at once, by least squares, to the last digits."""
    n, count = program.n, len(levels)
    rows, needed = [[1.0] * n + [0.0] * count], [program.total]
    for at, own in enumerate(levels):
        for mask in own.coalitions:
            excess = [0.0] * count
            excess[at] = float(program.sizes[mask.bit_count()])
            rows.append([*map(float, incidence(mask, n)), *excess])
            needed.append(program.worth(mask))
        for player in own.floors:
            rows.append([float(i == player) for i in range(n)] + [0.0] * count)
            needed.append(0.0)
    solution, *_ = np.linalg.lstsq(np.array(rows), np.array(needed), rcond=None)
    return solution[:n], solution[n:]


class _Program:
    """The linear program of one level, kept in HiGHS from level to level; worths are scaled to at most 1.

    HiGHS' tolerances are absolute: the worths of singletons are subtracted and the rest divided by the largest.
    """

    def __init__(self, values: Floats, singles: Floats, scale: float, sizes: Sequence[int], floors: bool) -> None:
        import highspy

        self.n, self.values, self.singles, self.scale, self.sizes = len(singles), values, singles, scale, sizes
        self.infinity = highspy.kHighsInf
        self.basic, self.optimal = highspy.HighsBasisStatus.kBasic, highspy.HighsModelStatus.kOptimal
        self.solver = highspy.Highs()
        for option, setting in OPTIONS.items():
            self.solver.setOptionValue(option, setting)
        for _ in range(self.n):
            self.solver.addVar(0.0 if floors else -self.infinity, self.infinity)
        self.solver.addVar(-self.infinity, self.infinity)
        self.solver.changeColCost(self.n, 1.0)
        grand = (1 << self.n) - 1
        self.total = self.worth(grand)
        self.rows: list[int] = []
        self.known: set[int] = set()
        self.state: list[bool] = []
        """Whether the row still asks for something; the first row, that of the grand coalition, always does."""
        self.x, self.epsilon = np.zeros(self.n), 0.0
        self._append([grand], [self.total], [self.total])

    def worth(self, mask: int) -> float:
        """The scaled worth of a coalition."""
        alone = sum(float(self.singles[i]) for i in range(self.n) if mask >> i & 1)
        return (float(self.values[mask]) - alone) / self.scale

    def add(self, masks: Masks) -> bool:
        """Add rows for coalitions that have none; return whether there were any."""
        new = [mask for mask in masks.tolist() if mask not in self.known]
        if new:
            worths = [self.worth(mask) for mask in new]
            self._append(new, worths, [self.infinity] * len(new))
        return bool(new)

    def _append(self, masks: Sequence[int], lower: Sequence[float], upper: Sequence[float]) -> None:
        starts: list[int] = []
        columns: list[int] = []
        entries: list[float] = []
        for mask in masks:
            starts.append(len(columns))
            members = [i for i in range(self.n) if mask >> i & 1]
            columns += members
            entries += [1.0] * len(members)
            if weight := self.sizes[len(members)]:
                columns.append(self.n)
                entries.append(float(weight))
        self.solver.addRows(
            len(masks),
            np.array(lower, dtype=float),
            np.array(upper, dtype=float),
            len(columns),
            np.array(starts, dtype=np.int32),
            np.array(columns, dtype=np.int32),
            np.array(entries, dtype=float),
        )
        self.rows += masks
        self.known.update(masks)
        self.state += [True] * len(masks)

    def solve(self) -> bool:
        """Solve the program, from the last basis and if need be from none; return whether that was done."""
        self.solver.run()
        if self.solver.getModelStatus() != self.optimal:
            self.solver.clearSolver()
            self.solver.run()
            if self.solver.getModelStatus() != self.optimal:
                return False
        solution = self.solver.getSolution()
        values = np.array(solution.col_value)
        self.x, self.epsilon = values[:-1], float(values[-1])
        return True

    def tight(self) -> list[tuple[int, bool]]:
        """The coalitions, and the floors, of positive dual weight."""
        solution = self.solver.getSolution()
        duals, costs = np.array(solution.row_dual), np.array(solution.col_dual)
        rows = [(self.rows[at], False) for at in np.flatnonzero(duals > POSITIVE).tolist() if at and self.state[at]]
        return rows + [(1 << i, True) for i in np.flatnonzero(costs[:-1] > POSITIVE).tolist()]

    def settle(self, columns: Sequence[tuple[int, bool]], new: Sequence[bool], settled: Settled) -> None:
        """Hold the tight coalitions at their excess, and drop the rows of all that are settled."""
        for (mask, floor), fresh in zip(columns, new, strict=True):
            if fresh and floor:
                self.solver.changeColBounds(mask.bit_length() - 1, 0.0, 0.0)
            elif fresh:
                at = self.rows.index(mask)
                worth = self.worth(mask) - self.sizes[mask.bit_count()] * self.epsilon
                self.solver.changeCoeff(at, self.n, 0.0)
                self.solver.changeRowBounds(at, worth, worth)
                self.state[at] = False
        for at in np.flatnonzero(settled(np.array(self.rows))).tolist():
            if at and self.state[at]:
                self.solver.changeRowBounds(at, -self.infinity, self.infinity)
                self.state[at] = False
