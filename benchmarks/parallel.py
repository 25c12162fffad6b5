"""``python -m benchmarks.parallel``: how much faster a search is on several workers than on one.

A random search runs one candidate after the other, then on executors. Every search must find the same
scores. Its time is the least over the rounds; the time to start the workers is measured apart.
"""

from __future__ import annotations

import html
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.candidates import DISTRIBUTIONS, validation_loss
from demos.page.plotting import COLORS, INK, STYLE, on_white, to_svg
from nn import Trial, random_search
from viz.commands import Parser, save, whole_number
from viz.streams import open_streams, tell

__all__ = ["Track", "main", "measure", "plot", "table"]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "parallel.md"
BEGIN, END = "<!-- measured by python -m benchmarks.parallel -->", "<!-- end -->"
Start = Callable[[int], AbstractContextManager[Executor | None]]


@contextmanager
def serial(_: int) -> Iterator[None]:
    yield None


@contextmanager
def dask(workers: int) -> Iterator[Executor]:
    distributed = import_module("distributed")  # optional
    options: dict[str, Any] = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client.get_executor()


@contextmanager
def loky(workers: int) -> Iterator[Executor]:
    with import_module("loky").ProcessPoolExecutor(workers) as pool:
        yield pool


def processes(workers: int) -> Executor:
    return ProcessPoolExecutor(workers, get_context("spawn"))


@dataclass
class Track:
    """One way to run the search.

    Attributes:
        name: as in the table.
        workers: how many.
        start: starts them.
        starting: the least seconds until each has run a candidate.
        searching: the least seconds of the search.
    """

    name: str
    workers: int
    start: Start
    starting: float = field(default=float("inf"))
    searching: float = field(default=float("inf"))


def tracks(workers: int) -> list[Track]:
    """The search without an executor, and on each kind with some workers; on Dask with one too."""
    return [
        Track("no executor", 1, serial),
        Track("Dask, 1 worker", 1, dask),
        Track(f"Dask, {workers} workers", workers, dask),
        Track(f"ProcessPoolExecutor({workers})", workers, processes),
        Track(f"loky, {workers} workers", workers, loky),
        Track(f"ThreadPoolExecutor({workers})", workers, ThreadPoolExecutor),
    ]


def measure(found: Sequence[Track], candidates: int, rounds: int, tell: Callable[[str], object]) -> None:
    """Run the search in every track, a round at a time, and set the times.

    Raises:
        RuntimeError: a track finds other scores than the first.
    """
    expected: list[Trial] | None = None
    for number in range(1, rounds + 1):
        for track in found:
            begun = perf_counter()
            with track.start(track.workers) as executor:
                # Several short trainings for each worker, so that each has loaded its modules.
                random_search(validation_loss, DISTRIBUTIONS, 4 * track.workers, seed=1, executor=executor)
                started = perf_counter()
                trials = random_search(validation_loss, DISTRIBUTIONS, candidates, executor=executor)
                ended = perf_counter()
            track.starting = min(track.starting, started - begun)
            track.searching = min(track.searching, ended - started)
            tell(f"round {number} of {rounds}: {track.name}, {ended - started:.1f} s")
            expected = expected or trials
            if trials != expected:
                raise RuntimeError(f"{track.name} finds other scores than {found[0].name}")


def table(found: Sequence[Track]) -> str:
    """The times, speed-ups and efficiencies in Markdown."""
    rows = ["| workers | start | search | speed-up | efficiency |", "|---|--:|--:|--:|--:|"]
    base = found[0].searching
    for track in found:
        speed_up = base / track.searching
        start = "" if track.start is serial else f"{track.starting:.1f} s"
        cells = (
            track.name,
            start,
            f"{track.searching:.1f} s",
            f"{speed_up:.2f}",
            f"{speed_up / track.workers:.0%}",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def plot(found: Sequence[Track]) -> str:
    """A bar for the speed-up of each track, and a mark where it would be ideal, as SVG."""
    speed_ups = [found[0].searching / track.searching for track in found]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 0.42 * len(found) + 0.9), layout="constrained")
        axes = figure.subplots()
        axes.barh(range(len(found)), speed_ups, height=0.66, color=COLORS[0])
        for i, (track, speed_up) in enumerate(zip(found, speed_ups, strict=True)):
            axes.plot(
                [track.workers] * 2, [i - 0.42, i + 0.42], color=INK, linewidth=2, linestyle=(0, (2, 1))
            )
            words = f"{speed_up:.2f} × ({speed_up / track.workers:.0%})"
            place = (max(speed_up, track.workers), i)
            axes.annotate(words, place, xytext=(8, 0), textcoords="offset points", va="center", fontsize=9)
        axes.set_yticks(range(len(found)), [track.name for track in found])
        axes.set_xlim(0, 1.35 * max(*speed_ups, *(track.workers for track in found)))
        axes.set_ylim(len(found) - 0.4, -0.6)
        axes.set_xlabel("speed-up (efficiency); dashed: the number of workers")
        axes.grid(axis="x", color=INK, alpha=0.12, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        svg = to_svg(figure, "parallel")
    words = "; ".join(f"{track.name} {s:.2f}" for track, s in zip(found, speed_ups, strict=True))
    labels = f"<title>Speed-up of a search on several workers</title><desc>{html.escape(words)}</desc>"
    return re.sub(r"<svg([^>]*)>", rf'<svg\1 role="img">{labels}', on_white(svg), count=1)


def _load() -> str:
    """What else the machine was doing, in words: a busy one makes speed-ups meaningless."""
    return f" and a load of {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and renew the numbers and the figure of the page."""
    open_streams()
    parser = Parser(prog="python -m benchmarks.parallel", description=(__doc__ or "").partition(": ")[2])
    count = whole_number(1)
    parser.add_argument("--candidates", type=count, default=200, metavar="N", help="default: 200")
    parser.add_argument("--rounds", type=count, default=3, metavar="N", help="default: 3")
    parser.add_argument("--workers", type=count, default=2, metavar="N", help="default: 2")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE", help="default: docs/parallel.md")
    options = parser.parse_args(arguments)
    before, begin, rest = options.page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        parser.error(f"{options.page} has no lines {BEGIN} and {END}, between which the numbers stand")
    found, load = tracks(options.workers), _load()
    try:
        measure(found, options.candidates, options.rounds, tell)
    except KeyboardInterrupt:
        tell("interrupted: nothing is written")
        return 130
    python = ".".join(map(str, sys.version_info[:2]))
    words = (
        f"{options.candidates} candidates, least of {options.rounds} rounds, a machine with "
        f"{os.cpu_count()} processors{load}, CPython {python}:"
    )
    save(parser, options.page, f"{before}{BEGIN}\n\n{words}\n\n{table(found)}\n\n{END}{after}")
    save(parser, options.page.with_suffix(".svg"), plot(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
