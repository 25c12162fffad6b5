"""Examples: splits into training, validation and test data, batches, and one-hot rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from numbers import Integral, Real
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from nn.conversion import array_of
from nn.seeds import Seed, generator_of

__all__ = [
    "Data",
    "Examples",
    "Split",
    "TwoWaySplit",
    "batches",
    "check_data",
    "data_of",
    "folds",
    "one_hot",
    "split",
]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Examples: inputs of a network and the targets for its outputs. The ``len`` is their number.

    Frames and series of pandas, polars and similar libraries are converted to arrays; all columns must be
    numbers.

    Attributes:
        inputs: (examples, ...), numbers; usually (examples, features).
        targets: (examples,) or (examples, outputs), numbers.
        weights: (examples,), for how much each counts in the loss, at least 0; or None for all alike.

    Raises:
        TypeError: the inputs, the targets or the weights are not real numbers.
        ValueError: there are no examples, the numbers of inputs, targets and weights differ, a weight
            is negative or not finite, or a frame has missing values.

    Examples:
        >>> data = Data([[0.0], [1.0], [2.0]], [0, 1, 1], weights=[2.0, 0.5, 0.5])
        >>> data.total_weight
        3.0
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]
    weights: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        for name in ("inputs", "targets"):
            object.__setattr__(self, name, array_of(getattr(self, name), f"the {name}"))
            if getattr(self, name).ndim == 0:
                raise ValueError(
                    f"the {name} are a single number: they need a first axis, one entry per example"
                )
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"there are {len(self.inputs)} inputs and {len(self.targets)} targets: "
                "each example needs one of each"
            )
        if not len(self.inputs):
            raise ValueError("there are no examples: data needs at least one")
        if self.weights is not None:
            weights = array_of(self.weights, "the weights").astype(np.float64)
            if weights.shape != (len(self.inputs),):
                raise ValueError(
                    f"the weights need the shape ({len(self.inputs)},), one for each example, "
                    f"not {weights.shape}"
                )
            wrong = ~(np.isfinite(weights) & (weights >= 0))
            if wrong.any():
                raise ValueError(f"the weights must be finite and at least 0, not {weights[wrong][0]}")
            object.__setattr__(self, "weights", weights)

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, which: Any) -> Data:
        """Select examples by an array of indices, a slice, or an array with a bool for each."""
        weights = None if self.weights is None else self.weights[which]
        return Data(self.inputs[which], self.targets[which], weights)

    @property
    def total_weight(self) -> float:
        """The sum of the weights; without weights, the number of examples."""
        return float(len(self) if self.weights is None else self.weights.sum())

    def loss_of(self, loss: Callable[..., Any], outputs: Any) -> Any:
        """The loss of outputs for these examples, given their weights as ``sample_weight``."""
        if self.weights is None:
            return loss(outputs, self.targets)
        return loss(outputs, self.targets, sample_weight=self.weights)


Examples = Data | tuple[Any, Any] | tuple[Any, Any, Any]


def data_of(examples: Any, what: str) -> Data:
    """Convert ``(inputs, targets)`` or ``(inputs, targets, weights)`` to `Data`, which itself is returned.

    Raises:
        TypeError: the argument is none of these, or does not hold real numbers.
        ValueError: as `Data`.
    """
    if isinstance(examples, tuple) and len(examples) in (2, 3) and not isinstance(examples[0], Data):
        return Data(*examples)
    check_data(examples, what)
    return examples  # type: ignore[no-any-return]


def check_data(data: Any, what: str = "the data") -> None:
    """Check that the argument is `Data`, and not a pair of arrays, say.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(data, Data):
        raise TypeError(f"{what} must be examples, such as Data(inputs, targets), not {type(data).__name__}")


class TwoWaySplit(NamedTuple):
    """Two parts of the examples, for data with a separate test part.

    Attributes:
        train: to fit the weights, and everything else that is fitted.
        validation: to make choices: when to stop, which network to keep.
    """

    train: Data
    validation: Data


