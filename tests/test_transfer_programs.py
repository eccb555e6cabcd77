"""The kept linear program of the cheapest transfers, against programs solved from nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from bargain import (
    Credibility,
    GameError,
    MembershipGame,
    TransferProgram,
    credible_caps,
    least_cost_transfers,
    outside_money,
)


def random_game(seed, n):
    payoffs = np.random.default_rng([seed, n]).normal(size=(2**n, n))
    return MembershipGame(payoffs + 0.3 * np.array([mask.bit_count() for mask in range(2**n)])[:, None])


def from_nothing(floors, inside, needs):
    """The least money from outside, by scipy."""
    s = len(floors)
    rows = np.vstack([np.append(np.ones(s), -1.0), np.hstack([-inside, np.zeros((len(inside), 1))])])
    bounds = [(low, None) for low in floors] + [(0, None)]
    solved = linprog(np.append(np.zeros(s), 1.0), rows, np.append(0.0, -needs), bounds=bounds)
    assert solved.status == 0
    return solved.fun


@pytest.mark.parametrize("core", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_solving_again_is_solving_from_nothing(seed, core):
    n = 4 + seed % 3
    game, rng = random_game(seed, n), np.random.default_rng(seed)
    mask = int(rng.integers(1, 2**n)) | 3
    members = list(game.members(mask))
    program = TransferProgram(game, mask, core=core)
    inside = np.array([[g >> k & 1 for k in range(len(members))] for g in range(1, 2 ** len(members) - 1)], dtype=float)
    for turn in range(12):
        scale = 10.0 ** rng.integers(-8, 9)
        deficits, caps = scale * rng.normal(size=len(members)), scale * rng.random(len(members))
        lacks = scale * rng.normal(size=2 ** len(members)) if core else None
        plan = program.solve(caps, deficits, lacks) if turn else program.solve()
        if not turn:
            deficits, caps = program.deficits, np.full(len(members), np.inf)
            lacks, scale = program.group_deficits if core else None, 1.0
        floors = np.where(deficits > 0, deficits, -np.minimum(-deficits, caps))
        rows = (inside, lacks[1:-1]) if core else (np.zeros((0, len(members))), np.zeros(0))
        assert plan.status == "optimal"
        assert plan.outside == pytest.approx(
            from_nothing(floors / scale, rows[0], rows[1] / scale) * scale, abs=1e-9 * scale
        )
        assert plan.lower_bound == pytest.approx(plan.outside, abs=1e-9 * scale)
        assert plan.residual() <= 1e-13 * scale * 2**n
    assert program.solve().outside == pytest.approx(least_cost_transfers(game, mask, core=core).outside, abs=1e-12)


def test_caps_of_all_kinds():
    game = random_game(3, 5)
    for mask in range(1, 32):
        promise = Credibility(discount=0.8, detection=0.5)
        caps = credible_caps(game, mask, 0.8, detection=0.5)
        program = TransferProgram(game, mask, promise)
        assert program.solve().outside == pytest.approx(outside_money(game, promise)[mask], abs=1e-12)
        assert program.solve(caps=caps).outside == pytest.approx(program.solve().outside, abs=1e-12)
        assert program.solve(caps=np.inf).outside == pytest.approx(outside_money(game)[mask], abs=1e-12)


def test_listed_groups_are_asked_and_no_others():
    game = random_game(8, 5)
    listed = [[0, 1], [1, 2, 3], [4]]
    program = TransferProgram(game, 31, groups=listed)
    plan = program.solve()
    for group, lack in zip(listed, program.group_deficits, strict=True):
        mask = sum(1 << i for i in group)
        assert lack == pytest.approx(sum(game.payoffs[mask, i] - game.payoffs[31, i] for i in group))
        assert plan.transfers[group].sum() >= lack - 1e-12
    all_of_them = TransferProgram(game, 31, core=True).solve().outside
    assert program.solve(group_deficits=[-9, -9, -9]).outside <= plan.outside <= all_of_them + 1e-12
    raised = program.solve(group_deficits=[50.0, -9, -9])
    assert raised.transfers[[0, 1]].sum() == pytest.approx(50.0)
    assert raised.outside == pytest.approx(raised.lower_bound)


def test_plans_check_themselves():
    game = random_game(2, 4)
    plan = TransferProgram(game, 15, caps=0.1, core=True).solve()
    assert replace(plan, transfers=plan.transfers + 0.25).residual() == pytest.approx(1.0)
    assert plan.to_dict()["status"] == "optimal"
    assert str(plan).startswith("{player 1, player 2, player 3, player 4}, cheapest transfers:")


def test_bad_programs_are_told():
    game = random_game(1, 3)
    program = TransferProgram(game, 7, core=True)
    for call, words in (
        (lambda: TransferProgram(game, 0), "nobody to pay"),
        (lambda: TransferProgram(game, 7, caps=-1), "caps are at least 0"),
        (lambda: TransferProgram(game, 3, groups=[[2]]), "no group of members"),
        (lambda: TransferProgram(game, 7, core=True, groups=[[1]]), "list none"),
        (lambda: program.solve(caps=[1, 2]), r"caps has shape \(2,\)"),
        (lambda: program.solve(deficits=[1, np.nan, 2]), "finite"),
        (lambda: program.solve(group_deficits=[1, 2]), "8 finite numbers"),
        (
            lambda: TransferProgram(
                MembershipGame.from_rows(lambda i, a, b: np.zeros(b - a), 23), 2**23 - 1, core=True
            ),
            "at most 22",
        ),
    ):
        with pytest.raises(GameError, match=words):
            call()
