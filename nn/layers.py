"""Layers: `Linear`, activations, `Dropout`, and `Sequential`, which chains them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from itertools import accumulate
from math import pi, prod
from numbers import Integral, Real
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Tensor, apply, relu, sigmoid, softmax, softplus, values
from autograd.rules.special import erfc
from nn.conversion import array_of
from nn.initialisers import Initialiser, drawn, xavier_uniform
from nn.module import Module
from nn.purity import pure
from nn.seeds import Seed, generator_of

if TYPE_CHECKING:
    from nn.course import Course

__all__ = [
    "GELU",
    "Dropout",
    "Flatten",
    "Identity",
    "Linear",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
    "affine",
]


def affine(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x Wᵀ + b``, the weighted sum of each neuron of a layer.

    On Tensors this is one matrix product. On Values each product and sum is recorded, for each neuron
    ``b + w_1 x_1 + … + w_n x_n`` from left to right; NumPy only runs this for all neurons and examples
    at once.

    Args:
        x: (..., fan_in), numbers of any kind.
        weight: (fan_out, fan_in), a Tensor or an array of numbers of any kind.
        bias: (fan_out,), likewise, or None.

    Returns:
        (..., fan_out)

    Raises:
        TypeError: the weights are a Tensor and the inputs Values, or the inputs are not numbers.
        ValueError: the last axis of the inputs does not have length fan_in.
    """
    x = as_inputs(x, weight)
    if object in (x.dtype, weight.dtype):
        products = [weight[:, j] * x[..., j : j + 1] for j in range(x.shape[-1])]
        return reduce(add, products if bias is None else [bias, *products])
    product = x @ weight.T
    return product if bias is None else product + bias


def as_inputs(x: Any, weight: Any) -> Any:
    """Inputs of a layer as an array, in the weights' precision if plain, or as the Tensor given.

    Raises:
        TypeError, ValueError: as `affine`.
    """
    x = in_precision_of(weight, x)
    fan_in = weight.shape[1]
    if not x.shape or x.shape[-1] != fan_in:
        given = f"{x.shape[-1]} (in the shape {x.shape})" if x.shape else "a single number"
        advice = ": give x[:, None], one feature for each example" if fan_in == x.ndim == 1 else ""
        raise ValueError(f"this layer takes {fan_in} inputs, not {given}{advice}")
    return x


def in_precision_of(weight: Any, x: Any) -> Any:
    """Inputs of any shape as an array, in the weight's precision if plain, or as the Tensor given.

    Raises:
        TypeError: the weight is a Tensor and the inputs Values, or the reverse, or they are not numbers.
        ValueError: they have rows of different lengths.
    """
    x = array_of(x, "the inputs of a layer", records=True)
    if not isinstance(x, Tensor):
        if isinstance(weight, Tensor):
            if x.dtype == object:
                raise TypeError(
                    "a layer of Tensors takes arrays or Tensors, not Values: make a layer of Values, "
                    "Linear(..., seed=..., dtype=object) or MLP(..., granularity='scalar')"
                )
            x = x.astype(weight.dtype, copy=False)
    elif weight.dtype == object:
        raise TypeError("a layer of Values takes numbers and Values, not a Tensor: give its t.data")
    return x


