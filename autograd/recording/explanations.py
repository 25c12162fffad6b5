"""Errors that name the operation and its inputs, and those for a graph that is out of order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.errors import CycleError, GraphError, MutatedError

__all__ = ["explained", "out_of_order"]


def explained(error: Exception, primitive: Any, inputs: Sequence[Any], prefix: str = "") -> Exception:
    """Return the same error with a message that names the operation and its inputs."""
    if isinstance(error, GraphError):
        return error
    texts = [f"{v.name!r:.40}={v._brief():.40}" if v.name else f"{v._brief():.40}" for v in inputs]
    arguments = ", ".join(texts[:4] + ["…"] * (len(texts) > 4))
    reason = error.args[-1] if error.args else type(error).__name__
    message = f"{prefix}{primitive.name}({arguments}) is undefined: {reason}"
    try:
        return type(error)(message)
    except TypeError:  # a class whose constructor takes other arguments
        return ValueError(message)


def out_of_order(source: Any, user: Any) -> GraphError:
    """Return the error for an edge whose input is newer than the node computed from it."""
    if source.is_constant:
        return GraphError(
            f"{source._label()} is a constant since backward(retain_graph=False) was called on it, but "
            f"{user.op!r} had used it: call backward on the last result only, or keep the graph"
        )
    if source.inputs:
        why = "a graph has no cycle within one evaluation; to repeat a computation, unroll it into new values"
        return CycleError(f"{source._label()} depends on itself: {why}")
    why = "so the recorded result is out of date: compute it again, then differentiate"
    return MutatedError(f"the data of {source._label()} was replaced after {user.op!r} had used it, {why}")
