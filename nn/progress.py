"""The progress bar of a training or a search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

__all__ = ["Show", "hidden_bars", "progress_bar"]

# A function of the number of updates made, and the text beside the bar.
Show = Callable[[int, str], None]

_hidden: ContextVar[bool] = ContextVar("hidden", default=False)


@contextmanager
def hidden_bars() -> Iterator[None]:
    """Show no progress bars within, as where a search that has one runs trainings."""
    before = _hidden.set(True)
    try:
        yield
    finally:
        _hidden.reset(before)


@contextmanager
def progress_bar(total: int, *, wanted: bool = True) -> Iterator[Show]:
    """A bar on standard error, removed at the end; none outside a terminal, or without rich."""
    wanted = wanted and not _hidden.get()
    if wanted:
        try:  # rich is optional, and loads for longer than many trainings take
            from rich.console import Console  # defers the load of rich.console
            from rich.progress import (  # defers the load of rich.progress
                BarColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )
        except ImportError:
            wanted = False
        else:
            console = Console(stderr=True)
            wanted = console.is_terminal
    if not wanted:
        yield lambda done, words: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar, hidden_bars():
        task = bar.add_task("", total=total)
        due = 0.0

        def show(done: int, words: str) -> None:
            nonlocal due
            if monotonic() >= due:  # small networks make thousands of updates a second
                bar.update(task, completed=done, description=words)
                due = monotonic() + 0.1

        yield show
