"""Three issues and two kinds of model in one agreement: what the easy ones carry, and what rivalry undoes."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent
joined, alone, rivals = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "race_alone", "rivals"))
verdict, refused, hostile = (bg.check(offer) for offer in (joined, alone, rivals))
print(verdict, refused.headline, hostile.headline, sep="\n\n")

# The patience that each issue needs from the follower, alone and joined: cheating gains and what it would lose.
stakes = {}
for issue, worst in (("safety", "race"), ("health", "defect"), ("rivers", "defect")):
    part = joined.build_model().sections()[f"issues.{issue}.parameters"]
    game = part.normal_form((4.0, 2.0))
    asked = game.profile(joined.issues[len(stakes)].asks)
    cheat = (asked[0], game.actions[1].index(worst))
    (quo,) = bg.nash_equilibria(game, cross_check=False)
    kept = float(game.payoffs[1, *asked])
    stakes[issue] = (float(game.payoffs[1, *cheat]) - kept, kept - float(quo.payoffs[1]))
needed = {issue: gain / (gain + loss) for issue, (gain, loss) in stakes.items()}
gains, losses = (sum(each) for each in zip(*stakes.values(), strict=True))
pooled = gains / (gains + losses)
print({issue: round(factor, 3) for issue, factor in needed.items()}, "pooled:", round(pooled, 3))

repaired, mended = bg.repair(alone), bg.repair(rivals)
print(repaired, mended, sep="\n")

assert verdict.holds
assert [finding.name for finding in refused.failures] == ["compliance[Follower]"]
assert [finding.name for finding in hostile.failures] == ["compliance[Follower]"]
assert abs(pooled - verdict.critical_discount_factors["Follower"]) < 1e-9
assert abs(needed["safety"] - refused.critical_discount_factors["Follower"]) < 1e-9
assert verdict.finding("compliance", "Follower").witness["deviation"].count("defect") == 2
