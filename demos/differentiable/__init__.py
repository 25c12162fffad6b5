"""Conditions for optimising a network by gradients: kinks, steps, recurrence and cycles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from autograd import GraphError, Value
from demos.differentiable.activations import ActivationTraining, steps
from demos.differentiable.kinks import NEAR, kinks, sums_on_a_kink
from demos.differentiable.recurrence import Parity, copied_and_shared, fading, parity
from demos.page.lesson import Lesson
from demos.page.parts import Part, Table, Verbatim
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot

__all__ = ["LESSON", "GraphConditions", "answer", "kinks", "measure", "steps", "tell"]

RECURRENCE = """\
h_t = tanh(W h_{t−1} + U x_t + b)       t = 1 … T, h_0 = 0: the same W, U, b at every step
y_t = v · h_t + c"""

SHARED = """\
h_1 = f(W_1, h_0),  h_2 = f(W_2, h_1),  …  h_T = f(W_T, h_{T−1})        a copy of W for every step
∇W = ∇W_1 + ∇W_2 + … + ∇W_T                                              since every copy equals W"""


@dataclass(frozen=True, slots=True)
class GraphConditions:
    """Measurements of the four conditions.

    Attributes:
        slopes: for each function with a kink at 0, its slope at ``-NEAR``, at 0 and at ``NEAR``.
        sums: number of weighted sums of hidden neurons that were checked for a kink.
        on_kink: number of them that are exactly 0.
        infinite: the error raised for an infinite slope.
        trained: one training per activation.
        parity: the training of a recurrent network.
        copies: number of steps in the comparison of a shared W with one copy per step.
        copies_error: greatest difference between the gradient by the shared W and the sum of the
            gradients by the copies.
        faded: for each scale of W, the size of the derivative by the state 0, 1, 2, … steps back,
            divided by the size at the last state.
        cycle: the error raised for a cycle.
    """

    slopes: dict[str, tuple[float, float, float]]
    sums: int
    on_kink: int
    infinite: str
    trained: dict[str, ActivationTraining]
    parity: Parity
    copies: int
    copies_error: float
    faded: dict[float, list[float]]
    cycle: str


def measure(
    seed: int = 0, *, updates: int = 300, epochs: int = 200, examples: int = 200, far: int = 40
) -> GraphConditions:
    """Measure slopes at kinks, trainings with three activations, and a recurrent network.

    Args:
        seed: of all random numbers.
        updates: of the recurrent network.
        epochs: of each training with one activation.
        examples: points in these trainings.
        far: steps in the sequence whose gradient fades.
    """
    on_kink, sums = sums_on_a_kink(seed)
    shared, copies = copied_and_shared(seed)
    return GraphConditions(
        slopes=kinks(NEAR),
        sums=sums,
        on_kink=on_kink,
        infinite=_refused(lambda: np.sqrt(Value(0.0, name="x")).backward()),
        trained=steps(examples, epochs, seed),
        parity=parity(updates, seed),
        copies=len(copies),
        copies_error=float(np.abs(shared - sum(copies)).max()),
        faded=fading(far, seed),
        cycle=_refused(_cycle),
    )


def _refused(attempt: Callable[[], object]) -> str:
    """The error that an attempt raises, as text."""
    try:
        attempt()
    except (ArithmeticError, GraphError) as error:
        return fill(f"{type(error).__name__}: {error}", 76)
    return "nothing was refused"


def _cycle() -> None:
    x = Value(1.0, name="x")
    y = x.tanh()
    x.inputs = (y,)


# ---- report ---------------------------------------------------------------------------------------

SLIP = (
    "A loss that is differentiable by the parameters of each layer is not enough: each layer must also be "
    "differentiable by its inputs, or nothing below it learns. Differentiable almost everywhere suffices, "
    "with a documented choice at the kinks, as for ReLU and the hinge loss. And recurrence is allowed: "
    "unrolled, it is a graph without cycles, and the gradients by shared weights add up. Only a cycle within "
    "one evaluation is excluded."
)


def tell(found: GraphConditions) -> list[Part]:
    """Explain the four conditions, each with a measurement."""
    return [
        "There are four conditions. The result is a single number. It is computed by operations that each "
        "have a derivative, by their parameters and by their inputs, at almost every point. These "
        "derivatives are not all zero. And no value depends on itself, so the graph has an order of "
        "computation. Nothing else is required; in particular, the graph need not consist of layers or "
        "neurons.",
        *_kinks(found),
        *_steps(found.trained),
        *_recurrence(found),
        *_fading(found.faded),
        "Last, a real cycle: a value that depends on itself within one evaluation. None of the values on the "
        "cycle can be computed first, and the engine refuses to record it:",
        Verbatim(found.cycle),
    ]


def _kinks(found: GraphConditions) -> list[Part]:
    return [
        "First, points without a derivative. A ReLU, an absolute value and a maximum have a kink, with one "
        "slope on the left and another on the right. The engine uses a documented number between the two, a "
        "subgradient, as other libraries do:",
        Table(
            ["", f"slope at −{NEAR:g}", "at 0", f"at {NEAR:g}"],
            [(name, *slopes) for name, slopes in found.slopes.items()],
            "Measured with backward().",
        ),
        f"How often does a network stand exactly on a kink? Of {found.sums:,} weighted sums of hidden "
        "neurons, "
        + (
            "none is exactly 0. The choice of subgradient therefore hardly matters."
            if found.on_kink == 0
            else f"{found.on_kink} are exactly 0; for these the choice of subgradient matters."
        ),
        "An infinite slope is different. The engine raises an error that names the value:",
        Verbatim(found.infinite),
    ]


def _steps(trained: dict[str, ActivationTraining]) -> list[Part]:
    step = trained["step"]
    return [
        "Second, the derivative by the inputs. A hidden layer learns only if the layers above it pass a "
        "derivative back. Here the same 2-16-2 network is trained on two rings with each of three "
        "activations in its hidden layer. A step function, 1 above 0 and 0 below, has a derivative at almost "
        "every point, and this derivative is 0:",
        Table(
            ["hidden activation", "max |∇W_h|", "by differences", "change of W_h", "accuracy"],
            [
                (name, one.slope, one.differences, one.moved, f"{one.accuracy:.1%}")
                for name, one in trained.items()
            ],
            "Gradients before training; change and accuracy after it. The accuracy is on fresh points.",
        ),
        "The hidden weights below the step function have not moved at all. Only the output layer has "
        "learnt, from hidden units that keep their initial weights. Finite differences also give 0."
        if step.moved == 0 and step.differences == 0
        else "The hidden weights below the step function have moved, which a slope of 0 cannot cause.",
    ]


def _recurrence(found: GraphConditions) -> list[Part]:
    learnt = found.parity
    early, late = np.mean(learnt.accuracies[:10]), np.mean(learnt.accuracies[-10:])
    lengths = ", ".join(f"{share:.1%} for {length} bits" for length, share in learnt.farther.items())
    return [
        "Third, recurrence. A network whose state feeds back into it is written as a loop:",
        Verbatim(RECURRENCE),
        "Unrolled, each step computes a new value, so the graph is a chain, and backprop goes through it as "
        "through any other graph (backprop through time: P. Werbos, 1990). The network here has "
        f"{learnt.hidden} hidden units. After each bit it says whether the number of ones so far is odd, and "
        f"it is trained on sequences of {learnt.length} bits. In the first ten batches {early:.1%} of its "
        f"answers were correct, in the last ten {late:.1%}.",
        _parity_plot(learnt).illustration(
            words="Loss and accuracy against updates: the loss falls, the accuracy rises.",
            caption="Backprop through time on the running parity: loss and accuracy of each batch, before "
            "its update.",
        ),
        "Because every step uses the same weights, the network also runs on sequences longer than those it "
        f"was trained on. Correct answers on fresh sequences: {lengths}.",
        "All steps share the weights. The chain rule treats them as copies that happen to be equal: the "
        "gradient by a shared weight is the sum of the gradients by its copies:",
        Verbatim(SHARED),
        f"Measured over {found.copies} steps, the gradient by one shared Tensor W and the sum of the "
        f"gradients by one Tensor per step differ by {found.copies_error:.1g}, "
        + ("which is rounding." if found.copies_error < 1e-12 else "which is more than rounding."),
    ]


def _parity_plot(learnt: Parity) -> Plot:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(3.4, 3.2))
        updates = np.arange(len(learnt.losses))
        axes.plot(updates, learnt.losses, color=COLORS[0], label="loss")
        axes.plot(updates, learnt.accuracies, color=COLORS[1], linestyle="--", label="accuracy")
        axes.set_ylim(0, 1.15)
        axes.set_xlabel("updates")
        axes.legend(loc="center right", frameon=False, labelcolor=INK)
        return figure

    return Plot("parity", draw)


def _fading(faded: dict[float, list[float]]) -> list[Part]:
    length = len(next(iter(faded.values())))
    ends = "; ".join(f"{sizes[-1]:.2g} for scale {scale:g}" for scale, sizes in faded.items())
    return [
        "A long chain has a difficulty of its own. On the way back, every step multiplies by W and by the "
        "slope of tanh. If these factors shrink the gradient, it fades, and early inputs teach nothing; if "
        "they stretch it, it explodes (Bengio, Simard and Frasconi, 1994). Here W is an orthogonal matrix "
        f"times a scale, and the chain has {length - 1} steps. The derivative by the first state, divided by "
        f"the derivative by the last, is {ends}.",
        _fading_plot(faded, length).illustration(
            words="The size of the derivative against steps back, on a logarithmic scale: for small scales "
            "of W it falls on a straight line.",
            caption="The number at the end of each line is the scale of W. A straight line on this "
            "logarithmic scale is exponential fading.",
        ),
    ]


def _fading_plot(faded: dict[float, list[float]], length: int) -> Plot:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(4.4, 4.2))
        axes.set_yscale("log")
        axes.set_xlabel("steps back")
        axes.set_title("derivative by the state, relative to the last", loc="left", fontsize=10.5)
        for i, (scale, sizes) in enumerate(faded.items()):
            axes.plot(sizes, color=COLORS[i], marker=MARKERS[i], markevery=max(1, length // 10))
            axes.annotate(
                f"{scale:g}",
                (length - 1, sizes[-1]),
                xytext=(8, 0),
                textcoords="offset points",
                va="center",
                color=INK,
            )
        return figure

    return Plot("fading", draw)


LESSON = Lesson(
    name="differentiable",
    numbers="13",
    title="Which graphs can be optimised by gradients",
    question="Which conditions must an architecture satisfy so that its parameters can be optimised by "
    "gradients?",
    measure=measure,
    tell=tell,
    slip=SLIP,
)
answer = LESSON.answer
