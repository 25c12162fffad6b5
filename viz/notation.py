"""Write formulas in LaTeX and in plain text: for each notation a table of forms, which `write` fills in.

A form states its precedence and the precedence that each operand needs to stand without parentheses; `write`
adds exactly the parentheses that are needed.
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

# Precedences, the loosest first. A formula that begins with a minus has NEGATIVE at most.
SUM, NEGATIVE, QUOTIENT, PRODUCT, POWER, ATOM = range(6)


class Form(NamedTuple):
    """How an operation is written.

    Attributes:
        text: a template with a ``%s`` for each operand.
        precedence: the precedence of the whole.
        needed: the precedence that each operand needs to stand without parentheses.
    """

    text: str
    precedence: int
    needed: tuple[int, ...]


class Written(NamedTuple):
    """A formula or a part of one, and its precedence."""

    text: str
    precedence: int


_LETTER = re.compile(r"([A-Za-z])(?:_?(\d{1,4}))?((?:\[\d{1,4}(?:,\d{1,4})*\])?)")


@dataclass(frozen=True)
class Name:
    """A name in a formula: a letter, perhaps with a subscript and a place in an array; or any other text.

    Attributes:
        stem: the letter or the text.
        index: the digits of the subscript.
        place: the place in an array, such as ``[0,1]``.
        copy: 1 for the first value with this name, 2 for the second, and so on.
        bar: whether this is the adjoint, written with a bar over the stem.
    """

    stem: str
    index: str = ""
    place: str = ""
    copy: int = 1
    bar: bool = False

    @classmethod
    def of(cls, text: str) -> Name:
        """Parse a user's name: ``w``, ``w1``, ``w_1`` and ``w[0,1]`` are letters, anything else is text."""
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
        forms: the forms of operations, by the name of the primitive; other operations are functions.
        function: writes the name of a function, given the name of the primitive.
        name: writes a name.
        number: writes a number, given as text.
        parentheses: puts a text in parentheses.
        derivative: writes the derivative of one name by another.
        about: the sign before a rounded number.
    """

    forms: Mapping[str, Form]
    function: Callable[[str], str]
    name: Callable[[Name], str]
    number: Callable[[str], Written]
    parentheses: Callable[[str], str]
    derivative: Callable[[Name, Name], str]
    about: str


def write(symbol: Symbol, notation: Notation, names: Mapping[Symbol, Name] | None = None) -> Written:
    """Write the formula of a symbol, down to the operands that have a name.

    Args:
        symbol: the symbol; if an operation computes it, the formula is written even if it has a name.
        notation: the notation.
        names: names of symbols, also of those computed by an operation. A symbol not in it is written
            by its own name, else as a number.
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
        arguments = [operand.text for operand in operands]
        if member := _MEMBER.fullmatch(primitive):
            primitive, arguments = member[1], [*member[2].split(), *arguments]
        return Written(notation.function(primitive) + notation.parentheses(", ".join(arguments)), POWER)
    texts = [
        operand.text if operand.precedence >= needed else notation.parentheses(operand.text)
        for operand, needed in zip(operands, form.needed, strict=True)
    ]
    return _signed(form.text % tuple(texts), form.precedence)


def _signed(text: str, precedence: int) -> Written:
    return Written(text, min(precedence, NEGATIVE) if text.startswith("-") else precedence)


# A function of a family with its orders, as ``jv 2``: it is written jv(2, x).
_MEMBER = re.compile(r"([a-z_]+)((?: -?\d+(?:\.\d+)?)+)")

_INFIX = {
    "add": Form("%s + %s", SUM, (SUM, QUOTIENT)),
    "sub": Form("%s - %s", SUM, (SUM, QUOTIENT)),
    "neg": Form("-%s", NEGATIVE, (QUOTIENT,)),
    "identity": Form("%s", ATOM, (ATOM,)),
}
# The output of `viz.labels.number` for a number that is not a fraction.
_DECIMAL = re.compile(r"(-?[\d.]+)(?:e([+-]\d+))?")


# ---- LaTeX ----------------------------------------------------------------------------------------

