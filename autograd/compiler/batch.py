"""A function of one example, run over many: every number becomes a row with one number per example.

Numbers that are the same for all examples, parameters mostly, stay single numbers. A result is a row too, or
its sum or mean over the examples, which a descent minimizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.program import Program
from autograd.compiler.source import Source, built, is_number, is_whole
from autograd.compiler.variable import Variable
from autograd.recording.functions import values
from autograd.recording.value import Value
from autograd.transforms.containers import Structure, flatten

__all__ = ["Batch", "BatchSource", "Part", "first_example"]


class Batch(NamedTuple):
    """What a function runs over.

    Attributes:
        argnums: the arguments that hold arrays with one entry per example along their first axis.
        reduce: ``"sum"`` or ``"mean"`` of every result over the examples, or None for all results.
        examples: how many there are.
    """

    argnums: tuple[int, ...]
    reduce: str | None
    examples: int


def first_example(args: Sequence[Any], argnums: Sequence[int]) -> tuple[list[Any], list[Value], int]:
    """Replace arguments over a batch by the arguments of its first example, with a leaf for every number.

    Returns:
        the arguments; the leaves in them; and the number of examples.

    Raises:
        TypeError: an argument with examples holds something other than arrays of real numbers.
        ValueError: there are no examples, or not equally many in all arguments.
    """
    if outside := [i for i in argnums if i >= len(args)]:
        raise ValueError(f"batch names argument {outside[0]}, but there are {len(args)} arguments")
    arguments: list[Any] = []
    leaves: list[Value] = []
    lengths: dict[str, int] = {}
    for i, argument in enumerate(args):
        numbers, structure = flatten(argument)
        replaced: list[Any] = []
        for x, place in zip(numbers, structure.names(f"argument [{i}]"), strict=True):
            if isinstance(x, np.ndarray) and x.dtype.kind not in "biuf":
                raise TypeError(f"{place} is not of real numbers, but of {x.dtype}")
            if i in argnums:
                if np.ndim(x) == 0:
                    raise TypeError(
                        f"{place} must hold one entry per example, and is {x!r:.40}: give an array"
                    )
                lengths[place] = len(x)
                x = x[0] if len(x) else x
            if is_number(x):
                x = values(np.asarray(x, np.float64))
                leaves.extend(x.flat)
                x = x if x.shape else x[()]
            replaced.append(x)
        arguments.append(structure.unflatten(replaced))
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        found = ", ".join(f"{n} in {place}" for place, n in lengths.items()) or "no argument with any"
        raise ValueError(f"a batch has the same number of examples everywhere, at least one: not {found}")
    return arguments, leaves, next(iter(lengths.values()))


class Part(NamedTuple):
    """A number or an array among the arguments, and where it is copied.

    Attributes:
        name: its name, as a float or an array.
        over: whether it holds examples and is copied to ``rows``; else it is copied to ``shared``.
        start: its first row there.
        shape: its shape for one example.
    """

    name: str
    over: bool
    start: int
    shape: tuple[int, ...]


class BatchSource(Source):
    """A function that copies its arguments to two matrices and reads its results from a third.

    ``shared`` is a column of the numbers that are the same for all examples. ``rows`` has a row for every
    other number and a column for every example. ``results`` has a row for every output, and likewise a column
    for every example, or one column if the outputs are reduced.

    Attributes:
        batch: what it runs over.
        shared: the inputs that are the same for all examples.
        rows: the other inputs.
        parts: the arguments that are copied.
    """

    def __init__(self, program: Program, batch: Batch) -> None:
        super().__init__(program)
        self.batch = batch
        self.shared: list[Variable] = []
        self.rows: list[Variable] = []
        self.parts: list[Part] = []

    def _take_number(self, number: Any, name: str) -> None:
        over = len(self._parameters) - 1 in self.batch.argnums
        shape = np.shape(number)[1:] if over else np.shape(number)
        variables = self.rows if over else self.shared
        name = name if shape or over or type(number) is float else f"float({name})"
        self.parts.append(Part(name, over, len(variables), shape))
        found = list(islice(self._inputs, prod(shape)))
        variables.extend(found)
        if is_whole(number):
            self.whole += found

    def _convert(self) -> None:
        for variable in self.program.read:
            self.parts.append(Part(f"float({self.name(variable)})", False, len(self.shared), ()))
            self.shared.append(variable)

    @property
    def names(self) -> list[str]:
        return [part.name for part in self.parts]

    def borrow(self, buffers: str, allocate: Callable[[], Any]) -> None:
        """Write the lines that borrow the matrices and fill ``shared``."""
        self.write_borrowing(allocate)
        self.write(f"{buffers} = buffers")
        for name, over, start, shape in self.parts:
            if shape and not over:
                end = start + prod(shape)
                self.write(f"shared[{start}:{end}, 0] = {name}.reshape({end - start})")
            elif not over:
                self.write(f"shared[{start}, 0] = {name}")

    def fill(self, examples: str) -> Iterator[str]:
        """The lines that fill ``rows`` with all examples, or with the examples of an index."""
        for name, over, start, shape in self.parts:
            if over:
                columns = prod(shape)
                matrix = f"{name}.reshape({self.batch.examples}, {columns}){examples}"
                yield f"rows[{start}:{start + columns}] = {matrix}.T"

    def give_results(self, structure: Structure) -> None:
        """Write the lines that return the results in containers, and the matrices."""
        self.write(f"result = {built(structure, self._number, self._array, self.container)}")
        self.write("free.append(buffers)")
        self.write("return result")

    def _number(self, place: int) -> str:
        return f"float(results[{place}, 0])" if self.batch.reduce else f"results[{place}].copy()"

    def _array(self, places: list[int], shape: tuple[int, ...]) -> str:
        part = f"{places[0]}:{places[-1] + 1}" if places else "0:0"
        if self.batch.reduce:
            return f"results[{part}, 0].reshape({shape}).copy()"
        return f"results[{part}].T.reshape({(self.batch.examples, *shape)}).copy()"
