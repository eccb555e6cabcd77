"""Transfers that hold a coalition of signatories together, and the outside money needed where none do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bargain._margins import member_gains
from bargain._tables import Tabular
from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.errors import SolverError
from bargain.findings import number
from bargain.membership import TOLERANCE
from bargain.payments import Caps, Limits, Numbers, Players, chosen, group_worths, groups, shares
from bargain.transfer_programs import TransferProgram
from bargain.tu import subset_sums

Kind = Literal[
    "almost-ideal sharing",
    "Nash bargaining shares",
    "Shapley shares",
    "nucleolus shares",
    "least-cost transfers",
    "gamma-core transfers",
    "best transfers",
]


@dataclass(frozen=True, eq=False)
class TransferScheme(Tabular):
    """Who receives and who pays in a coalition, and whether that holds it together.

    Attributes
    ----------
    game : MembershipGame
    kind : str
        How the transfers were found.
    coalition : int
        Bit mask of the members.
    transfers : (n,) read-only array
        What each player receives; negative what it pays.
    payoffs : (n,) read-only array
        What each player has after the transfers.
    surplus : float
        What all members together gain by staying in, each against leaving alone.
    outside : float
        The money that comes from outside, at least 0; it is the shortfall of the members' own.
    internal : float
        The least any member gains by staying in, transfers counted.
    external : float
        The least that a coalition with one more player would lack to keep all its members and the newcomer, by
        sharing its own surplus; infinite for the grand coalition. At 0 or above nobody is worth taking in.
    blocking : int or None
        Where the scheme was to be in the core: the group of members that gains most, or loses least, by leaving
        together, as a bit mask.
    excess : float or None
        What that group gains by leaving together, everyone else then acting singly.
    """

    game: MembershipGame
    kind: Kind
    coalition: int
    transfers: Floats
    payoffs: Floats
    surplus: float
    outside: float
    internal: float
    external: float
    blocking: int | None = None
    excess: float | None = None

    @property
    def tolerance(self) -> float:
        """Margins up to this are ties."""
        return TOLERANCE * self.game.scale * self.game.n_players

    @property
    def shortfall(self) -> float:
        """The outside money needed so that transfers keep every member in; 0 where the members' own suffices."""
        return max(self.outside, -self.surplus, 0.0)

    @property
    def lacking(self) -> float:
        """What the members that would rather leave alone lack together, transfers counted."""
        members = list(self.game.members(self.coalition))
        lacks = (self.game.after_moving(self.coalition) - self.payoffs)[members]
        return float(lacks[lacks > self.tolerance].sum())

    @property
    def internally_stable(self) -> bool:
        """Whether nobody gains by leaving alone."""
        return self.internal >= -self.tolerance

    @property
    def holds(self) -> bool:
        """Whether nobody leaves and no group of members does, without any money from outside."""
        kept = self.excess is None or self.excess <= self.tolerance
        return self.outside <= self.tolerance and self.internally_stable and kept

    def residual(self) -> float:
        """Recompute payoffs, budget, margins and excess from the game; return the largest difference."""
        game, members = self.game, np.array(self.game.members(self.coalition), dtype=int)
        before, leaving = game.at(self.coalition), game.after_moving(self.coalition)[members]
        payoffs = before + self.transfers
        wrong = [np.abs(payoffs - self.payoffs).max(), abs(self.transfers.sum() - self.outside)]
        wrong.append(abs((payoffs[members] - leaving).min() - self.internal))
        wrong.append(abs((before[members] - leaving).sum() - self.surplus))
        wrong.append(np.abs(np.delete(self.transfers, members)).max(initial=0.0))
        if self.blocking is not None and self.excess is not None:
            group = list(game.members(self.blocking))
            wrong.append(abs(self._worth(self.blocking) - payoffs[group].sum() - self.excess))
        return float(max(wrong))

    def _worth(self, group: int) -> float:
        """What a group of members has without the rest."""
        return float(self.game.at(group)[list(self.game.members(group))].sum())

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a player: whether it signs, what it receives (below zero: pays), what it then has."""
        members = self.game.members(self.coalition)
        columns = zip(self.game.players, self.transfers.tolist(), self.payoffs.tolist(), strict=True)
        return [
            {"player": player, "signs": i in members, "receives": transfer, "payoff": payoff}
            for i, (player, transfer, payoff) in enumerate(columns)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as plain data, players by name."""
        names = self.game.players
        return {
            "kind": self.kind,
            "coalition": [names[i] for i in self.game.members(self.coalition)],
            "transfers": dict(zip(names, self.transfers.tolist(), strict=True)),
            "payoffs": dict(zip(names, self.payoffs.tolist(), strict=True)),
            "surplus": self.surplus,
            "outside": self.outside,
            "shortfall": self.shortfall,
            "lacking": self.lacking,
            "internal": self.internal,
            "external": self.external if np.isfinite(self.external) else None,
            "blocking": None if self.blocking is None else [names[i] for i in self.game.members(self.blocking)],
            "excess": self.excess,
            "holds": self.holds,
        }

    def __str__(self) -> str:
        lines = [f"{self.game.label(self.coalition)}, {self.kind}: {'holds' if self.holds else 'does not hold'}"]
        for i in self.game.members(self.coalition):
            amount = float(self.transfers[i])
            words = f"{'receives' if amount >= 0 else 'pays'} {number(abs(amount))}"
            lines.append(f"  {self.game.players[i]} {words}, has {number(float(self.payoffs[i]))}")
        if self.shortfall > self.tolerance:
            lines.append(f"  The members' own money falls short by {number(self.shortfall)}.")
        elif self.lacking:
            lines.append(f"  Members that would rather leave lack {number(self.lacking)} under this division.")
        if self.excess is not None and self.excess > self.tolerance and self.blocking is not None:
            lines.append(f"  {self.game.label(self.blocking)} gains {number(self.excess)} by leaving together.")
        return "\n".join(lines)


