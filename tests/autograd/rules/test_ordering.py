"""Rows that move elements to places which depend on the numbers."""

import numpy as np
import pytest

from autograd import Graph, Tensor, grad, gradient
from autograd.rules.convolution import convolve
from autograd.rules.ordering import searched, sort, taken_along

X = np.array([[3.0, 1.0, 2.0], [0.5, 0.7, 0.6]])


def test_a_graph_run_at_another_point_sorts_again() -> None:
    t = Tensor(X)
    result = sort(t, 1)
    np.testing.assert_array_equal(Graph(result).replay({t: -X})[-1], np.sort(-X, 1))


@pytest.mark.parametrize("kth", [None, 1, (0, 2)])
def test_sorting_is_what_it_is_in_numpy(kth: int | tuple[int, ...] | None) -> None:
    wanted = np.sort(X, 1) if kth is None else np.partition(X, kth, 1)
    np.testing.assert_array_equal(sort(X, 1, kth), wanted)
    np.testing.assert_array_equal(sort(Tensor(X), 1, kth).data, wanted)


def test_places_are_found_again_and_have_no_derivative() -> None:
    points, heights = Tensor([0.0, 1.0, 2.0]), Tensor([5.0, 6.0, 7.0])
    places = searched(Tensor([0.5, 1.5]), points)
    assert places.data.tolist() == [1, 2]
    result = taken_along(heights, places, 0)
    found = gradient(np.sum(result * result), [heights, points], "backprop")
    assert found.values[0].tolist() == [0.0, 12.0, 14.0]
    assert found.values[1].tolist() == [0.0, 0.0, 0.0]
    (heights * 1.0).sum().backward()
    np.sum(result).backward()
    assert heights.grad.tolist() == [1.0, 2.0, 2.0]


def test_an_element_taken_twice_receives_both_adjoints() -> None:
    places = searched(Tensor([0.5, 0.6, 3.0]), Tensor([0.0, 1.0]))
    cube = lambda a: np.sum(taken_along(a, places, 0) ** 3)  # noqa: E731
    a = np.array([1.0, 2.0, 3.0])
    assert grad(cube)(a).tolist() == [0.0, 24.0, 27.0]
    assert grad(lambda a: np.sum(grad(cube)(a)))(a).tolist() == [0.0, 24.0, 18.0]


@pytest.mark.parametrize("mode", ["full", "valid"])
@pytest.mark.parametrize(("n", "m"), [(5, 3), (3, 3), (2, 4), (1, 1)])
def test_a_convolution_is_transposed_by_convolutions(mode: str, n: int, m: int) -> None:
    rng = np.random.default_rng(0)
    a, v = rng.normal(size=n), rng.normal(size=m)
    weights = rng.normal(size=np.convolve(a, v, mode).shape)
    by_a, by_v = grad(lambda a, v: np.sum(weights * convolve(a, v, mode)), (0, 1))(a, v)
    np.testing.assert_allclose(by_a, weights @ np.stack([convolve(unit, v, mode) for unit in np.eye(n)], 1))
    np.testing.assert_allclose(by_v, weights @ np.stack([convolve(a, unit, mode) for unit in np.eye(m)], 1))
