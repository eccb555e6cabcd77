"""What players can reach together: a list of outcomes, or a convex set stated with cvxpy; and programs over them.

Solvers' tolerances are absolute, so every program is written in scaled gains g = (payoff - disagreement) / scale,
one scale a player, chosen so that the most each can gain is 1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from bargain.errors import SolverError
from bargain.games import Floats, GameError

Rule = Literal["Nash", "Kalai-Smorodinsky", "egalitarian", "utilitarian"]
Status = Literal["solved", "some cannot gain", "no gain", "not rational", "empty", "unbounded", "unfinished"]

ROUNDING = 1e-12
"""Gains this small, relative to the payoffs they are the difference of, are zero."""

NEGLIGIBLE = 1e-7
"""A solver's gains and prices this small, relative to the largest, are zero."""

FLAT = 1e-4
"""With d on a curved frontier the solver's tolerance alone lets a player gain about its square root."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a rule came to on one problem; the fields are those of `BargainingSolution`."""

    status: Status
    why: str = ""
    payoffs: Floats | None = None
    ideal: Floats | None = None
    lottery: Floats | None = None
    decision: Mapping[str, Floats] | None = None
    normals: tuple[Floats, ...] = ()
    alternatives: Floats | None = None
    transfers: Floats | None = None


@dataclass(frozen=True, eq=False)
class Points:
    """Outcomes by their payoffs, (k, n); with lotteries between them every point of their convex hull."""

    points: Floats
    lotteries: bool

    @property
    def n_players(self) -> int:
        """The number of players."""
        return int(self.points.shape[1])

    def support(self, normal: Floats) -> float:
        """Return the largest value of normal @ payoffs."""
        return float((self.points @ normal).max())

    def spread(self, disagreement: Floats) -> Floats:
        """Return the size of each player's gains and losses, 1 where there are none."""
        size = np.abs(self.points - disagreement).max(axis=0)
        return np.where(size > 0, size, 1.0)

    def gains(self, disagreement: Floats) -> Floats:
        """Return payoffs less disagreement, (k, n), with rounding errors set to zero."""
        gains = self.points - disagreement
        size = np.maximum(np.abs(self.points).max(axis=0), np.abs(disagreement))
        return np.where(np.abs(gains) <= ROUNDING * size, 0.0, gains)


