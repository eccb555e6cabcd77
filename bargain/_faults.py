"""Faults of single values, in the words of the document: what pydantic finds is said here in ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from bargain._paths import in_parameters, is_range, keys, nearest, nearest_name, resolve, walk
from bargain._yaml import BROKEN, MAX_DEPTH, Location, Trouble, describe, plain_scalar, shorten
from bargain.offers import BACKING, Governance, Issue, Limits, Offer, Player, Range, Term

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

EXAMPLES: Mapping[str, str] = {
    "schema": "schema: bargain/offer@1",
    "model": "model: lead_race",
    "players": "players: {Leader: {capability: 4.0, discount: 0.9}}",
    "asks": "asks: {Leader: pause 6, Follower: refrain}",
    "terms": "terms: []",
    "capability": "capability: 4.0",
    "discount": "discount: 0.9",
    "id": "id: fund",
    "cluster": "cluster: financial",
    "from": "from: Leader",
    "to": "to: Follower",
    "kind": "kind: escrow",
    "by": "by: Leader",
    "of": "of: Follower",
    "amount": "amount: 2.5",
    "detection": "detection: 0.9",
    "probability": "probability: 0.5",
    "quota": "quota: 60",
    "weights": "weights: {Leader: 50, Follower: 30}",
    "issue": "name: climate",
    "affinity": "affinity: {Leader: {Follower: 0.2}}",
    "low": "low: 4",
    "mode": "mode: 6",
    "high": "high: 9",
}
"""A line that states each required key."""

LONGEST_KEY = 200
"""Characters of a key, a player's name for instance: YAML reads no key of more than 1024."""

MOST_LISTED = 12
"""Known names that a message lists beside the one that is perhaps meant."""

A_RANGE = "a number, or {low, mode, high, source}"


def vet(data: Any, location: Location, troubles: list[Trouble]) -> Any:
    """Copy the data, with what no document can hold replaced by BROKEN and reported."""
    problem: tuple[str, str, str] | None = None
    if data is BROKEN or isinstance(data, bool):
        return data
    if isinstance(data, dict | list) and len(location) >= MAX_DEPTH:
        problem = (f"this is nested more than {MAX_DEPTH} levels deep", "", "")
        location = location[:2]
    elif isinstance(data, dict):
        for key in data:
            if not isinstance(key, str):
                what = f"the key {shorten(repr(key))} is not text"
                troubles.append(Trouble(location, what, "A key is text", "put it in quotes"))
            elif len(key) > LONGEST_KEY:
                what = f"the key {shorten(key)!r} has more than {LONGEST_KEY} characters"
                troubles.append(Trouble((*location, key), what, "", "shorten it", at_key=True))
        return {key: vet(each, (*location, key), troubles) for key, each in data.items() if isinstance(key, str)}
    elif isinstance(data, list):
        return [vet(each, (*location, index), troubles) for index, each in enumerate(data)]
    elif isinstance(data, int | float):
        if -sys.float_info.max <= data <= sys.float_info.max:
            return data
        problem = ("this number is not finite", "Numbers are finite", "")
    elif isinstance(data, str):
        if not any("\ud800" <= letter <= "\udfff" for letter in data):
            return data
        problem = ("the text holds half a character (a surrogate)", "", "remove the escape that makes it")
    elif data is None:
        problem = ("nothing is written here", "A key has a value", "write one, or remove the key")
    else:
        kinds = "Values are texts, numbers, true or false, lists, and keys with values"
        problem = ("this is nothing that a document can hold", kinds, "")
    troubles.append(Trouble(location, *problem))
    return BROKEN


def vet_ranges(data: dict[str, Any], troubles: list[Trouble]) -> list[Location]:
    """Report the faults of the ranges, mark faulty ones as broken, return where the sound ones are."""
    sound = []
    for location, value in list(walk(data)):
        if not is_range(value, location):
            continue
        faults = list(_range_faults(value, location))
        if not faults:
            sound.append(location)
            continue
        troubles.extend(faults)
        parent: Any = data
        for part in location[:-1]:
            parent = parent[part]
        parent[location[-1]] = BROKEN
    return sound


