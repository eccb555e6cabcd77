"""The promise of a windfall: reference numbers, closed forms against sums over time, the cheapest backing."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from scipy.optimize import linprog

import bargain as bg
from bargain.examples_library import examples_folder
from bargain.power import power_shares
from bargain_models import WindfallPromise
from bargain_models.windfall_promise import (
    PromiseBacking,
    cheapest_mix,
    commitment_power,
    largest_promise,
    least_promise,
)
from model_tools import DRAWS, bisect, closed_forms

K = (4.0, 1.0)


def prospect(discount, hazard):
    """The average weight of 1 a period from the one after the arrival, summed period by period."""
    t = np.arange(1, 4_000)
    return float(np.sum((1 - discount) * discount**t * (1 - (1 - hazard) ** t)))


def slack(model, promise, share, backing):
    """What a provider loses by not paying once: the discounted stream kept less the stream broken."""
    held = backing.cost_of_capital * backing.escrow
    kept = model.restraint_value - promise - held
    harm = model.breach_harm((1 - share, share), arrived=True)[0]
    unpaid = model.restraint_value - backing.guarantee * promise - held
    once = unpaid - backing.detection * (backing.escrow + backing.reputation + harm)
    later = (1 - backing.detection) * kept
    return kept - (1 - backing.discount) * once - backing.discount * later


def largest_by_bisection(model, share, backing):
    return bisect(lambda promise: slack(model, promise, share, backing), 0, 1e4)


def draw(rng):
    model = WindfallPromise(
        forgone=float(rng.uniform(0.1, 5)), restraint_value=float(rng.uniform(0, 8)), harm=float(rng.uniform(1, 40))
    )
    backing = PromiseBacking(
        discount=float(rng.uniform(0, 0.95)),
        detection=float(rng.uniform(0.2, 1)),
        escrow=float(rng.uniform(0, 4)),
        cost_of_capital=float(rng.uniform(0, 0.3)),
        reputation=float(rng.uniform(0, 2)),
        guarantee=float(rng.uniform(0, 0.9)),
    )
    return model, backing, tuple(rng.uniform(0.5, 6, 2).tolist()), float(rng.uniform(0.5, 3))


def symbols_of(model, backing, k, m, **others):
    numbers = vars(backing)
    at = {"capability_provider": k[0], "capability_recipient": k[1], "decisiveness": m}
    return {**model.parameters(), **numbers, **at, "promise": 0.0, "upfront": 0.0, "hazard": 0.1, **others}


def test_reference():
    model, share = WindfallPromise(), 0.2
    assert power_shares(K)[1] == pytest.approx(share)
    assert prospect(0.9, 0.1) == pytest.approx(0.473684, abs=5e-7)
    assert least_promise(model, discount=0.9, hazard=0.1) == pytest.approx(4.2222, abs=5e-5)
    assert 2 / prospect(0.9, 0.1) == pytest.approx(4.2222, abs=5e-5)
    assert largest_promise(model, share) == pytest.approx(4)
    assert commitment_power(model, 4.5, K) == pytest.approx(0.161290, abs=5e-7)
    assert largest_promise(model, power_shares((4.0, 1.161290))[1]) == pytest.approx(4.5, abs=1e-5)
    repeated = PromiseBacking(discount=0.9)
    assert largest_promise(model, share, repeated) == pytest.approx(4.9)
    assert largest_by_bisection(model, share, repeated) == pytest.approx(4.9)
    assert largest_by_bisection(model, share, PromiseBacking()) == pytest.approx(4)


def test_refusing_is_the_status_quo():
    assert [each.label for each in bg.nash_equilibria(WindfallPromise().normal_form())] == [("develop", "refuse")]
    assert WindfallPromise().normal_form().payoffs[:, 0].tolist() == [[5, 0], [-2, 0]]


def test_harm_only_after_the_arrival_and_only_to_the_provider():
    model = WindfallPromise()
    assert model.breach_harm((0.8, 0.2), arrived=False) == (0, 0)
    assert model.breach_harm((0.8, 0.2), arrived=True) == (pytest.approx(4), 0)


def test_closed_forms():
    rng, at = np.random.default_rng(4), closed_forms(WindfallPromise)
    powered = patient = 0
    for _ in range(DRAWS):
        model, backing, k, m = draw(rng)
        share, delta, hazard = power_shares(k, m)[1], backing.discount, float(rng.uniform(0.02, 1))
        values = symbols_of(model, backing, k, m, hazard=hazard)
        assert at("weight of the windfall before it arrives", values) == pytest.approx(prospect(delta, hazard))
        assert at("harm to a provider that breaks the promise", values) == pytest.approx(model.harm * share)

        largest = largest_by_bisection(model, share, backing)
        assert at("largest promise the provider keeps", values) == pytest.approx(largest)
        assert largest_promise(model, share, backing) == pytest.approx(largest)

        if delta > 0.01:
            upfront = float(rng.uniform(0, model.forgone))
            least = (model.forgone - (1 - delta) * upfront) / prospect(delta, hazard)
            assert at("least promise the recipient accepts", values | {"upfront": upfront}) == pytest.approx(least)
            assert least_promise(model, discount=delta, hazard=hazard, upfront=upfront) == pytest.approx(least)
        promise = model.forgone + float(rng.uniform(0.1, 5))
        factor = at("recipient's critical discount factor", values | {"promise": promise})
        if factor < 0.98:  # closer to 1 the sum would need more periods
            patient += 1
            assert prospect(factor, hazard) * promise == pytest.approx(model.forgone)

        once = PromiseBacking(escrow=backing.escrow, reputation=backing.reputation)
        largest = largest_by_bisection(model, share, once)
        assert at("largest promise kept without a future", values) == pytest.approx(largest)
        for terms in (once, backing):
            promise = largest_promise(model, share, terms) + float(rng.uniform(-1, 3))
            power = commitment_power(model, promise, k, terms, m)
            if slack(model, promise, share, terms) >= 0:
                assert power == 0
            elif power is None:
                assert slack(model, promise, 1.0, terms) <= 0
            else:
                powered += 1
                raised = power_shares((k[0], k[1] + power), m)[1]
                assert slack(model, promise, raised, terms) == pytest.approx(0, abs=1e-9)
                if terms is once:
                    words = "least power that makes the promise credible without a future"
                    assert at(words, values | {"promise": promise}) == pytest.approx(power)
    assert min(powered, patient) > DRAWS / 2


def test_promises_at_the_edge():
    model = WindfallPromise()
    assert least_promise(model, discount=0.9, hazard=0.0) == math.inf
    assert least_promise(model, discount=0.9, hazard=0.0, upfront=21.0) == 0
    assert least_promise(model, discount=0.5, hazard=0.1, upfront=100.0) == 0
    assert largest_promise(model, 0.2, PromiseBacking(guarantee=1.0)) == math.inf
    assert commitment_power(model, 20.0, K) is None
    assert commitment_power(WindfallPromise(harm=0.0), 1.0, K) is None
    assert commitment_power(WindfallPromise(harm=0.0), 0.0, K) == 0


def by_linear_program(model, promise, k, backing, *, hazard, recipient_discount, recipient_penalty, stakes, m, cap):
    """The cheapest upfront money, escrow and share gained, as a linear program for scipy."""
    delta_i, delta_j = backing.discount, recipient_discount
    waiting = prospect(delta_j, hazard) * promise
    if waiting < model.forgone - (1 - delta_j) * recipient_penalty:
        return None
    now = power_shares(k, m)[1]
    bare = PromiseBacking(**{**vars(backing), "escrow": 0.0})
    held = PromiseBacking(**{**vars(backing), "escrow": 1.0})
    base = slack(model, promise, now, bare)
    by_escrow = slack(model, promise, now, held) - base
    by_share = slack(model, promise, now + 0.1, bare) - base
    found = linprog(
        [1 - delta_i, backing.cost_of_capital, stakes[0]],
        A_ub=[[delta_j - 1, 0, -stakes[1]], [0, -by_escrow, -10 * by_share]],
        b_ub=[waiting - model.forgone, base],
        bounds=[(0, None), (0, None), (0, max(0.0, cap - now))],
    )
    return found.fun if found.status == 0 else None


def test_cheapest_mix_is_the_linear_program():
    rng = np.random.default_rng(5)
    kinds = {"none": 0, "upfront": 0, "escrow": 0, "power": 0}
    for _ in range(DRAWS):
        model, backing, k, m = draw(rng)
        backing = PromiseBacking(**{**vars(backing), "cost_of_capital": float(rng.uniform(0, 0.3))})
        delta_j, hazard = float(rng.uniform(0.3, 0.95)), float(rng.uniform(0.02, 1))
        penalty, stakes = float(rng.uniform(0, 5)), tuple(rng.uniform(0, 5, 2).tolist())
        promise = model.forgone / prospect(delta_j, hazard) * float(rng.uniform(0.8, 1.5))
        rest = {"hazard": hazard, "recipient_discount": delta_j, "recipient_penalty": penalty, "stakes": stakes}
        mix = cheapest_mix(model, promise, k, backing, decisiveness=m, **rest)
        cost = by_linear_program(model, promise, k, backing, **rest, m=m, cap=0.8)
        assert (mix is None) == (cost is None)
        if mix is None:
            kinds["none"] += 1
            continue
        assert mix.cost == pytest.approx(cost, abs=1e-7)
        assert min(astuple(mix)) >= 0
        for part in ("upfront", "escrow", "power"):
            kinds[part] += getattr(mix, part) > 1e-9
        # What is returned meets the requirements, recomputed from the parts.
        gained = power_shares((k[0], k[1] + mix.power), m)[1] - power_shares(k, m)[1]
        waiting = prospect(delta_j, hazard) * promise
        assert (1 - delta_j) * mix.upfront + waiting + stakes[1] * gained >= model.forgone - 1e-9
        held = PromiseBacking(**{**vars(backing), "escrow": mix.escrow})
        assert slack(model, promise, power_shares((k[0], k[1] + mix.power), m)[1], held) >= -1e-9
    assert min(kinds.values()) >= 5, f"the draws must reach every case: {kinds}"


def test_a_promise_that_fails_by_what_rounding_hides_has_a_margin_below_zero():
    """Least is 38/9; the decimals of its float fall short by a tenth of a millionth of a billionth."""
    path = examples_folder() / "windfall_promise" / "offer.yaml"
    verdict = bg.check(bg.read_offer(path).replace({"terms.share.value": 38 / 9, "terms.share.cost": 38 / 9}))
    near = [f for f in verdict.findings if f.margin is not None and abs(f.margin) < 1e-9]
    assert [(f.name, f.status, f.exact) for f in near if f.player == "Recipient"] == [
        ("participation[Recipient]", "fails", True),
        ("compliance[Recipient]", "fails", True),
    ]
    assert all(f.margin < 0 for f in near)
