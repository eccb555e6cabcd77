"""The claims of the sources: the page says what the models give, and each claim has a place where it fails."""

from __future__ import annotations

import html
import re

import matplotlib
import pytest

from bargain import models
from bargain.registry import model_class
from claims import figures, numbers, page
from claims.claim import Claim

CLAIMS = page.labelled()


@pytest.fixture(params=CLAIMS, ids=list(CLAIMS))
def claim(request: pytest.FixtureRequest) -> Claim:
    return CLAIMS[request.param]


def test_counter_example_fails(claim: Claim) -> None:
    assert claim.holds(**claim.fails) is False
    assert claim.why


def test_example_holds(claim: Claim) -> None:
    if claim.shown is None:
        assert claim.share == 0
    else:
        assert claim.holds(**claim.shown) is True


def test_examples_lie_in_the_box_where_it_has_any(claim: Claim) -> None:
    """A claim that holds at some draws and not at others has an example and a counter-example within its box."""
    if 0 < claim.share < 1:
        for named in (claim.shown, claim.fails):
            assert named is not None
            assert not page.outside(claim, named)


def test_what_is_not_supported_holds_nowhere_in_the_box_that_is_known(claim: Claim) -> None:
    if claim.verdict == "not supported":
        assert claim.shown is None or page.outside(claim, claim.shown)


def test_draws_are_spread_over_the_box(claim: Claim) -> None:
    draws = claim.draws()
    assert draws == claim.draws()
    assert len(draws) == claim.n_draws
    for name, (low, high) in claim.box.items():
        values = [draw[name] for draw in draws]
        assert low <= min(values) <= max(values) <= high
        if name in claim.whole:
            assert set(values) == set(range(int(low), int(high) + 1))
        else:
            assert sum(values) / len(values) == pytest.approx((low + high) / 2, abs=0.02 * (high - low))


def test_every_number_is_told_of(claim: Claim) -> None:
    for name in numbers.named(claim):
        assert numbers.told(claim.model, name) or name in model_class(claim.model).parameter_names(), name


def test_every_meaning_is_of_a_number_that_there_is() -> None:
    assert not [row for row in numbers.rows(CLAIMS) if row.startswith("|  |")]


def test_enough_draws_meet_the_premise(claim: Claim) -> None:
    assert claim.tried == claim.n_draws or claim.premise
    assert claim.tried >= 60


def test_claims_stand_on_models_and_examples_that_exist(claim: Claim) -> None:
    assert claim.model in models()
    assert not claim.example or (page.ROOT / "examples" / claim.example / "README.md").exists()


def test_page_is_what_the_models_give() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.text(), "python docs/claims.py writes it anew"


@pytest.mark.parametrize("name", figures.PICTURES)
def test_picture_is_what_the_models_give(name: str) -> None:
    """Its words always; its bytes with the version of matplotlib that drew it."""
    text = (page.FIGURES / f"{name}.svg").read_text(encoding="utf-8")
    picture = figures.PICTURES[name][0]()
    described = re.search("<desc>(.*?)</desc>", text, re.S)
    assert described is not None
    assert html.unescape(described[1]) == picture.alt_text, "python docs/claims.py draws it anew"
    assert picture.svg() == picture.svg()
    pinned = re.search(r"^matplotlib==(\S+)", (page.ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)
    assert pinned is not None
    if matplotlib.__version__ == pinned[1]:
        assert picture.svg() == text


def test_what_is_shown_elsewhere_is_there() -> None:
    """Links are tested with all others; a row that is named exists."""
    for words, source, where in (*page.ELSEWHERE, *page.NOT_SHOWN):
        assert words.endswith(".")
        assert source
        assert set(re.findall(r"\b[JPBDW]\d[a-z]?\b", where)) <= set(CLAIMS), where


def test_a_danger_between_two_bounds_is_a_dilemma() -> None:
    """Han et al. (2020): 1 - 1/s < risk < 1 - 1/(3s); only there is safety for all both better and not chosen."""
    for draw in CLAIMS["J7m"].draws():
        low, high = 1 - 1 / draw["speed"], 1 - 1 / (3 * draw["speed"])
        assert CLAIMS["J7m"].holds(**draw) == (low < draw["risk"] < high)


def test_a_club_good_brings_country_7_in_at_its_threshold() -> None:
    """The exposure at which it joins is 0.8412466726; with others the least is that of country 10, 0.8404382604."""
    club_good = CLAIMS["J2g"].holds
    assert [club_good(outsider=2, exposure=0.8412466726 + step) for step in (-1e-9, 1e-9)] == [True, False]
    assert [club_good(outsider=5, exposure=0.8404382604 + step) for step in (-1e-9, 1e-9)] == [True, False]


def test_pictures_show_claims_that_there_are() -> None:
    for _, labels in figures.PICTURES.values():
        named = re.findall(r"[A-Z]\d[a-z]?", labels)
        assert named
        assert set(named) <= set(CLAIMS)
