"""Values of coalitional games: published numbers, all orders of players by hand, laws, properties by brute force."""

from __future__ import annotations

import itertools
import json
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bargain.coalitional import voting_power
from bargain.games import GameError
from bargain.properties import dividends, excess, is_convex, is_monotone, is_superadditive
from bargain.tu import CoalitionalGame, as_game, subset_sums
from bargain.values import aumann_dreze, banzhaf_value, myerson_value, owen_value, shapley_value, tau_value
from tu_games import BY_NAME, KINDS, family, having, members, numbers, orders, sums, worths

F = Fraction


def games(most=5):
    """Small games with worths of a few digits."""
    cells = st.integers(-100, 100).map(float)
    return st.integers(1, most).flatmap(lambda n: arrays(float, 2**n, elements=cells)).map(first_zero)


def first_zero(values):
    values[0] = 0
    return values


def by_orders(values, admissible):
    """The mean of the marginal contributions over the orders that are admissible."""
    n = len(values).bit_length() - 1
    total, count = np.zeros(n), 0
    for order in orders(n):
        if admissible(order):
            count += 1
            mask = 0
            for player in order:
                total[player] += values[mask | 1 << player] - values[mask]
                mask |= 1 << player
    return total / count


# Published numbers


@pytest.mark.parametrize("name", having("shapley"))
def test_shapley_values_of_the_papers(name):
    exact = numbers(BY_NAME[name]["shapley"])
    found = shapley_value(worths(name))
    assert found.payoffs.tolist() == pytest.approx([float(share) for share in exact], rel=1e-12)
    if len(exact) <= 10:
        assert list(found.exact) == exact
        assert found.residual() == 0
    floats = shapley_value(np.array(worths(name), dtype=float))
    assert floats.exact is None
    assert floats.payoffs == pytest.approx([float(share) for share in exact], rel=1e-10)
    assert floats.residual() <= 1e-9 * as_game(worths(name)).scale


def test_littlechild_owen_1973_airport():
    """Players pay equal parts of each stretch of the runway that they use: 1/3, 1/3 + 1/2, 1/3 + 1/2 + 1."""
    cost = [0, 1, 2, 2, 3, 3, 3, 3]
    assert shapley_value(cost).exact == (F(1, 3), F(5, 6), F(11, 6))


def test_tau_value_stach_2011():
    """Stach (2011): utopia payoffs 2, 1, 2, minimal rights 0, tau value 6/5, 3/5, 6/5."""
    v = worths("tau value of Stach")
    tau = tau_value(v).exact
    assert list(tau) == numbers(BY_NAME["tau value of Stach"]["tau"])
    utopia = [v[7] - v[7 ^ 1 << i] for i in range(3)]
    rights = [
        max(v[S] - sum(utopia[j] for j in range(3) if j != i and S >> j & 1) for S in range(8) if S >> i & 1)
        for i in range(3)
    ]
    assert (utopia, rights) == ([2, 1, 2], [0, 0, 0])
    assert len({share / most for share, most in zip(tau, utopia, strict=True)}) == 1, "on the line between the two"


def test_security_council_shapley_shubik():
    """Five vetoes and nine votes of fifteen: 421/2145 and 4/2145 (Shapley and Shubik 1954, corrected to 15 members)."""
    votes = subset_sums(np.array([7.0] * 5 + [1.0] * 10))
    power = shapley_value((votes >= 39).astype(float)).payoffs
    assert power[:5] == pytest.approx([421 / 2145] * 5, rel=1e-12)
    assert power[5:] == pytest.approx([4 / 2145] * 10, rel=1e-11)


@pytest.mark.parametrize("index", ["shapley-shubik", "banzhaf"])
def test_voting_power_counts_the_same(index):
    votes = [50, 49, 3, 8, 20, 1]
    passed = [int(own >= 66) for own in sums(votes)]
    ours = shapley_value(passed) if index == "shapley-shubik" else banzhaf_value(passed, normalised=True)
    assert ours.payoffs == pytest.approx(voting_power(votes, 66, index), rel=1e-14)


# Two ways to one answer


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_shapley_and_banzhaf_by_hand(kind, n):
    values = family(kind, n)
    scale = max(1e-300, np.abs(values).max())
    found = shapley_value(values)
    assert np.abs(found.payoffs - by_orders(values, lambda order: True)).max() <= 1e-13 * scale * n
    assert found.residual() <= 1e-12 * scale
    swings = [[values[m | 1 << i] - values[m] for m in range(2**n) if not m >> i & 1] for i in range(n)]
    banzhaf = banzhaf_value(values)
    assert np.abs(banzhaf.payoffs - np.mean(swings, axis=1)).max() <= 1e-13 * scale
    assert banzhaf.residual() <= 1e-12 * scale


