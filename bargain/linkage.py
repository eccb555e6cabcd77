"""Models made of models: several issues in one agreement, and players to whom others' payoffs matter.

Both are models themselves, so that everything that is done with one issue is done with several. A player's action
in a joint game is one action for each issue; its payoff is the sum.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from bargain.games import NormalFormGame
from bargain.model import Model, Number, rational
from bargain.offers import joined

if TYPE_CHECKING:
    from bargain.coalitions import MembershipGame

MOST_PROFILES = 20_000
"""Profiles of the largest joint game: checking it takes some seconds, repair and sensitivity check many times."""

Matrix = tuple[tuple[Any, ...], ...]


class Joint(Model):
    """Several issues in one agreement: payoffs add, and a promise covers all issues at once.

    With issues k = 1, 2, ... a player's action is one action in each issue it takes part in, written
    "climate: pause 6 + trade: open". U_i(a; k) = sum over issues of U_i^issue(a^issue; k); capabilities are the
    same in all of them. The harms that the issues may bring are independent: the risk is
    1 - prod(1 - risk^issue). What others can do to a breaker adds.

    Nash equilibria of the joint game come, issue by issue, from those of the issues. A breach in one issue ends
    cooperation in all, so that the deviation to fear is the one in all issues at once (Bernheim & Whinston 1990).
    """

    roles: ClassVar[tuple[str, ...]] = ("player",)
    more_players: ClassVar[bool] = True
    citation: ClassVar[str] = (
        "Bernheim & Whinston (1990), Multimarket contact and collusive behavior, RAND Journal of Economics 21."
    )
    limits: ClassVar[str] = "Payoffs of the issues add: what happens in one does not change what another is worth."

    issue_names: tuple[str, ...]
    issue_models: tuple[Model, ...]
    seats: tuple[tuple[int, ...], ...]
    """The numbers of the players who take part in each issue, in the order of the places of its model."""

    @property
    def name(self) -> str:  # type: ignore[override]
        """The models of the issues."""
        return joined(dict(zip(self.issue_names, (each.name for each in self.issue_models), strict=True)))

    @property
    def question(self) -> str:  # type: ignore[override]
        """The questions of the issues."""
        return " ".join(dict.fromkeys(each.question for each in self.issue_models))

    @property
    def rational(self) -> bool:  # type: ignore[override]
        """Whether all issues have payoffs that are rational in their parameters."""
        return all(each.rational for each in self.issue_models)

    @property
    def default_capabilities(self) -> tuple[float, ...]:  # type: ignore[override]
        """One for each player: issues need not agree on defaults of their own."""
        return (1.0,)

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return each player's joint actions, the last issue's action changing fastest."""
        return tuple(
            tuple(joined(dict(zip(issues, choice, strict=True))) for choice in itertools.product(*issues.values()))
            for issues in self._own_actions()
        )

    def _own_actions(self) -> Iterator[dict[str, tuple[str, ...]]]:
        """Yield each player's actions by issue."""
        for player in range(len(self.players)):
            yield {
                name: model.actions()[seats.index(player)]
                for name, model, seats in zip(self.issue_names, self.issue_models, self.seats, strict=True)
                if player in seats
            }

    def choices(self) -> tuple[dict[str, npt.NDArray[np.intp]], ...]:
        """Return, for each player and issue, the number of the issue's action in each joint action."""
        found = []
        for issues in self._own_actions():
            table = np.indices([len(own) for own in issues.values()]).reshape(len(issues), -1)
            found.append(dict(zip(issues, table, strict=True)))
        return tuple(found)

    def _issues(
        self, profile: Sequence[int], capabilities: Sequence[Number]
    ) -> Iterator[tuple[Model, tuple[int, ...], tuple[int, ...], tuple[Number, ...]]]:
        """Yield each issue's model and seats with its part of a profile and of the capabilities."""
        played = [list(issues.values()) for issues in self._own_actions()]
        parts = [
            list(np.unravel_index(action, [len(own) for own in lists]))
            for action, lists in zip(profile, played, strict=True)
        ]
        for model, seats in zip(self.issue_models, self.seats, strict=True):
            own = tuple(int(parts[player].pop(0)) for player in seats)
            yield model, seats, own, tuple(capabilities[player] for player in seats)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each player's payoffs at one profile, added over the issues."""
        sums: list[Number] = [0] * len(self.players)
        for model, seats, own, at in self._issues(profile, capabilities):
            for player, payoff in zip(seats, model.payoff(own, at), strict=True):
                sums[player] = sums[player] + payoff
        return tuple(sums)

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number | None:
        """Return the probability that at least one issue brings its harm; None where no issue has one."""
        risks = [model.risk(own, at) for model, _, own, at in self._issues(profile, capabilities)]
        stated = [1 - risk for risk in risks if risk is not None]
        return 1 - math.prod(stated) if stated else None

    def breach_harm(self, shares: Sequence[Number], *, arrived: bool) -> tuple[Number, ...]:
        """Return the harm that the others can inflict on each breaker, added over the issues."""
        sums: list[Number] = [0] * len(self.players)
        for model, seats in zip(self.issue_models, self.seats, strict=True):
            harms = model.breach_harm(tuple(shares[player] for player in seats), arrived=arrived)
            for player, harm in zip(seats, harms, strict=True):
                sums[player] = sums[player] + harm
        return tuple(sums)

    def normal_form(self, capabilities: Sequence[Number] | None = None) -> NormalFormGame:
        """Return the joint game; each issue's game is worked out once."""
        at, choices = self.capabilities(capabilities), self.choices()
        sizes = [len(next(iter(own.values()))) for own in choices]
        sums: Any = np.zeros((len(sizes), *sizes), dtype=object)
        for name, model, seats in zip(self.issue_names, self.issue_models, self.seats, strict=True):
            game = model.normal_form(tuple(at[player] for player in seats))
            spread = game.given.astype(object)[
                np.ix_(np.arange(len(seats)), *(choices[player][name] for player in seats))
            ]
            order = sorted(range(len(seats)), key=seats.__getitem__)
            shape = [size if player in seats else 1 for player, size in enumerate(sizes)]
            for place, player in enumerate(seats):
                sums[player] = sums[player] + spread[place].transpose(order).reshape(shape)
        return NormalFormGame(sums, players=self.players, actions=self.actions())

    def in_rationals(self) -> Self:
        """Return the same issues with every number read as an exact rational."""
        return self.model_copy(update={"issue_models": tuple(each.in_rationals() for each in self.issue_models)})

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of each issue by the issue's name."""
        return {name: each.parameters() for name, each in zip(self.issue_names, self.issue_models, strict=True)}

    def sections(self) -> dict[str, Model]:
        """Return the models of the issues, by the path of their parameters."""
        return {
            f"issues.{name}.{section}": part
            for name, model in zip(self.issue_names, self.issue_models, strict=True)
            for section, part in model.sections().items()
        }

    def separate(self) -> tuple[tuple[Model, tuple[int, ...]], ...]:
        """Return the issues, each with the numbers of the players who take part."""
        return tuple(zip(self.issue_models, self.seats, strict=True))


