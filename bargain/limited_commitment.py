"""Transfers between two parties when nobody enforces them: risk shared as far as promises can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._utilities import World, divided
from bargain.findings import number
from bargain.games import Floats
from bargain.payoff_sets import checked_factor

Regime = Literal["none", "partial", "full", "no agreement", "unfinished"]
TIE = 1e-11
ROUGH = 1e-7
"""Precision of the steps from full risk sharing, before the ends are refined."""
TRIES = frozenset(int(8 * 1.5**k) for k in range(60))
"""Steps after which refining is tried."""


@dataclass(frozen=True, eq=False)
class CredibleTransfers:
    """The constrained-efficient arrangement between two parties who can both walk away at any time.

    A state of the arrangement is the weight of party 1 relative to party 2. In each income state it must lie in an
    interval; it moves only when it must, to the nearest end (Thomas & Worrall 1988).

    Attributes
    ----------
    regime : "none", "partial", "full", "no agreement" or "unfinished"
        Full: some weight lies in all intervals, and risk is shared as if promises were enforced. None: nothing changes
        hands. No agreement: in some state what the two have alone is more than can be shared; no numbers then.
    discount : float
    weights : (S, 2) array
        Ends of the interval in each state: at the first party 1 is just held to the arrangement, at the second party 2.
    transfers : (S, 2) array
        What party 1 pays party 2 at these ends, in units of income.
    values : (2, S, 2) array
        Each party's utility at these ends, on average a period.
    outside_values : (2, S) array
        The same when it walks away for ever.
    iterations : int
    """

    regime: Regime
    discount: float
    weights: Floats
    transfers: Floats
    values: Floats
    outside_values: Floats
    iterations: int
    _world: World
    _ends: Floats

    @property
    def largest_transfers(self) -> Floats:
        """(2,): the most that each party can credibly be asked to pay in any state."""
        return np.array([max(float(self.transfers.max()), 0.0), max(float(-self.transfers.min()), 0.0)])

    def transfer(self, state: int, weight: float) -> float:
        """Return what party 1 pays in a state at a weight, moved into the state's interval first.

        Parameters
        ----------
        state : int
            Row of `incomes`, from 0.
        weight : float
            Of party 1 relative to party 2, above 0.

        Returns
        -------
        float
            In units of income; below zero where party 2 pays.
        """
        ends = self._ends[state]
        at = min(max(float(np.log(weight)), ends[0]), ends[1])
        world = self._world
        return float(world.incomes[state, 0] - divided(at, world.total[state], *world.utilities))

    def path(self, states: Sequence[int], weight: float = 1.0) -> list[tuple[float, float]]:
        """Return weight and transfer along a history of states.

        Parameters
        ----------
        states : sequence of int
        weight : float
            Before the first state.

        Returns
        -------
        list of (weight, transfer)
            One a state.
        """
        found, at = [], float(np.log(weight))
        for state in states:
            at = float(min(max(at, self._ends[state][0]), self._ends[state][1]))
            found.append((float(np.exp(at)), self.transfer(state, float(np.exp(at)))))
        return found

    def residual(self) -> float:
        """Recompute every value from the chain of weights and states: the largest broken promise or participation.

        In utility, on average a period. Weights that are ends of some interval, in every state, form a finite chain;
        its values are solved for anew and compared with those stated and with walking away.
        """
        if self.regime == "no agreement":
            return 0.0
        world, ends = self._world, self._ends
        nodes = np.concatenate([ends[:, 0], ends[:, 1]])
        count, states = len(nodes), len(ends)
        matrix = np.eye(count * states)
        flows = world.flows(nodes)
        for e in range(count):
            for s in range(states):
                for t in range(states):
                    to = t if nodes[e] < ends[t, 0] else states + t if nodes[e] > ends[t, 1] else e
                    matrix[e * states + s, to * states + t] -= self.discount * world.moves[s, t]
        worst = 0.0
        for i in (0, 1):
            solved = (1 - self.discount) * np.linalg.solve(matrix, flows[i].ravel()).reshape(count, states)
            for s in range(states):
                stated = [solved[s, s], solved[states + s, s]]
                worst = max(worst, float(np.abs(np.array(stated) - self.values[i, s]).max()))
                within = (nodes >= ends[s, 0]) & (nodes <= ends[s, 1])
                worst = max(worst, float(self.outside_values[i, s] - solved[within, s].min()))
        return worst

    def __str__(self) -> str:
        if self.regime == "no agreement":
            return "In some state the two parties have more alone than together: no agreement in this model."
        most = self.largest_transfers
        return (
            f"At a discount factor of {number(self.discount)} risk sharing is {self.regime}: party 1 can be relied on "
            f"for {number(float(most[0]))} at most, party 2 for {number(float(most[1]))}, in this model."
        )


def credible_transfers(
    incomes: npt.ArrayLike,
    transition: npt.ArrayLike,
    discount: Any,
    utilities: Any = "log",
    outside: npt.ArrayLike | None = None,
    *,
    max_iterations: int = 2000,
) -> CredibleTransfers:
    """Find the best transfers between two parties that both prefer, in every state, to walking away for ever.

    Party i consumes c_i, its income less what it pays, and has utility u_i(c_i). On the constrained-efficient frontier
    the ratio of marginal utilities `u_2'(c_2)/u_1'(c_1)` is a weight that stays where it was unless it leaves the
    interval from l_s to h_s of the state s; then it moves to the nearer end. At l_s party 1, at h_s party 2 has exactly
    what it has by walking away.

    Parameters
    ----------
    incomes : (S, 2) array
        What each party has in each of the S states, in units of consumption a period.
    transition : (S, S) array, or (S,) where states are drawn anew each period
        The probability of each state next period, a row for each state now.
    discount : number in [0, 1), the same for both
    utilities : "log", "linear", ("crra", gamma) or ("cara", a), one for both or a pair
        "crra" has marginal utility c^-gamma, "log" that with gamma 1, "cara" exp(-a c); at most one is linear.
    outside : (S, 2) array, optional
        What each has a period once it has walked away; its own income unless stated. Capabilities belong here: power
        that has been handed over for good raises what its recipient has alone, and shrinks what it can promise.
    max_iterations : int
        Steps after which the regime is called "unfinished".

    Returns
    -------
    CredibleTransfers

    Raises
    ------
    GameError   for tables that do not fit, two linear utilities, a discount factor outside [0, 1)

    Notes
    -----
    The iteration starts from full risk sharing. Weights take only the values of
    interval ends, so that one linear system in the 2S ends does. Steps bracket the ends from outside; Newton's method
    then refines them. Slow just above the factor at which sharing begins; `regime` may then be
    "unfinished", the intervals containing the true ones.

    References
    ----------
    Thomas, J., Worrall, T. (1988). Self-enforcing wage contracts. Review of Economic Studies 55, 541-554.
    Kocherlakota, N. (1996). Implications of efficient risk sharing without commitment. Review of Economic Studies 63.
    Ligon, E., Thomas, J., Worrall, T. (2002). Informal insurance arrangements with limited commitment. Review of
    Economic Studies 69, 209-244.

    Examples
    --------
    One party has three quarters of the income, either with equal chances.

    >>> import bargain as bg
    >>> states = [[0.75, 0.25], [0.25, 0.75]]
    >>> chances, factors = [0.5, 0.5], (0.45, 0.6, 0.75)
    >>> sharing = [bg.credible_transfers(states, chances, factor) for factor in factors]
    >>> [found.regime for found in sharing]
    ['none', 'partial', 'full']
    >>> print(sharing[1])
    At a discount factor of 0.6 risk sharing is partial: party 1 can be relied on for
    0.103401 at most, party 2 for 0.103401, in this model.
    """
    world, delta = World(incomes, transition, utilities, outside), float(checked_factor(discount))
    states = len(world.total)
    beyond = np.linalg.inv(np.eye(states) - delta * world.moves)
    alone = beyond @ world.alone.T
    autarky = world.autarky()
    span = world.span
    regime: Regime | None = None
    steps = 0
    if outside is None and delta * _radius(world) <= 1 + 1e-14:
        ends, regime = np.stack([autarky, autarky], axis=1), "none" if np.ptp(autarky) > TIE else "full"
    else:
        low, high = float(autarky.min()) - span, float(autarky.max()) + span
        ends = np.tile([low, high], (states, 1))
        held = np.hstack([alone.T, alone.T])
        regime = "unfinished"
        while steps < max_iterations:
            steps += 1
            new, held = _next_ends(world, delta, ends, held, alone, (low, high))
            crossed = new[:, 0] > new[:, 1]
            if (new[crossed, 0] - new[crossed, 1] > 1e-7).any():
                ends, regime = new, "no agreement"
                break
            new[crossed] = new[crossed].mean(axis=1, keepdims=True)
            ends = new
            if steps in TRIES and (found := _refined(world, delta, ends, alone)) is not None:
                ends = found
                regime = "full" if ends[:, 0].max() <= ends[:, 1].min() + TIE else "partial"
                break
    if regime == "no agreement":
        ends = np.full((states, 2), np.nan)
    first = divided(ends, world.total[:, None], *world.utilities)
    held = (
        _end_values(world, delta, ends) * (1 - delta) if regime != "no agreement" else np.full((2, 2 * states), np.nan)
    )
    return CredibleTransfers(
        regime,
        delta,
        np.exp(ends),
        np.where(ends == autarky[:, None], 0.0, world.incomes[:, :1] - first),
        np.stack([held[:, :states], held[:, states:]], axis=2),
        (1 - delta) * alone.T,
        steps,
        world,
        ends,
    )


def _radius(world: World) -> float:
    """The spectral radius of P times the greater growth of the two parties' marginal utilities in autarky."""
    logs = [u.log_marginal(world.incomes[:, i]) for i, u in enumerate(world.utilities)]
    growth = np.maximum(*(own[None, :] - own[:, None] for own in logs))
    return float(np.abs(np.linalg.eigvals(world.moves * np.exp(growth))).max())


