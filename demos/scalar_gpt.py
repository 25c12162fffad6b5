"""A character-level GPT in scalars, as people write it by hand: for any engine's `Value`.

Only the standard library is imported, so that this module runs beside every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from operator import getitem
from typing import Any

__all__ = ["BLOCK", "GPT", "attend", "linear", "named", "rms_norm", "softmax"]

# The matrices of a block, in the order in which they are used.
BLOCK = ("query", "key", "value", "output", "up", "down")
# Added to the mean square before its root is taken.
EPSILON = 1e-5

Matrix = Sequence[Sequence[Any]]


def linear(x: Sequence[Any], w: Matrix) -> list[Any]:
    """Multiply a matrix by a vector."""
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def greatest(numbers: Sequence[Any]) -> Any:
    return max(v.data for v in numbers)


def softmax(logits: Sequence[Any], greatest: Callable[[Sequence[Any]], Any] = greatest) -> list[Any]:
    top = greatest(logits)
    exps = [(v - top).exp() for v in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rms_norm(x: Sequence[Any]) -> list[Any]:
    scale = (sum(xi * xi for xi in x) / len(x) + EPSILON) ** -0.5
    return [xi * scale for xi in x]


def attend(
    query: Sequence[Any],
    keys: Matrix,
    values: Matrix,
    heads: int,
    softmax: Callable[[Sequence[Any]], list[Any]] = softmax,
) -> list[Any]:
    """For each head the mean of the values, weighted by how well their keys match the query."""
    size = len(query) // heads
    attended: list[Any] = []
    for start in range(0, len(query), size):
        part = slice(start, start + size)
        scores = [sum(a * b for a, b in zip(query[part], key[part], strict=True)) / size**0.5 for key in keys]
        shares = softmax(scores)
        attended += [
            sum(s * value[j] for s, value in zip(shares, values, strict=True))
            for j in range(start, start + size)
        ]
    return attended


def named(block: int, matrix: str) -> str:
    """The name of a matrix of a block: ``0.query``."""
    return f"{block}.{matrix}"


class GPT:
    """Embeddings, then blocks of RMS norm, causal multi-head attention, a ReLU perceptron and residuals.

    Args:
        value: the engine's scalar class, with ``exp``, ``log`` and ``relu``.
        weights: matrices of shape (outputs, inputs): ``token`` and ``position``, a row for each;
            ``0.query`` and so on for the matrices of `BLOCK`, block by block; ``head``.
        heads: of the attention; a number that divides the features.
        blocks: how many there are.
        take: gives the item of a list at an index, which is a token.
        greatest: gives the greatest of some numbers; no derivative has to pass through it.
    """

    def __init__(
        self,
        value: Any,
        weights: Mapping[str, Matrix],
        heads: int,
        blocks: int = 1,
        *,
        take: Callable[[Sequence[Any], Any], Any] = getitem,
        greatest: Callable[[Sequence[Any]], Any] = greatest,
    ) -> None:
        self.heads, self.blocks = heads, blocks
        self._take, self._softmax = take, partial(softmax, greatest=greatest)
        self.weights = {name: [[value(x) for x in row] for row in w] for name, w in weights.items()}
        self.parameters = [p for matrix in self.weights.values() for row in matrix for p in row]

    def _attention(self, x: list[Any], block: int, past: dict[str, Any]) -> list[Any]:
        q, k, v = (linear(x, self.weights[named(block, name)]) for name in BLOCK[:3])
        keys, values = past.setdefault(named(block, "past"), ([], []))
        keys.append(k)
        values.append(v)
        return linear(
            attend(q, keys, values, self.heads, self._softmax), self.weights[named(block, "output")]
        )

    def logits(self, token: int, position: int, past: dict[str, Any]) -> list[Any]:
        """The scores of the next token.

        Args:
            token: that is read.
            position: its place.
            past: the keys and values of the tokens before it, to which its own are added.
        """
        w = self.weights
        embedded = zip(self._take(w["token"], token), w["position"][position], strict=True)
        x = rms_norm([t + p for t, p in embedded])
        for block in range(self.blocks):
            attended = self._attention(rms_norm(x), block, past)
            x = [a + b for a, b in zip(attended, x, strict=True)]
            hidden = [h.relu() for h in linear(rms_norm(x), w[named(block, "up")])]
            x = [a + b for a, b in zip(linear(hidden, w[named(block, "down")]), x, strict=True)]
        return linear(x, w["head"])

    def loss(self, tokens: Sequence[int]) -> Any:
        """The mean cross-entropy of each token after the first, given those before it."""
        past: dict[str, Any] = {}
        terms = [
            -self._take(self._softmax(self.logits(token, position, past)), target).log()
            for position, (token, target) in enumerate(pairwise(tokens))
        ]
        return (1 / len(terms)) * sum(terms)
