"""What can go wrong, in words a reader of the document can act on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class BargainError(Exception):
    """Base of every error this package raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a document: where, what, what was expected, what to do.

    Attributes
    ----------
    where : str
        Path of the entry, e.g. "terms.fund.value"; empty where a line says it, or where it is the file as a whole.
    what, expected, todo : str
        A sentence each, or empty.
    line, column : int or None
        From 1; None for data that came without a text.
    """

    where: str
    what: str
    expected: str = ""
    todo: str = ""
    line: int | None = None
    column: int | None = None

    def text(self, file: str = "") -> str:
        """Write the fault as `file:line:column: where: what. Expected; what to do`.

        Parameters
        ----------
        file : str
            Name of the document, put before the line.

        Returns
        -------
        str
        """
        place = ":".join(str(part) for part in (file, self.line, self.column) if part not in ("", None))
        what = self.what if self.what.endswith((".", "!", "?")) else self.what + "."
        what = ": ".join(part for part in (place, self.where, what) if part)
        advice = "; ".join(part.rstrip(".") for part in (self.expected, self.todo) if part)
        return f"{what} {advice}." if advice else what


class DocumentError(BargainError, ValueError):
    """A document, or data in its place, that cannot be read as an offer. Lists every fault at once."""

    def __init__(self, faults: Iterable[Fault], file: str = "") -> None:
        self.faults = tuple(faults)
        self.file = file
        super().__init__("\n".join(fault.text(file) for fault in self.faults))


class SolverError(BargainError, RuntimeError):
    """A solver met something that no input of the caller explains. The message says what to report."""
