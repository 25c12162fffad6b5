"""Activations and gradients layer by layer."""

import numpy as np
import pytest

from autograd import Tensor
from nn import MLP, Data, Dropout, Flatten, LayerNorm, Linear, Sequential, Tanh, cross_entropy, signals

DATA = Data(np.array([[0.5, -1.0], [2.0, 0.1], [0.3, 0.4]]), np.array([0, 1, 1]))


def rms(x):
    return float(np.sqrt(np.mean(np.square(x))))


def test_the_numbers_of_each_layer() -> None:
    first, last = Linear(2, 4, seed=0), Linear(4, 2, seed=1)
    found = signals(Sequential(first, Tanh(), last), DATA)
    hidden = DATA.inputs @ first.weight.data.T + first.bias.data
    outputs = Tensor(np.tanh(hidden) @ last.weight.data.T + last.bias.data)
    cross_entropy(outputs, DATA.targets).backward()
    slopes = outputs.grad
    into_hidden = slopes @ last.weight.data * (1 - np.tanh(hidden) ** 2)
    assert [signal.name for signal in found] == ["layers.0", "layers.1", "layers.2"]
    assert [signal.input for signal in found] == pytest.approx(
        [rms(DATA.inputs), rms(hidden), rms(np.tanh(hidden))]
    )
    assert [signal.output for signal in found] == pytest.approx(
        [rms(hidden), rms(np.tanh(hidden)), rms(outputs.data)]
    )
    assert [found[0].gradient, found[2].gradient] == pytest.approx([rms(into_hidden), rms(slopes)])
    own = [into_hidden.T @ DATA.inputs, into_hidden.sum(axis=0)]
    assert found[0].parameters == pytest.approx(rms(np.concatenate([x.ravel() for x in own])))
    assert found[1].parameters == 0


def test_values_and_tensors_alike() -> None:
    arrays, scalars = (signals(MLP([2, 3, 2], granularity=g), DATA) for g in ("matrix", "scalar"))
    for a, b in zip(arrays, scalars, strict=True):
        assert a.name == b.name
        assert a[1:] == pytest.approx(b[1:])


def test_the_model_stays_as_it_was() -> None:
    model = Sequential(
        Flatten(), Linear(2, 4, seed=0), Dropout(0.5, seed=0), LayerNorm(4), Linear(4, 2, seed=1)
    )
    before, state = repr(model), str(model.extra_state())
    first, again = signals(model, DATA), signals(model, DATA)
    assert first == again
    assert (repr(model), str(model.extra_state())) == (before, state)
    assert all(parameter.grad is None for parameter in model.parameters())
    assert model.training
    assert first[0].gradient == 0  # of a layer that has nothing to learn before it
    with pytest.raises(ValueError, match="shape"):
        signals(model, Data(np.ones((3, 5)), DATA.targets))
    assert "forward" not in vars(model.layers[1])


def test_a_model_of_one_layer_and_a_shared_one() -> None:
    linear = Linear(2, 2, seed=0)
    assert [signal.name for signal in signals(linear, DATA)] == ["Linear"]
    shared = Sequential(linear, Tanh(), linear)
    assert [signal.name for signal in signals(shared, DATA)] == ["layers.0", "layers.1", "layers.0"]
    assert [name for name, _ in shared.named_modules()] == ["", "layers.0", "layers.1"]
