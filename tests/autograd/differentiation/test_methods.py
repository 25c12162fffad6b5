"""How much each method holds at once, and what it multiplies out."""

from __future__ import annotations

import pytest

from autograd import Graph, Value, gradient
from autograd.differentiation.graph import Linearization
from autograd.differentiation.methods.accumulate import accumulate
from autograd.differentiation.methods.restart import dependents


def chain(length: int) -> tuple[Value, Value]:
    x = leaf = Value(0.5)
    for _ in range(length):
        x = x.sin()
    return x, leaf


def stored(method: str, root: Value, leaf: Value) -> int:
    held = gradient(root, [leaf], method).cost.stored
    assert held is not None
    return held


@pytest.mark.parametrize("length", [10, 100])
def test_reverse_holds_an_adjoint_a_vertex_and_the_path_sum_next_to_nothing(length: int) -> None:
    root, leaf = chain(length)
    # beside the seed, which is the adjoint of the root
    assert stored("backprop", root, leaf) == length
    assert stored("restart", root, leaf) == length
    assert stored("paths", root, leaf) <= 3


def test_the_tree_holds_no_more_than_the_longest_path_and_the_leaves() -> None:
    x = leaf = Value(0.5)
    for _ in range(8):
        x = x + x.sin()
    # the product at every step of the walk, the sum of the leaf, and the one being made
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
