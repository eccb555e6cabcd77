"""Which coalitions could be kept together by payments among their members."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the surplus of every coalition where nothing is paid."""
    return bg.plot_stability(bg.stability(bg.read_offer(folder / "unpaid.yaml").build_model().membership()))
