"""Several coalitions side by side: what each is worth, which structures last, and the value of each player."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Coalition, Floats, coalition_mask, coalition_sizes
from bargain.findings import number
from bargain.games import GameError, NormalFormGame, known
from bargain.membership import TOLERANCE
from bargain.structures import PartitionGame, structure_blocks, structure_rows

Response = Literal["gamma", "delta", "pessimistic", "optimistic"]
Entry = Literal["consent", "open"]

CHUNK = 1 << 13
"""Structures handled at a time."""


def partition_worths(game: PartitionGame, response: Response = "gamma") -> Floats:
    """Return what each coalition has together, given how everyone else is expected to respond, (2**n,).

    Parameters
    ----------
    game : PartitionGame
    response : str
        "gamma": the others act singly. "delta": they stay together. "pessimistic" and "optimistic": they form the
        structure that is worst or best for the coalition.

    Returns
    -------
    (2**n,) array, by bit mask; the empty coalition has 0

    References
    ----------
    Hart, S., Kurz, M. (1983). Endogenous formation of coalitions. Econometrica 51, 1047-1064.
    Hafalir, I. E. (2007). Efficiency in coalition games with externalities. Games and Economic Behavior 61, 242-258.

    Examples
    --------
    Each coalition of size s contributes s a member, at a cost: forming a pair gives the third 2, the pair 1 together.

    >>> import bargain as bg
    >>> def worth(block, structure):
    ...     contributed = sum(len(each) ** 2 for each in structure)
    ...     return len(block) * (contributed - len(block) ** 2 / 2)
    >>> game = bg.PartitionGame.from_worths(worth, 3)
    >>> bg.partition_worths(game, "gamma").tolist()
    [0.0, 2.5, 2.5, 6.0, 2.5, 6.0, 6.0, 13.5]
    >>> bg.partition_worths(game, "delta").tolist()
    [0.0, 4.5, 4.5, 6.0, 4.5, 6.0, 6.0, 13.5]
    """
    known(response, Response, "response")
    n = game.n_players
    worths = np.zeros(1 << n)
    if response in ("gamma", "delta"):
        inside = np.arange(1, 1 << n)[:, None] >> np.arange(n) & 1 == 1
        first = np.argmax(inside, axis=1)
        # The coalition has its first member's number as label, outsiders their own or their first one's.
        others = np.arange(n) if response == "gamma" else np.argmin(inside, axis=1)[:, None]
        worths[1:] = game.worths[structure_rows(np.where(inside, first[:, None], others)), first]
        return worths
    # The best is the worst of the negated game.
    sign, blocks = -1.0 if response == "optimistic" else 1.0, structure_blocks(n)
    worths[1:] = np.inf
    for i in range(n):
        np.minimum.at(worths, blocks[:, i], sign * game.worths[:, i])
    return sign * worths


@dataclass(frozen=True, eq=False)
class StableStructures:
    """The coalition structures that no single player wants to leave for another.

    Attributes
    ----------
    game : PartitionGame
    entry : "consent" or "open"
    rows : tuple of int
        Where the stable structures stand in `coalition_structures`.
    """

    game: PartitionGame
    entry: Entry
    rows: tuple[int, ...]

    @cached_property
    def structures(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """The stable structures, each as its blocks of players counted from 0."""
        return tuple(self.game.structure(row) for row in self.rows)

    def moves(self, structure: Iterable[Coalition] | int) -> tuple[tuple[str, int, float], ...]:
        """Return who would move in a structure, to which structure (its row), with what gain.

        Parameters
        ----------
        structure : int, or blocks
            Its row, or each block as a bit mask or by its members.

        Returns
        -------
        tuple of (player, row, gain)
            The largest gain first.
        """
        game = self.game
        row = structure if isinstance(structure, int) else game.row(structure)
        labels, found = game.structures[row].astype(int), []
        for i, name in enumerate(game.players):
            for target in range(min(int(labels.max()) + 2, len(labels))):
                moved = labels.copy()
                moved[i] = target
                after = int(structure_rows(moved[None])[0])
                gain = float(game.payoffs[after, i] - game.payoffs[row, i])
                hosts = (labels == target) & (np.arange(len(labels)) != i)
                lost = (game.payoffs[row] - game.payoffs[after])[hosts].max(initial=-np.inf)
                if gain > self.tolerance and (self.entry == "open" or lost <= self.tolerance):
                    found.append((name, after, gain))
        return tuple(sorted(dict.fromkeys(found), key=lambda move: -move[2]))

    @property
    def tolerance(self) -> float:
        """Payoffs closer than this are equal: 1e-13 of the largest absolute payoff."""
        return _tolerance(self.game)

    def residual(self) -> int:
        """Count the structures wrongly called stable, by going through their moves one by one."""
        return sum(bool(self.moves(row)) for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Return the stable structures as plain data, players by name."""
        names = self.game.players
        listed = [[[names[i] for i in block] for block in structure] for structure in self.structures]
        return {"players": list(names), "entry": self.entry, "structures": listed}

    def __str__(self) -> str:
        lines = [f"{len(self.rows)} of {len(self.game.payoffs)} coalition structures are stable, entry: {self.entry}"]
        lines += [
            f"{self.game.label(row)}: {', '.join(number(float(payoff)) for payoff in self.game.payoffs[row])}"
            for row in self.rows[:20]
        ]
        return "\n".join([*lines, f"and {len(self.rows) - 20} more"] if len(self.rows) > 20 else lines)


