"""Transfers that hold a coalition of signatories together, and the outside money needed where none do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._margins import member_gains
from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import GameError
from bargain.membership import TOLERANCE

Numbers = float | Sequence[float] | npt.NDArray[np.float64]
"""One number for all players, or one each."""


@dataclass(frozen=True, eq=False)
class TransferScheme:
    """Who receives and who pays in a coalition, and whether that holds it together.

    Attributes
    ----------
    game : MembershipGame
    kind : str
        How the transfers were found.
    coalition : int
        Bit mask of the members.
    transfers : (n,) read-only array
        What each player receives; negative what it pays.
    payoffs : (n,) read-only array
        What each player has after the transfers.
    surplus : float
        What all members together gain by staying in, each against leaving alone.
    outside : float
        The money that comes from outside, at least 0; it is the shortfall of the members' own.
    internal : float
        The least any member gains by staying in, transfers counted.
    external : float
        The least that a coalition with one more player would lack to keep all its members and the newcomer, by
        sharing its own surplus; infinite for the grand coalition. At 0 or above nobody is worth taking in.
    blocking : int or None
        Where the scheme was to be in the core: the group of members that gains most, or loses least, by leaving
        together, as a bit mask.
    excess : float or None
        What that group gains by leaving together, everyone else then acting singly.
    """

    game: MembershipGame
    kind: Literal["almost-ideal sharing", "least-cost transfers", "gamma-core transfers"]
    coalition: int
    transfers: Floats
    payoffs: Floats
    surplus: float
    outside: float
    internal: float
    external: float
    blocking: int | None = None
    excess: float | None = None

    @property
    def tolerance(self) -> float:
        """Margins up to this are ties."""
        return TOLERANCE * self.game.scale * self.game.n_players

    @property
    def shortfall(self) -> float:
        """The outside money needed so that transfers keep every member in; 0 where the members' own suffices."""
        return max(self.outside, -self.surplus, 0.0)

    @property
    def holds(self) -> bool:
        """Whether nobody leaves and no group of members does, without any money from outside."""
        kept = self.excess is None or self.excess <= self.tolerance
        return self.outside <= self.tolerance and self.internal >= -self.tolerance and kept

    def residual(self) -> float:
        """Recompute payoffs, budget, margins and excess from the game; return the largest difference."""
        game, members = self.game, np.array(self.game.members(self.coalition), dtype=int)
        before, leaving = game.at(self.coalition), game.after_moving(self.coalition)[members]
        payoffs = before + self.transfers
        wrong = [np.abs(payoffs - self.payoffs).max(), abs(self.transfers.sum() - self.outside)]
        wrong.append(abs((payoffs[members] - leaving).min() - self.internal))
        wrong.append(abs((before[members] - leaving).sum() - self.surplus))
        wrong.append(np.abs(np.delete(self.transfers, members)).max(initial=0.0))
        if self.blocking is not None and self.excess is not None:
            group = np.array(game.members(self.blocking))
            wrong.append(abs((game.at(self.blocking) - payoffs)[group].sum() - self.excess))
        return float(max(wrong))

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as plain data, players by name."""
        names = self.game.players
        return {
            "kind": self.kind,
            "coalition": [names[i] for i in self.game.members(self.coalition)],
            "transfers": dict(zip(names, self.transfers.tolist(), strict=True)),
            "payoffs": dict(zip(names, self.payoffs.tolist(), strict=True)),
            "surplus": self.surplus,
            "outside": self.outside,
            "shortfall": self.shortfall,
            "internal": self.internal,
            "external": self.external if np.isfinite(self.external) else None,
            "blocking": None if self.blocking is None else [names[i] for i in self.game.members(self.blocking)],
            "excess": self.excess,
            "holds": self.holds,
        }

    def __str__(self) -> str:
        lines = [f"{self.game.label(self.coalition)}, {self.kind}: {'holds' if self.holds else 'does not hold'}"]
        for i in self.game.members(self.coalition):
            amount = float(self.transfers[i])
            words = f"{'receives' if amount >= 0 else 'pays'} {number(abs(amount))}"
            lines.append(f"  {self.game.players[i]} {words}, has {number(float(self.payoffs[i]))}")
        if self.shortfall > self.tolerance:
            lines.append(f"  The members' own money falls short by {number(self.shortfall)}.")
        if self.excess is not None and self.excess > self.tolerance and self.blocking is not None:
            lines.append(f"  {self.game.label(self.blocking)} gains {number(self.excess)} by leaving together.")
        return "\n".join(lines)


def sharing_scheme(game: MembershipGame, coalition: Coalition, weights: Numbers | None = None) -> TransferScheme:
    """Give every member what it would have outside, and a share of what is left.

    The almost-ideal sharing scheme: member i ends with pi_i(S without i) + lambda_i * sigma(S), sigma(S) being the
    sum over members of pi_i(S) - pi_i(S without i). It keeps S together exactly if any transfers do, namely if
    sigma(S) >= 0, and then S with the highest welfare of these is left alone by everyone outside.

    Parameters
    ----------
    game : MembershipGame
    coalition : bit mask, or members
    weights : n numbers or one a member, optional
        Shares lambda, at least 0, scaled to sum to 1 over the members. Default: equal.

    Returns
    -------
    TransferScheme

    Raises
    ------
    GameError   for an empty coalition, or weights that are negative, all zero or of the wrong number

    References
    ----------
    Eyckmans, J., Finus, M. (2004). An almost ideal sharing scheme for coalition games with externalities. FEEM
    working paper 155.2004.
    Weikard, H.-P. (2009). Cartel stability under an optimal sharing rule. The Manchester School 77, 575-593.

    Examples
    --------
    >>> game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]], players=["North", "South"])
    >>> print(sharing_scheme(game, ["North", "South"]))
    {North, South}, almost-ideal sharing: holds
      North receives 1.5, has 3.5
      South pays 1.5, has 3.5
    """
    mask, members = _chosen(game, coalition)
    staying, leaving = game.at(mask)[members], game.after_moving(mask)[members]
    wanted = leaving + _shares(game, weights, members) * (staying - leaving).sum()
    return _scheme(game, "almost-ideal sharing", mask, wanted - staying, outside=0.0)


def least_cost_transfers(
    game: MembershipGame, coalition: Coalition, caps: Numbers | None = None, *, core: bool = False
) -> TransferScheme:
    """Keep a coalition together with as little money as possible.

    Every member whose payoff in S is below what it has by leaving receives the difference; it is paid by those that
    gain, in proportion to what each can credibly pay: its gain, or its cap if that is less. Whatever these cannot
    pay has to come from outside.

    Parameters
    ----------
    game : MembershipGame
    coalition : bit mask, or members
    caps : number, n numbers, or one a member, optional
        The most that each can credibly promise to pay, e.g. from `credible_caps`. Default: all it gains.
    core : bool
        Also ask that no group of members gains by leaving together, everyone else then acting singly.

    Returns
    -------
    TransferScheme
        `outside` is the least money needed from outside the coalition, max(0, -sigma(S)) without caps or core.

    Raises
    ------
    GameError     for an empty coalition, or caps that are negative or of the wrong number
    SolverError   if the linear program of the core is not solved

    Notes
    -----
    With `core` a linear program over the members' receipts, its rows added as they are violated: the 2**s groups of
    members are scanned once a round.

    References
    ----------
    Bachrach, Y. et al. (2009). The cost of stability in coalitional games. SAGT 2009, 122-134.
    Chander, P., Tulkens, H. (1997). The core of an economy with multilateral environmental externalities.
    International Journal of Game Theory 26, 379-401.

    Examples
    --------
    >>> game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]], players=["North", "South"])
    >>> print(least_cost_transfers(game, ["North", "South"]))
    {North, South}, least-cost transfers: holds
      North receives 1, has 3
      South pays 1, has 4
    >>> least_cost_transfers(game, ["North", "South"], caps=0.25).outside
    0.75
    """
    mask, members = _chosen(game, coalition)
    needs = (game.after_moving(mask) - game.at(mask))[members]
    can_pay = np.maximum(-needs, 0.0)
    if caps is not None:
        limits = _per_member(game, caps, members, "caps", finite=False)
        if not limits.min() >= 0:
            raise GameError(f"caps are at least 0, got {limits.tolist()}.")
        can_pay = np.minimum(can_pay, limits)
    least = np.where(needs > 0, needs, -can_pay)
    if core:
        least = least + _core_receipts(game, mask, members, least)
    outside = max(0.0, float(least.sum()))
    # Money left over goes back to those who pay, in proportion.
    paid, received = np.maximum(-least, 0.0), np.maximum(least, 0.0)
    if paid.sum() > received.sum():
        paid *= received.sum() / paid.sum()
    return _scheme(game, "least-cost transfers", mask, received - paid, outside=outside, core=core)


def gamma_core_transfers(game: MembershipGame, weights: Numbers | None = None) -> TransferScheme:
    """Share what the grand coalition gains over no cooperation, in proportion to the weights.

    Every player ends with its payoff under no cooperation and a share of the gain. With linear damages and weights
    equal to the marginal damages this is the scheme of Chander and Tulkens, which lies in the gamma core: no group
    gains by leaving together when everyone else then acts singly. `excess` and `blocking` tell whether it does.

    Parameters
    ----------
    game : MembershipGame
    weights : n numbers, optional
        At least 0, scaled to sum to 1. Default: equal.

    References
    ----------
    Chander, P., Tulkens, H. (1997). The core of an economy with multilateral environmental externalities.
    International Journal of Game Theory 26, 379-401, theorem 1.

    Examples
    --------
    >>> game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]], players=["North", "South"])
    >>> gamma_core_transfers(game).payoffs.tolist()
    [3.5, 3.5]
    """
    mask, members = _chosen(game, game.n_coalitions - 1)
    together, apart = game.at(mask), game.at(0)
    wanted = apart + _shares(game, weights, members) * (together - apart).sum()
    return _scheme(game, "gamma-core transfers", mask, wanted - together, outside=0.0, core=True)


def credible_caps(
    game: MembershipGame,
    coalition: Coalition,
    discount: Numbers,
    *,
    detection: Numbers = 1.0,
    escrow: Numbers = 0.0,
    guarantee: Numbers = 0.0,
) -> Floats:
    """Return the most that each member can credibly promise to pay each period, (n,), 0 for outsiders.

    With G what the member gains by staying in, K = detection * escrow what it loses when caught not paying, delta
    its discount factor, q the probability of detection, gamma that of a guarantor's stepping in:
    (delta q G + (1 - delta) K) / ((1 - delta)(1 - gamma) + delta q).

    Raises
    ------
    GameError   for a discount factor outside [0, 1), a probability outside [0, 1], a negative escrow

    Examples
    --------
    >>> game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]], players=["North", "South"])
    >>> credible_caps(game, ["North", "South"], discount=0.5).tolist()
    [0.0, 1.0]
    """
    mask, members = _chosen(game, coalition)
    given = {"discount": discount, "detection": detection, "escrow": escrow, "guarantee": guarantee}
    delta, q, stock, gamma = (_per_member(game, value, members, name) for name, value in given.items())
    if delta.min() < 0 or delta.max() >= 1:
        raise GameError(f"A discount factor is at least 0 and below 1, got {delta.tolist()}.")
    if min(q.min(), gamma.min()) < 0 or max(q.max(), gamma.max()) > 1 or stock.min() < 0:
        raise GameError("detection and guarantee are probabilities, and an escrow is at least 0.")
    gain = (game.at(mask) - game.after_moving(mask))[members]
    free = (1 - delta) * (1 - gamma) + delta * q
    kept = delta * q * gain + (1 - delta) * q * stock
    caps = np.zeros(game.n_players)
    caps[members] = np.divide(np.maximum(kept, 0.0), free, out=np.full(len(members), np.inf), where=free > 0)
    return caps


def outside_money(game: MembershipGame, caps: Numbers | None = None) -> Floats:
    """Return the least outside money with which transfers keep each coalition together, (2**n,).

    Parameters
    ----------
    game : MembershipGame
    caps : number or n numbers, optional
        The most that each player can credibly promise to pay. Default: all it gains.

    Examples
    --------
    >>> game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]])
    >>> outside_money(game).tolist(), outside_money(game, caps=0.25).tolist()
    ([0.0, 1.0, 1.0, 0.0], [0.0, 1.0, 1.0, 0.75])
    """
    limits = np.full(game.n_players, np.inf)
    if caps is not None:
        limits = _per_member(game, caps, np.arange(game.n_players), "caps", finite=False)
    balance = np.zeros(game.n_coalitions)
    for i, inside, _, gains in member_gains(game):
        total = inside(balance)
        total += np.minimum(gains, limits[i])
    return np.maximum(-balance, 0.0)


def best_coalition(
    game: MembershipGame, objective: npt.ArrayLike | None = None, caps: Numbers | None = None
) -> TransferScheme | None:
    """Find the coalition that transfers can hold together without outside money and that is best for an objective.

    Parameters
    ----------
    game : MembershipGame
    objective : (2**n,) array, optional
        What is to be as large as possible. Default: all players' payoffs together.
    caps : number or n numbers, optional
        The most that each player can credibly promise to pay. Default: all it gains.

    Returns
    -------
    TransferScheme or None
        The almost-ideal sharing scheme of that coalition, with caps the least-cost transfers; None where no
        coalition of two or more can be held.

    Examples
    --------
    >>> game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]], players=["North", "South"])
    >>> best = best_coalition(game)
    >>> best.game.label(best.coalition), best.payoffs.tolist()
    ('{North, South}', [3.5, 3.5])
    """
    values = game.welfare if objective is None else np.asarray(objective, dtype=float)
    if values.shape != (game.n_coalitions,):
        raise GameError(f"objective has shape {values.shape}; one number for each of {game.n_coalitions} coalitions.")
    masks = np.arange(game.n_coalitions)
    held = (outside_money(game, caps) <= TOLERANCE * game.scale) & (masks & (masks - 1) != 0)
    if not held.any():
        return None
    best = int(masks[held][np.argmax(values[held])])
    return sharing_scheme(game, best) if caps is None else least_cost_transfers(game, best, caps)


def _chosen(game: MembershipGame, coalition: Coalition) -> tuple[int, npt.NDArray[np.int64]]:
    mask = game.mask(coalition)
    if not mask:
        raise GameError("The empty coalition has nobody to pay or to be paid.")
    return mask, np.array(game.members(mask))


def _per_member(
    game: MembershipGame, values: Numbers, members: npt.NDArray[np.int64], what: str, *, finite: bool = True
) -> Floats:
    """One number for each member, given as one for all, one a player or one a member."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise GameError(f"{what} must be numbers, got {values!r}.") from None
    if numbers.ndim == 0:
        numbers = np.full(len(members), float(numbers))
    elif numbers.shape == (game.n_players,):
        numbers = numbers[members]
    if numbers.shape != (len(members),):
        raise GameError(f"{what} has shape {numbers.shape}: one number, one a player or one a member is needed.")
    if np.isnan(numbers).any() or (finite and np.isinf(numbers).any()):
        raise GameError(f"{what} must be finite numbers, got {numbers.tolist()}.")
    return numbers


