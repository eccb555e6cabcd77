"""Nucleoli: published numbers, a slow sequence of linear programs, Kohlberg's criterion, kernels, bargaining sets."""

from __future__ import annotations

import dataclasses
import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from bargain.cores import core, is_in_core, least_core
from bargain.games import GameError
from bargain.kernels import (
    is_in_bargaining_set,
    is_in_kernel,
    is_in_prekernel,
    kernel_point,
    maximum_surplus,
    prekernel_point,
)
from bargain.nucleoli import nucleolus, per_capita_nucleolus, prenucleolus
from bargain.tu import as_game, subset_sums
from bargain.values import shapley_value
from tu_games import BY_NAME, KINDS, excesses, family, having, members, numbers, sequential_nucleolus, worths

F = Fraction


def agree(found, expected, values, tolerance=1e-9):
    assert np.abs(found.payoffs - expected).max() <= tolerance * np.abs(values).max()


def singles(values):
    n = len(values).bit_length() - 1
    return np.array([values[1 << i] for i in range(n)])


def sorted_excesses(values, x, a_head=False):
    gaps = excesses(values, x)
    if a_head:
        gaps = gaps / np.array([m.bit_count() for m in range(1, len(values) - 1)])
    return sorted(gaps.tolist(), reverse=True)


# Published numbers


@pytest.mark.parametrize("name", having("nucleolus"))
def test_nucleoli_of_the_papers(name):
    case, values = BY_NAME[name], worths(name)
    expected = numbers(case["nucleolus"])
    pre = numbers(case.get("prenucleolus", case["nucleolus"]))
    floats = np.array(values, dtype=float)
    for solve, answer in ((nucleolus, expected), (prenucleolus, pre)):
        found = solve(floats)
        agree(found, np.array(answer, dtype=float), floats, 1e-12)
        assert found.verify()
        if len(answer) <= 10:
            exact = solve(values)
            assert list(exact.exact) == answer
            assert exact.residual() == 0
            assert exact.verify()


def test_aumann_maschler_1985_talmud():
    """Claims of 100, 200, 300: estates of 100, 200, 300 are divided 33 1/3 each; 50, 75, 75; 50, 100, 150."""
    claims = subset_sums(np.array([100, 200, 300]))
    divided = [nucleolus(np.maximum(0, estate - (600 - claims))).exact for estate in (100, 200, 300)]
    assert divided == [(F(100, 3),) * 3, (50, 75, 75), (50, 100, 150)]


def test_guajardo_jornsten_2015_insurance():
    """Lemaire's insurers: 52687.5, 24468.75, 12843.75 and not what the sources printed."""
    found = nucleolus(np.array(worths("Insurance of three"), dtype=float))
    assert found.payoffs.tolist() == pytest.approx([52687.5, 24468.75, 12843.75], rel=1e-12)


# Two ways to one answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "seed"), [(2, 0), (3, 0), (4, 0), (5, 0)])
def test_against_a_sequence_of_full_programs(kind, n, seed):
    values = family(kind, n, seed)
    scale = np.abs(values).max()
    answers = {(False, False): prenucleolus(values), (True, False): per_capita_nucleolus(values, imputations=False)}
    if singles(values).sum() <= values[-1] + 1e-9 * scale:
        answers |= {(False, True): nucleolus(values), (True, True): per_capita_nucleolus(values)}
    else:
        assert nucleolus(values).payoffs is None
        assert not nucleolus(values)
    for (a_head, floors), found in answers.items():
        slow = sequential_nucleolus(values, singles(values) if floors else None, a_head)
        ours = sorted_excesses(values, found.payoffs, a_head)
        assert ours == pytest.approx(sorted_excesses(values, slow, a_head), abs=2e-8 * scale)
        agree(found, slow, values, 1e-7)
        assert found.verify()
        assert found.residual() <= 1e-12 * scale


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [3, 7])
def test_floats_against_rationals(kind, n):
    values = family(kind, n, seed=7)
    if kind in ("random", "additive"):
        values = np.round(values * 64)
    for solve in (prenucleolus, nucleolus, per_capita_nucleolus):
        exact, found = solve(values.astype(int)), solve(values)
        assert (exact.payoffs is None) is (found.payoffs is None)
        if found.payoffs is not None:
            agree(found, exact.payoffs, values, 1e-11)
            assert exact.residual() == 0
            assert exact.verify()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [9, 13])
