"""Data as people have it: masked, of the other byte order, in tables, or no numbers at all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, apply, compile, grad, gradient, primitive, values  # noqa: A004


@dataclass
class Point:
    a: float


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "not from an object like NoneType None: give numbers"),
        ([1.0, None], "NoneType None"),
        ({"a": 1.0}, "make a Tensor of each entry"),
        (10**30, "1000.* is too large"),
        ([1, -(10**30)], "-1000.* is too large"),
        (Point(1.0), "Point"),
        ((x for x in [1.0]), "make a list of it"),
        ({1.0}, "set"),
        (object(), "object"),
    ],
)
def test_what_is_no_array_is_named(data: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message) as caught:
        Tensor(data)
    assert "Values" not in str(caught.value)


def test_masked_entries_are_refused_everywhere() -> None:
    masked = np.ma.array([1.0, 1000.0], mask=[False, True])
    t = Tensor([1.0, 2.0])
    for call in (
        lambda: Tensor(masked),
        lambda: Tensor([masked, masked]),
        lambda: Tensor([1.0, np.ma.masked]),
        lambda: t * masked,
        lambda: masked * t,
        lambda: np.add(masked, t),
        lambda: masked * Value(2.0),
        lambda: np.ma.sum(masked * t),
        lambda: grad(np.sum)(masked),
        lambda: compile(lambda x: x * 2)(masked),
        lambda: compile(lambda x: x * 2, batch=0)(masked),
    ):
        with pytest.raises((TypeError, ValueError), match=r"mask.*filled"):
            call()
    assert Tensor(np.ma.array([1.0, 2.0])).data.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("kind", [">f8", "<f8", ">f4", "<f4", ">i4", ">u2"])
@pytest.mark.parametrize("backend", [None, "native"])
def test_both_byte_orders(kind: str, backend: str | None) -> None:
    a = np.array([1.0, 2.0, 4.0]).astype(kind)
    for x in (a, a[::2], a[::-1]):
        plain = x.astype(float)
        slope = grad(lambda v, x=x: np.sum(v * x))(x)
        np.testing.assert_array_equal(slope, plain)
        assert slope.dtype.isnative
        f = compile(lambda v: v * 2, backend=backend)
        for argument in (x, plain, x):
            np.testing.assert_array_equal(f(argument), 2 * plain)
        np.testing.assert_array_equal(compile(lambda v: v * 2, batch=0, backend=backend)(x), 2 * plain)
        t = Tensor(x)
        assert t.dtype.isnative
        t.data = x
        np.testing.assert_array_equal((t + x).data, 2 * plain)


def test_tables_in_arithmetic() -> None:
    pd = pytest.importorskip("pandas")
    t, column, table = Tensor([1.0, 2.0]), pd.Series([3.0, 4.0]), pd.DataFrame([[3.0, 4.0]])
    for result, numbers in (
        (t * column, [3, 8]),
        (column * t, [3, 8]),
        (column - t, [2, 2]),
        (t / column, [1 / 3, 0.5]),
        (column**t, [3, 16]),
        (t @ column, 11),
        (np.add(column, t), [4, 6]),
        (np.maximum(t, column), [3, 4]),
        (table + t, [[4, 6]]),
        (t - table, [[-2, -2]]),
        (t @ table.T, [11]),
    ):
        assert isinstance(result, Tensor)
        np.testing.assert_allclose(result.data, numbers)
    for call in (lambda: table @ t, lambda: column @ t):
        with pytest.raises(TypeError, match="pandas"):
            call()
    np.testing.assert_array_equal(grad(lambda x: np.sum(x * column))(column), column)
    assert compile(lambda x: np.sum(x * 2))(column) == 14.0


def test_a_gradient_has_the_shape_of_its_tensor() -> None:
    x = Tensor([1.0, 2.0])
    for wrong in (np.zeros((2, 2)), np.zeros(()), [1.0], 3.0):
        with pytest.raises(ValueError, match="cannot have a gradient of shape"):
            x.grad = wrong
    x.grad = [1.0, 1.0]
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 5.0])
    kept = x.grad = np.zeros(2)
    assert x.grad is kept
    for reset in (0, 0.0, None):
        x.grad = reset
        assert x.grad is None
    scalar = Tensor(2.0)
    scalar.grad = 0.0
    (scalar * 3).backward()
    assert scalar.grad == 3.0


# ---- rules of your own that give something else than a tuple


@pytest.mark.parametrize(
    ("partials", "message"),
    [
        (lambda out, a, b: b, "give .*, not a sequence of one derivative per input: write a tuple"),
        (lambda out, a, b: None, "give NoneType, not a sequence"),
        (lambda out, a, b: (b,), "give 1 derivatives for 2 inputs"),
        (lambda out, a, b: (b, a, a), "give 3 derivatives for 2 inputs"),
    ],
)
def test_a_rule_without_one_derivative_per_input_is_named(partials: Any, message: str, request: Any) -> None:
    row = primitive(f"of {request.node.name}", lambda a, b: a * b, partials)
    for x in (Value(3.0), Tensor(3.0), Tensor([3.0, 4.0])):
        y = np.sum(apply(row, x, x * 2))
        for differentiate in (lambda y=y: y.backward(), lambda y=y, x=x: gradient(y, [x], "forward")):
            with pytest.raises(TypeError, match=message) as caught:
                differentiate()
            assert row.name[:40] in str(caught.value)


def test_none_stands_for_zero() -> None:
    row = primitive("half a rule", lambda a, b: a * b, lambda out, a, b: (b, None))
    for x in (Value(3.0), Tensor([3.0, 4.0])):
        np.sum(apply(row, x, x * 2)).backward()
        np.testing.assert_array_equal(x.grad, 2 * x.data)
    assert np.sum(apply(row, values([1.0, 2.0]), 3.0)).data == 9.0