_LATEX_FORMS = _INFIX | {
    "mul": Form(r"%s \cdot %s", PRODUCT, (NEGATIVE, PRODUCT)),
    "div": Form(r"\frac{%s}{%s}", POWER, (SUM, SUM)),
    "square": Form("%s^2", POWER, (ATOM,)),
    "power": Form("%s^{%s}", POWER, (ATOM, SUM)),
    "sqrt": Form(r"\sqrt{%s}", ATOM, (SUM,)),
    "abs": Form(r"\left|%s\right|", ATOM, (SUM,)),
    "cbrt": Form(r"\sqrt[3]{%s}", ATOM, (SUM,)),
    "hypot": Form(r"\sqrt{%s^2 + %s^2}", ATOM, (ATOM, ATOM)),
    "exp2": Form("2^{%s}", POWER, (SUM,)),
    "reciprocal": Form(r"\frac{1}{%s}", POWER, (SUM,)),
    "floor_divide": Form(r"\left\lfloor\frac{%s}{%s}\right\rfloor", ATOM, (SUM, SUM)),
    "mod": Form(r"%s \bmod %s", SUM, (ATOM, ATOM)),
}
_LATEX_FUNCTIONS = {
    **{name: f"\\{name}" for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: f"\\{name}" for name in ("arcsin", "arccos", "arctan")},
    **{name: f"{name[0].upper()}_{name[1]}" for name in ("j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1")},
    "log2": r"\log_2",
    "log10": r"\log_{10}",
    "maximum": r"\max",
    "minimum": r"\min",
    "sigmoid": r"\sigma",
    "gamma": r"\Gamma",
    "gammaln": r"\ln\Gamma",
    "digamma": r"\psi",
    "zeta": r"\zeta",
    "beta": r"\mathrm{B}",
    "betaln": r"\ln\mathrm{B}",
    "ndtr": r"\Phi",
    "log_ndtr": r"\log\Phi",
    "ndtri": r"\Phi^{-1}",
    "erfinv": r"\operatorname{erf}^{-1}",
    "erfcinv": r"\operatorname{erfc}^{-1}",
    "expi": r"\operatorname{Ei}",
    "exp1": "E_1",
}
# Written outside \text, where LaTeX, KaTeX and MathJax agree on their commands.
_LATEX_MATHS = {"\\": r"\backslash "} | {c: f"\\{c} " for c in "{}$%&#_"}
# For these the three share no command inside \text, so they become letters that look alike.
_LATEX_LETTERS = str.maketrans({"^": "\N{MODIFIER LETTER CIRCUMFLEX ACCENT}", "~": "\N{SMALL TILDE}"})


def _latex_text(text: str) -> str:
    """Any text, upright, as part of a formula; nothing in it acts as a command."""
    pieces = re.split(r"([\\{}$%&#_])", text.translate(_LATEX_LETTERS))
    return "".join(_LATEX_MATHS.get(piece) or rf"\text{{{piece}}}" for piece in pieces if piece)


def _latex_name(name: Name) -> str:
    letter = len(name.stem) == 1 and name.stem.isascii() and name.stem.isalpha()
    stem = name.stem if letter else _latex_text(name.stem)
    if name.bar:
        stem = rf"\bar{{{stem}}}" if letter else rf"\overline{{{stem}}}"
    elif not letter:
        stem = f"{{{stem}}}"
    subscript = name.index + (rf"\#{name.copy}" if name.copy > 1 else "")
    if not subscript:
        return stem + name.place
    if len(subscript) > 1:
        subscript = f"{{{subscript}}}"
    return f"{stem}_{subscript}{name.place}"


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
    plain = primitive.isascii() and primitive.replace("_", "").isalnum()
    written = primitive.replace("_", r"\_") if plain else _latex_text(_shown(primitive))
    return rf"\operatorname{{{written}}}"


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
    "exp2": Form("2^%s", POWER, (ATOM,)),
    "reciprocal": Form("1 / %s", QUOTIENT, (POWER,)),
}
_TEXT_FUNCTIONS = {
    "maximum": "max",
    "minimum": "min",
    "sigmoid": "σ",
    "sqrt": "√",
    "cbrt": "∛",
    "gamma": "Γ",
    "gammaln": "lnΓ",
    "digamma": "ψ",
    "zeta": "ζ",
    "ndtr": "Φ",
}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _text_name(name: Name) -> str:
    stem = "".join(c + "\N{COMBINING OVERLINE}" for c in name.stem) if name.bar else name.stem
    if not name.stem.isidentifier():
        stem = f"‘{stem}’"
    return stem + name.index.translate(_SUBSCRIPTS) + (f"#{name.copy}" if name.copy > 1 else "") + name.place


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
