"""Rules that divide what a coalition of signatories gains: almost-ideal, Nash bargaining, Shapley, nucleolus."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.errors import SolverError
from bargain.games import GameError, known
from bargain.nucleoli import nucleolus, prenucleolus
from bargain.payments import Numbers, Players, chosen, group_worths, groups, shares
from bargain.transfers import Kind, TransferScheme, most_tempted, weighed
from bargain.tu import Allocation, CoalitionalGame, subset_sums
from bargain.values import shapley_value

Rule = Literal["almost-ideal", "nash", "shapley", "nucleolus"]
Apart = Literal["free-rider", "gamma", "remainder"]
KINDS: dict[Rule, Kind] = {
    "almost-ideal": "almost-ideal sharing",
    "nash": "Nash bargaining shares",
    "shapley": "Shapley shares",
    "nucleolus": "nucleolus shares",
}


@dataclass(frozen=True, eq=False)
class SharingScheme(TransferScheme):
    """Transfers that divide a coalition's payoffs by a rule; they sum to zero.

    `game`, `kind`, `coalition`, `transfers`, `payoffs`, `surplus`, `internal` and `external` are those of
    `TransferScheme`; `outside` is 0. `blocking` and `excess` speak of the group that its worth in `apart` tempts most;
    None for free-rider payoffs, of which `internal` speaks, and for a member alone.

    Attributes
    ----------
    rule : "almost-ideal", "nash", "shapley" or "nucleolus"
    apart : (2**s,) read-only array
        What each group of members has without the rest, in the order of bit masks over the members; the last is what
        all members have together.
    weights : (s,) array or None
        The shares lambda of the gain, for rules that know weights.
    division : Allocation or None
        The Shapley value or the nucleolus of what groups gain over their members' worths alone, with its check.
    """

    rule: Rule = field(kw_only=True)
    apart: Floats = field(kw_only=True, repr=False)
    weights: Floats | None = field(kw_only=True)
    division: Allocation | None = field(kw_only=True, repr=False)

    @property
    def gain(self) -> float:
        """What there is to divide: what the members have together less what each has on its own, v(S) - sum v(i)."""
        return float(self.apart[-1] - self._alone.sum())

    def residual(self) -> float:
        """Recompute everything from the game, and the division by another way; return the largest difference."""
        own = self.payoffs[list(self.game.members(self.coalition))]
        if self.division is not None:
            wrong = [self.division.residual(), float(np.abs(own - self._alone - self.division.payoffs).max())]
        else:
            assert self.weights is not None
            wrong = [float(np.abs(own - self._alone - self.weights * self.gain).max())]
        return max(super().residual(), *wrong)

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as plain data, players by name."""
        weights = None if self.weights is None else self.weights.tolist()
        return {**super().to_dict(), "rule": self.rule, "gain": self.gain, "weights": weights}

    @property
    def _alone(self) -> Floats:
        return np.asarray(self.apart[1 << np.arange(len(self.game.members(self.coalition)))])

    def _worth(self, group: int) -> float:
        places = enumerate(self.game.members(self.coalition))
        return float(self.apart[sum(1 << place for place, i in places if group >> i & 1)])


