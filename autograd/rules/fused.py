"""Fused primitives: several elementary operations as one node, whose derivatives reuse the intermediates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.rules.primitive import Primitive, Rule

__all__ = ["Fused"]


class Fused(Primitive):
    """A primitive made of several elementary operations.

    Its rule takes the inputs and returns the output with a function of no arguments that computes
    the local derivatives from the intermediate results (the *residuals*).
    """

    __slots__ = ("rule",)

    def __init__(self, name: str, symbol: str, rule: Rule) -> None:
        super().__init__(
            name, symbol, lambda *inputs: rule(*inputs)[0], lambda output, *inputs: rule(*inputs)[1]()
        )
        self.rule = rule
        self.elementwise = False

    def evaluate(self, *inputs: Any) -> tuple[Any, Callable[[], Any] | None]:
        output, partials = self.rule(*inputs)
        return output, partials
