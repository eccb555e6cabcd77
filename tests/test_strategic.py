"""Nash equilibria: against independent enumeration, against nashpy, and the laws they obey."""

from __future__ import annotations

import itertools
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
import brute_equilibria
from bargain import _exact, _vertices
from bargain.games import NormalFormGame
from brute_equilibria import compare, random_games

F = Fraction


def small_games(count, most, kind, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        shape = (2, *rng.integers(2, most + 1, 2))
        yield rng.integers(0, 3, shape) if kind == "tied" else rng.integers(-50, 51, shape)


def test_the_list_is_whole_against_brute_force():
    checked = [compare(payoffs) for payoffs in random_games(200, seed=20260101)]
    assert 60 < sum(degenerate for _, degenerate in checked) < 140


def test_brute_force_by_command_says_how_many_games_it_compared(capsys):
    brute_equilibria.main(8)
    assert capsys.readouterr().out.startswith("8 games of 2 to 6 actions, ")


@pytest.mark.parametrize("shape", [(5, 4), (7, 7)])
def test_degenerate_games_of_a_size_where_others_lose_most_equilibria(shape):
    """nashpy finds 1 of 16 in some 5 x 4 games with few different payoffs, and 22 of 33 in some 7 x 7 ones."""
    for seed in range(3):
        number, degenerate = compare(np.random.default_rng(seed).integers(0, 3, (2, *shape)))
        assert degenerate
        assert number >= 1


@pytest.mark.parametrize("exponent", [-50, -40, -30])
def test_near_ties_are_told_from_ties(exponent):
    for payoffs in random_games(24, seed=3, most=4):
        if payoffs.dtype.kind == "i":
            nudges = np.random.default_rng(1).integers(-3, 4, payoffs.shape)
            compare(payoffs + nudges * 2.0**exponent)


def test_large_whole_numbers_leave_64_bits_and_stay_exact():
    for size in (3, 4):
        table = np.random.default_rng(size).integers(0, 3, (2, size, size)).astype(object) * 10**25 + 1
        compare(table)


def ties(lines, point):
    values = [a + (b - a) * point for a, b in lines]
    return values.count(max(values))


def degenerate_2x2(A, B):
    """By the definition: more best replies than played actions, looked for between all crossings of two lines."""
    for lines in (list(zip(*B, strict=True)), A):
        crossings = {F(0), F(1)}
        for (a, b), (c, d) in itertools.combinations(lines, 2):
            if (b - a) != (d - c):
                crossings.add(F(c - a) / F((b - a) - (d - c)))
        inside = sorted(point for point in crossings if 0 <= point <= 1)
        inside += [(low + high) / 2 for low, high in itertools.pairwise(inside)]
        if any(ties(lines, point) > 1 + (0 < point < 1) for point in inside):
            return True
    return False


def test_degenerate_is_what_the_definition_says():
    flags = []
    for cells in np.random.default_rng(5).integers(0, 4, (300, 2, 2, 2)):
        game = NormalFormGame(cells)
        found = bg.nash_equilibria(game, cross_check=False)
        assert found.degenerate is degenerate_2x2(*cells.tolist()), cells.tolist()
        flags.append(found.degenerate)
    assert 50 < sum(flags) < 250


def test_nashpy_loses_equilibria_that_are_on_the_list():
    lost = 0
    for payoffs in small_games(40, 4, "integer", seed=7):
        found = bg.nash_equilibria(NormalFormGame(payoffs))
        assert set(found.methods) == {
            "vertex enumeration (exact)",
            *(f"nashpy {name}" for name in ("Lemke-Howson", "support enumeration", "vertex enumeration")),
        }
        assert all(count <= len(found) for count in found.methods.values())
        if found.methods["nashpy support enumeration"] < len(found):
            lost += 1
            assert any("support enumeration finds" in remark for remark in found.remarks)
    assert lost


@pytest.mark.parametrize(
    ("A", "B", "count"),
    [([[-3, 3], [-3, 5]], [[2, 7], [4, 2]], 2), ([[1, 1], [1, 1]], [[1, 1], [1, 1]], 4)],
)
def test_degenerate_games_that_nashpy_gets_wrong(A, B, count):
    found = bg.nash_equilibria(NormalFormGame.from_bimatrix(A, B))
    assert (len(found), found.degenerate, found.complete) == (count, True, True)
    assert "degenerate" in found.remarks[0]


def test_a_game_on_which_nashpy_does_not_end_takes_no_time():
    for payoffs in np.random.default_rng(0).integers(-50, 51, (3, 2, 7, 7)):
        found = bg.nash_equilibria(NormalFormGame(payoffs))
        assert found.complete
        assert "nashpy support enumeration" not in found.methods


@pytest.mark.parametrize("exponent", [-300, -30, 30, 149])
def test_payoffs_of_any_size_are_solved(exponent):
    for payoffs in np.random.default_rng(13).standard_normal((3, 2, 2, 4)):
        found = bg.nash_equilibria(NormalFormGame(payoffs * 10.0**exponent))
        plain = bg.nash_equilibria(NormalFormGame(payoffs))
        assert len(found) == len(plain)
        for one, other in zip(found, plain, strict=True):
            assert np.concatenate(one.strategies) == pytest.approx(np.concatenate(other.strategies), abs=1e-9)


def test_a_contradiction_between_algorithms_is_an_error(monkeypatch):
    right = _exact.equilibrium_vertices
    game = NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])

    def forgetful(A, B):
        pairs, degenerate = right(A, B)
        return pairs[1:], degenerate

    monkeypatch.setattr(_exact, "equilibrium_vertices", forgetful)
    with pytest.raises(bg.SolverError, match="which the exact enumeration does not list"):
        bg.nash_equilibria(game)


