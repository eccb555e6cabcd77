"""The coalition for safety: published and reference numbers, and equilibria found a second way."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from pydantic import ValidationError

from bargain.coalition_choice import best_coalition
from bargain.membership import farsighted_stable, stability, stable_sizes
from bargain.partition import partition_worths
from bargain.recruitment import affordable_sizes
from bargain.sharing import sharing_scheme
from bargain.transfers import gamma_core_transfers, least_cost_transfers
from bargain_models.safe_coalition import SafeCoalition
from model_tools import DRAWS, closed_forms

LI_RUS = {
    "alpha": (
        *(2726563.75, 832838.63, 1210438.38, 1530063.75, 232675760.0),
        *(6543675.5, 955863.94, 1054546.0, 1908327.88, 444350.0),
    ),
    "beta": (254.92, 0.45, 4.83, 6.58, 6619563.0, 4941.58, 1.88, 43.55, 33.74, 12.3),
    "phi": (0.000535, 0.026759, 0.002007, 0.009366, 4e-05, 0.000401, 0.004014, 0.000937, 0.001003, 0.000669),
}
"""Li & Rus (2019), Journal of the Association of Environmental and Resource Economists 6, 503-530: ten countries."""
FIVE = {"benefit": (4.0, 2.0, 1.0, 1.0, 0.5), "cost": (4.0, 1.0, 0.5, 1.0, 0.25)}


def li_rus(**more):
    names = tuple(str(i + 1) for i in range(10))
    return SafeCoalition(benefits="emissions", players=names, **{**LI_RUS, **more})


def barrett(n, ratio, moves):
    """Barrett's states: benefit 1/n each, cost = ratio, target 100."""
    names = tuple(f"State {i}" for i in range(n))
    return SafeCoalition(benefits="quadratic", moves=moves, benefit=1 / n, cost=ratio, target=100.0, players=names)


def drawn(form, moves, seed, n=5, *, corners=False):
    """A model of random unequal states; with `corners` some emit nothing under some coalitions."""
    rng = np.random.default_rng(seed)

    def each(low, high):
        return tuple(rng.uniform(low, high, n).tolist())

    if form != "emissions":
        return SafeCoalition(benefits=form, moves=moves, benefit=each(0.1, 2), cost=each(0.1, 2), target=10.0)
    low, slope = (0.1, 1.5) if corners else (40.0, 0.2)
    return SafeCoalition(
        benefits=form,
        moves=moves,
        alpha=each(low, low + 20),
        beta=each(0.5, 2),
        phi=each(0, slope),
        d=each(0, 1),
        member_exposure=each(0.3, 1),
    )


def payoffs_at(model, mask, actions):
    """What everyone gets when all act as given, written out from the model's definition."""
    n, total = len(model.players), sum(actions)
    value = {name: np.broadcast_to(getattr(model, name), n).tolist() for name in ("benefit", "cost", "alpha", "beta")}
    value |= {name: np.broadcast_to(getattr(model, name), n).tolist() for name in ("phi", "d", "member_exposure")}
    found = []
    for i, own in enumerate(actions):
        if model.benefits == "emissions":
            shielded = mask.bit_count() > 1 and mask >> i & 1
            damage = value["d"][i] * total + value["phi"][i] * total**2 / 2
            gain = value["alpha"][i] * own - value["beta"][i] * own**2 / 2
            found.append(gain - (value["member_exposure"][i] if shielded else 1) * damage)
        else:
            good = total if model.benefits == "linear" else model.target * total - total**2 / 2
            found.append(value["benefit"][i] * good - value["cost"][i] * own**2 / 2)
    return np.array(found)


