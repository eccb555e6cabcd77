"""The HTML report: whole, harmless, self-contained, the same bytes; and the verdict over two numbers."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import bargain as bg
import pages
from bargain._pictures import short
from bargain.descriptions import number_words

EXAMPLES = pages.ROOT / "examples"
SPANS = {"terms.fund.value": (0.0, 10.0), "players.Leader.discount": (0.0, 0.9)}


class Reader(HTMLParser):
    """What a page loads, and the text of its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.alts: list[str] = []
        self.cells: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.loaded += [value for key in ("src", "href", "action") if (value := named.get(key))]
        if tag == "img":
            self.alts.append(named["alt"] or "")
        if tag == "td":
            self.cells.append("")
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open:
            self.cells[-1] += data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    return reader


@pytest.mark.parametrize(
    "document", sorted(EXAMPLES.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_every_example_has_a_report(document: Path) -> None:
    offer = bg.read_offer(document)
    verdict = bg.check(offer)
    page = bg.html_report(offer, verdict)
    reader = read(page)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in reader.loaded)
    assert "<script" not in page
    assert "://" not in re.sub(r"<pre>.*?</pre>|<div class=.lines.>.*?</div>|data:[^\"]*", "", page, flags=re.S)
    for finding in verdict.findings:
        if finding.status != "not applicable":
            assert finding.words in reader.cells
    assert html.escape(document.read_text(encoding="utf-8"), quote=False).split("\n")[0] in page
    assert verdict.document_sha256 in page
    assert str(document.parent) not in page
    assert len(reader.alts) == 1 + any(verdict.power["shift"].values())
    assert all(reader.alts)


def test_a_report_is_the_same_bytes() -> None:
    offer = bg.read_offer(EXAMPLES / "lead_race" / "unpaid.yaml")
    assert bg.html_report(offer) == bg.html_report(offer)


def test_a_document_cannot_put_markup_into_its_report() -> None:
    text = (EXAMPLES / "lead_race" / "offer.yaml").read_text(encoding="utf-8")
    title = "<script>alert(1)</script><img src=http://example.org/x>"
    text = re.sub(r"^title: .*$", f"title: '{title}'", text, flags=re.M)
    page = bg.html_report(bg.parse_offer(text))
    assert "<script" not in page
    assert html.escape(title) in page
    assert all(source.startswith("data:") for source in read(page).loaded)


def test_a_failing_offer_is_reported_with_its_repair() -> None:
    page = bg.html_report(bg.read_offer(EXAMPLES / "lead_race" / "unpaid.yaml"))
    assert "The cheapest repair" in page
    assert "terms.fund.value: 0 → 2.83758" in page
    impossible = bg.html_report(bg.read_offer(EXAMPLES / "capacity_club" / "offer.yaml"))
    assert "The cheapest repair" not in impossible
    assert "<h2>Repair</h2>" in impossible


def test_control_characters_reach_no_page_and_no_picture() -> None:
    text = (EXAMPLES / "lead_race" / "offer.yaml").read_text(encoding="utf-8")
    offer = bg.parse_offer(re.sub(r"^title: .*$", r'title: "\\e[31mred"', text, flags=re.M))
    assert offer.title == "\x1b[31mred"
    page = bg.html_report(offer)
    assert "\x1b" not in page + bg.plot_margins(bg.check(offer)).svg()
    assert "<h1>[31mred</h1>" in page


NUMBERS = {
    "players.Leader.discount": "discount factor of Leader",
    "players.Follower.stake": "what all power is worth to Follower, USD bn per year",
    "terms.fund.value": "worth of fund to Follower, USD bn per year",
    "terms.fund.cost": "cost of fund to Leader, USD bn per year",
    "terms.fund.power": "capability that fund adds to Follower",
    "backing.monitoring.Follower.detection": "probability that a breach by Follower is seen",
    "backing.escrow.Follower.amount": "escrow of Follower, USD bn per year",
    "affinity.Leader.Follower": "what a unit of Follower's payoff is worth to Leader",
    "limits.power_shift": "largest shift of power allowed",
    "parameters.prize": "worth of the technology without an accident, to whoever is first, payoff per period",
    "hazard": "probability that the windfall arrives in a period",
    "punishment_periods": "punishment_periods",
}


@pytest.mark.parametrize("path", NUMBERS)
def test_numbers_in_plain_words(path: str) -> None:
    """Every number of a document has words, or keeps its path."""
    offer = bg.read_offer(EXAMPLES / "lead_race" / "offer.yaml")
    assert number_words(offer, path) == NUMBERS[path]


def test_a_repair_is_solved_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pages.ROOT)
    solved = []
    repair = bg.repair

    def counted(*arguments: object, **options: object) -> object:
        solved.append(arguments)
        return repair(*arguments, **options)

    for place in ("bargain.repair", "bargain.repairs.repair", "bargain.reports.repair"):
        monkeypatch.setattr(place, counted)
    offer, report = "examples/lead_race/unpaid.yaml", tmp_path / "report.html"
    code, out, _ = pages.bargain(f"bargain check {offer} --html {report}")
    assert code == 1
    assert "Other amounts mend it" in out
    assert len(solved) == 1
    assert report.read_text(encoding="utf-8") == bg.html_report(bg.read_offer(offer))


