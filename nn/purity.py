"""Purity: functions declared to be replaceable by compiled copies."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from autograd import log_softmax, logsumexp, relu, sigmoid, softmax, softmax_cross_entropy, softplus

__all__ = ["is_pure", "pure"]

F = TypeVar("F", bound=Callable[..., Any])

# The attribute that declares a function, which goes along where the function is pickled by value. It holds
# the function's code, since `functools.wraps` copies it to other functions.
_MARK = "declared_pure"


def pure(function: F) -> F:
    """Declare a function pure, as a decorator: `nn.fit` then compiles it without being told to.

    Declare the ``forward`` of a `Module`, the ``moved`` of an `Optimiser`, a loss, or the ``__call__``
    of its class. A pure function records the same operations at every call: it draws no random
    numbers, counts and keeps nothing, and does not branch on the numbers it is given. Arrays and
    settings it reads are constants of the compiled code, Tensors are read at every call.

    A subclass inherits the declaration together with the method, and loses it by overriding the method.

    Raises:
        TypeError: the argument is not a Python function.

    Examples:
        >>> from nn import Linear, Module, pure
        >>> class Residual(Module):
        ...     def __init__(self):
        ...         self.layer = Linear(4, 4, seed=0)
        ...     @pure
        ...     def forward(self, x):
        ...         return x + self.layer(x)
        >>> Residual().is_pure
        True
    """
    if not isinstance(function, FunctionType):
        raise TypeError(
            f"pure declares a function or a method, written as @pure above its def, not {function!r:.60}"
        )
    setattr(function, _MARK, function.__code__)
    return function


def is_pure(function: Any) -> bool:
    """Whether a function is declared pure: by `pure`, as a part of the engine, or as a NumPy ufunc.

    A `functools.partial` is as pure as its function, and an object as pure as its ``__call__``.
    """
    if isinstance(function, partial):
        return is_pure(function.func)
    if isinstance(function, np.ufunc):
        return True
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        function = getattr(type(function), "__call__", None)  # noqa: B004 - looked up, not tested for
    return isinstance(function, FunctionType) and getattr(function, _MARK, None) == function.__code__


for _function in (log_softmax, logsumexp, relu, sigmoid, softmax, softmax_cross_entropy, softplus):
    pure(_function)
