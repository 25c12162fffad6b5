"""The choice between eager and compiled steps."""

from __future__ import annotations

from autograd import Tensor
from nn.compiled_step import CompiledStep
from nn.data import Data
from nn.eager_step import EagerStep
from nn.evaluation import Loss
from nn.module import Module
from nn.optimisers import Optimiser
from nn.purity import is_pure

__all__ = ["choose_step"]


def choose_step(
    model: Module,
    data: Data,
    loss: Loss,
    optimiser: Optimiser,
    clip: float | None,
    compiled: bool | None,
    backend: str | None = None,
    devices: int | None = None,
    batch_size: int | None = None,
) -> EagerStep:
    """The step that ``compiled``, ``backend`` and ``devices`` of `nn.fit` choose.

    Raises:
        ImportError: the back end is JAX, which is missing.
        TypeError: ``compiled`` is neither None, True nor False.
        ValueError: ``compiled`` is True or the back end is JAX, and such a step cannot be compiled; the back
            end is another; or the devices are too many, or do not divide the batch.
    """
    if compiled not in (None, True, False):
        raise TypeError(f"compiled must be None, True or False, not {compiled!r:.40}")
    if backend is not None:
        return _on_jax(model, data, loss, optimiser, clip, compiled, backend, devices, batch_size)
    if devices is not None:
        raise ValueError(f"devices={devices!r:.40} is for backend='jax': without it NumPy trains on this CPU")
    eager = EagerStep(model, loss, optimiser, clip)
    obstacle = _obstacle(model, optimiser)
    if compiled and obstacle:
        raise ValueError(f"compiled=True, but {obstacle}: leave it out to train eagerly")
    if obstacle or (compiled is not None and not compiled):
        return eager
    step = CompiledStep(model, loss, optimiser, clip, data, promised=bool(compiled))
    return step if compiled or step.is_declared else eager


def _on_jax(
    model: Module,
    data: Data,
    loss: Loss,
    optimiser: Optimiser,
    clip: float | None,
    compiled: bool | None,
    backend: str,
    devices: int | None,
    batch_size: int | None,
) -> EagerStep:
    if backend != "jax":
        raise ValueError(f"the back end is 'jax', or None for NumPy, not {backend!r:.40}")
    from nn.jax_step import JaxStep  # loads where JAX is wanted

    if compiled is not None and not compiled:
        raise ValueError("backend='jax' compiles every update: leave out compiled=False")
    if obstacle := _obstacle(model, optimiser):
        raise ValueError(f"backend='jax' compiles the step, but {obstacle}: leave it out to train with NumPy")
    size = min(batch_size or len(data), len(data))
    step = JaxStep(model, loss, optimiser, clip, data, promised=bool(compiled), devices=devices, size=size)
    if not compiled and not step.is_declared:
        raise ValueError(
            f"backend='jax' compiles the step, but {_impure(model, loss, optimiser)} is not declared pure: "
            "declare it by nn.pure, promise it by compiled=True, or leave out backend='jax'"
        )
    return step


def _impure(model: Module, loss: Loss, optimiser: Optimiser) -> str:
    """The first part of a step that is not declared pure, in words."""
    if not is_pure(loss):
        return f"the loss {getattr(loss, '__name__', type(loss).__name__)}"
    if not is_pure(optimiser.moved):
        return f"the rule of {type(optimiser).__name__}"
    inner = [module for module in model.modules() if not module.is_pure]
    return f"the layer {type(inner[-1]).__name__}"


def _obstacle(model: Module, optimiser: Optimiser) -> str | None:
    """Why no step of the model and the optimiser can be compiled, in words."""
    precisions = {p.dtype if isinstance(p, Tensor) else None for p in model.parameters()}
    if len(precisions) != 1 or None in precisions:
        return "the model's parameters are not Tensors of one precision"
    if getattr(optimiser.step, "__func__", None) is not Optimiser.step:
        return f"{type(optimiser).__name__} has a step of its own, of which only the rule, moved, is compiled"
    return None
