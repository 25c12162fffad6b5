"""`signals`: the size of activations and gradients, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, Value, gradient
from nn.checks import check_model
from nn.conversion import unwrap
from nn.data import Data, check_data
from nn.evaluation import Loss
from nn.losses import cross_entropy
from nn.module import Module
from nn.training_mode import in_mode

__all__ = ["Signal", "signals"]


class Signal(NamedTuple):
    """The signals at one layer, each as a root mean square over all elements and examples.

    Attributes:
        name: the layer's name in the model, such as ``layers.0``.
        input: its input: the activations of the layer before.
        output: its output.
        gradient: the derivative of the loss by its output.
        parameters: the derivative of the loss by its own parameters; 0 if it has none.
    """

    name: str
    input: float
    output: float
    gradient: float
    parameters: float


def signals(model: Module, data: Data, loss: Loss = cross_entropy) -> list[Signal]:
    """Measure the activations and the gradients of every layer, in the order in which they are called.

    A layer is a module without submodules. Gradients that shrink from the last layer to the first vanish, and
    the first layers learn slowly; gradients that grow explode (S. Hochreiter, "Untersuchungen zu
    dynamischen neuronalen Netzen", 1991; X. Glorot and Y. Bengio, "Understanding the difficulty of training
    deep feedforward neural networks", 2010). Call it from ``after_epoch`` of `fit` to follow training.

    Args:
        model: of Tensors or Values. It runs in evaluation mode, and its gradients are unaffected.
        data: the examples, run as one batch. If the loss is their mean, gradients by outputs are in
            proportion to 1 / examples.
        loss: a function of outputs and targets that returns a number, such as the mean over the batch.

    Raises:
        TypeError, ValueError: the examples do not fit the model or the loss.

    Examples:
        >>> import nn
        >>> network = nn.MLP([2, 8, 8, 8, 2], activation="sigmoid")
        >>> data = nn.Data([[0.5, -1.0], [2.0, 0.1]], [0, 1])
        >>> found = nn.signals(network, data)
        >>> [signal.name for signal in found]
        ['layers.0', 'layers.1', 'layers.2', 'layers.3']
        >>> found[0].gradient < 0.1 * found[-1].gradient
        True
    """
    check_model(model)
    check_data(data)
    with in_mode(model, training=False), _watched(model) as calls:
        result = data.loss_of(loss, model(data.inputs))
    outputs = [_nodes(call.output) for call in calls]
    parameters = [call.layer.parameters() for call in calls]
    slopes = iter(gradient(result, [*outputs, *parameters]).values)
    by_output, by_parameters = (
        [_rms([next(slopes) for _ in of]) for of in each] for each in (outputs, parameters)
    )
    return [
        Signal(call.name, _rms(list(map(unwrap, call.inputs))), _rms([unwrap(call.output)]), slope, own)
        for call, slope, own in zip(calls, by_output, by_parameters, strict=True)
    ]


class _Call(NamedTuple):
    name: str
    layer: Module
    inputs: list[Any]  # the first, if the layer takes any
    output: Any


@contextmanager
def _watched(model: Module) -> Iterator[list[_Call]]:
    """Collect the calls of all layers within the context."""
    calls: list[_Call] = []
    named = [(name, module) for name, module in model.named_modules() if len(list(module.modules())) == 1]

    def call(name: str, layer: Module, forward: Callable[..., Any], /, *inputs: Any, **options: Any) -> Any:
        output = forward(*inputs, **options)
        given = [*inputs, *options.values()][:1]
        calls.append(_Call(name or type(layer).__name__, layer, given, output))
        return output

    own = [(layer, vars(layer)["forward"]) for _, layer in named if "forward" in vars(layer)]
    for name, layer in named:
        vars(layer)["forward"] = partial(call, name, layer, layer.forward)
    try:
        yield calls
    finally:
        for _, layer in named:
            vars(layer).pop("forward")
        for layer, forward in own:
            vars(layer)["forward"] = forward


def _nodes(output: Any) -> list[Any]:
    """The nodes of an output: the Tensor, or the Values in an array."""
    found = list(output.flat) if isinstance(output, np.ndarray) else [output]
    return [x for x in found if isinstance(x, Tensor | Value) and not x.is_constant]


def _rms(arrays: list[Any]) -> float:
    """The root mean square over the elements of all arrays; 0 if there are none."""
    numbers = [np.ravel(x) for x in arrays]
    count = sum(x.size for x in numbers)
    return float(np.sqrt(sum(np.sum(np.square(x)) for x in numbers) / count)) if count else 0.0
