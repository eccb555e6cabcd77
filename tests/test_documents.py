"""Documents: every fault named exactly, nothing but DocumentError, and what is written reads back."""

from __future__ import annotations

import contextlib
import copy
import os
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import bargain as bg
from bad_documents import GOOD, HEAD, ONE_FAULT, WHOLE_TEXT, changed
from bargain._yaml import plain_scalar


def message(text: str) -> str:
    with pytest.raises(bg.DocumentError) as caught:
        bg.parse_offer(text, file="offer.yaml")
    return str(caught.value)


def test_the_good_document_is_good() -> None:
    offer = bg.parse_offer(GOOD)
    assert offer.title == "Paying for restraint"
    assert [term.id for term in offer.terms] == ["fund", "compute"]


@pytest.mark.parametrize("name", ONE_FAULT)
def test_one_fault_and_no_other(name: str) -> None:
    swap, expected = ONE_FAULT[name]
    assert message(changed(swap)) == f"offer.yaml:{expected}"


def test_four_faults_at_once() -> None:
    text = changed(
        ("stake: 0", "steak: 0"),
        ("capability: 2.0", "capability: two"),
        ("Follower: refrain", "Follower: refrain, Outsider: race"),
        ("detection: 1.0", "detection: 1.5"),
    )
    assert message(text).splitlines() == [
        "offer.yaml:8:31: players.Leader.steak: 'steak' is not a key here. "
        "Known: capability, stake, discount, growth; perhaps 'stake' is meant.",
        "offer.yaml:9:26: players.Follower.capability: the text 'two' stands where a number is expected. "
        "A capability is > 0.",
        "offer.yaml:10:44: asks.Outsider: 'Outsider' is not a player. Players: Leader, Follower.",
        "offer.yaml:21:47: backing.monitoring.Follower.detection: 1.5 is above 1. A detection is >= 0 and <= 1.",
    ]


def test_faults_of_the_text_stand_beside_faults_of_the_offer() -> None:
    text = changed(("stake: 0,", "stake: 0, stake: 1,"), ("value: 6", "value: *six"), ("model: lead_race", "model: x"))
    assert [line.split(" ")[1] for line in message(text).splitlines()] == [
        "model:",
        "players.Leader.stake:",
        "terms.fund.value:",
    ]


def test_a_faulty_parameter_does_not_hide_a_wrong_ask() -> None:
    text = changed(("prize: 100", "prize: -1"), ("Follower: refrain", "Follower: rest"))
    assert [line.split(" ")[1] for line in message(text).splitlines()] == ["parameters.prize:", "asks.Follower:"]


def test_faulty_actions_are_not_held_against_the_asks() -> None:
    text = changed(("prize: 100", "pauses: [0, 5, 5]"), ("Leader: pause 6", "Leader: pause 5"))
    assert message(text) == "offer.yaml:6:22: parameters.pauses: each pause may be listed once; got 0, 5, 5."


def test_a_key_written_on_two_lines() -> None:
    assert message(changed(("unit: USD bn per year", "title: again"))) == (
        "offer.yaml:4:1: title: 'title' is written twice, on lines 3 and 4. Each key stands once; remove one of them."
    )


def test_finite_punishment_beside_a_windfall() -> None:
    text = changed(("cost: 6", "timing: windfall"), ("disagreement: {}", "hazard: 0.1\npunishment_periods: 3"))
    assert message(text) == (
        "offer.yaml:24:21: punishment_periods: a punishment of 3 periods stands beside a windfall term (fund). "
        "With a windfall, punishment is for ever; remove punishment_periods, or change the timing."
    )


def test_a_wrong_number_of_players() -> None:
    text = changed(("model: lead_race", "model: monitored_access"), ("{prize: 100}", "{}"))
    text = text.replace("  Leader:", "  Third: {capability: 1, discount: 0}\n  Leader:", 1)
    assert message(text) == (
        "offer.yaml:8:3: players: 3 players stand where monitored_access has 2. "
        "Its places are provider, recipient, in this order.\n"
        "offer.yaml:11:7: asks.Third: nothing is asked of this player. Each player is asked one action; "
        "write its action."
    )


