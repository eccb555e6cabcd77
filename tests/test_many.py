"""Equilibria of three players or more: against closed forms, laws of counting, and the limits of what is claimed."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain import many
from bargain._supports import Budget
from bargain._tracing import trace
from bargain.games import NormalFormGame
from bargain.many import scaled_payoffs

F = Fraction


def integers(seed, *shape):
    return np.random.default_rng(seed).integers(0, 100, (len(shape), *shape))


def public_game(n, threshold, benefit, cost):
    """Each pays a cost to contribute (action 0); all have the benefit if enough do."""
    payoffs = np.zeros((n, *[2] * n), dtype=int)
    for profile in itertools.product((0, 1), repeat=n):
        for i in range(n):
            payoffs[(i, *profile)] = benefit * (profile.count(0) >= threshold) - cost * (profile[i] == 0)
    return NormalFormGame(payoffs)


# Closed form for 2 x 2 x 2: p, q, r are the probabilities of the first actions


def leads(u):
    """What the first action pays beyond the second for each player, as {1, x, y, xy} of the two others."""
    tables = []
    for i in range(3):
        d = np.take(u[i], 0, axis=i) - np.take(u[i], 1, axis=i)
        tables.append((d[1, 1], d[0, 1] - d[1, 1], d[1, 0] - d[1, 1], d[0, 0] - d[0, 1] - d[1, 0] + d[1, 1]))
    return tables


def lead(table, x, y):
    return table[0] + table[1] * x + table[2] * y + table[3] * x * y


def all_of_2x2x2(u):
    """Every equilibrium of a nondegenerate 2 x 2 x 2 game, by cases."""
    tables = leads(u)
    others = [(1, 2), (0, 2), (0, 1)]
    candidates = list(itertools.product((0.0, 1.0), repeat=3))
    for fixed in range(3):  # one pure, two mixed: each mixing makes the other indifferent
        a, b = others[fixed]
        for value in (0.0, 1.0):
            point = [value] * 3
            for one, other in ((a, b), (b, a)):
                coefficients = tables[other]
                x, y = others[other]
                base = {one: 0.0, fixed: value}
                at_0 = lead(coefficients, *(base[k] for k in (x, y)))
                base[one] = 1.0
                at_1 = lead(coefficients, *(base[k] for k in (x, y)))
                point[one] = at_0 / (at_0 - at_1)
            candidates.append(tuple(point))
    # All mixed: the second's indifference gives r as a ratio in p, the third's q; the first's is then quadratic in p.
    _, (a0, ap, ar, apr), (b0, bp, bq, bpq) = tables
    c0, cq, cr, cqr = tables[0]
    r_top, r_bottom = np.poly1d([-ap, -a0]), np.poly1d([apr, ar])
    q_top, q_bottom = np.poly1d([-bp, -b0]), np.poly1d([bpq, bq])
    quadratic = q_bottom * r_bottom * c0 + q_top * r_bottom * cq + r_top * q_bottom * cr + q_top * r_top * cqr
    for p in quadratic.roots:
        if abs(p.imag) < 1e-12:
            p = p.real
            candidates.append((p, q_top(p) / q_bottom(p), r_top(p) / r_bottom(p)))
    found = []
    for point in candidates:
        if min(point) < 0 or max(point) > 1:
            continue
        gains = [lead(tables[i], *(point[k] for k in others[i])) for i in range(3)]
        if all(
            abs(g) < 1e-9 if 0 < x < 1 else (g >= 0 if x == 1 else g <= 0) for x, g in zip(point, gains, strict=True)
        ):
            found.append(point)
    return sorted(found)


def test_2x2x2_against_the_closed_form():
    sizes = set()
    for seed in range(120):
        u = np.random.default_rng(seed).standard_normal((3, 2, 2, 2))
        found = bg.nash_equilibria(NormalFormGame(u))
        expected = all_of_2x2x2(u)
        ours = sorted(tuple(float(own[0]) for own in equilibrium.strategies) for equilibrium in found)
        assert found.complete
        assert found.degenerate is False
        assert len(ours) == len(expected)
        assert np.allclose(ours, expected, atol=1e-9)
        sizes.add(len(ours))
    assert {1, 3, 5} <= sizes


@pytest.mark.parametrize("shape", [(2, 2, 2), (3, 2, 2), (2, 2, 2, 2), (3, 3, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_complete_lists_of_generic_games_are_odd_isolated_and_proved(shape, seed):
    game = NormalFormGame(np.random.default_rng(seed).random((len(shape), *shape)))
    found = bg.nash_equilibria(game, seconds=60)
    assert found.complete
    assert found.degenerate is False
    assert len(found) % 2 == 1
    if isinstance(found, bg.SearchedEquilibria):  # else dominance left two players a choice
        assert found.searched == found.supports <= math.prod(2**m - 1 for m in shape)
        assert all(equilibrium.radius is not None and equilibrium.radius < 1e-9 for equilibrium in found)
    assert all(bg.regret(game, equilibrium.strategies) < 1e-13 for equilibrium in found)
    assert [e.profile for e in found if e.profile is not None] == bg.pure_equilibria(game)


def test_games_on_which_other_packages_return_empty_lists():
    """2x2x2x2 of seed 1: enumpoly of pygambit 16.7 finds none, gnm three; 3x3x3 of seed 3: gnm and liap none."""
    four = bg.nash_equilibria(NormalFormGame(integers(1, 2, 2, 2, 2)), seconds=60)
    assert (len(four), four.complete) == (3, True)
    three = bg.nash_equilibria(NormalFormGame(integers(3, 3, 3, 3)), seconds=60)
    assert (len(three), three.complete) == (5, True)
    large = NormalFormGame(integers(2, 4, 4, 4))
    some = bg.nash_equilibria(large)
    assert len(some) >= 1
    assert max(bg.regret(large, e.strategies) for e in some) < 1e-11
    if not some.complete:
        assert some.searched < some.supports == 15**3
        assert "were not tried" in some.remarks[0]


def test_rational_equilibria_are_found_exactly():
    found = bg.nash_equilibria(NormalFormGame(integers(3, 3, 3, 3)), seconds=60)
    mixed = [e for e in found if e.exact is not None and e.profile is None]
    assert mixed
    assert all(e.radius == 0 and e.regret == 0 and sum(map(sum, e.exact)) == 3 for e in mixed)


@pytest.mark.parametrize("swapped", [False, True])
def test_the_game_of_mckelvey_and_mclennan_has_nine_equilibria(swapped):
    """Its equations are products, so that one step of Newton's operator ends at the solution itself."""
    u = np.zeros((3, 2, 2, 2), dtype=int)
    u[:, 0, 0, 0], u[:, 1, 1, 0] = (9, 8, 12), (9, 8, 2)
    u[:, 1, 0, 1], u[:, 0, 1, 1] = ((3, 4, 4), (3, 4, 6)) if swapped else ((3, 4, 6), (3, 4, 4))
    found = bg.nash_equilibria(NormalFormGame(u), seconds=60)
    assert (len(found), found.complete, found.degenerate, found.unresolved) == (9, True, False, ())
    inside = {e.exact for e in found if all(min(own) > 0 for own in e.strategies)}
    half, third, quarter = ((F(1, d), 1 - F(1, d)) for d in (2, 3, 4))
    want = (
        {(half, third, quarter), (quarter, half, third)}
        if swapped
        else {(half, quarter, quarter), (third, half, third)}
    )
    assert inside == want


