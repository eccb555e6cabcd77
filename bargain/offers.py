"""Offers: who gives what to whom, in return for which action, backed by what.

The classes here are the document's nouns after it has been read: every number is one float (a range counts at its
mode), every list is a tuple. `documents.py` reads and writes the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr

Cluster = Literal["financial", "frontier_ai", "national_security", "seat_at_table"]
Timing = Literal["upfront", "conditional", "windfall"]

REVOCABLE: Mapping[str, bool] = {
    "financial": False,
    "frontier_ai": True,
    "national_security": True,
    "seat_at_table": False,
}
"""Whether what was given can be taken back, where a term does not say."""


class Frozen(BaseModel):
    """A part of a document: unknown keys are faults, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Range(Frozen):
    """A number that is not known exactly: `low <= mode <= high`; checked at its mode."""

    low: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    mode: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    high: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    source: str = ""
