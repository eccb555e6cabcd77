"""The core and its relatives: can the grand coalition be held together, by how much, or at what outside cost?

Every answer comes with its proof: an allocation that no coalition can beat, or balanced weights under which the
coalitions ask for more than there is (Bondareva 1963; Shapley 1967), as exact rationals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from bargain._exact_levels import solve_levels_exactly
from bargain._levels import Level, Outcome, solve_levels
from bargain.certificates import BalancedWeights
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import Floats
from bargain.properties import excess
from bargain.tu import (
    EXACT_PLAYERS,
    TOLERANCE,
    CoalitionalGame,
    Exact,
    Property,
    Worths,
    as_game,
    as_payoffs,
    subset_sums,
    tie,
)


@dataclass(frozen=True, eq=False)
class LeastCore:
    """The least largest excess over all proper coalitions, and an allocation that has it.

    Attributes
    ----------
    game : CoalitionalGame
    epsilon : float
        At or below zero exactly where the core is not empty; minus infinity for a single player.
    payoffs : (n,) read-only array of float, or None if the solver did not finish
    certificate : BalancedWeights or None
        Prove that no allocation has a lower largest excess: epsilon is their `bound`. None for a single player.
    exact_epsilon : Fraction or None
    exact : tuple of Fraction, or None
        Epsilon and the payoffs as exact rationals, where worths are rational and the players are at most ten.
    """

    game: CoalitionalGame = field(repr=False)
    epsilon: float
    payoffs: Floats | None
    certificate: BalancedWeights | None
    exact_epsilon: Fraction | None = None
    exact: Exact | None = None

    def residual(self) -> float:
        """Return the distance of the payoffs' largest excess, and of the certificate's bound, from epsilon."""
        if self.payoffs is None:
            return float("inf")
        worst, gap = _largest(self.game, self.exact or self.payoffs)
        epsilon = self.epsilon if self.exact_epsilon is None else self.exact_epsilon
        if self.certificate is None:
            return float(gap)
        return float(max(gap, abs(worst - epsilon), abs(float(self.certificate.bound - Fraction(epsilon)))))

    def verify(self) -> bool:
        """Whether the payoffs have the largest excess epsilon, and the certificate proves that none is lower."""
        balanced = self.certificate is None or self.certificate.verify()
        return balanced and self.residual() <= (0 if self.exact else TOLERANCE * self.game.scale)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        return {
            "epsilon": self.epsilon if np.isfinite(self.epsilon) else None,
            "payoffs": _named(self.game, self.payoffs),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
        }

    def __str__(self) -> str:
        if self.payoffs is None:
            return "Least core: the solver did not finish."
        epsilon = number(self.epsilon) if self.exact_epsilon is None else str(self.exact_epsilon)
        return f"Least core: largest excess {epsilon}, e.g. at {_listed(self.game, self.exact or self.payoffs)}"


@dataclass(frozen=True, eq=False)
class Core:
    """Whether some allocation gives every coalition at least its worth, and why.

    Attributes
    ----------
    game : CoalitionalGame
    nonempty : True, False, or None if the solver did not finish
    payoffs : (n,) read-only array of float, or None where the core is empty
        A point of the core; one of the least core, so that every coalition has as much to lose as possible.
    balanced_weights : BalancedWeights or None
        Where the core is empty: their weighted worths exceed v(N).
    epsilon : float
        The least largest excess over proper coalitions.
    exact : tuple of Fraction, or None
    """

    game: CoalitionalGame = field(repr=False)
    nonempty: bool | None
    payoffs: Floats | None
    balanced_weights: BalancedWeights | None
    epsilon: float
    exact: Exact | None = None

    def __bool__(self) -> bool:
        return bool(self.nonempty)

    def verify(self) -> bool:
        """Recompute the proof from the worths: exactly where the core is empty or worths are rational."""
        if self.nonempty is None:
            return False
        if self.balanced_weights is not None:
            return not self.nonempty and self.balanced_weights.verify() and self.balanced_weights.shortfall > 0
        return bool(self.nonempty and is_in_core(self.game, self.exact or self.payoffs))

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        weights = self.balanced_weights
        return {
            "nonempty": self.nonempty,
            "payoffs": _named(self.game, self.payoffs),
            "balanced_weights": None if weights is None else weights.to_dict(),
            "epsilon": self.epsilon if np.isfinite(self.epsilon) else None,
        }

    def __str__(self) -> str:
        if self.nonempty is None:
            return "Core: undecided, the solver did not finish."
        if self.nonempty:
            remark = " (a tie within tolerance)" if self.epsilon > 0 else ""
            return f"Core: not empty{remark}, e.g. {_listed(self.game, self.exact or self.payoffs)}"
        assert self.balanced_weights is not None
        short = self.balanced_weights.shortfall
        return (
            f"Core: empty. Under the balanced weights {self.balanced_weights} the coalitions ask for "
            f"{short if self.game.exact else number(float(short))} more than there is."
        )


class StabilityCost(float):
    """The outside money needed, a float, with what proves it.

    Attributes
    ----------
    game : CoalitionalGame
    exact : Fraction or None
    payoffs : (n,) read-only array of float
        They add up to v(N) plus the cost, and no coalition can beat them.
    balanced_weights : BalancedWeights or None
        Prove that less will not do. None where the cost is 0.
    """

    game: CoalitionalGame
    exact: Fraction | None
    payoffs: Floats
    balanced_weights: BalancedWeights | None

    def residual(self) -> float:
        """Return by how much the payoffs miss their sum or some worth, and the weights the cost."""
        worths, cost = self.game.values, float(self)
        worst, _ = _largest(self.game, self.payoffs)
        gaps = [worst, abs(float(self.payoffs.sum()) - cost - float(worths[-1]))]
        if self.balanced_weights is not None:
            gaps.append(abs(float(self.balanced_weights.shortfall) - cost))
        return float(max(gaps))

    def verify(self) -> bool:
        """Whether the payoffs hold all coalitions and the weights prove that less money could not."""
        balanced = self.balanced_weights is None or self.balanced_weights.verify()
        return balanced and self.residual() <= TOLERANCE * self.game.scale

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        weights = self.balanced_weights
        return {
            "cost": float(self),
            "payoffs": _named(self.game, self.payoffs),
            "balanced_weights": None if weights is None else weights.to_dict(),
        }

    def __str__(self) -> str:
        cost = number(float(self)) if self.exact is None else str(self.exact)
        return f"Cost of stability: {cost}, e.g. to pay {_listed(self.game, self.payoffs)}"


def least_core(v: Worths) -> LeastCore:
    """Return the least epsilon such that some allocation of v(N) leaves no proper coalition an excess above it.

    epsilon = min over x with x(N) = v(N) of max over proper S of v(S) - x(S), x(S) being what x gives S together. It
    may be negative: then every coalition loses by leaving, at least minus epsilon.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    LeastCore

    Raises
    ------
    GameError   for worths that make no game

    Notes
    -----
    A linear program in n + 1 variables whose rows are generated as needed, solved by HiGHS; in rationals where worths
    are rational and n is at most 10.

    References
    ----------
    Maschler, M., Peleg, B., Shapley, L. S. (1979). Geometric properties of the kernel, nucleolus, and related
    solution concepts. Mathematics of Operations Research 4, 303-338.

    Examples
    --------
    >>> import bargain as bg
    >>> least = bg.least_core([0, 0, 0, 1, 0, 1, 1, 1])
    >>> print(least)
    Least core: largest excess 1/3, e.g. at player 1 1/3, player 2 1/3, player 3 1/3
    >>> print(least.certificate)
    1/2 {player 1, player 2}, 1/2 {player 1, player 3}, 1/2 {player 2, player 3}
    """
    game = as_game(v)
    if game.n_players == 1:
        return LeastCore(game, float("-inf"), _floats(game.values[1:]), None, None, _exact(game, game.best[1:]))
    outcome = first_level(game)
    if outcome.payoffs is None:
        return LeastCore(game, float("nan"), None, None)
    weights = balanced(game, outcome.levels[0])
    exact_epsilon = outcome.epsilon if game.decides_exactly else None
    payoffs = _floats(outcome.payoffs)
    return LeastCore(game, float(outcome.epsilon), payoffs, weights, exact_epsilon, _exact(game, outcome.payoffs))


def core(v: Worths) -> Core:
    """Decide whether the core is empty, and prove it either way.

    The core holds the allocations of v(N), the worth of all players together, that give every coalition S at least its
    worth v(S). It is not empty iff v(N) is at least the sum of w_S v(S) for all balanced weights w, which are at or
    above 0 and add up to 1 over the coalitions of each player (Bondareva 1963; Shapley 1967).

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Core
        With `payoffs` in the core, or `balanced_weights` that show it is empty.

    Raises
    ------
    GameError   for worths that make no game

    Notes
    -----
    Rational worths are decided exactly. Floats that miss by less than 1e-9 of the largest worth count as a tie, and
    the core as not empty.

    References
    ----------
    Bondareva, O. N. (1963). Some applications of linear programming methods to the theory of cooperative games.
    Shapley, L. S. (1967). On balanced sets and cores. Naval Research Logistics Quarterly 14, 453-460.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.core([0, 0, 0, 60, 0, 60, 60, 90]))
    Core: not empty, e.g. player 1 30, player 2 30, player 3 30
    >>> nothing = bg.core([0, 0, 0, 60, 0, 60, 60, 84])
    >>> nothing.nonempty, nothing.verify(), dict(nothing.balanced_weights)
    (False, True, {3: Fraction(1, 2), 5: Fraction(1, 2), 6: Fraction(1, 2)})
    """
    game = as_game(v)
    least = least_core(game)
    if least.payoffs is None:
        return Core(game, None, None, None, least.epsilon)
    weights = least.certificate
    short = Fraction(0) if weights is None else weights.shortfall
    if short > (0 if game.exact else Fraction(tie(game))):
        return Core(game, False, None, weights, least.epsilon)
    return Core(game, True, least.payoffs, None, least.epsilon, least.exact)


def is_in_core(v: Worths, payoffs: Any) -> Property:
    """Whether an allocation shares v(N) and gives every coalition at least its worth.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    payoffs : (n,) array, or an Allocation

    Returns
    -------
    Property
        `margin` is the least that a proper coalition has to lose; the witness `{"coalition": S}` is that with the
        largest excess, or the grand one where the payoffs do not add up to v(N).

    Notes
    -----
    Floats that miss by less than 1e-9 of the largest worth count as a tie; rationals are compared exactly.

    Examples
    --------
    >>> import bargain as bg
    >>> bool(bg.is_in_core([0, 0, 0, 0.1, 0, 0.1, 0.1, 0.3], [0.1, 0.1, 0.1]))
    True
    >>> print(bg.is_in_core([0, 0, 0, 1, 0, 1, 1, 1], [0.5, 0.25, 0.25]))
    In the core: no. {player 2, player 3} get 0.5 and could make 1 alone.
    """
    game = as_game(v)
    x = as_payoffs(game, payoffs)
    gaps, exact = _gaps(game, x)
    slack = 0 if exact else TOLERANCE * game.scale
    if abs(gaps[-1]) > slack:
        words = f"The payoffs add up to {number(float(x.sum()))}, and there is {number(float(game.values[-1]))}"
        return Property("In the core", False, -abs(float(gaps[-1])), {"coalition": game.grand}, words)
    if game.n_players == 1:
        return Property("In the core", True, float("inf"))
    worst = int(np.argmax(gaps[1:-1])) + 1
    if gaps[worst] <= slack:
        return Property("In the core", True, -float(gaps[worst]))
    worth = float(game.values[worst])
    words = f"{game.label(worst)} get {number(worth - float(gaps[worst]))} and could make {number(worth)} alone"
    return Property("In the core", False, -float(gaps[worst]), {"coalition": worst}, words)


def is_balanced(v: Worths) -> Property:
    """Whether v(N) is at least every balanced sum of the coalitions' worths: whether the core is not empty.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Property
        `margin` is the least by which v(N) exceeds a balanced sum over proper coalitions; the witness
        `{"weights": {coalition: weight}}` is a balanced sum above v(N).

    Raises
    ------
    SolverError   if the linear program did not finish

    Examples
    --------
    >>> import bargain as bg
    >>> answer = bg.is_balanced([0, 0, 0, 60, 0, 60, 60, 84])
    >>> answer.margin, answer.witness["weights"][3]
    (-6.0, Fraction(1, 2))
    """
    game = as_game(v)
    if game.n_players == 1:
        return Property("Balanced", True, float("inf"))
    weights, _, _ = _dearest(game)
    margin = -weights.shortfall
    if margin >= (0 if game.exact else -Fraction(tie(game))):
        return Property("Balanced", True, float(margin))
    words = f"{weights} make {number(-float(margin))} more than the grand coalition"
    return Property("Balanced", False, float(margin), {"weights": dict(weights)}, words)


def cost_of_stability(v: Worths) -> StabilityCost:
    """Return the least outside money, paid only if all stay together, that leaves no coalition a reason to leave.

    The least delta >= 0 such that some x has x(N) = v(N) + delta and x(S) >= v(S) for all S, x(S) being what x gives S
    together; 0 iff the core is not empty.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    StabilityCost
        A float, with the `payoffs` it buys and the `balanced_weights` that prove it.

    Raises
    ------
    GameError     for worths that make no game
    SolverError   if the linear program did not finish

    Notes
    -----
    n times the least largest excess a head: what leaves every coalition without an excess once each of the n players
    is paid that.

    References
    ----------
    Bachrach, Y., Elkind, E., Meir, R., Pasechnik, D., Zuckerman, M., Rothe, J., Rosenschein, J. S. (2009). The cost
    of stability in coalitional games. SAGT 2009, 122-134.

    Examples
    --------
    >>> import bargain as bg
    >>> cost = bg.cost_of_stability([0, 0, 0, 1, 0, 1, 1, 1])
    >>> print(cost)
    Cost of stability: 1/2, e.g. to pay player 1 0.5, player 2 0.5, player 3 0.5
    >>> float(cost), cost.verify()
    (0.5, True)
    """
    game = as_game(v)
    weights: BalancedWeights | None = None
    payoffs: Any = game.best[1:]
    a_head: Any = Fraction(0)
    if game.n_players > 1:
        weights, payoffs, a_head = _dearest(game)
        if weights.shortfall <= (0 if game.exact else Fraction(tie(game))):
            weights, a_head = None, a_head * 0
        else:
            payoffs = [share + a_head for share in payoffs]
    exact = Fraction(game.n_players * a_head) if game.decides_exactly else None
    cost = StabilityCost(game.n_players * a_head)
    cost.game, cost.exact, cost.payoffs, cost.balanced_weights = game, exact, _floats(payoffs), weights
    return cost


def first_level(game: CoalitionalGame, *, per_capita: bool = False) -> Outcome:
    """Solve the first level, exactly where that is asked for or the program in floats did not finish."""
    if not game.decides_exactly:
        outcome = solve_levels(game, per_capita=per_capita, first=True)
        if outcome.payoffs is not None or game.n_players > EXACT_PLAYERS:
            return outcome
    return solve_levels_exactly(game, per_capita=per_capita, first=True)


def balanced(game: CoalitionalGame, level: Level) -> BalancedWeights:
    """Return the weights of a first level scaled so that those of every player's coalitions add up to 1."""
    one = sum((w for mask, w in zip(level.coalitions, level.weights, strict=True) if mask & 1), Fraction(0))
    return BalancedWeights(game, {m: w / one for m, w in zip(level.coalitions, level.weights, strict=True)})


