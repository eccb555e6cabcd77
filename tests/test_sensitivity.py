"""The numbers that decide: turns known by hand, closed form against search, search against a scan."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bargain as bg
from bargain._turning import Probe, nearest_turn, turn_of_an_amount
from bargain.assumptions import Sensitivity, Turn, _apart
from bargain.findings import Finding, Status
from bargain.verdict import Evaluation
from offers import dilemma, race, windfall
from test_requirements import random_offer


def by_path(result: Sensitivity) -> dict[str, Turn]:
    return {turn.path: turn for turn in result.turns}


@pytest.fixture(scope="module")
def of_the_race() -> Sensitivity:
    """The race with its pauses written out."""
    return bg.sensitivity(race(paths={"parameters.pauses": [0, 3, 6, 9, 12]}))


def statuses(offer: bg.Offer) -> dict[str, str]:
    return {finding.name: finding.status for finding in bg.check(offer, cross_check=False).findings}


# Known by hand


def test_a_dilemma_that_holds() -> None:
    """A's margin is d(c - p) - (1 - d)(t - c), here at d = .6, c = 3, p = 1, t = 5, that is 0.4.

    Zero at d = 1/2, c = 2.6, t = 6 and p = 5/3.
    """
    result = bg.sensitivity(dilemma(discount=0.6, terms=[]))
    turns = by_path(result)
    for player, (c, t, p) in {"A": ("0.0", "1.0", "1.1"), "B": ("0.0", "0.1", "1.1")}.items():
        expected = {
            f"players.{player}.discount": 0.5,
            f"parameters.payoffs.{player}.{c}": 2.6,
            f"parameters.payoffs.{player}.{t}": 6.0,
            f"parameters.payoffs.{player}.{p}": 5 / 3,
        }
        for path, value in expected.items():
            turn = turns.pop(path)
            assert turn.turning_value == pytest.approx(value, rel=1e-9)
            assert (turn.finding, turn.before, turn.after) == (f"compliance[{player}]", "holds", "fails")
            assert turn.relative_change == pytest.approx((value - turn.value) / turn.value, abs=1e-9)
    assert not turns
    assert result.steady == ("players.A.capability", "players.B.capability")
    assert len(result.zeros) == 2
    changes = [abs(turn.relative_change) for turn in result.turns]
    assert changes == sorted(changes)
    assert result.holds is True


def test_a_dilemma_that_fails_turns_to_holding() -> None:
    """At d = .4 the margin is c - 3.4, .8 - .6(t - 3), and zero at d = 1/2: p would have to be 0."""
    offer = dilemma(terms=[]).replace({"players.A.discount": 0.4})
    result = bg.sensitivity(offer)
    assert result.holds is False
    turns = by_path(result)
    expected = {
        "players.A.discount": 0.5,
        "parameters.payoffs.A.0.0": 3.4,
        "parameters.payoffs.A.1.0": 3 + 0.8 / 0.6,
    }
    for path, value in expected.items():
        turn = turns[path]
        assert turn.turning_value == pytest.approx(value, rel=1e-9)
        assert (turn.finding, turn.before, turn.after) == ("compliance[A]", "fails", "holds")
    assert "A would do what is asked of it" in turns["players.A.discount"].words


def test_amounts_in_closed_form() -> None:
    """At d = .6, B pays A 0.5 at a cost of 0.5: B's least margin, defecting and not paying, is 0.4 - cost.

    A's is 0.4 + value with q = 1, which nothing within a factor of two turns.
    """
    pay = {"id": "pay", "cluster": "financial", "from": "B", "to": "A", "value": 0.3, "cost": 0.3}
    turns = by_path(bg.sensitivity(dilemma(discount=0.6, terms=[pay])))
    assert turns["terms.pay.cost"].turning_value == pytest.approx(0.4, rel=1e-14)
    assert turns["terms.pay.cost"].finding == "compliance[B]"
    assert "terms.pay.value" not in turns
    assert "the cost of pay were 0.4 instead of 0.3" in turns["terms.pay.cost"].words


@pytest.mark.parametrize(("periods", "turning"), [(3, 2), (4, 2), (2, 3)])
def test_periods_of_punishment_move_in_whole_steps(periods: int, turning: int) -> None:
    """At d = .6 the sum d + ... + d^T passes 1 between T = 2 (.96) and T = 3 (1.176)."""
    result = bg.sensitivity(dilemma(discount=0.6, terms=[], punishment_periods=periods))
    turn = by_path(result)["punishment_periods"]
    assert turn.turning_value == turning
    assert turn.after == ("holds" if periods == 2 else "fails")


@pytest.mark.parametrize("player", ["Leader", "Follower"])
def test_discount_factors_of_the_race_turn_at_the_critical_ones(player: str) -> None:
    offer = race(discount=0.25)
    base = {finding.name: finding for finding in Evaluation(offer, cross_check=False).findings}
    found = nearest_turn(Probe(offer, f"players.{player}.discount", 0.25, base, whole=False))
    assert found is not None
    assert found.at == pytest.approx(bg.check(offer).critical_discount_factors[player], rel=1e-9)


def test_limits_turn_at_the_shares_themselves(of_the_race: Sensitivity) -> None:
    """Capabilities 4 and 2: the leader's share is 2/3, which leaves 0.8 a sixth to fall."""
    turn = by_path(of_the_race)["limits.dominance"]
    assert turn.turning_value == pytest.approx(2 / 3, rel=1e-9)
    assert turn.relative_change == pytest.approx(-1 / 6, abs=1e-9)
    assert (turn.finding, turn.after) == ("dominance", "fails")


