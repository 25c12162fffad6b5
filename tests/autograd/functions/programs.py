"""What the tables of calls are made of: a call, its input, and the tables of all files beside this one.

A file ``calls*.py`` has ``CALLS``, and may have ``PLAIN`` for functions whose results have no derivative:
lists of programs of one array, by the name of the function under ``np``, as ``"sum"``, ``"linalg.norm"`` or
``"add.reduce"``. An entry is one of ::

    lambda t: np.foo(t)                                   # t has the kind "matrix"
    ("square", lambda t: np.linalg.foo(t))                # a kind of `INPUTS`
    ("square", lambda t: np.linalg.foo(t), {"nan": why})  # exempt from the checks named, and why

A file may have ``EXEMPT``, exemptions that all its entries share.

A program runs on a Tensor, on an array, and on a JAX array with ``np`` replaced by ``jax.numpy``. It
returns an array, or a tuple or list of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, reduce
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad, native

__all__ = [
    "CALLS",
    "CHECKS",
    "INPUTS",
    "LACKING",
    "PLAIN",
    "Call",
    "close",
    "difference",
    "flat",
    "quiet",
    "repeated",
    "weighted",
    "without_values",
]

# The checks that an entry can be exempt from: see the functions of these names in test_calls.py.
CHECKS = ("first", "second", "methods", "float32", "compiled", "native", "empty", "scalar", "nan", "jax")

# Generic numbers: no ties, no whole numbers, no two of the same absolute value, away from kinks.
_MATRIX = np.array([[1.56, -0.63, 2.12], [0.27, 3.31, -1.24]])
_SQUARE = np.array([[2.13, -0.42, 0.31], [0.64, 1.57, -0.83], [-0.22, 0.74, 3.38]])
_SPD = np.array([[2.3, 0.4, -0.2], [0.4, 1.7, 0.6], [-0.2, 0.6, 3.1]])
INPUTS: dict[str, np.ndarray] = {
    "matrix": _MATRIX,
    "positive": np.abs(_MATRIX) + 0.25,
    "above_one": np.abs(_MATRIX) + 1.25,
    "unit": _MATRIX / 4,
    "scalar": np.array(1.56),
    "vector": np.array([1.56, -0.63, 2.12, 0.27]),
    "cube": np.linspace(-2.07, 2.31, 24)[np.random.default_rng(0).permutation(24)].reshape(2, 3, 4),
    "square": _SQUARE,
    "square_spd": _SPD,
    "tall": np.concatenate([_SQUARE, [[0.93, -1.14, 0.52]]]),
    "stack": np.stack([_SQUARE, _SPD + 0.1 * _SQUARE]),
    "stack_spd": np.stack([_SPD, _SPD @ _SPD]),
}


@dataclass(frozen=True)
class Call:
    """A program of one array.

    Attributes:
        name: NumPy's name of the function.
        program: the program.
        kind: the kind of its input.
        exempt: the checks that do not hold for it, each with the reason.
        number: its place in the list of its name.
    """

    name: str
    program: Callable[[Any], Any]
    kind: str
    exempt: dict[str, str]
    number: int

    @property
    def data(self) -> np.ndarray:
        return INPUTS[self.kind].copy()

    def __str__(self) -> str:
        return f"{self.name}-{self.number}"

    def __call__(self, t: Any) -> list[Any]:
        return flat(self.program(t))

    def total(self, t: Any) -> Any:
        """One number that depends on every result, nonlinearly."""
        return weighted(self(t))

    @cached_property
    def slope(self) -> np.ndarray:
        """The gradient of the total by the input, in reverse mode; it is computed once for all checks."""
        found = np.asarray(grad(self.total)(self.data))
        found.flags.writeable = False
        return found


def flat(result: Any) -> list[Any]:
    """Return the arrays of a result."""
    if not isinstance(result, (tuple, list)):
        return [result]
    return [x for part in result for x in flat(part)]


def weighted(results: list[Any]) -> Any:
    """Return the sum of ``w·r·(r + 1)`` over all results that are floats, with fixed random weights."""
    rng = np.random.default_rng(len(results))
    total: Any = 0.0
    for r in results:
        if isinstance(r, Tensor) or getattr(r, "dtype", np.dtype(int)).kind == "f":
            total = total + (rng.uniform(0.5, 1.5, r.shape) * r * (r + 1)).sum()
    return total


def _calls(name: str, entries: list[Any], shared: dict[str, str], first: int) -> list[Call]:
    calls = []
    for entry in entries:
        parts = ("matrix", entry, {}) if callable(entry) else (*entry, {})[:3]
        kind, program, exempt = parts
        exempt = shared | exempt
        assert kind in INPUTS, f"{name} has an entry of the kind {kind!r}"
        assert set(exempt) <= set(CHECKS), f"{name} has an exemption from {exempt}"
        calls.append(Call(name, program, kind, exempt, first + len(calls)))
    return calls


def _is_installed(name: str) -> bool:
    """Whether the installed NumPy or SciPy has a function."""
    if name == "i0" and not find_spec("scipy"):
        return False  # its derivative is a function of SciPy's
    homes = [np, np.linalg, find_spec("scipy") and import_module("scipy.special")]
    first, *rest = name.lstrip("_").split(".")
    return any(
        hasattr(reduce(getattr, rest[:-1], getattr(home, first)), rest[-1]) if rest else True
        for home in homes
        if hasattr(home, first)
    )


def _tables(which: str) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = {}
    for path in sorted(Path(__file__).parent.glob("calls*.py")):
        module = import_module(f"{__package__}.{path.stem}")
        for name, entries in getattr(module, which, {}).items():
            if not _is_installed(name):
                LACKING.add(name)
                continue
            calls = found.setdefault(name, [])
            calls += _calls(name, entries, getattr(module, "EXEMPT", {}), len(calls))
    return found


# The names in the tables that the installed versions of NumPy and SciPy lack.
LACKING: set[str] = set()
CALLS = _tables("CALLS")
PLAIN = _tables("PLAIN")


# ---- what tests of tensors share

# No Value takes part, and of the classes that are written twice only Counted, which `methods` needs: the run
# on the Python classes leaves the other checks to the run on the native ones.
repeated = native.why == "WHYGRAD_PURE is set" and find_spec("autograd.numbers.native._native") is not None
without_values = pytest.mark.skipif(
    repeated, reason="no Value takes part: the run on native ones checks this"
)


@contextmanager
def quiet() -> Iterator[None]:
    """Ignore NumPy's warnings of undefined numbers."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def difference(f: Callable[[int], Any], step: float) -> Any:
    """The derivative at 0 of a function of the number of steps."""
    weights = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
    return sum(w * (f(k) - f(-k)) for k, w in enumerate(weights, 1)) / step


def close(a: Any, b: Any, tolerance: float = 1e-8) -> None:
    """Equal up to the tolerance, times the greatest number."""
    b = np.asarray(b)
    scale = np.max(np.abs(b[np.isfinite(b)]), initial=1.0)
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)
