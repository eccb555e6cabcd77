"""How the hold of a leader on a dependent state grows, and what building capacity does to it."""

from __future__ import annotations

import bargain as bg
from bargain_models import AiDivide

YEARS = 20


def draw() -> bg.Picture:
    """Draw what the leader can charge, year by year, for three levels of capacity built up beside it."""
    levels = {"no training": 0.0, "training that halves the fading": 0.5, "training that stops all fading": 1.0}
    hold = {words: list(AiDivide(capacity=level).course(YEARS)) for words, level in levels.items()}
    first, last = hold["no training"][0], hold["no training"][-1]
    return bg.plot_lines(
        list(range(1, YEARS + 1)),
        hold,
        x_label="year",
        y_label="what the leader's system is worth\nbeyond the state's own way, a year",
        title=f"Left alone, the leader's hold grows from {first:.2f} to {last:.2f} a year in {YEARS} years",
    )
