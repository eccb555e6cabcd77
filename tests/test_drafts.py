"""Drafts: an offer on every model that checks as it stands, and a package with a model that installs and works."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import bargain as bg
import pages
from bargain.cli import app
from bargain.registry import model_class

ON_OFFER = [name for name in bg.models() if model_class(name).takes_asks()]
HOW_TO = pages.ROOT / "docs" / "how-to" / "write-your-own-model.md"


def run(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.mark.parametrize("name", ON_OFFER)
def test_a_draft_checks_as_it_stands(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = run("new", "offer", "--model", name, "-o", "mine.yaml")
    assert (written.exit_code, written.stdout, written.stderr) == (0, "", "Written: mine.yaml\n")
    assert run("check", "mine.yaml").exit_code in (0, 1, 3)
    assert run("new", "offer", "--model", name).stdout == Path("mine.yaml").read_text(encoding="utf-8")
    offer = bg.read_offer("mine.yaml")
    cls = model_class(name)
    text = Path("mine.yaml").read_text(encoding="utf-8")
    for key in cls.parameter_names():
        assert re.search(rf"^[# ]+{key}:", text, re.M), key
    for field in cls.parameter_fields().values():
        assert field.description in text
    assert len(offer.terms) == 1
    assert {part.kind for part in offer.backing} == {"monitoring", "escrow"}
    assert max(len(line.partition("#")[0].rstrip()) for line in text.splitlines()) <= 120


@pytest.mark.parametrize("name", [name for name in ON_OFFER if not model_class(name).sample])
def test_what_stands_in_comments_is_what_holds_anyway(name):
    """Every # of the parameters taken away, the verdict is the same to the last digit."""
    draft = bg.draft_offer(name)
    head, mark, rest = draft.partition("# parameters:\n")
    assert mark or not model_class(name).parameter_names()
    keys = "|".join(model_class(name).parameter_names())
    stated = re.sub(rf"^# (?= +(?:{keys}): *[^ #])", "", rest, flags=re.M)
    offer = bg.parse_offer(f"{head}parameters:\n{stated}" if mark else draft)
    given = {key for key, value in offer.build_model().parameters().items() if value not in (None, ())}
    assert set(offer.parameters) == given
    plain, full = bg.check(bg.parse_offer(draft)), bg.check(offer)
    assert [(f.name, f.status, f.margin) for f in plain.findings] == [
        (f.name, f.status, f.margin) for f in full.findings
    ]


@pytest.mark.parametrize("name", ON_OFFER)
def test_the_disagreement_of_a_draft_is_an_equilibrium(name):
    draft = bg.draft_offer(name)
    offer = bg.parse_offer(re.sub("^# (?=disagreement)", "", draft, flags=re.M))
    model = offer.build_model()
    game = model.normal_form([player.capability for player in offer.players.values()])
    found = bg.pure_equilibria(game)
    if not found:
        assert not offer.disagreement
        return
    profile = [own.index(offer.disagreement[player]) for player, own in zip(game.players, game.actions, strict=True)]
    assert bg.regret(game, profile) == 0
    assert tuple(profile) in found
    assert ("\ndisagreement:" in draft) == (len(found) > 1)


@pytest.mark.parametrize("name", [name for name in ON_OFFER if not model_class(name).signs])
def test_what_a_draft_asks_is_best_for_all_together(name):
    offer = bg.parse_offer(bg.draft_offer(name))
    game = offer.build_model().normal_form()
    asked = tuple(own.index(offer.asks[player]) for player, own in zip(game.players, game.actions, strict=True))
    welfare = game.payoffs.sum(axis=0)
    assert welfare[asked] == welfare.max()


def test_a_term_of_a_draft_is_a_twentieth_of_what_is_at_stake():
    payoffs = model_class("lead_race")().normal_form().payoffs[1]
    value = bg.parse_offer(bg.draft_offer("lead_race")).number("terms.payment.value")
    assert value == pytest.approx(np.ptp(payoffs) / 20, rel=0.5)
    assert len(f"{value:g}".strip("0.")) == 1


