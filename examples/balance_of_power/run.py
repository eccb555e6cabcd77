"""Many developers or one: when more are safer, how correlation and concentration undo it, and what stops a grab."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import BalanceOfPower

folder = Path(__file__).parent
offer, unpaid, balanced = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unpaid", "balanced"))
verdicts = paid, bare, level = [bg.check(each) for each in (offer, unpaid, balanced)]
for each in verdicts:
    print(each.title, each.headline, sep="\n  ")
repaired = bg.repair(unpaid)

# How many: the chance of a good outcome with m equal developers, by how much they fail together.
counts, correlations = (1, 3, 5, 9, 21), (0.0, 0.5, 1.0)
chance = {(rho, m): BalanceOfPower(correlation=rho).chance_good([1] * m) for rho in correlations for m in counts}
print("\ndevelopers   " + "".join(f"{m:>8}" for m in counts))
for rho in correlations:
    print(f"correlation {rho:.1f}" + "".join(f"{chance[rho, m]:8.4f}" for m in counts))
unsafe = {m: BalanceOfPower(aligned=0.4).chance_good([1] * m) for m in counts}
for (rho, m), value in chance.items():
    assert BalanceOfPower(correlation=rho).simulate([1] * m, draws=50_000).agrees_with(value)

# Correlation: how much of it a target bears, with nine developers and with ever more.
independent = BalanceOfPower()
most = {target: independent.largest_correlation(target, [1] * 9) for target in (0.9, 0.95)}
limit = {target: (1 - target) / (1 - independent.aligned) for target in most}
print(f"largest correlation with nine: {most}; with ever more: {limit}")

# Concentration: nine developers of which the first holds a growing part of all power.
parts = (1 / 9, 0.3, 0.4, 0.49, 0.51)
uneven = {part: independent.chance_good([round(part * 8 / (1 - part), 6)] + [1] * 8) for part in parts}
print("first one's part of all power:", *(f"{part:.2f}: {value:.4f}" for part, value in uneven.items()))

# The AIs' own bargain: what each needs so as not to grab, and the largest part of power that keeps to the bargain.
model = offer.build_model()
least = model.least_bargain((6.0, 2.0, 2.0))
cap = model.largest_share()
risks = {
    "one developer": 1 - model.chance_good([1]),
    "as it is": paid.risk["after"],
    "balanced": level.risk["after"],
}
print(f"least bargain {least}, largest power share {cap}, risks {risks}")

assert [each.holds for each in verdicts] == [True, False, True]
assert bg.check(repaired.offer).holds
assert np.allclose([chance[0.0, 9], chance[0.5, 9], chance[1.0, 9]], [0.98042, 0.89021, 0.8], atol=1e-5)
assert unsafe[21] < unsafe[3] < unsafe[1]
assert np.isclose(uneven[0.51], independent.aligned)
assert list(uneven.values()) == sorted(uneven.values(), reverse=True)
assert np.isclose(risks["one developer"], risks["as it is"])
assert risks["balanced"] < risks["as it is"]
