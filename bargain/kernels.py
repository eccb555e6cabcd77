"""The kernel, the prekernel and the bargaining set: allocations at which no player has the better of another.

The nucleolus lies in the kernel and the bargaining set, the prenucleolus in the prekernel.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._exact_levels import Column, maximise
from bargain._lp import solve_lp
from bargain.errors import SolverError
from bargain.findings import number
from bargain.games import Floats, GameError
from bargain.nucleoli import Nucleolus, nucleolus, prenucleolus
from bargain.properties import excess
from bargain.tu import TOLERANCE, CoalitionalGame, NoAllocation, Property, Worths, as_game, as_payoffs, subset_sums

MOST_BARGAINERS = 12
"""Checking the bargaining set takes a linear program for each coalition and pair of players."""


def kernel_point(v: Worths) -> Nucleolus | NoAllocation:
    """Return a point of the kernel: the nucleolus, which always lies in it.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Nucleolus, or NoAllocation where there is no imputation

    Raises
    ------
    GameError   for worths that make no game

    References
    ----------
    Schmeidler (1969), theorem 4: the nucleolus lies in the kernel.

    Examples
    --------
    >>> import bargain as bg
    >>> worths = [0, 0, 0, 60, 0, 60, 60, 72]
    >>> bg.is_in_kernel(worths, bg.kernel_point(worths)).holds
    True
    """
    return nucleolus(v)


def prekernel_point(v: Worths) -> Nucleolus | NoAllocation:
    """Return a point of the prekernel: the prenucleolus, which always lies in it.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Nucleolus or NoAllocation
        As for `prenucleolus`.

    Raises
    ------
    GameError   for worths that make no game

    Examples
    --------
    >>> import bargain as bg
    >>> bg.is_in_prekernel([0, 5, 0, 2], bg.prekernel_point([0, 5, 0, 2])).holds
    True
    """
    return prenucleolus(v)


def maximum_surplus(v: Worths, payoffs: Any) -> npt.NDArray[Any]:
    """Return s_ij, the largest excess of a coalition with player i and without player j.

    What i can hope to gain without j. The diagonal is minus infinity.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    payoffs : (n,) array, or an Allocation

    Returns
    -------
    (n, n) array
        Fractions where worths and payoffs are rational.

    Raises
    ------
    GameError   for worths that make no game, or payoffs that do not fit it

    Examples
    --------
    >>> import bargain as bg
    >>> majority = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    >>> bg.maximum_surplus(majority, [0.5, 0.25, 0.25]).tolist()
    [[-inf, 0.25, 0.25], [0.5, -inf, 0.25], [0.5, 0.25, -inf]]
    """
    game = as_game(v)
    return _surplus(game, _excesses(game, as_payoffs(game, payoffs))[0])


def is_in_prekernel(v: Worths, payoffs: Any) -> Property:
    """Whether an allocation shares v(N) and s_ij = s_ji for all i and j: nobody has the better threat.

    v(N) is the worth of all players together, s_ij that of `maximum_surplus`.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    payoffs : (n,) array, or an Allocation

    Returns
    -------
    Property
        The witness `{"players": (i, j)}` is the pair in which i outweighs j most.

    Raises
    ------
    GameError   for worths that make no game, or payoffs that do not fit it

    References
    ----------
    Maschler, M., Peleg, B., Shapley, L. S. (1972). The kernel and bargaining set for convex games. International
    Journal of Game Theory 1, 73-93.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.is_in_prekernel([0, 0, 0, 1, 0, 1, 1, 1], [0.5, 0.25, 0.25]))
    In the prekernel: no. player 2 outweighs player 1 by 0.25.
    """
    return _in_kernel(as_game(v), payoffs, "In the prekernel", pre=True)


def is_in_kernel(v: Worths, payoffs: Any) -> Property:
    """Whether an imputation leaves nobody outweighed who has something to lose.

    For all i and j: s_ij <= s_ji, or j gets just what it is worth alone; s_ij is that of `maximum_surplus`.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    payoffs : (n,) array, or an Allocation

    Returns
    -------
    Property
        The witness `{"players": (i, j)}` is the pair in which i outweighs j most, or `{"player": i}` one that gets less
        than it is worth alone.

    Raises
    ------
    GameError   for worths that make no game, or payoffs that do not fit it

    References
    ----------
    Davis, M., Maschler, M. (1965). The kernel of a cooperative game. Naval Research Logistics Quarterly 12, 223-259.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.is_in_kernel([0, 0, 0, 1, 0, 1, 0, 1], [1, 0, 0]).holds
    True
    """
    return _in_kernel(as_game(v), payoffs, "In the kernel", pre=False)


def is_in_bargaining_set(v: Worths, payoffs: Any) -> Property:
    """Whether every objection to an imputation has a counterobjection.

    An objection of i against j is a coalition S with i, without j, and payoffs y on it that add up to v(S), the worth
    of S, and give all its members more. A counterobjection is a coalition T with j, without i, that can give its
    members what they have, and those of S what y promises them.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
        At most 12 players.
    payoffs : (n,) array, or an Allocation

    Returns
    -------
    Property
        `margin` is minus the most that an objection can give every member before a coalition could counter it; the
        witness `{"coalition": S, "players": (i, j)}` is such an objection.

    Raises
    ------
    GameError   for worths that make no game or payoffs that do not fit, or more than 12 players

    References
    ----------
    Aumann, R. J., Maschler, M. (1964). The bargaining set for cooperative games. Advances in Game Theory, 443-476.
    Davis, M., Maschler, M. (1967). Existence of stable payoff configurations for cooperative games: the set M1(i).

    Examples
    --------
    In a majority of three an equal split is in the bargaining set, half and half for two is not.

    >>> import bargain as bg
    >>> majority = [0, 0, 0, 1, 0, 1, 1, 1]
    >>> bg.is_in_bargaining_set(majority, [1 / 3, 1 / 3, 1 / 3]).holds
    True
    >>> print(bg.is_in_bargaining_set(majority, [0.5, 0.5, 0]))
    In the bargaining set: no. player 3 has an objection against player 1 with
    {player 2, player 3} that player 1 cannot counter.
    """
    game = as_game(v)
    if game.n_players > MOST_BARGAINERS:
        raise GameError(f"The bargaining set is checked for at most {MOST_BARGAINERS} players, not {game.n_players}.")
    name = "In the bargaining set"
    x = as_payoffs(game, payoffs)
    gaps, exact = _excesses(game, x)
    slack = 0 if exact else TOLERANCE * game.scale
    missing = _imputation(game, gaps, slack, name)
    if missing is not None:
        return missing
    surplus = _surplus(game, gaps)
    worst, where = -np.inf, (0, 0, 0)
    for i, j, mask in _objections(game, gaps, surplus, slack):
        margin = _justified(game.n_players, gaps, mask, i, j, exact)
        if margin > worst:
            worst, where = margin, (mask, i, j)
        if margin > slack:
            break
    if worst <= slack:
        return Property(name, True, -float(worst))
    mask, i, j = where
    words = (
        f"{game.players[i]} has an objection against {game.players[j]} with {game.label(mask)} that "
        f"{game.players[j]} cannot counter"
    )
    return Property(name, False, -float(worst), {"coalition": mask, "players": (i, j)}, words)


def _excesses(game: CoalitionalGame, x: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], bool]:
    """The excesses, and whether they are exact."""
    if game.decides_exactly and x.dtype == object:
        return game.fractions - subset_sums(x), True
    gaps = excess(game, x)
    return gaps, gaps.dtype == object


def _surplus(game: CoalitionalGame, gaps: npt.NDArray[Any]) -> npt.NDArray[Any]:
    n = game.n_players
    surplus = np.full((n, n), -np.inf, dtype=gaps.dtype)
    for j in range(1, n):
        for i in range(j):
            cube = gaps.reshape(-1, 2, 1 << j - i - 1, 2, 1 << i)
            surplus[i, j] = cube[:, 0, :, 1].max()
            surplus[j, i] = cube[:, 1, :, 0].max()
    return surplus


def _imputation(game: CoalitionalGame, gaps: npt.NDArray[Any], slack: float, name: str) -> Property | None:
    """The answer where payoffs are no imputation, else None."""
    if abs(gaps[-1]) > slack:
        words = f"The payoffs miss the worth of all together by {number(abs(float(gaps[-1])))}"
        return Property(name, False, -abs(float(gaps[-1])), {"coalition": game.grand}, words)
    short = [gaps[1 << i] for i in range(game.n_players)]
    worst = max(range(game.n_players), key=short.__getitem__)
    if short[worst] <= slack:
        return None
    words = f"{game.players[worst]} gets {number(float(short[worst]))} less than it makes alone"
    return Property(name, False, -float(short[worst]), {"player": worst}, words)


def _in_kernel(game: CoalitionalGame, payoffs: Any, name: str, *, pre: bool) -> Property:
    gaps, exact = _excesses(game, as_payoffs(game, payoffs))
    slack = 0 if exact else TOLERANCE * game.scale
    if pre and abs(gaps[-1]) > slack:
        words = f"The payoffs miss the worth of all together by {number(abs(float(gaps[-1])))}"
        return Property(name, False, -abs(float(gaps[-1])), {"coalition": game.grand}, words)
    if not pre and (missing := _imputation(game, gaps, slack, name)) is not None:
        return missing
    surplus = _surplus(game, gaps)
    worst, where = 0 * gaps[-1], (0, 0)
    for i in range(game.n_players):
        for j in range(game.n_players):
            # In the kernel j cannot be pushed below what it makes alone.
            if i != j and (pre or -gaps[1 << j] > slack) and surplus[i, j] - surplus[j, i] > worst:
                worst, where = surplus[i, j] - surplus[j, i], (i, j)
    if worst <= slack:
        return Property(name, True, -float(worst))
    i, j = where
    words = f"{game.players[i]} outweighs {game.players[j]} by {number(float(worst))}"
    return Property(name, False, -float(worst), {"players": where}, words)


def _objections(
    game: CoalitionalGame, gaps: npt.NDArray[Any], surplus: npt.NDArray[Any], slack: float
) -> Iterator[tuple[int, int, int]]:
    """The players i and j and coalitions S that may object: S has something to give, and more than s_ji.

    Where e(T) >= e(S) for some T with j and without i, T can match whatever S promises its members.
    """
    n = game.n_players
    masks = np.arange(1 << n)
    for i in range(n):
        for j in range(n):
            if i == j or surplus[i, j] <= max(slack, surplus[j, i] + slack):
                continue
            with_i = (masks >> i & 1 == 1) & (masks >> j & 1 == 0)
            able = with_i & (gaps > max(slack, surplus[j, i])).astype(bool)
            yield from ((i, j, int(mask)) for mask in masks[able])


def _justified(n: int, gaps: npt.NDArray[Any], mask: int, i: int, j: int, exact: bool) -> Any:
    """The most t such that an objection of S gives every member t, and every counter is t short; -inf if countered.

    maximise t subject to d_k >= t for k in S, d(S) <= e(S), d(R) >= f(R) + t, where f(R) is the largest excess of a
    coalition T with j, without i, and T & S = R.
    """
    members = [k for k in range(n) if mask >> k & 1]
    others = [k for k in members if k != i]
    within = subset_sums(np.array([1 << k for k in others], dtype=np.int64))
    rest = [1 << k for k in range(n) if not mask >> k & 1 and k != j]
    beyond = subset_sums(np.array(rest, dtype=np.int64)) | 1 << j
    best = gaps[within[:, None] | beyond[None, :]].max(axis=1)
    if best[0] >= 0:
        return -np.inf
    rows = np.array([[float(r >> k & 1) for k in members] for r in within[1:].tolist()]).reshape(-1, len(members))
    if exact:
        return min(_exact_margin(rows, best[1:], gaps[mask]), -best[0])
    # Everything is measured in e(S), so that 0 <= d, t <= 1; rows at -1 or below ask for nothing.
    size, scale = len(members), float(gaps[mask])
    needed = np.maximum(best[1:] / scale, -1.0)
    shift = max(0.0, float(needed.max(initial=0.0)))  # at d = 0 there is room for t = -shift
    a = np.vstack(
        [
            np.hstack([np.eye(size), -np.ones((size, 1))]),
            np.hstack([rows, -np.ones((len(rows), 1))]),
            np.append(-np.ones(size), 0.0)[None, :],
        ]
    )
    b = np.concatenate([np.full(size, -shift), needed - shift, [-1.0]])
    solution = solve_lp(np.append(np.zeros(size), -1.0), a, b)
    if solution.x is None:
        raise SolverError("The linear program of an objection did not finish. Please report the game.")
    return min(scale * (float(solution.x[-1]) - shift), -float(best[0]))


def _exact_margin(rows: Floats, best: npt.NDArray[Any], most: Fraction) -> Any:
    """The same in rationals, by the dual: weights on d_k >= t, on the rows and on d(S) <= e(S)."""
    size = rows.shape[1]
    zero, one = Fraction(0), Fraction(1)
    units = [[Fraction(k == at) for k in range(size)] for at in range(size)]
    keep = [Column(("d", at), [*units[at], one], zero) for at in range(size)]
    total = Column("sum", [-one] * size + [zero], -most)
    counters = [
        Column(("row", at), [Fraction(int(entry)) for entry in row] + [one], best[at]) for at, row in enumerate(rows)
    ]
    slacks = [Column(("slack", at), [*units[at], zero], zero) for at in range(size)]
    everything = [*keep, total, *counters, *slacks]

    def entering(multipliers: list[Fraction]) -> Column | None:
        def lack(column: Column) -> Fraction:
            taken = sum((m * entry for m, entry in zip(multipliers, column.entries, strict=True) if entry), zero)
            return column.worth - taken

        worst = max(everything, key=lack)
        return worst if lack(worst) > 0 else None

    # Weight 1/size on every d_k and on the sum cancels out.
    inverse = [[Fraction(k == at) - Fraction(1, size) for k in range(size)] + [Fraction(1, size)] for at in range(size)]
    inverse.append([Fraction(-1, size)] * size + [Fraction(1, size)])
    _, _, multipliers = maximise([*keep, total], inverse, entering)
    return -multipliers[-1]