@dataclass(frozen=True, eq=False)
class ConvexSet:
    """Everything players can reach, as concave payoffs of variables of cvxpy under convex constraints.

    Payoffs may be thrown away: a player can always have less than its expression says (free disposal).

    Parameters
    ----------
    payoffs : n scalar cvxpy expressions, or one expression with n entries
        Each affine or concave in the variables.
    constraints : cvxpy constraints

    Raises
    ------
    GameError   if a payoff is not concave, a constraint not convex, or a variable takes whole numbers only

    Examples
    --------
    >>> import bargain as bg
    >>> import cvxpy as cp
    >>> share = cp.Variable(name="share")
    >>> bg.ConvexSet([cp.sqrt(share), 1 - share], [share >= 0, share <= 1]).n_players
    2
    """

    payoffs: tuple[Any, ...]
    constraints: tuple[Any, ...] = ()

    def __init__(self, payoffs: Any, constraints: Sequence[Any] = ()) -> None:
        import cvxpy as cp

        if isinstance(payoffs, cp.Expression):
            payoffs = [payoffs] if payoffs.size == 1 else list(cp.vec(payoffs, order="F"))
        expressions = tuple(cp.Expression.cast_to_const(own) for own in payoffs)
        for place, own in enumerate(expressions, 1):
            if own.size != 1 or own.is_complex() or not own.is_concave():
                raise GameError(
                    f"Payoff {place}, {own}, is no concave real number by the rules of cvxpy (dcp.cvxpy.org). "
                    "Write it with concave atoms, or list the outcomes as points."
                )
        if not expressions:
            raise GameError("A convex set needs the payoff of at least one player.")
        for place, constraint in enumerate(constraints, 1):
            if not isinstance(constraint, cp.Constraint) or not constraint.is_dcp():
                raise GameError(f"Constraint {place}, {constraint}, is no convex constraint of cvxpy.")
        object.__setattr__(self, "payoffs", expressions)
        object.__setattr__(self, "constraints", tuple(constraints))
        if cp.Problem(cp.Minimize(0), list(constraints) + [own >= 0 for own in expressions]).is_mixed_integer():
            raise GameError("A variable takes whole numbers only, so the set is not convex: list its outcomes.")

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.payoffs)

    @property
    def variables(self) -> list[Any]:
        """The variables of the payoffs and constraints, each once, in order of appearance."""
        found = {v.id: v for part in (*self.payoffs, *self.constraints) for v in part.variables()}
        return list(found.values())

    def decision(self) -> dict[str, Floats]:
        """Return the values that the variables have now, by name."""
        return {variable.name(): np.array(variable.value, dtype=float) for variable in self.variables}

    def at(self, decision: Mapping[str, Floats]) -> tuple[Floats, float]:
        """Return the payoffs at a decision and the largest violation of a constraint there.

        Parameters
        ----------
        decision : mapping from name of a variable to array

        Returns
        -------
        tuple of (n,) array and float
            0 where no constraint is violated.
        """
        for variable in self.variables:
            variable.save_value(decision[variable.name()])
        domain = [np.abs(v.project(v.value) - v.value).max(initial=0.0) for v in self.variables]
        broken = [np.max(constraint.violation()) for constraint in self.constraints]
        return self.values(), float(max([0.0, *domain, *broken]))

    def values(self) -> Floats:
        """Return the payoffs at the values that the variables have now."""
        return np.array([float(np.squeeze(own.value)) for own in self.payoffs])

    def support(self, normal: Floats) -> float:
        """Return the largest value of normal @ payoffs, infinite if there is none, for a normal at or above 0.

        Parameters
        ----------
        normal : (n,) array

        Returns
        -------
        float
        """
        import cvxpy as cp

        before = [(variable, variable.value) for variable in self.variables]
        scale = self.spread(np.zeros(self.n_players))
        size = float((normal * scale).max()) or 1.0
        total = sum(float(weight) / size * own for weight, own in zip(normal, self.payoffs, strict=True) if weight)
        problem = cp.Problem(cp.Maximize(total), list(self.constraints))
        status = solve(problem)
        value = float(problem.value) * size if status == "optimal" else math.inf
        for variable, own in before:
            variable.save_value(own)
        return value

    def spread(self, disagreement: Floats) -> Floats:
        """Return how far each payoff moves over a few points: a first guess at the size of the gains.

        Parameters
        ----------
        disagreement : (n,) array

        Returns
        -------
        (n,) array
            Above 0.
        """
        before = [(variable, variable.value) for variable in self.variables]
        rng, seen = np.random.default_rng(0), []
        with np.errstate(all="ignore"):
            for _ in range(8):
                for variable in self.variables:
                    variable.save_value(variable.project(rng.uniform(0, 1, variable.shape)))
                seen.append([_value(own) for own in self.payoffs])
        for variable, own in before:
            variable.save_value(own)
        table = np.array(seen)
        size = np.array([np.ptp(column[np.isfinite(column)]) if np.isfinite(column).any() else 0 for column in table.T])
        return np.where(size > 0, size, 1.0)


def _value(expression: Any) -> float:
    value = expression.value
    return math.nan if value is None else float(np.squeeze(np.real(value)))


FeasibleSet = Points | ConvexSet


def as_feasible(feasible: npt.ArrayLike | ConvexSet, lotteries: bool) -> FeasibleSet:
    """Return the feasible set that was meant, checked."""
    if isinstance(feasible, ConvexSet):
        return feasible
    points = numbers(feasible, "The feasible set")
    if points.ndim != 2 or 0 in points.shape:
        raise GameError(
            f"The feasible set has shape {points.shape}: it is a ConvexSet, or a table with one row for each "
            "outcome and one column for each player."
        )
    points.flags.writeable = False
    return Points(points, lotteries)


def numbers(values: Any, what: str) -> Floats:
    """Return an array of finite floats, or say what is wrong with it."""
    try:
        found = np.array(values)
        if found.dtype.kind not in "iufO":
            raise TypeError
        array = found.astype(float)
    except (TypeError, ValueError):
        raise GameError(f"{what} must hold numbers, and as many in each row as there are players.") from None
    if not np.isfinite(array).all():
        place = tuple(int(part) for part in np.argwhere(~np.isfinite(array))[0])
        raise GameError(f"{what} holds {array[place]} at {place}. Payoffs, weights and gains are finite numbers.")
    return array


