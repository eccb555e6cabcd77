"""A shift of power: when does a state that will be weaker tomorrow fight today, and how much power can be shared?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, StrictFloat, StrictInt, field_validator

from bargain.model import Model, Number, parameter
from bargain.power import power_shares

if TYPE_CHECKING:
    import sympy

MOST_PERIODS = 10_000
"""Periods of a finite horizon, or of a path."""
ROUNDING = 1e-15
"""Times the square of a pie's worth: what the roundings of as many periods, each of a sum that large, add up to."""


class PowerTransition(Model):
    r"""A declining and a rising state divide a pie of 1 each period, or fight over all of it at once.

    A war in period t gives the riser everything from then on with probability :math:`p_t`, the decliner
    otherwise; it costs each side :math:`c_D`, :math:`c_R` and destroys a share of the pie. Without a war a division
    holds for one period only: nobody can commit to what it will take when it is stronger. The pie is divided so that
    neither fights, and the decliner has the part beta of what there is to gain from peace. Where the decliner would
    not be content with all of today's pie, or the riser with all of it, there is war.

    The path p is the riser's chance to win in each period; the last entry stays. With `phase_in` above 0 it moves
    on from there, in that many equal steps, to the riser's power share at the capabilities in force (decisiveness
    1). So an offer that gives the riser power changes what is to come, and money does not.

    Payoffs are averages a period, (1 - delta) times discounted sums. `bargain` against `bargain` is worth a peaceful
    division today and what follows from it; where there is none, all of today's pie to the side that would fight.

    Examples
    --------
    >>> model = PowerTransition()  # from 0.2 to 0.25 at once
    >>> model.course().war, [round(value, 3) for value in model.course().values]
    (1, [7.9, 1.9])
    >>> gradual = PowerTransition(p=(0.2, 0.22, 0.25))
    >>> gradual.course().war, [round(value, 3) for value in gradual.course().values]
    (None, [8.056, 1.944])
    """

    name: ClassVar[str] = "power_transition"
    question: ClassVar[str] = (
        "How fast may power shift, or be shared, before the state that loses by it would rather fight?"
    )
    citation: ClassVar[str] = (
        "Fearon (1995), Rationalist explanations for war, International Organization 49; Powell (2006), War as a "
        "commitment problem, International Organization 60."
    )
    limits: ClassVar[str] = (
        "Both know all chances and costs; a war ends the contest for good; the shift comes by itself or with the "
        "offer, and neither side can hasten or hide it."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "p_1": "chance of the riser today",
        "p_2": "chance of the riser from the second period on",
        "pies_1": "worth today of a pie each period from today on: 1/(1 - delta) for ever, 1 + delta for two periods",
        "pies_2": "the same of the pies from the second period on, seen from there: 1/(1 - delta), or 1",
        "capability_decliner": "capability of the decliner",
        "capability_riser": "capability of the riser",
    }
    roles: ClassVar[tuple[str, ...]] = ("decliner", "riser")
    default_capabilities: ClassVar[tuple[float, ...]] = (4.0, 1.0)

    p: tuple[Annotated[StrictFloat, Field(ge=0, le=1)], ...] = parameter(
        (0.2, 0.25), "Chance of the riser to win a war, period by period; the last one stays", unit="probability"
    )
    delta: float = parameter(
        0.9, "Discount factor of both sides for the pie", unit="worth of a unit next period", ge=0, lt=1
    )
    c_D: float = parameter(0.1, "What a war costs the decliner", unit="pies, once", ge=0)  # noqa: N815
    c_R: float = parameter(0.1, "What a war costs the riser", unit="pies, once", ge=0)  # noqa: N815
    decliner_power: float = parameter(
        1.0, "Part of the gains from peace that goes to the decliner", unit="share", ge=0, le=1
    )
    destruction: float = parameter(0.0, "Part of every later pie that a war destroys", unit="share", ge=0, le=1)
    horizon: Annotated[StrictInt, Field(ge=1, le=MOST_PERIODS)] | Literal["infinite"] = parameter(
        "infinite", "Number of periods", unit="periods"
    )
    phase_in: Annotated[StrictInt, Field(ge=0, le=MOST_PERIODS)] = parameter(
        0,
        "Steps in which the riser's chance then moves to its power share; 0 if power does not move it",
        unit="periods",
    )

    @field_validator("p")
    @classmethod
    def _path_is_stated(cls, path: tuple[float, ...]) -> tuple[float, ...]:
        if not path:
            raise ValueError("the path needs at least one chance, that of a war today")
        if len(path) > MOST_PERIODS:
            raise ValueError(f"a path has at most {MOST_PERIODS} periods; got {len(path)}")
        return path

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `bargain` and `fight` for each side."""
        return (("bargain", "fight"),) * 2

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return the decliner's and the riser's payoff at one profile, a period, without the power term."""
        course = self.course(capabilities)
        values = course.war_values[0] if any(profile) else course.kept
        return tuple((1 - self.delta) * value for value in values)

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number:
        """Return 1 if there is a war, now or on the way, and 0 if there is none."""
        return 1 if any(profile) or self.course(capabilities).later_war else 0

    def path(self, capabilities: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return the riser's chances to win, as far as they change: p, and the steps to its power share.

        >>> PowerTransition(p=(0.2,), phase_in=2).path((3.0, 2.0))
        (0.2, 0.30000000000000004, 0.4)
        """
        steps, start = int(self.phase_in), self.p[-1]
        if not steps:
            return self.p
        share = power_shares(tuple(self.capabilities(capabilities)))[1]
        return (*self.p, *(start + (share - start) * step / steps for step in range(1, steps)), share)

    def course(self, capabilities: Sequence[Number] | None = None) -> Course:
        """Return what follows from the path, by backward induction.

        With A_t the worth of a pie from t on, W^D = (1-d)(1-p_t) A_t - c_D and W^R = (1-d) p_t A_t - c_R are the
        values of war. With V_+ the values next period the decliner's part of the pie lies between lo = max(0,
        W^D - delta V^D_+) and hi = min(1, 1 + delta V^R_+ - W^R). There is peace iff lo <= hi, lo <= 1 and hi >=
        0, and the decliner has lo + beta (hi - lo). In the state that lasts for ever the same bounds hold for
        sums in place of parts of one pie. Cost proportional to the number of periods. In floats a bound missed by
        no more than rounding may do counts as met: where war is free, lo and hi are the same in the lasting state.

        References
        ----------
        Fearon (1995), p. 406; Powell (2006), the condition for inefficient fighting.
        """
        path, delta = self.path(capabilities), self.delta
        periods = len(path) if self.horizon == "infinite" else int(self.horizon)
        nothing = 0 * (delta + path[-1])
        after: tuple[Number, Number] = (nothing, nothing)
        pies: Number = nothing
        war: int | None = None
        later, divisions, war_values = False, [], []
        for t in range(periods, 0, -1):
            chance = path[min(t, len(path)) - 1]
            lasting = self.horizon == "infinite" and t == periods
            pies = 1 / (1 - delta) if lasting else 1 + delta * pies
            pie = pies if lasting else 1
            left = (1 - self.destruction) * pies
            fought = ((1 - chance) * left - self.c_D, chance * left - self.c_R)
            low = max(nothing, fought[0] - delta * after[0])
            high = min(nothing + pie, pie + delta * after[1] - fought[1])
            missed = max(low - high, low - pie, -high)
            peace = missed <= (ROUNDING * pies * pies if isinstance(missed, float) else 0)
            part = min(max(low + self.decliner_power * (high - low) if peace else low, nothing), nothing + pie)
            if not peace and fought[1] - delta * after[1] > pie:
                part = nothing  # the riser is the one that fights, even for all of the pie
            kept = (part + delta * after[0], pie - part + delta * after[1])
            later = war is not None
            war = war if peace else t
            after = kept if peace else fought
            divisions.append(part if peace else None)
            war_values.append(fought)
        return Course(after, kept, war, later, tuple(reversed(divisions)), tuple(reversed(war_values)))

    def largest_peaceful_chance(self) -> float:
        """Return the largest chance that the riser may have from the second period on, as far as 1, with peace.

        p* = 1 - [(W - 1)/delta + c_D - beta S] / ((1-d) A_2), W = (1-d)(1-p_1) A_1 - c_D the decliner's war value
        today, A_1 and A_2 the worth of a pie from today and from the next period on, S = d A_2 + c_D + c_R what a
        war then would waste, where neither side then is left with nothing at all. The first entry of the path
        counts; found on the course itself by bisection, so that it holds where the formula's conditions fail.
        Never below p_1: power that stays as it is gives neither side a reason to fight. Where war costs nothing and
        destroys nothing it is p_1 A_1/(delta A_2), p_1/delta for an infinite horizon: what the decliner can be given
        today makes up for so small a rise.

        Examples
        --------
        >>> [round(PowerTransition(decliner_power=beta).largest_peaceful_chance(), 5) for beta in (0.0, 1.0)]
        [0.22333, 0.24333]
        >>> round(PowerTransition(c_D=0.0, c_R=0.0).largest_peaceful_chance(), 5)
        0.22222
        """

        def peaceful(chance: float) -> bool:
            return self.model_copy(update={"p": (self.p[0], chance), "phase_in": 0}).course().war is None

        low, high = self.p[0], 1.0
        if peaceful(high):
            return high
        while (middle := (low + high) / 2) not in (low, high):
            low, high = (middle, high) if peaceful(middle) else (low, middle)
        return low

    def largest_peaceful_power(self, capabilities: Sequence[float] | None = None) -> float:
        """Return the most capability that the riser can be given at once without a war.

        phi = k_D p*/(1 - p*) - k_R with p* the largest peaceful chance, at decisiveness 1: the riser's power share
        is its chance to win from the next period on. Below 0 where the riser is too strong as it is, infinite
        where no power is too much.

        Examples
        --------
        >>> round(PowerTransition(p=(0.2,)).largest_peaceful_power((4.0, 1.0)), 4)
        0.2863
        """
        decliner, riser = self.capabilities(capabilities)
        chance = self.largest_peaceful_chance()
        return math.inf if chance >= 1 else float(decliner * chance / (1 - chance) - riser)

    def committed_flow(self) -> float:
        """Return the least part of every later pie that, if it could be promised, would keep the decliner at peace.

        y = (W - 1)/(delta A_2), at least 0: all of today's pie and y of every later one are worth as much to the
        decliner as war today. Nobody can be held to it in the model; the offer has to see to that.

        Examples
        --------
        >>> shift = PowerTransition(p=(0.2, 0.8), c_D=0.0, c_R=0.0, destruction=0.1)
        >>> round(shift.committed_flow(), 5)
        0.68889
        """
        if self.delta == 0 or self.horizon == 1:
            return 0.0
        fought = self.model_copy(update={"phase_in": 0}).course().war_values[0][0]
        now = 1 / (1 - self.delta) if self.horizon == "infinite" else _pies(self.delta, self.horizon)
        return max(0.0, float((fought - 1) / (now - 1)))

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols by name; `meanings` tells those that are no parameters."""
        import sympy

        numbers = ("delta", "c_D", "c_R", "decliner_power", "destruction")
        others = ("p_1", "p_2", "pies_1", "pies_2", "capability_decliner", "capability_riser")
        return {name: sympy.Symbol(name, nonnegative=True) for name in (*numbers, *others)}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of one shift from p_1 to p_2, where neither side is left with nothing at p_2."""
        s = cls.symbols()
        delta, beta, d, c_D, c_R = s["delta"], s["decliner_power"], s["destruction"], s["c_D"], s["c_R"]
        p_1, p_2, now, later = s["p_1"], s["p_2"], s["pies_1"], s["pies_2"]
        fought = (1 - d) * (1 - p_1) * now - c_D
        saved = d * later + c_D + c_R
        value = (1 - d) * (1 - p_2) * later - c_D + beta * saved
        largest = 1 - ((fought - 1) / delta + c_D - beta * saved) / ((1 - d) * later)
        return {
            "decliner's value of war today": fought,
            "decliner's value from the second period on": value,
            "decliner's loss by peace today": fought - 1 - delta * value,
            "largest later chance that keeps the peace": largest,
            "largest power transfer that keeps the peace": (
                s["capability_decliner"] * largest / (1 - largest) - s["capability_riser"]
            ),
            "part of every later pie that would keep the peace if promised": (fought - 1) / (delta * later),
        }


@dataclass(frozen=True)
class Course:
    """What follows from a path of power.

    Attributes
    ----------
    values : the decliner's and the riser's discounted sums
    kept : the same if both bargain today, also where one would rather fight
    war : the first period in which there is war, None for peace throughout
    later_war : whether there is war in a period after the first, should there be none in it
    divisions : the decliner's part of the pie in each period, None for war; the last is the sum where it is for ever
    war_values : what a war in each period is worth to both
    """

    values: tuple[Number, Number]
    kept: tuple[Number, Number]
    war: int | None
    later_war: bool
    divisions: tuple[Number | None, ...]
    war_values: tuple[tuple[Number, Number], ...]


def _pies(delta: float, periods: int) -> float:
    """The worth today of a pie in each of some periods."""
    return sum(delta**t for t in range(periods))
