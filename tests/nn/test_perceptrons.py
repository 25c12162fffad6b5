"""The perceptrons that the engine's tests build by hand record the graphs that nn's networks record."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Graph, Value, softmax_cross_entropy
from tests import graphs


def recorded(root: Any) -> tuple[Any, ...]:
    """Everything in a graph: operations, edges, names, numbers."""
    graph = Graph(root)
    return (
        [(v.op, v.name, np.shape(v.data)) for v in graph.nodes],
        list(graph.edges),
        [np.asarray(v.data).tolist() for v in graph.nodes],
    )


@pytest.mark.parametrize("sizes", [(2, 1), (2, 4, 2), (3, 4, 4, 1)])
@pytest.mark.parametrize("granularity", ["scalar", "neuron", "matrix"])
def test_the_same_graph_is_recorded(granularity: str, sizes: tuple[int, ...]) -> None:
    ours = nn.MLP(sizes, granularity=granularity, seed=3)
    by_hand = graphs.mlp(sizes, granularity, seed=3)
    names = [[v.name for v in layer.parameters()] for layer in ours.layers]
    assert [[v.name for v in layer] for layer in by_hand.by_layer()] == names
    assert [v.name for v in by_hand.parameters()] == [v.name for v in ours.parameters()]
    inputs = [0.5 - 0.25 * i for i in range(sizes[0])]
    targets = [0.25] * sizes[-1]
    for make in (float, Value) if granularity != "matrix" else (float,):
        x = [make(number) for number in inputs]
        first, second = ours(x), by_hand(x)
        assert recorded(softmax_cross_entropy(first, 0)) == recorded(softmax_cross_entropy(second, 0))
        assert recorded(nn.squared_error(first, targets)) == recorded(graphs.squared_error(second, targets))


def test_the_same_graph_is_recorded_of_a_batch() -> None:
    ours, by_hand = nn.MLP((2, 3, 2), seed=1), graphs.mlp((2, 3, 2), "matrix", seed=1)
    x, targets = np.linspace(-1, 1, 8).reshape(4, 2), np.full((4, 2), 0.25)
    assert recorded(nn.squared_error(ours(x), targets)) == recorded(graphs.squared_error(by_hand(x), targets))
    assert recorded(nn.cross_entropy(ours(x), [0, 1, 1, 0])) == recorded(
        softmax_cross_entropy(by_hand(x), [0, 1, 1, 0])
    )
