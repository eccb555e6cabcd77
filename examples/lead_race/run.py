"""Six offers in one race: which hold, what repairs them, and why more power for a rival can look like a gain."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
offer, unpaid, power_instead, strong_follower, two_followers, runs_out = (
    bg.read_offer(folder / f"{name}.yaml")
    for name in ("offer", "unpaid", "power_instead", "strong_follower", "two_followers", "runs_out")
)
verdict = bg.check(offer)
print(verdict)

# Nothing paid: the cheapest repair, and the price at which the least patience is needed.
repaired = bg.repair(unpaid)
frontier = bg.credibility_frontier(offer, "fund")
print("", repaired, frontier, sep="\n")
at_ten = bg.check(offer.replace({"terms.fund.value": 10, "terms.fund.cost": 10})).critical_discount_factors

# Power instead of money: it stays after a breach, so it rewards nothing, and it closes the gap that paid for the pause.
power = bg.check(power_instead)
free = bg.check(power_instead.replace({"terms.access.cost": 0}))
print("", power.headline, free.headline, sep="\n")

# The trap: at every fixed profile the leader loses by giving power, yet its equilibrium payoff rises.
model = strong_follower.build_model()
before, after = model.normal_form((4.0, 8.0)), model.normal_form((4.0, 8.1))
equilibria = [bg.nash_equilibria(game)[0] for game in (before, after)]
loss_at_each_profile = before.payoffs[0] - after.payoffs[0]
half = bg.nash_equilibria(model.normal_form((4.0, 8.05)))[0]
print("", *equilibria, f"least loss of the leader at a fixed profile: {loss_at_each_profile.min():.6f}", sep="\n")
stronger = strong_follower.replace({"players.Leader.capability": 4.005})
# Money does the same for less.
money = strong_follower.replace({"terms.access.power": 0, "terms.access.cost": 0.1, "terms.access.value": 0.1})
in_cash = bg.check(money.replace({"terms.access.cluster": "financial", "terms.access.revocable": False}))

# Two followers: the one that is not paid steps into the place of the one that is.
second = bg.check(two_followers)
both_paid = bg.repair(two_followers)

# A fund that runs out: the first year in which someone walks away, and the cheapest fund that is paid year by year.
ended, lasting = bg.check(runs_out), bg.design(runs_out, schedule=4)
print("", second.headline, both_paid, *ended.remarks, lasting, sep="\n")

assert verdict.holds
assert np.allclose(list(verdict.payoffs["agreement"].values()), [8.836306, 13.189015])
assert 0 < frontier.most_credible < 10
assert power.holds is free.holds is False
assert loss_at_each_profile.min() > 0
assert equilibria[1].payoffs[0] > equilibria[0].payoffs[0] > half.payoffs[0]
assert not bg.check(stronger).holds
assert in_cash.holds
assert in_cash.payoffs["agreement"]["Leader"] > bg.check(strong_follower).payoffs["agreement"]["Leader"]
assert ended.walks_away["period"] == 3
assert all(bg.check(each.offer).holds for each in (repaired, both_paid, lasting))
