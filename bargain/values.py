"""Values of coalitional games: one fair division by what players add to coalitions.

All linear values are sums over coalitions weighted by size, read off the table of worths block by block. Each can
be computed anew from the Harsanyi dividends, which is what `residual()` does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.coalitions import Coalition, coalition_sizes
from bargain.findings import number
from bargain.games import GameError
from bargain.properties import LOW, table_dividends
from bargain.tu import (
    Allocation,
    CoalitionalGame,
    NoAllocation,
    Worths,
    allocation,
    as_game,
    subset_sums,
    tie,
)

Table = npt.NDArray[Any]


def shapley_value(v: Worths) -> Allocation:
    """Return the Shapley value: what each player adds on average when players join in random order.

    phi_i = sum over S without i of s!(n-s-1)!/n! * (v(S+i) - v(S)), s the number of players in S. It is the only
    division that is efficient, symmetric, additive, and gives nothing to those who add nothing.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Allocation
        `payoffs` in the unit of the worths; `exact` where worths are rational and n is at most 10.

    Raises
    ------
    GameError   for worths that make no game

    Notes
    -----
    One pass over the table, 2**n additions and as many multiplications.

    References
    ----------
    Shapley, L. S. (1953). A value for n-person games. Contributions to the Theory of Games II, 307-317.
    Littlechild, S. C., Owen, G. (1973). A simple expression for the Shapley value in a special case. Management
    Science 20, 370-372: the airport game of the example.

    Examples
    --------
    Runways of length 1, 2 and 3 are needed; a coalition pays for its longest.

    >>> import bargain as bg
    >>> print(bg.shapley_value([0, 1, 2, 2, 3, 3, 3, 3]))
    Shapley value: player 1 1/3, player 2 5/6, player 3 11/6
    """
    game = as_game(v, look=False)
    with np.errstate(over="ignore", invalid="ignore"):
        payoffs = _shapley(game.best)
    if not game.exact and not np.isfinite(payoffs).all():
        as_game(v)  # says which worth is not finite
    return allocation(game, "Shapley value", payoffs, partial(_shared_dividends, game, _equally))


def banzhaf_value(v: Worths, normalised: bool = False) -> Allocation:
    """Return the Banzhaf value: what each player adds on average to a coalition of the others drawn by coin tosses.

    beta_i = 2**(1-n) * sum over S without i of (v(S+i) - v(S)). It need not add up to v(N).

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    normalised : bool
        Divide v(N) in proportion to the values.

    Returns
    -------
    Allocation

    Raises
    ------
    GameError   for worths that make no game; for normalising values that add up to 0

    References
    ----------
    Banzhaf, J. F. (1965). Weighted voting doesn't work. Rutgers Law Review 19, 317-343.
    Owen, G. (1975). Multilinear extensions and the Banzhaf value. Naval Research Logistics Quarterly 22, 741-750.

    Examples
    --------
    >>> import bargain as bg
    >>> majority = [0, 0, 0, 1, 0, 1, 1, 1]
    >>> print(bg.banzhaf_value(majority))
    Banzhaf value: player 1 1/2, player 2 1/2, player 3 1/2
    >>> bg.banzhaf_value(majority, normalised=True).payoffs.sum().item()
    1.0
    """
    game = as_game(v)
    again = partial(_banzhaf_again, game, normalised)
    name = "Normalised Banzhaf value" if normalised else "Banzhaf value"
    return allocation(game, name, _normalised(game, _banzhaf(game.best), normalised), again)


def tau_value(v: Worths) -> Allocation | NoAllocation:
    """Return the tau value: the efficient point between everyone's utopia payoff and minimal right.

    Utopia M_i = v(N) - v(N-i); minimal right m_i = max over S with i of v(S) - M(S-i); tau = m + a(M - m) with a
    such that it adds up to v(N). It exists where m <= M and m(N) <= v(N) <= M(N): in quasi-balanced games.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Allocation, or NoAllocation where the game is not quasi-balanced

    Raises
    ------
    GameError   for worths that make no game

    References
    ----------
    Tijs, S. H. (1981). Bounds for the core and the tau-value. Game Theory and Mathematical Economics, 123-132.
    Stach, I. (2011), the game of the example.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.tau_value([0, 0, 0, 1, 0, 2, 1, 3]))
    tau value: player 1 6/5, player 2 3/5, player 3 6/5
    """
    game = as_game(v)
    table, n, tolerance = game.best, game.n_players, 0 if game.decides_exactly else tie(game)
    utopia = table[-1] - table[[game.grand ^ 1 << i for i in range(n)]]
    gains = table - subset_sums(utopia)
    rights = utopia + np.array([_with(gains, i).max() for i in range(n)])
    low, high, total = rights.sum(), utopia.sum(), table[-1]
    for i in range(n):
        if rights[i] > utopia[i] + tolerance:
            return NoAllocation(
                game,
                "tau value",
                f"The game is not quasi-balanced: {game.players[i]} has a minimal right of {number(float(rights[i]))}, "
                f"more than its utopia payoff {number(float(utopia[i]))}.",
            )
    if not low - tolerance <= total <= high + tolerance:
        return NoAllocation(
            game,
            "tau value",
            f"The game is not quasi-balanced: minimal rights add up to {number(float(low))} and utopia payoffs to "
            f"{number(float(high))}, and {number(float(total))} is not between them.",
        )
    span = high - low
    part = (total - low) / span if span > tolerance else total * 0
    payoffs = rights + part * (utopia - rights)
    return allocation(game, "tau value", payoffs)


def owen_value(v: Worths, unions: Iterable[Coalition]) -> Allocation:
    """Return the Owen value: the Shapley value where players join in random order, but union by union.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    unions : list of coalitions
        A partition of the players; each union as its members (numbers from 0, or names) or as a bit mask. Whoever
        is in none is a union alone.

    Returns
    -------
    Allocation

    Raises
    ------
    GameError   for worths that make no game, or unions that overlap

    Notes
    -----
    Within a union, the Shapley value of the worths averaged over the orders of the other unions: the work is
    2**(unions - 1 + members) for each union.

    References
    ----------
    Owen, G. (1977). Values of games with a priori unions. Mathematical Economics and Game Theory, 76-88.

    Examples
    --------
    In a majority of three two players who always vote together have all the power.

    >>> import bargain as bg
    >>> print(bg.owen_value([0, 0, 0, 1, 0, 1, 1, 1], [[0, 1], [2]]))
    Owen value: player 1 1/2, player 2 1/2, player 3 0
    """
    game = as_game(v)
    parts = partition(game, unions)
    payoffs = [game.best[0]] * game.n_players
    for part in parts:
        for member, share in zip(game.members(part), _shapley(_averaged(game, parts, part)), strict=True):
            payoffs[member] = share
    return allocation(game, "Owen value", payoffs, partial(_shared_dividends, game, partial(_by_union, parts)))


def aumann_dreze(v: Worths, structure: Iterable[Coalition]) -> Allocation:
    """Return the Aumann-Dreze value: each coalition of the structure shares its own worth by its Shapley value.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    structure : list of coalitions
        A partition of the players, as for `owen_value`.

    Returns
    -------
    Allocation

    Raises
    ------
    GameError   for worths that make no game, or coalitions that overlap

    References
    ----------
    Aumann, R. J., Dreze, J. H. (1974). Cooperative games with coalition structures. International Journal of Game
    Theory 3, 217-237.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.aumann_dreze([0, 0, 0, 1, 0, 1, 1, 1], [[0, 1]]))
    Aumann-Dreze value: player 1 1/2, player 2 1/2, player 3 0
    """
    game = as_game(v)
    parts = partition(game, structure)
    payoffs = [game.best[0]] * game.n_players
    for part in parts:
        members = game.members(part)
        for member, share in zip(members, _shapley(game.best[_subsets(members)]), strict=True):
            payoffs[member] = share
    again = partial(_shared_dividends, game, partial(_within, parts))
    return allocation(game, "Aumann-Dreze value", payoffs, again)


def myerson_value(v: Worths, links: Iterable[Coalition]) -> Allocation:
    """Return the Myerson value: the Shapley value where only those who are linked can cooperate.

    A coalition is worth the sum of the worths of its connected parts.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    links : list of pairs of players
        The edges of a graph, e.g. `[(0, 1), ("North", "East")]`.

    Returns
    -------
    Allocation

    Raises
    ------
    GameError   for worths that make no game, or a link that is no pair of two players

    References
    ----------
    Myerson, R. B. (1977). Graphs and cooperation in games. Mathematics of Operations Research 2, 225-229.

    Examples
    --------
    Any two of three players make 60, all three 72, and player 1 stands between the other two.

    >>> import bargain as bg
    >>> print(bg.myerson_value([0, 0, 0, 60, 0, 60, 60, 72], [(0, 1), (0, 2)]))
    Myerson value: player 1 44, player 2 14, player 3 14
    """
    game = as_game(v)
    table = _restricted(game.best, _neighbours(game, links))
    again = partial(_myerson_again, game, table)
    return allocation(game, "Myerson value", _shapley(table), again)


def partition(game: CoalitionalGame, unions: Iterable[Coalition]) -> tuple[int, ...]:
    """Return a partition of the players as bit masks; players in none of the coalitions stand alone.

    Raises
    ------
    GameError   if two coalitions overlap or one is empty
    """
    parts = [game.mask(union) for union in unions]
    seen = 0
    for part in parts:
        if not part or part & seen:
            words = f"{game.label(part & seen)} stands in two of them" if part else "one of them is empty"
            raise GameError(f"The coalitions are no partition of the players: {words}.")
        seen |= part
    return (*parts, *(1 << i for i in range(game.n_players) if not seen >> i & 1))


def _with(table: Table, player: int) -> Table:
    """The entries of the coalitions with a player."""
    return table.reshape(-1, 2, 1 << player)[:, 1]


def _player_sums(table: Table, weights: Sequence[Any], others: Sequence[Any]) -> tuple[Table, Any]:
    """Sum weights[size] * worth over the coalitions with each player, and others[size] * worth over all of them."""
    n = len(table).bit_length() - 1
    low = n if table.dtype == object else min(n, LOW)
    sizes = coalition_sizes(low)
    kind = table.dtype
    own = [np.array(weights[k : k + low + 1], dtype=kind)[sizes] for k in range(n - low + 1)]
    blocks = table.reshape(-1, 1 << low)
    by_size = np.zeros((n - low + 1, 1 << low), dtype=kind)
    totals = np.empty(len(blocks), dtype=kind)
    for high, block in enumerate(blocks):
        size = high.bit_count()
        by_size[size] += block
        totals[high] = own[size] @ block
    columns = sum((by_size[k] * own[k] for k in range(1, n - low + 1)), by_size[0] * own[0])
    sums = [_with(columns, i).sum() for i in range(low)] + [_with(totals, i).sum() for i in range(n - low)]
    everyone = sum(np.array(others[k : k + low + 1], dtype=kind)[sizes] @ by_size[k] for k in range(n - low + 1))
    return np.array(sums, dtype=kind), everyone


def _shapley(table: Table) -> Table:
    """The Shapley value of a table of worths, of floats or of fractions."""
    n = len(table).bit_length() - 1
    weights, others = _shapley_weights(n, table.dtype == object)
    sums, everyone = _player_sums(table, weights, others)
    return np.asarray(sums - everyone)


@cache
def _shapley_weights(n: int, exact: bool) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """By size s: (s-1)!(n-s-1)!/(n-1)! for coalitions with the player, s!(n-s-1)!/n! to be taken off for all."""
    fact = math.factorial
    inner = [Fraction(fact(s - 1) * fact(n - s - 1), fact(n - 1)) for s in range(1, n)]
    weights = [Fraction(0), *inner, Fraction(1, n)]
    others = [*(Fraction(fact(s) * fact(n - s - 1), fact(n)) for s in range(n)), Fraction(0)]
    if exact:
        return tuple(weights), tuple(others)
    return tuple(map(float, weights)), tuple(map(float, others))


def _banzhaf(table: Table) -> Table:
    n = len(table).bit_length() - 1
    one = Fraction(1, 1 << n - 1) if table.dtype == object else 2.0 ** (1 - n)
    sums, everyone = _player_sums(table, [one] * (n + 1), [one] * (n + 1))
    return np.asarray(2 * sums - everyone)


def _normalised(game: CoalitionalGame, values: Table, normalised: bool) -> Table:
    if not normalised:
        return values
    total = values.sum()
    if abs(total) <= tie(game):
        raise GameError("The Banzhaf values add up to 0: they cannot be normalised.")
    return np.asarray(values * (game.best[-1] / total))


def _shared_dividends(game: CoalitionalGame, split: Any) -> Table:
    """Payoffs from dividends: split(game) yields each player and its share of every coalition's dividend."""
    own = table_dividends(game.best)
    return np.array([own[at] @ shares for at, shares in split(game)])


