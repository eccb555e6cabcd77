"""The benchmarks run, at their smallest size, and say what they measure."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

import coalitional
import equilibria
import main_job
import repeated
import several_players
import signatories
import transfers
from measure import Row, Section, duration, growth, table

MODULES = (coalitional, signatories, transfers, equilibria, several_players, repeated, main_job)
SECTIONS = [section for module in MODULES for section in module.SECTIONS]
ROWS = [
    pytest.param(row, section.sizes[0], id=f"{section.title}: {name}")
    for section in SECTIONS
    for name, row in section.rows.items()
    if row.needs is None and name != "sensitivity" and "20 members" not in section.title
]


@pytest.mark.parametrize(("row", "size"), ROWS)
def test_rows_run(row, size):
    assert size <= row.largest
    row.prepare(size)()


def test_a_table():
    shown = table(
        Section("Counting", {"one": Row(lambda n: lambda: n), "two": Row(lambda n: list, 1)}, (1, 2), "things", "one")
    )
    title, _, heads, _, one, two = shown.splitlines()
    assert title == "## Counting"
    assert heads == "| | 1 thing | 2 things |"
    assert one.count("µs") == 2
    assert "x)" not in one
    assert two.count("x)") == 1  # Compared with the first row where it ran.


def test_a_missing_package_leaves_its_row_out():
    rows = {"here": Row(lambda n: list), "peer": Row(lambda n: list, needs="no_such_package_at_all")}
    shown = table(Section("Peers", rows, base=None))
    assert shown.splitlines()[-1].startswith("| here | ")
    assert "peer" not in shown


def test_what_was_found_stands_beside_the_time():
    rows = {"count": Row(lambda n: lambda: 3), "words": Row(lambda n: lambda: "3 found, all")}
    lines = table(Section("Counting", rows, base=None, counts=True)).splitlines()[-2:]
    assert [line.partition(", ")[2] for line in lines] == ["3 found |", "3 found, all |"]


def test_words():
    assert growth({10: 0.1, 11: 0.2, 12: 0.4, 2: 1e-6}) == "x2.00 = 2^1.00"
    assert growth({10: 0.1, 11: 0.2}) == ""
    assert [duration(t) for t in (2.5, 0.0251, 3.2e-6, 0.1234, 4e-7)] == [
        "2.5 s",
        "25 ms",
        "3.2 µs",
        "123 ms",
        "0.4 µs",
    ]


def test_transfers_of_both_programs_cost_the_same():
    for rows in (0, 50):
        ours, theirs = transfers.kept(rows), transfers.parameters(rows)
        assert all(abs(ours() - theirs()) < 1e-6 for _ in range(3))
