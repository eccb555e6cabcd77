"""All equilibria of two players, random and with ties; beside nashpy, quantecon and, where there is one, pygambit."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from measure import Job, Row, Section

import bargain as bg

Game = bg.NormalFormGame
Solver = Callable[[Game], int]


def random(size: int) -> Game:
    return Game(np.random.default_rng(size).random((2, size, size)))


def tied(size: int) -> Game:
    return Game(np.random.default_rng(size).integers(0, 3, (2, size, size)))


def ours(same: Game) -> int:
    found = bg.nash_equilibria(Game(same.given), cross_check=False)
    assert found.complete
    return len(found)


def nashpy_support(same: Game) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nashpy warns of an even number of equilibria
        return len(list(same.to_nashpy().support_enumeration()))


def nashpy_vertex(same: Game) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return len(list(same.to_nashpy().vertex_enumeration()))


def quantecon_vertex(same: Game) -> int:
    from quantecon import game_theory

    players = [game_theory.Player(same.payoffs[0]), game_theory.Player(np.ascontiguousarray(same.payoffs[1].T))]
    return len(game_theory.vertex_enumeration(game_theory.NormalFormGame(players)))


def gambit(rational: bool) -> Solver:
    def solve(same: Game) -> int:
        import pygambit

        tables = same.given.astype(object) if rational else same.payoffs
        return len(pygambit.nash.enummixed_solve(pygambit.Game.from_arrays(*tables), rational=rational).equilibria)

    return solve


def of(draw: Callable[[int], Game], solver: Solver) -> Callable[[int], Job]:
    def prepare(size: int) -> Job:
        same = draw(size)
        return lambda: solver(same)

    return prepare


def rows(draw: Callable[[int], Game]) -> dict[str, Row]:
    return {
        "bargain": Row(of(draw, ours)),
        "nashpy, support enumeration": Row(of(draw, nashpy_support), 7),
        "nashpy, vertex enumeration": Row(of(draw, nashpy_vertex), 5),
        "quantecon, vertex enumeration": Row(of(draw, quantecon_vertex), needs="quantecon"),
        "pygambit, enummixed in floats": Row(of(draw, gambit(rational=False)), 8, needs="pygambit"),
        "pygambit, enummixed in rationals": Row(of(draw, gambit(rational=True)), 8, needs="pygambit"),
    }


NOTE = "`bargain` proves that its list is complete. Whoever finds fewer equilibria has lost some."
SECTIONS = [
    Section(
        "All equilibria of a random game of two players",
        rows(random),
        (3, 5, 7, 8, 10, 12),
        "actions",
        counts=True,
        note=NOTE,
    ),
    Section(
        "All extreme equilibria of a game of two players with ties, payoffs 0, 1 and 2",
        rows(tied),
        (5, 8, 10),
        "actions",
        counts=True,
        note=NOTE,
    ),
]
