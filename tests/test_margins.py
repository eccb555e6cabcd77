"""Margins of all coalitions: the compiled loop against numpy, numpy against the definition; payoffs in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bargain import _margins
from bargain._margins import compiled, in_numpy
from bargain.coalitions import MembershipGame, coalition_sizes
from bargain.features import LinearPayoffs
from bargain.games import GameError
from bargain.membership import stability
from bargain_models.capacity_club import CapacityClub
from bargain_models.safe_coalition import SafeCoalition


def listed(seed, n):
    return MembershipGame(np.random.default_rng(seed).normal(size=(2**n, n)))


def in_features(seed, n, k):
    rng = np.random.default_rng(seed)
    return LinearPayoffs(rng.normal(size=(k, 2**n)), *rng.normal(size=(2, n, 1 + k))).game()


games = st.one_of(
    st.builds(listed, st.integers(0, 10**6), st.integers(2, 7)),
    st.builds(in_features, st.integers(0, 10**6), st.integers(2, 7), st.integers(1, 4)),
)


def by_definition(game):
    """Internal and external margin and surplus of one coalition after the other."""
    payoffs, n = game.payoffs, game.n_players
    internal, external, surplus = [], [], []
    for mask in range(2**n):
        stays = [payoffs[mask, i] - payoffs[mask ^ 1 << i, i] for i in range(n)]
        members = [gain for i, gain in enumerate(stays) if mask >> i & 1]
        internal.append(min(members, default=np.inf))
        external.append(min((gain for i, gain in enumerate(stays) if not mask >> i & 1), default=np.inf))
        surplus.append(sum(members))
    return np.array(internal), np.array(external), np.array(surplus)


@pytest.fixture
def interpreted(monkeypatch):
    """The loop as Python runs it, in blocks of eight coalitions, so that few players make many blocks."""
    monkeypatch.setattr(_margins, "BLOCK", 8)
    monkeypatch.setattr(_margins, "_kernel", lambda: _margins._weigh)


@given(games)
@settings(max_examples=60)
def test_numpy_against_the_definition(game):
    for found, expected in zip(in_numpy(game), by_definition(game), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * game.scale)


@pytest.mark.parametrize("n", range(2, 8))
@pytest.mark.usefixtures("interpreted")
def test_the_loop_against_numpy(n):
    for game in (listed(n, n), in_features(n, n, 3)):
        scale = game.scale
        del game.__dict__["scale"]
        for found, expected in zip(compiled(game), in_numpy(game), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * scale)
        assert game.__dict__["scale"] == pytest.approx(scale, rel=1e-14)


@pytest.mark.parametrize("n", [9, 16])
def test_the_compiled_loop_against_numpy(n):
    for game in (listed(n, n), in_features(n, n, 1), in_features(n, n, 3)):
        for found, expected in zip(compiled(game), in_numpy(game), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_many_states_take_the_compiled_loop(monkeypatch):
    n = _margins.MOST_PLAYERS_NUMPY + 1
    benefit = tuple(np.random.default_rng(3).uniform(0.05, 0.25, n).tolist())
    found = stability(SafeCoalition(benefits="quadratic", benefit=benefit).membership())
    assert found.residual() < 1e-13 * found.game.scale
    monkeypatch.setattr(_margins, "MOST_PLAYERS_NUMPY", n)
    again = stability(SafeCoalition(benefits="quadratic", benefit=benefit).membership())
    assert again.stable == found.stable
    assert again.potentially_stable == found.potentially_stable
    assert again.tolerance == pytest.approx(found.tolerance, rel=1e-12)


def test_no_folder_for_what_is_compiled(monkeypatch):
    import numba

    def refuse(**options):
        if options.pop("cache", False):
            raise RuntimeError("cannot cache function")
        return njit(**options)

    njit = numba.njit
    monkeypatch.setattr(numba, "njit", refuse)
    _margins._kernel.cache_clear()
    try:
        game = listed(1, 5)
        for found, expected in zip(compiled(game), in_numpy(game), strict=True):
            np.testing.assert_array_equal(found, expected)
    finally:
        _margins._kernel.cache_clear()


def test_payoffs_beyond_a_float():
    huge = LinearPayoffs([[0, 0, 0, 1e200]], [[0, 1e200]] * 2, [[0, 0]] * 2).game()
    with pytest.raises(GameError, match="Some payoff is nan"):
        compiled(huge)
    with np.errstate(over="ignore"), pytest.raises(GameError, match="Some payoff is inf"):
        _ = huge.scale


# Payoffs in closed form


def test_payoffs_from_features():
    rng = np.random.default_rng(5)
    features, inside, outside = rng.normal(size=(2, 16)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    game = LinearPayoffs(list(features), inside, outside).game(["A", "B", "C", "D"])
    terms = np.vstack([np.ones(16), features])
    for mask in range(16):
        for i in range(4):
            expected = (inside if mask >> i & 1 else outside)[i] @ terms[:, mask]
            assert game.payoffs[mask, i] == pytest.approx(expected, rel=1e-13)
            assert game.rows(i, mask, mask + 1)[0] == pytest.approx(expected, rel=1e-13)


def test_features_are_checked():
    good = [coalition_sizes(2)], [[1, 2], [3, 4]], [[1, 2], [3, 4]]
    assert LinearPayoffs(*good).game().n_players == 2
    for features, inside, outside, words in (
        ([[1, 2, 3]], *good[1:], r"features\[0\] has shape \(3,\), and \(4,\) is needed: one number for each coal"),
        (good[0], [[1], [2]], good[2], r"inside has shape \(2, 1\), and \(2, 2\) is needed: one row for each player"),
        (good[0], good[1], [[1, 2]], r"outside has shape \(1, 2\)"),
        (good[0], [[1, 2], [3, np.nan]], good[2], r"inside\[1, 1\] is nan"),
        ([[0, 1, np.inf, 1]], *good[1:], r"features\[0\]\[2\] is inf"),
        ([["a"] * 4], *good[1:], r"features\[0\]\[0\] is 'a'"),
        ([], 3, 3, r"inside has shape \(\), and \(1, 1\) is needed"),
        ([], np.ones((0, 1)), np.ones((0, 1)), "0 players; 1 to 25 are possible"),
    ):
        with pytest.raises(GameError, match=words):
            LinearPayoffs(features, inside, outside).game()


@given(st.integers(0, 10**6))
@settings(max_examples=30)
def test_a_club_in_closed_form(seed):
    """With decisiveness 1 payoffs are read off sums over subsets; next to 1 they are added up state by state."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 7))
    club = {
        "stake": tuple(rng.uniform(1, 100, n).tolist()),
        "spillover": float(rng.uniform(0, 1)),
        "fee": float(rng.uniform(0, 5)),
    }
    capabilities = rng.uniform(0.5, 5, n).tolist()
    closed, added = (
        CapacityClub(**club, decisiveness=m).membership(capabilities).payoffs for m in (1.0, float(np.nextafter(1, 2)))
    )
    np.testing.assert_allclose(closed, added, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("moves", ["simultaneous", "stackelberg"])
@pytest.mark.parametrize("benefits", ["linear", "quadratic", "emissions"])
def test_coalitions_in_closed_form(benefits, moves):
    """The closed form of all coalitions against solving them one by one; some states stop, some have a club good."""
    rng = np.random.default_rng(11)
    for draw in range(30):
        n = int(rng.integers(1, 7))
        spread = (0.5, 40) if draw % 2 else (20, 22)
        given = {"benefit": rng.uniform(0.1, 2, n), "cost": rng.uniform(0.5, 2, n)}
        if benefits == "emissions":
            given = {"alpha": rng.uniform(*spread, n), "beta": rng.uniform(0.5, 2, n), "d": rng.uniform(0, 3, n)}
            given |= {"phi": rng.uniform(0, 0.2, n), "member_exposure": rng.choice([0.5, 1], n)}
        parameters = {name: tuple(values.tolist()) for name, values in given.items()}
        model = SafeCoalition(benefits=benefits, moves=moves, **parameters)
        game = model.membership()
        expected = np.array([model.outcome(mask).payoffs for mask in range(2**n)])
        np.testing.assert_allclose(game.payoffs, expected, rtol=1e-9, atol=1e-10 * np.abs(expected).max())
