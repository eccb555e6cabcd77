"""The optimum of a linear program over lotteries, and the same vertex in rationals with multipliers that prove it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from bargain import _exact
from bargain._lp import LPSolution, LPStatus, solve_in_turn, solve_lp
from bargain.games import Floats

MOST_CELLS = 20_000
"""Entries of a program up to which it is also solved in rationals."""
MOST_BASIC = 30
MOST_DENOMINATOR = 10**6
ZERO = 1e-9


@dataclass(frozen=True)
class Optimum:
    """Least c @ x subject to a @ x >= b, x >= 0: the solution, the rows' multipliers, both also exactly if known."""

    status: LPStatus
    x: Floats
    duals: Floats
    exact: tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None = None


def optimum(c: Any, a: Any, b: Any) -> Optimum:
    """Minimise c @ x subject to a @ x >= b and x >= 0; in rationals too if all three are arrays of `Fraction`.

    The rational answer is the vertex that HiGHS ended at, solved again from its active rows, and is kept only if it and
    its multipliers are feasible and agree in value: then they prove each other optimal.
    """
    rational = a.dtype == object
    floats = [np.asarray(part, dtype=float) for part in (c, a, b)]
    solution = solve_lp(*floats, lotteries=True)
    found = _in_floats(solution, a.shape)
    if found.status != "optimal" or not rational or a.size > MOST_CELLS:
        return found
    return replace(found, exact=_again(c, a, b, found.x, found.duals))


def optima_in_turn(c: Floats, then: Floats, a: Floats, b: Floats) -> tuple[Optimum, Optimum]:
    """Minimise c @ x subject to a @ x >= b and x >= 0, and then @ x among the solutions; in floats."""
    first, second = (_in_floats(solution, a.shape) for solution in solve_in_turn(c, then, a, b))
    return first, second


def _in_floats(solution: LPSolution, shape: tuple[int, ...]) -> Optimum:
    if solution.x is None or solution.duals is None:
        return Optimum(solution.status, np.zeros(shape[1]), np.zeros(shape[0]))
    return Optimum("optimal", solution.x, np.clip(solution.duals, 0.0, None))


def _again(
    c: Any, a: Any, b: Any, x: Floats, duals: Floats
) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]] | None:
    size, weight = max(1.0, float(np.abs(x).max())), max(1.0, float(np.abs(duals).max()))
    basic = np.flatnonzero(x > ZERO * size).tolist()
    slack = np.asarray(a, dtype=float) @ x - np.asarray(b, dtype=float)
    tight = np.flatnonzero(slack <= ZERO * size).tolist()
    priced = np.flatnonzero(duals > ZERO * weight).tolist()
    if len(basic) > MOST_BASIC or len(priced) > MOST_BASIC or len(tight) > 2 * MOST_BASIC:
        return None
    primal = _exact.solve(a[np.ix_(tight, basic)].tolist(), b[tight].tolist(), _simple(x[basic]))
    dual = _exact.solve(a[np.ix_(priced, basic)].T.tolist(), c[basic].tolist(), _simple(duals[priced]))
    if primal is None or dual is None or min([*primal, *dual], default=Fraction(0)) < 0:
        return None
    solution, prices = (np.full(count, Fraction(0), dtype=object) for count in (len(x), len(duals)))
    solution[basic], prices[priced] = primal, dual
    feasible = (a @ solution >= b).all() and (prices @ a <= c).all()
    return (tuple(solution), tuple(prices)) if feasible and c @ solution == prices @ b else None


def _simple(values: Sequence[float] | Floats) -> list[Fraction]:
    return [Fraction(float(value)).limit_denominator(MOST_DENOMINATOR) for value in values]
