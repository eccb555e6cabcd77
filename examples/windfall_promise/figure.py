"""The window between what the recipient needs today and what the provider keeps to after the arrival."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models.windfall_promise import PromiseBacking, largest_promise, least_promise

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the least promise that is accepted and the largest that is kept, over the patience of both."""
    offer, unbacked = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unbacked"))
    model = offer.build_model()
    strong, weak = (bg.check(each).power["after"]["Recipient"] for each in (offer, unbacked))
    patience = np.linspace(0.84, 0.98, 57)
    least = [least_promise(model, discount=float(delta), hazard=offer.hazard) for delta in patience]
    kept = {
        f"largest that is kept to a recipient with {100 * share:.1f} % of all power": [
            largest_promise(model, share, PromiseBacking(discount=float(delta))) for delta in patience
        ]
        for share in (strong, weak)
    }
    present = offer.number("players.Provider.discount"), offer.terms[0].value
    return bg.plot_lines(
        patience,
        {"least that the recipient accepts": least, **kept},
        x_label="discount factor of both states",
        y_label="promised share of the windfall,\nUSD bn a year",
        title="A promise holds in the window between what is needed today and what is kept after the arrival",
        points={"the offer": present},
    )
