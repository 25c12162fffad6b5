"""Files are written whole or not at all, whoever else writes them at the same time."""

import os
import signal
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from autograd import files
from autograd.files import check_target, write

SIZE = 200_000


def _save_often(path: Path, writer: int) -> None:
    for _ in range(25):
        write(path, bytes([writer]) * SIZE)


def test_writers_of_one_file_leave_one_of_their_contents(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(_save_often, path, writer) for writer in range(4)]:
            while not done.done():
                if path.exists():
                    content = path.read_bytes()
                    assert content == content[:1] * SIZE
            done.result()
    assert [p.name for p in tmp_path.iterdir()] == ["model"]


KILLED = """
import os, sys, time
from pathlib import Path
from autograd import files
os.fsync = lambda descriptor: (print("writing", flush=True), time.sleep(60))
files.write(Path(sys.argv[1]), b"half")
"""


@pytest.fixture
def writing(tmp_path: Path):
    """A process that stands in the middle of a write to tmp_path / "a"."""
    arguments = [sys.executable, "-c", KILLED, str(tmp_path / "a")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_the_litter_of_a_killed_writer_is_removed_by_the_next(tmp_path: Path, writing) -> None:
    writing.send_signal(signal.SIGKILL)
    writing.wait()
    (litter,) = tmp_path.iterdir()
    assert litter.name.startswith(".a.")
    write(tmp_path / "b", b"another file")
    assert litter.exists()
    write(tmp_path / "a", b"whole")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_the_file_of_a_writer_that_lives_is_left_alone(tmp_path: Path, writing) -> None:
    write(tmp_path / "a", b"whole")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_writer_swept_before_its_lock_begins_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept = []
    flock = files.flock

    def sweep_first(file, operation: int) -> None:
        if not swept:
            swept.append(file.name)
            Path(file.name).unlink()
        flock(file, operation)

    monkeypatch.setattr(files, "flock", sweep_first)
    write(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert len(swept) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["a", "[a]*?", "a b", ".tmp", "ä"])
def test_names(tmp_path: Path, name: str) -> None:
    for content in (b"one", b"two"):
        write(tmp_path / name, content)
    assert (tmp_path / name).read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_an_existing_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a"
    path.touch()
    path.chmod(mode)
    write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    write(tmp_path / "a", b"")
    (tmp_path / "b").touch()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to(os.devnull)
    for path in (tmp_path / "pipe", tmp_path / "null", Path(os.devnull)):
        with pytest.raises(OSError, match="is a device, a pipe or a socket: give the path of a regular file"):
            write(path, b"")
    with pytest.raises(IsADirectoryError, match="is a folder: give the path of a file in it"):
        write(tmp_path, b"")
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*none'.*: make it first"):
        check_target(tmp_path / "none" / "a")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["null", "pipe"]


def test_an_error_leaves_the_old_content_and_names_the_file(tmp_path: Path, monkeypatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    write(tmp_path / "a", b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="could not be written: No space left on device") as error:
        write(tmp_path / "a", b"new")
    assert error.value.filename == str(tmp_path / "a")
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]
