"""Payoffs in closed form: linear in a few features of the coalition, such as what its members do together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.coalitions import SAME_LENGTH, Floats, MembershipGame, finite_floats
from bargain.games import GameError, as_numbers


@dataclass(frozen=True, init=False, eq=False, repr=False)
class LinearPayoffs:
    """Payoffs of a membership game that are linear in features of the coalition.

    Player i gets inside[i, 0] + inside[i, 1] * features[0][S] + inside[i, 2] * features[1][S] + ... in the coalition
    S, and the same with outside[i] as an outsider. `game()` is the membership game; what goes through all coalitions,
    such as `stability`, reads the features instead of building n payoffs for each.

    Parameters
    ----------
    features : k arrays of 2**n numbers, one number a coalition
        Read-only arrays of float are taken as they are, others are copied.
    inside, outside : (n, 1 + k) arrays of numbers

    Raises
    ------
    GameError   for wrong shapes, or numbers that are not finite

    Examples
    --------
    Everyone gains 3 from each member, and being one costs 4.

    >>> from bargain.coalitions import coalition_sizes
    >>> payoffs = LinearPayoffs([coalition_sizes(2)], inside=[[-4, 3], [-4, 3]], outside=[[0, 3], [0, 3]])
    >>> payoffs.game(["North", "South"]).payoffs.tolist()
    [[0.0, 0.0], [-1.0, 3.0], [3.0, -1.0], [2.0, 2.0]]
    """

    features: tuple[Floats, ...]
    inside: Floats
    outside: Floats

    def __init__(self, features: Sequence[npt.ArrayLike], inside: npt.ArrayLike, outside: npt.ArrayLike) -> None:
        n = len(np.atleast_1d(as_numbers(inside, SAME_LENGTH)))
        for name, weights in {"inside": inside, "outside": outside}.items():
            what = "one row for each player: a constant and one number for each feature"
            object.__setattr__(self, name, _checked(weights, name, (n, 1 + len(features)), what))
        named = {f"features[{place}]": feature for place, feature in enumerate(features)}
        tables = (_checked(each, name, (1 << n,), "one number for each coalition") for name, each in named.items())
        object.__setattr__(self, "features", tuple(tables))

    def game(self, players: Sequence[str] | None = None) -> MembershipGame:
        """Return the game with these payoffs; names default to "player 1", "player 2", ..."""
        return MembershipGame.from_rows(self, len(self.inside), players)

    def __call__(self, player: int, start: int, stop: int) -> Floats:
        """Return what one player gets under the coalitions start, ..., stop - 1, both multiples of a power of two."""
        here = [feature[start:stop] for feature in self.features]
        step = 1 << player
        if step >= stop - start:
            return _combine(self.inside[player] if start & step else self.outside[player], here, stop - start)
        payoffs = _combine(self.outside[player], here, stop - start)
        with_it = [np.ascontiguousarray(feature.reshape(-1, 2, step)[:, 1]) for feature in here]
        members = payoffs.reshape(-1, 2, step)[:, 1]
        members[...] = _combine(self.inside[player], with_it, members.size).reshape(members.shape)
        return payoffs


def _combine(weights: Floats, features: Sequence[Floats], count: int) -> Floats:
    total = np.full(count, weights[0])
    for weight, feature in zip(weights[1:], features, strict=True):
        if weight:
            total += (weight * feature).reshape(-1)
    return total


def _checked(given: Any, name: str, shape: tuple[int, ...], what: str) -> Floats:
    numbers = as_numbers(given, SAME_LENGTH)
    if numbers.shape != shape:
        raise GameError(f"{name} has shape {numbers.shape}, and {shape} is needed: {what}.")
    return finite_floats(numbers, lambda at: f"{name}[{', '.join(map(str, at))}]")
