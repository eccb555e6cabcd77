"""What a payment does to the patience that both states need."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw both critical discount factors over the payment, beside the discount factors that the states have."""
    offer = bg.read_offer(folder / "offer.yaml")
    front = bg.credibility_frontier(offer, "aid", amounts=np.linspace(0, 1, 41))
    paid = offer.terms[0].value
    return bg.plot_lines(
        front.amounts,
        {f"{player} needs": front.factors[:, k] for k, player in enumerate(front.players)},
        x_label="payment to South for a year in which it shared",
        y_label="discount factor",
        title=f"At a payment of {paid:g} both states have more patience than they need",
        points={f"{player} has": (paid, offer.players[player].discount) for player in front.players},
    )
