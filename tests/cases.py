"""Shared test cases: scalar rules at their points, programs of arrays, and exact costs of networks."""

from __future__ import annotations

import shutil
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd import METHODS, log_softmax, logsumexp, relu, sigmoid, softmax, softmax_cross_entropy, softplus
from autograd.differentiation.methods import accuracy
from autograd.rules import scalars as p
from autograd.rules import special  # noqa: F401 (loads the whole table)
from autograd.rules.neuron import neuron_of
from autograd.rules.primitive import TABLE, Primitive
from autograd.rules.softmax import softmax_cross_entropy_of

# ---- scalar rules

SMOOTH = [(-1.7,), (-0.4,), (0.3,), (2.1,)]
POSITIVE = [(0.2,), (1.0,), (3.5,)]
PAIRS = [(1.5, -0.5), (-2.0, 0.75), (0.25, 3.0)]

# Points away from every kink and pole, for each row of the table.
POINTS: dict[str, list[tuple[float, ...]]] = {
    "add": PAIRS,
    "sub": PAIRS,
    "mul": PAIRS,
    "div": PAIRS,
    "maximum": PAIRS,
    "minimum": PAIRS,
    "power": [(1.5, -0.5), (2.0, 3.0), (0.25, 1.75)],
    "sqrt": POSITIVE,
    "log": POSITIVE,
    **dict.fromkeys(("log2", "log10", "gamma", "gammaln", "digamma", "entr", "expi", "exp1"), POSITIVE),
    **dict.fromkeys(("y0", "y1", "k0", "k1", "k0e", "k1e"), POSITIVE),
    **{name: [(-0.7,), (0.2,), (0.9,)] for name in ("arcsin", "arccos", "arctanh", "erfinv")},
    **{name: [(0.1,), (0.45,), (0.8,)] for name in ("logit", "ndtri")},
    **dict.fromkeys(("arctan2", "hypot", "logaddexp", "logaddexp2"), PAIRS),
    **{name: [(1.6, -0.5), (-2.0, 0.75), (0.25, 3.0)] for name in ("mod", "fmod", "floor_divide")},
    **dict.fromkeys(("copysign", "fmax", "fmin"), PAIRS),
    **{name: [(0.5, 1.25), (2.0, 0.75), (3.5, 2.5)] for name in ("beta", "betaln", "rel_entr", "kl_div")},
    **{name: [(-1.5, 0.5), (0.0, 2.0), (2.0, 1.75)] for name in ("xlogy", "xlog1py")},
    "tan": [(-1.3,), (-0.4,), (0.3,), (1.2,)],
    "arccosh": [(1.1,), (2.0,), (5.0,)],
    "log1p": [(-0.6,), (0.0,), (2.1,)],
    "erfcinv": [(0.1,), (1.0,), (1.7,)],
    "rgamma": [(0.7,), (1.0,), (3.5,)],
    "erfcx": [(-1.7,), (-0.4,), (0.3,)],
    "sinc": [(-1.7,), (0.0,), (0.3,), (2.1,)],
    "cbrt": [(-1.7,), (0.3,), (2.1,)],
    "reciprocal": [(-1.7,), (0.3,), (2.1,)],
    **dict.fromkeys(("arctan", "sinh", "cosh", "arcsinh", "deg2rad", "rad2deg", "exp2", "expm1"), SMOOTH),
    **dict.fromkeys(("erf", "erfc", "erfi", "dawsn", "ndtr", "log_ndtr"), SMOOTH),
    **dict.fromkeys(("i0", "i1", "i0e", "i1e", "j0", "j1"), SMOOTH),
} | dict.fromkeys(
    ("identity", "neg", "square", "exp", "sin", "cos", "tanh", "sigmoid", "relu", "softplus", "abs"), SMOOTH
)

TABULATED = [(name, row) for name, row in TABLE.items() if "example" not in name]
FAMILIES: list[tuple[Primitive, list[tuple[float, ...]]]] = [
    (p.power_of(3), SMOOTH),
    (p.power_of(-2), SMOOTH),
    (p.power_of(2.5), POSITIVE),
    (p.power_of(0), SMOOTH),
    (p.exponential_of(2.5), SMOOTH),
    (p.exponential_of(2), SMOOTH),
    (softmax_cross_entropy_of(0), SMOOTH),
    (softmax_cross_entropy_of(1), [(0.5, -1.0, 2.0), (3.0, 3.5, -3.0)]),
    (neuron_of(None), [(0.5, 1.0, -2.0, 0.25, 3.0)]),
    (neuron_of(p.tanh), [(0.5, 1.0, -2.0, 0.25, 0.3), (0.1,)]),
    (neuron_of(p.relu), [(0.5, 1.0, -2.0, 0.25, 0.3), (0.5, 1.0, -1.0)]),
]
SCALAR_CASES = [(row, point) for name, row in TABULATED for point in POINTS[name]] + [
    (row, point) for row, points in FAMILIES for point in points
]
every_scalar_case = pytest.mark.parametrize(
    ("row", "point"),
    SCALAR_CASES,
    ids=[f"{row.name} at {','.join(map(str, point))}" for row, point in SCALAR_CASES],
)

