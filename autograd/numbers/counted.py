"""`Counted`: a number that counts the arithmetic done with it, and the `Ledger` it counts into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

from autograd.numbers.number import Number, real_or_none, unwrap
from autograd.rules.fused import Fused
from autograd.rules.primitive import Primitive
from autograd.rules.scalars import where

__all__ = ["Counted", "Ledger"]


class Ledger:
    """The operations done by `Counted` numbers, by kind, and the most such numbers held at once.

    Attributes:
        counts: operations by kind.
        phase: the kind that all operations are currently entered under; if None, additions and
            subtractions are entered as additions, and all else as multiplications.
        alive: the numbers in existence.
        peak: the most numbers in existence at once since `mark`.
    """

    __slots__ = ("_marked", "alive", "counts", "peak", "phase")

    def __init__(self) -> None:
        self.counts = {"forward": 0, "partials": 0, "multiplications": 0, "additions": 0}
        self.phase: str | None = None
        self.alive = 0
        self.peak = 0
        self._marked = 0

    @contextmanager
    def entering(self, phase: str) -> Iterator[None]:
        """Enter all operations under one kind within the block."""
        before, self.phase = self.phase, phase
        try:
            yield
        finally:
            self.phase = before

    def enter(self, primitive: Primitive, operations: int = 1) -> None:
        """Count the operations of one primitive; multiply-adds of matrix products are counted apart."""
        if primitive.kind == "multiply_adds":
            kind = "forward_multiply_adds" if self.phase == "forward" else primitive.kind
            self.counts.setdefault(kind, 0)
        else:
            kind = self.phase or primitive.kind
        self.counts[kind] += operations

    def mark(self) -> None:
        """Make `stored` count only numbers created from now on."""
        self._marked = self.peak = self.alive

    def reset(self, held: int) -> None:
        """Reset the counts, treating ``held`` of the numbers alive now as already stored."""
        self.counts = dict.fromkeys(self.counts, 0)
        self.peak = self.alive
        self._marked = self.alive - held

    @property
    def stored(self) -> int:
        """The most numbers held at once since `mark`, beside those alive then."""
        return self.peak - self._marked


class Counted(Number):
    """A number that enters every operation done with it into a `Ledger`.

    Its data may be an array: an elementwise operation then counts once per element. A fused
    primitive is counted operation by operation.
    """

    __slots__ = ("data", "ledger", "size")

    def __init__(self, data: Any, ledger: Ledger) -> None:
        if isinstance(data, np.generic):  # NumPy turns arrays of no dimensions into these
            data = np.asarray(data)
        self.data = data
        self.ledger = ledger
        self.size = data.size if isinstance(data, np.ndarray) else 1
        ledger.alive += self.size
        if ledger.alive > ledger.peak:
            ledger.peak = ledger.alive

    def __del__(self) -> None:
        self.ledger.alive -= self.size

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = np.shape(self.data)
        return shape

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    def astype(self, dtype: Any) -> Self:
        """Convert to another precision, which counts as no operation."""
        return type(self)(self.data.astype(dtype), self.ledger)

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Self:
        ledger = next(x.ledger for x in inputs if isinstance(x, Counted))
        if isinstance(primitive, Fused):
            output: Self = primitive.forward(
                *(x if isinstance(x, Counted) else cls(x, ledger) for x in inputs)
            )
            return output
        data = [x.data if isinstance(x, Counted) else x for x in inputs]
        result = primitive.forward(*data)
        ledger.enter(primitive, primitive.work(result, *data))
        return cls(result, ledger)

    # The fast path for two numbers, which a sweep takes millions of times.
    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Self:
        if other.__class__ is Counted:
            other = other.data
        elif isinstance(other, np.ndarray):
            if not isinstance(self.data, np.ndarray):
                return NotImplemented  # type: ignore[no-any-return]
        elif (other := real_or_none(other)) is None:
            return NotImplemented  # type: ignore[no-any-return]
        a, b, ledger = self.data, other, self.ledger
        result = self.__class__(primitive.forward(b, a) if reflected else primitive.forward(a, b), ledger)
        ledger.enter(primitive, result.size)
        return result

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(self.data, np.ndarray):
            return comparison(self.data, unwrap(other))
        return super()._compare(comparison, other)

    @staticmethod
    def _select(condition: Any, yes: Any, no: Any) -> Any:
        return where(unwrap(condition), yes, no)

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __repr__(self) -> str:
        return f"Counted({self.data})"
