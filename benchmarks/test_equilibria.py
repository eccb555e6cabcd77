"""All equilibria of two-player games, ours beside the peers' in the same run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bargain as bg

RANDOM, TIED = "random", "small whole numbers"
SIZES = {RANDOM: (3, 5, 7, 8, 10, 12), TIED: (5, 8, 10)}


def game(kind: str, size: int) -> bg.NormalFormGame:
    rng = np.random.default_rng(size)
    return bg.NormalFormGame(rng.random((2, size, size)) if kind == RANDOM else rng.integers(0, 3, (2, size, size)))


def ours(same: bg.NormalFormGame) -> int:
    found = bg.nash_equilibria(bg.NormalFormGame(same.given), cross_check=False)
    assert found.complete
    return len(found)


def nashpy_support(same: bg.NormalFormGame) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nashpy warns of an even number of equilibria
        return len(list(same.to_nashpy().support_enumeration()))


def nashpy_vertex(same: bg.NormalFormGame) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(list(same.to_nashpy().vertex_enumeration()))


def quantecon_vertex(same: bg.NormalFormGame) -> int:
    quantecon = pytest.importorskip("quantecon")
    players = [
        quantecon.game_theory.Player(same.payoffs[0]),
        quantecon.game_theory.Player(np.ascontiguousarray(same.payoffs[1].T)),
    ]
    return len(quantecon.game_theory.vertex_enumeration(quantecon.game_theory.NormalFormGame(players)))


def gambit(rational: bool) -> Callable[[bg.NormalFormGame], int]:
    def solve(same: bg.NormalFormGame) -> int:
        pygambit = pytest.importorskip("pygambit")
        tables = same.given.astype(object) if rational else same.payoffs
        return len(pygambit.nash.enummixed_solve(pygambit.Game.from_arrays(*tables), rational=rational).equilibria)

    return solve


SOLVERS: dict[str, tuple[Callable[[bg.NormalFormGame], int], int]] = {
    "bargain, complete and exact": (ours, 12),
    "nashpy, support enumeration": (nashpy_support, 7),
    "nashpy, vertex enumeration": (nashpy_vertex, 5),
    "quantecon, vertex enumeration": (quantecon_vertex, 12),
    "pygambit, enummixed in floats": (gambit(rational=False), 8),
    "pygambit, enummixed in rationals": (gambit(rational=True), 8),
}
"""Name -> the solver and the largest game it does in about a second."""


@pytest.mark.parametrize(("kind", "size"), [(kind, size) for kind, sizes in SIZES.items() for size in sizes])
@pytest.mark.parametrize("name", SOLVERS)
def test_all_equilibria(benchmark: Any, name: str, kind: str, size: int) -> None:
    solver, largest = SOLVERS[name]
    if size > largest:
        pytest.skip("takes more than a second a game")
    same = game(kind, size)
    benchmark.group = f"all equilibria of a {size} x {size} game, {kind}"
    found = benchmark.pedantic(solver, args=(same,), rounds=5, warmup_rounds=1)
    benchmark.extra_info["equilibria"] = found