def least_cost_transfers(
    game: MembershipGame, coalition: Coalition, caps: Limits | None = None, *, core: bool = False
) -> TransferScheme:
    """Keep a coalition together with as little money as possible.

    Every member whose payoff in S is below what it has by leaving receives the difference; it is paid by those that
    gain, in proportion to what each can credibly pay: its gain, or its cap if that is less. Whatever these cannot
    pay has to come from outside.

    Parameters
    ----------
    game : MembershipGame
    coalition : bit mask, or members
    caps : number, n numbers, one a member, or a Credibility, optional
        The most that each can credibly promise to pay. Default: all it gains.
    core : bool
        Also ask that no group of members gains by leaving together, everyone else then acting singly.

    Returns
    -------
    TransferScheme
        `outside` is the least money needed from outside the coalition: without caps or core what its `surplus` lacks
        of zero.

    Raises
    ------
    GameError     for an empty coalition, or caps that are negative or of the wrong number
    SolverError   if the linear program of the core is not solved

    Notes
    -----
    With `core` a linear program, its rows added as they are violated: see `TransferProgram`, which also solves it
    again and again for other caps. At most 22 members then.

    References
    ----------
    Bachrach, Y. et al. (2009). The cost of stability in coalitional games. SAGT 2009, 122-134.
    Chander, P., Tulkens, H. (1997). The core of an economy with multilateral environmental externalities.
    International Journal of Game Theory 26, 379-401.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> print(bg.least_cost_transfers(game, ["North", "South"]))
    {North, South}, least-cost transfers: holds
      North receives 1, has 3
      South pays 1, has 4
    >>> bg.least_cost_transfers(game, ["North", "South"], caps=0.25).outside
    0.75
    """
    mask, members = chosen(game, coalition)
    if core and len(members) > 1:
        plan = TransferProgram(game, mask, caps, core=True).solve()
        if plan.status != "optimal":
            raise SolverError(f"The linear program of the core of {game.label(mask)} did not finish.")
        least = plan.transfers[members]
    else:
        needs = (game.after_moving(mask) - game.at(mask))[members]
        gains = np.maximum(-needs, 0.0)
        least = np.where(needs > 0, needs, -np.minimum(gains, Caps(game, caps, members).of(slice(None), gains)))
    # Money left over goes back to those who pay, in proportion.
    paid, received = np.maximum(-least, 0.0), np.maximum(least, 0.0)
    outside = max(0.0, float(least.sum()))
    if paid.sum() > received.sum():
        paid *= received.sum() / paid.sum()
    return scheme(game, "least-cost transfers", mask, received - paid, outside=outside, core=core)


