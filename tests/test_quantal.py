"""Logit equilibria: closed forms, a second way by bisection, invariance to units, the end of the path."""

from __future__ import annotations

import numpy as np
import pytest

import bargain as bg
from bargain import quantal
from bargain.games import GameError, NormalFormGame


def bisected(game, precision):
    """The probability of the first action in a symmetric 2 x 2 game with one logit equilibrium."""
    (a, b), (c, d) = game.payoffs[0]
    low, high = 0.0, 1.0
    for _ in range(200):
        p = (low + high) / 2
        gain = p * (a - c) + (1 - p) * (b - d)
        low, high = (p, high) if 1 / (1 + np.exp(-precision * gain)) > p else (low, p)
    return low


@pytest.mark.parametrize("precision", [0.0, 0.3, 1.0, 4.0, 40.0])
def test_a_dilemma_against_bisection(precision):
    game = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    found = bg.logit_equilibrium(game, precision)
    assert found.status == "solved"
    assert found.precision == pytest.approx(precision, abs=1e-15)
    for own in found.strategies:
        assert own[0] == pytest.approx(bisected(game, precision), abs=1e-12)


def test_no_precision_is_uniform_play_and_symmetric_pennies_stay_uniform():
    pennies = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    for precision in (0, 1, 10):
        assert np.concatenate(bg.logit_equilibrium(pennies, precision).strategies) == pytest.approx(np.full(4, 0.5))


def test_mckelvey_palfrey_1995_own_payoffs_matter_before_the_limit():
    """In matching pennies with 9 in one cell the row player leans to it at finite precision, against Nash's 1/2."""
    game = NormalFormGame.from_bimatrix([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    at_one = bg.logit_equilibrium(game, 1.0)
    assert at_one.strategies[0][0] > 0.6
    end = bg.logit_path(game)
    assert end.status == "limit"
    assert np.concatenate(end.end.strategies) == pytest.approx([0.5, 0.5, 0.1, 0.9], abs=1e-4)


@pytest.mark.parametrize("shape", [(2, 2), (5, 4), (3, 3, 3), (2, 3, 2, 2), (4,)])
def test_residual_and_units(shape):
    for seed in range(6):
        payoffs = np.random.default_rng(seed).random((len(shape), *shape))
        plain = bg.logit_equilibrium(NormalFormGame(payoffs), 5.0)
        assert plain.status == "solved"
        assert plain.residual() < 1e-12
        for scale in (1e-8, 1e8):
            scaled = bg.logit_equilibrium(NormalFormGame(payoffs * scale - 3 * scale), 5.0 / scale)
            assert np.concatenate(scaled.strategies) == pytest.approx(np.concatenate(plain.strategies), abs=1e-9)


@pytest.mark.parametrize("shape", [(2, 2), (4, 5), (3, 3, 3), (2, 2, 2, 2)])
def test_the_path_ends_near_an_equilibrium_in_any_unit(shape):
    for seed in range(5):
        payoffs = np.random.default_rng(seed).random((len(shape), *shape))
        for scale in (1e-9, 1.0, 1e9):
            game = NormalFormGame(payoffs * scale)
            path = bg.logit_path(game)
            assert path.status == "limit"
            assert path.regret == bg.regret(game, path.end.strategies) <= 1e-6 * scale
            assert max(point.residual() for point in path.points) < 1e-9
            assert path.points[0].precision == 0


@pytest.mark.parametrize("seed", [197, 295, 347])
def test_where_the_path_turns_the_first_crossing_is_taken(seed):
    """Precision does not rise all the way in these games: the branch bends back before it goes on."""
    rng, count = np.random.default_rng(seed), 2 + seed % 3
    payoffs = rng.random((2, count, count))
    payoffs[1] = (payoffs[0] + payoffs[1]) / 2
    game = NormalFormGame(payoffs + 2 * np.eye(count) * rng.random(count))
    path = bg.logit_path(game)
    assert path.status == "limit"
    precisions = np.array([point.precision for point in path.points])
    turn = int(np.flatnonzero(np.diff(precisions) < 0)[0])
    for level in (0.5 * precisions[turn], 0.999 * precisions[turn]):
        found = bg.logit_equilibrium(game, level)
        assert (found.status, found.precision) == ("solved", pytest.approx(level))
        assert found.residual() < 1e-12
    there = np.concatenate(path.points[turn].strategies)
    assert np.abs(np.concatenate(found.strategies) - there).max() < 0.2


def test_constant_payoffs_stay_at_uniform_play():
    game = NormalFormGame(np.ones((2, 2, 3)))
    assert bg.logit_path(game).status == "limit"
    assert bg.logit_equilibrium(game, 100.0).strategies[1] == pytest.approx(np.full(3, 1 / 3))


def test_a_path_that_is_given_up_says_so(monkeypatch):
    monkeypatch.setattr(quantal, "MOST_STEPS", 3)
    game = NormalFormGame(np.random.default_rng(1).random((2, 3, 3)))
    assert bg.logit_path(game).status == "unfinished"
    given_up = bg.logit_equilibrium(game, 1000.0)
    assert given_up.status == "unfinished"
    assert given_up.precision < 1000
    assert given_up.residual() < 1e-9


def test_bad_input_is_named():
    game = NormalFormGame([[1, 2]])
    for precision in (-1.0, float("inf"), float("nan")):
        with pytest.raises(GameError, match="precision is"):
            bg.logit_equilibrium(game, precision)
    with pytest.raises(GameError, match="accuracy is 0"):
        bg.logit_path(game, 0)


def test_the_path_is_not_at_its_limit_while_a_player_with_small_payoffs_still_draws_lots():
    """One precision for payoffs of 1e4 and 1e-4: the second player responds long after the first."""
    hunt = np.array([[5.0, 0.0], [3.0, 3.0]])
    game = bg.NormalFormGame([hunt * 1e4, hunt.T * 1e-4])
    path = bg.logit_path(game)
    assert path.status == "limit"
    for i, own in enumerate(path.end.strategies):
        gains = [game.expected_payoffs([*path.end.strategies[:i], a, *path.end.strategies[i + 1 :]])[i] for a in (0, 1)]
        assert max(gains) - own @ gains <= 1.01e-6 * np.ptp(game.payoffs[i])
    far = bg.NormalFormGame([hunt * 1e9, hunt.T * 1e-9])
    assert bg.logit_path(far).status == "unfinished"


def test_a_path_given_up_before_the_precision_says_so_in_words():
    dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    found = bg.logit_equilibrium(dilemma, 1e9)
    assert found.status == "unfinished"
    assert "beyond which the path was given up" in str(found)
    assert "given up" not in str(bg.logit_equilibrium(dilemma, 1.0))
