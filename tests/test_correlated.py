"""Correlated equilibria against Aumann's figures, scipy, and every Nash equilibrium."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import bargain as bg
from bargain.games import GameError, NormalFormGame

F = Fraction
CHICKEN = NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])


def public_game():
    payoffs = np.zeros((3, 2, 2, 2), dtype=int)
    for profile in itertools.product((0, 1), repeat=3):
        for i in range(3):
            payoffs[(i, *profile)] = 4 * (profile.count(0) >= 2) - (profile[i] == 0)
    return NormalFormGame(payoffs)


def obedience(game, coarse):
    """Rows that a distribution must make at least zero, from the definition, profile by profile."""
    rows = []
    for i, m in enumerate(game.shape):
        for a, b in itertools.product(range(m), repeat=2):
            row = np.zeros(game.shape)
            for s in np.ndindex(*game.shape):
                if coarse or s[i] == a:
                    row[s] = game.payoffs[(i, *s)] - game.payoffs[(i, *s[:i], b, *s[i + 1 :])]
            rows.append(row.ravel())
    return np.array(rows)


def by_scipy(game, worth, coarse):
    rows = obedience(game, coarse)
    return -linprog(
        -worth.ravel(), A_ub=-rows, b_ub=np.zeros(len(rows)), A_eq=np.ones((1, rows.shape[1])), b_eq=[1]
    ).fun


def test_aumann_1974_chicken():
    """Payoffs 6, 2, 7, 0: the greatest sum is 10.5 at (1/2, 1/4, 1/4, 0); uniform over three profiles pays 5 each."""
    best = bg.correlated_equilibrium(CHICKEN)
    assert best.value == 10.5
    assert best.exact == {(0, 0): F(1, 2), (0, 1): F(1, 4), (1, 0): F(1, 4)}
    assert (best.residual(), best.gap) == (0, 0)
    uniform = np.array([[1, 1], [1, 0]]) / 3
    assert (obedience(CHICKEN, False) @ uniform.ravel() >= -1e-15).all()
    assert (CHICKEN.payoffs * uniform).sum(axis=(1, 2)).tolist() == pytest.approx([5, 5])
    mixed = bg.nash_equilibria(CHICKEN)[2]
    assert mixed.payoffs.tolist() == pytest.approx([14 / 3] * 2)


def test_the_broker_of_the_public_game_helps_the_least_player():
    """Threshold 2 of 3, benefit 4, cost 1: welfare is 10 either way, the least payoff 10/3 instead of 3."""
    game = public_game()
    welfare = bg.honest_broker(game, seconds=60)
    assert (welfare.correlated.value, welfare.gain, welfare.complete) == (10, 0, True)
    least = bg.honest_broker(game, maximise="egalitarian", seconds=60)
    assert least.correlated.value == pytest.approx(10 / 3, abs=1e-14)
    assert least.correlated.payoffs.sum() == pytest.approx(10)
    assert least.nash.payoffs.min() == 3
    assert least.gain == pytest.approx(1 / 3)
    assert least.correlated.gap == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("coarse", [False, True])
@pytest.mark.parametrize("shape", [(2, 2), (3, 4), (2, 3, 2), (2, 2, 2, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_against_scipy_and_its_own_proof(shape, coarse, seed):
    rng = np.random.default_rng(seed)
    game = NormalFormGame(rng.integers(-9, 10, (len(shape), *shape)))
    weights, values = rng.integers(0, 5, len(shape)), rng.random(shape)
    for goal, worth in (
        ("welfare", game.payoffs.sum(axis=0)),
        (weights, np.tensordot(weights, game.payoffs, axes=1)),
        (values, values),
    ):
        found = bg.correlated_equilibrium(game, maximise=goal, coarse=coarse)
        assert found.value == pytest.approx(by_scipy(game, worth, coarse), abs=1e-8)
        assert found.residual() <= 1e-12
        assert abs(found.gap) <= 1e-9
        if found.exact is not None:
            flat = np.array([found.exact.get(s, F(0)) for s in np.ndindex(*shape)], dtype=object)
            assert sum(flat) == 1
            assert (obedience(game, coarse).astype(int).astype(object) @ flat >= 0).all()
    assert bg.correlated_equilibrium(game, coarse=coarse).exact is not None or len(shape) > 2


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("exact", [True, False])
def test_the_least_payoff_is_greatest(seed, exact):
    rng = np.random.default_rng(seed)
    cells = rng.integers(-9, 10, (3, 2, 3, 2))
    game = NormalFormGame(cells if exact else cells / 7)
    found = bg.correlated_equilibrium(game, maximise="egalitarian")
    rows = obedience(game, False)
    flat = game.payoffs.reshape(3, -1)
    program = linprog(
        np.append(np.zeros(rows.shape[1]), -1),
        A_ub=np.vstack([np.hstack([-rows, np.zeros((len(rows), 1))]), np.hstack([-flat, np.ones((3, 1))])]),
        b_ub=np.zeros(len(rows) + 3),
        A_eq=[[1] * rows.shape[1] + [0]],
        b_eq=[1],
        bounds=[(0, None)] * rows.shape[1] + [(None, None)],
    )
    assert found.value == pytest.approx(-program.fun, abs=1e-8)
    assert found.payoffs.min() == pytest.approx(found.value, abs=1e-9)
    assert found.weights.sum() == pytest.approx(1)
    assert abs(found.gap) < 1e-8
    then = linprog(
        -flat.sum(axis=0),
        A_ub=np.vstack([-rows, -flat]),
        b_ub=[0] * len(rows) + [1e-10 - found.value] * 3,
        A_eq=[[1] * rows.shape[1]],
        b_eq=[1],
    )
    assert found.payoffs.sum() == pytest.approx(-then.fun, abs=1e-6)
    assert found.residual() < 1e-11


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([(2, 2), (3, 3), (2, 2, 2)]))
def test_every_nash_equilibrium_is_a_correlated_one(seed, shape):
    game = NormalFormGame(np.random.default_rng(seed).integers(0, 20, (len(shape), *shape)))
    best = {goal: bg.correlated_equilibrium(game, maximise=goal).value for goal in ("welfare", "egalitarian")}
    loose = bg.correlated_equilibrium(game, coarse=True).value
    assert loose >= best["welfare"] - 1e-9
    rows = obedience(game, False)
    for equilibrium in bg.nash_equilibria(game, cross_check=False):
        product = np.array(1.0)
        for own in equilibrium.strategies:
            product = np.multiply.outer(product, own)
        assert (rows @ product.ravel() >= -1e-9).all()
        assert equilibrium.payoffs.sum() <= best["welfare"] + 1e-9
        assert equilibrium.payoffs.min() <= best["egalitarian"] + 1e-9


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.1, 50), st.floats(-100, 100))
def test_scale_and_order_do_not_matter(seed, factor, shift):
    payoffs = np.random.default_rng(seed).random((2, 3, 3))
    base = bg.correlated_equilibrium(NormalFormGame(payoffs)).value
    moved = NormalFormGame(np.swapaxes(payoffs[::-1], 1, 2)[:, ::-1] * factor + shift)
    assert bg.correlated_equilibrium(moved).value == pytest.approx(base * factor + 2 * shift, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_the_polygon_holds_every_direction(seed):
    game = NormalFormGame(np.random.default_rng(seed).integers(0, 30, (2, 3, 3)))
    corners = bg.correlated_payoffs(game)
    for angle in np.linspace(0, 2 * np.pi, 17):
        direction = np.array([np.cos(angle), np.sin(angle)])
        reach = by_scipy(game, np.tensordot(direction, game.payoffs, axes=1), False)
        assert (corners @ direction).max() == pytest.approx(reach, abs=1e-6)
    if len(corners) > 2:
        turned = [
            np.linalg.det([b - a, c - b])
            for a, b, c in zip(corners, np.roll(corners, -1, 0), np.roll(corners, -2, 0), strict=True)
        ]
        assert min(turned) > 0


def test_polygons_that_are_points_and_bad_input():
    dilemma = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    assert bg.correlated_payoffs(dilemma).round(9).tolist() == [[1, 1]]
    with pytest.raises(GameError, match="two players"):
        bg.correlated_payoffs(public_game())
    with pytest.raises(GameError, match="No goal is called 'sum'"):
        bg.correlated_equilibrium(dilemma, maximise="sum")
    with pytest.raises(GameError, match=r"maximise has shape \(3,\)"):
        bg.correlated_equilibrium(dilemma, maximise=[1, 1, 1])
    with pytest.raises(GameError, match="no finite number"):
        bg.correlated_equilibrium(dilemma, maximise=[1, np.nan])


def test_six_players_with_four_actions():
    game = NormalFormGame(np.random.default_rng(0).random((6, *[4] * 6)))
    for coarse in (False, True):
        found = bg.correlated_equilibrium(game, coarse=coarse)
        assert found.residual() < 1e-12
        assert abs(found.gap) < 1e-9
        assert len(found.profiles) <= 73


@pytest.mark.parametrize("scales", [(1e-9, 1e-9), (1e-300, 1e-300), (1e9, 1e9), (1e-9, 1e9), (1e9, 1e-9)])
@pytest.mark.parametrize("coarse", [False, True])
def test_payoffs_of_any_size_give_the_same_broker(scales, coarse):
    """Mutual defection is the only correlated equilibrium of a prisoner's dilemma, in whatever unit."""
    payoffs = np.array([[3.0, 0.0], [5.0, 1.0]])
    game = NormalFormGame([payoffs * scales[0], payoffs.T * scales[1]])
    for goal in ("welfare", "egalitarian"):
        best = bg.correlated_equilibrium(game, maximise=goal, coarse=coarse)
        assert best.distribution == pytest.approx(np.array([[0, 0], [0, 1]]), abs=1e-9)
    assert bg.correlated_payoffs(game, coarse=coarse) == pytest.approx(np.array([scales]), rel=1e-6)


def test_a_segment_of_payoffs_with_points_along_it():
    game = NormalFormGame([[[10, 10], [10, 10]], [[1000, 0], [0, 2000]]])
    assert bg.correlated_payoffs(game) == pytest.approx(np.array([[10, 2000 / 3], [10, 2000]]))


def test_rounding_of_a_linear_program_is_no_probability():
    payoffs = np.array([[3.0, 0.0], [5.0, 1.0]])
    assert str(bg.correlated_equilibrium(NormalFormGame([payoffs, payoffs.T]))).startswith("1: (2, 2)\nPayoffs")
