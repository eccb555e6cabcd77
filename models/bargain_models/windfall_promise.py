"""A promise to share a windfall: what makes it worth waiting for, and what makes it believed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from bargain.model import Model, Number, parameter
from bargain.offers import windfall_weight
from bargain.power import power_shares

if TYPE_CHECKING:
    import sympy


class WindfallPromise(Model):
    """A recipient forgoes something now for a share of a windfall that may come later.

    Forgoing costs the recipient r a period and is worth g to the provider. The promise itself is a term of
    the offer, its arrival the offer's `hazard`. A provider that breaks it after the arrival suffers the harm
    H = h s_j, with s_j the recipient's power share after the breakdown: power that cannot be taken back is
    leverage.

    Examples
    --------
    >>> model = WindfallPromise()
    >>> model.payoff((0, 0), (4.0, 1.0)), model.breach_harm((0.8, 0.2), arrived=True)
    ((5.0, -2.0), (4.0, 0))
    """

    name: ClassVar[str] = "windfall_promise"
    question: ClassVar[str] = (
        "Will a promise to share a windfall be believed, and what must back it: money, escrow or power?"
    )
    citation: ClassVar[str] = (
        "Schelling (1960), The Strategy of Conflict; hostages as commitment: Williamson (1983), Credible "
        "commitments: using hostages to support exchange; credibility as the key challenge: Justen (2024), "
        "Sharing the AI windfall."
    )
    limits: ClassVar[str] = (
        "Two states; the size of the windfall is certain and only its date is not; the harm is carried out "
        "at no cost to the recipient."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        "promise": "share of the windfall paid each period from the one after the arrival, B",
        "upfront": "money paid once, at the start",
        "escrow": "what the provider loses when a breach is detected, E",
        "cost_of_capital": "what a unit in escrow costs it a period, kappa",
        "reputation": "what it loses outside this game when a breach is detected, rho",
        "detection": "probability that a breach is detected, q",
        "guarantee": "probability that a third party makes the promise good, gamma",
        "hazard": "probability a period that the windfall arrives, lambda",
        "discount": "discount factor of the player that the formula is about",
        "decisiveness": "how strongly capability decides power shares",
        "capability_provider": "capability of the provider",
        "capability_recipient": "capability of the recipient after the breakdown",
    }
    roles: ClassVar[tuple[str, ...]] = ("provider", "recipient")
    default_capabilities: ClassVar[tuple[float, ...]] = (4.0, 1.0)

    forgone: float = parameter(
        2.0, "What forgoing costs the recipient before it is compensated", unit="payoff per period", ge=0
    )
    restraint_value: float = parameter(
        5.0, "What the recipient's forgoing is worth to the provider", unit="payoff per period", ge=0
    )
    harm: float = parameter(
        20.0,
        "Harm a recipient that held all power could do to a provider that broke its promise",
        unit="payoff, once",
        ge=0,
    )

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `develop` for the provider, `forgo` and `refuse` for the recipient."""
        return ("develop",), ("forgo", "refuse")

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return the provider's and the recipient's payoff at one profile, promise and power term aside."""
        return (0, 0) if profile[1] else (self.restraint_value, -self.forgone)

    def breach_harm(self, shares: Sequence[Number], *, arrived: bool) -> tuple[Number, ...]:
        """Return the harm to the provider after the arrival, h times the recipient's power share."""
        return (self.harm * shares[1] if arrived else 0, 0)

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols of the model and of the promise, by name."""
        import sympy

        promise = (
            "promise",
            "upfront",
            "escrow",
            "cost_of_capital",
            "reputation",
            "detection",
            "guarantee",
            "hazard",
            "discount",
        )
        power = ("decisiveness", "capability_provider", "capability_recipient")
        names = (*cls.parameter_names(), *promise, *power)
        return {name: sympy.Symbol(name, nonnegative=True) for name in names}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of the promise."""
        s = cls.symbols()
        omega = windfall_weight(s["discount"], s["hazard"])
        m, k_provider, k_recipient = s["decisiveness"], s["capability_provider"], s["capability_recipient"]
        harm = s["harm"] * k_recipient**m / (k_provider**m + k_recipient**m)
        penalty = s["escrow"] + s["reputation"] + harm
        share = (s["promise"] - s["reputation"] - s["escrow"]) / s["harm"]
        delta, q = s["discount"], s["detection"]
        worth = s["restraint_value"] - s["cost_of_capital"] * s["escrow"]
        return {
            "weight of the windfall before it arrives": omega,
            "least promise the recipient accepts": (s["forgone"] - (1 - s["discount"]) * s["upfront"]) / omega,
            "recipient's critical discount factor": s["forgone"]
            / (s["forgone"] * (1 - s["hazard"]) + s["hazard"] * s["promise"]),
            "harm to a provider that breaks the promise": harm,
            "largest promise kept without a future": penalty,
            "largest promise the provider keeps": (
                ((1 - delta) * q * penalty + delta * q * worth) / ((1 - delta) * (1 - s["guarantee"]) + delta * q)
            ),
            "least power that makes the promise credible without a future": (
                (k_provider**m * share / (1 - share)) ** (1 / m) - k_recipient
            ),
        }


