"""Paths such as `terms.fund.value`: the names by which numbers and texts of a document are read and changed.

A path is looked up among the names the document knows, never split at its dots: players may be called "U.S.".
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from bargain._yaml import BROKEN, Location
from bargain.errors import DocumentError, Fault
from bargain.offers import Governance, Issue, Limits, Offer, Player, Term

if TYPE_CHECKING:
    from pydantic import BaseModel

SECTIONS: Mapping[str, type[BaseModel]] = {"limits": Limits, "governance": Governance}
RANGE_KEYS = frozenset({"low", "mode", "high", "source"})
AMOUNTS: Mapping[str, tuple[str, str]] = {
    "escrow": ("by", "amount"),
    "monitoring": ("of", "detection"),
    "guarantee": ("of", "probability"),
    "reputation": ("of", "amount"),
}
"""Kind of backing -> the keys of its player and of its number."""


def keys(part: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys of a part of the document, as written there."""
    return tuple(each.alias or name for name, each in part.model_fields.items())


def _is_number(annotation: Any) -> bool:
    """Tell whether a field holds a number, or a number or nothing."""
    if getattr(annotation, "__origin__", None) in (dict, tuple):
        return False
    return annotation in (float, int) or any(_is_number(each) for each in get_args(annotation))


def _number_keys(part: type[BaseModel]) -> frozenset[str]:
    return frozenset(name for name, each in part.model_fields.items() if _is_number(each.annotation))


_NUMBERS: Mapping[str, frozenset[str]] = {
    "": _number_keys(Offer),
    "players": _number_keys(Player),
    "terms": _number_keys(Term),
    "limits": _number_keys(Limits),
    "governance": _number_keys(Governance),
    "backing": frozenset(key for _, key in AMOUNTS.values()),
}


def is_number_place(location: Location) -> bool:
    """Tell whether the format has a number at a location; inside `parameters` only the model knows."""
    match location:
        case (str(key),):
            return key in _NUMBERS[""]
        case ("limits" | "governance" as section, str(key)):
            return key in _NUMBERS[section]
        case ("players" | "terms" | "backing" as section, _, str(key)):
            return key in _NUMBERS[section]
        case ("governance", "weights", _) | ("affinity", _, _):
            return True
        case ("terms", _, "schedule", _) | ("players", _, "growth", _):
            return True
    return False


def in_parameters(location: Location) -> bool:
    """Tell whether a location is at or below the parameters of a model, where only that model knows its keys."""
    return location[:1] == ("parameters",) or (location[:1] == ("issues",) and location[2:3] == ("parameters",))


def is_range(value: Any, location: Location) -> bool:
    """Tell whether a value is meant as a range `{low, mode, high, source}`."""
    if not isinstance(value, dict):
        return False
    if not in_parameters(location):
        return is_number_place(location)
    numbers = [value[key] for key in ("low", "mode", "high") if key in value]
    return bool(numbers) and value.keys() <= RANGE_KEYS and not any(isinstance(n, dict | list) for n in numbers)


def walk(value: Any, location: Location = ()) -> Iterator[tuple[Location, Any]]:
    """Yield every value below one, with its location, parents first; a range counts as one value."""
    yield location, value
    if is_range(value, location):
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from walk(each, (*location, key))


def label(location: Location, data: Any) -> str:
    """Write a location as the path an analyst knows: terms by id, issues by name, backing by kind and player.

    >>> label(("terms", 0, "value"), {"terms": [{"id": "fund", "value": 6}]})
    'terms.fund.value'
    """
    words = [str(part) if str(part).strip() else '""' for part in location]
    if len(location) > 1 and location[0] in ("terms", "backing", "sources", "issues"):
        index = location[1]
        items = data.get(location[0]) if isinstance(data, dict) else None
        known = isinstance(items, list) and isinstance(index, int) and index < len(items)
        item = items[index] if known and items is not None and isinstance(index, int) else None
        words[1] = f"item {index + 1}" if isinstance(index, int) else words[1]
        key = {"terms": "id", "issues": "name"}.get(str(location[0]), "")
        if isinstance(item, dict) and isinstance(item.get(key), str):
            words[1] = item[key] if item[key].strip() else words[1]
        if location[0] == "backing" and isinstance(item, dict) and isinstance(item.get("kind"), str):
            kind = item["kind"]
            player = item.get(AMOUNTS[kind][0]) if kind in AMOUNTS else None
            words[1] = f"{kind}.{player}" if isinstance(player, str) else words[1]
    return ".".join(words)