def _range_faults(value: dict[str, Any], location: Location) -> Iterator[Trouble]:
    if value.keys().isdisjoint(("low", "mode", "high")):
        yield Trouble(location, "keys with values stand where a number is expected", f"Write {A_RANGE}")
        return
    try:
        given = Range.model_validate(value)
    except ValidationError as error:
        yield from translate(error, value, Range, location)
        return
    if not given.low <= given.mode <= given.high:
        low, mode, high = (number_text(each) for each in (given.low, given.mode, given.high))
        what = f"low {low}, mode {mode}, high {high} are not in order"
        yield Trouble(location, what, "In a range low <= mode <= high")


def offer_faults(data: dict[str, Any], ranges: Sequence[Location]) -> tuple[Offer | None, list[Trouble]]:
    """Return the typed offer, or None, and what is wrong with its single values, ranges at all three numbers."""
    troubles: list[Trouble] = []
    offer = None
    for at in ("mode", "low", "high") if ranges else ("mode",):
        numbers = resolve(data, at)
        try:
            found = Offer.model_validate(numbers)
            offer = found if at == "mode" else offer
        except ValidationError as error:
            for trouble in translate(error, numbers, Offer, ()):
                if trouble.location in ranges:
                    troubles.append(at_number(trouble, at))
                elif at == "mode":
                    troubles.append(trouble)
    return (None if troubles else offer), troubles


def at_number(trouble: Trouble, at: str) -> Trouble:
    """Return a fault of a range as one of its low, mode or high."""
    return Trouble((*trouble.location, at), trouble.what, trouble.expected, trouble.todo)


def translate(error: ValidationError, data: Any, part: type[BaseModel], base: Location) -> Iterator[Trouble]:
    """Say pydantic's errors on a part of the document in its own words; `base` is where the part stands.

    A key that is missing because it is misspelt is named once, where it is misspelt.
    """
    errors = error.errors(include_url=False, include_context=True)
    places = [_locate(each, data) for each in errors]
    said: set[Location] = set()
    for each, (place, _) in zip(errors, places, strict=True):
        if place and each["type"] == "extra_forbidden":
            known = nearest_name(place[-1], known_keys(part, place[:-1], base, each["loc"]))
            said.add((*place[:-1], known or ""))
    for each, (place, value) in zip(errors, places, strict=True):
        if place is not None and place not in said:
            said.add(place)
            yield _say(each, base, place, value, part)


def _locate(error: ErrorDetails, data: Any) -> tuple[Location | None, Any]:
    """Find an error's place in the data: None where that place is broken already."""
    place: Location = ()
    value = data
    parts = error["loc"][:-1] if error["loc"][-1:] == ("[key]",) else error["loc"]
    for part in parts:
        if part == "str" and isinstance(value, dict):
            return None, value  # a source that is keys with texts: what is wrong is inside it
        inside = isinstance(value, dict) and part in value
        if inside or (isinstance(value, list) and isinstance(part, int) and part < len(value)):
            value = value[part]
            place = (*place, part)
            if value is BROKEN:
                return None, value
    if error["type"] == "missing":
        return (*place, error["loc"][-1]), value
    if error["type"].startswith("union_tag") and isinstance(value, dict):
        place = (*place, "kind")
        value = value.get("kind")
    return (None if value is BROKEN else place), value


