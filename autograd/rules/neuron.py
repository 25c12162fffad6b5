"""A neuron as one node: an activation of a weighted sum."""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any

from autograd.rules.fused import Fused
from autograd.rules.primitive import TABLE, Primitive, apply, family

__all__ = ["activation_named", "neuron_of"]


@lru_cache(maxsize=64)
def activation_named(name: str) -> Primitive:
    """Return the primitive of that name, if it can follow a neuron's sum.

    Raises:
        ValueError: there is no such primitive, or it takes more than one input.
    """
    import autograd.rules.special  # noqa: F401 (loads the rest of the table)

    if name not in TABLE:
        raise ValueError(f"there is no activation {name!r}; the primitives are {', '.join(TABLE)}")
    try:
        with suppress(ArithmeticError, ValueError):
            TABLE[name].forward(0.5)
    except TypeError:
        raise ValueError(f"the activation {name!r} does not take one input") from None
    return TABLE[name]


@family
def neuron_of(activation: Primitive | None) -> Primitive:
    """Fuse ``activation(b + w_1 x_1 + … + w_n x_n)``, a function of ``b, w_1 … w_n, x_1 … x_n``."""

    def rule(bias: Any, *weights_and_inputs: Any) -> tuple[Any, Callable[[], list[Any]]]:
        half = len(weights_and_inputs) // 2
        weights, inputs = weights_and_inputs[:half], weights_and_inputs[half:]
        total = sum(map(operator.mul, weights, inputs), start=bias)
        if activation is None:
            return total, lambda: [1, *inputs, *weights]
        output = apply(activation, total)

        def partials() -> list[Any]:
            (slope,) = activation.partials(output, total)
            scaled = getattr(slope, "scaled", partial(operator.mul, slope))  # an exact zero stays exact
            return [slope, *map(scaled, inputs), *map(scaled, weights)]

        return output, partials

    name = "neuron" if activation is None else f"{activation.name} neuron"
    return Fused(name, name, rule)
