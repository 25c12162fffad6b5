"""`Counted` counts inline what a slow reference counts operation by operation."""

from __future__ import annotations

import copy
import gc
import operator
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given

from autograd import METHODS, Counted, Ledger, Value, gradient, predict
from autograd.costs import gradient as gradient_module
from autograd.costs.uncollected import uncollected
from autograd.differentiation import linearization
from autograd.numbers.number import Number, real_or_none
from autograd.rules.fused import Fused
from autograd.rules.primitive import Primitive
from tests.graphs import Program, fractions, ladder, mlp, programs, squared_error


class SlowLedger(Ledger):
    """A ledger whose numbers report their making and their end, and enter every operation by its kind."""

    __slots__ = ("alive_now", "entered", "peak", "start")

    def __init__(self) -> None:
        self.entered = {"forward": 0, "partials": 0, "multiplications": 0, "additions": 0}
        self.alive_now = self.peak = self.start = 0
        super().__init__()

    @property
    def counts(self) -> dict[str, int]:
        return self.entered

    @counts.setter
    def counts(self, counts: dict[str, int]) -> None:
        self.entered = counts

    def enter(self, primitive: Primitive, operations: int = 1) -> None:
        self.entered[self.phase or primitive.kind] += operations

    def mark(self) -> None:
        self.start = self.peak = self.alive_now

    @property
    def stored(self) -> int:
        return self.peak - self.start


class SlowCounted(Counted):
    """A number without the inline operators, which is alive from `__init__` to `__del__`."""

    __slots__ = ()
    __mul__, __rmul__, __add__ = Number.__mul__, Number.__rmul__, Number.__add__

    def __init__(self, data: Any, ledger: Any) -> None:
        super().__init__(data, ledger)
        ledger.alive_now += 1
        ledger.peak = max(ledger.peak, ledger.alive_now)

    def __del__(self) -> None:
        ledger: Any = self.ledger
        ledger.alive_now -= 1

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        ledger = next(x.ledger for x in inputs if isinstance(x, Counted))
        if isinstance(primitive, Fused):
            output: Self = primitive.forward(
                *(x if isinstance(x, Counted) else cls(x, ledger) for x in inputs)
            )
            return output
        data = [x.data if isinstance(x, Counted) else x for x in inputs]
        result = primitive.forward(*data)
        ledger.enter(primitive)
        return cls(result, ledger)

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Any:
        if not isinstance(other, Counted) and (other := real_or_none(other)) is None:
            return NotImplemented
        return self._apply(primitive, (other, self) if reflected else (self, other))


def slowly(root: Value, wrt: Sequence[Any], method: str) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linearization, "Counted", SlowCounted)
        patch.setattr(gradient_module, "Ledger", SlowLedger)
        return gradient(root, wrt, method)


def outcome(differentiate: Any, root: Value, wrt: Sequence[Any], method: str) -> Any:
    """The values to the bit and the cost, or the error."""
    try:
        found = differentiate(root, wrt, method)
    except (ArithmeticError, ValueError) as error:
        return type(error), str(error)
    return [(type(x), x.hex() if isinstance(x, float) else x) for x in found.values], found.cost


@pytest.mark.parametrize("method", METHODS)
@given(program=programs())
def test_counts_values_and_numbers_held_are_those_of_slow_counting(method: str, program: Program) -> None:
    root, leaves, results = program.record()
    for wrt in (leaves, [leaves, results[-2:]]):
        assert outcome(gradient, root, wrt, method) == outcome(slowly, root, wrt, method)


@pytest.mark.parametrize("method", ["backprop", "paths", "forward", "restart"])
@given(program=programs(operations=("add", "sub", "mul", "neg", "square", "cube"), numbers=fractions))
def test_fractions_are_counted_as_floats_are(method: str, program: Program) -> None:
    root, leaves, _ = program.record()
    assert outcome(gradient, root, leaves, method) == outcome(slowly, root, leaves, method)


@pytest.mark.parametrize("method", METHODS)
def test_a_perceptron_is_counted_as_slow_counting_does(method: str) -> None:
    network = mlp([2, 3, 2])
    root = squared_error(network(np.array([0.3, -0.2])), [0.1, 0.2])
    assert outcome(gradient, root, network.parameters(), method) == outcome(
        slowly, root, network.parameters(), method
    )


