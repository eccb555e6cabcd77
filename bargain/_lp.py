"""Linear programs `minimise c @ x, A @ x >= b, 0 <= x <= upper`, and exact proofs that one has no solution.

HiGHS works with absolute tolerances, so every program is scaled to numbers around 1 first, and the vertex it finds
is computed again from its active constraints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
LPStatus = Literal["optimal", "infeasible", "unbounded", "unfinished"]


ORDINARY = 10
"""Powers of 2 between which the largest entry of a row is left as it is."""


@dataclass(frozen=True)
class LPSolution:
    """What a linear program came to; `x` is None unless optimal, `duals` are the rows' multipliers (>= 0)."""

    status: LPStatus
    x: Vector | None = None
    duals: Vector | None = None


@dataclass(frozen=True)
class MIPSolution:
    """What a program with whole numbers came to: the best x found, and what no x exceeds."""

    status: LPStatus
    x: Vector | None = None
    bound: float = float("-inf")


def solve_lp(c: Vector, a: Vector, b: Vector, upper: Vector | None = None, *, lotteries: bool = False) -> LPSolution:
    """Minimise c @ x subject to a @ x >= b and 0 <= x <= upper, by HiGHS' simplex method.

    Parameters
    ----------
    c : (n,) array; a : (m, n) array; b : (m,) array; upper : (n,) array, infinite where None
    lotteries : bool
        Whether x is a distribution over many outcomes, whose columns are alike.
    """
    return _solved(c, None, a, b, upper, lotteries)[0]


def solve_in_turn(c: Vector, then: Vector, a: Vector, b: Vector) -> tuple[LPSolution, LPSolution]:
    """Minimise c @ x subject to a @ x >= b and x >= 0, and then @ x among the x, lotteries, that do so.

    Those x are the ones that leave each row with a multiplier tight and each column with a reduced cost at zero
    (complementary slackness), so the second program has no tolerance for the value of the first, and starts from its
    basis.

    Parameters
    ----------
    c, then : (n,) arrays; a : (m, n) array; b : (m,) array
    """
    first, second = _solved(c, then, a, b, None, lotteries=True)
    return first, second or first


def _solved(
    c: Vector, then: Vector | None, a: Vector, b: Vector, upper: Vector | None, lotteries: bool
) -> tuple[LPSolution, LPSolution | None]:
    m, n = a.shape
    if not n:
        return LPSolution("optimal", np.zeros(0), np.zeros(m)) if np.all(b <= 0) else LPSolution("infeasible"), None
    top = np.full(n, np.inf) if upper is None else upper
    powers = _row_powers(a, 0 if lotteries else ORDINARY)
    if powers.any():
        a, b = np.ldexp(a, powers[:, None]), np.ldexp(b, powers)
    scale = float(max(1.0, np.abs(b).max(initial=0.0)))
    weight = float(np.abs(c).max(initial=0.0)) or 1.0
    lp = _program(c / weight, a, (b / scale, np.full(m, np.inf)), (np.zeros(n), top / scale))
    solver = _highs(LOTTERIES if lotteries else OPTIONS)
    solver.passModel(lp)
    first = _outcome(solver, a, b, top, scale, np.ldexp(weight, powers))
    if then is None or first.status != "optimal":
        return first, None
    costs, prices = np.array(solver.getSolution().col_dual), np.array(solver.getSolution().row_dual)
    columns, rows = np.arange(n, dtype=np.int32), np.arange(m, dtype=np.int32)
    weight = float(np.abs(then).max(initial=0.0)) or 1.0
    solver.changeColsBounds(n, columns, np.zeros(n), np.where(costs > PRICED, 0.0, np.inf))
    solver.changeRowsBounds(m, rows, b / scale, np.where(prices > PRICED, b / scale, np.inf))
    solver.changeColsCost(n, columns, then / weight)
    return first, _outcome(solver, a, b, top, scale, np.ldexp(weight, powers))


