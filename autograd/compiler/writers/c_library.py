"""C code as Python functions: compiled by the system's C compiler, loaded by `ctypes`.

A library has one function, ``make``, that creates a function of CPython's own kind. Such a function gets
its arguments as they lie on the interpreter's stack: a call with two floats in and three out took 0.08 µs,
where a call with four pointers by `ctypes` took 1 µs. A C compiler is on most machines, so nothing has to be
installed. A gradient of two numbers, written by hand and compiled by Numba, takes twice as long to call
(``python -m benchmarks --works tiny,small``).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograd.compiler.writers import UnavailableError

__all__ = ["Make", "library"]

# Creates a function, given the one to call for arguments that it does not accept.
Make = Callable[[Callable[..., Any]], Callable[..., Any]]

_MAKE = """\
static PyMethodDef method = {"program", (PyCFunction)(void (*)(void))program, METH_FASTCALL, NULL};
PyObject *make(PyObject *objects) { return READY ? PyCFunction_New(&method, objects) : NULL; }
"""


@lru_cache(maxsize=256)
def library(code: str, *flags: str) -> Callable[[tuple[Any, ...]], Callable[..., Any]]:
    """Compile and load code with a function ``program(self, args, count)`` in it.

    The files stand in a temporary directory, which is removed once the library is loaded.

    Args:
        code: C that begins with the prelude and defines READY, the condition for the library to be usable.
        flags: for the compiler.

    Returns:
        creates the Python function, given the objects that it needs; the first of them is called for
        arguments that it does not accept.

    Raises:
        UnavailableError: there is no compiler, or it fails.
    """
    import subprocess  # these load only where C is compiled
    from tempfile import TemporaryDirectory

    compiler, flags = _compiler(), (*flags, *_platform_flags())
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


def _compiler() -> str:
    import shutil  # loads only where C is compiled

    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        raise UnavailableError("there is no C compiler: install gcc or clang")
    return compiler


def _platform_flags() -> list[str]:
    import sysconfig  # loads only where C is compiled

    headers = dict.fromkeys(map(sysconfig.get_path, ("include", "platinclude")))
    if not any(Path(folder, "Python.h").exists() for folder in headers):
        raise UnavailableError(f"there is no Python.h in {' or '.join(headers)}: install Python's headers")
    undefined = ("-undefined", "dynamic_lookup") if sys.platform == "darwin" else ()
    includes = (f"-I{folder}" for folder in headers)
    return ["-march=native", "-fno-math-errno", "-shared", "-fPIC", "-w", *includes, *undefined]
