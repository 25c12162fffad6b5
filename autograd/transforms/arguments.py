"""Arguments become nodes, and a run of a function becomes its derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import is_dataclass
from numbers import Rational
from typing import Any

import numpy as np

from autograd.differentiation.graph import Graph
from autograd.differentiation.linearization import Linearization
from autograd.differentiation.methods.forward import push
from autograd.differentiation.sweep import accumulate, sweep
from autograd.functions.plain import unwrap_node
from autograd.recording.hooks import recording, tracer
from autograd.recording.node import Node
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules import scalars as p
from autograd.rules.arrays import owned
from autograd.rules.primitive import apply
from autograd.transforms.containers import Structure, flatten, object_array

__all__ = [
    "Argnums",
    "Inputs",
    "LinearizedRun",
    "is_differentiating",
    "nesting",
    "rebuilt",
    "results",
    "tracing",
]

Argnums = int | Sequence[int]

# How many functions are running to be differentiated or compiled, one inside the other.
nesting: ContextVar[int] = ContextVar("nesting", default=0)
is_differentiating = nesting.get


@contextmanager
def tracing() -> Iterator[None]:
    """Record everything in the block: a function runs in it to be differentiated."""
    depth, recorded = nesting.set(nesting.get() + 1), recording.set(True)
    try:
        yield
    finally:
        nesting.reset(depth)
        recording.reset(recorded)


class Inputs:
    """Arguments as nodes of their own, so that derivatives are taken with respect to these alone.

    Attributes:
        nodes: one for every number in the arguments, in order.
        arguments: the arguments' containers, holding the nodes.
        recorded: whether derivatives are recorded too.
        hold_objects: whether there is an array of objects, such as Values, among the arguments.
    """

    def __init__(self, arguments: Sequence[Any], names: Sequence[str]) -> None:
        self.nodes: list[Any] = []
        self.arguments: list[Any] = []
        self.recorded = is_differentiating() > 0
        self.hold_objects = False
        self._structures: list[Structure] = []
        for argument, name in zip(arguments, names, strict=True):
            numbers, structure = flatten(argument)
            self.hold_objects = self.hold_objects or structure.holds(np.ndarray)
            nodes = [_node(x, place) for x, place in zip(numbers, structure.names(name), strict=True)]
            self.recorded = self.recorded or any(isinstance(x, Node) for x in numbers)
            self.nodes += nodes
            self.arguments.append(structure.unflatten(nodes))
            self._structures.append(structure)

    def containers(self, derivatives: Sequence[Any]) -> list[Any]:
        """Return one container per argument, of derivatives in order."""
        remaining = iter(derivatives)
        return [structure.unflatten(remaining) for structure in self._structures]


def _node(x: Any, place: str) -> Node:
    """Return a new node for a number: differentiating by it leaves other uses of the number alone."""
    if isinstance(x, Node) and not x.is_constant and recording.get():
        node: Node = apply(p.identity, x)
        return node
    try:
        if isinstance(x, (int, float)):
            return Value(float(x))
        if isinstance(x, Value) or (isinstance(x, Rational) and not isinstance(x, np.integer)):
            return Value(x._data if isinstance(x, Value) else x)
        return Tensor(x._data if isinstance(x, Tensor) else x)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{place} cannot be differentiated by: {_reason(x, error)}") from None


def _reason(x: Any, error: Exception) -> str:
    kind = type(x)
    if isinstance(x, (str, bytes, complex)) or hasattr(kind, "__array__"):
        return str(error)
    advice = "differentiate by numbers, arrays, and lists, tuples and dicts of them"
    if is_dataclass(x):
        advice = f"give a dict, dataclasses.asdict(…), and make a {kind.__name__} of it in the function"
    elif kind.__module__ != "builtins":
        advice += "; in a method self is argument 0, so write argnums=1"
    return f"it is of type {kind.__name__}: {advice}"


class LinearizedRun:
    """One run of a function: derivatives of its results by its inputs, from one linearization."""

    def __init__(self, inputs: Inputs, outputs: Sequence[Any]) -> None:
        self._inputs = inputs
        self._outputs = outputs
        roots = [y for y in outputs if isinstance(y, Node)]
        self._graph = Graph(*roots) if roots else None
        self._linearizations: dict[bool, Linearization] = {}

    def _linearization(self, recorded: bool) -> Linearization | None:
        if self._graph is not None and recorded not in self._linearizations:
            self._linearizations[recorded] = Linearization(
                self._graph, [self._inputs.nodes], recorded=recorded
            )
        return self._linearizations.get(recorded)

    def pull(self, adjoints: Sequence[Any], recorded: bool) -> list[Any]:
        """Turn adjoints of the results into adjoints of the inputs; None stands for a zero adjoint."""
        with tracing():
            linearization = self._linearization(recorded)
            if linearization is None:
                return [_number(v._like(0), v, recorded) for v in self._inputs.nodes]
            sums: dict[int, Any] = {}
            for y, adjoint in zip(self._outputs, adjoints, strict=True):
                vertex = linearization.vertex(y) if isinstance(y, Node) else None
                if vertex is not None and adjoint is not None:
                    accumulate(sums, vertex, _number(adjoint, y, recorded))
            sweep(linearization.edges, range(len(linearization.edges)), sums)
            if (active := tracer.get()) is not None:
                for vertex, adjoint in sums.items():
                    active.adjoint(linearization.node(vertex), adjoint)
            return linearization.gather(sums)

    def push(self, tangents: Sequence[Any], recorded: bool) -> list[Any]:
        """Turn tangents of the inputs into tangents of the results."""
        with tracing():
            linearization = self._linearization(recorded)
            moving: dict[int, Any] = {}
            places: list[int | None] = [None] * len(self._outputs)
            if linearization is not None:
                for v, vertex, tangent in zip(self._inputs.nodes, linearization.wrt, tangents, strict=True):
                    if vertex is not None:
                        moving[vertex] = _number(tangent, v, recorded)
                places = [linearization.vertex(y) if isinstance(y, Node) else None for y in self._outputs]
                push(linearization, moving, {place for place in places if place is not None})
            return [
                moving[place] if place in moving else _zero(y, recorded)
                for y, place in zip(self._outputs, places, strict=True)
            ]


def _number(x: Any, like: Any, recorded: bool) -> Any:
    """Return a number in the type of the edges' numbers: a node, or plain data."""
    if not isinstance(x, Node):
        if isinstance(like, Tensor):
            x = Tensor(x, dtype=like.dtype).detach()
        else:
            x = Value(x.item() if isinstance(x, np.ndarray) else x)  # a 0-dimensional array is a number
    return x if recorded else x._data


def _zero(y: Any, recorded: bool) -> Any:
    if isinstance(y, Node):
        return _number(y._like(0), y, recorded)
    return np.zeros(np.shape(y))[()]


def results(numbers: Sequence[Any], recorded: bool) -> list[Any]:
    """Return results as the caller gets them: as nodes if they are recorded, else as plain numbers."""
    return list(numbers) if recorded else [_plain_result(x) for x in numbers]


def rebuilt(structure: Structure, numbers: Sequence[Any], recorded: bool, inputs: Inputs) -> Any:
    """Return results in their containers.

    An array of plain floats is NumPy's, not an array of objects, unless there was one among the inputs.
    """
    array = object_array if recorded or inputs.hold_objects else _dense
    return structure.unflatten(results(numbers, recorded), array)


def _dense(shape: tuple[int, ...], *numbers: Any) -> Any:
    floats = all(isinstance(x, float) for x in numbers)
    return np.array(numbers).reshape(shape) if floats and numbers else object_array(shape, *numbers)


def _plain_result(x: Any) -> Any:
    data = unwrap_node(x)
    if isinstance(data, (np.ndarray, np.generic)):
        return owned(data) if data.shape else data.item()
    return data
