"""Checks of the arguments of `nn.fit`, before anything is trained or written."""

from __future__ import annotations

from collections.abc import Mapping
from inspect import signature
from numbers import Integral
from typing import Any

import numpy as np

from autograd import Graph, Tensor
from autograd.recording.node import Node
from nn.clipping import clip_gradients
from nn.data import Data, check_data
from nn.evaluation import ONE_OUTPUT, Loss, check_classes
from nn.module import Module
from nn.optimisers import Optimiser
from nn.training_mode import in_mode

__all__ = ["check_examples", "check_functions_or_none", "check_model", "check_numbers", "check_optimiser"]


def check_model(model: Any) -> None:
    """Raise TypeError unless the model is a `Module`."""
    if not isinstance(model, Module):
        raise TypeError(f"fit trains a Module, such as MLP([4, 8, 3]), not {type(model).__name__}")


def check_functions_or_none(functions: Mapping[str, Any]) -> None:
    """Raise TypeError unless each argument, by its name, is a function or None."""
    for name, function in functions.items():
        if function is not None and not callable(function):
            raise TypeError(f"{name} must be a function, not {function!r:.40}")


def check_numbers(epochs: int, patience: int | None, clip: float | None, seed: int) -> None:
    """Raise ValueError unless the numbers are in range; patience and clip may be None."""
    for name, number in {"epochs": epochs, "patience": 1 if patience is None else patience}.items():
        if not isinstance(number, Integral) or number < 1:
            raise ValueError(f"{name} must be a whole number of epochs, at least 1, not {number!r}")
    if not isinstance(seed, Integral) or seed < 0:
        raise ValueError(f"the seed must be a whole number, at least 0, not {seed!r:.40}")
    if clip is not None:
        clip_gradients([], clip)  # raises for a norm out of range


def check_optimiser(optimiser: Any, model: Module) -> None:
    """Check that an optimiser updates parameters of this model.

    Raises:
        TypeError: it is not an `Optimiser`.
        ValueError: one of its parameters is not the model's.
    """
    if not isinstance(optimiser, Optimiser):
        raise TypeError(f"optimiser must be one such as Adam(model.parameters()), not {optimiser!r:.60}")
    own = {id(parameter) for parameter in model.parameters()}
    if not all(id(parameter) in own for parameter in optimiser.parameters):
        raise ValueError(
            "the optimiser updates parameters that are not the model's: "
            "make it from model.parameters() of the model to be trained"
        )


def check_examples(model: Module, loss: Loss, data: Data, validation: Data | None) -> bool:
    """Try model and loss on two examples of each part; whether the targets are class numbers.

    Raises:
        TypeError: a part is not `Data`, or the loss is not one Tensor or Value.
        ValueError: the examples do not fit the model or the loss, or forward adds a parameter.
    """
    given = dict(model.named_parameters())
    classes = _has_classes(model, loss, data, "the data")
    if validation is not None:
        _has_classes(model, loss, validation, "the validation data")
    for name, parameter in model.named_parameters():
        if given.get(name) is not parameter:
            raise ValueError(
                f"forward stores the {type(parameter).__name__} {name!r} on the module, where it counts as a "
                "parameter: store its data"
            )
    return classes


def _has_classes(model: Module, loss: Loss, data: Data, what: str) -> bool:
    # With class numbers, the two examples have the least and the greatest: the model needs an
    # output for both.
    check_data(data, what)
    _check_weights(loss, data, what)
    labels = data.targets.ndim == 1 and data.targets.dtype.kind in "iu"
    two = data.take([data.targets.argmin(), data.targets.argmax()] if labels else [0, -1])
    with in_mode(model, training=False), np.errstate(all="ignore"):
        try:
            outputs = model(two.inputs)
            result = two.loss_of(loss, outputs)
        except (IndexError, TypeError, ValueError) as error:
            raise ValueError(
                f"{what}, inputs of shape {data.inputs.shape} and targets of shape {data.targets.shape}, "
                f"do not fit the model and the loss: {error}"
            ) from None
        except ArithmeticError:  # the training will say in which batch
            return labels
    if not isinstance(result, Node) or np.shape(result.data):
        raise TypeError(
            "a loss must be one Tensor or Value, the mean over a batch, computed from the model's outputs, "
            f"not {type(result).__name__} {result!r:.60}"
        )
    check_classes(loss, outputs)
    if any(node.op == "softmax CE" and _classes(node) == 1 for node in Graph(result).nodes):
        raise ValueError(ONE_OUTPUT)
    return labels and len(np.shape(outputs)) == 2


def _classes(cross_entropy: Node) -> int:
    """The number of classes of a recorded softmax cross-entropy: of Tensors, or of single Values."""
    logits = cross_entropy.inputs
    return int(logits[0].shape[-1]) if isinstance(logits[0], Tensor) else len(logits)


def _check_weights(loss: Loss, data: Data, what: str) -> None:
    """Check that not all weights of examples are 0, and that the loss takes weights."""
    if not data.total_weight > 0:
        raise ValueError(f"{what} have the weight 0 in every example, so that there is nothing to learn from")
    if data.weights is None:
        return
    try:
        signature(loss).bind(None, None, sample_weight=None)
    except TypeError:
        raise ValueError(
            f"{what} have weights, and the loss takes none: give it an argument sample_weight, as "
            "nn.cross_entropy has, or leave out the weights"
        ) from None
    except ValueError:  # it has no signature that could be read
        return
