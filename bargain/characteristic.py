"""From a game in normal form to a coalitional one: what each coalition can be sure of, or can expect."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from bargain.games import GameError, NormalFormGame
from bargain.minmax import game_value
from bargain.tu import EXACT_PLAYERS, MOST_PLAYERS, TOLERANCE, CoalitionalGame

Kind = Literal["alpha", "gamma"]


def characteristic_function(game: NormalFormGame, kind: Kind = "alpha") -> CoalitionalGame:
    """Return the worth of every coalition of players of a game in normal form, payoffs being transferable.

    Alpha: what the coalition can be sure of whatever the others do, its maximin over correlated mixtures of its joint
    actions.

    Gamma: the coalition plays a joint best reply while each of the others, singly, plays a best reply too: its payoff
    in a pure equilibrium of that kind, the worst for it if there are several, and its alpha worth if there is none.

    Either way the grand coalition is worth the largest sum of payoffs.

    Parameters
    ----------
    game : NormalFormGame
    kind : str
        "alpha" or "gamma".

    Returns
    -------
    CoalitionalGame
        With exact worths where payoffs are rational, there are at most ten players and no linear program is too large
        to be solved in rationals.

    Raises
    ------
    GameError     for an unknown kind, or more than 26 players
    SolverError   if a linear program did not finish

    Notes
    -----
    A linear program for each coalition without a saddle point in pure actions. Replies whose payoffs, sums of floats,
    miss those of the best one by less than 1e-9 of the largest payoff count as best too.

    References
    ----------
    Aumann, R. J. (1961). The core of a cooperative game without side payments. Transactions of the American
    Mathematical Society 98, 539-552: alpha.
    Chander, P., Tulkens, H. (1997). The core of an economy with multilateral environmental externalities.
    International Journal of Game Theory 26, 379-401: gamma.

    Examples
    --------
    In a prisoner's dilemma nobody can be sure of more than mutual defection. Worths are those of nobody, the first
    player, the second, and both.

    >>> import bargain as bg
    >>> dilemma = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> bg.characteristic_function(dilemma).values.tolist()
    [0.0, 1.0, 1.0, 6.0]

    In the game of chicken a player alone expects, with gamma, the equilibrium that is worse for it.

    >>> chicken = bg.NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> bg.characteristic_function(chicken, "gamma").values.tolist()
    [0.0, 2.0, 2.0, 12.0]
    """
    if kind not in get_args(Kind):
        raise GameError(f"No kind of characteristic function is called {kind!r}. Kinds: alpha, gamma.")
    n = game.n_players
    if n > MOST_PLAYERS:
        raise GameError(f"{n} players have 2**{n} coalitions; at most {MOST_PLAYERS} players are possible.")
    exact = game.exact and n <= EXACT_PLAYERS
    worth = _worths(game, kind, exact=exact)
    worths: list[Any] = [Fraction(0) if exact else 0.0, *map(worth, range(1, 1 << n))]
    if all(isinstance(worth, Fraction) for worth in worths):
        return CoalitionalGame([int(w) if w.denominator == 1 else w for w in worths], game.players)
    return CoalitionalGame(np.array(worths, dtype=float), game.players)


def coalition_worth(game: NormalFormGame, coalition: int, kind: Kind = "alpha") -> Any:
    """Return the worth of one coalition, given as a bit mask: a `Fraction` where the game is exact and small enough.

    >>> dilemma = NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> coalition_worth(dilemma, 1)
    Fraction(1, 1)
    """
    return _worths(game, kind, exact=game.exact)(coalition)


def _worths(game: NormalFormGame, kind: Kind, *, exact: bool) -> Callable[[int], Any]:
    """The worth of a coalition as a function of its bit mask."""
    payoffs: npt.NDArray[Any] = game.fractions if exact else game.payoffs
    slack = 0 if exact else TOLERANCE * float(np.abs(game.payoffs).max())
    gamma = kind == "gamma"
    replies = [own >= own.max(axis=i, keepdims=True) - slack for i, own in enumerate(payoffs)] if gamma else []

    def worth(mask: int) -> Any:
        inside = [i for i in range(game.n_players) if mask >> i & 1]
        total = payoffs[inside].sum(axis=0)
        found = _worst_equilibrium(total, replies, inside, slack) if gamma else None
        return _maximin(total, inside) if found is None else found

    return worth


def _worst_equilibrium(total: Any, replies: list[Any], inside: list[int], slack: float) -> Any:
    """The least payoff of a coalition in the pure equilibria between it and all others singly; None without any."""
    stable = total >= total.max(axis=tuple(inside), keepdims=True) - slack
    for i, best in enumerate(replies):
        if i not in inside:
            stable = stable & best
    stable = stable.astype(bool)
    return total[stable].min() if stable.any() else None


def _maximin(total: Any, inside: list[int]) -> Any:
    """The most a coalition can be sure of on average, its joint actions drawn in secret."""
    ours = int(np.prod([total.shape[i] for i in inside]))
    return game_value(np.moveaxis(total, inside, range(len(inside))).reshape(ours, -1))
