"""`parse`: record typed expressions as a graph.

Python parses the text but runs none of it. Each node of the syntax tree must be one of the few kinds that
are arithmetic; any other is an error. Nothing is computed before the whole tree is checked.
"""

from __future__ import annotations

import ast
import math
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
from autograd.rules.primitive import Primitive
from viz.function_names import MEANT, OPERATORS, functions
from viz.labels import shorten
from viz.syntax_errors import reason

__all__ = ["ExpressionError", "Statement", "assignments", "parse", "parse_all"]

# Enough for a small network; Python's parser is safe with any text of this length.
LONGEST = 2_000
CONSTANTS = {"pi": math.pi, "e": math.e}


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


@dataclass(slots=True)
class Statement:
    """An expression, which may have a name that later statements use: ``h = tanh(w*x)``.

    Attributes:
        text: the statement as it was typed.
        name: the name that it defines, or an empty text.
        piece: the syntax tree of its expression.
        operations: the expression's operations, the outermost first.
        is_result: whether no later statement uses it.
        value: what it is at the point.
    """

    text: str
    name: str
    piece: ast.expr
    operations: Sequence[Operation] = ()
    is_result: bool = True
    value: Any = None


class ExpressionError(ValueError):
    """An expression, or a number given for it, cannot be read or has no finite value."""


def parse(text: str, numbers: Mapping[str, float]) -> Value:
    """Record an expression at a point.

    An expression consists of numbers, names, ``+ - * / // % **``, parentheses and the functions of the
    table. ``pi`` and ``e`` are the usual constants unless a number is given for them. All numbers are floats.
    Intermediate results may have names, as in ``h = tanh(w*x); h*v``.

    Args:
        text: the expression in Python's notation, such as ``tanh(w*x + b)``.
        numbers: a number for every name in it.

    Returns:
        the result. The leaves of its graph are named, and are in the order of the text.

    Raises:
        ExpressionError: the text is not such an expression, a name has no number, a number is not used,
            the expression is undefined or overflows at this point, or there are several results.

    Examples:
        >>> from viz.expression import parse
        >>> y = parse("x**2 + 1", {"x": 3.0})
        >>> y.backward()
        >>> y.data
        10.0
    """
    root, *others = [statement for statement in parse_all(text, numbers) if statement.is_result]
    if others:
        raise ExpressionError(f"there are {1 + len(others)} results: give one expression")
    found: Value = root.value
    return found


def parse_all(text: str, numbers: Mapping[str, float]) -> list[Statement]:
    """Record expressions at a point, with ``;`` between them.

    An expression may have a name, as in ``h = tanh(w*x); h*v; h**2``. An expression that no later one uses
    is a result; the others are intermediate results.

    Args:
        text: the expressions, as `parse` takes them.
        numbers: a number for every other name in them.

    Returns:
        the expressions in order. A named operation has this name in the graph.

    Raises:
        ExpressionError: as `parse`; or a name is defined twice, or used before it is defined, or a result
            depends on no number.

    Examples:
        >>> from viz.expression import parse_all
        >>> h, y = parse_all("h = 3*x; h*h", {"x": 2.0})
        >>> h.value.data, y.value.data, h.is_result
        (6.0, 36.0, False)
    """
    source = _visible(text)
    known: dict[str, Any] = {name: Value(_finite(x, name), name=name) for name, x in numbers.items()}
    statements = _statements(source)
    for statement in statements:
        statement.operations = _read(statement.piece, source, known)
    _check_names(statements, source, list(known))
    for statement in statements:
        statement.value = _computed(statement.operations, source)
        if statement.name:
            known[statement.name] = statement.value
            if isinstance(statement.value, Value) and statement.value.name is None:
                statement.value.name = statement.name
        if statement.is_result and not isinstance(statement.value, Value):
            raise ExpressionError(
                f"{_where(source, statement.piece)} depends on no number that can change: use a name in it"
            )
    return statements


def _computed(operations: Sequence[Operation], source: str) -> Any:
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
    return results.pop()


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


def _statements(source: str) -> list[Statement]:
    """The statements of a text, none of them read further."""
    try:
        # Python warns about syntax that is refused below anyway.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except SyntaxError as error:
        within = 0 < (error.offset or 0) <= len(source)
        place = f"at column {error.offset}" if within else "at its end"
        raise ExpressionError(f"the expression cannot be read {place}: {reason(source, error)}") from None
    except (MemoryError, RecursionError):
        raise ExpressionError("the expression is nested too deeply: write it flatter, or shorter") from None
    return [_statement(piece, source) for piece in tree.body]


def _statement(piece: ast.stmt, source: str) -> Statement:
    text = _text(source, piece)[0]
    match piece:
        case ast.Expr(value=value):
            return Statement(text, "", value)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return Statement(text, name, value)
    raise ExpressionError(
        f"the expression cannot be read at column {_text(source, piece)[1]}: write expressions, or names for "
        "them as in h = x*x, with ; between them"
    )


