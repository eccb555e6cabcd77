"""Unlike resources: reference levels, votes against every alternative, bargains against the general solvers."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain_models import ResourceHeterogeneity
from model_tools import DRAWS, best_replies, closed_forms

TRIO = {"ideals": (0.1, 0.5, 0.9), "weights": (4.0, 1.0, 2.0)}


def test_reference_without_a_status_quo():
    model = ResourceHeterogeneity(**TRIO, gains=1)
    assert model.median() == (0.5, 0.5)
    assert model.nash().level == pytest.approx(0.408561, abs=1e-6)
    assert model.kalai_smorodinsky().level == pytest.approx(0.410747, abs=1e-6)
    paid = model.with_side_payments()
    assert paid.level == pytest.approx(0.385714, abs=1e-6)
    assert paid.surplus == pytest.approx(2.131429, abs=1e-6)
    assert paid.transfers == pytest.approx([0.037007, -0.276463, 0.239456], abs=1e-6)


def test_reference_full_regulation_as_status_quo():
    model = ResourceHeterogeneity(**TRIO, gains=0, status_quo=1.0)
    assert model.acceptable() == pytest.approx((0.8, 1.0))
    assert model.nash().level == pytest.approx(0.853480, abs=1e-6)
    assert model.kalai_smorodinsky().level == pytest.approx(0.851613, abs=1e-6)


def convex(model, level):
    """The same problem in the words of the general solvers."""
    import cvxpy as cp

    gains, weights, ideals = model._each("gains"), model._each("weights"), model.ideal_levels()
    payoffs = [g - w * cp.square(level - x) for g, w, x in zip(gains, weights, ideals, strict=True)]
    return bg.ConvexSet(payoffs, [level >= 0, level <= 1])


@pytest.mark.parametrize("numbers", [{"gains": 1}, {"gains": 0, "status_quo": 1.0}])
def test_reference_levels_from_the_general_solvers(numbers):
    import cvxpy as cp

    model, level = ResourceHeterogeneity(**TRIO, **numbers), cp.Variable(name="level")
    feasible, nothing = convex(model, level), model.without_agreement()
    for solver, own in (
        (bg.nash_bargaining, model.nash()),
        (bg.kalai_smorodinsky, model.kalai_smorodinsky()),
    ):
        found = solver(feasible, nothing)
        assert found.status == "solved"
        assert float(found.decision["level"]) == pytest.approx(own.level, abs=1e-5)
        assert found.payoffs == pytest.approx(own.payoffs, abs=1e-5)
        assert own.residual() < 1e-12
    paid, own = bg.nash_bargaining(feasible, nothing, transfers=True), model.with_side_payments()
    assert paid.payoffs == pytest.approx(own.payoffs, abs=1e-5)
    assert paid.transfers == pytest.approx(own.transfers, abs=1e-3)


def draw(rng, least=2, most=6):
    n = int(rng.integers(least, most))
    return {
        "ideals": tuple(rng.uniform(0, 1, n).tolist()),
        "weights": tuple(rng.uniform(0.3, 5, n).tolist()),
        "gains": tuple(rng.uniform(-0.05, 0.6, n).tolist()),
        "status_quo": None if rng.random() < 0.3 else float(rng.uniform(0, 1)),
    }


def test_levels_against_a_fine_grid():
    """On 200 random draws: acceptable levels, both bargains and the level with side payments."""
    rng, seen = np.random.default_rng(9), {"some": 0, "none": 0}
    grid = np.linspace(0, 1, 20_001)
    for _ in range(DRAWS):
        numbers = draw(rng)
        model = ResourceHeterogeneity(**numbers)
        x, w = (np.array(numbers[key])[:, None] for key in ("ideals", "weights"))
        nothing = np.array(model.without_agreement(), dtype=float)[:, None]
        gains = np.array(numbers["gains"])[:, None] - w * (grid - x) ** 2 - nothing
        allowed = (gains >= 0).all(axis=0)
        paid = model.with_side_payments()
        if paid is None:
            assert gains.sum(axis=0).max() <= 0
        else:
            assert abs(grid[gains.sum(axis=0).argmax()] - paid.level) <= 1e-4
            assert np.ptp(paid.gains) < 1e-9
            assert paid.residual() < 1e-9
        if not allowed.any():
            bounds = model.acceptable()
            assert bounds is None or bounds[1] - bounds[0] <= 1e-4
            assert (model.nash() is None) == (bounds is None)
            seen["none"] += 1
            continue
        seen["some"] += 1
        inside = grid[allowed]
        assert model.acceptable() == pytest.approx((inside[0], inside[-1]), abs=1e-4)
        best = gains[:, allowed].max(axis=1, keepdims=True)
        if inside[-1] - inside[0] < 0.01:
            continue
        rules = {"Nash": np.log(np.maximum(gains, 1e-300)).sum(axis=0), "KS": (gains / best).min(axis=0)}
        for own, objective in zip((model.nash(), model.kalai_smorodinsky()), rules.values(), strict=True):
            assert abs(grid[np.where(allowed, objective, -np.inf).argmax()] - own.level) <= 2e-4
            assert own.residual() < 1e-9
            assert own.gains.min() >= -1e-9
            assert own.payoffs == pytest.approx(model.payoffs_at(own.level))
    assert min(seen.values()) > 20, seen


def test_bargains_against_the_general_solvers():
    import cvxpy as cp

    rng, compared = np.random.default_rng(10), 0
    while compared < 20:
        model, level = ResourceHeterogeneity(**draw(rng)), cp.Variable(name="level")
        bounds = model.acceptable()
        if bounds is None or bounds[1] - bounds[0] < 0.05:
            continue
        feasible, nothing = convex(model, level), model.without_agreement()
        assert bg.nash_bargaining(feasible, nothing).payoffs == pytest.approx(model.nash().payoffs, abs=1e-4)
        found = bg.kalai_smorodinsky(feasible, nothing)
        assert found.payoffs == pytest.approx(model.kalai_smorodinsky().payoffs, abs=1e-4)
        compared += 1


def test_core_against_every_alternative():
    """A level is in the core iff no quota of members is closer to some other level of a grid."""
    rng, seen = np.random.default_rng(11), {"point": 0, "interval": 0, "empty": 0}
    grid = np.linspace(0, 1, 41)
    for _ in range(60):
        n = int(rng.integers(1, 6))
        ideals = rng.choice(grid, n)
        quota = int(rng.integers(1, n + 1))
        model = ResourceHeterogeneity(ideals=tuple(ideals.tolist()), quota=quota)
        away = np.abs(grid[:, None] - ideals)
        closer = (away[None, :, :] < away[:, None, :] - 1e-12).sum(axis=2)  # level, alternative
        stays = grid[(closer < quota).all(axis=1)]
        core = model.core()
        if core is None:
            assert not len(stays)
            seen["empty"] += 1
        else:
            assert (stays[0], stays[-1]) == pytest.approx(core)
            seen["point" if core[0] == core[1] else "interval"] += 1
        majority = n // 2 + 1
        assert model.median() == model.core(majority)
    assert min(seen.values()) > 5, seen


def test_votes():
    """On 200 random draws: who accepts, from the closed form and from best replies; the price of a vote."""
    rng, at, seen = np.random.default_rng(12), closed_forms(ResourceHeterogeneity), {True: 0, False: 0}
    for _ in range(DRAWS):
        n, proposal = int(rng.integers(2, 5)), float(rng.uniform(0, 1))
        market, k = tuple(rng.uniform(0.2, 3, n).tolist()), tuple(rng.uniform(0.2, 5, n).tolist())
        gains, weights = tuple(rng.uniform(0, 0.4, n).tolist()), tuple(rng.uniform(0.3, 5, n).tolist())
        status_quo = float(rng.uniform(0, 1))
        model = ResourceHeterogeneity(
            market=market, gains=gains, weights=weights, status_quo=status_quo, proposal=proposal
        )
        game = model.normal_form(k)
        accepts = []
        for i in range(n):
            values = {
                "ideal": model.ideal_levels(k)[i],
                "weight": weights[i],
                "gain": gains[i],
                "market": market[i],
                "capability": k[i],
                "status_quo": status_quo,
                "proposal": proposal,
            }
            assert values["ideal"] == pytest.approx(at("ideal level", values))
            reach = at("farthest from its ideal that a member accepts", values)
            assert at("the same without a status quo", values) <= reach
            willing = abs(proposal - values["ideal"]) <= reach
            rejected = tuple(int(j == i) for j in range(n))
            gain = game.payoffs[(i, *[0] * n)] - game.payoffs[(i, *rejected)]
            assert willing == (gain >= 0)
            assert at("price of its vote", values) == pytest.approx(-gain)
            content = at("capability at which the ideal is the proposal", values)
            assert market[i] / (market[i] + content) == pytest.approx(proposal)
            accepts.append(willing)
            seen[willing] += 1
        bounds = model.acceptable(k)
        assert ((0,) * n in best_replies(game)) == all(accepts) == (bounds[0] <= proposal <= bounds[1])
    assert min(seen.values()) > 50, seen


def test_a_quota_binds_the_minority():
    model = ResourceHeterogeneity(**TRIO, quota=2, proposal=0.5, gains=0, status_quo=0.0)
    for profile in itertools.product((0, 1), repeat=3):
        passes = profile.count(0) >= 2
        expected = model.payoffs_at(0.5) if passes else model.without_agreement()
        assert model.payoff(profile, (9.0, 1.0, 1.0)) == expected


def test_power_shared_moves_ideals_together():
    """A member that becomes more capable wants less regulation."""
    model = ResourceHeterogeneity()
    assert model.ideal_levels() == pytest.approx((0.1, 0.5, 0.9))
    assert model.ideal_levels((9.0, 1.0, 1.0))[2] == 0.5


def test_edges():
    # A status quo between the ideals leaves nothing that all prefer.
    stuck = ResourceHeterogeneity(ideals=(0.1, 0.9), gains=0, status_quo=0.37)
    assert stuck.acceptable() == (0.37, 0.37)
    assert stuck.nash().level == stuck.kalai_smorodinsky().level == 0.37
    assert stuck.nash().gains == pytest.approx(0, abs=1e-15)
    # Payments make a gain of it even so.
    assert stuck.with_side_payments().surplus > 0
    apart = ResourceHeterogeneity(ideals=(0.0, 1.0), gains=(0.1, 0.1))
    assert (apart.acceptable(), apart.nash(), apart.with_side_payments()) == (None, None, None)
    unwilling = ResourceHeterogeneity(ideals=(0.4, 0.6), gains=(-1.0, 1.0))
    assert unwilling.acceptable() is None
    alike = ResourceHeterogeneity(ideals=(0.3, 0.3))
    assert [alike.nash().level, alike.kalai_smorodinsky().level] == pytest.approx([0.3, 0.3])
    one = ResourceHeterogeneity(ideals=(0.25,))
    assert one.nash().level == pytest.approx(0.25)
    assert one.core() == one.median() == (0.25, 0.25)


def test_many_members():
    rng = np.random.default_rng(13)
    model = ResourceHeterogeneity(ideals=tuple(rng.uniform(0, 1, 500).tolist()), gains=2)
    assert model.nash().residual() < 1e-12
    assert model.kalai_smorodinsky().level == pytest.approx(0.5, abs=0.01)


def test_in_rationals():
    exact = ResourceHeterogeneity(market=(1, 1, 3)).in_rationals()
    k = (Fraction(3), Fraction(1), Fraction(1))
    assert exact.ideal_levels(k) == (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    assert exact.core(2, k) == (Fraction(1, 2), Fraction(1, 2))
    assert exact.normal_form(k).exact


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"ideals": (0.1, 1.2)}, "less than or equal to 1"),
        ({"ideals": (0.1, 0.2), "weights": (1.0, 2.0, 3.0)}, "ideals has 2 numbers for 3 members"),
        ({"ideals": (0.1, 0.2), "market": 2.0}, "market has no effect"),
        ({"ideals": (0.1, 0.2), "quota": 3}, "quota is 3 votes, and there are 2 members"),
        ({"weights": 0.0}, "greater than 0"),
        ({"proposal": 1.5}, "less than or equal to 1"),
    ],
)
def test_numbers(numbers, words):
    with pytest.raises(ValidationError, match=words):
        ResourceHeterogeneity(**numbers)


def test_a_quota_that_cannot_be():
    with pytest.raises(ValueError, match="quota is 4 votes, and there are 3 members"):
        ResourceHeterogeneity().core(4)
