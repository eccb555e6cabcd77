"""The AI divide: reference numbers, closed forms against play period by period, and the cheapest remedies."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain_models import AiDivide
from model_tools import DRAWS, best_replies, bisect, closed_forms

K = (4.0, 1.0)
CHARGE, SHARE, ADOPT, OUT = 0, 1, 0, 1


def played(model, *, shares=True, periods=3000):
    """Leader's and dependent state's average payoff under adoption, period by period from the story."""
    nu, z = (model.voice, model.capacity) if shares else (0.0, 0.0)
    t = np.arange(periods)
    option = model.outside * (1 - model.erosion * (1 - z)) ** t + model.floor + model.sovereign
    gap = model.value - option
    leader = np.where(gap > 0, (1 - nu) * gap - model.capacity_cost * z, 0)
    dependent = np.where(gap > 0, option + nu * gap, option)
    return (1 - model.discount) * np.array([leader, dependent]) @ model.discount**t


def test_reference_part_kept_and_payoffs_without_voice():
    model = AiDivide()
    assert model.part_kept() == pytest.approx(0.357143, abs=1e-6)
    assert model.payoff((SHARE, ADOPT), K) == pytest.approx((7.571429, 2.428571), abs=1e-6)
    assert model.payoff((CHARGE, ADOPT), K) == pytest.approx(tuple(played(model)), abs=1e-12)
    assert model.payoff((SHARE, OUT), K) == (0, 5)
    assert set(best_replies(model.normal_form())) == {(CHARGE, OUT), (SHARE, OUT)}  # a patient state refuses


def test_reference_voice_that_makes_adopting_worth_it():
    assert AiDivide().least_voice() == pytest.approx(0.339623, abs=1e-6)
    model = AiDivide(voice=AiDivide().least_voice())
    assert model.payoff((SHARE, ADOPT), K) == pytest.approx((5, 5))
    read = bisect(lambda nu: 5 - AiDivide(voice=nu).payoff((SHARE, ADOPT), K)[1], 0.0, 1.0)
    assert read == pytest.approx(0.339623, abs=1e-6)


def test_reference_capacity_of_a_half():
    assert AiDivide(capacity=0.5).least_voice() == pytest.approx(0.274809, abs=1e-6)
    half = AiDivide(capacity=0.5, voice=AiDivide(capacity=0.5).least_voice())
    assert half.payoff((SHARE, ADOPT), K) == pytest.approx((5, 5))


def test_reference_sovereign_ai_of_two():
    assert AiDivide(sovereign=2.0).least_voice() == pytest.approx(0.461538, abs=1e-6)
    own = AiDivide(sovereign=2.0, voice=AiDivide(sovereign=2.0).least_voice())
    assert own.payoff((SHARE, ADOPT), K) == pytest.approx((3, 7))


def test_an_impatient_state_walks_into_dependence():
    """With little weight on later years even no voice at all costs it next to nothing to adopt."""
    assert AiDivide(discount=0.0).least_voice() == 0
    assert AiDivide(discount=0.1).least_voice() < 0.02 < AiDivide().least_voice()


def test_charging_gives_neither_voice_nor_capacity():
    model = AiDivide(voice=0.4, capacity=0.5, capacity_cost=1.0)
    assert model.payoff((CHARGE, ADOPT), K) == pytest.approx(tuple(played(model, shares=False)), abs=1e-12)
    bare = AiDivide(capacity_cost=1.0)
    assert bare.payoff((CHARGE, ADOPT), K) == bare.payoff((SHARE, ADOPT), K)


def draw(rng):
    return {
        "value": float(rng.uniform(4, 12)),
        "outside": float(rng.uniform(0.2, 6)),
        "floor": float(rng.uniform(0, 2)),
        "erosion": float(rng.uniform(0.01, 0.9)),
        "voice": float(rng.uniform(0, 0.9)),
        "capacity": float(rng.uniform(0, 1)),
        "capacity_cost": float(rng.uniform(0, 1)),
        "sovereign": float(rng.uniform(0, 3)),
        "discount": float(rng.uniform(0.05, 0.97)),
    }


def test_closed_forms():
    """On 200 random draws: payoffs against period by period, thresholds against the game's best replies."""
    rng, at = np.random.default_rng(14), closed_forms(AiDivide)
    seen = {"adopt": 0, "stay out": 0, "first stronger alone": 0}
    for _ in range(DRAWS):
        numbers = draw(rng)
        model = AiDivide(**numbers)
        by_hand = played(model)
        assert model.payoff((SHARE, ADOPT), K) == pytest.approx(tuple(by_hand), abs=1e-9)
        assert model.payoff((CHARGE, ADOPT), K) == pytest.approx(tuple(played(model, shares=False)), abs=1e-9)
        adopts = by_hand[1] >= model.staying_out
        assert (model.voice >= model.least_voice()) == adopts
        share_and_adopt = [each for each in best_replies(model.normal_form()) if each == (SHARE, ADOPT)]
        if share_and_adopt:
            assert adopts
        if model.staying_out >= model.value:
            seen["first stronger alone"] += 1
            continue
        seen["adopt" if adopts else "stay out"] += 1
        assert at("part of the outside option that is kept", numbers) == pytest.approx(model.part_kept())
        assert at("leader's payoff if it shares", numbers) == pytest.approx(by_hand[0], abs=1e-9)
        assert at("dependent state's payoff if the leader shares", numbers) == pytest.approx(by_hand[1], abs=1e-9)
        voice = at("least voice that makes adopting worth it", numbers)
        assert model.least_voice() == pytest.approx(voice)
        willing = model.model_copy(update={"voice": voice})
        assert played(willing)[1] == pytest.approx(model.staying_out, abs=1e-9)
        worth = at("leader's payoff where adopting is just worth it", numbers)
        assert played(willing)[0] == pytest.approx(worth, abs=1e-9)
        capacity = at("least capacity that makes adopting worth it", numbers)
        if 0 <= capacity <= 1:
            enough = model.model_copy(update={"capacity": capacity})
            assert played(enough)[1] == pytest.approx(model.staying_out, abs=1e-9)
    assert min(seen.values()) > 20, seen


