"""Strategic vigilance: reference thresholds, closed forms against the solver, and signals that separate."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain_models import StrategicVigilance
from bargain_models.strategic_vigilance import Reassurance, Signalling
from model_tools import DRAWS, best_replies, bisect, closed_forms

RESTRAIN, BUILD = (0, 0), (1, 1)


def threshold(model, capabilities=(1.0, 1.0), player=0, mutual=0.0, own=0.0):
    """theta*, read off the game: the largest belief at which building gains nothing against restraint."""

    def content(belief):
        game = model.model_copy(update={"belief": belief}).normal_form(capabilities)
        payoffs = np.moveaxis(game.payoffs[player], player, 0)[:, 0]
        return payoffs[0] + own + mutual * (1 - belief) - payoffs[1]

    return bisect(content, 0.0, 1.0)


@pytest.mark.parametrize(("benefit", "expected"), [({}, 0.25), ({"on_mutual": 1.0}, 0.4), ({"on_own": 1.0}, 0.5)])
def test_reference_thresholds(benefit, expected):
    model = StrategicVigilance()
    assert model.largest_belief(**benefit) == pytest.approx(expected)
    read = threshold(model, mutual=benefit.get("on_mutual", 0), own=benefit.get("on_own", 0))
    assert read == pytest.approx(expected)


def test_reference_exposure_of_six():
    assert StrategicVigilance(exposure=6.0).largest_belief() == pytest.approx(1 / 6)
    assert threshold(StrategicVigilance(exposure=6.0)) == pytest.approx(1 / 6)
    # The same from power: a neighbour with three quarters of it.
    assert StrategicVigilance().losses((1.0, 3.0)) == (6.0, 2.0)
    assert threshold(StrategicVigilance(), (1.0, 3.0)) == pytest.approx(1 / 6)


def test_fear_alone_makes_competition():
    """The payoffs of secure states are the same; only the belief differs."""
    calm, afraid = (bg.nash_equilibria(StrategicVigilance(belief=theta).normal_form()) for theta in (0.24, 0.26))
    assert RESTRAIN in [each.profile for each in calm]
    assert [each.profile for each in afraid] == [BUILD]
    assert RESTRAIN in best_replies(StrategicVigilance(belief=0.0).normal_form())


def test_one_fearful_state_is_enough():
    found = bg.nash_equilibria(StrategicVigilance(belief=(0.0, 0.3)).normal_form())
    assert [each.profile for each in found] == [BUILD]


def test_payoffs_by_hand():
    model = StrategicVigilance(belief=(0.25, 0.5), warning=0.5)
    game = model.normal_form((3.0, 1.0))
    first, second = 0.5 * (4 - 8 * 0.25) + 0.5, 0.5 * (4 + 8 * 0.25) + 0.5
    assert model.losses((3.0, 1.0)) == pytest.approx((first, second))
    assert game.payoffs[0] == pytest.approx(np.array([[0.75 * 3 - 0.25 * first, -first], [0.75 * 2 - 0.25, -1]]))
    assert game.payoffs[1] == pytest.approx(np.array([[0.5 * 3 - 0.5 * second, 0.5 * 2 - 0.5], [-second, -1]]))
    assert model.risk(RESTRAIN, (3.0, 1.0)) == pytest.approx(1 - 0.75 * 0.5)
    assert model.risk((0, 1), (3.0, 1.0)) == 1


def test_beliefs_in_rationals():
    exact = StrategicVigilance(belief=(0.1, 0.25)).in_rationals()
    assert exact.normal_form((Fraction(3), Fraction(1))).exact
    assert exact.beliefs == (Fraction(1, 10), Fraction(1, 4))


def draw(rng):
    t, c = float(rng.uniform(-1, 3)), float(rng.uniform(0, 2))
    return {
        "belief": float(rng.uniform(0, 0.95)),
        "mutual_restraint": t + float(rng.uniform(0.1, 3)),
        "exploitation": t,
        "exposure": c + float(rng.uniform(0.5, 5)),
        "rivalry": c,
        "power_effect": float(rng.uniform(0, 4)),
        "warning": float(rng.uniform(0, 0.9)),
    }


def test_closed_forms():
    """On 200 random draws: thresholds, prices and the solver's equilibria agree."""
    rng, at = np.random.default_rng(10), closed_forms(StrategicVigilance)
    seen = {True: 0, False: 0}
    for _ in range(DRAWS):
        numbers, k = draw(rng), tuple(rng.uniform(1, 2, 2).tolist())
        model, benefit = StrategicVigilance(**numbers), float(rng.uniform(0, 1))
        share = k[1] / sum(k)
        values = numbers | {"other_share": share, "benefit": benefit}
        values |= {"gain_of_expansionist": 0.0, "signal_cost_ratio": 1.0}
        loss = at("loss if exploited", values)
        assert model.losses(k)[0] == pytest.approx(loss)
        if loss <= numbers["rivalry"] + benefit:
            continue
        for words, paid in (
            ("largest belief at which restraint is an equilibrium", {}),
            ("the same with a benefit on mutual restraint", {"mutual": benefit}),
            ("the same with a benefit on own restraint", {"own": benefit}),
        ):
            assert at(words, values) == pytest.approx(threshold(model, k, **paid), abs=1e-9)
            named = {f"on_{name}": amount for name, amount in paid.items()}
            assert at(words, values) == pytest.approx(model.largest_belief(k, **named))

        found = [each.profile for each in bg.nash_equilibria(model.normal_form(k), cross_check=False)]
        stable = all(numbers["belief"] <= model.largest_belief(k, player=i) for i in (0, 1))
        assert (RESTRAIN in found) == stable
        assert BUILD in found or min(model.losses(k)) < numbers["rivalry"]
        seen[stable] += 1

        price = model.price_of_restraint(k)
        assert price == pytest.approx(max(0, at("price of restraint, paid on own restraint", values)))
        if price > 0:
            assert threshold(model, k, own=price) == pytest.approx(numbers["belief"], abs=1e-9)
            mutual = model.price_of_restraint(k, on="mutual")
            assert mutual == pytest.approx(at("price of restraint, paid on mutual restraint", values))
            assert threshold(model, k, mutual=mutual) == pytest.approx(numbers["belief"], abs=1e-9)
    assert min(seen.values()) > 20, seen


