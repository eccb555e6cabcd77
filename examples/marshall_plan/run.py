"""The Marshall Plan: what it cost by country, what would make it self-interested, and whose participation was cheap."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent
offers = [bg.read_offer(folder / f"{name}.yaml") for name in ("offer", "tempted", "charity")]
verdicts = kept, tempted, charity = [bg.check(offer) for offer in offers]

# The record: USD million, 3 April 1948 to 30 June 1952, and millions of people about 1950.
with (folder / "allotments.csv").open(encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
countries = [row["country"] for row in rows]
total, grants, loans, people = np.array([[float(row[key]) for key in list(row)[1:]] for row in rows]).T
years, n = 4.25, len(countries)
# Assumed: loans at 2.5 % over 35 years, worth what they save a borrower that would pay 5 %.
gift = 1 - 0.025 / (1 - 1.025**-35) * (1 - 1.05**-35) / 0.05
cost = grants + gift * loans
threshold = {"per dollar": cost.sum() / total.sum(), "per head and year": cost.sum() / people.sum() / years}
dear = dict(zip(countries, (cost / people / years).tolist(), strict=True))
print(f"part of a loan that is a gift: {gift:.3f}; the least that a dollar must bring: {threshold}")
for country, each in sorted(dear.items(), key=lambda pair: pair[1]):
    print(f"  {country:20} {each:6.2f} a head and year")


# Assumed, in dollars a head and year: what joining costs, what an open market brings, and its part for those outside.
def payoffs(inside: np.ndarray, people: np.ndarray, worth: float) -> np.ndarray:
    """What the United States and each recipient have, aid aside, with these recipients inside."""
    others = (inside @ people - inside * people) / (people.sum() - people)
    return np.array([worth * (inside @ people), *(people * np.where(inside, 4 * others - 6, 2 * others))])


# All sixteen: the United States is committed, and buys in recipients at what each needs.
game = np.zeros((1 << (n + 1), n + 1))
for mask in range(1, 1 << (n + 1), 2):
    game[mask] = payoffs(np.array([bool(mask >> i & 1) for i in range(1, n + 1)]), people, 15.0)
bought = bg.buy_in(bg.MembershipGame(game, players=["United States", *countries]), "United States")
everyone = (1 << (n + 1)) - 1
paid = bought.payments(everyone)
below = [country for country in countries if dear[country] < paid[country] / people[countries.index(country)]]
print(f"bought at need: {sum(paid.values()) * years:.0f} of {cost.sum():.0f} million; joined for less: {below}")
four = cost[:4].sum() / people[:4].sum() / years
credible = four / offers[0].number("players.United States.discount")
print(f"the four largest: worth {four:.2f} a head and year to be in the giver's interest, {credible:.2f} to be kept up")
worths = (15.0, 11.0, 8.0)
for offer, worth in zip(offers, worths, strict=True):
    table = offer.build_model().normal_form().payoffs[:, 0]
    for at in np.ndindex(2, 2, 2, 2):  # 0 is to join
        assert np.allclose(table[:, *at], payoffs(1 - np.array(at), people[:4], worth))
assert [verdict.holds for verdict in verdicts] == [True, False, False]
assert worths[2] < four < worths[1] < credible < worths[0]
assert np.allclose(grants + loans, total)
assert np.isclose(total.sum() + 407.0, 13325.8)  # aid to the region as a whole, and the printed sum
assert bought.best == everyone
