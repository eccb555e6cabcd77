"""`explain`: every finding worked by hand, from the document's numbers to the margin.

A quantity is a formula over other quantities, down to the document's own numbers. It is written with just so many
digits that whoever recomputes it from what is shown arrives at the value shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bargain._working_parts import Quantity, part_values, parts_of, recompute, substitute, written
from bargain.checks import Row
from bargain.descriptions import check_words, folded
from bargain.findings import MARKS, Finding, number, plain, profile_words, signed
from bargain.offers import Offer
from bargain.repeated import Incentive, critical_factor, discount_factors_that_hold
from bargain.verdict import Evaluation


@dataclass(frozen=True)
class Equation:
    """`symbol = formula = substituted = shown`; formula and substituted are empty for a number as it stands."""

    symbol: str
    meaning: str
    formula: str
    substituted: str
    shown: str
    value: float

    def __str__(self) -> str:
        sides = [self.symbol, self.formula, self.substituted, self.shown]
        steps = " = ".join(dict.fromkeys(side for side in sides if side))
        return f"{steps}  ({self.meaning})" if self.meaning else steps


@dataclass(frozen=True)
class Working:
    """The inequality that decides a finding: its parts, then its margin."""

    name: str
    setting: str
    parts: tuple[Equation, ...]
    margin: Equation


@dataclass(frozen=True)
class WorkedFinding:
    """A finding, what it requires, and how its margin comes about.

    One working; two where the status depends on which equilibrium is meant; none where nothing applies.
    """

    finding: Finding
    required: str
    workings: tuple[Working, ...]
    closing: str


@dataclass(frozen=True)
class Patience:
    """The least discount factor at which a player keeps all its promises, beside its own.

    `row` names the promise that decides, `equation` works the closed form where it applies; both may be absent.
    """

    player: str
    discount: float
    critical: float | None
    row: str | None
    equation: Equation | None
    words: str


@dataclass(frozen=True)
class Explanation:
    """What `explain` returns; `str` gives it as plain text.

    Attributes
    ----------
    holds, title, unit : as in the verdict
    headline : str
        Whether the offer holds, in a sentence.
    findings : tuple of WorkedFinding
        All findings of the verdict in its order, each with the requirement in words and its working.
    patience : tuple of Patience
        For each player the least discount factor at which it keeps every promise, and the promise that decides.
    shown : tuple of Finding
        Those that the text gives: all, but those on coalitions to sign where nobody signs anything.
    """

    holds: bool | None
    title: str
    headline: str
    unit: str
    findings: tuple[WorkedFinding, ...]
    patience: tuple[Patience, ...]
    shown: tuple[Finding, ...] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data, schema `bargain/explanation@1`."""

        def equation(shown: Equation | None) -> dict[str, Any] | None:
            return None if shown is None else plain(vars(shown))

        return {
            "schema": "bargain/explanation@1",
            "holds": self.holds,
            "title": self.title,
            "headline": self.headline,
            "unit": self.unit,
            "findings": [
                {
                    "check": worked.finding.check,
                    "player": worked.finding.player,
                    "status": worked.finding.status,
                    "required": worked.required,
                    "workings": [
                        {
                            "name": working.name,
                            "setting": working.setting,
                            "parts": [equation(part) for part in working.parts],
                            "margin": equation(working.margin),
                        }
                        for working in worked.workings
                    ],
                    "closing": worked.closing,
                }
                for worked in self.findings
            ],
            "patience": [{**vars(each), "equation": equation(each.equation)} for each in self.patience],
        }

    @property
    def lines(self) -> list[str]:
        """The working line by line, however long; what belongs to a line above is indented."""
        lines = [line for line in (self.title, self.headline) if line]
        for worked in self.findings:
            finding = worked.finding
            if finding not in self.shown:
                continue
            who = f", {finding.player}" if finding.player else ""
            lines += ["", f"{MARKS[finding.status]} {check_words(finding.check)}{who}: {finding.status}"]
            lines += [f"  Required: {worked.required}"] if worked.workings else []
            for working in worked.workings:
                lines.append(f"  Decided by {working.name}{working.setting and f', {working.setting}'}")
                lines += [f"    {part}" for part in working.parts]
                margin = working.margin
                steps = (margin.symbol, margin.formula, margin.substituted, margin.shown)
                lines += [f"    {steps[0]}", *(f"      = {step}" for step in steps[1:])]
                lines[-1] += f" {margin.meaning}".rstrip()
            lines.append(f"  {worked.closing}")
        lines += ["", "Patience: the least discount factor at which each player keeps every promise"]
        for each in self.patience:
            lines.append(f"  {each.words}")
            lines += [f"    {each.equation}"] if each.equation else []
        return lines

    def __str__(self) -> str:
        return folded(self.lines)


