"""Gambit's own reader, writer and solvers beside ours, where pygambit is installed; what is said where it is not."""

from __future__ import annotations

import decimal
import itertools
import time
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest

import bargain as bg
from bargain.games import NormalFormGame

F = Fraction
with_gambit = pytest.mark.skipif(
    find_spec("pygambit") is None,
    reason="pygambit is not installed: it is an extra that nothing needs, pip install -e '.[gambit]'",
)
SECONDS = 60


def dilemma(**names):
    return NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], **names)


def public_game():
    """Each of three pays 1 to contribute (action 0); all have 4 if two do."""
    payoffs = np.zeros((3, 2, 2, 2), dtype=int)
    for profile in itertools.product((0, 1), repeat=3):
        for i in range(3):
            payoffs[(i, *profile)] = 4 * (profile.count(0) >= 2) - (profile[i] == 0)
    return NormalFormGame(payoffs)


# Without it


def test_without_pygambit_the_opinion_says_so(monkeypatch):
    monkeypatch.setattr("bargain.second_opinion.find_spec", lambda name: None)
    opinion = bg.gambit_opinion(public_game())
    assert (opinion.status, opinion.equilibria) == ("not installed", ())
    assert "not installed" in str(opinion)
    with pytest.raises(bg.GameError, match="No solver of pygambit"):
        bg.gambit_opinion(public_game(), method="magic")
    for seconds in (0, -1, float("inf"), float("nan")):
        with pytest.raises(bg.GameError, match="a finite time above 0"):
            bg.gambit_opinion(public_game(), seconds=seconds)


def stand_in(monkeypatch, tmp_path, body):
    """A package in the place of pygambit, in the other process."""
    (tmp_path / "pygambit.py").write_text(
        "import types\n"
        "class Result:\n"
        "    def __init__(self, lists): self.equilibria = [{(i, a): p for i, own in enumerate(one)"
        " for a, p in enumerate(own)} for one in lists]\n"
        "class Player:\n"
        "    def __init__(self, i): self.strategies = [(i, 0), (i, 1)]\n"
        "def read_nfg(path):\n"
        "    assert open(path).read().startswith('NFG 1 R')\n"
        "    return types.SimpleNamespace(players=[Player(i) for i in range(3)])\n"
        f"{body}\nnash = types.SimpleNamespace(enumpoly_solve=solve)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("bargain.second_opinion.find_spec", lambda name: True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("def solve(game):\n    while True: pass", "out of time"),
        ("def solve(game): raise RuntimeError('oops')", "failed"),
        ("import os\ndef solve(game): os._exit(7)", "failed"),
        ("def solve(game): return Result([[[1, 0], [1, 0], [0, 1]], [[1, 0], [1, 0], [1, 0]]])", "finished"),
        ("def solve(game): return Result([[[1, 0], [1, 0], [0, 1]], [[0.7, 0], [1, 0], [1, 0]]])", "finished"),
    ],
)
def test_another_process_is_judged_and_ended(monkeypatch, tmp_path, body, status):
    """One that hangs, one that fails, one that dies, one that gives a wrong profile too, one no probabilities."""
    stand_in(monkeypatch, tmp_path, body)
    game = public_game()
    start = time.monotonic()
    opinion = bg.gambit_opinion(game, bg.nash_equilibria(game, seconds=60), seconds=2)
    assert opinion.status == status
    assert time.monotonic() - start < 30
    said = {"out of time": "within 2 seconds", "failed": "oops" if "oops" in body else "exit code 7"}
    assert said.get(status, "1 equilibrium and 1 profile that is none: 1 of the 9 listed, and 0 that") in str(opinion)
    if status == "finished":
        assert (len(opinion.equilibria), opinion.rejected, opinion.matched, opinion.missing) == (1, 1, 1, ())


def test_profiles_are_judged_by_the_range_of_payoffs_not_by_their_size(monkeypatch, tmp_path):
    """Added to all payoffs, 10**9 changes nothing: who contributes alone regrets it by 1 of a range of 5."""
    stand_in(monkeypatch, tmp_path, "def solve(game): return Result([[[1, 0], [0, 1], [0, 1]]])")
    opinion = bg.gambit_opinion(NormalFormGame(public_game().payoffs + 10**9))
    assert (opinion.status, opinion.rejected, opinion.equilibria) == ("finished", 1, ())


def test_a_process_that_does_not_even_start_is_ended(monkeypatch, tmp_path):
    stand_in(monkeypatch, tmp_path, "import time\ntime.sleep(60)\ndef solve(game): pass")
    monkeypatch.setattr("bargain.second_opinion.START", 1.0)
    assert bg.gambit_opinion(public_game(), seconds=1).status == "out of time"


# Files that go to Gambit and come back

NAMES = [
    ("A", "B"),
    ('the "first"', '"'),
    ("two words", "it's {braced}, with commas; 100%"),
    ("Großbritannien", "日本"),
    ("back\\slash", "ends\\"),
    ("  blanks   around ", "line\nbreak"),
    ("é", "e"),
]
NUMBERS = [0, -7, 10**25, F(1, 3), F(-22, 7), 0.1, -2.5, 1e-7, 1.5e20, 1e149, 5e-324, 123456789.123456789]


