"""Cooperation by domains: critical factors alone and pooled, the best promise, each found in two ways."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import bargain as bg
from bargain_models import DomainCooperation
from model_tools import DRAWS, bisect, closed_forms

UNEQUAL = {
    "domains": ["one", "two"],
    "temptation": {"one": [6, 4], "two": [4, 6]},
    "reward": 3,
    "punishment": {"one": [2, 0], "two": [0, 2]},
    "sucker": -1,
    "security": 0,
}
"""Gains from cheating (1, 3) and (3, 1), losses (3, 1) and (1, 3)."""
LINKED = {
    "domains": ["easy", "hard"],
    "temptation": [5, 6],
    "reward": 3,
    "punishment": [0, 1],
    "sucker": -1,
    "security": 0,
}
"""Spagnolo's condition with gains 2 and 3, losses 3 and 2."""


def document(model, discount, asks=None):
    first = model.actions()[0][0] if asks is None else asks
    names = ("North", "South")
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "domain_cooperation",
            "parameters": model.parameters(),
            "players": {name: {"capability": 1, "discount": discount} for name in names},
            "asks": dict.fromkeys(names, first),
            "disagreement": dict.fromkeys(names, "none"),
            "terms": [],
        }
    )


def patience(model, asks=None):
    """The critical factors that `check` finds: every set of domains to cheat in is a deviation of its own."""
    found = bg.check(document(model, 0.9, asks)).critical_discount_factors
    return [found["North"], found["South"]]


def test_unequal_players_pool_what_neither_domain_sustains():
    model = DomainCooperation(**UNEQUAL)
    assert model.critical_factors().max(axis=1) == pytest.approx([0.75, 0.75])
    assert model.pooled_factors() == pytest.approx([0.5, 0.5])
    assert max(patience(model, "one")) == pytest.approx(0.75)
    assert max(patience(model, "two")) == pytest.approx(0.75)
    assert patience(model) == pytest.approx([0.5, 0.5])
    assert model.best_promise([0.6, 0.6]).domains == ("one", "two")
    assert model.best_promise([0.49, 0.49]).domains == ()


def test_linked_issues_lie_between():
    model = DomainCooperation(**LINKED)
    assert model.critical_factors()[:, 0] == pytest.approx([0.4, 0.6])
    assert model.pooled_factors() == pytest.approx([0.5, 0.5])
    assert patience(model) == pytest.approx([0.5, 0.5])
    assert model.best_promise([0.55, 0.55]).domains == ("easy", "hard")
    assert model.best_promise([0.45, 0.45]).domains == ("easy",)


def test_identical_domains_gain_nothing():
    model = DomainCooperation(domains=["a", "b"], temptation=5, reward=3, punishment=0, sucker=-1, security=0)
    assert model.pooled_factors()[0] == pytest.approx(model.critical_factors()[0, 0])


def test_a_tie_is_decided_in_rationals():
    """At one half, 0.5*5 - 0.5*5 = 0 exactly: the pooled promise holds; a hair below it does not."""
    model = DomainCooperation(**LINKED)
    held = model.best_promise([0.5, 0.5])
    assert (held.domains, held.slacks) == (("easy", "hard"), (0.0, 0.0))
    assert model.best_promise([0.5, 0.4999999999999]).domains == ("easy",)
    thirds = DomainCooperation(**{**LINKED, "temptation": [3.1, 3.2], "punishment": [2.7, 2.8]})
    assert thirds.best_promise([0.5, 0.5]).domains == ("easy", "hard")


def test_the_game_adds_the_domains():
    model = DomainCooperation(**UNEQUAL, players=("A", "B"))
    game = model.normal_form()
    tables = {"one": ((3, -1, 6, 2), (3, -1, 4, 0)), "two": ((3, -1, 4, 0), (3, -1, 6, 2))}
    for profile in itertools.product(range(4), repeat=2):
        kept = [model.sets()[action] for action in profile]
        for i in (0, 1):
            by_hand = 0
            for domain, table in tables.items():
                r, s, t, p = table[i]
                own, other = domain in kept[i], domain in kept[1 - i]
                by_hand += (r if other else s) if own else (t if other else p)
            assert game.payoffs[(i, *profile)] == by_hand == model.payoff(profile, (1.0, 1.0))[i]
    assert game.actions[0] == ("one + two", "one", "two", "none")


def random_model(rng, n_domains, n_players, *, security=0.0, choice="sets"):
    drawn = np.sort(rng.integers(-20, 60, (n_domains, n_players, 4)) + np.arange(4) / 4, axis=2)
    letters = dict(
        zip(("sucker", "punishment", "reward", "temptation"), np.moveaxis(drawn, 2, 0).tolist(), strict=True)
    )
    return DomainCooperation(
        players=tuple(f"P{i}" for i in range(n_players)),
        domains=[f"d{k}" for k in range(n_domains)],
        security=(security * rng.random((n_domains, n_players))).tolist(),
        choice=choice,
        **letters,
    )


