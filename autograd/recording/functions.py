"""Functions that NumPy lacks, for tensors, arrays of values and lists of values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.numbers.value_array import ValueArray
from autograd.recording.conversions import has_masked
from autograd.recording.hooks import tracer
from autograd.recording.reduction import reduced
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules import arrays
from autograd.rules import scalars as p
from autograd.rules import softmax as softmax_rules
from autograd.rules.arrays import Axis
from autograd.rules.neuron import activation_named, neuron_of
from autograd.rules.primitive import apply, records

__all__ = [
    "log_softmax",
    "logsumexp",
    "neuron",
    "relu",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "softplus",
    "values",
]


def values(numbers: Any, name: str | None = None) -> Any:
    """Return an array of Values, one for each number, for programs that also run on tensors.

    NumPy's functions and operators take such arrays element by element, which records a scalar graph.
    With a name the Values are called ``name[i,j]``.
    """
    array = np.asarray(numbers)
    result = np.empty(array.shape, dtype=object).view(ValueArray)
    for index in np.ndindex(array.shape):
        label = None if name is None else f"{name}[{','.join(map(str, index))}]" if index else name
        result[index] = Value(array[index], name=label)
    return result


def relu(x: Any) -> Any:
    """``max(x, 0)``, with slope 0 at 0."""
    return apply(p.relu, _operand(x))


def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, without overflow."""
    return apply(p.sigmoid, _operand(x))


