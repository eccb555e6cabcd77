"""The coalition, and the credible transfers in it, that are best for an objective under side conditions."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._choice import Convex, Found, Goal, Search
from bargain._wishes import LinearLimit, Masks, Wishes, proportional, wishes
from bargain.coalitions import Coalition, Floats, MembershipGame
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import GameError
from bargain.membership import TOLERANCE
from bargain.payments import Limits
from bargain.sharing import sharing_scheme
from bargain.transfers import TransferScheme, least_cost_transfers, money_balance, scheme

Method = Literal["auto", "enumeration", "milp"]
Status = Literal["optimal", "impossible", "limit"]
MOST_PLAYERS = 22
"""Several numbers for each of four million coalitions."""


@dataclass(frozen=True, eq=False)
class CoalitionChoice:
    """The best coalition that transfers can hold together, or how much money that takes where none can be.

    Attributes
    ----------
    game : MembershipGame
    objective : str
    status : "optimal", "impossible" or "limit"
        "impossible": no permitted coalition can be held with the money there is. "limit": time ran out; what was
        found until then stands, and `bound` tells how much better another coalition might be.
    scheme : TransferScheme or None
        The transfers in the coalition that was found.
    payments : (n, n) read-only array or None
        payments[i, j]: what i pays to j; what a recipient receives beyond that comes from outside.
    value : float or None
        What the objective comes to.
    bound : float
        What no other choice exceeds; equal to `value` once that is proved best, minus infinity where nothing is
        possible.
    shortfall : float or None
        The least money beyond the budget that would make some permitted coalition possible: 0 where one was found,
        infinite where no money would do, None where time ran out before that was known.
    nearest : int or None
        The coalition for which that money would do.
    method : str
        "closed form", "enumeration" or "milp".
    wishes : Wishes
        The side conditions.
    goal : Goal
        The objective in numbers: `values`, one a coalition, and `prices`, what a unit that a player receives counts.
    """

    game: MembershipGame = field(repr=False)
    objective: str
    status: Status
    scheme: TransferScheme | None
    payments: Floats | None = field(repr=False)
    value: float | None
    bound: float
    shortfall: float | None
    nearest: int | None
    method: str
    wishes: Wishes = field(repr=False)
    goal: Goal = field(repr=False)

    @property
    def coalition(self) -> int | None:
        """The bit mask of the coalition that was found."""
        return None if self.scheme is None else self.scheme.coalition

    @property
    def gap(self) -> float:
        """By how much another choice might be better; 0 once the choice is proved best, infinite without one."""
        return np.inf if self.value is None else max(0.0, self.bound - self.value)

    @property
    def holds(self) -> bool:
        """Whether a coalition was found in which nobody gains by leaving, within the budget."""
        found = self.scheme
        if found is None:
            return False
        kept = found.excess is None or not self.wishes.core or found.excess <= found.tolerance
        return found.internally_stable and kept and found.outside <= self.wishes.budget + found.tolerance

    @property
    def transfers(self) -> Floats:
        """What each player receives; negative what it pays."""
        return self._found.transfers

    @property
    def payoffs(self) -> Floats:
        """What each player has after the transfers."""
        return self._found.payoffs

    @property
    def surplus(self) -> float:
        """What all members together gain by staying in, each against leaving alone."""
        return self._found.surplus

    @property
    def outside(self) -> float:
        """The money that comes from outside."""
        return self._found.outside

    @property
    def _found(self) -> TransferScheme:
        if self.scheme is None:
            raise GameError(f"No coalition was found that can be held: {self}")
        return self.scheme

    def residual(self) -> float:
        """Recompute the scheme, the side conditions and the objective; return the largest difference, in money."""
        if self.scheme is None or self.payments is None or self.value is None:
            return 0.0
        mask, found = self.scheme.coalition, self.scheme
        inside = np.array(self.game.members(mask))
        gains = (self.game.at(mask) - self.game.after_moving(mask))[inside]
        allowed = np.minimum(np.maximum(gains, 0.0), self.wishes.caps.of(inside, gains))
        wrong = [found.residual(), self.wishes.violation(mask, found.transfers, self.payments)]
        wrong += [-found.internal, float((-found.transfers[inside] - allowed).max())]
        wrong.append(abs(float(self.goal.values[mask] + self.goal.prices @ found.transfers) - self.value))
        if self.wishes.core and found.excess is not None:
            wrong.append(found.excess)
        return max(wrong)

    def to_dict(self) -> dict[str, Any]:
        """Return the choice as plain data, players by name."""
        names = self.game.players
        finite = {name: getattr(self, name) for name in ("bound", "gap", "shortfall")}
        return {
            "objective": self.objective,
            "status": self.status,
            "method": self.method,
            "value": self.value,
            **{name: value if value is not None and np.isfinite(value) else None for name, value in finite.items()},
            "nearest": None if self.nearest is None else [names[i] for i in self.game.members(self.nearest)],
            "scheme": None if self.scheme is None else self.scheme.to_dict(),
            "payments": None if self.payments is None else self.payments.tolist(),
        }

    def __str__(self) -> str:
        lines = []
        if self.scheme is not None and self.value is not None:
            lines = [f"Best for {self.objective}, {number(self.value)}:", str(self.scheme)]
            if self.holds and self.outside > self.scheme.tolerance:
                lines.append(f"With {number(self.outside)} from outside it holds.")
            if self.status == "limit":
                lines.append(f"Time ran out: another coalition may reach {number(self.bound)}.")
        elif self.status == "limit":
            lines = ["Time ran out before a coalition was found."]
        elif self.nearest is None:
            lines = ["No coalition is permitted that any money could hold together."]
        else:
            money, words = number(self.shortfall or 0.0), self.game.label(self.nearest)
            lines = [f"No permitted coalition can be held; {words} comes nearest and falls short by {money}."]
        return "\n".join(lines)


def best_coalition(
    game: MembershipGame,
    objective: Literal["welfare", "members"] | npt.ArrayLike | None = None,
    caps: Limits | None = None,
    *,
    provider: int | str | None = None,
    budget: float = 0.0,
    least_members: int = 2,
    most_members: int | None = None,
    include: Coalition = (),
    exclude: Coalition = (),
    one_of: Iterable[Coalition] = (),
    among: Iterable[Coalition] | None = None,
    barred: Iterable[tuple[int | str, int | str]] = (),
    limits: Iterable[LinearLimit] = (),
    core: bool = False,
    transfers: Convex | None = None,
    method: Method = "auto",
    seconds: float = 60.0,
) -> CoalitionChoice:
    """Find the coalition, and the credible transfers in it, that are best for an objective.

    Over coalitions S and transfers tau among its members, tau_i being what i receives and pi_i(S) its payoff under S
    before transfers: maximise the objective subject to

    * pi_i(S) + tau_i >= pi_i(S without i) for every member (nobody leaves),
    * -tau_i <= cap of i (payments are credible),
    * 0 <= sum of tau_i <= budget (the rest comes from outside),

    and the side conditions asked for. Among transfers that serve the objective equally those with the least money
    from outside are taken.

    Parameters
    ----------
    game : MembershipGame
        At most 22 players.
    objective : "welfare", "members" or (2**n,) array, optional
        What is to be as large as possible: all players' payoffs together (the default), those of the members, or a
        number for each coalition, such as the safety effort it brings about.
    caps : number, n numbers, or a Credibility, optional
        The most that each can credibly promise to pay. Default: all it gains.
    provider : player, optional
        Instead of an objective: the net gain of this player over no cooperation, which bears the money from outside
        as well: pi_p(S) - pi_p(nobody) - sum over i other than p of tau_i.
    budget : float
        Money that may come from outside.
    least_members, most_members : int
        How many members the coalition may have; most_members None: all players.
    include, exclude : bit mask, or members
        Who must be in, who must not.
    one_of : list of groups
        At least one of each group must be in.
    among : list of coalitions, optional
        The only coalitions to choose from.
    barred : list of (payer, recipient)
        Who may not pay whom. Nobody both pays and receives then, so that money does not go a roundabout way.
    limits : list of LinearLimit
        Linear conditions on transfers and membership together, such as the most a player may pay or receive.
    core : bool
        Also ask that no group of members gains by leaving together, everyone else then acting singly.
    transfers : "squares", "largest-payment", "log-gains" or function, optional
        What to minimise over the transfers once coalition and outside money are chosen: the sum of squares, the
        largest payment, minus the sum of logarithms of what members gain over leaving (which maximises their Nash
        product), or a function of cvxpy expressions (transfers, gains), one entry a member, that returns a convex
        one.
    method : "auto", "enumeration" or "milp"
        Where barred pairs, limits or the core couple the choice: a program with one 0-1 variable a coalition, the
        default, or a linear program for each coalition. Else a closed form for all coalitions at once.
    seconds : float
        When to stop looking.

    Returns
    -------
    CoalitionChoice
        Where no permitted coalition can be held, `shortfall` is the least money beyond the budget that one takes.

    Raises
    ------
    GameError     for more than 22 players, an unknown objective or method, conditions that contradict themselves
    SolverError   if a program of one coalition's transfers did not finish, e.g. as a convex function has no minimum

    Notes
    -----
    Without coupling S can be held exactly if the sum over members of min(gain, cap) is at least minus the budget:
    n * 2**n steps. With it candidates are taken in the order of that closed form's value, which bounds what they
    can be worth, until no other can be better. Programs are solved by HiGHS, scaled to amounts around 1; the
    transfers of the coalition found are computed anew. Ties within 1e-9 of the objective's spread are not told
    apart.

    References
    ----------
    Eyckmans, J., Finus, M. (2004). An almost ideal sharing scheme for coalition games with externalities. FEEM
    working paper 155.2004. Bachrach, Y. et al. (2009). The cost of stability in coalitional games. SAGT 2009.

    Examples
    --------
    >>> import bargain as bg
    >>> payoffs = [[1, 1], [0, 3], [3, 0], [2, 5]]
    >>> game = bg.MembershipGame(payoffs, players=["North", "South"])
    >>> print(bg.best_coalition(game))
    Best for welfare, 7:
    {North, South}, almost-ideal sharing: holds
      North receives 1.5, has 3.5
      South pays 1.5, has 3.5
    >>> print(bg.best_coalition(game, caps=0.25))
    No permitted coalition can be held; {North, South} comes nearest and falls short by 0.75.
    >>> bg.best_coalition(game, provider="South", caps=0.25, budget=1.0).value
    3.0
    """
    if game.n_players > MOST_PLAYERS:
        raise GameError(f"{game.n_players} players; at most {MOST_PLAYERS} are possible: all coalitions are looked at.")
    if method not in ("auto", "enumeration", "milp"):
        raise GameError(f"No method is called {method!r}. Known: auto, enumeration, milp.")
    asked = wishes(
        game,
        caps=caps,
        budget=budget,
        least_members=least_members,
        most_members=most_members,
        include=include,
        exclude=exclude,
        one_of=one_of,
        among=among,
        barred=barred,
        limits=limits,
        core=core,
    )
    name, goal, values = _goal(game, objective, provider, caps)
    deadline = time.monotonic() + seconds
    permitted = asked.permitted(game.n_players)
    money = np.maximum(-money_balance(game, caps), 0.0)
    able = permitted[money[permitted] <= asked.budget + TOLERANCE * game.scale]
    search = Search(game, asked, goal, deadline)
    coupled = asked.coupled or method == "milp"
    one_by_one = method == "enumeration"
    if coupled:
        used = "enumeration" if one_by_one else "milp"
        searched = search.run(able, values[able], one_by_one=one_by_one)
        found, bound, finished = searched.best, searched.bound, searched.finished
    else:
        used, found, bound, finished = "closed form", None, -np.inf, True
    picked = None if found is None else found.mask
    if not coupled and able.size:
        picked = int(able[np.argmax(values[able])])
    if picked is None:
        short = _missing(search, permitted, money, coupled=coupled, one_by_one=one_by_one) if finished else (None, None)
        status: Status = "impossible" if finished else "limit"
        return CoalitionChoice(game, name, status, None, None, None, bound, *short, used, asked, goal)
    if coupled or provider is not None or transfers is not None:
        # Once the coalition is chosen, a convex function may choose among its transfers.
        if found is None or transfers is not None:
            found = search.one(picked, transfers)
        if found is None:
            raise SolverError(f"No transfers were found for {game.label(picked)}, which can be held.")
        held = _scheme(game, found, asked)
    elif caps is None and money[picked] <= TOLERANCE * game.scale:
        held = sharing_scheme(game, picked)
    else:
        held = least_cost_transfers(game, picked, caps)
    payments = found.payments if found is not None else proportional(held.transfers)
    payments.flags.writeable = False
    value = float(goal.values[picked] + goal.prices @ held.transfers)
    bound = value if finished else max(bound, value)
    status = "optimal" if finished else "limit"
    return CoalitionChoice(game, name, status, held, payments, value, bound, 0.0, None, used, asked, goal)


def _goal(
    game: MembershipGame, objective: Any, provider: int | str | None, caps: Limits | None
) -> tuple[str, Goal, Floats]:
    """The objective in words and numbers, and what each coalition could be worth at best."""
    prices = np.zeros(game.n_players)
    if provider is not None:
        if objective is not None:
            raise GameError("State an objective or a provider, whose net gain is the objective, not both.")
        (p,) = game.members([provider])
        own = game.rows(p, 0, game.n_coalitions)
        gain = np.asarray(own - own[0])
        prices[:] = -1.0
        prices[p] = 0.0
        inside = np.arange(game.n_coalitions) >> p & 1 == 1
        spare = money_balance(game, caps, without=p)
        return (
            f"the net gain of {game.players[p]}",
            Goal(gain, prices),
            gain + np.where(inside, spare, np.minimum(spare, 0.0)),
        )
    if objective is None or isinstance(objective, str):
        tables = {None: game.welfare, "welfare": game.welfare, "members": game.worths}
        if objective not in tables:
            raise GameError(f"No objective is called {objective!r}: welfare, members, or one number a coalition.")
        return objective or "welfare", Goal(tables[objective], prices), tables[objective]
    values = np.asarray(objective, dtype=float)
    if values.shape != (game.n_coalitions,):
        raise GameError(f"objective has shape {values.shape}; one number for each of {game.n_coalitions} coalitions.")
    if not np.isfinite(values).all():
        raise GameError("The objective has numbers that are not finite.")
    return "the stated objective", Goal(values, prices), values


def _missing(
    search: Search, permitted: Masks, money: Floats, *, coupled: bool, one_by_one: bool
) -> tuple[float | None, int | None]:
    """The least money beyond the budget with which some coalition can be held, and that coalition."""
    if not permitted.size:
        return np.inf, None
    beyond = np.maximum(money[permitted] - search.wishes.budget, 0.0)
    if not coupled:
        nearest = int(np.argmin(beyond))
        return float(beyond[nearest]), int(permitted[nearest])
    zeros = Goal(np.zeros(len(money)), np.zeros(search.game.n_players), extra=True)
    search = Search(search.game, search.wishes, zeros, search.deadline)
    searched = search.run(permitted, -beyond, one_by_one=one_by_one)
    if not searched.finished:
        return None, None
    return (np.inf, None) if searched.best is None else (-searched.best.value, searched.best.mask)


def _scheme(game: MembershipGame, found: Found, asked: Wishes) -> TransferScheme:
    outside = max(0.0, float(found.receipts.sum()))
    return scheme(game, "best transfers", found.mask, found.receipts, outside=outside, core=asked.core)
