"""``python -m demos``: the whole practical on one page, every answer measured now."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence

from demos.page.interrupt import stopped_at_once
from demos.page.lesson import answered
from demos.page.parts import Answer
from demos.page.publish import OUT, page
from nn.progress import progress_bar
from viz.commands import INTERRUPTED, Parser, add_out, add_seed, names, prepare, save
from viz.streams import open_streams, tell

__all__ = ["QUESTIONS", "main"]

# The lessons, in the order of the page.
QUESTIONS = (
    "splits",
    "linear_depth",
    "circles",
    "losses",
    "descents",
    "tuning",
    "layers",
    "orders",
    "differentiable",
    "small_gradients",
    "fused",
    "by_hand",
    "mistakes",
    "digits",
    "gpt",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer the questions that the options select, and write their page.

    Returns the exit status: 0, 1 if a package that an answer needs is missing, or 130 after Ctrl-C.
    """
    open_streams()
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser()
    options = parser.parse_args(arguments)
    prepare(parser, options.out)
    answers: list[Answer] = []
    missing: list[str] = []
    try:
        with stopped_at_once():
            _answer(options.only, options.seed, answers, missing)
        status = 1 if missing else 0
    except KeyboardInterrupt:
        finished = len(answers) + len(missing)
        missing += [f"{name} (interrupted)" for name in options.only[finished:]]
        status = INTERRUPTED
    for sentence in missing:
        tell(f"not answered: {sentence}")
    if answers:
        command = shlex.join(["python", "-m", "demos", *arguments])
        save(parser, options.out / "index.html", page(answers, command=command, missing=missing))
        tell(f"wrote {options.out / 'index.html'}")
    return status


def _parser() -> Parser:
    parser = Parser(
        prog="python -m demos",
        description="Answer the seventeen questions of a deep-learning practical by measurement.",
        epilog="Every lesson also runs alone, as python -m demos.circles.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--only",
        type=names(QUESTIONS, "question"),
        metavar="A,B,…",
        default=list(QUESTIONS),
        help=f"some of {', '.join(QUESTIONS)} (default: all)",
    )
    add_seed(parser)
    add_out(parser, "index.html", OUT)
    return parser


def _answer(selected: Sequence[str], seed: int, answers: list[Answer], missing: list[str]) -> None:
    """Append an answer for every lesson, or to `missing` its name and what it lacks."""
    with progress_bar(len(selected)) as show:
        for i, name in enumerate(selected):
            show(i, name)
            try:
                answers.append(answered(name, seed))
            except ImportError as error:  # a package that only this lesson needs
                missing.append(f"{name} ({error})")
                continue
            if answers[-1].interrupted:
                raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
