"""Claims about who joins: coalitions for safety, clubs that pool power, and gains from unlike resources."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import bargain as bg
from bargain.coalitions import MembershipGame
from bargain.cores import core
from bargain.membership import farsighted_sizes, stability, stable_sizes
from bargain.partition import stable_structures
from bargain.recruitment import buy_in
from bargain.transfers import outside_money
from bargain_models import CapacityClub, Complementarity, SafeCoalition
from claims.claim import Claim


@cache
def unlike(**draw: float) -> MembershipGame:
    """Five states, each with a benefit and a cost of safety, 1 where none is stated.

    Benefits are linear and all act at once; if the coalition `leads`, it moves first and benefits are quadratic.
    """
    benefit, cost = (tuple(draw.get(f"{what}_{i}", 1.0) for i in range(1, 6)) for what in ("benefit", "cost"))
    forms: dict[str, Any] = {"benefits": "quadratic", "moves": "stackelberg"} if draw.get("leads") else {}
    return SafeCoalition(players=tuple("ABCDE"), benefit=benefit, cost=cost, **forms).membership()


def largest(masks: tuple[int, ...]) -> int:
    return max((mask.bit_count() for mask in masks), default=1)


@cache
def stable(**draw: float) -> tuple[int, ...]:
    """The coalitions of the five that hold by themselves."""
    return stability(unlike(**draw)).stable


@cache
def held_together(**draw: float) -> tuple[int, ...]:
    """The coalitions of the five that transfers among their members keep together."""
    game = unlike(**draw)
    return tuple(int(mask) for mask in np.flatnonzero(outside_money(game) <= 1e-9 * game.scale))


def stays_small(**draw: float) -> bool:
    """Whether no stable coalition of the five has more than three members."""
    return largest(stable(**draw)) <= 3


def transfers_enlarge(**draw: float) -> bool:
    """Whether transfers hold together a larger coalition than the largest that holds by itself."""
    return largest(held_together(**draw)) > largest(stable(**draw))


def transfers_bring_all(**draw: float) -> bool:
    """Whether transfers among themselves hold all five together."""
    return unlike(**draw).n_coalitions - 1 in held_together(**draw)


def transfers_reach_far(**draw: float) -> bool:
    """Whether a coalition with transfers gains twice what any without does, and half of what all together would."""
    welfare = unlike(**draw).welfare
    without, paid = ((welfare[[0, *masks]] - welfare[0]).max() for masks in (stable(**draw), held_together(**draw)))
    return bool(paid >= max(2 * without, (welfare[-1] - welfare[0]) / 2))


def committed_buy_in(committed: float = 3, **draw: float) -> bool:
    """Whether states committed to stay can pay others to join, and not lose by it."""
    return buy_in(unlike(**draw), (1 << int(committed)) - 1).largest.bit_count() > committed


def farsight_enlarges(states: float = 8, cost: float = 1.0, quadratic: float = 0) -> bool:
    """Whether states that foresee what their leaving sets off sustain a larger coalition."""
    model = SafeCoalition(
        players=tuple(f"State {i + 1}" for i in range(int(states))),
        cost=cost,
        benefits="quadratic" if quadratic else "linear",
    )
    game = model.symmetric()
    return max(farsighted_sizes(game)) > max(stable_sizes(game))


def large_is_shallow(states: float = 10, cost: float = 0.1) -> bool | None:
    """Whether a leading coalition that holds with half of the states or more adds less than a tenth to what all have.

    None where no such coalition holds.
    """
    n = int(states)
    model = SafeCoalition(
        players=tuple(f"State {i + 1}" for i in range(n)),
        benefit=1 / n,
        cost=cost,
        benefits="quadratic",
        moves="stackelberg",
    )
    game = model.symmetric()
    size = max(stable_sizes(game))
    if 2 * size < n:
        return None
    nothing = n * game.outside[0]
    found = size * game.inside[size - 1] + ((n - size) * game.outside[size] if size < n else 0.0)
    return bool(found - nothing < 0.1 * nothing)


@cache
def ten_countries() -> SafeCoalition:
    """The ten countries of the worked example."""
    model = bg.read_offer(Path(__file__).parents[2] / "examples" / "ten_countries" / "offer.yaml").build_model()
    assert isinstance(model, SafeCoalition)
    return model


SIGNED = (1, 3, 4, 5)
"""The only coalition of the ten countries that holds, by place."""
OUTSIDE = tuple(place for place in range(10) if place not in SIGNED)


def club_good_brings_in(outsider: float = 2, exposure: float = 0.8) -> bool:
    """Whether a country outside joins the four if a club good leaves it with that part of the damage."""
    model, place = ten_countries(), OUTSIDE[int(outsider)]
    shares = tuple(exposure if i == place else 1.0 for i in range(10))
    alone = model.outcome([model.players[i] for i in SIGNED]).payoffs[place]
    joined = [model.players[i] for i in (*SIGNED, place)]
    return bool(model.model_copy(update={"member_exposure": shares}).outcome(joined).payoffs[place] >= alone)


def cost_sharing_keeps_all(equally: float = 0, **draw: float) -> bool | None:
    """Whether all three stay if the cost of doing what is best for all is shared by marginal damage, or `equally`.

    None unless all emit, apart and together. The gamma worth of a group is what it has while others act singly.
    """
    alpha = tuple(draw.get(f"gain_{i}", 20.0) for i in (1, 2, 3))
    damage = tuple(draw.get(f"damage_{i}", float(i)) for i in (1, 2, 3))
    model = SafeCoalition(players=tuple("ABC"), benefits="emissions", alpha=alpha, d=damage)
    apart, together = model.outcome([]), model.outcome(list("ABC"))
    if min(*apart.efforts, *together.efforts) <= 0:
        return None
    lost = [a * (e - f) - (e**2 - f**2) / 2 for a, e, f in zip(alpha, apart.efforts, together.efforts, strict=True)]
    parts = np.full(3, 1 / 3) if equally else np.array(damage) / sum(damage)
    shares = together.payoffs + np.array(lost) - parts * sum(lost)
    payoffs = model.membership().payoffs
    groups = [[i for i in range(3) if mask >> i & 1] for mask in range(1, 8)]
    return all(shares[group].sum() >= payoffs[sum(1 << i for i in group), group].sum() - 1e-9 for group in groups)


def club(draw: dict[str, float]) -> tuple[CapacityClub, tuple[float, ...]]:
    """Four states and their capabilities."""
    numbers = dict(zip(("first", "second", "third", "fourth"), (4.0, 2.0, 1.0, 1.0), strict=True)) | draw
    capabilities = tuple(numbers.pop(name) for name in ("first", "second", "third", "fourth"))
    return CapacityClub(**numbers), capabilities


def outsiders_lose(**draw: float) -> bool:
    """Whether a club of the first two costs both others power."""
    model, capabilities = club(draw)
    return bool((model.report(0b0011, capabilities=capabilities).gains[2:] < 0).all())


def members_gain(**draw: float) -> bool:
    """Whether a club of the first two leaves both of them better off."""
    model, capabilities = club(draw)
    return bool((model.report(0b0011, capabilities=capabilities).gains[:2] > 0).all())


def stronger_must_be_paid(**draw: float) -> bool | None:
    """Whether the stronger of the first two loses by a club that the two gain by together."""
    model, capabilities = club(draw)
    gains = model.report(0b0011, capabilities=capabilities).gains[:2]
    return bool(gains[int(np.argmax(capabilities[:2]))] < 0) if gains.sum() > 0 else None


def counter_club_forms(**draw: float) -> bool:
    """Whether the two outside, once the others have a club, both gain by one of their own."""
    model, capabilities = club(draw)
    one, two = (model.report(*clubs, capabilities=capabilities).payoffs for clubs in ((0b0011,), (0b0011, 0b1100)))
    return bool((two[2:] > one[2:]).all())


def clubs_settle(**draw: float) -> bool:
    """Whether some structure of clubs and counter-clubs is such that nobody moves."""
    model, capabilities = club(draw)
    return bool(stable_structures(model.partition(capabilities)).rows)


def states(draw: dict[str, float], pooled: float) -> Complementarity:
    numbers = dict(zip(("tech_1", "tech_2", "tech_3"), (10.0, 3.0, 1.0), strict=True))
    numbers |= dict(zip(("labour_1", "labour_2", "labour_3"), (1.0, 4.0, 6.0), strict=True)) | draw
    technology, labour = (tuple(numbers[f"{what}_{i}"] for i in (1, 2, 3)) for what in ("tech", "labour"))
    return Complementarity(technology=technology, labour=labour, pooling="sum" if pooled else "max")


def pair_gain(draw: dict[str, float], added: float) -> float:
    v = states(draw, added).coalitional().values
    return float(v[0b011] - v[0b001] - v[0b010])


def gap_is_a_gain(added: float = 0, tech_1: float = 10.0, **draw: float) -> bool | None:
    """Whether the first two gain more from each other if the abler of them is a tenth abler."""
    if tech_1 <= draw.get("tech_2", 3.0):
        return None
    before, after = (pair_gain({**draw, "tech_1": ability}, added) for ability in (tech_1, 1.1 * tech_1))
    return after > before


def all_can_be_kept(added: float = 0, **draw: float) -> bool:
    """Whether the three can share what they make so that no group does better alone."""
    return core(states(draw, added).coalitional()).nonempty


FIVE = {f"benefit_{i}": (0.2, 2.0) for i in range(1, 6)} | {f"cost_{i}": (0.5, 2.0) for i in range(1, 6)}
CLUB = {
    "first": (0.5, 5.0),
    "second": (0.5, 5.0),
    "third": (0.5, 5.0),
    "fourth": (0.5, 5.0),
    "spillover": (0.05, 1.0),
    "fee": (0.0, 6.0),
}
UNLIKE = {f"tech_{i}": (0.5, 10.0) for i in (1, 2, 3)} | {f"labour_{i}": (0.5, 10.0) for i in (1, 2, 3)}
JUSTEN = "Justen (2024)"
JOINING = f"{JUSTEN}; Carraro & Siniscalco (1993)"
POWER_RELATIONS = "work on AI and state-to-state power relations (2024)"

CLAIMS = (
    Claim(
        "J2",
        "Without benefits to share, coalitions for safety stay small: three of five states at most.",
        "Carraro & Siniscalco (1993); Barrett (1994)",
        "safe_coalition",
        "safe_coalition",
        stays_small,
        FIVE,
        {},
        {"leads": 1},
        "a coalition that moves first, at benefits that fall off, is thinned out by leaving so much that all four stay",
    ),
    Claim(
        "J2",
        "Transfers among members hold together a larger coalition than holds by itself.",
        JOINING,
        "safe_coalition",
        "ten_countries",
        transfers_enlarge,
        FIVE,
        {"benefit_1": 2.0, "benefit_2": 0.3, "benefit_3": 0.3},
        {},
        "states that are all alike have nothing to pay each other for",
    ),
    Claim(
        "J2",
        "Transfers among members hold all five together.",
        JOINING,
        "safe_coalition",
        "ten_countries",
        transfers_bring_all,
        {**FIVE, "benefit_1": (0.2, 6.0)},
        {"benefit_1": 2.0, "benefit_2": 0.2, "benefit_3": 0.2, "benefit_4": 0.2, "benefit_5": 0.2},
        {},
        "together five states that are alike gain less than each of them gains by leaving: no sharing rule works",
    ),
    Claim(
        "J2",
        "Three states that are committed to stay can pay others to join, and not lose by it.",
        JOINING,
        "safe_coalition",
        "safe_coalition",
        committed_buy_in,
        FIVE,
        {},
        {"benefit_1": 0.5, "benefit_2": 0.2, "benefit_3": 0.3},
        "those who are committed care too little for safety to pay those who care more",
    ),
    Claim(
        "J2",
        "States that foresee what their leaving sets off sustain a larger coalition than those that do not.",
        "Chwe (1994); Eyckmans (2001)",
        "safe_coalition",
        "safe_coalition",
        farsight_enlarges,
        {"states": (3, 12), "cost": (0.1, 10.0), "quadratic": (0, 1)},
        {},
        {"states": 4},
        "of four alike a coalition of three is the largest, foresight or not",
        whole=frozenset({"states", "quadratic"}),
    ),
    Claim(
        "P4",
        "A club that pools capability leaves everyone outside with less power.",
        POWER_RELATIONS,
        "capacity_club",
        "capacity_club",
        outsiders_lose,
        CLUB,
        {},
        {"spillover": 0.0},
        "a club that shares nothing changes nobody's power",
    ),
    Claim(
        "P4",
        "A club leaves all of its members better off.",
        POWER_RELATIONS,
        "capacity_club",
        "capacity_club",
        members_gain,
        CLUB,
        {"first": 2.0},
        {},
        "the stronger state gives its partner more power than it gets: the leader must be paid",
    ),
    Claim(
        "P4",
        "The stronger member of a club loses by it even where its two members gain together, and must be paid.",
        POWER_RELATIONS,
        "capacity_club",
        "capacity_club",
        stronger_must_be_paid,
        CLUB,
        {},
        {"first": 2.0},
        "between two that are equally strong the gain is equal too",
        premise="the two gain together",
    ),
    Claim(
        "P4",
        "A club calls forth a counter-club of those outside.",
        POWER_RELATIONS,
        "capacity_club",
        "capacity_club",
        counter_club_forms,
        CLUB,
        {},
        {"fee": 6.0},
        "a fee that high is more than the power regained is worth to two weak states",
    ),
    Claim(
        "P4",
        "Clubs and counter-clubs settle: there is a structure in which no state wants to move.",
        "Yi (1997), of clubs that harm outsiders",
        "capacity_club",
        "capacity_club",
        clubs_settle,
        CLUB,
        {"fee": 6.0},
        {},
        "every structure has a state that gains by moving to another club, and they cycle",
    ),
    Claim(
        "P5",
        "A gap in ability is a gain from trade: two states gain more from each other, the abler the abler one is.",
        POWER_RELATIONS,
        "complementarity",
        "complementarity",
        gap_is_a_gain,
        {**UNLIKE, "added": (0, 1)},
        {},
        {"added": 1, "labour_1": 10.0, "labour_2": 0.5, "tech_1": 4.0},
        "where technologies add up, what counts is technology for each unit of labour: the state with much labour had "
        "less of it, and an abler one is more like its partner",
        premise="the first state is the abler one",
        whole=frozenset({"added"}),
    ),
    Claim(
        "P5",
        "The gain from unlike resources can be shared so that no group of states does better alone.",
        f"{POWER_RELATIONS}; Owen (1975)",
        "complementarity",
        "complementarity",
        all_can_be_kept,
        {**UNLIKE, "added": (0, 1)},
        {"added": 1},
        {},
        "the best technology is a club good: two states have all of it, and the third brings labour alone",
        whole=frozenset({"added"}),
    ),
    Claim(
        "J2",
        "A coalition for safety that holds with half of the states or more adds less than a tenth to what all have.",
        "Barrett (1994)",
        "safe_coalition",
        "safe_coalition",
        large_is_shallow,
        {"states": (3, 20), "cost": (0.01, 2.0)},
        {},
        {"states": 4, "cost": 1.0},
        "among four states for whom safety is dear, the three that hold together add a tenth and more",
        premise="at least half of the states hold together by themselves",
        whole=frozenset({"states"}),
    ),
    Claim(
        "J2",
        "A club good that protects its members brings in a country that stays outside as it is.",
        "Li & Rus (2019)",
        "safe_coalition",
        "ten_countries",
        club_good_brings_in,
        {"outsider": (0, 5), "exposure": (0.5, 1.0)},
        {"exposure": 0.84},
        {"exposure": 0.85},
        "country 7 has to be spared 16% of the damage, and this spares it 15%",
        whole=frozenset({"outsider"}),
    ),
    Claim(
        "J2",
        "If the cost of restraint is shared in proportion to the danger that each averts for itself, no group does "
        "better alone.",
        "Chander & Tulkens (1997), where damage is linear",
        "safe_coalition",
        "safe_coalition",
        cost_sharing_keeps_all,
        {**{f"gain_{i}": (10.0, 30.0) for i in (1, 2, 3)}, **{f"damage_{i}": (0.1, 4.0) for i in (1, 2, 3)}},
        {},
        {"equally": 1},
        "shared equally, the cost is more than the state in least danger has to fear",
        premise="all emit, apart and together",
    ),
    Claim(
        "J2",
        "Transfers among unlike states at least double what they gain together, and bring it to half of what all could "
        "gain, or more.",
        "McGinty (2007); Eyckmans & Finus (2004)",
        "safe_coalition",
        "ten_countries",
        transfers_reach_far,
        FIVE,
        {"benefit_1": 2.0, "cost_1": 0.5},
        {},
        "states that are all alike have nothing to pay each other for, and gain as much without",
    ),
)
