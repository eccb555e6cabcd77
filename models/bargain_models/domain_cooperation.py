"""Cooperation domain by domain: which fields carry which, when one promise covers several."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, ValidationInfo, field_validator, model_validator

from bargain.games import NormalFormGame
from bargain.model import Model, Number, parameter, rational

if TYPE_CHECKING:
    import sympy


MOST_DOMAINS = 20
"""Domains up to which every set of them is looked at."""
MOST_PROFILES = 20_000
"""Profiles of the largest game in which each set of domains is an action."""
EACH = "number, or numbers by domain, or by domain and player"


@dataclass(frozen=True)
class PooledPromise:
    """A set of domains that one promise sustains: cooperate in all of them, or in none once anyone has cheated.

    `value` is what cooperation in them adds for all players together, `slacks` what each player would lose a period
    by cheating in all of them at once, delta*sum(R - P) - (1 - delta)*sum(T - R); none is below zero.
    """

    domains: tuple[str, ...]
    value: float
    slacks: tuple[float, ...]
    factors: tuple[float, ...]

    def __str__(self) -> str:
        return f"{', '.join(self.domains) or 'no domain'}: worth {self.value:.6g}"


class DomainCooperation(Model):
    """Several domains, each a prisoner's dilemma for each player, and one relation between the players.

    In a domain a player has R if everyone cooperates, T if it alone does not, P if it does not and others do not
    either, S if it cooperates and others do not. The security weight w of a domain is the weight on relative gains:
    a payoff counts less by w times the average of what the others have in the domain. What follows is said of
    payoffs with that subtracted.

    Alone a domain is sustained by grim punishment from delta* = (T - R)/(T - P) on. One promise that covers a set of
    domains is sustained from sum(T - R)/sum(T - P) on, for each player, since whoever cheats cheats in all at once.

    An action is the set of domains in which a player cooperates, or with `choice: all` everything or nothing.

    Examples
    --------
    >>> model = DomainCooperation(domains=["one", "two"], temptation=[[6, 4], [4, 6]], reward=3,
    ...                           punishment=[[2, 0], [0, 2]], sucker=-1, security=0)
    >>> model.critical_factors().tolist(), model.pooled_factors().tolist()
    ([[0.75, 0.25], [0.25, 0.75]], [0.5, 0.5])
    """

    name: ClassVar[str] = "domain_cooperation"
    question: ClassVar[str] = "Which fields of cooperation does one promise sustain that no field sustains alone?"
    citation: ClassVar[str] = (
        "Bernheim & Whinston (1990), Multimarket contact and collusive behavior; Spagnolo (1999), On interdependent "
        "supergames: multimarket contact, concavity, and collusion. Relative gains: Grieco (1988)."
    )
    limits: ClassVar[str] = (
        "Payoffs of the domains add; everyone sees every breach; with more than two players a domain needs them all."
    )
    meanings: ClassVar[Mapping[str, str]] = {
        f"{name}_{d}": f"{name} in the {place} of two domains"
        for d, place in ((1, "first"), (2, "second"))
        for name in ("temptation", "reward", "punishment", "sucker", "security")
    }
    roles: ClassVar[tuple[str, ...]] = ("first", "second")
    more_players: ClassVar[bool] = True
    default_capabilities: ClassVar[tuple[float, ...]] = (1.0, 1.0)

    domains: tuple[str, ...] = parameter(
        ("agriculture", "education", "cybersecurity", "environment", "health"),
        "The domains",
        unit="names",
        source="the five fields named by the Bennett Institute for Public Policy, Cambridge (2024)",
        min_length=1,
        max_length=50,
    )
    temptation: Any = parameter((5.0, 4.0, 9.0, 8.0, 5.0), f"T: {EACH}", unit="payoff per period")
    reward: Any = parameter((4.0, 3.0, 4.0, 3.0, 4.0), f"R: {EACH}", unit="payoff per period")
    punishment: Any = parameter((1.0, 0.0, 2.0, 1.0, 0.0), f"P: {EACH}", unit="payoff per period")
    sucker: Any = parameter((0.0, -1.0, 0.0, 0.0, -1.0), f"S: {EACH}", unit="payoff per period")
    security: Any = parameter(
        (0.0, 0.0, 0.2, 0.0, 0.0), f"w, the weight on what others gain: {EACH}", unit="payoff per payoff"
    )
    choice: Literal["sets", "all"] = Field(
        "sets",
        description="What players choose: a set of domains to cooperate in (sets), or everything or nothing (all)",
        json_schema_extra={"unit": "word", "source": "assumption"},
    )

    @field_validator("domains")
    @classmethod
    def _domains_have_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names) or not all(name.strip() and " + " not in name for name in names):
            raise ValueError(f"domains need names that differ, without ' + '; got {', '.join(names)}")
        return names

    @field_validator("temptation", "reward", "punishment", "sucker", "security")
    @classmethod
    def _one_for_each(cls, value: Any, info: ValidationInfo) -> Any:
        if "domains" not in info.data:
            return value
        players = info.data.get("players") or tuple(role.capitalize() for role in cls.roles)
        rows = _each(value, info.data["domains"], str(info.field_name), "domain")
        return tuple(
            _each(row, players, f"{info.field_name} of {domain}", "player", numbers=True)
            for domain, row in zip(info.data["domains"], rows, strict=True)
        )

    @model_validator(mode="after")
    def _dilemmas(self) -> Self:
        for d, domain in enumerate(self.domains):
            for i, player in enumerate(self.players):
                t, r, p, s = (getattr(self, name)[d][i] for name in ("temptation", "reward", "punishment", "sucker"))
                if not t > r > p > s:
                    raise ValueError(
                        f"{domain} is no dilemma for {player}: T {float(t):g}, R {float(r):g}, P {float(p):g}, "
                        f"S {float(s):g} must fall in this order"
                    )
        if self.choice == "sets" and self.n_actions ** len(self.players) > MOST_PROFILES:
            raise ValueError(
                f"{len(self.domains)} domains and {len(self.players)} players have more than {MOST_PROFILES:,} "
                "profiles of sets; write choice: all, or leave out domains"
            )
        return self

    def model_post_init(self, context: Any, /) -> None:
        """Name the players, and give the numbers of the default calibration to each of them."""
        super().model_post_init(context)
        for field in ("temptation", "reward", "punishment", "sucker", "security"):
            value = getattr(self, field)
            if value and not isinstance(value[0], tuple):
                if len(value) != len(self.domains):
                    raise ValueError(f"{field} must be stated for the {len(self.domains)} domains that are named")
                object.__setattr__(self, field, tuple((each,) * len(self.players) for each in value))

    @property
    def n_actions(self) -> int:
        """The number of actions of each player."""
        return 2 ** len(self.domains) if self.choice == "sets" else 2

    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Return, for each player, the sets of domains to cooperate in: all, those with fewer, and none."""
        return (tuple(" + ".join(each) or "none" for each in self.sets()),) * len(self.players)

    def sets(self) -> tuple[tuple[str, ...], ...]:
        """Return the sets of domains that a player chooses from, in the order of the actions."""
        if self.choice == "all":
            return self.domains, ()
        flags = itertools.product((True, False), repeat=len(self.domains))
        return tuple(tuple(itertools.compress(self.domains, each)) for each in flags)

    def payoff(self, profile: Sequence[int], capabilities: Sequence[Number]) -> tuple[Number, ...]:
        """Return each player's payoff at one profile, added over the domains."""
        kept = [self.sets()[action] for action in profile]
        by_domain = (self._in_domain(d, [name in each for each in kept]) for d, name in enumerate(self.domains))
        return tuple(sum(own) for own in zip(*by_domain, strict=True))

    def normal_form(self, capabilities: Sequence[Number] | None = None) -> NormalFormGame:
        """Return the game; the few outcomes of each domain are worked out once."""
        self.capabilities(capabilities)
        n = len(self.players)
        sums: Any = np.zeros((n, *(self.n_actions,) * n), dtype=object)
        for d, name in enumerate(self.domains):
            table: Any = np.empty((n, *(2,) * n), dtype=object)
            for keeps in itertools.product((0, 1), repeat=n):
                table[:, *keeps] = self._in_domain(d, keeps)
            chosen = np.array([int(name in each) for each in self.sets()])
            sums = sums + table[np.ix_(np.arange(n), *(chosen,) * n)]
        return NormalFormGame(sums, players=self.players, actions=self.actions())

    def _in_domain(self, domain: int, keeps: Sequence[int]) -> tuple[Number, ...]:
        """Each player's payoff in one domain, the security weight counted; `keeps` tells who cooperates."""
        n = len(self.players)
        own = [self._own(domain, i, keeps) for i in range(n)]
        weights = self.security[domain]
        return tuple(
            own[i] - weights[i] * sum((own[j] for j in range(n) if j != i), start=0 * own[i]) / (n - 1)
            for i in range(n)
        )

    def _own(self, domain: int, player: int, keeps: Sequence[int]) -> Number:
        others = all(keep for j, keep in enumerate(keeps) if j != player)
        names = ("reward", "sucker") if keeps[player] else ("temptation", "punishment")
        own: Number = getattr(self, names[0 if others else 1])[domain][player]
        return own

    def _stakes(self) -> tuple[Any, Any]:
        """Gains from cheating T - R and losses R - P, (domains, players) tables of rationals, security counted."""
        n = len(self.players)
        exact = {
            name: rational(getattr(self, name)) for name in ("temptation", "reward", "punishment", "sucker", "security")
        }
        shape = (len(self.domains), n)
        gains, losses = np.empty(shape, dtype=object), np.empty(shape, dtype=object)
        for d, i in np.ndindex(*shape):
            t, r, p, s, w = (exact[name][d] for name in exact)
            others = [j for j in range(n) if j != i]
            # Where i alone cheats, each other player is cheated.
            cheated = [s[j] for j in others]
            relative = w[i] / len(others)
            gains[d, i] = t[i] - r[i] - relative * sum(a - r[j] for a, j in zip(cheated, others, strict=True))
            losses[d, i] = r[i] - p[i] - relative * sum(r[j] - p[j] for j in others)
        return gains, losses

    def critical_factors(self) -> Any:
        """Return the least discount factor at which each domain alone holds each player, (domains, players).

        delta* = (T - R)/(T - P). Infinite where cooperation is worth less to the player than none (R <= P, as a
        security weight can bring about).
        """
        gains, losses = self._stakes()
        return np.array(
            [
                [_factor(gain, loss) for gain, loss in zip(*rows, strict=True)]
                for rows in zip(gains, losses, strict=True)
            ]
        )

    def pooled_factors(self, domains: Iterable[str] | None = None) -> Any:
        """Return the least discount factor at which one promise over a set of domains holds each player, (players,).

        delta* = sum(T - R)/sum(T - P), by default over all domains; 0 over none.

        References
        ----------
        Bernheim & Whinston (1990), Multimarket contact and collusive behavior, section 3.
        """
        chosen = self._chosen(domains)
        gains, losses = self._stakes()
        return np.array([_factor(sum(gains[chosen, i]), sum(losses[chosen, i])) for i in range(len(self.players))])

    def _chosen(self, domains: Iterable[str] | None) -> list[int]:
        names = self.domains if domains is None else tuple(domains)
        if unknown := [name for name in names if name not in self.domains]:
            raise ValueError(f"no domain is called {unknown[0]!r}; domains: {', '.join(self.domains)}")
        return [self.domains.index(name) for name in names]

    def best_promise(self, discounts: Sequence[float]) -> PooledPromise:
        """Return the set of domains of the largest value that one promise sustains for every player.

        Maximises the sum of R - P over the set and the players, subject to
        delta_i*sum(R_i - P_i) - (1 - delta_i)*sum(T_i - R_i) >= 0 for each player i. Every set is looked at; one
        that is too close to call is decided in rationals, and of sets worth the same the one listed first is taken.

        Parameters
        ----------
        discounts : (n_players,) numbers in [0, 1)

        Raises
        ------
        ValueError   for a wrong number of discount factors, or more than 20 domains
        """
        n_domains, n = len(self.domains), len(self.players)
        if len(discounts) != n or not all(0 <= each < 1 for each in discounts):
            raise ValueError(f"{n} discount factors from 0 to below 1 are needed, one a player; got {list(discounts)}")
        if n_domains > MOST_DOMAINS:
            raise ValueError(f"{n_domains} domains have too many sets to look at; at most {MOST_DOMAINS} are possible")
        gains, losses = self._stakes()
        deltas = [rational(float(each)) for each in discounts]
        slacks = np.array(
            [[deltas[i] * losses[d, i] - (1 - deltas[i]) * gains[d, i] for i in range(n)] for d in range(n_domains)],
            dtype=object,
        )
        values = losses.sum(axis=1)
        sums = _subset_sums(np.column_stack([slacks, values]).astype(float))
        rounding = 1e-9 * max(1.0, float(np.abs(sums).max()))
        likely = np.flatnonzero((sums[:, :n] >= -rounding).all(axis=1))
        best: tuple[Fraction, int] | None = None
        for mask in likely[np.argsort(-sums[likely, n], kind="stable")].tolist():
            if best is not None and sums[mask, n] < float(best[0]) - rounding:
                break
            members = [d for d in range(n_domains) if mask >> d & 1]
            worth = sum((values[d] for d in members), start=Fraction(0))
            held = all(sum(slacks[members, i]) >= 0 for i in range(n))
            if held and (best is None or worth > best[0]):
                best = worth, mask
        assert best is not None  # the empty set holds
        members = [d for d in range(n_domains) if best[1] >> d & 1]
        names = tuple(self.domains[d] for d in members)
        return PooledPromise(
            names,
            float(best[0]),
            tuple(float(sum(slacks[members, i])) for i in range(n)),
            tuple(self.pooled_factors(names).tolist()),
        )

    @classmethod
    def symbols(cls) -> dict[str, sympy.Symbol]:
        """Return the symbols of two domains of two equal players, by name; w is the security weight."""
        import sympy

        letters = ("temptation", "reward", "punishment", "sucker", "security")
        return {f"{name}_{d}": sympy.Symbol(f"{name}_{d}", real=True) for d in (1, 2) for name in letters}

    @classmethod
    def thresholds(cls) -> dict[str, sympy.Expr]:
        """Return the critical discount factors of two domains of two equal players, alone and pooled."""
        s = cls.symbols()
        stakes = []
        for d in (1, 2):
            t, r, p, sucker, w = (
                s[f"{name}_{d}"] for name in ("temptation", "reward", "punishment", "sucker", "security")
            )
            stakes.append((t - r + w * (r - sucker), (1 - w) * (r - p)))
        (g1, l1), (g2, l2) = stakes
        return {
            "critical discount factor of the first domain alone": g1 / (g1 + l1),
            "critical discount factor of the second domain alone": g2 / (g2 + l2),
            "critical discount factor of both pooled": (g1 + g2) / (g1 + g2 + l1 + l2),
            "security weight from which the first domain cannot be sustained at discount factor 1/2": (
                (2 * s["reward_1"] - s["temptation_1"] - s["punishment_1"])
                / (2 * s["reward_1"] - s["sucker_1"] - s["punishment_1"])
            ),
        }


