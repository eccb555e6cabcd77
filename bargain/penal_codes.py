"""Carrot and stick: a short harsh phase that is credible because leaving it restarts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from bargain.games import Floats, GameError, NormalFormGame
from bargain.repeated import Incentive, critical_factor, discount_factors_that_hold
from bargain.triggers import Profile, checked_profile

MOST_PROFILES = 2_000_000


@dataclass(frozen=True, eq=False)
class CarrotAndStick:
    """Punish any deviation, also from the punishment, by some periods of a stick, then return to the profile.

    Attributes
    ----------
    game : NormalFormGame
    profile, stick : tuple of int
        Action numbers, one a player, in either phase.
    periods : int
        Length of the stick.
    factor : float or None
        The least discount factor at which nobody deviates in either phase; None: none below 1.
    exact : Fraction or None
        The same where it is known as a rational.
    gains : (n, 2) array
        What deviating once gains each player in the profile and in the stick.
    losses : (n,) array
        The payoff at the profile less that at the stick.
    """

    game: NormalFormGame = field(repr=False)
    profile: tuple[int, ...]
    stick: tuple[int, ...]
    periods: int
    factor: float | None
    exact: Fraction | None
    gains: Floats
    losses: Floats

    def residual(self) -> float:
        """Play the path out at `factor`: the most that a one-shot deviation in any period of any phase gains."""
        if self.factor is None:
            return 0.0
        delta, table = self.factor, self.game.payoffs
        worst = 0.0
        for i in range(self.game.n_players):
            flows = [float(table[i][self.stick])] * self.periods + [float(table[i][self.profile])]
            worth = flows[-1]
            values = [worth]
            for flow in reversed(flows[:-1]):
                worth = (1 - delta) * flow + delta * worth
                values.append(worth)
            values.reverse()
            for at, value in enumerate(values):
                now = self.stick if at < self.periods else self.profile
                best = float(table[i][(*now[:i], slice(None), *now[i + 1 :])].max())
                worst = max(worst, (1 - delta) * best + delta * values[0] - value)
        return worst


def carrot_and_stick(
    game: NormalFormGame, profile: Profile, stick: Profile | None = None, periods: int = 1
) -> CarrotAndStick:
    """Find how patient players must be if a deviation is answered by a short harsh phase, then forgiven.

    With p the payoff at the stick, u at the profile, g and h the gains from deviating once from profile and stick: in
    the profile (delta + ... + delta^T)(u - p) >= g; in the first period of the stick, delta^T (u - p) >= h.
    Harsher than an equilibrium, yet credible: leaving the stick restarts it.

    Parameters
    ----------
    game : NormalFormGame
    profile : action numbers, names, or a mapping
    stick : the same, optional
        None: the profile of the game that needs least patience.
    periods : int
        T, the length of the stick.

    Returns
    -------
    CarrotAndStick
        The factor of the player that needs most patience.

    Raises
    ------
    GameError   for profiles that do not fit, a length below 1, a game of more than two million profiles

    References
    ----------
    Abreu, D. (1986). Extremal equilibria of oligopolistic supergames. Journal of Economic Theory 39, 191-225.

    Examples
    --------
    Two firms with demand 24 - Q and no costs share the monopoly output of 12: reverting to Cournot outputs of 8 for
    ever needs 9/17, one period at 10 each needs 9/32.

    >>> import bargain as bg, numpy as np
    >>> q = np.arange(25)
    >>> price = 24 - np.minimum(24, q[:, None] + q[None, :])
    >>> market = bg.NormalFormGame([q[:, None] * price, q[None, :] * price])
    >>> bg.critical_discount_factor(market, [6, 6], punishment=[8, 8]).exact["player 1"]
    Fraction(9, 17)
    >>> bg.carrot_and_stick(market, [6, 6], stick=[10, 10]).exact
    Fraction(9, 32)
    """
    asked = checked_profile(game, profile)
    if not isinstance(periods, int) or periods < 1:
        raise GameError(f"periods is {periods!r}: a stick lasts a whole number of periods, at least 1.")
    if game.payoffs[0].size > MOST_PROFILES:
        raise GameError(f"{game.payoffs[0].size} profiles are more than the {MOST_PROFILES} that are compared.")
    if stick is None:
        chosen = _best_stick(game, asked, periods)
    else:
        chosen = checked_profile(game, stick)
    table = game.fractions if game.exact else game.payoffs
    rows, needs = [], []
    exact: Fraction | None = Fraction(0) if game.exact and periods == 1 else None
    worst: float | None = 0.0
    for i in range(game.n_players):
        at = [(*phase[:i], slice(None), *phase[i + 1 :]) for phase in (asked, chosen)]
        flow, pain = table[i][asked], table[i][chosen]
        g, h = table[i][at[0]].max() - flow, table[i][at[1]].max() - pain
        rows.append([float(g), float(h)])
        needs.append(float(flow - pain))
        own = _stick_factor(float(g), float(h), float(flow - pain), periods)
        worst = None if own is None or worst is None else max(worst, own)
        if exact is not None and worst is not None and max(g, h) > 0:
            exact = max(exact, max(g, h) / (flow - pain))
    if worst is None:
        exact = None
    if exact is not None:
        worst = float(exact)
    return CarrotAndStick(game, asked, chosen, periods, worst, exact, np.array(rows), np.array(needs))


def _stick_factor(g: float, h: float, loss: float, periods: int) -> float | None:
    if max(g, h) <= 0:
        # Nobody is tempted in either phase; a stick sweeter than the profile would tempt to deviate for it.
        return 0.0 if loss >= 0 else None
    if loss <= 0 or h >= loss:
        return None
    first = critical_factor(discount_factors_that_hold([Incentive(loss, g, periods=periods)])) if g > 0 else 0.0
    return None if first is None else max(first, (h / loss) ** (1 / periods))


def _best_stick(game: NormalFormGame, asked: tuple[int, ...], periods: int) -> tuple[int, ...]:
    """The stick that needs least patience, compared through the one-period form first."""
    need = np.zeros(game.shape)
    for i, own in enumerate(game.payoffs):
        flow = own[asked]
        gain = float(own[(*asked[:i], slice(None), *asked[i + 1 :])].max() - flow)
        tempted = np.maximum(own.max(axis=i, keepdims=True) - own, gain if periods == 1 else 0.0)
        loss = flow - own
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(tempted > 0, np.where(loss > 0, tempted / loss, np.inf), np.where(loss >= 0, 0.0, np.inf))
        if periods > 1:
            with np.errstate(divide="ignore", invalid="ignore"):
                short = np.where(loss > 0, gain / loss, np.inf if gain > 0 else 0.0)
            # delta + ... + delta^T >= short has a root below 1 only where short < T.
            later = np.where(ratio < 1, ratio, np.inf) ** (1 / periods)
            ratio = np.maximum(later, np.where(short < periods, _sum_root(short, periods), np.inf))
        need = np.maximum(need, ratio)
    return tuple(int(a) for a in np.unravel_index(int(need.argmin()), game.shape))


def _sum_root(target: Floats, periods: int) -> Floats:
    """The delta at which delta + ... + delta^T reaches each target, by bisection."""
    low, high = np.zeros_like(target), np.ones_like(target)
    for _ in range(60):
        middle = (low + high) / 2
        total = sum(middle**k for k in range(1, periods + 1))
        low, high = np.where(total < target, middle, low), np.where(total < target, high, middle)
    return np.asarray(high)
