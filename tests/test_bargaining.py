"""Bargaining solutions: published numbers, closed forms, brute force, laws, and what degenerate problems come to."""

from __future__ import annotations

import math

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import brentq, minimize_scalar

from bargain.bargaining import ConvexSet, egalitarian, kalai_smorodinsky, nash_bargaining, utilitarian
from bargain.games import GameError
from bargain.pareto import pareto_frontier

RULES = (nash_bargaining, kalai_smorodinsky, egalitarian, utilitarian)
IDEALS, STAKES = np.array([0.1, 0.5, 0.9]), np.array([4.0, 1.0, 2.0])


def regulation(gain):
    """One level x in [0, 1] for three players with ideals and stakes, payoffs gain - w (x - ideal)^2."""
    x = cp.Variable(name="x")
    return ConvexSet(gain - cp.multiply(STAKES, cp.square(x - IDEALS)), [x >= 0, x <= 1])


def level_payoffs(x, gain):
    return gain - STAKES * (x - IDEALS) ** 2


# Published and derived numbers.


@pytest.mark.parametrize(
    ("rule", "share"),
    [
        (nash_bargaining, 1 / 3),
        (kalai_smorodinsky, (3 - math.sqrt(5)) / 2),
        (egalitarian, (3 - math.sqrt(5)) / 2),
        (utilitarian, 1 / 4),
    ],
)
def test_kalai_smorodinsky_1975_dividing_with_a_risk_averse_player(rule, share):
    """Divide 1; u_1 = sqrt(x), u_2 = 1 - x, d = 0. Nash (1950): the risk-averse player gets a third. Exact: 1e-9."""
    x = cp.Variable(name="x")
    found = rule(ConvexSet([cp.sqrt(x), 1 - x], [x >= 0, x <= 1]), [0, 0])
    assert found.status == "solved"
    assert found.payoffs == pytest.approx([math.sqrt(share), 1 - share], rel=1e-9)
    assert found.decision["x"] == pytest.approx(share, abs=2e-9)
    assert found.residual() < 1e-9


def test_nash_n_players_divide_money_equally_above_disagreement():
    """x_i = d_i + w_i (M - sum d) / sum w (Kalai 1977): M 100, d (10, 20, 40) gives (20, 30, 50)."""
    for rule in RULES:
        found = rule([[100, 0, 0]], [10, 20, 40], transfers=True)
        assert found.payoffs.tolist() == [20, 30, 50]
        assert found.transfers.tolist() == [-80, 30, 50]
        assert found.residual() == 0
    weighted = nash_bargaining([[0, 0, 0], [100, 0, 0]], [10, 20, 40], weights=[1, 2, 3], transfers=True)
    assert weighted.payoffs.tolist() == [15, 30, 55]
    winner = utilitarian([[100, 0, 0]], [10, 20, 40], weights=[1, 2, 2], transfers=True)
    assert winner.payoffs.tolist() == [10, 35, 55]


@pytest.mark.parametrize(
    ("rule", "gain", "disagreement", "level"),
    [
        (nash_bargaining, 1, np.zeros(3), 0.408561),
        (kalai_smorodinsky, 1, np.zeros(3), 0.410747),
        (nash_bargaining, 0, level_payoffs(1, 0), 0.853480),
        (kalai_smorodinsky, 0, level_payoffs(1, 0), 0.851613),
    ],
)
def test_one_level_of_regulation_for_three(rule, gain, disagreement, level):
    """Ideals (.1, .5, .9), weights (4, 1, 2): printed levels, and the same by a search over the level."""
    found = rule(regulation(gain), disagreement)
    assert float(found.decision["x"]) == pytest.approx(level, abs=5e-7)
    assert found.residual() < 1e-8

    grid = np.linspace(0, 1, 200_001)
    gains = level_payoffs(grid[:, None], gain) - disagreement
    rational = grid[(gains >= -1e-12).all(axis=1)]
    most = gains[(gains >= -1e-12).all(axis=1)].max(axis=0)

    def value(x):
        own = level_payoffs(x, gain) - disagreement
        if rule is kalai_smorodinsky:
            return (own / most).min()
        return np.log(np.maximum(own, 1e-300)).sum()

    best = minimize_scalar(lambda x: -value(x), bounds=(rational[0], rational[-1]), options={"xatol": 1e-12})
    assert float(found.decision["x"]) == pytest.approx(best.x, abs=2e-6)


