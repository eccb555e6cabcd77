"""Committed members that buy in others: a coalition larger than one that nobody is committed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bargain._margins import member_gains
from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.findings import number
from bargain.games import GameError
from bargain.membership import TOLERANCE
from bargain.symmetric import SymmetricMembershipGame


@dataclass(frozen=True, eq=False)
class BuyIn:
    """What it takes committed members to buy in others, for every coalition that contains them.

    Attributes
    ----------
    game : MembershipGame
    committed : int
        Bit mask of the members that stay whatever happens.
    costs : (2**n,) read-only array
        What the recruits must be paid, each what it would gain by leaving; infinite for coalitions that lack a
        committed member.
    gains : (2**n,) read-only array
        What the committed members gain together over being alone in the coalition, before they pay.
    """

    game: MembershipGame
    committed: int
    costs: Floats
    gains: Floats

    @property
    def affordable(self) -> tuple[int, ...]:
        """The coalitions whose recruits the committed members can pay and not lose by it, as bit masks."""
        within = self.gains - self.costs >= -TOLERANCE * self.game.scale * self.game.n_players
        return tuple(np.flatnonzero(within).tolist())

    @property
    def largest(self) -> int:
        """The affordable coalition with most members; of several the one that leaves the committed most."""
        return max(self.affordable, key=lambda mask: (mask.bit_count(), self.gains[mask] - self.costs[mask]))

    @property
    def best(self) -> int:
        """The coalition that leaves the committed members most after paying."""
        return int(np.argmax(self.gains - self.costs))

    def payments(self, coalition: Coalition) -> dict[str, float]:
        """Return what each recruit of a coalition must be paid.

        Parameters
        ----------
        coalition : int, or numbers or names of members
            With all committed members in it.

        Returns
        -------
        dict
            Recruit -> payment, in the unit of the payoffs.

        Raises
        ------
        GameError   where a committed member is missing
        """
        mask = self.game.mask(coalition)
        if mask & self.committed != self.committed:
            raise GameError(f"{self.game.label(mask)} lacks a committed member of {self.game.label(self.committed)}.")
        payoffs = self.game.payoffs
        recruits = self.game.members(mask & ~self.committed)
        return {self.game.players[i]: float(max(0.0, payoffs[mask ^ (1 << i), i] - payoffs[mask, i])) for i in recruits}

    def residual(self) -> float:
        """Recompute costs and gains of all affordable coalitions from the payoffs; return the largest difference."""
        own = list(self.game.members(self.committed))
        alone = self.game.at(self.committed)
        wrong = [0.0]
        for mask in self.affordable:
            wrong.append(abs(sum(self.payments(mask).values()) - self.costs[mask]))
            wrong.append(abs((self.game.at(mask) - alone)[own].sum() - self.gains[mask]))
        return float(max(wrong))

    def to_dict(self) -> dict[str, Any]:
        """Return the affordable coalitions as plain data."""
        label, names = self.game.members, self.game.players
        rows = [
            {
                "coalition": [names[i] for i in label(mask)],
                "cost": float(self.costs[mask]),
                "gain": float(self.gains[mask]),
            }
            for mask in self.affordable
        ]
        return {"committed": [names[i] for i in label(self.committed)], "affordable": rows}

    def __str__(self) -> str:
        lines = [f"{self.game.label(self.committed)} can buy in others up to {self.game.label(self.largest)}"]
        for name, amount in self.payments(self.largest).items():
            lines.append(f"  {name} receives {number(amount)}")
        lines.append(f"  the committed gain {number(float(self.gains[self.largest]))} before they pay")
        return "\n".join(lines)


def buy_in(game: MembershipGame, committed: Coalition) -> BuyIn:
    """Find the coalitions that committed members can bring about by paying others to join.

    A recruit i of a coalition S is paid pi_i(S without i) - pi_i(S), if that is above zero, so that it is no better
    off outside. The committed members C accept if together they do not lose: the payments are at most the sum over
    C of pi_i(S) - pi_i(C).

    Parameters
    ----------
    game : MembershipGame
    committed : int, or numbers or names of members
        Those who sign in any case.

    Returns
    -------
    BuyIn

    Raises
    ------
    GameError   if nobody is committed

    References
    ----------
    Carraro, C., Siniscalco, D. (1993). Strategies for the international protection of the environment. Journal of
    Public Economics 52, 309-328.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[0, 0], [0, 3], [3, 0], [4, 2]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> print(bg.buy_in(game, "North"))
    {North} can buy in others up to {North, South}
      South receives 1
      the committed gain 4 before they pay
    """
    mask = game.mask(committed)
    if not mask:
        raise GameError("Nobody is committed: name one member at least.")
    coalitions = np.arange(game.n_coalitions)
    complete = coalitions & mask == mask
    costs, gains = np.zeros((2, game.n_coalitions))
    for i, inside, _, stays in member_gains(game):
        if not mask >> i & 1:
            total = inside(costs)
            total += np.maximum(-stays, 0.0)
    for i in game.members(mask):
        start = float(game.rows(i, mask, mask + 1)[0])
        for block in game.blocks():
            gains[slice(*block)] += game.rows(i, *block) - start
    costs[~complete] = np.inf
    for values in (costs, gains):
        values.flags.writeable = False
    return BuyIn(game, mask, costs, gains)


def affordable_sizes(game: SymmetricMembershipGame, committed: int) -> tuple[int, ...]:
    """Return the sizes that a number of committed members can bring about by paying others to join.

    Parameters
    ----------
    game : SymmetricMembershipGame
    committed : int
        How many sign in any case.

    Returns
    -------
    tuple of int

    Raises
    ------
    GameError   for fewer than one committed member, or more than there are players

    Examples
    --------
    Linear benefits and quadratic costs: three committed states of ten can buy in four more.

    >>> import bargain as bg
    >>> import numpy as np
    >>> s = np.arange(1, 11)
    >>> game = bg.SymmetricMembershipGame(s**2 / 2 - s + 10, (s - 1) ** 2 - (s - 1) + 9.5)
    >>> bg.affordable_sizes(game, 3)
    (3, 4, 5, 6, 7)
    """
    if not 1 <= committed <= game.n_players:
        raise GameError(f"{committed} committed members of {game.n_players} players.")
    sizes = np.arange(committed, game.n_players + 1)
    gains = committed * (game.inside[sizes - 1] - game.inside[committed - 1])
    costs = (sizes - committed) * np.maximum(-game.gains[sizes - 1], 0.0)
    within = gains - costs >= -TOLERANCE * game.scale * game.n_players
    return tuple(sizes[within].tolist())
