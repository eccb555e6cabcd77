"""Critical discount factors of any profile: against plays that are summed up, closed forms and each other."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bargain as bg
from bargain import minmax

NAMES = [("restrain", "race")] * 2
DILEMMA = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]], ["A", "B"], NAMES)
cells = st.integers(-6, 6)
games = st.integers(2, 3).flatmap(
    lambda m: st.lists(cells, min_size=2 * m * m, max_size=2 * m * m).map(
        lambda flat: bg.NormalFormGame(np.array(flat).reshape(2, m, m))
    )
)


def play(
    delta: float, keep: float, cheat: float, after: float, q: float, periods: int | None, *, always: bool
) -> tuple[float, float]:
    """Worth of keeping and of deviating (once, or whenever the agreement is in force), from the chain of states."""
    length = 0 if periods is None else periods
    states = 2 + max(length, 1)  # in force, in force but deviating now, punishment 1..T (or for ever)
    moves, flows = np.zeros((states, states)), np.full(states, after)
    flows[:2] = keep, cheat
    moves[0, 0] = 1
    moves[1, 2], moves[1, 1 if always else 0] = q, 1 - q
    for k in range(2, states):
        last = k == states - 1
        moves[k, k if periods is None else (1 if always else 0) if last else k + 1] = 1
    worth = np.linalg.solve(np.eye(states) - delta * moves, (1 - delta) * flows)
    return float(worth[0]), float(worth[1])


@given(
    games,
    st.sampled_from([None, 1, 2, 5]),
    st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 5)]),
    st.booleans(),
)
def test_factors_agree_with_one_shot_and_permanent_deviation(
    game: bg.NormalFormGame, periods: int | None, q: Fraction, always: bool
) -> None:
    for profile in itertools.product(*map(range, game.shape)):
        found = bg.critical_discount_factor(game, profile, [0, 0], q, periods)
        for i, name in enumerate(game.players):
            column = game.payoffs[i][(*profile[:i], slice(None), *profile[i + 1 :])]
            cheat = float(np.delete(column, profile[i]).max())
            for delta in (0.05, 0.35, 0.65, 0.95):
                kept, broken = play(
                    delta,
                    float(column[profile[i]]),
                    cheat,
                    float(game.payoffs[i, 0, 0]),
                    float(q),
                    periods,
                    always=always,
                )
                if abs(kept - broken) > 1e-9:
                    holds = any(low <= delta <= high for low, high in found.intervals[name])
                    assert holds == (kept > broken)
            factor = found.factors[name]
            if factor and factor < 0.999:
                kept, broken = play(
                    factor,
                    float(column[profile[i]]),
                    cheat,
                    float(game.payoffs[i, 0, 0]),
                    float(q),
                    periods,
                    always=always,
                )
                assert kept == pytest.approx(broken, abs=1e-9)
        assert found.residual() < 1e-9


def test_exact_factors_detection_and_lengths_of_punishment() -> None:
    asked = ["restrain", "restrain"]
    assert bg.critical_discount_factor(DILEMMA, asked).exact == {"A": Fraction(1, 2), "B": Fraction(1, 2)}
    assert bg.critical_discount_factor(DILEMMA, asked, detection=0.25).exact["A"] == Fraction(4, 5)
    assert bg.critical_discount_factor(DILEMMA, asked, detection={"A": 1, "B": 0}).factor is None
    assert bg.critical_discount_factor(DILEMMA, asked, periods=1).factor is None
    assert bg.critical_discount_factor(DILEMMA, asked, periods=2).factor == pytest.approx((5**0.5 - 1) / 2)
    assert bg.critical_discount_factor(DILEMMA, asked, periods=3).factor == pytest.approx(0.5436890126920764)


def test_unequal_discount_factors_are_weighed_each_on_its_own() -> None:
    sucker = bg.NormalFormGame.from_bimatrix([[3, 0], [5, 1]], [[3, 4], [0, 1]], ["A", "B"], NAMES)
    found = bg.critical_discount_factor(sucker, [0, 0], discounts={"A": 0.5, "B": 0.3})
    assert found.exact == {"A": Fraction(1, 2), "B": Fraction(1, 3)}
    assert found.binding == "A"
    assert found.holds is False
    assert found.margins == {"A": 0.0, "B": pytest.approx(-0.1)}
    assert bg.critical_discount_factor(sucker, [0, 0], discounts=[Fraction(1, 2), Fraction(1, 3)]).holds is True


def test_three_players_and_stated_punishments() -> None:
    """A public good: 3 players, each gains 2 from every contribution and pays 3 for its own."""
    payoffs = np.zeros((3, 2, 2, 2))
    for profile in itertools.product((0, 1), repeat=3):
        for i in range(3):
            payoffs[i][profile] = 2 * sum(profile) - 3 * profile[i]
    game = bg.NormalFormGame(payoffs.astype(int))
    found = bg.critical_discount_factor(game, [1, 1, 1])
    assert found.exact["player 1"] == Fraction(1, 4)
    assert found.credible
    stated = bg.critical_discount_factor(game, [1, 1, 1], punishment=[[0.5, 0.5], 0, 0])
    assert not stated.credible
    assert "no equilibrium" in stated.remarks[0]
    each = bg.critical_discount_factor(game, [1, 1, 1], punishment={name: [0, 0, 0] for name in game.players})
    assert each.exact == found.exact


def test_a_worse_equilibrium_for_each_deviator_needs_less_patience() -> None:
    chicken = bg.NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    found = bg.critical_discount_factor(chicken, [0, 0])
    assert found.exact == {"player 1": Fraction(1, 5), "player 2": Fraction(1, 5)}
    one = bg.critical_discount_factor(chicken, [0, 0], punishment=[0, 1])
    assert one.factors == {"player 1": pytest.approx(0.2), "player 2": None}


def test_below_the_minmax_factor_no_punishment_works_and_the_best_one_is_between() -> None:
    asked = (6, 6)
    q = np.arange(25)
    price = 24 - np.minimum(24, q[:, None] + q[None, :])
    market = bg.NormalFormGame([q[:, None] * price, q[None, :] * price])
    nash = bg.critical_discount_factor(market, asked, punishment=[8, 8])
    least = bg.critical_discount_factor(market, asked, punishment="minmax")
    best = bg.critical_discount_factor(market, asked, punishment="best")
    stick = bg.carrot_and_stick(market, asked, stick=[10, 10])
    assert (nash.exact["player 1"], stick.exact) == (Fraction(9, 17), Fraction(9, 32))
    assert least.exact["player 1"] == Fraction(1, 9)
    assert best.bracket is not None
    assert best.factor is not None
    assert 1 / 9 <= best.bracket[0] <= best.bracket[1] <= 9 / 32
    assert best.bracket[1] - best.bracket[0] <= 1e-9
    assert "no punishment" in best.remarks[0]


@settings(max_examples=15)
@given(games)
def test_the_best_punishment_needs_no_more_patience_than_any_other(game: bg.NormalFormGame) -> None:
    equilibria = bg.pure_equilibria(game)
    for profile in itertools.product(*map(range, game.shape)):
        least = bg.critical_discount_factor(game, profile, "minmax").factor
        best = bg.critical_discount_factor(game, profile, "best").factor
        reverting = [
            bg.critical_discount_factor(game, profile, dict(zip(game.players, pair, strict=True)))
            for pair in itertools.product(equilibria, repeat=2)
        ]
        for found in reverting:
            if found.factor is not None and found.factor < 0.999:
                assert best is not None
                assert best <= found.factor + 1e-6
        if best is not None and least is not None:
            assert least <= best + 1e-6
        if least is None:
            assert best is None


def test_best_punishment_is_refused_where_it_is_not_defined() -> None:
    with pytest.raises(bg.GameError, match="certain detection"):
        bg.critical_discount_factor(DILEMMA, [0, 0], "best", detection=0.5)
    with pytest.raises(bg.GameError, match="equal discount"):
        bg.critical_discount_factor(DILEMMA, [0, 0], "best", discounts=[0.5, 0.6])
    with pytest.raises(bg.GameError, match="two players"):
        bg.critical_discount_factor(bg.NormalFormGame(np.zeros((3, 2, 2, 2))), [0, 0, 0], "best")
    assert bg.critical_discount_factor(DILEMMA, [0, 0], "best", discounts=0.6).holds is True


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"detection": 1.5}, "between 0 and 1"),
        ({"detection": [1, 1, 1]}, "3 numbers for 2"),
        ({"detection": {"A": 1}}, "'B' is missing"),
        ({"periods": 0}, "whole number"),
        ({"discounts": 1}, "below 1"),
        ({"punishment": "harsh"}, "No punishment is called"),
        ({"profile": ["restrain", "run"]}, "no action"),
        ({"profile": [[0.5, 0.5], 0]}, "mixtures cannot be monitored"),
        ({"profile": None}, "one action a player, by number or by name"),
        ({"punishment": 3}, "one strategy a player, or be 'minmax' or 'best'"),
    ],
)
def test_bad_input_is_named(changes: dict[str, object], words: str) -> None:
    arguments: dict[str, object] = {"profile": [0, 0], **changes}
    with pytest.raises(bg.GameError, match=words):
        bg.critical_discount_factor(DILEMMA, **arguments)  # type: ignore[arg-type]


def test_no_pure_punishment_is_not_said_to_be_no_punishment() -> None:
    """Pure strategies hold the second player to 1, a secret draw between the last two rows to 0; it has 1/2."""
    second = [[Fraction(1, 2), 2, 2], [0, 1, -1], [0, -1, 1]]
    game = bg.NormalFormGame([np.zeros((3, 3), dtype=int).tolist(), second])
    best = bg.critical_discount_factor(game, [0, 0], "best", discounts=0.9)
    assert (best.factor, best.holds) == (None, False)
    assert "No punishment in pure strategies" in str(best)
    assert bg.critical_discount_factor(game, [0, 0], "minmax").exact["player 2"] == Fraction(3, 4)


# Minmax


def test_minmax_of_two_players_in_pure_and_mixed_strategies() -> None:
    pennies = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    assert bg.minmax_payoffs(pennies, "pure").exact == (1, 1)
    assert bg.minmax_payoffs(pennies).exact == (0, 0)
    assert bg.minmax_payoffs(pennies, "correlated").residual() < 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_minmax_agrees_with_a_linear_program_of_scipy(seed: int) -> None:
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    game = bg.NormalFormGame(rng.integers(-9, 10, (3, 2, 3, 2)) if seed % 2 else rng.normal(size=(2, 4, 5)))
    found = bg.minmax_payoffs(game, "correlated")
    assert found.residual() < 1e-9
    for i in range(game.n_players):
        table = np.moveaxis(game.payoffs[i], i, 0).reshape(game.shape[i], -1)
        columns = table.shape[1]
        answer = linprog(
            [0] * columns + [1],
            A_ub=np.hstack([table, -np.ones((len(table), 1))]),
            b_ub=np.zeros(len(table)),
            A_eq=[[1] * columns + [0]],
            b_eq=[1],
            bounds=[(0, None)] * columns + [(None, None)],
        )
        assert found.payoffs[i] == pytest.approx(answer.fun, abs=1e-8)


@pytest.mark.parametrize("seed", range(30))
def test_the_value_alone_is_that_of_the_strategies(seed: int) -> None:
    """In floats and in fractions, with and without a saddle point; x and y prove it from both sides."""
    rng = np.random.default_rng(seed)
    table = rng.integers(-9, 10, rng.integers(1, 7, 2)).astype(object if seed % 3 == 0 else float)
    if seed % 3 == 0:
        table = table * Fraction(1, 7)
    x, y, found = minmax.opposed(table)
    assert minmax.game_value(table) == found
    floats = table.astype(float)
    assert (x @ floats).min() == pytest.approx(float(found), abs=1e-9)
    assert (floats @ y).max() == pytest.approx(float(found), abs=1e-9)


def test_three_players_who_mix_alone_can_do_less_than_together() -> None:
    """Player 1 gains unless the others' coins match its guess: drawn together they hold it to -1/2, alone to -1/4.

    Player 1 picks row or column; it loses 1 at (row, both heads) and (column, both tails). With p, q the chances of
    heads its payoffs are -pq and -(1-p)(1-q); the largest of the two is least at p = q = 1/2: -1/4.
    """
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[0, 0, 0, 0] = payoffs[0, 1, 1, 1] = -1
    game = bg.NormalFormGame(payoffs)
    together, alone = bg.minmax_payoffs(game, "correlated"), bg.minmax_payoffs(game, "mixed")
    assert together.payoffs[0] == pytest.approx(-0.5)
    assert alone.payoffs[0] == pytest.approx(-0.25, abs=1e-6)
    assert alone.bounds[0] == pytest.approx(-0.5)
    assert bg.minmax_payoffs(game, "pure").payoffs[0] == 0
    assert alone.residual() < 1e-9


def test_no_equilibrium_is_below_the_minmax() -> None:
    for seed in range(30):
        game = bg.NormalFormGame(np.random.default_rng(seed).random((2, 3, 3)))
        found = bg.equilibrium_payoff_set(game, 0.7)
        if len(found.vertices):
            assert (found.threat_point >= bg.minmax_payoffs(game, "pure").payoffs - 1e-9).all()


# Carrot and stick


@given(games, st.integers(1, 4))
def test_carrot_and_stick_leaves_no_gain_from_deviating_once(game: bg.NormalFormGame, periods: int) -> None:
    for profile in itertools.product(*map(range, game.shape)):
        chosen = bg.carrot_and_stick(game, profile, periods=periods)
        assert chosen.residual() < 1e-9
        for stick in itertools.product(*map(range, game.shape)):
            stated = bg.carrot_and_stick(game, profile, stick, periods)
            if stated.factor is not None and stated.factor < 1:
                assert chosen.factor is not None
                assert chosen.factor <= stated.factor + 1e-9


def test_bad_sticks_are_refused() -> None:
    with pytest.raises(bg.GameError, match="at least 1"):
        bg.carrot_and_stick(DILEMMA, [0, 0], periods=0)
    assert bg.carrot_and_stick(DILEMMA, [0, 0], stick=[0, 0]).factor is None
    assert bg.carrot_and_stick(DILEMMA, [1, 1], stick=[1, 1]).factor == 0


def test_nothing_is_said_of_less_patience_than_none() -> None:
    hunt = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    found = bg.critical_discount_factor(hunt, [0, 0], "best")
    assert (found.factor, found.bracket, found.remarks) == (0, (0, 0), ())
