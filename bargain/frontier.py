"""`credibility_frontier`: how patient the players must be for their promises to be kept, amount by amount.

Paying more makes the recipient's promise easier to keep and the payer's harder: money moves the problem of
credibility from one side to the other, and somewhere between lies the amount at which the least patience does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._affine import Affine
from bargain._tables import Tabular
from bargain.agreement import Agreement
from bargain.checks import Row
from bargain.errors import BargainError
from bargain.findings import number
from bargain.offers import Offer
from bargain.programs import Lever, value_lever
from bargain.repeated import Incentive, critical_factor, discount_factors_that_hold
from bargain.system import RequirementSystem, build_system

Vector = npt.NDArray[np.float64]
Range = tuple[float, float]

REACH = 2.0
"""Where nothing bounds the amounts they run up to this multiple of the present one (of 1 where that is 0)."""
FLAT = 4e-16
"""Critical discount factors closer than this are equal: the least amount that reaches them is taken."""


@dataclass(frozen=True, eq=False)
class Frontier(Tabular):
    """The critical discount factor of each player as one term's amount moves.

    Attributes
    ----------
    term : str
        Id of the term.
    unit : str
        The document's, of all amounts, a period.
    players : tuple of str
    amounts : (k,) array
        Values of the term, increasing.
    factors : (k, n) array
        At each amount the critical discount factor of each player; nan: not kept at any discount factor below 1.
    present : float
        The term's own value.
    present_factors : tuple of float or None
        Each player's factor there; None for nan.
    most_credible, least_factor : float or None
        The amount at which the largest factor is least, and that factor; None where no amount will do.
    decisive : tuple of str
        The players who have that factor there; none where everyone keeps its promises at any discount factor.
    words : str
        The same in sentences.
    """

    term: str
    unit: str
    players: tuple[str, ...]
    amounts: Vector
    factors: Vector
    present: float
    present_factors: tuple[float | None, ...]
    most_credible: float | None
    least_factor: float | None
    decisive: tuple[str, ...]
    words: str = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the frontier as plain data, schema `bargain/frontier@1`; None where a factor is nan."""
        return {
            "schema": "bargain/frontier@1",
            "term": self.term,
            "unit": self.unit,
            "amounts": self.amounts.tolist(),
            "critical_discount_factors": {
                player: [None if math.isnan(factor) else factor for factor in column]
                for player, column in zip(self.players, self.factors.T.tolist(), strict=True)
            },
            "present": self.present,
            "present_factors": dict(zip(self.players, self.present_factors, strict=True)),
            "most_credible": self.most_credible,
            "least_factor": self.least_factor,
            "decisive": list(self.decisive),
            "words": self.words,
        }

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row an amount, `amount` and a column for each player, fit for a CSV file."""
        return [
            {"amount": amount}
            | {
                player: None if math.isnan(factor) else factor
                for player, factor in zip(self.players, factors, strict=True)
            }
            for amount, factors in zip(self.amounts.tolist(), self.factors.tolist(), strict=True)
        ]

    def __str__(self) -> str:
        return self.words


def credibility_frontier(
    offer: Offer, term_id: str, *, amounts: npt.ArrayLike | None = None, points: int = 201
) -> Frontier:
    """Trace how patient each player must be for its promises to be kept, as one term's amount moves.

    The value of the term takes each of `amounts` and its cost moves along at the document's ratio (1 if both are
    0; a cost beside a value of 0 stays as it is). A player's critical discount factor is the least above which it
    keeps all its promises, in every disagreement point the offer may have; other players' amounts, powers and
    detection stay as they are.

    Parameters
    ----------
    offer : Offer
    term_id : str
        The id of one of its terms.
    amounts : (n_points,) array, optional
        Values of the term, in the document's unit a period, none below 0. Default: an even grid from 0 to the
        largest amount at which every player keeps its promises at some discount factor below 1; where there is no
        such amount, or no largest, to twice the present one (to 2 where that is 0).
    points : int
        The number of points of the default grid.

    Returns
    -------
    Frontier

    Raises
    ------
    BargainError
        For an unknown term, amounts that are not finite numbers at or above 0, and an offer without a known status
        quo.

    Notes
    -----
    No game is solved again: gain, temptation and windfall of every promise are affine in the amount. At a given
    discount factor the amounts that hold are therefore an interval, and so is the set of amounts whose critical
    factor is at most a given one: the largest critical factor has a single valley. A golden-section search over
    the range of amounts that are credible at all, which is known in closed form, finds its floor to the precision
    of floats, whatever the grid; of a level floor the least amount is taken. (A floor that is smooth, which only
    windfalls can make, is found to about eight digits.) The search stays within the range of `amounts`.

    References
    ----------
    Friedman (1971), A non-cooperative equilibrium for supergames, for the critical discount factor; Kiefer
    (1953), Sequential minimax search for a maximum, for golden sections.

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> front = bg.credibility_frontier(offer, "fund")
    >>> round(front.most_credible, 4), round(front.least_factor, 4)
    (6.07, 0.1802)
    """
    agreement = Agreement(offer, cross_check=False)
    lever = _lever(agreement, term_id)
    if not agreement.scenarios:
        raise BargainError(
            "No equilibrium of the game without the offer is known, so there is nothing to fall back to after a "
            "breach. State the profile under disagreement."
        )
    line = _Line(agreement, lever, build_system(agreement))
    allowed = line.credible(line.rows)
    if amounts is None:
        grid = np.linspace(0.0, _default_end(allowed, lever.level), _checked_points(points))
    else:
        grid = _checked_amounts(amounts)
    factors = np.array([line.factors(float(amount)) for amount in grid])
    within = (max(allowed[0], float(grid[0])), min(allowed[1], float(grid[-1])))
    best = _most_credible(line.largest, within, (float(grid[0]), float(grid[-1])))
    at_best = {} if best is None else dict(zip(line.players, line.factors(best), strict=True))
    least = max(at_best.values(), default=None)
    for array in (grid, factors):
        array.setflags(write=False)
    return Frontier(
        term=term_id,
        unit=offer.unit,
        players=line.players,
        amounts=grid,
        factors=factors,
        present=lever.level,
        present_factors=tuple(None if math.isnan(each) else each for each in line.factors(lever.level)),
        most_credible=best,
        least_factor=least,
        decisive=tuple(player for player, factor in at_best.items() if least and factor >= least - 1e-9),
        words=_words(line, term_id, offer.unit, grid, best),
    )


def _lever(agreement: Agreement, term_id: str) -> Lever:
    terms = {term.id: term for term in agreement.offer.terms}
    if term_id not in terms:
        known = f"its terms are {', '.join(terms)}" if terms else "it has no terms"
        raise BargainError(f"The offer has no term {term_id!r}; {known}.")
    return value_lever(agreement, terms[term_id])


def _checked_points(points: int) -> int:
    if points < 2:
        raise BargainError(f"points is {points}; a frontier has 2 points or more.")
    return points


def _checked_amounts(amounts: npt.ArrayLike) -> Vector:
    grid: Vector = np.unique(np.asarray(amounts, dtype=float))
    if not grid.size or not np.isfinite(grid).all() or grid[0] < 0:
        raise BargainError("amounts must be one or more finite numbers, none below 0.")
    return grid


def _default_end(allowed: Range, present: float) -> float:
    low, high = allowed
    if low <= high < math.inf and high > 0:
        return high
    return REACH * max(present, low if low < math.inf else 0.0) or REACH


class _Line:
    """The promises of an agreement as functions of one amount."""

    def __init__(self, agreement: Agreement, lever: Lever, system: RequirementSystem) -> None:
        self.players = agreement.players
        self.lever = lever
        self.now = dict(agreement.amounts)
        self.moves = {name: float(slope) for name, slope in lever.moves.items()}
        # Rounding of payoffs, far below the tolerance of a verdict, must not move a threshold from 0 to 1.
        self.rounding = 1e-4 * system.tolerance
        self.rows = tuple(row for row in system.rows if row.promise is not None)
        self.pieces = {row.name: tuple(self._along(piece) for piece in row.promise or ()) for row in self.rows}

    def _along(self, piece: Affine) -> tuple[float, float]:
        """Return a function of the amounts as constant and slope in the one amount."""
        slope = sum(float(piece.slopes.get(name, 0)) * move for name, move in self.moves.items())
        return float(piece.at(self.now)) - slope * self.lever.level, slope

    def amounts(self, amount: float) -> dict[str, float]:
        """Return every amount of the offer where the term's takes a value."""
        moved = {name: float(self.now[name]) + move * (amount - self.lever.level) for name, move in self.moves.items()}
        # The cost of a term at 0 is 0: rounding must not leave a trace of it.
        free = {name: 0.0 for name in self.moves if amount == 0}
        return {name: float(now) for name, now in self.now.items()} | moved | free

    def promise(self, row: Row, amount: float) -> Incentive:
        """Return a row's promise at an amount."""
        assert row.incentive is not None
        gain, temptation, windfall, *ahead = (c + slope * amount for c, slope in self.pieces[row.name])
        return replace(row.incentive, gain=gain, temptation=temptation, windfall=windfall, ahead=tuple(ahead))

    def factors(self, amount: float) -> tuple[float, ...]:
        """Return each player's critical discount factor at an amount, nan where there is none below 1."""
        at = self.amounts(amount)
        found = dict.fromkeys(self.players, 0.0)
        for row in self.rows:
            if row.applies(at) and row.player is not None:
                # Above the largest of its rows' factors a player keeps every promise, below it not all.
                own = critical_factor(discount_factors_that_hold([self.promise(row, amount)], self.rounding))
                found[row.player] = max(math.inf if own is None else own, found[row.player])
        return tuple(math.nan if factor == math.inf else factor for factor in found.values())

    def largest(self, amount: float) -> float:
        """Return the largest of the players' critical factors, infinity where one has none."""
        factors = self.factors(amount)
        return math.inf if any(map(math.isnan, factors)) else max(factors, default=0.0)

    def credible(self, rows: Sequence[Row]) -> Range:
        """Return the amounts at which `rows` hold as discount factors approach 1; low > high: none."""
        low, high = 0.0, math.inf
        for row in rows:
            constant, slope = self._patient(row)
            if slope > 0:
                low = max(low, -constant / slope)
            elif slope < 0:
                high = min(high, -constant / slope)
            elif constant < 0:
                return math.inf, -math.inf
        return low, high

    def _patient(self, row: Row) -> tuple[float, float]:
        """Return what must not be negative for a row to hold near a discount factor of 1, as constant and slope.

        The limit of the margin, per period punished; where that is zero at every amount, the next order.
        """
        promise = row.incentive
        assert promise is not None
        gain, temptation, windfall, *ahead = (np.array(piece) for piece in self.pieces[row.name])
        reach = promise.detection * gain
        if promise.periods is not None:
            limit, next_order = reach * promise.periods - temptation, -reach
        else:
            # Without a lasting gain the gains of the periods ahead are what a breach forgoes.
            forgone = promise.detection * sum(ahead, np.zeros(2)) - (len(ahead) + 1) * reach
            limit, next_order = promise.detection * (gain + windfall), forgone - temptation
            if promise.hazard:
                next_order = next_order - promise.detection * windfall / promise.hazard

        def clean(line: Vector) -> tuple[float, float]:
            constant, slope = line.tolist()
            return 0.0 if abs(constant) <= self.rounding else constant, slope if self.moved(slope) else 0.0

        first = clean(limit)
        return first if any(first) else clean(next_order)

    @property
    def matters(self) -> bool:
        """Whether any promise depends on the amount."""
        return any(self.moved(slope) for pieces in self.pieces.values() for _, slope in pieces)

    def moved(self, slope: float) -> bool:
        """Whether a slope is more than rounding."""
        return abs(slope) * max(1.0, self.lever.level) > self.rounding