def _rows(world: World, delta: float, ends: Floats, weights: Floats) -> tuple[Any, Any, Any]:
    """For each weight: (I - delta P inside)^-1, and which states move it to their lower or upper end."""
    below, above = weights[:, None] <= ends[:, 0], weights[:, None] >= ends[:, 1]
    above &= ~below
    inside = ~(below | above)
    matrices = np.eye(len(ends)) - delta * world.moves * inside[:, None, :]
    return np.linalg.inv(matrices), below, above


def _end_values(world: World, delta: float, ends: Floats) -> Floats:
    """(2, 2S): both parties' values at the lower, then at the upper ends, each in its own state."""
    states = len(ends)
    nodes = np.concatenate([ends[:, 0], ends[:, 1]])
    inverse, below, above = _rows(world, delta, ends, nodes)
    own = np.tile(np.arange(states), 2)
    rows = inverse[np.arange(2 * states), own]
    weights = delta * rows @ world.moves
    system = np.eye(2 * states) - np.hstack([weights * below, weights * above])
    right = np.einsum("es,ies->ei", rows, world.flows(nodes))
    return np.asarray(np.linalg.solve(system, right).T)


def _next_ends(
    world: World, delta: float, ends: Floats, held: Floats, alone: Floats, far: tuple[float, float]
) -> tuple[Floats, Floats]:
    """One step of the frontier: ends and what they are worth, given both from the next period on.

    `held` is (2, 2S), both parties' values at the lower, then at the upper ends. Who is just held to the arrangement
    has what it has alone; what the other one has at most falls from step to step, from full risk sharing on.
    """
    states = len(ends)
    kinks = np.unique(np.concatenate([ends.ravel(), far]))
    inverse, below, above = _rows(world, delta, ends, (kinks[1:] + kinks[:-1]) / 2)
    every = np.arange(states)
    later = [below * own[:states] + above * own[states:] for own in held]
    fixed = [delta * np.einsum("ksr,kr->ks", inverse @ world.moves, own) for own in later]
    new = np.empty_like(ends)
    after = np.hstack([alone.T, alone.T])
    for i in (0, 1):
        sign = 1 if i == 0 else -1
        # The value at the upper end of each piece, by that piece's own formula.
        tops = np.einsum("ksr,kr->ks", inverse, world.flows(kinks[1:])[i]) + fixed[i]
        over = sign * (tops - alone[:, i]) >= 0
        piece = np.where(over.any(axis=0), over.argmax(axis=0), len(kinks) - 2)
        low, high = kinks[piece], kinks[piece + 1]
        rows, constant = inverse[piece, every], fixed[i][piece, every] - alone[:, i]
        while (high - low > ROUGH).any():
            middle = (low + high) / 2
            value = np.einsum("sr,sr->s", rows, world.flows(middle)[i]) + constant
            reached = sign * value >= 0
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        new[:, i] = (low + high) / 2
        other = np.einsum("sr,sr->s", rows, world.flows(new[:, i])[1 - i]) + fixed[1 - i][piece, every]
        after[1 - i, i * states : (i + 1) * states] = other
    return new, after


