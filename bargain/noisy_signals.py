"""Trigger strategies when cheating is seen through a noisy public signal."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain.findings import number
from bargain.games import GameError, NormalFormGame, as_number
from bargain.payoff_sets import as_factor, checked_factor
from bargain.repeated import Incentive, Interval, critical_factor, discount_factors_that_hold
from bargain.triggers import Profile, checked_profile, punished_payoffs

MOST_PERIODS = 100_000


@dataclass(frozen=True, eq=False)
class NoisyTrigger:
    """A profile kept until a bad public signal, then an equilibrium for some periods, then the profile again.

    Attributes
    ----------
    game : NormalFormGame
    profile : tuple of int
        Action numbers of the profile, one a player.
    factor : float or None
        Critical discount factor of the player that needs most; None: no discount factor below 1 is enough.
    factors, exact : dict
        Of each player; the second as rationals where it is one.
    intervals : dict
        Of each player: closed intervals (from, to) of the discount factors at which it keeps the profile.
    false_alarm : float
        The probability of a bad signal although everybody keeps the profile.
    periods : int or None
        Length of the punishment, None for ever.
    discount : float or None
        The stated discount factor; None: none was, and `payoffs` and `holds` are None.
    payoffs : dict, or None
        What each player expects on average a period at that discount factor, false alarms included.
    holds : bool or None
        Whether everybody keeps the profile there.
    """

    game: NormalFormGame = field(repr=False)
    profile: tuple[int, ...]
    factor: float | None
    factors: dict[str, float | None]
    exact: dict[str, Fraction | None]
    intervals: dict[str, tuple[Interval, ...]]
    false_alarm: float
    periods: int | None
    discount: float | None = None
    payoffs: dict[str, float] | None = None
    holds: bool | None = None

    def __str__(self) -> str:
        lines = [f"Kept until a bad signal, which comes with probability {number(self.false_alarm)} without a breach."]
        for name, factor in self.factors.items():
            words = "no discount factor below 1 is enough" if factor is None else f"from {number(factor)} on"
            lines.append(f"  {name}: {words} in this model.")
        return "\n".join(lines)


def noisy_trigger(
    game: NormalFormGame,
    profile: Profile,
    alarms: npt.ArrayLike,
    punishment: Any = None,
    periods: int | Literal["best"] | None = None,
    *,
    discount: Any = None,
) -> NoisyTrigger:
    """Find how patient players must be to keep a profile when only a noisy public signal tells of breaches.

    With alpha the probability of a bad signal at the profile, beta after the deviation, g its gain, p the payoff a
    period under punishment, l what the profile pays above it, T the length of the punishment, and x = delta + ... +
    delta^T: kept iff x [(beta - alpha) l - alpha g] >= g. For ever: delta >= g / [(beta - alpha) l + (1 - alpha) g]. No
    discount factor is enough where (beta - alpha) l <= alpha g. Punishments happen although nobody cheats: the profile
    is worth p + l / (1 + alpha x) to a player.

    Parameters
    ----------
    game : NormalFormGame
    profile : action numbers, names, or a mapping
    alarms : array of the shape of the game's actions
        The probability of the bad signal at each profile.
    punishment : as for `critical_discount_factor`; an equilibrium
    periods : int, None for ever, or "best"
        "best": the shortest that everybody respects at `discount`, which leaves everybody most.
    discount : number, optional

    Returns
    -------
    NoisyTrigger

    Raises
    ------
    GameError   for alarms that do not fit or are no probabilities, "best" without a discount factor

    References
    ----------
    Green, E. J., Porter, R. H. (1984). Noncooperative collusion under imperfect price information. Econometrica 52.
    Abreu, D., Pearce, D., Stacchetti, E. (1990). Econometrica 58, 1041-1063.

    Examples
    --------
    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> found = bg.noisy_trigger(dilemma, [0, 0], [["1/10", "7/10"], ["7/10", "9/10"]])
    >>> found.exact["player 1"]
    Fraction(2, 3)
    >>> bg.noisy_trigger(dilemma, [0, 0], [[0.4, 0.7], [0.7, 0.9]]).factor is None
    True
    """
    asked = checked_profile(game, profile)
    table = _alarms(game, alarms)
    delta = None if discount is None else checked_factor(discount)
    if periods == "best" and delta is None:
        raise GameError("The best length of punishment depends on the discount factor: state discount.")
    if periods not in (None, "best") and (not isinstance(periods, int) or periods < 1):
        raise GameError(f"periods is {periods!r}: a whole number from 1, None for ever, or 'best'.")
    punished, _, credible, remarks = punished_payoffs(game, punishment)
    if not credible:
        raise GameError(f"A punishment phase must be an equilibrium. {' '.join(remarks)}")
    source = game.fractions if game.exact else game.payoffs
    alpha = table[asked]
    rows: dict[str, list[tuple[Any, Any]]] = {}
    worth: dict[str, tuple[Any, Any]] = {}
    for i, name in enumerate(game.players):
        flow = source[i][asked]
        loss = flow - punished[i]
        worth[name] = (punished[i], loss)
        rows[name] = []
        for action in range(game.shape[i]):
            if action != asked[i]:
                at = (*asked[:i], action, *asked[i + 1 :])
                gain, beta = source[i][at] - flow, table[at]
                if not isinstance(gain, Fraction):
                    beta = float(beta)
                rows[name].append((gain, (beta - type(beta)(alpha)) * loss - type(beta)(alpha) * gain))
    length = _shortest(rows, delta) if periods == "best" and delta is not None else periods
    assert length != "best"
    factors: dict[str, float | None] = {}
    exact: dict[str, Fraction | None] = {}
    intervals: dict[str, tuple[Interval, ...]] = {}
    for name, own in rows.items():
        promises = [Incentive(float(reach), float(gain), periods=length) for gain, reach in own]
        intervals[name] = discount_factors_that_hold(promises, 1e-12 * float(np.abs(game.payoffs).max()))
        factors[name], exact[name] = critical_factor(intervals[name]), None
        rational = all(isinstance(gain, Fraction) and isinstance(reach, Fraction) for gain, reach in own)
        if rational and length is None and factors[name] is not None:
            known = max((g / (g + r) for g, r in own if g > 0), default=Fraction(0))
            exact[name], factors[name] = known, float(known)
    needs = [factor for factor in factors.values() if factor is not None]
    least = max(needs) if len(needs) == len(factors) else None
    payoffs, holds = None, None
    if delta is not None:
        x = _ahead(delta, length)
        payoffs = {name: float(p) + float(loss) / float(1 + alpha * x) for name, (p, loss) in worth.items()}
        holds = all(x * as_factor(reach) >= as_factor(gain) for own in rows.values() for gain, reach in own)
    discount_float = None if delta is None else float(delta)
    return NoisyTrigger(
        game, asked, least, factors, exact, intervals, float(alpha), length, discount_float, payoffs, holds
    )


def _alarms(game: NormalFormGame, alarms: npt.ArrayLike) -> npt.NDArray[np.object_]:
    cells = np.array(alarms, dtype=object)
    if cells.shape != game.shape:
        raise GameError(
            f"alarms has shape {cells.shape}; one probability for each profile, {game.shape}, was expected."
        )
    found = np.empty(cells.shape, dtype=object)
    for at in np.ndindex(cells.shape):
        cell = cells[at]
        try:
            found[at] = Fraction(cell) if isinstance(cell, str) else as_factor(as_number(cell))
        except (ValueError, ZeroDivisionError):
            raise GameError(
                f"The probability of a bad signal at {game.label(at)} is {cell!r}. A number from 0 to 1 was expected."
            ) from None
        if not 0 <= found[at] <= 1:
            raise GameError(f"The probability of a bad signal at {game.label(at)} is {cell}, not between 0 and 1.")
    return found


def _ahead(delta: Fraction, periods: int | None) -> Fraction:
    """Delta + ... + delta^T."""
    if periods is None:
        return delta / (1 - delta)
    if periods > 200:
        return as_factor(float(delta) * (1 - float(delta) ** periods) / (1 - float(delta)))
    return delta * (1 - delta**periods) / (1 - delta)


def _shortest(rows: dict[str, list[tuple[Any, Any]]], delta: Fraction) -> int | None:
    """The fewest periods that deter everybody at a discount factor; None (for ever) where no number does."""
    need = Fraction(0)
    for gain, reach in (row for own in rows.values() for row in own):
        if gain > 0:
            if reach <= 0:
                return None
            need = max(need, as_factor(gain) / as_factor(reach))
    total, power = Fraction(0), Fraction(1)
    if need >= _ahead(delta, None):
        return None
    quick, factor = 0.0, float(delta)
    for periods in range(1, MOST_PERIODS):
        quick += factor**periods
        if periods <= 200:
            power *= delta
            total += power
            if total >= need:
                return periods
        elif quick >= float(need):
            return periods
    return None
