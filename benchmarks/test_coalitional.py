"""Solutions of coalitional games beside the peers', and beside one read of the table of worths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bargain as bg

Floats = np.ndarray[Any, np.dtype[np.float64]]


def added(shares: Floats) -> Floats:
    """The sum of the shares over every coalition."""
    sums = np.zeros(1)
    for share in shares:
        sums = np.concatenate([sums, sums + share])
    return sums


def random_worths(n: int) -> Floats:
    """Uniform worths, each times the number of members but one: nobody makes anything alone."""
    return np.random.default_rng(n).random(1 << n) * np.maximum(added(np.ones(n)) - 1, 0)


def convex(n: int) -> Floats:
    return np.asarray(added(np.random.default_rng(n).integers(1, 10, n).astype(float)) ** 2)


def voting(n: int) -> Floats:
    votes = added(np.random.default_rng(n).integers(1, 50, n).astype(float))
    return (votes > votes[-1] / 2).astype(float)


def bankruptcy(n: int) -> Floats:
    claims = added(np.random.default_rng(n).integers(1, 100, n).astype(float))
    return np.maximum(0.0, claims - claims[-1] / 2)


GAMES = {"random": random_worths, "convex": convex, "voting": voting, "bankruptcy": bankruptcy}


def one_read(values: Floats) -> Callable[[], Any]:
    return values.sum


def of_bargain(solve: Callable[[Floats], Any]) -> Callable[[Floats], Callable[[], Any]]:
    return lambda values: lambda: solve(values)


def of_coopgame(name: str, *options: str) -> Callable[[Floats], Callable[[], Any]]:
    def prepare(values: Floats) -> Callable[[], Any]:
        coopgame = pytest.importorskip("coopgame", reason="coopgame-py is not installed")
        game = coopgame.Game(values[1:].tolist())
        return lambda: getattr(coopgame, name)(game, *options)

    return prepare


def of_tucoopy(name: str) -> Callable[[Floats], Callable[[], Any]]:
    def prepare(values: Floats) -> Callable[[], Any]:
        tucoopy = pytest.importorskip("tucoopy")
        game = tucoopy.Game(len(values).bit_length() - 1, dict(enumerate(values.tolist())))
        return lambda: getattr(tucoopy, name)(game)

    return prepare


def of_shapley_numba(values: Floats) -> Callable[[], Any]:
    pytest.importorskip("shapley_numba", reason="shapley-numba is not installed")
    from numba import float64
    from shapley_numba import numba_game
    from shapley_numba.shapley import shapley

    @numba_game([("worths", float64[:])])
    class Table:
        def __init__(self, worths: Any) -> None:
            self.worths = worths

        def value(self, subset: Any) -> Any:
            mask = 0
            for i in range(len(subset)):
                if subset[i]:
                    mask += 1 << i
            return self.worths[mask]

    game, n = Table(values), len(values).bit_length() - 1
    return lambda: shapley(game, n)


SHAPLEY = {
    "one read of the table": (one_read, 24),
    "bargain": (of_bargain(bg.shapley_value), 24),
    "coopgame-py": (of_coopgame("shapley"), 22),
    "shapley-numba": (of_shapley_numba, 20),
    "tucoopy": (of_tucoopy("shapley_value"), 12),
}
PRENUCLEOLUS = {
    "one read of the table": (one_read, 22),
    "bargain": (of_bargain(bg.prenucleolus), 22),
    "coopgame-py": (of_coopgame("prenucleolus"), 20),
    "tucoopy, nucleolus": (of_tucoopy("nucleolus"), 8),
}
LEAST_CORE = {
    "one read of the table": (one_read, 22),
    "bargain": (of_bargain(bg.least_core), 22),
    "coopgame-py": (of_coopgame("least_core", "preimputation"), 20),
}


def run(benchmark: Any, prepare: Callable[[Floats], Callable[[], Any]], values: Floats) -> None:
    benchmark.pedantic(prepare(values), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("n", [12, 16, 20, 22, 24])
@pytest.mark.parametrize("name", SHAPLEY)
def test_shapley_value(benchmark: Any, name: str, n: int) -> None:
    prepare, largest = SHAPLEY[name]
    if n > largest:
        pytest.skip("takes too long")
    benchmark.group = f"Shapley value of a random game of {n} players"
    run(benchmark, prepare, random_worths(n))


@pytest.mark.parametrize("n", [8, 12, 16, 20, 22])
@pytest.mark.parametrize("kind", GAMES)
@pytest.mark.parametrize("name", PRENUCLEOLUS)
def test_prenucleolus(benchmark: Any, name: str, kind: str, n: int) -> None:
    prepare, largest = PRENUCLEOLUS[name]
    if n > largest:
        pytest.skip("takes too long")
    benchmark.group = f"prenucleolus of a {kind} game of {n} players"
    run(benchmark, prepare, GAMES[kind](n))


@pytest.mark.parametrize("n", [12, 16, 20, 22])
@pytest.mark.parametrize("kind", GAMES)
@pytest.mark.parametrize("name", LEAST_CORE)
def test_least_core(benchmark: Any, name: str, kind: str, n: int) -> None:
    prepare, largest = LEAST_CORE[name]
    if n > largest:
        pytest.skip("takes too long")
    benchmark.group = f"least core of a {kind} game of {n} players"
    run(benchmark, prepare, GAMES[kind](n))
