"""Native code gives the results of Python, to the last bit for floats, and falls back to Python otherwise."""

from __future__ import annotations

import gc
import math
import re
import shutil
import sys
import sysconfig
import warnings
import weakref
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.strategies import sampled_from

from autograd import Primitive, Value, apply, compile, grad, relu, softplus, value_and_grad  # noqa: A004
from autograd.compiler.writers import c_frame, c_loops, c_scalars
from autograd.rules.primitive import TABLE
from tests.cases import POINTS, needs_compiler
from tests.graphs import Program, programs

Pair = namedtuple("Pair", ["first", "second"])


class Several(list[Any]):
    """A subclass of list."""


def outcome(f: Any, *args: Any) -> str:
    """The result of a call as text, exact to the last bit and the type of every number; or the error."""
    try:
        return repr(f(*args))
    except (ArithmeticError, ValueError) as error:
        return repr(error)


def alike(f: Any, *points: Any) -> Any:
    """Compile a function to C, and compare it with Python at points; it is defined at the first."""
    fast, plain = compile(f, backend="native"), compile(f)
    for point in points:
        assert outcome(fast, *point) == outcome(plain, *point)
    assert "#include" in fast.source
    return fast


@needs_compiler
@settings(max_examples=8, deadline=None)
@given(programs(), sampled_from([0, c_scalars.LINES]))
def test_any_scalar_program_and_its_gradient_to_the_last_bit(program: Program, lines: int) -> None:
    leaves = [float(x) for x in program.leaves]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c_scalars, "LINES", lines)
        alike(value_and_grad(lambda *x: program.run(x)[-1], argnums=range(len(leaves))), leaves)


@needs_compiler
def test_every_row_of_the_table_and_its_derivatives() -> None:
    numbers = (0.7, -1.5, 0.0, -0.0, 3.0, 1e200, -1e-200, math.inf, -math.inf, math.nan)
    for name, points in POINTS.items():
        row = TABLE[name]
        if name == "sinc" or ("c" not in row.code and row.code):
            continue  # Python computes it, or its derivative
        if len(points[0]) == 2:
            f = value_and_grad(lambda x, y, row=row: apply(row, x, y), (0, 1))
        else:
            f = value_and_grad(lambda x, y, row=row: apply(row, x) * y, (0, 1))
        defined = (*points[0], 1.5)[:2]
        assert name in alike(f, defined, *[(x, y) for x in numbers for y in numbers]).source or not row.code


@needs_compiler
def test_undefined_operations_are_reported_by_the_function_itself() -> None:
    f = compile(lambda x, y: 1 / (1 / np.log(x)) + y, backend="native")
    assert f(math.e, 1.0) == 2.0
    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match=r"div\(1, 0.0\) is undefined"):
            f(1.0, 1.0)
        with pytest.raises(ValueError, match=r"log\(-1.0\) is undefined"):
            f(-1.0, 1.0)
        assert f(math.e, 1.0) == 2.0


@needs_compiler
def test_containers_go_in_and_come_out() -> None:
    def f(tree: Any, pair: Any, objects: Any, how: str, nothing: None) -> Any:
        total = tree["a"][0] * tree["b"] + pair.first * pair.second + objects[0] / objects[1]
        constants = [2, 2.5, math.inf, 2**70, Fraction(1, 3), nothing]
        return {
            "numbers": [total, pair.first, tree["a"][0] > 1, total > 1e9, *constants],
            how: ((), (total,), Pair(total, None), Several([total, total + 1]), []),
            1: objects * 2.0,
        }

    tree, objects = {"a": (2.0,), "b": 3.0}, np.array([4.0, 5.0], dtype=object)
    fast = alike(f, (tree, Pair(4.0, 5.0), objects, "how", None))
    result = fast(tree, Pair(1.0, 2.0), objects, "other", None)
    assert result["numbers"][:4] == [8.8, 1.0, True, False]
    assert [type(x) for x in result["other"]] == [tuple, tuple, Pair, Several, list]
    assert fast({"c": 3.0, "b": 1.0, "a": (2.0,)}, Pair(1.0, 2.0), objects, "how", None)["how"][1] == (4.8,)


@needs_compiler
def test_other_arguments_are_other_programs() -> None:
    f = compile(lambda *x: sum(x[0]) if isinstance(x[0], list) else sum(x), backend="native")
    arguments: list[Any] = [(1.5,), (1.5, 2.0), ([1.0, 2.0],), ([1.0] * 3,), (np.float64(2.5), 1.0)]
    for _ in range(2):
        assert [f(*args) for args in arguments] == [1.5, 3.5, 3.0, 3.0, 3.5]
    with pytest.warns(
        RuntimeWarning, match="C computes with floats, but the numbers include int 2"
    ) as caught:
        assert repr(f(2, 3)) == "5"
    assert caught[0].filename == __file__
    assert f(2.0, 3.0) == 5.0


