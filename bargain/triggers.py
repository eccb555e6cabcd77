"""How patient players must be to keep any profile of a game, by what answers a deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from bargain.findings import number
from bargain.games import GameError, NormalFormGame, action_payoffs
from bargain.minmax import minmax_payoffs
from bargain.payoff_sets import as_factor, checked_factor, equilibrium_payoff_set
from bargain.repeated import Incentive, Interval, critical_factor, discount_factors_that_hold, incentive_margin
from bargain.strategic import nash_equilibria, regret

Profile = Sequence[int] | Sequence[str] | Mapping[str, str]


@dataclass(frozen=True, eq=False)
class CriticalFactor:
    """How patient each player must be to keep a profile, under a stated punishment.

    Attributes
    ----------
    game : NormalFormGame
    profile : tuple of int
    punishment : str
        In words: what answers a detected deviation.
    factor : float or None
        The least discount factor above which everybody always keeps the profile; None if there is none below 1.
    factors : dict
        The same for each player; None: none below 1.
    exact : dict
        The factors as rationals, None where payoffs are not rational, the factor is irrational or there is none.
    intervals : dict
        For each player all discount factors that hold, as closed intervals, 1 standing for an end open at the top.
    binding : str
        The player that needs most patience, or one that no patience suffices for.
    deviations : dict
        Each player's most tempting deviation, by name (empty where there is no other action).
    gains : dict
        What that deviation gains once, in payoff units.
    losses : dict
        Flow payoff at the profile less that under the punishment, a period.
    detection : dict
        The probability that a deviation is detected, for each player.
    periods : int or None
        Length of the punishment; None for ever.
    credible : bool
        Whether the punishment is an equilibrium itself, of the game or (penal code) of the repeated game.
    discounts, margins : dict, or None
        The players' own discount factors, where given, and what each loses then by deviating once, on average a
        period: at or above zero the profile is kept.
    holds : bool or None
        Whether everybody keeps it at `discounts`; None where these are not given.
    bracket : (float, float), or None
        For the best punishment: below the first number no punishment in pure strategies supports the profile; at the
        second one does.
    remarks : tuple of str
    """

    game: NormalFormGame = field(repr=False)
    profile: tuple[int, ...]
    punishment: str
    factor: float | None
    factors: dict[str, float | None]
    exact: dict[str, Fraction | None]
    intervals: dict[str, tuple[Interval, ...]]
    binding: str
    deviations: dict[str, str]
    gains: dict[str, float]
    losses: dict[str, float]
    detection: dict[str, float]
    periods: int | None
    credible: bool
    discounts: dict[str, float] | None = None
    margins: dict[str, float] | None = None
    holds: bool | None = None
    bracket: tuple[float, float] | None = None
    remarks: tuple[str, ...] = ()

    def residual(self) -> float:
        """Recompute the gains from the game, and the margins that should be zero at the critical factors.

        The largest difference in payoff units; punishment payoffs are taken as stated.
        """
        worst = 0.0
        unit = np.eye(len(self.profile), dtype=int)
        for i, name in enumerate(self.game.players):
            flow = float(self.game.payoffs[i][self.profile])
            others = [
                float(self.game.payoffs[i][tuple(np.array(self.profile) + unit[i] * (a - self.profile[i]))]) - flow
                for a in range(self.game.shape[i])
                if a != self.profile[i]
            ]
            worst = max(worst, abs(max(others, default=0.0) - self.gains[name]))
            factor = self.factors[name]
            if factor:
                row = Incentive(self.losses[name], self.gains[name], self.detection[name], periods=self.periods)
                worst = max(worst, abs(row.margin(factor)))
        return worst

    def __str__(self) -> str:
        words = ", ".join(self.game.label(self.profile))
        lines = [f"({words}), a deviation being answered by {self.punishment}:"]
        for name in self.game.players:
            factor = self.factors[name]
            if not self.deviations[name]:
                lines.append(f"  {name} has no other action.")
                continue
            need = "no discount factor below 1 is enough" if factor is None else f"kept from {number(factor)} on"
            lines.append(
                f"  {name}: {self.deviations[name]} gains {number(self.gains[name])} once and loses "
                f"{number(self.losses[name])} a period: {need} in this model."
            )
        return "\n".join([*lines, *self.remarks])


def critical_discount_factor(
    game: NormalFormGame,
    profile: Profile,
    punishment: Any = None,
    detection: Any = 1.0,
    periods: int | None = None,
    *,
    discounts: Any = None,
) -> CriticalFactor:
    """Find how patient each player must be to keep a profile, deviations being punished.

    With g the best one-off gain from deviating, u the payoff at the profile, p that under the punishment and q the
    probability that a deviation is detected: q (delta + ... + delta^T) (u - p) >= g; for ever,
    delta >= g / (g + q (u - p)). An undetected deviation has no consequence.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    profile : n action numbers, n names of actions, or a mapping from players to names
    punishment : optional
        None: for each deviator the Nash equilibrium that is worst for it. A profile or n strategies (also mixed): that,
        whoever deviates. A mapping from each player to such: what answers its deviation. "minmax": the least the
        others could hold it to, credible or not: with less patience than this *no* punishment supports the profile.
        "best": two players; the worst equilibrium of the repeated game (Abreu's optimal penal code).
    detection : number, sequence or mapping by player
        Probabilities.
    periods : int, optional
        Periods of punishment before the profile is taken up again; None for ever.
    discounts : number, sequence or mapping by player, optional
        Everybody's own discount factor: says whether the profile holds there.

    Returns
    -------
    CriticalFactor
        Exact rationals where the payoffs are rational and the punishment lasts for ever or one period.

    Raises
    ------
    GameError   for a profile that does not fit, probabilities outside [0, 1], discount factors outside [0, 1)

    Notes
    -----
    Only one-shot deviations need to be looked at (Mailath & Samuelson 2006, proposition 2.2.1). The most tempting one
    binds, since what follows is the same. "best" is found by bisection on the set of equilibrium payoffs, which
    grows with the discount factor; pure strategies with public randomisation, `bracket` says how closely.

    References
    ----------
    Friedman, J. (1971). A non-cooperative equilibrium for supergames. Review of Economic Studies 38, 1-12.
    Abreu, D. (1988). On the theory of infinitely repeated games with discounting. Econometrica 56, 383-396.

    Examples
    --------
    >>> import bargain as bg
    >>> names = [("restrain", "race")] * 2
    >>> first, second = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
    >>> dilemma = bg.NormalFormGame.from_bimatrix(first, second, ["A", "B"], names)
    >>> found = bg.critical_discount_factor(dilemma, ["restrain", "restrain"])
    >>> found.factor, found.exact["A"]
    (0.5, Fraction(1, 2))
    >>> print(bg.critical_discount_factor(dilemma, ["restrain", "restrain"], detection=0.25))
    (restrain, restrain), a deviation being answered by the Nash equilibrium worst for the deviator:
      A: race gains 2 once and loses 2 a period: kept from 0.8 on in this model.
      B: race gains 2 once and loses 2 a period: kept from 0.8 on in this model.
    """
    asked = checked_profile(game, profile)
    if periods is not None and (not isinstance(periods, int) or periods < 1):
        raise GameError(f"periods is {periods!r}: a punishment lasts a whole number of periods, or None for ever.")
    chances = per_player(game, detection, "detection")
    for name, q in chances.items():
        if not 0 <= q <= 1:
            raise GameError(f"The detection probability of {name} is {number(float(q))}, not between 0 and 1.")
    factors = None
    if discounts is not None:
        factors = per_player(game, discounts, "discount factor")
        for name, factor in factors.items():
            checked_factor(factor, f"The discount factor of {name}")
    if isinstance(punishment, str) and punishment == "best":
        if periods is not None or any(q != 1 for q in chances.values()):
            raise GameError(
                "The best punishment is computed for certain detection and punishments of any form: leave "
                "detection and periods out."
            )
        return _best(game, asked, chances, factors)
    punished, words, credible, remarks = punished_payoffs(game, punishment)
    return _assembled(game, asked, punished, words, credible, chances, periods, factors, remarks)


def checked_profile(game: NormalFormGame, profile: Profile) -> tuple[int, ...]:
    """Return the action numbers of a pure profile given by numbers or names."""
    if not isinstance(profile, Mapping | Sequence | np.ndarray) or isinstance(profile, str):
        raise GameError(f"The profile {profile!r} must name one action a player, by number or by name.")
    if isinstance(profile, Mapping) or any(isinstance(action, str) for action in profile):
        return game.profile(profile)  # type: ignore[arg-type]
    if not all(isinstance(action, int | np.integer) for action in profile):
        raise GameError(f"The profile {profile!r} must name one action a player; mixtures cannot be monitored.")
    found = tuple(int(action) for action in profile)
    game.label(found)
    return found


def per_player(game: NormalFormGame, given: Any, what: str) -> dict[str, Fraction]:
    """Return one rational a player from a number, a sequence or a mapping."""
    if isinstance(given, Mapping):
        wrong = [name for name in given if name not in game.players]
        wrong += [name for name in game.players if name not in given]
        if wrong:
            raise GameError(f"{what}: one number a player was expected; {wrong[0]!r} is missing or unknown.")
        given = [given[name] for name in game.players]
    elif not isinstance(given, Sequence | np.ndarray) or isinstance(given, str):
        given = [given] * game.n_players
    if len(given) != game.n_players:
        raise GameError(f"{what}: {len(given)} numbers for {game.n_players} players.")
    found = {}
    for name, value in zip(game.players, given, strict=True):
        try:
            found[name] = as_factor(value)
        except ValueError as error:
            raise GameError(f"The {what} of {name} {error}. A number was expected.") from None
    return found


def _payoff(game: NormalFormGame, player: int, strategies: Any) -> Any:
    """Expected payoff of a player, exact where both game and strategies are."""
    pure = all(isinstance(own, int | np.integer) for own in strategies)
    if pure:
        return (game.fractions if game.exact else game.payoffs)[player][tuple(strategies)]
    if game.exact and all(isinstance(p, Fraction) for own in strategies for p in np.ravel(np.array(own, dtype=object))):
        rows = [np.array(own, dtype=object) for own in strategies]
        return action_payoffs(game.fractions, rows, player) @ rows[player]
    return float(game.expected_payoffs(strategies)[player])


def punished_payoffs(game: NormalFormGame, punishment: Any) -> tuple[list[Any], str, bool, tuple[str, ...]]:
    """Each player's payoff under what answers its deviation; in words; whether that is an equilibrium; remarks."""
    if punishment is None:
        found = nash_equilibria(game, cross_check=False)
        if not len(found):
            raise GameError(
                "No equilibrium of the game was found to revert to. State a punishment, or ask for 'minmax' or 'best'."
            )
        options = [equilibrium.exact if equilibrium.exact else equilibrium.strategies for equilibrium in found]
        punished = [min(_payoff(game, i, option) for option in options) for i in range(game.n_players)]
        remarks = () if found.complete else ("Not all equilibria are known: a worse one would need less patience.",)
        return punished, "the Nash equilibrium worst for the deviator", True, remarks
    if isinstance(punishment, str):
        if punishment != "minmax":
            raise GameError(f"No punishment is called {punishment!r}. Known: minmax, best.")
        values = minmax_payoffs(game, "mixed" if game.n_players == 2 else "correlated")
        punished = list(values.exact or values.bounds.tolist())
        remark = (
            "With less patience no punishment of any kind supports the profile in this model: each player is sure of "
            "its minmax payoff by the mixture in minmax_payoffs().defences."
        )
        return punished, "the least the others could hold the deviator to", False, (remark,)
    if isinstance(punishment, Mapping) and set(punishment) == set(game.players):
        first = next(iter(punishment.values()))
        if not isinstance(first, str):
            each = [_strategies(game, punishment[name]) for name in game.players]
            words = "the equilibrium stated for the deviator"
            return _stated(game, each, words)
    stated = _strategies(game, punishment)
    if all(isinstance(own, int | np.integer) for own in stated):
        words = f"({', '.join(game.label(stated))})"
    else:
        words = "the stated mixed strategies"
    return _stated(game, [stated] * game.n_players, words)


def _strategies(game: NormalFormGame, given: Any) -> Any:
    given = getattr(given, "exact", None) or getattr(given, "strategies", given)
    if not isinstance(given, Mapping | Sequence | np.ndarray) or isinstance(given, str):
        raise GameError(f"The punishment {given!r} must hold one strategy a player, or be 'minmax' or 'best'.")
    if isinstance(given, Mapping) or any(isinstance(own, str) for own in given):
        return game.profile(given)  # type: ignore[arg-type]
    game.mixed([own if isinstance(own, int | np.integer) else np.array(own, dtype=float) for own in given])
    return tuple(given)


def _stated(game: NormalFormGame, each: list[Any], words: str) -> tuple[list[Any], str, bool, tuple[str, ...]]:
    punished = [_payoff(game, i, strategies) for i, strategies in enumerate(each)]
    floats = [[own if isinstance(own, int | np.integer) else np.array(own, dtype=float) for own in s] for s in each]
    largest = max(regret(game, strategies) for strategies in floats)
    credible = largest <= 1e-9 * max(1e-300, float(np.abs(game.payoffs).max()))
    remark = f"The punishment is no equilibrium: carrying it out leaves a regret of {number(largest)}."
    return punished, words, credible, () if credible else (remark,)


def _assembled(
    game: NormalFormGame,
    asked: tuple[int, ...],
    punished: Sequence[Any],
    words: str,
    credible: bool,
    chances: Mapping[str, Fraction],
    periods: int | None,
    factors: Mapping[str, Fraction] | None,
    remarks: tuple[str, ...] = (),
) -> CriticalFactor:
    table = game.fractions if game.exact else game.payoffs
    critical: dict[str, float | None] = {}
    exact: dict[str, Fraction | None] = {}
    intervals: dict[str, tuple[Interval, ...]] = {}
    deviations, gains, losses, margins = {}, {}, {}, {}
    for i, name in enumerate(game.players):
        column = table[i][(*asked[:i], slice(None), *asked[i + 1 :])]
        flow, q = column[asked[i]], chances[name]
        others = [action for action in range(game.shape[i]) if action != asked[i]]
        if not others:
            critical[name], exact[name], intervals[name] = 0.0, Fraction(0), ((0.0, 1.0),)
            deviations[name], gains[name], losses[name] = "", 0.0, float(flow - punished[i])
            margins[name] = 0.0
            continue
        tempting = max(others, key=lambda action: (column[action], -action))
        gain, loss = column[tempting] - flow, flow - punished[i]
        rational = isinstance(gain, Fraction) and isinstance(loss, Fraction)
        row = Incentive(float(loss), float(gain), float(q), periods=periods)
        tolerance = 0.0 if rational else 1e-12 * float(np.abs(game.payoffs[i]).max())
        intervals[name] = discount_factors_that_hold([row], tolerance)
        critical[name], exact[name] = critical_factor(intervals[name]), None
        if rational and critical[name] is not None:
            exact[name] = _exact_factor(gain, q * loss, periods)
            if exact[name] is not None:
                critical[name] = float(exact[name])  # type: ignore[arg-type]
        deviations[name], gains[name], losses[name] = game.actions[i][tempting], float(gain), float(loss)
        if factors is not None:
            at = factors[name] if rational else float(factors[name])
            chance = q if rational else float(q)
            margins[name] = incentive_margin(discount=at, detection=chance, gain=loss, temptation=gain, periods=periods)
            if not rational and abs(margins[name]) <= tolerance:
                margins[name] = 0.0
    binding = max(game.players, key=lambda name: _need(critical[name]))
    least = critical[binding]
    holds = None if factors is None else all(margin >= 0 for margin in margins.values())
    return CriticalFactor(
        game,
        asked,
        words,
        least,
        critical,
        exact,
        intervals,
        binding,
        deviations,
        gains,
        losses,
        {name: float(q) for name, q in chances.items()},
        periods,
        credible,
        None if factors is None else {name: float(value) for name, value in factors.items()},
        None if factors is None else {name: float(value) for name, value in margins.items()},
        holds,
        remarks=remarks,
    )


def _need(factor: float | None) -> float:
    """A critical factor to compare by: none below 1 is more than any."""
    return 2.0 if factor is None else factor


def _exact_factor(gain: Fraction, reach: Fraction, periods: int | None) -> Fraction | None:
    """The critical factor as a rational, where it is one by formula."""
    if gain <= 0:
        return Fraction(0)
    if periods is None:
        return gain / (gain + reach)
    return gain / reach if periods == 1 else None


def _best(
    game: NormalFormGame,
    asked: tuple[int, ...],
    chances: Mapping[str, Fraction],
    factors: Mapping[str, Fraction] | None,
) -> CriticalFactor:
    """Bisect on the worst equilibrium payoffs of the repeated game, which fall as the discount factor grows."""
    if game.n_players != 2:
        raise GameError(
            f"The best punishment is computed for two players; this game has {game.n_players}. "
            "punishment='minmax' bounds what any punishment can do, a stated one says what it does."
        )
    pure = minmax_payoffs(game, "pure")
    floor = _assembled(game, asked, pure.exact or pure.payoffs.tolist(), "the pure minmax", False, chances, None, None)
    unequal = factors is not None and len(set(factors.values())) > 1
    if unequal:
        raise GameError(
            "The best punishment is computed for equal discount factors; state a punishment for unequal ones."
        )
    if floor.factor is None:
        remark = (
            f"No punishment in pure strategies supports the profile in this model: pure strategies of the others leave "
            f"{floor.binding} at least what it has at the profile. punishment='minmax' says what mixed ones could do."
        )
        return replace(floor, remarks=(remark,), **_asked_at(factors, False))

    def at(delta: Fraction) -> CriticalFactor | None:
        """The profile under the worst equilibrium at a common discount factor; None without an equilibrium."""
        found = equilibrium_payoff_set(game, delta)
        if not len(found.vertices):
            return None
        worst: list[Any] = found.threat_point.tolist()
        if found.exact_vertices is not None:
            worst = [min(corner[i] for corner in found.exact_vertices) for i in (0, 1)]
        words = "the worst equilibrium of the repeated game"
        return _assembled(game, asked, worst, words, True, chances, None, dict.fromkeys(game.players, delta))

    def kept(found: CriticalFactor | None) -> bool:
        scale = 1e-9 * max(1e-300, float(np.abs(game.payoffs).max()))
        return found is not None and min((found.margins or {}).values()) >= -scale

    exact = [own for own in floor.exact.values() if own is not None]
    low = max(exact) if len(exact) == len(floor.exact) else as_factor(floor.factor)
    high, found = low, at(low)
    if not kept(found):
        high = 1 - Fraction(1, 10**6)
        found = at(high)
        if not kept(found):
            limit = float(high)
            remark = f"No punishment in pure strategies supports the profile at discount factors up to {number(limit)}."
            holds = factors is not None and kept(at(next(iter(factors.values()))))
            return replace(floor, factor=None, bracket=(limit, 1.0), remarks=(remark,), **_asked_at(factors, holds))
        while high - low > Fraction(1, 10**9):
            middle = as_factor(float((low + high) / 2))
            tried = at(middle)
            if kept(tried):
                high, found = middle, tried
            else:
                low = middle
    assert found is not None
    remark = (
        f"Below {number(float(low))} no punishment in pure strategies supports the profile in this model: "
        "the worst equilibrium of the repeated game is not bad enough."
    )
    remarks = (remark,) if low else ()
    result = replace(found, factor=float(high), bracket=(float(low), float(high)), remarks=remarks)
    if factors is None:
        return replace(result, discounts=None, margins=None, holds=None)
    own = next(iter(factors.values()))
    there = at(own)
    margins = None if there is None else there.margins
    return replace(result, discounts=dict.fromkeys(game.players, float(own)), margins=margins, holds=kept(there))


def _asked_at(factors: Mapping[str, Fraction] | None, holds: bool) -> dict[str, Any]:
    """What is said of the players' own discount factors, where these are given."""
    return {} if factors is None else {"discounts": {name: float(own) for name, own in factors.items()}, "holds": holds}
