"""The page of claims, written from what the models give: `python docs/claims.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from bargain.findings import number
from claims import figures, groups, numbers, promises, races, relations, structures
from claims.claim import DRAWS, Claim

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "claims.md"
FIGURES = ROOT / "docs" / "figures"
KEPT = "\N{NO-BREAK SPACE}"
"""Between a name and its number, which stay on one line."""
SECTIONS = {
    "J": "Sharing the AI windfall",
    "P": "Power relations between states",
    "B": "Cooperation domain by domain",
    "D": "Dependence and its remedies",
    "W": "A balance of power",
}
ELSEWHERE = (
    (
        "J5. Benefits come in four clusters, which overlap; benefit-sharing and power-sharing differ by degree.",
        "Justen (2024)",
        "a classification, and a number with a threshold: [the requirements](explanation/requirements.md)",
    ),
    (
        "J8. The Marshall Plan: aid that was repaid in alliances and markets.",
        "Justen (2024)",
        "a record of one case: [what the aid had to be worth](../examples/marshall_plan/README.md)",
    ),
    (
        "Transfers can hold a coalition together exactly where its members gain as much as all of them would by "
        "leaving; elsewhere the shortfall has to come from outside.",
        "Eyckmans & Finus (2004)",
        "a theorem: [coalitions of states that sign](explanation/membership.md), and with figures "
        "[ten countries](../examples/ten_countries/README.md)",
    ),
    (
        "Without enforcement patience decides between no sharing, some and all of it.",
        "Thomas & Worrall (1988)",
        "[transfers that nobody enforces](explanation/limited-commitment.md)",
    ),
    (
        "A harsh punishment that is itself credible needs less patience than an end of cooperation.",
        "Abreu (1986)",
        "[promises over time](explanation/promises-over-time.md)",
    ),
    (
        "A third party can bring an outcome about by promises that it hardly ever has to keep.",
        "Monderer & Tennenholtz (2004)",
        "[promises from outside](explanation/bargaining.md)",
    ),
    (
        "Where being first is worth its risk to both there is a dilemma; where both see that the risk outweighs it, "
        "only trust is missing.",
        "work on races between states",
        "two games in one model: P1b and P1c; trust: P3a and P6a",
    ),
    (
        "A grand bargain: peaceful access against forgoing the weapon and safeguards; weak enforcement is its failure.",
        "Hendrycks, Schmidt & Wang (2025), after the treaty on non-proliferation",
        "J9a to J9d, and [monitored access](../examples/monitored_access/README.md)",
    ),
    (
        "States share for growth that includes others, for self-determination, or for influence; they share resources, "
        "access, or part of the proceeds.",
        "Dennis et al. (2025)",
        "a classification: motives are what a payoff counts, forms are terms of [a document](reference/document.md)",
    ),
    (
        "Whether a coalition lasts depends on what the others do once somebody leaves.",
        "Hart & Kurz (1983)",
        "[where states sign](explanation/requirements.md#where-states-sign), [several agreements side by side]"
        "(explanation/partitions.md), and with figures [ten countries](../examples/ten_countries/README.md)",
    ),
    (
        "Power is believed because it is hard to take back, and for the same reason is out of the provider's hand.",
        "a reading of Justen (2024)",
        "J6c, and both sides of it in [a coalition for safety](../examples/safe_coalition/README.md): power that stays "
        "with whoever leaves holds nobody",
    ),
    (
        "Sharing power wears down the provider's lead: it would rather share benefits as long as it is believed.",
        "a reading of Justen (2024)",
        "the lead: J4a and J4b; what either costs where the word alone is not believed: J6b to J6d",
    ),
)
"""What is shown in another place than a row of claims: the claim, its source, and where."""
NOT_SHOWN = (
    (
        "A rival provider raises the price of an offer.",
        "a reading of Justen (2024)",
        "every model has one provider; what a rival offers can only be written into the payoffs without agreement",
    ),
    (
        "Shared compute serves a state's self-determination better than access or money, and is harder to take back.",
        "a reading of Dennis et al. (2025)",
        "the models know what a benefit is worth, the power that it adds and how much of it leaks, and not what it is",
    ),
    (
        "Who has to approve a new member, all or a majority, changes which coalition forms.",
        "work on the rules of coalitions",
        "here a state that wants to join a coalition that would gain by it does; only clubs ask their members",
    ),
    (
        "Paying monitors for what they catch fails; rewarding them unless a miss is proved works.",
        "Bova, Di Stefano & Han (2023)",
        "the monitor of `monitored_access` is the provider itself: nobody is paid for monitoring",
    ),
    (
        "Side promises among the parties can undo what a third party's promises bring about.",
        "Jackson & Wilkie (2005)",
        "the terms of an offer are all the payments that there are",
    ),
    (
        "Firms that have joined a windfall clause rarely leave once they know how capable they are.",
        "Bova, Mueller & Harack (2021)",
        "nobody can leave the race of `safety_race`; whoever knows that it is first would lose by sharing",
    ),
    (
        "Safety is lowest between equals, and a lead restores it.",
        "Jensen, Emery-Xu & Trager (2023)",
        "the contest of safety against performance is solved for equals; what a lead does is shown by J3a to J4a alone",
    ),
    (
        "Start with forms of sharing that risk little, and learn from them what a larger deal can be.",
        "a reading of Dennis et al. (2025)",
        "schedules and J4d show why steps help; in no model does anybody learn from a step",
    ),
    (
        "A leader joins to share costs and for talent, supply and legitimacy.",
        "proposals for an international project on AI",
        "the models pay the leader in safety, power and money; its votes are in D2c and D2d",
    ),
)
"""What no model here can show: the claim, its source, and why not."""


def labelled() -> dict[str, Claim]:
    """All claims by label: the source's key, and a letter where several claims are made of it."""
    claims = [*groups.CLAIMS, *races.CLAIMS, *promises.CLAIMS, *relations.CLAIMS, *structures.CLAIMS]
    claims.sort(key=lambda claim: (list(SECTIONS).index(claim.key[0]), claim.key))
    several, seen, found = Counter(claim.key for claim in claims), Counter[str](), {}
    for claim in claims:
        letter = chr(ord("a") + seen[claim.key]) if several[claim.key] > 1 else ""
        seen[claim.key] += 1
        found[claim.key + letter] = claim
    return found


