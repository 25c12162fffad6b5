"""The race: every system in a process of its own, in turn, round after round, on one thread.

So what disturbs the machine disturbs all alike. Times are shown for orientation; the result is the median
of the ratios of two times of the same round.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import numpy as np

from benchmarks.works import WORKS

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
    """A system does not do what it is asked; the message says why."""


class System:
    """A system at work in its own process.

    Args:
        module: the file that says how it does the works.
        python: of the environment that it is installed in; left out, of this one, from the checkout.

    Attributes:
        name: what it is called.
        package, version: what is installed of it.
        ways: the names of its ways to do each work.

    Raises:
        PeerError: it cannot be imported.
    """

    def __init__(self, module: str, python: str | None = None) -> None:
        environment = {**os.environ, **ONE_THREAD}
        environment.pop("PYTHONPATH", None)
        if python is None:
            environment["PYTHONPATH"] = str(ROOT)
        self._folder = TemporaryDirectory(prefix="benchmarks-")  # some leave what they compile where they are
        self._process: Any = subprocess.Popen(  # noqa: S603
            [python or sys.executable, str(ROOT / "benchmarks" / "worker.py")],
            cwd=self._folder.name,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for this process alone
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
        """What it answers.

        Raises:
            PeerError: it answers with an error, too late, or not any more.
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
    """One way to do a work, and how it fared.

    Attributes:
        name: of the system and the way.
        ours: whether it is ours.
        word: why there are no times, or no more of them.
        error: by how much its numbers differ from ours.
        times: in seconds, one a round.
    """

    name: str
    ours: bool
    ask: Callable[[str], dict[str, Any]] = field(repr=False)
    word: str = ""
    error: float = 0.0
    times: list[float] = field(default_factory=list)

    @property
    def time(self) -> float:
        return median(self.times)

    def ratio(self, other: Lane) -> float:
        """How many times as long it took as another."""
        return median(mine / its for mine, its in zip(self.times, other.times, strict=False))


@dataclass
class Board:
    """How all fared at one work.

    Attributes:
        title: of the work.
        lanes: all ways to do it.
    """

    title: str
    lanes: list[Lane]

    @property
    def finished(self) -> list[Lane]:
        """Those that have times, the fastest first."""
        return sorted((lane for lane in self.lanes if lane.times), key=lambda lane: lane.time)


def race(work: str, systems: Sequence[System], rounds: int) -> Iterator[Board]:
    """Let all do a work.

    Yields:
        the same board before the first round and after each.
    """
    board = Board(WORKS[work].title, [])
    expected: Any = None
    for system in systems:
        for way in system.ways.get(work, ()):
            ask = _asking(system, work, way)
            lane = Lane(f"{system.name}, {way}" if way else system.name, system.name == OURS, ask)
            board.lanes.append(lane)
            try:
                found = np.array(ask("prepare")["numbers"])
                expected = found if expected is None else expected
                lane.error = _difference(found, expected)
                if not lane.error <= WORKS[work].tolerance:
                    lane.word = f"its numbers differ from ours, by {lane.error:.1e}"
            except PeerError as error:
                lane.word = str(error)
    yield board
    for _ in range(rounds):
        for lane in board.lanes:
            if not lane.word:
                try:
                    lane.times.append(lane.ask("time")["seconds"])
                except PeerError as error:
                    lane.word = str(error)
        yield board


def _asking(system: System, work: str, way: str) -> Callable[[str], dict[str, Any]]:
    return lambda do: system.ask(do, work=work, way=way)


def _difference(found: Any, expected: Any) -> float:
    """The greatest, in units of what is expected or of 1 if that is more."""
    if found.shape != expected.shape:
        return float("inf")
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1)))
