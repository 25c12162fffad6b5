"""The scalar rows in the languages that a program can be written in: ``row.code[language]``.

- ``python``: an expression on floats;
- ``number``: an expression on NumPy's scalars;
- ``numpy``: an expression on arrays; with ``{out}`` in it, it can write into an existing array;
- ``c``: an expression on doubles or vectors. Functions begin with ``{kind}``, which is ``one`` or ``vec``.

Rows of arrays come with a text for NumPy. A row without any text is expanded into the operations of its rule.
"""

from __future__ import annotations

import operator

from autograd.compiler.conditions import COMPARISONS, select
from autograd.rules import scalars as p
from autograd.rules.primitive import Primitive

__all__ = ["calls_function", "has_code"]


def has_code(row: Primitive) -> bool:
    """Whether a row can be an instruction; else it must be expanded."""
    return bool(row.code)


def calls_function(row: Primitive) -> bool:
    """Whether a row is a function of numbers in C, and not an operator between them."""
    return row.differentiable and "{kind}" in row.code.get("c", "")


def _operator(row: Primitive, text: str, ufunc: str, c: str = "{text}") -> None:
    operands = "{0}, {1}" if "{1}" in text else "{0}"
    code = {"python": text, "number": text, "numpy": f"{ufunc}({operands}{{out}})"}
    row.code |= {**code, "c": c.replace("{text}", text)}


def _function(row: Primitive, operands: str, ufunc: str = "", python: str = "") -> None:
    call = f"{row.name}({operands})"
    row.code |= {
        "python": python or call,
        "number": call,
        "numpy": f"{ufunc}({operands}{{out}})" if ufunc else call,
        "c": f"{{kind}}_{call}",
    }


_operator(p.add, "{0} + {1}", "add")
_operator(p.sub, "{0} - {1}", "subtract")
_operator(p.mul, "{0} * {1}", "multiply")
_operator(p.div, "{0} / {1}", "divide")
_operator(p.neg, "-{0}", "negative")
for _row in (p.sqrt, p.exp, p.log, p.sin, p.cos, p.tanh):
    _function(_row, "{0}", _row.name)
_function(p.absolute, "{0}", "absolute")
_function(p.softplus, "{0}")
_function(p.power, "{0}, {1}", "power")
# One line of Python is faster than a call.
_function(p.maximum, "{0}, {1}", "maximum", python="{0} if {0} >= {1} or {0} != {0} else {1}")
_function(p.minimum, "{0}, {1}", "minimum", python="{0} if {0} <= {1} or {0} != {0} else {1}")
_function(select, "{0}, {1}, {2}", python="{1} if {0} else {2}")
for _comparison, _name in {
    operator.eq: "equal",
    operator.ne: "not_equal",
    operator.lt: "less",
    operator.le: "less_equal",
    operator.gt: "greater",
    operator.ge: "greater_equal",
}.items():
    _row = COMPARISONS[_comparison]
    _operator(_row, f"{{0}} {_row.symbol} {{1}}", _name, c="{kind}_truth({text})")
