"""Who signs and who stays out: the stability of every coalition of signatories, myopic and farsighted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._margins import halves, margins
from bargain._tables import Tabular
from bargain.coalitions import Coalition, Floats, MembershipGame, coalition_sizes
from bargain.findings import number
from bargain.games import GameError, known
from bargain.symmetric import SymmetricMembershipGame

Ties = Literal["weak", "strict", "join"]
"""weak: who is indifferent stays where it is; strict: it moves; join: it is inside."""
Moves = Literal["joint", "single"]

TOLERANCE = 1e-13
"""Payoffs closer than this share of the largest absolute payoff are equal: some five hundred times the rounding of
a float, because what a small state gains may be tiny beside what a large one has."""
MOST_PLAYERS_FARSIGHTED = {"joint": 10, "single": 12}
"""The table of which coalition leads to which has 4**n cells."""


@dataclass(frozen=True, eq=False)
class Stability(Tabular):
    """How much each coalition's members gain by staying, and everyone else by staying out.

    Attributes
    ----------
    game : MembershipGame
    ties : "weak", "strict" or "join"
    internal : (2**n,) read-only array
        The least any member gains by staying in; infinite for the empty coalition.
    external : (2**n,) read-only array
        The least any outsider gains by staying out; infinite for the grand coalition.
    surplus : (2**n,) read-only array
        What all members together gain by staying in, each against leaving alone.
    """

    game: MembershipGame
    ties: Ties
    internal: Floats
    external: Floats
    surplus: Floats

    @cached_property
    def tolerance(self) -> float:
        """Margins up to this are ties: 1e-13 of the largest absolute payoff."""
        return TOLERANCE * self.game.scale

    @cached_property
    def stable(self) -> tuple[int, ...]:
        """The coalitions of two or more that nobody leaves and nobody joins, as bit masks."""
        return self._masks(self._stable & (coalition_sizes(self.game.n_players) > 1))

    @cached_property
    def stable_alone(self) -> tuple[int, ...]:
        """The same for the empty coalition and those of one member, where nobody cooperates with anybody."""
        return self._masks(self._stable & (coalition_sizes(self.game.n_players) <= 1))

    @cached_property
    def potentially_stable(self) -> tuple[int, ...]:
        """The coalitions of two or more that some transfers among members keep together, as bit masks.

        These are the ones whose surplus is not negative (Eyckmans & Finus 2004, Weikard 2009).
        """
        return self._masks(self._kept_by_sharing & (coalition_sizes(self.game.n_players) > 1))

    @cached_property
    def stable_with_sharing(self) -> tuple[int, ...]:
        """The potentially stable coalitions that no outsider would join if the surplus were shared after it did."""
        tempted = np.full(self.game.n_coalitions, -np.inf)
        for i in range(self.game.n_players):
            without = halves(tempted, i)[:, 0]
            np.maximum(without, halves(self.surplus, i)[:, 1], out=without)
        closed = tempted <= self.tolerance if self.ties == "weak" else tempted < -self.tolerance
        several = coalition_sizes(self.game.n_players) > 1
        return self._masks(self._kept_by_sharing & closed & several)

    def leavers(self, coalition: Coalition) -> dict[str, float]:
        """Return who would rather leave a coalition, with what each gains by it, the largest gain first.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        dict
            Player -> gain, above 0.
        """
        return self._movers(self.game.mask(coalition), inside=True)

    def joiners(self, coalition: Coalition) -> dict[str, float]:
        """Return who would rather join a coalition, with what each gains by it, the largest gain first.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        dict
            Player -> gain, above 0.
        """
        return self._movers(self.game.mask(coalition), inside=False)

    def residual(self) -> float:
        """Compute all margins again, player by player from the payoffs; return the largest difference."""
        game, every = self.game, np.arange(self.game.n_coalitions)
        least, surplus = np.full((2, len(every)), np.inf), np.zeros(len(every))
        for i in range(game.n_players):
            payoffs = game.rows(i, 0, len(every))
            stays = payoffs - payoffs[every ^ (1 << i)]
            member = every >> i & 1 == 1
            least = np.minimum(least, np.where([member, ~member], stays, np.inf))
            surplus += np.where(member, stays, 0.0)
        found = np.array([self.internal[1:], self.external[:-1], self.surplus[1:]])
        return float(np.abs(found - [least[0, 1:], least[1, :-1], surplus[1:]]).max())

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a coalition, by bit mask: its margins, None where there are none, and whether it is stable."""
        stable = self._stable.tolist()
        rows = (self._row(mask) for mask in range(self.game.n_coalitions))
        return [{**row, "members": self.game.label(mask), "stable": stable[mask]} for mask, row in enumerate(rows)]

    def to_dict(self) -> dict[str, Any]:
        """Return the stable coalitions and their margins as plain data."""
        return {
            "players": list(self.game.players),
            "ties": self.ties,
            "tolerance": self.tolerance,
            "stable": [self._row(mask) for mask in self.stable],
            "stable_alone": [self._row(mask) for mask in self.stable_alone],
            "potentially_stable": [self._row(mask) for mask in self.potentially_stable],
            "stable_with_sharing": [self._row(mask) for mask in self.stable_with_sharing],
        }

    def __str__(self) -> str:
        count = self.game.n_coalitions - self.game.n_players - 1
        lines = [
            f"Of {count} coalitions of two or more {len(self.stable)} stable, {len(self.potentially_stable)} "
            f"potentially stable, {len(self.stable_with_sharing)} stable if the surplus is shared."
        ]
        for mask in self.stable[:20]:
            margins = f"staying {number(float(self.internal[mask]))}, surplus {number(float(self.surplus[mask]))}"
            lines.append(f"{self.game.label(mask)}: {margins}")
        if len(self.stable) > 20:
            lines.append(f"and {len(self.stable) - 20} more")
        return "\n".join(lines)

    @property
    def _stable(self) -> npt.NDArray[np.bool_]:
        tolerance = self.tolerance
        inside = self.internal > tolerance if self.ties == "strict" else self.internal >= -tolerance
        outside = self.external >= -tolerance if self.ties == "weak" else self.external > tolerance
        return inside & outside

    @property
    def _kept_by_sharing(self) -> npt.NDArray[np.bool_]:
        return self.surplus > self.tolerance if self.ties == "strict" else self.surplus >= -self.tolerance

    def _movers(self, mask: int, *, inside: bool) -> dict[str, float]:
        gains = {}
        for i, name in enumerate(self.game.players):
            if bool(mask >> i & 1) is inside:
                other = mask ^ 1 << i
                gain = float(self.game.rows(i, other, other + 1)[0] - self.game.rows(i, mask, mask + 1)[0])
                moves_at_ties = self.ties == "strict" or (self.ties == "join" and not inside)
                if gain >= -self.tolerance if moves_at_ties else gain > self.tolerance:
                    gains[name] = gain
        return dict(sorted(gains.items(), key=lambda item: -item[1]))

    def _row(self, mask: int) -> dict[str, Any]:
        margins = {"internal": self.internal, "external": self.external, "surplus": self.surplus}
        values = {name: float(values[mask]) for name, values in margins.items()}
        finite = {name: value if np.isfinite(value) else None for name, value in values.items()}
        return {"coalition": mask, "members": [self.game.players[i] for i in self.game.members(mask)], **finite}

    @staticmethod
    def _masks(chosen: npt.NDArray[np.bool_]) -> tuple[int, ...]:
        return tuple(np.flatnonzero(chosen).tolist())


