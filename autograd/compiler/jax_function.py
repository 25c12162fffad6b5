"""`compile(f, backend="jax")`: the traced program as a function that JAX transforms.

The function is traced once, as for any other back end; JAX then traces the program instead of the function.
So all of JAX's transformations apply: `jax.jit`, `jax.vmap`, `jax.grad`, sharding over devices, `jax.export`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np

from autograd.compiler.execution import executed
from autograd.compiler.keys import PROGRAMS, as_array, canonical, kind_of
from autograd.compiler.source import is_number
from autograd.compiler.tracer import on_leaves, trace
from autograd.recording.conversions import refuse_masked
from autograd.recording.node import Node
from autograd.transforms.arguments import is_differentiating
from autograd.transforms.containers import Structure, flatten

__all__ = ["JaxProgram", "JaxPrograms", "jax_program", "require_jax"]


@cache
def require_jax() -> Any:
    """Import the package jax.

    Raises:
        ImportError: it is missing.
    """
    try:
        jax = import_module("jax")  # deferred: an optional package that takes long to import
        import_module("jax.scipy.special")  # likewise deferred: it does not load with jax
    except ImportError:
        raise ImportError(
            "backend='jax' needs the package jax, which is missing: pip install 'whygrad[jax]'"
        ) from None
    return jax


class JaxPrograms:
    """The programs of one function for JAX, one for each kind of arguments.

    Arguments are numbers, arrays of NumPy or JAX, and within a transformation JAX's tracers. Results are
    JAX's arrays, in the containers of the function's result.

    Args:
        f: the function.
        simplify: as for `compile`.

    Attributes:
        source: the text of the latest program.
    """

    def __init__(self, f: Callable[..., Any], *, simplify: bool) -> None:
        self.source = ""
        self._f = f
        self._simplify = simplify
        self._jax = require_jax()
        self._programs: dict[Hashable, JaxProgram] = {}

    def __call__(self, args: tuple[Any, ...]) -> Any:
        """Call the program for arguments like these; make it if there is none."""
        leaves, structure = flatten(list(args))
        if is_differentiating() or any(isinstance(x, Node) for x in leaves):
            return self._f(*args)
        places = structure.names("argument ")
        leaves, precision = self._taken(leaves)
        key = (structure, *(self._kind(x, place) for x, place in zip(leaves, places, strict=True)))
        program = self._programs.pop(key, None)
        if program is None:
            program = self._program(leaves, structure)
            program = program._replace(run=self._jax.jit(program.run))
            self.source = program.text
        self._programs[key] = program  # the last, since it was used last
        if len(self._programs) > PROGRAMS:
            self._programs.pop(next(iter(self._programs)), None)
        inputs = [x for x in leaves if self._is_array(x) or is_number(x)]
        with precision:
            outputs = program.run(inputs, [leaf._data for leaf in program.read])
            return program.structure.unflatten(outputs, self._stacked)

    def _program(self, leaves: Sequence[Any], structure: Structure) -> JaxProgram:
        examples = [self._example(x) for x in leaves]
        try:
            return jax_program(self._f, structure.unflatten(examples), simplify=self._simplify)
        except (
            ArithmeticError,
            ValueError,
        ):  # perhaps by the numbers, where the program gives NaN or infinity
            others = [_another(x) for x in examples]
            return jax_program(self._f, structure.unflatten(others), simplify=self._simplify)

    def _taken(self, leaves: Sequence[Any]) -> tuple[list[Any], Any]:
        """The leaves as programs take them, and the context that sets the precision.

        Outside JAX's transformations double precision is enabled. Within one, JAX's own setting applies,
        which is single precision by default.
        """
        jax = self._jax
        leaves = [x if self._is_array(x) else unmasked(x) for x in leaves]
        if any(isinstance(x, jax.core.Tracer) for x in leaves):
            return [jax.numpy.asarray(x) if isinstance(x, np.ndarray) else x for x in leaves], nullcontext()
        return leaves, jax.enable_x64(True)

    def _is_array(self, x: Any) -> bool:
        return isinstance(x, self._jax.Array)  # a tracer is one too

    def _is_scalar(self, x: Any) -> bool:
        """Whether a JAX array stands for a Python number, which takes the precision of what it meets."""
        return x.shape == () and bool(x.weak_type)

    def _kind(self, x: Any, place: str) -> Hashable:
        if not self._is_array(x):
            return kind_of(x, place)
        return (type(x.dtype.type().item()),) if self._is_scalar(x) else (x.shape, np.dtype(x.dtype))

    def _example(self, x: Any) -> Any:
        """A number of the same kind to trace the function with."""
        if not self._is_array(x):
            return x
        known = not isinstance(x, self._jax.core.Tracer) and x.is_fully_addressable
        numbers = np.asarray(x) if known else stand_in(x.shape, np.dtype(x.dtype))
        return numbers.item() if self._is_scalar(x) else numbers

    def _stacked(self, shape: tuple[int, ...], *numbers: Any) -> Any:
        return self._jax.numpy.stack(numbers).reshape(shape) if numbers else self._jax.numpy.zeros(shape)


class JaxProgram(NamedTuple):
    """A program for arguments of one kind.

    Attributes:
        run: takes two lists, the numbers of the arguments and of ``read``, and returns the list of the
            result's numbers.
        read: the leaves that the function reads besides its arguments.
        structure: the containers of the result.
        text: of ``run``.
    """

    run: Callable[[list[Any], list[Any]], list[Any]]
    read: list[Node]
    structure: Structure
    text: str


def jax_program(f: Callable[..., Any], args: Sequence[Any], *, simplify: bool = True) -> JaxProgram:
    """Trace a function and write its program for JAX.

    Args:
        f: the function.
        args: examples of its arguments.
        simplify: as for `compile`.
    """
    from autograd.compiler.writers.jax import write  # loads where JAX is wanted

    program, structure = trace(f, *on_leaves(args), simplify=simplify)
    source = write(program, require_jax())
    run = executed(source.text(), source.namespace)
    return JaxProgram(run, list(program.read.values()), structure, source.text())


def unmasked(x: Any) -> Any:
    """Convert an argument to the form that programs take.

    Raises:
        ValueError: it has masked elements.
    """
    x = as_array(x)
    if isinstance(x, np.ndarray):
        refuse_masked(x)
    return canonical(x)


def _another(x: Any) -> Any:
    """Another number of the same kind, at which functions are defined; anything else unchanged."""
    if isinstance(x, np.ndarray):
        return stand_in(x.shape, x.dtype)
    return 0.75 if isinstance(x, float) else x


def stand_in(shape: tuple[int, ...], dtype: Any) -> Any:
    """Numbers to trace a function with, if the actual ones are unknown or on other machines.

    They are random, from 0.5 to 1, so that logarithms and roots are defined. Square matrices are symmetric
    with a dominant diagonal, so that they have an inverse and every factorization.
    """
    if dtype.kind not in "fc":
        return np.zeros(shape, dtype)
    numbers = np.random.default_rng(0).uniform(0.5, 1.0, shape)
    if len(shape) > 1 and shape[-1] == shape[-2]:
        numbers = (numbers + np.swapaxes(numbers, -1, -2)) / 2 + shape[-1] * np.eye(shape[-1])
    return numbers.astype(dtype)
