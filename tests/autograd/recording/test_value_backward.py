"""`Value.backward`: accumulation, replaced data, undefined operations and cycles."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from autograd import (
    CycleError,
    GraphError,
    MutatedError,
    Value,
    gradient,
    neuron,
)


def test_the_gradient_is_0_until_computed() -> None:
    x, unused = Value(2.0), Value(3.0)
    y = x * 2
    assert (x.grad, x.has_grad) == (0, False)
    y.backward()
    assert (x.grad, y.grad, unused.grad) == (2, 1, 0)
    assert (x.has_grad, unused.has_grad) == (True, False)


@pytest.mark.parametrize("reset", [0, None])
def test_a_gradient_is_reset_by_0_or_none(reset: int | None) -> None:
    x = Value(2.0)
    for _ in range(2):
        (x * x).backward()
        assert x.grad == 4
        x.grad = reset
        assert (x.grad, x.has_grad) == (0, False)
    x.grad = 0.5  # a gradient of one's own is added to
    (x * x).backward()
    assert x.grad == 4.5


def test_two_backward_calls_accumulate_on_leaves_alone() -> None:
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


def test_gradients_of_two_results_accumulate_on_a_shared_leaf() -> None:
    x = Value(3.0)
    h = x * x
    (h + 1).backward()
    (h * 2).backward()
    assert x.grad == 6 + 12
    assert h.grad == 2  # from the last result alone


def test_setting_the_gradient_to_none_resets_it() -> None:
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
    assert not x.has_grad
    with pytest.raises(MutatedError):
        gradient(z, [x])
    with pytest.raises(MutatedError):
        gradient(z, [x], create_graph=True)
    (x * x).backward()
    assert x.grad == 10


@pytest.mark.parametrize(
    "use", [lambda x: x * 2.0, lambda x: 2.0 * x, lambda x: neuron(1.0, [2.0, x], [3.0, 4.0])]
)
def test_replaced_data_is_detected_in_every_input_position(use: Any) -> None:
    x = Value(2.0)
    y = use(x)
    x.data = 5.0
    mixed = y + use(x)  # half of it is out of date
    with pytest.raises(MutatedError):
        mixed.backward()
    use(x).backward()


def test_replacing_a_leaf_leaves_other_results_valid() -> None:
    x, other = Value(2.0), Value(3.0)
    y = other * other
    x.data = 5.0
    y.backward()
    assert other.grad == 6


def test_only_the_data_of_leaves_can_be_replaced() -> None:
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