def stability(game: MembershipGame, *, ties: Ties = "weak") -> Stability:
    """Weigh staying against moving alone, for every player and every coalition.

    With payoffs pi_i(S), a coalition S is internally stable if pi_i(S) >= pi_i(S without i) for every member, and
    externally stable if pi_j(S) >= pi_j(S with j) for everyone else. Its surplus is the sum over its members of
    pi_i(S) - pi_i(S without i); transfers among members can make S internally stable exactly if that is not
    negative.

    Parameters
    ----------
    game : MembershipGame
    ties : str
        "weak": who is indifferent stays where it is. "strict": it moves. "join": it is inside.

    Returns
    -------
    Stability
        Margins of all coalitions in the game's unit of payoff, and the coalitions that pass.

    Raises
    ------
    GameError   for an unknown tie rule

    Notes
    -----
    Time and memory grow as n * 2**n and 2**n: with payoffs in closed form, which models may give, three
    numbers a coalition are held, and those of the closed form. Beyond 18 players numba is loaded.

    References
    ----------
    d'Aspremont, C., Jacquemin, A., Gabszewicz, J. J., Weymark, J. A. (1983). On the stability of collusive price
    leadership. Canadian Journal of Economics 16, 17-25.
    Carraro, C., Siniscalco, D. (1993). Strategies for the international protection of the environment. Journal of
    Public Economics 52, 309-328.

    Examples
    --------
    Three alike states: together 2 each, a pair 1 each with 3 for the one outside, alone 0.

    >>> import bargain as bg
    >>> game = bg.SymmetricMembershipGame([0, 1, 2], [0, 0, 3]).expand(["A", "B", "C"])
    >>> found = bg.stability(game)
    >>> print(found)
    Of 4 coalitions of two or more 3 stable, 3 potentially stable, 3 stable if the surplus is shared.
    {A, B}: staying 1, surplus 2
    {A, C}: staying 1, surplus 2
    {B, C}: staying 1, surplus 2
    >>> found.leavers(["A", "B", "C"])
    {'A': 1.0, 'B': 1.0, 'C': 1.0}
    """
    known(ties, Ties, "tie rule")
    return Stability(game, ties, *margins(game))


