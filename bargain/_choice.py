"""The programs behind the choice of a coalition: one with whole numbers over many coalitions, one for each of them.

A program over candidate coalitions has one variable 0 or 1 a candidate, exactly one of them 1, so that everything
tabulated by coalition enters linearly. Candidates come in the order of what they could be worth at best, some at a
time: once a coalition is found that is worth more than the next could be, the rest need not be looked at.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bargain._lp import MIPSolution, solve_lp, solve_mip
from bargain._margins import member_gains
from bargain._wishes import Masks, Wishes, proportional
from bargain.coalitions import Floats, MembershipGame
from bargain.errors import SolverError
from bargain.games import GameError
from bargain.membership import TOLERANCE
from bargain.payments import group_worths, groups
from bargain.tu import subset_sums

FIRST, MOST = 128, 2048
"""Candidates in the first program, and in the largest."""
SLACK = 1e-9
"""Rows hold, and objectives tie, within this share of the numbers' size."""
Convex = Literal["squares", "largest-payment", "log-gains"] | Callable[[Any, Any], Any]


@dataclass(frozen=True, eq=False)
class Found:
    """A coalition, what its members receive, who pays whom, and what the objective comes to."""

    mask: int
    receipts: Floats
    payments: Floats
    value: float


@dataclass(frozen=True, eq=False)
class Searched:
    """The best coalition found, if any, and what no coalition exceeds."""

    best: Found | None
    bound: float
    finished: bool


@dataclass(frozen=True, eq=False)
class Goal:
    """What is to be as large as possible: a number a coalition, and a price on each player's transfers.

    Attributes
    ----------
    values : (2**n,) array
    prices : (n,) array
        What a unit received by a player counts for.
    extra : bool
        Money beyond the budget may be used, and each unit counts -1.
    """

    values: Floats
    prices: Floats
    extra: bool = False


