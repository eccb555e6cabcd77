"""The requirements of an offer as one linear system.

`check` evaluates its rows at the offer, `repair` and `design` solve linear programs over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from bargain._affine import Number
from bargain.agreement import Agreement
from bargain.blocking import Coalitions
from bargain.checks import CHECKS, Row, no_blocking_coalition
from bargain.offers import Offer

Vector = npt.NDArray[np.float64]


ALL_COALITIONS = 6
"""Players up to which the row of every coalition is in the system from the start."""
MOST_TIES = 1024
"""Coalitions whose margin is a tie that are decided one by one; of more, the others count as ties."""


@dataclass(frozen=True)
class RequirementSystem:
    """The requirements of one offer: `matrix @ x + constants >= 0`.

    The rows of `no_blocking_coalition` are all here for up to six players. Beyond that the system has the rows in
    use: those of the coalitions with least margins at the offer. `violated(x)` writes the others that matter at
    another point, and `with_rows` takes them in.

    Attributes
    ----------
    rows : tuple of m Row
        The inequalities one by one, each with its check, player, deviation and unit.
    variables : tuple of k str
        Paths of the offer's amounts, x.
    matrix, constants : (m, k) and (m,) read-only arrays
        Margins are in the rows' units.
    point : (k,) read-only array
        The offer's own x.
    tolerance : float
        The size below which a margin counts as zero.
    coalitions : Coalitions
        The margins of all coalitions, from which further rows are written.
    """

    rows: tuple[Row, ...]
    variables: tuple[str, ...]
    matrix: Vector
    constants: Vector
    point: Vector
    tolerance: float
    coalitions: Coalitions = field(repr=False, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each row, see `Row.name`."""
        return tuple(row.name for row in self.rows)

    @property
    def complete(self) -> bool:
        """Whether no row is left out."""
        return bool(self.coalitions.absent) or len(self._known) == len(self.coalitions.proper)

    @property
    def _known(self) -> tuple[int, ...]:
        return tuple(row.coalition for row in self.rows if row.coalition)

    def at(self, x: Sequence[float] | Vector | Mapping[str, float] | None) -> Vector:
        """Return a point as an array (default: the offer's own).

        Parameters
        ----------
        x : (n_variables,) array in the order of `variables`, or a mapping from paths, the rest as in the offer

        Returns
        -------
        (n_variables,) array of float

        Raises
        ------
        KeyError   for a path that is no variable
        """
        if x is None:
            return self.point
        if isinstance(x, Mapping):
            if unknown := set(x) - set(self.variables):
                raise KeyError(f"no variable {', '.join(sorted(unknown))}; there are {', '.join(self.variables)}")
            return np.array([x.get(name, old) for name, old in zip(self.variables, self.point, strict=True)])
        return np.asarray(x, dtype=float)

    def slack(self, x: Sequence[float] | Vector | Mapping[str, float] | None = None) -> Vector:
        """Return the margin of every row in use at x, as `at` takes it (default: at the offer).

        Parameters
        ----------
        x : as for `at`, optional

        Returns
        -------
        (n_rows,) array of float
            A row holds where its margin is at or above zero.
        """
        slack: Vector = self.matrix @ self.at(x) + self.constants
        return slack

    def applies(self, x: Vector | None = None) -> npt.NDArray[np.bool_]:
        """Return which rows count at x (default: at the offer).

        Parameters
        ----------
        x : (n_variables,) array, optional

        Returns
        -------
        (n_rows,) array of bool
        """
        amounts: dict[str, Number] = dict(zip(self.variables, map(float, self.at(x)), strict=True))
        return np.array([row.applies(amounts) for row in self.rows], dtype=bool)

    def violated(
        self,
        x: Sequence[float] | Vector | Mapping[str, float] | None = None,
        below: float | Vector | None = None,
        most: int | None = None,
    ) -> tuple[Row, ...]:
        """Write rows that are not in use and whose margin at x is below a bound, the least margin first.

        Parameters
        ----------
        x : as `at` takes it (default: the offer's own)
        below : the bound, one for all or a (2**n,) array of one for each; minus the tolerance unless stated
        most : how many rows at most, each from another part of all coalitions; three a player unless stated

        Returns
        -------
        tuple of rows, empty where no coalition's margin is below the bound
        """
        if self.complete:
            return ()
        found = self.coalitions
        bound = -self.tolerance if below is None else below
        count = 3 * found.n if most is None else most
        return tuple(
            no_blocking_coalition(found, mask)
            for mask in found.nearest(found.margins(self.at(x)), bound, count, self._known)
        )

    def with_rows(self, rows: Sequence[Row]) -> RequirementSystem:
        """Return the system with more rows in use.

        Parameters
        ----------
        rows : sequence of Row

        Returns
        -------
        RequirementSystem
        """
        matrix, constants = _arrays(rows, self.variables)
        return replace(
            self,
            rows=(*self.rows, *rows),
            matrix=_read_only(np.vstack([self.matrix, matrix])),
            constants=_read_only(np.concatenate([self.constants, constants])),
        )

    def with_turns(self, path: str, low: float, high: float) -> RequirementSystem:
        """Return the system with the rows of every coalition that turns first as one amount goes from low to high.

        The least margin of all coalitions is a concave function of the amount. From each point at which it is below
        zero the worst coalition's own zero leads closer to where it crosses zero, and to another coalition.

        Parameters
        ----------
        path : str
            The variable that moves.
        low, high : float

        Returns
        -------
        RequirementSystem
        """
        system, j = self, self.variables.index(path)
        points, seen = [low, float(self.point[j]), high], set[float]()
        while points and not self.complete:
            x = self.point.copy()
            x[j] = points.pop()
            seen.add(float(x[j]))
            system = system.with_rows(system.violated(x, most=1))
            margins = np.where([row.coalition > 0 for row in system.rows], system.slack(x), np.inf)
            worst = int(margins.argmin())
            slope = float(system.matrix[worst, j])
            if margins[worst] < -self.tolerance and slope:
                zero = float(x[j] - margins[worst] / slope)
                points += [zero] if low < zero < high and zero not in seen else []
        return system