def test_payoffs_of_exact_equilibria_are_exact():
    """Three firms may enter a market that pays one of them 4, two of them less than nothing."""
    entrants = np.indices((2, 2, 2)).sum(axis=0)
    worth = np.array([0, 4, -2, -3])[entrants]
    found = bg.nash_equilibria(NormalFormGame([worth * np.indices((2, 2, 2))[i] for i in range(3)]), seconds=60)
    mixed = [e for e in found if e.exact and e.profile is None]
    assert len(mixed) == 4
    assert all(str(payoff) == "0.0" for e in mixed for payoff in e.payoffs)


def test_public_game_of_three():
    """Threshold 2, benefit 4, cost 1: the symmetric mixed equilibria are the roots of 2 p (1 - p) = 1/4."""
    found = bg.nash_equilibria(public_game(3, 2, 4, 1), seconds=60)
    assert found.complete
    symmetric = sorted(
        float(e.strategies[0][0])
        for e in found
        if np.ptp([own[0] for own in e.strategies]) < 1e-9 and e.profile is None
    )
    assert symmetric == pytest.approx([(1 - math.sqrt(0.5)) / 2, (1 + math.sqrt(0.5)) / 2], abs=1e-12)
    assert len(bg.pure_equilibria(public_game(3, 2, 4, 1))) == 4