def stable_structures(game: PartitionGame, entry: Entry = "consent") -> StableStructures:
    """Find the coalition structures in which no player gains by moving alone.

    A player may leave its coalition to be alone or to join another one; the others stay where they are. A gain must
    be a real one: ties stay.

    Parameters
    ----------
    game : PartitionGame
    entry : str
        "consent": a coalition takes a player in only if none of its members loses by it (individual stability).
        "open": anyone may come (Nash stability).

    Returns
    -------
    StableStructures

    Notes
    -----
    Each player's moves to each block are tried on the structures that are left: a fraction of a second for 10
    players, some twenty seconds for 12.

    References
    ----------
    Bogomolnaia, A., Jackson, M. O. (2002). The stability of hedonic coalition structures. Games and Economic
    Behavior 38, 201-230.
    Yi, S.-S. (1997). Stable coalition structures with externalities. Games and Economic Behavior 20, 201-237.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.PartitionGame([[2, 2], [1, 1]], players=["North", "South"])
    >>> print(bg.stable_structures(game))
    1 of 2 coalition structures are stable, entry: consent
    {North, South}: 2, 2
    """
    known(entry, Entry, "kind of entry")
    tolerance, count = _tolerance(game), len(game.payoffs)
    kept = [
        _survivors(game, np.arange(start, min(start + CHUNK, count)), entry, tolerance)
        for start in range(0, count, CHUNK)
    ]
    return StableStructures(game, entry, tuple(np.concatenate(kept).tolist()))


def _survivors(
    game: PartitionGame, rows: npt.NDArray[np.int64], entry: Entry, tolerance: float
) -> npt.NDArray[np.int64]:
    """The structures that no move undoes. Each move is tried on those left, going alone first: nobody can refuse it."""
    n = game.n_players
    for target in (n - 1, *range(n - 1)):
        for i in range(n):
            labels = game.structures[rows]
            # The last label is free, a block of one's own, unless everyone is alone.
            possible = labels[:, i] != target
            if target < n - 1:
                possible &= (labels == target).any(axis=1)
            tried, before = rows[possible], labels[possible]
            moved = before.copy()
            moved[:, i] = target
            after = structure_rows(moved)
            leaves = game.payoffs[after, i] > game.payoffs[tried, i] + tolerance
            if entry == "consent":
                after, hosts = after[leaves], before[leaves] == target
                loses = game.payoffs[after] < game.payoffs[tried[leaves]] - tolerance
                leaves[leaves] = ~(hosts & loses).any(axis=1)
            rows = np.setdiff1d(rows, tried[leaves], assume_unique=True)
    return rows


