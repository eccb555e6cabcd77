"""The requirements of a sound agreement, each stated once, as linear inequalities in the offer's amounts.

A check is a function that yields rows; a row holds where its margin is at or above zero. To add a check, write one
function and add one line to `CHECKS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bargain._affine import Affine, Number
from bargain._profiles import Scenario, Strategies
from bargain._terms import cost
from bargain.agreement import Agreement
from bargain.blocking import Coalitions
from bargain.findings import number
from bargain.offers import Term, windfall_weight
from bargain.repeated import Incentive, incentive_margin
from bargain.schedules import average, period_of

Vector = npt.NDArray[np.float64]


WHEN = {"always": "", "before": " before the windfall arrives", "after": " after the windfall has arrived"}


def when_words(agreement: Agreement, state: str) -> str:
    """Say when a state is, as the end of a sentence; the last period stands for all that follow."""
    if not (period := period_of(state)):
        return WHEN[state]
    return f" from period {period} on" if state == agreement.states[-1] else f" in period {period}"


@dataclass(frozen=True)
class Row:
    """One inequality: `margin >= 0`, in the name of one player, against one deviation.

    Attributes
    ----------
    check : str
        The requirement it belongs to, e.g. "participation".
    player : str or None
        Whom it speaks for; None where it speaks for a coalition or for all.
    margin : Affine
        What must not be negative, as a constant and a slope for each amount of the offer.
    unit : str
        Of the margin.
    if_holds, if_fails : str
        A sentence about the margin, which is written `{margin}` in it.
    formula, parts : str, mapping
        How the margin comes about, in symbols, and what each symbol stands for.
    witness : mapping
        What decides, as in `Finding`.
    deviation, state : str
        The deviation and, where time matters, when it is made; empty where the row has none.
    scenario : int
        Which disagreement point it is about, from 0.
    needs : tuple of str
        Amounts of which one must be positive for the row to apply; none: it always applies.
    coalition : int
        Bit mask of the players it speaks for, 0 where it is one player or all.
    incentive : Incentive or None
        Of a promise over time, at the offer: gain, temptation, detection and windfall.
    promise : tuple of Affine, or None
        Gain, temptation and windfall as functions of the amounts; behind them the gains of the periods to come, where
        they change from period to period.
    """

    check: str
    player: str | None
    margin: Affine
    unit: str
    if_holds: str
    if_fails: str
    formula: str
    parts: Mapping[str, Affine | Number]
    witness: Mapping[str, Any] = field(default_factory=dict)
    deviation: str = ""
    state: str = ""
    scenario: int = 0
    needs: tuple[str, ...] = ()
    coalition: int = 0
    incentive: Incentive | None = None
    promise: tuple[Affine, ...] | None = None

    @property
    def name(self) -> str:
        """`check[player:deviation@state]`, with `#2` and so on behind it for further disagreement points."""
        inner = ":".join(part for part in (self.player, self.deviation) if part)
        inner += f"@{self.state}" if self.state else ""
        again = f"#{self.scenario + 1}" if self.scenario else ""
        return f"{self.check}[{inner}]{again}"

    def applies(self, amounts: Mapping[str, Number]) -> bool:
        """Whether the row counts at these amounts."""
        return not self.needs or any(amounts[name] > 0 for name in self.needs)

    def words(self, margin: float, *, holds: bool) -> str:
        """Say what the margin means, in a sentence."""
        sentence = self.if_holds if holds else self.if_fails
        return sentence.replace("{margin}", f"{number(abs(margin))} {self.unit}".rstrip())


@dataclass(frozen=True)
class Check:
    """A named requirement: the rows it yields, and whether they speak for one player each.

    `status_quo` tells that its rows compare with what happens without the agreement, so that it stays undecided
    where no equilibrium is known. `rows` is None where there are too many to list: those of coalitions, which
    `system.py` has written as they are needed.
    """

    name: str
    rows: Callable[[Agreement], Iterator[Row]] | None
    per_player: bool = True
    status_quo: bool = True
    absent: str = "nothing to check"


def participation(agreement: Agreement) -> Iterator[Row]:
    """R1: everyone gains, u^A - u^0 >= 0, all terms counted."""
    for scenario, quo in enumerate(agreement.scenarios):
        for player in agreement.players:
            kept = agreement.agreement_payoff(player)
            without = agreement.disagreement_payoff(player, quo)
            yield Row(
                "participation",
                player,
                kept - without,
                agreement.offer.unit,
                f"{player} gains {{margin}} against having no agreement",
                f"{player} loses {{margin}} against having no agreement",
                "u_A − u_0",
                {"u_A": kept, "u_0": without},
                {"profile": named(agreement, quo.disagreement)},
                scenario=scenario,
            )


def compliance(agreement: Agreement) -> Iterator[Row]:
    """R2: the asked action is the best reply over time, alone and together with not paying."""
    for scenario, quo in enumerate(agreement.scenarios):
        for player in agreement.players:
            if agreement.signs and not agreement.joins(player):
                continue  # external_stability speaks for those who are asked to stay
            i = agreement.index[player]
            for state in agreement.states:
                for action in range(len(agreement.actions[i])):
                    if action == agreement.asked[i]:
                        continue
                    for withheld in ((), *agreement.withholdings(player, state)):
                        yield _incentive(agreement, "compliance", player, state, (scenario, quo), action, withheld)


def credibility(agreement: Agreement) -> Iterator[Row]:
    """R3: the provider delivers what it promised once the others have done their part."""
    for scenario, quo in enumerate(agreement.scenarios):
        for player in agreement.players:
            for state in agreement.states:
                for withheld in agreement.withholdings(player, state):
                    yield _incentive(agreement, "credibility", player, state, (scenario, quo), None, withheld)


def _incentive(
    agreement: Agreement,
    check: str,
    player: str,
    state: str,
    numbered: tuple[int, Scenario],
    action: int | None,
    withheld: Sequence[Term],
) -> Row:
    offer, (scenario, quo) = agreement.offer, numbered
    kept = agreement.agreed_flow(player, state)
    *ahead, gain = (
        agreement.agreed_flow(player, later) - agreement.broken_flow(player, state, quo, later)
        for later in agreement.following(state)
    )
    deviation = agreement.deviation_flow(player, state, action, withheld)
    penalty = agreement.penalty(player, state)
    discount, detection = agreement.discount(player), agreement.detection(player)
    windfall = agreement.windfall(player) if state == "before" else Affine(0)
    hazard = agreement.hazard if state == "before" else 0
    temptation = deviation - kept - penalty
    margin = incentive_margin(
        discount=discount,
        detection=detection,
        gain=gain,
        temptation=temptation,
        windfall=windfall,
        hazard=hazard,
        periods=offer.punishment_periods,
        ahead=ahead,
    )
    point = agreement.amounts
    incentive = Incentive(
        gain=float(gain.at(point)),
        temptation=float(temptation.at(point)),
        detection=float(detection),
        windfall=float(windfall.at(point)),
        hazard=float(hazard),
        periods=offer.punishment_periods,
        ahead=tuple(float(each.at(point)) for each in ahead),
    )
    asked = agreement.actions[agreement.index[player]][agreement.asked[agreement.index[player]]]
    done = agreement.actions[agreement.index[player]][action] if action is not None else None
    ids = [term.id for term in withheld]
    names = ([done] if done else []) + ([f"withhold {', '.join(ids)}"] if ids else [])
    act = ([f"choosing {done} instead of {asked}"] if done else []) + (
        [f"not delivering {', '.join(ids)}"] if ids else []
    )
    when = when_words(agreement, state)
    future = "δ" if offer.punishment_periods is None else f"δ·(1 − δ^{offer.punishment_periods})"
    formula = f"q·[{future}·(f_A − u_P) + Ω] − (1 − δ)·(f_D − f_A − K)"
    later: dict[str, Affine | Number] = {"u_P": agreement.broken_flow(player, state, quo)}
    if agreement.following(state) != (state,):
        formula, later = "q·δ·G − (1 − δ)·(f_D − f_A − K)", {"G": average((*ahead, gain), discount)}
    else:
        later["Ω"] = windfall_weight(discount, hazard) * windfall
    # Nothing is saved by withholding what costs nothing and moves no power.
    costless = action is None and all(
        t.timing == "windfall" and agreement.stays(t) * t.power == t.power for t in withheld
    )
    return Row(
        check,
        player,
        margin,
        offer.unit,
        f"{player} would lose {{margin}} by {' and '.join(act)}{when}",
        f"{player} would gain {{margin}} by {' and '.join(act)}{when}",
        formula,
        {"q": detection, "δ": discount, "f_A": kept, **later, "f_D": deviation, "K": penalty},
        {
            "deviation": done,
            "withheld": ids or None,
            "state": state,
            "profile": named(agreement, agreement.after_breach(player, state, quo)),
        },
        deviation=", ".join(names),
        state=state,
        scenario=scenario,
        needs=tuple(f"terms.{term.id}.cost" for term in withheld) if costless else (),
        incentive=incentive,
        promise=(gain, temptation, windfall, *ahead),
    )


def no_blocking_coalition(coalitions: Coalitions, mask: int) -> Row:
    """R4: no proper coalition has more on its own than its members have together under the agreement."""
    agreement, names = coalitions.agreement, coalitions.members(mask)
    together, worth = coalitions.together(mask), coalitions.worth(mask)
    whole = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    have, its = ("has", "its") if len(names) == 1 else ("have", "their")
    return Row(
        "no_blocking_coalition",
        None,
        together - worth,
        agreement.offer.unit,
        f"no coalition does better alone: {whole}, closest to it, {have} {{margin}} more under the agreement",
        f"{whole} would have {{margin}} more on {its} own",
        " + ".join(f"u_A of {name}" for name in names) + " − v(C)",
        {**{f"u_A of {name}": agreement.agreement_payoff(name) for name in names}, "v(C)": worth},
        {"coalition": list(names)},
        deviation=", ".join(names),
        coalition=mask,
    )


def internal_stability(agreement: Agreement) -> Iterator[Row]:
    """No signatory would rather be out: pi_i(S) + tau_i >= pi_i(S without i), period by period.

    Where the document states a breakdown, out means what is played then: nobody is in if the coalition dissolves.
    """
    for player in filter(agreement.joins, agreement.players):
        for state in agreement.states:
            kept, out = agreement.agreed_flow(player, state), agreement.left_flow(player, state)
            yield _stability(
                agreement, "internal_stability", player, state, (kept, "f_A", "inside"), (out, "f_out", "outside")
            )


def external_stability(agreement: Agreement) -> Iterator[Row]:
    """No outsider would rather be in: pi_j(S) >= pi_j(S with j) + tau_j(S with j), period by period."""
    for player in agreement.players if agreement.signs else ():
        if agreement.joins(player):
            continue
        for state in agreement.states:
            kept, joined = agreement.agreed_flow(player, state), agreement.joined_flow(player, state)
            yield _stability(
                agreement, "external_stability", player, state, (kept, "f_A", "outside"), (joined, "f_in", "inside")
            )


def _stability(
    agreement: Agreement,
    check: str,
    player: str,
    state: str,
    here: tuple[Affine, str, str],
    there: tuple[Affine, str, str],
) -> Row:
    (kept, kept_name, side), (moved, moved_name, other) = here, there
    return Row(
        check,
        player,
        kept - moved,
        agreement.offer.unit,
        f"{player} has {{margin}} more {side} the coalition than {other}{when_words(agreement, state)}",
        f"{player} would have {{margin}} more {other} the coalition than {side}{when_words(agreement, state)}",
        f"{kept_name} − {moved_name}",
        {kept_name: kept, moved_name: moved},
        {"deviation": "stay" if side == "inside" else "join", "state": state},
        state=state,
    )


def _in_period(agreement: Agreement, state: str) -> str:
    return when_words(agreement, state) if period_of(state) else ""


def power_safety(agreement: Agreement) -> Iterator[Row]:
    """R5: no player's power share moves by more than the limit."""
    limit = agreement.offer.limits.power_shift
    if limit is None:
        return
    for player, state in itertools.product(agreement.players, agreement.lasting_states):
        i, when = agreement.index[player], _in_period(agreement, state)
        old = agreement.shares(agreement.without(state))[i]
        new = agreement.shares(agreement.agreed(state))[i]
        yield Row(
            "power_safety",
            None,
            Affine(agreement.number(limit) - max(new - old, old - new)),
            "of all power",
            f"the largest shift of power, {player}'s, stays {{margin}} below the limit{when}",
            f"{player}'s share of power shifts by {{margin}} more than the limit{when}",
            "limit − |s_after − s_before|",
            {"limit": agreement.number(limit), "s_before": old, "s_after": new},
            {"player": player, **({"state": state} if when else {})},
            deviation=player,
            state=state if when else "",
        )


