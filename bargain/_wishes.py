"""Side conditions on the choice of a coalition and of the transfers in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Coalition, Floats, MembershipGame, coalition_sizes
from bargain.games import GameError
from bargain.payments import Caps, Limits, Players

Masks = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LinearLimit:
    """A linear condition on transfers and membership together.

    at_least <= sum of transfers[i] * tau_i + sum of members[i] * z_i <= at_most, tau_i what player i receives,
    negative what it pays, 0 outside the coalition; z_i 1 for members, 0 for others.

    Parameters
    ----------
    transfers, members : mapping from players, by name or number, to finite numbers
    at_least, at_most : float

    Examples
    --------
    North receives at most 2, and 3 if South is in as well:

    >>> import bargain as bg
    >>> bg.LinearLimit({"North": 1.0}, {"South": -1.0}, at_most=2.0).at_least
    -inf
    """

    transfers: Mapping[int | str, float] = field(default_factory=dict)
    members: Mapping[int | str, float] = field(default_factory=dict)
    at_least: float = -np.inf
    at_most: float = np.inf


@dataclass(frozen=True, eq=False)
class Wishes:
    """All side conditions, players by number and coalitions as bit masks.

    Attributes
    ----------
    caps : Caps
    budget : float
    sizes : (least, most)
    include, exclude : int
    one_of : tuple of int
    among : array of int, or None
        The only coalitions that are looked at.
    barred : tuple of (payer, recipient)
    slopes, counts : (m, n) arrays
        The coefficients of transfers and of membership in the linear limits.
    least, most : (m,) arrays
    core : bool
    """

    caps: Caps
    budget: float
    sizes: tuple[int, int]
    include: int
    exclude: int
    one_of: tuple[int, ...]
    among: Masks | None
    barred: tuple[tuple[int, int], ...]
    slopes: Floats
    counts: Floats
    least: Floats
    most: Floats
    core: bool

    @property
    def coupled(self) -> bool:
        """Whether who may sign depends on more than what members gain and can pay."""
        return bool(self.barred or len(self.least) or self.core)

    def permitted(self, n_players: int) -> Masks:
        """The coalitions that the conditions on membership alone permit."""
        masks = np.arange(1 << n_players) if self.among is None else self.among
        sizes = coalition_sizes(n_players)[masks]
        fits = (sizes >= self.sizes[0]) & (sizes <= self.sizes[1])
        fits &= (masks & self.include == self.include) & (masks & self.exclude == 0)
        for group in self.one_of:
            fits &= masks & group != 0
        return np.asarray(masks[fits], dtype=np.int64)

    def violation(self, mask: int, transfers: Floats, payments: Floats) -> float:
        """The most by which a coalition, its transfers and who pays whom go beyond the conditions; inf for members."""
        n = len(transfers)
        if mask not in self.permitted(n):
            return float("inf")
        inside = mask >> np.arange(n) & 1
        limited = self.slopes @ transfers + self.counts @ inside
        received = np.maximum(transfers, 0.0) - payments.sum(axis=0)
        wrong = [0.0, float(transfers.sum()) - self.budget, -float(received.min()), -float(payments.min())]
        wrong += [float((self.least - limited).max(initial=0.0)), float((limited - self.most).max(initial=0.0))]
        wrong.append(float(np.abs(payments.sum(axis=1) - np.maximum(-transfers, 0.0)).max()))
        wrong += [float(payments[pair]) for pair in self.barred]
        return max(wrong)


def wishes(
    game: MembershipGame,
    *,
    caps: Limits | None,
    budget: float,
    least_members: int,
    most_members: int | None,
    include: Coalition,
    exclude: Coalition,
    one_of: Iterable[Coalition],
    among: Iterable[Coalition] | None,
    barred: Iterable[tuple[int | str, int | str]],
    limits: Iterable[LinearLimit],
    core: bool,
) -> Wishes:
    """Check side conditions and write players as numbers."""
    n = game.n_players
    everyone: Players = np.arange(n)
    if not budget >= 0:
        raise GameError(f"The budget is {budget}: it is a number of at least 0, the money that may come from outside.")
    most = n if most_members is None else most_members
    for name, size in (("least_members", least_members), ("most_members", most)):
        if not isinstance(size, int | np.integer) or isinstance(size, bool) or size < 1:
            raise GameError(f"{name} is {size!r}: it is a whole number of at least 1.")
    inside, outside = game.mask(include), game.mask(exclude)
    if inside & outside:
        raise GameError(f"{game.label(inside & outside)} cannot be both included and excluded.")
    groups = tuple(game.mask(group) for group in one_of)
    if 0 in groups:
        raise GameError("one_of has an empty group: nobody of it can be a member.")
    pairs = []
    for pair in barred:
        (payer,), (recipient,) = game.members([pair[0]]), game.members([pair[1]])
        pairs.append((payer, recipient))
    rows = tuple(limits)
    slopes, counts = np.zeros((2, len(rows), n))
    for row, limit in enumerate(rows):
        for table, given in ((slopes, limit.transfers), (counts, limit.members)):
            for player, slope in given.items():
                (i,) = game.members([player])
                table[row, i] = slope
        bounds = (limit.at_least, limit.at_most)
        if not np.isfinite([slopes[row], counts[row]]).all() or np.isnan(bounds).any() or bounds[0] > bounds[1]:
            raise GameError(
                f"The linear limit {row + 1} has numbers that are not finite, or at_least {bounds[0]} above at_most "
                f"{bounds[1]}."
            )
    looked = None if among is None else np.unique(np.array([game.mask(each) for each in among], dtype=np.int64))
    ends = [np.array([getattr(limit, name) for limit in rows], dtype=float) for name in ("at_least", "at_most")]
    return Wishes(
        Caps(game, caps, everyone),
        float(budget),
        (int(least_members), int(most)),
        inside,
        outside,
        groups,
        looked,
        tuple(pairs),
        slopes,
        counts,
        ends[0],
        ends[1],
        core,
    )


def proportional(transfers: Floats) -> Floats:
    """Who pays whom where everyone may pay everyone: each recipient gets the same part from every payer, (n, n)."""
    paid, received = np.maximum(-transfers, 0.0), np.maximum(transfers, 0.0)
    total = float(received.sum())
    return np.outer(paid, received / total) if total > 0 else np.zeros((len(transfers),) * 2)
