"""Who can promise to pay how much, and the numbers that every way to pay members starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.games import GameError
from bargain.tu import subset_sums

Numbers = float | Sequence[float] | npt.NDArray[np.float64]
"""One number for all players, or one each."""
Players = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Credibility:
    """What makes a promise to pay credible; caps on payments that follow from it in any coalition.

    With G what a member gains by staying in, delta its discount factor, q the probability of detection, K = q * escrow
    what not paying forfeits on average, gamma the probability that a guarantor steps in, it can promise at most
    (delta q G + (1 - delta) K) / ((1 - delta)(1 - gamma) + delta q) a period.

    Parameters
    ----------
    discount, detection, escrow, guarantee : number, n numbers, or one a member of the coalition at hand

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> bg.outside_money(game, caps=bg.Credibility(discount=0.25)).tolist()
    [0.0, 1.0, 1.0, 0.5]
    """

    discount: Numbers
    detection: Numbers = 1.0
    escrow: Numbers = 0.0
    guarantee: Numbers = 0.0


Limits = Numbers | Credibility
"""Caps on payments as numbers, or what they follow from."""


class Caps:
    """The most that each of some members can credibly promise to pay, whatever it gains by staying in."""

    def __init__(self, game: MembershipGame, limits: Limits | None, members: Players) -> None:
        self.slopes, self.starts = np.zeros(len(members)), np.full(len(members), np.inf)
        if isinstance(limits, Credibility):
            self._follow(game, limits, members)
        elif limits is not None:
            self.starts = per_member(game, limits, members, "caps", finite=False)
            if not self.starts.min() >= 0:
                raise GameError(f"caps are at least 0, got {self.starts.tolist()}.")

    def _follow(self, game: MembershipGame, given: Credibility, members: Players) -> None:
        names = ("discount", "detection", "escrow", "guarantee")
        delta, q, stock, gamma = (per_member(game, getattr(given, name), members, name) for name in names)
        if delta.min() < 0 or delta.max() >= 1:
            raise GameError(f"A discount factor is at least 0 and below 1, got {delta.tolist()}.")
        if min(q.min(), gamma.min()) < 0 or max(q.max(), gamma.max()) > 1 or stock.min() < 0:
            raise GameError("detection and guarantee are probabilities, and an escrow is at least 0.")
        free = (1 - delta) * (1 - gamma) + delta * q
        # Where not paying saves nothing and is not punished either, anything can be promised.
        np.divide(delta * q, free, out=self.slopes, where=free > 0)
        np.divide((1 - delta) * q * stock, free, out=self.starts, where=free > 0)

    def of(self, place: int | slice | Players, gains: Floats) -> Floats:
        """The caps of the member at a place, for each of its gains, or of several members with one gain each."""
        return np.maximum(self.starts[place] + self.slopes[place] * gains, 0.0)


def credible_caps(
    game: MembershipGame,
    coalition: Coalition,
    discount: Numbers,
    *,
    detection: Numbers = 1.0,
    escrow: Numbers = 0.0,
    guarantee: Numbers = 0.0,
) -> Floats:
    """Return the most that each member can credibly promise to pay each period, (n,), 0 for outsiders.

    With G what the member gains by staying in, delta its discount factor, q the probability of detection, K = q *
    escrow what not paying forfeits on average, gamma the probability that a guarantor steps in: (delta q G + (1 -
    delta) K) / ((1 - delta)(1 - gamma) + delta q). `Credibility` states the same for functions that look at several
    coalitions.

    Parameters
    ----------
    game : MembershipGame
    coalition : int, or numbers or names of members
    discount : number in [0, 1), or n numbers
    detection : number in [0, 1], or n numbers
        q; by default who does not pay is always caught.
    escrow : number at or above 0, or n numbers
        Sum that a member caught not paying forfeits, in the unit of the payoffs.
    guarantee : number in [0, 1], or n numbers
        gamma.

    Returns
    -------
    (n,) array of float

    Raises
    ------
    GameError   for a discount factor outside [0, 1), a probability outside [0, 1], a negative escrow

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> bg.credible_caps(game, ["North", "South"], discount=0.5).tolist()
    [0.0, 1.0]
    """
    mask, members = chosen(game, coalition)
    limits = Caps(game, Credibility(discount, detection, escrow, guarantee), members)
    caps = np.zeros(game.n_players)
    caps[members] = limits.of(slice(None), (game.at(mask) - game.after_moving(mask))[members])
    return caps


def chosen(game: MembershipGame, coalition: Coalition) -> tuple[int, Players]:
    """The bit mask and the members of a coalition that is not empty."""
    mask = game.mask(coalition)
    if not mask:
        raise GameError("The empty coalition has nobody to pay or to be paid.")
    return mask, np.array(game.members(mask), dtype=np.int64)


def per_member(game: MembershipGame, values: Numbers, members: Players, what: str, *, finite: bool = True) -> Floats:
    """One number for each member, given as one for all, one a player or one a member."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise GameError(f"{what} must be numbers, got {values!r}.") from None
    if numbers.ndim == 0:
        numbers = np.full(len(members), float(numbers))
    elif numbers.shape == (game.n_players,):
        numbers = numbers[members]
    if numbers.shape != (len(members),):
        raise GameError(f"{what} has shape {numbers.shape}: one number, one a player or one a member is needed.")
    if np.isnan(numbers).any() or (finite and np.isinf(numbers).any()):
        raise GameError(f"{what} must be finite numbers, got {numbers.tolist()}.")
    return numbers


def shares(game: MembershipGame, weights: Numbers | None, members: Players) -> Floats:
    """The weights of the members, scaled to sum to 1; equal where none are given."""
    own = np.ones(len(members)) if weights is None else per_member(game, weights, members, "weights")
    if own.min() < 0 or own.sum() <= 0:
        raise GameError(f"weights are at least 0 and not all 0, got {own.tolist()}.")
    own = own / own.max()
    return np.asarray(own / own.sum())


def groups(members: Players) -> Players:
    """The bit masks of all groups of members, (2**s,), in the order of bit masks over the members alone."""
    return np.asarray(subset_sums(np.int64(1) << members), dtype=np.int64)


def group_worths(game: MembershipGame, members: Players) -> Floats:
    """What each group of members has if it signs alone, everyone else acting singly, (2**s,)."""
    return np.asarray(game.worths[groups(members)], dtype=float)
