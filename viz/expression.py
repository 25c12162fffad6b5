"""`parse`: an expression as a person types it, recorded as a graph.

Python reads the text, but runs none of it. Each piece of the syntax tree is looked up among the few
kinds that are arithmetic, and what is none of them is refused. Nothing is computed before all is read.
"""

from __future__ import annotations

import ast
import math
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from inspect import signature
from keyword import iskeyword
from typing import Any
from unicodedata import normalize

from autograd import Value, apply
from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, Primitive
from viz.labels import shorten

__all__ = ["ExpressionError", "assignments", "functions", "parse"]

# Enough for a small network written out; Python's own parser is safe with any text of this length.
LONGEST = 2_000
CONSTANTS = {"pi": math.pi, "e": math.e}
OPERATORS: dict[type[ast.operator | ast.unaryop], Primitive] = {
    ast.Add: p.add,
    ast.Sub: p.sub,
    ast.Mult: p.mul,
    ast.Div: p.div,
    ast.Pow: p.power,
    ast.USub: p.neg,
    ast.UAdd: p.identity,
}

# A piece of the syntax tree, what to do there, and how many results of other pieces it is done with.
Step = tuple[ast.expr, Callable[..., Any], int]


class ExpressionError(ValueError):
    """An expression, or the numbers given for it, that cannot be read or has no finite value."""


def parse(text: str, numbers: Mapping[str, float]) -> Value:
    """Record an expression at a point.

    It is made of numbers, names, ``+ - * / **``, parentheses and the `functions` of the table. ``pi``
    and ``e`` are what they are everywhere, unless a number is given for them. All numbers are floats.

    Args:
        text: the expression in Python's notation, as ``tanh(w*x + b)``.
        numbers: one for every name in it.

    Returns:
        the result; the leaves of its graph are named, and stand in the order in which the text has them.

    Raises:
        ExpressionError: the text is not such an expression, a name has no number or a number no use, or
            the expression is undefined or overflows at this point.

    Example:
        >>> from viz.expression import parse
        >>> y = parse("x**2 + 1", {"x": 3.0})
        >>> y.backward()
        >>> y.data
        10.0
    """
    source = _visible(text)
    leaves = {name: Value(_finite(number, name), name=name) for name, number in numbers.items()}
    steps = _read(source, leaves)
    _check_names(steps, source, leaves)
    results: list[Any] = []
    for piece, function, arity in reversed(steps):
        inputs = [results.pop() for _ in range(arity)]
        try:
            result = function(*inputs)
        except (ArithmeticError, ValueError) as error:
            raise ExpressionError(f"{_where(source, piece)} cannot be computed: {error.args[-1]}") from None
        if not math.isfinite(result.data if isinstance(result, Value) else result):
            raise ExpressionError(
                f"{_where(source, piece)} overflows: the greatest float is {sys.float_info.max:.1e}"
            )
        results.append(result)
    root: Value = results.pop()
    return root


def functions() -> dict[str, Primitive]:
    """The rows of the table that an expression calls by name; the others are written as operators."""
    return {name: row for name, row in TABLE.items() if row not in OPERATORS.values()}


def assignments(texts: Iterable[str]) -> dict[str, float]:
    """Numbers by name, from texts such as ``w=0.5``.

    Raises:
        ExpressionError: a text is not of this form, what is named is no name, or it is named twice.
    """
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        # As Python spells names in an expression: the micro sign, for one, becomes the letter mu.
        name = normalize("NFKC", name.strip())
        if not equals:
            raise ExpressionError(
                f"{shorten(text.strip())!r} does not give a name its number: write w=0.5, and quote an "
                'expression that has spaces, as "x + 1"'
            )
        if not name.isidentifier() or iskeyword(name):
            reason = "a word of Python's own" if iskeyword(name) else "not a name"
            raise ExpressionError(
                f"{shorten(name)!r} is {reason}: a name is made of letters, digits and _, as w or x_1"
            )
        if name in numbers:
            raise ExpressionError(f"{shorten(name)} is given twice: leave one of the two out")
        try:
            numbers[name] = float(number)
        except ValueError:
            raise ExpressionError(
                f"{shorten(number)!r} is not a number: write {shorten(name)}=0.5 or {shorten(name)}=1e-3"
            ) from None
    return numbers


def _visible(text: str) -> str:
    """The text without spaces around it, if it can be read by a person as by the parser."""
    source = text.strip(" ")
    if not source:
        raise ExpressionError("the expression is empty: write one, as tanh(w*x + b)")
    if len(source) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(source):,} characters, and {LONGEST:,} is the most: "
            "record longer ones in a program, with autograd.Value"
        )
    for column, character in enumerate(source, start=1):
        if not character.isprintable() or character == "#":
            raise ExpressionError(
                f"column {column} of the expression holds U+{ord(character):04X}: write it in one line of "
                "visible characters, without comments"
            )
    return source


