"""`check`: every requirement of an offer, evaluated where the offer stands."""

from __future__ import annotations

import copy
import platform
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

import bargain
from bargain.agreement import Agreement
from bargain.blocking import Coalitions
from bargain.checks import CHECKS, Check, Row, named, no_blocking_coalition
from bargain.coalitional import voting_power
from bargain.findings import Finding, Status, Verdict, number, profile_words
from bargain.model import SIGNING, Model
from bargain.offers import Offer, windfall_weight
from bargain.power import power_intensity, sharing_kind
from bargain.repeated import critical_factor, discount_factors_that_hold
from bargain.schedules import average, period_of, shares
from bargain.system import RequirementSystem, build_system

SHIFT_TOLERANCE = 0.02
"""The power shift up to which sharing counts as benefit-sharing, where the document states no limit."""


def check(offer: Offer, *, cross_check: bool = True) -> Verdict:
    """Check every requirement of an offer and say by how much each holds or fails.

    Parameters
    ----------
    offer : Offer
    cross_check : bool
        Cross the equilibria of two-player games with nashpy's three algorithms; without it only the exact
        enumeration of this package is run.

    Returns
    -------
    Verdict
        Margins in the document's unit a period. `holds` is False if any requirement fails, else None if any is
        undecided, else True.

    Examples
    --------
    >>> import bargain as bg
    >>> verdict = bg.check(bg.read_offer("examples/lead_race/offer.yaml"))
    >>> verdict.holds, round(verdict.finding("participation", "Follower").margin, 6)
    (True, 8.21574)
    """
    return Evaluation(offer, cross_check=cross_check).verdict()


class _Decision(NamedTuple):
    """Whether rows hold, whether that rests on a tie within tolerance or on rationals, and the least margin."""

    holds: bool
    tie: bool
    exact: bool
    margin: float


