"""Pictures: the same bytes each time, their numbers in words, and the core where the core is."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from functools import lru_cache

import numpy as np
import pytest

import bargain as bg
from bargain.coalitions import MembershipGame
from bargain.cores import core, least_core
from bargain.errors import BargainError
from bargain.games import GameError
from bargain.membership import stability
from bargain.plots import (
    core_vertices,
    plot_core,
    plot_frontier,
    plot_margins,
    plot_stability,
    save_figure,
)
from bargain.tu import CoalitionalGame
from bargain.values import shapley_value
from bargain_models.capacity_club import CapacityClub
from bargain_models.complementarity import Complementarity

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("North", "South", "East")


def offer(name):
    return bg.read_offer(f"examples/lead_race/{name}.yaml")


def pictures():
    return {
        "triangle": plot_core(Complementarity(pooling="sum").coalitional()),
        "empty": plot_core(Complementarity().coalitional()),
        "tetrahedron": plot_core(Complementarity(pooling="sum", technology=(9, 3, 1, 5), labour=4).coalitional()),
        "stability": plot_stability(stability(CapacityClub().membership())),
        "margins": plot_margins(bg.check(offer("unpaid"))),
        "frontier": plot_frontier(bg.credibility_frontier(offer("offer"), "fund", points=21)),
    }


DRAWN = pictures()


@lru_cache
def svg(name):
    return DRAWN[name].svg()


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)


def clipped(values):
    """The core of three players: the triangle of imputations, cut by one pair after the other (exact)."""
    v = [Fraction(x) for x in values]
    total, alone = v[7], [v[1], v[2], v[4]]
    room = total - sum(alone)
    corners = [[alone[i] + room * (i == k) for i in range(3)] for k in range(3)]
    for k, pair in ((0, 6), (1, 5), (2, 3)):
        most, kept = total - v[pair], []
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            if a[k] <= most:
                kept.append(a)
            if (a[k] - most) * (b[k] - most) < 0:
                t = (most - a[k]) / (b[k] - a[k])
                kept.append([p + t * (q - p) for p, q in zip(a, b, strict=True)])
        corners = kept
    return {tuple(map(float, corner)) for corner in corners}


def polygons(picture, name):
    return [patch for panel in picture.figure.axes for patch in panel.patches if patch.get_gid() == name]


def allocations(picture, game, paper):
    """Where points on paper stand in payoffs, read off the drawn triangle of imputations."""
    (frame,) = polygons(picture, "simplex")
    corners = np.column_stack([frame.get_xy()[:3], np.ones(3)])
    weights = np.column_stack([paper, np.ones(len(paper))]) @ np.linalg.inv(corners)
    alone = game.values[[1, 2, 4]]
    return alone + weights * (game.values[-1] - alone.sum())


def near(found, expected):
    """Whether two sets of points are the same."""
    gaps = np.abs(np.array(sorted(expected))[:, None] - np.asarray(found)[None]).max(axis=2)
    return gaps.min(axis=0).max() < 1e-9 and gaps.min(axis=1).max() < 1e-9


@pytest.mark.parametrize(
    "values",
    [
        [0, 0, 0, 2, 0, 2, 2, 4],
        [0, 1, 2, 5, 0, 4, 3, 9],
        [0, 0, 0, 5, 0, 3, 0, 6],
        [0, 0, 0, 0, 0, 0, 0, 1],
        Complementarity(pooling="sum").coalitional().values,
        Complementarity(pooling="sum", technology_exponent=0.9).coalitional().values,
    ],
)
def test_the_drawn_polygon_is_the_core(values):
    game = CoalitionalGame(values, NAMES)
    expected = clipped(game.given.tolist())
    picture = plot_core(game, {"corner": next(iter(expected))})
    (drawn,) = polygons(picture, "core")
    assert near(allocations(picture, game, drawn.get_xy()), expected)
    assert near(core_vertices(game), expected)
    assert not polygons(picture, "least core")


def test_corners_of_four_players():
    """Against scipy's intersection of half-spaces, on random games with a core of full dimension."""
    from scipy.spatial import HalfspaceIntersection

    rng, masks = np.random.default_rng(30), np.arange(1, 15)
    members = (masks[:, None] >> np.arange(4) & 1).astype(float)
    for _ in range(20):
        values = np.zeros(16)
        values[masks] = rng.uniform(0, 1, 14) * members.sum(axis=1)
        values[15] = 6 + rng.uniform(0, 3)
        centre = least_core(values)
        assert centre.epsilon < 0
        # The last player has what is left: x_4 = v(N) - x_1 - x_2 - x_3.
        rows = np.column_stack([members[:, 3:] - members[:, :3], values[masks] - members[:, 3] * values[15]])
        found = HalfspaceIntersection(rows, centre.payoffs[:3]).intersections
        expected = {tuple(np.append(point, values[15] - point.sum())) for point in found}
        assert near(core_vertices(values), expected)