def _outcome(solver: Any, a: Vector, b: Vector, top: Vector, scale: float, weights: Vector) -> LPSolution:
    """Run HiGHS on a program whose bounds, costs and rows were scaled, and read what comes of it."""
    import highspy

    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return LPSolution("infeasible")
    if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return LPSolution("unbounded")
    if status != highspy.HighsModelStatus.kOptimal:
        return LPSolution("unfinished")
    solution, basis = solver.getSolution(), solver.getBasis()
    x = np.asarray(solution.col_value, dtype=float) * scale
    basic = highspy.HighsBasisStatus.kBasic
    inner = np.array([state == basic for state in basis.col_status], dtype=bool)
    active = np.array([state != basic for state in basis.row_status], dtype=bool)
    x = _at_vertex(x, a, b, inner, active)
    return LPSolution("optimal", np.clip(x, 0.0, top), np.asarray(solution.row_dual, dtype=float) * weights)


def _row_powers(a: Vector, ordinary: int) -> npt.NDArray[np.int_]:
    """The powers of 2 that bring rows to around 1; 0 for rows within that many of it."""
    _, powers = np.frexp(np.abs(a).max(axis=1, initial=0.0))
    return np.where(np.abs(powers) > ordinary, np.clip(-powers, -1000, 1000), 0)


def solve_mip(
    c: Vector,
    a: Vector,
    rows: tuple[Vector, Vector],
    columns: tuple[Vector, Vector],
    integer: npt.NDArray[np.bool_],
    seconds: float,
) -> MIPSolution:
    """Maximise c @ x subject to rows[0] <= a @ x <= rows[1], columns[0] <= x <= columns[1], by branch and cut.

    The caller scales: numbers should be around 1.

    Parameters
    ----------
    c : (n,) array; a : (m, n) array; rows : two (m,) arrays; columns : two (n,) arrays
    integer : (n,) array of bool
        Which x are whole numbers.
    seconds : float
        When to stop; the best x so far is returned, and how much better one could be.
    """
    import highspy

    lp = _program(-c, a, rows, columns)
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[bool(whole)] for whole in integer]
    solver = _highs(MIP_OPTIONS | {"time_limit": max(seconds, 0.0)})
    solver.passModel(lp)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return MIPSolution("infeasible")
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.asarray(solver.getSolution().col_value, dtype=float) if found else None
    bound = -float(info.mip_dual_bound)
    if status == highspy.HighsModelStatus.kOptimal and x is not None:
        return MIPSolution("optimal", x, bound)
    return MIPSolution("unfinished", x, bound if np.isfinite(bound) else float("inf"))


def _program(c: Vector, a: Vector, rows: tuple[Vector, Vector], columns: tuple[Vector, Vector]) -> Any:
    """A linear program in the form of HiGHS."""
    import highspy

    def bound(values: Vector) -> Vector:
        return np.clip(values, -highspy.kHighsInf, highspy.kHighsInf)

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = a.shape
    lp.col_cost_ = c
    lp.col_lower_, lp.col_upper_ = bound(columns[0]), bound(columns[1])
    lp.row_lower_, lp.row_upper_ = bound(rows[0]), bound(rows[1])
    row, column = np.nonzero(a)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(row, np.arange(len(a) + 1)).astype(np.int32)
    lp.a_matrix_.index_ = column.astype(np.int32)
    lp.a_matrix_.value_ = a[row, column]
    return lp


def _highs(options: dict[str, Any]) -> Any:
    import highspy

    solver = highspy.Highs()
    for option, setting in options.items():
        solver.setOptionValue(option, setting)
    return solver


