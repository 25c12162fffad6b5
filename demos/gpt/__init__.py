"""A character-level GPT that learns names: in scalars, in Tensors, and what each method costs on it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from autograd import Value
from autograd.costs.cost import readable
from demos.complexity.study import METHODS
from demos.gpt.size import SPEED, StepSize, step_sizes
from demos.gpt.text import BLOCK_SIZE, VOCABULARY, encoded, names
from demos.gpt.training import BATCH, Progress, sampled, train, train_in_pytorch
from demos.page.lesson import Lesson
from demos.page.parts import Illustration, Part, Table, Verbatim
from demos.page.plotting import COLORS, INK, Layout, Plot, legend
from demos.page.words import duration
from demos.scalar_gpt import GPT
from demos.tensor_gpt import TensorGPT, weights_of
from nn.progress import progress_bar
from viz.commands import Parser, whole_number

__all__ = ["LESSON", "GPTFound", "ScalarStep", "answer", "by_hand", "measure", "model_of", "tell"]

WIDTH, HEADS = 16, 4
HELD_OUT = 0.1
SAMPLES = 20
# The names that are also trained on in scalars, and the rate of these steps of plain gradient descent.
BY_HAND, HAND_RATE = 5, 0.05
# The methods whose cost is shown.
COSTS = (
    "backprop",
    "eliminate-reverse",
    "checkpoint",
    "layer",
    "restart",
    "forward",
    "finite_difference",
    "complex_step",
    "tree",
    "paths",
    "forward_gradient",
    "simultaneous_perturbation",
)


# ---- measurement ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScalarStep:
    """One step of gradient descent on one name, in scalars and in Tensors.

    Attributes:
        name: that the step was on.
        scalars, tensors: the losses.
        apart: the greatest distance of a derivative.
    """

    name: str
    scalars: float
    tensors: float
    apart: float


@dataclass(frozen=True, slots=True)
class GPTFound:
    """A training, its names, and the size of one step.

    Attributes:
        parameters: of the network, in numbers.
        training, held_out: how many names there are.
        steps: of the whole training.
        progress: the training.
        by_hand: steps in scalars and in Tensors, from the same weights.
        pytorch: the loss on the names trained on that PyTorch reaches; None if it was not asked.
        samples: names drawn from the network.
        new: how many of them are not in the list.
        name: of the step that was sized.
        sizes: in scalars and in whole arrays.
    """

    parameters: int
    training: int
    held_out: int
    steps: int
    progress: Progress
    by_hand: list[ScalarStep]
    pytorch: float | None
    samples: list[str]
    new: int
    name: str
    sizes: list[StepSize]


def model_of(seed: int) -> TensorGPT:
    """The network of this lesson before training: one block, 16 features, 4 heads."""
    return TensorGPT(VOCABULARY, BLOCK_SIZE, WIDTH, HEADS, seed=seed)


def measure(seed: int = 0, *, steps: int = 1_000, name: str = "sophia", pytorch: bool = False) -> GPTFound:
    """Train on the names, draw some, and size one step.

    Args:
        seed: of the weights, the parts, the batches and the samples.
        steps: of the training.
        name: to size one step on.
        pytorch: whether to train in PyTorch too, from the same weights on the same batches.

    Raises:
        ImportError: PyTorch is wanted, and not installed.
    """
    known = names()
    shuffled = [known[i] for i in np.random.default_rng(seed).permutation(len(known))]
    held_out = int(HELD_OUT * len(known))
    others, chosen = shuffled[:held_out], shuffled[held_out:]
    reached = train_in_pytorch(model_of(seed), chosen, steps, seed) if pytorch else None
    with progress_bar(steps) as show:
        model = model_of(seed)
        progress = train(model, chosen, others, steps, seed, show)
    with progress_bar(BY_HAND + 1) as show:
        steps_by_hand = by_hand(model_of(seed), chosen[:BY_HAND], show)
        show(BY_HAND, f"counting one step on {name}")
        sizes = step_sizes(model, name, list(COSTS))
    samples = sampled(model, SAMPLES, seed)
    return GPTFound(
        parameters=sum(p.size for p in model.parameters()),
        training=len(chosen),
        held_out=len(others),
        steps=steps,
        progress=progress,
        by_hand=steps_by_hand,
        pytorch=reached,
        samples=samples,
        new=len(set(samples) - set(known)),
        name=name,
        sizes=sizes,
    )


def by_hand(
    model: TensorGPT, chosen: Sequence[str], show: Callable[[int, str], None] = lambda done, words: None
) -> list[ScalarStep]:
    """Take a step of gradient descent on each name, in scalars and in Tensors side by side."""
    scalar = GPT(Value, weights_of(model), HEADS)
    steps = []
    for done, name in enumerate(chosen):
        show(done, f"in scalars: {name}")
        tokens = encoded(name)
        for p in scalar.parameters:
            p.grad = 0
        ours = scalar.loss(tokens)
        ours.backward()
        model.zero_grad()
        loss = model.loss(tokens)
        loss.backward()
        slopes = np.array([p.grad for p in scalar.parameters])
        theirs = np.concatenate([np.ravel(w.grad) for w in _in_order(model)])
        steps.append(ScalarStep(name, ours.data, float(loss.data), float(np.abs(slopes - theirs).max())))
        for p in scalar.parameters:
            p.data -= HAND_RATE * p.grad
        for w in _in_order(model):
            w.data = w.data - HAND_RATE * w.grad
    return steps


def _in_order(model: TensorGPT) -> list[Any]:
    """The parameters in the order of the scalar network's."""
    blocks = [[*block.attention.parameters(), block.up.weight, block.down.weight] for block in model.layers]
    return [model.token.weight, model.position.weight, *chain(*blocks), model.head.weight]


