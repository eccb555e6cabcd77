"""All pictures, the library's and the worked examples': words do not overlap, grey is enough, the same bytes again."""

from __future__ import annotations

import itertools
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

import bargain as bg
import pages
from bargain import _pictures
from claims import figures

SCRIPTS = pages.figures()
HUNT = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]], actions=[("stag", "hare")] * 2)
OUTCOMES, ALONE = [[0, 4], [3, 3], [4, 0]], [0, 1]
LONG = (
    "République populaire démocratique",
    "Österreich–Ungarn & associates",
    "日本国",
    "A consortium of many states with a very long name",
)
HAIR = 1.0
"""Pixels by which two boxes may overlap: the boxes of letters are larger than the letters."""


def offer(name: str) -> bg.Offer:
    return bg.read_offer(pages.ROOT / "examples" / f"{name}.yaml")


@cache
def library() -> dict[str, bg.Picture]:
    """At least one picture of every public function that draws."""
    clubs = offer("ten_countries/offer").build_model().membership()
    pooled, best = (
        offer(f"complementarity/{name}").build_model().coalitional() for name in ("offer", "one_technology")
    )
    four = bg.CoalitionalGame([0, 0, 0, 2, 0, 2, 2, 4, 0, 2, 2, 4, 2, 4, 4, 8])
    rules = (bg.nash_bargaining, bg.kalai_smorodinsky, bg.egalitarian)
    unpaid = offer("lead_race/unpaid")
    spans = {"terms.fund.value": (0.0, 10.0), "players.Leader.discount": (0.0, 0.9)}
    many = {f"line {k} with a name of some length": np.sin(np.arange(30) / 5 + k) for k in range(8)}
    many["line 7 with a name of some length"][10:15] = np.nan
    rng = np.random.default_rng(5)
    dilemma = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    coordination = bg.NormalFormGame.from_bimatrix([[1e9, 0], [0, 2e9]], [[1e9, 0], [0, 2e9]], players=LONG[:2])
    pennies = bg.NormalFormGame.from_bimatrix([[1, -1], [-1, 1]], [[-1, 1], [1, -1]])
    slow = bg.NormalFormGame.from_bimatrix(
        [[1, 0], [0, np.pi]], [[1, 0], [0, np.e]], players=LONG[:2], actions=[("pause for long", "do not pause")] * 2
    )
    huge, apart = 1e9 * np.array(OUTCOMES), [-1e9, -1e9]
    return {
        "plot_margins": bg.plot_margins(bg.check(offer("lead_race/power_instead"))),
        "plot_margins, ten countries": bg.plot_margins(bg.check(offer("ten_countries/offer"))),
        "plot_comparison": bg.plot_comparison(bg.compare(unpaid, offer("lead_race/offer"))),
        "plot_comparison, unlike": bg.plot_comparison(bg.compare(offer("capacity_club/offer"), unpaid)),
        "plot_payoff_set": bg.plot_payoff_set(
            *(bg.equilibrium_payoff_set(dilemma, delta) for delta in (0.1, 0.15, 0.3, 0.5))
        ),
        "plot_payoff_set, segment": bg.plot_payoff_set(bg.equilibrium_payoff_set(coordination, 0.3)),
        "plot_payoff_set, empty": bg.plot_payoff_set(bg.equilibrium_payoff_set(pennies, 0.5)),
        "plot_power": bg.plot_power(bg.check(offer("lead_race/power_instead"))),
        "plot_frontier": bg.plot_frontier(bg.credibility_frontier(offer("lead_race/offer"), "fund", points=21)),
        "plot_regions": bg.plot_regions(bg.verdict_regions(unpaid, *spans, spans=spans, points=6)),
        "plot_stability": bg.plot_stability(bg.stability(clubs)),
        "plot_stability, all stable": bg.plot_stability(bg.stability(bg.MembershipGame(np.zeros((16, 4))))),
        "plot_stability, long names": bg.plot_stability(
            bg.stability(bg.MembershipGame(1e-7 * rng.normal(size=(16, 4)), LONG))
        ),
        "plot_stability, one far below": bg.plot_stability(
            bg.stability(bg.MembershipGame(np.where(np.arange(32)[:, None] == 31, -1e5, rng.normal(size=(32, 5)))))
        ),
        "plot_core": bg.plot_core(pooled),
        "plot_core, long names": bg.plot_core(bg.CoalitionalGame([0, 0, 0, 2e9, 0, 2e9, 2e9, 4e9], LONG[:3])),
        "plot_core, four long names": bg.plot_core(bg.CoalitionalGame(four.values, LONG)),
        "plot_core, losses": bg.plot_core([0, -5, -5, -4, -5, -4, -4, -3]),
        "plot_core, nothing": bg.plot_core(np.zeros(8)),
        "plot_core, empty": bg.plot_core(best),
        "plot_core, four players": bg.plot_core(four),
        "plot_best_replies": bg.plot_best_replies(HUNT),
        "plot_best_replies, long names": bg.plot_best_replies(slow),
        "plot_bargaining, huge": bg.plot_bargaining(huge, [rule(huge, apart) for rule in rules]),
        "plot_bargaining": bg.plot_bargaining(OUTCOMES, [rule(OUTCOMES, ALONE) for rule in rules]),
        "plot_lines, tiny": bg.plot_lines(
            [0, 1e-7, 2e-7], {"tiny": [1e-9, 2e-9, -3e-9]}, x_label="x", y_label="y", title="Small things"
        ),
        "plot_lines": bg.plot_lines(
            np.arange(30), many, x_label="x", y_label="y", title="Eight waves", points={"a point": (3, 0.5)}
        ),
    }


