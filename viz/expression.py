"""`parse`: record a typed expression as a graph.

Python parses the text but runs none of it. Each node of the syntax tree must be one of the few kinds that
are arithmetic; any other is an error. Nothing is computed before the whole tree is checked.
"""

from __future__ import annotations

import ast
import math
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from inspect import signature
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from autograd import Value, apply
from autograd.rules import elementary, special
from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, Primitive
from viz.labels import shorten

__all__ = ["ExpressionError", "assignments", "functions", "parse"]

# Enough for a small network; Python's parser is safe with any text of this length.
LONGEST = 2_000
CONSTANTS = {"pi": math.pi, "e": math.e}
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


# What a text has in place of Python's notation, and what to write.
_SIGNS = {"²": "x**2", "³": "x**3", "√": "sqrt(x)", "·": "*", "×": "*", "÷": "/", "−": "-", "^": "**"}
# A number or a name beside a name: what stands where a product lacks its sign.
_PRODUCT = r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?) *([A-Za-z_]\w*)|\b([A-Za-z_]\w*|\d+) +(\w+)"


@dataclass(frozen=True, slots=True)
class Operation:
    """What to compute at a node of the syntax tree.

    Attributes:
        piece: the node.
        function: the function to call.
        operands: the nodes whose results are its arguments.
    """

    piece: ast.expr
    function: Callable[..., Any]
    operands: Sequence[ast.expr] = ()


class ExpressionError(ValueError):
    """An expression, or a number given for it, cannot be read or has no finite value."""


def parse(text: str, numbers: Mapping[str, float]) -> Value:
    """Record an expression at a point.

    An expression consists of numbers, names, ``+ - * / // % **``, parentheses and the `functions` of the
    table. ``pi`` and ``e`` are the usual constants unless a number is given for them. All numbers are floats.

    Args:
        text: the expression in Python's notation, such as ``tanh(w*x + b)``.
        numbers: a number for every name in it.

    Returns:
        the result. The leaves of its graph are named, and are in the order of the text.

    Raises:
        ExpressionError: the text is not such an expression, a name has no number, a number is not used,
            or the expression is undefined or overflows at this point.

    Examples:
        >>> from viz.expression import parse
        >>> y = parse("x**2 + 1", {"x": 3.0})
        >>> y.backward()
        >>> y.data
        10.0
    """
    source = _visible(text)
    leaves = {name: Value(_finite(number, name), name=name) for name, number in numbers.items()}
    operations = _read(source, leaves)
    _check_names(operations, source, leaves)
    results: list[Any] = []
    for operation in reversed(operations):
        inputs = [results.pop() for _ in operation.operands]
        try:
            result = operation.function(*inputs)
        except (ArithmeticError, ValueError) as error:
            raise ExpressionError(
                f"{_where(source, operation.piece)} cannot be computed: {error.args[-1]}"
            ) from None
        if not math.isfinite(result.data if isinstance(result, Value) else result):
            raise ExpressionError(
                f"{_where(source, operation.piece)} overflows: the greatest float is {sys.float_info.max:.1e}"
            )
        results.append(result)
    root: Value = results.pop()
    return root


def functions() -> dict[str, Primitive]:
    """The functions that an expression calls by name; the other rows of the table are operators."""
    return {name: row for name, row in TABLE.items() if row not in OPERATORS.values()} | ALIASES


def assignments(texts: Iterable[str]) -> dict[str, float]:
    """Parse texts such as ``w=0.5`` into numbers by name.

    Raises:
        ExpressionError: a text has another form, a name is not an identifier, or one is given twice.
    """
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        # Python normalizes names in an expression like this: the micro sign becomes the letter mu.
        name = normalize("NFKC", name.strip())
        if not equals:
            raise ExpressionError(
                f"{shorten(text.strip())!r} is not NAME=NUMBER: write w=0.5, and quote an expression with "
                'spaces, as in "x + 1"'
            )
        if not name.isidentifier() or iskeyword(name):
            reason = "a keyword of Python" if iskeyword(name) else "not a name"
            raise ExpressionError(f"{shorten(name)!r} is {reason}: use letters, digits and _, as in w or x_1")
        if name in numbers:
            raise ExpressionError(f"{shorten(name)} is given twice: leave one of them out")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise ExpressionError(
                f"{shorten(number)!r} is not a number: write {shorten(name)}=0.5 or {shorten(name)}=1e-3"
            ) from None
    return numbers


def _visible(text: str) -> str:
    """The text without surrounding spaces, if it is one line of visible characters."""
    source = text.strip(" ")
    if not source:
        raise ExpressionError("the expression is empty: write one, such as tanh(w*x + b)")
    if len(source) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(source):,} characters, over the limit of {LONGEST:,}: "
            "record a longer one in a program, with autograd.Value"
        )
    for column, character in enumerate(source, start=1):
        if not character.isprintable() or character == "#":
            raise ExpressionError(
                f"column {column} of the expression is U+{ord(character):04X}: use one line of visible "
                "characters, without comments"
            )
    return source


def _finite(number: float, name: str) -> float:
    if not math.isfinite(number):
        raise ExpressionError(f"{shorten(name)}={number} is not finite: give a finite number")
    return float(number)


