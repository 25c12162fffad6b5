"""Descents by exact gradients, differences and estimates."""

import pytest

from demos.complexity.descents_by_method import GOAL, descents


def test_what_a_descent_by_estimates_costs() -> None:
    kinds = [
        *(("backprop", 1), ("forward", 1), ("complex_step", 1), ("finite_difference", 1)),
        *(("forward_gradient", 1), ("simultaneous_perturbation", 1), ("simultaneous_perturbation", 8)),
    ]
    backprop, forward, complex_step, differences, tangent, perturbed, averaged = descents(0, kinds)
    assert all(found.loss <= GOAL for found in (backprop, forward, complex_step, differences))
    assert backprop.steps == forward.steps == complex_step.steps == differences.steps > 1
    assert backprop.loss == pytest.approx(complex_step.loss, rel=1e-12)
    assert backprop.operations < forward.operations < complex_step.operations < differences.operations
    assert (backprop.error, complex_step.error < 1e-25, differences.error < 1e-9) == (0, True, True)
    # 22 parameters: the mean squared errors are (P + 1) / k and (P - 1) / k times the square of the gradient.
    assert tangent.error == pytest.approx(23, rel=0.4)
    assert perturbed.error == pytest.approx(21, rel=0.4)
    assert averaged.error == pytest.approx(21 / 8, rel=0.4)
    for estimate in (tangent, perturbed, averaged):
        assert estimate.steps > 2 * backprop.steps
        assert estimate.operations > 5 * backprop.operations
    assert perturbed.steps > averaged.steps
