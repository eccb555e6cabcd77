"""Quadratic payoffs from one total: what a coalition and everyone outside it do, and what each then gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Floats

Members = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Form:
    """All three forms are one: x_i >= 0, payoff alpha x - beta x^2/2 - d X - phi X^2/2, X the sum of all x."""

    alpha: Floats
    rate: Floats
    """1/beta"""
    d: Floats
    phi: Floats
    exposure: Floats
    origin: float = 0.0
    """Totals are measured from here, where marginal damages are zero if they are so anywhere."""

    @property
    def heeded(self) -> tuple[Floats, Floats]:
        """First unit and slope of the damage to each state as a member."""
        return self.exposure * self.d, self.exposure * self.phi

    def damage(self, i: Any, total: Any) -> Any:
        """What state i bears at a total, when it has no club good against it; all states for slice(None)."""
        return (self.d[i] + self.phi[i] / 2 * total) * total

    def own(self, i: int, marginal: Any) -> Any:
        """What state i has of its own action when it acts until the next unit is worth `marginal` to it."""
        capped = np.minimum(marginal, self.alpha[i])
        return self.rate[i] / 2 * (self.alpha[i] - capped) * (self.alpha[i] + capped)

    @property
    def weights(self) -> tuple[Floats, Floats]:
        """What 1, far, far^2 and the square of the marginal damage that members heed add to payoffs, (n, 4) each.

        As a member of a coalition of two or more, and as an outsider, if everybody does something; far is the total
        less the origin.
        """
        first = self.d + self.phi * self.origin
        base = self.rate / 2 * self.alpha**2
        harm = np.column_stack([self.damage(slice(None), self.origin), first, self.phi / 2, 0 * first])
        inside, outside = -self.exposure[:, None] * harm, -(1 + self.rate * self.phi)[:, None] * harm
        outside[:, 0] = base - self.rate / 2 * first**2 - harm[:, 0]
        inside[:, 0] += base
        inside[:, 3] = -self.rate / 2
        return inside, outside

    def outside(self, i: int, far: Floats) -> Floats:
        """Payoff of state i outside the coalition at the total origin + far, at which it may be doing nothing."""
        total = self.origin + far
        return np.asarray(self.own(i, self.d[i] + self.phi[i] * total) - self.damage(i, total))

    def inside(self, i: int, far: Floats, marginal: Floats) -> Floats:
        """Payoff of state i in a coalition of two or more whose members heed `marginal`; it may be doing nothing."""
        return np.asarray(self.own(i, marginal) - self.exposure[i] * self.damage(i, self.origin + far))


def members_of(masks: npt.NDArray[Any], n: int) -> Members:
    """Who is in each coalition, (coalitions, n)."""
    return np.asarray(masks[:, None] >> np.arange(n) & 1 == 1)


def _shared(form: Form, members: Members) -> tuple[Floats, Floats]:
    """First unit and slope of the damage that each state heeds, (coalitions, n): its own, or its coalition's."""
    several = members.sum(axis=1, keepdims=True) > 1
    sums = [np.where(members, each, 0.0).sum(axis=1, keepdims=True) for each in form.heeded]
    first, slope = (np.where(members & several, *pair) for pair in zip(sums, (form.d, form.phi), strict=True))
    return first, slope


def solve(form: Form, members: Members, *, leads: bool) -> tuple[Floats, Floats]:
    """Totals and the damage of a unit that members heed, for coalitions given one a row."""
    first, slope = _shared(form, members)
    if not leads:
        total = fixed_point(form, first, slope)
        return total, _of_members(members, first + slope * total[:, None])
    # A unit of the leader's is felt less, because outsiders then do less.
    felt = 1 + np.where(members, 0.0, form.phi * form.rate).sum(axis=1, keepdims=True)
    near, steep = np.where(members, first / felt, first), np.where(members, slope / felt, slope)
    total = ((form.alpha - near) * form.rate).sum(axis=1) / (1 + (steep * form.rate).sum(axis=1))
    heeded = near + steep * total[:, None]
    marginal, stops = _of_members(members, heeded), (heeded > form.alpha).any(axis=1)
    if stops.any():
        own = _of_members(members, first)[stops], _of_members(members, slope)[stops]
        total[stops], marginal[stops] = _leader(form, members[stops], *own)
    return total, marginal


