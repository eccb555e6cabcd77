"""Games in normal form: arrays of payoffs with names, checked once here and never changed afterwards."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, get_args

import numpy as np
import numpy.typing as npt

from bargain._frames import game_from_table, html_of_game, rows_of_game, table_of
from bargain._tables import frame_of
from bargain.errors import BargainError

if TYPE_CHECKING:
    import nashpy
    import pandas

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[np.object_]
Strategy = int | npt.ArrayLike
"""A probability for each action, or the number of the one action that is played."""

LARGEST = 1e150
"""Payoffs beyond this leave no room for products of their differences among floats."""
PROFILES = "every player's table must have one entry for each profile"


class GameError(BargainError, ValueError):
    """Payoffs, names or strategies that make no game. The message names the cell."""


def known(value: str, kind: Any, what: str) -> None:
    """Refuse a keyword's value that is none of a `Literal`'s, naming those there are."""
    if value not in get_args(kind):
        raise GameError(f"No {what} is called {value!r}. Known: {', '.join(get_args(kind))}.")


@dataclass(frozen=True, init=False, repr=False, eq=False)
class NormalFormGame:
    """A finite game: each player picks one action, all at once, and the profile decides the payoffs.

    Parameters
    ----------
    payoffs : (n, m_1, ..., m_n) array of numbers
        payoffs[i, a_1, ..., a_n] is what player i gets when player j plays action a_j. Whole numbers,
        `Fraction` and `Decimal` are kept exactly; floats are floats.
    players : n names, optional
        Default "player 1", "player 2", ...
    actions : n lists of names, optional
        Default "1", "2", ... for every player.

    Attributes
    ----------
    payoffs : (n, m_1, ..., m_n) read-only array of float
    players : tuple of str
    actions : tuple of tuples of str
    exact : bool
        Whether every payoff was given as a rational number.
    given : (n, m_1, ..., m_n) read-only array
        The payoffs as they were given: whole numbers, floats, or Python objects.

    Raises
    ------
    GameError   for a wrong shape, a payoff that is no finite number (the cell is named), names that clash

    Examples
    --------
    >>> import bargain as bg
    >>> names = [("keep", "break")] * 2
    >>> game = bg.NormalFormGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], actions=names)
    >>> game.label((1, 0)), game.payoffs[:, 1, 0].tolist()
    (('break', 'keep'), [5.0, 0.0])
    >>> bg.NormalFormGame([[1.0, float("nan")]])
    Traceback (most recent call last):
    ...
    bargain.games.GameError: The payoff of player 1 at (2) is nan. A payoff is a finite
    number.
    """

    payoffs: Floats
    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    exact: bool
    given: npt.NDArray[Any]

    def __init__(
        self,
        payoffs: npt.ArrayLike,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
    ) -> None:
        given = as_numbers(payoffs, PROFILES).copy()
        if given.ndim < 2 or given.shape[0] != given.ndim - 1:
            raise GameError(_shape_words(given))
        if 0 in given.shape:
            raise GameError(f"payoffs has shape {given.shape}: every player needs at least one action.")
        if players is None:
            players = [f"player {i + 1}" for i in range(given.shape[0])]
        names = _names(players, given.shape[0], "players")
        if actions is None:
            actions = [[str(a + 1) for a in range(count)] for count in given.shape[1:]]
        if len(actions) != len(names):
            raise GameError(f"There are {len(names)} players but {len(actions)} lists of actions.")
        labels = tuple(
            _names(own, count, f"actions of {player}")
            for own, count, player in zip(actions, given.shape[1:], names, strict=True)
        )
        given, floats, exact = _checked(given, names, labels)
        floats.flags.writeable = False
        given.flags.writeable = False
        fields = {"payoffs": floats, "players": names, "actions": labels, "exact": exact, "given": given}
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @classmethod
    def from_bimatrix(
        cls,
        A: npt.ArrayLike,
        B: npt.ArrayLike,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
    ) -> Self:
        """Build a game of two players from the row player's payoffs A and the column player's B.

        Parameters
        ----------
        A, B : (m, k) arrays of numbers
            A[i, j] and B[i, j] are the two payoffs where the row player takes action i and the column player action j.
        players : two names, optional
        actions : two lists of names, optional
            Of the m and the k actions. Defaults as for the class.

        Returns
        -------
        NormalFormGame

        Raises
        ------
        GameError   if A and B are not tables of the same shape

        Examples
        --------
        >>> import bargain as bg
        >>> bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]).shape
        (2, 2)
        """
        row, column = as_numbers(A, PROFILES), as_numbers(B, PROFILES)
        if row.ndim != 2 or row.shape != column.shape:
            raise GameError(
                f"A has shape {row.shape} and B {column.shape}: both are tables with one row for each action "
                "of the row player and one column for each action of the column player."
            )
        if row.dtype != column.dtype:
            row, column = row.astype(object), column.astype(object)
        return cls(np.stack([row, column]), players, actions)

    @classmethod
    def from_frame(cls, frame: pandas.DataFrame) -> NormalFormGame:
        """Build a game from a pandas DataFrame with one row a profile.

        A column for each player holds its action; then a column `payoff NAME` for each player holds its payoff. It
        is the table that a CSV file has beside a document on the model `table`.

        Parameters
        ----------
        frame : pandas.DataFrame
            Its rows may stand in any order.

        Returns
        -------
        NormalFormGame

        Raises
        ------
        GameError   where a column or a profile is missing or stands there twice, or a payoff is no finite number

        Examples
        --------
        >>> import bargain as bg
        >>> import pandas
        >>> frame = pandas.DataFrame({"North": ["share", "hide"], "payoff North": [3, 5]})
        >>> bg.NormalFormGame.from_frame(frame).payoffs.tolist()
        [[3.0, 5.0]]
        """
        header, rows = table_of(frame)
        try:
            return game_from_table("the table", header, rows)
        except GameError:
            raise
        except ValueError as error:
            raise GameError(f"No game can be read: {error}.") from None

    def to_frame(self) -> pandas.DataFrame:
        """Return the game as a pandas DataFrame that `from_frame` reads: one row a profile."""
        return frame_of(rows_of_game(self))

    def _repr_html_(self) -> str:
        return html_of_game(self)

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.players)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of actions of each player."""
        return tuple(self.payoffs.shape[1:])

    @cached_property
    def fractions(self) -> Objects:
        """The payoffs as exact rationals: what was given, or the value that each float stands for."""
        table = as_fractions(self.given)
        table.flags.writeable = False
        return table

    @cached_property
    def comparable(self) -> npt.NDArray[Any]:
        """The payoffs in the fastest form that compares exactly: floats if none was rounded."""
        if not self.exact:
            return self.payoffs
        if self.given.dtype != object:
            return self.payoffs if (np.abs(self.payoffs) < 2.0**53).all() else self.fractions
        rounded = zip(self.payoffs.ravel().tolist(), self.given.ravel().tolist(), strict=True)
        return self.payoffs if all(a == b for a, b in rounded) else self.fractions

    def profile(self, names: Sequence[str] | Mapping[str, str]) -> tuple[int, ...]:
        """Return the action numbers of a profile given by names, in the players' order or by player.

        Parameters
        ----------
        names : n names of actions, or a mapping from player to action

        Returns
        -------
        tuple of int

        Raises
        ------
        GameError   for an unknown player or action, or where a player has none

        Examples
        --------
        >>> import bargain as bg
        >>> game = bg.NormalFormGame([[1, 2]], players=["Leader"], actions=[["pause", "go"]])
        >>> game.profile(["go"]), game.profile({"Leader": "pause"})
        ((1,), (0,))
        """
        if isinstance(names, Mapping):
            unknown = [name for name in names if name not in self.players]
            missing = [name for name in self.players if name not in names]
            if unknown or missing:
                words = f"No player is called {unknown[0]!r}" if unknown else f"{missing[0]} has no action"
                raise GameError(f"{words} in the profile {dict(names)}. Players: {_listed(self.players)}.")
            names = [names[player] for player in self.players]
        if isinstance(names, str) or len(names) != self.n_players:
            raise GameError(f"The profile {names!r} needs {self.n_players} actions, one a player.")
        for name, own, player in zip(names, self.actions, self.players, strict=True):
            if name not in own:
                close = difflib.get_close_matches(str(name), own, n=1)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise GameError(f"{player} has no action {name!r}. Actions: {_listed(own)}.{hint}")
        return tuple(own.index(name) for name, own in zip(names, self.actions, strict=True))

    def label(self, profile: Sequence[int]) -> tuple[str, ...]:
        """Return the names of the actions of a profile, in the players' order.

        Parameters
        ----------
        profile : n action numbers, from 0

        Returns
        -------
        tuple of str

        Raises
        ------
        GameError   where it does not fit the game
        """
        if len(profile) != self.n_players or not all(
            isinstance(action, numbers.Integral) and 0 <= action < count
            for action, count in zip(profile, self.shape, strict=True)
        ):
            raise GameError(f"The profile {tuple(profile)} does not fit a game with {self.shape} actions.")
        return tuple(own[action] for own, action in zip(self.actions, profile, strict=True))

    def mixed(self, strategies: Sequence[Strategy]) -> tuple[Floats, ...]:
        """Return the strategies as arrays of probabilities, checked; a whole number stands for that action.

        Parameters
        ----------
        strategies : one a player
            An (m_i,) array of probabilities, or an action number.

        Returns
        -------
        tuple of (m_i,) arrays of float

        Raises
        ------
        GameError   for a wrong count or length, an unknown action, a negative probability, a sum off 1
        """
        if len(strategies) != self.n_players:
            raise GameError(f"There are {self.n_players} players but {len(strategies)} strategies.")
        checked = []
        for strategy, count, player in zip(strategies, self.shape, self.players, strict=True):
            if isinstance(strategy, int | np.integer):
                if not 0 <= strategy < count:
                    raise GameError(f"{player} has {count} actions, counted from 0: there is no {strategy}.")
                checked.append(np.eye(count)[strategy])
                continue
            try:
                vector = np.array(strategy, dtype=float)
            except (TypeError, ValueError):
                vector = np.empty(0)
            if vector.shape != (count,):
                raise GameError(f"The strategy of {player} must hold {count} probabilities, one an action.")
            if not (vector >= -1e-9).all() or not abs(vector.sum() - 1) <= 1e-9:
                raise GameError(
                    f"The strategy of {player}, {vector.tolist()}, is no probability distribution: "
                    "its numbers are at least 0 and add up to 1."
                )
            checked.append(vector)
        return tuple(checked)

    def expected_payoffs(self, strategies: Sequence[Strategy]) -> Floats:
        """Return each player's expected payoff, an (n,) array, when all randomise independently.

        Parameters
        ----------
        strategies : one a player
            As for `mixed`.

        Returns
        -------
        (n,) array of float

        Examples
        --------
        >>> import bargain as bg
        >>> game = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
        >>> game.expected_payoffs([[0.5, 0.5], 0]).tolist()
        [4.0, 1.5]
        """
        vectors = self.mixed(strategies)
        return np.array([action_payoffs(self.payoffs, vectors, i) @ own for i, own in enumerate(vectors)])

    def to_nashpy(self) -> nashpy.Game:
        """Return the game as a `nashpy.Game`, which knows games of two players only.

        Raises
        ------
        GameError   for any other number of players
        """
        if self.n_players != 2:
            raise GameError(f"nashpy knows games of two players; this one has {self.n_players}.")
        import nashpy

        return nashpy.Game(self.payoffs[0], self.payoffs[1])

    def __eq__(self, other: object) -> bool:
        """Whether names and payoffs agree, the payoffs as exact numbers."""
        if not isinstance(other, NormalFormGame):
            return NotImplemented
        if (self.players, self.actions) != (other.players, other.actions):
            return False
        if not np.array_equal(self.payoffs, other.payoffs):
            return False
        floats = self.payoffs is self.comparable and other.payoffs is other.comparable
        return floats or bool((self.fractions == other.fractions).all())

    def __hash__(self) -> int:
        return hash((self.players, self.actions, self.payoffs.tobytes()))

    def __repr__(self) -> str:
        counts = " x ".join(map(str, self.shape))
        return f"<NormalFormGame of {', '.join(self.players)}: {counts} profiles>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.given, self.players, self.actions)


