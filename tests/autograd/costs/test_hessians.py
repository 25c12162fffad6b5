"""Hessians in every way that has a name: equal, counted, and hyper-dual numbers on every rule."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from autograd import GraphError, Tensor, Value, apply, gradient, hessian, softmax_cross_entropy
from autograd.costs.hessians import HESSIANS, hessian_by
from autograd.numbers.hyper_dual import HyperDual
from tests.cases import every_scalar_case
from tests.graphs import Program, mlp, programs

EXACT = [name for name in HESSIANS if name != "differences"]
SMOOTH = ("add", "sub", "mul", "neg", "square", "cube", "sin", "tanh", "sigmoid", "neuron", "cross_entropy")


@given(programs(SMOOTH, max_steps=6, max_paths=60))
def test_all_exact_ways_agree(program: Program) -> None:
    root, leaves, _ = program.record()
    expected = hessian_by(root, leaves).values
    for method in EXACT:
        scale = max(1.0, *map(abs, expected))
        assert hessian_by(root, leaves, method).values == pytest.approx(expected, abs=1e-8 * scale), method


def test_they_are_the_hessian_of_the_transform() -> None:
    def f(x):
        return np.tanh(x[0] * x[1]) + x[2] ** 3 * x[0]

    at = [0.5, -1.25, 0.75]
    leaves = [Value(x) for x in at]
    expected = hessian(f)(np.array(at)).ravel()
    for method in HESSIANS:
        close = 1e-6 if method == "differences" else 1e-12
        assert hessian_by(f(leaves), leaves, method).values == pytest.approx(expected, abs=close), method


def test_forward_evaluation_alone_costs_more_than_any_sweep_over_the_gradient() -> None:
    network = mlp([2, 4, 2])
    loss, parameters = softmax_cross_entropy(network([0.1, 0.2]), 1), network.parameters()
    costs = {method: hessian_by(loss, parameters, method).cost for method in HESSIANS}
    sweeps = [cost.total for method, cost in costs.items() if "over" in method]
    assert max(sweeps) < 2 * min(sweeps)
    assert costs["differences"].total > 10 * max(sweeps)
    assert costs["hyper-dual"].total > costs["differences"].total  # an operation is about nine on its parts
    for method in ("hyper-dual", "differences"):
        assert costs[method].partials == 0
    pairs = 22 * 23 // 2
    assert costs["differences"].forward == 4 * pairs * gradient(loss, parameters).cost.forward


@every_scalar_case
def test_a_rule_on_hyper_duals_gives_what_two_sweeps_give(row, point) -> None:
    leaves = [Value(x) for x in point]
    root = apply(row, *leaves)
    slopes = gradient(root, leaves, create_graph=True).values
    right = [gradient(slope, leaves).values for slope in slopes]
    for i in range(len(point)):
        for j in range(len(point)):
            numbers = [HyperDual(x, float(i == k), float(j == k)) for k, x in enumerate(point)]
            found = apply(row, *numbers)
            assert found.data == pytest.approx(root.data, rel=1e-12)
            assert found.first == pytest.approx(slopes[i].data, rel=1e-9, abs=1e-12)
            assert found.second == pytest.approx(slopes[j].data, rel=1e-9, abs=1e-12)
            assert found.mixed == pytest.approx(right[i][j], rel=1e-9, abs=1e-10)


def test_hyper_dual_numbers_are_exact_on_fractions_and_run_numpy() -> None:
    x = HyperDual(Fraction(1, 3), 1, 1)
    cube = x * x * x
    assert (cube.data, cube.first, cube.mixed) == (Fraction(1, 27), Fraction(1, 3), 2)
    y = np.tanh(HyperDual(0.5, 1, 1)) * 2 + 1
    assert y.mixed == pytest.approx(2 * -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2), rel=1e-12)
    assert repr(HyperDual(1.0)) == "HyperDual(data=1.0, first=0, second=0, mixed=0)"
    array = HyperDual(np.array([1.0, 2.0]), np.ones(2), np.ones(2))
    np.testing.assert_array_equal((array * array).mixed, [2.0, 2.0])


def test_a_leaf_that_is_not_used_has_zeros() -> None:
    x, unused = Value(2.0), Value(1.0)
    for method in HESSIANS:
        found = hessian_by(x**3, [x, unused], method).values
        assert found == pytest.approx([12, 0, 0, 0], rel=1e-6, abs=1e-6)


def test_fractions_stay_exact_and_differences_fit_the_size_of_a_value() -> None:
    third, large = Value(Fraction(1, 3)), Value(1e8)
    for method in HESSIANS:
        if method != "differences":
            assert hessian_by(third**3, [third], method).values == [Fraction(2)]
        assert hessian_by(large**3, [large], method).values == pytest.approx([6e8], rel=1e-6)
        assert hessian_by(third**3, [], method).values == []
        grouped = hessian_by(third**3 * large, [[third], [large]], method).values
        assert grouped == pytest.approx([2e8, 1 / 3, 1 / 3, 0], rel=1e-5, abs=1e-5)


def test_what_is_refused() -> None:
    x = Value(2.0)
    with pytest.raises(TypeError, match="wrt is a sequence of Values or Tensors, not Value"):
        hessian_by(x * x, x)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"wrt\[0\] holds a str"):
        hessian_by(x * x, "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a graph needs a Value or a Tensor, not float"):
        hessian_by(4.0, [x])  # type: ignore[arg-type]
    with pytest.raises(KeyError, match="no Hessian method 'newton'; there are forward over reverse, "):
        hessian_by(x * x, [x], "newton")
    with pytest.raises(GraphError, match=r"use hessian\(f\) for arrays"):
        hessian_by(Tensor(2.0) * 3, [])
    with pytest.raises(GraphError, match="by leaves"):
        hessian_by(y := x * x, [y])
