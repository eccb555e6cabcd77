"""Documents with one fault each, and the exact message of each fault; a good document to set them off."""

from __future__ import annotations

import bargain as bg

GOOD = """\
# A fund for restraint
schema: bargain/offer@1
title: 'Paying for restraint'    # quoted
unit: USD bn per year
model: lead_race
parameters: {prize: 100}         # the model's own
players:
  Leader:   {capability: 4.0, stake: 0, discount: 0.9}
  Follower: {capability: 2.0, stake: 0, discount: 0.9}
asks: {Leader: pause 6, Follower: refrain}
terms:
  - {id: fund, cluster: financial, from: Leader, to: Follower, value: 6, cost: 6}
  - id: compute            # in block style
    cluster: frontier_ai
    from: Leader
    to: Follower
    value: 1.5             # what it is worth
    cost: 0.5

backing:
- {kind: monitoring, of: Follower, detection: 1.0}
- {kind: escrow, by: Leader, amount: {low: 0, mode: 1, high: 2, source: 'treasury'}}
disagreement: {}                 # optional
limits: {power_shift: 0.02, dominance: 0.8}
"""
HEAD = "schema: bargain/offer@1\nmodel: lead_race\n"


def changed(*swaps: tuple[str, str]) -> str:
    text = GOOD
    for old, new in swaps:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


NOT_FINITE = "terms.fund.value: this number is not finite. Numbers are finite."
PARAMETERS = (
    "Known: months_per_efold, lead_spread, accident_risk, safety_timescale, follower_risk, prize, enmity, "
    "race_cost, race_boost, leader_loss, follower_loss, pauses"
)
ASKS = "asks: {Leader: pause 6, Follower: refrain}\n"
NOT_A_VALUE = "A value is >= 0, from provider to recipient"
MANY = "Known: schema, title, description, unit, model, parameters, players, asks, issues, affinity, terms, \
backing, disagreement, breakdown, limits, sources, decisiveness, hazard, punishment_periods, periods, cost_of_capital, \
governance, blocking."

