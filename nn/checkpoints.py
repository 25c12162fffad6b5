"""Checkpoints: arrays and plain data in one file, of the format safetensors, which runs no code when read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from nn.module import Module

__all__ = ["Checkpoint", "load", "load_model", "require_safetensors", "save", "save_model"]


class Checkpoint(NamedTuple):
    """What a file holds.

    Attributes:
        arrays: by name.
        metadata: plain data by name, as JSON can write it.
    """

    arrays: dict[str, NDArray[Any]]
    metadata: dict[str, Any]


def save(path: str | Path, arrays: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
    """Write arrays and plain data to a file, which then is there whole, or as it was before.

    Args:
        path: of the file; one that is there is replaced.
        arrays: of bools, integers or floats, by name.
        metadata: what JSON can write, by name.

    Raises:
        ImportError: the package safetensors is missing.
        OSError: the folder is missing or cannot be written to, or the path is itself a folder.
        TypeError: something is not of a type that can be written.
    """
    safetensors = require_safetensors()
    try:
        text = json.dumps(dict(metadata or {}))
    except (TypeError, ValueError) as error:
        raise TypeError(f"the metadata of {path} is plain data that JSON can write: {error}") from None
    # The package writes what lies in memory from the first element on: in C's order, or wrong.
    ordered = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    ordered = {
        name: array.astype(array.dtype.newbyteorder("="), copy=False) for name, array in ordered.items()
    }
    for name, array in ordered.items():
        if array.dtype.kind not in "biuf" or array.itemsize > 8 or name == "__metadata__":
            raise TypeError(f"{path} holds arrays of numbers by their names, not {array.dtype} as {name!r}")
    # All under one name: of several the package changes the order, and equal content should be equal files.
    signed = f"{_checksum(text, ordered)} {text}"
    _write(Path(path), safetensors.numpy.save(ordered, {"whygrad": signed}))


def load(path: str | Path) -> Checkpoint:
    """Read a file that `save` wrote, or any other of the format; in those there is no metadata.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: the package safetensors is missing.
        OSError: it cannot be read.
        ValueError: it is of another format, or damaged, or cut short.
    """
    safetensors = require_safetensors()
    path = Path(path)
    with path.open("rb"):  # for Python's own errors, which name the file
        pass
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
            metadata = file.metadata() or {}
    except Exception as error:  # of any kind, as the damage may be
        raise ValueError(f"{path} is no file of safetensors, or damaged, or cut short: {error}") from None
    if "whygrad" not in metadata:
        return Checkpoint(arrays, {})
    checksum, _, text = metadata["whygrad"].partition(" ")
    if checksum != str(_checksum(text, arrays)):
        raise ValueError(f"{path} is damaged: its content does not have the checksum it was saved with")
    return Checkpoint(arrays, json.loads(text))


def save_model(path: str | Path, model: Module) -> None:
    """Write the parameters of a model, by the names of its ``state_dict``.

    Raises:
        ImportError, OSError: as `save`.
    """
    save(path, model.state_dict(), {"kind": "model"})


def load_model(path: str | Path, model: Module) -> None:
    """Give a model the parameters in a file of `save_model`, or in a checkpoint of `nn.fit`.

    Of a training with patience they are those of the best epoch. The file may be another program's, if
    the names in it are the same: where PyTorch's Sequential says ``0.weight``, the one here says
    ``layers.0.weight``.

    Raises:
        FileNotFoundError, ImportError, OSError: as `load`.
        ValueError: it is no such file, or holds the parameters of another model; this one is unchanged.
    """
    arrays, metadata = load(path)
    if metadata.get("kind") == "training":
        part = "best." if any(name.startswith("best.") for name in arrays) else "model."
        arrays = {name.removeprefix(part): a for name, a in arrays.items() if name.startswith(part)}
    try:
        model.load_state_dict(arrays)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not fit the model: {error.args[0]}") from None


def require_safetensors() -> Any:
    """The package of the format, which only checkpoints need.

    Raises:
        ImportError: it is missing.
    """
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "checkpoints are files of the package safetensors, which is missing: pip install 'whygrad[train]'"
        ) from None
    return safetensors


def _checksum(text: str, arrays: Mapping[str, NDArray[Any]]) -> int:
    """The format itself notices a file cut short, but no bit that has changed."""
    checksum = crc32(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        checksum = crc32(f"{name} {array.dtype} {array.shape}".encode(), checksum)
        checksum = crc32(array.tobytes(), checksum)
    return checksum


def _write(given: Path, content: bytes) -> None:
    path = given.resolve()  # a link stays one
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder of {given} is missing: make it first")
    if path.is_dir():
        raise IsADirectoryError(f"{given} is a folder: give the path of a file in it")
    # One name for every attempt, so that of many that were killed no more than one file is left.
    beside = path.with_name(f".{path.name}.tmp")
    try:
        beside.unlink(missing_ok=True)
        try:
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # or a power cut could leave the new name with no content
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"the file could not be written: {reason}", str(given)) from None
