"""Games of coalitions: who is inside an agreement decides what everyone gets.

A coalition is a bit mask, bit i standing for players[i].
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bargain.games import GameError, as_numbers

Floats = npt.NDArray[np.float64]
Coalition = int | str | Iterable[int | str]
"""A bit mask, or the members: numbers counted from 0, or names. One text is one member."""
Rows = Callable[[int, int, int], Floats]
"""rows(i, start, stop): what player i gets under the coalitions start, ..., stop - 1."""

MOST_PLAYERS = 25
"""A table of one number a coalition has 268 MB at 25 players, and doubles with each one more."""
SAME_LENGTH = "all its rows must have the same length"
MOST_BYTES = 4e9
"""The largest array of payoffs that is built from a function."""
BLOCK = 1 << 15
"""Coalitions handled at a time: arrays of this length stay in the processor's cache."""


class Players:
    """What games of coalitions share: names, and coalitions as masks, members and words."""

    players: tuple[str, ...]

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.players)

    def mask(self, coalition: Coalition) -> int:
        """Return a coalition as a bit mask; it may be given as its mask, or by its members.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        int

        Raises
        ------
        GameError   for an unknown or repeated member, or a mask beyond the grand coalition
        """
        return coalition_mask(coalition, self.players)

    def members(self, coalition: Coalition) -> tuple[int, ...]:
        """Return the numbers of a coalition's members, counted from 0.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        tuple of int
        """
        mask = self.mask(coalition)
        return tuple(i for i in range(self.n_players) if mask >> i & 1)

    def label(self, coalition: Coalition) -> str:
        """Return a coalition in words, e.g. "{Kenya, Peru}".

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        str
        """
        return "{" + ", ".join(self.players[i] for i in self.members(coalition)) + "}"


