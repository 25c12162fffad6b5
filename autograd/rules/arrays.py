"""Primitives of whole arrays: they move elements, add them up or compare them.

The local derivative of such an operation is a linear map, not one factor per element. Its row
returns a `LinearMap`: what the map does to a tangent, and what its transpose does to an adjoint. Both
are written with these same operations, so that they run on arrays, record on `Tensor` and count on
`Counted`, as every rule does. Most rows come in pairs that are each other's transpose: sum and
broadcast, index and scatter, a reshape and the reshape back.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from autograd.rules import scalars as p
from autograd.rules.primitive import TABLE, Primitive, apply, family, indicator, records
from autograd.rules.selection import Mask, Traced, quiet_product, without

__all__ = ["ArrayPrimitive", "Fold", "LinearMap", "local_map", "operand", "owned", "shape_of", "unmoved"]

Shape = tuple[int, ...]
Axis = int | tuple[int, ...] | None
Map = Callable[[Any], Any]


class LinearMap:
    """A local derivative between arrays, as a linear map and its transpose.

    ``derivative * tangent`` pushes a tangent from the input to the output, ``adjoint * derivative``
    pulls an adjoint back from the output to the input: methods multiply by it like by a number.
    """

    __slots__ = ("pull", "push")
    __array_ufunc__ = None  # arrays leave the multiplication to this class

    def __init__(self, push: Map, pull: Map) -> None:
        self.push = push
        self.pull = pull

    def __mul__(self, tangent: Any) -> Any:
        return self.push(tangent)

    def __rmul__(self, adjoint: Any) -> Any:
        return self.pull(adjoint)


def unmoved(out: Any, *places: Any) -> tuple[LinearMap, ...]:
    """Return the zero derivatives of an output by whole numbers, such as the places of elements."""

    def zeros(like: Any) -> Map:
        return lambda _: np.zeros(shape_of(like), like.dtype)

    return tuple(LinearMap(zeros(out), zeros(a)) for a in places)


class Fold(NamedTuple):
    """A reduction as loops perform it.

    Attributes:
        row: the row of the table that combines two elements.
        axis: the axes of the factors that are reduced.
        factors: lays the inputs out along common axes; they are multiplied before the reduction.
    """

    row: Primitive
    axis: Axis
    factors: Callable[..., tuple[Any, ...]] = lambda *inputs: inputs


class ArrayPrimitive(Primitive):
    """A primitive of whole arrays.

    ``work(output, *inputs)`` counts its operations: none for moving elements. On arrays of other
    numbers, such as Values, it is NumPy's own function. Its code is NumPy's; with ``{out}`` in it, it
    can write into an existing array.

    Attributes:
        fold: the reduction that it performs, or None.
    """

    __slots__ = ("_work", "fold")

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        partials: Callable[..., Any],
        *,
        symbol: str | None = None,
        work: Callable[..., int] = lambda output, *inputs: 0,
        kind: str = "additions",
        code: str | None = None,
        fold: Fold | None = None,
    ) -> None:
        super().__init__(name, symbol or name, forward, partials, kind)
        self.fold = fold
        self._work = work
        self.elementwise = False
        self.code = {} if code is None else {"numpy": code}

    def work(self, output: Any, *inputs: Any) -> int:
        return self._work(output, *inputs)


def owned(a: Any) -> Any:
    """Return an array not shared with the graph: the same one if it owns writable memory, else a copy."""
    return a if isinstance(a, np.ndarray) and a.base is None and a.flags.writeable else np.array(a)


def shape_of(x: Any) -> Shape:
    """Return the shape of any number; a scalar's is empty."""
    shape: Shape = getattr(x, "shape", ())
    return shape


def operand(x: Any) -> Any:
    """Return something with a shape: a tensor unchanged, anything else as an array."""
    return x if records(x) and hasattr(x, "shape") else np.asarray(x)


def merged(output: Any, a: Any) -> int:
    """Count the additions that reduce an array to the size of the output."""
    return max(int(np.size(a)) - int(np.size(output)), 0)