def test_the_solver_finds_sharing_once_it_is_worth_it():
    """Without a future charging is the leader's best reply; what the promise needs is in the verdict of the example."""
    below, above = AiDivide(voice=0.33), AiDivide(voice=0.35)
    assert int(np.argmax(below.normal_form().payoffs[1, SHARE])) == OUT
    assert int(np.argmax(above.normal_form().payoffs[1, SHARE])) == ADOPT
    found = bg.nash_equilibria(above.normal_form())
    assert {each.payoffs[1] for each in found} == {5.0}


def by_grid(model, *, least, most_exposed, most_voice, price, steps):
    """What is left to the leader by the best mix on a grid of capacity and sovereign AI, lock-in by play."""
    room = model.value - model.outside - model.floor
    t = np.arange(2000)
    z, y = np.linspace(0, 1, steps + 1)[:, None], np.linspace(0, room, steps + 1)[None, :]
    kept = (1 - model.discount) * (1 - model.erosion * (1 - z)) ** t @ model.discount**t
    option = model.floor + y + model.outside * kept[:, None]
    surplus = model.value - option
    short = np.maximum(least, model.outside + model.floor + y) - option
    allowed = (short <= most_voice * surplus + 1e-12) & (surplus <= most_exposed)
    leader = surplus - np.maximum(short, 0) - model.capacity_cost * z - price * y
    return float(leader[allowed & (leader > 1e-9)].max(initial=-math.inf))


def test_cheapest_remedies_against_a_grid():
    rng = np.random.default_rng(15)
    seen = {"none": 0, "voice": 0, "capacity": 0, "sovereign": 0, "both": 0}
    for _ in range(DRAWS):
        outside, floor = float(rng.uniform(0.5, 5)), float(rng.uniform(0, 1))
        value = outside + floor + float(rng.uniform(0.5, 6))
        model = AiDivide(
            value=value,
            outside=outside,
            floor=floor,
            erosion=float(rng.uniform(0, 0.6)),
            capacity_cost=float(rng.uniform(0, 2)),
            discount=float(rng.uniform(0.3, 0.97)),
        )
        asked = {
            "least": float(rng.choice([0.0, rng.uniform(outside, value)])),
            "most_exposed": float(rng.choice([value, rng.uniform(0.2, 1) * value])),
            "most_voice": float(rng.choice([0.0, rng.uniform(0, 1), 1.0])),
        }
        price = float(rng.choice([0.0, rng.uniform(0, 1)]))
        found = model.cheapest_remedies(**asked, sovereign_cost=price)
        grid = by_grid(model, **asked, price=price, steps=60)
        if found is None:
            assert grid == -math.inf
            seen["none"] += 1
            continue
        # Everything that was asked holds, and no point of the grid is better.
        assert found.leader >= grid - 1e-9
        assert found.gain_from_adopting >= -1e-8
        assert found.dependent >= asked["least"] - 1e-8
        assert found.exposed <= asked["most_exposed"] + 1e-8
        assert 0 <= found.voice <= asked["most_voice"]
        # The leader is not left less than a fine grid comes near to.
        spans = (1 + model.capacity_cost + price) * max(1.0, value) / 15
        assert grid == -math.inf or found.leader - grid <= spans
        used = [name for name in ("capacity", "sovereign") if getattr(found, name) > 0]
        seen["both" if len(used) > 1 else (used or ["voice"])[0]] += 1
    assert min(seen.values()) > 5, seen


