"""The game that an offer creates, as an array: what the other solvers of this package take."""

from __future__ import annotations

import numpy as np

from bargain.agreement import Agreement
from bargain.games import NormalFormGame
from bargain.offers import Offer


def offer_game(offer: Offer) -> NormalFormGame:
    """Return the one-shot game that the offer creates: conditional terms are paid for the asked action.

    At the capabilities in force under the agreement every player's payoff is that of the model, plus the power
    term, less the conditional costs it bears, plus the conditional values promised to it: in full when it takes
    the asked action, else with the probability that its breach goes undetected. A term whose recipient breaches
    and is seen is not paid, and costs nothing. Windfall and upfront terms are left out.

    Parameters
    ----------
    offer : Offer

    Returns
    -------
    NormalFormGame
        Payoffs (n_players, m_1, ..., m_n), in the document's unit a period.

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> game = bg.offer_game(offer.replace({"terms.fund.value": 10, "terms.fund.cost": 10}))
    >>> [equilibrium.label for equilibrium in bg.nash_equilibria(game)]
    [('pause 6', 'refrain')]
    """
    agreement = Agreement(offer)
    state = agreement.states[0]
    game = agreement.game(agreement.agreed(state))
    payoffs = game.payoffs.copy()
    for term in agreement.in_force(state):
        i, j = agreement.index[term.from_], agreement.index[term.to]
        missed = 0.0 if term.lasting else float(agreement.detection(term.to))
        delivered = np.full(game.shape[j], 1 - missed)
        delivered[agreement.asked[j]] = 1.0
        along = delivered.reshape([-1 if axis == j else 1 for axis in range(game.n_players)])
        payoffs[i] -= term.cost * along
        payoffs[j] += term.value * along
    return NormalFormGame(payoffs, players=game.players, actions=game.actions)
