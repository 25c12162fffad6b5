"""Nested containers of numbers, as functions take and give them: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

__all__ = ["flatten", "flatten_like", "object_array"]

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


def flatten_like(tree: Any, like: Any, what: str) -> list[Any]:
    """The numbers in containers that are to be the same as others', in the order of those.

    Raises:
        ValueError: they are not the same containers.
    """
    if like is None and tree is None:
        return []
    if isinstance(like, Mapping):
        if isinstance(tree, Mapping) and tree.keys() == like.keys():
            return [x for key in like for x in flatten_like(tree[key], like[key], f"{what}[{key!r:.40}]")]
        raise ValueError(f"{what} must be a dict with the keys {list(like)!r:.80}, not {tree!r:.80}")
    if isinstance(like, (list, tuple)):
        if isinstance(tree, (list, tuple)) and len(tree) == len(like):
            parts = enumerate(zip(tree, like, strict=True))
            return [x for i, (part, other) in parts for x in flatten_like(part, other, f"{what}[{i}]")]
        raise ValueError(f"{what} must be a sequence of {len(like)}, not {tree!r:.80}")
    if isinstance(like, np.ndarray) and like.dtype == object:
        if np.shape(tree) == like.shape:
            return list(np.asarray(tree).flat)
        raise ValueError(f"{what} must be an array of shape {like.shape}, not {tree!r:.80}")
    return [tree]


def object_array(shape: tuple[int, ...], *numbers: Any) -> Any:
    """An array of any numbers, Values as a rule, that NumPy is not to look into."""
    array = np.empty(len(numbers), dtype=object)
    array[:] = numbers
    return array.reshape(shape)
