"""Results as tables: rows, DataFrames, HTML and LaTeX; games from DataFrames and back."""

from __future__ import annotations

import html.parser
import re
import subprocess
import sys
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

import bargain as bg
import pages
from bargain._tables import MOST_SHOWN, Tabular, html_table
from bargain.registry import model_class
from offers import RACE

pandas = pytest.importorskip("pandas")

OFFER = bg.parse_offer(RACE)
PAID = OFFER.replace({"terms.fund.value": 0, "terms.fund.cost": 0, "players.Follower.discount": 0.5})
STAG_HUNT = bg.NormalFormGame(
    [[[5, 0], [3, 3]], [[5, 3], [0, 3]]], players=["North <1>", "South"], actions=[["stag", "hare"]] * 2
)
WORTHS = bg.CoalitionalGame([0, 0, 0, 60, 0, 60, 60, Fraction(181, 2)], players=["North", "South", "East"])
SIGNING = bg.MembershipGame([[0, 0, 0], [1, 1, 0], [0, 2, 0], [3, 3, 3], [0, 0, 1], [1, 2, 2], [2, 2, 2], [5, 5, 5]])

RESULTS = {
    "verdict": lambda: bg.check(OFFER),
    "frontier": lambda: bg.credibility_frontier(OFFER, "fund", points=11),
    "regions": lambda: bg.verdict_regions(OFFER, "terms.fund.value", "players.Leader.discount", points=3),
    "sensitivity": cache(lambda: bg.sensitivity(PAID)),
    "repair": lambda: bg.repair(PAID),
    "equilibria": lambda: bg.nash_equilibria(STAG_HUNT),
    "shapley": lambda: bg.shapley_value(WORTHS),
    "nucleolus": lambda: bg.nucleolus(WORTHS),
    "stability": lambda: bg.stability(SIGNING),
    "transfers": lambda: bg.least_cost_transfers(SIGNING, [0, 1]),
    "bargaining": lambda: bg.nash_bargaining([[0, 0], [4, 0], [0, 2]], [0, 0], players=["A", "B & C"]),
    "comparison": lambda: bg.compare(OFFER, PAID),
    "own numbers": lambda: bg.Table({"<state>": ["A", "B <1>"], "share": [2.5, -1e-9]}, title="Power <1>"),
}


class Text(html.parser.HTMLParser):
    """The cells of a table, as a browser shows them."""

    def __init__(self, page):
        super().__init__()
        self.cells, self.open = [], []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag in ("td", "th", "p"):
            self.cells.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.cells[-1] += data


@pytest.mark.parametrize("name", RESULTS)
def test_a_frame_has_the_rows(name):
    result = RESULTS[name]()
    assert isinstance(result, Tabular)
    rows = result.to_rows()
    frame = result.to_frame()
    assert rows
    assert len(frame) == len(rows)
    assert list(frame.columns) == list(rows[0])
    assert all(row.keys() == rows[0].keys() for row in rows)
    for column in frame.columns:
        for shown, row in zip(frame[column], rows, strict=True):
            given = row[column]
            assert shown == given or (given is None and pandas.isna(shown))


@pytest.mark.parametrize("name", RESULTS)
def test_html_is_a_table_in_which_everything_is_escaped(name):
    result = RESULTS[name]()
    page = result._repr_html_()
    shown = Text(page).cells
    rows = result._shown_rows()
    assert page.count("<tr>") == min(len(rows), MOST_SHOWN) + 1
    assert [cell for cell in shown if cell in rows[0]] == list(rows[0])
    assert "<1>" not in page


def test_html_shows_names_and_marks():
    cells = Text(bg.nash_equilibria(STAG_HUNT)._repr_html_()).cells
    assert cells[0] == "3 equilibria; the list is complete."
    assert cells[1:6] == ["North <1>", "South", "payoff of North <1>", "payoff of South", "regret"]
    assert cells[6:11] == ["stag", "stag", "5", "5", "0"]
    verdict = Text(bg.check(PAID)._repr_html_()).cells
    assert verdict[0].startswith("✗ The offer fails in this model: compliance[Follower]")
    assert "✗ fails" in verdict
    allocation = Text(bg.shapley_value(WORTHS)._repr_html_()).cells
    assert allocation[:4] == ["Shapley value", "player", "payoff", "exact"]
    assert allocation[4:7] == ["North", "30.1667", "181/6"]


