"""Calls of NumPy's functions with odd arguments, for test_hostile_arguments.py."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from inspect import Parameter, signature
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autograd.functions.registry import Rule
from autograd.numbers.ufuncs import numpy_name

__all__ = ["SHAPES", "Attempt", "attempts"]

# The shapes of the first array and of the others.
SHAPES: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((), ()),
    ((1,), (1,)),
    ((4,), (4,)),
    ((4,), (3,)),
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 3), (3, 2)),
    ((3, 3), (3, 3)),
    ((3, 3), (3,)),
    ((2, 3, 4), (2, 3, 4)),
    ((2, 3, 3), (2, 3, 3)),
    ((0,), (0,)),
    ((0, 3), (0, 3)),
    ((2, 0), (2, 0)),
)
_BOTH = (False, True)
_WHOLE = range(-3, 4)
_CUTOFFS = (None, 1e-3, 0.5)
# What the parameters of these names are set to.
OPTIONS: dict[str, Any] = {
    "N": (None, 0, 1, 3, -1),
    "append": (0.5, [1.0], [[1.0], [2.0]]),
    "assume_unique": _BOTH,
    "aweights": (None, [1, 2], [1.0, 0.5, 2], [-1.0, 1, 1], 2.0),
    "axes": (None, (1, 0), (0, 1), (0, 0), (2, 0, 1), 0, 1, 2, ([0], [0]), ([1], [0])),
    "axis": (None, *_WHOLE, (0,), (1, 0), (0, 0), (-1, 1), ()),
    "base": (10.0, 2.0),
    "bias": _BOTH,
    "bins": (1, 3, 0, [0.0, 1, 2]),
    "compute_uv": _BOTH,
    "correction": (0, 1, 2, 0.5),
    "ddof": (0, 1, 2, 0.5),
    "density": (None, False, True),
    "destination": (0, 1, -1, (1, 0)),
    "dtype": (None, float, np.float32),
    "dx": (1.0, 0.5),
    "edge_order": (0, 1, 2, 3),
    "endpoint": _BOTH,
    "equal_nan": _BOTH,
    "full_matrices": _BOTH,
    "fweights": (None, [1, 2], [1, 2, 3], [1.5, 1, 1], [-1, 1, 1], 2),
    "hermitian": _BOTH,
    "include_initial": _BOTH,
    "increasing": _BOTH,
    "indices": (0, 1, -1, 5, [0, 1], [[0, 1], [1, 0]]),
    "indices_or_sections": (1, 2, 3, 0, -1, [1], [1, 2], []),
    "initial": (None, 0.0, 2.0),
    "invert": _BOTH,
    "keepdims": _BOTH,
    "kind": ("quicksort", "stable", "nonsense"),
    "kth": (0, 1, -1, 5, (0, 1)),
    "left": (None, 7.0),
    "max": (None, 1.0),
    "method": ("linear", "lower", "higher", "nearest", "midpoint", "weibull", "nonsense"),
    "min": (None, 0.4),
    "minlength": (0, 1, 6, -1),
    "mode": (
        *("full", "same", "valid", "nonsense", 0, 1, 2),  # of convolutions
        *("constant", "edge", "reflect", "wrap", "symmetric", "maximum", "mean", "linear_ramp"),  # of borders
        *("reduced", "complete", "r", "clip", "raise"),  # of QR, and of indices
    ),
    "nan": (0.0, 1.5),
    "neginf": (None, -3.0),
    "new_shape": ((4,), (2, 5), 0, (0,), -1),
    "num": (0, 1, 2, 5, -1),
    "obj": (0, 1, -1, 5, [0, 1], slice(0, 2)),
    "ord": (None, 0, 1, 2, -1, -2, 3, 0.5, np.inf, -np.inf, "fro", "nuc", "f", "nonsense"),
    "order": ("C", "F", "nonsense"),
    "p": (None, 1, -1, 2, -2, np.inf, "fro", "nonsense"),
    "pad_width": (0, 1, (1, 2), ((1, 0), (0, 2)), -1),
    "period": (None, 0, 2.0, -2.0),
    "posinf": (None, 3.0),
    "prepend": (0.5, [1.0], [[1.0], [2.0]]),
    "q": (0, 0.25, 0.5, 1, 1.5, -0.1, [0.1, 0.6], 30, 101),
    "repeats": (0, 1, 2, -1, [1, 2], [1, 0, 2]),
    "reps": (0, 1, 2, (2, 1), (1, 2, 1), -1),
    "retstep": _BOTH,
    "return_counts": _BOTH,
    "return_index": _BOTH,
    "return_inverse": _BOTH,
    "returned": _BOTH,
    "right": (None, 7.0),
    "rowvar": _BOTH,
    "rcond": _CUTOFFS,
    "rtol": _CUTOFFS,
    "shape": ((-1,), (3, 2), (6,), (1, -1), (5,), -1, 2, ()),
    "shift": (*_WHOLE, (1, 2)),
    "side": ("left", "right", "nonsense"),
    "source": (0, 1, -1, (0, 1)),
    "to_begin": (None, 1.0, [1.0, 2]),
    "to_end": (None, 1.0, [1.0, 2]),
    "tol": _CUTOFFS,
    "UPLO": ("L", "U", "u", "X"),
    "upper": _BOTH,
    "values": (9.0, [7.0, 8.0]),
    "weights": (None, [1.0, 2], [1.0, 0.5, 2], [1.0, 2, 3, 4]),
    "where": (True, False, [True, False, True]),
    "x": (None, [1.0, 2, 4], [1.0, 2, 4, 7]),
    **dict.fromkeys(("axis1", "axis2", "axisa", "axisb", "axisc", "start"), _WHOLE),
    **dict.fromkeys(("decimals", "k", "m", "n", "offset"), _WHOLE),
}
MOST = 30  # ways to set the parameters that a function needs
PAIRS = 15  # of options together, for every function and shape


class Attempt(NamedTuple):
    """A call of a function, whose arguments are made of the arrays of two shapes.

    Attributes:
        function: NumPy's.
        required: the arguments by position: ``None`` for an array, else the argument in a tuple of one.
        options: the arguments by name.
    """

    function: Callable[..., Any]
    required: tuple[tuple[Any] | None, ...]
    options: dict[str, Any]

    def __str__(self) -> str:
        return f"{numpy_name(self.function)}, {self.required}, {self.options}"

    def __call__(self, shapes: tuple[tuple[int, ...], ...], wrap: Callable[[Any], Any], place: int) -> Any:
        """Call with arrays, of which one is wrapped."""
        arrays = [_numbers(shapes[i > 0], i) for i in range(3)]
        arrays[place] = wrap(arrays[place])
        arguments: list[Any] = []
        for i, argument in enumerate(self.required):
            joined = self.function in _OF_SEQUENCES and i == 0
            arguments.append(arrays[:2] if joined else argument[0] if argument else arrays[min(i, 2)])
        if not arguments:
            arguments = arrays[:2]
        return self.function(*arguments, **self.options)


def _numbers(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Distinct numbers; the second array is in order, as the places of an interpolation are."""
    numbers = np.random.default_rng(seed).uniform(0.2, 1.9, shape)
    return np.sort(numbers, axis=None).reshape(shape) if seed == 1 else numbers


