"""What stands in the project's pages: blocks of code, shown outputs, marked numbers, links.

A shown output is a ```text block below a comment that names its command, `<!-- output of: bargain check FILE -->`.
A marked number is followed by a comment with the expression it comes from: `8.84<!-- payoffs["Leader"] -->`.
`python tests/pages.py` writes the outputs of all pages, the figures of the examples, the gallery of pictures and the
layers anew.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[1]
BIBLIOGRAPHY = ROOT / "docs" / "references.bib"
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.M | re.S)
OUTPUT = re.compile(r"(<!-- output of: (?P<command>[^\n]*?) -->\n+```text\n)(?P<shown>.*?)(?=^```$)", re.M | re.S)
NUMBER = re.compile(r"(?P<number>[−-]?\d[\d,]*(?:\.\d+)?)(?P<percent>\s?%)?<!-- (?P<expression>[^\n]*?) -->")
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
IMAGE = re.compile(r"!\[(?P<alt>[^\n]*?)\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page; `run` is False below the comment `<!-- not run -->`."""

    language: str
    body: str
    line: int
    run: bool


def pages() -> list[Path]:
    """Every page that readers of the project see."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*/*.md")]
    found += (ROOT / "notebooks").glob("*.md")
    return sorted(found)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in FENCE.finditer(text):
        indent, before = match["indent"], text[: match.start()]
        body = "".join(line.removeprefix(indent) for line in match["body"].splitlines(keepends=True))
        run = not before.rstrip().endswith("<!-- not run -->")
        found.append(Block(match["language"], body, before.count("\n") + 2, run))
    return [block for block in found if block.language in languages]


def prose(page: Path) -> str:
    """The page without its blocks of code and its inline code."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)


@dataclass(frozen=True)
class Step:
    """A `bargain` command line of a page: one that readers run, or one whose output is shown (`shown`).

    `exit` is the exit code stated behind the command as `# exit 1`, or None.
    """

    command: str
    exit: int | None
    shown: str | None


def steps(page: Path) -> list[Step]:
    """The command lines of a page, in its order."""
    found = [
        (block.line, step) for block in blocks(page, "sh", "console") if block.run for step in _commands(block.body)
    ]
    text = page.read_text(encoding="utf-8")
    for match in OUTPUT.finditer(text):
        line = text[: match.start()].count("\n") + 1
        found.append((line, Step(match["command"], None, match["shown"])))
    return [step for _, step in sorted(found, key=lambda pair: pair[0])]


def _commands(body: str) -> Iterator[Step]:
    for line in body.replace("\\\n", " ").splitlines():
        words = line.removeprefix("$ ").removeprefix(".venv/bin/")
        if words.startswith("bargain "):
            stated = re.search(r"#.*\bexit (\d)", words)
            yield Step(words.split(" #")[0].strip(), int(stated[1]) if stated else None, None)


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder to run a page's commands in: it holds a copy of the examples, so that nothing is overwritten."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "examples", Path(folder) / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        with contextlib.chdir(folder):
            yield Path(folder)


