"""`compare`: two offers side by side: what they state, what becomes of each requirement, who gains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bargain._splice import flow_text
from bargain._tables import Tabular
from bargain.findings import Finding, Status, Verdict, number, plain, signed
from bargain.offers import Kind, Offer
from bargain.verdict import check

ASIDE = ("schema", "title", "description", "sources", "unit")
"""What says nothing of the agreement itself."""
WHOLE = ("terms", "players")
"""Sections whose entries are given whole where one offer lacks them."""


@dataclass(frozen=True)
class Difference:
    """One entry in which two offers differ; None where an offer has no such entry.

    `section` is its part of the document: terms, parameters, players, asks, backing and so on.
    """

    section: str
    path: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.path}: {_words(self.before)} → {_words(self.after)}"


@dataclass(frozen=True)
class Shift:
    """One finding in both offers; status and margin are None where an offer has no such finding."""

    name: str
    unit: str
    before: Status | None
    after: Status | None
    margin_before: float | None
    margin_after: float | None

    @property
    def turns(self) -> bool:
        """Whether it applies in both offers, with another status."""
        return self.in_both and self.before != self.after

    @property
    def in_both(self) -> bool:
        """Whether it applies in both offers."""
        return not {None, "not applicable"} & {self.before, self.after}

    @property
    def change(self) -> float | None:
        """By how much the margin moves, None where one is missing."""
        if self.margin_before is None or self.margin_after is None:
            return None
        return self.margin_after - self.margin_before

    def __str__(self) -> str:
        margins = f"{_signed(self.margin_before)} → {_signed(self.margin_after)}"
        status = f"{self.before or 'absent'} → {self.after or 'absent'}, " if self.before != self.after else ""
        return f"{self.name}: {status}{margins} {self.unit}".rstrip()


@dataclass(frozen=True)
class Stake:
    """What one player has under each agreement, and gains by it against having none."""

    player: str
    before: float | None
    after: float | None
    gain_before: float | None
    gain_after: float | None

    @property
    def change(self) -> float | None:
        """What the second offer adds, None where the player takes part in one only."""
        return None if self.before is None or self.after is None else self.after - self.before

    def __str__(self) -> str:
        change = self.change
        moved = "" if change is None else f" ({signed(change) if change else 'the same'})"
        return f"{self.player}: {_number(self.before)} → {_number(self.after)}{moved}"


@dataclass(frozen=True)
class Comparison(Tabular):
    """Two offers side by side, from the first to the second.

    Attributes
    ----------
    names, models : (str, str)
        What the offers are called, and their models.
    holds : (bool or None, bool or None)
        Of each verdict; None where undecided.
    difference : float
        0 for offers that state the same, 1 for offers with nothing in common: the mean over all entries, of which a
        number x beside y counts `|x - y| / (|x| + |y|)`, a text, or what only one of them states, 0 or 1.
    players, terms : mapping from str to str
        Which of the second's stand beside which of the first's, by the first's names, which are used throughout.
    changes : tuple of Difference
        What they state differently, in the order of the documents; a term or player of one offer only is one entry.
        Of each: `section` and `path` in the document, `before` and `after`.
    findings : tuple of Shift
        Status and margin in both, of each finding that applies in one at least: `name`, `unit`, the status `before` and
        `after`, `margin_before`, `margin_after` and its `change`.
    stakes : tuple of Stake
        What each player has under each agreement, the first's players before those of the second alone:
        `player`, `before`, `after` and `change`; `gain_before` and `gain_after` against having no agreement.
    remarks : tuple of str
        That models or units differ.
    """

    names: tuple[str, str]
    models: tuple[str, str]
    holds: tuple[bool | None, bool | None]
    difference: float
    players: Mapping[str, str]
    terms: Mapping[str, str]
    changes: tuple[Difference, ...]
    findings: tuple[Shift, ...]
    stakes: tuple[Stake, ...]
    remarks: tuple[str, ...]

    @property
    def turned(self) -> tuple[Shift, ...]:
        """The findings that turn, in the order of the requirements."""
        return tuple(shift for shift in self.findings if shift.turns)

    @property
    def gainers(self) -> tuple[str, ...]:
        """The players that have more under the second agreement."""
        return tuple(stake.player for stake in self.stakes if (stake.change or 0) > 0)

    @property
    def losers(self) -> tuple[str, ...]:
        """The players that have less under the second agreement."""
        return tuple(stake.player for stake in self.stakes if (stake.change or 0) < 0)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data, schema `bargain/comparison@1`."""
        return {
            "schema": "bargain/comparison@1",
            "names": list(self.names),
            "models": list(self.models),
            "holds": list(self.holds),
            "difference": self.difference,
            "players": dict(self.players),
            "terms": dict(self.terms),
            "changes": [plain(vars(each)) for each in self.changes],
            "findings": [{**vars(each), "turns": each.turns, "change": each.change} for each in self.findings],
            "payoffs": [{**vars(each), "change": each.change} for each in self.stakes],
            "gainers": list(self.gainers),
            "losers": list(self.losers),
            "remarks": list(self.remarks),
        }

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a changed entry, a finding and a player: what, before, after, change, and both statuses."""
        rows: list[tuple[Any, ...]] = []
        for each in self.changes:
            rows.append((each.section, each.path, _flat(each.before), _flat(each.after), None, None, None))
        for shift in self.findings:
            margins = (shift.margin_before, shift.margin_after, shift.change)
            rows.append(("findings", shift.name, *margins, shift.before, shift.after))
        for stake in self.stakes:
            rows.append(("payoffs", stake.player, stake.before, stake.after, stake.change, None, None))
        keys = ("part", "what", "before", "after", "change", "status before", "status after")
        return [dict(zip(keys, row, strict=True)) for row in rows]

    def __str__(self) -> str:
        status = {True: "holds", False: "fails", None: "undecided"}
        sides = zip("AB", self.names, self.models, self.holds, strict=True)
        lines = [f"{side}: {name} ({model}) {status[holds]}" for side, name, model, holds in sides]
        lines.append(f"Difference in what they state: {number(self.difference)} (0: none, 1: nothing in common).")
        for word, pairs in (("Player", self.players), ("Term", self.terms)):
            lines += [f"{word} {own} of A is set beside {other} of B." for own, other in pairs.items() if own != other]
        for section in dict.fromkeys(each.section for each in self.changes):
            changed = [each for each in self.changes if each.section == section]
            lines += [f"Changed {section}, A → B:", *(f"  {each}" for each in changed)]
        if not self.changes:
            lines.append("Nothing that counts is stated differently.")
        turned = self.turned
        lines += ["Findings that turn:", *(f"  {each}" for each in turned)] if turned else ["No finding turns."]
        moved = [each for each in self.findings if not each.turns and each.change]
        lines += ["Other margins that move:", *(f"  {each}" for each in moved)] if moved else []
        single = [each for each in self.findings if not each.in_both]
        lines += ["In one of the two only:", *(f"  {each}" for each in single)] if single else []
        lines += ["Payoffs under the agreement:", *(f"  {each}" for each in self.stakes)]
        who = [("gain", self.gainers), ("lose", self.losers)]
        said = [f"{', '.join(names)} {verb}{'s' * (len(names) == 1)}" for verb, names in who if names]
        lines.append(f"From A to B {', '.join(said) or 'nobody gains or loses'}.")
        return "\n".join([*lines, *(f"Note: {remark}" for remark in self.remarks)])


def compare(a: Offer, b: Offer, *, names: tuple[str, str] | None = None) -> Comparison:
    """Set an offer beside another: changed terms and parameters, changed margins, who gains, which findings turn.

    Players of the same name stand beside one another, and the others in the order of the documents; so do terms:
    first by their id, then by cluster, giver and receiver. Entries that a document leaves to their defaults count
    as stated, model parameters too, and ranges count at their modes.

    Parameters
    ----------
    a, b : Offer
    names : (str, str), optional
        What to call them; default: their files, else "A" and "B".

    Returns
    -------
    Comparison
        From `a` to `b`: a margin's `change` is b's less a's.

    Raises
    ------
    BargainError
        Where an offer cannot be checked.

    Notes
    -----
    Each offer is checked once. Margins and payoffs are set side by side even where models or units differ; the
    comparison then remarks on it.

    Examples
    --------
    >>> import bargain as bg
    >>> folder = "examples/lead_race"
    >>> a, b = (bg.read_offer(f"{folder}/{name}.yaml") for name in ("unpaid", "offer"))
    >>> found = bg.compare(a, b)
    >>> [shift.name for shift in found.turned], found.gainers, found.losers
    (['compliance[Follower]'], ('Follower',), ('Leader',))
    >>> [str(change) for change in found.changes if change.section == "terms"]
    ['terms.fund.value: 0 → 6', 'terms.fund.cost: 0 → 6']
    """
    players = _paired(a.player_names, b.player_names)
    terms = _paired_terms(a, b, players)
    one, other = _entries(a, {}, {}), _entries(b, _back(players), _back(terms))
    before, after = check(a), check(b)
    remarks = [
        f"The {word} differ ({x or 'none'}, {y or 'none'}): read margins and payoffs with care."
        for word, x, y in (("models", a.model, b.model), ("units", a.unit, b.unit))
        if x != y
    ]
    return Comparison(
        names=names or (a.file or "A", b.file or "B"),
        models=(a.model, b.model),
        holds=(before.holds, after.holds),
        difference=_mean_difference(one, other),
        players=players,
        terms=terms,
        changes=tuple(_changes(one, other)),
        findings=tuple(_shifts(before, after, _back(players))),
        stakes=tuple(_stakes(before, after, players)),
        remarks=tuple(remarks),
    )


def difference(a: Offer, b: Offer) -> float:
    """Return how unlike two offers are, from 0, the same, to 1, nothing in common.

    The mean over all entries of either document, defaults included and titles, texts, sources and units left out.
    A number x beside y counts |x - y| / (|x| + |y|); a text, or an entry that only one of them has, counts 0 or 1.

    References
    ----------
    The measure of numbers is that of Lance & Williams (1967), known as the Canberra distance.

    Examples
    --------
    >>> import bargain as bg
    >>> a, b = (bg.read_offer(f"examples/lead_race/{name}.yaml") for name in ("unpaid", "offer"))
    >>> difference(a, a), 0 < difference(a, b) < difference(a, bg.read_offer("examples/your_own_game/offer.yaml")) < 1
    (0.0, True)
    """
    players = _paired(a.player_names, b.player_names)
    terms = _paired_terms(a, b, players)
    return _mean_difference(_entries(a, {}, {}), _entries(b, _back(players), _back(terms)))


Location = tuple[str, ...]


def _paired(ours: tuple[str, ...], theirs: tuple[str, ...]) -> dict[str, str]:
    """Pair equal names, then the rest in order; who is left over stays alone."""
    alone = [name for name in theirs if name not in ours]
    left = (name for name in ours if name not in theirs)
    pairs = {name: name for name in ours if name in theirs} | dict(zip(left, alone, strict=False))
    return {name: pairs[name] for name in ours if name in pairs}


def _paired_terms(a: Offer, b: Offer, players: Mapping[str, str]) -> dict[str, str]:
    """Pair terms by id, then by cluster, giver and receiver, in the order of the documents."""
    ids = {term.id for term in b.terms}
    pairs = {term.id: term.id for term in a.terms if term.id in ids}
    waiting = [term for term in b.terms if term.id not in pairs]
    for term in a.terms:
        if term.id not in pairs:
            like = (term.cluster, players.get(term.from_), players.get(term.to))
            found = next((each for each in waiting if (each.cluster, each.from_, each.to) == like), None)
            if found is not None:
                waiting.remove(found)
                pairs[term.id] = found.id
    return pairs


def _back(pairs: Mapping[str, str]) -> dict[str, str]:
    return {theirs: ours for ours, theirs in pairs.items()}


def _entries(offer: Offer, players: Mapping[str, str], terms: Mapping[str, str]) -> dict[Location, Any]:
    """Return every entry of an offer by its place, players and terms under the names given for them."""
    data = offer.model_dump(by_alias=True, exclude={"schema_", "backing"})
    data = {key: value for key, value in data.items() if key not in ASIDE}
    data["parameters"] = plain(offer.build_model().parameters())
    data["terms"] = {terms.get(term["id"], term["id"]): _without(term, "id") for term in data["terms"]}
    data["issues"] = {issue["name"]: _without(issue, "name") for issue in data["issues"]}
    kinds: tuple[Kind, ...] = ("escrow", "monitoring", "guarantee", "reputation")
    amounts = {kind: {player: offer.amount(kind, player) for player in offer.players} for kind in kinds}
    data["backing"] = {
        kind: {player: amount for player, amount in held.items() if amount} for kind, held in amounts.items()
    }
    return dict(_leaves(_renamed(data, players), ()))


def _without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name != key}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(each, names) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(each, names) for each in value]
    return names.get(value, value) if isinstance(value, str) else value


def _leaves(value: Any, location: Location) -> Iterator[tuple[Location, Any]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in pairs:
            yield from _leaves(each, (*location, str(key)))
    elif value is not None:
        yield location, value


def _mean_difference(one: Mapping[Location, Any], other: Mapping[Location, Any]) -> float:
    places = one.keys() | other.keys()
    return sum(_unlike(one.get(place), other.get(place)) for place in places) / max(1, len(places))


def _unlike(x: Any, y: Any) -> float:
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in (x, y)):
        return float(x != y)
    return abs(x - y) / (abs(x) + abs(y)) if x != y else 0.0


def _changes(one: Mapping[Location, Any], other: Mapping[Location, Any]) -> Iterator[Difference]:
    """Yield what differs, in the order of the documents; a term or player of one offer only is one difference."""
    done = set()
    for place in dict.fromkeys([*one, *other]):
        x, y = one.get(place), other.get(place)
        whole = place[:2]
        if place[0] in WHOLE and (_part(one, whole) is None or _part(other, whole) is None):
            x, y, place = _part(one, whole), _part(other, whole), whole
        if place not in done and x != y:
            done.add(place)
            yield Difference(place[0], ".".join(place), x, y)


def _part(entries: Mapping[Location, Any], place: Location) -> dict[str, Any] | None:
    return {".".join(at[2:]): value for at, value in entries.items() if at[: len(place)] == place} or None


def _shifts(before: Verdict, after: Verdict, players: Mapping[str, str]) -> Iterator[Shift]:
    """Yield each finding that applies in one offer at least."""

    def named(verdict: Verdict, names: Mapping[str, str]) -> dict[tuple[str, str | None], Finding]:
        return {
            (each.check, None if each.player is None else names.get(each.player, each.player)): each
            for each in verdict.findings
        }

    ours, theirs = named(before, {}), named(after, players)
    for key in dict.fromkeys([*ours, *theirs]):
        x, y = ours.get(key), theirs.get(key)
        found = [each for each in (x, y) if each is not None]
        if any(each.status != "not applicable" for each in found):
            yield Shift(
                name=f"{key[0]}[{key[1]}]" if key[1] else key[0],
                unit=found[0].unit,
                before=x.status if x else None,
                after=y.status if y else None,
                margin_before=x.margin if x else None,
                margin_after=y.margin if y else None,
            )


def _stakes(before: Verdict, after: Verdict, players: Mapping[str, str]) -> Iterator[Stake]:
    def has(verdict: Verdict, player: str | None) -> tuple[float | None, float | None]:
        with_it = verdict.payoffs["agreement"].get(player or "")
        without = verdict.payoffs.get("disagreement", {}).get(player or "")
        return with_it, None if with_it is None or without is None else with_it - without

    paired = set(players.values())
    others = [name for name in after.payoffs["agreement"] if name not in paired]
    sides = [(name, name, players.get(name)) for name in before.payoffs["agreement"]]
    for name, ours, theirs in [*sides, *((name, None, name) for name in others)]:
        (x, gain_x), (y, gain_y) = has(before, ours), has(after, theirs)
        yield Stake(name, x, y, gain_x, gain_y)


def _words(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, float | int) and not isinstance(value, bool):
        return number(value)
    return str(_flat(value))


def _flat(value: Any) -> Any:
    return flow_text({key: each for key, each in value.items() if each}) if isinstance(value, dict) else value


def _number(value: float | None) -> str:
    return "absent" if value is None else number(value)


def _signed(value: float | None) -> str:
    return "no margin" if value is None else signed(value)
