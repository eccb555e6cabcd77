"""Writing documents: a changed value is put in the place of the old one, and nothing else of the text moves."""

from __future__ import annotations

import json
import re
from typing import Any

from bargain._yaml import Location, Mark, Tree, UnreadableError, plain_scalar, read_yaml

_SAFE = re.compile(r"[^\W\d_][\w ./()'+@-]*", re.ASCII)
_OTHER_DIALECTS = {"y", "n", "yes", "no", "on", "off"}
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def scalar_text(value: Any) -> str:
    """Write one value in YAML: texts are quoted where any reader of YAML could take them for something else.

    >>> [scalar_text(value) for value in (6, 0.1, 1e-7, True, "pause 6", "no", "a: b")]
    ['6', '0.1', '1.0e-07', 'true', 'pause 6', '"no"', '"a: b"']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        digits = repr(value)
        return digits.replace("e", ".0e") if "e" in digits and "." not in digits else digits
    text = str(value)
    plain = _SAFE.fullmatch(text) and text == text.strip() and text.casefold() not in _OTHER_DIALECTS
    return text if plain and plain_scalar(text) == text else _double_quoted(text)


def _double_quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def flow_text(value: Any) -> str:
    """Write a value on one line.

    >>> flow_text({"id": "fund", "value": 6, "parts": [1, 2]})
    '{id: fund, value: 6, parts: [1, 2]}'
    """
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_text(key)}: {flow_text(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    return scalar_text(value)


def clean_text(data: dict[str, Any]) -> str:
    """Write data as a new document: a line for each key, each player, each term and each item."""
    lines = []
    for key, value in data.items():
        nested = value and isinstance(value, dict) and all(isinstance(each, dict) for each in value.values())
        if nested:
            lines.append(f"{scalar_text(key)}:")
            lines += [f"  {scalar_text(name)}: {flow_text(each)}" for name, each in value.items()]
        elif value and isinstance(value, list):
            lines.append(f"{scalar_text(key)}:")
            lines += [f"  - {flow_text(each)}" for each in value]
        else:
            lines.append(f"{scalar_text(key)}: {flow_text(value)}")
    return "\n".join(lines) + "\n"


def same(left: Any, right: Any) -> bool:
    """Tell whether two pieces of data are equal; true is not 1, and the order of keys matters."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def updated_text(text: str, data: dict[str, Any]) -> str:
    """Return the text of a sound document changed so that it reads as `data`.

    Comments, order and quoting stay. Where the text is laid out so oddly that the change does not read back as
    the data, a clean text is written in its place: the numbers come before the comments.
    """
    tree = read_yaml(text)
    if same(tree.data, data):
        return text
    changed = _Splice(text, tree).apply(data)
    try:
        if same(read_yaml(changed).data, data):
            return changed
    except UnreadableError:
        pass
    return clean_text(data)


class _Splice:
    """The edits that turn one text into another, collected from the inside out."""

    def __init__(self, text: str, tree: Tree) -> None:
        self.text = text
        self.tree = tree
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.edits: list[tuple[int, int, str]] = []

    def apply(self, data: dict[str, Any]) -> str:
        self.compare(self.tree.data, data, ())
        pieces, at = [], 0
        for start, end, piece in sorted(self.edits, key=lambda edit: edit[0]):
            pieces += [self.text[at:start], piece]
            at = end
        return "".join([*pieces, self.text[at:]])

    def compare(self, old: Any, new: Any, location: Location) -> None:
        if same(old, new):
            return
        if isinstance(old, dict) and isinstance(new, dict) and list(new)[: len(old)] == list(old):
            for key, value in old.items():
                self.compare(value, new[key], (*location, key))
            added = [f"{scalar_text(key)}: {flow_text(new[key])}" for key in list(new)[len(old) :]]
        elif isinstance(old, list) and isinstance(new, list) and len(new) >= len(old):
            for index, value in enumerate(old):
                self.compare(value, new[index], (*location, index))
            added = [flow_text(value) for value in new[len(old) :]]
        else:
            self.rewrite(new, location)
            return
        if added:
            self.insert(added, old, location)

    def insert(self, added: list[str], old: Any, location: Location) -> None:
        """Add entries behind the last one of a mapping or list."""
        mark = self.tree.marks[location]
        if mark.style == "flow":
            last = [*old][-1] if isinstance(old, dict) and old else len(old) - 1
            at = self.tree.marks[(*location, last)].end if old else mark.start + 1
            piece = ", ".join(added)
            self.edits.append((at, at, f", {piece}" if old else piece))
            return
        at = self.text.find("\n", self.end(old, location))
        at = len(self.text) if at < 0 else at
        at -= self.text[:at].endswith("\r")
        lead = self.newline + " " * (mark.column - 1) + ("- " if isinstance(old, list) else "")
        self.edits.append((at, at, "".join(lead + each for each in added)))

    def end(self, value: Any, location: Location) -> int:
        """Return where a value's own text ends, before comments and blank lines."""
        mark = self.tree.marks[location]
        while mark.style == "block":
            key = list(value)[-1] if isinstance(value, dict) else len(value) - 1
            value, location = value[key], (*location, key)
            mark = self.tree.marks[location]
        return self._last_letter(mark) if mark.style == "literal" else mark.end

    def _last_letter(self, mark: Mark) -> int:
        return mark.start + len(self.text[mark.start : mark.end].rstrip())

    def rewrite(self, new: Any, location: Location) -> None:
        """Put a value in the place of another."""
        mark = self.tree.marks[location]
        old = self.tree.data
        for part in location:
            old = old[part]  # type: ignore[index]
        piece, start, end = flow_text(new), mark.start, mark.end
        if mark.style == "quoted" and isinstance(new, str) and self.text[start] == "'" and new.isprintable():
            piece = "'" + new.replace("'", "''") + "'"
        elif mark.style == "quoted" and isinstance(new, str):
            piece = _double_quoted(new)
        elif mark.style == "literal":
            end = self._last_letter(mark)
        elif mark.style == "block":
            end = self.end(old, location)
            if isinstance(location[-1], str):
                start = self.text.index(":", mark.key_end) + 1
                piece = " " + piece
        self.edits.append((start, end, piece))
