"""``python -m benchmarks``: how fast the engine is beside micrograd, as ratios from one run.

Everything runs in turn, round after round, in this one process and on one thread, so that what
disturbs the machine disturbs all alike. Times are shown for orientation; the ratios are the result.
"""

from __future__ import annotations

import argparse
import gc
import platform
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from statistics import median
from timeit import timeit

import micrograd.engine
from rich.console import Console
from rich.progress import track
from rich.table import Table

from autograd import METHODS, Graph, Value, gradient
from benchmarks.compiled import works
from benchmarks.moons import Moons, fused_neuron

console = Console()


def seconds(work: Callable[[], object]) -> float:
    # What was run before may have left reference cycles; nobody shall pay for another's garbage.
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def collector_off(moons: Moons) -> tuple[float, float]:
    """One step with the garbage collector off, and the one collection it then owes."""
    gc.disable()
    try:
        step = seconds(moons.step)
        start = time.perf_counter()
        gc.collect()
        return step, time.perf_counter() - start
    finally:
        gc.enable()


def moons(rounds: int) -> None:
    ours, fused = Moons(Value), Moons(Value, neuron=fused_neuron)
    theirs = Moons(micrograd.engine.Value)
    times: dict[str, list[float]] = {"ours": [], "fused": [], "on": [], "off": [], "off+collect": []}
    for _ in track(range(rounds), "moons", console=console, transient=True):
        times["ours"].append(seconds(ours.step))
        times["fused"].append(seconds(fused.step))
        times["on"].append(seconds(theirs.step))
        step, collection = collector_off(theirs)
        times["off"].append(step)
        times["off+collect"].append(step + collection)
    table = Table(title="one step of micrograd's moons demo: 2-16-16-1, relu, 100 points, max-margin + L2")
    for column in ("", "ms", "whygrad is faster by", "… with one node a neuron"):
        table.add_column(column, justify="left" if not column else "right")
    rows = {
        "ours": f"whygrad, the same {len(Graph(ours.loss())):,} nodes",
        "fused": f"whygrad, one node a neuron ({len(Graph(fused.loss())):,} nodes)",
        "on": f"micrograd {version('micrograd')} as shipped",
        "off": "micrograd, collector off",
        "off+collect": "micrograd, collector off, one collection a step",
    }
    for key, label in rows.items():
        ratios = [
            f"{median(t / o for t, o in zip(times[key], times[own], strict=True)):.1f} ×"
            for own in ("ours", "fused")
        ]
        table.add_row(label, f"{median(times[key]) * 1e3:.1f}", *ratios)
    console.print(table)


def compiled(rounds: int) -> None:
    table = Table(title="compiled, beside the same by hand in plain Python or NumPy, one thread")
    for column in ("", "by hand, µs", "compiled, µs", "compiled / by hand", "eager / by hand"):
        table.add_column(column, justify="left" if not column else "right")
    for work in works():
        work.check()
        repeats = max(1, round(0.02 / seconds(work.by_hand)))
        ways = [way for way in (work.by_hand, work.compiled, work.eager) if way is not None]
        times = [[timeit(way, number=repeats) / repeats * 1e6 for way in ways] for _ in range(rounds)]
        ratios = [f"{median(row[i] / row[0] for row in times):.2f}" for i in range(1, len(ways))]
        by_hand, ours = (f"{median(row[i] for row in times):,.2f}" for i in (0, 1))
        table.add_row(work.name, by_hand, ours, *ratios)
    console.print(table)


def chain(length: int) -> None:
    def record() -> Value:
        y = Value(0.5)
        for _ in range(length):
            y = y.tanh()
        return y

    tracemalloc.start()
    y = record()
    recorded = tracemalloc.get_traced_memory()[0]
    y.backward()
    after = tracemalloc.get_traced_memory()[0]
    del y
    left = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    table = Table(title=f"a chain of {length:,} tanh")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("recorded, bytes a node", f"{recorded / length:.0f}")
    table.add_row("with its gradients, bytes a node", f"{after / length:.0f}")
    table.add_row("left when the result is dropped, bytes", f"{left:,}")
    y = record()
    x = Graph(y).leaves[0]
    work: dict[str, Callable[[], object]] = {
        "record": record,
        "backward": y.backward,
        "count_paths": lambda: Graph(y).count_paths(x),
    }
    work |= {f"gradient, counted: {method}": partial(gradient, y, [x], method) for method in METHODS}
    for name, job in work.items():
        table.add_row(f"{name}, ns a node", f"{seconds(job) / length * 1e9:,.0f}")
    console.print(table)


def imports(rounds: int) -> None:
    def run(statement: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", statement], check=True))  # noqa: S603

    statements = ("pass", "import numpy", "import numpy, autograd")
    times = [
        [run(s) for s in statements] for _ in track(range(rounds), "imports", console=console, transient=True)
    ]
    bare, numpy, autograd = (median(column) * 1e3 for column in zip(*times, strict=True))
    console.print(f"import: NumPy takes {numpy - bare:.0f} ms, autograd adds {autograd - numpy:.0f} ms to it")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too few: give 1 or more")
    return number


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--rounds", type=positive, default=7, help="repetitions of each comparison (default 7)"
    )
    parser.add_argument(
        "--chain", type=positive, default=1_000_000, help="length of the chain (default 1,000,000)"
    )
    arguments = parser.parse_args()
    console.print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    moons(arguments.rounds)
    compiled(arguments.rounds)
    chain(arguments.chain)
    imports(arguments.rounds)


if __name__ == "__main__":
    main()
