"""Sets of equilibrium payoffs beside the peer's in the same run; critical factors; credible transfers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import bargain as bg


def payoffs(size: int) -> Any:
    return np.random.default_rng(size).random((2, size, size))


def ours(size: int, delta: float) -> Any:
    return bg.equilibrium_payoff_set(bg.NormalFormGame(payoffs(size)), delta).vertices


def quantecon(size: int, delta: float) -> Any:
    theory = pytest.importorskip("quantecon").game_theory
    first, second = payoffs(size)
    game = theory.NormalFormGame([theory.Player(first), theory.Player(second.T)])
    found = theory.RepeatedGame(game, delta).equilibrium_payoffs()
    return found.points[found.vertices]


@pytest.mark.parametrize("delta", [0.6, 0.8])
@pytest.mark.parametrize("size", [8, 12, 15])
@pytest.mark.parametrize("name", ["bargain, Abreu-Sannikov", "quantecon, Abreu-Sannikov"])
def test_equilibrium_payoff_set(benchmark: Any, name: str, size: int, delta: float) -> None:
    solver = ours if name.startswith("bargain") else quantecon
    benchmark.group = f"equilibrium payoffs of a random {size} x {size} game repeated at {delta}"
    corners = benchmark.pedantic(solver, args=(size, delta), rounds=5, warmup_rounds=1)
    expected = ours(size, delta)
    assert np.allclose(corners.min(axis=0), expected.min(axis=0), atol=1e-8)
    assert np.allclose(corners.max(axis=0), expected.max(axis=0), atol=1e-8)


@pytest.mark.parametrize("name", ["worst equilibrium", "best punishment"])
def test_critical_factor(benchmark: Any, name: str) -> None:
    game = bg.NormalFormGame(payoffs(15))
    asked = np.unravel_index(int(game.payoffs.sum(axis=0).argmax()), game.shape)
    profile = [int(action) for action in asked]
    punishment = bg.pure_equilibria(game)[0] if name == "worst equilibrium" else "best"
    benchmark.group = "critical discount factor of one profile of a random 15 x 15 game"
    benchmark.pedantic(bg.critical_discount_factor, args=(game, profile, punishment), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("states", [2, 5, 25])
@pytest.mark.parametrize("name", ["log utility"])
def test_credible_transfers(benchmark: Any, name: str, states: int) -> None:
    rng = np.random.default_rng(states)
    incomes, moves = rng.uniform(0.5, 2, (states, 2)), rng.dirichlet(np.ones(states), states)
    limits = bg.sharing_thresholds(incomes, moves)
    assert limits.none_up_to is not None
    assert limits.full_from is not None
    delta = (limits.none_up_to + limits.full_from) / 2
    benchmark.group = f"credible transfers between two parties, {states} states, partial sharing"
    found = benchmark.pedantic(bg.credible_transfers, args=(incomes, moves, delta), rounds=3, warmup_rounds=1)
    assert found.regime == "partial"
