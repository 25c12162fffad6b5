"""The values that a picture is asked to differentiate by: one by one, in layers, or in layers with names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd import Graph, Node
from autograd import graph as graphs

__all__ = ["Wrt", "grouped", "layers", "places"]

Wrt = Sequence[Node | Sequence[Node]] | Mapping[str, Sequence[Node]]


def grouped(wrt: Wrt) -> list[list[Node]]:
    """The values in groups, a value on its own being a group of one.

    Raises:
        TypeError: there is something in it that is not a `Value` or a `Tensor`.
    """
    return graphs.grouped(list(wrt.values()) if isinstance(wrt, Mapping) else wrt)


def places(graph: Graph, wrt: Wrt) -> set[int]:
    """The places in the graph of the values asked for; those it does not hold are left out.

    Raises:
        TypeError: there is something in ``wrt`` that is not a `Value` or a `Tensor`.
    """
    return {graph.index(v) for group in grouped(wrt) for v in group if v in graph}


def layers(graph: Graph, wrt: Wrt) -> list[tuple[str, set[int]]]:
    """The groups in ``wrt`` by name, each with the places of its values; those not in the graph left out.

    A value on its own is no layer. Without names they are called by their number.
    """
    if isinstance(wrt, Mapping):
        named = [(str(name), group) for name, group in wrt.items()]
    else:
        groups = [group for group in wrt if not isinstance(group, Node)]
        named = [(f"layer {number}", group) for number, group in enumerate(groups, start=1)]
    return [(name, places(graph, [group])) for name, group in named]
