"""Games given as tables: in the document, in a CSV file, in a Gambit file; and files that must not be read."""

from __future__ import annotations

import itertools
import json
import os
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain.nfg import write_nfg
from bargain_models import LeadRace, Table

ACTIONS = {"North": ["keep", "break"], "South": ["grant", "deny", "delay"]}
PAYOFFS = {"North": [[3, 0, 1], [5, 1.5, 2]], "South": [[3, 5, 4], [0, 1, 0.1]]}
CSV = """North,South,payoff North,payoff South
keep,grant,3,3
keep,deny,0,5
keep,delay,1,4
break,grant,5,0
break,deny,1.5,1
break,delay,2,0.1
"""


def game():
    return Table(actions=ACTIONS, payoffs=PAYOFFS).normal_form()


def read(folder, name, players=()):
    return Table.model_validate({"file": name, "players": players}, context={"folder": folder})


def refused(words, **data):
    with pytest.raises(ValidationError, match=words):
        Table(**{"actions": ACTIONS, "payoffs": PAYOFFS, **data})


def test_payoffs_in_the_document():
    assert game().players == ("North", "South")
    assert game().actions == (("keep", "break"), ("grant", "deny", "delay"))
    assert game().payoffs.tolist() == [PAYOFFS["North"], PAYOFFS["South"]]
    assert Table(actions=ACTIONS, payoffs=PAYOFFS).payoff((1, 2), (1.0, 1.0)) == (2, 0.1)
    assert Table(actions=ACTIONS, payoffs=PAYOFFS).risk((0, 0), (1.0, 1.0)) is None


def test_decimals_count_as_written():
    model = Table(actions=ACTIONS, payoffs=PAYOFFS).in_rationals()
    assert model.payoff((1, 2), (1.0, 1.0)) == (2, Fraction(1, 10))
    assert model.normal_form().exact


def test_the_order_of_the_players_is_the_callers():
    swapped = Table(
        players=("South", "North"),
        actions=ACTIONS,
        payoffs={who: np.transpose(table).tolist() for who, table in PAYOFFS.items()},
    ).normal_form()
    assert swapped.players == ("South", "North")
    np.testing.assert_array_equal(swapped.payoffs, game().payoffs[::-1].transpose(0, 2, 1))


def test_any_model_survives_as_a_table():
    model = LeadRace(players=("A", "B", "C"))
    k = (4.0, 2.0, 1.8)
    original = model.normal_form(k)
    risks = [[[model.risk((a, b, c), k) for c in (0, 1)] for b in (0, 1)] for a in range(5)]
    table = Table(players=model.players, actions=model.actions(), payoffs=original.payoffs.tolist(), risk=risks)
    assert table.normal_form() == original
    for profile in itertools.product(range(5), range(2), range(2)):
        assert table.risk(profile, k) == model.risk(profile, k)


def test_one_player_and_four():
    assert Table(actions={"A": ["x", "y"]}, payoffs={"A": [1, 2]}).normal_form().payoffs.tolist() == [[1, 2]]
    names = "ABCD"
    tables = {name: np.arange(16).reshape(2, 2, 2, 2).tolist() for name in names}
    four = Table(actions={name: ["x", "y"] for name in names}, payoffs=tables)
    assert four.payoff((1, 0, 1, 1), (1.0,) * 4) == (11, 11, 11, 11)


@pytest.mark.parametrize(
    ("words", "actions"),
    [
        ("the actions of North must be a list of one or more names", ACTIONS | {"North": []}),
        ("the actions of North must be a list of one or more names", ACTIONS | {"North": [1, 2]}),
        ("two actions of North have the same name: keep, keep", ACTIONS | {"North": ["keep", "keep"]}),
        ("payoffs of West are missing", ACTIONS | {"West": ["x"]}),
        ("31 players; a table has at most 30", {f"P{i}": ["x"] for i in range(31)}),
        ("nobody is named", [["x"], ["y"]]),
        ("nobody is named", {}),
    ],
)
def test_actions_that_make_no_game(words, actions):
    refused(words, actions=actions)


