"""The README: its two commands, and that what it shows is what a stranger sees."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pages

README = pages.ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
COMMANDS = [
    "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e '.[test]'"
    " && .venv/bin/bargain check examples/lead_race/offer.yaml",
    ".venv/bin/python -m pytest -q",
]


def test_two_commands_stand_between_their_marks() -> None:
    between = TEXT.partition("<!-- two commands -->")[2].partition("<!-- end -->")[0]
    assert re.findall(r"^(?:python3|\.venv).*$", between, re.M) == COMMANDS
    assert between.strip() == "\n".join(["```sh", *COMMANDS, "```"])


def test_first_command_prints_what_the_readme_shows() -> None:
    command = COMMANDS[0].rpartition("&& .venv/bin/bargain ")[2]
    shown = next(step for step in pages.steps(README) if step.shown is not None)
    assert shown.command == f"bargain {command}"
    done = subprocess.run(
        [sys.executable, "-m", "bargain", *command.split()],
        cwd=pages.ROOT,
        env={key: value for key, value in os.environ.items() if key != "COLUMNS"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert pages.tidy(done.stdout) == shown.shown


def test_version_is_the_same_everywhere() -> None:
    import bargain

    pyproject = (pages.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    citation = (pages.ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changelog = (pages.ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = bargain.__version__
    assert f'version = "{version}"' in pyproject
    assert f"version: {version}" in citation
    assert re.search(rf"^## \[{re.escape(version)}\]", changelog, re.M)
