"""Capacity clubs: members pool capability and gain power, everyone outside loses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from bargain.coalitions import Coalition, Floats, MembershipGame, coalition_mask, coalition_sizes
from bargain.features import LinearPayoffs
from bargain.games import GameError
from bargain.model import Model, Number, parameter
from bargain.power import concentration, gini
from bargain.structures import PartitionGame, coalition_structures, structure_blocks
from bargain.tu import subset_sums

if TYPE_CHECKING:
    import sympy

Stake = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]

BATCH = 1 << 13
"""Coalition structures handled at a time."""


@dataclass(frozen=True, eq=False)
class ClubReport:
    """What clubs do to everyone's power and payoff.

    Attributes
    ----------
    clubs : tuple of int
        Bit masks of the clubs of two or more; everyone else acts singly.
    capabilities, shares, payoffs : (n,) read-only arrays
        Pooled capabilities, power shares, payoffs.
    gains : (n,) read-only array
        Payoffs less those without any club.
    concentration, concentration_before : float
        Herfindahl-Hirschman index of the power shares, with the clubs and without any.
    gini, gini_before : float
        Gini coefficient of the power shares, likewise.
    """

    clubs: tuple[int, ...]
    capabilities: Floats
    shares: Floats
    payoffs: Floats
    gains: Floats
    concentration: float
    concentration_before: float
    gini: float
    gini_before: float

    @property
    def members_gain(self) -> float:
        """What the members of all clubs gain together, fees paid."""
        return float(self.gains[self._inside].sum())

    @property
    def outsiders_loss(self) -> float:
        """What everyone outside the clubs loses together."""
        return 0.0 - float(self.gains[~self._inside].sum())

    @property
    def _inside(self) -> Any:
        return np.array([any(club >> i & 1 for club in self.clubs) for i in range(len(self.gains))])


class CapacityClub(Model):
    r"""States form clubs that pool capability: power is relative, so what members gain others lose.

    A member of club B has :math:`k_i' = k_i + \sigma \sum_{j \in B, j \ne i} k_j`, everyone else its own
    :math:`k_i`. Payoffs are the worth of the power share, :math:`g_i k_i'^m / \sum_j k_j'^m`, less a fee in a club
    of two or more. This payoff is the power term itself: no further stake in power is to be added to it.

    Examples
    --------
    The two strongest of four states pool: the stronger one loses, the other gains, outsiders lose.

    >>> model = CapacityClub()
    >>> game = model.membership()
    >>> game.at(["State 1", "State 2"]).round(4).tolist()
    [43.4545, 34.3636, 9.0909, 9.0909]
    >>> from bargain.membership import stability
    >>> [game.label(mask) for mask in stability(game).stable]
    ['{State 2, State 3, State 4}']
    """

    name: ClassVar[str] = "capacity_club"
    question: ClassVar[str] = "Which states pool their capability in a club, and what does it do to everyone else?"
    citation: ClassVar[str] = (
        "Exclusive clubs that raise members' power and outsiders' insecurity: work on AI and state-to-state power "
        "relations (2024), on joint capacity building; power shares after Tullock (1980), Efficient rent seeking; "
        "clubs that harm outsiders: Yi (1997), Stable coalition structures with externalities. The functional form "
        "is this project's."
    )
    limits: ClassVar[str] = (
        "Pooling costs a fee and nothing else: no leakage, no dependence, no war; power has no use but itself, so a "
        "club makes no wealth. The numbers of the default calibration are assumptions."
    )
    rational: ClassVar[bool] = False
    meanings: ClassVar[Mapping[str, str]] = {
        "own": "capability of the state before pooling",
        "partner": "capability of the other state of a pair before pooling",
        "club": "sum of the capabilities in the club",
        "total": "sum of the capabilities of all states",
        "members": "number of the club's members",
    }
    roles: ClassVar[tuple[str, ...]] = ("state",)
    more_players: ClassVar[bool] = True
    signs: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (4.0, 2.0, 1.0, 1.0)

    stake: Stake | tuple[Stake, ...] = parameter(
        100, "Worth of all the power rather than none, one number or one a state", unit="payoff per period"
    )
    spillover: float = parameter(
        0.5, "Share of the other members' capability that a member gains", unit="share", ge=0, le=1
    )
    fee: float = parameter(2.0, "What each member of a club of two or more pays", unit="payoff per period", ge=0)
    decisiveness: float = parameter(
        1.0, "How strongly capability decides power", unit="exponent", gt=0, le=100, source="Tullock (1980), the form"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_state_for_each_stake(cls, data: Any) -> Any:
        """Name as many states as there are stakes, four where one number holds for all."""
        if not isinstance(data, Mapping) or data.get("players"):
            return data
        stake = data.get("stake")
        count = len(stake) if isinstance(stake, list | tuple) else len(cls.default_capabilities)
        return {**data, "players": tuple(f"State {i + 1}" for i in range(count))}

    @model_validator(mode="after")
    def _one_stake_for_each_state(self) -> Self:
        if isinstance(self.stake, tuple) and len(self.stake) != len(self.players):
            raise ValueError(f"stake has {len(self.stake)} numbers for {len(self.players)} states; give one or all")
        return self

    def membership(self, capabilities: Sequence[Number] | None = None) -> MembershipGame:
        """Return the payoffs of all 2**n clubs, everyone else acting singly.

        Parameters
        ----------
        capabilities : n numbers above zero, in any one unit; default 4, 2, 1, 1
        """
        k, stakes, n = self._relative(capabilities), self._stakes(), len(self.players)
        if self.decisiveness == 1:
            pooled, sizes = subset_sums(k), coalition_sizes(n)
            scarcity = 1 / (k.sum() + self.spillover * (sizes - 1.0) * pooled)
            share, nothing = self.spillover, np.zeros(n)
            inside = np.column_stack([nothing, stakes * (1 - share) * k, stakes * share, nothing - self.fee])
            outside = np.column_stack([nothing, stakes * k, nothing, nothing])
            features = [scarcity, pooled * scarcity, (sizes > 1).astype(float)]
            for each in features:
                each.flags.writeable = False
            return LinearPayoffs(features, inside, outside).game(self.players)

        def weights(i: int, start: int, stop: int) -> Floats:
            found = np.full(stop - start, k[i] ** self.decisiveness)
            pools = _with(pooled[start:stop], i, start)
            _with(found, i, start)[...] = (k[i] + self.spillover * (pools - k[i])) ** self.decisiveness
            return found

        def rows(i: int, start: int, stop: int) -> Floats:
            payoffs = weights(i, start, stop)
            payoffs *= stakes[i]
            payoffs /= total[start:stop]
            _with(payoffs, i, start)[...] -= self.fee
            if start <= 1 << i < stop:  # Alone there is no club.
                payoffs[(1 << i) - start] = k[i] ** self.decisiveness * stakes[i] / total[0]
            return payoffs

        game = MembershipGame.from_rows(rows, n, self.players)
        pooled, total = subset_sums(k), np.zeros(1 << n)
        for start, stop in game.blocks():
            for i in range(n):
                total[start:stop] += weights(i, start, stop)
        return game

    def partition(self, capabilities: Sequence[Number] | None = None) -> PartitionGame:
        """Return the payoffs of all coalition structures: clubs and counter-clubs side by side.

        Raises GameError for more than 12 states.

        Examples
        --------
        Whatever clubs there are, some state wants to move: they cycle.

        >>> from bargain.partition import stable_structures
        >>> stable_structures(CapacityClub().partition()).rows
        ()
        """
        k, stakes, n = self._relative(capabilities), self._stakes(), len(self.players)
        payoffs = np.empty(coalition_structures(n).shape, order="F")
        pooled, fees = subset_sums(k), np.where(coalition_sizes(n) > 1, self.fee, 0.0)
        tables = [(own + self.spillover * (pooled - own)) ** self.decisiveness for own in k]
        for start in range(0, len(payoffs), BATCH):
            batch = slice(start, start + BATCH)
            blocks = structure_blocks(n)[batch].T
            weights = [table.take(block) for table, block in zip(tables, blocks, strict=True)]
            total = sum(weights)
            for i in range(n):
                payoffs[batch, i] = stakes[i] * weights[i] / total - fees.take(blocks[i])
        payoffs.flags.writeable = False
        return PartitionGame(payoffs, self.players)

    def report(self, *clubs: Coalition, capabilities: Sequence[Number] | None = None) -> ClubReport:
        """Return what clubs do to power and payoffs; who is in none acts singly.

        Parameters
        ----------
        clubs : each as a bit mask or by its members
        capabilities : n numbers above zero

        Raises
        ------
        GameError   for an unknown member, or a state in two clubs

        Examples
        --------
        >>> report = CapacityClub().report(["State 2", "State 3", "State 4"])
        >>> round(report.concentration_before, 4), round(report.concentration, 4)
        (0.3438, 0.2604)
        >>> round(report.members_gain, 4), round(report.outsiders_loss, 4)
        (10.6667, 16.6667)
        """
        k, stakes, n = self._relative(capabilities), self._stakes(), len(self.players)
        scale = max(map(float, self.capabilities(capabilities)))
        masks = [coalition_mask(club, self.players) for club in clubs]
        inside = np.array([[mask >> i & 1 for i in range(n)] for mask in masks]).reshape(len(masks), n)
        for i in np.flatnonzero(inside.sum(axis=0) > 1):
            raise GameError(f"{self.players[i]} stands in two clubs; a state is in one at most.")
        inside = inside[inside.sum(axis=1) > 1]
        reaches = k + self.spillover * inside.T @ (inside @ k) - self.spillover * inside.sum(axis=0) * k
        before, shares = self._shares(k), self._shares(reaches)
        payoffs = stakes * shares - self.fee * inside.sum(axis=0)
        gains, reaches = payoffs - stakes * before, scale * reaches
        for array in (reaches, shares, payoffs, gains):
            array.flags.writeable = False
        return ClubReport(
            clubs=tuple(mask for mask in masks if mask.bit_count() > 1),
            capabilities=reaches,
            shares=shares,
            payoffs=payoffs,
            gains=gains,
            concentration=concentration(shares),
            concentration_before=concentration(before),
            gini=gini(shares),
            gini_before=gini(before),
        )

    def _relative(self, capabilities: Sequence[Number] | None) -> Floats:
        """Capabilities over the largest, so that their sums stay finite."""
        k = np.array([float(each) for each in self.capabilities(capabilities)])
        return np.asarray(k / k.max())

    def _stakes(self) -> Floats:
        return np.broadcast_to(np.asarray(self.stake, dtype=float), len(self.players))

    def _shares(self, reaches: Floats) -> Floats:
        """Power shares of pooled capabilities."""
        weights = reaches**self.decisiveness
        return np.asarray(weights / weights.sum())

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the parameters' symbols, and those of one club, by name."""
        import sympy

        names = (*cls.parameter_names(), "own", "partner", "club", "total", "members")
        return {name: sympy.Symbol(name, positive=True) for name in names}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms at decisiveness 1: payoffs in one club, and what a pair gains.

        A state gains power by pooling with a partner exactly where the third form is positive.
        """
        s = cls.symbols()
        g, sigma, fee, own, partner = (s[name] for name in ("stake", "spillover", "fee", "own", "partner"))
        club, total, members = (s[name] for name in ("club", "total", "members"))
        pooled = total + sigma * (members - 1) * club
        pair = total + sigma * (own + partner)
        excess = partner * total - own * (own + partner)
        gain = g * sigma * excess / (total * pair)
        return {
            "member's payoff": g * (own + sigma * (club - own)) / pooled - fee,
            "outsider's payoff": g * own / pooled,
            "partner's capability times the total, less what it must exceed": excess,
            "fee up to which a state gains from a pair": gain,
            "least payment that makes a pair worthwhile to a state": fee - gain,
            "fee up to which a pair gains together": (
                g * sigma * (own + partner) * (total - own - partner) / (2 * total * pair)
            ),
        }


def _with(values: Floats, i: int, start: int) -> Floats:
    """A view of the values of those coalitions, numbered from `start` on, of which player i is a member."""
    if 1 << i < len(values):
        return values.reshape(-1, 2, 1 << i)[:, 1]
    return values if start >> i & 1 else values[:0]
