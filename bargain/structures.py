"""Coalition structures: several agreements side by side, and what everyone gets under each of them.

A structure is a list of labels, one a player, in restricted growth form: the first player has label 0 and a label is
at most one above all labels before it. Players with the same label are in one block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bargain.coalitions import SAME_LENGTH, Coalition, Floats, Players, finite_floats, player_names
from bargain.games import GameError, as_numbers

Labels = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]

PARENTS = 1 << 11
"""Structures extended by one player at a time: few enough for the processor's cache."""
MOST_PLAYERS = 12
"""Twelve players have 4.2 million coalition structures, thirteen 27.6 million."""


@dataclass(frozen=True, init=False, repr=False, eq=False)
class PartitionGame(Players):
    """What each player gets under each coalition structure: several coalitions may stand side by side.

    Parameters
    ----------
    payoffs : (B, n) array of numbers
        payoffs[r, i] is what player i gets under the structure coalition_structures(n)[r]; B is the number of
        structures: 1, 2, 5, 15, 52 for n = 1 to 5.
    players : n names, optional
        Default "player 1", "player 2", ...

    Raises
    ------
    GameError   for a wrong shape, a payoff that is no finite number, names that clash

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.PartitionGame([[2, 2], [1, 1]], players=["North", "South"])
    >>> [game.label(row) for row in range(2)], game.row([["South"], ["North"]])
    (['{North, South}', '{North} {South}'], 1)
    """

    payoffs: Floats
    players: tuple[str, ...]

    def __init__(self, payoffs: npt.ArrayLike, players: Sequence[str] | None = None) -> None:
        given = as_numbers(payoffs, SAME_LENGTH)
        n = given.shape[1] if given.ndim == 2 else 0
        if not 1 <= n <= MOST_PLAYERS or given.shape[0] != structure_count(n):
            expected = f" {n} players have {structure_count(n)} structures." if 1 <= n <= MOST_PLAYERS else ""
            raise GameError(
                f"payoffs has shape {given.shape}: one row is needed for each coalition structure and one column "
                f"for each of the n players, at most {MOST_PLAYERS}, e.g. (5, 3) for three players.{expected}"
            )
        names = player_names(players, n)
        object.__setattr__(self, "players", names)
        table = finite_floats(given, lambda at: f"The payoff of {names[at[1]]} under the structure {self.label(at[0])}")
        object.__setattr__(self, "payoffs", table)

    @classmethod
    def from_worths(
        cls,
        worth: Callable[[tuple[int, ...], tuple[tuple[int, ...], ...]], float],
        n_players: int,
        players: Sequence[str] | None = None,
    ) -> Self:
        """Build a game in partition function form: worth(block, structure) is what a block has to share.

        Payoffs are the worths shared equally; solutions that let members transfer money read the worths only.

        Parameters
        ----------
        worth : function
            Of a block, as its members' numbers, and the structure it is in, as a tuple of blocks.
        n_players : int
        players : n names, optional

        Returns
        -------
        PartitionGame

        Examples
        --------
        >>> import bargain as bg
        >>> def worth(block, structure):
        ...     return len(block) / len(structure)
        >>> game = bg.PartitionGame.from_worths(worth, 2)
        >>> game.payoffs.tolist()
        [[1.0, 1.0], [0.5, 0.5]]
        """
        rows = []
        for labels in coalition_structures(n_players).tolist():
            structure = _blocks(labels)
            shares = [worth(block, structure) / len(block) for block in structure]
            rows.append([shares[label] for label in labels])
        return cls(np.array(rows, dtype=float), players)

    @property
    def structures(self) -> Labels:
        """The structures in the order of the payoffs, (B, n) labels, read-only."""
        return coalition_structures(self.n_players)

    @cached_property
    def worths(self) -> Floats:
        """What the block of each player has together under each structure, (B, n), read-only."""
        labels = self.structures
        rows, columns = np.arange(len(labels)), range(self.n_players)
        total = np.zeros(labels.shape)
        for i in columns:
            total[rows, labels[:, i]] += self.payoffs[:, i]
        worths = np.column_stack([total[rows, labels[:, i]] for i in columns])
        worths.flags.writeable = False
        return worths

    def structure(self, row: int) -> tuple[tuple[int, ...], ...]:
        """Return the blocks of one structure, each with its members' numbers.

        Parameters
        ----------
        row : int

        Returns
        -------
        tuple of tuples of int
        """
        return _blocks(self.structures[row].tolist())

    def row(self, structure: Iterable[Coalition]) -> int:
        """Return where a structure stands; its blocks are given as masks or by their members.

        Parameters
        ----------
        structure : blocks, each as a bit mask or by its members

        Returns
        -------
        int

        Raises
        ------
        GameError   unless every player is in exactly one block
        """
        masks = [self.mask(block) for block in structure]
        if sum(masks) != 2**self.n_players - 1 or sum(mask.bit_count() for mask in masks) != self.n_players:
            blocks = " ".join(self.label_of(mask) for mask in masks)
            raise GameError(f"{blocks} is no coalition structure: every player is in exactly one block.")
        owner = [next(k for k, mask in enumerate(masks) if mask >> i & 1) for i in range(self.n_players)]
        return int(structure_rows(np.array([owner]))[0])

    def label_of(self, coalition: Coalition) -> str:
        """Return one block in words.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        str
        """
        return super().label(coalition)

    def label(self, row: Any) -> str:
        """Return the structure in one row in words, e.g. "{Kenya, Peru} {Chad}".

        Parameters
        ----------
        row : int

        Returns
        -------
        str
        """
        return " ".join(self.label_of(block) for block in self.structure(row))

    def __eq__(self, other: object) -> bool:
        """Whether names and payoffs agree."""
        if not isinstance(other, PartitionGame):
            return NotImplemented
        return self.players == other.players and np.array_equal(self.payoffs, other.payoffs)

    def __hash__(self) -> int:
        return hash(("PartitionGame", self.players))

    def __repr__(self) -> str:
        return f"<PartitionGame of {', '.join(self.players)}: {len(self.payoffs)} coalition structures>"