def _most_credible(largest: Callable[[float], float], within: Range, ends: Range) -> float | None:
    """Return the least amount at which a function with a single valley is least; None if it is infinite throughout.

    The function is finite inside `within`. Rows that fall away at 0 make 0 a place of its own.
    """
    candidates = [end for end in ends if end == 0]
    low, high = within
    if low <= high < math.inf:
        ratio = (math.sqrt(5) - 1) / 2
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        at_left, at_right = largest(left), largest(right)
        while low < left < right < high and high - low > 1e-16 * (within[1] - within[0]):
            if at_left <= at_right:
                high, right, at_right = right, left, at_left
                left = high - ratio * (high - low)
                at_left = largest(left)
            else:
                low, left, at_left = left, right, at_right
                right = low + ratio * (high - low)
                at_right = largest(right)
        floor = min((within[0], low, left, right, high, within[1]), key=largest)
        candidates.append(_least_reaching(largest, within[0], floor))
    best = min(sorted(candidates), key=largest, default=None)
    return best if best is not None and largest(best) < math.inf else None


def _least_reaching(largest: Callable[[float], float], low: float, high: float) -> float:
    """Return the least amount between `low` and `high` at which the function is as low as at `high`."""
    aim = largest(high) + FLAT
    if largest(low) <= aim:
        return low
    while low < (middle := (low + high) / 2) < high:
        if largest(middle) <= aim:
            high = middle
        else:
            low = middle
    return high


