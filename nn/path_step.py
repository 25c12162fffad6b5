"""The naive step: an update by the sum over all paths."""

from __future__ import annotations

from math import isfinite

import numpy as np

from autograd import gradient
from nn.data import Data
from nn.eager_step import EagerStep
from nn.scalar_copy import on_values, root_of

__all__ = ["PathStep"]


class PathStep(EagerStep):
    """An update by the path sum, the naive gradient, on a copy that records each product and sum."""

    def _differentiate(self, batch: Data) -> float:
        twin = on_values(self._model)
        loss = root_of(batch.loss_of(self._loss, twin(batch.inputs)))
        self._model.load_extra_state(twin.extra_state())  # what the copy drew is drawn
        slopes = gradient(loss, twin.parameters(), "paths", budget=None).values
        if not all(map(isfinite, (loss.data, *slopes))):
            raise FloatingPointError(f"the loss is {loss.data:.4g}, or its gradient is not finite")
        found = iter(slopes)
        for parameter in self._parameters:
            if parameter.__class__ is loss.__class__:
                parameter.grad = next(found)
            else:
                numbers = [next(found) for _ in range(parameter.size)]
                parameter.grad = np.reshape(numbers, parameter.shape)
        return float(loss.data)