def requirements(offer: Offer) -> RequirementSystem:
    """Return the requirements of an offer as a system of linear inequalities.

    For fixed asks, powers, detection probabilities and discount factors every requirement
    that `check` evaluates is linear in the values, costs and escrows of the offer.

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
    coalitions, variables = Coalitions(agreement), tuple(agreement.amounts)
    point = _read_only(np.array([float(amount) for amount in agreement.amounts.values()]))
    rounding = tolerance(agreement)
    masks: Iterable[int] = ()
    if coalitions.n <= ALL_COALITIONS and not coalitions.absent:
        masks = coalitions.proper
    elif not coalitions.absent:
        margins = coalitions.margins(point)
        near = coalitions.nearest(margins, np.inf, 3 * coalitions.n)
        masks = dict.fromkeys((*near, *coalitions.ties(margins, rounding, MOST_TIES)))
    rows: list[Row] = []
    for check in CHECKS:
        rows += check.rows(agreement) if check.rows else (no_blocking_coalition(coalitions, mask) for mask in masks)
    matrix, constants = map(_read_only, _arrays(rows, variables))
    return RequirementSystem(tuple(rows), variables, matrix, constants, point, rounding, coalitions)


def _arrays(rows: Sequence[Row], variables: Sequence[str]) -> tuple[Vector, Vector]:
    """The slopes of rows, (m, n_variables), and their constants."""
    column = {name: j for j, name in enumerate(variables)}
    matrix = np.zeros((len(rows), len(variables)))
    for i, row in enumerate(rows):
        for name, slope in row.margin.slopes.items():
            matrix[i, column[name]] = slope
    return matrix, np.array([float(row.margin.constant) for row in rows])


def _read_only(array: Vector) -> Vector:
    array.setflags(write=False)
    return array


def tolerance(agreement: Agreement) -> float:
    """Return the margin that counts as zero: 1e-9 of the largest payoff in sight, and of 1 at least."""
    capabilities = {agreement.base}
    capabilities.update(agreement.without(state) for state in agreement.states)
    capabilities.update(agreement.agreed(state) for state in agreement.states)
    capabilities.update(agreement.broken(state) for state in agreement.states)
    sizes = map(agreement.scale, capabilities)
    kept = (agreement.agreement_payoff(player).at(agreement.amounts) for player in agreement.players)
    return 1e-9 * max(1.0, *sizes, *(abs(float(payoff)) for payoff in kept))