ONE_FAULT = {
    "negative value": (
        ("value: 6", "value: -0.4"),
        "12:71: terms.fund.value: -0.4 is negative. "
        "A value is >= 0, from provider to recipient; to reverse it, swap from and to.",
    ),
    "nan": (("value: 6", "value: .nan"), f"12:71: {NOT_FINITE}"),
    "infinity": (
        ("value: 6", "value: -.inf"),
        f"12:71: {NOT_FINITE}",
    ),
    "overflow": (
        ("value: 6", "value: 1e999"),
        f"12:71: {NOT_FINITE}",
    ),
    "number as a string": (
        ("value: 6", 'value: "6"'),
        f"12:71: terms.fund.value: the text '6' stands where a number is expected. {NOT_A_VALUE}; remove the quotes.",
    ),
    "number with separators": (
        ("value: 6", "value: 1_000"),
        f"12:71: terms.fund.value: the text '1_000' stands where a number is expected. {NOT_A_VALUE}; write 1000.",
    ),
    "boolean as a number": (
        ("value: 6", "value: true"),
        f"12:71: terms.fund.value: true stands where a number is expected. {NOT_A_VALUE}.",
    ),
    "list as a number": (
        ("value: 6", "value: [6]"),
        f"12:71: terms.fund.value: a list stands where a number is expected. {NOT_A_VALUE}.",
    ),
    "no value": (
        ("value: 6", "value: "),
        "12:70: terms.fund.value: nothing is written here. A key has a value; write one, or remove the key.",
    ),
    "discount of one": (
        ("discount: 0.9", "discount: 1"),
        "8:51: players.Leader.discount: 1 is not below 1. A discount is >= 0 and < 1.",
    ),
    "negative discount": (
        ("discount: 0.9", "discount: -0.1"),
        "8:51: players.Leader.discount: -0.1 is negative. A discount is >= 0 and < 1.",
    ),
    "capability zero": (
        ("capability: 4.0", "capability: 0"),
        "8:26: players.Leader.capability: 0 is not above 0. A capability is > 0.",
    ),
    "probability above one": (
        ("detection: 1.0", "detection: 1.5"),
        "21:47: backing.monitoring.Follower.detection: 1.5 is above 1. A detection is >= 0 and <= 1.",
    ),
    "probability below zero": (
        ("kind: monitoring, of: Follower, detection: 1.0", "kind: guarantee, of: Follower, probability: -1"),
        "21:48: backing.guarantee.Follower.probability: -1 is negative. A probability is >= 0 and <= 1.",
    ),
    "missing key": (
        (", discount: 0.9", ""),
        "8:13: players.Leader.discount: this key is missing. "
        "discount: discount factor delta, >= 0 and < 1; write it, for instance discount: 0.9.",
    ),
    "misspelt key": (
        ("discount: 0.9", "discont: 0.9"),
        "8:41: players.Leader.discont: 'discont' is not a key here. "
        "Known: capability, stake, discount, growth; perhaps 'discount' is meant.",
    ),
    "unknown key at the top": (
        ("title:", "colour:"),
        f"3:1: colour: 'colour' is not a key here. {MANY}",
    ),
    "affinity that is no player's": (
        ("disagreement: {}", "affinity: {Leader: {Folower: 0.2}}"),
        "23:21: affinity.Leader.Folower: 'Folower' is not a player. "
        "Players: Leader, Follower; perhaps 'Follower' is meant.",
    ),
    "affinity to itself": (
        ("disagreement: {}", "affinity: {Leader: {Leader: 0.2}}"),
        "23:21: affinity.Leader.Leader: the affinity of Leader to itself is stated. "
        "A player weighs its own payoff at 1; remove it.",
    ),
    "affinity above one": (
        ("disagreement: {}", "affinity: {Leader: {Follower: 1.2}}"),
        "23:31: affinity.Leader.Follower: 1.2 is above 1. A number here is <= 1.",
    ),
    "affinity that is one number": (
        ("disagreement: {}", "affinity: {Leader: 0.2}"),
        "23:20: affinity.Leader: the number 0.2 stands where keys with values are expected.",
    ),
    "issues beside a model": (
        ("disagreement: {}", "issues: [{name: race, model: lead_race, asks: {Leader: pause 6, Follower: refrain}}]"),
        "23:1: issues: issues stand beside model and parameters and asks. A document has one model with its "
        "parameters and asks, or several issues; move model and parameters and asks into an issue, or remove issues.",
    ),
    "python name of a key": (
        ("from: Leader,", "from_: Leader,"),
        "12:36: terms.fund.from_: 'from_' is not a key here. "
        "Known: id, cluster, from, to, value, cost, power, timing, revocable, schedule, weight; "
        "perhaps 'from' is meant.",
    ),
    "duplicate key": (
        ("stake: 0,", "stake: 0, capability: 3,"),
        "8:41: players.Leader.capability: 'capability' is written twice, on line 8. "
        "Each key stands once; remove one of them.",
    ),
    "two asks of one player": (
        ("Follower: refrain", "Follower: refrain, Follower: race"),
        "10:44: asks.Follower: 'Follower' is written twice, on line 10. Each key stands once; remove one of them.",
    ),
    "key that is a number": (
        ("prize: 100", "prize: 100, 7: 3"),
        "6:26: parameters: the key is the number 7. A key is text; put it in quotes.",
    ),
    "schema version": (
        ("offer@1", "offer@2"),
        "2:9: schema: 'bargain/offer@2' is not a version that is read here. Write bargain/offer@1.",
    ),
    "missing schema": (
        ("schema: bargain/offer@1\n", ""),
        "2:1: schema: this key is missing. schema: version of this format; "
        "write it, for instance schema: bargain/offer@1.",
    ),
    "unknown cluster": (
        ("cluster: financial", "cluster: finance"),
        "12:25: terms.fund.cluster: 'finance' is not a cluster that is known. "
        "Known: financial, frontier_ai, national_security, seat_at_table; perhaps 'financial' is meant.",
    ),
    "unknown timing": (
        ("cost: 6", "timing: condtional"),
        "12:82: terms.fund.timing: 'condtional' is not a timing that is known. "
        "Known: upfront, conditional, windfall; perhaps 'conditional' is meant.",
    ),
    "unknown backing": (
        ("kind: monitoring", "kind: monitor"),
        "21:10: backing.item 1.kind: 'monitor' is not a kind of backing that is known. "
        "Known: escrow, monitoring, guarantee, reputation; perhaps 'monitoring' is meant.",
    ),
    "backing without kind": (
        ("kind: monitoring, ", ""),
        "21:3: backing.item 1.kind: this key is missing. Write it, for instance kind: escrow.",
    ),
    "key of another backing": (
        ("of: Follower, detection", "of: Follower, amount: 3, detection"),
        "21:36: backing.monitoring.Follower.amount: 'amount' is not a key here. Known: kind, of, detection.",
    ),
    "revocable as text": (
        ("cost: 6", "revocable: no"),
        "12:85: terms.fund.revocable: the text 'no' stands where true or false is expected. Write false.",
    ),
    "id with a space": (
        ("id: fund", "id: my fund"),
        "12:10: terms.my fund.id: 'my fund' is not a name of a term. Names are of letters, digits, _ and -.",
    ),
    "id that is a number": (
        ("id: fund", "id: 7"),
        "12:10: terms.item 1.id: the number 7 stands where a text is expected. Put it in quotes.",
    ),
    "title that is a number": (
        ("'Paying for restraint'", "2024"),
        "3:8: title: the number 2024 stands where a text is expected. Put it in quotes.",
    ),
    "risk limit": (
        ("dominance: 0.8", "risk: better"),
        "24:35: limits.risk: 'better' is not a risk that is known. Known: not_worse.",
    ),
    "term to itself": (
        ("to: Follower", "to: Leader"),
        "12:54: terms.fund.to: the term goes from Leader to itself. A term has two ends; name another player.",
    ),
    "unknown player in a term": (
        ("from: Leader", "from: Leeder"),
        "12:42: terms.fund.from: 'Leeder' is not a player. Players: Leader, Follower; perhaps 'Leader' is meant.",
    ),
    "unknown player in backing": (
        ("by: Leader", "by: Outsider"),
        "22:22: backing.escrow.Outsider.by: 'Outsider' is not a player. Players: Leader, Follower.",
    ),
    "ask of an absent player": (
        ("Follower: refrain", "Follower: refrain, Outsider: race"),
        "10:44: asks.Outsider: 'Outsider' is not a player. Players: Leader, Follower.",
    ),
    "misspelt player in asks": (
        ("Follower: refrain", "Folower: refrain"),
        "10:25: asks.Folower: 'Folower' is not a player. Players: Leader, Follower; perhaps 'Follower' is meant.",
    ),
    "missing ask": (
        (", Follower: refrain", ""),
        "10:7: asks.Follower: nothing is asked of this player. "
        "Each player is asked one action; write for instance Follower: refrain.",
    ),
    "missing asks": (
        (ASKS, ""),
        "2:1: asks: this key is missing. asks: the action asked of each player; "
        "write it, for instance asks: {Leader: pause 6, Follower: refrain}.",
    ),
    "unknown action": (
        ("Follower: refrain", "Follower: refain"),
        "10:35: asks.Follower: 'refain' is not an action of Follower. "
        "Actions: refrain, race; perhaps 'refrain' is meant.",
    ),
    "disagreement with an unknown action": (
        ("disagreement: {}", "disagreement: {Leader: pause 3, Follower: run}"),
        "23:43: disagreement.Follower: 'run' is not an action of Follower. Actions: refrain, race.",
    ),
    "breakdown of some players": (
        ("disagreement: {}", "breakdown: {Leader: pause 3}"),
        "23:12: breakdown.Follower: the profile leaves this player out. "
        "A profile names every player, or none; write its action.",
    ),
    "dissolving where nobody signs": (
        ("disagreement: {}", "breakdown: dissolve"),
        "23:12: breakdown: nobody signs in the model 'lead_race', so there is no coalition that could dissolve. Here a "
        "breakdown is a profile; write the action of each player, or leave breakdown out: then an equilibrium is "
        "played.",
    ),
    "duplicate id": (
        ("id: compute", "id: fund"),
        "13:9: terms.fund.id: two terms are called 'fund'. Each id stands once; rename one.",
    ),
    "two statements of monitoring": (
        ("- {kind: escrow", "- {kind: monitoring, of: Follower, detection: 0.5}\n- {kind: escrow"),
        "22:26: backing.monitoring.Follower.of: the monitoring of Follower is stated twice. "
        "Amounts add, probabilities do not; keep one of them.",
    ),
    "windfall without hazard": (
        ("cost: 6", "timing: windfall"),
        "12:82: terms.fund.timing: the document states no hazard for this windfall. "
        "A windfall arrives with a stated hazard a period; add a line such as hazard: 0.1.",
    ),
    "weight without a seat": (
        ("cost: 6", "weight: 3"),
        "12:82: terms.fund.weight: a term of the cluster financial has a weight of 3. "
        "Only a seat_at_table has a weight; remove it, or change the cluster.",
    ),
    "seat without governance": (
        ("cluster: financial", "weight: 2, cluster: seat_at_table"),
        "12:24: terms.fund.weight: the document states no governance in which this seat has a weight. "
        "Add for instance governance: {quota: 60, weights: {Leader: 50, Follower: 30}}.",
    ),
    "range out of order": (
        ("mode: 1,", "mode: 3,"),
        "22:38: backing.escrow.Leader.amount: low 0, mode 3, high 2 are not in order. In a range low <= mode <= high.",
    ),
    "range with a low below the bound": (
        ("low: 0,", "low: -1,"),
        "22:44: backing.escrow.Leader.amount.low: -1 is negative. An amount is >= 0.",
    ),
    "range without a mode": (
        ("mode: 1, ", ""),
        "22:38: backing.escrow.Leader.amount.mode: this key is missing. "
        "mode: the value it is checked at; low <= mode <= high; write it, for instance mode: 6.",
    ),
    "range with text": (
        ("mode: 1,", "mode: '1',"),
        "22:53: backing.escrow.Leader.amount.mode: the text '1' stands where a number is expected. Remove the quotes.",
    ),
    "keys in place of a number": (
        ("value: 6", "value: {amount: 6}"),
        "12:71: terms.fund.value: keys with values stand where a number is expected. "
        "Write a number, or {low, mode, high, source}.",
    ),
    "unknown model": (
        ("model: lead_race", "model: led_race"),
        "5:8: model: 'led_race' is not an installed model. "
        f"Models: {', '.join(bg.models())}; "
        "perhaps 'lead_race' is meant.",
    ),
    "parameter out of range": (
        ("prize: 100", "accident_risk: 1.5"),
        "6:29: parameters.accident_risk: 1.5 is above 1. accident_risk is >= 0 and <= 1.",
    ),
    "range of a parameter out of range": (
        ("prize: 100", "accident_risk: {low: 0.1, mode: 0.5, high: 1.5}"),
        "6:57: parameters.accident_risk.high: 1.5 is above 1. accident_risk is >= 0 and <= 1.",
    ),
    "misspelt parameter": (
        ("prize: 100", "prise: 100"),
        f"6:14: parameters.prise: 'prise' is not a parameter of this model. {PARAMETERS}; perhaps 'prize' is meant.",
    ),
    "parameter as text": (
        ("prize: 100", "prize: '100'"),
        "6:21: parameters.prize: the text '100' stands where a number is expected. A prize is >= 0; remove the quotes.",
    ),
    "text in a list of numbers": (
        ("prize: 100", "pauses: [0, '6']"),
        "6:26: parameters.pauses.1: the text '6' stands where a number is expected. Remove the quotes.",
    ),
    "parameter refused by the model": (
        ("prize: 100", "pauses: [0, 6, 6]"),
        "6:22: parameters.pauses: each pause may be listed once; got 0, 6, 6.",
    ),
    "players among the parameters": (
        ("prize: 100", "players: 3"),
        "6:14: parameters.players: 'players' is not a parameter of this model. "
        f"{PARAMETERS}; write players at the top level.",
    ),
    "parameters in a list": (
        ("parameters: {prize: 100}", "parameters: [100]"),
        "6:13: parameters: a list stands where keys with values are expected. "
        "parameters: the model's own parameters; unstated ones take its defaults.",
    ),
    "anchor": (
        ("value: 6", "value: &six 6"),
        "12:71: terms.fund.value: &six shares a value between places. "
        "Anchors (&) and aliases (*) are not read; write the value out, or put a text in quotes.",
    ),
    "python tag": (
        ("'Paying for restraint'", "!!python/object/apply:os.system 'true'"),
        "3:8: title: the tag tag:yaml.org,2002:python/object/apply:os.system is not read. "
        "A document holds plain values only; remove the tag.",
    ),
    "half a character": (
        ("'Paying for restraint'", '"\\ud800"'),
        "3:8: title: the text holds half a character (a surrogate). Remove the escape that makes it.",
    ),
    "blank name": (
        ("  Leader:", "  ' ': {capability: 1, discount: 0}\n  Leader:"),
        '8:3: players."": the name is blank. Write a name.',
    ),
    "blank source": (
        ("disagreement: {}", "sources: [a book, 3, {id: B1, year: 1990}]"),
        "23:19: sources.item 2: the number 3 stands where a text is expected. Put it in quotes.\n"
        "offer.yaml:23:37: sources.item 3.year: the number 1990 stands where a text is expected. Put it in quotes.",
    ),
    "governance": (
        ("disagreement: {}", "governance: {quota: 0, weights: {Leader: -1}, index: banshaf}"),
        "23:21: governance.quota: 0 is not above 0. A quota is > 0.\n"
        "offer.yaml:23:42: governance.weights.Leader: -1 is negative. A number here is >= 0.\n"
        "offer.yaml:23:54: governance.index: 'banshaf' is not an index that is known. "
        "Known: shapley-shubik, banzhaf; perhaps 'banzhaf' is meant.",
    ),
    "punishment of half a period": (
        ("disagreement: {}", "punishment_periods: 2.5"),
        "23:21: punishment_periods: 2.5 is not a whole number. punishment_periods is >= 1 and <= 10000.",
    ),
}

