"""`sensitivity`: the numbers that decide a verdict, and how far each is from turning it.

A number decides if some value within a factor of two of it gives another finding. Everything else in the document
may be off by that much without changing what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bargain._tables import Tabular
from bargain._turning import Found, Probe, nearest_turn, turn_of_an_amount
from bargain.findings import Finding, Status, number, plain
from bargain.model import Model
from bargain.offers import Offer, Range
from bargain.verdict import Evaluation

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Turn:
    """A number, and the nearest value at which a finding turns.

    `relative_change` is (turning_value - value) / |value|; `also` names the findings that turn at the same value.
    `in_range` tells whether the turning value lies within the range that the document states, None where it
    states none; `default` marks a parameter that the document leaves to the model.
    """

    path: str
    value: float
    turning_value: float
    relative_change: float
    finding: str
    before: Status
    after: Status
    also: tuple[str, ...]
    in_range: bool | None
    default: bool
    words: str


@dataclass(frozen=True)
class Sensitivity(Tabular):
    """What `sensitivity` found: the numbers that decide, the closest first, and those that do not.

    Attributes
    ----------
    holds : bool or None
        Of the offer as it stands; None where undecided.
    turns : tuple of Turn
        Each number that decides, with the nearest value at which a finding turns; the closest, as a share of the
        number, first. Of each: `path`, `value`, `turning_value`, `relative_change`, the `finding` that turns, its
        status `before` and `after`, `also`, the findings that turn there too, `in_range`, whether the document's
        range holds the turning value, None without one, `default`, whether the model gives the number, and `words`.
    steady, zeros, bound : tuple of str
        Paths of the numbers that turn nothing within a factor of two, that are 0 and so have no factor, and that
        cannot be changed alone (the pause that an ask names, say). Model defaults are written
        `parameters.NAME (default)`.
    evaluations : int
        How many offers were checked, the stated one included.
    """

    holds: bool | None
    turns: tuple[Turn, ...]
    steady: tuple[str, ...]
    zeros: tuple[str, ...]
    bound: tuple[str, ...]
    evaluations: int

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data, schema `bargain/sensitivity@1`."""
        return {
            "schema": "bargain/sensitivity@1",
            "holds": self.holds,
            "turns": [plain(vars(turn)) for turn in self.turns],
            "steady": list(self.steady),
            "zeros": list(self.zeros),
            "bound": list(self.bound),
            "evaluations": self.evaluations,
        }

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a turn, fit for a CSV file."""
        return [{**vars(turn), "also": ", ".join(turn.also)} for turn in self.turns]

    def __str__(self) -> str:
        if self.turns:
            lines = ["Numbers that decide what was found, the closest first:"]
            lines += [f"  {_percent(turn.relative_change):>8}  {turn.words}" for turn in self.turns]
        else:
            lines = ["No single number turns a finding within a factor of two."]
        if self.steady:
            lines.append(f"Between half and twice their size these turn nothing: {', '.join(self.steady)}.")
        if self.zeros:
            lines.append(f"Zero, so without a factor: {', '.join(self.zeros)}.")
        if self.bound:
            lines.append(f"Cannot be changed alone: {', '.join(self.bound)}.")
        return "\n".join(lines)


def sensitivity(offer: Offer, *, progress: Progress | None = None) -> Sensitivity:
    """Find, for each number of an offer, the nearest value that turns a finding.

    Every number that the document states, and every parameter it leaves to the model's defaults, is moved alone
    between half and twice its value, as far as the document stays valid (a discount factor stays below 1, a
    probability at most 1). Costs do not move with values here: each is a number of its own.

    Parameters
    ----------
    offer : Offer
    progress : callable, optional
        Called with the count of numbers done and their total after each.

    Returns
    -------
    Sensitivity

    Raises
    ------
    BargainError
        What `check` raises, for the offer as it stands or at a value that was tried.

    Notes
    -----
    Values, costs and escrows enter every requirement linearly: their turning values are read off the rows in
    closed form. Any other number is checked on a grid of 12 equal ratios on either side and the turn between two
    grid points is closed in on to 1e-10 of the number: by regula falsi on the finding's margin (Illinois), or by
    halving where the status jumps because another equilibrium is played. Where a margin comes close to zero and
    back between grid points the space between is searched too; a finding that turns twice between two grid
    points without its margin showing it there is missed. A number that moves no margin at all next to where it
    stands and at both ends is not searched further. Whole numbers move in whole steps. A tie counts as `check`
    counts it.

    References
    ----------
    Dowell & Jarratt (1971), A modified regula falsi method for computing the root of an equation.

    Examples
    --------
    >>> import bargain as bg
    >>> turns = bg.sensitivity(bg.read_offer("examples/lead_race/offer.yaml")).turns
    >>> {turn.path: round(turn.turning_value, 4) for turn in turns}["limits.dominance"]
    0.6667
    """
    evaluation = Evaluation(offer, cross_check=False)
    base = {finding.name: finding for finding in evaluation.findings}
    variables = dict.fromkeys(evaluation.system.variables)
    stated, defaults = offer.numbers(), _defaults(offer, evaluation.agreement.model)
    turns: list[Turn] = []
    steady: list[str] = []
    zeros: list[str] = []
    bound: list[str] = []
    evaluations = 1
    total = len(stated) + len(defaults)
    ranges = offer.ranges
    for done, (path, value) in enumerate([*stated.items(), *defaults.items()], start=1):
        name = f"{path} (default)" if path in defaults else path
        if value == 0:
            zeros.append(name)
        else:
            probe = Probe(offer, path, value, base, whole=_is_whole(path, evaluation.agreement.model))
            found = turn_of_an_amount(probe, evaluation) if path in variables else nearest_turn(probe)
            evaluations += probe.evaluations
            if found is not None:
                turns.append(_turn(found, probe, ranges.get(path), default=path in defaults))
            else:
                (steady if probe.evaluations or path in variables else bound).append(name)
        if progress is not None:
            progress(done, total)
    turns.sort(key=lambda turn: abs(turn.relative_change))
    return Sensitivity(evaluation.holds, tuple(turns), tuple(steady), tuple(zeros), tuple(bound), evaluations)


def _defaults(offer: Offer, model: Model) -> dict[str, float]:
    """Return the numbers among the model's parameters that the document does not state."""
    return {
        path: float(value)
        for path, value in offer.unstated_parameters(model).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _is_whole(path: str, model: Model) -> bool:
    if path == "punishment_periods":
        return True
    section, _, name = path.rpartition(".")
    part = model.sections().get(section)
    return part is not None and any(
        (field.alias or key) == name and field.annotation is int for key, field in type(part).model_fields.items()
    )


# Words


def _turn(found: Found, probe: Probe, spread: Range | None, *, default: bool) -> Turn:
    in_range = None if spread is None else spread.low <= found.at <= spread.high
    finding = probe.base[found.name]
    also = f"; also {', '.join(found.also)}" if found.also else ""
    words = (
        f"If {_in_words(probe.path)} were {_apart(found.at, probe.value)} instead of {number(probe.value)}"
        f"{' (the default)' if default else ''}, {_outcome(finding, found.after)} in this model "
        f"({found.name}: {finding.status} → {found.after}{also})."
    )
    if spread is not None:
        where = "within" if in_range else "outside"
        words += f" That lies {where} the stated range, {number(spread.low)} to {number(spread.high)}."
    return Turn(
        path=probe.path,
        value=probe.value,
        turning_value=found.at,
        relative_change=(found.at - probe.value) / abs(probe.value),
        finding=found.name,
        before=finding.status,
        after=found.after,
        also=found.also,
        in_range=in_range,
        default=default,
        words=words,
    )


def _apart(value: float, other: float) -> str:
    """Write a number with as many digits as it takes to tell it from another."""
    for digits in range(3, 17):
        text = number(float(f"{value:.{digits}g}")) if digits <= 6 else f"{value:.{digits}g}".replace("-", "−")
        if value == other or text != number(other):
            return text
    return text


def _percent(change: float) -> str:
    return f"{change * 100:+.3g} %".replace("-", "−")


SENTENCES: Mapping[str, tuple[str, str]] = {
    "participation": ("{player} would gain from the agreement", "{player} would lose by the agreement"),
    "compliance": (
        "{player} would do what is asked of it",
        "it would pay {player} not to do what is asked of it",
    ),
    "credibility": ("{player} would deliver what it promised", "it would pay {player} not to deliver"),
    "power_safety": ("no power share would shift by more than the limit", "power would shift by more than the limit"),
    "dominance": ("no power share would exceed the cap", "a power share would exceed the cap"),
    "risk": ("the risk would not rise", "the risk would rise"),
    "provider_interest": (
        "{player} would gain the margin asked for",
        "{player} would fall short of the margin asked for",
    ),
}
"""What it means that a check holds, and that it fails."""


def _outcome(finding: Finding, status: Status) -> str:
    holds, fails = SENTENCES.get(finding.check, (f"{finding.name} would hold", f"{finding.name} would fail"))
    if status in ("holds", "fails"):
        return (holds if status == "holds" else fails).format(player=finding.player)
    if status == "undecided":
        return f"{finding.name} would depend on which equilibrium is played without the agreement"
    return f"{finding.name} would no longer be asked"


PHRASES: Mapping[tuple[str, str], str] = {
    ("players", "capability"): "{}'s capability",
    ("players", "stake"): "{}'s stake in relative power",
    ("players", "discount"): "{}'s discount factor",
    ("terms", "value"): "the value of {}",
    ("terms", "cost"): "the cost of {}",
    ("terms", "power"): "the power given by {}",
    ("terms", "weight"): "the votes given by {}",
    ("backing.escrow", "amount"): "{}'s escrow",
    ("backing.monitoring", "detection"): "the probability that a breach by {} is detected",
    ("backing.guarantee", "probability"): "the probability that {}'s promises are made good",
    ("backing.reputation", "amount"): "{}'s reputation at stake",
    ("limits", "power_shift"): "the limit on shifts of power",
    ("limits", "dominance"): "the cap on power shares",
    ("limits", "provider_margin"): "the margin asked for providers",
}
"""How the path `first.NAME.last` is said."""


def _in_words(path: str) -> str:
    """Say what a path stands for.

    >>> _in_words("players.Follower.discount")
    "Follower's discount factor"
    """
    for (first, last), phrase in PHRASES.items():
        if path.startswith(f"{first}.") and path.endswith(f".{last}"):
            return phrase.format(path[len(first) + 1 : -len(last) - 1])
    whole = {
        "decisiveness": "the decisiveness of capability",
        "hazard": "the hazard of the windfall",
        "punishment_periods": "the number of periods of punishment",
        "cost_of_capital": "the cost of capital",
    }
    if path.startswith("parameters."):
        return f"the model's {path.removeprefix('parameters.')}"
    if path.startswith("issues.") and ".parameters." in path:
        issue, _, name = path.removeprefix("issues.").partition(".parameters.")
        return f"{name} of the issue {issue}"
    if path.startswith("affinity."):
        return f"the affinity {path.removeprefix('affinity.')}"
    return whole.get(path, path)
