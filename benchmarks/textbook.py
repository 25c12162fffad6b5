"""A textbook `Value` in sixty lines, as people write it: local derivatives beside the inputs, no closures."""

from __future__ import annotations

import math
from typing import Any


class TextbookValue:
    """A scalar with its gradient, its inputs and the local derivatives by them."""

    __slots__ = ("_derivatives", "_inputs", "data", "grad")

    def __init__(self, data: float, inputs: Any = (), derivatives: Any = ()) -> None:
        self.data, self.grad = data, 0
        self._inputs, self._derivatives = inputs, derivatives

    def __add__(self, other: Any) -> TextbookValue:
        other = other if isinstance(other, TextbookValue) else TextbookValue(other)
        return TextbookValue(self.data + other.data, (self, other), (1, 1))

    def __mul__(self, other: Any) -> TextbookValue:
        other = other if isinstance(other, TextbookValue) else TextbookValue(other)
        return TextbookValue(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, other: float) -> TextbookValue:
        return TextbookValue(self.data**other, (self,), (other * self.data ** (other - 1),))

    def log(self) -> TextbookValue:
        return TextbookValue(math.log(self.data), (self,), (1 / self.data,))

    def exp(self) -> TextbookValue:
        return TextbookValue(math.exp(self.data), (self,), (math.exp(self.data),))

    def tanh(self) -> TextbookValue:
        out = math.tanh(self.data)
        return TextbookValue(out, (self,), (1 - out * out,))

    def relu(self) -> TextbookValue:
        return TextbookValue(max(0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> Any:
        return self * -1

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def __rtruediv__(self, other: Any) -> Any:
        return other * self**-1

    def backward(self) -> None:
        order, seen, stack = [], {self}, [(self, iter(self._inputs))]
        while stack:
            v, inputs = stack[-1]
            new = next((i for i in inputs if i not in seen), None)
            if new is None:
                order.append(v)
                stack.pop()
            else:
                seen.add(new)
                stack.append((new, iter(new._inputs)))
        self.grad = 1
        for v in reversed(order):
            for i, derivative in zip(v._inputs, v._derivatives, strict=True):
                i.grad += derivative * v.grad
