"""Claims about the order that AI leads to: unlike allies, dependence and its remedies, many developers against one."""

from __future__ import annotations

import math

import bargain as bg
from bargain_models import AiDivide, BalanceOfPower, ResourceHeterogeneity
from claims.claim import Claim


def allies(draw: dict[str, float]) -> ResourceHeterogeneity:
    """Three allies with equal markets; the level of regulation that each wants follows from its capability."""
    numbers = {"capability_1": 9.0, "capability_2": 1.0, "capability_3": 1 / 9, "gain": 1.0} | draw
    gain = numbers.pop("gain")
    names = [f"{what}_{i}" for what in ("capability", "weight") for i in (1, 2, 3)]
    values = [numbers.get(name, 1.0) for name in names]
    ideals = tuple(1 / (1 + each) for each in values[:3])
    return ResourceHeterogeneity(ideals=ideals, weights=tuple(values[3:]), gains=gain)


def unlikeness_costs(capability_1: float = 9.0, **draw: float) -> bool | None:
    """Whether the allies gain less together if the first of them is half as capable again."""
    now, later = (
        allies({**draw, "capability_1": each}).with_side_payments() for each in (capability_1, 1.5 * capability_1)
    )
    return None if now is None else later is None or later.surplus < now.surplus


def allies_disagree(**draw: float) -> bool:
    """Whether no level of regulation is acceptable to all."""
    return allies(draw).acceptable() is None


def payments_reconcile(**draw: float) -> bool | None:
    """Whether payments make all gain by one level where there is none that all accept as it is."""
    return allies(draw).with_side_payments() is not None if allies_disagree(**draw) else None


def adopting_backfires(**draw: float) -> bool:
    """Whether a state that adopts and is charged all that it gains is worse off than one that stays out."""
    model = AiDivide(**draw)
    return bool(model.payoff((0, 0), model.capabilities())[1] < model.staying_out)


def voice_is_enough(**draw: float) -> bool:
    """Whether less than half a say in the price makes adopting worthwhile."""
    return AiDivide(**draw).least_voice() < 0.5


def capacity_saves_voice(**draw: float) -> bool | None:
    model = AiDivide(**draw)
    needed = model.least_voice(capacity=0.0)
    return model.least_voice(capacity=0.5) < needed if needed < math.inf else None


def sovereign_eases_joining(own: float = 1.0, **draw: float) -> bool | None:
    """Whether a state with an AI of its own joins for less of a say."""
    model = AiDivide(**draw)
    needed = model.least_voice(sovereign=0.0)
    return model.least_voice(sovereign=own) < needed if 0 < needed < math.inf else None


def voice_is_cheapest(most_exposed: float = 8.0, **draw: float) -> bool | None:
    """Whether the cheapest remedy, with a limit to what the state may lose if it is cut off, is voice alone."""
    mix = AiDivide(**draw).cheapest_remedies(most_exposed=most_exposed)
    return None if mix is None else mix.capacity == 0 and mix.sovereign == 0


def say(seat: float, leader: float, quota: float) -> float:
    """The voting power of a state with `seat` votes beside a leader and three others of ten votes each."""
    weights = (leader, seat, 10.0, 10.0, 10.0)
    return float(bg.voting_power(weights, quota * sum(weights))[1])


def seat_is_enough(seat: float = 20.0, leader: float = 40.0, quota: float = 0.6, **draw: float) -> bool:
    """Whether a seat's voting power is all the say that makes adopting worthwhile."""
    return say(seat, leader, quota) >= AiDivide(**draw).least_voice()


def votes_are_power(seat: float = 20.0, leader: float = 40.0, quota: float = 0.6) -> bool:
    """Whether a seat's voting power is at least its share of the votes."""
    return say(seat, leader, quota) >= seat / (leader + seat + 30) - 1e-12


def many_are_safer(developers: float = 3, **draw: float) -> bool:
    """Whether the outcome is likelier to be good with many equal developers than with one."""
    model = BalanceOfPower(**draw)
    return bool(model.chance_good([1] * int(developers)) > model.chance_good([1]))


def many_misaligned_are_worse(developers: float = 3, aligned: float = 0.4, **draw: float) -> bool | None:
    model = BalanceOfPower(aligned=aligned, **draw)
    if aligned >= model.threshold:
        return None
    return bool(model.chance_good([1] * int(developers)) < model.chance_good([1]))


def correlation_undoes(developers: float = 9, correlation: float = 0.5, **draw: float) -> bool | None:
    """Whether correlation keeps developers from a chance of 95% that as many independent ones would have."""
    model, equal = BalanceOfPower(correlation=correlation, **draw), [1] * int(developers)
    independent = model.model_copy(update={"correlation": 0.0})
    if independent.chance_good(equal) < 0.95 or model.aligned >= 0.95:
        return None
    return bool(model.chance_good(equal) < 0.95)


