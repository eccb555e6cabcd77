"""What a benchmark is: a section with rows to time at several sizes, and how it becomes a table."""

from __future__ import annotations

import math
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Job = Callable[[], Any]
REPORT = Path(__file__).with_name("report.py")
BUDGET = 2.0
"""Seconds spent on one cell once it has run; what takes longer runs once more."""
LEAST, MOST = 0.3, 200
"""Seconds spent on a cell at least, and runs at most for that: what is quick is so only after some dozens of runs."""


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes
    ----------
    prepare : function of the size
        What need not be timed, such as making the game; returns the job to time.
    largest : int
        The largest size at which it is run.
    needs : name of the package without which the row is left out
    peak : whether to tell the peak memory of a process of its own at the largest size
    """

    prepare: Callable[[int], Job]
    largest: int = sys.maxsize
    needs: str | None = None
    peak: bool = False


@dataclass(frozen=True)
class Section:
    """A table of `docs/performance.md`.

    Attributes
    ----------
    title : str
    rows : Row by name
    sizes : Sequence[int]
        One column each; a single size is shown as one column "median".
    size : str
        What the sizes count, e.g. "players".
    base : str
        The row that the others are compared with, in brackets.
    floor : str
        The row that no other can go below, with which the base is compared.
    counts : bool
        Whether jobs return how many answers they found, or words about them, to be shown beside the time.
    note : str
    """

    title: str
    rows: Mapping[str, Row]
    sizes: Sequence[int] = (0,)
    size: str = ""
    base: str | None = "bargain"
    floor: str | None = None
    counts: bool = False
    note: str = ""


def table(section: Section) -> str:
    """Measure a section and write it as Markdown."""
    measured = {name: measure(row, section.sizes) for name, row in section.rows.items()}
    against = dict.fromkeys(measured, section.base) | {section.floor: None, section.base: section.floor}
    grows, peaks = len(section.sizes) > 2, any(row.peak for row in section.rows.values())
    one = re.sub(r"^(\w+)s\b", r"\1", section.size)
    heads = [f"{size} {one if size == 1 else section.size}" if size else "median" for size in section.sizes]
    heads += ["growth"] * grows + ["peak memory"] * peaks
    lines = [f"## {section.title}", "", *([section.note, ""] if section.note else [])]
    lines += [f"| | {' | '.join(heads)} |", "|---" * (len(heads) + 1) + "|"]
    for name, cells in measured.items():
        if not cells:  # Its package is not installed.
            continue
        words = []
        for size in section.sizes:
            seconds, found = cells.get(size, (math.nan, None))
            ratio = seconds / measured.get(against[name], {}).get(size, (math.nan, None))[0]
            unit = " reads" if against[name] == section.floor else "x"
            times = f" ({short(ratio)}{unit})" if math.isfinite(ratio) else ""
            count = f", {found}" + " found" * isinstance(found, int) if section.counts and found is not None else ""
            words.append("" if math.isnan(seconds) else duration(seconds) + times + count)
        if grows:
            words.append(growth({size: seconds for size, (seconds, _) in cells.items()}))
        if peaks:
            last = max(cells, default=None)
            words.append(peak(section.title, name, last) if section.rows[name].peak and last is not None else "")
        lines.append(f"| {name} | {' | '.join(words)} |")
    return "\n".join(lines)


def measure(row: Row, sizes: Sequence[int]) -> dict[int, tuple[float, Any]]:
    """Return the median seconds at each size, and what the job returned; nothing if its package is missing."""
    if row.needs:
        try:
            __import__(row.needs)
        except ModuleNotFoundError:
            return {}
    return {size: timed(row.prepare(size)) for size in sizes if size <= row.largest}


def timed(job: Job) -> tuple[float, Any]:
    """Run once to warm up, then time three to nine runs, one if it is slow, more if it is quick."""
    start = time.perf_counter()
    found = job()
    first = time.perf_counter() - start
    seconds: list[float] = []
    while (
        len(seconds) < (1 if first > BUDGET else 3)
        or (sum(seconds) < BUDGET and len(seconds) < 9)
        or (sum(seconds) < LEAST and len(seconds) < MOST)
    ):
        start = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), found


def growth(seconds: Mapping[int, float]) -> str:
    """Return the factor by which a step in size multiplies the time, by least squares of its logarithm.

    Times below a millisecond are overhead and left out.
    """
    law = {size: value for size, value in seconds.items() if value > 1e-3}
    if len(law) < 3:
        return ""
    slope = np.polyfit(list(law), np.log2(list(law.values())), 1)[0]
    return f"x{2**slope:.2f} = 2^{slope:.2f}"


def peak(title: str, name: str, size: int) -> str:
    """Return the most memory that a new process takes for one job, the libraries and the game included."""
    command = [sys.executable, str(REPORT), "--peak", title, name, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return f"{float(done.stdout.split()[-1]) / 1e9:.2f} GB"


def own_peak() -> int:
    """Return the most memory this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # What the system call tells may count the process that started this one.
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def duration(seconds: float) -> str:
    """Write a duration with two significant digits and a fitting unit."""
    unit, size = next(
        (unit, size) for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)) if seconds >= size or unit == "µs"
    )
    return f"{short(seconds / size)} {unit}"


def short(number: float) -> str:
    """Write a number with two significant digits, and none after the point that do not count."""
    return f"{number:.0f}" if number >= 100 else f"{number:.2g}"
