"""The base of every payoff model: parameters in, payoffs as a function of capabilities out.

A model with finitely many actions writes two things, its `actions` and the `payoff` of one profile, in plain
arithmetic. Plain arithmetic works on floats and on `fractions.Fraction` alike, so the same formula gives the
float game and, where a model is rational in its parameters, the exact one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from bargain._affine import Number as Number
from bargain._formulas import displayed, formulas, upright_words
from bargain.games import NormalFormGame

if TYPE_CHECKING:
    import sympy
    from pydantic.fields import FieldInfo

    from bargain.coalitions import MembershipGame


def parameter(default: Any, meaning: str, *, unit: str, source: str = "assumption", **bounds: Any) -> Any:
    """Declare a parameter of a model: default, meaning, unit, source, and bounds such as `ge=0`, `le=1`.

    A parameter whose default is a number takes finite numbers only, no text and no yes or no.

    Parameters
    ----------
    default : any
        Its value in the default calibration.
    meaning : str
        What it is, in a few words.
    unit : str
    source : str
        Where the default comes from: author, year and place, or "assumption".
    **bounds
        `ge`, `gt`, `le` and `lt`, as pydantic takes them.

    Returns
    -------
    pydantic.FieldInfo
        To stand behind `name: type =` in the class of a model.

    Examples
    --------
    >>> import bargain as bg
    >>> bg.parameter(100.0, "worth of the technology", unit="payoff per period", ge=0).default
    100.0
    """
    if isinstance(default, float):
        bounds |= {"strict": True, "allow_inf_nan": False}
    return Field(
        default,
        description=meaning,
        json_schema_extra={"unit": unit, "source": source},
        **bounds,
    )


def rational(value: Any) -> Any:
    """Read a float as the decimal it was written as; containers are read element by element.

    >>> rational(0.1)
    Fraction(1, 10)
    """
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, Fraction):
        return value
    if isinstance(value, float):
        return Fraction(repr(float(value)))
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, Mapping):
        return {key: rational(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return tuple(rational(item) for item in value)
    return value


SIGNING = ("join", "stay")
"""The actions of a player that may sign an agreement."""


def signatories(profile: Sequence[int]) -> int:
    """Return the coalition of those who join, as a bit mask.

    >>> signatories((0, 1, 0))
    5
    """
    return sum(1 << i for i, action in enumerate(profile) if SIGNING[action] == "join")


class Model(BaseModel):
    """A payoff model: frozen parameters, players, and one method for each form of game it supports."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ClassVar[str]
    """The name used in documents."""
    question: ClassVar[str]
    """The question the model answers, one sentence."""
    citation: ClassVar[str]
    """Author, year, title of what the model is taken from."""
    limits: ClassVar[str] = ""
    """What the model cannot show, one or two sentences."""
    meanings: ClassVar[Mapping[str, str]] = {}
    """What the symbols of `thresholds` stand for, by name, those that are no parameters."""
    rational: ClassVar[bool] = True
    """Whether payoffs are rational functions of the parameters, so that decisions can be repeated exactly."""
    roles: ClassVar[tuple[str, ...]]
    """What each place at the table is called in the model, e.g. ("leader", "follower")."""
    more_players: ClassVar[bool] = False
    """Whether players beyond `roles` may be added, all in the last role."""
    signs: ClassVar[bool] = False
    """Whether all that the players choose is to join a coalition or to stay out: `membership` then says it all."""
    sample: ClassVar[Mapping[str, Any]] = {}
    """Parameters, and players, of a smallest example, where some have no default: what a draft offer states."""
    default_capabilities: ClassVar[tuple[float, ...]]
    """Capabilities of the default calibration, one a player; players beyond it have the last one."""

    players: tuple[str, ...] = ()
    """Names of the players, in the order of the roles; unstated: the roles."""

    @field_validator("players")
    @classmethod
    def _players_fill_the_roles(cls, players: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(players)) < len(players):
            raise ValueError(f"players' names must differ, got {', '.join(players)}")
        least = len(cls.roles)
        if players and (len(players) < least or (len(players) > least and not cls.more_players)):
            more = " or more" if cls.more_players else ""
            raise ValueError(f"{len(players)} players named; {cls.name} has {least}{more}: {', '.join(cls.roles)}")
        return players

    def model_post_init(self, context: Any, /) -> None:
        """Name the players after their roles where the caller has not named them."""
        if not self.players:
            object.__setattr__(self, "players", tuple(role.capitalize() for role in self.roles))

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return the names of each player's actions, in the order of the players.

        Returns
        -------
        tuple of tuples of str

        Raises
        ------
        TypeError   where the model has no finite form
        """
        if self.signs:
            return (SIGNING,) * len(self.players)
        raise TypeError(f"{type(self).__name__} has no finite form")

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each player's payoff at one profile of action numbers, without the power term.

        Parameters
        ----------
        profile : action numbers, one a player
        capabilities : numbers above 0, one a player

        Returns
        -------
        tuple of numbers
            In the unit of the model; rational where the arguments are.

        Raises
        ------
        TypeError   where the model has no finite form
        """
        if self.signs:
            return tuple(self.membership(capabilities).at(signatories(profile)).tolist())
        raise TypeError(f"{type(self).__name__} has no finite form")

    def membership(self, capabilities: Sequence[Number] | None = None) -> MembershipGame:
        """Return what everyone gets under each coalition of signatories.

        Parameters
        ----------
        capabilities : numbers above 0, one a player, optional
            Default: the default calibration's.

        Returns
        -------
        MembershipGame

        Raises
        ------
        TypeError   where the model has no coalition to join
        """
        raise TypeError(f"{type(self).__name__} has no coalition to join")

    def risk(self, profile: Sequence[int], capabilities: Sequence[Number]) -> Number | None:
        """Return the probability of the harm everyone wants to avoid, or None where the model has none.

        Parameters
        ----------
        profile : action numbers, one a player
        capabilities : numbers above 0, one a player

        Returns
        -------
        number in [0, 1], or None
        """
        return None

    def breach_harm(self, shares: Sequence[Number], *, arrived: bool) -> tuple[Number, ...]:
        """Return the harm that the others can inflict on each player once it has broken its promise.

        Parameters
        ----------
        shares : numbers in [0, 1], one a player
            Power shares after the breakdown.
        arrived : bool
            Whether the windfall has arrived.

        Returns
        -------
        tuple of numbers, one a player
        """
        return (0,) * len(self.players)

    def felt(self, amounts: Sequence[Number]) -> tuple[Number, ...]:
        """Return what everyone's payoffs are worth to each player: its own only, unless the model links players.

        Parameters
        ----------
        amounts : numbers, one a player
            Each player's own payoff.

        Returns
        -------
        tuple of numbers, one a player
        """
        return tuple(amounts)

    def sections(self) -> dict[str, Model]:
        """Return the models whose parameters a document states, by the path of the section that states them."""
        return {"parameters": self}

    def separate(self) -> tuple[tuple[Model, tuple[int, ...]], ...]:
        """Return the games that make up this one and do not touch each other, each with its players' numbers."""
        return ((self, tuple(range(len(self.players)))),)

    def capabilities(self, given: Sequence[Number] | None = None) -> tuple[Number, ...]:
        """Return one capability a player: the given ones, else the default calibration's.

        Parameters
        ----------
        given : numbers above 0, one a player, optional

        Returns
        -------
        tuple of numbers

        Raises
        ------
        ValueError   if the given ones do not match the players in number, or one is not above zero
        """
        n_players = len(self.players)
        if given is None:
            default = self.default_capabilities
            return (default + default[-1:] * n_players)[:n_players]
        if len(given) != n_players or not all(0 < each < float("inf") for each in given):
            raise ValueError(f"{n_players} finite capabilities above zero are needed, one a player; got {list(given)}")
        return tuple(given)

    def normal_form(self, capabilities: Sequence[Number] | None = None) -> NormalFormGame:
        """Return the game at the given capabilities (default: the default calibration's).

        Parameters
        ----------
        capabilities : numbers above 0, one a player, optional

        Returns
        -------
        NormalFormGame
        """
        at = self.capabilities(capabilities)
        actions = self.actions()
        shape = tuple(len(own) for own in actions)
        if self.signs:
            # Bit i of a coalition is player i, the last axis of a table in mask order; joining is the first action.
            table = self.membership(at).payoffs.T.reshape(len(shape), *shape)
            axes = (0, *range(len(shape), 0, -1))
            return NormalFormGame(np.flip(table.transpose(axes), axes[1:]), players=self.players, actions=actions)
        payoffs: Any = np.empty((len(shape), *shape), dtype=object)
        for profile in itertools.product(*map(range, shape)):
            payoffs[:, *profile] = self.payoff(profile, at)
        return NormalFormGame(payoffs, players=self.players, actions=actions)

    def in_rationals(self) -> Self:
        """Return the same model with every number read as an exact rational."""
        fields = (name for name in type(self).model_fields if name != "players")
        return self.model_copy(update={name: rational(getattr(self, name)) for name in fields})

    def parameters(self) -> dict[str, Any]:
        """Return the parameters, players aside, by the names that documents use."""
        return {field.alias or name: getattr(self, name) for name, field in self.parameter_fields().items()}

    @classmethod
    def takes_asks(cls) -> bool:
        """Whether the players have actions that an offer can ask for."""
        return cls.signs or cls.actions is not Model.actions

    @classmethod
    def parameter_fields(cls) -> dict[str, FieldInfo]:
        """Return the declarations of the parameters, players aside."""
        return {name: field for name, field in cls.model_fields.items() if name != "players"}

    @classmethod
    def parameter_names(cls) -> tuple[str, ...]:
        """Return the parameters' names in documents, players aside."""
        return tuple(field.alias or name for name, field in cls.parameter_fields().items())

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the sympy symbol of each number that `thresholds` uses, by name."""
        return {}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the closed forms of the model by name, as sympy expressions in `symbols`."""
        return {}

    @classmethod
    def latex(cls) -> dict[str, str]:
        """Return the closed forms of the model by name, in LaTeX; words stand upright, Greek letters as signs."""
        forms = cls.thresholds()
        if not forms:
            return {}
        import sympy

        names = upright_words(forms)
        return {name: sympy.latex(form, symbol_names=names, mul_symbol="dot") for name, form in forms.items()}

    def _repr_latex_(self) -> str | None:
        return _displayed_forms(type(self))


@cache
def _displayed_forms(cls: type[Model]) -> str | None:
    forms = cls.thresholds()
    return displayed(formulas(forms, upright_words(forms), widest=36.0)) if forms else None