def many_terms(n_terms: int, **more: str) -> str:
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    line = "  - {{id: t{}, cluster: frontier_ai, from: Leader, to: Follower" + extra + "}}\n"
    head, tail = GOOD[: GOOD.index("  - {id: fund")], GOOD[GOOD.index("backing:") :]
    return head + "".join(line.format(index) for index in range(n_terms)) + tail


def test_ten_revocable_powers_are_enough() -> None:
    assert len(bg.parse_offer(many_terms(10, power="1")).terms) == 10
    assert len(bg.parse_offer(many_terms(11, power="1", revocable="false")).terms) == 11
    assert message(many_terms(11, power="1")) == (
        "offer.yaml:22:72: terms.t10.power: Leader provides more than 10 terms whose power can be revoked. "
        "Every set of them withheld is checked, so they are limited; put several into one term."
    )


def test_ten_thousand_terms() -> None:
    assert (
        message(many_terms(10_000)) == "offer.yaml:1012:5: terms: more than 1,000 terms. A document has at most 1,000."
    )
    assert len(bg.parse_offer(many_terms(1000)).terms) == 1000


@pytest.mark.parametrize("name", WHOLE_TEXT)
def test_a_text_that_cannot_be_read(name: str) -> None:
    text, expected = WHOLE_TEXT[name]
    assert message(text) == f"offer.yaml:{expected}"


def test_more_values_than_anyone_writes() -> None:
    text = HEAD + "parameters: {prize: [" + "1, " * 60_000 + "]}\n"
    assert message(text) == (
        "offer.yaml:3:150007: the document goes on beyond this value. A document has at most 50,000 values."
    )


def test_aliases_that_blow_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    said = message(HEAD + "\n".join(lines))
    assert "offer.yaml:3:5: a0: &a0 shares a value between places. Anchors (&) and aliases (*) are not read" in said
    assert said.count("shares") == 1


