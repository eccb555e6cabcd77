"""What restraint costs as friendship turns to hostility: one offer at three affinities, and the price at each."""

from __future__ import annotations

from pathlib import Path

import bargain as bg
from bargain_models import RelationshipLinkage

folder = Path(__file__).parent
friends, strangers, rivals = (bg.read_offer(folder / f"{name}.yaml") for name in ("friends", "offer", "rivals"))
verdicts = [bg.check(offer) for offer in (friends, strangers, rivals)]
for offer, verdict in zip((friends, strangers, rivals), verdicts, strict=True):
    print(f"{offer.title}: {verdict.headline}")

# The least sum that makes holding back the best reply at once, without any regard for tomorrow.
prices = {}
for affinity in (-0.5, -0.2, 0.0, 0.2, 0.5):
    own = RelationshipLinkage(affinity=affinity).normal_form().payoffs[1]
    prices[affinity] = float(own[0, 1] - own[0, 0])  # the payer holds back; the recipient does not, or does
print("price of restraint:", {affinity: round(price, 3) for affinity, price in prices.items()})

# The affinity at which no payment is needed, and the hostility that undoes a stag hunt.
free = (5 - 3) / (3 - 0)
stag = {"temptation": 3.0, "reward": 5.0, "punishment": 3.0, "sucker": 0.0}
hostile = [RelationshipLinkage(affinity=alpha, **stag).normal_form() for alpha in (-0.39, -0.41)]
together = [(0, 0) in bg.pure_equilibria(game) for game in hostile]
print("restraint is free from an affinity of", round(free, 3), "and the stag hunt survives:", together)

repaired = bg.repair(rivals)
print(repaired)

assert [verdict.holds for verdict in verdicts] == [True, True, False]
assert [round(prices[alpha], 9) for alpha in (-0.5, 0.0, 0.5)] == [3.5, 2.0, 0.5]
assert together == [True, False]
assert bg.check(repaired.offer).holds
