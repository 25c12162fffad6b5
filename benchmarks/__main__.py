"""``python -m benchmarks``: whygrad beside its rivals, in one run, as tables and a plot."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.costs import COSTS
from benchmarks.environment import python_with_rivals
from benchmarks.plot import plot
from benchmarks.race import Board, PeerError, System, race
from benchmarks.report import Table, machine, markdown, ranking, shown
from benchmarks.works import WORKS
from demos.page.command import INTERRUPTED, Parser, prepare
from viz.files import write

__all__ = ["main"]

OUT = Path("out")
# In the order of their turns. The first is the one that the others' numbers are held against; these two
# run in this environment, the rest in their own.
HERE = ("whygrad", "by_hand")
RIVALS = ("casadi", "hips", "jax", "micrograd", "mygrad", "numba", "sklearn", "torch")
NOTES = (
    "Under ÷ stands how many times as long a row took as that way of whygrad, as the median over rounds: "
    "below 1, whygrad is slower. The error is the greatest difference from its eager numbers.",
    "BurTorch is left out, as there is no package of it to install.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Race, measure, and write what came out.

    Returns the exit status: 0, or 130 if it was interrupted, after writing what there is.
    """
    options = _options(sys.argv[1:] if arguments is None else list(arguments))
    console = Console(stderr=True)
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    task = progress.add_task("", total=sum(options.rounds if name in WORKS else 1 for name in options.works))
    versions: dict[str, str] = {}
    absent: list[str] = []
    tables: dict[str, Table] = {}
    boards: dict[str, Board] = {}
    status = 0

    def started(stack: ExitStack) -> Iterator[System]:
        python = python_with_rivals(console.print) if options.peers else None
        for module in (*HERE, *RIVALS):
            progress.update(task, description=f"{module} is started")
            try:
                system = System(f"benchmarks.peers.{module}", None if module in HERE else python)
            except PeerError as error:
                absent.append(f"{module} is left out: {error}")
            else:
                stack.callback(system.stop)
                versions[system.package] = system.version
                yield system

    try:
        with progress:
            if works := [name for name in options.works if name in WORKS]:
                with ExitStack() as stack:
                    systems = list(started(stack))
                    for name in works:
                        progress.update(task, description=f"{name} is got ready")
                        for round_, board in enumerate(race(name, systems, options.rounds)):
                            boards[name] = board
                            progress.update(task, advance=bool(round_), description=name)
            for name in options.works:
                if name in COSTS:
                    progress.update(task, description=name)
                    tables[name] = COSTS[name]()
                    progress.advance(task)
    except KeyboardInterrupt:
        absent.append("It was interrupted, and here is what there was.")
        status = INTERRUPTED
    tables = {name: ranking(board) for name, board in boards.items()} | tables
    head = [*machine(versions), *NOTES, *absent]
    out = Console(width=None if sys.stdout.isatty() else 160)
    for line in head:
        out.print(line, markup=False, highlight=False)
    for table in tables.values():
        out.print(shown(table))
    write(options.output, plot(list(boards.values())).encode())
    beside = options.output.with_suffix(".md")
    write(beside, markdown(head, tables.values()).encode())
    console.print(f"wrote {options.output} and {beside}", highlight=False)
    return status


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = Parser(
        prog="python -m benchmarks",
        description=__doc__.partition(": ")[2],
        epilog="The rivals are installed into .benchmarks/ of the checkout when first needed.",
        allow_abbrev=False,
    )
    every = (*WORKS, *COSTS)
    parser.add_argument(
        "--rounds", type=_positive, default=7, metavar="N", help="how often each races (default: 7)"
    )
    parser.add_argument(
        "--works", default=",".join(every), metavar="A,B,…", help=f"of {', '.join(every)} (default: all)"
    )
    parser.add_argument(
        "--no-peers",
        dest="peers",
        action="store_false",
        help="install nothing, and race with what is in this environment",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=OUT / "benchmarks.svg",
        metavar="FILE",
        help=f"for the plot, with the tables beside it as .md (default: {OUT / 'benchmarks.svg'})",
    )
    options = parser.parse_args(arguments)
    options.works = list(dict.fromkeys(options.works.split(",")))
    for name in options.works:
        if name not in every:
            parser.error(f"there is no work {name!r:.40}; there are {', '.join(every)}")
    if options.output.suffix != ".svg":
        parser.error(
            f"the plot is an SVG: give --output a name that ends in .svg, not {options.output.name!r:.40}"
        )
    prepare(parser, options.output.parent)
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of rounds: give 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
