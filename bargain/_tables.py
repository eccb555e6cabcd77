"""Results as tables: rows for a file, a pandas DataFrame, HTML for a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from bargain.errors import BargainError

if TYPE_CHECKING:
    import pandas

MOST_SHOWN = 60
"""Rows of a table that a notebook shows; `to_frame` has them all."""


class Tabular(ABC):
    """A result that is a table as well, one dict a row, with the same keys in each."""

    @abstractmethod
    def to_rows(self) -> list[dict[str, Any]]:
        """Return the rows."""

    def to_frame(self) -> pandas.DataFrame:
        """Return the rows as a DataFrame of pandas, which has to be installed for it.

        Raises
        ------
        BargainError   where pandas is not installed
        """
        return frame_of(self.to_rows())

    def _repr_html_(self) -> str:
        return html_table(self._heading(), self._shown_rows())

    def _heading(self) -> str:
        """Return what stands above the table in a notebook."""
        return str(self).partition("\n")[0]

    def _shown_rows(self) -> list[dict[str, Any]]:
        """Return the rows as a notebook shows them."""
        return self.to_rows()


def frame_of(rows: Sequence[Mapping[str, Any]]) -> pandas.DataFrame:
    """Return rows as a DataFrame.

    Raises
    ------
    BargainError   where pandas is not installed
    """
    try:
        import pandas
    except ImportError:
        raise BargainError("A DataFrame needs pandas, which is not installed: pip install pandas.") from None
    return pandas.DataFrame(rows)


def html_table(heading: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as an HTML table below a heading; every text is escaped, numbers have six digits at most.

    >>> html_table("<1>", [{"player": "A & B", "payoff": 1 / 3, "power": None}])
    '<p>&lt;1&gt;</p><table><thead><tr><th>player</th><th>payoff</th><th>power</th></tr></thead><tbody><tr><td>A \
&amp; B</td><td style="text-align: right">0.333333</td><td></td></tr></tbody></table>'
    """
    if not rows:
        return f"<p>{escape(heading)}</p>"
    head = "".join(f"<th>{escape(str(key))}</th>" for key in rows[0])
    body = "".join(f"<tr>{''.join(map(_cell, row.values()))}</tr>" for row in rows[:MOST_SHOWN])
    left = len(rows) - MOST_SHOWN
    more = f"<p>and {left} more</p>" if left > 0 else ""
    return f"<p>{escape(heading)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: Any) -> str:
    if value is None:
        return "<td></td>"
    if isinstance(value, float | int) and not isinstance(value, bool):
        text = f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value).replace("-", "−")
        return f'<td style="text-align: right">{text}</td>'
    return f"<td>{escape(str(value))}</td>"