def local_map(derivative: Any, source: Any, output: Any) -> LinearMap:
    """Return a local derivative as a linear map; one factor per element makes a diagonal map.

    Args:
        derivative: as a row of the table returns it.
        source: the input, for its shape and precision.
        output: the output, likewise.
    """
    shape, target = shape_of(source), shape_of(output)
    if not isinstance(derivative, LinearMap):
        factor = derivative
        derivative = LinearMap(
            push=lambda tangent: broadcast_to(moved(factor, tangent), target),
            pull=lambda adjoint: sum_to(adjoint * factor, shape),
        )
    push, pull = derivative.push, derivative.pull
    return LinearMap(
        push=lambda tangent: astype(push(tangent), output.dtype),
        pull=(lambda adjoint: astype(pull(adjoint), source.dtype)) if hasattr(source, "dtype") else pull,
    )


def _move(factor: Any, tangent: Any) -> Any:
    if isinstance(factor, np.ndarray) and isinstance(tangent, np.ndarray):
        return without(tangent == 0, quiet_product(factor, tangent))
    return p.where(tangent == 0, 0.0, factor * tangent)


_move_row = Primitive("mul", "*", _move, p.mul.partials)


def moved(factor: Any, tangent: Any) -> Any:
    """Push a tangent along an elementwise derivative: what does not move stays still, even if infinite."""
    return factor * tangent if isinstance(factor, (int, Mask, Traced)) else apply(_move_row, factor, tangent)


# ---- elements moved -------------------------------------------------------------------------------


@family
def broadcast_of(shape: Shape) -> Primitive:
    return ArrayPrimitive(
        "broadcast",
        lambda a: _repeated(a, shape),
        lambda out, a: (
            LinearMap(push=lambda t: broadcast_to(t, shape), pull=lambda g: sum_to(g, shape_of(a))),
        ),
    )


def _repeated(a: Any, shape: Shape) -> Any:
    """Do as NumPy's ``broadcast_to``, several times faster where one number is repeated."""
    if isinstance(a, np.ndarray) and a.size == 1 and a.ndim <= len(shape) and a.dtype.kind == "f":
        view: Any = np.ndarray(shape, a.dtype, a, strides=(0,) * len(shape))
        view.flags.writeable = False
        return view
    return np.broadcast_to(a, shape)


def broadcast_to(a: Any, shape: Shape) -> Any:
    return a if shape_of(a) == shape else apply(broadcast_of(shape), a)


@family
def reshape_of(shape: Shape) -> Primitive:
    return ArrayPrimitive(
        "reshape",
        lambda a: np.asarray(a).reshape(shape),
        lambda out, a: (
            LinearMap(push=lambda t: reshape(t, shape_of(out)), pull=lambda g: reshape(g, shape_of(a))),
        ),
        code=f"{{0}}.reshape({_tuple(shape)})",
    )


def reshape(a: Any, shape: Shape) -> Any:
    return a if shape_of(a) == shape else apply(reshape_of(shape), a)


@family
def transpose_of(axes: Shape) -> Primitive:
    inverse = tuple(sorted(range(len(axes)), key=axes.__getitem__))
    return ArrayPrimitive(
        "transpose",
        lambda a: a.transpose(axes),
        lambda out, a: (
            LinearMap(
                push=lambda t: apply(transpose_of(axes), t), pull=lambda g: apply(transpose_of(inverse), g)
            ),
        ),
        symbol="ᵀ",
        code="{0}.T" if inverse == tuple(range(len(axes)))[::-1] else f"{{0}}.transpose({_tuple(axes)})",
    )


def transpose(a: Any, axes: Shape | None = None) -> Any:
    """Permute the axes; reverse them if no order is given."""
    dimensions = len(a.shape)
    order = tuple(range(dimensions))[::-1] if axes is None else tuple(i % dimensions for i in axes)
    return apply(transpose_of(order), a)


def swapped(a: Any) -> Any:
    """Transpose the matrices of the last two axes."""
    return apply(swap_of(len(a.shape)), a)


