"""The local derivative of a selection selects: an infinite adjoint or tangent meets an exact zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd import (
    Graph,
    Tensor,
    Value,
    grad,
    gradient,
    hessian,
    hvp,
    jvp,
    neuron,
    relu,
    value_and_grad,
    vjp,
)
from autograd import compile as compiled
from autograd.compiler.conditions import COMPARISONS, select
from autograd.numbers.counted import Counted, Ledger
from autograd.rules import scalars as p
from autograd.rules.primitive import apply
from autograd.rules.selection import LARGE, mask_of, where_of, without
from tests.cases import EXACT_ARRAY_METHODS, EXACT_METHODS

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

MASK = np.array([True, False])
KINKS = {
    "relu": relu,
    "maximum": lambda x: np.maximum(x, 0.0),
    "maximum on the right": lambda x: np.maximum(0.0, x),
    "minimum": lambda x: -np.minimum(-x, 0.0),
    "where of its sign": lambda x: np.where(x > 0, x, 0.0),
    "where of an array": lambda x: np.where(MASK, x, 0.0),
    "clip": lambda x: np.clip(x, 0.0, 10.0),
    "max over an axis": lambda x: np.max(np.stack([x, np.zeros(2, x.dtype)]), axis=0),
    "min over an axis": lambda x: -np.min(np.stack([-x, np.zeros(2, x.dtype)]), axis=0),
}
AT = np.array([1.0, -1.0])


def roots(kink):
    """The sum of roots of a selection: at -1 the root has an infinite slope and the selection the slope 0."""
    return lambda x: np.sum(np.sqrt(kink(x)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kink", KINKS.values(), ids=KINKS)
def test_an_infinite_adjoint_meets_an_exact_zero(kink, dtype) -> None:
    f, at, units = roots(kink), AT.astype(dtype), np.eye(2, dtype=dtype)
    found = {
        method: gradient(f(x), [x], method=method).values[0]
        for method in EXACT_ARRAY_METHODS
        for x in [Tensor(at)]
    }
    x = Tensor(at)
    f(x).backward()
    found |= {
        "backward": x.grad,
        "grad": grad(f)(at),
        "value_and_grad": value_and_grad(f)(at)[1],
        "vjp": vjp(f, at)[1](1.0)[0],
        "jvp": [jvp(f, (at,), (unit,))[1] for unit in units],
        "recorded": grad(f)(Tensor(at)).data,
        "compiled": compiled(grad(f))(at),
        "compiled without simplifying": compiled(grad(f), simplify=False)(at),
        "compiled jvp": [compiled(lambda x, t: jvp(f, (x,), (t,))[1])(at, unit) for unit in units],
    }
    for name, slopes in found.items():
        np.testing.assert_array_equal(slopes, [0.5, 0.0], err_msg=name)


@pytest.mark.parametrize("kink", KINKS.values(), ids=KINKS)
def test_second_derivatives_beside_an_infinite_one(kink) -> None:
    f, right = roots(kink), [[-0.25, 0], [0, 0]]
    np.testing.assert_array_equal(hessian(f)(AT), right)
    np.testing.assert_array_equal(compiled(hessian(f))(AT), right)
    np.testing.assert_array_equal([hvp(f, (AT,), (unit,)) for unit in np.eye(2)], right)


@pytest.mark.parametrize("kink", KINKS.values(), ids=KINKS)
def test_native_code_selects_too(kink) -> None:
    f = roots(kink)
    np.testing.assert_array_equal(compiled(grad(f), backend="native")(AT), [0.5, 0])
    np.testing.assert_array_equal(compiled(hessian(f), backend="native")(AT), [[-0.25, 0], [0, 0]])


def steep(x):
    """A selection of numbers, whose adjoint overflows."""
    return relu(x) * 1e200 * 1e200 + x.maximum(-2.0) * 0.0


@pytest.mark.parametrize("method", EXACT_METHODS)
def test_an_adjoint_that_overflows_meets_an_exact_zero_of_values(method: str) -> None:
    x = Value(-1.0)
    assert gradient(steep(x), [x], method=method).values == [0.0]


@pytest.mark.parametrize("method", EXACT_ARRAY_METHODS)
@pytest.mark.parametrize("kink", [relu, lambda x: x.maximum(0.0), lambda x: -((-x).minimum(0.0))])
def test_an_infinite_adjoint_of_an_array_meets_an_exact_zero_of_values(kink, method: str) -> None:
    x = Value(-1.0)
    root = np.sqrt(Tensor(1.0) * kink(x))
    assert gradient(root, [x], method=method).values == [0.0]
    (slope,) = gradient(root, [x], create_graph=True).values
    assert slope.data == 0
    assert gradient(slope, [x], method=method).values == [0.0]


def test_values_select_in_every_other_way() -> None:
    x = Value(-1.0)
    steep(x).backward()
    assert x.grad == 0.0
    assert type(x.grad) is float
    assert grad(steep)(-1.0) == grad(steep)(Value(-1.0)).data == 0.0
    assert grad(grad(steep))(-1.0) == grad(grad(steep))(Value(-1.0)).data == 0.0
    for backend in (None, "native"):
        assert compiled(grad(steep), backend=backend)(-1.0) == 0.0
        batch = compiled(grad(steep), batch=0, backend=backend)
        np.testing.assert_array_equal(batch(np.array([-1.0, 1.0])), [0.0, np.inf])


def blocked_neuron(bias, weight, x):
    """A neuron whose adjoint overflows; the activation blocks it at `BLOCKED`."""
    return neuron(bias, [weight], [x], "relu") * 1e200 * 1e200


BLOCKED = (-1.0, 0.5, 0.25)


@pytest.mark.parametrize("method", EXACT_METHODS)
def test_a_blocked_neuron_meets_an_overflowing_adjoint_with_exact_zeros(method: str) -> None:
    leaves = [Value(x) for x in BLOCKED]
    assert gradient(blocked_neuron(*leaves), leaves, method=method).values == [0.0] * 3
    passing = [Value(-x) for x in BLOCKED]
    through = gradient(neuron(passing[0], passing[1:2], passing[2:], "relu"), passing, method)
    costs = gradient(neuron(leaves[0], leaves[1:2], leaves[2:], "relu"), leaves, method).cost, through.cost
    assert costs[0] == costs[1]


def test_a_blocked_neuron_in_every_other_way() -> None:
    slopes = grad(blocked_neuron, argnums=(0, 1, 2))
    leaves = [Value(x) for x in BLOCKED]
    blocked_neuron(*leaves).backward()
    found = [[x.grad for x in leaves], slopes(*BLOCKED), [x.data for x in slopes(*map(Value, BLOCKED))]]
    found += [compiled(slopes, simplify=simplify)(*BLOCKED) for simplify in (True, False)]
    found += [compiled(slopes, backend="native")(*BLOCKED)]
    np.testing.assert_array_equal(found, np.zeros((len(found), 3)))


def test_blocked_neurons_of_arrays() -> None:
    at = [np.array([x, -x]) for x in BLOCKED]  # the second is not blocked
    total = lambda *inputs: np.sum(blocked_neuron(*inputs))  # noqa: E731
    leaves = [Tensor(x) for x in at]
    total(*leaves).backward()
    slopes = grad(total, argnums=(0, 1, 2))
    found = [[x.grad for x in leaves], slopes(*at), [x.data for x in slopes(*map(Tensor, at))]]
    found += [compiled(slopes)(*at)]
    for method in EXACT_ARRAY_METHODS:
        leaves = [Tensor(x) for x in at]
        found += [gradient(total(*leaves), leaves, method=method).values]
    np.testing.assert_array_equal(found, [[[0, np.inf], [0, -np.inf], [0, -np.inf]]] * len(found))


def test_a_tangent_of_zero_stays_zero_beside_an_infinite_slope() -> None:
    x = Tensor([0.0, 1.0])
    np.testing.assert_array_equal(gradient(np.sqrt(x).sum(), [x], method="forward").values[0], [np.inf, 0.5])
    for f in (jvp, lambda f, x, t: compiled(lambda x, t: jvp(f, (x,), (t,)))(x[0], t[0])):
        for unit, right in zip(np.eye(2), ([np.inf, 0.0], [0.0, 0.5]), strict=True):
            np.testing.assert_array_equal(f(np.sqrt, (np.array([0.0, 1.0]),), (unit,))[1], right)


def test_a_tangent_of_zero_still_has_a_derivative_by_the_tangent() -> None:
    slope = grad(lambda t: jvp(lambda x: np.sum(x**3), (np.array([2.0]),), (t,))[1])(np.zeros(1))
    np.testing.assert_array_equal(slope, [12.0])


@pytest.mark.parametrize("size", [7, LARGE + 1])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
def test_without_is_where(size: int, dtype: type, order: str) -> None:
    rng = np.random.default_rng(size)
    a = np.asarray(rng.choice([1.5, -2.5, np.inf, -np.inf, np.nan], (size, 2)), dtype, order=order)
    blocked = rng.random(a.shape) < 0.5
    right = np.where(blocked, dtype(0), a)
    assert without(blocked, a).dtype == dtype
    np.testing.assert_array_equal(without(blocked, a), right)
    np.testing.assert_array_equal(without(blocked, a, np.empty_like(a)), right)
    np.testing.assert_array_equal(without(blocked, a, a), right)  # written over itself


# ---- the local derivatives of the rows that select


def test_the_partials_of_where_on_recorded_numbers() -> None:
    row, yes, no = where_of(MASK), Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    for derivative, right in zip(row.partials(apply(row, yes, no), yes, no), ([1, 0], [0, 1]), strict=True):
        adjoint = Tensor([np.inf, np.inf])
        product = adjoint * derivative
        np.testing.assert_array_equal(product.data, np.where(right, np.inf, 0.0))
        product.sum().backward()
        np.testing.assert_array_equal(adjoint.grad, right)


@pytest.mark.parametrize("condition", [True, False, np.True_, np.False_])
def test_the_partials_of_select_on_recorded_numbers(condition: bool) -> None:
    for numbers in ((Value(2.0), Value(3.0)), (Tensor(2.0), Tensor(3.0))):
        by_condition, by_yes, by_no = select.partials(None, condition, *numbers)
        adjoint = numbers[0] * np.inf
        assert by_condition == 0
        for derivative, right in ((by_yes, condition), (by_no, not condition)):
            assert float((adjoint * derivative).data) == (np.inf if right else 0.0)


def test_the_slope_by_a_place_is_zero() -> None:
    x = Tensor(np.array([0.5, 0.25]))
    (slopes,) = gradient(np.sum(np.sort(x)), [x], create_graph=True).values
    nodes = Graph(np.sum(slopes * [2.0, 3.0])).nodes
    places = [v for v in nodes if v.op == "argsort"]
    assert places
    for slope in gradient(nodes[-1], places).values:
        np.testing.assert_array_equal(slope, [0, 0])


def test_a_comparison_does_not_move() -> None:
    for row in COMPARISONS.values():
        assert row.partials(True, 1.0, 2.0) == (0, 0)


def test_a_product_with_a_mask_counts_once_for_each_element() -> None:
    ledger = Ledger()
    a = Counted(np.array([1.0, -1.0, 2.0]), ledger)
    (mask,) = p.relu.partials(apply(p.relu, a), a)
    ledger.reset(0)
    np.testing.assert_array_equal((Counted(np.full(3, np.inf), ledger) * mask).data, [np.inf, 0, np.inf])
    assert ledger.counts["multiplications"] == 3
    (mask,) = p.relu.partials(0.0, Counted(-1.0, ledger))
    assert (Counted(np.inf, ledger) * mask).data == 0
    assert ledger.counts["multiplications"] == 4


def test_forward_holds_only_the_wavefront() -> None:
    x = Value(0.5)
    lengths = []
    for depth in (5, 50):
        y = x
        for _ in range(depth):
            y = y * 1.5
        lengths.append(gradient(y, [x], method="forward").cost.stored)
    assert lengths[0] == lengths[1] <= 3


@pytest.mark.parametrize("adjoint", [1.0, np.float64(1.0), np.array(1.0)])
@pytest.mark.parametrize("at", [np.zeros(3), np.array([1.0, 2.0, 2.0])])
def test_a_scalar_that_was_selected_pulls_back_an_adjoint_of_any_type(at: Any, adjoint: Any) -> None:
    value, pullback = vjp(np.linalg.norm, at)
    (found,) = pullback(adjoint)
    assert value == np.linalg.norm(at)
    assert found.tolist() == (at / max(value, 1)).tolist()


@pytest.mark.parametrize("factor", [np.float64(np.inf), np.float32(np.nan), np.array([np.inf, np.nan])])
def test_a_product_with_a_mask_selects_whichever_factor_is_first(factor: Any) -> None:
    mask = mask_of(np.array([True, True]), 1)
    for product in (factor * mask, mask * factor, np.multiply(factor, mask)):
        assert product.tolist() == [0, 0]
        assert type(product) is np.ndarray
    assert type(np.float64(2.0) + mask) is np.ndarray


@pytest.mark.parametrize("row", [np.maximum, np.minimum])
def test_compiled_code_shares_a_derivative_at_a_tie(row: Any) -> None:
    slope = compiled(grad(lambda x: row(x, 2.0) * 3.0))
    assert sorted([slope(1.0), slope(3.0)]) == [0.0, 3.0]
    assert slope(2.0) == 1.5