def tenth_is_enough(developers: float = 6, prize: float = 10.0, rebellion_cost: float = 1.0) -> bool:
    """Whether a tenth of the prize keeps every one of several equal developers from a grab."""
    model = BalanceOfPower(prize=prize, rebellion_cost=rebellion_cost)
    return all(least <= prize / 10 for least in _least(model, [1.0] * int(developers)))


def _least(model: BalanceOfPower, capabilities: list[float]) -> tuple[float, ...]:
    """What keeps each of any number of developers from a grab."""
    players = tuple(f"Developer {i + 1}" for i in range(len(capabilities)))
    sized = BalanceOfPower(players=players, prize=model.prize, rebellion_cost=model.rebellion_cost)
    return tuple(map(float, sized.least_bargain(capabilities)))


def dominance_endangers(others: float = 2, **draw: float) -> bool:
    """Whether the outcome is less likely to be good if one developer outweighs all others than if all are equal."""
    model, count = BalanceOfPower(**draw), int(others)
    return bool(model.chance_good([count + 1] + [1] * count) < model.chance_good([1] * (count + 1)))


def dominance_is_dear(dominant: float = 2.0, others: float = 2, **draw: float) -> bool:
    """Whether the developer with most power needs the largest part to stay in the bargain."""
    first, *rest = _least(BalanceOfPower(**draw), [dominant] + [1.0] * int(others))
    return first > max(rest)


ALLIES = {
    **{f"capability_{i}": (0.1, 10.0) for i in (1, 2, 3)},
    **{f"weight_{i}": (0.2, 5.0) for i in (1, 2, 3)},
    "gain": (0.0, 0.5),
}
DIVIDE = {
    "value": (6.0, 20.0),
    "outside": (0.5, 4.0),
    "floor": (0.0, 2.0),
    "erosion": (0.02, 0.5),
    "discount": (0.5, 0.98),
}
SEATS = {"seat": (1.0, 40.0), "leader": (10.0, 60.0), "quota": (0.5, 0.75)}
BALANCE = {"aligned": (0.2, 0.99), "correlation": (0.0, 0.95), "threshold": (0.3, 0.7)}
POWER_RELATIONS = "work on AI and state-to-state power relations (2024)"
REPOSITORY = "Slattery et al. (2024), the AI Risk Repository"
BALANCING = "work on a balance of power among developers of AI"
COUNTED = frozenset({"developers", "others"})