def test_nash_level_solves_its_first_order_condition():
    root = brentq(lambda x: (STAKES * (x - IDEALS) / level_payoffs(x, 1)).sum(), 0.3, 0.5, xtol=1e-15)
    found = nash_bargaining(regulation(1), np.zeros(3))
    assert found.payoffs == pytest.approx(level_payoffs(root, 1), rel=1e-9)


def test_one_level_of_regulation_with_side_payments():
    """The level is sum w x / sum w = .385714, the surplus 2.131429, transfers (.037007, -.276463, .239456)."""
    for rule in (nash_bargaining, kalai_smorodinsky, egalitarian):
        found = rule(regulation(1), np.zeros(3), transfers=True)
        level = STAKES @ IDEALS / STAKES.sum()
        outcome = level_payoffs(level, 1)
        assert float(found.decision["x"]) == pytest.approx(level, abs=1e-8)
        assert found.payoffs == pytest.approx(np.full(3, outcome.sum() / 3), rel=1e-10)
        assert found.payoffs.sum() == pytest.approx(2.131429, abs=5e-7)
        assert found.transfers == pytest.approx([0.037007, -0.276463, 0.239456], abs=5e-7)
        assert found.transfers == pytest.approx(outcome.sum() / 3 - outcome, abs=1e-7)
        assert found.residual() < 1e-9


# Two ways to one answer.


def lottery_brute(points, disagreement, value):
    """The best of all lotteries between two outcomes, on a fine grid: for two players that is every candidate."""
    share = np.linspace(0, 1, 1001)[:, None]
    mixes = np.vstack([share * a + (1 - share) * b for a in points for b in points])
    gains = mixes - disagreement
    gains = gains[(gains >= -1e-12).all(axis=1)].clip(0)
    return gains[value(gains).argmax()], gains.max(axis=0)


@pytest.mark.parametrize("seed", range(8))
def test_polygons_against_brute_force(seed):
    rng = np.random.default_rng(seed)
    points, weights = rng.normal(size=(5, 2)), rng.uniform(0.3, 3, 2)
    disagreement = rng.dirichlet(np.ones(5)) @ points
    _, most = lottery_brute(points, disagreement, lambda gains: gains[:, 0])
    with np.errstate(divide="ignore"):
        values = {
            nash_bargaining: lambda gains: np.log(gains) @ weights,
            kalai_smorodinsky: lambda gains: (gains / (weights * most)).min(axis=1),
            egalitarian: lambda gains: (gains / weights).min(axis=1),
            utilitarian: lambda gains: gains @ weights,
        }
        for rule, value in values.items():
            found = rule(points, disagreement, weights=weights)
            best, _ = lottery_brute(points, disagreement, value)
            assert found.gains == pytest.approx(best, abs=2e-2)
            assert value(found.gains[None])[0] >= value(best[None])[0] - 1e-9
            assert found.residual() < 1e-12


@pytest.mark.parametrize("rule", RULES)
def test_a_polygon_as_points_and_as_a_convex_set(rule):
    rng = np.random.default_rng(3)
    points, weights = rng.normal(size=(7, 2)), np.array([1.0, 2.0])
    disagreement = points.mean(axis=0)
    mix = cp.Variable(7, name="mix")
    closed = rule(points, disagreement, weights=weights)
    solved = rule(ConvexSet(points.T @ mix, [mix >= 0, cp.sum(mix) == 1]), disagreement, weights=weights)
    assert solved.payoffs == pytest.approx(closed.payoffs, abs=1e-8)
    assert solved.ideal == pytest.approx(closed.ideal, abs=1e-8)
    assert solved.residual() < 1e-8


@pytest.mark.parametrize("n", [3, 5])
@pytest.mark.parametrize("rule", RULES)
def test_hulls_for_more_players_prove_themselves(rule, n):
    """Nothing in the hull is worth more at the prices; a random search in the hull finds nothing better either."""
    rng = np.random.default_rng(n)
    points, weights = rng.normal(size=(20, n)), rng.uniform(0.5, 2, n)
    disagreement = points.mean(axis=0)
    found = rule(points, disagreement, weights=weights)
    assert found.residual() < 1e-10
    near = 0.9 * found.lottery + 0.1 * rng.dirichlet(np.full(20, 0.1), size=20_000)
    gains = near @ points - disagreement
    gains = gains[(gains > 0).all(axis=1)]
    assert len(gains)
    most = found.ideal - disagreement
    value = {
        nash_bargaining: lambda g: np.log(g) @ weights,
        kalai_smorodinsky: lambda g: (g / (weights * most)).min(axis=-1),
        egalitarian: lambda g: (g / weights).min(axis=-1),
        utilitarian: lambda g: g @ weights,
    }[rule]
    assert value(gains).max() <= value(found.gains.clip(1e-300)) + 1e-9


