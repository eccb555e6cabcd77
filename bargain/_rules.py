"""What the parts of a document must be to one another: players, actions, terms, backing and the model agree.

The rules read the raw data and pass over whatever is missing or of the wrong type, since that is reported
already; so one fault hides no other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bargain._faults import at_number, missing, number_text, offer_faults, text_for_number, translate, vet, vet_ranges
from bargain._paths import AMOUNTS, nearest, nearest_name, resolve, walk
from bargain._yaml import BROKEN, Location, Trouble, shorten
from bargain.offers import DISSOLVE, REVOCABLE, Issue, Offer, revocable
from bargain.schedules import schedule_faults

if TYPE_CHECKING:
    from bargain.linkage import Joint
    from bargain.model import Model

MOST_ACTIONS = 12
"""Actions that a message lists."""

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
    players = _players(numbers)
    troubles += _one_or_several(numbers)
    troubles += _affinity(numbers, players)
    actions, faults = model_faults(data, ranges, folder)
    troubles += faults
    for section in ("disagreement", "breakdown"):
        troubles += _profile(section, numbers, players, actions)
    troubles += _dissolution(numbers)
    troubles += _terms(numbers, players)
    troubles += _backing(numbers, players)
    troubles += schedule_faults(numbers)
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
        listed = f"Actions: {', '.join(own)}" if len(own) <= MOST_ACTIONS else f"An action is, for instance, {own[0]!r}"
        yield Trouble(location, what, listed, nearest(action, own))


def _asks(
    site: dict[str, Any], at: Location, everyone: Mapping[str, Any], players: Sequence[str], actions: Actions
) -> Iterator[Trouble]:
    """Check what is asked at one place of a document of the players who take part there."""
    asks = site.get("asks")
    if not isinstance(asks, dict):
        return
    misspelt = {nearest_name(name, players) for name in asks if name not in everyone}
    for player in players:
        if player not in asks and player not in misspelt:
            what, todo = "nothing is asked of this player", "write its action"
            if player in actions:
                todo = f"write for instance {player}: {actions[player][0]}"
            yield Trouble((*at, "asks", player), what, "Each player is asked one action", todo)
    for player, action in asks.items():
        location = (*at, "asks", player)
        yield from _player(player, everyone, location, at_key=True)
        if player in everyone and player not in players:
            what, known = f"{player} takes no part in this issue", f"Those who do: {', '.join(players)}"
            yield Trouble(location, what, known, "leave it out, or add it to players", at_key=True)
        yield from _action(player, action, actions, location)


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


def _one_or_several(data: dict[str, Any]) -> Iterator[Trouble]:
    """A document has one model with its asks, or issues that have a model and asks each."""
    single = [key for key in ("model", "parameters", "asks") if key in data]
    if "issues" not in data:
        yield from (missing((key,), Offer.model_fields[key]) for key in ("model", "asks") if key not in data)
        return
    if single:
        what = f"issues stand beside {' and '.join(single)}"
        expected = "A document has one model with its parameters and asks, or several issues"
        todo = f"move {' and '.join(single)} into an issue, or remove issues"
        yield Trouble(("issues",), what, expected, todo, at_key=True)
    if data["issues"] == []:
        yield Trouble(("issues",), "no issue is listed here", "An issue has a name, a model and asks", "write one")
    names: set[str] = set()
    for index, issue in _items(data, "issues"):
        name = issue.get("name")
        if isinstance(name, str) and name in names:
            what = f"two issues are called {name!r}"
            yield Trouble(("issues", index, "name"), what, "Each name stands once", "rename one")
        names.add(str(name))


def _affinity(data: dict[str, Any], players: Mapping[str, Any]) -> Iterator[Trouble]:
    for player, others in _mapping(data, "affinity").items():
        yield from _player(player, players, ("affinity", player), at_key=True)
        for other in others if isinstance(others, dict) else ():
            at: Location = ("affinity", player, other)
            yield from _player(other, players, at, at_key=True)
            if other == player and player in players:
                what = f"the affinity of {player} to itself is stated"
                yield Trouble(at, what, "A player weighs its own payoff at 1", "remove it", at_key=True)


def build_model(offer: Offer) -> Model:
    """Build the model of an offer: one, or the joint game of its issues, linked by its affinities.

    Raises
    ------
    BargainError      if no installed package offers the model
    ValidationError   if a parameter or the number of players does not fit
    """
    from bargain.registry import model_class

    players, context = offer.player_names, {"folder": offer.folder}

    def built(part: Offer | Issue, seated: Sequence[str]) -> Model:
        values = {**part.parameters, "players": tuple(seated)}
        return model_class(part.model).model_validate(values, context=context)

    if offer.issues:
        models = {issue.name: built(issue, issue.players or players) for issue in offer.issues}
        model: Model = _joint(models, players)
    else:
        model = built(offer, players)
    return linked(model, offer.affinity)


def linked(model: Model, affinity: Mapping[str, Any]) -> Model:
    """Return the model with affinities between its players, if there are any."""
    from bargain.linkage import WithAffinity, affinity_table

    table = affinity_table(affinity, model.players)
    return WithAffinity(players=model.players, linked=model, alphas=table) if any(map(any, table)) else model


def _joint(models: Mapping[str, Model], players: Sequence[str]) -> Joint:
    from bargain.linkage import Joint

    return Joint(
        players=tuple(players),
        issue_names=tuple(models),
        issue_models=tuple(models.values()),
        seats=tuple(tuple(players.index(player) for player in model.players) for model in models.values()),
    )


def model_faults(
    data: dict[str, Any], ranges: Sequence[Location], folder: Path | None
) -> tuple[Actions, list[Trouble]]:
    """Return each player's actions, as far as they are known, and the faults of models, parameters and asks."""
    numbers = resolve(data)
    everyone = _players(numbers)
    if "issues" not in data:
        model, troubles = _site_faults(data, (), tuple(everyone), ranges, folder)
        actions = _actions_of(model)
        troubles += _asks(numbers, (), everyone, tuple(everyone), actions)
        return actions, troubles
    return _issues_faults(data, numbers, everyone, ranges, folder)