def gamma_core_transfers(game: MembershipGame, weights: Numbers | None = None) -> TransferScheme:
    """Share what the grand coalition gains over no cooperation, in proportion to the weights.

    Every player ends with its payoff under no cooperation and a share of the gain. With linear damages and weights
    equal to the marginal damages this is the scheme of Chander and Tulkens, which lies in the gamma core: no group
    gains by leaving together when everyone else then acts singly. `excess` and `blocking` tell whether it does.

    Parameters
    ----------
    game : MembershipGame
    weights : n numbers, optional
        At least 0, scaled to sum to 1. Default: equal.

    Returns
    -------
    TransferScheme

    References
    ----------
    Chander, P., Tulkens, H. (1997). The core of an economy with multilateral environmental externalities.
    International Journal of Game Theory 26, 379-401, theorem 1.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> bg.gamma_core_transfers(game).payoffs.tolist()
    [3.5, 3.5]
    """
    mask, members = chosen(game, game.n_coalitions - 1)
    together, apart = game.at(mask), game.at(0)
    wanted = apart + shares(game, weights, members) * (together - apart).sum()
    return scheme(game, "gamma-core transfers", mask, wanted - together, outside=0.0, core=True)


def outside_money(game: MembershipGame, caps: Limits | None = None) -> Floats:
    """Return the least outside money with which transfers keep each coalition together, (2**n,).

    Parameters
    ----------
    game : MembershipGame
    caps : number, n numbers, or a Credibility, optional
        The most that each player can credibly promise to pay. Default: all it gains.

    Returns
    -------
    (2**n,) array of float

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]])
    >>> bg.outside_money(game).tolist(), bg.outside_money(game, caps=0.25).tolist()
    ([0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.75])
    """
    return np.maximum(-money_balance(game, caps), 0.0)


def money_balance(game: MembershipGame, caps: Limits | None = None, without: int | None = None) -> Floats:
    """What the members that gain can pay less what the others lack, (2**n,); `without` leaves one player out."""
    limits = Caps(game, caps, np.arange(game.n_players))
    balance = np.zeros(game.n_coalitions)
    for i, inside, _, gains in member_gains(game):
        if i != without:
            total = inside(balance)
            total += np.minimum(gains, limits.of(i, gains))
    return balance


def scheme(
    game: MembershipGame, kind: Kind, mask: int, receipts: Floats, *, outside: float, core: bool = False
) -> TransferScheme:
    """Weigh what members receive, one number a member, against leaving alone and, with `core`, in groups."""
    members = np.array(game.members(mask))
    blocking, excess = None, None
    if core and len(members) > 1:
        worths = group_worths(game, members)
        blocking, excess = most_tempted(members, worths, game.at(mask)[members] + receipts)
    return TransferScheme(**weighed(game, mask, receipts), kind=kind, outside=outside, blocking=blocking, excess=excess)


def weighed(game: MembershipGame, mask: int, receipts: Floats) -> dict[str, Any]:
    """The fields of a scheme that do not depend on how the transfers were found."""
    members = np.array(game.members(mask))
    transfers = np.zeros(game.n_players)
    transfers[members] = receipts
    payoffs = game.at(mask) + transfers
    for values in (transfers, payoffs):
        values.flags.writeable = False
    larger = [_surplus(game, mask | 1 << j) for j in range(game.n_players) if not mask >> j & 1]
    return {
        "game": game,
        "coalition": mask,
        "transfers": transfers,
        "payoffs": payoffs,
        "surplus": _surplus(game, mask),
        "internal": float((payoffs - game.after_moving(mask))[members].min()),
        "external": -max(larger, default=-np.inf),
    }


def most_tempted(members: Players, worths: Floats, payoffs: Floats) -> tuple[int, float]:
    """The proper group of members with the largest excess, as a bit mask over all players, and that excess."""
    excesses = (worths - subset_sums(payoffs))[1:-1]
    worst = int(np.argmax(excesses))
    return int(groups(members)[1 + worst]), float(excesses[worst])


def _surplus(game: MembershipGame, mask: int) -> float:
    return float((game.at(mask) - game.after_moving(mask))[list(game.members(mask))].sum())