def replies(model, mask, led):
    """What everyone outside does when the members do `led`: each outsider in turn, until nobody changes."""
    n = len(model.players)
    value = {
        name: np.broadcast_to(getattr(model, name), n) for name in ("benefit", "cost", "alpha", "beta", "phi", "d")
    }
    actions = np.where([mask >> i & 1 for i in range(n)], led, 0.0)
    for _ in range(5000):
        before = actions.copy()
        for i in range(n):
            if mask >> i & 1:
                continue
            others = actions.sum() - actions[i]
            if model.benefits == "emissions":
                first = value["alpha"][i] - value["d"][i] - value["phi"][i] * others
                best = first / (value["beta"][i] + value["phi"][i])
            elif model.benefits == "linear":
                best = value["benefit"][i] / value["cost"][i]
            else:
                best = value["benefit"][i] * (model.target - others) / (value["cost"][i] + value["benefit"][i])
            # Half a step: taking turns in full overshoots where many respond strongly.
            actions[i] = (actions[i] + max(best, 0.0)) / 2
        if np.abs(actions - before).max() < 1e-13:
            break
    return actions


# Published and reference numbers


def test_barrett_1994_table():
    """Barrett (1994), n = 10, c/b = 0.25: the leading coalition of four is stable.

    Table 1 to its four decimals, and the formulas it comes from to 1e-10.
    """
    table = (
        (80.0, 0.0, 8.0, 480.0, 472.0, 4720.0),
        (78.6642, 1.8553, 8.5343, 476.8089, 468.1348, 4690.0224),
        (78.1705, 4.158, 8.7318, 474.0125, 466.643, 4681.1693),
        (78.9357, 6.6519, 8.4257, 472.2838, 468.9407, 4699.4361),
        (81.069, 8.9087, 7.5724, 472.1604, 474.9133, 4738.1213),
        (84.2105, 10.5263, 6.3158, 473.6842, 482.5485, 4781.1634),
        (87.7127, 11.3422, 4.9149, 476.3705, 489.4315, 4815.9491),
        (90.9984, 11.4566, 3.6007, 479.5417, 494.3279, 4839.776),
        (93.7587, 11.0957, 2.4965, 482.663, 497.2732, 4855.8502),
        (95.9255, 10.4773, 1.6298, 485.4482, 498.8379, 4867.8716),
        (97.561, 9.7561, 0.9756, 487.8049, 499.5836, 4878.0488),
    )
    model = barrett(10, 0.25, "stackelberg")
    game = model.symmetric()
    for size, (total, member, outsider, inside, outside, welfare) in enumerate(table):
        found = model.outcome(range(size))
        assert found.total == pytest.approx(total, abs=5.1e-5)
        assert found.payoffs.sum() == pytest.approx(welfare, abs=5.1e-5)
        if size:
            assert (found.efforts[0], found.payoffs[0]) == pytest.approx((member, inside), abs=5.1e-5)
            assert game.inside[size - 1] == pytest.approx(inside, abs=5.1e-5)
        if size < 10:
            assert (found.efforts[-1], found.payoffs[-1]) == pytest.approx((outsider, outside), abs=5.1e-5)
            assert game.outside[size] == pytest.approx(outside, abs=5.1e-5)
    ratio = 0.25
    for k in range(11):
        rest = ratio * 10 / (ratio * 10 + 10 - k)
        led = k**2 * rest**2 * 100 / (k**2 * rest**2 + ratio * 10)
        total = led + (10 - k) * (100 - led) / (ratio * 10 + 10 - k)
        benefit = (100 * total - total**2 / 2) / 10
        found = model.outcome(range(k))
        assert found.total == pytest.approx(total, rel=1e-10)
        if k:
            assert found.payoffs[0] == pytest.approx(benefit - ratio * (led / k) ** 2 / 2, rel=1e-10)
        if k < 10:
            free = (100 - total) / (ratio * 10)
            assert found.payoffs[-1] == pytest.approx(benefit - ratio * free**2 / 2, rel=1e-10)
    assert stable_sizes(game) == (4,)
    assert model.outcome(0).payoffs == pytest.approx([472] * 10)
    assert model.outcome(1023).payoffs == pytest.approx([20000 / 41] * 10)
    assert model.outcome(1023).efforts == pytest.approx([400 / 41] * 10)