def _issues_faults(
    data: dict[str, Any],
    numbers: dict[str, Any],
    everyone: Mapping[str, Any],
    ranges: Sequence[Location],
    folder: Path | None,
) -> tuple[Actions, list[Trouble]]:
    """Return each player's joint actions, as far as they are known, and the faults of the issues."""
    troubles: list[Trouble] = []
    models: dict[str, Model | None] = {}
    seated: set[str] = set()
    for index, issue in _items(numbers, "issues"):
        at: Location = ("issues", index)
        names, faults = _seats(issue, at, everyone)
        seated.update(names)
        model, more = _site_faults(data, at, () if faults else names, ranges, folder)
        troubles += [*faults, *more]
        if not faults and not _actionless(issue):
            troubles += _asks(issue, at, everyone, names, _actions_of(model))
        if model is not None and model.signs:
            troubles.append(_signed((*at, "model"), model.name))
            model = None
        models[str(issue.get("name"))] = model
    for player in everyone if models else ():
        if player not in seated:
            what = f"{player} takes part in no issue"
            expected = "Each player takes part in one or more"
            troubles.append(Trouble(("players", player), what, expected, at_key=True))
    sound = {name: model for name, model in models.items() if model is not None}
    if not everyone or len(sound) < len(_items(numbers, "issues")) or set(everyone) - seated:
        return {}, troubles
    return _joint_actions(sound, tuple(everyone), troubles), troubles


def _actionless(issue: dict[str, Any]) -> bool:
    """Tell whether an issue names a model without actions, of which nothing can be asked."""
    from bargain.registry import model_class, models

    return str(issue.get("model")) in models() and not model_class(str(issue["model"])).takes_asks()


def _seats(issue: dict[str, Any], at: Location, everyone: Mapping[str, Any]) -> tuple[tuple[str, ...], list[Trouble]]:
    """Return who takes part in an issue, and what is wrong with the list of them."""
    given = issue.get("players")
    if not isinstance(given, list) or not given:
        return tuple(everyone), []
    troubles: list[Trouble] = []
    for place, name in enumerate(given):
        troubles += _player(name, everyone, (*at, "players", place))
        if name in given[:place]:
            troubles.append(Trouble((*at, "players", place), f"{name} stands there twice", "", "remove one"))
    return tuple(name for name in dict.fromkeys(map(str, given)) if name in everyone), troubles


def _signed(location: Location, name: str) -> Trouble:
    what = f"the players of {name} sign a coalition, which goes on without the one that leaves"
    expected = "A breach in one issue ends the agreement in all, so that issues need models in which nobody signs"
    return Trouble(location, what, expected, "give it a document of its own")