@pytest.mark.parametrize("seed", range(20))
def test_best_promise_against_every_set(seed):
    """Each set checked by what cheating gains and costs in the game itself, players of unequal patience."""
    rng = np.random.default_rng(seed)
    n_domains, n_players = int(rng.integers(1, 6)), int(rng.integers(2, 4))
    model = random_model(rng, n_domains, n_players, security=0.3, choice="all")
    discounts = rng.uniform(0.2, 0.9, n_players).round(3).tolist()
    best, worth = None, 0.0
    for size in range(n_domains + 1):
        for chosen in itertools.combinations(range(n_domains), size):
            if not chosen:
                continue
            part = DomainCooperation(
                players=model.players,
                choice="all",
                domains=[model.domains[d] for d in chosen],
                **{
                    name: [list(getattr(model, name)[d]) for d in chosen]
                    for name in ("temptation", "reward", "punishment", "sucker", "security")
                },
            )
            payoffs = part.normal_form().payoffs
            everyone, nobody = (0,) * n_players, (1,) * n_players
            held = True
            for i, delta in enumerate(discounts):
                cheats = tuple(int(j == i) for j in range(n_players))
                kept, gone, once = (payoffs[(i, *p)] for p in (everyone, nobody, cheats))
                held &= kept >= (1 - delta) * once + delta * gone - 1e-9
            value = sum(payoffs[(i, *everyone)] - payoffs[(i, *nobody)] for i in range(n_players))
            if held and value > worth + 1e-9:
                best, worth = chosen, value
    found = model.best_promise(discounts)
    assert found.value == pytest.approx(worth)
    assert set(found.domains) == {model.domains[d] for d in best or ()}
    assert min(found.slacks) >= 0
    assert all(factor <= delta for factor, delta in zip(found.factors, discounts, strict=True) if found.domains)


def test_closed_forms():
    rng, at = np.random.default_rng(13), closed_forms(DomainCooperation)
    pooled_between = 0
    for _ in range(DRAWS):
        model = random_model(rng, 2, 2)
        names = ("temptation", "reward", "punishment", "sucker")
        equal = {name: [getattr(model, name)[d][0] for d in (0, 1)] for name in names}
        weights = rng.uniform(0, 0.2, 2).round(3).tolist()
        model = DomainCooperation(domains=["a", "b"], **equal, security=weights)
        values = {f"{name}_{d + 1}": equal[name][d] for name in names for d in (0, 1)}
        values |= {f"security_{d + 1}": weights[d] for d in (0, 1)}
        alone = model.critical_factors()[:, 0]
        for d, words in enumerate(("first", "second")):
            assert at(f"critical discount factor of the {words} domain alone", values) == pytest.approx(alone[d])
        pooled = model.pooled_factors()[0]
        assert at("critical discount factor of both pooled", values) == pytest.approx(pooled)
        assert alone.min() - 1e-12 <= pooled <= alone.max() + 1e-12
        pooled_between += alone.min() < pooled < alone.max()
        # By the payoffs of the game: cheating once in both, then nothing for ever.
        own = model.normal_form().payoffs[0]
        everything, nothing = own[0, 0], own[-1, -1]
        root = bisect(lambda delta: (1 - delta) * own[-1, 0] + delta * nothing - everything, 0, 1)  # noqa: B023
        assert pooled == pytest.approx(root)
        limit = at("security weight from which the first domain cannot be sustained at discount factor 1/2", values)
        if 0 <= limit <= 1:
            edge = DomainCooperation(domains=["a", "b"], **equal, security=[limit, 0])
            assert edge.critical_factors()[0, 0] == pytest.approx(0.5)
    assert pooled_between > 100


def test_default_domains():
    """The security concern alone makes cybersecurity the hardest domain; the easy ones carry it."""
    model = DomainCooperation()
    alone = dict(zip(model.domains, model.critical_factors()[:, 0], strict=True))
    assert max(alone, key=alone.__getitem__) == "cybersecurity"
    without = DomainCooperation(security=0)
    hard = model.domains.index("cybersecurity")
    assert without.critical_factors()[hard, 0] < alone["cybersecurity"]
    assert model.best_promise([0.55, 0.55]).domains == model.domains
    assert alone["cybersecurity"] > alone["environment"] > 0.7


def test_security_can_make_cooperation_worthless():
    model = DomainCooperation(domains=["a"], temptation=5, reward=3, punishment=1, sucker=0, security=1)
    assert np.isinf(model.critical_factors()).all()
    assert model.best_promise([0.99, 0.99]).domains == ()


def test_twenty_domains_and_no_more():
    rng = np.random.default_rng(5)
    model = random_model(rng, 20, 2, choice="all")
    found = model.best_promise([0.5, 0.5])
    assert min(found.slacks) >= 0
    # No single domain can be added, nor one exchanged for a better one, within the limits.
    assert len(found.domains) >= 1
    with pytest.raises(ValueError, match="21 domains have too many sets"):
        random_model(rng, 21, 2, choice="all").best_promise([0.5, 0.5])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"temptation": 3}, "agriculture is no dilemma for First: T 3, R 4, P 1, S 0"),
        ({"domains": ["a", "a"]}, "domains need names that differ"),
        ({"domains": ["a"]}, "temptation must be stated for the 1 domains"),
        ({"reward": {"agriculture": 4}}, "reward leaves out education"),
        ({"reward": {"farming": 4}}, "reward names farming, no domain"),
        ({"reward": [4, 3]}, "reward has 2 entries for 5 domains"),
        ({"reward": [4, 3, 4, 3, "4"]}, "reward of health is '4', not a finite number"),
        ({"players": ("A", "B", "C")}, "more than 20,000"),
    ],
)
def test_bad_parameters(wrong, said):
    with pytest.raises(ValueError, match=said):
        DomainCooperation(**wrong)


def test_numbers_by_domain_and_player():
    model = DomainCooperation(
        players=("A", "B"),
        domains=["a"],
        temptation={"a": {"A": 6, "B": 5}},
        reward=3,
        punishment=1,
        sucker=0,
        security=0,
    )
    assert model.temptation == ((6, 5),)
    with pytest.raises(ValueError, match="discount factors from 0 to below 1"):
        model.best_promise([0.5])
    with pytest.raises(ValueError, match="no domain is called 'b'"):
        model.pooled_factors(["b"])
