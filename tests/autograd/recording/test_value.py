"""`Value`: the operators, NumPy's functions, comparisons, conversions, and what is refused."""

from __future__ import annotations

import copy
import math
import operator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    Graph,
    Primitive,
    Value,
    apply,
    gradient,
    neuron,
)
from autograd.rules import scalars


def slope(f: Any, at: float) -> Any:
    x = Value(at)
    f(x).backward()
    return x.grad


@pytest.mark.parametrize(
    ("f", "value", "derivative"),
    [
        (lambda x: x + 3, 5.0, 1),
        (lambda x: 3 + x, 5.0, 1),
        (lambda x: x - 3, -1.0, 1),
        (lambda x: 3 - x, 1.0, -1),
        (lambda x: x * 3, 6.0, 3),
        (lambda x: 3 * x, 6.0, 3),
        (lambda x: x / 4, 0.5, 0.25),
        (lambda x: 1 / x, 0.5, -0.25),
        (lambda x: x**3, 8.0, 12),
        (lambda x: x**-1, 0.5, -0.25),
        (lambda x: x**0.5, 2**0.5, 0.5 / 2**0.5),
        (lambda x: 3.0**x, 9.0, 9 * math.log(3)),
        (lambda x: x**x, 4.0, 4 * (math.log(2) + 1)),
        (lambda x: -x, -2.0, -1),
        (lambda x: +x, 2.0, 1),
        (lambda x: abs(-x), 2.0, 1),
        (lambda x: (-x).abs(), 2.0, 1),
        (lambda x: x.square(), 4.0, 4),
        (lambda x: x.sqrt(), 2**0.5, 0.5 / 2**0.5),
        (lambda x: x.exp(), math.exp(2), math.exp(2)),
        (lambda x: x.log(), math.log(2), 0.5),
        (lambda x: x.sin(), math.sin(2), math.cos(2)),
        (lambda x: x.cos(), math.cos(2), -math.sin(2)),
        (lambda x: x.tanh(), math.tanh(2), 1 - math.tanh(2) ** 2),
        (lambda x: x.sigmoid(), 1 / (1 + math.exp(-2)), math.exp(-2) / (1 + math.exp(-2)) ** 2),
        (lambda x: x.relu(), 2.0, 1),
        (lambda x: (-x).relu(), 0.0, 0),
        (lambda x: x.maximum(1.0), 2.0, 1),
        (lambda x: x.minimum(1.0), 1.0, 0),
    ],
)
def test_operators_and_methods(f: Any, value: float, derivative: float) -> None:
    assert f(Value(2.0)).data == pytest.approx(value, rel=1e-15)
    assert slope(f, 2.0) == pytest.approx(derivative, rel=1e-14)


@pytest.mark.parametrize("make", [float, int, Fraction, np.float64, np.float32, np.int64])
def test_plain_numbers_of_every_type_on_either_side(make: Any) -> None:
    number = make(3)
    for op in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        for left in (True, False):
            x = Value(2.0)
            y = op(number, x) if left else op(x, number)
            assert type(y) is Value
            assert type(y.data) is float, op
            assert y.data == pytest.approx(op(3.0, 2.0) if left else op(2.0, 3.0), rel=1e-15)
            y.backward()
            assert type(x.grad) is float, op


def test_in_place_operators_make_new_values() -> None:
    x = y = Value(3.0)
    y += 1
    y -= 2
    y *= x
    y /= 2
    y **= 2
    assert x.data == 3
    assert y is not x
    assert y.data == 9
    y.backward()
    assert x.grad == pytest.approx(2 * 3 * (2 * 3 - 1) / 2)


def test_an_in_place_step_outside_no_grad_records() -> None:
    x = first = Value(3.0)
    x -= 0.5
    assert x is not first
    assert x.op == "-"


@pytest.mark.parametrize("f", [operator.mul, operator.add])
def test_both_edges_of_one_input_count(f: Any) -> None:
    x = Value(3.0)
    y = f(x, x)
    assert y.inputs == (x, x)
    y.backward()
    assert x.grad == (6 if f is operator.mul else 2)


def test_numpy_functions_record() -> None:
    for name in ("tanh", "exp", "log", "sin", "cos", "sqrt", "square", "negative", "absolute"):
        x = Value(0.5)
        y = getattr(np, name)(x)
        assert type(y) is Value, name
        assert y.data == pytest.approx(getattr(np, name)(0.5), rel=1e-15)
    for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum", "power"):
        x = Value(0.5)
        for y in (getattr(np, name)(x, 3.0), getattr(np, name)(3.0, x), getattr(np, name)(x, Value(2.0))):
            assert type(y) is Value, name
            assert type(y.data) is float, name


