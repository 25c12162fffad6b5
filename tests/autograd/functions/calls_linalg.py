"""Calls of running sums and products, and of `np.linalg`: see programs.py for the shape of the tables."""

import numpy as np

V = np.array([2.0, -1.0, 0.5])
B = np.array([[1.5, -0.5], [0.25, 3.0], [-1.0, 0.75]])
S = np.array([[2.1, 0.3, -0.4], [0.2, 1.9, 0.6], [-0.5, 0.1, 2.4]])
ORDERS = (None, 2, 1, -1, 3, -2, 0.5, np.inf, -np.inf)
MATRIX_ORDERS = ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf)

# What holds for every entry of this file.
EXEMPT = {"native": "C leaves it to NumPy and LAPACK"}


def symmetric(t):
    """A symmetric matrix: the derivative of a function of symmetric matrices is one among these."""
    return (t + np.swapaxes(t, -1, -2)) * 0.5


def definite(t):
    """A positive definite matrix."""
    return t @ np.swapaxes(t, -1, -2) + np.eye(t.shape[-1])


def spaces(q, n):
    """The projections on the space of the first n columns, and on the space of the others."""
    first, others = q[..., :n], q[..., n:]
    return [first @ np.swapaxes(first, -1, -2), others @ np.swapaxes(others, -1, -2)]


def norms(order):
    return lambda t: [np.linalg.norm(t, order, axis=0), np.linalg.norm(t, ord=order, axis=-1, keepdims=True)]


def matrix_norms(order):
    return lambda t: np.linalg.norm(t, order, axis=(-2, -1), keepdims=True)


