"""A shared vision: the beliefs it must create, by the formula and by counting what others do; the broker's gain."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.stats import beta, binom

import bargain as bg
from bargain_models import SharedVision
from model_tools import DRAWS, best_replies


def states(n):
    return tuple(f"State {i + 1}" for i in range(n))


def gain(model, belief):
    """The first state's gain from cooperating, expected over all the others may do, read off the game."""
    own = model.normal_form().payoffs[0]
    expected = 0.0
    for others in itertools.product((0, 1), repeat=len(model.players) - 1):
        chance = belief ** others.count(0) * (1 - belief) ** others.count(1)
        expected += chance * (own[(0, *others)] - own[(1, *others)])
    return expected


@pytest.mark.parametrize(("n", "threshold", "expected"), [(5, 3, 0.243022), (10, 6, 0.391964)])
def test_belief_that_a_vision_must_create(n, threshold, expected):
    model = SharedVision(players=states(n), threshold=threshold)  # c/B = 1/4
    (belief,) = model.belief_thresholds()
    assert belief == pytest.approx(expected, abs=5e-7)
    # The same as a quantile: P(Bin(n-1, p) >= M-1) is the distribution function of a beta law.
    assert belief == pytest.approx(beta.ppf(0.25, threshold - 1, n - threshold + 1))
    assert gain(model, belief) == pytest.approx(0, abs=1e-9)


def test_public_goal_has_two_beliefs():
    model = SharedVision(players=states(3), threshold=2, excludable=False)
    low, high = model.belief_thresholds()
    assert (low, high) == pytest.approx((0.14645, 0.85355), abs=5e-6)
    assert (low, high) == pytest.approx(tuple((1 + sign * 0.5**0.5) / 2 for sign in (-1, 1)))
    assert gain(model, 0.5) > 0 > max(gain(model, 0.1), gain(model, 0.9))


def test_beliefs_at_random():
    """Excludable: best from the threshold on. Public: best between the roots, and nowhere without roots."""
    rng = np.random.default_rng(12)
    counts = {True: {0: 0, 1: 0}, False: {0: 0, 1: 0, 2: 0}}
    for _ in range(DRAWS):
        n = int(rng.integers(2, 7))
        model = SharedVision(
            players=states(n),
            threshold=int(rng.integers(1, n + 1)),
            benefit=float(rng.uniform(1, 5)),
            cost=float(rng.uniform(0.05, 0.95)),
            excludable=bool(rng.integers(2)),
        )
        roots = model.belief_thresholds()
        counts[model.excludable][len(roots)] += 1
        for root in roots:
            assert gain(model, root) == pytest.approx(0, abs=1e-9)
        for belief in rng.uniform(0, 1, 5).tolist():
            assert model.advantage(belief) == pytest.approx(gain(model, belief))
            others, needed = n - 1, model.threshold - 1
            law = binom(others, belief)
            chance = law.sf(needed - 1) if model.excludable else law.pmf(needed)
            assert gain(model, belief) == pytest.approx(model.benefit * chance - model.cost)
            # Crossing a root turns the sign; at p = 0 only a threshold of one makes cooperating worth it.
            crossed = sum(root < belief for root in roots)
            assert bool(gain(model, belief) > 0) is ((crossed % 2 == 1) is (model.threshold > 1))
    assert all(count > 0 for each in counts.values() for count in each.values())


def test_formulas():
    symbols, forms = SharedVision.symbols(), SharedVision.thresholds()
    at = {symbols["players"]: 5, symbols["threshold"]: 3, symbols["belief"]: 0.3, symbols["benefit"]: 4.0}
    enough = float(forms["chance that enough others cooperate"].subs(at).evalf())
    decides = float(forms["chance that one's own part decides"].subs(at).evalf())
    assert enough == pytest.approx(binom(4, 0.3).sf(1))
    assert decides == pytest.approx(binom(4, 0.3).pmf(2))
    everyone = SharedVision(players=states(4), threshold=4)
    form = forms["belief at which cooperating is best, if everyone is needed"]
    value = float(form.subs({symbols["players"]: 4, symbols["benefit"]: 4, symbols["cost"]: 1}))
    assert everyone.belief_thresholds() == pytest.approx((value,))


