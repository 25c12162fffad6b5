"""Checkpoints: atomic writes, and checks when reading."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.checkpoints import load, load_model, save, save_model
from nn.mlp import MLP

pytest.importorskip("safetensors")

ARRAYS = {
    "matrix": np.arange(6.0).reshape(2, 3),
    "turned": np.arange(6.0).reshape(2, 3).T,
    "every other": np.arange(10)[::2],
    "single": np.array(3, dtype=np.int64),
    "small": np.array([0.1, np.nan, -np.inf, -0.0], dtype=np.float32),
    "empty": np.zeros((0, 3)),
    "truth": np.array([True, False]),
    "other end first": np.arange(3, dtype=">i4"),
}
METADATA = {"epoch": 3, "name": "Löwe", "nested": {"big": 2**100, "tenth": 0.1}, "list": [1, None]}


def test_load_returns_what_save_wrote(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save(path, ARRAYS, METADATA)
    arrays, metadata = load(str(path))
    assert metadata == METADATA
    assert arrays.keys() == ARRAYS.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.dtype == ARRAYS[name].dtype.newbyteorder("=")
        assert np.signbit(array.astype(float)).tolist() == np.signbit(ARRAYS[name].astype(float)).tolist()
        assert array.flags.writeable
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_equal_content_makes_equal_files(tmp_path: Path) -> None:
    contents = []
    for name in "abcde":
        save(tmp_path / name, ARRAYS, METADATA)
        contents.append((tmp_path / name).read_bytes())
    assert contents == contents[:1] * 5


def test_files_are_exchanged_with_other_programs(tmp_path: Path) -> None:
    import safetensors.numpy

    path = tmp_path / "a.safetensors"
    save(path, {"x": np.arange(3.0)}, {"a": 1})
    assert safetensors.numpy.load_file(path)["x"].tolist() == [0, 1, 2]
    safetensors.numpy.save_file({"y": np.arange(2)}, path, metadata={"format": "pt"})
    arrays, metadata = load(path)
    assert arrays["y"].tolist() == [0, 1]
    assert metadata == {}


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    save(path, {"x": np.arange(3)})
    before = path.read_bytes()

    def fail(*args: object) -> None:
        raise OSError("no space left")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, fail)
            with pytest.raises(OSError, match="no space left"):
                save(path, {"x": np.arange(4)})
        assert path.read_bytes() == before
        assert len(list(tmp_path.iterdir())) == 1


def test_content_that_cannot_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for bad in (np.array([None]), np.array(["text"]), np.array([1j]), np.array([1], np.longdouble)):
        with pytest.raises(TypeError, match=r"a can hold arrays of numbers by name, but not .* as 'x'"):
            save(path, {"x": bad})
    with pytest.raises(TypeError, match="not int64 as '__metadata__'"):
        save(path, {"__metadata__": np.array([1])})
    with pytest.raises(TypeError, match=r"a must be plain data that JSON can write: .* set"):
        save(path, {}, {"x": {1}})
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "none" / "a", {})
    assert not list(tmp_path.iterdir())


def written(folder: Path) -> tuple[Path, bytes]:
    path = folder / "a.safetensors"
    save(path, {"x": np.linspace(0, 1, 20)}, {"epoch": 3})
    return path, path.read_bytes()


@pytest.mark.parametrize("content", [b"", b"abc", b"\x80\x04K\x01.", b"PK\x03\x04" * 20, b"{}" * 50])
def test_files_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.safetensors is not a safetensors file, or"):
        load(path)


def test_truncated_files(tmp_path: Path) -> None:
    path, content = written(tmp_path)
    for stop in range(0, len(content), 7):
        path.write_bytes(content[:stop])
        with pytest.raises(ValueError, match=r"a\.safetensors is not a safetensors file"):
            load(path)


def test_every_damaged_byte_is_noticed(tmp_path: Path) -> None:
    path, content = written(tmp_path)

    @given(place=st.integers(0, len(content) - 1), change=st.integers(1, 255))
    def damaged(place: int, change: int) -> None:
        path.write_bytes(content[:place] + bytes([content[place] ^ change]) + content[place + 1 :])
        if b"whygrad" in path.read_bytes():
            with pytest.raises(ValueError, match=r"a\.safetensors is "):
                load(path)
        else:  # a file of another program, or none
            with suppress(ValueError):
                assert load(path).metadata == {}

    damaged()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ValueError, match=r"a\.safetensors is damaged: .* checksum"):
        load(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


@pytest.mark.parametrize("granularity", ["matrix", "scalar"])
def test_a_model_is_saved_and_loaded(tmp_path: Path, granularity: str) -> None:
    path = tmp_path / "model.safetensors"
    model = MLP([3, 4, 2], seed=1)
    save_model(path, model)
    other = MLP([3, 4, 2], seed=2, granularity=granularity)
    load_model(path, other)
    for name, array in model.state_dict().items():
        assert other.state_dict()[name].tobytes() == array.tobytes()


@pytest.mark.parametrize("part", ["best", "model"])
def test_a_model_is_loaded_from_a_training(tmp_path: Path, part: str) -> None:
    path = tmp_path / "training.safetensors"
    kept, last, model = MLP([3, 2], seed=1).state_dict(), MLP([3, 2], seed=2).state_dict(), MLP([3, 2])
    arrays = {f"model.{name}": array for name, array in last.items()} | {"optimiser.0.momentum": np.ones(2)}
    if part == "best":
        arrays |= {f"best.{name}": array for name, array in kept.items()}
    save(path, arrays, {"kind": "training"})
    load_model(path, model)
    expected = kept if part == "best" else last
    assert all(np.array_equal(array, expected[name]) for name, array in model.state_dict().items())


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("file")
    save(tmp_path / "link", {"x": np.arange(3)})
    assert (tmp_path / "link").is_symlink()
    assert load(tmp_path / "file").arrays["x"].tolist() == [0, 1, 2]


def test_the_leftover_of_a_killed_program_is_replaced(tmp_path: Path) -> None:
    (tmp_path / ".a.tmp").write_bytes(b"half a file")
    save(tmp_path / "a", {"x": np.arange(3)})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = MLP([2, 1])
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*none.*: make it first"):
        save_model(tmp_path / "none" / "a", model)
    with pytest.raises(IsADirectoryError, match="is a folder: give the path of a file in it"):
        save_model(tmp_path, model)

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError, match="could not be written: Permission denied") as error:
        save_model(tmp_path / "a", model)
    assert error.value.filename == str(tmp_path / "a")


def test_a_model_of_another_shape(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(path, MLP([3, 4, 2]))
    for sizes in ([3, 5, 2], [3, 4, 4, 2], [3, 2]):
        other = MLP(sizes)
        before = other.state_dict()
        with pytest.raises(ValueError, match=r"model\.safetensors does not fit the model: the .*layers"):
            load_model(path, other)
        assert all(np.array_equal(array, before[name]) for name, array in other.state_dict().items())


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing: dict[str, Any] = {"safetensors": None, "safetensors.numpy": None}
    for name, module in missing.items():
        monkeypatch.setitem(sys.modules, name, module)
    for use in (lambda: save(tmp_path / "a", {}), lambda: load(tmp_path / "a")):
        with pytest.raises(ImportError, match=r"pip install 'whygrad\[train\]'"):
            use()


@pytest.mark.parametrize("use", [save_model, load_model])
def test_the_model_comes_after_the_path(use: Any) -> None:
    with pytest.raises(TypeError, match=r"the second argument, after the path, is the model, .* not 'model'"):
        use(MLP([2, 1]), "model")
