"""Findings and verdicts: what was checked, by how much it holds or fails, and against which deviation."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from bargain._tables import Tabular

Status = Literal["holds", "fails", "undecided", "not applicable"]
MARKS: Mapping[str, str] = {"holds": "✓", "fails": "✗", "undecided": "?", "not applicable": "–"}


@dataclass(frozen=True)
class Finding:
    """One requirement and what became of it.

    Attributes
    ----------
    check : str
        The requirement, e.g. "participation" or "compliance".
    player : str or None
        Whom it speaks for; None where it speaks for all.
    status : "holds", "fails", "undecided" or "not applicable"
    margin : float or None
        The least margin of its rows, in `unit`; at or above zero the requirement holds. None where nothing could be
        compared: not applicable, or no equilibrium to compare with.
    tolerance : float
        The size below which a margin counts as zero: 1e-9 of the largest payoff in sight, and of 1 at least.
    exact : bool
        The status was decided in rationals.
    unit : str
        Of the margin: the document's for payoffs, a period; "of all power" or "of probability"; empty without margin.
    witness : mapping
        What decides: "deviation", "withheld" (ids of terms), "state", "profile" compared with and "coalition", each
        None where it does not apply; "player" whose power it is. Where it depends on which equilibrium is meant:
        "holds_with" and "fails_with". Empty where nothing was compared.
    method : str
        How it was decided: the least of how many rows, in rationals or not; empty where nothing was compared.
    words : str
        The finding in a sentence or more.
    """

    check: str
    player: str | None
    status: Status
    margin: float | None
    tolerance: float
    exact: bool
    unit: str
    witness: Mapping[str, Any]
    method: str
    words: str

    @property
    def name(self) -> str:
        """The check and the player it speaks for, e.g. `compliance[Follower]`."""
        return f"{self.check}[{self.player}]" if self.player else self.check

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as plain data."""
        return {
            "check": self.check,
            "player": self.player,
            "status": self.status,
            "margin": self.margin,
            "tolerance": self.tolerance,
            "exact": self.exact,
            "unit": self.unit,
            "witness": dict(self.witness),
            "method": self.method,
            "words": self.words,
        }

    def __str__(self) -> str:
        margin = "" if self.margin is None else f" ({signed(self.margin)} {self.unit})".rstrip()
        return f"{MARKS[self.status]} {self.name}: {self.status}{margin}. {self.words}"