def test_equilibria():
    """Nobody cooperates, or everybody (excludable) and just enough (public)."""
    for n, threshold in ((3, 2), (4, 3), (5, 3)):
        club = best_replies(SharedVision(players=states(n), threshold=threshold).normal_form())
        assert sorted(profile.count(0) for profile in club) == [0, n]
        public = SharedVision(players=states(n), threshold=threshold, excludable=False).normal_form()
        assert {profile.count(0) for profile in best_replies(public)} == {0, threshold}
        assert best_replies(public) == bg.pure_equilibria(public)


def best_correlated(game, *, least):
    """The greatest welfare (or least payoff) of any player under advice that nobody gains by ignoring: an LP."""
    n, shape = game.n_players, game.shape
    profiles = list(itertools.product(*map(range, shape)))
    rows = []
    for i in range(n):
        for told, done in itertools.permutations(range(shape[i]), 2):
            row = np.zeros(len(profiles) + 1)
            for k, profile in enumerate(profiles):
                if profile[i] == told:
                    other = (*profile[:i], done, *profile[i + 1 :])
                    row[k] = game.payoffs[(i, *other)] - game.payoffs[(i, *profile)]
            rows.append(row)
    payoffs = np.array([game.payoffs[(slice(None), *profile)] for profile in profiles])
    if least:
        rows += [np.append(-payoffs[:, i], 1) for i in range(n)]
        goal = np.append(np.zeros(len(profiles)), -1)
    else:
        goal = np.append(-payoffs.sum(axis=1), 0)
    sums = [np.append(np.ones(len(profiles)), 0)]
    bounds = [(0, None)] * len(profiles) + [(None, None)]
    found = linprog(goal, A_ub=rows, b_ub=np.zeros(len(rows)), A_eq=sums, b_eq=[1], bounds=bounds)
    assert found.status == 0
    return -found.fun


def test_what_an_honest_broker_adds():
    """Public, n 3, M 2, B 4, c 1: welfare is 10 with or without, but the least player has 10/3 instead of 3."""
    game = SharedVision(players=states(3), threshold=2, excludable=False).normal_form()
    pure = [game.payoffs[(slice(None), *profile)] for profile in best_replies(game)]
    assert max(payoffs.sum() for payoffs in pure) == 10
    assert max(payoffs.min() for payoffs in pure) == 3
    assert best_correlated(game, least=False) == pytest.approx(10)
    assert best_correlated(game, least=True) == pytest.approx(10 / 3)


def test_no_broker_is_needed_where_all_gain_by_all_cooperating():
    game = SharedVision(players=states(3), threshold=2).normal_form()
    everyone = game.payoffs[:, 0, 0, 0]
    assert best_correlated(game, least=False) == pytest.approx(everyone.sum())
    assert best_correlated(game, least=True) == pytest.approx(everyone.min())


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cost": 4.0}, "cost 4 is not below benefit 4"),
        ({"threshold": 3}, "threshold 3 cannot be met by 2 states"),
        ({"threshold": 0}, "greater than or equal to 1"),
        ({"excludable": 1}, "valid boolean"),
    ],
)
def test_bad_parameters(wrong, said):
    with pytest.raises(ValueError, match=said):
        SharedVision(**wrong)


def test_edges():
    assert SharedVision(threshold=1).belief_thresholds() == ()
    alone = SharedVision(threshold=2, excludable=False, players=states(2))
    assert alone.belief_thresholds() == pytest.approx((0.25,))
    tie = SharedVision(threshold=2, players=states(3), benefit=2.0, cost=1.0, excludable=False)
    assert tie.belief_thresholds() == (0.5,)
