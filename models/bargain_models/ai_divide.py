"""The AI divide: what dependence on another's systems costs a state, and which remedy is cheapest for the leader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    import sympy

CHARGE, ADOPT = 0, 0
LAST_EXACT = 2_000
"""A first sale later than this many periods away is computed in floats: its weight is next to nothing."""


class AiDivide(Model):
    r"""A state adopts a leader's systems and forgets how to do without; the leader charges what the market bears.

    The systems are worth V a period. Without them the state has its outside option, which erodes while it uses
    them: :math:`o_t = o_0 (1 - \lambda(1-z))^t + f + y`. Once o_t < V there is a surplus V - o_t. A leader that
    charges takes all of it. One that shares gives the dependent state a voice nu, and with it the part nu of the
    surplus, and builds capacity z for kappa z a period, so that less is forgotten. A state that stays out keeps
    o_0 + f + y. Sovereign AI, y, is a system of its own that does not erode.

    Payoffs are averages a period, (1 - delta) times discounted sums.

    Examples
    --------
    >>> model = AiDivide()  # no voice, no capacity, nothing of its own
    >>> [round(each, 6) for each in model.payoff((1, 0), (4.0, 1.0))], model.payoff((1, 1), (4.0, 1.0))
    ([7.571429, 2.428571], (0, 5.0))
    >>> round(model.least_voice(), 6)
    0.339623
    """

    name: ClassVar[str] = "ai_divide"
    question: ClassVar[str] = (
        "What does dependence on another's AI cost a state, and is voice, capacity or an AI of its own the cheapest "
        "remedy for the leader?"
    )
    citation: ClassVar[str] = (
        "Hirschman (1945), National Power and the Structure of Foreign Trade; lock-in: Farrell & Klemperer (2007), "
        "Coordination and lock-in; unequal capability among the risks of AI: Slattery et al. (2024), The AI Risk "
        "Repository."
    )
    limits: ClassVar[str] = (
        "Two states; what the systems are worth stays the same, erosion is certain and known, and no second supplier "
        "competes for the dependent state."
    )
    roles: ClassVar[tuple[str, ...]] = ("leader", "dependent")
    default_capabilities: ClassVar[tuple[float, ...]] = (4.0, 1.0)

    value: float = parameter(10.0, "Worth V of the leader's systems to the dependent state", unit="payoff per period")
    outside: float = parameter(
        4.0, "Part o_0 of the outside option that erodes with use", unit="payoff per period", ge=0
    )
    floor: float = parameter(1.0, "Part of the outside option that does not erode", unit="payoff per period", ge=0)
    erosion: float = parameter(
        0.2, "Part of what is left of o_0 that a period of use takes away", unit="share per period", ge=0, le=1
    )
    voice: float = parameter(
        0.0, "Say of the dependent state in the price, a power index", unit="share of the surplus", ge=0, le=1
    )
    capacity: float = parameter(0.0, "Part of the erosion that capacity building prevents", unit="share", ge=0, le=1)
    capacity_cost: float = parameter(0.0, "Leader's cost of preventing all erosion", unit="payoff per period", ge=0)
    sovereign: float = parameter(
        0.0, "Worth of an AI of the dependent state's own, which does not erode", unit="payoff per period", ge=0
    )
    discount: float = parameter(
        0.9, "Discount factor of both for the years of adoption", unit="worth of a unit next period", ge=0, lt=1
    )

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `charge` and `share` for the leader, `adopt` and `stay out` for the dependent state."""
        return ("charge", "share"), ("adopt", "stay out")

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return the leader's and the dependent state's payoff; charging gives no voice and builds no capacity."""
        if profile[1] != ADOPT:
            return 0, self.staying_out
        shares = profile[0] != CHARGE
        nothing = 0 * self.value
        voice, capacity = (self.voice, self.capacity) if shares else (nothing, nothing)
        outside, surplus, sold = self._averages(capacity)
        return (1 - voice) * surplus - self.capacity_cost * capacity * sold, outside + voice * surplus

    @property
    def staying_out(self) -> Number:
        """What the dependent state has a period if it never adopts: o_0 + f + y."""
        return self.outside + self.floor + self.sovereign

    def part_kept(self, capacity: Number | None = None) -> Number:
        """Return a, the part of o_0 that is left on average over the discounted years of use.

        a = (1 - delta)/(1 - delta(1 - lambda(1 - z))).

        >>> round(AiDivide().part_kept(), 6), round(AiDivide().part_kept(0.5), 6)
        (0.357143, 0.526316)
        """
        left = 1 - self.erosion * (1 - (self.capacity if capacity is None else capacity))
        return (1 - self.discount) / (1 - self.discount * left)

    def exposure(self) -> Number:
        """Return what the leader could take away by cutting the state off, on average: V less the outside option.

        >>> round(AiDivide().exposure(), 6)
        7.571429
        """
        return self.value - (self.floor + self.sovereign + self.part_kept() * self.outside)

    def course(self, periods: int) -> tuple[Number, ...]:
        """Return the surplus of each of the first periods of use, V - o_t where that is above 0: the growing hold.

        >>> [round(each, 2) for each in AiDivide().course(4)]
        [5.0, 5.8, 6.44, 6.95]
        """
        left, base = 1 - self.erosion * (1 - self.capacity), self.floor + self.sovereign
        nothing = 0 * self.value
        return tuple(max(nothing, self.value - base - self.outside * left**t) for t in range(periods))

    def least_voice(self, capacity: float | None = None, sovereign: float | None = None) -> float:
        """Return the least voice at which adopting is worth as much as staying out; infinite if none is enough.

        nu* = o_0 (1 - a)/(V - obar), obar = f + y + a o_0, where there is a surplus from the start.

        Examples
        --------
        >>> model = AiDivide()
        >>> round(model.least_voice(), 6), round(model.least_voice(capacity=0.5), 6)
        (0.339623, 0.274809)
        >>> round(model.least_voice(sovereign=2.0), 6)  # an AI of its own makes joining less attractive, not more
        0.461538
        """
        stated = {"capacity": capacity, "sovereign": sovereign}
        model = self.model_copy(update={key: each for key, each in stated.items() if each is not None})
        outside, surplus, _ = model._averages(model.capacity)
        lost = model.staying_out - outside
        if lost <= 0:
            return 0.0
        return float(lost / surplus) if lost <= surplus else math.inf

    def cheapest_remedies(
        self,
        *,
        least: float | None = None,
        most_exposed: float | None = None,
        most_voice: float = 1.0,
        sovereign_cost: float = 0.0,
    ) -> Remedies | None:
        """Return the mix of voice, capacity and sovereign AI that leaves the leader most; None if it is left nothing.

        The dependent state must be willing to adopt, and the mix meets what is asked of it. The leader has V - u -
        kappa z - s y, u what the dependent state must have: the larger of staying out, o_0 + f + y, and `least`. With
        a(z) convex in z, sovereign AI and capacity are never mixed but where a bound makes them: the best mix lies at
        one of a few corners, all of which are tried. Voice, capacity and sovereign AI of the model itself are left
        aside. Ties go to less capacity.

        Parameters
        ----------
        least : float, optional
            Payoff a period that the dependent state is to have.
        most_exposed : float, optional
            Most that it may lose, on average, if the leader cuts it off: V - obar.
        most_voice : float, from 0 to 1
            Most say in the price that can be given, for instance by the votes of a governance body.
        sovereign_cost : float, at least 0
            s, what a unit of sovereign AI costs the leader, should the leader pay for it.

        Raises
        ------
        ValueError   for numbers outside these ranges, or if the systems are worth less than the outside option

        Examples
        --------
        >>> costly = AiDivide(capacity_cost=1.0)
        >>> print(costly.cheapest_remedies())
        voice 0.3396, capacity 0, sovereign AI 0: leader 5, dependent 5, exposed to a loss of 7.571
        >>> print(costly.cheapest_remedies(most_voice=0.2))
        voice 0.2, capacity 0.7475, sovereign AI 0: leader 4.253, dependent 5, exposed to a loss of 6.25
        >>> print(costly.cheapest_remedies(most_exposed=4.0))
        voice 0, capacity 1, sovereign AI 1: leader 3, dependent 6, exposed to a loss of 4
        """
        if not 0 <= most_voice <= 1:
            raise ValueError(f"the most voice is {most_voice}; it lies between 0 and 1")
        if not 0 <= sovereign_cost < math.inf:
            raise ValueError(f"the cost of sovereign AI is {sovereign_cost}; it is a finite number, at least 0")
        worth, lost, at_first = self.value, self.outside, self.outside + self.floor
        if worth < at_first:
            raise ValueError(
                f"the systems are worth {worth}, less than the outside option {at_first}: nothing to share"
            )
        own = -math.inf if least is None else least
        need = -math.inf if most_exposed is None else worth - most_exposed - self.floor
        if most_voice < 1:
            need = max(need, (own - most_voice * worth) / (1 - most_voice) - self.floor)
        elif own > worth:
            return None
        # Least parts kept: what the state must keep to be willing to adopt, without sovereign AI and with it.
        corners = [0.0, 1.0]
        if lost > 0:
            ends = [lost - most_voice * (worth - self.floor)]
            ends = [ends[0] / (1 - most_voice)] if most_voice < 1 else [0.0]
            ends.append(most_voice * (need - worth + self.floor) + lost)
            ends += [need, need - own + at_first]
            corners += [self._capacity_that_keeps(end / lost) for end in ends if math.isfinite(end)]
        mixes = (
            self._mix(capacity, need, own, most_voice, sovereign_cost)
            for capacity in sorted(corners)
            if 0 <= capacity <= 1
        )
        best: Remedies | None = None
        for mix in mixes:
            if mix is None or mix.leader < -1e-12 * max(1.0, abs(worth)):
                continue  # the leader would rather have no agreement
            if best is None or mix.leader > best.leader + 1e-12 * max(1.0, abs(worth)):
                best = mix
        return best

    def _mix(self, capacity: float, need: float, own: float, most_voice: float, price: float) -> Remedies | None:
        """The best mix at one capacity: the least sovereign AI that does, and the least voice with it."""
        kept = float(self.part_kept(capacity)) * self.outside
        sovereign = max(0.0, need - kept)
        mixed = self.model_copy(update={"voice": 0.0, "capacity": capacity, "sovereign": sovereign})
        wanted = max(own, float(mixed.staying_out))
        surplus = float(mixed.exposure())
        short = wanted - (self.value - surplus)
        slack = 1e-9 * max(1.0, abs(self.value))
        if wanted > self.value + slack or short > most_voice * surplus + slack:
            return None
        voice = min(most_voice, max(0.0, short / surplus)) if surplus > 0 else 0.0
        return Remedies(mixed.model_copy(update={"voice": voice}), price)

    def _capacity_that_keeps(self, part: float) -> float:
        """The capacity z at which a(z) is the given part; not a number where capacity changes nothing."""
        prevented = self.discount * self.erosion
        if not prevented or part <= 0:
            return math.nan
        return (1 - self.discount * (1 - self.erosion) - (1 - self.discount) / part) / prevented

    def _averages(self, capacity: Number) -> tuple[Number, Number, Number]:
        """The average outside option and surplus under use, and the weight of the periods with a surplus."""
        left, base = 1 - self.erosion * (1 - capacity), self.floor + self.sovereign
        outside = base + self.part_kept(capacity) * self.outside
        first = self._first_sale(left)
        nothing = 0 * self.value
        if first is None:
            return outside, nothing, nothing
        late = first > LAST_EXACT
        delta, kept = (float(self.discount), float(left)) if late else (self.discount, left)
        sold = delta**first
        surplus = (self.value - base) * sold - self.outside * self.part_kept(capacity) * sold * kept**first
        return outside, surplus, sold

    def _first_sale(self, left: Number) -> int | None:
        """The first period with o_t < V, None if there is none."""
        room, lost = self.value - self.floor - self.sovereign, self.outside
        if lost < room:
            return 0
        if room <= 0 or left == 1:
            return None
        if left == 0:
            return 1
        first = max(1, math.ceil(math.log(float(room / lost)) / math.log(float(left))))
        while first <= LAST_EXACT and lost * left**first >= room:
            first += 1
        while 1 < first <= LAST_EXACT and lost * left ** (first - 1) < room:
            first -= 1
        return first

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols by name."""
        import sympy

        return {name: sympy.Symbol(name, nonnegative=True) for name in cls.parameter_names()}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms for a surplus from the start, o_0 + f + y < V."""
        s = cls.symbols()
        worth, lost, delta, nu, z = s["value"], s["outside"], s["discount"], s["voice"], s["capacity"]
        kept = (1 - delta) / (1 - delta * (1 - s["erosion"] * (1 - z)))
        base = s["floor"] + s["sovereign"]
        outside = base + kept * lost
        enough = (lost - nu * (worth - base)) / ((1 - nu) * lost)
        return {
            "part of the outside option that is kept": kept,
            "leader's payoff if it shares": (1 - nu) * (worth - outside) - s["capacity_cost"] * z,
            "dependent state's payoff if the leader shares": (1 - nu) * outside + nu * worth,
            "least voice that makes adopting worth it": lost * (1 - kept) / (worth - outside),
            "least capacity that makes adopting worth it": (
                (1 - delta * (1 - s["erosion"]) - (1 - delta) / enough) / (delta * s["erosion"])
            ),
            "leader's payoff where adopting is just worth it": worth - base - lost - s["capacity_cost"] * z,
        }


@dataclass(frozen=True)
class Remedies:
    """A mix of remedies for dependence, and what it leaves to both.

    Attributes
    ----------
    model : AiDivide
        The model with this voice, capacity and sovereign AI.
    sovereign_cost : float
        What a unit of sovereign AI costs the leader.
    """

    model: AiDivide
    sovereign_cost: float = 0.0

    @property
    def voice(self) -> float:
        """The part of the surplus that goes to the dependent state."""
        return float(self.model.voice)

    @property
    def capacity(self) -> float:
        """The part of the erosion that is prevented."""
        return float(self.model.capacity)

    @property
    def sovereign(self) -> float:
        """The worth of an AI of the dependent state's own."""
        return float(self.model.sovereign)

    @property
    def leader(self) -> float:
        """What the leader has a period, sovereign AI paid for."""
        payoff, _ = self.model.payoff((1, ADOPT), self.model.default_capabilities)
        return float(payoff) - self.sovereign_cost * self.sovereign

    @property
    def dependent(self) -> float:
        """What the dependent state has a period."""
        return float(self.model.payoff((1, ADOPT), self.model.default_capabilities)[1])

    @property
    def gain_from_adopting(self) -> float:
        """What the dependent state has beyond staying out: 0 where it is just willing."""
        return self.dependent - float(self.model.staying_out)

    @property
    def exposed(self) -> float:
        """What the dependent state would lose on average if the leader cut it off."""
        return float(self.model.exposure())

    def __str__(self) -> str:
        return (
            f"voice {self.voice:.4g}, capacity {self.capacity:.4g}, sovereign AI {self.sovereign:.4g}: leader "
            f"{self.leader:.4g}, dependent {self.dependent:.4g}, exposed to a loss of {self.exposed:.4g}"
        )
