"""A race to the precipice: how much safety do racing teams keep, and what do shared prizes and shared power change?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import StrictFloat, field_validator

from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    import sympy

Floats = npt.NDArray[np.float64]
Information = Literal["none", "private", "public"]
"""What teams know of capabilities when they choose: nothing, each its own, or all of them."""


class SafetyRace(Model):
    r"""Teams race; safety slows a team down, and only the winner's safety counts.

    Team i has capability :math:`c_i` and keeps safety :math:`s_i` between 0 and 1. The largest
    :math:`c_i - s_i` is first; a disaster follows with probability 1 - s of the winner. Of a prize W the winner
    has 1 - b and each of the n - 1 losers 1 - e + b/(n - 1): e is the enmity, the share of the prize lost when
    another is first, and b the share of the prize that the winner gives away. After a disaster nobody has anything.
    As far as choices go this is a race without sharing at the effective enmity (e - b n/(n - 1))/(1 - b), at least 0.

    The capabilities :math:`c_i` are drawn independently and evenly between those of the weakest and the strongest
    state: over a width :math:`\mu`, the parameter `spread` times the gap between the largest and the smallest k. So
    power given to the weakest state narrows the width, and power given to the strongest widens it.

    Offers are checked on the game in which nobody knows capabilities before safety is chosen. The
    closed forms also cover teams that know their own capability, or everyone's.

    Examples
    --------
    >>> model = SafetyRace()
    >>> [round(model.equilibrium_risk(known), 4) for known in ("none", "private", "public")]
    [0.5, 0.6667, 0.6667]
    >>> model.payoff((2, 2), (2.0, 1.0)), model.risk((2, 2), (2.0, 1.0))  # both keep safety 0.5
    ((25.0, 25.0), 0.5)
    """

    name: ClassVar[str] = "safety_race"
    question: ClassVar[str] = (
        "How much safety do racing teams keep, and is it sharing the prize or sharing power that makes the race safer?"
    )
    citation: ClassVar[str] = (
        "Armstrong, Bostrom & Shulman (2016), Racing to the precipice: a model of artificial intelligence "
        "development, AI & Society 31; sharing the prize, and power as the gap between states, are this project's."
    )
    limits: ClassVar[str] = (
        "All teams are alike until capabilities are drawn; safety is chosen once; a disaster ends the game for all "
        "and is no worse than losing a prize of which nothing is shared."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "teams": "number of teams, n",
        "strongest": "largest capability",
        "weakest": "smallest capability",
        "power": "capability given to the weakest state",
    }
    roles: ClassVar[tuple[str, ...]] = ("team", "rival")
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (2.0, 1.0)

    enmity: float = parameter(
        1.0,
        "Share of the prize lost when another team is first",
        unit="share",
        source="the extreme case of Armstrong, Bostrom & Shulman (2016)",
        ge=0,
        le=1,
    )
    spread: float = parameter(
        1.0,
        "Width of the field of capabilities, per unit of capability between the strongest and the weakest state",
        unit="safety per capability",
        ge=0,
    )
    share: float = parameter(0.0, "Share of the prize that the winner gives to the losers", unit="share", ge=0, lt=1)
    prize: float = parameter(100.0, "Worth of the prize without a disaster", unit="payoff per period", ge=0)
    levels: tuple[StrictFloat, ...] = parameter(
        (0.0, 0.25, 0.5, 0.75, 1.0),
        "Safety levels that the teams choose from, each from 0 to 1",
        unit="probability of no disaster",
    )

    @field_validator("levels")
    @classmethod
    def _levels_are_a_choice(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if not levels:
            raise ValueError("the teams need at least one safety level to choose from, 0 for none")
        for level in levels:
            if not 0 <= level <= 1:
                raise ValueError(f"a safety level is a probability, between 0 and 1; got {level}")
        if len(set(levels)) < len(levels):
            raise ValueError(f"each safety level may be listed once; got {', '.join(map(_plain, levels))}")
        return tuple(abs(level) for level in levels)

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `safety S` for each team, one for each level."""
        return (tuple(f"safety {_plain(level)}" for level in self.levels),) * len(self.players)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each team's expected payoff at one profile of safety levels, without the power term."""
        safe = self._first_and_safe(profile, capabilities)
        won, lost = 1 - self.share, 1 - self.enmity + self.share / (len(safe) - 1)
        return tuple(self.prize * (won * own + lost * (sum(safe) - own)) for own in safe)

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number:
        """Return the probability of a disaster at one profile of safety levels."""
        return 1 - sum(self._first_and_safe(profile, capabilities))

    def _first_and_safe(self, profile: Sequence[int], capabilities: Sequence[Number]) -> list[Number]:
        levels = [self.levels[action] for action in profile]
        chances = first_chances(levels, self.width(capabilities))
        return [chance * level for chance, level in zip(chances, levels, strict=True)]

    def width(self, capabilities: Sequence[Number] | None = None) -> Number:
        """Return mu, the width of the field: `spread` times the gap between strongest and weakest state.

        >>> SafetyRace().width((2.0, 1.25))
        0.75
        """
        at = self.capabilities(capabilities)
        return self.spread * (max(at) - min(at))

    @property
    def effective_enmity(self) -> float:
        """The enmity of a race without sharing that has the same equilibria: (e - b n/(n - 1))/(1 - b), at least 0."""
        n = len(self.players)
        return max(0.0, (self.enmity - self.share * n / (n - 1)) / (1 - self.share))

    def equilibrium_safety(
        self, information: Information, standing: float = 0.0, capabilities: Sequence[Number] | None = None
    ) -> float:
        """Return the safety that a team keeps in the symmetric equilibrium.

        With e the effective enmity and mu the width: min(1, mu/(n e)) if nothing is known; min(1, c/(1 + (n -
        1) e)) for a team that knows its own capability c alone; min(1, D/e) for the leader if all is known, D
        its lead over the next: the next then is as well off second to that safety as first with D less of it.
        Where e = 0, the limit as e falls to 0.

        Parameters
        ----------
        information : "none", "private" or "public"
        standing : float
            What the team knows, at least 0: its capability above the weakest possible (private), or the leader's
            lead over the next (public).
        capabilities : numbers, optional
            Of the states, from which the width follows; default those of the default calibration.

        Raises
        ------
        ValueError   if the information is none of the three, or the standing is negative

        References
        ----------
        Armstrong, S., Bostrom, N. & Shulman, C. (2016). Racing to the precipice: a model of artificial
        intelligence development. AI & Society 31, 201-206.

        Examples
        --------
        >>> model = SafetyRace(enmity=0.5)
        >>> model.equilibrium_safety("none"), model.equilibrium_safety("public", 0.25)
        (1.0, 0.5)
        """
        if not standing >= 0:
            raise ValueError(f"a standing is a capability or a lead, at least 0; got {standing}")
        n, e = len(self.players), self.effective_enmity
        if _known(information) == "private":
            return min(1.0, standing / (1 + (n - 1) * e))
        if information == "public":
            return _capped(standing, e)
        return _capped(float(self.width(capabilities)), n * e)

    def equilibrium_risk(self, information: Information, capabilities: Sequence[Number] | None = None) -> float:
        """Return the probability of a disaster in the symmetric equilibrium.

        With e the effective enmity, mu the width and K = 1 + (n - 1) e: 1 - min(1, mu/(n e)) if nothing is
        known; 1 - n mu/((n + 1) K) if mu <= K, else (K/mu)^n/(n + 1), if each team knows its own capability;
        1 - mu/(e (n + 1)) (1 - (1 - min(e, mu)/mu)^(n + 1)) if all know all. Where e = 0, the limit.

        Raises
        ------
        ValueError   if the information is none of the three

        References
        ----------
        Armstrong, S., Bostrom, N. & Shulman, C. (2016), as for `equilibrium_safety`.

        Examples
        --------
        >>> shared = SafetyRace(share=0.1)  # of the prize
        >>> [round(shared.equilibrium_risk(known), 4) for known in ("none", "private", "public")]
        [0.4375, 0.6471, 0.6255]
        >>> SafetyRace().equilibrium_risk("none", (2.0, 1.25))  # power to the weaker of two
        0.625
        """
        n, e, mu = len(self.players), self.effective_enmity, float(self.width(capabilities))
        if _known(information) == "none":
            return 1 - _capped(mu, n * e)
        if information == "private":
            scale = 1 + (n - 1) * e
            return 1 - n * mu / ((n + 1) * scale) if mu <= scale else (scale / mu) ** n / (n + 1)
        if e == 0:
            return 0.0
        reached = min(1.0, e / mu) if mu else 1.0
        # 1 - (1 - x)^(n+1) is x times this sum: no difference of nearly equal numbers where e is small.
        kept = sum((1 - reached) ** k for k in range(n + 1)) / (n + 1)
        return 1 - _capped(mu, e) * kept

    def simulated_risk(
        self,
        information: Information,
        capabilities: Sequence[Number] | None = None,
        *,
        draws: int = 100_000,
        seed: int = 0,
    ) -> Estimate:
        """Return the risk estimated by drawing races whose teams keep their equilibrium safety.

        Raises
        ------
        ValueError   if the information is none of the three, or there are fewer than two draws

        Examples
        --------
        >>> estimate = SafetyRace().simulated_risk("private")
        >>> abs(estimate.risk - SafetyRace().equilibrium_risk("private")) < 4 * estimate.standard_error
        True
        """
        if draws < 2:
            raise ValueError(f"an estimate with an error needs two draws or more; got {draws}")
        mu = float(self.width(capabilities))
        drawn = mu * np.random.default_rng(seed).random((draws, len(self.players)))
        safety: Floats
        if _known(information) == "none":
            safety = np.full(draws, self.equilibrium_safety("none", capabilities=capabilities))
        elif information == "private":
            kept = np.minimum(1.0, drawn / (1 + (len(self.players) - 1) * self.effective_enmity))
            # Where scores tie, as all do in the limit e = 0 below full safety, the more capable is first.
            first = np.lexsort((drawn, drawn - kept), axis=1)[:, -1]
            safety = kept[np.arange(draws), first]
        else:
            ordered = np.sort(drawn, axis=1)
            lead, e = ordered[:, -1] - ordered[:, -2], self.effective_enmity
            safety = np.minimum(1.0, lead / e) if e else np.ones(draws)
        disasters = 1 - safety
        return Estimate(float(disasters.mean()), float(disasters.std(ddof=1) / math.sqrt(draws)))

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols of a race, by name."""
        import sympy

        parameters = (name for name in cls.parameter_names() if name != "levels")
        others = ("teams", "strongest", "weakest", "power")
        return {name: sympy.Symbol(name, nonnegative=True) for name in (*parameters, *others)}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of the symmetric equilibria, for effective enmity and width above 0."""
        import sympy

        s = cls.symbols()
        n, e, b = s["teams"], s["enmity"], s["share"]
        width = s["spread"] * (s["strongest"] - s["weakest"] - s["power"])
        effective = sympy.Max(0, (e - b * n / (n - 1)) / (1 - b))
        scale, ratio = 1 + (n - 1) * effective, effective / width
        none = 1 / sympy.Max(1, n * ratio)
        reached = sympy.Min(1, ratio)
        return {
            "effective enmity": effective,
            "width of the field": width,
            "safety without information": none,
            "risk without information": 1 - none,
            "risk with private information": sympy.Piecewise(
                (1 - n * width / ((n + 1) * scale), width <= scale), ((scale / width) ** n / (n + 1), True)
            ),
            "risk with public information": 1 - (1 - (1 - reached) ** (n + 1)) / (ratio * (n + 1)),
            "share of the prize from which nobody races": e * (n - 1) / n,
            "effective enmity below which one more team lowers the risk under private information": 1 / (n**2 + n + 1),
        }