def as_fraction(number):
    return F(int(number.numerator), int(number.denominator))


def read_by_gambit(text, tmp_path):
    import pygambit

    path = tmp_path / "game.nfg"
    path.write_text(text, "utf-8")
    return pygambit.read_nfg(path)


def payoffs_of(theirs):
    import pygambit

    return [[as_fraction(cell) for cell in table.ravel()] for table in theirs.to_arrays(dtype=pygambit.Rational)]


def labels_of(theirs):
    players = tuple(player.label for player in theirs.players)
    return players, tuple(tuple(own.label for own in player.strategies) for player in theirs.players)


@with_gambit
@pytest.mark.parametrize("names", NAMES, ids=repr)
def test_gambit_reads_the_names_that_we_write(names, tmp_path):
    game = dilemma(players=names, actions=[names, names[::-1]])
    theirs = read_by_gambit(bg.write_nfg(game, title=names[0], plain_names=True), tmp_path)
    players, actions = labels_of(theirs)
    ours = bg.read_nfg(bg.write_nfg(game, plain_names=True))
    assert (players, actions) == (ours.players, ours.actions)
    assert payoffs_of(theirs) == [table.ravel().tolist() for table in game.fractions]
    if names in NAMES[:3]:  # printable ASCII: nothing had to be respelt
        assert (players, actions) == (game.players, game.actions)
        assert theirs.title == names[0]


def test_plain_names_are_ascii_readable_and_different():
    players = ["Großbritannien", "Österreich", "É", "E", "日", "a\\b"]
    game = NormalFormGame(np.zeros((6, *[1] * 6), dtype=int), players)
    text = bg.write_nfg(game, title="Vertrag über Ö", plain_names=True)
    assert text.isascii()
    assert bg.read_nfg(text).players == ("GroU+00DFbritannien", "Osterreich", "E", "E 2", "U+65E5", "a/b")
    assert '"Vertrag uber O"' in text
    assert bg.read_nfg(bg.write_nfg(game)).players == tuple(players)  # our own reader takes any name


@with_gambit
@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_gambit_reads_the_numbers_that_we_write(number, tmp_path):
    cells = np.array([[[number, 0], [1, 2]], [[3, 4], [number, 5]]], dtype=object)
    for payoffs in (cells, cells.astype(float)):
        game = NormalFormGame(payoffs)
        ours, theirs = bg.read_nfg(bg.write_nfg(game)), read_by_gambit(bg.write_nfg(game), tmp_path)
        assert payoffs_of(theirs) == [table.ravel().tolist() for table in ours.fractions]
        assert [[float(cell) for cell in own] for own in payoffs_of(theirs)] == [
            table.ravel().tolist() for table in game.payoffs
        ]


@with_gambit
@pytest.mark.parametrize("shape", [(2, 3), (1, 4), (2, 3, 4), (3, 1, 2), (2, 2, 3, 2)])
def test_gambit_reads_every_profile_in_its_place(shape, tmp_path):
    payoffs = np.random.default_rng(len(shape)).permutation(len(shape) * int(np.prod(shape)))
    game = NormalFormGame(payoffs.reshape(len(shape), *shape))
    theirs = read_by_gambit(bg.write_nfg(game), tmp_path)
    assert payoffs_of(theirs) == [table.ravel().tolist() for table in game.fractions]
    assert labels_of(theirs) == (game.players, game.actions)


@with_gambit
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 2), (2, 2, 3, 2)])
def test_we_read_the_outcome_form_that_gambit_writes(shape):
    import pygambit

    numbers = [pygambit.Rational(1, 3), decimal.Decimal("-0.25"), 7, decimal.Decimal("1e-3")]
    rng = np.random.default_rng(1)
    tables = [rng.choice(np.array(numbers, dtype=object), shape) for _ in shape]
    theirs = pygambit.Game.from_arrays(*tables, title='a "title", quoted')
    for i, player in enumerate(theirs.players):
        player.label = f'player "{i}"'
        for k, strategy in enumerate(player.strategies):
            strategy.label = f"{i}: do {k} {{of it}} \\ not"
    text = theirs.to_nfg()
    assert '{ "" ' in text  # outcomes
    ours = bg.read_nfg(text)
    assert (ours.players, ours.actions) == labels_of(theirs)
    assert [table.ravel().tolist() for table in ours.fractions] == payoffs_of(theirs)


@with_gambit
def test_we_read_the_payoff_form_that_gambit_writes():
    """It writes this form for trees."""
    import pygambit

    tree = pygambit.Game.new_tree(players=["First", 'The "second"'], title="tree")
    tree.append_move(tree.root, "First", ["l", "m", "r"])
    tree.append_move(list(tree.root.children), 'The "second"', ["x", "y"])
    for i, node in enumerate(leaf for child in tree.root.children for leaf in child.children):
        tree.set_outcome(node, tree.add_outcome(f"outcome {i}", [i, F(i, 7)]))
    text = tree.to_nfg()
    assert '{ "" ' not in text
    ours = bg.read_nfg(text)
    assert (ours.players, ours.shape) == (("First", 'The "second"'), (3, 2))
    assert [table.ravel().tolist() for table in ours.fractions] == payoffs_of(tree)
    assert ours.fractions[1].tolist() == [[F(0), F(1, 7)], [F(2, 7), F(3, 7)], [F(4, 7), F(5, 7)]]


