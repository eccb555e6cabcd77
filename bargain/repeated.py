"""Promises over time: when is keeping a promise worth more than breaking it once?

A player that keeps the agreement earns the flow f_A a period. If it deviates once it earns f_D in that
period; the breach is detected with probability q, costs it the penalty K, and is answered by the breakdown,
worth u_P a period, for ever or for a number of periods. Undetected, the agreement goes on. Payoffs are
averages: a one-off gain weighs 1 - delta.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bargain.offers import windfall_weight
from bargain.schedules import average

Interval = tuple[float, float]

RESOLUTION = 1e-14
"""Discount factors closer than this are one: rounding alone tells them apart."""


def incentive_margin(
    *,
    discount: Any,
    detection: Any,
    gain: Any,
    temptation: Any,
    windfall: Any = 0,
    hazard: Any = 0,
    periods: int | None = None,
    ahead: Sequence[Any] = (),
) -> Any:
    """Return what a player loses by breaking its promise once, on average a period.

    q*[delta*(f_A - u_P) + omega*W] - (1 - delta)*(f_D - f_A - K), where `gain` is f_A - u_P, `temptation` is
    f_D - f_A - K and `windfall` is W, the flow expected on top once the windfall has arrived. With punishment
    for T `periods` delta becomes delta*(1 - delta^T). Where f_A - u_P changes from period to period, `ahead` has it
    for the m next periods and `gain` for all later ones: delta*gain becomes the discounted average
    (1 - delta)*(delta*ahead_1 + ... + delta^m*ahead_m) + delta^(m+1)*gain. At or above zero the
    promise is kept. Gain, temptation and windfall may be numbers or affine functions of the offer's amounts.

    References
    ----------
    Friedman (1971), A non-cooperative equilibrium for supergames; Mailath & Samuelson (2006), Repeated games
    and reputations, proposition 2.2.1 (one-shot deviations).

    Examples
    --------
    A prisoner's dilemma with payoffs 5, 3, 1 at its critical discount factor of one half:

    >>> incentive_margin(discount=0.5, detection=1, gain=3 - 1, temptation=5 - 3)
    0.0
    """
    future = discount if periods is None else discount * (1 - discount**periods)
    prospect = windfall_weight(discount, hazard) * windfall if hazard else 0
    gain = average((*ahead, gain), discount)
    return detection * (future * gain + prospect) - (1 - discount) * temptation


@dataclass(frozen=True)
class Incentive:
    """One promise of one player, everything in it but the player's patience.

    `gain` is f_A - u_P, `temptation` f_D - f_A - K, `windfall` the flow on top after the arrival, all in
    payoff units a period. `ahead` is f_A - u_P in the next periods, where it differs from the lasting `gain`.
    """

    gain: float
    temptation: float
    detection: float = 1.0
    windfall: float = 0.0
    hazard: float = 0.0
    periods: int | None = None
    ahead: tuple[float, ...] = ()

    def margin(self, discount: float) -> float:
        """Return `incentive_margin` at a discount factor, to full precision also where that is close to 1."""
        if self.periods is not None:
            reach = self.detection * self.gain
            return (1 - discount) * (reach * _periods_ahead(discount, self.periods) - self.temptation)
        margin: float = incentive_margin(
            discount=discount,
            detection=self.detection,
            gain=self.gain,
            temptation=self.temptation,
            windfall=self.windfall,
            hazard=self.hazard,
            ahead=self.ahead,
        )
        return margin

    def rounded(self, tolerance: float) -> Incentive:
        """Return the promise with amounts within `tolerance` of zero at zero, so too gain plus windfall."""

        def clean(amount: float) -> float:
            return 0.0 if abs(amount) <= tolerance else amount

        gain, windfall = clean(self.gain), clean(self.windfall)
        if abs(gain + windfall) <= tolerance:
            windfall = -gain
        ahead = tuple(map(clean, self.ahead))
        return replace(self, gain=gain, temptation=clean(self.temptation), windfall=windfall, ahead=ahead)

    def roots(self) -> list[float]:
        """Return the discount factors strictly between 0 and 1 at which the margin is zero, in order."""
        reach = self.detection * self.gain
        if self.periods is not None:
            found = _root_of_finite_punishment(reach, self.temptation, self.periods)
        elif self.ahead:
            found = self._roots_ahead()
        elif not self.hazard * self.windfall:
            slope = reach + self.temptation
            found = [self.temptation / slope] if slope else []
        else:
            # Times 1 - delta*(1 - lambda), which is positive, the margin is a quadratic in delta, solved for
            # 1 - delta: where the windfall just makes up for what is forgone, 1 is then a root exactly.
            stay = 1 - self.hazard
            prospect = self.hazard * self.detection * (self.gain + self.windfall)
            impatience = _roots_of_quadratic(
                -stay * (reach + self.temptation),
                stay * reach - self.hazard * self.temptation - prospect,
                prospect,
            )
            found = [1 - root for root in impatience]
        return sorted(root for root in found if 0 < root < 1)

    def _roots_ahead(self) -> list[float]:
        """Return the zeros of the margin of a promise whose gains change by period, a polynomial in delta."""
        gains = self.detection * np.array([*self.ahead, self.gain])
        rising = np.array([-self.temptation, self.temptation + gains[0], *np.diff(gains)])
        size = float(np.abs(rising).max())
        if size == 0:
            return []
        coefficients = np.where(np.abs(rising) <= 1e-15 * size, 0.0, rising / size)
        line = np.polynomial.Polynomial(np.trim_zeros(coefficients, "b"))
        slope, found = line.deriv(), []
        for root in line.roots():
            x = float(np.real(root))
            for _ in range(4):  # Newton's steps to full precision; what does not settle on a zero is none
                x -= float(line(x)) / (float(slope(x)) or 1.0)
            if abs(float(np.imag(root))) <= 1e-6 and abs(float(line(x))) <= 1e-13:
                found.append(x)
        return found


def _roots_of_quadratic(a: float, b: float, c: float) -> list[float]:
    scale = max(abs(a), abs(b), abs(c))
    if scale == 0:
        return []
    a, b, c = a / scale, b / scale, c / scale
    if abs(a) < 1e-300:
        return [-c / b] if b else []
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        # A double root is lost to rounding when the discriminant is a few units in the last place below zero.
        if discriminant < -1e-15 * max(b * b, abs(a * c)):
            return []
        discriminant = 0.0
    q = -(b + math.copysign(math.sqrt(discriminant), b)) / 2
    return [q / a, c / q] if q else [0.0]


def _periods_ahead(discount: float, periods: int) -> float:
    """Return delta + ... + delta^T."""
    if discount == 0:
        return 0.0
    return -discount * math.expm1(periods * math.log(discount)) / (1 - discount)


def _root_of_finite_punishment(reach: float, temptation: float, periods: int) -> list[float]:
    """Solve reach*(delta + ... + delta^T) = temptation; the left side is monotone in delta."""
    if reach == 0 or not 0 < temptation / reach < periods:
        return []
    target = temptation / reach
    low, high = 0.0, 1.0
    while high - low > 1e-16 and low < (middle := (low + high) / 2) < high:
        if _periods_ahead(middle, periods) < target:
            low = middle
        else:
            high = middle
    return [(low + high) / 2]


def discount_factors_that_hold(promises: Iterable[Incentive], tolerance: float = 0.0) -> tuple[Interval, ...]:
    """Return the discount factors in [0, 1) at which a player keeps all of `promises`.

    Closed intervals in increasing order; an interval that reaches up to, but not including, 1 is written with
    1 as its end. Patience can break a promise (a recipient that lasting power has made better off after the
    break), so the set need not be a single interval. Amounts within `tolerance` of zero count as zero.

    >>> discount_factors_that_hold([Incentive(gain=2, temptation=2)])
    ((0.5, 1.0),)
    >>> discount_factors_that_hold([Incentive(gain=-1, temptation=-0.25)])
    ((0.0, 0.2),)
    """
    rows = [promise.rounded(tolerance) for promise in promises]
    own = [row.roots() for row in rows]
    points = [0.0]
    for root in sorted({root for roots in own for root in roots}):
        if points[-1] + RESOLUTION < root < 1 - RESOLUTION:
            points.append(root)
    points.append(1.0)

    def holds_between(low: float, high: float) -> bool:
        return all(row.margin((low + high) / 2) >= 0 for row in rows)

    def holds_at(point: float) -> bool:
        # At a root of its own a row is zero by construction; rounding must not decide there.
        return all(
            row.margin(point) >= 0 or any(abs(point - root) <= RESOLUTION for root in roots)
            for row, roots in zip(rows, own, strict=True)
        )

    intervals: list[Interval] = []
    for low, high in itertools.pairwise(points):
        if holds_between(low, high):
            if intervals and intervals[-1][1] == low:
                intervals[-1] = (intervals[-1][0], high)
            else:
                intervals.append((low, high))
        elif holds_at(low) and not (intervals and intervals[-1][1] == low):
            intervals.append((low, low))
    return tuple(intervals)


def critical_factor(intervals: Iterable[Interval]) -> float | None:
    """Return the least discount factor above which a promise always holds, None if there is none below 1.

    >>> critical_factor([(0.0, 0.1), (0.4, 1.0)])
    0.4
    """
    last = max(intervals, default=None)
    return last[0] if last is not None and last[1] == 1 and last[0] < 1 else None