# ---- programs of arrays

# Programs of arrays: the function, then the shape of each argument. `numbers` fills the shapes.
ARRAY_CASES: dict[str, tuple[Any, ...]] = {
    # ---- broadcasting in every position
    "add, a row": (lambda a, b: a + b, (2, 3), (3,)),
    "add, a column": (lambda a, b: a + b, (2, 3), (2, 1)),
    "add, both stretched": (lambda a, b: a + b, (2, 1), (1, 3)),
    "add, a scalar": (lambda a, b: a + b, (2, 3), ()),
    "add, an axis of length one in front": (lambda a, b: a + b, (3,), (1, 1, 3)),
    "subtract, stretched in the middle": (lambda a, b: a - b, (2, 1, 3), (2, 4, 1)),
    "multiply, rank 4": (lambda a, b: a * b, (2, 1, 3, 1), (4, 1, 2)),
    "multiply, itself": (lambda a: a * a, (2, 3)),
    "multiply, by its own transpose": (lambda a: a * a.T, (3, 3)),
    "divide, row by column": (lambda a, b: a / b, (3,), (2, 1)),
    "divide a scalar": (lambda a, b: a / b, (), (2, 2)),
    "power, broadcast": (lambda a, b: a**b, (2, 1), (3,)),
    "power, of an array": (lambda a: a ** np.array([[0.0, 1.0, 2.5]]), (2, 3)),
    "power, of a list": (lambda a: a ** [1, 2, -1], (2, 3)),
    "array to the power": (lambda a: np.array([0.5, 1.0, 3.0]) ** a, (2, 3)),
    "number to the power": (lambda a: 3**a, (2, 3)),
    "power -2": (lambda a: a**-2, (2, 3)),
    "maximum, broadcast": (lambda a, b: np.maximum(a, b), (2, 1), (3,)),
    "minimum, broadcast": (lambda a, b: np.minimum(a, b), (3,), (2, 3)),
    "where, all three broadcast": (lambda a, b: np.where(np.array([[True], [False]]), a, b), (3,), (4, 1, 1)),
    "where, a number": (lambda a: np.where(np.eye(3) > 0, a, 0.5), (3, 3)),
    # ---- elementwise functions
    "exp": (lambda a: np.exp(a), (2, 2)),
    "log": (lambda a: np.log(a), (2, 2)),
    "sqrt": (lambda a: np.sqrt(a), (2, 2)),
    "sin, cos": (lambda a: np.sin(a) * np.cos(a), (2, 2)),
    "tanh": (lambda a: np.tanh(a), ()),
    "square": (lambda a: np.square(a), (0, 2)),
    "abs": (lambda a: np.abs(-a), (3,)),
    "negative": (lambda a: -a, (3, 1)),
    "relu": (lambda a: relu(a - 1.0), (2, 3)),
    "sigmoid": (lambda a: sigmoid(a), (2, 3)),
    "softplus": (lambda a: softplus(a), (2, 3)),
    # ---- elements moved
    "reshape": (lambda a: a.reshape(3, 2), (2, 3)),
    "reshape, one unknown": (lambda a: a.reshape(2, -1, 2), (4, 3)),
    "reshape, to a scalar": (lambda a: a.reshape(()), (1, 1)),
    "reshape, of no elements": (lambda a: a.reshape(0, 5), (3, 0)),
    "ravel": (lambda a: a.ravel(), (2, 3)),
    "transpose": (lambda a: a.T, (2, 3)),
    "transpose, three axes": (lambda a: a.transpose(2, 0, 1), (2, 3, 4)),
    "transpose, negative axes": (lambda a: a.transpose(-1, 0, -2), (2, 3, 4)),
    "transpose, a scalar": (lambda a: a.T, ()),
    "swapaxes": (lambda a: np.swapaxes(a, 0, -1), (2, 3, 4)),
    "moveaxis": (lambda a: np.moveaxis(a, (0, 1), (-1, 0)), (2, 3, 4)),
    "expand_dims": (lambda a: np.expand_dims(a, (0, -1)), (2, 3)),
    "squeeze": (lambda a: np.squeeze(a, 1), (2, 1, 1)),
    "broadcast_to": (lambda a: np.broadcast_to(a, (2, 4, 3)), (1, 3)),
    "broadcast_to, from a scalar": (lambda a: np.broadcast_to(a, (2, 3)), ()),
    "broadcast_to, to nothing": (lambda a: np.broadcast_to(a, (0, 3)), (3,)),
    "concatenate": (lambda a, b: np.concatenate((a, b, a), axis=0), (2, 3), (1, 3)),
    "concatenate, the last axis": (lambda a, b: np.concatenate([a, b], -1), (2, 1), (2, 3)),
    "concatenate, with an array": (lambda a: np.concatenate([np.ones((2, 1)), a], axis=1), (2, 2)),
    "concatenate, an empty one": (lambda a, b: np.concatenate([a, b]), (0, 2), (2, 2)),
    "concatenate, flat": (lambda a, b: np.concatenate([a, b], axis=None), (2, 2), (3,)),
    "concatenate, a tensor's rows": (lambda a: np.concatenate(a), (2, 3)),
    "stack": (lambda a, b: np.stack([a, b, a]), (2, 3), (2, 3)),
    "stack, the last axis": (lambda a, b: np.stack([a, b], axis=-1), (2, 3), (2, 3)),
    "stack, scalars": (lambda a, b: np.stack([a, b]), (), ()),
    # ---- indices
    "index, a number": (lambda a: a[1], (2, 3)),
    "index, from the end": (lambda a: a[-1, -2], (2, 3)),
    "index, a slice": (lambda a: a[1:, ::2], (3, 4)),
    "index, backwards": (lambda a: a[::-1, 2:0:-1], (3, 4)),
    "index, nothing": (lambda a: a[1:1], (3, 2)),
    "index, None": (lambda a: a[:, None, :, None], (2, 3)),
    "index, Ellipsis": (lambda a: a[..., 0], (2, 3, 2)),
    "index, Ellipsis in the middle": (lambda a: a[1, ..., None, -1], (2, 3, 2)),
    "index, Ellipsis alone": (lambda a: a[...], (2, 3)),
    "index, the empty tuple": (lambda a: a[()], ()),
    "index, repeats": (lambda a: a[[0, 2, 0, 0]], (3, 2)),
    "index, repeats from the end": (lambda a: a[[-1, 2, 0]], (3, 2)),
    "index, two lists": (lambda a: a[[0, 1, 0], [2, 0, 2]], (2, 3)),
    "index, open grid": (lambda a: a[np.ix_([0, 1, 1], [2, 0])], (2, 3)),
    "index, a matrix": (lambda a: a[np.array([[0, 1], [1, 1]])], (2, 3)),
    "index, a list and a slice": (lambda a: a[:, [0, 0, 2], 1:], (2, 3, 3)),
    "index, lists apart": (lambda a: a[[0, 1, 1], :, [0, 0, 2]], (2, 2, 3)),
    "index, a number and a list": (lambda a: a[0, :, [1, 1]], (2, 2, 3)),
    "index, a mask": (lambda a: a[np.array([[True, False, True], [False, True, False]])], (2, 3)),
    "index, a mask of rows": (lambda a: a[np.array([True, False, True])], (3, 2)),
    "index, a mask of columns": (lambda a: a[:, [True, False, True]], (2, 3)),
    "index, a mask of nothing": (lambda a: a[np.zeros((2, 3), bool)], (2, 3)),
    "index, True": (lambda a: a[True], (2,)),
    "index, NumPy's integer": (lambda a: a[np.int64(1), np.arange(2)], (2, 3)),
    "index, an empty list": (lambda a: a[[]], (2, 3)),
    # ---- reductions
    "sum": (lambda a: a.sum(), (2, 3)),
    "sum, an axis": (lambda a: a.sum(0), (2, 3)),
    "sum, the last axis": (lambda a: a.sum(-1), (2, 3, 2)),
    "sum, two axes": (lambda a: a.sum((0, -1)), (2, 3, 2)),
    "sum, two axes kept": (lambda a: a.sum((2, 0), keepdims=True), (2, 3, 2)),
    "sum, no axes": (lambda a: a.sum(()), (2, 3)),
    "sum, a scalar": (lambda a: a.sum(), ()),
    "sum, of nothing": (lambda a: a.sum(0), (0, 3)),
    "mean": (lambda a: a.mean(), (2, 3)),
    "mean, kept": (lambda a: a - a.mean(-1, keepdims=True), (2, 3)),
    "mean, two axes": (lambda a: a.mean((0, 1)), (2, 3, 2)),
    "var": (lambda a: a.var(), (2, 3)),
    "var, an axis kept": (lambda a: a.var(0, keepdims=True), (3, 2)),
    "var, ddof": (lambda a: a.var(axis=(-1, 0), ddof=1), (3, 2, 2)),
    "max": (lambda a: a.max(), (2, 3)),
    "max, an axis": (lambda a: a.max(-2), (2, 3)),
    "max, two axes kept": (lambda a: a.max((0, 2), keepdims=True), (2, 3, 2)),
    "min, an axis": (lambda a: a.min(1), (2, 3)),
    "min, all kept": (lambda a: a.min(keepdims=True), (2, 3)),
    "max, of axis one": (lambda a: a.max(1), (3, 1)),
    "clip": (lambda a: a.clip(1.0, 1.6), (3, 3)),
    "clip, to arrays": (lambda a: a.clip(np.ones(3), np.full((3, 1), 1.6)), (3, 3)),
    "clip, one side": (lambda a: a.clip(None, 1.2), (3, 3)),
    "logsumexp": (lambda a: logsumexp(a), (2, 3)),
    "logsumexp, an axis kept": (lambda a: logsumexp(a, 0, keepdims=True), (2, 3)),
    "logsumexp, two axes": (lambda a: logsumexp(a, axis=(0, -1)), (2, 3, 2)),
    "logsumexp, all": (lambda a: logsumexp(a, axis=None), (2, 3)),
    "softmax": (lambda a: softmax(a), (2, 3)),
    "softmax, an axis": (lambda a: softmax(a, axis=0), (2, 3)),
    "log_softmax": (lambda a: log_softmax(a, axis=1), (2, 3, 2)),
    "cross-entropy": (lambda a: softmax_cross_entropy(a, [2, 0]), (2, 3)),
    "cross-entropy, rows": (lambda a: softmax_cross_entropy(a, [[2, 0]], "none"), (1, 2, 3)),
    "cross-entropy, one row": (lambda a: softmax_cross_entropy(a, 1), (3,)),
    "cross-entropy, soft": (
        lambda a: softmax_cross_entropy(a, [[0.2, 0.3, 0.5], [1.0, 0.0, 0.7]], "sum"),
        (2, 3),
    ),
    # ---- products
    "matmul, vectors": (lambda a, b: a @ b, (3,), (3,)),
    "matmul, row by matrix": (lambda a, b: a @ b, (3,), (3, 2)),
    "matmul, matrix by column": (lambda a, b: a @ b, (2, 3), (3,)),
    "matmul, matrices": (lambda a, b: a @ b, (2, 3), (3, 4)),
    "matmul, one by one": (lambda a, b: a @ b, (1, 1), (1, 1)),
    "matmul, batch by matrix": (lambda a, b: a @ b, (4, 2, 3), (3, 2)),
    "matmul, matrix by batch": (lambda a, b: a @ b, (2, 3), (4, 3, 2)),
    "matmul, batch by column": (lambda a, b: a @ b, (4, 2, 3), (3,)),
    "matmul, row by batch": (lambda a, b: a @ b, (3,), (4, 3, 2)),
    "matmul, batch by batch": (lambda a, b: a @ b, (4, 2, 3), (4, 3, 2)),
    "matmul, batches broadcast": (lambda a, b: a @ b, (2, 1, 2, 3), (4, 3, 1)),
    "matmul, batch of one": (lambda a, b: a @ b, (1, 2, 3), (4, 3, 2)),
    "matmul, inner axis empty": (lambda a, b: a @ b, (2, 0), (0, 3)),
    "matmul, outer axis empty": (lambda a, b: a @ b, (0, 2), (2, 3)),
    "matmul, by an array": (lambda a: a @ np.arange(6.0).reshape(3, 2), (2, 3)),
    "matmul, an array by it": (lambda a: np.arange(6.0).reshape(3, 2) @ a, (2, 3)),
    "matmul, by a list": (lambda a: [1.0, 2.0] @ a @ [1, 0, 2], (2, 3)),
    "matmul, itself": (lambda a: a @ a, (3, 3)),
    "matmul, gram": (lambda a: a.T @ a, (2, 3)),
    "einsum, product": (lambda a, b: np.einsum("ij,jk->ik", a, b), (2, 3), (3, 2)),
    "einsum, implicit": (lambda a, b: np.einsum("ij,jk", a, b), (2, 3), (3, 2)),
    "einsum, transposed": (lambda a: np.einsum("ijk->kij", a), (2, 3, 2)),
    "einsum, implicit transpose": (lambda a: np.einsum("ba", a), (2, 3)),
    "einsum, to a scalar": (lambda a, b: np.einsum("ij,ij->", a, b), (2, 3), (2, 3)),
    "einsum, outer": (lambda a, b: np.einsum("i,j->ji", a, b), (2,), (3,)),
    "einsum, lone axes": (lambda a, b: np.einsum("ija,jb->i", a, b), (2, 3, 2), (3, 2)),
    "einsum, three": (lambda a, b, c: np.einsum("i,ij,kj->k", a, b, c), (2,), (2, 3), (2, 3)),
    "einsum, three the same": (lambda a: np.einsum("ij,ij,ik->jk", a, a, a), (2, 2)),
    "einsum, with an array": (lambda a: np.einsum("ij,j", a, np.arange(3.0)), (2, 3)),
    "einsum, a scalar operand": (lambda a, b: np.einsum(",i->i", a, b), (), (3,)),
    "einsum, an empty axis": (lambda a, b: np.einsum("ij,jk->ik", a, b), (2, 0), (0, 3)),
}


