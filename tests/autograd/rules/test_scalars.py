"""Every row of the table on every number type."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from autograd import Counted, Dual, Ledger, Value, apply, gradient, primitive
from autograd.rules import scalars as p
from autograd.rules.fused import Fused
from autograd.rules.primitive import TABLE, Primitive
from autograd.rules.softmax import softmax_cross_entropy_of
from tests.cases import POINTS, TABULATED
from tests.cases import SCALAR_CASES as CASES  # noqa: F401 (other tests import it from here)
from tests.cases import every_scalar_case as every_case


def moved(point: tuple[float, ...], i: int, step: float) -> list[float]:
    return [x + step * (j == i) for j, x in enumerate(point)]


def difference(f: Any, point: tuple[float, ...], i: int) -> float:
    step = 1e-5
    return (f(*moved(point, i, step)) - f(*moved(point, i, -step))) / (2 * step)


def test_every_row_has_points() -> None:
    assert {name for name, _ in TABULATED} == set(POINTS)


@every_case
def test_local_derivatives_equal_differences(row: Primitive, point: tuple[float, ...]) -> None:
    partials = row.partials(row.forward(*point), *point)
    assert len(partials) == len(point)
    for i, derivative in enumerate(partials):
        assert derivative == pytest.approx(difference(row.forward, point, i), rel=1e-6, abs=1e-8)


@every_case
def test_second_derivatives_equal_differences_of_the_first(row: Primitive, point: tuple[float, ...]) -> None:
    # Squared, so that the first derivative depends on the point even where the row is linear.
    for i in range(len(point)):
        leaves = [Value(x) for x in point]
        (first,) = gradient(apply(row, *leaves).square(), [leaves[i]], create_graph=True).values

        def slope(*numbers: float, i: int = i) -> float:
            output = row.forward(*numbers)
            return 2 * output * row.partials(output, *numbers)[i]  # type: ignore[no-any-return]

        assert first.data == pytest.approx(slope(*point), rel=1e-12, abs=1e-12)
        for j, second in enumerate(gradient(first, leaves).values):
            assert second == pytest.approx(difference(slope, point, j), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("name", [name for name, _ in TABULATED])
def test_a_row_runs_on_arrays_element_by_element(name: str) -> None:
    row = TABLE[name]
    columns = [np.array(column) for column in zip(*POINTS[name], strict=True)]
    outputs = row.forward(*columns)
    singles = [row.forward(*point) for point in POINTS[name]]
    np.testing.assert_allclose(outputs, singles, rtol=1e-14)
    slopes = [row.partials(out, *point) for out, point in zip(singles, POINTS[name], strict=True)]
    for i, derivatives in enumerate(row.partials(outputs, *columns)):
        shape_it_to = np.zeros(len(singles))
        np.testing.assert_allclose(derivatives + shape_it_to, [s[i] for s in slopes], rtol=1e-14)


@every_case
def test_a_row_runs_on_duals(row: Primitive, point: tuple[float, ...]) -> None:
    partials = row.partials(row.forward(*point), *point)
    for i, derivative in enumerate(partials):
        output = apply(row, *(Dual(x, float(i == j)) for j, x in enumerate(point)))
        assert output.data == row.forward(*point)
        assert output.tangent == pytest.approx(derivative, rel=1e-14, abs=1e-15)


@every_case
def test_a_row_runs_on_values(row: Primitive, point: tuple[float, ...]) -> None:
    leaves = [Value(x) for x in point]
    output = apply(row, *leaves)
    assert output.data == row.forward(*point)
    assert output.op == row.symbol
    output.backward()
    assert [leaf.grad for leaf in leaves] == list(row.partials(output.data, *point))


@every_case
def test_a_row_runs_on_counted_numbers(row: Primitive, point: tuple[float, ...]) -> None:
    ledger = Ledger()
    with ledger.entering("forward"):
        output = apply(row, *(Counted(x, ledger) for x in point))
    assert output.data == row.forward(*point)
    assert ledger.counts["forward"] == 1 or isinstance(row, Fused)


@pytest.mark.parametrize(("row", "count"), [(p.add, 0), (p.sub, 0), (p.mul, 0), (p.square, 1), (p.tanh, 2)])
def test_what_local_derivatives_cost(row: Primitive, count: int) -> None:
    leaves = [Value(0.5) for _ in POINTS[row.name][0]]
    assert gradient(apply(row, *leaves), leaves).cost.partials == count


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_what_cross_entropy_costs(n: int) -> None:
    logits = [Value(float(i)) for i in range(n)]
    cost = gradient(apply(softmax_cross_entropy_of(0), *logits), logits).cost
    assert (cost.forward, cost.partials, cost.multiplications) == (4 * n + 1, n + 1, n)


def slopes(row: Primitive, *point: Any) -> list[Any]:
    return list(row.partials(row.forward(*point), *point))


def test_subgradients_are_the_documented_ones() -> None:
    assert slopes(p.relu, 0.0) == [0]
    assert slopes(p.relu, -0.0) == [0]
    assert slopes(p.absolute, 0.0) == [0]
    assert slopes(p.maximum, 2.0, 2.0) == [0.5, 0.5]
    assert slopes(p.minimum, 2.0, 2.0) == [0.5, 0.5]
    assert slopes(p.maximum, 2.0, 3.0) == [0, 1]
    assert slopes(p.minimum, 2.0, 3.0) == [1, 0]


def test_subgradients_are_the_same_on_arrays_and_values() -> None:
    zeros = np.zeros(2)
    assert np.all(slopes(p.relu, zeros)[0] == 0)
    assert np.all(slopes(p.absolute, zeros)[0] == 0)
    assert np.all(np.array(slopes(p.maximum, zeros, zeros)) == 0.5)
    x, y = Value(2.0), Value(2.0)
    assert gradient(x.maximum(y), [x, y]).values == [0.5, 0.5]
    assert gradient(x.maximum(x), [x]).values == [1]
    assert gradient(x.minimum(2.0), [x]).values == [0.5]


def test_zero_to_the_power_of_zero() -> None:
    assert p.power.forward(0.0, 0.0) == 1
    assert slopes(p.power, 0.0, 0.0) == [0, 0]
    assert slopes(p.power_of(0), 0.0) == [0]
    assert slopes(p.power_of(1), 0.0) == [1]
    assert slopes(p.power_of(2), 0.0) == [0]
    assert slopes(p.exponential_of(0), 2.0) == [0]


def test_powers_of_a_negative_base() -> None:
    assert slopes(p.power_of(3), -2.0) == [12]
    assert slopes(p.power_of(-1), -2.0) == [-0.25]
    base, exponent = slopes(p.power, -2.0, 3.0)
    assert base == 12
    assert math.isnan(exponent)  # (-2) ** b is not a real function of b
    for make in (
        lambda: Value(-8.0) ** (1 / 3),
        lambda: (-8.0) ** Value(0.5),
        lambda: Value(-8.0) ** Value(0.5),
    ):
        with pytest.raises(ValueError, match=r"-8\.0.*negative base.*fractional exponent"):
            make()


def test_sigmoid_and_tanh_are_finite_far_from_zero() -> None:
    for x in (-1000.0, 1000.0):
        assert p.sigmoid.forward(x) == (x > 0)
        assert slopes(p.sigmoid, x) == [0]
        assert slopes(p.tanh, x) == [0]
    np.testing.assert_array_equal(p.sigmoid.forward(np.array([-1000.0, 0.0, 1000.0])), [0, 0.5, 1])


def test_nan_propagates() -> None:
    for row in (p.maximum, p.minimum):
        assert math.isnan(row.forward(math.nan, 1.0))
        assert math.isnan(row.forward(1.0, math.nan))
    assert math.isnan(p.relu.forward(math.nan))


def test_fractions_stay_fractions() -> None:
    third = Fraction(1, 3)
    assert slopes(p.div, third, Fraction(2)) == [Fraction(1, 2), Fraction(-1, 12)]
    assert slopes(p.power_of(3), third) == [third]
    assert slopes(p.square, third) == [2 * third]


def test_a_fixed_exponent_keeps_its_type() -> None:
    # 2 and 2.0 are equal, but only one of them keeps a fraction exact.
    assert (Value(3.0) ** 11.0).op == "**11.0"
    exact = Value(Fraction(1, 2))
    cube = exact**11
    assert cube.op == "**11"
    assert isinstance(gradient(cube, [exact]).values[0], Fraction)
    assert (13.0 ** Value(1.0)).op == "13.0**"
    assert (13 ** Value(1.0)).op == "13**"


def test_a_user_defined_primitive_takes_one_call(table: dict[str, Primitive]) -> None:
    softplus = primitive(
        "softplus_of_mine",
        lambda a: apply(p.log, 1 + apply(p.exp, a)),
        lambda out, a: (apply(p.sigmoid, a),),
        symbol="s+",
    )
    assert table["softplus_of_mine"] is softplus
    assert repr(softplus) == "<primitive softplus_of_mine>"
    x = Value(0.5)
    y = apply(softplus, x)
    assert y.op == "s+"
    for method in ("backprop", "paths", "tree", "forward", "restart"):
        assert gradient(y, [x], method).values == [p.sigmoid.forward(0.5)]
    (first,) = gradient(y, [x], create_graph=True).values
    s = p.sigmoid.forward(0.5)
    assert gradient(first, [x]).values == pytest.approx([s * (1 - s)])
    assert apply(softplus, Dual(0.5, 1.0)).tangent == s


def test_a_primitive_of_many_inputs(table: dict[str, Primitive]) -> None:
    volume = primitive(
        "volume_of_mine", lambda a, b, c: a * b * c, lambda out, a, b, c: (b * c, a * c, a * b)
    )
    x, y, z = Value(2.0), Value(3.0), Value(5.0)
    out = apply(volume, x, y, z)
    assert out.op == "volume_of_mine"
    assert out.inputs == (x, y, z)
    out.backward()
    assert (x.grad, y.grad, z.grad) == (15, 10, 6)
    cube = apply(volume, x, x, x)
    assert gradient(cube, [x]).values == [12]
    assert gradient(cube, [x]).cost.multiplications == 3


def test_a_taken_name_is_refused(table: dict[str, Primitive]) -> None:
    before = dict(table)
    with pytest.raises(ValueError, match=r"'tanh' is already in the table"):
        primitive("tanh", lambda a: a, lambda out, a: (1,))
    assert table == before


def test_a_rule_with_too_few_derivatives_is_named(table: dict[str, Primitive]) -> None:
    lazy = primitive("lazy_of_mine", lambda a, b: a * b, lambda out, a, b: (b,))
    x = Value(2.0)
    with pytest.raises((TypeError, ValueError), match="lazy_of_mine"):
        apply(lazy, x, x).backward()
    with pytest.raises((TypeError, ValueError), match="lazy_of_mine"):
        gradient(apply(lazy, x, x), [x])


@pytest.mark.parametrize("row", [p.maximum, p.minimum])
def test_extrema_of_other_numbers_keep_nan_and_the_first_of_equal_ones(row: Any) -> None:
    for a, b in ((math.nan, 1), (1, math.nan), (math.nan, Fraction(1, 2)), (Fraction(1, 2), math.nan)):
        assert math.isnan(row.forward(a, b))
    for a, b in ((1, 1.0), (1.0, 1), (Fraction(1), 1.0), (1.0, Fraction(1))):
        assert row.forward(a, b) is a
