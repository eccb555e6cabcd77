"""Relationship linkage: friendship or hostility in other fields spills into the matter at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator

from bargain.linkage import Linked, Matrix, affinity_table
from bargain.model import Model, Number, parameter, rational
from bargain.registry import model_class, models

if TYPE_CHECKING:
    import sympy


class Dilemma(Model):
    """Two states cooperate or defect: payoffs T, R, P, S; the base that is linked where no other is named."""

    name: ClassVar[str] = "dilemma"
    roles: ClassVar[tuple[str, ...]] = ("first", "second")
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0, 1.0)

    table: tuple[tuple[Any, ...], ...]
    """Own payoff by own action and the other's: ((R, S), (T, P))."""

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return `cooperate` and `defect` for each."""
        return (("cooperate", "defect"),) * 2

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return both payoffs at one profile."""
        own, other = profile
        return self.table[own][other], self.table[other][own]


class RelationshipLinkage(Linked):
    """Each player counts a unit of another's payoff as alpha of its own: u_i = U_i + sum over j of alpha_ij*U_j.

    alpha is above zero among friends and below zero among rivals. U is the payoff of a base model: by default two
    states that cooperate or defect, T for defecting on a cooperator, R if both cooperate, P if both defect and S for
    the one who is defected on; a prisoner's dilemma if T > R > P > S, a stag hunt if R > T. Any other model with
    actions can be linked by naming it as `base`. The power term of a document belongs to U, its terms do not.

    Examples
    --------
    >>> RelationshipLinkage(affinity=0.5).payoff((1, 0), (1.0, 1.0))  # T + S/2 and S + T/2
    (5.0, 2.5)
    """

    name: ClassVar[str] = "relationship_linkage"
    question: ClassVar[str] = "What does restraint cost as friendship turns to hostility in other fields?"
    citation: ClassVar[str] = (
        "The prisoner's dilemma with weights on the other's payoff, after Taylor (1976), Anarchy and cooperation; "
        "rivals' relative gains: Grieco (1988), Anarchy and the limits of cooperation."
    )
    limits: ClassVar[str] = (
        "Affinities are given, and do not move with what the players do; they weigh payoffs, not what an offer gives."
    )
    roles: ClassVar[tuple[str, ...]] = ("first", "second")
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0, 1.0)

    affinity: Any = Field(
        0.0,
        description="What a unit of another's payoff is worth, from -1 to 1: one number, numbers by player, or a table",
        json_schema_extra={"unit": "payoff per payoff", "source": "assumption"},
    )
    temptation: float = parameter(5.0, "T, for defecting on a cooperator", unit="payoff per period")
    reward: float = parameter(3.0, "R, for mutual cooperation", unit="payoff per period")
    punishment: float = parameter(1.0, "P, for mutual defection", unit="payoff per period")
    sucker: float = parameter(0.0, "S, for cooperating with a defector", unit="payoff per period")
    base_model: str | None = parameter(
        None,
        "A model to link in place of the two states' dilemma",
        unit="name",
        source="stated by the user",
        alias="base",
    )
    base_parameters: Any = parameter(
        (), "The parameters of that model, by name", unit="as in that model", source="stated by the user"
    )

    _base: Model = PrivateAttr()
    _table: Matrix = PrivateAttr()

    @field_validator("affinity")
    @classmethod
    def _affinities_are_weights(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | Mapping | Sequence) or isinstance(value, str):
            raise ValueError(f"affinity is a number from -1 to 1, numbers by player, or a table; got {value!r}")
        if isinstance(value, int | float) and not -1 <= value <= 1:
            raise ValueError(f"an affinity lies between -1 and 1; got {value}")
        if isinstance(value, Mapping | Sequence):
            players = info.data.get("players") or tuple(role.capitalize() for role in cls.roles)
            return affinity_table(value, players)
        return value

    @field_validator("base_parameters")
    @classmethod
    def _parameters_have_names(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) and value != ():
            raise ValueError(f"base_parameters are keys with values; got {value!r}")
        return value or ()

    def model_post_init(self, context: Any, /) -> None:
        """Name the players and build the base model."""
        super().model_post_init(context)
        self._table = affinity_table(self.affinity, self.players)
        if self.base_model is not None:
            if self.base_model not in models():
                raise ValueError(f"no model is called {self.base_model!r}; models: {', '.join(models())}")
            cls = model_class(self.base_model)
            try:
                self._base = cls(players=self.players, **dict(self.base_parameters))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                raise ValueError(
                    f"the base model {self.base_model} refuses {where or 'this'}: {first['msg']}"
                ) from None
            if self._base.signs:
                raise ValueError(
                    f"the players of {self.base_model} sign a coalition: write it as the model of the document, and "
                    "beside it the key affinity"
                )
            if not cls.takes_asks():
                raise ValueError(f"{self.base_model} cannot be linked: its players have no actions")
        elif len(self.players) != 2:
            raise ValueError(f"{len(self.players)} players; the dilemma has 2: name another model as base")
        else:
            self._base = Dilemma(
                players=self.players, table=((self.reward, self.sucker), (self.temptation, self.punishment))
            )

    def base(self) -> Model:
        """Return the model whose payoffs are linked."""
        return self._base

    def affinities(self) -> Matrix:
        """Return alpha as an (n, n) table, zero on the diagonal."""
        return self._table

    def in_rationals(self) -> Self:
        """Return the same model with every number read as an exact rational."""
        copy = super().in_rationals()
        copy._base, copy._table = self._base.in_rationals(), rational(self._table)
        return copy

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return one symbol a number, by name."""
        import sympy

        names = ("affinity", "temptation", "reward", "punishment", "sucker")
        return {name: sympy.Symbol(name, real=True) for name in names}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of the dilemma between two players of the same affinity."""
        s = cls.symbols()
        alpha, t, r = s["affinity"], s["temptation"], s["reward"]
        p, sucker = s["punishment"], s["sucker"]
        return {
            "price of restraint": t - r - alpha * (r - sucker),
            "affinity from which mutual cooperation is an equilibrium": (t - r) / (r - sucker),
            "affinity up to which mutual defection is an equilibrium": (p - sucker) / (t - p),
            "critical discount factor": (t + alpha * sucker - (1 + alpha) * r) / (t + alpha * sucker - (1 + alpha) * p),
        }
