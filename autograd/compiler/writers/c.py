"""C, made by the system's compiler, as functions that Python calls.

A library has one function, `make`, and what that makes is a function of CPython's own kind, which gets its
arguments as they lie on the interpreter's stack: two floats in and three out took 0.08 µs, where a call of
four pointers by `ctypes` took 1. What it is not made for, it hands over to another function, which it is
made with. A C compiler, since that is there on most machines and adds nothing to what has to be installed;
what Numba makes of a gradient of two numbers, written by hand, takes twice as long to be called
(``python -m benchmarks --works tiny,small``).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import groupby
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from autograd.compiler.conditions import COMPARISONS
from autograd.compiler.writers import UnavailableError
from autograd.rules.primitive import Primitive
from autograd.transforms.arguments import nesting
from autograd.transforms.containers import object_array

__all__ = [
    "PRELUDE",
    "PRELUDE_OF_ARRAYS",
    "Code",
    "Make",
    "dimensions",
    "expression",
    "library",
    "literal",
    "repeated",
    "unlocked",
]

Make = Callable[[Callable[..., Any]], Callable[..., Any]]

PRELUDE = """\
#include <Python.h>
#include <math.h>
#define EACH(n) for (long k = 0; k < n; k++)
#define ONE static inline double
ONE one_truth(int c) { return c; }
ONE one_select(double c, double a, double b) { return c != 0 ? a : b; }
ONE one_sqrt(double a) { return sqrt(a); }
ONE one_exp(double a) { return exp(a); }
ONE one_log(double a) { return log(a); }
ONE one_sin(double a) { return sin(a); }
ONE one_cos(double a) { return cos(a); }
ONE one_tanh(double a) { return tanh(a); }
ONE one_abs(double a) { return fabs(a); }
ONE one_maximum(double a, double b) { return a >= b || a != a ? a : b; }
ONE one_minimum(double a, double b) { return a <= b || a != a ? a : b; }
ONE one_power(double a, double b) { return pow(a, b); }
ONE one_softplus(double a) { return one_maximum(a, 0) + log1p(exp(-fabs(a))); }
#define OBJECT(i) PyTuple_GET_ITEM(self, i)
#define MINE(n) (count == n && !differentiating(OBJECT(1)))
#define OTHERWISE (PyErr_Occurred() ? NULL : PyObject_Vectorcall(OBJECT(0), args, count, NULL))
#define FLOAT(x) PyFloat_FromDouble(x)
#define BOOL(x) PyBool_FromLong(x != 0)
#define PUSH(x) *top++ = x
#define TOP top[-1]
#define TUPLE(n) (top -= n, *top = tuple(n, top), top++)
static int differentiating(PyObject *nesting) {
  PyObject *depth = NULL;
  int differs = PyContextVar_Get(nesting, NULL, &depth) || PyObject_IsTrue(depth);
  Py_XDECREF(depth);
  return differs;
}
static PyObject *tuple(Py_ssize_t n, PyObject **items) {
  PyObject *result = PyTuple_New(n);
  int complete = result != NULL;
  EACH(n) {
    complete = complete && items[k];
    if (result) PyTuple_SET_ITEM(result, k, items[k]); else Py_XDECREF(items[k]);
  }
  if (!complete) Py_CLEAR(result);
  return result;
}
static PyObject *called(PyObject *f, PyObject *items) {
  PyObject *result = items && !PyErr_Occurred() ? PyObject_CallObject(f, items) : NULL;
  Py_XDECREF(items);
  return result;
}
static PyObject *list(PyObject *items) {
  PyObject *result = items ? PySequence_List(items) : NULL;
  Py_XDECREF(items);
  return result;
}
static PyObject *dict(PyObject *keys, PyObject *items) {
  PyObject *result = items ? PyDict_New() : NULL;
  if (result) EACH(PyTuple_GET_SIZE(keys))
    if (PyDict_SetItem(result, PyTuple_GET_ITEM(keys, k), PyTuple_GET_ITEM(items, k))) {
      Py_CLEAR(result);
      break;
    }
  Py_XDECREF(items);
  return result;
}
"""

# What functions of NumPy's arrays begin with besides.
PRELUDE_OF_ARRAYS = """\
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#define READY (_import_array() == 0)
#if defined __x86_64__ && defined __AVX2__ && __GLIBC__ == 2 && __GLIBC_MINOR__ >= 35
#define HAS_VECTOR_FUNCTIONS
#endif
"""

LONG = 1_000_000  # operations, about a millisecond

_MAKE = """\
static PyMethodDef method = {"program", (PyCFunction)(void (*)(void))program, METH_FASTCALL, NULL};
PyObject *make(PyObject *objects) { return READY ? PyCFunction_New(&method, objects) : NULL; }
"""


class Code:
    """Code being written, and the objects of Python's that it needs, which a function is made with.

    What builds its result is a line for every number and container, each after what is in it; they work
    on a stack, whose place for the next is ``top``.
    """

    def __init__(self) -> None:
        self._objects: list[Any] = [nesting]

    def bind(self, thing: Any) -> str:
        """The expression for an object; before it are the function that is called otherwise and `nesting`."""
        self._objects.append(thing)
        return f"OBJECT({len(self._objects)})"

    def array(self, number: Callable[[int], str], places: list[int], shape: tuple[int, ...]) -> str:
        """An array of numbers as objects."""
        items = [*map(number, places), f"TUPLE({len(places)});"]
        return "\n".join([*items, f"TOP = called({self.bind(partial(object_array, shape))}, TOP);"])

    def container(self, tree: Any, parts: Sequence[str]) -> str:
        """A list, tuple, dict or None such as this, with these things in it."""
        if tree is None:
            return "PUSH(Py_NewRef(Py_None));"
        lines = [*parts, f"TUPLE({len(parts)});"]
        if isinstance(tree, Mapping):
            lines.append(f"TOP = dict({self.bind(tuple(tree))}, TOP);")
        elif type(tree) is list:
            lines.append("TOP = list(TOP);")
        elif type(tree) is not tuple:
            lines += [] if hasattr(tree, "_fields") else ["TUPLE(1);"]
            lines.append(f"TOP = called({self.bind(type(tree))}, TOP);")
        return "\n".join(lines)

    def built(self, text: str, *flags: str) -> Make:
        """What makes the function, once it is known what is called otherwise."""
        make, objects = library(text, *flags), tuple(self._objects)
        return lambda otherwise: make((otherwise, *objects))


def expression(row: Primitive, operands: Sequence[str], prefix: str = "one_") -> str:
    """An instruction in C.

    Args:
        row: what it does.
        operands: what to.
        prefix: what the functions' names begin with.

    Raises:
        UnavailableError: the rule is no arithmetic.
    """
    if row.code is None:
        raise UnavailableError(f"the operation {row.name!r} has no code in C, as its rule is no arithmetic")
    code = row.code.format(*operands)
    if row in COMPARISONS.values():
        return f"{prefix}truth({code})"
    return f"{prefix}{code}" if row.code.endswith(")") else code


def dimensions(shape: tuple[int, ...]) -> str:
    """How many there are, and an array of them: two arguments."""
    return f"{len(shape)}, (npy_intp[]){{{', '.join(map(str, shape)) or 0}}}"


def unlocked(run: str, operations: int) -> str:
    """A statement during which, if it is long, Python may run in other threads."""
    return f"Py_BEGIN_ALLOW_THREADS {run} Py_END_ALLOW_THREADS" if operations > LONG else run


def repeated(lines: str) -> Iterator[str]:
    """Lines, with those that follow each other and are the same as loops."""
    for line, same in groupby(lines.split("\n")):
        times = len(list(same))
        yield line if times == 1 else f"EACH({times}) {line}"


def literal(number: float) -> str:
    if isfinite(number):
        return repr(number)
    return "NAN" if isnan(number) else "INFINITY" if number > 0 else "-INFINITY"


@lru_cache(maxsize=256)
def library(code: str, *flags: str) -> Callable[[tuple[Any, ...]], Callable[..., Any]]:
    """Build code with a function ``program(self, args, count)`` in it, in a private folder that is gone then.

    Args:
        code: in C, after `PRELUDE`; READY is what has to hold for it to run.
        flags: for the compiler.

    Returns:
        what makes the function of Python's, given the objects that it needs; the first is called for
        the arguments that it leaves to others.

    Raises:
        UnavailableError: there is no compiler, or it fails.
    """
    import shutil  # here, as these take a while and are seldom needed
    import subprocess
    import sys
    import sysconfig
    from tempfile import TemporaryDirectory

    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise UnavailableError("there is no C compiler: install gcc or clang")
    headers = dict.fromkeys(map(sysconfig.get_path, ("include", "platinclude")))
    if not any(Path(folder, "Python.h").exists() for folder in headers):
        raise UnavailableError(f"there is no Python.h in {' or '.join(headers)}: install Python's headers")
    flags += ("-march=native", "-fno-math-errno", "-shared", "-fPIC", "-w", *(f"-I{x}" for x in headers))
    if sys.platform == "darwin":
        flags += ("-undefined", "dynamic_lookup")
    with TemporaryDirectory(prefix="whygrad-") as folder:
        source, built = Path(folder, "program.c"), Path(folder, "program.so")
        source.write_text(code + _MAKE, encoding="utf-8")
        command = [compiler, *flags, "-o", str(built), str(source), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)  # noqa: S603
            make = ctypes.PyDLL(str(built)).make
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip().partition("\n")[0]
            raise UnavailableError(f"{compiler} failed: {reason:.200}") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnavailableError(f"{compiler} failed: {error}") from None
    make.argtypes, make.restype = [ctypes.py_object], ctypes.py_object
    return make
