"""All equilibria of two-player games, ours beside the peers' in the same run."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from measure import Job, Row, Section

import bargain as bg


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
    import quantecon

    payoffs = game(size).payoffs
    players = [quantecon.game_theory.Player(payoffs[0]), quantecon.game_theory.Player(payoffs[1].T)]
    return len(quantecon.game_theory.vertex_enumeration(quantecon.game_theory.NormalFormGame(players)))


def at(solver: Callable[[int], int]) -> Callable[[int], Job]:
    return lambda size: lambda: solver(size)


SECTIONS = [
    Section(
        "All equilibria of a random game of two players",
        {
            "bargain": Row(at(ours)),
            "nashpy, support enumeration": Row(at(nashpy_support), 5),
            "nashpy, vertex enumeration": Row(at(nashpy_vertex), 5),
            "quantecon, vertex enumeration": Row(at(quantecon_vertex), needs="quantecon"),
        },
        (2, 3, 5, 7, 8),
        "actions",
        counts=True,
        note="`bargain` enumerates vertices in whole numbers. Whoever finds fewer equilibria has lost some.",
    )
]
