"""When many developers are safer than one, and how correlation undoes it."""

from __future__ import annotations

import bargain as bg
from bargain_models import BalanceOfPower

COUNTS = tuple(range(1, 22, 2))


def draw() -> bg.Picture:
    """Draw the chance of a good outcome over the number of equal developers."""
    cases = {
        "aligned with 80 %, failing independently": {},
        "aligned with 80 %, correlation one half": {"correlation": 0.5},
        "aligned with 80 %, all or none": {"correlation": 1.0},
        "aligned with 40 %, failing independently": {"aligned": 0.4},
    }
    chance = {
        words: [BalanceOfPower(**changes).chance_good([1] * count) for count in COUNTS]
        for words, changes in cases.items()
    }
    many = [own[-1] for own in chance.values()]
    return bg.plot_lines(
        list(COUNTS),
        chance,
        x_label="developers of equal power",
        y_label="chance that the aligned hold\nat least half of all power",
        title=f"{COUNTS[-1]} developers do well with a chance of {many[0]:.3f} if they fail independently, "
        f"{many[1]:.3f} at a correlation of one half and {many[3]:.3f} if each is aligned with 40 %",
    )
