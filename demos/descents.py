"""Classic, mini-batch and online descent: the cost of a step, its benefit, and its noise."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from time import perf_counter
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.page.data_sets import circles
from demos.page.lesson import Lesson
from demos.page.parts import Part, Table, Verbatim
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot, legend
from nn.data import Data, batches
from nn.evaluation import evaluate
from nn.losses import cross_entropy
from nn.mlp import MLP
from nn.optimisers import SGD

__all__ = ["LESSON", "answer", "measure", "tell"]

SIZES = (2, 8, 2)
# After a reading, the number of steps grows by this factor before the next.
SPACING = 1.15
TICKS = (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of descent.

    Attributes:
        name: as the practical calls it.
        batch: how many examples a step uses; None for all.
        steps: how many it makes.
        rates: the learning rates it is tried with.
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
class Reading:
    """The state of a descent when its loss is measured.

    Attributes:
        step: steps made so far.
        examples: examples seen so far, each counted every time.
        seconds: spent on the steps so far, without the time of measuring.
        loss: mean cross-entropy over all examples.
    """

    step: int
    examples: int
    seconds: float
    loss: float


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A descent, measured from time to time.

    Attributes:
        kind: of descent.
        rate: its learning rate.
        readings: before the first step, ever more rarely on the way, and after the last step.
    """

    kind: Kind
    rate: float
    readings: Sequence[Reading]

    @property
    def seconds_per_step(self) -> float:
        """The mean time of a step, in seconds."""
        last = self.readings[-1]
        return last.seconds / last.step

    def reached(self, goal: float) -> Reading:
        """The first reading with a loss of at most the goal."""
        return next(reading for reading in self.readings if reading.loss <= goal)


@dataclass(frozen=True, slots=True)
class BatchNoise:
    """How far gradients of random batches are from the gradient of all examples.

    Attributes:
        size: examples in a batch.
        distance: root mean square distance, divided by the length of the gradient of all examples.
        uphill: the share of batches whose step would at first raise the loss, a fraction.
    """

    size: int
    distance: float
    uphill: float


@dataclass(frozen=True, slots=True)
class Descents:
    """Everything the lesson measures.

    Attributes:
        examples: how many there are to learn from.
        draws: how many random batches of each size were drawn.
        noises: of gradients by the size of the batch, increasing.
        trajectories: one for each kind of descent, with its best rate.
    """

    examples: int
    draws: int
    noises: Sequence[BatchNoise]
    trajectories: Sequence[Trajectory]

    @property
    def goal(self) -> float:
        """The lowest loss that every descent reached."""
        return max(min(reading.loss for reading in path.readings) for path in self.trajectories)


def measure(
    seed: int = 0, *, examples: int = 5000, kinds: Sequence[Kind] = KINDS, draws: int = 100
) -> Descents:
    """Measure the noise of gradients, and descend in each kind.

    Args:
        seed: of the data, of the weights and of the order of the examples.
        examples: how many to learn from.
        kinds: of descent.
        draws: random batches of each size.
    """
    data = circles(examples, seed)
    return Descents(
        examples=examples,
        draws=draws,
        trajectories=[
            min((descend(kind, rate, data, seed) for rate in kind.rates), key=lambda t: t.readings[-1].loss)
            for kind in kinds
        ],
        noises=measure_noise(data, seed, draws),
    )


def descend(kind: Kind, rate: float, data: Data, seed: int) -> Trajectory:
    """Train a new network, with the clock stopped while the loss over all examples is measured."""
    network = MLP(SIZES, seed=seed)
    optimiser = SGD(network.parameters(), rate)
    readings = [Reading(0, 0, 0.0, evaluate(network, data)["loss"])]
    seen, seconds, next_reading = 0, 0.0, 1.0
    order = np.random.default_rng(seed)
    start = perf_counter()
    for step, batch in enumerate(dealt(kind, data, order), start=1):
        optimiser.zero_grad()
        cross_entropy(network(batch.inputs), batch.targets).backward()
        optimiser.step()
        seen += len(batch)
        if step >= next_reading or step == kind.steps:
            seconds += perf_counter() - start
            readings.append(Reading(step, seen, seconds, evaluate(network, data)["loss"]))
            next_reading = max(step + 1, step * SPACING)
            start = perf_counter()
    return Trajectory(kind, rate, readings)


