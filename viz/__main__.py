"""``python -m viz "tanh(w*x + b)" w=0.5 x=1 b=-0.2``: differentiate an expression by every method.

Print the value, the gradient by every method and the cost of each; on request, draw the graph. Further
commands, such as ``python -m viz doctor``, have modules of their own.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Any

import autograd
import viz
from autograd import METHODS, Cost, Graph, Node, Value, gradient, predict
from autograd.costs.cost import readable
from autograd.differentiation.methods import accuracy
from autograd.files import write
from viz.commands import INTERRUPTED, SUBCOMMANDS, Parser, subcommand
from viz.completion import SHELLS, CompletionError, script
from viz.edge_uses import MEASURED
from viz.expression import LONGEST, ExpressionError, Statement, assignments, parse_all
from viz.function_names import functions
from viz.labels import shorten
from viz.layout import LayoutError, layout
from viz.streams import open_streams, say, tell

__all__ = ["main"]

# argparse takes "-x**2" for an option, but not " -x**2". The options here are -h, -o, and --words.
NO_OPTION = r"^-(?!([ho]|-[a-z]*|-print-completion(=.*)?)$)"
PICTURES = (".svg", ".png", ".pdf")
ENDINGS = (*PICTURES, ".dot", ".html", ".tex")
COSTS = ("multiplications", "additions", "partials", "forward", "total")
# Enough digits to show the error of a finite difference, too few to show rounding errors.
DIGITS = 12
APPROXIMATE = (
    "≈ approximate, by moving names, or estimated along a random direction; the others are exact except for "
    "rounding"
)
# Some editors and shells put it at the start of a text.
_BYTE_ORDER_MARK = "\ufeff"
# The columns of such numbers that fit into a terminal of 80 characters.
COLUMNS = 3


@dataclass(frozen=True, slots=True)
class MethodResult:
    """The result of one method.

    Attributes:
        method: a key of `METHODS`.
        values: the derivatives by the leaves; empty if the method was not run or failed.
        cost: the measured cost, or the predicted cost of a method not run; None if it failed.
        note: the reason why there are no values; else empty.
    """

    method: str
    values: Sequence[Any]
    cost: Cost | None
    note: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        the exit status: 0, 2 if the answer cannot be printed, or 130 after Ctrl-C; of a subcommand, its own.
        Wrong input exits with status 2.
    """
    open_streams()
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if given and given[0] in SUBCOMMANDS:
            return subcommand(given[0])(given[1:])
        parser = _parser()
        shielded = [re.sub(NO_OPTION, " -", argument) for argument in given]
        return say(_answer(parser, parser.parse_intermixed_args(shielded)), parser.prog)
    except KeyboardInterrupt:
        tell("interrupted")
        return INTERRUPTED


def _parser() -> Parser:
    parser = _options()
    parser.add_argument(
        "expression",
        metavar="EXPRESSION",
        help="in quotes: numbers, names, + - * / **, parentheses, pi, e, and the functions "
        f"{', '.join(functions())}; several with ; between them, with names as in h = x*x; - reads them from "
        "standard input",
    )
    parser.add_argument(
        "numbers", metavar="NAME=NUMBER", nargs="*", help="the point: a number for every name, such as w=0.5"
    )
    return parser


def _options() -> Parser:
    """The parser without the arguments that have no name."""
    parser = Parser(
        prog="whygrad",
        description="Record an expression as a graph, differentiate the graph by every method,\n"
        "and count the operations of each.",
        epilog="examples:\n"
        '  whygrad "tanh(w*x + b)" w=0.5 x=1 b=-0.2\n'
        '  whygrad "h = tanh(w*x); h*v" w=2 x=1 v=3\n'
        '  whygrad "x*x*x" x=2 -o graph.svg       draw the graph, with its gradient\n'
        '  whygrad "x*x*x" x=2 -o report.html     step through every method on a page\n'
        '  whygrad --latex "sigmoid(x)" x=0.5     derive the gradient in LaTeX\n'
        "  echo 'x*x*x' | whygrad - x=2 --json    for another program\n\n"
        "subcommands, each with its own --help:\n"
        + "".join(f"  whygrad {name:<8} {what}\n" for name, (_, what) in SUBCOMMANDS.items())
        + "\npython -m viz is the same command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    parser.add_argument(
        "-o",
        dest="out",
        type=_file,
        metavar="FILE",
        help=f"write a file in the format of its suffix: {', '.join(ENDINGS)}",
    )
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--latex", action="store_true", help="print the derivation in LaTeX instead of the tables"
    )
    instead.add_argument("--json", action="store_true", help="print the results as JSON, unrounded")
    parser.add_argument(
        "--print-completion",
        action=_Completion,
        choices=SHELLS,
        help="print a script that completes this command's options in a shell, and exit",
    )
    return parser


