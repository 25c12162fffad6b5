"""Three forms of softmax cross-entropy: the textbook's, one with shifted logits, and the fused one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, Value, softmax_cross_entropy

__all__ = ["DIGITS", "FORMS", "SCALAR_FORMS", "LossAndSlopes", "evaluate", "exact", "greatest_error"]

Array = NDArray[np.float64]
# Digits of the decimal arithmetic that serves as the truth.
DIGITS = 50


def textbook(logits: Any, target: int) -> Any:
    """``-log ŷ_t`` with ``ŷ = exp ỹ / Σ exp ỹ``, one elementary operation after another."""
    exponentials = np.exp(logits)
    return -np.log((exponentials / np.sum(exponentials))[target])


def shifted(logits: Any, target: int) -> Any:
    """`textbook` after subtracting the greatest logit, so that no exponential overflows."""
    exponentials = np.exp(logits - np.max(logits))
    return -np.log((exponentials / np.sum(exponentials))[target])


def textbook_scalars(logits: Sequence[Value], target: int) -> Value:
    """`textbook` on scalars; only the probability of the true class is computed."""
    exponentials = [z.exp() for z in logits]
    total = sum(exponentials[1:], start=exponentials[0])
    return -(exponentials[target] / total).log()


def shifted_scalars(logits: Sequence[Value], target: int) -> Value:
    """`shifted` on scalars."""
    greatest = reduce(Value.maximum, logits)
    return textbook_scalars([z - greatest for z in logits], target)


# The loss of one example, given its logits and its true class: on arrays, and on scalars.
FORMS: dict[str, Callable[[Any, int], Any]] = {
    "textbook": textbook,
    "shifted": shifted,
    "fused": softmax_cross_entropy,
}
SCALAR_FORMS: dict[str, Callable[[Any, int], Any]] = {
    "textbook": textbook_scalars,
    "shifted": shifted_scalars,
    "fused": softmax_cross_entropy,
}


@dataclass(frozen=True, slots=True)
class LossAndSlopes:
    """A loss and its gradient by the logits, in double precision.

    Attributes:
        loss: of one example.
        slopes: (classes,), the derivative by each logit.
    """

    loss: float
    slopes: Array

    @property
    def is_finite(self) -> bool:
        """Whether the loss and all slopes are finite."""
        return math.isfinite(self.loss) and bool(np.isfinite(self.slopes).all())


def evaluate(form: Callable[[Any, int], Any], logits: Array, target: int) -> LossAndSlopes:
    """The loss and gradient that one form gives in double precision; they may be infinite or NaN."""
    z = Tensor(logits)
    with np.errstate(all="ignore"):  # overflow is expected here
        loss = form(z, target)
        loss.backward()
    return LossAndSlopes(loss.item(), z.grad)


def exact(logits: Array, target: int) -> tuple[Decimal, list[Decimal]]:
    """The loss and its gradient from the same logits in decimal arithmetic of `DIGITS` digits."""
    with localcontext(prec=DIGITS):
        exponentials = [Decimal(float(z)).exp() for z in logits]
        total = sum(exponentials, start=Decimal(0))
        slopes = [e / total - (i == target) for i, e in enumerate(exponentials)]
        return total.ln() - Decimal(float(logits[target])), slopes


def greatest_error(found: LossAndSlopes, loss: Decimal, slopes: Sequence[Decimal]) -> float:
    """The greater of the relative error of a loss and the greatest error in its gradient.

    NaN if the result is not finite.
    """
    if not found.is_finite:
        return math.nan
    of_loss = abs(Decimal(found.loss) - loss) / loss
    of_slopes = max(abs(Decimal(float(a)) - b) for a, b in zip(found.slopes, slopes, strict=True))
    return float(max(of_loss, of_slopes))
