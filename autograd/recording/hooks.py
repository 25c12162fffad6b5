"""Context variables that recording consults: whether to record, and who is tracing."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

__all__ = ["recording", "tracer"]

# Whether operations are recorded; a function is called with every node, which is recorded as well.
recording: ContextVar[bool | Callable[[Any], None]] = ContextVar("recording", default=True)

# While a function is traced for compilation: the tracer, which is told what leaves no trace in the
# graph (concrete values read, comparisons, selections, detached nodes). See `compiler.tracer`.
tracer: ContextVar[Any] = ContextVar("tracer", default=None)
