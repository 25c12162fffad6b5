"""A compiled function gives the function's results, for every kind of argument, result and derivative."""

from __future__ import annotations

import copy
import gc
import math
from collections import Counter, OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import (
    ControlFlowError,
    Primitive,
    Tensor,
    Value,
    apply,
    compile,  # noqa: A004
    grad,
    gradient,
    hessian,
    hvp,
    jvp,
    no_grad,
    relu,
    sigmoid,
    softplus,
    value_and_grad,
    values,
)
from autograd.rules.primitive import TABLE
from tests.cases import POINTS
from tests.graphs import Program, programs

Pair = namedtuple("Pair", ["first", "second"])
cube = Primitive("cube", "cube", lambda a: a * a * a, lambda out, a: (3 * a * a,))
gamma = Primitive("log gamma", "log Γ", lambda a: math.lgamma(a), lambda out, a: (a,))


def same(actual: Any, expected: Any) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


@settings(max_examples=60)
@given(programs())
def test_any_scalar_program_and_its_gradient(program: Program) -> None:
    def f(leaves: Any) -> Any:
        return program.run(leaves)[-1]

    expected = value_and_grad(f)([Value(x) for x in program.leaves])
    value, slopes = compile(value_and_grad(f))(list(program.leaves))
    same(value, expected[0].data)
    same(slopes, [slope.data for slope in expected[1]])


@pytest.mark.parametrize("name", POINTS)
def test_every_row_of_the_table_and_its_derivatives(name: str) -> None:
    row = TABLE[name]
    points: list[tuple[float, ...]] = [(x,) for x in (-1.5, -0.5, 0.5, 2.0)]
    if len(POINTS[name][0]) == 2:
        points = [(x, y) for x in (0.5, 1.5) for y in (-2.0, 0.5, 1.5, 3.0)]

    def f(x: Any) -> Any:
        return apply(row, *x)

    compiled = compile(lambda x: (f(x), grad(f)(x), hessian(f)(x)))
    for point in points:
        try:
            x = [Value(a) for a in point]
            expected = f(x).data, [v.data for v in grad(f)(x)], hessian(f)(x)
        except (ArithmeticError, ValueError):
            continue
        value, slopes, curves = compiled(list(point))
        same(value, expected[0])
        same(slopes, expected[1])
        same(curves, [[v.data for v in line] for line in expected[2]])


