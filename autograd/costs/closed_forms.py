"""Closed forms: what a gradient costs as a function of sizes alone; no graph is built.

They are exact integers of any size, so a path sum of ``n^L`` terms is priced in microseconds. They
hold for graphs of a regular shape: the multi-layer perceptron, chains and ladders. Derivation: the
path sum multiplies out every path (Bauer, "Computational graphs and rounding error", 1974), so its
cost is a sum of path lengths; every other method walks edges, so its cost is a sum of edges, and one
addition less than the edges for every vertex reached (Griewank and Walther, *Evaluating Derivatives*,
2nd ed., 2008, on vertex and edge counts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from autograd.costs.cost import Cost

__all__ = [
    "ClosedForm",
    "Shape",
    "chain",
    "chain_with_parameters",
    "ladder_residual",
    "ladder_square",
    "matrix_mlp",
    "mlp",
]

# tanh has the derivative 1 - out·out: a multiplication and a subtraction.
_TANH_PARTIAL = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """The active part of a graph: what depends on a parameter and reaches the result.

    Attributes:
        parameters: the values differentiated by.
        vertices: the parameters, and everything computed from them.
        edges: one for every use of a vertex, repeats included.
        paths: from every parameter to the result, added up: the terms of the path sum.
    """

    parameters: int
    vertices: int
    edges: int
    paths: int


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """The shape of a graph, and the predicted cost of its gradient by every method.

    Attributes:
        shape: the counts of the graph.
        costs: by the name of the method; ``layer`` is ``restart`` with a group for every layer.
    """

    shape: Shape
    costs: dict[str, Cost]


def mlp(sizes: Sequence[int], loss: str = "ce", granularity: str = "scalar") -> ClosedForm:
    """A perceptron ``n_0, n_1 … n_L``: tanh after every layer but the last, then a loss of one example.

    Args:
        sizes: the number of inputs, which are constants, and the width of every layer.
        loss: ``"ce"``, the fused softmax cross-entropy, or ``"se"``, the sum of squared errors.
        granularity: ``"scalar"``, a vertex for every product and sum, the sum running from the bias
            from left to right; or ``"neuron"``, a vertex for every neuron.

    Raises:
        ValueError: there are fewer than two sizes, or one is below 1; or the loss or the granularity
            is unknown.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"an MLP has at least two sizes, each at least 1, not {list(sizes)}")
    if loss not in _LOSSES:
        raise ValueError(f"the loss is 'ce' or 'se', not {loss!r}")
    if granularity not in _NEURONS:
        raise ValueError(f"the granularity is 'scalar' or 'neuron', not {granularity!r}")
    last = len(sizes) - 1
    kind = _NEURONS[granularity]
    # Everything is indexed by layer, as in n_0 … n_L; the input has no neurons.
    n = list(sizes)
    neurons = [kind(0, False), *(kind(fan_in, layer < last) for layer, fan_in in enumerate(n[:-1], 1))]
    end = _LOSSES[loss](n[last])
    layers = range(1, last + 1)

    each = [0, *(fan_in + 1 for fan_in in n[:-1])]  # parameters of one neuron: weights and bias
    parameters = sum(n[i] * each[i] for i in layers)
    below = [prod(n[i + 1 :]) for i in range(last + 1)]  # paths from one neuron to the loss
    paths = sum(n[i] * each[i] * below[i] for i in layers)
    vertices = sum(n[i] * neurons[i].vertices for i in layers) + end.vertices
    edges = sum(n[i] * neurons[i].edges for i in layers) - n[0] * n[1] + end.edges

    # Added up over the neurons of a layer: the lengths of all paths from them to the loss.
    lengths = [0] * last + [end.lengths]
    # The edges from the inputs of a layer to the loss, and the merges there; parameters stand still.
    onward, merges = [0] * last + [end.edges] * 3, [0] * last + [n[last] - 1] * 3
    # The same merges met from the loss: a neuron's adjoint adds up one contribution from each user.
    meetings = [0] * (last + 2)
    for i in reversed(layers):
        lengths[i - 1] = below[i - 1] * neurons[i].lengths + n[i - 1] * lengths[i]
        onward[i] = onward[i + 1] + n[i] * neurons[i].through
        merges[i] = merges[i + 1] + n[i] * (n[i - 1] - 1)
        meetings[i] = meetings[i + 1] + n[i - 1] * (n[i] - 1)

    # A parameter's own neuron; then one input of every neuron of the next layer; then all there is.
    own = [n[i] * (neurons[i].lengths + neurons[i].bias_length) for i in layers]
    alone = sum(own) + each[last] * end.lengths
    alone += sum(each[i] * (n[i + 1] * neurons[i + 1].lengths + n[i] * onward[i + 2]) for i in range(1, last))
    alone_merges = sum(n[i] * each[i] * merges[i + 2] for i in range(1, last))

    forward = sum(n[i] * (2 * n[i - 1] + (i < last)) for i in layers) + end.forward
    partials = sum(n[i] * neurons[i].partials for i in layers) + end.partials
    return ClosedForm(
        Shape(parameters, vertices, edges, paths),
        _costs(
            parameters,
            forward,
            partials,
            backprop=(edges, edges - vertices + 1),
            layer=(
                sum(onward[i + 1] + n[i] * neurons[i].by_parameters for i in layers),
                sum(meetings[i + 1] for i in layers),
            ),
            alone=(alone, alone_merges),
            tree=(
                sum(n[i] * below[i] * neurons[i].vertices for i in layers) + end.vertices - 1,
                paths - parameters,
            ),
            paths=(
                sum(below[i] * own[i - 1] + each[i] * lengths[i] for i in layers),
                paths - parameters,
            ),
        ),
    )


