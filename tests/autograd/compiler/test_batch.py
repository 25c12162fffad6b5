"""A function over a batch gives the results for each example, in NumPy and in native code."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    ControlFlowError,
    Primitive,
    Tensor,
    Value,
    apply,
    compile,  # noqa: A004
    grad,
    neuron,
    relu,
    sigmoid,
    softmax_cross_entropy,
    softplus,
    value_and_grad,
)
from autograd.compiler.schedule import _FreeRows
from autograd.compiler.writers import c_batch, numpy_batch
from autograd.rules import scalars
from autograd.rules.primitive import TABLE
from tests.cases import POINTS
from tests.graphs import Program, programs

BACKENDS = [None, "native"] if shutil.which("cc") else [None]
every_backend = pytest.mark.parametrize("backend", BACKENDS)
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(11, 2)), np.where(RNG.random(11) < 0.5, 1.0, -1.0)
W = [(RNG.normal(size=(3, 2)), RNG.normal(size=3)), (RNG.normal(size=(1, 3)), RNG.normal(size=1))]


def same(actual: Any, expected: Any) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


def hinge(layers: Any, x: Any, y: Any) -> Any:
    """The loss of one point: a small network, a hinge and a penalty."""
    for weights, biases in layers:
        x = [neuron(b, w, x, "relu") for w, b in zip(weights, biases, strict=True)]
    penalty = sum(np.sum(weights * weights) + np.sum(biases * biases) for weights, biases in layers)
    return relu(1 - y * x[0]) + 0.01 * penalty


def hinges(layers: Any) -> Any:
    """The loss of all points at once, with matrices."""
    a = X
    for weights, biases in layers:
        a = relu(a @ weights.T + biases)
    penalty = sum(np.sum(weights * weights) + np.sum(biases * biases) for weights, biases in layers)
    return np.mean(relu(1 - Y * a[:, 0])) + 0.01 * penalty


@every_backend
def test_a_scalar_network_over_a_batch_is_the_network_of_matrices(backend: str | None) -> None:
    f = compile(value_and_grad(hinge), batch=(1, 2), reduce="mean", backend=backend)
    value, slopes = f(W, X, Y)
    expected, matrices = value_and_grad(hinges)(W)
    same(value, expected)
    for layer, wanted in zip(slopes, matrices, strict=True):
        for slope, want in zip(layer, wanted, strict=True):
            same(slope, want)
            assert slope.shape == want.shape
    total = compile(value_and_grad(hinge), batch=(1, 2), reduce="sum", backend=backend)
    same(total(W, X, Y)[0], 11 * expected)
    same(total(W, X, Y)[1][0][0], 11 * matrices[0][0])


@every_backend
def test_without_a_reduction_there_is_one_result_per_example(backend: str | None) -> None:
    f = compile(value_and_grad(hinge), batch=(1, 2), backend=backend)
    values, slopes = f(W, X, Y)
    assert values.shape == (11,)
    assert slopes[0][0].shape == (11, 3, 2)
    for i, (x, y) in enumerate(zip(X, Y, strict=True)):
        one = compile(value_and_grad(hinge), batch=(1, 2), reduce="mean")(W, x[None], y[None])
        same(values[i], one[0])
        same(slopes[0][0][i], one[1][0][0])


@every_backend
@settings(max_examples=25)
@given(programs(), st.sampled_from([None, "sum", "mean"]), st.integers(1, 2 * c_batch.LANES + 1))
def test_any_program(backend: str | None, program: Program, reduce: str | None, examples: int) -> None:
    if backend and examples > 2:
        return  # compiling every shape takes a while
    leaves = [np.full(examples, x) + np.arange(examples) * 1e-3 for x in program.leaves]
    f = value_and_grad(lambda *x: program.run(x)[-1], argnums=range(len(leaves)))
    value, slopes = compile(f, batch=range(len(leaves)), reduce=reduce, backend=backend)(*leaves)
    each = [f(*map(Value, row)) for row in zip(*(leaf.tolist() for leaf in leaves), strict=True)]
    reduced: Callable[[Any], Any] = {None: list, "sum": sum, "mean": lambda x: sum(x) / examples}[reduce]
    same(value, reduced([y.data for y, _ in each]))
    for i, slope in enumerate(slopes):
        same(slope, reduced([s[i].data for _, s in each]))


FURTHER = [row for name, row in TABLE.items() if name in POINTS and row not in vars(scalars).values()]


@every_backend
def test_every_row_of_the_table(backend: str | None) -> None:
    points = np.array([-2.5, -1.0, -0.3, 0.3, 1.0, 1.0, 2.5])
    others = np.array([0.5, -1.0, 2.0, -0.3, 1.0, 3.0, 2.0])

    def everything(x: Any, y: Any, w: Any) -> Any:
        results = {}
        for name, row in TABLE.items():
            if row in FURTHER:
                continue
            for a, b in ((x, y), (x, w), (w, y), (w, w), (1.5, x), (y, 0.5)):
                a = a * a + 0.1 if name in ("sqrt", "log", "power") else a
                try:
                    results[name, len(results)] = apply(row, a, b) + 0 * x
                except TypeError:
                    results[name, len(results)] = apply(row, a) + 0 * x
        return results

    actual = compile(everything, batch=(0, 1), backend=backend)(points, others, 0.7)
    for i, (x, y) in enumerate(zip(points.tolist(), others.tolist(), strict=True)):
        for key, wanted in compile(everything)(x, y, 0.7).items():
            same(actual[key][i], wanted)


@every_backend
def test_every_further_row(backend: str | None) -> None:
    rows = [row for row in FURTHER if backend is None or has_c(row)]

    def everything(x: Any, y: Any, w: Any) -> Any:
        results = {}
        for row in rows:
            low, high = (np.array(ends) for ends in (min(POINTS[row.name]), max(POINTS[row.name])))
            for inputs in ((x, y), (x, w), (w, y), (0.4, x)):
                # Between the ends of the row's points, where it is smooth.
                share = [sigmoid(a) for a in inputs]
                inside = [a + (b - a) * s for a, b, s in zip(low, high, share, strict=False)]
                results[row.name, len(results)] = apply(row, *inside) + 0 * x
        return results

    points, others = np.array([-2.5, -0.3, 0.3, 1.0]), np.array([0.5, -1.0, 2.0, 3.0])
    actual = compile(everything, batch=(0, 1), backend=backend)(points, others, 0.7)
    for i, (x, y) in enumerate(zip(points.tolist(), others.tolist(), strict=True)):
        for key, wanted in compile(everything)(x, y, 0.7).items():
            same(actual[key][i], wanted)


def has_c(row: Primitive) -> bool:
    return "c" in row.code


@every_backend
def test_results_may_be_constants_inputs_and_shared_numbers(backend: str | None) -> None:
    def f(w: Any, x: Any) -> Any:
        return [
            w * w,
            2.0,
            x,
            x,
            w,
            [math.inf, math.nan, -math.inf],
            (w > 1) * 2.0,
            (x > 0) * x,
            np.exp(w),
            x > w,
        ]

    x = np.array([1.0, 2.0, -3.0])
    each = compile(f, batch=1, backend=backend)(1.5, x)
    wanted = [
        2.25,
        2.0,
        x,
        x,
        1.5,
        [math.inf, math.nan, -math.inf],
        2.0,
        np.maximum(x, 0),
        np.exp(1.5),
        x > 1.5,
    ]
    for actual, want in zip(each, wanted, strict=True):
        same(actual, want if isinstance(want, np.ndarray) else np.full((3, *np.shape(want)), want).T)
    mean = compile(f, batch=1, reduce="mean", backend=backend)(1.5, x)
    total = compile(f, batch=1, reduce="sum", backend=backend)(1.5, x)
    for m, t, want in zip(mean, total, wanted, strict=True):
        same(m, want.mean() if isinstance(want, np.ndarray) else want)
        same(t, want.sum() if isinstance(want, np.ndarray) else np.multiply(want, 3))


@every_backend
def test_closed_over_values_are_read_at_every_call(backend: str | None) -> None:
    w = Value(2.0)
    f = compile(lambda x: w * x, batch=0, backend=backend)
    same(f(np.ones(3)), [2.0, 2.0, 2.0])
    w.data = 3.0
    same(f(np.ones(3)), [3.0, 3.0, 3.0])


def test_whole_numbers_and_single_precision_are_computed_in_double() -> None:
    f = compile(lambda x, w: x / w, batch=0)
    assert f(np.array([1, 2]), 3).dtype == np.float64
    same(f(np.array([1, 2], np.float32), 3), [1 / 3, 2 / 3])


def test_a_rule_that_does_not_run_on_variables_is_called_for_every_number() -> None:
    row = Primitive("log gamma", "log Γ", math.lgamma, lambda out, a: (a,))
    x = np.array([1.0, 2.5, 4.0])
    wanted = [math.lgamma(a) + 1 for a in x]
    same(compile(lambda x: apply(row, x) + 1, batch=0)(x), wanted)
    f = compile(lambda x: apply(row, x) + 1, batch=0, backend="native")
    with pytest.warns(RuntimeWarning, match="'log gamma' has no code in C"):
        same(f(x), wanted)


def test_without_a_compiler_numpy_is_used_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    f = compile(lambda x: x * 1.25, batch=0, backend="native")
    with pytest.warns(RuntimeWarning, match="no native code: there is no C compiler"):
        same(f(np.ones(3)), [1.25] * 3)
    same(f(np.ones(3)), [1.25] * 3)
    assert "#include" not in f.source


def test_a_failing_compiler_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text("#!/bin/sh\necho out of order >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.warns(RuntimeWarning, match="cc failed: out of order"):
        same(compile(lambda x: x * 1.75, batch=0, backend="native")(np.ones(2)), [1.75] * 2)
    compiler.write_text("no program at all")
    with pytest.warns(RuntimeWarning, match="cc failed"):
        same(compile(lambda x: x * 1.85, batch=0, backend="native")(np.ones(2)), [1.85] * 2)


@pytest.mark.skipif(len(BACKENDS) == 1, reason="there is no C compiler")
def test_the_source_of_native_code_has_no_text_of_a_user() -> None:
    w = Value(2.0, name='*/ evil "\\')
    f = compile(lambda x: np.tanh(w * x), batch=0, backend="native")
    f(np.ones(3))
    assert "EACH" in f.source
    assert "/* tanh */" in f.source
    assert "evil" not in f.source.partition("def program")[0]


def test_long_sums_take_few_calls() -> None:
    f = compile(lambda x: np.sum(np.exp(x)), batch=0)
    same(f(np.zeros((3, 256))), [256.0] * 3)
    assert f.source.count("add(") == 8


def test_stable_functions_stay_stable() -> None:
    f = compile(lambda x: (sigmoid(x), softplus(x)), batch=0)
    same(f(np.array([800.0, -800.0])), [[1.0, 0.0], [800.0, 0.0]])


def test_a_fused_row_is_expanded() -> None:
    f = compile(value_and_grad(lambda z: softmax_cross_entropy(list(z), 1)), batch=0, reduce="mean")
    z = RNG.normal(size=(5, 3))
    value, slopes = f(z)
    wanted = value_and_grad(lambda z: softmax_cross_entropy(z, [1] * 5))(z)
    same(value, wanted[0])
    same(np.sum(slopes), 0.0)
    same(slopes, wanted[1].sum(0) / 1)


def test_other_numbers_of_examples_are_other_programs() -> None:
    f = compile(lambda x: x + 1, batch=0)
    assert [len(f(np.ones(n))) for n in (1, 5, 2, 5)] == [1, 5, 2, 5]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((1.0, 2.0), r"argument \[1\] must hold one entry per example, and is 2.0"),
        ((1.0, np.ones(0)), r"the same number of examples everywhere, at least one: not 0 in argument \[1\]"),
        (
            (1.0, {"a": np.ones(2), "b": np.ones(3)}),
            r"not 2 in argument \[1\]\['a'\], 3 in argument \[1\]\['b'\]",
        ),
        ((1.0, []), "not no argument with any"),
        ((1.0,), "batch names argument 1, but there are 1 arguments"),
        ((1.0, np.ones(2, complex)), "complex"),
    ],
)
def test_bad_batches_are_refused(args: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        compile(lambda *x: x[0], batch=1)(*args)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": -1}, "batch must be the index"),
        ({"batch": ("x",)}, "batch must be the index"),
        ({"batch": 0, "reduce": "max"}, "reduce is 'sum' or 'mean'"),
        ({"batch": 0, "backend": "fortran"}, "the back end is 'native', 'jax' or None"),
        ({"reduce": "sum"}, "reduce is for a batch"),
    ],
)
def test_bad_options_are_refused(options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile(lambda x: x, **options)


def test_a_function_over_a_batch_is_not_differentiated_again() -> None:
    f = compile(lambda x: x * x, batch=0)
    with pytest.raises(TypeError, match=r"compile\(grad\(f\), batch=…\)"):
        f(Tensor([1.0]))
    with pytest.raises(TypeError, match="plain numbers"):
        grad(lambda x: np.sum(f(x)))(np.ones(2))


def test_control_flow_is_reported_over_a_batch_too() -> None:
    with pytest.raises(ControlFlowError, match="decides on"):
        compile(lambda x: x if x > 0 else -x, batch=0)(np.ones(3))


# Sums of products, in all kinds of a constant (c), what is the same for all examples (w) and what differs.
SUMS: dict[str, Callable[[Any, Any], Any]] = {
    "layer": lambda w, x: [w[0][i] + sum(w[i][j] * x[j] for j in range(3)) for i in range(3)],
    "backwards": lambda w, x: [sum(w[i][j] * x[i] for i in range(3)) for j in range(3)],
    "in any order": lambda w, x: [x[2] * w[i][2] - x[0] * w[i][0] + w[i][1] * x[1] for i in range(3)],
    "constants": lambda w, x: [2 * x[0] - 3 * x[1] + c * x[2] for c in (1.0, 0.5, -7.0)],
    "window": lambda w, x: [w[0][0] * x[i] + w[0][1] * x[(i + 1) % 3] for i in range(3)],
    "of examples": lambda w, x: [x[0] * x[1] + x[1] * x[2] - x[2] * x[2], x[0] * x[0] - x[1] * x[2]],
    "of parameters": lambda w, x: [sum(a * b for a, b in zip(w[i], w[0], strict=True)) for i in range(3)],
    "of constants": lambda w, x: [2 * w[0][0] - 3 * w[0][1], 4 * w[0][2] + 5 * w[1][0] + w[0][0] * w[0][1]],
    "mixed": lambda w, x: [w[0][0] * w[0][1] - x[0] * x[1] - w[1][0] * x[2] - 2.0 - x[0]] * 2,
    "negative": lambda w, x: [
        -(x[0] * x[1]),
        -x[0] - x[1],
        -(w[0][0] * x[0]) - w[0][0],
        -w[0][1],
        -2.0 * x[2],
    ],
    "used twice": lambda w, x: [(y := w[0][0] * x[0] + w[0][1] * x[1]), y * y + y, y - x[0] * x[1]],
    "products": lambda w, x: [a * y for a in x for y in (x[0], x[1], w[0][0])],
    "one factor": lambda w, x: [w[0][0] * x[0] + w[0][1] * x[0], 2 * x[1] + 3 * x[1]],
    "repeated": lambda w, x: [x[0] * x[1], x[0] * x[1], x[2] * x[1], x[2] * x[1], x[0] + x[0]],
    "signs": lambda w, x: [-abs(x[0]) - -x[1], *(-np.negative(a) for a in (x[0], -x[1], w[0][0]))],
    "known products": lambda w, x: [(x[0] * x[1]), x[0] * (x[1] * w[0][0]) + x[1] * (w[0][0] * x[2])],
}


@every_backend
@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("name", SUMS)
def test_sums_of_products(name: str, reduce: str | None, backend: str | None) -> None:
    w, x = RNG.normal(size=(3, 3)), RNG.normal(size=(c_batch.LANES * c_batch.WIDTH + 3, 3))
    actual = compile(SUMS[name], batch=1, reduce=reduce, backend=backend)(w, x)
    each = np.array([compile(SUMS[name])(w.tolist(), row) for row in x.tolist()]).T
    same(actual, each if reduce is None else getattr(np, reduce)(each, 1))


@pytest.mark.parametrize("reduce", [None, "sum"])
@pytest.mark.parametrize("name", SUMS)
def test_sums_of_products_that_are_not_simplified(name: str, reduce: str | None) -> None:
    w, x = RNG.normal(size=(3, 3)), RNG.normal(size=(4, 3))
    actual = compile(SUMS[name], batch=1, reduce=reduce, simplify=False)(w, x)
    same(actual, compile(SUMS[name], batch=1, reduce=reduce)(w, x))


@pytest.mark.parametrize("reduce", [None, "sum", "mean"])
@pytest.mark.parametrize("name", SUMS)
def test_a_batch_too_large_for_the_cache_is_computed_in_parts(
    name: str, reduce: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    w, x = RNG.normal(size=(3, 3)), RNG.normal(size=(11, 3))
    whole = compile(SUMS[name], batch=1, reduce=reduce)
    expected = whole(w, x)
    monkeypatch.setattr(numpy_batch, "CACHE", 200)
    cut = compile(SUMS[name], batch=1, reduce=reduce)
    same(cut(w, x), expected)
    assert "for start in range(0, 11, " in cut.source
    assert "for start" not in whole.source


def test_a_layer_is_a_product_of_matrices_however_it_is_written() -> None:
    def loss(w: Any, b: Any, x: Any) -> Any:
        return sum(np.tanh(b[i] + sum(w[i][j] * x[j] for j in range(2))) ** 2 for i in range(3))

    f = compile(grad(loss, (0, 1)), batch=2, reduce="sum")
    f(W[0][0], W[0][1], X)
    assert f.source.count("matmul(") == 1
    assert f.source.count(" @ ") == 1


def test_rows_that_are_free_are_taken_again() -> None:
    rows = _FreeRows(1)
    assert rows.take(3, now=0, until=1) == 1
    assert rows.take(1, now=0, until=9) == 4
    assert rows.take(4, now=2, until=9) == 5  # the gap is too small
    assert rows.take(2, now=2, until=9) == 1  # more than large enough
    assert rows.take(1, now=2, until=9) == 3
    assert rows.count == 9


@every_backend
def test_a_result_that_does_not_depend_on_the_examples_is_repeated(backend: str | None) -> None:
    f = compile(lambda w, x: w * w, batch=1, backend=backend)
    same(f(2.0, RNG.normal(size=(5, 3))), np.full(5, 4.0))