def test_residual_catches_a_wrong_answer():
    from dataclasses import replace

    for rule in RULES:
        found = rule([[0, 4], [3, 3], [4, 0]], [0, 1], weights=[1, 1.3])
        assert found.residual() < 1e-12
        assert replace(found, payoffs=found.payoffs - 0.01).residual() > 1e-3
        other = np.array([0.5, 0.5, 0.0])
        assert replace(found, lottery=other, payoffs=other @ found.feasible.points).residual() > 1e-3


# Laws.


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1.0, 1e5, 1e9])
@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("rule", [nash_bargaining, kalai_smorodinsky])
def test_scale_of_one_player_does_not_matter(rule, n, scale):
    rng = np.random.default_rng(11)
    points, shift = rng.normal(size=(12, n)), np.array([2.0, -3.0, 1.0])[:n]
    units = np.array([scale, 1 / scale, 7.0])[:n]
    plain = rule(points, points.mean(axis=0), weights=np.arange(1, n + 1))
    changed = rule((points + shift) * units, (points.mean(axis=0) + shift) * units, weights=np.arange(1, n + 1))
    assert changed.gains / units == pytest.approx(plain.gains, rel=1e-9)
    assert changed.residual() < 1e-9


@pytest.mark.parametrize("scale", [1e-9, 1e9])
@pytest.mark.parametrize("rule", [nash_bargaining, kalai_smorodinsky])
def test_scale_of_one_player_does_not_matter_in_convex_sets(rule, scale):
    x = cp.Variable(name="x")
    plain = rule(ConvexSet([cp.sqrt(x), 1 - x], [x >= 0, x <= 1]), [0, 0])
    changed = rule(ConvexSet([scale * cp.sqrt(x), (1 - x) / scale + 5 / scale], [x >= 0, x <= 1]), [0, 5 / scale])
    assert changed.gains * [1 / scale, scale] == pytest.approx(plain.gains, rel=1e-8)
    assert changed.residual() < 1e-8


@pytest.mark.parametrize("scale", [1e-9, 1e9])
@pytest.mark.parametrize("rule", [egalitarian, utilitarian])
@pytest.mark.parametrize("n", [2, 3])
def test_the_common_unit_does_not_matter(rule, n, scale):
    points = np.random.default_rng(5).normal(size=(12, n))
    plain, changed = rule(points, points.mean(axis=0)), rule(points * scale, points.mean(axis=0) * scale)
    assert changed.gains / scale == pytest.approx(plain.gains, rel=1e-9)


polygons = arrays(float, (5, 2), elements=st.integers(-20, 20).map(float))


@settings(max_examples=150)
@given(points=polygons, seed=st.integers(0, 100))
def test_laws_over_polygons(points, seed):
    """Feasible, rational, efficient, symmetric in the players' names, and proved by the residual."""
    disagreement = np.random.default_rng(seed).dirichlet(np.ones(5)) @ points
    frontier = pareto_frontier(points, disagreement)
    for rule in RULES:
        found = rule(points, disagreement)
        mirrored = rule(points[:, ::-1], disagreement[::-1])
        assert found.status == mirrored.status
        if found.payoffs is None:
            assert found.status == "not rational"
            continue
        assert found.residual() < 1e-9
        assert mirrored.payoffs[::-1] == pytest.approx(found.payoffs, abs=1e-9)
        height = np.interp(found.payoffs[0], frontier[:, 0], frontier[:, 1])
        assert found.payoffs[1] == pytest.approx(height, abs=1e-8)


def test_nash_is_independent_of_irrelevant_alternatives_and_kalai_smorodinsky_is_monotone():
    """Dropping what is not chosen leaves Nash as it was; a larger set with the same other ideal harms nobody."""
    large, small = np.array([[0.0, 0], [0, 3], [2, 2], [3, 0]]), np.array([[0.0, 0], [0, 2], [2, 2], [2, 0]])
    assert nash_bargaining(large, [0, 0]).payoffs.tolist() == nash_bargaining(small, [0, 0]).payoffs.tolist()
    before = kalai_smorodinsky([[0, 0], [0, 1], [0.5, 1], [1, 0]], [0, 0]).payoffs
    after = kalai_smorodinsky([[0, 0], [0, 1], [0.5, 1], [1, 0.8], [1, 0]], [0, 0]).payoffs
    assert (after >= before - 1e-12).all()


