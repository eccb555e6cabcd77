"""What all pictures share: their look, their content in words, and writing them to a file.

Nothing is shown by colour alone, and a picture is the same file, byte for byte, each time it is drawn by the same
version of matplotlib.
"""

from __future__ import annotations

import contextlib
import html
import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bargain._files import write_bytes_atomically, write_text_atomically
from bargain.errors import BargainError
from bargain.findings import harmless, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
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
WIDTH = 5.2
"""Inches across a picture: at 350 pixels, the width of a telephone's page, its letters are still ten pixels high."""
FONT = 11
TITLE = 12
LINE = 0.2
"""Inches that a line of text takes."""
SCALES = (("trillions", 1e12), ("billions", 1e9), ("millions", 1e6), ("millionths", 1e-6), ("billionths", 1e-9))
PLAIN = (1e-4, 1e6)
"""Sizes of numbers that an axis shows as they are; others it shows in one of `SCALES`."""


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
        lines = map(harmless, stream.getvalue().split("\n"))
        text = "\n".join(lines).replace("<svg ", '<svg role="img" ', 1)
        return text.replace(
            "</title>", f"</title>\n <desc>{html.escape(harmless(self.alt_text), quote=False)}</desc>", 1
        )

    def png(self, dpi: float = 150) -> bytes:
        """Return the picture as PNG, its description in the file's `Description`.

        Parameters
        ----------
        dpi : float
            Dots an inch.

        Returns
        -------
        bytes
        """
        stream = io.BytesIO()
        with style():
            metadata = {"Software": None, "Title": self.title, "Description": self.alt_text}
            self.figure.savefig(stream, format="png", dpi=dpi, metadata=metadata)
        return stream.getvalue()

    def _repr_svg_(self) -> str:
        return self.svg()


def save_figure(picture: Picture, path: str | Path) -> None:
    """Write a picture as `.svg` or `.png`; a reader never meets half of it.

    Parameters
    ----------
    picture : Picture
    path : path or str

    Raises
    ------
    BargainError   for another ending
    OSError        if the folder does not exist or cannot be written to; an old file is then untouched

    Examples
    --------
    >>> import bargain as bg
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "core.svg"
    >>> bg.save_figure(bg.plot_core([0, 0, 0, 2, 0, 2, 2, 4]), file)
    >>> file.read_text(encoding="utf-8").count("<desc>")
    1
    """
    target = Path(path)
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
        "font.size": FONT,
        "hatch.linewidth": 0.9,
    }
    with styles.context(["default", own]), _foreign_letters():
        yield


def new_figure(width: float, height: float, title: str) -> Figure:
    """Return an empty figure, in inches, with its title above it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height))
    figure.set_layout_engine("constrained", h_pad=0.1)
    figure.suptitle(wrapped(title, width - 0.15, TITLE), x=0.01, ha="left", fontsize=TITLE)
    return figure


def wrapped(text: str, width: float, size: float = FONT) -> str:
    """Break lines so that none is wider than so many inches; a word that is wider by itself is broken too."""
    lines = []
    for paragraph in text.splitlines():
        line = ""
        for word in _BREAKS.split(paragraph):
            joined = line + word
            if line.strip() and _inches(joined.rstrip(), size) > width:
                lines.append(line.rstrip())
                joined = word
            while len(joined) > 1 and _inches(joined.rstrip(), size) > width:
                kept = next(k for k in range(len(joined) - 1, 0, -1) if k == 1 or _inches(joined[:k], size) <= width)
                lines.append(joined[:kept])
                joined = joined[kept:]
            line = joined
        lines.append(line.rstrip())
    return "\n".join(lines)


_BREAKS = re.compile(r"(?<=[ /])(?=\S)|(?<=\w[-–—])(?=\w)")
"""Where a line may end: behind a blank or a stroke, and behind a hyphen within a word."""


def _inches(line: str, size: float) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    # Everything is named, so that nothing is looked up in settings: setting the style takes longer than measuring.
    font = FontProperties(
        family="DejaVu Sans", style="normal", variant="normal", weight="normal", stretch="normal", size=size
    )
    with _foreign_letters():
        return float(text_to_path.get_text_width_height_descent(line, font, False)[0]) / 72


@contextlib.contextmanager
def _foreign_letters() -> Iterator[None]:
    """A name in a script that the built-in font lacks is drawn by whoever shows the SVG."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def add_legend(figure: Figure, heading: str = "") -> None:
    """Put what the marks mean below the panels, in two columns where they are short enough."""
    entries: dict[str, Any] = {}
    for panel in figure.axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if not entries:
        return
    width = float(figure.get_figwidth())
    short_enough = len(entries) > 1 and max(_inches(label, FONT) for label in entries) <= width / 2 - 0.6
    labels = [label if short_enough else wrapped(label, width - 0.7) for label in entries]
    figure.legend(
        list(entries.values()),
        labels,
        loc="outside lower left",
        frameon=False,
        ncols=2 if short_enough else 1,
        alignment="left",
        title=wrapped(heading, width - 0.2) or None,
        title_fontsize=FONT,
        borderaxespad=0.2,
    )