def bargain(command: str) -> tuple[int, str, str]:
    """Run a `bargain` command line in this process: exit code, standard output, standard error."""
    from bargain.cli import main

    words = shlex.split(command)
    assert words[0] == "bargain", command
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    plain = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "FORCE_COLOR")}
    with (
        mock.patch.object(sys, "argv", words),
        # The program is called by its name, not as a module of whatever runs this.
        mock.patch.object(sys.modules["__main__"], "__package__", None, create=True),
        mock.patch.dict(os.environ, plain, clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return int(code or 0), out.getvalue(), err.getvalue()


def python(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script of the project in a process of its own."""
    return subprocess.run([sys.executable, script, *map(str, arguments)], capture_output=True, text=True, check=False)


def tidy(text: str) -> str:
    """An output as pages show it: without spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()) + "\n"


def wrong_numbers(page: Path, namespace: dict[str, Any]) -> list[str]:
    """The marked numbers of a page that are not, to the digits written, what their expressions come to."""
    wrong = []
    for match in NUMBER.finditer(prose(page)):
        written = match["number"].replace("−", "-").replace(",", "")
        value = float(eval(match["expression"], namespace)) * (100 if match["percent"] else 1)
        digits = len(written.partition(".")[2])
        if f"{value:.{digits}f}" != written:
            wrong.append(f"{match['expression']}: written {written}, computed {value:.{digits + 2}f}")
    return wrong


def unmarked_numbers(page: Path) -> list[str]:
    """The numbers with a decimal point in the prose of a page that no comment explains."""
    plain = re.sub(r"<!--.*?-->", "", NUMBER.sub("", prose(page)), flags=re.S)
    return re.findall(r"(?<![\w.])\d+\.\d+(?![\w.])", LINK.sub("", IMAGE.sub("", plain)))


def rewrite(page: Path) -> None:
    """Write the shown outputs of a page anew."""
    text = page.read_text(encoding="utf-8")
    with workplace():
        fresh = {}
        for step in steps(page):
            code, out, err = bargain(step.command)
            if code == 2:
                raise SystemExit(f"{name(page)}: {step.command}\n{err}")
            if step.shown is not None:
                fresh[step.command] = tidy(out)
    changed = OUTPUT.sub(lambda match: match[1] + fresh[match["command"]], text)
    if changed != text:
        page.write_text(changed, encoding="utf-8")
        print(name(page))


def figures() -> list[Path]:
    """The scripts that draw the worked examples' figures."""
    return sorted((ROOT / "examples").glob("*/figure.py"))


def drawn(script: Path) -> Any:
    """The picture of a worked example."""
    return runpy.run_path(str(script))["draw"]()


def redraw(script: Path) -> None:
    """Draw the figure of a worked example anew, and write what it shows into the example's page."""
    picture, page = drawn(script), script.with_name("README.md")
    text = page.read_text(encoding="utf-8")
    shown = IMAGE.sub(
        lambda match: f"![{picture.title}](figure.svg)" if match["target"] == "figure.svg" else match[0], text
    )
    for path, fresh in ((script.with_name("figure.svg"), picture.svg()), (page, shown)):
        if not path.exists() or path.read_text(encoding="utf-8") != fresh:
            path.write_text(fresh, encoding="utf-8")
            print(name(path))


GALLERY = ROOT / "docs" / "reference" / "pictures.md"


def gallery() -> dict[str, Any]:
    """The pictures of the gallery by the name of their file: each is what `picture` is after the code above it."""
    text, names, found = GALLERY.read_text(encoding="utf-8"), dict[str, Any](), {}
    ends = [(match.end(), match["body"]) for match in FENCE.finditer(text) if match["language"] == "python"]
    with contextlib.chdir(ROOT):
        for image in IMAGE.finditer(text):
            while ends and ends[0][0] < image.start():
                exec(ends.pop(0)[1], names)
            found[image["target"]] = names.pop("picture")
    return found


def redraw_gallery() -> None:
    """Draw the gallery anew, and write each picture's title beside it."""
    drawn = gallery()
    text = GALLERY.read_text(encoding="utf-8")
    fresh = {GALLERY: IMAGE.sub(lambda match: f"![{drawn[match['target']].title}]({match['target']})", text)}
    fresh |= {GALLERY.parent / target: picture.svg() for target, picture in drawn.items()}
    for path, shown in fresh.items():
        path.parent.mkdir(exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != shown:
            path.write_text(shown, encoding="utf-8")
            print(name(path))


LAYERS = ROOT / "docs" / "layers.py"

if __name__ == "__main__":
    runpy.run_path(str(LAYERS), run_name="__main__")
    redraw_gallery()
    for script in figures():
        redraw(script)
    for each in pages():
        rewrite(each)
