"""Softmax and cross-entropy as one operation: shorter to derive, cheaper, and free of overflow."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from demos.fused.forms import DIGITS, FORMS, SCALAR_FORMS, LossAndSlopes, evaluate, exact, greatest_error
from demos.fused.graphs import RecordedLoss, TwoGraphs, recorded, step_through, two_graphs
from demos.page.lesson import Lesson
from demos.page.parts import Illustration, Part, Table, Verbatim
from demos.page.plotting import COLORS, INK, MARKERS, Layout, Plot

__all__ = ["LESSON", "LossForms", "answer", "measure", "step_through", "tell"]

Array = NDArray[np.float64]
# Entries of the gradient by the logits lie between -1 and 1: an error above this makes it useless.
WRONG = 0.01

DERIVATION = """\
ℓ = −Σ_i y_i log ŷ_i                                      cross-entropy; i runs over the classes
  = −Σ_i y_i log( exp ỹ_i / Σ_j exp ỹ_j )                 insert the softmax
  = −Σ_i y_i ( ỹ_i − log Σ_j exp ỹ_j )                    log of a quotient, log of exp
  = −Σ_i y_i ỹ_i + (Σ_i y_i) log Σ_j exp ỹ_j              expand; the last factor does not depend on i
  = −Σ_i y_i ỹ_i + log Σ_j exp ỹ_j                        since Σ_i y_i = 1
  = −ỹ_t + log Σ_j exp ỹ_j                                if y is 1 for class t and 0 elsewhere"""

STABLE = """\
log Σ_j exp ỹ_j = m + log Σ_j exp(ỹ_j − m),   m = max_j ỹ_j
∂ℓ/∂ỹ_k = exp ỹ_k / Σ_j exp ỹ_j − y_k = ŷ_k − y_k"""


# ---- measurement ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Extreme:
    """One example with small or very large logits, by every form.

    Attributes:
        logits: one per class.
        target: the true class.
        by_form: the result of each of `FORMS`.
        loss: the exact loss.
        slopes: the exact gradient, one number per class.
    """

    logits: tuple[int, ...]
    target: int
    by_form: dict[str, LossAndSlopes]
    loss: Decimal
    slopes: list[Decimal]


@dataclass(frozen=True, slots=True)
class LossForms:
    """The three forms of the loss, compared.

    Attributes:
        extremes: examples with small and with very large logits.
        magnitudes: m of the logits m · (1, 0.3, −1), ascending; the last class is true.
        errors: for each form and magnitude, the greater of the relative error of the loss and the
            greatest error of an entry of the gradient; NaN where the result is not finite.
        recorded: for each number of logits and each form, the graph on scalars and its cost.
        graphs: drawn graphs of two logits; None if Graphviz cannot lay them out.
        without_parentheses: the wrong value of a loss of three logits if ``ỹ_i − log Σ exp`` loses its
            parentheses.
        with_parentheses: the correct value.
    """

    extremes: list[Extreme]
    magnitudes: list[float]
    errors: dict[str, list[float]]
    recorded: dict[int, dict[str, RecordedLoss]]
    graphs: TwoGraphs | None
    without_parentheses: float
    with_parentheses: float

    def first_failure(self, form: str) -> float | None:
        """The least magnitude at which a form is infinite or NaN; None if there is none."""
        errors = zip(self.magnitudes, self.errors[form], strict=True)
        return next((m for m, error in errors if math.isnan(error)), None)

    @property
    def silently_wrong(self) -> list[tuple[float, float]]:
        """The magnitudes at which the textbook form is finite and wrong, each with its error."""
        errors = zip(self.magnitudes, self.errors["textbook"], strict=True)
        return [(m, error) for m, error in errors if error > WRONG]


def measure(seed: int = 0, *, points: int = 34) -> LossForms:
    """Compare the forms with exact arithmetic, and count what each of them records.

    Args:
        seed: of the logits in the graphs.
        points: how many magnitudes from 1 to 2000 to try.
    """
    magnitudes = [float(m) for m in np.geomspace(1, 2000, points)]
    wrong, right = parentheses(seed)
    return LossForms(
        extremes=[extreme(*one) for one in (((2, 0, -2), 1), ((1000, 0, -1000), 1), ((-1000, 0, 1000), 2))],
        magnitudes=magnitudes,
        errors={
            name: [greatest_error(evaluate(form, z, 2), *exact(z, 2)) for z in map(confident, magnitudes)]
            for name, form in FORMS.items()
        },
        recorded={n: {name: recorded(form, n, seed) for name, form in SCALAR_FORMS.items()} for n in (3, 10)},
        graphs=two_graphs(seed),
        without_parentheses=wrong,
        with_parentheses=right,
    )


def confident(magnitude: float) -> Array:
    """The logits (3,) of a network that is confident of class 0, while class 2 is true."""
    return np.array([1.0, 0.3, -1.0]) * magnitude


def extreme(logits: tuple[int, ...], target: int) -> Extreme:
    """One example by every form, and exactly."""
    z = np.array(logits, dtype=float)
    by_form = {name: evaluate(form, z, target) for name, form in FORMS.items()}
    return Extreme(logits, target, by_form, *exact(z, target))


def parentheses(seed: int) -> tuple[float, float]:
    """The loss of three normal logits: without the parentheses, and correct."""
    logits = np.random.default_rng(seed).normal(size=3)
    total = float(np.log(np.exp(logits).sum()))
    return float(-logits[0] - total), float(-logits[0] + total)


# ---- report ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """How the plot of errors draws one form.

    Attributes:
        color: of the line and its markers.
        marker: at each magnitude.
        style: of the line.
        failed: the height of results that are infinite or NaN, above all numbers.
    """

    color: str
    marker: str
    style: str
    failed: float


LOOKS = {
    "textbook": Look(COLORS[1], MARKERS[0], "--", failed=2e3),
    "shifted": Look(COLORS[3], MARKERS[1], ":", failed=1e2),
    "fused": Look(COLORS[0], MARKERS[2], "-", failed=2e3),
}


def tell(found: LossForms) -> list[Part]:
    """Derive the fused form, and compare its errors and its cost with the other forms."""
    most = max(found.recorded)
    shifted, fused = (found.recorded[most][name].cost.total for name in ("shifted", "fused"))
    return [
        "The derivation, line by line:",
        Verbatim(DERIVATION),
        "The exponential of the softmax and the logarithm of the loss cancel. A sum and one log-sum-exp "
        "remain. The log-sum-exp can be computed without overflow, and the gradient of the loss is the error "
        "of the prediction:",
        Verbatim(STABLE),
        "The second line also holds after the greatest logit has been subtracted. So neither the loss nor "
        "its gradient ever takes the exponential of a positive number or the logarithm of a number below 1.",
        _extremes(found.extremes),
        _verdict(found),
        _error_plot(found).illustration(
            words="Error against the magnitude of the logits: two lines jump to infinity at a few hundred, "
            "the fused one stays at the level of rounding.",
            caption="The greater of the relative error of the loss and the error of the gradient, compared "
            "with exact arithmetic. An error of 0 is drawn at the bottom.",
        ),
        "The forms also differ in what they record. Counted by the engine on scalars:",
        _sizes(found.recorded),
        f"For {most} logits and their gradient the shifted form takes {shifted} operations, the fused form "
        f"{fused}. In the textbook graph two paths lead from the logit of the true class to the loss, one "
        "through the numerator and one through the sum, and their contributions nearly cancel where ŷ is "
        "near 1. In the fused graph every logit has one edge, with the local derivative ŷ_k − y_k.",
        "When this lesson runs alone, it also writes the page fused-steps.html, which steps through backprop "
        "on both graphs side by side.",
        *_two_graphs(found.graphs),
    ]


def slip(found: LossForms) -> str:
    """Correct two mistakes of the derivation: which sum runs over what, and missing parentheses."""
    return (
        "The sum in the loss runs over the classes of one example; the sum over the examples is another one, "
        "outside. And the parentheses around ỹ_i − log Σ exp are needed, because y_i multiplies both terms. "
        "Without them the logarithm is subtracted instead of added: for three random logits the “loss” would "
        f"be {found.without_parentheses:.3g} in place of {found.with_parentheses:.3g}."
    )


def _extremes(extremes: Sequence[Extreme]) -> Table:
    rows: list[Sequence[Any]] = []
    for one in extremes:
        logits = f"{one.logits}".replace("-", "−")
        losses: list[float | Decimal] = [*(result.loss for result in one.by_form.values()), one.loss]
        slopes: list[Iterable[Any]] = [*(result.slopes for result in one.by_form.values()), one.slopes]
        rows.append((f"loss at {logits}, true class {one.target}", *map(_brief, losses)))
        rows.append(("its gradient", *map(_vector, slopes)))
    return Table(
        ["", *FORMS, "exact"],
        rows,
        "Textbook: −log of the softmax. Shifted: the same after subtracting the greatest logit. Fused: the "
        f"last line of the derivation. Exact: decimal arithmetic with {DIGITS} digits.",
    )


def _verdict(found: LossForms) -> str:
    results = []
    for form, errors in found.errors.items():
        failure = found.first_failure(form)
        results.append(
            f"{form} is infinite or NaN from m = {failure:.0f} on"
            if failure is not None
            else f"{form} stays within {max(errors):.1g} of the exact result throughout"
        )
    overflow = math.log(sys.float_info.max)
    text = (
        "Now let a network become more and more confident of a wrong class: the logits are m · (1, 0.3, −1), "
        f"the last class is true, and m goes from {found.magnitudes[0]:.0f} to {found.magnitudes[-1]:.0f}. "
        f"Results: {'; '.join(results)}. Two things go wrong. The probability of the true class underflows "
        f"to 0, and its logarithm is −∞. And the exponential of a logit above {overflow:.1f} overflows, so "
        "the textbook form divides ∞ by ∞. Subtracting the greatest logit cures the second problem, not the "
        "first."
    )
    if found.silently_wrong:
        (first, _), (_, error) = found.silently_wrong[0], found.silently_wrong[-1]
        text += (
            f" Before it overflows, the textbook form does something worse: from m = {first:.0f} on its "
            f"gradient is finite but wrong by {error:.2g}, because a product on the way underflows to 0. "
            "Nothing warns of it."
        )
    return text


def _error_plot(found: LossForms) -> Plot:
    def draw(layout: Layout) -> Figure:
        figure, axes = layout.subplots(height=layout.choose(4.4, 4.2))
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(1e-18, 1e4)
        axes.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
        axes.minorticks_off()
        axes.set_xlabel("magnitude m of the logits")
        axes.set_title("error in loss and gradient", loc="left", fontsize=10.5)
        axes.axhspan(3e1, 1e4, color=INK, alpha=0.07, linewidth=0)
        axes.text(found.magnitudes[0], 5e2, "∞ or NaN", va="center", color=INK)
        for form, errors in found.errors.items():
            look = LOOKS[form]
            heights = [look.failed if math.isnan(error) else max(error, 1e-17) for error in errors]
            axes.plot(
                found.magnitudes,
                heights,
                color=look.color,
                marker=look.marker,
                linestyle=look.style,
                label=form,
            )
        axes.legend(loc="center left", frameon=False, labelcolor=INK)
        return figure

    return Plot("fused", draw)


def _sizes(recorded: dict[int, dict[str, RecordedLoss]]) -> Table:
    rows = [
        (
            f"{n} logits, {name}",
            graph.nodes,
            graph.edges,
            graph.paths,
            graph.cost.forward,
            graph.cost.partials,
            graph.cost.multiplications + graph.cost.additions,
            graph.cost.total,
        )
        for n, by_form in recorded.items()
        for name, graph in by_form.items()
    ]
    return Table(
        ["", "nodes", "edges", "paths", "forward", "derivatives", "sweep", "total"],
        rows,
        "Operations of the forward pass, of the local derivatives and of backprop’s sweep. Shifted and fused "
        "also find the greatest logit and subtract it; textbook does not.",
    )


def _two_graphs(graphs: TwoGraphs | None) -> list[Part]:
    if graphs is None:
        return []
    return [
        Illustration(
            graphs.svg,
            "",
            f"Two logits: the textbook graph has {graphs.textbook} values, the fused graph {graphs.fused}. A "
            "box shows name, value and gradient; an edge shows its local derivative. The gradients by the "
            "logits are equal.",
            scrolls=True,
        )
    ]


def _brief(number: float | Decimal) -> str:
    text = f"{float(number) + 0.0:.4g}"  # adding 0 turns −0 into 0
    return text.replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


def _vector(numbers: Iterable[Any]) -> str:
    return "(" + ", ".join(_brief(round(float(x), 4)) for x in numbers) + ")"


LESSON = Lesson(
    name="fused",
    numbers="14",
    title="Softmax and cross-entropy simplify each other",
    question="How can softmax and cross-entropy be combined into a simpler expression?",
    measure=measure,
    tell=tell,
    slip=slip,
    beside=step_through,
)
answer = LESSON.answer