def test_voice_is_cheapest_unless_it_is_capped_or_the_hold_is_the_worry():
    model = AiDivide(capacity_cost=1.0)
    free, capped, held = (
        model.cheapest_remedies(),
        model.cheapest_remedies(most_voice=0.2),
        model.cheapest_remedies(most_exposed=4.0),
    )
    assert (free.voice, free.capacity, free.sovereign) == (pytest.approx(0.339623, abs=1e-6), 0, 0)
    assert free.leader == pytest.approx(5)
    # a must be 0.6875, hence 0.28 - 0.18 z = 0.1/0.6875.
    assert capped.capacity == pytest.approx((0.28 - 0.1 / 0.6875) / 0.18)
    assert capped.leader == pytest.approx(5 - capped.capacity)
    assert (held.capacity, held.sovereign) == (1, pytest.approx(1))
    assert held.leader == pytest.approx(10 - 6 - 1)
    # Where capacity is dear, sovereign AI alone cuts the exposure.
    dear = AiDivide(capacity_cost=5.0).cheapest_remedies(most_exposed=4.0)
    assert dear.capacity == 0
    assert dear.sovereign == pytest.approx(10 - 4 - 1 - 4 * 0.357143, abs=1e-6)
    assert str(free).startswith("voice 0.3396, capacity 0, sovereign AI 0: leader 5")


def test_no_mix_is_said_so():
    assert AiDivide().cheapest_remedies(least=11.0) is None
    assert AiDivide().cheapest_remedies(least=9.9, most_voice=0.1, sovereign_cost=1.0) is None
    assert AiDivide(erosion=0.2).cheapest_remedies(most_exposed=-1.0) is None
    nothing = AiDivide(erosion=0.0).cheapest_remedies(most_voice=0.0)
    assert (nothing.voice, nothing.capacity, nothing.leader) == (0, 0, 5)
    short_lived = AiDivide(outside=0.0).cheapest_remedies()
    assert (short_lived.voice, short_lived.leader) == (0, 9)


def test_a_state_that_is_stronger_at_first():
    """No surplus until the outside option has eroded below the value; nothing is sold before."""
    model = AiDivide(outside=12.0, voice=0.5)
    assert model.course(5)[:2] == (0, 0)
    assert model.payoff((SHARE, ADOPT), K) == pytest.approx(tuple(played(model)), abs=1e-12)
    assert model.least_voice() == math.inf
    never = AiDivide(outside=12.0, erosion=0.0)
    assert never.payoff((SHARE, ADOPT), K) == (0, 13)
    assert never.least_voice() == 0
    at_once = AiDivide(outside=12.0, erosion=1.0)
    assert at_once.payoff((SHARE, ADOPT), K) == pytest.approx(tuple(played(at_once)), abs=1e-12)
    late = AiDivide(outside=9.5, erosion=1e-5, discount=0.99)
    assert late.payoff((SHARE, ADOPT), K) == pytest.approx((0, 1 + late.part_kept() * 9.5), abs=1e-9)


def test_in_rationals():
    exact = AiDivide(voice=0.4, outside=12.0).in_rationals()
    game = exact.normal_form((Fraction(4), Fraction(1)))
    assert game.exact
    assert exact.part_kept() == Fraction(5, 14)
    # The first sale is exactly where the option is worth the same as the systems: nothing is sold then.
    tie = AiDivide(outside=10.0, floor=5.0, erosion=0.5).in_rationals()
    assert tie.course(3) == (0, 0, Fraction(5, 2))


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"erosion": 1.5}, "less than or equal to 1"),
        ({"discount": 1.0}, "less than 1"),
        ({"outside": -1.0}, "equal to 0"),
    ],
)
def test_numbers(numbers, words):
    with pytest.raises(ValidationError, match=words):
        AiDivide(**numbers)


def test_wishes_that_cannot_be():
    with pytest.raises(ValueError, match=r"most voice is 1\.5"):
        AiDivide().cheapest_remedies(most_voice=1.5)
    with pytest.raises(ValueError, match="cost of sovereign AI is -1"):
        AiDivide().cheapest_remedies(sovereign_cost=-1.0)
    with pytest.raises(ValueError, match="less than the outside option 13"):
        AiDivide(outside=12.0).cheapest_remedies()
