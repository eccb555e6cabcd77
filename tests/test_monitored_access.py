"""Monitored access: the inspection game's reference numbers, found in two ways, and its closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.optimize import linprog

import bargain as bg
from bargain_models import MonitoredAccess
from model_tools import DRAWS, best_replies, closed_forms

WITHHOLD, MONITOR, TRUST = range(3)
COMPLY, MISUSE = range(2)


def commitment(game):
    """The provider's best payoff if it moves first with a mixture: one linear program for each reply."""
    provider, recipient = game.payoffs
    best = []
    for reply in (COMPLY, MISUSE):
        worse = recipient[:, 1 - reply] - recipient[:, reply]
        found = linprog(-provider[:, reply], A_ub=[worse], b_ub=[0], A_eq=[[1, 1, 1]], b_eq=[1])
        if found.status == 0:
            best.append((-found.fun, found.x))
    return max(best, key=lambda pair: pair[0])


def draw(rng):
    values = {
        "access_value": rng.uniform(0.1, 5),
        "misuse_gain": rng.uniform(0.1, 5),
        "detection": rng.uniform(0.2, 1),
        "sanction": rng.uniform(0, 5),
        "provider_value": rng.uniform(0, 5),
        "monitoring_cost": rng.uniform(0.05, 2),
        "misuse_damage": rng.uniform(0.1, 6),
    }
    return {name: float(value) for name, value in values.items()}


def test_reference():
    found = bg.nash_equilibria(MonitoredAccess().normal_form())
    assert found.complete
    assert len(found) == 1
    provider, recipient = found[0].strategies
    assert provider == pytest.approx([0, 0.625, 0.375])
    assert recipient == pytest.approx([0.84375, 0.15625])
    assert found[0].payoffs == pytest.approx([4.375, 2])


def test_reference_by_indifference():
    """Each side mixes so that the other is indifferent; solved from the payoffs, not from the formula."""
    provider, recipient = MonitoredAccess().normal_form().payoffs
    watched = np.linalg.solve([[1, 1], recipient[1:, MISUSE] - recipient[1:, COMPLY]], [1, 0])
    misused = np.linalg.solve([[1, 1], provider[MONITOR] - provider[TRUST]], [1, 0])
    assert watched == pytest.approx([0.625, 0.375])
    assert misused == pytest.approx([0.84375, 0.15625])
    assert provider[MONITOR] @ misused == pytest.approx(4.375)
    assert provider[WITHHOLD] @ misused < 4.375


def test_payoffs_by_hand():
    game = MonitoredAccess().normal_form()
    assert game.payoffs[0] == pytest.approx(np.array([[0, 0], [4.5, 4.5 - 0.2 * 4], [5, 1]]))
    assert game.payoffs[1] == pytest.approx(np.array([[0, 0], [2, 0.2 * 5 - 0.8], [2, 5]]))


def test_commitment_is_worth_more():
    best, mixture = commitment(MonitoredAccess().normal_form())
    assert best == pytest.approx(4.6875)
    assert mixture == pytest.approx([0, 0.625, 0.375])
    # The same on a grid of mixtures, the recipient breaking ties in the provider's favour.
    provider, recipient = MonitoredAccess().normal_form().payoffs
    steps = [(a, b, 80 - a - b) for a in range(81) for b in range(81 - a)]
    mixtures = np.array(steps) / 80
    replies = mixtures @ recipient
    allowed = replies >= replies.max(axis=1, keepdims=True) - 1e-12
    assert np.where(allowed, mixtures @ provider, -np.inf).max() == pytest.approx(4.6875)


def test_a_provider_that_gains_little_may_withhold():
    found = bg.nash_equilibria(MonitoredAccess(provider_value=1.0).normal_form())
    assert found.complete
    assert (WITHHOLD, MISUSE) in [each.profile for each in found]
    mixed = [each for each in found if each.strategies[0][WITHHOLD] == 0]
    assert len(mixed) == 1
    assert mixed[0].payoffs == pytest.approx([0.375, 2])


def test_closed_forms():
    rng, at = np.random.default_rng(3), closed_forms(MonitoredAccess)
    seen = dict.fromkeys(itertools.product((True, False), repeat=2), 0)
    for _ in range(DRAWS):
        values = draw(rng)
        model = MonitoredAccess(**values)
        game = model.normal_form()
        pure = best_replies(game)
        w, kappa = values["provider_value"], values["monitoring_cost"]

        withhold = at("greatest provider value at which withholding against misuse is an equilibrium", values)
        assert ((WITHHOLD, MISUSE) in pure) == (w <= withhold)
        assert (WITHHOLD, COMPLY) not in pure
        needed = at("sanction above which certain monitoring deters misuse", values)
        assert (game.payoffs[1, MONITOR, COMPLY] > game.payoffs[1, MONITOR, MISUSE]) == (values["sanction"] > needed)
        worth = at("monitoring cost below which misuse is worth monitoring", values)
        assert (game.payoffs[0, MONITOR, MISUSE] > game.payoffs[0, TRUST, MISUSE]) == (kappa < worth)

        if not (kappa < worth and values["sanction"] > needed):
            continue
        found = bg.nash_equilibria(game, cross_check=False)
        assert found.complete
        mixed = [each for each in found if each.strategies[0][WITHHOLD] == 0]
        only_withheld = w < at("provider value below which withholding is the only outcome", values)
        assert (not mixed) == only_withheld
        seen[w <= withhold, only_withheld] += 1
        if mixed:
            assert len(mixed) == 1
            watched, misused = mixed[0].strategies[0][MONITOR], mixed[0].strategies[1][MISUSE]
            assert at("probability of monitoring", values) == pytest.approx(watched)
            assert at("probability of misuse", values) == pytest.approx(misused)
            payoffs = at("provider's payoff", values), at("recipient's payoff", values)
            assert payoffs == pytest.approx(tuple(mixed[0].payoffs))
            committed = at("provider's payoff if it commits to that monitoring", values)
            assert commitment(game)[0] == pytest.approx(max(committed, 0), abs=1e-9)
    assert seen.pop((False, True)) == 0, "where withholding is the only outcome it is an equilibrium"
    assert min(seen.values()) >= 3, "the draws must reach every case"


def test_a_larger_benefit_needs_less_monitoring():
    watched = [
        bg.nash_equilibria(MonitoredAccess(access_value=value).normal_form())[0].strategies[0][MONITOR]
        for value in (1.0, 2.0, 4.0, 8.0)
    ]
    assert watched == sorted(watched, reverse=True)
    assert watched[0] > watched[-1] + 0.3
