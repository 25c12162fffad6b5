"""`Source`: the text of a compiled function while it is written, and the objects that its names stand for.

A user's text enters it only in comments, and only letters, digits and a few harmless signs of it. Anything
else that the function needs, such as a dict key or an array, is bound to a generated name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count
from math import isfinite
from typing import Any

import numpy as np

from autograd.compiler.program import Program
from autograd.compiler.variable import Variable
from autograd.numbers.number import real_or_none
from autograd.transforms.containers import Structure, flatten, object_array

__all__ = ["MISS", "Source", "built", "harmless", "is_number", "is_whole"]

MISS = object()  # returned by a compiled function for arguments of another kind than it was compiled for

_CLASSES = {float: "float", int: "int", list: "list", tuple: "tuple", dict: "dict", np.ndarray: "ndarray"}


def is_number(x: Any) -> bool:
    """Whether it is a number, or an array of plain numbers, that another call may change."""
    if isinstance(x, np.ndarray):
        return not x.dtype.hasobject
    return not isinstance(x, bool) and real_or_none(x) is not None


def is_whole(number: Any) -> bool:
    """Whether a number is a whole one by its type, or an array of such numbers."""
    return type(number) is not float and np.asarray(number).dtype.kind in "iu"


class Source:
    """A function in Python being written, line by line.

    Attributes:
        program: what it computes.
        namespace: the objects that its global names stand for.
        whole: the program's inputs that are whole numbers or arrays of them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.namespace: dict[str, Any] = {"MISS": MISS, "ndarray": np.ndarray}
        self.whole: list[Variable] = []
        self._parameters: list[str] = []
        self._lines: list[str] = []
        self._tests: list[str] = []
        self._test_all = True
        self._inputs: Iterator[Variable] = iter(program.inputs)
        self._given: dict[Variable, tuple[str, Any]] = {}
        self._names = {id(variable): f"v{i}" for i, variable in enumerate(program.instructions)}

    def bind(self, thing: Any) -> str:
        """A name for an object that has no literal form."""
        name = f"k{len(self.namespace)}"
        self.namespace[name] = thing
        return name

    def write(self, line: str, comment: str = "") -> None:
        """Add a line."""
        self._lines.append(f"{line:<40}  # {harmless(comment)}" if comment else line)

    def write_borrowing(self, allocate: Callable[[], Any]) -> None:
        """Write the lines that borrow ``buffers``, which no other call uses meanwhile."""
        self.namespace |= {"free": [], "allocate": allocate}
        for line in ("try:", "    buffers = free.pop()", "except IndexError:", "    buffers = allocate()"):
            self.write(line)

    def name(self, variable: Variable, *, beside: Any = None) -> str:
        """The name of a variable, or the literal of a constant: a float if it stands beside a float."""
        if (name := self._names.get(id(variable))) is not None:
            return name
        data = variable.data
        if variable.is_constant and data.__class__ is int and abs(data) < 2**53:
            return repr(float(data) if beside.__class__ is float else data)
        if variable.is_constant and data.__class__ is float and isfinite(data):
            return repr(data)
        # NumPy takes an array of one number in a third less time than a scalar of its own.
        name = self._names[id(variable)] = self.bind(np.asarray(data) if hasattr(data, "dtype") else data)
        return name

    def remark(self, variable: Variable) -> str:
        """The comment on an instruction."""
        if variable.adjoint_of is None:
            return variable.label or variable.primitive.name
        primal = variable.adjoint_of
        return f"adjoint of {primal.label or self._names.get(id(primal), 'a constant')}"

    def write_instructions(self, instructions: Iterable[tuple[Variable, str]]) -> None:
        """Write a line for each variable and its expression, with remarks."""
        late = set(map(id, self.program.instructions[self.program.backward :]))
        marks = {False: "# forward", True: "# backward"}
        for variable, text in instructions:
            if (mark := marks.pop(id(variable) in late, None)) is not None:
                self.write(mark)
            self.write(f"{self.name(variable)} = {text}", self.remark(variable))

    def text(self) -> str:
        """The whole function."""
        lines = [f"def program({', '.join(self._parameters)}):", *(f"    {line}" for line in self._lines)]
        return "\n".join([*lines, ""])

    @property
    def names(self) -> list[str]:
        """The names of the program's inputs and of the leaves that it reads, in order."""
        return [self.name(variable) for variable in (*self.program.inputs, *self.program.read)]

    @property
    def is_empty(self) -> bool:
        """Whether the arguments are the program's inputs themselves, and there are no lines yet."""
        return not self._lines

    # ---- arguments

    def take(self, arguments: Sequence[Any], *, test: bool = True) -> None:
        """Write the lines that unpack arguments into the program's inputs, or return MISS for other kinds.

        Args:
            arguments: examples of them.
            test: whether to test floats and arrays too; native code tests them itself.
        """
        leaves, structure = flatten(list(arguments))
        remaining = iter(leaves)
        self._test_all = test
        for i, part in enumerate(structure.parts):
            self._parameters.append(f"x{i}")
            self._take(part, f"x{i}", remaining)
        self._write_tests()
        for i, (variable, leaf) in enumerate(self.program.read.items()):
            self._names[id(variable)] = f"w{i}"
            self.write(f"w{i} = {self.bind(leaf)}._data", variable.label)
        self._convert()

    def given(self, variable: Variable) -> Any:
        """An example of the number for an input, or for a leaf that is read."""
        return self._given[variable][1] if variable in self._given else variable.data

    def _take(self, structure: Structure, name: str, leaves: Iterator[Any]) -> None:
        if structure.container is None:
            self._take_leaf(next(leaves), name)
            return
        children = self._open(structure, name)
        names = [f"{name}_{i}" for i in range(len(structure.parts))]
        if names:
            self._write_tests()
            self.write(f"{', '.join(names)}, = {children}")
        for part, child in zip(structure.parts, names, strict=True):
            self._take(part, child, leaves)

    def _open(self, structure: Structure, name: str) -> str:
        """Test that a container is like this, and give an expression for its children."""
        if structure.container is np.ndarray:
            self._tests.append(f"not isinstance({name}, ndarray)")
            self._tests.append(f"{name}.shape != {structure.keys}")
            self._tests.append(f"{name}.dtype != {self.bind(np.dtype(object))}")
            return f"{name}.flat"
        self._test_class(name, structure.container)
        if structure.is_mapping:
            self._tests.append(f"{name}.keys() != {self.bind(frozenset(structure.keys))}")
            return ", ".join(f"{name}[{self.bind(key)}]" for key in structure.keys) + ","
        if structure.container is not type(None):
            self._tests.append(f"len({name}) != {len(structure.parts)}")
        return name

    def _take_leaf(self, leaf: Any, name: str) -> None:
        array = isinstance(leaf, np.ndarray)
        if self._test_all or not (type(leaf) is float or (array and leaf.shape)):
            self._test_class(name, type(leaf))
            if array:
                self._tests.append(f"{name}.shape != {leaf.shape}")
                self._tests.append(f"{name}.dtype != {self.bind(leaf.dtype)}")
        if is_number(leaf):
            self._take_number(leaf, name)
        else:  # a constant, the same at every call
            constant = self.bind(leaf)
            self._tests.append(
                f"({name} is not {constant} and {name} != {constant})"
            )  # NaN is not equal to NaN

    def _take_number(self, number: Any, name: str) -> None:
        variable = next(self._inputs)
        self._names[id(variable)] = name
        self._given[variable] = name, number
        if is_whole(number):
            self.whole.append(variable)

    def _test_class(self, name: str, type_: type) -> None:
        self._tests.append(f"{name}.__class__ is not {_CLASSES.get(type_) or self.bind(type_)}")

    def _write_tests(self) -> None:
        if self._tests:
            self.write(f"if {' or '.join(self._tests)}:")
            self.write("    return MISS")
            self._tests.clear()

    def _convert(self) -> None:
        """Write the lines that convert arguments to the program's precision; native code does so itself."""
        for variable, (name, given) in self._given.items() if self._test_all else ():
            if isinstance(given, np.ndarray) and given.dtype != variable.dtype:
                self.write(f"{name} = {name}.astype({self.bind(variable.dtype)})")
            elif isinstance(variable.data, np.ndarray) and not isinstance(given, np.ndarray):
                self.write(f"{name} = {self.bind(np.asarray)}({name}, {self.bind(variable.dtype)})")

    # ---- results

    def give(self, structure: Structure, number: Callable[[int], str]) -> None:
        """Write the line that returns the program's outputs in containers.

        Args:
            structure: the containers.
            number: gives the expression for the output of that index.
        """

        def array(places: list[int], shape: tuple[int, ...]) -> str:
            return f"{self.bind(partial(object_array, shape))}({', '.join(map(number, places))})"

        self.write(f"return {built(structure, number, array, self.container)}")

    def container(self, structure: Structure, parts: Sequence[str]) -> str:
        """The expression for a list, tuple, dict or None, given those for its parts."""
        kind, inside = structure.container, ", ".join(parts)
        if kind is type(None):
            return "None"
        if kind is dict:
            items = (f"{self.bind(key)}: {x}" for key, x in zip(structure.keys, parts, strict=True))
            return f"{{{', '.join(items)}}}"
        if structure.is_mapping:
            return f"{self.bind(structure.filled)}([{inside}])"
        if kind is tuple:
            return f"({inside},)" if len(parts) == 1 else f"({inside})"
        if kind is list:
            return f"[{inside}]"
        return f"{self.bind(kind)}({inside if hasattr(kind, '_fields') else f'[{inside}]'})"


def built(
    structure: Structure,
    number: Callable[[int], str],
    array: Callable[[list[int], tuple[int, ...]], str],
    container: Callable[[Structure, list[str]], str],
    places: Iterator[int] | None = None,
) -> str:
    """The text that builds a function's result, in any language.

    Args:
        structure: the containers of the result.
        number: gives the text for one output, by its index.
        array: gives the text for an array of Values, by the indices of its elements and its shape.
        container: gives the text for a list, tuple, dict or None, by its structure and its parts' texts.
        places: the indices of the outputs, in order; from 0 on if left out.
    """
    places = count() if places is None else places
    if structure.container is None:
        return number(next(places))
    if structure.container is np.ndarray:
        return array([next(places) for _ in structure.parts], structure.keys)
    return container(structure, [built(x, number, array, container, places) for x in structure.parts])


def harmless(text: str) -> str:
    """A user's text, fit for a comment in any language: on one line, and closing nothing."""
    return re.sub(r"[^\w .,()\[\]]", "·", text)[:60]
