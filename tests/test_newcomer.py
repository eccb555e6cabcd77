"""The README's first five minutes: they work as written, and a step that does not is noticed."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

import newcomer
import pages

README = (pages.ROOT / "README.md").read_text(encoding="utf-8")


def test_the_walk_works_as_written(tmp_path):
    folder = tmp_path / "newcomer"
    done = subprocess.run(
        [sys.executable, pages.ROOT / "tests" / "newcomer.py", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    times = re.findall(r"^ *([\d.]+) s  (.*)$", done.stdout, re.M)
    assert [words for _, words in times if words.startswith("bargain")] == [
        command for command, _ in newcomer.commands(newcomer.section(README))
    ]
    assert times[-1][1] == "from an empty folder to a report"
    assert sorted(path.name for path in folder.iterdir()) == ["mine.yaml", "repaired.yaml", "report.html"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# exit 2", "# exit 0", "exit 2 where 0 is stated"),
        ("perhaps 'value' is meant", "perhaps 'cost' is meant", "this was expected"),
        ("`value: 2.0`", "`value: 9.0`", "no such place"),
        ("lead_race -o mine", "lead_rac -o mine", "exit 2 where 0 is stated"),
        ("bargain compare mine.yaml repaired.yaml\n", "", "7 commands and 3 changes are expected"),
        (newcomer.HEADING, "## Something else", "no section"),
    ],
)
def test_a_step_that_does_not_do_what_the_readme_says_is_noticed(old, new, words, tmp_path):
    assert old in README
    with pytest.raises(SystemExit, match=words):
        newcomer.walk(tmp_path, README.replace(old, new, 1) if old != "`value: 2.0`" else README.replace(old, new))
