"""Promises that change from period to period: simulated, in closed form, and as amounts to choose."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import bargain as bg
from bargain._working_parts import part_values, parts_of, recompute, substitute, written
from bargain.descriptions import offer_words
from offers import RACE, WINDFALL

PAYOFFS = {"A": [[3, 0], [5, 1]], "B": [[3, 5], [0, 1]]}
ASKED, BROKEN = (0, 0), (1, 1)
PERIODS = 1500


def dilemma(**changes: Any) -> bg.Offer:
    """A prisoner's dilemma in which A gives B money, and B gives A something with power."""
    data: dict[str, Any] = {
        "schema": "bargain/offer@1",
        "model": "table",
        "parameters": {"actions": {"A": ["keep", "break"], "B": ["keep", "break"]}, "payoffs": PAYOFFS},
        "players": {"A": {"capability": 2, "discount": 0.8}, "B": {"capability": 1, "discount": 0.7}},
        "asks": {"A": "keep", "B": "keep"},
        "terms": [
            {"id": "fund", "cluster": "financial", "from": "A", "to": "B", "value": 1, "cost": 1},
            {"id": "access", "cluster": "frontier_ai", "from": "B", "to": "A", "value": 0.5, "cost": 0.25, "power": 1},
        ],
        "disagreement": {"A": "break", "B": "break"},
        "backing": [],
    }
    return bg.make_offer(data | changes)


def entry(entries: tuple[float, ...], t: int) -> float:
    return entries[min(t, len(entries) - 1)] if entries else 1.0


class World:
    """The dilemma played out period by period, without anything of the package's own arithmetic."""

    def __init__(self, offer: bg.Offer) -> None:
        self.offer = offer
        self.fund, self.access = offer.terms

    def utility(self, profile: tuple[int, int], power: float, t: int, player: str) -> float:
        k = [each.capability * entry(each.growth, t) for each in self.offer.players.values()]
        k[0] += power
        i = "AB".index(player)
        return PAYOFFS[player][profile[0]][profile[1]] + self.offer.players[player].stake * k[i] / sum(k)

    def kept(self, player: str, t: int) -> float:
        fund, access = entry(self.fund.schedule, t), entry(self.access.schedule, t)
        flow = {"A": 0.5 * access - fund, "B": fund - 0.25 * access}[player]
        return self.utility(ASKED, access, t, player) + flow

    def stays(self) -> float:
        return 1.0 if self.access.revocable is False else 1 - (self.offer.amount("monitoring", "A") or 0.0)

    def left(self, player: str, t: int) -> float:
        """What lasting terms go on bringing after a breach in period t."""
        lasting = self.access.revocable is False
        return {"A": 0.5, "B": -0.25}[player] * entry(self.access.schedule, t) * lasting

    def margin(self, player: str, t: int, breaks: bool, withheld: bool) -> float:
        """Value of keeping less value of one deviation in period t, from there on, on average a period."""
        delta = self.offer.players[player].discount
        q = self.offer.amount("monitoring", player)
        q = 1.0 if q is None else q
        fund, access, lasting = entry(self.fund.schedule, t), entry(self.access.schedule, t), bool(self.left("A", t))
        profile = ((1, 0) if player == "A" else (0, 1)) if breaks else ASKED
        power = access * (self.stays() if withheld and player == "B" else 1.0)
        promised, owed = {"A": (0.5 * access, fund), "B": (fund, 0.25 * access)}[player]
        seen = (1 - q) if breaks and not (player == "A" and lasting) else 1.0
        now = self.utility(profile, power, t, player) + seen * promised - (0 if withheld else owed)
        now -= q * (self.offer.amount("escrow", player) or 0.0)
        value = (1 - delta) * (self.kept(player, t) - now)
        for s in range(1, PERIODS):
            after = self.utility(BROKEN, self.stays() * access, t + s, player) + self.left(player, t)
            value += (1 - delta) * delta**s * q * (self.kept(player, t + s) - after)
        return value


