"""What restraint costs, from rivals to friends."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import RelationshipLinkage

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the price of restraint over the affinity."""
    affinities = np.linspace(-0.75, 0.75, 61)
    marked = {words: (at, _price(at)) for words, at in (("rivals", -0.5), ("strangers", 0.0), ("friends", 0.5))}
    return bg.plot_lines(
        affinities,
        {"price to a recipient that does not think of tomorrow": [_price(float(at)) for at in affinities]},
        x_label="affinity: what a unit of the other's payoff is worth to a state (rivals below 0, friends above)",
        y_label="price of restraint, USD bn a year",
        title=f"Restraint costs {_price(-0.5):g} between rivals, {_price(0.0):g} between strangers, "
        f"{_price(0.5):g} between friends",
        points=marked,
    )


def _price(affinity: float) -> float:
    own = RelationshipLinkage(affinity=affinity).normal_form().payoffs[1]
    return max(0.0, float(own[0, 1] - own[0, 0]))
