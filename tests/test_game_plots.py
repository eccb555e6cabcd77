"""Pictures of games: the drawn best replies are best replies, the drawn solutions the rules' own."""

from __future__ import annotations

import numpy as np
import pytest

import bargain as bg
from bargain.game_plots import _replies

HUNT = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]], actions=[("stag", "hare")] * 2)
PENNIES = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
INDIFFERENT = bg.NormalFormGame.from_bimatrix([[1, 1], [1, 1]], [[1, 0], [0, 1]])
OUTCOMES, ALONE = [[0, 4], [3, 3], [4, 0]], [0, 1]


@pytest.mark.parametrize("seed", range(40))
def test_best_replies_are_best(seed: int) -> None:
    payoffs = np.random.default_rng(seed).integers(-2, 3, (2, 2)).astype(float)
    pieces = _replies(payoffs)
    assert min(others[0] for _, others in pieces) == 0
    assert max(others[1] for _, others in pieces) == 1
    for own, others in pieces:
        for other in np.linspace(*others, 5):
            worth = payoffs @ [other, 1 - other]
            for mine in np.linspace(*own, 5):
                assert np.array([mine, 1 - mine]) @ worth >= worth.max() - 1e-12


@pytest.mark.parametrize("game", [HUNT, PENNIES, INDIFFERENT])
def test_equilibria_are_marked(game: bg.NormalFormGame) -> None:
    picture = bg.plot_best_replies(game)
    (panel,) = picture.figure.axes
    marks = {tuple(line.get_xydata()[0]) for line in panel.lines if len(line.get_xydata()) == 1}
    listed = bg.nash_equilibria(game)
    assert marks == {tuple(float(own[0]) for own in each.strategies) for each in listed}
    assert all(str(each) in picture.alt_text for each in listed)
    assert picture.svg() == bg.plot_best_replies(game).svg()


def test_a_long_mixture_stays_within_the_picture() -> None:
    game = bg.NormalFormGame.from_bimatrix(
        [[1, 0], [0, np.pi]], [[1, 0], [0, np.e]], actions=[("pause for long", "do not pause"), ("restrain", "race on")]
    )
    figure = bg.plot_best_replies(game).figure
    (legend,) = figure.legends
    assert legend.get_window_extent().x1 <= figure.bbox.x1


def test_other_games_are_refused() -> None:
    with pytest.raises(bg.GameError, match="2 x 3"):
        bg.plot_best_replies(bg.NormalFormGame.from_bimatrix(np.eye(3)[:2], np.eye(3)[:2]))


@pytest.mark.parametrize("transfers", [False, True])
def test_solutions_are_drawn_where_they_are(transfers: bool) -> None:
    rules = (bg.nash_bargaining, bg.kalai_smorodinsky, bg.egalitarian)
    found = [rule(OUTCOMES, ALONE, transfers=transfers) for rule in rules]
    picture = bg.plot_bargaining(OUTCOMES, found, transfers=transfers)
    (panel,) = picture.figure.axes
    drawn = {tuple(line.get_xydata()[0]) for line in panel.lines if len(line.get_xydata()) == 1}
    assert {tuple(each.payoffs.tolist()) for each in found} <= drawn
    assert tuple(ALONE) in drawn
    assert all(each.rule in picture.alt_text for each in found)


def test_bargaining_that_cannot_be_drawn_is_refused() -> None:
    three = bg.nash_bargaining(np.eye(3), [0, 0, 0])
    with pytest.raises(bg.GameError, match="two players"):
        bg.plot_bargaining(np.eye(3), [three])
    with pytest.raises(bg.GameError, match="different disagreement points"):
        bg.plot_bargaining(OUTCOMES, [bg.nash_bargaining(OUTCOMES, point) for point in (ALONE, [1, 1])])