def _refined(world: World, delta: float, rough: Floats, alone: Floats) -> Floats | None:
    """Solve by Newton's method for ends at which each party is exactly held; None unless that stays near `rough`.

    The rough ends contain the answer. Autarky is a solution too, never the answer here: widths must not collapse.
    """
    states = len(rough)

    def broken(x: Floats) -> Floats:
        held = _end_values(world, delta, x.reshape(2, states).T)
        return np.concatenate([held[0, :states] - alone[:, 0], held[1, states:] - alone[:, 1]]) * (1 - delta)

    x = rough.T.ravel()
    gap = broken(x)
    scale = 1e-14 * max(1.0, float(np.abs(alone).max()) * (1 - delta))
    for _ in range(30):
        slopes = np.empty((2 * states, 2 * states))
        for k in range(2 * states):
            moved = x.copy()
            moved[k] += 1e-6
            slopes[:, k] = (broken(moved) - gap) / 1e-6
        try:
            step = np.linalg.solve(slopes, gap)
        except np.linalg.LinAlgError:
            return None
        share = 1.0
        while share > 1e-3:
            new = x - share * step
            tried = broken(new)
            if np.abs(tried).max() < np.abs(gap).max():
                break
            share /= 2
        else:
            break
        x, gap = new, tried
        if np.abs(gap).max() <= scale:
            break
    ends = x.reshape(2, states).T
    width, before = ends[:, 1] - ends[:, 0], rough[:, 1] - rough[:, 0]
    outside = max(float((rough[:, 0] - ends[:, 0]).max()), float((ends[:, 1] - rough[:, 1]).max()))
    good = np.abs(gap).max() <= 100 * scale and outside <= 10 * ROUGH and (width >= before / 2).all()
    return np.array(ends) if good else None


