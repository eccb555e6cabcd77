"""What each member gains from a level of regulation, and where vote and bargain end."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw every member's gain against having no agreement over the level of regulation."""
    offer = bg.read_offer(folder / "offer.yaml")
    model = offer.build_model()
    levels = np.linspace(0, 1, 101)
    alone = np.array(model.without_agreement(), dtype=float)
    gains = np.array([model.payoffs_at(float(level)) for level in levels], dtype=float) - alone
    low, high = model.acceptable()
    median, joint = float(model.median()[0]), model.with_side_payments().level
    return bg.plot_lines(
        levels,
        {name: gains[:, i] for i, name in enumerate(offer.player_names)},
        x_label="level of regulation",
        y_label="gain against having no agreement",
        title=f"All gain from {low:.3g} to {high:.3g}; a vote settles on {median:g}, "
        f"a bargain with payments on {joint:.3f}",
        points={
            f"{offer.player_names[1]} at the {what}'s {at:.3g}": (at, float(np.interp(at, levels, gains[:, 1])))
            for what, at in (("vote", median), ("bargain", joint))
        },
    )
