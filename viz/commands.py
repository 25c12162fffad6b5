"""What all commands share: how they refuse, are interrupted, and write to any terminal."""

from __future__ import annotations

import argparse
import io
import sys
from typing import NoReturn

__all__ = ["INTERRUPTED", "Parser", "write_to_any_terminal"]

# The exit status after Ctrl-C, as shells have it.
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """Wrong options end in one line and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def write_to_any_terminal() -> None:
    """Let what a terminal has no character for, as a ≈, be a "?" there rather than an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
