"""Each method by itself: its result, what it stores, what it accumulates."""

from __future__ import annotations

from typing import Any

import pytest

from autograd import METHODS, Graph, Value, gradient
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.restart import dependents
from autograd.differentiation.sweep import accumulate
from tests.cases import EXACT_METHODS
from tests.graphs import diamond, repeated, straight


@pytest.mark.parametrize("graph", [straight, diamond])
@pytest.mark.parametrize("method", EXACT_METHODS)
def test_exact_methods_are_right_on_a_chain_and_a_diamond(method: str, graph: Any) -> None:
    root, leaf, expected = graph()
    (result,) = METHODS[method](Linearization(Graph(root), [[leaf]]))
    assert float(getattr(result, "data", result)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("graph", [straight, diamond])
@pytest.mark.parametrize("method", ["finite_difference", "central_difference"])
def test_differences_are_close_on_a_chain_and_a_diamond(method: str, graph: Any) -> None:
    root, leaf, expected = graph()
    assert gradient(root, [leaf], method).values[0] == pytest.approx(expected, rel=1e-6)


def stored(method: str, root: Value, leaf: Value) -> int:
    held = gradient(root, [leaf], method).cost.stored
    assert held is not None
    return held


@pytest.mark.parametrize("length", [10, 100])
def test_backprop_stores_one_adjoint_per_vertex_and_the_path_sum_almost_nothing(length: int) -> None:
    root, leaf = repeated(Value.sin, length)
    # Besides the seed, which is the adjoint of the root.
    assert stored("backprop", root, leaf) == length
    assert stored("restart", root, leaf) == length
    assert stored("paths", root, leaf) <= 3


def test_the_tree_stores_at_most_the_longest_path_and_the_leaves() -> None:
    x, leaf = repeated(lambda x: x + x.sin(), 8)
    # The product at each step of the walk, the sum of the leaf, and the product being made.
    assert stored("tree", x, leaf) <= Graph(x).depth + 3


def test_the_first_contribution_is_free() -> None:
    sums: dict[int, float] = {}
    accumulate(sums, 3, 1.5)
    accumulate(sums, 3, 2.0)
    accumulate(sums, 4, 7.0)
    assert sums == {3: 3.5, 4: 7.0}


def test_dependents_are_in_order() -> None:
    x, y = Value(1.0), Value(2.0)
    a, b = x.sin(), y.sin()
    linear = Linearization(Graph(a * b + a), [[x], [y]])
    for group in linear.groups:
        found = dependents(linear, group)
        assert found == sorted(found)
        assert found[-1] == linear.root
    both = {*dependents(linear, linear.groups[0]), *dependents(linear, linear.groups[1])}
    assert both == set(range(len(linear.edges)))


def test_a_restart_in_one_group_is_backprop() -> None:
    x, y = Value(1.0), Value(2.0)
    root = (x * y).sin() * x
    assert gradient(root, [[x, y]], "restart").cost == gradient(root, [x, y]).cost
