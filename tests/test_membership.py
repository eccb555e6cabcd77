"""Stability of coalitions and the transfers that hold them, against the definitions written out one by one."""

from __future__ import annotations

import itertools
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import bargain.coalitions
from bargain.coalition_choice import best_coalition
from bargain.coalitions import MembershipGame, coalition_sizes
from bargain.games import GameError
from bargain.membership import farsighted_sizes, farsighted_stable, stability, stable_sizes
from bargain.payments import credible_caps
from bargain.recruitment import affordable_sizes, buy_in
from bargain.sharing import sharing_scheme
from bargain.symmetric import SymmetricMembershipGame
from bargain.transfers import gamma_core_transfers, least_cost_transfers, outside_money

DILEMMA = [[1, 1], [0, 3], [3, 0], [2, 5]]


def random_game(seed, n=4, *, ties=False):
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 4, (2**n, n)).astype(float) if ties else rng.normal(size=(2**n, n))
    return MembershipGame(payoffs)


def abatement(n):
    """Linear benefits, quadratic costs, b = c = 1: a member of s gets s^2/2 - s + n, an outsider s^2 - s + n - 1/2."""
    s = np.arange(n + 1.0)
    return SymmetricMembershipGame((s**2 / 2 - s + n)[1:], (s**2 - s + n - 0.5)[:-1])


games = st.builds(random_game, st.integers(0, 10**6), st.integers(1, 5), ties=st.booleans())


# The data types


def test_shapes_and_numbers_are_checked():
    with pytest.raises(GameError, match=r"shape \(2, 4\).*players seem to come first: pass payoffs.T"):
        MembershipGame(np.ones((2, 4)))
    for wrong in (np.ones(4), np.ones((6, 3)), np.ones((1, 0)), np.ones((4, 2, 1))):
        with pytest.raises(GameError, match="one row is needed for each of the 2"):
            MembershipGame(wrong)
    with pytest.raises(GameError, match=r"payoff of B under the coalition \{A\} is nan"):
        MembershipGame([[1, 1], [0, np.nan], [0, 0], [0, 0]], ["A", "B"])
    with pytest.raises(GameError, match=r"payoff of player 1 under the coalition \{\} is inf"):
        MembershipGame(np.array([[np.inf, 1], [0, 1], [0, 0], [0, 0]]))
    for cell in (1j, "1", True, None):
        with pytest.raises(GameError, match="A payoff is a finite number"):
            MembershipGame([[cell, 1], [0, 1], [0, 0], [0, 0]])
    with pytest.raises(GameError, match="larger than a float can hold"):
        MembershipGame([[10**400], [0]])
    with pytest.raises(GameError, match="ragged"):
        MembershipGame([[1, 2], [1]])
    for names in ("AB", ["A"], ["A", "A"], ["A", " "], ["A", 3]):
        with pytest.raises(GameError, match=r"names"):
            MembershipGame(DILEMMA, names)
    with pytest.raises(GameError, match=r"26 players; 1 to 25 .* takes 0\.5 GB"):
        MembershipGame.from_rows(lambda i, start, stop: np.zeros(stop - start), 26)
    with pytest.raises(GameError, match=r"All payoffs of 25 players take 6\.7 GB"):
        _ = MembershipGame.from_rows(lambda i, start, stop: np.zeros(stop - start), 25).payoffs
    for wrong in (np.nan, np.inf):
        lazy = MembershipGame.from_rows(lambda i, start, stop, wrong=wrong: np.full(stop - start, wrong), 2)
        with pytest.raises(GameError, match=f"Some payoff is {wrong}"):
            _ = lazy.scale
    with pytest.raises(GameError, match="numbers must agree"):
        SymmetricMembershipGame([1, 2], [1])
    with pytest.raises(GameError, match="payoff inside a coalition of 2 is nan"):
        SymmetricMembershipGame([1, np.nan], [1, 2])


