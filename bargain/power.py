"""Power as a share in a contest, and the line between sharing benefits and sharing power."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Literal, overload

import numpy as np

from bargain.games import Floats, GameError
from bargain.model import Number


@overload
def power_shares(capabilities: Floats, decisiveness: float = 1.0) -> Floats: ...
@overload
def power_shares(capabilities: Sequence[Number], decisiveness: float = 1.0) -> tuple[Number, ...]: ...
def power_shares(capabilities: Floats | Sequence[Number], decisiveness: float = 1.0) -> Floats | tuple[Number, ...]:
    """Return each player's power share s_i = k_i^m / sum_j k_j^m.

    k_i is the capability of player i, m the decisiveness: at m = 1 power is proportional to capability, at
    large m the strongest has it all. Capabilities are divided by the largest first, so nothing overflows.

    Parameters
    ----------
    capabilities : n numbers, at least 0, one above 0
        In any one unit. `Fraction` among them, and no float, asks for exact shares.
    decisiveness : float
        m > 0. Shares are exact only if it is a whole number.

    Returns
    -------
    tuple of float, or of Fraction where asked for; an array for an array

    Raises
    ------
    GameError   for numbers outside these ranges

    References
    ----------
    Tullock, G. (1980). Efficient rent seeking. In: Toward a Theory of the Rent-Seeking Society, 97-112.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.power_shares([4, 2, 2]), bg.power_shares([3e200, 1e200], decisiveness=1000)
    ((0.5, 0.25, 0.25), (1.0, 0.0))
    >>> from fractions import Fraction
    >>> bg.power_shares([Fraction(4), Fraction(2)], decisiveness=2)
    (Fraction(4, 5), Fraction(1, 5))
    """
    if not (math.isfinite(decisiveness) and decisiveness > 0):
        raise GameError(f"The decisiveness is {decisiveness}. It is a finite number above 0.")
    values = capabilities.tolist() if isinstance(capabilities, np.ndarray) else list(capabilities)
    for position, value in enumerate(values):
        if isinstance(value, bool | str) or not (math.isfinite(value) and value >= 0):
            raise GameError(f"Capability {position + 1} is {value!r}. It is a finite number, at least 0.")
    largest = max(values, default=0)
    if not largest:
        raise GameError(f"No capability among {values} is above 0: there is no power to share.")
    exact = any(isinstance(value, Fraction) for value in values) and decisiveness == int(decisiveness)
    if exact and all(isinstance(value, Fraction | int) for value in values):
        powers = [Fraction(value) ** int(decisiveness) for value in values]
        return tuple(power / sum(powers) for power in powers)
    weights = [(float(value) / float(largest)) ** decisiveness for value in values]
    shares = np.array(weights) / math.fsum(weights)
    return shares if isinstance(capabilities, np.ndarray) else tuple(shares.tolist())


def power_shift(before: Sequence[Number], after: Sequence[Number], decisiveness: float = 1.0) -> tuple[Number, ...]:
    """Return the change of each player's power share from capabilities `before` to `after`; they add up to 0.

    Parameters
    ----------
    before, after : n numbers, at least 0, one above 0
        Capabilities, in any one unit.
    decisiveness : float
        As for `power_shares`.

    Returns
    -------
    tuple of n numbers
        Shares of power, in [-1, 1].

    Raises
    ------
    GameError   if the two lists differ in length, or as in `power_shares`

    Examples
    --------
    >>> import bargain as bg
    >>> bg.power_shift([4, 4], [4, 12])
    (-0.25, 0.25)
    """
    if len(before) != len(after):
        raise GameError(f"There are {len(before)} capabilities before and {len(after)} after.")
    old, new = power_shares(before, decisiveness), power_shares(after, decisiveness)
    return tuple(late - early for early, late in zip(old, new, strict=True))


def power_intensity(value: Number, weight: Number, stake: Number, shift: Number) -> Number:
    """Return the part of a term's worth to its recipient that is power.

    g |D| / (w v + g |D|), and 0 where both parts are 0.

    Parameters
    ----------
    value : float
        v, what the term is worth to the recipient a period, power aside.
    weight : float
        w, the weight of the term's timing (1 for one that flows in every period).
    stake : float
        g, what the recipient would pay for all the power rather than none.
    shift : float
        D, the change of the recipient's power share by this term alone.

    Returns
    -------
    float, from 0 (a pure benefit) to 1 (nothing but power)

    Examples
    --------
    >>> import bargain as bg
    >>> bg.power_intensity(value=6.0, weight=1.0, stake=40.0, shift=0.05)
    0.25
    >>> bg.power_intensity(value=0.0, weight=1.0, stake=0.0, shift=0.05)
    0.0
    """
    power: Any = stake * abs(shift)  # type: ignore[operator]
    worth: Any = weight * value + power
    return power / worth if worth else 0.0


def sharing_kind(shift: Number, tolerance: Number = 0.02) -> Literal["benefit-sharing", "power-sharing"]:
    """Return the kind of an offer for a recipient whose power share it moves by `shift`, up or down.

    Parameters
    ----------
    shift : number
        Change of the recipient's share of power, in [-1, 1].
    tolerance : number
        The largest shift, up or down, that still counts as benefit-sharing.

    Returns
    -------
    "benefit-sharing" or "power-sharing"

    Examples
    --------
    >>> import bargain as bg
    >>> bg.sharing_kind(0.01), bg.sharing_kind(-0.05)
    ('benefit-sharing', 'power-sharing')
    """
    return "benefit-sharing" if -tolerance <= shift <= tolerance else "power-sharing"


def concentration(shares: Sequence[Number] | Floats) -> float:
    """Return the Herfindahl-Hirschman index, the sum of squared shares: 1/n if equal, 1 if one has all.

    Parameters
    ----------
    shares : n numbers that add up to 1

    Returns
    -------
    float

    Examples
    --------
    >>> import bargain as bg
    >>> bg.concentration(bg.power_shares([4, 2, 1, 1]))
    0.34375
    """
    return math.fsum(float(share) ** 2 for share in shares)


def gini(shares: Sequence[Number] | Floats) -> float:
    """Return the Gini coefficient, the mean gap between two shares over twice their mean: 0 if equal.

    Parameters
    ----------
    shares : n numbers, at least 0

    Returns
    -------
    float
        In [0, 1).

    Raises
    ------
    GameError   if the shares add up to nothing

    Examples
    --------
    >>> import bargain as bg
    >>> bg.gini([0.5, 0.25, 0.125, 0.125])
    0.3125
    """
    ordered = sorted(float(share) for share in shares)
    n, total = len(ordered), math.fsum(ordered)
    if not total > 0:
        raise GameError("The shares add up to nothing: there is no inequality to measure.")
    return math.fsum((2 * rank - n + 1) * share for rank, share in enumerate(ordered)) / (n * total)