class Linked(Model):
    """Players to whom the payoffs of others matter: u_i = U_i + sum over j of alpha_ij*U_j.

    U is the payoff of the base model, the power term included; what an offer gives or takes, and what a breach
    costs, is weighed by the player itself only. alpha_ij lies between -1 (all that j gains hurts i as much) and
    1 (i counts it as its own). A subclass says what is linked (`base`) and how much (`affinities`).
    """

    def base(self) -> Model:
        """Return the model whose payoffs are linked."""
        raise NotImplementedError

    def affinities(self) -> Matrix:
        """Return alpha as an (n, n) table, zero on the diagonal."""
        raise NotImplementedError

    @property
    def rational(self) -> bool:  # type: ignore[override]
        """Whether the base model's payoffs are rational in its parameters."""
        return self.base().rational

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return the actions of the base model."""
        return self.base().actions()

    def felt(self, amounts: Sequence[Number]) -> tuple[Number, ...]:
        """Return what everyone's payoffs are worth to each player: its own, and the others' by affinity."""
        own = self.base().felt(amounts)
        return tuple(
            sum((alpha * other for alpha, other in zip(row, own, strict=True) if alpha), start=each)
            for each, row in zip(own, self.affinities(), strict=True)
        )

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each player's payoff at one profile, the others' payoffs weighed in."""
        return self.felt(self.base().payoff(profile, capabilities))

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number | None:
        """Return the risk of the base model."""
        return self.base().risk(profile, capabilities)

    def breach_harm(self, shares: Sequence[Number], *, arrived: bool) -> tuple[Number, ...]:
        """Return the harm of the base model."""
        return self.base().breach_harm(shares, arrived=arrived)

    def normal_form(self, capabilities: Sequence[Number] | None = None) -> NormalFormGame:
        """Return the game with the others' payoffs weighed in."""
        game = self.base().normal_form(self.capabilities(capabilities))
        given: Any = game.given.astype(object)
        return NormalFormGame(np.array(self.felt(given), dtype=object), players=self.players, actions=game.actions)

    def separate(self) -> tuple[tuple[Model, tuple[int, ...]], ...]:
        """Return the separate games of the base model, each linked among those who take part in it."""
        table = self.affinities()
        return tuple(
            (
                WithAffinity(
                    players=model.players, linked=model, alphas=tuple(tuple(table[i][j] for j in seats) for i in seats)
                ),
                seats,
            )
            for model, seats in self.base().separate()
        )


