"""What two players can credibly promise each other: all equilibrium payoffs of the game played for ever."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

import numpy as np

from bargain._generation import FEW, SLACK, Stage, exactly
from bargain._hull import distance, hull_of_array, outside
from bargain._polygon import upper_right
from bargain.findings import number
from bargain.games import Floats, GameError, NormalFormGame, as_number

PayoffSetStatus = Literal["found", "empty", "unfinished"]

FIRMNESS = 1e-9
"""By how much every promise of the inner set is kept strictly, each player's spread of payoffs being 1."""


@dataclass(frozen=True, eq=False)
class PayoffSet:
    """The payoffs of all pure-strategy subgame-perfect equilibria of a repeated game with public randomisation.

    Attributes
    ----------
    game : NormalFormGame
    discount : float
    status : "found", "empty" or "unfinished"
        Unfinished: the vertices bound the set from outside; what lies outside them is no such payoff.
    vertices : (k, 2) read-only array of float
        Corners of the set, averages a period, counter-clockwise; one for a point, two for a segment.
    exact_vertices : tuple of pairs of Fraction, or None
        The same as rationals, where payoffs and discount factor are rational and the iteration ended exactly.
    iterations : int
    """

    game: NormalFormGame = field(repr=False)
    discount: float
    status: PayoffSetStatus
    vertices: Floats
    exact_vertices: tuple[tuple[Fraction, Fraction], ...] | None
    iterations: int

    @property
    def threat_point(self) -> Floats:
        """(2,): the worst equilibrium payoff of each player, with which its deviations are punished."""
        return self.vertices.min(axis=0) if len(self.vertices) else np.full(2, np.nan)

    @property
    def dimension(self) -> int:
        """2 for a polygon, 1 for a segment, 0 for a point, -1 for the empty set."""
        return min(len(self.vertices), 3) - 1

    @property
    def frontier(self) -> Floats:
        """(k, 2): the credible Pareto frontier, by increasing payoff of the first player."""
        return self.vertices[upper_right(self.vertices)] if len(self.vertices) else self.vertices

    @cached_property
    def inner(self) -> Floats:
        """(k, 2): corners of a set that is certainly within the equilibrium payoffs.

        It generates itself with every promise kept strictly, by a billionth of the payoffs' spread, so that rounding
        cannot have made a promise credible. Equal to `vertices` where these are exact. Where a promise holds with
        equality only, the set may be smaller than the vertices say: `gap` tells.
        """
        if self.exact_vertices is not None or not len(self.vertices):
            return self.vertices
        stage = Stage(self.game, self.discount)
        start = hull_of_array(stage.scaled(self.vertices), 0.0)
        shrunk = stage.shrink(start, 20_000, FIRMNESS, 1e-3 * FIRMNESS * (1 - self.discount))
        found = stage.unscaled(shrunk.corners) if shrunk.settled else np.empty((0, 2))
        found.flags.writeable = False
        return found

    @property
    def gap(self) -> float:
        """How far, at most, the vertices reach beyond what is certainly an equilibrium payoff, in payoff units."""
        if not len(self.vertices):
            return 0.0
        return distance(self.vertices, self.inner) if len(self.inner) else math.inf

    def contains(self, payoffs: Sequence[float], tolerance: float = 1e-9) -> bool:
        """Whether a pair of average payoffs lies within the vertices.

        Parameters
        ----------
        payoffs : two numbers, one a player
        tolerance : float
            How far outside still counts as within, times the largest payoff.

        Returns
        -------
        bool

        Raises
        ------
        GameError   for other than two numbers
        """
        point = np.asarray(payoffs, dtype=float)
        if point.shape != (2,):
            raise GameError(f"A pair of payoffs was expected, got {payoffs!r}.")
        slack = tolerance * max(1e-300, float(np.abs(self.game.payoffs).max()))
        return bool(len(self.vertices)) and float(outside(point, self.vertices)) <= slack

    def residual(self) -> float:
        """Recompute, in payoff units, by how much the worst vertex fails to be supported.

        A vertex v is supported by a profile a if the continuation w = (v - (1 - delta) u(a))/delta lies in the set
        and delta*(w_i - threat_i) >= (1 - delta)*(gain from i's best deviation at a) for both players. Zero for the
        empty set.
        """
        if not len(self.vertices):
            return 0.0
        table, delta = self.game.payoffs, self.discount
        flows = table.reshape(2, -1).T
        gains = np.stack([(table[i].max(axis=i, keepdims=True) - table[i]).ravel() for i in (0, 1)], axis=1)
        if delta == 0:
            steady = flows[(gains <= 0).all(axis=1)]
            return float(np.abs(self.vertices[:, None] - steady).max(axis=2).min(axis=1).max())
        onwards = (self.vertices[:, None] - (1 - delta) * flows) / delta
        missing = (self.threat_point + (1 - delta) / delta * gains - onwards).max(axis=2)
        return float(np.maximum(np.maximum(outside(onwards, self.vertices), missing), 0.0).min(axis=1).max())

    def to_dict(self) -> dict[str, Any]:
        """Return the set as plain data."""
        return {
            "players": list(self.game.players),
            "discount": self.discount,
            "status": self.status,
            "vertices": self.vertices.tolist(),
            "threat_point": self.threat_point.tolist() if len(self.vertices) else None,
            "frontier": self.frontier.tolist(),
            "exact": self.exact_vertices is not None,
            "residual": self.residual(),
        }

    def __str__(self) -> str:
        factor = number(self.discount)
        if not len(self.vertices):
            return (
                f"No pure-strategy equilibrium exists in this model at a discount factor of {factor}; "
                "strategies that randomise in private are not searched."
            )
        shape = ("a single point", "a segment", f"a polygon with {len(self.vertices)} corners")[self.dimension]
        worst = " and ".join(number(float(x)) for x in self.threat_point)
        ends = [f"({number(x)}, {number(y)})" for x, y in self.frontier.tolist()]
        lines = [
            f"Equilibrium payoffs at a discount factor of {factor}: {shape}.",
            f"Worst equilibrium payoffs of {' and '.join(self.game.players)}: {worst}.",
            f"Credible frontier: {', '.join(ends)}.",
        ]
        if self.status == "unfinished":
            lines.append(f"Not finished after {self.iterations} steps: no pure equilibrium's payoff lies outside.")
        return "\n".join(lines)


