"""Games from tables and as tables: a row for each profile or coalition, as in a CSV file or a pandas DataFrame."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bargain._tables import html_table

if TYPE_CHECKING:
    import pandas

    from bargain.games import NormalFormGame

Row = tuple[str, Sequence[Any]]
"""Where a row stands, in words, and its cells."""
WORTH = "worth"


def game_from_table(name: str, header: Sequence[str], rows: Iterable[Row]) -> NormalFormGame:
    """Return the game of a table: a column for each player's action, then a column `payoff NAME` for each player.

    Raises
    ------
    ValueError   where a column, an action or a profile is missing or stands there twice
    """
    from bargain.games import NormalFormGame

    players = list(header[: len(header) // 2])
    if not players or len(set(players)) < len(players) or "" in players:
        raise ValueError(f"{name}: the first line must name the players, then `payoff NAME` for each of them")
    expected = [f"payoff {player}" for player in players]
    if sorted(header[len(players) :]) != sorted(expected):
        raise ValueError(f"{name}: the columns after {players[-1]} must be {', '.join(expected)}")
    columns = [list(header).index(title, len(players)) for title in expected]

    cells: dict[tuple[str, ...], list[Any]] = {}
    for where, row in rows:
        if len(row) != len(header):
            raise ValueError(f"{where}: {len(row)} columns where the first line has {len(header)}")
        profile = tuple(str(action) for action in row[: len(players)])
        if "" in profile:
            raise ValueError(f"{where}: the action of {players[profile.index('')]} is empty")
        if profile in cells:
            raise ValueError(f"{where}: the profile ({', '.join(profile)}) stands there twice")
        cells[profile] = [row[column] for column in columns]
    actions = [list(dict.fromkeys(profile[i] for profile in cells)) for i in range(len(players))]
    shape = tuple(map(len, actions))
    if len(cells) != math.prod(shape) or not cells:
        absent = next((each for each in itertools.product(*actions) if each not in cells), ())
        words = f"the profile ({', '.join(absent)}) is missing" if absent else "there are no profiles"
        raise ValueError(f"{name}: {words}; every profile must stand there once")
    payoffs = np.array([cells[profile] for profile in itertools.product(*actions)], dtype=object).T
    return NormalFormGame(payoffs.reshape(len(players), *shape), players=players, actions=actions)


def rows_of_game(game: NormalFormGame) -> list[dict[str, Any]]:
    """Return one row a profile: each player's action, then each player's payoff as it was given."""
    return [
        dict(zip(game.players, game.label(profile), strict=True))
        | {f"payoff {player}": _plain(game.given[i, *profile]) for i, player in enumerate(game.players)}
        for profile in itertools.product(*map(range, game.shape))
    ]


def html_of_game(game: NormalFormGame) -> str:
    """Return the game as it stands in a textbook: rows of the first player, columns of the second.

    With one player, or more than two, one row a profile.
    """
    if game.n_players != 2:
        return html_table(repr(game).strip("<>"), rows_of_game(game))
    down, across = game.players
    rows = [
        {f"{down}\N{NO-BREAK SPACE}↓  {across}\N{NO-BREAK SPACE}→": action}
        | {
            other: ";\N{NO-BREAK SPACE}".join(
                f"{payoff + 0.0:.4g}".replace("-", "−") for payoff in game.payoffs[:, row, column]
            )
            for column, other in enumerate(game.actions[1])
        }
        for row, action in enumerate(game.actions[0])
    ]
    return html_table(f"In each field: {down}, then {across}.", rows)


def rows_of_coalitions(players: Sequence[str], values: Sequence[Any]) -> list[dict[str, Any]]:
    """Return one row a coalition, by bit mask: who is a member, and its worth."""
    return [
        {player: bool(mask >> i & 1) for i, player in enumerate(players)} | {WORTH: _plain(value)}
        for mask, value in enumerate(values)
    ]


def worths_from_table(header: Sequence[str], rows: Iterable[Row]) -> list[Any]:
    """Return the worths, by bit mask, of a table with a yes or no for each player and a column `worth`.

    Raises
    ------
    ValueError   where a column or a coalition is missing or stands there twice; the empty one may be left out
    """
    players = [title for title in header if title != WORTH]
    if not players or list(header).count(WORTH) != 1 or len(set(players)) < len(players):
        raise ValueError(f"the table needs one column for each player and one called {WORTH}")
    at, cells = list(header).index(WORTH), {}
    for where, row in rows:
        flags = [cell for i, cell in enumerate(row) if i != at]
        wrong = next((i for i, flag in enumerate(flags) if flag not in (0, 1)), None)
        if wrong is not None:
            raise ValueError(f"{where}: {players[wrong]} is {flags[wrong]!r}, neither in (True, 1) nor out (False, 0)")
        mask = sum(1 << i for i, flag in enumerate(flags) if flag)
        if mask in cells:
            raise ValueError(f"{where}: the coalition {_members(players, mask)} stands there twice")
        cells[mask] = row[at]
    cells.setdefault(0, 0)
    absent = next((mask for mask in range(1 << len(players)) if mask not in cells), None)
    if absent is not None:
        raise ValueError(f"the coalition {_members(players, absent)} is missing")
    return [cells[mask] for mask in range(1 << len(players))]


def _members(players: Sequence[str], mask: int) -> str:
    return "{" + ", ".join(player for i, player in enumerate(players) if mask >> i & 1) + "}"


def table_of(frame: pandas.DataFrame) -> tuple[list[str], list[Row]]:
    """Return a DataFrame's column titles and rows, its numbers as plain ones."""
    columns = [frame.iloc[:, i].tolist() for i in range(frame.shape[1])]
    rows = zip(*columns, strict=True) if columns else [()] * len(frame)
    return [str(title) for title in frame.columns], [
        (f"row {label}", list(row)) for label, row in zip(frame.index.tolist(), rows, strict=True)
    ]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