@dataclass(frozen=True)
class Verdict(Tabular):
    """What `check` found.

    Attributes
    ----------
    holds : bool or None
        False if any requirement fails, else None if any is undecided, else True.
    title, model, unit : str
        The document's title, its model's name, and the unit of every value; empty where it states none.
    parameters : mapping
        The model's parameters by name, defaults included.
    payoffs : mapping
        "disagreement", "agreement" and "breakdown" -> player -> average payoff a period, in `unit`, against the first
        equilibrium; "breakdown" is what the player has a period once it has broken its word. Only "agreement" where
        no equilibrium is known.
    critical_discount_factors : mapping
        Player -> the least discount factor above which it keeps all its promises; None: none below 1 is enough.
    discount_factors_that_hold : mapping
        Player -> closed intervals (from, to) of the discount factors at which it keeps them; 1 itself does not count.
    power : mapping
        "before", "after", "shift": player -> its share of all power without and with the offer, and the difference.
        "kind": recipient -> "benefit-sharing" or "power-sharing". "intensity": term -> the part, 0 to 1, of its
        worth to the recipient that is power. "third_parties": player without a term -> what the shift is worth to
        it. "voting": "before", "after" and "shift" of voting power, None where there is no governance body.
    risk : mapping or None
        "before" and "after": probability of the harm without and with the agreement; None where the model has none.
    efficiency : mapping or None
        "best_profile" and "best_welfare": the largest sum of payoffs without the offer; "asked_welfare": that of
        what is asked with the power it gives, its money aside; "lost": the difference. In `unit` a period.
    findings : tuple of Finding
        One for each check, or for each check and player, in the order of the checks.
    assumed : tuple of str
        Paths of the numbers that have no source; the model's defaults are marked "(default)".
    remarks : tuple of str
        What the reader should know: several equilibria, a list that may be incomplete, who walks away first.
    versions : mapping
        "bargain", "python", "numpy" -> version.
    document_sha256 : str
        Digest of the document's bytes; of its data as JSON if there are no such bytes.
    walks_away : mapping or None
        The first period in which a player breaks its word: "player", "period", "check", "margin", "row". None where
        nobody does, and where the offer is the same in all periods.
    """

    holds: bool | None
    title: str
    model: str
    unit: str
    parameters: Mapping[str, Any]
    payoffs: Mapping[str, Mapping[str, float]]
    critical_discount_factors: Mapping[str, float | None]
    discount_factors_that_hold: Mapping[str, tuple[tuple[float, float], ...]]
    power: Mapping[str, Any]
    risk: Mapping[str, float] | None
    efficiency: Mapping[str, Any] | None
    findings: tuple[Finding, ...]
    assumed: tuple[str, ...]
    remarks: tuple[str, ...]
    versions: Mapping[str, str]
    document_sha256: str = field(repr=False)
    walks_away: Mapping[str, Any] | None = None

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings that fail."""
        return tuple(finding for finding in self.findings if finding.status == "fails")

    def finding(self, check: str, player: str | None = None) -> Finding:
        """Return the finding of one check and player.

        Parameters
        ----------
        check : str
            A requirement, e.g. "participation".
        player : str, optional
            Default: the finding that is about nobody in particular.

        Returns
        -------
        Finding

        Raises
        ------
        KeyError   if the verdict has no such finding
        """
        for finding in self.findings:
            if finding.check == check and finding.player == player:
                return finding
        known = ", ".join(finding.name for finding in self.findings)
        raise KeyError(f"no finding {check!r} for {player!r}; there are {known}")

    @property
    def status(self) -> Status:
        """The verdict in a word."""
        return "undecided" if self.holds is None else "holds" if self.holds else "fails"

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a finding, its witness in columns of its own, for a table."""
        rows = []
        for finding in self.findings:
            row = finding.to_dict()
            witness = row.pop("witness")
            withheld = " ".join(witness.get("withheld") or ())
            rows.append(
                row | {"deviation": witness.get("deviation"), "withheld": withheld, "state": witness.get("state")}
            )
        return rows

    def _heading(self) -> str:
        return f"{MARKS[self.status]} {self.headline}"

    def _shown_rows(self) -> list[dict[str, Any]]:
        return [
            {
                "status": f"{MARKS[finding.status]} {finding.status}",
                "check": finding.check.replace("_", " "),
                "player": finding.player or "all",
                "margin": finding.margin,
                "in this model": finding.words,
            }
            for finding in self.findings
            if finding.status != "not applicable"
        ]

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that concern a reader: all but those on coalitions to sign where nobody signs anything."""
        signing = ("internal_stability", "external_stability")
        applies = {finding.check for finding in self.findings if finding.status != "not applicable"}
        hidden = () if applies.intersection(signing) else signing
        return tuple(finding for finding in self.findings if finding.check not in hidden)

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data, schema `bargain/verdict@1`."""
        first = {} if self.walks_away is None else {"walks_away": plain(self.walks_away)}
        return {
            "schema": "bargain/verdict@1",
            "holds": self.holds,
            "title": self.title,
            "model": self.model,
            "unit": self.unit,
            "parameters": plain(self.parameters),
            "payoffs": plain(self.payoffs),
            "critical_discount_factors": dict(self.critical_discount_factors),
            "discount_factors_that_hold": plain(self.discount_factors_that_hold),
            "power": plain(self.power),
            "risk": plain(self.risk),
            "efficiency": plain(self.efficiency),
            "findings": [plain(finding.to_dict()) for finding in self.findings],
            "assumed": list(self.assumed),
            "remarks": list(self.remarks),
            **first,
            "versions": dict(self.versions),
            "document_sha256": self.document_sha256,
        }

    def to_json(self) -> str:
        """Return `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    @property
    def headline(self) -> str:
        """One sentence: does the offer hold in this model?"""
        if self.holds:
            return "The offer holds in this model: no requirement fails."
        if self.holds is None:
            open_ = ", ".join(f.name for f in self.findings if f.status == "undecided")
            return f"Undecided in this model: {open_}."
        failed = ", ".join(finding.name for finding in self.failures)
        return f"The offer fails in this model: {failed}."

    def __str__(self) -> str:
        lines = [self.title, ""] if self.title else []
        lines += [str(finding) for finding in self.shown]
        lines += ["", *(f"Note: {remark}" for remark in self.remarks), self.headline]
        return "\n".join(lines)


def plain(value: Any) -> Any:
    """Return nested tuples and mappings as lists and dicts of plain numbers, fit for JSON."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    return float(value)


IN_FULL = (1e5, 1e15)
"""Sizes of numbers that are written to the last digit before the point, in tables and in sentences alike."""


def number(value: float) -> str:
    """Write a number for people: six significant digits or all before the point, a true minus sign, no empty digits.

    >>> number(-18.8544636), number(0.0), number(98000001.4)
    ('−18.8545', '0', '98000001')
    """
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    text = f"{value:.0f}" if IN_FULL[0] <= abs(value) < IN_FULL[1] else f"{value:.6g}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def signed(value: float) -> str:
    """Write a number for people with its sign.

    >>> signed(8.21574)
    '+8.21574'
    """
    return ("+" if value > 0 else "") + number(value)


def harmless(text: str) -> str:
    """Leave out control characters, with which a document could drive the reader's terminal or break a picture.

    >>> harmless("a\\x1b[31mred")
    'a[31mred'
    """
    return _CONTROL.sub("", text)


_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


def mixture_words(weights: Iterable[Any], actions: Iterable[str], written: Callable[[float], str] | None = None) -> str:
    """Write what a player plays, the probability before each action; an action played for certain is its name.

    Fractions are written as they are unless `written` says how.

    >>> mixture_words([0.25, 0.75], ["hawk", "dove"]), mixture_words([1, 0], ["hawk", "dove"])
    ('0.25 hawk + 0.75 dove', 'hawk')
    """
    played = [(weight, action) for weight, action in zip(weights, actions, strict=True) if weight]
    if len(played) == 1:
        return played[0][1]
    exact = written is None and all(isinstance(weight, Fraction) for weight, _ in played)
    write = written or number
    return " + ".join(f"{weight if exact else write(float(weight))} {action}" for weight, action in played)


def profile_words(profile: Mapping[str, Any]) -> str:
    """Write a profile in words, mixtures with their probabilities.

    >>> profile_words({"Leader": {"pause 0": 0.25, "pause 3": 0.75}, "Follower": "race"})
    '(Leader: 0.25 pause 0 + 0.75 pause 3, Follower: race)'
    """
    played = {
        player: choice if isinstance(choice, str) else mixture_words(choice.values(), choice)
        for player, choice in profile.items()
    }
    return "(" + ", ".join(f"{player}: {words}" for player, words in played.items()) + ")"
