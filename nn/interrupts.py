"""Ctrl-C that waits until it does no harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Interrupt", "deferred_interrupt", "raised_after"]


class Interrupt:
    """Whether there was a Ctrl-C.

    Attributes:
        noted: of the class: how many were taken note of, instead of being raised, in this program.
    """

    pending = False
    noted = 0


@contextmanager
def deferred_interrupt() -> Iterator[Interrupt]:
    """Take note of the first Ctrl-C instead of raising KeyboardInterrupt; the second raises it.

    Where Ctrl-C does something else already, and outside the main thread, this does nothing.
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
    """Raise KeyboardInterrupt at the end if there was a Ctrl-C that something within only took note of.

    So a search is stopped, and not just the one training of many that the Ctrl-C happened to meet.
    """
    before = Interrupt.noted
    yield
    if Interrupt.noted > before:
        raise KeyboardInterrupt
