"""Nash equilibria of normal-form games: all of them where that can be proved, each with its regret."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

import numpy as np

from bargain import _exact
from bargain._lemke import path_ends
from bargain._tables import Tabular
from bargain._vertices import OutOfReachError
from bargain.errors import SolverError
from bargain.findings import mixture_words, number
from bargain.games import Floats, NormalFormGame, Strategy, action_payoffs

Exact = tuple[tuple[Fraction, ...], ...]
Weights = Sequence[Sequence[Fraction | float]]
"""One strategy a player: rationals where the payoffs are, else perhaps rationals rounded to floats."""
Profile = tuple[int, ...]

MOST_LISTED = 1_000_000
"""Probabilities that the listed equilibria may hold in all, times the number of players: some seconds' work."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """One Nash equilibrium.

    Attributes
    ----------
    strategies : one (m_i,) array of probabilities a player
    payoffs : (n,) array of expected payoffs
    regret : float
        The most that any player could gain by another action, recomputed from the game; of `exact` if given.
    exact : one tuple of Fraction a player, or None
        The strategies as rationals, for games whose payoffs are rational.
    profile : tuple of int, or None
        The action numbers where every player plays one action for sure.
    label : tuple of str
        The same in words, one entry a player, e.g. "1/2 stag + 1/2 hare".
    """

    strategies: tuple[Floats, ...]
    payoffs: Floats
    regret: float
    exact: Exact | None
    profile: Profile | None
    label: tuple[str, ...]
    _point: Weights | None = field(default=None, kw_only=True, repr=False)
    """The strategies before they were rounded to floats, in a degenerate game: two of them may share one float."""

    def __str__(self) -> str:
        return f"({', '.join(self.label)}): {', '.join(f'{payoff:.6g}' for payoff in self.payoffs)}"


@dataclass(frozen=True, eq=False)
class EquilibriumSet(Tabular):
    """The equilibria of a game, and what is known about the list.

    Attributes
    ----------
    equilibria : tuple of Equilibrium
        Pure ones first, in lexicographic order, then mixed ones.
    complete : bool
        True: every equilibrium is listed or, in a degenerate game, a mixture of listed ones (`components`).
    degenerate : bool or None
        Whether some strategy has more best replies than it plays actions; None if not decided. Where
        dominated actions had to be removed first this speaks of the game that was left.
    methods : dict
        How many of the listed equilibria each method found.
    remarks : tuple of str
        What the reader should know: why a list is not complete, what other algorithms missed.
    players : tuple of str
    """

    equilibria: tuple[Equilibrium, ...]
    complete: bool
    degenerate: bool | None
    methods: dict[str, int]
    remarks: tuple[str, ...]
    players: tuple[str, ...]

    def __iter__(self) -> Iterator[Equilibrium]:
        return iter(self.equilibria)

    def __len__(self) -> int:
        return len(self.equilibria)

    def __getitem__(self, position: int) -> Equilibrium:
        return self.equilibria[position]

    def __str__(self) -> str:
        return "\n".join([*map(str, self.equilibria), *self.remarks])

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one row an equilibrium: each player's strategy in words, each player's payoff, the regret."""
        names = [*self.players, *(f"payoff of {player}" for player in self.players), "regret"]
        return [dict(zip(names, (*each.label, *each.payoffs.tolist(), each.regret), strict=True)) for each in self]

    def _heading(self) -> str:
        count = "1 equilibrium" if len(self) == 1 else f"{len(self)} equilibria"
        return f"{count}; the list is {'complete' if self.complete else 'perhaps not complete'}."

    def components(self) -> tuple[tuple[int, ...], ...]:
        """Return the maximal Nash subsets, each as the positions of its extreme equilibria in the list.

        Within one subset any mixture of the first player's strategies with any mixture of the second's is an
        equilibrium (Jansen 1981); outside them there is none if the list is complete. Without degeneracy each
        equilibrium stands alone; so it does here where more than two players vary their strategy.
        """
        keys: list[Sequence[Any]] = [each._point or [own.tobytes() for own in each.strategies] for each in self]
        varying = [i for i, column in enumerate(zip(*keys, strict=True)) if len(set(column)) > 1]
        if not self.complete or self.degenerate is False or len(varying) > 2:
            return tuple((position,) for position in range(len(keys)))
        first, second = ([*varying, -1, -1] if len(varying) != 1 else [varying[0], -1])[:2]
        pairs = [(key[first], key[second] if second not in (first, -1) else b"") for key in keys]
        partners: dict[Any, frozenset[Any]] = {}
        for x, y in pairs:
            partners[x] = partners.get(x, frozenset()) | {y}
        closed: set[frozenset[Any]] = set()
        for own in partners.values():
            closed |= {own & other for other in closed} | {own}
        held = [columns for columns in closed if columns]
        subsets = (tuple(at for at, (x, y) in enumerate(pairs) if y in e and partners[x] >= e) for e in held)
        return tuple(sorted(subsets))