def _finite(number: float, name: str) -> float:
    if not math.isfinite(number):
        raise ExpressionError(f"{shorten(name)}={number} is not finite: give an ordinary number")
    return float(number)


def _read(source: str, leaves: Mapping[str, Value]) -> list[Step]:
    """What to do, the outermost piece first."""
    try:
        # What would be a warning is of a kind that is refused here anyway.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source, mode="eval")
    except SyntaxError as error:
        place = f"at column {error.offset}" if error.offset else "at its end"
        reason = error.msg.partition(". ")[0]
        raise ExpressionError(f"the expression cannot be read {place}: {reason}") from None
    except (MemoryError, RecursionError):
        raise ExpressionError("the expression is nested too deeply: write it flatter, or shorter") from None
    steps: list[Step] = []
    ahead = [tree.body]
    while ahead:
        piece = ahead.pop()
        function, operands = _meaning(piece, source, leaves)
        steps.append((piece, function, len(operands)))
        ahead.extend(reversed(operands))
    return steps


def _meaning(
    piece: ast.expr, source: str, leaves: Mapping[str, Value]
) -> tuple[Callable[..., Any], Sequence[ast.expr]]:
    """What a piece computes, and of which others."""
    match piece:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if number > sys.float_info.max:
                raise ExpressionError(
                    f"{_where(source, piece)} is too great: the greatest float is {sys.float_info.max:.1e}"
                )
            return lambda: float(number), ()
        case ast.Name(id=name):
            return lambda: leaves[name] if name in leaves else CONSTANTS[name], ()
        # Not by `apply`, as a power by a plain number is a row of its own, with one input.
        case ast.UnaryOp(op=op, operand=a) if type(op) in OPERATORS:
            return OPERATORS[type(op)].forward, (a,)
        case ast.BinOp(left=a, op=op, right=b) if type(op) in OPERATORS:
            return OPERATORS[type(op)].forward, (a, b)
        case ast.BinOp(op=ast.BitXor()):
            raise ExpressionError(f"{_where(source, piece)} is not arithmetic: a power is written **")
        case ast.Call(func=ast.Name(id=name), args=inputs, keywords=[]):
            return partial(apply, _function(piece, name, len(inputs), source, leaves)), inputs
    raise ExpressionError(
        f"{_where(source, piece)} is not arithmetic: an expression is made of numbers, names, + - * / **, "
        "parentheses, and functions by their bare names, as tanh(x)"
    )


def _function(piece: ast.expr, name: str, given: int, source: str, leaves: Mapping[str, Value]) -> Primitive:
    known = functions()
    if name not in known:
        if name in leaves:
            advice = f"a product is written with *, as {shorten(name)}*(…)"
        else:
            guess = "".join(f"perhaps {match}; " for match in get_close_matches(name, known, n=1))
            advice = f"{guess}there are {', '.join(known)}"
        raise ExpressionError(f"{_where(source, piece)} calls no function that is known here: {advice}")
    row = known[name]
    wanted = len(signature(row.partials).parameters) - 1  # they take the output before the inputs
    if given != wanted:
        raise ExpressionError(f"{_where(source, piece)} gives {name} {given} inputs, and it takes {wanted}")
    return row


def _check_names(steps: Sequence[Step], source: str, leaves: Mapping[str, Value]) -> None:
    """Make sure that every name has a number, every number is used, and there is one at all."""
    names = [piece for piece, *_ in steps if isinstance(piece, ast.Name)]
    used = {name.id for name in names}
    unused = [name for name in leaves if name not in used]
    for name in names:
        if name.id in leaves or name.id in CONSTANTS:
            continue
        if name.id in functions():
            raise ExpressionError(f"{_where(source, name)} is a function: write what of, as {name.id}(x)")
        spare = f"; the expression does not use {shorten(unused[0])!r}" if unused else ""
        raise ExpressionError(f"{_where(source, name)} has no value: write {shorten(name.id)}=1{spare}")
    if unused:
        raise ExpressionError(f"the expression has no name {shorten(unused[0])!r}: leave its number out")
    if not leaves:
        raise ExpressionError(
            "there is nothing to differentiate by: write a name into the expression and give its number, "
            "as 'x*x' x=2"
        )


def _where(source: str, piece: ast.expr) -> str:
    """A piece as it was written, and its column; the tree counts in bytes."""
    bytes_ = source.encode()
    before, written = bytes_[: piece.col_offset], bytes_[piece.col_offset : piece.end_col_offset]
    return f"{shorten(written.decode())!r} at column {len(before.decode()) + 1}"