class _Version(argparse.Action):
    """Look the version up when it is asked for, since that takes a while."""

    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=options.get("help"))

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        parser.exit(say(f"{parser.prog} {autograd.__version__}", parser.prog))


class _Completion(argparse.Action):
    """Print the script for a shell."""

    def __call__(self, parser: argparse.ArgumentParser, *given: Any) -> None:
        try:
            text = script(_options(), given[1])
        except CompletionError as error:
            parser.error(str(error))
        parser.exit(say(text, parser.prog))


def _file(text: str) -> Path:
    path = Path(text.strip())
    if not text.isprintable() or path.suffix.lower() not in ENDINGS:
        raise argparse.ArgumentTypeError(f"{shorten(text)!r} ends in none of {', '.join(ENDINGS)}")
    return path


def _answer(parser: argparse.ArgumentParser, options: argparse.Namespace) -> str:
    """Write the file of ``-o``, if any, and return the text to print."""
    if options.out is not None:
        _prepare(parser, options.out)
    try:
        statements = parse_all(_typed(options.expression), assignments(options.numbers))
        results = [statement for statement in statements if statement.is_result]
        for result in results:
            result.value.backward()
    except (ArithmeticError, OSError, ValueError) as error:
        parser.error(f"{error}{_meant(options.expression)}")
    try:
        if options.out is not None:
            _write(parser, options.out, results)
            tell(f"wrote {options.out}")
        if options.latex:
            return _latex(results)
    except (ArithmeticError, LayoutError, ValueError) as error:
        parser.error(str(error))
    except OSError as error:
        parser.error(f"cannot write {str(options.out)!r}: {error.strerror or error}; give another -o")
    return _json(statements) if options.json else _printed(statements)


def _meant(expression: str) -> str:
    """The subcommand that a word may be meant for, as a clause; else empty."""
    near = get_close_matches(expression, [*SUBCOMMANDS, "--help"], n=1, cutoff=0.7)
    return f"; perhaps you mean whygrad {near[0]}" if near and expression.isidentifier() else ""


def _typed(expression: str) -> str:
    """The expression, which ``-`` reads from standard input, where each line is a statement."""
    if expression.strip() != "-":
        return expression
    try:
        # One character more than allowed, and the mark, are enough to say that there are too many.
        text = sys.stdin.read(LONGEST + 2).removeprefix(_BYTE_ORDER_MARK)
        text.encode()  # in the C locale, Python reads bytes that are not text as lone surrogates
    except UnicodeError:
        raise ExpressionError("standard input is not text: give an expression in UTF-8") from None
    return ";".join(line for line in text.splitlines() if line.strip())


def _latex(results: Sequence[Statement]) -> str:
    return "\n\n".join(viz.latex(result.value, Graph(result.value).leaves) for result in results)


def _printed(statements: Sequence[Statement]) -> str:
    """A line for every intermediate result, and a line and the tables for every result."""
    lines = [_value(statement) for statement in statements if not statement.is_result]
    blocks = ["\n".join(lines)] if lines else []
    for statement in statements:
        if statement.is_result:
            leaves = Graph(statement.value).leaves
            tables = _tables(leaves, [_result(method, statement.value, leaves) for method in METHODS])
            blocks += [_value(statement), tables]
    return "\n\n".join([*blocks, APPROXIMATE])


def _value(statement: Statement) -> str:
    return f"{statement.text} = {_number(statement):.{DIGITS}g}"


def _number(statement: Statement) -> float:
    return float(getattr(statement.value, "data", statement.value))


