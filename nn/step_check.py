"""The check of a compiled step: one update computed both ways, from the same state."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.optimisers import Optimiser
from nn.traced_step import StepResult

__all__ = ["difference"]


def difference(
    result: StepResult, loss: float, gradients: dict[int, Any], optimiser: Optimiser
) -> str | None:
    """Where a compiled step and an eager one differ by more than rounding, in words; None if nowhere.

    Args:
        result: of the compiled step, with its gradients.
        loss: of the eager step.
        gradients: of the eager step, by the index of their parameter.
        optimiser: whose rule is applied to the compiled step's gradients.
    """
    indices = list(gradients)
    near = float(np.finfo(optimiser.parameters[indices[0]].dtype).eps) ** 0.25

    def differ(one: Any, other: Any, scale: float) -> bool:
        return not np.all(np.abs(np.subtract(one, other)) <= near * (scale + near))

    if differ(result.loss, loss, abs(loss)):
        return f"the loss, {result.loss:.6g} and {loss:.6g}"
    greatest = max(map(_greatest, gradients.values()))
    if any(differ(g, gradients[i], greatest) for i, g in zip(indices, result.gradients, strict=True)):
        return "the gradient"
    rates: Any = optimiser.rates(indices)  # not None, since there is a result
    for index, gradient, data in zip(indices, result.gradients, result.data, strict=True):
        old = optimiser.parameters[index].data
        memory = {name: np.array(array) for name, array in optimiser.memory(index).items()}
        new = optimiser.moved(old, gradient, memory, rates)
        if differ(data, new, _greatest(new - old)):
            return "the optimiser's update"
    return None


def _greatest(array: Any) -> float:
    return float(np.max(np.abs(array), initial=0.0))
