"""Every function of NumPy with a rule, on every call of the tables: see programs.py.

One test makes most checks of a call, and names each that fails: a test for every check of a thousand calls
would take longer to distribute than to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from autograd import (
    BudgetError,
    ControlFlowError,
    Tensor,
    compile,  # noqa: A004
    grad,
    gradient,
    hvp,
    jvp,
)
from autograd.compiler.tracer import on_leaves, trace
from autograd.functions.registry import rules
from autograd.numbers.ufuncs import UFUNCS, numpy_name
from tests.autograd.functions.programs import (
    CALLS,
    INPUTS,
    LACKING,
    PLAIN,
    Call,
    close,
    difference,
    flat,
    quiet,
    repeated,
    weighted,
    without_values,
)
from tests.cases import ARRAY_METHODS

EVERY = [call for calls in CALLS.values() for call in calls]


def slopes(f: Callable[[np.ndarray], Any], x: np.ndarray, step: float = 4e-3) -> np.ndarray:
    """The derivative of one number by every element of ``x``, by central differences of order 8.

    Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids", 1988, table 1.
    """
    found = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[place] = step
        found[place] = difference(lambda h, unit=unit: float(f(x + h * unit)), step)
    return found


def same(results: list[Any], wanted: list[Any], tolerance: float = 1e-13) -> None:
    """Equal in number, shape, precision and elements."""
    assert len(results) == len(wanted)
    for result, array in zip(results, wanted, strict=True):
        data = result.data if isinstance(result, Tensor) else result
        assert np.shape(data) == np.shape(array)
        assert np.asarray(data).dtype == np.asarray(array).dtype
        close(data, array, 1e-6 if np.asarray(array).dtype == np.float32 else tolerance)


# ---- the tables


def test_every_function_with_a_rule_is_in_a_table() -> None:
    tables = {*CALLS, *PLAIN, *LACKING, "in1d", "trapz"}  # before NumPy 2.4 also names of isin and trapezoid
    functions = {numpy_name(f).removeprefix("np.") for f in rules()}
    missing = {name for name in functions if not {name, name.rpartition(".")[2]} & tables}
    assert missing | {name for name in UFUNCS if name not in tables} == set()


@pytest.mark.parametrize("name", sorted(LACKING))
def test_a_function_that_is_not_installed(name: str) -> None:
    pytest.skip(f"neither NumPy {np.__version__} nor SciPy, if there is one, has {name}")


def test_the_points_have_no_ties_and_lie_away_from_whole_numbers() -> None:
    for kind, x in INPUTS.items():
        for numbers in (x.ravel(),) if kind != "square_spd" else ():
            assert np.abs(numbers).min() > 0.01, kind


# ---- values


def values(call: Call) -> None:
    results = call(Tensor(call.data))
    assert any(isinstance(r, Tensor) for r in results), "no result has a derivative"
    same(results, call(call.data))


@pytest.mark.parametrize("call", [c for calls in PLAIN.values() for c in calls], ids=str)
def test_results_without_a_derivative(call: Call) -> None:
    x = Tensor(call.data)
    results = call(x)
    assert not any(isinstance(r, Tensor) for r in results)
    for result, wanted in zip(results, call(call.data), strict=True):
        np.testing.assert_array_equal(result, wanted, strict=True)
    np.testing.assert_array_equal(x.data, call.data)


def float32(call: Call) -> None:
    single = call.data.astype(np.float32)
    x = Tensor(single)
    results, wanted = call(x), call(single)
    for result, array in zip(results, wanted, strict=True):
        # A list beside a tensor takes its precision; NumPy makes float64 of it.
        assert result.dtype in (array.dtype, np.float32)
        close(getattr(result, "data", result), array, 1e-4)
    weighted(results).backward()
    assert x.grad.dtype == np.float32
    close(x.grad, call.slope, 1e-3)


def outcome(call: Call, x: Any) -> Any:
    """The results, or the exception."""
    try:
        return call(x)
    except (TypeError, ValueError, IndexError, ArithmeticError) as error:
        return error


def check_outcome(call: Call, data: np.ndarray) -> None:
    """The results are NumPy's, and differentiate; or both raise an exception."""
    with quiet():
        x = Tensor(data)
        results, wanted = outcome(call, x), outcome(call, data)
        if isinstance(wanted, Exception):
            assert isinstance(results, Exception), f"NumPy raises {wanted!r}"
            return
        if isinstance(results, Exception):
            raise results
        same(results, wanted)
        total = weighted(results)
        if isinstance(total, Tensor) and not total.is_constant:
            total.backward()
            assert x.grad is None or x.grad.shape == data.shape


def empty(call: Call) -> None:
    if call.name == "linalg.norm" and np.lib.NumpyVersion(np.__version__) < "2.3.0":
        return  # before NumPy 2.3 an empty array has no greatest absolute value
    shape = INPUTS[call.kind].shape
    for i in range(len(shape)):
        check_outcome(call, np.zeros((*shape[:i], 0, *shape[i + 1 :])))


