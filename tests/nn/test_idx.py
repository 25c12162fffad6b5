"""IDX files, valid and damaged, and MNIST."""

from __future__ import annotations

import gzip
import math
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.idx import mnist, read_idx

# The bytes of the numbers, written by `struct` from its own letters.
ELEMENTS = {
    0x08: ("B", np.uint8, [0, 1, 128, 255]),
    0x09: ("b", np.int8, [0, 1, -128, 127]),
    0x0B: ("h", np.int16, [0, 1, -(2**15), 2**15 - 1]),
    0x0C: ("i", np.int32, [0, 1, -(2**31), 2**31 - 1]),
    0x0D: ("f", np.float32, [0.0, 1.5, -2.25, math.inf]),
    0x0E: ("d", np.float64, [0.0, 0.1, -1e300, math.pi]),
}


def header(code: int, *shape: int) -> bytes:
    return struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape)


def idx(array: np.ndarray) -> bytes:
    return header(0x08, *array.shape) + array.astype(np.uint8).tobytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.idx"


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize("code", ELEMENTS)
def test_every_type_plain_and_compressed(code: int, compress: type[bytes], path: Path) -> None:
    letter, dtype, values = ELEMENTS[code]
    path.write_bytes(compress(header(code, 2, 2) + struct.pack(f">4{letter}", *values)))
    array = read_idx(path)
    assert array.dtype == dtype
    assert array.dtype.isnative
    assert array.tolist() == [values[:2], values[2:]]
    array[0, 0] = 1
    assert array[0, 0] == 1


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (4, 1, 2), (1, 2, 1, 3, 2), (1,) * 32])
def test_any_number_of_dimensions(shape: tuple[int, ...], path: Path) -> None:
    expected = np.arange(math.prod(shape)).reshape(shape)
    path.write_bytes(idx(expected))
    assert read_idx(str(path)).shape == shape
    assert read_idx(path).tolist() == expected.tolist()


def test_more_than_one_piece(path: Path) -> None:
    expected = np.random.default_rng(0).integers(0, 256, size=(3, 1_000_003))
    path.write_bytes(idx(expected))
    assert np.array_equal(read_idx(path), expected)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not an IDX file: it begins with the bytes '', not with 00 00"),
        (b"\0\0\x08", "is not an IDX file: it begins with the bytes '00 00 08'"),
        (b"\x89PNG....", "is not an IDX file: it begins with the bytes '89 50 4e 47'"),
        (b"\0\0\x0a\x01\0\0\0\x01.", r"begins with the bytes '00 00 0a 01', not with .*\(08, 09, 0b"),
        (b"\0\0\x08\xff" + bytes(1020), "has an array of 255 dimensions in its header: 32 is the most"),
        (header(8, 3, 4)[:-1], "is truncated within the sizes of its 2 dimensions"),
        (header(8, 3, 0), r"is empty: its header says shape \(3, 0\)"),
        (header(8, 0, 2**32 - 1, 2**32 - 1, 2**32 - 1), "is empty"),
        (header(8, 3) + b"12", r"its header says shape \(3,\), 3 bytes, and only 2 follow"),
        (header(0x0E, 3) + bytes(23), r"says shape \(3,\), 24 bytes, and only 23 follow"),
        (header(8, 3) + b"1234", r"says shape \(3,\), 3 bytes, and the file goes on"),
        (header(0x0E, *[2**32 - 1] * 32) + b"1", "and only 1 follow"),
    ],
)
def test_a_broken_file_is_named(compress: type[bytes], content: bytes, message: str, path: Path) -> None:
    path.write_bytes(compress(content))
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_header_is_not_trusted(compress: type[bytes], path: Path) -> None:
    path.write_bytes(compress(header(0x0E, 2**31, 2**10) + b"few"))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="and only 3 follow"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_decompression_stops_at_the_promised_size(path: Path) -> None:
    pack = zlib.compressobj(wbits=31)
    packed = [pack.compress(header(0x08, 10))]
    packed += [pack.compress(bytes(2**20)) for _ in range(64)]
    path.write_bytes(b"".join([*packed, pack.flush()]))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="10 bytes, and the file goes on"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()


