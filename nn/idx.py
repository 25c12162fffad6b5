"""MNIST, and the file format IDX.

Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits", 1998, section
"File formats for the MNIST database".
"""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nn.data import Data

__all__ = ["mnist", "read_idx"]

# By the third byte of a file; all are big-endian.
_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
# The limit of NumPy before version 2.
_MOST_DIMENSIONS = 32
_PIECE = 1 << 20


def read_idx(path: str | Path) -> NDArray[Any]:
    """Read the array in an IDX file, plain or compressed by gzip, whatever its name.

    The format: two zero bytes, a byte for the type, one for the number of dimensions, the size of each
    dimension in four bytes, and then the elements, with the last index changing fastest.

    The header is not trusted: memory is allocated only for bytes that the file has, and decompression
    stops one byte after the size in the header.

    Raises:
        FileNotFoundError: the file does not exist.
        OSError: the file cannot be read.
        ValueError: the file is not an IDX file, is truncated or longer than its header says, or its
            compressed data is damaged.
    """
    path = Path(path)
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not compressed:
            return _array(file, path)
        try:
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _array(unpacked, path)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ValueError(f"{path} is damaged or truncated, gzip cannot unpack it: {error}") from error


def _array(file: IO[bytes] | gzip.GzipFile, path: Path) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES:
        types = ", ".join(f"{code:02x}" for code in _TYPES)
        raise ValueError(
            f"{path} is not an IDX file: it begins with the bytes '{magic.hex(' ')}', "
            f"not with 00 00, a type ({types}) and the number of dimensions"
        )
    dimensions = magic[3]
    if dimensions > _MOST_DIMENSIONS:
        raise ValueError(
            f"{path} has an array of {dimensions} dimensions in its header: {_MOST_DIMENSIONS} is the most"
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise ValueError(f"{path} is truncated within the sizes of its {dimensions} dimensions")
    shape = struct.unpack(f">{dimensions}I", sizes)
    if 0 in shape:
        raise ValueError(f"{path} is empty: its header says shape {shape}")
    dtype = np.dtype(_TYPES[magic[2]])
    promised = prod(shape) * dtype.itemsize
    content = _read(file, promised + 1)
    if len(content) != promised:
        found = "the file goes on" if len(content) > promised else f"only {len(content)} follow"
        raise ValueError(f"{path} is damaged: its header says shape {shape}, {promised} bytes, and {found}")
    return np.frombuffer(content, dtype).reshape(shape).astype(dtype.newbyteorder("="), copy=False)


def _read(file: IO[bytes] | gzip.GzipFile, most: int) -> bytearray:
    # In pieces, since one read would allocate as many bytes as the header says.
    content = bytearray()
    while piece := file.read(min(_PIECE, most - len(content))):
        content += piece
    return content


def mnist(folder: str | Path) -> tuple[Data, Data]:
    """Read the handwritten digits of MNIST: 60000 for training and 10000 for test.

    Nothing is downloaded. The folder needs the files ``train-images-idx3-ubyte``,
    ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte`` and ``t10k-labels-idx1-ubyte``, each plain or
    with ``.gz``, with a hyphen or a dot before ``idx``. Fashion-MNIST and other data in the same files
    work too.

    Returns:
        The training and the test data: inputs (examples, 784), each image row by row, 0 for paper
        and 1 for ink; targets (examples,), the digits as integers.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, or its array is not of images or labels.
    """
    folder = Path(folder)
    return _examples(folder, "train"), _examples(folder, "t10k")


def _examples(folder: Path, part: str) -> Data:
    images, labels = (_find(folder, f"{part}-{name}") for name in ("images-idx3", "labels-idx1"))
    pixels, digits = read_idx(images), read_idx(labels)
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (28, 28):
        raise ValueError(
            f"{images} should hold images of 28 × 28 bytes, shape (examples, 28, 28), "
            f"not {pixels.dtype} of shape {pixels.shape}"
        )
    if digits.dtype != np.uint8 or digits.shape != pixels.shape[:1]:
        raise ValueError(
            f"{labels} should hold {len(pixels)} bytes, one for each image of {images.name}, "
            f"not {digits.dtype} of shape {digits.shape}"
        )
    return Data(pixels.reshape(len(pixels), -1) / 255, digits.astype(np.int64))


def _find(folder: Path, name: str) -> Path:
    for separator in ("-", "."):
        for ending in ("", ".gz"):
            path = folder / f"{name.replace('-idx', separator + 'idx')}-ubyte{ending}"
            if path.is_file():
                return path
    raise FileNotFoundError(
        f"{name}-ubyte is missing from the folder {folder}: put the four files of MNIST there, "
        "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
        "t10k-labels-idx1-ubyte, plain or with .gz"
    )
