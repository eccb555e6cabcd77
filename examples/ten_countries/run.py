"""Ten unequal countries: who signs if nothing is paid, and how far payments between signatories reach."""

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
names = ("offer", "best_with_sharing", "ends_if_broken")
unpaid, shared, ending = (bg.read_offer(folder / f"{name}.yaml") for name in names)
verdict, sharing, held = bg.check(unpaid), bg.check(shared), bg.check(ending)
for each in (verdict, sharing, held):
    print(each.headline)

# All 1023 coalitions, without payments and with the best ones.
game = unpaid.build_model().membership()
found = bg.stability(game)
four, everyone = game.mask(["C2", "C4", "C5", "C6"]), game.n_coalitions - 1
best = bg.best_coalition(game)
assert best is not None
gain = (game.welfare - game.welfare[0]) / (game.welfare[everyone] - game.welfare[0])
print("\nstable without payments:", [game.label(mask) for mask in found.stable])
print(f"of what all ten could gain it reaches {gain[four]:.3f}; with payments {gain[best.coalition]:.3f}:")
print(best)

# What all ten would each have by leaving adds up to more than there is.
outside_money = bg.least_cost_transfers(game, everyone).outside

# The payments in the documents are the best ones, rounded; two outsiders would join if it cost nothing.
paid = np.zeros(game.n_players)
for term in shared.terms:
    if shared.asks[term.from_] == "join":
        paid[game.players.index(term.from_)] -= term.value
        paid[game.players.index(term.to)] += term.value
joining = dict(zip(game.players, game.after_moving(best.coalition) - game.at(best.coalition), strict=True))
newcomers = [name for name in game.players if shared.asks[name] == "stay" and joining[name] > 0]

# What C2 and C4 would have to put up for their promises to be believed: what a breach must cost them once.
short = {
    name: -sharing.finding("credibility", name).margin / (1 - shared.players[name].discount) for name in ("C2", "C4")
}
secured = bg.check(shared.replace({f"backing.escrow.{name}.amount": lost + 1e6 for name, lost in short.items()}))
escrows = short.values()

# Nine that signed together would have more than under any of the three, and would not stay together.
blocking = verdict.finding("no_blocking_coalition")
nine = game.mask(blocking.witness["coalition"])
print(blocking, bg.repair(unpaid), sep="\n")

assert found.stable == (four,)
assert {finding.name for finding in verdict.failures} == {"no_blocking_coalition"}
assert found.surplus[nine] < 0
assert game.label(best.coalition) == "{C1, C2, C3, C4, C7}"
assert np.abs(paid - best.transfers).max() <= 1e5
assert newcomers == ["C5", "C6"]
assert found.surplus[everyone] < 0
assert abs(outside_money + found.surplus[everyone]) < 1
assert {each.name for each in sharing.failures} == {"credibility[C2]", "credibility[C4]", "no_blocking_coalition"}
assert {each.name for each in held.failures} == {each.name for each in secured.failures} == {"no_blocking_coalition"}
