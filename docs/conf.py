"""How Sphinx builds the documentation site; `docs/build.py` gathers the pages and calls it."""

from __future__ import annotations

import dataclasses
import html
import itertools
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from pydantic import BaseModel
from sphinx import addnodes

import bargain

project = "bargain"
author = "the bargain authors"
release = version = bargain.__version__
html_title = "bargain: agreements to share AI, checked"

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinxcontrib.bibtex",
]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
smartquotes_action = "qe"  # quotation marks and dots; two hyphens begin an option
# Code blocks of the pages run in the tests, and notebooks once for each change of theirs.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True
nb_ipywidgets_js: dict[str, str] = {}
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"

# Docstrings write code in single backticks, and are read in a terminal first.
default_role = "code"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_preprocess_types = False
napoleon_use_ivar = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True

JOINER = "\N{WORD JOINER}"  # stands for ", " in "x, y", to keep it one name until it is shown
# Where a reference ends and the authors of the next begin: "Owen, G. (1975)", "Davis, M., Maschler, M. (1967)".
AUTHOR = r"(?:von |de |d')?[A-Z][\w'-]+, [A-Z]\.(?:[ -][A-Z]\.)*"
NEXT_REFERENCE = re.compile(rf"(?<=\.)\s+(?={AUTHOR}(?:,\s+{AUTHOR})*(?:\s+et al\.)?\s+\(\d{{4}})")

LONGEST = 24  # characters of a word of code that fit any line
ROOM = 38  # characters of a shown command that fit a line of a telephone
# An option and its value, with the brackets and dots of a usage.
OPTION = re.compile(r"(?<!\w)\[?--?[a-z]+ \w+\]?(?:…|\.\.\.)?,?")
# What a line would be broken in: 1e-9, 453-460, n-person, a_-i, ->.
HYPHENED = re.compile(r"(?<![\w-])(\d[\w.]*(?:[-\N{EN DASH}]\d+)+|[A-Za-z]-[A-Za-z]+|\w+_-\w+|->)")

