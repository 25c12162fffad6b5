"""Local derivatives, as numbers or linear maps, and the labels that show them on edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import Graph, Node, Tensor
from autograd.rules.arrays import LinearMap, local_map, shape_of
from autograd.rules.linear_algebra import matmul_row
from viz.labels import Cell, array, data_of, is_small, number

__all__ = ["edge_labels", "key", "local_derivatives", "pulled"]

# How a linear map transforms the incoming gradient G, by operation. Any other map is
# labelled "linear". The targets y of a cross-entropy add up to 1.
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
    """Lines below a picture that explain the notation for local derivatives of arrays in it."""
    if not any(isinstance(node, Tensor) and node.shape for node in graph.nodes):
        return []
    lines = ["G: the incoming gradient; ⊙: elementwise product"]
    if any(node.primitive is matmul_row for node in graph.nodes):
        lines.append("A and B: the left and the right factor of A @ B")
    return lines


def local_derivatives(node: Node) -> Sequence[Any]:
    """The derivative of a node by each of its inputs; NaN where it is undefined, as for sqrt at 0."""
    inputs = node.inputs
    if node.primitive is None or not inputs:
        return ()
    try:
        # Where a number raises, an array gets an infinite or undefined entry, which the picture shows.
        with np.errstate(all="ignore"):
            derivatives: Sequence[Any] = node.primitive.partials(data_of(node), *map(data_of, inputs))
    except (ArithmeticError, ValueError):
        return [float("nan")] * len(inputs)
    return derivatives


def edge_labels(node: Node, derivatives: Sequence[Any]) -> list[Cell]:
    """The local derivative of a node by each input, as the label of the edge.

    It is a number; or an array that multiplies element by element (⊙), shown by its numbers or its shape;
    or the effect of a linear map. The gradient of an input that was broadcast is also summed (Σ).
    """
    return [_label(node, k, derivative) for k, derivative in enumerate(derivatives)]


def _label(node: Node, k: int, derivative: Any) -> Cell:
    if isinstance(derivative, LinearMap):
        if node.primitive is matmul_row:
            return _PRODUCT_PULLS[k]
        return _PULLS.get(node.primitive.name if node.primitive else "", "linear")
    if not isinstance(node, Tensor):
        return number(derivative)
    broadcast = shape_of(data_of(node.inputs[k])) != shape_of(data_of(node))
    if not shape_of(derivative):
        factor = number(derivative)
        return f"{_BEFORE_SUM.get(factor, factor + ' ')}Σ G" if broadcast else factor
    if broadcast or not is_small(derivative):
        return f"{'Σ ' if broadcast else ''}G ⊙ {derivative.shape}"
    return [["G ⊙" if i == 0 else "", *row] for i, row in enumerate(array(derivative))]


def pulled(adjoint: Any, derivative: Any, source: Node, node: Node) -> Any:
    """The contribution of a node's adjoint to one of its inputs: the adjoint pulled back over their edge."""
    if not isinstance(node, Tensor):
        return adjoint * derivative
    with np.errstate(all="ignore"):
        return adjoint * local_map(derivative, data_of(source), data_of(node))
