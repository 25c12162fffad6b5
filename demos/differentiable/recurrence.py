"""A recurrent network, trained by backprop through time, and its gradients step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor, softplus
from nn.optimisers import Adam

__all__ = ["Parity", "Recurrent", "copied_and_shared", "fading", "parity"]

Array = NDArray[np.float64]


class Recurrent:
    """``h_t = tanh(W h_{t-1} + U x_t + b)``, ``y_t = v · h_t + c``; one input and one output per step."""

    def __init__(self, hidden: int, rng: np.random.Generator) -> None:
        self.w = Tensor(rng.normal(size=(hidden, hidden)) / np.sqrt(hidden), name="W")
        self.u = Tensor(rng.normal(size=(hidden, 1)), name="U")
        self.b = Tensor(np.zeros(hidden), name="b")
        self.v = Tensor(rng.normal(size=(1, hidden)) / np.sqrt(hidden), name="v")
        self.c = Tensor(np.zeros(1), name="c")

    def states(self, x: Array, copies: Sequence[Tensor] | None = None) -> list[Tensor]:
        """The state (examples, hidden) after each step.

        Args:
            x: inputs (examples, steps).
            copies: one W (hidden, hidden) per step, used instead of the shared one.
        """
        h: Any = np.zeros((len(x), len(self.b)))
        states = []
        for t in range(x.shape[1]):
            w = self.w if copies is None else copies[t]
            h = np.tanh(h @ w.T + x[:, t : t + 1] @ self.u.T + self.b)
            states.append(h)
        return states

    def outputs(self, states: Sequence[Tensor]) -> Any:
        """The outputs (examples, steps) that belong to these states."""
        return np.concatenate([h @ self.v.T + self.c for h in states], axis=1)


@dataclass(frozen=True, slots=True)
class Parity:
    """The training of a recurrent network on the running parity.

    Attributes:
        length: bits in a training sequence.
        hidden: number of hidden units.
        losses: mean loss of each update's batch, before the update.
        accuracies: share of correct answers in each batch, before the update.
        farther: share of correct answers on fresh sequences, keyed by their length.
    """

    length: int
    hidden: int
    losses: list[float]
    accuracies: list[float]
    farther: dict[int, float]


def parity(updates: int, seed: int, *, length: int = 4, hidden: int = 8, batch: int = 32) -> Parity:
    """Train on random bits ±1; the target at each step is the product of the bits so far."""
    rng = np.random.default_rng(seed)
    network = Recurrent(hidden, rng)
    optimiser = Adam([network.w, network.u, network.b, network.v, network.c], 0.03)
    losses, accuracies = [], []
    for _ in range(updates):
        bits = rng.choice([-1.0, 1.0], (batch, length))
        odd = np.cumprod(bits, axis=1)
        outputs = network.outputs(network.states(bits))
        loss = np.mean(softplus(-odd * outputs))  # minus the log-probability of the correct answer
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        accuracies.append(float(np.mean(outputs.data * odd > 0)))
    farther = {}
    for times in (1, 4, 16):
        bits = rng.choice([-1.0, 1.0], (200, length * times))
        outputs = network.outputs(network.states(bits))
        farther[length * times] = float(np.mean(outputs.data * np.cumprod(bits, axis=1) > 0))
    return Parity(length, hidden, losses, accuracies, farther)


def copied_and_shared(seed: int, *, length: int = 6, hidden: int = 8) -> tuple[Array, list[Array]]:
    """The gradient by one shared W, and the gradients by a copy of it per step; each (hidden, hidden)."""
    rng = np.random.default_rng(seed)
    network = Recurrent(hidden, rng)
    x = rng.normal(size=(5, length))
    copies = [Tensor(network.w.data, name=f"W{t}") for t in range(1, length + 1)]
    for given in (None, copies):
        np.sum(network.outputs(network.states(x, given)) ** 2).backward()
    # The first step starts from a state of zeros, so its W gets a gradient of zeros.
    return network.w.grad, [copy.grad for copy in copies]


def fading(length: int, seed: int, *, hidden: int = 32) -> dict[float, list[float]]:
    """The size of the derivative of the last step's output by the state 0, 1, 2, … steps back.

    W is an orthogonal matrix times a scale, the key of the result. Sizes are Frobenius norms, divided
    by the norm at the last state.
    """
    found = {}
    for scale in (0.5, 0.9, 1.0, 1.3):
        rng = np.random.default_rng(seed)
        network = Recurrent(hidden, rng)
        network.w.data = scale * np.linalg.qr(rng.normal(size=(hidden, hidden)))[0]
        states = network.states(0.1 * rng.normal(size=(8, length)))
        np.sum(network.outputs(states[-1:])).backward()
        sizes = [float(np.linalg.norm(h.grad)) for h in reversed(states)]
        found[scale] = [size / sizes[0] for size in sizes]
    return found
