"""The nucleolus and its kin: the allocation whose largest excesses are least.

The nucleolus minimises the excesses of all coalitions in lexicographic order, the largest first. Every answer carries
the levels of Kohlberg's criterion as a certificate that it is checked by.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from bargain._exact_levels import solve_levels_exactly
from bargain._levels import Level, Outcome, solve_levels
from bargain.certificates import KohlbergCertificate
from bargain.findings import number
from bargain.games import Floats
from bargain.tu import (
    EXACT_PLAYERS,
    TOLERANCE,
    Allocation,
    CoalitionalGame,
    NoAllocation,
    Worths,
    as_game,
    tie,
)


@dataclass(frozen=True, eq=False)
class Nucleolus(Allocation):
    """A nucleolus, with the certificate that it is one.

    `game`, `solution`, `payoffs`, `exact` and `again` are those of `Allocation`.

    Attributes
    ----------
    certificate : KohlbergCertificate
        Level by level, the coalitions whose excess is largest of those not settled, and the weights that prove that
        none of them can get more without another getting less.
    """

    certificate: KohlbergCertificate = field(kw_only=True, repr=False)

    def residual(self) -> float:
        """Return the most by which the payoffs miss v(N) or an excess of the certificate, recomputed."""
        return self.certificate.residual()

    def verify(self) -> bool:
        """Whether the certificate proves the allocation right."""
        return self.certificate.verify()

    def to_dict(self) -> dict[str, Any]:
        """Return the allocation and its certificate as plain data."""
        return {**super().to_dict(), "certificate": self.certificate.to_dict()}


def nucleolus(v: Worths) -> Nucleolus | NoAllocation:
    """Return the nucleolus: among the imputations, the one whose excesses are least, the largest first.

    An imputation shares v(N) and gives nobody less than it is worth alone. The nucleolus lies in the core if there is
    one, in the kernel, and in the bargaining set.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Nucleolus, or NoAllocation if v(N) is less than the players make alone, so that there is no imputation

    Raises
    ------
    GameError   for worths that make no game

    Notes
    -----
    A linear program for each level, its rows generated as needed and kept in HiGHS from level to level, and the
    common solution of all levels by least squares. In rationals where worths are rational and n is at most 10.

    References
    ----------
    Schmeidler, D. (1969). The nucleolus of a characteristic function game. SIAM Journal on Applied Mathematics 17,
    1163-1170.
    Kohlberg, E. (1971). On the nucleolus of a characteristic function game. SIAM Journal on Applied Mathematics 20,
    62-66.
    Aumann, R. J., Maschler, M. (1985). Game theoretic analysis of a bankruptcy problem from the Talmud. Journal of
    Economic Theory 36, 195-213: the example.

    Examples
    --------
    Claims of 100, 200 and 300 on an estate of 200.

    >>> import bargain as bg
    >>> division = bg.nucleolus([0, 0, 0, 0, 0, 0, 100, 200])
    >>> print(division)
    Nucleolus: player 1 50, player 2 75, player 3 75
    >>> division.verify()
    True
    >>> print(bg.nucleolus([0, 2, 2, 3]))
    Nucleolus: none. There is no imputation: alone the players make 4, together 3. The prenucleolus exists.
    """
    return _solve(as_game(v), "Nucleolus", per_capita=False, imputations=True)


def prenucleolus(v: Worths) -> Nucleolus | NoAllocation:
    """Return the prenucleolus: the nucleolus among all divisions of v(N), whatever players make alone.

    It always exists; NoAllocation is returned only if a linear program did not finish.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths

    Returns
    -------
    Nucleolus or NoAllocation

    Raises
    ------
    GameError   for worths that make no game

    References
    ----------
    Sobolev, A. I. (1975). The characterization of optimality principles in cooperative games by functional equations.
    Peleg, B., Sudhoelter, P. (2007). Introduction to the theory of cooperative games, example 5.5.12.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.prenucleolus([0, 0, 0, 10, 0, 0, 0, 2]))
    Prenucleolus: player 1 3, player 2 3, player 3 -4
    """
    return _solve(as_game(v), "Prenucleolus", per_capita=False, imputations=False)


def per_capita_nucleolus(v: Worths, imputations: bool = True) -> Nucleolus | NoAllocation:
    """Return the nucleolus for excesses counted a head, (v(S) - x(S)) / |S|.

    Parameters
    ----------
    v : CoalitionalGame or (2**n,) array of worths
    imputations : bool
        Whether nobody may get less than it is worth alone; False gives the per-capita prenucleolus.

    Returns
    -------
    Nucleolus, or NoAllocation where there is no imputation

    Raises
    ------
    GameError   for worths that make no game

    References
    ----------
    Grotte, J. H. (1970). Computation of and observations on the nucleolus, and the central games.

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.per_capita_nucleolus([0, 0, 0, 4, 0, 0, 0, 6]))
    Per-capita nucleolus: player 1 8/3, player 2 8/3, player 3 2/3
    """
    name = "Per-capita nucleolus" if imputations else "Per-capita prenucleolus"
    return _solve(as_game(v), name, per_capita=True, imputations=imputations)


def _solve(game: CoalitionalGame, name: str, *, per_capita: bool, imputations: bool) -> Nucleolus | NoAllocation:
    n = game.n_players
    singles = game.best[[1 << i for i in range(n)]]
    spare = game.best[-1] - singles.sum()
    slack = 0 if game.decides_exactly else tie(game)
    if imputations and spare < -slack:
        return NoAllocation(
            game,
            name,
            f"There is no imputation: alone the players make {number(float(singles.sum()))}, together "
            f"{number(float(game.best[-1]))}. The {name.lower().replace('nucleolus', 'prenucleolus')} "
            "exists.",
        )
    if n == 1 or (imputations and spare <= slack):
        ones = (Fraction(1),) * n
        levels = (Level(float("inf"), (), (), tuple(range(n)), ones),) if n > 1 else ()
        outcome = Outcome([share + spare / n for share in singles], None, levels)
        return _certified(game, name, outcome, per_capita, imputations)
    if not game.decides_exactly:
        outcome = solve_levels(game, per_capita=per_capita, floors=imputations)
        if outcome.payoffs is not None:
            answer = _certified(game, name, outcome, per_capita, imputations)
            if answer.residual() <= TOLERANCE * game.scale:
                return answer
        if n > EXACT_PLAYERS:
            return NoAllocation(game, name, "The linear programs did not finish. Please report the game.")
    outcome = solve_levels_exactly(game, per_capita=per_capita, floors=imputations)
    return _certified(game, name, outcome, per_capita, imputations)


def _certified(game: CoalitionalGame, name: str, outcome: Outcome, per_capita: bool, imputations: bool) -> Nucleolus:
    payoffs = tuple(outcome.payoffs)
    exact = tuple(Fraction(share) for share in payoffs) if game.decides_exactly else None
    levels = outcome.levels
    if exact is None:
        payoffs = tuple(float(share) for share in payoffs)
        levels = tuple(
            Level(float(own.excess), own.coalitions, own.weights, own.floors, own.floor_weights) for own in levels
        )
    floats: Floats = np.array([float(share) for share in payoffs])
    floats.flags.writeable = False
    certificate = KohlbergCertificate(game, exact or payoffs, levels, per_capita, imputations)
    return Nucleolus(game, name, floats, exact, certificate=certificate)
