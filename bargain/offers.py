"""Offers: who gives what to whom, in return for which action, backed by what.

The classes are the document's nouns after it has been read: every number is one float (a range counts at its
mode) and every list a tuple. `documents` reads and writes the text; it alone builds offers, so that every offer
has been checked as a whole. Symbols in the meanings are those of the theory: k, g, delta, v, c, phi.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, PrivateAttr, Tag

if TYPE_CHECKING:
    from bargain.model import Model

SCHEMA = "bargain/offer@1"
"""The version of the document format that this package reads and writes."""

Cluster = Literal["financial", "frontier_ai", "national_security", "seat_at_table"]
Timing = Literal["upfront", "conditional", "windfall"]
Kind = Literal["escrow", "monitoring", "guarantee", "reputation"]

REVOCABLE: Mapping[str, bool] = {
    "financial": False,
    "frontier_ai": True,
    "national_security": True,
    "seat_at_table": False,
}
"""Whether what was given can be taken back, where a term does not say."""


def revocable(cluster: str, timing: str, power: float, stated: bool | None) -> bool:
    """Tell whether a term can be taken back: as stated, else by its cluster; power given upfront cannot.

    >>> revocable("frontier_ai", "conditional", 1.0, None), revocable("frontier_ai", "upfront", 1.0, True)
    (True, False)
    """
    if timing == "upfront" and power > 0:
        return False
    return REVOCABLE[cluster] if stated is None else stated


def _number(meaning: str, default: Any = ..., **bounds: Any) -> Any:
    """Declare a number of the document: ints and floats only, finite, within its bounds."""
    return Field(default, description=meaning, strict=True, allow_inf_nan=False, **bounds)


def _text(meaning: str, default: Any = ..., **bounds: Any) -> Any:
    return Field(default, description=meaning, strict=True, **bounds)


def _key(meaning: str, default: Any = ..., **options: Any) -> Any:
    return Field(default, description=meaning, **options)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


class Frozen(BaseModel):
    """A part of a document: unknown keys are faults, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(Frozen):
    """A number that is not known exactly: `low <= mode <= high`; it is checked at its mode."""

    low: float = _number("the least it may be")
    mode: float = _number("the value it is checked at; low <= mode <= high")
    high: float = _number("the most it may be")
    source: str = _text("where the range comes from", "")


MOST_PERIODS = 40
"""Periods that a schedule may tell apart; the last one lasts."""

Share = Annotated[float, _number("share in force in one period", ge=0)]
Growth = Annotated[float, _number("capability in one period, as a multiple of the one stated", gt=0)]
Schedule = Annotated[
    Annotated[tuple[Share, ...], Field(max_length=MOST_PERIODS), Tag("shares")]
    | Annotated[Literal["front-loaded", "constant", "back-loaded"], Tag("word")],
    Discriminator(lambda given: "word" if isinstance(given, str) else "shares"),
]
"""The share of a term that is in force in each period, the last one lasting, or a word for it."""


class Player(Frozen):
    """A state: capability k, stake g in relative power, discount factor delta."""

    capability: float = _number("capability k before the offer", gt=0)
    stake: float = _number("stake g: what the whole of relative power is worth to it a period", 0.0, ge=0)
    discount: float = _number("discount factor delta", ge=0, lt=1)
    growth: tuple[Growth, ...] = _key(
        "its capability in each period without the offer, as multiples of `capability`, the last one lasting; "
        "empty: constant",
        (),
        max_length=MOST_PERIODS,
    )


class Term(Frozen):
    """What one player gives another: value v to the recipient, cost c to the provider, power phi."""

    id: str = _text("name of the term in paths: letters, digits, _ and -", pattern=r"^[A-Za-z0-9_-]+$")
    cluster: Cluster = _key("kind of benefit")
    from_: str = _text("the player that provides", alias="from")
    to: str = _text("the player that receives")
    value: float = _number("value v to the recipient", 0.0, ge=0)
    cost: float = _number("cost c to the provider", 0.0, ge=0)
    power: float = _number("capability phi added to the recipient", 0.0, ge=0)
    timing: Timing = _key(
        "upfront (once, kept whatever follows), conditional (each period, after the recipient did what was "
        "asked) or windfall (each period from the one after the windfall arrives)",
        "conditional",
    )
    revocable: bool | None = _key(
        "whether it can be taken back (default by cluster: frontier_ai and national_security yes, "
        "financial and seat_at_table no); power given upfront never can",
        None,
        strict=True,
    )
    schedule: Schedule = _key(
        "the share of value, cost and power in force in each period, the last one lasting; or front-loaded, constant "
        "or back-loaded, over the `periods` of the document; empty: constant",
        (),
    )
    weight: float = _number("votes that a seat_at_table adds to the recipient's in the governance body", 0.0, ge=0)

    @property
    def can_be_revoked(self) -> bool:
        """Whether the term can be taken back: as stated, else by its cluster; power given upfront cannot."""
        return revocable(self.cluster, self.timing, self.power, self.revocable)

    @property
    def lasting(self) -> bool:
        """Whether the term stays with the recipient after a breakdown: irrevocable and not money."""
        return not self.can_be_revoked and self.cluster != "financial"


