"""The methods and attributes of NumPy's arrays on a Tensor, and what is refused with advice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, compile, grad, no_grad  # noqa: A004

M = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
V = np.array([2.0, -1.0, 0.5])
MASK = M > 0

DIFFERENTIABLE: list[Callable[[Any], Any]] = [
    lambda t: t.sum(axis=1, keepdims=True),
    lambda t: t.sum(where=MASK, initial=2.0),
    lambda t: t.mean(axis=(0, 1)),
    lambda t: t.mean(0, where=MASK),
    lambda t: t.var(ddof=1),
    lambda t: t.std(),
    lambda t: t.std(0, ddof=1, keepdims=True),
    lambda t: t.max(0, initial=0.75),
    lambda t: t.min(axis=1, where=MASK, initial=9.0),
    lambda t: t.prod(),
    lambda t: t.prod(axis=1, keepdims=True),
    lambda t: t.cumsum(),
    lambda t: t.cumsum(axis=1),
    lambda t: t.cumprod(0),
    lambda t: t.trace(),
    lambda t: t.trace(offset=1),
    lambda t: t.clip(-0.25, 1.75),
    lambda t: t.clip(min=0),
    lambda t: t.dot(V),
    lambda t: t.diagonal(),
    lambda t: t.swapaxes(0, 1),
    lambda t: t.repeat(2),
    lambda t: t.repeat([1, 2], axis=0),
    lambda t: t.take([0, 5, 5]),
    lambda t: t.take(1, axis=0),
    lambda t: t.compress([True, False, True], axis=1),
    lambda t: t.flatten(),
    lambda t: t.flatten("F"),
    lambda t: t.ravel(order="F"),
    lambda t: t.reshape((3, 2), order="F"),
    lambda t: t.reshape(3, -1),
    lambda t: t.squeeze(),
    lambda t: t.transpose(),
    lambda t: t.transpose(None),
    lambda t: t.transpose((-1, 0)),
    lambda t: t[0].transpose(0),
    lambda t: np.transpose(t[0], 0),
    lambda t: t.conj(),
    lambda t: t.conjugate(),
    lambda t: t.copy(),
    lambda t: t.copy(order="C"),
    lambda t: t.astype(np.float32, copy=False),
    lambda t: t.T,
    lambda t: t.mT,
    lambda t: t.real,
    lambda t: t % 1.25,
    lambda t: divmod(t, 1.25)[1],
]
PLAIN: list[Callable[[Any], Any]] = [
    lambda t: t.argmax(),
    lambda t: t.argmin(axis=1),
    lambda t: t.argsort(axis=0),
    lambda t: t.argpartition(1),
    lambda t: t.all(),
    lambda t: t.any(axis=1),
    lambda t: t.nonzero(),
    lambda t: t[1].searchsorted(1.0),
    lambda t: t.tolist(),
    lambda t: t[0, 0].tolist(),
    lambda t: t.nbytes,
    lambda t: t.itemsize,
    lambda t: t.ndim,
    lambda t: t.size,
    lambda t: t.dtype,
    lambda t: len(t.flat),
    lambda t: t.item(4),
    lambda t: t.item(1, 2),
    lambda t: t.device,
]


@pytest.mark.parametrize("call", DIFFERENTIABLE)
def test_methods_with_a_derivative(call: Callable[[Any], Any]) -> None:
    result, wanted = call(Tensor(M)), call(M)
    assert isinstance(result, Tensor)
    np.testing.assert_allclose(result.data, wanted, rtol=1e-6 if wanted.dtype == np.float32 else 1e-14)
    slopes = grad(lambda t: np.sum(call(t) * 1.5))(M)
    assert slopes.shape == M.shape
    assert np.any(slopes)
    with no_grad():
        assert call(Tensor(M)).is_constant


@pytest.mark.parametrize("call", PLAIN)
def test_methods_without_a_derivative(call: Callable[[Any], Any]) -> None:
    result = call(Tensor(M))
    np.testing.assert_array_equal(result, call(M))
    assert type(result) is type(call(M))


def test_methods_that_numpys_arrays_lack() -> None:
    assert Tensor(M).ptp().item() == np.ptp(M)
    assert Tensor(M).var(correction=1).item() == pytest.approx(np.var(M, ddof=1))
    assert Tensor(M).std(axis=0, correction=1).shape == (3,)


def test_flat_indexes_and_iterates() -> None:
    t = Tensor(M)
    assert t.flat[4].item() == 3.0
    assert [x.item() for x in t.flat] == list(M.flat)


def test_methods_have_names_and_docstrings() -> None:
    assert Tensor.cumsum.__name__ == "cumsum"
    assert "np.cumsum" in str(Tensor.cumsum.__doc__)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("fill", "np.full"),
        ("put", "np.where"),
        ("sort", "np.sort"),
        ("partition", "np.partition"),
        ("resize", "reshape"),
        ("view", "reshape"),
        ("strides", "t.data.strides"),
        ("imag", "np.zeros_like"),
        ("choose", "np.choose"),
        ("nanmean", r"np\.nanmean\(t\)"),
        ("tobytes", r"t\.data\.tobytes"),
        ("numpy", r"t\.data"),
        ("nonsense", "no attribute 'nonsense'"),
        ("__nonsense__", "no attribute"),
    ],
)
def test_what_a_tensor_lacks_is_said_with_what_to_write(name: str, advice: str) -> None:
    assert not hasattr(Tensor(M), name)
    with pytest.raises(AttributeError, match=advice):
        getattr(Tensor(M), name)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t: t[0].mT, ValueError, r"mT takes a matrix.*\(3,\)"),
        (lambda t: t.transpose(0), ValueError, r"\(0,\) is not a permutation"),
        (lambda t: t.transpose(()), ValueError, r"\(\) is not a permutation"),
        (lambda t: t.astype(int), TypeError, "float32 or float64"),
        (lambda t: t.astype(float, nonsense=1), TypeError, "nonsense"),
        (lambda t: t.sum(out=np.zeros(())), TypeError, "np.sum cannot write a Tensor into an array"),
        (lambda t: int(t[0, 0]), TypeError, r"int\(t\.item\(\)\)"),
        (lambda t: round(t[0, 0], 1), TypeError, r"round\(t\.item\(\), digits\)"),
        (lambda t: range(t[0, 0]), TypeError, r"whole number.*int\(t\.item\(\)\)"),
        (lambda t: [1, 2][t[0, 0]], TypeError, r"whole number.*int\(t\.item\(\)\)"),
        (lambda t: float(t[0, 0]), TypeError, r"t\.data.*np\.stack"),
        (lambda t: V[t[0]], TypeError, "t.data"),
        (lambda t: t[t[0]], TypeError, "not a Tensor"),
        (lambda t: np.array([t, t]), TypeError, r"np\.stack"),
        (lambda t: np.array([t[0, 0], t[0, 1]]), TypeError, r"np\.stack"),
        (lambda t: np.mean([t, t]), TypeError, r"np\.stack"),
        (lambda t: np.linalg.norm([t, t]), TypeError, r"np\.stack"),
        (lambda t: np.zeros(3).__setitem__(slice(None), t[0]), TypeError, r"np\.stack"),
    ],
)
def test_refusals_say_what_to_write(call: Callable[[Any], Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call(Tensor(M))


def test_an_element_of_an_array_is_not_a_tensor() -> None:
    with pytest.raises(ValueError, match="sequence") as caught:
        np.zeros(2)[0] = Tensor(1.0)
    assert "np.stack" in str(caught.value.__cause__)


def test_a_mask_changes_the_shape_and_is_not_compiled() -> None:
    with pytest.raises(TypeError, match=r"np\.where"):
        compile(lambda x: np.sum(x[x > 0]))(np.array([1.0, -1.0]))


# ---- equality and membership


def test_a_tensor_in_a_list_is_found_by_identity() -> None:
    tensors = [Tensor([1.0, 2.0]), Tensor([1.0, 3.0]), Tensor([[1.0], [2.0], [3.0]])]
    assert any(tensors[1] is t for t in tensors)
    for find in (lambda: tensors.index(tensors[1]), lambda: tensors[1] in tensors):
        with pytest.raises(ValueError, match=r"any\(t is x for x in tensors\)"):
            find()
    with pytest.raises(ValueError, match=r"shapes \(2,\) and \(3,\).*any\(t is x for x in tensors\)"):
        Tensor([1.0, 2.0]) == Tensor([1.0, 2.0, 3.0])  # noqa: B015 - it raises
    assert np.all((tensors[0] == tensors[1]) == [True, False])
    assert bool(Tensor([1.0]) == Tensor([1.0]))
    assert type(Tensor(1.0) == Tensor(1.0)) is np.bool_


def test_a_comparison_of_two_tensors_is_an_array() -> None:
    x, y = Tensor(M), Tensor(M.T.reshape(2, 3))
    equal = x == y
    assert isinstance(equal, np.ndarray)
    assert equal.dtype == bool
    assert (~equal & (M > 0)).sum() == ((y.data != M) & (M > 0)).sum()
    np.testing.assert_array_equal(x[equal].data, M[y.data == M])


# ---- other libraries


def test_dlpack_copies_constants_and_refuses_what_has_a_derivative() -> None:
    t = Tensor(M)
    for x in (t, t * 2):
        with pytest.raises(TypeError, match=r"drop the derivative: write t\.detach\(\)"):
            np.from_dlpack(x)
    copied = np.from_dlpack(t.detach())
    np.testing.assert_array_equal(copied, M)
    assert not np.shares_memory(copied, t.data)
    assert t.__dlpack_device__() == np.empty(0).__dlpack_device__()


def test_torch_takes_a_detached_tensor() -> None:
    torch = pytest.importorskip("torch")
    np.testing.assert_array_equal(torch.from_dlpack(Tensor(M).detach() * 2).numpy(), M * 2)


def test_the_array_namespace_is_numpy() -> None:
    t = Tensor(M)
    xp = t.__array_namespace__()
    assert xp.sum(t * t).item() == np.sum(M * M)
    with pytest.raises(ValueError, match="not supported"):
        t.__array_namespace__(api_version="1999.12")
    with pytest.raises(TypeError, match="drop the derivative"):
        xp.asarray(t)


# ---- data


@pytest.mark.parametrize("dtype", [">f8", "<f8", ">f4", "<f4", ">i4"])
def test_data_in_either_byte_order(dtype: str) -> None:
    t = Tensor(M.astype(dtype))
    assert t.dtype.isnative
    assert t.dtype == (np.float32 if "f4" in dtype else np.float64)
    np.testing.assert_array_equal(t.data, M.astype(dtype))
    np.testing.assert_array_equal((Tensor(M) * M.astype(dtype)).data, M * M.astype(dtype))
    assert grad(lambda x: np.sum(x * M.astype(dtype)))(M.astype(dtype)).dtype.isnative
    assert Tensor(M, dtype=dtype.replace("i4", "f8")).dtype.isnative
    assert Tensor(M).astype(dtype.replace("i4", "f8")).dtype.isnative


def test_a_value_has_none_of_the_array_methods() -> None:
    assert not hasattr(Value(1.0), "cumsum")


def test_a_length_left_open_is_the_same_operation() -> None:
    t = Tensor(M)
    assert t.reshape(-1).primitive is t.reshape(6).primitive
    assert t.reshape(3, -1).primitive is t.reshape(3, 2).primitive