@pytest.mark.parametrize(
    ("n", "ratio", "leads", "simultaneous"),
    [
        *((10, 0.01, 10, 1), (10, 0.05, 8, 1), (10, 0.1, 6, 1), (10, 0.25, 4, 1), (10, 0.5, 3, 1)),
        *((10, 1.0, 3, 1), (10, 2.0, 3, 1), (10, 5.0, 2, 2), (10, 10.0, 2, 2), (10, 100.0, 2, 2)),
        *((100, 0.01, 51, 1), (100, 0.1, 11, 1), (100, 1.0, 3, 1), (100, 10.0, 3, 2)),
    ],
)
def test_barrett_1994_stable_sizes(n, ratio, leads, simultaneous):
    """Large coalitions are stable only if they lead and cost is small against benefit."""
    assert stable_sizes(barrett(n, ratio, "stackelberg").symmetric()) == (leads,)
    assert stable_sizes(barrett(n, ratio, "simultaneous").symmetric()) == (simultaneous,)


def test_barrett_1994_linear_benefits():
    """Constant marginal benefit: three at most, whatever the number of states; 2 and 3 tie."""
    for n in (3, 5, 10, 50):
        game = SafeCoalition(players=tuple(f"S{i}" for i in range(n))).symmetric()
        assert stable_sizes(game) == (2, 3)
        assert stable_sizes(game, ties="join") == (3,)
        assert stable_sizes(game, ties="strict") == ()
        s = np.arange(1, n + 1)
        np.testing.assert_allclose(game.gains, -(s - 1) * (s - 3) / 2, atol=1e-12)
    ten = SafeCoalition(players=tuple("ABCDEFGHIJ")).symmetric()
    assert ten.inside.tolist() == [9.5, 10.0, 11.5, 14.0, 17.5, 22.0, 27.5, 34.0, 41.5, 50.0]
    assert ten.outside.tolist() == [9.5, 9.5, 11.5, 15.5, 21.5, 29.5, 39.5, 51.5, 65.5, 81.5]
    assert max(affordable_sizes(ten, 3)) == 7
    # The tie is found with numbers that no float holds, too.
    odd = SafeCoalition(benefit=0.1, cost=0.3, players=tuple("ABCDEFGHIJ"))
    assert {mask.bit_count() for mask in stability(odd.membership()).stable} == {2, 3}


def test_transfers_between_unequal_states():
    """Linear, b = (4, 2, 1, 1, .5), c = (4, 1, .5, 1, .25): nobody cooperates without transfers, four do with."""
    game = SafeCoalition(**FIVE).membership()
    found = stability(game)
    assert found.stable == ()
    assert found.stable_alone
    best = best_coalition(game)
    assert game.members(best.coalition) == (0, 2, 3, 4)
    assert best.surplus == 6.15625
    assert best.holds
    closed = (game.welfare[best.coalition] - game.welfare[0]) / (game.welfare[31] - game.welfare[0])
    assert closed == pytest.approx(0.849, abs=5e-4)


