"""YAML 1.2 text as plain data with the place of every key and value, and the faults of the text itself.

The events of the parser are turned into data in one loop, without recursion: nothing is ever built from a tag or
an alias, and depth and length are limited while reading, not after it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

MAX_DEPTH = 50
MAX_TERMS = 1000
MAX_VALUES = 50_000
"""Enough for 1,000 terms with a range for every number; it bounds the time that reading takes."""

Location = tuple[str | int, ...]
"""Where a value stands in the data: keys and list indices from the top."""


class _Broken:
    """What stands in the data for a value that is at fault already, so that it is not faulted twice."""

    def __repr__(self) -> str:
        return "BROKEN"


BROKEN = _Broken()


@dataclass(frozen=True)
class Trouble:
    """A fault by location in the data; `at_key` where the key is at fault, not its value."""

    location: Location
    what: str
    expected: str = ""
    todo: str = ""
    at_key: bool = False
    place: tuple[int, int] | None = None
    """Line and column, from 1, where they are not those of the location."""


class UnreadableError(Exception):
    """The text stops being readable here; carries the one trouble there is to report."""

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble
        super().__init__(trouble.what)


@dataclass(slots=True)
class Mark:
    """Place of a value in the text: offsets of its first and past its last character, and of its key."""

    start: int
    end: int
    line: int
    column: int
    style: str
    """"plain", "quoted", "literal" for scalars; "flow", "block" for mappings and lists."""
    key_line: int = 0
    key_column: int = 0
    key_end: int = 0


@dataclass
class Tree:
    """The data of a document, the marks of its values, and the troubles met on the way."""

    data: dict[str, Any] = field(default_factory=dict)
    marks: dict[Location, Mark] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)


_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain_scalar(text: str) -> Any:
    """Read an unquoted scalar by the core schema of YAML 1.2: `yes`, `no`, `on`, `1_000` are texts.

    >>> [plain_scalar(text) for text in ("6", "1e3", "no", "1_000", "010", "0x10", "true", "~")]
    [6, 1000.0, 'no', '1_000', 10, 16, True, None]
    """
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text in ("true", "True", "TRUE"):
        return True
    if text in ("false", "False", "FALSE"):
        return False
    if _FLOAT.fullmatch(text):
        number = float(text)
        return int(text) if _INTEGER.fullmatch(text) and len(text) < 300 and math.isfinite(number) else number
    if _BASED.fullmatch(text):
        return int(text, 0) if len(text) < 200 else math.inf
    if _NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    return text


@dataclass(slots=True)
class _Frame:
    """A mapping or list being read; `location` is None below a key that is at fault."""

    container: dict[str, Any] | list[Any]
    location: Location | None
    mark: Mark
    key: str | None = None
    key_mark: Mark | None = None
    wants_key: bool = True


class _Builder:
    def __init__(self) -> None:
        self.tree = Tree()
        self.stack: list[_Frame] = []
        self.found = False
        self.shared = False

    def trouble(self, location: Location, mark: Mark, what: str, expected: str = "", todo: str = "") -> None:
        place = (mark.line, mark.column)
        self.tree.troubles.append(Trouble(location, what, expected, todo, place=place))

    def here(self) -> Location:
        """Return the location of the node that comes next, as near as it is known."""
        if not self.stack:
            return ()
        frame = self.stack[-1]
        location = frame.location or ()
        if isinstance(frame.container, list):
            return (*location, len(frame.container))
        return location if frame.wants_key or frame.key is None else (*location, frame.key)

    def put(self, value: Any, mark: Mark) -> Location | None:
        """Attach a value, or take it as a key; return its location, or None where it is to be ignored."""
        if not self.stack:
            if not isinstance(value, dict):
                what = "holds no data" if value is None else f"holds {describe(value)}, not keys with values"
                raise UnreadableError(_headline(what, mark))
            self.found, self.tree.data = True, value
            self.tree.marks[()] = mark
            return ()
        frame = self.stack[-1]
        if isinstance(frame.container, list):
            if frame.location is None:
                return None
            location: Location = (*frame.location, len(frame.container))
            if frame.location == ("terms",) and len(frame.container) == MAX_TERMS:
                what = f"more than {MAX_TERMS:,} terms"
                raise UnreadableError(
                    Trouble(("terms",), what, "A document has at most 1,000", place=(mark.line, mark.column))
                )
            frame.container.append(value)
        else:
            frame.wants_key = not frame.wants_key
            if not frame.wants_key:
                self._take_key(frame, value, mark)
                return None
            if frame.location is None or frame.key is None or frame.key_mark is None:
                return None
            location = (*frame.location, frame.key)
            frame.container[frame.key] = value
            mark.key_line, mark.key_column = frame.key_mark.line, frame.key_mark.column
            mark.key_end = frame.key_mark.end
        self.tree.marks[location] = mark
        if len(self.tree.marks) > MAX_VALUES:
            what, place = "the document goes on beyond this value", (mark.line, mark.column)
            raise UnreadableError(Trouble((), what, f"A document has at most {MAX_VALUES:,} values", place=place))
        return location

    def _take_key(self, frame: _Frame, key: Any, mark: Mark) -> None:
        frame.key, frame.key_mark = None, mark
        if frame.location is None:
            return
        if not isinstance(key, str):
            self.trouble(frame.location, mark, f"the key is {describe(key)}", "A key is text", "put it in quotes")
        elif key in frame.container:
            first = self.tree.marks[(*frame.location, key)].key_line
            lines = f"on line {first}" if first == mark.line else f"on lines {first} and {mark.line}"
            what = f"{shorten(key)!r} is written twice, {lines}"
            self.trouble((*frame.location, key), mark, what, "Each key stands once", "remove one of them")
        else:
            frame.key = key

    def refuse_sharing(self, event: Any, mark: Mark) -> None:
        if not self.shared:
            sign = f"&{event.anchor}" if hasattr(event, "implicit") else f"*{event.anchor}"
            what = f"{sign} shares a value between places"
            expected = "Anchors (&) and aliases (*) are not read"
            self.trouble(self.here(), mark, what, expected, "write the value out, or put a text in quotes")
        self.shared = True

    def start(self, container: dict[str, Any] | list[Any], mark: Mark) -> None:
        if len(self.stack) == MAX_DEPTH:
            what = f"is nested more than {MAX_DEPTH} levels deep"
            raise UnreadableError(Trouble(self.here()[:2], what, place=(mark.line, mark.column)))
        location = self.put(container, mark)
        self.stack.append(_Frame(container, location, mark))


def _headline(what: str, mark: Mark) -> Trouble:
    todo = "start with the line schema: bargain/offer@1"
    return Trouble((), f"the document {what}", "An offer is keys with values", todo, place=(mark.line, mark.column))


def describe(value: Any) -> str:
    """Say in plain words what kind of value this is.

    >>> describe([1, 2]), describe("six"), describe(True), describe(6)
    ('a list', "the text 'six'", 'true', 'the number 6')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value!r}"
    if isinstance(value, str):
        return f"the text {shorten(value)!r}"
    if isinstance(value, dict):
        return "keys with values"
    return "nothing" if value is None else "a list"


