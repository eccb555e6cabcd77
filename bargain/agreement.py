"""An offer on its model: who earns what if it is kept, if it is broken, and had it never been made.

Everything here is a payoff as an affine function of the offer's amounts (values, costs, escrows); asks, powers,
detection and discount factors are numbers. `system.py` combines these payoffs into requirements.

With `exact=True` all numbers are rationals: those of the document read as the decimals they are written as.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, wraps
from typing import Any, TypeVar

import numpy as np

from bargain._affine import Affine, Number, total
from bargain._numbers import DocumentNumbers
from bargain._profiles import Scenario, Strategies, pure, support
from bargain._terms import cost, escrow, flowing, value
from bargain.coalitions import MembershipGame
from bargain.games import NormalFormGame
from bargain.model import Model, rational, signatories
from bargain.offers import Offer, Term, windfall_weight
from bargain.pooling import joint_equilibria
from bargain.power import power_shares
from bargain.schedules import average, in_period, period_of, period_states
from bargain.strategic import Equilibrium, EquilibriumSet, nash_equilibria, regret

R = TypeVar("R")

MOST_SCENARIOS = 1000
"""Combinations of a disagreement point and breakdowns up to which each is checked."""


def _once(method: Callable[..., R]) -> Callable[..., R]:
    """Work a flow out once for each player and state: many rows are made of it."""

    @wraps(method)
    def remembered(self: Agreement, *names: str) -> R:
        key = (method.__name__, *names)
        if key not in self._found:
            self._found[key] = method(self, *names)
        found: R = self._found[key]
        return found

    return remembered


class Agreement(DocumentNumbers):
    """The payoffs that an offer creates, in the letters of docs/explanation/requirements.md.

    Parameters
    ----------
    offer : Offer
    exact : bool
        Compute in rationals. The slopes of every margin are then exact; its constant is, too, where the model is
        rational in its parameters and the decisiveness is whole.
    cross_check : bool
        Cross every two-player equilibrium with nashpy's algorithms.
    """

    def __init__(self, offer: Offer, *, exact: bool = False, cross_check: bool = True) -> None:
        super().__init__(offer, exact=exact)
        self.cross_check = cross_check
        model = offer.build_model()
        self.rational = model.rational and float(offer.decisiveness).is_integer()
        self._rational_model = model.in_rationals() if self.rational else model
        self.model: Model = self._rational_model if exact else model
        self.players: tuple[str, ...] = offer.player_names
        self.index = {player: i for i, player in enumerate(self.players)}
        self.actions = model.actions()
        self.signs = model.signs
        self.asked = tuple(self.actions[i].index(offer.asks[player]) for i, player in enumerate(self.players))
        self._payoffs: dict[tuple[tuple[int, ...], tuple[Number, ...]], tuple[Number, ...]] = {}
        self._games: dict[tuple[float, ...], NormalFormGame] = {}
        self._signings: dict[tuple[Number, ...], MembershipGame] = {}
        self._found: dict[tuple[str, ...], Any] = {}

    # Terms in force

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The states in which promises are weighed: before and after the windfall, by period, or always."""
        if periods := period_states(self.offer):
            return periods
        windfall = any(term.timing == "windfall" for term in self.terms)
        return ("before", "after") if windfall else ("always",)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the agreement; where players sign, those between two that are asked to join."""
        return self.terms_with()

    def terms_with(self, newcomer: str | None = None) -> tuple[Term, ...]:
        """The terms between parties, one more player counted as a party."""
        if not self.signs:
            return self.offer.terms
        parties = {player for player in self.players if self.joins(player)} | {newcomer}
        return tuple(term for term in self.offer.terms if {term.from_, term.to} <= parties)

    def joins(self, player: str) -> bool:
        """Whether players sign here and this one is asked to."""
        return self.signs and self.offer.asks[player] == "join"

    def in_force(self, state: str) -> tuple[Term, ...]:
        """The terms that flow in a state; upfront terms are sunk and flow in none."""
        return flowing(self.terms, state)

    def owed(self, player: str, state: str) -> tuple[Term, ...]:
        """The terms in force that the player provides and could withhold."""
        return tuple(t for t in self.in_force(state) if t.from_ == player and not t.lasting)

    def withholdings(self, player: str, state: str) -> Iterator[tuple[Term, ...]]:
        """Yield the sets of terms whose withholding can be a best breach.

        Withholding a term without power can only save its cost, so such terms are withheld together. Withholding
        power changes the game, so each set of terms with revocable power is a deviation of its own.
        """
        owed = self.owed(player, state)
        powered = tuple(term for term in owed if term.power > 0 and self.stays(term) < 1)
        money = tuple(term for term in owed if term not in powered)
        for size in range(len(powered), -1, -1):
            for withheld in itertools.combinations(powered, size):
                if withheld or money:
                    yield tuple(term for term in owed if term in withheld or term in money)

    def stays(self, term: Term) -> Number:
        """The part of a term's power that stays with the recipient after the agreement breaks down.

        All of it where the term is lasting or was given upfront; of revocable frontier access what leaks, 1 - q
        under stated monitoring of the recipient and all of it where none is stated; else nothing.
        """
        if term.lasting or term.timing == "upfront":
            return self.number(1.0)
        if term.cluster == "frontier_ai":
            return 1 - self.number(self.offer.amount("monitoring", term.to), 0.0)
        return self.number(0.0)

    def following(self, state: str) -> tuple[str, ...]:
        """The states after one, by period; the last one follows itself."""
        return self.states[period_of(state) :] or self.states[-1:] if period_of(state) else (state,)

    # Capabilities

    @cached_property
    def base(self) -> tuple[Number, ...]:
        """Capabilities k of today."""
        return tuple(self._read(self.offer.players[player].capability) for player in self.players)

    @_once
    def without(self, state: str) -> tuple[Number, ...]:
        """Capabilities k without the agreement in a state."""
        growth = (self.offer.players[player].growth for player in self.players)
        return tuple(k * self.number(in_period(own, state)) for k, own in zip(self.base, growth, strict=True))

    @_once
    def agreed(self, state: str) -> tuple[Number, ...]:
        """Capabilities k^A while the agreement is kept."""
        return self._with_power({t.id: self.share(t, state) for t in self._given(state)}, state)

    @_once
    def broken(self, state: str, later: str = "") -> tuple[Number, ...]:
        """Capabilities k^P after a breakdown in a state, then or later: what cannot be taken back stays."""
        stay = {term.id: self.stays(term) * self.share(term, state) for term in self._given(state)}
        return self._with_power(stay, later or state)

    def withholding(self, state: str, withheld: Sequence[Term]) -> tuple[Number, ...]:
        """Capabilities k^D in the period in which `withheld` is not delivered."""
        kept = {term.id: self.share(term, state) for term in self._given(state)}
        kept.update({term.id: self.stays(term) * kept[term.id] for term in withheld})
        return self._with_power(kept, state)

    def _given(self, state: str) -> tuple[Term, ...]:
        return tuple(t for t in self.terms if t.timing != "windfall" or state == "after")

    def _with_power(self, given: Mapping[str, Number], state: str) -> tuple[Number, ...]:
        capabilities = list(self.without(state))
        for term in self.offer.terms:
            if term.power and term.id in given:
                i = self.index[term.to]
                capabilities[i] = capabilities[i] + given[term.id] * self._read(term.power)
        return tuple(capabilities)

    def shares(self, capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Power shares at the given capabilities."""
        decisiveness = self.offer.decisiveness
        if self.exact and self.rational:
            return tuple(power_shares(capabilities, int(decisiveness)))
        return tuple(float(share) for share in power_shares(capabilities, decisiveness))

    # Payoffs of the game, the power term included

    def utilities(self, profile: Sequence[int], capabilities: tuple[Number, ...]) -> tuple[Number, ...]:
        """U(a; k): the model's payoffs plus each player's stake times its power share."""
        key = (tuple(profile), capabilities)
        if key not in self._payoffs:
            stakes = (self._read(self.offer.players[player].stake) for player in self.players)
            power = [stake * share for stake, share in zip(stakes, self.shares(capabilities), strict=True)]
            payoffs: Sequence[Number]
            if self.signs:
                payoffs = self._membership(capabilities).at(signatories(profile)).tolist()
            else:
                payoffs = self.model.payoff(profile, capabilities)
            self._payoffs[key] = tuple(
                payoff + worth for payoff, worth in zip(payoffs, self.model.felt(power), strict=True)
            )
        return self._payoffs[key]

    def utility(self, player: str, profile: Sequence[int] | Strategies, capabilities: tuple[Number, ...]) -> Number:
        """U_i(a; k) of one player at a profile, pure or mixed."""
        i = self.index[player]
        if isinstance(profile[0], int):
            return self.utilities(profile, capabilities)[i]  # type: ignore[arg-type]
        return sum(
            (
                probability * self.utilities(pure, capabilities)[i]
                for pure, probability in support(profile)  # type: ignore[arg-type]
            ),
            start=self.number(0.0),
        )

    def risk(self, profile: Sequence[int] | Strategies, capabilities: tuple[Number, ...]) -> Number | None:
        """The model's risk at a profile, pure or mixed; None where the model has none."""
        pairs = [(tuple(profile), 1)] if isinstance(profile[0], int) else support(profile)  # type: ignore[arg-type]
        risk: Number = 0
        for played, probability in pairs:
            part = self.model.risk(played, capabilities)  # type: ignore[arg-type]
            if part is None:
                return None
            risk = risk + probability * part
        return risk

    def game(self, capabilities: tuple[Number, ...]) -> NormalFormGame:
        """The game without terms at the given capabilities, exact where the model allows it."""
        key = tuple(map(float, capabilities))
        if key not in self._games:
            at = tuple(map(rational, capabilities)) if self.rational else capabilities
            game = self._rational_model.normal_form(at)
            stakes = [self.offer.players[player].stake for player in self.players]
            if any(stakes):
                payoffs = game.fractions.copy() if self.rational else game.payoffs.copy()
                shares = power_shares(at, int(self.offer.decisiveness) if self.rational else self.offer.decisiveness)
                read = rational if self.rational else float
                power = [read(stake) * share for stake, share in zip(stakes, shares, strict=True)]
                for i, worth in enumerate(self._rational_model.felt(power)):
                    payoffs[i] = payoffs[i] + worth
                game = NormalFormGame(payoffs, players=game.players, actions=game.actions)
            self._games[key] = game
        return self._games[key]

    def _membership(self, capabilities: tuple[Number, ...]) -> MembershipGame:
        if capabilities not in self._signings:
            self._signings[capabilities] = self.model.membership(capabilities)
        return self._signings[capabilities]

    def signing(self, capabilities: tuple[Number, ...]) -> MembershipGame:
        """What everyone gets under each coalition of signatories, the power term included."""
        game = self._membership(capabilities)
        stakes = [self.offer.players[player].stake for player in self.players]
        power = [stake * float(share) for stake, share in zip(stakes, self.shares(capabilities), strict=True)]
        if not any(stakes):
            return game
        worth = [float(each) for each in self.model.felt(power)]
        return MembershipGame.from_rows(
            lambda i, start, stop: game.rows(i, start, stop) + worth[i], game.n_players, self.players
        )

    def scale(self, capabilities: tuple[Number, ...]) -> float:
        """The largest absolute payoff of the game at the given capabilities."""
        if self.signs:
            return self.signing(capabilities).scale
        return float(np.abs(self.game(capabilities).payoffs).max())

    # Disagreement and breakdown

    @cached_property
    def status_quo(self) -> EquilibriumSet | None:
        """The equilibria without the offer; None where the document states the disagreement profile."""
        return None if self.offer.disagreement else self.equilibria(self.base)

    def equilibria(self, capabilities: tuple[Number, ...]) -> EquilibriumSet:
        """The Nash equilibria at the given capabilities."""
        if capabilities not in self.solved:
            self.solved[capabilities] = self._equilibria(capabilities)
        return self.solved[capabilities]

    def _equilibria(self, capabilities: tuple[Number, ...]) -> EquilibriumSet:
        game, parts = self.game(capabilities), self._rational_model.separate()
        if len(parts) == 1:
            return nash_equilibria(game, cross_check=self.cross_check)
        at = tuple(map(rational, capabilities)) if self.rational else capabilities
        games = (model.normal_form(tuple(at[i] for i in seats)) for model, seats in parts)
        return joint_equilibria(
            game,
            [nash_equilibria(each, cross_check=self.cross_check) for each in games],
            [seats for _, seats in parts],
        )

    @cached_property
    def solved(self) -> dict[tuple[Number, ...], EquilibriumSet]:
        """The equilibria that were asked for so far, by the capabilities."""
        return {}

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every combination of a disagreement point and breakdowns; one where the document settles them.

        None where no equilibrium is known, or where there are more than 1,000 combinations.
        """
        found: list[Scenario] = []
        if self.offer.disagreement:
            quo = [self._stated(self.offer.disagreement)]
        else:
            assert self.status_quo is not None
            quo = [self._strategies(equilibrium) for equilibrium in self.status_quo.equilibria]
        for disagreement in quo:
            options = [self._breakdowns(disagreement, state) for state in self.states]
            found += [
                Scenario(disagreement, dict(zip(self.states, choice, strict=True)))
                for choice in itertools.product(*options)
            ]
            if len(found) > MOST_SCENARIOS:
                return ()
        return tuple(found)

    def _breakdowns(self, disagreement: Strategies, state: str) -> list[Strategies]:
        if self._ended is not None:
            return [self._ended]
        broken = self.broken(state)
        if self.signs or self.offer.disagreement or broken == self.base or self.is_equilibrium(disagreement, broken):
            return [disagreement]
        return [self._strategies(equilibrium) for equilibrium in self.equilibria(broken).equilibria]

    def is_equilibrium(self, strategies: Strategies, capabilities: tuple[Number, ...]) -> bool:
        """Whether no player gains by leaving `strategies` alone, within rounding of the game's payoffs."""
        if self.signs and all(1 in own for own in strategies):
            # A pure profile: who moves alone joins or leaves the coalition.
            game = self.signing(capabilities)
            mask = signatories([own.index(1) for own in strategies])
            gain = float((game.after_moving(mask) - game.at(mask)).max())
        else:
            mixtures = [np.array([float(p) for p in own]) for own in strategies]
            gain = regret(self.game(capabilities), mixtures)
        return gain <= 1e-9 * max(1.0, self.scale(capabilities))

    @cached_property
    def _ended(self) -> Strategies | None:
        """What the document states under breakdown; everyone is out where the coalition dissolves."""
        stated = self.offer.breakdown
        if isinstance(stated, str):
            stated = dict.fromkeys(self.players, "stay")
        return self._stated(stated) if stated else None

    def _stated(self, profile: Mapping[str, str]) -> Strategies:
        return pure([self.actions[i].index(profile[p]) for i, p in enumerate(self.players)], self.actions)

    def _strategies(self, equilibrium: Equilibrium) -> Strategies:
        if self.exact and equilibrium.exact is not None:
            return tuple(tuple(own) for own in equilibrium.exact)
        return tuple(tuple(float(p) for p in own) for own in equilibrium.strategies)

    # Payoffs of the agreement, affine in the amounts

    def lasting_flow(self, player: str, state: str) -> Affine:
        """What flows to the player, kept promises or broken: lasting terms in force, values less costs."""
        return self._flow(player, [term for term in self.in_force(state) if term.lasting], state)

    def received(self, player: str, state: str) -> Affine:
        """What the player is promised a period and loses when it does not do its part."""
        received = [t for t in self.in_force(state) if t.to == player and not t.lasting]
        return total(value(t, self.share(t, state)) for t in received)

    def paid(self, player: str, state: str) -> Affine:
        """What keeping its promises costs the player a period."""
        return total(cost(term, self.share(term, state)) for term in self.owed(player, state))

    def carried(self, player: str) -> Affine:
        """What holding its escrow costs the player a period."""
        return self.cost_of_capital * Affine(0, {escrow(player): 1})

    @_once
    def agreed_flow(self, player: str, state: str) -> Affine:
        """f^A: the player's flow a period while everyone keeps the agreement, upfront terms left out."""
        flow = (self.received(player, state), -self.paid(player, state), self.lasting_flow(player, state))
        own = self.utility(player, self.asked, self.agreed(state))
        return total((own, *flow, -self.carried(player)))

    def deviation_flow(self, player: str, state: str, action: int | None, withheld: Sequence[Term]) -> Affine:
        """f^D: the flow in the period of a deviation, another action, terms withheld, or both."""
        capabilities = self.withholding(state, withheld) if withheld else self.agreed(state)
        profile = list(self.asked)
        received = self.received(player, state)
        if action is not None:
            profile[self.index[player]] = action
            received = (1 - self.detection(player)) * received
        saved = (1 - self.guaranteed(player)) * total(cost(t, self.share(t, state)) for t in withheld)
        flow = (received, -self.paid(player, state), saved, self.lasting_flow(player, state))
        own = self.utility(player, profile, capabilities)
        return total((own, *flow, -self.carried(player)))

    def broken_flow(self, player: str, state: str, scenario: Scenario, later: str = "") -> Affine:
        """u^P: the player's payoff a period after a breakdown, then or later, lasting terms included."""
        return self._flow_after(self.after_breach(player, state, scenario), player, state, later)

    def after_breach(self, player: str, state: str, scenario: Scenario) -> Strategies:
        """What is played once the player has broken the agreement: a signatory is out, and the others go on."""
        if self.signs and self._ended is None:
            return pure(self._moved(player) if self.joins(player) else self.asked, self.actions)
        return scenario.breakdown[state]

    def _moved(self, player: str) -> list[int]:
        """The asked profile, but the player on the other side of the coalition."""
        i = self.index[player]
        return [1 - action if j == i else action for j, action in enumerate(self.asked)]

    @_once
    def left_flow(self, player: str, state: str) -> Affine:
        """What a signatory would have a period outside the coalition, the others going on without it."""
        return self._flow_after(pure(self._moved(player), self.actions), player, state)

    def _flow_after(self, strategies: Strategies, player: str, state: str, later: str = "") -> Affine:
        own = self.utility(player, strategies, self.broken(state, later))
        return own + self.lasting_flow(player, state)

    @_once
    def joined_flow(self, player: str, state: str) -> Affine:
        """What a player that is asked to stay would have a period as one of the coalition, its terms in force."""
        terms = [term for term in self.terms_with(player) if term.timing != "windfall" or state == "after"]
        capabilities = self._with_power({term.id: self.share(term, state) for term in terms}, state)
        return self.utility(player, self._moved(player), capabilities) + self._flow(
            player, flowing(terms, state), state
        )

    @_once
    def penalty(self, player: str, state: str) -> Affine:
        """K: what a breach costs on detection, times the probability of detection."""
        shares = self.shares(self.broken(state))
        harm = self.model.breach_harm(shares, arrived=state == "after")[self.index[player]]
        stake = total((Affine(0, {escrow(player): 1}), self.reputation(player), harm))
        return self.detection(player) * stake

    @_once
    def windfall(self, player: str) -> Affine:
        """W: what the arrival of the windfall adds to the player's flow a period."""
        if "after" not in self.states:
            return Affine(0)
        return self.agreed_flow(player, "after") - self.agreed_flow(player, "before")

    @_once
    def agreement_payoff(self, player: str) -> Affine:
        """u^A: the player's average payoff a period under the agreement, every term counted."""
        discount = self.discount(player)
        prospect = windfall_weight(discount, self.hazard) * self.windfall(player)
        upfront = self._flow(player, [term for term in self.terms if term.timing == "upfront"], self.states[0])
        flow = average([self.agreed_flow(player, state) for state in self._periods], discount)
        return total((flow, prospect, (1 - discount) * upfront))

    @property
    def lasting_states(self) -> tuple[str, ...]:
        """The states in which power is compared: every period, or the last state."""
        return self.states if period_of(self.states[0]) else self.states[-1:]

    @property
    def _periods(self) -> tuple[str, ...]:
        """The states that come one after the other, period by period; the first one else."""
        return self.states if period_of(self.states[0]) else self.states[:1]

    def disagreement_payoff(self, player: str, scenario: Scenario) -> Number:
        """u^0: the player's payoff a period in the status quo."""
        apart = [self.utility(player, scenario.disagreement, self.without(state)) for state in self._periods]
        return apart[0] if len(set(apart)) == 1 else average(apart, self.discount(player))

    def _flow(self, player: str, terms: Sequence[Term], state: str) -> Affine:
        gains = [value(term, self.share(term, state)) for term in terms if term.to == player]
        return total((*gains, *(-cost(term, self.share(term, state)) for term in terms if term.from_ == player)))
