"""Build the documentation site: `python docs/build.py [FOLDER]`, by default into build/site.

The pages are written to be read in the repository as well. This gathers them in one tree (docs/ at its root, then
examples, notebooks and the pages of the repository's root), turns their links to match, adds what is generated from
the code (models, public names, the gallery) and calls Sphinx with warnings as errors.
"""

from __future__ import annotations

import hashlib
import html
import importlib
import inspect
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import bargain as bg
from bargain._formulas import Formula, formulas
from bargain.descriptions import model_facts
from bargain.registry import model_class

ROOT = Path(__file__).parents[1]
TWINS = ROOT / "notebooks" / "text"
LINK = re.compile(r"(?P<text>\[[^\]\n]*(?:\n[^\]\n]*)?\]\()(?P<target>[^)\s#]+)(?P<fragment>#[^)\s]*)?\)")
FENCED = re.compile(r"(^ *```.*?^ *```$)", re.M | re.S)
PARTS = {"Learn": "Tutorial", "Do": "How-to", "Understand": "Explanation", "Look up": "Reference"}
GROUPS = {
    "Worked examples": "examples/index.md",
    "Notebooks": "notebooks/index.md",
    "The models": "explanation/models/index.md",
}
# What the modules with public names are for: the order of the page that lists them.
PURPOSES = {
    "Offers: write, read, draft": "documents offers drafts offer_games examples_library",
    "Check, explain, compare": "verdict findings system checks working comparison reports",
    "Repair, and what decides": "repairs frontier regions assumptions",
    "Models and power": "model registry power",
    "Games and their equilibria": (
        "games strategic many bayesian quantal dominance minimax selection correlated joint commitment implementation "
        "nfg second_opinion"
    ),
    "Promises over time": (
        "triggers automata penal_codes minmax payoff_sets pooled_promises noisy_signals limited_commitment relational"
    ),
    "Who signs": (
        "coalitions symmetric structures membership recruitment partition transfers transfer_programs payments sharing "
        "coalition_choice wishes"
    ),
    "Dividing what all make together": (
        "tu characteristic ventures properties values cores nucleoli kernels coalitional"
    ),
    "Bargaining": "bargaining pareto",
    "Pictures": "plots margin_plots verdict_plots game_plots line_plots",
    "Errors and tables": "errors tables",
}
PYDANTIC = "model_config", "model_post_init"
"""Members of a model that say nothing of it."""
WIDEST = 23.5
GREEK = dict(zip(("gamma", "delta", "theta", "lambda", "rho", "phi"), "γδθλρφ", strict=True))
"""Of the rows of closed forms, in em: the width of a telephone at the size of letters that site.css gives them."""
GROUP = re.compile(
    rf"^- \[?(?P<name>{'|'.join(GROUPS)})(?:\]\([^)]*\))?(?P<more>[^\n]*):\n(?P<items>(?:  [^\n]*\n)+)", re.M
)


def place(path: Path) -> Path:
    """Where a file of the repository stands in the gathered tree."""
    relative = path.relative_to(ROOT)
    if relative.parts[0] == "docs":
        return Path(*relative.parts[1:])
    if relative.name == "README.md" and len(relative.parts) > 1:
        return relative.with_name("index.md")
    return relative.with_name(relative.name.lower()) if len(relative.parts) == 1 else relative


def sources() -> Iterator[Path]:
    """The files that the site is made of."""
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    for folder in ("docs", "examples", "notebooks"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts) and path.parent != TWINS:
                yield path


def relinked(page: Path, text: str) -> str:
    """The text of a page, its links to files of the repository as they are in the gathered tree."""
    here, known = place(page).parent, set(sources())

    def turned(match: re.Match[str]) -> str:
        target = (page.parent / match["target"]).resolve()
        if ":" in match["target"] or target not in known:
            return match[0] if ":" in match["target"] else match["text"].lstrip("[").rstrip("(").rstrip("]")
        where = os.path.relpath(place(target), here).replace(os.sep, "/")
        return f"{match['text']}{where}{match['fragment'] or ''})"

    pieces = FENCED.split(text)
    return "".join(piece if at % 2 else LINK.sub(turned, piece) for at, piece in enumerate(pieces))


