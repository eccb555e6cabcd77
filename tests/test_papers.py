"""Published numbers: the games of tests/papers with all their equilibria, and textbook results one by one."""

from __future__ import annotations

import tomllib
from fractions import Fraction
from pathlib import Path

import pytest

import bargain as bg

GAMES = tomllib.loads((Path(__file__).parent / "papers" / "bimatrix.toml").read_text("utf-8"))["game"]


def table(text):
    return [[Fraction(number) for number in row.split()] for row in text.split("|")]


@pytest.mark.parametrize("case", GAMES, ids=[case["name"] for case in GAMES])
def test_all_extreme_equilibria(case):
    game = bg.NormalFormGame.from_bimatrix(table(case["A"]), table(case["B"]))
    expected = {tuple(tuple(map(Fraction, own.split())) for own in line.split(" / ")) for line in case["equilibria"]}
    found = bg.nash_equilibria(game)
    assert {equilibrium.exact for equilibrium in found} == expected
    assert len(found) == len(expected)
    assert found.degenerate is case["degenerate"]
    assert found.complete
    assert all(equilibrium.regret == 0 for equilibrium in found)


def test_the_list_of_games_is_whole():
    assert len(GAMES) == 20
    assert sum(case["degenerate"] for case in GAMES) == 11


def test_aumann_1974_chicken():
    """Aumann (1974), J. Math. Econ. 1: in chicken with 6, 2, 7, 0 the mixed equilibrium pays 14/3 to each."""
    game = bg.NormalFormGame.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    mixed = [equilibrium for equilibrium in bg.nash_equilibria(game) if equilibrium.profile is None]
    assert [equilibrium.exact for equilibrium in mixed] == [((Fraction(2, 3), Fraction(1, 3)),) * 2]
    assert mixed[0].payoffs == pytest.approx([14 / 3, 14 / 3])


def test_harsanyi_selten_1988_stag_hunt():
    """With stag 5 against stag, hare 3 for sure, stag is the best reply from a belief of 3/5 on."""
    game = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    *pure, mixed = bg.nash_equilibria(game)
    assert [equilibrium.profile for equilibrium in pure] == [(0, 0), (1, 1)]
    assert mixed.exact[0][0] == Fraction(3, 5)


def test_shapley_shubik_1954_security_council():
    """Five permanent members with 421/2145 each, ten others with 4/2145 each."""
    power = bg.voting_power([7] * 5 + [1] * 10, 39)
    assert power == tuple([421 / 2145] * 5 + [4 / 2145] * 10)


def test_banzhaf_1965_nassau_county():
    """Banzhaf (1965): with 9, 9, 7, 3, 1, 1 votes and 16 needed, the three smallest districts have no power."""
    assert bg.voting_power([9, 9, 7, 3, 1, 1], 16, index="banzhaf") == (1 / 3, 1 / 3, 1 / 3, 0, 0, 0)


def test_avenhaus_von_stengel_zamir_2002_inspection():
    """Inspection with access value 2, misuse gain 3, detection .8: comply .84375, monitor .625, payoffs 4.375, 2.

    Rows withhold, monitor, trust; columns comply, misuse.
    """
    F = Fraction
    provider = [[0, 0], [F(9, 2), F(5) - F(1, 2) - F(1, 5) * 4], [5, 1]]
    recipient = [[0, 0], [2, F(1, 5) * 5 - F(4, 5)], [2, 5]]
    (only,) = bg.nash_equilibria(bg.NormalFormGame.from_bimatrix(provider, recipient))
    assert only.exact == ((0, F(5, 8), F(3, 8)), (F(27, 32), F(5, 32)))
    assert only.payoffs.tolist() == [4.375, 2.0]