@dataclass(frozen=True, init=False, repr=False, eq=False)
class MembershipGame(Players):
    """What each player gets under each coalition of signatories, all others acting singly.

    Parameters
    ----------
    payoffs : (2**n, n) array of numbers
        payoffs[S, i] is what player i gets when the coalition with bit mask S has signed. A read-only array of
        float in Fortran order is taken as it is, anything else is copied.
    players : n names, optional
        Default "player 1", "player 2", ...

    Attributes
    ----------
    payoffs : (2**n, n) read-only array of float
    players : tuple of str

    Raises
    ------
    GameError   for a wrong shape, a payoff that is no finite number (the cell is named), names that clash

    Examples
    --------
    Two states, each better off if both sign than if none does, and best off if only the other does.

    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 2]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> game.payoffs[game.mask(["North"])].tolist(), game.worths.tolist()
    ([0.0, 3.0], [0.0, 0.0, 0.0, 4.0])
    >>> bg.MembershipGame([[1, 1], [0, float("nan")], [3, 0], [2, 2]])
    Traceback (most recent call last):
    ...
    bargain.games.GameError: The payoff of player 2 under the coalition {player 1} is nan.
    A payoff is a finite number.
    """

    players: tuple[str, ...]
    _given: Floats | None
    _rows: Rows | None

    def __init__(self, payoffs: npt.ArrayLike, players: Sequence[str] | None = None) -> None:
        given = as_numbers(payoffs, SAME_LENGTH)
        shape = given.shape
        n = shape[1] if given.ndim == 2 else 0
        if n < 1 or n > MOST_PLAYERS or shape[0] != 1 << n:
            hint = ""
            if given.ndim == 2 and 0 < shape[0] <= MOST_PLAYERS and shape[1] == 1 << shape[0]:
                hint = " Here the players seem to come first: pass payoffs.T."
            raise GameError(
                f"payoffs has shape {shape}: one row is needed for each of the 2**n coalitions and one column for "
                f"each of the n players, at most {MOST_PLAYERS}, e.g. (8, 3) for three players.{hint}"
            )
        names = player_names(players, n)
        table = finite_floats(
            given, lambda at: f"The payoff of {names[at[1]]} under the coalition {_words(names, at[0])}"
        )
        self._set(names, table, None)

    @classmethod
    def from_rows(cls, rows: Rows, n_players: int, players: Sequence[str] | None = None) -> Self:
        """Build a game from a function, so that no (2**n, n) array need be held.

        Parameters
        ----------
        rows : function
            rows(i, start, stop) returns what player i gets under the coalitions start to stop - 1, finite floats
            in a (stop - start,) array. start and stop are multiples of one power of two. Payoffs in closed form
            are faster as `bargain.features.LinearPayoffs`.
        n_players : int
        players : n names, optional

        Returns
        -------
        MembershipGame

        Raises
        ------
        GameError   for no player, or more than a table can hold

        Examples
        --------
        >>> import bargain as bg
        >>> import numpy as np
        >>> rows = lambda i, start, stop: np.arange(start, stop) * (i + 1.0)
        >>> game = bg.MembershipGame.from_rows(rows, 2)
        >>> game.payoffs.tolist()
        [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
        """
        if not 1 <= n_players <= MOST_PLAYERS:
            memory = f"{8 * 2.0**n_players / 1e9:,.1f} GB" if n_players < 64 else "no computer's memory"
            raise GameError(
                f"{n_players} players; 1 to {MOST_PLAYERS} are possible. One number for each coalition of "
                f"{n_players} players takes {memory}."
            )
        game = cls.__new__(cls)
        game._set(player_names(players, n_players), None, rows)
        return game

    def _set(self, players: tuple[str, ...], given: Floats | None, rows: Rows | None) -> None:
        for field, value in {"players": players, "_given": given, "_rows": rows}.items():
            object.__setattr__(self, field, value)

    @cached_property
    def payoffs(self) -> Floats:
        """What each player gets under each coalition, a (2**n, n) read-only array in Fortran order.

        Raises
        ------
        GameError   if the game was built from a function and the array would not fit
        """
        if self._given is not None:
            return self._given
        size = 8.0 * self.n_players * self.n_coalitions
        if size > MOST_BYTES:
            raise GameError(
                f"All payoffs of {self.n_players} players take {size / 1e9:.1f} GB, more than {MOST_BYTES / 1e9:.0f} "
                "GB. Ask for the rows of one player at a time."
            )
        table = np.empty((self.n_coalitions, self.n_players), order="F")
        for i in range(self.n_players):
            for start, stop in self.blocks():
                table[start:stop, i] = self.rows(i, start, stop)
        table.flags.writeable = False
        return table

    @property
    def n_coalitions(self) -> int:
        """The number of coalitions, the empty one included."""
        return 1 << self.n_players

    def rows(self, player: int, start: int, stop: int) -> Floats:
        """Return what one player gets under the coalitions start, ..., stop - 1.

        Parameters
        ----------
        player : int
        start, stop : int
            Bit masks; what `from_rows` says of them holds here.

        Returns
        -------
        (stop - start,) array of float
        """
        if self._rows is None:
            return self.payoffs[start:stop, player]
        return self._rows(player, start, stop)

    @property
    def function(self) -> Rows | None:
        """The function that the game was built from, None if its payoffs are listed."""
        return self._rows

    def at(self, coalition: Coalition) -> Floats:
        """Return what each player gets under one coalition.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        (n,) array of float
        """
        mask = self.mask(coalition)
        return np.array([self.rows(i, mask, mask + 1)[0] for i in range(self.n_players)])

    def after_moving(self, coalition: Coalition) -> Floats:
        """Return what each player gets if it alone changes sides: a member leaves, anyone else joins.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        (n,) array of float
        """
        moved = [self.mask(coalition) ^ 1 << i for i in range(self.n_players)]
        return np.array([self.rows(i, mask, mask + 1)[0] for i, mask in enumerate(moved)])

    def blocks(self) -> Iterator[tuple[int, int]]:
        """Yield ranges of coalitions that fit the processor's cache, each as long as a power of two."""
        length = min(BLOCK, self.n_coalitions)
        for start in range(0, self.n_coalitions, length):
            yield start, start + length

    @cached_property
    def scale(self) -> float:
        """The largest absolute payoff, the yardstick of tolerances.

        Raises
        ------
        GameError   if a function that gives the payoffs has given one that is no finite number
        """
        blocks = [(i, *block) for i in range(self.n_players) for block in self.blocks()]
        return self.note_scale(float(np.max([np.abs(self.rows(*block)).max() for block in blocks])))

    def note_scale(self, largest: float) -> float:
        """Keep the largest absolute payoff, found on the way by what goes through all payoffs anyway.

        Parameters
        ----------
        largest : float

        Returns
        -------
        float
            The same.

        Raises
        ------
        GameError   if it is no finite number
        """
        if not math.isfinite(largest):
            raise GameError(f"Some payoff is {largest}. A payoff is a finite number; are its inputs too large?")
        self.__dict__["scale"] = largest
        return largest

    @cached_property
    def worths(self) -> Floats:
        """What the members of each coalition get together, (2**n,), read-only: its gamma worth."""
        return self._sum(lambda start, stop, i: (np.arange(start, stop) >> i & 1).astype(float))

    @cached_property
    def welfare(self) -> Floats:
        """What all players get together under each coalition, (2**n,), read-only."""
        return self._sum(lambda start, stop, i: 1.0)

    def _sum(self, weight: Callable[[int, int, int], Any]) -> Floats:
        total = np.zeros(self.n_coalitions)
        for start, stop in self.blocks():
            for i in range(self.n_players):
                total[start:stop] += weight(start, stop, i) * self.rows(i, start, stop)
        total.flags.writeable = False
        return total

    def with_term(self, provider: int | str, recipient: int | str, value: float, cost: float) -> MembershipGame:
        """Return the game with a benefit between two members, in force while both are signatories.

        Parameters
        ----------
        provider, recipient : a player's number or name
        value : float
            What the recipient gains.
        cost : float
            What the provider bears.

        Returns
        -------
        MembershipGame

        Raises
        ------
        GameError   for a benefit to oneself, or amounts that are not finite

        Examples
        --------
        >>> import bargain as bg
        >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 2]]
        >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
        >>> game.with_term("North", "South", value=4, cost=0.5).payoffs[3].tolist()
        [1.5, 6.0]
        """
        (giver,), (taker,) = self.members([provider]), self.members([recipient])
        if giver == taker:
            raise GameError(f"{self.players[giver]} cannot give a benefit to itself.")
        if not (math.isfinite(value) and math.isfinite(cost)):
            raise GameError(f"value and cost are finite numbers, got {value} and {cost}.")
        both = 1 << giver | 1 << taker
        signed = np.arange(self.n_coalitions) & both == both
        table = self.payoffs.copy(order="F")
        table[signed, taker] += value
        table[signed, giver] -= cost
        table.flags.writeable = False
        return MembershipGame(table, self.players)

    def __eq__(self, other: object) -> bool:
        """Whether names and payoffs agree."""
        if not isinstance(other, MembershipGame):
            return NotImplemented
        return self.players == other.players and np.array_equal(self.payoffs, other.payoffs)

    def __hash__(self) -> int:
        return hash(self.players)

    def __repr__(self) -> str:
        return f"<MembershipGame of {', '.join(self.players)}: {self.n_coalitions} coalitions>"

    def __reduce__(self) -> tuple[Any, ...]:
        return MembershipGame, (self.payoffs, self.players)


