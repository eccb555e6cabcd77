"""Promises in several domains, under noisy signals, and without a court: closed forms against search and simulation."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg

DILEMMA = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], ["A", "B"])
amounts = st.integers(0, 6)


def domain(name: str, gains: dict[str, int], losses: dict[str, int], value: int = 1) -> bg.Domain:
    return bg.Domain(name, dict.fromkeys(gains, 0), gains, {p: -loss for p, loss in losses.items()}, value)


pools = st.lists(st.tuples(amounts, amounts, amounts, amounts, amounts), min_size=1, max_size=6).map(
    lambda rows: [domain(f"d{k}", {"A": a, "B": b}, {"A": c, "B": d}, v) for k, (a, b, c, d, v) in enumerate(rows)]
)


@given(pools)
def test_one_pair_of_alike_players_pools_between_best_and_worst(pool: list[bg.Domain]) -> None:
    found = bg.pooled_critical_factor(pool)
    for player in "AB":
        alone = [own[player] for own in found.alone.values()]
        if found.pooled[player] is not None and None not in alone:
            known = [factor for factor in alone if factor is not None]
            assert min(known) - 1e-12 <= found.pooled[player] <= max(known) + 1e-12
    assert found.residual() < 1e-12


@settings(max_examples=60)
@given(pools, st.fractions(0, Fraction(19, 20), max_denominator=20))
def test_the_best_pool_is_that_of_a_search_through_all(pool: list[bg.Domain], delta: Fraction) -> None:
    found = bg.best_pool(pool, delta)
    best = Fraction(0)
    for size in range(len(pool) + 1):
        for chosen in itertools.combinations(pool, size):
            slack = [
                sum(delta * -d.punished[p] - (1 - delta) * max(d.broken[p], 0) for d in chosen) for p in ("A", "B")
            ]
            if min(slack) >= 0:
                best = max(best, sum((Fraction(d.value) for d in chosen), Fraction(0)))
    assert found.status == "found"
    assert found.value == best
    assert found.residual() == 0


def test_identical_issues_gain_from_pooling_only_when_utility_is_concave() -> None:
    """Spagnolo (1999): what is lost is lost at the steep end of the utility."""
    twin = [bg.Domain(name, {"A": 3}, {"A": 5}, {"A": 1}) for name in ("one", "two")]
    assert (
        bg.pooled_critical_factor(twin).exact["A"] == bg.pooled_critical_factor(twin[:1]).exact["A"] == Fraction(1, 2)
    )
    concave = bg.pooled_critical_factor(twin, np.sqrt)
    assert concave.factor is not None
    assert concave.alone_factor is not None
    assert concave.factor < concave.alone_factor


def test_domains_are_read_off_games() -> None:
    found = bg.Domain.from_game("race", DILEMMA, [0, 0])
    assert (found.kept["A"], found.broken["A"], found.punished["A"]) == (3, 5, 1)
    assert bg.pooled_critical_factor([found]).factor == 0.5


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: bg.pooled_critical_factor([]), "at least one Domain"),
        (lambda: bg.pooled_critical_factor([domain("d", {"A": 1}, {"A": 1})] * 2), "Two domains"),
        (lambda: bg.Domain("d", {"A": 1}, {"B": 1}, {"A": 1}), "same players"),
        (lambda: bg.Domain("d", {"A": float("nan")}, {"A": 1}, {"A": 1}), "number"),
        (lambda: bg.Domain("d", {"A": 1}, {"A": 1}, {"A": 1}, -1), "at least 0"),
        (lambda: bg.best_pool([domain("d", {"A": 1}, {"A": 1})], {"B": 0.5}), "A has no discount"),
        (lambda: bg.market_shares({"M": (0, ["F"])}), "above 0"),
        (lambda: bg.market_shares({"M": (1, [])}), "at least one firm"),
        (lambda: bg.market_shares({}), "At least one market"),
    ],
)
def test_bad_domains_are_named(make: object, words: str) -> None:
    with pytest.raises(bg.GameError, match=words):
        make()  # type: ignore[operator]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.sets(st.sampled_from("ABCDE"), min_size=1, max_size=4)), min_size=1, max_size=4
    )
)
def test_market_shares_are_proved_best(markets: list[tuple[int, set[str]]]) -> None:
    found = bg.market_shares({f"m{k}": (profit, sorted(firms)) for k, (profit, firms) in enumerate(markets)})
    assert found.residual() < 1e-8
    # With all profits shared, nobody can need more patience than where markets stand alone.
    assert found.factor <= max(found.alone.values()) + 1e-9


# Noisy signals


def simulated(delta: float, alpha: float, beta: float, periods: int | None) -> tuple[float, float]:
    """Worth of keeping always, and of deviating once, from the chain of states (5, 3, 1)."""
    length = 1 if periods is None else periods
    moves = np.zeros((1 + length, 1 + length))
    moves[0, 0], moves[0, 1] = 1 - alpha, alpha
    for k in range(1, length + 1):
        moves[k, 1 if periods is None else (k + 1) % (length + 1)] = 1
    flows = np.array([3.0] + [1.0] * length)
    worth = np.linalg.solve(np.eye(1 + length) - delta * moves, (1 - delta) * flows)
    return float(worth[0]), (1 - delta) * 5 + delta * (beta * worth[1] + (1 - beta) * worth[0])


@given(
    st.integers(0, 10),
    st.integers(0, 10),
    st.one_of(st.none(), st.integers(1, 8)),
    st.sampled_from([0.3, 0.6, 0.8, 0.95]),
)
def test_noisy_trigger_agrees_with_the_chain(a: int, b: int, periods: int | None, delta: float) -> None:
    alpha, beta = a / 10, b / 10
    found = bg.noisy_trigger(DILEMMA, [0, 0], [[alpha, beta], [beta, 1]], periods=periods, discount=delta)
    kept, broken = simulated(delta, alpha, beta, periods)
    if abs(kept - broken) > 1e-9:
        assert found.holds == (kept > broken)
        assert any(low <= delta <= high for low, high in found.intervals["A"]) == (kept > broken)
    assert found.payoffs is not None
    assert found.payoffs["A"] == pytest.approx(kept)
    assert (found.factor is None) or found.factor < 1


def test_the_best_punishment_is_the_shortest_that_deters() -> None:
    arguments = (DILEMMA, [0, 0], [[0.1, 0.7], [0.7, 1]])
    best = bg.noisy_trigger(*arguments, periods="best", discount=0.9)
    assert best.holds
    assert best.periods is not None
    assert best.payoffs is not None
    shorter = bg.noisy_trigger(*arguments, periods=best.periods - 1, discount=0.9)
    longer = bg.noisy_trigger(*arguments, periods=best.periods + 1, discount=0.9)
    assert shorter.holds is False
    assert longer.holds
    assert longer.payoffs is not None
    assert longer.payoffs["A"] < best.payoffs["A"]
    hopeless = bg.noisy_trigger(*arguments, periods="best", discount=0.5)
    assert hopeless.holds is False
    assert hopeless.periods is None


def test_bad_alarms_are_named() -> None:
    with pytest.raises(bg.GameError, match="shape"):
        bg.noisy_trigger(DILEMMA, [0, 0], [0.1, 0.7])
    with pytest.raises(bg.GameError, match="between 0 and 1"):
        bg.noisy_trigger(DILEMMA, [0, 0], [[0.1, 1.7], [0.7, 1]])
    with pytest.raises(bg.GameError, match="state discount"):
        bg.noisy_trigger(DILEMMA, [0, 0], [[0.1, 0.7], [0.7, 1]], periods="best")
    with pytest.raises(bg.GameError, match="must be an equilibrium"):
        bg.noisy_trigger(DILEMMA, [0, 0], [[0.1, 0.7], [0.7, 1]], punishment=[0, 1])


# Relational contracts and hostages


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 9)), min_size=2, max_size=5), st.integers(0, 6))
def test_a_contract_holds_from_its_critical_factor_on(efforts: list[tuple[int, int]], outside: int) -> None:
    outputs, costs = zip(*efforts, strict=True)
    found = bg.relational_contract(outputs, costs, outside, discount=Fraction(1, 2))
    assert found.residual() < 1e-12
    for e, factor in enumerate(found.factors):
        if factor is None:
            assert found.margin(e, 0.999999) < 0
        elif 0 < factor < 1:
            assert found.margin(e, factor + 1e-6) > 0 > found.margin(e, factor - 1e-6)
    credible = [e for e, factor in enumerate(found.exact) if factor is not None and factor <= Fraction(1, 2)]
    assert (found.best is None) == (not credible)
    if found.best is not None:
        assert found.surpluses[found.best] == max(found.surpluses[e] for e in credible)


def test_seen_effort_is_a_signal_that_never_errs() -> None:
    plain = bg.relational_contract([0, 6, 10], [0, 2, 4], 1, discount=0.7)
    told = bg.relational_contract([0, 6, 10], [0, 2, 4], 1, signals=np.eye(3), discount=0.7)
    assert told.spreads == pytest.approx(plain.spreads)
    assert told.best == plain.best == 2
    blurred = bg.relational_contract([0, 10], [0, 4], 2, signals=[[0.5, 0.5], [0.5, 0.5]])
    assert blurred.spreads[1] is None
    assert blurred.factors[1] is None


def test_bad_contracts_and_hostages_are_named() -> None:
    with pytest.raises(bg.GameError, match="1 outputs but 2 costs"):
        bg.relational_contract([1], [1, 2], 0)
    with pytest.raises(bg.GameError, match="adding up to 1"):
        bg.relational_contract([1, 2], [0, 1], 0, signals=[[1, 1], [0, 1]])
    with pytest.raises(bg.GameError, match="detection probability"):
        bg.least_hostage(gain=1, detection=0)
    with pytest.raises(bg.GameError, match="at least 0"):
        bg.least_hostage(gain=1, worth_to_holder=-1)
    with pytest.raises(bg.GameError, match="between 0 and 1"):
        bg.power_or_benefit(1.2, 0.5, 0.9, 0)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 10), st.integers(0, 9))
def test_the_least_hostage_just_deters(gain: int, loss: int, q: int, delta: int) -> None:
    chance, factor = Fraction(q, 10), Fraction(delta, 10)
    found = bg.least_hostage(gain, loss, chance, factor)
    kept = chance * found.least + chance * factor / (1 - factor) * loss
    assert kept >= gain
    assert kept == gain or found.least == 0


@pytest.mark.parametrize("market", [5, (1,), (1, "ab"), ("x", ["a"])])
def test_markets_that_are_none_are_named(market: object) -> None:
    with pytest.raises(bg.GameError, match=r"Market 'A' is|profit of market 'A' is 'x'"):
        bg.market_shares({"A": market})  # type: ignore[dict-item]
