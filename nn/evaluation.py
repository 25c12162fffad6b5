"""Predictions and metrics of a model in evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import no_grad
from nn.conversion import array_of, unwrap
from nn.data import Data, batches, check_data
from nn.losses import cross_entropy
from nn.module import Module
from nn.training_mode import in_mode

__all__ = ["Loss", "Metric", "accuracy", "check_functions", "evaluate", "fraction_correct", "predict"]

Loss = Callable[..., Any]  # of outputs and targets, and of sample_weight if the data have weights
Metric = Callable[[NDArray[Any], NDArray[Any]], float]


def check_functions(loss: Any, metrics: Any) -> None:
    """Check that the loss is a function, and metrics are None or functions by name.

    Raises:
        TypeError: they are not.
        ValueError: a metric has the name ``"loss"``.
    """
    if not callable(loss):
        raise TypeError(f"a loss must be a function of outputs and targets, such as nn.mse, not {loss!r:.40}")
    if not isinstance(metrics or {}, Mapping) or not all(map(callable, (metrics or {}).values())):
        raise TypeError(
            "metrics must be functions of outputs and targets by name, such as "
            f"{{'accuracy': nn.fraction_correct}}, not {metrics!r:.60}"
        )
    if "loss" in (metrics or {}):
        raise ValueError("a metric needs another name than 'loss', which names the loss itself")


ONE_OUTPUT = (
    "the softmax cross-entropy of a single output is 0 whatever the model computes: give the model an output "
    "for each class, or use loss=nn.binary_cross_entropy_with_logits"
)


def check_classes(loss: Loss, outputs: Any) -> None:
    """Raise ValueError if the loss is the cross-entropy of the classes, and there is a single output."""
    if getattr(loss, "func", loss) is cross_entropy and np.shape(outputs)[-1:] == (1,):
        raise ValueError(ONE_OUTPUT)


def predict(model: Module, inputs: Any, batch_size: int | None = 1000) -> NDArray[Any]:
    """The outputs of a model in evaluation mode, as plain numbers; nothing is recorded.

    Args:
        model: of Tensors or Values.
        inputs: (examples, ...).
        batch_size: the number of examples per call of the model; None for all.

    Returns:
        (examples, ...)

    Raises:
        TypeError, ValueError: the inputs are not an array, have no examples, or do not fit the model.
    """
    inputs = array_of(inputs, "the inputs")
    examples = Data(inputs, np.zeros(inputs.shape[:1]))
    with in_mode(model, training=False), no_grad():
        return np.concatenate(
            [unwrap(model(batch.inputs)) for batch in batches(examples, batch_size, shuffle=False)]
        )


def evaluate(
    model: Module,
    data: Data,
    loss: Loss = cross_entropy,
    *,
    metrics: Mapping[str, Metric] | None = None,
    batch_size: int | None = 1000,
) -> dict[str, float]:
    """The mean loss of a model in evaluation mode, as ``"loss"``, and each metric by its name.

    Args:
        model: of Tensors or Values.
        data: the examples. If they have weights, the loss is given them as ``sample_weight``.
        loss: a function of outputs and targets, to the mean over a batch.
        metrics: functions of the outputs and targets of all examples, as plain arrays, to a number. They
            do not see weights.
        batch_size: the number of examples per call of the model; None for all.

    Raises:
        TypeError, ValueError: the examples do not fit the model or the loss, the loss of a batch or a metric
            is not one number, or a metric raises an ArithmeticError.
    """
    check_functions(loss, metrics)
    total, outputs = 0.0, []
    with in_mode(model, training=False), no_grad():
        for batch in batches(data, batch_size, shuffle=False):
            output = model(batch.inputs)
            check_classes(loss, output)
            value = unwrap(batch.loss_of(loss, output))
            if value.shape:
                raise TypeError(
                    f"a loss must be one number, the mean over a batch, not of shape {value.shape}"
                )
            total += float(value) * batch.total_weight
            outputs.append(unwrap(output))
    output = np.concatenate(outputs)
    found = {name: _measured(name, metric, output, data.targets) for name, metric in (metrics or {}).items()}
    return {"loss": total / (data.total_weight or 1.0), **found}


def _measured(name: str, metric: Metric, outputs: NDArray[Any], targets: NDArray[Any]) -> float:
    try:
        number = metric(outputs, targets)
    except ArithmeticError as error:  # `fit` would take it for a training that diverged
        raise ValueError(f"the metric {name!r} raised {type(error).__name__}: {error}") from error
    try:
        return float(number)
    except (TypeError, ValueError):
        raise TypeError(
            f"the metric {name!r} must give a number, not {type(number).__name__} {number!r:.40}"
        ) from None


def accuracy(model: Module, data: Data, batch_size: int | None = 1000) -> float:
    """The fraction of examples that a model in evaluation mode classifies correctly.

    Raises:
        TypeError, ValueError: as `predict` and `fraction_correct`.
    """
    check_data(data)
    return fraction_correct(predict(model, data.inputs, batch_size), data.targets)


def fraction_correct(outputs: Any, targets: Any) -> float:
    """The fraction of examples whose greatest output is the true class; NaN if an output or target is.

    Args:
        outputs: (..., classes), scores; or (..., 1) or (...), the logit of class 1 against class 0.
            Arrays, lists, Tensors or Values.
        targets: (...), class numbers; or of the outputs' shape, one-hot rows.

    Raises:
        TypeError: the outputs or targets are not real numbers.
        ValueError: the shapes do not fit, or there are no examples.
    """
    outputs, targets = unwrap(outputs), unwrap(targets)
    if not outputs.size:
        raise ValueError(f"the accuracy of no examples is undefined: the outputs have shape {outputs.shape}")
    if np.isnan(outputs).any() or np.isnan(targets).any():
        return nan
    if outputs.shape == (*targets.shape, 1):
        outputs = outputs[..., 0]
    if outputs.ndim == targets.ndim + 1 and outputs.shape[:-1] == targets.shape:
        return float(np.mean(outputs.argmax(axis=-1) == targets))
    if outputs.shape != targets.shape:
        raise ValueError(
            f"the accuracy of outputs {outputs.shape} needs classes of shape {outputs.shape[:-1]} "
            f"or one-hot rows of shape {outputs.shape}, not targets of shape {targets.shape}"
        )
    if outputs.ndim < 2 or outputs.shape[-1] == 1:
        return float(np.mean((outputs > 0) == (targets > 0.5)))
    return float(np.mean(outputs.argmax(axis=-1) == targets.argmax(axis=-1)))
