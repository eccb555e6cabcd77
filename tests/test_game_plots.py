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


DILEMMA = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])


def test_sets_of_payoffs_are_drawn_where_they_are() -> None:
    sets = [bg.equilibrium_payoff_set(DILEMMA, delta) for delta in (0.5, 0.1, 0.15)]
    picture = bg.plot_payoff_set(*sets)
    (panel,) = picture.figure.axes
    handles = dict(zip(*panel.get_legend_handles_labels()[::-1], strict=True))
    polygon = handles["discount factor 0.5: equilibrium payoffs"].get_xy()
    np.testing.assert_array_equal(polygon[:-1], sets[0].vertices)
    for found in sets[1:]:
        line = handles[f"discount factor {found.discount:g}: equilibrium payoffs"]
        np.testing.assert_array_equal(line.get_xydata(), found.vertices)
    # Every set lies right of and above the lines of the pure minmax payoffs, here those of mutual defection.
    corner = handles["left of it or below: less than any punishment leaves"].get_xydata()
    np.testing.assert_array_equal(corner[1], [3, 3])
    outline = handles["all that lotteries over actions give"].get_xydata()
    assert {tuple(point) for point in outline} == {(9, 9), (1, 10), (10, 1), (3, 3)}
    assert picture.title.endswith("at discount factors of 0.1, 0.15 and 0.5")
    assert all(str(found) in picture.alt_text for found in sets)
    assert picture.svg() == bg.plot_payoff_set(*sets).svg()


def test_an_empty_set_of_payoffs_is_named() -> None:
    picture = bg.plot_payoff_set(bg.equilibrium_payoff_set(PENNIES, 0.5))
    (panel,) = picture.figure.axes
    assert "discount factor 0.5: equilibrium payoffs: none" in panel.get_legend_handles_labels()[1]
    assert "No pure-strategy equilibrium exists" in picture.alt_text


def test_sets_that_cannot_be_drawn() -> None:
    one = bg.equilibrium_payoff_set(DILEMMA, 0.5)
    with pytest.raises(bg.GameError, match="0 sets: one to 4"):
        bg.plot_payoff_set()
    with pytest.raises(bg.GameError, match="5 sets"):
        bg.plot_payoff_set(*[one] * 5)
    with pytest.raises(bg.GameError, match="different games"):
        bg.plot_payoff_set(one, bg.equilibrium_payoff_set(PENNIES, 0.5))
