"""k-implementation: the published cost, zero for equilibria, least promises, and dominance in the changed game."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain.games import GameError
from bargain.implementation import implementation_costs, is_dominant, k_implementation

DILEMMA = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], actions=[["keep", "break"]] * 2)


def random_game(seed, shape=(3, 2, 3), digits=None):
    payoffs = np.random.default_rng(seed).normal(size=(len(shape), *shape))
    return bg.NormalFormGame(payoffs if digits is None else np.rint(payoffs * digits).astype(int))


def test_monderer_tennenholtz_2004_prisoners_dilemma():
    """Theorem 1: k(z) is the sum of regrets at z. T 5, R 3, P 1, S 0: k(C, C) = 4, k(D, D) = 0, exactly."""
    keep, give_up = k_implementation(DILEMMA, ["keep", "keep"]), k_implementation(DILEMMA, ["break", "break"])
    assert (keep.cost, keep.exact_cost, keep.exact_infimum) == (4.0, 4, 4)
    assert (give_up.cost, give_up.exact_cost, give_up.payments.any()) == (0.0, 0, False)
    for promise in (keep, give_up):
        assert promise.verify()
        assert promise.residual() == 0
    assert not keep.verify("strict")
    assert not is_dominant(DILEMMA, (0, 0))
    assert keep.largest_promise == 4
    assert keep.to_dict()["profile"] == {"player 1": "keep", "player 2": "keep"}
    assert "weakly dominant at a cost of 4" in str(keep)


def test_an_equilibrium_costs_nothing_but_the_promise():
    """Stag hunt: the payoff-dominant equilibrium is bought with a promise that is never kept."""
    hunt = bg.NormalFormGame.from_bimatrix([[4, 0], [3, 3]], [[4, 3], [0, 3]])
    promise = k_implementation(hunt, (0, 0))
    assert promise.exact_cost == 0
    assert promise.exact_payments[0].tolist() == [[0, 3], [0, 0]]
    assert promise.verify()


def test_costs_are_zero_exactly_at_pure_equilibria():
    for seed in range(20):
        game = random_game(seed, digits=3)
        costs = implementation_costs(game)
        equilibria = set(bg.pure_equilibria(game))
        assert {tuple(map(int, place)) for place in np.argwhere(costs == 0)} == equilibria


@pytest.mark.parametrize("dominance", ["weak", "strict"])
def test_cost_by_linear_programming(dominance):
    """The least money on the path, over all payments that make the profile dominant, by an LP of its own."""
    from scipy.optimize import linprog

    game = random_game(4, (3, 3))
    size, step = game.payoffs.size, 0.01
    for profile in np.ndindex(game.shape):
        rows, limits = [], []
        for i, action in enumerate(profile):
            for cell in np.ndindex(game.shape):
                if cell[i] == action:
                    continue
                asked = list(cell)
                asked[i] = action
                # V(asked) - V(cell) >= u(cell) - u(asked) + step
                row = np.zeros(game.payoffs.shape)
                row[(i, *asked)], row[(i, *cell)] = -1, 1
                rows.append(row.ravel())
                gap = game.payoffs[(i, *cell)] - game.payoffs[(i, *asked)]
                limits.append(-gap - (step if dominance == "strict" else 0))
        paid = np.zeros(game.payoffs.shape)
        paid[(slice(None), *profile)] = 1
        least = linprog(paid.ravel(), A_ub=np.array(rows), b_ub=limits, bounds=[(0, None)] * size)
        promise = k_implementation(game, profile, dominance=dominance, margin=step)
        assert promise.cost == pytest.approx(least.fun, abs=1e-9)
        assert promise.verify()


def test_no_promise_can_be_smaller():
    """Take a little from any one payment and the profile is no longer dominant."""
    game = random_game(9, digits=10)
    for profile in ((0, 0, 0), (2, 1, 1)):
        promise = k_implementation(game, profile)
        for place in zip(*np.nonzero(promise.payments), strict=True):
            less = promise.exact_payments.copy()
            less[place] -= Fraction(1, 10**6)
            changed = bg.NormalFormGame(game.fractions + less)
            assert not is_dominant(changed, profile)


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), digits=st.sampled_from([1, 3, None]), dominance=st.sampled_from(["weak", "strict"]))
def test_the_profile_is_dominant_and_the_cost_is_the_sum_of_regrets(seed, digits, dominance):
    game = random_game(seed, (2, 3, 2), digits)
    for profile in itertools.islice(np.ndindex(game.shape), 0, None, 5):
        promise = k_implementation(game, profile, dominance=dominance)
        regrets = [
            max(game.payoffs[(i, *profile[:i], a, *profile[i + 1 :])] for a in range(game.shape[i]))
            - game.payoffs[(i, *profile)]
            for i in range(3)
        ]
        assert promise.infimum == pytest.approx(sum(regrets), abs=1e-12)
        assert promise.verify()
        assert (promise.payments >= 0).all()
        assert promise.residual() < 1e-12
        if dominance == "weak":
            assert promise.cost == pytest.approx(promise.infimum, abs=1e-12)


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_does_not_matter(unit):
    game = random_game(2)
    plain, changed = (k_implementation(own, (1, 1, 2)) for own in (game, bg.NormalFormGame(game.payoffs * unit)))
    assert changed.payments / unit == pytest.approx(plain.payments, rel=1e-12, abs=1e-14)


def test_ties_everywhere_need_a_margin():
    level = bg.NormalFormGame(np.zeros((2, 2, 2), dtype=int))
    promise = k_implementation(level, (0, 1))
    assert promise.exact_cost == 0
    assert promise.verify()
    assert k_implementation(level, (0, 1), dominance="strict", margin=Fraction(1, 2)).exact_cost == 1
    alone = k_implementation(bg.NormalFormGame([[3, 3, 2]]), (0,), margin=1)
    assert (alone.exact_infimum, alone.exact_cost, alone.verify()) == (0, 1, True)
    one_action = k_implementation(bg.NormalFormGame([[[1], [2]], [[0], [0]]]), (0, 0))
    assert one_action.infimum == 1
    assert one_action.verify()


@pytest.mark.parametrize(
    ("profile", "options", "words"),
    [
        ((0, 2), {}, "does not fit"),
        ((0,), {}, "does not fit"),
        (["keep", "brake"], {}, "no action 'brake'"),
        ((0.5, 1), {}, "action numbers"),
        ((0, 0), {"margin": 0}, "margin is 0"),
        ((0, 0), {"margin": float("inf")}, "margin is inf"),
        ((0, 0), {"dominance": "total"}, "'weak' or 'strict'"),
    ],
)
def test_wrong_input_is_told(profile, options, words):
    with pytest.raises(GameError, match=words):
        k_implementation(DILEMMA, profile, **options)
