"""Claims about promises: access, windfalls, backing, and power that shifts."""

from __future__ import annotations

import math
from typing import Any

import bargain as bg
from bargain_models import MonitoredAccess, PowerTransition, RelationshipLinkage, WindfallPromise
from bargain_models.windfall_promise import (
    Mix,
    PromiseBacking,
    cheapest_mix,
    commitment_power,
    largest_promise,
    least_promise,
)
from claims.claim import Claim

JUSTEN = "Justen (2024)"
MONITOR, COMPLY, MISUSE = 1, 0, 1


def access_given(**draw: float) -> bool:
    """Whether access is granted in every equilibrium."""
    found = bg.nash_equilibria(MonitoredAccess(**draw).normal_form(), cross_check=False)
    return all(equilibrium.strategies[0][0] == 0 for equilibrium in found.equilibria)


def access_stage(**draw: float) -> tuple[float, float] | None:
    """The chances of monitoring and of misuse once access is granted; None where they are not settled."""
    payoffs = MonitoredAccess(**draw).normal_form().payoffs
    found = bg.nash_equilibria(bg.NormalFormGame(payoffs[:, 1:]), cross_check=False).equilibria
    return (float(found[0].strategies[0][0]), float(found[0].strategies[1][1])) if len(found) == 1 else None