def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``, without overflow; its derivative is the sigmoid."""
    return apply(p.softplus, _operand(x))


def logsumexp(x: Any, axis: Axis = -1, keepdims: bool = False) -> Any:
    """``log Σ exp(x)`` along axes, finite wherever the greatest element is finite."""
    x = _array(x)
    return _item(softmax_rules.logsumexp(x, arrays.axes_of(axis, x.ndim), keepdims))


def log_softmax(x: Any, axis: Axis = -1) -> Any:
    """``x - logsumexp(x)``: the logarithm of the `softmax`, finite wherever the elements are finite."""
    x = _array(x)
    return apply(softmax_rules.log_softmax_of(arrays.axes_of(axis, x.ndim)), x)


def softmax(logits: Any, axis: Axis = -1) -> Any:
    """``exp(z_i) / Σ_j exp(z_j)``.

    On a tensor or an array it is taken along an axis, after subtracting the greatest element, and never
    overflows. On a list of numbers it is the textbook's form, in elementary operations, which
    `softmax_cross_entropy` avoids.

    Raises:
        OverflowError: a logit in a list is above 709.
        ValueError: there are no logits.
        ZeroDivisionError: all logits in a list are below -745.
    """
    flat = isinstance(logits, Sequence) and not any(isinstance(z, (Sequence, np.ndarray)) for z in logits)
    if not flat or axis not in (0, -1):
        logits = _array(logits)
        return apply(softmax_rules.softmax_of(arrays.axes_of(axis, logits.ndim)), logits)
    if not logits:
        raise ValueError("softmax of no logits: give at least one")
    exponentials = [apply(p.exp, _operand(z)) for z in logits]
    total = sum(exponentials[1:], start=exponentials[0])
    return [exponential / total for exponential in exponentials]


def softmax_cross_entropy(
    logits: Any,
    targets: Any,
    reduction: str = "mean",
    *,
    weight: Any = None,
    sample_weight: Any = None,
    label_smoothing: float = 0.0,
) -> Any:
    """``-log softmax(logits)[target]`` as one primitive, finite where the logits' differences are.

    With weights w of the classes and smoothing ε, it is ``-Σ_k w_k y_k log softmax(logits)_k``, where
    y_k is ``ε / n``, and ``1 - ε`` more for the true class (C. Szegedy et al., "Rethinking the Inception
    architecture", 2016, section 7). The mean over class numbers divides by the sum of the weights of
    the true classes, as PyTorch's; the mean over distributions by their number.

    Args:
        logits: the scores of n classes on the last axis: a tensor or an array of shape ``(…, n)``, or a
            list of n numbers; it is recorded if one of them is a `Value`.
        targets: the true class of each row, whole numbers of shape ``(…)`` from 0 to n - 1; or a
            distribution over the classes for each row, shape ``(…, n)`` (one-hot or soft labels).
        reduction: ``"mean"`` or ``"sum"`` over the rows, or ``"none"``.
        weight: of each class, n plain numbers of at least 0; 1 each if omitted.
        sample_weight: of each row, shape ``(…)``; a mean divides by their sum.
        label_smoothing: ε, from 0 to 1.

    Raises:
        TypeError: weights are not real numbers.
        ValueError: there are no logits, a target is not the index of one, the shapes do not fit, a
            share of a distribution or a weight is negative, the smoothing is out of range, or there is
            no such reduction.
    """
    logits = _array(logits)
    shape = logits.shape
    if not shape or not all(shape):
        raise ValueError(f"softmax cross-entropy of no logits, in the shape {shape}: give at least one")
    inputs, targets, counts = targets, _targets(targets, shape), None
    if weight is not None or label_smoothing:
        # Deferred: weighting, which most losses never load.
        from autograd.recording.weighting import weighted_targets

        inputs, targets, counts = weighted_targets(inputs, targets, shape, weight, label_smoothing)
    return reduced(_cross_entropies(logits, inputs, targets), reduction, sample_weight, counts)


def _cross_entropies(logits: Any, inputs: Any, targets: Any) -> Any:
    """Return one loss per row.

    Args:
        logits: of shape ``(…, n)``.
        inputs: the targets as given: a tensor of them is recorded.
        targets: the same as plain numbers.
    """
    shape = logits.shape
    if isinstance(inputs, Tensor) and targets.dtype.kind == "f":
        return apply(softmax_rules.cross_entropy_row, logits, inputs)
    if isinstance(inputs, Tensor) and tracer.get() is not None:
        from autograd.rules.indexing import index_of  # loads where a class number is traced

        classes = apply(index_of(0, shape[-1]), inputs)
        is_true = arrays.reshape(classes, (*shape[:-1], 1)) == np.arange(shape[-1])
        return apply(softmax_rules.cross_entropy_row, logits, is_true)
    if logits.dtype != object:
        if targets.dtype.kind == "f":
            targets = targets.astype(logits.dtype)
        return _item(apply(softmax_rules.cross_entropy_of(targets), logits))
    if targets.dtype.kind not in "iu":
        return _item(softmax_rules.cross_entropy_of(targets).forward(logits))
    losses = np.empty(shape[:-1], dtype=object)  # one fused operation for every row
    for row in np.ndindex(shape[:-1]):
        losses[row] = apply(softmax_rules.softmax_cross_entropy_of(int(targets[row])), *logits[row])
    return _item(losses)


def _targets(targets: Any, shape: tuple[int, ...]) -> Any:
    """Return the targets as class numbers or distributions, checked against the shape of the logits."""
    if isinstance(targets, Tensor):  # it holds whole numbers as floats
        targets = targets._data
        targets = targets if targets.shape == shape or (targets % 1).any() else targets.astype(int)
    if has_masked(targets):
        raise ValueError("the targets of softmax cross-entropy have masked elements: leave these rows out")
    array = np.array(targets)  # a copy, since the user can write to the original
    classes = shape[-1]
    if array.shape == shape and array.dtype.kind in "biuf":
        if not (array >= 0).all():
            raise ValueError("the target distributions of softmax cross-entropy have a negative share or NaN")
        return array.astype(np.float64)
    if array.shape != shape[:-1]:
        raise ValueError(
            f"softmax cross-entropy of logits {shape} takes class numbers of shape {shape[:-1]} "
            f"or distributions of shape {shape}, not targets of shape {array.shape}"
        )
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"class numbers are whole numbers, not {array.dtype} as {array.flat[0]}: use targets.astype(int)"
        )
    outside = (array < 0) | (array >= classes)
    if np.count_nonzero(outside):
        raise ValueError(f"the target {array[outside].flat[0]} is not one of the classes 0 … {classes - 1}")
    return array


def neuron(bias: Any, weights: Sequence[Any], inputs: Sequence[Any], activation: str | None = None) -> Any:
    """``activation(bias + Σ weights·inputs)``, summed left to right, as one primitive.

    One node instead of two per weight makes smaller pictures and much less to record.

    Args:
        bias: a number.
        weights: one number per input.
        inputs: numbers.
        activation: the name of a primitive with one input, such as ``"tanh"``; None for no activation.

    Raises:
        ValueError: weights and inputs differ in number, or no such primitive has one input.
    """
    if len(weights) != len(inputs):
        raise ValueError(f"a neuron has as many weights as inputs, not {len(weights)} and {len(inputs)}")
    row = neuron_of(None if activation is None else activation_named(activation))
    return apply(row, bias, *weights, *inputs)


def _array(x: Any) -> Any:
    """Return a tensor unchanged, anything else as an array; of objects if it holds values, else of floats."""
    if isinstance(x, Tensor):
        return x
    if isinstance(x, (np.ndarray, np.generic)):
        return x.astype(np.float64) if x.dtype.kind in "biu" else x
    array = np.array(x, dtype=object)
    return array if any(records(v) for v in array.flat) else array.astype(float)


def _operand(x: Any) -> Any:
    """Return a sequence or NumPy's numbers as `_array` does, another number unchanged, or as a float."""
    if isinstance(x, (int, bool)):
        return float(x)
    return _array(x) if isinstance(x, (Sequence, np.ndarray, np.generic)) else x


def _item(x: Any) -> Any:
    """Return the element of a 0-dimensional array; anything else unchanged."""
    return x[()] if isinstance(x, np.ndarray) and not x.shape else x
