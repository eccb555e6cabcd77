"""The leader's first paper beside the settlement: what each requirement leaves to spare."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the margins of both papers."""
    opening, settled = (bg.read_offer(folder / f"{name}.yaml") for name in ("opening", "offer"))
    return bg.plot_comparison(bg.compare(opening, settled, names=("the leader's first paper", "the settlement")))