def test_games_are_frozen_copies():
    given_table = np.array(DILEMMA, dtype=float)
    game = MembershipGame(given_table, ["A", "B"])
    given_table[0, 0] = 99
    assert game.payoffs[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[0, 0] = 2
    with pytest.raises(AttributeError):
        game.players = ("C", "D")
    table = np.asfortranarray(DILEMMA, dtype=float)
    table.flags.writeable = False
    assert MembershipGame(table).payoffs is table
    assert pickle.loads(pickle.dumps(game)) == game
    assert game == MembershipGame([[Fraction(cell) for cell in row] for row in DILEMMA], ["A", "B"])
    assert len({game, MembershipGame(DILEMMA, ["A", "B"])}) == 1
    assert game != MembershipGame(DILEMMA)


def test_coalitions_are_masks_names_or_numbers():
    game = random_game(0, 3)
    assert [game.mask(each) for each in (5, [0, 2], ["player 3", 0], "player 2", [])] == [5, 5, 5, 2, 0]
    assert (game.members(5), game.label(5), game.label(0)) == ((0, 2), "{player 1, player 3}", "{}")
    for wrong, words in ((8, "masks are 0 to 7"), ([3], "counted from 0 to 2"), ("Chad", "No player is called 'Chad'")):
        with pytest.raises(GameError, match=words):
            game.mask(wrong)
    for wrong in ([0, 0], ["player 1", 0]):
        with pytest.raises(GameError, match="stands twice"):
            game.mask(wrong)
    with pytest.raises(GameError):
        game.mask(True)


@given(games)
@settings(max_examples=25)
def test_rows_worths_and_welfare(game):
    lazy = MembershipGame.from_rows(lambda i, start, stop: game.payoffs[start:stop, i], game.n_players)
    assert lazy == game
    for mask in range(game.n_coalitions):
        assert game.worths[mask] == pytest.approx(sum(game.payoffs[mask, i] for i in game.members(mask)))
        assert game.welfare[mask] == pytest.approx(game.payoffs[mask].sum())
        assert lazy.at(mask).tolist() == game.payoffs[mask].tolist()
        assert lazy.after_moving(mask).tolist() == [game.payoffs[mask ^ 1 << i, i] for i in range(game.n_players)]


def test_a_term_is_in_force_between_signatories_only():
    game = random_game(3, 3)
    offered = game.with_term("player 2", 0, value=5, cost=2)
    changes = offered.payoffs - game.payoffs
    for mask in range(8):
        expected = [5, -2, 0] if mask & 3 == 3 else [0, 0, 0]
        assert changes[mask] == pytest.approx(expected)
    with pytest.raises(GameError, match="to itself"):
        game.with_term(1, "player 2", 1, 1)
    with pytest.raises(GameError, match="finite"):
        game.with_term(0, 1, np.nan, 1)


def test_sizes():
    assert coalition_sizes(7).tolist() == [mask.bit_count() for mask in range(128)]


# Stability


def by_definition(game, ties):
    """Stable, potentially stable, and stable when the surplus is shared, straight from the definitions."""
    n, pi = game.n_players, game.payoffs.tolist()
    surplus = [sum(pi[S][i] - pi[S ^ 1 << i][i] for i in range(n) if S >> i & 1) for S in range(2**n)]
    inside = (lambda gain: gain > 1e-12) if ties == "strict" else (lambda gain: gain >= -1e-12)
    outside = (lambda gain: gain >= -1e-12) if ties == "weak" else (lambda gain: gain > 1e-12)
    stable, potential, shared = [], [], []
    for S in range(2**n):
        joiners = [j for j in range(n) if not S >> j & 1]
        if all(inside(pi[S][i] - pi[S ^ 1 << i][i]) for i in range(n) if S >> i & 1) and all(
            outside(pi[S][j] - pi[S | 1 << j][j]) for j in joiners
        ):
            stable.append(S)
        if S & (S - 1) and inside(surplus[S]):
            potential.append(S)
            if all(outside(-surplus[S | 1 << j]) for j in joiners):
                shared.append(S)
    return stable, potential, shared, surplus


@given(games, st.sampled_from(["weak", "strict", "join"]))
@settings(max_examples=120)
def test_stability_is_its_definition(game, ties):
    found = stability(game, ties=ties)
    stable, potential, shared, surplus = by_definition(game, ties)
    assert sorted(found.stable + found.stable_alone) == stable
    assert all(mask.bit_count() > 1 for mask in found.stable)
    assert list(found.potentially_stable) == potential
    assert list(found.stable_with_sharing) == shared
    np.testing.assert_allclose(found.surplus, surplus, atol=1e-12)
    assert found.residual() <= 1e-12
    for mask in range(game.n_coalitions):
        assert (mask in stable) == (not found.leavers(mask) and not found.joiners(mask))


@pytest.mark.parametrize("block", [1, 2, 8, 32])
def test_blocks_of_any_length_agree(block, monkeypatch):
    game = random_game(8, 7)
    whole = stability(game)
    monkeypatch.setattr(bargain.coalitions, "BLOCK", block)
    parts = stability(MembershipGame.from_rows(lambda i, start, stop: game.payoffs[start:stop, i], 7))
    for name in ("internal", "external", "surplus"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), atol=1e-14)


