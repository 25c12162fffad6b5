"""Classic, mini-batch and online descent: what a step costs, what it is worth, and how noisy it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demos.page.data_sets import circles
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, legend, plot, to_svg
from nn.data import Data, batches
from nn.evaluation import evaluate
from nn.losses import cross_entropy
from nn.mlp import MLP
from nn.optimisers import SGD

__all__ = ["answer"]

SIZES = (2, 8, 2)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of descent.

    Attributes:
        name: as the practical calls it.
        batch: how many examples a step is made from; None for all.
        steps: how many it makes.
        rates: that it is tried with.
    """

    name: str
    batch: int | None
    steps: int
    rates: Sequence[float]


KINDS = (
    Kind("classic", None, 200, (3.0, 10.0)),
    Kind("mini-batch", 32, 500, (0.3, 1.0, 3.0)),
    Kind("online", 1, 2500, (0.1, 0.3)),
)


@dataclass(frozen=True, slots=True)
class Run:
    """A descent, looked at now and then.

    Attributes:
        kind: which one.
        rate: its learning rate.
        steps: made when it was looked at.
        examples: seen until then, each counted every time.
        seconds: spent on the steps until then.
        losses: over all examples, at that moment.
    """

    kind: Kind
    rate: float
    steps: list[int]
    examples: list[int]
    seconds: list[float]
    losses: list[float]

    def reached(self, goal: float) -> int:
        """The first look at which the loss was down to the goal."""
        return next(i for i, loss in enumerate(self.losses) if loss <= goal)


def answer(seed: int = 0, *, examples: int = 5000, kinds: Sequence[Kind] = KINDS) -> Answer:
    """Question 10.

    Args:
        seed: of the data, of the weights and of the order of the examples.
        examples: how many to learn from.
        kinds: of descent.
    """
    data = circles(examples, seed)
    runs = [
        min((descend(kind, rate, data, seed) for rate in kind.rates), key=lambda run: run.losses[-1])
        for kind in kinds
    ]
    # As low as all of them came.
    goal = max(min(run.losses) for run in runs)
    return Answer(
        name="descents",
        numbers="10",
        title="Classic, mini-batch and online descent",
        question=(
            "How do classic gradient descent, mini-batch descent and online descent differ, and which is the "
            "most reasonable?"
        ),
        parts=[
            *what_differs(data),
            *noise(data, seed),
            *compared(runs, goal, data),
            *verdict(runs, goal),
        ],
        slip=(
            "An epoch is not a step. In an epoch classic descent makes one step, and online descent one for "
            f"each example, here {examples:,}. A plot against epochs hides what so many steps cost, and one "
            "against steps what a step over all examples costs. Nor does one learning rate suit all; here "
            f"it was {', '.join(f'{run.rate:g} for {run.kind.name}' for run in runs)} descent."
        ),
    )


def descend(kind: Kind, rate: float, data: Data, seed: int) -> Run:
    """Train a new network, with the clock stopped whenever the loss over all examples is measured."""
    network = MLP(SIZES, seed=seed)
    optimiser = SGD(network.parameters(), rate)
    run = Run(kind, rate, [0], [0], [0.0], [evaluate(network, data)["loss"]])
    order, seen, seconds, look = np.random.default_rng(seed), 0, 0.0, 1.0
    start = perf_counter()
    for step, batch in enumerate(dealt(kind, data, order), start=1):
        optimiser.zero_grad()
        cross_entropy(network(batch.inputs), batch.targets).backward()
        optimiser.step()
        seen += len(batch)
        if step >= look or step == kind.steps:
            seconds += perf_counter() - start
            run.steps.append(step)
            run.examples.append(seen)
            run.seconds.append(seconds)
            run.losses.append(evaluate(network, data)["loss"])
            look = max(step + 1, step * 1.15)
            start = perf_counter()
    return run


def dealt(kind: Kind, data: Data, rng: np.random.Generator) -> Iterator[Data]:
    """The batch of every step, epoch after epoch."""
    epochs = (batches(data, kind.batch, rng=rng) for _ in repeat(None))
    return islice(chain.from_iterable(epochs), kind.steps)


def what_differs(data: Data) -> list[Part]:
    return [
        "The loss is an average over all examples, and so is its gradient. Classic (batch) descent computes "
        f"this average exactly, from all {len(data):,} examples, and then makes one step. Online "
        "(stochastic) descent makes a step after each example, by the gradient of that one alone. Mini-batch "
        "descent stands between: here, a step for every 32 examples.",
        Code(
            "for batch in batches(data, size, rng=rng):  # None, 32, 1\n"
            "    optimiser.zero_grad()\n"
            "    cross_entropy(network(batch.inputs), batch.targets).backward()\n"
            "    optimiser.step()"
        ),
    ]


