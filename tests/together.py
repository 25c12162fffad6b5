"""Run modules as commands, several at once; what each prints is shown in one piece when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import takewhile
from time import perf_counter, sleep

INTERRUPT = signal.SIGTERM if os.name == "nt" else signal.SIGINT
INTERRUPTED = 130  # the exit status after Ctrl-C
START = perf_counter()


class Command:
    """A running ``python -m`` of these words; words before the module set variables, as ``NAME=value``."""

    def __init__(self, words: Sequence[str], *, alone: bool) -> None:
        self.title = " ".join(("+", *words))
        self.output = None if alone else tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `end`
        self.began = perf_counter()
        settings = list(takewhile(lambda word: "=" in word, words))
        self.process = subprocess.Popen(
            [sys.executable, "-m", *words[len(settings) :]],
            env={**os.environ, **dict(setting.split("=", 1) for setting in settings)},
            stdout=self.output,
            stderr=subprocess.STDOUT if self.output else None,
        )

    def show(self) -> None:
        """Print what the command printed, and how long it took."""
        if self.output:
            self.output.seek(0)
            print(f"{self.title}: ended", self.output.read().decode(errors="replace"), sep="\n", end="")
        now = perf_counter()
        print(f"{now - self.began:.0f} s, {now - START:.0f} s since the start", flush=True)

    def end(self) -> int:
        """Wait for the command, and return its exit status."""
        if self.output:
            self.output.close()
        return self.process.wait()


def together(commands: Sequence[Sequence[str]]) -> int:
    """Run commands at once; return 0, or the status of the first that fails, which interrupts the others."""
    running = [Command(words, alone=len(commands) == 1) for words in commands]
    print(*(command.title for command in running), sep="\n", flush=True)
    try:
        while running:
            sleep(0.05)
            for command in [command for command in running if command.process.poll() is not None]:
                running.remove(command)
                command.show()
                if status := command.end():
                    return status
    finally:
        for command in running:
            command.process.send_signal(INTERRUPT)
        for command in running:
            command.end()
    return 0