@needs_compiler
@pytest.mark.parametrize(
    ("f", "what"),
    [
        (lambda x: x + Fraction(1, 3), r"numbers include Fraction Fraction\(1, 3\)"),
        (lambda x: (x > 2**60 + 1) * 1.0, "numbers include int 1152921504606846977"),
        (lambda x: (x > 1) + (x > 2), "numbers include int 1"),
        (lambda x: apply(Primitive("Γ", "Γ", math.gamma, lambda out, a: (a,)), x), "'Γ' has no code in C"),
    ],
)
def test_the_fallback_to_python_says_why(f: Any, what: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"no native code: .*{what}.*; Python does it instead"):
        assert outcome(compile(f, backend="native"), 2.0) == outcome(compile(f), 2.0)


@needs_compiler
def test_closed_over_values_are_read_at_every_call() -> None:
    w = Value(2.0, name='*/ evil "\\')
    f = compile(grad(lambda x: w * x * x / w), backend="native")
    assert f(3.0) == 6.0
    w.data = 3.0
    assert f(5.0) == 10.0
    w.data = 2
    assert f(5.0) == 10.0
    w.data = 0.0
    with pytest.raises(ZeroDivisionError, match=r"div\(.*\) is undefined"):
        f(5.0)
    assert "evil" not in re.sub(r"//.*|#.*", "", f.source)


@needs_compiler
def test_a_long_function_is_written_in_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_scalars, "LINES", 0)
    monkeypatch.setattr(c_scalars, "SMALL", 0)
    monkeypatch.setattr(c_loops, "FEW", 3)
    monkeypatch.setattr(c_loops, "BLOCK", 40)

    def f(xs: Any) -> Any:
        chain = list(xs)
        for i in range(20):
            chain.append(np.tanh(chain[-1] * chain[i]) / chain[0] + relu(chain[i]) * (0.5 + i % 3))
        return [*chain[::5], sum(a * b for a, b in pairwise(chain)), chain[7] > 0, xs[0], 2.0]

    fast = alike(lambda xs: (f(xs), grad(lambda xs: sum(f(xs)[:6]))(xs)), ([0.5, 1.5],), ([0.0, 1.0],))
    assert fast.source.count("trouble += block") > 5
    assert re.search(r"EACH\(\d+\) memory\[.*k.*\] = .*\bt\d+\[", fast.source)  # looked up in a table


@needs_compiler
def test_a_long_chain_and_a_wide_sum_are_a_few_loops() -> None:
    def f(xs: Any) -> Any:
        y = xs[0]
        for _ in range(500):
            y = np.tanh(y * xs[1]) + xs[2]
        return y, sum(a * a for a in xs)

    fast = alike(f, ([0.5, 1.5, 0.25] * 200,), ([-0.5, 0.5, 1.0] * 200,))
    assert fast.source.count("EACH") < 60


@needs_compiler
def test_no_memory_leaks() -> None:
    def f(x: Any, y: Any) -> Any:
        return {"a": [x, x * y, 2**70], "b": (x > y, None, Pair(x / y, Several([y])))}

    over = compile(lambda w, x: {"a": [w, (w * x, x)]}, batch=1, backend="native")
    fast, array = compile(f, backend="native"), np.arange(5.0)
    for count in (10, 1000):
        gc.collect()
        before = sys.getallocatedblocks()
        for i in range(count):
            fast(2.0, 1.0 + i)
            over(2.0, array)
        gc.collect()
        left = sys.getallocatedblocks() - before
    assert left < 100


@needs_compiler
def test_after_a_container_that_fails_no_other_is_made() -> None:
    failed, made = list[bool](), list[Any]()

    class Odd(list[Any]):
        def __init__(self, items: Any) -> None:
            if failed:
                raise LookupError("no more")
            super().__init__(items)

    class Late(list[Any]):
        def __init__(self, items: Any) -> None:
            made.append(items)
            super().__init__(items)

    f = compile(lambda x: (Odd([x]), Late([x])), backend="native")
    assert f(1.0) == ([1.0], [1.0])
    failed.append(True)
    made.clear()
    with pytest.raises(LookupError, match="no more"):
        f(2.0)
    assert made == []


@pytest.mark.parametrize("backend", [None, pytest.param("native", marks=needs_compiler)])
def test_a_compiled_function_has_no_reference_cycle(backend: str | None) -> None:
    f = compile(lambda x: x * 2, backend=backend)
    assert f(1.5) == 3.0
    gc.collect()
    gc.disable()
    try:
        gone = weakref.ref(f)
        del f
        assert gone() is None
    finally:
        gc.enable()


# ---- over a batch


@needs_compiler
@pytest.mark.parametrize("reduce", [None, "sum"])
def test_arrays_of_every_layout_and_precision(reduce: str | None) -> None:
    f = compile(lambda w, x: [w[0] * x[1], w[1] * x[0]], batch=1, reduce=reduce, backend="native")
    w, x = np.array([2.0, -3.0]), np.arange(10.0).reshape(5, 2)
    wanted = f(w, x)
    read_only = x.copy()
    read_only.flags.writeable = False
    for other in (
        *(x.astype(kind) for kind in ("f4", "f2", "i8", "u1", "g", ">f8")),
        *(np.asfortranarray(x), np.repeat(x, 2, 0)[::2], x[::-1][::-1], read_only, np.ma.array(x)),
    ):
        np.testing.assert_array_equal(f(w, other), wanted)
        np.testing.assert_array_equal(f(w[::-1][::-1], x), wanted)


