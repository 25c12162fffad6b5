"""The race: each system runs in its own process, on one thread, in turn, round after round.

Interleaving spreads disturbances of the machine over all systems. Times are shown for orientation; the
result is the median, over rounds, of the ratio of two times from the same round.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import numpy as np

from benchmarks.workloads import WORKLOADS

__all__ = ["OURS", "Board", "Lane", "PeerError", "System", "race"]

ROOT = Path(__file__).resolve().parent.parent
OURS = "whygrad"
LIMIT = 300.0  # seconds to wait for an answer
ONE_THREAD = {
    **dict.fromkeys(
        (
            "OMP_NUM_THREADS",
            "OPENBLAS_NUM_THREADS",
            "MKL_NUM_THREADS",
            "NUMBA_NUM_THREADS",
            "TORCHINDUCTOR_COMPILE_THREADS",
            "NPROC",  # of XLA
        ),
        "1",
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


class PeerError(Exception):
    """A system failed; the message says how."""


class System:
    """A system running in its own process.

    Args:
        module: the module that says how the system does each workload.
        python: the Python of the environment that the system is installed in. By default it is the current
            Python, which imports from the checkout.

    Attributes:
        name: the system's name.
        package, version: the installed package and its version.
        ways: the names of its ways to do each workload.

    Raises:
        PeerError: the system cannot be imported.
    """

    def __init__(self, module: str, python: str | None = None) -> None:
        environment = {**os.environ, **ONE_THREAD}
        environment.pop("PYTHONPATH", None)
        if python is None:
            environment["PYTHONPATH"] = str(ROOT)
        self._folder = TemporaryDirectory(
            prefix="benchmarks-"
        )  # some systems write compiled files to the current directory
        self._process: Any = subprocess.Popen(  # noqa: S603
            [python or sys.executable, str(ROOT / "benchmarks" / "worker.py")],
            cwd=self._folder.name,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C goes to the main process alone
        )
        try:
            found = self.ask("start", module=module)
        except BaseException:
            self.stop()
            raise
        self.name: str = found["name"]
        self.package: str = found["package"]
        self.version: str = found["version"]
        self.ways: dict[str, list[str]] = found["ways"]

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            PeerError: the answer is an error or came too late, or the process ended.
        """
        timer = Timer(LIMIT, self._process.kill)
        timer.start()
        try:
            self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            timer.cancel()
        if not line:
            raise PeerError(f"its process ended, with status {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._folder.cleanup()


@dataclass
class Lane:
    """One way to do a workload, and its results.

    Attributes:
        name: the name of the system and of the way.
        ours: whether the system is this package.
        ask: sends "prepare" or "time" to the system.
        reason: why there are no times, or no more of them; empty if all went well.
        error: the greatest difference from our numbers.
        times: seconds, one for each round.
    """

    name: str
    ours: bool
    ask: Callable[[str], dict[str, Any]] = field(repr=False)
    reason: str = ""
    error: float = 0.0
    times: list[float] = field(default_factory=list)

    @property
    def time(self) -> float:
        return median(self.times)

    def ratio(self, other: Lane) -> float:
        """How many times as long this took as another lane: the median over rounds."""
        return median(mine / its for mine, its in zip(self.times, other.times, strict=False))


@dataclass
class Board:
    """The results of one workload.

    Attributes:
        title: the title of the workload.
        lanes: all ways to do it.
    """

    title: str
    lanes: list[Lane]

    @property
    def finished(self) -> list[Lane]:
        """The lanes that have times, fastest first."""
        return sorted((lane for lane in self.lanes if lane.times), key=lambda lane: lane.time)


def race(workload: str, systems: Sequence[System], rounds: int) -> Iterator[Board]:
    """Run a workload on all systems. The first lane's numbers are what the others are compared with.

    Yields:
        The same board before the first round and after each round.
    """
    board = Board(WORKLOADS[workload].title, [])
    expected: Any = None
    for system in systems:
        for way in system.ways.get(workload, ()):
            ask = partial(system.ask, workload=workload, way=way)
            lane = Lane(f"{system.name}, {way}" if way else system.name, system.name == OURS, ask)
            board.lanes.append(lane)
            found = _prepared(lane)
            if found is not None:
                expected = found if expected is None else expected
                lane.error = _difference(found, expected)
                if not lane.error <= WORKLOADS[workload].tolerance:
                    lane.reason = f"its numbers differ from ours by {lane.error:.1e}"
    yield board
    for _ in range(rounds):
        for lane in board.lanes:
            if not lane.reason:
                try:
                    lane.times.append(lane.ask("time")["seconds"])
                except PeerError as error:
                    lane.reason = str(error)
        yield board


def _prepared(lane: Lane) -> Any:
    """The numbers of a lane's first job; None, with the reason on the lane, if it fails."""
    try:
        return np.array(lane.ask("prepare")["numbers"])
    except PeerError as error:
        lane.reason = str(error)
        return None


def _difference(found: Any, expected: Any) -> float:
    """The greatest difference, relative to the expected number or to 1 if that is more."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1)))
