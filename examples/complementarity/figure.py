"""The divisions that nobody can improve on by leaving, and the one in the offer."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the core where technologies are added up, with what the offer and two rules give."""
    offer = bg.read_offer(folder / "offer.yaml")
    game = offer.build_model().coalitional()
    agreed = [bg.check(offer).payoffs["agreement"][player] for player in game.players]
    return bg.plot_core(
        game, {"the offer": agreed, "Shapley value": bg.shapley_value(game), "Nucleolus": bg.nucleolus(game)}
    )
