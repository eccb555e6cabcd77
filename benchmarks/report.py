"""Run the benchmarks and write docs/performance.md: `python benchmarks/report.py`."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
HEAD = """# Performance

Made by `python benchmarks/report.py`; medians, on {cores} cores, Python {python}, numpy {numpy}. Figures on another
machine differ; compare rows within a table, which come from one run. The last column is what a run found, where
that is a number: peers that list fewer equilibria have lost some.
"""


def main() -> None:
    """Run everything under benchmarks/ and write the tables."""
    import os

    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.json"
        command = [sys.executable, "-m", "pytest", "-q", "benchmarks", f"--benchmark-json={results}"]
        subprocess.run(command, cwd=ROOT, check=True)
        data = json.loads(results.read_text(encoding="utf-8"))
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in data["benchmarks"]:
        groups.setdefault(entry["group"], []).append(entry)
    text = HEAD.format(cores=os.cpu_count(), python=platform.python_version(), numpy=np.__version__)
    for group, entries in groups.items():
        text += f"\n## {group[0].upper()}{group[1:]}\n\n| what | median | found |\n|---|---|---|\n"
        for entry in entries:
            found = entry["extra_info"].get("equilibria", "")
            text += f"| {entry['params']['name']} | {duration(entry['stats']['median'])} | {found} |\n"
    (ROOT / "docs/performance.md").write_text(text, encoding="utf-8")


def duration(seconds: float) -> str:
    """Write a duration with two significant digits and a fitting unit."""
    return (
        f"{seconds:.2g} s"
        if seconds >= 1
        else f"{seconds * 1e3:.2g} ms"
        if seconds < 0.1
        else f"{seconds * 1e3:.0f} ms"
    )


if __name__ == "__main__":
    main()
