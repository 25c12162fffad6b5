"""The choice between eager and compiled steps."""

from __future__ import annotations

from autograd import Tensor
from nn.compiled_step import CompiledStep
from nn.data import Data
from nn.eager_step import EagerStep
from nn.evaluation import Loss
from nn.module import Module
from nn.optimisers import Optimiser

__all__ = ["choose_step"]


def choose_step(
    model: Module, data: Data, loss: Loss, optimiser: Optimiser, clip: float | None, compiled: bool | None
) -> EagerStep:
    """The step that ``compiled`` of `nn.fit` chooses.

    Raises:
        TypeError: it is neither None, True nor False.
        ValueError: it is True, and such a step cannot be compiled.
    """
    if compiled not in (None, True, False):
        raise TypeError(f"compiled must be None, True or False, not {compiled!r:.40}")
    eager = EagerStep(model, loss, optimiser, clip)
    obstacle = _obstacle(model, optimiser)
    if compiled and obstacle:
        raise ValueError(f"compiled=True, but {obstacle}: leave it out to train eagerly")
    if obstacle or (compiled is not None and not compiled):
        return eager
    step = CompiledStep(model, loss, optimiser, clip, data, promised=bool(compiled))
    return step if compiled or step.is_declared else eager


def _obstacle(model: Module, optimiser: Optimiser) -> str | None:
    """Why no step of the model and the optimiser can be compiled, in words."""
    precisions = {p.dtype if isinstance(p, Tensor) else None for p in model.parameters()}
    if len(precisions) != 1 or None in precisions:
        return "the model's parameters are not Tensors of one precision"
    if getattr(optimiser.step, "__func__", None) is not Optimiser.step:
        return f"{type(optimiser).__name__} has a step of its own, of which only the rule, moved, is compiled"
    return None