def _shares(game: MembershipGame, weights: Numbers | None, members: npt.NDArray[np.int64]) -> Floats:
    """The weights of the members, scaled to sum to 1; equal where none are given."""
    shares = np.ones(len(members)) if weights is None else _per_member(game, weights, members, "weights")
    if shares.min() < 0 or shares.sum() <= 0:
        raise GameError(f"weights are at least 0 and not all 0, got {shares.tolist()}.")
    scaled: Floats = shares / shares.sum()
    return scaled


def _groups(game: MembershipGame, members: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.bool_], Floats, Any]:
    """All groups of members but the empty one and all of them: who is in, their worths alone, and their masks."""
    inside = np.arange(1, (1 << len(members)) - 1)[:, None] >> np.arange(len(members)) & 1 == 1
    masks = inside @ (1 << members)
    worths = np.where(inside, game.payoffs[masks][:, members], 0.0).sum(axis=1)
    return inside, worths, masks


def _core_receipts(game: MembershipGame, mask: int, members: npt.NDArray[np.int64], least: Floats) -> Floats:
    """The cheapest receipts, at least 0, on top of `least` that leave no group better off alone."""
    from bargain._lp import solve_lp

    extra = np.zeros(len(members))
    scale = game.scale or 1.0
    inside, worths, _ = _groups(game, members)
    needs = (worths - inside @ (game.at(mask)[members] + least)) / scale
    chosen = np.empty(0, dtype=int)
    while needs.size:
        missing = needs - inside @ extra
        worst = np.setdiff1d(np.argsort(-missing)[: 3 * len(members)], chosen)
        worst = worst[missing[worst] > TOLERANCE]
        if not worst.size:
            break
        chosen = np.append(chosen, worst)
        solution = solve_lp(np.ones(len(members)), inside[chosen].astype(float), needs[chosen])
        if solution.x is None:
            raise SolverError(f"The linear program of the core of {game.label(mask)} ended {solution.status}.")
        extra = solution.x
    # What rounding in the linear program has left open, at most some units of the last digit.
    extra += max(0.0, float((needs - inside @ extra).max(initial=0.0)))
    return extra * scale


