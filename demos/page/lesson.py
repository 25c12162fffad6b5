"""A lesson answers one question of the practical by measurement.

A lesson module has three parts. ``measure`` runs the experiment and returns a dataclass, the findings.
``tell`` turns the findings into paragraphs, tables, pictures and code, and measures nothing. ``LESSON`` adds
the question::

    @dataclass(frozen=True, slots=True)
    class Found:
        losses: list[float]

    def measure(seed: int = 0, *, epochs: int = 20) -> Found:
        ...

    def tell(found: Found) -> Sequence[Part]:
        return ["The loss falls.", loss_plot(found.losses).illustration(words="…", caption="…")]

    LESSON = Lesson(
        name="descents",
        numbers="10",
        title="Classic, mini-batch and online descent",
        question="Which kind of descent is best?",
        measure=measure,
        tell=tell,
    )
    answer = LESSON.answer

    if __name__ == "__main__":
        sys.exit(LESSON.main())

``LESSON.main`` is ``python -m demos.descents``; ``python -m demos`` finds the lesson by the name ``LESSON``.
Tests call ``measure`` with small sizes and check its fields, or ``answer`` with the same arguments.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from demos.page.interrupt import stopped_at_once
from demos.page.parts import Answer, Part
from demos.page.publish import OUT, publish
from viz.commands import INTERRUPTED, Parser, add_out, add_seed, prepare
from viz.streams import open_streams, tell

__all__ = ["Lesson", "answered"]

Found = TypeVar("Found")


def _no_options(parser: Parser) -> None:
    """Most lessons have no options of their own."""


def _to_its_end(found: Any) -> bool:
    """Most lessons are measured to the end or not at all."""
    return False


def _no_files(out: Path) -> Sequence[Path]:
    """Most lessons write nothing beside their page."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson(Generic[Found]):
    """A question and how it is answered.

    Attributes:
        name: of the module: ``python -m demos.<name>``.
        numbers: of the questions, such as ``"8, 9"``.
        title: the subject.
        question: as the practical asks it, in our words.
        measure: called with the seed, and with the options by name; returns the findings.
        tell: turns the findings into the parts of the page, in reading order.
        slip: a common mistake, corrected; a function of the findings where it quotes them.
        options: adds options to the parser; those that are given are passed to `measure` by name.
        interrupted: whether Ctrl-C ended the measurement early; the findings then hold what there was.
        beside: writes files beside the page into the folder it is given, and returns their paths.
    """

    name: str
    numbers: str
    title: str
    question: str
    measure: Callable[..., Found]
    tell: Callable[[Found], Sequence[Part]]
    slip: str | Callable[[Found], str] = ""
    options: Callable[[Parser], None] = _no_options
    interrupted: Callable[[Found], bool] = _to_its_end
    beside: Callable[[Path], Sequence[Path]] = _no_files

    def answer(self, seed: int = 0, **options: Any) -> Answer:
        """Measure and tell.

        Args:
            seed: of all randomness.
            options: passed to `measure`.
        """
        found = self.measure(seed, **options)
        slip = self.slip if isinstance(self.slip, str) else self.slip(found)
        return Answer(
            self.name,
            self.numbers,
            self.title,
            self.question,
            self.tell(found),
            slip,
            self.interrupted(found),
        )

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run the lesson as a command: print the answer, and write its page.

        Returns the exit status: 0, 2 if the answer cannot be printed, or 130 after Ctrl-C.
        """
        open_streams()
        arguments = sys.argv[1:] if arguments is None else list(arguments)
        parser = self._parser()
        given = vars(parser.parse_args(arguments))
        seed, out = given.pop("seed"), given.pop("out")
        prepare(parser, out)
        try:
            with stopped_at_once():
                answer = self.answer(seed, **{key: x for key, x in given.items() if x is not None})
        except ImportError as error:  # a package that only this lesson needs
            parser.error(str(error))
        except KeyboardInterrupt:
            tell("interrupted: nothing is written")
            return INTERRUPTED
        command = shlex.join(["python", "-m", f"demos.{self.name}", *arguments])
        status = publish(answer, out, parser, command=command)
        try:
            for path in self.beside(out):
                tell(f"wrote {path}")
        except OSError as error:
            parser.error(f"cannot write to {str(out)!r}: {error.strerror or error}; give another --out")
        return INTERRUPTED if answer.interrupted else status

    def _parser(self) -> Parser:
        parser = Parser(
            prog=f"python -m demos.{self.name}",
            description=sys.modules[self.measure.__module__].__doc__,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.options(parser)
        add_seed(parser)
        add_out(parser, f"{self.name}.html", OUT)
        return parser


def answered(name: str, seed: int) -> Answer:
    """The answer of the lesson ``demos.<name>``.

    Raises:
        ImportError: it needs a package that is not installed.
    """
    lesson: Lesson[Any] = import_module(f"demos.{name}").LESSON
    return lesson.answer(seed)
