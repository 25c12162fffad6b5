"""The choice between eager and compiled steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

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
    _check_back_end(backend, devices, compiled)
    obstacle, asked = _obstacle(model, optimiser), backend or compiled
    if obstacle and asked:
        option = "backend='jax'" if backend else "compiled=True"
        raise ValueError(f"{option}, but {obstacle}: leave it out to train eagerly")
    eager = EagerStep(model, loss, optimiser, clip)
    if obstacle or (compiled is not None and not compiled):
        return eager
    make: Callable[..., CompiledStep] = CompiledStep
    if backend:
        from nn.jax_step import JaxStep  # loads where JAX is wanted

        make = partial(JaxStep, devices=devices, size=min(batch_size or len(data), len(data)))
    step = make(model, loss, optimiser, clip, data, promised=bool(compiled))
    if backend and not compiled and not step.is_declared:
        raise ValueError(
            f"backend='jax' compiles the step, but {_impure(model, loss, optimiser)} is not declared pure: "
            "declare it by nn.pure, promise it by compiled=True, or leave out backend='jax'"
        )
    return step if compiled or step.is_declared else eager


def _check_back_end(backend: str | None, devices: int | None, compiled: bool | None) -> None:
    if backend not in (None, "jax"):
        raise ValueError(f"the back end is 'jax', or None for NumPy, not {backend!r:.40}")
    if backend is None and devices is not None:
        raise ValueError(f"devices={devices!r:.40} is for backend='jax': without it NumPy trains on this CPU")
    if backend and compiled is not None and not compiled:
        raise ValueError("backend='jax' compiles every update: leave out compiled=False")


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
