"""JAX: the text of a program for NumPy, with the functions of ``jax.numpy`` under NumPy's names.

No array is written to, so there are no buffers: XLA plans the memory. A row without a text is a function of
`jax_rows`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.compiler.conditions import select
from autograd.compiler.program import Program
from autograd.compiler.source import Source
from autograd.compiler.variable import Variable
from autograd.compiler.writers.jax_rows import jax_function_of
from autograd.compiler.writers.numpy import FUNCTIONS

__all__ = ["write"]

# Functions that JAX has under another name, or as an expression.
_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "softplus": lambda jax: jax.nn.softplus,
    "select": lambda jax: jax.numpy.where,
    "erfcinv": lambda jax: lambda a: -jax.scipy.special.ndtri(a / 2) / np.sqrt(2),
    "rgamma": lambda jax: lambda a: 1 / jax.scipy.special.gamma(a),
}


def write(program: Program, jax: Any) -> Source:
    """Write a program as a function ``program(inputs, read)``, which returns the list of its outputs.

    Args:
        program: of scalars or of arrays.
        jax: the package.

    Raises:
        NotImplementedError: JAX lacks one of the operations.
    """
    source = _JaxSource(program)
    functions = {name: found for name in FUNCTIONS if (found := _function_named(jax, name)) is not None}
    source.namespace = {**functions, "asarray": _asarray(jax), "float64": float, "float32": np.float32}
    source.take_lists()

    def instruction(variable: Variable) -> str:
        row, operands = variable.primitive, [source.name(x) for x in variable.inputs]
        code = "select({0}, {1}, {2})" if row is select else row.code.get("numpy")
        if code is None:
            function = jax_function_of(jax, row)
            return f"{source.bind(_known(function, row.name))}({', '.join(operands)})"
        name = code.partition("(")[0].partition(".")[0]
        if name in FUNCTIONS:
            _known(functions.get(name), row.name)
        return code.format(*operands, out="")

    source.write_instructions((x, instruction(x)) for x in program.instructions)
    source.write(f"return [{', '.join(map(source.name, program.outputs))}]")
    return source


class _JaxSource(Source):
    """A function of two lists: the program's inputs, and the numbers of the leaves that it reads."""

    def take_lists(self) -> None:
        """Write the lines that unpack the lists, and convert numbers to the program's precision."""
        for parameter, letter, variables in (
            ("inputs", "x", self.program.inputs),
            ("read", "w", list(self.program.read)),
        ):
            self._parameters.append(parameter)
            names = [f"{letter}{i}" for i in range(len(variables))]
            self._names |= dict(zip(map(id, variables), names, strict=True))
            if names:
                self.write(f"{', '.join(names)}, = {parameter}")
            for name, variable in zip(names, variables, strict=True):
                if hasattr(variable.data, "dtype"):
                    self.write(f"{name} = asarray({name}, {self.bind(variable.dtype)})")


def _asarray(jax: Any) -> Any:
    """Convert to a precision, or to the nearest one that JAX is set to use."""
    return lambda x, dtype: jax.numpy.asarray(x, jax.dtypes.canonicalize_dtype(dtype))


def _function_named(jax: Any, name: str) -> Any:
    if name in _SPECIAL:
        return _SPECIAL[name](jax)
    return getattr(jax.numpy, name, None) or getattr(jax.scipy.special, name, None)


def _known(function: Any, name: str) -> Any:
    if function is None:
        raise NotImplementedError(
            f"the operation {name} has no counterpart in JAX: leave out backend='jax' to compute it by NumPy"
        )
    return function
