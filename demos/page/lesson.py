"""A lesson: one question, answered by measurement, and the command that runs it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from demos.page.command import INTERRUPTED, Parser, folder, prepare, stopped_at_once
from demos.page.parts import Answer
from demos.page.publish import OUT, publish

__all__ = ["alone"]


def alone(
    answer: Callable[[int], Answer],
    name: str,
    arguments: Sequence[str] | None = None,
    *,
    beside: Callable[[Path], Sequence[Path]] = lambda out: (),
) -> int:
    """Run one answer on its own: print it, and write its page, and what belongs beside it in the folder.

    Returns the exit status: 0, or 130 if it was interrupted.
    """
    parser = Parser(prog=f"python -m demos.{name}", description=sys.modules[answer.__module__].__doc__)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all chance (default: 0)")
    parser.add_argument("--out", type=folder, default=OUT, metavar="DIR", help=f"for {name}.html ({OUT})")
    options = parser.parse_args(arguments)
    if options.seed < 0:
        parser.error(f"--seed {options.seed} is negative: give a whole number from 0 on")
    prepare(parser, options.out)
    try:
        with stopped_at_once():
            found = answer(options.seed)
    except KeyboardInterrupt:
        print("interrupted: nothing is written", file=sys.stderr)
        return INTERRUPTED
    publish(found, options.out, command=f"python -m demos.{name} --seed {options.seed}")
    for path in beside(options.out):
        print(f"wrote {path}", file=sys.stderr)
    return 0
