"""What can be read off the table of worths: dividends, excesses, and whether a game is convex, and the like."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.findings import number
from bargain.tu import CoalitionalGame, Property, Worths, as_game, as_payoffs, subset_sums, tie

Table = npt.NDArray[Any]

LOW = 13
"""Players whose 2**13 coalitions make one block: 66 kB of floats, which stay in the processor's cache."""
PAIRS = 8
"""Players whose 3**8 pairs of disjoint coalitions are compared at a time."""


def dividends(v: Worths) -> Table:
    """Return the Harsanyi dividend of every coalition, (2**n,): what it makes beyond what its parts make.

    d(S) = v(S) - sum of d(T) over the proper subsets T of S; v(S) is the sum of the dividends within S. Fractions
    give fractions.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    (2**n,) array
        One number for each coalition, by bit mask.

    Raises
    ------
    GameError   for worths that make no game

    References
    ----------
    Harsanyi, J. C. (1963). A simplified bargaining model for the n-person cooperative game. International Economic
    Review 4, 194-220.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.dividends([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]).tolist()
    [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, -2.0]
    """
    return table_dividends(as_game(v).table)


def excess(v: Worths, payoffs: Any) -> Table:
    """Return the excess e(S, x) = v(S) - x(S) of every coalition at an allocation, (2**n,).

    A coalition with an excess above zero would get more alone. Fractions in both give fractions.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    payoffs : (n,) array, or an Allocation

    Returns
    -------
    (2**n,) array
        One number for each coalition, by bit mask.

    Raises
    ------
    GameError   for worths that make no game, or payoffs that do not fit it

    Examples
    --------
    >>> import bargain as bg
    >>> bg.excess([0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0], [0.5, 0.25, 0.25]).tolist()
    [0.0, -0.5, -0.25, 0.25, -0.25, 0.25, 0.5, 0.0]
    """
    game = as_game(v)
    x = as_payoffs(game, payoffs)
    if x.dtype == object and game.given.dtype == object:
        return np.asarray(game.fractions - subset_sums(x))
    return np.asarray(game.values - subset_sums(x.astype(float)))


def is_convex(v: Worths) -> Property:
    """Whether the game is convex: a player adds the more, the larger the coalition it joins.

    v(S+i+j) - v(S+i) - v(S+j) + v(S) >= 0 for all S and i, j outside it. Convex games have a core, and the Shapley
    value lies in it.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Property
        `margin` the least such difference; where it is below zero by more than a tie the witness is
        `{"coalition": S, "players": (i, j)}`.

    Raises
    ------
    GameError   for worths that make no game

    References
    ----------
    Shapley, L. S. (1971). Cores of convex games. International Journal of Game Theory 1, 11-26.

    Examples
    --------
    >>> import bargain as bg
    >>> bool(bg.is_convex([0, 0, 0, 1, 0, 1, 1, 3]))
    True
    >>> print(bg.is_convex([0, 0, 0, 1, 0, 1, 1, 1]))
    Convex: no. player 1 adds 1 less to {player 2, player 3} than to {player 3} alone.
    """
    game = as_game(v)
    table = game.table
    least, where = math.inf, (0, 0, 0)
    for j in range(1, game.n_players):
        for i in range(j):
            cube = table.reshape(-1, 2, 1 << j - i - 1, 2, 1 << i)
            gaps = cube[:, 1, :, 1] - cube[:, 1, :, 0]
            gaps -= cube[:, 0, :, 1]
            gaps += cube[:, 0, :, 0]
            if (low := gaps.min()) < least:
                high, middle, rest = np.unravel_index(int(gaps.argmin()), gaps.shape)
                least, where = low, (int(high << j + 1 | middle << i + 1 | rest), i, j)
    mask, i, j = where
    words = (
        f"{game.players[i]} adds {number(-float(least))} less to {game.label(mask | 1 << j)} than to "
        f"{game.label(mask)} alone"
    )
    return _property(game, "Convex", least, {"coalition": mask, "players": (i, j)}, words)


def is_superadditive(v: Worths) -> Property:
    """Whether disjoint coalitions never lose by merging: v(S+T) >= v(S) + v(T).

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Property
        The witness is `{"coalitions": (S, T)}`.

    Raises
    ------
    GameError   for worths that make no game

    Notes
    -----
    All 3**n pairs are compared: seconds at 18 players.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.is_superadditive([0, 2, 2, 3]))
    Superadditive: no. {player 1} and {player 2} make 1 more apart than together.
    """
    game = as_game(v)
    table, n = game.table, game.n_players
    low = min(n, PAIRS)
    first, second = _disjoint(low)
    both, size = first | second, 1 << low
    blocks = table.reshape(-1, size)
    least, where = math.inf, (0, 0)
    ones, others = _disjoint(n - low)
    for high_s, high_t in zip(ones.tolist(), others.tolist(), strict=True):
        if high_s > high_t:
            continue
        gaps = blocks[high_s | high_t].take(both)
        gaps -= blocks[high_s].take(first)
        gaps -= blocks[high_t].take(second)
        if (lowest := gaps.min()) < least:
            at = int(gaps.argmin())
            least, where = lowest, (high_s << low | int(first[at]), high_t << low | int(second[at]))
    s, t = sorted(where)
    words = f"{game.label(s)} and {game.label(t)} make {number(-float(least))} more apart than together"
    return _property(game, "Superadditive", least, {"coalitions": (s, t)}, words)


def is_monotone(v: Worths) -> Property:
    """Whether no player ever lowers the worth of the coalition it joins: v(S+i) >= v(S).

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Property
        The witness is `{"coalition": S, "player": i}`.

    Raises
    ------
    GameError   for worths that make no game

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.is_monotone([0, 2, 2, 1]))
    Monotone: no. player 1 lowers the worth of {player 2} by 1.
    """
    game = as_game(v)
    least, where = math.inf, (0, 0)
    for i in range(game.n_players):
        cube = game.table.reshape(-1, 2, 1 << i)
        gaps = cube[:, 1] - cube[:, 0]
        if (low := gaps.min()) < least:
            high, rest = np.unravel_index(int(gaps.argmin()), gaps.shape)
            least, where = low, (int(high << i + 1 | rest), i)
    mask, i = where
    words = f"{game.players[i]} lowers the worth of {game.label(mask)} by {number(-float(least))}"
    return _property(game, "Monotone", least, {"coalition": mask, "player": i}, words)


def _property(game: CoalitionalGame, name: str, least: Any, witness: dict[str, Any], words: str) -> Property:
    if least >= -tie(game):
        return Property(name, True, float(least))
    return Property(name, False, float(least), witness, words)


def table_dividends(table: Table) -> Table:
    """Return the dividends of a table of worths.

    Player by player, coalitions without the player are subtracted from those with it; low players block by block.
    """
    found = table.copy()
    n = len(table).bit_length() - 1
    for block in found.reshape(-1, 1 << min(n, LOW)):
        for i in range(min(n, LOW)):
            cube = block.reshape(-1, 2, 1 << i)
            cube[:, 1] -= cube[:, 0]
    for i in range(LOW, n):
        for cube in found.reshape(-1, 2, 1 << i):
            cube[1] -= cube[0]
    return found


def _disjoint(n: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All 3**n pairs of disjoint coalitions."""
    first, second = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for i in range(n):
        bit = 1 << i
        first, second = (
            np.concatenate([first, first | bit, first]),
            np.concatenate([second, second, second | bit]),
        )
    return first, second
