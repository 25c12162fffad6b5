"""The wrong algorithms are right on a chain, and wrong on a diamond, where paths meet."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from autograd import Graph, Linearization, Value
from autograd.differentiation.methods import Method
from demos.mistakes import MISTAKES, left_over
from tests.graphs import diamond, straight

WRONG: list[Method] = [mistake.method for mistake in MISTAKES.values()]
# `left_over` fails at its second call, and then on a chain too.
AT_ONCE = [method for method in WRONG if method is not left_over]


def derivative(algorithm: Method, root: Value, leaf: Value) -> float:
    (result,) = algorithm(Linearization(Graph(root), [[leaf]]))
    return float(getattr(result, "data", result))


@pytest.mark.parametrize("algorithm", AT_ONCE)
def test_each_is_right_on_a_chain(algorithm: Method) -> None:
    root, leaf, expected = straight()
    assert derivative(algorithm, root, leaf) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("algorithm", WRONG)
def test_each_is_wrong_on_a_diamond(algorithm: Method) -> None:
    root, leaf, expected = diamond()
    assert derivative(algorithm, root, leaf) != pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("graph", [straight, diamond])
def test_leftover_adjoints_are_wrong_at_the_second_call(graph: Any) -> None:
    root, leaf, expected = graph()
    assert derivative(partial(left_over, calls=1), root, leaf) == pytest.approx(expected, rel=1e-12)
    assert derivative(left_over, root, leaf) != pytest.approx(expected, rel=0.05)