def _json(statements: Sequence[Statement]) -> str:
    """The same numbers, all their digits; None for one that is not finite."""
    described = []
    for statement in statements:
        one: dict[str, Any] = {"text": statement.text, "name": statement.name or None}
        one["value"] = _number(statement)
        if statement.is_result:
            leaves = Graph(statement.value).leaves
            one["at"] = {leaf.name: leaf.data for leaf in leaves}
            one["methods"] = [_described(_result(m, statement.value, leaves), leaves) for m in METHODS]
        described.append(one)
    return json.dumps({"statements": described}, ensure_ascii=False, indent=1, allow_nan=False)


def _described(result: MethodResult, leaves: Sequence[Node]) -> dict[str, Any]:
    derivatives = [float(x) if isfinite(x) else None for x in result.values]
    names = [leaf.name for leaf in leaves]
    return {
        "method": result.method,
        "accuracy": accuracy(result.method),
        "gradient": dict(zip(names, derivatives, strict=True)) if derivatives else None,
        "operations": {name: getattr(result.cost, name) for name in COSTS} if result.cost else None,
        "predicted": bool(result.cost) and not derivatives,
        "note": result.note or None,
    }


def _prepare(parser: argparse.ArgumentParser, path: Path) -> None:
    """Check before the work that the file can be written."""
    try:
        if path.is_dir():
            parser.error(f"cannot write {str(path)!r}: it is a folder")
        tempfile.TemporaryFile(dir=path.parent).close()
        if path.suffix.lower() in PICTURES:
            layout("digraph {}", path.suffix.lower().removeprefix("."))
    except OSError as error:
        parser.error(f"cannot write {str(path)!r}: {error.strerror or error}; give another -o")
    except LayoutError as error:
        parser.error(str(error))


def _write(parser: argparse.ArgumentParser, path: Path, results: Sequence[Statement]) -> None:
    leaves = Graph(*[result.value for result in results]).leaves
    match path.suffix.lower():
        case ".html":
            viz.report({result.text: result.value for result in results}, leaves, path)
        case ".tex":
            write(path, _latex(results).encode())
        case _ if len(results) == 1:
            viz.render(viz.draw(results[0].value, wrt=leaves), path)
        case _:
            parser.error(f"a picture shows one result, and there are {len(results)}: write .html or .tex")


def _result(method: str, root: Value, leaves: Sequence[Node]) -> MethodResult:
    try:
        predicted = predict(root, leaves, method)
        if predicted.total > MEASURED:
            operations = f"{readable(predicted.total)} operations"
            note = f"not run: it would take {operations}, over the limit of {MEASURED:,}"
            return MethodResult(method, [], predicted, note)
        result = gradient(root, leaves, method, budget=None)
    except (ArithmeticError, ValueError) as error:  # a finite difference may step out of the domain
        return MethodResult(method, [], None, str(error))
    return MethodResult(method, result.values, result.cost)


def _tables(leaves: Sequence[Node], results: Sequence[MethodResult]) -> str:
    """The tables of the gradients, a few names in each, and of the costs; a line for every method."""
    parts = []
    for start in range(0, len(leaves), COLUMNS):
        names = [shorten(leaf.name or "") for leaf in leaves[start : start + COLUMNS]]
        lines = [["gradient", *(f"d/d{name}" for name in names)]]
        for result in results:
            # With trailing zeros (#), so that the digits line up.
            derivatives = [f"{x:#.{DIGITS}g}" for x in result.values[start : start + COLUMNS]]
            approximate = " ≈" if accuracy(result.method) != "exact" else ""
            lines.append([result.method + approximate, *(derivatives or ["-"] * len(names))])
        parts.append(_aligned(lines))
    lines = [["operations", *COSTS]]
    for result in results:
        predicted = " (predicted)" if result.cost and not result.values else ""
        costs = [readable(getattr(result.cost, name)) if result.cost else "-" for name in COSTS]
        lines.append([result.method + predicted, *costs])
    parts.append(_aligned(lines))
    notes = [f"{result.method}: {result.note}" for result in results if result.note]
    return "\n\n".join([*parts, *(["\n".join(notes)] if notes else [])])


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """Align columns, the first to the left and the others to the right."""
    first, *others = zip(*lines, strict=True)
    columns = [[cell.ljust(max(map(len, first))) for cell in first]]
    columns += [[cell.rjust(max(map(len, column))) for cell in column] for column in others]
    return "\n".join("  ".join(line) for line in zip(*columns, strict=True))


if __name__ == "__main__":
    sys.exit(main())
