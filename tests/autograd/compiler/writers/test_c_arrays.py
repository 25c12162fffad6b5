"""Native code for arrays gives the function's results, however the function moves its elements."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from autograd import (
    Tensor,
    apply,
    compile,  # noqa: A004
    grad,
    hvp,
    log_softmax,
    logsumexp,
    relu,
    sigmoid,
    softmax,
    softmax_cross_entropy,
    value_and_grad,
)
from autograd.compiler.writers import c_arrays
from autograd.rules.primitive import Primitive
from tests.cases import ARRAY_CASES as CASES
from tests.cases import needs_compiler, numbers, same

pytestmark = needs_compiler
RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3))
ODD = Primitive("odd", "odd", np.vectorize(math.cbrt), lambda out, a: (1 / (3 * out * out),))


@pytest.fixture(autouse=True)
def _no_fallback_to_numpy() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="no native code")
        yield


def native(f: Callable[..., Any]) -> Any:
    return compile(f, backend="native")


@pytest.mark.parametrize("part", range(4))
def test_every_case_with_its_derivatives(part: int) -> None:
    """The cases share a few programs, since compiling each alone takes long."""
    cases = list(CASES.values())[part::4]

    def everything(points: Any) -> Any:
        results = []
        for (function, *_), x in zip(cases, points, strict=True):

            def loss(*x: Any, function: Any = function) -> Any:
                return np.sum(np.sin(function(*x)))

            results.append((function(*x) * 1.0, value_and_grad(loss, tuple(range(len(x))))(*x)))
        return results

    compiled, wanted = native(everything), compile(everything)
    for seed in (0, 1):
        points = [numbers(tuple(shapes), seed) for _, *shapes in cases]
        same(compiled(points), wanted(points))


def step(weights: Any, x: Any, y: Any) -> Any:
    """A step of descent on the mean squared error, or on the cross-entropy if the targets are classes."""

    def loss(weights: Any) -> Any:
        w1, b1, w2, b2 = weights
        z = np.tanh(x @ w1.T + b1) @ w2.T + b2
        return softmax_cross_entropy(z, y) if np.ndim(y) == 1 else np.mean((z - y) ** 2)

    value, slopes = value_and_grad(loss)(weights)
    return value, [w - 0.1 * slope for w, slope in zip(weights, slopes, strict=True)]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_steps_of_descent(dtype: Any, tolerance: float) -> None:
    weights = [RNG.normal(size=shape).astype(dtype) for shape in ((4, 2), (4,), (2, 4), (2,))]
    batches = []
    for n in (1, 10, 1000):
        x = RNG.normal(size=(n, 2)).astype(dtype)
        batches += [(x, RNG.integers(0, 2, n)), (x, RNG.normal(size=(n, 2)).astype(dtype))]
    steps = lambda weights, batches: [step(weights, x, y) for x, y in batches]  # noqa: E731
    found, expected = native(steps)(weights, batches), compile(steps)(weights, batches)
    for (value, moved), (wanted, others) in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=tolerance)
        for a, e in zip(moved, others, strict=True):
            assert a.dtype == e.dtype == dtype
            np.testing.assert_allclose(a, e, rtol=tolerance, atol=tolerance)


def test_targets_are_arguments_like_others() -> None:
    def losses(z: Any, *targets: Any) -> Any:
        return [
            value_and_grad(lambda z, y=y, r=r: np.sum(softmax_cross_entropy(z, y, r)))(z)
            for y in targets
            for r in ("mean", "sum", "none")
        ] + [hvp(softmax_cross_entropy, (z, targets[-1]), (X, X))]

    f = native(losses)
    for labels in ([2, 0, 1, 1], [1, 1, 0, 2]):
        targets = np.array(labels), np.array(labels, float), X**2
        same(f(X, *targets), compile(losses)(X, *targets))


def test_infinities_and_nan_propagate() -> None:
    def f(x: Any) -> Any:
        found = [logsumexp(x), softmax(x), log_softmax(x), np.max(x, 0), np.min(x), np.sum(x, 1)]
        return [*found, np.maximum(x, 1.0), np.minimum(x, 1.0), relu(x), np.tanh(x), np.exp(x), 1 / x, x > 0]

    rows = [[a, 1.0, -0.0] for a in (np.inf, -np.inf, np.nan, 1e300, 0.0)] + [[np.inf] * 3, [-np.inf] * 3]
    compiled = native(f)
    with np.errstate(all="ignore"):
        for x in (np.array(rows), np.array(rows)[[3, 4] * 3 + [3]]):
            for a, e in zip(compiled(x), compile(f)(x), strict=True):
                np.testing.assert_allclose(a, e, rtol=1e-14)


def test_selections_and_detached_numbers() -> None:
    def f(x: Any) -> Any:
        y = np.where(x > 0, x**2, -x) + np.where(x, x, 0.0) + relu(x) * x.detach() + sigmoid(x)
        return np.sum(np.where(np.eye(4, 3) > 0, y, 0.5) + abs(x))

    for x in (X, -X):
        same(native(value_and_grad(f))(x), compile(value_and_grad(f))(x))


def test_results_are_new_arrays_in_the_containers_of_the_function() -> None:
    fixed = np.arange(3)
    f = native(lambda x: {"a": (np.exp(x), x.T, x), "b": [np.exp(x) + 0, fixed, None], "c": x > 0})
    first = f(X)
    kept = [a.copy() for a in (*first["a"], first["b"][0])]
    f(X + 1)
    for a, e in zip([*first["a"], first["b"][0]], [np.exp(X), X.T, X, np.exp(X)], strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-15)
    for a, e in zip([*first["a"], first["b"][0]], kept, strict=True):
        np.testing.assert_array_equal(a, e)
    assert first["c"].dtype == bool
    np.testing.assert_array_equal(first["c"], X > 0)
    np.testing.assert_array_equal(first["b"][1], fixed)
    assert first["b"][2] is None
    found = [X, *first["a"], first["b"][0]]
    assert not any(np.may_share_memory(a, b) for i, a in enumerate(found) for b in found[:i])


def test_numbers_beside_arrays() -> None:
    f = lambda a, x, s, n: (np.sum(x) * s + a, s, a * n, np.maximum(np.sum(x), s) > 3)  # noqa: E731
    compiled = native(f)
    for args in ((2.0, X, np.array(0.5), 3), (3.0, X, np.array(5.0), 4)):
        same(compiled(*args), compile(f)(*args))


def test_arrays_of_any_layout_and_precision_are_accepted() -> None:
    f = native(lambda x: x.T * 2)
    wide = np.arange(24.0).reshape(4, 6)
    for x in (X, X.T.copy().T, wide[:, ::2], wide, X.astype(np.float32), X.astype(int), np.ones(2), X > 0):
        found = f(x)
        assert found.dtype == (np.float32 if x.dtype == np.float32 else np.float64)
        np.testing.assert_array_equal(found, x.T * 2)
    with pytest.raises(TypeError):
        f(X, X)


def test_parameters_are_read_at_every_call() -> None:
    w = Tensor(X, name="w*/")
    f = native(grad(lambda v: np.sum(np.tanh(w @ v))))
    x = np.ones(3)
    for scale in (1, 2):
        w.data = scale * X
        np.testing.assert_allclose(f(x), (w.data.T @ (1 - np.tanh(w.data @ x) ** 2)), rtol=1e-12)
    assert "FOR(" in f.source
    assert "w*/" not in f.source


def test_an_element_is_computed_where_it_is_used_or_once() -> None:
    def f(x: Any) -> Any:
        a, b = np.tanh(x), np.sin(x)
        square = np.exp(x[:3] + x[:3].T)
        long = x
        for _ in range(3 * c_arrays.LINES):
            long = long * 0.99 + 0.01
        return [
            np.sum(a * a.T.T + b * b),
            np.einsum("ij,ji->", square, square),
            np.concatenate([square, x * 2, square])[::-1, ::2],
            (a - np.max(a, 1, keepdims=True)) * b[[0, 0, 1, 2]],
            long,
        ]

    same(native(f)(X), compile(f)(X))


@pytest.mark.parametrize("seed", range(3))
def test_random_programs(seed: int) -> None:
    """Operations drawn at random wherever the shapes fit, and the derivative of them all."""
    operations: list[Callable[..., Any]] = [
        lambda a, b: a + b,
        lambda a, b: a - b * 0.5,
        lambda a, b: a * b,
        lambda a, b: np.maximum(a, b),
        lambda a, b: np.where(a > b, a, 0.5),
        lambda a, b: np.tanh(a) / (b * b + 1),
        lambda a, b: np.tanh(a @ b),
        lambda a, b: np.tanh(a) @ np.sin(b),
        lambda a, b: a.T,
        lambda a, b: a[::-1],
        lambda a, b: np.sum(a, axis=0),
        lambda a, b: np.max(a, axis=-1, keepdims=True),
        lambda a, b: a.reshape(-1),
        lambda a, b: np.sin(a).reshape(a.shape[::-1]),
    ]

    def f(*numbers: Any) -> Any:
        rng, results = np.random.default_rng(seed), list(numbers)
        while len(results) < 40:
            operation = operations[rng.integers(len(operations))]
            a, b = (results[i] for i in rng.integers(max(0, len(results) - 8), len(results), 2))
            try:
                result = operation(a, b)
            except (ValueError, IndexError, TypeError):  # the shapes do not fit
                continue
            if result.size <= 40:
                results.append(result)
        return sum(np.sum(np.tanh(r)) for r in results[len(numbers) :]), results[-1] * 1.0

    def everything(*x: Any) -> Any:
        return f(*x), grad(lambda *x: f(*x)[0], tuple(range(len(x))))(*x)

    points = [RNG.normal(size=shape) for shape in ((3, 4), (4,), (3, 1), (4, 3), (1,), (4, 4))]
    same(native(everything)(*points), compile(everything)(*points))


def test_two_threads_at_once() -> None:
    f = native(grad(lambda x: np.sum(np.tanh(np.sin(x) @ x.T))))
    g = native(lambda x: np.sum(np.exp(x)))  # which lets other threads run
    points, long = [X + i / 10 for i in range(20)], np.full((1100, 1000), 0.5)
    expected = [f(x) for x in points]
    with ThreadPoolExecutor(4) as pool:
        totals = pool.map(g, [long] * 4)
        for _ in range(20):
            for actual, wanted in zip(pool.map(f, points), expected, strict=True):
                same(actual, wanted)
        np.testing.assert_allclose(list(totals), long.size * np.exp(0.5), rtol=1e-10)
    assert "Py_BEGIN_ALLOW_THREADS" in g.source
    assert "Py_BEGIN_ALLOW_THREADS" not in f.source


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (lambda x: x @ x.T, np.ones((100, 100)), "a product of 1,000,000 multiply-adds"),
        (lambda x: apply(ODD, x), X, "the operation 'odd' has no code in C"),
        (np.prod, np.zeros(0), "the operation 'prod' has no code in C"),
    ],
)
def test_the_fallback_to_numpy_says_why(f: Callable[..., Any], x: Any, why: str) -> None:
    compiled = native(f)
    with pytest.warns(RuntimeWarning, match=f"no native code: .*{why}.*; NumPy does it instead"):
        found = compiled(x)
    np.testing.assert_allclose(found, compile(f)(x), rtol=1e-12)
