"""Recording, the operators, NumPy's functions, `backward`, and what each mistake is answered with."""

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
    CycleError,
    Graph,
    GraphError,
    MutatedError,
    Primitive,
    Value,
    apply,
    gradient,
    neuron,
    softmax,
    softmax_cross_entropy,
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
def test_plain_numbers_of_every_kind_on_either_side(make: Any) -> None:
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


def test_in_place_forms_make_new_values() -> None:
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


def test_in_place_steps_on_a_leaf_that_was_used_are_not_training() -> None:
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
    with pytest.raises(TypeError, match=r"np\.arctan2 has no derivative rule.*tanh"):
        np.arctan2(x, 1.0)
    with pytest.raises(TypeError):
        np.exp(x, out=np.zeros(1))
    with pytest.raises(TypeError):
        np.add.accumulate(x)


def test_comparisons_look_at_the_data() -> None:
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


def test_truth_is_that_of_the_data() -> None:
    assert Value(0.1)
    assert not Value(0.0)


@pytest.mark.parametrize("convert", [float, math.sin, lambda x: np.zeros(1) + float(x)])
def test_conversion_to_float_is_refused(convert: Any) -> None:
    with pytest.raises(TypeError, match=r"not converted to a float silently.*x\.data"):
        convert(Value(1.0))


def test_a_value_does_not_slip_into_a_float_array() -> None:
    row = np.zeros(2)
    with pytest.raises((TypeError, ValueError)):
        row[0] = Value(1.0)
    with pytest.raises((TypeError, ValueError)):
        np.array([Value(1.0)], dtype=float)


def test_repr_says_what_is_known() -> None:
    x = Value(2.0, name="x")
    assert repr(x) == "Value(data=2.0, grad=None, name='x')"
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
def test_operators_refuse_what_is_no_number(op: Any, other: Any) -> None:
    with pytest.raises(TypeError):
        op(Value(1.0), other)
    with pytest.raises(TypeError):
        op(other, Value(1.0))


@pytest.mark.parametrize("other", ["2", None, [1.0], 1j])
def test_maximum_and_minimum_refuse_what_is_no_number(other: Any) -> None:
    with pytest.raises(TypeError):
        Value(1.0).maximum(other)
    with pytest.raises(TypeError):
        Value(1.0).minimum(other)


def test_apply_refuses_what_is_no_number() -> None:
    with pytest.raises(TypeError, match=r"real number.*not str"):
        autograd.apply(scalars.tanh, "a")
    with pytest.raises(TypeError, match=r"real number.*not ndarray"):
        autograd.apply(scalars.mul, Value(1.0), np.array([1.0, 2.0]))


def test_numpy_numbers_are_stored_as_pythons() -> None:
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


def test_the_gradient_is_none_until_computed() -> None:
    x, unused = Value(2.0), Value(3.0)
    y = x * 2
    assert x.grad is None
    y.backward()
    assert (x.grad, y.grad, unused.grad) == (2, 1, None)


def test_two_backward_calls_add_up_on_leaves_and_are_right() -> None:
    x = Value(3.0)
    y = x * x
    z = y * x
    z.backward()
    assert (x.grad, y.grad, z.grad) == (27, 3, 1)
    z.backward()
    assert (x.grad, y.grad, z.grad) == (54, 3, 1)
    cube = Value(3.0)
    power = cube**3
    power.backward()
    power.backward()
    assert cube.grad == 54


def test_two_results_add_up_on_what_they_share() -> None:
    x = Value(3.0)
    h = x * x
    (h + 1).backward()
    (h * 2).backward()
    assert x.grad == 6 + 12
    assert h.grad == 2  # of the last result alone


def test_setting_the_gradient_to_none_starts_again() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    x.grad = None
    y.backward()
    assert x.grad == 6


def test_backward_of_a_leaf() -> None:
    x = Value(3.0)
    x.backward()
    assert x.grad == 1
    x.backward()
    assert x.grad == 2


def test_backward_stays_exact() -> None:
    x = Value(Fraction(1, 3))
    (x * x * x + 2 * x).backward()
    assert x.grad == Fraction(7, 3)
    assert isinstance(x.grad, Fraction)
    n = Value(3)
    (n * n).backward()
    assert type(n.grad) is int


