"""`Tensor`: construction, the operators, the methods, and what is refused."""

import operator
from fractions import Fraction

import numpy as np
import pytest

from autograd import (
    Tensor,
    Value,
    values,
)


@pytest.mark.parametrize(
    "data",
    [
        3,
        2.5,
        True,
        [1, 2],
        (1.0, 2.0),
        [[1, 2], [3, 4]],
        [],
        [[], []],
        range(3),
        np.arange(3),
        np.float64(2.5),
    ],
)
def test_numbers_become_double_precision(data):
    x = Tensor(data)
    assert x.dtype == np.float64
    np.testing.assert_array_equal(x.data, np.array(data, dtype=np.float64), strict=True)
    assert x.grad is None
    assert x.name is None
    assert x.primitive is None


@pytest.mark.parametrize("dtype", [np.float32, "f4", "float32", np.dtype("f4")])
def test_the_dtype_follows_the_data_unless_given(dtype):
    assert Tensor(np.ones(2, np.float32)).dtype == np.float32
    assert Tensor(np.float32(1)).dtype == np.float32
    assert Tensor([1, 2], dtype=dtype).dtype == np.float32
    assert Tensor(np.ones(2, np.float32), dtype=float).dtype == np.float64


def test_the_data_is_copied():
    array = np.ones(3)
    x = Tensor(array)
    array[0] = 7
    np.testing.assert_array_equal(x.data, [1, 1, 1])