def test_a_profile_that_is_no_equilibrium_is_an_error(monkeypatch):
    game = NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    wrong = (0b0110, [1, 0]), (0b1001, [0, 1])
    monkeypatch.setattr(_exact, "equilibrium_vertices", lambda A, B: ([wrong], False))
    with pytest.raises(bg.SolverError, match="regret of 3"):
        bg.nash_equilibria(game)


def test_order_labels_and_access():
    game = NormalFormGame.from_bimatrix(
        [[F(5), 0], [3, 3]], [[5, 3], [0, 3]], actions=[("stag", "hare"), ("Stag", "Hare")]
    )
    found = bg.nash_equilibria(game)
    assert [equilibrium.profile for equilibrium in found] == [(0, 0), (1, 1), None]
    assert found[0].label == game.label((0, 0))
    assert found[2].label == ("3/5 stag + 2/5 hare", "3/5 Stag + 2/5 Hare")
    floats = NormalFormGame(game.payoffs, actions=game.actions)
    assert bg.nash_equilibria(floats)[2].label == ("0.6 stag + 0.4 hare", "0.6 Stag + 0.4 Hare")
    assert str(found[2]) == "(3/5 stag + 2/5 hare, 3/5 Stag + 2/5 Hare): 3, 3"
    with pytest.raises(ValueError, match="read-only"):
        found[0].strategies[0][0] = 0.5


def test_components_are_the_maximal_nash_subsets():
    everything = bg.nash_equilibria(NormalFormGame(np.ones((2, 2, 2))))
    assert everything.components() == ((0, 1, 2, 3),)
    game = NormalFormGame.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 3], [2, 6], [3, 1]])
    found = bg.nash_equilibria(game)
    assert found.components() == ((0, 2), (1,))
    first, second = found[0].strategies, found[2].strategies
    assert bg.regret(game, [first[0], first[1] / 2 + second[1] / 2]) == 0
    assert bg.regret(game, [found[1].strategies[0], first[1]]) > 0
    plain = bg.nash_equilibria(NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]]))
    assert plain.components() == ((0,), (1,), (2,))


