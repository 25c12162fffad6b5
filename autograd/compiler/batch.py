"""A function of one example, run over many: every number becomes a row, with one number an example.

What is the same for all examples, parameters mostly, stays one number. A result is a row too, or its sum
or mean over the examples, which is what a gradient descends by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count, islice
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.program import Program, Variable
from autograd.compiler.source import Source, built, is_number
from autograd.recording.functions import values
from autograd.recording.value import Value
from autograd.transforms.containers import flatten

__all__ = ["Batch", "BatchSource", "entered"]


class Batch(NamedTuple):
    """What a function is run over.

    Attributes:
        argnums: the arguments that hold arrays with one entry an example, along the first axis.
        reduce: ``"sum"`` or ``"mean"`` of every result over the examples, or None for all of them.
        examples: how many there are.
    """

    argnums: tuple[int, ...]
    reduce: str | None
    examples: int


def entered(args: Sequence[Any], argnums: Sequence[int]) -> tuple[list[Any], list[Value], int]:
    """Arguments as those of the first example, with a Value for every number; these; and how many there are.

    Raises:
        TypeError: an argument with examples in it holds something else than arrays.
        ValueError: there are no examples, or not the same number everywhere.
    """
    if outside := [i for i in argnums if i >= len(args)]:
        raise ValueError(f"batch names argument {outside[0]}, but there are {len(args)} arguments")
    arguments: list[Any] = []
    nodes: list[Value] = []
    lengths: dict[str, int] = {}
    for i, argument in enumerate(args):
        numbers, structure = flatten(argument)
        given: list[Any] = []
        for x, place in zip(numbers, structure.names(f"argument [{i}]"), strict=True):
            if isinstance(x, np.ndarray) and x.dtype.kind not in "biuf":
                raise TypeError(f"{place} is not of real numbers, but of {x.dtype}")
            if i in argnums and np.ndim(x) == 0:
                raise TypeError(f"{place} is to hold one entry an example, and is {x!r:.40}: give an array")
            if i in argnums:
                lengths[place] = len(x)
                x = x[0] if len(x) else x
            if is_number(x):
                x = values(np.asarray(x, np.float64))
                nodes.extend(x.flat)
                x = x if x.shape else x[()]
            given.append(x)
        arguments.append(structure.unflatten(given))
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        found = ", ".join(f"{n} in {place}" for place, n in lengths.items()) or "no argument with any"
        raise ValueError(f"a batch has the same number of examples everywhere, at least one: not {found}")
    return arguments, nodes, next(iter(lengths.values()))


class Part(NamedTuple):
    """A number or an array among the arguments, and where it goes.

    Attributes:
        name: what it is called, as a float or an array.
        over: whether it holds examples, and goes to ``rows``; else it goes to ``shared``.
        start: its first row there.
        shape: that of one example.
    """

    name: str
    over: bool
    start: int
    shape: tuple[int, ...]


class BatchSource(Source):
    """A function that fills two matrices with its arguments and reads its results from a third.

    They are ``shared``, a column of the numbers that are the same for all examples; ``rows``, with one row
    for every other number and one column for every example; and ``results``, likewise of the outputs, or
    a column if these are reduced.

    Attributes:
        batch: what it is run over.
        shared: the inputs that are the same for all examples.
        rows: the others.
        parts: the arguments, as they are to be brought there.
    """

    def __init__(self, program: Program, batch: Batch) -> None:
        super().__init__(program)
        self.batch = batch
        self.shared: list[Variable] = []
        self.rows: list[Variable] = []
        self.parts: list[Part] = []

    def _take_number(self, number: Any, name: str, inputs: Iterator[Variable]) -> None:
        over = len(self._parameters) - 1 in self.batch.argnums
        shape = np.shape(number)[1:] if over else np.shape(number)
        variables = self.rows if over else self.shared
        name = name if shape or over or type(number) is float else f"float({name})"
        self.parts.append(Part(name, over, len(variables), shape))
        variables.extend(islice(inputs, prod(shape)))

    def _enter(self) -> None:
        for variable in self.program.read:
            self.parts.append(Part(f"float({self.name(variable)})", False, len(self.shared), ()))
            self.shared.append(variable)

    @property
    def names(self) -> list[str]:
        return [part.name for part in self.parts]

    def borrow(self, buffers: str, allocate: Callable[[], Any]) -> None:
        """Write how the matrices are got hold of, and how what is the same for all examples gets there."""
        self.namespace |= {"free": [], "allocate": allocate}
        for line in ("try:", "    buffers = free.pop()", "except IndexError:", "    buffers = allocate()"):
            self.write(line)
        self.write(f"{buffers} = buffers")
        for name, over, start, shape in self.parts:
            if shape and not over:
                end = start + prod(shape)
                self.write(f"shared[{start}:{end}, 0] = {name}.reshape({end - start})")
            elif not over:
                self.write(f"shared[{start}, 0] = {name}")

    def fill(self, examples: str) -> Iterator[str]:
        """What brings the examples, or those that an index takes, to their matrix."""
        for name, over, start, shape in self.parts:
            if over:
                columns = prod(shape)
                matrix = f"{name}.reshape({self.batch.examples}, {columns}){examples}"
                yield f"rows[{start}:{start + columns}] = {matrix}.T"

    def give(self, tree: Any, number: Callable[[int], str] | None = None) -> None:
        number = number or self._number
        self.write(f"result = {built(tree, count(), number, partial(self._array, number), self.container)}")
        self.write("free.append(buffers)")
        self.write("return result")

    def _number(self, place: int) -> str:
        return f"float(results[{place}, 0])" if self.batch.reduce else f"results[{place}].copy()"

    def _array(self, number: Callable[[int], str], places: list[int], shape: tuple[int, ...]) -> str:
        part = f"{places[0]}:{places[-1] + 1}" if places else "0:0"
        if self.batch.reduce:
            return f"results[{part}, 0].reshape({shape}).copy()"
        return f"results[{part}].T.reshape({(self.batch.examples, *shape)}).copy()"
