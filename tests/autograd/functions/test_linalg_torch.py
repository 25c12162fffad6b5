"""Linear algebra equals PyTorch's: values, first and second derivatives, on one matrix and on a stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad, hvp, jvp

torch = pytest.importorskip("torch")

Program = Callable[[Any], Any]

SQUARE = np.array([[2.1, 0.3, -0.4], [0.2, 1.9, 0.6], [-0.5, 0.1, 2.4]])
STACK = np.stack([SQUARE, SQUARE.T @ SQUARE + 0.3])
WIDE = np.array([[1.5, -0.5, 2.0], [0.25, 3.0, -1.0]])
TALL = np.swapaxes(np.stack([WIDE, WIDE[::-1] + 0.4]), 1, 2)


def spd(t: Any) -> Any:
    return t @ (t.mT if isinstance(t, torch.Tensor) else np.swapaxes(t, -1, -2))


def same_signs(vectors: Any) -> Any:
    """Squares: the sign of a singular vector is arbitrary."""
    return vectors * vectors


# Ours, PyTorch's, and the inputs.
CASES: dict[str, tuple[Program, Program, list[np.ndarray]]] = {
    "det": (np.linalg.det, torch.linalg.det, [SQUARE, STACK]),
    "slogdet": (lambda t: np.linalg.slogdet(t)[1], lambda t: torch.linalg.slogdet(t)[1], [SQUARE, STACK]),
    "inv": (np.linalg.inv, torch.linalg.inv, [SQUARE, STACK]),
    "solve": (
        lambda t: np.linalg.solve(t, np.eye(3)[:, :2]),
        lambda t: torch.linalg.solve(t, torch.eye(3, dtype=torch.float64)[:, :2]),
        [SQUARE, STACK],
    ),
    "pinv": (np.linalg.pinv, torch.linalg.pinv, [SQUARE, WIDE, TALL]),
    "cholesky": (
        lambda t: np.linalg.cholesky(spd(t)),
        lambda t: torch.linalg.cholesky(spd(t)),
        [SQUARE, STACK, WIDE],
    ),
    "cholesky of a symmetric matrix": (np.linalg.cholesky, torch.linalg.cholesky, [spd(SQUARE), spd(STACK)]),
    "eigvalsh": (np.linalg.eigvalsh, torch.linalg.eigvalsh, [spd(SQUARE), spd(STACK)]),
    "eigh": (
        lambda t: same_signs(np.linalg.eigh(t)[1]),
        lambda t: same_signs(torch.linalg.eigh(t)[1]),
        [spd(SQUARE), spd(STACK)],
    ),
    "svdvals": (np.linalg.svdvals, torch.linalg.svdvals, [SQUARE, WIDE, TALL]),
    "svd, left": (
        lambda t: same_signs(np.linalg.svd(t, full_matrices=False)[0]),
        lambda t: same_signs(torch.linalg.svd(t, full_matrices=False)[0]),
        [SQUARE, WIDE, TALL],
    ),
    "svd, right": (
        lambda t: same_signs(np.linalg.svd(t, full_matrices=False)[2]),
        lambda t: same_signs(torch.linalg.svd(t, full_matrices=False)[2]),
        [SQUARE, WIDE, TALL],
    ),
    "qr, Q": (lambda t: np.linalg.qr(t)[0], lambda t: torch.linalg.qr(t)[0], [SQUARE, TALL]),
    "qr, R": (lambda t: np.linalg.qr(t)[1], lambda t: torch.linalg.qr(t)[1], [SQUARE, TALL, WIDE]),
    "matrix_power": (
        lambda t: np.linalg.matrix_power(t, -3),
        lambda t: torch.linalg.matrix_power(t, -3),
        [SQUARE, STACK],
    ),
    "cond": (np.linalg.cond, torch.linalg.cond, [SQUARE, WIDE, TALL]),
    "nuclear norm": (
        lambda t: np.linalg.matrix_norm(t, ord="nuc"),
        lambda t: torch.linalg.matrix_norm(t, "nuc"),
        [SQUARE, WIDE, TALL],
    ),
    "prod": (lambda t: np.prod(t, axis=-1), lambda t: torch.prod(t, -1), [WIDE, np.round(WIDE)]),
    "cumprod": (lambda t: np.cumprod(t, axis=0), lambda t: torch.cumprod(t, 0), [WIDE, np.round(WIDE)]),
}


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        pytest.param(ours, theirs, x, id=f"{name} {x.shape}")
        for name, (ours, theirs, inputs) in CASES.items()
        for x in inputs
    ],
)
def test_linear_algebra_equals_torch(ours: Program, theirs: Program, x: np.ndarray) -> None:
    value = ours(Tensor(x)).data
    np.testing.assert_allclose(value, theirs(torch.tensor(x)), rtol=1e-10, atol=1e-12)
    weights = np.random.default_rng(0).normal(size=value.shape)
    tangent = np.random.default_rng(1).normal(size=x.shape)
    f = lambda t: np.sum(ours(t) * weights)  # noqa: E731
    leaf = torch.tensor(x, requires_grad=True)
    (first,) = torch.autograd.grad((theirs(leaf) * torch.tensor(weights)).sum(), leaf, create_graph=True)
    (second,) = torch.autograd.grad((first * torch.tensor(tangent)).sum(), leaf)
    close(grad(f)(x), first.detach().numpy())
    close(jvp(f, (x,), (tangent,))[1], np.sum(first.detach().numpy() * tangent))
    close(grad(lambda t: np.sum(grad(f)(t) * tangent))(x), second.numpy())
    close(hvp(f, (x,), (tangent,)), second.numpy())


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9 * max(1.0, np.abs(theirs).max()))
