"""Draw the layers of docs/architecture.md as a picture: `python docs/layers.py` writes docs/figures/layers.svg."""

from __future__ import annotations

import re
from pathlib import Path

from bargain._pictures import COLOURS, FONT, LINE, WIDTH, Picture, new_figure, save_figure, style, wrapped

PAGE = Path(__file__).with_name("architecture.md")
FIGURE = PAGE.parent / "figures" / "layers.svg"
TITLE = "The layers of bargain: imports point down"
GAP, PAD, NAMES = 0.28, 0.09, 0.165
"""Inches between two boxes, inside one between its edge and its words, and of a line of names."""


def layers() -> dict[int, tuple[list[str], list[str]]]:
    """What the page's table says of each layer, the uppermost first: the words for it, and its modules."""
    rows = PAGE.read_text(encoding="utf-8").partition("## Layers")[2].partition("\n## ")[0]
    found: dict[int, tuple[list[str], list[str]]] = {}
    layer = 0
    for first, modules in re.findall(r"^\| ([^|]*)\| (`[^|]*)\|", rows, re.M):
        number, _, about = first.strip().partition(" ")
        if number:
            layer = int(number)
            found.setdefault(layer, ([], []))[0].append(about)
        found[layer][1].extend(re.findall(r"`(\w+)`", modules))
    return found


def draw() -> Picture:
    """One box a layer, its public modules named in it; arrows are imports."""
    from matplotlib.patches import FancyBboxPatch

    boxes = []
    for layer, (about, modules) in layers().items():
        public = [each for each in modules if not each.startswith("_")]
        private = len(modules) - len(public)
        names = f"{', '.join(public)} and {private} private" if public and private else ", ".join(public or modules)
        boxes.append((f"{layer} {' and '.join(about)}", wrapped(names, WIDTH - 0.5, FONT - 1)))
    heights = [2 * PAD + LINE + NAMES * (1 + text.count("\n")) for _, text in boxes]
    height = sum(heights) + GAP * (len(boxes) - 1)
    with style():
        figure = new_figure(WIDTH, height + 0.75, TITLE)
        panel = figure.subplots()
        panel.set_xlim(0, WIDTH)
        panel.set_ylim(height + 0.02, -0.02)
        panel.axis("off")
        top = 0.0
        for (words, text), tall in zip(boxes, heights, strict=True):
            box = FancyBboxPatch(
                (0.05, top), WIDTH - 0.1, tall, boxstyle="round,pad=0,rounding_size=0.08", facecolor="#EEEEEE"
            )
            panel.add_patch(box)
            panel.text(0.2, top + PAD, words, va="top", weight="bold")
            panel.text(0.2, top + PAD + LINE, text, va="top", fontsize=FONT - 1, linespacing=1.1)
            top += tall
            if top < height:
                head = {"arrowstyle": "-|>", "color": COLOURS["black"]}
                panel.annotate("", (WIDTH / 2, top + GAP), (WIDTH / 2, top), arrowprops=head)
                top += GAP
        said = "; ".join(f"{words}: {' '.join(text.split())}" for words, text in boxes)
        return Picture(figure, TITLE, f"{TITLE}. From above: {said}.")


if __name__ == "__main__":
    save_figure(draw(), FIGURE)
