"""Proofs that come with solutions of coalitional games, and that anyone can check from the worths alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from bargain._levels import Level, size_weights
from bargain._spans import Echelon, Excesses, Settled, incidence
from bargain.findings import number
from bargain.tu import TOLERANCE, CoalitionalGame, subset_sums


class BalancedWeights(Mapping[int, Fraction]):
    """Weights above zero on coalitions, by bit mask, such that those of every player's coalitions add up to 1.

    Each player gives each of its coalitions that part of its time. Whatever the coalitions can make in theirs has to
    be paid if none is to leave: v(N) must be at least the weighted sum of their worths.
    """

    def __init__(self, game: CoalitionalGame, weights: Mapping[int, Fraction]) -> None:
        self.game = game
        self._weights = dict(weights)

    def __getitem__(self, mask: int) -> Fraction:
        return self._weights[mask]

    def __iter__(self) -> Iterator[int]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

    @property
    def shortfall(self) -> Fraction:
        """By how much the weighted sum of the worths exceeds that of the grand coalition, exactly."""
        total = sum((weight * self.worth(mask) for mask, weight in self.items()), Fraction(0))
        return total - self.worth(self.game.grand)

    @property
    def bound(self) -> Fraction:
        """The excess that some coalition has at least, whatever the allocation."""
        return self.shortfall / sum(self.values(), Fraction(0))

    def worth(self, mask: int) -> Fraction:
        """The worth of a coalition as the rational that it is."""
        cell = self.game.given[mask]
        return Fraction(cell.item() if isinstance(cell, np.generic) else cell)

    def verify(self) -> bool:
        """Whether the weights are above zero, on proper coalitions, and add up to 1 for every player, exactly."""
        proper = all(0 < mask < self.game.grand and weight > 0 for mask, weight in self.items())
        return proper and all(
            sum((weight for mask, weight in self.items() if mask >> i & 1), Fraction(0)) == 1
            for i in range(self.game.n_players)
        )

    def to_dict(self) -> dict[str, str]:
        """Return the weights as texts such as "1/2", by coalition."""
        return {self.game.label(mask): str(weight) for mask, weight in self.items()}

    def __str__(self) -> str:
        return ", ".join(f"{weight} {self.game.label(mask)}" for mask, weight in self.items())

    __repr__ = __str__


@dataclass(frozen=True, eq=False)
class KohlbergCertificate:
    """Prove that an allocation is the nucleolus or the prenucleolus (Kohlberg 1971).

    Level by level, the coalitions listed have the largest excess of all that are not settled, and positive weights
    on them, with players held at what they are worth alone, add up to a combination of settled ones. So nobody can
    be given more there without another coalition of the level getting less: their payments are settled too. When
    all players' payments are settled there is no better allocation.

    Attributes
    ----------
    game : CoalitionalGame
    payoffs : n floats, or n fractions
    levels : tuple of Level
        Each with `excess`, `coalitions`, `weights`, `floors`, `floor_weights`; the weights are exact rationals.
    per_capita : bool
        Whether excesses are counted a head.
    imputations : bool
        Whether nobody may get less than it is worth alone.
    """

    game: CoalitionalGame = field(repr=False)
    payoffs: tuple[Any, ...]
    levels: tuple[Level, ...]
    per_capita: bool
    imputations: bool

    @property
    def exact(self) -> bool:
        """Whether payoffs and excesses are exact rationals."""
        return isinstance(self.payoffs[0], Fraction)

    def residual(self) -> float:
        """Return the most by which the payoffs miss v(N), an excess its level, or a player its own worth."""
        game, n = self.game, self.game.n_players
        worths: Any = game.fractions if self.exact else game.values
        x: Any = np.array(self.payoffs, dtype=object if self.exact else float)
        singles = worths[[1 << i for i in range(n)]]
        gaps = [abs(x.sum() - worths[-1])]
        if self.imputations:
            gaps.append((singles - x).max())
        sizes = size_weights(n, self.per_capita)
        for level in self.levels:
            gaps += [abs(singles[i] - x[i]) for i in level.floors]
            for mask in level.coalitions:
                taken = sum(x[i] for i in range(n) if mask >> i & 1)
                gaps.append(abs(worths[mask] - taken - sizes[mask.bit_count()] * level.excess))
        gaps += self._overtaken(worths, x, sizes)
        return float(max(gaps))

    def _overtaken(self, worths: Any, x: Any, sizes: list[int]) -> list[Any]:
        """By how much unsettled coalitions have a larger excess than the level at hand."""
        n = self.game.n_players
        if not self.levels or not self.levels[-1].coalitions:
            return []
        spans, span = [], Echelon(n)
        span.add([1] * n)
        for place, level in enumerate(self.levels):
            spans.append(Settled(span, seed=1_000_000 + place))
            for mask in self._settling(level):
                span.add(incidence(mask, n))
        falling = np.minimum.accumulate(np.array([level.excess for level in self.levels]))
        if self.exact:
            masks = np.arange(1, (1 << n) - 1)
            weights = np.array([sizes[mask.bit_count()] for mask in masks.tolist()], dtype=object)
            pieces = iter([(masks, (worths - subset_sums(x))[1:-1] / weights)])
        else:
            pieces = Excesses(worths, sizes).all_above(x, float(falling[-1]))
        over = []
        for masks, found in pieces:
            # A coalition has to be settled once the levels have come down below its excess.
            due = np.searchsorted(-falling, -found, side="right")
            for place in np.flatnonzero(np.bincount(due, minlength=len(spans))[: len(spans)]).tolist():
                here = due == place
                free = ~spans[place](masks[here])
                if free.any():
                    over.append(found[here][free].max() - falling[place])
        return over

    @staticmethod
    def _settling(level: Level) -> list[int]:
        return [*level.coalitions, *(1 << i for i in level.floors)]

    def settles(self) -> bool:
        """Whether the weights of each level do what they should, exactly, and the levels settle everything."""
        n = self.game.n_players
        span = Echelon(n)
        span.add([1] * n)
        for level in self.levels:
            weights = (*level.weights, *level.floor_weights)
            masks = self._settling(level)
            if not masks or len(weights) != len(masks) or min(weights) <= 0:
                return False
            rests = [span.reduce(incidence(mask, n)) for mask in masks]
            if any(sum(w * rest[i] for w, rest in zip(weights, rests, strict=True)) for i in range(n)):
                return False
            for mask in masks:
                span.add(incidence(mask, n))
        return span.rank == n

    def verify(self) -> bool:
        """Whether the criterion holds: weights exactly; excesses exactly, or within 1e-9 of the largest worth."""
        return self.settles() and self.residual() <= (0 if self.exact else TOLERANCE * self.game.scale)

    def to_dict(self) -> dict[str, Any]:
        """Return the levels as plain data."""
        return {
            "levels": [
                {
                    "excess": float(level.excess) if level.coalitions else None,
                    "weights": {
                        self.game.label(mask): str(weight)
                        for mask, weight in zip(level.coalitions, level.weights, strict=True)
                    },
                    "held": {
                        self.game.players[i]: str(weight)
                        for i, weight in zip(level.floors, level.floor_weights, strict=True)
                    },
                }
                for level in self.levels
            ],
            "per_capita": self.per_capita,
            "imputations": self.imputations,
        }

    def __str__(self) -> str:
        lines = []
        for level in self.levels:
            terms = [f"{w} {self.game.label(m)}" for m, w in zip(level.coalitions, level.weights, strict=True)]
            held = [f"{w} {self.game.players[i]} held" for i, w in zip(level.floors, level.floor_weights, strict=True)]
            head = "single allocation"
            if level.coalitions:
                head = f"excess {level.excess if self.exact else number(level.excess)}"
            lines.append(f"{head}: " + ", ".join(terms + held))
        return "\n".join(lines)
