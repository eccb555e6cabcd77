"""Coalitional games with transferable utility: the worth of every coalition, checked once, and what solutions return.

A coalition is a bit mask, bit i standing for players[i]; a game is the array of the 2**n worths in that order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bargain._frames import WORTH, rows_of_coalitions, table_of, worths_from_table
from bargain._tables import Tabular, frame_of
from bargain.coalitions import Players, player_names
from bargain.findings import number, plain
from bargain.games import Floats, GameError, Objects, as_fractions, as_number

if TYPE_CHECKING:
    import pandas

MOST_PLAYERS = 26
"""A table of 2**26 worths has 537 MB, and doubles with each player more."""
EXACT_PLAYERS = 10
"""Players up to which whole numbers and fractions give exact answers."""
TOLERANCE = 1e-9
"""Differences up to this share of the largest absolute worth count as ties where worths are floats."""
Exact = tuple[Fraction, ...]


@dataclass(frozen=True, init=False, repr=False, eq=False)
class CoalitionalGame(Players):
    """What each coalition can get on its own, to be shared among its members as they like.

    Parameters
    ----------
    values : (2**n,) array of numbers
        values[S] is the worth of the coalition with bit mask S, e.g. values[5] that of players 0 and 2. The empty
        coalition, values[0], is worth 0. Whole numbers, `Fraction` and `Decimal` are kept exactly.
    players : n names, optional
        Default "player 1", "player 2", ...

    Attributes
    ----------
    values : (2**n,) read-only array of float
    players : tuple of str
    exact : bool
        Whether every worth was given as a rational number.
    given : (2**n,) read-only array
        The worths as they were given: whole numbers, floats, or objects where some are fractions.

    Raises
    ------
    GameError   for a wrong shape, more than 26 players, an empty coalition worth something, a worth that is no
                finite number (its coalition is named), names that clash

    Examples
    --------
    >>> import bargain as bg
    >>> worths = [0, 0, 0, 60, 0, 60, 60, 90]
    >>> game = bg.CoalitionalGame(worths, players=["North", "South", "East"])
    >>> game.worth(["North", "East"]), game.label(5), game.exact
    (60.0, '{North, East}', True)
    >>> bg.CoalitionalGame([0, 1, 2])
    Traceback (most recent call last):
    ...
    bargain.games.GameError: values has shape (3,): 2**n worths are needed, one a coalition of the n players, in the \
