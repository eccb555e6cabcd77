"""What the parts of a document must be to one another: players, actions, terms, backing and the model agree.

The rules read the raw data and pass over whatever is missing or of the wrong type, since that is reported
already; so one fault hides no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bargain._faults import at_number, number_text, offer_faults, text_for_number, translate, vet, vet_ranges
from bargain._paths import AMOUNTS, nearest, nearest_name, resolve, walk
from bargain._yaml import BROKEN, Location, Trouble, shorten
from bargain.offers import DISSOLVE, REVOCABLE, Offer, revocable

if TYPE_CHECKING:
    from bargain.model import Model

MOST_REVOCABLE = 10
"""Terms with revocable power that one player may provide: each set of them withheld is checked."""

Actions = Mapping[str, Sequence[str]]


def examine(raw: dict[str, Any], folder: Path | None) -> tuple[Offer | None, dict[str, Any], list[Trouble]]:
    """Check plain data as a whole: the typed offer, or None, the data, and every trouble there is."""
    troubles: list[Trouble] = []
    data = vet(raw, (), troubles)
    ranges = vet_ranges(data, troubles)
    offer, faults = offer_faults(data, ranges)
    troubles += faults
    numbers = resolve(data)
    actions, faults = model_faults(data, ranges, folder)
    troubles += faults
    players = _players(numbers)
    troubles += _asks(numbers, players, actions)
    for section in ("disagreement", "breakdown"):
        troubles += _profile(section, numbers, players, actions)
    troubles += _dissolution(numbers)
    troubles += _terms(numbers, players)
    troubles += _backing(numbers, players)
    return (None if troubles else offer), data, list(dict.fromkeys(troubles))


def _mapping(data: Any, key: str) -> dict[str, Any]:
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, dict) else {}


def _players(data: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in _mapping(data, "players").items() if name.strip()}


def _items(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    value = data.get(key)
    items = value if isinstance(value, list) else []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def _positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _player(name: Any, players: Mapping[str, Any], location: Location, *, at_key: bool = False) -> Iterator[Trouble]:
    if isinstance(name, str) and players and name not in players:
        what, known = f"{shorten(name)!r} is not a player", f"Players: {', '.join(players)}"
        yield Trouble(location, what, known, nearest(name, players), at_key=at_key)


def _action(player: str, action: Any, actions: Actions, location: Location) -> Iterator[Trouble]:
    own = actions.get(player)
    if own is not None and isinstance(action, str) and action not in own:
        what = f"{shorten(action)!r} is not an action of {player}"
        yield Trouble(location, what, f"Actions: {', '.join(own)}", nearest(action, own))


def _asks(data: dict[str, Any], players: Mapping[str, Any], actions: Actions) -> Iterator[Trouble]:
    asks = data.get("asks")
    if not isinstance(asks, dict):
        return
    misspelt = {nearest_name(name, players) for name in asks if name not in players}
    for player in players:
        if player not in asks and player not in misspelt:
            what, todo = "nothing is asked of this player", "write its action"
            if player in actions:
                todo = f"write for instance {player}: {actions[player][0]}"
            yield Trouble(("asks", player), what, "Each player is asked one action", todo)
    for player, action in asks.items():
        yield from _player(player, players, ("asks", player), at_key=True)
        yield from _action(player, action, actions, ("asks", player))


def _profile(section: str, data: dict[str, Any], players: Mapping[str, Any], actions: Actions) -> Iterator[Trouble]:
    profile = _mapping(data, section)
    misspelt = {nearest_name(name, players) for name in profile if name not in players}
    for player in players if profile else ():
        if player not in profile and player not in misspelt:
            what = "the profile leaves this player out"
            yield Trouble((section, player), what, "A profile names every player, or none", "write its action")
    for player, action in profile.items():
        yield from _player(player, players, (section, player), at_key=True)
        yield from _action(player, action, actions, (section, player))


def _dissolution(data: dict[str, Any]) -> Iterator[Trouble]:
    from bargain.registry import model_class, models

    name = data.get("model")
    if data.get("breakdown") == DISSOLVE and isinstance(name, str) and name in models() and not model_class(name).signs:
        what = f"nobody signs in the model {name!r}, so there is no coalition that could dissolve"
        todo = "write the action of each player, or leave breakdown out: then an equilibrium is played"
        yield Trouble(("breakdown",), what, "Here a breakdown is a profile", todo)


def _terms(data: dict[str, Any], players: Mapping[str, Any]) -> Iterator[Trouble]:
    ids: set[str] = set()
    providers: Counter[str] = Counter()
    windfalls = []
    for index, term in _items(data, "terms"):
        at: Location = ("terms", index)
        provider, name, timing = term.get("from"), term.get("id"), term.get("timing", "conditional")
        yield from _player(provider, players, (*at, "from"))
        yield from _player(term.get("to"), players, (*at, "to"))
        if isinstance(provider, str) and provider == term.get("to"):
            what = f"the term goes from {provider} to itself"
            yield Trouble((*at, "to"), what, "A term has two ends", "name another player")
        if isinstance(name, str):
            if name in ids:
                yield Trouble((*at, "id"), f"two terms are called {name!r}", "Each id stands once", "rename one")
            ids.add(name)
        if timing == "windfall":
            windfalls.append(name if isinstance(name, str) else f"item {index + 1}")
            if "hazard" not in data:
                expected = "A windfall arrives with a stated hazard a period"
                todo = "add a line such as hazard: 0.1"
                yield Trouble((*at, "timing"), "the document states no hazard for this windfall", expected, todo)
        yield from _weight(term, data, at)
        if isinstance(provider, str) and _power_can_be_withheld(term, timing):
            providers[provider] += 1
            if providers[provider] == MOST_REVOCABLE + 1:
                what = f"{provider} provides more than {MOST_REVOCABLE} terms whose power can be revoked"
                expected = "Every set of them withheld is checked, so they are limited"
                yield Trouble((*at, "power"), what, expected, "put several into one term")
    if windfalls and "punishment_periods" in data:
        periods = data["punishment_periods"]
        span = f" of {number_text(periods)} periods" if isinstance(periods, int | float) else ""
        what = f"a punishment{span} stands beside a windfall term ({windfalls[0]})"
        expected = "With a windfall, punishment is for ever"
        yield Trouble(("punishment_periods",), what, expected, "remove punishment_periods, or change the timing")


def _power_can_be_withheld(term: dict[str, Any], timing: Any) -> bool:
    cluster, power, stated = term.get("cluster"), term.get("power"), term.get("revocable")
    if not isinstance(cluster, str) or cluster not in REVOCABLE or not _positive(power):
        return False
    return revocable(cluster, str(timing), float(power or 0), stated if isinstance(stated, bool) else None)


def _weight(term: dict[str, Any], data: dict[str, Any], at: Location) -> Iterator[Trouble]:
    cluster, weight = term.get("cluster"), term.get("weight")
    if not _positive(weight) or not isinstance(cluster, str) or cluster not in REVOCABLE:
        return
    if cluster != "seat_at_table":
        what = f"a term of the cluster {cluster} has a weight of {number_text(weight)}"
        yield Trouble((*at, "weight"), what, "Only a seat_at_table has a weight", "remove it, or change the cluster")
    elif "governance" not in data:
        what = "the document states no governance in which this seat has a weight"
        todo = "add for instance governance: {quota: 60, weights: {Leader: 50, Follower: 30}}"
        yield Trouble((*at, "weight"), what, "", todo)


def _backing(data: dict[str, Any], players: Mapping[str, Any]) -> Iterator[Trouble]:
    stated: set[tuple[str, str]] = set()
    for index, part in _items(data, "backing"):
        kind = part.get("kind")
        if not isinstance(kind, str) or kind not in AMOUNTS:
            continue
        key = AMOUNTS[kind][0]
        player = part.get(key)
        yield from _player(player, players, ("backing", index, key))
        if not isinstance(player, str):
            continue
        if (kind, player) in stated and kind in ("monitoring", "guarantee"):
            what = f"the {kind} of {player} is stated twice"
            yield Trouble(("backing", index, key), what, "Amounts add, probabilities do not", "keep one of them")
        stated.add((kind, player))


def build_model(name: str, parameters: Mapping[str, Any], players: Sequence[str], folder: Path | None) -> Model:
    """Build the model of that name with plain numbers as parameters.

    Raises
    ------
    BargainError      if no installed package offers the model
    ValidationError   if a parameter or the number of players does not fit
    """
    from bargain.registry import model_class

    values = {**parameters, "players": tuple(players)}
    return model_class(name).model_validate(values, context={"folder": folder})


def model_faults(
    data: dict[str, Any], ranges: Sequence[Location], folder: Path | None
) -> tuple[Actions, list[Trouble]]:
    """Return each player's actions, as far as they are known, and the faults of model and parameters."""
    from bargain.registry import model_class, models

    name = data.get("model")
    if not isinstance(name, str):
        return {}, []
    if name not in models():
        what, known = f"{shorten(name)!r} is not an installed model", f"Models: {', '.join(models())}"
        return {}, [Trouble(("model",), what, known, nearest(name, models()))]
    kind = model_class(name)
    players = _players(data)
    troubles = list(_places(kind, players))
    names = () if troubles else tuple(players)
    given = resolve(data).get("parameters", {})
    if not isinstance(given, dict):
        return {}, troubles
    at: Location = ("parameters",)
    broken = {key for key, value in given.items() if any(each is BROKEN for _, each in walk(value, (*at, key)))}
    if "players" in given:
        broken.add("players")
        what = "'players' is not a parameter of this model"
        known = f"Known: {', '.join(kind.parameter_names())}"
        troubles.append(Trouble((*at, "players"), what, known, "write players at the top level", at_key=True))
    sound = {key: value for key, value in given.items() if key not in broken}
    model, faults = _attempt(kind, sound, names, folder, broken)
    troubles += faults
    for bound in ("low", "high") if any(place[0] == "parameters" for place in ranges) else ():
        ends = {key: value for key, value in resolve(data, bound)["parameters"].items() if key not in broken}
        _, at_end = _attempt(kind, ends, names, folder, broken)
        troubles += [at_number(each, bound) for each in at_end if each.location in ranges]
    faulty = broken | {str(each.location[1]) for each in faults if len(each.location) > 1}
    if model is None and all(_leaves_actions(kind, key, given.get(key)) for key in faulty):
        model, _ = _attempt(
            kind, {key: each for key, each in sound.items() if key not in faulty}, names, folder, faulty
        )
    if not kind.takes_asks():
        what = f"the model {data['model']!r} has no actions that could be asked for"
        troubles.append(Trouble(("model",), what, "It serves the solvers, not offers", "choose another model"))
        return {}, troubles
    if model is None or not names:
        return {}, troubles
    return dict(zip(names, model.actions(), strict=True)), troubles


