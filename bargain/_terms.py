"""The amounts of terms and escrows as affine functions of themselves."""

from __future__ import annotations

from collections.abc import Sequence

from bargain._affine import Affine, Number
from bargain.offers import Term


def flowing(terms: Sequence[Term], state: str) -> tuple[Term, ...]:
    """The terms among `terms` that flow each period in a state."""
    return tuple(t for t in terms if t.timing == "conditional" or (t.timing == "windfall" and state == "after"))


def value(term: Term, share: Number = 1) -> Affine:
    """The term's value as a variable, or the share of it in force."""
    return Affine(0, {f"terms.{term.id}.value": share})


def cost(term: Term, share: Number = 1) -> Affine:
    """The term's cost as a variable, or the share of it in force."""
    return Affine(0, {f"terms.{term.id}.cost": share})


def escrow(player: str) -> str:
    """The path of a player's escrow."""
    return f"backing.escrow.{player}.amount"
