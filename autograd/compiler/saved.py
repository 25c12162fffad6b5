"""Save compiled functions: as C for other programs, or as libraries that `load` reads.

A library is a shared object followed by what `load` needs to know, as JSON, and a hash of both.
"""

from __future__ import annotations

import ctypes
import json
import platform
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from autograd.compiler import batch as batches
from autograd.compiler.source import Source, is_number
from autograd.compiler.tracer import on_leaves, trace
from autograd.compiler.writers import UnavailableError, c_file
from autograd.compiler.writers.c_library import shared_object
from autograd.files import check_target, write
from autograd.recording.conversions import refuse_masked
from autograd.recording.node import Node
from autograd.rules.indexing import index_of
from autograd.transforms.containers import LEAF, Structure, flatten

__all__ = ["Loaded", "load", "save"]

_FORMAT = 1
_MARK = b"\0whygrad library\0"
_LENGTH = struct.Struct("<Q")
_TARGET = f"{sys.platform}, {platform.machine()}, {8 * struct.calcsize('P')} bits"
_FLAGS = (
    "-O2",
    "-ftree-vectorize",
    "-fno-math-errno",
    "-ffp-contract=off",
    "-fopenmp-simd",
    "-std=c11",
    "-w",
)
_SUMS = '-DSUM(s)=_Pragma("omp simd reduction(+:s)")'
_TYPES = {"double": np.float64, "float": np.float32, "npy_bool": np.bool_, "int64_t": np.int64}
_CONTAINERS = {"list": list, "tuple": tuple, "dict": dict, "none": type(None)}


def save(f: Callable[..., Any], arguments: Sequence[Any], path: Path, options: dict[str, Any]) -> list[Path]:
    """Write a function for arguments of these types and shapes: see `Compiled.save`.

    Args:
        f: the function, not compiled.
        arguments: examples of its arguments.
        path: ending in ``.c`` or ``.so``.
        options: the arguments of `compile` by name.
    """
    if path.suffix not in (".c", ".so"):
        raise ValueError(f"a compiled function is saved as .c or .so, and {path.name!r:.80} ends in neither")
    check_target(path)
    c_file.check_name(path.stem)
    source, results = _traced(f, arguments, options)
    numbers, structure = flatten(list(arguments))
    places = [place for place, x in zip(structure.names("argument "), numbers, strict=True) if is_number(x)]
    name = getattr(f, "__qualname__", type(f).__qualname__)
    try:
        file = c_file.write(source, path.stem, name, places, results)
        if path.suffix == ".c":
            write(path.with_suffix(".h"), file.header.encode())
            write(path, file.code.encode())
            return [path, path.with_suffix(".h")]
        inputs = iter(file.inputs)
        leaves = [
            _leaf(next(inputs), getattr(x, "shape", None)) if is_number(x) else {"constant": x}
            for x in numbers
        ]
        outputs = [_leaf(port, port.shape or None) for port in file.outputs]
        about = {
            "format": _FORMAT,
            "function": path.stem,
            "target": _TARGET,
            "work": file.work,
            "checks": file.checks,
            "arguments": _tree(structure, iter(leaves), "an argument"),
            "results": _tree(results, iter(outputs), "the result"),
        }
        files = {f"{path.stem}.c": file.code, f"{path.stem}.h": file.header}
        write(path, _sealed(shared_object(files, *_FLAGS, _SUMS), about))
    except UnavailableError as error:
        raise RuntimeError(f"{path.name!r:.80} cannot be written: {error}") from None
    return [path]


def _traced(
    f: Callable[..., Any], arguments: Sequence[Any], options: dict[str, Any]
) -> tuple[Source, Structure]:
    """Trace a function: its program, with names for the arguments, and the containers of its result."""
    simplify = options["simplify"]
    if options["batch"] is None:
        program, results = trace(f, *on_leaves(arguments), simplify=simplify)
        source = Source(program)
    else:
        example, leaves, examples = batches.first_example(arguments, options["batch"])
        program, results = trace(f, example, leaves, simplify=simplify)
        batch = batches.Batch(options["batch"], options["reduce"], examples)
        source = batches.BatchSource(program, batch)
    source.take(arguments, test=False)
    return source, results


