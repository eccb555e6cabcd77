"""Three players or more: all equilibria where that is proved, and the best correlated equilibrium."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from measure import Job, Row, Section

import bargain as bg

SHAPES = ((2, 2, 2), (2, 2, 2, 2), (3, 3, 3), (2,) * 5, (4, 4, 4), (2,) * 10, (3,) * 10)


def game(shape: tuple[int, ...]) -> bg.NormalFormGame:
    return bg.NormalFormGame(np.random.default_rng(1).integers(0, 100, (len(shape), *shape)))


def ours(shape: tuple[int, ...]) -> Callable[[int], Job]:
    def job() -> str:
        found = bg.nash_equilibria(game(shape))
        return f"{len(found)} found, {'all' if found.complete else 'perhaps not all'}"

    return lambda _: job


def correlated(goal: str, coarse: bool) -> Callable[[int], Job]:
    def prepare(players: int) -> Job:
        same = game((4,) * players)
        return lambda: bg.correlated_equilibrium(same, maximise=goal, coarse=coarse)

    return prepare


SECTIONS = [
    Section(
        "Equilibria of three players or more",
        {" x ".join(map(str, shape)) + " actions": Row(ours(shape)) for shape in SHAPES},
        base=None,
        counts=True,
        note="A fixed amount of work by default; the answer says whether the list is proved complete.",
    ),
    Section(
        "Best correlated equilibrium of players with four actions each",
        {
            "bargain, greatest welfare": Row(correlated("welfare", coarse=False)),
            "bargain, greatest welfare, coarse": Row(correlated("welfare", coarse=True)),
            "bargain, greatest least payoff": Row(correlated("egalitarian", coarse=False)),
        },
        (4, 5, 6),
        "players",
        base="bargain, greatest welfare",
    ),
]
