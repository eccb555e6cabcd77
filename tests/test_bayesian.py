"""Bayes-Nash equilibria of textbook games, and their regret by the definition."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

import bargain as bg
from bargain.games import GameError

F = Fraction


def vigilance(theta, a=3, t=2, harm=4, c=1):
    """Two states, each secure or, with probability theta, bent on expansion and building whatever happens."""
    secure, bent = [[a, -harm], [t, -c]], [[0, 0], [9, 9]]
    kinds = [secure, bent]
    payoffs = [
        [[kinds[i] for _ in range(2)] for i in range(2)],
        [[np.transpose(kinds[j]).tolist() for j in range(2)] for _ in range(2)],
    ]
    chance = [1 - theta, theta]
    prior = [[p * q for q in chance] for p in chance]
    return bg.BayesianGame(payoffs, prior, types=[("secure", "bent")] * 2, actions=[("restrain", "build")] * 2)


@pytest.mark.parametrize(("theta", "restraint"), [(F(1, 5), True), (F(1, 4), True), (F(26, 100), False)])
def test_strategic_vigilance_threshold(theta, restraint):
    """(3, 2, 4, 1): restraint of the secure is an equilibrium iff theta is at most 1/4."""
    found = bg.bayes_nash_equilibria(vigilance(theta))
    labels = [equilibrium.label for equilibrium in found]
    assert (("restrain", "build", "restrain", "build") in labels) is restraint
    assert ("build", "build", "build", "build") in labels
    assert max(equilibrium.regret for equilibrium in found) < 1e-12


def test_osborne_2004_battle_of_the_sexes_with_unknown_preferences():
    """Example 273.1: player 2 wants to meet or to avoid player 1; (B, (B, S)) is the pure equilibrium."""
    meet, avoid = [[1, 0], [0, 2]], [[0, 2], [1, 0]]
    first = [[2, 0], [0, 1]]
    game = bg.BayesianGame([[[first, first]], [[meet, avoid]]], [[F(1, 2), F(1, 2)]], actions=[("B", "S")] * 2)
    found = bg.bayes_nash_equilibria(game, seconds=60)
    assert [e.label for e in found if e.exact and max(map(max, e.exact)) == 1 == min(map(max, e.exact))] == [
        ("B", "B", "S")
    ]
    pure = found[0]
    assert pure.payoffs.tolist() == [1, 1.5]
    # Two more, each with one type of player 2 indifferent: player 1 plays B with 2/3 (meet) or 1/3 (avoid).
    assert sorted(float(e.strategies[0][0, 0]) for e in found) == pytest.approx([1 / 3, 2 / 3, 1])
    assert found.complete


def test_gibbons_1992_cournot_with_unknown_costs():
    """Price 12 - q1 - q2, cost 0 for firm 1, 0 or 6 for firm 2: quantities 5; 3.5 or .5 on a grid of halves."""
    grid = [k / 2 for k in range(15)]
    costs = (0, 6)
    payoffs = np.zeros((2, 1, 2, len(grid), len(grid)))
    for t, (a, q1), (b, q2) in itertools.product(range(2), enumerate(grid), enumerate(grid)):
        price = 12 - q1 - q2
        payoffs[:, 0, t, a, b] = q1 * price, q2 * (price - costs[t])
    game = bg.BayesianGame(payoffs, [[0.5, 0.5]], actions=[[str(q) for q in grid]] * 2)
    labels = [equilibrium.label for equilibrium in bg.bayes_nash_equilibria(game)]
    assert ("5.0", "3.5", "0.5") in labels


@pytest.mark.parametrize("seed", range(6))
def test_regret_and_interim_payoffs_by_the_definition(seed):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 10, (2, 2, 2, 2, 2))
    weights = rng.integers(1, 5, (2, 2))
    game = bg.BayesianGame(payoffs, [[F(int(w), int(weights.sum())) for w in row] for row in weights])
    p = weights / weights.sum()
    found = bg.bayes_nash_equilibria(game, seconds=60)
    assert found.complete
    assert len(found) % 2 == 1
    for equilibrium in found:
        (x, y), paid = equilibrium.strategies, equilibrium.interim_payoffs
        for t in range(2):
            first = [sum(p[t, o] * y[o] @ payoffs[0, t, o, a] for o in range(2)) / p[t].sum() for a in range(2)]
            second = [sum(p[o, t] * x[o] @ payoffs[1, o, t, :, a] for o in range(2)) / p[:, t].sum() for a in range(2)]
            assert max(first) == pytest.approx(paid[0][t], abs=1e-9)
            assert max(second) == pytest.approx(paid[1][t], abs=1e-9)
        assert equilibrium.regret < 1e-9
        total = sum(p[s, t] * (x[s] @ payoffs[0, s, t] @ y[t]) for s in range(2) for t in range(2))
        assert equilibrium.payoffs[0] == pytest.approx(total)
    wrong = [np.array([[1.0, 0.0]] * 2)] * 2
    assert game.interim_regret(wrong) >= 0


def test_one_type_each_is_the_plain_game():
    payoffs = np.random.default_rng(3).integers(0, 9, (2, 3, 3))
    plain = bg.nash_equilibria(bg.NormalFormGame(payoffs))
    found = bg.bayes_nash_equilibria(bg.BayesianGame(payoffs.reshape(2, 1, 1, 3, 3), [[1]]))
    assert [e.exact for e in found] == [e.exact for e in plain]


def test_what_does_not_fit():
    payoffs = np.zeros((2, 1, 2, 2, 2))
    with pytest.raises(GameError, match="payoffs has shape"):
        bg.BayesianGame(payoffs, [[1]])
    with pytest.raises(GameError, match=r"adds up to 0\.9"):
        bg.BayesianGame(payoffs, [[0.5, 0.4]])
    with pytest.raises(GameError, match="player 2 is never of type '2'"):
        bg.BayesianGame(payoffs, [[1, 0]])
    with pytest.raises(GameError, match="names must differ"):
        bg.BayesianGame(payoffs, [[0.5, 0.5]], types=[["a"], ["b", "b"]])
    with pytest.raises(GameError, match="agent form has"):
        bg.BayesianGame(np.zeros((2, 12, 12, 2, 2)), np.full((12, 12), 1 / 144)).agent_form()
    game = bg.BayesianGame(payoffs, [[0.5, 0.5]])
    assert game.agents == ((0, 0), (1, 0), (1, 1))
    with pytest.raises(GameError, match="shapes"):
        game.interim_regret([[[1, 0]], [[1, 0]]])
    with pytest.raises(GameError, match="add up to 1"):
        game.interim_regret([[[1, 1]], [[1, 0], [1, 0]]])


def test_one_player_of_several_types():
    game = bg.BayesianGame([[[1, 2], [4, 3]]], [F(1, 3), F(2, 3)])
    found = bg.bayes_nash_equilibria(game)
    assert [equilibrium.label for equilibrium in found] == [("2", "1")]
    assert found[0].payoffs.tolist() == pytest.approx([10 / 3])


@pytest.mark.parametrize(
    ("payoffs", "prior", "words"),
    [
        (np.full((1, 2, 2), np.nan), [0.5, 0.5], r"payoffs\[0, 0, 0\] is nan"),
        (np.ones((1, 2, 2)), [0.5, np.nan], r"prior\[1\] is nan"),
        (np.ones((1, 2, 2)), ["1/2", 0.5], r"prior\[0\] is '1/2'"),
        (np.ones((1, 2, 2)), [1.5, -0.5], "its least entry is -0.5"),
    ],
)
def test_numbers_that_are_none(payoffs, prior, words):
    with pytest.raises(GameError, match=words):
        bg.BayesianGame(payoffs, prior)


def test_strategies_that_are_no_probabilities():
    game = bg.BayesianGame(np.ones((1, 2, 2)), [0.5, 0.5])
    with pytest.raises(GameError, match="at least 0 and add up to 1"):
        game.interim_regret([[[np.nan, 1], [1, 0]]])


def test_equilibria_with_ties_come_with_their_components():
    """Two bidders worth 0 or 1 who bid 0 or 1/2: the two listed equilibria do not mix."""
    payoffs = np.zeros((2, 2, 2, 2, 2), dtype=object)
    for cell in itertools.product((0, 1), repeat=4):
        values, bids = cell[:2], cell[2:]
        for i in (0, 1):
            chance = F(1, 2) if bids[0] == bids[1] else F(int(bids[i] > bids[1 - i]))
            payoffs[(i, *cell)] = chance * (values[i] - F(bids[i], 2))
    found = bg.bayes_nash_equilibria(bg.BayesianGame(payoffs, [[F(1, 4)] * 2] * 2))
    assert (len(found), found.complete, found.degenerate) == (2, True, True)
    assert found.components() == ((0,), (1,))
    assert [e.exact for e in found] == [e.exact for e in found.agents]
