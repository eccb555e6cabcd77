"""What a person waits for: the shell commands and the import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from measure import Row, Section

ROOT = Path(__file__).parents[1]
BARGAIN = Path(sys.executable).with_name("bargain")
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "import bargain": [sys.executable, "-c", "import bargain"],
    "import nashpy": [sys.executable, "-c", "import nashpy"],
    "bargain --help": [str(BARGAIN), "--help"],
    "bargain check lead_race/offer.yaml": [str(BARGAIN), "check", "examples/lead_race/offer.yaml"],
    "bargain explain lead_race/offer.yaml": [str(BARGAIN), "explain", "examples/lead_race/offer.yaml"],
    "bargain repair lead_race/unpaid.yaml": [str(BARGAIN), "repair", "examples/lead_race/unpaid.yaml"],
}


def whole_process(command: list[str]) -> Row:
    def run() -> None:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    return Row(lambda _: run)


SECTIONS = [
    Section(
        "Start-up, whole processes", {name: whole_process(command) for name, command in COMMANDS.items()}, base=None
    )
]
