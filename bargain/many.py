"""Nash equilibria of three players or more: all of them where that can be proved in time, else what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from bargain._exact import whole, whole_table
from bargain._located import Located, locate
from bargain._supports import STEP, Budget, Found, Supports, checked_seconds, patterns, search_sizes
from bargain._tracing import trace
from bargain.errors import SolverError
from bargain.findings import mixture_words
from bargain.games import Floats, NormalFormGame, action_payoffs
from bargain.strategic import Equilibrium, EquilibriumSet, Exact, listable, pure_equilibria, regret

EFFORT = 6_000_000
"""Numbers looked at, by default, in a game all of whose supports can be looked at: under a second."""
FIRST_LOOK = 1_000_000
"""The same in a game with too many supports for that."""
LISTABLE = 1_000_000
"""Numbers in the tables of all supports up to which a game counts as listable."""
EXAMPLE = 20
"""Passes over the payoffs that one equilibrium of a support without isolated ones takes."""
SAME = 1e-8
"""Weights closer than this are the same, and below it zero: equilibria closer together count as one."""
EXACT_CELLS = 20_000
"""Payoffs up to which equilibria are looked for among the rationals."""
MOST_DENOMINATOR = 200_000


@dataclass(frozen=True, eq=False)
class LocatedEquilibrium(Equilibrium):
    """An equilibrium of three players or more.

    `strategies`, `payoffs`, `regret`, `exact`, `profile` and `label` are those of `Equilibrium`.

    Attributes
    ----------
    radius : float or None
        It is proved that a true equilibrium, and only one, has every probability within this distance; 0 where
        `exact` is given. None: the regret is all that is known, for the equilibrium is not isolated or is about to
        vanish (an action that is not played is as good as those that are).
    """

    radius: float | None


@dataclass(frozen=True, eq=False)
class SearchedEquilibria(EquilibriumSet):
    """The equilibria of three players or more, and how far the search for them came.

    `equilibria`, `complete`, `methods`, `remarks` and `players` are those of `EquilibriumSet`.

    Attributes
    ----------
    degenerate : bool or None
        Here: whether some equilibrium is not isolated, not regular, or leaves an action that is not played as good as
        those that are. With three players mixing, strategies with more best replies than played actions always exist.
    supports : int
        Choices of played actions, one set a player, that the game has after strictly dominated actions are gone.
    searched : int
        Those about which everything is known: no equilibrium, or the ones listed.
    unresolved : tuple of supports
        Those given up, each a tuple of action numbers a player: their equilibria are not isolated, or too many cells
        were needed.
    seconds : float
        What it took.
    seconds_for_all : float or None
        About how long all supports would take at the pace so far, at least; None where all were searched.
    """

    supports: int
    searched: int
    unresolved: tuple[Supports, ...]
    seconds: float
    seconds_for_all: float | None


def search(game: NormalFormGame, kept: Sequence[Sequence[int]], seconds: float | None) -> SearchedEquilibria:
    """Find the equilibria of a game that play the `kept` actions only, as `nash_equilibria` describes.

    Pure ones first; then support by support, small ones first. `seconds` None: a fixed amount of work, so that every
    machine finds the same.
    """
    shape = tuple(map(len, kept))
    total = math.prod(2**m - 1 for m in shape)
    whole_work = _whole_work(shape)
    small = whole_work <= LISTABLE
    scaled = scaled_payoffs(game.payoffs[np.ix_(range(game.n_players), *kept)])
    pure = pure_equilibria(game)
    share = 1.0 if pure or small else 0.5  # the rest of the time is for the path to one equilibrium
    limit = checked_seconds(seconds)
    budget = Budget(None if limit is None else share * limit, EFFORT if small else FIRST_LOOK)
    found = Found(supports=math.prod(shape), work=math.prod(shape) * sum(shape))
    listing = _Listing(game, kept, scaled)
    shown, more = listable(game, pure)
    for profile in shown:
        listing.add_pure(profile)
    taken = 0
    for sizes in patterns(shape):
        search_sizes(scaled, sizes, found, budget)
        for supports, point in found.solutions[taken:]:
            listing.add(supports, point)
        taken = len(found.solutions)
        if not found.finished:
            break
    searched_for = budget.seconds
    rest = None if limit is None else max(0.0, limit - searched_for)
    examples = Budget(rest, EFFORT)
    for supports, point in found.given_up.items():
        if examples.over:
            break
        examples.spend(game.n_players * STEP + EXAMPLE * game.payoffs.size)
        listing.add_example(supports, point)
    listing.settle()
    methods = {"pure best replies": len(shown), "support enumeration": len(listing.found) - len(shown)}
    if not found.finished and not listing.found:
        end = trace(scaled, Budget(rest, EFFORT))
        if end is not None:
            listing.add_located(end)
        methods["logarithmic path"] = len(listing.found)
    complete = found.finished and not found.given_up and not listing.lost and not more
    degenerate = True if listing.degenerate or found.given_up else False if complete else None
    equilibria = listing.ordered()
    if complete and not degenerate and len(equilibria) % 2 == 0:
        raise SolverError(
            f"The search found {len(equilibria)} equilibria of a nondegenerate game, whose number is odd (Wilson "
            "1971). This is a fault of the program: please report the game."
        )
    needed = None
    if not found.finished:
        needed = searched_for * max(1.0, whole_work / max(found.work, 1.0))
    remarks = (*more, *_remarks(game, found, total, needed, listing, len(equilibria)))
    return SearchedEquilibria(
        equilibria,
        complete,
        degenerate,
        methods,
        remarks,
        game.players,
        supports=total,
        searched=min(found.supports, total) - len(found.given_up),
        unresolved=tuple(_named(supports, kept) for supports in found.given_up),
        seconds=budget.seconds,
        seconds_for_all=needed,
    )


def _whole_work(shape: Sequence[int]) -> float:
    """The numbers in the tables of all supports together."""
    halves = [m * 2.0 ** (m - 1) for m in shape]
    whole = math.prod(halves)
    return sum(whole / half * m * (2.0**m - 1) for half, m in zip(halves, shape, strict=True))


def scaled_payoffs(payoffs: Floats) -> Floats:
    """Each player's payoffs moved and scaled to lie between 0 and 1."""
    axes = tuple(range(1, payoffs.ndim))
    low = payoffs.min(axis=axes, keepdims=True)
    spread = payoffs.max(axis=axes, keepdims=True) / 2 - low / 2
    return np.asarray((payoffs / 2 - low / 2) / np.where(spread > 0, spread, 1.0))