def matrix_mlp(sizes: Sequence[int], batch: int, loss: str = "ce") -> ClosedForm:
    """The same perceptron on Tensors: a batch of examples, a matrix product a layer, the mean loss.

    A layer records ``Wᵀ``, ``h Wᵀ``, ``+ b`` and the tanh, so that the graph is a chain with the W and
    b of every layer at its side, and one path leads from each of them to the loss. Of the costs,
    ``multiply_adds`` are those of the matrix products (Goodfellow, Bengio and Courville, *Deep
    Learning*, 2016, section 6.5.6: a product forward, two backward); the rest is counted element by
    element. A vertex is an array; ``parameters`` are the numbers in all W and b. The methods that take
    parameters one by one differ: ``restart`` starts once for every array, as ``layer`` does for the two
    of a layer, but ``forward`` and the finite differences once for every number.

    Args:
        sizes: the number of inputs, which are constants, and the width of every layer.
        batch: how many examples there are.
        loss: ``"ce"``, the fused softmax cross-entropy, or ``"se"``, the sum of squared errors.

    Raises:
        ValueError: there are fewer than two sizes, or one is below 1, or the batch is; or the loss is
            unknown.
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"an MLP has at least two sizes, each at least 1, not {list(sizes)}")
    if batch < 1:
        raise ValueError(f"a batch has at least one example, not {batch}")
    if loss not in _LOSSES:
        raise ValueError(f"the loss is 'ce' or 'se', not {loss!r}")
    last = len(sizes) - 1
    n = list(sizes)
    layers = range(1, last + 1)
    end = _LOSSES[loss](n[last])
    # Of one example: the local derivatives of the loss, and the edges they stand on, element by element.
    slopes, walked = {"ce": (2 * n[last], n[last]), "se": (n[last], 2 * n[last])}[loss]
    arrays = {"ce": 3, "se": 5}[loss]  # those of the loss, its mean over the batch included

    product = [0, *(batch * n[i - 1] * n[i] for i in layers)]
    weights = [0, *(n[i - 1] * n[i] for i in layers)]
    outputs = [0, *(batch * n[i] for i in layers)]
    activated = [0, *(outputs[i] * (i < last) for i in layers)]
    parameters = sum(weights[i] + n[i] for i in layers)
    # From the sum of a layer to the loss: its tanh; then of every layer above product, bias, tanh.
    onward = [0] * last + [batch * walked + 1]
    products = [0] * (last + 1)
    for i in reversed(layers):
        onward[i] += activated[i]
        onward[i - 1] = onward[i] + outputs[i]
        products[i - 1] = products[i] + product[i]
    forward_products, merged = products[0], (batch - 1) * sum(n[1:])
    forward = sum(outputs) + sum(activated) + batch * (end.forward + 1)
    partials = _TANH_PARTIAL * sum(activated) + batch * slopes

    def exact(multiplications: int, additions: int, multiply_adds: int) -> Cost:
        return Cost(
            multiplications,
            additions,
            partials,
            forward,
            multiply_adds=multiply_adds,
            forward_multiply_adds=forward_products,
        )

    def differences(passes: int, sums: int, moves: int) -> Cost:
        # To move one number its whole array is added to.
        moved = sum(weights[i] ** 2 + n[i] ** 2 for i in layers)
        additions = parameters * sums + moves * moved
        return Cost(
            parameters, additions, 0, passes * forward, forward_multiply_adds=passes * forward_products
        )

    backprop = exact(onward[0] + sum(outputs), merged, 2 * forward_products - product[1])
    alone = exact(
        2 * sum(onward[i] + outputs[i] for i in layers),
        merged,
        sum(products[i - 1] + products[i] for i in layers),
    )
    return ClosedForm(
        Shape(parameters, 5 * last + (last - 1) + arrays, 5 * last - 1 + (last - 1) + arrays, 2 * last),
        {
            "backprop": backprop,
            "layer": exact(
                sum(onward[i] + 2 * outputs[i] for i in layers),
                merged,
                sum(products[i - 1] for i in layers),
            ),
            "restart": alone,
            "forward": exact(
                sum(weights[i] * (outputs[i] + onward[i]) + n[i] * (n[i] + onward[i]) for i in layers),
                parameters * (batch * n[last] - 1),
                sum(weights[i] * products[i - 1] + n[i] * products[i] for i in layers),
            ),
            "tree": backprop,
            "paths": alone,
            "finite_difference": differences(parameters + 1, sums=1, moves=1),
            "central_difference": differences(2 * parameters, sums=1, moves=2),
        },
    )


def chain(length: int) -> ClosedForm:
    """``x_k = tanh(x_{k-1})``, by x_0: there is one path.

    Raises:
        ValueError: the length is below 1.
    """
    walk = (_at_least_one(length), 0)
    return ClosedForm(
        Shape(1, length + 1, length, 1),
        _costs(
            1,
            length,
            _TANH_PARTIAL * length,
            backprop=walk,
            layer=walk,
            alone=walk,
            tree=walk,
            paths=walk,
        ),
    )


def chain_with_parameters(length: int) -> ClosedForm:
    """``x_k = tanh(w_k · x_{k-1})``, by every w_k: deep, but nothing branches; x_0 is a constant.

    Raises:
        ValueError: the length is below 1.
    """
    once = (3 * _at_least_one(length) - 1, 0)
    again = (length * (length + 1), 0)
    return ClosedForm(
        Shape(length, 3 * length, 3 * length - 1, length),
        _costs(
            length,
            2 * length,
            _TANH_PARTIAL * length,
            backprop=once,
            layer=again,
            alone=again,
            tree=once,
            paths=again,
        ),
    )


def ladder_square(length: int) -> ClosedForm:
    """``x_k = x_{k-1} · x_{k-1}``, by x_0: every step doubles the paths.

    Raises:
        ValueError: the length is below 1.
    """
    paths = 2 ** _at_least_one(length)
    merged = (2 * length, length)
    return ClosedForm(
        Shape(1, length + 1, 2 * length, paths),
        _costs(
            1,
            length,
            0,
            backprop=merged,
            layer=merged,
            alone=merged,
            tree=(2 * paths - 2, paths - 1),
            paths=(length * paths, paths - 1),
        ),
    )


def ladder_residual(length: int) -> ClosedForm:
    """``x_k = x_{k-1} + tanh(x_{k-1})``, by x_0: every step doubles the paths.

    Raises:
        ValueError: the length is below 1.
    """
    paths = 2 ** _at_least_one(length)
    merged = (3 * length, length)
    return ClosedForm(
        Shape(1, 2 * length + 1, 3 * length, paths),
        _costs(
            1,
            2 * length,
            _TANH_PARTIAL * length,
            backprop=merged,
            layer=merged,
            alone=merged,
            tree=(3 * (paths - 1), paths - 1),
            paths=(3 * length * paths // 2, paths - 1),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Neuron:
    """What one neuron adds to a graph. Its inputs are vertices of the layer before.

    Attributes:
        vertices: its own, weights and bias included; one path leads from each to its output.
        edges: all edges into its vertices.
        through: those that depend on its inputs, its parameters standing still.
        lengths: of the paths from its inputs to its output, added up (or from its weights: the same).
        bias_length: of the path from its bias.
        partials: operations for its local derivatives.
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
        """The edges that depend on its parameters, its inputs standing still."""
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
        partials=_TANH_PARTIAL * activated,
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
        partials=(_TANH_PARTIAL + 2 * n) * activated,
    )


