"""A process in which one system works: it is asked by lines of JSON, and answers each by one.

It is run by its path, not with ``-m``, which would put the checkout before what is installed: one of the
systems has the import name of ours. ``{"do": "start", "module": "benchmarks.peers.jax"}`` imports the file
of a system, ``{"do": "prepare", "work": "tiny", "way": "jit"}`` gets a way to do a work ready and gives its
numbers, and ``"time"`` the seconds that it takes.
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
from benchmarks.works import WORKS, numbers  # noqa: E402

del sys.path[0]

LEAST = 0.02  # seconds that one measurement lasts


class Worker:
    """One system at work."""

    def start(self, module: str) -> dict[str, Any]:
        """Import the file of a system, and tell what it can."""
        self.system = import_module(module)
        self.timed: dict[tuple[str, str], tuple[Timer, int]] = {}
        ways = {work: list(ways) for work, ways in self.system.WAYS.items()}
        name, package = self.system.NAME, self.system.PACKAGE
        return {"name": name, "package": package, "version": version(package), "ways": ways}

    def prepare(self, work: str, way: str) -> dict[str, Any]:
        """Get a way to do a work ready, and do it once."""
        problem = WORKS[work].problem()
        step = self.system.WAYS[work][way](problem)
        result = numbers(step()).tolist()
        # timeit turns the garbage collector off, but it is part of what a step takes.
        timer = Timer(step, gc.enable)
        self.timed[work, way] = timer, max(1, round(LEAST / min(timer.repeat(3, 1))))
        return {"numbers": result}

    def time(self, work: str, way: str) -> dict[str, Any]:
        """The seconds of one step, on average over as many as it takes to measure them."""
        timer, repeats = self.timed[work, way]
        gc.collect()  # nobody shall pay for another's garbage
        return {"seconds": timer.timeit(repeats) / repeats}


def main() -> None:
    # Whatever a system prints goes elsewhere.
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