def load(path: str | Path) -> Loaded:
    """Load a function that `Compiled.save` wrote to a library.

    **A library is a program: loading it runs its code with your rights.** Load only files that you trust. The
    checks find files that are damaged or for another machine; they do not detect malice.

    Args:
        path: the file, ending in ``.so``.

    Returns:
        a function of the same positional arguments that returns plain numbers and arrays.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file was not saved by whygrad, is damaged, or is for another kind of machine.
    """
    path = Path(path)
    library, about = _opened(path.read_bytes(), path)
    with TemporaryDirectory(prefix="whygrad-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "library.so")
        file.write_bytes(library)
        try:
            call = ctypes.CDLL(str(file))[about["function"]]
        except (AttributeError, OSError) as error:
            raise ValueError(f"{str(path)!r} cannot be loaded here: {error}: save it again") from None
    return Loaded(path, about, call)


class Loaded:
    """A function loaded from a library by `load`.

    It takes arguments of the types, shapes and containers that it was saved for, and computes what the
    compiled function did. It refuses Values and Tensors, since it has no derivative. Undefined operations
    give infinities and NaN. A pickle of it holds the path, and loads the file again.

    Attributes:
        path: the file that it was loaded from.
    """

    def __init__(self, path: Path, about: dict[str, Any], call: Any) -> None:
        self.path = path
        self.__name__ = about["function"]
        self._call = call
        self._work = about["work"]
        self._arguments, self._inputs = _structured(about["arguments"])
        self._places = list(self._arguments.names("argument "))
        self._results, self._outputs = _structured(about["results"])
        count = sum("type" in leaf for leaf in self._inputs) + len(self._outputs) + 1
        call.argtypes, call.restype = [ctypes.c_void_p] * count, ctypes.c_int if about["checks"] else None

    def __repr__(self) -> str:
        return f"<{self.__name__}, loaded from {str(self.path)!r}>"

    def __reduce__(self) -> Any:
        return load, (self.path.resolve(),)  # a copy loads the file again

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Compute the result.

        Raises:
            IndexError: a whole number that indexes is out of range.
            TypeError: an argument is given by name, is not a plain number or array of the saved kind, or a
                constant differs.
            ValueError: the containers or the shape of an argument are not those saved.
        """
        if named:
            raise TypeError(f"{self!r} takes its arguments by position, not by name as {min(named)!r}")
        if len(args) != len(self._arguments.parts):
            raise TypeError(f"{self!r} takes {len(self._arguments.parts)} arguments, not {len(args)}")
        numbers: list[Any] = []
        for i, (part, argument) in enumerate(zip(self._arguments.parts, args, strict=True)):
            numbers += part.flatten(argument, f"argument [{i}]")
        places = self._arguments.names("argument ")
        taken = [_taken(x, leaf, place) for x, leaf, place in zip(numbers, self._inputs, places, strict=True)]
        made = [np.empty(leaf["shape"] or (), _TYPES[leaf["type"]]) for leaf in self._outputs]
        arrays = [*(x for x in taken if x is not None), *made, np.empty(self._work)]
        if self._call(*[x.ctypes.data for x in arrays]):
            raise self._outside(numbers)
        results = [_given(x, leaf) for x, leaf in zip(made, self._outputs, strict=True)]
        return self._results.unflatten(results)

    def _outside(self, numbers: Sequence[Any]) -> IndexError:
        """The error for an index out of range, which names the argument unless the index was computed."""
        for x, leaf, place in zip(numbers, self._inputs, self._places, strict=True):
            if "span" in leaf:
                _check_indices(np.asarray(x), leaf, place)
        return IndexError(f"{self!r}: an index computed from the arguments is out of range")


def _taken(x: Any, leaf: dict[str, Any], place: str) -> Any:
    """An argument as an array for C, or None for a constant."""
    if "constant" in leaf:
        if type(x) is not type(leaf["constant"]) or x != leaf["constant"]:
            raise TypeError(f"{place} is {x!r:.40}, but the function was saved for {leaf['constant']!r:.40}")
        return None
    if isinstance(x, Node):
        raise TypeError(
            f"{place} is a {type(x).__name__}, but a loaded function has no derivative: save and load the "
            "gradient"
        )
    refuse_masked(x)
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{place} is {type(x).__name__} {x!r:.40}, not a real number or an array of them")
    shape = tuple(leaf["shape"] or ())
    if array.shape != shape:
        raise ValueError(f"{place} has the shape {array.shape}, but the function was saved for {shape}")
    with np.errstate(invalid="ignore"):  # NaN as a whole number is refused below
        taken: Any = np.ascontiguousarray(array, _TYPES[leaf["type"]])
    if "span" in leaf and not np.array_equal(taken.reshape(shape), array):
        _check_indices(array, leaf, place)
    return taken


def _check_indices(array: Any, leaf: dict[str, Any], place: str) -> None:
    """Raise an IndexError unless all numbers are indices of the range that a leaf describes."""
    try:
        index_of(*leaf["span"]).forward(array)
    except IndexError as error:
        raise IndexError(f"{place}: {error}") from None


def _given(made: Any, leaf: dict[str, Any]) -> Any:
    """A result as the compiled function returns it: a number of Python, or an array."""
    return made.item() if leaf["shape"] is None else made


# ---- the arguments and results, described as JSON


def _leaf(port: c_file.Port, shape: Sequence[int] | None) -> dict[str, Any]:
    """Describe a number (if the shape is None) or an array."""
    span = {} if port.span is None else {"span": list(port.span)}
    return {"type": port.type, "shape": None if shape is None else list(shape), **span}


def _tree(structure: Structure, leaves: Iterator[dict[str, Any]], what: str) -> Any:
    """Describe containers and their contents.

    Raises:
        UnavailableError: JSON cannot express a container, a key or a constant.
    """
    if structure.container is None or (structure.container is np.ndarray and what == "the result"):
        leaf = next(leaves)  # an array of Values among the results is one array
        if not isinstance(leaf.get("constant", ""), (str, bool)):
            raise UnavailableError(f"{what} is {leaf['constant']!r:.40}, which is neither a number nor text")
        return leaf
    kind = next((name for name, type_ in _CONTAINERS.items() if structure.container is type_), None)
    if kind is None:
        raise UnavailableError(
            f"{what} holds a {structure.container.__name__}: use lists, tuples and dicts instead"
        )
    if odd := [key for key in structure.keys if type(key) not in (str, int)]:
        raise UnavailableError(f"{what} holds a dict with the key {odd[0]!r:.40}: use text or whole numbers")
    return [kind, list(structure.keys), [_tree(part, leaves, what) for part in structure.parts]]


def _structured(tree: Any) -> tuple[Structure, list[dict[str, Any]]]:
    """The containers that `_tree` described, and the descriptions of their leaves."""
    if isinstance(tree, dict):
        return LEAF, [tree]
    kind, keys, parts = tree
    found = [_structured(part) for part in parts]
    structure = Structure(_CONTAINERS[kind], tuple(keys), tuple(part for part, _ in found))
    return structure, [leaf for _, leaves in found for leaf in leaves]


# ---- the bytes after a library's end


def _sealed(library: bytes, about: dict[str, Any]) -> bytes:
    told = json.dumps(about).encode()
    content = library + told + _LENGTH.pack(len(told))
    return content + sha256(content).digest() + _MARK


def _opened(content: bytes, path: Path) -> tuple[bytes, dict[str, Any]]:
    """Split a file into the library and its description.

    Raises:
        ValueError: it was not saved by whygrad, is damaged, or is for another kind of machine.
    """
    digest = sha256().digest_size
    if not content.endswith(_MARK):
        raise ValueError(f"{str(path)!r} was not saved by whygrad, or its end is missing: save it again")
    end = len(content) - len(_MARK) - digest
    start = end - _LENGTH.size
    if start < 0 or sha256(content[:end]).digest() != content[end : end + digest]:
        raise ValueError(f"{str(path)!r} is damaged: save it again")
    length = _LENGTH.unpack(content[start:end])[0]
    about: dict[str, Any] = json.loads(content[start - length : start])
    if about["format"] != _FORMAT:
        raise ValueError(
            f"{str(path)!r} was saved by another version of whygrad: save it again with this one"
        )
    if about["target"] != _TARGET:
        raise ValueError(f"{str(path)!r} is for {about['target']}, but this is {_TARGET}: save it again here")
    return content[: start - length], about