@pytest.mark.parametrize("seed", range(8))
def test_ties_are_told(seed):
    game = NormalFormGame(np.random.default_rng(seed).integers(0, 2, (3, 2, 2, 2)))
    found = bg.nash_equilibria(game, seconds=60)
    assert max((e.regret for e in found), default=0) < 1e-9
    if not found.complete:
        assert found.degenerate
        assert found.unresolved
        assert any("not isolated" in remark for remark in found.remarks)
    assert {e.profile for e in found if e.profile} == set(bg.pure_equilibria(game))


def test_a_continuum_is_never_called_complete():
    """Nobody's payoff depends on anything: every profile is an equilibrium."""
    found = bg.nash_equilibria(NormalFormGame(np.zeros((3, 2, 2, 2))), seconds=60)
    assert (found.complete, found.degenerate) == (False, True)
    assert len(found.unresolved) == 27 - 8


def test_ten_players_get_an_answer_that_says_what_it_is():
    game = NormalFormGame(integers(7, *[2] * 10))
    start = time.process_time()
    found = bg.nash_equilibria(game)
    spent = time.process_time() - start
    assert len(found) >= 1
    assert max(bg.regret(game, e.strategies) for e in found) < 1e-9
    assert not found.complete
    assert found.supports == 3**10
    assert 0 < found.searched < found.supports
    assert found.seconds_for_all > found.seconds
    assert "were not tried. All would take about" in found.remarks[0]
    assert spent < 10  # about 0.7 s; the published figure comes from benchmarks/
    again = bg.nash_equilibria(game)
    assert (again.searched, str(again)[:200]) == (found.searched, str(found)[:200])


