"""Functions to functions: a function in, its derivative out, with the signatures JAX has made common.

A plain number or array goes into the function as a `Tensor`, and what comes out is plain. A `Value` or
`Tensor` goes in as one, and if there is any, all that comes out is recorded. While one transform runs
inside another everything is recorded, so that they compose to any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Rational
from typing import Any

import numpy as np

from autograd.differentiation.graph import Graph, Linearization
from autograd.differentiation.methods.accumulate import accumulate
from autograd.differentiation.methods.backprop import sweep
from autograd.differentiation.methods.forward import push
from autograd.numbers.number import plain
from autograd.recording.node import Node, recording, sweep_back, topological, watching
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules import scalars as p
from autograd.rules.arrays import owned, reshape, shape_of
from autograd.rules.scalars import apply
from autograd.transforms.containers import Rebuild, flatten, flatten_like, object_array

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Argnums = int | Sequence[int]

# How many functions are being run to be differentiated, or compiled, one within the other.
nesting: ContextVar[int] = ContextVar("nesting", default=0)
is_differentiating = nesting.get


@contextmanager
def tracing() -> Iterator[None]:
    """While a function is run to be differentiated."""
    depth, recorded = nesting.set(nesting.get() + 1), recording.set(True)
    try:
        yield
    finally:
        nesting.reset(depth)
        recording.reset(recorded)


class _Inputs:
    """Arguments as nodes of their own, so that only what goes in here is differentiated by.

    Attributes:
        nodes: one for every number in the arguments, in order.
        arguments: the same containers as came, of nodes.
        recorded: whether derivatives are to be recorded.
    """

    def __init__(self, arguments: Sequence[Any], places: Sequence[str]) -> None:
        self.nodes: list[Any] = []
        self.arguments: list[Any] = []
        self.recorded = nesting.get() > 0
        self._rebuilds: list[Rebuild] = []
        for argument, place in zip(arguments, places, strict=True):
            numbers, names, rebuild = flatten(argument, place)
            entered = [_entered(x, name) for x, name in zip(numbers, names, strict=True)]
            self.recorded = self.recorded or any(isinstance(x, Node) for x in numbers)
            self.nodes += entered
            self.arguments.append(rebuild(iter(entered)))
            self._rebuilds.append(rebuild)

    def derivatives(self, numbers: Sequence[Any]) -> list[Any]:
        """One container per argument, of derivatives in order."""
        remaining = iter(numbers)
        return [rebuild(remaining) for rebuild in self._rebuilds]


def _entered(x: Any, place: str) -> Node:
    if isinstance(x, Node) and not x.is_constant and recording.get():
        node: Node = apply(p.identity, x)
        return node
    try:
        if isinstance(x, Value) or (isinstance(x, Rational) and not isinstance(x, (int, np.integer))):
            return Value(x._data if isinstance(x, Value) else x)
        return Tensor(x._data if isinstance(x, Tensor) else x)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{place} cannot be differentiated by: {error}") from None


class _Trace:
    """What a function did with its inputs: results, and their derivatives, from one linearization."""

    def __init__(self, inputs: _Inputs, outputs: Sequence[Any]) -> None:
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
        """From adjoints of the results to those of the inputs; None stands for no adjoint at all."""
        with tracing():
            linearization = self._linearization(recorded)
            if linearization is None:
                return [_number(v._like(0), v, recorded) for v in self._inputs.nodes]
            sums: dict[int, Any] = {}
            for y, adjoint in zip(self._outputs, adjoints, strict=True):
                vertex = linearization.vertex(y) if isinstance(y, Node) else None
                if vertex is not None and adjoint is not None:
                    accumulate(sums, vertex, _number(adjoint, y, recorded))
            sweep(linearization, range(len(linearization.edges)), sums)
            if (watch := watching.get()) is not None:
                for vertex, adjoint in sums.items():
                    watch.adjoint(linearization.node(vertex), adjoint)
            return linearization.gather(sums)

    def push(self, tangents: Sequence[Any], recorded: bool) -> list[Any]:
        """From tangents of the inputs to those of the results."""
        with tracing():
            linearization = self._linearization(recorded)
            starts: dict[int, Any] = {}
            places: list[int | None] = [None] * len(self._outputs)
            if linearization is not None:
                for v, vertex, tangent in zip(self._inputs.nodes, linearization.wrt, tangents, strict=True):
                    if vertex is not None:
                        starts[vertex] = _number(tangent, v, recorded)
                places = [linearization.vertex(y) if isinstance(y, Node) else None for y in self._outputs]
                push(linearization, starts, {place for place in places if place is not None})
            return [
                starts[place] if place in starts else _zero(y, recorded)
                for y, place in zip(self._outputs, places, strict=True)
            ]


def _number(x: Any, like: Any, recorded: bool) -> Any:
    """A number in the kind that the edges are: a node, or plain data."""
    if not isinstance(x, Node):
        x = Tensor(x, dtype=like.dtype).detach() if isinstance(like, Tensor) else Value(x)
    return x if recorded else x._data


def _zero(y: Any, recorded: bool) -> Any:
    if isinstance(y, Node):
        return _number(y._like(0), y, recorded)
    return np.zeros(np.shape(y))[()]


def _plain(x: Any) -> Any:
    data = x._data if isinstance(x, Node) else x
    if isinstance(data, (np.ndarray, np.generic)):
        return owned(data) if data.shape else data.item()
    return data


def _given(numbers: Sequence[Any], recorded: bool) -> list[Any]:
    """Results as the caller gets them."""
    return list(numbers) if recorded else list(map(_plain, numbers))


def _argnums(argnums: Argnums, count: int) -> list[int]:
    chosen = list(argnums) if isinstance(argnums, Sequence) else [argnums]
    for i in chosen:
        if not isinstance(i, (int, np.integer)) or not -count <= i < count:
            raise ValueError(f"argnums has {i!r}, but the function was called with {count} arguments")
    places = [int(i) % count for i in chosen]
    if len(set(places)) < len(places):
        raise ValueError(f"argnums names an argument twice: {argnums!r}")
    return places


def _run(
    f: Callable[..., Any], args: Sequence[Any], argnums: Argnums, options: dict[str, Any]
) -> tuple[_Inputs, Any]:
    """Call a function with the chosen arguments as inputs; and what it gave."""
    chosen = _argnums(argnums, len(args))
    inputs = _Inputs([args[i] for i in chosen], [f"argument {i}" for i in chosen])
    replaced = dict(zip(chosen, inputs.arguments, strict=True))
    with tracing():
        return inputs, f(*(replaced.get(i, argument) for i, argument in enumerate(args)), **options)


def _by_argnums(derivatives: list[Any], argnums: Argnums) -> Any:
    """One derivative for one number, a tuple for a sequence of them."""
    return tuple(derivatives) if isinstance(argnums, Sequence) else derivatives[0]


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives the value of ``f`` and its gradient, by backprop.

    Args:
        f: a function of numbers, arrays, or nested containers of them, whose result is one number.
        argnums: by which of its arguments; a sequence of them gives a tuple of gradients.

    Raises (when the new function is called):
        TypeError: an argument holds something that is not a number, or the result is not one.
        ValueError: there is no such argument, or the result is an array of more than one element.

    Example:
        >>> from autograd import value_and_grad
        >>> value_and_grad(lambda w: w["a"] * w["b"])({"a": 2.0, "b": 3.0})
        (6.0, {'a': 3.0, 'b': 2.0})
    """

    def differentiated(*args: Any, **options: Any) -> tuple[Any, Any]:
        inputs, result = _run(f, args, argnums, options)
        _check_one_number(result)
        seed = result._like(1) if isinstance(result, Node) else None
        (value,) = _given([result], inputs.recorded)
        if inputs.recorded or seed is None:
            pulled = _Trace(inputs, [result]).pull([seed], inputs.recorded)
        else:  # once and for plain numbers: a sweep that frees what it passes
            order = topological(result)
            del result
            found = sweep_back(order, seed._data, inputs.nodes)
            pulled = [found[v] if v in found else v._like(0)._data for v in inputs.nodes]
        return value, _by_argnums(inputs.derivatives(_given(pulled, inputs.recorded)), argnums)

    return differentiated


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives the gradient of ``f``: `value_and_grad` without the value.

    Example:
        >>> from autograd import grad
        >>> grad(grad(lambda x: x**3))(2.0)
        12.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def _check_one_number(result: Any) -> None:
    if isinstance(result, Tensor) and result.size != 1:
        raise ValueError(
            f"a gradient is that of one number, and the function gave the shape {result.shape}: "
            "sum() or mean() it, or use jacobian"
        )
    if not isinstance(result, Node) and plain(result) is None:
        raise TypeError(f"the function must give a number, not {type(result).__name__} {result!r:.40}")


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function and its pullback: adjoints of the results to adjoints of the arguments.

    Args:
        f: a function of numbers, arrays, or nested containers of them, to the same.
        primals: its arguments.

    Returns:
        the result, and a function that takes adjoints in the same containers and gives a tuple with
        one derivative per argument: the transposed Jacobian times the adjoints.

    Example:
        >>> import numpy as np
        >>> from autograd import vjp
        >>> y, pullback = vjp(lambda x: x * x, np.array([1.0, 2.0]))
        >>> pullback(np.array([1.0, 10.0]))
        (array([ 2., 40.]),)
    """
    inputs, result = _run(f, primals, range(len(primals)), {})
    outputs, names, rebuild = flatten(result, "the result")
    trace = _Trace(inputs, outputs)

    def pullback(adjoints: Any) -> tuple[Any, ...]:
        given = flatten_like(adjoints, result, "the adjoint")
        _check_shapes(given, outputs, names, "adjoint")
        recorded = inputs.recorded or nesting.get() > 0 or any(isinstance(x, Node) for x in given)
        return tuple(inputs.derivatives(_given(trace.pull(given, recorded), recorded)))

    return rebuild(iter(_given(outputs, inputs.recorded))), pullback


def _check_shapes(given: Sequence[Any], wanted: Sequence[Any], names: Sequence[str], what: str) -> None:
    for x, y, name in zip(given, wanted, names, strict=True):
        if np.shape(x) != shape_of(y):
            raise ValueError(f"the {what} of {name} has the shape {np.shape(x)}, and that {shape_of(y)}")


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of a function and its directional derivative, by one forward sweep.

    Args:
        f: a function of numbers, arrays, or nested containers of them, to the same.
        primals: its arguments, in a tuple or list.
        tangents: how fast each of them moves, in the same containers.

    Returns:
        the result, and how fast it moves: the Jacobian times the tangents.

    Example:
        >>> from autograd import jvp
        >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
        (6.0, 3.0)
    """
    for numbers in (primals, tangents):
        if not isinstance(numbers, (tuple, list)):
            raise TypeError(f"primals and tangents are tuples, as (x,) for one argument, not {numbers!r:.40}")
    given = flatten_like(list(tangents), list(primals), "tangents")
    inputs = _Inputs(primals, [f"argument {i}" for i in range(len(primals))])
    names = flatten(list(primals), "primals")[1]
    _check_shapes(given, inputs.nodes, names, "tangent")
    recorded = inputs.recorded or any(isinstance(t, Node) for t in given)
    with tracing():
        result = f(*inputs.arguments)
    outputs, _, rebuild = flatten(result, "the result")
    moved = _Trace(inputs, outputs).push(given, recorded)
    return rebuild(iter(_given(outputs, recorded))), rebuild(iter(_given(moved, recorded)))


