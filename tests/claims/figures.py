"""The claims that a picture shows best: one function a picture, and lines of one look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np

import bargain as bg
from bargain._pictures import WIDTH, Picture, light, new_figure, style, wrapped
from bargain_models import (
    AiDivide,
    BalanceOfPower,
    CapacityClub,
    DomainCooperation,
    PowerTransition,
    SafetyRace,
    SharedVision,
    StrategicVigilance,
    WindfallPromise,
)
from bargain_models.ai_divide import Remedies
from bargain_models.windfall_promise import commitment_power
from claims.panels import Lines, Marks, Panel, Regions
from claims.promises import access_stage
from claims.races import INFORMATION, PAUSES, race, risks
from claims.relations import gain_of_defecting


def drawn(title: str, *panels: Panel) -> Picture:
    """The panels one above the other, each with its legend below."""
    with style():
        figure = new_figure(WIDTH, 4.6 * len(panels), title)
        for panel, axes in zip(panels, np.atleast_1d(figure.subplots(len(panels), 1)), strict=True):
            panel.draw(axes)
            light(axes)
            handles, labels = axes.get_legend_handles_labels()
            words = [wrapped(label, WIDTH - 1.2) for label in labels]
            axes.legend(handles, words, loc="upper center", bbox_to_anchor=(0.5, -0.17), frameon=False)
    return Picture(figure, title, " ".join([f"{title}.", *(panel.words() for panel in panels)]))


@cache
def pause() -> Picture:
    """What money and power do to the leader's pause."""
    payments, capabilities = np.linspace(0, 16, 65), np.linspace(2, 4, 41)
    now = race()

    def kept(payment: float) -> list[float]:
        """The pauses of the equilibria in pure actions: raced, and restrained; not a number where there is none."""
        raced, restrained = now.reply(1), now.reply(0)
        return [
            PAUSES[raced] if now.price(raced) >= payment else np.nan,
            PAUSES[restrained] if now.price(restrained) <= payment else np.nan,
        ]

    raced, restrained = zip(*map(kept, payments), strict=True)
    empowered = [race(4 / each) for each in capabilities]
    return drawn(
        "Money for restraint lengthens the leader's pause, power shared shortens it",
        Lines(
            "paid for restraint, a period",
            "pause of the leader, months",
            payments,
            {"the follower races": raced, "the follower refrains": restrained},
        ),
        Lines(
            "capability of the follower (the leader has 4)",
            "pause of the leader, months",
            capabilities,
            {
                "if the follower races": [PAUSES[each.reply(1)] for each in empowered],
                "if it refrains": [PAUSES[each.reply(0)] for each in empowered],
            },
        ),
    )


@cache
def sharing() -> Picture:
    """Sharing the prize, sharing power, and the exception of one more team."""
    given, teams = np.linspace(0, 0.5, 26), list(range(2, 9))
    prizes = [SafetyRace(share=float(b)) for b in given]

    def by_information(rows: Sequence[Sequence[float]]) -> dict[str, Sequence[float]]:
        """A line for each state of information, and one for those that come to the same."""
        found: dict[tuple[float, ...], list[str]] = {}
        for known, column in zip(INFORMATION, zip(*rows, strict=True), strict=True):
            found.setdefault(tuple(round(each, 12) for each in column), []).append(known.replace("none", "no"))
        return {f"{' or '.join(names)} information": column for column, names in found.items()}

    return drawn(
        "Sharing the prize lowers the risk, sharing power raises it; under private information a "
        "further team lowers it if enmity is low",
        Lines(
            "share of the prize given away",
            "risk of a disaster",
            given,
            by_information([[race.equilibrium_risk(known) for known in INFORMATION] for race in prizes]),
        ),
        Lines(
            "capability given to the weaker team",
            "risk of a disaster",
            given,
            by_information([risks(2, 1.0, 1 - float(phi)) for phi in given]),
        ),
        Lines(
            "teams in the race",
            "risk, private information",
            teams,
            {f"enmity {e:g}": [risks(n, e, 1.0)[1] for n in teams] for e in (0.02, 0.1, 0.5)},
        ),
    )