def relinked_notebook(page: Path) -> str:
    """A notebook with the links of its text turned."""
    notebook = json.loads(page.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = relinked(page, "".join(cell["source"])).splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def toctree(pages: Iterable[str], caption: str = "") -> str:
    """A hidden table of contents, which the side bar shows."""
    option = f":caption: {caption}\n" if caption else ""
    lines = "\n".join(page.rsplit(".", 1)[0] for page in dict.fromkeys(pages))
    return f"```{{toctree}}\n:hidden:\n:maxdepth: 1\n{option}\n{lines}\n```\n"


def grouped(index: str) -> tuple[str, dict[str, list[tuple[str, str]]]]:
    """The index with one link in the place of each long list, and the lists: title and page of each entry, by page."""
    lists = {
        GROUPS[match["name"]]: [
            (each["text"][1:-2], os.path.relpath(each["target"], Path(GROUPS[match["name"]]).parent))
            for each in LINK.finditer(match["items"])
        ]
        for match in GROUP.finditer(index)
    }
    return GROUP.sub(lambda match: f"- [{match['name']}]({GROUPS[match['name']]}){match['more']}.\n", index), lists


def contents(index: str) -> str:
    """The table of contents, read off the index: a part for each of its sections, in the order of its links."""
    trees = []
    for heading, caption in PARTS.items():
        section = index.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
        first, *others = re.split(r"^### ", section, flags=re.M)
        for name, text in [("", first), *(other.split("\n", 1) for other in others)]:
            pages = [match["target"] for match in LINK.finditer(text)]
            if caption == "Reference":
                pages += ["reference/api.md", "readme.md", "contributing.md", "changelog.md"]
            if pages:
                trees.append(toctree(pages, name.strip() or caption))
    return "\n".join(trees)


def model_list(entries: list[tuple[str, str]]) -> str:
    """The page of all models: the question of each."""
    lines = [f"- [{name}]({page}): {model_class(name).question}" for name, page in entries]
    about = (
        "A model says what states get from what they do. Each page tells what is assumed, where the numbers come from "
        "and what the model cannot show."
    )
    return "# Models\n\n" + about + "\n\n" + "\n".join(lines) + "\n"


@cache
def examples() -> tuple[tuple[str, str, list[str], str], ...]:
    """The worked examples: folder, title, and of the first offer its models and its description."""
    found = []
    for page in sorted((ROOT / "examples").glob("*/README.md")):
        data = bg.read_offer(page.with_name("offer.yaml")).data
        title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        models = list(dict.fromkeys(each["model"] for each in data.get("issues", [data])))
        found.append((page.parent.name, title, models, data["description"]))
    return tuple(found)


def closed_form(formula: Formula, words: dict[Any, str]) -> str:
    """One closed form, and below it what the letters in it stand for."""
    told = [f"${letter}$ is the {words[letter].removeprefix('the ')}" for letter in formula.known if letter in words]
    if above := [f"${letter}$" for letter in formula.known if letter not in words]:
        *others, last = above
        told.append(f"{', '.join(others)} and {last} are as above" if others else f"{last} is as above")
    text = f"{formula.words[0].upper()}{formula.words[1:]}:\n\n$$\n{formula.line.latex()}\n$$\n"
    if formula.parts:
        parts = "\\\\[1ex]\n".join(part.aligned() for part in formula.parts)
        text += f"\nwhere {', '.join([*told, 'and'] if told else [])}\n\n$$\n"
        text += f"\\begin{{aligned}}\n{parts}\n\\end{{aligned}}\n$$\n"
    elif told:
        text += f"\nwhere {', '.join(told[:-1])}{' and ' * (len(told) > 1)}{told[-1]}.\n"
    return text


def signs(words: str) -> str:
    """What a model says of itself in letters that a terminal has, as a page writes it; formulas stay in one line.

    >>> signs("Chance rho of s_i, 1 - delta, at most 1"), signs("None")
    ('Chance ρ of $s_i$, 1\\xa0−\\xa0δ, at most\\xa01', 'none')
    """
    words = re.sub(r"\b[a-z]_[a-z0-9]\b", r"$\g<0>$", re.sub(r"^None$", "none", words))
    words = re.sub(rf"\b({'|'.join(GREEK)})\b", lambda name: GREEK[name[1]], words)
    words = re.sub(r" [-+] ", lambda sign: sign[0].replace("-", "−").replace(" ", "\xa0"), words)
    words = re.sub(r"\b(least|most|above|below) (?=\d)", "\\1\xa0", words)
    return re.sub(r"(?<![\w)])-(?=\d)", "−", words)


def model_section(name: str, text: str) -> str:
    """What a model says of itself, below the text of its page: parameters with unit and source, its closed forms."""
    facts, cls = model_facts(model_class(name)), model_class(name)
    lines = [
        "",
        "## Parameters",
        "",
        "| name | meaning | default | range | unit | source |",
        "|---|---|---|---|---|---|",
    ]
    for each in facts["parameters"]:
        cells = (signs(str(each[key])) for key in ("meaning", "default", "bounds", "unit", "source"))
        lines.append(f"| `{each['name']}` | " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    forms = cls.thresholds()
    if forms:
        names = {symbol: rf"\mathrm{{{key}}}".replace("_", r"\_") for key, symbol in cls.symbols().items()}
        prose = re.sub(r"^```.*?^```$|`[^`]*`", "", text, flags=re.M | re.S)
        math = " ".join(re.findall(r"\$+([^$]+)\$+", prose))
        written = formulas(forms, names, WIDEST, taken=set(re.findall(r"[A-Z]", math)))
        words = {formula.line.letter: formula.words for formula in written if formula.line.letter}
        lines += ["", "## Closed forms", ""]
        if cls.meanings:
            lines += ["| name | meaning |", "|---|---|"]
            lines += [f"| `{name}` | {signs(meant)} |" for name, meant in cls.meanings.items()] + [""]
        lines += [closed_form(formula, words) for formula in written]
    if "\n## Sources\n" not in text:
        lines += ["", "## Source", "", facts["citation"], ""]
    shown = [
        f"[{title}](../../examples/{folder}/index.md)" for folder, title, models, _ in examples() if name in models
    ]
    if shown:
        lines += [f"Next: {', '.join(shown)}" + "." * (not shown[-1].partition("]")[0].endswith("?")), ""]
    return "\n".join(lines)


def gallery() -> str:
    """The page of all worked examples: a card for each, with its figure, its title and what it is about."""
    cards = []
    for name, title, models, description in examples():
        page = ROOT / "examples" / name / "README.md"
        shown = re.search(r"!\[(?P<alt>[^\n]*?)\]\(figure\.svg\)", page.read_text(encoding="utf-8"))
        sentence = " ".join(re.split(r"(?<=[.?!])\s", description.strip())[0].split())
        alt = html.escape(shown["alt"]) if shown else ""
        picture = ""
        if shown:
            size = re.search(
                r'viewBox="0 0 ([\d.]+) ([\d.]+)"', page.with_name("figure.svg").read_text(encoding="utf-8")
            )
            # A picture that is much higher than wide is as wide as the others, and its card is higher.
            tall = ' class="tall"' if size and float(size[2]) > 1.3 * float(size[1]) else ""
            picture = f'<img{tall} src="{name}/figure.svg" alt="{alt}" loading="lazy">\n'
        cards.append(
            f'<a class="card" href="{name}/index.html">\n{picture}<strong>{html.escape(title)}</strong>\n'
            f"<span>{html.escape(sentence)}</span>\n<small>{' + '.join(models)}</small>\n</a>\n"
        )
    return (
        "# Worked examples\n\nEach has offers to check, a story, a verdict and a script that computes its numbers. "
        'The name below each is that of its model.\n\n<div class="cards">\n' + "".join(cards) + "</div>\n"
    )


def results(names: Iterable[str]) -> dict[str, list[str]]:
    """Classes that public functions return and nobody makes by hand, which have no public name, by module."""
    found: dict[str, list[str]] = {}
    for name in names:
        this = getattr(bg, name)
        for function in vars(this).values() if inspect.isclass(this) else [this]:
            if not inspect.isfunction(function) or function.__name__.startswith("_"):
                continue
            for word in re.findall(r"[A-Z]\w+", str(function.__annotations__.get("return"))):
                cls = function.__globals__.get(word)
                if inspect.isclass(cls) and cls.__module__.startswith("bargain.") and word not in bg._HOME:
                    listed = found.setdefault(cls.__module__.removeprefix("bargain."), [])
                    listed += [word] * (word not in listed)
    return found


def directive(path: str, obj: object) -> str:
    """What makes Sphinx write the entry of a public name."""
    if not inspect.isclass(obj):
        return f".. autofunction:: {path}"
    kind = "autoexception" if issubclass(obj, Exception) else "autoclass"
    # What a class has from another of this package is shown with it, and not what Python and pydantic give.
    foreign = ", ".join(base.__name__ for base in inspect.getmro(obj) if not base.__module__.startswith("bargain"))
    options = f"   :members:\n   :inherited-members: {foreign}\n   :exclude-members: {', '.join(PYDANTIC)}"
    return f".. {kind}:: {path}\n{options}"


def public_names() -> dict[str, str]:
    """One page for each module with public names, by file name, and the page that lists them by what they are for."""
    by_module: dict[str, list[str]] = {}
    for name, module in bg._HOME.items():
        by_module.setdefault(module, []).append(name)
    entries = {module: {name: f"bargain.{name}" for name in names} for module, names in by_module.items()}
    for module, classes in results(bg._HOME).items():
        entries.setdefault(module, {}).update({name: f"bargain.{module}.{name}" for name in classes})
    pages: dict[str, str] = {}
    lines: dict[str, str] = {}
    for module, named in entries.items():
        home = importlib.import_module(f"bargain.{module}")
        about = (inspect.getdoc(home) or "").partition("\n\n")[0].replace("\n", " ")
        directives = "\n\n".join(directive(path, getattr(home, name)) for name, path in named.items())
        title = module.lstrip("_")
        pages[f"reference/api/{title}.md"] = f"# {title}\n\n{about}\n\n```{{eval-rst}}\n{directives}\n```\n"
        links = ", ".join(f"{{py:obj}}`{name} <{path}>`" for name, path in named.items())
        lines[title] = f"- [{title}](api/{title}.md): {about}\\\n  {links}"
    astray = set(lines) ^ {module for modules in PURPOSES.values() for module in modules.split()}
    if astray:
        raise SystemExit(f"PURPOSES in docs/build.py and the modules with public names differ in: {sorted(astray)}")
    sections = [
        f"## {purpose}\n\n" + "\n".join(lines[module] for module in modules.split())
        for purpose, modules in PURPOSES.items()
    ]
    pages["reference/api.md"] = (
        "# Public names\n\nEverything that `import bargain as bg` offers, by what it is for and by module. Classes "
        "that functions return are listed beside them.\n\n"
        + "\n\n".join(sections)
        + "\n\n"
        + toctree(sorted(page.removeprefix("reference/") for page in pages))
    )
    return pages


def gather(folder: Path) -> None:
    """Write the tree of pages that Sphinx reads."""
    for path in sources():
        target = folder / place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = relinked(path, path.read_text(encoding="utf-8"))
            if path.parent == ROOT / "docs" / "explanation" / "models":
                text += model_section(path.stem, text)
            if path == ROOT / "docs" / "index.md":
                text, lists = grouped(text)
                text += "\n" + contents(text)
            target.write_text(text, encoding="utf-8")
        elif path.suffix == ".ipynb":
            target.write_text(relinked_notebook(path), encoding="utf-8")
        else:
            shutil.copyfile(path, target)
    figures = folder / "_static_examples"
    for path in sorted((ROOT / "examples").glob("*/figure.svg")):
        # What plain HTML names is not seen by Sphinx: these files are handed over as they are.
        target = figures / "examples" / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    of_groups = {
        page: text + "\n" + toctree(entry for _, entry in lists[page])
        for page, text in (
            ("examples/index.md", gallery()),
            ("notebooks/index.md", (folder / "notebooks" / "index.md").read_text(encoding="utf-8")),
            ("explanation/models/index.md", model_list(lists["explanation/models/index.md"])),
        )
    }
    for name, text in {**public_names(), **of_groups}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def executed() -> Path:
    """Return the folder of the notebooks that have been run; it is emptied once the code or an example has changed.

    Sphinx itself runs a notebook again only if the notebook has changed, and would show what an older package drew.
    """
    folder = ROOT / "build" / "notebooks"
    digest = hashlib.sha256()
    for read in ("bargain", "models", "examples"):
        for path in sorted((ROOT / read).rglob("*.*")):
            if path.suffix in {".py", ".yaml", ".csv"}:
                digest.update(path.read_bytes())
    mark = folder / "code.txt"
    if not mark.exists() or mark.read_text(encoding="utf-8") != digest.hexdigest():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        mark.write_text(digest.hexdigest(), encoding="utf-8")
    return folder


def build(out: Path, *, jobs: int = 2) -> int:
    """Build the site into `out`; return Sphinx's exit code."""
    from sphinx.cmd.build import main

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        gather(source)
        return int(
            main(
                [
                    "-W",
                    "--keep-going",
                    "-q",
                    "-j",
                    str(jobs),
                    "-b",
                    "html",
                    "-D",
                    f"nb_execution_cache_path={executed()}",
                    "-d",
                    f"{folder}/doctrees",
                    str(source),
                    str(out),
                ]
            )
        )


if __name__ == "__main__":
    raise SystemExit(build(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "site"))