def regret(game: NormalFormGame, strategies: Sequence[Strategy]) -> float:
    """Return the most that any player could gain by changing its strategy alone.

    max over players i and actions a of u_i(a, s_-i) - u_i(s). Zero exactly at a Nash equilibrium.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    strategies : n strategies
        Each an (m_i,) array of probabilities or the number of one action.

    Returns
    -------
    float
        In the unit of the payoffs.

    Raises
    ------
    GameError   for strategies that do not fit the game

    Examples
    --------
    >>> import bargain as bg
    >>> stag_hunt = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    >>> [bg.regret(stag_hunt, each) for each in ([0, 0], [0, 1], [[0.6, 0.4]] * 2)]
    [0.0, 3.0, 0.0]
    """
    return float(_regret(game.payoffs, game.mixed(strategies)))


def pure_equilibria(game: NormalFormGame) -> list[Profile]:
    """Return all pure Nash equilibria as profiles of action numbers, in lexicographic order.

    A profile is an equilibrium iff each action is a best reply to the others. Ties are decided exactly: on
    rational payoffs as rationals, on floats as the floats they are. Cost: one pass over the payoffs a player.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.

    Returns
    -------
    list of tuple of int

    Examples
    --------
    >>> import bargain as bg
    >>> chicken = bg.NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    >>> bg.pure_equilibria(chicken)
    [(0, 1), (1, 0)]
    """
    stable = np.ones(game.shape, dtype=bool)
    for player, payoffs in enumerate(game.comparable):
        stable &= (payoffs == payoffs.max(axis=player, keepdims=True)).astype(bool)
    return [tuple(profile) for profile in np.argwhere(stable).tolist()]


def nash_equilibria(game: NormalFormGame, *, cross_check: bool = True, seconds: float | None = None) -> EquilibriumSet:
    """Find the Nash equilibria of a game, and say whether these are all.

    Two players: all extreme equilibria, degenerate games included, from the vertices of both best-reply polyhedra
    (Mangasarian 1964; Winkels 1979); floats count as the rationals they are. `complete` is a theorem: the vertices
    found in floats are proved, with bounds on all rounding, to be vertices that no edge leaves for an unlisted one,
    and the graph of a polytope is connected (Balinski 1961); where there are ties, or what might be one, the
    enumeration is done again in whole numbers. Equilibria are then solved in whole numbers from their labels. Beyond
    about 15 x 15 actions: pure ones and the ends of Lemke-Howson paths, `complete` False.
    Any number of players: strictly dominated actions are removed in turn; if at most two players still have
    a choice, as above; else by support enumeration with proof (`SearchedEquilibria`), `complete` where all supports
    were searched: 2x2x2x2 and 3x3x3 by default. One player: its best actions.

    Parameters
    ----------
    game : NormalFormGame
        Any number of players.
    cross_check : bool
        Also run the three algorithms of nashpy on a game of two players: how many equilibria each found is in
        `methods`; one that is exactly an equilibrium and not on the list is an error.

    seconds : float, optional
        How long to search a game in which three players or more have a choice. By default a fixed amount of work,
        about half a second, so that the answer does not depend on the machine.

    Returns
    -------
    EquilibriumSet
        With three players or more who have a choice a `SearchedEquilibria`: also what was searched, what was not tried
        and about how long all would take. Each equilibrium then has a `radius` within which a true one is proved.

    Raises
    ------
    SolverError   if two algorithms contradict each other, which no input should bring about

    References
    ----------
    von Stengel, B. (2002). Computing equilibria for two-person games. Handbook of Game Theory 3, chapter 45.
    Avis, D., Rosenberg, G., Savani, R., von Stengel, B. (2010). Enumeration of Nash equilibria for two-player
    games. Economic Theory 42, 9-37.

    Examples
    --------
    >>> import bargain as bg
    >>> names = [("stag", "hare")] * 2
    >>> first, second = [[5, 0], [3, 3]], [[5, 3], [0, 3]]
    >>> game = bg.NormalFormGame.from_bimatrix(first, second, actions=names)
    >>> print(bg.nash_equilibria(game))
    (stag, stag): 5, 5
    (hare, hare): 3, 3
    (3/5 stag + 2/5 hare, 3/5 stag + 2/5 hare): 3, 3
    """
    kept = [list(range(count)) for count in game.shape]
    removed = 0
    if game.n_players > 2:
        kept, removed = _undominated(game, kept)
    choosing = [player for player, own in enumerate(kept) if len(own) > 1]
    if len(choosing) > 2:
        from bargain.many import search

        return search(game, kept, seconds)
    pair = sorted([*choosing, *(i for i in range(game.n_players) if i not in choosing)][:2])
    try:
        vertices, degenerate = _exact.equilibrium_vertices(*_tables(game, kept, pair))
    except OutOfReachError:
        if game.n_players == 2:
            kept, removed = _undominated(game, kept)
        try:
            if not removed:
                raise
            vertices, degenerate = _exact.equilibrium_vertices(*_tables(game, kept, pair))
        except OutOfReachError:
            return _too_large(game, kept, pair, removed)
    pairs, more = listable(game, vertices)
    remarks = [*_said_of(removed, game), *more]
    rational = game.exact or degenerate  # two equilibria of a degenerate game may round to the same floats
    found = [_spread(game, kept, pair, [_normal(own, rational) for _, own in both]) for both in pairs]
    listed = verified_equilibria(game, found)
    methods = {"vertex enumeration (exact)": len(listed)}
    if degenerate and not more:
        remarks.append(
            f"The game is degenerate: these {len(listed)} are its extreme equilibria; mixtures of them "
            "are equilibria too where components() puts them together."
        )
    if cross_check and game.n_players == 2 and not removed and not more and min(game.shape) > 1:
        remarks.extend(_crossed(game, listed, vertices, methods))
    return EquilibriumSet(listed, not more, degenerate, methods, tuple(remarks), game.players)