def jacobian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives the Jacobian of ``f``: its derivative by every element of its argument.

    One pullback for every element of the result. For a result of shape S and an argument of shape A
    its shape is S + A; containers give containers of these, those of the result outside.

    Example:
        >>> import numpy as np
        >>> from autograd import jacobian
        >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
    """

    def differentiated(*args: Any, **options: Any) -> Any:
        inputs, result = _run(f, args, argnums, options)
        outputs, _, rebuild = flatten(result, "the result")
        trace = _Trace(inputs, outputs)
        blocks = []
        for k, y in enumerate(outputs):
            adjoints: list[Any] = [None] * len(outputs)
            rows = []
            for adjoints[k] in _units(y):
                rows.append(_given(trace.pull(adjoints, inputs.recorded), inputs.recorded))
            if not rows:
                raise ValueError("the result has no elements, and so no Jacobian")
            columns = [_stacked(column, shape_of(y)) for column in zip(*rows, strict=True)]
            blocks.append(_by_argnums(inputs.derivatives(columns), argnums))
        return rebuild(iter(blocks))

    return differentiated


def _units(y: Any) -> Iterator[Any]:
    """Adjoints that are 0 but for one element, for each element in turn."""
    for i in range(math.prod(shape_of(y))):
        unit = np.zeros(shape_of(y))
        unit.flat[i] = 1
        yield unit if unit.shape else 1.0


def _stacked(column: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The derivatives of all elements of a result by one input, as one array."""
    if not shape:
        return column[0]
    if isinstance(column[0], Value):
        return object_array(shape, *column)
    return reshape(np.stack(list(column)), shape + shape_of(column[0]))


def hessian(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives the second derivatives of ``f``: the Jacobian of its gradient.

    For an argument of shape A its shape is A + A.

    Example:
        >>> import numpy as np
        >>> from autograd import hessian
        >>> hessian(lambda x: x[0] * x[1])(np.array([3.0, 4.0]))
        array([[0., 1.],
               [1., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian times a vector, forward over reverse, without the Hessian (Pearlmutter,
    "Fast exact multiplication by the Hessian", 1994).

    Args:
        f: a function to one number.
        primals: its arguments, in a tuple or list.
        tangents: the vector, in the same containers.

    Returns:
        how fast the gradient moves: one container per argument, in a tuple if there are several.

    Example:
        >>> from autograd import hvp
        >>> hvp(lambda x: x**3, (2.0,), (1.0,))
        12.0
    """
    argnums = 0 if len(primals) == 1 else range(len(primals))
    return jvp(grad(f, argnums), primals, tangents)[1]