def test_backward_through_many_inputs() -> None:
    x, w = Value(0.5), Value(2.0)
    y = neuron(w, [w, w, x], [x, 3.0, x])
    y.backward()
    assert x.grad == 2 + 2 * 0.5
    assert w.grad == 1 + 0.5 + 3


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Value(-1.0, "q").log(), ValueError, r"log\('q'=-1\.0\)"),
        (lambda: Value(0.0).log(), ValueError, r"log\(0\.0\)"),
        (lambda: Value(-1.0).sqrt(), ValueError, r"sqrt\(-1\.0\)"),
        (lambda: 1 / Value(0.0), ZeroDivisionError, r"div\(1, 0\.0\)"),
        (lambda: Value(1.0, "a") / Value(0.0, "b"), ZeroDivisionError, r"div\('a'=1\.0, 'b'=0\.0\)"),
        (lambda: Value(0.0) ** -1, ZeroDivisionError, r"power.*-1.*0\.0"),
        (lambda: Value(1000.0).exp(), OverflowError, r"exp\(1000\.0\)"),
        (lambda: Value(1e200) ** 2, OverflowError, r"power.*2.*1e\+200"),
        (lambda: Value(-2.0) ** 0.5, ValueError, r"power.*0\.5.*-2\.0.*negative base"),
        (lambda: Value(math.inf).sin(), ValueError, r"sin\(inf\)"),
    ],
)
def test_an_undefined_operation_is_named_with_its_numbers(make: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("f", "message"),
    [(lambda x: x.sqrt(), r"sqrt\('x'=0\.0\)"), (lambda x: x**0.5, r"power.*0\.5.*'x'=0\.0")],
)
def test_an_undefined_derivative_is_named_with_its_numbers(f: Any, message: str) -> None:
    x = Value(0.0, name="x")
    with pytest.raises(ZeroDivisionError, match=f"derivative.*{message}"):
        f(x).backward()
    with pytest.raises(ZeroDivisionError, match=message):
        gradient(f(x), [x])
    with pytest.raises(ZeroDivisionError, match=message):
        gradient(f(x), [x], create_graph=True)


def test_a_failed_backward_leaves_every_gradient_as_it_was() -> None:
    x = Value(0.0)
    h = x * 1
    root = h.sqrt()
    y = root * 2
    values = [x, h, root, y]
    for i, v in enumerate(values):
        v.grad = float(i)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert [v.grad for v in values] == [0, 1, 2, 3]


def test_replaced_data_makes_a_result_out_of_date() -> None:
    x = Value(2.0, name="x")
    y = x * x
    z = y + 1
    x.data = 5.0
    with pytest.raises(MutatedError, match=r"'x'.*replaced.*'\*'.*compute it again"):
        z.backward()
    assert x.grad is None
    with pytest.raises(MutatedError):
        gradient(z, [x])
    with pytest.raises(MutatedError):
        gradient(z, [x], create_graph=True)
    (x * x).backward()
    assert x.grad == 10


@pytest.mark.parametrize(
    "use", [lambda x: x * 2.0, lambda x: 2.0 * x, lambda x: neuron(1.0, [2.0, x], [3.0, 4.0])]
)
def test_replaced_data_is_seen_wherever_it_was_used(use: Any) -> None:
    x = Value(2.0)
    y = use(x)
    x.data = 5.0
    mixed = y + use(x)  # half of it out of date
    with pytest.raises(MutatedError):
        mixed.backward()
    use(x).backward()


def test_other_results_stay_good_when_a_leaf_is_replaced() -> None:
    x, other = Value(2.0), Value(3.0)
    y = other * other
    x.data = 5.0
    y.backward()
    assert other.grad == 6


def test_only_leaves_have_data_to_replace() -> None:
    x = Value(2.0)
    y = x + 3
    with pytest.raises(GraphError, match=r"computed by '\+'"):
        y.data = 1.0
    with pytest.raises(GraphError, match="constant"):
        y.inputs[1].data = 1.0
    with pytest.raises(GraphError, match="fixed when it is recorded"):
        y.inputs = (x, x)


def test_a_cycle_is_found() -> None:
    x = Value(1.0)
    itself = x + x
    itself._a = itself
    with pytest.raises(CycleError, match=r"depends on itself"):
        itself.backward()

    first = x * 2
    second = first + x
    third = second.tanh()
    first._b = third
    for start in (first, second, third, third + 1):
        with pytest.raises(CycleError, match=r"depends on itself.*unroll"):
            start.backward()


def test_a_cycle_through_the_last_of_many_inputs_is_found() -> None:
    x = Value(1.0)
    y = neuron(x, [x, x], [x, x])
    y._b = (x, x, x, y)
    with pytest.raises(CycleError):
        y.backward()


