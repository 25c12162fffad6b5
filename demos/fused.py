"""Why softmax and cross-entropy are one operation: shorter to derive, cheaper, and exact where two fail."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Cost, Graph, Tensor, Value, gradient, softmax_cross_entropy, values
from demos.page.lesson import alone
from demos.page.parts import Answer, Code, Part, Picture, Table
from demos.page.plotting import COLORS, INK, MARKERS, plot, to_svg
from viz import LayoutError, draw, report
from viz.svg import Drawing, document

__all__ = ["WAYS", "Outcome", "answer", "exact", "outcome", "step_through"]

Array = NDArray[np.float64]
DIGITS = 50
# A gradient by logits is from -1 to 1: with an error like this it is not the gradient.
WRONG = 0.01

DERIVATION = """\
ℓ = −Σ_i y_i log ŷ_i                                      cross-entropy; i runs over the classes
  = −Σ_i y_i log( exp ỹ_i / Σ_j exp ỹ_j )                 the softmax put in
  = −Σ_i y_i ( ỹ_i − log Σ_j exp ỹ_j )                    log of a quotient, log of exp
  = −Σ_i y_i ỹ_i + (Σ_i y_i) log Σ_j exp ỹ_j              multiplied out; the last factor has no i
  = −Σ_i y_i ỹ_i + log Σ_j exp ỹ_j                        since Σ_i y_i = 1
  = −ỹ_t + log Σ_j exp ỹ_j                                if y is 1 at the class t and 0 elsewhere"""

STABLE = """\
log Σ_j exp ỹ_j = m + log Σ_j exp(ỹ_j − m),   m = max_j ỹ_j
∂ℓ/∂ỹ_k = exp ỹ_k / Σ_j exp ỹ_j − y_k = ŷ_k − y_k"""


def textbook(logits: Any, target: int) -> Any:
    """``-log ŷ_t`` with ``ŷ = exp ỹ / Σ exp ỹ``, one elementary operation after the other."""
    exponentials = np.exp(logits)
    return -np.log((exponentials / np.sum(exponentials))[target])


def shifted(logits: Any, target: int) -> Any:
    """The same after subtracting the greatest logit, so that no exponential overflows."""
    exponentials = np.exp(logits - np.max(logits))
    return -np.log((exponentials / np.sum(exponentials))[target])


WAYS: dict[str, Callable[[Any, int], Any]] = {
    "textbook": textbook,
    "shifted": shifted,
    "fused": softmax_cross_entropy,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A loss and its gradient by the logits."""

    loss: float
    slopes: Array

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.loss) and bool(np.isfinite(self.slopes).all())


def answer(seed: int = 0, *, points: int = 34) -> Answer:
    magnitudes = [float(m) for m in np.geomspace(1, 2000, points)]
    found = {name: [outcome(way, _confident(m), 2) for m in magnitudes] for name, way in WAYS.items()}
    truth = [exact(_confident(m), 2) for m in magnitudes]
    errors = {name: _errors(of, truth) for name, of in found.items()}
    small = {n: {name: _small(way, n, seed) for name, way in SMALL.items()} for n in (3, 10)}
    most = max(small)
    parts: list[Part] = [
        "The derivation, line by line:",
        Code(DERIVATION),
        "The exponential of the softmax and the logarithm of the loss cancel. What is left is a sum and one "
        "log-sum-exp, which can be computed without overflow, and whose gradient is the error itself:",
        Code(STABLE),
        "The second line holds with the greatest logit subtracted too, so neither the loss nor its gradient "
        "ever takes the exponential of a positive number, or the logarithm of one below 1.",
        _extremes(),
        _verdict(magnitudes, errors),
        _plot(magnitudes, errors),
        "They also differ in what has to be recorded. Counted by the engine on scalars:",
        _sizes(small),
        "Shifted takes "
        f"{small[most]['shifted'][1].total} operations for {most} logits and their gradient, fused "
        f"{small[most]['fused'][1].total}. In the textbook’s graph the true class has two ways to the loss, "
        "through the numerator and through the sum, and what goes back along them nearly cancels where ŷ is "
        "near 1. Fused, every logit has one edge, with ŷ_k − y_k on it.",
        "Run alone, this answer also writes the page fused-steps.html, where backprop is stepped through on "
        "both graphs side by side.",
        *_pictures(seed),
    ]
    without, right = _parentheses(seed)
    return Answer(
        name="fused",
        numbers="14",
        title="Softmax and cross-entropy simplify each other",
        question="Show how softmax and cross-entropy together can be written more simply.",
        parts=parts,
        slip="the sum runs over the classes of one example; over the examples there is another one, outside. "
        "And ỹ_i − log Σ exp stands in parentheses, since y_i multiplies both: without them the logarithm is "
        "subtracted, not added, and for three logits drawn by the seed the “loss” would be "
        f"{without:.3g} in place of {right:.3g}.",
    )


