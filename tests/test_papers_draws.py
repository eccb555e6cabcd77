"""The closed forms behind the published numbers, on 200 other parameters each: formula against solver."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import bargain as bg
from bargain_models import PowerTransition
from model_tools import DRAWS

F = Fraction


def draw(seed: int) -> Any:
    """Fractions with small denominators from a range, the same in every run."""
    rng = np.random.default_rng(seed)

    def number(low: int, high: int) -> Fraction:
        parts = int(rng.integers(1, 9))
        return F(int(rng.integers(low * parts, high * parts + 1)), parts)

    return number


def below_one(value: Fraction) -> Fraction | None:
    return value if value < 1 else None


def test_fearon_1995_preventive_war_on_other_shifts() -> None:
    """War iff delta p_2 - p_1 > c (1-delta)^2; later the riser takes p_2 + c (1-delta); exactly so."""
    number, wars, peace = draw(1), 0, 0
    while wars + peace < DRAWS:
        (p_1, p_2), c = sorted((number(0, 1), number(0, 1))), number(0, 2)
        delta = 1 - F(1, 2 + int(number(0, 20)))
        if p_2 + c * (1 - delta) > 1:
            continue  # a riser that wins for sure, or against whom fighting costs all, could demand more than there is
        fair = {"p": (p_1, p_2), "decliner_power": F(0), "c_R": F(0), "c_D": c, "delta": delta}
        course = PowerTransition(p=(0.2, 0.8)).in_rationals().model_copy(update=fair).course()
        lhs, rhs = delta * p_2 - p_1, c * (1 - delta) ** 2
        assert (course.war == 1) is (lhs > rhs)
        if course.war == 1:
            wars += 1
            assert (course.war_values[0][0] - course.kept[0]) * (1 - delta) == lhs - rhs
        else:
            peace += 1
            assert 1 - course.divisions[-1] * (1 - delta) == p_2 + c * (1 - delta)
    assert min(wars, peace) > 20


def test_powell_2006_and_handing_over_power_or_benefits_on_other_shifts() -> None:
    """War destroys a share k: fights iff (1-delta) + delta (1-p_2)(1-k) < (1-p_1)(1-k), on the game and in numbers."""
    number, wars = draw(2), 0
    for _ in range(DRAWS):
        (p_1, p_2), k = sorted((number(0, 1), number(0, 1))), min(number(0, 1), F(7, 8))
        delta = 1 - F(1, 2 + int(number(0, 30)))
        fight, promised = (1 - p_1) * (1 - k), (1 - p_2) * (1 - k)
        margin = (1 - delta) + delta * promised - fight
        found = bg.power_or_benefit(p_1, p_2, delta, k)
        assert found.uncommitted_margin == margin
        plain = {"p": (p_1, p_2), "decliner_power": F(0), "c_R": F(0), "c_D": F(0), "delta": delta, "destruction": k}
        course = PowerTransition(p=(0.2, 0.8)).in_rationals().model_copy(update=plain).course()
        assert (course.war == 1) is (margin < 0)
        wars += margin < 0
        if margin < 0:
            needed = (fight - (1 - delta)) / delta
            power = needed / (1 - k) - (1 - p_2)
            assert found.least_benefit == (needed if needed <= 1 else None)
            assert found.least_power == (power if power <= p_2 else None)
            if found.least_power is not None:
                assert found.provider_with_power == found.provider_with_benefit == 1 - needed
                peace = bg.power_or_benefit(p_1, p_2 - found.least_power, delta, k)
                assert peace.uncommitted_margin == 0
    assert 20 < wars < DRAWS - 20


def test_levin_2003_effort_on_other_contracts() -> None:
    """delta* = c/(y - s), none where the surplus y - c - s is not above 0."""
    number, none = draw(3), 0
    for _ in range(DRAWS):
        y, c, s = number(0, 20), number(0, 9) + F(1, 9), number(-3, 6)
        expected = c / (y - s) if y - c - s > 0 else None
        assert bg.relational_contract([0, y], [0, c], s).exact[1] == expected
        none += expected is None
    assert 20 < none < DRAWS - 20


def dilemmas(count: int, seed: int) -> Any:
    number = draw(seed)
    while count:
        drawn = sorted({number(-9, 9) for _ in range(4)}, reverse=True)
        if len(drawn) == 4:
            count -= 1
            yield drawn


def test_green_porter_1984_on_other_dilemmas() -> None:
    """delta* = g/((beta-alpha) l + (1-alpha) g); V = ((1-delta) R + delta alpha P)/(1 - delta (1-alpha))."""
    number, none = draw(4), 0
    for t, r, p, s in dilemmas(DRAWS, seed=5):
        alpha, beta = sorted((F(int(number(0, 5) * 8), 41), F(int(number(0, 5) * 8), 41)))
        game = bg.NormalFormGame.from_bimatrix([[r, s], [t, p]], [[r, t], [s, p]])
        # What the other action of both would show plays no part: only single deviations are weighed.
        alarms = [[alpha, beta], [beta, beta]]
        found = bg.noisy_trigger(game, [0, 0], alarms)
        g, loss = t - r, r - p
        works = (beta - alpha) * loss > alpha * g
        expected = g / ((beta - alpha) * loss + (1 - alpha) * g) if works else None
        assert found.exact["player 1"] == expected
        none += expected is None
        delta = F(9, 10)
        at = bg.noisy_trigger(game, [0, 0], alarms, discount=delta)
        average = ((1 - delta) * r + delta * alpha * p) / (1 - delta * (1 - alpha))
        assert at.payoffs is not None
        assert at.payoffs["player 1"] == pytest.approx(float(average))
        assert at.holds is (expected is not None and expected <= delta)
    assert 20 < none < DRAWS - 20


def test_williamson_1983_on_other_dilemmas() -> None:
    """H >= (g - delta/(1-delta) q l)/q, and not below 0; the holder seizes beyond delta/(1-delta) l/h."""
    number, seized = draw(6), 0
    for t, r, p, _ in dilemmas(DRAWS, seed=7):
        q, delta, h = F(1, int(number(1, 6))), F(int(number(0, 9)), 10), F(int(number(1, 5)), 3)
        g, loss = t - r, r - p
        found = bg.least_hostage(g, loss, q, delta, h)
        ahead = delta / (1 - delta)
        assert found.least == max(0, (g - q * ahead * loss) / q)
        assert found.most == ahead * loss / h
        assert found.works is (found.least <= found.most)
        # Exactly there the two sides of q H + q delta/(1-delta) l >= g are equal.
        assert found.least == 0 or q * found.least + q * ahead * loss == g
        seized += not found.works
    assert 20 < seized < DRAWS - 20


def test_monderer_tennenholtz_2004_on_other_games() -> None:
    """k(z) = sum over players of the best single gain at z, and 0 just at the pure equilibria."""
    for payoffs in np.random.default_rng(8).integers(-9, 10, (DRAWS, 2, 3, 3)):
        game = bg.NormalFormGame(payoffs)
        costs = bg.implementation_costs(game)
        for a in range(3):
            for b in range(3):
                cost = max(payoffs[0][:, b]) - payoffs[0][a, b] + max(payoffs[1][a]) - payoffs[1][a, b]
                assert costs[a, b] == cost
                assert bool(cost == 0) is ((a, b) in bg.pure_equilibria(game))


def test_aumann_1974_chicken_with_other_payoffs() -> None:
    """t > r > s > p: mixed at (s-p)/(s-p+t-r) on yielding; the broker's best sum is an extreme point by hand."""
    number = draw(9)
    seen = 0
    while seen < DRAWS:
        drawn = sorted({number(-9, 9) for _ in range(4)}, reverse=True)
        if len(drawn) < 4:
            continue
        seen += 1
        t, r, s, p = drawn
        game = bg.NormalFormGame.from_bimatrix([[r, s], [t, p]], [[r, t], [s, p]])
        (mixed,) = [e for e in bg.nash_equilibria(game, cross_check=False) if e.profile is None]
        yields = (s - p) / (s - p + t - r)
        assert mixed.exact == ((yields, 1 - yields),) * 2
        assert mixed.payoffs[0] == pytest.approx(float((s * t - p * r) / (s - p + t - r)))
        # Symmetric without loss: x at (yield, yield), y at each of the two others, obedient iff y (s-p) >= x (t-r).
        x = (s - p) / (s - p + 2 * (t - r))
        best = max(2 * r * x + (1 - x) * (s + t), s + t)
        found = bg.correlated_equilibrium(game)
        assert found.value == pytest.approx(float(best))
        # Uniform over the three is obeyed where s - p >= t - r, and pays (r + s + t)/3: a point of the polygon then.
        if s - p >= t - r:
            corners = bg.correlated_payoffs(game)
            third = float((r + s + t) / 3)
            turned = np.roll(corners, -1, axis=0) - corners
            cross = turned[:, 0] * (third - corners[:, 1]) - turned[:, 1] * (third - corners[:, 0])
            assert cross.min() >= -1e-7


