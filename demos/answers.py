"""What an answer is made of: words, tables and pictures, for a page and for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as TerminalTable
from rich.text import Text

from demos.commands import INTERRUPTED, Parser, folder, prepare, stopped_at_once
from demos.templates import templates
from viz.files import write

__all__ = ["OUT", "Answer", "Code", "Part", "Picture", "Table", "alone", "page", "publish"]

OUT = Path("out/practical")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under headings; the first column names the row.

    Numbers are shown in four digits, unless they come as text.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]
    caption: str = ""

    def cells(self) -> list[list[str]]:
        return [[_cell(cell) for cell in row] for row in self.rows]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing.

    Attributes:
        svg: an element that was made from numbers, or escaped where it was made.
        words: what it shows, for those who cannot see it; empty if the drawing says it itself.
        caption: what to look at.
        narrow: another drawing for a narrow window, if the first would be too small there.
        scrolls: whether it is moved about in a narrow window, as it would be too small to read there.
    """

    svg: str
    words: str
    caption: str
    narrow: str | None = None
    scrolls: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to be read letter by letter: a formula, a few lines of Python, a printed matrix."""

    text: str


Part = str | Table | Picture | Code


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one or more questions of the practical.

    Attributes:
        name: of the module that gives it: ``python -m demos.<name>``.
        numbers: the questions, as ``"8, 9"``.
        title: what it is about.
        question: as the practical asks it, in our words.
        parts: paragraphs, tables, pictures and lines of code, in reading order.
        slip: what is easily got wrong here, put right; empty if nothing is.
    """

    name: str
    numbers: str
    title: str
    question: str
    parts: Sequence[Part]
    slip: str = ""


def _cell(x: Any) -> str:
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return str(x)
    return f"{x:,}" if isinstance(x, int) else f"{x:.4g}"


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


def publish(answer: Answer, out: Path, *, command: str) -> None:
    """Print one answer, and write its page into a folder."""
    Console().print(in_terminal(answer))
    path = out / f"{answer.name}.html"
    write(path, page([answer], command=command).encode())
    print(f"wrote {path}", file=sys.stderr)


def in_terminal(answer: Answer) -> RenderableType:
    """Words and tables; a picture is named by its caption."""
    blocks: list[RenderableType] = [
        Text(f"\n{answer.numbers}  {answer.title}", style="bold"),
        Text(answer.question, style="italic"),
    ]
    for part in (*answer.parts, *([f"Easily got wrong: {answer.slip}"] if answer.slip else [])):
        match part:
            case Table():
                table = TerminalTable(*part.headings, title=part.caption or None, title_justify="left")
                for column in table.columns[1:]:
                    column.justify = "right"
                for row in part.cells():
                    table.add_row(*map(Text, row))
                blocks.append(table)
            case Picture():
                blocks.append(Text(f"[picture] {part.caption}", style="dim"))
            case Code():
                blocks.append(Padding(Text(part.text), (0, 4)))
            case _:
                blocks.append(Text(part))
    return Group(*(Padding(block, (0, 0, 1, 0)) for block in blocks))


def page(answers: Sequence[Answer], *, command: str, missing: Sequence[str] = ()) -> str:
    """The answers as one HTML page that needs nothing beside itself.

    Args:
        answers: at least one, in order.
        command: that made them.
        missing: those that are not there, and why.
    """
    environment = templates()
    environment.tests.update(
        table=lambda part: isinstance(part, Table),
        picture=lambda part: isinstance(part, Picture),
        code=lambda part: isinstance(part, Code),
    )
    # Not user text: drawn from numbers, or escaped where it was drawn.
    environment.filters["drawn"] = Markup
    template = environment.get_template("practical.html.jinja")
    return template.render(answers=answers, command=command, missing=missing)
