"""The eager step: record the loss of a batch, backpropagate, and let the optimiser move."""

from __future__ import annotations

from math import isfinite

import numpy as np

from nn.clipping import clip_gradients
from nn.data import Data
from nn.evaluation import Loss
from nn.module import Module
from nn.optimisers import Optimiser

__all__ = ["EagerStep"]


class EagerStep:
    """One update of the parameters per call, by the gradient of the loss of a batch.

    Args:
        model: in training mode.
        loss: of the model's outputs and the targets.
        optimiser: of some or all of the model's parameters.
        clip: the norm that longer gradients are shortened to, or None.

    Attributes:
        is_compiled: of the class: whether updates may run as compiled code.
    """

    is_compiled = False

    def __init__(self, model: Module, loss: Loss, optimiser: Optimiser, clip: float | None) -> None:
        self._model = model
        self._loss = loss
        self._optimiser = optimiser
        self._clip = clip
        self._parameters = model.parameters()

    def __call__(self, batch: Data, number: int) -> float:
        """Update the parameters once.

        Args:
            batch: the examples.
            number: how many updates the training has made before this one.

        Returns:
            The loss before the update.

        Raises:
            ArithmeticError: the loss or its gradient is infinite or NaN; nothing was updated.
        """
        loss = self._differentiate(batch)
        self._optimiser.step()
        return loss

    def refresh(self) -> None:
        """Called after code of the user ran, which may have changed the model, loss or optimiser."""

    def finish(self) -> None:
        """Called before anyone reads the parameters after some updates, which a step may keep elsewhere."""

    def _differentiate(self, batch: Data) -> float:
        """Leave the clipped gradient on the parameters; the loss."""
        for parameter in self._parameters:
            parameter.grad = None
        result = batch.loss_of(self._loss, self._model(batch.inputs))
        loss = float(result.data)
        if not isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}")
        result.backward(retain_graph=False)
        for parameter in self._optimiser.parameters:
            if parameter.has_grad and not np.isfinite(parameter.grad).all():
                raise FloatingPointError(f"the loss is {loss:.4g}, but its gradient is not finite")
        if self._clip is not None:
            clip_gradients(self._optimiser.parameters, self._clip)
        return loss
