"""The frame of a C function that Python calls: parameters, memory, computation, result.

The writers for scalars, arrays and batches fill in the parts. The function returns OTHERWISE, the result of
another function that it was created with, for arguments that it does not accept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

from autograd.compiler.writers.c_library import Make, library
from autograd.transforms.arguments import nesting
from autograd.transforms.containers import Structure, object_array

__all__ = ["Frame", "Objects", "all_of", "dimensions", "function", "unlocked"]

LONG = 1_000_000  # operations, about a millisecond


class Objects:
    """The Python objects that a C function needs, and the C code that builds Python containers.

    The code that builds a result has one statement per number and container, each after its parts. The
    statements work on a stack of objects; ``top`` points to its next free place.
    """

    def __init__(self) -> None:
        self._objects: list[Any] = [nesting]

    def bind(self, thing: Any) -> str:
        """The C expression for an object. The first two are the function for OTHERWISE and `nesting`."""
        self._objects.append(thing)
        return f"OBJECT({len(self._objects)})"

    def array(self, number: Callable[[int], str], places: list[int], shape: tuple[int, ...]) -> str:
        """Statements that build an array of number objects."""
        items = [*map(number, places), f"TUPLE({len(places)});"]
        return "\n".join([*items, f"TOP = called({self.bind(partial(object_array, shape))}, TOP);"])

    def container(self, structure: Structure, parts: Sequence[str]) -> str:
        """Statements that build a list, tuple, dict or None, given those for its parts."""
        kind = structure.container
        if kind is type(None):
            return "PUSH(Py_NewRef(Py_None));"
        lines = [*parts, f"TUPLE({len(parts)});"]
        if kind is dict:
            lines.append(f"TOP = dict({self.bind(structure.keys)}, TOP);")
        elif kind is list:
            lines.append("TOP = list(TOP);")
        elif kind is not tuple:
            lines += [] if hasattr(kind, "_fields") else ["TUPLE(1);"]
            makes = structure.filled if structure.is_mapping else kind
            lines.append(f"TOP = called({self.bind(makes)}, TOP);")
        return "\n".join(lines)

    def build(self, text: str, *flags: str) -> Make:
        """Compile the code. The result creates the function, given the one for OTHERWISE."""
        loaded, objects = library(text, *flags), tuple(self._objects)
        return lambda otherwise: loaded.make(otherwise, *objects)


class Frame(NamedTuple):
    """The parts of the function ``program(self, args, count)``.

    Attributes:
        accepts: conditions on the arguments, tested in order; OTHERWISE if one does not hold.
        run: statements that compute.
        result: statements that push the result's objects, one per line, as `Objects` writes them.
        doubles: how many doubles ``memory`` has.
        small: a frame with fewer doubles and objects than this keeps them on C's stack.
        declarations: statements before everything else.
        succeeds: a condition tested after ``run``, or empty.
        failed: statements for when it does not hold.
        cleanup: statements before the return.
    """

    accepts: Sequence[str]
    run: Sequence[str]
    result: str
    doubles: int
    small: int = 0
    declarations: Sequence[str] = ()
    succeeds: str = ""
    failed: Sequence[str] = ("PUSH(OTHERWISE);",)
    cleanup: Sequence[str] = ()

    def text(self) -> str:
        """The function in C."""
        pushes: Sequence[str] = list(_repeated(self.result))
        if self.succeeds:
            pushes = [
                f"if ({self.succeeds}) {{",
                *_indented(pushes),
                "} else {",
                *_indented(self.failed),
                "}",
            ]
        allocate, free = self._memory()
        body = [
            *self.declarations,
            *allocate,
            f"if (!({all_of(self.accepts)})) PUSH(OTHERWISE);",
            "else {",
            *_indented([*self.run, *pushes]),
            "}",
            "PyObject *result = TOP;",
            *free,
            *self.cleanup,
            "return result;",
        ]
        return function("PyObject *program", "PyObject *self, PyObject *const *args, Py_ssize_t count", body)

    def _memory(self) -> tuple[list[str], list[str]]:
        """The statements that allocate the numbers and the stack of objects, and that free them."""
        objects = self.result.count("\n") + 1
        if self.doubles + objects < self.small:
            memory = f"double memory[{self.doubles}]; PyObject *objects[{objects}], **top = objects;"
            return [memory], []
        return [
            f"double *memory = PyMem_Malloc({self.doubles + objects} * sizeof *memory);",
            "if (!memory) return PyErr_NoMemory();",
            f"PyObject **top = (PyObject **)(memory + {self.doubles});",
        ], ["PyMem_Free(memory);"]


def function(head: str, parameters: str, body: Sequence[str]) -> str:
    """A static C function: ``head`` is its result's type and its name."""
    return "\n".join([f"static {head}({parameters}) {{", *_indented(body), "}", ""])


def all_of(conditions: Sequence[str]) -> str:
    """A C expression that tests conditions in order, up to the first that does not hold."""
    return "\n      && ".join(conditions) or "1"


def dimensions(shape: tuple[int, ...]) -> str:
    """Two arguments for NumPy's C functions: the number of axes and an array of their lengths."""
    return f"{len(shape)}, (npy_intp[]){{{', '.join(map(str, shape)) or 0}}}"


def unlocked(run: str, operations: int) -> str:
    """A statement that lets other Python threads run meanwhile, if it has many operations."""
    return f"Py_BEGIN_ALLOW_THREADS {run} Py_END_ALLOW_THREADS" if operations > LONG else run


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _repeated(lines: str) -> Iterator[str]:
    """Lines, with runs of equal lines as loops."""
    for line, same in groupby(lines.split("\n")):
        times = len(list(same))
        yield line if times == 1 else f"EACH({times}) {line}"
