"""`Tensor`: an array that remembers how it was computed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from autograd.errors import MutatedError
from autograd.recording import numpy_functions
from autograd.recording.contributions import contributions
from autograd.recording.hooks import recording, tracer
from autograd.recording.node import NODE_SLOTS, Node, next_serial
from autograd.recording.value import Value, constant_value
from autograd.rules import arrays, linear_algebra
from autograd.rules import scalars as p
from autograd.rules.arrays import Axis, LinearMap
from autograd.rules.packing import packed_of
from autograd.rules.primitive import Primitive

__all__ = ["Tensor", "constant"]

_new = object.__new__
_TRUTH = np.dtype(bool)  # the type of comparisons recorded by a tracer
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


class Tensor(Node):
    """An array of floats that records the operations done with it.

    NumPy's operators, functions and rules (broadcasting, axes, indices) apply: ``np.tanh(a @ x)``.
    Plain numbers and arrays enter an operation as constants, which have no derivative. They are copied
    each time; make data that is used often a constant once, by ``Tensor(data).detach()``. Infinities
    and NaN follow NumPy, in derivatives too.

    Args:
        data: numbers, or an array or nested sequence of them. It is copied; whole numbers and
            Python's floats become float64.
        name: what pictures and messages call it.
        dtype: float32 or float64, if different from the data's.

    Raises:
        TypeError: the data is not real numbers in single or double precision.

    Example:
        >>> x = Tensor([1.0, 2.0], name="x")
        >>> (x * x).sum().backward()
        >>> x.grad
        array([2., 4.])
    """

    # The checksum, at its last use, of a leaf whose array the user got and can write to; and the
    # function that computes the local derivatives of a fused operation.
    __slots__ = (*NODE_SLOTS, "_checksum", "_residuals")

    _checksum: int | None
    _residuals: Callable[[], Any] | None

    def __init__(self, data: Any, name: str | None = None, dtype: Any = None) -> None:
        self._become_leaf(_floats(data, dtype), name)
        self._checksum = None

    @property
    def data(self) -> Any:
        """The array. A leaf's can be replaced or written to, which makes results computed from it out
        of date. A result's is read-only.

        Raises:
            GraphError: on replacing the data of a result.
            ValueError: on replacing it by an array of another shape.
        """
        if self.primitive is None:
            data = self._read("data")
            if self._checksum is None:
                self._checksum = _checksum(data)
            return data
        view = self._read("data").view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, data: Any) -> None:
        self._refuse_new_data()
        if data is self._data:  # written to in place, as by t.data -= 1
            self._checksum = _checksum(data)
            self._serial = next_serial()
        else:
            self._replace(_floats(data, self._data.dtype))

    def update(self, rule: Callable[[Any], Any]) -> None:
        self._refuse_new_data()
        self._replace(np.asarray(rule(self._data), self._data.dtype))

    def _replace(self, array: Any) -> None:
        if array.shape != self._data.shape:
            raise ValueError(
                f"{self._label()} has the shape {self.shape}, and its new data {array.shape}: "
                "make a new Tensor for another shape"
            )
        self._data = array
        self._checksum = None
        self._serial = next_serial()

    @property
    def grad(self) -> Any:
        """The derivative of the result that `backward` was called on, an array; None until computed."""
        return self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad

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
    def T(self) -> Tensor:  # noqa: N802 - NumPy's name
        """The axes reversed."""
        result: Tensor = arrays.transpose(self)
        return result

    def item(self) -> float:
        """Return the only element as a plain float.

        Raises:
            ValueError: there is more than one element.
        """
        if self.size != 1:
            raise ValueError(f"item() takes a tensor of one element, not of shape {self.shape}")
        return float(self._read("item()").reshape(()))

    def detach(self) -> Tensor:
        """Return a constant with the same numbers: nothing is differentiated through it."""
        if (active := tracer.get()) is not None and not self.is_constant:
            return active.detach(self)  # type: ignore[no-any-return]
        data = self._data.copy() if self.primitive is None else self._data  # the user can write to a leaf
        return constant(data)

    # ---- recording

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        data_of_inputs = []
        moving = False
        for v in inputs:
            if not isinstance(v, Tensor):
                return cls._apply(primitive, _as_tensors(inputs))
            if v._checksum is not None:
                v._notice_writing()
            if v.primitive is not p.constant:
                moving = True
            data_of_inputs.append(v._data)
        try:
            data, residuals = primitive.evaluate(*data_of_inputs)
        except (ValueError, IndexError, TypeError) as error:
            shapes = " and ".join(str(v.shape) for v in inputs)
            raise type(error)(f"{primitive.name} of shape {shapes} is undefined: {error}") from None
        if moving and recording.get():
            return _record(data, primitive, inputs, residuals)
        # A result of constants alone is a constant; so is every result while nothing is recorded.
        if any(v.primitive is None and np.may_share_memory(data, v._data) for v in inputs):
            data = data.copy()  # the user can write to a leaf
        return constant(data)

    def _notice_writing(self) -> None:
        """Give a leaf a new serial number if its array was written to since its last use."""
        checksum = _checksum(self._data)
        if checksum != self._checksum:
            self._checksum = checksum
            self._serial = next_serial()

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return self._apply(primitive, (other, self) if reflected else (self, other))

    def __matmul__(self, other: Any) -> Any:
        return (
            linear_algebra.matmul(self, arrays.operand(other))
            if isinstance(other, _OPERANDS)
            else NotImplemented
        )

    def __rmatmul__(self, other: Any) -> Any:
        return (
            linear_algebra.matmul(arrays.operand(other), self)
            if isinstance(other, _OPERANDS)
            else NotImplemented
        )

    def __getitem__(self, index: Any) -> Tensor:
        parts = tuple(map(_index, index)) if isinstance(index, tuple) else _index(index)
        result: Tensor = arrays.getitem(self, parts)
        return result

    def __setitem__(self, index: Any, value: Any) -> None:
        raise TypeError(
            "assigning to a Tensor's elements would change what was recorded: "
            "write np.where(mask, value, t), or np.concatenate of its parts; "
            "for a leaf, t.data[index] = value before it is used"
        )

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a Tensor of no dimensions has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: object) -> bool:
        return value in self._read("`in`")

    # ---- reductions and shapes, named as NumPy's methods

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        result: Tensor = arrays.sum_over(self, _axes(axis, self.ndim), keepdims)
        return result

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        total = self.sum(axis, keepdims)
        return total * (total.size / self.size) if self.size else total / 0.0

    def var(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """The mean squared distance from the mean; ``ddof=1`` divides by one less than the count."""
        squares = (self - self.mean(axis, keepdims=True)).square().sum(axis, keepdims)
        return squares / (self.size / squares.size - ddof)

    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The greatest element; elements that tie share the derivative."""
        result: Tensor = arrays.max_over(self, _axes(axis, self.ndim), keepdims)
        return result

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The least element; elements that tie share the derivative."""
        result: Tensor = arrays.min_over(self, _axes(axis, self.ndim), keepdims)
        return result

    def reshape(self, *shape: Any) -> Tensor:
        sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape
        known = tuple(operator.index(size) for size in sizes)
        if -1 in known:
            known = self._data.reshape(known).shape
        return self.constant_unless_recording(arrays.reshape(self, known))

    def constant_unless_recording(self, result: Tensor) -> Tensor:
        """Return a result that may be the input itself; a constant under `no_grad`, like other results."""
        return result if recording.get() else result.detach()

    def ravel(self) -> Tensor:
        return self.reshape(self.size)

    flatten = ravel

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Remove the axes of length 1, or the given ones."""
        return self.reshape(np.squeeze(self._data, axis).shape)

    def transpose(self, *axes: Any) -> Tensor:
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        if order and sorted(i + self.ndim * (i < 0) for i in order) != list(range(self.ndim)):
            raise ValueError(f"{tuple(order)} is not a permutation of the axes of the shape {self.shape}")
        result: Tensor = arrays.transpose(self, tuple(order) if order else None)
        return result

    def astype(self, dtype: Any) -> Tensor:
        """Convert to another precision, float32 or float64."""
        return self.constant_unless_recording(arrays.astype(self, _precision(dtype)))

    # ---- differentiating

    def _seed(self, adjoint: Any) -> Any:
        if adjoint is None:
            if self.size != 1:
                raise ValueError(
                    f"backward starts at one number, and this has the shape {self.shape}: "
                    "sum() or mean() it first, or give the adjoint, backward(adjoint)"
                )
            return np.ones(self.shape, self.dtype)
        adjoint = _floats(adjoint._data if isinstance(adjoint, Tensor) else adjoint, self.dtype)
        if adjoint.shape != self.shape:
            raise ValueError(f"the adjoint has the shape {adjoint.shape}, and the result {self.shape}")
        return adjoint

    @staticmethod
    def _sweep(nodes: Iterable[Any]) -> None:
        for v in nodes:
            if v._a is None:
                v.check_untouched()
                continue
            for source, contribution in contributions(v, v._grad, _is_variable):
                known = source._grad
                source._grad = contribution if known is None else source._total(known, contribution)

    def _is_array(self) -> bool:
        return True

    @staticmethod
    def _select(condition: Any, yes: Any, no: Any) -> Any:
        if tracer.get() is not None:
            return Node._select(condition, yes, no)
        return np.where(condition._data, yes, no)

    @staticmethod
    def _total(a: Any, b: Any) -> Any:
        return np.asarray(a + b)

    def check_untouched(self) -> None:
        if self._checksum is not None and _checksum(self._data) != self._checksum:
            raise MutatedError(
                f"the data of {self._label()} was written to after it was used, so the recorded "
                "result is out of date: compute it again, then differentiate"
            )

    def _become_constant(self) -> None:
        super()._become_constant()
        self._residuals = None

    def _like(self, number: int) -> Tensor:
        return constant(np.full_like(self._data, number))

    # ---- what a `Linearization` asks of arrays

    def _constant(self, array: Any) -> Tensor:
        return constant(array)

    def _units(self) -> Iterator[Any]:
        """Yield the unit array of every element."""
        for i in range(self.size):
            unit = np.zeros(self.shape, self.dtype)
            unit.flat[i] = 1
            yield unit

    def _joined(self, slopes: Sequence[Any]) -> Any:
        """Join the slopes along the units to one derivative."""
        column = arrays.concatenate([arrays.reshape(slope, (1,)) for slope in slopes], 0)
        return arrays.astype(arrays.reshape(column, self.shape), self.dtype)

    def _as_map(self, derivative: Any, source: Any, output: Any) -> LinearMap:
        return arrays.local_map(derivative, source, output)

    def _brief(self) -> str:
        return str(self._data) if self._data.size == 1 else f"an array of shape {self.shape}"

    # ---- NumPy's protocols and Python's

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        if (active := tracer.get()) is not None:
            return active.compare(comparison, self, other)
        return comparison(self._data, other._data if isinstance(other, Tensor) else other)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(f"a Tensor of shape {self.shape} is not true or false: use np.all or np.any")
        return super().__bool__()

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise TypeError(
            "converting a Tensor to an array would drop the derivative: use a NumPy function that has a "
            "rule, or t.data for the plain array"
        )

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return numpy_functions.call_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Any, types: Any, args: Sequence[Any], options: dict[str, Any]
    ) -> Any:
        return numpy_functions.call_function(function, args, options)

    def __repr__(self) -> str:
        numbers = np.array2string(self._data, separator=", ", prefix="Tensor(", threshold=50)
        parts = [numbers]
        if self.dtype != np.float64:
            parts.append(f"dtype={self.dtype}")
        if self.op:
            parts.append(f"op={self.op!r}")
        if self.name is not None:
            parts.append(f"name={self.name!r:.60}")
        return f"Tensor({', '.join(parts)})"


