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
import platform
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary, finalize

import numpy as np

from autograd.compiler import native_cache
from autograd.compiler.writers import UnavailableError
from autograd.recording.modes import line_of_user

__all__ = ["Library", "Make", "library", "shared_object"]

_PROCESSOR = "-march=native"

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

    The files stand in a temporary directory, which is removed once the library is loaded. A library that
    was compiled before, by any process of this user, is taken from the `native_cache`.

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
    flags = [*flags, *_platform_flags()]
    with TemporaryDirectory(prefix="whygrad-") as name:
        folder = Path(name)
        source, built = folder / "program.c", folder / "program.so"
        source.write_text(code + _MAKE, encoding="utf-8")
        try:
            known = _fingerprint(source.read_bytes(), compiler, flags, folder)
            if (kept := _kept(native_cache.find, known)) is not None:
                built.write_bytes(kept)
                with suppress(OSError):  # the linker refuses it: it is compiled again
                    return Library(built)
            command = [compiler, *flags, "-o", str(built), str(source), "-lm"]
            _run(command, folder / "messages", _patience(code))
            loaded = Library(built)
        except OSError as error:
            raise UnavailableError(f"{compiler} failed: {error}") from None
        _kept(native_cache.store, known, built.read_bytes())
        return loaded


def shared_object(files: Mapping[str, str], *flags: str) -> bytes:
    """Compile C that does not use Python to a library for any processor of this kind.

    Args:
        files: the texts of the source files by name; the first is compiled.
        flags: for the compiler.

    Raises:
        UnavailableError: there is no compiler, it fails, or it takes so long that it must be hanging.
    """
    from tempfile import TemporaryDirectory  # loads only where C is compiled

    compiler = _compiler()
    with TemporaryDirectory(prefix="whygrad-") as name:
        folder = Path(name)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        built, source = folder / "library", folder / next(iter(files))
        command = [compiler, *flags, "-shared", "-fPIC", "-o", str(built), str(source), "-lm"]
        try:
            _run(command, folder / "messages", _patience("".join(files.values())))
            return built.read_bytes()
        except OSError as error:
            raise UnavailableError(f"{compiler} failed: {error}") from None


def _kept(use: Callable[..., Any], *arguments: Any) -> Any:
    """Use the cache, or warn once that it cannot be used."""
    try:
        return use(*arguments)
    except native_cache.UnusableError as error:
        if str(error) not in _warned:
            _warned.add(str(error))
            warnings.warn_explicit(str(error), RuntimeWarning, *line_of_user())
        return None


_warned: set[str] = set()


def _fingerprint(code: bytes, compiler: str, flags: Sequence[str], folder: Path) -> str:
    """Hash all that a library depends on: code, flags, compiler, processor, and the versions it is for."""
    text = "\0".join([*flags, _target(compiler, folder), sys.version, np.__version__])
    return sha256(text.encode() + b"\0" + code).hexdigest()


_targets: dict[str, str] = {}


def _target(compiler: str, folder: Path) -> str:
    """Return what a compiler defines here: its version, and what the processor can do.

    Raises:
        OSError, UnavailableError: the compiler does not run.
    """
    if compiler not in _targets:
        empty, macros = folder / "empty.c", folder / "macros"
        empty.touch()
        macros.touch()
        command = [compiler, _PROCESSOR, "-dM", "-E", str(empty), "-o", str(macros)]
        _run(command, folder / "messages", _patience(""))
        found = Path(compiler).resolve().stat()
        parts = [macros.read_text(encoding="utf-8", errors="replace"), *platform.libc_ver()]
        _targets[compiler] = "\0".join([*parts, str(found.st_size), str(found.st_mtime_ns)])
    return _targets[compiler]


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
    from threading import Timer  # loads only where C is compiled

    late: list[Any] = []

    def stop() -> None:
        late.append(process)
        _end(process)

    # A file instead of a pipe: reading a pipe would wait for processes that outlive the compiler.
    with messages.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
        timer = Timer(seconds, stop)
        try:
            timer.start()
            status = process.wait()  # with a timeout it would sleep, for longer than `_target` takes
        finally:
            timer.cancel()
            _end(process)
        timer.join()  # a fork beside a running thread is a warning
    if late:
        raise UnavailableError(f"{command[0]} did not end within {seconds:.0f} s")
    if status:
        lines = messages.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no message"]
        told = next((line for line in lines if "error" in line), lines[0])
        raise UnavailableError(f"{command[0]} failed: {told:.200}")


def _end(process: Any) -> None:
    import signal  # loads only where C is compiled

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
    return [_PROCESSOR, "-fno-math-errno", "-shared", "-fPIC", "-w", *includes, *undefined]
