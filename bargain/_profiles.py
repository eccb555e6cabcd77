"""Profiles of strategies, pure and mixed, in floats or rationals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bargain._affine import Number

Strategies = tuple[tuple[Number, ...], ...]
"""One probability for each action of each player."""


@dataclass(frozen=True)
class Scenario:
    """One way the world may go without the agreement: the status quo, and the breakdown in each state."""

    disagreement: Strategies
    breakdown: Mapping[str, Strategies]


def pure(profile: Sequence[int], actions: Sequence[Sequence[Any]]) -> Strategies:
    """Write a pure profile as strategies."""
    return tuple(
        tuple(1 if j == chosen else 0 for j in range(len(own))) for chosen, own in zip(profile, actions, strict=True)
    )


def support(strategies: Strategies) -> Iterator[tuple[tuple[int, ...], Number]]:
    """Yield the pure profiles that strategies play, with their probabilities."""
    choices = [[(j, p) for j, p in enumerate(own) if p] for own in strategies]
    for combination in itertools.product(*choices):
        probability: Number = 1
        for _, p in combination:
            probability = probability * p
        yield tuple(j for j, _ in combination), probability