def partition_value(game: PartitionGame) -> Floats:
    """Return Myerson's value of a game in partition function form, (n,).

    The only value that is linear, treats like players alike, and shares everything among the players that make a
    difference to the worth of any coalition. Player i has the sum over embedded coalitions (S, Q) of
    (-1)^(q-1) (q-1)! [1/n - sum over T in Q, T not S, i not in T of 1/((q-1)(n-|T|))] w(S, Q), q the number of
    coalitions in Q. Without externalities it is the Shapley value.

    Parameters
    ----------
    game : PartitionGame
        Only its worths count, not how payoffs share them.

    Returns
    -------
    (n,) array, summing to the worth of the grand coalition

    Notes
    -----
    Terms of alternating sign of up to (n-1)! are added: some ten digits are left at n = 10.

    References
    ----------
    Myerson, R. B. (1977). Values of games in partition function form. International Journal of Game Theory 6,
    23-31.

    Examples
    --------
    Player 1 alone is worth 1 if the others merge.

    >>> import bargain as bg
    >>> structures = {((0, 1, 2),): [1], ((0,), (1, 2)): [1, 0]}
    >>> def worth(block, structure):
    ...     return structures.get(structure, [0] * 3)[structure.index(block)]
    >>> bg.partition_value(bg.PartitionGame.from_worths(worth, 3)).round(12).tolist()
    [1.0, 0.0, 0.0]
    """
    n, labels, blocks = game.n_players, game.structures, structure_blocks(game.n_players)
    sizes = coalition_sizes(n)[blocks].astype(float)
    count = labels.max(axis=1).astype(int) + 1
    # Sums over blocks are sums over players, each with one part in the size of its block.
    each = 1 / sizes
    total = (each * game.worths).sum(axis=1)
    far = 1 / np.where(sizes < n, n - sizes, 1.0)
    all_far = (each * far).sum(axis=1)
    beyond = (each * game.worths * (all_far[:, None] - far)).sum(axis=1, keepdims=True)
    others = np.where(count > 1, count - 1.0, 1.0)[:, None]
    bracket = beyond - far * (total[:, None] - game.worths)
    terms = total[:, None] / n - np.where(count[:, None] > 1, bracket / others, 0.0)
    signs = np.array([(-1.0) ** q * math.factorial(q) for q in range(n)])
    value: Floats = (signs[count - 1, None] * terms).sum(axis=0)
    return value


def merged_game(game: NormalFormGame, structure: Iterable[Coalition]) -> NormalFormGame:
    """Return the game between coalitions: each acts as one player that has the sum of its members' payoffs.

    The Nash equilibria of the merged game are the equilibria between coalitions.

    Parameters
    ----------
    game : NormalFormGame
    structure : blocks, each as a bit mask or by its members
        Every player is in exactly one; the merged game's players follow their order.

    Returns
    -------
    NormalFormGame

    Raises
    ------
    GameError   unless every player is in exactly one block

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> merged = bg.merged_game(dilemma, [[0, 1]])
    >>> [equilibrium.label for equilibrium in bg.nash_equilibria(merged)]
    [('1, 1',)]
    """
    masks = [coalition_mask(block, game.players) for block in structure]
    n = game.n_players
    if sum(masks) != 2**n - 1 or sum(mask.bit_count() for mask in masks) != n:
        raise GameError("The blocks are no coalition structure: every player is in exactly one of them.")
    blocks = [[i for i in range(n) if mask >> i & 1] for mask in masks]
    order = [i for block in blocks for i in block]
    given = game.given.transpose(0, *(i + 1 for i in order))
    shape = [math.prod(game.shape[i] for i in block) for block in blocks]
    payoffs: npt.NDArray[Any] = np.stack([given[block].sum(axis=0).reshape(shape) for block in blocks])
    actions = [
        [", ".join(game.actions[i][a] for i, a in zip(block, at, strict=True)) for at in np.ndindex(*sizes)]
        for block in blocks
        for sizes in [[game.shape[i] for i in block]]
    ]
    return NormalFormGame(payoffs, [" + ".join(game.players[i] for i in block) for block in blocks], actions)


def _tolerance(game: PartitionGame) -> float:
    return TOLERANCE * float(np.abs(game.payoffs).max())
