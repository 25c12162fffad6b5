"""Convolution, pooling, normalisation, attention and embedding, held against PyTorch."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, grad, values
from nn.conversion import unwrap

torch = pytest.importorskip("torch")
F = torch.nn.functional


def heads(x: Any, weight: Any, bias: Any) -> Any:
    y = x @ weight.T + bias
    return y.reshape(*y.shape[:-1], 2, 4).transpose(-2, -3)


def attention(query: Any, context: Any, parameters: Any, mask: Any = None) -> Any:
    wq, bq, wk, bk, wv, bv, wo, bo = parameters
    q, k, v = heads(query, wq, bq), heads(context, wk, bk), heads(context, wv, bv)
    scores = q @ k.transpose(-1, -2) / 2
    scores = scores if mask is None else scores.masked_fill(~mask, -torch.inf)
    y = (torch.softmax(scores, -1) @ v).transpose(-2, -3)
    return y.reshape(*y.shape[:-2], 8) @ wo.T + bo


CAUSAL = torch.ones(5, 5, dtype=torch.bool).tril()
Layer = Callable[[Any], nn.Module]
CASES: dict[str, tuple[Layer, Callable[..., Any], tuple[int, ...]]] = {
    "GELU": (lambda t: nn.GELU(), F.gelu, (5, 7)),
    "GELU tanh": (lambda t: nn.GELU("tanh"), lambda x: F.gelu(x, approximate="tanh"), (5, 7)),
    "Softmax": (lambda t: nn.Softmax(), lambda x: torch.softmax(x, -1), (5, 7)),
    "Flatten": (lambda t: nn.Flatten(), lambda x: x.flatten(1), (3, 4, 5)),
    "Flatten 0": (lambda t: nn.Flatten(0), lambda x: x.flatten(), (3, 4)),
    "LayerNorm": (lambda t: nn.LayerNorm(7, dtype=t), lambda x, w, b: F.layer_norm(x, (7,), w, b), (5, 7)),
    "LayerNorm of two axes": (
        lambda t: nn.LayerNorm((3, 7), epsilon=0.1, dtype=t),
        lambda x, w, b: F.layer_norm(x, (3, 7), w, b, 0.1),
        (5, 3, 7),
    ),
    "LayerNorm without bias": (
        lambda t: nn.LayerNorm(7, bias=False, dtype=t),
        lambda x, w: F.layer_norm(x, (7,), w),
        (7,),
    ),
    "RMSNorm": (lambda t: nn.RMSNorm(7, dtype=t), lambda x, w: F.rms_norm(x, (7,), w), (5, 7)),
    "RMSNorm of two axes": (
        lambda t: nn.RMSNorm([3, 7], epsilon=0.1, dtype=t),
        lambda x, w: F.rms_norm(x, (3, 7), w, 0.1),
        (5, 3, 7),
    ),
    "Conv1d same": (
        lambda t: nn.Conv1d(4, 6, 5, padding="same", dilation=2, seed=0, dtype=t),
        lambda x, w, b: F.conv1d(x, w, b, padding="same", dilation=2),
        (3, 4, 9),
    ),
    "Conv1d same, even": (
        lambda t: nn.Conv1d(4, 6, 4, padding="same", seed=0, dtype=t),
        lambda x, w, b: F.conv1d(F.pad(x, (1, 2)), w, b),
        (3, 4, 9),
    ),
    "Conv1d of one example, without bias": (
        lambda t: nn.Conv1d(4, 6, 3, bias=False, seed=0, dtype=t),
        F.conv1d,
        (4, 9),
    ),
    "Conv2d of one example": (lambda t: nn.Conv2d(2, 3, 2, seed=0, dtype=t), F.conv2d, (2, 4, 3)),
    "MaxPool1d": (lambda t: nn.MaxPool1d(3), lambda x: F.max_pool1d(x, 3), (3, 4, 11)),
    "MaxPool1d padded": (lambda t: nn.MaxPool1d(3, 2, 1), lambda x: F.max_pool1d(x, 3, 2, 1), (3, 4, 9)),
    "MaxPool2d": (lambda t: nn.MaxPool2d(2), lambda x: F.max_pool2d(x, 2), (3, 4, 9, 8)),
    "MaxPool2d overlapping": (
        lambda t: nn.MaxPool2d((3, 2), (1, 2), (1, 0)),
        lambda x: F.max_pool2d(x, (3, 2), (1, 2), (1, 0)),
        (4, 9, 8),
    ),
    "AvgPool1d": (lambda t: nn.AvgPool1d(3, 2, 1), lambda x: F.avg_pool1d(x, 3, 2, 1), (3, 4, 9)),
    "AvgPool2d": (
        lambda t: nn.AvgPool2d((2, 3), (1, 2), (1, 1)),
        lambda x: F.avg_pool2d(x, (2, 3), (1, 2), (1, 1)),
        (3, 4, 9, 8),
    ),
    "MultiHeadAttention": (
        lambda t: nn.MultiHeadAttention(8, 2, seed=0, dtype=t),
        lambda x, *p: attention(x, x, p),
        (3, 5, 8),
    ),
    "MultiHeadAttention causal": (
        lambda t: nn.MultiHeadAttention(8, 2, causal=True, seed=0, dtype=t),
        lambda x, *p: attention(x, x, p, CAUSAL),
        (5, 8),
    ),
}
for k, s, p, d, g in itertools.product((1, 3), (1, 2), (0, 2), (1, 2), (1, 2)):
    CASES[f"Conv1d {k} {s} {p} {d} {g}"] = (
        lambda t, a=(k,), o=(s, p, d, g): nn.Conv1d(4, 6, *a, **options(*o), seed=0, dtype=t),  # type: ignore[misc]
        lambda x, w, b, o=(s, p, d, g): F.conv1d(x, w, b, *o),
        (2, 4, 9),
    )
    CASES[f"Conv2d {k} {s} {p} {d} {g}"] = (
        lambda t, a=(k,), o=((s, 1), (0, p), (d, 1), g): nn.Conv2d(  # type: ignore[misc]
            4, 2, (*a, 2), **options(*o), seed=0, dtype=t
        ),
        lambda x, w, b, o=((s, 1), (0, p), (d, 1), g): F.conv2d(x, w, b, *o),
        (2, 4, 8, 5),
    )


def options(stride: Any, padding: Any, dilation: Any, groups: int) -> dict[str, Any]:
    return {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


def filled(layer: nn.Module) -> nn.Module:
    """The layer with parameters drawn at random, biases too."""
    rng = np.random.default_rng(7)
    layer.load_state_dict({name: rng.normal(size=a.shape) for name, a in layer.state_dict().items()})
    return layer


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients(case: str, dtype: Any) -> None:
    make, theirs, shape = CASES[case]
    layer, rng = filled(make(dtype)), np.random.default_rng(0)
    ours, x = Tensor(rng.normal(size=shape), dtype=dtype), None
    x = torch.tensor(ours.data, requires_grad=True)
    leaves = [x, *(torch.tensor(p.data, requires_grad=True) for p in layer.parameters())]
    y, expected = layer(ours), theirs(*leaves)
    tolerance = {"rtol": 2e-4, "atol": 2e-5} if dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-12}
    assert y.shape == tuple(expected.shape)
    np.testing.assert_allclose(y.data, expected.detach().numpy(), **tolerance)
    np.testing.assert_allclose(unwrap(layer(ours.data)), y.data, **tolerance)
    v = rng.normal(size=y.shape).astype(dtype)
    np.sum(y * v).backward()
    (expected * torch.tensor(v)).sum().backward()
    for mine, its in zip([ours, *layer.parameters()], leaves, strict=True):
        np.testing.assert_allclose(mine.grad, its.grad.numpy(), **tolerance)
        assert mine.grad.dtype == y.dtype == dtype


@pytest.mark.parametrize("case", CASES)
def test_second_derivatives(case: str) -> None:
    make, theirs, shape = CASES[case]
    layer, rng = filled(make(np.float64)), np.random.default_rng(0)
    x, t = rng.normal(size=shape), rng.normal(size=shape)
    v = rng.normal(size=layer(Tensor(x)).shape)
    slope = grad(lambda z: np.sum(np.sin(layer(z)) * v))
    found = grad(lambda z: np.sum(slope(z) * t))(x)
    point = torch.tensor(x, requires_grad=True)
    parameters = [torch.tensor(p.data) for p in layer.parameters()]
    result = (torch.sin(theirs(point, *parameters)) * torch.tensor(v)).sum()
    (first,) = torch.autograd.grad(result, point, create_graph=True)
    (second,) = torch.autograd.grad((first * torch.tensor(t)).sum(), point)
    np.testing.assert_allclose(found, second.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("case", [name for name in CASES if "Conv" not in name or name.endswith("3 2 2 1 2")])
def test_layers_of_values(case: str) -> None:
    make, _, shape = CASES[case]
    layer, other = filled(make(object)), filled(make(np.float64))
    x = np.random.default_rng(0).normal(size=shape)
    x = x if x.ndim < 3 else x[:1]
    y, known = layer(values(x)), Tensor(x)
    expected = other(known)
    np.testing.assert_allclose(unwrap(y), expected.data, rtol=1e-10, atol=1e-12)
    if layer.parameters():
        first = layer.parameters()[0]
        np.sum(y).backward()
        np.sum(expected).backward()
        assert first.grad == pytest.approx(other.parameters()[0].grad.flat[0])


def test_cross_attention_and_masks() -> None:
    rng = np.random.default_rng(0)
    layer = filled(nn.MultiHeadAttention(8, 2, context_features=6, seed=0))
    query, context = rng.normal(size=(3, 5, 8)), rng.normal(size=(3, 7, 6))
    parameters = [torch.tensor(p.data) for p in layer.parameters()]
    mask = rng.random((3, 5, 7)) < 0.5
    mask[..., 0] = True
    for given in (None, mask, mask[0], mask[:, :1], mask[0, 0]):
        by_head = given if given is None or given.ndim < 3 else given[:, np.newaxis]
        known = None if by_head is None else torch.tensor(by_head)
        expected = attention(torch.tensor(query), torch.tensor(context), parameters, known)
        np.testing.assert_allclose(layer(query, context, mask=given).data, expected.numpy(), rtol=1e-10)
    swapped = layer(query, context, context[:, ::-1]).data
    assert not np.allclose(swapped, layer(query, context).data)


def test_a_causal_layer_reads_nothing_later() -> None:
    layer = nn.MultiHeadAttention(8, 4, causal=True, seed=0)
    x = np.random.default_rng(0).normal(size=(6, 8))
    changed = np.where(np.arange(6)[:, None] >= 4, 100.0, x)
    np.testing.assert_allclose(layer(changed).data[:4], layer(x).data[:4])
    mask = ~np.eye(6, dtype=bool)
    mask[0, 0] = True
    np.testing.assert_allclose(layer(x, mask=mask).data[1], layer(x[[0, 1]], mask=mask[:2, :2]).data[1])


def test_gelu_keeps_its_digits_far_below_zero() -> None:
    x = np.array([-30.0, -10.0, -5.0, 0.0, 40.0, np.inf, np.nan])
    expected = x * 0.5 * torch.special.erfc(torch.tensor(-x / 2**0.5)).numpy()
    np.testing.assert_allclose(nn.GELU()(x), expected, rtol=1e-12)
    np.testing.assert_allclose(nn.GELU("tanh")(x), expected, atol=1e-3)


def test_an_embedding_looks_up_rows() -> None:
    layer = nn.Embedding(5, 3, seed=0)
    theirs = torch.tensor(layer.weight.data, requires_grad=True)
    index = np.array([[0, 4, 4], [2, 0, 4]])
    v = np.random.default_rng(0).normal(size=(2, 3, 3))
    np.sum(np.sin(layer(index)) * v).backward()
    (torch.sin(F.embedding(torch.tensor(index), theirs)) * torch.tensor(v)).sum().backward()
    np.testing.assert_allclose(layer.weight.grad, theirs.grad.numpy(), rtol=1e-12)
    for same in (index.tolist(), index.astype(float), index.astype(np.uint8), Tensor(index)):
        np.testing.assert_array_equal(layer(same).data, layer(index).data)
    np.testing.assert_array_equal(unwrap(nn.Embedding(5, 3, seed=0, dtype=object)(index)), layer(index).data)
    assert layer(3).shape == (3,)
    assert layer.weight.name == "E"
