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
from bargain.registry import model_class
from bargain_models import LeadRace
from model_tools import build

FOLDER = Path(bargain_models.__file__).parent
NAMES = sorted(file.stem for file in FOLDER.glob("*.py") if file.stem != "__init__")
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