def test_components_hold_all_equilibria_of_small_degenerate_games():
    rng = np.random.default_rng(11)
    for payoffs in small_games(30, 3, "tied", seed=12):
        game = NormalFormGame(payoffs)
        found = bg.nash_equilibria(game, cross_check=False)
        for subset in found.components():
            for _ in range(3):
                mixed = [
                    sum(
                        w * found[at].strategies[side]
                        for w, at in zip(rng.dirichlet(np.ones(len(subset))), subset, strict=True)
                    )
                    for side in range(2)
                ]
                assert bg.regret(game, mixed) < 1e-12


# Other numbers of players and actions


def test_one_player_takes_its_best_actions():
    found = bg.nash_equilibria(NormalFormGame([[1, 3, 3]]))
    assert [equilibrium.profile for equilibrium in found] == [(1,), (2,)]
    assert (found.complete, found.degenerate, found.components()) == (True, True, ((0, 1),))
    assert bg.nash_equilibria(NormalFormGame([[F(1, 3)]]))[0].exact == ((1,),)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1)])
def test_a_player_without_a_choice(shape):
    payoffs = np.arange(2 * shape[0] * shape[1]).reshape(2, *shape)
    (only,) = bg.nash_equilibria(NormalFormGame(payoffs))
    assert only.profile == (shape[0] - 1, shape[1] - 1)


def test_everyone_without_a_choice():
    found = bg.nash_equilibria(NormalFormGame(np.arange(4.0).reshape(4, 1, 1, 1, 1)))
    assert (found.complete, found[0].profile, found[0].payoffs.tolist()) == (True, (0, 0, 0, 0), [0, 1, 2, 3])


def dilemma(n):
    """Everyone keeps 1 or gives it away, and what is given is doubled and shared by all."""
    payoffs = np.empty((n, *(2,) * n), dtype=object)
    for profile in itertools.product(range(2), repeat=n):
        payoffs[(slice(None), *profile)] = [F(2 * sum(profile), n) - own for own in profile]
    return NormalFormGame(payoffs)


@pytest.mark.parametrize("n", [3, 5])
def test_dominated_actions_go_first(n):
    found = bg.nash_equilibria(dilemma(n))
    assert found.complete
    assert [equilibrium.profile for equilibrium in found] == [(0,) * n]


def test_three_players_of_whom_two_keep_a_choice():
    hunt = np.array([[[5, 0], [3, 3]], [[5, 3], [0, 3]]])
    payoffs = np.zeros((3, 2, 3, 2), dtype=int)
    payoffs[0, :, :, 0], payoffs[2, :, :, 0] = 1, 0
    payoffs[[0, 2], :, 0, :] = hunt
    payoffs[[0, 2], :, 2, :] = hunt[:, ::-1, ::-1]
    payoffs[1, :, 0, :] = 1
    found = bg.nash_equilibria(NormalFormGame(payoffs))
    assert found.complete
    assert [equilibrium.profile for equilibrium in found] == [(0, 0, 0), (1, 0, 1), None]
    assert found[2].exact == ((F(3, 5), F(2, 5)), (1, 0, 0), (F(3, 5), F(2, 5)))
    assert found.components() == ((0,), (1,), (2,))


def test_pure_equilibria_against_the_definition():
    for payoffs in np.random.default_rng(9).integers(0, 3, (20, 4, 2, 3, 2, 3)):
        expected = [
            profile
            for profile in itertools.product(*map(range, payoffs.shape[1:]))
            if all(
                payoffs[(i, *profile)] >= payoffs[(i, *profile[:i], other, *profile[i + 1 :])]
                for i in range(4)
                for other in range(payoffs.shape[1 + i])
            )
        ]
        assert bg.pure_equilibria(NormalFormGame(payoffs)) == expected