@pytest.mark.parametrize("actions", [2, 3])
def test_ten_players_in_a_fresh_process_compile_nothing(actions):
    """What is slow to load or to compile on first use has no part in a first answer."""
    code = (
        "import sys, numpy as np, bargain as bg\n"
        f"game = bg.NormalFormGame(np.random.default_rng(7).random((10, *[{actions}] * 10)))\n"
        "found = bg.nash_equilibria(game)\n"
        "slow = {'numba', 'cvxpy', 'sympy', 'scipy', 'highspy', 'nashpy', 'matplotlib'} & set(sys.modules)\n"
        "print(len(found), found.complete, found.searched, found.supports, found.seconds_for_all > found.seconds, slow)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    number, complete, searched, supports, longer, slow = done.stdout.split(maxsplit=5)
    assert (complete, longer, slow.strip()) == ("False", "True", "set()")
    assert 0 < int(searched) < int(supports) == (2**actions - 1) ** 10
    assert int(number) >= (1 if actions == 2 else 0)


def test_the_clock_is_kept():
    start = time.monotonic()
    found = bg.nash_equilibria(NormalFormGame(integers(5, 4, 4, 4, 4)), seconds=0.3)
    assert time.monotonic() - start < 5
    assert not found.complete


def test_the_clock_covers_the_proofs_as_well(monkeypatch):
    """Twenty volunteers' equilibria at a tenth of a second each do not come on top of the time that was allowed."""
    add = many._Listing.add

    def slow(*args):
        time.sleep(0.1)
        add(*args)

    monkeypatch.setattr(many._Listing, "add", slow)
    found = bg.nash_equilibria(public_game(10, 1, 3, 1), seconds=0.5)
    assert len(found) > 10
    assert found.seconds < 1


def test_the_clock_covers_the_path_as_well(monkeypatch):
    """No pure equilibrium, and none among the supports looked at: the path gets what is left of the time, not more."""
    payoffs = next(
        u
        for u in (np.random.default_rng(seed).random((10, *[3] * 10)) for seed in range(7, 30))
        if not bg.pure_equilibria(NormalFormGame(u))
    )
    given = []
    monkeypatch.setattr(many, "Budget", lambda seconds, effort: given.append(seconds) or Budget(seconds, effort))
    found = bg.nash_equilibria(NormalFormGame(payoffs), seconds=0.5)
    assert not found.complete
    assert given[0] == 0.25
    assert 0 <= given[-1] < 0.25


@pytest.mark.parametrize("shape", [(3, 3, 3), (2, 6, 5), (2,) * 6, (4, 4, 4)])
@pytest.mark.parametrize("seed", range(3))
def test_the_path_ends_at_a_proved_equilibrium(shape, seed):
    payoffs = np.random.default_rng(seed).random((len(shape), *shape))
    end = trace(scaled_payoffs(payoffs), Budget(60, 0))
    assert end is not None
    assert bg.regret(NormalFormGame(payoffs), end.strategies) < 1e-12
    assert end.radius < 1e-9


def test_large_games_without_pure_equilibria_get_one_from_the_path():
    payoffs = np.random.default_rng(5).random((3, 12, 12, 12))
    while bg.pure_equilibria(NormalFormGame(payoffs)):
        payoffs = np.random.default_rng(int(payoffs[0, 0, 0, 0] * 1e9)).random((3, 12, 12, 12))
    found = bg.nash_equilibria(NormalFormGame(payoffs), seconds=1)
    assert len(found) >= 1
    assert max(e.regret for e in found) < 1e-12


def test_dominated_actions_are_removed_first():
    payoffs = np.zeros((3, 3, 2, 2))
    payoffs[:, :2] = np.random.default_rng(3).random((3, 2, 2, 2))
    payoffs[0, 2] = -1
    found = bg.nash_equilibria(NormalFormGame(payoffs), seconds=60)
    inner = bg.nash_equilibria(NormalFormGame(payoffs[:, :2]), seconds=60)
    assert [str(e) for e in found] == [str(e) for e in inner]
    assert found.remarks[0].startswith("1 strictly dominated")


@settings(max_examples=15)
@given(
    st.integers(0, 10**6),
    st.lists(st.floats(0.01, 100), min_size=3, max_size=3),
    st.permutations(range(3)),
    st.permutations(range(3)),
)
def test_equilibria_do_not_depend_on_scale_or_order(seed, factors, order, actions):
    rng = np.random.default_rng(seed)
    payoffs = rng.random((3, 2, 3, 2))
    shift = rng.normal(size=3) * 10
    base = bg.nash_equilibria(NormalFormGame(payoffs), seconds=60)
    scaled = payoffs * np.reshape(factors, (3, 1, 1, 1)) + shift.reshape(3, 1, 1, 1)
    scaled = scaled[:, :, actions]  # the second player's three actions, in another order
    moved = np.transpose(scaled[list(order)], (0, *(1 + i for i in order)))
    changed = bg.nash_equilibria(NormalFormGame(moved), seconds=60)
    assert base.complete
    assert changed.complete
    named = [[own[actions] if i == 1 else own for i, own in enumerate(e.strategies)] for e in base]
    before = sorted([np.concatenate([own[i] for i in order]).round(7).tolist() for own in named])
    after = sorted([np.concatenate(e.strategies).round(7).tolist() for e in changed])
    assert np.allclose(before, after, atol=1e-6)


# Offers between three states that all have a choice


def table_offer(payoffs):
    names = ["North", "South", "East"]
    rows = "\n".join(f"    {name}: {own.tolist()}" for name, own in zip(names, payoffs, strict=True))
    actions = [str(a) for a in range(payoffs.shape[1])]
    return bg.parse_offer(
        "schema: bargain/offer@1\ntitle: Three states\nunit: points\nmodel: table\nparameters:\n"
        f"  actions: {{{', '.join(f'{name}: {actions}' for name in names)}}}\n  payoffs:\n{rows}\n"
        f"players:\n{''.join(f'  {name}: {{capability: 1, discount: 0.5}}{chr(10)}' for name in names)}"
        f"asks: {{{', '.join(f'{name}: {actions[0]!r}' for name in names)}}}\nterms: []\n"
    )


def test_check_finds_the_mixed_status_quo_of_three_states():
    payoffs = next(
        u
        for u in (integers(seed, 2, 2, 2) for seed in range(100))
        if not bg.pure_equilibria(NormalFormGame(u)) and len(bg.nash_equilibria(NormalFormGame(u))) == 1
    )
    status_quo = bg.nash_equilibria(NormalFormGame(payoffs))[0]
    verdict = bg.check(table_offer(payoffs))
    assert list(verdict.payoffs["disagreement"].values()) == pytest.approx(status_quo.payoffs.tolist())
    assert not any("incomplete" in remark for remark in verdict.remarks)
    participation = {f.player: f.margin for f in verdict.findings if f.check == "participation"}
    assert list(participation.values()) == pytest.approx((payoffs[:, 0, 0, 0] - status_quo.payoffs).tolist())


def test_check_of_ten_states_says_what_was_not_tried():
    names = [f"S{i}" for i in range(10)]
    payoffs = integers(7, *[2] * 10)
    offer = bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "table",
            "parameters": {
                "actions": {name: ["a", "b"] for name in names},
                "payoffs": dict(zip(names, payoffs.tolist(), strict=True)),
            },
            "players": {name: {"capability": 1, "discount": 0.5} for name in names},
            "asks": dict.fromkeys(names, "a"),
            "terms": [],
        }
    )
    verdict = bg.check(offer)
    listed = len(bg.nash_equilibria(NormalFormGame(payoffs)))
    (remark,) = [each for each in verdict.remarks if "without the offer may be incomplete" in each]
    assert f"against the {listed} found" in remark
    assert "of the 59,049 ways to choose the actions that are played" in remark
    assert "All would take about" in remark


