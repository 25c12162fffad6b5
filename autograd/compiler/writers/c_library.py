"""C code as Python functions: compiled by the system's C compiler, loaded by `ctypes`.

A library has one function, ``make``, that creates a function of CPython's own kind. Such a function gets
its arguments as they lie on the interpreter's stack: a call with two floats in and three out took 0.08 µs,
where a call with four pointers by `ctypes` took 1 µs. A C compiler is on most machines, so nothing has to be
installed. A gradient of two numbers, written by hand and compiled by Numba, takes twice as long to call
(``python -m benchmarks --works tiny,small``).
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, finalize

import numpy as np

from autograd.compiler.writers import UnavailableError

__all__ = ["Library", "Make", "library"]

# Creates a function, given the one to call for arguments that it does not accept.
Make = Callable[[Callable[..., Any]], Callable[..., Any]]

# Arguments by name go to the first of the objects, which refuses them in words.
_MAKE = """\
static PyObject *entry(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names) {
  if (names) return PyObject_Vectorcall(PyTuple_GET_ITEM(self, 0), args, count, names);
  return program(self, args, count);
}
static PyMethodDef method = {
  "program", (PyCFunction)(void (*)(void))entry, METH_FASTCALL | METH_KEYWORDS, NULL
};
PyObject *make(PyObject *objects) { return READY ? PyCFunction_New(&method, objects) : NULL; }
"""


class Library:
    """A library in memory. Every function made by it keeps it there, and it leaves with the last."""

    def __init__(self, path: Path) -> None:
        # Not a ctypes.PyDLL, which is never closed and is a reference cycle.
        linker = _linker()
        handle = linker.dlopen(os.fsencode(path), os.RTLD_NOW)
        if not handle:
            raise OSError(linker.dlerror().decode(errors="replace"))
        # The collector would close the library of a function in a reference cycle before it has visited the
        # function, whose description lies in the library. An array is untracked and goes with its last user.
        self._use = np.empty(0)
        finalize(self._use, linker.dlclose, handle).atexit = False
        self._make = _MAKE_TYPE(linker.dlsym(handle, b"make"))

    def make(self, *objects: Any) -> Callable[..., Any]:
        """Create the Python function, given the objects that it needs.

        The first of them is called for arguments that it does not accept.
        """
        function: Callable[..., Any] = self._make((*objects, self, self._use))
        return function


_MAKE_TYPE = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)


@cache
def _linker() -> ctypes.CDLL:
    """The dynamic linker of this process."""
    linker = ctypes.CDLL(None)
    linker.dlopen.argtypes, linker.dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    linker.dlsym.argtypes, linker.dlsym.restype = [ctypes.c_void_p, ctypes.c_char_p], ctypes.c_void_p
    linker.dlclose.argtypes, linker.dlerror.restype = [ctypes.c_void_p], ctypes.c_char_p
    return linker


_loaded: WeakValueDictionary[tuple[str, ...], Library] = WeakValueDictionary()


def library(code: str, *flags: str) -> Library:
    """Compile and load code with a function ``program(self, args, count)`` in it.

    The files stand in a temporary directory, which is removed once the library is loaded.

    Args:
        code: C that begins with the prelude and defines READY, the condition for the library to be usable.
        flags: for the compiler.

    Raises:
        UnavailableError: there is no compiler, it fails, or it takes so long that it must be hanging.
    """
    found = _loaded.get((code, *flags))
    if found is None:
        found = _loaded[(code, *flags)] = _built(code, flags)
    return found


def _built(code: str, flags: Sequence[str]) -> Library:
    from tempfile import TemporaryDirectory  # loads only where C is compiled

    compiler = _compiler()
    with TemporaryDirectory(prefix="whygrad-") as folder:
        source, built = Path(folder, "program.c"), Path(folder, "program.so")
        source.write_text(code + _MAKE, encoding="utf-8")
        command = [compiler, *flags, *_platform_flags(), "-o", str(built), str(source), "-lm"]
        try:
            _run(command, Path(folder, "messages"), _patience(code))
            return Library(built)
        except OSError as error:
            raise UnavailableError(f"{compiler} failed: {error}") from None


def _patience(code: str) -> float:
    """The seconds after which a compiler must be hanging: ten times what a slow machine took."""
    return 30 + len(code) / 5_000


def _run(command: Sequence[str], messages: Path, seconds: float) -> None:
    """Run a compiler, and end all of its processes if it does not end by itself.

    Raises:
        OSError: it cannot be started.
        UnavailableError: it fails or takes longer.
    """
    import subprocess  # loads only where C is compiled

    # A file instead of a pipe: reading a pipe would wait for processes that outlive the compiler.
    with messages.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise UnavailableError(f"{command[0]} did not end within {seconds:.0f} s") from None
        finally:
            _end(process)
    if status:
        lines = messages.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no message"]
        told = next((line for line in lines if "error" in line), lines[0])
        raise UnavailableError(f"{command[0]} failed: {told:.200}")


def _end(process: Any) -> None:
    import signal  # these load only where C is compiled
    from contextlib import suppress

    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