# A finite list without lotteries.


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("n", [2, 4])
def test_lists_without_lotteries_by_comparing_all(rule, n):
    rng = np.random.default_rng(n)
    points, weights = rng.integers(0, 9, (40, n)).astype(float), rng.uniform(0.5, 2, n)
    found = rule(points, np.full(n, 1.5), weights=weights, lotteries=False)
    gains = points - 1.5
    gains = gains[(gains >= 0).all(axis=1)]
    most = gains.max(axis=0)
    value = {
        nash_bargaining: lambda g: np.prod(g**weights, axis=-1),
        kalai_smorodinsky: lambda g: (g / (weights * most)).min(axis=-1),
        egalitarian: lambda g: (g / weights).min(axis=-1),
        utilitarian: lambda g: g @ weights,
    }[rule]
    assert found.payoffs.tolist() in points.tolist()
    assert value(found.gains) == pytest.approx(value(gains).max(), rel=1e-12)
    assert not ((gains >= found.gains).all(axis=1) & (gains > found.gains).any(axis=1)).any()
    assert found.residual() == 0


def test_ties_are_listed_and_the_more_equal_outcome_is_taken():
    found = nash_bargaining([[1, 6], [2, 3], [6, 1]], [0, 0], lotteries=False)
    assert found.alternatives.tolist() == [[1, 6], [2, 3], [6, 1]]
    assert found.payoffs.tolist() == [2, 3]
    assert "3 outcomes are tied" in str(found)
    nobody = nash_bargaining([[1, 0], [0, 1]], [0, 0], lotteries=False)
    assert nobody.status == "some cannot gain"
    assert len(nobody.alternatives) == 2


# Degenerate problems: a status and a sentence, never an exception.


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("points", "disagreement", "status", "payoffs"),
    [
        ([[1, 2]], [0, 0], "solved", [1, 2]),
        ([[1, 2]], [1, 2], "no gain", [1, 2]),
        ([[1, 2]], [2, 0], "not rational", None),
        ([[1, 1], [2, 2]], [0, 0], "solved", [2, 2]),
        ([[0, 2], [2, 0]], [1, 1], "no gain", [1, 1]),
        ([[-0.1, 0.3], [0.2, -0.6]], [0, 0], "no gain", [0, 0]),
        ([[0, 2], [2, 0]], [1.5, 1.5], "not rational", None),
        ([[0, 2], [-1, 3]], [0, 0], "some cannot gain", [0, 2]),
        ([[2, 0], [3, -1]], [0, 0], "some cannot gain", [2, 0]),
        ([[1, 2, 3], [1, 2, 3]], [0, 0, 0], "solved", [1, 2, 3]),
        (np.eye(3), [1 / 3] * 3, "no gain", [1 / 3] * 3),
        (np.eye(3), [0.5] * 3, "not rational", None),
        ([[0, 0, 0], [0, 1, 0], [0, 0, 1]], [0, 0, 0], "some cannot gain", [0, 0.5, 0.5]),
    ],
)
def test_degenerate_points(rule, points, disagreement, status, payoffs):
    found = rule(points, disagreement)
    assert found.status == status
    assert bool(found.why) == (status != "solved")
    if payoffs is None:
        assert found.payoffs is None
        assert found.residual() == math.inf
        assert "short" in found.why
    else:
        assert found.payoffs == pytest.approx(payoffs, abs=1e-6)
        assert found.residual() < 1e-6
    assert found.to_dict()["status"] == status
    assert str(found).startswith(found.rule)


@pytest.mark.parametrize(
    ("constraints", "disagreement", "status"),
    [
        (lambda u: [cp.sum_squares(u) <= 1], [1, 1], "not rational"),
        (lambda u: [cp.sum_squares(u) <= 1], [0, 1], "no gain"),
        (lambda u: [u >= 0], [1, 1], "unbounded"),
        (lambda u: [u >= 0, cp.sum(u) <= -1], [0, 0], "empty"),
        (lambda u: [u[0] <= 0, cp.sum(u) <= 1], [0, 0], "some cannot gain"),
        (lambda u: [cp.sum_squares(u) <= 1], [0, 0], "solved"),
    ],
)
@pytest.mark.parametrize("rule", RULES)
def test_degenerate_convex_sets(rule, constraints, disagreement, status):
    u = cp.Variable(2, name="u")
    found = rule(ConvexSet(u, constraints(u)), disagreement)
    assert found.status == status
    assert bool(found.why) == (status != "solved")
    if status == "solved":
        assert found.payoffs == pytest.approx([math.sqrt(0.5)] * 2, rel=1e-6 if rule is utilitarian else 1e-8)