def test_object_arrays_carry_values() -> None:
    weights = np.array([[Value(0.5), Value(-1.0)], [Value(2.0), Value(0.25)]])
    bias = np.array([Value(0.0), Value(1.0)])
    x = np.array([1.0, 3.0])
    out = np.tanh(weights @ x + bias).sum()
    assert type(out) is Value
    assert out.data == pytest.approx(math.tanh(-2.5) + math.tanh(3.75))
    out.backward()
    assert weights[0, 1].grad == pytest.approx(3 * (1 - math.tanh(-2.5) ** 2))
    assert bias[1].grad == pytest.approx(1 - math.tanh(3.75) ** 2)


def test_a_value_times_an_array_is_an_array_of_values() -> None:
    x, row = Value(2.0), np.array([1.0, 3.0])
    for products in (x * row, row * x, np.multiply(x, row), np.multiply(row, x)):
        assert products.shape == (2,)
        assert [v.data for v in products] == [2, 6]
    assert [v.data for v in row - x] == [-1, 1]
    assert [v.data for v in x - row] == [1, -1]
    assert [v.data for v in x**row] == [2, 8]
    assert [v.data for v in row**x] == [1, 9]
    assert [v.data for v in np.maximum(x, row)] == [2, 3]
    total = (x * row).sum()
    total.backward()
    assert x.grad == 4


def test_exp_of_an_object_array() -> None:
    row = np.array([Value(0.0), Value(1.0)])
    y = np.exp(row)
    assert [v.op for v in y] == ["exp", "exp"]
    assert y[1].data == math.e


def test_a_tie_in_an_array_is_shared_too() -> None:
    x, y = Value(2.0), Value(2.0)
    (greatest,) = np.maximum(np.array([x]), y)
    assert gradient(greatest, [x, y]).values == [0.5, 0.5]


def test_functions_without_a_rule_say_so() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"np\.spacing has no derivative rule.*primitive"):
        np.spacing(x)
    with pytest.raises(TypeError):
        np.exp(x, out=np.zeros(1))
    with pytest.raises(TypeError):
        np.add.accumulate(x)


def test_comparisons_use_the_data() -> None:
    x, y = Value(2.0), Value(3.0)
    assert x < y and x <= y and y > x and y >= x and x != y  # noqa: PT018
    assert x < 2.5 and 2.5 > x and x == 2 and 2 == x  # noqa: PT018, SIM300
    assert x <= Value(2.0)
    assert x == Value(2.0)
    assert max([x, y]) is y
    assert sorted([y, x])[0] is x
    assert x != None  # noqa: E711
    assert x != "2.0"


def test_comparisons_with_numpy_numbers_work_on_either_side() -> None:
    x = Value(2.0)
    assert np.float64(1) < x < np.float64(3)
    assert np.float64(3) >= x >= np.float64(2)
    assert np.float64(2) == x
    assert x == np.float64(2)
    assert np.float64(3) != x
    assert list(np.array([1.0, 2.0]) == x) == [False, True]


def test_a_hash_is_the_identity() -> None:
    x, y = Value(2.0), Value(2.0)
    assert len({x, y}) == 2
    assert {x: 1, y: 2}[x] == 1
    assert hash(x) != hash(y)


def test_truth_follows_the_data() -> None:
    assert Value(0.1)
    assert not Value(0.0)


@pytest.mark.parametrize("convert", [float, math.sin, lambda x: np.zeros(1) + float(x)])
def test_conversion_to_float_is_refused(convert: Any) -> None:
    with pytest.raises(TypeError, match=r"drop the derivative.*x\.data"):
        convert(Value(1.0))


def test_a_value_cannot_enter_a_float_array() -> None:
    row = np.zeros(2)
    with pytest.raises((TypeError, ValueError)):
        row[0] = Value(1.0)
    with pytest.raises((TypeError, ValueError)):
        np.array([Value(1.0)], dtype=float)


def test_repr() -> None:
    x = Value(2.0, name="x")
    assert repr(x) == "Value(data=2.0, grad=0, name='x')"
    y = x * 3
    y.backward()
    assert repr(y) == "Value(data=6.0, grad=1.0, op='*')"
    assert repr(x) == "Value(data=2.0, grad=3.0, name='x')"
    assert len(repr(Value(1.0, name="n" * 10_000))) < 200