def test_a_windfall_turns_at_the_thresholds_of_its_model() -> None:
    """Reference figures of the windfall promise: least B 4.2222 and greatest 4.9 at a discount factor of 0.9."""
    turns = by_path(bg.sensitivity(windfall()))
    assert turns["terms.share.value"].turning_value == pytest.approx(2 / (9 / 19), rel=1e-12)
    assert turns["terms.share.cost"].turning_value == pytest.approx(4.9, rel=1e-12)
    assert turns["players.Recipient.discount"].turning_value == pytest.approx(2 / (2 * 0.9 + 0.45), rel=1e-9)


# Two ways


@pytest.mark.parametrize("seed", range(8))
def test_the_rows_and_the_search_agree_on_amounts(seed: int) -> None:
    offer = random_offer(seed)
    evaluation = Evaluation(offer, cross_check=False)
    base = {finding.name: finding for finding in evaluation.findings}
    for path in evaluation.system.variables:
        value = offer.numbers().get(path, 0.0)
        if not value:
            continue
        exact = turn_of_an_amount(Probe(offer, path, value, base, whole=False), evaluation)
        searched = nearest_turn(Probe(offer, path, value, base, whole=False))
        if exact is None:
            assert searched is None
        else:
            assert searched is not None
            # Where the margin does not change its sign (undecided, say) the search sees the status alone, which
            # turns only when a tie is left.
            assert searched.at == pytest.approx(exact.at, rel=1e-6)
            assert (searched.after, searched.name) == (exact.after, exact.name)


@pytest.mark.parametrize("seed", [0, 2, 4])
def test_a_scan_finds_no_nearer_turn(seed: int) -> None:
    """Even steps on each side up to the turn: the same statuses up to it, others behind it."""
    offer = random_offer(seed)
    base = statuses(offer)
    result = bg.sensitivity(offer)
    turns = by_path(result)
    left_out = {*result.bound, *result.zeros, "punishment_periods"}
    paths = [path for path in offer.numbers() if path not in left_out]
    for path in random.Random(seed).sample(paths, min(8, len(paths))):
        value = offer.number(path)
        span = abs(turns[path].relative_change) * (1 - 1e-7) if path in turns else 1.0
        for factor in [*(1 + span * np.linspace(0, 1, 9)), *np.maximum(1 - span * np.linspace(0, 1, 9), 0.5)]:
            try:
                changed = offer.replace({path: float(value * factor)})
            except bg.DocumentError:
                continue
            assert statuses(changed) == base, (path, value * factor)
        if path in turns:
            turn = turns[path]
            direction = math.copysign(1, turn.relative_change)
            beyond = turn.turning_value + direction * 1e-6 * abs(value)
            assert statuses(offer.replace({path: beyond}))[turn.finding] == turn.after != turn.before


