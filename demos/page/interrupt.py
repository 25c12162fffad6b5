"""Ctrl-C while a lesson runs."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["stopped_at_once"]


@contextmanager
def stopped_at_once() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C, where `nn.fit` would only end one training early.

    Numbers from a shortened training would look like those from a finished one.
    """

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
