"""The transforms: a function in, its derivative out.

A plain number enters the function as a `Value` and an array as a `Tensor`, and results come out plain. If
an argument is a `Value` or `Tensor`, all results are recorded. While one transform runs inside another,
everything is recorded, so transforms compose to any order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import WRAPPER_ASSIGNMENTS, partial, update_wrapper
from typing import Any

import numpy as np

from autograd.numbers.number import real_or_none
from autograd.recording.node import Node
from autograd.recording.order import topological
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules.arrays import reshape, shape_of
from autograd.transforms.arguments import (
    Argnums,
    Inputs,
    LinearizedRun,
    is_differentiating,
    rebuilt,
    results,
)
from autograd.transforms.containers import Structure, flatten, object_array
from autograd.transforms.releasing_sweep import releasing_sweep
from autograd.transforms.runs import called, run
from autograd.transforms.wrapping import Transformed, decorator

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


def _by_argnums(derivatives: list[Any], argnums: Argnums) -> Any:
    """Return one derivative for a single argument, a tuple for a sequence of them."""
    return tuple(derivatives) if isinstance(argnums, Sequence) else derivatives[0]


def value_and_grad(f: Callable[..., Any] | None = None, argnums: Argnums = 0) -> Callable[..., Any]:
    """Return a function that computes the value of ``f`` and its gradient, by backprop.

    Args:
        f: a function of numbers, arrays, or nested containers of them, whose result is one number.
            If omitted, as in ``@value_and_grad(argnums=1)``, this returns a decorator.
        argnums: the arguments to differentiate by; a sequence gives a tuple of gradients. In a method,
            ``self`` is argument 0.

    A constant result, as of ``lambda x: 3.0``, has the gradient 0. If the function returns a plain number, it
    is called once more at a point nearby, to tell a constant from a number read by ``.data`` or ``item()``.

    Raises:
        TypeError: ``f`` is not a function.

    Raises (when the new function is called):
        TypeError: an argument holds something that is not a number, or the result is not one; or the result
            has no derivative: a truth value, a whole number as of `np.argmax`, or computed from ``.data``.
        ValueError: there is no such argument, or the result is an array of more than one element.

    Examples:
        >>> from autograd import value_and_grad
        >>> value_and_grad(lambda w: w["a"] * w["b"])({"a": 2.0, "b": 3.0})
        (6.0, {'a': 3.0, 'b': 2.0})
    """
    if not callable(f):
        return decorator(value_and_grad, f, argnums=argnums)
    return Transformed(value_and_grad, _value_and_gradient, f, argnums)


def _value_and_gradient(
    f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], options: dict[str, Any]
) -> tuple[Any, Any]:
    inputs, result = run(f, args, argnums, options, _check_one_number)
    seed = result._like(1) if isinstance(result, Node) else None
    (value,) = results([result], inputs.recorded)
    if inputs.recorded or seed is None:
        adjoints = LinearizedRun(inputs, [result]).pull([seed], inputs.recorded)
    else:
        order = topological(result)
        del result  # so that the sweep can free it
        found = releasing_sweep(order, seed._data, inputs.nodes)
        adjoints = [found[v] if v in found else v._like(0)._data for v in inputs.nodes]
    return value, _by_argnums(inputs.containers(results(adjoints, inputs.recorded)), argnums)


def grad(f: Callable[..., Any] | None = None, argnums: Argnums = 0) -> Callable[..., Any]:
    """Return a function that computes the gradient of ``f``: `value_and_grad` without the value.

    Examples:
        >>> from autograd import grad
        >>> grad(grad(lambda x: x**3))(2.0)
        12.0
        >>> @grad(argnums=1)
        ... def slope(x, y):
        ...     return x * y * y
        >>> slope(2.0, 3.0)
        12.0
    """
    if not callable(f):
        return decorator(grad, f, argnums=argnums)
    return Transformed(grad, _gradient, f, argnums)


def _gradient(f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], options: dict[str, Any]) -> Any:
    return _value_and_gradient(f, argnums, args, options)[1]


def _check_one_number(result: Any) -> None:
    if isinstance(result, Tensor) and result.size != 1:
        raise ValueError(
            f"a gradient needs one number, but the function gave the shape {result.shape}: "
            "sum() or mean() it, or use jacobian"
        )
    if not isinstance(result, Node) and real_or_none(result) is None:
        raise TypeError(f"the function must give a number, not {type(result).__name__} {result!r:.40}")


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the value of a function and its pullback, from adjoints of results to adjoints of arguments.

    Args:
        f: a function of numbers, arrays, or nested containers of them, to the same.
        primals: its arguments.

    Returns:
        the result, and a function that takes adjoints in the result's containers and returns a tuple
        with one derivative per argument: the transposed Jacobian times the adjoints.

    Examples:
        >>> import numpy as np
        >>> from autograd import vjp
        >>> y, pullback = vjp(lambda x: x * x, np.array([1.0, 2.0]))
        >>> pullback(np.array([1.0, 10.0]))
        (array([ 2., 40.]),)
    """
    inputs, result = run(f, primals, range(len(primals)), {}, every=False)
    outputs, structure = flatten(result)
    pullback = Pullback(inputs, outputs, structure, LinearizedRun(inputs, outputs))
    return rebuilt(structure, outputs, inputs.recorded, inputs), pullback