CLAIMS = (
    Claim(
        "P2",
        "The more capable one of the allies becomes, the less all of them gain by a common rule.",
        POWER_RELATIONS,
        "resource_heterogeneity",
        "resource_heterogeneity",
        unlikeness_costs,
        ALLIES,
        {},
        {"capability_1": 0.1},
        "the least capable ally becomes more like the others as it grows, and wants less regulation, as they do",
        premise="a common rule with payments is worth having",
    ),
    Claim(
        "P2",
        "Allies with unlike resources find no level of regulation that all accept.",
        POWER_RELATIONS,
        "resource_heterogeneity",
        "resource_heterogeneity",
        allies_disagree,
        ALLIES,
        {"gain": 0.1},
        {},
        "having one rule at all is worth more to each than the rule that it wants",
    ),
    Claim(
        "P2",
        "Payments among the allies bring about a rule where none is acceptable to all as it is.",
        POWER_RELATIONS,
        "resource_heterogeneity",
        "resource_heterogeneity",
        payments_reconcile,
        ALLIES,
        {"gain": 0.12},
        {"gain": 0.0},
        "a common rule is worth nothing in itself, and all but one have to live with one that they do not want",
        premise="no level is acceptable to all",
    ),
    Claim(
        "D1",
        "A state that adopts the leader's systems at what the market bears ends worse off than without them.",
        REPOSITORY,
        "ai_divide",
        "ai_divide",
        adopting_backfires,
        DIVIDE,
        {},
        {"erosion": 0.0},
        "a state that forgets nothing can leave whenever it likes, and is charged accordingly",
    ),
    Claim(
        "D2",
        "Less than half a say in the price makes adopting worthwhile.",
        REPOSITORY,
        "ai_divide",
        "ai_divide",
        voice_is_enough,
        DIVIDE,
        {},
        {"value": 6.0},
        "the systems are worth so little more than what is forgotten that nearly all of it is needed",
    ),
    Claim(
        "D2",
        "Voice alone is the leader's cheapest remedy, whatever limit is set to what the state may lose if cut off.",
        REPOSITORY,
        "ai_divide",
        "ai_divide",
        voice_is_cheapest,
        {**DIVIDE, "most_exposed": (2.0, 16.0)},
        {},
        {"most_exposed": 4.0},
        "a say in the price gives nothing to fall back on: capacity and an AI of its own do",
        premise="some mix of remedies leaves the leader a gain",
    ),
    Claim(
        "D3",
        "Capacity building lowers the say that a state needs to join.",
        REPOSITORY,
        "ai_divide",
        "ai_divide",
        capacity_saves_voice,
        DIVIDE,
        {},
        {"erosion": 0.0},
        "a state that forgets nothing needs no say as it is",
        premise="some say, all at most, is enough without it",
    ),
    Claim(
        "D4",
        "An AI of its own lets a state join for less of a say.",
        f"a reading of {REPOSITORY}",
        "ai_divide",
        "ai_divide",
        sovereign_eases_joining,
        {**DIVIDE, "own": (0.1, 2.0)},
        None,
        {},
        "what does not erode is kept inside and outside alike, and leaves less to be shared: it makes joining less "
        "attractive and the state harder to exploit",
        premise="some say, less than all of it, is needed without one",
    ),
    Claim(
        "W1",
        "Many developers are safer than one.",
        BALANCING,
        "balance_of_power",
        "balance_of_power",
        many_are_safer,
        {**BALANCE, "developers": (2, 15)},
        {},
        {"aligned": 0.4},
        "where most are misaligned a majority is more surely misaligned than a single one",
        whole=COUNTED,
    ),
    Claim(
        "W2",
        "Many are more dangerous than one where the chance to be aligned is less than the part of power needed.",
        BALANCING,
        "balance_of_power",
        "balance_of_power",
        many_misaligned_are_worse,
        {**BALANCE, "developers": (2, 15)},
        {},
        {"developers": 2},
        "of two, one that is aligned holds half of the power, and half is enough",
        premise="the chance to be aligned is below the part of power needed",
        whole=COUNTED,
    ),
    Claim(
        "W3",
        "Correlated failures keep many developers from a safety of 95% that independent ones would reach.",
        BALANCING,
        "balance_of_power",
        "balance_of_power",
        correlation_undoes,
        {**BALANCE, "developers": (2, 15)},
        {},
        {"correlation": 0.1},
        "a tenth of common failures leaves nine developers at 96%",
        premise="independent developers would reach 95%, one alone would not",
        whole=COUNTED,
    ),
    Claim(
        "W4",
        "A tenth of the prize for each is a bargain good enough to keep all from grabbing power.",
        BALANCING,
        "balance_of_power",
        "balance_of_power",
        tenth_is_enough,
        {"developers": (2, 12), "prize": (1.0, 30.0), "rebellion_cost": (0.0, 5.0)},
        {},
        {"developers": 3},
        "a grab succeeds one time in three, and three are too few to be content with a tenth",
        whole=COUNTED,
    ),
    Claim(
        "W5",
        "A developer that outweighs all others together makes a good outcome less likely.",
        BALANCING,
        "balance_of_power",
        "balance_of_power",
        dominance_endangers,
        {**BALANCE, "others": (2, 12)},
        {},
        {"aligned": 0.4},
        "where most are misaligned it is better if one alone decides",
        whole=COUNTED,
    ),
    Claim(
        "W5",
        "The developer with most power needs the largest part to stay in the bargain.",
        BALANCING,
        "balance_of_power",
        "balance_of_power",
        dominance_is_dear,
        {"dominant": (1.1, 6.0), "others": (2, 8), "prize": (1.0, 30.0), "rebellion_cost": (0.0, 5.0)},
        {},
        {"rebellion_cost": 5.0},
        "a grab costs more than it gains, so that nobody needs anything",
        whole=COUNTED,
    ),
    Claim(
        "D2",
        "A seat with a say as large as its voting power makes adopting worthwhile.",
        f"{REPOSITORY}; voting power: Shapley & Shubik (1954)",
        "ai_divide",
        "ai_divide",
        seat_is_enough,
        {**DIVIDE, **SEATS},
        {"seat": 40.0},
        {},
        "a fifth of the votes is a sixth of the power, and a third is needed",
    ),
    Claim(
        "D2",
        "A seat gives at least as much voting power as it has votes.",
        "Shapley & Shubik (1954), from whom it follows that it need not",
        "ai_divide",
        "",
        votes_are_power,
        SEATS,
        {"leader": 20.0},
        {"leader": 52.0, "seat": 18.0, "quota": 0.51},
        "a leader with more votes than the quota decides alone",
    ),
)
