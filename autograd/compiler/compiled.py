"""`compile`: a function, or its derivative, as straight-line code.

A gradient program is itself a graph: backprop run on numbers that record gives nodes like any other
function. So the function is run once, by `grad` or whatever there is in it too; the graph of its
results is cleaned up (`program`), written down line by line (`source`, `backends`), and from then on
only those lines are run.
"""

from __future__ import annotations

import builtins
import linecache
import warnings
from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple
from weakref import proxy

import numpy as np

from autograd.compiler import batch as batches
from autograd.compiler.conditions import COMPARISONS, detached, select
from autograd.compiler.program import Program
from autograd.compiler.source import MISS, Source, is_number
from autograd.compiler.writers import UnavailableError, numpy, python, rows
from autograd.differentiation.graph import Graph
from autograd.errors import ControlFlowError
from autograd.numbers.number import real_or_none
from autograd.recording.hooks import tracer
from autograd.recording.modes import line_of_user
from autograd.recording.node import Node, next_serial
from autograd.recording.order import topological
from autograd.recording.tensor import Tensor
from autograd.recording.value import Value
from autograd.rules.primitive import apply
from autograd.transforms.arguments import is_differentiating, tracing
from autograd.transforms.containers import flatten

__all__ = ["Compiled", "compile", "dry_run"]


def compile(  # noqa: A001 - what everybody calls it
    f: Callable[..., Any],
    *,
    batch: int | Sequence[int] | None = None,
    reduce: str | None = None,
    backend: str | None = None,
    simplify: bool = True,
) -> Compiled:
    """A function as straight-line code, made when it is first called.

    If there is an array among the arguments all are `Tensor` inside, and else `Value`. Values and Tensors
    that the function gets at by itself are read at every call; plain numbers, arrays and what is drawn
    at random are what they were when it was made. Called with numbers that record, or within `grad` or
    another function that is compiled, it is the function itself.

    Sums and products may be taken in another order, and small whole powers as products, so that last
    digits and the sign of a zero may differ, and where an intermediate result leaves the range of a float
    so may the result. What no result needs is not computed, and raises no error.

    With ``batch``, a function of one example is run over many. Inside all numbers are `Value`, and an
    array is one of Values, as by `values`; outside they are arrays in double precision.

    Args:
        f: a function of numbers, arrays, or nested containers of them, to the same. It may be a
            derivative, as ``compile(value_and_grad(loss))``. What else it is given, as text, is fixed.
        batch: the index of the argument, or of those, that hold arrays with one entry an example along
            the first axis; the other arguments are the same for all.
        reduce: what is made of every result over a batch, its ``"sum"`` or ``"mean"``; if left out, an
            array with one entry an example.
        backend: ``"native"`` to have the code in C, made by the system's compiler: for functions of floats
            or arrays, and of anything over a batch. On arrays it computes in double precision and gives none
            of NumPy's warnings. If there is no compiler, or it cannot be done, or products of matrices are
            so large that NumPy is as fast, a warning says why, and it is the default: NumPy for arrays and
            batches, else Python.
        simplify: whether the code may do once what the function does twice, and leave out what changes
            nothing. Without, every operation recorded is a line, or over a batch in a group: an algorithm as
            it is, to read or to time.

    Returns:
        a function of the same arguments, given by position, which gives plain numbers and arrays. It is
        made anew for arguments of other types, shapes or containers.

    Raises:
        ValueError: the options are not such, or do not go together.

    Raises (when the new function is called):
        ControlFlowError: the function looks at its numbers, to decide or to compute without recording.
        TypeError: an argument or a result is no number and cannot be fixed.
        ArithmeticError, ValueError: as the function itself.

    Example:
        >>> from autograd import compile, grad
        >>> slope = compile(grad(lambda x: x * x * x))
        >>> slope(2.0)
        12.0
        >>> error = compile(grad(lambda w, x, y: (w * x - y) ** 2), batch=(1, 2), reduce="mean")
        >>> error(1.0, np.array([1.0, 2.0]), np.array([1.0, 3.0]))
        -2.0
    """
    argnums = None if batch is None else (batch,) if isinstance(batch, int) else tuple(batch)
    if argnums is not None and not all(isinstance(i, int) and i >= 0 for i in argnums):
        raise ValueError(f"batch is the index of an argument, or several, from 0 on, not {batch!r:.40}")
    if reduce not in (None, "sum", "mean"):
        raise ValueError(f"reduce is 'sum' or 'mean' over a batch, or None, not {reduce!r:.40}")
    if backend not in (None, "native"):
        raise ValueError(f"the back end is 'native' or None, not {backend!r:.40}")
    if argnums is None and reduce:
        raise ValueError("reduce is for a batch: say by batch= which arguments hold it")
    return Compiled(f, argnums, reduce, native=backend is not None, simplify=simplify)


