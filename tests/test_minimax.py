"""Zero-sum games: closed forms, every equilibrium has the value, certificates, bad input."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

import bargain as bg
from bargain.games import GameError, NormalFormGame


def against(A, constant=0):
    A = np.asarray(A)
    return NormalFormGame(np.stack([A, constant - A]))


def test_two_by_two_without_a_saddle_point():
    for a, b, c, d in np.random.default_rng(1).integers(-9, 10, (60, 4)).tolist():
        solved = bg.zero_sum(against([[a, b], [c, d]]))
        low, high = max(min(a, b), min(c, d)), min(max(a, c), max(b, d))
        expected = Fraction(low) if low == high else Fraction(a * d - b * c, a + d - b - c)
        assert solved.exact == expected
        assert solved.residual() < 1e-14 * 20


def test_every_equilibrium_pays_the_value():
    for seed in range(12):
        A = np.random.default_rng(seed).integers(-3, 4, (4, 5))
        solved = bg.zero_sum(against(A, constant=2))
        assert solved.exact is not None
        assert bg.regret(solved.game, solved.strategies) < 1e-12
        for equilibrium in bg.nash_equilibria(solved.game, cross_check=False):
            assert equilibrium.payoffs == pytest.approx(solved.values, abs=1e-12)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_large_games_of_floats_are_certified_in_any_unit(scale):
    A = np.random.default_rng(2).standard_normal((80, 60)) * scale
    solved = bg.zero_sum(against(A))
    low, high = solved.bounds()
    assert solved.exact is None
    assert low <= solved.value <= high
    assert solved.residual() <= 1e-10 * scale


def test_rock_paper_scissors_and_a_constant_table():
    rps = bg.zero_sum(against([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]))
    assert (rps.exact, rps.exact_strategies) == (0, ((Fraction(1, 3),) * 3,) * 2)
    assert bg.zero_sum(against([[4, 4], [4, 4]])).exact == 4
    assert bg.zero_sum(against([[7]])).exact_strategies == ((1,), (1,))


def test_the_certificate_sees_wrong_strategies():
    solved = bg.zero_sum(against([[3, -1], [-2, 1]]))
    wrong = dataclasses.replace(solved, strategies=(np.array([1.0, 0.0]), solved.strategies[1]))
    assert wrong.bounds()[0] == -1
    assert wrong.residual() > 1


def test_bad_input_is_named():
    with pytest.raises(GameError, match="this one has 1"):
        bg.zero_sum(NormalFormGame([[1, 2]]))
    with pytest.raises(GameError, match=r"8 at \(1, 2\), 0 at \(1, 1\)"):
        bg.zero_sum(NormalFormGame.from_bimatrix([[0, 3], [1, 1]], [[0, 5], [1, 1]]))
