"""A goal that enough states must work for: the belief a vision must create, and what an honest broker adds."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import SharedVision

folder = Path(__file__).parent
club, public, crowded = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "public", "all_asked"))
verdicts = [bg.check(offer) for offer in (club, public, crowded)]
for offer, verdict in zip((club, public, crowded), verdicts, strict=True):
    print(f"{offer.title}: {verdict.headline}")

# How sure each must be of each other one, where those who do not work for the goal are kept out of it.
five = club.build_model()
ten = SharedVision(players=tuple(f"State {i}" for i in range(10)), threshold=6)
needed, of_ten = five.belief_thresholds()[0], ten.belief_thresholds()[0]
low, high = public.build_model().belief_thresholds()
print(f"belief needed: {needed:.6f} of five, {of_ten:.6f} of ten; public goal: between {low:.5f} and {high:.5f}")

# A broker draws by lot, each year, which two of the three work for the public goal, and tells each its own part.
game = public.build_model().normal_form()
pairs = [profile for profile in itertools.product((0, 1), repeat=3) if profile.count(0) == 2]
fair = np.mean([game.payoffs[:, *profile] for profile in pairs], axis=0)
gain = {
    told: np.mean(
        [game.payoffs[0, 1 - told, *profile[1:]] - game.payoffs[0, *profile] for profile in pairs if profile[0] == told]
    )
    for told in (0, 1)
}  # what a state would gain on average by doing the opposite of what it is told
least = max(min(game.payoffs[:, *profile]) for profile in bg.pure_equilibria(game))
print("each gets", fair, "with the broker; ignoring advice gains", gain, "; without, the least gets", least)

assert [verdict.holds for verdict in verdicts] == [True, True, False]
assert round(needed, 6) == 0.243022
assert round(of_ten, 6) == 0.391964
assert (round(low, 5), round(high, 5)) == (0.14645, 0.85355)
assert max(gain.values()) < 0
assert min(fair) > least
