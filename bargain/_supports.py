"""All equilibria with given numbers of played actions, by cutting up products of simplices.

On a product of simplices, one a player, every expected payoff is affine in each player's weights, so its extremes lie
at combinations of corners: the table of those corner payoffs bounds it exactly. Cells are such products. A cell is
dropped if one of the equations that make played actions equally good cannot hold in it, narrowed by Krawczyk's operator
(the preconditioned equations), taken as solved where that operator proves one solution and no other, and halved
otherwise. Payoffs must be scaled to a range of 1; `ROUNDING` then bounds what floats lose on the way.
"""

from __future__ import annotations

import itertools
import numbers
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.games import GameError

Array = npt.NDArray[np.float64]
Supports = tuple[tuple[int, ...], ...]

ROUNDING = 1e-12
"""Bound on what the payoffs of a cell's corners, at most 1, have lost by rounding: ROUNDING / 1e-16 operations."""
MOST_CELLS = 100_000
"""Cells after which a support is given up, fewer where few weights are free: it has a continuum of solutions, or one
that is not regular."""
SMALLEST = 1e-6
"""Width below which a cell is not cut any more."""
NARROWEST = 1e-4
"""Width below which a cell is not narrowed: a cell cut down to the solution itself shows no slopes to prove it by."""
ENTRIES = 400_000
"""Numbers that one pass over many cells may hold for each of its tables."""
BARELY, MUCH = 0.95, 0.6
"""A cell is narrowed if a player's simplex shrinks below the one, and not halved as well if below the other."""
MOST_AT_ONCE = 512
WIDER = 1.5
"""By how much a cell is blown up before existence and uniqueness are tested, so that solutions may lie on its faces."""


STEP = 30_000
"""What one pass costs beside the numbers it looks at, counted in such numbers."""


def checked_seconds(seconds: float | None) -> float | None:
    """Return a time limit, or raise `GameError` if it is none."""
    if seconds is not None and not (isinstance(seconds, numbers.Real) and seconds >= 0):
        raise GameError(f"seconds is {seconds!r}: a number of at least 0, or None, was expected.")
    return seconds


class Budget:
    """How much may still be done: by the clock, or, the same on every machine, by numbers looked at."""

    def __init__(self, seconds: float | None, effort: float) -> None:
        self.start = time.monotonic()
        self._end = None if seconds is None else self.start + seconds
        self._effort = effort
        self.spent = 0.0

    def spend(self, numbers: float) -> None:
        """Count one pass over so many numbers."""
        self.spent += STEP + numbers

    @property
    def over(self) -> bool:
        """Whether it is used up."""
        return self.spent >= self._effort if self._end is None else time.monotonic() >= self._end

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self.start


@dataclass
class Found:
    """What a search came to: solutions, supports given up (each with a point), and how far it got."""

    solutions: list[tuple[Supports, list[Array]]] = field(default_factory=list)
    given_up: dict[Supports, list[Array]] = field(default_factory=dict)
    supports: int = 0
    cells: int = 0
    work: float = 0.0
    finished: bool = True


@dataclass
class _Cells:
    """A stack of cells of the same sizes: tables, corners, whose they are."""

    tables: list[Array]
    corners: list[Array]
    owner: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64] | slice) -> _Cells:
        return _Cells([t[chosen] for t in self.tables], [c[chosen] for c in self.corners], self.owner[chosen])

    def moved(self, player: int, weights: Array) -> _Cells:
        """The cells whose corners of one player are the given mixtures (cell, new corner, old corner) of the old."""
        tables = []
        for i, table in enumerate(self.tables):
            if i != player:
                brought = np.moveaxis(table, 2 + player, 1)
                flat = brought.reshape(len(brought), brought.shape[1], -1)
                moved = (weights @ flat).reshape(brought.shape)
                table = np.moveaxis(moved, 1, 2 + player)
            tables.append(table)
        corners = list(self.corners)
        corners[player] = weights @ corners[player]
        return _Cells(tables, corners, self.owner)


