"""An offer's requirements as a linear program over a few amounts that may change, its levers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._lp import infeasibility_weights
from bargain._terms import escrow
from bargain.agreement import Agreement
from bargain.checks import Row
from bargain.findings import number
from bargain.offers import Term, windfall_weight
from bargain.schedules import average, shares
from bargain.verdict import Evaluation

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """One amount of the offer and what it becomes."""

    path: str
    old: float
    new: float

    def __str__(self) -> str:
        return f"{self.path}: {number(self.old)} → {number(self.new)}"


@dataclass(frozen=True)
class Clash:
    """Why nothing can help: requirements whose weighted sum asks for more than zero of something below zero.

    Row r reads `slopes[r] @ x >= needs[r]` over the amounts `variables`, none of which can be negative. The
    weights are not negative; the weighted slopes are at most zero and the weighted needs positive, all in exact
    rationals (Farkas 1902).
    """

    names: tuple[str, ...]
    weights: tuple[Fraction, ...]
    variables: tuple[str, ...]
    slopes: tuple[tuple[Fraction, ...], ...]
    needs: tuple[Fraction, ...]

    @property
    def shortfall(self) -> float:
        """By how much, on weighted average, the requirements miss: the weighted needs."""
        return float(sum(w * need for w, need in zip(self.weights, self.needs, strict=True)))

    def verify(self) -> bool:
        """Multiply the certificate out again, in rationals."""
        weighted = [
            sum(w * row[j] for w, row in zip(self.weights, self.slopes, strict=True))
            for j in range(len(self.variables))
        ]
        need = sum(w * n for w, n in zip(self.weights, self.needs, strict=True))
        return min(self.weights) >= 0 and all(slope <= 0 for slope in weighted) and need > 0

    def to_dict(self) -> dict[str, Any]:
        """Return the certificate as plain data, rationals as text."""
        return {
            "requirements": list(self.names),
            "weights": [str(weight) for weight in self.weights],
            "variables": list(self.variables),
            "slopes": [[str(slope) for slope in row] for row in self.slopes],
            "needs": [str(need) for need in self.needs],
            "shortfall": self.shortfall,
        }

    def __str__(self) -> str:
        if len(self.names) == 1:
            return f"{self.names[0]} falls short whatever the amounts, by {number(self.shortfall)} at least."
        parts = ", ".join(
            f"{name} (weight {number(float(weight))})" for name, weight in zip(self.names, self.weights, strict=True)
        )
        return (
            f"These requirements clash: {parts}. Taken together with these weights they fall short by "
            f"{number(self.shortfall)} whatever the amounts."
        )


@dataclass(frozen=True)
class Lever:
    """An amount that may change, the variables that move with it, and what a unit of it costs."""

    path: str
    moves: Mapping[str, Fraction]
    level: float
    weight: float


class Program:
    """The rows of an offer as functions of a few levers: `slopes @ (levels - now) >= needs`."""

    def __init__(self, evaluation: Evaluation, levers: Sequence[Lever], margin: float, *, strict: bool) -> None:
        self.margin, self.strict = margin, strict
        self.levers = tuple(levers)
        system = evaluation.system
        column = {name: j for j, name in enumerate(system.variables)}
        directions = np.zeros((len(system.variables), len(self.levers)))
        for k, lever in enumerate(self.levers):
            for name, slope in lever.moves.items():
                directions[column[name], k] = float(slope)
        slopes = system.matrix @ directions
        self.directions = directions
        moving = {name for lever in self.levers for name in lever.moves}
        kept, needs = [], []
        for i, row in enumerate(system.rows):
            if not evaluation.applies[i] and not moving.intersection(row.needs):
                continue
            slack = float(evaluation.margins[i])
            if np.any(slopes[i]) or (strict and row.player is not None):
                kept.append(i)
                needs.append(margin - slack)
            elif not evaluation.row_holds(i):
                # No lever moves this row; it fails, and no margin is asked of it beyond holding.
                kept.append(i)
                needs.append(max(-slack, system.tolerance))
        self.rows = kept
        self.slopes = slopes[kept]
        self.needs = np.array(needs)
        self.now = np.array([lever.level for lever in self.levers])
        self.evaluation = evaluation

    @cached_property
    def _moved(self) -> npt.NDArray[np.bool_]:
        """Which coalitions' margins some lever moves."""
        return self.evaluation.system.coalitions.moved(self.directions)

    def missing(self, levels: Vector, above: float = 0.0) -> tuple[Row, ...]:
        """Write rows of coalitions that the program lacks, and that the levels leave below what it asks for.

        A coalition whose margin some lever moves is asked for the program's margin and `above` more, like any other
        row; one that none moves, to hold.
        """
        system = self.evaluation.system
        if system.complete:
            return ()
        bounds = np.where(self._moved, self.margin + above - 0.1 * system.tolerance, -system.tolerance)
        return system.violated(system.point + self.directions @ (levels - self.now), bounds)

    def with_rows(self, rows: Sequence[Row]) -> Program:
        """Return the program with more rows."""
        return Program(self.evaluation.with_rows(rows), self.levers, self.margin, strict=self.strict)

    def single_changes(self) -> tuple[tuple[int, float], ...]:
        """Return each lever that suffices alone, with its least sufficient change."""
        program, found = self, list[tuple[int, float]]()
        for k in range(len(self.levers)):
            while (step := program._alone(k)) is not None:
                levels = self.now.copy()
                levels[k] += step
                if not (rows := program.missing(levels)):
                    found.append((k, step))
                    break
                program = program.with_rows(rows)
        return tuple(found)

    def _alone(self, k: int) -> float | None:
        """The least change of one lever that meets every need; None if there is none."""
        slope = self.slopes[:, k]
        if np.any(self.needs[slope == 0] > 0):
            return None
        low = max((self.needs[slope > 0] / slope[slope > 0]).max(initial=-np.inf), -self.now[k])
        high = (self.needs[slope < 0] / slope[slope < 0]).min(initial=np.inf)
        return float(min(max(0.0, low), high)) if low <= high else None

    def clash(self, bounds: Mapping[str, float] | None = None) -> Clash | None:
        """Return the proof, in rationals, that no levels within upper bounds meet the needs; None if some do."""
        rows = [self.evaluation.system.rows[i] for i in self.rows]
        names = [row.name for row in rows]
        slopes, needs = [], []
        for given, need in zip(rows, self.needs, strict=True):
            own = self.evaluation.exact_slopes(given)
            row = [
                sum((Fraction(own.get(name, 0)) * move for name, move in lever.moves.items()), Fraction(0))
                for lever in self.levers
            ]
            slopes.append(row)
            reached = sum((s * Fraction(lever.level) for s, lever in zip(row, self.levers, strict=True)), Fraction(0))
            needs.append(Fraction(float(need)) + reached)
        for path, bound in (bounds or {}).items():
            names.append(f"{path} at most {number(float(bound))}")
            slopes.append([Fraction(-(lever.path == path)) for lever in self.levers])
            needs.append(-Fraction(float(bound)))
        weights = infeasibility_weights(slopes, needs)
        if weights is None:
            return None
        chosen = [k for k, weight in enumerate(weights) if weight]
        return Clash(
            names=tuple(names[k] for k in chosen),
            weights=tuple(weights[k] for k in chosen),
            variables=tuple(lever.path for lever in self.levers),
            slopes=tuple(tuple(slopes[k]) for k in chosen),
            needs=tuple(needs[k] for k in chosen),
        )

    def changes(self, levels: Vector) -> tuple[Change, ...]:
        """Return the amounts that differ from the offer's when the levers take `levels`."""
        amounts = self.evaluation.agreement.amounts
        scale = max(1.0, float(np.abs(self.now).max(initial=0.0)))
        new: dict[str, float] = {}
        for lever, level, now in zip(self.levers, levels, self.now, strict=True):
            if abs(level - now) <= 1e-13 * scale:
                continue
            for name, slope in lever.moves.items():
                start = new.get(name, float(amounts[name]))
                new[name] = float(level) if name == lever.path else max(0.0, start + float(slope) * float(level - now))
        return tuple(Change(name, float(amounts[name]), value) for name, value in new.items())


