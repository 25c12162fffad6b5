"""Programs of arrays give the eager results, in arrays that are reused and never returned."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from autograd import (
    ControlFlowError,
    Tensor,
    compile,  # noqa: A004
    grad,
    hvp,
    log_softmax,
    logsumexp,
    relu,
    softmax,
    softmax_cross_entropy,
    value_and_grad,
)
from tests.cases import ARRAY_CASES as CASES
from tests.cases import numbers, same

X = np.random.default_rng(0).normal(size=(4, 3))


@pytest.mark.parametrize("name", CASES)
def test_every_case_with_first_and_second_derivatives(name: str) -> None:
    function, *shapes = CASES[name]
    points = [numbers(tuple(shapes), seed) for seed in (0, 1, 2)]
    outputs = function(*map(Tensor, points[0]))
    weights = np.random.default_rng(1).standard_normal(outputs.shape)
    argnums = range(len(shapes))

    def loss(*x: Any) -> Any:
        return np.sum(weights * np.sin(function(*x)))

    def everything(*x: Any) -> Any:
        return value_and_grad(loss, argnums)(*x), list(hvp(loss, x, points[2]) if len(x) > 1 else ())

    compiled, plain = compile(everything), compile(function)
    for x in points:
        same(compiled(*x), everything(*x))
        expected = function(*map(Tensor, x)).data
        np.testing.assert_allclose(plain(*x), expected, rtol=1e-12, atol=1e-12)


def test_single_precision_stays() -> None:
    def step(w: Any, x: Any, rate: Any, labels: Any) -> Any:
        loss = lambda w: softmax_cross_entropy(x @ w, labels)  # noqa: E731
        value, slope = value_and_grad(loss)(w)
        return value, w - rate * slope

    w, x, labels = X.T[:, :2].astype(np.float32), X.astype(np.float32), np.array([0, 1, 1, 0])
    value, moved = compile(step)(w, x, 0.5, labels)
    assert moved.dtype == np.float32
    expected = step(Tensor(w), x, np.float32(0.5), labels)
    np.testing.assert_allclose(value, expected[0].data, rtol=1e-6)
    np.testing.assert_allclose(moved, expected[1].data, rtol=1e-5)


def test_arrays_are_reused_and_results_belong_to_the_caller() -> None:
    f = compile(lambda x: (np.tanh(np.sin(x) * 2) * 3, x.T, x, np.exp(x), np.exp(x), X))
    first = f(X)
    kept = [a.copy() for a in first]
    second = f(X + 1)
    for a, b in zip(first, kept, strict=True):
        np.testing.assert_array_equal(a, b)
    arrays = [X, *first, *second]
    for i, a in enumerate(arrays):
        assert all(not np.may_share_memory(a, b) for b in arrays[:i])
    assert set(re.findall(r"\bb\d+", f.source)) == {"b0"}


def test_the_array_of_a_view_is_not_reused() -> None:
    def f(x: Any) -> Any:
        y = (x + 1).T
        z = np.exp(x) * 2
        return np.sum(y @ z) + np.sum(np.exp(x + 2)), (x + 3).reshape(-1)

    total, flat = compile(f)(X)
    np.testing.assert_allclose(total, np.sum((X + 1).T @ (np.exp(X) * 2)) + np.sum(np.exp(X + 2)), rtol=1e-13)
    np.testing.assert_array_equal(flat, (X + 3).ravel())


def test_two_threads_at_once() -> None:
    f = compile(grad(lambda x: np.sum(np.tanh(np.sin(x) @ x.T))))
    points = [X + i / 10 for i in range(20)]
    expected = [grad(lambda x: np.sum(np.tanh(np.sin(x) @ x.T)))(x) for x in points]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            for actual, wanted in zip(pool.map(f, points), expected, strict=True):
                same(actual, wanted)


def test_a_softmax_is_not_computed_twice() -> None:
    f = compile(value_and_grad(lambda z, y: softmax_cross_entropy(z, y)))
    f(X, np.array([0, 1, 2, 0]))
    assert f.source.count("exp(") == 1


def test_a_product_is_not_transposed_afterwards() -> None:
    f = compile(grad(lambda w: np.sum(np.tanh(X @ w.T))))
    same(f(X[:2]), grad(lambda w: np.sum(np.tanh(X @ w.T)))(X[:2]))
    assert f.source.count(".T") == 2


@pytest.mark.parametrize("labels", [np.array([2, 0, 1, 1]), np.array([0.0, 1.0, 2.0, 2.0]), X**2])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_targets_are_arguments_like_others(labels: Any, reduction: str) -> None:
    def loss(z: Any, y: Any) -> Any:
        return np.sum(softmax_cross_entropy(z, y, reduction))

    compiled = compile(lambda z, y: value_and_grad(loss)(z, y))
    for y in (labels, labels[::-1].copy()):
        same(compiled(X, y), value_and_grad(loss)(X, y if y.ndim == 2 else y.astype(int)))


def test_soft_targets_have_derivatives() -> None:
    loss = lambda z, y: softmax_cross_entropy(z, y)  # noqa: E731
    same(compile(grad(loss, (0, 1)))(X, X**2), grad(loss, (0, 1))(X, X**2))
    same(compile(lambda z, y: hvp(loss, (z, y), (X, X)))(X, X**2), hvp(loss, (X, X**2), (X, X)))
    with pytest.raises(ValueError, match="class numbers are whole numbers"):
        compile(loss)(X, np.array([0.5, 1, 1, 1]))


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("function", [logsumexp, softmax, log_softmax])
@pytest.mark.parametrize("number", [-np.inf, np.inf, 1e300])
def test_the_softmax_family_at_infinity(function: Any, number: float) -> None:
    for row in ([number, 1.0, 2.0], [number, number, number]):
        x = np.array([row])
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(compile(function)(x), function(x))


def test_a_masked_class_costs_nothing() -> None:
    z = np.array([[0.0, 1.0, -np.inf]])
    value, slope = compile(value_and_grad(softmax_cross_entropy))(z, np.array([0]))
    expected = value_and_grad(softmax_cross_entropy)(z, np.array([0]))
    same((value, slope), expected)


def test_where_decides_at_every_call() -> None:
    f = compile(grad(lambda x: np.sum(np.where(x > 0, x**2, -x) + np.where(x, x, 0.0) + relu(x))))
    for x in (X, -X):
        same(f(x), np.where(x > 0, 2 * x + 2, 0.0))


def test_detached_numbers_are_computed_but_not_differentiated() -> None:
    f = compile(grad(lambda x: np.sum(x.detach() * x)))
    same(f(X), X)
    same(f(-X), -X)


@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: x if np.all(x > 0) else -x, "np.all"),
        (lambda x: x[np.argmax(x)], "np.argmax"),
        (lambda x: x * np.sign(x), "np.sign"),
        (lambda x: x * x.data, "data"),
        (lambda x: x * x.sum().item(), "item"),
        (lambda x: x * (1 if 2.0 in x else 2), "in"),
        (lambda x: x if x.sum() > 0 else -x, "decides"),
    ],
)
def test_reading_a_concrete_value_is_reported(f: Any, what: str) -> None:
    with pytest.raises(ControlFlowError, match=what):
        compile(f)(X)


def test_shapes_may_be_read() -> None:
    f = compile(lambda x: np.sum(x + np.zeros_like(x) + np.full_like(x, 2.0)) / np.size(x) * x.shape[0])
    np.testing.assert_allclose(f(X), (X.mean() + 2) * 4)


def test_a_plain_number_beside_an_array_has_a_derivative() -> None:
    def energy(w: Any) -> Any:
        return np.sum(np.tanh(w["a"]) ** 2) * w["b"]

    f = value_and_grad(energy)
    for b in (3.0, 2):
        point = {"a": X, "b": b}
        value, slopes = compile(f)(point)
        same(value, f(point)[0])
        same([slopes["a"], slopes["b"]], [f(point)[1]["a"], f(point)[1]["b"]])


def test_scalars_beside_arrays() -> None:
    f = compile(lambda a, x, s: (np.sum(x) * s + a, s, a * 2, np.maximum(np.sum(x), s) > 3))
    assert f(2, X, np.array(0.5)) == (X.sum() * 0.5 + 2, 0.5, 4.0, bool(max(X.sum(), 0.5) > 3))


@pytest.mark.parametrize("truth", [np.True_, 7])
def test_a_truth_value_of_any_type_is_written_as_one(truth: Any) -> None:
    f = compile(lambda x: np.sum(x, axis=np.int64(1), keepdims=truth).reshape(np.int64(4)))
    np.testing.assert_allclose(f(X), X.sum(1))
    assert "keepdims=True" in f.source


def test_a_network_reads_its_parameters() -> None:
    w = Tensor(X, name="w")
    f = compile(lambda x: grad(lambda v: np.sum(np.tanh(w @ v)))(x))
    x = np.ones(3)
    before = f(x)
    w.data = 2 * X
    same(f(x), grad(lambda v: np.sum(np.tanh((2 * X) @ v)))(x))
    assert not np.allclose(before, f(x))
    assert re.search(r"w0 = k\d+\._data +# w\n", f.source)


def test_many_short_rows_are_reduced_column_by_column() -> None:
    def f(x: Any) -> Any:
        y = np.tanh(x)
        ways = [(r, i, k) for r in (np.sum, np.max) for i in (0, 1) for k in (False, True)]
        return [np.sum(y), *(reduce(y, axis=axis, keepdims=keepdims) for reduce, axis, keepdims in ways)]

    tall = np.random.default_rng(0).normal(size=(40, 3))
    for x, times in ((tall, 8), (tall[:4], 0)):
        compiled = compile(f)
        same(compiled(x), [np.sum(np.tanh(x)).item(), *f(x)[1:]])
        assert compiled.source.count("columnwise(") == times