def test_li_rus_2019_the_only_stable_coalition():
    """Tables B.5 and B.6: of 1023 coalitions only {2, 4, 5, 6} is stable (computed to 1e-9; printed to 5e-5)."""
    model = li_rus()
    game = model.membership()
    found = stability(game)
    assert [game.label(mask) for mask in found.stable] == ["{2, 4, 5, 6}"]
    # With nobody or one inside nobody cooperates; nobody would join either.
    assert [game.label(mask) for mask in found.stable_alone] == ["{}", "{5}"]
    stable = game.mask(["2", "4", "5", "6"])
    for mask, emitted, welfare, printed in (
        (0, 2793754.42291, 1256254753601.9, 2.7938e6),
        (1023, 2586697.82274, 1265280088497.3, 2.5867e6),
        (stable, 2727250.873, 1259106997590.0, 2.7273e6),
    ):
        assert model.outcome(mask).total == pytest.approx(emitted, rel=1e-9)
        assert model.outcome(mask).total == pytest.approx(printed, rel=5e-5)
        assert game.welfare[mask] == pytest.approx(welfare, rel=1e-9)
    # As printed: emissions fall by 2.4% and 7.4%, welfare is 1.2563, 1.2591 and 1.2653 (times 10^12), up by 0.7%.
    emitted, welfare = (
        [table(mask) for mask in (0, stable, 1023)] for table in (lambda m: model.outcome(m).total, game.welfare.item)
    )
    assert [round(100 * (1 - each / emitted[0]), 1) for each in emitted] == [0.0, 2.4, 7.4]
    assert [round(each / 1e12, 4) for each in welfare] == [1.2563, 1.2591, 1.2653]
    assert round(100 * (welfare[2] / welfare[0] - 1), 1) == 0.7
    by_size = [[mask for mask in range(1024) if mask.bit_count() == size] for size in range(2, 11)]
    inside, outside = found.internal >= -found.tolerance, found.external >= -found.tolerance
    assert [sum(inside[masks]) for masks in by_size] == [5, 5, 1, 0, 0, 0, 0, 0, 0]
    assert [sum(outside[masks]) for masks in by_size] == [1, 0, 2, 8, 16, 20, 15, 6, 1]
    potential = set(found.potentially_stable)
    assert [len(potential.intersection(masks)) for masks in by_size] == [34, 101, 153, 185, 144, 65, 14, 1, 0]


def test_li_rus_2019_with_almost_ideal_sharing():
    """Eyckmans & Finus (2004) on the same data: 26 coalitions are stable with sharing (own instance, 1e-9)."""
    game = li_rus().membership()
    found = stability(game)
    assert len(found.potentially_stable) == 697
    sizes = [sum(mask.bit_count() == size for mask in found.stable_with_sharing) for size in range(2, 11)]
    assert sizes == [0, 0, 0, 4, 3, 12, 6, 1, 0]
    best = best_coalition(game)
    assert game.label(best.coalition) == "{1, 2, 3, 4, 7}"
    assert best.coalition in found.stable_with_sharing
    gain = game.welfare - game.welfare[0]
    assert gain[best.coalition] / gain[1023] == pytest.approx(0.8894357852628278, rel=1e-8)
    assert gain[game.mask(["2", "4", "5", "6"])] / gain[1023] == pytest.approx(0.3160263877034561, rel=1e-8)
    assert found.surplus[1023] == pytest.approx(-1650135229.0969362, rel=1e-8)
    assert least_cost_transfers(game, 1023).outside == pytest.approx(1650135229.0969362, rel=1e-8)
    assert sharing_scheme(game, 1023).shortfall == pytest.approx(1650135229.0969362, rel=1e-8)
    expected = [22229117.781485055, -2616881160.2675676, 1120281378.3812988, -1043575832.363302, 2517946496.468086]
    assert best.transfers[[0, 1, 2, 3, 6]] == pytest.approx(expected, rel=1e-8)
    assert best.residual() < 1e-9 * game.scale


def test_li_rus_2019_a_club_good_brings_others_in():
    """Figure 1: adaptation technology that only members have. Country 7 joins at 0.84 (read off a figure: 0.85).

    Roots to 1e-8; the printed 0.85 to the 0.01 a figure can be read to, for there joining still costs 1.27e8.
    """
    coalition = ("2", "4", "5", "6")
    thresholds = {
        "1": 0.992490832073111,
        "3": 0.8705271591676322,
        "7": 0.8412466726324753,
        "8": 0.9711182947788749,
        "9": 0.9646156054776241,
        "10": 0.8404382604373397,
    }
    outside = li_rus().outcome([str(i) for i in (2, 4, 5, 6)]).payoffs
    for joiner, threshold in thresholds.items():
        place = int(joiner) - 1

        def gain(exposure, joiner=joiner, place=place):
            shares = tuple(exposure if i == place else 1.0 for i in range(10))
            return li_rus(member_exposure=shares).outcome([*coalition, joiner]).payoffs[place] - outside[place]

        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if gain(middle) >= 0 else (low, middle)
        assert low == pytest.approx(threshold, rel=1e-8)
        if joiner == "7":
            assert gain(0.85) == pytest.approx(-1.27e8, rel=5e-3)
    assert thresholds["7"] == pytest.approx(0.85, abs=0.01)


