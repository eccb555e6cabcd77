"""Sharing the prize against sharing power: the risk of a race, the patience that safety takes, and an exception."""

from __future__ import annotations

from pathlib import Path

import bargain as bg
from bargain_models import SafetyRace
from bargain_models.safety_race import SafetyContest

folder = Path(__file__).parent
shared, unshared, powered = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "unshared", "power_instead"))
verdicts = with_share, without, with_power = [bg.check(each) for each in (shared, unshared, powered)]
for each in verdicts:
    print(each.title, each.headline, f"patience needed: {each.critical_discount_factors['Leader']:.3f}", sep="\n  ")
repaired = bg.repair(unshared)

# What the race itself comes to, if nobody agrees on anything: with a share, with a narrower gap, with neither.
races = {
    "nothing shared": (SafetyRace(), (2.0, 1.0)),
    "a fifth of the prize": (SafetyRace(share=0.2), (2.0, 1.0)),
    "a quarter of the gap": (SafetyRace(), (2.0, 1.25)),
}
known = ("none", "private", "public")
risks = {name: [race.equilibrium_risk(each, at) for each in known] for name, (race, at) in races.items()}
print("\nrisk if teams know of capabilities:", *known)
for name, row in risks.items():
    print(f"  {name}:", *(f"{risk:.4f}" for risk in row))
nothing, prize, gap = risks.values()
enmity = {share: SafetyRace(share=share).effective_enmity for share in (0.0, 0.2)}

# The exception: where each knows its own capability alone and enmity is low, one team more is safer.
teams = {n: SafetyRace(players=tuple("ABCDE"[:n]), enmity=0.1) for n in (2, 3, 4)}
private = {n: race.equilibrium_risk("private") for n, race in teams.items()}
public = {n: race.equilibrium_risk("public") for n, race in teams.items()}
print("\nenmity 0.1, teams and risk, private:", {n: round(risk, 4) for n, risk in private.items()})
limit = {n: 1 / (n**2 + n + 1) for n in teams}

# Where teams trade safety against performance, ten times better safety research is not ten times safer.
kinds = ("ratio", "logistic")
research = {
    kind: [SafetyContest(k, tradeoff=2.0, loss=1.0, success=kind).equilibria()[0].safety for k in (1.0, 10.0)]
    for kind in kinds
}
print("safety before and after better research:", {kind: [round(s, 4) for s in row] for kind, row in research.items()})

assert [each.holds for each in verdicts] == [True, False, False]
assert bg.check(repaired.offer).holds
assert with_share.critical_discount_factors["Leader"] < without.critical_discount_factors["Leader"]
assert without.critical_discount_factors["Leader"] < with_power.critical_discount_factors["Leader"]
assert all(less < base < more for less, base, more in zip(prize, nothing, gap, strict=True))
assert limit[3] < 0.1 < limit[2]
assert private[3] < min(private[2], private[4])
assert public[2] < public[3] < public[4]
assert abs(research["ratio"][0] - research["ratio"][1]) < 1e-9
assert research["logistic"][0] > research["logistic"][1]
