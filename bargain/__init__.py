"""Check, repair and design offers to share the benefits of advanced AI.

`import bargain` loads nothing but the standard library: every public name is looked up on first use (PEP 562).
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "BargainError": "errors",
    "DocumentError": "errors",
    "Fault": "errors",
    "SolverError": "errors",
    "GameError": "games",
    "NormalFormGame": "games",
    "read_nfg": "nfg",
    "write_nfg": "nfg",
    "Model": "model",
    "parameter": "model",
    "models": "registry",
    "load_model": "registry",
    "Offer": "offers",
    "Term": "offers",
    "read_offer": "documents",
    "parse_offer": "documents",
    "make_offer": "documents",
    "write_offer": "documents",
    "offer_text": "documents",
    "offer_schema": "documents",
    "Finding": "findings",
    "Verdict": "findings",
    "power_shares": "power",
    "power_shift": "power",
    "power_intensity": "power",
    "sharing_kind": "power",
    "voting_power": "coalitional",
    "nash_equilibria": "strategic",
    "pure_equilibria": "strategic",
    "regret": "strategic",
    "Equilibrium": "strategic",
    "EquilibriumSet": "strategic",
    "requirements": "system",
    "RequirementSystem": "system",
    "offer_game": "agreement",
    "check": "verdict",
    "repair": "repairs",
    "design": "repairs",
    "Repair": "repairs",
    "Design": "repairs",
    "credibility_frontier": "frontier",
    "sensitivity": "assumptions",
    "explain": "working",
    "Explanation": "working",
    "Frontier": "frontier",
    "Sensitivity": "assumptions",
}
"""Public name -> the module it lives in."""

__all__ = ["__version__", *_HOME]


def __getattr__(name: str) -> Any:
    try:
        module = _HOME[name]
    except KeyError:
        raise AttributeError(f"module 'bargain' has no attribute {name!r}") from None
    value = getattr(importlib.import_module(f"bargain.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