order of bit masks; 4 for two players, 8 for three.
    """

    values: Floats
    players: tuple[str, ...]
    exact: bool
    given: npt.NDArray[Any]

    def __init__(self, values: npt.ArrayLike, players: Sequence[str] | None = None) -> None:
        self._set(values, players, copy=True)

    def _set(self, values: npt.ArrayLike, players: Sequence[str] | None, *, copy: bool, look: bool = True) -> None:
        cells = _cells(values)
        n = _count(cells)
        names = player_names(players, n)
        given, floats = _checked(cells, names, copy, look)
        fields = {"values": floats, "players": names, "exact": given.dtype.kind != "f", "given": given}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_frame(cls, frame: pandas.DataFrame) -> CoalitionalGame:
        """Build a game from a pandas DataFrame with one row a coalition: a yes or no for each player, and `worth`.

        Parameters
        ----------
        frame : pandas.DataFrame
            Its rows may stand in any order.

        Returns
        -------
        CoalitionalGame

        Raises
        ------
        GameError   where a column or a coalition is missing or stands there twice, or a worth is no finite number

        Examples
        --------
        >>> import bargain as bg
        >>> import pandas
        >>> rows = [(True, False, 0), (False, True, 0), (True, True, 10)]
        >>> frame = pandas.DataFrame(rows, columns=["North", "South", "worth"])
        >>> game = bg.CoalitionalGame.from_frame(frame)
        >>> game.worth(["North", "South"])
        10.0
        """
        header, rows = table_of(frame)
        try:
            worths = worths_from_table(header, rows)
        except ValueError as error:
            raise GameError(f"No game can be read: {error}.") from None
        return cls(worths, [title for title in header if title != WORTH])

    def to_frame(self) -> pandas.DataFrame:
        """Return the game as a pandas DataFrame that `from_frame` reads: one row a coalition, by bit mask."""
        return frame_of(rows_of_coalitions(self.players, self.given.tolist()))

    @property
    def grand(self) -> int:
        """The bit mask of the grand coalition."""
        return len(self.values) - 1

    @cached_property
    def scale(self) -> float:
        """The largest absolute worth, the yardstick of tolerances."""
        return float(max(self.values.max(), -self.values.min()))

    @cached_property
    def fractions(self) -> Objects:
        """The worths as exact rationals: what was given, or the value that each float stands for."""
        table = as_fractions(self.given)
        table.flags.writeable = False
        return table

    @property
    def decides_exactly(self) -> bool:
        """Whether answers are exact: worths are rational numbers, and the players are at most ten."""
        return self.exact and self.n_players <= EXACT_PLAYERS

    @property
    def table(self) -> npt.NDArray[Any]:
        """The worths for arithmetic on tables: fractions where fractions were given, else floats."""
        return self.fractions if self.given.dtype == object else self.values

    @property
    def best(self) -> npt.NDArray[Any]:
        """The worths for solutions: fractions where the answer is to be exact, else floats."""
        return self.fractions if self.decides_exactly else self.values

    def worth(self, coalition: Any) -> float:
        """Return the worth of a coalition, given by its mask or its members.

        Parameters
        ----------
        coalition : int, or numbers or names of members

        Returns
        -------
        float
        """
        return float(self.values[self.mask(coalition)])

    def __eq__(self, other: object) -> bool:
        """Whether names and worths agree, the worths as exact numbers."""
        if not isinstance(other, CoalitionalGame):
            return NotImplemented
        return self.players == other.players and np.array_equal(self.given, other.given)

    def __hash__(self) -> int:
        return hash((self.players, self.values.tobytes()))

    def __repr__(self) -> str:
        return f"<CoalitionalGame of {', '.join(self.players)}: {len(self.values)} coalitions>"

    def __str__(self) -> str:
        if self.n_players > 5:
            return repr(self)
        rows = [(self.label(mask), number(self.values[mask])) for mask in range(1, len(self.values))]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {worth}" for name, worth in rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return CoalitionalGame, (self.given, self.players)

    def to_dict(self) -> dict[str, Any]:
        """Return players and worths as plain data."""
        return {"players": list(self.players), "values": self.values.tolist()}


Worths = CoalitionalGame | npt.ArrayLike
"""A coalitional game, or just its 2**n worths."""


def as_game(values: Worths, *, look: bool = True) -> CoalitionalGame:
    """Return the game with these worths; a game is returned as it is.

    An array of float is not copied but looked at: whoever changes it later changes what results say of it. `look`
    False leaves it to the caller to notice worths that are not finite.

    Examples
    --------
    >>> as_game([0.0, 1.0, 1.0, 3.0])
    <CoalitionalGame of player 1, player 2: 4 coalitions>
    """
    if isinstance(values, CoalitionalGame):
        return values
    game = CoalitionalGame.__new__(CoalitionalGame)
    game._set(values, None, copy=False, look=look)
    return game


def _cells(values: npt.ArrayLike) -> npt.NDArray[Any]:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufO":
        return values
    if isinstance(values, np.ndarray) and values.dtype.kind not in "bUSV":
        raise GameError(f"values is an array of type {values.dtype}: worths are real numbers.")
    try:
        return np.array(values, dtype=object)
    except ValueError:
        raise GameError("values is ragged: one number is needed for each coalition.") from None


def _count(cells: npt.NDArray[Any]) -> int:
    """The number of players that so many worths speak of."""
    size = cells.size
    if cells.ndim != 1 or size < 2 or size & (size - 1):
        raise GameError(
            f"values has shape {cells.shape}: 2**n worths are needed, one a coalition of the n players, in the order "
            "of bit masks; 4 for two players, 8 for three."
        )
    n = size.bit_length() - 1
    if n > MOST_PLAYERS:
        raise GameError(
            f"{n} players; at most {MOST_PLAYERS} are possible. The worths of {n} players take {8 * size / 1e9:,.1f} "
            "GB, and solving takes several times that."
        )
    return n


def _checked(
    cells: npt.NDArray[Any], names: tuple[str, ...], copy: bool, look: bool
) -> tuple[npt.NDArray[Any], Floats]:
    """The worths as given and as floats, both read-only; GameError names the first that is no finite number."""
    given = cells
    if cells.dtype == object:
        clean = np.empty(cells.shape, dtype=object)
        for mask, cell in enumerate(cells):
            try:
                clean[mask] = as_number(cell)
            except ValueError as error:
                raise GameError(f"The worth of {_words(names, mask)} {error}. A worth is a finite number.") from None
        kinds = set(map(type, clean))
        if float in kinds:
            given = clean.astype(float)
        elif kinds == {int} and max(map(abs, clean)) < 2**63:
            given = clean.astype(np.int64)
        else:
            given = clean
    try:
        floats = given.astype(np.float64, copy=copy)
    except OverflowError:
        raise GameError("A worth is larger than a float can hold.") from None
    with np.errstate(over="ignore", invalid="ignore"):
        total = floats.sum() if look else 0.0  # finite only if every worth is: one pass without a table of its own
    if not np.isfinite(total) and not np.isfinite(floats).all():
        mask = int(np.argmin(np.isfinite(floats)))
        raise GameError(f"The worth of {_words(names, mask)} is {floats[mask]}. A worth is a finite number.")
    if given[0] != 0:
        raise GameError(f"The empty coalition is worth {given[0]}: it must be 0. Bit mask 0 comes first.")
    floats = floats.view()
    floats.flags.writeable = False
    if given.dtype.kind == "f":
        return floats, floats
    given = given.copy() if copy and given is cells else given.view()
    given.flags.writeable = False
    return given, floats


def _words(names: Sequence[str], mask: int) -> str:
    return "the coalition {" + ", ".join(name for i, name in enumerate(names) if mask >> i & 1) + "}"


def subset_sums(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return x(S), the sum over the members, for every coalition, (2**n,); objects stay objects.

    >>> subset_sums([1, 2, 4]).tolist()
    [0, 1, 2, 3, 4, 5, 6, 7]
    """
    x = np.asarray(x)
    sums = np.zeros(1 << len(x), dtype=x.dtype)
    for i, share in enumerate(x):
        np.add(sums[: 1 << i], share, out=sums[1 << i : 2 << i])
    return sums


