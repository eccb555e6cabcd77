"""Results as tables: rows for a file, a pandas DataFrame, HTML for a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Table(Tabular):
    """Numbers of one's own as a table: text in a terminal, HTML in a notebook, rows and a DataFrame on request.

    `to_rows` gives the rows, `to_frame` a DataFrame, which needs pandas.

    Attributes
    ----------
    columns : mapping of name to values
        One list, tuple or array a column, all of one length.
    title : str
        What stands above it.
    decimals : int
        Digits shown after the point; the values stay as they are.

    Raises
    ------
    BargainError   if there is no column, or the columns differ in length

    Examples
    --------
    >>> import bargain as bg
    >>> print(bg.Table({"state": ["North", "South"], "share": [2 / 3, 1 / 3]}, title="Power"))
    Power
      state  share
      North  0.667
      South  0.333
    """

    columns: Mapping[str, Sequence[Any]]
    title: str = ""
    decimals: int = 3

    def __post_init__(self) -> None:
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) != 1:
            raise BargainError(f"A table needs columns of one length; these have {lengths}.")

    def to_rows(self) -> list[dict[str, Any]]:
        """Return the rows, with numbers as they were given."""
        plain = (
            [getattr(value, "tolist", lambda value=value: value)() for value in each] for each in self.columns.values()
        )
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*plain, strict=True)]

    def _heading(self) -> str:
        return self.title

    def _shown_rows(self) -> list[dict[str, Any]]:
        return [{name: self._shown(value) for name, value in row.items()} for row in self.to_rows()]

    def _shown(self, value: Any) -> Any:
        # Adding zero takes the sign off a zero.
        return round(value, self.decimals) + 0.0 if isinstance(value, float) else value

    def __str__(self) -> str:
        rows = [list(self.columns), *([_text(value) for value in row.values()] for row in self._shown_rows())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  " + "  ".join(map(str.rjust, row, widths)) for row in rows]
        return "\n".join([self.title, *lines] if self.title else lines)


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
    '<p>&lt;1&gt;</p><table><thead><tr><th>player</th><th style="text-align: right">payoff</th><th>power</th></tr>\
</thead><tbody><tr><td>A &amp; B</td><td style="text-align: right">0.333333</td><td>–</td></tr></tbody></table>'
    """
    above = f"<p>{escape(heading)}</p>" if heading else ""
    if not rows:
        return above
    right = {key for key in rows[0] if any(_is_number(row[key]) for row in rows)}
    head = "".join(_cell("th", str(key), key in right) for key in rows[0])
    lines = ("".join(_cell("td", _text(cell), key in right) for key, cell in row.items()) for row in rows[:MOST_SHOWN])
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    left = len(rows) - MOST_SHOWN
    more = f"<p>and {left} more</p>" if left > 0 else ""
    return f"{above}<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _cell(tag: str, text: str, right: bool) -> str:
    """Return a cell: columns of numbers are set to the right, their heading and their words too."""
    style = ' style="text-align: right"' if right else ""
    return f"<{tag}{style}>{escape(text)}</{tag}>"


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "–", True: "yes", False: "no"}[value]
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    return str(value).replace("-", "−") if isinstance(value, int) else str(value)
