"""The set of equilibrium payoffs, against the plain operator of Abreu, Pearce and Stacchetti and known cases."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain import _generation, payoff_sets
from bargain._hull import cut, hull, outside

DILEMMA = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
small = st.integers(2, 3).flatmap(
    lambda m: st.lists(st.lists(st.integers(-5, 5), min_size=m * m, max_size=m * m), min_size=2, max_size=2).map(
        lambda rows: bg.NormalFormGame(np.array(rows).reshape(2, m, m))
    )
)


def clipped(polygon: list[tuple[Any, Any]], axis: int, floor: Any) -> list[tuple[Any, Any]]:
    """The part of a polygon (also a segment or a point) at or above a floor, by Sutherland and Hodgman."""
    kept = []
    for a, b in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if a[axis] >= floor:
            kept.append(a)
        if (a[axis] - floor) * (b[axis] - floor) < 0:
            part = (floor - a[axis]) / (b[axis] - a[axis])
            kept.append((a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])))
    return kept


def plain_operator(game: bg.NormalFormGame, delta: float, steps: int) -> np.ndarray:
    """B(W): every profile with every continuation in W that keeps both players to it; iterated from outside."""
    table = game.payoffs
    flows = table.reshape(2, -1).T
    gains = np.stack([(table[i].max(axis=i, keepdims=True) - table[i]).ravel() for i in (0, 1)], axis=1)
    corners: list[tuple[Any, Any]] = hull([tuple(p) for p in flows.tolist()])
    for _ in range(steps):
        threat = np.min(corners, axis=0)
        points = []
        for flow, gain in zip(flows, gains, strict=True):
            left = corners
            for axis in (0, 1):
                left = clipped(left, axis, threat[axis] + (1 - delta) / delta * gain[axis] - 1e-11) if left else []
            points += [tuple((1 - delta) * flow + delta * np.array(w)) for w in left]
        corners = hull([(float(x), float(y)) for x, y in points])
        if not corners:
            return np.empty((0, 2))
    return np.array(corners)


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_the_plain_operator(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 5))
    game = bg.NormalFormGame(rng.random((2, size, size)))
    delta = float(rng.choice([0.3, 0.5, 0.7]))
    ours, theirs = bg.equilibrium_payoff_set(game, delta), plain_operator(game, delta, 90)
    assert (ours.status == "empty") == (not len(theirs))
    assert ours.residual() < 1e-10
    if len(theirs):
        assert outside(ours.vertices, theirs).max() < 1e-8
        assert outside(theirs, ours.vertices).max() < 1e-8


@settings(max_examples=30)
@given(small, st.sampled_from([Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]))
def test_rationals_and_floats_agree(game: bg.NormalFormGame, delta: Fraction) -> None:
    exact = bg.equilibrium_payoff_set(game, delta)
    floats = bg.equilibrium_payoff_set(bg.NormalFormGame(game.payoffs), float(delta))
    assert exact.residual() < 1e-9
    assert exact.status == floats.status
    if len(exact.vertices):
        assert outside(exact.vertices, floats.vertices).max() < 1e-8
        assert outside(floats.vertices, exact.vertices).max() < 1e-8


@settings(max_examples=30)
@given(small, st.integers(1, 8), st.integers(1, 8))
def test_the_set_grows_with_the_discount_factor(game: bg.NormalFormGame, a: int, b: int) -> None:
    less, more = (bg.equilibrium_payoff_set(game, Fraction(k, 10)) for k in sorted((a, b)))
    if len(less.vertices):
        assert len(more.vertices)
        assert outside(less.vertices, more.vertices).max() < 1e-8


@settings(max_examples=20)
@given(small, st.integers(1, 5), st.integers(-3, 3))
def test_units_and_names_do_not_matter(game: bg.NormalFormGame, scale: int, shift: int) -> None:
    base = bg.equilibrium_payoff_set(game, 0.5)
    payoffs = game.payoffs.copy()
    payoffs[0] = scale * payoffs[0] + shift
    moved = bg.equilibrium_payoff_set(bg.NormalFormGame(payoffs[:, ::-1, :]), 0.5)
    assert len(moved.vertices) == len(base.vertices) or base.exact_vertices is None
    if len(base.vertices):
        expected = base.vertices * [scale, 1] + [shift, 0]
        assert outside(expected, moved.vertices).max() < 1e-7
        assert outside(moved.vertices, expected).max() < 1e-7


def test_prisoners_dilemma_below_and_above_its_critical_factor() -> None:
    """Critical factor 1/7: a point below it, a segment from it on, with certainty at the edge itself."""
    assert bg.equilibrium_payoff_set(DILEMMA, 0.10).vertices.tolist() == [[3, 3]]
    for delta in (0.15, Fraction(1, 7)):
        found = bg.equilibrium_payoff_set(DILEMMA, delta)
        assert found.exact_vertices == ((3, 3), (9, 9))
        assert found.dimension == 1
        assert found.gap == 0
    assert bg.equilibrium_payoff_set(DILEMMA, 0.14).dimension == 0


def test_floats_at_the_edge_say_that_they_cannot_be_sure() -> None:
    found = bg.equilibrium_payoff_set(bg.NormalFormGame(DILEMMA.payoffs), 1 / 7)
    assert found.dimension == 1
    assert found.gap == pytest.approx(6 * np.sqrt(2))


def test_matching_pennies_have_no_pure_equilibrium() -> None:
    pennies = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    found = bg.equilibrium_payoff_set(pennies, 0.9)
    assert found.status == "empty"
    assert found.residual() == 0
    assert not found.contains((0, 0))
    assert "No pure-strategy equilibrium" in str(found)


@pytest.mark.parametrize("size", [5, 12])
def test_random_games_on_which_hulls_degenerate(size: int) -> None:
    game = bg.NormalFormGame(np.random.default_rng(size).random((2, size, size)))
    found = bg.equilibrium_payoff_set(game, 0.6)
    assert found.status in ("found", "empty")
    assert found.residual() < 1e-10


def test_all_payoffs_equal_and_a_player_without_a_choice() -> None:
    flat = bg.equilibrium_payoff_set(bg.NormalFormGame(np.ones((2, 2, 2))), 0.5)
    assert flat.vertices.tolist() == [[1, 1]]
    alone = bg.equilibrium_payoff_set(bg.NormalFormGame([[[1, 2, 3]], [[0, 1, 1]]]), 0)
    assert alone.exact_vertices == ((2, 1), (3, 1))


def test_the_inner_set_supports_itself_and_is_close() -> None:
    game = bg.NormalFormGame(np.random.default_rng(15).random((2, 15, 15)))
    found = bg.equilibrium_payoff_set(game, 0.6)
    assert found.gap < 1e-7
    assert outside(found.inner, found.vertices).max() < 1e-9


def test_frontier_and_threat_point() -> None:
    found = bg.equilibrium_payoff_set(DILEMMA, 0.5)
    assert found.frontier.tolist() == [[3, 9.75], [9, 9], [9.75, 3]]
    assert found.threat_point.tolist() == [3, 3]
    assert found.contains((9, 9))
    assert not found.contains((9.1, 9.1))
    assert found.to_dict()["exact"] is True


def test_not_finished_is_said_and_bounds_from_outside() -> None:
    game = bg.NormalFormGame(np.random.default_rng(12).random((2, 12, 12)))
    rough, full = bg.equilibrium_payoff_set(game, 0.8, max_iterations=2), bg.equilibrium_payoff_set(game, 0.8)
    assert rough.status == "unfinished"
    assert "Not finished" in str(rough)
    assert outside(full.vertices, rough.vertices).max() < 1e-9


def test_unequal_discount_factors_and_more_players_are_refused() -> None:
    with pytest.raises(bg.GameError, match="differ"):
        bg.equilibrium_payoff_set(DILEMMA, {"player 1": 0.5, "player 2": 0.6})
    with pytest.raises(bg.GameError, match="two players"):
        bg.equilibrium_payoff_set(bg.NormalFormGame(np.zeros((3, 2, 2, 2))), 0.5)
    for wrong in (1, 1.2, -0.1, float("nan"), "much"):
        with pytest.raises(bg.GameError, match="discount factor"):
            bg.equilibrium_payoff_set(DILEMMA, wrong)
    assert bg.equilibrium_payoff_set(DILEMMA, [0.5, 0.5]).dimension == 2


def test_hulls_of_few_and_nearly_equal_points() -> None:
    assert hull([(0, 0)]) == [(0, 0)]
    assert hull([(0, 0), (1, 1), (Fraction(1, 2), Fraction(1, 2))]) == [(0, 0), (1, 1)]
    noisy = hull([(0.5, 0.0), (0.5 + 1e-16, 1.0), (0.5 + 2e-16, 0.3), (1.0, 0.0)], 1e-15)
    assert len(noisy) == 3
    assert cut([(0, 0), (2, 0), (2, 2), (0, 2)], 0, 2) == (0, 2)
    assert cut([(0, 0), (2, 0)], 0, 3) is None


def test_the_inner_set_of_a_game_whose_worst_equilibrium_is_above_minmax() -> None:
    """The first player's worst equilibrium gives it 1.0404, its minmax 1: the inner set starts from the former."""
    game = bg.NormalFormGame([[[4.0, 1.0, 4.0], [0.0, 1.0, 4.0]], [[1.0, 2.0, 3.0], [4.0, 2.0, 0.0]]])
    found = bg.equilibrium_payoff_set(game, 0.99)
    assert found.threat_point == pytest.approx([1 + 4 / 99, 3])
    assert found.inner == pytest.approx(found.vertices, abs=1e-6)
    assert found.gap < 1e-6


