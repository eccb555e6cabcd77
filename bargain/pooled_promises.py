"""Promises in several games at once: whoever breaks one loses all, so slack in one supports another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from bargain._lp import solve_lp
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import Floats, GameError, NormalFormGame
from bargain.payoff_sets import as_factor, checked_factor
from bargain.repeated import Incentive, critical_factor, discount_factors_that_hold
from bargain.triggers import Profile, checked_profile, critical_discount_factor

Payoffs = Mapping[str, Any]
MOST_CUTS = 500


@dataclass(frozen=True)
class Domain:
    """One of several games that the same players play side by side.

    Attributes
    ----------
    name : str
    kept, broken, punished : mapping from player to number
        A player's flow payoff when the promise is kept, in the period in which it breaks it, and afterwards. A player
        that is not named takes no part.
    value : number
        What keeping the promise in this domain is worth to whoever chooses domains, at least 0.
    """

    name: str
    kept: Payoffs
    broken: Payoffs
    punished: Payoffs
    value: Any = 1

    def __post_init__(self) -> None:
        if not set(self.kept) == set(self.broken) == set(self.punished):
            raise GameError(f"Domain {self.name!r}: kept, broken and punished must name the same players.")
        if not self.kept:
            raise GameError(f"Domain {self.name!r} has no players.")
        for what, table in (("kept", self.kept), ("broken", self.broken), ("punished", self.punished)):
            for player, value in (*table.items(), ("its value", self.value)):
                try:
                    as_factor(value)
                except ValueError as error:
                    raise GameError(
                        f"Domain {self.name!r}, {what}, {player}: {error}. A number was expected."
                    ) from None
        if as_factor(self.value) < 0:
            raise GameError(f"Domain {self.name!r} has a value of {self.value}: it is at least 0.")

    @classmethod
    def from_game(
        cls, name: str, game: NormalFormGame, profile: Profile, punishment: Any = None, value: Any = 1
    ) -> Domain:
        """Read a domain off a game, the profile asked for and what answers a deviation (`critical_discount_factor`).

        Parameters
        ----------
        name : str
        game : NormalFormGame
        profile : action numbers, names, or a mapping
        punishment : as for `critical_discount_factor`
        value : number
            What keeping the domain counts in `best_pool`.

        Returns
        -------
        Domain
        """
        asked = checked_profile(game, profile)
        found = critical_discount_factor(game, asked, punishment)
        kept = {player: float(game.payoffs[i][asked]) for i, player in enumerate(game.players)}
        return cls(
            name,
            kept,
            {player: kept[player] + found.gains[player] for player in game.players},
            {player: kept[player] - found.losses[player] for player in game.players},
            value,
        )


@dataclass(frozen=True)
class PooledPromise:
    """How patient players must be when promises in several domains stand and fall together.

    Attributes
    ----------
    domains : tuple of Domain
        As given.
    factor, alone_factor : float or None
        The critical discount factor of the player that needs most, pooled, and alone over all domains.
    pooled, alone : dict
        pooled[player], alone[domain][player]: critical discount factors; None: none below 1 is enough.
    exact : dict
        The pooled ones as rationals; None where they are not known as such.
    gains, losses : dict
        What each player gains once by breaking wherever that pays (else, negative, by the one breach that costs it
        least), and loses a period from then on; in units of `utility` where that was stated.
    """

    domains: tuple[Domain, ...]
    factor: float | None
    alone_factor: float | None
    pooled: dict[str, float | None]
    alone: dict[str, dict[str, float | None]]
    exact: dict[str, Fraction | None]
    gains: dict[str, float]
    losses: dict[str, float]

    def residual(self) -> float:
        """Recompute each player's margin at its pooled factor from gains and losses: it should be zero."""
        found = [
            (1 - factor) * self.gains[player] - factor * self.losses[player]
            for player, factor in self.pooled.items()
            if factor
        ]
        return max(map(abs, found), default=0.0)

    def __str__(self) -> str:
        def words(factor: float | None) -> str:
            return "no discount factor below 1" if factor is None else number(factor)

        return f"Pooled: {words(self.factor)}. Each domain alone: {words(self.alone_factor)}."