def test_harsanyi_selten_1988_stag_hunts_with_insurance() -> None:
    """p* = (d-b-t)/(a-b-c+d-t): stag is risk dominant just where it is below one half."""
    number, insured = draw(10), 0
    for _ in range(DRAWS):
        b, extra, more, t = number(-5, 5), number(1, 6), number(1, 6), number(0, 3)
        d = b + extra + 3
        c = d
        a = c + more
        game = bg.NormalFormGame.from_bimatrix([[a, b + t], [c, d]], [[a, c], [b + t, d]])
        compared = bg.risk_dominance(game, (0, 0), (1, 1))
        belief = (d - b - t) / (a - b - c + d - t)
        assert compared.thresholds == pytest.approx((float(belief), float(belief)))
        assert compared.dominant == ("first" if belief < F(1, 2) else "second" if belief > F(1, 2) else None)
        (mixed,) = [e for e in bg.nash_equilibria(game, cross_check=False) if e.profile is None]
        assert mixed.exact is not None
        assert mixed.exact[0][0] == belief
        insured += belief < F(1, 2)
    assert 20 < insured < DRAWS - 20


def test_bernheim_whinston_1990_on_other_issues() -> None:
    """Linked: sum of gains over sum of gains and losses, between what the issues need alone."""
    number = draw(11)
    for _ in range(DRAWS):
        gains, losses = ([number(1, 9) for _ in range(3)] for _ in range(2))
        issues = [
            bg.Domain(f"issue {at}", {"A": 0}, {"A": gain}, {"A": -loss})
            for at, (gain, loss) in enumerate(zip(gains, losses, strict=True))
        ]
        found = bg.pooled_critical_factor(issues)
        alone = [gain / (gain + loss) for gain, loss in zip(gains, losses, strict=True)]
        assert [found.alone[issue.name]["A"] for issue in issues] == pytest.approx([float(own) for own in alone])
        linked = sum(gains) / (sum(gains) + sum(losses))
        assert found.exact["A"] == linked
        assert min(alone) <= linked <= max(alone)
        twins = [bg.Domain(f"twin {at}", {"A": 0}, {"A": gains[0]}, {"A": -losses[0]}) for at in range(3)]
        assert bg.pooled_critical_factor(twins).exact["A"] == alone[0]  # identical issues gain nothing


