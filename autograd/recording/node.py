"""`Node`: what `Value` and `Tensor` share, which is their place in a graph."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from itertools import count
from typing import Any, NamedTuple, Self

from autograd.errors import ControlFlowError, CycleError, GraphError, MutatedError
from autograd.numbers.number import Number
from autograd.rules import scalars as p
from autograd.rules.scalars import Primitive

__all__ = ["Node", "Origin", "no_grad", "source_lines", "topological"]

# Nodes are numbered as they are made, and a leaf anew when its data is replaced. So an input has a
# lower number than its user: where it has not, the leaf has changed since, or there is a cycle.
next_serial = count().__next__

# Whether operations are recorded; or a function that is told of every node, which is then recorded too.
recording: ContextVar[bool | Callable[[Node], None]] = ContextVar("recording", default=True)


class Watch:
    """What is to be noticed while a function is compiled, beside the operations themselves."""

    def look(self, node: Node, what: str) -> None:
        """The number in a node is asked for, which other numbers would answer otherwise."""
        raise NotImplementedError

    def adjoint(self, node: Node, adjoint: Any) -> None:
        """A sweep has completed the adjoint of a node."""
        raise NotImplementedError


watching: ContextVar[Watch | None] = ContextVar("watching", default=None)


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing for a while: what is computed from values and tensors is then a constant.

    Raises:
        ControlFlowError: a function is being compiled.

    Example:
        >>> from autograd import Value, no_grad
        >>> x = Value(2.0)
        >>> with no_grad():
        ...     y = x * x
        >>> y.is_constant
        True
    """
    if watching.get() is not None:
        raise ControlFlowError(
            "no_grad() in a function that is compiled would fix the numbers computed under it: use detach()"
        )
    token = recording.set(False)
    try:
        yield
    finally:
        recording.reset(token)


class Origin(NamedTuple):
    """The line of a program that made a node.

    Attributes:
        file: its file, as Python calls it.
        line: its number, from 1 on.
    """

    file: str
    line: int


@contextmanager
def source_lines() -> Iterator[None]:
    """Note, for a while, which line of the program makes each node: its `Node.origin`.

    That is the innermost line outside this package and NumPy. It makes recording some times slower.

    Example:
        >>> from autograd import Value, source_lines
        >>> with source_lines():
        ...     y = Value(2.0) * 3
        >>> y.origin is None
        False
    """
    token = recording.set(_note_origin if recording.get() else False)
    try:
        yield
    finally:
        recording.reset(token)


_WITHIN = (__name__.partition(".")[0], "numpy")


def _note_origin(node: Node) -> None:
    node._origin = line_of_user()