@pytest.mark.parametrize("n", [14, 16])
def test_large_tables_are_read_block_by_block(n):
    """Above 13 players the table is read in pieces; the dividends are another way to the same value."""
    values = family("whole", 4)
    wide = subset_sums(np.arange(n, dtype=float)) + values[np.arange(2**n) >> (n - 4)]
    found = shapley_value(wide).payoffs
    expected = np.arange(n, dtype=float)
    expected[n - 4 :] += shapley_value(values).payoffs
    assert found == pytest.approx(expected, abs=1e-11)
    assert shapley_value(wide).residual() < 1e-8
    parts = dividends(wide)
    for mask in (7, 2**n - 8, 0b1010101010101):
        within = [m for m in range(2**n) if m & ~mask == 0]
        assert parts[within].sum() == pytest.approx(wide[mask], abs=1e-8)


@pytest.mark.parametrize("unions", [[[0, 1], [2, 3, 4]], [[0, 2, 4]], [], [[0, 1, 2, 3, 4]], [[4, 0], [1, 3]]])
def test_owen_value_by_orders_that_keep_unions_together(unions):
    values = family("whole", 5, seed=3)
    parts = [set(own) for own in unions]

    def together(order):
        places = [[order.index(i) for i in part] for part in parts]
        return all(max(own) - min(own) == len(own) - 1 for own in places)

    found = owen_value(values, unions)
    assert found.payoffs == pytest.approx(by_orders(values, together), abs=1e-12)
    assert found.residual() < 1e-12
    exact = owen_value([int(worth) for worth in values], unions)
    assert [float(share) for share in exact.exact] == pytest.approx(found.payoffs)
    assert exact.residual() == 0


def test_owen_value_of_unions_alone_and_all_together_is_the_shapley_value():
    values = [int(worth) for worth in family("whole", 5)]
    assert owen_value(values, []).exact == owen_value(values, [range(5)]).exact == shapley_value(values).exact


def test_aumann_dreze_value_is_the_shapley_value_of_each_part():
    values = family("whole", 5, seed=1)
    found = aumann_dreze(values, [[0, 3], [1, 2, 4]])
    for part in ([0, 3], [1, 2, 4]):
        small = [values[sum(1 << part[k] for k in members(m))] for m in range(2 ** len(part))]
        assert found.payoffs[part] == pytest.approx(shapley_value(small).payoffs)
    assert found.residual() < 1e-12


def test_myerson_value_on_a_path_a_full_graph_and_none():
    values = family("whole", 5, seed=2)
    chain = [(0, 1), (1, 2), (2, 3), (3, 4)]
    found = myerson_value(values, chain)

    def parts(mask):
        runs = "".join("1" if mask >> i & 1 else " " for i in range(5))
        starts = [at for at in range(5) if runs[at] == "1" and runs[:at][-1:] != "1"]
        return sum(values[sum(1 << i for i in range(at, at + len(runs[at:].split()[0])))] for at in starts)

    assert found.payoffs == pytest.approx(shapley_value([parts(mask) for mask in range(32)]).payoffs)
    assert found.residual() < 1e-12
    everyone = list(itertools.combinations(range(5), 2))
    assert myerson_value(values, everyone).payoffs == pytest.approx(shapley_value(values).payoffs)
    assert myerson_value(values, []).payoffs == pytest.approx([values[1 << i] for i in range(5)])


def test_myerson_1977_both_ends_of_a_link_gain_the_same():
    """Fairness: cutting one link costs both its ends the same."""
    values = [int(worth) for worth in family("whole", 4)]
    links = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)]
    with_all = myerson_value(values, links).exact
    for cut in links:
        without = myerson_value(values, [link for link in links if link != cut]).exact
        assert with_all[cut[0]] - without[cut[0]] == with_all[cut[1]] - without[cut[1]]


@pytest.mark.parametrize("kind", KINDS)
def test_dividends_add_up_again(kind):
    values = family(kind, 5)
    parts = dividends(values)
    again = [sum(parts[t] for t in range(32) if t & ~mask == 0) for mask in range(32)]
    assert again == pytest.approx(values, abs=1e-12 * max(1, np.abs(values).max()))


