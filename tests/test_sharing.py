"""Rules that divide a coalition's surplus, against their formulas and against each other."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from bargain import (
    GameError,
    MembershipGame,
    SymmetricMembershipGame,
    nucleolus,
    partition_worths,
    sharing_scheme,
    stability,
)
from bargain_models import SafeCoalition

RULES = ("almost-ideal", "nash", "shapley", "nucleolus")


def random_game(seed, n):
    payoffs = np.random.default_rng([seed, n]).normal(size=(2**n, n))
    return MembershipGame(payoffs + 0.3 * np.array([mask.bit_count() for mask in range(2**n)])[:, None])


games = st.builds(random_game, st.integers(0, 10**6), st.integers(1, 5))


def by_orders(members, worth):
    """The Shapley value: what each adds to those before it, averaged over all orders."""
    payoffs = dict.fromkeys(members, 0.0)
    for order in itertools.permutations(members):
        for place, i in enumerate(order):
            payoffs[i] += worth(order[: place + 1]) - worth(order[:place])
    return [payoffs[i] / factorial(len(members)) for i in members]


@given(games)
@settings(max_examples=40)
def test_over_free_rider_payoffs_all_rules_are_one(game):
    found = stability(game)
    for mask in range(1, game.n_coalitions):
        schemes = [sharing_scheme(game, mask, rule=rule, apart="free-rider") for rule in RULES]
        for scheme in schemes:
            np.testing.assert_allclose(scheme.transfers, schemes[0].transfers, atol=1e-12)
            assert scheme.residual() < 1e-12
            if mask.bit_count() > 1:
                assert scheme.gain == pytest.approx(found.surplus[mask], abs=1e-12)
            # Potentially stable exactly if almost-ideal sharing keeps everyone in; the shortfall is what they lack.
            assert scheme.internally_stable == (found.surplus[mask] >= -scheme.tolerance)
            assert scheme.lacking == pytest.approx(scheme.shortfall, abs=1e-11)


@pytest.mark.parametrize("seed", range(8))
def test_shares_of_worths_of_groups(seed):
    game, rng = random_game(seed, 5), np.random.default_rng(seed)
    pi, mask = game.payoffs, int(rng.integers(1, 32)) | 5
    members = list(game.members(mask))
    together = pi[mask, members].sum()
    stated = rng.normal(size=32)

    def gamma(group):
        return sum(pi[sum(1 << k for k in group), i] for i in group)

    def remainder(group):
        return sum(pi[mask ^ sum(1 << k for k in group), i] for i in group)

    def given_worths(group):
        return stated[sum(1 << k for k in group)]

    stated[0] = 0
    for apart, worth in (("gamma", gamma), ("remainder", remainder), (stated, given_worths)):

        def v(group, worth=worth):
            return together if len(group) == len(members) else worth(group) if group else 0.0

        shapley = sharing_scheme(game, mask, rule="shapley", apart=apart)
        np.testing.assert_allclose(shapley.payoffs[members], by_orders(members, v), atol=1e-12)
        nash = sharing_scheme(game, mask, [1, 2, 3, 4, 5], "nash", apart)
        alone = np.array([v((i,)) for i in members])
        parts = np.array([i + 1.0 for i in members]) / sum(i + 1 for i in members)
        np.testing.assert_allclose(nash.payoffs[members], alone + parts * (together - alone.sum()), atol=1e-12)
        nucleolar = sharing_scheme(game, mask, rule="nucleolus", apart=apart)
        own = [v([members[k] for k in range(len(members)) if g >> k & 1]) for g in range(2 ** len(members))]
        if found := nucleolus(np.array(own)):
            np.testing.assert_allclose(nucleolar.payoffs[members], found.payoffs, atol=1e-9)
        for scheme in (shapley, nash, nucleolar):
            assert scheme.residual() < 1e-9
            assert scheme.transfers.sum() == pytest.approx(0, abs=1e-12)
            lacks = [pi[mask ^ 1 << i, i] - scheme.payoffs[i] for i in members]
            assert scheme.lacking == pytest.approx(sum(lack for lack in lacks if lack > 0), abs=1e-12)
            assert scheme.internally_stable == (max(lacks) <= scheme.tolerance)
            groups = [g for size in range(1, len(members)) for g in itertools.combinations(members, size)]
            worst = max(groups, key=lambda g: v(g) - sum(scheme.payoffs[i] for i in g))
            assert scheme.excess == pytest.approx(v(worst) - sum(scheme.payoffs[i] for i in worst), abs=1e-12)
            assert game.members(scheme.blocking) == worst


@pytest.mark.parametrize("seed", range(5))
def test_nash_shares_maximise_the_product(seed):
    payoffs = random_game(seed, 3).payoffs.copy()
    payoffs[7] += 3
    game = MembershipGame(payoffs)
    weights = np.array([1.0, 2.0, 3.0]) / 6
    scheme = sharing_scheme(game, 7, weights, rule="nash", apart="gamma")
    alone = np.array([game.payoffs[1 << i, i] for i in range(3)])
    assert scheme.gain > 0
    start = alone + scheme.gain / 3
    found = minimize(
        lambda x: -float(weights @ np.log(np.maximum(x - alone, 1e-12))),
        start,
        constraints={"type": "eq", "fun": lambda x: x.sum() - game.payoffs[7].sum()},
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(scheme.payoffs, found.x, atol=1e-4)


@given(games, st.sampled_from([1e-9, 1e9]), st.randoms())
@settings(max_examples=20)
def test_rules_move_with_scale_and_names(game, scale, random):
    n, mask = game.n_players, game.n_coalitions - 1
    order = random.sample(range(n), n)
    masks = [sum(1 << order[i] for i in range(n) if each >> i & 1) for each in range(2**n)]
    payoffs = np.empty((2**n, n))
    payoffs[np.ix_(masks, order)] = game.payoffs
    for rule in RULES:
        found = sharing_scheme(game, mask, rule=rule)
        larger = sharing_scheme(MembershipGame(game.payoffs * scale), mask, rule=rule)
        np.testing.assert_allclose(larger.transfers, found.transfers * scale, atol=1e-9 * scale)
        renamed = sharing_scheme(MembershipGame(payoffs), mask, rule=rule)
        np.testing.assert_allclose(renamed.transfers[order], found.transfers, atol=1e-9)


def test_players_alike_get_alike():
    s = np.arange(1, 5)
    game = SymmetricMembershipGame(s**2 / 2 - s + 4, (s - 1) ** 2 - (s - 1) + 3.5).expand()
    for rule, apart in itertools.product(("nash", "shapley", "nucleolus"), ("free-rider", "gamma", "remainder")):
        scheme = sharing_scheme(game, 15, rule=rule, apart=apart)
        np.testing.assert_allclose(scheme.transfers, 0, atol=1e-12)
        assert scheme.lacking == pytest.approx(4 * 1.5)  # (s - 1)(s - 3) / 2 each


def test_worths_from_coalition_structures():
    model = SafeCoalition(players=("A", "B", "C"))
    worths = partition_worths(model.partition(), "delta")
    scheme = sharing_scheme(model.membership(), 7, rule="shapley", apart=worths)
    np.testing.assert_allclose(scheme.payoffs, [4.5] * 3)
    assert scheme.excess == pytest.approx(0.0)


def test_words_residual_and_plain_data():
    game = random_game(1, 3)
    scheme = sharing_scheme(game, 7, rule="shapley")
    assert str(scheme).startswith("{player 1, player 2, player 3}, Shapley shares:")
    data = scheme.to_dict()
    assert (data["rule"], data["weights"], data["kind"]) == ("shapley", None, "Shapley shares")
    assert replace(scheme, transfers=scheme.transfers + 0.5, payoffs=scheme.payoffs + 0.5).residual() >= 0.5
    assert sharing_scheme(game, 7, [1, 2, 1]).to_dict()["weights"] == [0.25, 0.5, 0.25]
    single = [sharing_scheme(game, 2, rule=rule).payoffs.tolist() for rule in RULES]
    assert single == [game.payoffs[2].tolist()] * 4


def test_bad_rules_are_told():
    game = random_game(2, 3)
    for arguments, words in (
        ({"rule": "lottery"}, "No rule is called 'lottery'"),
        ({"rule": "shapley", "weights": [1, 2, 3]}, "knows no weights"),
        ({"apart": "gamma"}, "starts from free-rider payoffs"),
        ({"rule": "nash", "apart": "beta"}, "not 'beta'"),
        ({"rule": "nash", "apart": [0, 1]}, "2 worths: 8 are needed"),
        ({"rule": "nash", "apart": [0, 1, 2, np.nan, 0, 0, 0, 0]}, "nan"),
    ):
        with pytest.raises(GameError, match=words):
            sharing_scheme(game, 7, **arguments)
