"""Unlike resources: members of an alliance bargain over how much to regulate, innovators against regulators."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, StrictInt, model_validator

from bargain.games import Floats
from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    import sympy

Level = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Worth = Annotated[float, Field(strict=True, allow_inf_nan=False)]
PER_MEMBER = ("ideals", "market", "weights", "gains")
"""The parameters that have one number for each member, or may have."""
ACCEPT = 0
ROUNDING = 1e-12
"""Levels this close are one level."""


class ResourceHeterogeneity(Model):
    r"""Members choose one level of regulation x between 0 and 1; each wants another one.

    A common rule at x is worth :math:`u_i = r_i - w_i (x - x_i)^2` to member i. Its ideal x_i is stated, or follows
    from its resources: market_i/(market_i + k_i), the less regulation the more capable it is beside its market. Without
    agreement it has :math:`-w_i (x_0 - x_i)^2` if a status quo x_0 is stated, else 0.

    In the finite form each accepts or rejects the `proposal`; it passes with `quota` votes, all where none is stated.

    Examples
    --------
    >>> model = ResourceHeterogeneity(ideals=(0.1, 0.5, 0.9), weights=(4, 1, 2))
    >>> model.median(), round(model.nash().level, 6), round(model.kalai_smorodinsky().level, 6)
    ((0.5, 0.5), 0.408561, 0.410747)
    """

    name: ClassVar[str] = "resource_heterogeneity"
    question: ClassVar[str] = (
        "How much regulation do allies with unlike resources agree on, by vote or by bargain, and who is paid for it?"
    )
    citation: ClassVar[str] = (
        "Unlike endowments as a source of competition even among allies: work on AI and state-to-state power "
        "relations (2024); the median voter: Black (1948), On the rationale of group decision-making; bargaining: "
        "Nash (1950), The bargaining problem, and Kalai & Smorodinsky (1975), Other solutions to Nash's bargaining "
        "problem. The functional form is this project's."
    )
    limits: ClassVar[str] = (
        "One level for all and one dimension; losses grow with the square of the distance; members vote as they feel, "
        "and nobody leaves the alliance."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "ideal": "level that one member wants, its entry in `ideals`",
        "weight": "how much it minds the distance, its entry in `weights`",
        "gain": "what any common rule is worth to it, its entry in `gains`",
        "capability": "its capability",
    }
    roles: ClassVar[tuple[str, ...]] = ("member",)
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (9.0, 1.0, 1 / 9)

    ideals: tuple[Level, ...] | None = parameter(
        None, "Level that each member wants; if not stated, it follows from market and capability", unit="level"
    )
    market: Positive | tuple[Positive, ...] = parameter(
        1, "Size of a member's market, one number or one each", unit="capability units"
    )
    weights: Positive | tuple[Positive, ...] = parameter(
        1, "Weight w of the distance from the ideal, one number or one each", unit="payoff per squared level"
    )
    gains: Worth | tuple[Worth, ...] = parameter(
        1, "Worth r of having a common rule at all, one number or one each", unit="payoff per period"
    )
    status_quo: Level | None = parameter(
        None, "Level that stays without agreement; not stated: payoffs are then 0", unit="level"
    )
    quota: Annotated[StrictInt, Field(ge=1)] | None = parameter(
        None, "Votes that carry a proposal; not stated: all", unit="votes"
    )
    proposal: float = parameter(0.5, "Level that the members vote on", unit="level", ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _one_member_for_each_number(cls, data: Any) -> Any:
        """Name as many members as the longest parameter has numbers, three where none tells."""
        if not isinstance(data, Mapping) or data.get("players"):
            return data
        counts = (len(data[key]) for key in PER_MEMBER if isinstance(data.get(key), list | tuple))
        return {**data, "players": tuple(f"Member {i + 1}" for i in range(max(counts, default=3)))}

    @model_validator(mode="after")
    def _parameters_fit(self) -> Self:
        n = len(self.players)
        for name in PER_MEMBER:
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != n:
                raise ValueError(f"{name} has {len(value)} numbers for {n} members")
        if self.ideals is not None and self.market != 1:
            raise ValueError("ideals are stated, so market has no effect; state one of the two")
        if self.quota is not None and self.quota > n:
            raise ValueError(f"the quota is {self.quota} votes, and there are {n} members")
        return self

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `accept` and `reject` for each member."""
        return (("accept", "reject"),) * len(self.players)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return what each member has from the vote on the proposal."""
        passes = sum(action == ACCEPT for action in profile) >= (self.quota or len(self.players))
        return self.payoffs_at(self.proposal, capabilities) if passes else self.without_agreement(capabilities)

    def ideal_levels(self, capabilities: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return each member's ideal level, as stated or market/(market + k).

        >>> ResourceHeterogeneity(market=(1, 1, 3)).ideal_levels((3.0, 1.0, 1.0))
        (0.25, 0.5, 0.75)
        """
        k = self.capabilities(capabilities)
        if self.ideals is not None:
            return self.ideals
        return tuple(own / (own + each) for own, each in zip(self._each("market"), k, strict=True))

    def payoffs_at(self, level: Number, capabilities: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return what each member has from a common rule at a level."""
        members = zip(self._each("gains"), self._each("weights"), self.ideal_levels(capabilities), strict=True)
        return tuple(gain - weight * (level - ideal) ** 2 for gain, weight, ideal in members)

    def without_agreement(self, capabilities: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return what each member has without agreement."""
        at = self.status_quo
        if at is None:
            return (0,) * len(self.players)
        members = zip(self._each("weights"), self.ideal_levels(capabilities), strict=True)
        return tuple(-weight * (at - ideal) ** 2 for weight, ideal in members)

    def acceptable(self, capabilities: Sequence[Number] | None = None) -> tuple[float, float] | None:
        """Return the least and the greatest level at which nobody loses by agreeing; None if there is none.

        |x - x_i| <= sqrt((r_i - d_i)/w_i) for all i, d_i what i has without agreement.

        Examples
        --------
        >>> model = ResourceHeterogeneity(ideals=(0.1, 0.5, 0.9), gains=0, status_quo=1.0)
        >>> [round(each, 6) for each in model.acceptable()]
        [0.8, 1.0]
        """
        problem = self._problem(capabilities)
        if (problem.most < 0).any():
            return None
        reach = np.sqrt(problem.most / problem.weights)
        low = max(0.0, float((problem.ideals - reach).max()))
        high = min(1.0, float((problem.ideals + reach).min()))
        if self.status_quo is not None and min(self._each("gains")) >= 0:
            low, high = min(low, float(self.status_quo)), max(high, float(self.status_quo))
        if low > high:
            return ((low + high) / 2,) * 2 if low - high <= ROUNDING else None
        return low, high

    def core(
        self, quota: int | None = None, capabilities: Sequence[Number] | None = None
    ) -> tuple[Number, Number] | None:
        """Return the levels that no `quota` members would leave for another: [x_(n-q+1), x_(q)] of sorted ideals.

        The quota is the model's where none is given, all members where it has none. None if every level is left for
        another, as can happen where half of the members or fewer carry a motion.

        Examples
        --------
        >>> model = ResourceHeterogeneity(ideals=(0.1, 0.5, 0.9))
        >>> model.core(2), model.core(3), model.core(1)
        ((0.5, 0.5), (0.1, 0.9), None)
        """
        n = len(self.players)
        votes = self.quota or n if quota is None else quota
        if not 1 <= votes <= n:
            raise ValueError(f"the quota is {votes} votes, and there are {n} members")
        ordered = sorted(self.ideal_levels(capabilities))
        low, high = ordered[n - votes], ordered[votes - 1]
        return (low, high) if low <= high else None

    def median(self, capabilities: Sequence[Number] | None = None) -> tuple[Number, Number]:
        """Return the levels that no majority would leave for another: one for an odd number of members.

        References
        ----------
        Black, D. (1948). On the rationale of group decision-making. Journal of Political Economy 56, 23-34.
        """
        ordered, n = sorted(self.ideal_levels(capabilities)), len(self.players)
        return ordered[(n - 1) // 2], ordered[n // 2]

    def nash(self, capabilities: Sequence[Number] | None = None) -> Settlement | None:
        """Return the level that maximises the product of gains over no agreement; None if somebody always loses.

        The slope of the sum of log gains, sum of -2 w_i (x - x_i)/gain_i, falls in x: found by bisection.

        >>> settled = ResourceHeterogeneity(ideals=(0.1, 0.5, 0.9), gains=0, status_quo=1.0, weights=(4, 1, 2)).nash()
        >>> round(settled.level, 6), settled.residual() < 1e-9
        (0.85348, True)
        """
        return self._settle("Nash", capabilities)

    def kalai_smorodinsky(self, capabilities: Sequence[Number] | None = None) -> Settlement | None:
        """Return the level that maximises the least gain as a share of the most that the member could gain.

        The most is over the levels at which nobody loses. None if somebody always loses.

        >>> model = ResourceHeterogeneity(ideals=(0.1, 0.5, 0.9), gains=0, status_quo=1.0, weights=(4, 1, 2))
        >>> round(model.kalai_smorodinsky().level, 6)
        0.851613
        """
        return self._settle("Kalai-Smorodinsky", capabilities)

    def with_side_payments(self, capabilities: Sequence[Number] | None = None) -> Settlement | None:
        """Return the level that is worth most to all together, and payments that give everyone the same gain.

        x = sum w_i x_i / sum w_i; with S the sum of gains there, each receives S/n less its own gain. None if S < 0.

        >>> settled = ResourceHeterogeneity(ideals=(0.1, 0.5, 0.9), weights=(4, 1, 2)).with_side_payments()
        >>> round(settled.level, 6), round(settled.surplus, 6), settled.transfers.round(6).tolist()
        (0.385714, 2.131429, [0.037007, -0.276463, 0.239456])
        """
        problem = self._problem(capabilities)
        level = float(problem.weights @ problem.ideals / problem.weights.sum())
        own = problem.gains(level)
        if own.sum() < 0:
            return None
        return Settlement("side payments", level, problem, own.mean() - own)

    def _settle(
        self, rule: Literal["Nash", "Kalai-Smorodinsky"], capabilities: Sequence[Number] | None
    ) -> Settlement | None:
        bounds = self.acceptable(capabilities)
        if bounds is None:
            return None
        problem = self._problem(capabilities, bounds)
        level = _climb(lambda x: problem.slope(rule, x), *bounds)
        return Settlement(rule, level, problem, np.zeros(len(problem.ideals)))

    def _problem(self, capabilities: Sequence[Number] | None, bounds: tuple[float, float] = (0.0, 1.0)) -> Problem:
        disagreement = np.array(self.without_agreement(capabilities), dtype=float)
        worth = np.array(self._each("gains"), dtype=float) - disagreement
        ideals, weights = self.ideal_levels(capabilities), self._each("weights")
        return Problem(np.array(ideals, dtype=float), np.array(weights, dtype=float), worth, disagreement, bounds)

    def _each(self, name: str) -> tuple[Number, ...]:
        value = getattr(self, name)
        return value if isinstance(value, tuple) else (value,) * len(self.players)

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols by name, those of one member among them."""
        import sympy

        names = ("ideal", "weight", "gain", "market", "capability", "status_quo", "proposal")
        return {name: sympy.Symbol(name, nonnegative=True) for name in names}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of one member."""
        import sympy

        s = cls.symbols()
        lost = s["weight"] * (s["status_quo"] - s["ideal"]) ** 2
        return {
            "ideal level": s["market"] / (s["market"] + s["capability"]),
            "capability at which the ideal is the proposal": s["market"] * (1 - s["proposal"]) / s["proposal"],
            "farthest from its ideal that a member accepts": sympy.sqrt((s["gain"] + lost) / s["weight"]),
            "the same without a status quo": sympy.sqrt(s["gain"] / s["weight"]),
            "price of its vote": s["weight"] * (s["proposal"] - s["ideal"]) ** 2 - s["gain"] - lost,
        }


@dataclass(frozen=True, eq=False)
class Problem:
    """What each member gains at a level: most_i - w_i (x - x_i)^2, on the levels within `bounds`."""

    ideals: Floats
    weights: Floats
    most: Floats
    disagreement: Floats
    bounds: tuple[float, float]

    def gains(self, level: float) -> Floats:
        """Return each member's gain over no agreement."""
        return np.asarray(self.most - self.weights * (level - self.ideals) ** 2)

    def relative_gains(self, level: float) -> Floats:
        """Return each gain as a share of the most that the member can gain within the bounds; 1 where that is 0."""
        best = self.most - self.weights * (np.clip(self.ideals, *self.bounds) - self.ideals) ** 2
        return np.divide(self.gains(level), best, out=np.ones_like(best), where=best > 0)

    def slope(self, rule: str, level: float) -> float:
        """Return how what the rule maximises changes with the level, in sign at least."""
        gains, slopes = self.gains(level), -2 * self.weights * (level - self.ideals)
        if rule == "Kalai-Smorodinsky":
            return float(slopes[int(np.argmin(self.relative_gains(level)))])
        if (gains <= 0).any():
            return float(slopes[int(np.argmin(gains))])
        return float((slopes / gains).sum())


@dataclass(frozen=True, eq=False)
class Settlement:
    """The level that members settle on by a rule.

    Attributes
    ----------
    rule : "Nash", "Kalai-Smorodinsky" or "side payments"
    level : float
    problem : Problem
    transfers : (n,) array, what each receives on top; they add up to 0
    """

    rule: Literal["Nash", "Kalai-Smorodinsky", "side payments"]
    level: float
    problem: Problem
    transfers: Floats

    @property
    def gains(self) -> Floats:
        """What each member gains over no agreement, payments included."""
        return np.asarray(self.problem.gains(self.level) + self.transfers)

    @property
    def payoffs(self) -> Floats:
        """What each member has."""
        return np.asarray(self.problem.disagreement + self.gains)

    @property
    def surplus(self) -> float:
        """All gains together."""
        return float(self.gains.sum())

    def residual(self) -> float:
        """Return how far the level, or what it gives, is from what the rule demands; 0 is exact.

        With side payments the spread of the gains, what payments fail to add up to, and the slope of the sum. Else
        the distance to the nearest level at which what the rule maximises stops rising, probed on both sides.
        """
        if self.rule == "side payments":
            slope = self.problem.weights @ (self.level - self.problem.ideals) / self.problem.weights.sum()
            return float(max(np.ptp(self.gains), abs(self.transfers.sum()), abs(slope)))
        low, high = self.problem.bounds
        for step in (0.0, *np.logspace(-16, 0, 17).tolist()):
            before, after = max(low, self.level - step), min(high, self.level + step)
            rises = before <= low or self.problem.slope(self.rule, before) >= 0
            falls = after >= high or self.problem.slope(self.rule, after) <= 0
            if rises and falls:
                return float(step)
        return math.inf


def _climb(slope: Callable[[float], float], low: float, high: float) -> float:
    """The level at which a concave function stops rising, by bisection to the last bit."""
    while low < (middle := (low + high) / 2) < high:
        rise = slope(middle)
        if rise == 0:
            return middle
        low, high = (middle, high) if rise > 0 else (low, middle)
    return low if slope(low) <= 0 or low == high else high