def _words(line: _Line, term: str, unit: str, grid: Vector, best: float | None) -> str:
    def amount(value: float) -> str:
        return f"{number(value)} {unit}".rstrip()

    present = line.lever.level
    lines = [] if line.matters else [f"The amount of {term} matters to nobody's promise in this model."]
    if best is None:
        lines.append(
            f"At no amount of {term} between {number(grid[0])} and {amount(float(grid[-1]))} does everyone keep "
            "its promises, however patient, in this model."
        )
        lines += _obstacles(line, amount)
    else:
        factors = line.factors(best)
        least = max(factors, default=0.0)
        lines.append(
            f"{term} is most credible at {amount(best)}: from a discount factor of {number(least)} on everyone "
            "keeps its promises, in this model."
        )
        lines += [f"  {player}: from {number(factor)}" for player, factor in zip(line.players, factors, strict=True)]
        if line.matters and math.isclose(best, float(grid[-1]), rel_tol=1e-12):
            lines.append("That is the largest amount looked at; beyond it there may be a better one.")
    now = (
        f"{player} none below 1" if math.isnan(factor) else f"{player} {number(factor)}"
        for player, factor in zip(line.players, line.factors(present), strict=True)
    )
    lines.append(f"At the present amount, {amount(present)}, the critical discount factors are: {', '.join(now)}.")
    return "\n".join(lines)


def _obstacles(line: _Line, amount: Callable[[float], str]) -> list[str]:
    """Say of each player at which amounts it keeps its promises at all."""
    said = []
    for player in line.players:
        low, high = line.credible([row for row in line.rows if row.player == player])
        if low > high:
            said.append(f"  {player} keeps its promises at no amount.")
        elif low > 0 and high < math.inf:
            said.append(f"  {player} keeps them only between {number(low)} and {amount(high)}.")
        elif low > 0:
            said.append(f"  {player} keeps them only from {amount(low)} on.")
        elif high < math.inf:
            said.append(f"  {player} keeps them only up to {amount(high)}.")
    return said
