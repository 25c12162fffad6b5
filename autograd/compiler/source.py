"""`Source`: the text of a compiled function while it is written, and what its names stand for.

No text of a user's enters it but in comments, and of that only letters, digits and a few harmless signs:
whatever else the function needs, a key of a dict or an array, is bound to a name of ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from math import isfinite
from typing import Any

import numpy as np

from autograd.compiler.program import Program, Variable
from autograd.numbers.number import real_or_none
from autograd.transforms.containers import object_array

__all__ = ["MISS", "Source", "built", "harmless", "is_number"]

MISS = object()  # what a compiled function gives for arguments of another kind than it was made for

_CLASSES = {float: "float", int: "int", list: "list", tuple: "tuple", dict: "dict", np.ndarray: "ndarray"}


def is_number(x: Any) -> bool:
    """Whether it is a number, or an array of plain ones, that may be another at the next call."""
    if isinstance(x, np.ndarray):
        return not x.dtype.hasobject
    return not isinstance(x, bool) and real_or_none(x) is not None


class Source:
    """A function being written, line by line.

    Attributes:
        program: what it computes.
        namespace: what its global names stand for.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.namespace: dict[str, Any] = {"MISS": MISS, "ndarray": np.ndarray}
        self._parameters: list[str] = []
        self._lines: list[str] = []
        self._test_all = True
        self._given: dict[Variable, tuple[str, Any]] = {}
        self._names = {id(variable): f"v{i}" for i, variable in enumerate(program.instructions)}

    def bind(self, thing: Any) -> str:
        """A name for a thing that has no text of its own."""
        name = f"k{len(self.namespace)}"
        self.namespace[name] = thing
        return name

    def write(self, line: str, comment: str = "") -> None:
        self._lines.append(f"{line:<40}  # {harmless(comment)}" if comment else line)

    def name(self, variable: Variable, *, beside: Any = None) -> str:
        """The name of a variable; or the number that it always is, as a float if it stands beside one."""
        data = variable.data
        if variable.is_constant and data.__class__ is int and abs(data) < 2**53:
            return repr(float(data) if beside.__class__ is float else data)
        if variable.is_constant and data.__class__ is float and isfinite(data):
            return repr(data)
        if id(variable) not in self._names:
            # One number as an array, which NumPy takes in a third less time than a scalar of its own.
            self._names[id(variable)] = self.bind(np.asarray(data) if hasattr(data, "dtype") else data)
        return self._names[id(variable)]

    def remark(self, variable: Variable) -> str:
        """What the comment on an instruction says."""
        if variable.adjoint_of is None:
            return variable.label or variable.primitive.name
        primal = variable.adjoint_of
        return f"adjoint of {primal.label or self._names.get(id(primal), 'a constant')}"

    def write_instructions(self, instruction: Callable[[Variable], str]) -> None:
        """Write what ``instruction(variable)`` gives for each, with remarks."""
        for i, variable in enumerate(self.program.instructions):
            if i in (0, self.program.backward):
                self.write("# forward" if i < self.program.backward else "# backward")
            self.write(f"{self.name(variable)} = {instruction(variable)}", self.remark(variable))

    def text(self) -> str:
        """The whole function."""
        lines = [f"def program({', '.join(self._parameters)}):", *(f"    {line}" for line in self._lines)]
        return "\n".join([*lines, ""])

    @property
    def names(self) -> list[str]:
        """What the program's inputs and the leaves that it reads are called, in order."""
        return [self.name(variable) for variable in (*self.program.inputs, *self.program.read)]

    @property
    def is_empty(self) -> bool:
        """Whether the arguments are the program's inputs themselves, and nothing is done yet."""
        return not self._lines

    def take(self, arguments: Sequence[Any], *, test: bool = True) -> None:
        """Take arguments apart into the program's inputs; for others than such as these it is a miss.

        Args:
            arguments: examples of them.
            test: whether to test floats and arrays too; else those who are given them do.
        """
        inputs, tests = iter(self.program.inputs), list[str]()
        self._test_all = test
        for i, argument in enumerate(arguments):
            self._parameters.append(f"x{i}")
            self._take(argument, f"x{i}", inputs, tests)
        self._test(tests)
        for i, (variable, leaf) in enumerate(self.program.read.items()):
            self._names[id(variable)] = f"w{i}"
            self.write(f"w{i} = {self.bind(leaf)}._data", variable.label)
        self._enter()

    def given(self, variable: Variable) -> Any:
        """An example of what comes for an input, or for a leaf that is read."""
        return self._given[variable][1] if variable in self._given else variable.data

    def _enter(self) -> None:
        """Bring the arguments into the precision that the program has for them, if nobody else does."""
        for variable, (name, given) in self._given.items() if self._test_all else ():
            if isinstance(given, np.ndarray) and given.dtype != variable.dtype:
                self.write(f"{name} = {name}.astype({self.bind(variable.dtype)})")
            elif isinstance(variable.data, np.ndarray) and not isinstance(given, np.ndarray):
                self.write(f"{name} = {self.bind(np.asarray)}({name}, {self.bind(variable.dtype)})")

    def _take_number(self, number: Any, name: str, inputs: Iterator[Variable]) -> None:
        variable = next(inputs)
        self._names[id(variable)] = name
        self._given[variable] = name, number

    def _test(self, tests: list[str]) -> None:
        if tests:
            self.write(f"if {' or '.join(tests)}:")
            self.write("    return MISS")
            tests.clear()

    def _take(self, tree: Any, name: str, inputs: Iterator[Variable], tests: list[str]) -> None:
        array, number = isinstance(tree, np.ndarray), is_number(tree)
        if self._test_all or not (type(tree) is float or (array and number and tree.shape)):
            tests.append(f"{name}.__class__ is not {_CLASSES.get(type(tree)) or self.bind(type(tree))}")
            if array:
                tests.append(f"{name}.shape != {tree.shape}")
                tests.append(f"{name}.dtype != {self.bind(tree.dtype)}")
        if number:
            self._take_number(tree, name, inputs)
            return
        children, source = list(tree.flat) if array else tree, f"{name}.flat" if array else name
        if isinstance(tree, dict):
            tests.append(f"{name}.keys() != {self.bind(frozenset(tree))}")
            children = list(tree.values())
            source = ", ".join(f"{name}[{self.bind(key)}]" for key in tree) + ","
        elif isinstance(tree, (list, tuple)):
            tests.append(f"len({name}) != {len(tree)}")
        elif not array:  # no number at all, and the same at every call
            if tree is not None:
                fixed = self.bind(tree)
                tests.append(f"({name} is not {fixed} and {name} != {fixed})")  # a NaN does not equal itself
            return
        self._test(tests)
        names = [f"{name}_{i}" for i in range(len(children))]
        if names:
            self.write(f"{', '.join(names)}, = {source}")
        for child, part in zip(children, names, strict=True):
            self._take(child, part, inputs, tests)

    def give(self, tree: Any, number: Callable[[int], str]) -> None:
        """Return the program's outputs in containers such as these.

        Args:
            tree: the containers.
            number: gives the expression for the output of that index.
        """
        self.write(f"return {built(tree, count(), number, partial(self._array, number), self.container)}")

    def _array(self, number: Callable[[int], str], places: list[int], shape: tuple[int, ...]) -> str:
        return f"{self.bind(partial(object_array, shape))}({', '.join(map(number, places))})"

    def container(self, tree: Any, parts: list[str]) -> str:
        """A list, tuple, dict or None such as this, with these things in it."""
        if tree is None:
            return "None"
        if isinstance(tree, Mapping):
            return f"{{{', '.join(f'{self.bind(key)}: {x}' for key, x in zip(tree, parts, strict=True))}}}"
        inside = ", ".join(parts)
        if type(tree) is tuple:
            return f"({inside},)" if len(parts) == 1 else f"({inside})"
        if type(tree) is list:
            return f"[{inside}]"
        return f"{self.bind(type(tree))}({inside if hasattr(tree, '_fields') else f'[{inside}]'})"


def built(
    tree: Any,
    places: Iterator[int],
    number: Callable[[int], str],
    array: Callable[[list[int], tuple[int, ...]], str],
    container: Callable[[Any, list[str]], str],
) -> str:
    """The expression for a function's result, in whatever language.

    Args:
        tree: a result such as this.
        places: the index of each output, in order.
        number: gives the expression for one output.
        array: gives that for an array of Values, by the indices of these and its shape.
        container: gives that for a list, tuple, dict or None, by those for what is in it.
    """
    if isinstance(tree, np.ndarray) and tree.dtype == object:
        return array([next(places) for _ in range(tree.size)], tree.shape)
    children = tree.values() if isinstance(tree, Mapping) else tree
    if isinstance(tree, (Mapping, list, tuple)):
        return container(tree, [built(x, places, number, array, container) for x in children])
    return container(None, []) if tree is None else number(next(places))


def harmless(text: str) -> str:
    """Text of a user's, fit for a comment of any language: on one line, and closing nothing."""
    return re.sub(r"[^\w .,()\[\]]", "·", text)[:60]
