"""Closed forms of multilayer perceptrons of scalars or of neurons; see `matrix_perceptrons` for matrices.

The formulas are derived in ``docs/theory.md``; the tests hold them to measured counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from autograd.costs.closed_forms import TANH_PARTIAL, ClosedForm, Shape, costs_by_method, recomputed

__all__ = ["LOSSES", "check_perceptron", "mlp"]


def mlp(sizes: Sequence[int], loss: str = "ce", granularity: str = "scalar") -> ClosedForm:
    """A perceptron ``n_0, n_1 … n_L``: tanh after every layer but the last, then the loss of one example.

    Args:
        sizes: the number of inputs, which are constants, and the width of every layer.
        loss: ``"ce"``, the fused softmax cross-entropy, or ``"se"``, the sum of squared errors.
        granularity: ``"scalar"``, a vertex for every product and sum, each sum running from the bias
            left to right; or ``"neuron"``, a vertex for every neuron.

    Raises:
        ValueError: there are fewer than two sizes, a size is below 1, or the loss or granularity is unknown.
    """
    check_perceptron(sizes, loss)
    if granularity not in _NEURONS:
        raise ValueError(f"the granularity is 'scalar' or 'neuron', not {granularity!r}")
    end = LOSSES[loss](sizes[-1])
    layers = _layers(sizes, granularity, end)
    parameters = sum(layer.n * layer.each for layer in layers)
    paths = sum(layer.n * layer.each * layer.paths for layer in layers)
    vertices = sum(layer.n * layer.neuron.vertices for layer in layers) + end.vertices
    edges = sum(layer.n * layer.neuron.edges for layer in layers) - sizes[0] * sizes[1] + end.edges
    steps = [layer.forward for layer in layers]
    steps[-1] += end.forward
    costs = costs_by_method(
        parameters,
        forward=sum(steps),
        partials=sum(layer.n * layer.neuron.partials for layer in layers) + end.partials,
        backprop=(edges, edges - vertices + 1),
        layer=_per_layer(layers, end),
        alone=_alone(layers, end),
        tree=(
            sum(layer.n * layer.paths * layer.neuron.vertices for layer in layers) + end.vertices - 1,
            paths - parameters,
        ),
        paths=(
            sum(layer.paths * layer.own + layer.each * layer.lengths for layer in layers),
            paths - parameters,
        ),
    )
    # No two edges are parallel, and every parameter has one user: these orders take the same products.
    costs["eliminate-reverse"], costs["eliminate-forward"] = costs["backprop"], costs["forward"]
    costs["checkpoint"] = costs["backprop"]._replace(forward=recomputed(steps))
    return ClosedForm(Shape(parameters, vertices, edges, paths), costs)


def check_perceptron(sizes: Sequence[int], loss: str) -> None:
    """Raise ValueError unless there are two sizes or more, each at least 1, and the loss is known."""
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"an MLP has at least two sizes, each at least 1, not {list(sizes)}")
    if loss not in LOSSES:
        raise ValueError(f"the loss is 'ce' or 'se', not {loss!r}")


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer, with what lies between it and the loss.

    Attributes:
        n: how many neurons it has.
        neuron: what each of them adds to the graph.
        paths: from one of its neurons to the loss.
        lengths: total length of all paths from its neurons to the loss.
        onward: edges from its inputs to the loss, parameters held constant.
        merges: additions on the way from its inputs to the loss.
        meetings: the same additions met from the loss: a neuron's adjoint sums one contribution per user.
        forward: operations of the forward pass.
    """

    n: int
    neuron: _Neuron
    paths: int
    lengths: int
    onward: int
    merges: int
    meetings: int
    forward: int

    @property
    def each(self) -> int:
        """Parameters of one neuron: weights and bias."""
        return self.neuron.inputs + 1

    @property
    def own(self) -> int:
        """Total length of the paths from the parameters of its neurons to their outputs."""
        return self.n * (self.neuron.lengths + self.neuron.bias_length)


def _layers(sizes: Sequence[int], granularity: str, end: _Loss) -> list[_Layer]:
    """Return the layers in order, each computed from the one above it."""
    kind, last = _NEURONS[granularity], len(sizes) - 1
    layers: list[_Layer] = []
    above = _nothing(sizes[-1], kind, end)
    for i in range(last, 0, -1):
        n, inputs, paths = sizes[i], sizes[i - 1], prod(sizes[i + 1 :])
        neuron = kind(inputs, i < last)
        above = _Layer(
            n=n,
            neuron=neuron,
            paths=paths,
            lengths=end.lengths if i == last else paths * above.neuron.lengths + n * above.lengths,
            onward=above.onward + n * neuron.through,
            merges=above.merges + n * (inputs - 1),
            meetings=above.meetings + inputs * (n - 1),
            forward=n * (2 * inputs + (i < last)),
        )
        layers.insert(0, above)
    return layers


