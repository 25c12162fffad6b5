"""`jacobian` in other directions than reverse, on graphs of Values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.costs.jacobians import jacobian_by
from autograd.numbers.number import real_or_none
from autograd.recording.functions import values
from autograd.recording.node import Node
from autograd.recording.value import Value
from autograd.transforms.arguments import Argnums
from autograd.transforms.runs import chosen_places

__all__ = ["directed_jacobian"]


def directed_jacobian(
    method: str, f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], options: dict[str, Any]
) -> Any:
    """Return the Jacobian of a function of numbers and arrays, by a method of `jacobian_by`."""
    places = chosen_places(argnums, len(args), options)
    wrt = {i: _entered(args[i], i, method) for i in places}
    result = _called(method, f, [wrt.get(i, x) for i, x in enumerate(args)], options)
    outputs = np.empty((), object) if isinstance(result, Node) else np.asarray(result, dtype=object)
    if isinstance(result, Node):
        outputs[()] = result
    alike = all(isinstance(y, Node) or real_or_none(y) is not None for y in outputs.flat)
    if not alike or isinstance(result, (list, tuple)):
        raise TypeError(f"with method={method!r} a function gives a number or an array, not {result!r:.40}")
    flat = [y if isinstance(y, Node) else Value(y) for y in outputs.flat]
    leaves = {i: list(np.asarray(x, dtype=object).flat) for i, x in wrt.items()}
    found = jacobian_by(flat, [v for group in leaves.values() for v in group], method)
    matrix = np.array(found.values, dtype=float).reshape(len(flat), -1)
    blocks, start = [], 0
    for i in places:
        block = matrix[:, start : start + len(leaves[i])].reshape(outputs.shape + np.shape(wrt[i]))
        single = getattr(args[i], "dtype", None) == np.float32
        block = block.astype(np.float32) if single else block
        blocks.append(block if block.shape else block.item())
        start += len(leaves[i])
    return tuple(blocks) if isinstance(argnums, Sequence) else blocks[0]


def _called(method: str, f: Callable[..., Any], args: Sequence[Any], options: dict[str, Any]) -> Any:
    try:
        return f(*args, **options)
    except TypeError as error:
        if "dtype('O')" in str(error) or "no callable" in str(error):  # NumPy's words for an array of objects
            raise TypeError(
                f"with method={method!r} a function runs on arrays of Values, and one of NumPy's functions "
                "in it does not: leave out method"
            ) from error
        raise


def _entered(argument: Any, place: int, method: str) -> Any:
    """Return an argument as a Value or an array of Values."""
    if real_or_none(argument) is not None:
        return Value(float(argument))
    array = None if isinstance(argument, (Node, list, tuple)) else np.asarray(argument)
    if isinstance(argument, Node) or (array is not None and array.dtype == object and _holds_nodes(array)):
        raise TypeError(
            f"argument {place} is recorded, and with method={method!r} derivatives are not recorded: "
            "give its data, or leave out method"
        )
    if array is None or array.dtype.kind not in "iuf":
        raise TypeError(f"argument {place} must be a number or an array of numbers, not {argument!r:.40}")
    return values(array.astype(float))


def _holds_nodes(array: Any) -> bool:
    return any(isinstance(x, Node) for x in array.flat)
