"""k-implementation: what an outside party must promise so that a profile is played, and what that costs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain.findings import number
from bargain.games import Floats, GameError, NormalFormGame, Objects

Dominance = Literal["weak", "strict"]


@dataclass(frozen=True, eq=False)
class Implementation:
    """Payments promised by an interested party under which each player's asked action is dominant.

    Attributes
    ----------
    game : NormalFormGame
    profile : tuple of int
        The asked action of each player.
    dominance : "weak" or "strict"
    infimum : float
        k(z): what has to be paid on the path at least, sum over i of max over a_i of u_i(a_i, z_-i) - u_i(z).
    cost : float
        What is paid when the profile is played: the infimum, plus the margins where dominance is strict.
    payments : (n, m_1, ..., m_n) read-only array of float
        What is promised to each player at each profile, at least 0; it is owed only at the profile that is played.
    exact_payments : (n, m_1, ..., m_n) array of Fraction, or None
    exact_infimum, exact_cost : Fraction or None
        Where the game's payoffs are rational numbers.
    """

    game: NormalFormGame = field(repr=False)
    profile: tuple[int, ...]
    dominance: Dominance
    infimum: float
    cost: float
    payments: Floats = field(repr=False)
    exact_payments: Objects | None = field(default=None, repr=False)
    exact_infimum: Fraction | None = None
    exact_cost: Fraction | None = None

    @property
    def changed_game(self) -> NormalFormGame:
        """The game with the promised payments added."""
        if self.exact_payments is None:
            payoffs: npt.ArrayLike = self.game.payoffs + self.payments
        else:
            payoffs = self.game.fractions + self.exact_payments
        return NormalFormGame(payoffs, self.game.players, self.game.actions)

    @property
    def largest_promise(self) -> float:
        """The most that is promised at any one profile: what the party must be believed able to pay."""
        return float(self.payments.sum(axis=0).max())

    def verify(self, dominance: Dominance | None = None) -> bool:
        """Whether no payment is negative and every asked action is dominant once the payments are added.

        In rational arithmetic, a float being the number it stands for. `dominance` is as promised unless stated.

        Parameters
        ----------
        dominance : "weak" or "strict", optional

        Returns
        -------
        bool
        """
        if (self.payments < 0).any():
            return False
        return is_dominant(self.changed_game, self.profile, dominance or self.dominance)

    def residual(self) -> float:
        """Recompute cost and infimum from the game; infinite if the profile is not dominant as promised."""
        if not self.verify():
            return float("inf")
        paid = sum(float(own[self.profile]) for own in self.payments)
        return float(
            max(
                abs(paid - self.cost),
                abs(implementation_costs(self.game)[self.profile] - self.infimum),
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the promise as plain data, players and actions by name."""
        names = self.game.players
        return {
            "profile": dict(zip(names, self.game.label(self.profile), strict=True)),
            "dominance": self.dominance,
            "infimum": self.infimum,
            "cost": self.cost,
            "largest_promise": self.largest_promise,
            "payments": dict(zip(names, self.payments.tolist(), strict=True)),
        }

    def __str__(self) -> str:
        asked = ", ".join(f"{own}: {act}" for own, act in zip(self.game.players, self._label(), strict=True))
        lines = [f"({asked}) is {self.dominance}ly dominant at a cost of {number(self.cost)}."]
        for i, own in enumerate(self.game.players):
            paid, most = float(self.payments[i][self.profile]), float(self.payments[i].max())
            lines.append(f"  {own} is paid {number(paid)} there; the most it is promised anywhere is {number(most)}.")
        return "\n".join(lines)

    def _label(self) -> tuple[str, ...]:
        return self.game.label(self.profile)


def implementation_costs(game: NormalFormGame) -> Floats:
    """Return k(z) of every profile z: what it costs to make it one of dominant actions.

    k(z) = sum over i of max over a_i of u_i(a_i, z_-i) - u_i(z): the regrets at z. It is zero exactly at the pure
    Nash equilibria: a credible promise makes them dominant and is never paid.

    Parameters
    ----------
    game : NormalFormGame

    Returns
    -------
    (m_1, ..., m_n) array of float
        In the unit of the payoffs.

    References
    ----------
    Monderer & Tennenholtz (2004), k-Implementation, Journal of Artificial Intelligence Research 21, theorem 1.

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> bg.implementation_costs(dilemma).tolist()
    [[4.0, 1.0], [1.0, 0.0]]
    """
    table = game.payoffs
    return np.asarray(sum(table[i].max(axis=i, keepdims=True) - table[i] for i in range(game.n_players)), dtype=float)


