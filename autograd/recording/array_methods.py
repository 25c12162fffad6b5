"""The methods and attributes of a Tensor, by the names that NumPy's arrays have."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np

from autograd.functions.calling import called
from autograd.functions.registry import rules
from autograd.recording.hooks import recording, tracer
from autograd.recording.node import Node
from autograd.rules import arrays
from autograd.rules.arrays import Axis

__all__ = ["ArrayMethods", "Matches", "matches"]


# NumPy's functions take Tensors by its protocols, which its types do not say.
_numpy: Any = np


def _method(function: Any) -> Callable[..., Any]:
    """Return NumPy's function as a method."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        return function(self, *args, **options)

    method.__name__, method.__qualname__ = function.__name__, f"Tensor.{function.__name__}"
    method.__doc__ = f"``np.{function.__name__}(t, …)``, with the same arguments."
    return method


def _reduced(function: Any, a: Any, axis: Axis, keepdims: bool, options: dict[str, Any]) -> Any:
    """Call the rule of NumPy's reduction, without NumPy's dispatch, which takes as long as the rule."""
    rule = rules()[function]
    if not options:
        return rule(a, axis, keepdims=keepdims)
    return called(function, rule, (a, axis), {"keepdims": keepdims, **options})


class ArrayMethods(Node):
    """What a Tensor has in common with NumPy's arrays: shape, elements, reductions and rearrangements."""

    __slots__ = ()

    @property
    def _is_mask(self) -> bool:
        return bool(self.dtype == bool)  # a comparison that a tracer recorded

    # ---- shape and memory

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self._data.shape
        return shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(self._data.size)

    @property
    def dtype(self) -> Any:
        return self._data.dtype

    @property
    def nbytes(self) -> int:
        """The bytes of the elements."""
        return int(self._data.nbytes)

    @property
    def itemsize(self) -> int:
        """The bytes of one element."""
        return int(self._data.itemsize)

    @property
    def device(self) -> str:
        """Where the elements are: in the memory of the processor, ``"cpu"``."""
        return "cpu"

    @property
    def T(self) -> Self:  # noqa: N802 - NumPy's name
        """The axes reversed."""
        result: Self = arrays.transpose(self)
        return result

    @property
    def mT(self) -> Self:  # noqa: N802 - NumPy's name
        """The last two axes exchanged.

        Raises:
            ValueError: there are fewer than two axes.
        """
        if self.ndim < 2:
            raise ValueError(f"mT takes a matrix or a stack of them, not the shape {self.shape}")
        result: Self = arrays.swapped(self)
        return result

    @property
    def flat(self) -> Any:
        """All elements in one axis, to index and iterate over."""
        return self.ravel()

    @property
    def real(self) -> Any:
        """All of it, since its numbers are real."""
        return self.constant_unless_recording(self)

    # ---- elements

    def __getitem__(self, index: Any) -> Self:
        if tracer.get() is not None:
            from autograd.recording.traced_index import traced_item  # loads where an index is traced

            if (found := traced_item(self, index, _index)) is not None:
                return found  # type: ignore[no-any-return]
        parts = tuple(map(_index, index)) if isinstance(index, tuple) else _index(index)
        result: Self = arrays.getitem(self, parts)
        return result

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "assigning to a Tensor's elements would change what was recorded: "
            "write np.where(mask, value, t), or np.concatenate of its parts; "
            "for a leaf, t.data[index] = value before it is used"
        )

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a 0-dimensional Tensor has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: object) -> bool:
        return value in self._read("`in`")

    def tolist(self) -> Any:
        """Return the numbers in nested lists, or one number; they have no derivative."""
        return self._read("tolist()").tolist()

    # ---- reductions

    def sum(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
        """The sum along axes; options as for `np.sum`."""
        if options:
            return _numpy.sum(self, axis, keepdims=keepdims, **options)
        return arrays.sum_over(self, arrays.reduced_axes(axis, self.ndim), keepdims)

    def mean(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
        """The mean along axes; options as for `np.mean`."""
        return _reduced(np.mean, self, axis, keepdims, options)

    def var(self, axis: Axis = None, ddof: float = 0, keepdims: bool = False, **options: Any) -> Any:
        """The mean squared distance from the mean; ``ddof=1`` divides by one less than the count."""
        return _reduced(np.var, self, axis, keepdims, options | {"ddof": ddof})

    def std(self, axis: Axis = None, ddof: float = 0, keepdims: bool = False, **options: Any) -> Any:
        """The root of `var`."""
        return _reduced(np.std, self, axis, keepdims, options | {"ddof": ddof})

    def max(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
        """The greatest element; elements that tie share the derivative."""
        return _reduced(np.max, self, axis, keepdims, options)

    def min(self, axis: Axis = None, keepdims: bool = False, **options: Any) -> Any:
        """The least element; elements that tie share the derivative."""
        return _reduced(np.min, self, axis, keepdims, options)

    def clip(self, min: Any = None, max: Any = None, out: Any = None) -> Any:  # noqa: A002 - NumPy's names
        """Limit to an interval; at a bound the derivative is one half, as at every tie."""
        return _numpy.clip(self, min, max, out)

    prod, ptp = _method(np.prod), _method(np.ptp)
    cumsum, cumprod, trace = _method(np.cumsum), _method(np.cumprod), _method(np.trace)
    all, any, argmax, argmin = _method(np.all), _method(np.any), _method(np.argmax), _method(np.argmin)
    argsort, argpartition = _method(np.argsort), _method(np.argpartition)
    nonzero, searchsorted = _method(np.nonzero), _method(np.searchsorted)

    # ---- rearrangements

    def reshape(self, *shape: Any, **options: Any) -> Any:
        """The same elements in another shape, one length of which may be -1."""
        sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        if options:
            return _numpy.reshape(self, tuple(sizes), **options)
        known = tuple(operator.index(size) for size in sizes)
        if -1 in known:
            known = self._data.reshape(known).shape
        return self.constant_unless_recording(arrays.reshape(self, known))

    def constant_unless_recording(self, result: Any) -> Any:
        """Return a result that may be the input itself; a constant under `no_grad`, like other results."""
        return result if recording.get() else result.detach()

    def ravel(self, order: str = "C") -> Any:
        """All elements in one axis."""
        return self.reshape(self.size) if order == "C" else _numpy.ravel(self, order)

    flatten = ravel

    def squeeze(self, axis: Axis = None) -> Any:
        """Remove the axes of length 1, or the given ones."""
        return self.reshape(np.squeeze(self._data, axis).shape)

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes; reverse them if no order is given, or None."""
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list, type(None))) else axes
        if order is None or (not order and axes == ()):
            return self.T
        places = tuple(map(operator.index, order))
        if sorted(i + self.ndim * (i < 0) for i in places) != list(range(self.ndim)):
            raise ValueError(f"{places} is not a permutation of the axes of the shape {self.shape}")
        return arrays.transpose(self, places)

    swapaxes, repeat, take = _method(np.swapaxes), _method(np.repeat), _method(np.take)
    diagonal, dot, round = _method(np.diagonal), _method(np.dot), _method(np.round)
    copy = _method(np.copy)
    conj = conjugate = _method(np.conj)

    def compress(self, condition: Any, axis: Any = None) -> Any:
        """The parts along an axis where the condition holds."""
        return _numpy.compress(condition, self, axis)

    # ---- Python's conversions

    def __index__(self) -> int:
        raise TypeError(
            "a Tensor holds floats: an index, a count or a length is a whole number, as int(t.item()) or "
            "t.data.astype(int)"
        )

    def __int__(self) -> int:
        raise TypeError("int() of a Tensor would drop the derivative: write int(t.item())")

    def __round__(self, digits: Any = None) -> Any:
        raise TypeError(
            "round() of a Tensor would drop the derivative: write round(t.item(), digits), or np.round(t) "
            "for a plain array"
        )

    def __float__(self) -> float:
        raise TypeError(
            "float() of a Tensor would drop the derivative: write t.item() or t.data for the plain number, "
            "np.tanh(t) instead of math.tanh(t), and np.stack([x, y]) to make an array of Tensors"
        )

    # ---- other libraries

    def __dlpack__(self, **options: Any) -> Any:
        """A copy of a constant's numbers for another library; what has a derivative is refused.

        Raises:
            TypeError: it is not a constant, so that the derivative would be dropped.
        """
        if not self.is_constant:
            raise TypeError("sharing a Tensor by DLPack would drop the derivative: write t.detach()")
        return self._read("DLPack").copy().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)  # the memory of the processor

    def __array_namespace__(self, *, api_version: Any = None) -> Any:
        """NumPy, whose functions work on Tensors; its ``asarray`` drops the derivative, and refuses.

        Raises:
            ValueError: NumPy does not have this version of the array API standard.
        """
        return np.empty(0).__array_namespace__(api_version=api_version)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(_missing(name), name=name, obj=self)


class Matches(np.ndarray[Any, Any]):
    """Where two Tensors are equal."""

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(
                "two Tensors are equal element by element, not as a whole: write np.array_equal(a, b), or to "
                "find a Tensor in a list, any(t is x for x in tensors)"
            )
        return super().__bool__()


def matches(a: Any, b: Any) -> Any:
    """Compare the arrays of two Tensors."""
    try:
        return (a == b).view(Matches)
    except ValueError:
        raise ValueError(
            f"Tensors of the shapes {a.shape} and {b.shape} are not compared element by element: to find a "
            "Tensor in a list, write any(t is x for x in tensors)"
        ) from None


_READ_ONLY = "would change what was recorded"
_INSTEAD = {
    "fill": f"it {_READ_ONLY}: write np.full(t.shape, value)",
    "put": f"it {_READ_ONLY}: write np.where(mask, values, t)",
    "itemset": f"it {_READ_ONLY}: write np.where(mask, value, t)",
    "sort": f"it {_READ_ONLY}: write np.sort(t)",
    "partition": f"it {_READ_ONLY}: write np.partition(t, k)",
    "resize": f"it {_READ_ONLY}: write t.reshape(shape)",
    "setfield": f"it {_READ_ONLY}",
    "byteswap": "its numbers are in the order of the machine",
    "view": "to share memory would hide writing from the graph: write t.reshape(shape), or t.astype(dtype)",
    "strides": "how the elements lie in memory is not part of it: write t.data.strides",
    "flags": "how the elements lie in memory is not part of it: write t.data.flags",
    "base": "how the elements lie in memory is not part of it: write t.data.base",
    "imag": "its numbers are real: write np.zeros_like(t)",
    "choose": "its numbers are floats: write np.choose(i, choices) for an array i of whole numbers",
    "numpy": "write t.data for the plain array",
    "requires_grad": "every Tensor takes part in derivatives; write t.detach() for a constant",
    "zero_grad": "write t.grad = None",
}


def _missing(name: str) -> str:
    if name in _INSTEAD:
        return f"a Tensor has no {name!r}: {_INSTEAD[name]}"
    if not name.startswith("_"):
        if callable(getattr(np, name, None)):
            return f"a Tensor has no {name!r}: write np.{name}(t)"
        if hasattr(np.ndarray, name):
            return f"a Tensor has no {name!r}: t.data.{name} is the plain array's"
    return f"a Tensor has no attribute {name!r}"


def _index(part: Any) -> Any:
    """Copy an index, which the user could write to later."""
    if isinstance(part, ArrayMethods):
        raise TypeError("an index is of whole numbers or truth values, not a Tensor: use t.data.astype(int)")
    if isinstance(part, list) and not part:
        return np.array(part, dtype=int)
    return np.array(part) if isinstance(part, (np.ndarray, list)) else part
