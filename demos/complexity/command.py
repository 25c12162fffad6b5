"""The command ``python -m demos.complexity``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from demos.complexity.clock import MOST, is_short, timed
from demos.complexity.page import page
from demos.complexity.report import to_csv, to_json, to_terminal
from demos.complexity.study import GRAPHS, METHODS, Problem, Row, study
from demos.page.command import INTERRUPTED, Parser, folder, prepare
from viz.commands import write_to_any_terminal
from viz.files import write

__all__ = ["main"]

# What a default run fits into about a minute on a slow machine of two cores.
LAYERS = (1, 10)
WIDTH = 4
BATCH = 8
BUDGET = 3_000_000
OUT = Path("out/complexity")
# Within these every number that is printed stays below Python's limit on digits.
MOST_LAYERS, MOST_WIDE = 1_000, 10_000
FLOWERS = 150


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study that the options ask for, print it, and write its page.

    Returns the exit status: 0, or 130 if it was interrupted.
    """
    write_to_any_terminal()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    options = parser.parse_args(arguments)
    problems = _problems(parser, options)
    out = options.out or (OUT if options.format == "table" else None)
    if out is not None:
        prepare(parser, out)
    rows, interrupted = _run(problems, options.methods, options.budget, clock=options.clock)
    if interrupted:
        print(_interrupted(rows), file=sys.stderr)
    if not rows:
        return INTERRUPTED
    if out is not None:  # first of all, so that nothing that comes after can lose the rows
        _save(parser, out / "results.csv", to_csv(rows))
        _save(parser, out / "results.json", to_json(rows))
    conventions = _conventions(options)
    match options.format:
        case "json":
            print(to_json(rows), end="")
        case "csv":
            print(to_csv(rows), end="")
        case _:
            print(to_terminal(rows, conventions), end="")
    if out is not None:
        command = shlex.join(["python", "-m", "demos.complexity", *arguments])
        try:
            text = page(
                rows, command=command, conventions=conventions, seed=options.seed, interrupted=interrupted
            )
        except KeyboardInterrupt:
            print(f"interrupted: results.csv and results.json are in {out}, the page is not", file=sys.stderr)
            return INTERRUPTED
        _save(parser, out / "index.html", text)
        print(f"wrote results.csv, results.json, index.html to {out}", file=sys.stderr)
    return INTERRUPTED if interrupted else 0


def _save(parser: argparse.ArgumentParser, path: Path, content: str) -> None:
    try:
        write(path, content.encode())
    except OSError as error:
        parser.error(f"cannot write {str(path)!r}: {error.strerror or error}; give another --out")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m demos.complexity",
        description="How does the cost of a gradient grow with the number of layers, naively and with "
        "backprop? Differentiate one recorded graph by every method, count the operations exactly, "
        "and write tables, plots and pictures.",
        epilog="With no options: tanh networks 4-4-…-4-3 of 1 to 10 layers with softmax cross-entropy "
        "on an iris flower, in about a minute. With --format csv or json only the data goes to "
        "standard output, and files are written only if --out is given.",
        allow_abbrev=False,
    )
    graph = parser.add_argument_group("what is differentiated")
    graph.add_argument(
        "--graph",
        choices=["mlp", *GRAPHS],
        default="mlp",
        help="a network, or a recurrence: chain x←tanh(x), chain-params x←tanh(w·x), ladder-square "
        "x←x·x, ladder-residual x←x+tanh(x) (default: mlp)",
    )
    graph.add_argument(
        "--layers", type=_range, metavar="A:B", help=f"depths (default: {LAYERS[0]}:{LAYERS[1]})"
    )
    graph.add_argument(
        "--width",
        type=_width,
        metavar="N",
        help=f"of hidden layers, and with --granularity matrix of all (default: {WIDTH})",
    )
    graph.add_argument(
        "--sizes",
        type=_sizes,
        metavar="N,…,N",
        help="one network of exactly these sizes; the four features are cut or repeated to fit the "
        "first, and the true class is the species modulo the last",
    )
    graph.add_argument(
        "--loss", choices=["ce", "se"], help="softmax cross-entropy or squared error (default: ce)"
    )
    graph.add_argument(
        "--granularity",
        choices=["scalar", "neuron", "matrix"],
        help="a vertex for every product and sum, for every neuron, or for every matrix, on a batch "
        "(default: scalar)",
    )
    graph.add_argument(
        "--batch", type=_batch, metavar="N", help=f"flowers at once, for whole matrices (default: {BATCH})"
    )
    graph.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and flower (default: 0)")
    run = parser.add_argument_group("how")
    run.add_argument(
        "--methods",
        type=_methods,
        default=list(METHODS),
        metavar="A,B,…",
        help=f"of {', '.join(METHODS)} (default: all)",
    )
    run.add_argument(
        "--budget",
        type=_budget,
        default=BUDGET,
        metavar="N",
        help="run what takes at most so many operations, and print the closed form for the rest "
        f"(default: {BUDGET:,})",
    )
    run.add_argument(
        "--clock",
        action="store_true",
        help=f"time every method too, as straight-line code, where that has at most {MOST:,} operations; "
        "other than the counts, times differ from machine to machine",
    )
    result = parser.add_argument_group("what comes out")
    result.add_argument(
        "--format",
        choices=["table", "csv", "json"],
        default="table",
        help="to standard output (default: table)",
    )
    result.add_argument(
        "--out",
        type=folder,
        metavar="DIR",
        help=f"for index.html, results.csv, results.json (default: {OUT})",
    )
    return parser