WHOLE_TEXT = {
    "empty": (
        "",
        "1:1: the document is empty. An offer is keys with values; start with the line schema: bargain/offer@1.",
    ),
    "only a comment": (
        "# nothing\n",
        "1:1: the document is empty. An offer is keys with values; start with the line schema: bargain/offer@1.",
    ),
    "a list": (
        "- schema: bargain/offer@1\n",
        "1:1: the document holds a list, not keys with values. An offer is keys with values; "
        "start with the line schema: bargain/offer@1.",
    ),
    "a text": (
        "bargain\n",
        "1:1: the document holds the text 'bargain', not keys with values. An offer is keys with values; "
        "start with the line schema: bargain/offer@1.",
    ),
    "two documents": (
        "schema: bargain/offer@1\n---\nschema: bargain/offer@1\n",
        "2:1: a second document starts here. A file holds one document; put it in a file of its own.",
    ),
    "another YAML": (
        "%YAML 1.1\n---\nschema: bargain/offer@1\n",
        "2:1: the document says it is YAML 1.1. Documents are YAML 1.2; write %YAML 1.2, or remove the line.",
    ),
    "a YAML to come": (
        "%YAML 1.7\n---\nschema: bargain/offer@1\n",
        "1:1: the document names a version of YAML that is not read. Documents are YAML 1.2; remove the line %YAML.",
    ),
    "open bracket": (
        "asks: {Leader: pause 6\nterms: []\n",
        "2:6: this is not YAML: a comma or a closing bracket is missing. Close every { and [, part items by commas.",
    ),
    "open quote": ('title: "Fund\n', "2:1: this is not YAML: a quote is opened and not closed. Close it."),
    "tab": (
        "asks:\n\tLeader: race\n",
        "2:1: this is not YAML: a tab stands where spaces are expected. Indent with spaces.",
    ),
    "two colons": (
        "title: Fund: the second\n",
        "1:12: this is not YAML: a colon stands where no key is. Put texts that hold ': ' in quotes.",
    ),
    "indentation": (
        "asks:\n    Leader: race\n  Follower: race\n",
        "3:3: this is not YAML: the indentation does not fit the lines above. Align it with its section.",
    ),
    "control character": ("title: a\x07\n", "1:9: the character U+0007 cannot stand in a document. Remove it."),
    "impossible escape": (
        'title: "\\UFFFFFFFF"\n',
        "1:6: this is not YAML: an escape after this place names no character. Use single quotes.",
    ),
    "nested a thousand deep": (
        f"parameters: {'[' * 1000}{']' * 1000}\n",
        "1:62: parameters.0: is nested more than 50 levels deep.",
    ),
    "a thousand deep in lines": (
        "".join(f"{' ' * depth}a:\n" for depth in range(1000)),
        "51:51: a.a: is nested more than 50 levels deep.",
    ),
}

BLOCKS = """\
%YAML 1.2
---
schema: bargain/offer@1
title: |
  A fund

  for restraint
model: "lead_race"
parameters:
  pauses:
  - 0   # none
  -   6
  # the longest
  - 12
players:
  Leader:
    capability: 4
    discount: 0.9
  Follower: {"capability": 2, discount: 0.9,}
asks:
  ? Leader
  : pause 6
  Follower: refrain
terms:
  -
    id: fund
    cluster: financial
    from: Leader
    to: Follower
    value: 6
description: >+
  the end

...
# after
"""
