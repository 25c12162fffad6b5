"""Examples: set apart for training, validation and test, dealt in batches, standardised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.conversion import array_of
from nn.seeds import Seed, generator_of

__all__ = ["Data", "Scaler", "Split", "batches", "check_data", "folds", "one_hot", "split"]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Examples: what goes into a network, and what should come out.

    Its ``len`` is the number of examples.

    Attributes:
        inputs: (examples, ...), numbers; mostly (examples, features).
        targets: (examples,) or (examples, outputs), numbers.

    Raises:
        TypeError: one of the two is not an array of real numbers.
        ValueError: there is no example, or not one target for each input.
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]

    def __post_init__(self) -> None:
        for name in ("inputs", "targets"):
            object.__setattr__(self, name, array_of(getattr(self, name), f"the {name}"))
            if getattr(self, name).ndim == 0:
                raise ValueError(f"the {name} are one number: the first axis is that of the examples")
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"there are {len(self.inputs)} inputs and {len(self.targets)} targets: "
                "every example has one of each"
            )
        if not len(self.inputs):
            raise ValueError("there are no examples: data has at least one")

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, which: Any) -> Data:
        """Some of the examples: the places of those wanted, a slice, or one bool for every example."""
        return Data(self.inputs[which], self.targets[which])


def check_data(data: Any, what: str = "the data") -> None:
    """Make sure that it is `Data`, and not a pair of arrays.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(data, Data):
        raise TypeError(f"{what} are examples as Data(inputs, targets), not {type(data).__name__}")


class Split(NamedTuple):
    """Three parts of the examples.

    Attributes:
        train: what the weights, and all else that is fitted, are fitted to.
        validation: what choices are made by: when to stop, which network to keep.
        test: looked at once, after the last choice; only then does its error say how the network
            does on examples it has never met.
    """

    train: Data
    validation: Data
    test: Data


def split(
    inputs: Any,
    targets: Any,
    *,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    stratify: bool = True,
    seed: Seed = 0,
) -> Split:
    """Deals every example into training, validation or test; within a part they keep their order.

    Args:
        inputs: (examples, ...).
        targets: (examples,) or (examples, outputs).
        fractions: of the examples, for training, validation and test.
        stratify: every class is dealt by itself, so that each part gets its share of each class to
            within one example, and at least one. Targets are classes if they are an array with one
            axis and of an integer or bool type; any others, as the real numbers of a regression or
            one-hot rows, have no classes, and are dealt all together whatever this says.
        seed: the same seed gives the same parts.

    Raises:
        TypeError: the inputs or the targets are not real numbers.
        ValueError: the lengths differ, the fractions are not three positive numbers with sum 1, or
            the examples, or those of one class, are too few for every part to get one.
    """
    positive = all(isinstance(fraction, Real) and fraction > 0 for fraction in fractions)
    if len(fractions) != 3 or not positive or not isclose(sum(fractions), 1, abs_tol=1e-9):
        raise ValueError(
            "the fractions for training, validation and test are three positive numbers "
            f"whose sum is 1, not {tuple(fractions)}"
        )
    data = Data(inputs, targets)
    part = _parts(data, fractions, stratify, seed)
    return Split(*(data.take(part == j) for j in range(3)))


def folds(data: Data, k: int, *, stratify: bool = True, seed: Seed = 0) -> Iterator[tuple[Data, Data]]:
    """The data as k pairs of training and validation data; each example is validated on just once.

    k-fold cross-validation, stratified as by `split`; R. Kohavi, "A study of cross-validation and
    bootstrap for accuracy estimation and model selection", IJCAI 1995, section 2. The k validation
    parts differ in length by one at most.

    Raises:
        TypeError: the data are no `Data`.
        ValueError: k is not a whole number from 2 on, or the examples, or those of one class, are
            fewer than k.
    """
    check_data(data)
    if not isinstance(k, Integral) or k < 2:
        raise ValueError(f"there are at least two folds, a whole number, not {k!r}")
    part = _parts(data, [1 / k] * k, stratify, seed)
    return ((data.take(part != j), data.take(part == j)) for j in range(k))