NAMES = [
    *sorted(library()),
    *(script.parent.name for script in SCRIPTS),
    *(f"claims: {name}" for name in figures.PICTURES),
    "layers",
]


@cache
def figure(name: str) -> tuple[bg.Picture, float]:
    """The figure of a worked example, and the seconds of this process that it took."""
    start = time.process_time()
    return pages.drawn(pages.ROOT / "examples" / name / "figure.py"), time.process_time() - start


def picture(name: str) -> bg.Picture:
    if name.startswith("claims: "):
        return figures.PICTURES[name.removeprefix("claims: ")][0]()
    if name == "layers":
        return pages.drawn(pages.LAYERS)
    return library()[name] if name in library() else figure(name)[0]


def test_every_function_that_draws_is_here() -> None:
    assert {name.partition(",")[0] for name in library()} == {name for name in bg.__all__ if name.startswith("plot_")}


def words(shown: bg.Picture) -> Iterator[tuple[str, Any]]:
    """Every text that is seen, with its box in pixels."""
    with _pictures.style():
        yield from _words(shown)


def _words(shown: bg.Picture) -> Iterator[tuple[str, Any]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(shown.figure)
    canvas.draw()
    axes = [axis for panel in shown.figure.axes for axis in (panel.xaxis, panel.yaxis)]
    beyond = {
        id(label)
        for axis in axes
        for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        for low, high in [sorted(axis.get_view_interval())]
        for label in (tick.label1, tick.label2)
        if not (axis.get_visible() and axis.axes.axison and low <= tick.get_loc() <= high)
    }
    for text in shown.figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in beyond:
            yield text.get_text(), text.get_window_extent(canvas.get_renderer())


@pytest.mark.parametrize("name", NAMES)
def test_no_words_overlap_or_leave_the_picture(name: str) -> None:
    shown = picture(name)
    boxes = list(words(shown))
    for (a, one), (b, other) in itertools.combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        up = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert min(across, up) <= HAIR, (a, b)
    edge = shown.figure.bbox
    for text, box in boxes:
        assert box.x0 >= -HAIR, text
        assert box.y0 >= -HAIR, text
        assert box.x1 <= edge.x1 + HAIR, text
        assert box.y1 <= edge.y1 + HAIR, text


@pytest.mark.parametrize("name", [name for name in NAMES if name != "plot_lines"])
def test_letters_are_large_enough_for_a_telephone(name: str) -> None:
    """Ten pixels where the picture is 350 wide; notes below the bars and numbers beside marks nine and eight."""
    from matplotlib.text import Text

    shown = picture(name).figure
    pixels = 350 / (72 * shown.get_figwidth())
    sizes = [text.get_fontsize() for text in shown.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert min(sizes) * pixels > 8
    assert np.median(sizes) * pixels > 10


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one line", ["one line"]),
        ("kept\napart", ["kept", "apart"]),
        ("several words that need two lines", ["several words that", "need two lines"]),
        ("examples/some_folder/offer.yaml", ["examples/", "some_folder/", "offer.yaml"]),
        ("a well-known−2 name", ["a well-known−2", "name"]),
        ("W" * 20, ["W" * 9, "W" * 9, "WW"]),
    ],
)
def test_lines_are_broken(text: str, lines: list[str]) -> None:
    assert _pictures.wrapped(text, 1.5).split("\n") == lines


def look(artist: Any) -> tuple[Any, ...]:
    """What tells one thing from another without its colour: line, strokes, mark, hatch, filled or not."""
    from matplotlib.lines import Line2D

    if isinstance(artist, Line2D):
        dashes = artist._unscaled_dash_pattern if artist.get_linestyle() != "None" else None
        strokes = tuple(getattr(effect, "_spacing", None) for effect in artist.get_path_effects())
        return ("line", repr(dashes), repr(artist.get_marker()), strokes)
    patch = artist.patches[0] if hasattr(artist, "patches") else artist
    return ("area", patch.get_hatch(), patch.get_fill())


@pytest.mark.parametrize("name", NAMES)
def test_things_in_a_legend_differ_in_grey(name: str) -> None:
    for panel in picture(name).figure.axes:
        handles, labels = panel.get_legend_handles_labels()
        looks: dict[tuple[Any, ...], str] = {}
        for handle, label in zip(handles, labels, strict=True):
            if label.startswith("stable ("):
                # These stars are told apart by the number beside each.
                assert label[8] in [text.get_text() for text in panel.texts]
                continue
            assert look(handle) not in looks, (label, looks[look(handle)])
            looks[look(handle)] = label


