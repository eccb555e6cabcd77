"""A newcomer's first five minutes, with a clock: the README's section of that name, command by command.

`python tests/newcomer.py [FOLDER]` runs the `bargain` beside this Python in an empty folder, does what the README says,
prints how long each step took, and fails where a step does not do what the README says.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADING = "## Your first five minutes"
BUDGET = 300.0
"""Seconds from the first command to the report."""


class Walk:
    """The steps of a walk in one folder, each timed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.times: list[tuple[str, float]] = []
        beside = Path(sys.executable).parent / "bargain"
        self.program = [str(beside)] if beside.exists() else [sys.executable, "-m", "bargain"]

    def run(self, command: str, exit_code: int) -> str:
        """Run a `bargain` command line; return what it said, both streams."""
        begun = time.perf_counter()
        words = shlex.split(command, comments=True)
        done = subprocess.run(
            [*self.program, *words[1:]], cwd=self.folder, capture_output=True, encoding="utf-8", timeout=BUDGET
        )
        self._told(command, begun)
        said = done.stdout + done.stderr
        if done.returncode != exit_code:
            raise SystemExit(f"{command}: exit {done.returncode} where {exit_code} is stated\n{said}")
        return said

    def edit(self, words: str, change: Callable[[str], str], file: Path) -> None:
        """Change a file as an editor would."""
        begun = time.perf_counter()
        before = file.read_text(encoding="utf-8")
        after = change(before)
        if after == before:
            raise SystemExit(f"{words}: {file.name} has no such place\n{before}")
        file.write_text(after, encoding="utf-8")
        self._told(words, begun)

    def _told(self, words: str, begun: float) -> None:
        self.times.append((words, time.perf_counter() - begun))
        print(f"{self.times[-1][1]:7.1f} s  {words}", flush=True)


def section(text: str, heading: str = HEADING) -> str:
    """Return what stands below a heading."""
    if f"\n{heading}\n" not in text:
        raise SystemExit(f"README.md has no section {heading!r}")
    return re.split(r"\n## ", text.partition(f"\n{heading}\n")[2])[0]


def commands(text: str) -> list[tuple[str, int]]:
    """Return the commands of a section, each with the exit code that is stated behind it (0 unless stated)."""
    found = []
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("bargain "):
                stated = re.search(r"#.*\bexit (\d)", line)
                found.append((line.partition(" #")[0].strip(), int(stated[1]) if stated else 0))
    return found


def edits(text: str) -> list[tuple[str, str]]:
    """Return the edits that a section asks for: "change `OLD` to `NEW`", in its order."""
    return re.findall(r"[Cc]hange\s+`([^`]+)`\s+to\s+`([^`]+)`", text)


def must(said: str, pattern: str) -> None:
    """Stop where something was not said, words folded or not."""
    if not re.search(pattern, " ".join(said.split())):
        raise SystemExit(f"this was expected: {pattern}\nand this was said:\n{said}")


def walk(folder: Path, readme: str) -> list[tuple[str, float]]:
    """Do what the section says, in its order, and return the steps with their seconds."""
    text = section(readme)
    steps, changes = commands(text), edits(text)
    if len(steps) != 7 or len(changes) != 3:
        raise SystemExit(f"README.md: 7 commands and 3 changes are expected, found {steps} and {changes}")
    new, misspelt, fails, repair, holds, report, beside = steps
    bad, good, patience = changes
    way = Walk(folder)
    file = folder / "mine.yaml"

    must(way.run(*new), "Written: mine.yaml")
    way.edit("edit: a key is misspelt", lambda text: text.replace(*bad), file)
    (message,) = re.findall(r"^```text\n(.*?)^```$", text, re.M | re.S)
    must(way.run(*misspelt), f"^{re.escape(' '.join(message.split()))}$")
    way.edit("edit: the key put right", lambda text: text.replace(*good), file)
    way.edit("edit: nobody looks far ahead", lambda text: text.replace(*patience), file)
    must(way.run(*fails), "FAILS in this model .*The cheapest repair: bargain repair mine.yaml")
    must(way.run(*repair), "Cheapest repair, at a cost of .* Written: repaired.yaml")
    must(way.run(*holds), "HOLDS in this model")
    must(way.run(*report), "Written: report.html")
    must((folder / "report.html").read_text(encoding="utf-8"), "<html.*HOLDS in this model")
    must(way.run(*beside), r"Findings that turn: compliance\[Follower\]: fails → holds")
    return way.times


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        times = walk(folder, (ROOT / "README.md").read_text(encoding="utf-8"))
        total = sum(seconds for _, seconds in times)
        print(f"{total:7.1f} s  from an empty folder to a report")
        if total > BUDGET:
            raise SystemExit(f"That is more than {BUDGET:.0f} seconds.")


if __name__ == "__main__":
    main()
