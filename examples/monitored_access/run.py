"""Access against steps at home: how much monitoring it takes, and what happens where nobody agrees on anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
offer, too_little = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "too_little"))
watched, blind = bg.check(offer), bg.check(too_little)
print(watched, "", blind.headline, blind.finding("compliance", "Recipient").words, sep="\n")


def at(detection: float) -> bg.Verdict:
    """Check the agreement at one quality of monitoring: the watch and the chance to catch a breach are the same."""
    return bg.check(
        offer.replace({"parameters.detection": detection, "backing.monitoring.Recipient.detection": detection})
    )


# The least monitoring that holds, by bisection between the two documents.
low, high = 0.2, 0.8
while high - low > 1e-6:
    middle = (low + high) / 2
    low, high = (low, middle) if at(middle).holds else (middle, high)
print(f"\nenough monitoring: {high:.4f}")

# No watch at all but the provider's own: access without an agreement, in mixed strategies.
alone = bg.nash_equilibria(offer.build_model().normal_form())[0]
misuse, monitoring = alone.strategies[1][1], alone.strategies[0][1]
print("without an agreement:", alone)

# A bond that the recipient forfeits does what more monitoring would do.
bond = bg.design(too_little, free=["backing.escrow.Recipient.amount"])
repaired = bg.repair(too_little)
print("", repaired, bond, sep="\n")

assert watched.holds
assert [finding.name for finding in blind.failures] == ["compliance[Recipient]"]
assert at(high).holds
assert not at(low).holds
assert np.isclose(misuse, 0.15625)
assert np.isclose(monitoring, 0.625)
assert bg.check(repaired.offer).holds
assert bg.check(bond.offer).holds