def compared(access_value: float, draw: dict[str, float]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The access stage before and after the benefit grows by half, where it is monitored before."""
    before = access_stage(access_value=access_value, **draw)
    after = access_stage(access_value=1.5 * access_value, **draw)
    return (before, after) if before and after and before[0] > 0 else None


def benefit_saves_monitoring(access_value: float = 2.0, **draw: float) -> bool | None:
    stages = compared(access_value, draw)
    return stages[1][0] < stages[0][0] - 1e-12 if stages else None


def benefit_stops_misuse(access_value: float = 2.0, **draw: float) -> bool | None:
    stages = compared(access_value, draw)
    return stages[1][1] < stages[0][1] - 1e-12 if stages else None


def monitored_access_is_an_exchange(**draw: float) -> bool:
    """Whether a recipient that is monitored complies of its own accord, and the provider gains by the access."""
    provider, recipient = MonitoredAccess(**draw).normal_form().payoffs[:, MONITOR]
    return bool(recipient[COMPLY] >= recipient[MISUSE] and min(provider[COMPLY], recipient[COMPLY]) > 0)


def promise(forgone: float, restraint_value: float, harm: float, hazard: float, discount: float) -> float | None:
    """The least promise that is accepted, where there is something to gain by it."""
    if restraint_value <= forgone:
        return None
    model = WindfallPromise(forgone=forgone, restraint_value=restraint_value, harm=harm)
    return least_promise(model, discount=discount, hazard=hazard)


def unbacked_fails(
    forgone: float = 2.0,
    restraint_value: float = 5.0,
    harm: float = 2.0,
    hazard: float = 0.1,
    discount: float = 0.7,
    lead: float = 4.0,
) -> bool | None:
    """Whether the least promise that is accepted is more than the provider keeps of itself."""
    needed = promise(forgone, restraint_value, harm, hazard, discount)
    model = WindfallPromise(forgone=forgone, restraint_value=restraint_value, harm=harm)
    kept = largest_promise(model, 1 / (1 + lead), PromiseBacking(discount=discount))
    return None if needed is None else needed > kept


def backed(
    forgone: float,
    restraint_value: float,
    harm: float,
    hazard: float,
    discount: float,
    lead: float,
    *,
    capital: float,
    stake: float,
    largest_share: float,
) -> tuple[Mix | None, float] | None:
    """The cheapest backing of a promise that fails without any, and what the provider has to gain."""
    needed = promise(forgone, restraint_value, harm, hazard, discount)
    if needed is None or not unbacked_fails(forgone, restraint_value, harm, hazard, discount, lead):
        return None
    mix = cheapest_mix(
        WindfallPromise(forgone=forgone, restraint_value=restraint_value, harm=harm),
        needed * (1 + 1e-9),
        (lead, 1.0),
        PromiseBacking(discount=discount, cost_of_capital=capital),
        hazard=hazard,
        recipient_discount=discount,
        stakes=(stake, 0.0),
        largest_share=largest_share,
    )
    return mix, restraint_value - forgone


def escrow_backs(
    forgone: float = 2.0,
    restraint_value: float = 5.0,
    harm: float = 2.0,
    hazard: float = 0.1,
    discount: float = 0.7,
    lead: float = 4.0,
    capital: float = 0.05,
) -> bool | None:
    """Whether money in escrow makes the promise believed at less than the provider gains by it."""
    found = backed(
        forgone, restraint_value, harm, hazard, discount, lead, capital=capital, stake=0.0, largest_share=0.0
    )
    if found is None:
        return None
    mix, gain = found
    return mix is not None and mix.cost < gain


def power_backs(
    forgone: float = 2.0,
    restraint_value: float = 5.0,
    harm: float = 40.0,
    hazard: float = 0.1,
    discount: float = 0.5,
    lead: float = 4.0,
    stake: float = 5.0,
) -> bool | None:
    """Whether power given for good makes the promise believed at less than the provider gains by it."""
    needed = promise(forgone, restraint_value, harm, hazard, discount)
    if needed is None or not unbacked_fails(forgone, restraint_value, harm, hazard, discount, lead):
        return None
    model = WindfallPromise(forgone=forgone, restraint_value=restraint_value, harm=harm)
    power = commitment_power(model, needed, (lead, 1.0), PromiseBacking(discount=discount))
    if power is None or not math.isfinite(power):
        return False
    shift = bg.power_shift((lead, 1.0), (lead, 1.0 + power))[1]
    return bool(stake * shift < restraint_value - forgone)


def escrow_is_cheaper(
    forgone: float = 2.0,
    restraint_value: float = 5.0,
    harm: float = 40.0,
    hazard: float = 0.1,
    discount: float = 0.5,
    lead: float = 4.0,
    capital: float = 0.05,
    stake: float = 20.0,
) -> bool | None:
    """Whether the cheapest backing is escrow alone."""
    found = backed(
        forgone, restraint_value, harm, hazard, discount, lead, capital=capital, stake=stake, largest_share=0.8
    )
    return None if found is None or found[0] is None else found[0].power == 0


def unneeded_recipient_is_dropped(harm: float = 0.0, discount: float = 0.9, lead: float = 4.0) -> bool:
    """Whether a provider that no longer needs the recipient keeps no promise at all."""
    model = WindfallPromise(restraint_value=0.0, harm=harm)
    return largest_promise(model, 1 / (1 + lead), PromiseBacking(discount=discount)) <= 0


def shift(now: float, rise: float, discount: float, war_cost: float, decliner_power: float, steps: int) -> bool:
    """Whether there is peace while the riser's chance grows by `rise` in equal steps."""
    path = tuple(min(1.0, now + rise * step / steps) for step in range(steps + 1))
    model = PowerTransition(p=path, delta=discount, c_D=war_cost, c_R=war_cost, decliner_power=decliner_power)
    return model.course().war is None


def slowness_keeps_peace(
    now: float = 0.2,
    rise: float = 0.05,
    discount: float = 0.9,
    war_cost: float = 0.1,
    decliner_power: float = 1.0,
    steps: float = 10,
) -> bool | None:
    if shift(now, rise, discount, war_cost, decliner_power, 1):
        return None
    return shift(now, rise, discount, war_cost, decliner_power, int(steps))


def sudden_shift_means_war(
    now: float = 0.2, rise: float = 0.2, discount: float = 0.9, war_cost: float = 0.1, decliner_power: float = 1.0
) -> bool:
    return not shift(now, rise, discount, war_cost, decliner_power, 1)


def largest_chance(now: float, discount: float, war_cost: float, decliner_power: float) -> float:
    """The riser's largest later chance with peace."""
    return PowerTransition(
        p=(now,), delta=discount, c_D=war_cost, c_R=war_cost, decliner_power=decliner_power
    ).largest_peaceful_chance()


def patience_keeps_peace(
    now: float = 0.2, discount: float = 0.7, war_cost: float = 0.1, decliner_power: float = 1.0
) -> bool | None:
    """Whether more patient states can share more power and stay at peace."""
    at = [largest_chance(now, each, war_cost, decliner_power) for each in (discount, discount + (1 - discount) / 2)]
    return at[1] > at[0] if at[0] < 1 else None


def cost_of_war_keeps_peace(
    now: float = 0.2, discount: float = 0.9, war_cost: float = 0.1, decliner_power: float = 1.0
) -> bool | None:
    at = [largest_chance(now, discount, each, decliner_power) for each in (war_cost, 1.5 * war_cost)]
    return at[1] > at[0] if at[0] < 1 else None


def costs_of_peace(now: float, rise: float, discount: float, war_cost: float, decliner_power: float) -> Any:
    """What the riser keeps of each later pie if it gives power back, and if it is held to a promise of money."""
    path, numbers = (now, min(1.0, now + rise)), {"delta": discount, "c_D": war_cost, "c_R": war_cost}
    model = PowerTransition(p=path, decliner_power=decliner_power, **numbers)
    if model.course().war is None:
        return None
    kept = model.model_copy(update={"p": (now, model.largest_peaceful_chance())}).course()
    assert kept.divisions[-1] is not None
    return 1 - (1 - discount) * float(kept.divisions[-1]), 1 - model.committed_flow()


def money_is_the_cheaper_way(
    now: float = 0.2, rise: float = 0.2, discount: float = 0.9, war_cost: float = 0.1, decliner_power: float = 1.0
) -> bool | None:
    """Whether a promise of money that is kept leaves the riser more than giving power back."""
    found = costs_of_peace(now, rise, discount, war_cost, decliner_power)
    return None if found is None else found[1] > found[0] + 1e-7


def patience_under_noise(
    false_alarm: float, detection: float, temptation: float, reward: float
) -> tuple[float, float | None]:
    """The discount factors that a dilemma needs if breaches are seen surely, and through a signal that errs."""
    game = RelationshipLinkage(
        temptation=1 + reward + temptation, reward=1 + reward, punishment=1.0, sucker=0.0
    ).normal_form()
    noisy = bg.noisy_trigger(game, (0, 0), [[false_alarm, detection], [detection, detection]], punishment=(1, 1))
    return temptation / (temptation + reward), noisy.factor


def noise_needs_patience(
    false_alarm: float = 0.1, detection: float = 0.8, temptation: float = 2.0, reward: float = 2.0
) -> bool | None:
    sure, noisy = patience_under_noise(false_alarm, detection, temptation, reward)
    return None if noisy is None else noisy > sure + 1e-12


def noise_is_overcome(
    false_alarm: float = 0.1, detection: float = 0.8, temptation: float = 2.0, reward: float = 2.0
) -> bool:
    """Whether some patience keeps the promise."""
    return patience_under_noise(false_alarm, detection, temptation, reward)[1] is not None


ACCESS = {
    "access_value": (0.5, 5.0),
    "misuse_gain": (0.5, 5.0),
    "detection": (0.3, 1.0),
    "sanction": (0.0, 5.0),
    "provider_value": (0.5, 6.0),
    "monitoring_cost": (0.1, 2.0),
    "misuse_damage": (0.5, 8.0),
}
WINDFALL = {
    "forgone": (0.5, 5.0),
    "restraint_value": (1.0, 10.0),
    "harm": (0.0, 20.0),
    "hazard": (0.02, 0.3),
    "discount": (0.5, 0.98),
    "lead": (1.0, 10.0),
}
SHIFT = {"now": (0.05, 0.5), "discount": (0.5, 0.98), "war_cost": (0.0, 0.5), "decliner_power": (0.0, 1.0)}
NOISE = {"false_alarm": (0.0, 0.5), "detection": (0.5, 1.0), "temptation": (0.2, 4.0), "reward": (0.2, 4.0)}
WORTH = "the recipient's restraint is worth more to the provider than it costs the recipient"
UNBACKED = f"{WORTH}, and the promise fails without backing"
POWELL = "Fearon (1995); Powell (2006)"

CLAIMS = (
    Claim(
        "J9",
        "Access to frontier models under monitoring is granted in every equilibrium: it pays the provider.",
        JUSTEN,
        "monitored_access",
        "monitored_access",
        access_given,
        ACCESS,
        {},
        {"provider_value": 0.5, "monitoring_cost": 1.0},
        "monitoring costs more than the access is worth to the provider, and without it there would be misuse",
    ),
    Claim(
        "J9",
        "A benefit half as large again buys down monitoring.",
        "inspection games: Avenhaus, von Stengel & Zamir (2002)",
        "monitored_access",
        "monitored_access",
        benefit_saves_monitoring,
        ACCESS,
        {},
        {"misuse_gain": 5.0, "detection": 0.3, "access_value": 0.5},
        "monitoring sees too little to deter at all, so that the provider always monitors, before and after",
        premise="once granted, access is monitored at least now and then",
    ),
    Claim(
        "J9",
        "A benefit half as large again makes misuse rarer.",
        "inspection games: Avenhaus, von Stengel & Zamir (2002), from whom it follows that it need not",
        "monitored_access",
        "monitored_access",
        benefit_stops_misuse,
        ACCESS,
        {"access_value": 4.0, "detection": 0.33},
        {},
        "misuse is as frequent as makes monitoring just worth its cost, in which the benefit has no part; it helps "
        "only where monitoring did not deter by itself",
        premise="once granted, access is monitored at least now and then",
    ),
    Claim(
        "J6",
        "A promise large enough to wait for is more than an unbacked provider keeps.",
        JUSTEN,
        "windfall_promise",
        "windfall_promise",
        unbacked_fails,
        WINDFALL,
        {},
        {"discount": 0.95},
        "a provider that patient would lose more by losing the recipient's restraint",
        premise=WORTH,
    ),
    Claim(
        "J6",
        "Money in escrow makes the promise believed, at less than the provider gains by it.",
        f"{JUSTEN}; hostages: Williamson (1983)",
        "windfall_promise",
        "windfall_promise",
        escrow_backs,
        {**WINDFALL, "capital": (0.01, 0.2)},
        {},
        {"hazard": 0.02, "capital": 0.2},
        "a windfall that is far off has to be large, and so has what is held against it",
        premise=UNBACKED,
    ),
    Claim(
        "J6",
        "Power given for good makes the promise believed, at less than the provider gains by it.",
        f"{JUSTEN}; commitment: Schelling (1960)",
        "windfall_promise",
        "windfall_promise",
        power_backs,
        {**WINDFALL, "harm": (0.0, 80.0), "stake": (0.0, 40.0)},
        {"stake": 3.0},
        {"harm": 2.0},
        "even a recipient with all the power could not do enough harm",
        premise=UNBACKED,
    ),
    Claim(
        "J6",
        "Escrow backs the promise more cheaply than power.",
        JUSTEN,
        "windfall_promise",
        "windfall_promise",
        escrow_is_cheaper,
        {**WINDFALL, "harm": (0.0, 80.0), "capital": (0.01, 0.2), "stake": (0.0, 40.0)},
        {},
        {"stake": 1.0},
        "to a provider that hardly cares for power, power is the cheapest thing to give",
        premise=f"{UNBACKED}; some backing helps",
    ),
    Claim(
        "J6",
        "Once the provider no longer needs the recipient it keeps no promise, however patient it is.",
        "Levin (2003), of relational contracts; Thomas & Worrall (1988)",
        "windfall_promise",
        "windfall_promise",
        unneeded_recipient_is_dropped,
        {"discount": (0.5, 0.999), "lead": (1.0, 10.0)},
        {},
        {"harm": 20.0},
        "a recipient that can do harm is worth a promise even when it is worth nothing else",
    ),
    Claim(
        "J4",
        "A sudden shift of power by a fifth means war: no division of money, made from day to day, prevents it.",
        POWELL,
        "power_transition",
        "power_transition",
        sudden_shift_means_war,
        SHIFT,
        {},
        {"discount": 0.5, "war_cost": 0.5},
        "to the impatient the future that is lost counts little, and the war would cost half a period's pie",
    ),
    Claim(
        "J4",
        "A shift of power that means war at once keeps the peace if it comes in steps.",
        POWELL,
        "power_transition",
        "power_transition",
        slowness_keeps_peace,
        {**SHIFT, "rise": (0.01, 0.4), "steps": (2, 20)},
        {},
        {"rise": 0.4, "discount": 0.98, "steps": 2},
        "two steps of a fifth are two sudden shifts",
        premise="the shift at once means war",
        whole=frozenset({"steps"}),
    ),
    Claim(
        "J4",
        "The more patient the two are, the more power can be shared in peace.",
        f"what patience does for promises, tried where power shifts: {POWELL}",
        "power_transition",
        "power_transition",
        patience_keeps_peace,
        SHIFT,
        None,
        {},
        "patience makes the weaker tomorrow weigh more today: it helps promises and hurts shifts of power",
        premise="some later power would be too much",
    ),
    Claim(
        "J4",
        "The more a war costs, the more power can be shared in peace.",
        POWELL,
        "power_transition",
        "power_transition",
        cost_of_war_keeps_peace,
        SHIFT,
        {},
        {"war_cost": 0.0},
        "half as much again of nothing is nothing",
        premise="some later power would be too much",
    ),
    Claim(
        "J6",
        "A riser that can be held to a promise of money keeps the peace at less than by giving power back.",
        f"{POWELL}; tried because promises of money seem the cheaper way",
        "power_transition",
        "power_transition",
        money_is_the_cheaper_way,
        {**SHIFT, "rise": (0.01, 0.4)},
        None,
        {},
        "either has to leave the decliner what war would, and so costs the same: what speaks for one of them is which "
        "can be relied on, undone and verified",
        premise="the shift means war, were nothing done",
    ),
    Claim(
        "J6",
        "A signal of breaches that errs makes a promise need more patience.",
        "Green & Porter (1984); Abreu, Pearce & Stacchetti (1990)",
        "relationship_linkage",
        "",
        noise_needs_patience,
        NOISE,
        {},
        {"false_alarm": 0.0, "detection": 1.0},
        "this signal does not err",
        premise="some patience keeps it",
    ),
    Claim(
        "J6",
        "Some patience keeps a promise, however unreliable the signal of breaches.",
        "Green & Porter (1984), from whom it follows that there are limits",
        "relationship_linkage",
        "",
        noise_is_overcome,
        NOISE,
        {},
        {"false_alarm": 0.4, "detection": 0.6},
        "false alarms end cooperation nearly as often as breaches do, so that honesty saves too little",
    ),
    Claim(
        "J9",
        "Access under a promise to monitor buys compliance: the recipient complies without a payment, and both gain.",
        JUSTEN,
        "monitored_access",
        "monitored_access",
        monitored_access_is_an_exchange,
        ACCESS,
        {},
        {"misuse_gain": 5.0, "detection": 0.3},
        "monitoring that misses seven breaches in ten leaves misuse worth its risk; it takes more monitoring, or a "
        "deposit",
    ),
)
