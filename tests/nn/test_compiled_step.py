"""Training by compiled steps gives the numbers of eager training."""

from __future__ import annotations

import gc
import os
import signal
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, sigmoid
from nn import (
    MLP,
    SGD,
    Adam,
    AdamW,
    Data,
    Dropout,
    Linear,
    Module,
    Optimiser,
    Sequential,
    Sigmoid,
    Tanh,
    binary_cross_entropy_with_logits,
    cosine,
    cross_entropy,
    max_margin,
    mse,
    squared_error,
)
from nn.checkpoints import load, save
from nn.compiled_step import PROGRAMS
from nn.purity import is_pure
from nn.training import fit
from tests.nn.steps import CLASSES, UPDATES, Choose, Make, Trained, X, adam, both, dropping, network, same

OPTIMISERS: dict[str, Choose] = {
    "descent": lambda m: SGD(m.parameters(), 0.1),
    "decay": lambda m: SGD(m.parameters(), 0.1, weight_decay=0.1),
    "momentum": lambda m: SGD(m.parameters(), 0.1, momentum=0.9),
    "nesterov": lambda m: SGD(m.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adam": adam,
    "adam with decay": lambda m: Adam(m.parameters(), 0.02, weight_decay=0.1),
    "adamw": lambda m: AdamW(m.parameters(), 0.02, weight_decay=0.1),
}


@pytest.mark.parametrize("options", [{}, {"clip": 0.1, "schedule": cosine(40)}, {"batch_size": None}])
@pytest.mark.parametrize("choose", OPTIMISERS)
def test_every_optimiser(choose: str, options: dict[str, Any]) -> None:
    epochs = 30 if "batch_size" in options else 5
    both(network, OPTIMISERS[choose], epochs=epochs, **options)


def small() -> Module:
    return Sequential(Linear(3, 5, seed=0), Tanh(), Linear(5, 2, seed=1))


SHARES = np.random.default_rng(1).random((52, 2))


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (mse, X[:, :2]),
        (squared_error, X[:, :2]),
        (binary_cross_entropy_with_logits, SHARES),
        (max_margin, CLASSES.targets),
        (cross_entropy, SHARES / SHARES.sum(axis=1, keepdims=True)),
        (lambda o, t: np.mean(np.where(t > 0, abs(o - t), (o - t) ** 2)), X[:, :2].round(1)),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_loss(loss: Any, targets: Any, dtype: Any) -> None:
    rtol = 1e-3 if dtype is np.float32 else 1e-10
    compiled = None if is_pure(loss) else True
    one = both(lambda: network(dtype), adam, Data(X, targets), loss, rtol=rtol, compiled=compiled)
    assert one.model.parameters()[0].dtype == dtype


def test_a_clip_that_is_never_reached() -> None:
    both(clip=1e6)


def test_some_of_the_parameters() -> None:
    one = both(network, lambda m: Adam(m.layers[1].parameters(), weight_decay=0.1))  # type: ignore[attr-defined]
    assert np.array_equal(
        one.model.state_dict()["layers.0.weight"], network().state_dict()["layers.0.weight"]
    )


class Partial(Module):
    """Uses a parameter behind `detach` only, another never, a third twice, and a single number."""

    def __init__(self) -> None:
        self.first = self.again = Linear(3, 3, seed=0)
        self.last = Linear(3, 2, seed=1)
        self.behind = Tensor([0.5, 0.25])
        self.unused = Tensor([1.0, 2.0])
        self.scale = Tensor(1.5)

    def forward(self, x: Any) -> Any:
        hidden = np.tanh(self.again(sigmoid(self.first(x))))
        return self.last(hidden)[:, [0, 1]] * self.scale + self.behind.detach()


def test_parameters_without_a_gradient_are_unchanged() -> None:
    one = both(Partial, lambda m: AdamW(m.parameters(), 0.02, weight_decay=0.1), compiled=True)
    for name in ("behind", "unused"):
        assert np.array_equal(one.model.state_dict()[name], Partial().state_dict()[name])
    assert {key.partition(".")[0] for key in one.optimiser.state_dict()} == {"0", "1", "2", "3", "6"}


def test_step_counts_that_come_to_differ() -> None:
    def change(model: Module, optimiser: Optimiser) -> None:
        state = optimiser.state_dict()
        optimiser.load_state_dict({**state, "0.steps": state["0.steps"] + 1})

    one, other = (Trained(compiled=compiled, change=change, epochs=12) for compiled in (None, False))
    for name, array in other.numbers().items():
        np.testing.assert_allclose(one.numbers()[name], array, rtol=1e-10)
    assert one.calls > 9 * UPDATES


def test_an_optimiser_of_a_parameter_without_a_gradient() -> None:
    same(Partial, lambda m: SGD([m.unused], 0.1))  # type: ignore[attr-defined]
    one = Trained(Partial, lambda m: SGD([m.unused], 0.1), compiled=True)  # type: ignore[attr-defined]
    assert one.calls > 5 * UPDATES


def test_step_counts_that_differ_from_the_start() -> None:
    def choose(model: Module) -> Optimiser:
        optimiser = adam(model)
        optimiser.parameters[0].grad = np.ones(optimiser.parameters[0].shape)
        optimiser.step()
        return optimiser

    same(network, choose)


class Ruled(SGD):
    """A user-defined rule and rate, both pure."""

    def __init__(self, parameters: Any) -> None:
        super().__init__(parameters, 0.1)
        self.remembers = ("last",)

    def _rates(self, step: int) -> tuple[float, ...]:
        return (self.rate / step**0.5,)

    def moved(self, data: Any, gradient: Any, memory: dict[str, Any], rates: Any) -> Any:
        change = gradient - memory.get("last", 0.0 * gradient)
        memory["last"] = gradient
        return data - rates[0] * np.where(gradient * change > 0, gradient, 0.5 * gradient)


def test_a_user_defined_rule() -> None:
    both(network, lambda m: Ruled(m.parameters()), compiled=True)


# Changes between epochs


class Scaled(MLP):
    scale = 1.0

    def forward(self, x: Any) -> Any:
        h = super().forward(x) * self.scale
        return h if self.scale == 1.0 else h + self.layers[0].bias[:2].detach()


def test_a_model_that_is_changed() -> None:
    def change(model: Any, optimiser: Optimiser) -> None:
        model.scale = 0.5

    both(lambda: Scaled([3, 5, 2]), change=change, epochs=12, compiled=True)


def test_a_constant_of_a_model() -> None:
    class Centred(MLP):
        def __init__(self) -> None:
            super().__init__([3, 5, 2])
            self.mean = Tensor(X.mean(axis=0)).detach()

        def forward(self, x: Any) -> Any:
            return super().forward(x - self.mean)

    one = both(Centred, change=lambda model, optimiser: None, epochs=20, compiled=True)
    assert one.calls < 10 * UPDATES  # each epoch checks both programs once

    def change(model: Any, optimiser: Optimiser) -> None:
        model.mean = model.mean * 2.0

    both(Centred, change=change, epochs=12, compiled=True)


def test_a_loss_that_is_changed() -> None:
    penalties: dict[int, float] = {}

    def loss(outputs: Any, targets: Any) -> Any:
        return cross_entropy(outputs, targets) + penalties.get(0, 0.0) * np.mean(outputs * outputs)

    def change(model: Module, optimiser: Optimiser) -> None:
        penalties[0] = 1.0

    def make() -> Module:
        penalties.clear()
        return network()

    both(make, loss=loss, change=change, epochs=12, compiled=True)


def test_an_optimiser_that_is_changed() -> None:
    def change(model: Module, optimiser: Optimiser) -> None:
        optimiser.weight_decay = 0.5
        model.parameters()[0].data = model.parameters()[0].data * 0.5
        optimiser.load_state_dict({})

    both(change=change, epochs=12)


def test_a_layer_that_is_replaced() -> None:
    def change(model: Any, optimiser: Optimiser) -> None:
        model.layers[1] = Sigmoid()

    both(small, change=change, epochs=12)


@pytest.mark.parametrize("layer", [Dropout(0.5, seed=3), lambda x: np.tanh(x)])
def test_a_layer_that_is_replaced_by_one_that_is_not_pure(layer: Any) -> None:
    state = layer.extra_state() if isinstance(layer, Module) else {}

    def change(model: Any, optimiser: Optimiser) -> None:
        model.layers[1] = layer
        if state:
            layer.load_extra_state(state)

    one, other = (Trained(small, compiled=compiled, change=change, epochs=12) for compiled in (None, False))
    for name, array in other.numbers().items():
        np.testing.assert_allclose(one.numbers()[name], array, rtol=1e-9)
    assert one.calls > 9 * UPDATES


def test_a_model_that_starts_to_draw() -> None:
    def make() -> Module:
        model = dropping()
        model.layers[2].p = 0.0  # type: ignore[attr-defined]
        return model

    def change(model: Any, optimiser: Optimiser) -> None:
        model.layers[2].p = 0.3

    same(make, change=change)
    with pytest.raises(ValueError, match="the compiled step and an eager step differ in the loss"):
        Trained(make, compiled=True, change=change)


def test_after_many_changes_steps_stay_eager() -> None:
    traced: list[int] = []

    class Annealed(Scaled):
        def forward(self, x: Any) -> Any:
            if isinstance(x, Tensor) and not x.is_constant:
                traced.append(1)
            return super().forward(x)

    model = Annealed([3, 5, 2])

    def anneal(epoch: Any) -> None:
        model.scale *= 0.95

    fit(model, CLASSES, epochs=40, batch_size=10, after_epoch=anneal, compiled=True)
    assert len(traced) == PROGRAMS


# Errors


def told(data: Data, loss: Any = cross_entropy, rate: float = 0.1, **options: Any) -> tuple[str, bytes]:
    """The error of an epoch in batches of 2, which both steps share, and the model after it."""
    found = set()
    for compiled in (True, False):
        model = network()
        optimiser = SGD(model.parameters(), rate)
        with pytest.raises((FloatingPointError, ValueError)) as error:
            fit(
                model,
                data,
                epochs=1,
                batch_size=2,
                loss=loss,
                optimiser=optimiser,
                compiled=compiled,
                **options,
            )
        found.add((str(error.value), b"".join(a.tobytes() for a in model.state_dict().values())))
    (only,) = found
    return only


def test_errors_are_the_same_as_of_eager_steps() -> None:
    order = np.random.default_rng(0).permutation(52)  # of the first epoch
    targets = X[:, :2].copy()
    targets[order[40], 1] = np.nan
    assert "batch 21: the loss is nan; the targets there hold NaN" in told(Data(X, targets), mse)[0]
    inputs = X.copy()
    inputs[order[40], 1] = np.inf
    assert "batch 21" in told(Data(inputs, CLASSES.targets))[0]

    def steep(outputs: Any, targets: Any) -> Any:
        return np.mean(np.sqrt(abs(outputs * targets)))

    weights = np.ones((52, 2))
    weights[order[40]] = 0.0
    assert "but its gradient is not finite" in told(Data(X, weights), steep)[0]
    assert "but its gradient is not finite" in told(Data(X, weights), steep, clip=1.0)[0]


def test_a_target_that_the_loss_refuses_is_named() -> None:
    order = np.random.default_rng(0).permutation(52)
    targets = SHARES.copy()
    targets[order[40], 1] = 1.5
    refused = told(Data(X, targets), binary_cross_entropy_with_logits)[0]
    assert refused == "the targets of binary_cross_entropy_with_logits must be from 0 to 1, not 1.5"


def test_an_infinite_sum_of_a_finite_gradient_is_no_error() -> None:
    def loss(outputs: Any, targets: Any) -> Any:
        return np.sum(outputs - outputs.detach()) * 0.9e308

    def choose(model: Module) -> Optimiser:
        return SGD(model.parameters(), 0.1)

    data = Data(X * 0.1, CLASSES.targets)
    options: dict[str, Any] = {"clip": 1e-3, "batch_size": 1, "epochs": 1}
    one, other = (
        Trained(network, choose, data, loss, compiled=compiled, **options) for compiled in (True, False)
    )
    assert one.calls > other.calls
    for name, array in other.model.state_dict().items():
        np.testing.assert_allclose(one.model.state_dict()[name], array, rtol=1e-9)


# Interruption and resumption


def test_ctrl_c_ends_training_after_a_compiled_update() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def schedule(step: int) -> float:
        if step == 40:
            os.kill(os.getpid(), signal.SIGINT)
        return 1.0

    try:
        one = both(schedule=schedule, epochs=20)
    finally:
        signal.signal(signal.SIGINT, before)
    assert one.history.interrupted
    assert int(one.optimiser.state_dict()["0.steps"]) == 41


def test_the_use_of_compiled_steps_is_a_setting(tmp_path: Path) -> None:
    fit(network(), CLASSES, epochs=1, checkpoint=tmp_path / "a")
    with pytest.raises(ValueError, match="another use of compiled steps, True, not False"):
        fit(network(), CLASSES, epochs=2, checkpoint=tmp_path / "a", compiled=False)


def test_a_checkpoint_older_than_compiled_steps_counts_as_eager(tmp_path: Path) -> None:
    whole = network()
    fit(whole, CLASSES, epochs=4, batch_size=10, compiled=False)
    fit(network(), CLASSES, epochs=2, batch_size=10, compiled=False, checkpoint=tmp_path / "a")
    arrays, metadata = load(tmp_path / "a")
    del metadata["settings"]["use of compiled steps"]
    save(tmp_path / "a", arrays, metadata)
    with pytest.raises(ValueError, match="another use of compiled steps, False, not True: give the same"):
        fit(network(), CLASSES, epochs=4, batch_size=10, checkpoint=tmp_path / "a")
    model = network()
    fit(model, CLASSES, epochs=4, batch_size=10, compiled=False, checkpoint=tmp_path / "a")
    for name, array in whole.state_dict().items():
        assert model.state_dict()[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("make", [network, dropping])
def test_a_checkpoint_of_version_0_4_does_not_say_whether_steps_were_compiled(
    tmp_path: Path, make: Make
) -> None:
    whole = Trained(make, compiled=None, epochs=4).numbers()
    Trained(make, compiled=None, epochs=2, checkpoint=tmp_path / "a")
    arrays, metadata = load(tmp_path / "a")
    del metadata["settings"]["use of compiled steps"]
    metadata["settings"]["compiled"] = True  # in that version: where possible
    save(tmp_path / "a", arrays, metadata)
    resumed = Trained(make, compiled=None, epochs=4, checkpoint=tmp_path / "a").numbers()
    for name, array in whole.items():
        assert resumed[name].tobytes() == array.tobytes()


def test_a_finished_training_is_freed() -> None:
    model = network()
    examples = Data(X.copy(), CLASSES.targets)
    left = weakref.ref(model), weakref.ref(examples.inputs)
    gc.collect()
    gc.disable()
    try:
        fit(model, examples, epochs=5, batch_size=10)
        del model, examples
        assert [thing() is None for thing in left] == [True, True]
        assert gc.collect() == 0
    finally:
        gc.enable()
