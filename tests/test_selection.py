"""Choosing among equilibria: published examples, the definitions again, bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargain as bg
from bargain.games import GameError, NormalFormGame
from bargain.selection import CRITERIA


def hunt(insurance=0):
    """Stag hunt; `insurance` is paid to whoever hunts the stag alone."""
    return NormalFormGame.from_bimatrix([[5, insurance], [3, 3]], [[5, 3], [insurance, 3]])


def test_harsanyi_selten_1988_hare_risk_dominates_though_stag_pays_more():
    compared = bg.risk_dominance(hunt(), (0, 0), (1, 1))
    assert compared.losses == ((2.0, 2.0), (3.0, 3.0))
    assert compared.products == (4.0, 9.0)
    assert compared.thresholds == (3 / 5, 3 / 5)
    assert compared.dominant == "second"
    assert bg.select_equilibrium(hunt(), "payoff dominance").equilibrium.profile == (0, 0)
    assert bg.select_equilibrium(hunt(), "risk dominance").equilibrium.profile == (1, 1)


def test_insuring_the_lone_hunter_makes_stag_risk_dominant_from_one_on():
    assert bg.risk_dominance(hunt(1), (0, 0), (1, 1)).dominant is None
    assert bg.risk_dominance(hunt(1), (0, 0), (1, 1)).thresholds == (0.5, 0.5)
    assert bg.select_equilibrium(hunt(1), "risk dominance").equilibrium is None
    assert bg.select_equilibrium(hunt(2), "risk dominance").equilibrium.profile == (0, 0)


def test_the_logit_path_goes_to_the_risk_dominant_equilibrium_of_symmetric_two_by_two_games():
    for a, b, c, d in np.random.default_rng(1).integers(0, 20, (60, 4)).tolist():
        if a > c and d > b and a - c != d - b:
            game = NormalFormGame.from_bimatrix([[a, b], [c, d]], [[a, c], [b, d]])
            by_risk = bg.select_equilibrium(game, "risk dominance").equilibrium.profile
            assert by_risk == ((0, 0) if a - c > d - b else (1, 1))
            assert bg.select_equilibrium(game, "logit").equilibrium.profile == by_risk


@given(st.lists(st.integers(-9, 9), min_size=8, max_size=8), st.integers(1, 5), st.integers(-5, 5))
def test_risk_dominance_is_the_product_and_the_sum_of_beliefs_and_ignores_units(cells, scale, shift):
    game = NormalFormGame(np.array(cells).reshape(2, 2, 2))
    if not {(0, 0), (1, 1)} <= set(bg.pure_equilibria(game)):
        return
    compared = bg.risk_dominance(game, (0, 0), (1, 1))
    moved = NormalFormGame(np.stack([game.given[0] * scale, game.given[1] + shift]))
    assert bg.risk_dominance(moved, (0, 0), (1, 1)).dominant == compared.dominant
    if None not in compared.thresholds and abs(sum(compared.thresholds) - 1) > 1e-12:
        assert (sum(compared.thresholds) < 1) is (compared.dominant == "first")


def test_welfare_worst_egalitarian_and_entropy_against_their_definitions():
    for payoffs in np.random.default_rng(2).integers(0, 9, (40, 2, 3, 3)):
        game = NormalFormGame(payoffs)
        found = bg.nash_equilibria(game, cross_check=False)
        sums = [equilibrium.payoffs.sum() for equilibrium in found]
        assert bg.select_equilibrium(game, "welfare", found).score == pytest.approx(max(sums))
        assert bg.select_equilibrium(game, "worst", found).score == pytest.approx(min(sums))
        least = max(equilibrium.payoffs.min() for equilibrium in found)
        assert bg.select_equilibrium(game, "egalitarian", found).score == pytest.approx(least)
        spread = bg.select_equilibrium(game, "entropy", found)
        count = [np.exp(-(own[own > 0] * np.log(own[own > 0])).sum()) for own in spread.equilibrium.strategies]
        assert spread.score == pytest.approx(np.log(count).sum())


def test_no_mixture_of_a_component_beats_the_listed_ones_in_welfare():
    rng = np.random.default_rng(3)
    for payoffs in rng.integers(0, 3, (30, 2, 3, 3)):
        game = NormalFormGame(payoffs)
        found = bg.nash_equilibria(game, cross_check=False)
        best, worst = (bg.select_equilibrium(game, by, found).score for by in ("welfare", "worst"))
        for subset in found.components():
            weights = rng.dirichlet(np.ones(len(subset)), 2)
            mixed = [
                sum(w * found[at].strategies[side] for w, at in zip(weights[side], subset, strict=True))
                for side in range(2)
            ]
            assert worst - 1e-9 <= game.expected_payoffs(mixed).sum() <= best + 1e-9


def test_payoff_dominance_is_empty_where_interests_differ_and_names_ties():
    sexes = NormalFormGame.from_bimatrix([[3, 0], [0, 2]], [[2, 0], [0, 3]])
    none = bg.select_equilibrium(sexes, "payoff dominance")
    assert (none.equilibrium, none.ties, none.score) == (None, (), None)
    assert "no equilibrium is at least as good" in str(none)
    tied = bg.select_equilibrium(sexes, "welfare")
    assert [equilibrium.profile for equilibrium in tied.ties] == [(0, 0), (1, 1)]
    assert str(tied).endswith("equal with 1 more")
    assert "no pure equilibrium risk-dominates" in str(
        bg.select_equilibrium(NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]]), "risk dominance")
    )


def test_three_players_and_what_is_not_complete():
    game = NormalFormGame(np.random.default_rng(4).integers(0, 50, (3, 2, 2, 2)))
    chosen = bg.select_equilibrium(game, "welfare")
    assert chosen.complete is bg.nash_equilibria(game).complete
    with pytest.raises(GameError, match="this game has 3"):
        bg.select_equilibrium(game, "risk dominance")


def test_best_replies_end_at_an_equilibrium_or_repeat():
    ended = cycled = 0
    for payoffs in np.random.default_rng(5).integers(0, 9, (40, 3, 2, 3, 2)):
        game = NormalFormGame(payoffs)
        path = bg.best_reply_path(game, (0, 0, 0), order=[2, 0, 1])
        for before, after in itertools.pairwise(path.profiles):
            (player,) = [i for i in range(3) if before[i] != after[i]]
            line = [
                payoffs[(player, *before[:player], a, *before[player + 1 :])] for a in range(payoffs.shape[1 + player])
            ]
            assert line[after[player]] == max(line) > line[before[player]]
        if path.status == "equilibrium":
            assert path.equilibrium in bg.pure_equilibria(game)
            ended += 1
        else:
            assert path.status == "cycle"
            assert path.cycle == path.profiles[-1 - len(path.cycle) : -1]
            assert path.profiles[-1] == path.cycle[0]
            cycled += 1
    assert ended
    assert cycled
    assert bg.best_reply_path(game, (0, 0, 0), most=0).status == "unfinished"


def test_an_order_with_repeats_does_not_take_a_cycle_for_an_equilibrium():
    pennies = NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    assert bg.best_reply_path(pennies, (0, 0), order=[1, 0, 1, 0]).status == "cycle"


def test_bad_input_is_named():
    for by in ("best", ""):
        with pytest.raises(GameError, match=f"no criterion '{by}'.*{CRITERIA[0]}"):
            bg.select_equilibrium(hunt(), by)
    with pytest.raises(GameError, match="share an action"):
        bg.risk_dominance(hunt(), (0, 0), (0, 1))
    with pytest.raises(GameError, match=r"\(0, 1\) is no equilibrium: a player gains 3"):
        bg.risk_dominance(hunt(), (0, 1), (1, 0))
    with pytest.raises(GameError, match="must name every player"):
        bg.best_reply_path(hunt(), (0, 0), order=[0])
    with pytest.raises(GameError, match="does not fit"):
        bg.best_reply_path(hunt(), (0, 7))


def test_profiles_that_are_no_action_numbers_are_named():
    with pytest.raises(bg.GameError, match=r"The profile \('0', '0'\) does not fit"):
        bg.risk_dominance(hunt(), "00", (1, 1))
