"""The process in which a student's code runs, with limits of time and memory. It is no sandbox."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import autograd
from viz.checking import runner

__all__ = ["Child", "Failure", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the student's code may take.

    Attributes:
        seconds: for one answer, by the clock.
        memory: the address space, in MiB; not limited where the platform has no limit.
    """

    seconds: float = 5.0
    memory: int = 1024


@dataclass(eq=False)
class Failure(Exception):  # noqa: N818 (it is the student's failure, and an answer like any other)
    """The student's code gave no answer.

    Attributes:
        kind: the name of the exception, or "time", "exit" or "missing".
        message: what the exception says.
        line: the line of the student's file; None if unknown.
        code: the text of that line.
    """

    kind: str
    message: str
    line: int | None = None
    code: str = ""

    def sentence(self, file: str) -> str:
        """What happened, where, in one sentence."""
        where = f" in line {self.line} of {file}" if self.line is not None else f" in {file}"
        code = f": {self.code}" if self.code else ""
        match self.kind:
            case "time" | "exit" | "missing":
                return self.message
            case "MemoryError":
                return f"the code needs more memory than the limit{where}{code}"
            case "RecursionError":
                return f"the code recurses deeper than Python allows{where}{code}"
            case "SystemExit":
                return f"the code ends the program{where}{code}"
        said = f" ({self.message})" if self.message else ""
        return f"{self.kind}{said}{where}{code}"


class Child:
    """A student's file in a process that answers requests; killed when it takes too long.

    Args:
        path: the student's file.
        limits: of time and memory.

    Raises:
        Failure: the file could not be loaded, or has no `Value`.

    Attributes:
        limits: of time and memory.
        methods: those of `FUNCTIONS` that the `Value` has.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self.limits = limits
        self._path = path
        self._process: subprocess.Popen[str] | None = None
        try:
            self.methods: list[str] = self._start()["methods"]
        except BaseException:
            self._kill()
            raise

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._kill()

    def ask(self, what: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for the answer.

        Raises:
            Failure: the student's code raised, ended its process, or took too long.
        """
        process = self._process
        if process is None:
            self._start()
            process = self._process
        assert process is not None and process.stdin is not None  # noqa: S101, PT018
        with suppress(BrokenPipeError):  # it ended, and has no answer
            process.stdin.write(json.dumps({"what": what, **request}) + "\n")
            process.stdin.flush()
        return self._answer()

    def _start(self) -> dict[str, Any]:
        root = str(Path(autograd.__file__).parent.parent)
        # By path, not by -m, which would load this package into the process whose memory is limited.
        command = [
            *(sys.executable, "-X", "utf8", str(Path(runner.__file__))),
            *(str(self._path.resolve()), str(self.limits.memory), root),
        ]
        # One thread each: the address space of others would count.
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(  # noqa: S603 (no shell; the file is what is asked for)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, **threads, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,  # so that what the code starts ends with it
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        limit = self.limits.seconds
        try:
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            self._kill()
            raise Failure(
                "time", f"the code did not answer within {limit:g} s: is there an endless loop?"
            ) from None
        try:
            answer: dict[str, Any] = dict(json.loads(line))
        except (TypeError, ValueError):  # an empty line at the end, or what the code itself wrote
            status = self._kill()
            told = f" (signal {-status})" if status < 0 else ""
            raise Failure("exit", f"the code ended its process{told} before it answered") from None
        if "error" in answer:
            raise Failure(answer["error"], answer["message"], answer.get("line"), answer.get("code") or "")
        if "missing" in answer:
            raise Failure("missing", f"{self._path.name} cannot be checked: {answer['missing']}")
        return answer

    def _kill(self) -> int:
        """End the process and everything that it started. Returns its exit status, if it had ended itself."""
        process, self._process = self._process, None
        if process is None:
            return 0
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05 if process.poll() is None else 0)
        status = process.returncode or 0
        with suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        # No longer: what the code has started in a session of its own may keep the pipe open.
        self._reader.join(1.0)
        for stream in (process.stdin, None if self._reader.is_alive() else process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        return status


def _read(stream: Any, lines: queue.SimpleQueue[str]) -> None:
    """Put every line into a queue, and an empty one at the end."""
    with suppress(OSError, ValueError):
        for line in stream:
            lines.put(line)
    lines.put("")