def _equally(game: CoalitionalGame) -> Iterable[tuple[Table, Table]]:
    """Every member the same share of its coalition's dividend."""
    masks, sizes = np.arange(len(game.values)), coalition_sizes(game.n_players)
    for i in range(game.n_players):
        at = masks[masks >> i & 1 == 1]
        yield at, _parts(game, sizes[at].astype(np.int64))


def _by_union(unions: Sequence[int], game: CoalitionalGame) -> Iterable[tuple[Table, Table]]:
    """Each union with members in the coalition the same share, and within it each of these members the same."""
    masks, sizes = np.arange(len(game.values)), coalition_sizes(game.n_players).astype(np.int64)
    taking_part = sum((masks & union != 0).astype(np.int64) for union in unions)
    for i in range(game.n_players):
        union = next(union for union in unions if union >> i & 1)
        at = masks[masks >> i & 1 == 1]
        yield at, _parts(game, np.asarray(taking_part)[at] * sizes[at & union])


def _within(structure: Sequence[int], game: CoalitionalGame) -> Iterable[tuple[Table, Table]]:
    """Every member the same share of the dividends within its own part of the structure."""
    masks, sizes = np.arange(len(game.values)), coalition_sizes(game.n_players).astype(np.int64)
    for i in range(game.n_players):
        part = next(part for part in structure if part >> i & 1)
        at = masks[(masks >> i & 1 == 1) & (masks & ~part == 0)]
        yield at, _parts(game, sizes[at])