def as_fractions(cells: npt.NDArray[Any]) -> Objects:
    """Return an array of numbers as an array of `Fraction`, each the very value of the number."""
    return np.array([Fraction(cell) for cell in cells.ravel().tolist()], dtype=object).reshape(cells.shape)


def action_payoffs(
    payoffs: npt.NDArray[Any] | Mapping[int, npt.NDArray[Any]], strategies: Sequence[npt.NDArray[Any]], player: int
) -> Any:
    """Return the expected payoff of each of a player's actions against the others' strategies.

    Works on floats, whole numbers and `Fraction`; the player's own strategy is not read.
    """
    table = payoffs[player]
    for other in reversed(range(len(strategies))):
        if other != player:
            table = np.moveaxis(table, other, -1) @ strategies[other]
    return table


def as_numbers(payoffs: npt.ArrayLike, equal: str) -> npt.NDArray[Any]:
    """Numeric arrays as they are, everything else cell by cell as Python objects (no rounding on the way).

    `equal` says what must have the same length, for the GameError that a ragged table raises.
    """
    if np.ma.is_masked(payoffs):
        raise GameError(f"payoffs has cells that are masked: {equal}.")
    if isinstance(payoffs, np.ndarray) and payoffs.dtype.kind in "iuf":
        return payoffs
    try:
        cells = np.array(payoffs, dtype=object)
        ragged = any(isinstance(cell, list | tuple | np.ndarray) for cell in cells.flat)
    except ValueError:
        ragged = True
    if ragged:
        raise GameError(f"payoffs is ragged: {equal}.")
    return cells


