"""Closed forms as displayed: what is written is what the model computes, no row is too wide, letters are explained."""

from __future__ import annotations

import random
import re
import runpy
from functools import cache
from pathlib import Path

import pytest
import sympy

import bargain as bg
from bargain._formulas import displayed, formulas, upright_words, width
from bargain.registry import model_class

NAMES = [name for name in bg.models() if model_class(name).thresholds()]
WIDTHS = (23.5, 36.0)
"""The site's, and that of notebooks."""
WHOLE = {"m", "members", "players", "size", "states", "teams", "threshold"}
FUNCTIONS = {
    "frac": lambda above, below: above / below,
    "binom": sympy.binomial,
    "sqrt": sympy.sqrt,
    "ln": sympy.log,
    "max": sympy.Max,
    "min": sympy.Min,
    "ceil": sympy.ceiling,
    "Integer": sympy.Integer,
    "exp": sympy.exp,
    "Sum": sympy.Sum,
}


def group(tex, at):
    """What stands in braces from `at` on, and where it ends."""
    depth, end = 1, at + 1
    while depth:
        depth += {"{": 1, "}": -1}.get(tex[end], 0)
        end += 1
    return tex[at + 1 : end - 1], end


def python(tex):
    """LaTeX as sympy prints it, as an expression of Python: a reader of its own, to see what is displayed."""
    tex = re.sub(r"\\mathrm\{([^{}]*)\}", lambda name: re.sub(r"\\[_ ]", "_", name[1]), tex)
    tex = tex.replace("{}", "")
    cases = re.search(
        r"\\begin\{cases\}(.*?) & \\text\{for\}\\: (.*?) \\\\(.*?) & \\text\{otherwise\} \\end\{cases\}", tex
    )
    if cases:
        value, (low, high), other = cases[1], cases[2].split(r"\leq"), cases[3]
        return f"({python(value)}) if ({python(low)}) <= ({python(high)}) else ({python(other)})"
    out, at = "", 0
    while at < len(tex):
        if found := re.compile(r"\\d?(frac|binom)(?=\{)").match(tex, at):
            above, at = group(tex, found.end())
            below, at = group(tex, at)
            out += f"{found[1]}({python(above)}, {python(below)})"
        elif found := re.compile(r"\\sum_(?=\{)").match(tex, at):
            (below, at), j = group(tex, found.end()), sympy.Symbol("j")
            above, at = group(tex, at + 1)
            return f"{out} Sum({python(tex[at:])}, ({j}, {python(below.partition('=')[2])}, {python(above)}))"
        elif found := re.compile(r"\\sqrt(?=\{)").match(tex, at):
            inner, at = group(tex, found.end())
            out += f"sqrt({python(inner)})"
        elif found := re.compile(r"(?<![A-Za-z_])e\^(?=\{)").match(tex, at):
            inner, at = group(tex, found.end())
            out += f"exp({python(inner)})"
        elif tex[at] == "^":
            power, at = group(tex, at + 1) if tex[at + 1] == "{" else (tex[at + 1], at + 2)
            out += f"**({python(power)})"
        elif found := re.compile(r"\\(cdot|left|right|max|min|ln|lceil|rceil|quad)").match(tex, at):
            at = found.end()
            words = {"cdot": "*", "max": "max", "min": "min", "ln": "ln", "lceil": "ceil(", "rceil": ")"}
            out += words.get(found[1], "")
        elif found := re.compile(r"[A-Za-z]\w*").match(tex, at):
            at = found.end()
            out += found[0]
        elif found := re.compile(r"\d+").match(tex, at):
            at = found.end()
            out += f"Integer({found[0]})"
        else:
            assert tex[at] in " +-/(),{}", tex[at:]
            out += {"{": "(", "}": ")"}.get(tex[at], tex[at])
            at += 1
    return out