class Escrow(Frozen):
    """A stock that its holder loses, once, when a breach is detected."""

    kind: Literal["escrow"] = _key("kind of backing")
    by: str = _text("the player that puts it up and loses it when its breach is detected")
    amount: float = _number("what is put up, E", ge=0)


class Monitoring(Frozen):
    """The chance that a breach is seen within the period."""

    kind: Literal["monitoring"] = _key("kind of backing")
    of: str = _text("the player that is monitored")
    detection: float = _number("probability q that its breach is detected within the period", ge=0, le=1)


class Guarantee(Frozen):
    """A third party that makes a promise good and recovers it from the promisor."""

    kind: Literal["guarantee"] = _key("kind of backing")
    of: str = _text("the player whose promises are guaranteed")
    probability: float = _number("probability gamma that a third party makes its promise good", ge=0, le=1)


class Reputation(Frozen):
    """What a player loses outside this agreement when its breach is detected."""

    kind: Literal["reputation"] = _key("kind of backing")
    of: str = _text("the player whose reputation is at stake")
    amount: float = _number("the stake rho it loses outside this agreement on a detected breach", ge=0)


Backing = Annotated[Escrow | Monitoring | Guarantee | Reputation, Field(discriminator="kind")]
BACKING: Mapping[str, type[Frozen]] = {
    "escrow": Escrow,
    "monitoring": Monitoring,
    "guarantee": Guarantee,
    "reputation": Reputation,
}


class Limits(Frozen):
    """What the designer of the offer will not go beyond; a limit that is not stated is not checked."""

    power_shift: float | None = _number("greatest change of any power share", None, ge=0, le=1)
    dominance: float | None = _number("greatest power share of any player under the agreement", None, ge=0, le=1)
    risk: Literal["not_worse"] | None = _key("not_worse: the risk may not rise above the status quo's", None)
    provider_margin: float | None = _number("least gain of each provider over the status quo", None, ge=0)


class Governance(Frozen):
    """The weighted voting body in which seats at the table count."""

    quota: float = _number("votes that carry a motion", gt=0)
    weights: dict[str, Annotated[float, _number("votes of one member", ge=0)]] = _key("votes of each member")
    index: Literal["shapley-shubik", "banzhaf"] = _key("the index of voting power", "shapley-shubik")


Text = Annotated[str, Field(strict=True)]
Name = Annotated[str, Field(strict=True, pattern=r"\S")]
Affinity = Annotated[float, _number("what a unit of another's payoff is worth to a player", ge=-1, le=1)]


class Issue(Frozen):
    """One of several issues that an agreement joins: a model of its own, and what is asked in it."""

    name: str = _text("name of the issue in paths: letters, digits, _ and -", pattern=r"^[A-Za-z0-9_-]+$")
    model: str = _text("name of the payoff model")
    parameters: dict[Text, Any] = _key("the model's own parameters; unstated ones take its defaults", {})
    players: tuple[Text, ...] = _key(
        "those who take part, in the order of the model's places; empty: all, in the order of the document", ()
    )
    asks: dict[Text, Text] = _key("the action asked of each player that takes part")


DISSOLVE = "dissolve"
Breakdown = Annotated[
    Annotated[dict[Text, Text], Tag("profile")] | Annotated[Literal["dissolve"], Tag("word")],
    Discriminator(lambda given: "word" if isinstance(given, str) else "profile"),
]
"""A profile, or what happens where players sign: the coalition dissolves."""


@dataclass(frozen=True)
class Origin:
    """Where an offer comes from: the plain data as written and, if it was read, its text, file and folder."""

    data: dict[str, Any] = field(default_factory=dict)
    text: str | None = None
    sha256: str | None = None
    file: str = ""
    folder: Path | None = None


