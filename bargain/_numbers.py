"""The numbers of a document, in floats or in rationals, as an agreement reads them."""

from __future__ import annotations

from functools import cached_property

from bargain._affine import Number
from bargain._terms import escrow
from bargain.model import rational
from bargain.offers import Offer, Term
from bargain.schedules import in_period, shares


class DocumentNumbers:
    """Amounts, probabilities, discount factors and schedules of an offer."""

    def __init__(self, offer: Offer, *, exact: bool = False) -> None:
        self.offer = offer
        self.exact = exact
        self._read = rational if exact else float

    @cached_property
    def amounts(self) -> dict[str, Number]:
        """The offer's point: every value, cost and escrow by its path, absent escrows at 0."""
        read = self._read
        point: dict[str, Number] = {}
        for term in self.offer.terms:
            point[f"terms.{term.id}.value"] = read(term.value)
            point[f"terms.{term.id}.cost"] = read(term.cost)
        for player in self.offer.player_names:
            point[escrow(player)] = read(self.offer.amount("escrow", player) or 0.0)
        return point

    def discount(self, player: str) -> Number:
        """The player's discount factor, delta."""
        return self.number(self.offer.players[player].discount)

    def detection(self, player: str) -> Number:
        """The probability q that a breach by the player is detected in its period; 1 where none is stated."""
        return self.number(self.offer.amount("monitoring", player), 1.0)

    def guaranteed(self, player: str) -> Number:
        """The probability gamma that a third party makes the player's promise good, and recovers it."""
        return self.number(self.offer.amount("guarantee", player), 0.0)

    def reputation(self, player: str) -> Number:
        """What a detected breach costs the player outside this game."""
        return self.number(self.offer.amount("reputation", player), 0.0)

    @property
    def cost_of_capital(self) -> Number:
        """What a unit of escrow costs its holder a period."""
        return self.number(self.offer.cost_of_capital)

    @property
    def hazard(self) -> Number:
        """The probability a period that the windfall arrives; 0 where the offer has no windfall terms."""
        return self.number(self.offer.hazard, 0.0)

    def number(self, value: float | None, default: float = 0.0) -> Number:
        """Read a number of the document, or its default, in the arithmetic of this agreement."""
        number: Number = self._read(default if value is None else value)
        return number

    def share(self, term: Term, state: str) -> Number:
        """The share of a term that is in force in a state."""
        return self.number(in_period(shares(term, self.offer.periods), state))