def worlds() -> list[bg.Offer]:
    draw = random.Random(5)
    found = []
    for _ in range(12):
        n, lasting = draw.randint(1, 5), draw.random() < 0.4
        access = sorted(round(draw.random(), 2) for _ in range(draw.randint(1, 5)))
        players = {
            name: {
                "capability": draw.randint(1, 4),
                "stake": draw.choice([0, 2, 6]),
                "discount": draw.choice([0.3, 0.6, 0.9]),
                "growth": [draw.choice([1, 1.5, 0.7]) for _ in range(draw.randint(1, 4))],
            }
            for name in "AB"
        }
        fund = {"id": "fund", "cluster": "financial", "from": "A", "to": "B", "value": 1, "cost": 1}
        given = {"id": "access", "cluster": "frontier_ai", "from": "B", "to": "A", "value": 0.5, "cost": 0.25}
        backing: list[dict[str, Any]] = [{"kind": "escrow", "by": "A", "amount": draw.choice([0, 2])}]
        backing += [{"kind": "monitoring", "of": name, "detection": draw.choice([0.5, 0.9])} for name in "AB"]
        found.append(
            dilemma(
                players=players,
                terms=[
                    {**fund, "schedule": [round(2 * draw.random(), 2) for _ in range(n)]},
                    {**given, "power": 1, "schedule": access} | ({"revocable": False} if lasting else {}),
                ],
                backing=backing,
            )
        )
    return found


@pytest.mark.parametrize("offer", worlds())
def test_every_deviation_in_every_period_agrees_with_playing_it_out(offer: bg.Offer) -> None:
    world, system = World(offer), bg.requirements(offer)
    seen = 0
    for row, margin in zip(system.rows, system.slack(), strict=True):
        if row.check not in ("compliance", "credibility"):
            continue
        t, player = int(row.state.removeprefix("period ")) - 1, row.player
        assert player is not None
        expected = world.margin(player, t, row.witness["deviation"] is not None, bool(row.witness["withheld"]))
        assert margin == pytest.approx(expected, abs=1e-9), row.name
        seen += 1
    assert seen >= 3 * len({row.state for row in system.rows if row.check == "compliance"})


@pytest.mark.parametrize("offer", worlds())
def test_payoffs_are_the_discounted_streams(offer: bg.Offer) -> None:
    world, verdict = World(offer), bg.check(offer)
    for player, about in offer.players.items():
        weights = (1 - about.discount) * about.discount ** np.arange(PERIODS)
        kept = sum(w * world.kept(player, t) for t, w in enumerate(weights))
        apart = sum(w * world.utility(BROKEN, 0.0, t, player) for t, w in enumerate(weights))
        assert verdict.payoffs["agreement"][player] == pytest.approx(kept)
        assert verdict.payoffs["disagreement"][player] == pytest.approx(apart)


@pytest.mark.parametrize("offer", worlds())
def test_critical_discount_factors_agree_with_checking_at_each(offer: bg.Offer) -> None:
    good = bg.check(offer).discount_factors_that_hold
    for player in offer.player_names:
        for delta in np.linspace(0.02, 0.98, 17):
            system = bg.requirements(offer.replace({f"players.{player}.discount": float(delta)}))
            own = [
                margin
                for row, margin in zip(system.rows, system.slack(), strict=True)
                if row.player == player and row.incentive is not None and row.applies(dict.fromkeys(row.needs, 0.25))
            ]
            if abs(min(own)) > 1e-9:
                assert (min(own) > 0) == any(low <= delta <= high for low, high in good[player])


@pytest.mark.parametrize("words", ["constant", [1.0], [1, 1, 1, 1]])
def test_a_constant_schedule_changes_no_margin(words: Any) -> None:
    for offer in (bg.parse_offer(RACE), dilemma()):
        plain = bg.check(offer)
        same = bg.check(offer.replace({f"terms.{offer.terms[0].id}.schedule": words}))
        assert same.holds == plain.holds
        for finding, before in zip(same.findings, plain.findings, strict=True):
            assert finding.margin == pytest.approx(before.margin, abs=1e-12)
        assert same.payoffs["agreement"] == pytest.approx(plain.payoffs["agreement"])
        assert same.walks_away == plain.walks_away or not plain.holds