def test_ties_are_decided_in_rationals_where_floats_cannot():
    assert bg.pure_equilibria(NormalFormGame([[2**60, 2**60 + 1]])) == [(1,)]
    assert bg.pure_equilibria(NormalFormGame([[F(1, 3), F(1, 3) + F(1, 10**30)]])) == [(1,)]
    assert bg.pure_equilibria(NormalFormGame(np.array([[2**60, 2**60 + 1]]))) == [(1,)]
    assert bg.pure_equilibria(NormalFormGame([[0.1 + 0.2, 0.3]])) == [(0,)]
    assert bg.pure_equilibria(NormalFormGame([[F(1, 3), F(1, 3)]])) == [(0,), (1,)]


# The proof that no vertex is missing


def simple_polytope(size, seed=4):
    table = np.random.default_rng(seed).random((size, size)) + 0.25
    kept = {}

    def spy(*arguments):
        kept["arguments"] = arguments
        return right(*arguments)

    right = _vertices._unproved
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_vertices, "_unproved", spy)
        whole, _ = _exact.whole(table.tolist())
        assert _vertices.simple_vertices(whole) is not None
    return kept["arguments"]


def test_the_proof_refuses_a_list_without_one_vertex_or_with_one_too_many():
    table, points, marks, far = simple_polytope(5)
    proof, numbers = _vertices._unproved, np.arange(len(points))
    assert proof(table, points, marks, far).size == 0
    for at in numbers:
        left = np.delete(numbers, at)
        for instead in range(len(left)):  # wherever the edges that ended there are said to end now
            new = np.where(numbers == at, instead, numbers - (numbers > at))
            assert proof(table, points[left], marks[left], new[far[left]]) is None
        twice = [*numbers, at]
        assert proof(table, points[twice], marks[twice], far[twice]) is None


def test_the_proof_refuses_an_edge_that_ends_elsewhere_or_nowhere():
    table, points, marks, far = simple_polytope(4)
    for at, label in np.ndindex(far.shape):
        for end in {*range(len(points))} - {far[at, label]}:
            wrong = far.copy()
            wrong[at, label] = end
            assert _vertices._unproved(table, points, marks, wrong) is None


def test_the_proof_refuses_a_vertex_that_bears_a_label_twice():
    table, points, marks, far = simple_polytope(4)
    for at in range(len(points)):
        wrong = marks.copy()
        wrong[at, 1] = wrong[at, 0]
        assert _vertices._unproved(table, points, wrong, far) is None


def test_the_proof_doubts_a_point_that_is_another_vertex():
    table, points, marks, far = simple_polytope(5)
    for at in range(1, len(points)):
        moved = points.copy()
        moved[at] = points[at - 1]
        assert at in _vertices._unproved(table, moved, marks, far)


def test_what_floats_leave_in_doubt_is_decided_exactly(monkeypatch):
    payoffs = np.random.default_rng(6).random((2, 4, 5))
    plain = bg.nash_equilibria(NormalFormGame(payoffs), cross_check=False)
    monkeypatch.setattr(_vertices, "UNIT", 1.0)  # no float is trusted
    doubted = bg.nash_equilibria(NormalFormGame(payoffs), cross_check=False)
    assert [e.label for e in doubted] == [e.label for e in plain]
    assert doubted.degenerate is False
    monkeypatch.setattr(_vertices, "TIE", 1.0)  # everything is left to whole numbers
    assert [e.label for e in bg.nash_equilibria(NormalFormGame(payoffs), cross_check=False)] == [e.label for e in plain]