def _of_members(members: Members, values: Floats) -> Floats:
    """The value that all members of each coalition share; 0 for the empty one."""
    return np.where(members.any(axis=1), np.where(members, values, -np.inf).max(axis=1), 0.0)


def fixed_point(form: Form, first: Floats, slope: Floats) -> Floats:
    """Totals at which every state heeds first + slope * total; who would go below zero is taken out.

    That raises the total, so nobody ever comes back in.
    """
    active = np.ones(first.shape, dtype=bool)
    while True:
        drive = np.where(active, (form.alpha - first) * form.rate, 0.0).sum(axis=1)
        total: Floats = drive / (1 + np.where(active, slope * form.rate, 0.0).sum(axis=1))
        below = active & (first + slope * total[:, None] > form.alpha)
        if not below.any():
            return total
        active &= ~below


def _leader(form: Form, members: Members, first: Floats, slope: Floats) -> tuple[Floats, Floats]:
    """Totals and heeded damages when the coalition moves first and somebody may end at zero.

    The coalition brings about the total E by X(E) = E - (what outsiders do at E), so a unit of its own is felt as
    1/X'(E). X' falls as outsiders stop one by one: E is convex in X, the coalition's payoff concave, and the one E
    at which its marginal gain and damage balance, at a kink of X perhaps, is found by halving an interval.
    """

    def outsiders(total: Floats) -> Floats:
        slack = form.alpha - form.d - form.phi * total[:, None]
        return np.where(members, 0.0, np.maximum(slack, 0.0) * form.rate)

    low, high = np.zeros(len(first)), np.full(len(first), float(form.alpha @ form.rate))
    for _ in range(80):  # They leave less of an interval than a float resolves.
        total = (low + high) / 2
        outside = outsiders(total)
        felt = 1 + np.where(outside > 0, form.phi * form.rate, 0.0).sum(axis=1)
        slack = form.alpha - ((first + slope * total) / felt)[:, None]
        inside = np.where(members, np.maximum(slack, 0.0) * form.rate, 0.0)
        short = inside.sum(axis=1) + outside.sum(axis=1) > total
        low, high = np.where(short, total, low), np.where(short, high, total)
    total = (low + high) / 2
    # The members' common marginal gain at which they do X(E) together; who has none stops.
    active, needed = members.copy(), np.maximum(total - outsiders(total).sum(axis=1), 0.0)
    while True:
        rate = np.where(active, form.rate, 0.0).sum(axis=1)
        gain = np.where(active, form.alpha * form.rate, 0.0).sum(axis=1) - needed
        marginal = np.divide(gain, rate, out=np.full(len(rate), form.alpha.max()), where=rate > 0)
        below = active & (marginal[:, None] > form.alpha)
        if not below.any():
            return total, marginal
        active &= ~below


def responses(form: Form, members: Members, total: Floats, marginal: Floats) -> tuple[Floats, Floats]:
    """What every state does and gets, (coalitions, n) each."""
    several = members.sum(axis=1) > 1
    efforts, payoffs = np.empty((2, *members.shape))
    for i in range(members.shape[1]):
        heeded = np.where(members[:, i], marginal, form.d[i] + form.phi[i] * total)
        efforts[:, i] = form.rate[i] * np.maximum(form.alpha[i] - heeded, 0.0)
        share = np.where(members[:, i] & several, form.exposure[i], 1.0)
        payoffs[:, i] = form.own(i, heeded) - share * form.damage(i, total)
    return efforts, payoffs
