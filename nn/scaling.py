"""Standardised inputs: each feature with mean 0 and deviation 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.conversion import array_of

__all__ = ["Scaler"]


@dataclass(frozen=True, slots=True, eq=False)
class Scaler:
    """Standardise inputs feature by feature, ``(x - mean) / deviation``, as ``scaler(inputs)``.

    With features of one scale, one learning rate suits all weights: "Efficient BackProp" (see
    `nn.batches`), section 4.3. Fit the scaler to the training part alone, and apply it to every part.
    Validation and test data stand for unseen examples; a mean computed with them would carry
    knowledge of them into training, and their error would flatter the network (T. Hastie,
    R. Tibshirani and J. Friedman, "The Elements of Statistical Learning", 2nd ed. 2009, section 7.10.2).

    Attributes:
        mean: (features,)
        deviation: (features,), greater than 0.

    Raises:
        ValueError: the lengths differ, a mean is not finite, or a deviation not finite and positive.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def fit(cls, inputs: Any) -> Scaler:
        """A scaler with the mean and the (population) deviation of each feature of training inputs.

        The deviation of a constant feature is set to 1, so that the feature is only centred. A deviation of
        at most 8 units in the last place of the greatest value counts as rounding, such as the deviation of
        0.3 and 0.1 + 0.2: it is set to the greatest value, or to 1 if that is greater.

        Args:
            inputs: (examples, features), of the training part.

        Raises:
            TypeError: the inputs are not real numbers.
            ValueError: the inputs have another shape or no examples, or a feature has values that are
                not finite, or too large to be squared.
        """
        given = array_of(inputs, "the inputs")
        # Whole numbers are exact; a few units of half precision are a large part of the number.
        is_rounded = given.dtype.kind == "f" and given.dtype.itemsize > 2
        precision = float(np.finfo(given.dtype).eps) if is_rounded else 0.0
        x = given.astype(np.float64, copy=False)
        if x.ndim != 2 or not len(x):
            advice = ": give inputs[:, None], one feature for each example" if x.ndim == 1 else ""
            raise ValueError(f"a scaler needs inputs of shape (examples, features), not {x.shape}{advice}")
        with np.errstate(over="ignore", invalid="ignore"):
            # Relative to the first example, a constant feature deviates by exactly 0; relative to a
            # rounded mean it would not.
            apart = x - x[0]
            mean, deviation = x[0] + apart.mean(axis=0), apart.std(axis=0)
        greatest = np.abs(x).max(axis=0)
        is_rounding = (deviation > 0) & (deviation <= 8 * precision * greatest)
        unit = np.where(is_rounding, np.maximum(greatest, 1.0), 1.0)
        return cls(mean, np.where(is_rounding | (deviation == 0), unit, deviation))

    def __post_init__(self) -> None:
        for name in ("mean", "deviation"):
            object.__setattr__(self, name, array_of(getattr(self, name), f"the {name}").astype(np.float64))
        if self.mean.ndim != 1 or self.mean.shape != self.deviation.shape:
            raise ValueError(
                "a scaler needs one mean and one deviation for each feature, not arrays of shapes "
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
        """Standardise inputs of shape (..., features).

        Raises:
            TypeError: the inputs are not real numbers.
            ValueError: the inputs have another number of features.
        """
        return (self._features(inputs) - self.mean) / self.deviation

    def inverse(self, inputs: Any) -> NDArray[np.float64]:
        """Convert standardised inputs back to their own units: the inverse of a call, up to rounding.

        Raises:
            TypeError: the inputs are not real numbers.
            ValueError: the inputs have another number of features.
        """
        return self._features(inputs) * self.deviation + self.mean

    def _features(self, inputs: Any) -> NDArray[np.float64]:
        x: NDArray[np.float64] = array_of(inputs, "the inputs").astype(np.float64, copy=False)
        if x.shape[-1:] != self.mean.shape:
            advice = ": give inputs[:, None]" if len(self.mean) == x.ndim == 1 else ""
            raise ValueError(
                f"this scaler takes {len(self.mean)} features on the last axis, not inputs of shape "
                f"{x.shape}{advice}"
            )
        return x
