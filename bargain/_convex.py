"""Bargaining over convex sets and hulls of points by cvxpy, every answer with the hyperplanes that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bargain._feasible import (
    FLAT,
    NEGLIGIBLE,
    ROUNDING,
    Answer,
    ConvexSet,
    FeasibleSet,
    Points,
    Program,
    Reached,
    Rule,
    Status,
    prices,
)
from bargain._polygon import gaining, losing
from bargain.findings import number
from bargain.games import Floats


@dataclass(frozen=True, eq=False)
class Scaled:
    """A program in which the most each player can gain is 1, or 0 if it cannot gain; `floor` is the least gain."""

    program: Program
    ideal: Floats
    floor: float


def scale_gains(feasible: FeasibleSet, disagreement: Floats) -> Scaled | Answer:
    """Find the most each player can gain and scale by it; an answer where that is not a finite number."""
    import cvxpy as cp

    scale = feasible.spread(disagreement)
    for _ in range(8):
        program = Program(feasible, disagreement, scale)
        least = cp.Variable()
        status = program.maximise(least, [program.gains >= least, least <= 1])
        if status != "optimal":
            return _without("empty" if status == "infeasible" else "unfinished")
        common = float(least.value)
        if common < -NEGLIGIBLE:
            return Answer("not rational", losing(program.found.payoffs - disagreement))
        floor = min(0.0, common)
        ideal = np.zeros(feasible.n_players)
        for i in range(feasible.n_players):
            status = program.maximise(program.gains[i], [program.gains >= floor])
            if status != "optimal":
                return _without("unbounded" if status == "unbounded" else "unfinished", i)
            ideal[i] = (program.found.payoffs[i] - disagreement[i]) / scale[i]
        if common <= NEGLIGIBLE:
            return Scaled(program, np.where(ideal > FLAT, ideal, 0.0), floor)
        if ideal.max() <= 2 and ideal.min() >= 0.5:
            return Scaled(program, ideal, floor)
        scale = scale * ideal
    return Scaled(program, ideal, floor)


def _without(status: Status, player: int = 0) -> Answer:
    words = {
        "empty": "No outcome satisfies the constraints.",
        "unbounded": f"Player {player + 1} can gain without bound while nobody loses.",
        "unfinished": "The solver stopped before it found an answer.",
    }
    return Answer(status, words[status])


def solve_convex(rule: Rule, feasible: FeasibleSet, disagreement: Floats, weights: Floats) -> Answer:
    """Solve over a convex set, or over the hull of points for any number of players."""
    scaled = scale_gains(feasible, disagreement)
    if isinstance(scaled, Answer):
        return scaled
    scale, ideal = scaled.program.scale, scaled.ideal
    status, why = gaining(ideal)
    if status == "no gain":
        # Everybody's most is nothing more than disagreement, so any rational outcome is worth the same.
        finished, normals = equalise(scaled, np.ones(len(ideal)))
    elif rule == "Nash":
        finished, normals = _nash(scaled, weights)
    elif rule == "utilitarian":
        finished, normals = _utilitarian(scaled, weights * scale)
    else:
        shares = weights * ideal if rule == "Kalai-Smorodinsky" else weights / scale
        finished, normals = equalise(scaled, shares)
    if not finished:
        return _without("unfinished")
    payoffs, lottery, decision = scaled.program.found
    if rule == "Nash" and status == "solved" and isinstance(feasible, Points):
        assert lottery is not None
        lottery = _polish(feasible.gains(disagreement) / scale, weights, lottery)
        payoffs = lottery @ feasible.points
    if rule == "Nash" and status != "no gain":
        can = ideal > 0
        normals[0][can] = (weights * scale)[can] / (payoffs - disagreement)[can]
    if decision is not None and isinstance(feasible, ConvexSet):
        feasible.at(decision)
    return Answer(
        status,
        why,
        payoffs=payoffs,
        ideal=disagreement + ideal * scale,
        lottery=lottery,
        decision=decision,
        normals=tuple(normal / scale for normal in normals),
    )


def equalise(scaled: Scaled, shares: Floats, extra: tuple[Any, ...] = ()) -> tuple[bool, list[Floats]]:
    """Make the least of gains / shares as great as possible, then the second least, and so on.

    Each step's prices name the players that cannot have more, whoever else is made to give; they are settled.
    """
    import cvxpy as cp

    program, shares = scaled.program, shares / shares.max()
    levels: dict[int, float] = dict.fromkeys(np.flatnonzero(shares <= 0), scaled.floor)
    normals: list[Floats] = []
    while len(levels) < len(shares):
        level = cp.Variable()
        asked = [program.gains[i] >= levels.get(i, share * level) for i, share in enumerate(shares)]
        if program.maximise(level, [*asked, *extra]) != "optimal":
            return bool(normals), normals
        normal = program.normal()
        settled = [i for i in range(len(shares)) if i not in levels and normal[i] > 0]
        if not settled:
            return bool(normals), normals
        normals.append(normal)
        levels.update({i: float(level.value) * float(shares[i]) for i in settled})
    return True, normals


def _nash(scaled: Scaled, weights: Floats) -> tuple[bool, list[Floats]]:
    """Maximise the weighted sum of logarithms of the gains of those who can gain."""
    import cvxpy as cp

    program, can = scaled.program, scaled.ideal > 0
    objective = (weights[can] / weights.sum()) @ cp.log(program.gains[np.flatnonzero(can)])
    status = program.maximise(objective, [program.gains[i] >= scaled.floor for i in np.flatnonzero(~can)])
    return status == "optimal", [weights.sum() * program.normal()] if status == "optimal" else []


def _utilitarian(scaled: Scaled, worth: Floats) -> tuple[bool, list[Floats]]:
    """Maximise the sum of gains at their worth; over a linear set take the most equal of the maximisers."""
    program, top = scaled.program, worth.max()
    # The sum itself, not variables below it: a solver finds the top of a quadratic more precisely that way.
    total = (worth / top) @ program.reached
    rational = program.reached >= scaled.floor
    if program.maximise(total, [rational]) != "optimal":
        return False, []
    normal = worth + top * prices(rational)
    if isinstance(program.feasible, Points):
        best = float(total.value)
        equalise(scaled, scaled.ideal, (total >= best - 1e-11 * abs(best),))
    return True, [normal]


def largest_total(feasible: FeasibleSet, disagreement: Floats) -> Reached | Answer:
    """Find the outcome with the largest sum of payoffs, or an answer where there is none."""
    import cvxpy as cp

    scale = np.full(feasible.n_players, float(feasible.spread(disagreement).max()))
    while True:
        program = Program(feasible, disagreement, scale)
        status = program.maximise(cp.sum(program.reached))
        if status != "optimal":
            words = {
                "infeasible": "No outcome satisfies the constraints.",
                "unbounded": "The sum has no largest value.",
            }
            kinds: dict[str, Status] = {"infeasible": "empty", "unbounded": "unbounded"}
            return Answer(kinds.get(status, "unfinished"), words.get(status, "The solver stopped early."))
        size = float(np.abs(program.found.payoffs - disagreement).max()) / scale[0]
        if size <= 100:
            return program.found
        scale = scale * size


def _polish(gains: Floats, weights: Floats, lottery: Floats) -> Floats:
    """Return a lottery whose gains satisfy the first-order condition to rounding, if one is near the given one.

    Newton's method on the logarithms over the affine hull of the points that the supporting hyperplane touches.
    """
    from scipy.optimize import nnls

    def gap(candidate: Floats) -> float:
        own = candidate @ gains
        return float((gains @ (weights / own)).max() / weights.sum() - 1) if (own > 0).all() else np.inf

    best = lottery
    slack = 1 - gains @ (weights / (lottery @ gains)) / weights.sum()
    for touching in (lottery > NEGLIGIBLE, slack < 1e-6):
        corners = gains[touching]
        _, sizes, rows = np.linalg.svd(corners - corners[0])
        basis = rows[: int((sizes > 1e-10).sum())].T
        own = corners[0] + basis @ (basis.T @ (lottery @ gains - corners[0]))
        for _ in range(20):
            if not (own > 0).all() or not basis.size:
                break
            slope = basis.T @ (weights / own)
            own = own + basis @ np.linalg.solve(basis.T @ (basis * (weights / own**2)[:, None]), slope)
        rows = np.vstack([corners.T, np.ones(len(corners))])
        part, _ = nnls(rows, np.append(own, 1.0))
        if part.sum() > 0:
            candidate = np.zeros(len(gains))
            candidate[touching] = part / part.sum()
            best = min(best, candidate, key=gap)
    return best


def split_surplus(rule: Rule, weights: Floats) -> Floats:
    """Return the players' shares of the surplus where money can be paid."""
    shares = weights if rule != "utilitarian" else (weights == weights.max()).astype(float)
    return np.asarray(shares / shares.sum())


def solve_transfers(rule: Rule, feasible: FeasibleSet, disagreement: Floats, weights: Floats) -> Answer:
    """Choose the outcome with the greatest sum of payoffs, and divide the surplus."""
    lottery, decision = None, None
    if isinstance(feasible, Points):
        best = int(feasible.points.sum(axis=1).argmax())
        outcome, lottery = feasible.points[best], np.eye(len(feasible.points))[best]
    else:
        found = largest_total(feasible, disagreement)
        if isinstance(found, Answer):
            return found
        outcome, _, decision = found
    surplus = float((outcome - disagreement).sum())
    if abs(surplus) <= ROUNDING * float(np.abs(outcome).sum() + np.abs(disagreement).sum()):
        surplus = 0.0
    if surplus < 0:
        words = f"The players together have {number(-surplus)} less than without agreement, whatever they choose."
        return Answer("not rational", words)
    status, why = gaining(np.full(len(weights), surplus))
    payoffs = disagreement + surplus * split_surplus(rule, weights)
    return Answer(
        status,
        why,
        payoffs=payoffs,
        ideal=disagreement + surplus,
        lottery=lottery,
        decision=decision,
        normals=(np.ones(len(weights)),),
        transfers=payoffs - outcome,
    )
