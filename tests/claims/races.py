"""Claims about races: the lead that is spent on safety, shared prizes and shared power."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

import bargain as bg
from bargain_models import LeadRace, SafetyRace
from bargain_models.safety_race import SafetyContest
from claims.claim import Claim

PAUSES = tuple(month / 4 for month in range(97))
INFORMATION = ("none", "private", "public")
POWER = 1.3
"""The factor by which shared power multiplies the follower's capability."""


class Race(NamedTuple):
    """A race of two: payoffs by pause, refrain or race, and player; and accident risks."""

    payoffs: Any
    risks: Any

    def reply(self, races: int) -> int:
        """The pause that is best for the leader."""
        return int(self.payoffs[:, races, 0].argmax())

    def price(self, pause: int) -> float:
        """What a follower gains by racing instead of refraining."""
        return float(self.payoffs[pause, 1, 1] - self.payoffs[pause, 0, 1])

    def raced(self) -> bool:
        """Whether the only equilibrium in pure actions is that the follower races."""
        return self.price(self.reply(1)) >= 0 and self.price(self.reply(0)) > 0


@cache
def race(lead: float = 2.0, **parameters: float) -> Race:
    """The race of a leader with `lead` times the follower's capability."""
    model = LeadRace(pauses=PAUSES, **parameters)
    profiles = [[(pause, races) for races in (0, 1)] for pause in range(len(PAUSES))]
    payoffs = [[model.payoff(profile, (lead, 1.0)) for profile in row] for row in profiles]
    risks = [[model.risk(profile, (lead, 1.0)) for profile in row] for row in profiles]
    return Race(np.array(payoffs), np.array(risks))


def deal_pays(**draw: float) -> bool | None:
    """Whether some payment for restraint leaves both better off than the race that there would be."""
    now = race(**draw)
    if not now.raced():
        return None
    raced, kept = now.payoffs[now.reply(1), 1], now.payoffs[now.reply(0), 0]
    least = max(0.0, now.price(now.reply(0)), raced[1] - kept[1])
    return bool(kept[0] - least > raced[0])


def restraint_lengthens_pause(**draw: float) -> bool | None:
    now = race(**draw)
    return now.reply(0) > now.reply(1) if now.raced() else None


def restraint_lowers_risk(**draw: float) -> bool | None:
    now = race(**draw)
    return bool(now.risks[now.reply(0), 0] < now.risks[now.reply(1), 1]) if now.raced() else None


def power_shortens_pause(lead: float = 2.0, **draw: float) -> bool | None:
    now, after = race(lead, **draw), race(lead / POWER, **draw)
    return after.reply(1) < now.reply(1) if now.raced() and after.raced() else None


def power_makes_restraint_dear(lead: float = 2.0, **draw: float) -> bool | None:
    now, after = race(lead, **draw), race(lead / POWER, **draw)
    return after.price(after.reply(0)) > now.price(now.reply(0)) if now.raced() else None


def risks(teams: float, enmity: float, width: float, share: float = 0.0) -> list[float]:
    """The risk with no, private and public information."""
    model = SafetyRace(
        players=tuple(f"Team {i + 1}" for i in range(int(teams))), enmity=enmity, spread=width, share=share
    )
    at = (2.0, *(1.0,) * (int(teams) - 1))
    return [model.equilibrium_risk(known, at) for known in INFORMATION]