def _say(error: ErrorDetails, base: Location, place: Location, value: Any, part: type[BaseModel]) -> Trouble:
    kind, location = error["type"], (*base, *place)
    key = str(place[-1]) if place else ""
    field = field_at(part, place, error["loc"])
    if kind == "missing" or kind == "union_tag_not_found" or (kind == "union_tag_invalid" and value is None):
        return missing(location, field)
    if kind == "extra_forbidden":
        known = known_keys(part, place[:-1], base, error["loc"])
        what = f"{shorten(key)!r} is not a {'parameter of this model' if in_parameters(base) else 'key here'}"
        meant = nearest(key, known)
        listed = "" if meant and len(known) > MOST_LISTED else f"Known: {', '.join(known)}"
        return Trouble(location, what, listed, meant, at_key=True)
    if error["loc"][-1:] == ("[key]",):
        return Trouble(location, "the name is blank", "", "write a name", at_key=True)
    if kind in _BOUNDS:
        expected = _rule(key, field) or f"A number here is {_SIGNS[_BOUNDS[kind]]}{error['ctx'][_BOUNDS[kind]]:g}"
        return Trouble(location, _out_of_bounds(error, value), expected, _reversal(location))
    if kind == "value_error":
        return Trouble(location, sentence(str(error["ctx"]["error"])))
    if kind in ("literal_error", "union_tag_invalid"):
        return _unknown_word(location, key, value, error)
    return Trouble(location, *_wrong_type(kind, key, value, field))


def missing(location: Location, field: FieldInfo | None) -> Trouble:
    """Say that a key is missing, what it means and how it is written."""
    key = str(location[-1])
    example = EXAMPLES.get("issue" if location[:1] == ("issues",) and key == "name" else key)
    todo = f"write it, for instance {example}" if example else "write it"
    return Trouble(location, "this key is missing", _meaning(key, field), todo)


def sentence(words: str) -> str:
    """Begin with a small letter, as after a colon, unless a name or an abbreviation stands there."""
    return words[0].lower() + words[1:] if words[:1].isupper() and words[1:2].islower() else words


_BOUNDS: Mapping[str, str] = {
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than": "lt",
    "less_than_equal": "le",
}


_SIGNS: Mapping[str, str] = {"gt": "> ", "ge": ">= ", "lt": "< ", "le": "<= "}


def _out_of_bounds(error: ErrorDetails, value: Any) -> str:
    bound = error["ctx"][_BOUNDS[error["type"]]]
    number = number_text(value)
    if value < 0 and bound == 0:
        return f"{number} is negative"
    word = {"gt": "not above", "ge": "below", "lt": "not below", "le": "above"}[_BOUNDS[error["type"]]]
    return f"{number} is {word} {bound:g}"


