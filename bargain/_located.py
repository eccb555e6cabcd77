"""Newton's method on the equations of an equilibrium, and the proof that one is near: Kantorovich's theorem in floats.

Payoffs are scaled to a range of at most 1 for each player. The unknowns are the weights of all played actions but each
player's first; the equations say that they pay as much as the first one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bargain.games import Floats

EVALUATION = 1e-14
"""Bound on the rounding of an expected payoff in a game scaled to 1: a sum of products of weights and payoffs."""
MOST_STEPS = 12


@dataclass(frozen=True)
class Located:
    """A point where played actions pay equally, and how surely.

    `radius` bounds the distance to the one true solution near by, in every weight; None: not proved, as where the
    equations are singular. `least` is the smallest weight played, `temptation` the most that an action beyond them
    would bring, and `reach` bounds how far off the temptation may be.
    """

    strategies: tuple[Floats, ...]
    radius: float | None
    least: float
    temptation: float
    reach: float


def pair_values(table: Floats, others: Sequence[int], strategies: Sequence[Floats]) -> dict[int, Floats]:
    """Return what one player's actions pay against each action of each other, the rest playing `strategies`.

    `table` has the player's own axis first, then those of `others`. The others are split in halves, each contracted
    once for the other half: about two passes over the table for all of them.
    """
    if len(others) == 1:
        return {others[0]: table}
    half = len(others) // 2
    left, right = others[:half], others[half:]
    near, far = table, table
    for j in reversed(right):
        near = (near.reshape(-1, near.shape[-1]) @ strategies[j]).reshape(near.shape[:-1])
    for j in left:
        far = (strategies[j] @ far.reshape(*far.shape[:2], -1)).reshape(far.shape[0], *far.shape[2:])
    return {**pair_values(near, left, strategies), **pair_values(far, right, strategies)}


def own_first(payoffs: Floats) -> list[Floats]:
    """Return each player's table with its own axis first."""
    return [np.ascontiguousarray(np.moveaxis(table, i, 0)) for i, table in enumerate(payoffs)]


def slopes_of(tables: Sequence[Floats], strategies: Sequence[Floats]) -> list[dict[int, Floats]]:
    """Return `pair_values` of every player, from its table with its own axis first."""
    n = len(strategies)
    return [pair_values(table, [j for j in range(n) if j != i], strategies) for i, table in enumerate(tables)]


def locate(payoffs: Floats, supports: Sequence[Sequence[int]], start: Sequence[Floats]) -> Located | None:
    """Solve for the point with these supports next to `start` (weights on the supports); None if none is found.

    Newton's method with least squares, so that one point of a continuum is found as well. Then, with Y the inverse of
    the slopes J, b = |Y F| and a bound L on how fast Y J changes, the map x - Y F(x) contracts the ball of radius
    r = 2 b by one half if |I - Y J| + L r <= 1/2: exactly one solution lies in it (Kantorovich 1948).
    """
    played = [list(own) for own in supports]
    weights = [np.array(own, dtype=float) for own in start]
    unknowns = sum(map(len, played)) - len(played)
    error = np.inf
    best = weights
    for _ in range(MOST_STEPS):
        equations, slopes, _ = _system(payoffs, played, weights)
        size = float(np.abs(equations).max(initial=0.0))
        if size >= error:
            break
        best, error = weights, size
        step: Floats = np.asarray(np.linalg.lstsq(slopes, -equations, rcond=1e-12)[0], dtype=float)
        weights = _moved(weights, step)
        if max(float(np.abs(own).max()) for own in weights) > 2:
            break
    if error > 1e-11:
        return None
    weights = best
    equations, slopes, beyond = _system(payoffs, played, weights)
    least = min((float(own.min()) for own in weights if len(own) > 1), default=1.0)
    strategies = []
    for own, count, at in zip(weights, payoffs.shape[1:], played, strict=True):
        strategy = np.zeros(count)
        strategy[at] = own
        strategies.append(strategy)
    radius = _radius(equations, slopes, unknowns)
    widest = max(map(len, played)) - 1
    reach = EVALUATION if radius is None else EVALUATION + 2 * sum(map(len, played)) * radius * widest
    return Located(tuple(strategies), None if radius is None else radius * max(widest, 1), least, beyond, reach)


def _radius(equations: Floats, slopes: Floats, unknowns: int) -> float | None:
    if not unknowns:
        return 0.0
    if np.linalg.cond(slopes) > 1e10:
        return None
    inverse = np.linalg.inv(slopes)
    norm = float(np.abs(inverse).sum(axis=1).max())
    residual = float(np.abs(inverse @ equations).max()) + norm * 4 * EVALUATION
    off = np.abs(np.eye(unknowns) - inverse @ slopes).sum(axis=1).max() + norm * 8 * EVALUATION * unknowns
    # Second differences of payoffs within a range of 1 are at most 4; a tenth more for the ball's part outside.
    change = norm * 4.4 * unknowns**2
    radius = 2 * residual
    return radius if off + change * radius <= 0.5 and radius * unknowns < 1e-3 else None


def _moved(weights: Sequence[Floats], step: Floats) -> list[Floats]:
    moved, at = [], 0
    for own in weights:
        change = step[at : at + len(own) - 1]
        at += len(own) - 1
        rest = own[1:] + change
        moved.append(np.concatenate([[1 - rest.sum()], rest]))
    return moved


def _system(
    payoffs: Floats, played: Sequence[Sequence[int]], weights: Sequence[Floats]
) -> tuple[Floats, Floats, float]:
    """The equations, their slopes, and the most that an action outside the supports would bring."""
    n = len(played)
    offsets = np.cumsum([0, *(len(own) - 1 for own in played)])
    equations, slopes = np.zeros(offsets[-1]), np.zeros((offsets[-1], offsets[-1]))
    beyond = -np.inf
    for i in range(n):
        others = [j for j in range(n) if j != i]
        actions: list[Sequence[int]] = [range(payoffs.shape[1 + i]) if j == i else played[j] for j in range(n)]
        table = np.moveaxis(payoffs[i][np.ix_(*actions)], i, 0)
        pairs = pair_values(table, others, weights)
        values = pairs[others[0]] @ weights[others[0]]
        outside = np.delete(values, played[i])
        if outside.size:
            beyond = max(beyond, float(outside.max() - values[played[i]].max()))
        rows = slice(offsets[i], offsets[i + 1])
        own = played[i]
        equations[rows] = values[own[1:]] - values[own[0]]
        for j in others:
            gaps = pairs[j][own[1:]] - pairs[j][own[0]]
            slopes[rows, offsets[j] : offsets[j + 1]] = gaps[:, 1:] - gaps[:, :1]
    return equations, slopes, beyond
