"""Utilities of consumption, how two parties divide a total at a given weight, and what they have in each state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.games import Floats, GameError

FAR = 30.0
"""Log weights further than this from all under which nothing changes hands count as unbounded."""
FARTHEST = 600.0
"""The same whatever the risk aversion: beyond it marginal utilities are no floats."""


@dataclass(frozen=True)
class Utility:
    """A party's utility of consumption: "log", ("crra", gamma), ("cara", a) or "linear"."""

    kind: str
    parameter: float = 1.0

    @classmethod
    def of(cls, given: Any) -> Utility:
        """Read a utility from its name, or its name and parameter."""
        kind, parameter = (given, 1.0) if isinstance(given, str) or not _is_pair(given) else given
        if kind not in ("log", "crra", "cara", "linear"):
            raise GameError(f"No utility is called {kind!r}. Known: log, (crra, gamma), (cara, a), linear.")
        if not isinstance(parameter, int | float | np.number) or not 0 < float(parameter) < np.inf:
            raise GameError(f"The risk aversion of a {kind} utility is {parameter}: it must be above 0.")
        return cls("crra" if kind == "log" else kind, 1.0 if kind == "log" else float(parameter))

    def __call__(self, consumption: Any) -> Any:
        """Return the utility of consumption, minus infinity where it is not defined."""
        c = np.asarray(consumption, dtype=float)
        if self.kind == "linear":
            return c
        if self.kind == "cara":
            return -np.exp(-self.parameter * c) / self.parameter
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.parameter == 1:
                return np.where(c > 0, np.log(np.where(c > 0, c, 1.0)), -np.inf)
            power = 1 - self.parameter
            return np.where(c > 0, np.where(c > 0, c, 1.0) ** power / power, -np.inf)

    def log_marginal(self, consumption: Any) -> Any:
        """Return the logarithm of marginal utility."""
        c = np.asarray(consumption, dtype=float)
        if self.kind == "linear":
            return np.zeros_like(c)
        return -self.parameter * (c if self.kind == "cara" else np.log(c))

    def log_marginal_slope(self, consumption: Any) -> Any:
        """Return the derivative of `log_marginal`."""
        c = np.asarray(consumption, dtype=float)
        return -self.parameter / c if self.kind == "crra" else -self.parameter * np.ones_like(c)

    def consumption(self, log_marginal: Any) -> Any:
        """Invert `log_marginal`."""
        m = -np.asarray(log_marginal, dtype=float) / self.parameter
        return m if self.kind == "cara" else np.exp(m)


def _is_pair(given: Any) -> bool:
    return isinstance(given, Sequence) and len(given) == 2


def divided(weight: Any, total: Any, first: Utility, second: Utility) -> Any:
    """Consumption of the first party that maximises exp(weight) u_1(c) + u_2(total - c)."""
    weight, total = np.broadcast_arrays(np.asarray(weight, dtype=float), total)
    if first.kind == second.kind and first.parameter == second.parameter and first.kind == "crra":
        return total / (1 + np.exp(-weight / first.parameter))
    if first.kind == second.kind == "cara":
        return (weight + second.parameter * total) / (first.parameter + second.parameter)
    if second.kind == "linear":
        return first.consumption(-weight)
    if first.kind == "linear":
        return total - second.consumption(weight)
    return _by_newton(weight, np.array(total, dtype=float), first, second)


def _by_newton(weight: Any, total: Floats, first: Utility, second: Utility) -> Floats:
    """Solve weight + log u_1'(c) = log u_2'(total - c), which falls in c, by Newton steps kept within a bracket."""
    # The CARA party's consumption is bounded by what equates marginal utilities at the other one's own total.
    far = 2 + 2 * np.abs(total) + 2 * np.abs(weight) / min(first.parameter, second.parameter)
    low = np.zeros_like(total) if first.kind == "crra" else total - np.exp(far.clip(max=50)) - far
    high = total if second.kind == "crra" else np.exp(far.clip(max=50)) + far
    at = np.where((low < total / 2) & (total / 2 < high), total / 2, (low + high) / 2)
    for _ in range(200):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            value = weight + first.log_marginal(at) - second.log_marginal(total - at)
            slope = first.log_marginal_slope(at) + second.log_marginal_slope(total - at)
            step = at - value / slope
        low, high = np.where(value > 0, at, low), np.where(value > 0, high, at)
        new = np.where((step > low) & (step < high), step, (low + high) / 2)
        if (np.abs(new - at) <= 1e-16 * (1 + np.abs(at))).all():
            break
        at = new
    return np.asarray(at)