# ---- report ---------------------------------------------------------------------------------------


def tell(found: GPTFound) -> list[Part]:
    """Explain the training, the names, the equality of both networks, and the size of one step."""
    return [*_training(found), *_names(found), *_equal(found), *_size(found)]


def _training(found: GPTFound) -> list[Part]:
    progress = found.progress
    words = [
        f"The network reads a name letter by letter, and predicts the next letter. It has "
        f"{found.parameters:,} parameters in one block: token and position embeddings, RMS norm, causal "
        f"attention of {HEADS} heads, a ReLU perceptron and residual connections, {WIDTH} features wide. Of "
        f"{found.training + found.held_out} common given names it learns {found.training}; "
        f"{found.held_out} are held out.",
    ]
    if progress.interrupted:
        words.append(
            f"The training was interrupted after {progress.steps:,} of {found.steps:,} steps; everything "
            "below describes what was learnt by then."
        )
    words.append(
        f"After {progress.steps:,} steps of AdamW on {BATCH} names each, the loss is "
        f"{progress.training[-1]:.3f} nats a letter on the names that it learns from and "
        f"{progress.held_out[-1]:.3f} on the others. Guessing among {VOCABULARY} tokens costs "
        f"{np.log(VOCABULARY):.3f}."
    )
    if found.pytorch is not None:
        words.append(
            f"The same network in PyTorch, from the same weights on the same batches, reaches "
            f"{found.pytorch:.3f} nats a letter on the names that it learns from in {found.steps:,} steps: "
            f"{abs(found.pytorch - progress.training[-1]):.1g} apart."
        )
    plot = _loss_plot(progress).illustration(
        words="The loss falls on both parts of the names.",
        caption="The loss on all names that are learnt and on all that are held out. The line is a guess "
        f"among {VOCABULARY} tokens, ln {VOCABULARY}.",
    )
    return [*words, plot]


def _loss_plot(progress: Progress) -> Plot:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(3.8, 3.6))
        lines = {}
        (lines["learnt"],) = axes.plot(progress.measured, progress.training, color=COLORS[0])
        (lines["held out"],) = axes.plot(progress.measured, progress.held_out, "--", color=COLORS[1])
        axes.axhline(np.log(VOCABULARY), color=INK, linewidth=0.8)
        axes.set_xlabel("steps")
        axes.set_ylabel("nats a letter")
        legend(figure, lines, 2)
        return figure

    return Plot("gpt-loss", draw)