def pooled_critical_factor(domains: Sequence[Domain], utility: Callable[[float], float] | None = None) -> PooledPromise:
    """Find the critical discount factor of each player when a breach anywhere is answered everywhere.

    With gains g_k and losses l_k in domain k: alone g_k/(g_k + l_k); pooled sum g / (sum g + sum l), gains below zero
    left out, since nobody need break where it does not pay. Identical domains gain nothing from pooling; unequal ones
    lend each other slack. With a concave `utility` of the sum of a player's payoffs, even identical ones do.

    Parameters
    ----------
    domains : sequence of Domain
    utility : function of a total payoff, optional
        Increasing; the same for every player.

    Returns
    -------
    PooledPromise

    Raises
    ------
    GameError   without domains

    References
    ----------
    Bernheim, B. D., Whinston, M. D. (1990). Multimarket contact and collusive behavior. RAND Journal of Economics 21.
    Spagnolo, G. (1999). On interdependent supergames. Journal of Economic Theory 89, 127-139.

    Examples
    --------
    >>> import bargain as bg
    >>> def issue(name, gain, loss):
    ...     broken, punished = {"A": gain, "B": gain}, {"A": -loss, "B": -loss}
    ...     return bg.Domain(name, {"A": 0, "B": 0}, broken, punished)
    >>> found = bg.pooled_critical_factor([issue("chips", 2, 3), issue("safety", 3, 2)])
    >>> found.alone["chips"]["A"], found.alone["safety"]["A"], found.pooled["A"]
    (0.4, 0.6, 0.5)
    """
    chosen = _checked(domains)
    players = _players(chosen)
    pooled: dict[str, float | None] = {}
    exact: dict[str, Fraction | None] = {}
    gains, losses = {}, {}
    alone: dict[str, dict[str, float | None]] = {domain.name: {} for domain in chosen}
    for player in players:
        own = [domain for domain in chosen if player in domain.kept]
        rows = [tuple(as_factor(t[player]) for t in (d.kept, d.broken, d.punished)) for d in own]
        kept = sum(row[0] for row in rows)
        worth = _worth(utility)
        for domain, (keep, broken, punished) in zip(own, rows, strict=True):
            gain, loss = worth(kept - keep + broken) - worth(kept), worth(kept) - worth(kept - keep + punished)
            alone[domain.name][player] = _critical(gain, loss)[0]
        gain = worth(sum(max(row[0], row[1]) for row in rows)) - worth(kept)
        loss = worth(kept) - worth(sum(row[2] for row in rows))
        if all(row[1] < row[0] for row in rows):
            # Nobody is tempted anywhere; the least unattractive single breach is what could still pay.
            gain = max(worth(kept - row[0] + row[1]) - worth(kept) for row in rows)
        pooled[player], exact[player] = _critical(gain, loss)
        gains[player], losses[player] = float(gain), float(loss)
    return PooledPromise(
        chosen,
        _largest(pooled.values()),
        _largest(factor for own in alone.values() for factor in own.values()),
        pooled,
        alone,
        exact,
        gains,
        losses,
    )


def _worth(utility: Callable[[float], float] | None) -> Callable[[Any], Any]:
    return (lambda total: total) if utility is None else (lambda total: utility(float(total)))


def _critical(gain: Any, loss: Any) -> tuple[float | None, Fraction | None]:
    found = critical_factor(discount_factors_that_hold([Incentive(float(loss), float(gain))]))
    if found is None or not isinstance(gain, Fraction | int) or not isinstance(loss, Fraction | int):
        return found, None
    exact = Fraction(gain) / (gain + loss) if gain > 0 else Fraction(0)
    return float(exact), exact


def _largest(factors: Any) -> float | None:
    known = list(factors)
    return None if None in known else max(known, default=0.0)


def _checked(domains: Sequence[Domain]) -> tuple[Domain, ...]:
    chosen = tuple(domains)
    if not chosen or not all(isinstance(domain, Domain) for domain in chosen):
        raise GameError("A list of at least one Domain was expected.")
    names = [domain.name for domain in chosen]
    for position, name in enumerate(names):
        if name in names[:position]:
            raise GameError(f"Two domains are called {name!r}. Names must differ.")
    return chosen


def _players(domains: Sequence[Domain]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(player for domain in domains for player in domain.kept))


@dataclass(frozen=True)
class BestPool:
    """The domains of largest total value that one pooled promise sustains.

    Attributes
    ----------
    chosen : tuple of str
        Names of the domains; empty where none can be sustained.
    value, bound : float
        The sum of their values; no set is worth more than the bound.
    margins : dict
        What each player loses by breaking the whole pool once, on average a period, exact; at or above zero it keeps
        the promise.
    status : "found" or "unfinished" (a better set may exist)
    """

    chosen: tuple[str, ...]
    value: float
    bound: float
    margins: dict[str, Fraction]
    status: str

    def residual(self) -> float:
        """By how much the worst margin falls short of zero."""
        return float(max((-margin for margin in self.margins.values() if margin < 0), default=Fraction(0)))