def test_check_says_when_the_list_of_three_states_is_not_proved():
    verdict = bg.check(table_offer(integers(2, 5, 5, 5)))
    (remark,) = [remark for remark in verdict.remarks if "without the offer may be incomplete" in remark]
    assert "were not tried" in remark
    assert "State the profile under disagreement" in remark


@pytest.mark.parametrize("seconds", [-1, float("nan"), "1"])
def test_seconds_that_are_none(seconds):
    with pytest.raises(bg.GameError, match=r"seconds is .*: a number of at least 0"):
        bg.nash_equilibria(NormalFormGame(integers(0, 3, 3, 3)), seconds=seconds)


def test_ten_players_to_whom_nothing_matters():
    """1,024 pure equilibria and supports all of which hold a continuum: told, and not searched one by one."""
    found = bg.nash_equilibria(NormalFormGame(np.zeros((10, *[2] * 10))))
    assert (found.complete, found.degenerate) == (False, True)
    assert len(found) >= 1024
    assert found.seconds < 60
    assert "were not tried" in found.remarks[0]


def test_more_pure_equilibria_than_are_listed():
    found = bg.nash_equilibria(NormalFormGame(np.zeros((13, *[2] * 13))))
    assert not found.complete
    assert found.remarks[0].startswith("Of 8,192 equilibria found, the first 2,958 are listed")
