"""Fear without a conflict: when it makes states compete, what assurance costs, and what power does to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import StrategicVigilance
from bargain_models.strategic_vigilance import Reassurance

folder = Path(__file__).parent
offer, unassured, with_power = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unassured", "with_power"))
verdicts = assured, bare, powered = [bg.check(each) for each in (offer, unassured, with_power)]
for each in verdicts:
    print(each.title, each.headline, sep="\n  ")
repaired = bg.repair(unassured)

# Fear alone: the same secure states, one belief below the threshold and one above it.
model = offer.build_model()
thresholds = {
    "as it is": model.largest_belief(),
    "1 more for mutual restraint": model.largest_belief(on_mutual=1.0),
    "1 more for own restraint": model.largest_belief(on_own=1.0),
    "beside a state with three quarters of all power": model.largest_belief((1.0, 3.0)),
}
print(
    "\nlargest belief at which restraint lasts:", *(f"  {name}: {at:.4f}" for name, at in thresholds.items()), sep="\n"
)
calm, afraid = (
    bg.nash_equilibria(StrategicVigilance(belief=theta).normal_form()) for theta in (0.2, offer.parameters["belief"])
)
price = {on: model.price_of_restraint(on=on) for on in ("own", "mutual")}
dearer = model.price_of_restraint((1.0, 2.0))
print(f"price of restraint: {price['own']:.4f} on own, {price['mutual']:.4f} on mutual; dearer {dearer:.4f}")

# Showing it instead: signals that only a secure state sends, from the formula and from the game of the signal.
signal = Reassurance(model, gain_of_expansionist=5.0, signal_cost_ratio=2.0)
low, high = signal.interval
sizes = np.arange(0, 6.01, 0.25)
separating = [float(size) for size in sizes if signal.separates(size)]
print(f"signals from {low:.2f} to {high:.2f} separate; found in the game: {separating}")

assert [each.holds for each in verdicts] == [True, False, False]
assert bg.check(repaired.offer).holds
assert np.allclose(list(thresholds.values()), [1 / 4, 2 / 5, 1 / 2, 1 / 6])
assert ("restrain", "restrain") in [each.label for each in calm]
assert [each.label for each in afraid] == [("build", "build")]
assert price["own"] < offer.terms[0].value < dearer
assert separating == [float(size) for size in sizes if low <= size <= high]
