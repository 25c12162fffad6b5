"""The bar that shows how far a training is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

__all__ = ["Show", "progress_bar"]

# Takes how many updates are done, and the words beside the bar.
Show = Callable[[int, str], None]


@contextmanager
def progress_bar(total: int, *, wanted: bool = True) -> Iterator[Show]:
    """A bar on the standard error, gone at the end; none outside a terminal, or without rich."""
    if wanted:
        try:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
        except ImportError:
            wanted = False
        else:
            console = Console(stderr=True)
            wanted = console.is_terminal
    if not wanted:
        yield lambda done, words: None
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        due = 0.0

        def show(done: int, words: str) -> None:
            nonlocal due
            if (
                monotonic() >= due
            ):  # rather than at every update, of which small networks do thousands a second
                bar.update(task, completed=done, description=words)
                due = monotonic() + 0.1

        yield show