_OPERANDS = (Tensor, Value, float, int, np.ndarray, np.generic, list, tuple)


def _record(
    data: Any,
    primitive: Primitive,
    inputs: Sequence[Tensor] = (),
    residuals: Callable[[], Any] | None = None,
) -> Tensor:
    tensor = _new(Tensor)
    tensor._data = data if data.__class__ is np.ndarray else np.asarray(data)
    tensor.primitive = primitive
    tensor._a = inputs[0] if inputs else None
    tensor._b = None if len(inputs) < 2 else inputs[1] if len(inputs) == 2 else tuple(inputs[1:])
    tensor._residuals = residuals
    tensor._grad = tensor.name = tensor._checksum = None
    tensor._serial = next_serial()
    note = recording.get()
    if note is not True and callable(note):
        note(tensor)
    return tensor


def constant(array: Any) -> Tensor:
    """Make a constant of an array, without copying it."""
    return _record(array, p.constant)


def _as_tensors(inputs: Sequence[Any]) -> Sequence[Tensor]:
    """Return inputs as tensors: plain numbers and arrays become constants."""
    dtypes = (x._data.dtype for x in inputs if isinstance(x, Tensor))
    dtype = next((dtype for dtype in dtypes if dtype is not _TRUTH), np.float64)
    return [x if isinstance(x, Tensor) else _as_constant(x, dtype) for x in inputs]


