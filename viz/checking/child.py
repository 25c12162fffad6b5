"""Run a student's code in a process with limits of time and memory. It is no sandbox."""

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

__all__ = ["Child", "Failure", "Limits", "ended"]

# The failures, while a file is loaded, of code that is not part of the engine: tests, questions, a training.
_BESIDE = ("AssertionError", "EOFError", "SystemExit", "time")


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits for the student's code.

    Attributes:
        seconds: wall-clock time for one answer.
        memory: of the address space, in MiB; unlimited where the platform cannot limit it.
    """

    seconds: float = 5.0
    memory: int = 1024


@dataclass(eq=False)
class Failure(Exception):  # noqa: N818 (a result of the check, not an error in it)
    """The student's code gave no answer.

    Attributes:
        kind: the name of the exception, or "time", "exit" or "missing".
        message: the text of the exception.
        line: the line of the student's file; None if unknown.
        code: the text of that line.
        advice: what to do; empty if unknown.
    """

    kind: str
    message: str
    line: int | None = None
    code: str = ""
    advice: str = ""

    def sentence(self, file: str) -> str:
        """Say in one sentence what happened, where, and what to do."""
        return "; ".join(filter(None, [self._told(file), self.advice]))

    def _told(self, file: str) -> str:
        where = f" in line {self.line} of {file}" if self.line is not None else f" in {file}"
        code = f": {self.code}" if self.code else ""
        match self.kind:
            case "exit" | "missing" | "NotAValueError":
                return self.message
            case "time":
                return self.message if self.advice else f"{self.message}: is there an endless loop?"
            case "MemoryError":
                return f"the code needs more memory than the limit{where}{code}"
            case "RecursionError":
                return f"the code recurses deeper than Python allows{where}{code}"
            case "EOFError":
                return f"the code asks for input, and there is none{where}{code}"
            case "SystemExit":
                return f"the code ends the program{where}{code}"
        said = f" ({self.message})" if self.message else ""
        return f"{self.kind}{said}{where}{code}"


def ended(text: str) -> str:
    """Text with a full stop, unless it is a question."""
    return text if text.endswith("?") else f"{text}."


class Child:
    """A process with a student's file that answers requests, and is killed when it takes too long.

    Args:
        path: the student's file.
        limits: of time and memory.

    Raises:
        Failure: the file could not be loaded, or has no `Value`.

    Attributes:
        limits: of time and memory.
        methods: the names in `FUNCTIONS` that `Value` has.
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
        with suppress(BrokenPipeError):  # the process has ended: `_answer` says so
            process.stdin.write(json.dumps({"what": what, **request}) + "\n")
            process.stdin.flush()
        return self._answer()

    def _start(self) -> dict[str, Any]:
        root = str(Path(autograd.__file__).parent.parent)
        # By path: -m would load this package into the process, whose memory is limited.
        command = [
            *(sys.executable, "-X", "utf8", str(Path(runner.__file__))),
            *(str(self._path.resolve()), str(self.limits.memory), root),
        ]
        # One thread each: the address space of more would count towards the limit.
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
        try:
            return self._answer()
        except Failure as failure:
            if failure.kind in _BESIDE:
                failure.advice = 'put what is not part of the engine below if __name__ == "__main__"'
            if failure.kind == "time":
                failure.message += " while it was loaded"
                failure.advice += ", or allow more --seconds"
            raise

    def _answer(self) -> dict[str, Any]:
        limit = self.limits.seconds
        try:
            line = self._lines.get(timeout=limit)
        except queue.Empty:
            self._kill()
            raise Failure("time", f"the code did not answer within {limit:g} s") from None
        try:
            answer: dict[str, Any] = dict(json.loads(line))
        except (TypeError, ValueError):  # the end of the output, or something that the code itself wrote
            status = self._kill()
            told = f" (signal {-status})" if status < 0 else ""
            raise Failure("exit", f"the code ended its process{told} before it answered") from None
        if "error" in answer:
            raise Failure(answer["error"], answer["message"], answer.get("line"), answer.get("code") or "")
        if "missing" in answer:
            raise Failure("missing", f"{self._path.name} cannot be checked: {answer['missing']}")
        return answer

    def _kill(self) -> int:
        """Kill the process and all it started. Returns the exit status if it had ended itself, else 0."""
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
        # Do not wait for more: a process in a session of its own may keep the pipe open.
        self._reader.join(1.0)
        for stream in (process.stdin, None if self._reader.is_alive() else process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        return status


def _read(stream: Any, lines: queue.SimpleQueue[str]) -> None:
    """Put each line into a queue, then an empty one for the end."""
    with suppress(OSError, ValueError):
        for line in stream:
            lines.put(line)
    lines.put("")
