"""Innovators against regulators: what a vote decides, what bargains decide, and who pays whom for the rule."""

from __future__ import annotations

from pathlib import Path

import cvxpy as cp
import numpy as np

import bargain as bg
from bargain_models import ResourceHeterogeneity

folder = Path(__file__).parent
offer, unpaid, outvoted = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unpaid", "outvoted"))
verdicts = paid, bare, voted = [bg.check(each) for each in (offer, unpaid, outvoted)]
for each in verdicts:
    print(each.title, each.headline, sep="\n  ")
repaired = bg.repair(unpaid)

# Five answers to one question: by vote, by two bargains without payments, by one with them, and what all would accept.
model = offer.build_model()
low, high = model.acceptable()
median = model.median()[0]
nash, smorodinsky, joint = model.nash(), model.kalai_smorodinsky(), model.with_side_payments()
print(f"\nacceptable to all: {low:.4f} to {high:.4f}; median {median}")
for settled in (nash, smorodinsky, joint):
    print(f"{settled.rule}: level {settled.level:.4f}, gains {settled.gains.round(4)}, sum {settled.surplus:.4f}")
print(f"transfers {joint.transfers.round(4)}")

# The same two bargains from the general solvers, over the convex set of all payoffs.
level = cp.Variable(name="level")
payoffs = [0.2 - w * cp.square(level - x) for w, x in zip(model.weights, model.ideals, strict=True)]
everything = bg.ConvexSet(payoffs, [level >= 0, level <= 1])
again = [rule(everything, model.without_agreement()) for rule in (bg.nash_bargaining, bg.kalai_smorodinsky)]

# Resources: ideals follow from capability beside the market, so sharing capability moves the members together.
unlike = ResourceHeterogeneity(weights=(4, 1, 2), gains=0.2, status_quo=0.0)
shared = {k: unlike.ideal_levels((9.0, 1.0, k))[2] for k in (1 / 9, 0.5, 1.0)}
bargains = {k: unlike.with_side_payments((9.0, 1.0, k)) for k in shared}
for k, ideal in shared.items():
    settled = bargains[k]
    print(f"regulator's capability {k:.2f}: ideal {ideal:.4f}, level {settled.level:.4f}, {settled.surplus:.4f}")
moved = {k: -settled.transfers[2] for k, settled in bargains.items()}

assert [each.holds for each in verdicts] == [True, False, False]
assert bg.check(repaired.offer).holds
assert high < joint.level < median
assert low <= smorodinsky.level <= high
assert np.allclose([float(each.decision["level"]) for each in again], [nash.level, smorodinsky.level], atol=1e-4)
assert joint.surplus > nash.surplus
assert abs(joint.transfers.sum()) < 1e-12
assert moved[1 / 9] > moved[0.5] > moved[1.0]