def test_what_is_said_of_a_game_without_pure_equilibria() -> None:
    """In matching pennies mixing in private is an equilibrium: the empty set speaks of pure strategies alone."""
    pennies = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    found = bg.equilibrium_payoff_set(pennies, 0.9)
    assert found.status == "empty"
    assert "No pure-strategy equilibrium" in str(found)
    assert "randomise in private are not searched" in str(found)


def whole_game(seed: int) -> bg.NormalFormGame:
    return bg.NormalFormGame(np.random.default_rng(seed).integers(0, 10, (2, 8, 8)))


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_out_in_rationals_would_not_have_mattered(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    game, delta = whole_game(seed), Fraction(seed + 3, 10)
    computed: list[Any] = []
    plain = _generation.continuations

    def counted(flow: Any, demand: Any, corners: Any, factor: Any, slack: float = 0) -> list[Any]:
        computed.append(factor)
        return plain(flow, demand, corners, factor, slack)

    monkeypatch.setattr(_generation, "continuations", counted)
    found = bg.equilibrium_payoff_set(game, delta)
    exactly = [factor for factor in computed if isinstance(factor, Fraction)]
    assert len(exactly) <= 40 * found.iterations  # of 64 profiles a step
    for module in (payoff_sets, _generation):
        monkeypatch.setattr(module, "FEW", 64)
    every = bg.equilibrium_payoff_set(game, delta)
    assert every.exact_vertices == found.exact_vertices
    assert found.exact_vertices is not None or not exactly


@pytest.mark.parametrize("seed", range(6))
def test_profiles_set_aside_while_the_set_hardly_moves_would_not_have_mattered(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = np.random.default_rng(seed).normal(size=(2, 12, 9))
    if seed % 2:
        table = table.round()
    games = [(bg.NormalFormGame(table * 1.1), delta) for delta in (0.4, 0.6, 0.75, 0.9)]
    set_aside: list[int] = []
    plain = _generation._mattering

    def counted(*given: Any) -> Any:
        matter = plain(*given)
        set_aside.append(int(np.count_nonzero(~matter)))
        return matter

    monkeypatch.setattr(_generation, "_mattering", counted)
    found = [bg.equilibrium_payoff_set(game, delta) for game, delta in games]
    assert max(set_aside) > 10
    monkeypatch.setattr(_generation, "SMALL", 0.0)
    for (game, delta), one in zip(games, found, strict=True):
        every = bg.equilibrium_payoff_set(game, delta)
        assert every.iterations == one.iterations
        assert every.vertices == pytest.approx(one.vertices, abs=1e-14)


def test_an_iteration_that_only_tends_to_its_end_is_not_tried_in_rationals(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Any] = []
    monkeypatch.setattr(payoff_sets, "exactly", lambda *given: tried.append(given))
    slow = next(
        found
        for found in (bg.equilibrium_payoff_set(whole_game(seed), 0.6) for seed in range(60))
        if found.status == "found" and found.iterations > 15
    )
    assert slow.exact_vertices is None
    assert all(given[0] is not slow.game for given in tried)