MIP_OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-9,
    "mip_feasibility_tolerance": 1e-9,
    "primal_feasibility_tolerance": 1e-9,
}
"""Settings of HiGHS for programs with whole numbers."""
OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "presolve": "off",
    "solver": "simplex",
    "threads": 1,
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
"""Settings of HiGHS for small programs whose basis is looked at."""
LOTTERIES: dict[str, Any] = OPTIONS | {"simplex_scale_strategy": 0}
"""The same for lotteries over many outcomes: columns of such a program are alike, and HiGHS' own scaling, which tells
them apart, costs it ten times as many steps. Rows are scaled to around 1 before."""


PRICED = 1e-9
"""A multiplier or reduced cost above this, of costs scaled to 1, is one."""


class WarmLP:
    """Minimise c @ x subject to x >= lower and rows a @ x >= b, kept in HiGHS from one solution to the next.

    Bounds may change and rows be added; the next solution starts from the last basis. The caller scales: bounds
    should be around 1.
    """

    def __init__(self, c: Vector) -> None:
        import highspy

        self.infinity, self.optimal = highspy.kHighsInf, highspy.HighsModelStatus.kOptimal
        self.solver = _highs(OPTIONS)
        self.columns, self.rows = np.arange(len(c), dtype=np.int32), np.empty(0, dtype=np.int32)
        self.free = np.full(len(c), self.infinity)
        self.unbounded = self.bounds = np.empty(0)
        for cost in c:
            self.solver.addCol(float(cost), 0.0, self.infinity, 0, np.empty(0, np.int32), np.empty(0))

    def add_rows(self, a: npt.NDArray[Any], b: Vector) -> None:
        """Add rows a @ x >= b, a being (m, n)."""
        rows, columns = np.nonzero(a)
        starts = np.searchsorted(rows, np.arange(len(a)))
        self.unbounded = np.full(len(self.rows) + len(a), self.infinity)
        self.rows = np.arange(len(self.unbounded), dtype=np.int32)
        self.bounds = np.append(self.bounds, b)
        free, values = self.unbounded[: len(a)], a[rows, columns].astype(float)
        index = (starts.astype(np.int32), columns.astype(np.int32), values)
        self.solver.addRows(len(a), b.astype(float), free, len(values), *index)

    def solve(self, lower: Vector, b: Vector) -> tuple[Vector, Vector] | None:
        """Return x and the rows' multipliers for these bounds of columns and rows; None if that was not done."""
        self.solver.changeColsBounds(len(self.columns), self.columns, lower, self.free)
        if not np.array_equal(b, self.bounds):
            self.solver.changeRowsBounds(len(self.rows), self.rows, b, self.unbounded)
            self.bounds = b
        self.solver.run()
        if self.solver.getModelStatus() != self.optimal:
            self.solver.clearSolver()
            self.solver.run()
            if self.solver.getModelStatus() != self.optimal:
                return None
        solution = self.solver.getSolution()
        return np.array(solution.col_value), np.array(solution.row_dual)


def _at_vertex(x: Vector, a: Vector, b: Vector, inner: npt.NDArray[np.bool_], active: npt.NDArray[np.bool_]) -> Vector:
    """Solve the active rows for the inner columns again, to the last digits; keep x where that is no better."""
    better = x.copy()
    system = a[np.ix_(active, inner)]
    if system.size:
        step, *_ = np.linalg.lstsq(system, (b - a @ better)[active], rcond=None)
        better[inner] += step
    if _violation(better, a, b) <= max(_violation(x, a, b), 1e-15 * float(np.abs(b).max(initial=1.0))):
        return better
    return x


def polish(x: Vector, a: Vector, b: Vector) -> Vector:
    """Move an approximate vertex onto the constraints that are active in it, to the last digits.

    For solutions whose basis is not known; constraints within 1e-7 of the numbers' size count as active.
    """
    scale = float(max(1.0, np.abs(b).max(initial=0.0), np.abs(x).max(initial=0.0)))
    inner, active = x > 1e-8 * scale, np.abs(a @ x - b) <= 1e-7 * scale
    return np.clip(_at_vertex(np.where(inner, x, 0.0), a, b, inner, active), 0.0, None)