def _shape_words(given: npt.NDArray[Any]) -> str:
    shape = given.shape
    words = (
        f"payoffs has shape {shape}, which is no game: the first axis counts the players, and one axis "
        "follows for each player, e.g. (2, 3, 4) for two players with 3 and 4 actions."
    )
    if len(shape) > 1 and shape[-1] == given.ndim - 1:
        words += " Here the players seem to come last: pass np.moveaxis(payoffs, -1, 0)."
    return words


def _checked(
    given: npt.NDArray[Any], players: tuple[str, ...], actions: tuple[tuple[str, ...], ...]
) -> tuple[npt.NDArray[Any], Floats, bool]:
    """The payoffs as given, the same as floats, and whether all were rational. Every cell is checked."""
    if given.dtype.kind in "iuf":
        floats = given.astype(float) + 0.0
        if (np.abs(floats) <= LARGEST).all():
            return given, floats, given.dtype.kind != "f"
    clean = np.empty(given.shape, dtype=object)
    floats = np.empty(given.shape)
    for index in np.ndindex(given.shape):
        try:
            clean[index] = as_number(given[index])
            floats[index] = float(clean[index]) + 0.0
            if abs(floats[index]) > LARGEST:
                raise ValueError(f"is {floats[index]:g}, beyond {LARGEST:g}: choose a larger unit")
        except ValueError as error:
            at = ", ".join(own[action] for own, action in zip(actions, index[1:], strict=True))
            raise GameError(
                f"The payoff of {players[index[0]]} at ({at}) {error}. A payoff is a finite number."
            ) from None
    kinds = set(map(type, clean.ravel().tolist()))
    return (floats, floats, False) if kinds == {float} else (clean, floats, float not in kinds)


