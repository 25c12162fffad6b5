"""Ways to get it wrong, right on a chain and wrong on a diamond, where two paths meet."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest

from autograd import METHODS, Graph, Linearization, Value, gradient
from autograd.differentiation.methods import Method
from demos.mistakes import MISTAKES, left_over

WRONG: list[Method] = [mistake.method for mistake in MISTAKES.values()]
# What is left over needs a second call, and is then wrong on a chain too.
AT_ONCE = [method for method in WRONG if method is not left_over]
EXACT = [name for name in METHODS if "difference" not in name]
AT = 0.7


def chain() -> tuple[Value, Value, float]:
    x = Value(AT)
    return x.square().sin().tanh(), x, (1 - math.tanh(math.sin(AT**2)) ** 2) * math.cos(AT**2) * 2 * AT


def diamond() -> tuple[Value, Value, float]:
    x = Value(AT)
    h = x.square()
    return h.sin() + h * h, x, (math.cos(AT**2) + 2 * AT**2) * 2 * AT


def derivative(algorithm: Method, root: Value, leaf: Value) -> float:
    (result,) = algorithm(Linearization(Graph(root), [[leaf]]))
    return float(getattr(result, "data", result))


@pytest.mark.parametrize("algorithm", AT_ONCE)
def test_on_a_chain_nothing_goes_wrong(algorithm: Method) -> None:
    root, leaf, expected = chain()
    assert derivative(algorithm, root, leaf) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("algorithm", WRONG)
def test_on_a_diamond_it_does(algorithm: Method) -> None:
    root, leaf, expected = diamond()
    assert derivative(algorithm, root, leaf) != pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("graph", [chain, diamond])
def test_what_is_left_over_goes_wrong_at_the_second_call(graph: Any) -> None:
    root, leaf, expected = graph()
    assert derivative(partial(left_over, calls=1), root, leaf) == pytest.approx(expected, rel=1e-12)
    assert derivative(left_over, root, leaf) != pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("graph", [chain, diamond])
@pytest.mark.parametrize("method", EXACT)
def test_every_method_is_right_on_both(method: str, graph: Any) -> None:
    root, leaf, expected = graph()
    assert derivative(METHODS[method], root, leaf) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("graph", [chain, diamond])
@pytest.mark.parametrize("method", ["finite_difference", "central_difference"])
def test_differences_come_near_on_both(method: str, graph: Any) -> None:
    root, leaf, expected = graph()
    assert gradient(root, [leaf], method).values[0] == pytest.approx(expected, rel=1e-6)
