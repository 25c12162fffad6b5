"""What an edge of the graph passes back: local derivatives, and contributions to adjoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.recording.explanations import explained, out_of_order
from autograd.recording.node import Node
from autograd.rules.arrays import LinearMap, sum_to

__all__ = ["contributions"]


def contributions(node: Node, adjoint: Any, wanted: Callable[[Node], bool]) -> list[tuple[Any, Any]]:
    """Return each wanted input of a node, with repeats, and what the node adds to its adjoint.

    Raises:
        ArithmeticError, ValueError: a local derivative of a `Value` is infinite or undefined.
        MutatedError, CycleError: an input is newer than the node.
    """
    try:
        derivatives = _local_derivatives(node)
    except (ArithmeticError, ValueError) as error:
        raise explained(error, node.primitive, node.inputs, "the derivative of ") from None
    found = []
    for source, derivative in zip(node.inputs, derivatives, strict=True):
        if source._serial >= node._serial:
            raise out_of_order(source, node)
        if wanted(source):
            is_array = source._data.__class__ is np.ndarray
            found.append((source, _pulled(adjoint, derivative, source) if is_array else adjoint * derivative))
    return found


def _local_derivatives(node: Any) -> Any:
    residuals = getattr(node, "_residuals", None)
    if residuals is not None:
        return residuals()
    return node.primitive.partials(node._data, *[v._data for v in node.inputs])


def _pulled(adjoint: Any, derivative: Any, source: Node) -> Any:
    """Return a contribution in the shape and precision of the input."""
    data = source._data
    if derivative.__class__ is LinearMap:
        contribution = derivative.pull(adjoint)
    elif derivative.__class__ is int and derivative == 1:
        contribution = adjoint
    else:
        contribution = adjoint * derivative
    if contribution.shape != data.shape:
        contribution = sum_to(contribution, data.shape)
    if contribution.dtype != data.dtype or contribution.__class__ is not np.ndarray:
        contribution = np.asarray(contribution, data.dtype)
    if source.primitive is None and (contribution is adjoint or not contribution.flags.owndata):
        contribution = contribution.copy()  # a leaf's gradient is the user's, who may write to it
    return contribution