def least_promise(model: WindfallPromise, *, discount: float, hazard: float, upfront: float = 0.0) -> float:
    """Return the least promise a period at which the recipient gains from the agreement, infinite if none.

    (1 - delta)*upfront + omega*B >= r. Money paid upfront counts for taking part only: a recipient that
    already has it forgoes only if omega*B >= r by itself.

    Examples
    --------
    >>> round(least_promise(WindfallPromise(), discount=0.9, hazard=0.1), 4)
    4.2222
    """
    lacking = model.forgone - (1 - discount) * upfront
    if lacking <= 0:
        return 0.0
    weight = windfall_weight(discount, hazard)
    return float(lacking / weight) if weight else math.inf


@dataclass(frozen=True)
class PromiseBacking:
    """What stands behind the provider's promise, leverage aside; as it stands, nothing and a single period.

    `discount` is the provider's discount factor, `detection` the chance that a breach is seen, `escrow` and
    `reputation` what a breach that is seen costs once, `guarantee` the chance that a third party makes the
    promise good, `cost_of_capital` what a unit held in escrow costs a period.
    """

    discount: float = 0.0
    detection: float = 1.0
    escrow: float = 0.0
    reputation: float = 0.0
    guarantee: float = 0.0
    cost_of_capital: float = 0.0


ONE_SHOT = PromiseBacking()


def largest_promise(model: WindfallPromise, recipient_share: float, backing: PromiseBacking = ONE_SHOT) -> float:
    """Return the largest promise a period that the provider keeps once the windfall has arrived.

    B_max = [(1-delta) K + delta q (g - kappa E)] / [(1-delta)(1-gamma) + delta q] with K = q (E + rho + h
    s_j), where s_j is `recipient_share`, the recipient's power share after a breakdown. Infinite where the
    promise is fully guaranteed and there is no future; below 0 where the agreement itself is not worth it to
    the provider.

    Examples
    --------
    >>> model = WindfallPromise()
    >>> largest_promise(model, 0.2), round(largest_promise(model, 0.2, PromiseBacking(discount=0.9)), 6)
    (4.0, 4.9)
    """
    saved = _saved(backing)
    return _deterrence(model, recipient_share, backing) / saved if saved else math.inf


def commitment_power(
    model: WindfallPromise,
    promise: float,
    capabilities: Sequence[float],
    backing: PromiseBacking = ONE_SHOT,
    decisiveness: float = 1.0,
) -> float | None:
    """Return the least power, given for good, that makes the provider keep the promise, None if none does.

    phi = (k_i^m x/(1-x))^(1/m) - k_j with x the power share at which B = B_max, in the one-shot case
    x = (B - rho - E)/h; 0 if the recipient already has that share.

    Examples
    --------
    >>> round(commitment_power(WindfallPromise(), 4.5, (4.0, 1.0)), 6)
    0.16129
    """
    now = _share(capabilities, decisiveness)
    short = promise * _saved(backing) - _deterrence(model, now, backing)
    if short <= 0:
        return 0.0
    slope = _deterrence(model, 1.0, backing) - _deterrence(model, 0.0, backing)
    share = now + short / slope if slope else math.inf
    return _power(share, capabilities, decisiveness) if share < 1 else None


@dataclass(frozen=True)
class Mix:
    """Money paid once upfront, money held in escrow, power given for good, and their cost a period."""

    upfront: float
    escrow: float
    power: float
    cost: float


