"""Training on JAX's devices gives the numbers of NumPy's training."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nn import (
    GELU,
    MLP,
    SGD,
    AdamW,
    AvgPool2d,
    Conv2d,
    Data,
    Dropout,
    Embedding,
    Flatten,
    LayerNorm,
    Linear,
    MaxPool2d,
    Module,
    MultiHeadAttention,
    RMSNorm,
    Sequential,
    cosine,
    fit,
    mse,
)
from tests.nn.steps import CLASSES, X, adam, dropping, network

jax = pytest.importorskip("jax")


class Residual(Module):
    """Not declared pure."""

    def __init__(self) -> None:
        self.layer = Linear(3, 3, seed=0)

    def forward(self, x: Any) -> Any:
        return x + np.tanh(self.layer(x))


VALUES = Data(X, X[:, ::-1] ** 2, weights=np.linspace(0.5, 2.0, len(X)))
DESCENT = {
    "optimiser": lambda m: SGD(m.parameters(), 0.05, momentum=0.9),
    "clip": 0.5,
    "schedule": cosine(20),
}
LAST = {"optimiser": lambda m: AdamW(m.layers[1].parameters(), 0.02)}
IMAGES = Data(np.random.default_rng(1).normal(size=(12, 2, 9, 8)), np.arange(12) % 3)
WORDS = Data(
    np.random.default_rng(2).integers(0, 7, (12, 5)), np.random.default_rng(3).integers(0, 4, (12, 5))
)


def convolutional() -> Module:
    first = Conv2d(2, 4, 3, stride=2, padding=1, seed=0)
    return Sequential(first, GELU(), MaxPool2d(2, 1, 1), AvgPool2d(2), Flatten(), Linear(24, 3, seed=1))


def transformer() -> Module:
    attention = MultiHeadAttention(8, 2, causal=True, seed=1)
    return Sequential(Embedding(7, 8, seed=0), attention, LayerNorm(8), RMSNorm(8), Linear(8, 4, seed=2))


TRAININGS: dict[str, tuple[Any, Data, dict[str, Any]]] = {
    "adam": (network, CLASSES, {"optimiser": adam, "validation": CLASSES}),
    "descent, clipped, by a schedule": (network, CLASSES, DESCENT),
    "some parameters": (network, CLASSES, LAST),
    "weights, a promise": (Residual, VALUES, {"loss": mse, "compiled": True}),
    "images": (convolutional, IMAGES, {"epochs": 2}),
    # Not by Adam: the slope by the biases of the keys is 0, and Adam enlarges its rounding errors.
    "words": (transformer, WORDS, {"epochs": 2, "optimiser": lambda m: SGD(m.parameters(), 0.1)}),
    "all examples at once": (network, CLASSES, {"batch_size": 52}),
}


def trained(name: str, **options: Any) -> tuple[Module, Any]:
    make, data, settings = TRAININGS[name]
    model = make()
    settings = {"batch_size": 8, "epochs": 4, "progress": False, **settings}
    if "optimiser" in settings:
        settings["optimiser"] = settings["optimiser"](model)
    return model, fit(model, data, **{**settings, **options})


def compare(name: str, devices: int | None = None) -> None:
    (model, history), (other, expected) = trained(name, backend="jax", devices=devices), trained(name)
    for key, array in other.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[key], array, rtol=1e-12, atol=1e-12, err_msg=key)
    for one, two in zip(history.epochs, expected.epochs, strict=True):
        np.testing.assert_allclose(one.loss, two.loss, rtol=1e-12)
        assert (one.epoch, one.examples, one.rate) == (two.epoch, two.examples, two.rate)
        assert one.validation.keys() == two.validation.keys()


@pytest.mark.parametrize("name", [name for name in TRAININGS if "once" not in name])
def test_on_one_device(name: str) -> None:
    compare(name)


DIVIDED = """
from tests.nn.test_jax_step import compare, refuse, resume
compare("adam", 2)
compare("weights, a promise", 8)
compare("all examples at once", 4)
resume(4)
refuse()
"""


def test_divided_over_virtual_devices(tmp_path: Path) -> None:
    """52 examples in batches of 8 leave 4, which 8 devices do not divide and 4 do."""
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    where = {"PYTHONPATH": str(Path(__file__).parents[2])}
    child = [sys.executable, "-c", DIVIDED]
    done = subprocess.run(
        child, env=os.environ | flags | where, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def resume(devices: int) -> None:
    """A training that stopped goes on bit for bit."""
    pytest.importorskip("safetensors")
    on = {"backend": "jax", "devices": devices}
    trained("adam", epochs=2, checkpoint="half.ckpt", **on)
    model, history = trained("adam", checkpoint="half.ckpt", **on)
    other, expected = trained("adam", **on)
    assert [e.loss for e in history.epochs] == [e.loss for e in expected.epochs]
    for key, array in other.state_dict().items():
        assert model.state_dict()[key].tobytes() == array.tobytes()


def refuse() -> None:
    message = (
        "10 examples cannot be divided equally over 8 devices: give a batch_size that is a multiple of 8"
    )
    with pytest.raises(ValueError, match=message):
        trained("adam", backend="jax", batch_size=10)


def test_functions_read_every_update_and_change_the_training_after_an_epoch() -> None:
    def states(**options: Any) -> list[dict[str, Any]]:
        def change(epoch: Any) -> None:
            if epoch.epoch == 2:
                model.layers[0].weight.update(lambda old: old * 0.5)

        def note(update: Any) -> None:
            seen.append(model.state_dict())

        model, seen = network(), []
        options |= {"after_epoch": change, "after_update": note}
        fit(model, CLASSES, epochs=4, batch_size=8, progress=False, **options)
        return [*seen, model.state_dict()]

    for one, two in zip(states(backend="jax"), states(), strict=True):
        for key, array in two.items():
            np.testing.assert_allclose(one[key], array, rtol=1e-12, err_msg=key)


def test_single_precision_stays() -> None:
    model = network(np.float32)
    fit(model, CLASSES, epochs=2, batch_size=8, progress=False, backend="jax")
    assert all(array.dtype == np.float32 for array in model.state_dict().values())


def test_a_failure_leaves_the_parameters_of_the_last_epoch() -> None:
    model = MLP([3, 5, 2])
    before = model.state_dict()
    bad = Data(np.where(np.arange(52)[:, None] == 30, np.inf, X), CLASSES.targets)
    with pytest.raises(FloatingPointError, match="the inputs there hold NaN or infinite numbers"):
        fit(model, bad, epochs=2, batch_size=8, progress=False, backend="jax")
    for key, array in before.items():
        assert model.state_dict()[key].tobytes() == array.tobytes()


def test_whatever_ends_a_training_leaves_the_last_update() -> None:
    def stops(update: int) -> float:
        if update == 3:
            raise LookupError("no rate")
        return 1.0

    models = [network(), network()]
    for model, options in zip(models, ({"backend": "jax"}, {}), strict=True):
        with pytest.raises(LookupError, match="no rate"):
            fit(model, CLASSES, epochs=1, batch_size=8, progress=False, schedule=stops, **options)
    assert models[0].state_dict()["layers.0.bias"].any()
    for key, array in models[1].state_dict().items():
        np.testing.assert_allclose(models[0].state_dict()[key], array, rtol=1e-12, err_msg=key)


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (network, {"backend": "tpu"}, "backend must be 'jax', or None for NumPy, not 'tpu'"),
        (network, {"devices": 2}, "devices=2 is for backend='jax'"),
        (network, {"backend": "jax", "devices": 0}, "devices must be a whole number of at least 1, not 0"),
        (network, {"backend": "jax", "devices": 99}, "devices=99, but JAX has .*device_count=99"),
        (network, {"backend": "jax", "compiled": False}, "leave out compiled=False"),
        (dropping, {"backend": "jax"}, "the layer Dropout is not declared pure"),
        (Residual, {"backend": "jax"}, "the layer Residual is not declared pure"),
        (dropping, {"backend": "jax", "compiled": True}, "the compiled step and an eager step differ in"),
        (lambda: Sequential(network(), Dropout(0.5, seed=0)), {"backend": "jax"}, "the layer Dropout is not"),
    ],
)
def test_refusals(make: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(make(), CLASSES, epochs=1, batch_size=8, progress=False, **options)
