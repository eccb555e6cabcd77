"""What assurance costs as fear grows."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the least benefit that makes restraint a best reply, over the belief that the other is expansionist."""
    offer = bg.read_offer(folder / "offer.yaml")
    model = offer.build_model()
    belief = np.linspace(0, 0.5, 51)
    fears = [model.model_copy(update={"belief": float(theta)}) for theta in belief]
    prices = {
        "paid for own restraint": [each.price_of_restraint() for each in fears],
        "paid only if both restrain themselves": [each.price_of_restraint(on="mutual") for each in fears],
        "for own restraint, beside a state twice as strong": [each.price_of_restraint((1.0, 2.0)) for each in fears],
    }
    return bg.plot_lines(
        belief,
        prices,
        x_label="belief that the other state is expansionist",
        y_label="least benefit that makes restraint\nthe best choice, USD bn a year",
        title=f"Up to a belief of {100 * model.largest_belief():.0f} % restraint costs nothing, beside a state twice "
        f"as strong up to {100 * model.largest_belief((1.0, 2.0)):.0f} %; beyond it the price rises",
        points={"the offer": (float(offer.parameters["belief"]), offer.terms[0].value)},
    )