def _names(found: GPTFound) -> list[Part]:
    return [
        f"Names that it makes up; {found.new} of {len(set(found.samples))} are not in the list:",
        Verbatim("\n".join("  ".join(found.samples[i : i + 5]) for i in range(0, len(found.samples), 5))),
    ]


def _equal(found: GPTFound) -> list[Part]:
    apart = max(abs(step.scalars - step.tensors) for step in found.by_hand)
    slopes = max(step.apart for step in found.by_hand)
    return [
        "The same network is written twice: in scalars, as people write it by hand "
        "(demos/scalar_gpt.py), and in Tensors from the layers of nn (demos/tensor_gpt.py). From the same "
        f"weights, over {len(found.by_hand)} steps of gradient descent, their losses differ by at most "
        f"{apart:.1g}, and their derivatives by at most {slopes:.1g}.",
        Table(
            ["step on", "loss in scalars", "loss in Tensors"],
            [[step.name, f"{step.scalars:.12f}", f"{step.tensors:.12f}"] for step in found.by_hand],
        ),
    ]


def _size(found: GPTFound) -> list[Part]:
    scalars, arrays = found.sizes
    term = duration(scalars.paths / SPEED)
    return [
        f"One step on the name {found.name}, counted exactly:",
        Table(
            ["one vertex per", "nodes", "edges", "paths from the parameters to the loss"],
            [
                ["number", scalars.nodes, scalars.edges, scalars.paths],
                ["array", arrays.nodes, arrays.edges, arrays.paths],
            ],
        ),
        "Backprop walks every edge once. A sum over paths has a term for every path: at 10⁹ a second that "
        f"takes {term} for the terms alone, before any of their factors is multiplied.",
        Table(
            ["method", "operations in scalars", "at 10⁹ a second", "operations in arrays", "at 10⁹ a second"],
            [_cost(name, found.sizes) for name in COSTS],
            "One gradient on this name, forward passes and local derivatives included; predicted by counting "
            "over the graph. A dash: on numbers alone. Finite differences and complex steps are approximate; "
            "the last two are estimates from one random direction.",
        ),
        "In arrays, a matrix product merges the paths inside it. The remaining paths branch at the residual "
        "connections, the norms, and the queries, keys and values of attention.",
        *_pictures(found),
    ]


def _cost(method: str, sizes: Sequence[StepSize]) -> list[str]:
    """A row of the table of costs: the operations and the time, for each size."""
    costs = [size.costs.get(method) for size in sizes]
    cells = [["–", "–"] if cost is None else [readable(cost, 13), duration(cost / SPEED)] for cost in costs]
    return [METHODS[method].title, *chain(*cells)]


def _pictures(found: GPTFound) -> list[Part]:
    return [
        Illustration(
            size.picture,
            "",
            f"The graph of one step on {found.name} in {size.title}, folded by block: each box says how many "
            "values, edges and paths it hides, and the boxes add up to the whole.",
            scrolls=True,
        )
        for size in found.sizes
        if size.picture is not None
    ]


def _name(text: str) -> str:
    """The type of the option for a name."""
    if not (text.isascii() and text.isalpha() and text.islower() and len(text) < BLOCK_SIZE):
        raise argparse.ArgumentTypeError(
            f"{text!r:.40} is not a name of 1 to {BLOCK_SIZE - 1} letters a to z, such as sophia"
        )
    return text


def _options(parser: Parser) -> None:
    parser.add_argument(
        "--steps", type=whole_number(1, 100_000), metavar="N", help="of the training (default: 1,000)"
    )
    parser.add_argument("--name", type=_name, help="to count one step on (default: sophia)")
    parser.add_argument(
        "--pytorch",
        action="store_true",
        default=None,
        help="train the same network in PyTorch too, which must be installed",
    )


LESSON = Lesson(
    name="gpt",
    numbers="And then",
    title="A GPT, and what one step of it costs",
    question=(
        "Does the answer hold for the networks people build? What does each method take for one gradient of "
        "a small GPT?"
    ),
    measure=measure,
    tell=tell,
    options=_options,
    interrupted=lambda found: found.progress.interrupted,
)
answer = LESSON.answer
