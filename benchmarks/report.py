"""Run the benchmarks and write docs/performance.md: `python benchmarks/report.py`.

With words, only sections with one of them in their title are run, and printed: `python benchmarks/report.py shapley`.
A new section is a `Section` in the list `SECTIONS` of one of the modules below.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import coalitional
import equilibria
import main_job
import numpy as np
import repeated
import several_players
import signatories
import start_up
import transfers
from measure import Section, own_peak, table

MODULES = (coalitional, signatories, transfers, equilibria, several_players, repeated, main_job, start_up)
SECTIONS: list[Section] = [section for module in MODULES for section in module.SECTIONS]
PAGE = Path(__file__).parents[1] / "docs/performance.md"
HEAD = """# Performance

Made by `python benchmarks/report.py`: medians on {cores} cores, Python {python}, numpy {numpy}. Figures on another
machine differ; compare rows within a table, which come from one run. In brackets: how many times as long as
`bargain`, or, where a table of numbers must be read, how many reads of it `bargain` takes. *Growth* is the factor that
one more player (or action, or state, as the columns are) costs, fitted to the times above a millisecond. *Peak memory*
is that of a process of its own with the largest size in the row, where it is measured. An empty cell of a size would
take too long; a package that is not installed has no row.
"""


def main(arguments: list[str]) -> None:
    """Write the page, print some of its sections, or tell the memory that one cell takes."""
    if arguments[:1] == ["--peak"]:
        _, title, name, size = arguments
        row = next(section for section in SECTIONS if section.title == title).rows[name]
        row.prepare(int(size))()
        print(own_peak())
    elif arguments:
        for section in SECTIONS:
            if any(word.lower() in section.title.lower() for word in arguments):
                print(table(section), end="\n\n")
    else:
        head = HEAD.format(cores=os.cpu_count(), python=platform.python_version(), numpy=np.__version__)
        PAGE.write_text("\n\n".join([head.rstrip(), *map(table, SECTIONS)]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
