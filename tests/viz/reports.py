"""Small problems for reports, and a wrong method."""

import numpy as np

from autograd import Tensor, Value, softmax_cross_entropy
from nn import MLP


def network(sizes=(2, 2, 2), granularity="scalar"):
    mlp = MLP(sizes, granularity=granularity, seed=1)
    loss = softmax_cross_entropy(mlp([Value(0.1 * i + 0.5, name=f"x[{i}]") for i in range(sizes[0])]), 0)
    loss.name = "loss"
    return loss, [layer.parameters() for layer in mlp.layers]


def diamond():
    x = Value(0.7, name="x")
    h = (x * x).sin()
    h.name = "h"
    y = h.tanh() + h * h
    y.name = "y"
    return y, [x]


def tensors():
    W = Tensor(np.random.default_rng(0).normal(size=(2, 2)), name="W")
    b = Tensor(np.zeros(2), name="b")
    loss = softmax_cross_entropy(np.tanh(np.ones((3, 2)) @ W.T + b) + W.sum(), [0, 1, 0])
    loss.name = "loss"
    return loss, [W, b]


def overwrite(linearization):
    """A wrong backprop: each contribution replaces the ones before (``=`` for ``+=``)."""
    adjoints = {linearization.root: linearization.seed}
    for v in reversed(range(len(linearization.edges))):
        for u, derivative in linearization.edges[v]:
            adjoints[u] = adjoints[v] * derivative
    return linearization.gather(adjoints)