def name_axes(panel: Axes, across: str, upwards: str) -> None:
    """Name both axes, the upward one level above it; very large and very small numbers are counted in a word."""
    width = _width(panel) - 0.85
    panel.set_xlabel(wrapped(f"{across}{_plain_ticks(panel.xaxis)}", width))
    panel.set_title(wrapped(f"{upwards}{_plain_ticks(panel.yaxis)}", width), loc="left", fontsize=FONT, pad=8)


def _width(panel: Axes) -> float:
    """The inches across the figure that a panel belongs to."""
    figure = panel.get_figure(root=True)
    assert figure is not None
    return float(figure.get_figwidth())


def _plain_ticks(axis: Axis) -> str:
    """Write the numbers of an axis without powers of ten; say in what they are counted if not in ones."""
    from matplotlib.ticker import FuncFormatter, ScalarFormatter

    reach = max(map(abs, axis.get_view_interval()))
    if axis.get_scale() != "linear":
        return ""
    if reach == 0 or PLAIN[0] <= reach < PLAIN[1]:
        plain = ScalarFormatter(useOffset=False)
        plain.set_scientific(False)
        axis.set_major_formatter(plain)
        return ""
    word, scale = next((each for each in SCALES if reach >= each[1]), SCALES[-1])
    axis.set_major_formatter(FuncFormatter(lambda value, _: short(value / scale)))
    return f", {word}"


Row = tuple[str, Sequence[tuple[float, Mapping[str, Any]]]]
"""Words, and below them bars: the length and the look of each."""
BAR, GAP = 0.17, 0.14


def rows_height(rows: Sequence[Row]) -> float:
    """Return the inches that rows of words and bars take."""
    return sum(LINE * (1 + words.count("\n")) + BAR * len(bars) + GAP for words, bars in rows)


def draw_rows(panel: Axes, rows: Sequence[Row], across: str) -> None:
    """Draw words over bars, row by row: however long the words are, they meet no bar."""
    from matplotlib.ticker import MaxNLocator

    top = 0.0
    for words, bars in rows:
        panel.text(0, top, words, transform=panel.get_yaxis_transform(), va="top", linespacing=1.1)
        top += LINE * (1 + words.count("\n"))
        for k, (length, look) in enumerate(bars):
            panel.barh(top + (k + 0.5) * BAR, length, height=0.92 * BAR, **look)
        panel.vlines(0, top - 0.02, top + BAR * len(bars) + 0.02, color=COLOURS["black"], linewidth=1, zorder=3)
        top += BAR * len(bars) + GAP
    panel.set_ylim(top, 0)
    panel.set_yticks([])
    lengths = [0.0, *(length for _, bars in rows for length, _ in bars)]
    low, high = min(lengths), max(lengths)
    room = 0.02 * ((high - low) or 1.0)
    panel.set_xlim(low - room, high + room if high > low else high + 1)
    panel.xaxis.set_major_locator(MaxNLocator(5))
    panel.set_xlabel(wrapped(f"{across}{_plain_ticks(panel.xaxis)}", _width(panel) - 0.4))
    panel.spines[["top", "right", "left"]].set_visible(False)


def light(panel: Axes) -> None:
    """Leave only the axes that carry numbers."""
    panel.spines[["top", "right"]].set_visible(False)


def colour(k: int) -> str:
    """Return the colour of the k-th of several things; marks or kinds of line must tell them apart too."""
    return COLOURS[("vermillion", "blue", "green", "purple", "orange", "black", "sky", "grey")[k % 8]]


def listed(names: Sequence[str]) -> str:
    """Write several names as one would say them."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def short(value: float) -> str:
    """Write a number for a picture, four significant digits."""
    return number(float(f"{value:.4g}"))


def counted(value: float) -> str:
    """Write a number with its sign, a large one in millions, billions or trillions as an axis does.

    >>> counted(1007582806), counted(-2.5)
    ('+1.008 billions', '−2.5')
    """
    word, scale = next((each for each in SCALES if abs(value) >= each[1] >= PLAIN[1]), ("", 1.0))
    return f"{'+' * (value > 0)}{short(value / scale)} {word}".rstrip()
