"""Complementarity: reference numbers, worths written out in a second way, and what follows for the core."""

from __future__ import annotations

import math

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain.cores import core, is_in_core, least_core
from bargain.games import GameError
from bargain.properties import is_superadditive
from bargain_models.complementarity import Complementarity
from model_tools import DRAWS, closed_forms


def slowly(model, members):
    """The worth of one coalition, straight from the definition."""
    vectors = [getattr(model, name) for name in ("technology", "labour", "data")]
    vectors = [each if isinstance(each, tuple) else (each,) * len(model.players) for each in vectors]
    technology, labour, data = ([each[i] for i in members] for each in vectors)
    pooled = max(technology) if model.pooling == "max" else math.fsum(technology)
    return (
        pooled**model.technology_exponent
        * math.fsum(labour) ** model.labour_exponent
        * math.fsum(data) ** model.data_exponent
    )


def draw(rng, n=None, **more):
    n = n or int(rng.integers(2, 6))
    values = {name: tuple(rng.uniform(0, 10, n).tolist()) for name in ("technology", "labour", "data")}
    exponents = {f"{name}_exponent": float(rng.uniform(0, 1)) for name in values}
    return Complementarity(**values | exponents | more)


def superadditive_cover(values):
    """What each coalition makes if it may split into parts."""
    cover = values.copy()
    for mask in range(1, len(values)):
        part = (mask - 1) & mask
        while part:
            cover[mask] = max(cover[mask], cover[part] + cover[mask ^ part])
            part = (part - 1) & mask
    return cover


def test_reference():
    game = Complementarity().coalitional()
    singles, pairs = [game.worth([i]) for i in range(3)], [game.worth(each) for each in ([0, 1], [0, 2], [1, 2])]
    assert singles == pytest.approx([3.1623, 3.4641, 2.4495], abs=5e-5)
    assert pairs == pytest.approx([7.0711, 8.3666, 5.4772], abs=5e-5)
    assert game.worth([0, 1, 2]) == pytest.approx(10.4881, abs=5e-5)
    assert not core(game)
    assert core(game).verify()
    assert least_core(game).epsilon == pytest.approx(0.671307, abs=5e-7)


def test_the_parts_make_more_than_the_whole():
    game = Complementarity().coalitional()
    assert game.worth([0, 2]) + game.worth([1]) == pytest.approx(11.8307, abs=5e-5)
    assert not is_superadditive(game)
    cover = superadditive_cover(game.values)
    assert cover[-1] == pytest.approx(11.8307, abs=5e-5)
    assert core(cover)


def test_sums():
    model = Complementarity(pooling="sum")
    game = model.coalitional()
    assert least_core(game).epsilon == pytest.approx(-0.085304, abs=5e-7)
    assert is_superadditive(game)
    assert model.shares_at_prices() == pytest.approx(
        [math.sqrt(154) * (t / 14 + x / 11) / 2 for t, x in ((10, 1), (3, 4), (1, 6))], rel=1e-14
    )


def test_worths_against_the_definition():
    rng = np.random.default_rng(20)
    for _ in range(60):
        model = draw(rng, pooling=str(rng.choice(["max", "sum"])))
        values, n = model.coalitional().values, len(model.players)
        assert values[0] == 0
        for mask in range(1, 1 << n):
            members = [i for i in range(n) if mask >> i & 1]
            assert values[mask] == pytest.approx(slowly(model, members), rel=1e-12)


def test_prices_pay_a_core_allocation():
    """Owen (1975), and rising returns too: with sums no coalition does better than its inputs are paid."""
    rng = np.random.default_rng(21)
    for draws in range(DRAWS):
        weights = rng.dirichlet([1, 1, 1]) * (1 if draws % 2 else rng.uniform(1, 2))
        exponents = zip(("technology_exponent", "labour_exponent", "data_exponent"), weights.tolist(), strict=True)
        model = draw(rng, pooling="sum", **dict(exponents))
        shares, game = model.shares_at_prices(), model.coalitional()
        assert shares.sum() == pytest.approx(game.values[-1], rel=1e-12)
        assert is_in_core(game, shares).margin >= -1e-9 * game.scale
    with pytest.raises(ValueError, match="falling returns"):
        Complementarity(pooling="sum", labour_exponent=0.4).shares_at_prices()
    with pytest.raises(ValueError, match="pooling: sum"):
        Complementarity().shares_at_prices()
    with pytest.raises(ValueError, match="nobody has any labour"):
        Complementarity(pooling="sum", labour=0).shares_at_prices()