def best_pool(domains: Sequence[Domain], discount: Any) -> BestPool:
    """Choose the domains of largest total value that one pooled promise sustains for every player.

    Player i with discount factor delta_i gains g_ik once by breaking domain k, and loses l_ik a period from then on.
    The set D has the largest sum of values such that, for every player i, sum over D of [delta_i l_ik - (1 - delta_i)
    max(g_ik, 0)] >= 0. Easy domains carry hard ones.

    Parameters
    ----------
    domains : sequence of Domain
    discount : number, or mapping by player

    Returns
    -------
    BestPool

    Raises
    ------
    GameError   for domains or discount factors that do not fit

    Notes
    -----
    A mixed-integer program by HiGHS, its answer checked in rationals: a set that rounding alone let through is cut off
    and the program solved again.

    Examples
    --------
    >>> import bargain as bg
    >>> def domain(name, gains, losses):
    ...     broken = dict(zip("AB", gains))
    ...     punished = {player: -loss for player, loss in zip("AB", losses)}
    ...     return bg.Domain(name, {"A": 0, "B": 0}, broken, punished)
    >>> unequal = [domain("chips", (1, 3), (3, 1)), domain("safety", (3, 1), (1, 3))]
    >>> bg.best_pool(unequal, 0.5).chosen, bg.best_pool(unequal, 0.49).chosen
    (('chips', 'safety'), ())
    """
    chosen = _checked(domains)
    players = _players(chosen)
    if isinstance(discount, Mapping):
        missing = [player for player in players if player not in discount]
        if missing:
            raise GameError(f"{missing[0]} has no discount factor.")
        factors = {player: checked_factor(discount[player]) for player in players}
    else:
        factors = dict.fromkeys(players, checked_factor(discount))
    slack = [[_slack(domain, player, factors[player]) for domain in chosen] for player in players]
    values = [as_factor(domain.value) for domain in chosen]
    picked, bound, status = _knapsack(slack, values)
    margins = {player: sum((row[k] for k in picked), Fraction(0)) for player, row in zip(players, slack, strict=True)}
    value = float(sum((values[k] for k in picked), Fraction(0)))
    return BestPool(tuple(chosen[k].name for k in picked), value, max(bound, value), margins, status)


def _slack(domain: Domain, player: str, delta: Fraction) -> Fraction:
    if player not in domain.kept:
        return Fraction(0)
    keep, broken, punished = (as_factor(t[player]) for t in (domain.kept, domain.broken, domain.punished))
    return delta * (keep - punished) - (1 - delta) * max(broken - keep, Fraction(0))


def _knapsack(slack: list[list[Fraction]], values: list[Fraction]) -> tuple[list[int], float, str]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    rows = np.array([[float(entry) for entry in row] for row in slack])
    rows /= np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-300)
    worth = np.array([float(value) for value in values])
    scale = float(worth.max()) or 1.0
    n = len(values)
    constraints = [LinearConstraint(rows, lb=-1e-9)]
    bound = float(sum(values))
    for _ in range(MOST_CUTS):
        answer = milp(
            -worth / scale,
            constraints=constraints,
            integrality=np.ones(n),
            bounds=Bounds(0, 1),
            options={"time_limit": 20},
        )
        if answer.x is None:
            break
        picked = [int(k) for k in np.flatnonzero(answer.x > 0.5)]
        bound = min(bound, -float(getattr(answer, "mip_dual_bound", answer.fun)) * scale)
        if all(sum(row[k] for k in picked) >= 0 for row in slack):
            return picked, bound, "found" if answer.status == 0 else "unfinished"
        signs = np.where(answer.x > 0.5, 1.0, -1.0)
        constraints.append(LinearConstraint(signs, ub=len(picked) - 1))
    return [], bound, "unfinished"


@dataclass(frozen=True)
class MarketShares:
    """Shares of several markets with which firms that meet in them need least patience to keep prices up.

    Attributes
    ----------
    factor : float
        The critical discount factor with the best shares.
    exact : Fraction or None
        The same where the program's answer could be proved in rationals.
    alone : dict
        Each market's own critical discount factor, with equal shares.
    shares : dict
        shares[market][firm], which add up to 1 in each market.
    prices : dict
        The weights on firms that prove that no shares do better.
    profits : dict
        Each market's joint profit a period, as given.
    """

    factor: float
    exact: Fraction | None
    alone: dict[str, float]
    shares: dict[str, dict[str, float]]
    prices: dict[str, float]
    profits: dict[str, float]

    def residual(self) -> float:
        """Recompute the gap between what the shares achieve and what the weights prove cannot be bettered."""
        keep = 1 - self.factor
        worst = max(abs(sum(own.values()) - 1) for own in self.shares.values())
        for firm in self.prices:
            total = sum(self.profits[m] for m, own in self.shares.items() if firm in own)
            have = sum(self.profits[m] * own[firm] for m, own in self.shares.items() if firm in own)
            worst = max(worst, keep * total - have)
        proved = sum(self.profits[m] * max(self.prices[f] for f in own) for m, own in self.shares.items())
        return max(worst, proved - keep)


