"""What the numbers of the claims stand for, where the model has none of the name or means another by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from claims.claim import Claim

FACTOR = "the discount factor of both"
NUMBERS: Mapping[str, Mapping[str, str]] = {
    "lead_race": {"lead": "the leader's capability; the follower's is 1"},
    "safe_coalition": {
        "benefit_": "the model's `benefit` for each of five states",
        "cost_": "the model's `cost` for each of five states",
        "leads": "1 if the coalition moves first and benefits are quadratic, 0 if all act at once and they are linear",
        "states": "how many states there are, all alike",
        "quadratic": "1 if benefits are quadratic, 0 if they are linear",
        "outsider": "which of the six countries outside it is, counted from 0",
        "exposure": "the part of the damage that the club good leaves it with",
        "gain_": "the model's `alpha` for each of three states",
        "damage_": "the model's `d` for each of three states",
        "equally": "1 if the cost is shared equally, 0 if by the danger averted",
    },
    "safety_race": {
        "lead": "how far the leader's capability is above the next",
        "teams": "how many teams race",
        "width": "how far capabilities may lie apart, the model's `spread`",
        "productivity": "the odds of safety at a performance of 1",
        "tradeoff": "how steeply safety falls with performance",
        "loss": "what a disaster costs each; being first and safe is worth 1",
        "logistic": "1 if differences of performance decide who is first, 0 if ratios do",
    },
    "power_transition": {
        "now": "the riser's chance to win a war today",
        "rise": "by how much that chance grows",
        "steps": "in how many equal steps it grows",
        "war_cost": "what a war costs each side, in pies of a period",
        "discount": FACTOR,
    },
    "windfall_promise": {
        "hazard": "the probability a period that the windfall arrives, if it has not",
        "lead": "the provider's capability; the recipient's is 1",
        "capital": "what a unit held in escrow costs a period",
        "stake": "what all power is worth to the provider a period",
        "discount": FACTOR,
    },
    "relationship_linkage": {
        "false_alarm": "the chance of an alarm although both cooperate",
        "detection": "the chance of an alarm after a breach",
        "temptation": "what exploiting a cooperator adds to mutual cooperation (in P1c to mutual defection)",
        "reward": "what mutual cooperation adds to mutual defection (in P1c to exploiting a cooperator)",
    },
    "table": {
        "risk": "the chance that a state that skips safety loses all by it",
        "speed": "how many times as fast a state is that skips safety",
        "temptation": "what insisting against one that yields adds to both yielding",
        "reward": "what both yielding adds to yielding alone",
        "sucker": "what yielding alone adds to both insisting",
    },
    "resource_heterogeneity": {
        "capability_": "how capable each of three allies is; one of capability k wants a level of 1/(1 + k)",
        "weight_": "the model's `weights`, for each ally",
        "gain": "the model's `gains`, for every ally",
    },
    "strategic_vigilance": {
        "share": "the capability given to the other; each has 1 before",
        "gain_of_expansionist": "what an expansionist state gains by building against restraint",
        "signal_cost_ratio": "what the signal costs an expansionist state for each unit that it costs a secure one",
    },
    "capacity_club": {
        "first": "the capability of the first state, in the club",
        "second": "the capability of the second state, in the club",
        "third": "the capability of the third state, outside",
        "fourth": "the capability of the fourth state, outside",
    },
    "complementarity": {
        "tech_": "the model's `technology`, for each of three states",
        "labour_": "the model's `labour`, for each of three states",
        "added": "1 if technologies that are pooled add up, 0 if the best of them serves all",
    },
    "shared_vision": {
        "states": "how many states there are",
        "needed": "how many of them must work for the goal, which is worth 1",
        "excludable": "1 if those who do not work can be kept from the goal, 0 if not",
    },
    "domain_cooperation": {
        "gain_": "what cheating in a domain gains once (in B1b the first and the second state)",
        "loss_": "what the end of cooperation in it costs a period (in B1b the first and the second state)",
        "gain": "the same of cheating in each of several domains",
        "loss": "the same of its end in each of several domains",
        "domains": "how many domains there are",
        "discount": FACTOR,
    },
    "ai_divide": {
        "most_exposed": "the most that the state may lose if it is cut off",
        "own": "what an AI of its own is worth to the state a period",
        "seat": "the state's votes; three others have ten each",
        "leader": "the leader's votes",
        "quota": "the part of all votes that decides",
    },
    "balance_of_power": {
        "developers": "how many developers there are, equal in power",
        "others": "how many equal developers there are beside the strongest",
        "dominant": "the capability of the strongest; each other has 1",
    },
}
"""By model and by name; a name that ends in an underscore stands for all that begin with it."""


def told(model: str, name: str) -> str | None:
    """The key under which a number is told of here; None if the model's page tells."""
    keys = NUMBERS.get(model, {})
    return next((key for key in keys if name == key or (key.endswith("_") and name.startswith(key))), None)


def named(claim: Claim) -> Iterator[str]:
    """All numbers that a claim names."""
    yield from dict.fromkeys([*claim.box, *(claim.shown or {}), *claim.fails])


def rows(claims: Mapping[str, Claim]) -> Iterator[str]:
    """A line for each number that is told of here: its names, the claims that name it, its meaning."""
    for model, numbers in NUMBERS.items():
        for key, meaning in numbers.items():
            named_so = {
                label: [name for name in named(claim) if told(model, name) == key]
                for label, claim in claims.items()
                if claim.model == model
            }
            names = list(dict.fromkeys(name for found in named_so.values() for name in found))
            labels = [label for label, found in named_so.items() if found]
            yield f"| {', '.join(f'`{name}`' for name in names)} | {', '.join(labels)} | {meaning} |"
