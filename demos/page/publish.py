"""Answers for the terminal and as one page of HTML."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table as TerminalTable
from rich.text import Text

from demos.page.html import render
from demos.page.parts import Answer, Illustration, Table, Verbatim
from viz.commands import Parser, save
from viz.streams import say, tell

__all__ = ["OUT", "in_terminal", "page", "publish"]

# Where the pages go unless --out says otherwise.
OUT = Path("out/practical")


def publish(answer: Answer, out: Path, parser: Parser, *, command: str) -> int:
    """Print an answer, and write its page to ``<name>.html`` in the folder `out`.

    Returns the exit status: 0, or 2 if the answer cannot be printed.
    """
    text = StringIO()
    Console(file=text, force_terminal=sys.stdout.isatty() or None).print(in_terminal(answer))
    status = say(text.getvalue(), parser.prog)
    path = out / f"{answer.name}.html"
    save(parser, path, page([answer], command=command))
    tell(f"wrote {path}")
    return status


def in_terminal(answer: Answer) -> RenderableType:
    """The answer as text and tables; a picture is named by its caption."""
    blocks: list[RenderableType] = [
        Text(f"\n{answer.numbers}  {answer.title}", style="bold"),
        Text(answer.question, style="italic"),
    ]
    for part in (*answer.parts, *([f"Watch out: {answer.slip}"] if answer.slip else [])):
        match part:
            case Table():
                table = TerminalTable(*part.headings, title=part.caption or None, title_justify="left")
                for column in table.columns[1:]:
                    column.justify = "right"
                for row in part.cells():
                    table.add_row(*map(Text, row))
                blocks.append(table)
            case Illustration():
                blocks.append(Text(f"[picture] {part.caption}", style="dim"))
            case Verbatim():
                blocks.append(Padding(Text(part.text), (0, 4)))
            case _:
                blocks.append(Text(part))
    return Group(*(Padding(block, (0, 0, 1, 0)) for block in blocks))


def page(answers: Sequence[Answer], *, command: str, missing: Sequence[str] = ()) -> str:
    """The answers as one self-contained HTML page.

    Args:
        answers: at least one, in order.
        command: that made them.
        missing: the names of the answers that are left out, each with the reason.
    """
    return render("practical.html.jinja", answers=answers, command=command, missing=missing)