@cache
def monitoring() -> Picture:
    """What a larger benefit does to monitoring and to misuse."""
    worths = np.linspace(0.5, 8, 31)
    stages = [access_stage(access_value=float(v)) or (np.nan, np.nan) for v in worths]
    return drawn(
        "A larger benefit buys down monitoring, and leaves misuse as frequent as it was",
        Lines(
            "worth of access to a recipient that complies",
            "probability",
            worths,
            {"the provider monitors": [m for m, _ in stages], "the recipient misuses": [m for _, m in stages]},
        ),
    )


@cache
def backing() -> Picture:
    """The least power behind a promise, and its price."""
    model, promises, stakes = WindfallPromise(), np.linspace(3, 12, 37), (5.0, 10.0, 20.0)
    powers = [commitment_power(model, float(promise), (4.0, 1.0)) for promise in promises]
    assert None not in powers
    shifts = [bg.power_shift((4.0, 1.0), (4.0, 1.0 + float(power or 0.0)))[1] for power in powers]
    return drawn(
        "The least power, given for good, that makes a promise of a windfall believed, and its price",
        Lines(
            "promise, a period",
            "capability given (the provider has 4)",
            promises,
            {"least power": [float(power or 0.0) for power in powers]},
        ),
        Lines(
            "promise, a period",
            "cost to the provider, a period",
            promises,
            {f"all power is worth {g:g} to it": [g * float(each) for each in shifts] for g in stakes},
        ),
    )


@cache
def peace() -> Picture:
    """The largest transfer of power that keeps the peace."""
    costs = np.linspace(0.02, 0.5, 25)

    def largest(discount: float, cost: float) -> float:
        return PowerTransition(p=(0.2,), delta=discount, c_D=cost, c_R=cost).largest_peaceful_power((4.0, 1.0))

    return drawn(
        "The largest transfer of power at once that keeps the peace",
        Lines(
            "cost of a war to each side, pies of a period",
            "capability given to the riser (it has 1 of 5)",
            costs,
            {f"discount factor {d:g}": [largest(d, float(c)) for c in costs] for d in (0.8, 0.9, 0.95)},
        ),
    )


@cache
def fear() -> Picture:
    """What restraint costs as fear grows, and how power feeds the fear."""
    beliefs, powers = np.linspace(0, 0.8, 33), np.linspace(1, 4, 31)
    models = [StrategicVigilance(belief=float(theta)) for theta in beliefs]
    still = StrategicVigilance()
    return drawn(
        "Fear alone makes states compete: what assurance costs, and what power does to trust",
        Lines(
            "chance that the other is expansionist",
            "least payment for restraint",
            beliefs,
            {
                "paid on one's own restraint": [model.price_of_restraint() for model in models],
                "paid on mutual restraint": [model.price_of_restraint(on="mutual") for model in models],
            },
        ),
        Lines(
            "capability of the other (one's own is 1)",
            "largest chance at which restraint is best",
            powers,
            {
                "nothing paid": [still.largest_belief((1.0, float(k))) for k in powers],
                "1 paid on one's own restraint": [still.largest_belief((1.0, float(k)), on_own=1.0) for k in powers],
            },
        ),
    )


@cache
def friendship() -> Picture:
    """The price of restraint from friendship to hostility."""
    affinities = np.linspace(-1, 1, 41)
    games = {
        "dilemma: exploiting is worth 5, both cooperating 3, both defecting 1, being exploited 0": (5.0, 3.0, 1.0, 0.0),
        "stag hunt: the same are worth 3, 4, 1 and 0": (3.0, 4.0, 1.0, 0.0),
    }
    return drawn(
        "What restraint costs as friendship turns to hostility; below 0 nothing need be paid",
        Lines(
            "affinity: what a unit of the other's payoff counts",
            "least payment for restraint",
            affinities,
            {name: [gain_of_defecting(float(each), *game) for each in affinities] for name, game in games.items()},
        ),
    )


