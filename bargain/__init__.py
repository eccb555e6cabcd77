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
    "characteristic_function": "characteristic",
    "CoalitionalGame": "tu",
    "shapley_value": "values",
    "banzhaf_value": "values",
    "tau_value": "values",
    "owen_value": "values",
    "aumann_dreze": "values",
    "myerson_value": "values",
    "dividends": "properties",
    "excess": "properties",
    "is_convex": "properties",
    "is_superadditive": "properties",
    "is_monotone": "properties",
    "core": "cores",
    "least_core": "cores",
    "is_in_core": "cores",
    "is_balanced": "cores",
    "cost_of_stability": "cores",
    "nucleolus": "nucleoli",
    "prenucleolus": "nucleoli",
    "per_capita_nucleolus": "nucleoli",
    "kernel_point": "nucleoli",
    "prekernel_point": "nucleoli",
    "maximum_surplus": "nucleoli",
    "is_in_kernel": "nucleoli",
    "is_in_prekernel": "nucleoli",
    "is_in_bargaining_set": "nucleoli",
    "nash_equilibria": "strategic",
    "pure_equilibria": "strategic",
    "regret": "strategic",
    "Equilibrium": "strategic",
    "EquilibriumSet": "strategic",
    "requirements": "system",
    "RequirementSystem": "system",
    "MembershipGame": "coalitions",
    "SymmetricMembershipGame": "coalitions",
    "PartitionGame": "structures",
    "coalition_structures": "structures",
    "stability": "membership",
    "Stability": "membership",
    "stable_sizes": "membership",
    "farsighted_stable": "membership",
    "FarsightedStability": "membership",
    "farsighted_sizes": "membership",
    "sharing_scheme": "transfers",
    "least_cost_transfers": "transfers",
    "gamma_core_transfers": "transfers",
    "credible_caps": "transfers",
    "outside_money": "transfers",
    "best_coalition": "transfers",
    "TransferScheme": "transfers",
    "buy_in": "recruitment",
    "BuyIn": "recruitment",
    "affordable_sizes": "recruitment",
    "partition_worths": "partition",
    "stable_structures": "partition",
    "StableStructures": "partition",
    "partition_value": "partition",
    "merged_game": "partition",
    "nash_bargaining": "bargaining",
    "kalai_smorodinsky": "bargaining",
    "egalitarian": "bargaining",
    "utilitarian": "bargaining",
    "BargainingSolution": "bargaining",
    "ConvexSet": "bargaining",
    "pareto_frontier": "pareto",
    "k_implementation": "implementation",
    "implementation_costs": "implementation",
    "Implementation": "implementation",
    "offer_game": "offer_games",
    "plot_core": "plots",
    "core_vertices": "plots",
    "plot_stability": "plots",
    "plot_margins": "plots",
    "plot_frontier": "plots",
    "save_figure": "plots",
    "Picture": "plots",
    "concentration": "power",
    "gini": "power",
    "critical_discount_factor": "triggers",
    "CriticalFactor": "triggers",
    "minmax_payoffs": "triggers",
    "MinmaxPayoffs": "triggers",
    "carrot_and_stick": "triggers",
    "CarrotAndStick": "triggers",
    "equilibrium_payoff_set": "payoff_sets",
    "PayoffSet": "payoff_sets",
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
