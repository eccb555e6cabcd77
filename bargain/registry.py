"""Finding models by name: the entry-point group `bargain.models`, nothing else."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from bargain.errors import BargainError

if TYPE_CHECKING:
    from bargain.model import Model

GROUP = "bargain.models"


@cache
def _entry_points() -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def models() -> tuple[str, ...]:
    """List the names of the models that are installed.

    Returns
    -------
    tuple of str
        In alphabetical order.

    Examples
    --------
    >>> import bargain as bg
    >>> "lead_race" in bg.models()
    True
    """
    return tuple(_entry_points())


def model_class(name: str) -> type[Model]:
    """Return the class of the model of that name.

    Raises
    ------
    BargainError   if no installed package offers a model of that name
    """
    try:
        point = _entry_points()[name]
    except KeyError:
        known = ", ".join(models())
        raise BargainError(f"No model is called {name!r}. Installed models: {known}.") from None
    loaded: type[Model] = point.load()
    return loaded


def load_model(name: str, **parameters: Any) -> Model:
    """Build the model of that name; parameters that are left out take the default calibration.

    Parameters
    ----------
    name : str
        As `models` lists it.
    **parameters
        Values by the names of the model's parameters.

    Returns
    -------
    Model

    Raises
    ------
    BargainError   if no installed package offers a model of that name
    ValueError     for an unknown parameter, or a value out of its range

    Examples
    --------
    >>> import bargain as bg
    >>> bg.load_model("lead_race", prize=120.0).prize
    120.0
    """
    return model_class(name)(**parameters)
