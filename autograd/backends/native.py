"""Native code over a batch: every group of instructions is a loop in C, made by the system's compiler.

A few examples are taken at a time, in the vectors that GCC and Clang share, so that all their numbers
stay in the cache. Loops, and not one line for every instruction: for the gradient of a network of 337
weights GCC 12 took 0.3 to 0.6 seconds for the loops and 3 to 30 for the lines, which at their best, under
-O3 and -ffast-math, ran in two thirds of the time. A C compiler, since that is there on most machines
and adds nothing to what has to be installed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from autograd.backends.loops import UnavailableError, loops
from autograd.batch import BatchSource
from autograd.levels import Levels

__all__ = ["UnavailableError", "write"]

LANES = 4  # numbers in a vector, of 256 bits
WIDTH = 2  # vectors of examples at a time: enough to hide the loop, few enough for the cache

_FLAGS = ("-O2", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC", "-w")

_PRELUDE = f"""\
#include <math.h>
#include <stdint.h>
#include <string.h>
#define LANES {LANES}
#define WIDTH {WIDTH}
#define EACH(n) for (long k = 0; k < n; k++)
#define WIDTHS _Pragma("GCC unroll 8") for (int w = 0; w < WIDTH; w++)
#define WIDE(n) EACH(n) WIDTHS
#define TERMS(n) for (long t = 0; t < n; t++) WIDTHS
#define VEC_DOTS(n, terms, to, a, b) \\
  EACH(n) {{ vec s[WIDTH] = {{0}}; TERMS(terms) s[w] += a * b; WIDTHS to = s[w]; }}
#define ONE_DOTS(n, terms, to, a, b) \\
  EACH(n) {{ double s = 0; for (long t = 0; t < terms; t++) s += a * b; to = s; }}
typedef double vec __attribute__((vector_size(8 * LANES)));
typedef long long mask __attribute__((vector_size(8 * LANES)));
#define ONE static inline double
#define VEC static inline vec
#define BOTH(f) \\
  ONE one_##f(double a) {{ return f(a); }} \\
  VEC vec_##f(vec a) {{ for (int l = 0; l < LANES; l++) a[l] = f(a[l]); return a; }}
BOTH(sqrt) BOTH(exp) BOTH(log) BOTH(sin) BOTH(cos) BOTH(tanh)
ONE total(const vec *a) {{
  double t = 0;
  for (int w = 0; w < WIDTH; w++) for (int l = 0; l < LANES; l++) t += a[w][l];
  return t;
}}
VEC splat(double a) {{ return a - (vec){{0}}; }}
ONE one_truth(int c) {{ return c; }}
VEC vec_choice(mask c, vec a, vec b) {{ return (vec)((c & (mask)a) | (~c & (mask)b)); }}
VEC vec_truth(mask c) {{ return vec_choice(c, splat(1), splat(0)); }}
ONE one_select(double c, double a, double b) {{ return c != 0 ? a : b; }}
VEC vec_select(vec c, vec a, vec b) {{ return vec_choice((mask)(c != splat(0)), a, b); }}
ONE one_abs(double a) {{ return fabs(a); }}
VEC vec_abs(vec a) {{ return vec_choice((mask)(a < splat(0)), -a, a); }}
ONE one_maximum(double a, double b) {{ return a >= b || a != a ? a : b; }}
VEC vec_maximum(vec a, vec b) {{ return vec_choice((mask)(a >= b) | (mask)(a != a), a, b); }}
ONE one_minimum(double a, double b) {{ return a <= b || a != a ? a : b; }}
VEC vec_minimum(vec a, vec b) {{ return vec_choice((mask)(a <= b) | (mask)(a != a), a, b); }}
ONE one_power(double a, double b) {{ return pow(a, b); }}
VEC vec_power(vec a, vec b) {{ for (int l = 0; l < LANES; l++) a[l] = pow(a[l], b[l]); return a; }}
ONE one_softplus(double a) {{ return one_maximum(a, 0) + log1p(exp(-fabs(a))); }}
VEC vec_softplus(vec a) {{ for (int l = 0; l < LANES; l++) a[l] = one_softplus(a[l]); return a; }}
"""


def write(source: BatchSource) -> str:
    """Write the call of native code from the matrices with a function's arguments to its results.

    Returns:
        the code, in C.

    Raises:
        UnavailableError: there is no compiler, it fails, or an operation is not written in C.
    """
    levels = Levels(source.program, source.shared, source.rows, reduced=source.batch.reduce is not None)
    code = _PRELUDE + loops(source, levels)
    library = _built(code)
    examples, outputs = source.batch.examples, len(source.program.outputs)
    columns = 1 if source.batch.reduce else examples
    shapes = ((levels.counts[0], 1), (len(source.rows), examples), (outputs, columns))
    scratch = (levels.counts[1] + outputs) * LANES * WIDTH + 8  # to begin at a cache line
    source.borrow("shared, rows, results, run", partial(_allocate, library, shapes, scratch))
    source.write("run()")
    return code


def _allocate(library: Any, shapes: Sequence[tuple[int, int]], scratch: int) -> tuple[Any, ...]:
    arrays = [np.zeros(shape) for shape in (*shapes, scratch)]
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in arrays]  # which keep the arrays
    return *arrays[:3], partial(library.run, *pointers)


@lru_cache(maxsize=256)
def _built(code: str) -> Any:
    """The library that a C compiler makes of it, in a private folder that is gone when it is loaded."""
    import shutil  # here, as these take a while and are seldom needed
    import subprocess
    from tempfile import TemporaryDirectory

    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise UnavailableError("there is no C compiler: install gcc or clang")
    with TemporaryDirectory(prefix="whygrad-") as folder:
        source, library = Path(folder, "program.c"), Path(folder, "program.so")
        source.write_text(code, encoding="utf-8")
        command = [compiler, *_FLAGS, "-o", str(library), str(source), "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=600)  # noqa: S603
            return ctypes.CDLL(str(library))
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip().partition("\n")[0]
            raise UnavailableError(f"{compiler} failed: {reason:.200}") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnavailableError(f"{compiler} failed: {error}") from None
