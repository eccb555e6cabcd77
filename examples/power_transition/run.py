"""How much power can be given away without a war, what phasing it in changes, and what a promise of money can do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg
from bargain_models import PowerTransition

folder = Path(__file__).parent
offer, too_fast, in_steps = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "too_fast", "in_steps"))
verdicts = small, fast, slow = [bg.check(each) for each in (offer, too_fast, in_steps)]
for each in verdicts:
    print(each.title, each.headline, sep="\n  ")
repaired = bg.repair(too_fast)

# The largest gift of power that keeps the peace without any payment, and what bargaining power does to it.
k = (4.0, 1.0)
model = offer.build_model()
chance, largest = model.largest_peaceful_chance(), model.largest_peaceful_power(k)
weak = PowerTransition(p=(0.2,), decliner_power=0.0).largest_peaceful_power(k)
print(f"\nlargest peaceful gift of power: {largest:.4f}, chance {chance:.4f}; without bargaining power: {weak:.4f}")

# The same power in one step or in many: values of both, and the least number of steps without a war.
courses = {n: PowerTransition(p=(0.2,), phase_in=n).course((4.0, 2.5)) for n in range(1, 21)}
least = min(n for n, course in courses.items() if course.war is None)
print(f"1.5 in one step: war in period {courses[1].war}; peace from {least} steps on")
published = {path: PowerTransition(p=path).course() for path in ((0.2, 0.25), (0.2, 0.22, 0.25))}
for path, course in published.items():
    print(f"  path {path}: war {course.war}, values {course.values[0]:.3f}, {course.values[1]:.3f}")

# A shift that comes by itself: give power back, or promise a flow. The riser is left with the same; only one is kept.
coming = PowerTransition(p=(0.2, 0.8), c_D=0.0, c_R=0.0, destruction=0.1, decliner_power=0.0)
back, flow = 0.8 - coming.largest_peaceful_chance(), coming.committed_flow()
left = 1 - coming.model_copy(update={"p": (0.2, 0.8 - back)}).course().divisions[-1] / 10
print(f"a shift to 0.8: give back {back:.4f} of power, or commit {flow:.4f} of every pie; the riser keeps {left:.4f}")

assert [each.holds for each in verdicts] == [True, False, True]
assert {finding.name for finding in fast.failures} >= {"compliance[Leader]", "participation[Leader]"}
assert bg.check(repaired.offer).holds
assert PowerTransition(p=(0.2,), phase_in=1).course((4.0, 1 + largest - 1e-6)).war is None
assert PowerTransition(p=(0.2,), phase_in=1).course((4.0, 1 + largest + 1e-6)).war == 1
assert np.isclose(largest, 4 * chance / (1 - chance) - 1)
assert weak < largest
assert all((course.war is None) == (n >= least) for n, course in courses.items())
assert [course.war for course in published.values()] == [1, None]
assert coming.course().war == 1
assert np.isclose(left, 1 - flow)