@family
def swap_of(dimensions: int) -> Primitive:
    *batch, rows, columns = range(dimensions)
    return transpose_of((*batch, columns, rows))


@family
def astype_of(dtype: Any) -> Primitive:
    return ArrayPrimitive(
        f"astype {dtype}",
        lambda a: np.asarray(a).astype(dtype),
        lambda out, a: (LinearMap(push=lambda t: astype(t, dtype), pull=lambda g: astype(g, a.dtype)),),
        code=f"{{0}}.astype({np.dtype(dtype).name})",
    )


def astype(a: Any, dtype: Any) -> Any:
    return a if a.dtype == dtype else apply(astype_of(np.dtype(dtype)), a)


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, (int, np.integer, slice)) for part in parts
    )


@partial(family, maxsize=0)  # the arguments can be arrays, which have no hash
def getitem_of(index: Any) -> Primitive:
    """``a[index]`` with NumPy's indices; an element taken twice receives both adjoints."""
    return ArrayPrimitive(
        "index",
        lambda a: a[index],
        lambda out, a: (
            LinearMap(push=lambda t: getitem(t, index), pull=lambda g: scatter(g, index, shape_of(a))),
        ),
        symbol="[ ]",
    )


def getitem(a: Any, index: Any) -> Any:
    return apply(getitem_of(index), a)


@partial(family, maxsize=0)  # the arguments can be arrays, which have no hash
def scatter_of(index: Any, shape: Shape) -> Primitive:
    """Add elements at an index of zeros of a shape: the transpose of indexing."""

    def forward(a: Any) -> Any:
        zeros = np.zeros(shape, np.asarray(a).dtype)
        if _is_basic(index):
            zeros[index] = a
        else:
            np.add.at(zeros, index, a)
        return zeros

    return ArrayPrimitive(
        "scatter",
        forward,
        lambda out, a: (
            LinearMap(push=lambda t: scatter(t, index, shape), pull=lambda g: getitem(g, index)),
        ),
    )


def scatter(a: Any, index: Any, shape: Shape) -> Any:
    return apply(scatter_of(index, shape), a)


@family
def concatenate_of(axis: int) -> Primitive:
    def partials(out: Any, *arrays: Any) -> list[LinearMap]:
        maps = []
        end = 0
        for a in arrays:
            start, end = end, end + shape_of(a)[axis]
            maps.append(_part((slice(None),) * axis + (slice(start, end),), shape_of(out)))
        return maps

    return ArrayPrimitive("concatenate", lambda *arrays: np.concatenate(arrays, axis), partials)


def _part(index: Any, shape: Shape) -> LinearMap:
    return LinearMap(push=lambda t: scatter(t, index, shape), pull=lambda g: getitem(g, index))


def concatenate(arrays: Sequence[Any], axis: int) -> Any:
    (place,) = axes_of(axis, len(shape_of(arrays[0])))
    return apply(concatenate_of(place), *arrays)


# ---- elements added up and compared ---------------------------------------------------------------


def axes_of(axis: Axis, dimensions: int) -> Shape:
    """Return the axes counted from the front."""
    if axis is None:
        return tuple(range(dimensions))
    axes = tuple(map(operator.index, axis)) if isinstance(axis, (tuple, list)) else (operator.index(axis),)
    for i in axes:
        if not -dimensions <= i < dimensions:
            raise ValueError(f"there is no axis {i} in an array of {dimensions} dimensions")
    axes = tuple(i % dimensions for i in axes)
    if len(set(axes)) < len(axes):
        raise ValueError(f"an axis is named twice in {axis}")
    return axes


def reduced_axes(axis: Axis, dimensions: int) -> Axis:
    """Return the axes of a reduction; NumPy takes the axes 0 and -1 of a 0-dimensional array too."""
    whole = axis is None or (dimensions == 0 and axis in (0, -1))
    return None if whole else axes_of(axis, dimensions)


