"""What all pictures share: their look, their content in words, and writing them to a file.

Nothing is shown by colour alone, and a picture is the same file, byte for byte, each time it is drawn by the same
version of matplotlib.
"""

from __future__ import annotations

import contextlib
import html
import io
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bargain._files import write_bytes_atomically, write_text_atomically
from bargain.errors import BargainError
from bargain.findings import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
    "grey": "#8C8C8C",
}
"""Okabe and Ito's palette, which colour-blind readers can tell apart, without its yellow; and a grey."""
MARKERS = ("o", "s", "^", "D", "P", "X", "v", "*")


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure and the same in words.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    title : str
        What the picture shows, in a line.
    alt_text : str
        What it says to someone who cannot see it, with its numbers.
    """

    figure: Figure
    title: str
    alt_text: str

    def __post_init__(self) -> None:
        # The layout takes two rounds to settle; each further one would move things by a hair.
        with style():
            for _ in range(2):
                self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")

    def svg(self) -> str:
        """Return the picture as SVG; `alt_text` is its description, and text stays text."""
        stream = io.StringIO()
        with style():
            self.figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Title": self.title})
        text = stream.getvalue().replace("<svg ", '<svg role="img" ', 1)
        return text.replace("</title>", f"</title>\n <desc>{html.escape(self.alt_text, quote=False)}</desc>", 1)

    def png(self, dpi: float = 150) -> bytes:
        """Return the picture as PNG, its description in the file's `Description`."""
        stream = io.BytesIO()
        with style():
            metadata = {"Software": None, "Title": self.title, "Description": self.alt_text}
            self.figure.savefig(stream, format="png", dpi=dpi, metadata=metadata)
        return stream.getvalue()

    def _repr_svg_(self) -> str:
        return self.svg()


def save_figure(picture: Picture, path: str | Path) -> None:
    """Write a picture as `.svg` or `.png`; a reader never meets half of it.

    Raises
    ------
    BargainError   for another ending
    OSError        if the folder does not exist or cannot be written to; an old file is then untouched

    Examples
    --------
    >>> import tempfile
    >>> from bargain.plots import plot_core
    >>> file = Path(tempfile.mkdtemp()) / "core.svg"
    >>> save_figure(plot_core([0, 0, 0, 2, 0, 2, 2, 4]), file)
    >>> file.read_text(encoding="utf-8").count("<desc>")
    1
    """
    target = Path(path).resolve()
    if target.suffix == ".svg":
        return write_text_atomically(target, picture.svg())
    if target.suffix != ".png":
        raise BargainError(f"{target.name}: pictures are written as .svg or .png. Change the file's ending.")
    write_bytes_atomically(target, picture.png())


@contextlib.contextmanager
def style() -> Iterator[None]:
    """The look of all pictures, whatever the caller has set: text as text, no mathematics in names, fixed ids."""
    from matplotlib import style as styles

    own: dict[str, Any] = {
        "svg.hashsalt": "bargain",
        "svg.fonttype": "none",
        "text.parse_math": False,
        "axes.unicode_minus": True,
        "font.size": 10,
        "hatch.linewidth": 0.7,
    }
    with styles.context(["default", own]), warnings.catch_warnings():
        # A name in a script that the built-in font lacks is drawn by whoever shows the SVG.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def new_figure(width: float, height: float, title: str) -> Figure:
    """Return an empty figure, in inches, with its title above it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("constrained", h_pad=0.12)
    lines = [textwrap.fill(line, int(10.8 * width)) for line in title.splitlines()]
    figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=12)
    return figure


def light(panel: Axes) -> None:
    """Leave only the axes that carry numbers."""
    panel.spines[["top", "right"]].set_visible(False)


def colour(k: int) -> str:
    """Return the colour of the k-th of several things; marks or kinds of line must tell them apart too."""
    return COLOURS[("vermillion", "blue", "green", "purple", "orange", "black", "sky", "grey")[k % 8]]


def short(value: float) -> str:
    """Write a number for a picture, four significant digits."""
    return number(float(f"{value:.4g}"))
