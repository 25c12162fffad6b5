"""Convert state dicts to and from PyTorch's names.

A layer lists its parts under PyTorch's names in `Module.torch_parts`. Shapes are the same in both, so that no
array is transposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.conversion import array_of

__all__ = ["from_torch", "to_torch", "torch_entries"]


def torch_entries(model: Any) -> dict[str, tuple[str, ...]]:
    """For each of PyTorch's names, our names in ``state_dict()`` of the arrays stacked under it.

    A parameter of a layer that is used in several places has a name for each, as in PyTorch.
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return {
        name: tuple(names[id(parameter)] for parameter in parameters)
        for name, parameters in _within(model, "", names, frozenset())
    }


def _within(
    module: Any, prefix: str, names: Mapping[int, str], around: frozenset[int]
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for name, found in module.torch_parts():
        stacked = found if isinstance(found, tuple) else (found,)
        if hasattr(found, "torch_parts"):
            if id(found) not in around:
                yield from _within(found, f"{prefix}{name}.", names, around | {id(found)})
        elif all(id(parameter) in names for parameter in stacked):
            yield f"{prefix}{name}", stacked


def to_torch(model: Any) -> dict[str, NDArray[Any]]:
    """Copy a model's parameters into a dict by PyTorch's names."""
    own = model.state_dict()
    entries = torch_entries(model).items()
    return {
        name: np.concatenate([own[part] for part in parts]) if parts[1:] else own[parts[0]].copy()
        for name, parts in entries
    }


def from_torch(model: Any, state: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Convert a state from PyTorch's names, checked by the caller, to the model's own.

    Raises:
        TypeError: the state does not hold real numbers.
        ValueError: a stack of arrays has the wrong length.
    """
    shapes = {name: array.shape for name, array in model.state_dict().items()}
    own: dict[str, NDArray[Any]] = {}
    for name, parts in torch_entries(model).items():
        array = array_of(state[name], f"the numbers of {name!r}")
        if not parts[1:]:
            own[parts[0]] = array
            continue
        ends = np.cumsum([shapes[part][0] for part in parts])
        if array.shape[:1] != (ends[-1],):
            raise ValueError(
                f"{name!r} stacks {len(parts)} arrays, {ends[-1]} rows in all, but its shape in the "
                f"state is {array.shape}"
            )
        own |= zip(parts, np.split(array, ends[:-1]), strict=True)
    return own
