"""The process in which one system runs. It reads requests as lines of JSON and answers each with one line.

Run it by its path, not with ``-m``: that would put the checkout before installed packages, and one of the
systems has our import name. ``{"do": "start", "module": "benchmarks.peers.jax"}`` imports the file of a
system; ``{"do": "prepare", "workload": "tiny", "way": "jit"}`` prepares a way to do a workload and returns
its numbers; ``"time"`` in place of ``"prepare"`` returns the seconds it takes.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from timeit import Timer
from typing import Any

sys.path[0] = str(Path(__file__).resolve().parent.parent)
from benchmarks.workloads import WORKLOADS, numbers  # noqa: E402

del sys.path[0]

LEAST = 0.02  # seconds that one measurement lasts at least


class Worker:
    """One system; its methods answer the requests of the same name."""

    def start(self, module: str) -> dict[str, Any]:
        """Import the file of a system; return its name, package, version and ways."""
        self.system = import_module(module)
        self.timed: dict[tuple[str, str], tuple[Timer, int]] = {}
        ways = {workload: list(ways) for workload, ways in self.system.WAYS.items()}
        name, package = self.system.NAME, self.system.PACKAGE
        return {"name": name, "package": package, "version": version(package), "ways": ways}

    def prepare(self, workload: str, way: str) -> dict[str, Any]:
        """Prepare a way to do a workload, and do it once; return its numbers."""
        problem = WORKLOADS[workload].problem()
        job = self.system.WAYS[workload][way](problem)
        result = numbers(job()).tolist()
        # timeit turns the garbage collector off, but collections are part of the cost.
        timer = Timer(job, gc.enable)
        self.timed[workload, way] = timer, max(1, round(LEAST / min(timer.repeat(3, 1))))
        return {"numbers": result}

    def time(self, workload: str, way: str) -> dict[str, Any]:
        """Return the average seconds of one job, over as many as a measurement needs."""
        timer, repeats = self.timed[workload, way]
        gc.collect()  # garbage of another job is not counted
        return {"seconds": timer.timeit(repeats) / repeats}


def main() -> None:
    # Answers go to the original standard output; everything that a system prints goes to standard error.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        worker = Worker()
        for line in sys.stdin:
            request = json.loads(line)
            try:
                answer = getattr(worker, request.pop("do"))(**request)
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}".partition("\n")[0]}
            print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