class Evaluation:
    """An offer with its payoffs and requirements worked out, from which the verdict is read."""

    def __init__(self, offer: Offer, *, cross_check: bool = True) -> None:
        self.offer = offer
        self.agreement = Agreement(offer, cross_check=cross_check)
        self.system: RequirementSystem = build_system(self.agreement)
        self.margins = self.system.slack()
        self.applies = self.system.applies()

    def with_rows(self, rows: Sequence[Row]) -> Evaluation:
        """Return the evaluation with more rows of the system in use."""
        further = copy.copy(self)
        further.system = self.system.with_rows(rows)
        further.margins, further.applies = further.system.slack(), further.system.applies()
        return further

    @cached_property
    def exact(self) -> Agreement:
        """The same agreement in rationals."""
        return Agreement(self.offer, exact=True, cross_check=False)

    @cached_property
    def _exact_rows(self) -> Mapping[str, Row]:
        return {row.name: row for entry in CHECKS if entry.rows for row in entry.rows(self.exact)}

    def exact_slopes(self, row: Row) -> Mapping[str, Any]:
        """Return the slopes of a row in rationals."""
        if row.coalition:
            return self._exact_coalitions.together(row.coalition).slopes
        return self._exact_rows[row.name].margin.slopes

    def _exact_margin(self, i: int) -> Any:
        """The margin of one row in rationals; 0.0, a float, where the model is not rational."""
        row = self.system.rows[i]
        if not self.agreement.rational:
            return 0.0
        exact = (
            no_blocking_coalition(self._exact_coalitions, row.coalition)
            if row.coalition
            else self._exact_rows[row.name]
        )
        return exact.margin.at(self.exact.amounts)

    @cached_property
    def _exact_coalitions(self) -> Coalitions:
        return Coalitions(self.exact)

    @property
    def holds(self) -> bool | None:
        """Whether the offer holds: False, None where undecided, or True."""
        statuses = {finding.status for finding in self.findings}
        if "fails" in statuses:
            return False
        return None if "undecided" in statuses else True

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """One finding for each check and player."""
        found = []
        for entry in CHECKS:
            players = self.agreement.players if entry.per_player else (None,)
            found += [self._finding(entry, player) for player in players]
        return tuple(found)

    def _finding(self, entry: Check, player: str | None) -> Finding:
        def finding(status: Status, words: str, **more: Any) -> Finding:
            defaults: dict[str, Any] = {
                "margin": None,
                "exact": False,
                "unit": "",
                "witness": {},
                "method": "",
            }
            tolerance = self.system.tolerance
            return Finding(entry.name, player, status, tolerance=tolerance, words=words, **{**defaults, **more})

        if entry.status_quo and not self.agreement.scenarios:
            return finding(
                "undecided",
                "No equilibrium of the game without the offer is known, or there are too many to compare with each. "
                "State the profile under disagreement.",
            )
        members = [
            i
            for i, row in enumerate(self.system.rows)
            if row.check == entry.name and row.player == player and self.applies[i]
        ]
        if not members:
            absent = entry.absent if entry.rows else self.system.coalitions.absent
            return finding("not applicable", f"{player} {absent}." if player else f"{absent[:1].upper()}{absent[1:]}.")
        by_scenario: dict[int, list[int]] = {}
        for i in members:
            by_scenario.setdefault(self.system.rows[i].scenario, []).append(i)
        decided = {scenario: self._decide(rows) for scenario, rows in by_scenario.items()}
        least = min(members, key=lambda i: float(self.margins[i]))
        row = self.system.rows[least]
        exact = all(each.exact for each in decided.values())
        margin = min(each.margin for each in decided.values())
        held = [scenario for scenario, each in decided.items() if each.holds]
        rows = len(members) if entry.rows else len(self.system.coalitions.proper)
        common = {
            "margin": margin,
            "unit": row.unit,
            "exact": exact,
            "witness": _witness(row),
            "method": f"least of {rows:,} row{'s' if rows > 1 else ''}" + ("; decided in rationals" if exact else ""),
        }
        if held and len(held) < len(decided):
            failing = next(scenario for scenario in decided if scenario not in held)
            common["witness"] = {**_witness(row), "holds_with": self._quo(held[0]), "fails_with": self._quo(failing)}
            words = (
                f"It depends on which equilibrium would be played without the agreement: "
                f"holds with {self._quo_words(held[0])}, fails with {self._quo_words(failing)}. "
                "State the one that is meant under disagreement (or breakdown)."
            )
            return finding("undecided", words, **common)
        tie = any(each.tie for each in decided.values())
        # What is within rounding of zero is called zero.
        # What holds by a tie is called zero, not what rounding left of it.
        words = row.words(0.0 if held and abs(margin) <= self.system.tolerance else margin, holds=bool(held))
        words = words[0].upper() + words[1:] + ", in this model."
        if abs(margin) <= self.system.tolerance:
            words += " An exact tie, which holds." if exact and held else ""
            words += " A tie within tolerance, which counts as holding." if tie and held else ""
        return finding("holds" if held else "fails", words, **common)

    def row_holds(self, i: int) -> bool:
        """Whether one row holds, decided in rationals where it is too close to call."""
        return self._decide([i]).holds

    def _decide(self, rows: list[int]) -> _Decision:
        """Decide whether all rows hold, in rationals where that is too close to call."""
        least = min(float(self.margins[i]) for i in rows)
        if abs(least) > self.system.tolerance:
            return _Decision(least > 0, tie=False, exact=False, margin=least)
        exact = [self._exact_margin(i) for i in rows if self.margins[i] <= self.system.tolerance]
        # A margin that is a float even so (a worth found by a linear program) counts as a tie.
        tie = any(isinstance(margin, float) and margin <= self.system.tolerance for margin in exact)
        holds = all(margin >= (-self.system.tolerance if isinstance(margin, float) else 0) for margin in exact)
        return _Decision(holds, tie, exact=not tie, margin=least if tie else float(min(exact)))

    def _quo(self, scenario: int) -> Mapping[str, Any]:
        """The profiles of a scenario by name: the disagreement, and the breakdown where it differs."""
        chosen = self.agreement.scenarios[scenario]
        quo = named(self.agreement, chosen.disagreement)
        broken = {state: named(self.agreement, strategies) for state, strategies in chosen.breakdown.items()}
        return quo if all(profile == quo for profile in broken.values()) else {**quo, "breakdown": broken}

    def _quo_words(self, scenario: int) -> str:
        """The profiles of a scenario in words."""
        profiles = dict(self._quo(scenario))
        broken = profiles.pop("breakdown", {})
        when = {"always": "after a breakdown", "before": "after an early breakdown", "after": "after a late breakdown"}
        later = "".join(f", and {when[state]} {profile_words(profile)}" for state, profile in broken.items())
        return profile_words(profiles) + later

    def verdict(self) -> Verdict:
        """Return everything that was found."""
        agreement, offer = self.agreement, self.offer
        patience = self._patience()
        model = agreement.model
        return Verdict(
            holds=self.holds,
            title=offer.title,
            model=offer.model,
            unit=offer.unit,
            parameters=model.parameters(),
            payoffs=self._payoffs(),
            critical_discount_factors={player: critical_factor(good) for player, good in patience.items()},
            discount_factors_that_hold=patience,
            power=power_report(agreement),
            risk=self._risk(),
            efficiency=self._efficiency(),
            findings=self.findings,
            assumed=_assumed(offer, model),
            remarks=self._remarks(),
            versions={
                "bargain": bargain.__version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
            },
            document_sha256=offer.sha256,
            walks_away=self._walks_away(),
        )

    def _walks_away(self) -> dict[str, Any] | None:
        """The first period in which someone breaks its word, of what the findings say fails."""
        failing = {(each.check, each.player) for each in self.findings if each.status == "fails" and each.player}
        broken = [
            (period_of(row.state), float(self.margins[i]), row.name, row)
            for i, row in enumerate(self.system.rows)
            if self.applies[i] and period_of(row.state) and (row.check, row.player) in failing and not self.row_holds(i)
        ]
        if not broken:
            return None
        period, margin, name, row = min(broken, key=lambda each: each[:3])
        return {"player": row.player, "period": period, "check": row.check, "margin": margin, "row": name}

    def _patience(self) -> dict[str, tuple[tuple[float, float], ...]]:
        promises: dict[str, list[Any]] = {player: [] for player in self.agreement.players}
        for row, applies in zip(self.system.rows, self.applies, strict=True):
            if row.incentive is not None and row.player is not None and applies:
                promises[row.player].append(row.incentive)
        # Rounding of payoffs, far below the tolerance of a verdict, must not move a threshold from 0 to 1.
        rounding = 1e-4 * self.system.tolerance
        return {player: discount_factors_that_hold(rows, rounding) for player, rows in promises.items()}

    def _payoffs(self) -> dict[str, dict[str, float]]:
        agreement, point = self.agreement, self.agreement.amounts
        kept = {p: float(agreement.agreement_payoff(p).at(point)) for p in agreement.players}
        if not agreement.scenarios:
            return {"agreement": kept}
        first, state = agreement.scenarios[0], agreement.states[0]
        return {
            "disagreement": {p: float(agreement.disagreement_payoff(p, first)) for p in agreement.players},
            "agreement": kept,
            "breakdown": {p: float(agreement.broken_flow(p, state, first).at(point)) for p in agreement.players},
        }

    def _risk(self) -> dict[str, float] | None:
        agreement = self.agreement
        after = agreement.risk(agreement.asked, agreement.agreed(agreement.states[-1]))
        if after is None or not agreement.scenarios:
            return None
        before = agreement.risk(agreement.scenarios[0].disagreement, agreement.without(agreement.states[-1]))
        return None if before is None else {"before": float(before), "after": float(after)}

    def _efficiency(self) -> dict[str, Any]:
        """The grand coalition's line: welfare lost against the best joint profile. Reported, not required."""
        agreement = self.agreement
        alone = agreement.without(agreement.states[-1])
        if agreement.signs:
            # The first profile in the order of actions, in which joining comes before staying.
            welfare = agreement.signing(alone).welfare
            masks = np.flatnonzero(welfare == welfare.max()).tolist()
            best = max(tuple(mask >> i & 1 for i in range(len(agreement.players))) for mask in masks)
            label, most = [SIGNING[1 - joins] for joins in best], float(welfare.max())
        else:
            game = agreement.game(alone)
            welfare = game.payoffs.sum(axis=0)
            profile = tuple(int(i) for i in np.unravel_index(int(np.argmax(welfare)), welfare.shape))
            label, most = list(game.label(profile)), float(welfare[profile])
        asked = sum(float(u) for u in agreement.utilities(agreement.asked, agreement.agreed(agreement.states[-1])))
        return {
            "best_profile": dict(zip(agreement.players, label, strict=True)),
            "best_welfare": most,
            "asked_welfare": asked,
            "lost": most - asked,
        }

    def _remarks(self) -> tuple[str, ...]:
        agreement, remarks = self.agreement, []
        if agreement.status_quo is not None:
            found = agreement.status_quo
            if not found.complete:
                remarks.append(
                    f"The list of equilibria without the offer may be incomplete; every requirement was checked "
                    f"against the {len(found.equilibria)} found. {' '.join(found.remarks)} State the profile under "
                    "disagreement to settle which one is meant."
                )
            elif len(found.equilibria) > 1:
                remarks.append(
                    f"The game without the offer has {len(found.equilibria)} "
                    f"{'extreme ' if found.degenerate else ''}equilibria; every requirement was checked against each. "
                    "Payoffs are printed for the first."
                )
        elif agreement.scenarios and not agreement.is_equilibrium(agreement.scenarios[0].disagreement, agreement.base):
            remarks.append(
                "The profile stated under disagreement is not a Nash equilibrium of the game without the offer."
            )
        for capabilities, after in agreement.solved.items():
            if capabilities != agreement.base and not after.complete:
                remarks.append(
                    f"The list of equilibria after a breakdown may be incomplete; {len(after.equilibria)} were found. "
                    "State the profile under breakdown to settle which one is meant."
                )
        if self.offer.breakdown and not self.offer.dissolves:
            broken = agreement.scenarios[0].breakdown if agreement.scenarios else {}
            if any(not agreement.is_equilibrium(played, agreement.broken(state)) for state, played in broken.items()):
                remarks.append(
                    "The profile stated under breakdown is not a Nash equilibrium of the game it is played in."
                )
        if first := self._walks_away():
            remarks.append(
                f"{first['player']} is the first that would walk away, in period {first['period']}: keeping its word "
                f"is then worth {number(-first['margin'])} {self.offer.unit}".rstrip()
                + " less than breaking it."
            )
        return tuple(remarks)


