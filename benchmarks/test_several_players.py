"""Three players or more: all equilibria where that is proved, and the best correlated equilibrium."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bargain as bg

GAMES = ((2, 2, 2), (2, 2, 2, 2), (3, 3, 3), (2,) * 5, (4, 4, 4), (2,) * 10, (3,) * 8)


def game(shape: tuple[int, ...]) -> bg.NormalFormGame:
    return bg.NormalFormGame(np.random.default_rng(1).integers(0, 100, (len(shape), *shape)))


def ours(shape: tuple[int, ...]) -> str:
    found = bg.nash_equilibria(game(shape))
    return f"{len(found)}, {'all' if found.complete else 'perhaps not all'}"


def pygambit(shape: tuple[int, ...], method: str) -> str:
    opinion = bg.gambit_opinion(game(shape), method=method, seconds=20)
    if opinion.status in ("not installed", "out of time"):
        pytest.skip(opinion.words)
    return str(len(opinion.equilibria))


SOLVERS = {
    "bargain": ours,
    "pygambit, enumpoly (with the start of a process)": lambda shape: pygambit(shape, "enumpoly"),
    "pygambit, gnm (with the start of a process)": lambda shape: pygambit(shape, "gnm"),
}


@pytest.mark.parametrize("shape", GAMES, ids=str)
@pytest.mark.parametrize("name", SOLVERS)
def test_equilibria_of_several_players(benchmark: Any, name: str, shape: tuple[int, ...]) -> None:
    benchmark.group = f"equilibria of a random game of {' x '.join(map(str, shape))} actions"
    benchmark.extra_info["equilibria"] = benchmark.pedantic(SOLVERS[name], args=(shape,), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("goal", ["welfare", "egalitarian"])
@pytest.mark.parametrize("name", ["bargain", "bargain, coarse"])
def test_correlated_equilibrium(benchmark: Any, name: str, goal: str) -> None:
    benchmark.group = f"correlated equilibrium of 6 players with 4 actions, {goal}"
    benchmark.pedantic(
        bg.correlated_equilibrium,
        args=(game((4,) * 6),),
        kwargs={"maximise": goal, "coarse": name != "bargain"},
        rounds=5,
        warmup_rounds=1,
    )
