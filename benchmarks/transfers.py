"""The cheapest transfers again and again with other caps and deficits, beside cvxpy; and the best coalition."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from measure import Job, Row, Section

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


def best(**side: Any) -> Callable[[int], Job]:
    def prepare(n: int) -> Job:
        own = bg.MembershipGame(game().payoffs[: 1 << n, :n])
        return lambda: bg.best_coalition(own, **side)

    return prepare


SECTIONS = [
    Section(
        f"Cheapest transfers of {PLAYERS} members, again with other caps and deficits",
        {"bargain, kept program": Row(kept), "cvxpy with Parameters, HiGHS": Row(parameters)},
        (1, 500),
        "groups that must be paid enough",
        base="bargain, kept program",
    ),
    Section(
        "Best coalition and its transfers",
        {
            "no side conditions": Row(best()),
            "limited pairs, by integer programs": Row(best(barred=[(0, 1), (1, 0), (2, 3)])),
        },
        (12, 16, 20),
        "players",
        base=None,
    ),
]
