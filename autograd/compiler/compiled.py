"""`compile`: a function, or its derivative, as straight-line code.

A gradient is itself a graph: backprop on numbers that record gives nodes like any other function. So the
function runs once, including any `grad` in it; the graph of its results becomes a `program`, a writer turns
the program into code, and later calls run only this code. Arguments of other types or shapes get a program
of their own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from functools import WRAPPER_ASSIGNMENTS, partial, update_wrapper
from pathlib import Path
from types import MethodType
from typing import Any, NamedTuple
from weakref import proxy

from autograd.compiler import batch as batches
from autograd.compiler.execution import executed, executed_later
from autograd.compiler.keys import PROGRAMS, as_array, canonical, kind_of
from autograd.compiler.source import MISS, Source
from autograd.compiler.tracer import on_leaves, trace
from autograd.compiler.writers import UnavailableError, numpy, numpy_batch, python
from autograd.costs.uncollected import uncollected
from autograd.recording.modes import line_of_user
from autograd.recording.node import Node
from autograd.transforms.arguments import is_differentiating, tracing
from autograd.transforms.containers import Structure, flatten
from autograd.transforms.wrapping import decorator, place_by_name

__all__ = ["Compiled", "compile"]

# The most bytes of arguments that a compiled function keeps, as an example for `save`.
EXAMPLE = 2**20


def compile(  # noqa: A001 - what everybody calls it
    f: Callable[..., Any] | None = None,
    *,
    batch: int | Sequence[int] | None = None,
    reduce: str | None = None,
    backend: str | None = None,
    simplify: bool = True,
) -> Compiled:
    """Compile a function to straight-line code when it is first called.

    Inside the function all numbers are `Tensor` if any argument is an array, else `Value`. Values and Tensors
    that the function reaches on its own are read at every call; plain numbers, arrays and random draws keep
    the values of the first call. Called with numbers that record, or within `grad` or another function that
    is compiled, the compiled function runs ``f`` itself.

    Sums and products may be reordered, and small whole powers become products. So last digits and the sign of
    a zero may differ, and so may a result whose intermediate results leave the range of a float. Operations
    that no result needs are not computed, and raise no error.

    Whole numbers among the arguments are numbers like others, so a program serves all of them. They index a
    Tensor, or a list by `take`; an index out of range raises `IndexError` at the call. One that counts, as in
    ``range(n)``, is refused.

    With ``batch``, a function of one example runs over many. Inside, all numbers are `Value`, and an array
    is an array of Values, as `values` gives it; outside they are arrays in double precision.

    Args:
        f: a function from numbers, arrays, or nested containers of them, to the same. It may be a derivative,
            as ``compile(value_and_grad(loss))``. Its other arguments, such as text, are constants. Without
            it, as in ``@compile(batch=0)``, this returns a decorator. In a method, ``self`` is argument 0 and
            a constant: numbers among its attributes keep the values of the first call.
        batch: the indices of the arguments that hold one entry per example along their first axis; the others
            are the same for all examples.
        reduce: ``"sum"`` or ``"mean"`` of every result over the batch; by default an array with one entry per
            example.
        backend: ``"native"`` for code in C, built by the system's compiler: for functions of floats or of
            arrays, and for anything over a batch. On arrays it computes in double precision and gives none of
            NumPy's warnings. If there is no compiler, if C cannot express the function, or if products of
            matrices are so large that NumPy is as fast, a warning says why and the default is used: NumPy for
            arrays and batches, else Python. ``"jax"`` for a function of JAX's arrays, which `jax.jit`,
            `jax.vmap`, `jax.grad` and `jax.export` take. It returns JAX's arrays, in double precision for
            numbers of Python and NumPy. See docs/engines.md.
        simplify: whether to share equal operations and drop needless ones. If false, every recorded
            operation is a line, or over a batch part of a group: an algorithm unchanged, to read or to time.
            Otherwise a long program of numbers is written in sums of products; C writes it in loops.

    Returns:
        a function of the same arguments, by position, that returns plain numbers and arrays. Arguments of
        other types, shapes or containers are compiled again. The function keeps the 128 programs used last.

    Raises:
        ImportError: the back end is JAX, and it is not installed.
        TypeError: ``f`` is not a function.
        ValueError: an option has no such value, or options exclude each other.

    Raises (when the compiled function is called):
        NotImplementedError: the back end is JAX, which lacks an operation of the function.
        ControlFlowError: the function reads a concrete value, to branch or to compute without recording.
        TypeError: an argument is neither a number nor a hashable constant, or a result is not a number.
        ArithmeticError, ValueError: as the function itself.

    Examples:
        >>> import numpy as np
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
        raise ValueError(
            f"batch must be the index of an argument, or several indices, counted from 0, not {batch!r:.40}"
        )
    if reduce not in (None, "sum", "mean"):
        raise ValueError(f"reduce is 'sum' or 'mean' over a batch, or None, not {reduce!r:.40}")
    if backend not in (None, "native", "jax"):
        raise ValueError(f"the back end is 'native', 'jax' or None, not {backend!r:.40}")
    if backend == "jax" and argnums is not None:
        raise ValueError(
            "batch is not for backend='jax': jax.vmap(compile(f, backend='jax'), in_axes=…) runs over a batch"
        )
    if argnums is None and reduce:
        raise ValueError("reduce is for a batch: name the arguments that hold it by batch=")
    options = {"batch": argnums, "reduce": reduce, "backend": backend, "simplify": simplify}
    if callable(f):
        return Compiled(f, options)
    later: Any = decorator(compile, f, **options)
    return later  # type: ignore[no-any-return]  # which is called with the function, as the result is


