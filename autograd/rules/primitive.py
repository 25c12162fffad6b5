"""`Primitive`: one operation with its local derivatives, and how it is applied to numbers of any type."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial, wraps
from typing import Any

import numpy as np

__all__ = ["TABLE", "Primitive", "apply", "family", "indicator", "records", "row"]

Rule = Callable[..., Any]

TABLE: dict[str, Primitive] = {}


class Primitive:
    """One operation: its value, and the derivative of its output with respect to each input.

    Attributes:
        name: the function's name, such as ``tanh``.
        symbol: how pictures and `Value.op` show it, such as ``tanh`` or ``*``.
        forward: ``forward(*inputs)`` returns the output.
        partials: ``partials(output, *inputs)`` returns one local derivative per input.
        kind: what one of its operations counts as in a cost.
        code: its expression in each language that the compiler writes: see `compiler.languages`.
        elementwise: whether it is applied to arrays element by element.
        differentiable: whether its output moves with its inputs. A comparison's does not.
        record: ``record(primitive, inputs)`` records it on Values, if its output is none.
        made: makes it again, in another process too, if a `family` made it.
    """

    elementwise = True
    differentiable = True
    record: Rule | None = None
    made: Callable[[], Primitive] | None = None

    def __init__(
        self, name: str, symbol: str, forward: Rule, partials: Rule, kind: str = "multiplications"
    ) -> None:
        self.name = name
        self.symbol = symbol
        self.forward = forward
        self.partials = partials
        self.kind = kind
        self.code: dict[str, str] = {}

    def evaluate(self, *inputs: Any) -> tuple[Any, Callable[[], Any] | None]:
        """Return the output and, for a fused row, a function that computes the local derivatives."""
        return self.forward(*inputs), None

    def work(self, output: Any, *inputs: Any) -> int:
        """Count its operations: one for every element of the output."""
        return output.size if isinstance(output, np.ndarray) else 1

    def on_objects(self, *inputs: Any) -> Any:
        """Apply it to arrays of other numbers, such as Values."""
        if not self.elementwise:
            return self.forward(*inputs)
        return np.frompyfunc(partial(apply, self), len(inputs), 1)(*inputs)

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    __copy__ = __deepcopy__ = lambda self, memo=None: self  # rows are compared by identity

    def __reduce__(self) -> tuple[Any, ...]:
        from autograd.rules.naming import reduced_row  # loads where rows are pickled

        return reduced_row(self, __name__, "TABLE")


def records(x: Any) -> bool:
    """Return whether operations on ``x`` do more than compute, as on `Value` or `Counted`."""
    return hasattr(type(x), "_apply")


def apply(primitive: Primitive, *inputs: Any) -> Any:
    """Apply a primitive: plain numbers give a plain number, others a number of their own type."""
    objects = False
    for x in inputs:
        if isinstance(x, np.ndarray):
            objects = objects or x.dtype.hasobject
        elif (by_type := getattr(type(x), "_apply", None)) is not None:
            return by_type(primitive, inputs)
    return primitive.on_objects(*inputs) if objects else primitive.forward(*inputs)


def row(name: str, forward: Rule, partials: Rule, *, symbol: str | None = None, **kind: str) -> Primitive:
    """Add a primitive to the table; arguments as the attributes of `Primitive`."""
    added = TABLE[name] = Primitive(name, symbol or name, forward, partials, **kind)
    return added


def family(make: Callable[..., Primitive], maxsize: int = 1024) -> Callable[..., Primitive]:
    """Cache the rows that a function makes, each of which knows the call that makes it again."""

    @lru_cache(maxsize, typed=True)
    @wraps(make)
    def made(*args: Any, **options: Any) -> Primitive:
        found = make(*args, **options)
        found.made = partial(made, *args, **options)
        return found

    return made


def indicator(condition: Any, like: Any) -> Any:
    """Return 1 where the condition holds and 0 elsewhere, in the precision of ``like``."""
    return condition.astype(like.dtype) if hasattr(like, "dtype") else condition * 1.0
