"""The step as the function that is compiled: loss, gradient, clipping and the optimiser's rule."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor
from autograd.differentiation.graph import Graph
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.backprop import backprop
from nn.clipping import length_of
from nn.evaluation import Loss
from nn.module import Module
from nn.optimisers import Optimiser

__all__ = ["StepResult", "traced_step"]


class StepResult(NamedTuple):
    """What a program computes.

    Attributes:
        loss: before the update.
        slope: the sum of all elements of the gradient, which is finite only if each of them is.
        data, memories: after the update, for each parameter that is moved.
        gradients: clipped, likewise; empty if the program is not to be checked.
    """

    loss: float
    slope: float
    data: list[Any]
    memories: list[dict[str, Any]]
    gradients: list[Any]


def traced_step(
    model: Module,
    loss: Loss,
    optimiser: Optimiser,
    moved: list[int],
    clip: float | None,
    with_gradients: bool,
    rates: Any,
    memories: Any,
    x: Tensor,
    y: Tensor,
    *weights: Tensor,
) -> StepResult:
    """The step that is compiled: a function of the parameters and of its arguments from the rates on.

    The weights are none, or one Tensor for the examples'.
    """
    parameters = [optimiser.parameters[i] for i in moved]
    result = loss(model(x), y, sample_weight=weights[0]) if weights else loss(model(x), y)
    gradients = backprop(Linearization(Graph(result), [parameters]))
    slope = sum(np.sum(g) for g in gradients)
    if clip is not None:
        unit, length = length_of(gradients)
        scale = np.where(unit * length > clip, clip / length, unit)
        gradients = [g / unit * scale for g in gradients]
    steps = zip(parameters, gradients, memories, strict=True)
    data = [optimiser.moved(p, g, memory, rates) for p, g, memory in steps]
    return StepResult(result, slope, data, memories, gradients if with_gradients else [])