class Linear(Module):
    """A layer of neurons without activation: `affine` with its own weights and biases.

    Args:
        fan_in: the number of inputs of each neuron.
        fan_out: the number of neurons.
        initialiser: draws the weights, such as one of `nn.initialisers`; biases start at 0.
        seed: the generator to draw the weights from, one for the whole network, or a seed. Layers of
            the same size and seed start alike.
        dtype: float64 or float32 for Tensors; object for arrays of Values.
        bias: whether to have biases.
        name: the suffix of W and b in pictures and messages, such as ``"1"`` for W1 and b1.

    Attributes:
        weight: (fan_out, fan_in)
        bias: (fan_out,), or None.

    Raises:
        TypeError: the dtype is not supported.
        ValueError: a size is not a whole number of at least 1, the seed is out of range, or the
            initialiser gives another shape.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> network = Sequential(Linear(4, 8, seed=rng), Tanh(), Linear(8, 3, seed=rng))
    """

    weight: Any
    bias: Any

    def __init__(
        self,
        fan_in: int,
        fan_out: int,
        *,
        initialiser: Initialiser = xavier_uniform,
        seed: Seed,
        dtype: Any = np.float64,
        bias: bool = True,
        name: str | None = None,
    ) -> None:
        check_sizes(fan_in, fan_out)
        suffix = name or ""
        self.weight = parameter_of(drawn(initialiser, fan_in, fan_out, seed), f"W{suffix}", dtype)
        self.bias = parameter_of(np.zeros(fan_out), f"b{suffix}", dtype) if bias else None

    @pure
    def forward(self, x: Any) -> Any:
        """(..., fan_in) to (..., fan_out); see `affine`."""
        return affine(x, self.weight, self.bias)


def check_sizes(*sizes: Any) -> None:
    """Raise ValueError unless the sizes of a layer are whole numbers of at least 1."""
    for size in sizes:
        if not isinstance(size, Integral) or size < 1:
            raise ValueError(f"a layer's sizes must be whole numbers, at least 1, not {size!r}")


def parameter_of(numbers: Any, name: str, dtype: Any) -> Any:
    """A parameter with these numbers: a Tensor, or an array of Values for the dtype object."""
    return values(numbers, name) if np.dtype(dtype) == object else Tensor(numbers, name=name, dtype=dtype)


class Sequential(Module):
    """A chain of layers: each is called with the output of the one before.

    Layers are modules or other functions of one argument, such as ``np.tanh``. ``len``, iteration and
    indexing work as for a list; a slice is a shorter chain of the same layers.

    Raises:
        TypeError: a layer is not callable, or is a method of a module, such as ``layer.forward``, which
            would hide the module's parameters.
    """

    def __init__(self, *layers: Callable[[Any], Any]) -> None:
        for i, layer in enumerate(layers):
            if not callable(layer):
                raise TypeError(
                    f"layer {i} of a Sequential must be a module or a function, not {layer!r:.60}"
                )
            if isinstance(getattr(layer, "__self__", None), Module):
                raise TypeError(
                    f"layer {i} of a Sequential is the method {layer.__name__!r} of a module, whose "
                    "parameters would not be found: give the module itself"
                )
        self.layers = list(layers)

    @pure
    def forward(self, x: Any) -> Any:
        for layer in self.layers:
            x = layer(x)
        return x

    @pure
    def outputs(self, x: Any) -> list[Any]:
        """The outputs of each layer."""
        return list(accumulate(self.layers, lambda x, layer: layer(x), initial=x))[1:]

    def course(self, data: Any, **settings: Any) -> Course:
        """A training of this network that goes update by update: ``Course(self, data, **settings)``."""
        # Defers the load of the losses and optimisers until a course is wanted.
        from nn.course import Course

        return Course(self, data, **settings)

    def torch_parts(self) -> Iterator[tuple[str, Any]]:
        return ((name.removeprefix("layers."), found) for name, found in super().torch_parts())

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __getitem__(self, index: Any) -> Any:
        found = self.layers[index]
        return Sequential(*found) if isinstance(index, slice) else found


class Identity(Module):
    """``x`` itself: a placeholder for a layer."""

    @pure
    def forward(self, x: Any) -> Any:
        return x


class Tanh(Module):
    """``tanh(x)``, element by element."""

    @pure
    def forward(self, x: Any) -> Any:
        return np.tanh(x)


class ReLU(Module):
    """``max(x, 0)``, element by element; the slope at 0 is taken as 0."""

    @pure
    def forward(self, x: Any) -> Any:
        return relu(x)


class Sigmoid(Module):
    """``1 / (1 + exp(-x))``, element by element."""

    @pure
    def forward(self, x: Any) -> Any:
        return sigmoid(x)