def stable_sizes(game: SymmetricMembershipGame, *, ties: Ties = "weak") -> tuple[int, ...]:
    """Return the sizes, from 1 on, at which nobody gains by leaving or joining alone.

    Size 1 means that nobody cooperates: no pair forms out of one.

    Parameters
    ----------
    game : SymmetricMembershipGame
    ties : str
        As in `stability`.

    Returns
    -------
    tuple of int

    References
    ----------
    Barrett, S. (1994). Self-enforcing international environmental agreements. Oxford Economic Papers 46, 878-894.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.SymmetricMembershipGame([0, 1, 2], [0, 0, 3])
    >>> bg.stable_sizes(game)
    (2,)
    """
    known(ties, Ties, "tie rule")
    tolerance = TOLERANCE * game.scale
    inside, outside = game.gains, np.append(-game.gains[1:], np.inf)
    stays = inside > tolerance if ties == "strict" else inside >= -tolerance
    closed = outside >= -tolerance if ties == "weak" else outside > tolerance
    return tuple((np.flatnonzero(stays & closed) + 1).tolist())


def farsighted_sizes(game: SymmetricMembershipGame) -> tuple[int, ...]:
    """Return the sizes that last if whoever leaves foresees how the rest of the coalition falls apart.

    When one member leaves, others follow until the next smaller lasting size is reached. Size 1 lasts; a size s
    lasts if its members get at least what an outsider gets at the largest lasting size below s.

    Parameters
    ----------
    game : SymmetricMembershipGame

    Returns
    -------
    tuple of int

    References
    ----------
    Eyckmans, J. (2001). On the farsighted stability of the Kyoto protocol. CLIMNEG working paper 40.
    Diamantoudi, E., Sartzetakis, E. (2018). International environmental agreements: the role of foresight.
    Environmental and Resource Economics 71, 241-257.

    Examples
    --------
    Linear benefits and quadratic costs, where only the sizes 2 and 3 are stable if nobody looks ahead.

    >>> import bargain as bg
    >>> import numpy as np
    >>> s = np.arange(1, 21)
    >>> inside, outside = s**2 / 2 - s + 20, (s - 1) ** 2 - (s - 1) + 19.5
    >>> bg.farsighted_sizes(bg.SymmetricMembershipGame(inside, outside))
    (1, 2, 3, 5, 8, 12, 18)
    """
    tolerance, sizes = TOLERANCE * game.scale, [1]
    for size in range(2, game.n_players + 1):
        if game.inside[size - 1] >= game.outside[sizes[-1]] - tolerance:
            sizes.append(size)
    return tuple(sizes)


