"""The equilibria of a joint game of several issues, from those of the issues."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction

from bargain.games import NormalFormGame
from bargain.strategic import Equilibrium, EquilibriumSet, verified_equilibria

MOST_COMBINED = 1001
"""Combinations of the issues' equilibria that are listed at most."""

Strategy = tuple[Fraction, ...]


def joint_equilibria(
    game: NormalFormGame, parts: Sequence[EquilibriumSet], seats: Sequence[Sequence[int]]
) -> EquilibriumSet:
    """Combine the equilibria of issues that do not touch each other into those of their joint game.

    Payoffs add over the issues, so that what a player does in one has no bearing on its best replies in another:
    strategies of the joint game are an equilibrium exactly if what they play in each issue is one there. A joint
    strategy may also correlate what a player does in different issues; no player's payoff depends on that, and the
    list has the one equilibrium in which the issues are independent.

    Parameters
    ----------
    game : NormalFormGame
        The joint game; a joint action is one action for each issue, that of the last issue changing fastest.
    parts : one EquilibriumSet for each issue
    seats : one sequence for each issue
        The numbers of the players who take part in it.

    Returns
    -------
    EquilibriumSet
        `complete` if every list of the parts is, and no more than 1,001 combinations have to be listed.
    """
    combinations = math.prod(len(part.equilibria) for part in parts)
    found = [
        _joint(game.n_players, choice, seats)
        for choice in itertools.islice(itertools.product(*(part.equilibria for part in parts)), MOST_COMBINED)
    ]
    listed = verified_equilibria(game, found)
    remarks = list(dict.fromkeys(remark for part in parts for remark in part.remarks))
    if combinations > len(found):
        remarks.append(f"The issues' equilibria combine in {combinations:,} ways; {len(found):,} are listed.")
    degenerate = None if any(part.degenerate is None for part in parts) else any(part.degenerate for part in parts)
    return EquilibriumSet(
        listed,
        all(part.complete for part in parts) and combinations == len(found),
        degenerate,
        {"issue by issue": len(listed)},
        tuple(remarks),
        game.players,
    )


def _joint(n_players: int, choice: Sequence[Equilibrium], seats: Sequence[Sequence[int]]) -> tuple[Strategy, ...]:
    """Each player's joint strategy when it plays its part of the chosen equilibria independently."""
    strategies: list[Strategy] = [(Fraction(1),)] * n_players
    for equilibrium, seated in zip(choice, seats, strict=True):
        rationals = equilibrium.exact or [tuple(Fraction(float(p)) for p in own) for own in equilibrium.strategies]
        for player, own in zip(seated, rationals, strict=True):
            strategies[player] = tuple(p * q for p in strategies[player] for q in own)
    return tuple(strategies)
