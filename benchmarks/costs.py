"""What only this engine is asked: how long its import and its compiler take, and how much memory it needs."""

from __future__ import annotations

import gc
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from autograd import METHODS, Graph, Tensor, Value, compile, gradient, value_and_grad  # noqa: A004
from benchmarks.moons import ScalarMoons
from benchmarks.peers.whygrad import OVER_POINTS, cross_entropy, descent, hinge
from benchmarks.report import Table, time
from benchmarks.works import WORKS, classifier, classifier_by_hand, moons

__all__ = ["COSTS"]


def seconds(work: Callable[[], object]) -> float:
    gc.collect()  # what was run before may have left reference cycles
    start = perf_counter()
    work()
    return perf_counter() - start


def imports() -> Table:
    def run(statement: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", statement], check=True))  # noqa: S603

    statements = ("pass", "import numpy", "import numpy, autograd")
    times = [[run(statement) for statement in statements] for _ in range(7)]
    bare, numpy, ours = (median(column) for column in zip(*times, strict=True))
    return Table(
        "import", ["", "time"], [["NumPy", time(numpy - bare)], ["autograd, beside it", time(ours - numpy)]]
    )


def chain(length: int = 1_000_000) -> Table:
    """Memory, and times; those of counting, which takes longer, from a tenth of the chain."""

    def record(length: int = length) -> Value:
        y = Value(0.5)
        for _ in range(length):
            y = y.tanh()
        return y

    tracemalloc.start()
    y = record()
    recorded = tracemalloc.get_traced_memory()[0]
    y.backward()
    after, peak = tracemalloc.get_traced_memory()
    del y
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    rows = [
        ["recorded", f"{recorded / length:.0f} B a node"],
        ["with its gradients", f"{after / length:.0f} B a node"],
        ["at most, while backward runs", f"{peak / length:.0f} B a node"],
        ["left when the result is dropped", f"{left:,} B"],
    ]
    y, part = record(), record(length // 10)
    (x,), (x_of_part,) = Graph(y).leaves, Graph(part).leaves
    work: dict[str, tuple[int, Callable[[], object]]] = {
        "record": (length, record),
        "backward": (length, y.backward),
        "count_paths": (length, lambda: Graph(y).count_paths(x)),
    }
    for method in METHODS:
        work[f"gradient, counted: {method}"] = length // 10, partial(gradient, part, [x_of_part], method)
    rows += [[name, f"{seconds(job) / nodes * 1e9:,.0f} ns a node"] for name, (nodes, job) in work.items()]
    return Table(f"a chain of {length:,} tanh", ["", ""], rows)


def compiling(widths: tuple[int, ...] = (16, 43, 140)) -> Table:
    """The first call of the gradient of wider and wider networks, as scalars over a batch."""
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
            with warnings.catch_warnings(action="ignore"):  # without a compiler it is NumPy twice
                taken = seconds(partial(step, *problem))
            row.append(f"{time(taken)}, {time(taken / nodes)} a node")
        rows.append(row)
    return Table(
        "compiling the gradient of a ReLU network as scalars over a batch",
        ["", "nodes", "NumPy", "C"],
        rows,
        notes=["targets: the first below 1 s; the last below 30 s, at no more a node than the one before"],
    )


def memory(works: Sequence[str] = ("practical-1000", "wide")) -> Table:
    """The numbers that a step holds between its runs, and what it needs more while it runs."""
    rows = []
    for name in works:
        problem = WORKS[name].problem()
        function = descent(value_and_grad(cross_entropy))
        ways: dict[str, Callable[..., Any]] = {
            "by hand": classifier_by_hand,
            "compiled": compile(function),
            "value_and_grad": function,
        }
        found = {way: _memory(partial(step, *problem)) for way, step in ways.items()}
        whole = sum(found["by hand"])
        rows += [
            [f"{WORKS[name].title}, {way}", f"{held:,} B", f"{more:,} B", f"{(held + more) / whole:.2f}"]
            for way, (held, more) in found.items()
        ]
    title = "memory of a step: arrays held between steps, and what is allocated besides during one"
    return Table(title, ["", "held", "more", "÷ by hand"], rows, notes=["target: compiled ≤ 1.2"])


def backward() -> Table:
    """The memory of an eager step."""
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
        ["the parameters, and as much the gradient", f"{parameters:,} B"],
        ["after the forward pass", f"{forward:,} B"],
        ["at most, while backward runs", f"{peak:,} B"],
        ["after backward, with the gradient", f"{after:,} B"],
    ]
    return Table(
        "memory of an eager forward and backward pass, 784-100-10, batch 128, float32", ["", ""], rows
    )


def _memory(step: Callable[[], Any]) -> tuple[int, int]:
    """Bytes of arrays that are held after a few runs, and bytes of all kinds that another needs at most."""
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


COSTS: dict[str, Callable[[], Table]] = {
    "imports": imports,
    "compiling": compiling,
    "memory": memory,
    "backward": backward,
    "chain": chain,
}