def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pages.ROOT)
    offer, report, figure = "examples/lead_race/offer.yaml", tmp_path / "report.html", tmp_path / "margins.svg"
    code, out, err = pages.bargain(f"bargain check {offer} --html {report} --figure {figure}")
    assert (code, err) == (0, f"Written: {report}\nWritten: {figure}\n")
    assert "HOLDS" in out
    assert report.read_text(encoding="utf-8") == bg.html_report(bg.read_offer(offer))
    assert figure.read_text(encoding="utf-8") == bg.plot_margins(bg.check(bg.read_offer(offer))).svg()
    code, _, err = pages.bargain(f"bargain check {offer} {offer} --html {report}")
    assert code == 2
    assert "name one file" in err
    code, _, err = pages.bargain(f"bargain check {offer} --html {tmp_path}/nowhere/report.html")
    assert code == 2
    assert "cannot be written" in err


def test_regions_agree_with_the_closed_form() -> None:
    """In the two-player race the offer holds iff the payment covers the temptation and is believed."""
    offer = bg.read_offer(EXAMPLES / "lead_race" / "unpaid.yaml")
    found = bg.verdict_regions(offer, *SPANS, spans=SPANS, points=7)
    assert found.present == (0.0, 0.5)
    for j, discount in enumerate(found.ys.tolist()):
        for i, paid in enumerate(found.xs.tolist()):
            each = offer.replace(
                {"terms.fund.value": paid, "terms.fund.cost": paid, "players.Leader.discount": discount}
            )
            front = bg.check(each)
            assert (found.causes[j, i] == "holds") is front.holds
            if paid < 2.83758:
                assert found.causes[j, i] != "holds"
    grid = np.array([[row["verdict"] for row in found.to_rows()]]).reshape(7, 7)
    np.testing.assert_array_equal(grid, found.causes)
    assert found.to_dict()["share"] == found.share == float((found.causes == "holds").mean())


def test_regions_on_the_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(pages.ROOT)
    line = "bargain regions examples/lead_race/unpaid.yaml terms.fund.value=0:10 players.Leader.discount"
    figure = tmp_path / "regions.svg"
    code, out, err = pages.bargain(f"{line} --points 3 --figure {figure}")
    assert (code, err) == (0, f"Written: {figure}\n")
    assert out.startswith("In this model, over 9 pairs of terms.fund.value and players.Leader.discount:")
    assert "<desc>" in figure.read_text(encoding="utf-8")
    for wrong, said in {
        "terms.fund.value=3": "write PATH=LEAST:GREATEST",
        "terms.fund.value=5:1": "write PATH=LEAST:GREATEST",
        "players.Leader.discount": "name two numbers",
        "terms.found.value": "terms.fund.value",
    }.items():
        code, _, err = pages.bargain(f"bargain regions examples/lead_race/unpaid.yaml {wrong} players.Leader.discount")
        assert code == 2
        assert said in " ".join(err.split())


def test_values_that_no_document_may_hold_are_no_offers() -> None:
    offer = bg.read_offer(EXAMPLES / "lead_race" / "unpaid.yaml")
    spans = {"players.Leader.discount": (0.5, 1.5), "terms.fund.value": (0.0, 1.0)}
    found = bg.verdict_regions(offer, *spans, spans=spans, points=2)
    assert found.causes[:, 1].tolist() == ["not an offer", "not an offer"]
    assert "not an offer" in bg.plot_regions(found).alt_text


def test_power_is_drawn_with_its_numbers() -> None:
    verdict = bg.check(bg.read_offer(EXAMPLES / "lead_race" / "power_instead.yaml"))
    picture = bg.plot_power(verdict)
    for player, share in verdict.power["after"].items():
        assert f"{player}: " in picture.alt_text
        assert f"{short(share)}" in picture.svg()
    assert picture.svg() == bg.plot_power(verdict).svg()
    level = bg.check(bg.read_offer(EXAMPLES / "lead_race" / "offer.yaml"))
    assert bg.plot_power(level).title == "No share of power moves"
