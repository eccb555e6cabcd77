"""Relationship linkage: prices and thresholds of published games, found in two ways, and the closed forms."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import bargain as bg
from bargain.descriptions import model_facts
from bargain_models import LeadRace, RelationshipLinkage, WindfallPromise
from model_tools import DRAWS, best_replies, closed_forms, critical

COOPERATE, DEFECT = range(2)
STAG = {"temptation": 3.0, "reward": 5.0, "punishment": 3.0, "sucker": 0.0}


def price(model):
    """What must be added to cooperation against a cooperator before it is a best reply, read off the game."""
    payoffs = model.normal_form().payoffs[0]
    return payoffs[DEFECT, COOPERATE] - payoffs[COOPERATE, COOPERATE]


@pytest.mark.parametrize(("affinity", "expected"), [(-0.5, 3.5), (0.0, 2.0), (0.5, 0.5)])
def test_price_of_restraint_as_friendship_turns_to_hostility(affinity, expected):
    model = RelationshipLinkage(affinity=affinity)
    assert price(model) == pytest.approx(expected)
    assert closed_forms(RelationshipLinkage)("price of restraint", model.parameters()) == pytest.approx(expected)


def test_cooperation_is_an_equilibrium_from_two_thirds_on():
    """(T - R)/(R - S) = 2/3 for 5, 3, 1, 0."""
    below, above = (RelationshipLinkage(affinity=2 / 3 + step).normal_form() for step in (-1e-9, 1e-9))
    assert (COOPERATE, COOPERATE) not in best_replies(below)
    assert (COOPERATE, COOPERATE) in best_replies(above)


def test_hostility_destroys_the_stag_hunt():
    """Its threshold is negative, (3 - 5)/(5 - 0) = -2/5: only hostility beyond it undoes the stag."""
    for affinity, stag in ((-0.39, True), (-0.41, False)):
        game = RelationshipLinkage(affinity=affinity, **STAG).normal_form()
        assert ((COOPERATE, COOPERATE) in best_replies(game)) is stag
        assert ((COOPERATE, COOPERATE) in bg.pure_equilibria(game)) is stag


def test_payoffs_by_hand():
    payoffs = RelationshipLinkage(affinity=[[0, 0.5], [-1, 0]]).normal_form().payoffs
    base = np.array([[3, 0], [5, 1]], dtype=float)
    np.testing.assert_allclose(payoffs[0], base + 0.5 * base.T)
    np.testing.assert_allclose(payoffs[1], base.T - base)


def test_closed_forms():
    rng, at = np.random.default_rng(8), closed_forms(RelationshipLinkage)
    seen = {True: 0, False: 0}
    for _ in range(DRAWS):
        sucker, punishment, reward, temptation = np.sort(rng.uniform(-2, 8, 4)).tolist()
        values = {
            "temptation": temptation,
            "reward": reward,
            "punishment": punishment,
            "sucker": sucker,
            "affinity": float(rng.uniform(-0.5, 0.9)),
        }
        model = RelationshipLinkage(**values)
        pure = best_replies(model.normal_form())
        helps = at("affinity from which mutual cooperation is an equilibrium", values)
        assert ((COOPERATE, COOPERATE) in pure) is (values["affinity"] >= helps)
        hurts = at("affinity up to which mutual defection is an equilibrium", values)
        assert ((DEFECT, DEFECT) in pure) is (values["affinity"] <= hurts)
        assert at("price of restraint", values) == pytest.approx(price(model))
        seen[values["affinity"] >= helps] += 1
        if values["affinity"] < min(helps, hurts):
            own = model.normal_form().payoffs[0]
            patience = critical(own[0, 0], own[1, 0], own[1, 1])
            assert at("critical discount factor", values) == pytest.approx(patience)
    assert min(seen.values()) >= 20, "the draws must reach both cases"


def test_any_finite_model_can_be_linked():
    model = RelationshipLinkage(base="lead_race", base_parameters={"prize": 120.0}, affinity={"First": {"Second": 0.5}})
    base = LeadRace(prize=120.0).normal_form((4.0, 2.0)).payoffs
    linked = model.normal_form((4.0, 2.0)).payoffs
    np.testing.assert_allclose(linked[0], base[0] + 0.5 * base[1])
    np.testing.assert_array_equal(linked[1], base[1])
    assert model.rational is False
    assert model.risk((1, 1), (4.0, 2.0)) == pytest.approx(0.3932, abs=1e-4)


def document(model):
    return {
        "schema": "bargain/offer@1",
        **model,
        "players": {name: {"capability": 1, "discount": 0.6} for name in ("North", "South")},
        "asks": {"North": "cooperate", "South": "cooperate"},
        "terms": [],
    }


@pytest.mark.parametrize("affinity", [-0.3, 0.0, 0.2])
def test_the_named_model_and_the_key_of_a_document_agree(affinity):
    """Three ways to the same link: the model's own number, the document's key, a table linked by name."""
    table = {
        "actions": {name: ["cooperate", "defect"] for name in ("North", "South")},
        "payoffs": {"North": [[3, 0], [5, 1]], "South": [[3, 5], [0, 1]]},
    }
    pairs = {"North": {"South": affinity}, "South": {"North": affinity}}
    documents = [
        document({"model": "relationship_linkage", "parameters": {"affinity": affinity}}),
        document({"model": "table", "parameters": table, "affinity": pairs}),
        document(
            {
                "model": "relationship_linkage",
                "parameters": {"affinity": pairs, "base": "table", "base_parameters": table},
            }
        ),
    ]
    verdicts = [bg.check(bg.make_offer(data)) for data in documents]
    margins = [[finding.margin for finding in verdict.findings] for verdict in verdicts]
    assert margins[0] == margins[1] == margins[2]
    assert all(
        verdict.finding("participation", "North").margin == pytest.approx(2 * (1 + affinity)) for verdict in verdicts
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"affinity": 1.5}, "an affinity lies between -1 and 1; got 1.5"),
        ({"affinity": "much"}, "affinity is a number from -1 to 1"),
        ({"affinity": True}, "affinity is a number from -1 to 1"),
        ({"affinity": {"First": {"Third": 1}}}, "affinity names Third, who is no player"),
        ({"base": "nope"}, "no model is called 'nope'"),
        ({"base": "safe_coalition"}, "sign a coalition: write it as the model of the document"),
        ({"base": "lead_race", "base_parameters": {"prize": -1.0}}, "the base model lead_race refuses prize"),
        ({"base_parameters": 3}, "base_parameters are keys with values"),
        ({"players": ("A", "B", "C")}, "the dilemma has 2"),
    ],
)
def test_bad_parameters(wrong, said):
    with pytest.raises(ValueError, match=said):
        RelationshipLinkage(**wrong)


def test_affinity_of_three_players_in_a_base():
    names = tuple(itertools.islice("ABCD", 3))
    model = RelationshipLinkage(players=names, base="lead_race", affinity=0.1)
    base = LeadRace(players=names).normal_form((4.0, 2.0, 1.8)).payoffs
    np.testing.assert_allclose(model.normal_form((4.0, 2.0, 1.8)).payoffs, 0.9 * base + 0.1 * base.sum(axis=0))


def test_what_show_says_of_risk_and_harm_depends_on_the_base():
    checks = model_facts(RelationshipLinkage)["checks"]
    assert "risk (risk): where limits.risk is stated, and the base model has one" in checks
    assert "a breach costs the harm that the others can do, as far as the base model has one" in checks
    assert "a breach costs the harm that the others can do, by the model" in model_facts(WindfallPromise)["checks"]
