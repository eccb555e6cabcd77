"""Credible transfers, against closed forms, an independent iteration on a grid, and simulation."""

from __future__ import annotations

import numpy as np
import pytest

import bargain as bg

SWING = [[0.75, 0.25], [0.25, 0.75]]
EVEN = [0.5, 0.5]


def closed_form_transfer(delta: float, high: float, low: float) -> float:
    """Two equally likely states, log utility: (1 - d/2) ln(h - t) + d/2 ln(l + t) equals autarky for the rich one."""
    held = (1 - delta / 2) * np.log(high) + delta / 2 * np.log(low)
    a, b = 0.0, (high - low) / 2
    # The gain from a transfer first rises, then falls; the credible one is the largest with no loss.
    grid = np.linspace(a, b, 200_001)[1:]
    gain = (1 - delta / 2) * np.log(high - grid) + delta / 2 * np.log(low + grid) - held
    return float(grid[gain >= 0].max(initial=0.0))


@pytest.mark.parametrize("delta", [0.51, 0.55, 0.6, 0.65, 0.7, 0.73])
def test_two_states_in_closed_form(delta: float) -> None:
    found = bg.credible_transfers(SWING, EVEN, delta)
    assert found.regime == "partial"
    assert found.largest_transfers == pytest.approx([closed_form_transfer(delta, 0.75, 0.25)] * 2, abs=3e-6)
    assert found.residual() < 1e-12


def test_three_regimes_of_log_utility() -> None:
    """Incomes 3 to 1: nothing up to 2r/(1 + r) = 1/2, everything from 2 ln(1.5)/ln 3 = .738 on, r = 1/3."""
    found = bg.sharing_thresholds(SWING, EVEN)
    assert found.none_up_to == pytest.approx(0.5, abs=1e-12)
    assert found.full_from == pytest.approx(2 * np.log(1.5) / np.log(3), abs=1e-9)
    for delta, regime in ((0.3, "none"), (0.5, "none"), (0.52, "partial"), (0.738, "partial"), (0.7382, "full")):
        assert bg.credible_transfers(SWING, EVEN, delta).regime == regime


def on_a_grid(incomes: np.ndarray, moves: np.ndarray, delta: float, points: int, sweeps: int) -> np.ndarray:
    """Largest utility of party 2 given party 1's: not by weights; the ends of party 1's consumption with log utility.

    Plain value iteration over log weights from full risk sharing, with interpolation.
    """
    states = len(incomes)
    total = incomes.sum(axis=1)
    theta = np.linspace(-4, 4, points)
    first = total[:, None] / (1 + np.exp(-theta))
    flows = np.stack([np.log(first), np.log(total[:, None] - first)])
    beyond = np.linalg.inv(np.eye(states) - delta * moves)
    alone = np.stack([beyond @ np.log(incomes[:, i]) for i in (0, 1)])
    worth = np.einsum("st,itk->isk", beyond, flows)
    for _ in range(sweeps):
        low = np.array([np.interp(alone[0, s], worth[0, s], theta) for s in range(states)])
        high = np.array([np.interp(-alone[1, s], -worth[1, s], theta) for s in range(states)])
        moved = np.stack(
            [[np.interp(np.clip(theta, low[s], high[s]), theta, worth[i, s]) for s in range(states)] for i in (0, 1)]
        )
        worth = flows + delta * np.einsum("st,itk->isk", moves, moved)
    return np.stack([low, high], axis=1)


@pytest.mark.parametrize("seed", range(4))
def test_interval_ends_agree_with_a_grid(seed: int) -> None:
    rng = np.random.default_rng(seed)
    incomes = rng.uniform(0.3, 2, (3, 2))
    moves = rng.dirichlet(np.ones(3), 3)
    thresholds = bg.sharing_thresholds(incomes, moves)
    assert thresholds.none_up_to is not None
    assert thresholds.full_from is not None
    delta = 0.4 * thresholds.none_up_to + 0.6 * thresholds.full_from
    found = bg.credible_transfers(incomes, moves, delta)
    assert found.regime == "partial"
    assert found.residual() < 1e-11
    assert np.log(found.weights) == pytest.approx(on_a_grid(incomes, moves, delta, 4001, 300), abs=2e-3)


@pytest.mark.parametrize(
    "utilities", ["log", ("crra", 2.5), (("cara", 1), ("cara", 2)), (("crra", 2), "linear"), ("linear", ("cara", 2))]
)
def test_regimes_follow_the_thresholds(utilities: object) -> None:
    rng = np.random.default_rng(7)
    incomes, moves = rng.uniform(0.5, 2, (4, 2)), rng.dirichlet(np.ones(4), 4)
    found = bg.sharing_thresholds(incomes, moves, utilities)
    assert found.none_up_to is not None
    assert found.full_from is not None
    assert found.none_up_to < found.full_from
    for delta, regime in (
        (found.none_up_to - 0.01, "none"),
        ((found.none_up_to + found.full_from) / 2, "partial"),
        (found.full_from + 0.005, "full"),
    ):
        arrangement = bg.credible_transfers(incomes, moves, delta, utilities)
        assert arrangement.regime == regime
        assert arrangement.residual() < 1e-10