def test_a_segment_of_payoffs_stands_out_from_the_fill_it_lies_on() -> None:
    import bargain as bg

    dilemma = bg.NormalFormGame.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    drawn = bg.plot_payoff_set(*(bg.equilibrium_payoff_set(dilemma, delta) for delta in (0.15, 0.5)))
    (segment,) = [line for line in drawn.figure.axes[0].lines if "0.15" in str(line.get_label())]
    edge = segment.get_path_effects()[0]
    assert edge._gc["foreground"] == "#000000"
    assert edge._gc["linewidth"] > segment.get_linewidth()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.parent.name)
def test_figure_of_an_example(script: Any) -> None:
    shown, seconds = figure(script.parent.name)
    assert shown.svg() == script.with_name("figure.svg").read_text(encoding="utf-8"), "run `python tests/pages.py`"
    assert f"![{shown.title}](figure.svg)" in script.with_name("README.md").read_text(encoding="utf-8")
    assert shown.alt_text.count(" ") > 10
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 40
    assert seconds < 20


def test_the_gallery_shows_every_function_that_draws() -> None:
    text = pages.GALLERY.read_text(encoding="utf-8")
    shown = pages.gallery()
    for target, each in shown.items():
        written = (pages.GALLERY.parent / target).read_text(encoding="utf-8")
        assert each.svg() == written, "run `python tests/pages.py`"
        assert f"![{each.title}]({target})" in text
    assert {path.name for path in (pages.GALLERY.parent / "pictures").iterdir()} == {
        target.partition("/")[2] for target in shown
    }
    assert {name for name in bg.__all__ if name.startswith("plot_")} == set(re.findall(r"bg\.(plot_\w+)\(", text))


def test_the_layers_are_drawn_as_the_page_has_them() -> None:
    shown, written = picture("layers"), pages.LAYERS.parent / "figures" / "layers.svg"
    assert written.read_text(encoding="utf-8") == shown.svg(), "run `python docs/layers.py`"
    assert f"![{shown.title}](figures/layers.svg)" in pages.LAYERS.with_name("architecture.md").read_text("utf-8")
    public = {path.stem for path in (pages.ROOT / "bargain").glob("[!_]*.py")}
    assert public <= set(re.findall(r"\w+", shown.alt_text))


def test_what_could_break_an_svg_is_left_out() -> None:
    game = bg.CoalitionalGame([0, 0, 0, 2, 0, 2, 2, 4], players=("\x1b[31mred", "a\x07b", "c & <d>"))
    text = bg.plot_core(game).svg()
    ElementTree.fromstring(text)
    assert "\x1b" not in text
    assert "[31mred" in text


def test_every_example_has_a_figure() -> None:
    assert [script.parent for script in SCRIPTS] == sorted(
        page.parent for page in (pages.ROOT / "examples").glob("*/README.md")
    )


def test_lines_stand_where_they_are() -> None:
    x, y = np.linspace(0, 2, 21), np.linspace(0, 2, 21) ** 2
    y[5] = np.nan
    shown = bg.plot_lines(
        x, {"square": y, "flat": 0 * x + 3}, x_label="x", y_label="y", title="T", points={"p": (1, 1)}
    )
    (panel,) = shown.figure.axes
    lines = {line.get_label(): line.get_xydata() for line in panel.lines}
    np.testing.assert_array_equal(lines["square"], np.column_stack([x, y]))
    np.testing.assert_array_equal(lines["p: 1"], [[1, 1]])
    assert shown.alt_text == "T. Y over x. Square: from 0 at 0 to 4 at 2. Flat: 3 throughout. P: 1 at 1."


def test_a_turn_of_a_line_is_said() -> None:
    shown = bg.plot_lines([0, 1, 2], {"hill": [0, 5, 1], "dale": [3, -1, 3]}, x_label="x", y_label="y", title="T")
    assert "Hill: from 0 at 0 to 1 at 2, highest 5 at 1. Dale: from 3 at 0 to 3 at 2, lowest −1 at 1." in shown.alt_text


@pytest.mark.parametrize(
    ("x", "series", "said"),
    [
        ([1, 1], {"a": [1, 2]}, "each above the one before"),
        ([1, 2], {"a": [1, 2, 3]}, "a: 2 numbers are needed"),
        ([1, 2], {"a": [np.nan, np.nan]}, "not all missing"),
        ([1, 2], {}, "0 lines"),
        ([1, 2], {str(k): [1, 2] for k in range(9)}, "9 lines: one to 8"),
    ],
)
def test_lines_that_cannot_be_drawn(x: Any, series: Any, said: str) -> None:
    with pytest.raises(bg.BargainError, match=said):
        bg.plot_lines(x, series, x_label="x", y_label="y", title="T")
