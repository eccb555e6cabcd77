"""Several issues in one agreement, and players to whom others' payoffs matter: documents, games, promises."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

import bargain as bg
from bargain.linkage import MOST_PROFILES, affinity_table
from bargain.offers import joined

DILEMMA = """{actions: {North: [keep, break], South: [keep, break]},
      payoffs: {North: [[%(n_r)s, %(n_s)s], [%(n_t)s, %(n_p)s]], South: [[%(s_r)s, %(s_t)s], [%(s_s)s, %(s_p)s]]}}"""
HEAD = """\
schema: bargain/offer@1
title: Two issues          # pooled
players:
  North: {capability: 4, stake: 2, discount: %s}
  South: {capability: 2, stake: 1, discount: %s}
"""


def dilemma(north, south):
    """Parameters of a table: temptation, reward, punishment, sucker of each."""
    named = {
        f"{who}_{letter}": x
        for who, four in zip("ns", (north, south), strict=True)
        for letter, x in zip("trps", four, strict=True)
    }
    return DILEMMA % named


def document(*issues, discount=0.9, more="terms: []\n"):
    parts = "".join(
        f"  - name: {name}\n    model: table\n    parameters: {dilemma(*payoffs)}\n"
        "    asks: {North: keep, South: keep}   # both keep\n"
        for name, payoffs in issues
    )
    return HEAD % (discount, discount) + "issues:\n" + parts + more


EASY, HARD = (5, 3, 0, -1), (6, 3, 1, 0)
"""Gains from cheating 2 and 3, losses from the breakdown 3 and 2: critical factors 2/5 and 3/5."""
TWO = (("easy", (EASY, EASY)), ("hard", (HARD, HARD)))


def factors(text):
    return bg.check(bg.parse_offer(text)).critical_discount_factors


@pytest.mark.parametrize(("issues", "expected"), [(TWO[:1], 0.4), (TWO[1:], 0.6), (TWO, 0.5)])
def test_pooling_issues_lies_between_the_easy_and_the_hard(issues, expected):
    assert factors(document(*issues)) == pytest.approx({"North": expected, "South": expected}, abs=1e-12)


def test_pooling_identical_issues_gains_nothing():
    assert factors(document(("a", (EASY, EASY)), ("b", (EASY, EASY))))["North"] == pytest.approx(0.4)


def test_unequal_players_sustain_together_what_no_issue_sustains_alone():
    much, little = (6, 3, 2, 0), (4, 3, 0, -1)  # gain 3, loss 1; gain 1, loss 3
    first, second = ("first", (much, little)), ("second", (little, much))
    assert factors(document(first))["North"] == pytest.approx(0.75)
    assert factors(document(second))["South"] == pytest.approx(0.75)
    assert factors(document(first, second)) == pytest.approx({"North": 0.5, "South": 0.5})
    assert bg.check(bg.parse_offer(document(first, second, discount=0.6))).holds
    assert not bg.check(bg.parse_offer(document(first, discount=0.6))).holds


def test_a_breach_in_one_issue_ends_all_and_the_joint_breach_binds():
    """Every deviation's margin by hand: the gains of the issues broken, the losses of all."""
    offer = bg.parse_offer(document(*TWO, discount=0.55))
    system = bg.requirements(offer)
    margins = dict(zip(system.names, system.slack(), strict=True))
    gains = {"easy": 2, "hard": 3}
    for broken in (("easy",), ("hard",), ("easy", "hard")):
        action = joined({name: "break" if name in broken else "keep" for name in gains})
        by_hand = 0.55 * (3 + 2) - 0.45 * sum(gains[name] for name in broken)
        assert margins[f"compliance[North:{action}@always]"] == pytest.approx(by_hand)
    binding = bg.check(offer).finding("compliance", "North")
    assert binding.witness["deviation"] == "easy: break + hard: break"


def test_a_tie_of_pooled_promises_is_decided_in_rationals():
    finding = bg.check(bg.parse_offer(document(*TWO, discount=0.5))).finding("compliance", "North")
    assert (finding.status, finding.exact) == ("holds", True)
    # A hair below, the same rounding noise is a failure.
    assert (
        bg.check(bg.parse_offer(document(*TWO, discount=0.4999999999))).finding("compliance", "North").status == "fails"
    )


