"""``whygrad cache``: where compiled native code is kept, how much there is, and ``--clear`` to remove it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

from autograd.compiler import native_cache
from viz.commands import Parser
from viz.streams import say

__all__ = ["main", "size_of"]


def main(arguments: Sequence[str]) -> int:
    """Run the command.

    Returns:
        the exit status: 0, or 2 if the answer cannot be printed. A folder that cannot be used exits with 2.
    """
    parser = Parser(
        prog="whygrad cache",
        description="Say where compiled native code is kept, and how much there is.\n"
        f"{native_cache.SETTING} names another folder, or is 'off'.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--clear", action="store_true", help="remove all of it")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
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
        return say(f"nothing is kept: {native_cache.SETTING} is off", parser.prog)
    told = f"{found.libraries:,} {'library' if found.libraries == 1 else 'libraries'}, {size_of(found.size)}"
    told = f"removed {told}" if options.clear else f"{told}, at most {size_of(native_cache.LIMIT)}"
    return say(f"{place}\n{told}", parser.prog)


def size_of(size: int) -> str:
    """A number of bytes in the unit that suits it: ``1.2 MB``."""
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:,.1f} MB"