def test_shapes():
    x = Tensor(np.zeros((2, 3)))
    assert (x.shape, x.ndim, x.size, len(x), x.T.shape) == ((2, 3), 2, 6, 2, (3, 2))
    assert (Tensor(1.0).shape, Tensor(1.0).ndim, Tensor(1.0).size) == ((), 0, 1)
    with pytest.raises(AttributeError):
        x.shape = (3, 2)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        ("abc", TypeError, "not <U3"),
        (None, TypeError, "floats"),
        (1j, TypeError, "complex128"),
        (np.float16(1), TypeError, "float16"),
        (np.longdouble(1), TypeError, "float128|longdouble|float96"),
        (np.array(["2020"], dtype="M8[Y]"), TypeError, "datetime64"),
        (Fraction(1, 3), TypeError, "object"),
        ([[1], [1, 2]], ValueError, "the same length"),
        (Value(1.0), TypeError, "Values"),
        ([Value(1.0)], TypeError, "Values"),
        (values([1.0, 2.0]), TypeError, "Values"),
        (Tensor(1.0), TypeError, r"detach\(\)"),
        ([Tensor(1.0)], TypeError, "Tensor"),
    ],
)
def test_data_other_than_real_numbers_is_refused(data, error, message):
    with pytest.raises(error, match=message) as caught:
        Tensor(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("dtype", [int, "int64", bool, complex, object, "f2", "nonsense"])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(TypeError):
        Tensor([1.0], dtype=dtype)
    with pytest.raises(TypeError):
        Tensor([1.0]).astype(dtype)


def test_a_name_is_text():
    assert Tensor(1.0, name="w").name == "w"
    with pytest.raises(TypeError, match="a name is text"):
        Tensor(1.0, name=3)


@pytest.mark.parametrize(
    ("program", "error"),
    [
        (lambda x: x + "a", TypeError),
        (lambda x: x + None, TypeError),
        (lambda x: x * 1j, TypeError),
        (lambda x: x + np.array([1j, 2j]), TypeError),
        (lambda x: x + np.array(["a", "b"]), TypeError),
        (lambda x: np.array(["a", "b"]) + x, TypeError),
        (lambda x: x // "a", TypeError),
        (lambda x: x % None, TypeError),
        (lambda x: ~x, TypeError),
        (lambda x: x @ "ab", TypeError),
        (lambda x: x ** np.ones(3), ValueError),
        (lambda x: operator.add(x, [1, 2, 3]), ValueError),
        (lambda x: [1.0, 2.0, 3.0] @ x, ValueError),
    ],
)
def test_operands_that_do_not_fit_a_tensor_are_refused(program, error):
    with pytest.raises(error) as caught:
        program(Tensor([1.0, 2.0]))
    assert "\n" not in str(caught.value)
    assert 10 < len(str(caught.value)) < 350


@pytest.mark.parametrize(
    "other", [2, 2.0, True, np.float64(2), np.int64(2), [1, 2], (3.0, 4), np.array([1, 2])]
)
@pytest.mark.parametrize(
    "operation",
    [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow],
    ids=lambda f: f.__name__,
)
def test_operators_with_plain_numbers_on_either_side(operation, other):
    x, plain = Tensor([1.5, 2.5]), np.array([1.5, 2.5])
    np.testing.assert_allclose(operation(x, other).data, operation(plain, np.asarray(other)), strict=True)
    np.testing.assert_allclose(operation(other, x).data, operation(np.asarray(other), plain), strict=True)


@pytest.mark.parametrize("other", [2, 2.5, True, [1, 2], np.arange(2), np.array([1, 2], np.float32)])
def test_plain_numbers_keep_single_precision(other):
    x = Tensor([1.0, 2.0], dtype=np.float32)
    if isinstance(other, list):
        other = np.array(other)
    for y in (x + other, other * x, x / 2, x**2, x**0.5, 2**x, x.mean(), x.var(), x.clip(0, 1), -x, abs(x)):
        assert y.dtype == np.float32


def test_methods_are_numpys():
    data = np.array([[0.5, -1.5], [2.5, 0.0]])
    x = Tensor(data)
    positive = np.abs(data) + 0.5
    for got, wanted in [
        (x.sum(), data.sum()),
        (x.sum(axis=0), data.sum(axis=0)),
        (x.mean(1, keepdims=True), data.mean(1, keepdims=True)),
        (x.var(ddof=1), data.var(ddof=1)),
        (x.max(axis=-1), data.max(axis=-1)),
        (x.min(), data.min()),
        (x.clip(-1, 1), data.clip(-1, 1)),
        (x.clip(np.zeros(2)), data.clip(np.zeros(2))),
        (x.reshape(-1), data.reshape(-1)),
        (x.reshape((4, 1)), data.reshape((4, 1))),
        (x.reshape([1, -1]), data.reshape([1, -1])),
        (x.ravel(), data.ravel()),
        (x.transpose(), data.T),
        (x.transpose(1, 0), data.T),
        (x.transpose((1, 0)), data.T),
        (x.T, data.T),
        (x.astype("f4"), data.astype("f4")),
        (x.exp(), np.exp(data)),
        ((abs(x) + 0.5).log(), np.log(positive)),
        ((abs(x) + 0.5).sqrt(), np.sqrt(positive)),
        (x.sin(), np.sin(data)),
        (x.cos(), np.cos(data)),
        (x.tanh(), np.tanh(data)),
        (x.sigmoid(), 1 / (1 + np.exp(-data))),
        (x.relu(), np.maximum(data, 0)),
        (x.softplus(), np.log1p(np.exp(data))),
        (x.abs(), np.abs(data)),
        (x.square(), data**2),
        (+x, data),
    ]:
        np.testing.assert_allclose(got.data, wanted, strict=True)


def test_means_of_nothing_warn_as_numpys_do():
    for program in (lambda x: x.mean(), lambda x: x.var()):
        with pytest.warns(RuntimeWarning, match="invalid"):
            assert np.isnan(program(Tensor([])).data)
    assert Tensor([]).sum().item() == 0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("shape", [(2,), (2, 3), (0, 3), (3, 0), (0,)])
@pytest.mark.parametrize("ddof", [0, 1, 2, 5])
def test_a_variance_of_too_few_numbers_is_as_numpys(shape, ddof):
    data = np.arange(float(np.prod(shape))).reshape(shape)
    for axis in (None, *range(len(shape))):
        found, right = (np.var(x, axis=axis, ddof=ddof) for x in (Tensor(data), data))
        np.testing.assert_allclose(found.data, right, rtol=1e-14)