def _parts(game: CoalitionalGame, counts: Table) -> Table:
    if game.decides_exactly:
        return np.array([Fraction(1, int(count)) for count in counts], dtype=object)
    return 1.0 / counts


def _banzhaf_again(game: CoalitionalGame, normalised: bool) -> Table:
    def halves(same: CoalitionalGame) -> Iterable[tuple[Table, Table]]:
        sizes = coalition_sizes(same.n_players).astype(np.int64)
        return ((at, _parts(same, np.int64(1) << sizes[at] - 1)) for at, _ in _equally(same))

    return _normalised(game, _shared_dividends(game, halves), normalised)


def _myerson_again(game: CoalitionalGame, restricted: Table) -> Table:
    own = table_dividends(restricted)
    return np.array([own[at] @ shares for at, shares in _equally(game)])


def _averaged(game: CoalitionalGame, parts: Sequence[int], part: int) -> Table:
    """The worths of a union's subsets, averaged over which other unions have come before it."""
    table, rest = game.best, [other for other in parts if other != part]
    m, fact = len(parts), math.factorial
    subsets = _subsets(game.members(part))
    found = table[subsets] * 0
    for before, mask in enumerate(subset_sums(np.array(rest, dtype=np.int64)).tolist()):
        k = before.bit_count()
        weight = Fraction(fact(k) * fact(m - k - 1), fact(m))
        found = found + (table[subsets | mask] - table[mask]) * (weight if table.dtype == object else float(weight))
    return np.asarray(found)


def _subsets(members: Sequence[int]) -> npt.NDArray[np.int64]:
    """The bit masks of all subsets of some players, in the order of their own bit masks."""
    return subset_sums(np.array([1 << i for i in members], dtype=np.int64))


def _neighbours(game: CoalitionalGame, links: Iterable[Coalition]) -> list[int]:
    neighbours = [1 << i for i in range(game.n_players)]
    for link in links:
        ends = game.members(link)
        if len(ends) != 2:
            raise GameError(f"The link {link!r} names {len(ends)} players: a link joins two.")
        neighbours[ends[0]] |= 1 << ends[1]
        neighbours[ends[1]] |= 1 << ends[0]
    return neighbours


def _restricted(table: Table, neighbours: Sequence[int]) -> Table:
    """The worths if a coalition is the sum of its connected parts, split off one after the other."""
    masks = np.arange(len(table))
    reach = np.zeros(1, dtype=np.int64)
    for near in neighbours:
        reach = np.concatenate([reach, reach | near])
    part = masks & -masks
    while not np.array_equal(grown := reach[part] & masks, part):
        part = grown
    total, rest = table[part], masks ^ part
    while rest.any():
        total = total + table[part[rest]]
        rest = rest ^ part[rest]
    return np.asarray(total)
