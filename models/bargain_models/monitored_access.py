"""Monitored access to frontier models: who misuses it, who watches, and what the benefit does to both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from bargain.model import Model, Number, parameter

if TYPE_CHECKING:
    import sympy


class MonitoredAccess(Model):
    """A provider withholds access, monitors it, or grants it on trust; the recipient may misuse it.

    Access is worth w to the provider and v to a recipient that complies. Misuse that goes unseen gains the
    recipient d more and costs the provider D. Monitoring costs kappa and stops misuse with probability q, at
    a sanction F.

    Examples
    --------
    >>> MonitoredAccess().payoff((1, 1), (1.0, 1.0))  # monitor, misuse
    (3.7, 0.19999999999999973)
    """

    name: ClassVar[str] = "monitored_access"
    question: ClassVar[str] = (
        "How much monitoring does access to frontier models need, and does granting it pay the provider?"
    )
    citation: ClassVar[str] = (
        "Avenhaus, von Stengel & Zamir (2002), Inspection games, Handbook of Game Theory vol. 3; monitored "
        "access for steps against proliferation: Justen (2024), Sharing the AI windfall."
    )
    limits: ClassVar[str] = (
        "One grant of access, weighed at once by both; monitoring never accuses the innocent; capabilities "
        "matter only through the power term."
    )
    roles: ClassVar[tuple[str, ...]] = ("provider", "recipient")
    default_capabilities: ClassVar[tuple[float, ...]] = (4.0, 1.0)

    access_value: float = parameter(2.0, "Worth of access to a recipient that complies", unit="payoff per period", ge=0)
    misuse_gain: float = parameter(3.0, "What unseen misuse adds to it", unit="payoff per period", ge=0)
    detection: float = parameter(0.8, "Chance that monitoring sees and stops misuse", unit="probability", ge=0, le=1)
    sanction: float = parameter(1.0, "What the recipient loses when misuse is seen", unit="payoff per period", ge=0)
    provider_value: float = parameter(5.0, "Worth to the provider of access being used", unit="payoff per period", ge=0)
    monitoring_cost: float = parameter(0.5, "What monitoring costs", unit="payoff per period", ge=0)
    misuse_damage: float = parameter(4.0, "What unseen misuse costs the provider", unit="payoff per period", ge=0)

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `withhold`, `monitor`, `trust` for the provider, `comply`, `misuse` for the recipient."""
        return ("withhold", "monitor", "trust"), ("comply", "misuse")

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return the provider's and the recipient's payoff at one profile, without the power term."""
        access, misuse = profile
        if access == 0:
            return 0, 0
        monitor = access == 1
        seen = self.detection * monitor
        provider = self.provider_value - self.monitoring_cost * monitor
        if not misuse:
            return provider, self.access_value
        return (
            provider - (1 - seen) * self.misuse_damage,
            (1 - seen) * (self.access_value + self.misuse_gain) - seen * self.sanction,
        )

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return one symbol a parameter, by name."""
        import sympy

        return {name: sympy.Symbol(name, nonnegative=True) for name in cls.parameter_names()}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of the access stage and the conditions for withholding.

        The mixed equilibrium of the access stage exists where monitoring costs less than the first threshold
        and the sanction exceeds the second.
        """
        import sympy

        s = cls.symbols()
        v, d, q, w = s["access_value"], s["misuse_gain"], s["detection"], s["provider_value"]
        sanction, kappa, damage = s["sanction"], s["monitoring_cost"], s["misuse_damage"]
        watched = d / (q * (v + d + sanction))
        return {
            "monitoring cost below which misuse is worth monitoring": q * damage,
            "sanction above which certain monitoring deters misuse": d / q - v - d,
            "probability of misuse": kappa / (q * damage),
            "probability of monitoring": watched,
            "provider's payoff": w - kappa / q,
            "recipient's payoff": v,
            "provider's payoff if it commits to that monitoring": w - kappa * watched,
            "greatest provider value at which withholding against misuse is an equilibrium": sympy.Min(
                damage, kappa + (1 - q) * damage
            ),
            "provider value below which withholding is the only outcome": kappa / q,
        }