@dataclass(frozen=True, eq=False)
class FarsightedStability:
    """The largest consistent set of coalitions, and which coalitions lead to which.

    Attributes
    ----------
    game : MembershipGame
    moves : "joint" or "single"
    coalitions : tuple of int
        Bit masks of the largest consistent set, the empty coalition and single members included.
    leads_to : (2**n, 2**n) read-only array of bool
        leads_to[S, E]: E is S, or players who prefer E one after the other can move from S to E.
    """

    game: MembershipGame
    moves: Moves
    coalitions: tuple[int, ...]
    leads_to: npt.NDArray[np.bool_]

    @cached_property
    def stable(self) -> tuple[int, ...]:
        """The coalitions of two or more in the set."""
        return tuple(mask for mask in self.coalitions if mask.bit_count() > 1)

    def deterrent(self, coalition: Coalition, to: Coalition) -> tuple[str, int] | None:
        """Return who is deterred from a move, and the coalition it fears to end in; None if nobody is.

        The ending lies in the largest consistent set, the move may lead there, and the player named is one of the
        movers and does not gain.

        Parameters
        ----------
        coalition, to : int, or numbers or names of members
            Before the move and after it.

        Returns
        -------
        tuple of str and int, or None
            The player, and the bit mask of the coalition.
        """
        game, tolerance = self.game, TOLERANCE * self.game.scale
        before, after = game.mask(coalition), game.mask(to)
        for end in self.coalitions:
            if self.leads_to[after, end]:
                for i in game.members(before ^ after):
                    if game.payoffs[end, i] <= game.payoffs[before, i] + tolerance:
                        return game.players[i], end
        return None

    def residual(self) -> int:
        """Count the coalitions wrongly in the set, by going through all their moves one by one."""
        steps = range(1, self.game.n_coalitions) if self.moves == "joint" else _bits(self.game.n_players)
        return sum(any(self.deterrent(mask, mask ^ step) is None for step in steps) for mask in self.coalitions)

    def to_dict(self) -> dict[str, Any]:
        """Return the coalitions of the set as plain data."""
        game = self.game
        return {
            "players": list(game.players),
            "moves": self.moves,
            "coalitions": list(self.coalitions),
            "members": [[game.players[i] for i in game.members(mask)] for mask in self.coalitions],
        }

    def __str__(self) -> str:
        listed = " ".join(self.game.label(mask) for mask in self.coalitions[:20])
        more = f" and {len(self.coalitions) - 20} more" if len(self.coalitions) > 20 else ""
        count = f"{len(self.coalitions)} of {self.game.n_coalitions} coalitions"
        return f"Farsightedly stable, {count}: {listed}{more}"


