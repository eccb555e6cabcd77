"""What everyone gains or loses: the club holds for its members, and not for the one outside."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the margin of every requirement of the offer."""
    return bg.plot_margins(bg.check(bg.read_offer(folder / "offer.yaml")))
