"""Blocks that change what is recorded: `no_grad`, and `source_lines`, which notes where nodes are made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, overload

from autograd.errors import ControlFlowError
from autograd.numbers.native import Unusual
from autograd.recording.hooks import recording, tracer

__all__ = ["Origin", "is_of_package", "line_of_user", "no_grad", "source_lines"]

F = TypeVar("F", bound=Callable[..., Any])

# Frames of these packages are skipped: the line wanted is the user's.
_PACKAGES = (__name__.partition(".")[0], "numpy")


class RecordingBlock:
    """A block in which ``recording`` has another value; as a decorator, the run of a function."""

    def __init__(self, mode: Callable[[], Any], name: str) -> None:
        self._mode = mode
        self._name = name
        self._tokens: list[Any] = []

    def __enter__(self) -> None:
        self._tokens.append(recording.set(self._mode()))

    def __exit__(self, *error: object) -> None:
        recording.reset(self._tokens.pop())

    def __call__(self, f: F) -> F:
        from autograd.recording.decorated import decorated  # loads for decorators alone

        if not callable(f):
            raise TypeError(f"{self._name} decorates a function, not {type(f).__name__} {f!r:.40}")
        found: F = decorated(f, lambda: RecordingBlock(self._mode, self._name))
        return found


@overload
def no_grad(f: F) -> F: ...
@overload
def no_grad(f: None = None) -> RecordingBlock: ...
def no_grad(f: Any = None) -> Any:
    """Record nothing within the block: results computed from values and tensors are constants.

    In-place arithmetic with plain numbers updates a leaf: ``p -= 0.1 * p.grad`` is a step of descent. As a
    decorator, ``@no_grad`` or ``@no_grad()``, it does so while the function runs: in a generator between its
    yields, in a coroutine until it returns.

    Raises:
        ControlFlowError: a function is being compiled.
        TypeError: what it decorates is not a function.

    Examples:
        >>> from autograd import Value, no_grad
        >>> x = Value(2.0)
        >>> with no_grad():
        ...     y = x * x
        >>> y.is_constant
        True
    """
    block = RecordingBlock(_not_recording, "no_grad")
    return block if f is None else block(f)


def _not_recording() -> Any:
    if tracer.get() is not None:
        raise ControlFlowError(
            "no_grad() in a compiled function would turn the numbers computed under it into constants: "
            "use detach()"
        )
    return _Off()


class Origin(NamedTuple):
    """The line of a program that made a node.

    Attributes:
        file: the path of the file, as Python reports it.
        line: the line number, from 1.
    """

    file: str
    line: int


@overload
def source_lines(f: F) -> F: ...
@overload
def source_lines(f: None = None) -> RecordingBlock: ...
def source_lines(f: Any = None) -> Any:
    """Note within the block which line of the program makes each node: its `Node.origin`.

    The line is the innermost one outside this package and NumPy. Recording becomes several times slower. It
    is a decorator too, as `no_grad`.

    Examples:
        >>> from autograd import Value, source_lines
        >>> with source_lines():
        ...     y = Value(2.0) * 3
        >>> y.origin is None
        False
    """
    block = RecordingBlock(lambda: _Noting() if recording.get() else _Off(), "source_lines")
    return block if f is None else block(f)


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
    while frame.f_back and is_of_package(frame):
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno)


def is_of_package(frame: Any) -> bool:
    """Whether a frame runs code of this package or of NumPy."""
    return frame.f_globals.get("__name__", "").partition(".")[0] in _PACKAGES
