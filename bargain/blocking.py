"""What every coalition has under an agreement and what it could have on its own: 2^n margins, scanned in one pass.

Rows are written for the coalitions that are asked for; `system.py` asks for those that matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bargain._affine import Affine, Number, total
from bargain.agreement import Agreement
from bargain.characteristic import characteristic_function, coalition_worth
from bargain.games import NormalFormGame
from bargain.tu import subset_sums

Vector = npt.NDArray[np.float64]

MOST_ENTRIES = 1 << 21
"""Payoffs in the maximins of all coalitions of a finite game, up to which they are solved: half a minute's work."""
PARTS = 512
"""The coalitions fall into so many parts, and a scan reports the worst of each: rows that differ help more."""


class Coalitions:
    """The margins u_A(C) - v(C) of all proper coalitions C of an agreement's players, as functions of the amounts."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self.n = len(agreement.players)
        self.proper = range(1, (1 << self.n) - 1)

    @cached_property
    def absent(self) -> str:
        """Why coalitions are not compared; empty where they are."""
        agreement, n = self.agreement, self.n
        if n < 2:
            return "there is no coalition short of all players"
        if agreement.signs:
            return ""
        profiles = math.prod(map(len, agreement.actions))
        if profiles << n <= MOST_ENTRIES:
            return ""
        return (
            f"what each of {len(self.proper):,} coalitions can be sure of is a linear program over {profiles:,} "
            f"profiles of actions, {profiles << n:,} numbers in all, more than the {MOST_ENTRIES:,} that are tried"
        )

    @cached_property
    def worths(self) -> Vector:
        """v(C) by bit mask, (2**n,): what each coalition can have on its own at the capabilities of today.

        Money is transferable within a coalition. A single player cannot threaten with more than the disagreement
        point where the document states one. Where players sign, a coalition's worth is what its members have when
        they sign and all others stay out.
        """
        agreement = self.agreement
        if agreement.signs:
            worths = agreement.signing(agreement.base).worths.copy()
        else:
            floats = NormalFormGame(agreement.game(agreement.base).payoffs)
            worths = characteristic_function(floats, agreement.offer.blocking).values.copy()
        for mask, worth in self._stated.items():
            worths[mask] = worth
        return worths

    def worth(self, mask: int) -> Number:
        """v(C) of one coalition, exact where the agreement and its game are."""
        agreement = self.agreement
        if not agreement.exact or agreement.signs:
            return float(self.worths[mask])
        if mask in self._stated:
            return self._stated[mask]
        worth: Number = coalition_worth(agreement.game(agreement.base), mask, agreement.offer.blocking)
        return worth

    @cached_property
    def _stated(self) -> Mapping[int, Number]:
        """The worths of single players that follow from the disagreement profile the document states."""
        agreement = self.agreement
        if not (agreement.offer.disagreement and agreement.scenarios):
            return {}
        quo = agreement.scenarios[0]
        return {1 << i: agreement.disagreement_payoff(player, quo) for i, player in enumerate(agreement.players)}

    def members(self, mask: int) -> tuple[str, ...]:
        """The names of a coalition's members."""
        return tuple(player for i, player in enumerate(self.agreement.players) if mask >> i & 1)

    def together(self, mask: int) -> Affine:
        """What the members have together under the agreement."""
        return total(self.agreement.agreement_payoff(player) for player in self.members(mask))

    @cached_property
    def _payoffs(self) -> tuple[Vector, Vector]:
        """u_A of each player, (n,) at amounts of zero, and its slopes in the amounts, (n, n_variables)."""
        column = {name: j for j, name in enumerate(self.agreement.amounts)}
        kept = [self.agreement.agreement_payoff(player) for player in self.agreement.players]
        slopes = np.zeros((self.n, len(column)))
        for i, payoff in enumerate(kept):
            for name, slope in payoff.slopes.items():
                slopes[i, column[name]] = slope
        return np.array([float(payoff.constant) for payoff in kept]), slopes

    def margins(self, x: Vector) -> Vector:
        """The margin of every coalition at the amounts x, (2**n,); infinite for nobody and for all together."""
        constants, slopes = self._payoffs
        margins: Vector = subset_sums(constants + slopes @ x)
        margins -= self.worths
        margins[0] = margins[-1] = np.inf
        return margins

    def moved(self, directions: Vector) -> npt.NDArray[np.bool_]:
        """Which coalitions' margins move when the amounts go along `directions`, (n_variables, k); (2**n,)."""
        slopes = self._payoffs[1] @ directions
        # A sum of slopes that is zero in every direction is zero in a random mixture of them, and hardly ever else.
        mixed = slopes @ np.random.default_rng(0).uniform(1, 2, slopes.shape[1])
        moved: npt.NDArray[np.bool_] = np.abs(subset_sums(mixed)) > 1e-12 * max(1.0, np.abs(mixed).sum())
        return moved

    def nearest(self, margins: Vector, below: float | Vector, most: int, known: Iterable[int] = ()) -> tuple[int, ...]:
        """The coalitions whose margin is least and `below` a bound, the worst of each part, those known left out."""
        margins = margins.copy()
        margins[list(known)] = np.inf
        margins[margins >= below] = np.inf
        parts = margins.reshape(min(PARTS, len(margins)), -1)
        worst = parts.argmin(axis=1)
        peaks = parts[np.arange(len(parts)), worst]
        masks = np.arange(len(parts)) * parts.shape[1] + worst
        order = np.argsort(peaks, kind="stable")[:most]
        return tuple(int(masks[at]) for at in order if np.isfinite(peaks[at]))

    def ties(self, margins: Vector, tolerance: float, most: int) -> tuple[int, ...]:
        """The coalitions whose margin is within `tolerance` of zero, where no margin is below that."""
        if margins.min() < -tolerance:
            return ()
        return tuple(map(int, np.flatnonzero(margins <= tolerance)[:most]))
