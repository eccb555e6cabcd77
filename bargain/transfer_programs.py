"""The cheapest transfers of one coalition as a linear program that is kept, for many caps and deficits in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._lp import WarmLP
from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.findings import number
from bargain.games import GameError
from bargain.membership import TOLERANCE
from bargain.payments import Caps, Limits, Players, chosen, group_worths, per_member
from bargain.tu import subset_sums

CHUNK = 3
"""Rows added at a time, per member."""
MOST_IN_CORE = 22
"""The groups of so many members are 4 million, each of which is looked at once a round."""


@dataclass(frozen=True, eq=False)
class TransferPlan:
    """The cheapest transfers for one set of caps and deficits, with a proof that nothing is cheaper.

    Attributes
    ----------
    game : MembershipGame
    coalition : int
    status : "optimal" or "unfinished"
        Where the solver did not finish the transfers suffice, but may not be the cheapest; `lower_bound` tells.
    transfers : (n,) read-only array
        What each player receives; negative what it pays. One of the cheapest schemes where there are several.
    outside : float
        The money that comes from outside, at least 0. It is the same for all cheapest schemes.
    floors : (s,) array
        The least each member must receive: its deficit, or minus what it gains and can credibly pay.
    groups : (m,) array
        The groups of members that must not gain by leaving together, as bit masks over the members.
    needs : (m,) array
        What each of these groups must receive together.
    prices : (k, 2) array
        The groups that decide the cost, as places in `groups`, and how much each unit of their need costs.
    """

    game: MembershipGame = field(repr=False)
    coalition: int
    status: Literal["optimal", "unfinished"]
    transfers: Floats
    outside: float
    floors: Floats = field(repr=False)
    groups: Players = field(repr=False)
    needs: Floats = field(repr=False)
    prices: Floats = field(repr=False)

    @property
    def lower_bound(self) -> float:
        """What any scheme costs at least, from weights on the requirements that add up to at most 1 a member.

        With weights y on groups and 1 - y(groups with i) on member i: sum of weight times need, or 0.
        """
        places, weights = self.prices[:, 0].astype(int), self.prices[:, 1]
        inside = self.groups[places][:, None] >> np.arange(len(self.floors)) & 1
        weights = weights / max(1.0, float((weights @ inside).max(initial=0.0)))
        return max(0.0, float((1 - weights @ inside) @ self.floors + weights @ self.needs[places]))

    def residual(self) -> float:
        """Return the most by which a member or a group gets too little, or the money does not add up."""
        own = self.transfers[list(self.game.members(self.coalition))]
        wrong = [abs(float(self.transfers.sum()) - self.outside), float((self.floors - own).max())]
        wrong.append(float(np.abs(self.transfers).sum() - np.abs(own).sum()))
        if self.groups.size:
            wrong.append(float((self.needs - subset_sums(own)[self.groups]).max()))
        return max(0.0, *wrong)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, players by name."""
        names = self.game.players
        return {
            "coalition": [names[i] for i in self.game.members(self.coalition)],
            "status": self.status,
            "transfers": dict(zip(names, self.transfers.tolist(), strict=True)),
            "outside": self.outside,
            "lower_bound": self.lower_bound,
        }

    def __str__(self) -> str:
        proof = "" if self.status == "optimal" else f", {number(self.lower_bound)} at least"
        lines = [f"{self.game.label(self.coalition)}, cheapest transfers: {number(self.outside)} from outside{proof}"]
        for i in self.game.members(self.coalition):
            amount = float(self.transfers[i])
            lines.append(f"  {self.game.players[i]} {'receives' if amount >= 0 else 'pays'} {number(abs(amount))}")
        return "\n".join(lines)


