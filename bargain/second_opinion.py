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
from bargain.nfg import write_nfg
from bargain.strategic import EquilibriumSet, regret

Method = Literal["enumpoly", "gnm", "ipa", "enumpure", "logit", "enummixed", "lcp"]
SAME = 1e-6

_SCRIPT = """
import json, sys
import pygambit
game = pygambit.read_nfg(sys.argv[1])
result = getattr(pygambit.nash, sys.argv[2] + "_solve")(game)
profiles = [
    [[float(profile[strategy]) for strategy in player.strategies] for player in game.players]
    for profile in result.equilibria
]
print(json.dumps(profiles))
"""
"""What the other process runs: it reads a .nfg file and prints lists of probabilities, no objects."""


@dataclass(frozen=True, eq=False)
class SecondOpinion:
    """What another package says of the same game.

    Attributes
    ----------
    status : "finished", "not installed", "out of time" or "failed"
    method : str
    equilibria : tuple of strategies
        Its profiles whose regret is below 1e-6 of the largest payoff.
    rejected : int
        Its profiles that are no equilibria by that measure.
    missing : tuple of strategies
        Its equilibria that are not on the list they were compared with; of a complete list of isolated equilibria there
        should be none.
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

    The game goes as .nfg text to another process, which is ended when the time is over: solvers in C do not listen to
    signals. Each profile that comes back is judged by its regret, for what such solvers return is not always an
    equilibrium.

    Parameters
    ----------
    game : NormalFormGame
    known : EquilibriumSet, optional
        What to compare with.
    method : str
        The name of a solver of pygambit without "_solve".
    seconds : float

    Returns
    -------
    SecondOpinion
        Also where pygambit is missing, fails, or does not finish: `status` says so.

    Raises
    ------
    GameError   for an unknown method

    References
    ----------
    Savani, R., Turocy, T. L. (2025). Gambit: The package for computation in game theory.

    Examples
    --------
    >>> import bargain as bg
    >>> game = bg.NormalFormGame.from_bimatrix([[5, 0], [3, 3]], [[5, 3], [0, 3]])
    >>> opinion = gambit_opinion(game, bg.nash_equilibria(game))
    >>> opinion.status in ("finished", "not installed"), len(opinion.missing)
    (True, 0)
    """
    if method not in get_args(Method):
        raise GameError(f"No solver of pygambit is called {method!r}. Solvers: {', '.join(get_args(Method))}.")
    if find_spec("pygambit") is None:
        return _silent("not installed", method, "pygambit is not installed, so there is no second opinion.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "game.nfg"
        write_nfg(game, path)
        try:
            done = subprocess.run(
                [sys.executable, "-c", _SCRIPT, str(path), method], capture_output=True, text=True, timeout=seconds
            )
        except subprocess.TimeoutExpired:
            words = f"pygambit's {method} did not finish within {seconds:g} seconds and was ended."
            return _silent("out of time", method, words)
    try:
        profiles = [tuple(np.array(own, dtype=float) for own in profile) for profile in json.loads(done.stdout)]
    except (ValueError, TypeError):
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return _silent("failed", method, f"pygambit's {method} failed: {last}")
    return _compared(game, profiles, known, method)


def _silent(status: Any, method: str, words: str) -> SecondOpinion:
    return SecondOpinion(status, method, (), 0, (), 0, words)


def _compared(
    game: NormalFormGame, profiles: Sequence[tuple[Floats, ...]], known: EquilibriumSet | None, method: str
) -> SecondOpinion:
    slack = SAME * float(np.abs(game.payoffs).max())
    good = [own for own in profiles if _is_profile(game, own) and regret(game, own) <= slack]
    listed = [np.concatenate(equilibrium.strategies) for equilibrium in known or ()]
    found = [np.concatenate(own) for own in good]

    def near(one: Floats, many: Sequence[Floats]) -> bool:
        return any(float(np.abs(one - other).max()) <= SAME for other in many)

    missing = tuple(own for own, flat in zip(good, found, strict=True) if known is not None and not near(flat, listed))
    matched = sum(near(flat, found) for flat in listed)
    rejected = len(profiles) - len(good)
    words = f"pygambit's {method} finds {len(good)} equilibria"
    if rejected:
        words += f" and {rejected} profiles that are none"
    if known is not None:
        words += f": {matched} of the {len(listed)} listed, and {len(missing)} that are not listed"
    return SecondOpinion("finished", method, tuple(good), rejected, missing, matched, words + ".")


def _is_profile(game: NormalFormGame, strategies: Sequence[Floats]) -> bool:
    return [len(own) for own in strategies] == list(game.shape) and all(
        bool((own >= -1e-9).all()) and abs(float(own.sum()) - 1) <= 1e-9 for own in strategies
    )
