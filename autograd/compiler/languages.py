"""The scalar rows in the languages that a program can be written in: ``row.code[language]``.

- ``python``: an expression on floats;
- ``number``: an expression on NumPy's scalars;
- ``numpy``: an expression on arrays; with ``{out}`` in it, it can write into an existing array. For JAX it is
  the same, with the functions of ``jax.numpy`` under these names;
- ``c``: an expression on doubles or vectors. Functions begin with ``{kind}``, which is ``one`` or ``vec``.

Rows of arrays come with a text for NumPy. A row without any text is expanded into the operations of its rule.
Most special functions have no text in C, since SciPy's and Python's differ from the C library's in the last
digits: NumPy or Python runs a program that has one.
"""

from __future__ import annotations

import operator
from inspect import signature
from math import log, pi, sqrt

import numpy as np

from autograd.compiler.conditions import COMPARISONS, select
from autograd.rules import elementary as e
from autograd.rules import scalars as p
from autograd.rules import special  # noqa: F401 (loads the whole table)
from autograd.rules.primitive import TABLE, Primitive

__all__ = ["C_FUNCTIONS", "calls_function", "has_code", "operands_of"]

# The functions of `elementary` and `special` in C, as expressions of the doubles a and b.
C_FUNCTIONS = {
    **{
        name: f"{name}(a)"
        for name in ("tan", "sinh", "cosh", "exp2", "expm1", "log1p", "log2", "log10", "cbrt")
    },
    **{f"arc{name}": f"a{name}(a)" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "atan2(a, b)",
    **{name: f"{name}(a, b)" for name in ("hypot", "fmod", "copysign")},
    "fmax": "b != b || a >= b ? a : b",
    "fmin": "b != b || a <= b ? a : b",
    "mod": "floored_remainder(a, b)",
    "floor_divide": "floored_quotient(a, b)",
    "reciprocal": "1 / a",
    "logaddexp": f"a == b ? a + {log(2)!r} : one_maximum(a, b) + log1p(exp(-fabs(a - b)))",
    "logaddexp2": f"a == b ? a + 1 : one_maximum(a, b) + log1p(exp2(-fabs(a - b))) / {log(2)!r}",
    "xlogy": "a == 0 && b == b ? 0 : a * log(b)",
    "xlog1py": "a == 0 && b == b ? 0 : a * log1p(b)",
    "sinc": f"a != 0 ? sin({pi!r} * a) / ({pi!r} * a) : 1",
    "erf": "erf(a)",
    "erfc": "erfc(a)",
    "ndtr": f"erfc(-a / {sqrt(2)!r}) / 2",
    "logit": "0.25 < a && a < 0.75 ? 2 * atanh(2 * a - 1) : log(a / (1 - a))",
}


def has_code(row: Primitive) -> bool:
    """Whether a row can be an instruction; else it must be expanded."""
    return bool(row.code)


def calls_function(row: Primitive) -> bool:
    """Whether a row is a function of numbers in C, and not an operator between them."""
    return row.differentiable and "{kind}" in row.code.get("c", "")


def operands_of(row: Primitive) -> int:
    """Return how many inputs a row takes."""
    return len(signature(row.partials).parameters) - 1  # partials take the output before the inputs


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
    if row.name in e.ON_FLOATS and row.name not in C_FUNCTIONS:
        del row.code["c"]


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
for _name in e.ON_FLOATS:
    _is_ufunc = isinstance(getattr(np, _name, None), np.ufunc)
    _function(TABLE[_name], "{0}, {1}" if operands_of(TABLE[_name]) == 2 else "{0}", _name * _is_ufunc)
_operator(e.deg2rad, f"{{0}} * {e.DEGREE!r}", "deg2rad")
_operator(e.rad2deg, f"{{0}} * {1 / e.DEGREE!r}", "rad2deg")
_operator(e.reciprocal, "1 / {0}", "reciprocal", c="{kind}_reciprocal({0})")
_operator(e.mod, "{0} % {1}", "remainder", c="{kind}_mod({0}, {1})")
_operator(e.floor_divide, "{0} // {1}", "floor_divide", c="{kind}_floor_divide({0}, {1})")
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