def test_fractions_give_fractions():
    values = [F(0), F(1, 3), F(1, 7), F(1)]
    assert dividends(values).tolist() == [0, F(1, 3), F(1, 7), F(11, 21)]
    assert excess(values, [F(1, 2), F(1, 2)]).tolist() == [0, F(-1, 6), F(-5, 14), 0]
    assert banzhaf_value(values).exact == shapley_value(values).exact == (F(25, 42), F(17, 42))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [2, 4, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_properties_by_brute_force(kind, n, seed):
    values = family(kind, n, seed)
    tolerance = 1e-9 * np.abs(values).max()
    everyone = range(2**n)
    apart = min(values[s | t] - values[s] - values[t] for s in everyone for t in everyone if not s & t)
    growing = min(values[s | t] + values[s & t] - values[s] - values[t] for s in everyone for t in everyone)
    rising = min(values[s | 1 << i] - values[s] for s in everyone for i in range(n) if not s >> i & 1)
    answers = [is_superadditive(values), is_convex(values), is_monotone(values)]
    for answer, least in zip(answers, (apart, growing, rising), strict=True):
        assert answer.holds is bool(least >= -tolerance)
        assert (answer.witness is None) is answer.holds
    assert answers[0].margin == pytest.approx(apart, abs=tolerance)
    assert answers[2].margin == pytest.approx(rising, abs=tolerance)
    if not answers[0]:
        s, t = answers[0].witness["coalitions"]
        assert s & t == 0
        assert values[s | t] - values[s] - values[t] == pytest.approx(apart)
    if not answers[1]:
        s, (i, j) = answers[1].witness["coalition"], answers[1].witness["players"]
        gap = values[s | 1 << i | 1 << j] - values[s | 1 << i] - values[s | 1 << j] + values[s]
        assert gap == pytest.approx(answers[1].margin)
        assert gap < 0
    if not answers[2]:
        s, i = answers[2].witness["coalition"], answers[2].witness["player"]
        assert values[s | 1 << i] - values[s] == pytest.approx(rising)


def test_properties_of_many_players_split_into_blocks():
    """Superadditivity compares 3**8 pairs at a time; the one bad pair lies across blocks."""
    values = subset_sums(np.ones(10)) ** 2
    assert is_superadditive(values)
    assert is_convex(values)
    values[0b1100000011] = 0.0
    answer = is_superadditive(values)
    assert set(answer.witness["coalitions"]) <= {0b1000000001 | 0, 0b0100000010, *range(1024)}
    s, t = answer.witness["coalitions"]
    assert s | t == 0b1100000011
    assert answer.margin == -10.0


def test_rational_worths_decide_ties_exactly():
    third = F(1, 3)
    tiny = F(1, 10**15)
    assert is_convex([0, third, third, 2 * third])
    assert not is_convex([0, third, third, 2 * third - tiny])
    assert is_convex([0.0, 0.1, 0.2, 0.3 - 1e-16])


# Laws


@settings(max_examples=60)
@given(games(), st.data())
def test_shapley_value_is_efficient_symmetric_additive_and_ignores_dummies(values, data):
    n = len(values).bit_length() - 1
    payoffs = shapley_value(values).payoffs
    assert payoffs.sum() == pytest.approx(values[-1], abs=1e-9)
    order = data.draw(st.permutations(range(n)))
    moved = np.array([values[sum(1 << order[i] for i in members(mask))] for mask in range(2**n)])
    assert shapley_value(moved).payoffs == pytest.approx(payoffs[list(order)], abs=1e-9)
    other = first_zero(data.draw(arrays(float, 2**n, elements=st.integers(-9, 9).map(float))))
    assert shapley_value(values + other).payoffs == pytest.approx(payoffs + shapley_value(other).payoffs, abs=1e-9)
    with_dummy = np.concatenate([values, values + 7.0])
    assert shapley_value(with_dummy).payoffs == pytest.approx([*payoffs, 7.0], abs=1e-9)


@settings(max_examples=40)
@given(games(4), st.integers(-12, 12), st.integers(-50, 50))
def test_values_move_with_scale_and_shift(values, power, shift):
    n = len(values).bit_length() - 1
    scale = 10.0**power
    shifts = shift * (1.0 + np.arange(n))
    moved = scale * (values + subset_sums(shifts))
    for value in (shapley_value, tau_value):
        before, after = value(values), value(moved)
        assert (before.payoffs is None) is (after.payoffs is None)
        if before.payoffs is not None:
            assert after.payoffs / scale == pytest.approx(before.payoffs + shifts, abs=1e-9)


@settings(max_examples=40)
@given(games(4))
def test_tau_value_lies_between_rights_and_utopia(values):
    found = tau_value([int(worth) for worth in values])
    n = len(values).bit_length() - 1
    utopia = [values[-1] - values[(2**n - 1) ^ 1 << i] for i in range(n)]
    rights = [
        max(values[m] - sum(utopia[j] for j in members(m) if j != i) for m in range(2**n) if m >> i & 1)
        for i in range(n)
    ]
    exists = all(m <= M for m, M in zip(rights, utopia, strict=True)) and sum(rights) <= values[-1] <= sum(utopia)
    assert bool(found) == exists
    if exists:
        assert sum(found.exact) == values[-1]
        parts = {(x - m) / (M - m) for x, m, M in zip(found.exact, rights, utopia, strict=True) if m != M}
        assert len({round(float(part), 9) for part in parts}) <= 1
    else:
        assert "not quasi-balanced" in str(found)


# The game itself


def test_a_game_is_read_only_and_knows_its_coalitions():
    game = CoalitionalGame([0, 1, 2, 4], players=["North", "South"])
    with pytest.raises(ValueError, match="read-only"):
        game.values[1] = 3
    assert game.mask(["South"]) == 2
    assert game.label(3) == "{North, South}"
    assert game.worth("South") == 2
    assert game == pickle.loads(pickle.dumps(game))
    assert game != CoalitionalGame([0, 1, 2, 4])
    assert str(game).splitlines()[-1] == "{North, South}  4"
    assert as_game(game) is game


def test_a_game_copies_and_as_game_does_not():
    table = np.zeros(4)
    game, view = CoalitionalGame(table), as_game(table)
    table[3] = 5.0
    assert game.worth(3) == 0
    assert view.worth(3) == 5
    assert table.flags.writeable


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "shape (0,)"),
        ([0], "shape (1,)"),
        ([0, 1, 2], "2**n worths are needed"),
        (np.zeros((2, 4)), "shape (2, 4)"),
        ([[0, 1], [2]], "coalition {} is [0, 1]"),
        ([0, float("nan")], "The worth of the coalition {player 1} is nan"),
        (np.array([0, 1, np.inf, 2]), "{player 2} is inf"),
        (np.array([0, np.inf, -np.inf, 2]), "{player 1} is inf"),
        ([1, 2], "The empty coalition is worth 1"),
        ([0, 1j], "{player 1} is 1j"),
        (np.array([0, 1j]), "type complex128"),
        ([0, "7"], "is '7'"),
        ([0, None], "is None"),
        (np.array([0, object()]), "finite number"),
        ([0, True], "is True"),
        (np.zeros(2**27, dtype=np.int8), "27 players; at most 26 are possible. The worths of 27 players take 1.1 GB"),
        ([0, 10**400], "larger than a float"),
    ],
)
def test_bad_worths_are_named(values, words):
    with pytest.raises(GameError) as error:
        shapley_value(values)
    assert words in str(error.value)


