"""The contract that every payoff model keeps; each model's own numbers are tested in a file of its name."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
import bargain_models
from bargain.descriptions import model_facts
from bargain.registry import model_class
from bargain_models import LeadRace
from model_tools import PRISONERS, build

FOLDER = Path(bargain_models.__file__).parent
NAMES = sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith("_"))
FINITE = [name for name in NAMES if model_class(name).takes_asks()]


def test_every_file_is_an_entry_point():
    assert sorted(bg.models()) == NAMES
    assert sorted(model_class(name).__name__ for name in NAMES) == bargain_models.__all__


@pytest.mark.parametrize("name", NAMES)
def test_contract(name):
    model = build(name)
    cls = type(model)
    assert cls.name == name
    assert cls.question.endswith("?")
    assert re.search(r"\b(19|20)\d\d\b", cls.citation), "the citation needs a year"
    assert cls.limits.endswith(".")
    if name not in FINITE:
        with pytest.raises(TypeError, match="has no finite form"):
            model.normal_form()
        return
    game = model.normal_form()
    assert game.players == model.players
    assert game.actions == model.actions()
    assert np.isfinite(game.payoffs).all()
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[:] = 0


@pytest.mark.parametrize("name", NAMES)
def test_parameters_have_meaning_unit_and_source(name):
    for parameter, field in model_class(name).model_fields.items():
        if parameter == "players":
            continue
        assert field.description, parameter
        assert field.json_schema_extra["unit"], parameter
        source = field.json_schema_extra["source"]
        assert source.startswith(("assumption", "stated by the user")) or re.search(r"\d{4}", source), parameter


@pytest.mark.parametrize("name", NAMES)
def test_models_are_frozen_and_hashable(name):
    model = build(name)
    parameter = next(iter(type(model).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(model, parameter, getattr(model, parameter))
    assert hash(model) == hash(build(name))
    assert model == build(name)


@pytest.mark.parametrize("name", NAMES)
def test_unknown_parameters_are_refused(name):
    with pytest.raises(ValidationError, match="colour"):
        type(build(name))(**build(name).parameters(), colour=1.0)


@pytest.mark.parametrize("name", FINITE)
def test_relabelling_players_relabels_payoffs(name):
    model = build(name)
    names = tuple(f"State {i}" for i in range(len(model.players)))
    renamed = type(model)(players=names, **model.parameters())
    before, after = model.normal_form(), renamed.normal_form()
    assert after.players == names
    assert after.actions == before.actions
    np.testing.assert_array_equal(after.payoffs, before.payoffs)


def swapped(values):
    *rest, one, other = values
    return (*rest, other, one)


@pytest.mark.parametrize("name", [name for name in FINITE if model_class(name).more_players and name != "table"])
def test_players_of_one_role_are_told_apart_by_their_numbers_alone(name):
    """The last two players swap capabilities and their own numbers, and so their payoffs at swapped actions."""
    default = build(name)
    names = default.players if len(default.players) > 2 else ("A", "B", "C")
    few = {"choice": "all"} if name == "domain_cooperation" else {}
    if name == "relationship_linkage":
        few = {"base": "shared_vision", "affinity": 0.3}
    model = bg.load_model(name, players=names, **few)
    own = {key: value for key, value in model.parameters().items() if isinstance(value, tuple)}
    other = type(model)(
        players=names, **model.parameters() | {k: swapped(v) for k, v in own.items() if len(v) == len(names)}
    )
    k = tuple(3.0 / (1 + i) for i in range(len(names)))
    before, after = model.normal_form(k).payoffs, other.normal_form(swapped(k)).payoffs
    players = swapped(range(len(names)))
    axes = (0, *(1 + i for i in players))
    np.testing.assert_allclose(after, before[list(players)].transpose(axes), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("affinity", [0.0, 0.5])
@pytest.mark.parametrize("name", FINITE)
def test_without_an_offer_there_is_the_disagreement_point(name, affinity):
    """Asked to do what they would do anyway, and given nothing, all have the payoffs of the model and their power.

    With `affinity` beside the model the first player counts what the second has.
    """
    model = build(name)
    profile = tuple(len(own) - 1 for own in model.actions())
    asked = {player: own[at] for player, own, at in zip(model.players, model.actions(), profile, strict=True)}
    k, stakes = model.capabilities(), [10.0 * (1 + i) for i in range(len(model.players))]
    if name == "capacity_club":
        stakes = [0.0] * len(stakes)  # its payoff is the power term already
    first, second = model.players[:2]
    draft = {
        "schema": "bargain/offer@1",
        "model": name,
        "players": {
            player: {"capability": float(own), "discount": 0.9, "stake": stake}
            for player, own, stake in zip(model.players, k, stakes, strict=True)
        },
        "parameters": PRISONERS if name == "table" else {},
        "asks": asked,
        "disagreement": asked,
        "terms": [],
        "affinity": {first: {second: affinity}} if affinity else {},
    }
    if name == "table":
        draft["asks"] = draft["disagreement"] = dict.fromkeys(model.players, "break")
    payoffs = bg.check(bg.make_offer(draft)).to_dict()["payoffs"]
    own = [
        float(payoff) + stake * float(share)
        for payoff, stake, share in zip(model.payoff(profile, k), stakes, bg.power_shares(k), strict=True)
    ]
    expected = [own[0] + affinity * own[1], *own[1:]]
    assert [payoffs["disagreement"][player] for player in model.players] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert payoffs["agreement"] == payoffs["disagreement"]


def times(value, factor):
    """All numbers of a parameter times a factor."""
    if isinstance(value, tuple | list):
        return tuple(times(each, factor) for each in value)
    return value * factor if isinstance(value, int | float) else value


@pytest.mark.parametrize("name", FINITE)
def test_units_match(name):
    """Twice every number that is in payoffs, whatever it is per, is twice every payoff."""
    model = build(name)
    fields = type(model).parameter_fields()
    units = {field.alias or key: field.json_schema_extra["unit"] for key, field in fields.items()}
    own = {key: value for key, value in model.parameters().items() if re.match(r"payoff(?! per payoff)", units[key])}
    if not own:
        assert name in ("complementarity", "power_transition"), "payoffs are made of goods, and of pies"
        return
    if name == "table":
        own = {"payoffs": PRISONERS["payoffs"]}
        doubled = {player: times(rows, 2) for player, rows in own["payoffs"].items()}
        other = bg.load_model("table", actions=PRISONERS["actions"], payoffs=doubled)
    else:
        doubled = {key: times(value, 2) for key, value in own.items()}
        other = type(model)(players=model.players, **model.parameters() | doubled)
    np.testing.assert_allclose(other.normal_form().payoffs, 2 * model.normal_form().payoffs, rtol=1e-12)


TOGETHER = {"shared_vision": {"benefit"}}
"""Parameters that cannot go to a bound by themselves, since a rule takes several together: 0 < cost < benefit."""
BOUNDS = {"ge": -1, "gt": -1, "le": 1, "lt": 1}
"""Which way lies what a bound keeps out."""


@pytest.mark.parametrize("name", NAMES)
def test_parameters_behave_up_to_their_bounds(name):
    """A bound that is allowed gives finite payoffs, beyond it or at an open one the parameter is refused by name."""
    model = build(name)
    refused: set[str] = set()
    for key, field in type(model).parameter_fields().items():
        if not isinstance(field.default, float):
            continue
        for constraint in field.metadata:
            for sign, way in BOUNDS.items():
                bound = getattr(constraint, sign, None)
                if bound is None:
                    continue
                beyond = bound if sign in ("gt", "lt") else math.nextafter(bound, way * math.inf)
                with pytest.raises(ValidationError, match=key):
                    type(model)(players=model.players, **model.parameters() | {key: float(beyond)})
                if sign in ("gt", "lt"):
                    allowed = bound - way * 1e-9 * max(1.0, abs(bound))
                else:
                    allowed = float(bound)
                try:
                    at = type(model)(players=model.players, **model.parameters() | {key: allowed})
                except ValidationError:
                    refused.add(key)
                    continue
                assert np.isfinite(at.normal_form().payoffs).all()
    assert refused == TOGETHER.get(name, set())


WORDS = {"at least": -1, "above": 0, "at most": 1, "below": 0}
"""What `bargain show` says of a range, and how far from the bound lies a whole number that it keeps out."""


@pytest.mark.parametrize("name", NAMES)
def test_the_range_shown_is_the_range_taken(name):
    """Of a number and of each number of a list: beyond the range shown it is refused, and named; words likewise."""
    model = build(name)
    shown = {each["name"]: each["bounds"] for each in model_facts(type(model))["parameters"]}
    for key, bounds in shown.items():
        stated, wrong = model.parameters()[key], []
        for word, bound in re.findall(r"(at least|above|at most|below) (\d+)", bounds):
            beyond = int(bound) + WORDS[word]
            wrong.append((beyond, *stated[1:]) if isinstance(stated, tuple) else beyond)
        if isinstance(stated, str) and bounds:
            assert stated in re.split(r", or |, | or ", bounds)
            wrong.append("neither")
        for value in wrong:
            with pytest.raises(ValidationError, match=key):
                type(model)(players=model.players, **model.parameters() | {key: value})
    assert {
        "safe_coalition": {"benefit": "above 0", "member_exposure": "at least 0 and at most 1"},
        "power_transition": {"p": "at least 0 and at most 1", "horizon": "at least 1 and at most 10000, or infinite"},
        "complementarity": {"labour": "at least 0", "division": "equal, first or shapley"},
    }.get(name, {}).items() <= shown.items()


@pytest.mark.parametrize("name", FINITE)
def test_players_must_fill_the_roles(name):
    cls, parameters, count = model_class(name), build(name).parameters(), len(build(name).players)
    with pytest.raises(ValidationError, match="names must differ"):
        cls(players=("A", "A"), **parameters)
    if not cls.more_players:
        with pytest.raises(ValidationError, match=r"3 players named; .* has 2: "):
            cls(players=("A", "B", "C"), **parameters)
    with pytest.raises(ValueError, match=f"{count} finite capabilities above zero"):
        build(name).normal_form((1.0,) * (count + 1))
    with pytest.raises(ValueError, match="above zero"):
        build(name).normal_form((1.0,) * (count - 1) + (0.0,))


@pytest.mark.parametrize("name", [name for name in NAMES if model_class(name).rational])
def test_rationals_equal_floats(name):
    rng = np.random.default_rng(1)
    cls, model = model_class(name), build(name)
    for _ in range(20):
        drawn = {
            parameter: round(value * (0.8 + 0.2 * float(rng.random())) or float(rng.random()), 3)
            for parameter, value in model.parameters().items()
            if isinstance(value, float)
        }
        floats = cls(players=model.players, **model.parameters() | drawn)
        rationals = floats.in_rationals()
        others = len(model.players) - 1
        exact = rationals.normal_form((Fraction(4), *[Fraction(1)] * others))
        assert exact.exact
        np.testing.assert_allclose(exact.payoffs, floats.normal_form((4.0, *[1.0] * others)).payoffs, atol=1e-14)
        harm = rationals.breach_harm((Fraction(4, 5), Fraction(1, 5)), arrived=True)
        assert all(isinstance(each, int | Fraction) for each in harm)
        np.testing.assert_allclose(
            [float(each) for each in harm], floats.breach_harm((0.8, 0.2), arrived=True), atol=1e-14
        )


@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_use_the_parameters_names(name):
    cls = model_class(name)
    symbols, thresholds = cls.symbols(), cls.thresholds()
    assert all(str(symbol) == key for key, symbol in symbols.items())
    for words, form in thresholds.items():
        assert form.free_symbols <= set(symbols.values()), words
    if thresholds:
        numbers = {key for key, value in build(name).parameters().items() if isinstance(value, float)}
        assert numbers <= set(symbols)


def test_a_probability_is_no_yes_and_no_text():
    for wrong in (True, "0.5", 1.5, -0.1, math.nan):
        with pytest.raises(ValidationError):
            LeadRace(accident_risk=wrong)


PAGES = Path(__file__).parents[1] / "docs" / "explanation" / "models"


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_a_document_is_on_the_page_of_its_model(name):
    """In code, so that a reader finds the symbol beside it."""
    prose = re.sub(r"^```.*?^```$", "", (PAGES / f"{name}.md").read_text(encoding="utf-8"), flags=re.M | re.S)
    told = {word for code in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"\w+", code)}
    assert set(model_class(name).parameter_names()) <= told


@pytest.mark.parametrize("name", NAMES)
def test_closed_forms_use_parameters_and_symbols_with_a_meaning(name):
    cls = model_class(name)
    names = {symbol: word for word, symbol in cls.symbols().items()}
    used = {names[symbol] for form in cls.thresholds().values() for symbol in form.free_symbols}
    assert used <= {*cls.parameter_names(), *cls.meanings}
    assert set(cls.meanings) <= used - set(cls.parameter_names())
