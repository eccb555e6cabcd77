"""All equilibria of two-player games, ours beside the peers' in the same run."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import bargain as bg

SIZES = (2, 3, 5, 7, 8)


def game(size: int) -> bg.NormalFormGame:
    rng = np.random.default_rng(size)
    return bg.NormalFormGame(rng.random((2, size, size)))


def ours(size: int) -> int:
    return len(bg.nash_equilibria(game(size), cross_check=False).equilibria)


def nashpy_support(size: int) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nashpy warns of an even number of equilibria
        return len(list(game(size).to_nashpy().support_enumeration()))


def nashpy_vertex(size: int) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(list(game(size).to_nashpy().vertex_enumeration()))


def quantecon_vertex(size: int) -> int:
    quantecon = pytest.importorskip("quantecon")
    payoffs = game(size).payoffs
    players = [quantecon.game_theory.Player(payoffs[0]), quantecon.game_theory.Player(payoffs[1].T)]
    return len(quantecon.game_theory.vertex_enumeration(quantecon.game_theory.NormalFormGame(players)))


SOLVERS = {
    "bargain, exact vertex enumeration": (ours, 8),
    "nashpy, support enumeration": (nashpy_support, 5),
    "nashpy, vertex enumeration": (nashpy_vertex, 5),
    "quantecon, vertex enumeration": (quantecon_vertex, 8),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", SOLVERS)
def test_all_equilibria(benchmark: Any, name: str, size: int) -> None:
    solver, largest = SOLVERS[name]
    if size > largest:
        pytest.skip("takes more than a second a game")
    benchmark.group = f"all equilibria of a random {size} x {size} game"
    found = benchmark.pedantic(solver, args=(size,), rounds=5, warmup_rounds=1)
    benchmark.extra_info["equilibria"] = found
