"""`Node`: the place of a `Value` or a `Tensor` in a graph, and `backward`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from operator import add
from typing import Any, Self

from autograd.errors import GraphError
from autograd.numbers.number import Number, real
from autograd.recording import hooks
from autograd.recording.order import topological
from autograd.rules import scalars as p
from autograd.rules.primitive import Primitive

__all__ = ["NODE_SLOTS", "Node", "next_serial"]

# Nodes are numbered as they are made; a leaf gets a new number when its data is replaced. An input has
# a lower number than the nodes computed from it, unless the leaf has changed since or there is a cycle.
next_serial: Callable[[], int] = hooks.native("next_serial", count().__next__)

# No tuple beside each node: the garbage collector visits it again and again, and recording is 3 times slower.
NODE_SLOTS = ("__weakref__", "_a", "_b", "_data", "_grad", "_origin", "_serial", "name", "primitive")


class Node(Number):
    """A number that remembers how it was computed: by its `primitive`, which is None for a leaf."""

    __slots__ = NODE_SLOTS[:0]  # subclasses have them
    primitive: Primitive | None
    grad: Any
    _grad: Any  # None until a sweep reaches it
    _a: Self | None
    _b: Self | tuple[Self, ...] | None  # the second input, or a tuple of all but the first

    def _become_leaf(self, data: Any, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is text, not {type(name).__name__} {name!r:.40}")
        self._data = data
        self.name = name
        self._grad = self.primitive = self._a = self._b = None
        self._serial = next_serial()
        if callable(note := hooks.recording.get()):
            note(self)

    def _become_constant(self) -> None:
        self.primitive, self._a, self._b = p.constant, None, None
        self._serial = next_serial()  # marks the nodes computed from it as out of date

    def _refuse_new_data(self) -> None:
        if self.primitive is not None:
            origin = "is a constant of an expression" if self.is_constant else f"was computed by {self.op!r}"
            advice = f"set the data of a leaf and compute again, or make a new {type(self).__name__}"
            raise GraphError(f"{self._label()} {origin}: {advice}")

    @property
    def inputs(self) -> tuple[Self, ...]:
        """The nodes it was computed from, in order and with repeats: ``x * x`` has two."""
        a, b = self._a, self._b
        if a is None or b is None:
            return () if a is None else (a,)
        return (a, *b) if isinstance(b, tuple) else (a, b)

    @inputs.setter
    def inputs(self, inputs: object) -> None:
        kind = type(self).__name__
        advice = f"compute a new {kind} instead; unroll a recurrence, one value per step"
        raise GraphError(f"the inputs of a {kind} are fixed when it is recorded, to prevent cycles: {advice}")

    @property
    def has_grad(self) -> bool:
        """Whether `backward` has reached it since its gradient was last reset."""
        return self._grad is not None

    @property
    def op(self) -> str:
        """The symbol of the operation that computed it; empty for a leaf."""
        return "" if self.primitive is None else self.primitive.symbol

    @property
    def is_constant(self) -> bool:
        """Whether it is a plain number written into an expression, as the 3 of ``x + 3``."""
        return self.primitive is p.constant

    @property
    def origin(self) -> Any:
        """The `Origin` of a node made within `source_lines`, else None."""
        return getattr(self, "_origin", None)

    def _read(self, what: str) -> Any:
        """Return the data for a use that leaves no trace in the graph."""
        if (tracer := hooks.tracer.get()) is not None:
            tracer.read(self, what)
        return self._data

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        if (tracer := hooks.tracer.get()) is not None:
            return tracer.compare(comparison, self, other)
        return super()._compare(comparison, other)

    @staticmethod
    def _select(condition: Any, yes: Any, no: Any) -> Any:
        tracer = hooks.tracer.get()
        return tracer.select(condition, yes, no) if tracer else (yes if condition else no)

    def __bool__(self) -> bool:
        return bool(self._read("truth"))

    def __format__(self, spec: str) -> str:
        """Format the number where a format is given: ``f"{loss:.3f}"``."""
        return format(self.item(), spec) if spec else str(self)

    def item(self) -> Any:
        """Return the plain number."""
        return self._read("item()")

    def update(self, rule: Callable[[Any], Any]) -> None:
        """Set the data of a leaf to the new array ``rule(data)``, uncopied; errors as on setting `data`."""
        self.data = rule(self._data)

    def check_untouched(self) -> None:
        """Raise `MutatedError` if the data was written to since it was recorded."""

    def backward(self, adjoint: Any = None, *, retain_graph: bool = True) -> None:
        """Reverse accumulation: set `grad` on every node this one was computed from.

        Leaf gradients accumulate across calls, as in PyTorch; interior gradients are overwritten. On an
        error every `grad` keeps its value. Threads that share leaves use `autograd.grad` instead.

        Args:
            adjoint: the derivative of the final result by this node; if omitted 1, for a single element.
            retain_graph: if False, this node becomes a constant and the graph below it is freed while it
                is swept, even if the sweep fails. Arrays you still reference are unaffected.

        Raises:
            GraphError: it is a constant.
            MutatedError: the data of a leaf was replaced after it was used.
            CycleError: a value depends on itself.
            ArithmeticError: a local derivative of a `Value` is infinite or undefined, as sqrt's at 0.
            ValueError: it is a tensor of several elements and the adjoint is missing or misshapen.
        """
        if self.is_constant:
            why = "it is made of constants, or under no_grad(), or backward(retain_graph=False) was called"
            raise GraphError(f"nothing was recorded to go back through: {why}")
        seed = self._seed(adjoint)
        order: list[Node] = topological(self)
        kept = order if retain_graph else [v for v in order if v._a is None]
        before = [v._grad for v in kept]
        try:
            for v in order:
                v._grad = None
            self._grad = seed
            self._sweep(reversed(order) if retain_graph else _released(order))
            for v, grad in zip(kept, before, strict=True):
                if grad is not None and v._a is None and v._grad is not None:
                    v._grad = v._total(grad, v._grad)
        except BaseException:  # all or nothing, an interrupt included
            for v, grad in zip(kept, before, strict=True):
                v._grad = grad
            raise

    def _seed(self, adjoint: Any) -> Any:
        return type(self._data)(1) if adjoint is None else real(adjoint)

    @staticmethod
    def _sweep(nodes: Iterable[Any]) -> None:
        raise NotImplementedError  # passes each adjoint on to the inputs; nodes come outputs first

    _total = staticmethod(add)

    def _like(self, number: int) -> Self:
        raise NotImplementedError  # a constant of the same type and shape

    def _brief(self) -> str:
        try:
            return str(self._data)
        except ValueError:  # Python refuses to write integers of more than 4,300 digits
            return "a number too long to write"

    def _label(self) -> str:
        kind = type(self).__name__
        return f"{kind} {self.name!r:.40}" if self.name else f"a {kind} of {self._brief():.40}"

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Copy and pickle a node with everything it was computed from."""
        from autograd.recording.copies import reduced  # loads for copies alone

        return reduced(self, object.__reduce_ex__(self, 2))

    def __setstate__(self, state: Any) -> None:
        _, (self._a, self._b), is_current, fields = state
        for name, value in fields.items():
            setattr(self, name, value)
        self._serial = next_serial() if is_current else -1  # inputs are restored before their users


def _released(order: list[Node]) -> Iterator[Node]:
    """Yield the nodes outputs first; the root drops its inputs, so each node is freed once passed."""
    root = order.pop()
    yield root
    if root._a is not None:
        root._become_constant()
    while order:
        yield order.pop()