def market_shares(markets: Mapping[str, tuple[Any, Sequence[str]]]) -> MarketShares:
    """Divide markets so that the firms in them need least patience to keep to the joint profit in all of them.

    Whoever undercuts takes a market's whole profit once and gets nothing from then on, everywhere. Firm i present in
    markets K_i keeps to it iff sum of its shares times profits >= (1 - delta) times the sum of the profits of K_i.
    The least delta is a linear program over the shares: firms present in several markets can leave more of the
    crowded one to those present only there.

    Parameters
    ----------
    markets : mapping from name to (profit, names of firms)

    Returns
    -------
    MarketShares

    Raises
    ------
    GameError     for a market that is no pair, is without firms, or has a profit that is not positive
    SolverError   if the program did not finish

    References
    ----------
    Bernheim, B. D., Whinston, M. D. (1990), section 4.

    Examples
    --------
    Two conglomerates in both markets, a local firm in one:

    >>> import bargain as bg
    >>> found = bg.market_shares({"A": (1, ["C1", "C2"]), "B": (1, ["C1", "C2", "local"])})
    >>> found.exact, round(found.alone["B"], 6), round(found.shares["B"]["local"], 6)
    (Fraction(3, 5), 0.666667, 0.4)
    """
    profits: dict[str, Fraction] = {}
    for name, pair in markets.items():
        if not isinstance(pair, Sequence) or len(pair) != 2 or isinstance(pair[1], str):
            raise GameError(f"Market {name!r} is {pair!r}: a pair of its profit and its list of firms was expected.")
        profit, firms = pair
        if not firms or len(set(firms)) != len(firms):
            raise GameError(f"Market {name!r} needs at least one firm, each named once.")
        try:
            profits[name] = as_factor(profit)
        except ValueError as error:
            raise GameError(f"The profit of market {name!r} {error}. A number was expected.") from None
        if profits[name] <= 0:
            raise GameError(f"The profit of market {name!r} is {profit}: it must be above 0.")
    if not markets:
        raise GameError("At least one market was expected.")
    firms = list(dict.fromkeys(firm for _, present in markets.values() for firm in present))
    cells = [(market, firm) for market, (_, present) in markets.items() for firm in present]
    totals = [sum((profits[m] for m, f in cells if f == firm), Fraction(0)) for firm in firms]
    n = len(cells) + 1
    rows, right = [], []
    for firm, total in zip(firms, totals, strict=True):
        rows.append([float(profits[m]) / float(total) if f == firm else 0.0 for m, f in cells] + [-1.0])
        right.append(0.0)
    for market in markets:
        rows.append([-1.0 if m == market else 0.0 for m, _ in cells] + [0.0])
        right.append(-1.0)
    cost = np.zeros(n)
    cost[-1] = -1.0
    answer = solve_lp(cost, np.array(rows), np.array(right), np.ones(n))
    if answer.x is None or answer.duals is None:
        raise SolverError("The linear program of market shares did not finish. Please report the markets.")
    keep = float(answer.x[-1])
    weights = [Fraction(float(w)).limit_denominator(10**6) / t for w, t in zip(answer.duals, totals, strict=False)]
    scale = sum((w * t for w, t in zip(weights, totals, strict=True)), Fraction(0)) or Fraction(1)
    prices = {firm: w / scale for firm, w in zip(firms, weights, strict=True)}
    shares = _filled(markets, cells, answer.x)
    have = {
        firm: sum((shares[c] * profits[c[0]] for c in cells if c[1] == firm), Fraction(0)) / total
        for firm, total in zip(firms, totals, strict=True)
    }
    proved = sum((profits[m] * max(prices[f] for f in present) for m, (_, present) in markets.items()), Fraction(0))
    exact = 1 - proved if proved == min(have.values()) else None
    return MarketShares(
        1 - keep if exact is None else float(exact),
        exact,
        {name: 1 - 1 / len(present) for name, (_, present) in markets.items()},
        {m: {f: float(shares[m, f]) for f in present} for m, (_, present) in markets.items()},
        {firm: float(price) for firm, price in prices.items()},
        {name: float(profit) for name, profit in profits.items()},
    )


def _filled(markets: Any, cells: list[tuple[str, str]], x: Floats) -> dict[tuple[str, str], Fraction]:
    """The shares as rationals that add up to one in every market, what is left over going to the largest."""
    shares = {cell: Fraction(float(part)).limit_denominator(10**6) for cell, part in zip(cells, x, strict=False)}
    for market in markets:
        own = [cell for cell in cells if cell[0] == market]
        largest = max(own, key=lambda cell: shares[cell])
        shares[largest] += 1 - sum(shares[cell] for cell in own)
    return shares
