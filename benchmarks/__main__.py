"""``python -m benchmarks``: compare whygrad with its rivals in one run, as tables and a plot."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

from rich.console import Console

from benchmarks.costs import COSTS
from benchmarks.environment import python_with_rivals
from benchmarks.plot import plot
from benchmarks.race import Board, PeerError, System, race
from benchmarks.report import ResultTable, machine, markdown, ranking, shown
from benchmarks.workloads import WORKLOADS
from nn.progress import Show, progress_bar
from viz.commands import INTERRUPTED, Parser, names, prepare, save, whole_number
from viz.streams import open_streams, say, tell

__all__ = ["main"]

OUT = Path("out")
# In the order of their turns. The others' numbers are compared with the first one's. These two run in this
# environment, the rivals in a separate one.
HERE = ("whygrad", "by_hand")
RIVALS = ("casadi", "hips", "jax", "micrograd", "mygrad", "numba", "sklearn", "torch", "xad")
# Compiled engines on the package index whose gradients are wrong: comparing their times would say nothing.
REFUSED = (
    "micrograd-rust 0.1.0 is left out: after x = Value(3.0, ''), y = x * x * x and y.backward() twice, "
    "x.grad is 72 instead of 54, since interior gradients accumulate. It recurses, so a deep chain crashes, "
    "and x * 2.0 is a TypeError, so the programs here do not run on it.",
    "oxigrad 0.3.2 is left out: Activation.Sigmoid(Value(1.0)).data is 0.269 instead of 0.731, because of a "
    "wrong sign. After (2 * Activation.Sigmoid(x)).backward(), x.gradient is 0.197 instead of 0.393, since "
    "the chain rule is missing. Calling backward twice on x * x * x also gives 72 instead of 54.",
)
NOTES = (
    "A column ÷ is the time of each row divided by the time of that variant of whygrad: the median over "
    "rounds. Below 1, whygrad is slower. The error is the greatest difference from whygrad's eager numbers.",
    "BurTorch is left out, since it has no package to install.",
    *REFUSED,
)


@dataclass
class Outcome:
    """The results so far.

    Attributes:
        versions: the version of each package in the race.
        notes: systems that were left out, and an interruption.
        boards: the results of the race, by workload.
        tables: the other measurements, by name.
    """

    versions: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    boards: dict[str, Board] = field(default_factory=dict)
    tables: dict[str, ResultTable] = field(default_factory=dict)

    def head(self) -> list[str]:
        return [*machine(self.versions), *NOTES, *self.notes]

    def all_tables(self) -> list[ResultTable]:
        return [*map(ranking, self.boards.values()), *self.tables.values()]

    def show(self, out: Console, *, head: bool = True) -> None:
        for line in self.head() if head else ():
            out.print(line, markup=False, highlight=False)
        for table in self.all_tables():
            out.print(shown(table))


@dataclass
class ProgressLine:
    """The line that shows what is being measured."""

    show: Show
    done: int = 0

    def say(self, text: str) -> None:
        self.show(self.done, text)

    def advance(self) -> None:
        self.done += 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Race, measure, and write the results.

    Returns:
        The exit status: 0, 2 if the results cannot be printed, or 130 after an interruption; then the
        results so far are written.
    """
    open_streams()
    parser = _parser()
    options = _options(parser, sys.argv[1:] if arguments is None else list(arguments))
    os.environ.setdefault("WHYGRAD_CACHE", "off")  # time first compilations, not the cache
    text, is_terminal = StringIO(), sys.stdout.isatty()
    out = Console(file=text, width=None if is_terminal else 160, force_terminal=is_terminal or None)
    outcome, status = Outcome(), 0
    total = sum(options.rounds if name in WORKLOADS else 1 for name in options.workloads)
    try:
        with progress_bar(total) as show:
            _measure(options, outcome, ProgressLine(show), tell)
    except KeyboardInterrupt:
        outcome.notes.append("The run was interrupted; these are the results so far.")
        status = INTERRUPTED
    outcome.show(out, head=not options.imports)
    unprinted = say(text.getvalue(), parser.prog)
    if not options.imports:
        beside = options.output.with_suffix(".md")
        save(parser, options.output, plot(list(outcome.boards.values())))
        save(parser, beside, markdown(outcome.head(), outcome.all_tables()))
        tell(f"wrote {options.output} and {beside}")
    return status or unprinted


def _measure(
    options: argparse.Namespace, outcome: Outcome, line: ProgressLine, tell: Callable[[str], object]
) -> None:
    """Run the race, then the other measurements, and enter the results."""
    if workloads := [name for name in options.workloads if name in WORKLOADS]:
        with ExitStack() as stack:
            python = python_with_rivals(tell) if options.peers else None
            systems = list(_started(python, stack, outcome, line))
            for name in workloads:
                line.say(f"{name}: preparing")
                for round_, board in enumerate(race(name, systems, options.rounds)):
                    outcome.boards[name] = board
                    line.say(name)
                    if round_:
                        line.advance()
    for name in options.workloads:
        if name in COSTS:
            line.say(name)
            outcome.tables[name] = COSTS[name]()
            line.advance()


def _started(python: str | None, stack: ExitStack, outcome: Outcome, line: ProgressLine) -> Iterator[System]:
    """Start every system in its own process; one that cannot start is left out with a note."""
    for module in (*HERE, *RIVALS):
        line.say(f"{module}: starting")
        try:
            system = System(f"benchmarks.peers.{module}", None if module in HERE else python)
        except PeerError as error:
            outcome.notes.append(f"{module} is left out: {error}")
        else:
            stack.callback(system.stop)
            outcome.versions[system.package] = system.version
            yield system


def _parser() -> Parser:
    parser = Parser(
        prog="python -m benchmarks",
        description=__doc__.partition(": ")[2],
        epilog="The rivals are installed into .benchmarks/ of the checkout when first needed. "
        + " ".join(REFUSED),
        allow_abbrev=False,
    )
    every = (*WORKLOADS, *COSTS)
    parser.add_argument(
        "--rounds", type=whole_number(1), default=7, metavar="N", help="rounds of the race (default: 7)"
    )
    parser.add_argument(
        "--works",
        "--workloads",
        dest="workloads",
        type=names(every, "workload"),
        default=list(every),
        metavar="A,B,…",
        help=f"what to measure, of {', '.join(every)} (default: all)",
    )
    parser.add_argument(
        "--imports",
        action="store_true",
        help="measure import times alone, and print them; no files are written",
    )
    parser.add_argument(
        "--no-peers",
        dest="peers",
        action="store_false",
        help="install nothing, and race with the packages of this environment",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=OUT / "benchmarks.svg",
        metavar="FILE",
        help=f"file of the plot; the tables go beside it, as .md (default: {OUT / 'benchmarks.svg'})",
    )
    return parser


def _options(parser: Parser, arguments: Sequence[str]) -> argparse.Namespace:
    options = parser.parse_args(arguments)
    if options.imports:
        options.workloads = ["imports"]
        return options
    if options.output.suffix != ".svg":
        parser.error(
            f"the plot is an SVG: give --output a name that ends in .svg, not {options.output.name!r:.40}"
        )
    prepare(parser, options.output.parent)
    return options


if __name__ == "__main__":
    sys.exit(main())