CALLS = {
    "prod": [
        lambda t: np.prod(t),
        lambda t: np.prod(t, 0),
        lambda t: np.prod(t, axis=-1, keepdims=True),
        lambda t: np.prod(t, axis=(0, 1), keepdims=True),
        lambda t: np.prod(t, where=[True, False, True], initial=2.0),
        ("cube", lambda t: np.prod(t, axis=(2, 0))),
    ],
    "cumsum": [
        lambda t: np.cumsum(t),
        lambda t: np.cumsum(t, 0),
        ("cube", lambda t: np.cumsum(t, axis=1)),
    ],
    "cumprod": [
        lambda t: np.cumprod(t),
        lambda t: np.cumprod(t, axis=-1),
        ("cube", lambda t: np.cumprod(t, 1)),
    ],
    "cumulative_sum": [
        ("vector", lambda t: np.cumulative_sum(t)),
        lambda t: np.cumulative_sum(t, axis=1, include_initial=True),
    ],
    "cumulative_prod": [
        ("vector", lambda t: np.cumulative_prod(t)),
        lambda t: np.cumulative_prod(t, axis=0, include_initial=True),
    ],
    "linalg.norm": [
        lambda t: np.linalg.norm(t),
        ("vector", lambda t: np.linalg.norm(t, 3)),
        ("cube", lambda t: np.linalg.norm(t)),
        ("cube", lambda t: np.linalg.norm(t, 2, axis=(2, 0))),
        *(norms(order) for order in ORDERS),
        *(("tall", matrix_norms(order)) for order in MATRIX_ORDERS),
        *(("stack", matrix_norms(order)) for order in MATRIX_ORDERS),
    ],
    "linalg.vector_norm": [
        lambda t: np.linalg.vector_norm(t),
        lambda t: np.linalg.vector_norm(t, ord=1, axis=(0, 1), keepdims=True),
        ("cube", lambda t: np.linalg.vector_norm(t, axis=(2, 0), ord=3)),
    ],
    "linalg.matrix_norm": [
        lambda t: np.linalg.matrix_norm(t),
        ("stack", lambda t: np.linalg.matrix_norm(t, ord="nuc", keepdims=True)),
    ],
    "linalg.cond": [
        ("square", lambda t: np.linalg.cond(t)),
        ("tall", lambda t: np.linalg.cond(t, -2)),
        ("stack", lambda t: np.linalg.cond(t, 1)),
    ],
    "linalg.inv": [("square", lambda t: np.linalg.inv(t)), ("stack", lambda t: np.linalg.inv(t))],
    "linalg.solve": [
        ("square", lambda t: np.linalg.solve(t, V)),
        ("square", lambda t: np.linalg.solve(S, t)),
        ("stack", lambda t: np.linalg.solve(t, B)),
        ("stack", lambda t: np.linalg.solve(t, np.swapaxes(t, 1, 2))),
        ("tall", lambda t: np.linalg.solve(t[:3], t[3])),
    ],
    "linalg.det": [("square", lambda t: np.linalg.det(t)), ("stack", lambda t: np.linalg.det(t))],
    "linalg.slogdet": [
        ("square", lambda t: np.linalg.slogdet(t)),
        ("stack", lambda t: np.linalg.slogdet(t)[1]),
    ],
    "linalg.cholesky": [
        ("square", lambda t: np.linalg.cholesky(definite(t))),
        ("stack", lambda t: np.linalg.cholesky(definite(t), upper=True)),
    ],
    "linalg.eigh": [
        ("square", lambda t: np.linalg.eigh(symmetric(t))),
        ("stack", lambda t: np.linalg.eigh(symmetric(t), "U")[1]),
    ],
    "linalg.eigvalsh": [
        ("square", lambda t: np.linalg.eigvalsh(symmetric(t))),
        ("stack", lambda t: np.linalg.eigvalsh(symmetric(t), UPLO="U")),
    ],
    "linalg.svd": [
        ("square", lambda t: np.linalg.svd(t)),
        ("tall", lambda t: np.linalg.svd(t, full_matrices=False)),
        ("tall", lambda t: np.linalg.svd(t)[1]),
        ("tall", lambda t: spaces(np.linalg.svd(t)[0], 3)),
        lambda t: spaces(np.swapaxes(np.linalg.svd(t)[2], 0, 1), 2),
        ("stack", lambda t: np.linalg.svd(t, compute_uv=False)),
        ("square", lambda t: np.linalg.svd(symmetric(t), hermitian=True)),
    ],
    "linalg.svdvals": [lambda t: np.linalg.svdvals(t), ("stack", lambda t: np.linalg.svdvals(t))],
    "linalg.qr": [
        ("square", lambda t: np.linalg.qr(t)),
        ("tall", lambda t: np.linalg.qr(t)),
        lambda t: np.linalg.qr(t),
        ("tall", lambda t: np.linalg.qr(t, mode="r")),
        ("tall", lambda t: [*spaces(np.linalg.qr(t, "complete")[0], 3), np.linalg.qr(t, "complete")[1]]),
        ("stack", lambda t: np.linalg.qr(t)),
    ],
    "linalg.pinv": [
        lambda t: np.linalg.pinv(t),
        ("tall", lambda t: np.linalg.pinv(t, rcond=1e-10)),
        ("stack", lambda t: np.linalg.pinv(t, rtol=1e-10)),
        ("square", lambda t: np.linalg.pinv(symmetric(t), hermitian=True)),
    ],
    "linalg.lstsq": [
        ("square", lambda t: np.linalg.lstsq(t, V)[0]),
        ("tall", lambda t: np.linalg.lstsq(t, t[:, 0] * t[:, 1])[:2]),
        ("tall", lambda t: np.linalg.lstsq(t, np.square(t[:, :2]))[:2]),
        lambda t: np.linalg.lstsq(t, [1.0, 2.0])[0],
    ],
    "linalg.matrix_power": [
        ("square", lambda t: np.linalg.matrix_power(t, 1)),
        ("square", lambda t: np.linalg.matrix_power(t, 5)),
        ("stack", lambda t: np.linalg.matrix_power(t, -3)),
    ],
    "linalg.multi_dot": [
        lambda t: np.linalg.multi_dot([t, S, V]),
        lambda t: np.linalg.multi_dot([t, t.T, t]),
        lambda t: np.linalg.multi_dot([V, t.T, t, t.T]),
        lambda t: np.linalg.multi_dot([V, S, t[0]]),
    ],
    "linalg.tensorsolve": [
        ("square", lambda t: np.linalg.tensorsolve(t.reshape(3, 1, 3), V.reshape(3, 1))),
        ("square", lambda t: np.linalg.tensorsolve(t.reshape(3, 1, 3), V.reshape(1, 3), axes=(0,))),
    ],
    "linalg.tensorinv": [("square", lambda t: np.linalg.tensorinv(t.reshape(3, 1, 3)))],
    "linalg.matmul": [lambda t: np.linalg.matmul(t, V)],
    "linalg.outer": [("vector", lambda t: np.linalg.outer(t, V))],
    "linalg.tensordot": [lambda t: np.linalg.tensordot(t, t), lambda t: np.linalg.tensordot(t, V, axes=1)],
    "linalg.cross": [lambda t: np.linalg.cross(t, V), lambda t: np.linalg.cross(t.T, S[:, :2], axis=0)],
    "linalg.matrix_transpose": [lambda t: np.linalg.matrix_transpose(t)],
    "linalg.diagonal": [
        lambda t: np.linalg.diagonal(t),
        ("stack", lambda t: np.linalg.diagonal(t, offset=1)),
    ],
    "linalg.trace": [lambda t: np.linalg.trace(t), ("stack", lambda t: np.linalg.trace(t, offset=-1))],
    "linalg.vecdot": [
        lambda t: np.linalg.vecdot(t, V),
        ("stack", lambda t: np.linalg.vecdot(t, t[0], axis=1)),
    ],
    "vecdot": [lambda t: np.vecdot(t, V), ("stack", lambda t: np.vecdot(t, t[0]))],
    "matvec": [lambda t: np.matvec(t, V), ("stack", lambda t: np.matvec(t, t[:, 0]))],
    "vecmat": [lambda t: np.vecmat(V, t.T), ("stack", lambda t: np.vecmat(t[:, 0], t))],
}

PLAIN = {
    "matrix_rank": [lambda t: np.linalg.matrix_rank(t), lambda t: np.linalg.matrix_rank(t, tol=2.5)],
}