def coalition_structures(n_players: int) -> Labels:
    """List all coalition structures of n players as restricted growth strings, in lexicographic order.

    Parameters
    ----------
    n_players : int
        1 to 12.

    Returns
    -------
    (B, n) read-only array of labels
        Players with the same label are in one block. The first row is the grand coalition, the last one has
        every player alone.

    Raises
    ------
    GameError   for more players than that

    References
    ----------
    Hutchinson, G. (1963). Partitioning algorithms for finite sets. Communications of the ACM 6, 613-614.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.coalition_structures(3).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [0, 1, 2]]
    """
    if not 1 <= n_players <= MOST_PLAYERS:
        raise GameError(
            f"{n_players} players; all coalition structures can be listed for 1 to {MOST_PLAYERS}, "
            "of which there are 4.2 million at 12 and 27.6 million at 13."
        )
    return _listing(n_players)[0]


def structure_blocks(n_players: int) -> npt.NDArray[np.uint16]:
    """Return the block of each player under each coalition structure as a bit mask, (B, n), read-only.

    >>> structure_blocks(3)[2].tolist()
    [5, 2, 5]
    """
    return _listing(n_players)[1]


@lru_cache(maxsize=2)
def _listing(n: int) -> tuple[Labels, npt.NDArray[np.uint16]]:
    """Labels and blocks of all structures, extended player by player: each structure by all labels it can take."""
    labels, blocks = np.zeros((1, 1), dtype=np.uint8), np.ones((1, 1), dtype=np.uint16)
    highest, bits = labels[0], np.uint16(1) << np.arange(n, dtype=np.uint16)
    for k in range(1, n):
        ends = np.cumsum(highest.astype(np.int64) + 2)
        old_labels, old_blocks, old_highest = labels, blocks, highest
        labels, blocks = (np.empty((k + 1, ends[-1]), dtype=each.dtype) for each in (labels, blocks))
        highest = np.empty(ends[-1], dtype=np.uint8)
        for start in range(0, len(old_highest), PARENTS):
            part = slice(start, start + PARENTS)
            choices = old_highest[part].astype(np.int64) + 2
            parents = np.repeat(np.arange(len(choices)), choices)
            rows = slice(ends[start] - choices[0], ends[part][-1])
            new = (np.arange(rows.start, rows.stop) - (ends[part] - choices)[parents]).astype(np.uint8)
            labels[:k, rows], labels[k, rows] = old_labels[:, part].take(parents, axis=1), new
            together = labels[:k, rows] == new
            blocks[:k, rows] = old_blocks[:, part].take(parents, axis=1) | together * bits[k]
            blocks[k, rows] = bits[k] + (together * bits[:k, None]).sum(axis=0, dtype=np.uint16)
            highest[rows] = np.maximum(old_highest[part][parents], new)
    tables = labels.T, blocks.T
    for table in tables:
        table.flags.writeable = False
    return tables


def structure_rows(labels: npt.NDArray[Any]) -> Rows:
    """Return where structures stand in `coalition_structures`; labels 0 to n - 1 may come in any order.

    >>> structure_rows(np.array([[1, 0, 1], [2, 1, 0]])).tolist()
    [2, 4]
    """
    rows, n = labels.shape
    new = np.full((rows, n), -1)
    each, highest, position = np.arange(rows), np.full(rows, -1), np.zeros(rows, dtype=np.int64)
    for k in range(n):
        label = new[each, labels[:, k]]
        label = np.where(label < 0, highest + 1, label)
        new[each, labels[:, k]] = label
        if k:
            position += label * _completions(n)[n - 1 - k][highest]
        highest = np.maximum(highest, label)
    return position


def structure_count(n_players: int) -> int:
    """Return the number of coalition structures, the Bell number.

    >>> [structure_count(n) for n in (1, 2, 3, 4, 5, 12)]
    [1, 2, 5, 15, 52, 4213597]
    """
    return int(_completions(n_players)[n_players - 1][0])


@lru_cache
def _completions(n: int) -> Rows:
    """[r, m]: in how many ways r more players can be labelled when the highest label so far is m."""
    table = np.ones((n, n + 1), dtype=np.int64)
    for r in range(1, n):
        for m in range(n - r + 1):
            table[r, m] = (m + 1) * table[r - 1, m] + table[r - 1, m + 1]
    return table


def _blocks(labels: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(i for i, own in enumerate(labels) if own == label) for label in range(max(labels) + 1))
