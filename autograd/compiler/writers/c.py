"""C: the prelude that all generated code shares, and instructions as expressions."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, isnan

from autograd.compiler.languages import C_FUNCTIONS, calls_function, operands_of
from autograd.compiler.variable import Variable
from autograd.compiler.writers import UnavailableError
from autograd.rules.primitive import TABLE, Primitive
from autograd.rules.scalars import div

__all__ = [
    "FUNCTIONS",
    "FURTHER_FUNCTIONS",
    "PRELUDE",
    "PRELUDE_OF_ARRAYS",
    "VECTOR_FUNCTIONS",
    "code",
    "expression",
    "inexact",
    "literal",
    "may_be_undefined",
    "number_literal",
]

# The rows of `scalars` that are functions in C, of one double.
FUNCTIONS = """\
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
"""

# The place that an index means; trouble, and a place that is safe, if it means none.
_INDEX = """\
ONE one_index(double a, double first, double size, double *trouble) {
  if (first <= a && a < size && a == floor(a)) return a < 0 ? a + size : a;
  *trouble = 1;
  return 0;
}
"""

# The remainder and quotient of Python, whose remainder has the sign of the divisor.
_FLOORED = """\
ONE floored_remainder(double a, double b) {
  double r = fmod(a, b);
  return r == 0 ? copysign(0, b) : (r < 0) != (b < 0) ? r + b : r;
}
ONE floored_quotient(double a, double b) {
  double r = fmod(a, b), q = (a - r) / b - (r != 0 && (r < 0) != (b < 0)), whole = floor(q);
  return q == 0 ? copysign(0, a / b) : whole + (q - whole > 0.5);
}
"""


def _parameters(name: str, type_: str) -> str:
    return ", ".join(f"{type_} {x}" for x in "ab"[: operands_of(TABLE[name])])


def _lanes(name: str) -> str:
    return ", ".join(f"{x}[l]" for x in "ab"[: operands_of(TABLE[name])])


# The further rows, of one double; and of a vector, one double after the other.
FURTHER_FUNCTIONS = (
    _FLOORED
    + _INDEX
    + "".join(
        f"ONE one_{name}({_parameters(name, 'double')}) {{ return {body}; }}\n"
        for name, body in C_FUNCTIONS.items()
    )
)
VECTOR_FUNCTIONS = "".join(
    f"VEC vec_{name}({_parameters(name, 'vec')}) {{ LANE_BY_LANE(one_{name}, {_lanes(name)}) }}\n"
    for name in C_FUNCTIONS
    if name != "log1p"  # it has a function of vectors, which softplus calls
)

PRELUDE = f"""\
#include <Python.h>
#include <math.h>
#define EACH(n) for (long k = 0; k < n; k++)
{FUNCTIONS}{FURTHER_FUNCTIONS}"""
PRELUDE += """\
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

# Follows `PRELUDE` in functions of NumPy arrays.
PRELUDE_OF_ARRAYS = """\
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>
#define READY (_import_array() == 0)
#if defined __x86_64__ && defined __AVX2__ && __GLIBC__ == 2 && __GLIBC_MINOR__ >= 35
#define HAS_VECTOR_FUNCTIONS
#endif
"""


def expression(row: Primitive, operands: Sequence[str], kind: str = "one") -> str:
    """An instruction as an expression.

    Args:
        row: the operation.
        operands: its operands, as expressions.
        kind: of its numbers: ``one`` double, or ``vec`` for vectors.

    Raises:
        UnavailableError: the row has no code in C.
    """
    return code(row, kind).format(*operands)


def code(row: Primitive, kind: str = "one") -> str:
    """An operation with a field for every operand; arguments and errors as of `expression`."""
    if "c" not in row.code:
        raise UnavailableError(
            f"the operation {row.name!r} has no code in C, since its rule is not arithmetic"
        )
    return row.code["c"].replace("{kind}", kind)


def literal(number: float) -> str:
    """A float as a constant that C reads to the same bits."""
    if isfinite(number):
        return repr(number)
    return "NAN" if isnan(number) else "INFINITY" if number > 0 else "-INFINITY"


def number_literal(constant: Variable) -> str:
    """The literal of a constant number.

    Raises:
        UnavailableError: no double is this number.
    """
    data = constant.data
    if type(data) in (float, bool) or (type(data) is int and abs(data) <= 2**53):
        return literal(float(data))
    raise inexact(constant)


def inexact(x: Variable) -> UnavailableError:
    """The error for a number that C would round."""
    found = f"{type(x.data).__name__} {x.data!r:.40}"
    return UnavailableError(f"C computes with floats, but the numbers include {found}")


def may_be_undefined(row: Primitive) -> bool:
    """Whether Python raises an error where C gives an infinity or NaN."""
    return row is div or calls_function(row)