def _regret(payoffs: Any, strategies: Sequence[Any]) -> Any:
    """The largest gain from one player's change of action; floats or rationals."""
    largest = 0 * payoffs.flat[0]
    for player, own in enumerate(strategies):
        values = action_payoffs(payoffs, strategies, player)
        largest = max(largest, values.max() - own @ values)
    return largest


def _tables(game: NormalFormGame, kept: Sequence[Sequence[int]], pair: Sequence[int]) -> list[list[list[int]]]:
    """The payoffs of the pair from the actions that are left, times what makes them whole numbers."""
    left = game.given[np.ix_(pair, *kept)].reshape(len(pair), len(kept[pair[0]]), -1).tolist()
    A, _ = _exact.whole(left[0])
    return [A, _exact.whole(left[1])[0] if len(pair) == 2 else [[0] for _ in A]]


def _undominated(game: NormalFormGame, kept: list[list[int]]) -> tuple[list[list[int]], int]:
    """Remove actions that another action beats against everything that is left, until none is."""
    table = game.comparable
    removed = 0
    while True:
        before = removed
        for player in range(game.n_players):
            left = np.moveaxis(table[player][np.ix_(*kept)], player, 0).reshape(len(kept[player]), -1)
            beaten = [any((other > own).all() for other in left) for own in left]
            removed += sum(beaten)
            kept[player] = [action for action, out in zip(kept[player], beaten, strict=True) if not out]
        if removed == before:
            return kept, removed


def _said_of(removed: int, game: NormalFormGame) -> list[str]:
    if not removed or game.n_players > 2:
        return []
    return [f"{removed} strictly dominated actions were removed: no equilibrium plays them."]


def _normal(weights: Sequence[int], rational: bool) -> tuple[Fraction | float, ...]:
    total = sum(weights)
    return tuple(Fraction(weight, total) if rational else weight / total for weight in weights)


def _spread(
    game: NormalFormGame, kept: Sequence[Sequence[int]], pair: Sequence[int], chosen: Weights
) -> tuple[tuple[Fraction | float, ...], ...]:
    """Strategies of the whole game from those of the pair: the others play the one action they have left."""
    number = Fraction if game.exact else float
    strategies = []
    for player, count in enumerate(game.shape):
        own: list[Fraction | float] = [number(0)] * count
        weights = chosen[pair.index(player)] if player in pair else (number(1),)
        for action, weight in zip(kept[player], weights, strict=True):
            own[action] = weight
        strategies.append(tuple(own))
    return tuple(strategies)


