"""`MultiHeadAttention`: each query reads a mean of values, weighted by how well their keys match it."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

import numpy as np

from autograd import softmax
from nn.conversion import array_of
from nn.initialisers import Initialiser, xavier_uniform
from nn.layers import Linear, check_sizes
from nn.module import Module
from nn.purity import pure
from nn.seeds import Seed, generator_of

__all__ = ["MultiHeadAttention"]


class MultiHeadAttention(Module):
    """``softmax(Q Kᵀ / √d) V`` in several heads side by side.

    A. Vaswani et al., "Attention is all you need", 2017, section 3.2. Q, K and V are linear functions
    of the queries, keys and values; d is the number of features of a head; the heads are joined, and
    pass through one more linear layer. ``attention(x)`` is self-attention, ``attention(x, context)``
    cross-attention.

    Args:
        features: of the queries, of the results and of all heads together.
        heads: the number of heads, which divides the features.
        context_features: of the keys and values; by default as many as the queries have.
        causal: whether query i reads only the keys 0 … i.
        bias: whether the linear layers have biases.
        initialiser: draws the weights; biases start at 0.
        seed: the generator to draw the weights from, one for the whole network, or a seed.
        dtype: float64 or float32 for Tensors; object for arrays of Values.
        name: the suffix of the names of parameters.

    Attributes:
        query, key, value, output: the `Linear` layers.

    Raises:
        TypeError: the dtype is not supported.
        ValueError: a size is not a whole number of at least 1, the heads do not divide the features, or
            the seed is out of range.

    Examples:
        >>> attention = MultiHeadAttention(8, 2, causal=True, seed=0)
        >>> attention(np.ones((5, 4, 8))).shape
        (5, 4, 8)
    """

    query: Linear
    key: Linear
    value: Linear
    output: Linear
    heads: int
    causal: bool

    def __init__(
        self,
        features: int,
        heads: int,
        *,
        context_features: int | None = None,
        causal: bool = False,
        bias: bool = True,
        initialiser: Initialiser = xavier_uniform,
        seed: Seed,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        context = features if context_features is None else context_features
        check_sizes(features, context)
        if not isinstance(heads, Integral) or heads < 1 or features % heads:
            raise ValueError(f"the number of heads must divide the {features} features, not be {heads!r:.40}")
        self.heads = int(heads)
        self.causal = bool(causal)
        rng = generator_of(seed)

        def linear(fan_in: int, part: str) -> Linear:
            return Linear(
                fan_in,
                features,
                initialiser=initialiser,
                seed=rng,
                dtype=dtype,
                bias=bias,
                name=f"{name or ''}{part}",
            )

        self.query, self.key, self.value = linear(features, "q"), linear(context, "k"), linear(context, "v")
        self.output = linear(features, "o")

    @pure
    def forward(self, query: Any, key: Any = None, value: Any = None, *, mask: Any = None) -> Any:
        """(..., queries, features) to the same shape.

        Args:
            query: (..., queries, features)
            key: (..., keys, context features); the queries if omitted.
            value: likewise; the keys if omitted.
            mask: truth values of shape (queries, keys) or (..., queries, keys), or of a shape that
                broadcasts to it: True where the query may read the key.

        Raises:
            TypeError: the inputs are not numbers, or the mask holds no truth values.
            ValueError: the shapes do not fit, or a query may read no key.
        """
        query = array_of(query, "the queries of attention", records=True)
        key = query if key is None else array_of(key, "the keys of attention", records=True)
        value = key if value is None else array_of(value, "the values of attention", records=True)
        _check_shapes(query.shape, key.shape, value.shape)
        q, k, v = self._split(self.query(query)), self._split(self.key(key)), self._split(self.value(value))
        scores = q @ np.swapaxes(k, -1, -2) * (1 / q.shape[-1] ** 0.5)
        may_read = self._readable(mask, scores.shape)
        if may_read is not None:
            scores = np.where(may_read, scores, -np.inf)
        mixed = np.swapaxes(softmax(scores) @ v, -2, -3)
        return self.output(mixed.reshape(*mixed.shape[:-2], mixed.shape[-2] * mixed.shape[-1]))

    def torch_parts(self) -> Iterator[tuple[str, Any]]:
        """As in PyTorch, which stacks the weights of queries, keys and values if their shapes are equal."""
        parts = (self.query, self.key, self.value)
        weights, biases = tuple(part.weight for part in parts), tuple(part.bias for part in parts)
        if len({weight.shape for weight in weights}) == 1:
            yield "in_proj_weight", weights
        else:
            names = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
            yield from zip(names, weights, strict=True)
        yield "in_proj_bias", biases
        yield "out_proj", self.output

    def _split(self, x: Any) -> Any:
        """(..., n, features) to (..., heads, n, features of a head)."""
        *examples, n, features = x.shape
        return np.swapaxes(x.reshape(*examples, n, self.heads, features // self.heads), -2, -3)

    def _readable(self, mask: Any, shape: tuple[int, ...]) -> Any:
        """Where a query may read a key, to broadcast to (..., heads, queries, keys); None for everywhere."""
        *examples, _, queries, keys = shape
        may_read = np.tri(queries, keys, dtype=bool) if self.causal else None
        if mask is None:
            return may_read
        mask = np.asarray(mask)
        if mask.dtype != bool:
            raise TypeError(
                f"a mask of attention holds truth values, True where a query may read a key, not {mask.dtype}"
            )
        whole = (*examples, queries, keys)
        try:
            fits = np.broadcast_shapes(mask.shape, whole) == whole
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"a mask of attention must broadcast to {whole}, not be of shape {mask.shape}")
        mask = mask if may_read is None else mask & may_read
        if not np.broadcast_to(mask, whole).any(axis=-1).all():
            raise ValueError("a query may read no key: let each row of the mask of attention have one True")
        return mask if mask.ndim < 3 else np.expand_dims(mask, -3)


def _check_shapes(query: tuple[int, ...], key: tuple[int, ...], value: tuple[int, ...]) -> None:
    """Raise ValueError unless there is a key for each value, and all three have the same examples."""
    fits = min(len(query), len(key)) >= 2 and key[:-1] == value[:-1] and key[-2] > 0
    try:
        fits = fits and np.broadcast_shapes(query[:-2], key[:-2]) is not None
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "attention takes queries (..., queries, features) and as many keys as values, "
            f"(..., keys, features), at least one, not the shapes {query}, {key} and {value}"
        )