def _read(piece: ast.expr, source: str, known: Mapping[str, Any]) -> list[Operation]:
    """The operations of an expression, the outermost first."""
    operations: list[Operation] = []
    ahead = [piece]
    while ahead:
        operations.append(_operation(ahead.pop(), source, known))
        ahead.extend(reversed(operations[-1].operands))
    return operations


def _operation(piece: ast.expr, source: str, known: Mapping[str, Any]) -> Operation:
    """The operation at a node of the syntax tree."""
    match piece:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            if number > sys.float_info.max:
                raise ExpressionError(
                    f"{_where(source, piece)} is too large: the greatest float is {sys.float_info.max:.1e}"
                )
            return Operation(piece, lambda: float(number))
        case ast.Name(id=name):
            return Operation(piece, lambda: known[name] if name in known else CONSTANTS[name])
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
            row = _function(piece, name, len(inputs), source, known)
            return Operation(piece, partial(apply, row), inputs)
    raise ExpressionError(
        f"{_where(source, piece)} is not arithmetic: an expression consists of numbers, names, + - * / // % "
        "**, parentheses, and functions by name, as in tanh(x)"
    )


def _function(piece: ast.expr, name: str, given: int, source: str, known: Mapping[str, Any]) -> Primitive:
    table = functions()
    if name not in table:
        if name in known:
            advice = f"write a product with *, as in {shorten(name)}*(…)"
        else:
            near = [MEANT[name]] if name in MEANT else get_close_matches(name, table, n=1)
            guess = "".join(f"perhaps {match}? " for match in near)
            advice = f"{guess}the functions are {', '.join(table)}"
        raise ExpressionError(f"{_where(source, piece)} calls an unknown function: {advice}")
    row = table[name]
    wanted = len(signature(row.partials).parameters) - 1  # partials take the output before the inputs
    if given != wanted:
        raise ExpressionError(f"{_where(source, piece)} gives {name} {given} inputs; it takes {wanted}")
    return row


def _check_names(statements: Sequence[Statement], source: str, numbers: Sequence[str]) -> None:
    """Check that every name has one meaning, that every number is used, and that there is one.

    Marks the statements that others use.
    """
    later = {statement.name: statement for statement in statements if statement.name}
    defined: dict[str, Statement] = {}
    used = set()
    for statement in statements:
        for operation in statement.operations:
            if not isinstance(operation.piece, ast.Name):
                continue
            name = operation.piece.id
            used.add(name)
            if name in defined:
                defined[name].is_result = False
            elif name in later:
                raise ExpressionError(
                    f"{_where(source, operation.piece)} is used before it is defined: define it first"
                )
        if statement.name:
            _check_definition(statement, source, defined, numbers)
            defined[statement.name] = statement
    unused = [name for name in numbers if name not in used]
    names = [x.piece for statement in statements for x in statement.operations]
    for piece in names:
        if isinstance(piece, ast.Name) and not (piece.id in defined or piece.id in numbers):
            _check_constant(piece, source, unused)
    if unused:
        raise ExpressionError(f"the expression does not use {shorten(unused[0])!r}: leave its number out")
    if not numbers:
        raise ExpressionError(
            "there is nothing to differentiate by: use a name in the expression and give its number, "
            "as in 'x*x' x=2"
        )


def _check_definition(
    statement: Statement, source: str, defined: Mapping[str, Statement], numbers: Sequence[str]
) -> None:
    name = shorten(statement.name)
    if statement.name in numbers:
        raise ExpressionError(f"{name!r} has both a number and an expression: leave one of them out")
    if statement.name in defined:
        raise ExpressionError(
            f"{_where(source, statement.piece)} defines {name!r} a second time: give it another name"
        )


def _check_constant(name: ast.Name, source: str, unused: Sequence[str]) -> None:
    """Check that a name without a number is a constant."""
    if name.id in CONSTANTS:
        return
    if name.id in functions():
        raise ExpressionError(f"{_where(source, name)} is a function: write its input, as in {name.id}(x)")
    spare = f"; the expression does not use {shorten(unused[0])!r}" if unused else ""
    raise ExpressionError(f"{_where(source, name)} has no value: write {shorten(name.id)}=1{spare}")


def _where(source: str, piece: ast.expr) -> str:
    """The source text of a node, and its column."""
    text, column = _text(source, piece)
    return f"{shorten(text)!r} at column {column}"


def _text(source: str, piece: ast.expr | ast.stmt) -> tuple[str, int]:
    """The source text of a node, and its column in characters; the tree counts in bytes."""
    bytes_ = source.encode()
    before, written = bytes_[: piece.col_offset], bytes_[piece.col_offset : piece.end_col_offset]
    return written.decode(), len(before.decode()) + 1
