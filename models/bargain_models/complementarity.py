"""Complementarity: technology, labour and data are worth more together, and a gap between partners is the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from bargain.coalitions import Floats, MembershipGame
from bargain.games import GameError
from bargain.model import Model, Number, parameter
from bargain.tu import MOST_PLAYERS, CoalitionalGame
from bargain.ventures import Division, joint_venture

if TYPE_CHECKING:
    import sympy

Amount = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Amounts = Amount | tuple[Amount, ...]

INPUTS = ("technology", "labour", "data")
"""What states bring in, each one number for all states or one each."""


class Complementarity(Model):
    r"""States produce together from technology, labour and data.

    A coalition S makes :math:`v(S) = T_S^\alpha L_S^\beta D_S^\gamma`. Labour and data are added up over its
    members; technology is that of its best member (`pooling: max`, a design that all members can use) or added up
    as well (`sum`). An input with exponent 0 does not count. Worths do not depend on capabilities.

    In an offer states join one venture or stay out. Whoever stays out makes what it makes alone. Each member first
    holds as much as it makes alone; what the venture makes more is divided equally (`division: equal`), held by the
    member that comes first in the document (`first`), or divided by what members add (`shapley`). That is where the
    terms of the offer start from.

    Examples
    --------
    >>> model = Complementarity()
    >>> game = model.coalitional()
    >>> game.values.round(4).tolist()
    [0.0, 3.1623, 3.4641, 7.0711, 2.4495, 8.3666, 5.4772, 10.4881]
    >>> from bargain.cores import core, least_core
    >>> core(game).nonempty, round(least_core(game).epsilon, 6)
    (False, 0.671307)
    """

    name: ClassVar[str] = "complementarity"
    question: ClassVar[str] = (
        "What do states with unlike resources gain by producing together, and how can they share it so that all stay?"
    )
    citation: ClassVar[str] = (
        "Owen (1975), On the core of linear production games; Shapley & Shubik (1969), On market games, for sums with "
        "constant returns. A gap in ability as a gain from trade: work on AI and state-to-state power relations "
        "(2024), on complementarity. Pooling by the best technology is this project's."
    )
    limits: ClassVar[str] = (
        "Worth can be shared among members as they like and comes from nowhere else: no prices, no rivals, no harm to "
        "those outside. An offer knows one venture at a time. The numbers of the default calibration are assumptions."
    )
    rational: ClassVar[bool] = False
    meanings: ClassVar[Mapping[str, str]] = {
        f"{whose}_{name}": f"{name} of the {place} state of a pair"
        for whose, place in (("own", "first"), ("partner", "second"))
        for name in INPUTS
    }
    roles: ClassVar[tuple[str, ...]] = ("state",)
    more_players: ClassVar[bool] = True
    signs: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0,)

    technology: Amounts = parameter((10.0, 3.0, 1.0), "Technology of each state", unit="units of technology")
    labour: Amounts = parameter((1.0, 4.0, 6.0), "Labour of each state", unit="units of labour")
    data: Amounts = parameter(1, "Data of each state", unit="units of data")
    technology_exponent: float = parameter(0.5, "Elasticity of output in technology", unit="exponent", ge=0)
    labour_exponent: float = parameter(0.5, "Elasticity of output in labour", unit="exponent", ge=0)
    data_exponent: float = parameter(0.0, "Elasticity of output in data", unit="exponent", ge=0)
    pooling: Literal["max", "sum"] = parameter(
        "max", "Whether members share the best technology or add theirs up", unit="way of pooling"
    )

    division: Division = parameter(
        "equal", "Who holds what a venture makes beyond what its members make alone, before any terms", unit="rule"
    )

    @model_validator(mode="before")
    @classmethod
    def _one_state_for_each_number(cls, data: Any) -> Any:
        """Name as many states as the longest list given has numbers; three where none is given."""
        if not isinstance(data, Mapping) or data.get("players"):
            return data
        lists = [len(data[name]) for name in INPUTS if isinstance(data.get(name), list | tuple)]
        return {**data, "players": tuple(f"State {i + 1}" for i in range(max(lists, default=3)))}

    @model_validator(mode="after")
    def _one_number_for_each_state(self) -> Self:
        for name in INPUTS:
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != len(self.players):
                raise ValueError(f"{name} has {len(value)} numbers for {len(self.players)} states; give one or all")
        return self

    def coalitional(self, capabilities: Sequence[Number] | None = None) -> CoalitionalGame:
        """Return what every coalition makes; it does not depend on capabilities.

        Raises GameError for more than 26 states, or where a worth is larger than a float can hold.
        """
        self.capabilities(capabilities)
        n = len(self.players)
        if n > MOST_PLAYERS:
            raise GameError(f"{n} states; at most {MOST_PLAYERS} are possible, one worth for each of 2**n coalitions.")
        values = np.ones(1 << n)
        with np.errstate(over="ignore", invalid="ignore"):
            for name in INPUTS:
                if exponent := getattr(self, f"{name}_exponent"):
                    best = name == "technology" and self.pooling == "max"
                    values *= _pooled(self._vector(name), best=best) ** exponent
        values[0] = 0.0
        values.flags.writeable = False
        return CoalitionalGame(values, self.players)

    def membership(self, capabilities: Sequence[Number] | None = None) -> MembershipGame:
        """Return what everyone gets under each venture, before any terms.

        Examples
        --------
        >>> Complementarity(division="first").membership().at(0b101).round(4).tolist()
        [5.9171, 3.4641, 2.4495]
        """
        return joint_venture(self.coalitional(capabilities), self.division)

    def shares_at_prices(self) -> Floats:
        r"""Return what each state has if every unit of an input is paid its price.

        State i has v(N) times the mean of its shares of technology, labour and data, weighted by their exponents.
        With sums and exponents that add up to 1 or more no coalition can do better alone: the shares lie in the core.

        Proof: with constant returns output is concave in the inputs and prices are its slopes at N, so what S makes
        is at most what its inputs cost. With a sum d of exponents above 1 v = w^d, w with constant returns, and
        w(S)^d <= w(S) w(N)^(d-1).

        Raises
        ------
        ValueError   for `pooling: max`, for exponents that add up to less than 1, and for a total of zero

        References
        ----------
        Owen, G. (1975). On the core of linear production games. Mathematical Programming 9, 358-370.

        Examples
        --------
        >>> Complementarity(pooling="sum").shares_at_prices().round(4).tolist()
        [4.9961, 3.5859, 3.8277]
        """
        exponents = {name: getattr(self, f"{name}_exponent") for name in INPUTS}
        degree = sum(exponents.values())
        if self.pooling == "max":
            raise ValueError("the best technology has no price a unit; pooling: sum is needed")
        if degree < 1 - 1e-12:
            raise ValueError(f"exponents add up to {degree:g}: with falling returns prices do not pay for all output")
        vectors = {name: self._vector(name) for name, exponent in exponents.items() if exponent}
        for name, vector in vectors.items():
            if not vector.sum():
                raise ValueError(f"nobody has any {name}: nothing is made")
        shares = sum(exponents[name] * vector / vector.sum() for name, vector in vectors.items())
        return np.asarray(self.coalitional().values[-1] * shares / degree)

    def _vector(self, name: str) -> Floats:
        return np.broadcast_to(np.asarray(getattr(self, name), dtype=float), len(self.players))

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols of a pair of states, `own` and `partner`, and of the exponents, by name."""
        import sympy

        inputs = [f"{whose}_{name}" for whose in ("own", "partner") for name in INPUTS]
        exponents = [f"{name}_exponent" for name in INPUTS]
        return {name: sympy.Symbol(name, nonnegative=True) for name in (*inputs, *exponents)}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of a pair: what each makes alone, both together, and the gain."""
        import sympy

        s = cls.symbols()
        own, partner = ([s[f"{whose}_{name}"] for name in INPUTS] for whose in ("own", "partner"))

        def made(inputs: Sequence[Any]) -> Any:
            return sympy.Mul(
                *(each ** s[f"{name}_exponent"] for name, each in zip(INPUTS, inputs, strict=True)), evaluate=True
            )

        added = [mine + theirs for mine, theirs in zip(own, partner, strict=True)]
        alone = made(own), made(partner)
        together = {"max": made([sympy.Max(own[0], partner[0]), *added[1:]]), "sum": made(added)}
        return {
            "worth alone": alone[0],
            "worth of the partner alone": alone[1],
            **{f"worth of the pair, pooling {how}": worth for how, worth in together.items()},
            **{f"gain of the pair, pooling {how}": worth - sum(alone) for how, worth in together.items()},
        }


def _pooled(amounts: Floats, *, best: bool) -> Floats:
    """What each coalition has of an input, (2**n,): the best of its members, or all together."""
    pooled = np.zeros(1)
    for amount in amounts:
        more = np.maximum(pooled, amount) if best else pooled + amount
        pooled = np.concatenate([pooled, more])
    return pooled
