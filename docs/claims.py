"""Write docs/claims.md anew: every claim tried on its model, about a minute."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from claims import page

page.PAGE.write_text(page.text(), encoding="utf-8")
