"""``whygrad check FILE.py``: the command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from autograd.files import check_target, write
from viz.checking.check_page import page
from viz.checking.child import Failure, Limits
from viz.checking.student_check import FUNCTIONS, OPERATORS, check
from viz.checking.telling import NO_SANDBOX, as_data, as_text, dumped, gradescope
from viz.checking.verdict import Verdict
from viz.commands import INTERRUPTED, Parser, add_seed, names, whole_number
from viz.labels import printable
from viz.streams import say, tell

__all__ = ["command_parser", "main"]

RIGHT, WRONG = 0, 1
UNFINISHED = '{"score": 0, "output": "The check did not finish.", "tests": []}\n'


def main(arguments: Sequence[str]) -> int:
    """Run the command.

    Returns:
        the exit status: 0 if everything is right, 1 if something is wrong, 2 if the file cannot be checked
        or an output cannot be written, or 130 after Ctrl-C.
    """
    parser = command_parser()
    options = parser.parse_args(arguments)
    _prepare(parser, options)
    progress = _progress()
    if options.gradescope is not None:  # something to read, even if this process is killed
        _save(parser, options.gradescope, UNFINISHED)
    try:
        verdict = _checked(options, progress)
    except KeyboardInterrupt:
        progress("")
        tell("interrupted")
        return INTERRUPTED
    progress("")
    for path, write_out in ((options.html, page), (options.gradescope, _for_gradescope)):
        if path is not None:
            _save(parser, path, write_out(verdict))
            tell(f"wrote {path}")
    if verdict.refusal:
        if options.json:
            say(dumped(as_data(verdict)), parser.prog)
        parser.error(verdict.refusal)  # exits with status 2
    said = say(dumped(as_data(verdict)) if options.json else as_text(verdict), parser.prog)
    return said or (RIGHT if verdict.right else WRONG)


def _checked(options: argparse.Namespace, progress: Callable[[str], None]) -> Verdict:
    """The verdict, also on a file that cannot be read or checked."""
    file = options.file
    try:
        return check(
            file,
            seed=options.seed,
            graphs=options.graphs,
            operators=options.operators,
            limits=Limits(options.seconds, options.memory),
            strict=options.strict,
            progress=progress,
        )
    except Failure as failure:
        refusal = failure.sentence(file.name)
    except OSError as error:
        refusal = f"cannot read {str(file)!r}: {error.strerror or error}"
    return Verdict(file.name, options.seed, 0, (), strict=options.strict, refusal=printable(refusal))


def command_parser() -> Parser:
    """The parser of the command's arguments."""
    parser = Parser(
        prog="whygrad check",
        description="Compare the class Value of a Python file with ours on growing random graphs, show the\n"
        "smallest graph on which they differ, and say which common mistake gives its numbers.",
        epilog="Value is used as in micrograd: Value(data), + - * / **, tanh, relu, exp, log if there,\n"
        ".data, .grad and .backward(). Without a method backward, the file may have a function\n"
        "backward(result, values), which returns the derivative of result by each value.\n\n"
        f"{_wrapped(NO_SANDBOX)}\n\n"
        "exit status: 0 right, 1 wrong, 2 cannot be checked",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE.py", help="the file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--html", type=_ending(".html"), metavar="FILE", help="write a page with pictures")
    parser.add_argument(
        "--gradescope", type=_ending(".json"), metavar="FILE", help="write Gradescope's results.json"
    )
    parser.add_argument(
        "--operators",
        type=names((*OPERATORS, *FUNCTIONS), "operator"),
        metavar="A,B",
        help=f"what Value must have, of {','.join((*OPERATORS, *FUNCTIONS))} (default: the first "
        f"{len(OPERATORS)}, and the others that it has)",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="count conventions too: relu at 0, and a second call of backward",
    )
    parser.add_argument(
        "--graphs",
        type=whole_number(1, 10_000),
        default=200,
        metavar="N",
        help="number of random graphs (default: 200)",
    )
    add_seed(parser, "of the random graphs")
    parser.add_argument(
        "--seconds",
        type=whole_number(1, 3600),
        default=5,
        metavar="N",
        help="time limit for each graph (default: 5)",
    )
    parser.add_argument(
        "--memory",
        type=whole_number(64, 1 << 20),
        default=1024,
        metavar="MIB",
        help="memory limit, where the system can enforce one (default: 1024)",
    )
    return parser


def _wrapped(text: str) -> str:
    """Break text into lines of at most 80 characters."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= 80:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _ending(suffix: str) -> Callable[[str], Path]:
    def parse(text: str) -> Path:
        path = Path(text)
        if not text.isprintable() or path.suffix.lower() != suffix:
            raise argparse.ArgumentTypeError(f"{text!r:.40} does not end in {suffix}")
        return path

    return parse


def _prepare(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Check that the output files can be written, before the work starts."""
    for path in filter(None, (options.html, options.gradescope)):
        try:
            check_target(path)
        except OSError as error:
            parser.error(str(error))


def _save(parser: argparse.ArgumentParser, path: Path, content: str) -> None:
    try:
        write(path, content.encode())
    except OSError as error:
        parser.error(f"cannot write {str(path)!r}: {error.strerror or error}")


def _for_gradescope(verdict: Verdict) -> str:
    return dumped(gradescope(verdict))


def _progress() -> Callable[[str], None]:
    """A function that shows progress on one line of the terminal; an empty text clears it."""
    if not sys.stderr.isatty():
        return lambda line: None

    def show(line: str) -> None:
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()

    return show