def _stated(data: dict[str, Any]) -> Iterator[tuple[str, Location, Any]]:
    for location, value in walk(data):
        if location and location[0] != "sources":
            yield label(location, data), location, value


def stated_paths(data: dict[str, Any]) -> frozenset[str]:
    """Return the path of every value in valid data, those of whole sections among them."""
    return frozenset(path for path, _, _ in _stated(data))


def stated_numbers(data: dict[str, Any]) -> dict[str, tuple[float, float, float, str | None]]:
    """Return low, mode, high and source of each number stated in valid data; source None: not a range.

    Several amounts of one kind for one player are added.
    """
    found: dict[str, tuple[float, float, float, str | None]] = {}
    for path, location, value in _stated(data):
        number: tuple[float, float, float, str | None]
        if is_range(value, location):
            number = (float(value["low"]), float(value["mode"]), float(value["high"]), str(value.get("source", "")))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            number = (float(value), float(value), float(value), None)
        else:
            continue
        if path in found and location[0] == "backing":
            low, mode, high, source = found[path]
            either = number[3] if source is None else source
            number = (low + number[0], mode + number[1], high + number[2], either)
        found[path] = number
    return found


def number_at(offer: Offer, path: str) -> float:
    """Return the number at a path, stated or by default."""
    numbers = stated_numbers(offer.data)
    if path in numbers:
        return numbers[path][1]
    for each, location in _absent(offer):
        if each == path:
            default = _default(offer, location)
            if isinstance(default, int | float) and not isinstance(default, bool):
                return float(default)
            what = "the document states no number here, and there is no default"
            raise DocumentError([Fault(path, what, "State it")], offer.file)
    raise DocumentError([_unknown(path, [*numbers, *(each for each, _ in _absent(offer))])], offer.file)


def place_of(offer: Offer, path: str) -> Location:
    """Return where a number that a document states, or could state, has its place; undeclared backing by its kind."""
    for each, location, _ in _stated(offer.data):
        if each == path:
            return location
    return dict(_absent(offer)).get(path, ())


def _default(offer: Offer, location: Location) -> Any:
    match location:
        case ("backing", kind, player) if kind in AMOUNTS:
            amount = offer.amount(kind, str(player))  # type: ignore[arg-type]
            return 0.0 if amount is None and kind == "guarantee" else amount
        case ("parameters", name) | ("issues", _, "parameters", name):
            section = label(location[:-1], offer.data)
            return offer.build_model().sections()[section].parameters().get(str(name))
        case ("affinity", _, _):
            return 0.0
        case ("terms", int(index), name):
            return getattr(offer.terms[index], str(name), None)
        case ("players", player, name):
            return getattr(offer.players[str(player)], str(name), None)
        case (name,):
            return getattr(offer, str(name), None)
    return None


def _absent(offer: Offer) -> Iterator[tuple[str, Location]]:
    """Yield the paths that `replace` can create; undeclared backing as ("backing", kind, player)."""
    from bargain.registry import model_class

    data = offer.data
    for key in keys(Offer):
        yield key, (key,)
    for player in offer.player_names:
        for key in keys(Player):
            yield f"players.{player}.{key}", ("players", player, key)
        for section in ("asks", "disagreement", "breakdown"):
            yield f"{section}.{player}", (section, player)
        for kind, (_, amount) in AMOUNTS.items():
            yield f"backing.{kind}.{player}.{amount}", ("backing", kind, player)
        yield f"governance.weights.{player}", ("governance", "weights", player)
        for other in offer.player_names:
            if other != player:
                yield f"affinity.{player}.{other}", ("affinity", player, other)
    for index in range(len(offer.terms)):
        for key in keys(Term):
            location: Location = ("terms", index, key)
            yield label(location, data), location
    for section, part in SECTIONS.items():
        for key in keys(part):
            yield f"{section}.{key}", (section, key)
    sites: list[tuple[Location, str]] = [((), offer.model)]
    if offer.issues:
        sites = [(("issues", index), issue.model) for index, issue in enumerate(offer.issues)]
    for at, name in sites:
        for key in keys(Issue) if at else ():
            yield label((*at, key), data), (*at, key)
        for parameter in model_class(name).parameter_names():
            place: Location = (*at, "parameters", parameter)
            yield label(place, data), place


def _unknown(path: str, known: list[str]) -> Fault:
    return Fault(path, "there is no such path in this document", nearest(path, known).replace("perhaps", "Perhaps", 1))