def test_falling_returns_can_empty_the_core():
    model = Complementarity(pooling="sum", labour_exponent=0.1, technology_exponent=0.1)
    assert not core(model.coalitional())


def test_closed_forms():
    rng, at = np.random.default_rng(22), closed_forms(Complementarity)
    for _ in range(DRAWS):
        model = draw(rng, n=2)
        values = {key: getattr(model, key) for key in model.parameters() if key.endswith("_exponent")}
        for name in ("technology", "labour", "data"):
            values |= dict(zip((f"own_{name}", f"partner_{name}"), getattr(model, name), strict=True))
        for pooling in ("max", "sum"):
            worths = model.model_copy(update={"pooling": pooling}).coalitional().values
            assert at("worth alone", values) == pytest.approx(worths[1], rel=1e-12)
            assert at(f"worth of the pair, pooling {pooling}", values) == pytest.approx(worths[3], rel=1e-12)
            gain = worths[3] - worths[1] - worths[2]
            assert at(f"gain of the pair, pooling {pooling}", values) == pytest.approx(gain, abs=1e-11)


def gain(**parameters):
    worths = Complementarity(**parameters).coalitional().values
    return worths[3] - worths[1] - worths[2]


def test_the_gain_grows_with_the_gap():
    """In technology with the best pooled; in what partners have more of with sums."""
    rng = np.random.default_rng(23)
    for _ in range(DRAWS):
        middle, labour, exponent = rng.uniform(1, 10), float(rng.uniform(1, 10)), float(rng.uniform(0.1, 0.9))
        gaps = middle * np.sort(rng.uniform(0, 1, 4))
        exponents = {"technology_exponent": exponent, "labour_exponent": 1 - exponent}
        in_technology = [
            gain(technology=(float(middle + gap), float(middle - gap)), labour=labour, **exponents) for gap in gaps
        ]
        assert (np.diff(in_technology) >= -1e-12).all()
        in_ratio = [
            gain(
                technology=(float(middle + gap), float(middle - gap)),
                labour=(float(middle - gap), float(middle + gap)),
                pooling="sum",
                **exponents,
            )
            for gap in gaps
        ]
        assert (np.diff(in_ratio) >= -1e-12).all()
        assert in_ratio[-1] > in_ratio[0]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"technology": (1.0, 2.0), "labour": (1.0, 2.0, 3.0)}, "technology has 2 numbers for 3 states"),
        ({"labour": (1.0, -2.0, 3.0)}, "greater than or equal to 0"),
        ({"labour": (1.0, math.nan, 3.0)}, "finite"),
        ({"data_exponent": -0.5}, "greater than or equal to 0"),
        ({"pooling": "mean"}, "'max' or 'sum'"),
    ],
)
def test_parameters_out_of_range(wrong, words):
    with pytest.raises(ValidationError, match=words):
        Complementarity(**wrong)


def test_extremes():
    assert Complementarity(technology=0, labour_exponent=0.0).coalitional().values.tolist() == [0] * 8
    # An exponent of 0 means that an input does not count, even where nobody has any.
    without = Complementarity(data=0)
    assert without.coalitional() == Complementarity().coalitional()
    with pytest.raises(GameError, match=r"The worth of the coalition \{State 1\} is inf"):
        Complementarity(technology=1e200, technology_exponent=2.0).coalitional()
    with pytest.raises(GameError, match="27 states; at most 26"):
        Complementarity(technology=1, labour=(1.0,) * 27).coalitional()


def test_players():
    assert Complementarity(technology=(1, 2), labour=(3, 4)).coalitional().players == ("State 1", "State 2")
    assert Complementarity(players=("A", "B", "C")).coalitional().players == ("A", "B", "C")
    with pytest.raises(ValueError, match="3 finite capabilities above zero"):
        Complementarity().coalitional((1.0, 2.0))


