"""How many fields hold as states grow more patient: one by one, and in one promise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the number of fields in which both states cooperate, over their patience."""
    model = bg.read_offer(folder / "offer.yaml").build_model()
    patience = np.linspace(0.1, 0.9, 161)
    needed = model.critical_factors().max(axis=1)
    pooled = [len(model.best_promise([float(delta)] * 2).domains) for delta in patience]
    separate = [int((needed <= delta).sum()) for delta in patience]
    return bg.plot_lines(
        patience,
        {"in one promise": pooled, "each field by itself": separate},
        x_label="discount factor of both states",
        y_label="fields in which cooperation holds",
        title=f"In one promise all {len(needed)} fields hold from {model.pooled_factors().max():.2f} on, "
        f"one by one from {needed.max():.2f}",
    )