class Split(NamedTuple):
    """Three parts of the examples.

    Attributes:
        train: to fit the weights, and everything else that is fitted.
        validation: to make choices: when to stop, which network to keep.
        test: to use once, after the last choice. Only then does its error estimate the error on
            unseen examples.
    """

    train: Data
    validation: Data
    test: Data


@overload
def split(
    inputs: Any,
    targets: Any,
    *,
    fractions: tuple[float, float],
    stratify: bool = True,
    seed: Seed = 0,
    weights: Any = None,
) -> TwoWaySplit: ...


@overload
def split(
    inputs: Any,
    targets: Any,
    *,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    stratify: bool = True,
    seed: Seed = 0,
    weights: Any = None,
) -> Split: ...


def split(
    inputs: Any,
    targets: Any,
    *,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    stratify: bool = True,
    seed: Seed = 0,
    weights: Any = None,
) -> Split | TwoWaySplit:
    """Split the examples into training, validation and test data; each part keeps their order.

    Two fractions give two parts: ``train, validation = split(x, y, fractions=(0.8, 0.2))``.

    Args:
        inputs: (examples, ...).
        targets: (examples,) or (examples, outputs).
        fractions: of the examples, for training, validation and test; two for training and validation.
        stratify: whether to split each class by itself, so that each part gets its share of each
            class to within one example, and at least one. Targets are classes if they have one axis
            and an integer or bool type; others, such as real numbers or one-hot rows, are split
            together in any case.
        seed: the same seed gives the same parts.
        weights: (examples,), which go with the examples; see `Data`.

    Raises:
        TypeError: the inputs or the targets are not real numbers.
        ValueError: the lengths differ, the fractions are not two or three positive numbers with sum 1,
            or there are too few examples, or too few of one class, for each part to get one.
    """
    given = list(fractions) if isinstance(fractions, Iterable) else [fractions]
    positive = all(isinstance(fraction, Real) and fraction > 0 for fraction in given)
    if len(given) not in (2, 3) or not positive or not isclose(sum(given), 1, abs_tol=1e-9):
        raise ValueError(
            "the fractions for training, validation and perhaps test must be two or three positive numbers "
            f"with sum 1, not {fractions!r:.60}"
        )
    data = Data(inputs, targets, weights)
    part = _parts(data, given, stratify, seed)
    parts = [data.take(part == j) for j in range(len(given))]
    return TwoWaySplit(*parts) if len(parts) == 2 else Split(*parts)


def folds(data: Data, k: int, *, stratify: bool = True, seed: Seed = 0) -> Iterator[tuple[Data, Data]]:
    """Split the data into k pairs of training and validation data, for k-fold cross-validation.

    Each example is in one validation part; their lengths differ by one at most. Stratified as by
    `split`. R. Kohavi, "A study of cross-validation and bootstrap for accuracy estimation and model
    selection", IJCAI 1995, section 2.

    Raises:
        TypeError: the data are not `Data`.
        ValueError: k is not a whole number of at least 2, or there are fewer than k examples, or fewer than
            k of one class.
    """
    check_data(data)
    if not isinstance(k, Integral) or k < 2:
        raise ValueError(f"the number of folds must be a whole number, at least 2, not {k!r}")
    part = _parts(data, [1 / k] * k, stratify, seed)
    return ((data.take(part != j), data.take(part == j)) for j in range(k))


