"""A race with a lead: does the leader spend its lead on safety, and do the followers race to close it?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from pydantic import StrictFloat, field_validator

from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    import sympy

TIE = 1e-12
"""Followers whose boosted capabilities differ by no more than this fraction are level."""


class LeadRace(Model):
    r"""A leader may pause for safety work; each follower refrains or races.

    With boosted capability :math:`b_j = k_j e^{h\,[j\ races]}` the rival is the follower of the largest b.
    The lead over it is :math:`L = \Lambda \ln(k_L / b)` months and a leader that pauses t months is first
    with probability :math:`p = 1 / (1 + e^{-(L - t)/\sigma})`. The accident risk is
    :math:`\rho_0 e^{-t/\tau}` if the leader is first and :math:`\rho_F` if the rival is. Whoever is first
    without an accident has the prize, the others keep 1 - e of it.

    Followers count as level when the logarithms of their boosted capabilities lie within 1e-12 of the
    largest; of q level followers each is the rival with probability 1/q.

    Examples
    --------
    >>> model = LeadRace()
    >>> [round(payoff, 3) for payoff in model.payoff((1, 1), (4.0, 2.0))]  # pause 3, race
    [-18.854, 4.973]
    >>> round(model.risk((1, 1), (4.0, 2.0)), 4)
    0.3932
    """

    name: ClassVar[str] = "lead_race"
    question: ClassVar[str] = (
        "Can benefits paid to a follower that refrains from racing let the leader spend its lead on safety?"
    )
    citation: ClassVar[str] = (
        "After Armstrong, Bostrom & Shulman (2016), Racing to the precipice: a model of artificial "
        "intelligence development; use case 2 of Justen (2024), Sharing the AI windfall. The functional "
        "forms are this project's."
    )
    limits: ClassVar[str] = (
        "One decision each, taken at once and with capabilities known to all; only the strongest follower "
        "can be first; every number of the default calibration is an assumption."
    )
    rational: ClassVar[bool] = False
    meanings: ClassVar[Mapping[str, str]] = {
        "capability_leader": "capability of the leader",
        "capability_follower": "capability of the follower",
        "pause": "months that the leader pauses, one of `pauses`",
        "payment": "money from the leader, each period, to a follower that refrains",
        "disagreement_leader": "what the leader has a period, for ever, once the agreement is broken",
        "disagreement_follower": "what the follower has then",
    }
    roles: ClassVar[tuple[str, ...]] = ("leader", "follower")
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (4.0, 2.0)

    months_per_efold: float = parameter(12.0, "Months of lead for each e-fold of capability", unit="months", ge=0)
    lead_spread: float = parameter(
        3.0,
        "How uncertain the order of arrival is: scale of the logistic law of the lead",
        unit="months",
        gt=0,
    )
    accident_risk: float = parameter(
        0.5, "Risk of an accident if the leader is first and has not paused", unit="probability", ge=0, le=1
    )
    safety_timescale: float = parameter(
        6.0, "Months of pause that cut the leader's accident risk by a factor e", unit="months", gt=0
    )
    follower_risk: float = parameter(0.5, "Risk of an accident if a follower is first", unit="probability", ge=0, le=1)
    prize: float = parameter(
        100.0,
        "Worth of the technology without an accident, to whoever is first",
        unit="payoff per period",
        ge=0,
    )
    enmity: float = parameter(
        0.9,
        "Share of the prize lost when another is first",
        unit="share",
        source="assumption; the concept is that of Armstrong, Bostrom & Shulman (2016)",
        ge=0,
        le=1,
    )
    race_cost: float = parameter(2.0, "What racing costs a follower", unit="payoff per period", ge=0)
    race_boost: float = parameter(
        0.4,
        "Logarithm of the factor by which racing multiplies a follower's capability",
        unit="e-folds",
        ge=0,
    )
    leader_loss: float = parameter(150.0, "What an accident costs the leader", unit="payoff per period", ge=0)
    follower_loss: float = parameter(50.0, "What an accident costs each follower", unit="payoff per period", ge=0)
    pauses: tuple[StrictFloat, ...] = parameter(
        (0.0, 3.0, 6.0, 9.0, 12.0), "Pauses the leader chooses from, each 0 or more", unit="months"
    )

    @field_validator("pauses")
    @classmethod
    def _pauses_are_a_choice(cls, pauses: tuple[float, ...]) -> tuple[float, ...]:
        if not pauses:
            raise ValueError("the leader needs at least one pause to choose from, 0 for none")
        for pause in pauses:
            if not 0 <= pause < math.inf:
                raise ValueError(f"a pause is a number of months, zero or more; got {pause}")
        if len(set(pauses)) < len(pauses):
            raise ValueError(f"each pause may be listed once; got {', '.join(map(_months, pauses))}")
        return tuple(abs(pause) for pause in pauses)

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `pause T` for the leader, `refrain` and `race` for each follower."""
        followers = (("refrain", "race"),) * (len(self.players) - 1)
        return (tuple(f"pause {_months(pause)}" for pause in self.pauses), *followers)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[float, ...]:
        """Return each player's payoff at one profile, without the power term."""
        leader_first, rival_first, leader_risk, shares = self._race(profile, capabilities)
        leader_safe = leader_first * (1 - leader_risk)
        rival_safe = rival_first * (1 - self.follower_risk)
        risk = leader_first * leader_risk + rival_first * self.follower_risk
        kept = 1 - self.enmity
        leader = self.prize * (leader_safe + kept * rival_safe) - self.leader_loss * risk
        followers = (
            self.prize * (share * rival_safe + kept * (leader_safe + (1 - share) * rival_safe))
            - self.follower_loss * risk
            - self.race_cost * races
            for share, races in zip(shares, profile[1:], strict=True)
        )
        return (leader, *followers)

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> float:
        """Return the probability of an accident at one profile."""
        leader_first, rival_first, leader_risk, _ = self._race(profile, capabilities)
        return leader_first * leader_risk + rival_first * self.follower_risk

    def _race(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[float, float, float, list[float]]:
        """Chances that leader and rival are first, the leader's risk, each follower's chance to be rival."""
        pause = float(self.pauses[profile[0]])
        leader, *followers = (math.log(each) for each in capabilities)
        boosted = [own + self.race_boost * races for own, races in zip(followers, profile[1:], strict=True)]
        rival = max(boosted)
        level = [rival - own <= TIE for own in boosted]
        ahead = (self.months_per_efold * (leader - rival) - pause) / self.lead_spread
        chances = [tied / sum(level) for tied in level]
        return (
            _logistic(ahead),
            _logistic(-ahead),
            self.accident_risk * math.exp(-pause / self.safety_timescale),
            chances,
        )

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols of a race of two, by name."""
        import sympy

        parameters = (name for name in cls.parameter_names() if name != "pauses")
        others = ("capability_leader", "capability_follower", "pause", "payment")
        symbols = {name: sympy.Symbol(name, nonnegative=True) for name in (*parameters, *others)}
        signed = ("disagreement_leader", "disagreement_follower")
        return symbols | {name: sympy.Symbol(name, real=True) for name in signed}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of a race of two at one pause.

        A critical discount factor is the least one at which its player keeps the promise, where the agreement is
        worth more to it than the breakdown and breaking it pays at all.
        """
        import sympy

        s = cls.symbols()

        def outcome(races: int) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr, sympy.Expr]:
            lead = s["months_per_efold"] * (
                sympy.log(s["capability_leader"] / s["capability_follower"]) - races * s["race_boost"]
            )
            first = 1 / (1 + sympy.exp(-(lead - s["pause"]) / s["lead_spread"]))
            leader_risk = s["accident_risk"] * sympy.exp(-s["pause"] / s["safety_timescale"])
            leader_safe, rival_safe = first * (1 - leader_risk), (1 - first) * (1 - s["follower_risk"])
            risk = first * leader_risk + (1 - first) * s["follower_risk"]
            kept = 1 - s["enmity"]
            leader = s["prize"] * (leader_safe + kept * rival_safe) - s["leader_loss"] * risk
            follower = (
                s["prize"] * (rival_safe + kept * leader_safe) - s["follower_loss"] * risk - races * s["race_cost"]
            )
            return first, risk, leader, follower

        (first, risk, leader, follower), (first_raced, risk_raced, leader_raced, racing) = outcome(0), outcome(1)
        price = racing - follower
        return {
            "chance that the leader is first if the follower refrains": first,
            "chance that the leader is first if the follower races": first_raced,
            "accident risk if the follower refrains": risk,
            "accident risk if the follower races": risk_raced,
            "leader's payoff if the follower refrains": leader,
            "leader's payoff if the follower races": leader_raced,
            "follower's payoff if it refrains": follower,
            "follower's payoff if it races": racing,
            "least payment that makes refraining a best reply": price,
            "follower's critical discount factor": (price - s["payment"]) / (racing - s["disagreement_follower"]),
            "leader's critical discount factor for paying": s["payment"] / (leader - s["disagreement_leader"]),
        }


def _months(pause: float) -> str:
    """Write a pause as documents do: 6, not 6.0."""
    return repr(float(pause)).removesuffix(".0")


def _logistic(z: float) -> float:
    """Return 1/(1 + exp(-z)) without overflow."""
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    small = math.exp(z)
    return small / (1 + small)
