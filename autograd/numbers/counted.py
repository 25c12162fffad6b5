"""`Counted`: a number that counts the arithmetic done with it, and the `Ledger` it counts into."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from sys import getrefcount
from typing import Any, Self

import numpy as np

from autograd.numbers.number import Number, real_or_none, replaced, unwrap
from autograd.rules.fused import Fused
from autograd.rules.primitive import Primitive, apply
from autograd.rules.scalars import where

__all__ = ["Counted", "Ledger"]


def _plain(x: Any) -> Any:
    return x.data if isinstance(x, Counted) else x.item() if isinstance(x, np.generic) else x


class Tally:
    """The counts that every number of a ledger changes.

    Every number holds a reference to the token, one for each of its elements, so that the interpreter's own
    count of references is the count of the numbers in existence.

    Attributes:
        products, sums: the operations done since they were reset.
        token, unheld: what the numbers hold, and how many references it has without them.
        most: the most numbers in existence since it was set.
    """

    __slots__ = ("most", "products", "sums", "token", "unheld")

    def __init__(self) -> None:
        self.products = self.sums = self.most = 0
        self.token = object()
        self.unheld = getrefcount(self.token)

    @property
    def alive(self) -> int:
        return getrefcount(self.token) - self.unheld  # the numbers in existence


Tally = replaced("Tally", Tally)  # type: ignore[misc]  # the class in C, if it is built


class Ledger(Tally):
    """The operations done by `Counted` numbers, by kind, and the most such numbers held at once.

    Attributes:
        phase: the kind that all operations are currently entered under; if None, additions and
            subtractions are entered as additions, and all else as multiplications.
    """

    __slots__ = ("_counts", "_marked", "phase")

    def __init__(self) -> None:
        super().__init__()
        self._counts = {"forward": 0, "partials": 0, "multiplications": 0, "additions": 0}
        self.phase: str | None = None
        self._marked = 0

    @property
    def counts(self) -> dict[str, int]:
        """The operations by kind."""
        self._counts[self.phase or "multiplications"] += self.products
        self._counts[self.phase or "additions"] += self.sums
        self.products = self.sums = 0
        return self._counts

    @counts.setter
    def counts(self, counts: dict[str, int]) -> None:
        self.products = self.sums = 0
        self._counts = {**counts}

    @contextmanager
    def entering(self, phase: str) -> Iterator[None]:
        """Enter all operations under one kind within the block."""
        self.counts  # noqa: B018 - enters what was done before the block, and at its end what was done in it
        before, self.phase = self.phase, phase
        try:
            yield
        finally:
            self.counts  # noqa: B018
            self.phase = before

    def enter(self, primitive: Primitive, operations: int = 1) -> None:
        """Count the operations of one primitive; multiply-adds of matrix products are counted apart."""
        if primitive.kind == "multiplications":
            self.products += operations
        elif primitive.kind == "additions":
            self.sums += operations
        else:
            kind = "forward_multiply_adds" if self.phase == "forward" else primitive.kind
            self._counts[kind] = self._counts.get(kind, 0) + operations

    def run(self, primitive: Primitive, *data: Any) -> Any:
        """Apply a primitive that is not fused to plain numbers, and count it."""
        result = apply(primitive, *data)
        scalar = result.__class__ is float and primitive.__class__ is Primitive
        self.enter(primitive, 1 if scalar else primitive.work(result, *data))
        return result

    def mark(self) -> None:
        """Make `stored` count only numbers created from now on."""
        self._marked = self.most = self.alive

    def reset(self, held: int) -> None:
        """Reset the counts, treating ``held`` of the numbers alive now as already stored."""
        self.counts = dict.fromkeys(self._counts, 0)
        self.most = self.alive
        self._marked = self.most - held

    @property
    def stored(self) -> int:
        """The most numbers held at once since `mark`, beside those alive then."""
        return self.most - self._marked

    def __reduce__(self) -> Any:
        return type(self), (), (None, {n: getattr(self, n) for n in ("counts", "phase", "most", "_marked")})


class Counted(Number):
    """A number that enters every operation done with it into a `Ledger`.

    Its data may be an array: an elementwise operation then counts once per element. A fused
    primitive is counted operation by operation.
    """

    __slots__ = ("_held", "data", "ledger")

    def __init__(self, data: Any, ledger: Ledger) -> None:
        data, size = (data, 1) if data.__class__ is float else _elements(data)
        self._held: Any = (ledger.token,) * size
        self.data = data
        self.ledger = ledger
        ledger.most = max(ledger.most, ledger.alive)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the number or array."""
        return tuple(np.shape(self.data))

    @property
    def dtype(self) -> Any:
        """Of the array."""
        return self.data.dtype

    def astype(self, dtype: Any) -> Self:
        """Convert to another precision, which counts as no operation."""
        return type(self)(self.data.astype(dtype), self.ledger)

    @classmethod
    def _apply(cls, primitive: Primitive, inputs: Sequence[Any]) -> Any:
        counted = inputs[0].__class__ is Counted
        ledger = (inputs[0] if counted else next(x for x in inputs if isinstance(x, Counted))).ledger
        if isinstance(primitive, Fused):
            return primitive.forward(*(x if isinstance(x, Counted) else cls(x, ledger) for x in inputs))
        return cls(ledger.run(primitive, *map(_plain, inputs)), ledger)

    def _with(self, primitive: Primitive, other: Any, *, reflected: bool = False) -> Any:
        if isinstance(other, np.ndarray):
            if not self._is_array():
                return NotImplemented
        elif other.__class__ is not Counted and (other := real_or_none(other)) is None:
            return NotImplemented
        a, b, ledger = self.data, other.data if other.__class__ is Counted else other, self.ledger
        return type(self)(ledger.run(primitive, b, a) if reflected else ledger.run(primitive, a, b), ledger)

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        if isinstance(self.data, np.ndarray):
            return comparison(self.data, unwrap(other))
        return Number._compare(self, comparison, other)

    @staticmethod
    def _select(condition: Any, yes: Any, no: Any) -> Any:
        return where(unwrap(condition), yes, no)

    def __reduce__(self) -> Any:
        return type(self), (self.data, self.ledger)

    def _is_array(self) -> bool:
        return isinstance(self.data, np.ndarray)

    def __repr__(self) -> str:
        return f"Counted({self.data})"


def _elements(data: Any) -> tuple[Any, int]:
    """Return data in the form that is stored, and its count of numbers."""
    data = np.asarray(data) if isinstance(data, np.generic) else data  # such as a 0-dimensional array
    return data, data.size if isinstance(data, np.ndarray) else 1


def _entered(ledger: Ledger, primitive: Primitive, result: Any, data: Sequence[Any]) -> Counted:
    """Count a primitive that was applied, whose result is no float."""
    ledger.enter(primitive, primitive.work(result, *data))
    return Counted(result, ledger)


def _quickened(defined: Any) -> Any:
    # Defers the load of what the Python class needs only where there is no extension.
    from autograd.numbers.quick_counted import quicken

    return quicken(defined)


_defined = Counted
Counted = replaced("Counted", Counted, elements=_elements, entered=_entered)  # type: ignore[misc]
Counted = _quickened(Counted) if Counted is _defined else Counted  # type: ignore[misc]