@pytest.mark.parametrize("data", ["2", None, [1.0], 1j, np.zeros(2), Value(1.0), object()])
def test_a_value_holds_a_real_number(data: Any) -> None:
    with pytest.raises(TypeError, match=r"real number.*not "):
        Value(data)
    leaf = Value(1.0)
    with pytest.raises(TypeError, match=r"real number.*not "):
        leaf.data = data
    assert leaf.data == 1


@pytest.mark.parametrize("other", ["2", None, [1.0], 1j, object()])
@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
def test_operators_refuse_other_types(op: Any, other: Any) -> None:
    with pytest.raises(TypeError):
        op(Value(1.0), other)
    with pytest.raises(TypeError):
        op(other, Value(1.0))


@pytest.mark.parametrize("other", ["2", None, [1.0], 1j])
def test_maximum_and_minimum_refuse_other_types(other: Any) -> None:
    with pytest.raises(TypeError):
        Value(1.0).maximum(other)
    with pytest.raises(TypeError):
        Value(1.0).minimum(other)


def test_apply_refuses_other_types() -> None:
    with pytest.raises(TypeError, match=r"real number.*not str"):
        autograd.apply(scalars.tanh, "a")
    with pytest.raises(TypeError, match=r"real number.*not ndarray"):
        autograd.apply(scalars.mul, Value(1.0), np.array([1.0, 2.0]))


def test_numpy_numbers_are_stored_as_python_numbers() -> None:
    for x in (
        Value(np.float64(2)),
        neuron(Value(0.0), [Value(1.0)], [np.float64(2)]),
        Value(2.0) * np.float32(1),
    ):
        assert type(x.data) is float
    assert type(Value(np.int64(2)).data) is int
    leaf = Value(1.0)
    leaf.data = np.float64(3)
    assert type(leaf.data) is float


def test_inputs_ops_and_constants() -> None:
    x = Value(2.0)
    y = x * 3
    assert (x.op, x.inputs, x.primitive) == ("", (), None)
    assert y.op == "*"
    assert y.primitive.name == "mul"
    assert y.inputs[0] is x
    assert y.inputs[1].data == 3
    assert y.inputs[1].is_constant
    assert not x.is_constant
    assert not y.is_constant


def test_equal_exponents_of_different_types_are_kept_apart() -> None:
    half = Value(Fraction(1, 2))
    assert type((half**5.0).data) is float
    assert (half ** Fraction(5)).data == Fraction(1, 32)
    assert type((half ** Fraction(5)).data) is Fraction


def test_a_deep_copied_graph_is_independent() -> None:
    x = Value(2.0, name="x")
    copied = copy.deepcopy(x * x + 3)
    (leaf,) = Graph(copied).leaves
    copied.backward()
    assert (leaf is x, leaf.grad, x.has_grad) == (False, 4.0, False)
    assert copy.copy(copied.primitive) is copied.primitive


def test_a_primitive_gives_a_real_number_or_an_error() -> None:
    logarithm = Primitive("log of NumPy", "log", np.log, lambda out, a: (1 / a,))
    assert type(apply(logarithm, Value(1.0)).data) is float
    nothing = Primitive("nothing", "nothing", lambda a: None, lambda out, a: (1,))
    with pytest.raises(TypeError, match="real number"):
        apply(nothing, Value(1.0))


def test_a_name_is_text() -> None:
    with pytest.raises(TypeError, match="a name is text, not int 5"):
        Value(1.0, name=5)  # type: ignore[arg-type]


def test_integers_too_long_to_print_are_handled() -> None:
    huge = Value(10**5000)
    assert "too long to write" in repr(huge)
    with pytest.raises(OverflowError, match="mul"):
        huge * 1.5


def test_an_error_with_more_arguments_than_a_message_is_explained() -> None:
    def decode(a: Any) -> Any:
        raise UnicodeDecodeError("ascii", b"\xff", 0, 1, "ordinal not in range")

    with pytest.raises(ValueError, match=r"decode\(1\.0\) is undefined: ordinal"):
        apply(Primitive("decode", "decode", decode, lambda out, a: (1,)), Value(1.0))


def test_an_array_of_values_is_changed_in_place() -> None:
    x, y = Value(1.0), Value(2.0)
    row = np.array([x, y])
    row += x
    assert [v.data for v in row] == [2, 3]
    with pytest.raises(TypeError):
        np.add(x, y, where=False)