def test_unequal_risk_aversion() -> None:
    incomes = np.array([[1.0, 0.5], [0.5, 1.0]])
    for pair in ((("crra", 3), ("crra", 0.5)), (("crra", 2), ("cara", 1))):
        found = bg.credible_transfers(incomes, EVEN, 0.93, pair)
        assert found.regime in ("partial", "full")
        assert found.residual() < 1e-10
        # Along the path marginal utilities stand in the ratio of the weight.
        weight, paid = found.path([0, 1, 0])[2]
        first, second = incomes[0] + [-paid, paid]
        marginal = [
            c ** -own[1] if own[0] == "crra" else np.exp(-own[1] * c)
            for own, c in zip(pair, (first, second), strict=True)
        ]
        assert marginal[1] / marginal[0] == pytest.approx(weight)


def test_power_handed_over_for_good_shrinks_what_its_recipient_can_promise() -> None:
    """Party 2 becomes able to do without party 1: its own income alone rises, and the set of weights shrinks."""
    before = bg.credible_transfers(SWING, EVEN, 0.7)
    after = bg.credible_transfers(SWING, EVEN, 0.7, outside=SWING + np.array([0, 0.02]))
    assert after.regime == "partial"
    assert after.residual() < 1e-11
    assert (after.weights[:, 0] >= before.weights[:, 0] - 1e-9).all()
    assert (after.weights[:, 1] < before.weights[:, 1]).all()
    assert after.largest_transfers[1] < before.largest_transfers[1]
    over = bg.credible_transfers(SWING, EVEN, 0.7, outside=SWING + np.array([0, 0.2]))
    assert over.regime == "no agreement"
    assert np.isnan(over.transfers).all()
    assert "no agreement" in str(over)


def test_worse_outside_options_help() -> None:
    ruined = bg.credible_transfers(SWING, EVEN, 0.45, outside=0.9 * np.array(SWING))
    assert ruined.regime in ("partial", "full")
    assert ruined.residual() < 1e-11
    assert bg.sharing_thresholds(SWING, EVEN, outside=0.9 * np.array(SWING)).none_up_to is None


def test_a_history_moves_the_weight_only_when_it_must() -> None:
    found = bg.credible_transfers(SWING, EVEN, 0.6)
    path = found.path([0, 0, 1, 1, 0])
    weights = [weight for weight, _ in path]
    assert weights[0] == weights[1] == weights[4]
    assert weights[2] == weights[3] < weights[0]
    assert path[0][1] == pytest.approx(-path[2][1])


def test_nothing_to_share() -> None:
    same = bg.credible_transfers([[1, 1], [2, 2]], EVEN, 0.5)
    assert same.regime == "full"
    assert same.transfer(0, 1.0) == pytest.approx(0, abs=1e-12)
    assert bg.sharing_thresholds([[1, 1], [2, 2]], EVEN).none_up_to is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1, 2, 3]], [1], 0.5), "one row a state"),
        (([[1, 2]], [0.5], 0.5), "add up to 1"),
        (([[1, 2]], [1], 1.0), "below 1"),
        (([[1, 2]], [1], 0.5, "cobb"), "No utility"),
        (([[1, 2]], [1], 0.5, ("crra", -1)), "above 0"),
        (([[1, 2]], [1], 0.5, "linear"), "no risk to share"),
        (([[0, 2]], [1], 0.5), "minus infinity"),
        (([[1, 2]], [1], 0.5, "log", [[1, 2], [1, 2]]), "one row a state"),
    ],
)
def test_bad_input_is_named(arguments: tuple[object, ...], words: str) -> None:
    with pytest.raises(bg.GameError, match=words):
        bg.credible_transfers(*arguments)  # type: ignore[arg-type]


UNLIKE = [[3, 1], [1, 3]]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"transition": "often"}, "transition must hold 2 probabilities"),
        ({"utilities": 3}, "one utility for both parties, or a pair"),
        ({"utilities": ("log",)}, "one utility for both parties, or a pair"),
        ({"utilities": ("crra", -1)}, "must be above 0"),
        ({"utilities": ("cara", 10), "incomes": [[300, 100], [100, 300]]}, "marginal utilities differ by more than"),
        ({"utilities": ("crra", 500), "incomes": [[0.1, 1], [1, 0.1]]}, "marginal utilities differ by more than"),
    ],
)
def test_what_no_arrangement_can_be_found_for_is_named(changes, words):
    arguments = {"incomes": UNLIKE, "transition": [0.5, 0.5], "discount": 0.6, **changes}
    with pytest.raises(bg.GameError, match=words):
        bg.credible_transfers(**arguments)


def test_parties_who_fear_nothing_so_much_as_risk():
    """At a relative risk aversion of 50 powers of far weights overflow; the arrangement is full insurance."""
    found = bg.credible_transfers(UNLIKE, [0.5, 0.5], 0.6, ("crra", 50))
    assert found.regime == "full"
    assert np.isfinite(found.values).all()


def test_where_nothing_changes_hands_that_is_exactly_nothing() -> None:
    found = bg.credible_transfers([[1.5, 0.5], [0.5, 1.5]], [1, 0], 0.9)
    assert found.regime == "none"
    assert found.largest_transfers.tolist() == [0, 0]
    assert "can be relied on for 0 at most, party 2 for 0" in str(found)