def test_faces_of_the_tetrahedron():
    """Every drawn face of a full core has its corners among the core's, and each corner stands in three or more."""
    game = CoalitionalGame([0, 0, 0, 2, 0, 2, 2, 4, 0, 2, 2, 4, 2, 4, 4, 8])
    picture = plot_core(game)
    faces = polygons(picture, "core")
    # 12 corners: a cuboctahedron, of 8 triangles and 6 squares, in each of two views.
    assert sorted(len(face.get_xy()) - 1 for face in faces) == [3] * 16 + [4] * 12
    assert len(core_vertices(game)) == 12


def test_an_empty_core_is_drawn_as_such():
    game = Complementarity().coalitional()
    picture = DRAWN["empty"]
    assert not core(game)
    assert len(core_vertices(game)) == 0
    assert not polygons(picture, "core")
    assert not [line for line in picture.figure.axes[0].lines if line.get_gid() == "core"]
    (least,) = [line for line in picture.figure.axes[0].lines if line.get_gid() == "least core"]
    assert len(least.get_xydata()) == 2
    assert picture.title.startswith("The core is empty")
    assert "concedes 0.671307" in picture.alt_text


def test_a_core_of_one_point_is_drawn_as_a_point():
    game = CoalitionalGame([0, 0, 0, 60, 0, 60, 60, 90], players=NAMES)
    picture = plot_core(game)
    (point,) = [line for line in picture.figure.axes[0].lines if line.get_gid() == "core"]
    assert allocations(picture, game, point.get_xydata()) == pytest.approx(np.array([[30, 30, 30]]))
    assert "The core has 1 corner: (30, 30, 30)." in picture.alt_text


def test_solutions_stand_where_they_are():
    game = CoalitionalGame([0, 0, 0, 2, 0, 2, 2, 4], players=NAMES)
    given = {"equal": (Fraction(4, 3),) * 3, "Shapley": shapley_value(game), "one-sided": (4, 0, 0)}
    picture = plot_core(game, given)
    marks = {line.get_label().partition(":")[0]: line.get_xydata() for line in picture.figure.axes[0].lines}
    for name, point in given.items():
        payoffs = np.array(getattr(point, "payoffs", point), dtype=float)
        assert allocations(picture, game, marks[name]) == pytest.approx(payoffs[None], abs=1e-12)
    assert "one-sided: (4, 0, 0)." in picture.alt_text


def test_a_solution_that_does_not_exist_is_said_not_to():
    assert "Tau value: none." in DRAWN["empty"].alt_text


@pytest.mark.parametrize("values", [[0, 1, 2, 3, 4, 5, 6, 7], [0] * 8, [0, 3, 3, 1, 3, 1, 1, 2], [0] * 16])
def test_flat_and_strange_games_are_drawn(values):
    picture = plot_core(values)
    assert ElementTree.fromstring(picture.svg()).tag == f"{SVG}svg"
    assert np.isfinite(np.concatenate([line.get_xydata() for line in picture.figure.axes[0].lines])).all()


def test_scale_does_not_matter():
    for factor in (1e-12, 1e12):
        values = factor * np.array([0, 1, 2, 5, 0, 4, 3, 9.0])
        assert near(core_vertices(values) / factor, clipped([0, 1, 2, 5, 0, 4, 3, 9]))


def test_same_bytes_every_time():
    for name, picture in pictures().items():
        assert picture.svg() == svg(name), name
    triangle = DRAWN["triangle"]
    assert triangle.png(40) == triangle.png(40)
    assert triangle.svg() == svg("triangle")