def test_equalisers_against_gauss_in_rationals():
    unique = 0
    for rows in np.random.default_rng(5).integers(-2, 3, (300, 4, 4)).tolist():
        rows = [row[: 1 + rows[0][0] % 4] for row in rows[: 1 + rows[0][0] % 4]]
        weights, size = _exact.equalisers(rows), len(rows)
        flat = [[F(a - b) for a, b in zip(row, rows[0], strict=True)] for row in rows[1:]] + [
            [F(1)] + [F(0)] * (size - 1)
        ]
        rank = np.linalg.matrix_rank(np.array(flat, dtype=float))
        assert bool(weights) == (rank == size)
        if weights:
            unique += 1
            found = _exact.solve(flat, [F(0)] * (size - 1) + [F(1)], [F(0)] * size)
            assert [F(weight, weights[0]) for weight in weights] == found
            assert np.gcd.reduce(weights) == 1
            assert len(set(np.array(rows) @ weights)) == 1
    assert 150 < unique < 300


@pytest.mark.parametrize("shape", [(2, 45), (70, 2), (1, 70)])
def test_more_labels_than_bits(shape):
    payoffs = np.random.default_rng(7).integers(-99, 100, (2, *shape))
    found = bg.nash_equilibria(NormalFormGame(payoffs), cross_check=False)
    assert found.complete
    assert all(equilibrium.regret == 0 for equilibrium in found)
    pure = {equilibrium.profile for equilibrium in found if equilibrium.profile}
    assert pure == set(bg.pure_equilibria(NormalFormGame(payoffs)))


# Games too large for the full list


def test_large_games_give_verified_equilibria_and_say_that_there_may_be_more():
    for payoffs in (
        np.random.default_rng(3).standard_normal((2, 20, 20)),
        np.random.default_rng(3).integers(0, 4, (2, 20, 18)),
    ):
        game = NormalFormGame(payoffs)
        found = bg.nash_equilibria(game)
        assert len(found) > 0
        assert not found.complete
        assert "may be more" in found.remarks[-1]
        assert {e.profile for e in found if e.profile} == set(bg.pure_equilibria(game))
        assert max(bg.regret(game, equilibrium.strategies) for equilibrium in found) < 1e-12


def test_a_large_game_with_few_undominated_actions_is_solved_whole():
    payoffs = np.random.default_rng(2).standard_normal((2, 25, 25))
    payoffs[0, 4:] -= 100
    small = bg.nash_equilibria(NormalFormGame(payoffs[:, :4]))
    found = bg.nash_equilibria(NormalFormGame(payoffs))
    assert found.complete
    assert "dominated actions were removed" in found.remarks[0]
    assert np.array([e.payoffs for e in found]) == pytest.approx(np.array([e.payoffs for e in small]))


def test_every_lemke_howson_path_ends_at_an_equilibrium_on_the_list():
    for payoffs in small_games(40, 5, "tied", seed=31):
        A, B = payoffs.tolist()
        game = NormalFormGame(payoffs)
        listed = {equilibrium.exact for equilibrium in bg.nash_equilibria(game, cross_check=False)}
        for label in range(sum(game.shape)):
            x, y, steps = _exact.lemke_howson(A, B, label, 1000)
            assert (tuple(x), tuple(y)) in listed
            assert _exact.lemke_howson(A, B, label, steps - 1) is None


# Laws


def bimatrix():
    shapes = st.tuples(st.integers(1, 4), st.integers(1, 4))
    return shapes.flatmap(
        lambda shape: st.lists(
            st.integers(-4, 4) | st.fractions(-4, 4, max_denominator=6),
            min_size=2 * shape[0] * shape[1],
            max_size=2 * shape[0] * shape[1],
        ).map(lambda cells: np.array([F(cell) for cell in cells], dtype=object).reshape(2, *shape))
    )


def exact_set(payoffs):
    return {equilibrium.exact for equilibrium in bg.nash_equilibria(NormalFormGame(payoffs), cross_check=False)}


scales, shifts = st.fractions(F(1, 9), 9), st.fractions(-5, 5, max_denominator=7)