def test_residual_notices_a_wrong_margin():
    found = stability(random_game(5))
    for name in ("internal", "external", "surplus"):
        margins = getattr(found, name).copy()
        margins[6] += 0.25
        assert replace(found, **{name: margins}).residual() == pytest.approx(0.25)


def test_witnesses():
    found = stability(MembershipGame(DILEMMA, ["North", "South"]))
    assert found.leavers(["North", "South"]) == {"North": 1.0}
    assert found.joiners("North") == {"South": 2.0}
    assert found.joiners([]) == {}
    assert stability(found.game, ties="strict").leavers("North") == {"North": 1.0}
    assert found.to_dict()["stable"] == []
    with pytest.raises(GameError, match=r"No tie rule is called 'maybe'\. Known: weak, strict, join"):
        stability(found.game, ties="maybe")


@given(games, st.sampled_from([1e-12, 1e-3, 1e12]), st.randoms())
@settings(max_examples=40)
def test_scaling_and_relabelling(game, scale, random):
    n = game.n_players
    found, scaled = stability(game), stability(MembershipGame(game.payoffs * scale))
    assert (scaled.stable, scaled.potentially_stable) == (found.stable, found.potentially_stable)
    order = random.sample(range(n), n)
    masks = [sum(1 << order[i] for i in range(n) if mask >> i & 1) for mask in range(2**n)]
    payoffs = np.empty((2**n, n))
    payoffs[np.ix_(masks, order)] = game.payoffs
    relabelled = stability(MembershipGame(payoffs))
    assert sorted(relabelled.stable) == sorted(masks[mask] for mask in found.stable)
    np.testing.assert_allclose(relabelled.surplus[masks], found.surplus, atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_sizes_of_symmetric_games(seed):
    rng = np.random.default_rng(seed)
    game = SymmetricMembershipGame(*rng.integers(0, 5, (2, 6)))
    for ties in ("weak", "strict", "join"):
        found = stability(game.expand(), ties=ties)
        sizes = {mask.bit_count() for mask in found.stable + found.stable_alone} - {0}
        assert stable_sizes(game, ties=ties) == tuple(sorted(sizes))


# Farsighted stability


def chwe(game, moves):
    """Chwe's largest consistent set by walking all moves of all coalitions, in plain Python."""
    n, u = game.n_players, game.payoffs
    states = range(2**n)
    steps = [step for step in range(1, 2**n) if moves == "joint" or step.bit_count() == 1]

    def better(group, before, after):
        return all(u[after, i] > u[before, i] for i in range(n) if group >> i & 1)

    dominates = {}
    for end in states:
        reached = {end}
        while True:
            new = {s ^ step for s in reached for step in steps if better(step, s ^ step, end)} - reached
            if not new:
                break
            reached |= new
        for state in reached:
            dominates.setdefault(state, set()).add(end)
    consistent = set(states)
    while True:
        kept = {
            s
            for s in consistent
            if all(any(not better(step, s, end) for end in dominates[s ^ step] & consistent) for step in steps)
        }
        if kept == consistent:
            return sorted(consistent)
        consistent = kept


@pytest.mark.parametrize("moves", ["joint", "single"])
@pytest.mark.parametrize("seed", range(25))
def test_largest_consistent_set(seed, moves):
    game = random_game(seed, 1 + seed % 4, ties=seed % 2 == 0)
    found = farsighted_stable(game, moves=moves)
    assert list(found.coalitions) == chwe(game, moves)
    assert found.residual() == 0
    assert found.coalitions, "the largest consistent set of a finite game is not empty (Chwe 1994, proposition 2)"


def test_consistent_set_by_hand():
    """The prisoners' dilemma of signing: jointly both sign and stay; one at a time nobody dares to start."""
    game = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 2]], players=["North", "South"])
    joint, single = farsighted_stable(game), farsighted_stable(game, moves="single")
    assert (joint.coalitions, joint.stable) == ((3,), (3,))
    assert (single.coalitions, single.stable) == ((0, 3), (3,))
    assert joint.deterrent(3, "South") == ("North", 3)
    assert joint.deterrent(0, 3) is None
    assert replace(joint, coalitions=(0, 3)).residual() == 1
    assert single.to_dict()["members"] == [[], ["North", "South"]]


