"""Strategic vigilance: when does fear of the other's type alone make states compete, and what does assurance cost?"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from bargain.model import Model, Number, parameter
from bargain.power import power_shares

if TYPE_CHECKING:
    import sympy

Belief = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
RESTRAIN, BUILD = 0, 1


class StrategicVigilance(Model):
    r"""Two states restrain themselves or build up; each is secure, and fears that the other is not.

    A secure state prefers mutual restraint, worth a, to building against restraint, worth t < a; it loses l if it
    restrains and the other builds, and c < l if both build. With probability :math:`\theta_i` in the eyes of state i
    the other is expansionist and builds whatever happens. Expected payoffs of i: restraint against restraint
    :math:`(1-\theta_i)a - \theta_i l_i`, against building :math:`-l_i`; building against restraint
    :math:`(1-\theta_i)t - \theta_i c`, against building :math:`-c`.

    What i loses if it is exploited grows with the other's power share s_j (decisiveness 1) and falls with the
    chance w of being warned in time to build too: :math:`l_i = (1-w)(l + \chi(s_j - 1/2)) + w c`.

    Examples
    --------
    >>> model = StrategicVigilance()
    >>> model.largest_belief(), model.largest_belief((3.0, 1.0), player=1)  # level, and beside a stronger state
    (0.25, 0.16666666666666666)
    """

    name: ClassVar[str] = "strategic_vigilance"
    question: ClassVar[str] = (
        "Do states that want nothing from each other compete out of fear, and what does it cost to assure them?"
    )
    citation: ClassVar[str] = (
        "Jervis (1978), Cooperation under the security dilemma, World Politics 30; Kydd (2005), Trust and Mistrust "
        "in International Relations; Baliga & Sjöström (2004), Arms races and negotiations, Review of Economic "
        "Studies 71."
    )
    limits: ClassVar[str] = (
        "Two states that are in fact secure, and types that never change; what is feared is one kind of state that "
        "always builds; beliefs are given, except where a signal is sent."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "other_share": "power share of the other state",
        "benefit": "what is paid for restraint",
        "gain_of_expansionist": "what an expansionist state gains by building against restraint",
        "signal_cost_ratio": "what a signal costs an expansionist state for each unit that it costs a secure one",
    }
    roles: ClassVar[tuple[str, ...]] = ("state", "other")
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0, 1.0)

    belief: Belief | tuple[Belief, ...] = parameter(
        (0.2, 0.2),
        "Chance that the other is expansionist, in a state's eyes: one number, or one each",
        unit="probability",
    )
    mutual_restraint: float = parameter(3.0, "Worth a of restraint by both", unit="payoff per period")
    exploitation: float = parameter(
        2.0, "Worth t of building while the other restrains itself", unit="payoff per period"
    )
    exposure: float = parameter(
        4.0, "Loss l of restraint while the other builds, between states of equal power", unit="payoff per period"
    )
    rivalry: float = parameter(1.0, "Loss c if both build", unit="payoff per period")
    power_effect: float = parameter(
        8.0, "What exposure grows by with the other's share of all power", unit="payoff per period", ge=0
    )
    warning: float = parameter(
        0.0, "Chance to see the other build in time to build as well", unit="probability", ge=0, le=1
    )

    @field_validator("belief")
    @classmethod
    def _beliefs_are_two(cls, belief: float | tuple[float, ...]) -> float | tuple[float, ...]:
        if isinstance(belief, tuple) and len(belief) != 2:
            raise ValueError(f"beliefs are one number, or one for each of two states; got {len(belief)}")
        return belief

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `restrain` and `build` for each state."""
        return (("restrain", "build"),) * 2

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each state's expected payoff, if it is secure, at the actions of secure states."""
        payoffs: list[Number] = []
        for i, (theta, loss) in enumerate(zip(self.beliefs, self.losses(capabilities), strict=True)):
            own, other = profile[i], profile[1 - i]
            met = (self.exploitation, -self.rivalry) if own else (self.mutual_restraint, -loss)
            payoffs.append(met[BUILD] if other else (1 - theta) * met[RESTRAIN] + theta * met[BUILD])
        return tuple(payoffs)

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number:
        """Return the probability that at least one state builds, if each is what the other believes it to be."""
        first, second = self.beliefs
        return 1 if any(profile) else 1 - (1 - first) * (1 - second)

    @property
    def beliefs(self) -> tuple[Number, Number]:
        """What each state believes of the other: the chance that it is expansionist."""
        if isinstance(self.belief, tuple):
            first, second = self.belief
            return first, second
        return self.belief, self.belief

    def losses(self, capabilities: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return l_i, what each state loses if it restrains itself and the other builds.

        >>> StrategicVigilance().losses((3.0, 1.0))
        (2.0, 6.0)
        """
        shares = power_shares(tuple(self.capabilities(capabilities)))
        w = self.warning
        # s_j - 1/2 = 1/2 - s_i, in a form that is exact in fractions.
        return tuple(
            (1 - w) * (self.exposure + self.power_effect * (1 - 2 * share) / 2) + w * self.rivalry for share in shares
        )

    def largest_belief(
        self,
        capabilities: Sequence[Number] | None = None,
        *,
        player: int = 0,
        on_mutual: float = 0.0,
        on_own: float = 0.0,
    ) -> float:
        """Return the largest belief at which restraint, if met with restraint, is the state's best reply.

        theta* = (a - t)/((a - t) + (l_i - c)), where a benefit paid on mutual restraint adds to a, and one paid on
        the state's own restraint adds to a and takes from l_i. 1 where l_i <= c, minus infinity where restraint
        never is the best reply.

        Examples
        --------
        >>> model = StrategicVigilance()
        >>> model.largest_belief(on_mutual=1.0), model.largest_belief(on_own=1.0)
        (0.4, 0.5)
        """
        gain = self.mutual_restraint + on_mutual + on_own - self.exploitation
        fear = float(self.losses(capabilities)[player]) - on_own - self.rivalry
        if gain < 0:
            return 1.0 if fear <= 0 else -math.inf
        return 1.0 if fear <= 0 else gain / (gain + fear)

    def price_of_restraint(
        self, capabilities: Sequence[Number] | None = None, *, player: int = 0, on: Literal["own", "mutual"] = "own"
    ) -> float:
        """Return the least benefit a period, paid on restraint, at which restraint is a best reply to restraint.

        Paid on own restraint: theta (l_i - c) - (1 - theta)(a - t), at least 0. Paid only if the other has
        restrained itself as well: that divided by 1 - theta, infinite at theta = 1.

        Examples
        --------
        >>> fearful = StrategicVigilance(belief=0.4)
        >>> round(fearful.price_of_restraint(), 6), round(fearful.price_of_restraint(on="mutual"), 6)
        (0.6, 1.0)
        """
        theta = float(self.beliefs[player])
        fear = theta * (float(self.losses(capabilities)[player]) - self.rivalry)
        price = max(0.0, fear - (1 - theta) * (self.mutual_restraint - self.exploitation))
        if on == "own" or not price:
            return price
        return price / (1 - theta) if theta < 1 else math.inf

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols by name; `meanings` tells those that are no parameters."""
        import sympy

        others = ("other_share", "benefit", "gain_of_expansionist", "signal_cost_ratio")
        return {name: sympy.Symbol(name, real=True) for name in (*cls.parameter_names(), *others)}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms, for a > t and l > c."""
        s = cls.symbols()
        a, t, c, benefit = s["mutual_restraint"], s["exploitation"], s["rivalry"], s["benefit"]
        theta, w = s["belief"], s["warning"]
        loss = (1 - w) * (s["exposure"] + s["power_effect"] * (2 * s["other_share"] - 1) / 2) + w * c
        price = theta * (loss - c) - (1 - theta) * (a - t)
        return {
            "loss if exploited": loss,
            "largest belief at which restraint is an equilibrium": (a - t) / (a - t + loss - c),
            "the same with a benefit on mutual restraint": (a + benefit - t) / (a + benefit - t + loss - c),
            "the same with a benefit on own restraint": (a + benefit - t) / (a - t + loss - c),
            "price of restraint, paid on own restraint": price,
            "price of restraint, paid on mutual restraint": price / (1 - theta),
            "least signal that reassures": (s["gain_of_expansionist"] + c) / s["signal_cost_ratio"],
            "largest signal that a secure state sends": a + c,
        }


@dataclass(frozen=True)
class Reassurance:
    """A costly signal by which a secure state can show that it is not expansionist.

    A state sends a signal of size z or none. A secure state pays z for it, an expansionist one mu z. Whoever sees
    it restrains itself or builds. A secure sender that is trusted has a, an expansionist one that is trusted t_e; a
    sender that is not trusted has -c. A secure receiver believes after Bayes, and restrains itself iff its belief
    that the sender is expansionist is at most theta*.

    Attributes
    ----------
    model : StrategicVigilance
        Gives a, t, l and c, at equal power.
    gain_of_expansionist : float
        t_e, what an expansionist state gains by building against restraint.
    signal_cost_ratio : float
        mu > 0, what the signal costs an expansionist state for each unit that it costs a secure one.

    References
    ----------
    Kydd, A. (2005). Trust and Mistrust in International Relations. Princeton.

    Examples
    --------
    >>> signal = Reassurance(StrategicVigilance(), gain_of_expansionist=5.0, signal_cost_ratio=2.0)
    >>> signal.interval, signal.separates(2.9), signal.separates(3.1)
    ((3.0, 4.0), False, True)
    """

    model: StrategicVigilance
    gain_of_expansionist: float
    signal_cost_ratio: float

    def __post_init__(self) -> None:
        """Check the numbers once."""
        if not 0 < self.signal_cost_ratio < math.inf:
            raise ValueError(f"the cost ratio is {self.signal_cost_ratio}; it is a finite number above 0")
        if not math.isfinite(self.gain_of_expansionist):
            raise ValueError(f"the expansionist's gain is {self.gain_of_expansionist}; it is a finite number")

    @property
    def interval(self) -> tuple[float, float] | None:
        """The sizes of the signal that separate, (t_e + c)/mu <= z <= a + c; None where there are none."""
        c = self.model.rivalry
        low = max(0.0, (self.gain_of_expansionist + c) / self.signal_cost_ratio)
        high = self.model.mutual_restraint + c
        return (low, high) if low <= high else None

    def equilibria(self, size: float, belief: float | None = None) -> tuple[Signalling, ...]:
        """Return all perfect Bayesian equilibria in pure strategies, by trying all sixteen profiles.

        On the path the receiver believes after Bayes; off it any belief is allowed, so that any reply is. A
        secure receiver may also build against a sender it trusts, if it expects that sender to build too.

        Parameters
        ----------
        size : float
            z, at least 0.
        belief : float, optional
            Of the receiver before the signal; default that of the model's first state.
        """
        if not 0 <= size < math.inf:
            raise ValueError(f"a signal has a finite size, at least 0; got {size}")
        prior = float(self.model.beliefs[0]) if belief is None else belief
        found = (Signalling(*each) for each in itertools.product((False, True), repeat=4))
        return tuple(each for each in found if self._is_equilibrium(each, size, prior))

    def separates(self, size: float, belief: float | None = None) -> bool:
        """Tell whether at this size a secure state can send the signal, an expansionist one not, and be trusted."""
        return Signalling(True, False, True, False) in self.equilibria(size, belief)

    def _is_equilibrium(self, each: Signalling, size: float, prior: float) -> bool:
        model, price = self.model, (size, self.signal_cost_ratio * size)
        trusted = (model.mutual_restraint, self.gain_of_expansionist)
        for kind, sends in enumerate((each.secure_sends, each.expansionist_sends)):
            worth = {
                signal: (trusted[kind] if trust else -model.rivalry) - price[kind] * signal
                for signal, trust in ((True, each.trust_after_signal), (False, each.trust_after_none))
            }
            if worth[sends] < worth[not sends]:
                return False
        return all(
            not trust or self._may_trust(each, signal, prior)
            for signal, trust in ((True, each.trust_after_signal), (False, each.trust_after_none))
        )

    def _may_trust(self, each: Signalling, signal: bool, prior: float) -> bool:
        """Whether restraint is a best reply to what the signal tells."""
        gain = self.model.mutual_restraint - self.model.exploitation
        fear = float(self.model.losses((1.0, 1.0))[0]) - self.model.rivalry
        secure, expansionist = (1 - prior) * (each.secure_sends == signal), prior * (each.expansionist_sends == signal)
        if not secure and not expansionist:
            return max(gain, -fear) >= 0
        return secure * gain >= expansionist * fear


@dataclass(frozen=True)
class Signalling:
    """Who sends the signal, and after what the receiver trusts the sender and restrains itself."""

    secure_sends: bool
    expansionist_sends: bool
    trust_after_signal: bool
    trust_after_none: bool
