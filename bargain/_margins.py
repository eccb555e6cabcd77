"""What every player of a membership game gains by staying, over all coalitions: n 2**(n-1) comparisons.

Numpy goes through them block by block. Beyond `MOST_PLAYERS_NUMPY` players, where payoffs are listed or linear in
features, one loop compiled by numba reads each of them once: half a second to load, a few to compile when a machine
first runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Floats, MembershipGame
from bargain.features import LinearPayoffs

View = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]
Margins = tuple[Floats, Floats, Floats]

MOST_PLAYERS_NUMPY = 18
BLOCK = 1 << 14
"""Coalitions handled at a time by the compiled loop: all it needs stays in the processor's second-level cache."""
LISTED = (0.0, 1.0)
"""The weights of a payoff that is read as it is."""


def margins(game: MembershipGame) -> Margins:
    """Return internal and external margins and surplus of all coalitions, (2**n,) read-only each.

    Raises
    ------
    GameError   if a function that gives the payoffs has given one that is no finite number
    """
    listed = game.function is None or isinstance(game.function, LinearPayoffs)
    results = compiled(game) if listed and game.n_players > MOST_PLAYERS_NUMPY else in_numpy(game)
    for margin in results:
        margin.flags.writeable = False
    return results


def in_numpy(game: MembershipGame) -> Margins:
    """Return the three margins by array operations."""
    internal, external, surplus = _start(game)
    for _, inside, outside, gains in member_gains(game):
        least, most, total = inside(internal), outside(external), inside(surplus)
        np.minimum(least, gains, out=least)
        np.maximum(most, gains, out=most)
        total += gains
    return internal, np.negative(external, out=external), surplus


def compiled(game: MembershipGame) -> Margins:
    """Return the three margins by the compiled loop, and let the game know its largest payoff."""
    n, form = game.n_players, game.function
    if isinstance(form, LinearPayoffs):
        tables, weights = tuple(each[None] for each in form.features), (form.inside, form.outside)
    else:
        tables, weights = (game.payoffs.T,), (np.tile(LISTED, (n, 1)),) * 2
    internal, external, surplus = _start(game)
    weigh, last, half = _kernel(), n - 1, game.n_coalitions // 2
    # Two threads at a time, which never write to the same place: each half of the coalitions for all players but the
    # last, then each half of the pairs of coalitions with and without that one.
    rounds = (
        [(0, last, 0, half), (0, last, half, half)],
        [(last, n, half, half // 2), (last, n, half + half // 2, half // 2)],
    )
    with ThreadPoolExecutor(2) as pool:
        largest = max(
            found
            for pair in rounds
            for found in pool.map(lambda part: weigh(tables, *weights, *part, internal, external, surplus), pair)
        )
    game.note_scale(largest if np.isfinite(surplus).all() else np.nan)
    return internal, np.negative(external, out=external), surplus


def _start(game: MembershipGame) -> Margins:
    internal, external, surplus = (np.full(game.n_coalitions, start) for start in (np.inf, -np.inf, 0.0))
    return internal, external, surplus


@cache
def _kernel() -> Callable[..., float]:
    import numba

    compile_ = partial(numba.njit, nogil=True, error_model="numpy")
    try:
        kernel: Callable[..., float] = compile_(cache=True)(_weigh)
    except RuntimeError:  # There is no folder to keep it in.
        kernel = compile_()(_weigh)
    return kernel


def _weigh(
    tables: Any,
    inside: Any,
    outside: Any,
    player: int,
    players: int,
    start: int,
    count: int,
    internal: Any,
    external: Any,
    surplus: Any,
) -> float:
    """Compare staying with having left, for some players and coalitions; return the largest absolute payoff met.

    Each table has one row, or one for each player. Numbers are unsigned, because numba asks of signed ones in every
    round whether they count from the end.
    """
    one: Any = np.uint64(1)
    length = min(np.uint64(BLOCK), np.uint64(count))
    largest = np.zeros(length)
    for block in range(np.uint64(start), np.uint64(start + count), length):
        for i in range(np.uint64(player), np.uint64(players)):
            step = one << i
            if step < length:
                runs, width, first = length // (step + step), step, block
            elif block & step:
                runs, width, first = one, length, block - step
            else:
                continue
            row = i if len(tables[0]) > 1 else np.uint64(0)
            for run in range(runs):
                low = first + run * (step + step)
                high = low + step
                for j in range(width):
                    stays, leaves = inside[i, 0], outside[i, 0]
                    for k in range(len(tables)):
                        stays += inside[i, k + 1] * tables[k][row, high + j]
                        leaves += outside[i, k + 1] * tables[k][row, low + j]
                    gain = stays - leaves
                    internal[high + j] = min(internal[high + j], gain)
                    external[low + j] = max(external[low + j], gain)
                    surplus[high + j] += gain
                    largest[j] = max(largest[j], max(abs(stays), abs(leaves)))
    return float(largest.max())


def member_gains(game: MembershipGame) -> Iterator[tuple[int, View, View, Floats]]:
    """Yield (i, inside, outside, gains) until every coalition with each player i in it has come up.

    gains are pi_i(S) - pi_i(S without i) for some coalitions S; inside(a) and outside(a) are the places of S and of
    S without i in an array of one number a coalition, as views to write into.
    """
    for start, stop in game.blocks():
        for i in range(game.n_players):
            step = 1 << i
            if step >= stop - start:
                if start & step:
                    without = slice(start - step, stop - step)
                    gains = game.rows(i, start, stop) - game.rows(i, without.start, without.stop)
                    yield i, itemgetter(slice(start, stop)), itemgetter(without), gains
            elif i < 3:
                # Few neighbours in a row: strided slices are several times faster than rows of two or four.
                payoffs = game.rows(i, start, stop)
                for first in range(step):
                    member, other = slice(first + step, None, 2 * step), slice(first, None, 2 * step)
                    views = [slice(start + at.start, stop, 2 * step) for at in (member, other)]
                    yield i, itemgetter(views[0]), itemgetter(views[1]), payoffs[member] - payoffs[other]
            else:
                payoffs = halves(game.rows(i, start, stop), i)
                block = slice(start, stop)
                yield i, _View(block, i, 1), _View(block, i, 0), payoffs[:, 1] - payoffs[:, 0]


@dataclass(frozen=True)
class _View:
    """The coalitions of a block with player i (side 1) or without it (side 0)."""

    block: slice
    i: int
    side: int

    def __call__(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return halves(values[self.block], self.i)[:, self.side]


def halves(values: npt.NDArray[Any], i: int) -> npt.NDArray[Any]:
    """Return a view with the coalitions without player i at [:, 0] and with it at [:, 1]."""
    return values.reshape(-1, 2, 1 << i)
