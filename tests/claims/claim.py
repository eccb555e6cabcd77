"""A claim of the sources, tried on a model: a function from one draw of numbers to whether it holds there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

DRAWS = 512
"""A power of two, as quasi-random sequences want it."""
SEED = 20241122


@dataclass(frozen=True, eq=False)
class Claim:
    """One claim, in this project's words.

    `holds` takes the numbers of `box` by name, each with a default, and returns whether the claim holds there, or
    None where it has nothing to say because its `premise` is not met. `shown` are numbers at which it holds, None if
    there are none; `fails` numbers at which it does not; whatever they leave out is at its default.
    `example` is a folder of examples/, empty where there is none.
    """

    key: str
    words: str
    source: str
    model: str
    example: str
    holds: Callable[..., bool | None]
    box: Mapping[str, tuple[float, float]]
    shown: Mapping[str, float] | None
    fails: Mapping[str, float]
    why: str
    premise: str = ""
    n_draws: int = DRAWS
    whole: frozenset[str] = field(default=frozenset())
    """The numbers of the box that are whole."""

    def draws(self) -> list[dict[str, float]]:
        """The same quasi-random numbers each time, evenly over the box."""
        from scipy.stats import qmc

        points = qmc.Sobol(len(self.box), seed=SEED).random(self.n_draws)
        return [
            {name: self._scaled(name, float(x)) for name, x in zip(self.box, point, strict=True)} for point in points
        ]

    def _scaled(self, name: str, x: float) -> float:
        low, high = self.box[name]
        return int(low + x * (high - low + 1)) if name in self.whole else low + x * (high - low)

    @cached_property
    def outcomes(self) -> tuple[bool | None, ...]:
        """What the claim says at every draw."""
        return tuple(self.holds(**draw) for draw in self.draws())

    @property
    def tried(self) -> int:
        """The number of draws at which the premise is met."""
        return sum(outcome is not None for outcome in self.outcomes)

    @property
    def share(self) -> float:
        """The share of the tried draws at which the claim holds."""
        return sum(outcome is True for outcome in self.outcomes) / self.tried

    @property
    def halves(self) -> tuple[str, float, float] | None:
        """The number that tells most about whether the claim holds: its name, the shares at low and high values.

        Low and high are the two halves of its range. None where all halves are alike to a tenth.
        """
        found = []
        for name, (low, high) in self.box.items():
            values = np.array([draw[name] for draw in self.draws()])
            tried = np.array([outcome is not None for outcome in self.outcomes])
            held = np.array([outcome is True for outcome in self.outcomes])
            upper = values > (low + high) / 2
            if (tried & upper).sum() >= 10 and (tried & ~upper).sum() >= 10:
                found.append((name, float(held[tried & ~upper].mean()), float(held[tried & upper].mean())))
        most = max(found, key=lambda row: abs(row[2] - row[1]), default=None)
        return most if most and abs(most[2] - most[1]) >= 0.1 else None

    @property
    def verdict(self) -> str:
        """How far the models support the claim, in two words."""
        if self.share == 1:
            return "holds throughout"
        if self.share == 0:
            return "not supported"
        return "mostly" if self.share >= 0.75 else "in part" if self.share >= 0.25 else "seldom"