def dealt(kind: Kind, data: Data, rng: np.random.Generator) -> Iterator[Data]:
    """The batch of every step, epoch after epoch."""
    epochs = (batches(data, kind.batch, rng=rng) for _ in repeat(None))
    return islice(chain.from_iterable(epochs), kind.steps)


def measure_noise(data: Data, seed: int, draws: int) -> list[BatchNoise]:
    """Compare gradients of random batches with the gradient of all examples, before the first step."""
    network = MLP(SIZES, seed=seed)
    rng = np.random.default_rng(seed)
    whole = gradient(network, data)
    noises = []
    for size in (1, 4, 32, 256):
        if size < len(data):
            batches = (data.take(rng.choice(len(data), size, replace=False)) for _ in range(draws))
            drawn = [gradient(network, batch) for batch in batches]
            distance = np.sqrt(np.mean([np.sum((g - whole) ** 2) for g in drawn]))
            uphill = np.mean([g @ whole < 0 for g in drawn])
            noises.append(BatchNoise(size, float(distance / np.linalg.norm(whole)), float(uphill)))
    return [*noises, BatchNoise(len(data), 0.0, 0.0)]


def gradient(network: MLP, data: Data) -> NDArray[np.float64]:
    """All derivatives of the mean cross-entropy by the parameters, (parameters,)."""
    network.zero_grad()
    cross_entropy(network(data.inputs), data.targets).backward()
    return np.concatenate([np.ravel(p.grad) for p in network.parameters()])


def tell(found: Descents) -> list[Part]:
    """Explain how the kinds differ, what the noise of their steps is, and which one is best."""
    return [*_what_differs(found), *_noise(found), *_comparison(found), *_verdict(found)]


def slip(found: Descents) -> str:
    """Correct the confusion of epochs and steps."""
    rates = ", ".join(f"{path.rate:g} for {path.kind.name}" for path in found.trajectories)
    return (
        "An epoch is not a step. In an epoch classic descent makes one step, and online descent one for "
        f"each example, here {found.examples:,}. A plot against epochs hides the cost of so many steps; a "
        "plot against steps hides the cost of a step over all examples. Nor does one learning rate suit "
        f"all; here it was {rates} descent."
    )


def _what_differs(found: Descents) -> list[Part]:
    return [
        "The loss is an average over all examples, and so is its gradient. Classic (batch) descent computes "
        f"this average exactly, from all {found.examples:,} examples, and then makes one step. Online "
        "(stochastic) descent makes a step after each example, by the gradient of that example alone. "
        "Mini-batch descent lies between: here, a step for every 32 examples.",
        Verbatim(
            "for batch in batches(data, size, rng=rng):  # None, 32, 1\n"
            "    optimiser.zero_grad()\n"
            "    cross_entropy(network(batch.inputs), batch.targets).backward()\n"
            "    optimiser.step()"
        ),
    ]


def _noise(found: Descents) -> list[Part]:
    *partial, whole = found.noises
    first, last = partial[0], partial[-1]
    rows = [(str(noise.size), noise.distance, f"{noise.uphill:.0%}") for noise in partial]
    return [
        "The gradient of a batch is right on average, but each one is off by chance. By how much, before "
        f"the first step, over {found.draws} random batches of each size:",
        Table(
            ("examples", "off by", "point uphill"),
            [*rows, (f"{whole.size} (all)", whole.distance, f"{whole.uphill:.0%}")],
            caption="The root mean square distance from the gradient of all examples, as a multiple of its "
            "length; and the share of batches whose step would at first raise the loss over all examples.",
        ),
        f"From {first.size} example to {last.size} the noise falls by a factor of "
        f"{first.distance / last.distance:.3g}, and the arithmetic of a step grows by {last.size}. Averages "
        "of n independent draws scatter as 1/√n, so the expected factor is "
        f"{np.sqrt(last.size / first.size):.3g}. More examples in a step bring less and less.",
    ]


