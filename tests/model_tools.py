"""What the tests of the payoff models share: builders, and slow second ways to an answer."""

from __future__ import annotations

import itertools

import bargain as bg

PRISONERS = {
    "actions": {"North": ["keep", "break"], "South": ["keep", "break"]},
    "payoffs": {"North": [[3, 0], [5, 1.25]], "South": [[3, 5], [0, 1.25]]},
}
DRAWS = 200


def build(name):
    return bg.load_model(name, **(PRISONERS if name == "table" else {}))


def best_replies(game):
    """All pure equilibria, by looking at every action of every player."""
    payoffs = game.payoffs
    return [
        profile
        for profile in itertools.product(*map(range, payoffs.shape[1:]))
        if all(
            payoffs[(i, *profile)] >= max(payoffs[(i, *profile[:i], a, *profile[i + 1 :])] for a in range(count))
            for i, count in enumerate(payoffs.shape[1:])
        )
    ]


def bisect(function, low, high):
    """The point, to 13 digits, at which a function that is at or above zero at `low` falls below it."""
    for _ in range(44):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) >= 0 else (low, middle)
    return low


def closed_forms(cls):
    import sympy

    symbols = cls.symbols()
    forms = {words: sympy.lambdify(list(symbols.values()), form, "math") for words, form in cls.thresholds().items()}
    return lambda words, values: forms[words](*(values[name] for name in symbols))


def critical(kept, broken, after):
    """The discount factor at which breaking once, and `after` for ever, is worth what keeping is."""
    return bisect(lambda discount: (1 - discount) * broken + discount * after - kept, 0, 1)


def only_equilibrium(game):
    """The one equilibrium of a game, pure, from the solver and from best replies."""
    found = bg.nash_equilibria(game)
    assert found.complete
    assert [each.profile for each in found] == best_replies(game)
    assert len(found) == 1
    return found[0]
