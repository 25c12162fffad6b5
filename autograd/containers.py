"""Nested containers of numbers, as functions take and give them: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["flatten"]

Rebuild = Callable[[Iterator[Any]], Any]


def flatten(tree: Any, where: str = "the argument") -> tuple[list[Any], list[str], Rebuild]:
    """The numbers in nested lists, tuples, named tuples, dicts and arrays of Values, in order.

    An array of plain numbers is one number. None holds nothing.

    Returns:
        the numbers; where each stands, for messages; and a function that puts as many others, taken
        from an iterator, into containers of the same shape.
    """
    if tree is None:
        return [], [], lambda _: None
    if isinstance(tree, Mapping):
        parts = [(f"{where}[{key!r:.40}]", part) for key, part in tree.items()]
        keys = list(tree)
        return _flatten_all(parts, lambda children: dict(zip(keys, children, strict=True)))
    if isinstance(tree, (list, tuple)):
        parts = [(f"{where}[{i}]", part) for i, part in enumerate(tree)]
        if hasattr(tree, "_fields"):  # a named tuple
            return _flatten_all(parts, lambda children: type(tree)(*children))
        return _flatten_all(parts, type(tree))
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        parts = [(f"{where}[{','.join(map(str, index))}]", tree[index]) for index in np.ndindex(tree.shape)]

        def rebuild(children: list[Any]) -> Any:
            array = np.empty(tree.shape, dtype=object)
            for index, child in zip(np.ndindex(tree.shape), children, strict=True):
                array[index] = child
            return array

        return _flatten_all(parts, rebuild)
    return [tree], [where], next


def _flatten_all(
    parts: list[tuple[str, Any]], build: Callable[[list[Any]], Any]
) -> tuple[list[Any], list[str], Rebuild]:
    leaves: list[Any] = []
    places: list[str] = []
    rebuilds: list[Rebuild] = []
    for where, part in parts:
        below, names, rebuild = flatten(part, where)
        leaves += below
        places += names
        rebuilds.append(rebuild)
    return leaves, places, lambda numbers: build([rebuild(numbers) for rebuild in rebuilds])
