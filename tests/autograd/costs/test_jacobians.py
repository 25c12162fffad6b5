"""Jacobians in every direction: equal, counted, and won from the middle where results share a bottleneck."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import GraphError, Tensor, Value, gradient, jacobian
from autograd.costs.jacobians import DIRECTIONS, jacobian_by
from tests.graphs import Program, mlp, programs


@given(programs(), st.data())
def test_all_directions_agree(program: Program, data: st.DataObject) -> None:
    _, leaves, results = program.record()
    outputs = data.draw(st.lists(st.sampled_from(results), min_size=1, max_size=4))
    expected = [x for y in outputs for x in gradient(y, leaves).values]
    scale = max(1.0, *map(abs, expected))
    for method in DIRECTIONS:
        found = jacobian_by(outputs, leaves, method)
        assert found.values == pytest.approx(expected, abs=1e-7 * scale), method
        assert found.method == method


def bottleneck(n: int) -> tuple[list[Value], list[Value]]:
    """A function from n values through one to n, as a layer of one neuron."""
    x = [Value(0.1 * i) for i in range(n)]
    middle = sum(x[1:], start=x[0]).tanh()
    return [middle * (i + 0.5) for i in range(n)], x


@pytest.mark.parametrize("n", [3, 5, 8, 20])
def test_through_one_value_an_order_from_the_middle_wins(n: int) -> None:
    results, x = bottleneck(n)
    products = {name: jacobian_by(results, x, name).cost.multiplications for name in DIRECTIONS}
    least = products.pop("eliminate-markowitz")
    assert least < min(products.values())
    # The products of n slopes before the middle and n after it, and of n edges with the seed.
    assert least - n * n <= 4 * n


def test_through_a_narrow_layer_an_order_from_the_middle_wins() -> None:
    network = mlp([8, 2, 8])
    x = [Value(0.1 * i - 0.3) for i in range(8)]
    costs = {name: jacobian_by(network(x), x, name).cost for name in DIRECTIONS}
    least = costs.pop("eliminate-markowitz")
    for cost in costs.values():
        assert least.multiplications < cost.multiplications
        assert least.multiplications + least.additions < cost.multiplications + cost.additions
    assert len({(cost.forward, cost.partials) for cost in (least, *costs.values())}) == 1


def test_one_result_costs_what_a_gradient_costs() -> None:
    network = mlp([3, 4, 1])
    (y,) = network([0.5, -0.25, 1.0])
    parameters = network.parameters()
    for name, method in (("reverse", "backprop"), ("forward", "forward"), ("eliminate-reverse", "backprop")):
        ours, theirs = jacobian_by([y], parameters, name).cost, gradient(y, parameters, method).cost
        assert ours._replace(stored=None) == theirs._replace(stored=None)


def test_the_best_order_is_found_for_several_results() -> None:
    results, x = bottleneck(2)
    best = jacobian_by(results, x, "eliminate", order="optimal").cost.multiplications
    assert best <= min(jacobian_by(results, x, name).cost.multiplications for name in DIRECTIONS[2:])


@pytest.mark.parametrize("method", DIRECTIONS)
def test_the_transform_takes_a_direction(method: str) -> None:
    def f(x, y):
        return np.tanh(x * y) + x[0]

    at = np.array([0.5, -1.5]), 2.0
    found = jacobian(f, argnums=(0, 1), method=method)(*at)
    expected = jacobian(f, argnums=(0, 1))(*at)
    for block, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(block, right, rtol=1e-12)
        assert np.shape(block) == np.shape(right)
    assert jacobian(lambda x: x * x, method=method)(3.0) == pytest.approx(6.0)
    assert jacobian(lambda x: 3.0, method=method)(1.0) == 0.0
    assert jacobian(np.ravel, method=method)(np.ones((2, 3))).shape == (6, 2, 3)


def square(x):
    return x * x


def test_a_directed_jacobian_is_a_function_as_any_other() -> None:
    f = jacobian(square, method="forward")
    assert repr(f).startswith("<jacobian of <function square")
    assert pickle.loads(pickle.dumps(f))(2.0) == 4.0
    assert jacobian(method="eliminate-markowitz")(square)(2.0) == 4.0


def test_what_is_refused() -> None:
    x = Value(2.0)
    with pytest.raises(KeyError, match="no Jacobian method 'sideways'; there are reverse, forward, "):
        jacobian_by([x * x], [x], "sideways")
    with pytest.raises(TypeError, match="'forward' has no option 'order'"):
        jacobian_by([x * x], [x], "forward", order="reverse")
    with pytest.raises(ValueError, match="at least one result"):
        jacobian_by([], [x])
    with pytest.raises(GraphError, match="run the program on values"):
        jacobian_by([Tensor(2.0) * 3], [])
    with pytest.raises(KeyError, match="no Jacobian method 'paths'"):
        jacobian(square, method="paths")(1.0)
    with pytest.raises(TypeError, match="argument 0 must be a number or an array of numbers"):
        jacobian(square, method="forward")({"a": 1.0})
    with pytest.raises(TypeError, match="argument 0 must be a number or an array of numbers"):
        jacobian(square, method="forward")([1.0, 2.0])
    for result in ({"a": 1.0}, (1.0, 2.0), None):
        with pytest.raises(TypeError, match="gives a number or an array, not"):
            jacobian(lambda x, result=result: result, method="forward")(1.0)
    for recorded in (x, Tensor([1.0, 2.0]), np.array([x])):
        with pytest.raises(TypeError, match=r"argument 0 is recorded, .* leave out method"):
            jacobian(square, method="forward")(recorded)
    with pytest.raises(TypeError, match="one of NumPy's functions in it does not: leave out method"):
        jacobian(np.linalg.inv, method="forward")(np.eye(2))
    with pytest.raises(TypeError, match="can't multiply"):
        jacobian(lambda x: "a" * "b", method="forward")(1.0)
    with pytest.raises(TypeError, match="the method must be a name such as 'reverse', not None"):
        jacobian(square, method=None)(1.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"results\[0\] holds a float"):
        jacobian_by([3.0], [x])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="results is a sequence of Values or Tensors, not Value"):
        jacobian_by(x * x, [x])  # type: ignore[arg-type]


def test_single_precision_stays() -> None:
    at = np.array([1.0, 2.0], np.float32)
    blocks = [jacobian(square, method=method)(at) for method in ("reverse", "forward", "eliminate")]
    assert [block.dtype for block in blocks] == [np.float32] * 3