class TransferProgram:
    """Keep the linear program of the cheapest transfers, and solve it again when caps or deficits change.

    With transfers tau over the members of S, floors f_i (the deficit pi_i(S without i) - pi_i(S) of those who would
    leave, minus the smaller of gain and cap for the rest) and, where groups are asked not to leave either, needs
    v(T) - sum over T of pi_i(S), v(T) being what T has if it alone signs:

        minimise max(0, sum of tau)  subject to  tau_i >= f_i,  sum of tau over T >= need of T.

    Parameters
    ----------
    game : MembershipGame
    coalition : bit mask, or members
    caps : number, n numbers, one a member, or a Credibility, optional
        The most that each can credibly promise to pay. Default: all it gains.
    core : bool
        Ask it of all groups of members, at most 22; their rows are added as they are violated, and kept.
    groups : list of coalitions, optional
        Ask it of these groups only; their rows are there from the start.

    Attributes
    ----------
    deficits : (s,) array
        What each member lacks in the game, negative what it gains.
    group_deficits : (m,) array
        The same for groups: those listed, or with `core` all 2**s of them in the order of bit masks over members.

    Raises
    ------
    GameError   for an empty coalition, bad caps, groups that are not among the members

    Notes
    -----
    `solve` depends on its arguments alone, not on what was solved before, but for the choice among schemes that cost
    the same. HiGHS works with absolute tolerances: numbers are divided by the largest need first.

    References
    ----------
    Bachrach, Y. et al. (2009). The cost of stability in coalitional games. SAGT 2009, 122-134.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> program = bg.TransferProgram(game, ["North", "South"])
    >>> print(program.solve())
    {North, South}, cheapest transfers: 0 from outside
      North receives 1
      South pays 1
    >>> [program.solve(caps=cap).outside for cap in (1.0, 0.25, 0.0)]
    [0.0, 0.75, 1.0]
    """

    def __init__(
        self,
        game: MembershipGame,
        coalition: Coalition,
        caps: Limits | None = None,
        *,
        core: bool = False,
        groups: Sequence[Coalition] = (),
    ) -> None:
        self.game = game
        self.mask, self.members = chosen(game, coalition)
        s = len(self.members)
        self.caps = Caps(game, caps, self.members)
        self.deficits: Floats = (game.after_moving(self.mask) - game.at(self.mask))[self.members]
        listed = [self._local(group) for group in groups]
        if core and listed:
            raise GameError("With core=True all groups are meant; list none, or leave core out.")
        if core and s > MOST_IN_CORE:
            raise GameError(f"{s} members have {2**s:,} groups; at most {MOST_IN_CORE} members are possible.")
        self.core = core
        self.groups = np.arange(1, (1 << s) - 1) if core else np.array(listed, dtype=np.int64)
        self.group_deficits = np.empty(0)
        if core or listed:
            held = game.at(self.mask)
            if core:
                self.group_deficits = group_worths(game, self.members) - subset_sums(held[self.members])
            else:
                masks = [game.mask(group) for group in groups]
                lacks = [(game.at(mask) - held)[list(game.members(mask))].sum() for mask in masks]
                self.group_deficits = np.array(lacks)
        self._lp = WarmLP(np.append(np.zeros(s), 1.0))
        self._lp.add_rows(np.append(-np.ones(s), 1.0)[None, :], np.zeros(1))
        self._rows = np.empty(0, dtype=np.int64)
        if listed:
            self._add(np.arange(len(listed)))

    def solve(
        self,
        caps: Limits | None = None,
        deficits: npt.ArrayLike | None = None,
        group_deficits: npt.ArrayLike | None = None,
    ) -> TransferPlan:
        """Return the cheapest transfers, with other caps or deficits than those of the game where they are given.

        Parameters
        ----------
        caps : number, n numbers, one a member, or a Credibility, optional
        deficits : n numbers or one a member, optional
        group_deficits : one number for each entry of the attribute of that name, optional

        Returns
        -------
        TransferPlan

        Raises
        ------
        GameError   for numbers that are not finite or of the wrong number
        """
        s = len(self.members)
        lacks = self.deficits if deficits is None else per_member(self.game, deficits, self.members, "deficits")  # type: ignore[arg-type]
        limits = self.caps if caps is None else Caps(self.game, caps, self.members)
        gains = np.maximum(-lacks, 0.0)
        floors = np.where(lacks > 0, lacks, -np.minimum(gains, limits.of(slice(None), gains)))
        needs = self._needs(group_deficits)
        scale = float(max(np.abs(floors).max(), np.abs(needs).max(initial=0.0))) or 1.0
        lower, solved, transfers = np.append(floors / scale, 0.0), None, floors
        while True:
            solved = self._lp.solve(lower, np.append(0.0, needs[self._rows] / scale))
            if solved is None:
                break
            transfers = np.maximum(solved[0][:s] * scale, floors)
            worst = self._missing(transfers, needs, scale)
            if not worst.size:
                break
            self._add(worst)
        if needs.size:
            # What rounding has left open, at most some units of the last digit; all of it where nothing was solved.
            transfers = transfers + max(0.0, float(self._lacking(transfers, needs).max()))
        total = float(transfers.sum())
        if total < 0:
            transfers = np.where(transfers < 0, transfers * (1 - total / transfers[transfers < 0].sum()), transfers)
        everyone = np.zeros(self.game.n_players)
        everyone[self.members] = transfers
        everyone.flags.writeable = False
        weights = np.zeros(0) if solved is None else solved[1][1:]
        used = np.flatnonzero(weights > TOLERANCE)
        prices = np.column_stack([self._rows[used], weights[used]])
        status: Literal["optimal", "unfinished"] = "unfinished" if solved is None else "optimal"
        return TransferPlan(self.game, self.mask, status, everyone, max(0.0, total), floors, self.groups, needs, prices)

    def _needs(self, given: npt.ArrayLike | None) -> Floats:
        needs = self.group_deficits if given is None else np.asarray(given, dtype=float)
        if needs.shape != self.group_deficits.shape or np.isnan(needs).any() or np.isposinf(needs).any():
            raise GameError(
                f"group_deficits has shape {needs.shape}: {self.group_deficits.size} finite numbers are needed."
            )
        return needs[1:-1] if self.core else needs

    def _lacking(self, transfers: Floats, needs: Floats) -> Floats:
        sums = subset_sums(transfers)[1:-1] if self.core else self._matrix @ transfers
        return np.asarray(needs - sums)

    def _missing(self, transfers: Floats, needs: Floats, scale: float) -> Players:
        """The places of the groups that lack most and have no row yet."""
        if not self.core:
            return np.empty(0, dtype=np.int64)
        missing = self._lacking(transfers, needs)
        most = min(CHUNK * len(self.members), missing.size)
        worst = np.argpartition(-missing, most - 1)[:most] if most else np.empty(0, dtype=np.int64)
        return np.setdiff1d(worst[missing[worst] > TOLERANCE * scale], self._rows)

    def _add(self, places: Players) -> None:
        self._rows = np.append(self._rows, places)
        inside = self._inside(self.groups[places])
        self._lp.add_rows(np.hstack([inside, np.zeros((len(inside), 1))]), np.zeros(len(inside)))
        if not self.core:
            self._matrix = inside

    def _inside(self, groups: Players) -> Floats:
        return (groups[:, None] >> np.arange(len(self.members)) & 1).astype(float)

    def _local(self, group: Coalition) -> int:
        mask = self.game.mask(group)
        if not mask or mask & ~self.mask:
            raise GameError(f"{self.game.label(mask)} is no group of members of {self.game.label(self.mask)}.")
        return sum(1 << place for place, i in enumerate(self.members.tolist()) if mask >> i & 1)