def outcome(way: Callable[[Any, int], Any], logits: Array, target: int) -> Outcome:
    """What one way of computing gives in double precision, be it infinite or NaN."""
    z = Tensor(logits)
    with np.errstate(all="ignore"):  # overflow is what is looked for here
        loss = way(z, target)
        loss.backward()
    return Outcome(loss.item(), z.grad)


def exact(logits: Array, target: int) -> tuple[Decimal, list[Decimal]]:
    """The loss and its gradient in decimal arithmetic of fifty digits, from the same logits."""
    with localcontext(prec=DIGITS):
        exponentials = [Decimal(float(z)).exp() for z in logits]
        total = sum(exponentials, start=Decimal(0))
        slopes = [e / total - (i == target) for i, e in enumerate(exponentials)]
        return total.ln() - Decimal(float(logits[target])), slopes


def _confident(magnitude: float) -> Array:
    """A network sure of class 0, where class 2 is true."""
    return np.array([1.0, 0.3, -1.0]) * magnitude


def _errors(found: Sequence[Outcome], truth: Sequence[tuple[Decimal, list[Decimal]]]) -> list[float]:
    """The greatest error in the loss, relative, and in the gradient; NaN where something is not finite."""
    errors = []
    for one, (loss, slopes) in zip(found, truth, strict=True):
        if not one.is_finite:
            errors.append(math.nan)
            continue
        of_loss = abs(Decimal(one.loss) - loss) / loss
        of_slopes = max(abs(Decimal(float(a)) - b) for a, b in zip(one.slopes, slopes, strict=True))
        errors.append(float(max(of_loss, of_slopes)))
    return errors


def _extremes() -> Table:
    rows: list[Sequence[Any]] = []
    for logits, target in (((2, 0, -2), 1), ((1000, 0, -1000), 1), ((-1000, 0, 1000), 2)):
        z = np.array(logits, dtype=float)
        loss, slopes = exact(z, target)
        of = [outcome(way, z, target) for way in WAYS.values()]
        name = f"{logits}".replace("-", "−")
        rows.append((f"loss at {name}, class {target} true", *(_brief(o.loss) for o in of), _brief(loss)))
        rows.append(("its gradient", *map(_vector, (*(o.slopes for o in of), slopes))))
    return Table(
        ["", *WAYS, "exact"],
        rows,
        "Textbook: −log of the softmax. Shifted: the same with the greatest logit subtracted before exp. "
        f"Fused: the last line of the derivation. Exact: decimal arithmetic with {DIGITS} digits.",
    )


def _verdict(magnitudes: Sequence[float], errors: dict[str, list[float]]) -> str:
    fails = {
        name: next((m for m, e in zip(magnitudes, of, strict=True) if math.isnan(e)), None)
        for name, of in errors.items()
    }
    told = [
        f"{name} is no number any more from m = {m:.0f} on"
        if m is not None
        else f"{name} stays within {max(errors[name]):.1g} of the exact numbers throughout"
        for name, m in fails.items()
    ]
    overflow = math.log(sys.float_info.max)
    text = (
        "Now let a network be more and more sure of a wrong class: logits m · (1, 0.3, −1) where the last "
        f"class is true, m from {magnitudes[0]:.0f} to {magnitudes[-1]:.0f}. Of the three ways, "
        f"{'; '.join(told)}. Two things go wrong. The probability of the true class underflows to 0, and its "
        f"logarithm is −∞. And the exponential of a logit above {overflow:.1f} overflows, so the textbook "
        "divides ∞ by ∞. To subtract the greatest logit cures the second, and not the first."
    )
    silent = [(m, e) for m, e in zip(magnitudes, errors["textbook"], strict=True) if e > WRONG]
    if silent:
        text += (
            f" Worse than that is what the textbook does before, from m = {silent[0][0]:.0f} on: it gives a "
            f"gradient that is finite, and wrong by {silent[-1][1]:.2g}, since a product underflows to 0 on "
            "the way. Nothing warns of it."
        )
    return text


def _plot(magnitudes: Sequence[float], errors: dict[str, list[float]]) -> Picture:
    def drawn(width: float, height: float, name: str) -> str:
        figure, axes = plot(width=width, height=height)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(1e-18, 1e4)
        axes.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
        axes.minorticks_off()
        axes.set_xlabel("magnitude m of the logits")
        axes.set_title("error in loss and gradient", loc="left", fontsize=10.5)
        axes.axhspan(3e1, 1e4, color=INK, alpha=0.07, linewidth=0)
        axes.text(magnitudes[0], 5e2, "∞ or NaN", va="center", color=INK)
        for i, (way, of) in enumerate(errors.items()):
            # Failures stand above all numbers, each way at a height of its own.
            heights = [(2e3, 1e2)[i % 2] if math.isnan(e) else max(e, 1e-17) for e in of]
            style = ("--", ":", "-")[i]
            axes.plot(
                magnitudes, heights, color=COLORS[(1, 3, 0)[i]], marker=MARKERS[i], linestyle=style, label=way
            )
        axes.legend(loc="center left", frameon=False, labelcolor=INK)
        return to_svg(figure, name)

    return Picture(
        drawn(8.4, 4.4, "fused-wide"),
        "Error against the magnitude of the logits: two lines jump to infinity at some hundreds, "
        "the fused one stays at rounding.",
        "The greater of the relative error of the loss and the error of the gradient, against exact "
        "arithmetic; no error at all is drawn at the bottom.",
        narrow=drawn(3.9, 4.2, "fused-narrow"),
    )


