"""A run of a function that is to be differentiated, checked for results that have no derivative."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd.recording.copies import followed
from autograd.recording.hooks import tracer
from autograd.recording.node import Node
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.transforms.arguments import Argnums, Inputs, tracing
from autograd.transforms.containers import flatten

__all__ = ["called", "chosen_places", "run"]


def run(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnums: Argnums,
    options: dict[str, Any],
    check: Callable[[Any], None] | None = None,
    *,
    every: bool = True,
) -> tuple[Inputs, Any]:
    """Call a function with the chosen arguments as inputs, and return these with its result.

    Args:
        f: the function.
        args: its arguments by position.
        argnums: those to differentiate by.
        options: its arguments by name.
        check: called with the result first.
        every: as in `called`.
    """
    chosen = chosen_places(argnums, len(args), options)
    inputs = Inputs([args[i] for i in chosen], [f"argument {i}" for i in chosen])

    def call(arguments: Sequence[Any]) -> Any:
        replaced = dict(zip(chosen, arguments, strict=True))
        return f(*(replaced.get(i, argument) for i, argument in enumerate(args)), **options)

    return inputs, called(inputs, call, check, every=every)


def chosen_places(argnums: Argnums, count: int, options: Collection[str]) -> list[int]:
    """Return the places of the arguments to differentiate by, counted from the first."""
    chosen = list(argnums) if isinstance(argnums, Sequence) else [argnums]
    for i in chosen:
        if not isinstance(i, (int, np.integer)) or not -count <= i < count:
            advice = f": give {', '.join(options)} by position, not by name" if options else ""
            raise ValueError(f"argnums has {i!r}, but the function was called with {count} arguments{advice}")
    places = [int(i) % count for i in chosen]
    if len(set(places)) < len(places):
        raise ValueError(f"argnums names an argument twice: {argnums!r}")
    return places


def called(
    inputs: Inputs,
    call: Callable[[Sequence[Any]], Any],
    check: Callable[[Any], None] | None = None,
    *,
    every: bool,
) -> Any:
    """Run a function on inputs, and refuse a result whose derivative would silently be zero.

    Truth values and whole numbers of NumPy have no derivative. Other plain results may be constants, as in
    ``lambda x: 3.0``, whose derivative is 0. If nothing in the result is recorded, the function therefore
    runs once more at a point nearby: a constant stays the same.

    Args:
        inputs: the arguments.
        call: runs the function on arguments.
        check: called with the result first.
        every: whether each number of the result needs a derivative, or only one of them.

    Raises:
        TypeError: the result is refused.
    """
    before = followed.set((inputs.nodes, followed.get()))
    try:
        with tracing():
            result = call(inputs.arguments)
    except ValueError as error:
        if isinstance(error.__cause__, TypeError) and "array element" in str(error):
            raise TypeError(
                "an array of plain numbers cannot take a Tensor as an element, as in c[0] = x: collect the "
                "Tensors in a list and write np.stack(list)"
            ) from error
        raise
    finally:
        followed.reset(before)
    if check is not None:
        check(result)
    outputs, structure = flatten(result)
    kinds = [_without_derivative(y) for y in outputs]
    recorded = any(isinstance(y, Node) and not kind for y, kind in zip(outputs, kinds, strict=True))
    for kind, place in zip(kinds, structure.names("the result"), strict=True):
        if kind and (every or not recorded):
            raise TypeError(
                f"{place} is {kind}, which has no derivative: return a number computed from the arguments, "
                "such as a loss"
            )
    if outputs and not any(isinstance(y, Node) for y in outputs) and _differs(outputs, inputs, call):
        raise TypeError(
            "the result depends on the arguments but is a plain number, without a derivative: compute it "
            "from the arguments themselves, not from their .data or item()"
        )
    return result


def _without_derivative(y: Any) -> str:
    """Say what a result is that moves in jumps; nothing for other results."""
    if isinstance(y, Node):
        active = tracer.get()
        return "a truth value" if active is not None and active.is_truth(y) else ""
    kind = "b" if isinstance(y, bool) else y.dtype.kind if isinstance(y, (np.ndarray, np.generic)) else ""
    if kind in ("i", "u"):
        return "a whole number, as np.argmax gives" if np.ndim(y) == 0 else "an array of whole numbers"
    return ("a truth value" if np.ndim(y) == 0 else "an array of truth values") if kind == "b" else ""


def _differs(outputs: Sequence[Any], inputs: Inputs, call: Callable[[Sequence[Any]], Any]) -> bool:
    """Whether plain results differ at a point nearby."""
    moved = [_moved(v) for v in inputs.nodes]
    with suppress(ArithmeticError, LookupError, TypeError, ValueError, Warning), tracing():
        others = flatten(call(inputs.containers(moved)))[0]
        pairs = zip(outputs, others, strict=True)
        return not all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)
    return False


def _moved(v: Any) -> Any:
    kind = Tensor if isinstance(v, Tensor) else Value
    return kind(v._data + 1e-3 * (1 + abs(v._data)))
