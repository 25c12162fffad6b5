"""Whole numbers among the arguments index lists and arrays, in one program for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    compile,  # noqa: A004
    grad,
    hessian,
    softmax_cross_entropy,
    take,
    value_and_grad,
    values,
)
from tests.cases import needs_compiler

BACKENDS = pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])

TABLE = [[0.5, -1.0], [2.0, 0.25], [-0.75, 1.5]]
POINT = np.linspace(-1, 1, 24).reshape(4, 3, 2)


@BACKENDS
def test_one_program_serves_all_indices_of_a_list(backend: str | None) -> None:
    traced = []

    def f(table: Any, tokens: Any) -> Any:
        traced.append(tokens)
        return take(take(table, tokens[0]), tokens[1]) * take(table, tokens[2])[0]

    compiled = compile(value_and_grad(f), backend=backend)
    for tokens in ([0, 0, 1], [2, 1, 2], [-1, -2, 0], [np.int64(1), 0, -3]):
        value, slopes = compiled(TABLE, tokens)
        found = value_and_grad(lambda table, tokens=tokens: f(table, tokens))(TABLE)
        assert (value, slopes) == found
    assert sum(isinstance(tokens[0], Value) for tokens in traced) == 1


@BACKENDS
@pytest.mark.parametrize("wrong", [3, -4, 2**70])
def test_an_index_out_of_range_is_told(wrong: int, backend: str | None) -> None:
    f = compile(grad(lambda items, i: take(items, i) ** 2), backend=backend)
    assert f([1.0, 2.0, 3.0], 2) == [0.0, 0.0, 6.0]
    with pytest.raises(
        IndexError, match=r"the index .* is not one of 3 items: give a whole number from -3 to 2"
    ):
        f([1.0, 2.0, 3.0], wrong)
    assert f([1.0, 2.0, 3.0], 0) == [2.0, 0.0, 0.0]


def test_an_index_is_whole() -> None:
    f = compile(lambda items, i: take(items, i))
    assert f([1.0, 2.0], 1.0) == 2.0
    with pytest.raises(IndexError, match=r"the index 0\.5 is not one of 2 items"):
        f([1.0, 2.0], 0.5)
    with pytest.raises(IndexError, match="an item of no items"):
        compile(lambda i: take([], i))(0)


@pytest.mark.parametrize("backend", [None, "jax"])
def test_a_mask_among_the_arguments_is_no_index(backend: str | None) -> None:
    if backend:
        pytest.importorskip(backend)
    for of in (lambda mask: mask, lambda mask: mask[::-1], lambda mask: [mask[0], mask[1], mask[2]]):
        f = compile(lambda x, mask, of=of: np.sum(x[of(mask)]), backend=backend)
        with pytest.raises(TypeError, match="a mask in a compiled function selects another number of elem"):
            f(np.ones(3), np.array([True, False, True]))
    g = compile(lambda x, mask: np.sum(x * mask), backend=backend)
    assert float(g(np.ones(3), np.array([True, False, True]))) == 2.0


def test_an_index_that_counts_is_refused_in_words() -> None:
    for f in (lambda x, n: sum(x for _ in range(n)), lambda x, n: [x, x][n], lambda x, n: x.reshape(n)):
        with pytest.raises(TypeError, match=r"test_indices.py, line \d+: .* whole number"):
            compile(f)(np.ones(2) if "reshape" in f.__code__.co_names else 1.0, 1)


def test_plain_numbers_are_indexed_by_take() -> None:
    plain = np.arange(4.0)
    with pytest.raises(TypeError, match=r"test_indices.py, line \d+: .*write take\(items, i\)"):
        compile(lambda x, i: x * plain[i])(np.ones(2), 3)
    with pytest.raises(TypeError, match=r"test_indices.py, line \d+: .* write take\(items, i\) for an item"):
        compile(lambda x, i: x[i])([1.0, 2.0], 1)
    assert compile(lambda x, i: x * take(plain, i))(np.ones(2), 3).tolist() == [3.0, 3.0]


def test_without_compiling_take_is_indexing() -> None:
    assert take(TABLE, -1) == [-0.75, 1.5]
    assert take(np.arange(6).reshape(3, 2), [0, 2]).tolist() == [[0, 1], [4, 5]]
    item = take([Value(2.0), Value(3.0)], Value(1))
    item.backward()
    assert item.data == 3.0
    with pytest.raises(TypeError, match="an index is of whole numbers"):
        Tensor([1.0, 2.0])[Tensor([1.0])]  # type: ignore[index]


@BACKENDS
def test_arrays_of_values_and_plain_tables_are_indexed_too(backend: str | None) -> None:
    f = compile(lambda table, i: take(table, i).sum() * take([10.0, 20.0], i), backend=backend)
    table = np.array([[1.0, 2.0], [3.0, 4.0]], dtype=object)
    assert f(table, 0) == 30.0
    assert f(table, 1) == 140.0
    assert take(values(np.eye(2)), 1)[1].data == 1.0


@pytest.mark.parametrize("backend", [None, "native"])
@pytest.mark.filterwarnings("ignore:no native code")
def test_over_a_batch_every_example_has_its_index(backend: str | None) -> None:
    f = compile(grad(lambda w, i: take(w, i) ** 2), batch=1, reduce="sum", backend=backend)
    assert f([1.0, 2.0, 3.0], np.array([0, 2, 2, -2])) == [2.0, 4.0, 12.0]
    with pytest.raises(IndexError, match="the index 3 is not one of 3 items"):
        f([1.0, 2.0, 3.0], np.array([0, 2, 3, -2]))


# ---- arrays

INDICES = {
    "rows": lambda a, i, j: a[i],
    "columns": lambda a, i, j: a[:, j],
    "last": lambda a, i, j: a[..., j % 2],
    "pairs": lambda a, i, j: a[i, j],
    "apart": lambda a, i, j: a[i, :, j % 2],
    "plain beside traced": lambda a, i, j: a[np.arange(2)[:, None], j],
    "a slice and a new axis": lambda a, i, j: a[1:, None, j],
    "one": lambda a, i, j: a[i[0], j[1]],
    "lists": lambda a, i, j: a[[i[0], 1], [[j[0]], [j[1]]]],
    "moved": lambda a, i, j: (a.T * 2)[:, j].reshape(-1)[i],
    "take": lambda a, i, j: take(a, i) * take(POINT, i),
}


@BACKENDS
@pytest.mark.parametrize("name", INDICES)
def test_arrays_are_indexed_as_numpy_does(name: str, backend: str | None) -> None:
    def f(a: Any, i: Any, j: Any) -> Any:
        return np.sum(np.tanh(INDICES[name](a, i, j)) * np.exp(INDICES[name](a, i, j)))

    compiled = compile(value_and_grad(f), backend=backend)
    for i, j in ([[0, 3], [1, 2]], [[-1, -1], [0, -3]], [[2, 2], [2, 2]]):
        i, j = np.array(i), np.array(j)
        value, slopes = value_and_grad(lambda a, i=i, j=j: f(a, i, j))(POINT)
        found = compiled(POINT, i, j)
        np.testing.assert_allclose(found[0], value, rtol=1e-13)
        np.testing.assert_allclose(found[1], slopes, rtol=1e-13, atol=1e-15)
    assert len(compiled._specializations) == 1


@pytest.mark.parametrize("name", INDICES)
def test_jax_does_too(name: str) -> None:
    pytest.importorskip("jax")

    def f(a: Any, i: Any, j: Any) -> Any:
        return np.sum(np.tanh(INDICES[name](a, i, j)))

    compiled = compile(value_and_grad(f), backend="jax")
    for i, j in ([[0, 3], [1, 2]], [[-1, -1], [0, -3]]):
        i, j = np.array(i), np.array(j)
        value, slopes = value_and_grad(lambda a, i=i, j=j: f(a, i, j))(POINT)
        found = compiled(POINT, i, j)
        np.testing.assert_allclose(found[0], value, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(found[1], slopes, rtol=1e-12, atol=1e-14)


def test_an_index_out_of_range_gives_nan_in_jax() -> None:
    pytest.importorskip("jax")
    f = compile(lambda a, i: a[i], backend="jax")
    f(np.arange(3.0), np.zeros(4, int))
    np.testing.assert_array_equal(f(np.arange(3.0), np.array([1, 3, -3, -4])), [1.0, np.nan, 0.0, np.nan])


@BACKENDS
def test_labels_of_a_cross_entropy_are_checked(backend: str | None) -> None:
    f = compile(grad(lambda z, y: softmax_cross_entropy(z, y)), backend=backend)
    z = np.eye(3)
    np.testing.assert_allclose(
        f(z, np.array([0, 1, 1])), grad(lambda z: softmax_cross_entropy(z, [0, 1, 1]))(z)
    )
    for wrong in (3, -1):
        with pytest.raises(IndexError, match=rf"the index {wrong} is not one of 3 items: .* from 0 to 2"):
            f(z, np.array([0, 1, wrong]))


@BACKENDS
def test_an_index_of_an_array_out_of_range_is_told(backend: str | None) -> None:
    f = compile(lambda a, i: np.sum(a[i]), backend=backend)
    assert f(np.arange(3.0), np.array([1, -1])) == 3.0
    with pytest.raises(IndexError, match="the index 5 is not one of 3 items"):
        f(np.arange(3.0), np.array([1, 5]))


def test_derivatives_of_derivatives_pass_an_index() -> None:
    a, i = np.array([0.5, -0.25, 2.0]), np.array([0, 2, 2])
    found = compile(lambda a, i: hessian(lambda a: np.sum(a[i] ** 3))(a))(a, i)
    np.testing.assert_allclose(found, np.diag([3.0, 0.0, 24.0]))


def test_single_precision_stays() -> None:
    f = compile(lambda a, i: a[i] * 2)
    assert f(np.ones(3, np.float32), np.array([0, 1])).dtype == np.float32