class Compiled:
    """A compiled function, as `compile` returns it.

    ``__call__`` is not a method but the code compiled last, which passes other arguments to `_find`. So no
    Python runs between the caller and native code.

    Attributes:
        source: the code compiled last; empty before the first call.
    """

    __slots__ = ("__call__", "__dict__", "__weakref__")
    __call__: Callable[..., Any]

    def __init__(self, f: Callable[..., Any], options: dict[str, Any]) -> None:
        self.source = ""
        self._f = f
        self._options = options
        self._batch: tuple[int, ...] | None = options["batch"]
        self._specializations: dict[Hashable, _Specialization] = {}
        self._example: tuple[Any, ...] | None = None
        self._jax: Any = None
        if options["backend"] == "jax":
            from autograd.compiler.jax_function import JaxPrograms  # loads where JAX is wanted

            self._jax = JaxPrograms(f, simplify=options["simplify"])
        self.__call__ = self._otherwise
        update_wrapper(self, f, WRAPPER_ASSIGNMENTS, ())

    @property
    def _otherwise(self) -> Callable[..., Any]:
        return partial(_otherwise, proxy(self))  # avoids a reference cycle

    def __repr__(self) -> str:
        return f"<compiled {self._f!r}>"

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __copy__(self) -> Compiled:
        return self  # like a plain function

    def __deepcopy__(self, memo: object) -> Compiled:
        return self

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Pickle the function itself, which the other process compiles again."""
        return place_by_name(self) or (Compiled, (self._f, self._options))

    def save(self, path: str | Path, *args: Any) -> list[Path]:
        """Write the function to files, for arguments of one kind.

        A file ending in ``.c`` is C that builds without Python or whygrad, beside a header (``.h``) that
        documents the one function in it, named after the file. A file ending in ``.so`` is the same, compiled
        for this kind of machine; `load` loads it in another process. In both, Values and Tensors that the
        function reads besides its arguments keep their present values, undefined operations give infinities
        and NaN instead of errors, and an array of Values among the results becomes an array of numbers.
        Whole numbers among the arguments that only index are of ``int64_t``; where an index is out of range,
        the function in C returns 1, and a loaded one raises `IndexError`.

        Args:
            path: the file, which is replaced if it exists.
            args: examples of the arguments, with the types, shapes and containers of later calls. By default
                the arguments compiled for last, if they take less than a megabyte.

        Returns:
            the files written.

        Raises:
            FileNotFoundError: the folder does not exist.
            RuntimeError: C cannot express the function, or for ``.so`` there is no compiler.
            TypeError: there are no examples of the arguments, or they are Values or Tensors.
            ValueError: the file has another ending, or its name cannot be a function's in C.

        Examples:
            >>> from tempfile import TemporaryDirectory
            >>> from autograd import compile, grad
            >>> slope = compile(grad(lambda x: x * x * x))
            >>> with TemporaryDirectory() as folder:
            ...     print(*(file.name for file in slope.save(f"{folder}/slope.c", 2.0)))
            slope.c slope.h
        """
        from autograd.compiler.saved import save  # loads only where files are written

        example = self._example
        if args:
            numbers, structure = flatten(list(args))
            if any(isinstance(x, Node) for x in numbers):
                raise TypeError(
                    "examples of the arguments must be plain numbers and arrays, not Values or Tensors"
                )
            example = tuple(structure.unflatten(map(canonical, map(as_array, numbers))))
        if example is None:
            raise TypeError("give save examples of the arguments, as in f.save('f.c', 1.0, 2.0)")
        return save(self._f, example, Path(path), self._options)

    def _find(self, args: tuple[Any, ...]) -> Any:
        """Call the code for arguments like these; compile it if there is none."""
        if self._jax is not None:
            result = self._jax(args)
            self.source = self._jax.source
            return result
        numbers, structure = flatten(list(args))
        numbers = list(map(as_array, numbers))
        recorded = any(isinstance(x, Node) for x in numbers)
        if self._batch is None and (recorded or is_differentiating()):
            return self._f(*args)
        if recorded:
            raise TypeError(
                "a function over a batch takes plain numbers: to differentiate it, compile the derivative of "
                "the function of one example, as compile(grad(f), batch=…)"
            )
        places = structure.names("argument ")
        key = (structure, *(kind_of(x, place) for x, place in zip(numbers, places, strict=True)))
        args = tuple(structure.unflatten(map(canonical, numbers)))
        found = self._specializations.pop(key, None)
        if found is None:
            with uncollected():
                found = self._specialize(args)
        self._specializations[key] = found  # the last, since it was used last
        if len(self._specializations) > PROGRAMS:
            self._specializations.pop(next(iter(self._specializations)), None)
        self.__call__ = found.call
        result = MISS
        try:
            for program in found.programs:
                if result is MISS:
                    result = program(*args)
        except (ArithmeticError, ValueError):
            self._explain(args)
            raise
        return result

    def _explain(self, args: tuple[Any, ...]) -> None:
        """Let the function itself raise the error that names the undefined operation and its operands."""
        if self._batch is None:
            with tracing():
                self._f(*on_leaves(args)[0])

    def _specialize(self, args: tuple[Any, ...]) -> _Specialization:
        """Compile the function for arguments like these."""
        size = sum(getattr(x, "nbytes", 0) for x in flatten(list(args))[0])
        self._example = args if size < EXAMPLE else None
        if self._batch is None:
            program, structure = trace(self._f, *on_leaves(args), simplify=self._options["simplify"])
            new: Callable[[], Source] = partial(Source, program)
        else:
            arguments, leaves, examples = batches.first_example(args, self._batch)
            program, structure = trace(self._f, arguments, leaves, simplify=self._options["simplify"])
            new = partial(
                batches.BatchSource, program, batches.Batch(self._batch, self._options["reduce"], examples)
            )
        if self._options["backend"] is not None:
            try:
                return self._specialize_native(new, args, structure)
            except UnavailableError as error:
                instead = "Python" if self._batch is None and not program.has_arrays else "NumPy"
                message = f"no native code: {error}; {instead} does it instead"
                warnings.warn_explicit(message, RuntimeWarning, *line_of_user())
        source = _written(new(), args, structure)
        self.source = source.text()
        run = executed(source.text(), source.namespace)
        return _Specialization(_guarded(run, self._otherwise), (run,))

    def _specialize_native(
        self, new: Callable[[], Source], args: tuple[Any, ...], structure: Structure
    ) -> _Specialization:
        source = new()
        source.take(args, test=False)
        write = _native_writer(over_batch=bool(self._batch), of_arrays=source.program.has_arrays)
        self.source, make = write(source, structure)
        run = make(_miss)
        call = make(self._otherwise)
        if not source.is_empty:
            source.namespace["run"] = run
            source.write(f"return run({', '.join(source.names)})")
            self.source += source.text()
            run = executed(source.text(), source.namespace)
            call = _guarded(run, self._otherwise)
        if self._batch:  # whose native code computes whatever it accepts
            return _Specialization(call, (run,))
        source = _written(new(), args, structure)
        return _Specialization(call, (run, executed_later(source.text(), source.namespace)))


class _Specialization(NamedTuple):
    """The code for arguments of one kind.

    Attributes:
        call: becomes the function's ``__call__`` while arguments are of this kind.
        programs: give the result or `MISS`; each is for what the one before misses.
    """

    call: Callable[..., Any]
    programs: tuple[Callable[..., Any], ...]


def _miss(*args: Any) -> Any:
    return MISS


def _otherwise(compiled: Any, *args: Any, **named: Any) -> Any:
    if named:
        raise TypeError(f"a compiled function takes its arguments by position, not by name as {min(named)!r}")
    return compiled._find(args)


def _guarded(program: Callable[..., Any], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """A program in Python that passes on what it misses, undefined operations, and calls within `grad`."""

    def call(*args: Any, **named: Any) -> Any:
        try:
            result = MISS if is_differentiating() else program(*args, **named)
        except (ArithmeticError, TypeError, ValueError):  # TypeError: another number of arguments, or names
            result = MISS
        return otherwise(*args, **named) if result is MISS or named else result

    return call


def _native_writer(*, over_batch: bool, of_arrays: bool) -> Callable[[Any, Structure], tuple[str, Any]]:
    """The function that writes a program in C; only its module is loaded, since each takes milliseconds."""
    if over_batch:
        from autograd.compiler.writers import c_batch  # loads only where C is wanted

        return c_batch.write
    if of_arrays:
        from autograd.compiler.writers import c_arrays  # loads only where C is wanted

        return c_arrays.write
    from autograd.compiler.writers import c_scalars  # loads only where C is wanted

    return c_scalars.write


def _written(source: Source, args: tuple[Any, ...], structure: Structure) -> Source:
    """A whole function in Python."""
    source.take(args)
    if isinstance(source, batches.BatchSource):
        numpy_batch.write(source, structure)
    elif source.program.has_arrays:
        numpy.write(source, structure)
    else:
        python.write(source, structure)
    return source
