"""`Tensor.data`: replacing and writing it, and how a later backward notices."""

import copy

import numpy as np
import pytest

from autograd import (
    Graph,
    GraphError,
    MutatedError,
    Tensor,
    gradient,
    no_grad,
)
from tests.cases import ARRAY_METHODS


def test_the_data_of_a_leaf_can_be_replaced():
    x = Tensor([1.0, 2.0], dtype=np.float32)
    array = np.array([3.0, 4.0])
    x.data = array
    array[0] = 9
    np.testing.assert_array_equal(x.data, [3, 4])
    assert x.dtype == np.float32
    x.data -= 1
    np.testing.assert_array_equal(x.data, [2, 3])
    x.data[0] = 7
    np.testing.assert_array_equal(x.data, [7, 3])


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (np.ones(3), ValueError),
        (1.0, ValueError),
        ("abc", TypeError),
        (None, TypeError),
        (Tensor([1.0, 1]), TypeError),
    ],
)
def test_data_that_does_not_fit_is_refused(data, error):
    x = Tensor([1.0, 2.0])
    with pytest.raises(error):
        x.data = data
    np.testing.assert_array_equal(x.data, [1, 2])


def test_data_of_a_result_is_read_only():
    x = Tensor([1.0, 2.0])
    for result in (x * x, x[:], x.reshape(2, 1), x.T, x.sum(), x.detach(), np.broadcast_to(x, (2, 2))):
        with pytest.raises(ValueError, match="read-only"):
            result.data[...] = 5.0
        with pytest.raises(GraphError):
            result.data = result.data
    np.testing.assert_array_equal(x.data, [1, 2])


def replaced(x):
    x.data = x.data + 1


def replaced_by_itself(x):
    x.data = x.data


def stepped(x):
    x.data -= 0.5


def written(x):
    x.data[0] = 7.0


def written_through_a_view(x):
    x.data.reshape(-1)[0] = 7.0


@pytest.mark.parametrize("seen", [False, True], ids=["first reading", "read before"])
@pytest.mark.parametrize("change", [replaced, replaced_by_itself, stepped, written, written_through_a_view])
def test_a_leaf_changed_after_its_use_is_detected(change, seen):
    x = Tensor([1.0, 2.0])
    if seen:
        assert x.data.sum() == 3
    y = (x * x).sum()
    change(x)
    with pytest.raises(MutatedError, match="compute it again"):
        y.backward()
    assert x.grad is None
    assert y.grad is None
    for method in ARRAY_METHODS:
        with pytest.raises(MutatedError, match="compute it again"):
            gradient(y, [x], method)
    with pytest.raises(MutatedError, match="compute it again"):
        Graph(y)
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * x.data)


def test_writing_to_an_array_obtained_earlier_is_detected():
    x = Tensor(np.ones((3, 4)).T)
    array = x.data
    y = (x * x).sum()
    array[0, 0] = 3.0
    with pytest.raises(MutatedError):
        y.backward()


@pytest.mark.parametrize("change", [replaced, stepped, written])
def test_a_leaf_may_change_before_its_use(change):
    x = Tensor([1.0, 2.0])
    change(x)
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * x.data)


def test_reading_the_data_changes_nothing():

    x = Tensor([1.0, 2.0])
    y = np.sin(x)
    assert x.data.max() == 2.0
    (y + x).sum().backward()
    np.testing.assert_allclose(x.grad, np.cos(x.data) + 1)


def test_training_in_place():
    w = Tensor([0.0, 0.0])
    wanted = np.array([1.0, -2.0])
    for _ in range(60):
        w.grad = None
        ((w - wanted) ** 2).sum().backward()
        w.data -= 0.25 * w.grad
    np.testing.assert_allclose(w.data, wanted)


def test_copies_do_not_follow_a_leaf():

    x, w = Tensor([1.0, 2.0]), Tensor([1.0, 1.0])
    before = x.detach()
    with no_grad():
        parts = [x[:], x.T, x.reshape(2, 1), np.broadcast_to(x, (1, 2))]
    y = (w * before).sum() + sum((w * part.ravel()).sum() for part in parts)
    x.data[:] = 100.0
    np.testing.assert_array_equal(before.data, [1, 2])
    for part in parts:
        np.testing.assert_array_equal(part.data.ravel(), [1, 2])
    y.backward()
    np.testing.assert_array_equal(w.grad, [5, 10])


def test_a_deep_copy_has_its_own_array():
    x = Tensor([1.0, 2.0], name="x")
    other = copy.deepcopy(x)
    other.data[0] = 9.0
    np.testing.assert_array_equal(x.data, [1, 2])
    (other * other).sum().backward()
    np.testing.assert_array_equal(other.grad, [18, 4])
    assert x.grad is None


def test_constant_arrays_are_copied():
    x = Tensor([1.0, 2.0])
    factors, mask = np.array([3.0, 4.0]), np.array([True, False])
    y = (x * factors + np.where(mask, x, factors)).sum() + x[mask].sum()
    factors[:] = 0
    mask[:] = ~mask
    y.backward()
    np.testing.assert_array_equal(x.grad, [5, 4])