def explain(offer: Offer, *, cross_check: bool = True) -> Explanation:
    """Work every finding of an offer by hand.

    Each finding's binding inequality is written as a formula, with the origin of each of its parts, and once more
    with the numbers put in. Evaluating what is shown gives the margin that is shown.

    Parameters
    ----------
    offer : Offer
    cross_check : bool
        Cross the equilibria of two-player games with nashpy's algorithms, as in `check`.

    Returns
    -------
    Explanation
        Margins in the document's unit a period; `str` gives plain text, `to_dict` plain data.

    Examples
    --------
    >>> import bargain as bg
    >>> why = bg.explain(bg.read_offer("examples/lead_race/offer.yaml"))
    >>> print(why.findings[1].workings[0].margin)
    margin = u_A − u_0 = 13.189015 − 4.9732745 = +8.21574  (USD bn per year)
    """
    evaluation = Evaluation(offer, cross_check=cross_check)
    verdict = evaluation.verdict()
    return Explanation(
        holds=verdict.holds,
        title=verdict.title,
        headline=verdict.headline,
        unit=verdict.unit,
        findings=tuple(_worked(evaluation, finding) for finding in verdict.findings),
        shown=verdict.shown,
        patience=tuple(
            _patience(evaluation, player, verdict.critical_discount_factors[player])
            for player in evaluation.agreement.players
        ),
    )


def _worked(evaluation: Evaluation, finding: Finding) -> WorkedFinding:
    least: dict[int, int] = {}
    for i, row in enumerate(evaluation.system.rows):
        if row.check == finding.check and row.player == finding.player and evaluation.applies[i]:
            rival = least.get(row.scenario)
            if rival is None or evaluation.margins[i] < evaluation.margins[rival]:
                least[row.scenario] = i
    if not least:
        return WorkedFinding(finding, "", (), finding.words)
    ordered = sorted(least.values(), key=lambda i: float(evaluation.margins[i]))
    chosen = ordered[:1] + (ordered[-1:] if finding.status == "undecided" else [])
    workings = tuple(_working(evaluation, i) for i in chosen)
    row = evaluation.system.rows[ordered[0]]
    closing = finding.words
    if finding.status != "undecided":
        closing = f"{closing} {_turning_point(evaluation, row, float(evaluation.margins[ordered[0]]))}"
    return WorkedFinding(finding, _required(evaluation, row), workings, closing)


def _working(evaluation: Evaluation, i: int) -> Working:
    row, margin, tolerance = evaluation.system.rows[i], float(evaluation.margins[i]), evaluation.system.tolerance
    parts = parts_of(evaluation.agreement, row, 1e-3 * tolerance)
    shown = "0" if abs(margin) <= tolerance else signed(margin)
    whole = Quantity("margin", row.unit, margin, row.formula, parts)
    equations = tuple(_equations(whole, shown, tolerance, 1e-3 * tolerance))
    setting = ""
    if len(evaluation.agreement.scenarios) > 1 and (profile := row.witness.get("profile")):
        setting = f"against {profile_words(profile)}"
    return Working(row.name, setting, equations[1:], equations[0])


def _equations(
    quantity: Quantity, shown: str, noise: float, rounding: float = 0.0, digits: int = 6
) -> Iterator[Equation]:
    """Yield the equation of a quantity shown with so many digits, then the equations of its parts.

    The parts are written with the fewest digits, six or more, with which the formula yields what is shown;
    a value within `noise` of zero counts as zero, and so does a part within `rounding`.
    """
    if not quantity.formula:
        yield Equation(quantity.symbol, quantity.meaning, "", "", shown, quantity.value)
        return
    target = written(quantity.value, digits)
    for finer in range(max(6, digits), 18):
        texts = {part.symbol: written(part.value, finer) for part in quantity.parts}
        substituted = substitute(quantity.formula, texts)
        found = recompute(substituted)
        if written(found, digits) == target or max(abs(found), abs(quantity.value)) <= noise:
            break
    yield Equation(quantity.symbol, quantity.meaning, quantity.formula, substituted, shown, quantity.value)
    for part in quantity.parts:
        if part.meaning:
            yield from _equations(part, texts[part.symbol], rounding, rounding, finer)