def line_of_user() -> Origin:
    """The innermost line that is running outside this package and NumPy."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in _WITHIN:
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno)


class Node(Number):
    """A number that remembers how it was computed.

    Attributes:
        grad: the derivative of the result that `backward` was called on, by this node;
            None until computed.
        name: what pictures and messages call it, or None.
        primitive: the operation that computed it; None for a leaf.
    """

    # One object a node and no tuple of inputs: the garbage collector walks every tracked object
    # again and again, and a tuple beside each node makes recording three times slower.
    __slots__ = ("__weakref__", "_a", "_b", "_data", "_origin", "_serial", "grad", "name", "primitive")

    primitive: Primitive | None
    grad: Any
    data: Any
    _origin: Origin

    def _become_leaf(self, data: Any, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"a name is text, not {type(name).__name__} {name!r:.40}")
        self._data = data
        self.name = name
        self.grad = None
        self.primitive = None
        # The first input, and the second, or a tuple of all the others where there are more.
        self._a: Self | None = None
        self._b: Self | tuple[Self, ...] | None = None
        self._serial = next_serial()
        if callable(note := recording.get()):
            note(self)

    def _refuse_new_data(self) -> None:
        if self.primitive is not None:
            origin = "is a constant of an expression" if self.is_constant else f"was computed by {self.op!r}"
            raise GraphError(
                f"{self._label()} {origin}: set the data of a leaf and compute again, or make a new "
                f"{type(self).__name__}"
            )

    @property
    def inputs(self) -> tuple[Self, ...]:
        """The nodes it was computed from, in order and with repeats: ``x * x`` has two."""
        a, b = self._a, self._b
        if a is None:
            return ()
        if b is None:
            return (a,)
        return (a, *b) if isinstance(b, tuple) else (a, b)

    @inputs.setter
    def inputs(self, inputs: object) -> None:
        raise GraphError(
            f"the inputs of a {type(self).__name__} are fixed when it is recorded, so that no cycle can be "
            f"made: compute a new {type(self).__name__} instead; a recurrence is unrolled, one per step"
        )

    @property
    def op(self) -> str:
        """The symbol of the operation that computed it; empty for a leaf."""
        return "" if self.primitive is None else self.primitive.symbol

    @property
    def is_constant(self) -> bool:
        """Whether it is a plain number that was written into an expression, as the 3 of ``x + 3``."""
        return self.primitive is p.constant

    @property
    def origin(self) -> Origin | None:
        """The line of the program that made it, if that was within `source_lines`."""
        return getattr(self, "_origin", None)

    def older_than(self, other: Node) -> bool:
        """Whether it was made, or its data replaced, before the other."""
        return self._serial < other._serial

    def _look(self, what: str) -> Any:
        """The data, for something that is no operation and leaves no trace in the graph."""
        watch = watching.get()
        if watch is not None:
            watch.look(self, what)
        return self._data

    def _compare(self, comparison: Callable[[Any, Any], Any], other: Any) -> Any:
        if watching.get() is None:
            return super()._compare(comparison, other)
        return self._with(p.COMPARISONS[comparison], other)

    def _is_array(self) -> bool:
        return False

    def __bool__(self) -> bool:
        return bool(self._look("truth"))

    def update(self, rule: Callable[[Any], Any]) -> None:
        """Replace the data of a leaf by what a function makes of it, as an optimiser does.

        The same as ``v.data = rule(v.data)``, but nothing is copied: the function gives a new array,
        and leaves the one that it gets alone.

        Raises:
            GraphError: it is not a leaf.
            ValueError: the new data has another shape.
        """
        self.data = rule(self._data)

    def check_untouched(self) -> None:
        """Make sure that the data is what was recorded, where it could have been written to.

        Raises:
            MutatedError: it is not.
        """

    def backward(self, adjoint: Any = None, *, retain_graph: bool = True) -> None:
        """Reverse accumulation: set `grad` on everything this node was computed from.

        Leaves add up their gradients over calls, as everywhere; inner nodes are set anew, so that
        calling twice is right. The graph is kept, unless that is declined. If it fails, every `grad`
        is as it was. As it writes on the nodes, threads that share leaves use `autograd.grad` instead.

        Args:
            adjoint: the derivative of the final result by this node; 1 if left out, which a tensor
                of more than one element may not do.
            retain_graph: if False, this node becomes a constant, and what it was computed from is
                freed step by step, each array and adjoint as soon as it has been used, even if the
                sweep then fails, after which only leaves have the `grad` that they had; what the program
                holds itself stays whole. It is for training, where memory matters.

        Raises:
            GraphError: it is a constant.
            MutatedError: the data of a leaf was replaced after it was used.
            CycleError: a value depends on itself.
            ArithmeticError: a local derivative of a `Value` is infinite or undefined there, as that of
                sqrt at 0. That of a `Tensor` is then infinite or NaN.
            ValueError: it is a tensor of more than one element, and there is no adjoint, or one of
                another shape.
        """
        if self.is_constant:
            raise GraphError(
                "nothing was recorded to go back through: this is computed from constants alone, "
                "or under no_grad(), or backward(retain_graph=False) was called on it"
            )
        seed = self._seed(adjoint)
        order = topological(self)
        kept = order if retain_graph else [v for v in order if v._a is None]
        before = [v.grad for v in kept]
        for v in order:
            v.grad = None
        self.grad = seed
        try:
            self._sweep(reversed(order) if retain_graph else _given_up(order))
        except BaseException:  # not half a gradient: all of it, or what was there
            for v, grad in zip(kept, before, strict=True):
                v.grad = grad
            raise
        for v, grad in zip(kept, before, strict=True):
            if grad is not None and v._a is None and v.grad is not None:
                v.grad = self._total(grad, v.grad)

    @staticmethod
    def _total(a: Any, b: Any) -> Any:
        return a + b

    def _seed(self, adjoint: Any) -> Any:
        """The adjoint to start with."""
        raise NotImplementedError

    @staticmethod
    def _sweep(nodes: Iterable[Any]) -> None:
        """Pass each adjoint on to the inputs; the nodes come outputs first."""
        raise NotImplementedError

    def _partials(self) -> Sequence[Any]:
        """The local derivatives by the inputs, as plain numbers."""
        primitive: Any = self.primitive
        partials: Sequence[Any] = primitive.partials(self._data, *[v._data for v in self.inputs])
        return partials

    def _pulled(self, adjoint: Any, wanted: Callable[[Node], bool]) -> list[tuple[Any, Any]]:
        """The inputs that are wanted, with repeats, each with what comes back to it from this adjoint."""
        raise NotImplementedError

    def _become_constant(self) -> None:
        self.primitive, self._a, self._b = p.constant, None, None
        self._serial = next_serial()  # so that what was computed from it is out of date

    def _like(self, number: int) -> Self:
        """A constant of the same kind and shape."""
        raise NotImplementedError

    def _brief(self) -> str:
        """The data, as a message shows it."""
        raise NotImplementedError

    def __format__(self, spec: str) -> str:
        """The number, where a format is given: ``f"{loss:.3f}"``."""
        return format(self.item(), spec) if spec else str(self)

    def item(self) -> Any:
        """The plain number."""
        return self._look("item()")

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A leaf is copied and pickled by its data, and a result with all that it came from."""
        if self.primitive is not None:
            return super().__reduce_ex__(protocol)
        return type(self), (self._data, self.name), (None, {"grad": copy(self.grad)})

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        for slot, value in state[1].items():
            setattr(self, slot, value)
        self._serial = next_serial()  # inputs are restored before their users

    def _label(self) -> str:
        kind = type(self).__name__
        return f"{kind} {self.name!r:.40}" if self.name else f"a {kind} of {self._brief():.40}"


