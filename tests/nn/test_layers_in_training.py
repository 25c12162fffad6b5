"""Convolution, attention and the like within a training: compiled and eager, saved, copied, refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, values
from tests.nn.steps import both

rng = np.random.default_rng(0)
WORDS = nn.Data(rng.integers(0, 6, (52, 4)), rng.integers(0, 2, 52))
SERIES = nn.Data(rng.normal(size=(52, 2, 8)), rng.integers(0, 2, 52))
IMAGES = nn.Data(rng.normal(size=(52, 2, 8, 7)), rng.integers(0, 2, 52))
STEPS = nn.Data(rng.normal(size=(52, 5, 4)), rng.integers(0, 2, 52))


class Residual(nn.Module):
    """A layer of a transformer: attention and a small network, each beside the inputs themselves."""

    def __init__(self, seed: nn.seeds.Seed, dtype: Any) -> None:
        self.attention = nn.MultiHeadAttention(4, 2, causal=True, seed=seed, dtype=dtype)
        self.norms = [nn.RMSNorm(4, dtype=dtype), nn.LayerNorm(4, dtype=dtype)]
        self.hidden = nn.Linear(4, 6, seed=seed, dtype=dtype)
        self.out = nn.Linear(6, 4, seed=seed, dtype=dtype)
        self.activation = nn.GELU()

    @nn.pure
    def forward(self, x: Any) -> Any:
        x = x + self.attention(self.norms[0](x))
        return x + self.out(self.activation(self.hidden(self.norms[1](x))))


Make = Callable[[Any], nn.Module]


def network(*layers: Callable[[np.random.Generator, Any], Any]) -> Make:
    def make(dtype: Any = np.float64) -> nn.Module:
        generator = np.random.default_rng(5)
        return nn.Sequential(*(layer(generator, dtype) for layer in layers))

    return make


def linear(fan_in: int) -> Callable[[np.random.Generator, Any], Any]:
    return lambda s, t: nn.Linear(fan_in, 2, seed=s, dtype=t)


NETWORKS: dict[str, tuple[Make, nn.Data]] = {
    "embedding": (
        network(lambda s, t: nn.Embedding(6, 3, seed=s, dtype=t), lambda s, t: nn.Flatten(), linear(12)),
        WORDS,
    ),
    "sequence": (
        network(
            lambda s, t: nn.Conv1d(2, 4, 3, padding="same", groups=2, seed=s, dtype=t),
            lambda s, t: nn.GELU("tanh"),
            lambda s, t: nn.MaxPool1d(3, 2, 1),
            lambda s, t: nn.AvgPool1d(2),
            lambda s, t: nn.Flatten(),
            linear(8),
        ),
        SERIES,
    ),
    "image": (
        network(
            lambda s, t: nn.Conv2d(2, 3, 3, padding=1, dilation=(1, 2), stride=(2, 1), seed=s, dtype=t),
            lambda s, t: nn.GELU(),
            lambda s, t: nn.MaxPool2d(2, padding=1),
            lambda s, t: nn.AvgPool2d((2, 1)),
            lambda s, t: nn.Flatten(),
            lambda s, t: nn.LayerNorm(9, dtype=t),
            linear(9),
        ),
        IMAGES,
    ),
    "transformer": (
        network(
            Residual,
            Residual,
            lambda s, t: nn.Flatten(),
            lambda s, t: nn.RMSNorm(20, dtype=t),
            linear(20),
        ),
        STEPS,
    ),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETWORKS)
def test_compiled_steps_equal_eager_ones(name: str, dtype: Any) -> None:
    make, data = NETWORKS[name]
    assert make(dtype).is_pure

    def sgd(model: nn.Module) -> nn.Optimiser:  # Adam would enlarge the rounding of slopes that are 0
        return nn.SGD(model.parameters(), 0.05, momentum=0.5)

    both(lambda: make(dtype), sgd, data, epochs=4, rtol=1e-3 if dtype == np.float32 else 1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_learn_and_are_copied(name: str) -> None:
    make, data = NETWORKS[name]
    model, other = make(np.float64), make(np.float64)
    for parameter, array in other.state_dict().items():
        np.testing.assert_array_equal(model.state_dict()[parameter], array)
    adam = nn.Adam(model.parameters(), 0.03)
    history = nn.fit(model, data, epochs=25, optimiser=adam)
    assert history.epochs[-1].loss < 0.7 * history.epochs[0].loss
    outputs = nn.predict(model, data.inputs)
    other.load_state_dict(model.state_dict())
    np.testing.assert_array_equal(nn.predict(other, data.inputs), outputs)
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(nn.predict(copied, data.inputs), outputs)


def test_a_word_without_a_row_stops_a_training() -> None:
    make, data = NETWORKS["embedding"]
    wrong = nn.Data(np.where(np.arange(52)[:, None] == 40, 6, data.inputs), data.targets)
    with pytest.raises(ValueError, match="6 has no row in an Embedding of 6: give numbers from 0 to 5"):
        nn.fit(make(np.float64), wrong, epochs=5)


def test_settings_are_shown() -> None:
    assert repr(nn.Conv2d(2, 4, (3, 1), padding="same", groups=2, seed=0)) == (
        "Conv2d(groups=2, padding='same', weight (4, 1, 3, 1), bias (4,), kernel_size=(3, 1), "
        "stride=(1, 1), dilation=(1, 1))"
    )
    assert repr(nn.MaxPool1d(3)) == "MaxPool1d(kernel_size=(3,), stride=(3,), padding=(0,))"
    assert repr(nn.GELU()) == "GELU(approximate='none')"


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "GELU": (lambda: nn.GELU("sigmoid"), ValueError, "must be 'none' or 'tanh', not 'sigmoid'"),
    "Flatten": (lambda: nn.Flatten(-1), ValueError, "whole number, at least 0, not -1"),
    "Flatten of a row": (
        lambda: nn.Flatten()(np.ones(3)),
        ValueError,
        r"Flatten from axis 1 on needs more axes than the 1 of the shape \(3,\)",
    ),
    "LayerNorm": (
        lambda: nn.LayerNorm(3)(np.ones((3, 4))),
        ValueError,
        r"features of shape \(3,\) on the last axis, not inputs of shape \(3, 4\)",
    ),
    "LayerNorm of too few axes": (
        lambda: nn.LayerNorm((2, 3))(np.ones(3)),
        ValueError,
        r"features of shape \(2, 3\) on the last axes, not inputs of shape \(3,\)",
    ),
    "LayerNorm of nothing": (lambda: nn.LayerNorm(0), ValueError, "whole numbers, at least 1, not 0"),
    "LayerNorm of no axes": (lambda: nn.LayerNorm(()), ValueError, "at least one axis"),
    "epsilon": (lambda: nn.LayerNorm(3, epsilon=0), ValueError, "greater than 0, not 0"),
    "epsilon of RMSNorm": (lambda: nn.RMSNorm(3, epsilon=-1.0), ValueError, "greater than 0, not -1.0"),
    "dtype": (lambda: nn.RMSNorm(3, dtype=np.float16), TypeError, "float32 or float64, not float16"),
    "channels": (
        lambda: nn.Conv1d(3, 4, 2, seed=0)(np.ones((2, 4, 9))),
        ValueError,
        r"takes inputs of shape \(examples, 3, length\), not \(2, 4, 9\)",
    ),
    "image": (
        lambda: nn.Conv2d(3, 4, 2, seed=0)(np.ones((28, 28))),
        ValueError,
        r"takes inputs of shape \(examples, 3, height, width\), not \(28, 28\)",
    ),
    "short": (
        lambda: nn.Conv2d(1, 4, 3, padding=(1, 0), dilation=2, seed=0)(np.ones((1, 4, 4))),
        ValueError,
        "windows of 5 × 5 elements do not fit inputs of 6 × 4, padding included",
    ),
    "groups": (
        lambda: nn.Conv1d(4, 6, 3, groups=4, seed=0),
        ValueError,
        "groups must divide the channels, 4 and 6, not be 4",
    ),
    "kernel": (lambda: nn.Conv1d(4, 6, 0, seed=0), ValueError, "the kernel size must be .* least 1, not 0"),
    "kernel of three": (
        lambda: nn.Conv2d(4, 6, (1, 2, 3), seed=0),
        ValueError,
        r"the kernel size must be a whole number, at least 1, or 2 of them, not \(1, 2, 3\)",
    ),
    "stride": (lambda: nn.Conv1d(4, 6, 3, stride=0, seed=0), ValueError, "the stride must be"),
    "padding": (lambda: nn.Conv1d(4, 6, 3, padding=-1, seed=0), ValueError, "the padding must be .* least 0"),
    "same": (
        lambda: nn.Conv1d(4, 6, 3, padding="same", stride=2, seed=0),
        ValueError,
        "the padding must be a number, or 'same' at stride 1, not 'same'",
    ),
    "sizes": (lambda: nn.Conv1d(0, 6, 3, seed=0), ValueError, "whole numbers, at least 1, not 0"),
    "initialiser": (
        lambda: nn.Conv1d(2, 5, 3, initialiser=lambda i, o, g: np.ones((i, o)), seed=0),
        ValueError,
        r"shape \(fan_out, fan_in\), \(5, 6\), not \(6, 5\)",
    ),
    "pool": (
        lambda: nn.MaxPool2d(3)(np.ones((2, 3))),
        ValueError,
        "windows of 3 × 3 elements do not fit inputs of 2 × 3",
    ),
    "pool of a row": (lambda: nn.AvgPool2d(1)(np.ones(3)), ValueError, "pools the last 2 axes"),
    "pool padding": (lambda: nn.MaxPool1d(2, padding=2), ValueError, "at most half the kernel size"),
    "heads": (lambda: nn.MultiHeadAttention(8, 3, seed=0), ValueError, "divide the 8 features, not be 3"),
    "queries": (
        lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones((2, 3))),
        ValueError,
        "takes 4 inputs, not 3",
    ),
    "keys": (
        lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones((2, 4)), np.ones((3, 4)), np.ones((2, 4))),
        ValueError,
        r"as many keys as values, .* not the shapes \(2, 4\), \(3, 4\) and \(2, 4\)",
    ),
    "no key": (
        lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones((2, 4)), np.ones((0, 4))),
        ValueError,
        r"at least one, not the shapes \(2, 4\), \(0, 4\) and \(0, 4\)",
    ),
    "other examples": (
        lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones((2, 3, 4)), np.ones((5, 3, 4))),
        ValueError,
        r"not the shapes \(2, 3, 4\), \(5, 3, 4\) and",
    ),
    "one query": (lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones(4)), ValueError, "takes queries"),
    "mask": (
        lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones((2, 4)), mask=np.ones((2, 2))),
        TypeError,
        "holds truth values, True where a query may read a key, not float64",
    ),
    "mask of another shape": (
        lambda: nn.MultiHeadAttention(4, 2, seed=0)(np.ones((2, 4)), mask=np.ones((3, 2), bool)),
        ValueError,
        r"must broadcast to \(2, 2\), not be of shape \(3, 2\)",
    ),
    "mask of nothing": (
        lambda: nn.MultiHeadAttention(4, 2, causal=True, seed=0)(
            np.ones((2, 4)), mask=~np.eye(2, dtype=bool)
        ),
        ValueError,
        "let each row of the mask of attention have one True",
    ),
    "rows": (lambda: nn.Embedding(3, 2, seed=0)([0, 3]), ValueError, "3 has no row in an Embedding of 3"),
    "a negative row": (lambda: nn.Embedding(3, 2, seed=0)([-1]), ValueError, "-1 has no row"),
    "half a row": (lambda: nn.Embedding(3, 2, seed=0)([0.5]), TypeError, "whole numbers, not float64 as in"),
    "a row of NaN": (lambda: nn.Embedding(3, 2, seed=0)([np.nan]), TypeError, "whole numbers, not float64"),
    "words": (lambda: nn.Embedding(3, 2, seed=0)(["a"]), TypeError, "real numbers"),
    "a seed": (lambda: nn.Embedding(3, 2, seed=-1), ValueError, "a seed must be a whole number"),
    "Values": (lambda: nn.LayerNorm(2)(values([1.0, 2.0])), TypeError, "takes arrays or Tensors, not Values"),
    "a Tensor": (
        lambda: nn.Conv1d(1, 1, 1, seed=0, dtype=object)(Tensor([[1.0]])),
        TypeError,
        "a layer of Values takes numbers and Values, not a Tensor",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(case: str) -> None:
    make, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (nn.Conv1d(2, 3, 3, seed=0), (0, 2, 9), (0, 3, 7)),
        (nn.Conv2d(2, 3, 3, padding=1, seed=0), (0, 2, 9, 8), (0, 3, 9, 8)),
        (nn.MaxPool1d(3, padding=1), (0, 2, 9), (0, 2, 3)),
        (nn.AvgPool2d(3), (0, 9, 9), (0, 3, 3)),
        (nn.LayerNorm(3), (0, 3), (0, 3)),
        (nn.RMSNorm(3), (0, 3), (0, 3)),
        (nn.MultiHeadAttention(4, 2, seed=0), (0, 3, 4), (0, 3, 4)),
        (nn.MultiHeadAttention(4, 2, causal=True, seed=0), (2, 1, 4), (2, 1, 4)),
        (nn.Embedding(4, 2, seed=0), (0,), (0, 2)),
        (nn.Flatten(), (0, 3, 4), (0, 12)),
        (nn.GELU(), (0, 3), (0, 3)),
        (nn.GELU(), (), ()),
    ],
)
def test_no_examples(layer: nn.Module, shape: tuple[int, ...], expected: tuple[int, ...]) -> None:
    for x in (np.ones(shape), Tensor(np.ones(shape))):
        assert np.shape(layer(x)) == expected
