"""Gambit's strategic-form files (.nfg): reading both of their forms, writing the payoff form."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from bargain._files import write_text_atomically
from bargain.errors import DocumentError, Fault
from bargain.games import GameError, NormalFormGame

MOST_BYTES = 1_000_000
MOST_PLAYERS = 60
MOST_DIGITS = 4000
MOST_FAULTS = 20

_TOKEN = re.compile(r'(?P<space>[\s,]+)|(?P<text>"(?:\\.|[^"\\])*")|(?P<brace>[{}])|(?P<word>[^\s,{}"]+)', re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:[eE](?P<power>[+-]?\d+))?)", re.ASCII)


def read_nfg(source: str | Path) -> NormalFormGame:
    """Read a game from a Gambit strategic-form file, or from its text.

    Both forms are read: payoffs listed profile by profile (the first player's action changes fastest), and
    numbered outcomes (0: all get zero). Whole numbers, decimals and rationals are kept exactly, so the game
    is `exact`. The title and the comment are dropped; an action without a name is called by its number.

    Parameters
    ----------
    source : path or str
        A str that has a line break or begins with "NFG" is the text itself.

    Returns
    -------
    NormalFormGame

    Raises
    ------
    DocumentError   with line and column, for a file that cannot be opened, read or understood, or above 1 MB

    References
    ----------
    The Gambit manual, section "The strategic game (.nfg) file format".

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.read_nfg('NFG 1 R "Chicken" { "Row" "Column" } { 2 2 } 6 6 7 2 2 7 0 0')
    >>> game.payoffs[0].tolist(), game.exact
    ([[6.0, 2.0], [7.0, 0.0]], True)
    """
    text, file = _text(source)
    return _Reader(text, file).game()


def write_nfg(
    game: NormalFormGame, path: str | Path | None = None, *, title: str = "", plain_names: bool = False
) -> str:
    """Return the game as the text of a Gambit strategic-form file, and write it to `path` if one is given.

    Rationals are written as p/q and floats with as many digits as tell them apart, so that `read_nfg` returns
    the same payoffs. Double quotes and backslashes in names are written with a backslash before them.

    Parameters
    ----------
    game : NormalFormGame
    path : path or str, optional
    title : str
    plain_names : bool
        Spell names and title in printable ASCII without accents, backslashes or runs of spaces, and number what then
        coincides. Gambit 16.7 opens no file with other names; `read_nfg` does.

    Returns
    -------
    str

    Raises
    ------
    OSError   if the file cannot be written; it is never left half written

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.NormalFormGame([[1, 0.5]], players=["A"], actions=[["x", "y"]])
    >>> print(bg.write_nfg(game, title="Choice"))
    NFG 1 R "Choice" { "A" }
    { { "x" "y" } }
    ""
    1
    0.5
    <BLANKLINE>
    """
    players, actions = game.players, game.actions
    if plain_names:
        players, actions, (title,) = _plain(players), tuple(map(_plain, actions)), _plain([title]) if title else ("",)
    cells = game.given.T.reshape(-1, game.n_players).tolist()
    strategies = " ".join(_braced(own) for own in actions)
    lines = [f"NFG 1 R {_quoted(title)} {_braced(players)}", f"{{ {strategies} }}", '""']
    lines += [" ".join(_cell(cell) for cell in row) for row in cells]
    text = "\n".join(lines) + "\n"
    if path is not None:
        write_text_atomically(path, text)
    return text


def _cell(payoff: Any) -> str:
    """A payoff as Gambit reads it: no plus sign, not even in an exponent."""
    return repr(payoff).replace("e+", "e") if isinstance(payoff, float) else str(payoff)


def _plain(names: Sequence[str]) -> tuple[str, ...]:
    """Names in printable ASCII, all different: accents dropped, other signs as their code points."""
    spelt: list[str] = []
    for name in names:
        signs = [sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign)]
        words = "".join(
            "/" if sign == "\\" else sign if " " < sign <= "~" else " " if sign.isspace() else f"U+{ord(sign):04X}"
            for sign in signs
        )
        plain = stem = " ".join(words.split()) or "?"
        number = 1
        while plain in spelt:
            number += 1
            plain = f"{stem} {number}"
        spelt.append(plain)
    return tuple(spelt)


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _braced(names: Sequence[str]) -> str:
    return "{ " + " ".join(map(_quoted, names)) + " }"


def _text(source: str | Path) -> tuple[str, str]:
    """The text of the file and its name; both come from the caller or from the disk."""
    if isinstance(source, str) and (source.lstrip().startswith("NFG") or "\n" in source):
        if len(source) > MOST_BYTES:
            raise DocumentError([_too_long(len(source))])
        return source, ""
    file = str(source)
    try:
        with Path(source).open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError([Fault("file", f"it cannot be opened: {reason}")], file) from None
    if len(content) > MOST_BYTES:
        raise DocumentError([_too_long(Path(source).stat().st_size)], file)
    try:
        return content.decode("utf-8-sig"), file
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        fault = Fault("file", "this byte is no UTF-8 text", "", "Save the file as UTF-8", line, column)
        raise DocumentError([fault], file) from None


def _too_long(size: int) -> Fault:
    return Fault("file", f"it has {size} bytes", f"A game file has at most {MOST_BYTES}")


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int


class _Reader:
    """One pass over the tokens of a file; `at` is the next one."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.tokens = list(self._tokens())
        self.at = 0

    def _tokens(self) -> Iterator[_Token]:
        start = 0
        while start < len(self.text):
            match = _TOKEN.match(self.text, start)
            if match is None:
                self._fail("text", "the quote that opens here is never closed", _Token("", "", start))
            if match.lastgroup != "space":
                yield _Token(str(match.lastgroup), match.group(), start)
            start = match.end()

    def _fail(self, where: str, what: str, token: _Token | None = None, expected: str = "") -> NoReturn:
        start = token.start if token else len(self.text)
        line = self.text.count("\n", 0, start) + 1
        column = start - self.text.rfind("\n", 0, start)
        raise DocumentError([Fault(where, what, expected, line=line, column=column)], self.file)

    def peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, where: str, expected: str, *wanted: str) -> _Token:
        """The next token, which must be of a wanted kind or be the very text that is wanted."""
        token = self.peek()
        if token is None:
            self._fail(where, "the file ends too early", None, expected)
        if token.kind not in wanted and token.text not in wanted:
            self._fail(where, f"found {token.text[:40]!r}", token, expected)
        self.at += 1
        return token

    def game(self) -> NormalFormGame:
        head = 'A game file begins with: NFG 1 R "title" { "player" ... }'
        self.take("header", head, "NFG")
        self.take("header", head, "1")
        self.take("header", head, "R", "D")
        self.take("title", head, "text")
        first = self.take("players", head, "{")
        players = tuple(name or f"player {i + 1}" for i, name in enumerate(self.names("players")))
        if not 0 < len(players) <= MOST_PLAYERS:
            self._fail("players", f"there are {len(players)}", first, f"A game has 1 to {MOST_PLAYERS}")
        actions = self.actions(players)
        after = self.peek()
        if after is not None and after.kind == "text":
            self.at += 1
        start = self.peek()
        outcomes = start is not None and start.text == "{"
        shape = tuple(map(len, actions))
        payoffs = self.outcome_form(players, shape) if outcomes else self.payoff_form(players, shape)
        try:
            return NormalFormGame(payoffs, players, actions)
        except GameError as error:  # names that clash; every number has been checked
            self._fail("names", str(error), first)

    def names(self, where: str) -> list[str]:
        """The texts up to the closing brace, which is passed."""
        names = []
        while self.take(where, 'A list of names looks like { "A" "B" }', "text", "}").text != "}":
            quoted = self.tokens[self.at - 1].text
            names.append(re.sub(r'\\(["\\])', r"\1", quoted[1:-1]))
        return names

    def actions(self, players: tuple[str, ...]) -> list[list[str]]:
        """The names of every player's actions, in either way of stating them."""
        expected = f'Actions of {len(players)} players look like {{ 2 3 }} or {{ {{ "a" "b" }} {{ "c" }} }}'
        self.take("actions", expected, "{")
        actions: list[list[str]] = []
        for player in players:
            token = self.take(f"actions of {player}", expected, "{", "word")
            if token.text == "{":
                own = [name or str(a + 1) for a, name in enumerate(self.names(f"actions of {player}"))]
            elif token.text.isascii() and token.text.isdecimal() and len(token.text) < 7:
                own = [str(a + 1) for a in range(int(token.text))]
            else:
                self._fail(f"actions of {player}", f"found {token.text[:40]!r}", token, expected)
            if not own:
                self._fail(f"actions of {player}", "there are none", token, "A player has at least one")
            actions.append(own)
            if math.prod(map(len, actions)) > MOST_BYTES:
                self._fail("actions", "there are more profiles than a file of 1 MB can list", token)
        self.take("actions", expected, "}")
        return actions

    def payoff_form(self, players: tuple[str, ...], shape: tuple[int, ...]) -> Any:
        """Payoffs of all players, profile by profile."""
        count = len(players) * math.prod(shape)
        body = self.body("payoffs", count, f"{len(players)} for each of {math.prod(shape)} profiles")
        cells: list[Fraction] = []
        faults: list[Fault] = []
        for token in body:
            try:
                cells.append(self.number("payoffs", token))
            except DocumentError as error:
                faults += error.faults
                if len(faults) == MOST_FAULTS:
                    break
        if faults:
            raise DocumentError(faults, self.file)
        return self.table(cells, players, shape)

    def outcome_form(self, players: tuple[str, ...], shape: tuple[int, ...]) -> Any:
        """Named outcomes with payoffs, then the number of the outcome of each profile."""
        self.take("outcomes", "", "{")
        outcomes = [[Fraction(0)] * len(players)]
        expected = f'An outcome looks like {{ "name" and {len(players)} payoffs }}'
        while self.take("outcomes", expected, "{", "}").text != "}":
            where = f"outcome {len(outcomes)}"
            self.take(where, expected, "text")
            outcomes.append([self.number(where, self.take(where, expected, "word")) for _ in players])
            self.take(where, expected, "}")
        body = self.body("outcome numbers", math.prod(shape), "one a profile")
        payoffs: list[Fraction] = []
        for token in body:
            number = (
                int(token.text)
                if token.text.isascii() and token.text.isdecimal() and len(token.text) < 7
                else len(outcomes)
            )
            if number >= len(outcomes):
                known = f"Outcomes are numbered 0 (all get zero) to {len(outcomes) - 1}"
                self._fail("outcome numbers", f"found {token.text[:40]!r}", token, known)
            payoffs += outcomes[number]
        return self.table(payoffs, players, shape)

    def body(self, where: str, count: int, words: str) -> list[_Token]:
        """The rest of the file, which must be so many words."""
        rest = self.tokens[self.at :]
        stray = next((token for token in rest if token.kind != "word"), None)
        if stray is not None:
            self._fail(where, f"found {stray.text[:40]!r}", stray, "Only numbers follow here")
        if len(rest) != count:
            extra = rest[count] if len(rest) > count else None
            self._fail(where, f"there are {len(rest)}", extra, f"The file needs {count}: {words}")
        return rest

    def number(self, where: str, token: _Token) -> Fraction:
        match = _NUMBER.fullmatch(token.text)
        expected = "A number looks like 3, -0.25, 1e-3 or 2/3"
        if match is None:
            self._fail(where, f"{token.text[:40]!r} is no number", token, expected)
        power = match["power"] or "0"
        if len(token.text) > MOST_DIGITS or len(power) > 5 or abs(int(power)) > MOST_DIGITS:
            self._fail(where, "this number is too long", token, f"A number has at most {MOST_DIGITS} digits")
        try:
            value = Fraction(token.text)
            float(value)
        except ZeroDivisionError:
            self._fail(where, f"{token.text!r} divides by zero", token, expected)
        except OverflowError:
            self._fail(where, f"{token.text[:40]!r} is larger than a float can hold", token, "")
        return value

    @staticmethod
    def table(cells: list[Fraction], players: tuple[str, ...], shape: tuple[int, ...]) -> Any:
        """The list in the file's order (first action fastest) as an (n, m_1, ..., m_n) array."""
        return np.array(cells, dtype=object).reshape(*reversed(shape), len(players)).T