def shown(line, values):
    """The number that a reader computes from the rows of an equation."""
    return eval(
        python(" ".join(line.rows)).strip(), {"__builtins__": {}}, FUNCTIONS | {"j": sympy.Symbol("j")} | values
    )


def draw(rng, names):
    parts = {name: sympy.Float(rng.uniform(0.01, 0.99), 50) for name in names}
    if "share" in parts:
        parts["share"] /= 50  # a race is worth it
    return parts | {name: sympy.Integer(rng.randint(2, 9)) for name in names if name in WHOLE}


def number(form):
    return sympy.N(form.doit() if hasattr(form, "doit") else form, 30, maxn=400)


@cache
def page(name, widest):
    cls = model_class(name)
    names = {symbol: rf"\mathrm{{{key}}}".replace("_", r"\_") for key, symbol in cls.symbols().items()}
    return formulas(cls.thresholds(), names, widest)


@pytest.mark.parametrize("widest", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_displayed_is_what_the_model_computes(name, widest):
    """Read off the rows with all letters put in, at two draws of the parameters."""
    cls, rng = model_class(name), random.Random(name)
    forms, written = cls.thresholds(), page(name, widest)
    assert [formula.words for formula in written] == list(forms)
    for _ in range(2):
        values = draw(rng, cls.symbols())
        at = {symbol: values[key] for key, symbol in cls.symbols().items()}
        known = dict(values)
        for formula in written:
            missing = list(formula.parts)
            while missing:
                ready = [part for part in missing if {str(each) for each in part.form.free_symbols} <= known.keys()]
                assert ready, formula.words
                known |= {str(part.letter): shown(part, known) for part in ready}
                missing = [part for part in missing if part not in ready]
            result = shown(formula.line, known)
            if formula.line.letter:
                known[str(formula.line.letter)] = result
            difference = number(result) - number(forms[formula.words].subs(at))
            assert abs(difference) < 1e-18 * (1 + abs(number(result))), formula.words


@pytest.mark.parametrize("widest", WIDTHS)
@pytest.mark.parametrize("name", NAMES)
def test_rows_fit_and_letters_are_explained_once(name, widest):
    explained = set()
    for formula in page(name, widest):
        new = [line.letter for line in (formula.line, *formula.parts) if line.letter]
        assert not explained & set(new)
        assert set(formula.known) <= explained
        inside = {symbol for line in (formula.line, *formula.parts) for symbol in line.form.free_symbols}
        assert {each for each in inside if re.fullmatch(r"[A-Z](_\d+)?", str(each))} <= explained | set(new)
        explained |= set(new)
        assert len(formula.parts) <= 3
        for line in (formula.line, *formula.parts):
            assert all(width(row) <= widest - 2 * bool(line.letter) for row in line.rows)
    assert len(explained) <= 15


def test_letters_put_back_give_the_same_expression():
    """On random expressions of wide names: exactly, at a point in rationals."""
    rng = random.Random(5)
    symbols = [sympy.Symbol(f"{word}_of_the_{whose}") for word in ("worth", "price") for whose in ("provider", "other")]
    names = {symbol: rf"\mathrm{{{symbol}}}".replace("_", r"\_") for symbol in symbols}

    def grown(depth):
        if not depth:
            return rng.choice([*symbols, sympy.Integer(rng.randint(1, 3))])
        left, right = grown(depth - 1), grown(depth - 1)
        return rng.choice([left + right, left - right, left * right, left / (1 + right**2), (left + 2) ** 2])

    lettered = 0
    for _ in range(40):
        forms = {f"form {k}": grown(rng.randint(2, 3)) for k in range(3)}
        written, wholes = formulas(forms, names, 20.0), {}
        for formula in written:
            for part in formula.parts[::-1]:
                wholes[part.letter] = part.form.xreplace(wholes)
            whole = formula.line.form
            while whole.free_symbols & wholes.keys():
                whole = whole.xreplace(wholes)
            if formula.line.letter:
                wholes[formula.line.letter] = whole
            lettered += whole != formula.line.form
            at = {symbol: sympy.Rational(rng.randint(1, 999), 997) for symbol in symbols}
            assert whole.subs(at) == forms[formula.words].subs(at)
    assert lettered > 30


def test_a_form_that_fits_stays_as_it_is():
    a, b = sympy.symbols("a b")
    (formula,) = formulas({"sum": a + b / a}, {}, 20.0)
    assert (formula.line.latex(), formula.parts, formula.known) == (r"a + \frac{b}{a}", (), ())


def test_what_cannot_be_broken_is_left_in_one_row():
    long = sympy.Symbol("x" * 60)
    (formula,) = formulas({"long": long**2}, {long: rf"\mathrm{{{long}}}"}, 20.0)
    assert len(formula.line.rows) == 1
    assert width(formula.line.rows[0]) > 20
    assert not formula.parts


def test_a_form_may_refer_to_the_one_before_it():
    worth, cost = sympy.symbols("worth_of_what_is_shared cost_of_what_is_shared")
    forms = {"gain": worth - cost + 2 * worth * cost, "part": 1 / (worth - cost + 2 * worth * cost + 1) ** 2}
    gain, part = formulas(forms, upright_words(forms), 22.0)
    assert str(gain.line.letter) == "A"
    assert len(gain.line.rows) > 1
    assert (part.line.latex(), [str(letter) for letter in part.known]) == (r"\frac{1}{\left(A + 1\right)^{2}}", ["A"])


def test_many_letters_have_numbers():
    symbols = sympy.symbols("x:40")
    names = {symbol: rf"\mathrm{{a long name that is {symbol}}}" for symbol in symbols}
    forms = {str(x): 1 / (x * (1 + x) + symbols[0]) for x in symbols[1:]}
    letters = [str(part.letter) for formula in formulas(forms, names, 16.0) for part in formula.parts]
    assert len(set(letters)) == len(letters) > 23
    assert {"A", "Z", "A_2"} <= set(letters)


def test_fractions_among_exponents_are_in_one_line_or_named():
    """Else they are printed too small to read."""
    a, b, c = sympy.symbols("a b c")
    short, long = formulas(
        {"short": sympy.exp(-a / b) + c ** (1 / (a - b)), "long": sympy.exp((a + b * c) / c)}, {}, 20.0
    )
    assert short.line.latex() == r"c^{1 / \left(a - b\right)} + e^{- a / b}"
    assert long.line.latex() == "e^{A}"
    assert [part.latex() for part in long.parts] == [r"A = \frac{a + b \cdot c}{c}"]


def test_letters_that_stand_for_something_else_are_not_used():
    symbols = sympy.symbols("x:6")
    names = {symbol: rf"\mathrm{{a long name that is {symbol}}}" for symbol in symbols}
    forms = {str(x): 1 / (x * (1 + x) + symbols[0]) for x in symbols[1:]}
    letters = [str(part.letter) for formula in formulas(forms, names, 16.0, taken="AC") for part in formula.parts]
    assert letters[:3] == ["B", "D", "E"]


def test_pages_of_models_write_signs_for_their_names():
    signs = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "build.py"))["signs"]
    assert signs("Chance rho of s_i, 1/(1 - delta)") == "Chance ρ of $s_i$, 1/(1\xa0−\xa0δ)"
    assert signs("at least 0 and at most 1, [0, -1]") == "at least\xa00 and at most\xa01, [0, −1]"
    assert (signs("None"), signs("Pie of `c_D`, e-fold")) == ("none", "Pie of `c_D`, e-fold")


def test_all_forms_of_a_model_as_one_formula():
    text = displayed(formulas({"gain, in %": sympy.Symbol("x")}, {}, 20.0))
    assert text == "$\\begin{aligned}\n&\\textbf{gain, in \\%}\\\\[1ex]\n& x\n\\end{aligned}$"
