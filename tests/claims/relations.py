"""Claims about how states stand to each other: linkage, fear, visions, and several domains in one relation."""

from __future__ import annotations

import numpy as np

import bargain as bg
from bargain_models import DomainCooperation, RelationshipLinkage, SharedVision, StrategicVigilance
from bargain_models.strategic_vigilance import Reassurance
from claims.claim import Claim

POWER_RELATIONS = "work on AI and state-to-state power relations (2024)"
BENNETT = "Bennett Institute for Public Policy (2024)"


def gain_of_defecting(affinity: float, temptation: float, reward: float, punishment: float, sucker: float) -> float:
    """What defecting on a cooperator gains, in the game that counts the other's payoff."""
    model = RelationshipLinkage(
        affinity=affinity, temptation=temptation, reward=reward, punishment=punishment, sucker=sucker
    )
    payoffs = model.normal_form().payoffs
    return float(payoffs[0, 1, 0] - payoffs[0, 0, 0])


def hostility_raises_price(
    affinity: float = 0.0, temptation: float = 2.0, reward: float = 2.0, punishment: float = 1.0, sucker: float = 0.0
) -> bool:
    """Whether restraint costs more at an affinity two tenths lower; T is `temptation` above R, R `reward` above P."""
    numbers = punishment + reward + temptation, punishment + reward, punishment, sucker
    return gain_of_defecting(affinity - 0.2, *numbers) > gain_of_defecting(affinity, *numbers)


def friends_need_no_payment(
    affinity: float = 0.8, temptation: float = 2.0, reward: float = 2.0, punishment: float = 1.0
) -> bool:
    return gain_of_defecting(affinity, punishment + reward + temptation, punishment + reward, punishment, 0.0) <= 0


def hostility_destroys_trust(
    affinity: float = -0.8, temptation: float = 2.0, reward: float = 1.0, punishment: float = 1.0
) -> bool:
    """A stag hunt: T is `temptation` above P, and R `reward` above T."""
    numbers = punishment + temptation, punishment + temptation + reward, punishment, 0.0
    return gain_of_defecting(affinity, *numbers) > 0


def vigilance(draw: dict[str, float]) -> StrategicVigilance | None:
    """Two states of one belief; None unless being exploited is worse than rivalry."""
    model = StrategicVigilance(**draw)
    return model if model.exposure > model.rivalry and model.mutual_restraint > model.exploitation else None


def fear_alone_competes(**draw: float) -> bool | None:
    """Whether two secure states that both prefer mutual restraint build up in every pure equilibrium."""
    model = vigilance(draw)
    return None if model is None else bg.pure_equilibria(model.normal_form()) == [(1, 1)]


def assurance_is_cheap(**draw: float) -> bool | None:
    """Whether paying for one's own restraint costs less than what competing costs a state."""
    model = vigilance(draw)
    if model is None or not fear_alone_competes(**draw):
        return None
    return model.price_of_restraint() < model.mutual_restraint + model.rivalry


def power_feeds_fear(share: float = 0.3, **draw: float) -> bool | None:
    model = vigilance(draw)
    if model is None:
        return None
    return model.largest_belief((1.0, 1.0 + share)) < model.largest_belief((1.0, 1.0))


def signal_reassures(gain_of_expansionist: float = 5.0, signal_cost_ratio: float = 2.0, **draw: float) -> bool | None:
    """Whether there is a costly signal that a secure state sends and an expansionist one does not."""
    model = vigilance(draw)
    if model is None:
        return None
    signal = Reassurance(model, gain_of_expansionist, signal_cost_ratio)
    return signal.interval is not None and signal.separates(sum(signal.interval) / 2)


def vision(states: float, needed: float, cost: float, excludable: float) -> SharedVision | None:
    """A goal that needs `needed` of `states`; None where it needs one only, or more than there are."""
    players = tuple(f"State {i + 1}" for i in range(int(states)))
    if not 2 <= needed <= states:
        return None
    return SharedVision(players=players, threshold=int(needed), benefit=1.0, cost=cost, excludable=bool(excludable))