@dataclass(eq=False, repr=False)
class Pullback:
    """The pullback that `vjp` returns; an object, since a function with a closure cannot be pickled."""

    inputs: Inputs
    outputs: list[Any]
    structure: Structure
    completed: LinearizedRun

    def __call__(self, adjoints: Any) -> tuple[Any, ...]:
        given = self.structure.flatten(adjoints, "the adjoint")
        _check_shapes(given, self.outputs, self.structure, "the result", "adjoint")
        is_nested = is_differentiating() > 0 or any(isinstance(x, Node) for x in given)
        recorded = self.inputs.recorded or is_nested
        return tuple(self.inputs.containers(results(self.completed.pull(given, recorded), recorded)))


def _check_shapes(
    given: Sequence[Any], wanted: Sequence[Any], structure: Structure, where: str, what: str
) -> None:
    for x, y, name in zip(given, wanted, structure.names(where), strict=True):
        if np.shape(x) != shape_of(y):
            raise ValueError(f"the {what} of {name} has the shape {np.shape(x)}, but {name} {shape_of(y)}")


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return the value of a function and its directional derivative, by one forward sweep.

    Args:
        f: a function of numbers, arrays, or nested containers of them, to the same.
        primals: its arguments, in a tuple or list.
        tangents: the tangent of each argument, in the same containers.

    Returns:
        the result, and its tangent: the Jacobian times the tangents.

    Examples:
        >>> from autograd import jvp
        >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
        (6.0, 3.0)
    """
    for numbers in (primals, tangents):
        if not isinstance(numbers, (tuple, list)):
            raise TypeError(f"primals and tangents are tuples, as (x,) for one argument, not {numbers!r:.40}")
    arguments = flatten(list(primals))[1]
    given = arguments.flatten(list(tangents), "tangents")
    inputs = Inputs(primals, [f"argument {i}" for i in range(len(primals))])
    _check_shapes(given, inputs.nodes, arguments, "primals", "tangent")
    recorded = inputs.recorded or any(isinstance(t, Node) for t in given)
    result = called(inputs, lambda arguments: f(*arguments), every=False)
    outputs, structure = flatten(result)
    moved = LinearizedRun(inputs, outputs).push(given, recorded)
    return rebuilt(structure, outputs, recorded, inputs), rebuilt(structure, moved, recorded, inputs)


def jacobian(
    f: Callable[..., Any] | None = None, argnums: Argnums = 0, method: str = "reverse"
) -> Callable[..., Any]:
    """Return a function that computes the Jacobian of ``f``, by one pullback per element of the result.

    For a result of shape S and an argument of shape A its shape is S + A; containers give containers
    of these, with the result's containers outside.

    Args:
        f: a function of numbers, arrays, or nested containers of them, to the same.
        argnums: the arguments to differentiate by.
        method: ``"reverse"``, as above; or a direction of `autograd.costs.jacobians`, as ``"forward"`` or
            ``"eliminate-markowitz"``, for a function of numbers and arrays that runs on arrays of Values.

    Raises (when the new function is called):
        KeyError: there is no such method.
        TypeError: with another method, an argument or the result is a container.

    Examples:
        >>> import numpy as np
        >>> from autograd import jacobian
        >>> jacobian(lambda x: x * x)(np.array([1.0, 2.0]))
        array([[2., 0.],
               [0., 4.]])
    """
    if not callable(f):
        return decorator(jacobian, f, argnums=argnums, method=method)
    if method == "reverse":
        return Transformed(jacobian, _jacobian, f, argnums)
    # Defers the load of elimination and of counted numbers.
    from autograd.transforms.directed_jacobian import directed_jacobian

    transform = partial(jacobian, method=method)
    update_wrapper(transform, jacobian, WRAPPER_ASSIGNMENTS, ())
    return Transformed(transform, partial(directed_jacobian, method), f, argnums)


def _jacobian(f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], options: dict[str, Any]) -> Any:
    inputs, result = run(f, args, argnums, options)
    outputs, structure = flatten(result)
    completed = LinearizedRun(inputs, outputs)
    blocks = []
    for k, y in enumerate(outputs):
        adjoints: list[Any] = [None] * len(outputs)
        rows = []
        for adjoints[k] in _units(y):
            rows.append(results(completed.pull(adjoints, inputs.recorded), inputs.recorded))
        if not rows:
            raise ValueError("the result has no elements, and so no Jacobian")
        columns = [_stacked(column, shape_of(y)) for column in zip(*rows, strict=True)]
        blocks.append(_by_argnums(inputs.containers(columns), argnums))
    return rebuilt(structure, blocks, inputs.recorded, inputs)


def _units(y: Any) -> Iterator[Any]:
    """Yield the unit adjoint of each element in turn."""
    for i in range(math.prod(shape_of(y))):
        unit = np.zeros(shape_of(y))
        unit.flat[i] = 1
        yield unit if unit.shape else 1.0


def _stacked(column: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """Return the derivatives of all elements of a result by one input as one array."""
    if not shape:
        return column[0]
    if isinstance(column[0], Value):
        return object_array(shape, *column)
    return reshape(np.stack(list(column)), shape + shape_of(column[0]))


def hessian(f: Callable[..., Any] | None = None, argnums: Argnums = 0) -> Callable[..., Any]:
    """Return a function that computes the second derivatives of ``f``: the Jacobian of its gradient.

    For an argument of shape A its shape is A + A.

    Examples:
        >>> import numpy as np
        >>> from autograd import hessian
        >>> hessian(lambda x: x[0] * x[1])(np.array([3.0, 4.0]))
        array([[0., 1.],
               [1., 0.]])
    """
    if not callable(f):
        return decorator(hessian, f, argnums=argnums)
    return Transformed(hessian, _hessian, f, argnums)


def _hessian(f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], options: dict[str, Any]) -> Any:
    return _jacobian(grad(f, argnums), argnums, args, options)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the Hessian times a vector without forming the Hessian, forward over reverse.

    Pearlmutter, "Fast exact multiplication by the Hessian", 1994.

    Args:
        f: a function to one number.
        primals: its arguments, in a tuple or list.
        tangents: the vector, in the same containers.

    Returns:
        the tangent of the gradient: one container per argument, in a tuple if there are several.

    Examples:
        >>> from autograd import hvp
        >>> hvp(lambda x: x**3, (2.0,), (1.0,))
        12.0
    """
    argnums = 0 if len(primals) == 1 else range(len(primals))
    return jvp(grad(f, argnums), primals, tangents)[1]