def _as_constant(data: Any, dtype: Any) -> Tensor:
    """Make a constant of a plain number or array, for an operation with a tensor of this precision."""
    if data.__class__ is float:
        return constant(np.array(data, dtype))
    if isinstance(data, Value):
        return _packed([data], (), dtype)
    data = np.array(data)
    if data.dtype == object and any(isinstance(x, Value) for x in data.flat):
        return _packed(data.flat, data.shape, dtype)
    return constant(data if data.dtype in _FLOATS else _floats(data, dtype))


def _packed(numbers: Iterable[Any], shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Pack Values and plain numbers into a tensor that depends on the Values."""
    return _record_packing(packed_of(shape, dtype, _record_packing), list(numbers))


def _record_packing(primitive: Primitive, inputs: Sequence[Any]) -> Tensor:
    nodes: list[Any] = [x if isinstance(x, Value) else constant_value(x) for x in inputs]
    data = primitive.forward(*[v._data for v in nodes])
    if recording.get() and any(map(_is_variable, nodes)):
        return _record(data, primitive, nodes)
    return constant(data)


def _floats(data: Any, dtype: Any = None) -> Any:
    """Copy numbers to an array of floats.

    Raises:
        TypeError: the data or the dtype is not real numbers in single or double precision.
    """
    if isinstance(data, Tensor):
        raise TypeError("a Tensor is made from plain numbers: write t.detach() for a constant copy of t")
    try:
        array = np.array(data)
    except ValueError as error:
        raise ValueError(f"the rows of a Tensor have one length: {error}") from None
    if array.dtype not in _FLOATS:
        if array.dtype.kind not in "biu":
            hint = (
                "NumPy's functions work on an array of Values without a Tensor"
                if array.dtype == object
                else "give float32 or float64 numbers"
            )
            raise TypeError(f"a Tensor holds single or double precision floats, not {array.dtype}: {hint}")
        dtype = np.float64 if dtype is None else dtype
    return array if dtype is None else array.astype(_precision(dtype), copy=False)


def _precision(dtype: Any) -> Any:
    precision = np.dtype(dtype)
    if precision not in _FLOATS:
        raise TypeError(f"a Tensor holds float32 or float64, not {precision}")
    return precision


def _checksum(array: Any) -> int:
    return crc32(np.ascontiguousarray(array).data)


def _axes(axis: Any, dimensions: int) -> Axis:
    return None if axis is None else arrays.axes_of(axis, dimensions)


def _index(part: Any) -> Any:
    """Copy an index, which the user could write to later."""
    if isinstance(part, Tensor):
        raise TypeError("an index is of whole numbers or truth values, not a Tensor: use t.data.astype(int)")
    if isinstance(part, list) and not part:
        return np.array(part, dtype=int)
    return np.array(part) if isinstance(part, (np.ndarray, list)) else part


def _is_variable(v: Node) -> bool:
    return v.primitive is not p.constant
