"""Four ways to get it wrong, each right on a chain and wrong on a diamond, where two paths meet."""

from __future__ import annotations

import math
from typing import Any

import pytest

from autograd import METHODS, Graph, Linearization, Value, gradient
from autograd.methods import Method


def repropagate(linearization: Linearization) -> list[Any]:
    """Pass on the sum so far at every arrival, so that what came first is passed on twice."""
    adjoints = {linearization.root: linearization.seed}
    arrivals = [linearization.root]
    while arrivals:
        v = arrivals.pop()
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints.get(u, 0) + adjoints[v] * derivative
            arrivals.append(u)
    return linearization.gather(adjoints)


def overwrite(linearization: Linearization) -> list[Any]:
    """``=`` for ``+=``: the last path wins."""
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints[v] * derivative
    return linearization.gather(adjoints)


def without_order(linearization: Linearization) -> list[Any]:
    """Depth first, every vertex once, as soon as it is met: some are left before all has arrived."""
    adjoints = {linearization.root: linearization.seed}
    met = {linearization.root}
    waiting = [linearization.root]
    while waiting:
        v = waiting.pop()
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints.get(u, 0) + adjoints[v] * derivative
            if u not in met:
                met.add(u)
                waiting.append(u)
    return linearization.gather(adjoints)


def parents_in_a_set(linearization: Linearization) -> list[Any]:
    """Backprop, where a value is its user's parent only once."""
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in dict(linearization.edges[v]).items():
            adjoints[u] = adjoints.get(u, 0) + adjoints[v] * derivative
    return linearization.gather(adjoints)


WRONG: list[Method] = [repropagate, overwrite, without_order, parents_in_a_set]
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


@pytest.mark.parametrize("algorithm", WRONG)
def test_on_a_chain_nothing_goes_wrong(algorithm: Method) -> None:
    root, leaf, expected = chain()
    assert derivative(algorithm, root, leaf) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("algorithm", WRONG)
def test_on_a_diamond_it_does(algorithm: Method) -> None:
    root, leaf, expected = diamond()
    assert derivative(algorithm, root, leaf) != pytest.approx(expected, rel=0.05)


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