@cache
def clubs() -> Picture:
    """A club, whom it helps and alarms, and the counter-club."""
    model, spillovers = CapacityClub(fee=1.0), np.linspace(0, 1, 21)

    def gains(*found: int) -> dict[str, list[float]]:
        rows = [model.model_copy(update={"spillover": float(each)}).report(*found).gains for each in spillovers]
        names = ("State 1 (4)", "State 2 (2)", "States 3 and 4 (1 each)")
        return {name: [float(row[i]) for row in rows] for i, name in enumerate(names)}

    return drawn(
        "A club costs outsiders power and its strongest member too; a counter-club wins back what outsiders lost",
        Lines("share of capability pooled", "gain, club of states 1 and 2", spillovers, gains(0b0011)),
        Lines("share of capability pooled", "gain, counter-club of 3 and 4 besides", spillovers, gains(0b0011, 0b1100)),
    )


@cache
def domains() -> Picture:
    """Pooling five domains, unequal states, and the honest broker."""
    patience = np.linspace(0.1, 0.9, 41)
    five = DomainCooperation()
    alone = five.critical_factors().max(axis=1)
    pair = DomainCooperation(
        domains=("one", "two"),
        temptation=((6.0, 4.0), (4.0, 6.0)),
        reward=3.0,
        punishment=((2.0, 0.0), (0.0, 2.0)),
        sucker=-1.0,
        security=0.0,
    )
    costs = np.linspace(0.1, 3.9, 39)
    brokered = [
        bg.honest_broker(
            SharedVision(
                players=("A", "B", "C"), threshold=2, benefit=4.0, cost=float(c), excludable=False
            ).normal_form(),
            maximise="egalitarian",
        )
        for c in costs
    ]
    return drawn(
        "One promise over five fields carries hard ones on easy ones; unequal states hold together what no field holds "
        "alone; an honest broker helps the worst-off",
        Marks(
            "discount factor from which the field holds",
            five.domains,
            {"by a promise of its own": alone, "under one promise": _carried(five)},
        ),
        Lines(
            "discount factor",
            "worth that holds, unequal states",
            patience,
            {
                "a promise for each field": [
                    sum(
                        _worth(pair, d)
                        for d, row in zip(pair.domains, pair.critical_factors(), strict=True)
                        if row.max() <= x
                    )
                    for x in patience
                ],
                "one promise": [pair.best_promise([float(x)] * 2).value for x in patience],
            },
        ),
        Lines(
            "cost of working for a goal worth 4",
            "payoff of the worst-off of three",
            costs,
            {
                "with an honest broker": [each.correlated.value for each in brokered],
                "best equilibrium without": [each.correlated.value - (each.gain or 0.0) for each in brokered],
            },
        ),
    )


def _carried(model: DomainCooperation) -> list[float]:
    """For each domain the least discount factor, to a hundredth, from which the best single promise covers it."""
    grid = np.arange(1, 100) / 100
    covered = np.array([[name in model.best_promise([float(x)] * 2).domains for name in model.domains] for x in grid])
    return [float(grid[len(grid) - np.logical_and.accumulate(row[::-1]).sum()]) for row in covered.T]


def _worth(model: DomainCooperation, domain: str) -> float:
    """What cooperation in one domain adds for all players, security weight counted."""
    _, losses = model._stakes()
    return float(losses[model.domains.index(domain)].sum())


