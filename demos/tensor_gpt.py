"""The GPT of ``demos.scalar_gpt`` in Tensors, from the layers of `nn`."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, relu, softmax_cross_entropy
from demos.scalar_gpt import BLOCK, EPSILON, named
from nn import Embedding, Linear, Module, MultiHeadAttention, RMSNorm
from nn.seeds import Seed, generator_of

__all__ = ["GPTBlock", "TensorGPT", "weights_of"]


class GPTBlock(Module):
    """Attention, then a perceptron of one hidden ReLU layer; each reads the norm of x and is added to x."""

    def __init__(self, width: int, heads: int, *, seed: Seed, name: str) -> None:
        rng = generator_of(seed)
        self.norm = _norm(width)
        self.attention = MultiHeadAttention(width, heads, causal=True, bias=False, seed=rng, name=name)
        self.up = Linear(width, 4 * width, bias=False, seed=rng, name=f"{name}up")
        self.down = Linear(4 * width, width, bias=False, seed=rng, name=f"{name}down")

    def forward(self, x: Any) -> Any:
        x = x + self.attention(self.norm(x))
        return x + self.down(relu(self.up(self.norm(x))))


class TensorGPT(Module):
    """A character-level GPT.

    Args:
        vocabulary: how many tokens there are.
        block_size: the most tokens that it reads at once.
        width: the number of features.
        heads: of the attention; a number that divides the width.
        blocks: how many there are.
        seed: of the weights.
    """

    def __init__(
        self, vocabulary: int, block_size: int, width: int, heads: int, *, blocks: int = 1, seed: Seed
    ) -> None:
        rng = generator_of(seed)
        self.token = Embedding(vocabulary, width, seed=rng, name="token")
        self.position = Embedding(block_size, width, seed=rng, name="position")
        self.norm = _norm(width)
        self.layers = [GPTBlock(width, heads, seed=rng, name=str(i + 1)) for i in range(blocks)]
        self.head = Linear(width, vocabulary, bias=False, seed=rng, name="head")

    def forward(self, tokens: Any) -> Any:
        """Tokens (..., T) to the scores of the next one, (..., T, vocabulary)."""
        tokens = _whole(tokens)
        x = self.norm(self.token(tokens) + self.position(np.arange(tokens.shape[-1])))
        for layer in self.layers:
            x = layer(x)
        return self.head(x)

    def loss(self, tokens: Any, counted: Any = None) -> Any:
        """The mean cross-entropy of each token after the first, given those before it.

        Args:
            tokens: (..., T + 1)
            counted: (..., T), 0 where the next token is padding; all count if omitted.
        """
        tokens = _whole(tokens)
        return softmax_cross_entropy(self(tokens[..., :-1]), tokens[..., 1:], sample_weight=counted)


def weights_of(model: TensorGPT) -> dict[str, list[list[float]]]:
    """The weights as `demos.scalar_gpt.GPT` takes them."""
    arrays: dict[str, NDArray[Any]] = {
        "token": model.token.weight.data,
        "position": model.position.weight.data,
    }
    for i, layer in enumerate(model.layers):
        read = layer.attention
        linears = chain((read.query, read.key, read.value, read.output), (layer.up, layer.down))
        arrays |= {named(i, name): linear.weight.data for name, linear in zip(BLOCK, linears, strict=True)}
    arrays["head"] = model.head.weight.data
    return {name: array.tolist() for name, array in arrays.items()}


def _whole(tokens: Any) -> Any:
    """Tokens as an array; as they are, where they are an argument of a compiled function."""
    return tokens if isinstance(tokens, Tensor) else np.asarray(tokens)


def _norm(width: int) -> RMSNorm:
    """A norm without a gain of its own: the weight is a constant 1."""
    norm = RMSNorm(width, epsilon=EPSILON)
    norm.weight = norm.weight.data
    return norm