def test_a_jump_between_equilibria_is_found_to_precision(of_the_race: Sensitivity) -> None:
    """Below a prize of about 50 another equilibrium is played without the offer."""
    turn = by_path(of_the_race)["parameters.prize"]
    assert (turn.before, turn.after) == ("holds", "undecided")
    assert statuses(race(paths={"parameters.prize": turn.turning_value * (1 - 1e-9)}))[turn.finding] == "undecided"
    assert statuses(race(paths={"parameters.prize": turn.turning_value * (1 + 1e-9)}))[turn.finding] == "holds"
    assert turn.also
    assert "depend on which equilibrium" in turn.words


# The search alone, on margins made up for the purpose


def finding(margin: float, status: Status | None = None) -> Finding:
    status = status or ("holds" if margin >= 0 else "fails")
    return Finding("compliance", "A", status, margin, 1e-12, False, "", {}, "", "")


class Made(Probe):
    """A number whose finding is a given function of it; the document behind it only says what is valid."""

    def __init__(self, margin: Callable[[float], float], value: float, path: str = "terms.fund.value") -> None:
        self.function = margin
        super().__init__(race(), path, value, {"compliance[A]": finding(margin(value))}, whole=False)

    def findings(self, value: float) -> dict[str, Finding]:
        if value not in self._seen:
            self.evaluations += 1
            self._seen[value] = {"compliance[A]": finding(self.function(value))}
        return dict(self._seen[value] or {})


@pytest.mark.parametrize(
    ("margin", "value", "turning"),
    [
        (lambda x: 1.3 - x, 1.0, 1.3),
        (lambda x: x - 0.77, 1.0, 0.77),
        (lambda x: math.log(x / 11), 8.0, 11.0),
        (lambda x: (1.5 - x) ** 3, 1.0, 1.5),
        (lambda x: 1e6 * (0.6 - x), 1.0, 0.6),
        (lambda x: 1e-8 * (0.61 - x), 1.0, 0.61),
        (lambda x: 1.0 if x < 1.234567 else -40.0, 1.0, 1.234567),
        (lambda x: min(1.0, 100 * (1.7 - x)), 1.0, 1.7),
        (lambda x: math.exp(-40 * (x - 1)) - math.exp(-40 * 0.31), 1.0, 1.31),
    ],
)
def test_turns_of_made_up_margins(margin: Callable[[float], float], value: float, turning: float) -> None:
    probe = Made(margin, value)
    found = nearest_turn(probe)
    assert found is not None
    # A triple root is flat: within the tolerance of ties nothing tells its sides apart.
    assert found.at == pytest.approx(turning, rel=1e-9)
    assert probe.evaluations < 80


def test_a_smooth_crossing_takes_few_evaluations() -> None:
    probe = Made(lambda x: 2.0 - x * x, 1.0)
    found = nearest_turn(probe)
    assert found is not None
    assert found.at == pytest.approx(math.sqrt(2), rel=1e-10)
    # Six grid points above, six and one below, and the closing in.
    assert probe.evaluations <= 30


@pytest.mark.parametrize("dip", [1.21, 0.81, 1.004, 0.998, 1.85])
def test_a_dip_between_grid_points_is_found(dip: float) -> None:
    """Zero between dip - 0.001 and dip + 0.001 only: no grid point falls there."""
    probe = Made(lambda x: abs(x - dip) - 0.001, 1.0)
    found = nearest_turn(probe)
    assert found is not None
    assert found.at == pytest.approx(dip - math.copysign(0.001, dip - 1), rel=1e-9)


def test_a_dip_that_stays_above_zero_is_no_turn() -> None:
    assert nearest_turn(Made(lambda x: abs(x - 1.21) + 0.001, 1.0)) is None


def test_the_nearer_of_two_turns() -> None:
    found = nearest_turn(Made(lambda x: min(1.4 - x, x - 0.7), 1.0))
    assert found is not None
    assert found.at == pytest.approx(0.7)
    found = nearest_turn(Made(lambda x: min(1.25 - x, x - 0.7), 1.0))
    assert found is not None
    assert found.at == pytest.approx(1.25)