@needs_compiler
@pytest.mark.parametrize("reduce", [None, "mean"])
def test_containers_come_out_over_a_batch_too(reduce: str | None) -> None:
    def f(w: Any, x: Any) -> Any:
        total = w["a"][0] * x[0] + w["b"] * x[1] + sum(w["c"])
        return {"grad": w["a"], "tree": [total, (total * total,), None, Pair(total, Several([x, 2.0]))], 1: x}

    w = {"a": [2.0], "b": 3.0, "c": np.array([1.0, 2.0])}
    fast, plain = (compile(f, batch=1, reduce=reduce, backend=name) for name in ("native", None))
    x = np.arange(6.0).reshape(3, 2)
    assert repr(fast(w, x)) == repr(plain(w, x))
    slopes = compile(grad(lambda w, x: f(w, x)["tree"][0]), batch=1, reduce="mean", backend="native")(w, x)
    assert repr(slopes) == "{'a': [2.0], 'b': 3.0, 'c': array([1., 1.])}"


@needs_compiler
def test_shared_numbers_may_be_of_any_kind() -> None:
    p = Value(2)
    f = compile(lambda w, x: w * x + p, batch=1, backend="native")
    for w in (3.0, 3, Fraction(3), np.float32(3), np.array(3)):
        for _ in range(2):
            np.testing.assert_array_equal(f(w, np.ones(2)), [5.0, 5.0])
    p.data = 3.0
    np.testing.assert_array_equal(f(3, np.ones(2)), [6.0, 6.0])
    with pytest.raises(TypeError, match="plain numbers"):
        f(Value(3.0), np.ones(2))


@needs_compiler
def test_results_belong_to_the_caller() -> None:
    f = compile(lambda w, x: (w, x, w + x), batch=1, reduce="sum", backend="native")
    w, x = np.array([1.0, 2.0]), np.ones((3, 2))
    first, second = f(w, x), f(w + 1, x)
    np.testing.assert_array_equal(first, [[3, 6], [3, 3], [6, 9]])
    arrays = [w, x, *first, *second]
    assert not any(np.may_share_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


@needs_compiler
@pytest.mark.parametrize("long", [0, c_frame.LONG])
def test_two_threads_at_once(long: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c_frame, "LONG", long)
    f = compile(grad(lambda w, x: np.sum(np.tanh(w * x))), batch=1, reduce="mean", backend="native")
    x = np.linspace(-1, 1, 3000).reshape(1000, 3)
    points = [row + 0.1 for row in x[:20]]
    expected = [f(w, x) for w in points]
    assert ("Py_BEGIN_ALLOW_THREADS" in f.source) == (long == 0)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            for actual, wanted in zip(pool.map(f, points, [x] * 20), expected, strict=True):
                np.testing.assert_array_equal(actual, wanted)


@needs_compiler
def test_functions_of_vectors_are_accurate_everywhere() -> None:
    names = ("exp", "log", "sin", "cos", "tanh", "sqrt")
    x = np.concatenate([s * np.geomspace(1e-300, 1e300, 5000) for s in (1, -1)])
    x = np.concatenate([x, np.linspace(-750, 750, 5001), [0.0, -0.0, math.inf, -math.inf, math.nan]])
    f = compile(
        lambda x: [*(getattr(np, name)(x) for name in names), softplus(x), abs(x) ** 0.3],
        batch=0,
        backend="native",
    )
    with np.errstate(all="ignore"):
        wanted = [*(getattr(np, name)(x) for name in names), np.logaddexp(x, 0), np.abs(x) ** 0.3]
        for actual, want in zip(f(x), wanted, strict=True):
            np.testing.assert_allclose(actual, want, rtol=1e-14, atol=1e-300)


# ---- without a compiler


def test_without_a_compiler_python_is_used_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    f = compile(lambda x: x * 1.125, backend="native")
    with pytest.warns(RuntimeWarning, match="there is no C compiler: .*; Python does it instead") as caught:
        assert f(2.0) == 2.25
    assert caught[0].filename == __file__
    with warnings.catch_warnings(action="error"):
        assert f(4.0) == 4.5
    assert "#include" not in f.source


def test_without_python_headers_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.warns(RuntimeWarning, match=r"there is no Python\.h in .*: install Python's headers"):
        assert compile(lambda x: x * 1.0625, backend="native")(2.0) == 2.125


@needs_compiler
@pytest.mark.parametrize("script", ["#!/bin/sh\necho out of order >&2\nexit 1\n", "no program at all"])
def test_a_failing_compiler_is_a_warning(
    script: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiler = tmp_path / "cc"
    compiler.write_text(script)
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.warns(RuntimeWarning, match="no native code: .*cc failed: .*Python does it instead"):
        assert compile(lambda x: x * 1.03125, backend="native")(2.0) == 2.0625
