"""Schedules as amounts to choose: a term written as one term for each period, and put together again.

A requirement is linear in what is given in each period, so the best schedule is a linear program like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bargain.errors import BargainError
from bargain.offers import MOST_PERIODS, Offer, Term
from bargain.programs import Change, Clash
from bargain.schedules import in_period, shares

ROUNDING = 1e-14
"""Shares closer than this are one."""


@dataclass(frozen=True)
class Unfolded:
    """An offer in which the amounts of some terms are free in each period, and the parts of each such term."""

    offer: Offer
    whole: Offer
    parts: Mapping[str, tuple[str, ...]]
    free: tuple[str, ...]

    def path(self, path: str) -> str:
        """The name in the whole offer of a path in the unfolded one."""
        return {
            f"terms.{part}.value": f"terms.{term}.schedule.{k}"
            for term, parts in self.parts.items()
            for k, part in enumerate(parts)
        }.get(path, path)

    def paths(self, path: str) -> tuple[str, ...]:
        """The paths in the unfolded offer that stand for one of the whole offer."""
        named = {f"terms.{term}.value": parts for term, parts in self.parts.items()}
        return tuple(f"terms.{part}.value" for part in named[path]) if path in named else (path,)

    def clash(self, clash: Clash) -> Clash:
        """A certificate in the names of the whole offer."""
        names = list(clash.names)
        for term, parts in self.parts.items():
            names = [name.replace(", ".join(parts), term) for name in names]
        for path in clash.variables:  # of a bound
            names = [name.replace(f"{path} at most", f"{self.path(path)} at most") for name in names]
        return replace(clash, names=tuple(names), variables=tuple(map(self.path, clash.variables)))

    def fold(self, changes: Sequence[Change]) -> tuple[Offer, tuple[Change, ...]]:
        """Return the whole offer with the amounts chosen, and what that changes.

        The value of a term stays, its shares change; a term worth nothing takes its largest amount as its value.
        """
        chosen = {change.path: change for change in changes}
        updates: dict[str, object] = {}
        told: list[Change] = []
        for term in self.whole.terms:
            if term.id not in self.parts:
                continue
            paths = [f"terms.{part}.value" for part in self.parts[term.id]]
            levels = [chosen.pop(path).new if path in chosen else term.value for path in paths]
            for part in self.parts[term.id]:
                chosen.pop(f"terms.{part}.cost", None)
            value = term.value or max(levels)
            if not value:
                continue
            old = shares(term, self.whole.periods)
            new = []
            for k, level in enumerate(levels):
                before, share = in_period(old, f"period {k + 1}"), level / value
                if abs(share - before) <= ROUNDING:
                    share = before
                else:
                    told.append(Change(f"terms.{term.id}.schedule.{k}", before, share))
                new.append(share)
            if not term.value:
                keys = (f"terms.{term.id}.value", f"terms.{term.id}.cost")
                updates |= dict.fromkeys(keys, value)
                told += [Change(key, 0.0, value) for key in keys]
            updates[f"terms.{term.id}.schedule"] = new
        told += chosen.values()
        updates |= {change.path: change.new for change in chosen.values()}
        return self.whole.replace(updates), tuple(told)


def unfold(offer: Offer, periods: int, free: Sequence[str] | None) -> Unfolded:
    """Write each freed term that may have any schedule as one term a period, the last one lasting.

    Raises
    ------
    ValueError     if the number of periods is out of range
    BargainError   if no freed term may have a schedule of any shape
    """
    if not isinstance(periods, int) or not 1 <= periods <= MOST_PERIODS:
        raise ValueError(f"schedule is {periods!r}; it is a whole number of periods from 1 to {MOST_PERIODS}")
    taken = {term.id for term in offer.terms}
    parts: dict[str, tuple[str, ...]] = {}
    data, terms = offer.data, []
    for given, term in zip(data["terms"], offer.terms, strict=True):
        if not _any_shape(term) or (free is not None and f"terms.{term.id}.value" not in free):
            terms.append(given)
            continue
        stem = term.id
        while any(f"{stem}-{k + 1}" in taken for k in range(periods)):
            stem += "-"
        parts[term.id] = tuple(f"{stem}-{k + 1}" for k in range(periods))
        amounts = {"value": term.value, "cost": term.cost}
        for k, name in enumerate(parts[term.id]):
            only = [float(k == j) for j in range(periods)]
            terms.append({**given, **amounts, "id": name, "schedule": only, "weight": term.weight if k == 0 else 0.0})
    if not parts:
        raise BargainError(
            "No freed term can be given a schedule of any shape. One that can is conditional, has no power, is money "
            "or can be taken back, and is worth something where it costs something."
        )
    data["terms"] = terms
    if free is None:
        declared = dict.fromkeys(backing.by for backing in offer.backing if backing.kind == "escrow")
        free = [f"terms.{term.id}.value" for term in offer.terms]
        free += [f"backing.escrow.{player}.amount" for player in declared]
    whole = Unfolded(offer, offer, parts, ())
    wanted = tuple(each for path in free for each in whole.paths(path))
    return replace(whole, offer=offer.replace({"terms": terms}), free=wanted)


def _any_shape(term: Term) -> bool:
    """Whether what is given of a term may rise and fall."""
    return term.timing == "conditional" and not term.power and not term.lasting and (term.value > 0 or term.cost == 0)
