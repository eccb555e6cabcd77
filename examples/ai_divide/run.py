"""Dependence on another's AI: what it costs, what each remedy does, and which mix is cheapest for the leader."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import AiDivide

folder = Path(__file__).parent
offer, unheard, own_system = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unheard", "own_system"))
verdicts = shared, charged, apart = [bg.check(each) for each in (offer, unheard, own_system)]
for each in verdicts:
    print(each.title, each.headline, sep="\n  ")
repaired = bg.repair(unheard)

# What dependence does: the leader's hold, year by year, and what is left of the buyer's own ability on average.
plain = AiDivide(capacity_cost=1.0)
hold = plain.course(20)
kept = plain.part_kept()
print(f"\nhold in years 1, 5, 20: {hold[0]:.2f}, {hold[4]:.2f}, {hold[19]:.2f}; part kept {kept:.4f}")
impatient = AiDivide(discount=0.2)

# One remedy at a time: the least that makes adopting worth it, and what it leaves the leader.
alone = {"voice": plain.cheapest_remedies(), "capacity": plain.cheapest_remedies(most_voice=0.0)}
own_needs = {y: plain.least_voice(sovereign=y) for y in (0.0, 1.0, 2.0)}
# The mixes: voice bounded by the votes of a body of four, and a bound on what the buyer may lose if it is cut off.
say = {n: float(bg.voting_power([n, 40, 20, 10], (n + 70) // 2 + 1)[0]) for n in (10, 20, 30, 40)}
bounded = plain.cheapest_remedies(most_voice=say[30])
held = plain.cheapest_remedies(most_exposed=4.0)
dear = AiDivide(capacity_cost=4.0).cheapest_remedies(most_exposed=4.0)
mixes = {**alone, "voice up to a quarter": bounded, "exposure up to 4": held, "capacity dear": dear}
for words, mix in mixes.items():
    print(f"{words}: {mix}")
print(f"voice by votes, beside 40, 20 and 10: {say}; least voice by sovereign AI: {own_needs}")
# Capacity or sovereign AI against exposure: the price of capacity at which one takes over from the other.
costs = np.arange(0, 4.001, 0.05)
switch = next(cost for cost in costs if AiDivide(capacity_cost=cost).cheapest_remedies(most_exposed=4.0).capacity < 1)
print(f"capacity goes first up to a cost of about {switch:.2f}")

assert [each.holds for each in verdicts] == [True, False, False]
assert bg.check(repaired.offer).holds
assert np.isclose(alone["voice"].voice, plain.least_voice())
assert np.isclose(alone["voice"].leader, 5)
assert np.isclose(alone["capacity"].leader, 4)
assert own_needs[0] < own_needs[1] < own_needs[2]
assert alone["voice"].leader > bounded.leader > alone["capacity"].leader > held.leader > dear.leader
assert held.capacity == 1
assert dear.capacity == 0 < dear.sovereign
