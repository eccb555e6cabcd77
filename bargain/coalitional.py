"""Solutions of coalitional games: the voting power of the members of a body that decides by weights."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain.games import GameError
from bargain.model import Number

MOST_CELLS = 5_000_000
"""Cells of the table of coalitions by size and weight."""
MOST_MEMBERS = 20
"""Members up to which all coalitions can be listed one by one."""


def voting_power(
    weights: Sequence[Number],
    quota: Number,
    index: Literal["shapley-shubik", "banzhaf"] = "shapley-shubik",
) -> tuple[float, ...]:
    """Return each member's voting power; a motion passes with `quota` votes or more.

    With w_i the votes of i, w(S) those of coalition S, s the number of its members and n that of all: i swings S,
    without i, if `w(S) < quota <= w(S) + w_i`. Shapley and Shubik weigh a swing by s!(n-s-1)!/n!, the chance that i is
    the pivot when members join in random order; Banzhaf counts every swing alike, here normalised. Both add up to 1.
    Votes are compared exactly: floats count as the decimals they are written as, so three votes of 0.1 do reach a quota
    of 0.3.

    Parameters
    ----------
    weights : n numbers, at least 0
        Votes of each member.
    quota : number
        Above 0, at most the sum of the votes.
    index : str
        "shapley-shubik" or "banzhaf".

    Returns
    -------
    tuple of n floats

    Raises
    ------
    GameError   for numbers outside these ranges, an unknown index, or a body too large to count

    Notes
    -----
    Swings are counted by size in a table of coalitions by size and votes, n x quota cells once votes are
    whole numbers without a common divisor; where that is too large, coalition by coalition up to 20 members.

    References
    ----------
    Shapley, L. S., Shubik, M. (1954). A method for evaluating the distribution of power in a committee
    system. American Political Science Review 48, 787-792.
    Banzhaf, J. F. (1965). Weighted voting doesn't work: a mathematical analysis. Rutgers Law Review 19,
    317-343.

    Examples
    --------
    The Security Council of the United Nations: five vetoes, nine votes of fifteen needed.

    >>> import bargain as bg
    >>> power = bg.voting_power([7] * 5 + [1] * 10, 39)
    >>> round(power[0], 6), round(power[5], 6)
    (0.19627, 0.001865)
    >>> bg.voting_power([50, 49, 1], 51, index="banzhaf")
    (0.6, 0.2, 0.2)
    """
    votes = [_votes(f"weight of member {place + 1}", weight) for place, weight in enumerate(weights)]
    needed = _votes("quota", quota)
    if index not in ("shapley-shubik", "banzhaf"):
        raise GameError(f"No index is called {index!r}. Indices: shapley-shubik, banzhaf.")
    if not 0 < needed <= sum(votes):
        raise GameError(
            f"The quota is {float(needed):g} and all votes together are {float(sum(votes)):g}: "
            "a quota is above 0 and can be reached by all members together."
        )
    factor = math.lcm(*(vote.denominator for vote in votes))
    whole = [int(vote * factor) for vote in votes]
    divisor = math.gcd(*whole)
    whole = [vote // divisor for vote in whole]
    n, least = len(whole), math.ceil(needed * factor / divisor)
    if (n + 1) * least <= MOST_CELLS:
        swings = dict(_by_table(whole, least))
    elif n <= MOST_MEMBERS:
        swings = dict(_by_listing(whole, least))
    else:
        raise GameError(
            f"{n} members with a quota of {least} units are too many to count exactly. "
            f"Round the votes, or list at most {MOST_MEMBERS} members."
        )
    if index == "banzhaf":
        counts = [sum(swings[vote]) for vote in whole]
        return tuple(float(Fraction(count, sum(counts))) for count in counts)
    orders = [math.factorial(size) * math.factorial(n - 1 - size) for size in range(n)]
    pivots = {vote: sum(map(int.__mul__, own, orders)) for vote, own in swings.items()}
    return tuple(float(Fraction(pivots[vote], math.factorial(n))) for vote in whole)


def _votes(what: str, number: Any) -> Fraction:
    """A number of votes as an exact rational, a float read as the decimal it was written as."""
    real = isinstance(number, numbers.Real) and not isinstance(number, bool)
    if not real or not math.isfinite(number) or number < 0:
        raise GameError(f"The {what} is {number!r}. It is a finite number, at least 0.")
    return Fraction(number) if isinstance(number, numbers.Rational) else Fraction(repr(float(number)))


def _by_table(votes: Sequence[int], quota: int) -> Iterator[tuple[int, list[int]]]:
    """Swings by size for each number of votes, from the losing coalitions counted by size and votes."""
    n = len(votes)
    table: npt.NDArray[Any] = np.zeros((n + 1, quota), dtype=np.int64 if n < 62 else object)
    table[0, 0] = 1
    for vote in votes:
        if vote < quota:
            table[1:, vote:] += table[:-1, : quota - vote].copy()
    for vote in set(votes):
        others = table.copy()
        if vote < quota:
            for size in range(1, n + 1):
                others[size, vote:] -= others[size - 1, : quota - vote]
        yield vote, [int(count) for count in others[:n, max(0, quota - vote) :].sum(axis=1)]


def _by_listing(votes: Sequence[int], quota: int) -> Iterator[tuple[int, list[int]]]:
    """Swings by size for each number of votes, from all coalitions one by one."""
    n = len(votes)
    sums: npt.NDArray[Any] = np.zeros(1, dtype=np.int64 if sum(votes) < 2**62 else object)
    sizes = np.zeros(1, dtype=np.int64)
    for vote in votes:
        sums, sizes = np.concatenate([sums, sums + vote]), np.concatenate([sizes, sizes + 1])
    losing = sums < quota
    for vote in set(votes):
        player = votes.index(vote)
        without = (np.arange(2**n) >> player & 1) == 0
        swung = without & losing & (sums + vote >= quota)
        yield vote, np.bincount(sizes[swung.astype(bool)], minlength=n)[:n].tolist()
