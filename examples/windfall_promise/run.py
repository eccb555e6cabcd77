"""One promise backed by patience, by nothing, by an escrow, by power: who keeps it, and what the backing costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models.windfall_promise import PromiseBacking, commitment_power, largest_promise, least_promise

folder = Path(__file__).parent
offer, unbacked, escrow, power = (
    bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unbacked", "escrow", "power")
)
kept, broken, with_escrow, with_power = (bg.check(each) for each in (offer, unbacked, escrow, power))
for each in (kept, broken, with_escrow, with_power):
    print(each.title, each.headline, sep="\n  ")

# What the recipient needs and what the provider will keep: the promise must lie between the two.
model = offer.build_model()
least = least_promise(model, discount=0.9, hazard=0.1)
most = largest_promise(model, kept.power["after"]["Recipient"], PromiseBacking(discount=0.9))
weak = broken.power["after"]["Recipient"]
most_unbacked = largest_promise(model, weak, PromiseBacking(discount=0.5))
power_needed = commitment_power(model, 4.5, (4.0, 0.25), PromiseBacking(discount=0.5))
print(f"\nleast promise {least:.4f}, most that is kept {most:.4f}; with nothing behind it {most_unbacked:.4f}")

# What each backing costs the provider a period: capital for the escrow, relative power for the compute.
gain = {each.title: each.finding("participation", "Provider").margin for each in (broken, with_escrow, with_power)}
escrow_cost = gain[broken.title] - gain[with_escrow.title]
power_cost = gain[broken.title] - gain[with_power.title]
# It would not pay for it at a stake this much higher.
unaffordable = power.number("players.Provider.stake") * gain[broken.title] / power_cost
dear = bg.check(power.replace({"players.Provider.stake": unaffordable + 1}))
print(f"escrow costs {escrow_cost:.4f} a year, power {power_cost:.4f} and too much from a stake of {unaffordable:.1f}")

cheapest = bg.repair(unbacked)
print("", cheapest, sep="\n")

assert [each.holds for each in (kept, broken, with_escrow, with_power)] == [True, False, True, True]
assert least < 4.5 < most
assert [finding.name for finding in broken.failures] == ["credibility[Provider]"]
assert broken.failures[0].witness["state"] == "after"
assert most_unbacked < 4.5
assert 0 < power_needed < 0.8
assert np.isclose(escrow_cost, 0.05 * 3)
assert np.isclose(power_cost, 10 * with_power.power["shift"]["Recipient"])
assert [finding.name for finding in dear.failures] == ["participation[Provider]", "no_blocking_coalition"]
assert bg.check(cheapest.offer).holds