def dominance(agreement: Agreement) -> Iterator[Row]:
    """R5: no player's power share exceeds the cap."""
    cap = agreement.offer.limits.dominance
    if cap is None:
        return
    for player, state in itertools.product(agreement.players, agreement.lasting_states):
        share, when = agreement.shares(agreement.agreed(state))[agreement.index[player]], _in_period(agreement, state)
        yield Row(
            "dominance",
            None,
            Affine(agreement.number(cap) - share),
            "of all power",
            f"the strongest player, {player}, stays {{margin}} below the cap{when}",
            f"{player}'s share of power is {{margin}} above the cap{when}",
            "cap − s_after",
            {"cap": agreement.number(cap), "s_after": share},
            {"player": player, **({"state": state} if when else {})},
            deviation=player,
            state=state if when else "",
        )


def risk(agreement: Agreement) -> Iterator[Row]:
    """R6: the agreement does not raise the risk."""
    if agreement.offer.limits.risk is None:
        return
    for scenario, quo in enumerate(agreement.scenarios):
        for state in agreement.states:
            before = agreement.risk(quo.disagreement, agreement.without(state))
            after = agreement.risk(agreement.asked, agreement.agreed(state))
            if before is None or after is None:
                return
            yield Row(
                "risk",
                None,
                Affine(before - after),
                "of probability",
                "the risk is {margin} lower than without the agreement",
                "the risk is {margin} higher than without the agreement",
                "risk_before − risk_after",
                {"risk_before": before, "risk_after": after},
                {"state": state, "profile": named(agreement, quo.disagreement)},
                state=state,
                scenario=scenario,
            )


