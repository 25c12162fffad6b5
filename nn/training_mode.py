"""Training and evaluation mode of a model for the time of a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from nn.module import Module

__all__ = ["in_mode"]


@dataclass
class _Stay:
    """The blocks that keep a model in one mode.

    Attributes:
        modes: each module, with the mode to restore at the end of the last block.
        blocks: how many there are.
    """

    modes: list[tuple[Module, bool]]
    blocks: int = 0


_lock = Lock()
_stays: dict[tuple[int, bool], _Stay] = {}


@contextmanager
def in_mode(model: Module, *, training: bool) -> Iterator[None]:
    """Put the model in training or evaluation mode, and restore the mode of each module at the end.

    Several threads may evaluate one model at once: it leaves the mode with the last of them.
    """
    key = id(model), training
    with _lock:
        stay = _stays.get(key)
        if stay is None or model.training != training:  # a block of the other mode is around this one
            stay = _stays[key] = _Stay([(module, module.training) for module in model.modules()])
        stay.blocks += 1
        model.train(training)
    try:
        yield
    finally:
        with _lock:
            stay.blocks -= 1
            if not stay.blocks:
                for module, mode in stay.modes:
                    module.training = mode
                if _stays.get(key) is stay:
                    del _stays[key]