@dataclass(frozen=True)
class SharingThresholds:
    """Discount factors between which credible transfers share part of the risk.

    Attributes
    ----------
    none_up_to : float or None
        Up to here nothing can be shared; None: nothing can at any below 1, or `outside` was stated.
    full_from : float or None
        From here on all risk can be shared; None: at none below 1.
    """

    none_up_to: float | None
    full_from: float | None


def sharing_thresholds(
    incomes: npt.ArrayLike, transition: npt.ArrayLike, utilities: Any = "log", outside: npt.ArrayLike | None = None
) -> SharingThresholds:
    """Return the discount factors at which credible risk sharing begins, and at which it becomes complete.

    It begins at 1/rho, rho the spectral radius of the matrix of `P_st max_i u_i'(y_i(t))/u_i'(y_i(s))`, with P_st the
    probability that state t follows s, y_i(s) the income of party i in s and u_i' its marginal utility: below, even the
    largest gain anybody could hand on is discounted away. It is complete where one division of all incomes is worth at
    least walking away to both parties in every state, found by bisection.

    Parameters
    ----------
    incomes, transition, utilities, outside : as for `credible_transfers`
        Where outside is stated, no formula for the beginning applies: `none_up_to` is None.

    Returns
    -------
    SharingThresholds

    References
    ----------
    Alvarez, F., Jermann, U. (2000). Efficiency, equilibrium, and asset pricing with risk of default. Econometrica 68:
    the condition for autarky.

    Examples
    --------
    >>> import bargain as bg
    >>> found = bg.sharing_thresholds([[0.75, 0.25], [0.25, 0.75]], [0.5, 0.5])
    >>> round(found.none_up_to, 6), round(found.full_from, 6)
    (0.5, 0.73814)
    """
    world = World(incomes, transition, utilities, outside)
    begins = None
    if outside is None:
        radius = _radius(world)
        begins = 1 / radius if radius > 1 + 1e-12 else None
    autarky = world.autarky()
    span = world.span

    def shared(delta: float) -> bool:
        beyond = np.linalg.inv(np.eye(len(world.total)) - delta * world.moves)
        ends = []
        for i in (0, 1):
            low = np.full(len(world.total), autarky.min() - span)
            high = np.full(len(world.total), autarky.max() + span)
            for _ in range(70):
                middle = (low + high) / 2
                gain = np.einsum("sr,sr->s", beyond, world.flows(middle)[i] - world.alone[i])
                reached = gain >= 0 if i == 0 else gain < 0
                low, high = np.where(reached, low, middle), np.where(reached, middle, high)
            ends.append((low + high) / 2)
        return bool(ends[0].max() <= ends[1].min() + TIE)

    low, high = 0.0, 1 - 1e-9
    if not shared(high):
        return SharingThresholds(begins, None)
    if shared(low):
        return SharingThresholds(begins, 0.0)
    while high - low > 1e-12 and low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if shared(middle) else (middle, high)
    return SharingThresholds(begins, high)
