"""Training the GPT in Tensors, the same training in PyTorch, and names drawn from what was learnt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np

from autograd import no_grad
from demos.gpt.text import BLOCK_SIZE, END, NameBatch, batch, batches, decoded
from demos.scalar_gpt import EPSILON
from demos.tensor_gpt import TensorGPT, weights_of
from nn import AdamW

__all__ = ["Progress", "mean_loss", "sampled", "train", "train_in_pytorch"]

RATE, DECAY, BATCH = 0.02, 1.0, 32
# How often the loss on all names is measured, in steps.
EVERY = 50

Show = Callable[[int, str], None]


@dataclass
class Progress:
    """The losses of a training so far.

    Attributes:
        steps: taken.
        losses: of each batch.
        measured: the steps after which the losses on all names were measured.
        training, held_out: these losses, on the names trained on and on the others.
        interrupted: whether Ctrl-C ended it.
    """

    steps: int = 0
    losses: list[float] = field(default_factory=list)
    measured: list[int] = field(default_factory=list)
    training: list[float] = field(default_factory=list)
    held_out: list[float] = field(default_factory=list)
    interrupted: bool = False


def mean_loss(model: TensorGPT, names: NameBatch) -> float:
    """The mean cross-entropy of a letter, in nats."""
    with no_grad():
        return float(model.loss(*names).data)


def rate(step: int, steps: int) -> float:
    """The learning rate, which falls to 0."""
    return RATE * (1 - step / steps)


def train(
    model: TensorGPT, chosen: Sequence[str], others: Sequence[str], steps: int, seed: int, show: Show
) -> Progress:
    """Train on batches of names by AdamW; Ctrl-C ends it, and keeps what was learnt.

    Args:
        model: is changed.
        chosen: the names to train on.
        others: the names held out.
        steps: how many.
        seed: of the batches.
        show: called with the number of steps, and the loss in words.
    """
    progress = Progress()
    optimiser = AdamW(model.parameters(), RATE, weight_decay=DECAY)
    everything, held_out = batch(chosen), batch(others)

    def measure() -> None:
        progress.measured.append(progress.steps)
        progress.training.append(mean_loss(model, everything))
        progress.held_out.append(mean_loss(model, held_out))

    try:
        for names in islice(batches(chosen, BATCH, seed), steps):
            if progress.steps % EVERY == 0:
                measure()
            optimiser.rate = rate(progress.steps, steps)
            model.zero_grad()
            loss = model.loss(*names)
            loss.backward()
            optimiser.step()
            progress.losses.append(float(loss.data))
            progress.steps += 1
            show(progress.steps, f"training: {progress.losses[-1]:.2f} nats a letter")
    except KeyboardInterrupt:
        progress.interrupted = True
    measure()
    return progress


def sampled(model: TensorGPT, count: int, seed: int) -> list[str]:
    """Names drawn letter by letter from the network's distribution, until it ends them."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        tokens = [END]
        while len(tokens) < BLOCK_SIZE:
            with no_grad():
                scores = model(tokens).data[-1]
            shares = np.exp(scores - scores.max())
            token = int(rng.choice(len(shares), p=shares / shares.sum()))
            if token == END:
                break
            tokens.append(token)
        found.append(decoded(tokens[1:]))
    return found


def train_in_pytorch(model: TensorGPT, chosen: Sequence[str], steps: int, seed: int) -> float:
    """Train the same network from the same weights on the same batches in PyTorch.

    Returns the loss on all names that were trained on.

    Raises:
        ImportError: PyTorch is not installed.
    """
    # PyTorch is optional, and takes seconds to load.
    import torch
    from torch.nn import functional as F  # noqa: N812 - the usual name

    weights = {
        name: torch.tensor(w, dtype=torch.float64, requires_grad=True)
        for name, w in weights_of(model).items()
    }
    optimiser = torch.optim.AdamW(weights.values(), lr=RATE, weight_decay=DECAY)
    heads, width = model.layers[0].attention.heads, weights["token"].shape[1]

    def split(x: Any) -> Any:
        return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)

    def norm(x: Any) -> Any:
        return F.rms_norm(x, (width,), eps=EPSILON)

    def loss(names: NameBatch) -> Any:
        w, tokens, counted = weights, torch.tensor(names.tokens), torch.tensor(names.counted)
        x = norm(w["token"][tokens[:, :-1]] + w["position"][: counted.shape[1]])
        for block in range(len(model.layers)):
            y = norm(x)
            query, key, value = (split(y @ w[f"{block}.{part}"].T) for part in ("query", "key", "value"))
            read = F.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + read.transpose(1, 2).reshape(x.shape) @ w[f"{block}.output"].T
            x = x + F.relu(norm(x) @ w[f"{block}.up"].T) @ w[f"{block}.down"].T
        scores = (x @ w["head"].T).flatten(0, 1)
        terms = F.cross_entropy(scores, tokens[:, 1:].flatten(), reduction="none")
        return (terms * counted.flatten()).sum() / counted.sum()

    for step, names in enumerate(islice(batches(chosen, BATCH, seed), steps)):
        optimiser.param_groups[0]["lr"] = rate(step, steps)
        optimiser.zero_grad()
        loss(names).backward()
        optimiser.step()
    return float(loss(batch(chosen)).detach())