def scalar(call: Call) -> None:
    check_outcome(call, np.array(0.75))


def nan(call: Call) -> None:
    for number in (np.nan, np.inf, -np.inf):
        data = call.data
        data.flat[min(1, data.size - 1)] = number
        check_outcome(call, data)


# ---- derivatives


def first(call: Call) -> None:
    x = Tensor(call.data)
    call.total(x).backward()
    close(x.grad, slopes(call.total, call.data))


def forward(call: Call) -> None:
    tangent = np.random.default_rng(1).normal(size=call.data.shape)
    _, moved = jvp(call.total, (call.data,), (tangent,))
    close(moved, np.sum(call.slope * tangent), 1e-11)


def second(call: Call) -> None:
    x, tangent = call.data, np.random.default_rng(2).normal(size=call.data.shape)
    slope = grad(call.total)
    twice = grad(lambda t: np.sum(slope(t) * tangent))(x)
    wanted = difference(lambda k: slope(np.asarray(x + 2e-3 * k * tangent)), 2e-3)
    close(twice, wanted, 1e-7)
    close(hvp(call.total, (x,), (tangent,)), twice, 1e-10)


def methods(call: Call) -> None:
    x = Tensor(call.data)
    total = call.total(x)
    for method in ARRAY_METHODS:
        try:
            found = gradient(total, [x], method)
        except BudgetError:
            assert method in ("paths", "tree")
            continue
        close(found.values[0], call.slope, 1e-4 if "difference" in method else 1e-11)
        assert found.cost.total >= total.size


# Each with the name by which a call is exempt from it.
CHECKS: dict[Callable[[Call], None], str] = {
    values: "values",
    float32: "float32",
    empty: "empty",
    scalar: "scalar",
    nan: "nan",
    first: "first",
    forward: "first",
    second: "second",
    methods: "methods",
}


@pytest.mark.parametrize("call", EVERY, ids=str)
def test_call(call: Call) -> None:
    failures = []
    checks = {methods: "methods"} if repeated else CHECKS
    for check in (check for check, name in checks.items() if name not in call.exempt):
        try:
            check(call)
        except Exception as error:
            error.add_note(f"in the check {check.__name__!r}")
            failures.append(error)
    if failures:
        raise ExceptionGroup(f"the call {call} fails {len(failures)} of the checks", failures)


# ---- compiled


@without_values
@pytest.mark.filterwarnings("ignore:no native code. the operation .* has no code in C")
@pytest.mark.parametrize("backend", ["native", None])
@pytest.mark.parametrize("name", CALLS)
def test_compiled(name: str, backend: str | None) -> None:
    compiled = [c for c in CALLS[name] if not {"compiled", backend} & set(c.exempt)]
    inputs = [c.data for c in compiled]
    assert_compiled_equals_eager(compiled, inputs, backend)


def assert_compiled_equals_eager(calls: list[Call], inputs: list[np.ndarray], backend: str | None) -> None:
    """All calls of one function are compiled at once; if that fails, each by itself to name the one."""
    places = range(len(calls))
    total = grad(lambda ts: sum((c.total(t) for c, t in zip(calls, ts, strict=True)), start=0.0))
    try:
        program = compile(lambda ts: ([calls[i](ts[i]) for i in places], total(ts)), backend=backend)
        results, slopes = program(inputs)
        for call, x, found, slope in zip(calls, inputs, results, slopes, strict=True):
            for result, wanted in zip(flat(found), call(x), strict=True):  # a number is returned as a float
                assert np.shape(result) == np.shape(wanted)
                close(result, wanted, 1e-6 if np.asarray(wanted).dtype == np.float32 else 1e-11)
            close(slope, call.slope, 1e-6 if "methods" in call.exempt else 1e-11)
    except Exception as error:
        if len(calls) == 1:
            error.add_note(f"compiling {calls[0]}")
            raise
        for call, x in zip(calls, inputs, strict=True):
            assert_compiled_equals_eager([call], [x], backend)
        raise


@pytest.mark.parametrize("call", [c for c in EVERY if "compiled" in c.exempt], ids=str)
def test_what_is_not_compiled_says_so(call: Call) -> None:
    with pytest.raises(ControlFlowError):
        compile(call.program)(call.data)


# ---- against JAX


@without_values
@pytest.mark.parametrize("name", CALLS)
def test_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    if name == "linalg.svd" and jax.default_backend() != "cpu":
        pytest.skip("the signs of singular vectors are open, and a GPU chooses others")
    calls = [c for c in CALLS[name] if "jax" not in c.exempt]
    refused = []
    for call, found in zip(calls, derivatives_by_jax(calls, jax), strict=True):
        if isinstance(found, Exception):
            refused.append(f"{call}: {found!s:.60}")
            continue
        first, second = found
        close(call.slope, first, 1e-10)
        if "second" not in call.exempt:
            close(hvp(call.total, (call.data,), (direction(call),)), second, 1e-9)
    if refused:
        pytest.skip(f"JAX does not take {', '.join(refused)}")