def test_the_derivative_of_a_kink_follows_the_numbers() -> None:
    slope = compile(grad(lambda x: relu(x) + 2 * abs(x) + np.maximum(x, 1.0)))
    assert [slope(x) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [-2.0, 0.0, 3.0, 3.5, 4.0]


def test_nan_propagates() -> None:
    both = compile(lambda x: (relu(x), apply(TABLE["minimum"], x, 0.0), x + 1))
    assert all(math.isnan(y) for y in both(math.nan))


def test_powers() -> None:
    f = compile(lambda x, y: (x**0, x**1, x**2, x**3, x**4, x**5, x**0.5, x**-1, 2**x, x**y))
    same(f(1.5, 2.5), [1.5**0, 1.5, 1.5**2, 1.5**3, 1.5**4, 1.5**5, 1.5**0.5, 1 / 1.5, 2**1.5, 1.5**2.5])


def test_derivatives_of_every_kind_are_compiled() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.tanh(x) * y**3

    point, direction = (0.5, 2.0), (1.0, -1.0)
    same(compile(lambda x, y: grad(grad(f))(x, y))(*point), grad(grad(f))(*point))
    same(compile(lambda x, y: jvp(f, (x, y), direction))(*point), jvp(f, point, direction))
    same(compile(lambda x, y: hvp(f, (x, y), direction))(*point), hvp(f, point, direction))
    same(compile(lambda x, y: hessian(f, (0, 1))(x, y))(*point), hessian(f, (0, 1))(*point))


def test_a_compiled_function_is_differentiated_and_compiled_again() -> None:
    f = compile(lambda x: x**3)
    assert grad(f)(2.0) == 12.0
    assert compile(grad(f))(2.0) == 12.0
    x = Value(2.0)
    f(x).backward()
    assert x.grad == 12.0


def test_a_derivative_reaches_closed_over_variables() -> None:
    assert grad(lambda x: compile(lambda y: x * y)(3.0))(2.0) == 3.0


@pytest.mark.parametrize("backend", [None, "native"])
@pytest.mark.parametrize("x", [2.0, np.array([2.0])])
@pytest.mark.filterwarnings("ignore:no native code")
def test_so_it_does_once_the_code_is_compiled(x: Any, backend: str | None) -> None:
    w = Value(3.0) if isinstance(x, float) else Tensor(3.0)
    inner = compile(lambda x: sum([w * x]), backend=backend)
    assert inner(x) == inner(x) == 6.0
    outer = compile(lambda y: y * inner(x))
    assert outer(x) == 12.0
    w.data = 5.0
    assert outer(x) == 20.0
    held = [w]
    held[0] = 3.0
    inner = compile(lambda x: held[0] * x, backend=backend)
    inner(x)

    def f(v: Any) -> Any:
        held[0] = v
        return np.sum(inner(x))

    assert grad(f)(7.0) == 2.0


def test_containers_go_in_and_come_out() -> None:
    def f(tree: Any, pair: Any, objects: Any, nothing: None) -> Any:
        assert nothing is None
        total = tree["a"][0] * tree["a"][1] + pair.first * pair.second + objects[0, 0] * objects[0, 1]
        return {
            "sum": total,
            "list": [total, ()],
            "pair": Pair(total + 1, None),
            "array": objects * 2,
            "one": (total,),
        }

    objects = np.array([[2.0, 3.0]], dtype=object)
    result = compile(f)({"a": (2.0, 3.0)}, Pair(4.0, 5.0), objects, None)
    assert result["sum"] == 32.0
    assert result["list"] == [32.0, ()]
    assert result["pair"] == Pair(33.0, None)
    assert result["one"] == (32.0,)
    assert result["array"].tolist() == [[4.0, 6.0]]


def test_derivatives_come_in_the_containers_of_the_arguments() -> None:
    slopes = compile(grad(lambda w: w["a"] * w["b"][0]))({"a": 2.0, "b": [3.0, 4.0]})
    assert slopes == {"a": 3.0, "b": [2.0, 0.0]}


def test_other_kinds_of_arguments_are_compiled_again_and_no_others() -> None:
    runs = []

    def f(*x: Any) -> Any:
        runs.append(x)
        first = x[0]["b"] if isinstance(x[0], dict) else x[0][0] if isinstance(x[0], (list, tuple)) else x[0]
        return first * 2

    compiled = compile(f)
    arguments: list[Any] = [(1.0,), (1.0, 2.0), ([1.0],), ([1.0, 2.0],), ((1.0,),), (1,)]
    arguments += [
        ({"b": 1.0},),
        ({"b": 1.0, "c": 1.0},),
        (np.ones(2),),
        (np.ones(3),),
        (np.ones(3, np.float32),),
    ]
    for _ in range(2):
        for i, args in enumerate(arguments):
            same(compiled(*args), 2.0)
            assert len(runs) == max(i + 1, len(runs))
    assert len(runs) == len(arguments)


def test_arguments_of_like_kinds_share_a_program() -> None:
    runs = []

    def f(x: Any) -> Any:
        runs.append(x)
        return x["a"] * 2

    compiled = compile(f)
    assert compiled({"a": 1.0}) == compiled({"a": np.float64(1.0)}) == 2.0
    assert len(runs) == 1


@pytest.mark.parametrize("backend", [None, "native"])
@pytest.mark.parametrize("kind", [OrderedDict, partial(defaultdict, float), Counter])
def test_mappings_keep_their_type(kind: Any, backend: str | None) -> None:
    seen = []

    def product(x: Any) -> Any:
        seen.append(type(x))
        return x["a"] * x["b"]

    compiled = compile(grad(product), backend=backend)
    point = kind({"a": 1.0, "b": 2.0})
    for _ in range(2):
        found = compiled(point)
        assert type(found) is type(point) is seen[0]
        assert found == {"a": 2.0, "b": 1.0}


def test_exact_numbers_stay_exact() -> None:
    f = compile(lambda x: x / 3 + x * 2)
    assert f(Fraction(1, 2)) == Fraction(7, 6)
    assert compile(lambda x: x * 3 + 2**70)(2**60) == 3 * 2**60 + 2**70
    assert compile(grad(lambda x: x**3))(Fraction(1, 2)) == Fraction(3, 4)


def test_other_arguments_are_constants() -> None:
    def f(x: Any, how: str, twice: bool) -> Any:
        y = x * x if how == "square" else x
        return 2 * y if twice else y

    compiled = compile(f)
    assert compiled(3.0, "square", False) == 9.0
    assert compiled(3.0, "plain", False) == 3.0
    assert compiled(3.0, "plain", True) == 6.0


def test_a_constant_need_not_equal_itself() -> None:
    f = compile(lambda x, what: x * (2 if what is None else 3))
    for what in (Decimal("nan"), np.datetime64("NaT", "D")):
        assert [f(1.0, what), f(2.0, what), f(2.0, None)] == [3.0, 6.0, 4.0]


def test_results_may_be_constants_inputs_and_duplicates() -> None:
    assert compile(lambda x, y: (x, 2.0, y, x + 0, x * 1, 1e400, -math.inf))(1.5, 2) == (
        *(1.5, 2.0, 2, 1.5, 1.5),
        math.inf,
        -math.inf,
    )
    assert compile(lambda: 2 * Value(3.0))() == 6.0
    assert compile(lambda: 3)() == 3


def test_closed_over_values_are_read_at_every_call() -> None:
    w = Value(2.0, name="w")
    f = compile(lambda x: grad(lambda y: w * y * y)(x) + Value(1.0))
    assert f(3.0) == 13.0
    w.data = 3.0
    assert f(3.0) == 19.0


def test_results_are_plain_also_where_a_parameter_records() -> None:
    assert isinstance(compile(lambda x: Value(1.0) * x)(2.0), float)


def decides(x: Any) -> Any:
    return x if x > 0 else -x


@pytest.mark.parametrize(
    ("f", "line", "what"),
    [
        (decides, "return x if x > 0 else -x", "decides on"),
        (lambda x: max(x, 0.0), "max(x, 0.0)", "decides on"),
        (lambda x: x + 1 if x else x, "x + 1 if x else x", "decides on"),
        (lambda x: x * x.data, "x * x.data", "takes data of"),
        (lambda x: x * (x + 1).item(), "(x + 1).item()", "takes item() of"),
        (lambda x: grad(decides)(x), "return x if x > 0 else -x", "decides on"),
    ],
)
def test_reading_a_concrete_value_is_reported_with_its_line(f: Any, line: str, what: str) -> None:
    with pytest.raises(ControlFlowError) as caught:
        compile(f)(2.0)
    assert "test_compiled.py, line " in str(caught.value)
    assert line in str(caught.value)
    assert what in str(caught.value)


def test_reading_a_parameter_is_reported_too() -> None:
    w = Value(2.0)
    with pytest.raises(ControlFlowError, match="takes data of"):
        compile(lambda x: x * w.data)(1.0)
    with pytest.raises(ControlFlowError, match="no_grad"):
        compile(_under_no_grad)(1.0)


def _under_no_grad(x: Any) -> Any:
    with no_grad():
        return x * 2


def test_branches_on_constants_are_allowed() -> None:
    def f(x: Any, n: int) -> Any:
        three = Value(3.0)
        return x * (three * three).data if three > 2 and three == three.data else x

    assert compile(f)(2.0, 1) == 18.0


def test_comparisons_with_other_objects_are_unchanged() -> None:
    assert compile(lambda x: x * (1 if x != "a" else 2))(3.0) == 3.0  # type: ignore[comparison-overlap]


def test_a_number_may_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    compile(lambda x: print(x * 2) or x)(3.0)  # type: ignore[func-returns-value]
    assert "6.0" in capsys.readouterr().out


def test_errors_equal_the_errors_of_the_function() -> None:
    f = compile(lambda x, y: np.log(x) + 1 / y)
    assert f(1.0, 1.0) == 1.0
    for _ in range(2):
        with pytest.raises(ZeroDivisionError, match=r"div\(1, 0.0\) is undefined"):
            f(1.0, 0.0)
    with pytest.raises(ValueError, match=r"log\(-1.0\) is undefined"):
        f(-1.0, 2.0)
    with pytest.raises(ValueError, match=r"log\(-1\) is undefined"):
        f(-1, 2)
    with pytest.raises(OverflowError, match=r"exp\(1000.0\) is undefined"):
        compile(np.exp)(1000.0)


def test_an_error_of_the_compiled_code_alone_is_raised() -> None:
    numbers = iter([1.0, 0.0, 1.0])
    inverse = Primitive("inverse", "1/", lambda a: 1 / next(numbers), lambda out, a: (a,))
    f = compile(lambda x: apply(inverse, x))
    with pytest.raises(ZeroDivisionError, match="division"):
        f(2.0)


def test_bad_arguments_are_named_by_their_place() -> None:
    with pytest.raises(TypeError, match=r"argument \[1\]\['a'\] is a set"):
        compile(lambda x, y: x)(1.0, {"a": {1, 2}})
    with pytest.raises(TypeError, match=r"argument \[0\]: .* not complex128"):
        compile(lambda x: x)(np.array([1j]))
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        compile(lambda x: x)(1.0, 2.0)


def test_arguments_by_name_are_refused() -> None:
    with pytest.raises(TypeError, match="takes its arguments by position, not by name as 'y'"):
        compile(lambda x, y: x * y)(2.0, y=3.0)


def test_results_must_be_numbers() -> None:
    with pytest.raises(TypeError, match=r"the result\[1\] is str 'a'"):
        compile(lambda x: (x, "a"))(1.0)


def test_a_users_own_primitive_is_compiled_from_its_rule_or_called() -> None:
    f = compile(value_and_grad(lambda x: apply(cube, x) + apply(gamma, x)))
    value, slope = f(3.0)
    same(value, 27 + math.lgamma(3.0))
    same(slope, 27 + 3.0)
    assert "log gamma" in f.source
    assert "cube" not in f.source


def test_a_rule_that_fails_half_way_leaves_no_instructions() -> None:
    half = Primitive("half", "half", lambda a: math.lgamma(a * a), lambda out, a: (a,))
    f = compile(lambda x: (apply(half, x), x * x, apply(half, 2 * x)))
    same(f(2.0), (math.lgamma(4.0), 4.0, math.lgamma(16.0)))
    assert f.source.count("x0 * x0") == 1


def test_stable_functions_stay_stable() -> None:
    f = compile(lambda x: (sigmoid(x), softplus(x)))
    same(f(800.0), (1.0, 800.0))
    same(f(-800.0), (0.0, 0.0))


def test_a_copy_is_the_same_function() -> None:
    f = compile(lambda x: x * 2)
    assert copy.copy(f) is copy.deepcopy(f) is f


def test_its_repr_names_the_function() -> None:
    def square(x: Any) -> Any:
        return x * x

    compiled = compile(square)
    assert compiled.source == ""
    assert repr(compiled).startswith("<compiled <function test_its_repr_names_the_function.<locals>.square")


def test_arrays_of_values_are_containers() -> None:
    f = compile(grad(lambda w: np.sum(np.tanh(w) ** 2)))
    numbers = np.array([0.5, -1.0])
    slope = f(numbers.astype(object))
    same(slope.astype(float), 2 * np.tanh(numbers) * (1 - np.tanh(numbers) ** 2))
    w = values(numbers, "w")
    same(compile(lambda x: np.sum(w * x))(2.0), -1.0)


def test_a_tensor_is_read_too() -> None:
    w = Tensor([1.0, 2.0])
    f = compile(lambda x: np.sum(w * x))
    assert f(np.array([3.0, 4.0])) == 11.0
    w.data[0] = 10.0
    assert f(np.array([3.0, 4.0])) == 38.0


@pytest.mark.parametrize(
    ("options", "x"),
    [
        ({}, 2.0),
        ({}, np.ones(3)),
        ({"batch": 0}, np.ones(3)),
        ({"backend": "native"}, 2.0),
        ({"backend": "native"}, np.ones(3)),
    ],
)
@pytest.mark.filterwarnings("ignore:no native code")
def test_there_are_no_reference_cycles(options: dict[str, Any], x: Any) -> None:
    def used() -> None:
        compile(grad(lambda x: np.sum(x * x * 3 + np.tanh(x))), **options)(x)

    used()
    gc.collect()
    gc.disable()
    try:
        used()
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("method", ["backprop", "paths", "tree", "restart"])
def test_without_simplification_every_counted_operation_is_a_line(method: str) -> None:
    def program(a: Any, b: Any) -> Any:
        result = _ladder(a, b)
        return result, gradient(result, [a, b], method, create_graph=True).values

    x, y = Value(0.3), Value(-0.7)
    found = gradient(_ladder(x, y), [x, y], method)
    compiled = compile(program, simplify=False)
    same(compiled(0.3, -0.7)[1], found.values)
    lines = sum(line.lstrip().startswith("v") for line in compiled.source.splitlines())
    assert lines == found.cost.total


def test_simplified_the_chain_rule_of_every_layer_is_backprop() -> None:
    def lines(method: str) -> int:
        def program(a: Any, b: Any) -> Any:
            return gradient(_ladder(a, b), [a, b], method, create_graph=True).values

        compiled = compile(program)
        compiled(0.3, -0.7)
        return compiled.source.count("\n")

    assert lines("restart") == lines("backprop")


def _ladder(x: Any, y: Any) -> Any:
    for _ in range(3):
        x, y = np.tanh(x * y), x * np.tanh(y)
    return np.tanh(x) * np.tanh(y)


def test_a_dataclass_without_a_hash_is_refused_with_what_to_do() -> None:
    @dataclass
    class Settings:
        rate: float

    with pytest.raises(TypeError, match=r"is a Settings: a compiled function.*or make it frozen"):
        compile(lambda x, settings: x * 2.0)(1.0, Settings(1.0))