class WithAffinity(Linked):
    """Any model with the affinities of a document.

    Where the players sign, u_i(S) = pi_i(S) + sum over j of alpha_ij*pi_j(S) for every coalition S of signatories,
    whether j is one of them or not: affinity bears on who signs. What the coalition and the others then do is the
    model's, and there states mind their own payoffs.
    """

    roles: ClassVar[tuple[str, ...]] = ("player",)
    more_players: ClassVar[bool] = True

    linked: Model
    alphas: Matrix

    def base(self) -> Model:
        """Return the model whose payoffs are linked."""
        return self.linked

    def affinities(self) -> Matrix:
        """Return alpha as an (n, n) table, zero on the diagonal."""
        return self.alphas

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the model that is linked."""
        return self.linked.name

    @property
    def signs(self) -> bool:  # type: ignore[override]
        """Whether the players of the model that is linked sign."""
        return self.linked.signs

    @property
    def question(self) -> str:  # type: ignore[override]
        """The question of the model that is linked."""
        return self.linked.question

    @property
    def default_capabilities(self) -> tuple[float, ...]:  # type: ignore[override]
        """The default capabilities of the model that is linked."""
        return self.linked.default_capabilities

    def membership(self, capabilities: Sequence[Number] | None = None) -> MembershipGame:
        """Return what everyone gets under each coalition of signatories, the others' payoffs weighed in."""
        from bargain.coalitions import MembershipGame

        game = self.linked.membership(self.capabilities(capabilities))
        heeded = [[(j, float(alpha)) for j, alpha in enumerate(row) if alpha] for row in self.alphas]

        def rows(player: int, start: int, stop: int) -> npt.NDArray[np.float64]:
            return sum(
                (alpha * game.rows(other, start, stop) for other, alpha in heeded[player]),
                start=game.rows(player, start, stop),
            )

        return MembershipGame.from_rows(rows, game.n_players, self.players)

    def in_rationals(self) -> Self:
        """Return the same model with every number read as an exact rational."""
        return self.model_copy(update={"linked": self.linked.in_rationals(), "alphas": rational(self.alphas)})

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the model that is linked."""
        return self.linked.parameters()

    def sections(self) -> dict[str, Model]:
        """Return the sections of the model that is linked."""
        return self.linked.sections()


def affinity_table(given: Any, players: Sequence[str]) -> Matrix:
    """Return affinities as an (n, n) table: from one number for every pair, by player, or from such a table.

    Raises
    ------
    ValueError   for names that are no players, a player's affinity to itself, and numbers beyond -1 to 1

    >>> affinity_table({"A": {"B": 0.2}}, ["A", "B"])
    ((0, 0.2), (0, 0))
    """
    n = len(players)
    if _is_number(given):
        return affinity_table([[0 if i == j else given for j in range(n)] for i in range(n)], players)
    if isinstance(given, Mapping):
        table: list[list[Any]] = [[0] * n for _ in players]
        for player, others in given.items():
            if not isinstance(others, Mapping):
                raise ValueError(f"the affinity of {player} must be written by player, for instance {{B: 0.2}}")
            for other, alpha in others.items():
                for name in (player, other):
                    if name not in players:
                        raise ValueError(f"affinity names {name}, who is no player; players: {', '.join(players)}")
                table[players.index(player)][players.index(other)] = alpha
        given = table
    rows = [list(row) for row in given] if isinstance(given, Sequence) and not isinstance(given, str) else []
    if len(rows) != n or any(len(row) != n for row in rows):
        raise ValueError(f"affinity must be one number, numbers by player, or a table of {n} rows and columns")
    for i, j in itertools.product(range(n), repeat=2):
        if not _is_number(rows[i][j]) or not -1 <= rows[i][j] <= 1:
            raise ValueError(f"the affinity of {players[i]} to {players[j]} is {rows[i][j]!r}, no number from -1 to 1")
        if i == j and rows[i][j]:
            raise ValueError(f"{players[i]} has an affinity to itself; it weighs its own payoff at 1 anyway")
    return tuple(map(tuple, rows))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Fraction) and not isinstance(value, bool)
