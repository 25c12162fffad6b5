"""``whygrad cache``: say where compiled code is kept and how much it is; ``--clear`` removes it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from autograd.compiler import native_cache
from viz.commands import Parser
from viz.labels import plural
from viz.streams import say

__all__ = ["command_parser", "main", "size_of"]


def main(arguments: Sequence[str]) -> int:
    """Run the command.

    Returns:
        the exit status: 0, or 2 if the answer cannot be printed. A folder that cannot be used exits with 2.
    """
    parser = command_parser()
    options = parser.parse_args(arguments)
    place = native_cache.folder()
    try:
        found = native_cache.clear() if options.clear else native_cache.usage()
    except native_cache.UnusableError as error:
        parser.error(str(error))
    if options.json:
        answer = {
            "folder": None if place is None else str(place),
            "libraries": found.libraries,
            "bytes": found.size,
            "limit": native_cache.LIMIT,
            "removed": options.clear,
        }
        return say(json.dumps(answer), parser.prog)
    if place is None:
        return say(f"compiled code is not kept: {native_cache.SETTING} turns it off", parser.prog)
    told = f"{plural(found.libraries, 'library', 'libraries')}, {size_of(found.size)}"
    told = f"removed {told}" if options.clear else f"{told}, at most {size_of(native_cache.LIMIT)}"
    return say(f"{place}\n{told}", parser.prog)


def command_parser() -> Parser:
    """The parser of the command's arguments."""
    parser = Parser(
        prog="whygrad cache",
        description="Say where compiled code is kept, and how much it is.\n"
        f"The variable {native_cache.SETTING} names another folder, or turns it off by 'off'.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--clear", action="store_true", help="remove all compiled code")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    return parser


def size_of(size: int) -> str:
    """A number of bytes in bytes, kB or MB, such as ``1.2 MB``."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:,.1f} MB"
