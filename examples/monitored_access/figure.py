"""How much monitoring makes compliance the better choice, without a bond and with one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
BOND = 3.0


def draw() -> bg.Picture:
    """Draw the recipient's margin over the quality of monitoring."""
    offer = bg.read_offer(folder / "offer.yaml")
    watch = np.linspace(0.05, 0.95, 37)
    margins = {
        words: [_margin(offer, float(detection), bond) for detection in watch]
        for words, bond in (("as offered", 0.0), (f"with a bond of {BOND:g}, lost when caught", BOND))
    }
    enough = [100 * float(np.interp(0, row, watch)) for row in margins.values()]
    return bg.plot_lines(
        watch,
        margins,
        x_label="part of breaches that monitoring sees",
        y_label="recipient's margin of compliance,\nUSD bn a year",
        title=f"The recipient complies once {enough[0]:.0f} % of breaches are seen; "
        f"with a bond of {BOND:g}, {enough[1]:.0f} %",
    )


def _margin(offer: bg.Offer, detection: float, bond: float) -> float:
    numbers = {"parameters.detection": detection, "backing.monitoring.Recipient.detection": detection}
    numbers["backing.escrow.Recipient.amount"] = bond
    return float(bg.check(offer.replace(numbers)).finding("compliance", "Recipient").margin)