def equilibrium_payoff_set(game: NormalFormGame, discount: Any, *, max_iterations: int = 2000) -> PayoffSet:
    """Compute every payoff pair that two players can reach in an equilibrium of the game repeated for ever.

    The largest set V of payoff pairs that generates itself: every corner of V is (1 - delta) u(a) + delta w, with w
    in V worth more to each player i than deviating from a once and getting its worst payoff in V for ever after:
    delta (w_i - min V_i) >= (1 - delta) (max u_i(., a_-i) - u_i(a)). Pure strategies; a public lottery may choose
    between continuations. What lies outside V no promise of pure actions can make credible; players who randomise in
    private, as in matching pennies, may reach more, or have an equilibrium where V is empty.

    Parameters
    ----------
    game : NormalFormGame
        Two players.
    discount : number, or one for each player (a sequence, or a mapping by name)
        In [0, 1), and the same for both.
    max_iterations : int

    Returns
    -------
    PayoffSet
        Points, segments and the empty set included.

    Raises
    ------
    GameError   for other than two players, a discount factor outside [0, 1), unequal discount factors

    Notes
    -----
    Abreu and Sannikov's iteration from outside: a profile adds its own payoff, or at most four continuations at which
    a player is just held to its promise. It stops when neither punishments nor corners move. With rational payoffs
    and discount factor it is done in rationals too, where it comes to an end. Cost: about the number of profiles
    that can be sustained times the corners, a step.

    References
    ----------
    Abreu, D., Sannikov, Y. (2014). An algorithm for two-player repeated games with perfect monitoring. Theoretical
    Economics 9, 313-338.
    Abreu, D., Pearce, D., Stacchetti, E. (1990). Toward a theory of discounted repeated games with imperfect
    monitoring. Econometrica 58, 1041-1063.

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> bg.equilibrium_payoff_set(dilemma, 0.1).vertices.tolist()
    [[3.0, 3.0]]
    >>> bg.equilibrium_payoff_set(dilemma, 0.15).vertices.tolist()
    [[3.0, 3.0], [9.0, 9.0]]
    >>> print(bg.equilibrium_payoff_set(dilemma, 0.5))
    Equilibrium payoffs at a discount factor of 0.5: a polygon with 4 corners.
    Worst equilibrium payoffs of player 1 and player 2: 3 and 3.
    Credible frontier: (3, 9.75), (9, 9), (9.75, 3).
    """
    if game.n_players != 2:
        raise GameError(
            f"The set of equilibrium payoffs is computed for two players; this game has {game.n_players}. "
            "critical_discount_factor() with a stated punishment works for any number."
        )
    factor = _one_factor(game, discount)
    stage, exact, found = Stage(game, float(factor)), None, None
    few = game.payoffs[0].size <= FEW
    if game.exact and few:
        found = exactly(game, factor, stage)
    if found is None:
        shrunk = stage.shrink(hull_of_array(stage.flows, 0), max_iterations, 0.0, SLACK)
        vertices, steps = stage.unscaled(shrunk.corners), shrunk.steps
        status: PayoffSetStatus = ("found" if shrunk.settled else "unfinished") if shrunk.corners else "empty"
        if game.exact and not few and shrunk.settled and shrunk.jumped:
            found = exactly(game, factor, stage)
    if found is not None:
        corners, steps = found
        vertices = np.array([[float(x), float(y)] for x, y in corners]).reshape(-1, 2)
        status = "found" if corners else "empty"
        exact = tuple(corners)
    vertices.flags.writeable = False
    return PayoffSet(game, float(factor), status, vertices, exact, steps)


def as_factor(value: Any) -> Fraction:
    """Return a discount factor or a probability as the rational it is written as, a float by its decimals."""
    plain = as_number(value)
    return Fraction(repr(plain)) if isinstance(plain, float) else Fraction(plain)


def checked_factor(value: Any, what: str = "A discount factor") -> Fraction:
    """Return a discount factor in [0, 1) as a rational."""
    try:
        factor = as_factor(value)
    except ValueError as error:
        raise GameError(f"{what} {error}. It is a number from 0 up to but not including 1.") from None
    if not 0 <= factor < 1:
        raise GameError(f"{what} is {number(float(factor))}. It is at least 0 and below 1.")
    return factor


def _one_factor(game: NormalFormGame, discount: Any) -> Fraction:
    if isinstance(discount, Mapping):
        missing = [name for name in game.players if name not in discount]
        if missing:
            raise GameError(f"{missing[0]} has no discount factor. Players: {', '.join(game.players)}.")
        discount = [discount[name] for name in game.players]
    if not isinstance(discount, Sequence | np.ndarray):
        return checked_factor(discount)
    factors = {checked_factor(value) for value in discount}
    if len(factors) > 1:
        words = ", ".join(number(float(value)) for value in discount)
        raise GameError(
            f"The discount factors {words} differ. The set of equilibrium payoffs is computed for equal ones: "
            "players of unequal patience can trade payoffs over time, which changes what is feasible at all "
            "(Lehrer & Pauzner 1999). critical_discount_factor() takes unequal factors."
        )
    return factors.pop()