def topological(*roots: Node) -> list[Node]:
    """Everything the roots depend on, each after its inputs; a single root is last.

    An iterative depth-first search that keeps a value back until its inputs are placed (Cormen et
    al., *Introduction to Algorithms*, section "Topological sort"). The order depends on the graph
    alone, so it is the same in every run.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    walks: dict[Node, Iterator[Node]] = {}  # where there are more than two inputs: how far it got
    stack: list[Node] = []
    pop, push, place, see = stack.pop, stack.append, order.append, seen.add
    for root in roots:
        if root in seen:
            continue
        see(root)
        push(root)
        while stack:
            v = stack[-1]
            a = v._a
            if a is not None:
                if a not in seen:
                    see(a)
                    push(a)
                    continue
                b: Any = v._b
                if b is not None:
                    if b.__class__ is tuple:
                        b = next((i for i in walks.setdefault(v, iter(b)) if i not in seen), v)
                    if b not in seen:
                        see(b)
                        push(b)
                        continue
            place(pop())
    return order


def _given_up(order: list[Node]) -> Iterator[Node]:
    """The nodes, outputs first; as the root lets go of the others, each is freed once it is passed."""
    root = order.pop()
    yield root
    if root._a is not None:
        root._become_constant()
    while order:
        yield order.pop()


def sweep_back(order: list[Node], seed: Any, leaves: Sequence[Node]) -> dict[Node, Any]:
    """Reverse accumulation to these leaves that writes on no node: the adjoint of each that was reached.

    Args:
        order: everything that the result depends on, as `topological` gives it. It is emptied on the way,
            so that a node which nothing else holds is freed, with its adjoint, once it is passed.
        seed: the adjoint of the result.
        leaves: what to differentiate by.

    Raises:
        MutatedError, CycleError, ArithmeticError: as `Node.backward`.
    """
    moving = set(leaves)
    for v in order:
        if v._a is not None and not moving.isdisjoint(v.inputs):
            moving.add(v)
    found = {order[-1]: seed}
    while order:
        v = order.pop()
        if v._a is None:
            v.check_untouched()
        elif v in moving:
            moving.remove(v)
            for i, contribution in v._pulled(found.pop(v), moving.__contains__):
                found[i] = v._total(found[i], contribution) if i in found else contribution
    return found


def explained(error: Exception, primitive: Any, inputs: Sequence[Node], prefix: str = "") -> Exception:
    """The same error, but saying which operation it was and of what."""
    if isinstance(error, GraphError):
        return error
    texts = [f"{v.name!r:.40}={v._brief():.40}" if v.name else f"{v._brief():.40}" for v in inputs]
    arguments = ", ".join(texts[:4] + ["…"] * (len(texts) > 4))
    reason = error.args[-1] if error.args else type(error).__name__
    message = f"{prefix}{primitive.name}({arguments}) is undefined: {reason}"
    try:
        return type(error)(message)
    except TypeError:  # a kind that wants more than a message
        return ValueError(message)


def out_of_order(source: Node, user: Node) -> GraphError:
    """The error for an edge whose input is younger than its user."""
    if source.is_constant:
        return GraphError(
            f"{source._label()} is a constant since backward(retain_graph=False) was called on it, and "
            f"{user.op!r} had used it: call backward on the last result alone, or keep the graph"
        )
    if source.inputs:
        return CycleError(
            f"{source._label()} depends on itself: a graph has no cycle within one evaluation; to repeat a "
            "computation, unroll it into new values"
        )
    return MutatedError(
        f"the data of {source._label()} was replaced after {user.op!r} had used it, so the recorded result "
        "is out of date: compute it again, then differentiate"
    )
