"""Promises that change from period to period: schedules of terms, growth of capabilities, and averages over them.

A schedule gives the share of a term that is in force in each period, from the first; the last one lasts. Where any
is stated, or any capability grows, an agreement has one state a period, the last standing for all that follow.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from bargain._affine import Affine, Number
from bargain._yaml import Location, Trouble
from bargain.offers import REVOCABLE, Offer, Term, revocable

Flow = TypeVar("Flow", Affine, Any)


def shares(term: Term, periods: int) -> tuple[float, ...]:
    """Return the share of a term in force in each period, the last one lasting; empty where it is constant.

    A word is a straight line over `periods` periods: back-loaded rises from 1/n of the term to all of it,
    front-loaded falls from all of it to 1/n.
    """
    if not isinstance(term.schedule, str):
        return term.schedule
    return word_shares(term.schedule, periods)


def word_shares(word: str, periods: int) -> tuple[float, ...]:
    """Return the shares that a word stands for.

    >>> word_shares("back-loaded", 4), word_shares("front-loaded", 2), word_shares("constant", 4)
    ((0.25, 0.5, 0.75, 1.0), (1.0, 0.5), ())
    """
    rising = tuple((period + 1) / periods for period in range(periods))
    return {"back-loaded": rising, "front-loaded": rising[::-1]}.get(word, ())


def in_period(entries: Sequence[float], state: str) -> float:
    """Return the entry of a schedule in a state; 1 where there is no schedule.

    >>> in_period([0.5, 1.0], "period 1"), in_period([0.5, 1.0], "period 7"), in_period([], "always")
    (0.5, 1.0, 1.0)
    """
    return entries[min(period_of(state), len(entries)) - 1] if entries else 1.0


def period_of(state: str) -> int:
    """Return the number of a state that is a period, 0 of one that is not.

    >>> period_of("period 3"), period_of("always")
    (3, 0)
    """
    return int(state.removeprefix("period ")) if state.startswith("period ") else 0


def period_states(offer: Offer) -> tuple[str, ...]:
    """Return one state for each period that an offer tells apart; none where nothing changes by period."""
    lengths = [len(shares(term, offer.periods)) for term in offer.terms]
    lengths += [len(player.growth) for player in offer.players.values()]
    return tuple(f"period {period + 1}" for period in range(max(lengths, default=0)))


def average(flows: Sequence[Flow], discount: Number) -> Flow:
    """Return the average a period of a stream whose last entry lasts: (1 - d)*(x_1 + d*x_2 + ...) + d^(n-1)*x_n.

    >>> average([4.0, 2.0], 0.5)
    3.0
    """
    found = flows[-1]
    for flow in reversed(flows[:-1]):
        found = (1 - discount) * flow + discount * found
    return found


def schedule_faults(data: Mapping[str, Any]) -> Iterator[Trouble]:
    """Yield what is wrong with schedules and growth beside the rest of a document."""
    stated: list[Location] = []
    terms = data.get("terms")
    terms = [term if isinstance(term, dict) else {} for term in terms] if isinstance(terms, list) else []
    for index, term in enumerate(terms):
        if term.get("schedule") in (None, "constant", []):
            continue
        at: Location = ("terms", index, "schedule")
        stated.append(at)
        timing = term.get("timing", "conditional")
        if timing in ("upfront", "windfall"):
            when = {"upfront": "given once, in the first period", "windfall": "given from when the windfall arrives"}
            what = f"the term is {when[timing]}, so it has no schedule"
            yield Trouble(at, what, "A schedule belongs to a conditional term", "remove it, or change the timing")
        elif _falls(term["schedule"]) and (kept := _kept(term)):
            expected = "Its shares may rise from period to period, not fall"
            yield Trouble(at, f"this schedule falls, but {kept}", expected, "write shares that do not fall")
    players = data.get("players")
    for name, player in players.items() if isinstance(players, dict) else ():
        if isinstance(player, dict) and player.get("growth"):
            stated.append(("players", name, "growth"))
            if not data.get("disagreement"):
                what = "capabilities grow, and no profile is stated under disagreement"
                expected = "An equilibrium of today need not be one tomorrow"
                yield Trouble(stated[-1], what, expected, "write the action of each player under disagreement")
    if not stated:
        return
    windfall = next((k for k, term in enumerate(terms) if term.get("timing") == "windfall"), None)
    if windfall is not None:
        what = "a windfall term stands beside a schedule by period"
        todo = "remove the schedules and growth, or change the timing"
        yield Trouble(("terms", windfall, "timing"), what, "When a windfall arrives is not known", todo)
    if "punishment_periods" in data:
        what = "a punishment that ends stands beside a schedule by period"
        yield Trouble(("punishment_periods",), what, "With a schedule, punishment is for ever", "remove it")


def _falls(schedule: Any) -> bool:
    if isinstance(schedule, str):
        return schedule == "front-loaded"
    numbers = isinstance(schedule, list) and all(isinstance(each, int | float) for each in schedule)
    return numbers and any(later < share for share, later in itertools.pairwise(schedule))


def _kept(term: Mapping[str, Any]) -> str:
    """Say why what was given of a term cannot become less; empty where it can."""
    cluster, power, stated = term.get("cluster"), term.get("power", 0.0), term.get("revocable")
    if not isinstance(cluster, str) or cluster not in REVOCABLE or not isinstance(power, int | float):
        return ""
    if power > 0:
        return "it carries power, and what was learnt of it cannot be unlearnt"
    can_be_revoked = revocable(cluster, "conditional", power, stated if isinstance(stated, bool) else None)
    return "" if can_be_revoked or cluster == "financial" else "what was given of it cannot be taken back"