def _required(evaluation: Evaluation, row: Row) -> str:
    player, parts = row.player, row.parts
    if row.check == "compliance" and player is not None:
        asked = evaluation.offer.asks[player]
        return f"doing what is asked, {asked}, is worth at least as much to {player} over time as anything else."
    sentences = {
        "participation": f"{player} is not worse off with the agreement than without it.",
        "credibility": f"once the others have done their part, delivering is worth at least as much to {player} "
        "over time as withholding.",
        "power_safety": "no share of power moves by more than the limit.",
        "internal_stability": f"{row.player} is not better off outside the coalition than in it.",
        "external_stability": f"{row.player} is not better off in the coalition than outside it.",
        "no_blocking_coalition": "no group of players, short of all, has more on its own than under the agreement.",
        "dominance": "no share of power exceeds the cap.",
        "risk": "the agreement does not raise the risk.",
        "provider_interest": f"{player}, who pays, gains at least {_amount(parts.get('margin'))}.",
    }
    return sentences.get(row.check, "the margin is at or above zero.")


def _amount(value: Any) -> str:
    return "the margin asked for" if value is None else number(float(value))


def _turning_point(evaluation: Evaluation, row: Row, margin: float) -> str:
    """Say which single amount of the offer brings the margin to zero with the least change."""
    point = evaluation.agreement.amounts
    moves = []
    for path, slope in row.margin.slopes.items():
        old = float(point[path])
        new = old - margin / float(slope) if slope else -1.0
        if new >= 0:
            moves.append((abs(new - old), path, old, new))
    if not row.margin.slopes:
        return "No amount of the offer has a bearing on it; powers, asks or limits do."
    if abs(margin) <= evaluation.system.tolerance:
        return "There is nothing to spare: the least change against it breaks it."
    if not moves:
        lead = "No single amount of the offer undoes this" if margin > 0 else "No single amount of the offer mends this"
        return f"{lead}, the others left as they are."
    _, path, old, new = min(moves)
    change = f"{path} alone, moved from {number(old)} to {number(new)},"
    return f"{change} would use up this margin." if margin > 0 else f"{change} would close this gap."


def _patience(evaluation: Evaluation, player: str, critical: float | None) -> Patience:
    discount = float(evaluation.agreement.discount(player))
    rounding = 1e-4 * evaluation.system.tolerance
    promises: list[tuple[float, Row, Incentive]] = []
    for row, applies in zip(evaluation.system.rows, evaluation.applies, strict=True):
        if row.incentive is not None and row.player == player and applies:
            promise = row.incentive.rounded(rounding)
            own = critical_factor(discount_factors_that_hold([promise]))
            promises.append((2.0 if own is None else own, row, promise))
    if not promises:
        return Patience(player, discount, critical, None, None, f"{player} has no promise that it could break.")
    _, row, promise = max(promises, key=lambda entry: entry[0])
    least = "none below 1" if critical is None else number(critical)
    head = f"{player}: {least}; its own is {number(discount)}. Decided by {row.name}"
    numbers = part_values(evaluation.agreement, row)
    equation, reason = _critical_equation(numbers, promise, critical)
    return Patience(player, discount, critical, row.name, equation, f"{head}{reason}")


def _critical_equation(
    parts: Mapping[str, float], promise: Incentive, critical: float | None
) -> tuple[Equation | None, str]:
    """Return the closed form with its numbers where it applies, and what else is to be said."""
    gain, temptation, detection = promise.gain, promise.temptation, promise.detection
    if promise.periods is not None:
        how = f"δ + … + δ^{promise.periods} = (b − K)/(q·(f_A − u_P)), b = f_D − f_A"
        return None, f": the root of {how}." if critical is not None else ": too short a punishment for any patience."
    if "G" in parts:
        return (
            None,
            ": the greatest root of its margin, a polynomial in δ while terms or capabilities change by period.",
        )
    if promise.hazard * promise.windfall:
        return None, ": the greatest root of its margin, a quadratic in δ while the windfall is awaited."
    if temptation <= 0 <= gain:
        return None, ": breaking it gains nothing even at once, so no patience is needed."
    values = {symbol: parts[symbol] for symbol in ("K", "q", "f_A", "u_P")} | {"b": parts["f_D"] - parts["f_A"]}
    if temptation > 0 and (gain <= 0 or detection == 0):
        why = f"costs nothing later (f_A − u_P = {number(gain)})" if detection else "is never detected"
        return None, f": breaking it gains {number(temptation)} at once and {why}."
    symbol, formula, reason = "δ*", "(b − K)/(b − K + q·(f_A − u_P))", ", b = f_D − f_A:"
    if gain < 0:
        symbol, formula = "greatest δ", "(K − b)/(K − b + q·(u_P − f_A))"
        reason = ", b = f_D − f_A; more patience breaks it, since the breakdown is worth more than the agreement:"
    value = temptation / (temptation + detection * gain)
    known = tuple(Quantity(name, "", amount) for name, amount in values.items())
    return next(_equations(Quantity(symbol, "", value, formula, known), number(value), 1e-12)), reason