STATES = ("State 1", "State 2", "State 3")


def shared(pooling="sum", asks="join", **more):
    """An offer on the reference in which everyone may pay everyone else, nothing is paid and all are asked alike."""
    terms = [
        {"id": f"t{i}{j}", "cluster": "financial", "from": giver, "to": taker, "value": 0, "cost": 0}
        for i, giver in enumerate(STATES)
        for j, taker in enumerate(STATES)
        if i != j
    ]
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "complementarity",
            "parameters": {"pooling": pooling, **more},
            "players": {state: {"capability": 1, "discount": 0.9} for state in STATES},
            "asks": dict.fromkeys(STATES, asks),
            "terms": terms,
            "disagreement": dict.fromkeys(STATES, "stay"),
        }
    )


@pytest.mark.parametrize("division", ["equal", "first", "shapley"])
def test_no_payments_hold_all_three_where_the_best_technology_counts(division):
    """The shortfall, at weights that add up to one, is the least core's 0.671307, however the gain is divided first."""
    refused = bg.repair(shared("max", division=division))
    assert refused.status == "impossible"
    assert refused.certificate.verify()
    assert refused.certificate.shortfall == pytest.approx(0.671307, abs=1e-6)


@pytest.mark.parametrize("division", ["equal", "first", "shapley"])
def test_payments_hold_all_three_where_technologies_add_up(division):
    """The largest least margin that payments reach is minus the least core's epsilon, 0.085304."""
    offer = shared(division=division)
    repaired = bg.repair(offer)
    assert repaired.status in ("repaired", "holds")
    assert bg.check(repaired.offer).holds
    if division != "first":
        return
    # Where only the first pays, no other promise can bind.
    paying = [f"terms.t0{j}.value" for j in (1, 2)]
    alone = bg.make_offer(
        {**offer.data, "terms": [term for term in offer.data["terms"] if term["id"] in ("t01", "t02")]}
    )
    safest = bg.design(alone, maximise="margin", free=paying)
    assert safest.least_margin == pytest.approx(0.085304, abs=1e-6)
    payoffs = bg.check(safest.offer).payoffs["agreement"]
    game = offer.build_model().coalitional()
    assert is_in_core(game, [payoffs[state] for state in STATES])
    assert sum(payoffs.values()) == pytest.approx(game.values[-1])


def test_what_members_hold_before_any_terms():
    values = Complementarity().coalitional().values
    for division in ("equal", "first", "shapley"):
        offer = shared("max", division=division)
        held = bg.check(offer).payoffs["agreement"]
        assert sum(held.values()) == pytest.approx(values[-1])
        gain = values[-1] - values[[1, 2, 4]].sum()
        expected = {
            "equal": values[[1, 2, 4]] + gain / 3,
            "first": values[[1, 2, 4]] + [gain, 0, 0],
            "shapley": bg.shapley_value(values).payoffs,
        }[division]
        assert list(held.values()) == pytest.approx(list(expected))
        assert bg.requirements(offer).coalitions.worths == pytest.approx(values)


def test_divisions_within_each_venture():
    rng = np.random.default_rng(24)
    for n in range(1, 6):
        values = np.append(0.0, rng.uniform(-5, 5, 2**n - 1))
        games = {division: bg.joint_venture(values, division) for division in ("equal", "first", "shapley")}
        for mask in range(1 << n):
            members = [i for i in range(n) if mask >> i & 1]
            for division, game in games.items():
                held = game.at(mask)
                assert held[members].sum() == pytest.approx(values[mask])
                assert held[[i for i in range(n) if i not in members]] == pytest.approx(
                    [values[1 << i] for i in range(n) if i not in members]
                )
                if division == "shapley" and members:
                    part = [
                        values[sum(1 << members[i] for i in range(len(members)) if sub >> i & 1)]
                        for sub in range(1 << len(members))
                    ]
                    assert held[members] == pytest.approx(bg.shapley_value(part).payoffs)
    with pytest.raises(GameError, match="Ways: equal, first, shapley"):
        bg.joint_venture([0, 1, 1, 3], "fair")
    with pytest.raises(GameError, match="20 at most"):
        bg.joint_venture(np.zeros(1 << 21), "shapley")
