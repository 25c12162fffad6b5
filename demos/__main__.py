"""``python -m demos``: the whole practical on one page, every answer measured on the spot."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from demos.page.command import INTERRUPTED, Parser, folder, prepare, stopped_at_once
from demos.page.lesson import answered
from demos.page.parts import Answer
from demos.page.publish import OUT, page
from viz.files import write

__all__ = ["QUESTIONS", "main"]

# The modules that answer, in the order of the page.
QUESTIONS = (
    "splits",
    "linear_depth",
    "circles",
    "losses",
    "descents",
    "tuning",
    "layers",
    "differentiable",
    "fused",
    "by_hand",
    "mistakes",
    "digits",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer the questions that the options ask for, and write their page.

    Returns the exit status: 0, 1 if a package for an answer is missing, or 130 if it was interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = Parser(
        prog="python -m demos",
        description="Answer the seventeen questions of a deep-learning practical, by measurement.",
        epilog="Every answer also runs alone, as python -m demos.circles.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--only",
        metavar="A,B,…",
        default=",".join(QUESTIONS),
        help=f"of {', '.join(QUESTIONS)} (default: all)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of all chance (default: 0)")
    parser.add_argument("--out", type=folder, default=OUT, metavar="DIR", help=f"for index.html ({OUT})")
    options = parser.parse_args(arguments)
    names = list(dict.fromkeys(options.only.split(",")))
    for name in names:
        if name not in QUESTIONS:
            parser.error(f"there is no question {name!r:.40}; there are {', '.join(QUESTIONS)}")
    if options.seed < 0:
        parser.error(f"--seed {options.seed} is negative: give a whole number from 0 on")
    prepare(parser, options.out)
    answers: list[Answer] = []
    missing: list[str] = []
    console = Console(stderr=True)
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    try:
        with stopped_at_once(), progress:
            task = progress.add_task("", total=len(names))
            for name in names:
                progress.update(task, description=name)
                try:
                    answers.append(answered(name, options.seed))
                except ImportError as error:  # a package that only this answer needs
                    missing.append(f"{name} ({error})")
                progress.advance(task)
        status = 1 if missing else 0
    except KeyboardInterrupt:
        finished = len(answers) + len(missing)
        missing += [f"{name} (interrupted)" for name in names[finished:]]
        status = INTERRUPTED
    for sentence in missing:
        print(f"not answered: {sentence}", file=sys.stderr)
    if answers:
        command = shlex.join(["python", "-m", "demos", *arguments])
        write(options.out / "index.html", page(answers, command=command, missing=missing).encode())
        print(f"wrote {options.out / 'index.html'}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