def test_one_issue_is_the_model_itself():
    single = bg.parse_offer(document(TWO[0]))
    text = document(TWO[0]).replace("issues:\n  - name: easy\n    model", "model").replace("    ", "")
    alone = bg.parse_offer(text)
    one, other = bg.check(single), bg.check(alone)
    assert one.payoffs == other.payoffs
    assert [f.margin for f in one.findings] == [f.margin for f in other.findings]


def random_issues(rng, n_issues):
    """Issues of three players on random tables, in seats of any order; some leave a player out."""
    names = ("A", "B", "C")
    issues = []
    for k in range(n_issues):
        seats = [names[i] for i in rng.permutation(3)[: rng.integers(2, 4)]] if k else list(names)
        shape = tuple(int(m) for m in rng.integers(1, 4, len(seats)))
        payoffs = rng.integers(-9, 10, (len(seats), *shape))
        issues.append(
            {
                "name": f"issue{k}",
                "model": "table",
                "players": seats,
                "parameters": {
                    "actions": {p: [f"a{j}" for j in range(m)] for p, m in zip(seats, shape, strict=True)},
                    "payoffs": {p: payoffs[i].tolist() for i, p in enumerate(seats)},
                    "risk": (rng.integers(0, 11, shape) / 10).tolist(),
                },
                "asks": dict.fromkeys(seats, "a0"),
            }
        )
    players = {name: {"capability": 1 + i, "discount": 0.9} for i, name in enumerate(names)}
    return {"schema": "bargain/offer@1", "players": players, "issues": issues, "terms": []}


@pytest.mark.parametrize("seed", range(8))
def test_the_joint_game_is_the_sum_of_the_issues(seed):
    rng = np.random.default_rng(seed)
    data = random_issues(rng, int(rng.integers(2, 4)))
    offer = bg.make_offer(data)
    model = offer.build_model()
    game = model.normal_form()
    for profile in itertools.product(*map(range, game.shape)):
        sums, safe = dict.fromkeys("ABC", 0), 1.0
        for issue in data["issues"]:
            at: tuple[int, ...] = ()
            for player in issue["players"]:
                played = dict(
                    p.split(": ") for p in game.actions["ABC".index(player)][profile["ABC".index(player)]].split(" + ")
                )
                at += (int(played[issue["name"]][1:]),)
            for player in issue["players"]:
                sums[player] += np.array(issue["parameters"]["payoffs"][player])[at]
            safe *= 1 - np.array(issue["parameters"]["risk"])[at]
        assert game.payoffs[:, *profile].tolist() == list(sums.values())
        assert list(model.payoff(profile, (1.0, 2.0, 3.0))) == list(sums.values())
        assert model.risk(profile, (1.0, 2.0, 3.0)) == pytest.approx(1 - safe)
    exact = model.in_rationals()
    assert exact.normal_form((Fraction(1),) * 3).exact
    assert isinstance(exact.risk((0, 0, 0), (Fraction(1),) * 3), Fraction)


STAG = ((3, 5, 3, 0), (3, 5, 3, 0))


def test_equilibria_combine_issue_by_issue():
    """Two stag hunts have nine combinations; found as sums, and each an equilibrium of the whole game."""
    offer = bg.parse_offer(
        document(("a", STAG), ("b", STAG)).replace("stake: 2", "stake: 0").replace("stake: 1", "stake: 0")
    )
    verdict = bg.check(offer)
    assert any("has 9 equilibria" in remark for remark in verdict.remarks)
    sums = {(a + b, a + b) for a in (3, 5) for b in (3, 5)}
    whole = bg.nash_equilibria(offer.build_model().normal_form(), cross_check=False)
    assert {tuple(np.round(each.payoffs, 9)) for each in whole} == sums


