"""Documents that the tests share."""

from __future__ import annotations

from typing import Any

import bargain as bg

RACE = """\
schema: bargain/offer@1
title: Paying for restraint in a race with a lead
unit: USD bn per year
model: lead_race
parameters: {prize: 100}
players:
  Leader:   {capability: 4.0, stake: 0, discount: 0.9}
  Follower: {capability: 2.0, stake: 0, discount: 0.9}
asks: {Leader: pause 6, Follower: refrain}
terms:
  - {id: fund, cluster: financial, from: Leader, to: Follower, value: 6, cost: 6, power: 0, timing: conditional}
backing:
  - {kind: monitoring, of: Follower, detection: 1.0}
  - {kind: escrow, by: Leader, amount: 0}
disagreement: {}
limits: {power_shift: 0.02, dominance: 0.8}
sources: []
"""

WINDFALL = """\
schema: bargain/offer@1
title: A share of a windfall for restraint today
unit: USD bn per year
model: windfall_promise
players:
  Provider:  {capability: 4, stake: 0, discount: 0.9}
  Recipient: {capability: 1, stake: 0, discount: 0.9}
asks: {Provider: develop, Recipient: forgo}
hazard: 0.1
terms:
  - {id: share, cluster: financial, from: Provider, to: Recipient, value: 4.5, cost: 4.5, timing: windfall}
"""


def race(**changes: Any) -> bg.Offer:
    """The race document; `fund=10` sets value and cost, `discount=` both players' factors."""
    new: dict[str, Any] = {}
    if "fund" in changes:
        new["terms.fund.value"] = new["terms.fund.cost"] = changes.pop("fund")
    if "discount" in changes:
        new["players.Leader.discount"] = new["players.Follower.discount"] = changes.pop("discount")
    new.update(changes.pop("paths", {}))
    assert not changes
    offer = bg.parse_offer(RACE)
    return offer.replace(new) if new else offer


def windfall(**paths: Any) -> bg.Offer:
    """The windfall document with paths replaced, dots written as double underscores."""
    offer = bg.parse_offer(WINDFALL)
    return offer.replace({path.replace("__", "."): value for path, value in paths.items()}) if paths else offer


def table(
    payoffs: dict[str, Any],
    actions: dict[str, list[str]],
    asks: dict[str, str],
    *,
    discount: float = 0.9,
    players: dict[str, dict[str, float]] | None = None,
    **more: Any,
) -> bg.Offer:
    """An offer on a game written out as a table."""
    return bg.make_offer(
        {
            "schema": "bargain/offer@1",
            "model": "table",
            "parameters": {"actions": actions, "payoffs": payoffs},
            "players": {
                player: {"capability": 1, "discount": discount, **(players or {}).get(player, {})} for player in actions
            },
            "asks": asks,
            **more,
        }
    )


def dilemma(**more: Any) -> bg.Offer:
    """A prisoner's dilemma with payoffs 5, 3, 1, 0 in which both are asked to cooperate."""
    actions = {"A": ["cooperate", "defect"], "B": ["cooperate", "defect"]}
    payoffs = {"A": [[3, 0], [5, 1]], "B": [[3, 5], [0, 1]]}
    return table(payoffs, actions, {"A": "cooperate", "B": "cooperate"}, **more)
