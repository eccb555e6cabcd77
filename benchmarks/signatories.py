"""Stability of all coalitions of signatories, and all coalition structures."""

from __future__ import annotations

from typing import Literal

import numpy as np
from measure import Job, Row, Section

import bargain as bg
from bargain.features import LinearPayoffs
from bargain.structures import coalition_structures
from bargain_models import SafeCoalition


def listed(n: int) -> bg.MembershipGame:
    payoffs = np.empty((1 << n, n), order="F")
    rng = np.random.default_rng(n)
    for i in range(n):
        payoffs[:, i] = rng.random(1 << n)
    payoffs.flags.writeable = False
    return bg.MembershipGame(payoffs)


def states(n: int, moves: Literal["simultaneous", "stackelberg"] = "stackelberg") -> SafeCoalition:
    benefit, cost = np.random.default_rng(n).uniform([[0.05], [0.5]], [[0.25], [2.0]], (2, n)).tolist()
    return SafeCoalition(benefits="quadratic", moves=moves, benefit=tuple(benefit), cost=tuple(cost))


def in_features(n: int) -> bg.MembershipGame:
    rng = np.random.default_rng(n)
    return LinearPayoffs(rng.random((3, 1 << n)), rng.random((n, 4)), rng.random((n, 4))).game()


def read_payoffs(n: int) -> Job:
    return listed(n).payoffs.sum


def of_listed(n: int) -> Job:
    game = listed(n)
    return lambda: bg.stability(game)


def of_features(n: int) -> Job:
    game = in_features(n)
    return lambda: bg.stability(game)


def from_model(n: int) -> Job:
    model = states(n)
    return lambda: bg.stability(model.membership())


def structures(n: int) -> Job:
    def cold() -> None:
        for few in (2, 3):  # Two lists are kept.
            coalition_structures(few)
        coalition_structures(n)

    return cold


def partition(n: int) -> Job:
    model, cold = states(n, "simultaneous"), structures(n)

    def job() -> None:
        cold()
        model.partition()

    return job


SECTIONS = [
    Section(
        "Internal and external margins and surplus of all coalitions",
        {
            "one read of all payoffs": Row(read_payoffs, 22),
            "bargain, payoffs listed": Row(of_listed, 22, peak=True),
            "bargain, payoffs in three features": Row(of_features, 25, peak=True),
            "bargain, from the parameters of safe_coalition": Row(from_model, 25, peak=True),
        },
        (12, 16, 18, 20, 22, 24, 25),
        "players",
        base="bargain, payoffs listed",
        floor="one read of all payoffs",
        note="Up to 18 players in numpy, beyond in a loop compiled by numba.",
    ),
    Section(
        "All coalition structures, nothing remembered",
        {
            "listed": Row(structures),
            "listed, with the payoffs of safe_coalition": Row(partition, peak=True),
        },
        (8, 9, 10, 11, 12),
        "players",
        base=None,
        note="Twelve players have 4.2 million structures; each player more multiplies their number by five to seven.",
    ),
]
