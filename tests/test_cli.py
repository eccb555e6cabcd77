"""The command line: what is printed where, exit codes, and what is imported for it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import bargain as bg
import bargain.cli
import bargain.console
import bargain.descriptions
import bargain.examples_library
from bargain.checks import CHECKS
from bargain.cli import app
from bargain.registry import model_class
from bargain_models import LeadRace, MonitoredAccess
from offers import RACE, table

HEAVY = ("cvxpy", "nashpy", "sympy", "scipy", "matplotlib", "highspy")
UNPAID = ("--set", "terms.fund.value=0", "--set", "terms.fund.cost=0", "--set", "players.Follower.discount=0.5")
FAILS = RACE.replace("value: 6, cost: 6", "value: 0, cost: 0").replace("discount: 0.9", "discount: 0.5")
OPEN = bg.offer_text(
    table(
        {"A": [[2, 0], [0, 1]], "B": [[2, 0], [0, 1]]},
        {"A": ["left", "right"], "B": ["left", "right"]},
        {"A": "left", "B": "left"},
        terms=[{"id": "fund", "cluster": "financial", "from": "A", "to": "B", "value": 1, "cost": 0.8}],
    )
)


@pytest.fixture
def offers(tmp_path, monkeypatch):
    """A folder with an offer that holds, one that fails, one undecided, one with two faults."""
    (tmp_path / "holds.yaml").write_text(RACE, encoding="utf-8")
    (tmp_path / "fails.yaml").write_text(FAILS, encoding="utf-8")
    (tmp_path / "open.yaml").write_text(OPEN, encoding="utf-8")
    faulty = RACE.replace("value: 6", "value: -6").replace("to: Follower", "to: Folower")
    (tmp_path / "bad.yaml").write_text(faulty, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments, **env):
    return CliRunner(env={"COLUMNS": None, "NO_COLOR": None, **env}).invoke(app, list(arguments))


def started(*arguments, cwd=None, code=None, **env):
    """Run in a process of its own."""
    command = [sys.executable, *(("-c", code) if code else ("-m", "bargain")), *arguments]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, env={**os.environ, "COLUMNS": "", **env}, timeout=60, check=False
    )


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


# check


@pytest.mark.parametrize(
    ("file", "code", "word"), [("holds", 0, "✓ HOLDS"), ("fails", 1, "✗ FAILS"), ("open", 3, "? UNDECIDED")]
)
def test_check_prints_the_verdict_and_exits_with_it(offers, file, code, word):
    result = run("check", f"{file}.yaml")
    assert result.exit_code == code
    assert f"{word} in this model" in result.stdout
    assert result.stderr == ""
    assert ("The cheapest repair: bargain repair fails.yaml" in result.stdout) is (file == "fails")


def test_a_verdict_names_every_finding_and_number(offers):
    text = run("check", "holds.yaml").stdout
    verdict = bg.check(bg.read_offer("holds.yaml"))
    flat = " ".join(text.split())
    for finding in verdict.shown:
        assert bargain.descriptions.check_words(finding.check) in flat
    assert "stability" not in flat  # nobody signs anything in a race
    assert {finding.check for finding in verdict.findings} >= {"internal_stability", "external_stability"}
    for shown in ("+27.6908", "+8.2157", "+7.2051", "−18.8545", "13.1890", "0.1781", "0.1871", "0.6667"):
        assert shown in text
    assert "benefit-sharing" in text
    assert "Risk: 0.3932 without the agreement, 0.2838 with it." in text
    assert f"{len(verdict.assumed)} numbers carry no source; bargain sensitivity holds.yaml" in flat
    assert len(text.splitlines()) <= 40


@pytest.mark.parametrize(("columns", "width"), [(None, 100), ("80", 80), ("60", 60)])
def test_lines_keep_to_the_width(offers, columns, width):
    lines = run("check", "fails.yaml", COLUMNS=columns).stdout.splitlines()
    assert width - 12 < max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


def test_colours_come_with_marks_and_go_with_no_color(offers):
    terminal = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    coloured = run("check", "fails.yaml", **terminal).stdout
    assert "\x1b[38;2;213;94;0m✗ fails" in coloured
    assert "38;2;" not in run("check", "fails.yaml", NO_COLOR="1", **terminal).stdout
    assert "\x1b" not in run("check", "fails.yaml").stdout


def test_json_is_the_verdict(offers):
    result = run("check", "fails.yaml", "--json")
    assert result.exit_code == 1
    expected = json.loads(bg.check(bg.read_offer("fails.yaml")).to_json())
    assert json.loads(result.stdout) == expected


def test_csv_has_a_row_a_finding(offers):
    found = rows(run("check", "fails.yaml", "--csv").stdout)
    verdict = bg.check(bg.read_offer("fails.yaml"))
    assert [(row["check"], row["player"], row["status"]) for row in found] == [
        (f.check, f.player or "", f.status) for f in verdict.findings
    ]
    follower = next(row for row in found if (row["check"], row["player"]) == ("compliance", "Follower"))
    assert float(follower["margin"]) == verdict.finding("compliance", "Follower").margin
    assert (follower["deviation"], follower["state"]) == ("race", "always")


def test_many_files_one_line_each_and_the_worst_code(offers):
    result = run("check", "holds.yaml", "open.yaml")
    assert result.exit_code == 3
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [["✓", "holds"], ["?", "undecided"]]
    assert run("check", "open.yaml", "fails.yaml", "holds.yaml").exit_code == 1
    assert run("check", "holds.yaml", "holds.yaml").exit_code == 0


def test_a_bad_document_among_many_is_reported_and_the_rest_checked(offers):
    result = run("check", "fails.yaml", "bad.yaml", "missing.yaml", "holds.yaml")
    assert result.exit_code == 2
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["fails", "unreadable", "unreadable", "holds"]
    assert "2 faults" in result.stdout
    assert "bad.yaml:11:54: terms.fund.to" in result.stderr
    assert "missing.yaml: there is no such file." in result.stderr


def test_json_of_many_files_lists_faults_too(offers):
    result = run("check", "fails.yaml", "bad.yaml", "--json")
    assert result.exit_code == 2
    fails, bad = json.loads(result.stdout)
    assert fails == {"file": "fails.yaml", **json.loads(bg.check(bg.read_offer("fails.yaml")).to_json())}
    assert bad["file"] == "bad.yaml"
    assert [fault["where"] for fault in bad["faults"]] == ["terms.fund.to", "terms.fund.value"]
    assert [fault["line"] for fault in bad["faults"]] == [11, 11]


def test_csv_of_many_files_names_the_file(offers):
    found = rows(run("check", "fails.yaml", "holds.yaml", "--csv").stdout)
    assert {row["file"] for row in found} == {"fails.yaml", "holds.yaml"}


def test_a_failing_offer_is_told_whether_amounts_mend_it(offers):
    assert "Other amounts mend it, at a cost of 2.83758 USD bn per year." in run("check", "fails.yaml").stdout
    weak = ("--set", "players.Follower.discount=0", "--set", "players.Leader.discount=0")
    text = " ".join(run("check", "fails.yaml", *weak, "--set", "limits.dominance=0.5").stdout.split())
    assert "No other amounts mend it; which requirements stand in the way: bargain repair fails.yaml" in text
    folder = bargain.examples_library.examples()
    ten = next(example for example in folder if example.name == "ten_countries")
    many = " ".join(run("check", str(ten.documents[0])).stdout.split())
    assert "Do other amounts mend it, and which are the cheapest? bargain repair" in many


def test_the_next_command_can_be_pasted(offers):
    (offers / "my offer.yaml").write_text(RACE, encoding="utf-8")
    text = " ".join(run("check", "my offer.yaml", *UNPAID).stdout.split())
    settings = " ".join(UNPAID)
    assert text.endswith(f"The cheapest repair: bargain repair 'my offer.yaml' {settings}")


# --set


def test_set_changes_the_offer_first(offers):
    assert run("check", "holds.yaml", *UNPAID).exit_code == 1
    found = json.loads(run("check", "holds.yaml", "--set", "asks.Leader=pause 3", "--json").stdout)
    expected = bg.check(bg.read_offer("holds.yaml").replace({"asks.Leader": "pause 3"}))
    assert found["findings"] == json.loads(expected.to_json())["findings"]


def test_set_takes_lists_and_ranges_and_quoted_texts(offers):
    arguments = ("--set", "parameters.pauses=[0, 6]", "--set", "parameters.prize={low: 90, mode: 95, high: 120}")
    shown = json.loads(run("show", "holds.yaml", *arguments, "--set", "title='a: b'", "--json").stdout)
    assert shown["document"]["parameters"] == {"prize": {"low": 90, "mode": 95, "high": 120}, "pauses": [0, 6]}
    assert shown["document"]["title"] == "a: b"


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("terms.fnd.value=3", "'terms.fund.value' is meant"),
        ("terms.fund.value=-3", "-3 is negative"),
        ("terms.fund.value=many", "terms.fund.value"),
        ("asks.Follower=rase", "race"),
        ("terms.fund.value", "write PATH=VALUE"),
        ("=3", "write PATH=VALUE"),
        ("parameters.pauses=[1, 2", "[1, 2: this is not YAML"),
    ],
)
def test_bad_settings_are_told_and_exit_with_2(offers, setting, words):
    result = run("check", "holds.yaml", "--set", setting)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert result.stdout == ""


# The other commands


def test_explain_prints_the_working(offers):
    result = run("explain", "fails.yaml")
    assert result.exit_code == 1
    assert result.stdout == f"{bg.explain(bg.read_offer('fails.yaml'))}\n"
    found = json.loads(run("explain", "fails.yaml", "--json").stdout)
    assert found == json.loads(json.dumps(bg.explain(bg.read_offer("fails.yaml")).to_dict()))


def test_repair_writes_an_offer_that_holds(offers):
    before = Path("fails.yaml").read_text(encoding="utf-8")
    result = run("repair", "fails.yaml", "-o", "mended.yaml", "--margin", "0.5")
    assert result.exit_code == 0
    assert "Cheapest repair" in result.stdout
    assert result.stderr == "Written: mended.yaml\n"
    assert Path("fails.yaml").read_text(encoding="utf-8") == before
    verdict = bg.check(bg.read_offer("mended.yaml"))
    assert verdict.holds
    assert verdict.finding("compliance", "Follower").margin >= 0.5 - 1e-6
    assert [path.name for path in offers.iterdir() if path.name.startswith(".")] == []


def test_repair_overwrites_its_input_only_where_named(offers):
    assert run("repair", "fails.yaml").exit_code == 0
    assert bg.check(bg.read_offer("fails.yaml")).holds is False
    assert run("repair", "fails.yaml", "-o", "fails.yaml").exit_code == 0
    assert bg.check(bg.read_offer("fails.yaml")).holds is True


def test_an_offer_beyond_repair_exits_with_1_and_writes_nothing(offers):
    result = run("repair", "fails.yaml", "--set", "limits.dominance=0.5", "-o", "out.yaml")
    assert result.exit_code == 1
    assert "dominance" in result.stdout
    assert not Path("out.yaml").exists()
    assert (
        json.loads(run("repair", "fails.yaml", "--set", "limits.dominance=0.5", "--json").stdout)["status"]
        == "impossible"
    )


def test_design_frees_what_is_named(offers):
    result = run(
        "design", "fails.yaml", "--free", "terms.fund.value", "--maximise", "margin", "--json", "-o", "best.yaml"
    )
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    best = bg.design(bg.read_offer("fails.yaml"), free=["terms.fund.value"], maximise="margin")
    assert found["changes"] == best.to_dict()["changes"]
    assert bg.check(bg.read_offer("best.yaml")).holds
    cheapest = json.loads(run("design", "fails.yaml", "--minimise", "cost", "--json").stdout)
    assert cheapest["cost"] < found["cost"]


def test_design_chooses_a_schedule(tmp_path, monkeypatch):
    """A fund that runs out loses the follower in the third period; the shares chosen keep everyone, in the file too."""
    example = Path(__file__).parents[1] / "examples" / "lead_race" / "runs_out.yaml"
    monkeypatch.chdir(tmp_path)
    result = run("design", str(example), "--schedule", "4", "--json", "-o", "kept.yaml")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    best = bg.design(bg.read_offer(example), schedule=4)
    assert found["changes"] == best.to_dict()["changes"]
    assert {change["path"].rpartition(".")[0] for change in found["changes"]} == {"terms.fund.schedule"}
    assert bg.check(bg.read_offer(example)).holds is False
    kept = bg.read_offer("kept.yaml")
    assert kept == best.offer
    assert bg.check(kept).holds
    cut = json.loads(run("design", str(example), "--schedule", "2", "--maximise", "margin", "--json").stdout)
    assert cut["least_margin"] > found["least_margin"]
    refused = run("design", str(example), "--schedule", "3", "--free", "backing.escrow.Leader.amount")
    assert refused.exit_code == 2
    assert "No freed term can be given a schedule" in " ".join(refused.stderr.split())


def test_frontier_prints_words_json_and_csv(offers):
    frontier = bg.credibility_frontier(bg.read_offer("holds.yaml"), "fund")
    assert " ".join(run("frontier", "holds.yaml", "fund").stdout.split()) == " ".join(str(frontier).split())
    assert json.loads(run("frontier", "holds.yaml", "fund", "--json").stdout) == frontier.to_dict()
    found = rows(run("frontier", "holds.yaml", "fund", "--csv").stdout)
    assert [float(row["amount"]) for row in found] == frontier.amounts.tolist()


def test_sensitivity_prints_words_json_and_csv(offers, monkeypatch):
    turns = bg.sensitivity(bg.read_offer("open.yaml"))
    monkeypatch.setattr(bg, "sensitivity", lambda offer, progress: turns, raising=False)
    shown = run("sensitivity", "open.yaml").stdout
    assert " ".join(shown.split()) == " ".join(str(turns).split())
    assert json.loads(run("sensitivity", "open.yaml", "--json").stdout) == json.loads(json.dumps(turns.to_dict()))
    assert len(rows(run("sensitivity", "open.yaml", "--csv").stdout)) == len(turns.to_rows())


def test_models_are_listed(offers):
    listed = rows(run("models", "--csv").stdout)
    assert tuple(row["model"] for row in listed) == bg.models()
    assert json.loads(run("models", "--json").stdout) == listed
    assert all(name in run("models").stdout for name in bg.models())


@pytest.mark.parametrize("name", bg.models())
def test_show_describes_each_model(name):
    result = run("show", name)
    assert result.exit_code == 0
    flat = " ".join(result.stdout.split())
    facts = json.loads(run("show", name, "--json").stdout)
    for text in (facts["question"], facts["limits"], facts["citation"], *facts["roles"]):
        assert " ".join(text.split()) in flat
    for each in facts["parameters"]:
        assert each["name"] in flat
        assert each["meaning"] in flat
        assert each["source"]
    assert not set("{}\\").intersection(result.stdout)
    checks = flat.partition(" Checks: ")[2]
    assert all(f"({check.name})" in checks for check in CHECKS)
    assert all(f" {formula} = " in flat for formula in facts["formulas"])


@pytest.mark.parametrize("name", bg.models())
def test_a_model_keeps_to_the_width_it_is_told_in(name):
    told = {width: bargain.descriptions.model_words(model_class(name), width=width) for width in (60, 80, 100)}
    for width, text in told.items():
        assert max(map(len, text.splitlines())) <= width
        assert "".join(text.split()) == "".join(told[100].split())


def test_show_keeps_to_the_width_of_the_terminal():
    for columns, most in (("70", 70), ("130", 100), (None, 100)):
        shown = run("show", "lead_race", COLUMNS=columns).stdout
        assert most - 10 < max(map(len, shown.splitlines())) <= most


def test_show_writes_plain_letters_where_the_terminal_has_no_others():
    shown = " ".join(started("show", "lead_race", PYTHONIOENCODING="latin-1").stdout.decode("latin-1").split())
    assert "L = Lambda ln(k_L / b)" in shown
    assert "?" not in shown.partition("race?")[2]


@pytest.mark.parametrize("name", bg.models())
def test_show_names_the_worked_examples_on_a_model(name):
    documents = [
        (path, bg.read_offer(path)) for path in sorted((Path(__file__).parents[1] / "examples").glob("*/*.yaml"))
    ]
    expected = [
        f"{path.parent.name}/{path.stem}"
        for path, offer in documents
        if name in ([issue.model for issue in offer.issues] or [offer.model])
    ]
    assert json.loads(run("show", name, "--json").stdout)["examples"] == expected
    flat = " ".join(run("show", name).stdout.split())
    assert flat.endswith(f"Worked examples: {', '.join(expected) or 'none'}")


def test_show_tells_a_worked_example_by_name(offers):
    shown = run("show", "lead_race/unpaid")
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Restraint asked for, nothing paid\n")
    assert run("show", "your_own_game").stdout.startswith("Sharing incident reports\n")


def test_shortened_formulas_are_the_formulas():
    import sympy

    formulas = LeadRace.thresholds()
    short = bargain.descriptions.short_formulas(formulas)
    symbols = {symbol.name: symbol for formula in formulas.values() for symbol in formula.free_symbols}
    numbers = {symbol: sympy.Rational(3 + i, 7 + 2 * i) for i, symbol in enumerate(symbols.values())}
    known = dict(symbols)
    for name, text in short.items():
        value = sympy.sympify(text, locals=known)
        known[name] = value
        if name in formulas:
            assert float(value.subs(numbers)) == pytest.approx(float(formulas[name].subs(numbers)), rel=1e-9)
    assert max(map(len, short.values())) < 300 < max(len(str(formula)) for formula in formulas.values())
    assert (
        bargain.descriptions.short_formulas(MonitoredAccess.thresholds()).keys() == MonitoredAccess.thresholds().keys()
    )


def test_show_tells_an_offer_in_words(offers):
    text = " ".join(run("show", "holds.yaml").stdout.split())
    assert "Leader gives Follower fund (financial), each period, in return for refrain" in text
    assert "worth 6 USD bn per year to Follower; costs Leader 6 USD bn per year" in text
    assert "a breach by Follower is seen with probability 1" in text
    assert "no share of power exceeds 0.8" in text


def test_every_kind_of_backing_and_timing_has_words(offers):
    extra = """\
  - {id: chips, cluster: frontier_ai, from: Leader, to: Follower, power: 0.5, timing: upfront}
  - {id: seat, cluster: seat_at_table, from: Leader, to: Follower, weight: 3, timing: windfall}