def shorten(text: str, width: int = 60) -> str:
    """Cut a text that is too long to be quoted in a message."""
    return text if len(text) <= width else text[: width - 3] + "..."


def read_yaml(text: str) -> Tree:
    """Read one YAML 1.2 document.

    Raises
    ------
    UnreadableError   where the text is not YAML, holds no mapping, holds several documents, or passes a limit
    """
    builder = _Builder()
    for event in _events(text):
        _EVENTS.get(type(event).__name__, _nothing)(builder, event)
    if not builder.found:
        raise UnreadableError(_headline("is empty", Mark(0, 0, 1, 1, "plain")))
    return builder.tree


def _events(text: str) -> Iterator[Any]:
    """Yield the events of the parser; only its own errors are turned into ours."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    place = (1, 1)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            yield event
            place = (event.end_mark.line + 1, event.end_mark.column + 1)
    except ReaderError as error:
        what = f"the character U+{error.character:04X} cannot stand in a document"
        place = line_and_column(text, error.position)
        raise UnreadableError(Trouble((), what, "", "remove it", place=place)) from None
    except MarkedYAMLError as error:
        raise UnreadableError(_not_yaml(error)) from None
    except AssertionError:  # the parser asserts that %YAML names a version it knows
        what = "the document names a version of YAML that is not read"
        raise UnreadableError(
            Trouble((), what, "Documents are YAML 1.2", "remove the line %YAML", place=place)
        ) from None
    except (ValueError, OverflowError):  # an escape such as \UFFFFFFFF, past the last character there is
        what = "this is not YAML: an escape after this place names no character"
        raise UnreadableError(Trouble((), what, "", "use single quotes", place=place)) from None


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, both from 1, of a character of the text."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _mark(event: Any, style: str) -> Mark:
    start = event.start_mark
    return Mark(start.index, event.end_mark.index, start.line + 1, start.column + 1, style)


def _nothing(builder: _Builder, event: Any) -> None:
    """Pass over the start and the end of the stream, and the end of the document."""


def _on_document(builder: _Builder, event: Any) -> None:
    mark = _mark(event, "plain")
    if builder.found:
        what, todo = "a second document starts here", "put it in a file of its own"
        place = (mark.line, mark.column)
        raise UnreadableError(Trouble((), what, "A file holds one document", todo, place=place))
    if event.version not in (None, (1, 2)):
        what = "the document says it is YAML " + ".".join(map(str, event.version))
        todo = "write %YAML 1.2, or remove the line"
        raise UnreadableError(Trouble((), what, "Documents are YAML 1.2", todo, place=(mark.line, mark.column)))


def _on_node(builder: _Builder, event: Any, mark: Mark) -> None:
    if event.anchor is not None:
        builder.refuse_sharing(event, mark)
    if event.tag is not None:
        what = f"the tag {shorten(str(event.tag))} is not read"
        builder.trouble(builder.here(), mark, what, "A document holds plain values only", "remove the tag")


def _on_scalar(builder: _Builder, event: Any) -> None:
    style = "plain" if not event.style else "quoted" if event.style in "'\"" else "literal"
    mark = _mark(event, style)
    _on_node(builder, event, mark)
    builder.put(event.value if event.style else plain_scalar(event.value), mark)


def _on_alias(builder: _Builder, event: Any) -> None:
    mark = _mark(event, "plain")
    builder.refuse_sharing(event, mark)
    if not builder.stack:
        raise UnreadableError(builder.tree.troubles[0])
    builder.put(BROKEN, mark)


def _on_mapping(builder: _Builder, event: Any) -> None:
    mark = _mark(event, "flow" if event.flow_style else "block")
    _on_node(builder, event, mark)
    builder.start({}, mark)


def _on_list(builder: _Builder, event: Any) -> None:
    mark = _mark(event, "flow" if event.flow_style else "block")
    _on_node(builder, event, mark)
    builder.start([], mark)


def _on_end(builder: _Builder, event: Any) -> None:
    builder.stack.pop().mark.end = event.end_mark.index


_EVENTS: dict[str, Callable[[_Builder, Any], None]] = {
    "DocumentStartEvent": _on_document,
    "ScalarEvent": _on_scalar,
    "AliasEvent": _on_alias,
    "MappingStartEvent": _on_mapping,
    "SequenceStartEvent": _on_list,
    "MappingEndEvent": _on_end,
    "SequenceEndEvent": _on_end,
}

_REASONS = (
    (r"found character '\\t'", "a tab stands where spaces are expected", "indent with spaces"),
    (r"found character", "a text cannot start with this character", "put the text in quotes"),
    (r"mapping values are not allowed", "a colon stands where no key is", "put texts that hold ': ' in quotes"),
    (r"sequence entries are not allowed", "a dash stands where no list item is", "start the list on a new line"),
    (r"could not find expected ':'", "a key has no colon", "write key: value"),
    (r"found unexpected end of stream", "a quote is opened and not closed", "close it"),
    (r"found unexpected document separator", "a quote is opened and not closed", "close it"),
    (r"expected <block end>", "the indentation does not fit the lines above", "align it with its section"),
    (r"expected ',' or", "a comma or a closing bracket is missing", "close every { and [, part items by commas"),
    (r"expected the node content", "a value is missing", "write it, or remove the comma or bracket"),
    (r"found unknown escape", "a backslash in double quotes starts no known escape", "use single quotes"),
    (r"expected escape sequence", "an escape in double quotes is cut short", "use single quotes"),
    (r"expected chomping", "a text cannot start with > or |", "put the text in quotes"),
    (r"expected alphabetic or numeric", "a text cannot start with &, * or %", "put the text in quotes"),
    (r"expected (URI|'!'|'>'|' ')", "a text cannot start with ! or %", "put the text in quotes"),
    (r"expected '<document start>'", "the data ends before this place", "remove what follows, or indent it"),
    (r"'utf-8' codec", "an escape in a tag names no character", "remove the tag"),
    (r"mapping keys are not allowed", "a question mark stands where no key is", "put the text in quotes"),
)


def _not_yaml(error: Any) -> Trouble:
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1)
    problem = error.problem or error.context or "it breaks off"
    for pattern, reason, todo in _REASONS:
        if re.match(pattern, problem):
            return Trouble((), f"this is not YAML: {reason}", "", todo, place=place)
    return Trouble((), f"this is not YAML: {problem}", "", "compare the lines above with an example", place=place)