@pytest.mark.parametrize(
    ("words", "north"),
    [
        (r"the payoff of North needs a list of 2, .* North \(keep, break\); found 1 entries", [[1, 2, 3]]),
        (r"the payoff of North at \(break\) needs a list of 3, .* found 2 entries", [[1, 2, 3], [4, 5]]),
        (r"the payoff of North at \(keep\) needs a list of 3, .* found 7", [7, 8]),
        (r"the payoff of North at \(keep, deny\) is 'x', not a finite number", [[1, "x", 3], [4, 5, 6]]),
        (r"the payoff of North at \(keep, deny\) is True, not a finite", [[1, True, 3], [4, 5, 6]]),
        (r"the payoff of North at \(keep, deny\) is nan, not a finite", [[1, float("nan"), 3], [4, 5, 6]]),
        (r"the payoff of North at \(keep, deny\) is \[1\], not a finite", [[1, [1], 3], [4, 5, 6]]),
    ],
)
def test_payoffs_that_make_no_game(words, north):
    refused(words, payoffs=PAYOFFS | {"North": north})


def test_other_tables_that_make_no_game():
    refused("payoffs of South are missing", payoffs={"North": PAYOFFS["North"]})
    refused("actions names West, who is no player", players=("North", "South"), actions=ACTIONS | {"West": ["x"]})
    refused(r"the risk at \(break, delay\) is 1.5, not between 0 and 1", risk=[[0, 0, 0], [0, 0, 1.5]])
    refused("either a file or actions and payoffs", file="game.csv")


def test_a_table_needs_payoffs_or_a_file():
    with pytest.raises(ValidationError, match="a table needs actions and payoffs, or a file; actions is missing"):
        Table()
    with pytest.raises(ValidationError, match="payoffs is missing"):
        Table(actions=ACTIONS)


def test_csv_beside_the_document(tmp_path):
    (tmp_path / "game.csv").write_text(CSV, encoding="utf-8")
    assert read(tmp_path, "game.csv").normal_form() == game()
    lines = CSV.splitlines()
    shuffled = [line.split(",") for line in (lines[0], lines[6], *lines[1:6])]
    text = "\ufeff" + "\r\n".join(" , ".join([row[1], row[0], row[2], row[3]]) for row in shuffled) + "\r\n\r\n"
    (tmp_path / "game.csv").write_bytes(text.encode())
    other = read(tmp_path, "game.csv", ("North", "South")).normal_form()
    assert other.actions == (("break", "keep"), ("delay", "grant", "deny"))
    np.testing.assert_array_equal(other.payoffs, game().payoffs[:, ::-1, [2, 0, 1]])


def test_nfg_beside_the_document(tmp_path):
    write_nfg(game(), tmp_path / "game.nfg")
    written = Table(actions=ACTIONS, payoffs=PAYOFFS).in_rationals().normal_form()
    assert read(tmp_path, "game.nfg").normal_form() == written
    (tmp_path / "third.nfg").write_text('NFG 1 R "" { "A" "B" } { 1 2 } 1/3 2 0.1 4', encoding="utf-8")
    assert read(tmp_path, "third.nfg").payoff((0, 0), (1.0, 1.0)) == (Fraction(1, 3), 2)
    assert read(tmp_path, "third.nfg").in_rationals().payoff((0, 1), (1.0, 1.0)) == (Fraction(1, 10), 4)


def test_players_of_a_file_by_name_or_in_order(tmp_path):
    (tmp_path / "game.csv").write_text(CSV, encoding="utf-8")
    swapped = read(tmp_path, "game.csv", ("South", "North")).normal_form()
    assert swapped.actions == (("grant", "deny", "delay"), ("keep", "break"))
    np.testing.assert_array_equal(swapped.payoffs, game().payoffs[::-1].transpose(0, 2, 1))
    renamed = read(tmp_path, "game.csv", ("US", "China")).normal_form()
    assert renamed.players == ("US", "China")
    np.testing.assert_array_equal(renamed.payoffs, game().payoffs)
    with pytest.raises(ValidationError, match="North is in both, the others differ"):
        read(tmp_path, "game.csv", ("North", "China"))
    with pytest.raises(ValidationError, match="2 against 3"):
        read(tmp_path, "game.csv", ("US", "China", "EU"))