def _places(kind: type[Model], players: Mapping[str, Any]) -> Iterator[Trouble]:
    least, n_players = len(kind.roles), len(players)
    if players and (n_players < least or (n_players > least and not kind.more_players)):
        more = " or more" if kind.more_players else ""
        count = "1 player" if n_players == 1 else f"{n_players} players"
        what = f"{count} stand where {kind.name} has {least}{more}"
        yield Trouble(("players",), what, f"Its places are {', '.join(kind.roles)}, in this order")


def _attempt(
    kind: type[Model], parameters: dict[str, Any], players: tuple[str, ...], folder: Path | None, broken: set[str]
) -> tuple[Model | None, list[Trouble]]:
    """Build the model; what fails as a whole is not said where a part of it is broken already."""
    at: Location = ("parameters",)
    try:
        model = kind.model_validate({**parameters, "players": players}, context={"folder": folder})
    except ValidationError as error:
        troubles = translate(error, parameters, kind, at)
        return None, [each for each in troubles if each.location != at or not broken]
    troubles = _read_as_numbers(parameters, model.parameters(), at)
    found = list(troubles)
    return (None if found else model), found


def _read_as_numbers(given: Any, taken: Any, location: Location) -> Iterator[Trouble]:
    """Report texts, and yes or no, that a model read as numbers."""
    if isinstance(given, dict) and isinstance(taken, dict):
        pairs = [(key, each, taken[key]) for key, each in given.items() if key in taken]
    elif isinstance(given, list) and isinstance(taken, list | tuple) and len(given) == len(taken):
        pairs = [(index, each, taken[index]) for index, each in enumerate(given)]
    else:
        is_number = isinstance(taken, int | float) and not isinstance(taken, bool)
        if is_number and isinstance(given, str | bool):
            yield Trouble(location, *text_for_number(given))
        return
    for key, each, counterpart in pairs:
        yield from _read_as_numbers(each, counterpart, (*location, key))


def _leaves_actions(kind: type[Model], key: str, value: Any) -> bool:
    """Tell whether a faulty parameter is a plain number, on which the names of the actions do not hang."""
    for name, field in kind.model_fields.items():
        if (field.alias or name) == key:
            return isinstance(field.default, int | float)
    return isinstance(value, int | float)