def coalition_mask(coalition: Coalition, players: Sequence[str]) -> int:
    """Return a coalition as a bit mask; it may be given as its mask, or by its members.

    Raises
    ------
    GameError   for an unknown or repeated member, or a mask beyond the grand coalition

    Examples
    --------
    >>> [coalition_mask(given, ("North", "South", "West")) for given in (5, [0, 2], ["West", "North"], "South")]
    [5, 5, 5, 2]
    """
    n = len(players)
    if isinstance(coalition, int | np.integer) and not isinstance(coalition, bool):
        if not 0 <= coalition < 1 << n:
            raise GameError(f"No coalition of {n} players has the mask {coalition}: masks are 0 to {2**n - 1}.")
        return int(coalition)
    mask = 0
    listed: Iterable[Any] = [coalition] if isinstance(coalition, str | bool) else coalition
    for member in listed:
        if isinstance(member, str):
            if member not in players:
                raise GameError(f"No player is called {member!r}. Players: {', '.join(players)}.")
            place = players.index(member)
        elif isinstance(member, int | np.integer) and not isinstance(member, bool) and 0 <= member < n:
            place = int(member)
        else:
            raise GameError(f"No player has the number {member!r}: players are counted from 0 to {n - 1}.")
        if mask >> place & 1:
            raise GameError(f"{players[place]} stands twice in the coalition.")
        mask |= 1 << place
    return mask


def coalition_sizes(n_players: int) -> npt.NDArray[np.uint8]:
    """Return the number of members of each coalition, (2**n,).

    >>> coalition_sizes(3).tolist()
    [0, 1, 1, 2, 1, 2, 2, 3]
    """
    sizes = np.zeros(1, dtype=np.uint8)
    for _ in range(n_players):
        sizes = np.concatenate([sizes, sizes + np.uint8(1)])
    return sizes


def _words(names: Sequence[str], mask: int) -> str:
    return "{" + ", ".join(name for i, name in enumerate(names) if mask >> i & 1) + "}"


def finite_floats(given: npt.NDArray[Any], cell: Callable[[tuple[int, ...]], str]) -> Floats:
    """A read-only table of floats in Fortran order; GameError names the first cell that is no finite number."""
    if given.dtype == object:
        table = np.empty(given.shape, order="F")
        for at in np.ndindex(given.shape):
            value = given[at]
            if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real | Decimal):
                raise GameError(f"{cell(at)} is {value!r}. A payoff is a finite number.")
            try:
                table[at] = float(value)
            except OverflowError:
                raise GameError(f"{cell(at)} is larger than a float can hold.") from None
    elif given.dtype == np.float64 and given.flags.f_contiguous and not given.flags.writeable:
        table = given
    else:
        table = given.astype(np.float64, order="F", copy=True)
    with np.errstate(over="ignore", invalid="ignore"):
        total = table.sum()  # Not finite if some number is not, and quicker to have.
    if not np.isfinite(total) and not np.isfinite(table).all():
        at = tuple(int(place) for place in np.argwhere(~np.isfinite(table))[0])
        raise GameError(f"{cell(at)} is {table[at]}. A payoff is a finite number.")
    table.flags.writeable = False
    return table


def player_names(players: Sequence[str] | None, n: int) -> tuple[str, ...]:
    names = tuple(f"player {i + 1}" for i in range(n)) if players is None else tuple(players)
    if isinstance(players, str) or not all(isinstance(name, str) and name.strip() for name in names):
        raise GameError(f"The names of the players must be a list of texts that are not empty, not {players!r}.")
    if len(names) != n or len(set(names)) < n:
        raise GameError(f"{n} different names are needed, one a player; got {', '.join(names)}.")
    return names