def _scheme(
    game: MembershipGame,
    kind: Literal["almost-ideal sharing", "least-cost transfers", "gamma-core transfers"],
    mask: int,
    receipts: Floats,
    *,
    outside: float,
    core: bool = False,
) -> TransferScheme:
    members = np.array(game.members(mask))
    transfers = np.zeros(game.n_players)
    transfers[members] = receipts
    payoffs, leaving = game.at(mask) + transfers, game.after_moving(mask)[members]
    larger = [_surplus(game, mask | 1 << j) for j in range(game.n_players) if not mask >> j & 1]
    blocking, excess = None, None
    if core and len(members) > 1:
        inside, worths, masks = _groups(game, members)
        excesses = worths - inside @ payoffs[members]
        blocking, excess = int(masks[np.argmax(excesses)]), float(excesses.max())
    for values in (transfers, payoffs):
        values.flags.writeable = False
    return TransferScheme(
        game,
        kind,
        mask,
        transfers,
        payoffs,
        surplus=_surplus(game, mask),
        outside=outside,
        internal=float((payoffs[members] - leaving).min()),
        external=-max(larger, default=-np.inf),
        blocking=blocking,
        excess=excess,
    )


def _surplus(game: MembershipGame, mask: int) -> float:
    return float((game.at(mask) - game.after_moving(mask))[list(game.members(mask))].sum())
