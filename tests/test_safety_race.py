"""The race to the precipice: published risks in three ways, the closed forms against solvers, and the contest."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.integrate import quad

import bargain as bg
from bargain_models import SafetyRace
from bargain_models.safety_race import SafetyContest, first_chances
from model_tools import DRAWS, best_replies, closed_forms

KNOWN = ("none", "private", "public")


def race(n=2, enmity=1.0, width=1.0, **others):
    """A race of n teams over a width: the default capabilities are one apart."""
    return SafetyRace(players=tuple("ABCDEFGHIJ"[:n]), enmity=enmity, spread=width, **others)


def risks(model, capabilities=None):
    return tuple(model.equilibrium_risk(known, capabilities) for known in KNOWN)


def private_by_integral(model):
    """1 - E[s(largest capability)] by quadrature."""
    n, mu = len(model.players), model.width()
    scale = 1 + (n - 1) * model.effective_enmity
    points = [scale] if scale < mu else None
    safe, _ = quad(lambda c: min(1, c / scale) * n * c ** (n - 1) / mu**n, 0, mu, points=points, epsabs=1e-12)
    return 1 - safe


def public_by_integral(model):
    """1 - E[min(1, lead/e)]: the lead D of n even draws has P(lead > x) = (1 - x/mu)^n."""
    n, mu, e = len(model.players), model.width(), model.effective_enmity
    safe, _ = quad(lambda x: (1 - x / mu) ** n / e, 0, min(e, mu), epsabs=1e-12)
    return 1 - safe


TABLE = [
    # n, e, mu, and the risk with no, private and public information
    (2, 1.0, 0.5, 3 / 4, 5 / 6, 5 / 6),
    (2, 0.5, 1.0, 0.0, 5 / 9, 5 / 12),
    (5, 1.0, 1.0, 4 / 5, 5 / 6, 5 / 6),
    (5, 1.0, 4.0, 1 / 5, 1 / 3, 0.45198567708333337),
    (5, 0.1, 1.0, 0.0, 0.40476190476190466, 0.21906833333333353),
    (2, 1.0, 1.0, 1 / 2, 2 / 3, 2 / 3),
]


@pytest.mark.parametrize(("n", "e", "mu", "none", "private", "public"), TABLE)
def test_armstrong_bostrom_shulman_2016_risk(n, e, mu, none, private, public):
    model = race(n, e, mu)
    assert risks(model) == pytest.approx((none, private, public), abs=1e-12)
    assert private_by_integral(model) == pytest.approx(private, abs=1e-9)
    assert public_by_integral(model) == pytest.approx(public, abs=1e-9)
    for known, expected in zip(KNOWN, (none, private, public), strict=True):
        estimate = model.simulated_risk(known, draws=200_000, seed=1)
        assert estimate.risk == pytest.approx(expected, abs=3e-3)
        assert abs(estimate.risk - expected) <= 4 * estimate.standard_error + 1e-12


def test_armstrong_bostrom_shulman_2016_danger_of_information_and_of_teams():
    """Information never lowers the risk; a team more can, where each knows its own capability alone."""
    orders, private_steps = set(), set()
    for n, e, mu in itertools.product(range(2, 8), (0.05, 0.1, 0.3, 0.5, 0.8, 1.0), (0.3, 1.0, 2.0, 5.0)):
        none, private, public = risks(race(n, e, mu))
        more = risks(race(n + 1, e, mu))
        assert none <= private + 1e-12
        assert none <= public + 1e-12
        assert more[0] >= none - 1e-12
        assert more[2] >= public - 1e-12
        orders.add(private <= public)
        private_steps.add(more[1] >= private)
    assert orders == {True, False}
    assert private_steps == {True, False}


@pytest.mark.parametrize("n", range(2, 9))
def test_an_extra_team_lowers_the_private_risk_below_one_enmity(n):
    limit = 1 / (n * n + n + 1)
    for e, lower in ((limit * 0.999, True), (limit * 1.001, False)):
        assert (risks(race(n + 1, e))[1] < risks(race(n, e))[1]) is lower
    at = closed_forms(SafetyRace)
    words = "effective enmity below which one more team lowers the risk under private information"
    numbers = dict.fromkeys(SafetyRace.symbols(), 1.0) | {"teams": n}
    assert at(words, numbers) == pytest.approx(limit)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (0.5, 0.6667, 0.6667)),
        ({"share": 0.1}, (0.4375, 0.6471, 0.6255)),
        ({"share": 0.2}, (0.3333, 0.6190, 0.5625)),
        ({"power": 0.25}, (0.625, 0.75, 0.75)),
    ],
)
def test_reference_sharing_the_prize_and_sharing_power(change, expected):
    model = race(share=change.get("share", 0.0))
    assert risks(model, (2.0, 1.0 + change.get("power", 0.0))) == pytest.approx(expected, abs=5e-5)


def test_power_narrows_widens_or_does_nothing():
    model = race(3)
    assert model.width((2.0, 1.25, 1.5)) == 0.75
    assert model.width((2.5, 1.0, 1.0)) == 1.5
    assert model.width((2.0, 1.9, 1.0)) == model.width((2.0, 1.1, 1.0)) == 1
    assert risks(race(), (2.5, 1.0))[0] < risks(race())[0] < risks(race(), (2.0, 1.5))[0]


def test_no_enmity_is_the_limit():
    for n, mu in ((2, 1.0), (3, 0.5), (5, 4.0)):
        for known in KNOWN:
            zero, near = (race(n, e, mu).equilibrium_risk(known) for e in (0.0, 1e-9))
            assert zero == pytest.approx(near, abs=1e-7)
        assert race(n, 0.0, mu).simulated_risk("private", draws=400_000).risk == pytest.approx(
            race(n, 0.0, mu).equilibrium_risk("private"), abs=3e-3
        )
        assert race(n, 0.0, mu).simulated_risk("public").risk == 0
    assert race(enmity=0.0).equilibrium_safety("public", 0.0) == 1
    # All the prize that enmity takes, shared: nobody races.
    assert race(share=0.5).effective_enmity == 0
    assert risks(race(share=0.5)) == pytest.approx((0, 1 / 3, 0))
    assert race(3, 0.5, share=0.9).effective_enmity == 0


def test_nearly_no_enmity_keeps_its_digits():
    """1 - E[lead]/... without a difference of nearly equal numbers: risk -> e n/(2 mu)."""
    for n in (2, 5):
        assert race(n, 1e-12).equilibrium_risk("public") == pytest.approx(1e-12 * n / 2, rel=1e-3)


def test_level_field_is_all_risk():
    model = race()
    assert risks(model, (1.0, 1.0)) == (1, 1, 1)
    assert model.risk((0, 1), (1.0, 1.0)) == 1
    assert model.payoff((1, 1), (1.0, 1.0)) == (12.5, 12.5)
    # Whoever keeps a little less is first for certain: no safety lasts that is more than twice the step.
    fine = race(levels=tuple(i / 10 for i in range(11)))
    assert best_replies(fine.normal_form((1.0, 1.0))) == [(0, 0), (1, 1), (2, 2)]


def test_first_chances_are_the_integral():
    rng = np.random.default_rng(5)
    for _ in range(60):
        n, mu = int(rng.integers(2, 7)), float(rng.uniform(0.2, 3))
        levels = tuple(rng.uniform(0, 1, n).tolist())
        chances = first_chances(levels, mu)
        assert sum(chances) == pytest.approx(1, abs=1e-12)
        assert min(chances) >= 0
        i = int(rng.integers(n))
        others = [level for j, level in enumerate(levels) if j != i]
        kinks = [each for other in others for each in (levels[i] - other, mu + levels[i] - other)]

        def beaten(c, i=i, others=others, levels=levels, mu=mu):
            return math.prod(min(1, max(0, (c - levels[i] + other) / mu)) for other in others) / mu

        inside = [each for each in kinks if 0 < each < mu]
        assert quad(beaten, 0, mu, points=inside, limit=200)[0] == pytest.approx(chances[i], abs=1e-9)
    exact = first_chances([Fraction(k, 7) for k in (1, 3, 4, 6)], Fraction(2, 3))
    assert sum(exact) == 1
    drawn = rng.random((400_000, 4)) * 2 / 3 - np.array([1, 3, 4, 6]) / 7
    assert np.bincount(drawn.argmax(axis=1), minlength=4) / 400_000 == pytest.approx(
        [float(p) for p in exact], abs=4e-3
    )


def test_payoffs_by_hand():
    """Safety 0.5 against 0.75: first with chance 23/32; a loser keeps 1 - e + b."""
    model = race(enmity=0.75, share=0.25)
    first, second = 23 / 32 * 0.5, 9 / 32 * 0.75
    assert model.payoff((2, 3), (2.0, 1.0)) == pytest.approx(
        (100 * (0.75 * first + 0.5 * second), 100 * (0.75 * second + 0.5 * first))
    )
    assert model.risk((2, 3), (2.0, 1.0)) == pytest.approx(1 - first - second)


def test_private_and_public_risk_against_their_integrals_on_random_races():
    rng = np.random.default_rng(8)
    for _ in range(100):
        model = race(int(rng.integers(2, 8)), float(rng.uniform(0.05, 1)), float(rng.uniform(0.1, 6)))
        assert model.equilibrium_risk("private") == pytest.approx(private_by_integral(model), abs=1e-8)
        assert model.equilibrium_risk("public") == pytest.approx(public_by_integral(model), abs=1e-8)


def test_closed_forms():
    """Among random levels the closed-form safety is an equilibrium, and the formulas are the methods."""
    rng, at = np.random.default_rng(6), closed_forms(SafetyRace)
    inside = 0
    for _ in range(DRAWS):
        n, e, b = int(rng.integers(2, 4)), float(rng.uniform(0.05, 1)), float(rng.uniform(0, 0.3))
        strong, weak, power = float(rng.uniform(1.2, 3)), float(rng.uniform(0.1, 0.8)), float(rng.uniform(0, 0.2))
        spread = float(rng.uniform(0.1, 1))
        k = (strong, *(weak + power,) * (n - 1))
        plain = race(n, e, spread, share=b)
        safety = plain.equilibrium_safety("none", capabilities=k)
        others = sorted(set(rng.uniform(0, 1, 4).tolist()))
        model = race(n, e, spread, share=b, levels=(safety, *others))
        game = model.normal_form(k)
        asked = (0,) * n
        assert bg.regret(game, asked) <= 1e-12 * 100
        if n == 2 and safety < 1:
            inside += 1
            found = bg.nash_equilibria(game, cross_check=False)
            assert asked in [each.profile for each in found]
        assert model.risk(asked, k) == pytest.approx(plain.equilibrium_risk("none", k), abs=1e-12)

        values = model.parameters() | {"teams": n, "strongest": strong, "weakest": weak, "power": power}
        assert at("width of the field", values) == pytest.approx(plain.width(k))
        assert at("effective enmity", values) == pytest.approx(plain.effective_enmity, abs=1e-12)
        if plain.effective_enmity > 1e-6:
            assert at("safety without information", values) == pytest.approx(safety)
            for known, words in (("none", "without"), ("private", "with private"), ("public", "with public")):
                risk = at(f"risk {words} information", values)
                assert risk == pytest.approx(plain.equilibrium_risk(known, k), abs=1e-9)
        assert (
            race(n, e, spread, share=at("share of the prize from which nobody races", values)).effective_enmity < 1e-9
        )
    assert inside > DRAWS / 10


def test_private_safety_is_a_best_reply():
    """Against rivals that keep s(c) no other safety is better, at any capability; integrals by the midpoint rule."""
    for n, e, mu in ((2, 1.0, 1.0), (3, 0.5, 1.0), (4, 0.3, 3.0)):
        model, scale = race(n, e, mu), 1 + (n - 1) * e
        cells = (np.arange(40_000) + 0.5) / 40_000 * mu
        best_rival = np.diff(np.linspace(0, 1, 40_001) ** (n - 1))  # probability of each cell of the largest rival
        kept = np.minimum(1, cells / scale)
        scores = cells - kept
        for c in (0.1 * mu, 0.5 * mu, 0.9 * mu):
            choices = np.append(np.linspace(0, 1, 101), model.equilibrium_safety("private", c))
            payoffs = [
                s * best_rival[scores < c - s].sum() + (1 - e) * (best_rival * kept)[scores >= c - s].sum()
                for s in choices
            ]
            assert payoffs[-1] >= max(payoffs) - 1e-4


def test_public_safety_is_a_best_reply():
    """The leader can keep no more safety without being overtaken, and overtaking gains the next nothing."""
    for e, lead in ((1.0, 0.3), (0.5, 0.3), (0.8, 0.7)):
        safety = race(enmity=e).equilibrium_safety("public", lead)
        assert safety == pytest.approx(lead / e)
        overtaking = np.linspace(0, safety - lead, 101)
        assert (overtaking <= (1 - e) * safety + 1e-12).all()
        # A leader above it is overtaken by a rival that gains by it, and then has less.
        above = safety * 1.01
        assert above - lead > (1 - e) * above
        assert (1 - e) * (above - lead) < safety
    assert race(enmity=0.2).equilibrium_safety("public", 0.5) == 1


@pytest.mark.parametrize(
    ("levels", "words"),
    [((), "at least one safety level"), ((0.5, 1.5), "got 1.5"), ((0.5, 0.5), "listed once; got 0.5, 0.5")],
)
def test_levels(levels, words):
    with pytest.raises(ValidationError, match=words):
        SafetyRace(levels=levels)


def test_bad_questions():
    with pytest.raises(ValueError, match="known: none, private, public"):
        race().equilibrium_risk("all")
    with pytest.raises(ValueError, match="two draws or more; got 1"):
        race().simulated_risk("none", draws=1)
    with pytest.raises(ValueError, match="at least 0; got -1"):
        race().equilibrium_safety("public", -1)


RATIO = [
    # theta, d, and the safety in equilibrium, whatever the productivity
    (1.0, 0.0, 1 / 2),
    (1.0, 1.0, 3 / 4),
    (0.5, 1.0, 1 / 2),
    (2.0, 0.0, 3 / 4),
    (0.75, 0.5, 5 / 9),
]
RATIO_PERFORMANCE = {
    # productivity, theta, d
    (1.0, 1.0, 0.0): 1.0,
    (10.0, 1.0, 0.0): 10.0,
    (100.0, 1.0, 0.0): 100.0,
    (1.0, 1.0, 1.0): 1 / 3,
    (10.0, 1.0, 1.0): 10 / 3,
    (100.0, 1.0, 1.0): 100 / 3,
    (1.0, 0.5, 1.0): 1.0,
    (10.0, 0.5, 1.0): 100.0,
    (100.0, 0.5, 1.0): 10_000.0,
    (1.0, 2.0, 0.0): 0.5773502691896258,
    (10.0, 2.0, 0.0): 1.8257418584971798,
    (100.0, 2.0, 0.0): 5.773502691896258,
    (1.0, 0.75, 0.5): 0.7426542138486969,
    (10.0, 0.75, 0.5): 16.0,
    (100.0, 0.75, 0.5): 344.7095502926389,
}


@pytest.mark.parametrize(("k", "theta", "d"), RATIO_PERFORMANCE)
def test_jensen_emery_xu_trager_2023_ratio_contest_leaves_safety_unchanged(k, theta, d):
    """1 - sigma = 1/(2 theta (1 + d)) whatever k; performance falls out of sigma = 1/(1 + p^theta/k)."""
    (found,) = SafetyContest(k, theta, d).equilibria()
    safety = {(theta, d): safety for theta, d, safety in RATIO}[theta, d]
    assert found.safety == pytest.approx(safety, abs=1e-9)
    assert found.safety == pytest.approx(1 - 1 / (2 * theta * (1 + d)))
    assert found.performance == pytest.approx(RATIO_PERFORMANCE[k, theta, d], rel=1e-7)
    assert found.performance == pytest.approx((k * (1 - safety) / safety) ** (1 / theta))
    assert found.regret <= 1e-9


def test_every_row_of_the_ratio_contest_is_there():
    assert {row[1:] for row in RATIO_PERFORMANCE} == {row[:2] for row in RATIO}
    assert len(RATIO_PERFORMANCE) == 3 * len(RATIO)


@pytest.mark.parametrize(
    ("k", "performance", "safety"),
    [
        (1.0, 0.1270166537925831, 0.9841229182759271),
        (3.0, 0.3944487245360107, 0.9506939094329987),
        (6.0, 0.8377223398316208, 0.8952847075210474),
        (10.0, 1.5505102572168223, 0.8061862178478972),
        (14.0, 2.585786437626906, 0.6767766952966366),
    ],
)
def test_jensen_emery_xu_trager_2023_logistic_contest_lowers_safety(k, performance, safety):
    found = SafetyContest(k, tradeoff=2.0, loss=1.0, success="logistic").equilibria()[0]
    assert found.performance == pytest.approx(performance, abs=1e-6)
    assert found.safety == pytest.approx(safety, abs=1e-6)
    # By hand: p solves p^2/8 - p + k/8 = 0.
    assert found.performance == pytest.approx(4 * (1 - math.sqrt(1 - k / 16)))
    # A best reply among all performances, not only near by: u = q sigma - (1 - q sigma - (1 - q) sigma_other).
    grid = np.linspace(1e-4, 60, 600_001)
    first = 1 / (1 + np.exp(found.performance - grid))
    own, other = k / (k + grid**2), k / (k + found.performance**2)
    here = 0.5 * other - (1 - other)
    assert (first * own - (1 - first * own - (1 - first) * other)).max() <= here + 1e-9


def test_contest_against_best_replies():
    """On 200 random contests: what is returned is a best reply to itself on a grid written here."""
    rng = np.random.default_rng(7)
    seen = {"ratio": 0, "logistic": 0}
    for _ in range(DRAWS):
        success = ("ratio", "logistic")[int(rng.integers(2))]
        k, theta, d = float(rng.uniform(0.2, 20)), float(rng.uniform(0.3, 3)), float(rng.uniform(0, 3))
        n, lam = int(rng.integers(2, 5)), float(rng.uniform(0.2, 2))
        contest = SafetyContest(k, theta, d, success, lam, n)
        slope = (n - 1) / (n * theta * (1 + d))
        for found in contest.equilibria():
            seen[success] += 1
            p = found.performance
            assert 1 - found.safety == pytest.approx(slope * (1 if success == "ratio" else lam * p), rel=1e-6)
            grid = p * np.exp(np.linspace(-10, 10, 2001))
            weights = (grid, p) if success == "ratio" else (np.exp(lam * np.minimum(grid - p, 300)), 1.0)
            first = weights[0] / (weights[0] + (n - 1) * weights[1])
            own, other = 1 / (1 + grid**theta / k), 1 / (1 + p**theta / k)
            payoffs = first * own - d * (1 - first * own - (1 - first) * other)
            assert payoffs[1000] >= payoffs.max() - 1e-8
    assert min(seen.values()) > 20, seen


def test_contest_without_an_equilibrium():
    assert SafetyContest(1.0, tradeoff=0.4, loss=0.0).equilibria() == ()


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"productivity": 0.0}, "productivity is 0.0"),
        ({"loss": -1.0}, "loss is -1.0"),
        ({"contestants": 1}, "two contestants or more; got 1"),
        ({"success": "luck"}, "known: ratio, logistic"),
    ],
)
def test_contest_numbers(numbers, words):
    with pytest.raises(ValueError, match=words):
        SafetyContest(**numbers)
