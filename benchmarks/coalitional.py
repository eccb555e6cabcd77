"""Solutions of coalitional games beside those of other packages, and beside one read of the table of worths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Job, Row, Section

import bargain as bg

Floats = np.ndarray[Any, np.dtype[np.float64]]


def added(shares: Floats) -> Floats:
    """The sum of the shares over every coalition."""
    sums = np.zeros(1 << len(shares))
    for i, share in enumerate(shares):
        np.add(sums[: 1 << i], share, out=sums[1 << i : 2 << i])
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


Make = Callable[[int], Floats]
Solve = Callable[[Floats], Any]


def one_read(make: Make) -> Row:
    return Row(lambda n: make(n).sum, 26)


def of_bargain(make: Make, solve: Solve, largest: int) -> Row:
    def prepare(n: int) -> Job:
        values = make(n)
        values.flags.writeable = False
        return lambda: solve(values)

    return Row(prepare, largest, peak=True)


def of_coopgame(make: Make, name: str, largest: int, *options: str) -> Row:
    def prepare(n: int) -> Job:
        import coopgame

        game = coopgame.Game(make(n)[1:].tolist())
        return lambda: getattr(coopgame, name)(game, *options)

    return Row(prepare, largest, needs="coopgame")


def of_tucoopy(make: Make, name: str, largest: int) -> Row:
    def prepare(n: int) -> Job:
        import tucoopy

        game = tucoopy.Game(n, dict(enumerate(make(n).tolist())))
        return lambda: getattr(tucoopy, name)(game)

    return Row(prepare, largest, needs="tucoopy")


def of_shapley_numba(make: Make, largest: int) -> Row:
    def prepare(n: int) -> Job:
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

        game = Table(make(n))
        return lambda: shapley(game, n)

    return Row(prepare, largest, needs="shapley_numba")


FLOOR = "one read of the table"
SIZES = (12, 16, 20, 22, 24, 26)
SECTIONS = [
    Section(
        "Shapley value of a random game",
        {
            FLOOR: one_read(random_worths),
            "bargain": of_bargain(random_worths, bg.shapley_value, 24),
            "coopgame-py": of_coopgame(random_worths, "shapley", 22),
            "shapley-numba": of_shapley_numba(random_worths, 22),
            "tucoopy": of_tucoopy(random_worths, "shapley_value", 12),
        },
        SIZES[:-1],
        "players",
        floor=FLOOR,
    ),
    *(
        Section(
            f"Prenucleolus of a {kind} game",
            {
                FLOOR: one_read(make),
                "bargain": of_bargain(make, bg.prenucleolus, 26),
                "coopgame-py": of_coopgame(make, "prenucleolus", 20),
                "tucoopy, nucleolus": of_tucoopy(make, "nucleolus", 8),
            },
            (8, *SIZES),
            "players",
            floor=FLOOR,
        )
        for kind, make in GAMES.items()
    ),
    *(
        Section(
            f"Least core of a {kind} game",
            {
                FLOOR: one_read(make),
                "bargain": of_bargain(make, bg.least_core, 26),
                "coopgame-py": of_coopgame(make, "least_core", 20, "preimputation"),
            },
            SIZES,
            "players",
            floor=FLOOR,
        )
        for kind, make in GAMES.items()
    ),
]