def _parts(data: Data, fractions: Sequence[float], stratify: bool, seed: Seed) -> NDArray[np.intp]:
    """The part each example goes to."""
    rng = generator_of(seed)
    stratified = stratify and data.targets.ndim == 1 and data.targets.dtype.kind in "biu"
    labels = data.targets if stratified else np.zeros(len(data), dtype=int)
    part = np.empty(len(data), dtype=np.intp)
    # What each part has got less than its share, over all classes so far.
    owed = np.zeros(len(fractions))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        # Rounded, for 0.28 of 50 is 14.000000000000002 in floats, and would count as inexact.
        shares = np.round(np.multiply(fractions, len(members)), 9)
        counts = np.floor(shares).astype(int)
        owed += shares - counts
        # Each share is rounded down or up. Up are rounded those that would be left without, and then
        # those owed most, so that the rounding of many classes does not add up in one part.
        inexact = sorted(np.flatnonzero(shares > counts), key=lambda j: (counts[j] > 0, -owed[j]))
        up = inexact[: len(members) - counts.sum()]
        counts[up] += 1
        owed[up] -= 1
        if not counts.all():
            of_class, remedy = (f" of class {label}", ", or stratify=False") if stratified else ("", "")
            raise ValueError(
                f"there are too few examples{of_class}, {len(members)}, for each of {len(fractions)} parts "
                f"to get its share and at least one: it takes more of them, other parts{remedy}"
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
    """One pass over the examples (an epoch), each in just one batch.

    Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", 1998, section 4.1 compares
    the three kinds of descent; section 4.2 says why to shuffle.

    Args:
        data: all the examples.
        size: None for classic (batch) descent, all examples at once and in their order; n for
            mini-batches of n; 1 for online (stochastic) descent.
        rng: makes the order, all of it on this call. One generator serves the whole training, so
            each pass has an order of its own, and training that resumes with the generator's state
            from before a pass (``rng.bit_generator.state``) repeats it bit for bit.
        shuffle: whether the order is random; False needs no generator.
        drop_last: whether to leave out the last batch if it is not full.

    Raises:
        TypeError: the data are no `Data`, or there should be a shuffle, and the rng is not a
            `numpy.random.Generator`.
        ValueError: the size is not a whole number from 1 on, or every example would be dropped.
    """
    check_data(data)
    if size is None:
        return iter([data])
    if not isinstance(size, Integral) or size < 1:
        raise ValueError(f"the size of a batch is a whole number from 1 on, or None for all, not {size!r}")
    if drop_last and size > len(data):
        raise ValueError(f"no batch of {size} can be filled with {len(data)} examples, and drop_last is set")
    if not shuffle:
        order = np.arange(len(data))
    elif isinstance(rng, np.random.Generator):
        order = rng.permutation(len(data))
    else:
        raise TypeError(
            "to shuffle, batches takes rng=numpy.random.default_rng(seed), made once for all passes, "
            f"not {rng!r:.40}"
        )
    stop = len(data) - len(data) % size if drop_last else len(data)
    return (data.take(order[start : start + size]) for start in range(0, stop, size))


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """Standardises inputs feature by feature, ``(x - mean) / deviation``, as ``scaler(inputs)``.

    Features of one scale let one learning rate suit all weights: "Efficient BackProp" (see `batches`),
    section 4.3. It is fitted to the training part alone, and then applied to every part. Validation
    and test stand for examples not met yet; a mean that they had a hand in would carry knowledge of
    them into training, and their error would flatter the network (T. Hastie, R. Tibshirani and
    J. Friedman, "The Elements of Statistical Learning", 2nd ed. 2009, section 7.10.2).

    Attributes:
        mean: (features,)
        deviation: (features,), greater than 0.

    Raises:
        ValueError: the two have not the same length, or hold what no feature can have.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def fit(cls, inputs: Any) -> Scaler:
        """The mean and the deviation (of the population) of each feature of training inputs.

        The deviation of a constant feature is set to 1: there is nothing to divide by, so it is only
        centred.

        Args:
            inputs: (examples, features), of the training part.

        Raises:
            TypeError: they are not real numbers.
            ValueError: they have another shape or no examples, or a feature has values that are not
                finite, or too large to be squared.
        """
        x = array_of(inputs, "the inputs").astype(np.float64, copy=False)
        if x.ndim != 2 or not len(x):
            raise ValueError(f"a scaler is fitted to inputs of shape (examples, features), not {x.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            # Measured from the first example, a constant feature deviates by exactly 0; from a
            # rounded mean it would not.
            apart = x - x[0]
            mean, deviation = x[0] + apart.mean(axis=0), apart.std(axis=0)
        return cls(mean, np.where(deviation == 0, 1.0, deviation))

    def __post_init__(self) -> None:
        for name in ("mean", "deviation"):
            object.__setattr__(self, name, array_of(getattr(self, name), f"the {name}").astype(np.float64))
        if self.mean.ndim != 1 or self.mean.shape != self.deviation.shape:
            raise ValueError(
                "a scaler has one mean and one deviation for every feature, not arrays of shapes "
                f"{self.mean.shape} and {self.deviation.shape}"
            )
        possible = np.isfinite(self.mean) & np.isfinite(self.deviation) & (self.deviation > 0)
        if not possible.all():
            j = int(np.argmin(possible))
            raise ValueError(
                f"feature {j} cannot be scaled by mean {self.mean[j]} and deviation {self.deviation[j]}: "
                "its values must be finite, and small enough to be squared"
            )

    def __call__(self, inputs: Any) -> NDArray[np.float64]:
        """Inputs standardised; (..., features), and so is the result.

        Raises:
            TypeError: they are not real numbers.
            ValueError: they have another number of features.
        """
        return (self._features(inputs) - self.mean) / self.deviation

    def inverse(self, inputs: Any) -> NDArray[np.float64]:
        """Standardised inputs in their own units again: the inverse of a call, up to rounding.

        Raises:
            TypeError: they are not real numbers.
            ValueError: they have another number of features.
        """
        return self._features(inputs) * self.deviation + self.mean

    def _features(self, inputs: Any) -> NDArray[np.float64]:
        x: NDArray[np.float64] = array_of(inputs, "the inputs").astype(np.float64, copy=False)
        if x.shape[-1:] != self.mean.shape:
            raise ValueError(
                f"this scaler takes {len(self.mean)} features on the last axis, not inputs of shape {x.shape}"
            )
        return x


def one_hot(labels: Any, classes: int) -> NDArray[np.float64]:
    """Each label as a row of zeros with a 1 at its place.

    Args:
        labels: (...), of an integer type, from 0 to ``classes - 1``.
        classes: how many there are.

    Returns:
        (..., classes)

    Raises:
        TypeError: the labels are not of an integer type.
        ValueError: a label is out of range, or the number of classes not a whole number from 1 on.
    """
    if not isinstance(classes, Integral) or classes < 1:
        raise ValueError(f"the number of classes is a whole number from 1 on, not {classes!r}")
    labels = array_of(labels, "the labels")
    if labels.dtype.kind not in "biu":
        raise TypeError(f"labels are whole numbers of an integer type, not {labels.dtype}")
    outside = labels[(labels < 0) | (labels >= classes)]
    if outside.size:
        raise ValueError(f"a label for {classes} classes is from 0 to {classes - 1}, not {outside[0]}")
    return np.equal(labels[..., np.newaxis], np.arange(classes)).astype(np.float64)
