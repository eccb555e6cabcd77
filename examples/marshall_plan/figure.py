"""What the Marshall Plan cost a head and year by recipient, beside what a head would have to be worth."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
YEARS, GIFT = 4.25, 1 - 0.025 / (1 - 1.025**-35) * (1 - 1.05**-35) / 0.05


def draw() -> bg.Picture:
    """Draw the aid a head and year, recipients in the order of it, and its average."""
    with (folder / "allotments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    _, grants, loans, people = np.array([[float(row[key]) for key in list(row)[1:]] for row in rows]).T
    cost = grants + GIFT * loans
    each = cost / people / YEARS
    order = np.argsort(each)
    average = float(cost.sum() / people.sum() / YEARS)
    least, most = (rows[int(order[at])]["country"] for at in (0, -1))
    return bg.plot_lines(
        np.cumsum(people[order]),
        {"each recipient": each[order], "average": np.full(len(rows), average)},
        x_label="people in it and in all cheaper recipients, million",
        y_label="aid, dollars a head and year",
        title=f"A head in {least} cost {each.min():.2f} dollars a year, in {most} {each.max():.2f}, "
        f"on average {average:.2f}",
    )
