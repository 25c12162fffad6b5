"""Measurements of this package alone: import times, compile times and memory."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from autograd import METHODS, Graph, Tensor, Value, compile, gradient, value_and_grad  # noqa: A004
from autograd.numbers.native import native_bytes
from benchmarks.attachments import attachments
from benchmarks.gpt import ScalarGPT
from benchmarks.moons import ScalarMoons
from benchmarks.peers.whygrad import OVER_POINTS, cross_entropy, descent, hinge
from benchmarks.report import ResultTable, time
from benchmarks.workloads import WORKLOADS, classifier, classifier_by_hand, language, moons
from demos.compiled_gpt import compiled_step

__all__ = ["COSTS"]


ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Import:
    """A statement to time, and the index of the one that it adds to."""

    statement: str
    base: int


# NumPy first: it is what the others are compared with. The third loads what recording and
# differentiating need, since names load their modules when first used.
IMPORTS = (
    Import("import numpy", 0),
    Import("import numpy, autograd", 0),
    Import("import numpy; from autograd import Value, Tensor, gradient, value_and_grad", 0),
    Import("import numpy, autograd, viz", 1),
    Import("import numpy, autograd, nn", 1),
)


def seconds(job: Callable[[], object]) -> float:
    gc.collect()  # earlier jobs may have left reference cycles
    start = perf_counter()
    job()
    return perf_counter() - start


def fresh_process(statement: str) -> float:
    """The seconds that a new Python takes to run a statement, start and exit included."""
    command = [sys.executable, "-c", statement]
    # An installed package has its bytecode cached, also where the variable forbids to write it.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return seconds(lambda: subprocess.run(command, cwd=ROOT, env=env, check=True))  # noqa: S603


def imports(rounds: int = 20, timed: Callable[[str], float] = fresh_process) -> ResultTable:
    """Import times as ratios to NumPy's: medians over interleaved fresh processes, less bare Python.

    Args:
        rounds: how many processes for each import.
        timed: returns the seconds that a statement takes.
    """
    statements = ["pass", *(row.statement for row in IMPORTS)]
    for statement in statements:  # so that bytecode is cached
        timed(statement)
    taken: dict[str, list[float]] = {statement: [] for statement in statements}
    for _ in range(rounds):
        for statement in statements:
            taken[statement].append(timed(statement))
    bare = median(taken["pass"])
    times = [median(taken[row.statement]) - bare for row in IMPORTS]
    added = [times[i] - times[row.base] for i, row in enumerate(IMPORTS)]
    return ResultTable(
        "import times beyond bare Python",
        ["", "time", "adds, ÷ NumPy's time"],
        [
            [row.statement, time(times[i]), f"{added[i] / times[0]:.2f}" if i else ""]
            for i, row in enumerate(IMPORTS)
        ],
        notes=[
            f"medians of {rounds} interleaved fresh processes each; viz and nn add to numpy, autograd",
            "target: each adds at most a third of NumPy's own time",
        ],
    )


def chain(length: int = 1_000_000) -> ResultTable:
    """Memory and times of a long chain; counted gradients, which take longer, run on a tenth of it."""

    def record(length: int = length) -> Value:
        y = Value(0.5)
        for _ in range(length):
            y = y.tanh()
        return y

    tracemalloc.start()
    before = native_bytes()
    y = record()
    native = native_bytes() - before
    recorded = tracemalloc.get_traced_memory()[0] + native
    y.backward()
    after, peak = (traced + native for traced in tracemalloc.get_traced_memory())
    del y
    left = tracemalloc.get_traced_memory()[0] + native_bytes() - before
    tracemalloc.stop()
    rows = [
        ["recorded", f"{recorded / length:.0f} B a node"],
        ["with its gradients", f"{after / length:.0f} B a node"],
        ["at most, while backward runs", f"{peak / length:.0f} B a node"],
        ["left when the result is dropped", f"{left:,} B"],
    ]
    y, part = record(), record(length // 10)
    (x,), (x_of_part,) = Graph(y).leaves, Graph(part).leaves
    jobs: dict[str, tuple[int, Callable[[], object]]] = {
        "record": (length, record),
        "backward": (length, y.backward),
        "count_paths": (length, lambda: Graph(y).count_paths(x)),
    }
    for method in METHODS:
        jobs[f"gradient, counted: {method}"] = length // 10, partial(gradient, part, [x_of_part], method)
    for name, (nodes, job) in jobs.items():
        nanoseconds = seconds(job) / nodes * 1e9
        rows.append([name, f"{nanoseconds:,.0f} ns a node"])
    return ResultTable(f"a chain of {length:,} tanh", ["", ""], rows)


def compiling(widths: tuple[int, ...] = (16, 43, 140)) -> ResultTable:
    """The time of the first call, which compiles, for networks of growing width in scalars over a batch."""
    rows = []
    for width in widths:
        problem = moons((2, width, width, 1), 10)
        one = ScalarMoons(Value, problem._replace(points=problem.points[:1], sides=problem.sides[:1]))
        nodes = len(Graph(one.loss()))
        row = [f"2-{width}-{width}-1", f"{nodes:,}"]
        for backend in (None, "native"):
            if backend and width > widths[0]:
                row.append("")
                continue
            step = compile(value_and_grad(hinge), backend=backend, **OVER_POINTS)
            with warnings.catch_warnings(action="ignore"):  # without a C compiler, NumPy is used twice
                taken = seconds(partial(step, *problem))
            row.append(f"{time(taken)}, {time(taken / nodes)} a node")
        rows.append(row)
    return ResultTable(
        "compile time: the gradient of a ReLU network in scalars over a batch",
        ["", "nodes", "NumPy", "C"],
        rows,
        notes=[
            "targets: the first below 1 s; the last below 30 s, and no slower for each node than the second"
        ],
    )


def documents(letters: tuple[int, ...] = (1, 6, 40)) -> ResultTable:
    """The time of the first call for documents of growing length, and of a later call for another one."""
    rows = []
    for count in letters:
        problem = language(block=max(16, count + 1), name=("sophia" * count)[:count])
        model = ScalarGPT(Value, problem)
        weights = {name: [[x.data for x in row] for row in w] for name, w in model.weights.items()}
        nodes = len(Graph(model.loss(problem.tokens)))
        row = [f"{count + 2} tokens", f"{nodes:,}"]
        for backend in (None, "native"):
            step = compiled_step(problem.heads, backend=backend)
            with warnings.catch_warnings(action="ignore"):  # without a C compiler, Python is used twice
                taken = seconds(partial(step, weights, problem.tokens))
            other = partial(step, weights, problem.tokens[::-1])
            later = median(seconds(other) for _ in range(5))
            row.append(f"{time(taken)}, {time(taken / nodes)} a node, then {time(later)}")
        rows.append(row)
    return ResultTable(
        "compile time: a training step of a GPT in scalars, one program for all documents of a length",
        ["", "nodes", "Python", "C"],
        rows,
        notes=["targets: the second below 4 s as Python and 15 s as C, and no slower for each node after it"],
    )


def memory(workloads: Sequence[str] = ("practical-1000", "wide")) -> ResultTable:
    """The bytes of arrays that a step holds between runs, and the bytes it allocates while it runs."""
    rows = []
    for name in workloads:
        problem = WORKLOADS[name].problem()
        function = descent(value_and_grad(cross_entropy))
        ways: dict[str, Callable[..., Any]] = {
            "by hand": classifier_by_hand,
            "compiled": compile(function),
            "value_and_grad": function,
        }
        found = {way: _memory(partial(step, *problem)) for way, step in ways.items()}
        whole = sum(found["by hand"])
        rows += [
            [f"{WORKLOADS[name].title}, {way}", f"{held:,} B", f"{more:,} B", f"{(held + more) / whole:.2f}"]
            for way, (held, more) in found.items()
        ]
    title = "memory of a step: arrays held between steps, and the most allocated during a step"
    return ResultTable(title, ["", "held", "allocated", "÷ by hand"], rows, notes=["target: compiled ≤ 1.2"])


def backward() -> ResultTable:
    """The memory of an eager step, and when it is held."""
    problem = classifier((784, 100, 10), 128, np.float32)
    weights = [Tensor(w) for w in problem.weights]
    tracemalloc.start()
    loss = cross_entropy(weights, problem.inputs, problem.labels)
    forward, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    loss.backward()
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    parameters = sum(w.nbytes for w in problem.weights)
    rows = [
        ["the parameters; the gradient takes as much", f"{parameters:,} B"],
        ["after the forward pass", f"{forward:,} B"],
        ["at most, while backward runs", f"{peak:,} B"],
        ["after backward, with the gradient", f"{after:,} B"],
    ]
    return ResultTable(
        "memory of an eager forward and backward pass, 784-100-10, batch 128, float32", ["", ""], rows
    )


def _memory(step: Callable[[], Any]) -> tuple[int, int]:
    """Bytes of arrays held after a few runs, and the most bytes of any kind allocated during another."""
    tracemalloc.start()
    for _ in range(3):
        step()
    gc.collect()
    arrays = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    held = sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([arrays]).traces)
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    step()
    more = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return held, more


COSTS: dict[str, Callable[[], ResultTable]] = {
    "imports": imports,
    "compiling": compiling,
    "documents": documents,
    "memory": memory,
    "backward": backward,
    "chain": chain,
    "attachments": attachments,
}