@pytest.mark.parametrize(
    ("words", "old", "new"),
    [
        (r"line 3: the profile \(keep, grant\) stands there twice", "keep,deny", "keep,grant"),
        (r"the profile \(break, delay\) is missing", "break,delay,2,0.1\n", ""),
        ("line 4: 3 columns where the first line has 4", "delay,1,4", "delay,1"),
        ("line 2: 'nan' is not a finite number", "grant,3,3", "grant,nan,3"),
        ("line 2: '1e999' is not a finite number", "grant,3,3", "grant,1e999,3"),
        ("line 2: '1_0' is not a finite number", "grant,3,3", "grant,1_0,3"),
        ("line 2: '' is not a finite number", "grant,3,3", "grant,,3"),
        ("line 2: the action of South is empty", "keep,grant", "keep,"),
        ("columns after South must be payoff North, payoff South", "payoff South", "payoff West"),
        ("the first line must name the players", "North,South,payoff North", "North,North,payoff North"),
        ("cannot be read as comma-separated text", "keep,grant", '"keep,grant'),
        ("there are no profiles", CSV.split("\n", 1)[1], ""),
        ("the first line must name the players", CSV, ""),
    ],
)
def test_csv_that_makes_no_game(tmp_path, words, old, new):
    assert old in CSV
    (tmp_path / "game.csv").write_text(CSV.replace(old, new), encoding="utf-8")
    with pytest.raises(ValidationError, match=f"game.csv.*{words}"):
        read(tmp_path, "game.csv")


def test_faults_of_an_nfg_file_name_the_line_and_not_the_folder(tmp_path):
    (tmp_path / "game.nfg").write_text('NFG 1 R "" { "A" "B" }\n{ 1 2 }\n1 2 x 4', encoding="utf-8")
    with pytest.raises(ValidationError, match=r"game\.nfg:3:5: ") as caught:
        read(tmp_path, "game.nfg")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["../game.csv", "sub/game.csv", "sub\\game.csv", "C:game.csv", "..", "", "game.txt", "game.csv\0", "/etc/passwd"],
)
def test_only_bare_names_of_tables(tmp_path, name):
    (tmp_path / "sub").mkdir()
    with pytest.raises(ValidationError, match="bare name"):
        read(tmp_path / "sub", name)


def test_files_that_are_not_read(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret.csv").write_text(CSV, encoding="utf-8")
    (home / "out.csv").symlink_to(tmp_path / "secret.csv")
    (home / "loop.csv").symlink_to(home / "loop.csv")
    (home / "folder.csv").mkdir()
    (home / "long.csv").write_bytes(b"x" * 1_000_001)
    (home / "latin.csv").write_bytes("North,Süd".encode("latin-1"))
    os.mkfifo(home / "pipe.csv")
    for name, words in {
        "out.csv": "is a link that leads out",
        "loop.csv": "loop.csv",
        "folder.csv": "there is no file",
        "pipe.csv": "there is no file",
        "absent.nfg": "there is no file absent.nfg in the document's folder",
        "long.csv": "more than 1000000 bytes",
        "latin.csv": "no text in UTF-8",
    }.items():
        with pytest.raises(ValidationError, match=words):
            read(home, name)
    with pytest.raises(ValidationError, match="not read from a document in a folder"):
        Table(file="game.csv")


def test_a_file_never_stands_for_another(tmp_path):
    """A Gambit file is read as text, even where its text is the path of a file that could be read."""
    (tmp_path / "real.nfg").write_text('NFG 1 R "" { "A" } { 1 } 1', encoding="utf-8")
    (tmp_path / "game.nfg").write_text(str(tmp_path / "real.nfg"), encoding="utf-8")
    with pytest.raises(ValidationError, match=r"game\.nfg:1:1: "):
        read(tmp_path, "game.nfg")


@pytest.mark.parametrize("name", ["game.csv", "game.nfg"])
def test_a_document_with_a_table(tmp_path, name):
    (tmp_path / "game.csv").write_text(CSV, encoding="utf-8")
    write_nfg(game(), tmp_path / "game.nfg")
    (tmp_path / "offer.yaml").write_text(
        "schema: bargain/offer@1\n"
        "title: A game of one's own\n"
        "unit: USD bn per year\n"
        "model: table\n"
        f"parameters: {{file: {name}}}\n"
        "players:\n"
        "  North: {capability: 1, discount: 0.9}\n"
        "  South: {capability: 1, discount: 0.9}\n"
        "asks: {North: keep, South: grant}\n"
        "terms: []\n",
        encoding="utf-8",
    )
    verdict = bg.check(bg.read_offer(tmp_path / "offer.yaml"))
    # Alone both fall back on (break, deny): 1.5 and 1. Breaking gains each 2, once; keeping is worth 3.
    assert verdict.payoffs["disagreement"] == pytest.approx({"North": 1.5, "South": 1})
    assert verdict.critical_discount_factors == pytest.approx({"North": 2 / (5 - 1.5), "South": 2 / (5 - 1)})
    assert verdict.holds
    assert json.loads(json.dumps(verdict.to_dict()))["parameters"]["payoffs"][0][1][1] == 1.5
