"""Write docs/claims.md and its pictures anew: every claim tried on its model, about a minute."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bargain.plots import save_figure
from claims import figures, page

page.PAGE.write_text(page.text(), encoding="utf-8")
page.FIGURES.mkdir(exist_ok=True)
for name, (draw, _) in figures.PICTURES.items():
    save_figure(draw(), page.FIGURES / f"{name}.svg")
