"""Tracing: one run of a function on numbers that record, which becomes a program.

Every number among the arguments becomes a leaf. While the function runs, a `Tracer` sees every
concrete value that the function reads, and refuses it: another call could give another value and take
another path, which the program would not follow.
"""

from __future__ import annotations

import linecache
import re
from collections.abc import Callable, Sequence
from operator import attrgetter
from traceback import walk_tb
from typing import Any

import numpy as np

from autograd.compiler.conditions import COMPARISONS, detached, select
from autograd.compiler.program import Program
from autograd.compiler.source import is_number
from autograd.differentiation.graph import Graph
from autograd.errors import ControlFlowError
from autograd.numbers.native import Unusual
from autograd.recording import hooks
from autograd.recording.modes import is_of_package, line_of_user
from autograd.recording.node import Node, next_serial
from autograd.recording.order import topological
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules.primitive import apply
from autograd.transforms.arguments import tracing
from autograd.transforms.containers import Structure, flatten

__all__ = ["Tracer", "on_leaves", "trace"]

# What Python and NumPy say of a node as a count or an index, as in range(n) and items[n].
_COUNT = (
    "(Value|Tensor).* interpreted as an integer|(indices must be|sequence of|only) integers|index is of|"
    "or a length is"
)
_CONVERSION = "converting a Tensor to an array would drop the derivative"


class Tracer(Unusual):
    """Observes one run of a function that is being compiled, through `recording.hooks`.

    Attributes:
        adjoints: for every node that is an adjoint, the node that it is the adjoint of.
    """

    def __init__(self, inputs: Sequence[Node]) -> None:
        super().__init__()
        self.adjoints: dict[Node, Node] = {}
        self._inputs = set(inputs)
        self._start = next_serial()

    def is_read(self, leaf: Node) -> bool:
        """Whether the function reached a leaf on its own; leaves that it creates are constants."""
        return leaf._serial < self._start

    def read(self, node: Node, what: str) -> None:
        """Refuse to read a concrete value that another call could change."""
        if any(v in self._inputs or self.is_read(v) for v in topological(node) if v.primitive is None):
            does = "decides on" if what == "truth" else f"takes {what} of"
            raise ControlFlowError(
                f"{_line()} {does} a number that may differ at the next call, but a compiled function takes "
                "the same path at every call: choose by relu, abs, maximum, minimum or (with Tensors) "
                "np.where; or leave the function uncompiled"
            )

    def compare(self, comparison: Callable[..., Any], a: Any, b: Any) -> Any:
        """Record a comparison, which every run decides for itself."""
        return a._with(COMPARISONS[comparison], b)

    def is_truth(self, node: Node) -> bool:
        """Whether a node is the result of a comparison."""
        return node.primitive in COMPARISONS.values()

    def select(self, condition: Any, yes: Any, no: Any) -> Any:
        """Record a selection by a recorded condition."""
        truth = not isinstance(condition, Tensor) or condition.dtype == bool
        return apply(select, condition if truth else condition != 0, yes, no)

    def detach(self, node: Node) -> Any:
        """Record that no derivative passes here."""
        return apply(detached, node)

    def adjoint(self, node: Node, adjoint: Any) -> None:
        """Note the adjoint of a node."""
        if isinstance(adjoint, Node):
            self.adjoints.setdefault(adjoint, node)


def trace(
    f: Callable[..., Any], arguments: Sequence[Any], leaves: Sequence[Node], *, simplify: bool
) -> tuple[Program, Structure]:
    """Run a function on leaves, and build its program.

    Args:
        f: the function.
        arguments: its arguments, as `on_leaves` gives them.
        leaves: the leaves in them, which are the program's inputs.
        simplify: whether to simplify the program.

    Returns:
        the program; and the structure of the function's result.

    Raises:
        ControlFlowError: the function reads a concrete value.
        TypeError: a result is not a number.
    """
    tracer = Tracer(leaves)
    outputs, structure = flatten(_run(f, arguments, tracer))
    for y, place in zip(outputs, structure.names("the result"), strict=True):
        if not isinstance(y, Node) and not is_number(y):
            raise TypeError(f"{place} is {type(y).__name__} {y!r:.40}: a compiled function returns numbers")
    roots = [y for y in outputs if isinstance(y, Node)]
    recorded = sorted(Graph(*roots).nodes, key=attrgetter("_serial")) if roots else []
    program = Program.of(recorded, leaves, outputs, tracer.is_read, tracer.adjoints, simplify=simplify)
    return program, structure


def _run(f: Callable[..., Any], arguments: Sequence[Any], tracer: Tracer) -> Any:
    with tracing():
        token = hooks.tracer.set(tracer)
        try:
            return f(*arguments)
        except (IndexError, TypeError) as error:
            if _CONVERSION in str(error):
                advice = "; to index plain numbers by an argument, write take(items, i)"
                raise TypeError(f"{_line_in(error)}: {error}{advice}") from error
            if re.search(_COUNT, str(error)) is None:
                raise
            raise TypeError(
                f"{_line_in(error)} needs a whole number, but a number given to a compiled function may "
                "differ at the next call: write take(items, i) for an item of a list; for a count, compile a "
                "function that knows it, as compile(lambda x: f(x, 3)), or leave the function uncompiled"
            ) from error
        finally:
            hooks.tracer.reset(token)


class _Truths(Tensor):
    """An array of truth values among the arguments: 0 and 1 in arithmetic, but no places as an index."""

    __slots__ = ()
    _is_mask = True


_Truths.__name__ = "Tensor"  # the name in messages


def on_leaves(args: Sequence[Any]) -> tuple[list[Any], list[Node]]:
    """Replace every number among arguments by a leaf; and list the leaves.

    Leaves are Tensors if there is an array among the arguments, else Values. A number beside arrays gets the
    precision of the first array of floats.
    """
    numbers, structure = flatten(list(args))
    precisions = [x.dtype for x in numbers if isinstance(x, np.ndarray)]
    floats = [dtype for dtype in precisions if dtype.kind == "f"]
    replaced: list[Any] = []
    for x, place in zip(numbers, structure.names("argument "), strict=True):
        try:
            if not is_number(x):
                replaced.append(x)
            elif not precisions:
                replaced.append(Value(x))
            elif isinstance(x, np.ndarray) and x.dtype.kind == "f":
                replaced.append(Tensor(x))
            else:
                is_mask = isinstance(x, np.ndarray) and x.dtype.kind == "b"
                kind = _Truths if is_mask else Tensor
                replaced.append(kind(x, dtype=floats[0] if floats else np.float64))
        except TypeError as error:
            raise TypeError(f"{place}: {error}") from None
    return structure.unflatten(replaced), [x for x in replaced if isinstance(x, Node)]


def _line() -> str:
    """The user's line that is running, for messages."""
    return _shown(*line_of_user())


def _line_in(error: Exception) -> str:
    """The user's line that an error comes from."""
    frames = [*walk_tb(error.__traceback__)]
    own = [(f.f_code.co_filename, line) for f, line in frames if not is_of_package(f)]
    return _shown(*own[-1]) if own else "the function"


def _shown(file: str, line: int) -> str:
    text = linecache.getline(file, line).strip()
    return f"{file}, line {line}: {text!r}" if text else f"{file}, line {line},"