def test_harms_add_and_capabilities_are_common():
    data = {
        "schema": "bargain/offer@1",
        "players": {"P": {"capability": 4, "discount": 0.9}, "R": {"capability": 1, "discount": 0.9}},
        "hazard": 0.1,
        "issues": [
            {"name": n, "model": "windfall_promise", "parameters": {"harm": h}, "asks": {"P": "develop", "R": "forgo"}}
            for n, h in (("one", 20.0), ("two", 5.0))
        ],
        "terms": [],
    }  # fmt: skip
    model = bg.make_offer(data).build_model()
    assert model.breach_harm((0.8, 0.2), arrived=True)[0] == pytest.approx(0.2 * 25)
    assert model.breach_harm((0.8, 0.2), arrived=False) == (0, 0)


# Documents


def test_paths_ranges_and_writing():
    text = document(*TWO).replace("North: [[3, -1]", "North: [[{low: 2, mode: 3, high: 4, source: a study}, -1]", 1)
    offer = bg.parse_offer(text)
    path = "issues.easy.parameters.payoffs.North.0.0"
    assert offer.number(path) == 3
    assert offer.ranges[path].source == "a study"
    changed = offer.replace({path: 3.5, "issues.hard.asks.South": "break", "affinity.North.South": 0.25})
    written = bg.offer_text(changed)
    assert "# both keep" in written
    assert "# pooled" in written
    again = bg.parse_offer(written)
    assert again == changed
    assert again.number(path) == 3.5
    assert again.number("affinity.North.South") == 0.25
    assert again.number("affinity.South.North") == 0
    assert again.asks["South"] == "easy: keep + hard: break"
    with pytest.raises(
        bg.DocumentError, match=r"issues.hrad.model: there is no such path.*Perhaps 'issues.hard.model'"
    ):
        offer.replace({"issues.hrad.model": "table"})


def test_defaults_of_an_issue_are_numbers_too():
    data = {
        "schema": "bargain/offer@1",
        "players": {"A": {"capability": 4, "discount": 0.9}, "B": {"capability": 2, "discount": 0.9}},
        "issues": [
            {"name": "race", "model": "lead_race", "asks": {"A": "pause 6", "B": "refrain"}},
            {"name": "access", "model": "monitored_access", "players": [*"BA"], "asks": {"B": "trust", "A": "comply"}},
        ],
        "terms": [{"id": "fund", "cluster": "financial", "from": "A", "to": "B", "value": 6, "cost": 6}],
    }  # fmt: skip
    offer = bg.make_offer(data)
    assert offer.number("issues.race.parameters.prize") == 100
    verdict = bg.check(offer)
    assert "issues.race.parameters.prize (default)" in verdict.assumed
    assert verdict.parameters["access"]["detection"] == 0.8
    assert verdict.model == "race: lead_race + access: monitored_access"
    assert offer.replace({"issues.race.parameters.prize": 90}).number("issues.race.parameters.prize") == 90
    text = bg.offer_text(offer)
    assert bg.parse_offer(text) == offer
    # The status quo is that of the race and the mixed one of access, and no list is left incomplete.
    assert not any("incomplete" in remark for remark in verdict.remarks)
    race = bg.load_model("lead_race").normal_form((4.0, 2.0)).payoffs[:, 1, 1]
    assert verdict.payoffs["disagreement"] == pytest.approx({"A": race[0] + 2, "B": race[1] + 4.375})


def test_schema_of_issues():
    import jsonschema

    schema = bg.offer_schema()
    jsonschema.validate(bg.parse_offer(document(*TWO)).data, schema)
    both = bg.parse_offer(document(*TWO)).data | {"model": "table", "asks": {}}
    assert not jsonschema.Draft202012Validator(schema).is_valid(both)