def sharing_scheme(
    game: MembershipGame,
    coalition: Coalition,
    weights: Numbers | None = None,
    rule: Rule = "almost-ideal",
    apart: Apart | CoalitionalGame | npt.ArrayLike | None = None,
) -> SharingScheme:
    """Give every member what it would have without the others, and a share of what is left by a rule.

    With v(T) what a group T of members has without the rest of S, v(S) the sum over S of pi_i(S), and the gain
    g = v(S) - sum over S of v(i), member i ends with

    * "almost-ideal" and "nash": v(i) + lambda_i * g. For g >= 0 this maximises the product over members of
      (x_i - v(i))**lambda_i over all x with x(S) = v(S).
    * "shapley": the Shapley value of v, what i adds to those before it, averaged over all orders of the members.
    * "nucleolus": the nucleolus of v, whose excesses v(T) - x(T) are least, the largest first; the prenucleolus
      where g < 0, when nobody can be given what it has alone.

    Parameters
    ----------
    game : MembershipGame
    coalition : bit mask, or members
    weights : n numbers or one a member, optional
        lambda of the rules "almost-ideal" and "nash", at least 0, scaled to sum to 1 over the members. Default: equal.
    rule : str
    apart : str, or worths of groups, optional
        What a group T has without the rest. "free-rider": each of its members leaves alone, v(T) = sum over T of
        pi_i(S without i), the default of "almost-ideal", which knows nothing else, and "nash". "gamma": T signs
        alone and everyone else acts singly, v(T) = sum over T of pi_i(T), the default of "shapley" and "nucleolus".
        "remainder": T leaves, its members act singly, and the rest of S stays together, v(T) = sum over T of
        pi_i(S without T). Or 2**n worths of coalitions, e.g. from `partition_worths`, or 2**s of groups of members;
        the worth of S itself is what its members have in the game, whatever they say.

    Returns
    -------
    SharingScheme
        `internally_stable` tells whether nobody gains by leaving alone, `lacking` what those who would lack, and
        `shortfall` what outside money S needs whatever the rule. But for "free-rider", `blocking` and `excess` tell
        which group v tempts most, and `holds` asks that it is not tempted.

    Raises
    ------
    GameError     for an empty coalition, weights that are negative, all zero, of the wrong number or given to a rule
                  without weights, unknown rules, worths of the wrong number or not finite
    SolverError   if the linear programs of the nucleolus did not finish

    Notes
    -----
    Over free-rider payoffs with equal weights all four rules are one: the gain is sigma(S), the `surplus` that members
    have over leaving alone, only all together make it, and everyone gets the same part of it. It keeps S together
    exactly if any transfers do, namely if sigma(S) >= 0, and then S with the highest welfare of these is left alone by
    everyone outside. Over other worths a rule may leave a member less than it has by leaving alone although sigma(S) >=
    0.

    References
    ----------
    Eyckmans, J., Finus, M. (2004). An almost ideal sharing scheme for coalition games with externalities. FEEM
    working paper 155.2004.
    Weikard, H.-P. (2009). Cartel stability under an optimal sharing rule. The Manchester School 77, 575-593.
    Nash, J. (1950). The bargaining problem. Econometrica 18, 155-162. Kalai, E. (1977). Nonsymmetric Nash solutions
    and replications of 2-person bargaining. International Journal of Game Theory 6, 129-133 (weights).
    Shapley, L. S. (1953). A value for n-person games. Schmeidler, D. (1969). The nucleolus of a characteristic
    function game. SIAM Journal on Applied Mathematics 17, 1163-1170.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> print(bg.sharing_scheme(game, ["North", "South"]))
    {North, South}, almost-ideal sharing: holds
      North receives 1.5, has 3.5
      South pays 1.5, has 3.5
    >>> bg.sharing_scheme(game, 3, rule="nash", weights=[1, 3]).payoffs.tolist()
    [3.25, 3.75]

    Shares by what groups could have alone may not keep everyone in:

    >>> payoffs = [[1, 1], [3, 2], [1, 0], [2, 4]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> print(bg.sharing_scheme(game, 3, rule="shapley"))
    {North, South}, Shapley shares: does not hold
      North receives 2.5, has 4.5
      South pays 2.5, has 1.5
      Members that would rather leave lack 0.5 under this division.
    """
    known(rule, Rule, "rule")
    mask, members = chosen(game, coalition)
    if apart is None:
        apart = "free-rider" if rule in ("almost-ideal", "nash") else "gamma"
    free_rider = isinstance(apart, str) and apart == "free-rider"
    if rule == "almost-ideal" and not free_rider:
        raise GameError('Almost-ideal sharing starts from free-rider payoffs; rule="nash" knows other worths.')
    worths = _worths(game, mask, members, apart)
    alone = worths[1 << np.arange(len(members))]
    gain = float(worths[-1] - alone.sum())
    division, lambdas = None, None
    if rule in ("almost-ideal", "nash"):
        lambdas = shares(game, weights, members)
        wanted = alone + lambdas * gain
    elif weights is not None:
        raise GameError(f'The rule "{rule}" knows no weights; "almost-ideal" and "nash" do.')
    else:
        joint = np.zeros(len(worths)) if free_rider else worths - subset_sums(alone)
        joint[1 << np.arange(len(members))] = 0.0
        joint[-1] = gain
        division = _divided(rule, CoalitionalGame(joint, [game.players[i] for i in members]))
        wanted = alone + division.payoffs
    blocking, excess = None, None
    if not free_rider and len(members) > 1:
        blocking, excess = most_tempted(members, worths, wanted)
    for values in (worths, *([] if lambdas is None else [lambdas])):
        values.flags.writeable = False
    return SharingScheme(
        **weighed(game, mask, wanted - game.at(mask)[members]),
        kind=KINDS[rule],
        outside=0.0,
        blocking=blocking,
        excess=excess,
        rule=rule,
        apart=worths,
        weights=lambdas,
        division=division,
    )


def _divided(rule: Rule, joint: CoalitionalGame) -> Allocation:
    """The Shapley value or the nucleolus of worths of which single members have none."""
    if rule == "shapley":
        return shapley_value(joint)
    found = nucleolus(joint) or prenucleolus(joint)
    if not isinstance(found, Allocation):
        raise SolverError(found.remark)
    return found


def _worths(game: MembershipGame, mask: int, members: Players, apart: Any) -> Floats:
    """What each group of members has without the rest; what they have in the game for all of them."""
    together = game.at(mask)[members]
    if not isinstance(apart, str):
        worths = _given(game, members, apart)
    elif apart == "free-rider":
        worths = subset_sums(game.after_moving(mask)[members])
    elif apart == "gamma":
        worths = group_worths(game, members).copy()
    elif apart == "remainder":
        masks = groups(members)
        worths = np.zeros(len(masks))
        for i in members.tolist():
            leaves = masks >> i & 1 == 1
            worths[leaves] += game.rows(i, 0, game.n_coalitions)[mask ^ masks[leaves]]
    else:
        raise GameError(f"Worths of groups are {', '.join(get_args(Apart))} or numbers, not {apart!r}.")
    worths[-1] = together.sum()
    return worths


def _given(game: MembershipGame, members: Players, apart: Any) -> Floats:
    """Worths of all coalitions or of groups of members, as numbers for the groups."""
    values = CoalitionalGame(getattr(apart, "values", apart)).values
    if len(values) == game.n_coalitions:
        return np.array(values[groups(members)])
    if len(values) == 1 << len(members):
        return np.array(values)
    raise GameError(
        f"{len(values)} worths: {game.n_coalitions} are needed, one a coalition, or {1 << len(members)}, one a "
        "group of members."
    )
