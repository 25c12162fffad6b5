"""The options of ``python -m demos.complexity``, and the graphs that they select."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demos.complexity.clock import MOST
from demos.complexity.problems import GRAPHS, NETWORKS, Problem
from demos.complexity.study import METHODS
from viz.commands import Parser, add_out, add_seed, names, whole_number

__all__ = ["Options", "complexity_parser", "read"]

# A default run takes about a minute on a slow machine with two cores.
LAYERS = (1, 10)
WIDTH = 4
BATCH = 8
BUDGET = 3_000_000
OUT = Path("out/complexity")
# These bounds keep every printed number below Python's limit on digits.
MOST_LAYERS, MOST_WIDE = 1_000, 10_000
FLOWERS = 150
# Of every network other than the MLP, what can grow in it; the first by default.
_GROWING = {name: [grows for each, grows in NETWORKS if each == name] for name, _ in NETWORKS}


@dataclass(frozen=True, slots=True)
class Options:
    """What a run does.

    Attributes:
        problems: the graphs to differentiate.
        methods: keys of `METHODS`.
        budget: the most operations of a method that runs.
        clock: whether methods are timed too.
        format: of standard output: ``table``, ``csv`` or ``json``.
        out: the folder for files; None for none.
        graph: the family of the problems.
        grow: what grows in a network other than the MLP: ``length`` or ``depth``; else None.
        loss: of networks: ``ce`` or ``se``.
        granularity: of networks: ``scalar``, ``neuron`` or ``matrix``.
        batch: of networks of whole matrices.
        seed: of weights and flowers.
        jobs: how many processes run methods at once.
    """

    problems: list[Problem]
    methods: list[str]
    budget: int
    clock: bool
    format: str
    out: Path | None
    graph: str
    grow: str | None
    loss: str
    granularity: str
    batch: int
    seed: int
    jobs: int


def read(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> Options:
    """The options in these arguments; exits with status 2 where they do not go together."""
    given = parser.parse_args(arguments)
    refusal = _refusal(given)
    if refusal is not None:
        parser.error(refusal)
    given.loss = given.loss or "ce"
    given.granularity = given.granularity or "scalar"
    given.batch = given.batch or (1 if given.graph in _GROWING else BATCH)
    try:
        problems = _problems(given)
    except ValueError as error:  # no network of this size
        parser.error(str(error))
    return Options(
        problems=problems,
        methods=given.methods,
        budget=given.budget,
        clock=given.clock,
        format=given.format,
        out=given.out or (OUT if given.format == "table" else None),
        graph=given.graph,
        grow=given.grow,
        loss=given.loss,
        granularity=given.granularity,
        batch=given.batch,
        seed=given.seed,
        jobs=given.jobs,
    )


def _refusal(given: argparse.Namespace) -> str | None:
    """The message for options without effect; they are refused rather than ignored."""
    whole = given.granularity == "matrix"
    if given.graph in _GROWING:
        return _refused_network(given)
    if given.grow is not None:
        return f"--grow is for {', '.join(_GROWING)}: leave it out with --graph {given.graph}"
    if given.graph != "mlp":
        for name in ("sizes", "width", "loss", "granularity", "batch"):
            if getattr(given, name) is not None:
                return f"--{name} is for networks: leave it out with --graph {given.graph}"
        return None
    if given.clock and whole:
        return (
            "--clock is for graphs of scalars, where an operation is a line of code: NumPy's calls take "
            "longer than the products of such small matrices"
        )
    if given.batch is not None and not whole:
        return "--batch is for whole matrices: add --granularity matrix, or leave it out"
    if given.sizes is not None and (given.layers is not None or given.width is not None):
        return "--sizes gives all sizes of one network: leave out --layers and --width"
    return None


def _refused_network(given: argparse.Namespace) -> str | None:
    """The message for options that a network other than the MLP has no use for; sets what grows."""
    for name in ("sizes", "loss", "batch"):
        if getattr(given, name) is not None:
            return f"--{name} is for the MLP: leave it out with --graph {given.graph}"
    if given.granularity == "neuron":
        return f"--granularity neuron is for the MLP: with --graph {given.graph} it is scalar or matrix"
    if given.clock and given.granularity == "matrix":
        return "--clock is for graphs of scalars: leave it out with --granularity matrix"
    given.grow = given.grow or _GROWING[given.graph][0]
    if given.grow not in _GROWING[given.graph]:
        return f"--graph {given.graph} grows in {_GROWING[given.graph][0]} alone: leave out --grow"
    return None


def _problems(given: argparse.Namespace) -> list[Problem]:
    if given.graph in _GROWING:
        family = NETWORKS[given.graph, given.grow]
        sizes = given.layers or range(family.sizes[0], family.sizes[1] + 1)
        return [
            Problem.network(family, to, width=given.width, granularity=given.granularity, seed=given.seed)
            for to in sizes
        ]
    layers = given.layers or range(LAYERS[0], LAYERS[1] + 1)
    if given.graph != "mlp":
        return [Problem.recurrence(given.graph, length, given.seed) for length in layers]
    width = given.width or WIDTH
    if given.granularity == "matrix":
        # Layers of one width obey a law of one formula.
        networks = [given.sizes] if given.sizes else [[width] * (depth + 1) for depth in layers]
        return [Problem.matrices(sizes, given.loss, given.batch, given.seed) for sizes in networks]
    networks = [given.sizes] if given.sizes else [[4, *[width] * (depth - 1), 3] for depth in layers]
    return [Problem.perceptron(sizes, given.loss, given.granularity, given.seed) for sizes in networks]


def complexity_parser() -> Parser:
    """The parser of all options, in three groups."""
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
    _add_graph(parser.add_argument_group("what is differentiated"))
    _add_run(parser.add_argument_group("how"))
    _add_result(parser.add_argument_group("output"))
    return parser


def _add_graph(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--graph",
        choices=["mlp", *_GROWING, *GRAPHS],
        default="mlp",
        help="a network: mlp, rnn (unrolled in time), residual, convolution, attention, gpt; or a "
        "recurrence: chain x←tanh(x), chain-params x←tanh(w·x), ladder-square x←x·x, ladder-residual "
        "x←x+tanh(x) (default: mlp)",
    )
    group.add_argument(
        "--grow",
        choices=["length", "depth"],
        help="what --layers counts: the length of what an rnn, attention or a gpt reads, or the depth of a "
        "network of blocks (default: the length of an rnn, else the depth)",
    )
    group.add_argument(
        "--layers",
        type=_range,
        metavar="A:B",
        help=f"depths, or lengths of what grows in length (default: {LAYERS[0]}:{LAYERS[1]}, and fewer of a "
        "large network)",
    )
    group.add_argument(
        "--width",
        type=whole_number(1, MOST_WIDE),
        metavar="N",
        help=f"width of hidden layers; with --granularity matrix, of all layers (default: {WIDTH}; 2 "
        "channels or features of a convolution or attention, 16 of a gpt)",
    )
    group.add_argument(
        "--sizes",
        type=_sizes,
        metavar="N,…,N",
        help="one network of exactly these sizes; the four features are cut or repeated to fit the "
        "first, and the true class is the species modulo the last",
    )
    group.add_argument(
        "--loss", choices=["ce", "se"], help="softmax cross-entropy or squared error (default: ce)"
    )
    group.add_argument(
        "--granularity",
        choices=["scalar", "neuron", "matrix"],
        help="one vertex per product and sum, per neuron, or per matrix, on a batch (default: scalar)",
    )
    group.add_argument(
        "--batch",
        type=whole_number(1, FLOWERS),
        metavar="N",
        help=f"flowers per batch, for whole matrices (default: {BATCH})",
    )
    add_seed(group, "of weights and flowers")


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--methods",
        type=names(list(METHODS), "method"),
        default=list(METHODS),
        metavar="A,B,…",
        help=f"some of {', '.join(METHODS)} (default: all)",
    )
    group.add_argument(
        "--budget",
        type=whole_number(0),
        default=BUDGET,
        metavar="N",
        help="run methods of at most this many operations, and print the closed form for the rest "
        f"(default: {BUDGET:,})",
    )
    group.add_argument(
        "--jobs",
        type=whole_number(1, 1_000),
        default=1,
        metavar="N",
        help="run methods in this many processes at once; counts and results are the same, and --clock "
        "still times them one after the other (default: 1)",
    )
    group.add_argument(
        "--clock",
        action="store_true",
        help=f"also time each method of at most {MOST:,} operations, as straight-line code; unlike the "
        "counts, times differ from machine to machine",
    )


def _add_result(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--format",
        choices=["table", "csv", "json"],
        default="table",
        help="of standard output (default: table)",
    )
    add_out(group, "index.html, results.csv, results.json and limits.json", OUT, always=False)


def _range(text: str) -> range:
    depth = whole_number(1, MOST_LAYERS)
    first, colon, last = text.partition(":")
    if not colon:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is not a range A:B, such as 1:8")
    a, b = depth(first), depth(last)
    if a > b:
        raise argparse.ArgumentTypeError(f"{text!r} is empty: A is above B")
    return range(a, b + 1)


def _sizes(text: str) -> list[int]:
    size = whole_number(1, MOST_WIDE)
    sizes = [size(part) for part in text.split(",")]
    if not 2 <= len(sizes) <= MOST_LAYERS + 1:
        raise argparse.ArgumentTypeError(
            f"a network has from 2 to {MOST_LAYERS + 1:,} sizes, such as 2,4,2; {text!r:.40} has {len(sizes)}"
        )
    return sizes
