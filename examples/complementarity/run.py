"""Technology for labour and data: when some division of the gain is accepted by all, and when none is."""

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent
names = ("offer", "unpaid", "one_technology", "two_of_three")
added, unpaid, best, pair = (bg.read_offer(folder / f"{name}.yaml") for name in names)
verdict, kept, all_three, two = (bg.check(offer) for offer in (added, unpaid, best, pair))
for each in (verdict, kept, all_three, two):
    print(each.headline)

# What each group makes: where technologies are added up, and where the best one serves all.
sums, game = (offer.build_model().coalitional() for offer in (added, best))
apart = game.worth(["Innovator", "Workforce"]) + game.worth(["Maker"])
print(f"all three make {game.values[-1]:.4f} with the best technology, two and one apart {apart:.4f}")

# The least payments that everyone accepts, and the most that the innovator can be asked for.
repaired = bg.repair(unpaid)
least = {change.path: change.new for change in repaired.changes}
safest = bg.design(added, maximise="margin")
shapley = bg.shapley_value(sums)
print(repaired, safest, shapley, sep="\n")

# Where the best technology serves all there are none, and the proof says why.
none = bg.repair(best)
print(none)

assert verdict.holds
assert {finding.name for finding in kept.failures} == {"no_blocking_coalition"}
assert bg.core(sums).nonempty
assert not bg.core(game).nonempty
assert none.status == "impossible"
assert none.certificate.verify()
assert abs(none.certificate.shortfall - bg.least_core(game).epsilon) < 1e-6
assert abs(apart - game.values[-1] - 2 * none.certificate.shortfall) < 1e-6
assert bg.is_in_core(sums, [verdict.payoffs["agreement"][name] for name in sums.players])
assert two.holds