class Offer(Frozen):
    """An offer document, read and checked. Build one with `read_offer`, `parse_offer` or `make_offer`."""

    schema_: Literal["bargain/offer@1"] = _key("version of this format", alias="schema")
    title: str = _text("title of the offer", "")
    description: str = _text("what the offer is about", "")
    unit: str = _text("unit of every value, cost and amount, for instance USD bn per year", "")
    model: str = _text("name of the payoff model", "")
    parameters: dict[Text, Any] = _key("the model's own parameters; unstated ones take its defaults", {})
    players: dict[Name, Player] = _key("the states, in the order of the model's places", min_length=1)
    asks: dict[Text, Text] = _key("the action asked of each player", {})
    issues: tuple[Issue, ...] = _key(
        "several issues in place of one model with its parameters and asks: payoffs add, and a breach in one ends all",
        (),
        max_length=50,
    )
    affinity: dict[Text, dict[Text, Affinity]] = _key(
        "by player and other player: what a unit of the other's payoff is worth to it, from -1 to 1; unstated: 0", {}
    )
    terms: tuple[Term, ...] = _key("what is given", max_length=1000)
    backing: tuple[Backing, ...] = _key("what makes the promises credible", ())
    disagreement: dict[Text, Text] = _key("the action of each player without the offer; empty: solved for", {})
    breakdown: Breakdown = _key(
        "the action of each player after a breach; empty: solved for. Where players sign: dissolve, nobody goes on "
        "without the one that left",
        {},
    )
    limits: Limits = _key("what the offer may not go beyond", Limits())
    sources: tuple[Text | dict[Text, Text], ...] = _key("sources: texts, or keys with texts", ())
    decisiveness: float = _number("m: how strongly capability decides power shares", 1.0, gt=0)
    hazard: float | None = _number("probability a period that the windfall arrives", None, ge=0, le=1)
    punishment_periods: Annotated[int | None, BeforeValidator(_whole)] = _number(
        "periods a breach is punished for, a whole number; absent: for ever", None, ge=1, le=10_000
    )
    periods: Annotated[int, BeforeValidator(_whole)] = _number(
        "periods over which a front-loaded or back-loaded schedule falls or rises, a whole number",
        4,
        ge=2,
        le=MOST_PERIODS,
    )
    cost_of_capital: float = _number("what its holder bears a period for each unit of escrow", 0.0, ge=0)
    governance: Governance | None = _key("the body in which seats at the table count", None)
    blocking: Literal["alpha", "gamma"] = _key(
        "what a coalition of players can have on its own: alpha, what it can be sure of; gamma, its payoff when it "
        "replies jointly and the others singly",
        "alpha",
    )

    _origin: Origin = PrivateAttr(default_factory=Origin)

    def model_post_init(self, context: Any, /) -> None:
        """Where there are several issues, write models and asks as those of the joint game."""
        super().model_post_init(context)
        if self.issues:
            asks = {
                player: joined({each.name: each.asks[player] for each in self.issues if player in each.asks})
                for player in self.players
            }
            object.__setattr__(self, "asks", asks)
            object.__setattr__(self, "model", joined({each.name: each.model for each in self.issues}))

    def __eq__(self, other: object) -> bool:
        """Compare what the documents say: their data, and the order of their players."""
        if not isinstance(other, Offer):
            return NotImplemented
        return self._origin.data == other._origin.data and self.player_names == other.player_names

    def __hash__(self) -> int:
        """Hash by model and players, which equal offers share."""
        return hash((self.model, self.player_names))

    @property
    def data(self) -> dict[str, Any]:
        """A copy of the plain data, as in the document, ranges included."""
        return copy.deepcopy(self._origin.data)

    @property
    def file(self) -> str:
        """Name of the file the offer was read from, or empty."""
        return self._origin.file

    @property
    def folder(self) -> Path | None:
        """Folder of the file the offer was read from: where the model may read tables beside it."""
        return self._origin.folder

    @property
    def sha256(self) -> str:
        """Digest of the document's bytes; of its data as JSON, keys sorted, if there are no such bytes."""
        if self._origin.sha256 is not None:
            return self._origin.sha256
        canonical = json.dumps(self._origin.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def player_names(self) -> tuple[str, ...]:
        """The players, in the order of the document."""
        return tuple(self.players)

    @property
    def ranges(self) -> dict[str, Range]:
        """The numbers that were stated as ranges, by path."""
        from bargain._paths import stated_numbers

        return {
            path: Range(low=low, mode=mode, high=high, source=source)
            for path, (low, mode, high, source) in stated_numbers(self._origin.data).items()
            if source is not None
        }

    def amount(self, kind: Kind, player: str) -> float | None:
        """Return the backing of one kind for one player.

        Escrow and reputation are sums, 0 where none is stated; monitoring and guarantee are probabilities, None
        where none is stated.

        Parameters
        ----------
        kind : "escrow", "monitoring", "reputation" or "guarantee"
        player : str

        Returns
        -------
        float or None
        """
        parts = [part for part in self.backing if part.kind == kind and _holder(part) == player]
        if kind in ("escrow", "reputation"):
            return sum((part.amount for part in parts if isinstance(part, Escrow | Reputation)), 0.0)
        for part in parts:
            if isinstance(part, Monitoring):
                return part.detection
            if isinstance(part, Guarantee):
                return part.probability
        return None

    def numbers(self) -> dict[str, float]:
        """Return every number that the document states, by path, a range at its mode.

        Paths: `terms.ID.value`, `players.PLAYER.discount`, `backing.escrow.PLAYER.amount`, `limits.dominance`,
        `governance.weights.MEMBER`, `hazard`, `parameters.NAME`, `issues.ISSUE.parameters.NAME`,
        `affinity.PLAYER.OTHER`; elements of a list by number from 0, as in `parameters.pauses.2`.
        Several escrows of one player are one number, their sum.
        """
        from bargain._paths import stated_numbers

        return {path: mode for path, (_, mode, _, _) in stated_numbers(self._origin.data).items()}

    def number(self, path: str) -> float:
        """Return the number at a path; where the document states none, the default it then has.

        Parameters
        ----------
        path : str
            As `numbers` lists it, e.g. "terms.fund.value".

        Returns
        -------
        float

        Raises
        ------
        DocumentError   if no number is known by that path, or it has neither a value nor a default
        """
        from bargain._paths import number_at

        return number_at(self, path)

    def replace(self, changes: Mapping[str, Any]) -> Offer:
        """Return the offer with other values at the given paths, checked again as a whole.

        Paths are those of `numbers` and of texts (`asks.PLAYER`, `terms.ID.timing`, `disagreement.PLAYER`,
        `title`), a parameter as a whole (`parameters.NAME`), or a whole section. What is absent is
        created: an undeclared escrow becomes a new entry of `backing`. A range that is given a number keeps its
        bounds, widened if need be. Where a player has several escrows, their sum is set: the change goes to the
        first, and to the next ones only when the first would fall below 0.

        Parameters
        ----------
        changes : mapping from path to value

        Returns
        -------
        Offer

        Raises
        ------
        DocumentError   for a path that is not known, and for every fault of the changed document
        """
        from bargain._paths import replaced
        from bargain.documents import rebuild

        return rebuild(self, replaced(self, changes))

    @property
    def dissolves(self) -> bool:
        """Whether a coalition of signatories ends for all when one of them leaves."""
        return self.breakdown == DISSOLVE

    def build_model(self) -> Model:
        """Return the payoff model with the document's players and parameters, ranges at their modes."""
        from bargain._rules import build_model

        return build_model(self)

    def unstated_parameters(self, model: Model) -> dict[str, Any]:
        """Return the parameters that the document leaves to the defaults of its models, by path.

        Parameters
        ----------
        model : Model
            The offer's own, as `build_model` returns it.

        Returns
        -------
        dict
            Path -> default.
        """
        from bargain._paths import stated_paths

        stated = stated_paths(self._origin.data)
        return {
            f"{section}.{name}": value
            for section, part in model.sections().items()
            for name, value in part.parameters().items()
            if f"{section}.{name}" not in stated
        }


def _holder(part: Escrow | Monitoring | Guarantee | Reputation) -> str:
    return part.by if isinstance(part, Escrow) else part.of


def windfall_weight(discount: Any, hazard: Any) -> Any:
    """Return the weight of a flow that starts in the period after a windfall arrives.

    omega = delta*lambda / (1 - delta*(1 - lambda)), delta the discount factor and lambda the hazard, the
    probability that the windfall arrives in a period in which it has not arrived yet. Works on floats and
    rationals.

    >>> round(windfall_weight(0.9, 0.1), 6)
    0.473684
    """
    return discount * hazard / (1 - discount * (1 - hazard))


def joined(parts: Mapping[str, str]) -> str:
    """Write one entry for each issue as one.

    >>> joined({"climate": "pause 6", "trade": "open"})
    'climate: pause 6 + trade: open'
    """
    return " + ".join(f"{name}: {entry}" for name, entry in parts.items())