def power_report(agreement: Agreement) -> dict[str, Any]:
    """Return power before and after, its shifts, the kind of sharing, intensities, and third parties' losses."""
    offer, players = agreement.offer, agreement.players
    alone, final = agreement.without(agreement.states[-1]), agreement.agreed(agreement.states[-1])
    before = dict(zip(players, map(float, agreement.shares(alone)), strict=True))
    after = dict(zip(players, map(float, agreement.shares(final)), strict=True))
    shift = {player: after[player] - before[player] for player in players}
    limit = SHIFT_TOLERANCE if offer.limits.power_shift is None else offer.limits.power_shift
    voting = _voting(offer)
    recipients = dict.fromkeys(term.to for term in offer.terms)
    moved = {
        player: max(abs(shift[player]), abs(voting["shift"].get(player, 0.0)) if voting else 0.0)
        for player in recipients
    }
    parties = {player for term in offer.terms for player in (term.from_, term.to)}
    return {
        "before": before,
        "after": after,
        "shift": shift,
        "kind": {player: sharing_kind(moved[player], limit) for player in recipients},
        "intensity": {term.id: _intensity(agreement, term) for term in offer.terms},
        "third_parties": {
            player: offer.players[player].stake * shift[player] for player in players if player not in parties
        },
        "voting": voting,
    }