def as_number(cell: Any) -> int | float | Fraction:
    """One payoff as a Python number; ValueError says what is wrong with it."""
    if isinstance(cell, bool | np.bool_) or not isinstance(cell, numbers.Real | Decimal):
        raise ValueError(f"is {cell!r}")
    try:
        if not math.isfinite(cell):
            raise ValueError(f"is {cell}")
    except OverflowError:
        raise ValueError("is larger than a float can hold") from None
    if isinstance(cell, Decimal):
        return Fraction(cell)
    if isinstance(cell, numbers.Integral):
        return int(cell)
    if isinstance(cell, numbers.Rational):
        return Fraction(int(cell.numerator), int(cell.denominator))
    return float(cell)


def _names(names: Sequence[str], count: int, what: str) -> tuple[str, ...]:
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise GameError(f"The names of the {what} must be a list of texts, not {names!r}.")
    if len(names) != count:
        raise GameError(f"payoffs holds {count} {what} but {len(names)} names are given: {_listed(names)}.")
    for position, name in enumerate(names):
        if not name.strip():
            raise GameError(f"Name {position + 1} of the {what} is empty.")
        if name in names[:position]:
            raise GameError(f"The name {name!r} stands twice among the {what}. Names must differ.")
    return tuple(names)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(str, names))
