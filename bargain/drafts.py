"""Drafts to begin from: a commented offer on any installed model, and a package with a model of one's own."""

from __future__ import annotations

import importlib.util
import keyword
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, get_args

from bargain._splice import flow_text, scalar_text
from bargain.descriptions import parameter_facts
from bargain.errors import BargainError
from bargain.findings import plain
from bargain.offers import SCHEMA, Limits, Monitoring, Offer, Player, Term
from bargain.registry import model_class, models
from bargain.strategic import pure_equilibria

if TYPE_CHECKING:
    from pydantic import BaseModel

    from bargain.games import NormalFormGame
    from bargain.model import Model

TEMPLATES = Path(__file__).parent / "_templates"
DISCOUNT = 0.9
POWER_SHIFT = 0.05


def draft_offer(model: str) -> str:
    """Return a commented offer on a model that checks as it stands, to be filled with one's own numbers.

    The players have the model's roles and capabilities. Each is asked for its part in the profile with the largest
    sum of payoffs (to join, where joining is all there is), and the first pays the second a twentieth of the range
    of the second's payoffs, to one digit. Parameters, and what happens without the offer, stand in comments with
    the values they have anyway.

    Parameters
    ----------
    model : str
        The name of an installed model.

    Returns
    -------
    str
        A YAML document.

    Raises
    ------
    BargainError
        If no such model is installed, it has no actions that could be asked for, or a parameter has no default.

    Examples
    --------
    >>> import bargain as bg
    >>> draft = bg.draft_offer("monitored_access")
    >>> print("\\n".join(line for line in draft.splitlines() if "one of" in line))
      Provider: trust     # one of withhold, monitor, trust
      Recipient: comply   # one of comply, misuse
    >>> bg.check(bg.parse_offer(draft)).model
    'monitored_access'
    """
    cls = model_class(model)
    if not cls.takes_asks():
        raise BargainError(f"{model} has no actions that an offer could ask for; it serves the solvers.")
    try:
        built = cls(**cls.sample)
    except ValueError as error:
        raise BargainError(f"{model} cannot be built from its defaults: {error}") from error
    return "\n".join(_document(cls, built)) + "\n"


def _document(cls: type[Model], model: Model) -> Iterator[str]:
    game = model.normal_form()
    first, second = model.players[:2]
    asked = _asked(model, game)
    amount = _twentieth(float(game.payoffs[1].max() - game.payoffs[1].min()))
    yield f"# A draft on {cls.name}: {cls.question}"
    yield f"# It checks as it stands; replace what is yours. bargain show {cls.name} tells what the model assumes."
    yield f"schema: {SCHEMA}"
    yield from _aligned(
        [
            (f"title: {scalar_text(f'A draft on {cls.name}')}", _meaning(Offer, "title")),
            ("unit: payoff per period", _meaning(Offer, "unit")),
            (f"model: {scalar_text(cls.name)}", _meaning(Offer, "model")),
        ]
    )
    yield from ["", *_parameters(cls)]
    places = ", ".join([*cls.roles, *(["..."] if cls.more_players else [])])
    yield from ["", f"players:   # in the order of the model's places: {places}"]
    yield from (f"  # {key}: {_meaning(Player, key)}" for key in Player.model_fields)
    for name, capability in zip(model.players, model.capabilities(), strict=True):
        numbers = {"capability": float(capability), "stake": 0, "discount": DISCOUNT}
        yield f"  {scalar_text(name)}: {flow_text(numbers)}"
    yield from ["", "asks:"]
    yield from _aligned(
        (f"  {scalar_text(name)}: {scalar_text(own[action])}", f"one of {', '.join(own)}")
        for name, own, action in zip(model.players, model.actions(), asked, strict=True)
    )
    yield from ["", "terms:   # what is given; one item each"]
    term = {"id": "payment", "cluster": "financial", "from": first, "to": second, "value": amount, "cost": amount}
    term |= {"power": 0, "timing": "conditional"}
    keys = {field.alias or name: field for name, field in Term.model_fields.items()}
    said = {key: " or ".join(get_args(keys[key].annotation)) for key in ("cluster", "timing")}
    yield from _aligned(
        (f"  {'- ' if key == 'id' else '  '}{key}: {scalar_text(value)}", said.get(key) or keys[key].description or "")
        for key, value in term.items()
    )
    yield from ["", "backing:   # what makes the promises credible"]
    backing: list[tuple[dict[str, Any], str]] = [
        ({"kind": "monitoring", "of": second, "detection": 1}, _meaning(Monitoring, "detection")),
        (
            {"kind": "escrow", "by": first, "amount": 0},
            "a stock its holder loses when its breach is detected",
        ),
    ]
    yield from _aligned((f"  - {flow_text(part)}", meaning) for part, meaning in backing)
    yield from ["", "limits:   # a limit that is not stated is not checked"]
    yield from _aligned(
        [
            (f"  power_shift: {POWER_SHIFT}", _meaning(Limits, "power_shift")),
            ("  # dominance: 0.8", _meaning(Limits, "dominance")),
            ("  # provider_margin: 0", _meaning(Limits, "provider_margin")),
        ]
    )
    yield from ["", *_disagreement(model, game)]
    yield "sources:"
    yield '  - "assumption: every number; the draft takes them from the defaults of the model."'


