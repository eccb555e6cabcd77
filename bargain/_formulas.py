"""Closed forms in LaTeX that fit a page: rows break at signs, and wide or repeated parts are named by letters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy

LONG, SHORT = 24, 3
"""Operations from which on a form is written in parts, and below which a part is no part."""
TALL = 4
"""Rows from which on a form is written in parts."""
LEFT = 2.2
"""Width of a letter and its sign of equality, in em."""
# Widths of Computer Modern Roman and of what TeX sets around signs, in em.
CHARACTERS = {**dict.fromkeys("ijl", 0.28), **dict.fromkeys("ftrs", 0.39), **dict.fromkeys("ceavz", 0.46), "m": 0.83}
CHARACTERS |= {**dict.fromkeys("w+-=<>", 0.75), **dict.fromkeys("ABCDEFGHKLMNOPQRSTUVWXYZ", 0.78)}
CHARACTERS |= {**dict.fromkeys(" {}&", 0.0), **dict.fromkeys("().,", 0.42)}
COMMANDS = {"cdot": 0.73, "quad": 1.0, "max": 1.9, "min": 1.7, "ln": 0.9, "leq": 1.34, "left": 0.15, "right": 0.15}
COMMANDS |= {"sum": 1.5, "sqrt": 0.85, "frac": 0.3, "dfrac": 0.3, "binom": 0.9, "operatorname": 0.17}
COMMANDS |= dict.fromkeys(("text", "mathrm"), 0.0)
TOKEN = re.compile(r"\\(?P<command>[a-zA-Z]+|.)|(?P<script>[\^_])|(?P<plain>.)", re.S)
CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.S)


@dataclass(frozen=True)
class Line:
    """One equation: a form in parameters and letters, its rows in LaTeX, and its own letter if one stands for it."""

    letter: sympy.Symbol | None
    form: sympy.Expr
    rows: tuple[str, ...]

    def latex(self) -> str:
        """The equation, a row below the other."""
        left = f"{self.letter} = " if self.letter else ""
        return left + self.rows[0] if len(self.rows) == 1 else f"\\begin{{aligned}}\n{self.aligned()}\n\\end{{aligned}}"

    def aligned(self) -> str:
        """The rows of the equation, to stand in `aligned`."""
        left = f"{self.letter} &= " if self.letter else "& "
        return left + "\\\\[1ex]\n& ".join(self.rows)


@dataclass(frozen=True)
class Formula:
    """A closed form as it is displayed.

    Attributes
    ----------
    words : str
    line : Line
    parts : tuple of Line
        The parts that it is the first to use.
    known : tuple of sympy.Symbol
        Letters in it that stand for what was displayed before.
    """

    words: str
    line: Line
    parts: tuple[Line, ...]
    known: tuple[sympy.Symbol, ...]


class _TooWideError(Exception):
    """A row is wider than allowed because of `part`."""

    def __init__(self, part: Any) -> None:
        self.part = part


def width(tex: str) -> float:
    """Estimate how wide a row of LaTeX is, in em; a fraction is as wide as the wider of its parts.

    >>> width(r"\\frac{\\mathrm{ab}}{\\mathrm{abcd}}") == width(r"\\mathrm{abcd}") + 0.3
    True
    >>> width("a + b") > width("a b") > width("a^{b}")
    True
    """
    cases = [width(row) + 2 for found in CASES.findall(tex) for row in re.split(r"\\\\", found)]
    tex, total, at = CASES.sub("", tex), max(cases, default=0.0), 0
    while at < len(tex):
        token = TOKEN.match(tex, at)
        assert token
        at = token.end()
        if token["command"] in ("frac", "dfrac", "binom"):
            above, at = _argument(tex, at)
            below, at = _argument(tex, at)
            total += max(width(above), width(below)) + COMMANDS[token["command"]]
        elif token["command"] == "sum" and tex[at : at + 2] == "_{":
            below, at = _argument(tex, at + 1)
            above, at = _argument(tex, at + 1)
            total += max(COMMANDS["sum"], 0.72 * width(below), 0.72 * width(above))
        elif token["script"]:
            script, at = _argument(tex, at)
            total += 0.72 * width(script)
        elif token["command"]:
            total += COMMANDS.get(token["command"], 0.6)
        else:
            total += CHARACTERS.get(token["plain"], 0.54) + 0.45 * (token["plain"] in "+-=<>")
    return total


def _argument(tex: str, at: int) -> tuple[str, int]:
    """What a command takes from `at` on, and where it ends."""
    if tex[at] != "{":
        return tex[at], at + 1
    depth, end = 1, at
    while depth:
        end += 1
        depth += {"{": 1, "}": -1}.get(tex[end], 0)
    return tex[at + 1 : end], end + 1


def upright_words(forms: Mapping[str, Any]) -> dict[sympy.Symbol, str]:
    """How symbols of several letters are written in LaTeX; Greek letters are signs, and left to sympy.

    >>> import sympy
    >>> upright_words({"loss": sympy.Symbol("race_cost") * sympy.Symbol("delta")})
    {race_cost: '\\\\mathrm{race\\\\ cost}'}
    """
    import sympy

    symbols = {symbol for form in forms.values() for symbol in form.free_symbols}
    words = (each for each in symbols if len(each.name.partition("_")[0]) > 1)
    return {
        each: "\\mathrm{" + each.name.replace("_", "\\ ") + "}"
        for each in words
        if not sympy.latex(each).startswith("\\")
    }


def displayed(written: list[Formula]) -> str:
    """Closed forms and their parts below each other, as one formula."""
    blocks = []
    for formula in written:
        words = formula.words.replace("%", r"\%")
        blocks.append(rf"&\textbf{{{words}}}")
        blocks += [line.aligned() for line in (formula.line, *formula.parts)]
    return "$\\begin{aligned}\n" + "\\\\[1ex]\n".join(blocks) + "\n\\end{aligned}$"


def fraction(form: Any) -> tuple[Any, Any]:
    """What stands above and below the bar of a form."""
    import sympy

    above, below = sympy.fraction(form)
    return above, below


@cache
def _printer_class() -> type[Any]:
    from sympy.printing.latex import LatexPrinter
    from sympy.printing.precedence import PRECEDENCE

    class Printer(LatexPrinter):  # type: ignore[misc]
        """Writes what is added before what is taken away, and no fraction so small that it cannot be read."""

        def _raised(self, text: str, exponent: Any) -> str:
            above, below = fraction(exponent)
            if below == 1:
                return text
            sign = "- " if above.could_extract_minus_sign() else ""
            flat = " / ".join(self.parenthesize(each, PRECEDENCE["Mul"]) for each in (-above if sign else above, below))
            return text.replace(f"^{{{self._print(exponent)}}}", f"^{{{sign}{flat}}}")

        def _helper_print_standard_power(self, expr: Any, template: str) -> str:
            return self._raised(super()._helper_print_standard_power(expr, template), expr.exp)

        def _print_ExpBase(self, expr: Any, exp: Any = None) -> str:  # noqa: N802
            return self._raised(super()._print_ExpBase(expr, exp), expr.exp)

        def _print_Piecewise(self, expr: Any) -> str:  # noqa: N802
            return str(super()._print_Piecewise(expr)).replace(r"\frac", r"\dfrac")

        def _as_ordered_terms(self, expr: Any, order: str | None = None) -> list[Any]:
            terms = super()._as_ordered_terms(expr, order=order)
            return sorted(terms, key=lambda term: term.could_extract_minus_sign())

    return Printer


@dataclass(frozen=True)
class _Writer:
    """Writes forms in rows of at most `widest` em, parameters and letters by their `names` in LaTeX."""

    names: Mapping[sympy.Symbol, str]
    widest: float

    def text(self, form: Any) -> str:
        """A form in one row."""
        settings = {"mul_symbol": "dot", "ln_notation": True, "symbol_names": dict(self.names)}
        return str(_printer_class()(settings).doprint(form))

    def rows(self, form: Any, widest: float, *, strict: bool = True) -> list[str]:
        """The rows of a form; if strict, raise _TooWideError if one does not fit."""
        text = self.text(form)
        if width(text) <= widest:
            return [text]
        if form.is_Add:
            terms = _printer_class()()._as_ordered_terms(form)
            return _filled(terms, widest, partial(self.rows, strict=strict), _added, 1.2)
        if form.is_Mul and fraction(form)[1] == 1:
            sign = "- " if form.could_extract_minus_sign() else ""
            factors = (-form if sign else form).as_ordered_factors()
            first, *others = _filled(
                factors, widest, partial(self.factor, strict=strict), r"\quad {{}} \cdot {}".format, 1.75
            )
            return [sign + first, *others]
        if strict:
            raise _TooWideError(self.widest_part(form))
        return [text]

    def factor(self, form: Any, widest: float, *, strict: bool) -> list[str]:
        """A factor in one row, in brackets if it is a sum."""
        text = rf"\left({self.text(form)}\right)" if form.is_Add else self.text(form)
        if strict and width(text) > widest:
            raise _TooWideError(form if form.is_Add else self.widest_part(form))
        return [text]

    def widest_part(self, form: Any) -> Any:
        """The part of a form by which it is as wide as it is."""
        form = _unsigned(form)
        parts: tuple[Any, ...] = form.args
        if form.is_Piecewise:
            parts = tuple(part for value, condition in form.args for part in (value, *condition.args))
        elif fraction(form)[1] != 1:
            parts = fraction(form)
        return _unsigned(max(parts, key=lambda part: width(self.text(part)), default=form))

    def line(self, letter: sympy.Symbol | None, form: Any) -> Line:
        """One equation, a row of which is too wide only where nothing can be done about it."""
        return Line(letter, form, tuple(self.rows(form, self.widest, strict=False)))


def _unsigned(form: Any) -> Any:
    """A product without a minus sign before it."""
    return -form if form.is_Mul and form.as_coeff_Mul()[0] < 0 else form


def _added(row: str) -> str:
    return row if row.startswith("-") else f"+ {row}"


def _filled(
    pieces: list[Any],
    widest: float,
    rows: Callable[[Any, float], list[str]],
    joined: Callable[[str], str],
    sign: float,
) -> list[str]:
    """Rows of what is added or multiplied, as many in a row as fit; a row but the first begins with its sign."""
    filled: list[str] = []
    others: list[str] = []
    for piece in pieces:
        broken = bool(others)
        first, *others = rows(piece, widest - sign * bool(filled))
        first = joined(first) if filled else first
        longer = f"{filled[-1]} {first}".replace(r" \quad {}", "") if filled else ""
        if filled and not broken and not others and width(longer) <= widest:
            filled[-1] = longer
        else:
            filled += [first, *others]
    return filled


def _replaced(form: Any, part: Any, letter: Any) -> Any:
    """A form with a letter in the place of a part."""
    return form.subs(-part, -letter).subs(part, letter)


@lru_cache(4096)
def _size(form: Any) -> int:
    """The number of operations in a form."""
    return int(form.count_ops())


def _in_turn(form: Any, wholes: list[tuple[Any, Any]]) -> Any:
    """A form with letters for those that stand in it, one after the other."""
    for letter, whole in wholes:
        if _size(whole) <= _size(form):
            form = min(form, _replaced(form, whole, letter), key=_size)
    return form


def _best_first(form: Any, wholes: list[tuple[Any, Any]]) -> Any:
    """A form with letters for those that stand in it, at each step the one that shortens it most."""
    trials = [(_replaced(form, whole, letter), letter, whole) for letter, whole in wholes]
    useful = [(trial, letter, whole) for trial, letter, whole in trials if _size(trial) < _size(form)]
    if not useful:
        return form
    best = min(useful, key=lambda item: _size(item[0]))
    return _best_first(best[0], [(letter, whole) for _, letter, whole in useful if letter != best[1]])


class _Page:
    """Writes the closed forms of one page, which refer to each other."""

    def __init__(self, names: Mapping[sympy.Symbol, str], widest: float) -> None:
        self.names = dict(names)
        self.writer = _Writer(self.names, widest - LEFT)
        self.wholes: dict[Any, Any] = {}
        """What letters stand for, in parameters alone."""

    def letter(self) -> Any:
        """A letter, which is given its place in the alphabet later."""
        import sympy

        letter = sympy.Dummy()
        self.names[letter] = "\\letter" + "".join(chr(ord("a") + int(digit)) for digit in str(len(self.names)))
        return letter

    def short(self, form: Any) -> tuple[Any, list[tuple[Any, Any]]]:
        """A form in letters, and those that are new with what they stand for."""
        if self.complaint(form) is None:
            return form, []
        inside = [
            (letter, whole)
            for letter, whole in self.wholes.items()
            if whole.free_symbols <= form.free_symbols and _size(whole) <= _size(form)
        ]
        large = sorted(inside, key=lambda item: -_size(item[1]))
        form = min((referring(form, large) for referring in (_in_turn, _best_first)), key=_size)
        new: dict[Any, Any] = {}
        while (part := self.complaint(form)) is not None and not part.is_Atom:
            letter = self.letter()
            trial = _replaced(form, part, letter)
            if _size(trial) >= _size(form):
                break
            form, new[letter] = trial, part
        parts = []
        for letter in sorted(new, key=lambda letter: self.place(letter, form)):
            part, more = self.short(new[letter])
            parts += [(letter, part), *more]
        self.wholes |= {letter: self.whole(part, new) for letter, part in new.items()}
        return form, parts

    def place(self, letter: Any, form: Any) -> int:
        """Where a letter stands in a form, behind all of it if nowhere."""
        found = re.search(re.escape(self.names[letter]) + r"(?![a-z])", self.writer.text(form))
        return found.start() if found else 1_000_000

    def whole(self, form: Any, letters: Mapping[Any, Any]) -> Any:
        """A form in parameters alone."""
        while inside := form.free_symbols & (letters.keys() | self.wholes.keys()):
            form = form.xreplace({letter: letters.get(letter, self.wholes.get(letter)) for letter in inside})
        return form

    def complaint(self, form: Any) -> Any:
        """The part of a form that had better be named, None if it can stay as it is."""
        import sympy

        wide, rows = None, []
        try:
            rows = self.writer.rows(form, self.writer.widest)
        except _TooWideError as too_wide:
            wide = too_wide.part
        raised = (each.exp for each in form.atoms(sympy.Pow, sympy.exp) if fraction(each.exp)[1] != 1)
        small = max((each for each in raised if _size(each) >= SHORT), key=_size, default=None)
        if wide is None and small is not None:
            return small  # a fraction that long cannot be read where exponents stand
        if wide is None and len(rows) < TALL and _size(form) < LONG:
            return None
        inner: dict[Any, Any] = {}
        for symbol, part in sympy.cse(form, sympy.numbered_symbols(cls=sympy.Dummy))[0]:
            inner[symbol] = part.xreplace(inner)
        repeated = [part for part in inner.values() if _size(part) >= SHORT]
        part = max(repeated, key=_size, default=wide)
        while part is not None and _size(inside := self.writer.widest_part(part)) >= SHORT:
            if _size(_replaced(part, inside, sympy.Dummy())) >= SHORT:
                break
            part = inside  # what is around it is too little to be a part
        return part


def _alphabet(taken: Collection[str]) -> Iterator[str]:
    """Capital letters, without those that look like numbers and those that stand for something else."""
    letters = [letter for letter in "ABCDEFGHJKLMNPQRSTUVWXYZ" if letter not in taken]
    yield from letters
    yield from (f"{letter}_{k}" for k in itertools.count(2) for letter in letters)


def formulas(
    forms: Mapping[str, Any], names: Mapping[sympy.Symbol, str], widest: float, taken: Collection[str] = ()
) -> list[Formula]:
    """Write closed forms in rows of at most `widest` em, as far as letters and line breaks can do it.

    A form that fits is left as it is. One that does not refers to forms before it and to parts, each of which is
    named by a letter, none of those `taken`, and defined where it is used first.
    """
    import sympy

    page, found = _Page(names, widest), []
    for words, form in forms.items():
        short, parts = page.short(form)
        own = page.letter()
        if _size(form) >= SHORT:
            page.wholes[own] = form
        found.append((words, own, short, parts))
    used = {
        symbol for _, _, form, parts in found for each in (form, *dict(parts).values()) for symbol in each.free_symbols
    }
    order = [letter for _, own, _, parts in found for letter in (own, *dict(parts)) if letter in used]
    letters = dict(zip(order, map(sympy.Symbol, _alphabet(taken)), strict=False))
    written = []
    for words, own, form, parts in found:
        line = page.writer.line(letters.get(own), form.xreplace(letters))
        lines = tuple(page.writer.line(letters[letter], part.xreplace(letters)) for letter, part in parts)
        inside = {symbol for each in (line, *lines) for symbol in each.form.free_symbols} & set(letters.values())
        known = sorted(inside - {each.letter for each in lines}, key=str)
        written.append(Formula(words, line, lines, tuple(known)))
    return written