@lru_cache(maxsize=1024)
def kept(shape: Shape, axis: Axis) -> Shape:
    """Return the shape after a reduction that keeps the reduced axes with length 1."""
    axes = axes_of(axis, len(shape))
    return tuple(1 if i in axes else size for i, size in enumerate(shape))


def spread(a: Any, shape: Shape, axis: Axis) -> Any:
    """Broadcast a reduced array along the axes it was reduced over."""
    return broadcast_to(reshape(a, kept(shape, axis)), shape)


def columnwise(a: Any) -> Any:
    """Lay the numbers out column by column where there are many short rows.

    NumPy goes along the rows, which takes several times as long there as going down the columns.
    """
    if isinstance(a, np.ndarray) and has_short_rows(a.shape) and a.dtype.kind == "f":
        return np.asfortranarray(a)
    return a


def has_short_rows(shape: Shape) -> bool:
    """Return whether a matrix has many short rows."""
    return len(shape) == 2 and shape[0] > 32 and shape[1] <= 16


def _reduced(ufunc: Any, a: Any, axis: Axis, keepdims: bool) -> Any:
    return ufunc.reduce(a if axis is None else columnwise(a), axis=axis, keepdims=keepdims)


@family
def sum_of(axis: Axis, keepdims: bool) -> Primitive:
    return ArrayPrimitive(
        "sum",
        lambda a: _reduced(np.add, a, axis, keepdims),
        lambda out, a: (
            LinearMap(
                push=lambda t: sum_over(t, axis, keepdims), pull=lambda g: spread(g, shape_of(a), axis)
            ),
        ),
        symbol="Σ",
        work=merged,
        code=_reduction("add", axis, keepdims),
        fold=Fold(p.add, axis),
    )


def _reduction(ufunc: str, axis: Axis, keepdims: bool) -> str:
    """Return the code of a reduction, built from integers and truth values only."""
    axes = axis if axis is None else _tuple(axis if isinstance(axis, tuple) else (axis,))
    return f"{ufunc}.reduce({{0}}, axis={axes}, keepdims={bool(keepdims)}{{out}})"


def _tuple(numbers: Shape) -> str:
    return repr(tuple(map(int, numbers)))


def sum_over(a: Any, axis: Axis, keepdims: bool = False) -> Any:
    return apply(sum_of(axis, bool(keepdims)), a)


def sum_to(a: Any, shape: Shape) -> Any:
    """Sum over what broadcasting from this shape copied: its transpose."""
    here = shape_of(a)
    if here == shape:
        return a
    return reshape(sum_over(a, _stretched(shape, here)), shape)


@lru_cache(maxsize=1024)
def _stretched(shape: Shape, here: Shape) -> Shape:
    """Return the axes along which broadcasting from one shape to the other copies."""
    added = len(here) - len(shape)
    return (*range(added), *(i for i in range(added, len(here)) if here[i] != shape[i - added]))


@family
def extremum_of(name: str, axis: Axis, keepdims: bool) -> Primitive:
    """The greatest or least element along axes; elements that tie share the derivative."""
    ufunc = {"max": np.maximum, "min": np.minimum}[name]

    def partials(out: Any, a: Any) -> tuple[LinearMap]:
        found = indicator(a == spread(out, shape_of(a), axis), a) + indicator(a != a, a)
        share = p.masked(found == 0, 1 / np.sum(found, axis=axis, keepdims=True))
        return (
            LinearMap(
                push=lambda t: sum_over(share * t, axis, keepdims),
                pull=lambda g: spread(g, shape_of(a), axis) * share,
            ),
        )

    forward = lambda a: _reduced(ufunc, a, axis, keepdims)  # noqa: E731
    code, fold = _reduction(f"{name}imum", axis, keepdims), Fold(TABLE[f"{name}imum"], axis)
    return ArrayPrimitive(name, forward, partials, work=merged, kind="multiplications", code=code, fold=fold)


def max_over(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return apply(extremum_of("max", axis, bool(keepdims)), a)


def min_over(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return apply(extremum_of("min", axis, bool(keepdims)), a)
