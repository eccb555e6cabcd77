"""The cheapest transfers again and again with other caps and deficits, beside cvxpy; and the best coalition."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import bargain as bg

PLAYERS = 20
Floats = np.ndarray[Any, np.dtype[np.float64]]


@cache
def game() -> bg.MembershipGame:
    """Random payoffs of 20 players; more members are better for everyone."""
    rng = np.random.default_rng(1)
    sizes = np.array([mask.bit_count() for mask in range(1 << PLAYERS)])
    table = np.asfortranarray(rng.normal(size=(1 << PLAYERS, PLAYERS)) + 0.3 * sizes[:, None])
    table.flags.writeable = False
    return bg.MembershipGame(table)


@cache
def groups(rows: int) -> tuple[tuple[int, ...], ...]:
    rng = np.random.default_rng(2)
    return tuple(tuple(sorted(rng.choice(PLAYERS, rng.integers(2, 15), replace=False).tolist())) for _ in range(rows))


def draws() -> Callable[[], tuple[Floats, Floats]]:
    """Caps and deficits, others at every call, so that the cheapest transfers change as well."""
    rng = np.random.default_rng(3)
    return lambda: (rng.random(PLAYERS), rng.normal(size=PLAYERS))


def needs(rows: int) -> Floats:
    """What groups lack, so that many of them decide the cost."""
    return np.random.default_rng(4).normal(size=rows) * 5


def kept(rows: int) -> Callable[[], float]:
    program, draw, lacks = bg.TransferProgram(game(), (1 << PLAYERS) - 1, groups=groups(rows)), draws(), needs(rows)
    return lambda: program.solve(*draw(), lacks).outside


def parameters(rows: int) -> Callable[[], float]:
    import cvxpy as cp

    draw, inside = draws(), np.zeros((rows, PLAYERS))
    for at, group in enumerate(groups(rows)):
        inside[at, list(group)] = 1.0
    floors, transfers = cp.Parameter(PLAYERS), cp.Variable(PLAYERS)
    conditions = [transfers >= floors]
    if rows:
        conditions.append(inside @ transfers >= needs(rows))
    problem = cp.Problem(cp.Minimize(cp.pos(cp.sum(transfers))), conditions)

    def solve() -> float:
        caps, lacks = draw()
        floors.value = np.where(lacks > 0, lacks, -np.minimum(-lacks, caps))
        return float(problem.solve(solver=cp.HIGHS))

    return solve


TRANSFERS = {"bargain, kept program": kept, "cvxpy with Parameters, HiGHS": parameters}


@pytest.mark.parametrize("rows", [0, 500])
@pytest.mark.parametrize("name", TRANSFERS)
def test_transfers_again(benchmark: Any, name: str, rows: int) -> None:
    benchmark.group = f"cheapest transfers of {PLAYERS} members with other caps and deficits, {rows} groups"
    solve = TRANSFERS[name](rows)
    again = kept(rows)
    assert all(abs(solve() - again()) < 1e-6 for _ in range(5))
    benchmark.pedantic(solve, rounds=200 if rows == 0 else 50, warmup_rounds=5)


@pytest.mark.parametrize("n", [16, 20])
@pytest.mark.parametrize("name", ["no side conditions", "limited pairs, by programs"])
def test_best_coalition(benchmark: Any, name: str, n: int) -> None:
    benchmark.group = f"best coalition of {n} players"
    own = bg.MembershipGame(game().payoffs[: 1 << n, :n])
    side: dict[str, Any] = {} if name == "no side conditions" else {"barred": [(0, 1), (1, 0), (2, 3)]}
    benchmark.pedantic(lambda: bg.best_coalition(own, **side), rounds=3, warmup_rounds=1)