def k_implementation(
    game: NormalFormGame,
    profile: Sequence[int] | Sequence[str],
    *,
    dominance: Dominance = "weak",
    margin: float | Fraction | None = None,
) -> Implementation:
    """Find the least payments that make every player's action in a profile dominant, and what they cost.

    A party that cannot forbid or punish, but is believed when it promises money, adds V_i(a) >= 0 to what player i gets
    at profile a. With z the profile that is to be played, it promises i, for playing z_i, what makes z_i a best reply
    to whatever the others do; at z itself that is its regret, and only there is it paid if everybody follows.

    Parameters
    ----------
    game : NormalFormGame
    profile : n action numbers, or n names of actions
    dominance : "weak" or "strict"
        Weak: z_i is never worse than another action, and better at least once. Strict: always better.
    margin : number above 0, optional
        By how much better, in payoff units; a thousandth of the largest difference between two payoffs of a player
        unless stated. Where dominance is weak it is promised only where ties need it, and paid only if the others
        have a single action each. Where it is strict the cost is the infimum plus n margins.

    Returns
    -------
    Implementation

    Raises
    ------
    GameError   for a profile that does not fit the game, or a margin that is not above 0

    Notes
    -----
    Every payment is the least that will do at its profile. For a set of acceptable profiles, `implementation_costs`
    gives the cost of each; the cheapest is an upper bound on the cost of the set, which is hard to compute in
    general.

    References
    ----------
    Monderer & Tennenholtz (2004), k-Implementation, Journal of Artificial Intelligence Research 21, theorem 1;
    Eidenbenz, Oswald, Schmid & Wattenhofer (2007), Mechanism design by creditability, COCOA (sets of profiles).

    Examples
    --------
    In a prisoner's dilemma cooperation costs 4; mutual defection, an equilibrium, costs nothing:

    >>> import bargain as bg
    >>> own, others, names = [[3, 0], [5, 1]], [[3, 5], [0, 1]], [["keep", "break"]] * 2
    >>> dilemma = bg.NormalFormGame.from_bimatrix(own, others, actions=names)
    >>> promise = bg.k_implementation(dilemma, ["keep", "keep"])
    >>> promise.cost, promise.payments[0].tolist(), promise.verify()
    (4.0, [[2.0, 1.005], [0.0, 0.0]], True)
    >>> bg.k_implementation(dilemma, (1, 1)).cost
    0.0
    """
    asked = _profile(game, profile)
    table = game.fractions if game.exact else game.payoffs
    size = max(own.max() - own.min() for own in table) or 1
    step: Any = size / 1000 if margin is None else margin
    if not 0 < step < float("inf"):
        raise GameError(f"The margin is {margin}: by how much an action is better is a number above 0.")
    step = Fraction(step) if game.exact else float(step)
    if dominance not in ("weak", "strict"):
        raise GameError(f"dominance is {dominance!r}: it is 'weak' or 'strict'.")
    payments: Any = np.full(table.shape, Fraction(0), dtype=object) if game.exact else np.zeros(table.shape)
    for i, action in enumerate(asked):
        own, promised = np.moveaxis(table[i], i, 0), np.moveaxis(payments[i], i, 0)
        others = tuple(np.delete(asked, i))
        rivals = np.delete(own, action, axis=0)
        if not len(rivals):
            continue
        best = np.asarray(rivals.max(axis=0))
        gap = best - own[action]
        if dominance == "strict":
            promised[action] = np.maximum(gap + step, 0)
            promised[action] = _sufficient(own[action], promised[action], rivals, strict=True)
            continue
        promised[action] = _sufficient(own[action], np.maximum(gap, 0), rivals, strict=False)
        lead = np.asarray(own[action] + promised[action])[None] - rivals
        if not (lead > 0).reshape(len(rivals), -1).any(axis=1).all():
            # Some rival ties everywhere: promise more against one choice of the others that is not asked of them.
            where = next((cell for cell in np.ndindex(best.shape) if cell != others), others)
            promised[(action, *where)] += step
    regrets = [np.moveaxis(table[i], i, 0)[(slice(None), *np.delete(asked, i))] for i in range(game.n_players)]
    infimum = sum(own.max() - own[action] for own, action in zip(regrets, asked, strict=True))
    cost = sum(payments[(i, *asked)] for i in range(game.n_players))
    floats = payments.astype(float)
    floats.flags.writeable = False
    return Implementation(
        game,
        asked,
        dominance,
        float(infimum),
        float(cost),
        floats,
        payments if game.exact else None,
        infimum if game.exact else None,
        cost if game.exact else None,
    )


def is_dominant(game: NormalFormGame, profile: Sequence[int] | Sequence[str], dominance: Dominance = "weak") -> bool:
    """Whether each player's action in a profile dominates all its other actions.

    Weakly: never worse, whatever the others do, and better at least once. Strictly: always better.

    Examples
    --------
    >>> import bargain as bg
    >>> from bargain.implementation import is_dominant
    >>> is_dominant(bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]]), (1, 1), "strict")
    True
    """
    table = game.comparable
    for i, action in enumerate(_profile(game, profile)):
        own = np.moveaxis(table[i], i, 0)
        for rival in np.delete(own, action, axis=0):
            if dominance == "strict" and not (own[action] > rival).all():
                return False
            if not (own[action] >= rival).all() or not (own[action] > rival).any():
                return False
    return True


def _profile(game: NormalFormGame, profile: Sequence[int] | Sequence[str]) -> tuple[int, ...]:
    if all(isinstance(action, str) for action in profile):
        return game.profile([str(action) for action in profile])
    if not all(isinstance(action, int | np.integer) for action in profile):
        raise GameError(f"The profile {tuple(profile)} is made of action numbers, or of names.")
    numbers = tuple(int(action) for action in profile)
    game.label(numbers)
    return numbers


def _sufficient(own: Any, promised: Any, rivals: Any, *, strict: bool) -> Any:
    """Raise float promises by the last digit that rounding lost, so that the sum is not below the rivals."""
    if rivals.dtype == object:
        return promised
    best = rivals.max(axis=0)
    while (short := (own + promised <= best) if strict else (own + promised < best)).any():
        size = np.maximum(np.maximum(np.abs(own), np.abs(best)), promised)
        promised = np.where(short, promised + np.spacing(size), promised)
    return promised