def verified_equilibria(game: NormalFormGame, found: Sequence[Weights]) -> tuple[Equilibrium, ...]:
    """Return strategies known to be equilibria in the order of the list, with payoffs and regret from the game.

    Raises
    ------
    SolverError   if one of them is none
    """
    played = [[[at for at, weight in enumerate(own) if weight] for own in weights] for weights in found]
    profiles = [tuple(own[0] if len(own) == 1 else -1 for own in each) for each in played]
    order = sorted(range(len(found)), key=lambda at: (-1 in profiles[at], profiles[at], found[at]))
    stacked = [np.array(own, dtype=float) for own in zip(*found, strict=True)]
    tables = [_exact.whole_table(table) for table in game.fractions] if game.exact and found else []
    mixed = [at for at in order if -1 in profiles[at] and not game.exact]
    in_floats = (
        dict(zip(mixed, _evaluated(game.payoffs, [own[mixed] for own in stacked]), strict=True)) if mixed else {}
    )
    rounding = 0.0 if game.exact else 1e-9 * float(np.abs(game.payoffs).max()) + 1e-300
    listed = []
    for at in order:
        weights, profile = found[at], None if -1 in profiles[at] else profiles[at]
        exact = cast(Exact, weights) if game.exact else None
        if profile is not None:
            payoffs, gain = _evaluated_pure(game, profile)
        elif exact is not None:
            payoffs, gain = _evaluated_exactly(tables, exact)
        else:
            payoffs, gain = in_floats[at]
        if gain > rounding:
            raise SolverError(
                f"The profile {_words(game, weights)} was found as an equilibrium but leaves a regret of "
                f"{gain:.3g}. This is a fault of the program: please report the game."
            )
        strategies, label = tuple(own[at] for own in stacked), _words(game, weights)
        for array in (*strategies, payoffs):
            array.flags.writeable = False
        listed.append(Equilibrium(strategies, payoffs, gain, exact, profile, label, _point=tuple(map(tuple, weights))))
    return tuple(listed)


def _evaluated(payoffs: Floats, stacked: Sequence[Floats]) -> Iterator[tuple[Floats, float]]:
    """Payoffs and regret of each profile in floats; strategies are stacked, one (k, m_i) array a player."""
    expected, gains = [], []
    for player, own in enumerate(stacked):
        last, *others = (other for other in reversed(range(len(stacked))) if other != player)
        table = np.moveaxis(payoffs[player], last, -1) @ stacked[last].T
        for other in others:
            table = (np.moveaxis(table, other, -2) * stacked[other].T).sum(axis=-2)
        expected.append((table * own.T).sum(axis=0))
        gains.append(table.max(axis=0) - expected[-1])
    return zip(np.array(expected).T.copy(), np.max(gains, axis=0).tolist(), strict=True)


def _evaluated_exactly(tables: Sequence[tuple[Any, int]], exact: Exact) -> tuple[Floats, float]:
    """Payoffs and regret in whole numbers, divided at the end."""
    scaled = [_exact.whole([own]) for own in exact]
    vectors = [np.array(rows[0], dtype=object) for rows, _ in scaled]
    total = math.prod(size for _, size in scaled)
    payoffs, gains = [], []
    for i, (table, factor) in enumerate(tables):
        values = action_payoffs({i: table}, vectors, i)
        own, size = vectors[i] @ values, scaled[i][1]
        payoffs.append(float(Fraction(own, total * factor)))
        gains.append(float(Fraction(size * values.max() - own, total * factor)))
    return np.array(payoffs), max(gains)


def _evaluated_pure(game: NormalFormGame, profile: Profile) -> tuple[Floats, float]:
    everyone: tuple[Any, ...] = (slice(None), *profile)
    gains = []
    for i, action in enumerate(profile):
        choices: tuple[Any, ...] = (i, *profile[:i], slice(None), *profile[i + 1 :])
        line = game.given[choices].tolist()
        gains.append(float(max(line) - line[action]))
    return game.payoffs[everyone].copy(), max(gains)


def _words(game: NormalFormGame, weights: Weights) -> tuple[str, ...]:
    written = None if game.exact else number
    return tuple(mixture_words(own, names, written) for own, names in zip(weights, game.actions, strict=True))