def test_words_are_straight_lines() -> None:
    rising = dilemma().replace({"terms.fund.schedule": "back-loaded", "periods": 3})
    listed = dilemma().replace({"terms.fund.schedule": [1 / 3, 2 / 3, 1]})
    assert bg.requirements(rising).slack() == pytest.approx(bg.requirements(listed).slack())
    falling = dilemma().replace({"terms.fund.schedule": "front-loaded", "periods": 2})
    assert bg.check(falling).finding("compliance", "B").margin == pytest.approx(
        bg.check(dilemma().replace({"terms.fund.schedule": [1, 0.5]})).finding("compliance", "B").margin
    )


def power_shift(steps: list[float], cost: float) -> bg.Offer:
    """The pie is divided by power; power passes from the one to the other; a war locks it in and costs both."""
    war = [[0, -cost], [-cost, -cost]]
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "table",
            "parameters": {
                "actions": {"Decliner": ["share", "fight"], "Riser": ["share", "fight"]},
                "payoffs": {"Decliner": war, "Riser": war},
            },
            "players": {
                "Decliner": {"capability": 4, "stake": 1, "discount": 0.9},
                "Riser": {"capability": 1, "stake": 1, "discount": 0.9},
            },
            "asks": {"Decliner": "share", "Riser": "share"},
            "disagreement": {"Decliner": "share", "Riser": "share"},
            "breakdown": {"Decliner": "fight", "Riser": "fight"},
            "terms": [
                {
                    "id": "power",
                    "cluster": "frontier_ai",
                    "from": "Decliner",
                    "to": "Riser",
                    "power": 3,
                    "revocable": False,
                    "schedule": steps,
                }
            ],
        }
    )


def worst_loss(steps: list[float]) -> list[float]:
    """What waiting costs the decliner in each period: delta times the share it has less the average of those ahead."""
    share = [4 / (5 + 3 * step) for step in steps]
    ahead = [sum(0.1 * 0.9**s * share[min(t + 1 + s, len(share) - 1)] for s in range(500)) for t in range(len(share))]
    return [0.9 * (now - later) for now, later in zip(share, ahead, strict=True)]


def test_the_decliner_fights_in_the_first_period_in_which_power_will_shift_too_far() -> None:
    sudden = [0.0, 0.0, 1.0]
    loss = worst_loss(sudden)
    cost = (loss[0] + loss[1]) / 2  # too little to deter a war on the eve of the shift, enough a period before
    verdict = bg.check(power_shift(sudden, cost))
    assert verdict.walks_away is not None
    assert (verdict.walks_away["player"], verdict.walks_away["period"]) == ("Decliner", 2)
    assert verdict.walks_away["margin"] == pytest.approx(cost - loss[1])
    assert verdict.walks_away == verdict.to_dict()["walks_away"]
    assert "Decliner is the first that would walk away, in period 2" in str(verdict)
    assert "in period 2" in verdict.finding("compliance", "Decliner").words
    assert verdict.finding("compliance", "Decliner").witness["state"] == "period 2"


def test_a_gradual_shift_keeps_the_peace_that_a_sudden_one_breaks() -> None:
    sudden, gradual = [0.0, 1.0], [step / 12 for step in range(13)]
    cost = (max(worst_loss(sudden)) + max(worst_loss(gradual))) / 2
    assert bg.check(power_shift(sudden, cost)).finding("compliance", "Decliner").status == "fails"
    peace = bg.check(power_shift(gradual, cost))
    assert peace.finding("compliance", "Decliner").status == "holds"
    assert peace.finding("compliance", "Decliner").margin == pytest.approx(cost - max(worst_loss(gradual)))
    assert peace.walks_away is None