def _joint_actions(models: Mapping[str, Model], players: tuple[str, ...], troubles: list[Trouble]) -> Actions:
    from bargain.linkage import MOST_PROFILES

    profiles = math.prod(len(own) for model in models.values() for own in model.actions())
    if profiles > MOST_PROFILES:
        what = f"together these issues have {profiles:,} profiles"
        expected = f"A joint game has at most {MOST_PROFILES:,}"
        troubles.append(Trouble(("issues",), what, expected, "leave out an issue, or actions in one", at_key=True))
        return {}
    return dict(zip(players, _joint(models, players).actions(), strict=True))


def _actions_of(model: Model | None) -> Actions:
    return {} if model is None or not model.takes_asks() else dict(zip(model.players, model.actions(), strict=True))


def _at(data: Any, location: Location) -> Any:
    for part in location:
        data = data[part]
    return data


def _site_faults(
    data: dict[str, Any], at: Location, players: tuple[str, ...], ranges: Sequence[Location], folder: Path | None
) -> tuple[Model | None, list[Trouble]]:
    """Return the model stated at one place of a document, if its actions can be known, and what is wrong with it."""
    from bargain.registry import model_class, models

    site = _at(data, at)
    name = site.get("model")
    if not isinstance(name, str):
        return None, []
    if name not in models():
        what, known = f"{shorten(name)!r} is not an installed model", f"Models: {', '.join(models())}"
        return None, [Trouble((*at, "model"), what, known, nearest(name, models()))]
    kind = model_class(name)
    troubles = list(_places(kind, players, at))
    names = () if troubles else players
    base: Location = (*at, "parameters")
    given = _at(resolve(data), at).get("parameters", {})
    if not isinstance(given, dict):
        return None, troubles
    broken = {key for key, value in given.items() if any(each is BROKEN for _, each in walk(value, (*base, key)))}
    if "players" in given:
        broken.add("players")
        what = "'players' is not a parameter of this model"
        known = f"Known: {', '.join(kind.parameter_names())}"
        todo = "write players in the issue" if at else "write players at the top level"
        troubles.append(Trouble((*base, "players"), what, known, todo, at_key=True))
    attempt = partial(_attempt, kind, base=base, players=names, folder=folder, broken=broken)
    sound = {key: value for key, value in given.items() if key not in broken}
    model, faults = attempt(sound)
    troubles += faults
    for bound in ("low", "high") if any(place[: len(base)] == base for place in ranges) else ():
        ends = {key: value for key, value in _at(resolve(data, bound), base).items() if key not in broken}
        _, at_end = attempt(ends)
        troubles += [at_number(each, bound) for each in at_end if each.location in ranges]
    faulty = broken | {str(each.location[len(base)]) for each in faults if len(each.location) > len(base)}
    if model is None and all(_leaves_actions(kind, key, given.get(key)) for key in faulty):
        model, _ = attempt({key: each for key, each in sound.items() if key not in faulty})
    if not kind.takes_asks():
        what = f"the model {name!r} has no actions that could be asked for"
        troubles.append(Trouble((*at, "model"), what, "It serves the solvers, not offers", "choose another model"))
        return None, troubles
    return (model if names else None), troubles


def _places(kind: type[Model], players: Sequence[str], at: Location) -> Iterator[Trouble]:
    least, n_players = len(kind.roles), len(players)
    if players and (n_players < least or (n_players > least and not kind.more_players)):
        more = " or more" if kind.more_players else ""
        count = "1 player" if n_players == 1 else f"{n_players} players"
        verb = "stands" if at and n_players == 1 else "stand"
        what = f"{count} {verb} where {kind.name} has {least}{more}"
        yield Trouble(
            (*at, "model") if at else ("players",), what, f"Its places are {', '.join(kind.roles)}, in this order"
        )


def _attempt(
    kind: type[Model],
    parameters: dict[str, Any],
    *,
    base: Location,
    players: tuple[str, ...],
    folder: Path | None,
    broken: set[str],
) -> tuple[Model | None, list[Trouble]]:
    """Build the model; what fails as a whole is not said where a part of it is broken already."""
    try:
        model = kind.model_validate({**parameters, "players": players}, context={"folder": folder})
    except ValidationError as error:
        troubles = translate(error, parameters, kind, base)
        return None, [each for each in troubles if each.location != base or not broken]
    found = list(_read_as_numbers(parameters, model.parameters(), base))
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
