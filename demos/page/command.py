"""What the demos' commands share: they find out early whether they can write, and stop at once."""

from __future__ import annotations

import argparse
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from viz.commands import INTERRUPTED, Parser

__all__ = ["INTERRUPTED", "Parser", "folder", "prepare", "stopped_at_once"]


def folder(text: str) -> Path:
    """The name of a folder, as an option gives it."""
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a folder")
    return Path(text)


def prepare(parser: argparse.ArgumentParser, out: Path) -> None:
    """Find out before the work, and not after it, whether its results can be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        parser.error(f"cannot write to {str(out)!r}: {error.strerror or error}; give another --out")


@contextmanager
def stopped_at_once() -> Iterator[None]:
    """Let Ctrl-C end what is within, where `nn.fit` would only cut one training short.

    The numbers of a training cut short would stand in an answer as if it had been finished.
    """

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