def test_softmax_spelled_out() -> None:
    logits = [Value(0.5), Value(-1.0), Value(2.0)]
    probabilities = softmax(logits)
    assert sum(q.data for q in probabilities) == pytest.approx(1)
    exps = [math.exp(z.data) for z in logits]
    assert [q.data for q in probabilities] == pytest.approx([e / sum(exps) for e in exps])
    assert softmax([0.0, 0.0]) == [0.5, 0.5]
    with pytest.raises(ValueError, match="no logits"):
        softmax([])


@pytest.mark.parametrize("target", [0, 1, 2])
def test_fused_and_spelled_out_cross_entropy_agree(target: int) -> None:
    logits = [Value(0.5), Value(-1.0), Value(2.0)]
    fused = softmax_cross_entropy(logits, target)
    spelled = -softmax(logits)[target].log()
    assert fused.data == pytest.approx(spelled.data, rel=1e-12)
    expected = gradient(spelled, logits).values
    assert gradient(fused, logits).values == pytest.approx(expected, rel=1e-12)
    for i in range(3):
        first = gradient(fused, logits, create_graph=True).values[i]
        other = gradient(spelled, logits, create_graph=True).values[i]
        assert gradient(first, logits).values == pytest.approx(
            gradient(other, logits).values, rel=1e-9, abs=1e-12
        )


def test_cross_entropy_at_a_thousand() -> None:
    logits = [Value(1000.0), Value(0.0), Value(-1000.0)]
    loss = softmax_cross_entropy(logits, 1)
    assert loss.data == 1000
    loss.backward()
    assert [z.grad for z in logits] == [1, -1, 0]
    with pytest.raises(OverflowError, match=r"exp\(1000\.0\)"):
        softmax(logits)


def test_cross_entropy_of_plain_numbers_is_a_plain_number() -> None:
    assert softmax_cross_entropy([0.0, 0.0], 0) == pytest.approx(math.log(2))
    assert softmax_cross_entropy(np.array([0.0, 0.0]), np.int64(1)) == pytest.approx(math.log(2))


@pytest.mark.parametrize("target", [-1, 2, 7])
def test_the_target_is_the_index_of_a_logit(target: int) -> None:
    with pytest.raises(ValueError, match=f"target {target} "):
        softmax_cross_entropy([Value(0.0), Value(1.0)], target)


def test_a_target_is_not_rounded() -> None:
    with pytest.raises((TypeError, ValueError), match=r"0\.7"):
        softmax_cross_entropy([Value(0.0), Value(1.0)], 0.7)  # type: ignore[arg-type]


def test_cross_entropy_of_nothing() -> None:
    with pytest.raises(ValueError, match="no logits"):
        softmax_cross_entropy([], 0)


def test_neurons_of_every_activation() -> None:
    for name in ("tanh", "relu", "sigmoid", "sin", "exp", None):
        w, b = Value(0.5), Value(-0.25)
        y = neuron(b, [w], [2.0], name)
        total = b + w * 2.0
        spelled = total if name is None else getattr(total, name)()
        assert y.data == spelled.data
        assert len(y.inputs) == 3
    assert neuron(1.0, [2.0], [3.0]) == 7


def test_a_neuron_needs_as_many_weights_as_inputs_and_a_known_activation() -> None:
    with pytest.raises(ValueError, match="2 and 1"):
        neuron(Value(0.0), [1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match=r"'swoosh'.*tanh"):
        neuron(Value(0.0), [1.0], [1.0], "swoosh")


def test_an_activation_has_one_input() -> None:
    with pytest.raises((KeyError, TypeError, ValueError), match="'mul'"):
        neuron(Value(0.0), [1.0], [1.0], "mul")


def test_exponents_that_are_equal_but_of_another_type_are_not_mixed_up() -> None:
    half = Value(Fraction(1, 2))
    assert type((half**5.0).data) is float
    assert (half ** Fraction(5)).data == Fraction(1, 32)
    assert type((half ** Fraction(5)).data) is Fraction


def test_a_copied_graph_is_as_good_as_the_first() -> None:
    x = Value(2.0, name="x")
    copied = copy.deepcopy(x * x + 3)
    (leaf,) = Graph(copied).leaves
    copied.backward()
    assert (leaf is x, leaf.grad, x.grad) == (False, 4.0, None)
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


def test_integers_too_long_to_write_do_not_stand_in_the_way() -> None:
    huge = Value(10**5000)
    assert "too long to write" in repr(huge)
    with pytest.raises(OverflowError, match="mul"):
        huge * 1.5


def test_an_error_that_wants_more_than_a_message_is_still_explained() -> None:
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
