"""How patient both must be, over the fund that the leader pays."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the credibility frontier of the fund."""
    return bg.plot_frontier(bg.credibility_frontier(bg.read_offer(folder / "offer.yaml"), "fund"))
