"""The papers of the role play: what fails, how much room there is in money, and what survives a shock."""

from __future__ import annotations

from pathlib import Path

import bargain as bg

folder = Path(__file__).parent
offer, opening, counter = (bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "opening", "counter"))
verdict, opening_verdict, counter_verdict = map(bg.check, (offer, opening, counter))
for each in (opening_verdict, counter_verdict, verdict):
    print(each.headline)

# The least and the most money that makes the first paper hold: the margins are straight lines in it.
least_money = bg.design(opening, free=["terms.fund.value"], margin=0).offer.number("terms.fund.value")


def paid(amount: float) -> bg.Offer:
    """Return the first paper with that much money, and nothing else."""
    return opening.replace({"terms.fund.value": amount, "terms.fund.cost": amount})


low, high = (bg.check(paid(amount)).finding("credibility", "Leader").margin for amount in (4, 10))
most_money = 4 + 6 * low / (low - high)
print(f"the first paper holds from {least_money:.2f} to {most_money:.2f} a year")

# One step of access: what it takes from the leader.
step = (
    opening_verdict.payoffs["agreement"]["Leader"]
    - (bg.check(opening.replace({"terms.access.value": 1, "terms.access.power": 0.05})).payoffs["agreement"]["Leader"])
)

shocks = {
    "the follower becomes impatient": {"players.Follower.discount": 0.3},
    "breaches are seen less often": {"backing.monitoring.Follower.detection": 0.4},
    "the leader becomes impatient": {"players.Leader.discount": 0.2},
    "the follower advances by itself": {"players.Follower.capability": 2.6},
}
survive = {
    shock: [bg.check(signed.replace(change)).holds for signed in (paid(4), paid(10), offer)]
    for shock, change in shocks.items()
}
for shock, held in survive.items():
    print(f"{shock}: 4 a year, 10 a year, settlement hold: {held}")

assert verdict.holds
assert [opening_verdict.holds, counter_verdict.holds] == [False, False]
assert bg.check(paid(most_money - 1e-6)).holds
assert not bg.check(paid(most_money + 1e-6)).holds
assert not bg.check(paid(least_money - 1e-4)).holds
assert list(survive.values()) == [[False, True, True], [False, True, True], [True, False, True], [True, False, True]]