def test_chander_tulkens_1997_gamma_core():
    """Linear damages: sharing in proportion to them is in the gamma core (own instance, exact)."""
    model = SafeCoalition(benefits="emissions", alpha=20.0, beta=(1.0, 1.0, 2.0), d=(1.0, 2.0, 3.0))
    game = model.membership()
    assert model.outcome(0).efforts == pytest.approx([19, 18, 17 / 2], rel=1e-14)
    assert model.outcome(7).efforts == pytest.approx([14, 14, 7], rel=1e-14)
    scheme = gamma_core_transfers(game, weights=model.d)
    assert scheme.transfers == pytest.approx([259 / 24, 31 / 12, -107 / 8], rel=1e-12)
    assert scheme.payoffs == pytest.approx([3787 / 24, 1375 / 12, -219 / 8], rel=1e-12)
    assert game.worths == pytest.approx([0, 154, 107, 527 / 2, -155 / 4, 120, 295 / 4, 245], rel=1e-12)
    assert scheme.excess < 0
    assert scheme.residual() < 1e-12
    np.testing.assert_allclose(partition_worths(model.partition(), "gamma"), game.worths, rtol=1e-12)
    # The formula as it stands: each is compensated for its cost and bears its share of all costs.
    own = [20 * e - b * e**2 / 2 for b, e in zip((1, 1, 2), (19, 18, 8.5), strict=True)]
    after = [20 * e - b * e**2 / 2 for b, e in zip((1, 1, 2), (14, 14, 7), strict=True)]
    losses = np.subtract(own, after)
    assert scheme.transfers == pytest.approx(losses - np.array([1, 2, 3]) / 6 * losses.sum(), rel=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_chander_tulkens_1997_theorem(seed):
    """With linear damages the scheme is in the gamma core, whoever the states are."""
    rng = np.random.default_rng(seed)
    d = tuple(rng.uniform(0.1, 3, 6).tolist())
    alpha, beta = (tuple(rng.uniform(low, low + 10, 6).tolist()) for low in (20, 0.5))
    scheme = gamma_core_transfers(SafeCoalition(benefits="emissions", alpha=alpha, beta=beta, d=d).membership(), d)
    assert scheme.excess <= scheme.tolerance


def test_offers_between_members_enlarge_the_coalition():
    """Frontier access from the largest state, in force between signatories: three cooperate, and the provider gains."""
    game = SafeCoalition(**FIVE).membership()
    offered = game.with_term("State 1", "State 3", value=24, cost=12).with_term("State 1", "State 4", value=11, cost=5)
    assert stability(game).stable == ()
    (coalition,) = stability(offered).stable
    assert game.members(coalition) == (0, 2, 3)
    # By hand: b(S) = 6, efforts 1.5 + 12 + 6 + 4 outside = 23.5, payoff 4 * 23.5 - 4.5, less 17 for access; 30 before.
    assert offered.payoffs[coalition, 0] - game.payoffs[0, 0] == pytest.approx(94 - 4.5 - 17 - 30)
    assert (offered.payoffs[coalition] > game.payoffs[0]).all()


# A second way to every equilibrium


CASES = [
    (form, moves, corners)
    for form in ("linear", "quadratic", "emissions")
    for moves in ("simultaneous", "stackelberg")
    for corners in ((False, True) if form == "emissions" else (False,))
]


@pytest.mark.parametrize(("form", "moves", "corners"), CASES)
@pytest.mark.parametrize("seed", range(3))
def test_all_coalitions_at_once_and_one_by_one(form, moves, corners, seed):
    model = drawn(form, moves, seed, corners=corners)
    game = model.membership()
    idle = 0
    for mask in range(32):
        found = model.outcome(mask)
        idle += int((found.efforts == 0).sum())
        np.testing.assert_allclose(game.payoffs[mask], found.payoffs, rtol=1e-10, atol=1e-10 * game.scale)
        np.testing.assert_allclose(found.payoffs, payoffs_at(model, mask, found.efforts.tolist()), rtol=1e-9, atol=1e-9)
    assert (idle > 0) == corners


@pytest.mark.parametrize(("form", "moves", "corners"), CASES)
@pytest.mark.parametrize("seed", range(2))
def test_nobody_can_do_better(form, moves, corners, seed):
    """Outsiders' actions are best replies found by taking turns; the members' sum falls whatever they change."""
    model = drawn(form, moves, seed, n=4, corners=corners)
    rng = np.random.default_rng(seed)
    for mask in range(16):
        found = model.outcome(mask)
        members = np.array([mask >> i & 1 for i in range(4)], dtype=bool)
        np.testing.assert_allclose(replies(model, mask, found.efforts), found.efforts, rtol=1e-9, atol=1e-9)
        reached = found.payoffs[members].sum()
        for step in (1.0, 0.03, 0.001):
            for _ in range(3):
                moved = np.where(members, np.maximum(found.efforts + step * rng.normal(size=4), 0.0), found.efforts)
                if moves == "stackelberg":
                    moved = replies(model, mask, moved)
                assert payoffs_at(model, mask, moved.tolist())[members].sum() <= reached + 1e-9


@pytest.mark.parametrize("moves", ["simultaneous", "stackelberg"])
@pytest.mark.parametrize("seed", range(3))
def test_first_order_conditions_as_linear_systems(moves, seed):
    """The quadratic form solved as one linear system for each coalition."""
    model = drawn("quadratic", moves, seed)
    b, c = np.array(model.benefit), np.array(model.cost)
    for mask in range(32):
        members = np.array([mask >> i & 1 for i in range(5)], dtype=bool)
        weight = np.where(members, b[members].sum(), b)
        if moves == "stackelberg":
            weight = np.where(members, weight / (1 + (b / c)[~members].sum()), weight)
        efforts = np.linalg.solve(np.diag(c) + weight[:, None] * np.ones(5), weight * model.target)
        np.testing.assert_allclose(model.outcome(mask).efforts, efforts, rtol=1e-10)


def test_sixteen_states():
    model = drawn("quadratic", "simultaneous", 4, n=16)
    game = model.membership()
    found = stability(game)
    assert found.residual() <= 1e-12 * game.scale
    for mask in np.random.default_rng(0).integers(0, 2**16, 20).tolist():
        assert game.at(mask) == pytest.approx(model.outcome(mask).payoffs, rel=1e-11)


def test_blocks_do_not_show(monkeypatch):
    import bargain.coalitions

    model = drawn("emissions", "simultaneous", 2, n=6, corners=True)
    whole = model.membership().payoffs
    monkeypatch.setattr(bargain.coalitions, "BLOCK", 4)
    np.testing.assert_allclose(model.membership().payoffs, whole, rtol=1e-14)


def test_size_is_all_that_counts_among_equals():
    for form, moves in itertools.product(("linear", "quadratic"), ("simultaneous", "stackelberg")):
        model = SafeCoalition(benefits=form, moves=moves, benefit=0.3, cost=0.7, players=tuple("ABCDEF"))
        np.testing.assert_allclose(model.membership().payoffs, model.symmetric().expand().payoffs, rtol=1e-12)
    with pytest.raises(ValueError, match="not all alike"):
        SafeCoalition(**FIVE).symmetric()


@pytest.fixture(scope="module")
def formulas():
    return closed_forms(SafeCoalition)


@pytest.mark.parametrize("seed", range(10))
def test_closed_forms_agree_with_the_solver(seed, formulas):
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS // 10):
        n = int(rng.integers(3, 9))
        b, c, target = rng.uniform(0.1, 2), rng.uniform(0.1, 2), rng.uniform(5, 50)
        names = tuple(f"S{i}" for i in range(n))
        values = dict.fromkeys(SafeCoalition.symbols(), 1.0)
        values |= {"benefit": b, "cost": c, "target": target, "states": n}
        for kind in ("linear", "quadratic simultaneous", "quadratic stackelberg"):
            form, _, moves = kind.partition(" ")
            model = SafeCoalition(
                benefits=form, moves=moves or "simultaneous", benefit=b, cost=c, target=target, players=names
            )
            game = model.symmetric()
            for size in range(1, n + 1):
                at = values | {"size": size}
                found = model.outcome(range(size))
                assert formulas(f"gain from staying, {kind}", at) == pytest.approx(
                    game.gains[size - 1], rel=1e-7, abs=1e-7
                )
                assert formulas(f"payoff of a member, {kind}", at) == pytest.approx(found.payoffs[0])
                assert formulas(f"effort of a member, {kind}", at) == pytest.approx(found.efforts[0])
                if size < n:
                    assert formulas(f"payoff of an outsider, {kind}", at) == pytest.approx(found.payoffs[-1])
                    assert formulas(f"effort of an outsider, {kind}", at) == pytest.approx(found.efforts[-1])
    assert formulas("largest stable size, linear", values) == 3


# The model's manners


def test_states_are_named_and_counted():
    assert SafeCoalition().players == tuple(f"State {i}" for i in range(1, 6))
    assert len(SafeCoalition(alpha=(1.0, 2.0), phi=0.1, benefits="emissions").players) == 2
    model = SafeCoalition(players=("A", "B", "C"), benefit=2, cost=[1, 2, 3])
    assert (model.benefit, model.cost) == (2.0, (1.0, 2.0, 3.0))
    assert hash(model) == hash(SafeCoalition(players=("A", "B", "C"), benefit=2, cost=[1, 2, 3]))
    with pytest.raises(ValidationError, match="frozen"):
        model.benefit = 3.0
    json.dumps(model.parameters())
    with pytest.raises(ValueError, match="3 finite capabilities"):
        model.membership((1.0, 2.0))
    np.testing.assert_array_equal(model.membership((5.0, 1.0, 1.0)).payoffs, model.membership().payoffs)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"benefit": (1.0, 2.0), "cost": (1.0, 2.0, 3.0)}, "benefit has 2 numbers for 3 states"),
        ({"cost": 0.0}, "greater than 0"),
        ({"cost": (1.0, -1.0)}, "greater than 0"),
        ({"benefit": float("nan")}, "finite"),
        ({"benefit": "2"}, "valid number"),
        ({"benefit": True}, "valid number"),
        ({"moves": "first"}, "'simultaneous' or 'stackelberg'"),
        ({"benefits": "cubic"}, "'linear', 'quadratic' or 'emissions'"),
        ({"benefits": "emissions"}, "needs damages: give phi, d or both"),
        ({"member_exposure": 0.5}, "belongs to benefits: emissions, not linear"),
        ({"benefits": "emissions", "d": 1.0, "member_exposure": 1.5}, "less than or equal to 1"),
        ({"colour": 1.0}, "Extra inputs"),
    ],
)
def test_parameters_are_checked(parameters, words):
    with pytest.raises(ValidationError, match=words):
        SafeCoalition(**parameters)


def test_farsighted_states_hold_larger_coalitions():
    """Five alike states: farsighted ones sustain the grand coalition, myopic ones three at most."""
    game = SafeCoalition().membership()
    assert max(mask.bit_count() for mask in stability(game).stable) == 3
    assert max(mask.bit_count() for mask in farsighted_stable(game, moves="single").stable) == 5
