"""Affine functions of an offer's amounts: a constant and one slope for each named variable.

The arithmetic is plain, so constants and slopes may be floats or `fractions.Fraction`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Number = float | Fraction
"""Floats, or rationals where a decision close to zero is repeated exactly."""


@dataclass(frozen=True)
class Affine:
    """`constant + sum of slopes[v] * v` over named variables.

    >>> price = Affine(2.0, {"v": -1.0})
    >>> (3 * price - 1).at({"v": 0.5})
    3.5
    """

    constant: Number
    slopes: Mapping[str, Number] = field(default_factory=dict)

    def __add__(self, other: Affine | Number) -> Affine:
        return total((self, other))

    __radd__ = __add__

    def __mul__(self, factor: Number) -> Affine:
        return Affine(self.constant * factor, {name: slope * factor for name, slope in self.slopes.items()})

    __rmul__ = __mul__

    def __neg__(self) -> Affine:
        return self * -1

    def __sub__(self, other: Affine | Number) -> Affine:
        return total((self, -other))

    def __rsub__(self, other: Number) -> Affine:
        return total((other, -self))

    def at(self, values: Mapping[str, Number]) -> Number:
        """Return the value where the variables take `values`."""
        value = self.constant
        for name, slope in self.slopes.items():
            value = value + slope * values[name]
        return value


def total(parts: Iterable[Affine | Number]) -> Affine:
    """Return the sum of affine functions and numbers."""
    constant: Number = 0
    slopes: dict[str, Number] = {}
    for part in parts:
        if isinstance(part, Affine):
            constant = constant + part.constant
            for name, slope in part.slopes.items():
                slopes[name] = slopes[name] + slope if name in slopes else slope
        else:
            constant = constant + part
    return Affine(constant, slopes)
