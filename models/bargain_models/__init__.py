"""Payoff models for offers between states, one file a model; each is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bargain_models.ai_divide import AiDivide
    from bargain_models.balance_of_power import BalanceOfPower
    from bargain_models.capacity_club import CapacityClub
    from bargain_models.complementarity import Complementarity
    from bargain_models.domain_cooperation import DomainCooperation
    from bargain_models.lead_race import LeadRace
    from bargain_models.monitored_access import MonitoredAccess
    from bargain_models.power_transition import PowerTransition
    from bargain_models.relationship_linkage import RelationshipLinkage
    from bargain_models.resource_heterogeneity import ResourceHeterogeneity
    from bargain_models.safe_coalition import SafeCoalition
    from bargain_models.safety_race import SafetyRace
    from bargain_models.shared_vision import SharedVision
    from bargain_models.strategic_vigilance import StrategicVigilance
    from bargain_models.table import Table
    from bargain_models.windfall_promise import WindfallPromise

__all__ = [
    "AiDivide",
    "BalanceOfPower",
    "CapacityClub",
    "Complementarity",
    "DomainCooperation",
    "LeadRace",
    "MonitoredAccess",
    "PowerTransition",
    "RelationshipLinkage",
    "ResourceHeterogeneity",
    "SafeCoalition",
    "SafetyRace",
    "SharedVision",
    "StrategicVigilance",
    "Table",
    "WindfallPromise",
]

_HOME = {
    "AiDivide": "ai_divide",
    "BalanceOfPower": "balance_of_power",
    "CapacityClub": "capacity_club",
    "Complementarity": "complementarity",
    "DomainCooperation": "domain_cooperation",
    "LeadRace": "lead_race",
    "MonitoredAccess": "monitored_access",
    "PowerTransition": "power_transition",
    "ResourceHeterogeneity": "resource_heterogeneity",
    "SafeCoalition": "safe_coalition",
    "SafetyRace": "safety_race",
    "StrategicVigilance": "strategic_vigilance",
    "RelationshipLinkage": "relationship_linkage",
    "SharedVision": "shared_vision",
    "Table": "table",
    "WindfallPromise": "windfall_promise",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bargain_models' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"bargain_models.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