def _read(source: str, leaves: Mapping[str, Value]) -> list[Operation]:
    """The operations of an expression, the outermost first."""
    try:
        # Python warns about syntax that is refused below anyway.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, mode="eval")
    except SyntaxError as error:
        place = f"at column {error.offset}" if error.offset else "at its end"
        raise ExpressionError(f"the expression cannot be read {place}: {_reason(source, error)}") from None
    except (MemoryError, RecursionError):
        raise ExpressionError("the expression is nested too deeply: write it flatter, or shorter") from None
    operations: list[Operation] = []
    ahead = [tree.body]
    while ahead:
        operations.append(_operation(ahead.pop(), source, leaves))
        ahead.extend(reversed(operations[-1].operands))
    return operations


def _reason(source: str, error: SyntaxError) -> str:
    """Say what a text that is not Python's notation probably means, or Python's own reason."""
    if call := re.search(rf"\b({'|'.join(functions())}) +(\w+)", source):
        return f"write the input in parentheses, as in {call[1]}({shorten(call[2])})"
    if product := re.search(_PRODUCT, source):
        left, right = (text for text in product.groups() if text)
        return f"write a product with *, as in {shorten(left)}*{shorten(right)}"
    if "|" in source:
        return "write abs(x) for |x|"
    if sign := next((sign for sign in _SIGNS if sign in source), None):
        return f"write {_SIGNS[sign]} for {sign}"
    return error.msg.partition(". ")[0]


def _operation(piece: ast.expr, source: str, leaves: Mapping[str, Value]) -> Operation:
    """The operation at a node of the syntax tree."""
    match piece:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if number > sys.float_info.max:
                raise ExpressionError(
                    f"{_where(source, piece)} is too large: the greatest float is {sys.float_info.max:.1e}"
                )
            return Operation(piece, lambda: float(number))
        case ast.Name(id=name):
            return Operation(piece, lambda: leaves[name] if name in leaves else CONSTANTS[name])
        # Not by `apply`: a power with a constant exponent is a row of its own, with one input.
        case ast.UnaryOp(op=op, operand=a) if type(op) in OPERATORS:
            return Operation(piece, OPERATORS[type(op)].forward, (a,))
        case ast.BinOp(left=a, op=op, right=b) if type(op) in OPERATORS:
            return Operation(piece, OPERATORS[type(op)].forward, (a, b))
        case ast.BinOp(op=ast.BitXor()):
            raise ExpressionError(f"{_where(source, piece)} is not arithmetic: write a power as **")
        case ast.Call(func=ast.Constant()):
            raise ExpressionError(f"{_where(source, piece)} is not arithmetic: write a product with *")
        case ast.Call(func=ast.Name(id=name), args=inputs, keywords=[]):
            row = _function(piece, name, len(inputs), source, leaves)
            return Operation(piece, partial(apply, row), inputs)
    raise ExpressionError(
        f"{_where(source, piece)} is not arithmetic: an expression consists of numbers, names, + - * / // % "
        "**, parentheses, and functions by name, as in tanh(x)"
    )


def _function(piece: ast.expr, name: str, given: int, source: str, leaves: Mapping[str, Value]) -> Primitive:
    known = functions()
    if name not in known:
        if name in leaves:
            advice = f"write a product with *, as in {shorten(name)}*(…)"
        else:
            near = [MEANT[name]] if name in MEANT else get_close_matches(name, known, n=1)
            guess = "".join(f"perhaps {match}? " for match in near)
            advice = f"{guess}the functions are {', '.join(known)}"
        raise ExpressionError(f"{_where(source, piece)} calls an unknown function: {advice}")
    row = known[name]
    wanted = len(signature(row.partials).parameters) - 1  # partials take the output before the inputs
    if given != wanted:
        raise ExpressionError(f"{_where(source, piece)} gives {name} {given} inputs; it takes {wanted}")
    return row


def _check_names(operations: Sequence[Operation], source: str, leaves: Mapping[str, Value]) -> None:
    """Check that every name has a number, that every number is used, and that there is one."""
    names = [operation.piece for operation in operations if isinstance(operation.piece, ast.Name)]
    used = {name.id for name in names}
    unused = [name for name in leaves if name not in used]
    for name in names:
        if name.id in leaves or name.id in CONSTANTS:
            continue
        if name.id in functions():
            raise ExpressionError(
                f"{_where(source, name)} is a function: write its input, as in {name.id}(x)"
            )
        spare = f"; the expression does not use {shorten(unused[0])!r}" if unused else ""
        raise ExpressionError(f"{_where(source, name)} has no value: write {shorten(name.id)}=1{spare}")
    if unused:
        raise ExpressionError(f"the expression does not use {shorten(unused[0])!r}: leave its number out")
    if not leaves:
        raise ExpressionError(
            "there is nothing to differentiate by: use a name in the expression and give its number, "
            "as in 'x*x' x=2"
        )


def _where(source: str, piece: ast.expr) -> str:
    """The source text of a node, and its column in characters; the tree counts in bytes."""
    bytes_ = source.encode()
    before, written = bytes_[: piece.col_offset], bytes_[piece.col_offset : piece.end_col_offset]
    return f"{shorten(written.decode())!r} at column {len(before.decode()) + 1}"
