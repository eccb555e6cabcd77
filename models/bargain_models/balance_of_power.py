"""Balance of power: when many developers are safer than one, how correlation undoes it, what stops a grab for all."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from bargain.model import Model, Number, parameter, rational
from bargain.power import power_shares

if TYPE_CHECKING:
    import sympy

Worth = Annotated[float, Field(strict=True, allow_inf_nan=False)]
COOPERATE, GRAB = 0, 1
MOST_SUMS = 1 << 20
"""Different sums of power that are kept while developers are counted in."""
BATCH = 1 << 20
"""Drawn alignments in memory at once."""


class BalanceOfPower(Model):
    r"""Several developers of powerful AI, each perhaps aligned, each tempted to take all the power.

    Developer i has the power share s_i and is aligned with probability a. With probability rho all share one draw,
    else each has its own. The outcome is good iff the aligned ones hold at least theta of all power. So many
    developers check each other, unless they fail together.

    Each developer, or the AI that it runs, cooperates or grabs. A grab succeeds with probability s_i, is then worth
    `prize`, and costs `rebellion_cost` either way. A developer that cooperates has its part b_i of what integration
    is worth, unless somebody's grab succeeds: b_i times the power of those that cooperate. A developer that grabs
    counts as not aligned. Power shares are at decisiveness 1.

    Examples
    --------
    >>> trio = BalanceOfPower()  # three equal developers, each aligned with probability 0.8
    >>> round(trio.chance_good(), 6), round(BalanceOfPower(correlation=0.5).chance_good(), 6)
    (0.896, 0.848)
    >>> trio.chance_good((3.0, 1.0, 1.0))  # one that outweighs the others decides alone
    0.8
    """

    name: ClassVar[str] = "balance_of_power"
    question: ClassVar[str] = (
        "When are many developers of powerful AI safer than one, and what keeps each of them from taking it all?"
    )
    citation: ClassVar[str] = (
        "Condorcet (1785), Essai sur l'application de l'analyse à la probabilité des décisions; correlated votes: "
        "Ladha (1992), The Condorcet jury theorem, free speech, and correlated votes; failures in common: Littlewood "
        "& Miller (1989), Conceptual modeling of coincident failures in multiversion software; power shares: Tullock "
        "(1980), Efficient rent seeking."
    )
    limits: ClassVar[str] = (
        "Alignment is yes or no, is not learnt by the others in time, and is the same chance for every developer; "
        "correlation is all or nothing; coalitions of those who grab do not share the prize."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "share": "power share of a developer, s_i",
        "target": "chance of a good outcome that is asked for",
        "m": "number of developers",
    }
    roles: ClassVar[tuple[str, ...]] = ("developer",)
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0, 1.0, 1.0)

    aligned: float = parameter(0.8, "Chance a that a developer's AI is aligned", unit="probability", ge=0, le=1)
    correlation: float = parameter(
        0.0, "Chance rho that all developers are aligned, or not, together", unit="probability", ge=0, le=1
    )
    threshold: float = parameter(
        0.5, "Part theta of all power that aligned developers need to hold", unit="share", ge=0, le=1
    )
    bargain: Worth | tuple[Worth, ...] = parameter(
        4, "Part b of what integration is worth: one number, or one each", unit="payoff per period"
    )
    prize: float = parameter(10.0, "Worth of all power to the one that grabs it", unit="payoff per period", ge=0)
    rebellion_cost: float = parameter(1.0, "Cost of a grab, whether it succeeds or not", unit="payoff per period", ge=0)

    @model_validator(mode="before")
    @classmethod
    def _one_developer_for_each_bargain(cls, data: Any) -> Any:
        """Name as many developers as there are bargains, three where one number holds for all."""
        if not isinstance(data, Mapping) or data.get("players"):
            return data
        stated = data.get("bargain")
        count = len(stated) if isinstance(stated, list | tuple) else len(cls.default_capabilities)
        return {**data, "players": tuple(f"Developer {i + 1}" for i in range(count))}

    @model_validator(mode="after")
    def _one_bargain_for_each_developer(self) -> Self:
        if isinstance(self.bargain, tuple) and len(self.bargain) != len(self.players):
            raise ValueError(f"bargain has {len(self.bargain)} numbers for {len(self.players)} developers")
        return self

    @property
    def bargains(self) -> tuple[Number, ...]:
        """What each developer has from integration."""
        return self.bargain if isinstance(self.bargain, tuple) else (self.bargain,) * len(self.players)

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `cooperate` and `grab` for each developer."""
        return (("cooperate", "grab"),) * len(self.players)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each developer's expected payoff."""
        shares = power_shares(tuple(self.capabilities(capabilities)))
        calm: Number = sum(share for share, action in zip(shares, profile, strict=True) if action == COOPERATE)
        return tuple(
            share * self.prize - self.rebellion_cost if action == GRAB else own * calm
            for share, action, own in zip(shares, profile, self.bargains, strict=True)
        )

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number:
        """Return the probability that aligned developers hold too little power."""
        return 1 - self.chance_good(capabilities, profile)

    def chance_good(self, capabilities: Sequence[Number] | None = None, profile: Sequence[int] = ()) -> Number:
        """Return the probability that aligned developers hold at least theta of all power.

        rho a + (1 - rho) P(sum of the aligned s_i >= theta) for theta above 0; with m equal developers and theta 1/2
        the last is P(Bin(m, a) >= m/2). Sums of power are compared in whole numbers, so a tie is a tie.

        Parameters
        ----------
        capabilities : any number of them above zero, default equal ones
            There may be more or fewer than the model has players.
        profile : sequence of 0 (cooperate) and 1 (grab), default all cooperate

        Raises
        ------
        ValueError   for more than a million different sums of power (some twenty unequal developers); `simulate` does
            not mind

        Examples
        --------
        >>> model = BalanceOfPower()
        >>> [round(model.chance_good([1] * m), 4) for m in (1, 3, 5, 9, 21)]
        [0.8, 0.896, 0.9421, 0.9804, 0.999]
        """
        weights, need = self._weights(capabilities, profile)
        chances: dict[int, Number] = {0: 1}
        left = sum(weights)
        common = self.aligned * (left >= need) + (1 - self.aligned) * (need <= 0)
        for weight in sorted(weights, reverse=True):
            left -= weight
            after: dict[int, Number] = {}
            for total, chance in chances.items():
                for sum_, part in ((total + weight, self.aligned), (total, 1 - self.aligned)):
                    if sum_ + left >= need:
                        reached = min(sum_, need)
                        after[reached] = after.get(reached, 0) + chance * part
            chances = after
            if len(chances) > MOST_SUMS:
                raise ValueError(f"{len(weights)} developers make too many different sums of power; use simulate")
        apart = sum(chance for total, chance in chances.items() if total >= need)
        return self.correlation * common + (1 - self.correlation) * apart

    def simulate(
        self, capabilities: Sequence[Number] | None = None, *, draws: int = 100_000, seed: int = 0
    ) -> Simulation:
        """Draw alignments and count the good outcomes, all developers cooperating.

        Examples
        --------
        >>> BalanceOfPower().simulate(draws=10_000).agrees_with(0.896)
        True
        """
        if draws < 1:
            raise ValueError(f"{draws} draws tell nothing; at least 1 is needed")
        weights, need = self._weights(capabilities, ())
        # In whole numbers, so that ties count, where a float holds them all exactly.
        unit = 1 if sum(weights) < 1 << 53 else sum(weights)
        power, enough = np.array([weight / unit for weight in weights]), need / unit
        rng, good = np.random.default_rng(seed), 0
        batch = max(1, BATCH // len(weights))
        for start in range(0, draws, batch):
            count = min(batch, draws - start)
            together = rng.random((count, 1)) < self.correlation
            own, common = rng.random((count, len(weights))), rng.random((count, 1))
            held = (np.where(together, common, own) < self.aligned) @ power
            good += int((held >= enough).sum())
        return Simulation(good, draws)

    def largest_correlation(self, target: float, capabilities: Sequence[Number] | None = None) -> float | None:
        """Return the largest rho at which the outcome is good with at least the target chance; None if at none.

        (P_0 - target)/(P_0 - P_1), with P_0 and P_1 the chances at rho 0 and 1; 1 where correlation does no harm.

        Examples
        --------
        >>> model = BalanceOfPower()
        >>> round(model.largest_correlation(0.95, [1] * 9), 4), model.largest_correlation(0.95)
        (0.1686, None)
        """
        apart, together = (
            float(self.model_copy(update={"correlation": rho}).chance_good(capabilities)) for rho in (0.0, 1.0)
        )
        if together >= target:
            return 1.0
        return (apart - target) / (apart - together) if apart >= target else None

    def least_bargain(self, capabilities: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return the least b_i at which each cooperates if the others do: s_i prize - cost of rebellion, at least 0.

        >>> BalanceOfPower().least_bargain((2.0, 1.0, 1.0))
        (4.0, 1.5, 1.5)
        """
        nothing = 0 * self.prize
        shares = power_shares(tuple(self.capabilities(capabilities)))
        return tuple(max(nothing, share * self.prize - self.rebellion_cost) for share in shares)

    def largest_share(self, player: int = 0) -> float:
        """Return the largest power share at which a developer cooperates if the others do, at most 1.

        (b + cost of rebellion)/prize: the limit that checks and balances have to keep. Below 0 if it always grabs.

        >>> BalanceOfPower().largest_share()
        0.5
        """
        if not self.prize:
            return 1.0 if self.bargains[player] + self.rebellion_cost >= 0 else -math.inf
        return min(1.0, float((self.bargains[player] + self.rebellion_cost) / self.prize))

    def _weights(self, capabilities: Sequence[Number] | None, profile: Sequence[int]) -> tuple[list[int], int]:
        """The power of those who cooperate in whole numbers, and how much of it the aligned need."""
        given = self.capabilities() if capabilities is None else capabilities
        if not given or not all(0 < each < math.inf for each in given):
            raise ValueError(f"finite capabilities above zero are needed, one a developer; got {list(given)}")
        exact = [Fraction(rational(each)) for each in given]
        scale = math.lcm(*(each.denominator for each in exact))
        weights = [int(each * scale) for each in exact]
        need = math.ceil(Fraction(rational(self.threshold)) * sum(weights))
        actions = profile or (COOPERATE,) * len(weights)
        return [weight for weight, action in zip(weights, actions, strict=True) if action == COOPERATE], need

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols by name; `meanings` tells those that are no parameters."""
        import sympy

        names = (*cls.parameter_names(), "share", "target", "m")
        return {name: sympy.Symbol(name, real=True) for name in names}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms; those of a number of developers are for equal ones and threshold 1/2."""
        import sympy

        s = cls.symbols()
        a, rho, m, j = s["aligned"], s["correlation"], s["m"], sympy.Dummy("j", integer=True)
        apart = sympy.Sum(sympy.binomial(m, j) * a**j * (1 - a) ** (m - j), (j, sympy.ceiling(m / 2), m))
        chances = {"m": apart} | {str(few): apart.subs(m, few).doit() for few in (2, 3)}
        return {
            **{
                f"chance of a good outcome, {who} equal developers, threshold 1/2": rho * a + (1 - rho) * of
                for who, of in chances.items()
            },
            "chance of a good outcome, ever more developers, aligned above threshold": rho * a + 1 - rho,
            "largest correlation, ever more developers, aligned above threshold": (1 - s["target"]) / (1 - a),
            "least bargain at which a developer cooperates": s["share"] * s["prize"] - s["rebellion_cost"],
            "largest power share at which a developer cooperates": (s["bargain"] + s["rebellion_cost"]) / s["prize"],
        }


@dataclass(frozen=True)
class Simulation:
    """How often the outcome was good in independent draws.

    Attributes
    ----------
    good : int
    draws : int
    """

    good: int
    draws: int

    @property
    def chance(self) -> float:
        """The estimated probability of a good outcome."""
        return self.good / self.draws

    def agrees_with(self, chance: float, *, deviations: float = 4.5) -> bool:
        """Tell whether a probability lies within so many standard deviations of the estimate.

        >>> Simulation(896, 1000).agrees_with(0.9), Simulation(896, 1000).agrees_with(0.8)
        (True, False)
        """
        spread = math.sqrt(chance * (1 - chance) / self.draws)
        return abs(self.chance - chance) <= deviations * spread + 1e-12
