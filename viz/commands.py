"""What all commands share: options and their types, early checks, one-line errors, the Ctrl-C status."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from autograd.files import write
from viz.streams import Parser

__all__ = [
    "INTERRUPTED",
    "SUBCOMMANDS",
    "Parser",
    "add_out",
    "add_seed",
    "folder",
    "names",
    "prepare",
    "save",
    "subcommand",
    "subcommand_parser",
    "whole_number",
]

# The exit status after Ctrl-C, as in shells.
INTERRUPTED = 130

# Subcommands of `whygrad` by name: the module, and a line of help. The module's `main` takes the remaining
# arguments and returns the exit status; its `command_parser` returns the parser of these arguments.
SUBCOMMANDS = {
    "cache": ("viz.cache_command", "say how much compiled code is kept, or remove it"),
    "check": ("viz.checking.check_command", "find the mistake in a student's Value: whygrad check FILE.py"),
    "doctor": ("viz.doctor", "say what is installed, and whether anything is broken"),
    "lab": ("lab.__main__", "open a network that learns, and the practical's questions"),
}


def subcommand(name: str) -> Callable[[Sequence[str]], int]:
    """The function that runs a subcommand, a key of `SUBCOMMANDS`; its module is loaded now."""
    found: Callable[[Sequence[str]], int] = import_module(SUBCOMMANDS[name][0]).main
    return found


def subcommand_parser(name: str) -> Parser:
    """The parser of a subcommand, a key of `SUBCOMMANDS`; its module is loaded now."""
    found: Parser = import_module(SUBCOMMANDS[name][0]).command_parser()
    return found


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
    """The type of an option that names a folder, which need not exist."""
    if not text or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a folder")
    return Path(text)


def add_seed(parser: argparse._ActionsContainer, what: str = "of all randomness") -> None:
    """Add ``--seed N``: a whole number from 0 on, 0 by default."""
    parser.add_argument(
        "--seed", type=whole_number(0), default=0, metavar="N", help=f"seed {what} (default: 0)"
    )


def add_out(parser: argparse._ActionsContainer, files: str, default: Path, *, always: bool = True) -> None:
    """Add ``--out DIR``, the folder for `files`.

    Args:
        parser: a parser or one of its groups.
        files: what is written there, for the help.
        default: the folder without the option.
        always: whether the value without the option is `default`; else it is None, and the command decides.
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


def save(parser: argparse.ArgumentParser, path: Path, content: str) -> None:
    """Write a file, and exit if that fails."""
    try:
        write(path, content.encode())
    except OSError as error:
        parser.error(f"cannot write {str(path)!r}: {error.strerror or error}; give another --out")
