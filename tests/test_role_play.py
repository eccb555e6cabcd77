"""The role play: its sheets say what the papers and the check say, and a table can play from them."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

import bargain as bg
import pages

FOLDER = pages.ROOT / "examples" / "role_play"
SHEETS = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt")}
OPENING = bg.read_offer(FOLDER / "opening.yaml")
NEEDS = {"provider": ("Leader", 20), "recipient": ("Follower", 5)}


def gain(verdict: bg.Verdict, player: str) -> float:
    return float(verdict.finding("participation", player).margin)


def changes(line: str) -> dict[str, Any]:
    """The changes that a line of `--set` names."""
    words = shlex.split(line)
    pairs = (words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--set")
    return {path: value if path.startswith("asks") else float(value) for path, value in pairs}


def test_sheets_say_what_each_has_without_an_agreement() -> None:
    without = bg.check(OPENING).payoffs["disagreement"]
    assert re.search(r"you lose\s+(\d+\.\d+) a year", SHEETS["provider"])[1] == f"{-without['Leader']:.2f}"
    assert re.search(r"you have (\d+\.\d+) a year", SHEETS["recipient"])[1] == f"{without['Follower']:.2f}"


def test_needs_of_the_sheets_are_those_of_the_page_and_leave_room() -> None:
    page = (pages.ROOT / "docs" / "how-to" / "role-play.md").read_text(encoding="utf-8")
    assert "(20 for the provider, 5 for the recipient)" in page
    for sheet, (_, least) in NEEDS.items():
        assert f"a gain of {least} a year or more" in SHEETS[sheet]
    signed = {
        money: bg.check(OPENING.replace({"terms.fund.value": money, "terms.fund.cost": money}))
        for money in (2.5, 4.0, 13.0, 14.0)
    }
    met = {
        money: [gain(verdict, player) >= least for player, least in NEEDS.values()] for money, verdict in signed.items()
    }
    assert met == {2.5: [True, False], 4.0: [True, True], 13.0: [True, True], 14.0: [False, True]}
    assert [verdict.holds for verdict in signed.values()] == [False, True, True, True]


def test_first_paper_fails_only_by_what_the_recipient_would_do() -> None:
    assert [finding.name for finding in bg.check(OPENING).failures] == ["compliance[Follower]"]


def test_settlement_meets_both_needs_and_what_the_recipient_can_raise() -> None:
    settlement = bg.read_offer(FOLDER / "offer.yaml")
    verdict = bg.check(settlement)
    assert all(gain(verdict, player) >= least for player, least in NEEDS.values())
    raised = int(re.search(r"can raise (\d+) for it", SHEETS["recipient"])[1])
    assert settlement.number("backing.escrow.Follower.amount") <= raised


def test_command_of_the_referee_is_the_settlement() -> None:
    command = re.search(r"bargain check role_play/opening\.yaml(.*?)\n\n", SHEETS["referee"], re.S)[1]
    typed = OPENING.replace(changes(command.replace("\\\n", " ")))
    settlement = bg.check(bg.read_offer(FOLDER / "offer.yaml"))
    verdict = bg.check(typed)
    assert verdict.holds
    assert verdict.payoffs == settlement.payoffs


@pytest.mark.parametrize("face", range(1, 5))
def test_shocks_are_numbers_of_the_papers_and_the_settlement_bears_them(face: int) -> None:
    line = re.search(rf"^  {face}  (\S+=\S+)", SHEETS["referee"], re.M)[1]
    ((path, value),) = changes(f"--set {line}").items()
    assert OPENING.number(path) != value
    assert bg.check(bg.read_offer(FOLDER / "offer.yaml").replace({path: value})).holds


def test_a_step_of_access_is_worth_what_the_sheet_says_and_costs_what_the_page_says() -> None:
    assert "one step of it is worth 1 a year" in " ".join(SHEETS["recipient"].split())
    counter = bg.read_offer(FOLDER / "counter.yaml")
    steps = counter.number("terms.access.power") / 0.05
    assert steps == pytest.approx(12)
    assert counter.number("terms.access.value") == pytest.approx(steps)
    stepped = OPENING.replace({"terms.access.value": 1, "terms.access.power": 0.05})
    lost = gain(bg.check(OPENING), "Leader") - gain(bg.check(stepped), "Leader")
    assert round(lost, 2) == 2.69


@pytest.mark.parametrize("pause", ["pause 0", "pause 3", "pause 9", "pause 12"])
def test_six_months_is_the_safest_pause(pause: str) -> None:
    def risk(asked: str) -> float:
        return float(bg.check(OPENING.replace({"asks.Leader": asked})).risk["after"])

    assert round(risk("pause 6"), 3) == 0.284
    assert risk(pause) > risk("pause 6")
