"""Gambit's strategic-form files: both forms read, exact round trips, every fault placed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain.games import NormalFormGame
from bargain.nfg import MOST_BYTES, read_nfg, write_nfg

HEAD = 'NFG 1 R "t" { "A" "B" }\n'
OUTCOMES = """NFG 1 R "Prisoner \\"s\\" dilemma" { "Player 1" "Player 2" }

{ { "keep" "break" }
{ "keep" "break" }
}
"with a comment"

{
{ "both keep" 3, 3 }
{ "one breaks" 0, 5 }
{ "other breaks" 5, 0 }
{ "" 0.5, 1/3 }
}
1 3 2 4
"""


def test_payoff_form_lists_the_first_players_actions_fastest():
    game = read_nfg(HEAD + "{ 3 2 }\n1 10 2 20 3 30 4 40 5 50 6 60\n")
    assert game.players == ("A", "B")
    assert game.actions == (("1", "2", "3"), ("1", "2"))
    assert game.payoffs[0].tolist() == [[1, 4], [2, 5], [3, 6]]
    assert game.payoffs[1].tolist() == [[10, 40], [20, 50], [30, 60]]


def test_outcome_form():
    game = read_nfg(OUTCOMES)
    assert game.actions == (("keep", "break"),) * 2
    assert game.fractions[0].tolist() == [[3, 0], [5, Fraction(1, 2)]]
    assert game.fractions[1].tolist() == [[3, 5], [0, Fraction(1, 3)]]
    nobody = read_nfg(OUTCOMES.replace("1 3 2 4", "0 0 0 1"))
    assert nobody.payoffs[:, 0, 0].tolist() == [0, 0]
    assert nobody.payoffs[:, 1, 1].tolist() == [3, 3]


def test_numbers_are_read_exactly():
    game = read_nfg('NFG 1 D "t" { "A" } { 7 } 3 -0.25 .5 5. 1e-3 -2/6 +4E2')
    F = Fraction
    assert game.exact
    assert game.fractions[0].tolist() == [3, F(-1, 4), F(1, 2), 5, F(1, 1000), F(-1, 3), 400]


def test_names_that_are_left_out_are_numbers():
    game = read_nfg('NFG 1 R "" { "" "B" } { { "" "x" } { "" } } 1 2 3 4')
    assert game.players == ("player 1", "B")
    assert game.actions == (("1", "x"), ("1",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NFG 1 R", "1:8: title: the file ends too early."),
        ('NFG 2 R "" { "a" } { 1 } 1', "1:5: header: found '2'."),
        ("EFG 2 R\n", "1:1: header: found 'EFG'."),
        ('NFG 1 R "x { ', "1:9: text: the quote that opens here is never closed."),
        ('NFG 1 R "x" { } { }', "1:13: players: there are 0. A game has 1 to 60."),
        (HEAD + "{ 2 }", "2:5: actions of B: found '}'."),
        (HEAD + "{ 2 0 } 1", "2:5: actions of B: there are none."),
        (HEAD + "{ 2 -1 } 1", "2:5: actions of B: found '-1'."),
        (HEAD + "{ 2 2 2 } 1", "2:7: actions: found '2'."),
        (HEAD + "{ 900000 900000 }", "2:10: actions: there are more profiles"),
        (HEAD + '{ { "x" "x" } { "y" } } 1 2 3 4', "1:13: names: The name 'x' stands twice among the actions of A."),
        ('NFG 1 R "t" { "A" "A" } { 1 1 } 1 2', "1:13: names: The name 'A' stands twice among the players."),
        (HEAD + "{ 1 1 }\n1", "3:2: payoffs: there are 1. The file needs 2: 2 for each of 1 profiles."),
        (HEAD + "{ 1 1 }\n1 2 3", "3:5: payoffs: there are 3. The file needs 2"),
        (HEAD + '{ 1 1 }\n1 "two"', "3:3: payoffs: found '\"two\"'. Only numbers follow here."),
        (HEAD + "{ 1 1 }\n1 two", "3:3: payoffs: 'two' is no number. A number looks like"),
        (HEAD + "{ 1 1 }\n1 nan", "3:3: payoffs: 'nan' is no number."),
        (HEAD + "{ 1 1 }\n1 1/0", "3:3: payoffs: '1/0' divides by zero."),
        (HEAD + "{ 1 1 }\n1 1e999", "3:3: payoffs: '1e999' is larger than a float can hold."),
        (HEAD + "{ 1 1 }\n1 1e99999999999", "3:3: payoffs: this number is too long."),
        (HEAD + "{ 1 1 }\n1 " + "7" * 5000, "3:3: payoffs: this number is too long."),
        (OUTCOMES.replace("0.5, 1/3", "0.5"), "12:10: outcome 4: found '}'. An outcome looks like"),
        (OUTCOMES.replace("0.5,", "x,"), "12:6: outcome 4: 'x' is no number."),
        (OUTCOMES.replace("3 2 4", "3 2 5"), "14:7: outcome numbers: found '5'. Outcomes are numbered 0"),
        (OUTCOMES.replace("3 2 4", "3 2"), "15:1: outcome numbers: there are 3. The file needs 4: one a profile."),
    ],
)
def test_faults_have_a_place_and_words(text, message):
    with pytest.raises(bg.DocumentError) as error:
        read_nfg(text)
    assert message in str(error.value)


def test_faults_of_numbers_are_listed_together_with_the_file(tmp_path):
    path = tmp_path / "game.nfg"
    path.write_text(HEAD + "{ 1 2 }\n1 x\n1/0 2\n")
    with pytest.raises(bg.DocumentError) as error:
        read_nfg(path)
    assert [(fault.line, fault.column) for fault in error.value.faults] == [(3, 3), (4, 1)]
    assert str(error.value).startswith(f"{path}:3:3: payoffs: 'x' is no number.")
    path.write_text(HEAD + "{ 50 1 }\n" + "x " * 100)
    with pytest.raises(bg.DocumentError) as error:
        read_nfg(path)
    assert len(error.value.faults) == 20


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(bg.DocumentError, match="cannot be opened: No such file"):
        read_nfg(tmp_path / "none.nfg")
    with pytest.raises(bg.DocumentError, match="cannot be opened"):
        read_nfg("no\0file")
    path = tmp_path / "big.nfg"
    path.write_bytes(b" " * (MOST_BYTES + 5))
    with pytest.raises(bg.DocumentError, match=r"has 1000005 bytes\. A game file has at most 1000000"):
        read_nfg(path)
    with pytest.raises(bg.DocumentError, match="1000004 bytes"):
        read_nfg("NFG\n" + " " * MOST_BYTES)
    path.write_bytes(b'NFG 1 R\n "\xff"')
    with pytest.raises(bg.DocumentError, match=r"big.nfg:2:3: file: this byte is no UTF-8 text. Save"):
        read_nfg(path)


def test_files_are_written_whole_and_read_back(tmp_path):
    game = NormalFormGame(
        [[[1, Fraction(1, 3)]], [[0, -7]]], players=['A "the" 1st', "B\\"], actions=[["ü\n"], ["x", "y"]]
    )
    path = tmp_path / "game.nfg"
    assert write_nfg(game, path, title='a "title"') == path.read_text("utf-8")
    assert read_nfg(path) == read_nfg(str(path)) == game
    assert [file.name for file in tmp_path.iterdir()] == ["game.nfg"]
    with pytest.raises(OSError, match="No such file"):
        write_nfg(game, tmp_path / "nowhere" / "game.nfg")


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4).filter(str.strip)
shapes = st.lists(st.integers(1, 3), min_size=1, max_size=4)
rationals = st.integers() | st.fractions().filter(lambda value: abs(value) < 10**300)
floats = st.floats(-1e150, 1e150)


@st.composite
def games(draw, cells):
    shape = draw(shapes)
    size = len(shape) * int(np.prod(shape))
    payoffs = np.array(draw(st.lists(cells, min_size=size, max_size=size)), dtype=object)
    return NormalFormGame(
        payoffs.reshape(len(shape), *shape),
        players=draw(st.lists(names, min_size=len(shape), max_size=len(shape), unique=True)),
        actions=[draw(st.lists(names, min_size=count, max_size=count, unique=True)) for count in shape],
    )


@settings(max_examples=60)
@given(games(rationals), st.text(max_size=5))
def test_rational_games_come_back_equal(game, title):
    assert read_nfg(write_nfg(game, title=title)) == game


@settings(max_examples=40)
@given(games(floats))
def test_float_games_come_back_with_the_same_floats(game):
    again = read_nfg(write_nfg(game))
    assert (again.players, again.actions) == (game.players, game.actions)
    assert np.array_equal(again.payoffs, game.payoffs)


@settings(max_examples=150)
@given(st.lists(st.sampled_from(["{", "}", '"a"', '"b"', "1", "2", "-1/2", "x", '"', "\n", "٣", "1e9"]), max_size=12))
def test_no_text_leaves_anything_but_a_game_or_faults(words):
    try:
        game = read_nfg('NFG 1 R "t" { "A" "B" } { ' + " ".join(words))
    except bg.DocumentError as error:
        lines = [fault.line for fault in error.faults]
    else:
        lines = [game.n_players]
    assert all(lines)