def numbers(shapes: tuple[tuple[int, ...], ...], seed: int = 0) -> list[np.ndarray]:
    """Distinct numbers between 0.5 and 2, at least 0.01 apart: no ties, no kinks, no poles."""
    rng = np.random.default_rng(seed)
    count = sum(int(np.prod(shape)) for shape in shapes)
    pool = iter(rng.permutation(np.linspace(0.505, 1.995, count) if count else []))
    return [np.array([next(pool) for _ in range(int(np.prod(shape)))]).reshape(shape) for shape in shapes]


# ---- methods, and exact costs of networks

EXACT_METHODS = [name for name in METHODS if accuracy(name) == "exact"]
CLOSE_METHODS = [name for name in METHODS if accuracy(name) != "estimate"]
# Methods that also run on graphs of tensors.
ARRAY_METHODS = [name for name in CLOSE_METHODS if name not in ("eliminate", "complex_step")]
EXACT_ARRAY_METHODS = [name for name in EXACT_METHODS if name in ARRAY_METHODS]


class Golden(NamedTuple):
    """Exact counts for one network. Fields such as ``tree_multiplications`` name the method first.

    Attributes:
        parameters: weights and biases.
        vertices: active vertices of the graph.
        edges: active edges; backprop multiplies once for each.
        additions: by backprop.
        paths: paths from all parameters to the loss.
        forward: operations of the forward pass.
        partials: operations that evaluate the local derivatives.
    """

    parameters: int
    vertices: int
    edges: int
    additions: int
    paths: int
    paths_multiplications: int
    tree_multiplications: int
    forward_multiplications: int
    forward_additions: int
    layer_multiplications: int
    forward: int
    partials: int