def _nothing(outputs: int, kind: Callable[[int, bool], _Neuron], end: _Loss) -> _Layer:
    """Return what stands above the last layer: the loss alone."""
    return _Layer(
        n=0,
        neuron=kind(0, False),
        paths=1,
        lengths=0,
        onward=end.edges,
        merges=outputs - 1,
        meetings=0,
        forward=0,
    )


def _per_layer(layers: Sequence[_Layer], end: _Loss) -> tuple[int, int]:
    """Multiplications and additions of one chain per layer."""
    above = [(layer.onward, layer.meetings) for layer in layers[1:]] + [(end.edges, 0)]
    multiplications = sum(
        onward + layer.n * layer.neuron.by_parameters
        for layer, (onward, _) in zip(layers, above, strict=True)
    )
    return multiplications, sum(meetings for _, meetings in above)


def _alone(layers: Sequence[_Layer], end: _Loss) -> tuple[int, int]:
    """Multiplications and additions of one sweep per parameter.

    A parameter's sweep walks its own neuron; then one input of every neuron of the next layer; then
    everything above that.
    """
    *hidden, last = layers
    multiplications = sum(layer.own for layer in layers) + last.each * end.lengths
    additions = 0
    beyond = [(layer.onward, layer.merges) for layer in layers[2:]] + [(end.edges, last.n - 1)]
    for layer, above, (onward, merges) in zip(hidden, layers[1:], beyond[: len(hidden)], strict=True):
        multiplications += layer.each * (above.n * above.neuron.lengths + layer.n * onward)
        additions += layer.n * layer.each * merges
    return multiplications, additions


@dataclass(frozen=True, slots=True)
class _Neuron:
    """What one neuron adds to a graph. Its inputs are vertices of the previous layer.

    Attributes:
        inputs: how many it has.
        vertices: its own, weights and bias included; one path leads from each to its output.
        edges: all edges into its vertices.
        through: the edges that depend on its inputs, its parameters held constant.
        lengths: total length of the paths from its inputs to its output (from its weights: the same).
        bias_length: length of the path from its bias.
        partials: operations of its local derivatives.
    """

    inputs: int
    vertices: int
    edges: int
    through: int
    lengths: int
    bias_length: int
    partials: int

    @property
    def by_parameters(self) -> int:
        """The edges that depend on its parameters, its inputs held constant."""
        return self.edges - self.inputs


def _scalar(n: int, activated: bool) -> _Neuron:
    # n products, n sums (the first with the bias), one activation; product i meets n - i + 1 sums.
    return _Neuron(
        inputs=n,
        vertices=3 * n + 1 + activated,
        edges=4 * n + activated,
        through=3 * n - 1 + activated,
        lengths=n * (1 + activated) + n * (n + 1) // 2,
        bias_length=n + activated,
        partials=TANH_PARTIAL * activated,
    )


def _whole(n: int, activated: bool) -> _Neuron:
    # One vertex of 2n + 1 inputs; with an activation its slope multiplies every input and weight.
    return _Neuron(
        inputs=n,
        vertices=n + 2,
        edges=2 * n + 1,
        through=n,
        lengths=n,
        bias_length=1,
        partials=(TANH_PARTIAL + 2 * n) * activated,
    )


@dataclass(frozen=True, slots=True)
class _Loss:
    """What the loss adds to a graph; `lengths` is the total length of the paths from all outputs."""

    vertices: int
    edges: int
    lengths: int
    forward: int
    partials: int


def _cross_entropy(n: int) -> _Loss:
    return _Loss(vertices=1, edges=n, lengths=n, forward=4 * n + 1, partials=n + 1)


def _squared_error(n: int) -> _Loss:
    # n differences, n squares, n - 1 sums from left to right.
    return _Loss(
        vertices=3 * n - 1,
        edges=4 * n - 2,
        lengths=2 * n + (n - 1) + n * (n - 1) // 2,
        forward=3 * n - 1,
        partials=n,
    )


_NEURONS = {"scalar": _scalar, "neuron": _whole}
LOSSES = {"ce": _cross_entropy, "se": _squared_error}