# Its solvers

PENNIES = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
HUNT = NormalFormGame.from_bimatrix(
    [[5, 0], [3, 3]], [[5, 3], [0, 3]], ["Jäger \\", "Jäger"], [["Hirsch", "Häsin"]] * 2
)


@with_gambit
@pytest.mark.parametrize(
    ("method", "game", "least"),
    [
        ("enumpure", public_game(), 4),
        ("enummixed", HUNT, 3),
        ("enumpoly", HUNT, 3),
        ("enumpoly", public_game(), 4),
        ("lcp", HUNT, 1),
        ("lp", PENNIES, 1),
        ("gnm", public_game(), 1),
        ("ipa", HUNT, 1),
        ("logit", public_game(), 1),
        ("simpdiv", public_game(), 1),
        ("liap", PENNIES, 1),
    ],
)
def test_every_solver_of_pygambit_answers(method, game, least):
    """Names that Gambit does not read do no harm, and nothing that it finds is missing from a complete list."""
    known = bg.nash_equilibria(game, seconds=SECONDS)
    opinion = bg.gambit_opinion(game, known, method=method, seconds=SECONDS)
    assert opinion.status == "finished", opinion.words
    assert known.complete
    assert len(opinion.equilibria) >= opinion.matched >= least
    assert (opinion.rejected, opinion.missing) == (0, ())
    assert all(abs(own.sum() - 1) < 1e-12 for profile in opinion.equilibria for own in profile)


@with_gambit
def test_a_solver_that_takes_other_games_fails_in_words():
    opinion = bg.gambit_opinion(public_game(), method="enummixed")
    assert opinion.status == "failed"
    assert "only valid for two-player games" in opinion.words
    assert "constant-sum" in bg.gambit_opinion(dilemma(), method="lp").words


@with_gambit
def test_a_game_on_which_enumpoly_hangs():
    """A 3 x 3 game with ties, 8 extreme equilibria. What it says is lost, the caller is not."""
    game = NormalFormGame(np.random.default_rng(6).integers(0, 3, (2, 3, 3)))
    known = bg.nash_equilibria(game)
    assert (len(known), known.complete) == (8, True)
    start = time.monotonic()
    opinion = bg.gambit_opinion(game, known, method="enumpoly", seconds=1)
    assert opinion.status == "out of time"
    assert time.monotonic() - start < 60
    mixed = bg.gambit_opinion(game, known, method="logit", seconds=SECONDS)
    assert (mixed.status, mixed.matched, mixed.missing) == ("finished", 0, ())  # inside a component, at no corner of it


@with_gambit
@pytest.mark.parametrize("seed", range(3))
def test_three_players_with_ties(seed):
    """The list covers isolated equilibria; of others one each may be listed, and the opinion says how many are not."""
    game = NormalFormGame(np.random.default_rng(seed).integers(0, 2, (3, 2, 2, 2)))
    known = bg.nash_equilibria(game, seconds=SECONDS)
    opinion = bg.gambit_opinion(game, known, method="enumpure", seconds=SECONDS)
    assert (opinion.status, opinion.missing) == ("finished", ())
    assert opinion.matched == len(opinion.equilibria) == len(bg.pure_equilibria(game))


@with_gambit
@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 2, 2, 2)])
def test_enumpoly_finds_nothing_that_a_complete_list_lacks(shape):
    game = NormalFormGame(np.random.default_rng(4).integers(0, 100, (len(shape), *shape)))
    known = bg.nash_equilibria(game, seconds=SECONDS)
    opinion = bg.gambit_opinion(game, known, seconds=SECONDS)
    assert known.complete
    assert (opinion.status, opinion.missing) == ("finished", ())


@with_gambit
def test_the_extreme_equilibria_of_two_players_are_those_of_gambit():
    """enummixed in rationals, on games with and without ties: the same set, to the last digit."""
    import pygambit

    rng = np.random.default_rng(16)
    degenerate = 0
    for number in range(60):
        shape = (2, *rng.integers(2, 5, 2))
        payoffs = rng.integers(0, 3, shape) if number % 2 else rng.integers(-50, 51, shape)
        found = bg.nash_equilibria(NormalFormGame(payoffs), cross_check=False)
        theirs = pygambit.nash.enummixed_solve(pygambit.Game.from_arrays(*payoffs.astype(object)), rational=True)
        expected = {
            tuple(tuple(as_fraction(profile[s]) for s in player.strategies) for player in profile.game.players)
            for profile in theirs.equilibria
        }
        assert {equilibrium.exact for equilibrium in found} == expected
        degenerate += bool(found.degenerate)
    assert 20 < degenerate < 40