def test_rows_generated_in_blocks(kind, n):
    values = family(kind, n)
    found = prenucleolus(values)
    assert found.verify()
    assert found.residual() <= 1e-11 * np.abs(values).max()


# The certificate


def test_kohlberg_certificate_refuses_other_allocations():
    """What is tight at one optimum of a level need not be at all of them; the certificate sees it."""
    values = [0, 0, 0, 0, 0, 0, 100, 200]
    right = nucleolus(values).certificate
    assert right.verify()
    for wrong in ((25, F(175, 2), F(175, 2)), (50, 70, 80), (50, 75, 76)):
        assert not dataclasses.replace(right, payoffs=tuple(map(F, wrong))).verify()
    assert not dataclasses.replace(right, levels=right.levels[:1]).verify()
    assert not dataclasses.replace(right, levels=right.levels[::-1]).verify()
    first = right.levels[0]
    halved = dataclasses.replace(first, weights=(first.weights[0] / 2, *first.weights[1:]))
    assert not dataclasses.replace(right, levels=(halved, *right.levels[1:])).verify()


def test_certificate_of_another_game_is_refused():
    values = family("whole", 6)
    certificate = prenucleolus(values).certificate
    assert certificate.verify()
    for mask in range(1, 63):
        other = values.copy()
        other[mask] += 100
        assert not dataclasses.replace(certificate, game=as_game(other)).verify()


def test_shapley_value_has_no_certificate():
    values = [int(worth) for worth in family("bankruptcy", 5)]
    found, shapley = prenucleolus(values), shapley_value(values).exact
    assert shapley != found.exact
    assert not dataclasses.replace(found.certificate, payoffs=shapley).verify()


def test_weights_are_exact_rationals_above_zero():
    for level in prenucleolus(family("voting", 12)).certificate.levels:
        assert all(isinstance(weight, F) and weight > 0 for weight in level.weights)
        assert sum(level.weights) == 1


# Scales, shifts, ties


@pytest.mark.parametrize("power", [-12, -7, 0, 10, 12])
@pytest.mark.parametrize("kind", ["whole", "convex", "voting", "negative", "glove", "bankruptcy", "airport"])
def test_answers_move_with_scale_and_shift(kind, power):
    values = family(kind, 6)
    shifts = np.arange(6.0) - 2
    moved = 10.0**power * (values + subset_sums(shifts))
    for solve in (prenucleolus, nucleolus, per_capita_nucleolus):
        before, after = solve(values), solve(moved)
        assert (before.payoffs is None) is (after.payoffs is None)
        if before.payoffs is not None:
            agree(after, 10.0**power * (before.payoffs + shifts), moved, 1e-10)
            assert after.verify()


@pytest.mark.parametrize("kind", ["whole", "convex", "voting"])
def test_a_large_shift_costs_only_its_own_digits(kind):
    values = family(kind, 12)
    shift = 1e6 * np.arange(1, 13)
    before, after = prenucleolus(values), prenucleolus(values + subset_sums(shift))
    assert np.abs(after.payoffs - shift - before.payoffs).max() <= 1e-6 * np.abs(values).max()


def test_rational_worths_that_floats_cannot_tell_apart():
    tiny = F(1, 10**25)
    values = [0, 0, 0, 1, 0, 1, 1 + tiny, F(3, 2)]
    found = nucleolus(values)
    assert found.exact == (F(1, 2) - tiny * 2 / 3, F(1, 2) + tiny / 3, F(1, 2) + tiny / 3)
    assert found.verify()


def test_the_order_of_the_players_does_not_matter():
    values = family("whole", 7, seed=11)
    order = [3, 0, 6, 1, 5, 2, 4]
    moved = np.array([values[sum(1 << order[i] for i in members(m))] for m in range(128)])
    agree(prenucleolus(moved), prenucleolus(values).payoffs[order], values, 1e-12)


# Laws


@settings(max_examples=60)
@given(arrays(np.int64, 16, elements=st.integers(-20, 40)))
def test_nucleolus_lies_in_core_least_core_kernel_and_bargaining_set(values):
    values[0] = 0
    pre = prenucleolus(values)
    assert sum(pre.exact) == values[-1]
    assert max(excesses(values, pre.exact)) == least_core(values).exact_epsilon
    assert is_in_prekernel(values, pre.exact)
    found = nucleolus(values)
    assert (found.payoffs is None) is bool(singles(values).sum() > values[-1])
    if found:
        assert all(share >= alone for share, alone in zip(found.exact, singles(values), strict=True))
        assert is_in_kernel(values, found.exact)
        assert is_in_bargaining_set(values, found.exact)
        if core(values).nonempty:
            assert is_in_core(values, found.exact)
            assert found.exact == pre.exact