@pytest.mark.parametrize(("total", "status"), [(50, "not rational"), (70, "no gain"), (71, "solved")])
def test_money_that_does_not_suffice(total, status):
    found = nash_bargaining([[total, 0, 0]], [10, 20, 40], transfers=True)
    assert found.status == status
    assert ("20 less" in found.why) == (total == 50)


def test_transfers_without_a_largest_total():
    u = cp.Variable(2)
    assert nash_bargaining(ConvexSet(u, [u >= 0]), [0, 0], transfers=True).status == "unbounded"
    assert nash_bargaining(ConvexSet(u, [u >= 0, u <= -1]), [0, 0], transfers=True).status == "empty"


def test_nothing_is_left_on_the_table():
    """The comprehensive set [0, 2] x [0, 1]: equal gains stop at (1, 1), the refinement goes on to (2, 1)."""
    found = egalitarian([[0, 0], [0, 1], [2, 1], [2, 0]], [0, 0])
    assert found.payoffs.tolist() == [2, 1]
    assert len(found.normals) == 2
    # In three dimensions Kalai-Smorodinsky needs it too: relative gains (.5, .5, .5) leave the third unsatisfied.
    three = kalai_smorodinsky([[0, 0, 0], [1, 0, 1], [0, 1, 1]], [0, 0, 0])
    assert three.payoffs == pytest.approx([0.5, 0.5, 1], abs=1e-9)
    assert three.residual() < 1e-9


# The frontier.


def test_frontier_of_a_disc_lies_on_the_circle():
    u = cp.Variable(2)
    found = pareto_frontier(ConvexSet(u, [cp.sum_squares(u) <= 1]), [0, 0], count=9)
    assert len(found) == 9
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(9), abs=1e-9)
    assert found[0] == pytest.approx([0, 1], abs=1e-3)


def test_frontier_of_points():
    points = np.array([[0, 4], [1, 1], [3, 3], [4, 0], [4, -1.0]])
    assert pareto_frontier(points).tolist() == [[0, 4], [3, 3], [4, 0]]
    assert pareto_frontier(points, lotteries=False).tolist() == [[0, 4], [3, 3], [4, 0]]
    assert pareto_frontier(points, [1, 0.5], lotteries=False).tolist() == [[3, 3]]
    assert pareto_frontier(points, [1, 1], transfers=True).tolist() == [[1, 5], [5, 1]]
    assert pareto_frontier(points, [9, 9]).shape == (0, 2)
    simplex = pareto_frontier(np.eye(3), count=10)
    assert len(simplex) == 10
    assert simplex.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-9)


# Wrong input.


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([1, 2], [0, 0]), {}, "one row for each outcome"),
        (([[1, 2], [3]], [0, 0]), {}, "as many in each row"),
        (([[1, math.nan]], [0, 0]), {}, r"nan at \(0, 1\)"),
        (([[1j, 2]], [0, 0]), {}, "numbers"),
        (([[1, 2]], [0]), {}, "disagreement has shape"),
        (([[1, 2]], [0, math.inf]), {}, "inf at"),
        (([[1, 2]], [0, 0]), {"weights": [1, 0]}, "not all above 0"),
        (([[1, 2]], [0, 0]), {"weights": [1, 1, 1]}, "weights has shape"),
        (([[1, 2]], [0, 0]), {"players": ["a", "a"]}, "different names"),
    ],
)
def test_wrong_input_is_told(arguments, options, words):
    with pytest.raises(GameError, match=words):
        nash_bargaining(*arguments, **options)


def test_sets_that_are_not_convex_are_told():
    x, whole = cp.Variable(), cp.Variable(boolean=True)
    for payoffs, constraints, words in [
        ([cp.square(x), x], [], "Payoff 1"),
        ([x, -x], [cp.sqrt(x) <= 1], "Constraint 1"),
        ([whole, x], [x <= 1], "whole numbers"),
        ([], [], "at least one"),
    ]:
        with pytest.raises(GameError, match=words):
            ConvexSet(payoffs, constraints)
    with pytest.raises(GameError, match="state one"):
        pareto_frontier(ConvexSet([x, 1 - x]))
