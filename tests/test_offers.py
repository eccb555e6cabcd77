"""Offers: what the typed parts say, and reading and changing them by path."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import bargain as bg
from bargain.offers import Limits, Offer, Range, Term

DATA: dict[str, Any] = {
    "schema": "bargain/offer@1",
    "model": "lead_race",
    "parameters": {
        "prize": {"low": 50, "mode": 100, "high": 150},
        "pauses": [0, 6.5, {"low": 7, "mode": 8, "high": 9}],
    },
    "players": {
        "U.S.": {"capability": 4, "discount": 0.9},
        "New Zealand": {"capability": {"low": 1, "mode": 2, "high": 3, "source": "index"}, "stake": 5, "discount": 0.8},
    },
    "asks": {"U.S.": "pause 6.5", "New Zealand": "refrain"},
    "terms": [
        {"id": "fund", "cluster": "financial", "from": "U.S.", "to": "New Zealand", "value": 6, "cost": 6},
        {"id": "seat", "cluster": "seat_at_table", "from": "U.S.", "to": "New Zealand", "weight": 2},
    ],
    "backing": [
        {"kind": "escrow", "by": "U.S.", "amount": 1},
        {"kind": "monitoring", "of": "New Zealand", "detection": 0.5},
        {"kind": "escrow", "by": "U.S.", "amount": {"low": 1, "mode": 2, "high": 4, "source": "treasury"}},
        {"kind": "reputation", "of": "U.S.", "amount": 3},
    ],
    "governance": {"quota": 3, "weights": {"U.S.": 2, "The.Chair": 1}},
    "limits": {"dominance": 0.9},
    "hazard": 0.1,
    "sources": ["a book", {"id": "B1", "year": "1990"}],
}


@pytest.fixture
def offer() -> Offer:
    return bg.make_offer(DATA)


def refused(offer: Offer, changes: dict[str, Any]) -> str:
    with pytest.raises(bg.DocumentError) as caught:
        offer.replace(changes)
    return str(caught.value)


def test_every_number_has_a_path(offer: Offer) -> None:
    assert offer.numbers() == {
        "parameters.prize": 100,
        "parameters.pauses.0": 0,
        "parameters.pauses.1": 6.5,
        "parameters.pauses.2": 8,
        "players.U.S..capability": 4,
        "players.U.S..discount": 0.9,
        "players.New Zealand.capability": 2,
        "players.New Zealand.stake": 5,
        "players.New Zealand.discount": 0.8,
        "terms.fund.value": 6,
        "terms.fund.cost": 6,
        "terms.seat.weight": 2,
        "backing.escrow.U.S..amount": 3,
        "backing.monitoring.New Zealand.detection": 0.5,
        "backing.reputation.U.S..amount": 3,
        "governance.quota": 3,
        "governance.weights.U.S.": 2,
        "governance.weights.The.Chair": 1,
        "limits.dominance": 0.9,
        "hazard": 0.1,
    }
    assert all(type(number) is float for number in offer.numbers().values())


def test_ranges_count_at_their_mode_and_are_kept(offer: Offer) -> None:
    assert offer.players["New Zealand"].capability == 2.0
    assert offer.parameters == {"prize": 100, "pauses": [0, 6.5, 8]}
    assert offer.ranges == {
        "parameters.prize": Range(low=50, mode=100, high=150),
        "parameters.pauses.2": Range(low=7, mode=8, high=9),
        "players.New Zealand.capability": Range(low=1, mode=2, high=3, source="index"),
        "backing.escrow.U.S..amount": Range(low=2, mode=3, high=5, source="treasury"),
    }
    assert offer.build_model().parameters()["pauses"] == (0, 6.5, 8)


def test_every_number_can_be_set_by_its_path(offer: Offer) -> None:
    for path, value in offer.numbers().items():
        new = value / 2 if path.endswith(("discount", "detection", "dominance", "hazard")) else value + 0.25
        if path == "parameters.pauses.1":
            continue  # the ask is one of these
        assert offer.replace({path: new}).number(path) == new
        assert offer.replace({path: new}).replace({path: value}).numbers() == offer.numbers()


def test_a_replaced_range_is_widened_only_if_need_be(offer: Offer) -> None:
    path = "players.New Zealand.capability"
    assert offer.replace({path: 2.5}).ranges[path] == Range(low=1, mode=2.5, high=3, source="index")
    assert offer.replace({path: 7}).ranges[path] == Range(low=1, mode=7, high=7, source="index")
    assert offer.replace({path: {"low": 2, "mode": 3, "high": 4}}).ranges[path] == Range(low=2, mode=3, high=4)


def test_several_escrows_are_one_sum(offer: Offer) -> None:
    path = "backing.escrow.U.S..amount"

    def parts(total: float) -> list[float]:
        return [part.amount for part in offer.replace({path: total}).backing if part.kind == "escrow"]

    assert offer.amount("escrow", "U.S.") == offer.number(path) == 3
    assert parts(5) == [3, 2]
    assert parts(2) == [0, 2]
    assert parts(1.5) == [0, 1.5]
    assert parts(0) == [0, 0]
    assert refused(offer, {path: -1}).startswith("backing.escrow.U.S..amount: -1 is negative.")


def test_amounts_that_are_not_stated(offer: Offer) -> None:
    assert offer.amount("escrow", "New Zealand") == 0
    assert offer.amount("reputation", "U.S.") == 3
    assert offer.amount("monitoring", "New Zealand") == 0.5
    assert offer.amount("monitoring", "U.S.") is None
    assert offer.amount("guarantee", "U.S.") is None


def test_absent_numbers_have_their_defaults(offer: Offer) -> None:
    assert offer.number("terms.fund.power") == 0
    assert offer.number("players.U.S..stake") == 0
    assert offer.number("backing.escrow.New Zealand.amount") == 0
    assert offer.number("backing.guarantee.U.S..probability") == 0
    assert offer.number("parameters.enmity") == 0.9
    assert offer.number("decisiveness") == 1
    with pytest.raises(bg.DocumentError, match=r"monitoring\.U\.S\.\.detection: the document states no number here"):
        offer.number("backing.monitoring.U.S..detection")
    with pytest.raises(bg.DocumentError) as caught:
        offer.number("terms.fond.value")
    assert str(caught.value) == (
        "terms.fond.value: there is no such path in this document. Perhaps 'terms.fund.value' is meant."
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("terms.seat.value", 1.5),
        ("terms.fund.timing", "upfront"),
        ("terms.fund.revocable", True),
        ("backing.escrow.New Zealand.amount", 2),
        ("backing.monitoring.U.S..detection", 0.25),
        ("backing.guarantee.New Zealand.probability", 0.25),
        ("players.U.S..stake", 4),
        ("governance.weights.New Zealand", 4),
        ("governance.index", "banzhaf"),
        ("limits.risk", "not_worse"),
        ("limits.provider_margin", 0.5),
        ("parameters.enmity", 0.5),
        ("asks.New Zealand", "race"),
        ("title", "A fund"),
        ("cost_of_capital", 0.05),
        ("punishment_periods", 3),
        ("disagreement", {"U.S.": "pause 0", "New Zealand": "race"}),
        ("sources", []),
    ],
)
def test_what_is_absent_is_created_and_the_rest_stays(offer: Offer, path: str, value: Any) -> None:
    new = offer.replace({path: value})
    assert new != offer
    assert bg.parse_offer(bg.offer_text(new)) == new
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert new.numbers() == {**offer.numbers(), path: value}
    assert offer == bg.make_offer(DATA)


def test_a_profile_is_created_player_by_player(offer: Offer) -> None:
    new = offer.replace({"breakdown.New Zealand": "race", "breakdown.U.S.": "pause 0"})
    assert new.breakdown == {"New Zealand": "race", "U.S.": "pause 0"}
    assert refused(offer, {"breakdown.U.S.": "pause 0"}).startswith("breakdown.New Zealand: the profile leaves")


def test_changes_are_checked_as_a_whole(offer: Offer) -> None:
    said = refused(offer, {"terms.fund.value": -1, "asks.New Zealand": "rest", "players.U.S..discount": 1})
    assert [line.split(": ")[0] for line in said.splitlines()] == [
        "players.U.S..discount",
        "asks.New Zealand",
        "terms.fund.value",
    ]
    assert refused(offer, {"parameters.prise": 3, "asks.U.S": "x"}).splitlines() == [
        "parameters.prise: there is no such path in this document. Perhaps 'parameters.prize' is meant.",
        "asks.U.S: there is no such path in this document. Perhaps 'asks.U.S.' is meant.",
    ]


def test_numpy_numbers_and_arrays_are_taken(offer: Offer) -> None:
    new = offer.replace({"terms.fund.value": np.float64(2.5), "parameters.pauses": np.array([0.0, 6.5])})
    assert new.data["parameters"]["pauses"] == [0.0, 6.5]
    assert type(new.data["terms"][0]["value"]) is float
    assert bg.parse_offer(bg.offer_text(new)) == new


def test_players_named_like_the_keys_of_a_range() -> None:
    names = {name: {"capability": 1, "discount": 0.5} for name in ("low", "mode", "high")}
    cells = [[[0, 1]]]
    offer = bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "table",
            "parameters": {
                "actions": {"low": ["a"], "mode": ["b"], "high": ["c", "d"]},
                "payoffs": dict.fromkeys(names, cells),
            },
            "players": names,
            "asks": {"low": "a", "mode": "b", "high": "c"},
            "terms": [],
        }
    )
    assert offer.ranges == {}
    assert offer.number("parameters.payoffs.mode.0.0.1") == 1


def test_offers_are_frozen_and_their_data_a_copy(offer: Offer) -> None:
    with pytest.raises(ValidationError):
        offer.title = "other"  # type: ignore[misc]
    offer.data["terms"].clear()
    assert len(offer.data["terms"]) == 2
    again = bg.make_offer(DATA)
    assert offer == again
    assert hash(offer) == hash(again)
    assert offer != "offer"
    swapped = {
        **DATA,
        "players": dict(reversed(DATA["players"].items())),
        "asks": {"U.S.": "race", "New Zealand": "pause 0"},
    }
    assert bg.make_offer(swapped) != offer


def test_the_digest_is_of_the_bytes_else_of_the_data(offer: Offer) -> None:
    text = bg.offer_text(offer)
    assert bg.parse_offer(text).sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert offer.sha256 == bg.make_offer(dict(reversed(DATA.items()))).sha256
    assert offer.sha256 != offer.replace({"hazard": 0.2}).sha256
    read = bg.parse_offer(text)
    assert read.replace({"hazard": 0.1}) is read
    assert read.replace({"hazard": 0.2}).replace({"hazard": 0.1}).sha256 == offer.sha256


def term(**keys: Any) -> Term:
    return Term.model_validate({"id": "t", "cluster": "financial", "from": "A", "to": "B", **keys})


@pytest.mark.parametrize(
    ("keys", "can_be_revoked", "lasting"),
    [
        ({}, False, False),
        ({"revocable": True}, True, False),
        ({"cluster": "frontier_ai"}, True, False),
        ({"cluster": "frontier_ai", "revocable": False}, False, True),
        ({"cluster": "frontier_ai", "power": 1, "timing": "upfront"}, False, True),
        ({"cluster": "frontier_ai", "power": 1, "timing": "upfront", "revocable": True}, False, True),
        ({"cluster": "frontier_ai", "timing": "upfront"}, True, False),
        ({"cluster": "national_security"}, True, False),
        ({"cluster": "seat_at_table"}, False, True),
    ],
)
def test_what_can_be_revoked_and_what_lasts(keys: dict[str, Any], can_be_revoked: bool, lasting: bool) -> None:
    assert (term(**keys).can_be_revoked, term(**keys).lasting) == (can_be_revoked, lasting)


def test_defaults() -> None:
    assert (term().timing, term().value, term().cost, term().power, term().weight) == ("conditional", 0, 0, 0, 0)
    offer = bg.make_offer(
        {key: DATA[key] for key in ("schema", "model", "players", "parameters", "asks")} | {"terms": []}
    )
    assert offer.terms == offer.backing == offer.sources == ()
    assert offer.limits == Limits(power_shift=None, dominance=None, risk=None, provider_margin=None)
    assert (offer.decisiveness, offer.cost_of_capital, offer.hazard, offer.governance) == (1, 0, None, None)
    assert (offer.file, offer.folder, offer.disagreement, offer.breakdown) == ("", None, {}, {})
