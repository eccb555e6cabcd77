"""The verdict as one HTML file that can be mailed and printed: tables, pictures, repair, document, provenance."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bargain._pictures import Picture
from bargain.console import (
    PAYOFF_COLUMNS,
    POWER_COLUMNS,
    applicable,
    payoff_rows,
    power_rows,
    verdict_notes,
)
from bargain.descriptions import check_words, named, offer_lines, summary
from bargain.documents import offer_text
from bargain.findings import MARKS, Verdict, harmless
from bargain.offers import Offer
from bargain.plots import plot_margins
from bargain.repairs import Repair, repair
from bargain.verdict import check
from bargain.verdict_plots import plot_power

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATE = "report.html.jinja"


def html_report(offer: Offer, verdict: Verdict | None = None, mended: Repair | None = None) -> str:
    """Return the verdict on an offer as one HTML page.

    The page asks for nothing outside itself and runs no script; every picture stands beside a table with its
    numbers and carries them in words; the document is part of it. On a narrow screen each row of a table becomes a
    block. The same offer gives the same bytes.

    Parameters
    ----------
    offer : Offer
    verdict : Verdict, optional
        Its verdict, if it is known already.
    mended : Repair, optional
        Its cheapest repair, if it fails and that is known already.

    Returns
    -------
    str

    Examples
    --------
    >>> import bargain as bg
    >>> page = bg.html_report(bg.read_offer("examples/lead_race/unpaid.yaml"))
    >>> page.count("<table"), page.count("<img "), "<script" in page
    (4, 1, False)
    """
    from jinja2 import Environment, PackageLoader

    verdict = verdict or check(offer)
    status = verdict.status
    if verdict.holds is False:
        mended = mended or repair(offer)
    else:
        mended = None
    absent = [finding for finding in verdict.shown if finding.status == "not applicable"]
    environment = Environment(loader=PackageLoader("bargain", "."), autoescape=True, trim_blocks=False)
    page = environment.get_template(TEMPLATE).render(
        title=offer.title or offer.model,
        description=" ".join(offer.description.split()),
        status=status.upper(),
        status_class=status,
        mark=MARKS[status],
        summary=summary(verdict),
        verdict=verdict,
        model=offer.build_model(),
        findings=_findings(verdict),
        absent=named(absent),
        margins=plot_margins(verdict),
        power=plot_power(verdict) if any(verdict.power["shift"].values()) else None,
        shown=_shown,
        repair=_lines(str(mended).splitlines()) if mended else None,
        repair_heading=_repair_heading(mended) if mended else None,
        tables=_tables(offer, verdict),
        notes=list(verdict_notes(verdict)),
        words=_lines(offer_lines(offer)),
        assumed=", ".join(verdict.assumed) or "none",
        versions=", ".join(f"{name} {version}" for name, version in verdict.versions.items()),
        file=Path(offer.file).name if offer.file else "not read from a file",
        document=offer_text(offer),
    )
    return "\t".join(map(harmless, page.split("\t")))


def _repair_heading(mended: Repair) -> str:
    return "The cheapest repair" if mended.status == "repaired" else "Repair"


def _lines(lines: Iterable[str]) -> list[tuple[int, str]]:
    """Each line that says something, and how deep it stands."""
    return [((len(line) - len(line.lstrip())) // 2, line.strip()) for line in lines if line.strip()]


def _shown(picture: Picture) -> Markup:
    from markupsafe import Markup

    data = base64.b64encode(picture.svg().encode()).decode()
    image = Markup('<img src="data:image/svg+xml;base64,{}" alt="{}">').format(data, picture.alt_text)
    return Markup("<figure>{}<figcaption>The numbers are those of the table above.</figcaption></figure>").format(image)


def _findings(verdict: Verdict) -> list[dict[str, str]]:
    return [
        {
            "status": finding.status,
            "status_class": finding.status,
            "mark": MARKS[finding.status],
            "check": check_words(finding.check),
            "player": finding.player or "all",
            "margin": f"{margin} {finding.unit}".strip(),
            "words": finding.words,
        }
        for finding, margin in applicable(verdict)
    ]


def _tables(offer: Offer, verdict: Verdict) -> list[dict[str, Any]]:
    unit = f", {offer.unit}" if offer.unit else ""
    return [
        {"caption": f"Payoffs a period{unit}", "header": PAYOFF_COLUMNS, "rows": payoff_rows(verdict)},
        {
            "caption": "Patience (discount factors) and shares of power",
            "header": POWER_COLUMNS,
            "rows": [(*cells, kind or "–") for *cells, kind in power_rows(verdict, offer)],
        },
    ]
