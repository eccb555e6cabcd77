"""Relational contracts, hostages, and power handed over: what makes a promise worth keeping without a court."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._lp import solve_lp
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import GameError
from bargain.payoff_sets import as_factor, checked_factor


@dataclass(frozen=True)
class RelationalContract:
    """Which efforts a promised bonus can bring about, and how patient the two parties must be.

    Attributes
    ----------
    spreads : tuple of float or None, one an effort
        The least difference between largest and smallest bonus that makes the effort worth its cost; None: no bonus
        does.
    surpluses : tuple of float
        Output less cost less what both have outside, a period.
    factors : tuple of float or None
        The critical discount factor spread / (spread + surplus); None: none below 1 is enough.
    exact : tuple of Fraction or None
        The same as rationals where efforts are seen, or no patience is needed; else None.
    discount : float or None
        The stated discount factor; None: none was, and `best` and `bonuses` are None.
    best : int or None
        The effort of largest surplus that is credible at `discount`; None where none is.
    bonuses : tuple of float, or None
        What is paid for it, one bonus an outcome, or an effort where efforts are seen.
    """

    spreads: tuple[float | None, ...]
    surpluses: tuple[float, ...]
    factors: tuple[float | None, ...]
    exact: tuple[Fraction | None, ...]
    discount: float | None
    best: int | None
    bonuses: tuple[float, ...] | None

    def margin(self, effort: int, discount: float) -> float:
        """Return the worth of the relationship less the largest bonus at stake.

        With delta the discount factor: delta times the surplus - (1 - delta) times the spread.

        Parameters
        ----------
        effort : int
            Its place in `outputs`, from 0.
        discount : float

        Returns
        -------
        float
            Minus infinity where no bonus brings the effort about.
        """
        spread = self.spreads[effort]
        return -np.inf if spread is None else discount * self.surpluses[effort] - (1 - discount) * spread

    def residual(self) -> float:
        """Recompute the margins at the critical factors, which should be zero."""
        return max((abs(self.margin(e, f)) for e, f in enumerate(self.factors) if f), default=0.0)


def relational_contract(
    outputs: Sequence[Any],
    costs: Sequence[Any],
    outside: Any,
    signals: npt.ArrayLike | None = None,
    *,
    discount: Any = None,
) -> RelationalContract:
    """Find which efforts two parties can sustain by bonuses that no court enforces.

    Effort e is worth y_e to the one and costs c_e to the other; outside they have s together a period. A bonus must
    differ between outcomes by at least the spread w_e that makes e the best effort, and whoever owes it pays only if
    the relationship is worth it: w_e <= delta/(1 - delta) (y_e - c_e - s). Stationary contracts are enough.

    Parameters
    ----------
    outputs, costs : one number an effort
    outside : number
        What both have together without the relationship, a period.
    signals : (efforts, outcomes) array of probabilities, optional
        What is seen of each effort; without it effort itself is seen, and the spread is the cost above the least.
    discount : number, optional

    Returns
    -------
    RelationalContract

    Raises
    ------
    GameError     for lists or probabilities that do not fit
    SolverError   if a program did not finish

    References
    ----------
    Levin, J. (2003). Relational incentive contracts. American Economic Review 93, 835-857, theorems 2 and 3.

    Examples
    --------
    Output 10 at a cost of 4, outside 2 together: delta* = c/(y - s).

    >>> import bargain as bg
    >>> bg.relational_contract([0, 10], [0, 4], 2).exact[1]
    Fraction(1, 2)
    >>> seen = [[0.5, 0.5], [0.1, 0.9]]
    >>> bg.relational_contract([0, 10], [0, 4], 2, signals=seen).spreads[1]
    10.0
    """
    try:
        worth, effort_costs = [as_factor(y) for y in outputs], [as_factor(c) for c in costs]
        joint = as_factor(outside)
    except ValueError as error:
        raise GameError(f"An output, cost or outside payoff {error}. Numbers were expected.") from None
    if not worth or len(worth) != len(effort_costs):
        raise GameError(f"There are {len(worth)} outputs but {len(effort_costs)} costs: one of each an effort.")
    delta = None if discount is None else checked_factor(discount)
    surpluses = [y - c - joint for y, c in zip(worth, effort_costs, strict=True)]
    spreads: list[Any] = []
    bonuses: list[tuple[float, ...] | None] = []
    if signals is None:
        for c in effort_costs:
            spread = c - min(effort_costs)
            spreads.append(spread)
            bonuses.append(tuple(float(spread) if other == c else 0.0 for other in effort_costs))
    else:
        try:
            seen = np.array(signals, dtype=float)
        except (TypeError, ValueError):
            seen = np.empty(0)
        if seen.ndim != 2 or len(seen) != len(worth) or not (seen >= 0).all() or np.abs(seen.sum(1) - 1).max() > 1e-9:
            raise GameError("signals must hold one row of probabilities, adding up to 1, for each effort.")
        for e in range(len(worth)):
            least, paid = _spread(seen, np.array([float(c) for c in effort_costs]), e)
            spreads.append(least)
            bonuses.append(paid)
    factors, exact = [], []
    for spread, surplus in zip(spreads, surpluses, strict=True):
        factor: Any = None
        if spread is not None and spread <= 0:
            factor = Fraction(0) if surplus >= 0 else None
        elif spread is not None and surplus > 0:
            factor = spread / (spread + (surplus if isinstance(spread, Fraction) else float(surplus)))
        factors.append(None if factor is None else float(factor))
        exact.append(factor if isinstance(factor, Fraction) else None)
    best = None
    if delta is not None:
        limits = [known if known is not None else factor for known, factor in zip(exact, factors, strict=True)]
        credible = [e for e, limit in enumerate(limits) if limit is not None and limit <= delta]
        best = max(credible, key=lambda e: surpluses[e], default=None)
    return RelationalContract(
        tuple(None if spread is None else float(spread) for spread in spreads),
        tuple(map(float, surpluses)),
        tuple(factors),
        tuple(exact),
        None if delta is None else float(delta),
        best,
        None if best is None else bonuses[best],
    )


def _spread(seen: Any, costs: Any, effort: int) -> tuple[float | None, tuple[float, ...] | None]:
    """The least spread of bonuses that makes an effort best, and the bonuses; None if none does."""
    efforts, outcomes = seen.shape
    others = [e for e in range(efforts) if e != effort]
    rows = [[*(seen[effort] - seen[e]), 0.0] for e in others] + [
        [*(-np.eye(outcomes)[k]), 1.0] for k in range(outcomes)
    ]
    right = [costs[effort] - costs[e] for e in others] + [0.0] * outcomes
    answer = solve_lp(np.append(np.zeros(outcomes), 1.0), np.array(rows), np.array(right))
    if answer.status == "infeasible":
        return None, None
    if answer.x is None:
        raise SolverError("The linear program of a bonus did not finish. Please report the contract.")
    return float(answer.x[-1]), tuple(answer.x[:-1].tolist())


@dataclass(frozen=True)
class Hostage:
    """The pledges that make a promise credible: from `least` to `most` (None: without bound).

    `works` says whether any does. Below the least its giver breaks the promise; above the most its holder would rather
    seize it than keep its own.
    """

    least: Fraction
    most: Fraction | None
    works: bool

    def __str__(self) -> str:
        if not self.works:
            most = "any" if self.most is None else number(float(self.most))
            return (
                f"No hostage works: {number(float(self.least))} is needed, and its holder would seize more than {most}."
            )
        above = "" if self.most is None else f" and at most {number(float(self.most))}"
        return f"A hostage of at least {number(float(self.least))}{above} makes the promise credible in this model."


def least_hostage(
    gain: Any, loss: Any = 0, detection: Any = 1, discount: Any = 0, worth_to_holder: Any = 0, holder_loss: Any = None
) -> Hostage:
    """Find how large a forfeitable pledge must be, and may be, for a promise to be kept.

    With H the worth of the pledge, the hostage, to its giver, the promise is kept iff q H + q delta/(1 - delta) l >= g.
    The holder values the hostage at h H and does not seize it iff
    delta/(1 - delta) l' >= h H: a hostage that is worth nothing to its holder is safe with it.

    Parameters
    ----------
    gain : number
        g, what breaking the promise gains once.
    loss : number
        l, what its breaker loses a period when the relationship ends.
    detection, discount : numbers
        q, the probability that a breach is seen, and delta, the discount factor of both.
    worth_to_holder : number
        h, worth to the holder of a hostage that is worth 1 to its giver.
    holder_loss : number, optional
        l', what the holder loses a period when the relationship ends; `loss` unless stated.

    Returns
    -------
    Hostage

    Raises
    ------
    GameError   for a detection probability of 0 or outside [0, 1], a discount factor outside [0, 1)

    References
    ----------
    Williamson, O. (1983). Credible commitments: using hostages to support exchange. American Economic Review 73.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.least_hostage(gain=2, detection=0.5).least
    Fraction(4, 1)
    >>> bg.least_hostage(gain=2, loss=2, discount=0.25).least
    Fraction(4, 3)
    >>> print(bg.least_hostage(gain=2, loss=1, discount=0.25, worth_to_holder=1))
    No hostage works: 1.66667 is needed, and its holder would seize more than 0.333333.
    """
    g, lost, q, h = (_number(value) for value in (gain, loss, detection, worth_to_holder))
    delta = checked_factor(discount)
    if not 0 < q <= 1:
        raise GameError(f"The detection probability is {number(float(q))}: above 0 and at most 1.")
    if h < 0:
        raise GameError(f"A hostage is worth {number(float(h))} to its holder: at least 0.")
    ahead = delta / (1 - delta)
    least = max(Fraction(0), g / q - ahead * lost)
    kept = ahead * (lost if holder_loss is None else _number(holder_loss))
    most = None if h == 0 else max(Fraction(0), kept / h)
    return Hostage(least, most, most is None or least <= most)


def _number(value: Any) -> Fraction:
    try:
        return as_factor(value)
    except ValueError as error:
        raise GameError(f"A number was expected: one {error}.") from None


@dataclass(frozen=True)
class PowerOrBenefit:
    """What keeps a declining power from fighting now: a share of power, or a committed flow of benefits.

    `uncommitted_margin` is what it has from peace and a mere promise less what fighting gives, on average a period;
    `least_power` the share of power, `least_benefit` the flow that makes peace worth it (None: none up to 1 does);
    `provider_with_power`, `provider_with_benefit` the rising power's flow from then on.
    """

    uncommitted_margin: Fraction
    least_power: Fraction | None
    least_benefit: Fraction | None
    provider_with_power: Fraction | None
    provider_with_benefit: Fraction | None


def power_or_benefit(before: Any, after: Any, discount: Any, destruction: Any) -> PowerOrBenefit:
    """Compare handing over power with committing to a flow of benefits, when power is about to shift.

    A pie of 1 a period. The rising side wins a fight with probability p_1 now, p_2 later; fighting destroys a share k
    of the pie for ever. The other side has the pie now; peace is worth (1 - delta) + delta y to it, fighting
    (1 - p_1)(1 - k). Without commitment y = (1 - p_2)(1 - k); with a share s of power y = (1 - p_2 + s)(1 - k); with a
    committed flow y = b.

    Parameters
    ----------
    before, after : numbers
        p_1 and p_2, in [0, 1].
    discount : number
    destruction : number
        k, in [0, 1).

    Returns
    -------
    PowerOrBenefit

    Raises
    ------
    GameError   for numbers out of range

    References
    ----------
    Fearon, J. (1995). Rationalist explanations for war. International Organization 49. Powell, R. (2006). War as a
    commitment problem. International Organization 60. The comparison is this package's own.

    Examples
    --------
    Both cost the provider the same: the choice turns on risk, and on what can be taken back.

    >>> import bargain as bg
    >>> found = bg.power_or_benefit(0.2, 0.8, 0.9, 0.1)
    >>> found.least_power, found.least_benefit
    (Fraction(229, 405), Fraction(31, 45))
    >>> found.provider_with_power == found.provider_with_benefit
    True
    """
    p1, p2, k = (_number(value) for value in (before, after, destruction))
    delta = checked_factor(discount)
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1 and 0 <= k < 1):
        raise GameError("Probabilities are between 0 and 1, the share destroyed at least 0 and below 1.")
    fight = (1 - p1) * (1 - k)
    promised = (1 - p2) * (1 - k)
    margin = (1 - delta) + delta * promised - fight
    if margin >= 0:
        return PowerOrBenefit(margin, Fraction(0), max(Fraction(0), promised), 1 - promised, 1 - promised)
    needed = (fight - (1 - delta)) / delta if delta else Fraction(2)
    power = needed / (1 - k) - (1 - p2)
    least_power = power if power <= p2 else None
    least_benefit = needed if needed <= 1 else None
    return PowerOrBenefit(
        margin,
        least_power,
        least_benefit,
        None if least_power is None else 1 - needed,
        None if least_benefit is None else 1 - needed,
    )
