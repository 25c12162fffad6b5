"""The standard streams of a command, wherever they lead: a terminal, a closed descriptor, a full disk.

This file imports nothing of the house: see `doctor`.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

__all__ = ["Parser", "open_streams", "say", "tell"]


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line on stderr, with exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Print a message and exit with status 2."""
        self.exit(2, f"{self.prog}: {message}\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Exit, after a message on stderr if it can be written."""
        if message:
            tell(message)
        sys.exit(status)

    def print_help(self, file: Any = None) -> None:
        """Print the help; exit with status 2 if that fails."""
        if file is not None:
            super().print_help(file)
        elif status := say(self.format_help(), self.prog):
            sys.exit(status)


def open_streams() -> None:
    """Prepare the standard streams for any text.

    A character that the encoding lacks, such as ≈, becomes "?". A stream that was closed when the process
    started, which Python replaces by None, is one whose writes fail.
    """
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            # Takes the free descriptor, which the next file opened would otherwise get.
            descriptor = os.open(os.devnull, os.O_RDONLY)
            mode = "r" if name == "stdin" else "w"
            stream = os.fdopen(descriptor, mode, encoding="utf-8", errors="replace", closefd=False)
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str, prog: str) -> int:
    """Print a text, without the blank lines at its end, to standard output.

    Args:
        text: what to print.
        prog: the name of the command, for the message if the text cannot be printed.

    Returns:
        the exit status: 0, or 2 after a message. A reader that has closed the pipe, such as ``head``, is no
        error.
    """
    try:
        _write(sys.stdout, text.rstrip("\n"))
    except BrokenPipeError:
        return 0
    except OSError as error:
        tell(f"{prog}: cannot print: {error.strerror or error}")
        return 2
    return 0


def tell(text: str) -> None:
    """Write a line to standard error, if that is possible."""
    with suppress(OSError):
        _write(sys.stderr, text.rstrip("\n"))


def _write(stream: Any, text: str) -> None:
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except OSError:
        # What is not written is still buffered, and Python would try to write it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise
