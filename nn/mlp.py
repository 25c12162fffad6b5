"""The multi-layer perceptron."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import apply, neuron
from autograd.rules.neuron import activation_named
from nn.initialisers import Initialiser, xavier_uniform
from nn.layers import Linear, as_inputs
from nn.module import Module
from nn.purity import pure
from nn.seeds import Seed, generator_of

if TYPE_CHECKING:
    from nn.course import Course

__all__ = ["MLP"]


class MLP(Module):
    """Fully connected layers, with an activation after each except the last.

    One program at three granularities, which differ in what one recorded node stands for. The same
    seed gives the same network at each.

    Args:
        sizes: the widths of the input, of each hidden layer and of the output, such as ``[2, 4, 2]``.
        activation: the name of a primitive of one input.
        seed: of the weights, or the generator to draw them from.
        granularity: ``"matrix"`` records a few nodes per layer, on Tensors; use it to train.
            ``"scalar"`` records each product and sum, on Values, from left to right, bias first.
            ``"neuron"`` records one node per neuron, on Values.
        dtype: float64 or float32 at granularity ``"matrix"``; Values are Python floats.
        initialiser: draws the weights, such as one of `nn.initialisers`; biases start at 0.

    Attributes:
        layers: the `Linear` layers; ``[layer.parameters() for layer in mlp.layers]`` has the
            parameters by layer, in each the weights, neuron by neuron, then the biases.
        weights: of each layer: ``weights[l][i, j]`` connects its input j to its neuron i.
        biases: of each layer: ``biases[l][i]``.

    Raises:
        TypeError: the dtype is not supported.
        ValueError: there are fewer than two sizes, a size is not a whole number of at least 1, or the
            activation, the granularity or the seed is invalid.
    """

    def __init__(
        self,
        sizes: Iterable[int],
        *,
        activation: str = "tanh",
        seed: Seed = 0,
        granularity: str = "matrix",
        dtype: Any = np.float64,
        initialiser: Initialiser = xavier_uniform,
    ) -> None:
        widths = list(sizes) if isinstance(sizes, Iterable) else []
        if len(widths) < 2 or not all(isinstance(size, Integral) and size >= 1 for size in widths):
            raise ValueError(
                f"an MLP needs two or more sizes, whole numbers of at least 1, such as [4, 8, 3], "
                f"not {sizes!r:.60}"
            )
        if granularity not in ("matrix", "scalar", "neuron"):
            raise ValueError(f"the granularity must be 'matrix', 'scalar' or 'neuron', not {granularity!r}")
        if granularity != "matrix":
            if np.dtype(dtype) != np.float64:
                raise TypeError(f"a network of Values has the dtype float64, not {np.dtype(dtype)}")
            dtype = object
        self.sizes = [int(size) for size in widths]
        self.activation = activation
        try:
            activation_named(activation)
        except (TypeError, ValueError):
            raise ValueError(
                f"there is no activation {activation!r:.40}: give the name of a primitive of one input, "
                "such as 'tanh', 'relu', 'sigmoid' or 'softplus'"
            ) from None
        self.granularity = granularity
        rng = generator_of(seed)
        self.layers = [
            Linear(fan_in, fan_out, initialiser=initialiser, seed=rng, dtype=dtype, name=str(layer))
            for layer, (fan_in, fan_out) in enumerate(pairwise(self.sizes), start=1)
        ]

    @property
    def weights(self) -> list[Any]:
        """The weights of each layer, of shape (outputs, inputs)."""
        return [layer.weight for layer in self.layers]

    @property
    def biases(self) -> list[Any]:
        """The biases of each layer, of shape (outputs,)."""
        return [layer.bias for layer in self.layers]

    def torch_parts(self) -> Iterator[tuple[str, Any]]:
        """As in PyTorch's Sequential, where activations are numbered too."""
        return ((str(2 * place), layer) for place, layer in enumerate(self.layers))

    @pure
    def forward(self, x: Any) -> Any:
        """The outputs (logits) for one example, ``(sizes[0],)`` to ``(sizes[-1],)``, or for a batch,
        ``(examples, sizes[0])`` to ``(examples, sizes[-1])``.

        Raises:
            TypeError, ValueError: the inputs do not fit the first layer; see `affine`.
        """
        return self.outputs(x)[-1]

    @pure
    def outputs(self, x: Any) -> list[Any]:
        """The outputs of each layer, the logits last."""
        found: list[Any] = []
        for layer in self.layers:
            activation = None if layer is self.layers[-1] else self.activation
            if self.granularity == "neuron":
                x = _neurons(x, layer, activation)
            elif activation is None:
                x = layer(x)
            else:
                x = apply(activation_named(activation), layer(x))
            found.append(x)
        return found

    def course(self, data: Any, **settings: Any) -> Course:
        """A training of this network that goes update by update: ``Course(self, data, **settings)``."""
        # Defers the load of the losses and optimisers until a course is wanted.
        from nn.course import Course

        return Course(self, data, **settings)

    def resized(self, sizes: Iterable[int], *, seed: Seed = 0) -> MLP:
        """A new network of other sizes, alike in all else; its weights are drawn."""
        return self._like(sizes, self.granularity, seed)

    def at(self, granularity: str) -> MLP:
        """A copy at another granularity."""
        copy = self._like(self.sizes, granularity, 0)
        copy.load_state_dict(self.state_dict())
        return copy

    def _like(self, sizes: Iterable[int], granularity: str, seed: Seed) -> MLP:
        arrays = {granularity, self.granularity} == {"matrix"}
        dtype = self.weights[0].dtype if arrays else np.float64
        return MLP(sizes, activation=self.activation, seed=seed, granularity=granularity, dtype=dtype)


def _neurons(x: Any, layer: Linear, activation: str | None) -> Any:
    """A layer and its activation, with one node per neuron."""
    x = as_inputs(x, layer.weight)
    outputs: Any = np.empty((*x.shape[:-1], len(layer.bias)), dtype=object)
    for *example, i in np.ndindex(outputs.shape):
        outputs[(*example, i)] = neuron(layer.bias[i], layer.weight[i], x[tuple(example)], activation)
    return outputs