_OF_SEQUENCES = (np.concatenate, np.stack, np.hstack, np.vstack, np.dstack, np.column_stack, np.block)


def attempts(function: Callable[..., Any], rule: Rule) -> Iterator[Attempt]:
    """The calls of a function: each option by itself, and some pairs."""
    try:
        parameters = signature(function).parameters
    except ValueError:  # a function in C that does not know its signature
        parameters = signature(rule).parameters
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    needed = [x.name for x in parameters.values() if x.kind in positional and x.default is Parameter.empty]
    required = list(
        product(*([(x,) for x in OPTIONS[n]] if i and n in OPTIONS else [None] for i, n in enumerate(needed)))
    )
    rng = random.Random(numpy_name(function))
    required = required[:1] + rng.sample(required[1:], min(MOST, len(required) - 1))
    yield from (Attempt(function, arguments, {}) for arguments in required)
    taken = signature(rule).parameters
    names = [name for name in parameters if name in OPTIONS and name in taken and name not in needed]
    for name in names:
        yield from (Attempt(function, required[0], {name: x}) for x in OPTIONS[name])
    for _ in range(PAIRS if len(names) > 1 else 0):
        two = {name: rng.choice(OPTIONS[name]) for name in rng.sample(names, 2)}
        yield Attempt(function, rng.choice(required), two)
