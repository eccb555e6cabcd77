"""The risk of the race that is left, where the prize is shared and where power is."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import SafetyRace

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the risk of a disaster over the part that is shared."""
    parts = np.linspace(0, 0.4, 41)
    known = {"none": "nothing known", "private": "own capability known"}
    risks = {}
    for information, words in known.items():
        prize = [SafetyRace(share=float(part)).equilibrium_risk(information, (2.0, 1.0)) for part in parts]
        power = [SafetyRace().equilibrium_risk(information, (2.0, 1.0 + float(part))) for part in parts]
        risks |= {f"the prize, {words}": prize, f"power, {words}": power}
    return bg.plot_lines(
        parts,
        risks,
        x_label="part shared: of the prize with whoever comes second, or of the leader's advantage in capability",
        y_label="risk of a disaster",
        title="Sharing the prize lowers the risk of the race, sharing power raises it",
    )