def test_a_game_of_two_is_shown_with_rows_and_columns():
    cells = Text(STAG_HUNT._repr_html_()).cells
    assert cells[0] == "In each field: North <1>, then South."
    assert cells[1:4] == ["North <1>\xa0↓  South\xa0→", "stag", "hare"]
    assert cells[4:7] == ["stag", "5;\xa05", "0;\xa03"]
    assert cells[7:10] == ["hare", "3;\xa00", "3;\xa03"]
    loss = bg.NormalFormGame([[[-0.125]], [[-0.0]]])
    assert Text(loss._repr_html_()).cells[-1] == "−0.125;\xa00"


def test_a_game_of_three_is_shown_by_profiles():
    game = bg.NormalFormGame(np.zeros((3, 2, 1, 1)), players=("A", "B", "C"))
    cells = Text(game._repr_html_()).cells
    assert cells[0] == "NormalFormGame of A, B, C: 2 x 1 x 1 profiles"
    assert cells[1:7] == ["A", "B", "C", "payoff A", "payoff B", "payoff C"]
    assert len(cells) == 1 + 3 * 6


def test_a_column_of_numbers_is_set_to_the_right_with_its_heading_and_its_words():
    page = bg.Table({"path": ["at once", "in steps"], "war": [1, "none"], "sure": [True, False]})._repr_html_()
    cells = re.findall(r"<t[dh]( style=[^>]*)?>([^<]*)<", page)
    assert {word for look, word in cells if look} == {"war", "1", "none"}
    assert {word for look, word in cells if not look} == {"path", "at once", "in steps", "sure", "yes", "no"}


def test_a_table_of_ones_own_numbers():
    table = bg.Table({"k": np.arange(2), "s": np.array([-0.12345, -1e-9]), "sure": [True, None]}, decimals=2)
    assert table.to_rows() == [{"k": 0, "s": -0.12345, "sure": True}, {"k": 1, "s": -1e-9, "sure": None}]
    assert Text(table._repr_html_()).cells == ["k", "s", "sure", "0", "−0.12", "yes", "1", "0", "–"]
    assert str(table) == "  k      s  sure\n  0  −0.12   yes\n  1      0     –"
    with pytest.raises(bg.BargainError, match=r"columns of one length; these have \{'a': 1, 'b': 2\}"):
        bg.Table({"a": [1], "b": [1, 2]})
    with pytest.raises(bg.BargainError, match="columns of one length"):
        bg.Table({})


def test_long_tables_are_cut_and_say_so():
    page = html_table("many", [{"n": n} for n in range(MOST_SHOWN + 5)])
    assert page.count("<td") == MOST_SHOWN
    assert page.endswith("<p>and 5 more</p>")
    assert html_table("none", []) == "<p>none</p>"


def test_a_repair_that_changes_nothing_is_a_sentence():
    assert bg.repair(OFFER)._repr_html_() == "<p>The offer holds in this model as it stands; nothing to repair.</p>"


def test_without_pandas_it_says_what_to_do():
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "import bargain as bg\n"
        "try:\n    bg.shapley_value([0, 0, 0, 1]).to_frame()\n"
        "except bg.BargainError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "A DataFrame needs pandas, which is not installed: pip install pandas.\n"


