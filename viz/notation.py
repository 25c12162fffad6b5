"""How formulas are written: a table of forms by primitive for each notation, and one way to fill them in.

There are two notations, LaTeX and plain text. A form says how tightly it binds and how tightly each of its
operands must, and from that alone come the parentheses: all that are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from autograd.recording.order import topological
from autograd.recording.symbol import Symbol
from viz.labels import number, shorten, visible

__all__ = ["LATEX", "TEXT", "Form", "Name", "Notation", "Written", "write"]

# How tightly a formula binds, the loosest first. One with a minus in front is NEGATIVE at most.
SUM, NEGATIVE, QUOTIENT, PRODUCT, POWER, ATOM = range(6)


class Form(NamedTuple):
    """How an operation is written.

    Attributes:
        text: with a ``%s`` for each operand.
        binds: how tightly the whole binds.
        needs: how tightly each operand must bind to stand without parentheses.
    """

    text: str
    binds: int
    needs: tuple[int, ...]


class Written(NamedTuple):
    """A piece of a formula, and how tightly it binds."""

    text: str
    binds: int


_LETTER = re.compile(r"([A-Za-z])(?:_?(\d{1,4}))?((?:\[\d{1,4}(?:,\d{1,4})*\])?)")


@dataclass(frozen=True)
class Name:
    """A name as formulas have it: a letter, with an index and a place perhaps; or any other text.

    Attributes:
        stem: the letter, or the text.
        index: digits below the letter.
        place: where it is in an array, as ``[0,1]``.
        copy: 1, or which of those with the same name it is.
        bar: whether it is the adjoint of what has this name: the bar is over the stem.
    """

    stem: str
    index: str = ""
    place: str = ""
    copy: int = 1
    bar: bool = False

    @classmethod
    def of(cls, text: str) -> Name:
        """The name that a user gave: ``w``, ``w1``, ``w_1`` and ``w[0,1]`` are letters, all else is text."""
        letter = _LETTER.fullmatch(text)
        if letter is None:
            return cls(_shown(text))
        return cls(letter[1], letter[2] or "", letter[3])


def _shown(text: str) -> str:
    return "".join(map(visible, shorten(text)))


@dataclass(frozen=True)
class Notation:
    """A way to write formulas.

    Attributes:
        forms: how operations are written, by the names of their primitives; all others are functions.
        function: the name of a function, from that of its primitive.
        name: a name.
        number: the text of a number.
        parentheses: a text in parentheses.
        derivative: the derivative of what has one name by what has another.
        about: the sign before a number that was rounded.
    """

    forms: Mapping[str, Form]
    function: Callable[[str], str]
    name: Callable[[Name], str]
    number: Callable[[str], Written]
    parentheses: Callable[[str], str]
    derivative: Callable[[Name, Name], str]
    about: str


def write(symbol: Symbol, notation: Notation, names: Mapping[Symbol, Name] | None = None) -> Written:
    """The formula of a symbol in a notation, down to what has a name.

    Args:
        symbol: what to write; a name of its own is not used if there is a formula.
        notation: the notation.
        names: what symbols are called, those computed by an operation too; those not in it go by a name
            of their own, or as numbers.
    """
    names = names or {}
    written: dict[Symbol, Written] = {}
    order: list[Any] = topological(symbol)
    for s in order:
        if s in names and not (s is symbol and s.inputs):
            written[s] = Written(notation.name(names[s]), ATOM)
        elif s.primitive is not None and s.inputs:
            written[s] = _filled(s.primitive.name, [written[operand] for operand in s.inputs], notation)
        elif s.name:
            written[s] = Written(notation.name(Name.of(s.name)), ATOM)
        else:
            written[s] = notation.number(number(s.data))
    return written[symbol]


def _filled(primitive: str, operands: list[Written], notation: Notation) -> Written:
    form = notation.forms.get(primitive)
    if form is None:
        arguments = ", ".join(operand.text for operand in operands)
        return Written(notation.function(primitive) + notation.parentheses(arguments), POWER)
    texts = [
        operand.text if operand.binds >= needed else notation.parentheses(operand.text)
        for operand, needed in zip(operands, form.needs, strict=True)
    ]
    return _signed(form.text % tuple(texts), form.binds)


def _signed(text: str, binds: int) -> Written:
    return Written(text, min(binds, NEGATIVE) if text.startswith("-") else binds)


_INFIX = {
    "add": Form("%s + %s", SUM, (SUM, QUOTIENT)),
    "sub": Form("%s - %s", SUM, (SUM, QUOTIENT)),
    "neg": Form("-%s", NEGATIVE, (QUOTIENT,)),
    "identity": Form("%s", ATOM, (ATOM,)),
}
# What `viz.labels.number` writes of a number that is not a fraction.
_DECIMAL = re.compile(r"(-?[\d.]+)(?:e([+-]\d+))?")


# ---- LaTeX ----------------------------------------------------------------------------------------

_LATEX_FORMS = _INFIX | {
    "mul": Form(r"%s \cdot %s", PRODUCT, (NEGATIVE, PRODUCT)),
    "div": Form(r"\frac{%s}{%s}", POWER, (SUM, SUM)),
    "square": Form("%s^2", POWER, (ATOM,)),
    "power": Form("%s^{%s}", POWER, (ATOM, SUM)),
    "sqrt": Form(r"\sqrt{%s}", ATOM, (SUM,)),
    "abs": Form(r"\left|%s\right|", ATOM, (SUM,)),
}
_LATEX_FUNCTIONS = {name: f"\\{name}" for name in ("exp", "log", "sin", "cos", "tanh")} | {
    "maximum": r"\max",
    "minimum": r"\min",
    "sigmoid": r"\sigma",
}
# Outside \text, where LaTeX, KaTeX and MathJax agree on them.
_LATEX_MATHS = {"\\": r"\backslash "} | {c: f"\\{c} " for c in "{}$%&#_"}
# Inside \text the three have no command in common for these; but there are letters that look like them.
_LATEX_LETTERS = str.maketrans({"^": "\N{MODIFIER LETTER CIRCUMFLEX ACCENT}", "~": "\N{SMALL TILDE}"})


def _latex_text(text: str) -> str:
    """Any text, upright, as part of a formula, where nothing in it is a command."""
    pieces = re.split(r"([\\{}$%&#_])", text.translate(_LATEX_LETTERS))
    return "".join(_LATEX_MATHS.get(piece) or rf"\text{{{piece}}}" for piece in pieces if piece)


def _latex_name(name: Name) -> str:
    letter = len(name.stem) == 1 and name.stem.isascii() and name.stem.isalpha()
    stem = name.stem if letter else _latex_text(name.stem)
    if name.bar:
        stem = rf"\bar{{{stem}}}" if letter else rf"\overline{{{stem}}}"
    elif not letter:
        stem = f"{{{stem}}}"
    below = name.index + (rf"\#{name.copy}" if name.copy > 1 else "")
    if not below:
        return stem + name.place
    return f"{stem}_{below}{name.place}" if len(below) == 1 else f"{stem}_{{{below}}}{name.place}"


def _latex_number(text: str) -> Written:
    if decimal := _DECIMAL.fullmatch(text):
        if decimal[2] is None:
            return _signed(text, ATOM)
        power = f"10^{{{int(decimal[2])}}}"
        if decimal[1] == "1":
            return Written(power, POWER)
        return _signed(rf"{decimal[1]} \cdot {power}", PRODUCT)
    sign, size = ("-", text[1:]) if text.startswith("-") else ("", text)
    if size == "inf":
        return _signed(sign + r"\infty", ATOM)
    numerator, slash, denominator = size.partition("/")
    if slash:
        return _signed(rf"{sign}\frac{{{numerator}}}{{{denominator}}}", POWER)
    return Written(_latex_text(text), ATOM)


def _latex_parentheses(text: str) -> str:
    return rf"\left({text}\right)" if r"\frac" in text else f"({text})"


def _latex_function(primitive: str) -> str:
    if primitive in _LATEX_FUNCTIONS:
        return _LATEX_FUNCTIONS[primitive]
    plain = primitive.isascii() and primitive.isalpha()
    return rf"\operatorname{{{primitive if plain else _latex_text(_shown(primitive))}}}"


LATEX = Notation(
    forms=_LATEX_FORMS,
    function=_latex_function,
    name=_latex_name,
    number=_latex_number,
    parentheses=_latex_parentheses,
    derivative=lambda of, by: rf"\frac{{\partial {_latex_name(of)}}}{{\partial {_latex_name(by)}}}",
    about=r"\approx",
)


# ---- plain text -----------------------------------------------------------------------------------

_TEXT_FORMS = _INFIX | {
    "mul": Form("%s · %s", PRODUCT, (NEGATIVE, PRODUCT)),
    "div": Form("%s / %s", QUOTIENT, (NEGATIVE, POWER)),
    "square": Form("%s²", POWER, (ATOM,)),
    "power": Form("%s^%s", POWER, (ATOM, ATOM)),
}
_TEXT_FUNCTIONS = {"maximum": "max", "minimum": "min", "sigmoid": "σ", "sqrt": "√"}
_BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _text_name(name: Name) -> str:
    stem = "".join(c + "\N{COMBINING OVERLINE}" for c in name.stem) if name.bar else name.stem
    if not name.stem.isidentifier():
        stem = f"‘{stem}’"
    return stem + name.index.translate(_BELOW) + (f"#{name.copy}" if name.copy > 1 else "") + name.place


def _text_number(text: str) -> Written:
    return _signed(text, QUOTIENT if "/" in text else ATOM)


TEXT = Notation(
    forms=_TEXT_FORMS,
    function=lambda primitive: _TEXT_FUNCTIONS.get(primitive) or _shown(primitive),
    name=_text_name,
    number=_text_number,
    parentheses=lambda text: f"({text})",
    derivative=lambda of, by: f"∂{_text_name(of)}/∂{_text_name(by)}",
    about="≈",
)