# Cross-entropy, tanh in the hidden layers, a linear last layer, every product and sum a node.
# Worked out by hand, and checked by enumerating every path.
GOLDEN = {
    (2, 4, 2): Golden(22, 59, 62, 4, 34, 234, 90, 194, 12, 78, 45, 11),
    (2, 2, 2): Golden(12, 31, 32, 2, 18, 102, 46, 82, 6, 40, 27, 7),
    (2, 2, 2, 2): Golden(18, 47, 50, 4, 42, 350, 110, 216, 24, 78, 37, 11),
    (3, 4, 4, 1): Golden(41, 114, 125, 12, 89, 1037, 245, 749, 48, 177, 77, 18),
}


def same(actual: Any, expected: Any) -> None:
    """Assert that two results have equal types, containers and precisions, and close numbers."""
    assert type(actual) is type(expected)
    if isinstance(expected, (list, tuple)):
        for a, e in zip(actual, expected, strict=True):
            same(a, e)
        return
    if isinstance(expected, np.ndarray):
        assert actual.dtype == expected.dtype
        assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-12)


needs_compiler = pytest.mark.skipif(
    not (shutil.which("cc") and Path(sysconfig.get_path("include"), "Python.h").exists()),
    reason="there is no C compiler, or no Python.h",
)
