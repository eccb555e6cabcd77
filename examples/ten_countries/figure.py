"""All coalitions of ten countries: what each has beyond what its members would have by leaving."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the surplus of every coalition where nothing is paid."""
    return bg.plot_stability(bg.stability(bg.read_offer(folder / "offer.yaml").build_model().membership()))