class World:
    """States, incomes and utilities, checked."""

    def __init__(self, incomes: npt.ArrayLike, transition: npt.ArrayLike, utilities: Any, outside: Any) -> None:
        self.incomes = _table(incomes, "incomes")
        count = len(self.incomes)
        self.outside = self.incomes if outside is None else _table(outside, "outside")
        if self.outside.shape != self.incomes.shape:
            raise GameError(f"outside has shape {self.outside.shape}, incomes {self.incomes.shape}: one row a state.")
        try:
            self.moves = np.array(transition, dtype=float)
        except (TypeError, ValueError):
            self.moves = np.empty(0)
        if self.moves.ndim == 1:
            self.moves = np.tile(self.moves, (count, 1))
        shape_wrong = self.moves.shape != (count, count)
        if shape_wrong or not (self.moves >= 0).all() or np.abs(self.moves.sum(axis=1) - 1).max() > 1e-9:
            raise GameError(
                f"transition must hold {count} probabilities that add up to 1 in each of {count} rows (or one row, "
                "where the next state does not depend on this one)."
            )
        if isinstance(utilities, str):
            utilities = (utilities, utilities)
        if not isinstance(utilities, Sequence) or len(utilities) != 2:
            raise GameError(f"utilities is {utilities!r}: one utility for both parties, or a pair, was expected.")
        if isinstance(utilities[0], str) and not isinstance(utilities[1], str | Sequence):
            utilities = (utilities, utilities)
        self.utilities = (Utility.of(utilities[0]), Utility.of(utilities[1]))
        if all(utility.kind == "linear" for utility in self.utilities):
            raise GameError(
                "Two parties with linear utility have no risk to share; relational_contract() says what they can "
                "promise each other."
            )
        for i, utility in enumerate(self.utilities):
            if utility.kind == "crra" and min(self.outside[:, i].min(), self.incomes.sum(axis=1).min()) <= 0:
                raise GameError(
                    f"Party {i + 1} has nothing in some state, where its utility is minus infinity. What it has alone "
                    "must be above 0 in every state."
                )
        self.total = self.incomes.sum(axis=1)
        with np.errstate(over="ignore", divide="ignore"):
            self.alone = np.stack([u(self.outside[:, i]) for i, u in enumerate(self.utilities)])
        marginal = np.stack([u.log_marginal(self.outside[:, i]) for i, u in enumerate(self.utilities)])
        if not np.isfinite(self.alone).all() or np.ptp(marginal, axis=1).max() > FARTHEST:
            raise GameError(
                "Between states marginal utilities differ by more than floats can hold: state smaller risk aversion, "
                "or incomes that are less far apart."
            )

    def autarky(self) -> Floats:
        """The log weight in each state under which nothing changes hands."""
        first, second = self.utilities
        return np.asarray(second.log_marginal(self.incomes[:, 1]) - first.log_marginal(self.incomes[:, 0]))

    @property
    def span(self) -> float:
        """How far beyond autarky weights are looked for; further out one party has next to nothing."""
        return min(FARTHEST, FAR * min(1.0 if u.kind != "crra" else u.parameter for u in self.utilities))

    def flows(self, weights: Floats) -> Floats:
        """(2, k, S): both parties' utility in every state at each log weight."""
        first = divided(weights[:, None], self.total, *self.utilities)
        return np.stack([self.utilities[0](first), self.utilities[1](self.total - first)])


def _table(given: npt.ArrayLike, what: str) -> Floats:
    try:
        table = np.array(given, dtype=float)
    except (TypeError, ValueError):
        table = np.empty(0)
    if table.ndim != 2 or table.shape[1] != 2 or not len(table) or not np.isfinite(table).all():
        raise GameError(f"{what} must be a table of finite numbers with one row a state and one column for each party.")
    return table