@dataclass(frozen=True, slots=True)
class _Loss:
    """What the loss adds to a graph; `lengths` is that of the paths from all outputs, added up."""

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
_LOSSES = {"ce": _cross_entropy, "se": _squared_error}


def _costs(
    parameters: int,
    forward: int,
    partials: int,
    *,
    backprop: tuple[int, int],
    layer: tuple[int, int],
    alone: tuple[int, int],
    tree: tuple[int, int],
    paths: tuple[int, int],
) -> dict[str, Cost]:
    """The costs by method, from each one's multiplications and additions.

    One sweep for one parameter alone walks the same edges in either direction, so ``forward`` and
    ``restart`` agree. Finite differences are passes, with a division and two or three sums apiece.
    """
    exact = {
        "backprop": backprop,
        "layer": layer,
        "restart": alone,
        "forward": alone,
        "tree": tree,
        "paths": paths,
    }
    costs = {method: Cost(m, a, partials, forward) for method, (m, a) in exact.items()}
    p = parameters
    costs["finite_difference"] = Cost(p, 2 * p, 0, (p + 1) * forward)
    costs["central_difference"] = Cost(p, 3 * p, 0, 2 * p * forward)
    return costs


def _at_least_one(length: int) -> int:
    if length < 1:
        raise ValueError(f"a chain or ladder has a length of at least 1, not {length}")
    return length
