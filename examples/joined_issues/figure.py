"""The patience that restraint in the race needs, alone and joined, from rivals to friends."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import bargain as bg

folder = Path(__file__).parent


def draw() -> bg.Picture:
    """Draw the follower's critical discount factor over the affinity of the two states."""
    affinities = np.linspace(-0.2, 0.2, 9)
    titles = {"offer": "three issues joined", "race_alone": "the race alone; left of this line no patience is enough"}
    needed = {}
    for name, words in titles.items():
        data = bg.read_offer(folder / f"{name}.yaml").data
        needed[words] = [_needed(data, float(affinity)) for affinity in affinities]
    return bg.plot_lines(
        affinities,
        needed,
        x_label="affinity: what a unit of the other's payoff is worth to a state (rivals below 0, friends above)",
        y_label="critical discount factor\nof the follower",
        title="Joined with two easier issues, restraint in the race needs less patience, except among close friends",
        points={"the offer": (0.0, bg.read_offer(folder / "offer.yaml").number("players.Follower.discount"))},
    )


def _needed(data: dict[str, object], affinity: float) -> float:
    each_other = {"Leader": {"Follower": affinity}, "Follower": {"Leader": affinity}}
    factor = bg.check(bg.make_offer({**data, "affinity": each_other})).critical_discount_factors["Follower"]
    return float("nan") if factor is None else factor
