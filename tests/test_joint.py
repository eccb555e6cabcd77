"""Strong and coalition-proof equilibria against the definitions, profile by profile."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import bargain as bg
from bargain.games import GameError, NormalFormGame


def coalitions(n):
    return [c for size in range(1, n + 1) for c in itertools.combinations(range(n), size)]


def moved(profile, coalition, actions):
    changed = list(profile)
    for i, a in zip(coalition, actions, strict=True):
        changed[i] = a
    return tuple(changed)


def breaks(u, profile, weak):
    """Whether some coalition has a joint deviation, from the definition."""
    n, shape = len(u), u.shape[1:]
    for c in coalitions(n):
        for actions in itertools.product(*(range(shape[i]) for i in c)):
            gains = [u[(i, *moved(profile, c, actions))] - u[(i, *profile)] for i in c]
            if (min(gains) >= 0 and sum(gains) > 0) if weak else min(gains) > 0:
                return True
    return False


def proof(u, coalition, profile):
    """Coalition-proofness by the recursion of Bernheim, Peleg & Whinston (1987)."""

    def enforcing(at):
        if len(coalition) == 1:
            return True
        return all(
            proof(u, sub, at) for size in range(1, len(coalition)) for sub in itertools.combinations(coalition, size)
        )

    if not enforcing(profile):
        return False
    shape = u.shape[1:]
    for actions in itertools.product(*(range(shape[i]) for i in coalition)):
        other = moved(profile, coalition, actions)
        if all(u[(i, *other)] > u[(i, *profile)] for i in coalition) and enforcing(other):
            return False
    return True


@pytest.mark.parametrize("seed", range(8))
def test_strong_equilibria_are_those_without_a_joint_deviation(seed):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 3, (3, 3, 2, 2)) if seed % 2 else rng.integers(0, 3, (3, 3, 2, 2)) / 7
    game = NormalFormGame(table)
    for weak, mixed in itertools.product((False, True), repeat=2):
        stand = [p for p in bg.pure_equilibria(game) if bg.joint_deviation(game, p, weak=weak, mixed=mixed) is None]
        assert bg.strong_equilibria(game, weak=weak, mixed=mixed) == stand


def test_where_nobody_can_gain_every_profile_is_strong_however_many_there_are():
    assert len(bg.strong_equilibria(NormalFormGame(np.zeros((9, *[2] * 9))))) == 2**9


@pytest.mark.parametrize("weak", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_strong_equilibria_against_the_definition(seed, weak):
    rng = np.random.default_rng(seed)
    u = rng.integers(0, 5, (3, 2, 3, 2))
    # A common interest makes strong equilibria likely.
    u = u + 3 * rng.integers(0, 5, (1, 2, 3, 2)) * (seed % 2)
    game = NormalFormGame(u)
    expected = [profile for profile in np.ndindex(2, 3, 2) if not breaks(u, profile, weak)]
    assert bg.strong_equilibria(game, weak=weak) == expected


def test_strong_equilibria_exist_in_some_of_these_games():
    common = np.random.default_rng(2).permutation(12).reshape(2, 3, 2)
    found = bg.strong_equilibria(NormalFormGame(np.stack([common] * 3)))
    assert found == [tuple(map(int, np.unravel_index(int(common.argmax()), common.shape)))]


@pytest.mark.parametrize("seed", range(10))
def test_coalition_proof_equilibria_against_the_recursion(seed):
    u = np.random.default_rng(seed).integers(0, 4, (3, 2, 3, 2))
    game = NormalFormGame(u)
    expected = [p for p in np.ndindex(2, 3, 2) if proof(u, (0, 1, 2), p)]
    found = bg.coalition_proof_equilibria(game)
    assert found == expected
    assert set(bg.strong_equilibria(game)) <= set(found) <= set(bg.pure_equilibria(game))


def test_two_players_undominated_nash():
    for seed in range(20):
        u = np.random.default_rng(seed).integers(0, 4, (2, 3, 3))
        nash = bg.pure_equilibria(NormalFormGame(u))
        expected = [p for p in nash if not any(all(u[(i, *q)] > u[(i, *p)] for i in range(2)) for q in nash)]
        assert bg.coalition_proof_equilibria(NormalFormGame(u)) == expected


def test_bernheim_peleg_whinston_1987_a_coalition_proof_profile_that_is_not_strong():
    """Their three-player example: (A1, B1, C1) pays all more than (A2, B2, C2), but two players would leave it."""
    names = [("A1", "A2"), ("B1", "B2"), ("C1", "C2")]
    u = np.zeros((3, 2, 2, 2), dtype=int)
    u[:, 0, 0, 0], u[:, 0, 1, 0] = (0, 0, 10), (-5, -5, 0)
    u[:, 1, 0, 0], u[:, 1, 1, 0] = (-5, -5, 0), (1, 1, -5)
    u[:, 0, 0, 1], u[:, 0, 1, 1] = (-2, -2, 0), (-5, -5, 0)
    u[:, 1, 0, 1], u[:, 1, 1, 1] = (-5, -5, 0), (-1, -1, 5)
    game = NormalFormGame(u, actions=names)
    assert [game.label(p) for p in bg.pure_equilibria(game)] == [("A1", "B1", "C1"), ("A2", "B2", "C2")]
    assert [game.label(p) for p in bg.coalition_proof_equilibria(game)] == [("A2", "B2", "C2")]
    witness = bg.joint_deviation(game, [0, 0, 0])
    assert (witness.coalition, witness.actions, witness.gains) == ((0, 1), {(1, 1): 1.0}, (1.0, 1.0))
    assert bg.joint_deviation(game, [1, 1, 1]).coalition == (0, 1, 2)
    assert bg.strong_equilibria(game) == []


def test_a_lottery_breaks_what_no_pure_deviation_breaks():
    """Both get 4 now; one of two moves pays (10, 0), the other (0, 10): half of each pays 5."""
    game = NormalFormGame.from_bimatrix([[4, 3, 3], [3, 10, 3], [3, 3, 0]], [[4, 3, 3], [3, 0, 3], [3, 3, 10]])
    assert bg.joint_deviation(game, [0, 0]) is None
    assert bg.strong_equilibria(game) == [(0, 0)]
    drawn = bg.joint_deviation(game, [0, 0], mixed=True)
    assert drawn.coalition == (0, 1)
    assert drawn.gains == pytest.approx((1, 1))
    assert sum(drawn.actions.values()) == pytest.approx(1)
    assert bg.strong_equilibria(game, mixed=True) == []
    assert "gain player 1 1, player 2 1" in str(drawn)


@pytest.mark.parametrize("seed", range(8))
def test_lotteries_only_add_deviations_and_gains_are_real(seed):
    rng = np.random.default_rng(seed)
    game = NormalFormGame(rng.random((3, 2, 2, 3)))
    strategies = [rng.dirichlet(np.ones(m)) for m in game.shape]
    base = game.expected_payoffs(strategies)
    for weak in (False, True):
        pure = bg.joint_deviation(game, strategies, weak=weak)
        mixed = bg.joint_deviation(game, strategies, weak=weak, mixed=True)
        assert mixed is not None or pure is None
        for found in filter(None, (pure, mixed)):
            paid = np.zeros(3)
            for actions, p in found.actions.items():
                changed = list(strategies)
                for i, a in zip(found.coalition, actions, strict=True):
                    changed[i] = a
                paid += p * game.expected_payoffs(changed)
            assert (paid - base)[list(found.coalition)].tolist() == pytest.approx(list(found.gains))


def test_limits():
    with pytest.raises(GameError, match="at most 12 are"):
        bg.joint_deviation(NormalFormGame(np.zeros((13, *[1] * 13))), [0] * 13)
    with pytest.raises(GameError, match="at most 1,000,000 are"):
        bg.coalition_proof_equilibria(NormalFormGame(np.zeros((2, 1001, 1000))))
