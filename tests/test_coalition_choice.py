"""The coalition and the transfers that are best for an objective, against trying all of them one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from bargain import Credibility, GameError, LinearLimit, MembershipGame, best_coalition, credible_caps

DILEMMA = MembershipGame([[1, 1], [0, 3], [3, 0], [2, 5]], players=["North", "South"])


def random_game(seed, n, scale=1.0):
    rng = np.random.default_rng([seed, n])
    payoffs = rng.normal(size=(2**n, n))
    # More members, more for everyone: without it hardly any coalition can be held.
    payoffs += 0.5 * np.array([mask.bit_count() for mask in range(2**n)])[:, None]
    return MembershipGame(scale * payoffs)


def cheapest(game, mask, caps, budget, *, barred, limits, core, prices):
    """The best transfers in one coalition by scipy: for every way to tell payers from recipients where pairs count."""
    members, pi = game.members(mask), game.payoffs
    floors = {}
    for i in members:
        gain = pi[mask, i] - pi[mask ^ 1 << i, i]
        floors[i] = -min(gain, caps[i])
    pairs = [(i, j) for i in members for j in members if i != j and (i, j) not in barred] if barred else []
    column = {i: place for place, i in enumerate(members)}
    s, width = len(members), len(members) + len(pairs)
    rows, bounds = [], []

    def below(entries, most):
        row = np.zeros(width)
        for place, entry in entries:
            row[place] += entry
        rows.append(row)
        bounds.append(most)

    below([(k, -1) for k in range(s)], 0)
    below([(k, 1) for k in range(s)], budget)
    for limit in limits:
        own = [(column[i], slope) for i, slope in limit.transfers.items() if i in column]
        offset = sum(count for i, count in limit.members.items() if i in column)
        if np.isfinite(limit.at_most):
            below(own, limit.at_most - offset)
        if np.isfinite(limit.at_least):
            below([(k, -slope) for k, slope in own], offset - limit.at_least)
    if core:
        for size in range(1, s):
            for group in itertools.combinations(members, size):
                alone = sum(1 << i for i in group)
                below([(column[i], -1) for i in group], sum(pi[mask, i] - pi[alone, i] for i in group))
    best = None
    splits = itertools.product([False, True], repeat=s) if barred else [None]
    for split in splits:
        more, least = [], []
        ranges = [(floors[i], None) for i in members] + [(0, None)] * len(pairs)
        if split is not None:
            pays = dict(zip(members, split, strict=True))
            ranges = [(floors[i], 0 if pays[i] else None) if pays[i] else (max(0, floors[i]), None) for i in members]
            ranges += [(0, None if pays[i] and not pays[j] else 0) for i, j in pairs]
            if any(low > high for low, high in ranges if high is not None):
                continue
            for i in members:
                row = np.zeros(width)
                row[column[i]] = 1 if pays[i] else -1
                for at, (source, target) in enumerate(pairs):
                    row[s + at] = float(i in (source, target))
                if pays[i]:
                    more.append(row)
                else:
                    rows.append(row)
                    bounds.append(0.0)
                    least.append(len(rows) - 1)
        cost = np.concatenate([-np.array([prices[i] for i in members]), np.zeros(len(pairs))])
        equal = {"A_eq": np.array(more), "b_eq": np.zeros(len(more))} if more else {}
        solved = linprog(cost, np.array(rows), np.array(bounds), bounds=ranges, **equal)
        for at in reversed(least):
            del rows[at], bounds[at]
        if solved.status == 0 and (best is None or -solved.fun > best):
            best = -solved.fun
    return best


def by_hand(game, values, prices, caps, budget, permitted, **side):
    best = None
    for mask in range(1, game.n_coalitions):
        if permitted(mask):
            found = cheapest(game, mask, caps, budget, prices=prices, **side)
            if found is not None and (best is None or values[mask] + found > best):
                best = values[mask] + found
    return best


def random_conditions(seed, n):
    rng = np.random.default_rng([seed, 7])
    side = {"barred": [], "limits": [], "core": bool(rng.random() < 0.3)}
    if rng.random() < 0.5:
        pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
        side["barred"] = [pairs[at] for at in rng.choice(len(pairs), rng.integers(1, len(pairs)), replace=False)]
    for _ in range(rng.integers(0, 3)):
        slopes, counts = (dict(enumerate(rng.integers(-2, 3, n).tolist())) for _ in range(2))
        at_least, at_most = sorted(rng.normal(size=2) * 3)
        side["limits"].append(LinearLimit(slopes, counts, *((at_least, np.inf), (-np.inf, at_most))[rng.integers(2)]))
    free = {
        "budget": float(rng.choice([0.0, 0.5])),
        "caps": np.where(rng.random(n) < 0.5, np.inf, rng.random(n)),
        "least_members": int(rng.integers(1, 3)),
        "most_members": int(rng.integers(n - 1, n + 1)),
        "exclude": [int(rng.integers(n))] if rng.random() < 0.3 else [],
        "one_of": [[0, 1]] if rng.random() < 0.3 else [],
    }
    return side, free


@pytest.mark.parametrize("n", [3, 4])
@pytest.mark.parametrize("seed", range(20))
def test_best_choice_under_random_conditions_against_all_coalitions(seed, n):
    game = random_game(seed, n)
    side, free = random_conditions(seed, n)
    provider = seed % n if seed % 3 == 0 else None
    prices = np.zeros(n) if provider is None else -(np.arange(n) != provider).astype(float)
    values = game.welfare if provider is None else game.payoffs[:, provider] - game.payoffs[0, provider]

    def permitted(mask):
        excluded = sum(1 << i for i in free["exclude"])
        fits = free["least_members"] <= mask.bit_count() <= free["most_members"] and not mask & excluded
        return fits and (not free["one_of"] or mask & 3 != 0)

    expected = by_hand(game, values, prices, free["caps"], free["budget"], permitted, **side)
    for method in ("milp", "enumeration"):
        found = best_coalition(game, provider=provider, method=method, **free, **side)
        if expected is None:
            assert found.status == "impossible"
            assert (found.value, found.scheme, found.gap) == (None, None, np.inf)
            again = best_coalition(
                game, provider=provider, **{**free, "budget": free["budget"] + found.shortfall + 1e-9}, **side
            )
            assert again.status == ("optimal" if np.isfinite(found.shortfall) else "impossible")
            if 1e-6 < found.shortfall < np.inf:
                less = {**free, "budget": free["budget"] + found.shortfall - 1e-6}
                assert best_coalition(game, provider=provider, **less, **side).status == "impossible"
        else:
            assert found.status == "optimal"
            assert found.value == pytest.approx(expected, abs=1e-8)
            assert found.residual() < 1e-9
            assert (found.gap, found.shortfall) == (0.0, 0.0)


@pytest.mark.parametrize("seed", range(15))
def test_closed_form_and_programs_agree(seed):
    game, rng = random_game(seed, 5), np.random.default_rng(seed)
    for arguments in ({}, {"caps": 0.3, "budget": 0.2}, {"provider": 2}, {"provider": 1, "caps": rng.random(5)}):
        found = [best_coalition(game, method=method, **arguments) for method in ("auto", "milp")]
        assert [each.method for each in found] == ["closed form", "milp"]
        assert found[0].status == found[1].status
        if found[0].status == "optimal":
            assert found[0].value == pytest.approx(found[1].value, abs=1e-9)
            assert max(each.residual() for each in found) < 1e-11
            assert all(each.holds for each in found)
        else:
            assert found[0].shortfall == pytest.approx(found[1].shortfall, abs=1e-9)


def test_objectives():
    game = random_game(3, 5)
    efforts = np.random.default_rng(1).random(32)
    possible = [best_coalition(game, among=[mask], least_members=1).status == "optimal" for mask in range(32)]
    several = [mask for mask in range(32) if mask.bit_count() > 1 and possible[mask]]
    for objective, table in (
        (None, game.welfare),
        ("welfare", game.welfare),
        ("members", game.worths),
        (efforts, efforts),
    ):
        found = best_coalition(game, objective)
        assert found.value == max(table[several])
        assert table[found.coalition] == found.value
    provided = best_coalition(game, provider=0)
    # The provider's own account: what it has now, less what it had, less what came from outside.
    assert provided.value == pytest.approx(provided.payoffs[0] - game.payoffs[0, 0] - provided.outside)


def test_an_outsider_may_provide_the_money():
    """North alone profits from a club of South and West, which lacks 1: it may sponsor it from outside."""
    payoffs = np.zeros((8, 3))
    payoffs[6] = [5, -0.5, -0.5]
    game = MembershipGame(payoffs, ["North", "South", "West"])
    assert best_coalition(game, provider="North", among=[6]).shortfall == 1.0
    found = best_coalition(game, provider="North", budget=2.0)
    assert (found.coalition, found.value, found.outside) == (6, 4.0, 1.0)
    assert found.holds
    assert not found.scheme.holds, "without money from outside it does not hold"


def test_credible_caps_depend_on_the_coalition():
    game = random_game(11, 4)
    promise = Credibility(discount=[0.5, 0.6, 0.7, 0.8], detection=0.7, escrow=0.1)
    for mask in range(1, 16):
        caps = credible_caps(game, mask, promise.discount, detection=0.7, escrow=0.1)
        one, other = (best_coalition(game, caps=each, among=[mask], least_members=1) for each in (promise, caps))
        assert one.status == other.status
        assert one.shortfall == pytest.approx(other.shortfall, abs=1e-13)


def test_nobody_pays_a_roundabout_way():
    """A may not pay C: B, which needs nothing, does not pass the money on."""
    payoffs = np.zeros((8, 3))
    payoffs[7] = [3, 0, -1]
    payoffs[[1, 2, 4, 3, 5, 6]] = [-9, -9, -9]
    payoffs[[6, 5, 3], [0, 1, 2]] = 0
    game = MembershipGame(payoffs, ["A", "B", "C"])
    free = best_coalition(game, among=[7], caps=np.inf)
    assert free.holds
    barred = best_coalition(game, among=[7], barred=[("A", "C")])
    assert barred.status == "impossible"
    assert barred.shortfall == pytest.approx(1.0)
    assert game.label(barred.nearest) == "{A, B, C}"
    assert "falls short by 1" in str(barred)
    allowed = best_coalition(game, among=[7], barred=[("B", "C"), ("C", "A")])
    assert allowed.payments[0, 2] == pytest.approx(1.0)
    assert replace(allowed, wishes=replace(allowed.wishes, barred=((0, 2),))).residual() == pytest.approx(1.0)


def test_limits_join_transfers_and_membership():
    game = random_game(5, 4)
    found = best_coalition(game, include=[0, 1], limits=[LinearLimit({0: 1.0}, {1: -1.0}, at_most=-1.5)])
    assert found.status == "impossible" or found.transfers[0] <= -0.5 + 1e-9
    richer = best_coalition(DILEMMA, limits=[LinearLimit({"North": 1.0}, at_least=1.5)])
    assert richer.transfers[0] >= 1.5 - 1e-9
    assert richer.residual() < 1e-9
    never = best_coalition(DILEMMA, limits=[LinearLimit({"North": 1.0}, at_least=7.0)])
    assert (never.status, never.shortfall) == ("impossible", pytest.approx(5.0))
    nobody = best_coalition(DILEMMA, exclude="North")
    assert (nobody.status, nobody.shortfall, nobody.nearest) == ("impossible", np.inf, None)
    assert "any money" in str(nobody)


# Convex functions of the transfers


def water_level(gains, needed):
    """Pay what is needed so that the largest payment is least: everyone pays the same, or all it gains."""
    low, high = 0.0, float(max(gains))
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if np.minimum(gains, middle).sum() >= needed else (middle, high)
    return high


@pytest.mark.parametrize("seed", range(6))
def test_convex_transfers_against_their_closed_forms(seed):
    game = random_game(seed, 5)
    mask = best_coalition(game).coalition
    members = list(game.members(mask))
    gains = (game.at(mask) - game.after_moving(mask))[members]
    needed = float(np.maximum(-gains, 0).sum())
    level = water_level(np.maximum(gains, 0), needed)
    chosen = {
        name: best_coalition(game, among=[mask], transfers=name) for name in ("squares", "largest-payment", "log-gains")
    }
    assert all(each.residual() < 1e-7 for each in chosen.values())
    assert -chosen["largest-payment"].transfers.min() == pytest.approx(level, abs=1e-6)
    # Least squares pays recipients just what they need, and payers the same up to what they gain.
    expected = np.where(gains < 0, -gains, -np.minimum(gains, level))
    np.testing.assert_allclose(chosen["squares"].transfers[members], expected, atol=1e-5)
    # The Nash product is largest where all gain the same.
    np.testing.assert_allclose((chosen["log-gains"].transfers[members] + gains), gains.sum() / len(members), atol=2e-5)


def test_a_function_of_ones_own():
    import cvxpy as cp

    game = random_game(2, 4)
    mask = best_coalition(game).coalition
    own = best_coalition(game, among=[mask], transfers=lambda transfers, gains: cp.norm(transfers, 2))
    squares = best_coalition(game, among=[mask], transfers="squares")
    np.testing.assert_allclose(own.transfers, squares.transfers, atol=1e-5)
    for wrong in (lambda t, g: cp.sum(cp.log(g)), lambda t, g: t, lambda t, g: 3):
        with pytest.raises(GameError, match="one convex cvxpy expression"):
            best_coalition(game, transfers=wrong)
    with pytest.raises(GameError, match="'cubes'"):
        best_coalition(game, transfers="cubes")


# Laws, limits, words


@given(st.integers(0, 10**6), st.sampled_from([1e-9, 1e9]), st.permutations(range(4)), st.sampled_from([None, 0.2]))
@settings(max_examples=25)
def test_scale_and_relabelling(seed, scale, order, caps):
    game = random_game(seed, 4)
    limits = [LinearLimit({0: 1.0, 1: -1.0}, at_most=0.3)]
    found = best_coalition(game, caps=caps, budget=0.1, limits=limits)
    larger = best_coalition(
        MembershipGame(game.payoffs * scale),
        caps=None if caps is None else caps * scale,
        budget=0.1 * scale,
        limits=[LinearLimit({0: 1.0, 1: -1.0}, at_most=0.3 * scale)],
    )
    masks = [sum(1 << order[i] for i in range(4) if mask >> i & 1) for mask in range(16)]
    payoffs = np.empty((16, 4))
    payoffs[np.ix_(masks, order)] = game.payoffs
    renamed = [LinearLimit({order[0]: 1.0, order[1]: -1.0}, at_most=0.3)]
    relabelled = best_coalition(MembershipGame(payoffs), caps=caps, budget=0.1, limits=renamed)
    assert found.status == larger.status == relabelled.status
    if found.status == "optimal":
        assert larger.value == pytest.approx(found.value * scale, rel=1e-8)
        assert relabelled.value == pytest.approx(found.value, abs=1e-9)
        assert relabelled.coalition == masks[found.coalition]
        assert found.transfers.sum() <= 0.1 + 1e-12
    else:
        assert larger.shortfall == pytest.approx(found.shortfall * scale, rel=1e-7)


def test_many_candidates_are_searched_in_parts():
    game = random_game(1, 9)
    limits = [LinearLimit(dict.fromkeys(range(9), 0.0) | {0: -1.0}, at_least=0.4)]
    one, other = (best_coalition(game, limits=limits, method=method) for method in ("milp", "enumeration"))
    assert one.value == pytest.approx(other.value)
    assert max(one.residual(), other.residual()) < 1e-10


def test_time_that_runs_out_is_told():
    game = random_game(1, 6)
    found = best_coalition(game, core=True, seconds=0.0)
    assert (found.status, found.coalition, found.shortfall, found.holds) == ("limit", None, None, False)
    assert found.bound >= best_coalition(game, core=True).value
    assert found.gap == np.inf
    assert str(found) == "Time ran out before a coalition was found."
    with pytest.raises(GameError, match="No coalition was found"):
        _ = found.transfers


def test_words_and_plain_data():
    found = best_coalition(DILEMMA)
    assert str(found).splitlines()[0] == "Best for welfare, 7:"
    data = found.to_dict()
    assert (data["status"], data["value"], data["scheme"]["coalition"]) == ("optimal", 7.0, ["North", "South"])
    assert best_coalition(DILEMMA, caps=0.25).to_dict()["nearest"] == ["North", "South"]
    assert replace(found, value=6.0).residual() == pytest.approx(1.0)


def test_bad_conditions_are_told():
    for arguments, words in (
        ({"objective": [1, 2]}, "one number for each of 4"),
        ({"objective": [1, 2, 3, np.nan]}, "not finite"),
        ({"objective": "peace"}, "No objective is called 'peace'"),
        ({"objective": "welfare", "provider": 0}, "not both"),
        ({"method": "guess"}, "No method is called 'guess'"),
        ({"budget": -1}, "The budget is -1"),
        ({"budget": np.nan}, "The budget is nan"),
        ({"least_members": 0}, "least_members is 0"),
        ({"most_members": 1.5}, "most_members is 1.5"),
        ({"include": "North", "exclude": "North"}, "cannot be both"),
        ({"one_of": [[]]}, "empty group"),
        ({"barred": [("North", "Chad")]}, "No player is called 'Chad'"),
        ({"limits": [LinearLimit({0: np.inf})]}, "The linear limit 1"),
        ({"limits": [LinearLimit({0: 1}, at_least=2, at_most=1)]}, "at_least 2 above at_most 1"),
        ({"caps": -1}, "caps are at least 0"),
        ({"caps": Credibility(1.0)}, "below 1"),
    ):
        with pytest.raises(GameError, match=words):
            best_coalition(DILEMMA, **arguments)
    lazy = MembershipGame.from_rows(lambda i, start, stop: np.zeros(stop - start), 23)
    with pytest.raises(GameError, match="at most 22"):
        best_coalition(lazy)