def test_a_payment_that_runs_out_is_broken_before_it_does() -> None:
    # B keeps while 0.7 times what is ahead outweighs the temptation: 2 + s_t.
    offer = dilemma(
        terms=[{**dilemma().data["terms"][0], "schedule": [4, 3, 2, 1, 0]}],
        players={"A": {"capability": 1, "discount": 0.9}, "B": {"capability": 1, "discount": 0.4}},
    )
    pay = [4, 3, 2, 1, 0]
    ahead = [sum(0.6 * 0.4**s * (2 + pay[min(t + 1 + s, 4)]) for s in range(200)) for t in range(5)]
    margins = [0.4 * later - 0.6 * (2 - now) for now, later in zip(pay, ahead, strict=True)]
    first = next(t for t, margin in enumerate(margins) if margin < 0)
    verdict = bg.check(offer)
    assert verdict.walks_away is not None
    assert verdict.walks_away["player"] == "B"
    assert verdict.walks_away["period"] == first + 1
    assert verdict.walks_away["margin"] == pytest.approx(margins[first])
    assert verdict.finding("compliance", "B").margin == pytest.approx(min(margins))


def test_a_tie_in_one_period_is_decided_in_rationals() -> None:
    tied = dilemma(
        terms=[{"id": "fund", "cluster": "financial", "from": "A", "to": "B", "value": 1, "schedule": [0.3, 0.1, 0.0]}],
        players={"A": {"capability": 1, "discount": 0.5}, "B": {"capability": 1, "discount": 0.5}},
    )
    finding = bg.check(tied).finding("compliance", "B")
    assert (finding.status, finding.exact) == ("holds", True)  # 0.5·2 = 0.5·2 once the money has run out
    assert finding.witness["state"] == "period 3"


def test_repairs_of_a_scheduled_offer_hold() -> None:
    for offer in worlds():
        found = bg.repair(offer)
        assert found.status in ("holds", "repaired", "impossible")
        if found.status == "repaired":
            assert bg.check(found.offer).holds
        if found.certificate is not None:
            assert found.certificate.verify()


def growing_temptation() -> bg.Offer:
    """A rising follower has to be paid more and more."""
    race = bg.parse_offer(RACE)
    return race.replace(
        {
            "disagreement": {"Leader": "pause 3", "Follower": "race"},
            "players.Follower.growth": [1, 1.2, 1.4, 1.6],
            "players.Follower.discount": 0.5,
            "terms.fund.value": 20,
            "terms.fund.cost": 20,
        }
    )


def test_a_designed_schedule_costs_less_than_one_amount_for_all_periods() -> None:
    offer = growing_temptation()
    limits = offer.data["limits"] | {"power_shift": 1.0, "dominance": 1.0}
    offer = offer.replace({"limits": limits})
    constant, chosen = bg.design(offer), bg.design(offer, schedule=4)
    assert constant.status == chosen.status == "designed"
    assert chosen.cost < constant.cost - 0.1
    assert bg.check(constant.offer).holds
    assert bg.check(chosen.offer).holds
    shares = chosen.offer.terms[0].schedule
    assert len(shares) == 4
    assert all(change.path.startswith("terms.fund.schedule.") for change in chosen.changes)
    # What it costs is the discounted average of what is paid, and no share can be less.
    weights = np.array([0.1, 0.09, 0.081, 0.729])
    assert chosen.cost == pytest.approx(float(weights @ np.array(shares, dtype=float)) * 20)
    for k, share in enumerate(shares):
        assert isinstance(share, float)
        if share > 1e-6:
            less = chosen.offer.replace({f"terms.fund.schedule.{k}": 0.98 * share})
            assert not bg.check(less).holds


def test_a_schedule_of_one_period_is_the_plain_design() -> None:
    offer = bg.parse_offer(RACE).replace({"players.Follower.discount": 0.5})
    plain, one = bg.design(offer, maximise="margin"), bg.design(offer, maximise="margin", schedule=1)
    assert one.least_margin == pytest.approx(plain.least_margin)
    assert one.cost == pytest.approx(plain.cost)


