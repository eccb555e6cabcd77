"""Characteristic functions of games in normal form: closed forms, full programs, equilibria one by one."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bargain.characteristic import characteristic_function
from bargain.cores import core
from bargain.games import GameError, NormalFormGame
from bargain.properties import is_superadditive
from bargain.strategic import pure_equilibria

F = Fraction


def random_game(shape, seed=0, whole=False):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(-5, 6, (len(shape), *shape)) if whole else rng.uniform(-5, 5, (len(shape), *shape))
    return NormalFormGame(payoffs)


def joint(game, group):
    return list(itertools.product(*(range(game.shape[i]) for i in group)))


def together(game, mask):
    """What a coalition gets, by its joint actions and the others'."""
    inside = [i for i in range(game.n_players) if mask >> i & 1]
    outside = [i for i in range(game.n_players) if not mask >> i & 1]
    table = np.empty((len(joint(game, inside)), len(joint(game, outside))))
    for a, own in enumerate(joint(game, inside)):
        for b, other in enumerate(joint(game, outside)):
            chosen = {**dict(zip(inside, own, strict=True)), **dict(zip(outside, other, strict=True))}
            profile = tuple(chosen[i] for i in range(game.n_players))
            table[a, b] = sum(game.payoffs[(i, *profile)] for i in inside)
    return table


def secure(table):
    """The maximin over mixtures by a plain program in the mixture and the value."""
    m, n = table.shape
    solution = linprog(
        np.append(np.zeros(m), -1.0),
        np.column_stack([-table.T, np.ones(n)]),
        np.zeros(n),
        np.append(np.ones(m), 0.0)[None, :],
        [1.0],
        [(0, None)] * m + [(None, None)],
        method="highs",
    )
    return -solution.fun


def worst_equilibrium(game, mask):
    """Over all profiles: the coalition cannot gain jointly, nor anyone else alone; its least payoff, or None."""
    inside = [i for i in range(game.n_players) if mask >> i & 1]
    found = []
    for profile in itertools.product(*map(range, game.shape)):

        def payoff(i, changed, profile=profile):
            return game.payoffs[(i, *(changed.get(k, profile[k]) for k in range(game.n_players)))]

        now = sum(payoff(i, {}) for i in inside)
        jointly = any(
            sum(payoff(i, dict(zip(inside, own, strict=True))) for i in inside) > now + 1e-9
            for own in joint(game, inside)
        )
        alone = any(
            payoff(i, {i: a}) > payoff(i, {}) + 1e-9
            for i in range(game.n_players)
            if i not in inside
            for a in range(game.shape[i])
        )
        if not jointly and not alone:
            found.append(now)
    return min(found) if found else None


@pytest.mark.parametrize("shape", [(2, 2), (3, 4), (2, 3, 2), (2, 2, 2, 2), (3, 3, 3)])
@pytest.mark.parametrize("whole", [False, True])
def test_alpha_against_plain_programs(shape, whole):
    game = random_game(shape, whole=whole)
    worths = characteristic_function(game)
    for mask in range(1, 2 ** len(shape)):
        assert worths.values[mask] == pytest.approx(secure(together(game, mask)), abs=1e-9)
    assert worths.exact is whole
    assert is_superadditive(worths)


@pytest.mark.parametrize("shape", [(2, 2), (3, 4), (2, 3, 2), (2, 2, 2, 2)])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gamma_against_all_profiles(shape, whole, seed):
    game = random_game(shape, seed, whole)
    alpha, gamma = characteristic_function(game), characteristic_function(game, "gamma")
    for mask in range(1, 2 ** len(shape)):
        worst = worst_equilibrium(game, mask)
        expected = alpha.values[mask] if worst is None else worst
        assert gamma.values[mask] == pytest.approx(expected, abs=1e-9)


def test_games_with_no_pure_equilibrium_fall_back_on_alpha():
    pennies = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    assert pure_equilibria(pennies) == []
    gamma = characteristic_function(pennies, "gamma")
    assert gamma == characteristic_function(pennies, "alpha")
    assert gamma.values.tolist() == [0, 0, 0, 0]


def test_mixtures_are_worth_more_than_pure_actions_and_exact():
    """Row can be sure of 1/3 by playing 1/3 : 2/3; pure actions secure 0 at most."""
    game = NormalFormGame.from_bimatrix([[1, 0], [0, F(1, 2)]], [[0, 0], [0, 0]], players=["Row", "Column"])
    worths = characteristic_function(game)
    assert worths.fractions.tolist() == [0, F(1, 3), 0, 1]
    assert worths.players == ("Row", "Column")


def test_chander_tulkens_1997_on_a_grid():
    """Emissions with linear damages d = (1, 2, 3) and benefits 20 e - b e^2 / 2, b = (1, 1, 2), on a grid of halves.

    Equilibrium and optimal emissions (19, 18, 8.5), (14, 14, 7) lie on it, so that the worths are the closed form's:
    coalitions 12 have e = (17, 17), 13 (16, 8), 23 (15, 7.5). Computed by hand from the first-order conditions.
    """
    d, b = (1, 2, 3), (1, 1, 2)
    grids = [np.array(own, dtype=float) for own in ([14, 16, 17, 19], [14, 15, 17, 18], [7, 7.5, 8, 8.5])]
    emitted = np.meshgrid(*grids, indexing="ij")
    payoffs = [20 * e - k * e**2 / 2 - cost * sum(emitted) for e, k, cost in zip(emitted, b, d, strict=True)]
    worths = characteristic_function(NormalFormGame(np.array(payoffs)), "gamma")
    expected = {0b001: 154, 0b010: 107, 0b100: -155 / 4, 0b011: 527 / 2, 0b101: 120, 0b110: 295 / 4, 0b111: 245}
    for mask, worth in expected.items():
        assert worths.values[mask] == pytest.approx(worth, rel=1e-12)
    assert core(worths).nonempty


def test_stag_hunt_alpha_is_hare_and_gamma_the_worse_equilibrium():
    hunt = NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    assert characteristic_function(hunt, "alpha").values.tolist() == [0, 3, 3, 10]
    assert characteristic_function(hunt, "gamma").values.tolist() == [0, 3, 3, 10]


def test_one_player_and_many_actions():
    alone = NormalFormGame([[1, 4, 2]])
    assert characteristic_function(alone).values.tolist() == [0, 4]
    assert characteristic_function(alone, "gamma").values.tolist() == [0, 4]
    large = random_game((30, 30), whole=True)
    worths = characteristic_function(large)
    assert worths.values[1] == pytest.approx(secure(together(large, 1)), abs=1e-9)
    assert worths.values[2] == pytest.approx(secure(together(large, 2)), abs=1e-9)


def test_unknown_kinds_are_named():
    with pytest.raises(GameError, match=r"'beta'\. Kinds: alpha, gamma"):
        characteristic_function(random_game((2, 2)), "beta")


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(-12, 12), st.integers(-9, 9))
def test_worths_move_with_scale_and_shift(seed, power, shift):
    game = random_game((2, 3, 2), seed)
    shifts = shift * np.arange(1.0, 4.0).reshape(3, 1, 1, 1)
    moved = NormalFormGame(10.0**power * (game.payoffs + shifts))
    sums = [shifts.ravel()[[i for i in range(3) if mask >> i & 1]].sum() for mask in range(8)]
    for kind in ("alpha", "gamma"):
        before, after = characteristic_function(game, kind), characteristic_function(moved, kind)
        assert after.values / 10.0**power == pytest.approx(before.values + sums, abs=1e-8)