def _elementary(logits: Sequence[Value], target: int) -> Value:
    """The textbook's way on scalars: only the true class is needed."""
    exponentials = [z.exp() for z in logits]
    total = sum(exponentials[1:], start=exponentials[0])
    return -(exponentials[target] / total).log()


def _elementary_shifted(logits: Sequence[Value], target: int) -> Value:
    greatest = reduce(Value.maximum, logits)
    return _elementary([z - greatest for z in logits], target)


SMALL: dict[str, Callable[[Any, int], Any]] = {
    "textbook": _elementary,
    "shifted": _elementary_shifted,
    "fused": softmax_cross_entropy,
}


def _small(way: Callable[[Any, int], Any], n: int, seed: int) -> tuple[Graph, Cost, int]:
    """The graph of n logits of which the first is true, the cost of its gradient, and its paths."""
    logits = list(values(np.random.default_rng(seed).normal(size=n), "y"))
    graph = Graph(way(logits, 0))
    return graph, gradient(graph.root, logits).cost, sum(map(graph.count_paths, logits))


def _sizes(small: dict[int, dict[str, tuple[Graph, Cost, int]]]) -> Table:
    rows = [
        (
            f"{n} logits, {name}",
            len(graph),
            sum(1 for _ in graph.edges),
            paths,
            cost.forward,
            cost.partials,
            cost.multiplications + cost.additions,
            cost.total,
        )
        for n, of in small.items()
        for name, (graph, cost, paths) in of.items()
    ]
    headings = ["", "nodes", "edges", "paths", "forward", "derivatives", "sweep", "together"]
    return Table(
        headings,
        rows,
        "Operations of the forward pass, of the local derivatives, and of backprop’s sweep. Shifted "
        "and fused look for the greatest logit and subtract it, which the textbook does not.",
    )


def _pictures(seed: int) -> list[Part]:
    """Two graphs of two logits, with numbers; nothing where Graphviz cannot lay them out."""
    numbers = np.round(np.random.default_rng(seed).normal(size=2), 2)
    pictures = []
    for way in (SMALL["textbook"], SMALL["fused"]):
        logits = list(values(numbers, "y"))
        loss = way(logits, 0)
        loss.backward()
        pictures.append((len(Graph(loss)), draw(loss, wrt=logits)))
    try:
        drawing = _below_each_other([picture.drawing() for _, picture in pictures])
    except LayoutError:
        return []
    (textbook, above), (fused, below) = pictures
    return [
        Picture(
            document(
                drawing,
                "fused-graphs",
                "The graph of the loss of two logits, by the textbook and fused",
                f"By the textbook: {above.words} Fused: {below.words}",
            ),
            "",
            f"Two logits: by the textbook {textbook} values, fused {fused}. In each box name, value and "
            "gradient; on each edge the local derivative. The gradients at the logits are the same.",
            scrolls=True,
        )
    ]


def _below_each_other(drawings: Sequence[Drawing]) -> Drawing:
    """Drawings in one, at one scale."""
    parts, height = ['<rect width="100%" height="100%" fill="white"/>'], 0.0
    for drawing in drawings:
        parts.append(drawing.at(0, height))
        height += drawing.height
    return Drawing("".join(parts), max(drawing.width for drawing in drawings), height)


def step_through(out: Path) -> list[Path]:
    """Write a page on which backprop of the textbook's graph and of the fused one can be stepped through."""
    logits = list(values([0.5, -1.0], "y"))
    losses = {name: SMALL[name](logits, 0) for name in ("textbook", "fused")}
    return [report(losses, logits, out / "fused-steps.html", methods=["backprop"])]


def _parentheses(seed: int) -> tuple[float, float]:
    """The loss of three logits without the parentheses, and as it is."""
    logits = np.random.default_rng(seed).normal(size=3)
    total = float(np.log(np.exp(logits).sum()))
    return float(-logits[0] - total), float(-logits[0] + total)


def _brief(number: float | Decimal) -> str:
    text = f"{float(number) + 0.0:.4g}"  # adding 0 turns −0 into 0
    return text.replace("-", "−").replace("inf", "∞").replace("nan", "NaN")


def _vector(numbers: Any) -> str:
    return "(" + ", ".join(_brief(round(float(x), 4)) for x in numbers) + ")"


if __name__ == "__main__":
    sys.exit(alone(answer, "fused", beside=step_through))