def test_the_valid_range_ends_the_search() -> None:
    """A discount factor has a turn at 0.9999 only; one at 1 is out of reach."""
    near = nearest_turn(Made(lambda x: 0.9999 - x, 0.8, "players.Leader.discount"))
    assert near is not None
    assert near.at == pytest.approx(0.9999)
    assert nearest_turn(Made(lambda x: 1.0 - x, 0.8, "players.Leader.discount")) is None
    # A probability may be 1.
    certain = Made(lambda x: 0.9 - x if x == 1 else 1.0, 0.8, "backing.monitoring.Follower.detection")
    assert nearest_turn(certain) is not None


def test_a_number_that_stands_at_its_turn() -> None:
    pay = {"id": "pay", "cluster": "financial", "from": "B", "to": "A", "value": 0.25, "cost": 0.5}
    offer = dilemma(discount=0.625, terms=[pay])
    assert bg.check(offer).finding("compliance", "B").margin == 0
    turn = by_path(bg.sensitivity(offer))["terms.pay.cost"]
    assert turn.relative_change == 0
    assert (turn.before, turn.after) == ("holds", "fails")


# What it says


@pytest.mark.parametrize(("low", "inside"), [(0.4, True), (0.55, False)])
def test_ranges_say_whether_the_turn_lies_inside(low: float, inside: bool) -> None:
    offer = dilemma(discount={"low": low, "mode": 0.6, "high": 0.8, "source": "a guess"}, terms=[])
    turn = by_path(bg.sensitivity(offer))["players.A.discount"]
    assert turn.turning_value == pytest.approx(0.5, rel=1e-9)
    assert turn.in_range is inside
    where = "within" if inside else "outside"
    assert turn.words.endswith(f"That lies {where} the stated range, {low} to 0.8.")


def test_what_is_left_out_is_named(of_the_race: Sensitivity) -> None:
    assert "parameters.pauses.2" in of_the_race.bound
    assert "terms.fund.power" in of_the_race.zeros
    assert "parameters.race_cost (default)" in of_the_race.steady
    turns = by_path(of_the_race)
    stated = set(race(paths={"parameters.pauses": [0, 3, 6, 9, 12]}).numbers())
    named = {*(turn.path for turn in turns.values() if not turn.default), *of_the_race.zeros, *of_the_race.bound}
    assert stated <= named | set(of_the_race.steady)
    assert turns["parameters.enmity"].default
    assert "instead of 0.9 (the default)" in turns["parameters.enmity"].words


def test_progress_counts_every_number() -> None:
    calls: list[tuple[int, int]] = []
    offer = dilemma(terms=[])
    bg.sensitivity(offer, progress=lambda done, total: calls.append((done, total)))
    total = len(offer.numbers())
    assert calls == [(done, total) for done in range(1, total + 1)]


def test_plain_data_and_text() -> None:
    result = bg.sensitivity(dilemma(discount=0.6, terms=[]))
    data: dict[str, Any] = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert data["schema"] == "bargain/sensitivity@1"
    assert data["turns"][0]["finding"] == result.turns[0].finding
    assert len(result.to_rows()) == len(result.turns)
    text = str(result)
    assert text.splitlines()[0] == "Numbers that decide what was found, the closest first:"
    assert (
        "−16.7 %  If A's discount factor were 0.5 instead of 0.6, it would pay A not to do what is asked of it "
        "in this model (compliance[A]: holds → fails)."
    ) in text
    assert "Between half and twice their size these turn nothing: players.A.capability" in text
    quiet = replace(result, turns=())
    assert str(quiet).startswith("No single number turns a finding within a factor of two.")


def test_numbers_are_written_with_the_digits_that_tell_them_apart() -> None:
    assert _apart(0.6666666, 0.8) == "0.667"
    assert _apart(0.90000001, 0.9) == "0.90000001"
    assert _apart(0.9, 0.9) == "0.9"
    assert _apart(-2.5, -3.0) == "−2.5"