def _named(supports: Supports, kept: Sequence[Sequence[int]]) -> Supports:
    return tuple(tuple(own[a] for a in chosen) for chosen, own in zip(supports, kept, strict=True))


class _Listing:
    """The equilibria found so far, each once, verified against the whole game."""

    def __init__(self, game: NormalFormGame, kept: Sequence[Sequence[int]], scaled: Floats) -> None:
        self.game, self.kept, self.scaled = game, kept, scaled
        self.found: list[LocatedEquilibrium] = []
        self.degenerate = False
        self.lost = 0
        self._bordering: list[Located] = []

    def add_pure(self, profile: Sequence[int]) -> None:
        units = [np.eye(count)[a] for count, a in zip(self.game.shape, profile, strict=True)]
        everyone: tuple[Any, ...] = (slice(None), *profile)
        choices: list[tuple[Any, ...]] = [
            (i, *profile[:i], slice(None), *profile[i + 1 :]) for i in range(len(profile))
        ]
        lines = [self.game.given[choice] for choice in choices]
        ties = any(int((line == line[a]).sum()) > 1 for line, a in zip(lines, profile, strict=True))
        self.degenerate |= ties
        exact = tuple(tuple(Fraction(int(weight)) for weight in own) for own in units)
        self.found.append(
            self._equilibrium(
                units, self.game.payoffs[everyone].copy(), 0.0, exact if self.game.exact else None, tuple(profile), 0.0
            )
        )

    def add(self, supports: Supports, point: Sequence[Floats]) -> None:
        """A solution of the equations of a support: kept if it is an equilibrium with just that support."""
        located = locate(self.scaled, supports, point)
        if located is None:
            self.lost += 1
        elif located.least < -SAME or located.temptation > SAME:
            return
        elif located.least <= SAME:
            self._bordering.append(located)
        else:
            self.add_located(located)

    def settle(self) -> None:
        """List solutions with a weight of zero, unless they are known with the smaller support."""
        for located in self._bordering:
            self.degenerate = True
            self.add_located(located)

    def add_example(self, supports: Supports, point: Sequence[Floats]) -> None:
        """One equilibrium of a support that was given up, if there is one next to where it was."""
        located = locate(self.scaled, supports, point)
        if located is not None and located.least > SAME and located.temptation <= SAME:
            self.add_located(located)

    def add_located(self, located: Located) -> None:
        strategies = self._spread(
            [np.clip(own, 0.0, None) / np.clip(own, 0.0, None).sum() for own in located.strategies]
        )
        if self._known(strategies):
            return
        sure = located.radius is not None and located.least > located.radius
        tied = located.temptation > -SAME
        self.degenerate |= tied or located.radius is None
        gain = regret(self.game, strategies)
        rational = self._rational(strategies)
        exact = None if rational is None else rational[0]
        if exact is not None:
            strategies, gain = [np.array([float(weight) for weight in own]) for own in exact], 0.0
        elif gain > 1e-9 * float(np.ptp(self.game.payoffs)):
            self.lost += 1
            return
        proved = sure and located.temptation < -located.reach
        radius = 0.0 if exact is not None else located.radius if proved else None
        payoffs = self.game.expected_payoffs(strategies) if rational is None else rational[1]
        self.found.append(self._equilibrium(strategies, payoffs, gain, exact, None, radius))

    def _spread(self, strategies: Sequence[Floats]) -> list[Floats]:
        """Strategies of the whole game from those of the actions that are left."""
        whole = []
        for own, count, actions in zip(strategies, self.game.shape, self.kept, strict=True):
            strategy = np.zeros(count)
            strategy[list(actions)] = own
            whole.append(strategy)
        return whole

    def _known(self, strategies: Sequence[Floats]) -> bool:
        return any(
            all(np.abs(a - b).max() <= SAME for a, b in zip(strategies, other.strategies, strict=True))
            for other in self.found
        )

    def _rational(self, strategies: Sequence[Floats]) -> tuple[Exact, Floats] | None:
        """The same equilibrium in simple fractions and what it pays, if it is exactly one."""
        if not self.game.exact or self.game.payoffs.size > EXACT_CELLS:
            return None
        guess = []
        for own in strategies:
            weights = [Fraction(float(w)).limit_denominator(MOST_DENOMINATOR) for w in own]
            largest = max(range(len(own)), key=own.__getitem__)
            weights[largest] += 1 - sum(weights)
            if any(abs(float(w) - x) > 1e-12 for w, x in zip(weights, own, strict=True)):
                return None
            guess.append(weights)
        played = [[at for at, weight in enumerate(own) if weight] for own in guess]
        scaled = [whole([[own[at] for at in actions]]) for own, actions in zip(guess, played, strict=True)]
        counts = [np.array(rows[0], dtype=object) for rows, _ in scaled]
        unit = math.prod(size for _, size in scaled)
        payoffs = []
        for player, (table, factor) in enumerate(self._whole):
            left: list[Sequence[int]] = list(played)
            left[player] = range(self.game.shape[player])
            values = action_payoffs({player: table[np.ix_(*left)]}, counts, player)
            best = values.max()
            if (values[played[player]] != best).any():
                return None
            payoffs.append(float(Fraction(best, factor * (unit // scaled[player][1]))))
        return tuple(map(tuple, guess)), np.array(payoffs)

    @cached_property
    def _whole(self) -> list[tuple[Any, int]]:
        """Each player's payoffs as whole numbers, and the factor that made them so."""
        return [whole_table(table) for table in self.game.fractions]

    def _equilibrium(
        self,
        strategies: Sequence[Floats],
        payoffs: Floats,
        gain: float,
        exact: Exact | None,
        profile: tuple[int, ...] | None,
        radius: float | None,
    ) -> LocatedEquilibrium:
        for array in (*strategies, payoffs):
            array.flags.writeable = False
        shown: Sequence[Any] = strategies if exact is None else exact
        label = tuple(mixture_words(own, names) for own, names in zip(shown, self.game.actions, strict=True))
        return LocatedEquilibrium(tuple(strategies), payoffs, max(gain, 0.0), exact, profile, label, radius)

    def ordered(self) -> tuple[LocatedEquilibrium, ...]:
        """Pure ones first, by their actions; then mixed ones by their weights."""
        pure = [own for own in self.found if own.profile is not None]
        mixed = [own for own in self.found if own.profile is None]
        return (*pure, *sorted(mixed, key=lambda own: [tuple(weights) for weights in own.strategies]))


def _remarks(
    game: NormalFormGame, found: Found, total: int, needed: float | None, listing: _Listing, listed: int
) -> tuple[str, ...]:
    remarks = []
    removed = sum(game.shape) - sum(map(len, listing.kept))
    if removed:
        remarks.append(f"{removed} strictly dominated actions were removed: no equilibrium plays them.")
    if needed is not None:
        first = "No equilibrium was found so far, though there is one" if not listed else "There may be more equilibria"
        remarks.append(
            f"{first}: of the {total:,} ways to choose the actions that are played, {found.supports:,} were searched "
            f"and {total - found.supports:,} were not tried. All would take about {_duration(needed)} or more: allow "
            "more seconds to search longer."
        )
    if found.given_up:
        words = _played(game, _named(next(iter(found.given_up)), listing.kept))
        remarks.append(
            f"The game is degenerate: {len(found.given_up)} of the ways to choose the actions that are played have "
            f"equilibria that are not isolated, or too close to tell apart, e.g. {words}. Of these at most one each is "
            "listed."
        )
    if listing.lost:
        remarks.append(
            f"Points that could be neither confirmed nor ruled out as equilibria: {listing.lost}. Payoffs are "
            "tied up to rounding there."
        )
    return tuple(remarks)


def _played(game: NormalFormGame, supports: Supports) -> str:
    return (
        "("
        + ", ".join("/".join(names[a] for a in own) for own, names in zip(supports, game.actions, strict=True))
        + ")"
    )


def _duration(seconds: float) -> str:
    for size, name in ((365.25 * 86400, "years"), (86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {name}" if seconds < 1e6 * 365.25 * 86400 else "a million years"
    return f"{max(1, math.ceil(seconds))} seconds"
