"""A second opinion on equilibria from pygambit, in a process of its own that can be ended."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from bargain.games import Floats, GameError, NormalFormGame
from bargain.many import scaled_payoffs
from bargain.nfg import write_nfg
from bargain.strategic import EquilibriumSet, regret

Method = Literal["enumpure", "enummixed", "enumpoly", "lcp", "lp", "gnm", "ipa", "logit", "simpdiv", "liap"]
SAME = 1e-6
"""Regret, for payoffs with a range of 1, up to which a profile counts as an equilibrium."""
NEAR = 1e-4
"""Weights closer than this are the same: solvers that approximate stop at some distance."""
START = 60.0
"""Seconds that the other process may take to load pygambit and the game."""

_SCRIPT = """
import faulthandler, json, os, sys
import pygambit
game = pygambit.read_nfg(sys.argv[1])
method = sys.argv[2]
solve = getattr(pygambit.nash, method + "_solve")
given, options = game, {}
if method == "liap":
    given, options = game.mixed_strategy_profile(), {"maxregret": 1e-8, "maxiter": 10_000}
elif method == "simpdiv":
    given, options = game.mixed_strategy_profile(rational=True), {"maxregret": pygambit.Rational(1, 10**8)}
faulthandler.dump_traceback_later(float(sys.argv[3]), exit=True)
result = solve(given, **options)
faulthandler.cancel_dump_traceback_later()
print(json.dumps([
    [[float(profile[strategy]) for strategy in player.strategies] for player in game.players]
    for profile in result.equilibria
]))
"""
"""What the other process runs: it reads a .nfg file and prints lists of probabilities, no objects. A thread ends it
when the time is over, which no solver can hold up."""
_TOLD_BY_THE_THREAD = "Timeout ("


@dataclass(frozen=True, eq=False)
class SecondOpinion:
    """What another package says of the same game.

    Attributes
    ----------
    status : "finished", "not installed", "out of time" or "failed"
    method : str
    equilibria : tuple of strategies
        Its profiles in which nobody can gain more than 1e-6 of the range of its payoffs.
    rejected : int
        Its profiles that are no equilibria by that measure.
    missing : tuple of strategies
        Its equilibria that are neither on the list they were compared with nor mixtures of those that `components()`
        puts together; of a complete list there should be none.
    matched : int
        Listed equilibria that it found as well.
    words : str
        The same in a sentence.
    """

    status: Literal["finished", "not installed", "out of time", "failed"]
    method: str
    equilibria: tuple[tuple[Floats, ...], ...]
    rejected: int
    missing: tuple[tuple[Floats, ...], ...]
    matched: int
    words: str

    def __str__(self) -> str:
        return self.words


def gambit_opinion(
    game: NormalFormGame,
    known: EquilibriumSet | None = None,
    *,
    method: Method = "enumpoly",
    seconds: float = 10.0,
) -> SecondOpinion:
    """Solve the game with pygambit, if it is installed, and compare with a list of equilibria.

    The game goes as .nfg text to another process, which ends when the time is over: solvers in C do not listen to
    signals, and some run on for ever on games with ties. Each profile that comes back is judged by its regret, for
    what such solvers return is not always an equilibrium.

    Parameters
    ----------
    game : NormalFormGame
    known : EquilibriumSet, optional
        What to compare with.
    method : str
        The name of a solver of pygambit without "_solve". enumpure, enummixed and enumpoly look for all equilibria
        (pure ones; those of two players; those of any number), the others for one or a few; enummixed and lcp take
        two players, lp a game in which one's gain is the other's loss.
    seconds : float
        For the solver itself; loading pygambit takes a second or more beside.

    Returns
    -------
    SecondOpinion
        Also where pygambit is missing, fails, or does not finish: `status` says so.

    Raises
    ------
    GameError   for an unknown method, or a time that is not above 0

    References
    ----------
    Savani, R., Turocy, T. L. (2025). Gambit: The package for computation in game theory.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    >>> opinion = bg.gambit_opinion(game, bg.nash_equilibria(game))
    >>> opinion.status in ("finished", "not installed"), len(opinion.missing)
    (True, 0)
    """
    if method not in get_args(Method):
        raise GameError(f"No solver of pygambit is called {method!r}. Solvers: {', '.join(get_args(Method))}.")
    if not 0 < seconds < float("inf"):
        raise GameError(f"seconds is {seconds}: a finite time above 0 was expected.")
    if find_spec("pygambit") is None:
        return _silent("not installed", method, "pygambit is not installed, so there is no second opinion.")
    late = f"pygambit's {method} did not finish within {seconds:g} seconds and was ended."
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.nfg"
        write_nfg(game, path, plain_names=True)
        command = [sys.executable, "-P", "-c", _SCRIPT, str(path), method, str(seconds)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=START + seconds)
        except subprocess.TimeoutExpired:
            return _silent("out of time", method, late)
    if done.returncode:
        if done.stderr.startswith(_TOLD_BY_THE_THREAD):
            return _silent("out of time", method, late)
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return _silent("failed", method, f"pygambit's {method} failed: {last}")
    profiles = [[np.array(own, dtype=float) for own in profile] for profile in json.loads(done.stdout)]
    return _compared(game, profiles, known, method)


def _silent(status: Any, method: str, words: str) -> SecondOpinion:
    return SecondOpinion(status, method, (), 0, (), 0, words)


def _compared(
    game: NormalFormGame, profiles: Sequence[Sequence[Floats]], known: EquilibriumSet | None, method: str
) -> SecondOpinion:
    scaled = NormalFormGame(scaled_payoffs(game.payoffs))
    good = [own for own in map(_whole, profiles) if own and regret(scaled, own) <= SAME]
    listed = [equilibrium.strategies for equilibrium in known or ()]
    missing = []
    if known is not None:
        together = [[listed[at] for at in subset] for subset in known.components()]
        missing = [own for own in good if not any(_is_mixture(own, subset) for subset in together)]
    matched = sum(any(_apart(own, other) <= NEAR for other in good) for own in listed)
    rejected = len(profiles) - len(good)
    words = f"pygambit's {method} finds {_counted(len(good), 'equilibrium', 'equilibria')}"
    if rejected:
        words += f" and {_counted(rejected, 'profile that is none', 'profiles that are none')}"
    if known is not None:
        words += f": {matched} of the {len(listed)} listed, and {len(missing)} that the list does not cover"
    return SecondOpinion("finished", method, tuple(good), rejected, tuple(missing), matched, words + ".")


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _whole(profile: Sequence[Floats]) -> tuple[Floats, ...]:
    """The profile with weights that add up to 1 to the last digit; empty if they are no probabilities."""
    if any(not (own >= -SAME).all() or abs(float(own.sum()) - 1) > SAME for own in profile):
        return ()
    kept = [np.clip(own, 0.0, None) for own in profile]
    return tuple(own / own.sum() for own in kept)


def _apart(one: Sequence[Floats], other: Sequence[Floats]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


def _is_mixture(profile: Sequence[Floats], subset: Sequence[Sequence[Floats]]) -> bool:
    """Whether every player's strategy is a mixture of its strategies in a set of equilibria."""
    if any(_apart(profile, other) <= NEAR for other in subset):
        return True
    if len(subset) == 1:
        return False
    from scipy.optimize import nnls

    def distance(own: Floats, corners: Sequence[Floats]) -> float:
        columns = np.vstack([np.array(corners).T, np.ones(len(corners))])
        return float(nnls(columns, np.append(own, 1.0))[1])

    return all(distance(own, corners) <= NEAR for own, corners in zip(profile, zip(*subset, strict=True), strict=True))
