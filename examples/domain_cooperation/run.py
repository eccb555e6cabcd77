"""Five fields in one promise: which are hard alone, what the easy ones carry, and unequal states."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent
five, hard, unequal = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "hard_alone", "unequal"))
verdict, refused, both = (bg.check(offer) for offer in (five, hard, unequal))
print(verdict.headline, refused.headline, both.headline, sep="\n")

# The least discount factor at which each field holds by itself, and all of them under one promise.
model = five.build_model()
alone = dict(zip(model.domains, model.critical_factors()[:, 0].tolist(), strict=True))
pooled = float(model.pooled_factors()[0])
print("alone:", {domain: round(factor, 3) for domain, factor in alone.items()}, "pooled:", round(pooled, 3))

# The largest value that one promise sustains, for states that grow more patient.
promises = {delta: model.best_promise([delta, delta]) for delta in (0.2, 0.45, 0.55)}
for delta, promise in promises.items():
    print(f"at {delta}: {promise}")

# The security concern in cybersecurity is what makes it the hardest field.
careless = five.replace({"parameters.security.cybersecurity": 0}).build_model()
carefree = float(careless.critical_factors()[model.domains.index("cybersecurity"), 0])

# Unequal states: each field alone is too hard for one of them.
fields = unequal.build_model()
worst = float(fields.critical_factors().max())
together = float(fields.pooled_factors().max())
print("unequal states, alone:", worst, "pooled:", together)

assert verdict.holds
assert both.holds
assert not refused.holds
assert max(alone, key=alone.__getitem__) == "cybersecurity"
assert carefree < alone["cybersecurity"]
assert promises[0.45].domains == ("agriculture", "education", "environment", "health")
assert promises[0.55].domains == model.domains
assert (worst, together) == (0.75, 0.5)