backing:
  - {kind: guarantee, of: Leader, probability: 0.3}
  - {kind: reputation, of: Leader, amount: 2}
"""
    limits = """\
hazard: 0.2
governance: {quota: 60, weights: {Leader: 60, Follower: 58}}
limits: {risk: not_worse, provider_margin: 1, """
    document = RACE.replace("backing:\n", extra).replace("limits: {", limits)
    Path("all.yaml").write_text(document.replace("sources: []", "sources: [a report]"), encoding="utf-8")
    result = run("show", "all.yaml")
    assert result.stderr == ""
    text = " ".join(result.stdout.split())
    for words in (
        "once, in advance, kept whatever follows",
        "from the one after the windfall arrives",
        "adds 0.5 to Follower's capability",
        "adds 3 votes",
        "makes Leader's promises good with probability 0.3",
        "a breach that is seen costs Leader 2 elsewhere",
        "arrives with probability 0.2 a period",
        "the risk does not rise",
        "whoever pays gains at least 1",
        "Source: a report",
    ):
        assert words in text
    verdict = " ".join(run("check", "all.yaml").stdout.split())
    assert "Voting power: Leader 1.000 → 0.500, Follower 0.000 → 0.500." in verdict
    assert "power-sharing" in verdict


def test_schema_is_json(offers):
    assert json.loads(run("schema").stdout) == bg.offer_schema()


def test_version_and_help():
    assert run("--version").stdout == f"bargain {bg.__version__}\n"
    text = run("--help").stdout
    for command in (
        "check",
        "explain",
        "sensitivity",
        "repair",
        "design",
        "frontier",
        "models",
        "show",
        "schema",
        "examples",
        "compare",
        "new",
    ):
        assert f"\n  {command} " in text
    assert run("check", "--help").exit_code == 0
    assert started("--help").stdout.decode().startswith("Usage: bargain [OPTIONS] COMMAND")


# Completion


def completed(*words, shell="bash"):
    """What the shell is offered for the last of some words."""
    line = " ".join(("bargain", *words))
    env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), "_TYPER_COMPLETE_ARGS": line}
    return started(_BARGAIN_COMPLETE=f"complete_{shell}", **env).stdout.decode().split()


def test_commands_and_options_are_completed():
    assert completed("co") == ["compare"]
    assert completed("new", "o") == ["offer"]
    assert completed("check", "--js") == ["--json"]


def test_models_examples_and_documents_are_completed(offers, monkeypatch):
    assert completed("new", "offer", "--model", "power") == ["power_transition"]
    assert completed("examples", "--copy", "lead") == ["lead_race"]
    assert completed("show", "lead_race") == [
        "lead_race",
        *(
            f"lead_race/{path.stem}"
            for path in sorted((Path(__file__).parents[1] / "examples" / "lead_race").glob("*.yaml"))
        ),
    ]
    (offers / "notes.txt").write_text("", encoding="utf-8")
    (offers / ".hidden").mkdir()
    (offers / "more").mkdir()
    (offers / "more" / "deep.yml").write_text("", encoding="utf-8")
    assert completed("check", "") == ["more/", "bad.yaml", "fails.yaml", "holds.yaml", "open.yaml"]
    assert completed("check", "more/") == ["more/deep.yml"]
    assert completed("check", "holds.yaml", "fa") == ["fails.yaml"]
    assert completed("compare", "holds.yaml", "h") == ["holds.yaml"]
    assert completed("check", "nowhere/") == []
    assert "holds.yaml" in " ".join(completed("check", "ho", shell="zsh"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_is_shown(shell):
    code = "from bargain.cli import main; main()"
    env = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    shown = started("--show-completion", shell, code=code, **env)
    assert shown.returncode == 0
    assert "_BARGAIN_COMPLETE=complete_" + shell in shown.stdout.decode()


# Examples


@pytest.fixture
def library(tmp_path, monkeypatch):
    folder = tmp_path / "library"
    (folder / "race").mkdir(parents=True)
    (folder / "race" / "README.md").write_text("# A race\n\nWords.\n", encoding="utf-8")
    (folder / "race" / "offer.yaml").write_text(RACE, encoding="utf-8")
    (folder / "race" / "unpaid.yaml").write_text(re.sub("title:.*\n", "", FAILS), encoding="utf-8")
    (folder / "notes").mkdir()
    monkeypatch.setattr(bargain.examples_library, "examples_folder", lambda: folder)
    return folder


def test_examples_are_listed_with_their_verdicts(library):
    listed = rows(run("examples", "--csv").stdout)
    assert [(row["example"], row["verdict"], row["title"]) for row in listed] == [
        ("race/offer.yaml", "holds", "Paying for restraint in a race with a lead"),
        ("race/unpaid.yaml", "fails", "A race"),
    ]
    assert "race/unpaid.yaml" in run("examples").stdout


def test_an_example_is_copied_whole(library, tmp_path):
    target = tmp_path / "mine"
    result = run("examples", "--copy", "race", "--to", str(target))
    assert (result.exit_code, result.stdout) == (0, f"{target / 'race'}\n")
    assert sorted(path.name for path in (target / "race").iterdir()) == ["README.md", "offer.yaml", "unpaid.yaml"]
    assert [path.name for path in target.iterdir()] == ["race"]
    again = run("examples", "--copy", "race", "--to", str(target))
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    unknown = run("examples", "--copy", "rice", "--to", str(target))
    assert unknown.exit_code == 2
    assert "There are: race." in unknown.stderr


def test_the_repository_has_examples():
    folder = bargain.examples_library.examples_folder()
    assert folder is not None
    assert list(folder.glob("*/offer.yaml"))


# What goes wrong


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chek", "holds.yaml"], "No such command"),
        (["check"], "Missing argument"),
        (["check", "holds.yaml", "--jsn"], "--jsn"),
        (["check", "holds.yaml", "--json", "--csv"], "exclude each other"),
        (["check", "holds.yaml", "bad.yaml", "--json", "--csv"], "exclude each other"),
        (["check", "bad.yaml"], "Folower"),
        (["explain", "missing.yaml"], "no such file"),
        (["show", "lead_rac"], "Installed models: ai_divide"),
        (["show", "lead_race", "--set", "prize=3"], "a model has nothing to set"),
        (["design", "holds.yaml", "--minimise", "welfare"], "welfare"),
        (["design", "holds.yaml", "--minimise", "cost", "--maximise", "margin"], "exclude each other"),
        (["design", "holds.yaml", "--free", "terms.fond.value"], "terms.fond.value"),
        (["design", "holds.yaml", "--schedule", "0"], "a number of periods from 1 to"),
        (["design", "holds.yaml", "--schedule", "2.5"], "--schedule"),
        (["repair", "holds.yaml", "--margin", "-1"], "at least 0"),
        (["repair", "holds.yaml", "--margin", "nan"], "finite"),
        (["repair", "fails.yaml", "-o", "nowhere/out.yaml"], "nowhere"),
        (["frontier", "holds.yaml", "found"], "found"),
    ],
)
def test_errors_are_sentences_on_stderr_with_code_2(offers, arguments, words):
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_an_interruption_is_told(offers, monkeypatch):
    def interrupted(offer):
        raise KeyboardInterrupt

    monkeypatch.setattr(bg, "check", interrupted, raising=False)
    result = run("check", "holds.yaml")
    assert (result.exit_code, result.stderr) == (2, "Stopped before it was finished.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("arguments", [["models"], ["--help"]])
def test_output_that_cannot_be_written_is_told(arguments):
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "bargain", *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert result.returncode == 2
    assert result.stderr.decode().splitlines() == ["The output cannot be written: No space left on device."]


def test_a_closed_pipe_is_told():
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        [sys.executable, "-m", "bargain", "schema"], stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert result.returncode == 2
    assert result.stderr.decode() == "The output was closed before all of it was written.\n"


def test_a_stream_without_the_marks_gets_plain_ones(offers):
    result = started("check", "fails.yaml", "--set", "title=Zürich", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (1, b"")
    text = result.stdout.decode("ascii")
    assert "x FAILS in this model" in text
    assert "+ holds" in text
    assert "-18.8545" in text
    assert text.startswith("Z?rich")
    data = started("check", "fails.yaml", "--set", "title=Zürich", "--json", PYTHONIOENCODING="ascii")
    assert json.loads(data.stdout)["title"] == "Zürich"


def test_documents_cannot_drive_the_terminal(offers):
    title = '"\\e[31mred\\e]0;x\\a"'
    Path("odd.yaml").write_text(RACE.replace("Paying for restraint in a race with a lead", title), encoding="utf-8")
    terminal = {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm-256color"}
    for command in ("check", "explain", "show"):
        text = run(command, "odd.yaml", **terminal).stdout
        assert "[31mred]0;x" in text
        assert not {"\x1b[31m", "\x1b]", "\x07"} & {text[i : i + n] for i in range(len(text)) for n in (1, 2, 5)}


# Imports


def loaded(code):
    found = started(code=f"import sys\n{code}\nprint('\\n'.join(sys.modules))")
    return {name.partition(".")[0] for name in found.stdout.decode().split()}


def test_help_imports_nothing_heavy():
    code = "from bargain.cli import app\ntry:\n    app(['--help'])\nexcept SystemExit:\n    pass"
    modules = loaded(code)
    assert "typer" in modules
    assert not modules & {*HEAVY, "numpy", "pydantic", "rich", "ruamel"}


def test_import_bargain_imports_nothing_but_itself():
    modules = loaded("import bargain")
    assert "bargain" in modules
    assert not modules & {*HEAVY, "numpy", "pydantic", "rich", "typer", "ruamel"}


def test_aligned_numbers():
    assert bargain.console.aligned([1234567.8, -2.0]) == ["1234568", "−2"]
    assert bargain.console.aligned([0.5, None, 0.0]) == ["0.50000", "unknown", "0.00000"]
    assert bargain.console.aligned([]) == []


def test_a_file_that_cannot_be_written_is_named(offers):
    for option in ("--html", "--figure"):
        result = run("check", "holds.yaml", option, "nowhere/out.svg")
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1] == "nowhere/out.svg cannot be written: No such file or directory."


def test_enormous_numbers_keep_the_table_narrow(offers):
    lines = run("check", "holds.yaml", "--set", "terms.fund.value=1e300").stdout.splitlines()
    assert any("+1e+300" in line for line in lines)
    assert max(map(len, lines)) <= 100
    assert any(line.startswith("✓ holds  ") for line in lines)


def test_tables_break_no_name_on_a_narrow_terminal(offers):
    text = run("check", "fails.yaml", COLUMNS="60").stdout
    payoffs = text.partition("Payoffs a period")[2].splitlines()
    names = [line.split()[0] for line in payoffs[3:5]]
    assert names == list(bg.read_offer("fails.yaml").players)
    listed = run("examples", COLUMNS="60").stdout.splitlines()
    assert any(line.split()[0] == "balance_of_power/balanced.yaml" for line in listed if line.strip())


@pytest.mark.parametrize(
    "command", [["show", "lead_race"], ["explain", "fails.yaml"], ["compare", "fails.yaml", "holds.yaml"]]
)
def test_words_keep_to_the_terminal(offers, command):
    lines = run(*command, COLUMNS="60").stdout.splitlines()
    assert 50 < max(len(line) for line in lines if " " in line.strip()) <= 60