def listable(game: NormalFormGame, found: Sequence[Any]) -> tuple[Sequence[Any], list[str]]:
    """Return as many equilibria as are listed, and what is said of the rest."""
    most = max(1, MOST_LISTED // (sum(game.shape) * game.n_players))
    if len(found) <= most:
        return found, []
    return found[:most], [f"Of {len(found):,} equilibria found, the first {most:,} are listed."]


def _units(game: NormalFormGame, profiles: Sequence[Profile]) -> list[Exact]:
    units = [[tuple(Fraction(int(a == at)) for a in range(count)) for at in range(count)] for count in game.shape]
    return [tuple(own[at] for own, at in zip(units, p, strict=True)) for p in profiles]


def _too_large(
    game: NormalFormGame, kept: Sequence[Sequence[int]], pair: Sequence[int], removed: int
) -> EquilibriumSet:
    """Some equilibria of a two-player game with too many actions for the full list."""
    A, B = _tables(game, kept, pair)
    m, n = len(A), len(A[0])
    ends, followed = path_ends(A, B)
    paths = {_spread(game, kept, pair, end) for end in ends}
    pure, more = listable(game, pure_equilibria(game))
    listed = verified_equilibria(game, list(paths.union(_units(game, pure))))
    methods = {"pure best replies": len(pure), "Lemke-Howson (exact)": len(paths)}
    remark = (
        f"With {m} x {n} actions the full list is out of reach: shown are the pure equilibria and the ends "
        f"of {followed} of {m + n} Lemke-Howson paths, and there may be more. Leave out actions to get all."
    )
    return EquilibriumSet(listed, False, None, methods, (*_said_of(removed, game), *more, remark), game.players)


def _crossed(
    game: NormalFormGame,
    listed: Sequence[Equilibrium],
    vertices: Sequence[tuple[_exact.Vertex, _exact.Vertex]],
    methods: dict[str, int],
) -> list[str]:
    """Compare the list with nashpy's answers: count what each algorithm found, say what it missed."""
    from bargain._nashpy import second_opinions

    ours = np.array([np.concatenate(equilibrium.strategies) for equilibrium in listed])
    scale = 1e-8 * float(np.abs(game.payoffs).max())
    losses = []
    for name, answers in second_opinions(game).items():
        matched: set[int] = set()
        for x, y in answers:
            mixed = min(x.min(), y.min()) >= -1e-9 and max(abs(x.sum() - 1), abs(y.sum() - 1)) <= 1e-9
            if not mixed or _regret(game.payoffs, (x, y)) > scale:
                continue
            near = np.flatnonzero(np.abs(ours - np.concatenate([x, y])).max(axis=1) <= 1e-6)
            matched.update(near.tolist())
            if not near.size and _contradicts(game, vertices, x, y):
                raise SolverError(
                    f"nashpy's {name} found the equilibrium {x.tolist()}, {y.tolist()}, which the exact "
                    "enumeration does not list. This is a fault of the program: please report the game."
                )
        methods[f"nashpy {name}"] = len(matched)
        if len(matched) < len(listed) and name != "Lemke-Howson":
            losses.append(f"nashpy's {name} finds {len(matched)} of these {len(listed)}.")
    return losses


def _contradicts(
    game: NormalFormGame, vertices: Sequence[tuple[_exact.Vertex, _exact.Vertex]], x: Floats, y: Floats
) -> bool:
    """Whether there is an exact equilibrium with the supports of x and y that no listed component holds."""
    m = len(x)
    rows, columns = (np.flatnonzero(own > 1e-9).tolist() for own in (x, y))
    played_x, played_y = sum(1 << i for i in rows), sum(1 << m + j for j in columns)
    full_x, full_y = (1 << m) - 1, (1 << len(y)) - 1 << m
    need_x, need_y = full_x ^ played_x | played_y, full_y ^ played_y | played_x
    within_x = any(x_vertex[0] & need_x == need_x for x_vertex, _ in vertices)
    if within_x and any(y_vertex[0] & need_y == need_y for _, y_vertex in vertices):
        return False
    A, B = game.fractions
    x_exact = _exact.indifferent(B.T, columns, rows, x)
    y_exact = _exact.indifferent(A, rows, columns, y)
    if x_exact is None or y_exact is None or min(*x_exact, *y_exact) < 0:
        return False
    return bool(_regret(game.fractions, (x_exact, y_exact)) == 0)