def joined(parts: Sequence[_Cells]) -> _Cells:
    """One stack of several."""
    n = len(parts[0].tables)
    return _Cells(
        [np.concatenate([part.tables[i] for part in parts]) for i in range(n)],
        [np.concatenate([part.corners[i] for part in parts]) for i in range(n)],
        np.concatenate([part.owner for part in parts]),
    )


def patterns(shape: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """List the numbers of played actions, one a player, by their sum; not the pure ones."""

    def filled(rest: Sequence[int], total: int) -> Iterator[tuple[int, ...]]:
        if not rest:
            if total == 0:
                yield ()
            return
        for first in range(1, min(rest[0], total - len(rest) + 1) + 1):
            for others in filled(rest[1:], total - first):
                yield (first, *others)

    for total in range(len(shape) + 1, sum(shape) + 1):
        yield from filled(shape, total)


def support_work(shape: Sequence[int], sizes: Sequence[int]) -> int:
    """The numbers in the tables of one support: what looking at it once takes."""
    product = int(np.prod(sizes))
    return sum(count * product // size for count, size in zip(shape, sizes, strict=True))


def search_sizes(payoffs: Array, sizes: tuple[int, ...], found: Found, budget: Budget) -> None:
    """Find all equilibria in which the players play so many actions, and add them to `found`.

    Parameters
    ----------
    payoffs : (n, m_1, ..., m_n) array, each player's scaled to a range of at most 1
    sizes : n counts
    """
    shape = payoffs.shape[1:]
    work = support_work(shape, sizes)
    batch = max(1, min(4096, ENTRIES // work))
    choices = itertools.product(
        *(itertools.combinations(range(m), k) for m, k in zip(shape, sizes, strict=True)),
    )
    while block := list(itertools.islice(choices, batch)):
        if budget.over:
            found.finished = False
            return
        left = _search_block(payoffs, sizes, block, found, budget)
        found.supports += len(block) - left
        found.work += work * (len(block) - left)
        if left:
            found.finished = False
            return


def _search_block(
    payoffs: Array, sizes: tuple[int, ...], block: Sequence[Supports], found: Found, budget: Budget
) -> int:
    """Search some supports of the same sizes; return how many were not finished in time."""
    stack = [_whole(payoffs, sizes, block)]
    used = np.zeros(len(block), dtype=int)
    product = int(np.prod(sizes))
    numbers = support_work(payoffs.shape[1:], sizes) + (sum(sizes) - len(sizes)) * product
    largest = max(1, min(MOST_AT_ONCE, ENTRIES // numbers))
    most = min(MOST_CELLS, 200 * 3 ** (sum(sizes) - len(sizes)))
    while stack:
        if budget.over:
            return len({int(own) for part in stack for own in part.owner})
        top = stack.pop()
        while len(top) < largest and stack:
            top = joined([top, stack.pop()])
        if len(top) > largest:
            stack.append(top.take(slice(0, len(top) - largest)))
            top = top.take(slice(len(top) - largest, None))
        found.cells += len(top)
        budget.spend(len(top) * numbers)
        np.add.at(used, top.owner, 1)
        children, solved = _step(top, sizes)
        for at, owner in enumerate(solved.owner.tolist()):
            found.solutions.append((block[owner], [corners[at].mean(axis=0) for corners in solved.corners]))
        if not len(children):
            continue
        wide = np.max([_width(corners) for corners in children.corners], axis=0)
        lost = (used[children.owner] > most) | (wide < SMALLEST)
        if lost.any():
            gone, first = np.unique(children.owner[lost], return_index=True)
            for owner, at in zip(gone.tolist(), np.flatnonzero(lost)[first].tolist(), strict=True):
                found.given_up[block[owner]] = [corners[at].mean(axis=0) for corners in children.corners]
            stack = [part.take(~np.isin(part.owner, gone)) for part in stack]
            stack = [part for part in stack if len(part)]
            children = children.take(~np.isin(children.owner, gone))
        if len(children):
            stack.append(children)
    return 0


def _whole(payoffs: Array, sizes: tuple[int, ...], block: Sequence[Supports]) -> _Cells:
    """One cell a support: all of its simplices. A player's own axis is replaced by its actions, played ones first."""
    n = len(sizes)
    own = [np.array([supports[i] for supports in block]) for i in range(n)]
    tables = []
    for i in range(n):
        unplayed = np.ones((len(block), payoffs.shape[1 + i]), dtype=bool)
        np.put_along_axis(unplayed, own[i], False, axis=1)
        order = np.hstack([own[i], np.nonzero(unplayed)[1].reshape(len(block), -1)])
        index: list[npt.NDArray[np.int64]] = []
        for j in range(n):
            picks = order if i == j else own[j]
            shape = [len(block), *([1] * (n + 1))]
            shape[1 if i == j else 2 + j] = picks.shape[1]
            index.append(picks.reshape(shape))
        tables.append(payoffs[i][tuple(index)])
    corners = [np.broadcast_to(np.eye(k), (len(block), k, k)).copy() for k in sizes]
    return _Cells(tables, corners, np.arange(len(block)))


def _width(corners: Array) -> Array:
    """The longest edge of each simplex, in the largest change of a weight."""
    if corners.shape[1] == 1:
        return np.zeros(len(corners))
    return np.asarray(np.abs(corners[:, :, None] - corners[:, None]).max(axis=(1, 2, 3)))


def _possible(cells: _Cells, sizes: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Whether no action is better than a played one throughout the cell."""
    possible = np.ones(len(cells), dtype=bool)
    for table, k in zip(cells.tables, sizes, strict=True):
        for played in range(k):
            gains = (table - table[:, played : played + 1]).reshape(len(cells), table.shape[1], -1)
            possible &= ~(gains.min(axis=2) > 2 * ROUNDING).any(axis=1)
    return possible


def _equations(cells: _Cells, sizes: tuple[int, ...], players: Sequence[int]) -> Array:
    """What each played action pays beyond the first one, at all corners: (cells, equations, *sizes)."""
    rows = []
    for i in players:
        table = cells.tables[i]
        gaps = table[:, 1 : sizes[i]] - table[:, :1]
        rows.append(np.broadcast_to(gaps, (*gaps.shape[:2], *sizes)))
    return np.concatenate(rows, axis=1)


def _step(cells: _Cells, sizes: tuple[int, ...]) -> tuple[_Cells, _Cells]:
    """Drop, narrow or halve each cell; return what is left to do, and small cells around solutions."""
    n = len(sizes)
    cells = cells.take(_possible(cells, sizes))
    nothing = cells.take(slice(0, 0))
    if not len(cells):
        return nothing, nothing
    free = sum(sizes) - n
    crowded = [i for i in range(n) if 2 * (sizes[i] - 1) > free]
    if crowded:  # more equations of one player than the others have weights
        cells = cells.take(_solvable(_equations(cells, sizes, crowded), sizes)[0])
        open_players = [i for i in range(n) if i not in crowded and sizes[i] > 1]
        return (_halved(cells, open_players or crowded) if len(cells) else nothing), nothing
    cells, equations, inverse, regular = _regular(cells, sizes)
    if not len(cells):
        return nothing, nothing
    image, spread, slack = _krawczyk(equations, inverse, sizes)
    lower, reach, kept = _lower(image, slack, sizes)
    lower, reach = _not_too_narrow(cells, lower, reach)
    kept |= ~regular
    solved = nothing
    promising = np.flatnonzero(regular & kept & (spread < 0.9))
    if promising.size:
        blown = cells.take(promising)
        for j, k in enumerate(sizes):
            if k == 1:
                continue
            blown = blown.moved(j, np.broadcast_to(WIDER * np.eye(k) + (1 - WIDER) / k, (len(blown), k, k)))
        wide_image, wide_spread, wide_slack = _krawczyk(
            _equations(blown, sizes, range(n)), inverse[promising] / WIDER, sizes
        )
        wide_lower, _, _ = _lower(wide_image, wide_slack, sizes)
        inside = np.all([low.min(axis=1) > 0 for low in wide_lower], axis=0)
        one = inside & (wide_spread + wide_slack.max(axis=1) < 1)
        solved = _closed_in(blown.take(one), sizes)
        kept[promising[one]] = False
    narrow = np.min(reach, axis=0) < np.where(regular, MUCH, 0)
    slightly = ~narrow & (np.min(reach, axis=0) < np.where(regular, BARELY, 0))
    parts = []
    for chosen, shrinks, halves in ((narrow, True, False), (slightly, True, True), (~narrow & ~slightly, False, True)):
        own = kept & chosen
        if own.any():
            part = cells.take(own)
            part = _narrowed(part, [low[own] for low in lower], [rest[own] for rest in reach]) if shrinks else part
            parts.append(_halved(part, range(n)) if halves else part)
    return (joined(parts) if parts else nothing), solved


def _regular(cells: _Cells, sizes: tuple[int, ...]) -> tuple[_Cells, Array, Array, npt.NDArray[np.bool_]]:
    """The cells whose equations may hold, the equations, and `_solvable`'s inverse and whether there is one."""
    equations = _equations(cells, sizes, range(len(sizes)))
    solvable, inverse, regular = _solvable(equations, sizes)
    return cells.take(solvable), equations[solvable], inverse[solvable], regular[solvable]


def _narrowed(cells: _Cells, lower: list[Array], reach: list[Array]) -> _Cells:
    """The cells cut down to the weights above their lower bounds."""
    for j, (low, rest) in enumerate(zip(lower, reach, strict=True)):
        if low.shape[1] > 1:
            cells = cells.moved(j, low[:, None, :] + rest[:, None, None] * np.eye(low.shape[1]))
    return cells


def _not_too_narrow(cells: _Cells, lower: list[Array], reach: list[Array]) -> tuple[list[Array], list[Array]]:
    """The bounds of `_lower`, weakened where a cell would become narrower than `NARROWEST`."""
    bounds, left = [], []
    for low, rest, corners in zip(lower, reach, cells.corners, strict=True):
        wide = np.maximum(_width(corners), NARROWEST)
        kept = np.where(low.shape[1] > 1, np.maximum(rest, NARROWEST / wide), rest)
        bounds.append(low * ((1 - kept) / np.where(rest < 1, 1 - rest, 1.0))[:, None] if low.shape[1] > 1 else low)
        left.append(kept)
    return bounds, left


def _closed_in(cells: _Cells, sizes: tuple[int, ...]) -> _Cells:
    """Narrow cells with one solution each to next to it, and keep those where it can be an equilibrium."""
    for _ in range(4):
        if not len(cells):
            return cells
        cells, equations, inverse, regular = _regular(cells, sizes)
        if not len(cells):
            return cells
        image, _, slack = _krawczyk(equations, inverse, sizes)
        lower, reach, _ = _lower(image, slack, sizes)
        cells = _narrowed(
            cells,
            [np.where(regular[:, None], low, 0.0) for low in lower],
            [np.where(regular, rest, 1.0) for rest in reach],
        )
    inside = np.all([corners.max(axis=1).min(axis=1) >= -1e-9 for corners in cells.corners], axis=0)
    return cells.take(inside & _possible(cells, sizes))


def _solvable(equations: Array, sizes: tuple[int, ...]) -> tuple[npt.NDArray[np.bool_], Array, npt.NDArray[np.bool_]]:
    """Whether rotated equations can all be zero; the inverse of the slopes at the middle, and whether it has one."""
    count, rows = equations.shape[:2]
    slopes = []
    for j, k in enumerate(sizes):
        others = tuple(2 + axis for axis in range(len(sizes)) if axis != j)
        means = equations.mean(axis=others) if others else equations.reshape(count, rows, k)
        slopes.append(means[:, :, 1:] - means[:, :, :1])
    left, scales, right = np.linalg.svd(np.concatenate(slopes, axis=2), full_matrices=False)
    whole, _, _ = np.linalg.svd(np.concatenate(slopes, axis=2)) if left.shape[2] < rows else (left, None, None)
    rotated = np.swapaxes(whole, 1, 2) @ equations.reshape(count, rows, -1)
    slack = 2 * rows * ROUNDING
    solvable = ((rotated.min(axis=2) <= slack) & (rotated.max(axis=2) >= -slack)).all(axis=1)
    regular = scales[:, -1] > 1e-7 * scales[:, 0]
    safe = np.where(regular[:, None], scales, 1.0)
    return solvable, np.swapaxes(right, 1, 2) / safe[:, None, :] @ np.swapaxes(left, 1, 2), regular


def _krawczyk(equations: Array, inverse: Array, sizes: tuple[int, ...]) -> tuple[Array, Array, Array]:
    """Krawczyk's image of the corners' weights, how far its slopes are from zero, and what rounding may add."""
    count, rows = equations.shape[:2]
    solved = (inverse @ equations.reshape(count, rows, -1)).reshape(equations.shape)
    slack = 4 * ROUNDING * np.abs(inverse).sum(axis=2)
    spread = np.zeros((count, rows))
    at = 0
    image = -solved
    for j, k in enumerate(sizes):
        for b in range(1, k):
            here = np.take(solved, b, axis=2 + j) - np.take(solved, 0, axis=2 + j)
            here[:, at] -= 1
            spread += np.abs(here.reshape(count, rows, -1)).max(axis=2)
            position: tuple[Any, ...] = (slice(None), at, *([slice(None)] * j), b)
            image[position] += 1
            at += 1
    return image, spread.max(axis=1), slack * (2 * rows + 1)


def _lower(
    image: Array, slack: Array, sizes: tuple[int, ...]
) -> tuple[list[Array], list[Array], npt.NDArray[np.bool_]]:
    """Bounds below each weight of a solution, what is left above them, and whether there can be a solution."""
    count = len(image)
    possible = np.ones(count, dtype=bool)
    lower, reach = [], []
    at = 0
    for k in sizes:
        if k == 1:
            lower.append(np.ones((count, 1)))
            reach.append(np.ones(count))
            continue
        own = image[:, at : at + k - 1].reshape(count, k - 1, -1)
        error = slack[:, at : at + k - 1]
        at += k - 1
        first = 1 - own.sum(axis=1)
        low = np.column_stack([first.min(axis=1) - error.sum(axis=1), own.min(axis=2) - error])
        high = np.column_stack([first.max(axis=1) + error.sum(axis=1), own.max(axis=2) + error])
        possible &= (high >= 0).all(axis=1) & (low <= 1).all(axis=1)
        low = np.maximum(low, 0)
        possible &= low.sum(axis=1) <= 1
        lower.append(low)
        reach.append(np.maximum(1 - low.sum(axis=1), 0))
    return lower, reach, possible


def _halved(cells: _Cells, players: Sequence[int]) -> _Cells:
    """Cut each cell in two through the middle of its longest edge."""
    edges, which = [], []
    for j in players:
        k = cells.corners[j].shape[1]
        for a, b in itertools.combinations(range(k), 2):
            edges.append(np.square(cells.corners[j][:, a] - cells.corners[j][:, b]).sum(axis=1))
            which.append((j, a, b))
    longest = np.argmax(edges, axis=0)
    parts = []
    for at in np.unique(longest):
        j, a, b = which[int(at)]
        own = cells.take(longest == at)
        k = own.corners[j].shape[1]
        for moved in (a, b):
            weights = np.eye(k)
            weights[moved] = 0
            weights[moved, [a, b]] = 0.5
            parts.append(own.moved(j, np.broadcast_to(weights, (len(own), k, k))))
    return joined(parts)