def number_text(value: Any) -> str:
    """Write a number as a document does: 6 and 0.5, not 6.0 where an integer was meant."""
    return repr(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else repr(value)


def _bounds(field: FieldInfo | None) -> str:
    parts = []
    for limit in field.metadata if field else ():
        for name, sign in _SIGNS.items():
            bound = getattr(limit, name, None)
            if bound is not None:
                parts.append(f"{sign}{bound:g}")
    return " and ".join(parts)


def _rule(key: str, field: FieldInfo | None) -> str:
    if key in ("value", "cost"):
        return f"A {key} is >= 0, from provider to recipient"
    bounds = _bounds(field)
    if not bounds:
        return ""
    noun = key if "_" in key or key.endswith("s") else with_article(key).capitalize()
    return f"{noun} is {bounds}"


def with_article(noun: str) -> str:
    """Write a noun with "a" or "an"."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def _reversal(location: Location) -> str:
    return "to reverse it, swap from and to" if location[0] == "terms" and location[-1] in ("value", "cost") else ""


def _meaning(key: str, field: FieldInfo | None) -> str:
    if field is None or not field.description:
        return ""
    bounds = _bounds(field)
    return f"{key}: {field.description}" + (f", {bounds}" if bounds else "")


def _unknown_word(location: Location, key: str, value: Any, error: ErrorDetails) -> Trouble:
    context = error["ctx"]
    listed = context.get("expected_tags") or context["expected"]
    known = [word.strip(" '") for word in listed.replace(" or ", ", ").split(",")]
    if key == "schema":
        return Trouble(location, f"{_quoted(value)} is not a version that is read here", f"Write {known[0]}")
    what = f"{_quoted(value)} is not {with_article('kind of backing' if key == 'kind' else key)} that is known"
    return Trouble(location, what, f"Known: {', '.join(known)}", nearest(value, known))


def _quoted(value: Any) -> str:
    return repr(shorten(value)) if isinstance(value, str) else describe(value)


def _wrong_type(kind: str, key: str, value: Any, field: FieldInfo | None) -> tuple[str, str, str]:
    found = describe(value)
    if kind.startswith(("float", "int", "decimal", "finite")):
        return _no_number(value, key, field)
    if kind.startswith("bool"):
        write = {"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}
        return f"{found} stands where true or false is expected", "", write.get(str(value).lower(), "")
    if kind == "string_pattern_mismatch":
        part = "a term" if key == "id" else "an issue"
        return f"{shorten(value)!r} is not a name of {part}", "Names are of letters, digits, _ and -", ""
    if kind.startswith("string"):
        todo = "put it in quotes" if isinstance(value, int | float) else ""
        return f"{found} stands where a text is expected", "" if todo else _meaning(key, field), todo
    if kind.startswith(("tuple", "list", "set")):
        return (
            f"{found} stands where a list is expected",
            _meaning(key, field),
            "write [...], or lines that start with -",
        )
    if kind.startswith(("dict", "model", "mapping")):
        return f"{found} stands where keys with values are expected", _meaning(key, field), _example(key)
    if kind == "too_long":
        most = {"terms": "A document has at most 1,000 terms", "issues": "A document has at most 50 issues"}
        return "this list is too long", most.get(key, ""), ""
    if kind == "too_short":
        return "nothing is listed here", _meaning(key, field), _example(key)
    return f"{found} is not accepted here", _meaning(key, field), ""


def _example(key: str) -> str:
    return f"write for instance {EXAMPLES[key]}" if key in EXAMPLES else ""


def _no_number(value: Any, key: str, field: FieldInfo | None) -> tuple[str, str, str]:
    if isinstance(value, float):
        return f"{number_text(value)} is not a whole number", _rule(key, field), ""
    expected = f"Write {A_RANGE}" if isinstance(value, dict) else _rule(key, field)
    return text_for_number(value, expected)


def text_for_number(value: Any, expected: str = "") -> tuple[str, str, str]:
    """Say that something else stands where a number is expected."""
    what = f"{describe(value)} stands where a number is expected"
    if isinstance(value, str):
        if isinstance(plain_scalar(value.strip()), int | float):
            return what, expected, "remove the quotes"
        digits = value.replace("_", "").replace(",", "").replace(" ", "")
        if isinstance(plain_scalar(digits), int | float):
            return what, expected, f"write {digits}"
    return what, expected, ""


def field_at(part: type[BaseModel], place: Location, where: tuple[str | int, ...]) -> FieldInfo | None:
    """Return the declaration of the key at a place in a part of the document; `where` is pydantic's name for it."""
    if not place:
        return None
    inner = part
    if part is Offer and len(place) > 1:
        match place:
            case ("players", _, _):
                inner = Player
            case ("terms", _, _):
                inner = Term
            case ("backing", _, _):
                inner = BACKING.get(str(where[2]) if len(where) > 2 else "", Offer)
            case ("issues", _, _):
                inner = Issue
            case ("limits", _):
                inner = Limits
            case ("governance", _):
                inner = Governance
            case _:
                return None
    elif len(place) > 1:
        return None
    return next((each for name, each in inner.model_fields.items() if (each.alias or name) == place[-1]), None)


def known_keys(part: type[BaseModel], place: Location, base: Location, where: tuple[str | int, ...]) -> tuple[str, ...]:
    """List the keys that are known at a place."""
    if in_parameters(base):
        return tuple(name for name in keys(part) if name != "players")
    if part is not Offer or not place:
        return keys(part)
    match place:
        case ("players", _):
            return keys(Player)
        case ("terms", _):
            return keys(Term)
        case ("backing", _):
            return keys(BACKING[str(where[2])])
        case ("issues", _):
            return keys(Issue)
        case ("limits",):
            return keys(Limits)
    return keys(Governance)
