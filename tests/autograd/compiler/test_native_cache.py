"""Native code is compiled once for all processes of a user, and taken from a private folder alone."""

import os
import shutil
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest

from autograd import compile, grad  # noqa: A004
from autograd.compiler import native_cache
from autograd.compiler.writers import c_library
from tests.cases import needs_compiler

WITHOUT = pytest.mark.skipif(sys.platform == "win32", reason="it has no such permissions")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own, which does not exist yet."""
    monkeypatch.setenv("WHYGRAD_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(c_library, "_warned", set())
    return tmp_path / "kept"


def quartic(x):
    return x * x * x * x


def called() -> float:
    """Compile the function, as another process would, and call it; the library is not in memory before."""
    found: float = compile(quartic, backend="native")(2.0)
    return found


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The compilers that are run to write a library."""
    run, found = c_library._run, []

    def counted(command, *others):
        found.extend(command[:1] if "-shared" in command else [])
        run(command, *others)

    monkeypatch.setattr(c_library, "_run", counted)
    return found


@needs_compiler
def test_a_function_is_compiled_once(kept: Path, compilations: list[str]) -> None:
    assert [called(), called()] == [16.0, 16.0]
    assert len(compilations) == 1
    (file,) = kept.iterdir()
    assert native_cache.usage() == (1, file.stat().st_size)
    assert (kept.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


PROGRAM = """
import sys, numpy as np
from autograd import compile, grad
from autograd.compiler.writers import c_library
run = c_library._run
def counted(command, *others):
    if "-shared" in command:
        print("compiled")
    run(command, *others)
c_library._run = counted
weights = {"v": np.array([1.0, 2.0]), "w": np.array([0.5, -1.0])}
slopes = compile(grad(lambda p: np.sum(np.tanh(p["w"]) * p["v"] ** 2)), backend="native")(weights)
print(*slopes["w"].tolist(), *slopes["v"].tolist())
print(*compile(grad(lambda w, x: (w * x).tanh()), batch=1, backend="native")(0.5, np.arange(3.0)).tolist())
"""


@needs_compiler
def test_another_process_does_not_compile(kept: Path) -> None:
    def run(seed: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-W", "error", "-c", PROGRAM]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    first, second = run("1"), run("2")
    assert first.count("compiled") == 2
    assert second == first.replace("compiled\n", "")


@needs_compiler
def test_processes_at_once_leave_one_library(kept: Path) -> None:
    program = "from autograd import compile\nprint(compile(lambda x: x * 7, backend='native')(3.0))"
    command = [sys.executable, "-W", "error", "-c", program]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0] for process in running] == ["21.0\n"] * 3
    assert [file.suffix for file in kept.iterdir()] == [".native"]


@needs_compiler
def test_threads_at_once(kept: Path) -> None:
    found: list[float] = []
    threads = [threading.Thread(target=lambda: found.append(called())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [16.0] * 4


@needs_compiler
@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[:-1], lambda data: data[:-1] + b"x", lambda data: b"x" + data],
    ids=["empty", "cut", "changed", "shifted"],
)
def test_a_damaged_file_is_compiled_again(kept: Path, compilations: list[str], damage) -> None:
    assert called() == 16.0
    (file,) = kept.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert called() == 16.0
    assert len(compilations) == 2
    assert called() == 16.0
    assert len(compilations) == 2


@needs_compiler
def test_a_library_that_the_linker_refuses_is_compiled_again(kept: Path, compilations: list[str]) -> None:
    assert called() == 16.0
    (file,) = kept.iterdir()
    native_cache.store(file.stem, b"of another machine")
    assert called() == 16.0
    assert len(compilations) == 2


@needs_compiler
def test_the_libraries_used_longest_ago_go_first(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_cache, "LIMIT", 3 * (1000 + 32))
    for name in "abc":
        native_cache.store(name, bytes(1000))
        os.utime(kept / f"{name}.native", (ord(name), ord(name)))
    assert native_cache.find("a") == bytes(1000)
    native_cache.store("d", bytes(1000))
    assert sorted(file.stem for file in kept.iterdir()) == ["a", "c", "d"]


@WITHOUT
@pytest.mark.parametrize("mode", [0o770, 0o702])
@needs_compiler
def test_a_folder_that_others_can_write_to_is_not_used(kept: Path, mode: int) -> None:
    kept.mkdir()
    kept.chmod(mode)
    warned = pytest.warns(
        RuntimeWarning, match="native code is not kept in .*: can be written to by other users"
    )
    with warned as found:
        assert [called(), called()] == [16.0, 16.0]
    assert len(found) == 1
    assert found[0].filename == __file__
    assert not list(kept.iterdir())


@WITHOUT
@needs_compiler
def test_a_folder_of_another_user_is_not_used(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: kept.stat().st_uid + 1)
    with pytest.warns(
        RuntimeWarning, match="belongs to another user; set WHYGRAD_CACHE to a folder of your own"
    ):
        assert called() == 16.0
    assert not list(kept.iterdir())


@WITHOUT
@needs_compiler
def test_a_file_that_others_can_write_to_is_not_loaded(kept: Path, compilations: list[str]) -> None:
    called()
    (file,) = kept.iterdir()
    file.chmod(0o666)
    called()
    assert len(compilations) == 2
    assert file.stat().st_mode & 0o777 == 0o600


@needs_compiler
def test_a_folder_that_cannot_be_made_is_one_warning(kept: Path) -> None:
    kept.write_text("a file")
    with pytest.warns(RuntimeWarning, match="native code is not kept in .*: ") as found:
        assert [called(), called()] == [16.0, 16.0]
    assert len(found) == 1


@needs_compiler
@pytest.mark.parametrize("setting", ["off", ""])
def test_nothing_is_kept_if_it_is_off(kept: Path, compilations: list[str], setting: str, monkeypatch) -> None:
    monkeypatch.setenv("WHYGRAD_CACHE", setting)
    with warnings.catch_warnings(action="error"):
        assert [called(), called()] == [16.0, 16.0]
    assert len(compilations) == 2
    assert not kept.exists()
    assert native_cache.folder() is None
    assert native_cache.usage() == native_cache.clear() == (0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")
def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WHYGRAD_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert native_cache.folder() == Path("/somewhere/whygrad")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/student")
    assert native_cache.folder() == Path("/home/student/.cache/whygrad")


def test_only_libraries_are_removed(kept: Path) -> None:
    native_cache.store("a", b"library")
    (kept / "notes.txt").touch()
    (kept / ".a.native.123.tmp").touch()  # of a writer that was killed
    assert native_cache.clear() == (1, 32 + len(b"library"))
    assert [file.name for file in kept.iterdir()] == ["notes.txt"]


@needs_compiler
def test_another_compiler_compiles_again(
    kept: Path, compilations: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called()
    other = tmp_path / "cc"
    other.write_text(f'#!/bin/sh\nexec {shutil.which("cc")} "$@"\n')
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert called() == 16.0
    assert len(compilations) == 2


@needs_compiler
def test_a_gradient_over_arrays_from_the_cache_is_the_same(kept: Path, compilations: list[str]) -> None:
    at = np.linspace(-1, 1, 5)
    first, second = (compile(grad(lambda x: np.sum(np.tanh(x) ** 2)), backend="native")(at) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert len(compilations) == 1