def one_each(values: npt.ArrayLike, n: int, what: str) -> Floats:
    """Return one finite number for each player."""
    array = numbers(values, f"The array of {what}")
    if array.shape != (n,):
        raise GameError(f"{what} has shape {array.shape}, but there are {n} players: give one number each.")
    return array


def solve(problem: Any) -> str:
    """Solve a cvxpy problem as precisely as the solvers can: HiGHS if it is linear, else Clarabel.

    Returns "optimal", "infeasible", "unbounded" or "unfinished". Clarabel is asked for a gap of 1e-12 first, and
    for less only where it cannot reach that; short steps near the end cost little and gain three digits.
    """
    import cvxpy as cp

    attempts: list[tuple[str, dict[str, Any]]] = []
    if problem.is_qp():
        names = ("primal_feasibility_tolerance", "dual_feasibility_tolerance")
        attempts.append((cp.HIGHS, dict.fromkeys(names, 1e-10)))
    gaps = ("tol_gap_abs", "tol_gap_rel", "tol_feas", "reduced_tol_gap_abs", "reduced_tol_gap_rel", "reduced_tol_feas")
    patience = {"min_terminate_step_length": 1e-8, "linesearch_backtrack_step": 0.9, "max_iter": 500}
    for gap in (1e-12, 1e-11, 1e-10, 1e-9, 1e-8):
        for regular in (True, False):
            options = {**dict.fromkeys(gaps, gap), **patience, "static_regularization_enable": regular}
            attempts.append((cp.CLARABEL, options))
    for solver, options in attempts:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                problem.solve(solver=solver, **options)
            except cp.error.DCPError as error:
                raise SolverError(f"cvxpy refused a program that was checked before: {error}") from error
            except cp.error.SolverError:
                continue
        if problem.status in ("optimal", "infeasible", "unbounded"):
            return str(problem.status)
    return "unfinished"


def prices(constraint: Any) -> Floats:
    """Return the multipliers of an inequality, with the solver's noise set to zero."""
    found = np.abs(np.atleast_1d(constraint.dual_value))
    return np.where(found <= NEGLIGIBLE * found.max(), 0.0, found)


class Reached(NamedTuple):
    """Payoffs, recomputed from the lottery or the decision that gives them."""

    payoffs: Floats
    lottery: Floats | None
    decision: dict[str, Floats] | None


@dataclass(eq=False)
class Program:
    """The scaled gains of a feasible set as variables of cvxpy, with the constraints they obey."""

    feasible: FeasibleSet
    disagreement: Floats
    scale: Floats
    gains: Any = field(init=False)
    reached: Any = field(init=False)
    reach: Any = field(init=False)
    constraints: list[Any] = field(init=False)
    lottery: Any = field(init=False, default=None)
    found: Reached = field(init=False)

    def __post_init__(self) -> None:
        import cvxpy as cp

        self.gains = cp.Variable(self.feasible.n_players)
        if isinstance(self.feasible, Points):
            table = self.feasible.gains(self.disagreement) / self.scale
            self.lottery = cp.Variable(len(table), nonneg=True)
            reached = table.T @ self.lottery
            own = [cp.sum(self.lottery) == 1]
        else:
            parts = zip(self.feasible.payoffs, self.disagreement, self.scale, strict=True)
            reached = cp.hstack([(cp.reshape(u, (), order="F") - d) / s for u, d, s in parts])
            own = list(self.feasible.constraints)
        self.reached = reached
        self.reach = reached >= self.gains
        self.constraints = [self.reach, *own]

    def maximise(self, objective: Any, extra: Sequence[Any] = ()) -> str:
        """Maximise over the reachable gains; the solution is then in `found` and in the variables."""
        import cvxpy as cp

        status = solve(cp.Problem(cp.Maximize(objective), [*self.constraints, *extra]))
        if status == "optimal":
            self.found = self._reached()
        return status

    def normal(self) -> Floats:
        """Return the price of each scaled gain at the solution, at least 0: a hyperplane that supports the set."""
        return prices(self.reach)

    def _reached(self) -> Reached:
        if isinstance(self.feasible, Points):
            lottery = np.maximum(self.lottery.value, 0.0)
            lottery /= lottery.sum()
            return Reached(lottery @ self.feasible.points, lottery, None)
        return Reached(self.feasible.values(), None, self.feasible.decision())