def test_nothing_is_overwritten_without_being_told(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("mine", encoding="utf-8")
    refused = run("new", "offer", "--model", "table", "-o", file)
    assert refused.exit_code == 2
    assert "exists already" in refused.stderr
    assert file.read_text(encoding="utf-8") == "mine"
    assert run("new", "offer", "--model", "table", "-o", file, "--force").exit_code == 0
    assert bg.read_offer(file).model == "table"


def test_a_model_without_actions_gets_no_draft(monkeypatch):
    monkeypatch.setattr(model_class("lead_race"), "takes_asks", classmethod(lambda cls: False))
    result = run("new", "offer", "--model", "lead_race")
    assert result.exit_code == 2
    assert "no actions that an offer could ask for" in result.stderr


def test_an_unknown_model_is_told():
    result = run("new", "offer", "--model", "lead_rac")
    assert result.exit_code == 2
    assert f"Installed models: {', '.join(bg.models())}." in result.stderr


def test_a_model_that_cannot_be_built_is_told(monkeypatch):
    monkeypatch.setattr(model_class("table"), "sample", {})
    with pytest.raises(bg.BargainError, match="cannot be built from its defaults"):
        bg.draft_offer("table")


# A model of one's own


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Arms", "is no name of a model"),
        ("1st", "is no name of a model"),
        ("class", "is no name of a model"),
        ("../out", "is no name of a model"),
        ("lead_race", "installed already"),
        ("numpy", "Python has a module"),
    ],
)
def test_names_that_will_not_do(name, words, tmp_path):
    result = run("new", "model", name, "--to", tmp_path)
    assert result.exit_code == 2
    assert words in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_package_is_not_written_over(tmp_path):
    assert run("new", "model", "arms_talks", "--to", tmp_path).stdout == f"{tmp_path / 'arms_talks'}\n"
    again = run("new", "model", "arms_talks", "--to", tmp_path)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["arms_talks"]


def can_build() -> bool:
    """Whether pip and a setuptools that builds wheels by itself are here."""
    try:
        newest = importlib.metadata.version("setuptools").split(".")
        importlib.metadata.version("pip")
    except importlib.metadata.PackageNotFoundError:
        return False
    return (int(newest[0]), int(newest[1])) >= (70, 1)


def install(package: Path, target: Path) -> None:
    """Install with pip; where it cannot build offline, write what it would: the module and its entry points."""
    if can_build():
        command = ["pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--target", target]
        subprocess.run([sys.executable, "-m", *map(str, command), str(package)], check=True, timeout=300)
        return
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = target / f"{project['name']}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    (about / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in points.items())
            for group, points in project["entry-points"].items()
        )
    )
    (target / f"{project['name']}.py").write_bytes((package / f"{project['name']}.py").read_bytes())


def started(*arguments, target, cwd):
    """Run Python with what is installed in a folder, from elsewhere."""
    env = {**os.environ, "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


def model_of_the_how_to() -> str:
    return next(block.body for block in pages.blocks(HOW_TO, "python") if "class ArmsTalks" in block.body)


@pytest.mark.parametrize("source", ["template", "how-to"])
def test_a_model_of_ones_own_installs_and_checks_an_offer(source, tmp_path):
    package = bg.draft_model("arms_talks", tmp_path / "made")
    if source == "how-to":
        (package / "arms_talks.py").write_text(model_of_the_how_to(), encoding="utf-8")
    target, place = tmp_path / "installed", tmp_path / "elsewhere"
    place.mkdir()
    install(package, target)
    assert "arms_talks" in started("-m", "bargain", "models", target=target, cwd=place).stdout
    made = started("-m", "bargain", "new", "offer", "--model", "arms_talks", "-o", "a.yaml", target=target, cwd=place)
    assert made.returncode == 0, made.stderr
    checked = started("-m", "bargain", "check", "a.yaml", target=target, cwd=place)
    assert checked.returncode in (0, 1, 3), checked.stderr
    assert "in this model (arms_talks)" in checked.stdout
    if source == "how-to":
        assert checked.returncode == 1
        settings = re.findall(r"--set (\S+)", HOW_TO.read_text(encoding="utf-8"))
        turned = [word for setting in settings for word in ("--set", setting)]
        held = started("-m", "bargain", "check", "a.yaml", *turned, target=target, cwd=place)
        assert len(settings) == 4
        assert held.returncode == 0, held.stdout
    if source == "template":
        tested = started(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", package / "test_arms_talks.py", target=target, cwd=place
        )
        assert tested.returncode == 0, tested.stdout
        assert "3 passed" in tested.stdout


def test_a_package_is_clean(tmp_path):
    package = bg.draft_model("arms_talks", tmp_path)
    texts = {path.name: path.read_text(encoding="utf-8") for path in package.iterdir()}
    assert set(texts) == {"README.md", "arms_talks.py", "pyproject.toml", "test_arms_talks.py"}
    assert not any("$" in text or "NAME" in text for text in texts.values())
    project = tomllib.loads(texts["pyproject.toml"])["project"]
    assert project["entry-points"]["bargain.models"] == {"arms_talks": "arms_talks:ArmsTalks"}
    assert max(len(line) for text in texts.values() for line in text.splitlines()) <= 120