class Search:
    """Choose among candidate coalitions and the transfers in them."""

    def __init__(self, game: MembershipGame, wishes: Wishes, goal: Goal, deadline: float) -> None:
        self.game, self.wishes, self.goal, self.deadline = game, wishes, goal, deadline
        self.unit = _money(game) or 1.0
        self.cuts: list[int] = []
        """Groups that gained by leaving some candidate, whose rows are in every program from then on."""

    def run(self, candidates: Masks, bounds: Floats, *, one_by_one: bool) -> Searched:
        """Search candidates; `bounds` says what each could be worth at best.

        Without `one_by_one` by programs over many candidates, else by a program for each.
        """
        order = np.argsort(-bounds, kind="stable")
        candidates, bounds = candidates[order], bounds[order]
        best, start, size = None, 0, FIRST
        tie = TOLERANCE * float(np.abs(bounds).max(initial=0.0))
        while start < len(candidates):
            if best is not None and bounds[start] <= best.value + tie:
                break
            if time.monotonic() >= self.deadline:
                return Searched(best, _above(best, float(bounds[start])), False)
            stop = start + (1 if one_by_one else size)
            if one_by_one:
                best = _better(best, self.one(int(candidates[start])))
            else:
                best, open_bound = self._some(candidates[start:stop], best)
                if open_bound is not None:
                    rest = float(bounds[stop]) if stop < len(candidates) else -np.inf
                    return Searched(best, _above(best, max(open_bound, rest)), False)
            start, size = stop, min(4 * size, MOST)
        return Searched(best, -np.inf if best is None else best.value, True)

    def one(self, mask: int, convex: Convex | None = None) -> Found | None:
        """Return the best transfers in one coalition, None where there are none."""
        if not self.wishes.barred:
            return self._transfers(mask, None, convex)
        while True:
            known, solved = len(self.cuts), self._program(np.array([mask]))
            if solved.status == "unfinished":
                raise SolverError(f"The program of who pays whom in {self.game.label(mask)} did not finish.")
            if solved.x is None:
                return None
            found = self._transfers(mask, solved.x[1 : 1 + self.game.n_players] > 0.5, convex)
            # Groups that turned out to gain by leaving may call for other payers.
            if found is not None or len(self.cuts) == known:
                return found

    def _some(self, chunk: Masks, best: Found | None) -> tuple[Found | None, float | None]:
        """The better of `best` and the best of some candidates; a bound where time ran out."""
        while len(chunk):
            solved = self._program(chunk)
            if solved.status == "infeasible":
                break
            if solved.x is not None:
                at = int(np.argmax(solved.x[: len(chunk)]))
                mask, known = int(chunk[at]), len(self.cuts)
                payers = solved.x[len(chunk) : len(chunk) + self.game.n_players] > 0.5
                found = self._transfers(mask, payers if self.wishes.barred else None)
                best = _better(best, found)
            if solved.status != "optimal" or solved.x is None:
                return best, solved.bound
            if best is not None and solved.bound <= best.value + SLACK * self._size(chunk):
                break
            # What the program holds possible is not so to the last digit, or has groups that leave: without it, or
            # with their rows, again.
            if len(self.cuts) == known:
                chunk = np.delete(chunk, at)
        return best, None

    def _floors(self, masks: Masks) -> Floats:
        """The least that each member of each coalition must receive, 0 for others, (k, n)."""
        floors = np.zeros((len(masks), self.game.n_players))
        for i in range(self.game.n_players):
            inside = masks >> i & 1 == 1
            own = self.game.rows(i, 0, self.game.n_coalitions)
            gains = own[masks[inside]] - own[masks[inside] ^ 1 << i]
            floors[inside, i] = -np.minimum(gains, self.wishes.caps.of(i, gains))
        return floors

    def _size(self, masks: Masks) -> float:
        """By how much the objective differs between candidates, and with transfers."""
        values = self.goal.values[masks]
        money = self.unit * max(float(np.abs(self.goal.prices).max()), float(self.goal.extra))
        return max(float(values.max() - values.min()), money) or 1.0

    def _program(self, masks: Masks) -> MIPSolution:
        """Solve the program over candidates: which one, who pays, transfers, extra money, and who pays whom."""
        n, k, wishes, unit = self.game.n_players, len(masks), self.wishes, self.unit
        floors = self._floors(masks) / unit
        inside = (masks[:, None] >> np.arange(n) & 1).astype(float)
        spendable = np.maximum(-floors, 0.0).max(axis=0)
        needed = float(np.maximum(floors, 0.0).sum(axis=1).max())
        budget = wishes.budget / unit
        largest = self._largest(float(spendable.sum()), needed)
        pairs = []
        if wishes.barred:
            pairs = [(i, j) for i in range(n) for j in range(n) if i != j and (i, j) not in wishes.barred]
        width = k + 2 * n + 1 + len(pairs)
        t, extra, flows = k + n, k + 2 * n, k + 2 * n + 1
        rows: list[tuple[Floats, float, float]] = []

        def row(least: float, most: float) -> Floats:
            entries = np.zeros(width)
            rows.append((entries, least, most))
            return entries

        row(1.0, 1.0)[:k] = 1.0
        for i in range(n):
            floor = row(0.0, np.inf)
            floor[t + i], floor[:k] = 1.0, -floors[:, i]
            if not inside[:, i].all():
                ceiling = row(-np.inf, 0.0)
                ceiling[t + i], ceiling[:k] = 1.0, -largest * inside[:, i]
        spent = row(-np.inf, budget)
        spent[t:extra], spent[extra] = 1.0, -1.0
        row(0.0, np.inf)[t:extra] = 1.0
        for slopes, counts, least, most in zip(wishes.slopes, wishes.counts, wishes.least, wishes.most, strict=True):
            offsets = inside @ counts
            size = max(unit * float(np.abs(slopes).max()), float(np.abs(offsets).max())) or 1.0
            limit = row(least / size, most / size)
            limit[t:extra], limit[:k] = slopes * unit / size, offsets / size
        for group in self.cuts:
            members = group >> np.arange(n) & 1
            within = (masks & group == group) & (masks != group)
            alone = float(self.game.worths[group])
            kept = np.array([self.game.at(int(m)) @ members if w else 0.0 for m, w in zip(masks, within, strict=True)])
            cut = row(0.0, np.inf)
            cut[t:extra] = members
            cut[:k] = -np.where(within, (alone - kept) / unit, floors @ members)
        if pairs:
            self._who_pays(row, pairs, (k, t, flows), spendable, largest)
        upper = np.concatenate([np.ones(k + n), np.full(n, largest), [np.inf if self.goal.extra else 0.0]])
        lower = np.concatenate([np.zeros(k + n), -spendable, [0.0]])
        columns = (np.append(lower, np.zeros(len(pairs))), np.append(upper, np.full(len(pairs), np.inf)))
        values, size = self.goal.values[masks], self._size(masks)
        shift = float(values.max())
        c = np.zeros(width)
        c[:k], c[t:extra] = (values - shift) / size, self.goal.prices * unit / size
        c[extra] = -unit / size
        whole = np.arange(width) < k + (n if pairs else 0)
        table, least_, most_ = (np.array([entry[part] for entry in rows]) for part in range(3))
        # One coalition's program is small; it is not cut short.
        seconds = self.deadline - time.monotonic() if k > 1 else np.inf
        solved = solve_mip(c, table, (least_, most_), columns, whole, seconds)
        return MIPSolution(solved.status, solved.x, shift + size * solved.bound)

    def _transfers(self, mask: int, payers: npt.NDArray[np.bool_] | None, convex: Convex | None = None) -> Found | None:
        """The best transfers in one coalition: first for the objective, then with the least money from outside."""
        members = np.array(self.game.members(mask), dtype=np.int64)
        floors = self._floors(np.array([mask]))[0, members] / self.unit
        while True:
            a, b, flows = self._rows(mask, members, floors, payers)
            x = self._best(a, b, members, convex, floors)
            if x is None:
                return None
            receipts = (floors + x[: len(members)]) * self.unit
            if not self._left_by_groups(mask, members, receipts):
                break
        transfers = np.zeros(self.game.n_players)
        transfers[members] = receipts
        payments = proportional(transfers)
        if payers is not None:
            payments = np.zeros((self.game.n_players,) * 2)
            for at, pair in enumerate(flows):
                payments[pair] = x[len(members) + at] * self.unit
        value = -max(0.0, float(receipts.sum()) - self.wishes.budget) if self.goal.extra else 0.0
        value += float(self.goal.values[mask]) + float(self.goal.prices @ transfers)
        return Found(mask, receipts, payments, value)

    def _rows(
        self, mask: int, members: npt.NDArray[np.int64], floors: Floats, payers: npt.NDArray[np.bool_] | None
    ) -> tuple[Floats, Floats, list[tuple[int, int]]]:
        """Rows a @ x >= b for x >= 0: what members receive above their floors, who pays whom, and extra money."""
        s, wishes, total = len(members), self.wishes, float(floors.sum())
        flows: list[tuple[int, int]] = []
        if payers is not None:
            sources, targets = members[payers[members]].tolist(), members[~payers[members]].tolist()
            flows = [(i, j) for i in sources for j in targets if (i, j) not in wishes.barred]
        rows: list[tuple[Floats, float]] = []

        def row(own: Floats | float, least: float, extra: float = 0.0) -> Floats:
            entries = np.zeros(s + len(flows) + 1)
            entries[:s], entries[-1] = own, extra
            rows.append((entries, least))
            return entries

        row(1.0, -total)
        if np.isfinite(wishes.budget):
            row(-1.0, total - wishes.budget / self.unit, 1.0)
        for slopes, counts, least, most in zip(wishes.slopes, wishes.counts, wishes.least, wishes.most, strict=True):
            own, offset = slopes[members] * self.unit, float(counts[members].sum())
            size = float(max(np.abs(slopes).max() * self.unit, np.abs(counts).max())) or 1.0
            for sign, bound in ((1.0, least), (-1.0, -most)):
                if np.isfinite(bound):
                    row(sign * own / size, (bound - sign * (offset + float(own @ floors))) / size)
        inside = members[:, None] == np.arange(self.game.n_players)
        for group in self.cuts:
            if mask & group == group and mask != group:
                own = inside @ (group >> np.arange(self.game.n_players) & 1).astype(float)
                lacks = float(self.game.worths[group]) - float(self.game.at(mask)[members] @ own)
                row(own, lacks / self.unit - float(own @ floors))
        if payers is not None:
            for place, i in enumerate(members.tolist()):
                unit = (np.arange(s) == place).astype(float)
                paid = [at for at, (source, target) in enumerate(flows) if i in (source, target)]
                # A payer's transfer is what it pays; a recipient may have more, from outside.
                for sign in (1.0, -1.0) if payers[i] else (1.0,):
                    row(sign * unit, -sign * float(floors[place]))[[s + at for at in paid]] = (
                        sign if payers[i] else -1.0
                    )
        return np.array([entries for entries, _ in rows]), np.array([least for _, least in rows]), flows

    def _best(
        self, a: Floats, b: Floats, members: npt.NDArray[np.int64], convex: Convex | None, floors: Floats
    ) -> Floats | None:
        """Minimise in turn, each kept: what the objective counts, money from outside, the convex objective."""
        s, width = len(members), a.shape[1]
        top = np.full(width, np.inf)
        top[-1] = np.inf if self.goal.extra else 0.0
        stages: list[Floats] = []
        if self.goal.extra:
            stages.append(np.eye(width)[-1])
        elif self.goal.prices[members].any():
            stages.append(np.append(-self.goal.prices[members] / np.abs(self.goal.prices).max(), np.zeros(width - s)))
        stages.append(np.append(np.ones(s), np.zeros(width - s)))
        x, kept = None, len(b)
        if solve_lp(stages[0], a, b, top).status == "infeasible":
            # Gains that are ties beside the payoffs they are differences of may still be enough.
            b = b - TOLERANCE * self.game.scale / self.unit * np.abs(a).max(axis=1)
        near = max(1e-11, TOLERANCE * self.game.scale / self.unit * self.game.n_players)
        for c in stages:
            solved = solve_lp(c, a, b, top)
            if solved.status in ("unfinished", "unbounded"):
                raise SolverError(
                    f"The linear program of the transfers among {len(members)} members ended {solved.status}."
                )
            if solved.x is None:
                break
            x = solved.x
            a, b = np.vstack([a, -c]), np.append(b, -float(c @ x))
        if x is None or float((b - a @ x)[:kept].max(initial=0.0)) > near:
            return None
        if convex is None:
            return x
        return _convex(a, b, x, kept, floors * self.unit, self._lacks(members), convex, self.unit)

    def _lacks(self, members: npt.NDArray[np.int64]) -> Floats:
        """What each member must receive so as not to gain by leaving."""
        mask = int((1 << members).sum())
        return np.asarray((self.game.after_moving(mask) - self.game.at(mask))[members])

    def _left_by_groups(self, mask: int, members: npt.NDArray[np.int64], receipts: Floats) -> bool:
        """Whether the core is asked for and some groups gain by leaving; their rows are added."""
        if not self.wishes.core or len(members) < 2:
            return False
        excesses = group_worths(self.game, members) - subset_sums(self.game.at(mask)[members] + receipts)
        excesses[[0, -1]] = -np.inf
        near = TOLERANCE * self.game.scale * self.game.n_players
        worst = np.argsort(-excesses)[: 2 * len(members)]
        new = [int(each) for each in groups(members)[worst[excesses[worst] > near]] if each not in self.cuts]
        self.cuts += new
        return bool(new)

    def _who_pays(
        self,
        row: Callable[[float, float], Floats],
        pairs: list[tuple[int, int]],
        places: tuple[int, int, int],
        spendable: Floats,
        largest: float,
    ) -> None:
        """Rows: what is paid goes to those one may pay, and nobody both pays and receives."""
        payer, t, flows = places
        for i in range(self.game.n_players):
            # What comes from outside, t + paid - received, is not negative, and 0 for who pays.
            given, none, out, into = row(0.0, np.inf), row(-np.inf, largest), row(-np.inf, 0.0), row(-np.inf, largest)
            given[t + i] = none[t + i] = 1.0
            none[payer + i] = into[payer + i] = largest
            out[payer + i] = -float(spendable[i])
            for at, (source, target) in enumerate(pairs):
                if source == i:
                    given[flows + at] = none[flows + at] = out[flows + at] = 1.0
                elif target == i:
                    given[flows + at] = none[flows + at] = -1.0
                    into[flows + at] = 1.0

    def _largest(self, spendable: float, needed: float) -> float:
        """More than anybody may receive in a best scheme, in units."""
        slopes, bounds = np.abs(self.wishes.slopes), np.abs([self.wishes.least, self.wishes.most])
        stated, ratio = 0.0, 1.0
        for own, counts, row in zip(
            slopes, self.wishes.counts, np.where(np.isfinite(bounds), bounds, 0.0).T, strict=True
        ):
            if own.any():
                least = float(own[own > 0].min())
                stated += (float(row.max()) + float(np.abs(counts).sum())) / least / self.unit
                ratio = max(ratio, float(own.max()) / least)
        most = (spendable + needed + stated) * ratio
        return most if self.goal.extra else min(most, spendable + self.wishes.budget / self.unit)