@settings(max_examples=30)
@given(arrays(np.int64, 8, elements=st.integers(0, 30)), st.integers(0, 2), st.integers(0, 2))
def test_players_alike_get_the_same_and_dummies_their_own(values, first, second):
    values[0] = 0
    swap = [second if i == first else first if i == second else i for i in range(3)]
    alike = values + np.array([values[sum(1 << swap[i] for i in members(m))] for m in range(8)])
    x = prenucleolus(alike).exact
    assert x[first] == x[second]
    with_dummy = np.concatenate([values, values + 5])
    assert prenucleolus(with_dummy).exact == (*prenucleolus(values).exact, 5)


# No imputation, tiny games


def test_no_imputation_is_a_clear_answer():
    answer = nucleolus([0, 2, 2, 3])
    assert answer.payoffs is None
    assert not answer
    assert str(answer) == (
        "Nucleolus: none. There is no imputation: alone the players make 4, together 3. The prenucleolus exists."
    )
    assert "per-capita prenucleolus exists" in str(per_capita_nucleolus([0.0, 2.0, 2.0, 3.0]))
    assert prenucleolus([0, 2, 2, 3]).exact == (F(3, 2), F(3, 2))


@pytest.mark.parametrize("solve", [nucleolus, prenucleolus, per_capita_nucleolus])
def test_tiny_games(solve):
    assert solve([0, -4]).exact == (-4,)
    assert solve([0.0, 7.5]).payoffs.tolist() == [7.5]
    assert solve([0, 1, 3, 10]).exact == (4, 6)
    assert solve(np.array([0.0, 1.0, 3.0, 4.0])).payoffs.tolist() == [1, 3]
    assert solve(np.zeros(32)).payoffs.tolist() == [0] * 5
    additive = subset_sums([0.1, 0.2, 0.3, 0.4])
    assert solve(additive).payoffs == pytest.approx([0.1, 0.2, 0.3, 0.4], rel=1e-14)
    for values in ([0, -4], [0.0, 1.0, 3.0, 4.0], np.zeros(32), additive):
        assert solve(values).verify()


def test_a_single_imputation_by_the_rounding_of_floats():
    """0.1 + 0.2 is more than 0.3 as floats: a tie, not a game without imputations."""
    found = nucleolus([0, 0.1, 0.2, 0.3])
    assert found.payoffs == pytest.approx([0.1, 0.2])
    assert found.verify()


# Kernels and bargaining sets


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [2, 4, 6])
def test_kernel_points_are_in_their_kernels(kind, n):
    values = family(kind, n, seed=2)
    assert is_in_prekernel(values, prekernel_point(values))
    point = kernel_point(values)
    if point:
        assert is_in_kernel(values, point)
        assert is_in_bargaining_set(values, point)


def test_maximum_surplus_by_hand():
    values, x = family("whole", 5), np.arange(5.0)
    surplus = maximum_surplus(values, x)
    for i in range(5):
        for j in range(5):
            if i != j:
                inside = [m for m in range(32) if m >> i & 1 and not m >> j & 1]
                assert surplus[i, j] == max(values[m] - x[members(m)].sum() for m in inside)


def test_outside_the_kernel():
    answer = is_in_kernel([0, 0, 0, 1, 0, 1, 1, 1], [F(1, 2), F(1, 2), 0])
    assert answer.witness == {"players": (2, 0)}
    assert answer.margin == -0.5
    assert is_in_kernel([0, 3, 0, 4], [1, 3]).witness == {"player": 0}
    assert is_in_kernel([0, 3, 0, 4], [3, 2]).witness == {"coalition": 3}
    assert is_in_prekernel([0, 3, 0, 4], [3, 2]).witness == {"coalition": 3}
    # Player 3 is outweighed by 1, and has nothing to lose.
    assert is_in_kernel([0, 0, 0, 1, 0, 1, 0, 1], [1, 0, 0])
    assert is_in_kernel([0, 0, 0, 10, 0, 0, 0, 2], [1, 1, 0])
    assert not is_in_prekernel([0, 0, 0, 10, 0, 0, 0, 2], [1, 1, 0])


