"""Commitment against a fine grid of commitments, and against the published inspection figures."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import bargain as bg
from bargain.games import GameError, NormalFormGame
from bargain_models import MonitoredAccess

F = Fraction


def on_a_grid(ours, theirs, ties, steps=240):
    """The leader's best among commitments of a grid; two or three actions."""
    m = len(ours)
    points = (
        [(k / steps, 1 - k / steps) for k in range(steps + 1)]
        if m == 2
        else [(i / 60, j / 60, (60 - i - j) / 60) for i in range(61) for j in range(61 - i)]
    )
    best = -np.inf
    for x in points:
        pays = np.array(x) @ theirs
        replies = np.flatnonzero(pays >= pays.max() - 1e-12)
        gets = (np.array(x) @ ours)[replies]
        best = max(best, gets.max() if ties == "strong" else gets.min())
    return best


@pytest.mark.parametrize("ties", ["strong", "weak"])
@pytest.mark.parametrize("rows", [2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_mixed_commitment_against_a_grid(seed, rows, ties):
    rng = np.random.default_rng(seed)
    game = NormalFormGame(rng.integers(0, 7, (2, rows, 3)))
    for leader in (0, 1):
        ours, theirs = (game.payoffs[i] if leader == 0 else game.payoffs[i].T for i in (leader, 1 - leader))
        found = bg.stackelberg(game, leader, ties=ties)
        reached = on_a_grid(ours, theirs, ties)
        assert found.value >= reached - 1e-9
        assert found.value <= reached + 0.5  # the grid is coarse
        assert found.residual() <= 1e-9
        if ties == "strong":
            assert found.payoffs[leader] == pytest.approx(found.value)
            assert found.exact is None or sum(found.exact) == 1
    assert bg.stackelberg(game).value >= bg.stackelberg(game, ties="weak").value - 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_commitment_is_worth_no_less_than_any_equilibrium(seed):
    """von Stengel & Zamir (2010): with ties broken for it the leader gets at least its best Nash payoff."""
    game = NormalFormGame(np.random.default_rng(seed).integers(0, 9, (2, 3, 3)))
    best = max(e.payoffs[0] for e in bg.nash_equilibria(game, cross_check=False))
    assert bg.stackelberg(game).value >= best - 1e-9
    least = min(e.payoffs[0] for e in bg.nash_equilibria(game, cross_check=False))
    assert bg.stackelberg(game, ties="weak").value >= least - 1e-9
    assert bg.stackelberg(game).value >= bg.stackelberg(game, mixed=False).value - 1e-9


def test_a_provider_that_commits_to_monitoring():
    """Default monitored access: monitoring with probability .625 is worth 4.6875; the equilibrium 4.375."""
    game = MonitoredAccess().normal_form((1.0, 1.0))
    found = bg.stackelberg(game, "Provider")
    assert found.strategies[0].tolist() == pytest.approx([0, 0.625, 0.375])
    assert found.strategies[1].tolist() == [1, 0]
    assert found.value == pytest.approx(4.6875)
    assert bg.nash_equilibria(game)[0].payoffs[0] == pytest.approx(4.375)
    assert not bg.stackelberg(game, "Provider", ties="weak").attained


def test_conitzer_sandholm_2006_introduction():
    """Their example: 2 in equilibrium, 3 by a pure, 3.5 by a mixed commitment."""
    game = NormalFormGame.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]])
    assert [e.payoffs[0] for e in bg.nash_equilibria(game)] == [2]
    assert bg.stackelberg(game, mixed=False).value == 3
    mixed = bg.stackelberg(game)
    assert (mixed.value, mixed.exact) == (3.5, (F(1, 2), F(1, 2)))


def test_twins_of_an_answer_count_when_ties_go_against_the_leader():
    """The follower cannot tell its answers apart: a leader that fears the worst gets the value of its own table."""
    game = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[0, 0], [0, 0]])
    assert bg.stackelberg(game).value == 1
    weak = bg.stackelberg(game, ties="weak")
    assert (weak.value, weak.exact, weak.attained) == (0, (F(1, 2), F(1, 2)), True)


@pytest.mark.parametrize("ties", ["strong", "weak"])
@pytest.mark.parametrize("seed", range(4))
def test_pure_commitment_against_two_followers(seed, ties):
    game = NormalFormGame(np.random.default_rng(seed).integers(0, 9, (3, 3, 2, 2)))
    found = bg.stackelberg(game, 0, mixed=False, ties=ties)
    values = []
    for action in range(3):
        rest = NormalFormGame(game.given[1:, action])
        payoffs = [float(game.expected_payoffs([action, *answer.strategies])[0]) for answer in bg.nash_equilibria(rest)]
        values.append(max(payoffs) if ties == "strong" else min(payoffs))
    assert found.value == pytest.approx(max(values))
    assert found.complete
    assert found.residual() < 1e-9


def test_what_does_not_fit():
    game = NormalFormGame(np.zeros((3, 2, 2, 2)))
    with pytest.raises(GameError, match="against one follower"):
        bg.stackelberg(game)
    with pytest.raises(GameError, match="No player is called 'Leader'"):
        bg.stackelberg(game, "Leader")
    with pytest.raises(GameError, match="there is no 5"):
        bg.stackelberg(game, 5)
    with pytest.raises(GameError, match="ties is 'none'"):
        bg.stackelberg(game, ties="none")
    alone = bg.stackelberg(NormalFormGame([[1, 4, 2]]))
    assert (alone.value, alone.strategies[0].tolist()) == (4, [0, 1, 0])


@pytest.mark.parametrize("ties", ["strong", "weak"])
@pytest.mark.parametrize("kind", [int, float])
def test_a_follower_with_payoffs_of_very_different_size(ties, kind):
    """The least probability that makes the second answer best is 1e-15: no float tells it from 0."""
    follower = [[kind(1), kind(0)], [kind(0), kind(10**15)]]
    game = NormalFormGame.from_bimatrix([[2, 4], [1, 3]], follower)
    found = bg.stackelberg(game, ties=ties)
    assert found.value == pytest.approx(4)
    assert found.residual() <= 1e-9 * 10**15


@pytest.mark.parametrize("leader", [1.5, True, None])
def test_a_leader_that_is_no_player(leader):
    game = NormalFormGame.from_bimatrix([[2, 4], [1, 3]], [[1, 0], [0, 1]])
    with pytest.raises(GameError, match=f"The leader is {leader}: the name of a player or its number"):
        bg.stackelberg(game, leader)