def test_pandas_is_loaded_for_a_frame_only():
    code = (
        "import sys, bargain as bg\n"
        "value = bg.shapley_value([0, 0, 0, 1]); value._repr_html_(); value.to_rows()\n"
        "assert 'pandas' not in sys.modules\nvalue.to_frame()\nassert 'pandas' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Games in and out


def random_games():
    generator = np.random.default_rng(7)
    for shape in ((2,), (2, 3), (3, 2, 2), (1, 4), (2, 2, 2, 2)):
        names = [[f"a{k}" for k in range(count)] for count in shape]
        players = [f"P{i}" for i in range(len(shape))]
        size = (len(shape), *shape)
        yield bg.NormalFormGame(generator.normal(size=size), players, names)
        yield bg.NormalFormGame(generator.integers(-9, 9, size), players, names)
        fractions = np.vectorize(Fraction)(generator.integers(-9, 9, size), 7)
        yield bg.NormalFormGame(fractions.tolist(), players, names)


@pytest.mark.parametrize("game", list(random_games()), ids=repr)
def test_a_game_goes_into_a_frame_and_back(game):
    back = bg.NormalFormGame.from_frame(game.to_frame())
    assert back == game
    assert back.exact == game.exact


def test_a_frame_is_the_table_of_a_csv_file(tmp_path):
    frame = pandas.read_csv(pages.ROOT / "examples" / "your_own_game" / "game.csv")
    game = bg.NormalFormGame.from_frame(frame)
    offer = bg.read_offer(pages.ROOT / "examples" / "your_own_game" / "from_file.yaml")
    assert game == offer.build_model().normal_form()
    game.to_frame().to_csv(tmp_path / "game.csv", index=False)
    assert bg.NormalFormGame.from_frame(pandas.read_csv(tmp_path / "game.csv")) == game


def test_rows_may_stand_in_any_order():
    frame = STAG_HUNT.to_frame()
    turned = frame.iloc[[0, 2, 1, 3]]
    assert bg.NormalFormGame.from_frame(turned) == STAG_HUNT


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.iloc[:3], r"the profile \(hare, hare\) is missing"),
        (lambda frame: frame.iloc[[0, 1, 2, 3, 3]], r"row 3: the profile \(hare, hare\) stands there twice"),
        (lambda frame: frame.rename(columns={"payoff South": "South pays"}), "must be payoff North"),
        (lambda frame: frame.iloc[:0], "there are no profiles"),
        (lambda frame: frame.assign(**{"payoff South": [1, 2, float("nan"), 4]}), "is nan"),
        (lambda frame: frame[[]], "the first line must name the players"),
    ],
)
def test_frames_that_are_no_game(change, words):
    frame = change(STAG_HUNT.to_frame())
    with pytest.raises(bg.GameError, match=words):
        bg.NormalFormGame.from_frame(frame)


@pytest.mark.parametrize("values", [[0, 1.5, 2, 7], [0, 1, 1, 3, 1, 3, 3, 6], WORTHS.given.tolist()])
def test_a_coalitional_game_goes_into_a_frame_and_back(values):
    game = bg.CoalitionalGame(values)
    frame = game.to_frame()
    back = bg.CoalitionalGame.from_frame(frame)
    assert (back.players, back.given.tolist(), back.exact) == (game.players, game.given.tolist(), game.exact)
    shuffled = bg.CoalitionalGame.from_frame(frame.iloc[1:].sample(frac=1, random_state=1))
    assert shuffled.values.tolist() == game.values.tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.drop(index=5), r"the coalition \{North, East\} is missing"),
        (lambda frame: frame.iloc[[*range(8), 3]], r"row 3: the coalition \{North, South\} stands there twice"),
        (lambda frame: frame.drop(columns="worth"), "one called worth"),
        (lambda frame: frame.assign(North=2), "row 0: North is 2, neither in"),
        (lambda frame: frame.assign(worth=1.0), "The empty coalition is worth 1.0"),
        (lambda frame: frame.assign(worth=[0, 1, 2, 3, float("inf"), 5, 6, 7]), r"\{East\} is inf"),
    ],
)
def test_frames_that_are_no_coalitional_game(change, words):
    with pytest.raises(bg.GameError, match=words):
        bg.CoalitionalGame.from_frame(change(WORTHS.to_frame()))


# Formulas


@pytest.mark.parametrize("name", [name for name in bg.models() if model_class(name).thresholds()])
def test_every_closed_form_has_latex(name):
    cls = model_class(name)
    forms = cls.latex()
    assert forms.keys() == cls.thresholds().keys()
    for form in forms.values():
        assert form.count("{") == form.count("}")
        assert "_per" not in form
    text = bg.load_model(name)._repr_latex_() if not cls.sample else None
    if text is not None:
        assert text.startswith("$\\begin{aligned}")
        assert text.count(r"&\textbf") == len(forms)


def test_words_stand_upright_and_factors_apart():
    forms = model_class("monitored_access").latex()
    assert forms["probability of misuse"] == (
        r"\frac{\mathrm{monitoring\ cost}}{\mathrm{detection} \cdot \mathrm{misuse\ damage}}"
    )
    assert bg.load_model("table", **model_class("table").sample)._repr_latex_() is None