def test_a_file_of_fifty_megabytes(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(bg.DocumentError) as caught:
        bg.read_offer(large)
    assert str(caught.value) == f"{large}: the document has 50,000,000 bytes. A document has at most 1,000,000."
    with pytest.raises(bg.DocumentError, match="has 1,000,001 bytes"):
        bg.parse_offer("#" * 1_000_001)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing, bad, wide = tmp_path / "missing.yaml", tmp_path / "bad.yaml", tmp_path / "wide.yaml"
    bad.write_bytes(b"title: caf\xe9\n")
    wide.write_text(GOOD, encoding="utf-16")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    utf8 = "A document is text in UTF-8; save it in that encoding."
    for path, expected in {
        missing: f"{missing}: there is no such file.",
        tmp_path: f"{tmp_path}: this is a folder. Name a file in it.",
        bad: f"{bad}:1:11: the byte 0xe9 is not UTF-8. {utf8}",
        wide: f"{wide}:1:1: the byte 0xff is not UTF-8. {utf8}",
        pipe: f"{pipe}: this is not a file.",
        bad / "inside": f"{bad / 'inside'}: the file cannot be read: not a directory.",
        "a\0b": "'a\\x00b': this is no name of a file.",
    }.items():
        with pytest.raises(bg.DocumentError) as caught:
            bg.read_offer(path)
        assert str(caught.value) == expected


def test_reading_a_file_with_a_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "offer.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    offer = bg.read_offer(path)
    assert offer == bg.parse_offer(GOOD)
    assert (offer.file, offer.folder) == (str(path), tmp_path)
    more = offer.replace({"terms.fund.value": 7, "hazard": 0.5})
    bg.write_offer(more, path)
    assert bg.read_offer(path) == more
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == GOOD.count("\n") + 1


def test_a_table_beside_the_document(tmp_path: Path) -> None:
    text = changed(("model: lead_race", "model: table"), ("{prize: 100}", "{file: game.csv}"))
    path = tmp_path / "offer.yaml"
    path.write_text(text)
    with pytest.raises(bg.DocumentError) as caught:
        bg.read_offer(path)
    place = "parameters: there is no file game.csv in the document's folder"
    assert str(caught.value) == f"{path}:6:13: {place}."
    rows = [f"{a},{b},{x},1" for x, (a, b) in enumerate([("pause 6", "refrain"), ("pause 6", "race")])]
    (tmp_path / "game.csv").write_text("\n".join(["Leader,Follower,payoff Leader,payoff Follower", *rows]))
    assert bg.read_offer(path).build_model().actions() == (("pause 6",), ("refrain", "race"))


def test_faults_of_data_have_no_lines() -> None:
    data = bg.parse_offer(GOOD).data
    data["terms"][0]["value"] = float("nan")
    data["asks"]["Follower"] = 3
    data["limits"] = {1: 2}
    data["title"] = object()
    with pytest.raises(bg.DocumentError) as caught:
        bg.make_offer(data)
    assert str(caught.value).splitlines() == [
        "title: this is nothing that a document can hold. "
        "Values are texts, numbers, true or false, lists, and keys with values.",
        "asks.Follower: the number 3 stands where a text is expected. Put it in quotes.",
        "terms.fund.value: this number is not finite. Numbers are finite.",
        "limits: the key 1 is not text. A key is text; put it in quotes.",
    ]
    with pytest.raises(bg.DocumentError, match=r"^document: this is not a mapping"):
        bg.make_offer([1])  # type: ignore[arg-type]
    deep: list[object] = []
    deep.append(deep)
    with pytest.raises(bg.DocumentError, match=r"parameters\.prize: this is nested more than 50 levels deep"):
        bg.make_offer({**bg.parse_offer(GOOD).data, "parameters": {"prize": deep}})


def test_scalars_are_read_by_the_core_schema() -> None:
    texts = ["no", "yes", "on", "off", "1_000", "0b1", "12:30", "1e", ".", "+", "2024-01-01", "0x", "nan"]
    assert [plain_scalar(text) for text in texts] == texts
    assert [plain_scalar(text) for text in ("010", "0o17", "0xff", "+3", "-.5", "1.", "2e3")] == [
        10, 15, 255, 3, -0.5, 1.0, 2000.0,
    ]  # fmt: skip
    assert plain_scalar("9" * 5000) == plain_scalar("0x" + "f" * 5000) == float("inf")


PARTS = [*"[]{}\"'|#@\t\r\x00\ud800\ufeff\x85\u2028aé1~\\", ": ", "\n", "  ", "- ", ", ", "? ", ">-", "&a "]
PARTS += ["*a", "!", "<<", "Leader", "!!int ", "%YAML 1.2\n", "%TAG ! x\n", ".nan", "---\n", "...\n", "\\U", "|2\n"]
PARTS += ["schema: bargain/offer@1\n", "model: table\n"]


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join) | st.text(max_size=60))
@example("? [a]\n: b\n? {}\n: c\n")
@example("a: 1\n<<: {b: 1}\n")
def test_any_text_is_read_or_faulted(text: str) -> None:
    with contextlib.suppress(bg.DocumentError):
        assert bg.parse_offer(text).sha256


@settings(max_examples=50)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_faulted(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    with pytest.raises(bg.DocumentError):
        bg.read_offer(path)


SCALARS = [None, True, -1, 2.5, 10**400, float("nan"), "", "x", "6", "Leader", b"x"]
SHAPES = [[], {}, [1], (1, 2), {"a": 1}, {1: 2}, {"kind": ["x"]}, {"low": 3, "mode": "x"}]
ODD = st.sampled_from([*SCALARS, *SHAPES, {"low": 1, "mode": 2, "high": 3}])


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in pairs for place in places(each, (*at, key)))]


JARGON = re.compile(r"Input|pydantic|NoneType|BROKEN|validation|\bdict\b|\bstr\b|\btuple\b|schema_|from_\b")


@given(st.data())
def test_any_data_are_taken_or_faulted_in_plain_words(draw: st.DataObject) -> None:
    data = bg.parse_offer(GOOD).data
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.sampled_from(places(data)[1:]))
        parent = data
        for key in at[:-1]:
            parent = parent[key]  # type: ignore[index]
        parent[at[-1]] = copy.deepcopy(draw.draw(ODD))  # type: ignore[index]
    said = ""
    try:
        offer = bg.make_offer(data)
    except bg.DocumentError as error:
        said = str(error)
    else:
        assert bg.parse_offer(bg.offer_text(offer)) == offer
    assert not JARGON.search(said)