def test_farsighted_limits():
    game = MembershipGame.from_rows(lambda i, start, stop: np.zeros(stop - start), 11)
    with pytest.raises(GameError, match=r"11 players; .* at most 10 with joint moves: .* 4,194,304 cells"):
        farsighted_stable(game)
    with pytest.raises(GameError, match="No kind of move is called 'any'"):
        farsighted_stable(game, moves="any")


def test_diamantoudi_sartzetakis_2018_sizes():
    """Linear benefits, quadratic costs: the sequence of farsightedly stable sizes up to 60 (computed)."""
    assert farsighted_sizes(abatement(60)) == (1, 2, 3, 5, 8, 12, 18, 26, 38, 55)
    inside, outside = (lambda s: Fraction(s * s, 2) - s), (lambda s: s * s - s - Fraction(1, 2))
    sizes = [1]
    for s in range(2, 61):
        if inside(s) >= outside(sizes[-1]):
            sizes.append(s)
    assert farsighted_sizes(abatement(60)) == tuple(sizes)


# Transfers


@given(games, st.integers(0, 10**6))
@settings(max_examples=60)
def test_sharing_keeps_exactly_the_potentially_stable_together(game, seed):
    found, rng = stability(game), np.random.default_rng(seed)
    for mask in range(1, game.n_coalitions):
        weights = rng.random(game.n_players) + 0.1
        scheme = sharing_scheme(game, mask, weights)
        members = list(game.members(mask))
        leaving = np.array([game.payoffs[mask ^ 1 << i, i] for i in members])
        expected = leaving + weights[members] / weights[members].sum() * found.surplus[mask]
        np.testing.assert_allclose(scheme.payoffs[members], expected, atol=1e-12)
        assert scheme.transfers.sum() == pytest.approx(0, abs=1e-12)
        assert scheme.residual() < 1e-12
        if mask.bit_count() > 1:
            assert scheme.holds == (mask in found.potentially_stable)
            closed = scheme.holds and scheme.external >= -scheme.tolerance
            assert closed == (mask in found.stable_with_sharing)
        assert scheme.shortfall == pytest.approx(max(0.0, -found.surplus[mask]), abs=1e-12)


def cheapest_by_lp(game, mask, caps, core):
    """The least outside money by a linear program over all transfers at once."""
    members = [i for i in range(game.n_players) if mask >> i & 1]
    s, pi = len(members), game.payoffs
    rows, bounds = [], []
    for k, i in enumerate(members):
        rows.append(-np.eye(s + 1)[k])
        bounds.append(pi[mask, i] - pi[mask ^ 1 << i, i])
    for size in range(1, s if core else 1):
        for group in itertools.combinations(range(s), size):
            alone = sum(1 << members[k] for k in group)
            rows.append([-1.0 if k in group else 0.0 for k in range(s)] + [0.0])
            bounds.append(sum(pi[mask, members[k]] - pi[alone, members[k]] for k in group))
    rows.append([1.0] * s + [-1.0])
    bounds.append(0.0)
    gains = [max(pi[mask, i] - pi[mask ^ 1 << i, i], 0.0) for i in members]
    limits = [(-min(caps, gain), None) for gain in gains]
    solved = linprog([0.0] * s + [1.0], rows, bounds, bounds=[*limits, (0, None)])
    assert solved.status == 0
    return solved.fun