class Compiled:
    """A compiled function, as `compile` makes it.

    Its ``__call__`` is no method but the latest program, which hands over to `_found` what it was not made
    for: so native code is called with nothing of Python's in between.

    Attributes:
        source: the code that was made last; empty before the first call.
    """

    __slots__ = (
        "__call__",
        "__weakref__",
        "_batch",
        "_f",
        "_made",
        "_native",
        "_reduce",
        "_simplify",
        "source",
    )
    __call__: Callable[..., Any]

    def __init__(
        self,
        f: Callable[..., Any],
        batch: tuple[int, ...] | None,
        reduce: str | None,
        *,
        native: bool,
        simplify: bool,
    ) -> None:
        self.source = ""
        self._f = f
        self._batch = batch
        self._reduce = reduce
        self._native = native
        self._simplify = simplify
        self._made: dict[Hashable, _Made] = {}
        self.__call__ = self._otherwise

    @property
    def _otherwise(self) -> Callable[..., Any]:
        return partial(_otherwise, proxy(self))  # which is no reference cycle

    def __repr__(self) -> str:
        return f"<compiled {self._f!r}>"

    def __copy__(self) -> Compiled:
        return self  # as any function

    def __deepcopy__(self, memo: object) -> Compiled:
        return self

    def _found(self, args: tuple[Any, ...]) -> Any:
        """Call what was made for arguments like these, or make it."""
        numbers, structure = flatten(list(args))
        recorded = any(isinstance(x, Node) for x in numbers)
        if self._batch is None and (recorded or is_differentiating()):
            return self._f(*args)
        if recorded:
            raise TypeError(
                "what runs over a batch takes plain numbers: to differentiate it, compile the derivative of "
                "the function of one example, as compile(grad(f), batch=…)"
            )
        kinds = [_kind(x, place) for x, place in zip(numbers, structure.names("argument "), strict=True)]
        key = (structure, *kinds)
        args = tuple(structure.unflatten(map(_canonical, numbers)))
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(args)
        self.__call__ = made.call
        result = MISS
        try:
            for program in made.programs:
                if result is MISS:
                    result = program(*args)
        except (ArithmeticError, ValueError) as error:
            return self._explained(args, error)
        return result

    def _explained(self, args: tuple[Any, ...], error: Exception) -> Any:
        """Let the function itself say which operation is undefined, and at what."""
        if self._batch is None:
            with tracing():
                self._f(*_entered(args)[0])
        raise error

    def _make(self, args: tuple[Any, ...]) -> _Made:
        if self._batch is None:
            program, tree = _traced(self._f, *_entered(args), simplify=self._simplify)
            new: Callable[[], Source] = partial(Source, program)
        else:
            arguments, nodes, examples = batches.entered(args, self._batch)
            program, tree = _traced(self._f, arguments, nodes, simplify=self._simplify)
            new = partial(batches.BatchSource, program, batches.Batch(self._batch, self._reduce, examples))
        if self._native:
            try:
                return self._make_native(new, args, tree)
            except UnavailableError as error:
                instead = "Python" if self._batch is None and not program.has_arrays else "NumPy"
                message = f"no native code: {error}; {instead} does it instead"
                warnings.warn_explicit(message, RuntimeWarning, *line_of_user())
        source = _written(new(), args, tree)
        self.source = source.text()
        run = _run(source.text(), source.namespace)
        return _Made(_guarded(run, self._otherwise), (run,))

    def _make_native(self, new: Callable[[], Source], args: tuple[Any, ...], tree: Any) -> _Made:
        from autograd.compiler.writers import arrays, native, straight  # here, as they are seldom needed

        source = new()
        source.take(args, test=False)
        language = native if self._batch else arrays if source.program.has_arrays else straight
        self.source, make = language.write(source, tree)
        run = make(_miss)
        call = make(self._otherwise)
        if not source.is_empty:
            source.namespace["run"] = run
            source.write(f"return run({', '.join(source.names)})")
            self.source += source.text()
            run = _run(source.text(), source.namespace)
            call = _guarded(run, self._otherwise)
        if self._batch:  # there is nothing that it leaves to others
            return _Made(call, (run,))
        source = _written(new(), args, tree)
        return _Made(call, (run, _later(source.text(), source.namespace)))


