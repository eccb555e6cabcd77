"""Dominance and rationalizability: textbook games, brute force over a second formulation, the laws they obey."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

import bargain as bg
from bargain.games import GameError, NormalFormGame


def bimatrix(A, B, **names):
    return NormalFormGame.from_bimatrix(A, B, **names)


def advantage(table, at, kind):
    """By scipy: the largest sure gain over an action (strict), or the largest sum of gains that are never losses."""
    gains = np.delete(table, at, axis=0) - table[at]
    count, profiles = gains.shape
    if not count:
        return 0.0
    if kind == "strict":
        rows = np.hstack([-gains.T, np.ones((profiles, 1))])
        solved = linprog(
            np.r_[np.zeros(count), -1],
            A_ub=rows,
            b_ub=np.zeros(profiles),
            A_eq=[[1] * count + [0]],
            b_eq=[1],
            bounds=[(0, None)] * count + [(None, None)],
        )
    else:
        solved = linprog(-gains.sum(axis=1), A_ub=-gains.T, b_ub=np.zeros(profiles), A_eq=[[1] * count], b_eq=[1])
        if solved.status == 2:
            return 0.0
    return -solved.fun


def survivors(payoffs, kind, one_at_a_time=False):
    kept = [list(range(count)) for count in payoffs.shape[1:]]
    while True:
        gone = []
        for player, own in enumerate(kept):
            table = np.moveaxis(payoffs[player][np.ix_(*kept)], player, 0).reshape(len(own), -1)
            gone += [(player, action) for at, action in enumerate(own) if advantage(table, at, kind) > 1e-9]
        if not gone:
            return tuple(map(tuple, kept))
        for player, action in gone[-1:] if one_at_a_time else gone:
            kept[player].remove(action)


def games(count, seed):
    rng = np.random.default_rng(seed)
    for number in range(count):
        shape = tuple(rng.integers(1, 5, rng.integers(1, 4)))
        payoffs = rng.integers(0, 5, (len(shape), *shape))
        yield payoffs if number % 2 else payoffs + rng.random(payoffs.shape)


@pytest.mark.parametrize("kind", ["strict", "weak"])
def test_survivors_against_another_linear_program(kind):
    shorter = 0
    for payoffs in games(60, seed=1):
        reduced = bg.iterated_dominance(NormalFormGame(payoffs), kind)
        assert reduced.actions == survivors(payoffs.astype(float), kind)
        assert reduced.verify()
        shorter += bool(reduced.rounds)
    assert shorter > 20


def test_the_order_of_strict_dominance_does_not_matter():
    for payoffs in games(30, seed=2):
        one_by_one = survivors(payoffs.astype(float), "strict", one_at_a_time=True)
        assert bg.iterated_dominance(NormalFormGame(payoffs)).actions == one_by_one


def test_every_equilibrium_plays_what_strict_dominance_leaves():
    for payoffs in np.random.default_rng(3).integers(0, 6, (40, 2, 4, 4)):
        game = NormalFormGame(payoffs)
        left = bg.iterated_dominance(game).actions
        for equilibrium in bg.nash_equilibria(game, cross_check=False):
            for own, kept in zip(equilibrium.strategies, left, strict=True):
                assert set(np.flatnonzero(own)) <= set(kept)


def test_the_prisoners_dilemma_is_dominance_solvable():
    reduced = bg.iterated_dominance(bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]))
    assert reduced.profile == (1, 1)
    assert [(one.player, one.action, one.margin) for one in reduced.rounds[0]] == [(0, 0, 1.0), (1, 0, 1.0)]
    assert reduced.game.shape == (1, 1)


def test_weak_dominance_leaves_less_and_says_in_which_order():
    game = bimatrix([[1, 1], [1, 0]], [[1, 1], [1, 0]])
    assert bg.iterated_dominance(game).actions == ((0, 1), (0, 1))
    weak = bg.iterated_dominance(game, "weak")
    assert weak.profile == (0, 0)
    assert str(weak).startswith("1. player 1: 2 goes (1)")
    assert len(weak.rounds) == 1


def test_a_mixture_that_exactly_ties_does_not_dominate_strictly_but_weakly():
    thirds = [[3, 0, 0], [0, 3, 0], [0, 0, 3], [1, 1, 1]]
    game = NormalFormGame(np.array([thirds, np.zeros((4, 3), dtype=int)]))
    strict = bg.iterated_dominance(game)
    assert strict.actions == ((0, 1, 2, 3), (0, 1, 2))
    assert strict.beliefs[0, 3] == (Fraction(1, 3),) * 3
    assert bg.iterated_dominance(game, "weak").actions == ((0, 1, 2, 3), (0, 1, 2))
    for change, left in ((-1, (0, 1, 2)), (1, (0, 1, 2, 3))):
        thirds[3][2] = 1 + Fraction(change, 10**15)
        nudged = NormalFormGame(np.array([thirds, np.zeros((4, 3), dtype=int)]))
        for kind in ("strict", "weak"):
            reduced = bg.iterated_dominance(nudged, kind)
            assert reduced.actions[0] == left
            assert reduced.verify()


def test_beliefs_defend_every_action_that_is_left():
    for payoffs in np.random.default_rng(4).integers(0, 4, (20, 3, 2, 3, 2)):
        reduced = bg.rationalizable(NormalFormGame(payoffs))
        assert reduced.actions == bg.iterated_dominance(NormalFormGame(payoffs)).actions
        assert reduced.verify()


def test_bernheim_1984_point_rationalizable_actions_are_rationalizable_ones():
    smaller = 0
    for payoffs in np.random.default_rng(5).integers(0, 4, (40, 2, 4, 4)):
        game = NormalFormGame(payoffs)
        wide, narrow = bg.rationalizable(game).actions, bg.rationalizable(game, "point")
        assert all(set(few) <= set(many) for few, many in zip(narrow.actions, wide, strict=True))
        assert narrow.verify()
        pure = bg.pure_equilibria(game)
        assert all(action in kept for profile in pure for action, kept in zip(profile, narrow.actions, strict=True))
        smaller += narrow.actions != wide
    assert smaller


def test_positive_affine_changes_and_relabelling_change_nothing():
    for payoffs in games(20, seed=6):
        game = NormalFormGame(payoffs)
        left = bg.iterated_dominance(game).actions
        assert bg.iterated_dominance(NormalFormGame(payoffs * 2.0**30 - 7)).actions == left
        flipped = bg.iterated_dominance(NormalFormGame(payoffs[:, ::-1])).actions
        count = payoffs.shape[1]
        assert tuple(sorted(count - 1 - action for action in flipped[0])) == left[0]


def test_verify_finds_what_is_wrong():
    reduced = bg.iterated_dominance(bimatrix([[3, 0], [0, 3], [1, 1]], [[1, 0], [0, 1], [2, 0]]))
    (first,) = reduced.rounds[0]
    wrong = dataclasses.replace(first, by=np.array([1.0, 0, 0]))
    assert reduced.verify()
    assert not dataclasses.replace(reduced, rounds=((wrong,),)).verify()
    assert not dataclasses.replace(reduced, rounds=()).verify()
    assert not dataclasses.replace(reduced, beliefs={**reduced.beliefs, (0, 0): (Fraction(0), Fraction(1))}).verify()


def test_bad_input_is_named():
    game = NormalFormGame([[1, 2]])
    with pytest.raises(GameError, match="kind of dominance is 'mild'"):
        bg.iterated_dominance(game, "mild")
    with pytest.raises(GameError, match="conjectures are 'wild'"):
        bg.rationalizable(game, "wild")