def _comparison(found: Descents) -> list[Part]:
    goal, rows = found.goal, []
    for path in found.trajectories:
        reached = path.reached(goal)
        rows.append(
            (
                path.kind.name,
                path.rate,
                -(-found.examples // (path.kind.batch or found.examples)),
                f"{1e6 * path.seconds_per_step:,.0f} µs",
                reached.step,
                reached.examples,
                f"{reached.seconds:.2f} s",
            )
        )
    return [
        "Here are the three kinds, all from the same weights. Each has the learning rate, of those tried, "
        "that brought it lowest.",
        descent_plot(found.trajectories, goal).illustration(
            words="Loss over all examples for the three kinds of descent, against the examples seen and "
            "against the time.",
            caption="The same descents, against the examples seen and against the time on this machine. The "
            f"line is at {goal:.3g}, the lowest loss that all of them reached.",
        ),
        Table(
            ("descent", "rate", "steps per epoch", "time per step", "steps", "examples seen", "time"),
            rows,
            caption=f"The last three columns: until the loss is down to {goal:.3g}. Times on this machine.",
        ),
    ]


def _verdict(found: Descents) -> list[Part]:
    """Tell which kind reached the goal first, by examples and by time."""
    goal = found.goal
    reached = {path.kind.name: path.reached(goal) for path in found.trajectories}
    cost = {path.kind.name: path.seconds_per_step for path in found.trajectories}
    frugal = min(reached, key=lambda name: reached[name].examples)
    fast = min(reached, key=lambda name: reached[name].seconds)
    slow = max(reached, key=lambda name: reached[name].seconds)
    why = {
        "mini-batch": "Mini-batches are the most reasonable choice here: their steps are good enough to make "
        f"progress, and cost only {cost['mini-batch'] / cost['online']:.1f} times as much as steps with one "
        "example.",
        "classic": "Here a step with all examples costs no more than "
        f"{cost['classic'] / cost['mini-batch']:.1f} times a step with 32. More examples would change that.",
        "online": "Here the examples are so similar that one at a time is enough.",
    }
    return [
        f"{frugal.capitalize()} descent needs the fewest examples. {fast.capitalize()} descent needs the "
        f"least time on this machine, and {slow} descent needs "
        f"{reached[slow].seconds / reached[fast].seconds:.1f} times as much. {why[fast]}",
        "Classic descent uses all examples for a step that a few of them would have made nearly as well. "
        "Online descent wastes no example, but must take short steps, and one example at a time leaves the "
        "processor idle. Its noise also keeps it from settling, unless the rate is lowered towards the end. "
        "That is why mini-batches are used in practice.",
    ]


def descent_plot(trajectories: Sequence[Trajectory], goal: float) -> Plot:
    """The losses against the examples seen and against the time."""

    def draw(layout: Layout) -> Figure:
        figure, (left, right) = layout.subplots(2, height=layout.choose(4.0, 7.2))
        lines = {}
        for i, path in enumerate(trajectories):
            later = path.readings[1:]  # a logarithmic axis has no place for the start
            losses = [reading.loss for reading in later]
            look: dict[str, Any] = {"color": COLORS[i], "marker": MARKERS[i], "markersize": 4, "markevery": 4}
            style = ("-", "--", ":")[i % 3]
            (lines[path.kind.name],) = left.loglog([r.examples for r in later], losses, style, **look)
            right.loglog([r.seconds for r in later], losses, style, **look)
        for axes in (left, right):
            axes.axhline(goal, color=INK, linewidth=0.8)
            low, high = axes.get_ylim()
            ticks = [tick for tick in TICKS if low <= tick <= high]
            axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.set_yticks([], minor=True)
        left.set_xlabel("examples seen")
        right.set_xlabel("seconds on this machine")
        left.set_title("loss over all examples", loc="left")
        legend(figure, lines, 3)
        return figure

    return Plot("descents", draw)


LESSON = Lesson(
    name="descents",
    numbers="10",
    title="Classic, mini-batch and online descent",
    question=(
        "How do classic gradient descent, mini-batch descent and online descent differ, and which is the "
        "most reasonable?"
    ),
    measure=measure,
    tell=tell,
    slip=slip,
)
answer = LESSON.answer

if __name__ == "__main__":
    sys.exit(LESSON.main())
