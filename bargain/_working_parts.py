"""Where each part of a requirement comes from: formulas over the document's own numbers, and their arithmetic."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bargain._affine import Affine, Number
from bargain._profiles import Strategies, pure
from bargain.agreement import Agreement
from bargain.checks import Row, named
from bargain.findings import IN_FULL, number, profile_words
from bargain.offers import Term
from bargain.schedules import period_of, shares


@dataclass(frozen=True)
class Quantity:
    """A number with its symbol, and the formula over `parts` that yields it; no formula: it stands by itself."""

    symbol: str
    meaning: str
    value: float
    formula: str = ""
    parts: tuple[Quantity, ...] = ()


# Arithmetic as written for people


def written(value: float, digits: int = 6) -> str:
    """Write a number with so many significant digits, or all of those before the point.

    >>> written(-2 / 3, 8), written(98000001.4)
    ('−0.66666667', '98000001')
    """
    whole = max(10.0 ** (digits - 1), IN_FULL[0]) <= abs(value) < IN_FULL[1]
    text = f"{value:.0f}" if whole else f"{value:.{digits}g}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def substitute(formula: str, texts: Mapping[str, str]) -> str:
    """Put numbers in the place of symbols, negative ones in parentheses.

    >>> substitute("u_A − u_0", {"u_A": "13.2", "u_0": "−4.9"})
    '13.2 − (−4.9)'
    """
    if not texts:
        return formula
    symbols = sorted(texts, key=len, reverse=True)
    pattern = "|".join(re.escape(symbol) for symbol in symbols)

    def put(match: re.Match[str]) -> str:
        text = texts[match[0]]
        return f"({text})" if text.startswith("−") else text

    return re.sub(pattern, put, formula)


_OPERATIONS: Mapping[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


_PLAIN: Mapping[int, str] = {ord("−"): "-", ord("·"): "*", ord("^"): "**", ord("["): "(", ord("]"): ")"}


def recompute(text: str) -> float:
    """Evaluate arithmetic as this module writes it: + − · / ^, brackets, and bars for an absolute value.

    >>> recompute("0.5·[2 − (−1)] − |0.1 − 0.2|")
    1.4
    """
    plain = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    plain = plain.translate(_PLAIN)

    def value(node: ast.AST) -> float:
        match node:
            case ast.Constant(value=int() | float() as constant):
                return float(constant)
            case ast.UnaryOp(op=op, operand=operand):
                return _OPERATIONS[type(op)](value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return _OPERATIONS[type(op)](value(left), value(right))
            case ast.Call(func=ast.Name(id="abs"), args=[argument]):
                return abs(value(argument))
        raise ValueError(f"not arithmetic: {text!r}")

    return value(ast.parse(plain, mode="eval").body)


# The parts of a row


def parts_of(agreement: Agreement, row: Row, rounding: float) -> tuple[Quantity, ...]:
    """Return the parts of a row, each worked down to the document's numbers.

    Payoffs within `rounding` of zero are zero. A part that this module has no working for stands by itself.
    """
    workings = _Workings(agreement, row, rounding)
    alone = "all others staying out" if agreement.signs else agreement.offer.blocking
    left = "the breakdown stated" if agreement.offer.breakdown else "the others going on without it"
    left = "the coalition dissolved" if agreement.offer.dissolves else left
    makers: Mapping[str, Callable[[float], Quantity]] = {
        "u_A": workings.agreement_payoff,
        "u_0": workings.disagreement_payoff,
        "f_A": lambda value: workings.kept(workings.state, "f_A", value),
        "f_D": workings.deviation,
        "u_P": workings.breakdown,
        "K": workings.penalty,
        "G": workings.forgone,
        "Ω": workings.prospect,
        "q": workings.detection,
        "δ": workings.discount,
        "s_before": lambda value: workings.share("s_before", value, before=True),
        "s_after": lambda value: workings.share("s_after", value, before=False),
        "risk_before": lambda value: workings.risk("risk_before", value, before=True),
        "risk_after": lambda value: workings.risk("risk_after", value, before=False),
        "limit": lambda value: Quantity("limit", "limits.power_shift", value),
        "cap": lambda value: Quantity("cap", "limits.dominance", value),
        "margin": lambda value: Quantity("margin", "limits.provider_margin", value),
        "f_out": lambda value: Quantity("f_out", f"its flow a period outside, {left}", value),
        "f_in": lambda value: Quantity("f_in", "its flow a period as one of the coalition, its terms in force", value),
        "v(C)": lambda value: Quantity("v(C)", f"what the coalition can have on its own, {alone}", value),
    }
    together = "payoff a period under the agreement, worked at its gains from agreeing"
    return tuple(
        makers[symbol](value) if symbol in makers else Quantity(symbol, together if "u_A of " in symbol else "", value)
        for symbol, value in part_values(agreement, row).items()
    )


def part_values(agreement: Agreement, row: Row) -> dict[str, float]:
    """Return the parts of a row as numbers, at the offer."""
    return {symbol: _value(agreement, part) for symbol, part in row.parts.items()}


def _value(agreement: Agreement, part: Affine | Number) -> float:
    return float(part.at(agreement.amounts) if isinstance(part, Affine) else part)


class _Workings:
    """The origin of each part of one row, in the letters of docs/explanation/requirements.md."""

    def __init__(self, agreement: Agreement, row: Row, rounding: float) -> None:
        self.agreement, self.row, self.rounding = agreement, row, rounding
        self.offer, self.scenario = agreement.offer, agreement.scenarios[row.scenario : row.scenario + 1]
        self.player = row.player or row.witness.get("player") or ""
        self.state = row.state if row.state in agreement.states else agreement.states[0]
        self.final = row.state if row.state in agreement.states else agreement.states[-1]
        withheld = row.witness.get("withheld") or ()
        self.withheld = tuple(term for term in self.offer.terms if term.id in withheld)

    def _clean(self, value: float) -> float:
        return 0.0 if abs(value) <= self.rounding else value

    # Payoffs

    def agreement_payoff(self, value: float) -> Quantity:
        first = self.agreement.states[0]
        upfront = [term for term in self.offer.terms if term.timing == "upfront"]
        once, amounts = self._flow(upfront)
        if period_of(first):
            return self._by_period(value, once, amounts)
        windfall = self.agreement.windfall(self.player)
        meaning = "payoff a period under the agreement"
        if not amounts and len(self.agreement.states) == 1:
            return self.kept(first, "u_A", value, meaning)
        flow = self.kept(first, "f_A", _value(self.agreement, self.agreement.agreed_flow(self.player, first)))
        formula, parts = "f_A", [flow]
        if len(self.agreement.states) > 1:
            parts.append(self.prospect(self._omega() * _value(self.agreement, windfall)))
            formula += " + Ω"
        if amounts:
            parts += [self.discount(float(self.agreement.discount(self.player))), *amounts]
            formula += f" + (1 − δ)·({once})"
        return Quantity("u_A", f"{meaning}, upfront terms counted once", self._clean(value), formula, tuple(parts))

    def _by_period(self, value: float, once: str, amounts: list[Quantity]) -> Quantity:
        """The payoff under an agreement that changes by period, as a sum over its flows."""
        agreement = self.agreement
        flows = [
            self.kept(state, f"f_{k + 1}", _value(agreement, agreement.agreed_flow(self.player, state)))
            for k, state in enumerate(agreement.states)
        ]
        formula, parts = self._averaged(flows)
        if amounts:
            formula, parts = f"{formula} + (1 − δ)·({once})", [*parts, *amounts]
        meaning = "payoff a period under the agreement, its flows averaged over the periods, the last one lasting"
        return _made("u_A", meaning, self._clean(value), formula, _once(parts))

    def _averaged(self, flows: Sequence[Quantity]) -> tuple[str, list[Quantity]]:
        """Return the discounted average of a stream whose last entry lasts: a formula and its parts."""
        if len(flows) == 1:
            return flows[0].symbol, list(flows)
        weights = ["", "δ·", *(f"δ^{k}·" for k in range(2, len(flows)))]
        *early, last = (weight + flow.symbol for weight, flow in zip(weights, flows, strict=True))
        patience = self.discount(float(self.agreement.discount(self.player)))
        return f"(1 − δ)·({' + '.join(early)}) + {last}", [patience, *flows]

    def forgone(self, value: float) -> Quantity:
        """G: what keeping the agreement gains over the breakdown, on average over the periods that follow."""
        agreement, gains = self.agreement, []
        for state in agreement.following(self.state):
            broken = agreement.broken_flow(self.player, self.state, self.scenario[0], state)
            gain = _value(agreement, agreement.agreed_flow(self.player, state) - broken)
            meaning = f"f_A − u_P of a breach in {self.state}, felt in {state}"
            gains.append(Quantity(f"g_{period_of(state)}", meaning, self._clean(gain)))
        formula, parts = self._averaged(gains)
        return _made("G", "what it forgoes by a breach a period afterwards", self._clean(value), formula, parts)

    def kept(self, state: str, symbol: str, value: float, meaning: str = "") -> Quantity:
        agreement = self.agreement
        when = {"before": " before the windfall arrives", "after": " after it has arrived"}.get(state, "")
        when = f" in {state}" if period_of(state) else when
        profile = pure(agreement.asked, agreement.actions)
        utility, own = self._utility(symbol.replace("f_", "U_").replace("u_A", "U_A"), profile, agreement.agreed(state))
        flow, amounts = self._flow(agreement.in_force(state), state)
        formula, amounts = self._with_escrow(f"{utility}{_joined(flow)}", amounts)
        meaning = meaning or f"{self.player}'s flow a period while the agreement is kept{when}"
        return _made(symbol, meaning, self._clean(value), formula, (*own, *amounts))

    def deviation(self, value: float) -> Quantity:
        agreement, player, state = self.agreement, self.player, self.state
        i = agreement.index[player]
        done = self.row.witness.get("deviation")
        played = list(agreement.asked)
        if done is not None:
            played[i] = agreement.actions[i].index(done)
        capabilities = agreement.withholding(state, self.withheld) if self.withheld else agreement.agreed(state)
        utility, own = self._utility("U_D", pure(played, agreement.actions), capabilities)
        formula, parts, unseen = utility, list(own), False
        for term in agreement.in_force(state):
            value_part, cost_part = self._amounts(term, state)
            if term.to == player:
                missed = done is not None and not term.lasting
                unseen = unseen or missed
                formula += f" + (1 − q)·{value_part.symbol}" if missed else f" + {value_part.symbol}"
                parts.append(value_part)
            if term.from_ == player and term not in self.withheld:
                formula += f" − {cost_part.symbol}"
                parts.append(cost_part)
            if term.from_ == player and term in self.withheld and agreement.guaranteed(player):
                formula += f" − γ·{cost_part.symbol}"
                parts.append(cost_part)
                parts.append(Quantity("γ", "", float(agreement.guaranteed(player))))
        if unseen:
            parts.append(Quantity("q", "", float(agreement.detection(player))))
        formula, parts = self._with_escrow(formula, parts)
        deeds = ([f"choosing {done}"] if done else []) + [f"withholding {term.id}" for term in self.withheld]
        meaning = f"its flow in the one period of {' and '.join(deeds)}"
        return _made("f_D", meaning, self._clean(value), formula, _once(parts))

    def breakdown(self, value: float) -> Quantity:
        agreement, state = self.agreement, self.state
        strategies = agreement.after_breach(self.player, state, self.scenario[0])
        utility, own = self._utility("U_P", strategies, agreement.broken(state))
        flow, amounts = self._flow([term for term in agreement.in_force(state) if term.lasting], state)
        meaning = "its payoff a period after a breakdown"
        return _made("u_P", meaning, self._clean(value), f"{utility}{_joined(flow)}", (*own, *amounts))

    def disagreement_payoff(self, value: float) -> Quantity:
        agreement = self.agreement
        if any(agreement.without(state) != agreement.base for state in agreement.states):
            apart = [
                float(agreement.utility(self.player, self.scenario[0].disagreement, agreement.without(state)))
                for state in agreement.states
            ]
            meaning = "payoff without the agreement in period"
            formula, parts = self._averaged(
                [Quantity(f"U_0{k + 1}", f"{meaning} {k + 1}", each) for k, each in enumerate(apart)]
            )
            return _made("u_0", "its payoff a period without the agreement", self._clean(value), formula, parts)
        utility, own = self._utility("U_0", self.scenario[0].disagreement, agreement.base)
        return _made("u_0", "its payoff a period without the agreement", self._clean(value), utility, own)

    def _utility(
        self, symbol: str, strategies: Strategies, capabilities: tuple[Number, ...]
    ) -> tuple[str, tuple[Quantity, ...]]:
        """Return the model's payoff and the power term: a formula and its parts."""
        agreement, player = self.agreement, self.player
        value = float(agreement.utility(player, strategies, capabilities))
        at = ", ".join(f"{name} {number(float(k))}" for name, k in zip(agreement.players, capabilities, strict=True))
        played = profile_words(named(agreement, strategies))
        origin = f"{agreement.model.name} at {played}, capabilities {at}"
        stake = self.offer.players[player].stake
        if self.offer.affinity:
            origin += ", power and the others' payoffs weighed in"
        if not stake or self.offer.affinity:
            return symbol, (Quantity(symbol, origin, self._clean(value)),)
        share = float(agreement.shares(capabilities)[agreement.index[player]])
        payoff, power = symbol.replace("U", "payoff"), symbol.replace("U", "share")
        parts = (
            Quantity(payoff, origin, self._clean(value - stake * share)),
            Quantity("stake", "", stake),
            Quantity(power, f"power share at capabilities {at}", share),
        )
        return f"{payoff} + stake·{power}", parts

    def _flow(self, terms: Sequence[Term], state: str = "") -> tuple[str, list[Quantity]]:
        """Return the player's values less costs of some terms: a formula and its parts."""
        formula, parts = "", []
        for term in terms:
            gained, paid = self._amounts(term, state)
            if term.to == self.player:
                formula += f" + {gained.symbol}" if formula else gained.symbol
                parts.append(gained)
            if term.from_ == self.player:
                formula += f" − {paid.symbol}" if formula else f"−{paid.symbol}"
                parts.append(paid)
        return formula, parts

    def _amounts(self, term: Term, state: str) -> tuple[Quantity, Quantity]:
        """Return a term's value and cost, those of one period where it has a schedule."""
        share = float(self.agreement.share(term, state))
        when = f" in {state}" if period_of(state) and shares(term, self.offer.periods) else ""
        return (
            Quantity(f"value of {term.id}{when}", "", share * term.value),
            Quantity(f"cost of {term.id}{when}", "", share * term.cost),
        )

    def _with_escrow(self, formula: str, parts: list[Quantity]) -> tuple[str, list[Quantity]]:
        held = float(self.agreement.amounts[f"backing.escrow.{self.player}.amount"])
        if not (self.offer.cost_of_capital and held):
            return formula, parts
        capital = Quantity("cost of capital", "", self.offer.cost_of_capital)
        return f"{formula} − cost of capital·escrow", [*parts, capital, Quantity("escrow", "", held)]

    # What a breach costs, and what is hoped for

    def penalty(self, value: float) -> Quantity:
        agreement, player = self.agreement, self.player
        escrow = float(agreement.amounts[f"backing.escrow.{player}.amount"])
        shares = agreement.shares(agreement.broken(self.state))
        harm = float(agreement.model.breach_harm(shares, arrived=self.state == "after")[agreement.index[player]])
        backing = {"escrow": escrow, "reputation": float(agreement.reputation(player)), "harm": harm}
        lost = {what: amount for what, amount in backing.items() if amount}
        if not lost:
            return Quantity("K", f"no escrow, reputation or harm that a breach would cost {player}", 0.0)
        origins = {"harm": "harm that the others can do to it, by the model"}
        parts = [Quantity(what, origins.get(what, ""), amount) for what, amount in lost.items()]
        seen = Quantity("q", "", float(agreement.detection(player)))
        return Quantity("K", "what a breach costs it once", value, f"q·({' + '.join(lost)})", (seen, *parts))

    def prospect(self, value: float) -> Quantity:
        agreement, player = self.agreement, self.player
        if "after" not in agreement.states:
            return Quantity("Ω", "no windfall is promised", 0.0)
        if self.row.state == "after":
            return Quantity("Ω", "the windfall has arrived", 0.0)
        windfall = self._windfall()
        patience = Quantity("δ", "", float(agreement.discount(player)))
        hazard = Quantity("λ", "hazard: the probability a period that the windfall arrives", float(agreement.hazard))
        formula = "δ·λ/(1 − δ·(1 − λ))·W"
        return Quantity("Ω", "the prospect of the windfall", self._clean(value), formula, (patience, hazard, windfall))

    def _windfall(self) -> Quantity:
        """What the arrival adds to the player's flow: the windfall terms, and what their power does."""
        agreement, meaning = self.agreement, "what the arrival adds to its flow a period"
        value = self._clean(_value(agreement, agreement.windfall(self.player)))
        flow, parts = self._flow([term for term in self.offer.terms if term.timing == "windfall"])
        before, after = (agreement.agreed(state) for state in agreement.states)
        if before == after:
            return _made("W", meaning, value, flow, parts) if flow else Quantity("W", meaning, value)
        profile = pure(agreement.asked, agreement.actions)
        new, gained = self._utility("U_A after", profile, after)
        old, lost = self._utility("U_A before", profile, before)
        formula = f"{new} − ({old}){_joined(flow)}"
        return Quantity("W", meaning, value, formula, _once([*gained, *lost, *parts]))

    def _omega(self) -> float:
        patience, hazard = float(self.agreement.discount(self.player)), float(self.agreement.hazard)
        return patience * hazard / (1 - patience * (1 - hazard))

    def detection(self, value: float) -> Quantity:
        stated = self.offer.amount("monitoring", self.player) is not None
        meaning = f"probability that a breach by {self.player} is detected"
        return Quantity("q", f"{meaning}{'' if stated else '; no monitoring stated'}", value)

    def discount(self, value: float) -> Quantity:
        return Quantity("δ", f"players.{self.player}.discount", value)

    # Power and risk

    def share(self, symbol: str, value: float, *, before: bool) -> Quantity:
        agreement, decisiveness = self.agreement, self.offer.decisiveness
        capabilities = agreement.without(self.final) if before else agreement.agreed(self.final)
        mark = "k" if before else "k_A"
        power = "" if decisiveness == 1 else "^m"
        names = {player: f"{mark} of {player}" for player in agreement.players}
        parts = [
            self._capability(player, names[player], float(k), raised=not before)
            for player, k in zip(agreement.players, capabilities, strict=True)
        ]
        if power:
            parts.append(Quantity("m", "decisiveness", decisiveness))
        everyone = " + ".join(f"{name}{power}" for name in names.values())
        when = "without the agreement" if before else "under the agreement"
        formula = f"{names[self.player]}{power}/({everyone})"
        return Quantity(symbol, f"{self.player}'s share of power {when}", value, formula, tuple(parts))

    def _capability(self, player: str, symbol: str, value: float, *, raised: bool) -> Quantity:
        powers = [term for term in self.offer.terms if term.to == player and term.power] if raised else []
        if not powers:
            return Quantity(symbol, "", value)
        alone = self.agreement.without(self.final)[self.agreement.index[player]]
        given = {term: self.agreement.share(term, self.final) for term in powers}
        base = Quantity(f"k of {player}", "", float(alone))
        parts = (base, *(Quantity(f"power of {t.id}", "", float(part) * t.power) for t, part in given.items()))
        return Quantity(symbol, "capability with what is given", value, " + ".join(p.symbol for p in parts), parts)

    def risk(self, symbol: str, value: float, *, before: bool) -> Quantity:
        agreement = self.agreement
        if before:
            strategies, capabilities = self.scenario[0].disagreement, agreement.without(self.final)
        else:
            strategies, capabilities = pure(agreement.asked, agreement.actions), agreement.agreed(self.final)
        at = ", ".join(f"{name} {number(float(k))}" for name, k in zip(agreement.players, capabilities, strict=True))
        played = profile_words(named(agreement, strategies))
        return Quantity(symbol, f"{agreement.model.name} at {played}, capabilities {at}", value)


def _made(symbol: str, meaning: str, value: float, formula: str, parts: Sequence[Quantity]) -> Quantity:
    """Make a quantity; one that is nothing but its only part takes over where that comes from."""
    if [part.symbol for part in parts] == [formula]:
        return Quantity(symbol, f"{meaning}: {parts[0].meaning or formula}", value)
    return Quantity(symbol, meaning, value, formula, tuple(parts))


def _joined(flow: str) -> str:
    """Attach a flow to a payoff that stands before it."""
    if not flow:
        return ""
    return f" − {flow[1:]}" if flow.startswith("−") else f" + {flow}"


def _once(parts: Sequence[Quantity]) -> tuple[Quantity, ...]:
    return tuple({part.symbol: part for part in parts}.values())
