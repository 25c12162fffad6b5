"""Functions to functions: a function in, its derivative out, with the signatures JAX has made common.

A plain number or array goes into the function as a `Tensor` and its derivative comes out plain; a
`Value` or `Tensor` goes in as it is, and its derivative comes out recorded. While one transform runs
inside another everything is recorded, so that they compose to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any

import numpy as np

from autograd import primitives as p
from autograd.arrays import owned, reshape, shape_of
from autograd.containers import Rebuild, flatten
from autograd.graph import Graph, Linearization
from autograd.methods.backprop import backprop
from autograd.methods.forward import push
from autograd.node import Node, recording
from autograd.numbers import plain
from autograd.primitives import apply
from autograd.tensor import Tensor
from autograd.value import Value

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Argnums = int | Sequence[int]

_nesting: ContextVar[int] = ContextVar("nesting", default=0)


@contextmanager
def _tracing() -> Iterator[None]:
    """While a function is run to be differentiated."""
    depth, recorded = _nesting.set(_nesting.get() + 1), recording.set(True)
    try:
        yield
    finally:
        _nesting.reset(depth)
        recording.reset(recorded)


class _Inputs:
    """Arguments as nodes of their own, so that only what goes in here is differentiated by.

    Attributes:
        nodes: one for every number in the arguments, in order.
        arguments: the same containers as came, of nodes.
        recorded: whether derivatives are to be recorded.
    """

    def __init__(self, arguments: Sequence[Any], places: Sequence[str]) -> None:
        self._plain: list[bool] = []
        self.nodes: list[Any] = []
        self.arguments: list[Any] = []
        self._rebuilds: list[Rebuild] = []
        for argument, place in zip(arguments, places, strict=True):
            numbers, names, rebuild = flatten(argument, place)
            entered = [_entered(x, name) for x, name in zip(numbers, names, strict=True)]
            self._plain += [not isinstance(x, Node) for x in numbers]
            self.nodes += entered
            self.arguments.append(rebuild(iter(entered)))
            self._rebuilds.append(rebuild)
        self.recorded = _nesting.get() > 0 or not all(self._plain)

    def derivatives(self, numbers: Sequence[Any]) -> list[Any]:
        """One container per argument, of derivatives in the kind that the numbers came in."""
        plainly = not _nesting.get()
        kinds = (
            _plain(number) if plain and plainly else number
            for number, plain in zip(numbers, self._plain, strict=True)
        )
        return [rebuild(kinds) for rebuild in self._rebuilds]


def _entered(x: Any, place: str) -> Node:
    if isinstance(x, Node) and not x.is_constant and recording.get():
        node: Node = apply(p.identity, x)
        return node
    try:
        if isinstance(x, (Value, Fraction)):
            return Value(x._data if isinstance(x, Value) else x)
        return Tensor(x._data if isinstance(x, Tensor) else x)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{place} cannot be differentiated by: {error}") from None


def _plain(x: Any) -> Any:
    data = x._data if isinstance(x, Node) else x
    if isinstance(data, (np.ndarray, np.generic)):
        return owned(data) if data.shape else data.item()
    return data


def _adjoints(root: Any, inputs: _Inputs) -> list[Any]:
    """The derivative of one number by every input; nothing is left behind on the nodes."""
    if not isinstance(root, Node):  # a function that looked at none of its inputs
        return [_zero(v, inputs.recorded) for v in inputs.nodes]
    linearization = Linearization(Graph(root), [inputs.nodes], recorded=inputs.recorded)
    with _tracing():
        derivatives = backprop(linearization)
    return [
        _zero(v, inputs.recorded) if target is None else derivative
        for v, target, derivative in zip(inputs.nodes, linearization.wrt, derivatives, strict=True)
    ]


def _zero(node: Any, recorded: bool) -> Any:
    zero = node._like(0)
    return zero if recorded else zero._data


def _argnums(argnums: Argnums, count: int) -> list[int]:
    chosen = list(argnums) if isinstance(argnums, Sequence) else [argnums]
    for i in chosen:
        if not isinstance(i, int) or not -count <= i < count:
            raise ValueError(f"argnums has {i!r}, but the function was called with {count} arguments")
    return [i % count for i in chosen]


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
        chosen = _argnums(argnums, len(args))
        inputs = _Inputs([args[i] for i in chosen], [f"argument {i}" for i in chosen])
        replaced = dict(zip(chosen, inputs.arguments, strict=True))
        with _tracing():
            result = f(*(replaced.get(i, argument) for i, argument in enumerate(args)), **options)
        root = _one_number(result)
        gradients = inputs.derivatives(_adjoints(root, inputs))
        value = result if inputs.recorded else _plain(result)
        return value, gradients[0] if isinstance(argnums, int) else tuple(gradients)

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


def _one_number(result: Any) -> Any:
    if isinstance(result, Tensor) and result.size != 1:
        raise ValueError(
            f"a gradient is that of one number, and the function gave the shape {result.shape}: "
            "sum() or mean() it, or use jacobian"
        )
    if not isinstance(result, Node) and plain(result) is None:
        raise TypeError(f"the function must give a number, not {type(result).__name__} {result!r:.40}")
    return result


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
    inputs = _Inputs(primals, [f"argument {i}" for i in range(len(primals))])
    with _tracing():
        result = f(*inputs.arguments)
    outputs, names, rebuild = flatten(result, "the result")

    def pullback(adjoints: Any) -> tuple[Any, ...]:
        given, _, _ = flatten(adjoints, "the adjoint")
        _check_fit(given, outputs, names, "adjoint")
        with _tracing():
            # The pullback is the gradient of the sum of products with the adjoints.
            pairs = [(y, a) for y, a in zip(outputs, given, strict=True) if isinstance(y, Node)]
            root = sum((_dot(y, a) for y, a in pairs), start=0)
        return tuple(inputs.derivatives(_adjoints(root, inputs)))

    return rebuild(y if inputs.recorded else _plain(y) for y in outputs), pullback


def _dot(output: Any, adjoint: Any) -> Any:
    product = output * adjoint
    return product.sum() if isinstance(product, Tensor) else product


def _check_fit(given: Sequence[Any], wanted: Sequence[Any], names: Sequence[str], what: str) -> None:
    if len(given) != len(wanted):
        raise ValueError(f"there are {len(given)} {what}s for {len(wanted)} numbers: give one for each")
    for x, y, name in zip(given, wanted, names, strict=True):
        if np.shape(x) != np.shape(y) if not isinstance(y, Value) else shape_of(x) != ():
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
    _, names, _ = flatten(list(primals), "primals")
    given, _, _ = flatten(list(tangents), "tangents")
    inputs = _Inputs(primals, [f"argument {i}" for i in range(len(primals))])
    _check_fit(given, inputs.nodes, names, "tangent")
    recorded = inputs.recorded or any(isinstance(t, Node) for t in given)
    with _tracing():
        result = f(*inputs.arguments)
        outputs, _, rebuild = flatten(result, "the result")
        moved = [_tangent(y, inputs.nodes, given, recorded) for y in outputs]
    if recorded:
        return result, rebuild(iter(moved))
    return rebuild(map(_plain, outputs)), rebuild(map(_plain, moved))


def _tangent(root: Any, nodes: Sequence[Any], tangents: Sequence[Any], recorded: bool) -> Any:
    if not isinstance(root, Node):
        return np.zeros(np.shape(root))[()]
    linearization = Linearization(Graph(root), [nodes], recorded=recorded)
    starts: dict[int, Any] = {}
    for node, vertex, tangent in zip(nodes, linearization.wrt, tangents, strict=True):
        if vertex is not None:
            starts[vertex] = _as_number(tangent, node, recorded)
    if not starts:
        return linearization.zero
    last_user = {u: v for v, inputs in enumerate(linearization.edges) for u, _ in inputs}
    return push(linearization, starts, last_user)


def _as_number(x: Any, like: Any, recorded: bool) -> Any:
    """A tangent in the kind of number that the edges are."""
    if isinstance(x, Node):
        return x
    number = Tensor(x).detach() if isinstance(like, Tensor) else Value(x)
    return number if recorded else number._data


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
        chosen = _argnums(argnums, len(args))

        def of_chosen(*primals: Any) -> Any:
            replaced = dict(zip(chosen, primals, strict=True))
            return f(*(replaced.get(i, argument) for i, argument in enumerate(args)), **options)

        result, pullback = vjp(of_chosen, *(args[i] for i in chosen))
        outputs, _, rebuild = flatten(result, "the result")
        blocks = []
        for k, y in enumerate(outputs):
            rows = [pullback(rebuild(iter(units))) for units in _units(outputs, k)]
            blocks.append(_stacked(rows, shape_of(y), isinstance(argnums, int)))
        return rebuild(iter(blocks))

    return differentiated


def _units(outputs: Sequence[Any], k: int) -> Iterator[list[Any]]:
    """Adjoints of all outputs that are 0 but for one element of the k-th."""
    for i in range(int(np.prod(shape_of(outputs[k]), dtype=int))):
        units = [np.zeros(shape_of(y)) for y in outputs]
        units[k].flat[i] = 1
        yield [unit if unit.shape else float(unit) for unit in units]


def _stacked(rows: Sequence[tuple[Any, ...]], shape: tuple[int, ...], single: bool) -> Any:
    if not rows:
        raise ValueError("the Jacobian of a result with no elements is empty: nothing can be said of it")
    numbers = [flatten(row)[0] for row in rows]
    _, _, rebuild = flatten(rows[0])
    columns = [_stack(column, shape) for column in zip(*numbers, strict=True)]
    blocks = rebuild(iter(columns))
    return blocks[0] if single else blocks


def _stack(column: Sequence[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return column[0]
    below = shape_of(column[0])
    if isinstance(column[0], Value):
        array = np.empty(len(column), dtype=object)
        array[:] = column
        return array.reshape(shape)
    return reshape(np.stack(list(column)), shape + below)


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
