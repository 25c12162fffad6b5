"""`backward` with `retain_graph=False`, and the memory that a sweep needs and frees."""

import gc
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import GraphError, Tensor, Value, grad, softmax_cross_entropy, value_and_grad
from autograd.recording.node import Node
from autograd.rules.fused import Fused
from autograd.rules.primitive import Primitive, apply
from tests.graphs import mlp

KINDS: dict[str, Callable[[float], Any]] = {"value": Value, "tensor": Tensor}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def test_the_gradient_is_the_same_without_retain_graph(kind: Any) -> None:
    gradients = []
    for retain_graph in (True, False):
        x, y = kind(0.5), kind(2.0)
        for _ in range(2):  # leaf gradients accumulate
            ((x * y).tanh() + x / y).backward(retain_graph=retain_graph)
        gradients.append((float(x.grad), float(y.grad)))
    assert gradients[0] == gradients[1]


def test_a_result_that_released_its_graph_is_a_constant(kind: Any) -> None:
    x = kind(0.5)
    y = x * x
    y.backward(retain_graph=False)
    assert y.is_constant
    assert y.inputs == ()
    assert (y.data, y.grad) == (0.25, 1.0)
    with pytest.raises(GraphError, match="retain_graph"):
        y.backward()
    slope = kind(3.0)
    (y * slope).backward()
    assert (x.grad, slope.grad) == (1.0, 0.25)


def test_a_result_computed_from_a_released_one_cannot_be_differentiated(kind: Any) -> None:
    x = kind(0.5)
    y = x * x
    z = y + x
    y.backward(retain_graph=False)
    with pytest.raises(GraphError, match=r"retain_graph=False.*'\+'"):
        z.backward()
    assert x.grad == 1.0


def test_results_still_referenced_keep_their_graph(kind: Any) -> None:
    x = kind(0.5)
    y = x * x
    (y * 3.0).backward(retain_graph=False)
    assert y.inputs == (x, x)
    y.backward()
    assert x.grad == 4.0


def test_a_leaf_has_no_graph_to_release(kind: Any) -> None:
    x = kind(0.5)
    for _ in range(2):
        x.backward(retain_graph=False)
    assert x.grad == 2.0
    assert not x.is_constant


def test_a_failed_backward_leaves_the_gradients_of_leaves_unchanged() -> None:
    x = Value(0.0)
    (x * 3.0).backward()
    with pytest.raises(ZeroDivisionError):
        (x.sqrt() * 2.0).backward(retain_graph=False)
    assert x.grad == 3.0


def _watched(alive: list[weakref.ref[Node]]) -> tuple[Primitive, list[int]]:
    """An identity that counts, whenever the sweep reaches it, how many of some nodes are alive."""
    counts: list[int] = []

    def partials(out: Any, a: Any) -> tuple[int]:
        counts.append(sum(ref() is not None for ref in alive))
        return (1,)

    return Primitive("watched", "watched", lambda a: a, partials), counts


def test_nodes_are_freed_as_the_sweep_passes(kind: Any, no_collector: None) -> None:
    alive: list[weakref.ref[Node]] = []
    watched, counts = _watched(alive)

    def program(x: Any) -> Any:
        for _ in range(10):
            x = apply(watched, x) * 2.0
            alive.append(weakref.ref(x))
        return x

    root = program(kind(1.0))
    root.backward()
    assert counts == [10] * 10
    counts.clear()
    root.backward(retain_graph=False)
    assert counts == [*range(10, 0, -1)]  # the root is still referenced
    del root
    alive.clear()
    counts.clear()
    assert grad(program)(1.0) == 1024
    assert counts == [*range(9, -1, -1)]


def _peak(work: Callable[[], Any]) -> int:
    work()
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_backward_without_retain_graph_needs_little_more_memory_than_the_forward_pass() -> None:
    layers, width = 10, 64
    x, y = np.random.default_rng(0).normal(size=(width, width)), np.arange(width)
    network = mlp([width] * (layers + 1), "matrix")
    array = 8 * width * width

    def loss() -> Any:
        return softmax_cross_entropy(network(x), y)

    def step(retain_graph: bool) -> None:
        for parameter in network.parameters():
            parameter.grad = None
        loss().backward(retain_graph=retain_graph)

    for parameter in network.parameters():
        parameter.grad = None
    forward = _peak(loss)
    assert _peak(lambda: step(False)) < forward + 6 * array
    assert _peak(lambda: step(True)) > forward + 2 * layers * array

    def of_weights(weights: Any) -> Any:
        h = x
        for w in weights:
            h = np.tanh(h @ w.T)
        return np.sum(h * h)

    weights = [np.array(weight.data) for weight, _ in network.layers]
    copies = layers * array  # and two arrays per layer, each freed as a gradient is computed
    assert _peak(lambda: value_and_grad(of_weights)(weights)) < copies + 2 * layers * array + 6 * array


def test_a_fused_rule_runs_once_forward_and_never_backward() -> None:
    runs = []

    def rule(a: Any) -> tuple[Any, Callable[[], tuple[Any]]]:
        runs.append(a)
        return a * a, lambda: (2 * a,)

    square = Fused("square in one", "square", rule)
    x = Tensor([1.0, 2.0])
    root = apply(square, x).sum()
    for _ in range(2):
        root.backward()
    np.testing.assert_array_equal(x.grad, [4.0, 8.0])
    assert len(runs) == 1
    np.testing.assert_array_equal(grad(lambda x: apply(square, x).sum())(np.array([3.0])), [6.0])
    assert len(runs) == 2


def test_the_residuals_of_a_fused_operation_are_freed_with_its_node(no_collector: None) -> None:
    def work() -> None:
        x = Tensor(np.ones((3, 2)))
        loss = softmax_cross_entropy(x, [0, 1, 0])
        loss.backward()
        loss.backward(retain_graph=False)

    work()
    gc.collect()
    work()
    assert gc.collect() == 0
