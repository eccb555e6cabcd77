"""How much power can be handed over without a war, at once and in yearly steps."""

from __future__ import annotations

from pathlib import Path

import bargain as bg
from bargain_models import PowerTransition

folder = Path(__file__).parent
STEPS = range(1, 13)


def draw() -> bg.Picture:
    """Draw the largest gift of power that keeps the peace, unpaid, over the number of steps."""
    holders = {"a leader with all the bargaining power": 1.0, "a leader with none": 0.0}
    most = {words: [_most(steps, beta) for steps in STEPS] for words, beta in holders.items()}
    strong = most[next(iter(holders))]
    points = {
        words: (float(steps), bg.read_offer(folder / f"{name}.yaml").terms[0].power)
        for words, name, steps in (("too_fast.yaml", "too_fast", 1), ("in_steps.yaml", "in_steps", 10))
    }
    return bg.plot_lines(
        list(STEPS),
        most,
        x_label="yearly steps",
        y_label="largest gift of capability that keeps the peace\n(the leader has 4, the rising state 1)",
        title=f"At once {strong[0]:.2f} can be given without a war, in {STEPS[-1]} steps {strong[-1]:.2f}",
        points=points,
    )


def _most(steps: int, bargaining_power: float) -> float:
    model = PowerTransition(p=(0.2,), phase_in=steps, decliner_power=bargaining_power)
    low, high = 0.0, 64.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if model.course((4.0, 1 + middle)).war is None else (low, middle)
    return low