def test_same_bytes_from_another_process_and_no_pyplot():
    code = (
        "import sys; from bargain.plots import plot_core; assert 'matplotlib' not in sys.modules; "
        "sys.stdout.buffer.write(plot_core([0, 0, 0, 2, 0, 2, 2, 4]).svg().encode()); "
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    environment = {"PYTHONHASHSEED": "2", "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert done.stdout.decode() == plot_core([0, 0, 0, 2, 0, 2, 2, 4]).svg()


@pytest.mark.parametrize("name", DRAWN)
def test_the_svg_describes_itself(name):
    picture = DRAWN[name]
    root = ElementTree.fromstring(svg(name))
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == picture.title
    assert root.find(f"{SVG}desc").text == picture.alt_text
    assert len(list(root.iter(f"{SVG}text"))) > 5, "text stays text"
    assert "date" not in svg(name).partition("</metadata>")[0]


def test_numbers_in_words():
    text = DRAWN["triangle"].alt_text
    assert "Nucleolus: (5.299, 3.549, 3.561)." in text
    assert "The core has 4 corners: (4.428, 3.635, 4.347);" in text
    text = DRAWN["stability"].alt_text
    assert "Stable: {State 2, State 3, State 4}: surplus +17.3918." in text
    assert "Size 4: surplus from 31.0476 to 31.0476, 1 of 1 could be kept." in text
    text = DRAWN["margins"].alt_text
    assert "does what is asked, Follower: fails, −2.83758 USD bn per year." in text
    assert "risk: not applicable." in text
    text = DRAWN["frontier"].alt_text
    assert "most credible at 6.07001 USD bn per year" in text
    assert "Follower: critical discount factor from 0.7808 at 0" in text


def test_stability_marks():
    found = stability(CapacityClub().membership())
    (panel,) = DRAWN["stability"].figure.axes
    points = {line.get_label(): line.get_xydata() for line in panel.lines}
    kept = points["transfers among members can keep it together (11)"]
    assert sorted(kept[:, 1]) == pytest.approx(sorted(found.surplus[list(found.potentially_stable)]))
    assert sorted(np.round(kept[:, 0])) == [2] * 6 + [3] * 4 + [4]
    (star,) = [xy for label, xy in points.items() if label.startswith("stable")]
    assert star[0, 1] == pytest.approx(17.3918, abs=5e-5)


def test_many_coalitions_become_ranges():
    rng = np.random.default_rng(31)
    found = stability(MembershipGame(rng.normal(size=(1 << 13, 13)) * np.linspace(1, 50, 13)))
    (panel,) = plot_stability(found).figure.axes
    sizes = np.array([mask.bit_count() for mask in range(1 << 13)])
    kept = set(found.potentially_stable)
    bars = {(round(bar.get_x() + 0.35), bar.get_fill()): bar for bar in panel.patches}
    for size in range(2, 14):
        for fill in (True, False):
            own = [found.surplus[mask] for mask in np.flatnonzero(sizes == size) if (mask in kept) == fill]
            if own:
                bar = bars[size, fill]
                assert (bar.get_y(), bar.get_y() + bar.get_height()) == pytest.approx((min(own), max(own)))


def test_many_stable_coalitions_are_counted():
    picture = plot_stability(stability(MembershipGame(np.zeros((16, 4)))))
    assert "11 are stable" in picture.title
    assert "And 3 more stable ones." in picture.alt_text


def test_bars_are_the_margins():
    verdict = bg.check(offer("unpaid"))
    bars = [bar.get_width() for panel in DRAWN["margins"].figure.axes for bar in panel.patches]
    assert bars == [finding.margin for finding in verdict.findings if finding.margin is not None]
    failing = [bar for panel in DRAWN["margins"].figure.axes for bar in panel.patches if bar.get_hatch() == "///"]
    assert [bar.get_width() for bar in failing] == [verdict.finding("compliance", "Follower").margin]
    assert [panel.get_xlabel() for panel in DRAWN["margins"].figure.axes] == [
        "margin, USD bn per year",
        "margin, of all power",
    ]


def test_lines_are_the_frontier():
    amounts = np.linspace(0, 60, 61)
    front = bg.credibility_frontier(offer("offer"), "fund", amounts=amounts)
    (panel,) = plot_frontier(front).figure.axes
    lines = {line.get_label(): line.get_xydata() for line in panel.lines}
    for k, player in enumerate(front.players):
        np.testing.assert_array_equal(lines[player], np.column_stack([amounts, front.factors[:, k]]))
    (shade,) = panel.patches
    broken = amounts[np.isnan(front.factors).any(axis=1)]
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == pytest.approx((broken.min(), broken.max()))


def test_files(tmp_path):
    picture = DRAWN["frontier"]
    save_figure(picture, tmp_path / "front.svg")
    assert (tmp_path / "front.svg").read_text(encoding="utf-8") == svg("frontier")
    save_figure(picture, tmp_path / "front.png")
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["front.png", "front.svg"]
    with pytest.raises(BargainError, match=r"front.gif: pictures are written as .svg or .png"):
        save_figure(picture, tmp_path / "front.gif")
    with pytest.raises(FileNotFoundError):
        save_figure(picture, tmp_path / "nowhere" / "front.png")


def test_names_are_no_mathematics_and_no_markup():
    game = CoalitionalGame([0, 0, 0, 2, 0, 2, 2, 4], players=("$a_b$", "<North> & co", "日本"))
    root = ElementTree.fromstring(plot_core(game).svg())
    words = "".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "$a_b$" in words
    assert "日本" in words
    assert "<North> & co" in root.find(f"{SVG}desc").text


def test_what_cannot_be_drawn():
    with pytest.raises(GameError, match="2 players: the core is drawn for three"):
        plot_core([0, 0, 0, 1])
    with pytest.raises(GameError, match="2 to 5"):
        core_vertices([0, 1])
    with pytest.raises(GameError, match="9 solutions: at most 8"):
        plot_core([0, 0, 0, 2, 0, 2, 2, 4], {str(k): (1, 1, 2) for k in range(9)})
    with pytest.raises(GameError, match="3 payoffs are needed"):
        plot_core([0, 0, 0, 2, 0, 2, 2, 4], {"short": (1, 3)})
    with pytest.raises(GameError, match="no coalitions of two or more"):
        plot_stability(stability(MembershipGame([[0], [1]])))
