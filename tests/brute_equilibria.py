"""All equilibria of two players by brute force, in whole numbers: slow, short, and nothing shared with the solver.

`python tests/brute_equilibria.py 2000` compares that many seeded random games with `bargain.nash_equilibria`.
"""

from __future__ import annotations

import itertools
import math
import sys
from fractions import Fraction

import numpy as np


def square(rows):
    """The solution of a square system of whole numbers given by its augmented rows, as fractions; None if singular."""
    rows, size, last = [list(row) for row in rows], len(rows), 1
    for column in range(size):
        at = next((row for row in range(column, size) if rows[row][column]), None)
        if at is None:
            return None
        rows[column], rows[at] = rows[at], rows[column]
        pivot = rows[column]
        for row in range(size):
            if row != column:
                factor = rows[row][column]
                rows[row] = [(a * pivot[column] - factor * b) // last for a, b in zip(rows[row], pivot, strict=True)]
        last = pivot[column]
    return [Fraction(row[-1], row[at]) for at, row in enumerate(rows)]


def scaled(payoffs):
    """A table of rationals times what makes it whole."""
    rows = [[Fraction(entry) for entry in row] for row in payoffs]
    factor = math.lcm(*(entry.denominator for row in rows for entry in row))
    return [[int(entry * factor) for entry in row] for row in rows]


def equalised(payoffs, support, replies):
    """The strategy on a support that makes the replies equal to each other, the system being square."""
    m = len(payoffs)
    system = [[payoffs[i][j] for i in support] + [-1, 0] for j in replies]
    solution = square([*system, [1] * len(support) + [0, 1]])
    if solution is None or min(solution[:-1]) < 0:
        return None
    x = [Fraction(0)] * m
    for i, weight in zip(support, solution[:-1], strict=True):
        x[i] = weight
    return tuple(x)


def best_replies(payoffs, x):
    values = [
        sum(weight * row[j] for weight, row in zip(x, payoffs, strict=True) if weight) for j in range(len(payoffs[0]))
    ]
    return {j for j, value in enumerate(values) if value == max(values)}


def pairs(m, n):
    for size in range(1, min(m, n) + 1):
        yield from itertools.product(itertools.combinations(range(m), size), itertools.combinations(range(n), size))


def vertices(payoffs):
    """{strategy: its best replies} at the vertices of {x >= 0, sum x = 1, v >= x . payoffs[:, j]}: all bases."""
    found = {}
    for support, replies in pairs(len(payoffs), len(payoffs[0])):
        x = equalised(payoffs, support, replies)
        if x is not None and x not in found:
            best = best_replies(payoffs, x)
            if best.issuperset(replies):
                found[x] = best
    return found


def by_vertices(A, B):
    """All extreme equilibria, and whether a vertex has more best replies than played actions."""
    rows, columns = vertices(scaled(B)), vertices(scaled(zip(*A, strict=True)))
    played = {x: {i for i, weight in enumerate(x) if weight} for x in [*rows, *columns]}
    equilibria = {
        (x, y) for x, to_x in rows.items() for y, to_y in columns.items() if played[x] <= to_y and played[y] <= to_x
    }
    degenerate = any(len(best) > len(played[x]) for table in (rows, columns) for x, best in table.items())
    return equilibria, degenerate


def by_supports(A, B):
    """All equilibria of a nondegenerate game: one at most for each two supports of equal size."""
    to_x, to_y = scaled(B), scaled(zip(*A, strict=True))
    found = set()
    for support, replies in pairs(len(A), len(A[0])):
        x, y = equalised(to_x, support, replies), equalised(to_y, replies, support)
        if x and y and best_replies(to_x, x).issuperset(replies) and best_replies(to_y, y).issuperset(support):
            found.add((x, y))
    return found


def random_games(count, seed, most=6):
    """Payoffs of seeded random games of 2 to `most` actions: half with ties, then whole numbers, then floats."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        shape = (2, *rng.integers(2, most + 1, 2))
        kinds = (
            rng.integers(0, 3, shape),
            rng.integers(-50, 51, shape),
            rng.integers(-1, 2, shape),
            rng.standard_normal(shape),
        )
        yield kinds[number % 4]


def compare(payoffs):
    """Raise AssertionError unless the list is what brute force finds; return (number, degenerate)."""
    import bargain as bg

    game = bg.NormalFormGame(payoffs)
    found = bg.nash_equilibria(game, cross_check=False)
    expected, degenerate = by_vertices(*game.fractions.tolist())
    assert found.complete
    assert found.degenerate is degenerate
    assert len(found) == len(expected)
    if game.exact:
        assert {equilibrium.exact for equilibrium in found} == expected
        assert {equilibrium.regret for equilibrium in found} == {0.0}
    else:
        ordered = sorted([*map(float, x), *map(float, y)] for x, y in expected)
        assert sorted([*map(float, np.concatenate(e.strategies))] for e in found) == ordered
        assert all(equilibrium.exact is None for equilibrium in found)
    if not degenerate:
        assert by_supports(*game.fractions.tolist()) == expected
        assert len(found) % 2 == 1
    largest = float(np.abs(game.payoffs).max())
    assert max(bg.regret(game, equilibrium.strategies) for equilibrium in found) <= 1e-9 * largest
    return len(found), degenerate


def main(count):
    checked = [compare(payoffs) for payoffs in random_games(count, seed=count)]
    print(
        f"{len(checked)} games of 2 to 6 actions, {sum(degenerate for _, degenerate in checked)} of them degenerate: "
        f"{sum(number for number, _ in checked)} extreme equilibria, the same as by brute force in every game."
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
