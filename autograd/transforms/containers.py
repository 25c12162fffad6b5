"""`Structure`: nested containers of numbers, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from copy import copy
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np

from autograd.numbers.value_array import ValueArray

__all__ = ["LEAF", "Structure", "flatten", "object_array"]


@dataclass(frozen=True, slots=True)
class Structure:
    """Nested containers without what they hold. Equal structures have equal hashes.

    Attributes:
        container: the type of the outermost container; None for a leaf, which holds one number or array.
        keys: the keys of a mapping, or the shape of an array of Values.
        parts: the structures inside, in order.
        empty: of a mapping that is more than a dict: one without items, as a `defaultdict` with its default.
    """

    container: Any = None
    keys: tuple[Any, ...] = ()
    parts: tuple[Structure, ...] = ()
    empty: Any = field(default=None, compare=False)

    def unflatten(self, leaves: Iterable[Any], array: Callable[..., Any] | None = None) -> Any:
        """Put leaves, taken in order, into containers of this structure.

        Args:
            leaves: at least as many as the structure has.
            array: makes an array of its shape and elements, if not `object_array`.
        """
        remaining = iter(leaves)
        if self.container is None:
            return next(remaining)
        children = [part.unflatten(remaining, array) for part in self.parts]
        if self.is_mapping:
            return self.filled(children)
        if self.container is np.ndarray:
            return (array or object_array)(self.keys, *children)
        if self.container is type(None):
            return None
        return self.container(*children) if hasattr(self.container, "_fields") else self.container(children)

    @property
    def is_mapping(self) -> bool:
        """Whether the outermost container has keys."""
        return isinstance(self.container, type) and issubclass(self.container, Mapping)

    def filled(self, children: Iterable[Any]) -> Any:
        """Return a mapping of this structure's type, from its keys to the children in order."""
        mapping = {} if self.empty is None else copy(self.empty)
        for key, child in zip(self.keys, children, strict=True):
            mapping[key] = child
        return mapping

    def holds(self, container: type) -> bool:
        """Return whether one of the containers is of this type."""
        return self.container is container or any(part.holds(container) for part in self.parts)

    def names(self, where: str) -> Iterator[str]:
        """Yield where each leaf stands, for messages: ``argument 0['w'][1]``."""
        if self.container is None:
            yield where
            return
        keys: Iterable[Any] = range(len(self.parts))
        if self.is_mapping:
            keys = (f"{key!r:.40}" for key in self.keys)
        elif self.container is np.ndarray:
            keys = (",".join(map(str, index)) for index in np.ndindex(self.keys))
        for key, part in zip(keys, self.parts, strict=True):
            if part.container is None:  # most are, and each generator takes time
                yield f"{where}[{key}]"
            else:
                yield from part.names(f"{where}[{key}]")

    def flatten(self, tree: Any, what: str) -> list[Any]:
        """Return the leaves of containers that must have this structure, in its order.

        Raises:
            ValueError: they have another structure; ``what`` names them in the message.
        """
        if self.container is None:
            return [tree]
        if self.container is type(None) and tree is None:
            return []
        if self.is_mapping:
            if not isinstance(tree, Mapping) or tree.keys() != set(self.keys):
                raise ValueError(
                    f"{what} must be a dict with the keys {list(self.keys)!r:.80}, not {tree!r:.80}"
                )
            children = [(f"{what}[{key!r:.40}]", tree[key]) for key in self.keys]
        elif self.container is np.ndarray:
            if np.shape(tree) != self.keys:
                raise ValueError(f"{what} must be an array of shape {self.keys}, not {tree!r:.80}")
            children = [(what, x) for x in np.asarray(tree).flat]
        else:
            if not isinstance(tree, (list, tuple)) or len(tree) != len(self.parts):
                raise ValueError(f"{what} must be a sequence of {len(self.parts)}, not {tree!r:.80}")
            children = [(f"{what}[{i}]", x) for i, x in enumerate(tree)]
        found = (part.flatten(x, name) for part, (name, x) in zip(self.parts, children, strict=True))
        return list(chain.from_iterable(found))


LEAF = Structure()


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Return the leaves of nested containers, in order, and their structure.

    Containers are lists, tuples, named tuples, dicts and arrays of Values. Subclasses of them, such as
    `OrderedDict`, keep their type; a mapping that cannot be written to becomes a dict. An array of plain
    numbers is one leaf. None holds nothing.
    """
    leaves: list[Any] = []
    return leaves, _structure(tree, leaves)


def _structure(tree: Any, leaves: list[Any]) -> Structure:
    if tree.__class__ is float:  # before the tests for containers, which take longer
        leaves.append(tree)
        return LEAF
    if tree is None:
        return Structure(type(None))
    if isinstance(tree, Mapping):
        kind, empty = _without_items(tree)
        return Structure(kind, tuple(tree), tuple(_structure(x, leaves) for x in tree.values()), empty)
    if isinstance(tree, (list, tuple)):
        return Structure(type(tree), (), tuple(_structure(x, leaves) for x in tree))
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        return Structure(np.ndarray, tree.shape, tuple(_structure(x, leaves) for x in tree.flat))
    leaves.append(tree)
    return LEAF


def _without_items(mapping: Any) -> tuple[type, Any]:
    """Return the type of a mapping, and an empty one of this type unless that is a dict."""
    if type(mapping) is dict or not isinstance(mapping, MutableMapping):
        return dict, None
    empty = copy(mapping)
    empty.clear()
    return type(mapping), empty


def object_array(shape: tuple[int, ...], *numbers: Any) -> Any:
    """Return an array of objects, such as Values, without NumPy converting them."""
    array = np.empty(len(numbers), dtype=object)
    for i, number in enumerate(numbers):
        array[i] = number
    return array.reshape(shape).view(ValueArray)