@dataclass(frozen=True)
class Estimate:
    """A risk estimated from draws, and the standard error of the estimate."""

    risk: float
    standard_error: float


def first_chances(levels: Sequence[Number], width: Number) -> tuple[Number, ...]:
    """Return each team's chance to be first, given safety levels, capabilities drawn evenly over a width.

    P_i = (1/mu) integral from 0 to mu over c of prod_{j != i} clip((c - s_i + s_j)/mu, 0, 1): on each stretch
    between two kinks a polynomial with coefficients of one sign, integrated term by term. Floats give floats,
    fractions give fractions. At width 0 the least safe teams share the first place. Cost n^3 for n teams.

    Examples
    --------
    >>> first_chances((0.5, 0.75), 1.0)
    (0.71875, 0.28125)
    """
    if width == 0:
        least = min(levels)
        one: Number = width + 1
        tied = sum(level == least for level in levels)
        return tuple(one / tied if level == least else width for level in levels)
    return tuple(_first_chance(levels, i, width) for i in range(len(levels)))


def _first_chance(levels: Sequence[Number], i: int, width: Number) -> Number:
    # In units of the width; a rival behind by `gap` is beaten with probability clip(c - gap, 0, 1).
    gaps = [(levels[i] - other) / width for j, other in enumerate(levels) if j != i]
    nothing = 0 * width
    one: Number = nothing + 1
    kinks = sorted({each for gap in gaps for each in (gap, one + gap) if 0 < each < 1} | {nothing, one})
    total = nothing
    for low, high in itertools.pairwise(kinks):
        if any(low < gap for gap in gaps):
            continue
        length = high - low
        polynomial = [one]
        for gap in gaps:
            if low >= one + gap:
                continue
            padded = [nothing, *polynomial, nothing]
            polynomial = [(low - gap) * here + length * below for below, here in itertools.pairwise(padded)]
        total += length * sum(each / (power + 1) for power, each in enumerate(polynomial))
    return total


