"""Anyone's game as a table: actions and payoffs written in the document, or in a file beside it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationInfo, field_validator, model_validator

from bargain.errors import DocumentError
from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    from bargain.games import NormalFormGame

MOST_BYTES = 1_000_000
"""The largest file that is read."""
MOST_PLAYERS = 30
"""More would be too many axes for an array."""


class Table(Model):
    """A finite game of any number of players, given by its payoffs.

    `actions` names each player's actions; `payoffs` holds one nested list a player, in the shape of the game:
    the first level has one entry for each action of the first player, the next for each of the second, and so
    on. Both are written by player, or as lists in the players' order. A `file` (.nfg or .csv, in the
    document's own folder) stands in their place; its players are matched by name, or in order where no name
    agrees.

    Examples
    --------
    >>> model = Table(
    ...     actions={"North": ["keep", "break"], "South": ["keep", "break"]},
    ...     payoffs={"North": [[3, 0], [5, 1]], "South": [[3, 5], [0, 1]]},
    ... )
    >>> model.players, model.payoff((1, 0), (1.0, 1.0))
    (('North', 'South'), (5, 0))
    """

    name: ClassVar[str] = "table"
    question: ClassVar[str] = "Does an offer hold in a game of your own, given by its payoffs?"
    citation: ClassVar[str] = (
        "von Neumann & Morgenstern (1944), Theory of Games and Economic Behavior: the game in normal form; "
        "the .nfg file format is that of Gambit. The payoffs are the user's."
    )
    limits: ClassVar[str] = (
        "Payoffs do not move with capabilities, except through the power term; every profile must be written out."
    )
    roles: ClassVar[tuple[str, ...]] = ("player",)
    more_players: ClassVar[bool] = True
    sample: ClassVar[Mapping[str, Any]] = {
        "actions": {"North": ["share", "hide"], "South": ["share", "hide"]},
        "payoffs": {"North": [[3, 0], [5, 1]], "South": [[3, 5], [0, 1]]},
    }
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0,)

    file: str | None = parameter(
        None,
        "A .nfg or .csv file in the document's folder, in place of actions and payoffs",
        unit="file name",
        source="stated by the user",
    )
    action_names: tuple[tuple[str, ...], ...] = parameter(
        (), "The names of each player's actions", unit="names", source="stated by the user", alias="actions"
    )
    payoffs: tuple[Any, ...] = parameter(
        (),
        "Each player's payoffs, nested lists in the shape of the game",
        unit="payoff per period",
        source="stated by the user",
    )
    risks: tuple[Any, ...] | None = parameter(
        None,
        "Probability of the harm everyone wants to avoid, a nested list in the shape of the game",
        unit="probability",
        source="stated by the user",
        alias="risk",
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any, info: ValidationInfo) -> Any:
        """Take in the file, and the players' names where they are not given."""
        if not isinstance(data, Mapping):
            return data
        stated = [key for key in ("actions", "payoffs") if key in data]
        file = data.get("file")
        if isinstance(file, str):
            if stated:
                raise ValueError(f"a table has either a file or actions and payoffs, not file and {stated[0]}")
            folder = (info.context or {}).get("folder")
            return {**data, **_from_file(file, folder, data.get("players") or ())}
        if file is None and len(stated) < 2:
            missing = "actions" if "actions" not in stated else "payoffs"
            raise ValueError(f"a table needs actions and payoffs, or a file; {missing} is missing")
        if data.get("players") or file is not None:
            return data
        if not isinstance(data["actions"], Mapping) or not data["actions"]:
            raise ValueError("nobody is named: write actions and payoffs by player, or name the players")
        return {**data, "players": tuple(data["actions"])}

    @field_validator("action_names", mode="before")
    @classmethod
    def _actions_by_player(cls, value: Any, info: ValidationInfo) -> Any:
        players = info.data.get("players", ())
        if not players:
            return ()
        if len(players) > MOST_PLAYERS:
            raise ValueError(f"{len(players)} players; a table has at most {MOST_PLAYERS}")
        lists = _by_player(value, players, "actions")
        for player, names in zip(players, lists, strict=True):
            if not _is_list(names) or not names or not all(isinstance(name, str) and name for name in names):
                raise ValueError(f"the actions of {player} must be a list of one or more names")
            if len(set(names)) < len(names):
                raise ValueError(f"two actions of {player} have the same name: {', '.join(names)}")
        return lists

    @field_validator("payoffs", mode="before")
    @classmethod
    def _payoffs_by_player(cls, value: Any, info: ValidationInfo) -> Any:
        players, actions = info.data.get("players", ()), info.data.get("action_names")
        if not actions:
            return ()
        tables = _by_player(value, players, "payoffs")
        return tuple(
            _nested(table, players, actions, f"the payoff of {player}")
            for player, table in zip(players, tables, strict=True)
        )

    @field_validator("risks", mode="before")
    @classmethod
    def _risks_are_probabilities(cls, value: Any, info: ValidationInfo) -> Any:
        actions = info.data.get("action_names")
        if value is None or not actions:
            return None
        return _nested(value, info.data.get("players", ()), actions, "the risk", most=1)

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of each player's actions."""
        return self.action_names

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each player's payoff at one profile, as written; capabilities do not matter."""
        return tuple(_cell(table, profile) for table in self.payoffs)

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number | None:
        """Return the risk at one profile, None where no risks are given."""
        return None if self.risks is None else _cell(self.risks, profile)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _cell(table: Any, profile: Sequence[int]) -> Number:
    for action in profile:
        table = table[action]
    cell: Number = table
    return cell