html_theme = "furo"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_extra_path = ["_static_examples"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_show_search_summary = False  # which would be fetched: forbidden to pages read as files
# Pages make no outside request: MathJax is part of the site, and the theme brings its own fonts' names only.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"loader": {"load": []}, "options": {"enableMenu": False}}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


def plain_docstring(app: Any, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Keep bars and trailing underscores, which are markup to Sphinx, as written; an error's reason goes below it.

    References become paragraphs of their own.
    """
    text = re.sub(r"^(\w+Error) +(?=\S)", r"\1\n    ", "\n".join(lines), flags=re.M)
    text = re.sub(
        r"(?<=^References\n-{10}\n)(?:.+\n?)+", lambda one: NEXT_REFERENCE.sub("\n\n", one[0]), text, flags=re.M
    )
    lines[:] = text.split("\n")
    doctest = False
    for at, line in enumerate(lines):
        doctest = line.lstrip().startswith(">>>") or (doctest and bool(line.strip()))
        if not doctest:
            lines[at] = as_written(line)
    if what in ("attribute", "property"):
        lines[:0] = ["..", ""]  # else what stands before a colon is taken for a type
    lines[:] = with_fields(lines, obj)


def as_written(line: str) -> str:
    """A line with the bars and underscores outside of code that would be markup kept from being it."""
    pieces = re.split(r"(`[^`]*`)", line)
    pieces[::2] = [re.sub(r"\||(?<=\w)_(?!\w)", r"\\\g<0>", piece) for piece in pieces[::2]]
    return "".join(pieces)


def plain_signature(
    app: Any, what: str, name: str, obj: object, options: Any, signature: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Leave out what only the package itself hands over, and how a float is made."""
    if isinstance(obj, type) and issubclass(obj, float):
        return "", returned
    if signature:
        signature = re.sub(r"(, \*)?, _\w+(=\w+)?(?=[,)])", "", signature)
        signature = signature.replace("<factory>", "{}")  # of a dataclass: all of them are empty mappings
    return signature, returned


def with_fields(lines: list[str], obj: object) -> list[str]:
    """A docstring with names that share their words kept together, and all fields of a dataclass or part of a document.

    Fields of a dataclass that it tells of in sentences only are listed with their types, those of a part of a document
    with what its schema says of them.
    """
    sections = [at - 1 for at, line in enumerate(lines) if at and line and set(line) == {"-"}] + [len(lines)]
    told: set[str] = set()
    end = None
    for at, after in itertools.pairwise(sections):
        if lines[at] in ("Attributes", "Parameters"):
            for k in range(at + 2, after):
                names, colon, kind = lines[k].partition(" : ")
                if re.fullmatch(r"\w+(, \w+)*", names):
                    told |= set(names.split(", "))
                    lines[k] = names.replace(", ", JOINER) + colon + kind
        if lines[at] == "Attributes":
            end = max(k for k in range(at, after) if lines[k]) + 1
    fields = dataclasses.fields(obj) if isinstance(obj, type) and dataclasses.is_dataclass(obj) else ()
    more = [f"{each.name} : {each.type}" for each in fields if each.name not in told and each.name[0] != "_"]
    if isinstance(obj, type) and issubclass(obj, BaseModel):
        for name, key in obj.model_fields.items():
            if name not in told and key.description:
                kind = re.sub(r"^Annotated\[(.*), BeforeValidator\(\w+\)\]$", r"\1", obj.__annotations__[name])
                more += [f"{as_written(name)} : {kind}", f"    {as_written(key.description)}"]
    if not more:
        return lines
    if end is None:
        end, more = sections[0], ["", "Attributes", "----------", *more, ""]
    return [*lines[:end], *more, *lines[end:]]


def linked(app: Any, doctree: nodes.document) -> None:
    """In the fields of docstrings, link names of classes and not words, and write dashes and headings as people do."""
    for field in doctree.findall(nodes.field):
        heading = field[0].astext()
        if heading == "Variables":
            field[0].replace_self(nodes.field_name("", "Attributes"))
        for reference in list(field.findall(addnodes.pending_xref)):
            if reference.get("refdomain") == "py" and reference["reftarget"].rpartition(".")[2][:1].islower():
                shown = reference[-1]  # the long form where there is a short one
                reference.replace_self(
                    shown.children if isinstance(shown, addnodes.pending_xref_condition) else reference.children
                )
        for text in list(field.findall(nodes.Text)):
            if isinstance(text.parent, nodes.literal):
                continue
            if isinstance(text.parent, nodes.emphasis) and heading in ("Returns", "Yields"):
                text.parent.replace_self(class_links(text.astext()))
            else:
                written = text.replace(" -- ", " \N{EN DASH} ").replace(JOINER, ", ")
                text.parent.replace(text, nodes.Text(written))


def class_links(words: str) -> list[nodes.Node]:
    """A type in words, each name of a class in it a link if there is a page about it."""
    pieces: list[nodes.Node] = []
    for at, piece in enumerate(re.split(r"\b([A-Z][a-z]\w+)\b", words)):
        shown = nodes.emphasis("", piece)
        if at % 2:
            target = {"refdomain": "py", "reftype": "class", "reftarget": piece, "refspecific": True}
            shown = addnodes.pending_xref("", shown, **target)
        pieces += [shown] * bool(piece)
    return pieces


def kept_together(app: Any, doctree: nodes.document) -> None:
    """Keep a formula in a sentence on one line with the bracket before it and the full stop behind it."""
    for formula in list(doctree.findall(nodes.math)):
        whole = formula.parent
        at = whole.index(formula)
        before, after = whole[at - 1] if at else None, whole[at + 1] if at + 1 < len(whole) else None
        start = re.search(r"[(\[]$", before) if isinstance(before, nodes.Text) else None
        stop = re.match(r"[.,:;)\]?!]+", after) if isinstance(after, nodes.Text) else None
        if start or stop:
            together = nodes.inline("", "", classes=["together"])
            whole.replace(formula, together)
            if start:
                whole[at - 1] = nodes.Text(before[: start.start()])
                together += nodes.Text(start[0])
            together += formula
            if stop:
                whole[at + 1] = nodes.Text(after[stop.end() :])
                together += nodes.Text(stop[0])


def unbroken(app: Any, doctree: nodes.document) -> None:
    """Keep numbers with a hyphen in them, arrows, and words behind a hyphened letter on one line."""
    for text in list(doctree.findall(nodes.Text)):
        # Of inline nodes only these themselves: their kin are parts of signatures.
        prose = isinstance(text.parent, nodes.paragraph | nodes.emphasis | nodes.strong)
        if (prose or type(text.parent) is nodes.inline) and not isinstance(text.parent.parent, nodes.literal):
            pieces = HYPHENED.split(text)
            if len(pieces) > 1:
                together = [nodes.inline("", piece, classes=["together"]) for piece in pieces[1::2]]
                plain = [nodes.Text(piece) for piece in pieces[::2]]
                text.parent.replace(text, alternating(plain, together))


def code_and_options(app: Any, doctree: nodes.document) -> None:
    """Mark code with a word so long that it may have to break, and keep an option beside its value on one line.

    That in headings, and in code that is nothing else. Short code breaks nowhere, but for the narrow cells of tables.
    """
    for code in doctree.findall(nodes.literal):
        if max(map(len, code.astext().split()), default=0) > LONGEST:
            code["classes"].append("long")
        in_table = isinstance(code.parent.parent, nodes.entry)
        if OPTION.fullmatch(code.astext()) or (len(code.astext()) <= LONGEST and not in_table):
            code["classes"].append("together")
    for title in doctree.findall(nodes.title):
        for text in [each for each in title if isinstance(each, nodes.Text)]:
            pieces = re.split(f"({OPTION.pattern})", text)
            together = [nodes.inline("", piece, classes=["together"]) for piece in pieces[1::2]]
            plain = [nodes.Text(piece) for piece in pieces[::2]]
            title.replace(text, alternating(plain, together))


def alternating(plain: list[Any], together: list[Any]) -> list[nodes.Node]:
    """The nodes of the two lists in turns."""
    return [piece for pair in itertools.zip_longest(plain, together) for piece in pair if piece is not None]


def described(app: Any, doctree: nodes.document) -> None:
    """Describe each picture of a notebook in its own words, keep numbers beside their %, and drop dead sliders."""
    for image in doctree.findall(nodes.image):
        file = Path(app.srcdir) / image["uri"]
        if "alt" not in image and file.suffix == ".svg":
            words = re.search(r"<desc>(.*?)</desc>", file.read_text(encoding="utf-8"), re.S)
            if words:
                image["alt"] = html.unescape(words[1])
    for text in list(doctree.findall(nodes.Text)):
        if re.search(r"\d %", text) and not isinstance(text.parent, nodes.literal | nodes.literal_block | nodes.raw):
            text.parent.replace(text, nodes.Text(re.sub(r"(\d) %", "\\1\N{NO-BREAK SPACE}%", text)))
    for raw in doctree.findall(nodes.raw):
        if raw.astext().startswith('<script type="application/vnd.jupyter.widget-view'):
            raw.children = []


def breakable(app: Any, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Let a heading break after an underscore: names such as resource_heterogeneity are wider than a telephone."""
    heading = re.compile(r"(?<=<h[1-6]>).*?(?=</h[1-6]>)", re.S)
    outside_tags = re.compile(r"(?<=\w)_(?=\w)(?![^<]*>)")
    if "body" in context:
        context["body"] = heading.sub(lambda match: outside_tags.sub("_<wbr>", match[0]), context["body"])


def options_together(app: Any, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Keep an option of a command on one line, with its value if a telephone has room for both."""
    shown = re.compile(r'(?<=<div class="highlight-sh notranslate">).*?(?=</pre>)', re.S)
    space, value = r'(?: |<span class="w"> </span>)', r"(?:<span[^>]*>[^<\s]+</span>|[^<\s])+"
    option = re.compile(rf'(?<=[\s>])(--?[a-z][a-z-]*)(?:{space}{value}(?=\s|<span class="w">))?')
    within = re.compile(r'(<span class="pre">--?[a-z][a-z-]*</span>) <span class="pre">(?!&quot;)[^<\s]+</span>')

    def kept(match: re.Match[str], room: int) -> str:
        width = len(html.unescape(re.sub("<[^>]*>", "", match[0])))
        together = match[0] if width <= room else match[1]
        return f'<span class="together">{together}</span>{match[0][len(together) :]}'

    if "body" in context:
        body = shown.sub(lambda command: option.sub(lambda one: kept(one, ROOM), command[0]), context["body"])
        context["body"] = within.sub(lambda one: kept(one, LONGEST), body)


def without_widgets(app: Any, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Leave out the state of widgets, which nothing on the page shows."""
    context["script_files"] = [
        script
        for script in context["script_files"]
        if getattr(script, "attributes", {}).get("type") != "application/vnd.jupyter.widget-state+json"
    ]


def setup(app: Any) -> None:
    """Register what this file adds."""
    app.connect("doctree-read", described)
    app.connect("doctree-read", linked)
    app.connect("doctree-read", kept_together)
    app.connect("doctree-read", unbroken)
    app.connect("doctree-read", code_and_options)
    app.connect("html-page-context", breakable)
    app.connect("html-page-context", options_together)
    app.connect("html-page-context", without_widgets)
    app.connect("autodoc-process-signature", plain_signature)
    app.connect("autodoc-process-docstring", plain_docstring, priority=400)