@dataclass(frozen=True)
class SafetyContest:
    """Contestants trade safety against performance, in place of racing with drawn capabilities.

    A contestant of performance p is safe with odds k p^-theta, so with probability sigma = 1/(1 + p^theta/k),
    and first with probability q_i = p_i/sum p (`ratio`) or e^(lambda p_i)/sum e^(lambda p_j) (`logistic`). Being
    first and safe is worth 1; a disaster by whoever is first costs d: u_i = q_i sigma_i - d (1 - sum_j q_j sigma_j).

    Attributes
    ----------
    productivity : float
        k, safety at performance 1 in odds: safety research makes it larger.
    tradeoff : float
        theta, how steeply safety falls with performance.
    loss : float
        d, what a disaster costs each.
    success : "ratio" or "logistic"
    decisiveness : float
        lambda of the logistic contest.
    contestants : int

    Notes
    -----
    In a symmetric equilibrium 1 - sigma = (n - 1)/(n theta (1 + d)) under `ratio`, which does not depend on k;
    1 - sigma = lambda p (n - 1)/(n theta (1 + d)) under `logistic`, where a larger k lowers sigma.

    References
    ----------
    Jensen, M., Emery-Xu, N. & Trager, R. (2023). Industrial policy for advanced AI: compute pricing and the
    safety tax. The reduced form without costs of input is this project's.

    Examples
    --------
    >>> for success in ("ratio", "logistic"):
    ...     contests = (SafetyContest(k, tradeoff=2.0, loss=1.0, success=success) for k in (1.0, 10.0))
    ...     print(success, [round(contest.equilibria()[0].safety, 4) for contest in contests])
    ratio [0.875, 0.875]
    logistic [0.9841, 0.8062]
    """

    productivity: float = 1.0
    tradeoff: float = 1.0
    loss: float = 1.0
    success: Literal["ratio", "logistic"] = "ratio"
    decisiveness: float = 1.0
    contestants: int = 2

    def __post_init__(self) -> None:
        """Check the numbers once."""
        above = {"productivity": self.productivity, "tradeoff": self.tradeoff, "decisiveness": self.decisiveness}
        for name, value in above.items():
            if not 0 < value < math.inf:
                raise ValueError(f"{name} is {value}; it is a finite number above 0")
        if not 0 <= self.loss < math.inf:
            raise ValueError(f"loss is {self.loss}; it is a finite number, at least 0")
        if self.contestants < 2:
            raise ValueError(f"a contest needs two contestants or more; got {self.contestants}")
        if self.success not in ("ratio", "logistic"):
            raise ValueError(f"success is {self.success!r}; known: ratio, logistic")

    def safety(self, performance: Any) -> Any:
        """Return sigma at a performance, or at an array of them."""
        return 1 / (1 + performance**self.tradeoff / self.productivity)

    def payoff(self, own: Any, others: float) -> Any:
        """Return the payoff of a contestant of performance `own`, a number or array, all others at `others`."""
        n = self.contestants
        if self.success == "ratio":
            first = own / (own + (n - 1) * others)
        else:
            first = 1 / (1 + (n - 1) * np.exp(np.clip(self.decisiveness * (others - own), -700, 700)))
        safe = first * self.safety(own)
        return safe - self.loss * (1 - safe - (1 - first) * self.safety(others))

    def equilibria(self) -> tuple[ContestEquilibrium, ...]:
        """Return the symmetric equilibria in pure strategies with performance above 0, the safest first.

        Each candidate solves the first-order condition; it is an equilibrium if no other performance, searched
        over twelve orders of magnitude, gains more than 1e-9. Empty where there is none: under `ratio` if
        n theta (1 + d) <= n - 1, when ever less safety pays.
        """
        candidates = (ContestEquilibrium(p, float(self.safety(p)), self._regret(p)) for p in self._stationary())
        return tuple(each for each in candidates if each.regret <= 1e-9)

    def _stationary(self) -> list[float]:
        """The performances at which a small change gains nothing, in rising order."""
        n, k, theta = self.contestants, self.productivity, self.tradeoff
        unsafe = (n - 1) / (n * theta * (1 + self.loss))
        if self.success == "ratio":
            return [float((k * unsafe / (1 - unsafe)) ** (1 / theta))] if unsafe < 1 else []
        from scipy.optimize import brentq

        slope = self.decisiveness * unsafe

        def excess(logarithm: float) -> float:
            performance = math.exp(logarithm)
            return float(1 - self.safety(performance)) / performance - slope

        # 1 - sigma is at most 1, so that no root lies above 1/slope.
        grid = np.linspace(math.log(1 / slope) - 30, math.log(1 / slope) + 1e-9, 4001)
        signs = np.array([excess(each) for each in grid]) > 0
        return [math.exp(brentq(excess, grid[i], grid[i + 1], xtol=1e-15)) for i in np.flatnonzero(np.diff(signs))]

    def _regret(self, performance: float) -> float:
        """The most that one contestant gains by another performance, all others staying: a grid, refined twice."""
        low, high = math.log(performance) - 14, math.log(performance) + 14
        best = 0.0
        for _ in range(3):
            grid = np.linspace(low, high, 4001)
            gains = self.payoff(np.exp(grid), performance) - self.payoff(performance, performance)
            top, step = int(np.argmax(gains)), grid[1] - grid[0]
            best, low, high = max(best, float(gains[top])), grid[top] - step, grid[top] + step
        return best


@dataclass(frozen=True)
class ContestEquilibrium:
    """A symmetric equilibrium of a contest: everyone's performance and safety, and what a deviation can gain."""

    performance: float
    safety: float
    regret: float


def _known(information: str) -> str:
    if information not in ("none", "private", "public"):
        raise ValueError(f"information is {information!r}; known: none, private, public")
    return information


def _capped(safety: float, price: float) -> float:
    """Return min(1, safety/price), 1 where the price is 0."""
    return safety / price if safety < price else 1.0


def _plain(level: float) -> str:
    """Write a level as documents do: 1, not 1.0."""
    return repr(float(level)).removesuffix(".0")
