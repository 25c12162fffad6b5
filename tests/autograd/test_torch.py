"""Random programs of tensors: the value and every derivative equal PyTorch's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, gradient

torch = pytest.importorskip("torch")
F = torch.nn.functional

Rng = np.random.Generator


class Program:
    """The same steps on Tensors and on PyTorch's tensors.

    Attributes:
        leaves: pairs of leaves (ours, PyTorch's).
        pool: pairs of every result so far.
        steps: the names of the steps, for the message of a failure.
    """

    def __init__(self, rng: Rng, dtype: type) -> None:
        self.rng = rng
        self.dtype = dtype
        self.leaves: list[tuple[Any, Any]] = []
        self.pool: list[tuple[Any, Any]] = []
        self.steps: list[str] = []
        for _ in range(rng.integers(1, 4)):
            rank = int(rng.integers(0, 5))
            self.pool.append(self.leaf(tuple(int(n) for n in rng.integers(1, 4, rank))))

    def leaf(self, shape: tuple[int, ...]) -> tuple[Any, Any]:
        data = self.rng.standard_normal(shape).astype(self.dtype)
        pair = Tensor(data), torch.tensor(data, requires_grad=True)
        self.leaves.append(pair)
        return pair

    def partner(self, shape: tuple[int, ...]) -> tuple[Any, Any]:
        """An operand that broadcasts with a shape: an earlier result or a new leaf."""
        fitting = [pair for pair in self.pool if pair[0].shape == shape]
        if fitting and self.rng.random() < 0.4:
            return fitting[self.rng.integers(len(fitting))]
        sizes = [n if self.rng.random() < 0.7 else 1 for n in shape]
        return self.leaf(tuple(sizes[self.rng.integers(0, len(sizes) + 1) :]))

    def axis(self, rank: int) -> int:
        return int(self.rng.integers(-rank, rank))

    def axes(self, rank: int) -> Any:
        """None, one axis or a tuple of axes, counted from either end."""
        kind = self.rng.integers(3)
        if kind == 0 or rank == 0:
            return None
        if kind == 1:
            return self.axis(rank)
        chosen = self.rng.permutation(rank)[: self.rng.integers(1, rank + 1)]
        return tuple(int(i) - rank * int(self.rng.integers(2)) for i in chosen)

    def run(self, length: int) -> None:
        for _ in range(length):
            ours, theirs = self.pool[self.rng.integers(len(self.pool))]
            name = str(self.rng.choice(list(STEPS)))
            result = STEPS[name](self, ours, theirs)
            if result is None:  # the step does not apply to this shape
                continue
            ours, theirs = result
            self.steps.append(f"{name} -> {ours.shape}")
            if ours.size > 150:
                ours, theirs = ours.mean(0), theirs.mean(0)
            if np.abs(ours.data).max(initial=0.0) > 5:
                ours, theirs = ours.tanh() * 2, theirs.tanh() * 2
            self.pool.append((ours, theirs))

    def loss(self) -> tuple[Any, Any]:
        ours = theirs = 0.0
        for a, b in self.pool:
            weights = self.rng.standard_normal(a.shape).astype(self.dtype)
            ours = ours + np.sum(weights * a)
            theirs = theirs + (torch.tensor(weights) * b).sum()
        return ours, theirs


STEPS: dict[str, Callable[[Program, Any, Any], Any]] = {}


def step(function: Callable[[Program, Any, Any], Any]) -> Callable[[Program, Any, Any], Any]:
    STEPS[function.__name__] = function
    return function


def both(name: str, ours: Callable[..., Any], theirs: Callable[..., Any]) -> None:
    STEPS[name] = lambda program, a, b: (ours(a), theirs(b))


both("neg", lambda x: -x, lambda x: -x)
both("exp", lambda x: np.exp(np.tanh(x)), lambda x: torch.exp(torch.tanh(x)))
both("log", lambda x: np.log(x * x + 0.5), lambda x: torch.log(x * x + 0.5))
both("sqrt", lambda x: np.sqrt(np.square(x) + 0.5), lambda x: torch.sqrt(torch.square(x) + 0.5))
both("sin", np.sin, torch.sin)
both("cos", np.cos, torch.cos)
both("tanh", np.tanh, torch.tanh)
both("abs", np.abs, torch.abs)
both("sigmoid", autograd.sigmoid, torch.sigmoid)
both("relu", autograd.relu, torch.relu)
both("softplus", autograd.softplus, F.softplus)
both("ravel", np.ravel, torch.ravel)
both("reversed axes", lambda x: x.T, lambda x: x.permute(tuple(range(x.ndim))[::-1]))
both("scalar arithmetic", lambda x: 2 - 3 * x / 4 + 1.5, lambda x: 2 - 3 * x / 4 + 1.5)
both("scalar / x", lambda x: 2 / (x * x + 1), lambda x: 2 / (x * x + 1))
both("x ** 2", lambda x: x**2, lambda x: x**2)
both("x ** 3", lambda x: x**3, lambda x: x**3)
both("x ** -1.5", lambda x: (abs(x) + 0.5) ** -1.5, lambda x: (abs(x) + 0.5) ** -1.5)
both("2 ** x", lambda x: 2 ** np.tanh(x), lambda x: 2 ** torch.tanh(x))
both(
    "double and back",
    lambda x: np.sin(x.astype(np.float64)).astype(x.dtype),
    lambda x: torch.sin(x.to(torch.float64)).to(x.dtype),
)


@step
def add(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return a + x, b + y


@step
def subtract(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return x - a, y - b


@step
def multiply(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return a * x, b * y


@step
def divide(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return a / (1 + abs(x)), b / (1 + abs(y))


@step
def power(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return (abs(a) + 0.5) ** np.tanh(x), (abs(b) + 0.5) ** torch.tanh(y)


@step
def maximum(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return np.maximum(a, x), torch.maximum(b, y)


@step
def minimum(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    return np.minimum(x, a), torch.minimum(y, b)


@step
def where(p: Program, a: Any, b: Any) -> Any:
    x, y = p.partner(a.shape)
    mask = p.rng.random(a.shape) < 0.5
    return np.where(mask, a, x), torch.where(torch.tensor(mask), b, y)


@step
def clip(p: Program, a: Any, b: Any) -> Any:
    least, greatest = sorted(float(x) for x in p.rng.standard_normal(2))
    return np.clip(a, least, greatest), torch.clamp(b, least, greatest)


def reduction(name: str, ours: Callable[..., Any], theirs: Callable[..., Any]) -> None:
    def reduce(p: Program, a: Any, b: Any) -> Any:
        axes, keepdims = p.axes(a.ndim), bool(p.rng.integers(2))
        every = tuple(range(a.ndim)) if axes is None else axes
        if not a.ndim:  # PyTorch accepts no axes here
            return ours(a), theirs(b.reshape(1), 0, False)
        return ours(a, axis=axes, keepdims=keepdims), theirs(b, every, keepdims)

    STEPS[name] = reduce


reduction("sum", np.sum, lambda x, axes, keep: torch.sum(x, dim=axes, keepdim=keep))
reduction("mean", np.mean, lambda x, axes, keep: torch.mean(x, dim=axes, keepdim=keep))
reduction("var", np.var, lambda x, axes, keep: torch.var(x, dim=axes, keepdim=keep, correction=0))
reduction("max", np.max, lambda x, axes, keep: torch.amax(x, dim=axes, keepdim=keep))
reduction("min", np.min, lambda x, axes, keep: torch.amin(x, dim=axes, keepdim=keep))
reduction(
    "logsumexp",
    lambda x, axis=None, keepdims=False: autograd.logsumexp(x, axis, keepdims),
    lambda x, axes, keep: torch.logsumexp(x, dim=axes, keepdim=keep),
)


@step
def softmax(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    axis = p.axis(a.ndim)
    return autograd.softmax(a, axis=axis), torch.softmax(b, axis)


@step
def log_softmax(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    axis = p.axis(a.ndim)
    return autograd.log_softmax(a, axis=axis), torch.log_softmax(b, axis)


@step
def cross_entropy(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    reduction = str(p.rng.choice(["mean", "sum", "none"]))
    classes = p.rng.integers(0, a.shape[-1], a.shape[:-1])
    theirs = F.cross_entropy(
        b.reshape(-1, a.shape[-1]), torch.tensor(classes.reshape(-1)), reduction=reduction
    )
    theirs = theirs.reshape(a.shape[:-1]) if reduction == "none" or a.ndim == 1 else theirs
    return autograd.softmax_cross_entropy(a, classes, reduction), theirs


@step
def soft_cross_entropy(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    shares = p.rng.dirichlet(np.ones(a.shape[-1]), a.shape[:-1]).astype(p.dtype)
    theirs = F.cross_entropy(b.reshape(-1, a.shape[-1]), torch.tensor(shares.reshape(-1, a.shape[-1])))
    return autograd.softmax_cross_entropy(a, shares), theirs


@step
def matmul(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    size = int(p.rng.integers(1, 4))
    batch = [n if p.rng.random() < 0.5 else 1 for n in a.shape[:-2]]
    batch = batch[p.rng.integers(0, len(batch) + 1) :]
    if p.rng.random() < 0.5:  # the partner is the right operand
        inner = a.shape[-1]
        x, y = p.leaf((inner,) if p.rng.random() < 0.3 else (*batch, inner, size))
        return a @ x, b @ y
    inner = a.shape[-2] if a.ndim > 1 else a.shape[0]
    x, y = p.leaf((inner,) if p.rng.random() < 0.3 else (*batch, size, inner))
    return x @ a, y @ b


@step
def gram(p: Program, a: Any, b: Any) -> Any:
    if a.ndim < 2:
        return None
    return a @ np.swapaxes(a, -1, -2), b @ b.swapaxes(-1, -2)


@step
def einsum(p: Program, a: Any, b: Any) -> Any:
    letters = "abcd"[: a.ndim]
    shared = "".join(axis for axis in letters if p.rng.random() < 0.6)
    other = "".join(p.rng.permutation(list(shared + "z")))
    x, y = p.leaf(tuple(2 if axis == "z" else a.shape[letters.index(axis)] for axis in other))
    kept = [axis for axis in letters + "z" if p.rng.random() < 0.6]
    spec = f"{letters},{other}->{''.join(p.rng.permutation(kept)) if kept else ''}"
    return np.einsum(spec, a, x), torch.einsum(spec, b, y)


@step
def reshape(p: Program, a: Any, b: Any) -> Any:
    sizes, rest = [], a.size
    while rest > 1 and len(sizes) < 3:
        factor = int(p.rng.choice([n for n in range(1, rest + 1) if rest % n == 0]))
        sizes.append(factor)
        rest //= factor
    sizes.append(-1 if p.rng.random() < 0.5 else rest)
    return a.reshape(*sizes), b.reshape(sizes)


@step
def transpose(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    axes = [int(i) for i in p.rng.permutation(a.ndim)]
    return np.transpose(a, axes), b.permute(axes)


@step
def axes_moved(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    i, j, k, n = (p.axis(a.ndim) for _ in range(4))
    return np.moveaxis(np.swapaxes(a, i, j), k, n), torch.movedim(b.swapaxes(i, j), k, n)


@step
def expand(p: Program, a: Any, b: Any) -> Any:
    if a.ndim > 3:
        return np.squeeze(a), b.squeeze()
    axis = int(p.rng.integers(0, a.ndim + 1))
    wide = (*a.shape[:axis], 2, *a.shape[axis:])
    return np.broadcast_to(np.expand_dims(a, axis), wide), b.unsqueeze(axis).expand(wide)


@step
def basic_index(p: Program, a: Any, b: Any) -> Any:
    index: list[Any] = []
    for n in a.shape:
        start = int(p.rng.integers(-n, n))
        index.append(start if p.rng.random() < 0.3 else slice(start, None, int(p.rng.integers(1, 3))))
    index = index[: p.rng.integers(0, len(index) + 1)]
    index.insert(int(p.rng.integers(0, len(index) + 1)), None)
    if p.rng.random() < 0.5:
        index.append(...)
    return (a[tuple(index)], b[tuple(index)]) if a.ndim < 4 else None


@step
def advanced_index(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    index: list[Any] = [
        p.rng.integers(-n, n, 3) if p.rng.random() < 0.6 else slice(None)
        for n in a.shape[: p.rng.integers(1, a.ndim + 1)]
    ]
    theirs = [torch.tensor(i) if isinstance(i, np.ndarray) else i for i in index]
    return a[tuple(index)], b[tuple(theirs)]


@step
def mask(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    chosen = p.rng.random(a.shape[: p.rng.integers(1, a.ndim + 1)]) < 0.6
    return (a[chosen], b[torch.tensor(chosen)]) if chosen.any() else None


@step
def concatenate(p: Program, a: Any, b: Any) -> Any:
    if not a.ndim:
        return None
    axis = p.axis(a.ndim)
    shape = list(a.shape)
    shape[axis] = int(p.rng.integers(1, 3))
    x, y = p.leaf(tuple(shape))
    return np.concatenate([x, a, x], axis=axis), torch.cat([y, b, y], dim=axis)


@step
def stack(p: Program, a: Any, b: Any) -> Any:
    if a.ndim > 3:
        return None
    axis = p.axis(a.ndim + 1)
    x, y = p.leaf(a.shape)
    return np.stack([a, x], axis=axis), torch.stack([b, y], dim=axis)


def assert_close(ours: Any, theirs: Any, tolerance: float, program: Program, what: str) -> None:
    theirs = theirs.detach().numpy()
    scale = max(1.0, float(np.abs(theirs).max(initial=0.0)))
    message = f"{what} of {'; '.join(program.steps)}"
    np.testing.assert_allclose(
        ours, theirs, rtol=tolerance, atol=tolerance * scale, err_msg=message, strict=True
    )


def made(seed: int, dtype: type, length: int) -> Program:
    program = Program(np.random.default_rng(seed), dtype)
    program.run(length)
    return program


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-4)])
@pytest.mark.parametrize("seed", range(160))
def test_value_and_gradients_of_a_random_program(seed, dtype, tolerance):
    program = made(seed, dtype, 8)
    ours, theirs = program.loss()
    assert_close(ours.data, theirs, tolerance, program, "the value")
    ours.backward()
    theirs.backward()
    for a, b in program.leaves:
        assert_close(a.grad, b.grad, tolerance, program, "a gradient")


@pytest.mark.parametrize("seed", range(1000, 1060))
def test_second_derivatives_of_a_random_program(seed):
    program = made(seed, np.float64, 5)
    ours, theirs = program.loss()
    a, b = map(list, zip(*program.leaves, strict=True))
    ours = sum(np.sum(np.sin(g)) for g in gradient(ours, a, create_graph=True).values)
    theirs = sum(torch.sin(g).sum() for g in torch.autograd.grad(theirs, b, create_graph=True))
    wanted = torch.autograd.grad(theirs, b, materialize_grads=True) if theirs.requires_grad else []
    for got, want in zip(gradient(ours, a).values, wanted, strict=bool(wanted)):
        assert_close(got, want, 1e-9, program, "a second derivative")


def test_every_step_occurs():
    taken = {step.partition(" -> ")[0] for seed in range(60) for step in made(seed, np.float64, 8).steps}
    assert taken == set(STEPS)
