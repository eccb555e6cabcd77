"""What a person waits for: the shell commands and the import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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


@pytest.mark.benchmark(group="start-up, whole processes")
@pytest.mark.parametrize("name", COMMANDS)
def test_start_up(benchmark: Any, name: str) -> None:
    def run() -> None:
        done = subprocess.run(COMMANDS[name], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    benchmark.pedantic(run, rounds=5, warmup_rounds=1)
