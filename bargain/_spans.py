"""Which coalitions the settled ones decide: spans of coalitions in whole numbers, and a test by one random vector.

Once the payments to some coalitions are settled, so are those to every coalition whose incidence vector is a linear
combination of theirs. The span is kept exactly; all 2**n coalitions are compared with it by a random vector of its
orthogonal complement modulo the prime 2**61 - 1: a coalition in the span is always recognised, another one is taken
for settled with a probability of about 2**-61.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from bargain.coalitions import coalition_sizes

PRIME = (1 << 61) - 1
LOW = 13
"""Players whose 2**13 coalitions make one block of a table that is read piece by piece."""

PIECE = 1 << 16
"""Coalitions that are handed on at a time."""

Masks = npt.NDArray[np.int64]


def incidence(mask: int, n: int) -> list[int]:
    """Return the incidence vector of a coalition."""
    return [mask >> i & 1 for i in range(n)]


class Echelon:
    """A linear subspace of Q**width in reduced row echelon form, in whole numbers (Bareiss' divisions).

    Every row has `head` in its own pivot column and zeros in the others'.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: dict[int, list[int]] = {}
        self.head = 1

    def reduce(self, vector: Sequence[int]) -> list[int]:
        """Return head times the vector, less what lies in the space: zero exactly if the vector does."""
        rest = [self.head * entry for entry in vector]
        for pivot, row in self.rows.items():
            if factor := vector[pivot]:
                rest = [a - factor * b for a, b in zip(rest, row, strict=True)]
        return rest

    def add(self, vector: Sequence[int]) -> bool:
        """Enlarge the space by a vector; return whether it was new."""
        rest = self.reduce(vector)
        pivot = next((column for column, entry in enumerate(rest) if entry), None)
        if pivot is None:
            return False
        if rest[pivot] < 0:
            rest = [-entry for entry in rest]
        head = rest[pivot]
        for column, row in self.rows.items():
            factor = row[pivot]
            self.rows[column] = [(a * head - factor * b) // self.head for a, b in zip(row, rest, strict=True)]
        self.rows[pivot] = rest
        self.head = head
        return True

    @property
    def rank(self) -> int:
        """The dimension of the space."""
        return len(self.rows)

    @property
    def free(self) -> list[int]:
        """The columns that are no pivots."""
        return [column for column in range(self.width) if column not in self.rows]

    def complement(self) -> list[list[int]]:
        """Return a basis of the orthogonal complement, one vector for each free column."""
        basis = []
        for column in self.free:
            vector = [0] * self.width
            vector[column] = self.head
            for pivot, row in self.rows.items():
                vector[pivot] = -row[column]
            basis.append(vector)
        return basis


def relation(vectors: Sequence[Sequence[int]]) -> list[int] | None:
    """Return whole weights above zero under which the vectors cancel out, if the vectors fix them up to a factor."""
    equations = Echelon(len(vectors))
    for equation in zip(*vectors, strict=True):
        equations.add(equation)
    kernel = equations.complement()
    if len(kernel) != 1:
        return None
    sign = 1 if kernel[0][0] > 0 else -1
    weights = [sign * weight for weight in kernel[0]]
    return weights if min(weights) > 0 else None


class Settled:
    """Tells for coalitions, many at a time, whether they lie in a span."""

    def __init__(self, span: Echelon, seed: int) -> None:
        n = span.width
        draw = random.Random(seed)
        drawn = [(draw.randrange(1, PRIME), own) for own in span.complement()]
        vector = [sum(factor * own[i] for factor, own in drawn) % PRIME for i in range(n)]
        low = min(n, LOW)
        self.low = _sums(vector[:low])
        self.high = (PRIME - _sums(vector[low:])) % PRIME
        """A coalition is settled where the entry of its low players equals that of its high ones."""

    def block(self, high: int) -> npt.NDArray[np.bool_]:
        """Return which coalitions of one block are settled."""
        return np.asarray(self.low == self.high[high])

    def __call__(self, masks: Masks) -> npt.NDArray[np.bool_]:
        """Return which of the coalitions are settled."""
        low = len(self.low)
        return np.asarray(self.low[masks & (low - 1)] == self.high[masks // low])


def _sums(vector: Sequence[int]) -> npt.NDArray[np.uint64]:
    """The sum over every coalition, modulo the prime."""
    sums = np.zeros(1, dtype=np.uint64)
    for entry in vector:
        sums = np.concatenate([sums, (sums + np.uint64(entry)) % np.uint64(PRIME)])
    return sums


class Excesses:
    """Excesses read block by block from the table of worths: v(S) - x(S) - epsilon * weight of the size of S."""

    def __init__(self, values: npt.NDArray[np.float64], weights: Sequence[float]) -> None:
        self.n = len(values).bit_length() - 1
        self.low = min(self.n, LOW)
        self.blocks = values.reshape(-1, 1 << self.low)
        self.weights = [float(weight) for weight in weights]
        self.flat = len(set(self.weights[1:-1])) <= 1
        self.sizes = coalition_sizes(self.low).astype(np.int64)
        self.part = 1 << max(0, min(11, self.n - 9))
        """Of so many coalitions at a time only the worst is reported."""

    def largest(self, x: npt.NDArray[np.float64]) -> float:
        """Return the largest absolute excess over all coalitions, with epsilon 0."""
        low, high = _float_sums(x[: self.low]), _float_sums(x[self.low :])
        found = 0.0
        for at, block in enumerate(self.blocks):
            gaps = block - low
            found = max(found, float(gaps.max()) - high[at], high[at] - float(gaps.min()))
        return found

    def above(
        self, x: npt.NDArray[np.float64], epsilon: float, settled: Settled, least: float, most: int
    ) -> tuple[Masks, npt.NDArray[np.float64]]:
        """Return unsettled coalitions whose excess is above `least`, at most one of each part, the worst first."""
        low, high = _float_sums(x[: self.low]), _float_sums(x[self.low :])
        takes = self._offsets(low, epsilon)
        buffer = np.empty(len(low))
        masks: list[Masks] = []
        found: list[npt.NDArray[np.float64]] = []
        for at, block in enumerate(self.blocks):
            np.subtract(block, takes[0 if self.flat else at.bit_count()], out=buffer)
            floor = least + high[at]
            if buffer.max() <= floor:
                continue
            buffer[settled.block(at)] = -np.inf
            parts = buffer.reshape(-1, self.part)
            worst = parts.argmax(axis=1)
            peaks = parts[np.arange(len(parts)), worst]
            over = np.flatnonzero(peaks > floor)
            masks.append((at << self.low) + over * self.part + worst[over])
            found.append(peaks[over] - high[at])
        if not masks:
            return np.empty(0, dtype=np.int64), np.empty(0)
        every, gaps = np.concatenate(masks), np.concatenate(found)
        order = np.argsort(-gaps, kind="stable")[:most]
        return every[order], gaps[order]

    def all_above(self, x: npt.NDArray[np.float64], least: float) -> Iterator[tuple[Masks, npt.NDArray[np.float64]]]:
        """Yield all coalitions whose excess, divided by its weight, is above `least`, and these, piece by piece."""
        low, high = _float_sums(x[: self.low]), _float_sums(x[self.low :])
        takes, weights = self._offsets(low, least), np.array(self.weights)
        masks: list[Masks] = []
        found: list[npt.NDArray[np.float64]] = []
        waiting = 0
        for at, block in enumerate(self.blocks):
            gaps = block - takes[0 if self.flat else at.bit_count()]
            over = np.flatnonzero(gaps > high[at])
            proper = (over + at > 0) & ((at << self.low) + over < (1 << self.n) - 1)
            over = over[proper]
            masks.append((at << self.low) + over)
            found.append((gaps[over] - high[at]) / weights[self.sizes[over] + at.bit_count()] + least)
            waiting += len(over)
            if waiting and (waiting >= PIECE or at == len(self.blocks) - 1):
                yield np.concatenate(masks), np.concatenate(found)
                masks, found, waiting = [], [], 0

    def _offsets(self, low: npt.NDArray[np.float64], epsilon: float) -> list[npt.NDArray[np.float64]]:
        """The payments of the low players plus epsilon, for each number of high players."""
        if self.flat:
            return [low + epsilon * self.weights[min(1, self.n)]]
        own = np.array(self.weights)
        return [low + epsilon * own[self.sizes + k] for k in range(self.n - self.low + 1)]


def _float_sums(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sums = np.zeros(1)
    for share in x:
        sums = np.concatenate([sums, sums + share])
    return sums
