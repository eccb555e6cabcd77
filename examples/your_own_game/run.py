"""A game of your own: from numpy arrays to a table in a document, and the same from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
offer, from_file = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "from_file"))
print(bg.check(offer), "", bg.check(from_file).headline, bg.repair(from_file), sep="\n")

# The same game as arrays, and a document made from them.
north = np.array([[3, 0], [5, 1]])
game = bg.NormalFormGame.from_bimatrix(
    north, north.T, players=("North", "South"), actions=[("share", "hide"), ("share", "hide")]
)
made = bg.make_offer(
    {
        **offer.data,
        "parameters": {
            "actions": dict(zip(game.players, game.actions, strict=True)),
            "payoffs": dict(zip(game.players, game.payoffs, strict=True)),
        },
    }
)
alone = bg.nash_equilibria(game)
print("", "without an agreement:", alone, sep="\n")

held, bare, repaired = bg.check(offer), bg.check(from_file), bg.repair(from_file)
frontier = bg.credibility_frontier(offer, "aid")
assert held.holds
assert [finding.name for finding in bare.failures] == ["compliance[South]"]
assert bg.check(repaired.offer).holds
assert [equilibrium.label for equilibrium in alone] == [("hide", "hide")]
assert np.array_equal(from_file.build_model().normal_form().payoffs, game.payoffs)
assert bg.check(made).payoffs == held.payoffs