def _number(text: str, least: int, most: int | None = None) -> int:
    try:
        number = int(text.replace("_", ""))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a whole number") from None
    if number < least or (most is not None and number > most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most:,}"
        raise argparse.ArgumentTypeError(f"{number} is out of range: give a number {bounds}")
    return number


def _range(text: str) -> range:
    first, colon, last = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a range A:B, as 1:8")
    a, b = _number(first, 1, MOST_LAYERS), _number(last, 1, MOST_LAYERS)
    if a > b:
        raise argparse.ArgumentTypeError(f"{text!r} is empty: A is above B")
    return range(a, b + 1)


def _width(text: str) -> int:
    return _number(text, 1, MOST_WIDE)


def _batch(text: str) -> int:
    return _number(text, 1, FLOWERS)


def _sizes(text: str) -> list[int]:
    sizes = [_number(part, 1, MOST_WIDE) for part in text.split(",")]
    if not 2 <= len(sizes) <= MOST_LAYERS + 1:
        raise argparse.ArgumentTypeError(
            f"a network has from 2 to {MOST_LAYERS + 1:,} sizes, as 2,4,2; {text!r:.40} has {len(sizes)}"
        )
    return sizes


def _methods(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in METHODS:
            raise argparse.ArgumentTypeError(f"there is no method {name!r}; there are {', '.join(METHODS)}")
    return list(dict.fromkeys(names))


def _budget(text: str) -> int:
    return _number(text, 0)


def _problems(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[Problem]:
    """The graphs the options ask for; options that would have no effect are refused, not ignored."""
    layers = options.layers or range(LAYERS[0], LAYERS[1] + 1)
    if options.graph != "mlp":
        for name in ("sizes", "width", "loss", "granularity", "batch"):
            if getattr(options, name) is not None:
                parser.error(f"--{name} is for networks: leave it out with --graph {options.graph}")
        return [Problem.recurrence(options.graph, length, options.seed) for length in layers]
    loss, granularity = options.loss or "ce", options.granularity or "scalar"
    whole = granularity == "matrix"
    if options.clock and whole:
        parser.error(
            "--clock is for graphs of scalars, where an operation is a line of code: NumPy's calls take "
            "longer than the products of such small matrices"
        )
    if options.batch is not None and not whole:
        parser.error("--batch is for whole matrices: add --granularity matrix, or leave it out")
    if options.sizes is None:
        width = options.width or WIDTH
        # All of one width, matrices obey a law that is one formula.
        networks = [[width] * (depth + 1) if whole else [4, *[width] * (depth - 1), 3] for depth in layers]
    elif options.layers is not None or options.width is not None:
        parser.error("--sizes gives all sizes of one network: leave out --layers and --width")
    else:
        networks = [options.sizes]
    if whole:
        batch = options.batch or BATCH
        return [Problem.matrices(sizes, loss, batch, options.seed) for sizes in networks]
    return [Problem.perceptron(sizes, loss, granularity, options.seed) for sizes in networks]


def _run(
    problems: Sequence[Problem], methods: Sequence[str], budget: int, *, clock: bool
) -> tuple[list[Row], bool]:
    """All rows, and whether it was interrupted: then those that were finished, timed or not."""
    rows: list[Row] = []
    costs = [problem.form.costs[name].total for problem in problems for name in methods]
    console = Console(stderr=True)
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    everything = (row for problem in problems for row in study(problem, methods, budget))
    try:
        with progress:
            task = progress.add_task("", total=sum(cost for cost in costs if cost <= budget))
            for row in _in_background(everything):
                rows.append(row)
                done = row.cost.total if row.measured else 0
                label = f"{row.problem.title}: {METHODS[row.method].title}"
                progress.update(task, advance=done, description=label)
            if clock:
                progress.remove_task(task)
                _time(rows, progress)
    except KeyboardInterrupt:
        return rows, True
    return rows, False


def _time(rows: list[Row], progress: Progress) -> None:
    """Give the rows their clock, in place."""
    task, place = progress.add_task("clock", total=sum(row.cost.total for row in rows if is_short(row))), 0
    for group in timed(list(rows)):
        rows[place : place + len(group)] = group
        place += len(group)
        done = sum(row.clock.operations for row in group if row.clock)
        progress.update(task, advance=done, description=f"clock: {group[0].problem.title}")


def _in_background(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows, made in a thread, so that Ctrl-C finds the main one waiting.

    A counting number keeps its ledger in a finaliser, and what is raised in a finaliser is lost.
    """
    finished: SimpleQueue[Row | BaseException | None] = SimpleQueue()

    def work() -> None:
        try:
            for row in rows:
                finished.put(row)
            finished.put(None)
        except BaseException as error:
            finished.put(error)

    Thread(target=work, daemon=True).start()
    while (item := finished.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def _interrupted(rows: Sequence[Row]) -> str:
    if not rows:
        return "interrupted before the first row was finished: nothing is written"
    return f"interrupted: what follows is made of the {len(rows)} rows that were finished"


def _conventions(options: argparse.Namespace) -> str:
    """What is counted and how, a paragraph a line."""
    if options.granularity == "matrix":
        return "\n".join(_matrix_conventions(options))
    if options.graph == "mlp":
        vertices = (
            "each product and sum is a vertex; a neuron's sum starts at the bias and runs from left to right"
            if options.granularity != "neuron"
            else "each neuron is a vertex, with its weights and bias as leaves"
        )
        loss = (
            "the sum of squared errors" if options.loss == "se" else "fused softmax cross-entropy, one vertex"
        )
        graph = (
            f"Networks with tanh after every layer but the last, and {loss}; {vertices}. The point is an "
            "iris flower, its four features standardised over the 150 flowers, and cut or repeated where a "
            f"network takes another number; flower and weights are drawn by the seed {options.seed}."
        )
    else:
        graph = (
            f"The recurrence {options.graph}; its numbers are drawn by the seed {options.seed}. For a "
            "recurrence a layer is one step."
        )
    return "\n".join(
        [
            graph,
            "All methods differentiate the same recorded graph, at the same point, with the same local "
            "derivatives, by all parameters; inputs and targets are constants and cost nothing.",
            "Every edge walked is a multiplication: the one by the seed counts, and so do those by 1 and -1. "
            "Every total holds the forward pass and the local derivatives. "
            + (_TIMES if options.clock else "No times are shown: operations are the same on every machine."),
        ]
    )


_TIMES = (
    f"Where they are at most {MOST:,}, the clock was asked too: a method is written out as straight-line "
    "Python, which reads the parameters and gives the derivatives, beside the result if the method is exact. "
    "A time is the least of several rounds, in each of which all methods on a graph run in turn: what else "
    "a machine does only adds to it. Times are those of this machine, and differ from run to run, as "
    "operations do not."
)


def _matrix_conventions(options: argparse.Namespace) -> list[str]:
    loss = "sum of squared errors" if options.loss == "se" else "softmax cross-entropy"
    return [
        f"Networks with tanh after every layer but the last, on a batch of {options.batch or BATCH}, and "
        f"the mean {loss}. A vertex is a whole array: a layer records Wᵀ, the product h Wᵀ, the sum with b, "
        "and tanh. The batch is of iris flowers, their four features standardised over the 150 flowers, and "
        "cut or repeated where a network takes another number; the true class is the species modulo the "
        f"last width. Flowers and weights are drawn by the seed {options.seed}.",
        "At this level the graph of a network is a chain, with the W and b of every layer at its side: one "
        "path leads from each of them to the loss, so the sum over paths is not exponential any more. The "
        "exponential is inside the matrix products: each multiplies out, in one step, all edges between two "
        "layers, and so merges the paths that run along them. What is left of being naive is to start at the "
        "loss again for every layer or array, and that is quadratic.",
        "A method asked per parameter starts once for every W and every b, which are arrays here; forward "
        "mode takes one sweep for every number in them, and finite differences one forward pass.",
        "Counted are the multiply-adds of matrix products, which are nearly all the work in wide networks: "
        "an (a, b) by a (b, c) matrix takes a·b·c. The first layer's inputs are constants, so the product "
        "that would give their gradient is not made. No times are shown: operations are the same on every "
        "machine.",
    ]