@settings(max_examples=60)
@given(bimatrix(), scales, shifts, scales, shifts)
def test_scale_and_origin_of_payoffs_do_not_matter(payoffs, scale, shift, other_scale, other_shift):
    moved = np.stack([payoffs[0] * scale + shift, payoffs[1] * other_scale + other_shift])
    assert exact_set(payoffs) == exact_set(moved)
    assert exact_set(payoffs)


@settings(max_examples=40)
@given(bimatrix(), st.data())
def test_relabelling_actions_and_players_relabels_equilibria(payoffs, data):
    rows, columns = (data.draw(st.permutations(range(count))) for count in payoffs.shape[1:])
    moved = {(tuple(x[a] for a in rows), tuple(y[b] for b in columns)) for x, y in exact_set(payoffs)}
    assert moved == exact_set(payoffs[:, rows][:, :, columns])
    swapped = np.stack([payoffs[1].T, payoffs[0].T])
    assert {(y, x) for x, y in exact_set(payoffs)} == exact_set(swapped)


@settings(max_examples=60)
@given(bimatrix(), st.randoms(use_true_random=False))
def test_regret_is_the_best_single_gain(payoffs, random):
    game = NormalFormGame(payoffs)
    mixed = [np.array([random.random() + 0.01 for _ in range(count)]) for count in game.shape]
    mixed = [own / own.sum() for own in mixed]
    now = game.expected_payoffs(mixed)
    best = max(
        game.expected_payoffs([action if i == j else mixed[j] for j in range(2)])[i] - now[i]
        for i in range(2)
        for action in range(game.shape[i])
    )
    assert bg.regret(game, mixed) == pytest.approx(best, abs=1e-12)


def nearly_one_strategy(unit):
    """Two isolated equilibria whose first strategies are closer than floats can tell."""
    return NormalFormGame.from_bimatrix([[1, -1, 1], [0, 0, 0]], [[2 * unit, unit + 1, 0], [0, unit, 2 * unit]])


def test_equilibria_that_round_to_the_same_floats_are_not_put_together():
    for unit in (10**20, F(10**20)):
        found = bg.nash_equilibria(nearly_one_strategy(unit))
        assert np.array_equal(found[1].strategies[0], found[2].strategies[0])
        assert found[1].exact[0] != found[2].exact[0]
        assert (found.degenerate, found.components()) == (False, ((0,), (1,), (2,)))


@pytest.mark.parametrize("kind", ["floats", "ties", "zero-sum"])
def test_a_game_far_too_large_for_the_full_list_still_has_some_equilibria(kind):
    rng = np.random.default_rng(3)
    payoffs = rng.random((2, 40, 45)) if kind == "floats" else rng.integers(0, 5, (2, 40, 45))
    if kind == "zero-sum":
        payoffs[1] = -payoffs[0]
    game = NormalFormGame(payoffs)
    found = bg.nash_equilibria(game)
    assert len(found) >= 1
    assert (found.complete, found.degenerate) == (False, None)
    assert "Lemke-Howson paths, and there may be more" in found.remarks[-1]
    for equilibrium in found:
        assert bg.regret(game, equilibrium.strategies) <= 1e-9
    if kind == "zero-sum":
        assert found[0].payoffs[0] == pytest.approx(bg.zero_sum(game).value)


def test_a_list_that_would_be_endless_is_cut_and_says_so():
    found = bg.nash_equilibria(NormalFormGame(np.zeros((2, 90, 90))))
    assert not found.complete
    assert found.remarks[0].startswith("Of 8,100 equilibria found, the first 2,777")
    assert len(found) == 2777


def test_a_long_table_of_whole_numbers_takes_little_memory():
    """Each of 300 vertices would be joined with each of 300 others, in 600 numbers."""
    game = NormalFormGame(np.random.default_rng(0).integers(0, 10**6, (2, 2, 600)))
    tracemalloc.start()
    found = bg.nash_equilibria(game, cross_check=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6
    assert found.complete
    assert "strictly dominated" in found.remarks[0]
