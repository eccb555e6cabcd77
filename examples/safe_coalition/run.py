"""Who signs an agreement on safety, alone and when the state with most to lose pays the others to stay in."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent
names = ("offer", "unpaid", "power_instead", "power_revocable")
paid, unpaid, power, revocable = (bg.read_offer(folder / f"{name}.yaml") for name in names)
verdict, bare, leaked, ended = map(bg.check, (paid, unpaid, power, revocable))
print(verdict, bare.headline, sep="\n\n")

# Without payments no coalition of two or more is stable; with transfers among its members this one can be.
game = unpaid.build_model().membership()
four = game.mask(["Leader", "North", "East", "South"])
alone = bg.stability(game)
print("\nstable without payments:", [game.label(mask) for mask in alone.stable])
print("surplus of the four over what each would have outside:", alone.surplus[four])

with_terms = game
for term in paid.terms:
    with_terms = with_terms.with_term(term.from_, term.to, term.value, term.cost)
stable = bg.stability(with_terms).stable
print("stable with the offer:", [game.label(mask) for mask in stable])

# The least that will do, two ways: the repair of the unpaid offer, and the shortfall of each member.
repaired = bg.repair(unpaid)
least = float((game.after_moving(four) - game.at(four))[1])
print(repaired)

# Power instead of money: copies stay with whoever leaves, access that can be switched off does not.
print(leaked.headline, ended.headline, sep="\n")

assert leaked.finding("internal_stability", "North").margin == bare.finding("internal_stability", "North").margin
assert ended.holds
assert verdict.finding("participation", "Leader").margin > 0
assert not bare.holds
assert verdict.holds
assert alone.stable == ()
assert four in stable
assert alone.surplus[four] > 0
assert abs(repaired.changes[0].new - least) < 1e-4
