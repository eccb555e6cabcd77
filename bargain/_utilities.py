"""Utilities of consumption, and how two parties divide a total at a given weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bargain.games import Floats, GameError


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
