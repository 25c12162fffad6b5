"""`Tensor`: an array that remembers how it was computed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from zlib import crc32

import numpy as np

from autograd.errors import MutatedError
from autograd.recording import numpy_functions
from autograd.recording.array_methods import ArrayMethods, matches
from autograd.recording.contributions import contributions
from autograd.recording.conversions import FLOATS, floats, native, precision, refuse_masked
from autograd.recording.hooks import recording, tracer
from autograd.recording.node import NODE_SLOTS, Node, next_serial
from autograd.recording.value import Value, constant_value
from autograd.rules import arrays, linear_algebra
from autograd.rules import scalars as p
from autograd.rules.arrays import LinearMap
from autograd.rules.packing import packed_of
from autograd.rules.primitive import Primitive
from autograd.rules.selection import Mask, Zero

__all__ = ["Tensor", "constant"]

_new = object.__new__
_TRUTH = np.dtype(bool)  # the type of comparisons recorded by a tracer


class Tensor(ArrayMethods):
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

    Examples:
        >>> x = Tensor([1.0, 2.0], name="x")
        >>> (x * x).sum().backward()
        >>> x.grad
        array([2., 4.])
    """

    # The checksum, at its last use, of a leaf whose array the user got and can write to; and the
    # function that computes the local derivatives of a fused operation.
    __slots__ = (*NODE_SLOTS, "_checksum", "_residuals")

    __pandas_priority__ = 10_000  # so that pandas leaves operators to this class

    _checksum: int | None
    _residuals: Callable[[], Any] | None

    def __init__(self, data: Any, name: str | None = None, dtype: Any = None) -> None:
        self._become_leaf(floats(data, dtype), name)
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
            self._replace(floats(data, self._data.dtype))

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
        if grad is None or (grad.__class__ in (int, float) and grad == 0 and self.shape):
            self._grad = None  # 0 resets it, as on Value
            return
        array = (
            grad
            if isinstance(grad, np.ndarray)
            else floats(grad._data if isinstance(grad, Tensor) else grad, self.dtype)
        )
        if array.shape != self.shape:
            raise ValueError(
                f"{self._label()} cannot have a gradient of shape {array.shape}: its shape is {self.shape}"
            )
        self._grad = array

    def item(self, *index: int) -> float:
        """Return the only element, or the one at an index, as a plain float.

        Raises:
            ValueError: there is more than one element, and no index.
        """
        if index:
            return float(self._read("item()").item(*index))
        if self.size != 1:
            raise ValueError(
                f"item(), and a format such as :.3f, takes a tensor of one element, not of shape {self.shape}"
            )
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
        if not _is_operand(other):
            return NotImplemented
        return self._apply(primitive, (other, self) if reflected else (self, other))

    def __matmul__(self, other: Any) -> Any:
        return linear_algebra.matmul(self, arrays.operand(other)) if _is_operand(other) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return linear_algebra.matmul(arrays.operand(other), self) if _is_operand(other) else NotImplemented

    def astype(self, dtype: Any, **options: Any) -> Tensor:
        """Convert to another precision, float32 or float64; NumPy's options make no difference."""
        np.empty(0).astype(float, **options)  # raises NumPy's error about an option that there is not
        result: Tensor = self.constant_unless_recording(arrays.astype(self, precision(dtype)))
        return result

    # ---- differentiating

    def _seed(self, adjoint: Any) -> Any:
        if adjoint is None:
            if self.size != 1:
                raise ValueError(
                    f"backward starts at one number, and this has the shape {self.shape}: "
                    "sum() or mean() it first, or give the adjoint, backward(adjoint)"
                )
            return np.ones(self.shape, self.dtype)
        adjoint = floats(adjoint._data if isinstance(adjoint, Tensor) else adjoint, self.dtype)
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
        if comparison is operator.eq and isinstance(other, Tensor) and max(self.ndim, other.ndim):
            return matches(self._data, other._data)
        return comparison(self._data, other._data if isinstance(other, Tensor) else other)

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ValueError(f"a Tensor of shape {self.shape} is not true or false: use np.all or np.any")
        return super().__bool__()

    def __array__(self, *args: Any, **options: Any) -> Any:
        raise TypeError(
            "converting a Tensor to an array would drop the derivative: use np.stack([x, y]) for a list of "
            "Tensors, as in np.mean(np.stack([x, y])), np.asarray(df) @ t for pandas, and t.data for plain "
            "numbers"
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


def _is_operand(x: Any) -> bool:
    return isinstance(x, _OPERANDS) or hasattr(x, "__array__")  # as the columns of a table have


def _record(
    data: Any,
    primitive: Primitive,
    inputs: Sequence[Tensor] = (),
    residuals: Callable[[], Any] | None = None,
) -> Tensor:
    tensor = _new(Tensor)
    tensor._data = data if isinstance(data, np.ndarray) else np.asarray(data)
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
    if isinstance(data, (Mask, Zero)):
        return constant(np.asanyarray(data).view(Mask))  # its zeros stay exact
    if isinstance(data, Value):
        return _packed([data], (), dtype)
    refuse_masked(data)
    data = native(np.array(data))
    if data.dtype == object and any(isinstance(x, Value) for x in data.flat):
        return _packed(data.flat, data.shape, dtype)
    return constant(data if data.dtype in FLOATS else floats(data, dtype))


def _packed(numbers: Iterable[Any], shape: tuple[int, ...], dtype: Any) -> Tensor:
    """Pack Values and plain numbers into a tensor that depends on the Values."""
    return _record_packing(packed_of(shape, dtype, _record_packing), list(numbers))


def _record_packing(primitive: Primitive, inputs: Sequence[Any]) -> Tensor:
    nodes: list[Any] = [x if isinstance(x, Value) else constant_value(x) for x in inputs]
    data = primitive.forward(*[v._data for v in nodes])
    if recording.get() and any(map(_is_variable, nodes)):
        return _record(data, primitive, nodes)
    return constant(data)


def _checksum(array: Any) -> int:
    return crc32(np.ascontiguousarray(array).data)


def _is_variable(v: Node) -> bool:
    return v.primitive is not p.constant