def provider_interest(agreement: Agreement) -> Iterator[Row]:
    """R7: whoever bears a cost gains at least the stated margin: the offer is strategic, not charity."""
    asked = agreement.offer.limits.provider_margin
    if asked is None:
        return
    for scenario, quo in enumerate(agreement.scenarios):
        for player in agreement.players:
            costs = [name for t in agreement.offer.terms if t.from_ == player for name in cost(t).slopes]
            if agreement.cost_of_capital:
                costs += list(agreement.carried(player).slopes)
            if not costs:
                continue
            kept = agreement.agreement_payoff(player)
            without = agreement.disagreement_payoff(player, quo)
            yield Row(
                "provider_interest",
                player,
                kept - without - agreement.number(asked),
                agreement.offer.unit,
                f"{player}, who pays, gains {{margin}} more than the margin asked for",
                f"{player}, who pays, falls {{margin}} short of the margin asked for",
                "u_A − u_0 − margin",
                {"u_A": kept, "u_0": without, "margin": agreement.number(asked)},
                {"profile": named(agreement, quo.disagreement)},
                scenario=scenario,
                needs=tuple(costs),
            )


CHECKS: tuple[Check, ...] = (
    Check("participation", participation),
    Check("compliance", compliance, absent="has no other action to choose"),
    Check("credibility", credibility, absent="owes nothing that it could withhold"),
    Check("no_blocking_coalition", None, per_player=False, status_quo=False),
    Check("internal_stability", internal_stability, status_quo=False, absent="signs nothing"),
    Check("external_stability", external_stability, status_quo=False, absent="is not outside a coalition"),
    Check("power_safety", power_safety, per_player=False, status_quo=False, absent="no limit on power shifts stated"),
    Check("dominance", dominance, per_player=False, status_quo=False, absent="no cap on power shares stated"),
    Check("risk", risk, per_player=False, absent="no limit on risk stated, or no risk in this model"),
    Check("provider_interest", provider_interest, absent="pays nothing, or no margin for providers is stated"),
)
"""Every requirement, in the order in which findings are reported."""


def named(agreement: Agreement, strategies: Strategies) -> dict[str, Any]:
    """Write strategies with the actions' names: an action where pure, probabilities where mixed."""
    named: dict[str, Any] = {}
    for player, actions, own in zip(agreement.players, agreement.actions, strategies, strict=True):
        played = {action: float(p) for action, p in zip(actions, own, strict=True) if p}
        named[player] = next(iter(played)) if len(played) == 1 else played
    return named