def test_other_bad_arguments_are_named():
    with pytest.raises(GameError, match="stands in two"):
        owen_value([0, 0, 0, 1], [[0, 1], [1]])
    with pytest.raises(GameError, match="one of them is empty"):
        aumann_dreze([0, 0, 0, 1], [[]])
    with pytest.raises(GameError, match="names 1 players"):
        myerson_value([0, 0, 0, 1], [[0]])
    with pytest.raises(GameError, match="No player is called 'x'"):
        myerson_value([0, 0, 0, 1], [["x", 0]])
    with pytest.raises(GameError, match="2 payoffs are needed"):
        excess([0, 0, 0, 1], [1, 2, 3])
    with pytest.raises(GameError, match="is nan"):
        excess([0, 0, 0, 1], [1, float("nan")])
    with pytest.raises(GameError, match="add up to 0"):
        banzhaf_value([0, 1, -1, 0], normalised=True)
    with pytest.raises(GameError, match="different names"):
        CoalitionalGame([0, 1, 1, 2], players=["A", "A"])


def test_results_as_plain_data():
    answers = [
        shapley_value([0, 1, 2, F(10, 3)]),
        tau_value([0, 0, 0, 1, 0, 1, 1, 1]),
        is_convex([0, 1, 1, 1]),
        is_monotone([0, 1, 1, 1]),
        CoalitionalGame([0, 1]),
    ]
    texts = [json.loads(json.dumps(answer.to_dict(), allow_nan=False)) for answer in answers]
    assert texts[0]["exact"] == ["7/6", "13/6"]
    assert texts[1]["payoffs"] is None
    assert texts[2]["witness"] == {"coalition": 0, "players": [0, 1]}
    assert str(answers[3]) == "Monotone: yes."