def farsighted_stable(game: MembershipGame, *, moves: Moves = "joint") -> FarsightedStability:
    """Find the largest consistent set of coalitions: what may last among players who look ahead.

    Players T can move from S to the coalition that differs from it by T, nobody else being asked. E indirectly
    dominates S if a chain of such moves leads from S to E whose movers all prefer E to where they move from. A set
    is consistent if it holds exactly the coalitions S from which each move is deterred: some ending in the set,
    either where the move leads or indirectly dominating it, is no gain for one of the movers. The largest such set
    rules out with confidence: what is not in it cannot last.

    Parameters
    ----------
    game : MembershipGame
        Up to 10 players; up to 12 if they move one at a time.
    moves : str
        "joint": any group may move together. "single": one player at a time.

    Returns
    -------
    FarsightedStability

    Raises
    ------
    GameError   for too many players, or an unknown kind of move

    References
    ----------
    Chwe, M. S.-Y. (1994). Farsighted coalitional stability. Journal of Economic Theory 63, 299-325.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 2]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> print(bg.farsighted_stable(game))
    Farsightedly stable, 1 of 4 coalitions: {North, South}
    >>> print(bg.farsighted_stable(game, moves="single"))
    Farsightedly stable, 2 of 4 coalitions: {} {North, South}
    """
    known(moves, Moves, "kind of move")
    n, most = game.n_players, MOST_PLAYERS_FARSIGHTED[moves]
    if n > most:
        raise GameError(
            f"{n} players; the largest consistent set is found for at most {most} with {moves} moves: the table of "
            f"which of {2**n} coalitions leads to which would have {4**n:,} cells."
        )
    payoffs, tolerance = game.payoffs, TOLERANCE * game.scale
    leads_to = (_joint_chains if moves == "joint" else _single_chains)(payoffs, tolerance)
    alive = np.ones(game.n_coalitions, dtype=bool)
    while True:
        # What each player gets at worst after a move has led to a coalition.
        worst = np.column_stack([np.where(leads_to & alive, own, np.inf).min(axis=1) for own in payoffs.T])
        kept = alive & _deterred(payoffs, worst, tolerance, moves)
        if (kept == alive).all():
            break
        alive = kept
    leads_to.flags.writeable = False
    return FarsightedStability(game, moves, tuple(np.flatnonzero(alive).tolist()), leads_to)


def _deterred(payoffs: Floats, worst: Floats, tolerance: float, moves: Moves) -> npt.NDArray[np.bool_]:
    """Whether every move from a coalition has a mover that is no better off at the worst ending."""
    every = np.arange(len(payoffs))
    if moves == "single":
        steps = _bits(payoffs.shape[1])
        safe = [worst[every ^ step, i] <= payoffs[:, i] + tolerance for i, step in enumerate(steps)]
        return np.asarray(np.all(safe, axis=0))
    afraid = np.eye(len(every), dtype=bool)
    for i in range(payoffs.shape[1]):
        moves_along = (every[:, None] ^ every) >> i & 1 == 1
        afraid |= moves_along & (worst[:, i] <= payoffs[:, i, None] + tolerance)
    return np.asarray(afraid.all(axis=1))


def _single_chains(payoffs: Floats, tolerance: float) -> npt.NDArray[np.bool_]:
    every = np.arange(len(payoffs))
    reached, count = np.eye(len(every), dtype=bool), 0
    prefers = [own[:, None] < own - tolerance for own in payoffs.T]
    while count < (count := int(np.count_nonzero(reached))):
        for step, better in zip(_bits(payoffs.shape[1]), prefers, strict=True):
            reached |= reached[every ^ step] & better
    return reached


def _joint_chains(payoffs: Floats, tolerance: float) -> npt.NDArray[np.bool_]:
    every, n = np.arange(len(payoffs), dtype=np.int32), payoffs.shape[1]
    reached = np.eye(len(every), dtype=bool)
    for end in every:
        content = ((payoffs >= payoffs[end] - tolerance) << np.arange(n, dtype=np.int32)).sum(axis=1, dtype=np.int32)
        fringe = np.array([end])
        while fringe.size:
            # A coalition moves into the fringe if everyone who moves is better off at the end.
            moves_in = (((every ^ fringe[:, None]) & content) == 0).any(axis=0) & ~reached[:, end]
            reached[moves_in, end] = True
            fringe = every[moves_in]
    return reached


def _bits(n: int) -> tuple[int, ...]:
    return tuple(1 << i for i in range(n))
