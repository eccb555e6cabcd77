"""Plain words for checks, profiles, models and offers."""

from __future__ import annotations

import inspect
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from bargain._paths import place_of
from bargain.checks import CHECKS
from bargain.findings import Finding, Verdict, number, profile_words
from bargain.linkage import Linked
from bargain.model import Model
from bargain.offers import Escrow, Guarantee, Monitoring, Offer, Reputation, Term
from bargain.schedules import shares

if TYPE_CHECKING:
    import sympy
    from pydantic.fields import FieldInfo

WIDTH = 100
"""Columns where the output is not a terminal and COLUMNS is not set."""

CHECK_WORDS: Mapping[str, str] = {
    "participation": "gains from agreeing",
    "compliance": "does what is asked",
    "credibility": "delivers its promise",
    "power_safety": "power shift",
    "dominance": "dominance",
    "risk": "risk",
    "provider_interest": "pays in own interest",
}
"""Each check in plain words; one that is not listed keeps its name."""


def check_words(check: str) -> str:
    """Return a check in plain words.

    >>> check_words("credibility")
    'delivers its promise'
    """
    return CHECK_WORDS.get(check, check.replace("_", " "))


def summary(verdict: Verdict) -> str:
    """Say how many requirements hold, or which do not."""
    counted = [finding for finding in verdict.findings if finding.status != "not applicable"]
    if verdict.holds:
        return f". All {len(counted)} requirements hold."
    status, verb = ("fails", "fail") if verdict.holds is False else ("undecided", "are undecided")
    open_ = [finding for finding in counted if finding.status == status]
    if len(open_) == 1:
        verb = status if status == "fails" else "is undecided"
    return f". {len(open_)} of {len(counted)} requirements {verb}: {named(open_)}."


def named(findings: Sequence[Finding]) -> str:
    """List findings, the players of one check together."""
    players: dict[str, list[str]] = {}
    for finding in findings:
        players.setdefault(finding.check, []).extend([finding.player] if finding.player else [])
    return "; ".join(check_words(check) + (f" ({', '.join(who)})" if who else "") for check, who in players.items())


def model_facts(cls: type[Model]) -> dict[str, Any]:
    """Return what a model says of itself, as plain data: question, roles, actions, formulas, parameters, limits."""
    actions: dict[str, list[str]] | None = {}
    if cls.takes_asks():
        try:
            default = cls()
        except ValueError:  # some of its parameters have no default
            actions = None
        else:
            actions = {player: list(own) for player, own in zip(default.players, default.actions(), strict=True)}
    return {
        "name": cls.name,
        "question": cls.question,
        "about": _about(cls),
        "roles": list(cls.roles),
        "more_players": cls.more_players,
        "actions": actions,
        "formulas": {name: str(formula) for name, formula in cls.thresholds().items()},
        "meanings": dict(cls.meanings),
        "parameters": [parameter_facts(each) for each in cls.parameter_fields().items()],
        "checks": _checks(cls),
        "limits": cls.limits,
        "citation": cls.citation,
    }


def model_words(cls: type[Model], used: Sequence[str] = (), width: int = WIDTH) -> str:
    """Describe a model in plain text: its own words as paragraphs, then lists; `used` are examples that use it."""
    facts = model_facts(cls)
    roles = ", ".join(facts["roles"]) + (f", and more of the last ({facts['roles'][-1]})" if cls.more_players else "")
    lines = [f"Players, in this order: {roles}", *_actions(facts["actions"]), "Parameters:"]
    for each in facts["parameters"]:
        default = f" = {each['default']}" if each["default"] not in ("", "None") else ""
        bounds = f", {each['bounds']}" if each["bounds"] else ""
        lines.append(
            f"  {each['name']}{default} ({each['unit']}{bounds}): {each['meaning']}. Source: {each['source']}."
        )
    if formulas := short_formulas(cls.thresholds()):
        parts = " (x1, x2, ... are parts that recur)" if len(formulas) > len(facts["formulas"]) else ""
        lines += [f"Formulas{parts}:", *(f"  {name} = {formula}" for name, formula in formulas.items())]
    if facts["meanings"]:
        lines += ["In these formulas:", *(f"  {name}: {words}" for name, words in facts["meanings"].items())]
    lines += ["Checks:", *(f"  {line}" for line in facts["checks"])]
    lines += [f"Limits: {facts['limits']}"] if facts["limits"] else []
    lines += [f"Citation: {facts['citation']}", f"Worked examples: {', '.join(used) or 'none'}"]
    prose = [textwrap.fill(each, width, break_on_hyphens=False) for each in (facts["question"], *facts["about"])]
    return "\n\n".join([facts["name"] + "\n" + prose[0], *prose[1:], folded(lines, width)])


