"""Reading and writing offer documents, and the JSON Schema of their format.

A document is YAML 1.2, read without recursion, aliases or tags: at most 1 MB, 1,000 terms, 50 levels deep. Every
fault of a document is reported at once, each with its line and column, what was expected and what to do.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bargain._faults import EXAMPLES
from bargain._files import write_text_atomically
from bargain._paths import label, plain_value, walk
from bargain._rules import examine
from bargain._splice import clean_text, same, updated_text
from bargain._yaml import Location, Mark, Trouble, UnreadableError, read_yaml
from bargain.errors import DocumentError, Fault
from bargain.offers import Offer, Origin, Range

MAX_BYTES = 1_000_000
"""The largest document that is read."""


def read_offer(path: str | Path) -> Offer:
    """Read an offer document from a file.

    Parameters
    ----------
    path : str or Path
        A YAML file in UTF-8, at most 1 MB. Tables that it names are looked for in its folder.

    Returns
    -------
    Offer

    Raises
    ------
    DocumentError
        If the file cannot be read, and for the faults of the document, all of them at once.

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> offer.player_names, offer.terms[0].value
    (('Leader', 'Follower'), 6.0)
    """
    file = str(path)
    data = _bytes(Path(path), file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", "replace")) + 1
        what = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        fault = Fault("", what, "A document is text in UTF-8", "save it in that encoding", line, column)
        raise DocumentError([fault], file) from None
    return _parse(text, file, Path(path).parent.absolute(), hashlib.sha256(data).hexdigest())


def _bytes(path: Path, file: str) -> bytes:
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise DocumentError([Fault("", "this is a folder", "Name a file in it")], file or ".")
        if not stat.S_ISREG(about.st_mode):
            raise DocumentError([Fault("", "this is not a file")], file)
        _check_size(about.st_size, file)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DocumentError([Fault("", "there is no such file")], file) from None
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise DocumentError([Fault("", f"the file cannot be read: {reason}")], file) from None
    except ValueError as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError([Fault("", "this is no name of a file")], repr(file)) from None
    _check_size(len(data), file)
    return data


def _check_size(size: int, file: str) -> None:
    if size > MAX_BYTES:
        what = f"the document has {size:,} bytes"
        raise DocumentError([Fault("" if file else "document", what, f"A document has at most {MAX_BYTES:,}")], file)


def parse_offer(text: str, file: str = "", folder: Path | None = None) -> Offer:
    """Read an offer document from text.

    Parameters
    ----------
    text : str
        A YAML document.
    file : str
        The name to use in messages.
    folder : Path, optional
        Where tables that the document names are looked for.

    Returns
    -------
    Offer

    Raises
    ------
    DocumentError
        For the faults of the document, all of them at once.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.parse_offer("schema: bargain/offer@1\\nmodel: lead_rac", file="offer.yaml")
    Traceback (most recent call last):
    bargain.errors.DocumentError: offer.yaml:1:1: players: this key is missing. ...
    """
    data = text.encode("utf-8", "surrogatepass")
    _check_size(len(data), file)
    return _parse(text, file, folder, hashlib.sha256(data).hexdigest())


def _parse(text: str, file: str, folder: Path | None, sha256: str) -> Offer:
    try:
        tree = read_yaml(text)
    except UnreadableError as error:
        raise DocumentError(_located([error.trouble], {}, {}), file) from None
    offer, data, troubles = examine(tree.data, folder)
    troubles = tree.troubles + troubles
    if offer is None or troubles:
        raise DocumentError(_located(troubles, data, tree.marks), file)
    return _with_origin(offer, Origin(data, text, sha256, file, folder))


def make_offer(data: Mapping[str, Any], folder: Path | None = None) -> Offer:
    """Make an offer from plain data, as `Offer.data` gives it; numpy numbers and arrays are taken too.

    Parameters
    ----------
    data : mapping
        The keys and values of a document.
    folder : Path, optional
        Where tables that the data name are looked for.

    Returns
    -------
    Offer

    Raises
    ------
    DocumentError
        For the faults of the data, all of them at once, without lines.

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.make_offer({
    ...     "schema": "bargain/offer@1",
    ...     "model": "monitored_access",
    ...     "players": {
    ...         "A": {"capability": 4, "discount": 0.9},
    ...         "B": {"capability": 1, "discount": 0.9},
    ...     },
    ...     "asks": {"A": "monitor", "B": "comply"},
    ...     "terms": [],
    ... })
    >>> offer.numbers()["players.A.capability"]
    4.0
    """
    return _make(plain_value(data), Origin(folder=folder))


def rebuild(offer: Offer, data: dict[str, Any]) -> Offer:
    """Return an offer with other data and the text, file and folder of this one; the data are checked."""
    origin = offer._origin
    if same(origin.data, data):
        return offer
    return _make(data, Origin(text=origin.text, file=origin.file, folder=origin.folder))


def _make(given: Any, origin: Origin) -> Offer:
    if not isinstance(given, dict):
        raise DocumentError([Fault("document", "this is not a mapping", "An offer is keys with values")], origin.file)
    offer, data, troubles = examine(given, origin.folder)
    if offer is None:
        raise DocumentError(_located(troubles, data, {}), origin.file)
    return _with_origin(offer, Origin(data, origin.text, None, origin.file, origin.folder))


def _with_origin(offer: Offer, origin: Origin) -> Offer:
    offer._origin = origin
    return offer


def _located(troubles: Iterable[Trouble], data: Any, marks: Mapping[Location, Mark]) -> list[Fault]:
    """Turn troubles into faults in the order of the document."""
    rank = {location: number for number, (location, _) in enumerate(walk(data))}
    placed = []
    for trouble in troubles:
        known = next(
            trouble.location[:size]
            for size in range(len(trouble.location), -1, -1)
            if size == 0 or trouble.location[:size] in (marks or rank)
        )
        mark = marks.get(known)
        place = trouble.place
        if place is None and mark is not None:
            place = (mark.key_line, mark.key_column) if trouble.at_key and mark.key_line else (mark.line, mark.column)
        line, column = place or (None, None)
        expected, todo = trouble.expected, trouble.todo
        if not expected:
            expected, todo = todo[:1].upper() + todo[1:], ""
        where = label(trouble.location, data) or ("" if place else "document")
        fault = Fault(where, trouble.what, expected, todo, line, column)
        placed.append(((line or 0, column or 0, rank.get(known, 0)), fault))
    return [fault for _, fault in sorted(placed, key=lambda each: each[0])]


def offer_text(offer: Offer) -> str:
    """Return the offer as a document that reads back as an equal offer.

    Comments, order and quoting of the text it was read from are kept: changed values stand in the place of the
    old ones, new ones behind the last of their section. An offer made from data is written line by line. (A text
    laid out so oddly that a change would not read back is written anew, without its comments.)

    Parameters
    ----------
    offer : Offer

    Returns
    -------
    str
        YAML.

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> changed = offer.replace({"terms.fund.value": 7.5})
    >>> before, after = bg.offer_text(offer), bg.offer_text(changed)
    >>> [new for old, new in zip(before.split(), after.split()) if old != new]
    ['7.5,']
    """
    origin = offer._origin
    return clean_text(origin.data) if origin.text is None else updated_text(origin.text, origin.data)


def write_offer(offer: Offer, path: str | Path) -> None:
    """Write the offer to a file, under a temporary name first, so that no reader meets half of it.

    Parameters
    ----------
    offer : Offer
    path : path or str

    Raises
    ------
    OSError
        If the file cannot be written; what stood there before is then untouched.

    Examples
    --------
    >>> import bargain as bg
    >>> import tempfile
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/seven.yaml"
    ...     bg.write_offer(offer.replace({"terms.fund.value": 7}), path)
    ...     bg.read_offer(path).number("terms.fund.value")
    7.0
    """
    write_text_atomically(path, offer_text(offer))


def offer_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the format, for editors that complete and check as one types.

    What one part must be to another, such as a player that a term names, only `read_offer` checks.

    Returns
    -------
    dict
        As `json` writes it.

    Examples
    --------
    >>> import bargain as bg
    >>> schema = bg.offer_schema()
    >>> schema["required"]
    ['schema', 'players', 'terms']
    >>> schema["oneOf"]
    [{'required': ['model', 'asks']}, {'required': ['issues']}]
    >>> schema["$defs"]["Player"]["properties"]["discount"]["anyOf"]
    [{'exclusiveMaximum': 1, 'minimum': 0, 'type': 'number'}, {'$ref': '#/$defs/Range'}]
    """
    schema = _for_editors(Offer.model_json_schema())
    parts = schema.pop("$defs")
    parts["Range"] = _for_editors(Range.model_json_schema(), ranges=False)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "bargain offer",
        "description": f"An offer document. Its first line: {EXAMPLES['schema']}",
    }
    schema["properties"]["model"].pop("default", None)
    either = {"oneOf": [{"required": ["model", "asks"]}, {"required": ["issues"]}]}
    return {**schema, **head, **either, "$defs": dict(sorted(parts.items()))}


_NUMBER = ("type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _for_editors(schema: Any, *, ranges: bool = True) -> Any:
    """Allow a range wherever a number is, and drop what documents do not know: nulls, class names."""
    if isinstance(schema, list):
        return [_for_editors(each, ranges=ranges) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = dict(schema)
    choices = schema.get("anyOf", [])
    if {"type": "null"} in choices:
        rest = [each for each in choices if each != {"type": "null"}]
        del schema["anyOf"]
        schema |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    if schema.get("default", "") is None or isinstance(schema.get("default"), dict):
        del schema["default"]
    for key in ("discriminator", "title"):
        if isinstance(schema.get(key), str) or key == "discriminator":
            schema.pop(key, None)
    if schema.get("type") in ("number", "integer") and ranges:
        number = {key: schema.pop(key) for key in sorted(_NUMBER) if key in schema}
        number = {key: int(bound) if isinstance(bound, float) else bound for key, bound in number.items()}
        return {**schema, "anyOf": [number, {"$ref": "#/$defs/Range"}]}
    return {key: _for_editors(each, ranges=ranges) for key, each in schema.items()}