class Softplus(Module):
    """``log(1 + exp(x))``, element by element."""

    @pure
    def forward(self, x: Any) -> Any:
        return softplus(x)


class Softmax(Module):
    """``exp(x_i) / Σ_j exp(x_j)`` along an axis: scores to probabilities, after training.

    In training, give the scores themselves to `cross_entropy`, which is exact where a probability
    would be rounded to 0.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    @pure
    def forward(self, x: Any) -> Any:
        return softmax(x, self.axis)


class GELU(Module):
    """``x Φ(x)``, where Φ is the normal distribution function: a smooth ReLU, element by element.

    D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)", 2016, section 2. Φ is computed
    by erfc, which keeps its digits for large negative x.

    Args:
        approximate: ``"none"``, or ``"tanh"`` for ``x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))``, which
            is faster and within 0.0005 of it.

    Raises:
        ValueError: there is no such approximation.

    Examples:
        >>> GELU()([-1.0, 0.0, 1.0]).round(4)
        array([-0.1587,  0.    ,  0.8413])
    """

    approximate: str

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise ValueError(f"the approximation of GELU must be 'none' or 'tanh', not {approximate!r:.40}")
        self.approximate = approximate

    @pure
    def forward(self, x: Any) -> Any:
        x = array_of(x, "the inputs of a layer", records=True)
        if self.approximate == "none":
            return 0.5 * x * apply(erfc, x * -(0.5**0.5))
        return 0.5 * x * (1.0 + np.tanh((2 / pi) ** 0.5 * (x + 0.044715 * (x * x * x))))


class Flatten(Module):
    """Join all axes from one on, by default all but the first: ``(examples, …)`` to ``(examples, n)``.

    Args:
        start: the first axis to join, counted from the front.

    Raises:
        ValueError: start is not a whole number of at least 0.

    Examples:
        >>> Flatten()(np.ones((5, 3, 2))).shape
        (5, 6)
    """

    start: int

    def __init__(self, start: int = 1) -> None:
        if not isinstance(start, Integral) or start < 0:
            raise ValueError(
                f"the first axis to flatten must be a whole number, at least 0, not {start!r:.40}"
            )
        self.start = int(start)

    @pure
    def forward(self, x: Any) -> Any:
        """(..., a, b, c) to (..., a b c).

        Raises:
            ValueError: there are fewer axes.
        """
        x = array_of(x, "the inputs of a layer", records=True)
        if x.ndim <= self.start:
            raise ValueError(
                f"Flatten from axis {self.start} on needs more axes than the {x.ndim} of the shape {x.shape}"
            )
        return x.reshape(*x.shape[: self.start], prod(x.shape[self.start :]))


class Dropout(Module):
    """In training, each element becomes 0 with probability p, and the others are divided by 1 - p.

    N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, "Dropout: a simple way
    to prevent neural networks from overfitting", 2014. They scale the weights after training
    (section 4, where p is the probability of staying). Scaling the elements in training instead
    ("inverted dropout", section 10) preserves their expectation too, and needs nothing in evaluation.

    Args:
        p: the probability, from 0 to below 1.
        seed: the generator to draw from, one for the whole network, or a seed. `Module.extra_state`
            includes the generator's state.

    Raises:
        ValueError: p or the seed is out of range.
    """

    p: float
    rng: np.random.Generator

    def __init__(self, p: float, seed: Seed) -> None:
        if not isinstance(p, Real) or not 0 <= p < 1:
            raise ValueError(f"the probability of being dropped must be from 0 to below 1, not {p!r}")
        self.p = float(p)
        self.rng = generator_of(seed)

    def forward(self, x: Any) -> Any:
        x = array_of(x, "the inputs of a layer", records=True)
        if not self.training or not self.p:
            return x
        kept = self.rng.random(x.shape) >= self.p
        return x * (kept.astype(x.dtype) / (1 - self.p))
