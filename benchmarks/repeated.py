"""Repeated games: sets of equilibrium payoffs beside quantecon's, critical factors, credible transfers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Job, Row, Section

import bargain as bg


def payoffs(size: int) -> Any:
    return np.random.default_rng(size).random((2, size, size))


def ours(delta: float) -> Callable[[int], Job]:
    def prepare(size: int) -> Job:
        table = payoffs(size)
        return lambda: len(bg.equilibrium_payoff_set(bg.NormalFormGame(table), delta).vertices)

    return prepare


def quantecon(delta: float) -> Callable[[int], Job]:
    def prepare(size: int) -> Job:
        from quantecon import game_theory as theory

        first, second = payoffs(size)
        game = theory.NormalFormGame([theory.Player(first), theory.Player(np.ascontiguousarray(second.T))])
        return lambda: len(theory.RepeatedGame(game, delta).equilibrium_payoffs().vertices)

    return prepare


def critical(punishment: str) -> Callable[[int], Job]:
    def prepare(size: int) -> Job:
        game = bg.NormalFormGame(payoffs(size))
        asked = [int(action) for action in np.unravel_index(int(game.payoffs.sum(axis=0).argmax()), game.shape)]
        return lambda: bg.critical_discount_factor(game, asked, punishment)

    return prepare


def transfers(states: int) -> Job:
    rng = np.random.default_rng(states)
    incomes, moves = rng.uniform(0.5, 2, (states, 2)), rng.dirichlet(np.ones(states), states)
    limits = bg.sharing_thresholds(incomes, moves)
    assert limits.none_up_to is not None
    assert limits.full_from is not None
    delta = (limits.none_up_to + limits.full_from) / 2
    return lambda: bg.credible_transfers(incomes, moves, delta)


SECTIONS = [
    *(
        Section(
            f"Equilibrium payoffs of a random game repeated at a discount factor of {delta}",
            {
                "bargain": Row(ours(delta)),
                "quantecon, Abreu and Sannikov": Row(quantecon(delta), needs="quantecon"),
            },
            (8, 12, 15),
            "actions",
            counts=True,
            note="Found: corners of the set, which the two draw alike to 1e-8.",
        )
        for delta in (0.6, 0.8)
    ),
    Section(
        "Critical discount factor of one profile",
        {"against every punishment": Row(critical("minmax")), "with the best punishment": Row(critical("best"))},
        (5, 15),
        "actions",
        base=None,
    ),
    Section(
        "Credible transfers between two parties without enforcement, partial sharing",
        {"log utility": Row(transfers)},
        (2, 5, 25),
        "states",
        base=None,
    ),
]