def _by_player(value: Any, players: Sequence[str], what: str) -> tuple[Any, ...]:
    """Put what is given by player, or as one entry a player, in the players' order."""
    if isinstance(value, Mapping):
        unknown = [str(name) for name in value if name not in players]
        missing = [name for name in players if name not in value]
        if unknown:
            raise ValueError(f"{what} names {unknown[0]}, who is no player; players: {', '.join(players)}")
        if missing:
            raise ValueError(f"{what} of {missing[0]} are missing")
        return tuple(value[player] for player in players)
    if not _is_list(value) or len(value) != len(players):
        raise ValueError(f"{what} must have one entry for each of {len(players)} players: {', '.join(players)}")
    return tuple(value)


def _nested(
    value: Any,
    players: Sequence[str],
    actions: Sequence[Sequence[str]],
    what: str,
    most: float = math.inf,
    at: tuple[str, ...] = (),
) -> Any:
    """Check nested lists against the shape of the game and return them as tuples."""
    place = f" at ({', '.join(at)})" if at else ""
    if len(at) == len(actions):
        if isinstance(value, bool) or not isinstance(value, int | float | Fraction) or not -math.inf < value < math.inf:
            raise ValueError(f"{what}{place} is {value!r}, not a finite number")
        if most < math.inf and not 0 <= value <= most:
            raise ValueError(f"{what}{place} is {value}, not between 0 and {most:g}")
        return value
    own = actions[len(at)]
    if not _is_list(value) or len(value) != len(own):
        found = f"{len(value)} entries" if _is_list(value) else repr(value)
        raise ValueError(
            f"{what}{place} needs a list of {len(own)}, one entry for each action of {players[len(at)]} "
            f"({', '.join(own)}); found {found}"
        )
    return tuple(
        _nested(entry, players, actions, what, most, (*at, name)) for name, entry in zip(own, value, strict=True)
    )


def _from_file(name: str, folder: str | Path | None, players: Sequence[str]) -> dict[str, Any]:
    """Read players, actions and payoffs from a file; its players take the places of `players`."""
    text = _text(name, folder)
    if name.lower().endswith(".csv"):
        game = _read_csv(name, text)
    else:
        from bargain.nfg import read_nfg

        try:
            game = read_nfg(text + "\n")  # a line break marks it as text, so that it is never taken for a path
        except DocumentError as error:
            raise DocumentError(error.faults, name) from None
    order = _places(name, game.players, players)
    axes = (0, *(1 + place for place in order))
    return {
        "players": tuple(players) or game.players,
        "actions": [game.actions[place] for place in order],
        "payoffs": game.given[list(order)].transpose(axes).tolist(),
    }


def _text(name: str, folder: str | Path | None) -> str:
    """Return the text of a file, found by its bare name in the document's folder and nowhere else."""
    if folder is None:
        raise ValueError(f"the file {name} cannot be looked for: this table was not read from a document in a folder")
    if any(sign in name for sign in "/\\:\0") or not name.lower().endswith((".nfg", ".csv")):
        raise ValueError(f"file must be the bare name of a .nfg or .csv file beside the document, not {name!r}")
    try:
        home = Path(folder).resolve()
        path = (home / name).resolve()
        if path.parent != home:
            raise ValueError(f"the file {name} is a link that leads out of the document's folder")
        if not path.is_file():
            raise ValueError(f"there is no file {name} in the document's folder")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, RuntimeError) as error:
        raise ValueError(f"the file {name} cannot be read") from error
    if len(content) > MOST_BYTES:
        raise ValueError(f"the file {name} has more than {MOST_BYTES} bytes, the most that is read")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"the file {name} is no text in UTF-8") from error


def _places(name: str, found: Sequence[str], players: Sequence[str]) -> tuple[int, ...]:
    """For each player the place it has in the file."""
    if not players or set(found) == set(players):
        return tuple(found.index(player) for player in players or found)
    both = [player for player in players if player in found]
    if len(found) != len(players) or both:
        problem = f"{both[0]} is in both, the others differ" if both else f"{len(found)} against {len(players)}"
        raise ValueError(
            f"the players of {name} ({', '.join(found)}) do not fit those of the document "
            f"({', '.join(players)}): {problem}"
        )
    return tuple(range(len(found)))


def _read_csv(name: str, text: str) -> NormalFormGame:
    """Read a table with a column for each player's action, then a column `payoff NAME` for each player."""
    from bargain._frames import game_from_table

    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [
            (reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)
        ]
    except csv.Error as error:
        raise ValueError(f"{name} cannot be read as comma-separated text: {error}") from error
    header = rows[0][1] if rows else []
    half = len(header) // 2
    return game_from_table(
        name,
        header,
        (
            (where, [*row[:half], *(_decimal(cell, where) for cell in row[half:])])
            for where, row in ((f"{name}, line {line}", row) for line, row in rows[1:])
        ),
    )


def _decimal(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise ValueError(f"{where}: {text!r} is not a finite number")
    return value