def _intensity(agreement: Agreement, term: Any) -> float:
    discount = float(agreement.discount(term.to))
    flows = list(shares(term, agreement.offer.periods)) or [1.0]
    weight = {"upfront": 1 - discount, "conditional": average(flows, discount)}.get(term.timing)
    if weight is None:
        weight = float(windfall_weight(discount, float(agreement.hazard)))
    alone = list(agreement.base)
    i = agreement.index[term.to]
    alone[i] = alone[i] + term.power
    shift = float(agreement.shares(tuple(alone))[i]) - float(agreement.shares(agreement.base)[i])
    return float(power_intensity(term.value, weight, agreement.offer.players[term.to].stake, shift))


def _voting(offer: Offer) -> dict[str, dict[str, float]] | None:
    """Voting power in the governance body before and after the offer's seats; None where there is no body."""
    body = offer.governance
    if body is None:
        return None
    weights = dict(body.weights)
    for term in offer.terms:
        if term.weight:
            weights.setdefault(term.to, 0.0)
    seated = dict(weights)
    for term in offer.terms:
        if term.weight:
            seated[term.to] += term.weight
    old = voting_power(list(weights.values()), body.quota, index=body.index)
    new = voting_power(list(seated.values()), body.quota, index=body.index)
    before, after = dict(zip(weights, map(float, old), strict=True)), dict(zip(weights, map(float, new), strict=True))
    return {"before": before, "after": after, "shift": {name: after[name] - before[name] for name in weights}}


def _witness(row: Row) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(("deviation", "withheld", "state", "profile", "coalition"))
    return {**empty, **row.witness}


def _assumed(offer: Offer, model: Model) -> tuple[str, ...]:
    """Name the numbers that carry no source: those of the document, and the model's defaults."""
    sourced = {path for path, spread in offer.ranges.items() if spread.source}
    stated = [path for path in offer.numbers() if path not in sourced]
    defaults = offer.unstated_parameters(model).items()
    return (*stated, *(f"{path} (default)" for path, value in defaults if isinstance(value, float)))
