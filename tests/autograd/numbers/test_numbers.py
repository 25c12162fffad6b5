"""`Dual`, `Counted` and `Ledger`; one function runs on every number type."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Counted, Dual, HyperDual, Ledger, Tensor, Value, apply, gradient, softmax_cross_entropy
from autograd.rules import scalars as p


def f(x: Any, y: Any) -> Any:
    return (x * y - 3).tanh() / (1 + x.square()) + 2**y - abs(x) ** 1.5


def test_a_dual_carries_the_derivative() -> None:
    x, y = Value(0.5), Value(-1.25)
    expected = gradient(f(x, y), [x, y]).values
    assert f(Dual(0.5, 1.0), Dual(-1.25)).tangent == pytest.approx(expected[0], rel=1e-12)
    assert f(Dual(0.5), Dual(-1.25, 1.0)).tangent == pytest.approx(expected[1], rel=1e-12)
    both = f(Dual(0.5, 2.0), Dual(-1.25, -3.0))
    assert both.data == f(x, y).data
    assert both.tangent == pytest.approx(2 * expected[0] - 3 * expected[1], rel=1e-12)


def test_duals_of_duals_carry_second_derivatives() -> None:
    out = Dual(Dual(0.7, 1.0), Dual(1.0, 0.0)).sin()
    assert out.data.data == math.sin(0.7)
    assert out.data.tangent == out.tangent.data == pytest.approx(math.cos(0.7))
    assert out.tangent.tangent == pytest.approx(-math.sin(0.7))
    cube = Dual(Dual(2.0, 1.0), Dual(1.0, 0.0)) ** 3
    assert cube.tangent.tangent == pytest.approx(12)


def test_a_dual_of_values_can_be_differentiated_again() -> None:
    x = Value(0.7)
    out = Dual(x, 1.0).sin() * Dual(x, 1.0)
    assert out.tangent.data == pytest.approx(math.cos(0.7) * 0.7 + math.sin(0.7))
    out.tangent.backward()
    assert x.grad == pytest.approx(2 * math.cos(0.7) - 0.7 * math.sin(0.7))


def test_a_dual_of_fractions_stays_exact() -> None:
    x = Dual(Fraction(1, 3), Fraction(1))
    y = x * x * x - 2 * x
    assert y.data == Fraction(1, 27) - Fraction(2, 3)
    assert y.tangent == Fraction(1, 3) - 2
    assert isinstance(y.tangent, Fraction)


def test_constants_have_a_zero_tangent() -> None:
    assert (Dual(2.0) * 3).tangent == 0
    assert Dual(2.0).relu().tangent == 0
    assert repr(Dual(2.0, 1.0)) == "Dual(data=2.0, tangent=1.0)"


def test_number_types_do_not_mix_silently() -> None:
    with pytest.raises(TypeError):
        Dual(1.0) + Counted(1.0, Ledger())
    with pytest.raises(TypeError):
        Value(1.0) * Dual(1.0)


@pytest.mark.parametrize("wrap", [Value, Dual, lambda x: Counted(x, Ledger())])
def test_operators_comparisons_and_numpy_work_on_every_type(wrap: Any) -> None:
    x = wrap(0.5)
    kind = type(x)
    for y, expected in (
        (x + 1, 1.5),
        (1 - x, 0.5),
        (x * x, 0.25),
        (2 / x, 4),
        (x**2, 0.25),
        (2**x, 2**0.5),
        (x**x, 0.5**0.5),
        (-x, -0.5),
        (+x, 0.5),
        (abs(x), 0.5),
        (x.sqrt(), 0.5**0.5),
        (np.log(x), math.log(0.5)),
        (np.tanh(x), math.tanh(0.5)),
        (np.float64(2) * x, 1),
        (np.power(x, 2), 0.25),
        (np.power(2.0, x), 2**0.5),
        (np.maximum(x, 2.0), 2),
        (x.maximum(2.0), 2),
        (x.sigmoid(), 1 / (1 + math.exp(-0.5))),
    ):
        assert type(y) is kind
        assert y.data == pytest.approx(expected, rel=1e-15)
    assert x < 1 and x <= 0.5 and x > 0 and x >= 0.5 and x == 0.5 and x != 1 and x  # noqa: PT018
    with pytest.raises(TypeError, match=kind.__name__):
        float(x)
    for other in ("2", None, [1.0], 1j):
        with pytest.raises(TypeError):
            x + other
        with pytest.raises(TypeError):
            other * x


@pytest.mark.parametrize("wrap", [Value, Dual, lambda x: Counted(x, Ledger())])
def test_object_arrays_carry_every_type(wrap: Any) -> None:
    weights = np.array([[0.5, -1.0], [2.0, 0.25]])
    lifted = np.array([[wrap(w) for w in row] for row in weights])
    x = np.array([1.0, 3.0])
    out = np.tanh(lifted @ x + 1)
    assert [y.data for y in out] == pytest.approx(list(np.tanh(weights @ x + 1)))
    for products in (wrap(2.0) * x, x * wrap(2.0)):
        assert isinstance(products, np.ndarray)
        assert [y.data for y in products] == [2, 6]


def test_a_ledger_enters_every_operation_by_kind() -> None:
    ledger = Ledger()
    x = Counted(2.0, ledger)
    y = x * x + 3 - 1
    assert y.data == 6
    assert ledger.counts == {"forward": 0, "partials": 0, "multiplications": 1, "additions": 2}
    with ledger.entering("forward"):
        x.tanh()
        with ledger.entering("partials"):
            x.exp()
        x.sin()
    assert ledger.counts == {"forward": 2, "partials": 1, "multiplications": 1, "additions": 2}
    x.exp()
    assert ledger.counts["multiplications"] == 2
    assert repr(y) == "Counted(6.0)"


def test_an_error_ends_a_phase() -> None:
    ledger = Ledger()
    with pytest.raises(ZeroDivisionError), ledger.entering("forward"):
        Counted(1.0, ledger) / 0
    assert ledger.phase is None


def test_a_ledger_counts_the_numbers_alive() -> None:
    ledger = Ledger()
    kept = [Counted(float(i), ledger) for i in range(5)]
    assert ledger.alive == 5
    ledger.mark()
    total = kept[0]
    for x in kept[1:]:
        total = total + x  # one sum replaces the last
    assert ledger.stored == 2
    assert ledger.alive == 6
    del kept, total, x
    assert ledger.alive == 0


def test_fused_primitives_are_counted_operation_by_operation() -> None:
    ledger = Ledger()
    with ledger.entering("forward"):
        loss = softmax_cross_entropy([Counted(float(i), ledger) for i in range(4)], 2)
    assert ledger.counts["forward"] == 4 * 4 + 1
    assert loss.data == softmax_cross_entropy([0.0, 1.0, 2.0, 3.0], 2)
    mixed = Ledger()
    assert softmax_cross_entropy([Counted(0.0, mixed), 1.0], 0).data == pytest.approx(math.log(1 + math.e))


def test_apply_on_plain_numbers_gives_a_plain_number() -> None:
    assert apply(p.tanh, 0.5) == math.tanh(0.5)
    assert apply(p.add, 1, Fraction(1, 2)) == Fraction(3, 2)
    assert apply(p.exp, 0) == 1
    np.testing.assert_array_equal(apply(p.square, np.array([1.0, 2.0])), [1, 4])


def test_a_boolean_is_stored_as_a_number() -> None:
    x = Value(True)
    y = x * 2.5
    y.backward()
    assert (type(x.data), x.grad) == (int, 2.5)


def test_comparison_with_an_array_is_elementwise() -> None:
    assert list(Value(3.0) == np.array([1.0, 3.0])) == [False, True]
    assert list(np.array([1.0, 4.0]) < Value(3.0)) == [True, False]


@pytest.mark.parametrize("row", [p.add, p.sub, p.mul, p.div, p.power, p.maximum, p.minimum])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_number_beside_a_single_precision_scalar_keeps_its_digits(row: Any, swapped: bool) -> None:
    single = np.float32(1 / 7)
    for make in (lambda x: Dual(x, 1.0), lambda x: Counted(x, Ledger())):
        pairs = [(make(1 / 3), single), (make(1 / 3), float(single))]
        found, right = (apply(row, *(pair[::-1] if swapped else pair)) for pair in pairs)
        assert found.data == right.data
        assert getattr(found, "tangent", 0) == getattr(right, "tangent", 0)
        assert type(found.data) is float


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_numbers_are_pickled_by_every_protocol(protocol: int) -> None:
    for x in (Dual(1.5, 2.0), HyperDual(1.5, 2.0, 3.0, 4.0), Value(1.5, name="x"), Tensor([1.5], name="x")):
        found = pickle.loads(pickle.dumps(x, protocol))
        assert type(found) is type(x)
        assert repr(found) == repr(x)
