"""The values to differentiate by: one by one, in layers, or in a dict of layers by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd import Graph, Node
from autograd.differentiation import graph as graphs

__all__ = ["Wrt", "grouped", "indices", "layers"]

Wrt = Sequence[Node | Sequence[Node]] | Mapping[str, Sequence[Node]]


def grouped(wrt: Wrt) -> list[list[Node]]:
    """The values in groups; a value on its own is a group of one.

    Raises:
        TypeError: something in it is not a `Value` or a `Tensor`.
    """
    return graphs.grouped(list(wrt.values()) if isinstance(wrt, Mapping) else wrt)


def indices(graph: Graph, wrt: Wrt) -> set[int]:
    """The indices of the values in the graph, without those that are not in it.

    Raises:
        TypeError: something in ``wrt`` is not a `Value` or a `Tensor`.
    """
    return {graph.index(v) for group in grouped(wrt) for v in group if v in graph}


def layers(graph: Graph, wrt: Wrt) -> list[tuple[str, set[int]]]:
    """The layers by name, each with the indices of its values in the graph.

    A value on its own is not a layer. Layers without names are numbered from 1.
    """
    if isinstance(wrt, Mapping):
        named = [(str(name), group) for name, group in wrt.items()]
    else:
        groups = [group for group in wrt if not isinstance(group, Node)]
        named = [(f"layer {number}", group) for number, group in enumerate(groups, start=1)]
    return [(name, indices(graph, [group])) for name, group in named]