def cheapest_mix(
    model: WindfallPromise,
    promise: float,
    capabilities: Sequence[float],
    backing: PromiseBacking = ONE_SHOT,
    *,
    hazard: float,
    recipient_discount: float,
    recipient_penalty: float = 0.0,
    stakes: tuple[float, float] = (0.0, 0.0),
    decisiveness: float = 1.0,
    largest_share: float = 0.8,
) -> Mix | None:
    """Return the cheapest upfront money, escrow and power that carry a given promise; None if no mix does.

    Three requirements: the recipient gains, (1-delta_j) u + omega B + a_j ds >= r, with ds its gain in power
    share; it forgoes, omega B >= r - (1-delta_j) K_j, on which no part of the mix has a bearing; the provider
    keeps the promise, B <= B_max at escrow E and share s. The cost to the provider is (1-delta_i) u + kappa E
    + a_i ds.

    Parameters
    ----------
    model : WindfallPromise
        Gives r, g and h.
    promise : float
        The promise B, a period, after the arrival.
    capabilities : (2,) floats
        Of the provider and the recipient.
    backing : PromiseBacking
        What backs the promise besides; its escrow is replaced by the mix's.
    hazard : float
        Probability a period that the windfall arrives.
    recipient_discount : float
        The recipient's discount factor.
    recipient_penalty : float
        K_j, what a recipient that refuses after all loses.
    stakes : (2,) floats
        a_i and a_j, what all power is worth to provider and recipient, a period.
    decisiveness : float
        Of the contest for power.
    largest_share : float
        The largest power share the recipient may be raised to.

    Notes
    -----
    At a given share the least u and E follow at once, and between two states a share gained is a share lost.
    So the cost is convex and piecewise linear in the share, and its least value lies at one of its two kinks
    or at either end. Of mixes that cost the same the one that shifts the least power is returned.

    Examples
    --------
    >>> model, backing = WindfallPromise(), PromiseBacking(discount=0.5, cost_of_capital=0.05)
    >>> cheapest_mix(model, 7.5, (4.0, 1.0), backing, hazard=0.1, recipient_discount=0.9)
    Mix(upfront=0.0, escrow=0.0, power=3.0, cost=0.0)
    >>> mix = cheapest_mix(
    ...     model, 7.5, (4.0, 1.0), backing, hazard=0.1, recipient_discount=0.9, stakes=(10.0, 10.0)
    ... )
    >>> round(mix.escrow, 4), round(mix.cost, 4)  # power has become dear to the provider
    (6.3158, 0.3158)
    """
    prospect = windfall_weight(recipient_discount, hazard) * promise
    if prospect < model.forgone - (1 - recipient_discount) * recipient_penalty:
        return None
    bare = replace(backing, escrow=0.0)
    now = _share(capabilities, decisiveness)
    slope = _deterrence(model, 1.0, bare) - _deterrence(model, 0.0, bare)
    unit = _deterrence(model, now, replace(bare, escrow=1.0)) - _deterrence(model, now, bare)
    owed, lacking = promise * _saved(bare), model.forgone - prospect
    scale = 1e-12 * max(1.0, abs(owed))

    shares = {now, max(now, largest_share)}
    if slope > 0:
        shares.add(now + (owed - _deterrence(model, now, bare)) / slope)
    if stakes[1] > 0:
        shares.add(now + lacking / stakes[1])
    mixes = []
    for share in sorted(shares):
        short = owed - _deterrence(model, share, bare)
        if not now <= share <= max(now, largest_share) or (short > scale and unit <= 0):
            continue
        escrow = short / unit if short > scale else 0.0
        upfront = max(0.0, lacking - stakes[1] * (share - now)) / (1 - recipient_discount)
        cost = (1 - backing.discount) * upfront + backing.cost_of_capital * escrow + stakes[0] * (share - now)
        mixes.append(Mix(upfront, escrow, _power(share, capabilities, decisiveness), cost))
    return min(mixes, key=lambda mix: mix.cost, default=None)


def _saved(backing: PromiseBacking) -> float:
    """What the provider's slack loses for each unit promised."""
    return (1 - backing.discount) * (1 - backing.guarantee) + backing.discount * backing.detection


def _deterrence(model: WindfallPromise, recipient_share: float, backing: PromiseBacking) -> float:
    """What holds the provider to its promise: the penalty once, the agreement's worth for ever after."""
    penalty = backing.escrow + backing.reputation + model.harm * recipient_share
    worth = model.restraint_value - backing.cost_of_capital * backing.escrow
    return backing.detection * ((1 - backing.discount) * penalty + backing.discount * worth)


def _share(capabilities: Sequence[float], decisiveness: float) -> float:
    return float(power_shares(tuple(capabilities), decisiveness)[1])


def _power(share: float, capabilities: Sequence[float], decisiveness: float) -> float:
    """The capability to add so that the recipient has that share."""
    provider, recipient = capabilities
    return max(0.0, float(provider * (share / (1 - share)) ** (1 / decisiveness) - recipient))
