"""Exported models give the model's outputs in onnxruntime, to single precision."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import log_softmax, relu
from nn import (
    GELU,
    MLP,
    AvgPool1d,
    AvgPool2d,
    Conv1d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LayerNorm,
    Linear,
    MaxPool1d,
    MaxPool2d,
    Module,
    MultiHeadAttention,
    ReLU,
    RMSNorm,
    Sequential,
    Sigmoid,
    Softmax,
    Softplus,
    Tanh,
    predict,
    save_onnx,
)

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

RNG = np.random.default_rng(0)


def images(*layers: Any) -> Module:
    return Sequential(Conv2d(3, 4, 3, stride=2, padding=1, seed=0), *layers)


# The model, the shape of an example, and whether the file needs one to know it.
MODELS: dict[str, tuple[Any, tuple[int, ...], bool]] = {
    "perceptron": (lambda: MLP([4, 8, 3], activation="softplus"), (4,), False),
    "perceptron of values": (lambda: MLP([4, 3, 2], granularity="scalar"), (4,), False),
    "activations": (
        lambda: Sequential(
            Linear(4, 6, bias=False, seed=0),
            *(Tanh(), Sigmoid(), GELU(), GELU("tanh"), Softplus(), Identity(), Dropout(0.5, seed=0)),
            *(np.sin, relu, np.arctan, np.negative, Softmax(), log_softmax),
        ),
        (4,),
        False,
    ),
    "images": (
        lambda: images(ReLU(), MaxPool2d(2, padding=1), Flatten(), Linear(4 * 25, 2, seed=1)),
        (3, 16, 16),
        True,
    ),
    "groups, same, dilation": (
        lambda: Sequential(Conv2d(4, 6, (3, 2), padding="same", dilation=2, groups=2, bias=False, seed=0)),
        (4, 9, 8),
        False,
    ),
    "sequences": (
        lambda: Sequential(Conv1d(2, 4, 3, padding=1, seed=0), MaxPool1d(3, 2), AvgPool1d(2, 1, 1)),
        (2, 15),
        False,
    ),
    "means of images": (lambda: images(AvgPool2d(3, 2, 1), Softmax(1)), (3, 11, 12), False),
    "a transformer": (
        lambda: Sequential(
            Embedding(20, 8, seed=0),
            MultiHeadAttention(8, 2, causal=True, seed=0),
            LayerNorm(8),
            MultiHeadAttention(8, 4, bias=False, seed=1),
            RMSNorm(8),
            LayerNorm((8,), bias=False),
            Linear(8, 20, seed=2),
        ),
        (6,),
        False,
    ),
    "an activation first": (lambda: Sequential(Tanh(), Flatten(2), Linear(6, 2, seed=0)), (5, 3, 2), True),
}


def same(model: Module, path: Path, inputs: Any) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = inputs if inputs.dtype.kind == "i" else inputs.astype(np.float32)
    (found,) = session.run(None, {"inputs": given})
    wanted = predict(model, inputs)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("name", MODELS)
def test_the_outputs_of_any_number_of_examples(name: str, tmp_path: Path) -> None:
    make, shape, needs_example = MODELS[name]
    model, path = make(), tmp_path / "model.onnx"
    some = [
        RNG.integers(0, 20, (n, *shape)) if shape == (6,) else RNG.normal(size=(n, *shape)) for n in (1, 5)
    ]
    save_onnx(model, path, some[0] if needs_example else None)
    for inputs in some:
        same(model, path, inputs)
    assert model.training
    arrays = {x.name for x in onnx.load(path).graph.initializer}
    assert arrays >= set(model.state_dict())


def test_the_lengths_of_sequences_are_free(tmp_path: Path) -> None:
    model, path = MODELS["a transformer"][0](), tmp_path / "model.onnx"
    save_onnx(model, path)
    for length in (1, 9):
        same(model, path, RNG.integers(0, 20, (2, length)))


@pytest.mark.parametrize("shape", [(3, 8), (2, 3, 8), (2, 4, 3, 8)])
def test_attention_within_any_number_of_axes(shape: tuple[int, ...], tmp_path: Path) -> None:
    attention, path = MultiHeadAttention(8, 2, causal=True, seed=0), tmp_path / "model.onnx"
    save_onnx(attention, path, np.ones(shape))
    same(attention, path, RNG.normal(size=shape))


def test_an_example_of_whole_numbers(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (5, 1, 4, 4)).astype(np.uint8)
    model, path = (
        Sequential(Conv2d(1, 2, 3, seed=0), Flatten(), Linear(8, 2, seed=1)),
        tmp_path / "model.onnx",
    )
    save_onnx(model, path, pixels)
    same(model, path, pixels.astype(np.int64))


class Doubled(Linear):
    def __call__(self, x: Any) -> Any:
        return 2 * super().__call__(x)


class Residual(Module):
    def __init__(self) -> None:
        self.layer = Linear(3, 3, seed=0)

    def forward(self, x: Any) -> Any:
        return x + self.layer(x)


class Named(Linear):
    """A layer of another name, which computes the same."""


def test_subclasses_of_layers_and_shared_layers(tmp_path: Path) -> None:
    layer = Named(3, 3, seed=0)
    model, path = Sequential(layer, Tanh(), layer), tmp_path / "model.onnx"
    save_onnx(model, path)
    same(model, path, RNG.normal(size=(2, 3)))
    assert len(onnx.load(path).graph.initializer) == 2


@pytest.mark.parametrize(
    ("model", "example", "message"),
    [
        (Sequential(Linear(3, 3, seed=0), Residual()), None, "cannot export Residual, which has a forward"),
        (Sequential(Linear(3, 3, seed=0), np.cosh, np.hypot), None, "cannot export the function 'hypot'"),
        (Doubled(3, 3, seed=0), None, "cannot export Doubled, which has a forward of its own"),
        (Sequential(Linear(3, 3, seed=0), Softmax((0, 1))), None, r"Softmax along one axis, not \(0, 1\)"),
        (MLP([2, 3, 1], activation="log1p"), None, "cannot export the activation 'log1p': give one of abs,"),
        (MLP([2, 3, 1]), 2.0, "the example is a single number"),
        (Embedding(5, 2, seed=0), np.ones((2, 3)), "does not take float32 inputs of shape"),
        (
            Sequential(Tanh(), Linear(3, 3, seed=0)),
            None,
            "the first layer, Tanh, does not determine the shape",
        ),
        (MLP([2, 3, 1]), np.ones((5, 3)), r"does not take float32 inputs of shape \('batch', 3\)"),
        (
            images(MaxPool2d(2), Linear(5, 2, seed=0)),
            np.ones((1, 3, 8, 8)),
            "does not take float32 inputs of",
        ),
    ],
)
def test_what_cannot_be_exported(model: Module, example: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"before")
    with pytest.raises(ValueError, match=message):
        save_onnx(model, path, example)
    assert path.read_bytes() == b"before"


def test_other_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        save_onnx(MLP([2, 1]), tmp_path / "none" / "model.onnx")
    with pytest.raises(TypeError, match="save_onnx writes a Module, not"):
        save_onnx(np.tanh, tmp_path / "model.onnx")  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"missing: pip install 'whygrad\[onnx\]'"):
        save_onnx(MLP([2, 1]), tmp_path / "model.onnx")