def test_aumann_maschler_1964_majority():
    """In a majority of three only equal shares stand; every other division meets an objection nobody can counter."""
    majority = [0, 0, 0, 1, 0, 1, 1, 1]
    third = F(1, 3)
    assert is_in_bargaining_set(majority, [third] * 3)
    for other in ([F(1, 2), F(1, 2), 0], [third + F(1, 10**12), third, third - F(1, 10**12)], [1, 0, 0]):
        assert not is_in_bargaining_set(majority, other)


def test_bargaining_set_of_three_pairs():
    """Pairs make 10, 10 and 6, all three 10: only at (6, 2, 2) are the pairs equally tempted, and it alone stands."""
    values = [0, 0, 0, 10, 0, 10, 6, 10]
    assert nucleolus(values).exact == (6, 2, 2)
    shares = [(6, 2, 2), (10, 0, 0), (4, 3, 3), (7, F(3, 2), F(3, 2)), (6, F(5, 2), F(3, 2))]
    for x in shares:
        assert bool(is_in_bargaining_set(values, x)) is (x == (6, 2, 2))
        assert bool(is_in_bargaining_set(np.array(values, float), np.array(x, float))) is (x == (6, 2, 2))


def slow_bargaining_set(values, x):
    """Every objection of every coalition, by programs over all counters; floats, margins in the unit of the worths."""
    n = len(x)
    worst = -np.inf
    for i in range(n):
        for j in range(n):
            if i == j:
                continue
            counters = [t for t in range(2**n) if t >> j & 1 and not t >> i & 1]
            for s in range(2**n):
                if not (s >> i & 1) or s >> j & 1 or values[s] - sum(x[k] for k in members(s)) <= 0:
                    continue
                own = members(s)
                # y on S, then t: y_k - x_k >= t; y(S & T) + x(T - S) >= v(T) + t; y(S) <= v(S)
                rows = [[float(k == a) for a in own] + [-1.0] for k in own]
                right = [x[k] for k in own]
                for t in counters:
                    rows.append([float(t >> a & 1) for a in own] + [-1.0])
                    right.append(values[t] - sum(x[k] for k in members(t & ~s)))
                rows.append([-1.0] * len(own) + [0.0])
                right.append(-values[s])
                objective = [0.0] * len(own) + [-1.0]
                bounds = [(None, None)] * (len(own) + 1)
                solution = linprog(objective, -np.array(rows), -np.array(right), bounds=bounds, method="highs")
                worst = max(worst, -solution.fun)
    return worst


@pytest.mark.parametrize("kind", ["whole", "voting", "glove", "market", "tied", "bankruptcy"])
@pytest.mark.parametrize("seed", [0, 1])
def test_bargaining_set_against_every_objection(kind, seed):
    values = family(kind, 4, seed)
    values[[1, 2, 4, 8]] = 0
    values[-1] = max(values[-1], 1.0)
    rng = np.random.default_rng(seed)
    points = [np.round(rng.dirichlet(np.ones(4)) * 16) / 16 for _ in range(3)] + [np.full(4, 0.25)]
    for share in points:
        share[-1] = 1 - share[:-1].sum()
        if share.min() < 0:
            continue
        x = share * values[-1]
        worst = slow_bargaining_set(values, x)
        for given_, at in ((values, x), (values.astype(int), [F(float(own)) for own in x])):
            answer = is_in_bargaining_set(given_, at)
            assert answer.holds is bool(worst <= 1e-9)
            if not answer.holds:
                assert 0 < -answer.margin <= worst + 1e-9


def test_too_many_players_for_the_bargaining_set():
    with pytest.raises(GameError, match="at most 12 players, not 13"):
        is_in_bargaining_set(np.zeros(2**13), np.zeros(13))


def test_results_as_plain_data():
    for values in ([0, 5], [0, 2, 2, 3], [0, 0, 0, 60, 0, 60, 60, 90], np.array([0, 0.5, 0.5, 1.0])):
        for answer in (nucleolus(values), prenucleolus(values), per_capita_nucleolus(values)):
            assert json.loads(json.dumps(answer.to_dict(), allow_nan=False))
            assert str(answer)
            again = pickle.loads(pickle.dumps(answer))
            assert str(again) == str(answer)
            if answer:
                assert again.verify()
                assert isinstance(str(answer.certificate), str)
