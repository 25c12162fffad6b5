"""Names as tokens: 0 to 25 for the letters, and one token for the start and the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["BLOCK_SIZE", "END", "VOCABULARY", "NameBatch", "batch", "batches", "decoded", "encoded", "names"]

END, VOCABULARY = 26, 27
# The most tokens that the network reads at once; names have at most one letter less.
BLOCK_SIZE = 16


class NameBatch(NamedTuple):
    """Names of the same padded length.

    Attributes:
        tokens: (names, length + 1), each name between two ends, padded with ends.
        counted: (names, length), 1 where the next token belongs to the name or ends it, else 0.
    """

    tokens: NDArray[np.intp]
    counted: NDArray[np.float64]


def names() -> list[str]:
    """The names in ``names.txt``: lower-case letters, sorted, without repeats."""
    text = (Path(__file__).parent / "names.txt").read_text(encoding="utf-8")
    return [name for line in text.splitlines() if not line.startswith("#") for name in line.split()]


def encoded(name: str) -> list[int]:
    """A name of letters a to z as tokens, between two ends."""
    return [END, *(ord(letter) - ord("a") for letter in name), END]


def decoded(tokens: Sequence[int]) -> str:
    """The letters of tokens."""
    return "".join(chr(ord("a") + token) for token in tokens)


def batch(chosen: Sequence[str]) -> NameBatch:
    """Some names, padded to the longest."""
    length = max(map(len, chosen)) + 1
    tokens = np.full((len(chosen), length + 1), END)
    counted = np.zeros((len(chosen), length))
    for i, name in enumerate(chosen):
        tokens[i, : len(name) + 2] = encoded(name)
        counted[i, : len(name) + 1] = 1
    return NameBatch(tokens, counted)


def batches(chosen: Sequence[str], size: int, seed: int) -> Iterator[NameBatch]:
    """Batches of distinct names without end, drawn by the seed."""
    rng = np.random.default_rng(seed)
    while True:
        yield batch([chosen[i] for i in rng.choice(len(chosen), size, replace=False)])
