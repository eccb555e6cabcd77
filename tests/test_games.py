"""Games in normal form: what they accept, what they refuse and in which words, names, equality."""

from __future__ import annotations

import copy
import itertools
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargain as bg
from bargain.games import GameError, NormalFormGame

DILEMMA = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]


@pytest.mark.parametrize(
    ("payoffs", "words"),
    [
        ([[1, float("nan")]], "payoff of player 1 at (2) is nan"),
        ([[[1.0, 2.0]], [[3.0, -float("inf")]]], "payoff of player 2 at (1, 2) is -inf"),
        (np.array([[1.0, np.inf]]), "payoff of player 1 at (2) is inf"),
        ([[1, "7"]], "payoff of player 1 at (2) is '7'"),
        (np.array([["1"]]), "is '1'"),
        ([[1, None]], "is None"),
        ([[1, True]], "is True"),
        ([[1, 1j]], "is 1j"),
        ([[Decimal("nan")]], "is NaN"),
        ([[10**400]], "larger than a float"),
        ([[[1, 2], [1]], [[1, 2], [3, 4]]], "ragged"),
        ([[[1, 2], [1, 2]], [[1, 2]]], "ragged"),
        (5, "has shape ()"),
        ([1, 2], "has shape (2,)"),
        ([[]], "at least one action"),
        (np.zeros((3, 3, 2)), "np.moveaxis(payoffs, -1, 0)"),
        (np.zeros((2, 3)), "first axis counts the players"),
    ],
)
def test_bad_payoffs_are_refused_by_cell(payoffs, words):
    with pytest.raises(GameError) as error:
        NormalFormGame(payoffs)
    assert words in str(error.value)
    assert isinstance(error.value, bg.BargainError)
    assert isinstance(error.value, ValueError)


@pytest.mark.parametrize(
    ("players", "actions", "words"),
    [
        (["A", "A"], None, "'A' stands twice among the players"),
        (["A"], None, "payoffs holds 2 players but 1 names"),
        ("AB", None, "list of texts"),
        ([1, 2], None, "list of texts"),
        (["A", " "], None, "Name 2 of the players is empty"),
        (None, [["x", "y"]], "2 players but 1 lists"),
        (None, [["x", "y"], ["x", "x"]], "'x' stands twice among the actions of player 2"),
        (None, [["x", "y"], ["x"]], "payoffs holds 2 actions of player 2 but 1 names"),
    ],
)
def test_bad_names_are_refused(players, actions, words):
    with pytest.raises(GameError) as error:
        NormalFormGame(DILEMMA, players=players, actions=actions)
    assert words in str(error.value)


def test_from_bimatrix_refuses_tables_of_different_shape():
    with pytest.raises(GameError, match=r"A has shape \(2, 2\) and B \(1, 2\)"):
        NormalFormGame.from_bimatrix([[1, 2], [3, 4]], [[1, 2]])
    with pytest.raises(GameError, match=r"A has shape \(2,\)"):
        NormalFormGame.from_bimatrix([1, 2], [1, 2])


def test_small_games_are_games():
    single = NormalFormGame([[7]])
    assert (single.n_players, single.shape, single.players, single.actions) == (1, (1,), ("player 1",), (("1",),))
    assert NormalFormGame(np.zeros((3, 1, 2, 1))).shape == (1, 2, 1)


def test_games_do_not_change():
    payoffs = np.array(DILEMMA, dtype=float)
    game = NormalFormGame(payoffs)
    payoffs[0, 0, 0] = 99
    assert game.payoffs[0, 0, 0] == 3
    for array in (game.payoffs, game.fractions, game.given):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0, 0] = 1
    with pytest.raises(AttributeError):
        game.players = ("x", "y")


def test_rationals_are_kept_and_floats_are_what_they_are():
    game = NormalFormGame([[Fraction(1, 3), 2, Decimal("0.1"), np.int64(4)]])
    assert game.exact
    assert game.fractions.tolist() == [[Fraction(1, 3), 2, Fraction(1, 10), 4]]
    assert not NormalFormGame([[0.1, 2]]).exact
    assert NormalFormGame([[0.1, 2]]).fractions[0, 0] == Fraction(0.1) != Fraction(1, 10)
    assert NormalFormGame(np.array([[1, 2]])).exact


def test_equality_reads_payoffs_exactly_and_names():
    game = NormalFormGame(DILEMMA)
    same = NormalFormGame(np.array(DILEMMA, dtype=float))
    assert game == same
    assert hash(game) == hash(same)
    assert game != NormalFormGame(DILEMMA, players=["A", "B"])
    assert game != NormalFormGame(DILEMMA, actions=[["1", "2"], ["1", "3"]])
    assert game != NormalFormGame(np.zeros((2, 2, 2)))
    assert NormalFormGame([[2**60]]) != NormalFormGame([[2**60 + 1]])
    assert NormalFormGame([[Fraction(1, 10)]]) != NormalFormGame([[0.1]])
    assert NormalFormGame([[-0.0]]) == NormalFormGame([[0.0]])
    assert hash(NormalFormGame([[-0.0]])) == hash(NormalFormGame([[0.0]]))
    assert game != DILEMMA


