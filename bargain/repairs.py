"""`repair` and `design`: the cheapest change that makes an offer hold, and the best offer there is.

Both solve a linear program over the rows of `system.py`; neither states a requirement of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._lp import polish, solve_lp
from bargain._tables import Tabular
from bargain._terms import escrow
from bargain.agreement import Agreement
from bargain.errors import BargainError, SolverError
from bargain.findings import number, plain
from bargain.gradual import unfold
from bargain.offers import Offer
from bargain.programs import Change, Clash, Lever, Program, escrow_lever, provider_cost, value_lever
from bargain.verdict import Evaluation

Vector = npt.NDArray[np.float64]
Status = Literal["holds", "repaired", "designed", "impossible", "unbounded", "undecided", "unfinished"]

NEGLIGIBLE = 1e-6
"""Weight of a change that costs nothing, so that no more of it is asked for than is needed."""


@dataclass(frozen=True)
class Repair(Tabular):
    """What `repair` or `design` came to.

    Attributes
    ----------
    status : str
        "holds" (nothing to do), "repaired" or "designed" (see `changes`), "impossible" (see `certificate`),
        "unbounded", "undecided" (no equilibrium to compare with), "unfinished" (the solver stopped early).
    offer : Offer
        With the changes made; as it was where there are none.
    changes : tuple of Change
        Each amount that moves: its path, what it was and what it becomes.
    cost : float
        In `unit` a period: the money moved, on average, plus the capital cost of escrow; for a design what the
        providers pay in all.
    margin : float
        What every payoff margin that the amounts can move was to reach; 0 where there is room for ties only, or where
        nothing was found (but for "impossible", which is proved for this margin).
    least_margin : float or None
        Of a design: the least margin, of those that the amounts can move, that it reaches; None where they move none.
    single_changes : tuple of Change
        Of a repair: the changes of one amount alone that would suffice.
    certificate : Clash or None
        The requirements that clash, with the weights that prove it.
    new_backing : tuple of str
        Paths of the escrows among the changes that the offer does not have yet.
    alternative : Repair or None
        A cheaper repair that needs such backing, where the cheapest one without it is the answer.
    variables : tuple of str
        Paths of the amounts that were free to move.
    """

    status: Status
    offer: Offer
    changes: tuple[Change, ...] = ()
    cost: float = 0.0
    margin: float = 0.0
    least_margin: float | None = None
    single_changes: tuple[Change, ...] = ()
    certificate: Clash | None = None
    new_backing: tuple[str, ...] = ()
    alternative: Repair | None = None
    variables: tuple[str, ...] = field(default=(), repr=False)

    @property
    def unit(self) -> str:
        """The unit of costs and margins, a period: the document's."""
        return self.offer.unit

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row an amount that changes."""
        return [{"amount": each.path, "present": each.old, "new": each.new} for each in self.changes]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return {
            "schema": "bargain/repair@1",
            "status": self.status,
            "unit": self.unit,
            "changes": [plain(vars(change)) for change in self.changes],
            "cost": self.cost,
            "margin": self.margin,
            "least_margin": self.least_margin,
            "single_changes": [plain(vars(change)) for change in self.single_changes],
            "new_backing": list(self.new_backing),
            "alternative": self.alternative.to_dict() if self.alternative else None,
            "certificate": self.certificate.to_dict() if self.certificate else None,
            "words": str(self),
        }

    def __str__(self) -> str:
        if self.status == "holds":
            return "The offer holds in this model as it stands; nothing to repair."
        if self.status == "undecided":
            return (
                "No equilibrium of the game without the offer is known, or too many, so there is nothing to compare "
                "with. "
                "State the profile under disagreement."
            )
        if self.status == "unfinished":
            return "The solver stopped before it found an answer."
        if self.status == "unbounded":
            return "The amounts asked about can grow without limit; state an upper bound for one of them."
        if self.status == "impossible":
            freed = ", ".join(self.variables) or "nothing"
            lines = [
                f"No choice of amounts makes this offer hold in this model (free to move: {freed}).",
                str(self.certificate),
            ]
            lines.append("Change the asks, powers, monitoring or limits instead; sensitivity names the nearest values.")
            return "\n".join(lines)
        title = "Cheapest repair" if self.status == "repaired" else "Design"
        unit = f" {self.unit}" if self.unit else ""
        lines = [f"{title}, at a cost of {number(self.cost)}{unit}:", *(f"  {change}" for change in self.changes)]
        if not self.changes:
            lines.append("  the amounts as they are")
        if self.new_backing:
            lines.append(f"  This asks for backing that the offer does not have yet: {', '.join(self.new_backing)}.")
        if self.status == "repaired" and len({c.path.rpartition(".")[0] for c in self.changes}) > 1:
            lines.append(
                "  One change alone that would do: " + "; ".join(map(str, self.single_changes)) + "."
                if self.single_changes
                else "  No single change is enough."
            )
        if self.alternative is not None:
            moves = "; ".join(map(str, self.alternative.changes))
            lines.append(
                f"  With backing that the offer does not have yet the cost would be {number(self.alternative.cost)}"
                f"{unit}: {moves}."
            )
        if self.least_margin is not None and self.least_margin > self.margin * (1 + 1e-6):
            lines.append(f"  The least margin is then {number(self.least_margin)}{unit}.")
        return "\n".join(lines)


Design = Repair
"""`design` answers with the same fields as `repair`."""


def repair(offer: Offer, margin: float | None = None) -> Repair:
    """Find the cheapest change of the offer's amounts that makes every requirement hold.

    A linear program moves the values of the offer's terms (costs move with them at the document's ratio) and the
    escrows it declares; where they cannot do it, escrows of the other players as well, and where those would make
    it cheaper, `alternative` says so. A change of a value weighs the money it moves on average a period, a change
    of an escrow the document's cost of capital.

    Parameters
    ----------
    offer : Offer
    margin : float, optional
        What every payoff margin that the amounts can move must reach, in payoff units a period; ten times the
        tolerance of the verdict unless stated, so that the repaired offer holds when it is checked again. Where that
        little is too much, a repair that holds by ties is returned, its `margin` 0.

    Returns
    -------
    Repair
        Where nothing can help, `certificate` names the requirements that clash and proves it.

    Raises
    ------
    ValueError   if `margin` is negative or not finite

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> bare = offer.replace({"terms.fund.value": 0, "terms.fund.cost": 0})
    >>> discounts = {"players.Leader.discount": 0.5, "players.Follower.discount": 0.5}
    >>> impatient = bare.replace(discounts)
    >>> print(bg.repair(impatient).changes[0])
    terms.fund.value: 0 → 2.83758
    """
    evaluation, wanted = _evaluated(offer, margin)
    if not evaluation.agreement.scenarios:
        return Repair("undecided", offer)
    found = _repaired(evaluation, wanted, strict=margin is not None)
    if margin is None and found.certificate is not None and found.certificate.shortfall <= wanted:
        # Room for ties only: they count as holding, but leave nothing to be safe from rounding.
        tied = _repaired(evaluation, 0.0, strict=False)
        if tied.status == "repaired" and Evaluation(tied.offer, cross_check=False).holds:
            return tied
    return found


def _repaired(evaluation: Evaluation, wanted: float, *, strict: bool) -> Repair:
    offer = evaluation.offer
    declared = {backing.by for backing in offer.backing if backing.kind == "escrow"}
    money = [value_lever(evaluation.agreement, term) for term in offer.terms]
    escrows = {player: escrow_lever(evaluation.agreement, player) for player in evaluation.agreement.players}
    own = (*money, *(lever for player, lever in escrows.items() if player in declared))
    program = Program(evaluation, own, wanted, strict=strict)
    if evaluation.holds and (not strict or (np.all(program.needs <= 0) and not program.missing(program.now))):
        return Repair("holds", offer, margin=wanted)
    first = _cheapest(program, wanted, declared)
    if len(own) == len(money) + len(escrows):
        return first
    second = _cheapest(Program(evaluation, (*money, *escrows.values()), wanted, strict=strict), wanted, declared)
    if first.status == "impossible":
        return second
    if second.status == "repaired" and second.cost < first.cost * (1 - 1e-6) - evaluation.system.tolerance:
        return replace(first, alternative=second)
    return first


def _evaluated(offer: Offer, margin: float | None) -> tuple[Evaluation, float]:
    """Evaluate an offer, and say what margin is wanted: ten times the tolerance where none is stated."""
    if margin is not None and not 0 <= margin < np.inf:
        raise ValueError(f"margin is {margin}; it must be a finite number, at least 0")
    evaluation = Evaluation(offer, cross_check=False)
    return evaluation, 10 * evaluation.system.tolerance if margin is None else margin


def _cheapest(program: Program, margin: float, declared: Iterable[str]) -> Repair:
    offer = program.evaluation.offer
    paths = tuple(lever.path for lever in program.levers)
    weights = np.array([max(lever.weight, NEGLIGIBLE) for lever in program.levers])
    upper = np.concatenate([np.full(len(weights), np.inf), program.now])
    while True:
        solution = solve_lp(
            np.concatenate([weights, weights]), np.hstack([program.slopes, -program.slopes]), program.needs, upper
        )
        if solution.x is None:
            break
        up, down = np.split(solution.x, 2)
        if not (rows := program.missing(program.now + up - down)):
            break
        program = program.with_rows(rows)
    if solution.status == "unfinished" or solution.status == "unbounded":
        return Repair("unfinished", offer, variables=paths)
    if solution.x is None:
        return _impossible(program, margin)
    changes = program.changes(program.now + up - down)
    singles = tuple(
        change
        for k, step in program.single_changes()
        for change in program.changes(np.where(np.arange(len(paths)) == k, program.now + step, program.now))
        if change.path == paths[k]
    )
    escrowed = {escrow(player) for player in declared}
    return Repair(
        "repaired",
        _changed(offer, changes),
        changes,
        cost=float(np.array([lever.weight for lever in program.levers]) @ (up + down)),
        margin=margin,
        single_changes=singles,
        new_backing=tuple(c.path for c in changes if c.path.startswith("backing.") and c.path not in escrowed),
        variables=paths,
    )


def _impossible(program: Program, margin: float, bounds: Mapping[str, float] | None = None) -> Repair:
    clash = program.clash() or program.clash(bounds)
    if clash is None:
        raise SolverError(
            "HiGHS calls the requirements infeasible, exact arithmetic does not. Please report the document."
        )
    offer = program.evaluation.offer
    paths = tuple(lever.path for lever in program.levers)
    return Repair("impossible", offer, margin=margin, certificate=clash, variables=paths)


def _changed(offer: Offer, changes: Sequence[Change]) -> Offer:
    return offer.replace({change.path: change.new for change in changes}) if changes else offer


def design(
    offer: Offer,
    *,
    free: Sequence[str] | None = None,
    minimise: Literal["cost"] | None = None,
    maximise: Literal["margin"] | None = None,
    margin: float | None = None,
    at_most: Mapping[str, float] | None = None,
    schedule: int | None = None,
) -> Repair:
    """Choose the freed amounts of an offer at least cost to the providers, or with the largest least margin.

    Parameters
    ----------
    offer : Offer
    free : paths of the amounts to choose, `terms.ID.value`, `terms.ID.cost`, `backing.escrow.PLAYER.amount`
        Default: the value of every term and every declared escrow. Costs move with values at the document's
        ratio unless freed as well.
    minimise : "cost", optional
        What the providers pay on average a period, capital cost of escrow included: the default.
    maximise : "margin", optional
        The least margin among the requirements that the freed amounts can move; among the offers that reach it the
        one that costs the providers least.
    margin : float, optional
        The margin to keep everywhere; ten times the tolerance unless stated.
    at_most : upper bounds on freed amounts
    schedule : int, optional
        Choose what is given in each of so many periods, the last one lasting, in place of one value for all, of each
        freed term that is conditional, without power, and money or revocable. The term's value stays and its
        `schedule` is chosen; `at_most` for its value then bounds each period's amount.

    Returns
    -------
    Repair
        Status "designed", "impossible" (with certificate), "unbounded" or "unfinished".

    Raises
    ------
    BargainError   if a path in `free` is no amount of this offer
    ValueError     if both objectives are asked for, or the margin is negative

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> bg.design(offer, maximise="margin", free=["terms.fund.value"]).status
    'designed'
    """
    if minimise is not None and maximise is not None:
        raise ValueError("minimise and maximise are both stated; state one")
    if schedule is not None:
        spread = unfold(offer, schedule, free)
        caps = {each: bound for path, bound in (at_most or {}).items() for each in spread.paths(path)}
        best = design(spread.offer, free=spread.free, minimise=minimise, maximise=maximise, margin=margin, at_most=caps)
        found, changes = spread.fold(best.changes) if best.status == "designed" else (offer, ())
        clash = best.certificate and spread.clash(best.certificate)
        names = tuple(map(spread.path, best.variables))
        return replace(best, offer=found, changes=changes, certificate=clash, variables=names)
    evaluation, wanted = _evaluated(offer, margin)
    if not evaluation.agreement.scenarios:
        return Repair("undecided", offer)
    program = Program(evaluation, _freed(evaluation.agreement, free), wanted, strict=margin is not None)
    bounds = at_most or {}
    if unknown := set(bounds) - {lever.path for lever in program.levers}:
        raise BargainError(f"{', '.join(sorted(unknown))}: bounded by at_most, but not free.")
    while True:
        status, level, least = _best(program, bounds, to_margin=maximise == "margin")
        rows = () if level is None else program.missing(level, max(0.0, least or 0.0))
        if not rows:
            break
        program = program.with_rows(rows)
    if status == "infeasible":
        return _impossible(program, wanted, bounds)
    paths = tuple(lever.path for lever in program.levers)
    if level is None:
        return Repair("unbounded" if status == "unbounded" else "unfinished", offer, variables=paths)
    changes = program.changes(level)
    final = program.slopes @ (level - program.now) - program.needs + wanted
    moved = final[np.any(program.slopes != 0, axis=1)]
    return Repair(
        "designed",
        _changed(offer, changes),
        changes,
        cost=float(np.array([provider_cost(evaluation.agreement, lever) for lever in program.levers]) @ level),
        margin=wanted,
        least_margin=float(moved.min()) if moved.size else None,
        variables=paths,
    )


def _best(program: Program, bounds: Mapping[str, float], *, to_margin: bool) -> tuple[str, Vector | None, float | None]:
    """Solve a design on the rows in use: the status, the levels, and the largest least margin where it was sought."""
    n = len(program.levers)
    caps = [(k, float(bounds[lever.path])) for k, lever in enumerate(program.levers) if lever.path in bounds]
    slopes = np.vstack([program.slopes, *(-np.eye(n)[k] for k, _ in caps)])
    needs = np.concatenate([program.needs + program.slopes @ program.now, [-cap for _, cap in caps]])
    costs = np.array([provider_cost(program.evaluation.agreement, lever) for lever in program.levers])
    least: float | None = None
    if to_margin:
        # Rows that some lever moves are the ones whose least margin can be raised.
        raised = np.array([bool(np.any(row)) for row in program.slopes] + [False] * len(caps), dtype=float)
        status, level = _state_and_solve(np.append(np.zeros(n), -1.0), np.column_stack([slopes, -raised]), needs)
        if level is None:
            return status, None, None
        least = float(level[-1])
        # A hair below the largest margin keeps the second program feasible in floating point.
        needs = needs + raised * max(0.0, least - 1e-9 * max(1.0, abs(least)))
    return *_state_and_solve(np.maximum(costs, 0) + NEGLIGIBLE, slopes, needs), least


def _state_and_solve(costs: Vector, slopes: Vector, needs: Vector) -> tuple[str, Vector | None]:
    """State `minimise costs @ x, slopes @ x >= needs, x >= 0` in cvxpy, solve it with HiGHS, polish the vertex."""
    if not len(costs):  # nothing is free to choose
        return ("optimal", costs) if np.all(needs <= 0) else ("infeasible", None)
    import cvxpy as cp

    scale = float(max(1.0, np.abs(needs).max(initial=0.0)))
    x = cp.Variable(len(costs), nonneg=True)
    problem = cp.Problem(cp.Minimize(costs @ x), [slopes @ x >= needs / scale] if len(needs) else [])
    problem.solve(solver=cp.HIGHS)
    if problem.status == cp.OPTIMAL and x.value is not None:
        return "optimal", polish(np.asarray(x.value, dtype=float) * scale, slopes, needs)
    return str(problem.status), None


def _freed(agreement: Agreement, free: Sequence[str] | None) -> tuple[Lever, ...]:
    """Return the levers for the freed paths."""
    offer = agreement.offer
    if free is None:
        declared = {backing.by for backing in offer.backing if backing.kind == "escrow"}
        values = [f"terms.{term.id}.value" for term in offer.terms]
        free = [*values, *(escrow(player) for player in agreement.players if player in declared)]
    known: dict[str, Lever] = {}
    for term in offer.terms:
        value = value_lever(agreement, term)
        cost = f"terms.{term.id}.cost"
        if cost in free:
            value = Lever(value.path, {value.path: Fraction(1)}, value.level, value.weight)
        known[value.path] = value
        known[cost] = Lever(cost, {cost: Fraction(1)}, term.cost, 0.0)
    known.update({escrow(player): escrow_lever(agreement, player) for player in agreement.players})
    if unknown := [path for path in free if path not in known]:
        raise BargainError(f"{', '.join(unknown)}: no amount of this offer. The amounts are {', '.join(known)}.")
    return tuple(known[path] for path in dict.fromkeys(free))
