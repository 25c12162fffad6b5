"""Ctrl-C that waits until it does no harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Interrupt", "deferred_interrupt"]


class Interrupt:
    """Whether there was a Ctrl-C."""

    pending = False


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

    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) != usual:
        yield interrupt
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, usual)
