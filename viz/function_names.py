"""The operators and functions of typed expressions: rows of the table by their symbols and names."""

from __future__ import annotations

import ast

from autograd.rules import elementary, special
from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, Primitive

__all__ = ["ALIASES", "MEANT", "OPERATORS", "functions"]

OPERATORS: dict[type[ast.operator | ast.unaryop], Primitive] = {
    ast.Add: p.add,
    ast.Sub: p.sub,
    ast.Mult: p.mul,
    ast.Div: p.div,
    ast.Pow: p.power,
    ast.Mod: elementary.mod,
    ast.FloorDiv: elementary.floor_divide,
    ast.USub: p.neg,
    ast.UAdd: p.identity,
}

# Other names of functions: the names in Python's math module, and NumPy's and SciPy's second names.
ALIASES: dict[str, Primitive] = {
    "asin": elementary.arcsin,
    "acos": elementary.arccos,
    "atan": elementary.arctan,
    "atan2": elementary.arctan2,
    "asinh": elementary.arcsinh,
    "acosh": elementary.arccosh,
    "atanh": elementary.arctanh,
    "degrees": elementary.rad2deg,
    "radians": elementary.deg2rad,
    "mod": elementary.mod,
    "remainder": elementary.mod,
    "floor_divide": elementary.floor_divide,
    "absolute": p.absolute,
    "fabs": p.absolute,
    "lgamma": special.gammaln,
    "psi": special.digamma,
    "expit": p.sigmoid,
}
# Names that mathematics and other programs give functions.
MEANT = {
    "ln": "log",
    "lg": "log10",
    "ld": "log2",
    "max": "maximum",
    "min": "minimum",
    "logistic": "sigmoid",
    "tg": "tan",
    "arctg": "arctan",
    "sh": "sinh",
    "ch": "cosh",
    "th": "tanh",
}


def functions() -> dict[str, Primitive]:
    """The functions that an expression calls by name; the other rows of the table are operators."""
    return {name: row for name, row in TABLE.items() if row not in OPERATORS.values()} | ALIASES