@pytest.mark.parametrize("locals_", range(6))
def test_bernheim_whinston_1990_with_other_numbers_of_local_firms(locals_: int) -> None:
    """L local firms keep 1 - delta each, two conglomerates the rest and half of their own market: (2 + L)/(4 + L).

    As long as there is a rest: L (1 - delta) <= 1.
    """
    found = bg.market_shares({"A": (1, ["first", "second"]), "B": (1, ["first", "second", *map(str, range(locals_))])})
    assert found.alone == {"A": pytest.approx(1 / 2), "B": pytest.approx(1 - 1 / (2 + locals_))}
    assert found.exact == max(F(2 + locals_, 4 + locals_), 1 - F(1, max(locals_, 1)))
    assert all(found.shares["B"][str(at)] == pytest.approx(1 - found.factor) for at in range(locals_))


def test_a_flow_that_only_the_relationship_enforces_with_other_numbers() -> None:
    """Kept iff b <= delta L: critical factor b/L, none where L <= b."""
    number, never = draw(12), 0
    for _ in range(DRAWS):
        loss, flow = number(0, 9), number(0, 6) + F(1, 9)
        game = bg.NormalFormGame([[[loss - flow, -flow], [loss, 0]], [[flow, flow], [0, 0]]], ["payer", "recipient"])
        found = bg.critical_discount_factor(game, [0, 0], punishment=[1, 1])
        assert found.exact["payer"] == (below_one(flow / loss) if loss else None)
        never += found.exact["payer"] is None
    assert 20 < never < DRAWS - 20
