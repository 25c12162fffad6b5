"""The names that expressions use, of PyTorch and JAX."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.programs import Language

SAME = """
    sin cos tanh exp log sqrt square abs log1p expm1 arctan arctan2 sinh hypot sum mean reshape where stack
    concatenate broadcast_to outer cumsum diff tril squeeze roll einsum
"""


def torch_language() -> Language:
    import torch
    from torch.nn import functional

    def number(x: Any) -> Any:
        return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.float64)

    names = {name: getattr(torch, name) for name in SAME.split()}
    numpy = SimpleNamespace(
        **names,
        linalg=SimpleNamespace(norm=torch.linalg.vector_norm),
        array=lambda xs: torch.stack(list(xs)),
        maximum=lambda a, b: torch.maximum(a, number(b).to(a.dtype)),
        minimum=lambda a, b: torch.minimum(a, number(b).to(a.dtype)),
        # At a bound both sides have a half, as of two inputs that are equal.
        clip=lambda a, low, high: torch.minimum(
            torch.maximum(a, number(low).to(a.dtype)), number(high).to(a.dtype)
        ),
        max=torch.amax,
        min=lambda a, axis: torch.amin(a, dim=axis),
        sort=lambda a: torch.sort(a).values,
        var=lambda a: torch.var(a, correction=0),
    )
    return Language(
        {
            "np": numpy,
            "relu": torch.relu,
            "sigmoid": torch.sigmoid,
            "softplus": functional.softplus,
            "softmax": lambda a: torch.softmax(a, -1),
            "log_softmax": lambda a: torch.log_softmax(a, -1),
            "logsumexp": lambda a: torch.logsumexp(a, -1),
            "neuron": neuron,
            "softmax_cross_entropy": lambda logits, target: (
                torch.logsumexp(torch.stack(logits), 0) - logits[target]
            ),
        }
    )


def jax_language() -> Language:
    import jax
    import jax.numpy as jnp

    def cross_entropy(logits: Any, targets: Any) -> Any:
        if isinstance(logits, (list, tuple)):
            return jax.nn.logsumexp(jnp.stack(logits), 0) - logits[targets]
        chosen = jnp.take_along_axis(logits, jnp.asarray(targets)[..., None], -1)[..., 0]
        return jnp.mean(jax.nn.logsumexp(logits, -1) - chosen)

    return Language(
        {
            # JAX's abs has the slope 1 at 0.
            "np": SimpleNamespace(**{**vars(jnp), "abs": lambda a: jnp.sign(a) * a}),
            "relu": jax.nn.relu,
            "sigmoid": jax.nn.sigmoid,
            "softplus": jax.nn.softplus,
            "softmax": jax.nn.softmax,
            "log_softmax": jax.nn.log_softmax,
            "logsumexp": lambda a: jax.nn.logsumexp(a, -1),
            "neuron": lambda *given: neuron(*given, tanh=jnp.tanh),
            "softmax_cross_entropy": cross_entropy,
        }
    )


def neuron(bias: Any, weights: list[Any], inputs: list[Any], activation: str = "", tanh: Any = None) -> Any:
    total = bias
    for w, x in zip(weights, inputs, strict=True):
        total = total + w * x
    return (tanh or total.tanh)(*([total] if tanh else [])) if activation else total
