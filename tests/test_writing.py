"""Documents written: comments stay, changes stand where they belong, and what is written reads back."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bargain as bg
from bad_documents import BLOCKS, GOOD, changed
from bargain._files import write_text_atomically
from bargain._yaml import read_yaml

AMOUNT = st.floats(0, 1e6) | st.integers(0, 10**12)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "terms.fund.value": AMOUNT,
        "terms.fund.power": AMOUNT,
        "terms.compute.value": AMOUNT,
        "terms.compute.timing": st.sampled_from(["upfront", "conditional"]),
        "terms.compute.power": AMOUNT,
        "backing.escrow.Leader.amount": AMOUNT,
        "backing.escrow.Follower.amount": AMOUNT,
        "backing.guarantee.Leader.probability": st.floats(0, 1),
        "players.Follower.discount": st.floats(0, 1, exclude_max=True),
        "parameters.enmity": st.floats(0, 1),
        "parameters.pauses": st.lists(st.integers(7, 99), unique=True).map(lambda more: [6, *more]),
        "asks.Follower": st.just("race"),
        "title": st.text(st.characters(blacklist_categories=["Cs"])),
        "description": st.text(st.characters(blacklist_categories=["Cs"])),
        "disagreement": st.just({"Leader": "pause 6", "Follower": "race"}),
        "limits.provider_margin": AMOUNT,
        "hazard": st.floats(0, 1),
        "sources": st.lists(st.text(st.characters(blacklist_categories=["Cs"]))),
    },
)


@given(CHANGES, CHANGES)
def test_changes_are_written_where_they_belong(first: dict[str, object], second: dict[str, object]) -> None:
    offer = bg.parse_offer(GOOD).replace(first).replace(second)
    text = bg.offer_text(offer)
    assert bg.parse_offer(text) == offer
    for comment in re.findall(r" *#.*", GOOD):
        assert comment in text
    if "title" not in {**first, **second}:
        assert text.splitlines()[:5] == GOOD.splitlines()[:5]


def test_only_changed_numbers_change() -> None:
    offer = bg.parse_offer(GOOD).replace({"terms.compute.value": 2.25, "backing.escrow.Leader.amount": 3})
    expected = changed(("value: 1.5  ", "value: 2.25  "), ("mode: 1, high: 2", "mode: 3, high: 3"))
    assert bg.offer_text(offer) == expected


def test_new_entries_stand_behind_the_last_of_their_section() -> None:
    offer = bg.parse_offer(GOOD).replace(
        {
            "terms.compute.power": 0.5,
            "terms.fund.power": 0,
            "backing.escrow.Follower.amount": 2,
            "disagreement.Leader": "pause 0",
            "disagreement.Follower": "race",
            "title": "It's agreed",
            "hazard": 0.1,
        }
    )
    assert bg.offer_text(offer) == changed(
        ("'Paying for restraint'", "'It''s agreed'"),
        ("cost: 6}", "cost: 6, power: 0}"),
        ("    cost: 0.5\n", "    cost: 0.5\n    power: 0.5\n"),
        ("source: 'treasury'}}\n", "source: 'treasury'}}\n- {kind: escrow, by: Follower, amount: 2}\n"),
        ("disagreement: {}", "disagreement: {Leader: pause 0, Follower: race}"),
        ("dominance: 0.8}\n", "dominance: 0.8}\nhazard: 0.1\n"),
    )


@pytest.mark.parametrize(
    ("changes", "swap"),
    [
        ({"title": "Fund: one"}, ("|\n  A fund\n\n  for restraint\n", '"Fund: one"\n')),
        ({"description": "short"}, (">+\n  the end\n", "short\n")),
        ({"parameters.pauses.1": 6.5, "asks.Leader": "pause 6.5"}, None),
        ({"parameters.pauses": [0, 6, 12, 24]}, ("  - 12\n", "  - 12\n  - 24\n")),
        ({"parameters.pauses": [6]}, ("\n  - 0   # none\n  -   6\n  # the longest\n  - 12\n", " [6]\n")),
        ({"players.Follower.stake": 1}, ("discount: 0.9,}", "discount: 0.9, stake: 1,}")),
        ({"players.Leader.stake": 1}, ("    discount: 0.9\n", "    discount: 0.9\n    stake: 1\n")),
        ({"terms.fund.cost": 5}, ("    value: 6\n", "    value: 6\n    cost: 5\n")),
        ({"model": "lead_race", "asks.Leader": "pause 12"}, (": pause 6", ": pause 12")),
        ({"limits.risk": "not_worse"}, None),
    ],
)
def test_writing_in_block_style(changes: dict[str, object], swap: tuple[str, str] | None) -> None:
    offer = bg.parse_offer(BLOCKS)
    new = offer.replace(changes)
    text = bg.offer_text(new)
    assert bg.parse_offer(text) == new
    assert bg.offer_text(offer) == BLOCKS
    if swap is not None:
        assert swap[0] in BLOCKS
        assert text == BLOCKS.replace(*swap, 1)


def test_an_odd_layout_gives_up_its_comments_before_its_numbers() -> None:
    odd = GOOD.replace("parameters: {prize: 100}", "? parameters  # why: not\n:\n  pauses:\n  - 6\n  - 3")
    odd = odd.replace("  pauses:\n", "  ? pauses # a: b\n  :\n")
    new = bg.parse_offer(odd).replace({"parameters.pauses": [6]})
    assert bg.parse_offer(bg.offer_text(new)) == new


def test_an_offer_made_from_data_is_written_line_by_line() -> None:
    offer = bg.make_offer(bg.parse_offer(GOOD).replace({"title": "no"}).data)
    assert bg.offer_text(offer).splitlines()[:8] == [
        "schema: bargain/offer@1",
        'title: "no"',
        "unit: USD bn per year",
        "model: lead_race",
        "parameters: {prize: 100}",
        "players:",
        "  Leader: {capability: 4.0, stake: 0, discount: 0.9}",
        "  Follower: {capability: 2.0, stake: 0, discount: 0.9}",
    ]
    assert bg.parse_offer(bg.offer_text(offer)) == offer


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "offer.yaml"
    path.write_text("old")
    path.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    write_text_atomically(link, "new\r\n")
    assert path.read_bytes() == b"new\r\n"
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o640

    def fail(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_text_atomically(path, "newer")
    assert path.read_bytes() == b"new\r\n"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link.yaml", "offer.yaml"]


def test_the_schema_for_editors() -> None:
    from jsonschema import Draft202012Validator

    schema = bg.offer_schema()
    assert json.loads(json.dumps(schema)) == schema
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    for text in (GOOD, BLOCKS):
        assert list(check.iter_errors(bg.parse_offer(text).data)) == []
    faults = [
        ("stake: 0", "steak: 0"),
        ("value: 6", "value: -1"),
        ("value: 6", "value: '6'"),
        ("discount: 0.9", "discount: 1"),
        ("cluster: financial", "cluster: x"),
        ("kind: escrow", "kind: x"),
        ("low: 0, ", ""),
        ("offer@1", "offer@2"),
    ]
    for swap in faults:
        assert list(check.iter_errors(read_yaml(changed(swap)).data)), swap


def sections(schema: dict[str, object]) -> dict[str, str]:
    """The key tables of docs/reference/document.md, one a section, from the schema."""
    parts: dict[str, dict[str, object]] = {"Top level": schema, **schema["$defs"]}  # type: ignore[dict-item]
    return {name: table(part) for name, part in parts.items()}


def table(part: dict[str, object]) -> str:
    lines = ["| key | meaning | value | default |", "|---|---|---|---|"]
    for key, rule in part["properties"].items():  # type: ignore[attr-defined]
        needed = key in part.get("required", [])  # type: ignore[operator]
        default = "required" if needed else f"`{json.dumps(rule['default'])}`" if "default" in rule else "–"
        lines.append(f"| `{key}` | {rule['description']} | {kind(rule)} | {default} |")
    return "\n".join(lines) + "\n"


SIGNS = {"exclusiveMinimum": ">", "minimum": "≥", "exclusiveMaximum": "<", "maximum": "≤"}


def kind(rule: dict[str, object]) -> str:
    if "enum" in rule or "const" in rule:
        return " or ".join(f"`{word}`" for word in rule.get("enum", [rule.get("const")]))  # type: ignore[attr-defined]
    if "oneOf" in rule:
        return " or ".join(kind(each) for each in rule["oneOf"])  # type: ignore[attr-defined]
    number = rule["anyOf"][0] if "anyOf" in rule else rule  # type: ignore[index]
    if number.get("type") in ("number", "integer"):
        bounds = " and ".join(f"{sign}&nbsp;{number[key]}" for key, sign in SIGNS.items() if key in number)
        return f"number {bounds}".rstrip()
    if "$ref" in rule:
        return "keys"
    return {"string": "text", "object": "keys", "array": "list", "boolean": "true or false"}[str(rule["type"])]


def test_the_page_on_the_format_holds_the_schema() -> None:
    page = Path(__file__).parents[1].joinpath("docs", "reference", "document.md").read_text(encoding="utf-8")
    for name, rows in sections(bg.offer_schema()).items():
        assert f"### {name}\n" in page
        assert rows in page, f"the table of {name} should read\n{rows}"
    printed = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert [bg.parse_offer(text).terms[0].id for text in printed] == ["fund"]
