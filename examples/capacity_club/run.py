"""A club of weaker states against a leader: it is stable, and still no agreement that everyone could accept."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent
three, four = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "leader_asked"))
verdict, paid = bg.check(three), bg.check(four)
print(verdict, paid.headline, sep="\n\n")

# Which clubs hold if nothing is paid: no member would rather be out, no outsider rather in.
game = three.build_model().membership()
members, everyone = game.mask(["Second", "Third", "Fourth"]), game.n_coalitions - 1
found = bg.stability(game)
print("\nstable without payments:", [game.label(mask) for mask in found.stable])

# With the payments offered to the leader the club of all four is stable as well.
with_terms = game
for term in four.terms:
    with_terms = with_terms.with_term(term.from_, term.to, term.value, term.cost)
print("stable with them:", [game.label(mask) for mask in bg.stability(with_terms).stable])

# Gains and losses against no club, in the order of the players; together they are the fees, whoever joins.
none, loss = game.at([]), game.welfare - game.welfare[0]
alone, together = game.at(members) - none, game.at(everyone) - none
stays_out = float(game.after_moving(everyone)[0] - game.at(everyone)[0])
print("gains in the club of three:", alone, "of four:", together)

refused, refused_too = bg.repair(three), bg.repair(four)
print(refused_too)

assert found.stable == (members,)
assert everyone in bg.stability(with_terms).stable
assert {finding.name for finding in verdict.failures} == {"participation[Leader]", "no_blocking_coalition"}
assert {finding.name for finding in paid.failures} == {"participation[Leader]", "no_blocking_coalition"}
assert (refused.status, refused_too.status) == ("impossible", "impossible")
assert stays_out > 0
assert all(abs(loss[mask] + 2 * mask.bit_count()) < 1e-9 for mask in range(16) if mask.bit_count() > 1)