def nearest_name(word: Any, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest to a word, None where none is near.

    A name that differs in its digits only is another name, not a misspelt one.

    >>> nearest_name("Folower", ["Leader", "Follower"]), nearest_name("pause 7", ["pause 6", "pause 9"])
    ('Follower', None)
    """
    digits = re.compile(r"\d")
    names = {name.casefold(): name for name in known if digits.sub("", name) != digits.sub("", str(word))}
    found = difflib.get_close_matches(str(word)[:100].casefold(), names, n=1, cutoff=0.65)
    return names[found[0]] if found else None


def nearest(word: Any, known: Iterable[str]) -> str:
    """Suggest the known name that is nearest to a word, or nothing."""
    name = nearest_name(word, known)
    return f"perhaps {name!r} is meant" if name else ""


def replaced(offer: Offer, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the offer's plain data with other values at the given paths.

    Raises
    ------
    DocumentError   listing each path that is not known
    """
    data = offer.data
    stated: dict[str, list[Location]] = {}
    for path, location, _ in _stated(data):
        stated.setdefault(path, []).append(location)
    absent = dict(_absent(offer)) if any(path not in stated for path in changes) else {}
    faults = []
    for path, value in changes.items():
        plain = plain_value(value)
        if path in stated and stated[path][0][0] == "backing" and len(stated[path]) > 1:
            _set_total(data, stated[path], plain)
        elif path in stated:
            _set(data, stated[path][0], plain)
        elif path in absent:
            _create(data, absent[path], plain)
        else:
            faults.append(_unknown(path, [*stated, *absent]))
    if faults:
        raise DocumentError(faults, offer.file)
    return data


def plain_value(value: Any, depth: int = 0) -> Any:
    """Return data as plain dicts, lists and scalars; numpy's numbers and arrays become Python's.

    What a document cannot hold is returned as it is, for the checks to name.
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if depth > 50:
        return value
    if isinstance(value, Mapping):
        return {key: plain_value(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(each, depth + 1) for each in value]
    return value


def _at(data: Any, location: Location) -> Any:
    for part in location:
        data = data[part]
    return data


def _set(data: dict[str, Any], location: Location, value: Any) -> None:
    """Put a value in its place; a range that is given a number keeps its bounds, widened if need be."""
    parent, key = _at(data, location[:-1]), location[-1]
    old = parent[key]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if number and is_range(old, location):
        value = {**old, "low": min(old["low"], value), "mode": value, "high": max(old["high"], value)}
    parent[key] = value


def _set_total(data: dict[str, Any], places: list[Location], total: Any) -> None:
    """Make several amounts add up to a total: the first takes the change, the others what it cannot."""
    if isinstance(total, bool) or not isinstance(total, int | float):
        _set(data, places[0], total)
        return
    amounts = [mode_of(_at(data, place)) for place in places]
    others = math.fsum(amounts[1:])
    if total < 0 or total >= others:
        _set(data, places[0], total if total < 0 else total - others)
        return
    left = total
    for place, amount in zip(reversed(places), reversed(amounts), strict=True):
        kept = min(amount, left)
        left -= kept
        _set(data, place, kept)


def _create(data: dict[str, Any], location: Location, value: Any) -> None:
    match location:
        case ("backing", str(kind), player) if kind in AMOUNTS:
            holder, amount = AMOUNTS[kind]
            data.setdefault("backing", []).append({"kind": kind, holder: player, amount: value})
        case _:
            parent: Any = data
            if isinstance(data.get(str(location[0])), str) and len(location) > 1:
                data[str(location[0])] = {}  # breakdown: dissolve gives way to a profile
            for part in location[:-1]:
                parent = parent.setdefault(part, {}) if isinstance(parent, dict) else parent[part]
            parent[location[-1]] = value


def mode_of(value: Any) -> Any:
    """Return the mode of a range, any other value as it is."""
    return value["mode"] if isinstance(value, dict) else value


def resolve(data: Any, at: str = "mode", location: Location = ()) -> Any:
    """Copy the data with each range as one of its three numbers; what is broken inside stays broken."""
    if is_range(data, location):
        return data.get(at, BROKEN)
    if isinstance(data, dict):
        return {key: resolve(each, at, (*location, key)) for key, each in data.items()}
    if isinstance(data, list):
        return [resolve(each, at, (*location, index)) for index, each in enumerate(data)]
    return data