def test_an_impossible_schedule_is_proved_in_the_names_of_the_offer() -> None:
    offer = bg.parse_offer(RACE).replace({"limits": {"power_shift": 0.02, "dominance": 0.1}})
    found = bg.design(offer, schedule=3)
    assert found.status == "impossible"
    assert found.certificate is not None
    assert found.certificate.verify()
    assert set(found.variables) >= {"terms.fund.schedule.0", "terms.fund.schedule.2"}
    assert not any("fund-" in name for name in (*found.certificate.names, *found.variables))


@pytest.mark.parametrize(("schedule", "free"), [(0, None), (41, None), (1.5, None), ("3", None)])
def test_schedules_of_no_length(schedule: Any, free: Any) -> None:
    with pytest.raises(ValueError, match="number of periods from 1 to 40"):
        bg.design(bg.parse_offer(RACE), schedule=schedule, free=free)


def test_a_term_with_power_has_no_free_schedule() -> None:
    with pytest.raises(bg.BargainError, match="No freed term can be given a schedule"):
        bg.design(dilemma(), schedule=3, free=["terms.access.value"])


@pytest.mark.parametrize(
    ("text", "changes", "words"),
    [
        (RACE, {"terms.fund.schedule": "sideways"}, "terms.fund.schedule"),
        (RACE, {"terms.fund.schedule": [1, -1]}, "terms.fund.schedule.1: -1 is negative"),
        (RACE, {"terms.fund.schedule": [1] * 41}, "terms.fund.schedule"),
        (RACE, {"players.Leader.growth": [1, 0]}, "players.Leader.growth.1"),
        (RACE, {"players.Leader.growth": [1, 2]}, "no profile is stated under disagreement"),
        (RACE, {"terms.fund.schedule": [1, 2], "terms.fund.timing": "upfront"}, "so it has no schedule"),
        (RACE, {"terms.fund.schedule": [2, 1], "terms.fund.power": 1}, "this schedule falls, but it carries power"),
        (
            RACE,
            {"terms.fund.schedule": "front-loaded", "terms.fund.cluster": "seat_at_table"},
            "this schedule falls, but what was given of it cannot be taken back",
        ),
        (RACE, {"terms.fund.schedule": [2, 1], "punishment_periods": 3}, "a punishment that ends stands beside"),
        (WINDFALL, {"terms.share.schedule": [2, 1]}, "so it has no schedule"),
        (
            WINDFALL,
            {"players.Provider.growth": [1, 2], "disagreement": {"Provider": "develop", "Recipient": "develop"}},
            "a windfall term stands beside a schedule by period",
        ),
        (RACE, {"periods": 1}, "periods: 1"),
    ],
)
def test_faults(text: str, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(bg.DocumentError) as caught:
        bg.parse_offer(text).replace(changes)
    assert words in str(caught.value)


def test_documents_keep_their_schedules_and_tell_them() -> None:
    offer = dilemma().replace({"terms.fund.schedule": [1, 0.5], "players.B.growth": [1, 2]})
    assert bg.parse_offer(bg.offer_text(offer)) == offer
    assert bg.read_offer("examples/lead_race/runs_out.yaml").numbers()["terms.fund.schedule.1"] == 0.5
    told = " ".join(offer_words(offer).split())
    assert "of which in force by period: 1, 0.5, the last one lasting" in told
    assert "capability by period 1, 2" in told
    why = " ".join(str(bg.explain(offer)).split())
    assert "value of fund in period 2" in why


@pytest.mark.parametrize("offer", worlds())
def test_every_row_is_its_formula_at_its_parts(offer: bg.Offer) -> None:
    system = bg.requirements(offer)
    agreement = system.coalitions.agreement
    for row, margin in zip(system.rows, system.slack(), strict=True):
        parts = part_values(agreement, row)
        shown = recompute(substitute(row.formula, {symbol: written(value, 17) for symbol, value in parts.items()}))
        assert shown == pytest.approx(margin, abs=1e-9), row.name
        for part in parts_of(agreement, row, 1e-12):
            if part.formula:
                numbers = {each.symbol: written(each.value, 17) for each in part.parts}
                assert recompute(substitute(part.formula, numbers)) == pytest.approx(part.value, abs=1e-9), part.symbol
    assert str(bg.explain(offer))