@cache
def remedies() -> Picture:
    """Which of voice, capacity and sovereign AI is the cheapest remedy for dependence."""
    limits, costs = np.linspace(1.05, 8.95, 80), np.linspace(0.05, 3.95, 40)

    def cheapest(limit: float, cost: float) -> Remedies | None:
        return AiDivide(capacity_cost=cost).cheapest_remedies(most_exposed=limit, sovereign_cost=1.0)

    def named(mix: Remedies | None) -> str:
        if mix is None:
            return "nothing: it leaves the leader no gain"
        parts = {"voice": mix.voice, "capacity": mix.capacity, "sovereign AI": mix.sovereign}
        return " + ".join(name for name, amount in parts.items() if amount > 1e-9)

    mixes = [cheapest(float(limit), 1.0) for limit in limits]
    limit_words = "most that the state may lose if it is cut off"
    return drawn(
        "Voice is the cheapest remedy where a state need only be willing; where it must not be too exposed to being "
        "cut off, capacity and an AI of its own are",
        Regions(
            limit_words,
            "leader's cost of preventing all erosion",
            limits,
            costs,
            [[named(cheapest(float(limit), float(cost))) for limit in limits] for cost in costs],
        ),
        Lines(
            limit_words,
            "part in the cheapest mix, capacity at a cost of 1",
            limits,
            {
                "voice, share of the surplus": [mix.voice if mix else np.nan for mix in mixes],
                "capacity, part of the erosion": [mix.capacity if mix else np.nan for mix in mixes],
                "sovereign AI, payoff a period": [mix.sovereign if mix else np.nan for mix in mixes],
            },
        ),
    )


@cache
def developers() -> Picture:
    """When many developers are safer than one, and how correlation undoes it."""
    counts, correlations, chances = list(range(1, 22, 2)), np.linspace(0, 1, 21), np.linspace(0.02, 0.98, 49)

    def good(m: int, aligned: float = 0.8, correlation: float = 0.0) -> float:
        return float(BalanceOfPower(aligned=aligned, correlation=correlation).chance_good([1] * m))

    def safest(aligned: float, correlation: float) -> str:
        gain = good(9, aligned, correlation) - good(1, aligned, correlation)
        if aligned >= 0.95 or abs(gain) < 1e-9:
            return "nine as safe as one" if abs(gain) < 1e-9 else "nine safer, one at 95% already"
        if gain < 0:
            return "nine more dangerous than one"
        return "nine safer, and at 95%" if good(9, aligned, correlation) >= 0.95 else "nine safer, but below 95%"

    return drawn(
        "Many developers are safer than one where each is more likely aligned than not, and correlation undoes it",
        Lines(
            "developers of equal power",
            "chance of a good outcome",
            counts,
            {f"each aligned with chance {a:g}": [good(m, a) for m in counts] for a in (0.8, 0.6, 0.5, 0.4)},
        ),
        Lines(
            "chance that all fail, or not, together",
            "chance of a good outcome, each aligned with 0.8",
            correlations,
            {
                f"{m} developer{'s' if m > 1 else ''}": [good(m, correlation=float(r)) for r in correlations]
                for m in (1, 3, 9, 21)
            },
        ),
        Regions(
            "chance that a developer is aligned",
            "chance that all fail, or not, together",
            chances,
            correlations,
            [[safest(float(a), float(r)) for a in chances] for r in correlations],
        ),
    )


PICTURES: Mapping[str, tuple[Callable[[], Picture], str]] = {
    "pause": (pause, "J3a and J4a"),
    "sharing": (sharing, "J7a, J7b and J7d"),
    "backing": (backing, "J6c"),
    "domains": (domains, "B1a, B1b and B3b"),
    "monitoring": (monitoring, "J9b and J9c"),
    "peace": (peace, "J4d to J4f"),
    "fear": (fear, "P3a to P3c"),
    "friendship": (friendship, "P1a to P1c"),
    "clubs": (clubs, "P4a to P4d"),
    "remedies": (remedies, "D2a to D4"),
    "developers": (developers, "W1 to W3"),
}
"""Each picture by its file's name, and the claims that it shows."""