def as_payoffs(game: CoalitionalGame, payoffs: Any) -> npt.NDArray[Any]:
    """Return an allocation as an (n,) array of floats, or of fractions where all its numbers are rational.

    Raises
    ------
    GameError   if it is not n finite numbers
    """
    cells = np.array(getattr(payoffs, "payoffs", payoffs), dtype=object)
    if cells.shape != (game.n_players,):
        raise GameError(f"The allocation has shape {cells.shape}: {game.n_players} payoffs are needed, one a player.")
    try:
        clean = [as_number(cell) for cell in cells]
    except ValueError as error:
        raise GameError(f"A payoff of the allocation {error}. A payoff is a finite number.") from None
    if any(isinstance(cell, float) for cell in clean):
        return np.array([float(cell) for cell in clean])
    return np.array([Fraction(cell) for cell in clean], dtype=object)


@dataclass(frozen=True, eq=False)
class Allocation(Tabular):
    """One payoff for each player: what a solution gives.

    Attributes
    ----------
    game : CoalitionalGame
    solution : str
        The name of the solution.
    payoffs : (n,) read-only array of float
    exact : tuple of Fraction, or None
        The payoffs as exact rationals, where worths are rational and the players are at most ten.
    again : function, or None
        Computes the payoffs anew, by another formula.
    """

    game: CoalitionalGame = field(repr=False)
    solution: str
    payoffs: Floats
    exact: Exact | None = None
    again: Callable[[], npt.NDArray[Any]] | None = field(default=None, repr=False)

    def residual(self) -> float:
        """Return the largest distance to the payoffs computed anew from the game by another formula."""
        anew = self.payoffs if self.again is None else self.again()
        return float(max(abs(a - b) for a, b in zip(self.exact or self.payoffs.tolist(), anew, strict=True)))

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a player; exact payoffs are texts such as "1/3"."""
        exact = [None] * len(self.payoffs) if self.exact is None else [str(share) for share in self.exact]
        columns = zip(self.game.players, self.payoffs.tolist(), exact, strict=True)
        return [{"player": player, "payoff": payoff, "exact": share} for player, payoff, share in columns]

    def _heading(self) -> str:
        return self.solution

    def to_dict(self) -> dict[str, Any]:
        """Return the allocation as plain data; exact payoffs are texts such as "1/3"."""
        return {
            "solution": self.solution,
            "payoffs": dict(zip(self.game.players, self.payoffs.tolist(), strict=True)),
            "exact": None if self.exact is None else [str(share) for share in self.exact],
        }

    def __str__(self) -> str:
        shares = [number(share) if self.exact is None else str(self.exact[i]) for i, share in enumerate(self.payoffs)]
        pairs = zip(self.game.players, shares, strict=True)
        return f"{self.solution}: " + ", ".join(f"{player} {share}" for player, share in pairs)


@dataclass(frozen=True, eq=False)
class NoAllocation:
    """The answer where a solution does not exist or was not found; false, and `remark` says why."""

    game: CoalitionalGame = field(repr=False)
    solution: str
    remark: str
    payoffs: None = None
    exact: None = None

    def __bool__(self) -> bool:
        return False

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        return {"solution": self.solution, "payoffs": None, "exact": None, "remark": self.remark}

    def __str__(self) -> str:
        return f"{self.solution}: none. {self.remark}"


def allocation(
    game: CoalitionalGame,
    solution: str,
    payoffs: Sequence[Any] | npt.NDArray[Any],
    again: Callable[[], npt.NDArray[Any]] | None = None,
) -> Allocation:
    """Return payoffs, floats or fractions, as an `Allocation`."""
    exact = tuple(Fraction(share) for share in payoffs) if isinstance(payoffs[0], Fraction | int) else None
    floats = np.array([float(share) for share in payoffs])
    floats.flags.writeable = False
    return Allocation(game, solution, floats, exact, again)


@dataclass(frozen=True)
class Property:
    """Whether a game or an allocation has a property: true or false, with a witness if it has not.

    Attributes
    ----------
    name : str
    holds : bool
    margin : float
        The least slack over everything the property asks; below zero by more than a tie where it fails.
    witness : dict or None
        Where the property fails most: bit masks of coalitions and numbers of players.
    words : str
        The witness in words.
    """

    name: str
    holds: bool
    margin: float
    witness: Mapping[str, Any] | None = None
    words: str = ""

    def __bool__(self) -> bool:
        return self.holds

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        margin = self.margin if math.isfinite(self.margin) else None
        witness = None if self.witness is None else plain(self.witness)
        return {"name": self.name, "holds": self.holds, "margin": margin, "witness": witness, "words": self.words}

    def __str__(self) -> str:
        return f"{self.name}: {'yes' if self.holds else 'no'}. {self.words}".rstrip(". ") + "."


def tie(game: CoalitionalGame) -> float:
    """Return the difference that counts as none: 0 where worths are rational numbers that floats hold exactly."""
    rational = game.exact and (game.given.dtype == object or game.scale < 2**50)
    return 0.0 if rational else TOLERANCE * game.scale