def _parts(data: Data, fractions: Sequence[float], stratify: bool, seed: Seed) -> NDArray[np.intp]:
    """The index of the part that each example goes to."""
    rng = generator_of(seed)
    stratified = stratify and data.targets.ndim == 1 and data.targets.dtype.kind in "biu"
    labels = data.targets if stratified else np.zeros(len(data), dtype=int)
    part = np.empty(len(data), dtype=np.intp)
    # By how much each part is short of its share, over all classes so far.
    owed = np.zeros(len(fractions))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        # Rounded, since 0.28 of 50 is 14.000000000000002 in floats, and would count as inexact.
        shares = np.round(np.multiply(fractions, len(members)), 9)
        counts = np.floor(shares).astype(int)
        owed += shares - counts
        # Each share is rounded down or up: up for the parts that would get none, and then for those
        # owed most, so that the rounding of many classes does not add up in one part.
        inexact = sorted(np.flatnonzero(shares > counts), key=lambda j: (counts[j] > 0, -owed[j]))
        up = inexact[: len(members) - counts.sum()]
        counts[up] += 1
        owed[up] -= 1
        if not counts.all():
            of_class, remedy = (f" of class {label}", ", or stratify=False") if stratified else ("", "")
            raise ValueError(
                f"there are too few examples{of_class}, {len(members)}, for each of {len(fractions)} parts "
                f"to get its share and at least one: give more of them, other parts{remedy}"
            )
        part[members] = np.repeat(np.arange(len(fractions)), counts)
    return part


def batches(
    data: Data,
    size: int | None = None,
    *,
    rng: np.random.Generator | None = None,
    shuffle: bool = True,
    drop_last: bool = False,
) -> Iterator[Data]:
    """Iterate over the examples once (an epoch), each in one batch.

    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", 1998, section 4.1 compares
    the three kinds of descent; section 4.2 says why to shuffle.

    Args:
        data: all examples.
        size: None for classic (batch) descent, all examples at once and in their order; n for
            mini-batches of n; 1 for online (stochastic) descent.
        rng: draws the whole order during this call. Use one generator for all passes, so that each
            has an order of its own. With the generator's state from before a pass
            (``rng.bit_generator.state``), a resumed training repeats the pass bit for bit.
        shuffle: whether the order is random; if not, no generator is needed.
        drop_last: whether to omit the last batch if it is not full.

    Raises:
        TypeError: the data are not `Data`, or shuffle is set, and rng is not a
            `numpy.random.Generator`.
        ValueError: the size is not a whole number of at least 1, or every example would be dropped.
    """
    check_data(data)
    if size is None:
        return iter([data])
    if not isinstance(size, Integral) or size < 1:
        raise ValueError(
            f"the size of a batch must be a whole number, at least 1, or None for all, not {size!r}"
        )
    if drop_last and size > len(data):
        raise ValueError(
            f"{len(data)} examples do not fill a batch of {size}, and drop_last would leave none"
        )
    if not shuffle:
        order = np.arange(len(data))
    elif isinstance(rng, np.random.Generator):
        order = rng.permutation(len(data))
    else:
        raise TypeError(
            "to shuffle, batches needs rng=numpy.random.default_rng(seed), made once for all passes, "
            f"not {rng!r:.40}"
        )
    stop = len(data) - len(data) % size if drop_last else len(data)
    return (data.take(order[start : start + size]) for start in range(0, stop, size))


def one_hot(labels: Any, classes: int) -> NDArray[np.float64]:
    """Encode each label as a row of zeros with a 1 at the label's index.

    Args:
        labels: (...), of an integer type, from 0 to ``classes - 1``.
        classes: the number of classes.

    Returns:
        (..., classes)

    Raises:
        TypeError: the labels are not of an integer type.
        ValueError: a label is out of range, or the number of classes is not a whole number of at least 1.
    """
    if not isinstance(classes, Integral) or classes < 1:
        raise ValueError(f"the number of classes must be a whole number, at least 1, not {classes!r}")
    labels = array_of(labels, "the labels")
    if labels.dtype.kind not in "biu":
        raise TypeError(f"labels must have an integer type, not {labels.dtype}")
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        raise ValueError(f"a label for {classes} classes must be from 0 to {classes - 1}, not {outside[0]}")
    return np.equal(labels[..., np.newaxis], np.arange(classes)).astype(np.float64)