GOOD = document(*TWO)
FAULTS = {
    "misspelt parameter": (
        ("parameters: {actions", "parameters: {action"),
        ["9:17: issues.easy.parameters: a table needs actions and payoffs, or a file; actions is missing."],
    ),
    "unknown model": (
        ("model: table", "model: tabel"),
        ["8:12: issues.easy.model: 'tabel' is not an installed model."],
    ),
    "unknown action": (
        ("asks: {North: keep, South: keep}", "asks: {North: keep, South: kepe}"),
        ["11:32: issues.easy.asks.South: 'kepe' is not an action of South. Actions: keep, break; perhaps 'keep' is"],
    ),
    "nothing asked": (
        ("asks: {North: keep, South: keep}", "asks: {North: keep}"),
        ["11:11: issues.easy.asks.South: nothing is asked of this player."],
    ),
    "unknown key": (
        ("    model: table", "    modle: table"),
        ["8:5: issues.easy.modle: 'modle' is not a key here. Known: name, model, parameters, players, asks; perhaps"],
    ),
    "two of a name": (
        ("name: hard", "name: easy"),
        ["12:11: issues.easy.name: two issues are called 'easy'. Each name stands once; rename one."],
    ),
    "name with a colon": (
        ("name: hard", "name: 'h: x'"),
        ["12:11: issues.h: x.name: 'h: x' is not a name of an issue. Names are of letters, digits, _ and -."],
    ),
    "no asks": (
        ("    asks: {North: keep, South: keep}   # both keep\n  - name: hard", "  - name: hard"),
        ["7:5: issues.easy.asks: this key is missing. asks: the action asked of each player that takes part"],
    ),
    "a model that signs": (
        ("terms: []", "  - {name: coalition, model: safe_coalition, asks: {North: join, South: join}}\nterms: []"),
        ["17:30: issues.coalition.model: the players of safe_coalition sign a coalition, which goes on without"],
    ),
    "someone outside": (
        ("terms: []", "  - {name: third, model: lead_race, players: [North, Sout], asks: {North: pause 6}}\nterms: []"),
        ["17:54: issues.third.players.1: 'Sout' is not a player. Players: North, South; perhaps 'South' is meant."],
    ),
    "too few places": (
        ("terms: []", "  - {name: third, model: lead_race, players: [North], asks: {North: pause 6}}\nterms: []"),
        ["17:26: issues.third.model: 1 player stands where lead_race has 2 or more."],
    ),
    "asked of one who is not there": (
        ("    asks: {North: keep, South: keep}", "    players: [North]\n    asks: {North: keep, South: keep}"),
        ["issues.easy.parameters", "issues.easy.asks.South: South takes no part in this issue. Those who do: North"],
    ),
    "model at the top": (("terms: []", "model: table\nterms: []"), ["6:1: issues: issues stand beside model. "]),
    "no issue": (("terms: []", "title2: x\nterms: []"), ["17:1: title2: 'title2' is not a key here."]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_issues(name):
    (old, new), expected = FAULTS[name]
    assert old in GOOD
    with pytest.raises(bg.DocumentError) as caught:
        bg.parse_offer(GOOD.replace(old, new, 1))
    lines = str(caught.value).splitlines()
    assert len(lines) == len(expected), lines
    for line, start in zip(lines, expected, strict=True):
        assert start in line, line


def test_an_empty_list_of_issues():
    text = HEAD % (0.9, 0.9) + "issues: []\nterms: []\n"
    with pytest.raises(bg.DocumentError, match="6:9: issues: no issue is listed here"):
        bg.parse_offer(text)


def test_a_player_without_an_issue():
    text = GOOD.replace("  South:", "  West: {capability: 1, discount: 0}\n  South:")
    text = text.replace("    model", "    players: [North, South]\n    model")
    with pytest.raises(bg.DocumentError, match=r"players.West: West takes part in no issue"):
        bg.parse_offer(text)


def test_a_joint_game_that_is_too_large():
    many = [(f"d{k}", (EASY, EASY)) for k in range(8)]
    assert 4**8 > MOST_PROFILES > 4**7
    with pytest.raises(bg.DocumentError) as caught:
        bg.parse_offer(document(*many))
    assert str(caught.value) == (
        "6:1: issues: together these issues have 65,536 profiles. A joint game has at most 20,000; "
        "leave out an issue, or actions in one."
    )
    assert len(bg.parse_offer(document(*many[:7])).build_model().actions()[0]) == 2**7


def test_joint_actions_in_a_stated_profile():
    right = "disagreement: {North: 'easy: break + hard: break', South: 'easy: break + hard: break'}\nterms: []\n"
    assert bg.check(bg.parse_offer(document(*TWO, more=right))).holds
    with pytest.raises(bg.DocumentError, match=r"disagreement.North: 'easy: break' is not an action of North. Actions"):
        bg.parse_offer(document(*TWO, more=right.replace("'easy: break + hard: break'", "'easy: break'", 1)))


# Affinity


@pytest.mark.parametrize(("alpha", "price"), [(-0.5, 3.5), (0, 2), (0.5, 0.5)])
def test_affinity_in_a_document(alpha, price):
    """T - R - alpha(R - S) for 5, 3, 1, 0: what South must be paid, at no patience, to keep."""
    classic = (5, 3, 1, 0)
    term = "terms:\n- {id: fund, cluster: financial, from: North, to: South, value: 1, cost: 0}\n"
    offer = bg.parse_offer(document(("only", (classic, classic)), more=term)).replace(
        {"affinity.South.North": alpha, "players.South.discount": 0, "terms.fund.value": price}
    )
    finding = bg.check(offer).finding("compliance", "South")
    assert finding.margin == pytest.approx(0, abs=1e-12)
    assert (finding.status, finding.exact) == ("holds", True)
    # Kept by the margin of the payment alone: terms are not weighed by affinity, and a unit counts as a unit.
    assert bg.check(offer.replace({"terms.fund.value": price + 1})).finding("compliance", "South").margin == (
        pytest.approx(1)
    )


def test_affinity_counts_base_payoffs_with_power_and_nothing_else():
    offer = bg.parse_offer(
        document(*TWO, more="terms:\n- {id: fund, cluster: financial, from: North, to: South, value: 1, cost: 3}\n")
    )
    before = bg.check(offer).payoffs
    after = bg.check(offer.replace({"affinity": {"North": {"South": 0.5}}})).payoffs
    base = {name: 6 + share for name, share in (("North", 2 * 4 / 6), ("South", 2 / 6))}
    assert before["agreement"] == pytest.approx({"North": base["North"] - 3, "South": base["South"] + 1})
    assert after["agreement"]["South"] == before["agreement"]["South"]
    assert after["agreement"]["North"] == pytest.approx(base["North"] - 3 + 0.5 * base["South"])


def test_affinity_moves_the_equilibrium():
    friends = bg.parse_offer(document(TWO[0])).replace({"affinity": {"North": {"South": 1}, "South": {"North": 1}}})
    game = friends.build_model().normal_form()
    assert [each.label for each in bg.nash_equilibria(game)] == [("easy: keep", "easy: keep")]


def test_tables_of_affinity():
    assert affinity_table(0.5, "AB") == ((0, 0.5), (0.5, 0))
    assert affinity_table([[0, -1], [1, 0]], "AB") == ((0, -1), (1, 0))
    for wrong in (1.5, "0.5", True, [[0, 1]], [[1, 0], [0, 0]], {"C": {"A": 1}}, {"A": {"C": 1}}, {"A": 1}):
        with pytest.raises(ValueError, match="affinity"):
            affinity_table(wrong, "AB")


def test_design_and_frontier_of_issues():
    term = "terms:\n- {id: fund, cluster: financial, from: North, to: South, value: 1, cost: 1}\n"
    offer = bg.parse_offer(document(*TWO, discount=0.6, more=term))
    best = bg.design(offer, minimise="cost", free=["terms.fund.value"])
    assert best.offer.number("terms.fund.value") == pytest.approx(0, abs=1e-6)
    line = bg.credibility_frontier(offer, "fund")
    assert line.most_credible is not None
    other = offer.replace({"issues.hard.parameters.payoffs.South.0.1": 7})
    assert bg.check(other).critical_discount_factors["South"] > bg.check(offer).critical_discount_factors["South"]


@pytest.mark.parametrize("verb", [bg.repair, bg.sensitivity, bg.explain, bg.requirements])
def test_every_verb_takes_issues_and_affinity(verb):
    term = "terms:\n- {id: fund, cluster: financial, from: North, to: South, value: 1, cost: 1}\n"
    offer = bg.parse_offer(document(*TWO, discount=0.48, more=term)).replace({"affinity.South.North": -0.1})
    assert bg.check(offer).holds is False
    found = verb(offer)
    if verb is bg.repair:
        assert found.status in ("repaired", "impossible")
        assert bg.check(found.offer).holds is (found.status == "repaired")
    if verb is bg.sensitivity:
        assert "issues.hard.parameters.payoffs.South.0.0" in {turn.path for turn in found.turns}
