"""A shared vision: a goal that is reached if enough states work for it, and the belief that enough will."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    import sympy

HALVINGS = 200
"""More than floats can tell apart."""


class SharedVision(Model):
    """The goal is reached if at least M of n states cooperate; cooperating costs c, reached it is worth B.

    A state that cooperates has B - c if the goal is reached and -c if not. One that defects has B as well if the
    goal is reached and nobody can be kept from it, and 0 if it is kept out (`excludable`) or the goal is missed.
    There are as many states as the document names, and 0 < c < B.

    If every other state cooperates with probability p, cooperating is best where P(Bin(n-1, p) >= M-1) >= c/B if the
    goal is excludable: where enough others do. If it is not, where P(Bin(n-1, p) = M-1) >= c/B: where one's own
    part decides.

    Examples
    --------
    >>> model = SharedVision(players=tuple("ABCDE"), threshold=3)
    >>> [round(belief, 6) for belief in model.belief_thresholds()]
    [0.243022]
    """

    name: ClassVar[str] = "shared_vision"
    question: ClassVar[str] = "How sure must states be of one another before a shared goal moves them?"
    citation: ClassVar[str] = (
        "Threshold public goods: Palfrey & Rosenthal (1984), Participation and the provision of discrete public "
        "goods; the stag hunt: Skyrms (2004), The stag hunt and the evolution of social structure."
    )
    limits: ClassVar[str] = (
        "Everybody decides at once and gains alike; the goal is reached or missed, nothing in between; beliefs come "
        "from outside the model."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "players": "number of states, n",
        "belief": "probability p with which each other state cooperates",
    }
    roles: ClassVar[tuple[str, ...]] = ("first", "second")
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0,)

    threshold: int = parameter(2, "M: states that must cooperate for the goal", unit="states", ge=1, strict=True)
    benefit: float = parameter(4.0, "B: worth of the goal to each", unit="payoff per period", gt=0)
    cost: float = parameter(1.0, "c: what working for it costs", unit="payoff per period", gt=0)
    excludable: bool = parameter(
        True, "Whether those who defect can be kept from the goal", unit="true or false", strict=True
    )

    @model_validator(mode="after")
    def _worth_it(self) -> Self:
        if self.cost >= self.benefit:
            raise ValueError(f"cost {self.cost:g} is not below benefit {self.benefit:g}: nobody would ever cooperate")
        if self.threshold > len(self.players):
            raise ValueError(f"threshold {self.threshold} cannot be met by {len(self.players)} states")
        return self

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `cooperate` and `defect` for each state."""
        return (("cooperate", "defect"),) * len(self.players)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each state's payoff at one profile, without the power term."""
        worth = self.benefit * (profile.count(0) >= self.threshold)
        out = worth * (not self.excludable)
        return tuple(out if defects else worth - self.cost for defects in profile)

    def advantage(self, belief: float) -> float:
        """Return what cooperating gains against defecting if every other state cooperates with that probability."""
        others, needed = len(self.players) - 1, self.threshold - 1
        chances = [math.comb(others, k) * belief**k * (1 - belief) ** (others - k) for k in range(needed, others + 1)]
        return float(self.benefit) * (math.fsum(chances) if self.excludable else chances[0]) - float(self.cost)

    def belief_thresholds(self) -> tuple[float, ...]:
        """Return the beliefs p at which cooperating and defecting are worth the same.

        Excludable: the one p* from which on cooperating is best. Not excludable: none, one or two, between which
        cooperating is best; the chance of deciding is greatest at p = (M-1)/(n-1). A threshold that one state
        meets alone needs no belief if the goal is excludable.

        References
        ----------
        Palfrey & Rosenthal (1984), Participation and the provision of discrete public goods, section 3.
        """
        others, needed = len(self.players) - 1, self.threshold - 1
        if self.excludable:
            return (_root(self.advantage, 0.0, 1.0),) if needed else ()
        top = needed / others
        best = self.advantage(top)
        if best < 0:
            return ()
        if best == 0:
            return (top,)
        ends = [_root(self.advantage, 0.0, top)] if needed else []
        return (*ends, *([_root(self.advantage, 1.0, top)] if needed < others else []))

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return one symbol a number, by name."""
        import sympy

        whole = {name: sympy.Symbol(name, integer=True, positive=True) for name in ("players", "threshold")}
        return whole | {name: sympy.Symbol(name, positive=True) for name in ("benefit", "cost", "belief")}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the chances behind the belief thresholds, for two states or more to convince."""
        import sympy

        s = cls.symbols()
        n, m, p, j = s["players"], s["threshold"], s["belief"], sympy.Dummy("j", integer=True)
        odds = sympy.Sum(sympy.binomial(n - 1, j) * (p / (1 - p)) ** j, (j, m - 1, n - 1))
        return {
            "chance that enough others cooperate": (1 - p) ** (n - 1) * odds,
            "chance that one's own part decides": sympy.binomial(n - 1, m - 1) * p ** (m - 1) * (1 - p) ** (n - m),
            "chance at which cooperating is worth its cost": s["cost"] / s["benefit"],
            "belief at which cooperating is best, if everyone is needed": (s["cost"] / s["benefit"]) ** (1 / (n - 1)),
        }


def _root(function: Callable[[float], float], negative: float, positive: float) -> float:
    """Return where a monotone function changes sign between two places."""
    for _ in range(HALVINGS):
        middle = (negative + positive) / 2
        if middle in (negative, positive):
            break
        negative, positive = (middle, positive) if function(middle) < 0 else (negative, middle)
    return positive
