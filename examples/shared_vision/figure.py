"""How sure a state must be of the others before cooperating is best."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import SharedVision

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw what cooperating gains over the belief that each other state cooperates."""
    goals = {
        "institute, three of five needed": bg.read_offer(folder / "offer.yaml").build_model(),
        "institute, six of ten needed": SharedVision(players=tuple(f"State {i}" for i in range(10)), threshold=6),
        "public goal, two of three needed": bg.read_offer(folder / "public.yaml").build_model(),
    }
    belief = np.linspace(0, 1, 101)
    five, ten, public = (each.belief_thresholds() for each in goals.values())
    return bg.plot_lines(
        belief,
        {words: [goal.advantage(float(p)) for p in belief] for words, goal in goals.items()},
        x_label="believed probability that each other state cooperates",
        y_label="what cooperating gains\nagainst not cooperating, USD bn a year",
        title=f"Cooperating is best from a belief of {100 * five[0]:.0f} % or {100 * ten[0]:.0f} % on "
        f"where outsiders are kept out, between {100 * public[0]:.0f} % and {100 * public[1]:.0f} % where they are not",
    )