def test_copies_and_pickles_are_the_same_read_only_game():
    game = NormalFormGame([[Fraction(1, 3), 2]], players=["A"], actions=[["x", "y"]])
    for twin in (pickle.loads(pickle.dumps(game)), copy.deepcopy(game)):
        assert twin == game
        assert twin.exact
        assert not twin.payoffs.flags.writeable


def test_profiles_and_labels():
    game = NormalFormGame(DILEMMA, players=["Leader", "Follower"], actions=[["pause", "go"], ["race", "refrain"]])
    assert game.profile(["go", "race"]) == game.profile({"Follower": "race", "Leader": "go"}) == (1, 0)
    for profile in itertools.product(range(2), repeat=2):
        assert game.profile(game.label(profile)) == profile
    with pytest.raises(GameError, match=r"Follower has no action 'refrian'.*race, refrain.*mean 'refrain'"):
        game.profile(["go", "refrian"])
    with pytest.raises(GameError, match="No player is called 'Laeder'"):
        game.profile({"Laeder": "go", "Follower": "race"})
    with pytest.raises(GameError, match="Follower has no action in the profile"):
        game.profile({"Leader": "go"})
    with pytest.raises(GameError, match="needs 2 actions"):
        game.profile(["go"])
    for wrong in ((0,), (0, 2), (-1, 0)):
        with pytest.raises(GameError, match="does not fit"):
            game.label(wrong)


def test_expected_payoffs_are_sums_over_profiles():
    rng = np.random.default_rng(4)
    payoffs = rng.standard_normal((3, 2, 3, 4))
    mixtures = [rng.dirichlet(np.ones(count)) for count in (2, 3, 4)]
    total = np.zeros(3)
    for a, b, c in itertools.product(range(2), range(3), range(4)):
        total += mixtures[0][a] * mixtures[1][b] * mixtures[2][c] * payoffs[:, a, b, c]
    assert NormalFormGame(payoffs).expected_payoffs(mixtures) == pytest.approx(total, abs=1e-14)


@pytest.mark.parametrize(
    ("strategies", "words"),
    [
        ([0], "2 players but 1 strategies"),
        ([0, 2], "player 2 has 2 actions, counted from 0: there is no 2"),
        ([0, [1.0]], "must hold 2 probabilities"),
        ([0, ["a", "b"]], "must hold 2 probabilities"),
        ([0, [0.5, 0.6]], "no probability distribution"),
        ([0, [1.5, -0.5]], "no probability distribution"),
        ([0, [float("nan"), 1.0]], "no probability distribution"),
    ],
)
def test_bad_strategies_are_refused(strategies, words):
    with pytest.raises(GameError) as error:
        NormalFormGame(DILEMMA).expected_payoffs(strategies)
    assert words in str(error.value)


def test_to_nashpy_knows_two_players_only():
    game = NormalFormGame(DILEMMA).to_nashpy()
    assert [table.tolist() for table in game.payoff_matrices] == [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    with pytest.raises(GameError, match="this one has 1"):
        NormalFormGame([[1, 2]]).to_nashpy()


@given(st.lists(st.integers(-(2**70), 2**70) | st.fractions(), min_size=1, max_size=6))
def test_exact_payoffs_come_back(cells):
    game = NormalFormGame([cells])
    assert game.fractions[0].tolist() == cells
    assert game.payoffs[0].tolist() == [float(cell) for cell in cells]


@pytest.mark.parametrize("cell", [1.7e308, -1.7e308, 10**305, Fraction(10**310, 10**4)])
def test_payoffs_whose_differences_no_float_holds_are_refused(cell):
    with pytest.raises(GameError, match=r"at \(2, 1\) is -?1.*, beyond 1e\+150: choose a larger unit"):
        NormalFormGame.from_bimatrix([[0, 1], [cell, 1]], [[0, 1], [1, 0]])


def test_what_a_mask_hides_is_no_payoff():
    hidden = np.ma.masked_array([[1, 0], [0, 1]], mask=[[1, 0], [0, 0]])
    with pytest.raises(bg.GameError, match="cells that are masked"):
        bg.NormalFormGame.from_bimatrix(hidden, np.eye(2, dtype=int))
    shown = np.ma.masked_array([[1, 0], [0, 1]])
    assert bg.NormalFormGame.from_bimatrix(shown, shown).payoffs[0].tolist() == [[1, 0], [0, 1]]