def _dearest(game: CoalitionalGame) -> tuple[BalancedWeights, Any, Any]:
    """The balanced weights of the largest sum, payoffs, and the subsidy a head that makes these hold."""
    outcome = first_level(game, per_capita=True)
    if outcome.payoffs is None:
        raise SolverError("The linear program of the balanced weights did not finish. Please report the game.")
    return balanced(game, outcome.levels[0]), outcome.payoffs, outcome.epsilon


def _gaps(game: CoalitionalGame, x: Any) -> tuple[Any, bool]:
    """All excesses, and whether they are exact."""
    if x.dtype == object and game.decides_exactly:
        return game.fractions - subset_sums(x), True
    gaps = excess(game, x)
    return gaps, gaps.dtype == object


def _largest(game: CoalitionalGame, payoffs: Any) -> tuple[Any, Any]:
    """The largest excess of a proper coalition, and by how much the payoffs miss v(N)."""
    gaps, _ = _gaps(game, as_payoffs(game, payoffs))
    return (gaps[1:-1].max() if len(gaps) > 2 else -abs(gaps[-1])), abs(gaps[-1])


def _floats(payoffs: Any) -> Floats:
    floats = np.array([float(share) for share in payoffs])
    floats.flags.writeable = False
    return floats


def _exact(game: CoalitionalGame, payoffs: Any) -> Exact | None:
    return tuple(payoffs) if game.decides_exactly else None


def _named(game: CoalitionalGame, payoffs: Floats | None) -> dict[str, float] | None:
    return None if payoffs is None else dict(zip(game.players, payoffs.tolist(), strict=True))


def _listed(game: CoalitionalGame, payoffs: Any) -> str:
    shares = (str(share) if isinstance(share, Fraction) else number(share) for share in payoffs)
    return ", ".join(f"{player} {share}" for player, share in zip(game.players, shares, strict=True))
