"""Coalitional games for tests: those of tests/papers/tu.toml, families of games, and slow ways to solve them."""

from __future__ import annotations

import itertools
import tomllib
from fractions import Fraction
from pathlib import Path

import numpy as np

F = Fraction
CASES = tomllib.loads((Path(__file__).parent / "papers" / "tu.toml").read_text("utf-8"))["game"]
BY_NAME = {case["name"]: case for case in CASES}


def numbers(text):
    return [F(number) for number in text.split()]


def having(*keys):
    """The cases that state all these values."""
    return [case["name"] for case in CASES if all(key in case for key in keys)]


def sums(shares):
    """The sum over every coalition, in the order of bit masks."""
    table = [F(0)]
    for share in shares:
        table += [entry + F(share) for entry in table]
    return table


def worths(name):
    """The worths of a case, as fractions."""
    case = BY_NAME[name]
    if "worths" in case:
        return numbers(case["worths"])
    if "claims" in case:
        claimed = sums(case["claims"])
        return [max(F(0), case["estate"] - (claimed[-1] - own)) for own in claimed]
    if "weights" in case:
        return [own**2 / case["over"] for own in sums(case["weights"])]
    if "votes" in case:
        return [F(own >= case["quota"]) for own in sums(case["votes"])]
    if "gloves" in case:
        left, right = case["gloves"]
        return list(map(min, sums([1] * left + [0] * right), sums([0] * left + [1] * right)))
    table = [F(0)]
    for cost in case["costs"]:
        table += [max(entry, F(cost)) for entry in table]
    return [-entry for entry in table]


def members(mask):
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def family(kind, n, seed=0):
    """A game of a kind, (2**n,) floats that are whole numbers but for `random` and `additive`."""
    rng = np.random.default_rng([seed, n])
    inside = np.array([[m >> i & 1 for i in range(n)] for m in range(2**n)], dtype=float)
    size, even = inside.sum(axis=1), np.arange(n) % 2
    whole = rng.integers(1, 20, n)
    made = {
        "random": lambda: rng.uniform(-1, 1, 2**n) * size,
        "whole": lambda: rng.integers(-5, 20, 2**n),
        "convex": lambda: (inside @ whole) ** 2,
        "voting": lambda: inside @ whole > whole.sum() / 2,
        "bankruptcy": lambda: np.maximum(0, inside @ whole - whole.sum() // 2),
        "airport": lambda: -(inside * whole).max(axis=1),
        "market": lambda: np.minimum(inside @ (whole * even), inside @ (whole * (1 - even))),
        "glove": lambda: np.minimum(inside @ even, inside @ (1 - even)),
        "additive": lambda: inside @ rng.uniform(-1, 1, n),
        "symmetric": lambda: np.array([0, *np.cumsum(rng.integers(0, 5, n))])[size.astype(int)],
        "zero": lambda: np.zeros(2**n),
        "negative": lambda: -rng.integers(1, 30, 2**n),
        "tied": lambda: rng.integers(0, 2, 2**n),
    }[kind]()
    values = np.array(made, dtype=float)
    values[0] = 0
    return values


KINDS = (
    "random",
    "whole",
    "convex",
    "voting",
    "bankruptcy",
    "airport",
    "market",
    "glove",
    "additive",
    "symmetric",
    "zero",
    "negative",
    "tied",
)


def excesses(values, x):
    """Excesses of the proper coalitions, one by one."""
    return np.array([values[m] - sum(x[i] for i in members(m)) for m in range(1, len(values) - 1)])


def sequential_nucleolus(values, floors=None, per_capita=False):
    """The (pre)nucleolus by a sequence of full linear programs, each coalition tested for being tight in all optima.

    Maschler, Peleg & Shapley (1979): at each level a coalition is settled iff its excess cannot go below epsilon while
    the others keep theirs. Slow and plain: 2**n rows, and a program a tight coalition.
    """
    from scipy.optimize import linprog

    n = len(values).bit_length() - 1
    scale = float(np.abs(values).max()) or 1.0
    v = np.asarray(values, dtype=float) / scale
    rows = np.array([[float(m >> i & 1) for i in range(n)] for m in range(1, 2**n - 1)])
    weight = rows.sum(axis=1) if per_capita else np.ones(len(rows))
    needed = v[1:-1]
    bounds = [(None, None) if floors is None else (f / scale, None) for f in (floors if floors is not None else v[:n])]
    open_ = np.ones(len(rows), dtype=bool)
    fixed, right = [np.ones(n)], [v[-1]]
    x = np.full(n, v[-1] / n)
    while np.linalg.matrix_rank(np.array(fixed)) < n and open_.any():
        objective = np.append(np.zeros(n), 1.0)
        a_eq = np.column_stack([np.array(fixed), np.zeros(len(fixed))])
        a_ub = -np.column_stack([rows[open_], weight[open_]])
        first = linprog(objective, a_ub, -needed[open_], a_eq, right, [*bounds, (None, None)], method="highs")
        epsilon, x = first.fun, first.x[:n]
        tight = []
        for at in np.flatnonzero(open_):
            if (needed[at] - rows[at] @ x) < (epsilon - 1e-7) * weight[at]:
                continue
            allowed = -(needed[open_] - epsilon * weight[open_]) + 1e-10
            best = linprog(-rows[at], -rows[open_], allowed, np.array(fixed), right, bounds, method="highs")
            if -best.fun <= needed[at] - epsilon * weight[at] + 1e-7:
                tight.append(at)
        for at in tight:
            fixed.append(rows[at])
            right.append(needed[at] - epsilon * weight[at])
            open_[at] = False
        kept = []
        for at in range(len(fixed)):  # linprog wants independent equations
            if np.linalg.matrix_rank(np.array([fixed[k] for k in (*kept, at)])) > len(kept):
                kept.append(at)
        fixed, right = [fixed[at] for at in kept], [right[at] for at in kept]
        basis = np.linalg.qr(np.array(fixed).T)[0]
        open_ &= np.abs(rows - rows @ basis @ basis.T).max(axis=1) > 1e-9
    return scale * np.linalg.lstsq(np.array(fixed), np.array(right), rcond=None)[0] if len(fixed) == n else scale * x


def orders(n):
    return itertools.permutations(range(n))
