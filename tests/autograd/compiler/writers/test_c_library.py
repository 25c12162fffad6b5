"""Libraries of C code: compilers that fail or hang, and memory that is given back."""

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from autograd import compile  # noqa: A004
from autograd.compiler.writers import c_library
from tests.cases import needs_compiler


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a shell script in the place of the compiler."""

    def replace(script: bytes) -> None:
        path = tmp_path / "cc"
        path.write_bytes(b"#!/bin/sh\n" + script)
        path.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return replace


def cube(x):
    return x * x * x


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (b"printf 'gcc: \\377\\376 erreur\\n' >&2; exit 1", "failed: gcc: �� erreur"),
        (
            b"echo 'program.c: in main'; echo 'program.c:1: error: x' >&2; exit 1",
            "failed: program.c:1: error: x",
        ),
        (b"exit 1", "failed: no message"),
        (b"exit 0", "failed: .*program.so"),
        (
            b"echo nonsense > \"$(echo $* | sed 's/.*-o \\([^ ]*\\).*/\\1/')\"",
            "failed: .*(file too short|ELF)",
        ),
    ],
)
def test_a_compiler_that_fails(compiler, script: bytes, message: str) -> None:
    compiler(script)
    f = compile(cube, backend="native")
    with pytest.warns(RuntimeWarning, match=f"no native code: .*cc {message}.*; Python does it instead"):
        assert f(2.0) == 8.0


@pytest.mark.skipif(sys.platform == "win32", reason="it has no process groups")
def test_a_compiler_that_hangs_is_ended_with_its_children(
    compiler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler(f"sleep 100 & echo $! > {tmp_path / 'child'}; wait".encode())
    monkeypatch.setattr(c_library, "_patience", lambda code: 0.3)
    f = compile(cube, backend="native")
    with pytest.warns(RuntimeWarning, match="cc did not end within 0 s; Python does it instead"):
        assert f(2.0) == 8.0
    child = Path("/proc", (tmp_path / "child").read_text().strip(), "cmdline")
    for _ in range(50):
        if not child.exists() or not child.read_bytes():  # gone, or a zombie
            break
        time.sleep(0.1)
    else:
        pytest.fail("its child still runs")


def test_large_code_gets_more_time() -> None:
    assert c_library._patience("") >= 10
    assert c_library._patience("x" * 5_000_000) > 600


def mapped() -> int:
    return Path("/proc/self/maps").read_text().count("program.so")


@needs_compiler
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="the system does not list what is mapped")
def test_a_library_leaves_memory_with_the_last_of_its_functions() -> None:
    gc.collect()
    before = mapped()
    f, same = compile(cube, backend="native"), compile(lambda x: x * x * x, backend="native")
    assert (f(2.0), same(3.0)) == (8.0, 27.0)
    assert mapped() > before
    calling = f.__call__
    del f
    assert same(3.0) == 27.0
    del same
    assert calling(2.0) == 8.0
    del calling
    assert mapped() == before
    batch = compile(cube, backend="native", batch=0)
    assert batch(np.arange(3.0)).tolist() == [0, 1, 8]
    del batch
    assert mapped() == before


@needs_compiler
def test_a_compiled_function_in_a_reference_cycle_is_collected() -> None:
    program = """
import gc
from autograd import compile
class Box: pass
box = Box()
box.f = compile(lambda x: x * 2.5, backend="native")
assert box.f(2.0) == 5.0
box.itself, box.call = box, box.f.__call__
del box
gc.collect()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