def even_belief_is_enough(
    states: float = 5, needed: float = 3, cost: float = 0.25, excludable: float = 1
) -> bool | None:
    """Whether cooperating is best for a state that gives every other an even chance to cooperate."""
    model = vision(states, needed, cost, excludable)
    return None if model is None else model.advantage(0.5) >= 0


def trust_moves(states: float = 5, needed: float = 3, cost: float = 0.25, excludable: float = 1) -> bool | None:
    """Whether a state that is sure of all others cooperates."""
    model = vision(states, needed, cost, excludable)
    return None if model is None else model.advantage(1.0) >= 0


def broker_helps_least(states: float = 3, needed: float = 2, cost: float = 0.25, excludable: float = 0) -> bool | None:
    """Whether an honest broker gives the worst-off state more than the best Nash equilibrium does."""
    model = vision(states, needed, cost, excludable)
    if model is None:
        return None
    answer = bg.honest_broker(model.normal_form(), maximise="egalitarian")
    return answer.gain is not None and answer.gain > 1e-9


def broker_helps_chicken(temptation: float = 1.0, reward: float = 4.0, sucker: float = 2.0) -> bool:
    """Whether a broker adds to welfare in a game of chicken: T is `temptation` above R, R `reward` above S, P 0."""
    S, R = sucker, sucker + reward
    payoffs = np.array([[R, S], [R + temptation, 0.0]])
    answer = bg.honest_broker(bg.NormalFormGame.from_bimatrix(payoffs, payoffs.T))
    return answer.gain is not None and answer.gain > 1e-9


NAMES = ("agriculture", "education", "cybersecurity", "environment", "health")
DOMAINS = {
    **{f"gain_{name}": (0.2, 5.0) for name in NAMES},
    **{f"loss_{name}": (0.2, 5.0) for name in NAMES},
    "discount": (0.2, 0.8),
}
EVEN = {f"{what}_{name}": 2.0 for what in ("gain", "loss") for name in NAMES}
CALIBRATED = {f"gain_{name}": x for name, x in zip(NAMES, (1.0, 1.0, 5.8, 5.0, 1.0), strict=True)} | {
    f"loss_{name}": x for name, x in zip(NAMES, (3.0, 3.0, 1.6, 2.0, 4.0), strict=True)
}
"""The default calibration of the model, security weight counted."""


def domains(draw: dict[str, float]) -> tuple[DomainCooperation, float]:
    """Five domains of two equal states: what cheating gains in each, what its loss costs; and the discount factor."""
    numbers = {**CALIBRATED, "discount": 0.55, **draw}
    gains, losses = ([numbers[f"{what}_{name}"] for name in NAMES] for what in ("gain", "loss"))
    model = DomainCooperation(
        domains=NAMES,
        temptation=tuple(loss + gain for gain, loss in zip(gains, losses, strict=True)),
        reward=tuple(losses),
        punishment=0.0,
        sucker=-1.0,
        security=0.0,
        choice="all",
    )
    return model, numbers["discount"]


def pooling_carries_hard(**draw: float) -> bool | None:
    """Whether one promise sustains, besides all that holds alone, a domain that does not."""
    model, discount = domains(draw)
    alone = [name for name, row in zip(model.domains, model.critical_factors(), strict=True) if max(row) <= discount]
    if not 0 < len(alone) < len(NAMES):
        return None
    promise = model.best_promise((discount, discount))
    return set(alone) < set(promise.domains)


def pooling_all_loses_nothing(**draw: float) -> bool | None:
    """Whether one promise over all domains sustains what separate promises sustain."""
    model, discount = domains(draw)
    alone = [name for name, row in zip(model.domains, model.critical_factors(), strict=True) if max(row) <= discount]
    return bool(max(model.pooled_factors()) <= discount) if alone else None


UNEQUAL = ("gain_1", "gain_2", "loss_1", "loss_2")


def unequal_states_together(
    gain_1: float = 1.0,
    gain_2: float = 3.0,
    loss_1: float = 3.0,
    loss_2: float = 1.0,
    discount: float = 0.6,
    mirrored: float = 1,
) -> bool | None:
    """Whether two domains that no promise sustains alone hold under one; the second is the first, states swapped."""
    gains, losses = (gain_1, gain_2), (loss_1, loss_2)
    turn = -1 if mirrored else 1
    model = DomainCooperation(
        domains=("one", "other"),
        temptation=tuple(tuple(np.add(gains, losses)[::step].tolist()) for step in (1, turn)),
        reward=(losses, losses[::turn]),
        punishment=0.0,
        sucker=-1.0,
        security=0.0,
        choice="all",
    )
    if model.critical_factors().max(axis=1).min() <= discount:
        return None
    return bool(model.pooled_factors().max() <= discount)