def _better(first: Found | None, second: Found | None) -> Found | None:
    if first is None or second is None:
        return first or second
    return second if second.value > first.value else first


def _above(best: Found | None, bound: float) -> float:
    return bound if best is None else max(best.value, bound)


def _money(game: MembershipGame) -> float:
    """The largest amount any player gains or loses by moving alone: the unit of the programs."""
    return max((float(np.abs(gains).max()) for *_, gains in member_gains(game)), default=0.0)


def _convex(
    a: Floats, b: Floats, x: Floats, kept: int, floors: Floats, lacks: Floats, convex: Convex, unit: float
) -> Floats:
    """Minimise a convex function of transfers over the rows, those of the objectives before as equations."""
    import cvxpy as cp

    above, s = cp.Variable(len(x), nonneg=True), len(floors)
    transfers = floors + unit * above[:s]
    gains = transfers - lacks
    rows = [a[:kept] @ above >= b[:kept] - SLACK * 1e-2, a[kept:] @ above == b[kept:], above[-1] <= x[-1]]
    if callable(convex):
        objective = convex(transfers, gains)
    elif convex == "squares":
        objective = cp.sum_squares(transfers / unit)
    elif convex == "largest-payment":
        objective = cp.max(-transfers / unit)
    elif convex == "log-gains":
        objective = -cp.sum(cp.log(gains / unit))
    else:
        raise GameError(f'transfers is "squares", "largest-payment", "log-gains" or a function, not {convex!r}.')
    if not isinstance(objective, cp.Expression) or objective.size != 1 or not objective.is_convex():
        raise GameError("The function of transfers and gains must return one convex cvxpy expression, to be minimised.")
    problem = cp.Problem(cp.Minimize(objective), rows)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of tolerances missed by a little; the result is looked at
            problem.solve(solver=cp.CLARABEL, tol_gap_abs=1e-11, tol_gap_rel=1e-11, tol_feas=1e-11)
    except cp.error.SolverError as error:
        raise SolverError("The convex program of the transfers was not solved by Clarabel.") from error
    if problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE) or above.value is None:
        raise SolverError(f"The convex program of the transfers ended {problem.status}: has the function a minimum?")
    return _settled(np.maximum(above.value, 0.0), a, b, kept, s)


def _settled(x: Floats, a: Floats, b: Floats, kept: int, s: int) -> Floats:
    """Take back, in proportion to what each receives above its floor, what the transfers miss the total by."""
    over = float(x[:s].sum()) + float(b[-1])
    if over and x[:s].sum() > over and len(b) > kept:
        x = x.copy()
        x[:s] *= 1 - over / x[:s].sum()
    return x