def _factor(gain: Fraction, loss: Fraction) -> float:
    if gain <= 0 <= loss:
        return 0.0
    return float(gain / (gain + loss)) if loss > 0 else math.inf


def _subset_sums(rows: Any) -> Any:
    """Sums of the rows over every set of them, by bit mask."""
    sums = np.zeros((1, rows.shape[1]))
    for row in rows:
        sums = np.concatenate([sums, sums + row])
    return sums


def _each(value: Any, names: Sequence[str], what: str, kind: str, *, numbers: bool = False) -> tuple[Any, ...]:
    """Read one entry for each name: one for all, a list in their order, or keys with values."""
    if isinstance(value, Mapping):
        unknown = [str(name) for name in value if name not in names]
        missing = [name for name in names if name not in value]
        if unknown or missing:
            words = f"names {unknown[0]}, no {kind}" if unknown else f"leaves out {missing[0]}"
            raise ValueError(f"{what} {words}; each {kind} has one: {', '.join(names)}")
        entries = tuple(value[name] for name in names)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) != len(names):
            raise ValueError(f"{what} has {len(value)} entries for {len(names)} {kind}s: {', '.join(names)}")
        entries = tuple(value)
    else:
        entries = (value,) * len(names)
    for entry in entries if numbers else ():
        if isinstance(entry, bool) or not isinstance(entry, int | float | Fraction) or not math.isfinite(entry):
            raise ValueError(f"{what} is {entry!r}, not a finite number")
    return entries
