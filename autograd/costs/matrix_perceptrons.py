"""Closed forms of multilayer perceptrons on Tensors: a batch of examples, one matrix product a layer.

The formulas are derived in ``docs/theory.md``; the tests hold them to measured counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd.costs.closed_forms import TANH_PARTIAL, ClosedForm, Shape, recomputed
from autograd.costs.cost import Cost
from autograd.costs.perceptrons import LOSSES, check_perceptron

__all__ = ["matrix_mlp"]


def matrix_mlp(sizes: Sequence[int], batch: int, loss: str = "ce") -> ClosedForm:
    """The perceptron of `mlp` on Tensors: a batch of examples, one matrix product a layer, the mean loss.

    A layer records ``Wᵀ``, ``h Wᵀ``, ``+ b`` and tanh, so the graph is a chain with the W and b of
    every layer at its side, and one path leads from each of them to the loss. ``multiply_adds``
    counts the matrix products (Goodfellow, Bengio and Courville, *Deep Learning*, 2016, section
    6.5.6: one product forward, two backward); the rest is counted element by element. A vertex is an
    array; ``parameters`` are the numbers in all W and b. ``restart`` starts once for every array,
    ``layer`` for the two of a layer; ``forward`` and finite differences once for every number.

    Args:
        sizes: the number of inputs, which are constants, and the width of every layer.
        batch: how many examples there are.
        loss: ``"ce"``, the fused softmax cross-entropy, or ``"se"``, the sum of squared errors.

    Raises:
        ValueError: there are fewer than two sizes, a size or the batch is below 1, or the loss is unknown.
    """
    check_perceptron(sizes, loss)
    if batch < 1:
        raise ValueError(f"a batch has at least one example, not {batch}")
    end = _MATRIX_LOSSES[loss](sizes[-1])
    layers = _matrix_layers(sizes, batch, end)
    parameters = sum(layer.weights + layer.n for layer in layers)
    last = len(layers)
    vertices = 5 * last + (last - 1) + end.arrays
    return ClosedForm(
        Shape(parameters, vertices, vertices - 1, 2 * last), _matrix_costs(layers, parameters, batch, end)
    )


@dataclass(frozen=True, slots=True)
class _MatrixLayer:
    """One layer on a batch, with what lies between it and the loss.

    Attributes:
        n: its width.
        weights: numbers in W.
        outputs: numbers in its output.
        activated: numbers that go through tanh: all of them, or none in the last layer.
        product: multiply-adds of its matrix product.
        onward: elementwise multiplications from its sum to the loss.
        products: multiply-adds from its output to the loss.
    """

    n: int
    weights: int
    outputs: int
    activated: int
    product: int
    onward: int
    products: int


def _matrix_layers(sizes: Sequence[int], batch: int, end: _MatrixLoss) -> list[_MatrixLayer]:
    layers: list[_MatrixLayer] = []
    onward, products = batch * end.walked + 1, 0  # the edges of the loss, and of its mean
    for i in range(len(sizes) - 1, 0, -1):
        n, inputs = sizes[i], sizes[i - 1]
        outputs = batch * n
        activated = outputs if i < len(sizes) - 1 else 0
        onward += activated
        product = batch * inputs * n
        layers.insert(0, _MatrixLayer(n, inputs * n, outputs, activated, product, onward, products))
        onward += outputs  # the sum with the bias
        products += product
    return layers


def _matrix_costs(
    layers: Sequence[_MatrixLayer], parameters: int, batch: int, end: _MatrixLoss
) -> dict[str, Cost]:
    outputs = sum(layer.outputs for layer in layers)
    activated = sum(layer.activated for layer in layers)
    products = sum(layer.product for layer in layers)
    merged = (batch - 1) * sum(layer.n for layer in layers)
    forward = outputs + activated + batch * (end.forward + 1)
    partials = TANH_PARTIAL * activated + batch * end.partials

    def exact(multiplications: int, multiply_adds: int, additions: int = merged) -> Cost:
        return Cost(
            multiplications,
            additions,
            partials,
            forward,
            multiply_adds=multiply_adds,
            forward_multiply_adds=products,
        )

    def differences(passes: int, moves: int) -> Cost:
        # To move one number its whole array is added to.
        moved = sum(layer.weights**2 + layer.n**2 for layer in layers)
        additions = parameters + moves * moved
        return Cost(parameters, additions, 0, passes * forward, forward_multiply_adds=passes * products)

    first = layers[0]
    backprop = exact(first.onward + first.outputs + outputs, 2 * products - first.product)
    alone = exact(
        2 * sum(layer.onward + layer.outputs for layer in layers),
        sum(layer.product + 2 * layer.products for layer in layers),
    )
    return {
        "backprop": backprop,
        "layer": exact(
            sum(layer.onward + 2 * layer.outputs for layer in layers),
            sum(layer.product + layer.products for layer in layers),
        ),
        "restart": alone,
        "forward": exact(
            sum(
                layer.weights * (layer.outputs + layer.onward) + layer.n * (layer.n + layer.onward)
                for layer in layers
            ),
            sum(
                layer.weights * (layer.product + layer.products) + layer.n * layer.products
                for layer in layers
            ),
            additions=parameters * (batch * layers[-1].n - 1),
        ),
        "tree": backprop,
        "paths": alone,
        "finite_difference": differences(parameters + 1, moves=1),
        "central_difference": differences(2 * parameters, moves=2),
        **_other_costs(backprop, layers, parameters),
    }


def _other_costs(backprop: Cost, layers: Sequence[_MatrixLayer], parameters: int) -> dict[str, Cost]:
    """Return the costs of the methods that repeat forward passes, or take one sweep for all parameters."""
    outputs = [layer.outputs for layer in layers]
    steps = [layer.outputs + layer.activated for layer in layers]
    steps[-1] += backprop.forward - sum(steps)  # the loss
    return {
        "checkpoint": backprop._replace(
            forward=recomputed(steps), forward_multiply_adds=recomputed([layer.product for layer in layers])
        ),
        "forward_gradient": backprop._replace(
            multiplications=backprop.multiplications - backprop.additions + parameters,
            additions=sum(outputs) + sum(outputs[1:]) + outputs[-1] - 1,
        ),
        "simultaneous_perturbation": Cost(
            1 + parameters,
            1 + 2 * parameters,
            0,
            2 * backprop.forward,
            forward_multiply_adds=2 * backprop.forward_multiply_adds,
        ),
    }


@dataclass(frozen=True, slots=True)
class _MatrixLoss:
    """What the loss adds on a batch: operations of one example, and arrays, the mean included.

    Attributes:
        partials: operations of the local derivatives.
        walked: elements of the edges, each a multiplication.
        forward: operations of the forward pass.
        arrays: vertices.
    """

    partials: int
    walked: int
    forward: int
    arrays: int


_MATRIX_LOSSES = {
    "ce": lambda n: _MatrixLoss(partials=n + 1, walked=n, forward=LOSSES["ce"](n).forward, arrays=3),
    "se": lambda n: _MatrixLoss(partials=n, walked=2 * n, forward=LOSSES["se"](n).forward, arrays=5),
}
