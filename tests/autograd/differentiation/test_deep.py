"""Graphs a million deep: nothing recurses, nothing is kept too long, and a node stays small."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from collections.abc import Iterator

import pytest

from autograd import METHODS, Graph, Value, gradient, neuron, predict, softmax_cross_entropy
from autograd.differentiation.methods import accuracy
from autograd.differentiation.methods.checkpoint import extra_steps
from tests.cases import CLOSE_METHODS
from tests.graphs import mlp, repeated

DEEP = 1_000_000
# For methods that count every operation.
LESS_DEEP = 100_000
# Well above the recursion limit.
DEEPER_THAN_RECURSION = 20_000


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """Turn the coverage tracer off: other tests reach the same lines, and a million traced steps are slow."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


def chain(length: int) -> tuple[Value, Value]:
    return repeated(lambda x: -x, length, at=1.0)


def test_forward_and_backward_through_a_million_nodes() -> None:
    x, leaf = chain(DEEP)
    assert x.data == 1
    x.backward()
    assert leaf.grad == 1
    graph = Graph(x)
    assert len(graph) == DEEP + 1
    assert graph.count_paths(leaf) == 1
    assert graph.depth == DEEP
    del graph, x  # freed one by one, without a crash
    assert leaf.grad == 1


def test_deep_graphs_through_every_input_position() -> None:
    # Deep through the first input, the second, and the last of many.
    for step in (lambda x: x + 1.0, lambda x: 1.0 + x, lambda x: neuron(0.0, [0.0, 1.0], [1.0, x])):
        x, leaf = repeated(step, DEEPER_THAN_RECURSION, at=0.0)
        x.backward()
        assert leaf.grad == 1
        assert Graph(x).depth == DEEPER_THAN_RECURSION


@pytest.mark.parametrize("method", CLOSE_METHODS)
def test_every_method_goes_deep(method: str) -> None:
    x, leaf = chain(LESS_DEEP)
    result = gradient(x, [leaf], method)
    assert result.values == pytest.approx([1], rel=1e-6)
    again = extra_steps(LESS_DEEP, 317) if method == "checkpoint" else 0
    assert result.cost.forward == LESS_DEEP * (2 if method.endswith("difference") else 1) + again


@pytest.mark.parametrize("method", CLOSE_METHODS)
def test_every_prediction_goes_deep(method: str) -> None:
    x, leaf = chain(DEEPER_THAN_RECURSION)
    expected = DEEPER_THAN_RECURSION if accuracy(method) == "exact" else 1
    assert predict(x, [leaf], method).multiplications == expected


def test_second_derivatives_go_deep() -> None:
    x = leaf = Value(1.0)
    for _ in range(10_000):
        x = x * leaf
    (first,) = gradient(x, [leaf], create_graph=True).values
    assert first.data == 10_001
    assert gradient(first, [leaf]).values == [10_001 * 10_000]


def test_a_graph_is_freed_with_its_last_reference(no_collector: None) -> None:
    leaf = Value(0.5)
    y = leaf.sin()
    z = (y * y + 3) ** 2
    loss = softmax_cross_entropy([z, neuron(y, [z], [leaf], "tanh")], 0)
    alive = [weakref.ref(v) for v in Graph(loss).nodes if v is not leaf]
    loss.backward()
    assert all(ref() is not None for ref in alive)
    del y, z, loss
    assert all(ref() is None for ref in alive)


@pytest.mark.parametrize("method", METHODS)
def test_no_method_leaves_garbage(method: str, no_collector: None) -> None:
    network = mlp([2, 3, 2])
    parameters = network.parameters()

    def work() -> None:
        loss = softmax_cross_entropy(network([0.5, 0.25]), 1)
        loss.backward()
        gradient(loss, parameters, method)
        gradient(loss, parameters, "backprop", create_graph=True)
        predict(loss, parameters, method)
        Graph(loss).replay()

    work()  # fills caches
    gc.collect()
    work()
    assert gc.collect() == 0


def test_a_failed_backward_leaves_no_garbage(no_collector: None) -> None:
    def work() -> None:
        x = Value(0.0)
        with pytest.raises(ZeroDivisionError):
            (x.sqrt() * 2).backward()

    work()
    gc.collect()
    x = Value(0.0)
    node = weakref.ref(y := x.sqrt())
    with pytest.raises(ZeroDivisionError) as caught:
        y.backward()
    del y, caught
    gc.collect()
    assert node() is None


def test_a_recorded_node_takes_less_than_250_bytes() -> None:
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        x, leaf = Value(1.5), Value(1.0)
        for _ in range(LESS_DEEP):
            x = x * leaf
        x.backward()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / LESS_DEEP < 250