def _violation(x: Vector, a: Vector, b: Vector) -> float:
    return float(max(np.max(b - a @ x, initial=0.0), np.max(-x, initial=0.0)))


def infeasibility_weights(a: Sequence[Sequence[Fraction]], b: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """Prove in rationals that `a @ x >= b, x >= 0` has no solution, or return None if it has one.

    Returns
    -------
    tuple of m weights y >= 0, summing to 1, with y @ a <= 0 and y @ b > 0 (Farkas 1902): the weighted sum of the
    rows asks for a positive number from something that cannot exceed zero.

    Notes
    -----
    HiGHS picks the rows that clash, the rational simplex method with Bland's rule proves it on those rows alone,
    and on all rows should they not suffice.

    Examples
    --------
    >>> infeasibility_weights([[Fraction(1)], [Fraction(-1)]], [Fraction(2), Fraction(-1)])
    (Fraction(1, 2), Fraction(1, 2))
    """
    m = len(b)
    floats = np.array([[float(entry) for entry in row] for row in a]).reshape(m, -1)
    needed = np.array([float(entry) for entry in b])
    # Phase one: by how much, at least, must every row be relaxed?
    scale = float(max(1.0, np.abs(needed).max(initial=0.0)))
    relaxed = solve_lp(np.append(np.zeros(floats.shape[1]), 1.0), np.hstack([floats, np.ones((m, 1))]), needed / scale)
    chosen = range(m)
    if relaxed.duals is not None:
        chosen_rows = np.flatnonzero(relaxed.duals > 1e-9)
        for rows in (chosen_rows.tolist(), list(chosen)):
            weights = _rational_phase_one([a[i] for i in rows], [b[i] for i in rows]) if rows else None
            if weights is not None:
                whole = [Fraction(0)] * m
                for i, weight in zip(rows, weights, strict=True):
                    whole[i] = weight / sum(weights)
                return tuple(whole)
        return None
    weights = _rational_phase_one(a, b)
    return None if weights is None else tuple(weight / sum(weights) for weight in weights)


def _rational_phase_one(a: Sequence[Sequence[Fraction]], b: Sequence[Fraction]) -> list[Fraction] | None:
    """Find x >= 0 with a @ x >= b by the simplex method in rationals; return Farkas weights if there is none."""
    m, n = len(a), len(a[0]) if a else 0
    # Columns: x, then surplus s with a x - s = b, then one artificial variable a row.
    tableau: list[list[Fraction]] = []
    signs = [1 if entry >= 0 else -1 for entry in b]
    for i in range(m):
        surplus = [Fraction(-signs[i] if j == i else 0) for j in range(m)]
        artificial = [Fraction(1 if j == i else 0) for j in range(m)]
        tableau.append([signs[i] * entry for entry in a[i]] + surplus + artificial + [signs[i] * b[i]])
    basis = [n + m + i for i in range(m)]
    reduced = [-sum((row[j] for row in tableau), Fraction(0)) for j in range(n + m)]
    reduced += [Fraction(0)] * m + [-sum((row[-1] for row in tableau), Fraction(0))]
    while True:
        entering = next((j for j in range(n + m) if reduced[j] < 0), None)
        if entering is None:
            break
        ratios = [(row[-1] / row[entering], basis[i], i) for i, row in enumerate(tableau) if row[entering] > 0]
        leaving = min(ratios)[2]
        pivot = tableau[leaving][entering]
        tableau[leaving] = [entry / pivot for entry in tableau[leaving]]
        for row in (*tableau[:leaving], *tableau[leaving + 1 :], reduced):
            if factor := row[entering]:
                row[:] = [x - factor * y for x, y in zip(row, tableau[leaving], strict=True)]
        basis[leaving] = entering
    if reduced[-1] == 0:
        return None
    return [signs[i] * (1 - reduced[n + m + i]) for i in range(m)]