def percent(share: float) -> str:
    """A share for people; all and none only where it is all or none."""
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{100 * share:.1f}%"


def values(named: Mapping[str, float]) -> str:
    return ", ".join(f"`{name}`{KEPT}{number(value)}" for name, value in named.items()) or "the default numbers"


def ranges(claim: Claim) -> str:
    return "; ".join(
        f"`{name}`{KEPT}{number(low)}{KEPT}to{KEPT}{number(high)}{', whole' if name in claim.whole else ''}"
        for name, (low, high) in claim.box.items()
    )


def outside(claim: Claim, named: Mapping[str, float]) -> str:
    """A word on numbers that the box does not hold."""
    beyond = [name for name, x in named.items() if name not in claim.box or not _within(x, claim.box[name])]
    return f" (outside the box in {', '.join(f'`{name}`' for name in beyond)})" if beyond else ""


def _within(x: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= x <= bounds[1]


def detail(label: str, claim: Claim) -> Iterator[str]:
    """The lines of one claim."""
    example = f" Worked example: [{claim.example}](../examples/{claim.example}/README.md)." if claim.example else ""
    yield f"### {label}"
    yield ""
    yield claim.words
    yield ""
    yield f"- Source: {claim.source}."
    yield f"- Model: [{claim.model}](explanation/models/{claim.model}.md).{example}"
    premise = f", counted where {claim.premise}" if claim.premise else ""
    yield f"- Holds at {percent(claim.share)} of {claim.tried} draws{premise}."
    if claim.halves:
        name, low, high = claim.halves
        yield f"- Most telling is `{name}`: {percent(low)} in the lower half of its range, {percent(high)} above it."
    yield f"- Box: {ranges(claim)}."
    if claim.shown is not None:
        yield f"- Holds at {values(claim.shown)}{outside(claim, claim.shown)}."
    yield f"- Fails at {values(claim.fails)}{outside(claim, claim.fails)}: {claim.why}."
    yield ""


HEAD = f"""# Claims, and where they hold

What the sources say of sharing benefits and power, each claim in this project's words and tried on one of its models.
A claim is tried over a box of numbers, at {DRAWS} quasi-random draws (Sobol's sequence, with a fixed seed; fewer where
it is said) spread evenly over it: the share of draws at which it holds is a measure of how far it reaches *in this
model and box*, not a probability, since nobody knows how likely the numbers are. Where a claim speaks of some
situations only, the draws outside them are left out. Every claim has a counter-example. A claim that the models do not
bear out is listed like the others.

*Holds throughout*: at every draw. *Mostly*: at three quarters of them or more. *In part*: at a quarter or more.
*Seldom*: at fewer. *Not supported*: at none. Numbers that a list leaves out stand at the defaults of the claim in
`tests/claims/`, which are those of the model where it has such a number. What a number stands for is told under [the
numbers](#the-numbers), or else among the parameters on the page of the model.

This page is written by `python docs/claims.py`, and the tests compare it with what the models give.

"""


def pictures() -> Iterator[str]:
    """The lines that show every picture, with its words for those who cannot see it."""
    yield from ("## In pictures", "", "At the default numbers of the models, but for what each picture varies.", "")
    for name, (draw, labels) in figures.PICTURES.items():
        picture = draw()
        words = picture.alt_text.replace("[", "(").replace("]", ")")
        yield from (f"For {labels}:", "", f"![{words}](figures/{name}.svg)", "")


def text() -> str:
    """The whole page."""
    claims = labelled()
    lines = ["| | claim | verdict | share | model |", "|---|---|---|---|---|"]
    for label, claim in claims.items():
        model = f"[{claim.model}](explanation/models/{claim.model}.md)"
        lines.append(
            f"| [{label}](#{label.lower()}) | {claim.words} | {claim.verdict} | {percent(claim.share)} | {model} |"
        )
    lines += ["", "## Shown elsewhere, and not shown", "", "| claim | source | where |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in ELSEWHERE]
    lines += ["", "These the models do not show:", "", "| claim | source | why not |", "|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in NOT_SHOWN]
    lines.append("")
    for key, heading in SECTIONS.items():
        lines += [f"## {heading}", ""]
        for label, claim in claims.items():
            if label.startswith(key):
                lines += detail(label, claim)
    lines += ["## The numbers", "", "Those that a model's page does not tell of, or means otherwise.", ""]
    lines += ["| number | claims | what it stands for |", "|---|---|---|", *numbers.rows(claims), ""]
    lines += pictures()
    return HEAD + "\n".join(lines).rstrip() + "\n"
