"""A coalition for safe development: who joins, how much it does, and what benefits bring others in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from bargain.coalitions import (
    Coalition,
    Floats,
    MembershipGame,
    coalition_mask,
    coalition_sizes,
)
from bargain.features import LinearPayoffs
from bargain.model import Model, Number, parameter
from bargain.structures import PartitionGame, coalition_structures, structure_blocks
from bargain.symmetric import SymmetricMembershipGame
from bargain.tu import subset_sums
from bargain_models._quadratic import Form, fixed_point, members_of, responses, solve

if TYPE_CHECKING:
    import sympy

Amount = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Positive = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
Share = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
Amounts = Amount | tuple[Amount, ...]
Positives = Positive | tuple[Positive, ...]

PER_STATE = ("benefit", "cost", "alpha", "beta", "phi", "d", "member_exposure")
"""The parameters that are one number for all states, or one each."""
CHUNK = 1 << 13
"""Coalitions or structures in a batch: few enough for the processor's cache."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What every state does and gets under one coalition.

    Attributes
    ----------
    coalition : bit mask of the members
    efforts : (n,) read-only array, safety effort of each state, or what it emits in the emissions form
    payoffs : (n,) read-only array
    """

    coalition: int
    efforts: Floats
    payoffs: Floats

    @property
    def total(self) -> float:
        """All efforts together."""
        return float(self.efforts.sum())


class SafeCoalition(Model):
    r"""States choose how much they do for safety; those in the coalition choose together.

    Effort :math:`a_i \ge 0` costs :math:`c_i a_i^2 / 2` and everyone benefits from the sum A:
    :math:`b_i A` (`benefits: linear`) or :math:`b_i (\bar a A - A^2/2)` (`quadratic`). In the form `emissions` each
    state races, :math:`e_i \ge 0`, for a private gain :math:`\alpha_i e_i - \beta_i e_i^2/2` and endangers all by
    :math:`d_i E + \phi_i E^2/2`. The coalition maximises the sum of its members' payoffs, everyone else its own:
    at the same time (`moves: simultaneous`, Cournot), or after the coalition (`stackelberg`).

    In a coalition of two or more a state may be less exposed to the danger (`member_exposure`): a club good, such
    as access to defensive technology, that only members have.

    Examples
    --------
    >>> model = SafeCoalition(benefit=(4.0, 2.0, 1.0, 1.0, 0.5), cost=(4.0, 1.0, 0.5, 1.0, 0.25))
    >>> game = model.membership()
    >>> from bargain.membership import stability
    >>> stability(game).stable, stability(game).surplus[game.mask([0, 2, 3, 4])].item()
    ((), 6.15625)
    """

    name: ClassVar[str] = "safe_coalition"
    question: ClassVar[str] = (
        "Which states form a coalition for safe development, and what would bring more of them in?"
    )
    citation: ClassVar[str] = (
        "Barrett (1994), Self-enforcing international environmental agreements; Carraro & Siniscalco (1993), "
        "Strategies for the international protection of the environment; for the emissions form Chander & Tulkens "
        "(1997), The core of an economy with multilateral environmental externalities, and Li & Rus (2019), Climate "
        "change adaptation and international mitigation agreements with heterogeneous countries. Use case 1 of "
        "Justen (2024), Sharing the AI windfall."
    )
    limits: ClassVar[str] = (
        "One coalition at a time, formed once; its members act as one and keep their word; capabilities count only "
        "through the power term. The numbers of the default calibration are assumptions."
    )
    rational: ClassVar[bool] = False
    meanings: ClassVar[Mapping[str, str]] = {
        "states": "number of states, all alike",
        "size": "number of those in the coalition",
    }
    roles: ClassVar[tuple[str, ...]] = ("state",)
    more_players: ClassVar[bool] = True
    signs: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0,)

    benefits: Literal["linear", "quadratic", "emissions"] = parameter(
        "linear", "How benefits grow with all effort together; or the form in which states emit", unit="form"
    )
    moves: Literal["simultaneous", "stackelberg"] = parameter(
        "simultaneous", "Whether the coalition moves with everyone else or first", unit="order of moves"
    )
    benefit: Positives = parameter(
        1, "Benefit of a unit of effort, or its slope in the quadratic form", unit="payoff per unit of effort"
    )
    cost: Positives = parameter(1, "Slope of the marginal cost of effort", unit="payoff per squared unit")
    target: Positive = parameter(100.0, "Total effort beyond which more is no use, quadratic form", unit="effort")
    alpha: Amounts = parameter(
        20, "Private gain of the first unit emitted, emissions form", unit="payoff per unit emitted"
    )
    beta: Positives = parameter(1, "How fast that gain falls with each unit", unit="payoff per squared unit emitted")
    phi: Amounts = parameter(0, "Slope of the marginal damage", unit="payoff per squared unit emitted")
    d: Amounts = parameter(0, "Marginal damage of the first unit of all emissions", unit="payoff per unit emitted")
    member_exposure: Share | tuple[Share, ...] = parameter(
        1, "Share of the damage that a state bears as one of two or more members, emissions form", unit="share"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_state_for_each_number(cls, data: Any) -> Any:
        """Name as many states as the longest parameter has numbers, five where none tells."""
        if not isinstance(data, Mapping) or data.get("players"):
            return data
        count = max((len(data[key]) for key in PER_STATE if isinstance(data.get(key), list | tuple)), default=5)
        return {**data, "players": tuple(f"State {i + 1}" for i in range(count))}

    @model_validator(mode="after")
    def _parameters_fit(self) -> Self:
        for name in PER_STATE:
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != len(self.players):
                raise ValueError(f"{name} has {len(value)} numbers for {len(self.players)} states; give one or all")
        if self.benefits == "emissions":
            if not (np.any(self._vector("phi")) or np.any(self._vector("d"))):
                raise ValueError("the emissions form needs damages: give phi, d or both above zero")
        elif np.any(self._vector("member_exposure") != 1):
            raise ValueError(f"member_exposure below 1 belongs to benefits: emissions, not {self.benefits}")
        return self

    def membership(self, capabilities: Sequence[Number] | None = None) -> MembershipGame:
        """Return the payoffs of all 2**n coalitions; they do not depend on capabilities.

        Totals come in closed form from sums over subsets; coalitions under which some state does nothing are solved
        again. Two numbers are held for each coalition, not n.
        """
        self.capabilities(capabilities)
        form, n, leads = self._form(), len(self.players), self.moves == "stackelberg"
        far, marginals = self._interior(form)
        # A coalition of one has no club good.
        singles, alone = np.eye(n, dtype=bool), 1 << np.arange(n)
        totals, marginals[alone] = solve(form, singles, leads=leads)
        far[alone] = totals - form.origin
        apart = np.diag(responses(form, singles, totals, marginals[alone])[1])
        clipped = False
        for masks in self._stopping(form, far, marginals):
            totals, marginals[masks] = solve(form, members_of(masks, n), leads=leads)
            far[masks] = totals - form.origin
            clipped = True

        def rows(i: int, start: int, stop: int) -> Floats:
            at = far[start:stop], marginals[start:stop]
            below = 1 << i < stop - start
            payoffs = form.inside(i, *at) if start >> i & 1 and not below else form.outside(i, at[0])
            if below:
                with_i = [np.ascontiguousarray(each.reshape(-1, 2, 1 << i)[:, 1]) for each in at]
                payoffs.reshape(-1, 2, 1 << i)[:, 1] = form.inside(i, *with_i)
            if start <= 1 << i < stop:
                payoffs[(1 << i) - start] = apart[i]
            return payoffs

        if clipped:
            return MembershipGame.from_rows(rows, n, self.players)
        features, (inside, outside) = [far, far * far, np.square(marginals, out=marginals)], form.weights
        if (form.exposure < 1).any():
            features.append((coalition_sizes(n) == 1).astype(float))
            usual = [
                weights @ [1.0, *(each[mask] for each in features[:3])]
                for mask, weights in zip(alone, inside, strict=True)
            ]
            inside, outside = np.column_stack([inside, apart - usual]), np.column_stack([outside, np.zeros(n)])
        used = [k for k in range(1, 1 + len(features)) if inside[:, k].any() or outside[:, k].any()]
        for each in features:
            each.flags.writeable = False
        columns = [0, *used]
        return LinearPayoffs([features[k - 1] for k in used], inside[:, columns], outside[:, columns]).game(
            self.players
        )

    def outcome(self, coalition: Coalition) -> Outcome:
        """Return what every state does and gets under one coalition, given as a mask or by its members.

        Examples
        --------
        >>> model = SafeCoalition(benefits="quadratic", moves="stackelberg", benefit=0.25, players=tuple("ABCD"))
        >>> model.outcome(["A", "B"]).efforts.tolist()
        [15.384615384615387, 15.384615384615387, 11.538461538461537, 11.538461538461537]
        """
        form, n = self._form(), len(self.players)
        mask = coalition_mask(coalition, self.players)
        members = members_of(np.array([mask]), n)
        total, marginal = solve(form, members, leads=self.moves == "stackelberg")
        efforts, payoffs = responses(form, members, total, marginal)
        efforts.flags.writeable = payoffs.flags.writeable = False
        return Outcome(mask, efforts[0], payoffs[0])

    def symmetric(self) -> SymmetricMembershipGame:
        """Return the payoffs by the size of the coalition, for any number of states that are all alike.

        Raises ValueError if the states differ.

        Examples
        --------
        >>> SafeCoalition(players=("A", "B", "C")).symmetric().inside.tolist()
        [2.5, 3.0, 4.5]
        """
        form, n = self._form(), len(self.players)
        if any(np.ptp(values) for values in (form.alpha, form.rate, form.d, form.phi, form.exposure)):
            raise ValueError("the states are not all alike: payoffs depend on who is in, not on how many")
        members = np.tri(n + 1, n, -1, dtype=bool)
        _, payoffs = responses(form, members, *solve(form, members, leads=self.moves == "stackelberg"))
        return SymmetricMembershipGame(payoffs[1:, 0], payoffs[:-1, -1])

    def partition(self, capabilities: Sequence[Number] | None = None) -> PartitionGame:
        """Return the payoffs of all coalition structures: each coalition maximises its sum, all at once.

        Raises ValueError if the coalition is to move first, GameError for more than 12 states.

        Examples
        --------
        >>> game = SafeCoalition(players=("A", "B", "C")).partition()
        >>> game.payoffs[game.row([["A", "B"], ["C"]])].tolist()
        [3.0, 3.0, 4.5]
        """
        self.capabilities(capabilities)
        if self.moves == "stackelberg":
            raise ValueError("with several coalitions none moves first; moves: simultaneous is needed")
        form, n = self._form(), len(self.players)
        payoffs = np.empty(coalition_structures(n).shape, order="F")
        several = coalition_sizes(n) > 1
        near = form.d + form.phi * form.origin
        first, slope = (
            np.where(several, subset_sums(form.exposure * each), subset_sums(each)) for each in (near, form.phi)
        )
        free, patience = float(form.alpha @ form.rate) - form.origin, _least(form.alpha)
        # Payoffs are polynomials in the total, with coefficients that depend on one's own block alone.
        coefficients = [
            [
                _look_up(np.where(several, pair, alone))
                for pair, alone in zip(
                    (a + e * first**2, b + 2 * e * first * slope, c + e * slope**2), single, strict=False
                )
            ]
            for (a, b, c, e), single in zip(*form.weights, strict=True)
        ]
        drives, slopes = ([_look_up(rate * each) for rate in form.rate] for each in (first, slope))
        for start in range(0, len(payoffs), CHUNK):
            rows = slice(start, start + CHUNK)
            blocks = structure_blocks(n)[rows].T.astype(np.intp)
            drive, damped = (sum(look(b) for look, b in zip(each, blocks, strict=True)) for each in (drives, slopes))
            far = np.broadcast_to((free - drive) / (1 + damped), blocks.shape[1])
            # A block's first member to stop is the one with the least alpha.
            clipped = self.benefits == "emissions" and (first + slope * far.max() > patience).any()
            if clipped:
                given = (
                    np.column_stack([first[each] for each in blocks]),
                    np.column_stack([slope[each] for each in blocks]),
                )
                far = fixed_point(form, *given)
                heeded = given[0] + given[1] * far[:, None]
            for i, block in enumerate(blocks):
                if clipped:
                    alone = (1 - form.exposure[i]) * form.damage(i, form.origin + far)
                    payoffs[rows, i] = form.inside(i, far, heeded[:, i]) - np.where(block == 1 << i, alone, 0.0)
                else:
                    payoffs[rows, i] = _polynomial([look(block) for look in coefficients[i]], far)
        payoffs.flags.writeable = False
        return PartitionGame(payoffs, self.players)

    def _vector(self, name: str) -> Floats:
        return np.broadcast_to(np.asarray(getattr(self, name), dtype=float), len(self.players))

    def _form(self) -> Form:
        zero, exposure = np.zeros(len(self.players)), self._vector("member_exposure")
        if self.benefits == "emissions":
            alpha, beta, d, phi = map(self._vector, ("alpha", "beta", "d", "phi"))
            return Form(alpha, 1 / beta, d, phi, exposure)
        benefit, rate = self._vector("benefit"), 1 / self._vector("cost")
        if self.benefits == "linear":
            return Form(zero, rate, -benefit, zero, exposure)
        return Form(zero, rate, -self.target * benefit, benefit, exposure, origin=self.target)

    def _interior(self, form: Form) -> tuple[Floats, Floats]:
        """Totals, from the origin, and the marginal damage that members heed, if everybody does something."""
        n = len(self.players)
        length, far, marginals = min(CHUNK, 1 << n), *np.empty((2, 1 << n))
        given = (form.rate, *form.heeded, form.d * form.rate, form.phi * form.rate)
        low = [subset_sums(each[: length.bit_length() - 1]) for each in given]
        free = float((form.alpha - form.d) @ form.rate)
        for start in range(0, 1 << n, length):
            block, high = slice(start, start + length), np.array([start >> i & 1 for i in range(n)])
            rate, d, phi, response, slope = (sums + float(each @ high) for sums, each in zip(low, given, strict=True))
            # How much a unit moves the total once outsiders have responded.
            np.subtract(1 + float(form.phi @ form.rate), slope, out=slope)
            np.maximum(slope, 1.0, out=slope)
            if self.moves == "stackelberg":
                felt = 1 / slope
                d *= felt
                phi *= felt
            response += free
            response -= d * rate
            rate *= phi
            rate += slope
            np.divide(response, rate, out=response)
            np.subtract(response, form.origin, out=far[block])
            phi *= response
            np.add(phi, d, out=marginals[block])
        return far, marginals

    def _stopping(self, form: Form, far: Floats, marginals: Floats) -> Iterator[npt.NDArray[np.int64]]:
        """Yield batches of coalitions under which some state does nothing, for which `_interior` is wrong."""
        if self.benefits != "emissions":
            return
        with np.errstate(divide="ignore", invalid="ignore"):
            room = (form.alpha - form.d) / form.phi
        # An outsider stops where the total passes this.
        most = np.where(form.phi > 0, room, np.where(form.d > form.alpha, -np.inf, np.inf))
        n, length = len(form.d), min(CHUNK, len(far))
        low = length.bit_length() - 1
        inside, outside = _least(form.alpha[:low]), _least(most[:low])[::-1]
        for start in range(0, len(far), length):
            block, high = (
                slice(start, start + length),
                np.array([start >> i & 1 == 1 for i in range(low, n)], dtype=bool),
            )
            stops = marginals[block] > np.minimum(inside, form.alpha[low:][high].min(initial=np.inf))
            stops |= far[block] + form.origin > np.minimum(outside, most[low:][~high].min(initial=np.inf))
            if stops.any():
                yield start + np.flatnonzero(stops)

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols of states that are all alike, by name: the parameters, `states` and `size`."""
        import sympy

        names = ("target", *PER_STATE, "states", "size")
        return {name: sympy.Symbol(name, positive=True) for name in names}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return closed forms for states that are all alike; `gain from staying` is that of the last of `size`."""
        import sympy

        s = cls.symbols()
        b, c, target, n, size = (s[name] for name in ("benefit", "cost", "target", "states", "size"))
        forms: dict[str, sympy.Expr] = {}

        def enter(kind: str, efforts: tuple[Any, Any], benefit: Any) -> None:
            inside, outside = (benefit - c * effort**2 / 2 for effort in efforts)
            if kind == "linear":
                inside, outside = sympy.factor(inside), sympy.factor(outside)
            forms[f"effort of a member, {kind}"], forms[f"effort of an outsider, {kind}"] = efforts
            forms[f"payoff of a member, {kind}"], forms[f"payoff of an outsider, {kind}"] = inside, outside
            gain = inside - outside.subs(size, size - 1)
            forms[f"gain from staying, {kind}"] = sympy.factor(gain) if kind == "linear" else gain

        enter("linear", (size * b / c, b / c), b * (size * size + n - size) * b / c)
        forms["largest stable size, linear"] = sympy.Integer(3)
        for moves, weight in (("simultaneous", size * b), ("stackelberg", size * b / (1 + (n - size) * b / c))):
            left = target / (1 + (size * weight + (n - size) * b) / c)
            forms[f"target less all efforts, quadratic {moves}"] = left
            forms[f"target less all efforts once a member has left, quadratic {moves}"] = left.subs(size, size - 1)
            # What all make of it is worth b*(target*total - total**2/2), and total is target - left.
            enter(f"quadratic {moves}", (weight * left / c, b * left / c), b * (target**2 - left**2) / 2)
        return forms


def _look_up(table: Floats) -> Callable[[npt.NDArray[Any]], Any]:
    """What stands at places of a table; one of the same number throughout is common and need not be read."""
    return (lambda places: table[0]) if (table == table[0]).all() else partial(table.take, mode="clip")


def _polynomial(coefficients: Sequence[Any], x: Floats) -> Floats:
    *lower, last = coefficients
    total = np.full(len(x), last) if np.ndim(last) == 0 else last
    for each in reversed(lower):
        total = total * x
        if np.ndim(each) or each:
            total += each
    return total


def _least(values: Floats) -> Floats:
    """The least of every subset, (2**n,); infinite for the empty one."""
    least = np.full(1, np.inf)
    for value in values:
        least = np.concatenate([least, np.minimum(least, value)])
    return least
