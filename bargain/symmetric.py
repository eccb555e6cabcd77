"""Games of coalitions in which all players are alike, so that only the number of signatories counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bargain.coalitions import SAME_LENGTH, Floats, MembershipGame, coalition_sizes, finite_floats
from bargain.games import GameError, as_numbers


@dataclass(frozen=True, init=False, repr=False, eq=False)
class SymmetricMembershipGame:
    """A membership game of players that are all alike, so that only the size of the coalition counts.

    Parameters
    ----------
    inside : (n,) array of numbers
        inside[s - 1] is what a member gets in a coalition of size s, s = 1, ..., n.
    outside : (n,) array of numbers
        outside[s] is what anyone else gets then, s = 0, ..., n - 1.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.SymmetricMembershipGame([0, 2], [1, 3])
    >>> game.expand().payoffs.tolist()
    [[1.0, 1.0], [0.0, 3.0], [3.0, 0.0], [2.0, 2.0]]
    """

    inside: Floats
    outside: Floats

    def __init__(self, inside: npt.ArrayLike, outside: npt.ArrayLike) -> None:
        arrays = {}
        for name, values, first in (("inside", inside, 1), ("outside", outside, 0)):
            given = as_numbers(values, SAME_LENGTH)
            if given.ndim != 1 or not given.size:
                raise GameError(f"{name} has shape {given.shape}: one payoff is needed for each of the n sizes.")
            cells = [f"The payoff {name} a coalition of {size}" for size in range(first, first + given.size)]
            arrays[name] = finite_floats(given, lambda at, cells=cells: cells[at[0]])  # type: ignore[misc]
        if len(arrays["inside"]) != len(arrays["outside"]):
            raise GameError(
                f"inside has {len(arrays['inside'])} payoffs, for the sizes 1 to n, and outside "
                f"{len(arrays['outside'])}, for the sizes 0 to n - 1: the two numbers must agree."
            )
        for name, values in arrays.items():
            object.__setattr__(self, name, values)

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.inside)

    @cached_property
    def gains(self) -> Floats:
        """gains[s - 1] is what the last of s members gains by being in, (n,), read-only."""
        gains = self.inside - self.outside
        gains.flags.writeable = False
        return gains

    @property
    def scale(self) -> float:
        """The largest absolute payoff, the yardstick of tolerances."""
        return float(max(np.abs(self.inside).max(), np.abs(self.outside).max()))

    def expand(self, players: Sequence[str] | None = None) -> MembershipGame:
        """Return the same game with every coalition listed.

        Parameters
        ----------
        players : n names, optional

        Returns
        -------
        MembershipGame
        """
        n = self.n_players
        inside, outside = np.append(0.0, self.inside), np.append(self.outside, 0.0)

        def rows(player: int, start: int, stop: int) -> Floats:
            sizes = coalition_sizes((stop - start).bit_length() - 1) + start.bit_count()
            return np.where(np.arange(start, stop) >> player & 1, inside[sizes], outside[sizes])

        return MembershipGame.from_rows(rows, n, players)

    def __eq__(self, other: object) -> bool:
        """Whether all payoffs agree."""
        if not isinstance(other, SymmetricMembershipGame):
            return NotImplemented
        return np.array_equal(self.inside, other.inside) and np.array_equal(self.outside, other.outside)

    def __hash__(self) -> int:
        return hash(("SymmetricMembershipGame", self.n_players))

    def __repr__(self) -> str:
        return f"<SymmetricMembershipGame of {self.n_players} players>"