def sharing_lowers_risk(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    return all(np.less(risks(teams, enmity, width, share=0.1), risks(teams, enmity, width)))


def power_raises_risk(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    return all(np.greater(risks(teams, enmity, 0.75 * width), risks(teams, enmity, width)))


def one_more_team(known: int, teams: float, enmity: float, width: float) -> bool:
    return risks(teams + 1, enmity, width)[known] > risks(teams, enmity, width)[known]


def more_teams_unknown(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    return one_more_team(0, teams, enmity, width) and one_more_team(2, teams, enmity, width)


def more_teams_private(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    return one_more_team(1, teams, enmity, width)


def knowing_raises_risk(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    none, private, public = risks(teams, enmity, width)
    return min(private, public) > none


def contest_change(success: str, productivity: float, tradeoff: float, loss: float) -> float | None:
    """What twice the productivity of safety work adds to the contestants' safety."""
    contests = (SafetyContest(k, tradeoff, loss, success).equilibria() for k in (productivity, 2 * productivity))
    before, after = contests
    return after[0].safety - before[0].safety if before and after else None


def research_raises_safety(
    productivity: float = 1.0, tradeoff: float = 2.0, loss: float = 1.0, logistic: float = 0
) -> bool | None:
    change = contest_change("logistic" if logistic else "ratio", productivity, tradeoff, loss)
    return None if change is None else change > 1e-9


def research_is_neutral(
    productivity: float = 1.0, tradeoff: float = 2.0, loss: float = 1.0, logistic: float = 0
) -> bool | None:
    change = contest_change("logistic" if logistic else "ratio", productivity, tradeoff, loss)
    return None if change is None else abs(change) < 1e-9


def research_is_harmful(productivity: float = 1.0, tradeoff: float = 2.0, loss: float = 1.0) -> bool | None:
    change = contest_change("logistic", productivity, tradeoff, loss)
    return None if change is None else change < -1e-9


def public_is_riskier(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    """Whether a race in which all know all is riskier than one in which each knows its own capability."""
    _, private, public = risks(teams, enmity, width)
    return public > private


def lead_buys_safety(lead: float = 0.3, enmity: float = 0.8) -> bool | None:
    """Whether a tenth more lead, or enmity lower by a factor 1.1, makes a leader a tenth safer, where all is known."""

    def safety(lead: float, enmity: float) -> float:
        return SafetyRace(enmity=enmity).equilibrium_safety("public", lead)

    now = safety(lead, enmity)
    if now >= 1:
        return None
    return all(abs(each - 1.1 * now) < 1e-12 for each in (safety(1.1 * lead, enmity), safety(lead, enmity / 1.1)))


def gain_by_commitment(teams: float, enmity: float, width: float) -> float:
    """By how much sharing a tenth of the prize lowers the risk, as far as teams know before the race."""
    return risks(teams, enmity, width)[0] - risks(teams, enmity, width, share=0.1)[0]


def veil_makes_agreement(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool:
    """Whether every team gains by sharing while none knows who is first: on average shares are paid to oneself."""
    return gain_by_commitment(teams, enmity, width) > 0


def danger_makes_agreement(teams: float = 2, enmity: float = 1.0, width: float = 1.0) -> bool | None:
    """Whether teams gain more by sharing where the field is narrower by a quarter."""
    now = gain_by_commitment(teams, enmity, width)
    return gain_by_commitment(teams, enmity, 0.75 * width) > now if now > 0 else None


def catching_up_is_safer(lead: float = 2.0, **draw: float) -> bool | None:
    """Whether the risk of a race falls if the laggard's capability grows by three tenths."""
    now, after = race(lead, **draw), race(lead / POWER, **draw)
    if not (now.raced() and after.raced()):
        return None
    return bool(after.risks[after.reply(1), 1] < now.risks[now.reply(1), 1])


def hurry(risk: float, speed: float) -> Any:
    """The payoffs of a long race: states keep safety, or skip it and are `speed` times as fast, at a risk to them."""
    kept = 1 - risk
    own = [[0.5, 0.0], [kept * speed, kept * speed / 2]]
    game = bg.load_model(
        "table",
        players=("A", "B"),
        actions={name: ["keep safety", "skip it"] for name in "AB"},
        payoffs={"A": own, "B": np.transpose(own).tolist()},
    ).normal_form()
    return game.payoffs[0]


def skipped(payoffs: Any) -> bool:
    """Whether a state skips safety that gives the other an even chance to do so."""
    return bool(payoffs[1].sum() > payoffs[0].sum())


def dilemma_of_speed(risk: float = 0.6, speed: float = 1.5) -> bool:
    """Whether safety is skipped although both would be better off if both kept it."""
    payoffs = hurry(risk, speed)
    return skipped(payoffs) and bool(payoffs[0, 0] > payoffs[1, 1])


def rules_help_where_they_bind(risk: float = 0.6, speed: float = 1.5) -> bool | None:
    payoffs = hurry(risk, speed)
    return bool(payoffs[0, 0] > payoffs[1, 1]) if skipped(payoffs) else None


RACE = {
    "lead": (1.2, 4.0),
    "months_per_efold": (4.0, 24.0),
    "lead_spread": (1.0, 6.0),
    "accident_risk": (0.2, 0.8),
    "follower_risk": (0.2, 0.8),
    "safety_timescale": (3.0, 12.0),
    "enmity": (0.3, 1.0),
    "race_cost": (0.0, 5.0),
    "race_boost": (0.1, 0.8),
    "leader_loss": (25.0, 300.0),
    "follower_loss": (0.0, 100.0),
}
CONTEST = {"productivity": (0.2, 5.0), "tradeoff": (1.0, 4.0), "loss": (0.5, 4.0)}
CONTESTED = "the contest has a symmetric equilibrium before and after"
HURRY = {"risk": (0.0, 1.0), "speed": (1.1, 5.0)}
FIELD = {"teams": (2, 6), "enmity": (0.0, 1.0), "width": (0.0, 2.0)}
RACED = "the follower would race without an offer"
JUSTEN = "Justen (2024)"
PRECIPICE = "Armstrong, Bostrom & Shulman (2016)"
TEAMS = frozenset({"teams"})

CLAIMS = (
    Claim(
        "J1",
        "A leader gains by paying for restraint: some payment leaves both better off than no offer.",
        JUSTEN,
        "lead_race",
        "lead_race",
        deal_pays,
        RACE,
        {},
        {"follower_risk": 0.2, "safety_timescale": 12.0},
        "the leader gains less by restraint, where a follower that is first has few accidents, than it costs",
        premise=RACED,
    ),
    Claim(
        "J3",
        "A benefit paid for restraint lengthens the leader's pause for safety.",
        JUSTEN,
        "lead_race",
        "lead_race",
        restraint_lengthens_pause,
        RACE,
        {},
        {"lead": 1.3, "accident_risk": 0.2},
        "so short a lead and so small a risk leave the leader without a reason to pause, raced or not",
        premise=RACED,
    ),
    Claim(
        "J3",
        "A benefit paid for restraint lowers the risk of an accident.",
        JUSTEN,
        "lead_race",
        "lead_race",
        restraint_lowers_risk,
        RACE,
        {},
        {"follower_risk": 0.2, "accident_risk": 0.6, "safety_timescale": 10.0},
        "the follower is the safer of the two, and restraint makes it come second more often",
        premise=RACED,
    ),
    Claim(
        "J4",
        "Power shared with the follower shortens the leader's pause.",
        JUSTEN,
        "lead_race",
        "lead_race",
        power_shortens_pause,
        RACE,
        {},
        {"lead": 1.2, "race_boost": 0.8},
        "a leader that will probably be overtaken pauses less than a month as it is, and no less with power shared",
        premise=f"{RACED}, before and after its capability grows by three tenths",
    ),
    Claim(
        "J4",
        "Power shared with the follower makes its restraint dearer.",
        JUSTEN,
        "lead_race",
        "lead_race",
        power_makes_restraint_dear,
        RACE,
        {},
        {"lead": 1.2},
        "a follower so close is ahead with that much power, and one that is ahead has less to gain by racing",
        premise=RACED,
    ),
    Claim(
        "J7",
        "Sharing a tenth of the prize lowers the risk of a race, whatever the teams know.",
        f"{JUSTEN}; {PRECIPICE}, the race",
        "safety_race",
        "safety_race",
        sharing_lowers_risk,
        FIELD,
        {},
        {"enmity": 0.2, "width": 2.0},
        "without information nobody cuts safety in so wide a field, with or without a share",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "Sharing power, so that the field narrows by a quarter, raises the risk of a race, whatever the teams know.",
        f"{JUSTEN}; {PRECIPICE}, the race",
        "safety_race",
        "safety_race",
        power_raises_risk,
        FIELD,
        {},
        {"enmity": 0.2, "width": 2.0},
        "without information nobody cuts safety in so wide a field, nor in one a quarter narrower",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "One more team in the race raises the risk, if teams know nothing and if they know everything.",
        PRECIPICE,
        "safety_race",
        "safety_race",
        more_teams_unknown,
        FIELD,
        {},
        {"enmity": 0.2, "width": 2.0},
        "without information full safety is kept by two teams and by three",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "One more team in the race raises the risk, if each knows only its own capability.",
        PRECIPICE,
        "safety_race",
        "safety_race",
        more_teams_private,
        FIELD,
        {},
        {"enmity": 0.1},
        "below enmity 1/(n² + n + 1), with n teams, the best of more teams is so capable that it keeps more safety",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "Knowing capabilities, one's own or everyone's, makes a race riskier than knowing nothing.",
        PRECIPICE,
        "safety_race",
        "safety_race",
        knowing_raises_risk,
        FIELD,
        {},
        {"width": 0.0},
        "teams that are all alike keep no safety whether they know it or not",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "Research that makes safety cheaper makes the race safer.",
        "Jensen, Emery-Xu & Trager (2023), who argue that it need not",
        "safety_race",
        "safety_race",
        research_raises_safety,
        {"productivity": (0.2, 5.0), "tradeoff": (1.0, 4.0), "loss": (0.5, 4.0), "logistic": (0, 1)},
        {"tradeoff": 1.0, "logistic": 1},
        {"logistic": 1},
        "contestants spend all that safety has become cheaper, or more, on performance",
        premise="the contest has a symmetric equilibrium before and after",
        whole=frozenset({"logistic"}),
    ),
    Claim(
        "J7",
        "Research that makes safety cheaper leaves a race as safe as it was, where ratios of performance decide it.",
        "Jensen, Emery-Xu & Trager (2023)",
        "safety_race",
        "safety_race",
        research_is_neutral,
        CONTEST,
        {},
        {"logistic": 1},
        "where differences decide it more performance gains the more, the more there is already",
        premise=CONTESTED,
    ),
    Claim(
        "J7",
        "Research that makes safety cheaper makes a race less safe, where differences of performance decide it.",
        "Jensen, Emery-Xu & Trager (2023)",
        "safety_race",
        "safety_race",
        research_is_harmful,
        CONTEST,
        {},
        {"tradeoff": 1.0},
        "where safety falls off so slowly the contestants leave it at what it was or raise it",
        premise=CONTESTED,
    ),
    Claim(
        "J7",
        "A race in which all know each other's capability is riskier than one in which each knows its own.",
        PRECIPICE,
        "safety_race",
        "safety_race",
        public_is_riskier,
        FIELD,
        {"width": 2.0},
        {"enmity": 0.5},
        "with little enmity a clear lead is spent on safety, and only who sees it can spend it",
        whole=TEAMS,
    ),
    Claim(
        "J3",
        "Where all is known a leader is a tenth safer for a tenth more lead, and for that much less enmity.",
        f"{JUSTEN}; {PRECIPICE}, the race",
        "safety_race",
        "safety_race",
        lead_buys_safety,
        {"lead": (0.0, 1.0), "enmity": (0.1, 1.0)},
        {},
        {"lead": 0.75},
        "less than a tenth is missing to full safety",
        premise="the leader keeps less than full safety",
    ),
    Claim(
        "J7",
        "Before anyone knows who is first every team gains by committing to share a tenth of the prize.",
        "O'Keefe et al. (2020); Bova, Mueller & Harack (2021)",
        "safety_race",
        "safety_race",
        veil_makes_agreement,
        FIELD,
        {},
        {"enmity": 0.2, "width": 2.0},
        "the race is safe as it is, and nothing is gained; whoever is known to be first always loses by sharing",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "The more dangerous the race, the more teams gain by committing to share a tenth of the prize.",
        "O'Keefe et al. (2020); Bova, Mueller & Harack (2021)",
        "safety_race",
        "safety_race",
        danger_makes_agreement,
        FIELD,
        {"enmity": 0.6},
        {},
        "the narrower the field, the less safety is left that a share of the prize could restore",
        premise="teams gain by sharing as it is",
        whole=TEAMS,
    ),
    Claim(
        "J7",
        "The risk of a race falls once the laggard catches up.",
        "Stafford, Trager & Dafoe (2022), who find it where a laggard is close and hostile",
        "lead_race",
        "lead_race",
        catching_up_is_safer,
        RACE,
        {"lead": 1.2, "follower_risk": 0.2},
        {},
        "the leader pauses less, and the laggard, which does not pause, is first more often",
        premise=f"{RACED}, before and after its capability grows by three tenths",
    ),
    Claim(
        "J7",
        "States that are unsure of each other skip safety, although both would be better off if both kept it.",
        "Han et al. (2020), of a middling risk",
        "table",
        "",
        dilemma_of_speed,
        HURRY,
        {},
        {"risk": 0.9},
        "a danger above 1 − 1/(3 speed) keeps everyone safe without an agreement",
    ),
    Claim(
        "J7",
        "Rules that make everyone keep safety leave all better off, where without them it is skipped.",
        "Han et al. (2020)",
        "table",
        "",
        rules_help_where_they_bind,
        HURRY,
        {},
        {"risk": 0.1},
        "below a risk of 1 − 1/speed haste is worth its danger to all, and the rule costs more than it saves",
        premise="a state that is unsure of the other skips it",
    ),
)
