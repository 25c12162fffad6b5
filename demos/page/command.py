"""The command line that all programs of the demos share: option types, early checks, Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from viz.commands import INTERRUPTED, Parser

__all__ = [
    "INTERRUPTED",
    "Parser",
    "add_out",
    "add_seed",
    "folder",
    "names",
    "prepare",
    "stopped_at_once",
    "whole_number",
]


def whole_number(least: int, most: int | None = None) -> Callable[[str], int]:
    """The type of an option that takes a whole number from `least` to `most`; ``1_000`` is accepted."""

    def parse(text: str) -> int:
        try:
            number = int(text.replace("_", ""))
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r:.40} is not a whole number") from None
        if number < least or (most is not None and number > most):
            bounds = f"at least {least}" if most is None else f"from {least} to {most:,}"
            raise argparse.ArgumentTypeError(f"{number} is out of range: give a number {bounds}")
        return number

    return parse


def names(choices: Sequence[str], kind: str) -> Callable[[str], list[str]]:
    """The type of an option that takes some of `choices`, separated by commas; repeats are dropped.

    Args:
        choices: all names.
        kind: what they name, for the message: ``there is no <kind> 'x'``.
    """

    def parse(text: str) -> list[str]:
        found = text.split(",")
        for name in found:
            if name not in choices:
                raise argparse.ArgumentTypeError(
                    f"there is no {kind} {name!r:.40}; there are {', '.join(choices)}"
                )
        return list(dict.fromkeys(found))

    return parse


def folder(text: str) -> Path:
    """The type of an option that names a folder."""
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a folder")
    return Path(text)


def add_seed(parser: argparse._ActionsContainer, what: str = "of all randomness") -> None:
    """Add ``--seed N``: a whole number from 0 on, 0 by default."""
    parser.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help=f"{what} (default: 0)")


def add_out(parser: argparse._ActionsContainer, files: str, default: Path, *, always: bool = True) -> None:
    """Add ``--out DIR``, the folder for `files`.

    Args:
        parser: or a group of one.
        files: what is written there, for the help.
        default: the folder without the option.
        always: whether `default` is used whenever the option is missing; otherwise the value is None then,
            and the program decides.
    """
    parser.add_argument(
        "--out",
        type=folder,
        default=default if always else None,
        metavar="DIR",
        help=f"folder for {files} (default: {default})",
    )


def prepare(parser: argparse.ArgumentParser, out: Path) -> None:
    """Make the output folder, and exit at once if it cannot be written to."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out).close()
    except OSError as error:
        parser.error(f"cannot write to {str(out)!r}: {error.strerror or error}; give another --out")


@contextmanager
def stopped_at_once() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C, where `nn.fit` would only end one training early.

    Numbers from a shortened training would look like those from a finished one.
    """

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
