"""`compare`: what differs between two offers, which findings turn, who gains; and the nearest worked example."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bargain as bg
import bargain.examples_library
import pages
from bargain.cli import app
from bargain.comparison import difference
from offers import RACE

EXAMPLES = pages.ROOT / "examples"
DOCUMENTS = sorted(EXAMPLES.glob("*/*.yaml"))


def example(name):
    return bg.read_offer(EXAMPLES / f"{name}.yaml")


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def renamed(text, **names):
    for old, new in names.items():
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def test_changes_margins_and_payoffs_are_those_of_the_two_verdicts():
    a, b = example("lead_race/unpaid"), example("lead_race/offer")
    before, after = bg.check(a), bg.check(b)
    found = bg.compare(a, b)
    assert {(each.path, each.before, each.after) for each in found.changes} == {
        ("players.Leader.discount", 0.5, 0.9),
        ("players.Follower.discount", 0.5, 0.9),
        ("terms.fund.value", 0.0, 6.0),
        ("terms.fund.cost", 0.0, 6.0),
    }
    by_name = {shift.name: shift for shift in found.findings}
    for x in before.findings:
        if x.status != "not applicable":
            y = after.finding(x.check, x.player)
            shift = by_name[x.name]
            assert (shift.margin_before, shift.margin_after) == (x.margin, y.margin)
            assert (shift.before, shift.after, shift.turns) == (x.status, y.status, x.status != y.status)
    assert [shift.name for shift in found.turned] == ["compliance[Follower]"]
    assert found.holds == (False, True)
    assert (found.gainers, found.losers) == (("Follower",), ("Leader",))
    leader = found.stakes[0]
    assert leader.change == after.payoffs["agreement"]["Leader"] - before.payoffs["agreement"]["Leader"]
    assert leader.gain_after == after.payoffs["agreement"]["Leader"] - after.payoffs["disagreement"]["Leader"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_offer_beside_itself_differs_in_nothing(document):
    offer = bg.read_offer(document)
    assert difference(offer, offer) == 0
    assert 0 < difference(offer, offer.replace({"decisiveness": 2.5})) < 0.1


def test_itself_turns_nothing():
    offer = example("power_transition/offer")
    found = bg.compare(offer, offer)
    assert (found.changes, found.turned, found.gainers, found.losers, found.difference) == ((), (), (), (), 0)
    text = str(found)
    for words in ("Nothing that counts is stated", "No finding turns", "nobody gains or loses"):
        assert words in text


def test_defaults_and_ranges_count_as_stated():
    a = bg.parse_offer(RACE)
    b = a.replace({"parameters.race_cost": 2.0, "parameters.prize": {"low": 80, "mode": 100, "high": 130}})
    assert bg.compare(a, b).changes == ()
    moved = bg.compare(a, a.replace({"parameters.race_cost": 3.0}))
    assert [str(each) for each in moved.changes] == ["parameters.race_cost: 2 → 3"]


def test_players_and_terms_of_other_names_stand_beside_one_another():
    a = bg.parse_offer(RACE)
    b = bg.parse_offer(renamed(RACE, Leader="North", Follower="South", fund="aid"))
    found = bg.compare(a, b)
    assert found.players == {"Leader": "North", "Follower": "South"}
    assert found.terms == {"fund": "aid"}
    assert (found.changes, found.difference) == ((), 0)
    assert all(shift.change == 0 or shift.change is None for shift in found.findings)
    assert "Player Leader of A is set beside North of B." in str(found)
    assert "Term fund of A is set beside aid of B." in str(found)


def test_swapping_the_sides_turns_every_change_round():
    a, b = example("safe_coalition/unpaid"), example("safe_coalition/offer")
    there, back = bg.compare(a, b), bg.compare(b, a)
    assert {(each.path, str(each.before), str(each.after)) for each in there.changes} == {
        (each.path, str(each.after), str(each.before)) for each in back.changes
    }
    assert there.difference == back.difference
    assert (there.gainers, there.losers) == (back.losers, back.gainers)
    assert {shift.name for shift in there.turned} == {shift.name for shift in back.turned}


def test_a_player_and_a_term_of_one_offer_only_are_whole():
    found = bg.compare(example("lead_race/offer"), example("lead_race/two_followers"))
    whole = {each.path: each for each in found.changes if each.before is None}
    assert {"players.Second", "terms.second_fund"} <= set(whole)
    assert whole["players.Second"].after == {"capability": 1.8, "stake": 0.0, "discount": 0.7}
    absent = next(stake for stake in found.stakes if stake.player == "Second")
    assert (absent.before, absent.change) == (None, None)
    single = next(shift for shift in found.findings if shift.name == "compliance[Second]")
    assert (single.before, single.turns, single.in_both) == (None, False, False)
    assert "In one of the two only:\n" in str(found)


def test_other_models_are_remarked_on():
    found = bg.compare(example("lead_race/offer"), example("your_own_game/offer"))
    assert found.models == ("lead_race", "table")
    assert [remark.partition(" differ")[0] for remark in found.remarks] == ["The models", "The units"]


def test_difference_by_hand():
    a = bg.parse_offer(RACE)
    b = a.replace({"terms.fund.value": 2.0})
    entries = len(bargain.comparison._entries(a, {}, {}))
    assert difference(a, b) == pytest.approx((6 - 2) / (6 + 2) / entries)
    c = a.replace({"asks.Leader": "pause 3"})
    assert difference(a, c) == pytest.approx(1 / entries)


def test_the_nearest_example_is_the_least_different():
    mine = example("lead_race/offer").replace({"terms.fund.value": 0.5, "terms.fund.cost": 0.5})
    name, found = bg.nearest_example(mine)
    apart = {
        f"{path.parent.name}/{path.stem}": difference(mine, offer)
        for path in DOCUMENTS
        if (offer := bg.read_offer(path)).model == "lead_race"
    }
    assert apart[name] == min(apart.values())
    assert found == bg.read_offer(EXAMPLES / f"{name}.yaml")
    own = example("lead_race/offer")
    assert bg.nearest_example(own)[0] != "lead_race/offer"


def test_without_an_example_on_the_model_it_says_so(monkeypatch):
    monkeypatch.setattr(bargain.examples_library, "documents_on", lambda model: [])
    with pytest.raises(bg.BargainError, match="No other worked example is on the model lead_race"):
        bg.nearest_example(bg.parse_offer(RACE))


# The command


def test_compare_takes_files_and_examples(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(RACE.replace("value: 6, cost: 6", "value: 1, cost: 1"), encoding="utf-8")
    two = run("compare", "mine.yaml", "lead_race/unpaid")
    assert (two.exit_code, two.stderr) == (0, "")
    assert two.stdout.startswith("A: mine.yaml (lead_race) holds\nB: lead_race/unpaid (lead_race) fails\n")
    one = run("compare", "mine.yaml")
    assert one.exit_code == 0
    assert one.stderr == "The worked example most like it: lead_race/offer\n"
    assert "terms.fund.value: 1 → 6" in one.stdout
    assert run("compare", "mine.yaml", "lead_race").stdout == one.stdout.replace("lead_race/offer (", "lead_race (")


def test_compare_prints_json_and_csv():
    found = bg.compare(
        example("lead_race/unpaid"), example("lead_race/offer"), names=("lead_race/unpaid", "lead_race/offer")
    )
    result = run("compare", "lead_race/unpaid", "lead_race/offer", "--json")
    assert json.loads(result.stdout) == json.loads(json.dumps(found.to_dict()))
    rows = list(csv.DictReader(io.StringIO(run("compare", "lead_race/unpaid", "lead_race/offer", "--csv").stdout)))
    assert len(rows) == len(found.to_rows()) == len(found.changes) + len(found.findings) + len(found.stakes)
    turned = next(row for row in rows if row["what"] == "compliance[Follower]")
    assert (turned["status before"], turned["status after"]) == ("fails", "holds")
    assert float(turned["change"]) == found.turned[0].change


@pytest.mark.parametrize("arguments", [("nowhere.yaml",), ("lead_race/nothing",), ("lead_race", "nowhere.yaml")])
def test_what_is_not_there_is_told(arguments):
    result = run("compare", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no such file" in result.stderr


def test_margins_side_by_side(tmp_path):
    a, b = example("lead_race/unpaid"), example("lead_race/offer")
    found = bg.compare(a, b)
    picture = bg.plot_comparison(found)
    bars = [[bar.get_width() for bar in panel.patches] for panel in picture.figure.axes]
    shifts = [each for each in found.findings if each.margin_before is not None]
    for unit, drawn in zip(dict.fromkeys(each.unit for each in shifts), bars, strict=True):
        own = [each for each in shifts if each.unit == unit]
        assert drawn[: 2 * len(own)] == [x for each in own for x in (each.margin_before, each.margin_after)]
    said = [text.get_text() for panel in picture.figure.axes for text in panel.texts]
    assert [" ".join(each.split()) for each in said if "turns" in each] == [
        "does what is asked, Follower: −2.838 ✗ fails → +7.205 ✓ holds, turns"
    ]
    assert picture.svg() == bg.plot_comparison(bg.compare(a, b)).svg()
    out = tmp_path / "both.svg"
    done = run("compare", EXAMPLES / "lead_race/unpaid.yaml", EXAMPLES / "lead_race/offer.yaml", "--figure", out)
    assert done.exit_code == 0
    assert "Turns: does what is asked, Follower." in out.read_text(encoding="utf-8")


def test_of_many_margins_those_that_turn_are_drawn():
    found = bg.compare(example("capacity_club/offer"), example("lead_race/offer"))
    margins = [each for each in found.findings if {each.margin_before, each.margin_after} != {None}]
    picture = bg.plot_comparison(found)
    said = [" ".join(text.get_text().split()) for panel in picture.figure.axes for text in panel.texts]
    assert len(margins) > len(said) == 16
    assert sum(each.endswith("turns") for each in said) == len(found.turned) > 0
    (legend,) = picture.figure.legends
    assert legend.get_title().get_text().startswith(f"{len(margins) - 16} more margin")
    assert all(each.name.partition("[")[2].removesuffix("]") in picture.alt_text for each in margins)
