"""The core and its relatives: published numbers, full linear programs, exact proofs, ties, scales and shifts."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from bargain.certificates import BalancedWeights
from bargain.cores import core, cost_of_stability, is_balanced, is_in_core, least_core
from bargain.tu import CoalitionalGame, subset_sums
from bargain.values import shapley_value
from tu_games import BY_NAME, KINDS, excesses, family, having, members, worths

F = Fraction


def full_program(values, a_head=False):
    """The least epsilon by one program with all 2**n - 2 rows."""
    n = len(values).bit_length() - 1
    rows = np.array([[float(m >> i & 1) for i in range(n)] for m in range(1, 2**n - 1)])
    weight = rows.sum(axis=1) if a_head else np.ones(len(rows))
    solution = linprog(
        np.append(np.zeros(n), 1.0),
        -np.column_stack([rows, weight]),
        -np.asarray(values[1:-1]),
        np.append(np.ones(n), 0.0)[None, :],
        [values[-1]],
        [(None, None)] * (n + 1),
        method="highs",
    )
    return solution.fun


def vote(n, quota):
    return np.array([float(m.bit_count() >= quota) for m in range(2**n)])


# Published numbers


@pytest.mark.parametrize("name", having("epsilon"))
def test_least_core_of_the_papers(name):
    epsilon = F(BY_NAME[name]["epsilon"])
    values = worths(name)
    for given_ in (values, np.array(values, dtype=float)):
        least = least_core(given_)
        assert least.epsilon == pytest.approx(float(epsilon), rel=1e-8, abs=1e-12)
        assert least.verify()
    if len(values) <= 1024:
        assert least_core(values).exact_epsilon == epsilon == least_core(values).certificate.bound


@pytest.mark.parametrize("name", having("core"))
def test_core_of_the_papers(name):
    values = worths(name)
    for given_ in (values, np.array(values, dtype=float)):
        answer = core(given_)
        assert answer.nonempty is BY_NAME[name]["core"]
        assert answer.verify()
        assert bool(is_balanced(given_)) is answer.nonempty
        assert (float(cost_of_stability(given_)) == 0) is answer.nonempty


def test_core_of_a_single_point():
    """CoopGame manual, coreVertices(c(0, 1, 2, 3, 4, 5, 6)): the one point (1, 2, 3)."""
    assert core(worths("Core of a single point")).exact == (1, 2, 3)


def test_gloves_have_the_core_point_that_pays_the_scarce_side():
    assert core([0, 0, 0, 1, 0, 1, 0, 1]).exact == (1, 0, 0)
    # No other point: nobody but the scarce side can be given anything.
    assert is_in_core([0, 0, 0, 1, 0, 1, 0, 1], [1, 0, 0])
    assert not is_in_core([0, 0, 0, 1, 0, 1, 0, 1], [F(99, 100), F(1, 100), 0])


def test_bachrach_et_al_2009_majority():
    """Majority of three: least core 1/3, cost of stability 1/2."""
    assert least_core(vote(3, 2).astype(int)).exact_epsilon == F(1, 3)
    cost = cost_of_stability(vote(3, 2).astype(int))
    assert cost == 0.5
    assert cost.exact == F(1, 2)
    assert cost.payoffs.tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(("n", "quota"), [(3, 2), (5, 3), (7, 4), (9, 5), (6, 4), (10, 6)])
def test_bachrach_et_al_2009_anonymous(n, quota):
    """k of n suffice: the cost of stability is n/k - 1."""
    cost = cost_of_stability(vote(n, quota).astype(int))
    assert cost.exact == F(n, quota) - 1
    assert cost.verify()
    assert cost_of_stability(vote(n, quota)) == pytest.approx(n / quota - 1, rel=1e-12)


# Two ways to one answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "seed"), [(2, 0), (3, 0), (4, 1), (5, 2), (8, 3)])
def test_least_core_and_cost_against_full_programs(kind, n, seed):
    values = family(kind, n, seed)
    scale = np.abs(values).max()
    least = least_core(values)
    assert least.epsilon == pytest.approx(full_program(values), abs=1e-9 * scale)
    assert excesses(values, least.payoffs).max() == pytest.approx(least.epsilon, abs=1e-12 * scale)
    assert least.payoffs.sum() == pytest.approx(values[-1], abs=1e-12 * scale)
    assert least.verify()
    cost = cost_of_stability(values)
    assert cost == pytest.approx(max(0.0, n * full_program(values, a_head=True)), abs=2e-9 * scale * n)
    assert cost.verify()
    answer = core(values)
    assert answer.nonempty is bool(least.epsilon <= 1e-9 * scale)
    assert answer.verify()
    if kind not in ("random", "additive"):
        exact = least_core(values.astype(int))
        assert float(exact.exact_epsilon) == pytest.approx(least.epsilon, abs=1e-11 * scale)
        assert exact.residual() == 0
        assert core(values.astype(int)).nonempty is answer.nonempty


@pytest.mark.parametrize("kind", KINDS)
def test_rows_generated_in_blocks(kind):
    """With 11 players coalitions are found block by block; the full program knows them all."""
    values = family(kind, 11)
    least = least_core(values)
    assert least.epsilon == pytest.approx(full_program(values), abs=1e-9 * np.abs(values).max())
    assert least.verify()


@pytest.mark.parametrize("kind", ["convex", "voting", "market", "tied"])
def test_many_players(kind):
    values = family(kind, 16)
    least = least_core(values)
    assert least.verify()
    assert least.residual() <= 1e-12 * np.abs(values).max()


# Proofs


def test_empty_core_comes_with_exact_balanced_weights():
    values = [0, 0, 0, 60, 0, 60, 60, 84]
    answer = core(values)
    assert answer.nonempty is False
    assert not answer
    assert dict(answer.balanced_weights) == {3: F(1, 2), 5: F(1, 2), 6: F(1, 2)}
    assert answer.balanced_weights.shortfall == 6
    assert answer.payoffs is None
    assert "6 more than there is" in str(answer)


@pytest.mark.parametrize("kind", ["random", "whole", "voting", "tied", "negative", "symmetric"])
@pytest.mark.parametrize("n", [3, 4, 6, 12])
def test_balanced_weights_hold_whatever_the_numbers(kind, n):
    values = family(kind, n, seed=5)
    answer = core(values)
    if answer.nonempty:
        assert excesses(values, answer.payoffs).max() <= 1e-9 * np.abs(values).max()
        return
    weights = answer.balanced_weights
    assert len(weights) <= n
    for i in range(n):
        assert sum(w for m, w in weights.items() if m >> i & 1) == 1
    assert sum(w * F(values[m]) for m, w in weights.items()) > F(values[-1])


def test_wrong_weights_are_refused():
    game = CoalitionalGame([0, 0, 0, 60, 0, 60, 60, 84])
    assert BalancedWeights(game, {3: F(1, 2), 5: F(1, 2), 6: F(1, 2)}).verify()
    assert not BalancedWeights(game, {3: F(1, 2), 5: F(1, 2)}).verify()
    assert not BalancedWeights(game, {3: F(1), 4: F(1), 1: F(0)}).verify()
    assert not BalancedWeights(game, {7: F(1)}).verify()


# Ties, scales, shifts


def test_the_least_core_may_be_negative():
    """A definition with epsilon >= 0 would stop at 0 here."""
    assert least_core([0, 0, 0, 0, 0, 0, 0, 3]).exact_epsilon == -1


def test_rational_worths_decide_the_core_exactly():
    tiny = F(1, 10**30)
    third = F(1, 3)
    assert core([0, 0, 0, 2 * third, 0, 2 * third, 2 * third, 1]).nonempty is True
    assert core([0, 0, 0, 2 * third, 0, 2 * third, 2 * third, 1 - tiny]).nonempty is False
    assert core([0, 0, 0, 2 / 3, 0, 2 / 3, 2 / 3, 1 - 1e-15]).nonempty is True


def test_floats_that_miss_by_rounding_are_in_the_core():
    assert is_in_core([0, 0, 0, 0, 0, 0, 0, 0.3], [0.1, 0.1, 0.1])
    assert not is_in_core([0, 0, 0, 0, 0, 0, 0, 0.3], [0.1, 0.1, 0.2])
    assert not is_in_core([0, 0, 0, 0, 0, 0, 0, F(3, 10)], [F(1, 10), F(1, 10), F(1, 10) + F(1, 10**20)])


@pytest.mark.parametrize("power", [-12, -7, 0, 10, 12])
@pytest.mark.parametrize("kind", ["whole", "convex", "voting", "negative", "glove"])
def test_answers_move_with_scale_and_shift(kind, power):
    values = family(kind, 6)
    shifts = np.arange(6.0) - 2
    moved = 10.0**power * (values + subset_sums(shifts))
    unit = 10.0**power * np.abs(values).max()
    before, after = least_core(values), least_core(moved)
    assert after.epsilon == pytest.approx(10.0**power * before.epsilon, abs=1e-10 * unit)
    assert core(moved).nonempty is core(values).nonempty
    assert core(moved).verify()
    assert cost_of_stability(moved) == pytest.approx(10.0**power * cost_of_stability(values), abs=1e-9 * unit)


def test_a_large_shift_costs_only_its_own_digits():
    values = family("whole", 6)
    shift = np.full(6, 1e6)
    epsilon = least_core(values + subset_sums(shift)).epsilon
    assert epsilon == pytest.approx(least_core(values).epsilon, abs=1e-8)


# Laws


@settings(max_examples=60)
@given(arrays(np.int64, 16, elements=st.integers(-20, 40)), st.integers(1, 14), st.integers(1, 30))
def test_raising_a_worth_never_enlarges_the_core(values, mask, rise):
    values[0] = 0
    raised = values.copy()
    raised[mask] += rise
    before, after = core(values), core(raised)
    assert least_core(raised).exact_epsilon >= least_core(values).exact_epsilon
    assert before.nonempty or not after.nonempty
    if after.nonempty:
        assert is_in_core(values, after.exact)


@settings(max_examples=40)
@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), st.integers(2, 3))
def test_convex_games_have_a_core_with_the_shapley_value_in_it(shares, power):
    values = [int(worth) for worth in subset_sums(shares) ** power]
    assert core(values).nonempty
    assert is_in_core(values, shapley_value(values).exact)


@settings(max_examples=60)
@given(arrays(np.int64, 8, elements=st.integers(-9, 9)))
def test_cost_of_stability_is_what_makes_the_core_appear(values):
    values[0] = 0
    cost = cost_of_stability(values)
    with_money = [F(int(worth)) for worth in values]
    with_money[-1] += cost.exact
    assert core(with_money).nonempty
    if cost > 0:
        with_money[-1] -= F(1, 10**9)
        assert not core(with_money).nonempty
    assert -is_balanced(values).margin == pytest.approx(float(cost)) or cost == 0


# Small games, plain data


def test_tiny_games():
    assert least_core([0, 5]).epsilon == -np.inf
    assert core([0, -5]).payoffs.tolist() == [-5]
    assert core([0, -5]).verify()
    assert least_core([0, 5]).verify()
    assert cost_of_stability([0, -5]) == 0
    assert is_balanced([0, 3])
    assert is_in_core([0, 3], [3])
    assert not is_in_core([0, 3], [4])
    assert least_core([0, 2, 2, 3]).exact_epsilon == F(1, 2)
    assert core([0, 2, 2, 3]).nonempty is False
    assert core(np.zeros(8)).payoffs.tolist() == [0, 0, 0]
    assert is_in_core(np.zeros(8), [0, 0, 0])


def test_blocking_coalition_is_the_witness():
    answer = is_in_core([0, 0, 0, 1, 0, 1, 1, 1], [F(1, 2), F(1, 4), F(1, 4)])
    assert answer.witness == {"coalition": 6}
    assert answer.margin == -0.5
    assert members(6) == [1, 2]
    unequal = is_in_core([0, 0, 0, 1], [1, 1])
    assert unequal.witness == {"coalition": 3}
    assert "add up to 2, and there is 1" in str(unequal)


@pytest.mark.parametrize("values", [[0, 5], [0, 2, 2, 3], [0, 0, 0, 60, 0, 60, 60, 90], np.array([0, 0.5, 0.5, 2])])
def test_results_as_plain_data(values):
    for answer in (core(values), least_core(values), cost_of_stability(values), is_balanced(values)):
        assert json.loads(json.dumps(answer.to_dict(), allow_nan=False))
        assert str(answer)
    cost = pickle.loads(pickle.dumps(cost_of_stability(values)))
    assert cost.verify()