REFUSALS = (TypeError, ValueError, IndexError, NotImplementedError, AttributeError)


def direction(call: Call) -> np.ndarray:
    return np.random.default_rng(3).normal(size=call.data.shape)


def derivatives_by_jax(calls: list[Call], jax: Any) -> list[Any]:
    """Return the gradient of each call and its derivative in the direction, or why JAX refused.

    All calls of a function are compiled as one program. If JAX refuses that, each is one by itself; and if it
    refuses that too, since the program decides on numbers, it runs operation by operation.
    """
    totals = [with_numpy(c.program, jax) for c in calls]
    slopes = [jax.grad(lambda t, f=f: weighted(flat(f(t)))) for f in totals]

    def derivatives(points: list[Any]) -> list[Any]:
        return [jax.jvp(f, (x,), (direction(c),)) for f, x, c in zip(slopes, points, calls, strict=True)]

    inputs = [c.data for c in calls]
    try:
        with quiet():
            return list(compiled_fast(jax, derivatives)(inputs))
    except REFUSALS:
        if len(calls) > 1:
            return [found for c in calls for found in derivatives_by_jax([c], jax)]
    try:
        with quiet():
            return derivatives(inputs)
    except REFUSALS as error:
        return [error]


def compiled_fast(jax: Any, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Compile for one run: without optimisations it takes a tenth of the time of single operations."""
    options: dict[str, Any] = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
    if jax.default_backend() == "cpu":
        options["xla_cpu_use_fusion_emitters"] = False
    compiled: Callable[[Any], Any] = jax.jit(f, compiler_options=options)
    return compiled


def with_numpy(program: Any, jax: Any) -> Callable[[Any], Any]:
    """Return a program with ``jax.numpy`` for NumPy, and JAX's special functions for SciPy's."""
    other = {"np": jax.numpy, "special": jax.scipy.special}
    return FunctionType(
        program.__code__,
        program.__globals__ | other,
        program.__name__,
        program.__defaults__,
        program.__closure__,
    )


# ---- compiled for JAX

# What JAX has no function for.
WITHOUT_JAX = [
    "erfi",
    "j0",
    "j1",
    "y0",
    "y1",
    "k0",
    "k1",
    "k0e",
    "k1e",
    "jv",
    "yn",
    "kn",
    "yv",
    "kv",
    "ive",
    "kve",
    "iv",
]
WITHOUT_SLOPE_IN_JAX = ["i1", "i1e"]


def covering() -> Iterator[Call]:
    """Calls whose programs, derivatives included, have an operation that no call before has.

    Those of most axes come first: two axes can be taken for one another.
    """
    seen: set[Any] = set()
    for call in sorted(EVERY, key=lambda call: -call.data.ndim):
        if "compiled" in call.exempt or call.name in [*WITHOUT_JAX, *WITHOUT_SLOPE_IN_JAX]:
            continue
        program, _ = trace(grad(call.total), *on_leaves([call.data]), simplify=True)
        rows = {
            x.primitive if x.primitive.made is None else x.primitive.made.func for x in program.instructions
        }
        if rows - seen:
            seen |= rows
            yield call


@pytest.fixture
def unoptimised() -> Iterator[None]:
    """XLA compiles in a third of the time, for programs that run once."""
    jax = pytest.importorskip("jax")
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@without_values
@pytest.mark.usefixtures("unoptimised")
def test_every_operation_gives_what_numpy_gives() -> None:
    with quiet():
        calls = list(covering())
    assert len(calls) > 50
    inputs = [call.data for call in calls]
    slopes = [grad(call.total) for call in calls]

    def everything(inputs: list[Any]) -> list[Any]:
        return [(call.program(x), slope(x)) for call, slope, x in zip(calls, slopes, inputs, strict=True)]

    with quiet():
        found, wanted = (compile(everything, backend=backend)(inputs) for backend in ("jax", None))
    for call, result, expected in zip(calls, found, wanted, strict=True):
        for array, other in zip(flat(result), flat(expected), strict=True):
            try:
                assert np.shape(array) == np.shape(other)
                close(array, other, 1e-6 if "methods" in call.exempt else 1e-12)
            except AssertionError as error:
                error.add_note(f"of {call}")
                raise


@without_values
@pytest.mark.parametrize("name", WITHOUT_JAX)
def test_what_jax_lacks_is_named(name: str) -> None:
    pytest.importorskip("jax")
    if name not in CALLS:
        pytest.skip("SciPy is missing")
    call = CALLS[name][0]
    with pytest.raises(NotImplementedError, match=r"the operation \S+ .*has no counterpart in JAX"), quiet():
        compile(call.program, backend="jax")(call.data)
