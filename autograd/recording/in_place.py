"""In-place arithmetic within `no_grad`: ``p -= rate * p.grad`` updates the leaf, as in PyTorch.

It is defined when `no_grad` is first used, since ``+=`` on a `Value` is slower with it. Elsewhere
``a += b`` computes ``a + b``, as for every number without an operator of its own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograd.recording.hooks import recording
from autograd.recording.node import Node

__all__: list[str] = []


def _in_place(operation: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        # Only by plain numbers, as gradients are. A program that starts a sum at a parameter, as in
        # total = bias; total += w * x, must not change the bias when it is run within no_grad.
        if isinstance(other, Node) or self.primitive is not None or recording.get():
            return NotImplemented
        result = operation(self, other)
        if not isinstance(result, Node):
            return result
        self.update(lambda data: result._data)
        return self

    return method


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Node, f"__i{_name}__", _in_place(getattr(operator, _name)))