@pytest.mark.parametrize("x", [0.0, -1.0, 0.5])
@pytest.mark.parametrize("method", ["backprop", "tree", "central_difference"])
def test_errors_at_special_points_are_those_of_slow_counting(method: str, x: float) -> None:
    for f in (lambda v: v.sqrt(), lambda v: v.log(), lambda v: 1 / v, lambda v: v**0.5, lambda v: abs(v) * v):
        leaf = Value(x)
        try:
            root = f(leaf)
        except (ArithmeticError, ValueError):
            continue
        assert outcome(gradient, root, [leaf], method) == outcome(slowly, root, [leaf], method)


@pytest.mark.parametrize("other", [2.0, 3, True, np.float64(0.5), Counted(0.25, Ledger())])
def test_a_product_and_a_sum_take_any_real_number_on_either_side(other: Any) -> None:
    ledger = Ledger()
    x, plain = Counted(1.5, ledger), getattr(other, "data", other) if isinstance(other, Counted) else other
    results = [x * other, x + other] + ([] if isinstance(other, Counted) else [other * x, other + x])
    assert [y.data for y in results] == [1.5 * plain, 1.5 + plain] * (len(results) // 2)
    half = len(results) // 2
    assert (ledger.counts["multiplications"], ledger.counts["additions"]) == (half, half)
    assert ledger.alive == 1 + len(results)


@pytest.mark.parametrize("other", [2.0, 3, np.full(6, 2.0)])
def test_a_product_and_a_sum_of_an_array_count_once_for_every_element(other: Any) -> None:
    ledger = Ledger()
    array = Counted(np.arange(6.0), ledger)
    for k, result in enumerate((array * other, other * array, array + other, other + array)):
        operation = operator.mul if k < 2 else operator.add
        np.testing.assert_array_equal(result.data, operation(np.arange(6.0), other))
    assert (ledger.counts["multiplications"], ledger.counts["additions"]) == (12, 12)


def test_an_array_holds_as_many_numbers_as_it_has_elements() -> None:
    ledger = Ledger()
    x = Counted(np.ones((2, 3)), ledger)
    ledger.mark()
    y = x * x
    assert (ledger.alive, ledger.stored, ledger.counts["multiplications"]) == (12, 6, 6)
    z = Counted(np.ones(()), ledger)
    del x, y
    assert ledger.alive == 1
    del z
    assert ledger.alive == 0
    empty = Counted(np.ones(0), ledger)
    assert ledger.alive == empty.data.size == 0


def test_reading_the_counts_in_a_phase_enters_what_was_done_so_far() -> None:
    ledger = Ledger()
    x = Counted(2.0, ledger)
    _ = x * x
    with ledger.entering("forward"):
        _ = x + x
        assert ledger.counts == {"forward": 1, "partials": 0, "multiplications": 1, "additions": 0}
        _ = x * x
    assert ledger.counts["forward"] == 2
    assert ledger.counts["additions"] == 0


def test_the_lengths_of_astronomically_many_paths_are_predicted() -> None:
    root, leaf = ladder(200)
    cost = predict(root, [leaf], "paths")
    assert (cost.multiplications, cost.additions) == (200 * 2**200, 2**200 - 1)


def test_the_collector_pauses_and_goes_on() -> None:
    assert gc.isenabled()
    with uncollected():
        assert not gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        1 / 0  # noqa: B018
    assert gc.isenabled()
    gc.disable()
    try:
        gradient(Value(1.0) * 2.0, [])
        assert not gc.isenabled()
    finally:
        gc.enable()
    gradient(Value(1.0) * 2.0, [])
    assert gc.isenabled()


def test_a_copy_counts_into_the_same_ledger() -> None:
    ledger = Ledger()
    x = Counted(1.5, ledger)
    copied = copy.copy(x)
    assert (copied.data, copied.ledger is ledger, ledger.alive) == (1.5, True, 2)
    del x, copied
    assert ledger.alive == 0


def test_whole_numbers_stay_whole_and_big_ones_exact() -> None:
    ledger = Ledger()
    x = Counted(3, ledger)
    results = [x + x, x * 2, x - 5, 2**60 * x, x / 2]
    assert [(type(y.data), y.data) for y in results] == [
        (int, 6),
        (int, 6),
        (int, -2),
        (int, 3 * 2**60),
        (float, 1.5),
    ]
    assert ledger.counts == {"forward": 0, "partials": 0, "multiplications": 3, "additions": 2}


def test_an_operation_that_fails_is_not_counted() -> None:
    ledger = Ledger()
    x = Counted(1.0, ledger)
    for fails in (lambda: x / 0.0, lambda: (x - 2.0).sqrt(), lambda: (x * 1000.0).exp()):
        with pytest.raises((ArithmeticError, ValueError)):
            fails()
    assert ledger.counts == {"forward": 0, "partials": 0, "multiplications": 1, "additions": 1}
    assert ledger.alive == 1