MOST_ACTIONS = 8
"""Actions of one player that are written out; of more, the first few."""


def _actions(actions: Mapping[str, Sequence[str]] | None) -> list[str]:
    """Write the actions of each player, or once those that all have."""
    if actions is None:
        return ["Actions:", "  each player: those that the document states"]
    if not actions:
        return ["Actions: none; the model serves the solvers, not offers"]
    written = {}
    for player, own in actions.items():
        few = own if len(own) <= MOST_ACTIONS else [*own[: MOST_ACTIONS // 2], "..."]
        written[player] = ", ".join(few) + (f" ({len(own)} in all)" if len(few) < len(own) else "")
    if len(set(written.values())) == 1 < len(written):
        return ["Actions:", f"  each player: {next(iter(written.values()))}"]
    return ["Actions:", *(f"  {player}: {text}" for player, text in written.items())]


def short_formulas(formulas: Mapping[str, sympy.Expr], longest: int = 300) -> dict[str, str]:
    """Write formulas as text; where one is too long, parts that recur are named x1, x2, ... and written first."""
    texts = {name: _formula(formula) for name, formula in formulas.items()}
    if max(map(len, texts.values()), default=0) <= longest:
        return texts
    import sympy

    found, reduced = sympy.cse(list(formulas.values()), symbols=sympy.numbered_symbols(cls=sympy.Dummy))
    short: dict[sympy.Symbol, sympy.Expr] = {}
    parts: dict[str, str] = {}
    for symbol, part in found:
        written = part.xreplace(short)
        if len(str(written)) > 30:
            name = f"x{len(parts) + 1}"
            parts[name], written = str(written), sympy.Symbol(name)
        short[symbol] = written
    return parts | {name: _formula(formula.xreplace(short)) for name, formula in zip(formulas, reduced, strict=True)}


def _formula(formula: sympy.Expr) -> str:
    """Write a formula; one by cases as `a if condition, else b`."""
    import sympy

    if not isinstance(formula, sympy.Piecewise):
        return str(formula)
    *cases, (otherwise, _) = formula.args
    return "; ".join(f"{value} if {condition}" for value, condition in cases) + f"; else {otherwise}"


def _about(cls: type[Model]) -> list[str]:
    """Return the class's own description, one text a paragraph, without its examples and mathematical markup."""
    prose = inspect.cleandoc(cls.__doc__ or "").partition("\nExamples\n")[0]
    prose = re.sub(r":math:`([^`]*)`", lambda match: _without_tex(match[1]), prose)
    return [" ".join(paragraph.split()) for paragraph in prose.split("\n\n") if paragraph.strip()]


GREEK: Mapping[str, str] = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "omega": "ω", "Lambda": "Λ",
    "Omega": "Ω",
}  # fmt: skip
"""The letters that the models' formulas use, by name."""
SIGNS: Mapping[str, str] = {**GREEK, "ge": "≥", "le": "≤", "ne": "≠", "in": "∈", "sum": "Σ", "ln": "ln"}


def _without_tex(formula: str) -> str:
    formula = re.sub(r"\\bar\s*(\w)", "\\1\u0304", formula)
    formula = re.sub(r"\\([A-Za-z]+)", lambda match: SIGNS.get(match[1], f" {match[1]} "), formula)
    formula = formula.replace("\\,", " ").replace("\\ ", " ")
    formula = re.sub(r"\^\{([^{}]*)\}", r"^(\1)", formula)
    formula = re.sub(r"_\{([^{}]*)\}", r"_(\1)", formula)
    return unicodedata.normalize("NFC", " ".join(formula.split()))


def parameter_facts(parameter: tuple[str, FieldInfo]) -> dict[str, Any]:
    """Return what a model says of one parameter: name, default, unit, bounds, meaning, source."""
    name, field = parameter
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    default = field.default
    if isinstance(default, tuple):
        shown = f"[{', '.join(_bare(each) for each in default)}]" if default else ""
    else:
        shown = _bare(default)
    return {
        "name": field.alias or name,
        "default": shown,
        "unit": extra.get("unit", ""),
        "bounds": _bounds(field),
        "meaning": (field.description or "").rstrip("."),
        "source": str(extra.get("source", "")),
    }


def _bare(value: Any) -> str:
    """A default as a document writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return number(value) if isinstance(value, int | float) else str(value)


def _bounds(field: FieldInfo) -> str:
    """The range of a parameter, or of each number where it is a list, and the words that it may be."""
    words = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    constraints, choices = list(field.metadata), []
    parts: list[Any] = [field.annotation]
    while parts:
        part = parts.pop(0)
        if get_origin(part) is Literal:
            choices += [str(choice) for choice in get_args(part)]
        elif get_origin(part) is Annotated:
            kind, *stated = get_args(part)
            constraints += [each for one in stated for each in getattr(one, "metadata", (one,))]
            parts.append(kind)
        else:
            parts += get_args(part)
    limits = dict.fromkeys(
        f"{word} {number(bound)}"
        for constraint in constraints
        for sign, word in words.items()
        if (bound := getattr(constraint, sign, None)) is not None
    )
    *others, last = choices or [""]
    named = " or ".join(filter(None, (", ".join(others), last)))
    return ", or ".join(filter(None, (" and ".join(limits), named)))


def _checks(cls: type[Model]) -> list[str]:
    """Tell which checks apply to offers on this model, and when."""
    needs = {
        "credibility": "of every player that owes a term",
        "no_blocking_coalition": "of every group of players short of all, unless there are too many to work out",
        "internal_stability": "of every player that is asked to join",
        "external_stability": "of every player that is asked to stay",
        "power_safety": "where limits.power_shift is stated",
        "dominance": "where limits.dominance is stated",
        "risk": "where limits.risk is stated",
        "provider_interest": "where limits.provider_margin is stated",
    }
    lines, based = [], ", and the base model has one" if issubclass(cls, Linked) else ""
    for check in CHECKS:
        when = needs.get(check.name, "of every player" if check.per_player else "")
        if check.name == "risk":
            when = "not applicable: the model has no risk" if cls.risk is Model.risk else when + based
        if check.name.endswith("al_stability") and not cls.signs:
            when = "not applicable: nobody signs in this model"
        lines.append(f"{check_words(check.name)} ({check.name}): {when}".removesuffix(": "))
    if cls.breach_harm is not Model.breach_harm:
        harm = "as far as the base model has one" if based else "by the model"
        lines.append(f"a breach costs the harm that the others can do, {harm}")
    return lines


NUMBER_WORDS: Mapping[tuple[str, str], str] = {
    ("players", "discount"): "discount factor of {who}",
    ("players", "capability"): "capability of {who}",
    ("players", "stake"): "what all power is worth to {who}{unit}",
    ("terms", "value"): "worth of {what} to {receiver}{unit}",
    ("terms", "cost"): "cost of {what} to {giver}{unit}",
    ("terms", "power"): "capability that {what} adds to {receiver}",
    ("terms", "weight"): "votes that {what} gives {receiver}",
    ("escrow", ""): "escrow of {who}{unit}",
    ("monitoring", ""): "probability that a breach by {who} is seen",
    ("guarantee", ""): "probability that a third party makes the promises of {who} good",
    ("reputation", ""): "what a breach costs {who} elsewhere{unit}",
    ("limits", "power_shift"): "largest shift of power allowed",
    ("limits", "dominance"): "largest share of power allowed",
    ("limits", "provider_margin"): "least gain of whoever pays{unit}",
    ("hazard", ""): "probability that the windfall arrives in a period",
    ("decisiveness", ""): "how strongly capability decides shares of power",
    ("cost_of_capital", ""): "what a unit of escrow costs its holder a period",
}
"""Numbers of a document in plain words, by section and key, or by kind of backing."""


def number_words(offer: Offer, path: str) -> str:
    """Return what a number of a document is, in plain words with its unit; one without words keeps its path.

    >>> import bargain as bg
    >>> number_words(bg.read_offer("examples/lead_race/offer.yaml"), "terms.fund.value")
    'worth of fund to Follower, USD bn per year'
    """
    unit = f", {offer.unit}" if offer.unit else ""
    place = place_of(offer, path)
    match place:
        case ("parameters", str(name), *rest) | ("issues", _, "parameters", str(name), *rest):
            section = path.removesuffix(f".{'.'.join(map(str, (name, *rest)))}")
            fields = type(offer.build_model().sections()[section]).parameter_fields()
            facts = next(facts for facts in map(parameter_facts, fields.items()) if facts["name"] == name)
            meaning = facts["meaning"][:1].lower() + facts["meaning"][1:]
            which = "".join(f", {each + 1 if isinstance(each, int) else each}" for each in rest)
            return f"{meaning}{which}, {facts['unit']}" if facts["unit"] not in meaning else f"{meaning}{which}"
        case ("terms", int(index), str(key)) if ("terms", key) in NUMBER_WORDS:
            term = offer.terms[index]
            return NUMBER_WORDS["terms", key].format(what=term.id, giver=term.from_, receiver=term.to, unit=unit)
        case ("backing", int(), str(key)):
            _, kind, who = path.removesuffix(f".{key}").split(".", 2)
            return NUMBER_WORDS[kind, ""].format(who=who, unit=unit)
        case ("backing", str(kind), str(who)):
            return NUMBER_WORDS[kind, ""].format(who=who, unit=unit)
        case ("affinity", one, other):
            return f"what a unit of {other}'s payoff is worth to {one}"
        case ("players", who, str(key)) if ("players", key) in NUMBER_WORDS:
            return NUMBER_WORDS["players", key].format(who=who, unit=unit)
        case (str(section), *rest) if len(rest) < 2:
            return NUMBER_WORDS.get((section, str(rest[0]) if rest else ""), path).format(unit=unit)
    return path


def offer_words(offer: Offer) -> str:
    """Tell an offer in plain text: who gives what to whom, when, in return for what, backed by what."""
    return folded(offer_lines(offer))


def offer_lines(offer: Offer) -> list[str]:
    """Return the lines of `offer_words` as long as they are; what belongs to a line above is indented."""
    unit = f" {offer.unit}" if offer.unit else ""
    lines = [line for line in (offer.title, " ".join(offer.description.split())) if line]
    question = offer.build_model().question
    lines += ["", f"Model: {offer.model}. {question}", "", "Asked:"]
    for name, player in offer.players.items():
        stake = f", stake in power {number(player.stake)}{unit}" if player.stake else ""
        grown = ", ".join(number(player.capability * multiple) for multiple in player.growth)
        capability = f"by period {grown}" if grown else number(player.capability)
        lines.append(
            f"  {name} (capability {capability}, discount factor {number(player.discount)}{stake}): {offer.asks[name]}"
        )
    lines += [
        f"  {player} counts a unit of {other}'s payoff as {number(alpha)} of its own"
        for player, others in offer.affinity.items()
        for other, alpha in others.items()
    ]
    lines.append("Given:" if offer.terms else "Given: nothing")
    lines += [f"  {_term(term, offer.asks[term.to], unit, offer.periods)}" for term in offer.terms]
    lines.append("Backed by:" if offer.backing else "Backed by: nothing")
    lines += [f"  {_backing(part)}" for part in offer.backing]
    lines.append(
        f"Without the agreement: {_stated(offer.disagreement, 'an equilibrium of the game without the terms')}"
    )
    fallback = "as without the agreement" if offer.disagreement else "an equilibrium of the game that is left"
    spell = "for ever" if offer.punishment_periods is None else f"for {offer.punishment_periods} periods"
    if isinstance(offer.breakdown, str):
        after = "the coalition dissolves, and everyone is on its own"
    elif offer.build_model().signs and not offer.breakdown:
        after = "the others go on without the one that broke it"
    else:
        after = _stated(offer.breakdown, fallback)
    lines.append(f"After a breach that is seen, {spell}: {after}")
    if offer.hazard is not None:
        lines.append(f"The windfall arrives with probability {number(offer.hazard)} a period.")
    lines += _limits(offer)
    for source in offer.sources:
        text = source if isinstance(source, str) else ", ".join(f"{key}: {value}" for key, value in source.items())
        lines.append(f"Source: {text}")
    return lines


def _term(term: Term, ask: str, unit: str, periods: int) -> str:
    when = {
        "upfront": "once, in advance, kept whatever follows",
        "conditional": f"each period, in return for {ask}",
        "windfall": f"each period from the one after the windfall arrives, in return for {ask}",
    }[term.timing]
    worth = [f"worth {number(term.value)}{unit} to {term.to}", f"costs {term.from_} {number(term.cost)}{unit}"]
    if term.power:
        worth.append(f"adds {number(term.power)} to {term.to}'s capability")
    if term.weight:
        worth.append(f"adds {number(term.weight)} votes")
    if entries := shares(term, periods):
        listed = ", ".join(number(share) for share in entries)
        worth.append(f"of which in force by period: {listed}, the last one lasting")
    if not term.can_be_revoked and term.timing != "upfront":
        spent = "what was paid cannot be taken back" if term.cluster == "financial" else "once given it stays"
        worth.append(spent)
    cluster = term.cluster.replace("_", " ")
    return f"{term.from_} gives {term.to} {term.id} ({cluster}), {when}: {'; '.join(worth)}"


def _backing(part: Escrow | Monitoring | Guarantee | Reputation) -> str:
    match part:
        case Escrow():
            return f"escrow: {part.by} puts up {number(part.amount)} and loses it when its breach is seen"
        case Monitoring():
            return f"monitoring: a breach by {part.of} is seen with probability {number(part.detection)}"
        case Guarantee():
            return (
                f"guarantee: a third party makes {part.of}'s promises good with probability {number(part.probability)}"
            )
        case Reputation():
            return f"reputation: a breach that is seen costs {part.of} {number(part.amount)} elsewhere"


def _stated(profile: Mapping[str, str], otherwise: str) -> str:
    return profile_words(profile) if profile else otherwise


def _limits(offer: Offer) -> list[str]:
    limits, lines = offer.limits, []
    if limits.power_shift is not None:
        lines.append(f"  no share of power moves by more than {number(limits.power_shift)}")
    if limits.dominance is not None:
        lines.append(f"  no share of power exceeds {number(limits.dominance)}")
    if limits.risk is not None:
        lines.append("  the risk does not rise")
    if limits.provider_margin is not None:
        lines.append(f"  whoever pays gains at least {number(limits.provider_margin)}")
    return ["Limits:", *lines] if lines else []


def folded(lines: Iterable[str], width: int = WIDTH) -> str:
    """Join lines, folding those that are too long; what is folded is indented four more columns.

    A product too long for a line is broken after a sign of multiplication.
    """
    text = []
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 4)
        if max(map(len, line.split()), default=0) > width - len(indent):
            line = re.sub(r"(?<=[^*\s])\*(?=[^*\s])", "* ", line)
        text += textwrap.wrap(
            line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(text)
