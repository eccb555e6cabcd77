"""Bargaining: which of the outcomes that players can reach together they settle on.

A bargaining problem is a feasible set of payoffs and a disagreement point, what each player has without agreement.
Four rules pick one outcome that leaves nobody below it. Every answer carries what proves it and checks itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._convex import solve_convex, solve_transfers, split_surplus
from bargain._feasible import Answer, ConvexSet, FeasibleSet, Points, Rule, as_feasible, one_each
from bargain._polygon import solve_outcomes, solve_polygon
from bargain._tables import Tabular
from bargain.findings import number
from bargain.games import Floats, GameError

__all__ = [
    "BargainingSolution",
    "ConvexSet",
    "egalitarian",
    "kalai_smorodinsky",
    "nash_bargaining",
    "utilitarian",
]


@dataclass(frozen=True, eq=False, kw_only=True)
class BargainingSolution(Answer, Tabular):
    """The outcome that a rule picks, what proves it, or why there is none.

    Attributes
    ----------
    rule : "Nash", "Kalai-Smorodinsky", "egalitarian" or "utilitarian"
    feasible : Points or ConvexSet
        What the players can reach together.
    weights : (n,) array
        The players' bargaining weights, all above 0.
    players : tuple of str
    status : str
        "solved"; "some cannot gain" (they are held at disagreement, the others bargain); "no gain" (nobody can:
        payoffs are the disagreement point's); "not rational" (every outcome leaves somebody below disagreement);
        "empty", "unbounded", "unfinished". Payoffs are None in the last four.
    why : str
        A sentence for any status but "solved".
    payoffs, disagreement, ideal : (n,) arrays of float
        `ideal` is the most each player can have while nobody is below disagreement.
    lottery : (k,) array or None
        Probabilities of the listed outcomes that give the payoffs (before transfers).
    decision : dict or None
        Values of the cvxpy variables, by name.
    transfers : (n,) array or None
        What each player receives on top of the outcome's payoffs; they add up to 0.
    normals : tuple of (n,) arrays
        Prices of the players' payoffs at which no feasible point is worth more: for Nash and utilitarian one that
        satisfies the first-order condition; for the other rules one for each step of the lexicographic refinement
        (over a curved set the last steps may have none, where the frontier is vertical).
    alternatives : (m, n) array or None
        For a list of outcomes without lotteries: all that the rule leaves tied.
    """

    rule: Rule
    feasible: FeasibleSet = field(repr=False)
    disagreement: Floats
    weights: Floats
    players: tuple[str, ...]

    @property
    def gains(self) -> Floats | None:
        """What each player has beyond disagreement."""
        return None if self.payoffs is None else self.payoffs - self.disagreement

    @property
    def relative_gains(self) -> Floats | None:
        """Each player's gain as a share of the most it could gain; 0 where it cannot gain."""
        if self.payoffs is None or self.ideal is None:
            return None
        most = self.ideal - self.disagreement
        return np.divide(self.payoffs - self.disagreement, most, out=np.zeros_like(most), where=most > 0)

    def residual(self) -> float:
        """Recompute the answer's properties and return the largest violation, as a share of the ideal gains.

        That the payoffs can be reached (the lottery's mean, the constraints at the decision), that nobody loses, that
        no feasible point lies beyond the supporting hyperplanes, and that these are the ones that the rule demands,
        given the ideal point. Infinite where there are no payoffs. numpy alone for points; for a `ConvexSet` each
        hyperplane is tested by a convex program of its own.
        """
        if self.payoffs is None or self.ideal is None:
            return float("inf")
        gains, most = self.payoffs - self.disagreement, self.ideal - self.disagreement
        size = np.where(most > 0, most, self.feasible.spread(self.disagreement))
        wrong = [*(-gains / size), *self._reached_wrongly(size)]
        if self.transfers is not None:
            surplus = self.feasible.support(np.ones(len(gains))) - self.disagreement.sum()
            wanted = surplus * split_surplus(self.rule, self.weights)
            wrong += [abs(self.transfers.sum()) / size[0], *(np.abs(gains - wanted) / size)]
        elif isinstance(self.feasible, Points) and not self.normals:
            again = solve_outcomes(self.rule, self.feasible, self.disagreement, self.weights)
            wrong.append(0.0 if again.payoffs is not None and (again.payoffs == self.payoffs).all() else np.inf)
        else:
            worth = [float(normal @ size) for normal in self.normals]
            beyond = [self.feasible.support(normal) - float(normal @ self.payoffs) for normal in self.normals]
            wrong += [excess / total for excess, total in zip(beyond, worth, strict=True)]
            wrong.append(self._prices_wrongly(gains, most))
        return float(max([0.0, *wrong]))

    def _reached_wrongly(self, size: Floats) -> list[float]:
        assert self.payoffs is not None
        outcome = self.payoffs if self.transfers is None else self.payoffs - self.transfers
        if isinstance(self.feasible, ConvexSet):
            assert self.decision is not None
            values, violation = self.feasible.at(self.decision)
            return [*((outcome - values) / size), violation]
        assert self.lottery is not None
        away = np.abs(self.lottery @ self.feasible.points - outcome) / size
        return [*away, -self.lottery.min(), abs(self.lottery.sum() - 1)]

    def _prices_wrongly(self, gains: Floats, most: Floats) -> float:
        """How far the prices are from those the rule demands of a player who gains."""
        if not (most > 0).any():
            return 0.0
        if self.rule in ("Nash", "utilitarian"):
            value = self.normals[0] * (gains if self.rule == "Nash" else most)
            wanted = self.weights * (1.0 if self.rule == "Nash" else most)
            share = np.divide(gains, most, out=np.zeros_like(most), where=most > 0)
            weight = (most > 0) if self.rule == "Nash" else share
            return float((np.abs(value - wanted) * weight).max() / wanted.max())
        shares = self.weights * (most if self.rule == "Kalai-Smorodinsky" else 1.0)
        equal = np.divide(gains, shares, out=np.zeros_like(gains), where=shares > 0)
        top, settled, wrong = float(equal.max()) or 1.0, shares <= 0, 0.0
        for normal in self.normals:
            now = ~settled & (normal > 0)
            if now.any():
                wrong = max(wrong, float(equal[now].max() - equal[~settled].min()) / top)
            settled |= now
        return wrong if settled.all() or isinstance(self.feasible, ConvexSet) else float("inf")

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row a player: what it has without agreement, what it gets, and its gain; None without payoffs."""
        absent = [None] * len(self.players)
        payoffs, gains = (absent if each is None else each.tolist() for each in (self.payoffs, self.gains))
        columns = zip(self.players, self.disagreement.tolist(), payoffs, gains, strict=True)
        keys = ("player", "disagreement", "payoff", "gain")
        return [dict(zip(keys, row, strict=True)) for row in columns]

    def to_dict(self) -> dict[str, Any]:
        """Return the solution as plain data, players by name."""

        def named(values: Floats | None) -> dict[str, float] | None:
            return None if values is None else dict(zip(self.players, values.tolist(), strict=True))

        return {
            "rule": self.rule,
            "status": self.status,
            "why": self.why,
            "payoffs": named(self.payoffs),
            "disagreement": named(self.disagreement),
            "ideal": named(self.ideal),
            "gains": named(self.gains),
            "weights": named(self.weights),
            "transfers": named(self.transfers),
            "lottery": None if self.lottery is None else self.lottery.tolist(),
            "decision": None if self.decision is None else {k: v.tolist() for k, v in self.decision.items()},
            "alternatives": None if self.alternatives is None else self.alternatives.tolist(),
        }

    def __str__(self) -> str:
        title = f"{self.rule} solution: {self.status}"
        lines = [title if not self.why else f"{title}. {self.why}"]
        if self.payoffs is not None:
            for i, player in enumerate(self.players):
                words = f"  {player} has {number(self.payoffs[i])}, without agreement {number(self.disagreement[i])}"
                if self.transfers is not None:
                    verb = "receives" if self.transfers[i] >= 0 else "pays"
                    words += f"; it {verb} {number(abs(self.transfers[i]))}"
                lines.append(words)
        if self.alternatives is not None and len(self.alternatives) > 1:
            lines.append(f"  {len(self.alternatives)} outcomes are tied; this is the one with the most equal gains.")
        return "\n".join(lines)


def nash_bargaining(
    feasible: npt.ArrayLike | ConvexSet,
    disagreement: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    transfers: bool = False,
    lotteries: bool = True,
    players: Sequence[str] | None = None,
) -> BargainingSolution:
    """Maximise the weighted product of gains, prod (u_i - d_i)^w_i.

    Parameters
    ----------
    feasible : (k, n) array, or ConvexSet
        The payoffs of k outcomes to n players, or a convex set of payoffs.
    disagreement : (n,) array
        What each player has without agreement, in the unit of its payoffs.
    weights : (n,) array, default all 1
        Bargaining power, above 0; only ratios matter.
    transfers : bool
        Whether money can be paid between players, payoffs then being in one currency. Each gains its weight's share
        of the surplus, the largest sum of payoffs less the sum of disagreement.
    lotteries : bool
        Whether players may draw lots between listed outcomes, so that the feasible set is their convex hull.
    players : n names, optional

    Returns
    -------
    BargainingSolution

    Raises
    ------
    GameError   for a wrong shape, a number that is not finite, a weight that is not above 0

    Notes
    -----
    Two players over a polygon: closed form, edge by edge. More players or a ConvexSet: cvxpy (Clarabel) in gains
    scaled by the ideal point; over points then polished by Newton's method. Without lotteries the product is
    compared outcome by outcome; if none makes everybody gain, as many as possible do. Other ties go to the
    outcome with the most equal relative gains. Over a ConvexSet payoffs are good to about 1e-9 of the ideal gains;
    to 1e-7 with exponential cones, where some player cannot gain, and for the sum of payoffs over a curved set,
    the top of which is flat.

    References
    ----------
    Nash (1950), The bargaining problem, Econometrica 18; Kalai (1977), Nonsymmetric Nash solutions, International
    Journal of Game Theory 6; Kaneko (1980), An extension of the Nash bargaining problem, Theory and Decision 12
    (no lotteries).

    Examples
    --------
    >>> import bargain as bg
    >>> bg.nash_bargaining([[0, 4], [3, 3], [4, 0]], [0, 1]).payoffs.tolist()
    [3.0, 3.0]
    >>> payoffs, alone, states = [[100, 0, 0]], [10, 20, 40], ["US", "EU", "China"]
    >>> print(bg.nash_bargaining(payoffs, alone, transfers=True, players=states))
    Nash solution: solved
      US has 20, without agreement 10; it pays 80
      EU has 30, without agreement 20; it receives 30
      China has 50, without agreement 40; it receives 50
    """
    return _solve("Nash", feasible, disagreement, weights, transfers, lotteries, players)


def kalai_smorodinsky(
    feasible: npt.ArrayLike | ConvexSet,
    disagreement: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    transfers: bool = False,
    lotteries: bool = True,
    players: Sequence[str] | None = None,
) -> BargainingSolution:
    """Give every player the same share of the most it could gain, as large a share as possible.

    Gains are proportional to w_i (ideal_i - d_i), where ideal_i is the most that i can have while nobody is below
    disagreement. Where that point is not efficient, the least share is made as large as possible, then the second
    least, and so on (lexicographic refinement; Imai 1983), so that nothing is left on the table. Errors
    and methods are those of `nash_bargaining`.

    Parameters
    ----------
    feasible, disagreement, weights, transfers, lotteries, players
        As for `nash_bargaining`.

    Returns
    -------
    BargainingSolution

    References
    ----------
    Kalai & Smorodinsky (1975), Other solutions to Nash's bargaining problem, Econometrica 43; Imai (1983),
    Individual monotonicity and lexicographic maxmin solution, Econometrica 51.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.kalai_smorodinsky([[0, 0], [0, 1], [3, 0]], [0, 0]).payoffs.tolist()
    [1.5, 0.5]
    """
    return _solve("Kalai-Smorodinsky", feasible, disagreement, weights, transfers, lotteries, players)


def egalitarian(
    feasible: npt.ArrayLike | ConvexSet,
    disagreement: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    transfers: bool = False,
    lotteries: bool = True,
    players: Sequence[str] | None = None,
) -> BargainingSolution:
    """Give every player the same gain, or gains proportional to weights, as large as possible.

    Where equal gains are not efficient the least is made as large as possible, then the second least, and so on
    (lexicographic refinement; Chun & Peters 1988). Payoffs are compared between players, so they need a common
    unit. Errors and methods are those of `nash_bargaining`.

    Parameters
    ----------
    feasible, disagreement, weights, transfers, lotteries, players
        As for `nash_bargaining`.

    Returns
    -------
    BargainingSolution

    References
    ----------
    Kalai (1977), Proportional solutions to bargaining situations, Econometrica 45; Chun & Peters (1988), The
    lexicographic egalitarian solution, Cahiers du CERO 30.

    Examples
    --------
    The second player cannot have more than 1; that is no reason for the first to stop there:

    >>> import bargain as bg
    >>> bg.egalitarian([[0, 0], [0, 1], [2, 1], [2, 0]], [0, 0]).payoffs.tolist()
    [2.0, 1.0]
    """
    return _solve("egalitarian", feasible, disagreement, weights, transfers, lotteries, players)


def utilitarian(
    feasible: npt.ArrayLike | ConvexSet,
    disagreement: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    transfers: bool = False,
    lotteries: bool = True,
    players: Sequence[str] | None = None,
) -> BargainingSolution:
    """Maximise the weighted sum of payoffs, sum w_i u_i, among outcomes that leave nobody below disagreement.

    If several outcomes have the greatest sum, the one with the most equal relative gains is taken (over a
    ConvexSet: any of them). With transfers the whole surplus goes to the players with the largest weight, in equal
    parts. Errors and methods are those of `nash_bargaining`.

    Parameters
    ----------
    feasible, disagreement, weights, transfers, lotteries, players
        As for `nash_bargaining`.

    Returns
    -------
    BargainingSolution

    References
    ----------
    Thomson (1981), Nash's bargaining solution and utilitarian choice rules, Econometrica 49.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.utilitarian([[0, 4], [3, 3], [5, 0]], [0, 0]).payoffs.tolist()
    [3.0, 3.0]
    """
    return _solve("utilitarian", feasible, disagreement, weights, transfers, lotteries, players)


def _solve(
    rule: Rule,
    feasible: npt.ArrayLike | ConvexSet,
    disagreement: npt.ArrayLike,
    weights: npt.ArrayLike | None,
    transfers: bool,
    lotteries: bool,
    players: Sequence[str] | None,
) -> BargainingSolution:
    own = as_feasible(feasible, lotteries)
    n = own.n_players
    point = one_each(disagreement, n, "disagreement")
    power = one_each(np.ones(n) if weights is None else weights, n, "weights")
    if not (power > 0).all():
        raise GameError(f"The weights {power.tolist()} are not all above 0. Leave out a player that has no say.")
    names = tuple(players) if players is not None else tuple(f"player {i + 1}" for i in range(n))
    if len(set(names)) != n or len(names) != n:
        raise GameError(f"There are {n} players, so {n} different names are needed, not {list(names)}.")
    if transfers:
        answer = solve_transfers(rule, own, point, power)
    elif isinstance(own, Points) and (n == 1 or len(own.points) == 1 or not own.lotteries):
        answer = solve_outcomes(rule, own, point, power)
    elif isinstance(own, Points) and n == 2:
        answer = solve_polygon(rule, own, point, power)
    else:
        answer = solve_convex(rule, own, point, power)
    return BargainingSolution(**vars(answer), rule=rule, feasible=own, disagreement=point, weights=power, players=names)