def _asked(model: Model, game: NormalFormGame) -> Sequence[int]:
    if model.signs:
        return (0,) * len(model.players)
    welfare = game.payoffs.sum(axis=0)
    position, profile = int(welfare.argmax()), []
    for count in reversed(welfare.shape):
        position, action = divmod(position, count)
        profile.append(action)
    return profile[::-1]


def _twentieth(span: float) -> float:
    """Return a twentieth to one digit; 1 where there is nothing to divide.

    >>> _twentieth(173.2), _twentieth(0)
    (9.0, 1.0)
    """
    return float(f"{span / 20:.0e}") if math.isfinite(span) and span > 0 else 1.0


def _parameters(cls: type[Model]) -> Iterator[str]:
    """Give what has to be stated, and in comments every default."""
    known = {each["name"]: each for each in map(parameter_facts, cls.parameter_fields().items())}
    stated = [key for key in cls.sample if key in known]
    rest = [key for key in known if key not in stated]
    if not known:
        return
    if rest:
        yield "# Parameters that are not stated have the values shown here. To change one, take away its #" + (
            "." if stated else " and that of the next line."
        )
    yield f"{'' if stated else '# '}parameters:"
    lines = [(f"  {key}: {flow_text(_data(cls.sample[key]))}", known[key]) for key in stated]
    fields = {field.alias or name: field for name, field in cls.parameter_fields().items()}
    for key in rest:
        default = fields[key].get_default(call_default_factory=True)
        absent = default in (None, ())
        text = f"#   {key}:" if absent else f"#   {key}: {flow_text(_data(default))}"
        lines.append((text, known[key]))
    yield from _aligned((text, _said(each, none=text.endswith(":"))) for text, each in lines)


def _said(facts: Mapping[str, Any], *, none: bool) -> str:
    kind = ", ".join(part for part in (facts["unit"], facts["bounds"]) if part)
    return f"{'none by default: ' if none else ''}{facts['meaning']} ({kind})"


def _data(value: Any) -> Any:
    return value if isinstance(value, str) else plain(value)


def _disagreement(model: Model, game: NormalFormGame) -> Iterator[str]:
    """State what happens without the offer where several equilibria leave it open; else say it in a comment."""
    found = pure_equilibria(game)
    if not found:
        return
    worst = min(found, key=lambda profile: float(sum(game.payoffs[(i, *profile)] for i in range(len(game.players)))))
    profile = flow_text(dict(zip(model.players, game.label(worst), strict=True)))
    if len(found) > 1:
        yield f"# Without the terms the game has {len(found)} pure equilibria; this is the one worst for all together."
        yield f"disagreement: {profile}   # the action of each player without the offer"
    else:
        yield f"# disagreement: {profile}   # {_meaning(Offer, 'disagreement')}"
    yield f"# breakdown: {profile}   # {_meaning(Offer, 'breakdown')}"


def _meaning(part: type[BaseModel], key: str) -> str:
    return part.model_fields[key].description or ""


def _aligned(lines: Iterable[tuple[str, str]]) -> list[str]:
    """Set comments behind lines, one below another."""
    listed = list(lines)
    wide = min(60, max(len(line) for line, _ in listed))
    return [f"{line:<{wide}}   # {comment}" for line, comment in listed]


def draft_model(name: str, to: str | Path = ".") -> Path:
    """Write a package with a model of one's own to begin from, and return its folder.

    The folder holds the model in one file, its entry point in `pyproject.toml`, a test and a README; the model in
    it works. Installed with `pip install FOLDER`, every command knows it by its name.

    Parameters
    ----------
    name : str
        Small letters, digits and _, beginning with a letter; not that of a model or module that is there already.
    to : str or Path
        The folder to put it in, made where there is none.

    Returns
    -------
    Path

    Raises
    ------
    BargainError
        For a name that will not do, and where something of that name stands already.
    OSError
        If it cannot be written; nothing is left behind then.

    Examples
    --------
    >>> import bargain as bg
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(path.name for path in bg.draft_model("arms_talks", folder).iterdir())
    ['README.md', 'arms_talks.py', 'pyproject.toml', 'test_arms_talks.py']
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise BargainError(f"{name!r} is no name of a model: small letters, digits and _, a letter first.")
    if name in models():
        raise BargainError(f"A model called {name} is installed already. Choose another name.")
    if importlib.util.find_spec(name) is not None:
        raise BargainError(f"Python has a module called {name} already. Choose another name.")
    folder = Path(to)
    target = folder / name
    if target.exists():
        raise BargainError(f"{target} exists already. Give another folder with --to, or move it away.")
    words = {"name": name, "title": name.title().replace("_", ""), "words": name.replace("_", " ").capitalize()}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{name}.") as draft:
        made = Path(draft) / name
        made.mkdir()
        for template in sorted(TEMPLATES.iterdir()):
            file = Template(template.name.removesuffix(".txt").replace("NAME", "$name")).substitute(words)
            text = Template(template.read_text(encoding="utf-8")).substitute(words)
            (made / file).write_text(text, encoding="utf-8", newline="")
        made.rename(target)
    return target
