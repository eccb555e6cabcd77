"""Ten unequal countries: who signs if nothing is paid, and how far payments between signatories reach."""

from __future__ import annotations

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
print("money from outside that all ten would need:", outside_money)

# The payments in the documents are the best ones, rounded; two outsiders would join if it cost nothing.
paid = np.zeros(game.n_players)
for term in shared.terms:
    if shared.asks[term.from_] == "join":
        paid[game.players.index(term.from_)] -= term.value
        paid[game.players.index(term.to)] += term.value
joining = dict(zip(game.players, game.after_moving(best.coalition) - game.at(best.coalition), strict=True))
newcomers = [name for name in game.players if shared.asks[name] == "stay" and joining[name] > 0]

repaired = bg.repair(shared)
escrows = [change.new for change in repaired.changes]
print(repaired)

assert found.stable == (four,)
assert verdict.holds
assert game.label(best.coalition) == "{C1, C2, C3, C4, C7}"
assert np.abs(paid - best.transfers).max() <= 1e5
assert newcomers == ["C5", "C6"]
assert found.surplus[everyone] < 0
assert abs(outside_money + found.surplus[everyone]) < 1
assert {finding.name for finding in sharing.failures} == {"credibility[C2]", "credibility[C4]"}
assert len(escrows) == 2
assert held.holds
