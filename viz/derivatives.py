"""Local derivatives: the numbers and the linear maps on the edges of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Graph, Node, Tensor
from autograd.rules.arrays import LinearMap, local_map, shape_of
from autograd.rules.linear_algebra import matmul_row
from viz.labels import Cell, array, data_of, is_small, number

__all__ = ["edge_labels", "key", "local_derivatives", "pulled"]

# What a linear map makes of the gradient G that comes back along its edge; where it is none of these, the
# operation itself says enough. Targets y of a cross-entropy add up to 1 here.
_PULLS = {
    "broadcast": "Σ G",
    "concatenate": "a part of G",
    "index": "G put back",
    "logsumexp": "G ⊙ softmax",
    "max": "G to the max",
    "min": "G to the min",
    "reshape": "G reshaped",
    "softmax cross-entropy": "G ⊙ (softmax - y)",
    "sum": "G copied",
    "transpose": "Gᵀ",
}
_PRODUCT_PULLS = ("G @ Bᵀ", "Aᵀ @ G")
_BEFORE_SUM = {"1": "", "-1": "-"}


def key(graph: Graph) -> list[str]:
    """The lines below a picture that say how the local derivatives of arrays are written there."""
    if not any(isinstance(node, Tensor) and node.shape for node in graph.nodes):
        return []
    lines = ["G: the gradient that comes back; ⊙: element by element"]
    if any(node.primitive is matmul_row for node in graph.nodes):
        lines.append("A and B: what stands left and right of an @")
    return lines


def local_derivatives(node: Node) -> Sequence[Any]:
    """The derivative of a node by each of its inputs; NaN where there is none, as of sqrt at 0."""
    inputs = node.inputs
    if node.primitive is None or not inputs:
        return ()
    try:
        # Arrays have infinite and undefined entries where numbers raise, and the picture shows them.
        with np.errstate(all="ignore"):
            derivatives: Sequence[Any] = node.primitive.partials(data_of(node), *map(data_of, inputs))
    except (ArithmeticError, ValueError):
        return [float("nan")] * len(inputs)
    return derivatives


def edge_labels(node: Node, derivatives: Sequence[Any]) -> list[Cell]:
    """For every input of a node, its local derivative as the edge says it.

    That is a number, or an array that multiplies element by element (⊙), by its numbers or its shape;
    or what a linear map does. What comes back to an input that was broadcast is also summed up (Σ).
    """
    return [_label(node, k, derivative) for k, derivative in enumerate(derivatives)]


def _label(node: Node, place: int, derivative: Any) -> Cell:
    if isinstance(derivative, LinearMap):
        if node.primitive is matmul_row:
            return _PRODUCT_PULLS[place]
        return _PULLS.get(node.primitive.name if node.primitive else "", "linear")
    if not isinstance(node, Tensor):
        return number(derivative)
    broadcast = shape_of(data_of(node.inputs[place])) != shape_of(data_of(node))
    if not shape_of(derivative):
        factor = number(derivative)
        return f"{_BEFORE_SUM.get(factor, factor + ' ')}Σ G" if broadcast else factor
    if broadcast or not is_small(derivative):
        return f"{'Σ ' if broadcast else ''}G ⊙ {derivative.shape}"
    return [["G ⊙" if i == 0 else "", *row] for i, row in enumerate(array(derivative))]


def pulled(adjoint: Any, derivative: Any, source: Node, node: Node) -> Any:
    """What an adjoint of a node is to one of its inputs, over the edge between them."""
    if not isinstance(node, Tensor):
        return adjoint * derivative
    with np.errstate(all="ignore"):
        return adjoint * local_map(derivative, data_of(source), data_of(node))