def noise(data: Data, seed: int, draws: int = 100) -> list[Part]:
    """How far the gradient of a batch is from that of all examples."""
    network = MLP(SIZES, seed=seed)
    rng = np.random.default_rng(seed)
    whole = gradient(network, data)
    sizes = [size for size in (1, 4, 32, 256) if size < len(data)]
    rows = []
    for size in sizes:
        drawn = [
            gradient(network, data.take(rng.choice(len(data), size, replace=False))) for _ in range(draws)
        ]
        off = np.sqrt(np.mean([np.sum((g - whole) ** 2) for g in drawn])) / np.linalg.norm(whole)
        uphill = np.mean([g @ whole < 0 for g in drawn])
        rows.append((str(size), float(off), f"{uphill:.0%}"))
    rows.append((f"{len(data)} (all)", 0.0, "0%"))
    return [
        "The gradient of a batch is right on average, but each one is off by chance. By how much, before "
        f"the first step, over {draws} random batches of each size:",
        Table(
            ("examples", "off by", "point uphill"),
            rows,
            caption="The root mean square distance from the gradient of all examples, as a multiple of "
            "that one's length; and how many would make the loss over all examples rise at first.",
        ),
        f"From {sizes[0]} example to {sizes[-1]} the noise falls by a factor of "
        f"{rows[0][1] / rows[len(sizes) - 1][1]:.3g}, and the arithmetic of a step grows by {sizes[-1]}. "
        "Averages of n independent draws scatter as 1/√n, so the factor to be expected is "
        f"{np.sqrt(sizes[-1] / sizes[0]):.3g}. More examples to a step are worth less and less.",
    ]


def gradient(network: MLP, data: Data) -> NDArray[np.float64]:
    """All derivatives of the loss in one row."""
    network.zero_grad()
    cross_entropy(network(data.inputs), data.targets).backward()
    return np.concatenate([np.ravel(p.grad) for p in network.parameters()])


def compared(runs: Sequence[Run], goal: float, data: Data) -> list[Part]:
    rows = []
    for run in runs:
        i = run.reached(goal)
        per_step = run.seconds[-1] / run.steps[-1]
        rows.append(
            (
                run.kind.name,
                run.rate,
                -(-len(data) // (run.kind.batch or len(data))),
                f"{1e6 * per_step:,.0f} µs",
                run.steps[i],
                run.examples[i],
                f"{run.seconds[i]:.2f} s",
            )
        )
    return [
        "And so they descend, all from the same weights. Each has the learning rate, of those tried, that "
        "brought it lowest.",
        Picture(
            svg=draw(runs, goal, "descents", width=8.4, height=4.0),
            narrow=draw(runs, goal, "descents-narrow", width=3.9, height=7.2, columns=1),
            words="Loss over all examples for the three kinds of descent, against the examples seen and "
            "against the time.",
            caption="The same descents, against the examples seen and against the time on this machine. The "
            f"line is at {goal:.3g}, the lowest loss that all of them came to.",
        ),
        Table(
            ("descent", "rate", "steps per epoch", "a step takes", "steps", "examples seen", "time"),
            rows,
            caption=f"The last three columns: until the loss is down to {goal:.3g}. Times on this machine.",
        ),
    ]


def draw(
    runs: Sequence[Run], goal: float, name: str, *, width: float, height: float, columns: int = 2
) -> str:
    figure, (left, right) = plot(3 - columns, columns, width=width, height=height)
    for axes, label in ((left, "examples seen"), (right, "seconds on this machine")):
        lines = {}
        for i, run in enumerate(runs):
            x = run.examples if axes is left else run.seconds
            look: dict[str, Any] = {"color": COLORS[i], "marker": MARKERS[i], "markersize": 4}
            (lines[run.kind.name],) = axes.loglog(
                x[1:], run.losses[1:], ("-", "--", ":")[i % 3], markevery=4, **look
            )
        axes.axhline(goal, color=INK, linewidth=0.8)
        axes.set_xlabel(label)
        ticks = [tick for tick in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5) if in_view(axes, tick)]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_yticks([], minor=True)
    left.set_title("loss over all examples", loc="left")
    legend(figure, lines, 3)
    return to_svg(figure, name)


def in_view(axes: Any, y: float) -> bool:
    low, high = axes.get_ylim()
    return bool(low <= y <= high)


def verdict(runs: Sequence[Run], goal: float) -> list[Part]:
    """Which reached the goal first, by either measure."""
    examples = {run.kind.name: run.examples[run.reached(goal)] for run in runs}
    seconds = {run.kind.name: run.seconds[run.reached(goal)] for run in runs}
    frugal, fast, slow = (
        min(examples, key=lambda name: examples[name]),
        min(seconds, key=lambda name: seconds[name]),
        max(seconds, key=lambda name: seconds[name]),
    )
    cost = {run.kind.name: run.seconds[-1] / run.steps[-1] for run in runs}
    dearer = cost["classic"] / cost["mini-batch"]
    why = {
        "mini-batch": "It is the most reasonable choice here: its steps are good enough to go far, and cost "
        f"only {cost['mini-batch'] / cost['online']:.1f} times as much as those with a single example.",
        "classic": "Its step with all examples costs here no more than "
        f"{dearer:.1f} times one with 32. With more examples that would not last.",
        "online": "Examples resemble one another so much here that one at a time says enough.",
    }
    return [
        f"Of examples, {frugal} descent needs the fewest. Of time on this machine, {fast} descent needs the "
        f"least, and {slow} descent {seconds[slow] / seconds[fast]:.1f} times as much. {why[fast]}",
        "Classic descent uses all examples to make a step that a few of them would have made nearly as well. "
        "Online descent wastes no example, but must take short steps, and one example at a time leaves the "
        "processor waiting. Its noise also keeps it from settling, unless the rate is lowered in the end. "
        "That is why mini-batches are what is used.",
    ]


if __name__ == "__main__":
    sys.exit(alone(answer, "descents"))