class _Made(NamedTuple):
    """What was made for arguments of one kind.

    Attributes:
        call: what calling the function is, while the arguments are such.
        programs: what gives the result, each for what the one before misses.
    """

    call: Callable[..., Any]
    programs: tuple[Callable[..., Any], ...]


def _miss(*args: Any) -> Any:
    return MISS


def _otherwise(compiled: Any, *args: Any, **named: Any) -> Any:
    if named:
        raise TypeError(f"a compiled function takes its arguments by position, not by name as {min(named)!r}")
    return compiled._found(args)


def _guarded(program: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """A program in Python, which hands over what it misses, what is undefined, and all within `grad`."""

    def call(*args: Any) -> Any:
        try:
            result = MISS if is_differentiating() else program(*args)
        except (ArithmeticError, TypeError, ValueError):  # TypeError: there are more arguments, or fewer
            result = MISS
        return otherwise(*args) if result is MISS else result

    return call


def _written(source: Source, args: tuple[Any, ...], tree: Any) -> Source:
    """A whole function in Python."""
    source.take(args)
    if isinstance(source, batches.BatchSource):
        rows.write(source)
        source.give(tree)
    else:
        language = numpy if source.program.has_arrays else python
        language.write(source)
        source.give(tree, partial(language.result, source))
    return source


def _run(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    # No text of a user's is in it but what comments are left of a name: see `source`.
    exec(_code(text), namespace)  # noqa: S102
    program: Callable[..., Any] = namespace.pop("program")  # left there, it would be a reference cycle
    return program


def _later(text: str, namespace: dict[str, Any]) -> Callable[..., Any]:
    """The same when it is first called: a long one takes a while."""
    run = cache(partial(_run, text, namespace))
    return lambda *args: run()(*args)


def _code(source: str) -> Any:
    """The compiled source, whose lines tracebacks show."""
    name = f"<compiled {hash(source):x}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    return builtins.compile(source, name, "exec")


# ---- which program is for which arguments


def _kind(x: Any, place: str) -> Hashable:
    """What a program depends on of a number: its type, or shape and precision; all of anything else."""
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype
    if is_number(x):
        return (type(real_or_none(x)),)
    try:
        hash(x)
    except TypeError:
        raise TypeError(
            f"{place} is a {type(x).__name__}: a compiled function takes numbers, arrays and containers of "
            "them, and besides only what has a hash, which is fixed"
        ) from None
    return type(x), x


def _canonical(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return np.asarray(x)
    return real_or_none(x) if is_number(x) else x


# ---- tracing


class _Trace:
    """One run of a function that is being compiled, as `recording.hooks.tracer` holds it."""

    def __init__(self, inputs: Sequence[Node]) -> None:
        self.adjoints: dict[Node, Node] = {}
        self._inputs = set(inputs)
        self._start = next_serial()

    def is_read(self, leaf: Node) -> bool:
        """Whether the function got at a leaf by itself; what it made itself is the same at every run."""
        return leaf._serial < self._start

    def read(self, node: Node, what: str) -> None:
        """Refuse to read a concrete value that another call could change."""
        if any(v in self._inputs or self.is_read(v) for v in topological(node) if v.primitive is None):
            does = "decides on" if what == "truth" else f"takes {what} of"
            raise ControlFlowError(
                f"{_line()} {does} a number that may be another at the next call, and a compiled "
                "function goes the same way at every one: choose by relu, abs, maximum, minimum or (with "
                "Tensors) np.where; or leave the function uncompiled"
            )

    def compare(self, comparison: Callable[..., Any], a: Any, b: Any) -> Any:
        """Record a comparison, which is true or false only when the program runs."""
        return a._with(COMPARISONS[comparison], b)

    def select(self, condition: Any, yes: Any, no: Any) -> Any:
        """Record a selection by a recorded condition."""
        truth = not isinstance(condition, Tensor) or condition.dtype == bool
        return apply(select, condition if truth else condition != 0, yes, no)

    def detach(self, node: Node) -> Any:
        return apply(detached, node)

    def adjoint(self, node: Node, adjoint: Any) -> None:
        """Remember that a sweep completed the adjoint of a node."""
        if isinstance(adjoint, Node):
            self.adjoints.setdefault(adjoint, node)


def _line() -> str:
    """Where the program looks at a number now, in words."""
    file, line = line_of_user()
    text = linecache.getline(file, line).strip()
    return f"{file}, line {line}: {text!r}" if text else f"{file}, line {line},"


def _entered(args: Sequence[Any]) -> tuple[list[Any], list[Node]]:
    """Arguments with a leaf for every number in them; and these leaves."""
    numbers, structure = flatten(list(args))
    precisions = [x.dtype for x in numbers if isinstance(x, np.ndarray)]
    floats = [dtype for dtype in precisions if dtype.kind == "f"]
    nodes: list[Any] = []
    for x, place in zip(numbers, structure.names("argument "), strict=True):
        try:
            if not is_number(x):
                nodes.append(x)
            elif not precisions:
                nodes.append(Value(x))
            elif isinstance(x, np.ndarray) and x.dtype.kind == "f":
                nodes.append(Tensor(x))
            else:  # in the precision of the arrays beside it
                nodes.append(Tensor(x, dtype=floats[0] if floats else np.float64))
        except TypeError as error:
            raise TypeError(f"{place}: {error}") from None
    return structure.unflatten(nodes), [x for x in nodes if isinstance(x, Node)]


def _watched(f: Callable[..., Any], arguments: Sequence[Any], trace: _Trace) -> Any:
    with tracing():
        token = tracer.set(trace)
        try:
            return f(*arguments)
        finally:
            tracer.reset(token)


def dry_run(f: Callable[..., Any], *args: Any) -> Any:
    """What a function gives when it is run as to be compiled: on numbers that record, and are watched.

    Raises:
        ControlFlowError, TypeError, ArithmeticError, ValueError: as a compiled function.
    """
    arguments, nodes = _entered(args)
    return _watched(f, arguments, _Trace(nodes))


def _traced(
    f: Callable[..., Any], arguments: Sequence[Any], nodes: Sequence[Node], *, simplify: bool
) -> tuple[Program, Any]:
    """The program of a function of these nodes, and the containers that its results stand in."""
    trace = _Trace(nodes)
    result = _watched(f, arguments, trace)
    outputs, structure = flatten(result)
    for y, place in zip(outputs, structure.names("the result"), strict=True):
        if not isinstance(y, Node) and not is_number(y):
            raise TypeError(f"{place} is {type(y).__name__} {y!r:.40}: a compiled function gives numbers")
    roots = [y for y in outputs if isinstance(y, Node)]
    recorded = sorted(Graph(*roots).nodes, key=lambda v: v._serial) if roots else []
    made = Program.of(recorded, nodes, outputs, trace.is_read, trace.adjoints, simplify=simplify)
    return made, result