@pytest.mark.parametrize("core", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_least_cost_transfers_against_a_linear_program(seed, core):
    game = random_game(seed, 4)
    for mask in range(1, 16):
        for caps in (None, 0.3):
            scheme = least_cost_transfers(game, mask, caps, core=core)
            limit = np.inf if caps is None else caps
            assert scheme.outside == pytest.approx(cheapest_by_lp(game, mask, limit, core), abs=1e-9)
            assert scheme.residual() < 1e-11
            assert scheme.internal >= -1e-12
            assert scheme.transfers.min() >= -limit - 1e-12
            if core and mask.bit_count() > 1:
                assert scheme.excess <= scheme.tolerance
            assert scheme.holds == (scheme.outside <= scheme.tolerance)
            if not core and caps is None:
                assert scheme.outside == pytest.approx(max(0.0, -stability(game).surplus[mask]), abs=1e-12)
                needs = [max(0.0, game.payoffs[mask ^ 1 << i, i] - game.payoffs[mask, i]) for i in game.members(mask)]
                np.testing.assert_allclose(scheme.transfers.clip(0)[list(game.members(mask))], needs, atol=1e-12)


def test_transfers_in_words():
    game = MembershipGame(DILEMMA, ["North", "South"])
    scheme = least_cost_transfers(game, 3, caps=0.25)
    assert not scheme.holds
    assert str(scheme).splitlines()[-1] == "  The members' own money falls short by 0.75."
    assert scheme.to_dict()["transfers"] == {"North": 1.0, "South": -0.25}
    blocked = gamma_core_transfers(MembershipGame([[1, 1], [2.5, 1], [1, 1], [2, 2]], ["North", "South"]))
    assert (blocked.blocking, blocked.excess, blocked.holds) == (1, 0.5, False)
    assert "{North} gains 0.5 by leaving together." in str(blocked)
    assert replace(scheme, transfers=scheme.transfers + 0.5).residual() == pytest.approx(1.0)


def test_transfer_arguments_are_checked():
    game = random_game(1, 3)
    for call, words in (
        (lambda: sharing_scheme(game, 0), "nobody to pay"),
        (lambda: sharing_scheme(game, 7, [1, -1, 1]), "at least 0 and not all 0"),
        (lambda: sharing_scheme(game, 7, [0, 0, 0]), "at least 0 and not all 0"),
        (lambda: sharing_scheme(game, 7, [1, 2]), r"weights has shape \(2,\)"),
        (lambda: sharing_scheme(game, 7, [1, np.inf, 1]), "finite"),
        (lambda: sharing_scheme(game, 7, "a"), "must be numbers"),
        (lambda: least_cost_transfers(game, 7, caps=-1), "caps are at least 0"),
        (lambda: least_cost_transfers(game, 7, caps=[1, np.nan, 1]), "finite"),
        (lambda: credible_caps(game, 7, 1.0), "below 1"),
        (lambda: credible_caps(game, 7, 0.5, detection=1.5), "probabilities"),
        (lambda: best_coalition(game, [1, 2]), "one number for each of 8"),
        (lambda: buy_in(game, 0), "Nobody is committed"),
        (lambda: affordable_sizes(abatement(3), 4), "4 committed members of 3"),
    ):
        with pytest.raises(GameError, match=words):
            call()


@pytest.mark.parametrize("seed", range(20))
def test_a_credible_cap_is_where_paying_and_not_paying_are_worth_the_same(seed):
    game, rng = random_game(seed, 3), np.random.default_rng(seed)
    delta, q, gamma, stock = rng.uniform(0, 0.95), *rng.random(3)
    caps = credible_caps(game, 7, delta, detection=q, guarantee=gamma, escrow=stock)
    for i in range(3):
        gain = game.payoffs[7, i] - game.payoffs[7 ^ 1 << i, i]
        # What keeping is worth less what not paying once is: f_A = gain - x, f_D = f_A + (1 - gamma) x, u_P = 0.
        margin = q * delta * (gain - caps[i]) - (1 - delta) * ((1 - gamma) * caps[i] - q * stock)
        assert margin == pytest.approx(0, abs=1e-12) if caps[i] else margin <= 1e-12


@given(games, st.sampled_from([None, 0.0, 0.4]))
@settings(max_examples=40)
def test_outside_money_and_the_best_coalition(game, caps):
    money = outside_money(game, caps)
    expected = [0.0] + [least_cost_transfers(game, mask, caps).outside for mask in range(1, game.n_coalitions)]
    np.testing.assert_allclose(money, expected, atol=1e-12)
    best = best_coalition(game, caps=caps)
    held = [mask for mask in range(game.n_coalitions) if mask.bit_count() > 1 and money[mask] <= 1e-12]
    if not held:
        assert best.status == "impossible"
        several = [mask for mask in range(game.n_coalitions) if mask.bit_count() > 1]
        assert best.shortfall == (min(money[several]) if several else np.inf)
    else:
        assert game.welfare[best.coalition] == pytest.approx(max(game.welfare[held]))
        assert best.holds
        own = best_coalition(game, objective=game.payoffs[:, 0], caps=caps)
        assert game.payoffs[own.coalition, 0] == max(game.payoffs[held, 0])


# Committed members


@pytest.mark.parametrize("seed", range(10))
def test_buying_in_by_definition(seed):
    game = random_game(seed, 4)
    pi, committed = game.payoffs, 0b0101
    found = buy_in(game, committed)
    affordable = []
    for mask in range(16):
        if mask & committed == committed:
            cost = sum(max(0.0, pi[mask ^ 1 << i, i] - pi[mask, i]) for i in (1, 3) if mask >> i & 1)
            gain = sum(pi[mask, i] - pi[committed, i] for i in (0, 2))
            assert found.costs[mask] == pytest.approx(cost)
            assert found.gains[mask] == pytest.approx(gain)
            assert sum(found.payments(mask).values()) == pytest.approx(cost)
            if gain >= cost - 1e-12:
                affordable.append(mask)
    assert list(found.affordable) == affordable
    assert found.residual() < 1e-12
    assert found.best in affordable
    assert found.largest.bit_count() == max(mask.bit_count() for mask in affordable)
    with pytest.raises(GameError, match="lacks a committed member"):
        found.payments(0b0001)


def test_carraro_siniscalco_1993_committed_core():
    """Linear benefits, quadratic costs: j committed members can bring about sizes with j(s+j-2) >= (s-1)(s-3)."""
    largest = {2: 5, 3: 7, 4: 8, 5: 10, 6: 11, 7: 13, 8: 15, 9: 16, 10: 18}
    for j, size in largest.items():
        assert max(affordable_sizes(abatement(20), j)) == size
        assert size == max(s for s in range(j, 21) if j * (s + j - 2) >= (s - 1) * (s - 3))
    needed = {5: 2, 6: 3, 7: 3, 8: 4, 10: 5, 20: 12, 50: 30}
    for n, committed in needed.items():
        found = [j for j in range(1, n + 1) if n in affordable_sizes(abatement(n), j)]
        assert found[0] == committed
    listed = buy_in(abatement(10).expand(), range(3))
    assert listed.largest.bit_count() == 7
    assert set(listed.payments(listed.largest).values()) == {12.0}
    assert {mask.bit_count() for mask in listed.affordable} == set(affordable_sizes(abatement(10), 3))
    assert "can buy in others" in str(listed)
    assert listed.to_dict()["committed"] == ["player 1", "player 2", "player 3"]
