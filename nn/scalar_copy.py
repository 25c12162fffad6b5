"""A copy of a model that records each product and sum of numbers, and the loss of a batch by it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from autograd import Tensor, values
from nn.conversion import unwrap
from nn.data import Data
from nn.evaluation import Loss
from nn.module import Module

__all__ = ["on_values", "root_of", "scalar_loss"]


def on_values(model: Module) -> Any:
    """Copy a model, with an array of Values in place of each Tensor among its parameters.

    The layers of this package, and programs of NumPy's functions, run on both. The copy shares nothing with
    the model, and its parameters have the same names and the same order.

    Examples:
        >>> from nn import Linear
        >>> on_values(Linear(2, 1, seed=0))([[1.0, 2.0]]).shape
        (1, 1)
    """
    scalar = getattr(model, "at", None)
    if scalar is not None:  # it may record each neuron as one node
        return scalar("scalar")
    found = [parameter for _, parameter in model.named_parameters() if isinstance(parameter, Tensor)]
    return deepcopy(model, {id(tensor): values(unwrap(tensor), tensor.name) for tensor in found})


def scalar_loss(
    model: Module, batch: Data, loss: Loss, activation: str = ""
) -> tuple[Any, Sequence[Any]] | None:
    """Record the mean loss of a batch in training, each product and sum as a node of its own.

    Args:
        model: unchanged. The copy has random parameters, which take the same operations, since after a
            training that diverged the model's are not finite.
        batch: the examples.
        loss: of outputs and targets.
        activation: of the hidden layers, if the model has one setting for them.

    Returns:
        The loss, and the parameters in it, by parameter of the model; None for a model of functions that
        Values do not have.
    """
    rng = np.random.default_rng(0)
    try:
        copy = on_values(model).train()
        copy.load_state_dict({name: rng.normal(size=x.shape) for name, x in copy.state_dict().items()})
        if activation:
            copy.activation = activation
        found = root_of(loss(copy(batch.inputs), batch.targets))
    except (AttributeError, TypeError, ValueError):
        return None
    return found, [list(np.ravel(parameter)) for _, parameter in copy.named_parameters()]


def root_of(loss: Any) -> Any:
    """A loss as one node: an array of one Value is opened."""
    return loss.item() if isinstance(loss, np.ndarray) else loss
