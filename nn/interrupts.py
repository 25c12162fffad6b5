"""Ctrl-C deferred until the current update is complete."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Interrupt", "deferred_interrupt", "raised_after"]


class Interrupt:
    """The state of a deferred Ctrl-C.

    Attributes:
        pending: whether there was one.
        noted: of the class: how many have been deferred in this process.
    """

    pending = False
    noted = 0


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Note the first Ctrl-C instead of raising KeyboardInterrupt; the second raises it.

    Does nothing where Ctrl-C has another handler already, and outside the main thread.
    """
    interrupt = Interrupt()

    def note(number: int, frame: Any) -> None:
        if interrupt.pending:
            raise KeyboardInterrupt
        interrupt.pending = True
        Interrupt.noted += 1

    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) != usual:
        yield interrupt
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def raised_after() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end if a Ctrl-C was deferred within.

    So Ctrl-C stops a whole search, and not only the training that was running.
    """
    before = Interrupt.noted
    yield
    if Interrupt.noted > before:
        raise KeyboardInterrupt
