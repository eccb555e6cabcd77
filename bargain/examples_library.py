"""The worked examples: offers that ship with the package, each in a folder with a README."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bargain._yaml import read_yaml
from bargain.errors import BargainError

if TYPE_CHECKING:
    from bargain.offers import Offer


@dataclass(frozen=True)
class Example:
    """A worked example: its name, the title of its README, and its offer documents."""

    name: str
    title: str
    folder: Path
    documents: tuple[Path, ...]


def examples_folder() -> Path | None:
    """Return where the examples are: inside the installed package, else in the repository; None if nowhere."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_examples", package.parent / "examples"):
        if folder.is_dir():
            return folder
    return None


def examples(folder: Path | None = None) -> tuple[Example, ...]:
    """List the worked examples by name, from `folder` or from where they ship."""
    root = folder or examples_folder()
    if root is None:
        return ()
    found = []
    for readme in sorted(root.glob("*/README.md")):
        documents = tuple(sorted(readme.parent.glob("*.yaml")))
        if documents:
            found.append(Example(readme.parent.name, _title(readme), readme.parent, documents))
    return tuple(found)


def _title(readme: Path) -> str:
    lines = readme.read_text(encoding="utf-8").splitlines()
    headings = (line.lstrip("#").strip() for line in lines if line.startswith("#"))
    return next(headings, readme.parent.name)


def copy_example(name: str, to: Path, folder: Path | None = None) -> Path:
    """Copy an example's folder into the folder `to` and return the copy, which appears whole or not at all.

    Raises
    ------
    BargainError   if there is no such example, or the copy's place is taken
    OSError        if the copy cannot be written
    """
    known = {example.name: example for example in examples(folder)}
    if name not in known:
        raise BargainError(f"No example is called {name!r}. There are: {', '.join(known) or 'none'}.")
    target = to / name
    if target.exists():
        raise BargainError(f"{target} exists already. Give another folder with --to, or move it away.")
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to, prefix=f".{name}.") as draft:
        copied = shutil.copytree(known[name].folder, Path(draft) / name, ignore=shutil.ignore_patterns("__pycache__"))
        copied.rename(target)
    return target


def document_of(name: str) -> str:
    """Return the file of a document: a file as it is, else that of a worked example, `NAME` or `NAME/DOCUMENT`.

    What is neither is returned as it came, so that reading it says what is missing.

    >>> Path(document_of("lead_race/unpaid")).parts[-2:]
    ('lead_race', 'unpaid.yaml')
    """
    example, _, document = name.partition("/")
    root = examples_folder()
    if Path(name).is_file() or root is None or example not in {each.name for each in examples()}:
        return name
    file = root / example / f"{(document or 'offer').removesuffix('.yaml')}.yaml"
    return str(file) if file.is_file() else name


def documents_on(model: str) -> list[str]:
    """Return the worked examples' documents on a model, as `NAME/DOCUMENT`.

    >>> documents_on("monitored_access")
    ['monitored_access/offer', 'monitored_access/too_little']
    """
    return [
        f"{example.name}/{document.stem}"
        for example in examples()
        for document in example.documents
        if model in _models(read_yaml(document.read_text(encoding="utf-8")).data)
    ]


def _models(data: dict[str, Any]) -> list[str]:
    """Return the model of a document, or those of the issues that it joins."""
    return [part["model"] for part in data.get("issues") or [data]]


def nearest_example(offer: Offer) -> tuple[str, Offer]:
    """Return the worked example most like an offer, by name, and its offer.

    Of the documents on the same model it is the one with the least difference from the offer, as in `Comparison`, the
    first by name where several have it; those that state the very same are left out.

    Parameters
    ----------
    offer : Offer

    Returns
    -------
    tuple of str and Offer

    Raises
    ------
    BargainError   where no worked example has the offer's model and states anything else

    Examples
    --------
    >>> import bargain as bg
    >>> offer = bg.read_offer("examples/lead_race/offer.yaml")
    >>> mine = offer.replace({"terms.fund.value": 1, "terms.fund.cost": 1})
    >>> bg.nearest_example(mine)[0]
    'lead_race/offer'
    """
    from bargain.comparison import difference
    from bargain.documents import read_offer

    names = dict.fromkeys(name for model in _models(offer.data) for name in documents_on(model))
    others = ((name, read_offer(document_of(name))) for name in names)
    like = [(name, other) for name, other in others if other.model == offer.model and other != offer]
    apart = [(difference(offer, other), name, other) for name, other in like]
    if not apart:
        raise BargainError(f"No other worked example is on the model {offer.model}. Name a document to compare with.")
    _, name, other = min(apart, key=lambda each: each[:2])
    return name, other
