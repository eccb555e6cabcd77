"""The requirements of an offer as one linear system.

`check` evaluates its rows at the offer, `repair` and `design` solve linear programs over them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bargain._affine import Number
from bargain.agreement import Agreement
from bargain.checks import CHECKS, Row
from bargain.offers import Offer

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RequirementSystem:
    """The requirements of one offer: `matrix @ x + constants >= 0`, one row a name, one column a variable.

    `point` is the offer's own x; `tolerance` is the size below which a margin counts as zero.
    """

    rows: tuple[Row, ...]
    variables: tuple[str, ...]
    matrix: Vector
    constants: Vector
    point: Vector
    tolerance: float

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each row, see `Row.name`."""
        return tuple(row.name for row in self.rows)

    def slack(self, x: Sequence[float] | Vector | Mapping[str, float] | None = None) -> Vector:
        """Return the margin of every row at x (default: at the offer).

        Parameters
        ----------
        x : (n_variables,) array in the order of `variables`, or a mapping from paths, the rest as in the offer
        """
        if x is None:
            at = self.point
        elif isinstance(x, Mapping):
            if unknown := set(x) - set(self.variables):
                raise KeyError(f"no variable {', '.join(sorted(unknown))}; there are {', '.join(self.variables)}")
            at = np.array([x.get(name, old) for name, old in zip(self.variables, self.point, strict=True)])
        else:
            at = np.asarray(x, dtype=float)
        slack: Vector = self.matrix @ at + self.constants
        return slack

    def applies(self, x: Vector | None = None) -> npt.NDArray[np.bool_]:
        """Return which rows count at x (default: at the offer)."""
        at = self.point if x is None else x
        amounts: dict[str, Number] = dict(zip(self.variables, map(float, at), strict=True))
        return np.array([row.applies(amounts) for row in self.rows], dtype=bool)


def requirements(offer: Offer) -> RequirementSystem:
    """Return the requirements of an offer as a system of linear inequalities.

    For fixed asks, powers, detection probabilities and discount factors every requirement of
    docs/explanation/requirements.md is linear in the values, costs and escrows of the offer.

    Parameters
    ----------
    offer : Offer

    Returns
    -------
    RequirementSystem
        Margins in the document's unit a period; power and risk rows in shares and probabilities.

    Examples
    --------
    >>> import bargain as bg
    >>> system = bg.requirements(bg.read_offer("examples/lead_race/offer.yaml"))
    >>> margins = dict(zip(system.names, system.slack()))
    >>> round(float(margins["compliance[Follower:race@always]"]), 6)
    7.205076
    """
    return build_system(Agreement(offer))


def build_system(agreement: Agreement) -> RequirementSystem:
    """Return the requirements of an agreement whose payoffs are at hand."""
    rows = tuple(row for check in CHECKS for row in check.rows(agreement))
    variables = tuple(agreement.amounts)
    column = {name: j for j, name in enumerate(variables)}
    matrix = np.zeros((len(rows), len(variables)))
    for i, row in enumerate(rows):
        for name, slope in row.margin.slopes.items():
            matrix[i, column[name]] = slope
    constants = np.array([float(row.margin.constant) for row in rows])
    point = np.array([float(amount) for amount in agreement.amounts.values()])
    for array in (matrix, constants, point):
        array.setflags(write=False)
    return RequirementSystem(rows, variables, matrix, constants, point, tolerance(agreement))


def tolerance(agreement: Agreement) -> float:
    """Return the margin that counts as zero: 1e-9 of the largest payoff in sight, and of 1 at least."""
    capabilities = {agreement.base}
    capabilities.update(agreement.agreed(state) for state in agreement.states)
    capabilities.update(agreement.broken(state) for state in agreement.states)
    sizes = [float(np.abs(agreement.game(at).payoffs).max()) for at in capabilities]
    kept = (agreement.agreement_payoff(player).at(agreement.amounts) for player in agreement.players)
    return 1e-9 * max(1.0, *sizes, *(abs(float(payoff)) for payoff in kept))