def value_lever(agreement: Agreement, term: Term) -> Lever:
    path, moves = f"terms.{term.id}.value", {f"terms.{term.id}.value": Fraction(1)}
    if term.value > 0:
        moves[f"terms.{term.id}.cost"] = Fraction(repr(term.cost)) / Fraction(repr(term.value))
    elif term.cost == 0:
        moves[f"terms.{term.id}.cost"] = Fraction(1)
    return Lever(
        path, {name: slope for name, slope in moves.items() if slope}, term.value, timing_weight(agreement, term)
    )


def escrow_lever(agreement: Agreement, player: str) -> Lever:
    path = escrow(player)
    return Lever(path, {path: Fraction(1)}, float(agreement.amounts[path]), float(agreement.cost_of_capital))


def timing_weight(agreement: Agreement, term: Term) -> float:
    """The term's timing weight with its provider's discount factor: what a unit of it is worth a period."""
    discount = float(agreement.discount(term.from_))
    if term.timing == "upfront":
        return 1 - discount
    if term.timing == "windfall":
        return float(windfall_weight(discount, float(agreement.hazard)))
    entries = list(shares(term, agreement.offer.periods))
    return float(average(entries, discount)) if entries else 1.0


def provider_cost(agreement: Agreement, lever: Lever) -> float:
    """What a unit of the lever costs the providers on average a period."""
    by_cost = {f"terms.{term.id}.cost": timing_weight(agreement, term) for term in agreement.offer.terms}
    by_escrow = {escrow(player): float(agreement.cost_of_capital) for player in agreement.players}
    return sum(float(slope) * {**by_cost, **by_escrow}.get(name, 0.0) for name, slope in lever.moves.items())
