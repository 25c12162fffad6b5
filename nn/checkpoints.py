"""Checkpoints: arrays and plain data in one safetensors file. Reading one runs no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from autograd.files import write
from nn.module import Module

__all__ = ["Checkpoint", "load", "load_model", "require_safetensors", "save", "save_model"]


class Checkpoint(NamedTuple):
    """The content of a file.

    Attributes:
        arrays: by name.
        metadata: plain data by name, of the types that JSON has.
    """

    arrays: dict[str, NDArray[Any]]
    metadata: dict[str, Any]


def save(path: str | Path, arrays: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
    """Write arrays and plain data to a file, atomically: an error leaves an existing file unchanged.

    Args:
        path: of the file; an existing one is replaced.
        arrays: of bools, integers or floats, by name.
        metadata: plain data by name, of the types that JSON has.

    Raises:
        ImportError: the package safetensors is missing.
        OSError: the folder is missing or not writable, or the path is no regular file.
        TypeError: an array or a part of the metadata has a type that cannot be written.
    """
    safetensors = require_safetensors()
    try:
        text = json.dumps(dict(metadata or {}))
    except (TypeError, ValueError) as error:
        raise TypeError(f"the metadata of {path} must be plain data that JSON can write: {error}") from None
    # The package writes the memory from the first element on, which is right for C order alone.
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    ordered = {
        name: array.astype(array.dtype.newbyteorder("="), copy=False) for name, array in ordered.items()
    }
    for name, array in ordered.items():
        if array.dtype.kind not in "biuf" or array.itemsize > 8 or name == "__metadata__":
            raise TypeError(f"{path} can hold arrays of numbers by name, but not {array.dtype} as {name!r}")
    # Under one key, since the package changes the order of several: equal content makes equal files.
    signed = f"{_checksum(text, ordered)} {text}"
    write(Path(path), safetensors.numpy.save(ordered, {"whygrad": signed}))


def load(path: str | Path) -> Checkpoint:
    """Read a file written by `save`, or any other safetensors file, which then has no metadata.

    Raises:
        FileNotFoundError: the file does not exist.
        ImportError: the package safetensors is missing.
        OSError: the file cannot be read.
        ValueError: the file is damaged, truncated or of another format.
    """
    safetensors = require_safetensors()
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the path of a file in it")
    with path.open("rb"):  # raises errors that name the file
        pass
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
            metadata = file.metadata() or {}
    except (safetensors.SafetensorError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a safetensors file, or is damaged or truncated: {error}") from None
    if "whygrad" not in metadata:
        return Checkpoint(arrays, {})
    checksum, _, text = metadata["whygrad"].partition(" ")
    if checksum != str(_checksum(text, arrays)):
        raise ValueError(f"{path} is damaged: its content does not match its checksum")
    try:
        data = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path} has metadata that is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path} has metadata that is not a dict of data by name, but {data!r:.60}")
    return Checkpoint(arrays, data)


def save_model(path: str | Path, model: Module) -> None:
    """Write the parameters of a model, under the names in its ``state_dict``.

    Raises:
        ImportError, OSError: as `save`.
        TypeError: the model is not a `Module`.
    """
    _check(model)
    save(path, model.state_dict(), {"kind": "model"})


def load_model(path: str | Path, model: Module, *, naming: str | None = None) -> None:
    """Load the parameters of a model from a file of `save_model` or a checkpoint of `nn.fit`.

    A checkpoint of a training with patience gives the parameters of the best epoch. The file may come
    from another program if its names are the same.

    Args:
        path: the file.
        model: a model of the same layers.
        naming: ``"torch"`` for a file with PyTorch's names: see `Module.state_dict`.

    Raises:
        FileNotFoundError, ImportError, OSError: as `load`.
        TypeError: the model is not a `Module`.
        ValueError: the file is damaged, or its parameters do not fit the model, which is unchanged.
    """
    _check(model)
    arrays, metadata = load(path)
    if metadata.get("kind") == "training":
        part = "best." if any(name.startswith("best.") for name in arrays) else "model."
        arrays = {name.removeprefix(part): a for name, a in arrays.items() if name.startswith(part)}
    try:
        model.load_state_dict(arrays, naming=naming)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not fit the model: {error.args[0]}") from None


def _check(model: Any) -> None:
    if not isinstance(model, Module):
        raise TypeError(f"the second argument, after the path, is the model, a Module, not {model!r:.60}")


def require_safetensors() -> Any:
    """Import the package safetensors.

    Raises:
        ImportError: it is missing.
    """
    try:
        import safetensors.numpy  # defers the load of an optional package
    except ImportError:
        raise ImportError(
            "checkpoints need the package safetensors, which is missing: pip install 'whygrad[train]'"
        ) from None
    return safetensors


def _checksum(text: str, arrays: Mapping[str, NDArray[Any]]) -> int:
    """A checksum of the content. The format itself detects truncation, but no changed bit."""
    checksum = crc32(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        checksum = crc32(f"{name} {array.dtype} {array.shape}".encode(), checksum)
        checksum = crc32(array.tobytes(), checksum)
    return checksum