def test_damaged_compression(path: Path) -> None:
    whole = gzip.compress(header(0x08, 1000) + np.random.default_rng(0).bytes(1000))
    wrong_sum = whole[:-8] + bytes(4) + whole[-4:]
    wrong_block = whole[:10] + b"\xff" + whole[11:]
    for content in (whole[:5], whole[:500], whole[:-1], wrong_sum, wrong_block, whole + b"more"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is damaged or truncated, gzip cannot unpack it: ") as caught:
            read_idx(path)
        assert str(caught.value).startswith(str(path))


@given(
    content=st.binary(max_size=60), begins=st.sampled_from([b"\1", b"\0\0", b"\0\0\x08\x01", b"\x1f\x8b\x08"])
)
def test_any_bytes_are_an_array_or_a_value_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, begins: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.idx"
    path.write_bytes(begins + content)
    try:
        size = read_idx(path).nbytes
    except ValueError as error:
        size, message = 0, str(error)
    else:
        message = str(path)
    assert size < len(begins + content)
    assert message.startswith(str(path))


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"some\.idx"):
        read_idx(path)


# MNIST

TRAIN = np.random.default_rng(1).integers(0, 256, size=(6, 28, 28))
TEST = np.random.default_rng(2).integers(0, 256, size=(3, 28, 28))
FILES = {
    "train-images-idx3-ubyte": idx(TRAIN),
    "train-labels-idx1-ubyte": idx(np.array([5, 0, 4, 1, 9, 2])),
    "t10k-images-idx3-ubyte": idx(TEST),
    "t10k-labels-idx1-ubyte": idx(np.array([7, 2, 1])),
}


@pytest.mark.parametrize("dot", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_mnist_under_its_usual_names(dot: bool, packed: bool, tmp_path: Path) -> None:
    for name, content in FILES.items():
        place = tmp_path / (name.replace("-idx", ".idx" if dot else "-idx") + (".gz" if packed else ""))
        place.write_bytes(gzip.compress(content) if packed else content)
    train, test = mnist(tmp_path)
    assert train.inputs.shape == (6, 784)
    assert train.inputs.dtype == np.float64
    assert np.array_equal(train.inputs, TRAIN.reshape(6, 784) / 255)
    assert np.array_equal(test.inputs, TEST.reshape(3, 784) / 255)
    assert train.targets.tolist() == [5, 0, 4, 1, 9, 2]
    assert test.targets.tolist() == [7, 2, 1]
    assert train.targets.dtype == np.int64


def test_a_folder_of_the_same_name_is_not_the_file(tmp_path: Path) -> None:
    for name, content in FILES.items():
        (tmp_path / name).mkdir()
        (tmp_path / name.replace("-idx", ".idx")).write_bytes(content)
    assert [len(data) for data in mnist(str(tmp_path))] == [6, 3]


@pytest.mark.parametrize("missing", FILES)
def test_missing_files_are_named_with_their_folder(missing: str, tmp_path: Path) -> None:
    for name, content in FILES.items():
        if name != missing:
            (tmp_path / name).write_bytes(content)
    with pytest.raises(FileNotFoundError) as caught:
        mnist(tmp_path)
    assert str(caught.value).startswith(f"{missing} is missing from the folder {tmp_path}")
    assert all(name in str(caught.value) for name in FILES)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"is missing from the folder .*nowhere"):
        mnist(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "train-images-idx3-ubyte",
            idx(np.zeros((6, 27, 28))),
            r"28 × 28 .* not uint8 of shape \(6, 27, 28\)",
        ),
        ("train-images-idx3-ubyte", header(9, 1, 28, 28) + bytes(784), "not int8 of shape"),
        ("t10k-labels-idx1-ubyte", idx(np.zeros(4)), r"hold 3 bytes, .* t10k-images-idx3-ubyte, .* \(4,\)"),
        ("t10k-labels-idx1-ubyte", header(9, 3) + bytes(3), "not int8 of shape"),
    ],
)
def test_a_file_that_holds_something_else(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    for file, usual in FILES.items():
        (tmp_path / file).write_bytes(content if file == name else usual)
    with pytest.raises(ValueError, match=message) as caught:
        mnist(tmp_path)
    assert str(caught.value).startswith(str(tmp_path / name))