def likes_linked(gain: float = 2.0, loss: float = 2.0, domains: float = 2) -> bool:
    """Whether one promise over several domains that are alike needs less patience than one of them alone."""
    count = int(domains)
    model = DomainCooperation(
        domains=tuple(f"domain {i + 1}" for i in range(count)),
        temptation=loss + gain,
        reward=loss,
        punishment=0.0,
        sucker=-1.0,
        security=0.0,
        choice="all",
    )
    return bool(model.pooled_factors().max() < model.critical_factors().max() - 1e-12)


FEAR = {
    "belief": (0.0, 0.6),
    "mutual_restraint": (2.0, 6.0),
    "exploitation": (0.0, 2.0),
    "exposure": (2.0, 10.0),
    "rivalry": (0.0, 2.0),
}
LINK = {"affinity": (-0.8, 1.0), "temptation": (0.2, 4.0), "reward": (0.2, 4.0), "punishment": (0.2, 3.0)}
VISION = {"states": (3, 10), "needed": (2, 10), "cost": (0.05, 0.95)}
WHOLE = frozenset({"states", "needed", "excludable"})
POOLED = "Bernheim & Whinston (1990)"
REACHED = "no single state reaches the goal, and all together do"

CLAIMS = (
    Claim(
        "P1",
        "Hostility in other fields makes restraint in this one dearer.",
        POWER_RELATIONS,
        "relationship_linkage",
        "relationship_linkage",
        hostility_raises_price,
        LINK,
        {},
        {"reward": -2.0, "punishment": 1.0},
        "no dilemma: mutual cooperation is worse than being defected on, so that cooperating hurts a rival",
    ),
    Claim(
        "P1",
        "Between friends cooperation needs no payment.",
        POWER_RELATIONS,
        "relationship_linkage",
        "relationship_linkage",
        friends_need_no_payment,
        {**LINK, "affinity": (0.1, 1.0)},
        {},
        {"affinity": 0.1},
        "a tenth of what the other loses does not outweigh the temptation",
    ),
    Claim(
        "P1",
        "Hostility in other fields destroys cooperation that would hold among strangers.",
        POWER_RELATIONS,
        "relationship_linkage",
        "relationship_linkage",
        hostility_destroys_trust,
        {**LINK, "affinity": (-1.0, -0.1)},
        {},
        {"affinity": -0.1},
        "a little hostility leaves the shared gain the larger",
    ),
    Claim(
        "P3",
        "Fear alone makes states compete that both prefer mutual restraint.",
        f"{POWER_RELATIONS}; Jervis (1978); Kydd (2005)",
        "strategic_vigilance",
        "strategic_vigilance",
        fear_alone_competes,
        FEAR,
        {"belief": 0.3},
        {"belief": 0.2},
        "at a chance of one in five that the other is expansionist the gain from restraint outweighs the fear",
        premise="being exploited is worse than rivalry",
    ),
    Claim(
        "P3",
        "Assurance is cheap: what must be paid for restraint is less than what a state loses by competing.",
        "Kydd (2005)",
        "strategic_vigilance",
        "strategic_vigilance",
        assurance_is_cheap,
        FEAR,
        {"belief": 0.3},
        {"belief": 0.6, "exposure": 10.0},
        "a state that will probably be exploited, and badly, has to be paid more than peace is worth to it",
        premise="fear alone makes the states compete",
    ),
    Claim(
        "P3",
        "Power given to a state that is feared makes the other need more trust.",
        f"{POWER_RELATIONS}; Jervis (1978)",
        "strategic_vigilance",
        "strategic_vigilance",
        power_feeds_fear,
        {**FEAR, "power_effect": (0.5, 16.0), "share": (0.1, 2.0)},
        {},
        {"power_effect": 0.0},
        "here power does not make being exploited worse",
        premise="being exploited is worse than rivalry",
    ),
    Claim(
        "P3",
        "A costly signal can tell a secure state from an expansionist one.",
        "Kydd (2005)",
        "strategic_vigilance",
        "strategic_vigilance",
        signal_reassures,
        {**FEAR, "gain_of_expansionist": (2.0, 8.0), "signal_cost_ratio": (0.5, 4.0)},
        {},
        {"signal_cost_ratio": 0.5},
        "the signal costs the expansionist state half of what it costs the secure one",
        premise="being exploited is worse than rivalry",
    ),
    Claim(
        "P6",
        "States that are sure of one another work for a shared goal.",
        POWER_RELATIONS,
        "shared_vision",
        "shared_vision",
        trust_moves,
        VISION,
        {},
        {"excludable": 0},
        "where nobody can be kept from the goal, a state sure of the others leaves the work to them",
        premise=REACHED,
        whole=WHOLE,
    ),
    Claim(
        "P6",
        "A vision that makes every other state as likely as not to work for the goal is enough.",
        POWER_RELATIONS,
        "shared_vision",
        "shared_vision",
        even_belief_is_enough,
        VISION,
        {},
        {"needed": 5},
        "where all are needed, four even chances in a row are one in sixteen",
        premise=REACHED,
        whole=WHOLE,
    ),
    Claim(
        "B1",
        "One promise over a well-chosen set of domains carries hard ones on the easy ones.",
        f"{BENNETT}; {POOLED}",
        "domain_cooperation",
        "domain_cooperation",
        pooling_carries_hard,
        DOMAINS,
        {},
        {"discount": 0.3},
        "what the easy domains have to spare is too little for any of the hard ones",
        premise="some of the five domains hold alone, and some do not",
    ),
    Claim(
        "B1",
        "Unequal states sustain together what no domain sustains alone.",
        f"{BENNETT}; {POOLED}",
        "domain_cooperation",
        "domain_cooperation",
        unequal_states_together,
        {**dict.fromkeys(UNEQUAL, (0.2, 5.0)), "discount": (0.2, 0.8)},
        {},
        {"discount": 0.45},
        "even together the two need a discount factor of 0.5, and if the same state were tempted in both, as much as "
        "each alone",
        premise="neither of two domains, one the mirror image of the other, holds alone",
    ),
    Claim(
        "B2",
        "One promise over all domains loses nothing that separate promises hold: institutions complement each other.",
        BENNETT,
        "domain_cooperation",
        "domain_cooperation",
        pooling_all_loses_nothing,
        DOMAINS,
        {},
        {"discount": 0.45},
        "the easy domains, which hold alone, cannot carry the hard ones, and under one promise fall with them",
        premise="some domain holds alone",
    ),
    Claim(
        "B3",
        "An honest broker improves on the best equilibrium that two states in a game of chicken find alone.",
        f"{BENNETT}; Aumann (1974)",
        "table",
        "shared_vision",
        broker_helps_chicken,
        {"temptation": (0.2, 4.0), "reward": (0.2, 4.0), "sucker": (0.2, 4.0)},
        {},
        {"temptation": 4.0, "reward": 1.0},
        "one yielding to the other is worth more to both together than both yielding: nothing is left to improve",
    ),
    Claim(
        "B3",
        "An honest broker raises what the worst-off state has in a joint effort of three for a goal open to all.",
        f"{BENNETT}; Aumann (1974)",
        "shared_vision",
        "shared_vision",
        broker_helps_least,
        {"cost": (0.05, 0.95)},
        {},
        {"excludable": 1},
        "where those who do not work are kept from the goal all of them work already",
        premise="",
        n_draws=64,
        whole=WHOLE,
    ),
    Claim(
        "B1",
        "One promise over several domains that are alike needs less patience than a promise for one of them.",
        f"{POOLED}, from whom it follows that it does not; Spagnolo (1999) where payoffs are not linear",
        "domain_cooperation",
        "domain_cooperation",
        likes_linked,
        {"gain": (0.2, 5.0), "loss": (0.2, 5.0), "domains": (2, 6)},
        None,
        {},
        "what is to be gained by cheating grows as fast as what is to be lost",
        whole=frozenset({"domains"}),
    ),
)
