"""Gradients of Tensors: their arrays, shapes and precision, and what `wrt` accepts."""

import numpy as np
import pytest

from autograd import (
    Graph,
    Primitive,
    Tensor,
    Value,
    apply,
    grad,
    gradient,
    jvp,
)
from tests.cases import ARRAY_METHODS, EXACT_ARRAY_METHODS


@pytest.mark.parametrize(
    "program",
    [
        lambda x, y: (x + y).sum(),
        lambda x, y: (x - y).sum(),
        lambda x, y: (x.reshape(2) + y.T).sum(),
        lambda x, y: np.concatenate([x, y]).sum(),
        lambda x, y: np.stack([x, x, y]).sum(),
        lambda x, y: np.broadcast_to(x, (1, 2)).sum() + y.sum(),
        lambda x, y: np.einsum("i,i->", x, y),
        lambda x, y: x @ y,
        lambda x, y: x[:].sum() + y[[0, 1]].sum(),
        lambda x, y: np.where(np.array([True, True]), x, y).sum(),
    ],
)
def test_gradients_share_no_memory(program):
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    root = program(x, y)
    root.backward()
    for answer in ([x.grad, y.grad], *(gradient(root, [x, y], method).values for method in ARRAY_METHODS)):
        before = [g.copy() for g in answer]
        for g in answer:
            assert type(g) is np.ndarray
            others = [v._data for v in Graph(root).nodes] + [v.grad for v in Graph(root).nodes]
            assert not any(other is not g and np.shares_memory(g, other) for other in others)
        answer[0] *= 0.0
        np.testing.assert_array_equal(answer[1], before[1])


def test_leaf_gradients_accumulate_and_interior_ones_are_overwritten():
    x = Tensor([1.0, 2.0])
    y = x * x
    root = y.sum()
    root.backward()
    root.backward()
    np.testing.assert_array_equal(x.grad, [4, 8])
    np.testing.assert_array_equal(y.grad, [1, 1])
    assert root.grad == 1
    x.grad[:] = 0.0
    root.backward()
    np.testing.assert_array_equal(x.grad, [2, 4])


def test_a_zero_dimensional_gradient_is_an_array():

    x = Tensor(2.0)
    for _ in range(2):
        (x * x).backward()
        assert type(x.grad) is np.ndarray
    x.grad[...] = 0.0
    for method in ARRAY_METHODS:
        assert type(gradient(x * x, [x], method).values[0]) is np.ndarray


def test_the_gradient_has_the_precision_of_the_leaf():
    single, double = Tensor([1.0, 2.0], dtype=np.float32), Tensor([3.0, 4.0])
    root = (single * double).sum()
    root.backward()
    assert (single.grad.dtype, double.grad.dtype) == (np.float32, np.float64)
    for method in ARRAY_METHODS:
        dtypes = [g.dtype for g in gradient(root, [single, double], method).values]
        assert dtypes == [np.float32, np.float64], method


def test_backward_starts_at_one_number_or_at_an_adjoint():
    x = Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match=r"shape \(2,\).*sum"):
        (x * x).backward()
    with pytest.raises(ValueError, match=r"shape \(3,\).*\(2,\)"):
        (x * x).backward(np.ones(3))
    with pytest.raises(ValueError, match=r"shape \(\)"):
        (x * x).backward(1.0)
    with pytest.raises(TypeError):
        (x * x).backward("one")
    assert x.grad is None
    (x * x).backward([1, 10])
    np.testing.assert_array_equal(x.grad, [2, 40])
    for method in ARRAY_METHODS:
        with pytest.raises(ValueError, match=r"shape \(2,\)"):
            gradient(x * x, [x], method)


def test_a_failed_backward_leaves_every_gradient_as_it_was():
    x = Tensor([0.0, 1.0])
    (2 * x).sum().backward()
    root = np.sqrt(x).sum()
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        root.backward()
    np.testing.assert_array_equal(x.grad, [2, 2])


def test_a_result_that_does_not_depend_on_a_tensor():
    x, y = Tensor([1.0, 2.0]), Tensor([[3.0]], dtype=np.float32)
    for method in ARRAY_METHODS:
        slope = gradient(x.sum(), [y], method).values[0]
        np.testing.assert_array_equal(slope, np.zeros((1, 1)))
    assert gradient(x.sum(), [y], create_graph=True).values[0].dtype == np.float32


def test_wrt_accepts_repeats_groups_and_interior_tensors():
    x = Tensor([1.0, 2.0])
    y = x * x
    for method in ARRAY_METHODS:
        a, b, c, d = gradient((y * y).sum(), [x, [x, y], x], method).values
        np.testing.assert_allclose(a, [4, 32], rtol=1e-6)
        np.testing.assert_allclose(b, a)
        np.testing.assert_allclose(c, [2, 8], rtol=1e-6)
        np.testing.assert_allclose(d, a)


@pytest.mark.parametrize("wrt", [Tensor(1.0), [np.ones(2)], [[1.0]], ["x"], [None]])
def test_wrt_is_a_sequence_of_tensors(wrt):
    x = Tensor([1.0])
    with pytest.raises(TypeError, match="wrt"):
        gradient(x.sum(), wrt)


def test_a_chain_deeper_than_the_recursion_limit():
    x = y = Tensor([1.0])
    for _ in range(20_000):
        y = y + 0.0
    y.backward()
    np.testing.assert_array_equal(x.grad, [1])


def test_an_adjoint_may_be_a_tensor():
    x = Tensor([1.0, 2.0])
    (x * x).backward(Tensor([1.0, 10.0]))
    np.testing.assert_array_equal(x.grad, [2.0, 40.0])


def test_mixed_precision_gives_a_gradient_in_the_precision_of_the_leaf():
    w, x = np.ones((2, 2), np.float32), np.ones((2, 2))
    for f in (lambda w: (x @ w).sum(), lambda w: np.einsum("ij,jk->", x, w), lambda w: (w * x).sum()):
        assert grad(f)(w).dtype == np.float32
        leaf = Tensor(w)
        f(leaf).backward()
        assert leaf.grad.dtype == np.float32
    assert jvp(lambda a: a**a, (w,), (w,))[1].dtype == np.float32


@pytest.mark.parametrize("factor", [-2, -1, 0, 1, 2, 3])
def test_a_local_derivative_may_be_a_whole_number(factor: int) -> None:
    scaled = Primitive("scaled", "·", lambda a: factor * a, lambda out, a: (factor,))
    x, y = Tensor([1.5, -2.0]), Value(1.5)
    np.sum(apply(scaled, x) * [1.0, 10.0]).backward()
    apply(scaled, y).backward()
    np.testing.assert_array_equal(x.grad, [factor, 10 * factor])
    assert y.grad == factor
    for method in EXACT_ARRAY_METHODS:
        total = np.sum(apply(scaled, x) * [1.0, 10.0])
        np.testing.assert_array_equal(gradient(total, [x], method).values[0], [factor, 10 * factor])
