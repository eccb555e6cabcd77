"""Games of incomplete information: players who know their own type only, through the agent form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain.games import Floats, GameError, NormalFormGame, as_fractions, as_number, as_numbers
from bargain.strategic import EquilibriumSet, nash_equilibria

MOST_CELLS = 5_000_000
"""Payoffs of the agent form at most."""


@dataclass(frozen=True, init=False, repr=False, eq=False)
class BayesianGame:
    """A finite game in which chance draws the types and each player learns its own before it acts.

    Parameters
    ----------
    payoffs : (n, k_1, ..., k_n, m_1, ..., m_n) array
        payoffs[i, t_1, ..., t_n, a_1, ..., a_n]: what player i gets when the types are t and the actions a; player i
        has k_i types and m_i actions.
    prior : (k_1, ..., k_n) array
        The probability of each profile of types; all players share it. Types may be correlated.
    players : n names, optional
    types : n lists of names, optional
    actions : n lists of names, optional

    Attributes
    ----------
    payoffs, prior : read-only arrays of float
    players, types, actions : names
    exact : bool
        Whether payoffs and prior were given as rational numbers.

    Raises
    ------
    GameError   for shapes that do not fit, a prior that is no distribution, a type that never occurs

    References
    ----------
    Harsanyi, J. C. (1967-68). Games with incomplete information played by "Bayesian" players. Management Science 14.

    Examples
    --------
    A state that is secure would rather restrain itself if the other does. With probability 1/4 the other is bent on
    expansion and builds whatever happens. In the first equilibrium each restrains itself where it is secure and builds
    where it is not: the types of the first player, then those of the second.

    >>> import bargain as bg
    >>> from fractions import Fraction as F
    >>> secure, expansionist = [[3, -4], [2, -1]], [[0, 0], [9, 9]]
    >>> first = [[secure] * 2, [expansionist] * 2]
    >>> second = [[list(zip(*type_)) for type_ in (secure, expansionist)]] * 2
    >>> payoffs = [first, second]
    >>> prior = [[F(9, 16), F(3, 16)], [F(3, 16), F(1, 16)]]
    >>> kinds, actions = [("secure", "expansionist")] * 2, [("restrain", "build")] * 2
    >>> game = bg.BayesianGame(payoffs, prior, types=kinds, actions=actions)
    >>> bg.bayes_nash_equilibria(game)[0].label
    ('restrain', 'build', 'restrain', 'build')
    """

    payoffs: Floats
    prior: Floats
    players: tuple[str, ...]
    types: tuple[tuple[str, ...], ...]
    actions: tuple[tuple[str, ...], ...]
    exact: bool
    _given: tuple[npt.NDArray[Any], npt.NDArray[Any]]

    def __init__(
        self,
        payoffs: npt.ArrayLike,
        prior: npt.ArrayLike,
        players: Sequence[str] | None = None,
        types: Sequence[Sequence[str]] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
    ) -> None:
        table = as_numbers(payoffs, "every player's table must have one entry for each profile of types and actions")
        chances = as_numbers(prior, "the prior has one entry for each profile of types")
        n = chances.ndim
        if table.ndim != 2 * n + 1 or n == 0 or table.shape[0] != n or table.shape[1 : n + 1] != chances.shape:
            raise GameError(
                f"payoffs has shape {table.shape} and prior {chances.shape}: for n players with k types and m actions "
                "each they are (n, k_1, ..., k_n, m_1, ..., m_n) and (k_1, ..., k_n)."
            )
        if 0 in table.shape:
            raise GameError(f"payoffs has shape {table.shape}: every player needs a type and an action.")
        for what, cells in (("payoffs", table), ("prior", chances)):
            _refuse_non_numbers(what, cells)
        # One game of all profiles makes the numbers what they are and checks names.
        whole = NormalFormGame(
            table.reshape(n, *chances.shape, *table.shape[n + 1 :]).reshape(n, -1, *([1] * (n - 1))), players
        )
        names = tuple(whole.players)
        labels = [
            _labels(given, counts, names, what)
            for given, counts, what in ((types, chances.shape, "type"), (actions, table.shape[n + 1 :], "action"))
        ]
        weights = NormalFormGame(chances.reshape(1, -1))
        p = weights.payoffs.reshape(chances.shape)
        total = weights.fractions.sum() if weights.exact else p.sum()
        if p.min() < 0 or abs(float(total) - 1) > (0 if weights.exact else 1e-9):
            raise GameError(
                f"The prior adds up to {float(total):g} and its least entry is {p.min():g}: probabilities are at least "
                "0 and add up to 1."
            )
        for i in range(n):
            never = np.flatnonzero(np.moveaxis(p, i, 0).reshape(p.shape[i], -1).sum(axis=1) == 0)
            if never.size:
                raise GameError(f"{names[i]} is never of type {labels[0][i][never[0]]!r}. Leave the type out.")
        floats = whole.payoffs.reshape(table.shape)
        exact = whole.exact and weights.exact
        given = (whole.given.reshape(table.shape), weights.given.reshape(chances.shape))
        for name, value in (
            ("payoffs", floats),
            ("prior", p),
            ("players", names),
            ("types", labels[0]),
            ("actions", labels[1]),
            ("exact", exact),
            ("_given", given),
        ):
            object.__setattr__(self, name, value)

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.players)

    @property
    def agents(self) -> tuple[tuple[int, int], ...]:
        """Every (player, type), in the order of the players of the agent form."""
        return tuple((i, t) for i, own in enumerate(self.types) for t in range(len(own)))

    def agent_form(self) -> NormalFormGame:
        """Return the game whose players are the types: each gets what it expects once it knows which it is.

        u_(i,t)(a) = sum over t_-i of p(t_-i | t) u_i(t, t_-i, a_1(t_1), ..., a_n(t_n)). Its Nash equilibria are the
        Bayes-Nash equilibria. Exact where payoffs and prior are.

        Raises
        ------
        GameError   if it has more than five million payoffs
        """
        agents = self.agents
        counts = [len(self.actions[i]) for i, _ in agents]
        size = len(agents)
        for count in counts:
            size *= count
        if size > MOST_CELLS:
            raise GameError(f"The agent form has {size:,} payoffs; at most {MOST_CELLS:,} are possible here.")
        table, prior = self._tables()
        payoffs: Any = np.zeros((len(agents), *counts), dtype=table.dtype)
        if self.exact:
            payoffs[...] = Fraction(0)
        for drawn in np.ndindex(prior.shape):
            if not prior[drawn]:
                continue
            present = [agents.index((i, t)) for i, t in enumerate(drawn)]
            shape = [1] * len(agents)
            for at in present:
                shape[at] = counts[at]
            for i, at in enumerate(present):
                payoffs[at] += prior[drawn] / self._chance(i, drawn[i], prior) * table[(i, *drawn)].reshape(shape)
        names = [
            self.players[i] if len(self.types[i]) == 1 else f"{self.players[i]}: {self.types[i][t]}" for i, t in agents
        ]
        return NormalFormGame(payoffs, names, [self.actions[i] for i, _ in agents])

    def _tables(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        return (
            (as_fractions(self._given[0]), as_fractions(self._given[1])) if self.exact else (self.payoffs, self.prior)
        )

    @staticmethod
    def _chance(player: int, kind: int, prior: npt.NDArray[Any]) -> Any:
        return np.sum(np.take(prior, kind, axis=player))

    def interim_payoffs(self, strategies: Sequence[npt.ArrayLike]) -> tuple[Floats, ...]:
        """Return what each type of each player expects from each of its actions, one (k_i, m_i) array a player.

        Parameters
        ----------
        strategies : n lists of k_i strategies
            For each player and type the (m_i,) probabilities of the actions.

        Returns
        -------
        tuple of arrays
        """
        n = self.n_players
        mixed = self._checked(strategies)
        results = []
        for i in range(n):
            values = np.zeros((len(self.types[i]), len(self.actions[i])))
            for drawn in np.ndindex(self.prior.shape):
                expected = self.payoffs[(i, *drawn)]
                for j in reversed(range(n)):
                    if j != i:
                        expected = np.moveaxis(expected, j, -1) @ mixed[j][drawn[j]]
                values[drawn[i]] += self.prior[drawn] / self._chance(i, drawn[i], self.prior) * expected
            results.append(values)
        return tuple(results)

    def interim_regret(self, strategies: Sequence[npt.ArrayLike]) -> float:
        """Return the most that some type of some player could gain, by its own lights, by another action.

        Parameters
        ----------
        strategies : n lists of k_i strategies
            As for `interim_payoffs`.

        Returns
        -------
        float
            0 in a Bayes-Nash equilibrium.
        """
        mixed = self._checked(strategies)
        return max(
            float((values.max(axis=1) - (values * own).sum(axis=1)).max())
            for values, own in zip(self.interim_payoffs(strategies), mixed, strict=True)
        )

    def _checked(self, strategies: Sequence[npt.ArrayLike]) -> list[Floats]:
        shapes = [(len(t), len(a)) for t, a in zip(self.types, self.actions, strict=True)]
        mixed = [np.asarray(own, dtype=float) for own in strategies]
        if [own.shape for own in mixed] != shapes:
            raise GameError(f"Strategies have shapes {[own.shape for own in mixed]}; by types and actions: {shapes}.")
        if not all((own >= -1e-9).all() and (np.abs(own.sum(axis=1) - 1) <= 1e-9).all() for own in mixed):
            raise GameError("The probabilities of each type's actions are at least 0 and add up to 1.")
        return mixed

    def __repr__(self) -> str:
        kinds = " x ".join(str(len(own)) for own in self.types)
        counts = " x ".join(str(len(own)) for own in self.actions)
        return f"<BayesianGame of {', '.join(self.players)}: {kinds} types, {counts} actions>"


def _refuse_non_numbers(what: str, cells: npt.NDArray[Any]) -> None:
    if cells.dtype.kind in "iuf" and np.isfinite(cells).all():
        return
    for at in np.ndindex(cells.shape):
        try:
            as_number(cells[at])
        except ValueError as error:
            place = ", ".join(map(str, at))
            raise GameError(f"{what}[{place}] {error}. A finite number was expected.") from None


def _labels(
    given: Sequence[Sequence[str]] | None, counts: Sequence[int], players: Sequence[str], what: str
) -> tuple[tuple[str, ...], ...]:
    if given is None:
        return tuple(tuple(str(k + 1) for k in range(count)) for count in counts)
    if [len(own) for own in given] != list(counts):
        raise GameError(
            f"The names of the {what}s count {[len(own) for own in given]}; the payoffs have {list(counts)}."
        )
    for own, player in zip(given, players, strict=True):
        if len(set(own)) < len(own):
            raise GameError(f"The {what}s of {player} are {tuple(own)}: names must differ.")
    return tuple(tuple(own) for own in given)


@dataclass(frozen=True, eq=False)
class BayesNashEquilibrium:
    """What each type of each player does, and what it expects by it.

    Attributes
    ----------
    strategies : one (k_i, m_i) array a player
        The probability of each action, a row a type.
    interim_payoffs : one (k_i,) array a player
        What each type expects.
    payoffs : (n,) array
        What each player expects before it knows its type.
    regret : float
        The most that a type gains by another action, recomputed from the Bayesian game.
    exact : one tuple of Fraction an agent, or None
    label : tuple of str
        What each type does in words, the first player's types first.
    """

    strategies: tuple[Floats, ...]
    interim_payoffs: tuple[Floats, ...]
    payoffs: Floats
    regret: float
    exact: tuple[tuple[Fraction, ...], ...] | None
    label: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class BayesNashSet:
    """The Bayes-Nash equilibria of a game, and whether these are all.

    Attributes
    ----------
    equilibria : tuple of BayesNashEquilibrium
    complete, degenerate, remarks
        As in `EquilibriumSet`, of the game between the types (the agent form).
    agents : EquilibriumSet
        The same equilibria as Nash equilibria of the agent form, in the same order.
    """

    equilibria: tuple[BayesNashEquilibrium, ...]
    complete: bool
    degenerate: bool | None
    remarks: tuple[str, ...]
    agents: EquilibriumSet = field(repr=False)

    def __iter__(self) -> Iterator[BayesNashEquilibrium]:
        return iter(self.equilibria)

    def __len__(self) -> int:
        return len(self.equilibria)

    def __getitem__(self, position: int) -> BayesNashEquilibrium:
        return self.equilibria[position]

    def components(self) -> tuple[tuple[int, ...], ...]:
        """Return the maximal sets of equilibria whose mixtures, agent by agent, are equilibria, as positions."""
        return self.agents.components()


def bayes_nash_equilibria(game: BayesianGame, *, seconds: float | None = None) -> BayesNashSet:
    """Find the Bayes-Nash equilibria: no type of any player expects to gain by another action.

    s_i(t_i) maximises sum over t_-i of p(t_-i | t_i) u_i(t, s_i(t_i), s_-i(t_-i)), for every player i and type t_i.
    They are the Nash equilibria of the agent form, so everything said of `nash_equilibria` holds of it: with two
    agents who have a choice the list is exact, with more it is complete where `complete` says so.

    Parameters
    ----------
    game : BayesianGame
    seconds : float, optional
        As in `nash_equilibria`.

    Returns
    -------
    BayesNashSet

    Raises
    ------
    GameError   for an agent form of more than five million payoffs

    References
    ----------
    Harsanyi, J. C. (1967-68). Management Science 14, 159-182, 320-334, 486-502.

    Examples
    --------
    Battle of the sexes in which player 2 wants to meet or to avoid player 1, with equal chances (Osborne 2004, example
    273.1): in the one pure equilibrium player 1 goes to B, the type that wants to meet goes there too, the other not.

    >>> import bargain as bg
    >>> from fractions import Fraction as F
    >>> first = [[2, 0], [0, 1]]
    >>> payoffs = [[[first, first]], [[[[1, 0], [0, 2]], [[0, 2], [1, 0]]]]]
    >>> kinds, actions = [["one"], ["meet", "avoid"]], [["B", "S"]] * 2
    >>> game = bg.BayesianGame(payoffs, [[F(1, 2), F(1, 2)]], types=kinds, actions=actions)
    >>> found = bg.bayes_nash_equilibria(game)
    >>> found[0].label, found[0].interim_payoffs[1].tolist(), found.complete
    (('B', 'B', 'S'), [1.0, 2.0], True)
    """
    known = nash_equilibria(game.agent_form(), cross_check=False, seconds=seconds)
    found = []
    for equilibrium in known:
        at = 0
        strategies = []
        for own in game.types:
            strategies.append(np.array(equilibrium.strategies[at : at + len(own)]))
            at += len(own)
        values = [
            (value * own).sum(axis=1) for value, own in zip(game.interim_payoffs(strategies), strategies, strict=True)
        ]
        chances = [np.moveaxis(game.prior, i, 0).reshape(len(own), -1).sum(axis=1) for i, own in enumerate(game.types)]
        payoffs = np.array([float(p @ value) for p, value in zip(chances, values, strict=True)])
        for array in (*strategies, *values, payoffs):
            array.flags.writeable = False
        found.append(
            BayesNashEquilibrium(
                tuple(strategies),
                tuple(values),
                payoffs,
                game.interim_regret(strategies),
                equilibrium.exact,
                equilibrium.label,
            )
        )
    return BayesNashSet(tuple(found), known.complete, known.degenerate, known.remarks, known)