def separates_by_hand(model, gain, ratio, size):
    """Each side's four payoffs compared, written out from the story."""
    a, c = model.mutual_restraint, model.rivalry
    return a - size >= -c and -c >= gain - ratio * size


def test_signals_separate_exactly_in_the_interval():
    rng, at = np.random.default_rng(11), closed_forms(StrategicVigilance)
    seen = {"none": 0, "some": 0}
    for _ in range(DRAWS):
        numbers = draw(rng) | {"power_effect": 0.0, "warning": 0.0}
        model, gain, ratio = StrategicVigilance(**numbers), float(rng.uniform(-1, 6)), float(rng.uniform(0.5, 4))
        signal = Reassurance(model, gain, ratio)
        values = numbers | {"other_share": 0.5, "benefit": 0.0}
        values |= {"gain_of_expansionist": gain, "signal_cost_ratio": ratio}
        low = max(0.0, at("least signal that reassures", values))
        high = at("largest signal that a secure state sends", values)
        assert signal.interval == (pytest.approx((low, high)) if low <= high else None)
        seen["some" if signal.interval else "none"] += 1
        for size in (*rng.uniform(0, 8, 5).tolist(), max(0.0, low - 1e-6), low + 1e-6, high - 1e-6, high + 1e-6):
            inside = low <= size <= high
            if size >= 0:
                assert signal.separates(size) == inside == separates_by_hand(model, gain, ratio, size)
    assert min(seen.values()) > 20, seen


def test_all_equilibria_of_a_signal():
    """Below theta* trust needs no signal; above it only the separating one, or none at all, is left."""
    signal = Reassurance(StrategicVigilance(), gain_of_expansionist=5.0, signal_cost_ratio=2.0)
    separating = Signalling(True, False, True, False)
    trusting, distrusting = Signalling(False, False, True, True), Signalling(False, False, False, False)
    assert trusting in signal.equilibria(3.5, belief=0.2)
    assert set(signal.equilibria(3.5, belief=0.3)) == {separating, distrusting}
    assert set(signal.equilibria(2.5, belief=0.3)) == {distrusting}
    for each, size in itertools.product(signal.equilibria(3.5, belief=0.3), (3.5,)):
        assert size <= 4 or not each.secure_sends
    pooling = Signalling(True, True, True, False)
    assert pooling in signal.equilibria(1.0, belief=0.2)
    assert pooling not in signal.equilibria(1.0, belief=0.3)


def test_edges():
    prisoners = StrategicVigilance(exploitation=5.0)
    assert prisoners.largest_belief() == -math.inf
    assert [each.profile for each in bg.nash_equilibria(prisoners.normal_form())] == [BUILD]
    safe = StrategicVigilance(warning=1.0)
    assert safe.largest_belief() == 1
    assert RESTRAIN in best_replies(safe.model_copy(update={"belief": 1.0}).normal_form())
    assert StrategicVigilance(belief=1.0).price_of_restraint() == 3
    assert StrategicVigilance(belief=1.0).price_of_restraint(on="mutual") == math.inf
    assert StrategicVigilance(belief=0.1).price_of_restraint() == 0
    # A signal that costs an expansionist no more than a secure state separates only if its gain is smaller.
    assert Reassurance(StrategicVigilance(), 5.0, 1.0).interval is None


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"belief": 1.5}, "less than or equal to 1"),
        ({"belief": (0.1, 0.2, 0.3)}, "two states; got 3"),
        ({"warning": -0.1}, "greater than or equal to 0"),
    ],
)
def test_numbers(numbers, words):
    with pytest.raises(ValidationError, match=words):
        StrategicVigilance(**numbers)


def test_signals_that_cannot_be():
    with pytest.raises(ValueError, match="cost ratio is 0"):
        Reassurance(StrategicVigilance(), 1.0, 0.0)
    with pytest.raises(ValueError, match="gain is inf"):
        Reassurance(StrategicVigilance(), math.inf, 1.0)
    with pytest.raises(ValueError, match="at least 0; got -1"):
        Reassurance(StrategicVigilance(), 1.0, 1.0).separates(-1.0)
