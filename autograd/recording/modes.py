"""Blocks that change what is recorded: `no_grad`, and `source_lines`, which notes where nodes are made."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from autograd.errors import ControlFlowError
from autograd.recording.hooks import recording, tracer
from autograd.recording.native import Unusual

__all__ = ["Origin", "line_of_user", "no_grad", "source_lines"]

# Frames of these packages are skipped: the line wanted is the user's.
_PACKAGES = (__name__.partition(".")[0], "numpy")


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing within the block: results computed from values and tensors are constants.

    In-place arithmetic with plain numbers updates a leaf: ``p -= 0.1 * p.grad`` is a step of descent.

    Raises:
        ControlFlowError: a function is being compiled.

    Example:
        >>> from autograd import Value, no_grad
        >>> x = Value(2.0)
        >>> with no_grad():
        ...     y = x * x
        >>> y.is_constant
        True
    """
    if tracer.get() is not None:
        raise ControlFlowError(
            "no_grad() in a compiled function would turn the numbers computed under it into constants: "
            "use detach()"
        )
    token = recording.set(_Off())
    try:
        yield
    finally:
        recording.reset(token)


class Origin(NamedTuple):
    """The line of a program that made a node.

    Attributes:
        file: the path of the file, as Python reports it.
        line: the line number, from 1.
    """

    file: str
    line: int


@contextmanager
def source_lines() -> Iterator[None]:
    """Note within the block which line of the program makes each node: its `Node.origin`.

    The line is the innermost one outside this package and NumPy. Recording becomes several times slower.

    Example:
        >>> from autograd import Value, source_lines
        >>> with source_lines():
        ...     y = Value(2.0) * 3
        >>> y.origin is None
        False
    """
    token = recording.set(_Noting() if recording.get() else _Off())
    try:
        yield
    finally:
        recording.reset(token)


class _Off(Unusual):
    """The mode in which nothing is recorded, and ``p -= step`` updates a leaf."""

    def __init__(self) -> None:
        super().__init__()
        # Loads in-place arithmetic when it is first needed: ``+=`` on a `Value` is slower with it.
        from autograd.recording import in_place  # noqa: F401

    def __bool__(self) -> bool:
        return False


class _Noting(Unusual):
    """The mode in which each node is noted with the line that made it."""

    def __call__(self, node: Any) -> None:
        node._origin = line_of_user()


def line_of_user() -> Origin:
    """Return the innermost line now running outside this package and NumPy."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _PACKAGES:
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno)
