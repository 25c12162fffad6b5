"""Context variables that recording consults: whether to record, and who is tracing."""

from contextvars import ContextVar
from functools import partial
from typing import Any

from autograd.numbers.number import replaced

__all__ = ["native", "recording", "tracer", "words"]

# Whether operations are recorded; a mode that can be called is called with every node that is recorded.
recording: ContextVar[Any] = ContextVar("recording", default=True)

# The tracer of a function being compiled. It hears of what leaves no trace in the graph: numbers read, …
tracer: ContextVar[Any] = ContextVar("tracer", default=None)

native = partial(replaced, recording=recording.get)  # what the extension has instead of a definition


def words() -> Any:
    # Deferred: the words of errors, which load when one is raised.
    from autograd.recording import explanations

    return explanations
